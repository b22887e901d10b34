/* queue_filter.h - what a moderator types to find items.
 *
 * Words of their own are looked for everywhere; "from:shop" and the like in
 * one place; "-" before either leaves out what has it. Quotation marks hold
 * words together. All terms have to fit. Case and Greek accents do not count.
 *
 * Nothing is ignored: what cannot be understood is said.
 */
#pragma once

#include "base/arena.h"
#include "base/net.h"
#include "zone/queue.h"

#define WWW_TERMS 16
#define WWW_QUERY 200 /* bytes of a whole query */

enum www_term_kind {
	WWW_TERM_WORD, /* anywhere */
	WWW_TERM_FROM,
	WWW_TERM_SUBJECT,
	WWW_TERM_SUBMITTER,
	WWW_TERM_RELAY, /* address, HELO or reverse name */
	WWW_TERM_KEY,
	WWW_TERM_IP,
	WWW_TERM_LIST,
	WWW_TERM_KIND,
	WWW_TERM_ADVICE,
	WWW_TERM_SINCE,
	WWW_TERM_BEFORE,
	WWW_TERM_GROUP, /* made by the page of groups */
};

/* What items may be gathered by. */
enum www_group {
	WWW_GROUP_NONE,
	WWW_GROUP_RELAY,
	WWW_GROUP_NETWORK, /* /24, IPv6 /48 */
	WWW_GROUP_SENDER,
	WWW_GROUP_CAMPAIGN, /* the same subject but for numbers and the like */
	WWW_GROUP_SUBMITTER,
};
#define WWW_GROUPS 6
/* "relay"; "" for none. */
const char *www_group_name(enum www_group group);
/* false: no such group. */
bool www_group_of(const char *name, enum www_group *ret);

struct www_term {
	enum www_term_kind kind;
	bool not ;
	const char *text; /* folded */
	struct net_prefix net;
	int64_t time;
	unsigned advice;
	enum www_group group;
};

struct www_filter {
	struct www_term terms[WWW_TERMS];
	unsigned n;
};

/* Why a query was not understood. */
enum www_filter_fault {
	WWW_FILTER_GOOD,
	WWW_FILTER_NAME,  /* no such "word:" */
	WWW_FILTER_EMPTY, /* nothing behind it */
	WWW_FILTER_IP,
	WWW_FILTER_KIND,
	WWW_FILTER_ADVICE,
	WWW_FILTER_TIME,
	WWW_FILTER_GROUP,
	WWW_FILTER_QUOTE, /* one is missing */
	WWW_FILTER_MANY,  /* terms, or bytes */
};

/* Read Q; "3d" in it means three days before NOW. ERR_FORMAT with *RET_FAULT
 * and, where one word is to blame, that in *RET_WORD ("" otherwise);
 * ERR_NOMEM. Text is in ARENA. */
MUST_CHECK int www_filter_parse(const char *q, int64_t now, struct arena *arena,
    struct www_filter *ret, enum www_filter_fault *ret_fault,
    const char **ret_word);
bool www_filter_fits(
    const struct www_filter *filter, const struct zone_item *item);

/* The advice that an item is filtered by: of the first thing in it that may
 * be listed; "never" when all are; ZONE_ADVICE_NEVER + 1: it has none. */
unsigned www_item_advice(const struct zone_item *item);
