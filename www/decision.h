/* decision.h - the card where an item is decided, or was. */
#pragma once

#include "www/page.h"
#include "zone/queue.h"

/* While ITEM waits and the person may: the form with one button for each
 * thing that can be done. Else what was decided, with its undo. */
void www_decision_card(struct www_turn *turn, const struct zone_item *item);
