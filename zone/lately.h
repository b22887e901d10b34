/* lately.h - what was changed lately, by key.
 *
 * History is in the order of serials; who asks "what happened to this key?"
 * would have to read all of it. This keeps, in memory of a fixed size, the
 * newest 131,072 changes of single keys, in chains by key, and how many
 * listings went each day and how. It is filled from history at the start and
 * follows it from then on; nothing of it is stored, so it can be neither wrong
 * on disk nor cost an import anything.
 *
 * Of a change that has more than 16,384 keys only the count is kept.
 */
#pragma once

#include "zone/history.h"

#define ZONE_LATELY_DAYS 90

/* How a listing went. */
enum zone_gone {
	ZONE_GONE_EXPIRED, /* its time was over */
	ZONE_GONE_ASKED,   /* somebody asked for it */
	ZONE_GONE_PERSON,  /* a moderator took it out */
	ZONE_GONE_UNDONE,  /* the listing was taken back: an error */
	ZONE_GONE_SOURCE,  /* where it came from does not name it any more */
	ZONE_GONE_WAYS,
};

struct zone_lately;

MUST_CHECK int zone_lately_new(struct zone_lately **ret);
void zone_lately_free(struct zone_lately **lately);

/* Read what VIEW has and this has not, but at most about MAX keys of it (0:
 * all). Several threads may call it; one reads, the others go on. */
MUST_CHECK int zone_lately_follow(
    struct zone_lately *lately, struct zone_view *view, size_t max);

struct zone_lately_row {
	uint64_t serial;
	int64_t time;
	enum zone_action action;
	uint32_t before, after; /* details, 0: absent */
	bool gone;              /* a listing went ... */
	enum zone_gone how;     /* ... like this */
};
/* What happened to exactly KEY in LIST, newest first, at most MAX rows;
 * returns how many. *RET_FROM: all since this serial is known. */
size_t zone_lately_find(struct zone_lately *lately, uint16_t list,
    const struct zone_key *key, struct zone_lately_row *ret, size_t max,
    uint64_t *ret_from);

/* Listings that went, by day (0: the day that NOW is in, UTC) and way. */
struct zone_lately_days {
	unsigned long n[ZONE_LATELY_DAYS][ZONE_GONE_WAYS];
	int64_t complete; /* 0, or counts are whole only from this time on */
};
void zone_lately_days(
    struct zone_lately *lately, int64_t now, struct zone_lately_days *ret);
