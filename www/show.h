/* show.h - pieces that several pages show the same way. */
#pragma once

#include "www/cover.h"
#include "zone/queue.h"

/* "list · certain" as a badge. */
void www_show_advice(
    struct www_turn *turn, const struct zone_candidate *candidate);

/* One sentence: what was decided about a settled item, by whom and when. */
void www_show_outcome(struct www_turn *turn, const struct zone_item *item);
/* The button that takes that back, when the person may. */
void www_show_take_back(struct www_turn *turn, const struct zone_item *item);

/* A button that the reader's role may not press, with the reason. */
void www_show_off(struct www_turn *turn, const char *label);

/* "since … · until … · reason", of the entry KEY. */
void www_show_terms(struct www_turn *turn, const struct zone_detail *detail,
    const char *key);

/* "listed already 203.0.114.0/24 since ...", when CANDIDATE is covered. */
MUST_CHECK int www_show_cover(struct www_turn *turn, struct zone_view *view,
    const struct zone_candidate *candidate);

/* The proposal of zone_moderate_proposal, but only what the advice says to
 * list: such a button may stand out. 0: none. */
uint32_t www_item_advised(const struct zone_item *item);

/* The keys that were listed, joined: "203.0.114.9 and x@example.gr". NULL
 * without memory. */
const char *www_item_keys(
    struct www_turn *t, const struct zone_item *item, uint32_t mask);
