/* series_priv.h - counting, for series_fill.c and series_queue.c. */
#pragma once

#include "zone/series.h"

/* How far it has come. */
struct zone_counted {
	uint64_t serial, event, submission;
	uint64_t standings; /* rows of zone/standing.h */
};
/* 0 and zeros where nothing was counted. */
MUST_CHECK int zone_counted_get(struct zone_txn *txn, struct zone_counted *ret);
MUST_CHECK int zone_counted_put(
    struct zone_txn *txn, const struct zone_counted *c);

/* Sums of several minutes; free ROWS. */
struct zone_minutes {
	struct zone_series_row *rows;
	size_t n, cap;
};
/* The row for T, valid until the next call; NULL without memory. */
struct zone_series_row *zone_minutes_at(struct zone_minutes *h, int64_t t);
/* Add them to the periods of each grain that are kept. */
MUST_CHECK int zone_minutes_put(
    struct zone_txn *txn, const struct zone_minutes *h, int64_t now);

/* The queue's part of zone_series_count. */
MUST_CHECK int zone_series_count_queue(struct zone_queue *queue, int64_t now);
