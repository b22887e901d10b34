/* reviewed.h - a person looked at an entry and kept it.
 *
 * RFC 6471 2.2.1 asks that what was listed by hand is looked at again from
 * time to time. A note of that is good for the very entry that was seen: when
 * it is changed, taken out or listed anew, the note says nothing.
 */
#pragma once

#include "zone/queue.h"

struct zone_reviewed_note {
	uint32_t detail; /* of the entry that was seen */
	int64_t time;
	const char *by, *note;
};

/* Note that BY looked at DETAIL, the entry of KEY in LIST, at NOW and kept it,
 * and tell so in the queue's log. */
MUST_CHECK int zone_reviewed_keep(struct zone_queue *queue, const char *list,
    const char *key, uint32_t detail, const char *by, const char *note,
    int64_t now);
/* 1 and the note for exactly DETAIL, 0 none, <0. Text is in ARENA. */
MUST_CHECK int zone_reviewed_get(struct zone_queue *queue, const char *list,
    const char *key, uint32_t detail, struct arena *arena,
    struct zone_reviewed_note *ret);

/* Remove the notes, at most MAX of them, that USED does not want any more. */
typedef bool zone_reviewed_fn(
    const char *list, const char *key, uint32_t detail, void *ctx);
MUST_CHECK int zone_reviewed_tidy(
    struct zone_queue *queue, size_t max, zone_reviewed_fn *used, void *ctx);
