/* fuzz_box.c - bytes that may be winmail.dat, a .msg file or an archive, each
 * by its own reader, whatever they look like. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/archive.h"
#include "ingest/charset.h"
#include "ingest/msg.h"
#include "ingest/tnef.h"

#define BUDGET (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static volatile unsigned sum;

/* Touch the bytes, so that a reader of memory that is not there is seen. */
static int
touch(void *ctx, struct span s)
{
	(void)ctx;
	for (size_t i = 0; i < s.len; i++) {
		sum += (unsigned char)s.at[i];
	}
	return 0;
}

static int
touch_attached(void *ctx, enum ingest_tnef_sort sort, struct span s)
{
	(void)sort;
	return touch(ctx, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span s = span((const char *)data, len);
	struct arena arena = { .limit = 64u << 20 };
	enum ingest_archive_end end;
	struct ingest_msg m;
	size_t budget = BUDGET;
	bool broken;

	ingest_charset_init();
	if (ingest_tnef_is(s)) {
		(void)!ingest_tnef_read(
		    s, &arena, touch_attached, NULL, &broken);
	}
	if (ingest_msg_is(s) && ingest_msg_read(s, &arena, &m) == 0) {
		touch(NULL, m.header);
		touch(NULL, m.from);
		touch(NULL, m.subject);
	}
	if (ingest_archive_is(s)) {
		(void)!ingest_archive_read(
		    s, &arena, &budget, touch, NULL, &end);
		if (budget > BUDGET) {
			abort(); /* more left than there was */
		}
	}
	arena_free(&arena);
	return 0;
}
