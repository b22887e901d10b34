/* pages_item.c - one item: what may be listed, the mail, the reports. */
#include "www/pages.h"

#include <stdio.h>

#include "base/when.h"
#include "www/analysis.h"
#include "www/decision.h"
#include "www/hops.h"
#include "www/raw.h"
#include "www/show.h"
#include "zone/submitters.h"

#define RAW_SHOWN (4u << 20) /* larger mails are only for download */

/* What the page shows, read before a byte of it is written. */
struct story {
	struct zone_item item;
	const struct zone_evidence *evidence; /* the one shown; NULL: none */
	struct zone_submission submission;
	bool have_submission;
	struct www_analysis analysis;
	bool have_analysis;
	struct buf raw;
};

static int
load(struct www_turn *t, struct story *s)
{
	struct zone_queue *queue = www_site_queue(t->site);
	unsigned long wanted = 0;
	int r;

	r = zone_queue_get(queue, t->id, &t->arena, &s->item);
	if (r != 1) {
		return r;
	}
	if (!www_fields_number(
		&t->request->query, "submission", INT64_MAX, &wanted)) {
		return 0;
	}
	for (unsigned i = s->item.n_evidence; i-- > 0;) {
		const struct zone_evidence *e = &s->item.evidence[i];

		if (wanted == 0 || e->submission == wanted) {
			s->evidence = e;
			break;
		}
	}
	if (s->evidence == NULL) {
		return wanted == 0;
	}
	r = zone_queue_submission(
	    queue, s->evidence->submission, &t->arena, &s->submission);
	if (r < 0) {
		return r;
	}
	s->have_submission = r == 1;
	if (!s->have_submission) {
		return 1;
	}
	r = www_analysis_read(s->submission.analysis, s->evidence->message,
	    &t->arena, &s->analysis);
	if (r < 0 && r != ERR_FORMAT) {
		return r;
	}
	s->have_analysis = r == 0;
	if (s->submission.size <= RAW_SHOWN) {
		r = zone_queue_raw(queue, s->evidence->submission, &s->raw);
		if (r < 0) {
			return r;
		}
	}
	return s->raw.bad ? ERR_NOMEM : 1;
}

/* ---- what is known ----------------------------------------------------- */

static int
candidates_card(struct www_turn *t, const struct zone_item *item)
{
	struct zone_view *view = NULL;
	int r;

	r = www_view_open(t, &view);
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-cand\">"
	    "<h2 id=\"h-cand\">What may be listed</h2>");
	for (unsigned i = 0; r == 0 && i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		HTML(&t->html, "<div class=\"cand\"><p class=\"head\">");
		www_html_key(t, c->key);
		HTML(&t->html, " ");
		www_show_advice(t, c);
		HTML(&t->html,
		    " <span class=\"mut\">for the list %s</span></p>", c->list);
		if (c->n_why > 0) {
			HTML(&t->html, "<ul class=\"reasons\">");
			for (unsigned k = 0; k < c->n_why; k++) {
				HTML(&t->html, "<li>%s</li>", c->why[k]);
			}
			HTML(&t->html, "</ul>");
		}
		r = www_show_cover(t, view, c);
		HTML(&t->html, "</div>");
	}
	if (item->n_candidates == 0) {
		HTML(&t->html,
		    "<p class=\"mut\">Nothing was found that could be listed. "
		    "A person should look at the mail all the same.</p>");
	}
	zone_view_close(&view);
	HTML(&t->html, "</section>\n");
	return r;
}

static void
pair(struct www_turn *t, const char *name, const char *value)
{
	if (value[0] != '\0') {
		HTML(
		    &t->html, "<div><dt>%s</dt><dd>%s</dd></div>", name, value);
	}
}

/* A time as the other pages write it; anything else as it is. */
static void
date(struct www_turn *t, const char *text)
{
	int64_t when;

	if (when_parse(span_str(text), &when) < 0) {
		pair(t, "Date", text);
		return;
	}
	HTML(&t->html, "<div><dt>Date</dt><dd>");
	www_html_time(t, when);
	HTML(&t->html, "</dd></div>");
}

static void
message_card(struct www_turn *t, const struct story *s)
{
	const struct www_analysis *a = &s->analysis;

	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-msg\">"
	    "<h2 id=\"h-msg\">The message</h2><dl class=\"pairs\">");
	pair(t, "Subject", s->have_analysis ? a->subject : s->item.subject);
	pair(t, "From", s->have_analysis ? a->from : s->item.from);
	if (s->have_analysis) {
		pair(t, "Reply-To", a->reply_to);
		pair(t, "Envelope", a->envelope_from);
		pair(t, "To", a->to);
		date(t, a->date);
		pair(t, "Message-ID", a->message_id);
		pair(t, "Charset", a->charset);
		pair(t, "Sent from", a->originating);
		for (unsigned i = 0; i < a->n_auth; i++) {
			pair(t, i == 0 ? "Checks" : "", a->auth[i]);
		}
	}
	HTML(&t->html, "</dl>");
	if (s->have_analysis && a->n_problems > 0) {
		HTML(&t->html,
		    "<div class=\"note warn\"><strong>Take care:</strong>"
		    "<ul class=\"plain\">");
		for (unsigned i = 0; i < a->n_problems; i++) {
			HTML(&t->html, "<li>%s</li>", a->problems[i]);
		}
		HTML(&t->html, "</ul></div>");
	}
	if (!s->have_analysis) {
		HTML(&t->html,
		    "<p class=\"note warn\">What was read in this mail cannot "
		    "be shown: its record is missing or damaged. The raw mail "
		    "may still be there.</p>");
	}
	HTML(&t->html, "</section>\n");
}

static void
raw_card(struct www_turn *t, const struct story *s)
{
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-raw\">"
	    "<h2 id=\"h-raw\">Raw headers</h2>");
	if (s->raw.len > 0) {
		www_raw_show(&t->html, s->raw.data, s->raw.len,
		    s->have_analysis ? s->analysis.relays : NULL,
		    s->have_analysis ? s->analysis.n_relays : 0);
	} else {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    s->have_submission && s->submission.size > RAW_SHOWN
			? "The mail is too large to be shown here."
			: "The raw mail is not kept any more.");
	}
	if (s->have_submission) {
		HTML(&t->html,
		    "<p><a href=\"/queue/%lu/raw?submission=%lu\" "
		    "download>Download the whole mail</a> <span "
		    "class=\"mut\">as plain text, %lu bytes</span></p>",
		    (unsigned long)s->item.id, (unsigned long)s->submission.id,
		    (unsigned long)s->submission.size);
	}
	HTML(&t->html, "</section>\n");
}

static void
evidence_card(struct www_turn *t, const struct story *s)
{
	const struct zone_item *item = &s->item;

	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-ev\">"
	    "<h2 id=\"h-ev\">Reports</h2><ul class=\"evid\">");
	for (unsigned i = item->n_evidence; i-- > 0;) {
		const struct zone_evidence *e = &item->evidence[i];

		HTML(&t->html, "<li>");
		www_html_time(t, e->time);
		HTML(&t->html, " <span>%s</span> ",
		    e->submitter[0] != '\0' ? e->submitter : "(a trap)");
		if (e == s->evidence) {
			HTML(&t->html, "<span class=\"tag\">shown here</span>");
			if (s->have_submission) {
				HTML(&t->html,
				    " <span class=\"mut\">%s, by %s%s</span>",
				    s->submission.kind, s->submission.road,
				    s->submission.known == ZONE_KNOWN_NOT
					? ""
					: ", submitter known");
			}
		} else {
			HTML(&t->html,
			    "<a href=\"/queue/%lu?submission=%lu\">Show "
			    "this one</a>",
			    (unsigned long)item->id,
			    (unsigned long)e->submission);
		}
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ul>");
	if (item->count > item->n_evidence) {
		HTML(&t->html,
		    "<p class=\"mut\">%u reports in all; the newest %u are "
		    "kept here.</p>",
		    item->count, item->n_evidence);
	}
	HTML(&t->html, "</section>\n");
}

int
www_item(struct www_turn *t)
{
	struct story s = { .raw = { .limit = RAW_SHOWN } };
	int r;

	r = load(t, &s);
	if (r <= 0) {
		buf_free(&s.raw);
		return r < 0 ? r
			     : www_page_say(t, 404, "No such item",
				   "There is no item %lu in the queue, or not "
				   "that report in it.",
				   (unsigned long)t->id);
	}
	www_page_begin_bare(t,
	    s.item.subject[0] != '\0' ? s.item.subject : "(no subject)",
	    WWW_QUEUE);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/queue?state=%s\">Queue</a> › item "
	    "%lu</p><h1 class=\"subject\">%s</h1><p class=\"meta\">%s · "
	    "<b>%u</b> %s · ",
	    zone_item_state_name(s.item.state), (unsigned long)s.item.id,
	    s.item.subject[0] != '\0' ? s.item.subject : "(no subject)",
	    s.item.from[0] != '\0' ? s.item.from : "(no sender)", s.item.count,
	    s.item.count == 1 ? "report" : "reports");
	if (s.item.count > 1) {
		HTML(&t->html, "first ");
		www_html_ago(t, s.item.first);
		HTML(&t->html, ", last ");
	}
	www_html_ago(t, s.item.last);
	HTML(&t->html, "</p>\n<div class=\"two\">\n");
	www_decision_card(t, &s.item);
	HTML(&t->html, "<div class=\"body\">\n");
	r = candidates_card(t, &s.item);
	if (r == 0) {
		if (s.have_analysis) {
			www_hops_card(t, &s.analysis);
		}
		message_card(t, &s);
		raw_card(t, &s);
		evidence_card(t, &s);
		HTML(&t->html, "</div></div>\n");
		www_page_end(t, 200);
	}
	buf_free(&s.raw);
	return r;
}

int
www_item_raw(struct www_turn *t)
{
	unsigned long wanted = 0;
	struct zone_item item;
	uint64_t id = 0;
	int r;

	r = zone_queue_get(www_site_queue(t->site), t->id, &t->arena, &item);
	if (r < 0) {
		return r;
	}
	if (r == 1 &&
	    www_fields_number(
		&t->request->query, "submission", INT64_MAX, &wanted)) {
		for (unsigned i = 0; i < item.n_evidence; i++) {
			if (wanted == 0 ||
			    item.evidence[i].submission == wanted) {
				id = item.evidence[i].submission;
			}
		}
	}
	r = id == 0
	    ? 0
	    : zone_queue_raw(www_site_queue(t->site), id, &t->reply->body);
	if (r < 0) {
		buf_free(&t->reply->body);
		return r;
	}
	if (r == 0) {
		return www_page_say(t, 404, "No such mail",
		    "There is no such mail in item %lu of the queue.",
		    (unsigned long)t->id);
	}
	t->reply->status = 200;
	t->reply->type = WWW_RAW;
	snprintf(t->reply->attachment, sizeof(t->reply->attachment),
	    "submission-%lu.txt", (unsigned long)id);
	return 0;
}
