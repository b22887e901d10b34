/* fuzz_lmtp.c - any bytes, in pieces of any size, are a conversation: it comes
 * to an end, answers once for each recipient, and however the bytes are cut
 * the mails and answers are the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/lmtp.h"

#define LIMIT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* All that was said, and all mails, into B. */
static void
talk(const char *data, size_t len, size_t step, struct buf *b)
{
	struct ingest_lmtp l;
	bool over = false;

	ingest_lmtp_init(&l, "h", LIMIT);
	for (size_t at = 0; at < len && !over;) {
		size_t n = len - at < step ? len - at : step, used = 0;
		enum ingest_lmtp_event e =
		    ingest_lmtp_feed(&l, data + at, n, &used);

		if (used > n || (used == 0 && e == INGEST_LMTP_MORE)) {
			abort();
		}
		at += used;
		over = e == INGEST_LMTP_END;
		if (e == INGEST_LMTP_MAIL) {
			if (l.n_recipients == 0 || l.sender == NULL ||
			    l.mail.len > LIMIT) {
				abort();
			}
			buf_str(b, "[");
			buf_add(b, l.mail.data, l.mail.len);
			buf_fmt(b, "]%s", l.sender);
			ingest_lmtp_answer(&l, 250, "2.0.0 kept");
		}
	}
	if (l.out.len < 2 || memcmp(l.out.data + l.out.len - 2, "\r\n", 2)) {
		abort();
	}
	buf_add(b, l.out.data, l.out.len);
	ingest_lmtp_fini(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf one = { 0 }, other = { 0 };
	size_t step = len > 0 ? data[0] % 61u + 1 : 1;

	talk((const char *)data, len, len + 1, &one);
	talk((const char *)data, len, step, &other);
	if (one.len != other.len ||
	    memcmp(one.data, other.data, one.len) != 0) {
		abort();
	}
	buf_free(&one);
	buf_free(&other);
	return 0;
}
