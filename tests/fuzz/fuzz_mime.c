/* fuzz_mime.c - the parts of a mail: each within the mail, in order, within
 * the part that holds it; parameters and encodings on top. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/mail.h"

#define DEPTH 8
#define PARTS 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const struct ingest_parts *parts, const char *mail, size_t len)
{
	const char *last = mail;

	if (parts->n > PARTS) {
		abort();
	}
	for (unsigned i = 0; i < parts->n; i++) {
		const struct ingest_part *p = &parts->parts[i];

		if (p->bytes.at < last ||
		    p->bytes.len > len - (size_t)(p->bytes.at - mail) ||
		    p->within >= (int)i || p->depth > DEPTH) {
			abort();
		}
		last = p->bytes.at;
		if (p->within >= 0) {
			const struct span *o = &parts->parts[p->within].bytes;

			if (p->bytes.at < o->at ||
			    (p->bytes.len > 0 &&
				p->bytes.at + p->bytes.len > o->at + o->len)) {
				abort(); /* it sticks out */
			}
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "boundary", "charset", "format" };
	const char *mail = (const char *)data;
	struct arena arena = { 0 };
	struct ingest_parts parts;
	struct buf b = { 0 };
	char out[40];

	ingest_mail_init();
	if (ingest_mime_read(span(mail, len), DEPTH, PARTS, &arena, &parts) ==
	    0) {
		check(&parts, mail, len);
		for (unsigned i = 0; i < parts.n; i++) {
			const struct ingest_part *p = &parts.parts[i];

			for (size_t n = 0; n < 3; n++) {
				if (ingest_mime_param(p->params, names[n], out,
					sizeof(out)) &&
				    strlen(out) >= sizeof(out)) {
					abort();
				}
			}
			buf_clear(&b);
			(void)!ingest_mail_decode(
			    p->coding, p->bytes, 10000, &b);
			if (b.len > 10000) {
				abort(); /* beyond the limit */
			}
		}
	}
	(void)ingest_mime_param(span(mail, len), "n", out, sizeof(out));
	arena_free(&arena);
	buf_free(&b);
	return 0;
}
