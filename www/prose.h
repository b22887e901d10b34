/* prose.h - what the operator writes in files: plain text with a few marks.
 *
 * "# " begins a heading, "## " a smaller one, "- " an item; an empty line ends
 * a paragraph. Nothing in it is markup.
 */
#pragma once

#include "www/page.h"

/* Append the text of the file PATH, as UTF-8 and without control characters,
 * LIMIT bytes at most. ERR_SYS: it cannot be read, or is no ordinary file;
 * ERR_FULL: it is longer; ERR_NOMEM. Does not wait, whatever PATH is. */
MUST_CHECK int www_prose_read(const char *path, size_t limit, struct buf *b);

/* TEXT into the page. Its headings are <h2> and <h3>, or one lower each. */
void www_prose_put(struct www_turn *turn, struct span text, bool lower);
