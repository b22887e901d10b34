/* pages_request.c - one request with all that is known about its target, and
 * the decisions on it.
 */
#include <stdio.h>

#include "base/log.h"
#include "www/answers.h"
#include "www/delist.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/request.h"
#include "zone/lately.h"

#define PAST_ROWS 30
#define ABOUT_ROWS 10
#define ANSWER_MAX 900 /* it stands in the log behind "request N: KEY: " */

const char *
www_request_why_short(enum zone_delist_why why)
{
	static const char *const words[] = {
		[ZONE_DELIST_AUTO] = N_("could go by itself"),
		[ZONE_DELIST_OFF] = N_("nothing goes by itself here"),
		[ZONE_DELIST_NETWORK] = N_("covers more than was asked for"),
		[ZONE_DELIST_PERMANENT] =
		    N_("listed by a moderator without an end"),
		[ZONE_DELIST_AGAIN] = N_("removed before, and listed again"),
		[ZONE_DELIST_MANY] = N_("many went by themselves today"),
		[ZONE_DELIST_CHANGED] =
		    N_("its entry changed while it was asked for"),
	};

	return (unsigned)why <= ZONE_DELIST_CHANGED ? words[why] : "?";
}

/* ---- the dossier --------------------------------------------------------- */

static void
said(struct www_turn *t, const struct zone_request *q)
{
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2><ol class=\"talk\">",
	    T("What was said"));
	for (unsigned i = 0; i < q->n_words; i++) {
		const struct zone_request_word *w = &q->words[i];
		const char *ready = www_answer_ready(w->canned);

		HTML(&t->html, "<li class=\"%s\"><p class=\"mut\">%s · ",
		    w->visitor ? "ours" : "theirs",
		    w->visitor ? T("Visitor") : w->by);
		www_html_time(t, w->time);
		HTML(&t->html, "</p>");
		if (ready != NULL) {
			HTML(&t->html, "<p>%s</p>", www_tr(t, ready));
		}
		if (w->text[0] != '\0') {
			HTML(&t->html, "<p>%s</p>", w->text);
		} else if (ready == NULL) {
			HTML(&t->html, "<p class=\"mut\">%s</p>",
			    T("(no words)"));
		}
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ol><dl class=\"pairs\">");
	if (q->contact[0] != '\0') {
		HTML(&t->html,
		    "<div><dt>%s</dt><dd class=\"key\">%s</dd></div>",
		    T("Contact"), q->contact);
	}
	if (q->client[0] != '\0') {
		HTML(&t->html, "<div><dt>%s</dt><dd>", T("Came from"));
		www_html_key(t, q->client);
		HTML(&t->html, "</dd></div>");
	}
	if (strcmp(q->asked, q->key) != 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>", T("Asked for"));
		www_html_key(t, q->asked);
		HTML(&t->html, "</dd></div>");
	}
	HTML(&t->html, "</dl></section>\n");
}

static int
listing(
    struct www_turn *t, struct zone_view *view, const struct zone_request *q)
{
	struct www_cover cover;
	const struct zone_detail *d = &cover.detail;
	int r = www_cover_find_text(view, t->config, q->list, q->key, &cover);

	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2>",
	    T("The listing now"));
	if (cover.verdict == ZONE_CLEAR) {
		HTML(&t->html, "<p>%s</p></section>\n",
		    T("It is not listed any more."));
		return 0;
	}
	HTML(&t->html, "<p><span class=\"tag\">%s</span> ",
	    cover.verdict == ZONE_LISTED ? T("listed now") : T("exempted"));
	if (!cover.exact) {
		www_html_key(t, cover.text);
		HTML(&t->html, " ");
	}
	HTML(&t->html, "<span class=\"mut\">");
	www_show_terms(t, d, cover.text);
	HTML(&t->html,
	    "</span></p><dl class=\"pairs\"><div><dt>%s</dt><dd>"
	    "%.*s%s</dd></div>",
	    T("Made by"), (int)d->by.len, d->by.at,
	    d->person ? "" : T(" (not by a person)"));
	if (d->source.len > 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%.*s</dd></div>",
		    T("Source"), (int)d->source.len, d->source.at);
	}
	if (d->criterion.len > 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%.*s</dd></div>",
		    T("Criterion"), (int)d->criterion.len, d->criterion.at);
	}
	if (d->evidence.len > 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%.*s</dd></div>",
		    T("Evidence"), (int)d->evidence.len, d->evidence.at);
	}
	HTML(&t->html,
	    "<div><dt>%s</dt><dd><a href=\"/log?serial=%lu\">#%lu</a></dd>"
	    "</div></dl></section>\n",
	    T("Change"), (unsigned long)d->serial, (unsigned long)d->serial);
	return 0;
}

static int
reports(struct www_turn *t, const struct zone_request *q)
{
	struct zone_sightings seen;
	int r = zone_queue_sightings(
	    www_site_queue(t->site), q->list, q->key, &seen);

	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2><p>", T("Reports"));
	if (r == 0) {
		HTML(&t->html, "%s",
		    T("None in the queue: it was listed by other means, or "
		      "its item was dismissed."));
	} else {
		HTML(&t->html, "<a href=\"/queue/%lu\">",
		    (unsigned long)seen.item);
		SAY(t, "item %lu", (unsigned long)seen.item);
		HTML(&t->html, "</a> · ");
		www_say(t,
		    TN("%lu report", "%lu reports", (unsigned long)seen.count),
		    (unsigned long)seen.count);
		HTML(&t->html, " · ");
		www_say(t,
		    TN("%lu submitter", "%lu submitters",
			(unsigned long)seen.submitters),
		    (unsigned long)seen.submitters);
		HTML(&t->html, " · %s ", T("first"));
		www_html_ago(t, seen.first);
		HTML(&t->html, " · %s ", T("last"));
		www_html_ago(t, seen.last);
		if (seen.last > q->created) {
			HTML(&t->html,
			    " <span class=\"tag clock-bad\">%s</span>",
			    T("seen since the request"));
		}
	}
	HTML(&t->html, "</p></section>\n");
	return 0;
}

static int
past_row(struct www_turn *t, struct zone_view *view,
    const struct zone_lately_row *row)
{
	struct zone_history_row h;
	int r = zone_history_get(view, row->serial, &h);

	if (r <= 0) {
		return r;
	}
	HTML(&t->html, "<li>");
	www_html_time(t, row->time);
	HTML(&t->html,
	    " <b>%.*s</b> <span class=\"tag act\">%s</span> <span>%s</span> "
	    "<a href=\"/log?serial=%lu\">#%lu</a>",
	    (int)h.by.len, h.by.at,
	    www_words(t, zone_action_name(row->action)),
	    row->gone              ? T("took it off")
		: row->before == 0 ? T("put it on")
				   : T("changed it"),
	    (unsigned long)row->serial, (unsigned long)row->serial);
	if (h.reason.len > 0) {
		HTML(&t->html, " <q class=\"reason\">%.*s</q>",
		    (int)h.reason.len, h.reason.at);
	}
	HTML(&t->html, "</li>");
	return 0;
}

/* All that was done with the key, what was taken back included. */
static int
past(struct www_turn *t, struct zone_view *view, const struct zone_request *q)
{
	struct zone_lately *lately = www_site_lately(t->site);
	const struct zone_list_conf *list =
	    zone_config_list(t->config, span_str(q->list));
	struct zone_lately_row rows[PAST_ROWS];
	struct zone_key key;
	uint64_t from = 0;
	uint16_t number;
	size_t n = 0;
	int r;

	if (list == NULL ||
	    zone_key_parse(list->kind, span_str(q->key), &key, NULL) < 0) {
		return 0;
	}
	r = zone_lately_follow(lately, view, 0);
	if (r == 0) {
		r = zone_view_list(view, list->name, list->kind, &number);
	}
	if (r == 1) {
		n = zone_lately_find(
		    lately, number, &key, rows, PAST_ROWS, &from);
	}
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2><ul class=\"evid\">",
	    T("History"));
	for (size_t i = 0; i < n && r >= 0; i++) {
		r = past_row(t, view, &rows[i]);
	}
	if (n == 0) {
		HTML(&t->html, "<li class=\"mut\">%s</li>",
		    T("Nothing in the part of the log that is at hand."));
	}
	if (from > 1) {
		HTML(&t->html, "<li class=\"mut\">");
		SAY(t, "Changes before #%lu were not looked through.",
		    (unsigned long)from);
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ul></section>\n");
	return r < 0 ? r : 0;
}

static int
others(struct www_turn *t, const struct zone_request *q)
{
	struct zone_request *rows;
	size_t n;
	int r = zone_request_about(www_site_queue(t->site), q->list, q->key,
	    ABOUT_ROWS + 1, &t->arena, &rows, &n);

	if (r < 0 || n <= 1) {
		return r;
	}
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2><ul class=\"evid\">",
	    T("Other requests about it"));
	for (size_t i = 0; i < n; i++) {
		if (rows[i].id == q->id) {
			continue;
		}
		HTML(&t->html, "<li><a href=\"/requests/%lu\">",
		    (unsigned long)rows[i].id);
		SAY(t, "request %lu", (unsigned long)rows[i].id);
		HTML(&t->html, "</a> ");
		if (zone_request_open(rows[i].state)) {
			HTML(&t->html, "%s ", T("open since"));
			www_html_time(t, rows[i].created);
		} else {
			www_request_outcome(t, &rows[i]);
		}
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ul></section>\n");
	return 0;
}

/* ---- the page ------------------------------------------------------------ */

static void
decision(struct www_turn *t, const struct zone_request *q)
{
	char path[64];

	HTML(&t->html,
	    "<aside class=\"side card decide\"><h2 class=\"unseen\">%s</h2>",
	    T("Decision"));
	if (!zone_request_open(q->state)) {
		HTML(&t->html, "<p>");
		www_request_outcome(t, q);
		HTML(&t->html, "</p>");
		www_request_take_back(t, q);
	} else if (!www_may(t, ZONE_MODERATOR)) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("Decisions are for moderators."));
	} else {
		snprintf(path, sizeof(path), "/requests/%lu/decide",
		    (unsigned long)q->id);
		www_form_begin(t, path, "");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
		    "<label for=\"canned\">%s</label>",
		    q->version, T("Ready answer"));
		www_answer_select(t, "canned");
		HTML(&t->html,
		    "<label for=\"answer\">%s <span class=\"mut\">%s</span>"
		    "</label><textarea id=\"answer\" name=\"answer\" "
		    "rows=\"4\" maxlength=\"900\"></textarea>"
		    "<div class=\"buttons\"><button class=\"grant\" "
		    "name=\"do\" value=\"grant\">%s <span class=\"key\">%s"
		    "</span></button><button name=\"do\" value=\"deny\">%s"
		    "</button><button name=\"do\" value=\"ask\">%s</button>"
		    "</div></form><p class=\"hint\">%s</p>",
		    T("Your words"), T("(the visitor reads them)"), T("Remove"),
		    q->key, T("Deny: it stays listed"), T("Ask the visitor"),
		    T("The visitor reads the answer under the link that he "
		      "got. He is not told who decided."));
	}
	HTML(&t->html, "</aside>\n");
}

/* 1 with the request, else it has been answered: 0, <0. */
static int
find(struct www_turn *t, struct zone_request *ret)
{
	int r =
	    zone_request_get(www_site_queue(t->site), t->id, &t->arena, ret);

	if (r == 0) {
		return www_page_say(t, 404, T("No such request"),
		    T("There is no request %lu. Decided ones are kept for "
		      "half a year."),
		    (unsigned long)t->id);
	}
	return r;
}

int
www_request(struct www_turn *t)
{
	struct zone_view *view = NULL;
	struct zone_request q;
	int r = find(t, &q);

	if (r != 1) {
		return r;
	}
	www_page_begin_bare(t, q.key, WWW_REQUESTS);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/requests\">%s</a> · %lu</p><h1 "
	    "class=\"key\">%s</h1><p class=\"meta\">",
	    T("Requests"), (unsigned long)q.id, q.key);
	SAY(t, "Removal from the list “%s” was asked for", q.list);
	HTML(&t->html, " ");
	www_html_ago(t, q.created);
	HTML(&t->html, " · %s ", www_tr(t, www_request_why_short(q.why)));
	www_request_clock(t, &q);
	HTML(&t->html, "</p>\n<div class=\"two\"><div class=\"body\">");
	said(t, &q);
	r = www_view_open(t, &view);
	if (r == 0) {
		r = listing(t, view, &q);
	}
	if (r == 0) {
		r = reports(t, &q);
	}
	if (r == 0) {
		r = past(t, view, &q);
	}
	zone_view_close(&view);
	if (r == 0) {
		r = others(t, &q);
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "</div>\n");
	decision(t, &q);
	HTML(&t->html, "</div>\n");
	www_page_end(t, 200);
	return 0;
}

/* ---- decisions ----------------------------------------------------------- */

/* Somebody else was faster: say who did what and when. */
static int
too_late(struct www_turn *t)
{
	struct zone_request q;
	int r = find(t, &q);

	if (r != 1) {
		return r;
	}
	www_page_begin(t,
	    zone_request_open(q.state) ? T("It has changed")
				       : T("Decided already"),
	    WWW_REQUESTS);
	HTML(&t->html,
	    "<div class=\"card say\"><p>%s</p><p class=\"note "
	    "warn\">",
	    T("Your decision was not entered: the request has changed since "
	      "your page was made."));
	if (!zone_request_open(q.state)) {
		www_request_outcome(t, &q);
	} else {
		const struct zone_request_word *w = &q.words[q.n_words - 1];

		HTML(&t->html, "<span>%s <b>%s</b> ",
		    T("The newest word is by"),
		    w->visitor ? T("the visitor") : w->by);
		www_html_ago(t, w->time);
		HTML(&t->html, "</span>");
	}
	HTML(&t->html,
	    "</p><p><a href=\"/requests/%lu\">%s</a> · <a "
	    "href=\"/requests\">%s</a></p></div>\n",
	    (unsigned long)q.id, T("Look at it again"), T("To the requests"));
	www_page_end(t, 409);
	return 0;
}

static int
outcome_page(
    struct www_turn *t, enum zone_request_outcome outcome, const char *why)
{
	switch (outcome) {
	case ZONE_REQUEST_STALE: return too_late(t);
	case ZONE_REQUEST_NONE:
		return www_page_say(t, 404, T("No such request"),
		    T("There is no request %lu. Decided ones are kept for "
		      "half a year."),
		    (unsigned long)t->id);
	case ZONE_REQUEST_FULL:
		return www_page_say(t, 422, T("Too many words"),
		    T("So much was said already that this one can only be "
		      "granted or denied. Nothing was changed."));
	default:
		return www_page_say(t, 409, T("It could not be done"),
		    T("The entry was changed by somebody just now, or its "
		      "list is not in the configuration any more. Nothing "
		      "was changed. %s"),
		    why);
	}
}

/* false: it is not one of our forms. */
static bool
read_decision(struct www_turn *t, struct zone_request_decision *ret,
    const char **ret_what)
{
	const struct www_fields *f = &t->request->form;
	const char *what = www_fields_get(f, "do");
	const char *answer = www_fields_get(f, "answer");
	unsigned long version = 0, canned = 0;

	answer =
	    www_text_tidy(&t->arena, answer != NULL ? answer : "", ANSWER_MAX);
	if (answer == NULL ||
	    !www_fields_number(f, "version", UINT32_MAX, &version) ||
	    version == 0 || !www_fields_number(f, "canned", 255, &canned) ||
	    (canned != 0 && www_answer_ready((unsigned)canned) == NULL)) {
		return false;
	}
	*ret_what = what != NULL ? what : "";
	*ret = (struct zone_request_decision){
		.id = t->id,
		.version = (uint32_t)version,
		.by = t->who.session.user.name,
		.answer = answer,
		.canned = (unsigned)canned,
	};
	return true;
}

/* A ready answer that says the opposite of what is done would mislead. */
static bool
fits(const struct zone_request_decision *d, enum www_answer_for what)
{
	return d->canned == 0 || www_answer_for(d->canned) == what;
}

static int
not_understood(struct www_turn *t)
{
	return www_page_say(t, 400, T("Not understood"),
	    T("The form did not say what to do in a way that is known here, "
	      "or the ready answer does not fit the decision, or a question "
	      "has no words. Nothing was changed."));
}

int
www_request_decide_post(struct www_turn *t)
{
	const char *back = www_fields_get(&t->request->form, "back");
	enum zone_request_outcome outcome = ZONE_REQUEST_NONE;
	struct zone_queue *queue = www_site_queue(t->site);
	struct zone_request_decision d;
	uint64_t serial = 0;
	const char *what;
	int r;

	if (!read_decision(t, &d, &what)) {
		return not_understood(t);
	}
	if (strcmp(what, "grant") == 0 && fits(&d, WWW_ANSWER_GRANT)) {
		r = zone_request_approve(www_site_store(t->site), queue,
		    t->config, &d, &outcome, &serial);
	} else if (strcmp(what, "deny") == 0 && fits(&d, WWW_ANSWER_DENY)) {
		r = zone_request_deny(queue, &d, &outcome);
	} else if (strcmp(what, "ask") == 0 && fits(&d, WWW_ANSWER_ASK) &&
	    (d.canned != 0 || d.answer[0] != '\0')) {
		r = zone_request_ask(queue, &d, &outcome);
	} else {
		return not_understood(t);
	}
	if (r < 0) {
		log_event(LOG_FAIL, "request failed request=%lu by=%s: %s",
		    (unsigned long)t->id, d.by, err_str(r));
		return r;
	}
	if (outcome != ZONE_REQUEST_DONE) {
		return outcome_page(t, outcome, "");
	}
	log_event(LOG_TELL, "request %s request=%lu by=%s serial=%lu", what,
	    (unsigned long)t->id, d.by, (unsigned long)serial);
	return back != NULL && strcmp(back, "list") == 0
	    ? www_page_go(t, "/requests?done=%lu", (unsigned long)t->id)
	    : www_page_go(t, "/requests/%lu", (unsigned long)t->id);
}

int
www_request_reopen_post(struct www_turn *t)
{
	enum zone_request_outcome outcome = ZONE_REQUEST_NONE;
	struct err_text why = { "" };
	struct zone_request_decision d;
	const char *what;
	int r;

	if (!read_decision(t, &d, &what)) {
		return not_understood(t);
	}
	r = zone_request_reopen(www_site_store(t->site),
	    www_site_queue(t->site), t->config, &d, &outcome, &why);
	if (r < 0) {
		return r;
	}
	if (outcome != ZONE_REQUEST_DONE) {
		return outcome_page(t, outcome, why.text);
	}
	log_event(LOG_TELL, "request reopened request=%lu by=%s",
	    (unsigned long)t->id, d.by);
	return www_page_go(t, "/requests?done=%lu", (unsigned long)t->id);
}
