/* queue_row.h - an item as one row: enough to decide without opening it. */
#pragma once

#include "www/cover.h"
#include "www/queue_ask.h"

struct www_row_place {
	const char *at; /* the page it stands on, as www_ask_write has it */
	uint64_t next;  /* the row below, 0: none */
	const char
	    *form; /* id of the form that its checkbox is of; NULL: none */
};

/* Its <li>. VIEW tells what is listed already. */
MUST_CHECK int www_queue_row(struct www_turn *turn, struct zone_view *view,
    const struct zone_item *item, const struct www_row_place *place);

/* Has the reader not switched the single keys off? (pages_queue.c) */
bool www_keys_on(const struct www_turn *turn);

/* S, or as much of it as fits MAX bytes and "…". */
void www_html_cut(struct www_turn *turn, const char *s, size_t max);
/* What the item is called: its subject, cut. */
void www_row_subject(struct www_turn *turn, const struct zone_item *item);
/* "Bob is looking at it", when somebody is. */
void www_show_claim(struct www_turn *turn, uint64_t item);

/* What one button would list: the proposal of zone_moderate_proposal, but
 * nothing that is only unsure, unless the advice is to list the address
 * instead. 0: nothing. */
uint32_t www_row_proposal(const struct zone_item *item);
/* The first address that may be listed. 0: none. */
uint32_t www_row_address(
    const struct zone_config *config, const struct zone_item *item);
