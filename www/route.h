/* route.h - which page answers, and who may ask.
 *
 * One table for all of the site. What every page needs is done here once:
 * who is asking, may they, did the form come from us. A handler of a POST is
 * called only when its token fits, so none can forget it.
 */
#pragma once

#include "www/page.h"

typedef int www_page_fn(struct www_turn *turn);

enum www_open {
	WWW_PUBLIC,  /* anybody */
	WWW_OWN,     /* whoever is logged in, for the own account */
	WWW_SEES,    /* viewers and more */
	WWW_DECIDES, /* moderators and administrators */
	WWW_RULES,   /* administrators */
};

struct www_route {
	enum www_method method; /* WWW_GET stands for HEAD too */
	/* "#" stands for a number, "*" for a ticket, "@" for a file */
	const char *path;
	enum www_open open;
	bool own_token; /* a POST that checks its form by itself: visitors' */
	www_page_fn *page;
};

/* The route for METHOD and PATH, with the number in *RET_ID. NULL: none;
 * *RET_ALLOW then lists the methods of that path ("": no such path). */
const struct www_route *www_route_find(enum www_method method, const char *path,
    uint64_t *ret_id, const char **ret_allow);
/* The whole table, for the test that walks it. */
const struct www_route *www_route_all(unsigned *ret_n);

/* Answer one request. CTX is the site. */
www_http_fn www_answer;
