/* past.h - what was listed at a time that is over.
 *
 * History has each key's entry before and after each change. So the entry of
 * a key at the time T is what the first change behind T found there; where no
 * such change is, it is today's. Only keys that could answer for the question
 * are remembered on the way, so memory does not grow with the history.
 */
#pragma once

#include "zone/find.h"

struct zone_past {
	/* the question */
	const struct zone_list_info *list; /* of zone_view_lists */

	/* the answer */
	struct zone_hit hit; /* as it was then */
	struct zone_key by;  /* the entry that decided; of kind ... */
	bool by_known;       /* ... when its key is known */
};

struct zone_past_when {
	int64_t time;
	uint64_t serial; /* newest change not after it; 0: none */
	uint64_t cut;    /* history begins anew with this serial: what was
	                  * found for earlier times may be wrong; 0: whole */
};

/* Was KEY (or, N_DIGESTS > 0, one of DIGESTS) listed at TIME in each of the N
 * lists, all of its kind? The view is renewed on the way and at work at the
 * end. 0 with the answers and *ret_when, or <0: ERR_RANGE, more than 16,384
 * addresses share this spelling; ERR_CORRUPT. */
MUST_CHECK int zone_past_find(struct zone_view *view, struct zone_past *lists,
    size_t n, const struct zone_key *key, const struct digest *digests,
    unsigned n_digests, int64_t time, struct zone_past_when *ret_when);
