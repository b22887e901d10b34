/* series_fill.h - count what happened since it was counted last.
 *
 * What people did is counted from the two logs and so is never missed,
 * however long nobody looked; where it stopped stands in the queue beside the
 * sums, in one transaction. Gauges and the answers of rbld can only be seen
 * while they are there: a gap in looking is a gap in the chart.
 */
#pragma once

#include "zone/series.h"

/* The source of a removal by which somebody says that the listing was a
 * mistake. It is what the share of false positives is made of. */
#define ZONE_SOURCE_WRONG "wrong"
/* The source of a removal that somebody outside had asked for. */
#define ZONE_SOURCE_ASKED "delist"

/* What rbld has answered since it started. */
struct zone_answers {
	bool known;
	int64_t started;
	uint64_t n[ZONE_N_HITS - ZONE_N_NOERROR + 1]; /* in field order */
};

/* Of the reply to "json" on its control socket (zone/control.h): text of
 * another process, so anything may be in it. false: it says no such thing. */
bool zone_answers_parse(const char *json, size_t len, struct zone_answers *ret);

/* Gauges as they are at NOW, and what rbld answered between BEFORE and AFTER,
 * when both are known and the same process said them, into the minute of NOW
 * and the hour and the day it is in. */
MUST_CHECK int zone_series_sample(struct zone_queue *queue,
    struct zone_store *store, const struct zone_answers *before,
    const struct zone_answers *after, int64_t now);

/* Count the changes of the store, the decisions and the mails that were not
 * counted yet, a bounded number of them: 1 when there is more to do, 0, <0.
 * NOW decides what is too old for the finer grains. */
MUST_CHECK int zone_series_count(
    struct zone_queue *queue, struct zone_store *store, int64_t now);
