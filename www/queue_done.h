/* queue_done.h - what has just been done to an item, and where to go then.
 *
 * Forms of the queue carry "back" (queue, next, line, zen), "at" (the page that
 * they stand on) and "next" (the row below). Nothing of it is believed: "at"
 * is read and written anew, the rest are numbers.
 */
#pragma once

#include "www/page.h"

enum www_back { WWW_BACK_ITEM, WWW_BACK_QUEUE };

/* The answer to a form that changed ITEM: a redirection to where it says it
 * came from, or to USUAL. Returns 0 or <0. */
MUST_CHECK int www_queue_back(
    struct www_turn *turn, uint64_t item, enum www_back usual);

/* The line that says so, with its undo, for the number in the field "done";
 * nothing without one. It says what the item is now, whatever the address
 * claims. AT, the page it will stand on (may be NULL), goes into the form. */
MUST_CHECK int www_queue_flash(struct www_turn *turn, const char *at);

/* ---- on the page of one item --------------------------------------------- */

/* What stands above ITEM: what was done before it, who looks at it, and when
 * items are looked at one at a time the way to the next. */
MUST_CHECK int www_queue_above(
    struct www_turn *turn, const struct zone_item *item);
/* In the form that decides it: where to go then, when one at a time. */
void www_queue_onward(struct www_turn *turn);
