/* past.h - what was decided before: about an item, about a key. */
#pragma once

#include "www/page.h"
#include "zone/queue.h"

struct www_past_key {
	const struct zone_list_conf *list;
	struct zone_key key;
};

/* A card with the newest changes of the list about any of the KEYS or of what
 * covers them, reversals among them; ITEM's own events too, unless it is NULL.
 * The log has no index by key: its newest part is read through, and the card
 * says when that was not all. */
MUST_CHECK int www_past_card(struct www_turn *turn, struct zone_view *view,
    const struct www_past_key *keys, unsigned n, const struct zone_item *item);
