/* mime.h - a mail as a list of its parts, by its bytes (RFC 2045, 2046).
 *
 * GMime builds objects for every field and every part: 50 MB for five thousand
 * attached mails, a multiple of our own work in time, and a crash for a few
 * crafted fields. What is needed here is less: where the parts begin and end,
 * of what type and in what encoding they are. So one pass over the lines finds
 * the borders; nothing is copied, and a part knows its place in the mail. What
 * has to be decoded, GMime decodes (mail.h).
 *
 * Liberal as mail programs are: no closing border, no empty line behind a
 * header block, borders with blanks behind them, a missing type. Limits: the
 * depth and the number of parts. Time is linear in the bytes, times the depth
 * for lines that start with "--".
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#define INGEST_BORDER_MAX 250 /* bytes of a border; RFC 2046 allows 70 */

enum ingest_part_sort {
	INGEST_PART_LEAF,
	INGEST_PART_MESSAGE, /* message/rfc822 and the like, as it stands */
	INGEST_PART_MULTI,
};

enum ingest_coding {
	INGEST_IDENTITY, /* 7bit, 8bit, binary, or unknown */
	INGEST_BASE64,
	INGEST_QUOTED,
	INGEST_UUENCODE,
};

struct ingest_part {
	enum ingest_part_sort sort;
	enum ingest_coding coding;
	int within; /* number of the enclosing message part, -1: none */
	unsigned depth;
	const char *type;   /* "text/plain"; lower case */
	struct span params; /* what follows the type */
	struct span disposition; /* what follows "attachment" and the like */
	bool attached;      /* has a disposition or a name */
	bool digest;        /* stands in a multipart/digest */
	struct span bytes;  /* its content; MESSAGE: from its header block on */
};

struct ingest_parts {
	struct ingest_part *parts; /* in the order of the mail */
	unsigned n;
	bool too_deep, too_many;
};

/* Find the parts of MAIL, whose header block begins at its first byte or
 * behind blank lines. Number 0 is the whole body. All spans borrow from MAIL.
 * ERR_NOMEM. */
MUST_CHECK int ingest_mime_read(struct span mail, unsigned max_depth,
    unsigned max_parts, struct arena *arena, struct ingest_parts *ret);

/* Is it the type of a whole message? */
bool ingest_mime_message(const char *type);

/* The parameter NAME of a field whose value behind the first word is PARAMS
 * (RFC 2045 5.1, RFC 2231 3 and 4), cut at CAP - 1 bytes; false: none. */
bool ingest_mime_param(
    struct span params, const char *name, char *out, size_t cap);
