/* pages_item.c - one item: what may be listed, the mail, the reports. */
#include "www/item.h"

#include <stdio.h>

#include "base/when.h"
#include "www/cover.h"
#include "www/decision.h"
#include "www/excerpt.h"
#include "www/hops.h"
#include "www/lang.h"
#include "www/notes.h"
#include "www/pages.h"
#include "www/past.h"
#include "www/queue_done.h"
#include "www/raw.h"
#include "www/show.h"
#include "zone/submitters.h"

/* ---- what is known ----------------------------------------------------- */

static int
candidates_card(struct www_turn *t, const struct zone_item *item)
{
	struct zone_view *view = NULL;
	int r;

	r = www_view_open(t, &view);
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-cand\">"
	    "<h2 id=\"h-cand\">%s</h2>",
	    T("What may be listed"));
	for (unsigned i = 0; r == 0 && i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		HTML(&t->html, "<div class=\"cand\"><p class=\"head\">");
		www_html_key(t, c->key);
		HTML(&t->html, " ");
		www_show_advice(t, c);
		HTML(&t->html, " <span class=\"mut\">");
		SAY(t, "for the list %s", c->list);
		HTML(&t->html, "</span></p>");
		if (c->n_why > 0) {
			HTML(&t->html, "<ul class=\"reasons\">");
			for (unsigned k = 0; k < c->n_why; k++) {
				HTML(&t->html, "<li>%s</li>",
				    www_words(t, c->why[k]));
			}
			HTML(&t->html, "</ul>");
		}
		r = www_show_cover(t, view, c);
		HTML(&t->html, "</div>");
	}
	if (item->n_candidates == 0) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("Nothing was found that could be listed. A person "
		      "should look at the mail all the same."));
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
		pair(t, T("Date"), text);
		return;
	}
	HTML(&t->html, "<div><dt>%s</dt><dd>", T("Date"));
	www_html_time(t, when);
	HTML(&t->html, "</dd></div>");
}

static void
message_card(struct www_turn *t, const struct www_story *s)
{
	const struct www_analysis *a = &s->analysis;

	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-msg\">"
	    "<h2 id=\"h-msg\">%s</h2><dl class=\"pairs\">",
	    T("The message"));
	pair(t, T("Subject"), s->have_analysis ? a->subject : s->item.subject);
	pair(t, T("From"), s->have_analysis ? a->from : s->item.from);
	if (s->have_analysis) {
		pair(t, "Reply-To", a->reply_to);
		pair(t, T("Envelope"), a->envelope_from);
		pair(t, T("To"), a->to);
		date(t, a->date);
		pair(t, "Message-ID", a->message_id);
		pair(t, T("Charset"), a->charset);
		pair(t, T("Sent from"), a->originating);
		for (unsigned i = 0; i < a->n_auth; i++) {
			pair(t, i == 0 ? T("Checks") : "", a->auth[i]);
		}
	}
	HTML(&t->html, "</dl>");
	if (s->have_analysis && a->n_problems > 0) {
		HTML(&t->html,
		    "<div class=\"note warn\"><strong>%s</strong>"
		    "<ul class=\"plain\">",
		    T("Take care:"));
		for (unsigned i = 0; i < a->n_problems; i++) {
			HTML(&t->html, "<li>%s</li>",
			    www_words(t, a->problems[i]));
		}
		HTML(&t->html, "</ul></div>");
	}
	if (s->have_analysis) {
		www_excerpt_show(t, a);
	} else {
		HTML(&t->html, "<p class=\"note warn\">%s</p>",
		    T("What was read in this mail cannot be shown: its record "
		      "is missing or damaged. The raw mail may still be "
		      "there."));
	}
	HTML(&t->html, "</section>\n");
}

static void
raw_card(struct www_turn *t, const struct www_story *s)
{
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-raw\">"
	    "<h2 id=\"h-raw\">%s</h2>",
	    T("Raw headers"));
	if (s->raw.len > 0) {
		www_raw_show(&t->html, s->raw.data, s->raw.len,
		    s->have_analysis ? s->analysis.relays : NULL,
		    s->have_analysis ? s->analysis.n_relays : 0);
	} else {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    s->have_submission && s->submission.size > WWW_RAW_SHOWN
			? T("The mail is too large to be shown here.")
			: T("The raw mail is not kept any more."));
	}
	if (s->have_submission) {
		HTML(&t->html,
		    "<p><a href=\"/queue/%lu/raw?submission=%lu\" "
		    "download>%s</a> <span class=\"mut\">",
		    (unsigned long)s->item.id, (unsigned long)s->submission.id,
		    T("Download the whole mail"));
		SAY(t, "as plain text, %lu bytes",
		    (unsigned long)s->submission.size);
		HTML(&t->html, "</span></p>");
	}
	HTML(&t->html, "</section>\n");
}

static void
evidence_card(struct www_turn *t, const struct www_story *s)
{
	const struct zone_item *item = &s->item;

	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-ev\">"
	    "<h2 id=\"h-ev\">%s</h2><ul class=\"evid\">",
	    T("Reports"));
	for (unsigned i = item->n_evidence; i-- > 0;) {
		const struct zone_evidence *e = &item->evidence[i];

		HTML(&t->html, "<li>");
		www_html_time(t, e->time);
		HTML(&t->html, " <span>%s</span> ",
		    e->submitter[0] != '\0' ? e->submitter : T("(a trap)"));
		if (e == s->evidence) {
			HTML(&t->html, "<span class=\"tag\">%s</span>",
			    T("shown here"));
			if (s->have_submission) {
				HTML(&t->html, " <span class=\"mut\">");
				SAY(t, "%s, by %s",
				    www_words(t, s->submission.kind),
				    www_words(t, s->submission.road));
				HTML(&t->html, "%s</span>",
				    s->submission.known == ZONE_KNOWN_NOT
					? ""
					: T(", submitter known"));
			}
		} else {
			HTML(&t->html,
			    "<a href=\"/queue/%lu?submission=%lu\">%s</a>",
			    (unsigned long)item->id,
			    (unsigned long)e->submission, T("Show this one"));
		}
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ul>");
	if (item->count > item->n_evidence) {
		HTML(&t->html, "<p class=\"mut\">");
		SAY(t, "%u reports in all; the newest %u are kept here.",
		    item->count, item->n_evidence);
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</section>\n");
}

/* The keys of ITEM, for its past. */
static unsigned
keys_of(const struct www_turn *t, const struct zone_item *item,
    struct www_past_key keys[32])
{
	unsigned n = 0;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		keys[n].list = zone_config_list(t->config, span_str(c->list));
		if (keys[n].list != NULL &&
		    zone_key_parse(keys[n].list->kind, span_str(c->key),
			&keys[n].key, NULL) == 0) {
			n++;
		}
	}
	return n;
}

static int
past(struct www_turn *t, const struct zone_item *item)
{
	struct www_past_key *keys =
	    arena_alloc(&t->arena, 32 * sizeof(*keys));
	struct zone_view *view = NULL;
	int r = keys == NULL ? ERR_NOMEM : www_view_open(t, &view);

	if (r == 0) {
		r = www_past_card(t, view, keys, keys_of(t, item, keys), item);
	}
	zone_view_close(&view);
	return r;
}

/* Notes about the item, then about its keys and what covers them. */
static int
notes(struct www_turn *t, const struct www_story *s)
{
	const struct zone_item *item = &s->item;
	struct zone_note *all, *some;
	struct www_note_about about[2 + 32];
	struct www_past_key *keys;
	char subject[ZONE_NOTE_SUBJECT], path[64];
	unsigned n_about = 0, n_keys;
	size_t n = 0, n_some;
	int r = 0;

	keys = arena_alloc(&t->arena, 32 * sizeof(*keys));
	all = arena_alloc(&t->arena, (WWW_NOTES_SHOWN + 1) * sizeof(*all));
	if (keys == NULL || all == NULL) {
		return ERR_NOMEM;
	}
	n_keys = keys_of(t, item, keys);
	about[n_about++] = (struct www_note_about){ "item", T("this item") };
	for (unsigned i = 0; i <= n_keys + 1 && r == 0; i++) {
		n_some = 0;
		if (i == 0) {
			r = zone_note_list(www_site_queue(t->site),
			    zone_note_item(subject, item->id),
			    WWW_NOTES_SHOWN, &t->arena, &some, &n_some);
		} else if (i <= n_keys) {
			r = zone_note_list_key(www_site_queue(t->site),
			    &keys[i - 1].key, WWW_NOTES_SHOWN, &t->arena,
			    &some, &n_some);
			(void)zone_note_key(subject, &keys[i - 1].key);
			about[n_about].value = arena_str(&t->arena, subject);
			about[n_about].words =
			    arena_str(&t->arena, strchr(subject, ' ') + 1);
			if (about[n_about].value == NULL ||
			    about[n_about++].words == NULL) {
				return ERR_NOMEM;
			}
		} else if (s->evidence != NULL &&
		    s->evidence->submitter[0] != '\0') {
			r = zone_note_list(www_site_queue(t->site),
			    zone_note_submitter(
				subject, s->evidence->submitter),
			    WWW_NOTES_SHOWN, &t->arena, &some, &n_some);
			about[n_about++] = (struct www_note_about){
				"submitter", T("who reported it")
			};
		}
		for (size_t k = 0; r == 0 && k < n_some; k++) {
			bool twice = false;

			for (size_t j = 0; j < n; j++) {
				twice = twice ||
				    all[j].number == some[k].number;
			}
			if (!twice && n < WWW_NOTES_SHOWN) {
				all[n++] = some[k];
			}
		}
	}
	if (r == 0) {
		snprintf(path, sizeof(path), "/queue/%lu/note",
		    (unsigned long)item->id);
		www_notes_card(t, all, n, path, about, n_about);
	}
	return r;
}

int
www_note_post(struct www_turn *t)
{
	const char *about = www_fields_get(&t->request->form, "about");
	char subject[ZONE_NOTE_SUBJECT], back[48];
	struct www_past_key *keys;
	struct www_story s;
	bool known = false;
	int r;

	keys = arena_alloc(&t->arena, 32 * sizeof(*keys));
	r = keys == NULL ? ERR_NOMEM : www_story_load(t, 0, false, &s);
	if (r < 0) {
		return r;
	}
	www_story_free(&s);
	if (r == 0) {
		return www_item_missing(t);
	}
	if (about == NULL || about[0] == '\0' || strcmp(about, "item") == 0) {
		known = true;
		(void)zone_note_item(subject, t->id);
	} else if (strcmp(about, "submitter") == 0 && s.evidence != NULL &&
	    s.evidence->submitter[0] != '\0') {
		known = true;
		(void)zone_note_submitter(subject, s.evidence->submitter);
	}
	for (unsigned i = keys_of(t, &s.item, keys); i-- > 0 && !known;) {
		known = strcmp(about,
			    zone_note_key(subject, &keys[i].key)) == 0;
	}
	if (!known) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form does not say what the note is about. Nothing "
		      "was changed."));
	}
	snprintf(back, sizeof(back), "/queue/%lu", (unsigned long)t->id);
	return www_note_write(t, subject, back);
}

/* ---- the page ----------------------------------------------------------- */

int
www_item_missing(struct www_turn *t)
{
	char text[160];

	snprintf(text, sizeof(text),
	    T("There is no item %lu in the queue, or not that report in it."),
	    (unsigned long)t->id);
	return www_page_say(t, 404, T("No such item"), "%s", text);
}

static void
top(struct www_turn *t, const struct www_story *s)
{
	const struct zone_item *item = &s->item;
	const char *subject =
	    item->subject[0] != '\0' ? item->subject : T("(no subject)");

	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/queue?state=%s\">%s</a> › ",
	    zone_item_state_name(item->state), T("Queue"));
	SAY(t, "item %lu", (unsigned long)item->id);
	HTML(&t->html,
	    "</p><h1 class=\"subject\">%s</h1><p class=\"meta\">%s · <b>",
	    subject, item->from[0] != '\0' ? item->from : T("(no sender)"));
	www_say(t, TN("%u report", "%u reports", item->count), item->count);
	HTML(&t->html, "</b> · ");
	if (item->submitters > 1) {
		www_say(t,
		    TN("%u submitter", "%u submitters", item->submitters),
		    item->submitters);
		HTML(&t->html, " · ");
	}
	if (item->count > 1) {
		HTML(&t->html, "%s ", T("first"));
		www_html_ago(t, item->first);
		HTML(&t->html, ", %s ", T("last"));
	}
	www_html_ago(t, item->last);
	HTML(&t->html, "</p>\n");
}

static void
banner(struct www_turn *t, const struct www_story *s,
    const struct www_banner *b)
{
	if (b == NULL) {
		return;
	}
	HTML(&t->html,
	    "<div class=\"note %s\" role=\"%s\"><div><strong>%s</strong> "
	    "%s",
	    b->class, strcmp(b->class, "good") == 0 ? "status" : "alert",
	    b->title, b->text);
	if (b->outcome) {
		HTML(&t->html, "<br>");
		www_show_outcome(t, &s->item);
	}
	HTML(&t->html, "</div></div>\n");
}

int
www_item_show(struct www_turn *t, unsigned status,
    const struct www_draft *draft, const struct www_banner *b)
{
	struct www_story s;
	int r;

	r = www_story_load(t, draft->submission, true, &s);
	if (r <= 0) {
		www_story_free(&s);
		return r < 0 ? r : www_item_missing(t);
	}
	www_page_begin_bare(t,
	    s.item.subject[0] != '\0' ? s.item.subject : T("(no subject)"),
	    WWW_QUEUE);
	top(t, &s);
	r = www_queue_above(t, &s.item);
	banner(t, &s, b);
	HTML(&t->html, "<div class=\"two\">\n");
	if (r == 0) {
		r = www_decision_card(t, &s, draft);
	}
	HTML(&t->html, "<div class=\"body\">\n");
	if (r == 0) {
		r = candidates_card(t, &s.item);
	}
	if (r == 0) {
		if (s.have_analysis) {
			www_hops_card(t, &s);
		}
		message_card(t, &s);
		raw_card(t, &s);
		r = past(t, &s.item);
	}
	if (r == 0) {
		r = notes(t, &s);
	}
	if (r == 0) {
		evidence_card(t, &s);
		HTML(&t->html, "</div></div>\n");
		www_page_end(t, status);
	}
	www_story_free(&s);
	return r;
}

int
www_item(struct www_turn *t)
{
	struct www_draft draft = www_draft_new();
	unsigned long wanted = 0;

	if (!www_fields_number(
		&t->request->query, "submission", INT64_MAX, &wanted)) {
		return www_item_missing(t);
	}
	draft.submission = wanted;
	return www_item_show(t, 200, &draft, NULL);
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
		return www_page_say(t, 404, T("No such mail"), "%s",
		    T("There is no such mail in this item of the queue, or it "
		      "is not kept any more."));
	}
	t->reply->status = 200;
	t->reply->type = WWW_RAW;
	snprintf(t->reply->attachment, sizeof(t->reply->attachment),
	    "submission-%lu.eml", (unsigned long)id);
	return 0;
}
