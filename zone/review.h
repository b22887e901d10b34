/* review.h - act on an entry that was looked at: make it last, or take it out.
 *
 * Both are bound to the very entry that the person saw: where somebody has
 * changed it meanwhile, nothing is done.
 */
#pragma once

#include "zone/moderate.h"

struct zone_review {
	const struct zone_list_conf *list;
	struct zone_key key;
	uint32_t detail; /* of the entry as it was seen */
	const struct zone_person *person;
	const char *reason; /* NULL: "" */
};

/* ZONE_DONE with *RET_SERIAL; ZONE_MISSING: there is no such entry now;
 * ZONE_STALE: it is another one now; ZONE_GUARDED with WHY: the guard refuses
 * it, or it is so wide that one person is not enough. <0: failed. */

/* It says what it said before, but ends at UNTIL, 0: never. */
MUST_CHECK int zone_review_extend(struct zone_store *store,
    const struct zone_config *config, const struct zone_review *review,
    int64_t until, enum zone_outcome *ret, uint64_t *ret_serial,
    struct err_text *why);
/* WRONG: it should not have been listed (see ZONE_SOURCE_WRONG). */
MUST_CHECK int zone_review_remove(struct zone_store *store,
    const struct zone_config *config, const struct zone_review *review,
    bool wrong, enum zone_outcome *ret, uint64_t *ret_serial,
    struct err_text *why);
