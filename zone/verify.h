/* verify.h - is the list store what it should be? Derive everything that is
 * derived once more, and compare.
 */
#pragma once

#include "zone/view.h"

struct zone_verify_counts {
	uint64_t blocks, entries, names, digests, details;
};

/* Every block whole and in order, every entry with its detail and what was
 * copied from it, every address with all its digests and no digest without an
 * address, no name without a list, details without gaps, the counts of each
 * list and of each table. 0, or ERR_CORRUPT with the first difference in WHY,
 * or another failure. The view is renewed on the way; where the store does not
 * hold still for so long, the fourth try keeps it to the end. History:
 * zone_history_verify. */
MUST_CHECK int zone_verify(struct zone_view *view,
    struct zone_verify_counts *ret, struct err_text *why);

/* The entries, of every list, are those that history leads to, and each of its
 * rows has the keys that it says. As above; the chain must be right already. */
MUST_CHECK int zone_verify_past(struct zone_view *view, struct err_text *why);
