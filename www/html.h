/* html.h - the one place that writes markup.
 *
 * HTML(h, "<a href=\"/queue/%lu\">%s</a>", id, subject): the format is markup
 * and must be a string literal, so the compiler refuses anything that came
 * from elsewhere; what is put in for %s is always text and is escaped, inside
 * a tag as in the open. There is no road for a stranger's markup.
 *
 * Text from mail is shown for what it is: control characters, characters that
 * turn text around or hide in it (as text_printable knows them) and bytes that
 * are no UTF-8 are spelled out, in the open within <span class="ctl">.
 */
#pragma once

#include "base/text.h"

struct www_html {
	struct buf buf;     /* the page so far; look at buf.bad at the end */
	struct buf scratch; /* one character at a time */
	bool in_tag;
};

/* Knows %s, %.*s, %u (also l, ll, z), %d and %%. */
#define HTML(h, ...) www_html_put((h), "" __VA_ARGS__)
void www_html_put(struct www_html *h, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* S as text. */
void www_html_text(struct www_html *h, struct span s);
/* A host name or address: may be broken behind its dots and its "@". */
void www_html_name(struct www_html *h, const char *name);
/* The same within <pre>: line ends and tabs stay. */
void www_html_lines(struct www_html *h, struct span s);

void www_html_free(struct www_html *h);
