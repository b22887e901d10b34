/* purge.h - take back everything that a source produced.
 *
 * A feed that went bad, a trap that caught the wrong mail: every entry whose
 * source it is goes, listings and exemptions alike, whoever entered them. Where
 * such an entry took the place of one that another source had made, that one
 * comes back, as with undo; one that has expired since, whose own source was
 * purged, or that the guard would refuse today, does not. What the source took
 * out stays out: a purge must not list what nobody looks at (undo does, one
 * serial at a time).
 */
#pragma once

#include "zone/moderate.h"

struct zone_purge {
	const char *source;
	int64_t since;    /* only entries made then or later; INT64_MIN: all */
	const char *list; /* only this one; NULL: all of the store */
	const char *by, *reason;
	bool dry; /* only count */
};

struct zone_purged {
	struct zone_change_result change; /* removed, changed, moved, serial */
	uint64_t removed;                 /* entries that go */
	uint64_t restored; /* entries that give way to the one before */
	uint64_t
	    refused; /* of the removed: the guard keeps the one before out */
	uint64_t unknown;  /* of the removed: history no longer knows */
	uint64_t reopened; /* items of the queue that wait again */
};

/* One transaction, one serial, one row of history; readers go on meanwhile.
 * Entries that somebody changes while this runs stay as they are (moved).
 * QUEUE may be NULL; items whose approval is purged wait again. 0 with *ret,
 * or <0 with a sentence in WHY and nothing changed. */
MUST_CHECK int zone_purge(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config, const struct zone_purge *purge,
    struct zone_purged *ret, struct err_text *why);
