/* page.h - one request on its way through a page, and what all pages share.
 *
 * A handler reads, then either writes a page (begin ... end), or answers with
 * a redirection, an error page, or bytes of its own. It returns 0, or <0 for
 * a failure, which becomes the page that says so; what was written so far is
 * dropped then.
 */
#pragma once

#include "www/html.h"
#include "www/session.h"
#include "zone/view.h"

struct www_turn {
	struct www_site *site;
	const struct zone_config *config;
	const struct www_request *request;
	struct www_reply *reply;
	struct www_who who;
	uint64_t id; /* the number in the path, 0: none */
	int64_t now; /* wall clock */
	unsigned lang; /* enum www_lang: what the reader reads */
	struct arena arena;
	struct www_html html;
};

enum www_section {
	WWW_NOWHERE,
	WWW_HOME,
	WWW_QUEUE,
	WWW_LOG,
	WWW_ENTRIES,
	WWW_LOOKUP,
	WWW_LOGIN,
	WWW_REQUESTS, /* to be taken off the list */
	WWW_REVIEW,   /* entries that are due for a look */
	WWW_SUBMITTERS,
	WWW_USERS,
	WWW_ACCOUNT, /* one's own password and sessions */
	WWW_POLICY,
	WWW_USE,
	WWW_STATS,
	WWW_SUBMIT,
	WWW_STATUS,
	WWW_REMOVAL,
};

/* Head, navigation and <main>; TITLE also becomes the window's title. */
void www_page_begin(
    struct www_turn *turn, const char *title, enum www_section section);
/* The same without the visible <h1>, for pages that write their own. */
void www_page_begin_bare(
    struct www_turn *turn, const char *title, enum www_section section);
void www_page_end(struct www_turn *turn, unsigned status);

/* A whole page that says why something was not done. Returns 0. */
int www_page_say(struct www_turn *turn, unsigned status, const char *title,
    const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The page for a failure of a handler. */
void www_page_failed(struct www_turn *turn, int err);
/* 303 to a path of ours. Returns 0. */
int www_page_go(struct www_turn *turn, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* May the person do ROLE's work? */
bool www_may(const struct www_turn *turn, enum zone_role role);

/* <form method=post action=PATH> with its token; close it with </form>.
 * CLASS is for the style sheet. */
void www_form_begin(struct www_turn *turn, const char *path, const char *class);

/* What the site calls itself: its public name, else the first zone. */
const char *www_site_name(const struct zone_config *config);

/* "3 h ago", with the time itself for machines and on pointing. 0: "never".
 * When T lies ahead: "in 3 h". */
void www_html_ago(struct www_turn *turn, int64_t t);
/* "2026-11-21 09:30 UTC" */
void www_html_time(struct www_turn *turn, int64_t t);
/* A listed thing, linked to what we say of it. */
void www_html_key(struct www_turn *turn, const char *key);
/* "Newer · page 2 of 7 · Older"; QUERY ends in "page=" and is ours. */
void www_html_pages(struct www_turn *turn, const char *query,
    unsigned long page, uint64_t total, unsigned per_page);
