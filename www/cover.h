/* cover.h - what the list store says of a key, for pages that show it. */
#pragma once

#include "www/page.h"
#include "zone/find.h"

struct www_cover {
	enum zone_verdict verdict;
	bool exact;                /* the entry is the very key */
	struct zone_key entry;     /* when listed or exempt */
	char text[ZONE_KEY_TEXT];  /* the same as text */
	struct zone_detail detail; /* spans borrowed from the view */
};

/* What covers KEY in LIST now? ERR_CORRUPT, ERR_STORE. */
MUST_CHECK int www_cover_find(struct zone_view *view,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct www_cover *ret);
/* The same for a key as text in a list by name; a list that is not
 * configured any more, or text that is no key, covers nothing. */
MUST_CHECK int www_cover_find_text(struct zone_view *view,
    const struct zone_config *config, const char *list, const char *key,
    struct www_cover *ret);

/* A renewed view for the time of one page; close it before the answer goes
 * out. */
MUST_CHECK int www_view_open(struct www_turn *turn, struct zone_view **ret);

/* Read what a visitor typed (typed.c) and guess what it is. What is forgiven:
 * blanks, quotes and brackets around it, a URL or mailto: with all its parts,
 * a port, "[.]" for a dot; a name that was asked for in DNS, below one of our
 * zones, in-addr.arpa or ip6.arpa, or 32 nibbles alone. ERR_FORMAT or ERR_RANGE
 * with WHY. */
MUST_CHECK int www_key_typed(const struct zone_config *config, const char *q,
    struct zone_key *ret_key, struct err_text *why);
