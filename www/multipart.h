/* multipart.h - a form with a file in it (RFC 7578), read where it lies.
 *
 * As browsers write it and no other way: nothing before the first boundary,
 * each part with one Content-Disposition, no part within a part, no encoding,
 * the last boundary at the end. What is cut off is not half a form but none.
 */
#pragma once

#include "base/text.h"

#define WWW_PARTS_MAX 4

struct www_part {
	struct span name;
	bool is_file; /* a file name was given, of whatever kind */
	struct span body;
};

struct www_parts {
	struct www_part part[WWW_PARTS_MAX];
	unsigned n;
};

/* The boundary that TYPE, a Content-Type, names. false: TYPE is not
 * multipart/form-data, or names none, two, or one that cannot be. */
bool www_multipart_boundary(const char *type, struct span *ret);

/* BODY into its parts, which borrow from it. ERR_FORMAT: it is not such a
 * form; ERR_RANGE: more parts, or two of one name. */
MUST_CHECK int www_multipart_parse(
    struct span body, struct span boundary, struct www_parts *ret);

/* NULL: none of that name. */
const struct www_part *www_multipart_get(
    const struct www_parts *parts, const char *name);
