/* within.h - how many entries lie within a network. */
#pragma once

#include "zone/view.h"

struct zone_within {
	size_t listed, exempt; /* now; the network's own entry not counted */
};

/* Count what LIST has below PREFIX. ERR_RANGE: it is so wide that counting
 * would take too long for a page. ERR_CORRUPT, ERR_STORE. */
MUST_CHECK int zone_view_within(struct zone_view *view, uint16_t list,
    const struct net_prefix *prefix, struct zone_within *ret);
