/* mail.h - MIME: a mail as a list of its parts. The only door to GMime.
 *
 * Every call runs in the parser child (worker.h): GMime has been seen to crash
 * and to loop on hostile mail. Bytes must have passed ingest_limits_apply
 * first. Nothing here makes GMime write a header again, which is where 3.2.13
 * can loop for ever.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

struct ingest_mail;

enum ingest_part_sort {
	INGEST_PART_LEAF,
	INGEST_PART_MESSAGE, /* message/rfc822 and the like, as it stands */
	INGEST_PART_MULTI,
};

struct ingest_part {
	enum ingest_part_sort sort;
	int within; /* number of the enclosing message part, -1: none */
	unsigned depth;
	const char *type; /* "text/plain"; lower case */
	const char *name; /* file name, UTF-8, or "" */
	bool attached;    /* has a disposition or a file name */
	bool digest;      /* stands in a multipart/digest */
	size_t at, end;   /* MESSAGE: its header block, within the bytes */
	void *handle;
};

struct ingest_parts {
	struct ingest_part *parts; /* in the order of the mail */
	unsigned n;
	bool too_deep, too_many;
	const char *report_type; /* of a multipart/report at the top, or "" */
	const char *charset;     /* of the text at the top, or "" */
};

/* Once per process. */
void ingest_mail_init(void);

/* Parse BYTES, which must outlive the mail. ERR_FORMAT: GMime finds no
 * message in it. ERR_NOMEM. */
MUST_CHECK int ingest_mail_open(struct span bytes, unsigned max_depth,
    unsigned max_parts, struct arena *arena, struct ingest_mail **ret_mail,
    struct ingest_parts *ret_parts);
void ingest_mail_close(struct ingest_mail **mail); /* NULL-safe, sets NULL */

/* Append the decoded content of a LEAF, at most LIMIT bytes. ERR_FULL: there
 * is more. ERR_NOMEM. */
MUST_CHECK int ingest_mail_decode(
    const struct ingest_part *part, size_t limit, struct buf *b);

/* The addresses of an address field's unfolded value, groups opened up. */
MUST_CHECK int ingest_mail_addresses(
    const char *value, struct arena *arena, const char ***ret, unsigned *ret_n);
/* RFC 2047 undone, as UTF-8 in ARENA; bare 8-bit bytes are read as UTF-8, as
 * HINT (a charset, or ""), or as windows-1252. *RET_CHARSET: the one that the
 * text names, or "". */
const char *ingest_mail_text(const char *value, const char *hint,
    struct arena *arena, const char **ret_charset);
/* RFC 5322 date and time. false: none. */
bool ingest_mail_date(const char *value, int64_t *ret_time);
