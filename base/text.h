/* text.h - spans of text that came from elsewhere.
 *
 * A span borrows; it has no NUL and may hold any byte. What is shown to a
 * person (log, terminal, page) passes through text_printable first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"

struct span {
	const char *at;
	size_t len;
};

static inline struct span
span(const char *at, size_t len)
{
	return (struct span){ at, len };
}

static inline struct span
span_str(const char *s)
{
	return (struct span){ s, strlen(s) };
}

/* ASCII only, whatever the locale (RFC 4343 for names, RFC 5321 for mail). */
static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool span_is(struct span s, const char *text);    /* equal, case folded */
bool span_starts(struct span s, const char *pre); /* case folded */
bool span_ends(struct span s, const char *post);  /* case folded */
/* First place of NEEDLE in S, case folded; NULL when it is not there. */
const char *span_find(struct span s, const char *needle);
struct span span_trim(struct span s); /* space, tab, CR, LF off both ends */

/* Decimal digits only, no sign, no leading zero but "0" itself; false on
 * anything else or above MAX. */
bool text_number(struct span s, unsigned long max, unsigned long *ret_n);

/* Length of the valid UTF-8 sequence at S (1-4), 0 when there is none.
 * Overlong forms, surrogates and values above U+10FFFF are not valid. */
size_t text_utf8(const char *s, size_t len);

/* Append S for a person's eyes: valid UTF-8 stays; C0, C1, DEL, line and
 * paragraph separators and bidi controls become "\u{XX}", bytes that are no
 * UTF-8 become "\x{XX}", a backslash is doubled. So nothing in S can end a
 * log line, move a cursor or turn text around. */
void text_printable(struct buf *b, const char *s, size_t len);

/* The same into a fixed buffer, cut with "..." when it does not fit; always
 * ends in NUL. Returns OUT. */
char *text_printable_in(char *out, size_t cap, const char *s, size_t len);

/* Append S as valid UTF-8 for JSON and stored text: bytes that are no UTF-8
 * are read as ISO 8859-1, NUL becomes U+FFFD. */
void text_to_utf8(struct buf *b, const char *s, size_t len);
