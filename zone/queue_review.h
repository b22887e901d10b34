/* queue_review.h - what is reported although it is listed: look again?
 *
 * rbl-ingest gathers reports of what was approved here with the item that
 * listed it, and marks the item (zone/queue_join.c). This looks at the marks,
 * with the store at hand: where the key is no longer listed, or about to end,
 * the item waits for a person again, with all that was seen meanwhile.
 *
 * With "extend" of the list, a listing that is reported again gets an end so
 * far from now, unless it has a later one or none: a change in the store's
 * history like a moderator's, made once for all reports since the last run.
 *
 * It runs in rbl-www's minute tick and in "rblctl queue expire". While nobody
 * has run it for an hour, reports of what is listed wait as items of their
 * own, so that none is overlooked.
 */
#pragma once

#include "zone/queue.h"
#include "zone/view.h"

#define ZONE_REVIEW_FRESH 3600        /* seconds that one run is good for */
#define ZONE_REVIEW_AHEAD (7 * 86400) /* an end this near is "about to" */

struct zone_reviewed {
	unsigned looked;   /* items that had been seen again */
	unsigned reopened; /* of them: they wait now */
	unsigned extended; /* listings that got a later end */
};

/* Look at the marks, at most 1,000 in a run, as of NOW. BY goes to the
 * queue's log. An end is near in the last week of an entry, and not before
 * the last quarter of its life. A store that cannot be read leaves the marks.
 */
MUST_CHECK int zone_queue_review(struct zone_queue *queue,
    struct zone_store *store, const struct zone_config *config, const char *by,
    int64_t now, struct zone_reviewed *ret);
