/* fuzz_paste.c - text in which something may have been pasted. The first byte
 * says how it is laid out. What is found must be where it is said to be. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/html.h"
#include "ingest/paste.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct arena arena = { 0 };
	struct ingest_paste p = { .sort = INGEST_PASTE_NONE };
	struct buf text = { 0 }, page = { 0 };
	struct span s;
	unsigned how;

	if (len == 0) {
		return 0;
	}
	how = data[0];
	text_to_utf8(&text, (const char *)data + 1, len - 1);
	s = span(text.data != NULL ? text.data : "", text.len);
	if ((how & 4) != 0) {
		ingest_html_text(s, &page);
		s = span(page.data != NULL ? page.data : "", page.len);
	}
	if (ingest_paste_find(s, (how & 1) != 0, (how & 2) != 0, &arena, &p) ==
		0 &&
	    p.sort != INGEST_PASTE_NONE) {
		if (p.bytes.len == 0) {
			abort(); /* something is nothing */
		}
		if (p.literal &&
		    (p.at >= s.len || (p.at > 0 && s.at[p.at - 1] != '\n'))) {
			abort(); /* not at the start of a line */
		}
	}
	arena_free(&arena);
	buf_free(&text);
	buf_free(&page);
	return 0;
}
