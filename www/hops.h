/* hops.h - the relays that a mail passed, as a table, newest first. */
#pragma once

#include "www/story.h"

/* While the item waits and the person may decide, each relay that could be
 * listed has a button that puts it into the form of decision.h. */
void www_hops_card(struct www_turn *turn, const struct www_story *story);
