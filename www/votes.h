/* votes.h - who wants what of an item. */
#pragma once

#include "www/page.h"
#include "zone/queue.h"

/* The votes, with what is missing while the item waits, and a button that
 * withdraws one's own. Nothing when the only vote is the decision itself. */
void www_votes(struct www_turn *turn, const struct zone_item *item);
