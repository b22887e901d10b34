/* stats.h - what the minute tick counts, kept for the pages.
 *
 * A page never walks the lists: it shows the newest census (zone/census.h)
 * and reads sums (zone/series.h). Both are made here, once a minute at most,
 * beside the pages.
 */
#pragma once

#include "zone/census.h"
#include "zone/series_fill.h"

struct www_stats;

MUST_CHECK int www_stats_new(struct www_stats **ret_stats);
void www_stats_free(struct www_stats **stats);

/* Count on; take a census when the last is old. Failures are logged. NOW is
 * the wall clock. One thread. */
void www_stats_tick(struct www_stats *stats, const struct zone_config *config,
    struct zone_store *store, struct zone_queue *queue, int64_t now);

/* The newest census, borrowed until it is released; NULL: none was taken. */
struct zone_census *www_stats_census(struct www_stats *stats);
void www_stats_release(struct www_stats *stats, struct zone_census *census);
