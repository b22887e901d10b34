/* fuzz_received.c - a Received: line is a stranger's text. */
#include <stdint.h>
#include <stdlib.h>

#include "ingest/providers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Where the spans of HOP lie does not matter, but they must be readable. */
static unsigned
touch(struct span s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s.len; i++) {
		sum += (unsigned char)s.at[i];
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static volatile unsigned seen;
	struct arena arena = { 0 };
	struct ingest_hop h;

	if (ingest_received_parse(span((const char *)data, len), &arena, &h) <
	    0) {
		return 0;
	}
	seen = seen + touch(h.from) + touch(h.helo) + touch(h.rdns) +
	    touch(h.by) + touch(h.with) + touch(h.id) + touch(h.envelope_from) +
	    touch(h.auth) + touch(h.date);
	if (h.sort == INGEST_HOP_RELAY && h.ip.bits != 32 && h.ip.bits != 128) {
		abort(); /* a relay has an address */
	}
	if (h.forged && h.ip.bits == 0) {
		abort(); /* a doubted name belongs to an address */
	}
	(void)ingest_name_dynamic(h.rdns.len > 0 ? h.rdns : h.helo, &h.ip);
	if (h.from.len > len || h.by.len > len || h.date.len > len) {
		abort(); /* nothing is longer than the line */
	}
	arena_free(&arena);
	return 0;
}
