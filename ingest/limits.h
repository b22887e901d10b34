/* limits.h - what GMime is allowed to see.
 *
 * One mail of 100 KB kills Debian's GMime 3.2.13 (nested groups in an address
 * field), and header blocks of megabytes cost a hundred times their size. So
 * the bytes are looked through first, once and linearly, wherever in the mail
 * a field may stand (parts and attached messages have header blocks too), and
 * what is beyond a limit is cut out of the copy that GMime gets. The raw mail
 * stays whole: evidence is read from it, not from the copy.
 */
#pragma once

#include "base/buf.h"
#include "base/text.h"

#define INGEST_BLOCK_MAX (256u << 10) /* bytes of one header block */
#define INGEST_NEST_MAX 50            /* ":" or "(" in one address field */
#define INGEST_BORDERS_MAX 10000      /* lines that may separate parts */

struct ingest_cut {
	size_t at;   /* in the copy: what was here is gone */
	size_t gone; /* bytes missing up to here, in all */
};

struct ingest_limited {
	struct span bytes; /* what GMime may see: the mail or the copy */
	struct buf copy;
	struct ingest_cut *cuts;
	size_t n_cuts, cap_cuts;
	bool block, field, fields, nesting, borders; /* which were met */
};

/* Look through BYTES, which must outlive RET. ERR_NOMEM. */
MUST_CHECK int ingest_limits_apply(
    struct span bytes, struct ingest_limited *ret);
void ingest_limits_free(struct ingest_limited *l);

/* Where the byte AT of the copy stands in the mail. */
size_t ingest_limits_origin(const struct ingest_limited *l, size_t at);

/* May the value of an address field be given to GMime's address parser? */
bool ingest_limits_address(struct span value);
