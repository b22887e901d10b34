/* history.h - numbered changes of the store: log, undo, "was it listed at T".
 *
 * One row per serial, hash-chained from the first on: a row's hash covers the
 * hash before it, its own words and every key it changed (doc/FORMATS).
 */
#pragma once

#include "zone/moderate.h"

struct zone_history_row {
	uint64_t serial;
	int64_t time;
	enum zone_action action;
	uint64_t undoes; /* serial taken back by this one; 0: none */
	uint64_t keys;   /* how many it changed */
	struct span by, source, reason; /* borrowed from the view */
	uint8_t hash[32];
};

/* One key of a row. Details are numbers for zone_view_detail; 0: absent. */
struct zone_history_key {
	uint16_t list;
	struct zone_key key;
	uint32_t before, after;
};

/* The row of SERIAL: 1, 0 none, <0 failed. */
MUST_CHECK int zone_history_get(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row);
/* The newest row not after SERIAL (UINT64_MAX: the newest of all), for pages
 * that read backwards: 1, 0 none, <0 failed. */
MUST_CHECK int zone_history_before(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row);
/* The oldest row not before SERIAL. */
MUST_CHECK int zone_history_after(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row);

/* Serial of the newest restore, 0: never. What was changed between any serial
 * before it and this one is not told by the rows: whoever had the store of an
 * earlier serial (a secondary, a cache) has to take all of it anew. 0 or
 * ERR_CORRUPT. */
MUST_CHECK int zone_history_cut(struct zone_view *view, uint64_t *ret_serial);

/* Every key that SERIAL changed. Returns FN's non-zero result, 0 or <0. */
typedef int zone_history_fn(const struct zone_history_key *key, void *ctx);
MUST_CHECK int zone_history_keys(
    struct zone_view *view, uint64_t serial, zone_history_fn *fn, void *ctx);

/* The same for those who read rows of any length: the view is renewed on the
 * way (what a row says never changes), so FN keeps nothing that it borrowed. */
MUST_CHECK int zone_history_keys_long(
    struct zone_view *view, uint64_t serial, zone_history_fn *fn, void *ctx);

/* How far a chain was found right; zeros at first. */
struct zone_history_chain {
	uint64_t serial; /* of the last row */
	uint64_t rows, chunks;
	uint64_t cut; /* serial of the last restore */
	int64_t time;
	uint8_t hash[32];
};
/* Go on along the chain from where CHAIN is, at most MAX rows: 1, all of them
 * are right and there are more; 0, right to the end, where it ends as the
 * store says; ERR_CORRUPT as below. What is behind it is not read again. */
MUST_CHECK int zone_history_verify_on(struct zone_view *view,
    struct zone_history_chain *chain, uint64_t max, struct err_text *why);

/* Walk the whole chain: 0 when every hash is right, times never fall, serials
 * are left out before a restore alone, and nothing stands beside it; ERR_CORRUPT with the first wrong serial in WHY.
 * *ret_rows counts. The view is renewed on the way. */
MUST_CHECK int zone_history_verify(
    struct zone_view *view, uint64_t *ret_rows, struct err_text *why);
