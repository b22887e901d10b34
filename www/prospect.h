/* prospect.h - what a decision would do, before it is made. */
#pragma once

#include "www/page.h"
#include "zone/queue.h"

/* One line: how much KEY is, what it covers, whose word it takes; or why it
 * cannot be. Changes nothing. *RET_MAY: it could be listed. */
MUST_CHECK int www_prospect_show(struct www_turn *turn, struct zone_view *view,
    const struct zone_item *item, const struct zone_list_conf *list,
    const struct zone_key *key, bool forever, bool *ret_may);
