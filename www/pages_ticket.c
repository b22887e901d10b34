/* pages_ticket.c - a request as the visitor sees it: what became of it, and
 * room to answer what he was asked. Whoever has the ticket may see it; it
 * says nothing of who decided.
 */
#include <stdio.h>

#include "base/log.h"
#include "base/when.h"
#include "www/answers.h"
#include "www/delist.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/stamp.h"
#include "www/told.h"

#define TEXT_MAX 1000

/* The path is "/delist/" and the ticket: the route saw to that. */
static const char *
ticket_of(const struct www_turn *t)
{
	return t->request->path + strlen("/delist/");
}

static const char *
subject(struct www_turn *t)
{
	const char *s = arena_fmt(&t->arena, "ticket %s", ticket_of(t));

	return s != NULL ? s : "";
}

static void
removed(struct www_turn *t, const struct zone_request *q)
{
	unsigned long minutes = www_told_minutes(t->config, q->list);

	HTML(&t->html,
	    "<div class=\"card verdict good\" role=\"status\"><p "
	    "class=\"big\">%s</p><p>",
	    T("Removed"));
	if (q->serial == 0) {
		SAY(t, "%s was not listed any more when it was looked at.",
		    q->key);
		HTML(&t->html, "</p></div>\n");
		return;
	}
	SAY(t, "%s was taken off the list “%s”.", q->key, q->list);
	HTML(&t->html, " ");
	www_html_time(t, q->decided);
	HTML(&t->html, "</p><p>");
	www_say(t,
	    TN("The next question in DNS no longer finds it; who asked before "
	       "may remember the old answer for another %lu minute.",
		"The next question in DNS no longer finds it; who asked "
		"before may remember the old answer for another %lu minutes.",
		minutes),
	    minutes);
	HTML(&t->html, "</p><p class=\"mut\">%s</p></div>\n",
	    T("If spam comes from there again it will be listed again."));
}

static void
waiting(struct www_turn *t, const struct zone_request *q)
{
	const char *why = www_delist_why(q->why);

	HTML(&t->html,
	    "<div class=\"card verdict\" role=\"status\"><p class=\"big\">%s"
	    "</p><p>",
	    T("Waits for a moderator"));
	SAY(t, "The request to take %s off the list “%s” has arrived.", q->key,
	    q->list);
	HTML(&t->html, "%s%s</p><p>%s ", why != NULL ? " " : "",
	    why != NULL ? www_tr(t, why) : "",
	    T("You find the answer on this page; keep its address. It usually "
	      "takes less than two days, and it is there at the latest on"));
	www_html_time(t, q->created + ZONE_REQUEST_BREACH);
	HTML(&t->html, ".</p></div>\n");
}

static void
status(struct www_turn *t, const struct zone_request *q)
{
	switch (q->state) {
	case ZONE_REQUEST_REMOVED: removed(t, q); break;
	case ZONE_REQUEST_DENIED:
		HTML(&t->html,
		    "<div class=\"card verdict bad\" role=\"status\"><p "
		    "class=\"big\">%s</p><p>",
		    T("Not removed"));
		SAY(t, "%s stays in the list “%s” for now.", q->key, q->list);
		HTML(&t->html, " ");
		www_html_time(t, q->decided);
		HTML(&t->html, "</p></div>\n");
		break;
	case ZONE_REQUEST_ASKED:
		HTML(&t->html,
		    "<div class=\"card verdict\" role=\"status\"><p "
		    "class=\"big\">%s</p><p>%s</p></div>\n",
		    T("A question to you"),
		    T("A moderator would like to know more before deciding. "
		      "Please answer below."));
		break;
	default: waiting(t, q);
	}
}

static void
words(struct www_turn *t, const struct zone_request *q)
{
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2><ol class=\"talk\">",
	    T("What was said"));
	for (unsigned i = 0; i < q->n_words; i++) {
		const struct zone_request_word *w = &q->words[i];
		const char *ready = www_answer_ready(w->canned);

		HTML(&t->html, "<li class=\"%s\"><p class=\"mut\">%s · ",
		    w->visitor ? "theirs" : "ours",
		    w->visitor ? T("You") : T("Moderator"));
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
	HTML(&t->html, "</ol>");
}

static void
reply_form(struct www_turn *t)
{
	char stamp[WWW_STAMP];

	www_stamp_make(stamp, www_site_key(t->site), when_boot(), subject(t));
	HTML(&t->html,
	    "<form method=\"post\" action=\"%s\" class=\"request\"><input "
	    "type=\"hidden\" name=\"stamp\" value=\"%s\"><label "
	    "for=\"text\">%s</label><textarea id=\"text\" name=\"text\" "
	    "rows=\"4\" maxlength=\"1000\" required></textarea>"
	    "<div class=\"trap\" aria-hidden=\"true\"><label "
	    "for=\"website\">%s</label><input id=\"website\" "
	    "name=\"" WWW_STAMP_TRAP
	    "\" tabindex=\"-1\" autocomplete=\"off\"></div>"
	    "<p class=\"acts-line\"><button class=\"main\">%s</button></p>"
	    "</form>",
	    t->request->path, stamp, T("Your answer"), T("Leave this empty"),
	    T("Send the answer"));
}

/* 1 with the request, else it has been answered: 0, <0. */
static int
find(struct www_turn *t, struct zone_request *ret)
{
	int r = zone_request_of_ticket(
	    www_site_queue(t->site), ticket_of(t), &t->arena, ret);

	if (r == 0) {
		return www_page_say(t, 404, T("No such request"),
		    T("There is no request under this address. It may have "
		      "been mistyped; requests are kept for half a year after "
		      "they were answered."));
	}
	return r;
}

int
www_delist_ticket(struct www_turn *t)
{
	struct zone_request q;
	char *quoted;
	int r = find(t, &q);

	if (r != 1) {
		return r;
	}
	quoted = www_url_quote(&t->arena, q.asked);
	if (quoted == NULL) {
		return ERR_NOMEM;
	}
	www_page_begin(t, T("Your request"), WWW_REMOVAL);
	status(t, &q);
	words(t, &q);
	if (q.state == ZONE_REQUEST_ASKED) {
		reply_form(t);
	}
	HTML(&t->html, "</section>\n<p><a href=\"/lookup?q=%s\">%s</a></p>\n",
	    quoted, T("Is it listed now?"));
	www_page_end(t, 200);
	return 0;
}

int
www_ticket_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *trap = www_fields_get(f, WWW_STAMP_TRAP);
	const char *text = www_fields_get(f, "text");
	enum zone_request_outcome outcome;
	struct zone_request q;
	int r;

	if (trap == NULL || trap[0] != '\0' ||
	    www_stamp_check(www_fields_get(f, "stamp"), www_site_key(t->site),
		when_boot(), subject(t)) != WWW_STAMP_GOOD) {
		return www_page_say(t, 403, T("This form is not valid"),
		    T("The form is too old, came back at once, or did not come "
		      "from a page of ours. Go back, reload the page and send "
		      "it again. Nothing was changed."));
	}
	text = www_text_tidy(&t->arena, text != NULL ? text : "", TEXT_MAX);
	if (text == NULL || text[0] == '\0') {
		return www_page_say(t, 400, T("Not understood"),
		    T("The answer is empty or too long. Nothing was "
		      "changed."));
	}
	r = find(t, &q);
	if (r != 1) {
		return r;
	}
	r = zone_request_reply(
	    www_site_queue(t->site), ticket_of(t), text, t->now, &outcome);
	if (r < 0) {
		return r;
	}
	if (outcome != ZONE_REQUEST_DONE) {
		return www_page_say(t, 409, T("Not asked"),
		    T("Nothing is asked any more: it was answered or decided "
		      "already. Nothing was changed."));
	}
	log_event(LOG_TELL, "answer to request=%lu", (unsigned long)q.id);
	return www_page_go(t, "%s", t->request->path);
}
