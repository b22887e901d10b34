/* item.h - the page of an item, also as the answer to a form on it. */
#pragma once

#include "www/draft.h"

/* What is said above the page. */
struct www_banner {
	const char *class;        /* "good", "warn" or "bad" */
	const char *title, *text; /* translated */
	bool outcome;             /* and what was decided, by whom */
};

/* The page of item turn->id, its form as DRAFT has it. BANNER may be NULL.
 * Returns 0 or <0. */
MUST_CHECK int www_item_show(struct www_turn *turn, unsigned status,
    const struct www_draft *draft, const struct www_banner *banner);
/* 404: there is no such item. Returns 0. */
int www_item_missing(struct www_turn *turn);
