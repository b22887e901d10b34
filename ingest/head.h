/* head.h - a header block as it stands in the mail, field by field.
 *
 * GMime merges, drops and repairs fields (two From: lines, "From :", 8-bit
 * bytes). What a listing may rest on is therefore read here from the raw
 * bytes, and each field knows its place, so that a page can mark it.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#define INGEST_FIELD_MAX                                                \
	(64u << 10)            /* bytes of one field that are looked at \
	                        */
#define INGEST_FIELDS_MAX 1000 /* fields other than Received: */
#define INGEST_RECEIVED_MAX 64 /* Received: fields, topmost first */

struct ingest_field {
	struct span name;  /* without the colon and blanks before it */
	struct span value; /* with its folding, without the last line end */
	size_t at, len;    /* the whole field, within the bytes read */
};

struct ingest_head {
	struct ingest_field *fields; /* in the order of the mail */
	unsigned n;
	size_t end; /* where the block ends: the body, or what is no field */
	bool cut;   /* there were more fields than INGEST_*_MAX */
	bool long_field;
	bool broken; /* ended by a line that is neither field nor empty */
};

/* Read the block that starts BYTES. Leading blank lines, a byte order mark
 * and mbox "From " lines are stepped over. A block without any field is an
 * answer (n 0), not a failure. All spans borrow from BYTES. ERR_NOMEM. */
MUST_CHECK int ingest_head_read(
    struct span bytes, struct arena *arena, struct ingest_head *ret);

/* Where a header block begins: behind blank lines and mbox "From " lines. */
size_t ingest_head_begin(struct span bytes);
/* Length of the field name that starts LINE, 0: it starts no field. Blanks
 * before the colon are an old form (RFC 5322 4.5). */
size_t ingest_head_name(struct span line);

/* The first field called NAME at or after number FROM; NULL: none. */
const struct ingest_field *ingest_head_find(
    const struct ingest_head *head, const char *name, unsigned from);

/* Does text start like a message: at least two different fields of those that
 * every mail has, before its first empty line? */
bool ingest_head_sniff(struct span bytes);

/* VALUE with folding undone and outer blanks removed, in ARENA; NULL: no
 * memory. */
char *ingest_head_unfold(struct span value, struct arena *arena);
