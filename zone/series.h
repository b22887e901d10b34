/* series.h - what was counted, period by period: the numbers behind charts.
 *
 * Three grains of the same fields, in the queue's environment: minutes for
 * two days, hours for ninety, days for ever. Gauges are as they were last
 * seen in a period, counters add up. What nobody looked at is not known,
 * which is not zero: ZONE_UNKNOWN.
 *
 * Only whoever ticks writes them (zone/series_fill.h).
 */
#pragma once

#include "zone/queue.h"

enum zone_grain { ZONE_MINUTES, ZONE_HOURS, ZONE_DAYS, ZONE_GRAINS };

/* doc/FORMATS has these numbers: only add. */
enum zone_series_field {
	ZONE_N_LISTED, /* gauges up to ZONE_N_OLDEST */
	ZONE_N_EXEMPT,
	ZONE_N_WAITING,
	ZONE_N_OLDEST, /* seconds */
	ZONE_N_NOERROR,
	ZONE_N_NXDOMAIN,
	ZONE_N_REFUSED,
	ZONE_N_SERVFAIL,
	ZONE_N_ANSWER, /* with another rcode */
	ZONE_N_HITS,
	ZONE_N_ADDED,
	ZONE_N_CHANGED,
	ZONE_N_REMOVED,
	ZONE_N_EXPIRED,
	ZONE_N_UNDONE,
	ZONE_N_PURGED,
	ZONE_N_APPROVED,
	ZONE_N_DISMISSED,
	ZONE_N_REOPENED,
	ZONE_N_MAILS,
	ZONE_N_WRONG, /* of those removed by a person */
	ZONE_N_ASKED, /* removed on request */
	ZONE_SERIES_FIELDS,
};

#define ZONE_UNKNOWN UINT64_MAX
#define ZONE_LATENCIES 64

struct zone_series_row {
	int64_t start;
	uint64_t field[ZONE_SERIES_FIELDS];
	uint32_t latency[ZONE_LATENCIES]; /* see zone_latency_bucket */
};

/* Start of the period that T lies in; its length in seconds. */
int64_t zone_series_start(enum zone_grain grain, int64_t t);
int64_t zone_series_length(enum zone_grain grain);

/* Is what happened at T still kept in GRAIN at NOW? */
bool zone_series_kept(enum zone_grain grain, int64_t t, int64_t now);

/* A row of START in which nothing is known. */
void zone_series_blank(struct zone_series_row *row, int64_t start);
/* Add OTHER, which is not earlier, to ROW. */
void zone_series_merge(
    struct zone_series_row *row, const struct zone_series_row *other);
/* N more of FIELD. */
void zone_series_add(
    struct zone_series_row *row, enum zone_series_field field, uint64_t n);

/* Seconds from first seen to decision: the bucket, and what a bucket has less
 * than (the last one has no such bound: INT64_MAX). */
unsigned zone_latency_bucket(int64_t seconds);
int64_t zone_latency_bound(unsigned bucket);
/* The time within which PERCENT of LATENCY were decided, rounded up to its
 * bucket's bound; -1: there are none. */
int64_t zone_latency_percentile(
    const uint32_t latency[ZONE_LATENCIES], unsigned percent);

/* The rows that start in [FROM, TO), in order; at most CAP, the rest is left
 * out. Damaged rows are left out too: then nothing is known. */
MUST_CHECK int zone_series_read(struct zone_queue *queue, enum zone_grain grain,
    int64_t from, int64_t to, struct zone_series_row *ret, size_t cap,
    size_t *ret_n);

/* The start of the oldest row of GRAIN: 1, 0 none, <0. */
MUST_CHECK int zone_series_oldest(
    struct zone_queue *queue, enum zone_grain grain, int64_t *ret);

/* ---- within a write transaction, for series_fill.c ----------------------- */

/* Add ROW to the stored one of its start. */
MUST_CHECK int zone_series_put(struct zone_txn *txn, enum zone_grain grain,
    const struct zone_series_row *row);
/* Remove a bounded number of rows that are too old at NOW. */
MUST_CHECK int zone_series_prune(struct zone_txn *txn, int64_t now);
