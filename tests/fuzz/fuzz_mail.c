/* fuzz_mail.c - a whole mail, through unwrapping, walk and advice, in one
 * process: what would kill the child is to be found here. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct ingest_report *rep, size_t len)
{
	for (unsigned i = 0; i < rep->n_messages; i++) {
		const struct ingest_message *m = &rep->messages[i];

		for (unsigned k = 0; k < m->n_relays; k++) {
			const struct ingest_relay *r = &m->relays[k];

			if (r->at >= 0 && (uint64_t)(r->at + r->len) > len) {
				abort(); /* the place is within the mail */
			}
			if (m->boundary >= 0 && (int)k > m->boundary &&
			    r->role != INGEST_ROLE_UNTRUSTED) {
				abort(); /* nobody is trusted below it */
			}
		}
		if (m->n_candidates > 0 &&
		    (rep->kind == INGEST_BOUNCE ||
			rep->kind == INGEST_AUTOREPLY)) {
			abort(); /* these propose nothing */
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct zone_config *config;
	struct err_text why;
	struct ingest_result res;
	struct ingest_report rep;
	struct ingest_task task = { .file = "fuzz" };
	struct arena arena = { 0 };
	struct buf b = { 0 };

	if (config == NULL &&
	    (zone_config_default(&config) < 0 ||
		ingest_report_init(config, &why) < 0)) {
		abort();
	}
	task.config = config;
	task.raw = len > 0 && (data[len - 1] & 1) != 0;
	if (ingest_report_make(&task, (const char *)data, len, &arena, &rep) ==
	    0) {
		check(&rep, len);
		if (ingest_result_encode(&rep, &b) == 0 &&
		    ingest_result_decode(b.data, b.len, &arena, &res) < 0) {
			abort(); /* the parent understands its child */
		}
	}
	arena_free(&arena);
	buf_free(&b);
	return 0;
}
