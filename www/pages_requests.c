/* pages_requests.c - requests for removal, as the moderators see them all. */
#include <stdio.h>

#include "www/answers.h"
#include "www/delist.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/request.h"

#define PER_PAGE 25

void
www_request_clock(struct www_turn *t, const struct zone_request *q)
{
	int64_t age = t->now - q->created;

	if (!zone_request_open(q->state)) {
		return;
	}
	if (age >= ZONE_REQUEST_BREACH) {
		HTML(&t->html, "<span class=\"tag clock-bad\">%s</span> ",
		    T("overdue: more than 7 days"));
	} else if (age >= ZONE_REQUEST_WARN) {
		HTML(&t->html, "<span class=\"tag clock-warn\">%s</span> ",
		    T("more than 2 days"));
	}
	if (q->state == ZONE_REQUEST_ASKED) {
		HTML(&t->html, "<span class=\"tag\">%s</span> ",
		    T("the visitor was asked"));
	}
}

void
www_request_outcome(struct www_turn *t, const struct zone_request *q)
{
	HTML(&t->html, "<span><strong>%s</strong> ",
	    q->state == ZONE_REQUEST_DENIED ? T("Denied")
		: q->automatic              ? T("Removed by itself")
					    : T("Removed"));
	if (!q->automatic) {
		SAY(t, "by %s", q->by);
		HTML(&t->html, " ");
	}
	www_html_ago(t, q->decided);
	if (q->serial != 0) {
		HTML(&t->html, ", <a href=\"/log?serial=%lu\">#%lu</a>",
		    (unsigned long)q->serial, (unsigned long)q->serial);
	} else if (q->state == ZONE_REQUEST_REMOVED) {
		HTML(&t->html, ", %s", T("it was not listed any more"));
	}
	HTML(&t->html, "</span>");
}

void
www_request_take_back(struct www_turn *t, const struct zone_request *q)
{
	char path[64];

	if (!www_may(t, ZONE_MODERATOR) || zone_request_open(q->state)) {
		return;
	}
	snprintf(
	    path, sizeof(path), "/requests/%lu/reopen", (unsigned long)q->id);
	www_form_begin(t, path, "inline");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"version\" value=\"%u\"><button "
	    "class=\"undo\">%s<span class=\"unseen\"> ",
	    q->version, T("Undo"));
	SAY(t, "the decision on request %lu", (unsigned long)q->id);
	HTML(&t->html, "</span></button></form>");
}

static void
actions(struct www_turn *t, const struct zone_request *q)
{
	char path[64];

	HTML(&t->html, "<div class=\"acts\">");
	if (zone_request_open(q->state) && www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/requests/%lu/decide",
		    (unsigned long)q->id);
		www_form_begin(t, path, "row");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
		    "<input type=\"hidden\" name=\"back\" value=\"list\">"
		    "<button class=\"grant\" name=\"do\" value=\"grant\">%s"
		    "<span class=\"unseen\"> %s</span></button>"
		    "<button name=\"do\" value=\"deny\">%s<span "
		    "class=\"unseen\"> %s</span></button></form>",
		    q->version, T("Remove"), q->key, T("Deny"), q->key);
	} else {
		www_request_take_back(t, q);
	}
	HTML(&t->html,
	    "<a class=\"open\" href=\"/requests/%lu\">%s<span "
	    "class=\"unseen\"> %lu</span></a></div>",
	    (unsigned long)q->id, T("Open"), (unsigned long)q->id);
}

/* What the list says of it now, in a word or two. */
static int
now_listed(
    struct www_turn *t, struct zone_view *view, const struct zone_request *q)
{
	struct www_cover cover;
	int r = www_cover_find_text(view, t->config, q->list, q->key, &cover);

	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<p class=\"cover\"><span class=\"tag\">%s</span> ",
	    cover.verdict == ZONE_LISTED ? T("listed now")
					 : T("not listed now"));
	if (cover.verdict == ZONE_LISTED) {
		HTML(&t->html, "<span class=\"mut\">");
		www_show_terms(t, &cover.detail, cover.text);
		HTML(&t->html, "</span>");
	}
	HTML(&t->html, "</p>");
	return 0;
}

static int
row(struct www_turn *t, struct zone_view *view, const struct zone_request *q)
{
	const char *why = www_delist_why(q->why);
	const char *said = q->words[0].text;
	int r;

	HTML(&t->html,
	    "<li class=\"card item\" id=\"request-%lu\"><div class=\"msg\"><a "
	    "class=\"subject key\" href=\"/requests/%lu\">%s</a><span "
	    "class=\"seen\">",
	    (unsigned long)q->id, (unsigned long)q->id, q->key);
	SAY(t, "in the list “%s”", q->list);
	HTML(&t->html, " · ");
	www_html_ago(t, q->created);
	HTML(&t->html, "</span><span>");
	www_request_clock(t, q);
	HTML(&t->html, "</span></div><div class=\"prop\">");
	if (said[0] != '\0') {
		HTML(&t->html, "<p class=\"reason\">“%s”</p>", said);
	}
	if (why != NULL) {
		HTML(&t->html, "<p class=\"why mut\">");
		SAY(t, "It needs a person: %s.",
		    www_tr(t, www_request_why_short(q->why)));
		HTML(&t->html, "</p>");
	}
	r = now_listed(t, view, q);
	if (!zone_request_open(q->state)) {
		HTML(&t->html, "<p class=\"outcome\">");
		www_request_outcome(t, q);
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</div>");
	actions(t, q);
	HTML(&t->html, "</li>\n");
	return r;
}

/* What has just been decided from this list, with its undo. */
static int
just_done(struct www_turn *t)
{
	unsigned long id = 0;
	struct zone_request q;
	int r;

	if (!www_fields_number(&t->request->query, "done", INT64_MAX, &id) ||
	    id == 0) {
		return 0;
	}
	r = zone_request_get(www_site_queue(t->site), id, &t->arena, &q);
	if (r != 1) {
		return r;
	}
	HTML(&t->html,
	    "<div class=\"note good\" role=\"status\"><span><span "
	    "class=\"key\">%s</span>: ",
	    q.key);
	if (zone_request_open(q.state)) {
		HTML(&t->html, "%s</span>",
		    q.state == ZONE_REQUEST_ASKED
			? T("the visitor was asked.")
			: T("the request waits again."));
	} else {
		www_request_outcome(t, &q);
		HTML(&t->html, "</span>");
		www_request_take_back(t, &q);
	}
	HTML(&t->html, "</div>\n");
	return 0;
}

static void
tabs(struct www_turn *t, bool open, const struct zone_request_counts *n)
{
	HTML(&t->html,
	    "<nav class=\"tabs\" aria-label=\"%s\"><a href=\"/requests\"%s",
	    T("State"), "");
	if (open) {
		HTML(&t->html, " aria-current=\"true\"");
	}
	HTML(&t->html,
	    ">%s <span class=\"n\">%lu</span></a><a "
	    "href=\"/requests?state=closed\"",
	    T("Waiting"), (unsigned long)n->open);
	if (!open) {
		HTML(&t->html, " aria-current=\"true\"");
	}
	HTML(&t->html, ">%s <span class=\"n\">%lu</span></a></nav>\n",
	    T("Decided"), (unsigned long)n->closed);
}

int
www_requests(struct www_turn *t)
{
	const struct www_fields *f = &t->request->query;
	const char *word = www_fields_get(f, "state");
	bool open = word == NULL || strcmp(word, "open") == 0;
	struct zone_request_counts counts;
	struct zone_request *rows = NULL;
	struct zone_view *view = NULL;
	unsigned long page = 1;
	uint64_t total = 0;
	size_t n = 0;
	int r;

	if ((!open && strcmp(word, "closed") != 0) ||
	    !www_fields_number(f, "page", 1000000, &page) || page == 0) {
		return www_page_say(t, 400, T("No such list"),
		    T("state is open or closed, page a number from 1."));
	}
	r = zone_request_counts(www_site_queue(t->site), &counts);
	if (r == 0) {
		r = zone_request_list(www_site_queue(t->site), open,
		    (page - 1) * PER_PAGE, PER_PAGE, &t->arena, &rows, &n,
		    &total);
	}
	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("Requests for removal"), WWW_REQUESTS);
	r = just_done(t);
	tabs(t, open, &counts);
	if (r == 0) {
		r = www_view_open(t, &view);
	}
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    page > 1   ? T("Nothing on this page")
			: open ? T("No request waits")
			       : T("No request was decided yet"),
		    open ? T("What could be removed by the rule was removed "
			     "by itself.")
			 : T("Decisions are kept here for half a year."));
	} else {
		HTML(&t->html, "<ol class=\"items\">\n");
		for (size_t i = 0; i < n && r == 0; i++) {
			r = row(t, view, &rows[i]);
		}
		HTML(&t->html, "</ol>\n");
	}
	zone_view_close(&view);
	if (r < 0) {
		return r;
	}
	www_html_pages(t,
	    open ? "/requests?page=" : "/requests?state=closed&page=", page,
	    total, PER_PAGE);
	www_page_end(t, 200);
	return 0;
}
