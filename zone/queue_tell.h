/* queue_tell.h - a line in the queue's log that is about no item.
 *
 * The log is hash-chained: what people do to submitters, or say of entries,
 * belongs there as their decisions do.
 */
#pragma once

#include "zone/queue.h"

/* Append that BY did ACTION (at most 64 bytes), and why. */
MUST_CHECK int zone_queue_tell(struct zone_queue *queue, const char *by,
    const char *action, const char *reason);
/* The same within a write transaction on the queue, so that what was done and
 * what is told of it are one. */
MUST_CHECK int queue_tell(struct zone_txn *txn, const char *by,
    const char *action, const char *reason);
