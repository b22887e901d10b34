/* counts.h - what the pages answered so far: by route and status, and how long
 * it took. In memory; plain additions on atomics. Routes are few and fixed, so
 * nothing that a stranger sends makes a new counter.
 */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"

#define WWW_COUNTS_ROUTES 128
#define WWW_COUNTS_BUCKETS 8

enum www_counts_class {
	WWW_2XX,
	WWW_3XX,
	WWW_4XX,
	WWW_429, /* not among the 4XX */
	WWW_5XX,
	WWW_CLASSES,
};

struct www_counts {
	/* the last is for what is no route */
	atomic_ulong answers[WWW_COUNTS_ROUTES][WWW_CLASSES];
	atomic_ulong within[WWW_COUNTS_BUCKETS + 1]; /* not cumulative */
	atomic_ulong nanoseconds;
};

/* ROUTE is its place in the table, WWW_COUNTS_ROUTES - 1 and more: none. */
void www_counts_note(struct www_counts *counts, unsigned route, unsigned status,
    int64_t nanoseconds);

/* All of it as Prometheus text. */
void www_counts_text(const struct www_counts *counts, struct buf *b);
