/* queue_expire.h - what the queue may forget.
 *
 * Mails are evidence, and other people's post: they are kept as long as the
 * configuration says (ingest { retention, retention-size }) and then removed,
 * the oldest first - but never while an item waits that they speak for. What
 * remains is the item with its decision, and the log.
 */
#pragma once

#include "zone/queue.h"

struct zone_retention {
	int64_t age;   /* seconds; 0: for ever */
	uint64_t size; /* bytes of the disk for all mails; 0: any */
	int64_t now;
	bool dry;        /* only count */
	unsigned rounds; /* transactions at most, 0: until it is done */
};

struct zone_expired {
	uint64_t submissions; /* mails that were removed */
	uint64_t bytes;       /* of them as they came in */
	uint64_t held;        /* due, but an item waits */
	uint64_t items;       /* dismissed ones that were removed */
	uint64_t dismissed;   /* that had nothing to list, and were too old */
	bool more;            /* there is more to do */
};

/* Remove
 *   mails that are older than AGE, and the oldest ones until the rest takes no
 *   more than SIZE;
 *   items that were dismissed more than AGE ago, once their mails are gone.
 * Items that wait without a candidate that may be listed, and were last seen
 * more than AGE ago, are dismissed by BY, so that they hold no mail for ever.
 * It works in transactions of bounded size; a failure leaves whole ones. */
MUST_CHECK int zone_queue_expire(struct zone_queue *queue,
    const struct zone_retention *policy, const char *by,
    struct zone_expired *ret);
