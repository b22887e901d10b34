/* queue_ask.h - which items a page of the queue is about. All of it stands in
 * the address, so that a link, a reload and "back" show the same.
 */
#pragma once

#include "www/page.h"
#include "www/queue_filter.h"

#define WWW_PER_PAGE 25

enum www_sort {
	WWW_SORT_USUAL, /* waiting: oldest first; others: newest decision */
	WWW_SORT_NEWEST,
	WWW_SORT_REPORTS,
	WWW_SORT_SEEN, /* last seen first */
};
#define WWW_SORTS 4

struct www_ask {
	enum zone_item_state state;
	const char *q; /* tidied, never NULL */
	enum www_sort sort;
	enum www_group group;
	unsigned long page; /* from 1 */
	struct www_filter filter;
	/* of the query: */
	enum www_filter_fault fault;
	const char *word; /* to blame */
};

/* Read FIELDS. false: a field but the query is none of ours. A query that is
 * not understood is in *RET with its fault. <0: no memory. */
MUST_CHECK int www_ask_read(struct www_turn *turn,
    const struct www_fields *fields, struct www_ask *ret, bool *ret_known);
/* ASK for an address, without "?", of PAGE; what is usual is left out. NULL:
 * no memory. */
const char *www_ask_write(
    struct arena *arena, const struct www_ask *ask, unsigned long page);
/* What is wrong with the query, as a sentence into the page. */
void www_ask_fault(struct www_turn *turn, const struct www_ask *ask);
const char *www_sort_name(enum www_sort sort);

/* ---- finding ------------------------------------------------------------- */

struct www_found {
	struct zone_item *items; /* of the page */
	size_t n;
	uint64_t total; /* that fit */
};
/* The items of ASK's page, PER of them, SKIP before it. */
MUST_CHECK int www_ask_find(struct www_turn *turn, const struct www_ask *ask,
    size_t skip, size_t per, struct www_found *ret);

struct www_group_row {
	const char *label; /* "": they have none */
	char mark[17];
	unsigned items;
	uint64_t reports;
	int64_t first, last;
	const char *subject; /* of one of them */
};
/* All groups of ASK's items, the largest first; at most MAX in *RET. */
MUST_CHECK int www_ask_groups(struct www_turn *turn, const struct www_ask *ask,
    size_t skip, size_t max, struct www_group_row **ret, size_t *ret_n,
    uint64_t *ret_total);
