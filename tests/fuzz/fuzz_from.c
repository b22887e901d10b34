/* fuzz_from.c - a From: field, by both readings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/mail.h"
#include "ingest/sender.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ingest_message message = { .charset = "" };
	struct arena arena = { 0 };
	const char *address, *charset, *text, **list;
	char *unfolded;
	unsigned n;

	ingest_mail_init();
	if (ingest_sender_rule(
		span((const char *)data, len), &arena, &address) == 0 &&
	    address != NULL) {
		const char *at = strrchr(address, '@');

		if (at == NULL || at == address || at[1] == '\0' ||
		    at - address > 64 || strpbrk(address, "<>\r\n") != NULL) {
			abort(); /* an address is local@domain */
		}
	}
	if (ingest_sender_tricks(&message, span((const char *)data, len),
		"x@evil.example", &arena) == 0) {
		for (unsigned i = 0; i < message.problems.n; i++) {
			const char *p = message.problems.text[i];

			if (p == NULL || *p == '\0') {
				abort(); /* what is noted can be read */
			}
		}
	}
	unfolded = ingest_head_unfold(span((const char *)data, len), &arena);
	if (unfolded != NULL) {
		if (ingest_mail_addresses(unfolded, &arena, &list, &n) == 0) {
			for (unsigned i = 0; i < n; i++) {
				if (list[i] == NULL) {
					abort();
				}
			}
		}
		text = ingest_mail_text(unfolded, "", &arena, &charset);
		for (size_t i = 0, k; text[i] != '\0'; i += k) {
			k = text_utf8(text + i, strlen(text + i));
			if (k == 0) {
				abort(); /* what comes out is UTF-8 */
			}
		}
	}
	arena_free(&arena);
	return 0;
}
