/* form.h - what a browser sends in query strings, form bodies and cookies.
 *
 * Strict where a strict reading is safe: a form of ours never repeats a field,
 * never holds a NUL and is UTF-8, so whatever does is refused as a whole. What
 * comes out ends in NUL, so a handler treats it as text.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#define WWW_FIELDS_MAX 240 /* 200 boxes and what stands around them */

struct www_field {
	const char *name, *value;
};

struct www_fields {
	struct www_field field[WWW_FIELDS_MAX];
	unsigned n;
};

/* Read "a=1&b=x+y%21" (application/x-www-form-urlencoded) into ARENA. An
 * empty S has no fields. ERR_FORMAT: a bad %XX, NUL, bytes that are no UTF-8,
 * a field given twice; ERR_RANGE: more than WWW_FIELDS_MAX; ERR_NOMEM. */
MUST_CHECK int www_fields_parse(
    struct span s, struct arena *arena, struct www_fields *ret);

/* NULL: not given. */
const char *www_fields_get(const struct www_fields *fields, const char *name);

/* A decimal number of at most MAX. *RET keeps its value when NAME is absent;
 * false when it is there and not such a number. */
bool www_fields_number(const struct www_fields *fields, const char *name,
    unsigned long max, unsigned long *ret);

/* The value of cookie NAME in a Cookie header. false: absent, or given more
 * than once, which no browser does by itself for a __Host- cookie. */
bool www_cookie_get(struct span header, const char *name, struct span *ret);

/* S for a query string: everything but letters, digits and "-._~" as %XX.
 * NULL: no memory. */
char *www_url_quote(struct arena *arena, const char *s);

/* A sentence that a person typed, for storing: control characters and runs of
 * blanks become one blank, ends are trimmed. NULL: no memory, or longer than
 * MAX bytes. */
char *www_text_tidy(struct arena *arena, const char *s, size_t max);
