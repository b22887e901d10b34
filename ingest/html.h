/* html.h - the text of HTML, line by line as a person sees it.
 *
 * Enough to find pasted header fields: blocks and <br> end a line, white space
 * folds but in <pre>, entities are undone, styles and scripts left out. Not
 * enough to show anything to anybody.
 */
#pragma once

#include "base/text.h"

/* Append the text of HTML, which is UTF-8. b->bad on ERR_NOMEM. */
void ingest_html_text(struct span html, struct buf *b);
