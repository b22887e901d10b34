/* pages_entries.c - one key in every list, with its past: for moderators. */
#include "www/pages.h"

#include "www/ask.h"
#include "www/lang.h"
#include "zone/lately.h"

#define ROWS_SHOWN 20

static void
full_detail(struct www_turn *t, const struct www_cover *c)
{
	const struct zone_detail *d = &c->detail;
	char *quoted = www_url_quote(&t->arena, c->text);
	char code[16];

	HTML(&t->html,
	    "<dl class=\"pairs\"><div><dt>%s</dt><dd>%s</dd></div>"
	    "<div><dt>%s</dt><dd>%.*s%s</dd></div>",
	    T("Answer"),
	    d->code != 0 ? zone_code_format(code, d->code) : T("an exemption"),
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
	    "<div><dt>%s</dt><dd><a href=\"/entry/%u?key=%s\">%s</a></dd>"
	    "</div>",
	    T("Entry"), d->id, quoted != NULL ? quoted : "",
	    T("its page, with notes and what can be done"));
	HTML(&t->html,
	    "<div><dt>%s</dt><dd><a href=\"/log?serial=%lu\">#%lu</a>"
	    "</dd></div></dl>\n",
	    T("Change"), (unsigned long)d->serial, (unsigned long)d->serial);
}

static int
past_row(struct www_turn *t, struct zone_view *view,
    const struct zone_lately_row *was)
{
	struct zone_history_row row;
	int r = zone_history_get(view, was->serial, &row);

	if (r <= 0) {
		return r;
	}
	HTML(&t->html, "<li>");
	www_html_time(t, row.time);
	HTML(&t->html,
	    " <b>%.*s</b> <span class=\"tag act\">%s</span> <span>%s</span> "
	    "<a href=\"/log?serial=%lu\">#%lu</a>",
	    (int)row.by.len, row.by.at,
	    www_words(t, zone_action_name(row.action)),
	    was->before == 0      ? T("put it on")
		: was->after == 0 ? T("took it off")
				  : T("changed it"),
	    (unsigned long)row.serial, (unsigned long)row.serial);
	if (row.reason.len > 0) {
		HTML(&t->html, " <q class=\"reason\">%.*s</q>",
		    (int)row.reason.len, row.reason.at);
	}
	HTML(&t->html, "</li>");
	return 0;
}

/* What was done with the very key, as far as it is at hand (zone/lately.h). */
static int
past(struct www_turn *t, struct zone_view *view, uint16_t list,
    const struct zone_key *key)
{
	struct zone_lately *lately = www_site_lately(t->site);
	struct zone_lately_row rows[ROWS_SHOWN];
	uint64_t from = 0;
	size_t n;
	int r = zone_lately_follow(lately, view, 0);

	if (r < 0) {
		return r;
	}
	n = zone_lately_find(lately, list, key, rows, ROWS_SHOWN, &from);
	HTML(&t->html, "<h2>%s</h2><ul class=\"evid\">", T("History"));
	for (size_t i = 0; i < n && r >= 0; i++) {
		r = past_row(t, view, &rows[i]);
	}
	if (n == 0) {
		HTML(&t->html, "<li class=\"mut\">%s</li>",
		    from > 1 ? T("Nothing in the part of the log that is at "
				 "hand.")
			     : T("Nothing was ever decided about this very "
				 "key."));
	}
	if (from > 1 || n == ROWS_SHOWN) {
		HTML(&t->html, "<li class=\"mut\">%s</li>",
		    T("Older changes were not looked through."));
	}
	HTML(&t->html, "</ul>");
	return r < 0 ? r : 0;
}

static int
entry_card(struct www_turn *t, struct zone_view *view,
    const struct zone_list_conf *list, const struct www_question *q)
{
	struct www_cover cover;
	uint16_t number;
	struct zone_sightings seen;
	int r;

	r = www_cover_find(view, list, &q->key, &cover);
	if (r < 0) {
		return r;
	}
	www_ask_verdict(t, list, q, &cover);
	HTML(&t->html, "<section class=\"card\">");
	if (cover.verdict != ZONE_CLEAR) {
		full_detail(t, &cover);
	}
	r = zone_view_list(view, list->name, list->kind, &number);
	if (r == 1) {
		r = past(t, view, number,
		    cover.verdict != ZONE_CLEAR ? &cover.entry : &q->key);
	}
	if (r < 0) {
		return r;
	}
	r = zone_queue_sightings(
	    www_site_queue(t->site), list->name, q->text, &seen);
	if (r == 1) {
		HTML(&t->html,
		    "<p class=\"note\">%s: <a href=\"/queue/%lu\">",
		    seen.state == ZONE_WAITING ? T("Waits in the queue")
					       : T("Seen in the queue"),
		    (unsigned long)seen.item);
		SAY(t, "item %lu", (unsigned long)seen.item);
		HTML(&t->html, "</a> · ");
		www_say(t,
		    TN("%lu report", "%lu reports", (uint64_t)seen.count),
		    (unsigned long)seen.count);
		HTML(&t->html, " · ");
		www_say(t,
		    TN("%lu submitter", "%lu submitters",
			(uint64_t)seen.submitters),
		    (unsigned long)seen.submitters);
		HTML(&t->html, " · %s ", T("last"));
		www_html_time(t, seen.last);
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</section>\n");
	return r < 0 ? r : 0;
}

int
www_entries(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	struct zone_view *view = NULL;
	int r = 0;

	www_page_begin(t, T("Entries"), WWW_ENTRIES);
	www_ask_box(t, "/entries", q.q);
	if (q.q[0] == '\0') {
		HTML(&t->html,
		    "<p class=\"mut\">%s</p>\n",
		    T("One key in every list: what covers it, why, since "
		      "when, and what was decided about it before."));
	} else if (!q.understood) {
		www_ask_not_understood(t, &q);
	} else {
		(void)www_ask_by_nature(t, &q);
		r = www_view_open(t, &view);
		for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
			if (t->config->lists[i].kind == q.key.kind) {
				r = entry_card(
				    t, view, &t->config->lists[i], &q);
			}
		}
		zone_view_close(&view);
	}
	if (r == 0) {
		www_page_end(t, q.q[0] != '\0' && !q.understood ? 400 : 200);
	}
	return r;
}
