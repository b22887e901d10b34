/* suspend.h - a submitter whose word counts for nothing for now.
 *
 * What he sends in is taken as before and shown under his name, and his mail
 * hosts are still stepped over: otherwise his own server would be proposed.
 * But he counts as a stranger: not known, no receipts for the registered.
 */
#pragma once

#include "zone/submitters.h"

struct zone_suspended {
	int64_t since;
	const char *by;
};

/* NAME is suspended, or no longer; BY did it, which the queue's log tells.
 * 1, 0 it was so already, ERR_NONE: there is no such submitter. */
MUST_CHECK int zone_submitter_suspend(
    struct zone_queue *queue, const char *name, const char *by, bool on);
/* 1, 0 he is not, <0. A row that cannot be read suspends him. *RET's text is
 * in ARENA. */
MUST_CHECK int zone_submitter_suspended(struct zone_queue *queue,
    const char *name, struct arena *arena, struct zone_suspended *ret);
