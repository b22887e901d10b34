/* pages_entries.c - one key in every list, with its past: for moderators. */
#include "www/pages.h"

#include "base/when.h"
#include "www/ask.h"
#include "www/lang.h"
#include "zone/history.h"

#define ROWS_LOOKED 2000 /* of history, for one key */
#define KEYS_LOOKED 200000
#define ROWS_SHOWN 20

static void
full_detail(struct www_turn *t, const struct www_cover *c)
{
	const struct zone_detail *d = &c->detail;
	char *quoted = www_url_quote(&t->arena, c->text);
	char code[16];

	HTML(&t->html,
	    "<dl class=\"pairs\"><div><dt>Answer</dt><dd>%s</dd></div>"
	    "<div><dt>Made by</dt><dd>%.*s%s</dd></div>",
	    d->code != 0 ? zone_code_format(code, d->code) : "an exemption",
	    (int)d->by.len, d->by.at, d->person ? "" : " (not by a person)");
	if (d->source.len > 0) {
		HTML(&t->html, "<div><dt>Source</dt><dd>%.*s</dd></div>",
		    (int)d->source.len, d->source.at);
	}
	if (d->criterion.len > 0) {
		HTML(&t->html, "<div><dt>Criterion</dt><dd>%.*s</dd></div>",
		    (int)d->criterion.len, d->criterion.at);
	}
	if (d->evidence.len > 0) {
		HTML(&t->html, "<div><dt>Evidence</dt><dd>%.*s</dd></div>",
		    (int)d->evidence.len, d->evidence.at);
	}
	HTML(&t->html,
	    "<div><dt>%s</dt><dd><a href=\"/entry/%u?key=%s\">%s</a></dd>"
	    "</div>",
	    T("Entry"), d->id, quoted != NULL ? quoted : "",
	    T("its page, with notes and what can be done"));
	HTML(&t->html,
	    "<div><dt>Change</dt><dd><a href=\"/log?serial=%lu\">#%lu</a>"
	    "</dd></div></dl>\n",
	    (unsigned long)d->serial, (unsigned long)d->serial);
}

/* Looking for one key in a row of history. */
struct seeking {
	const struct zone_key *key;
	uint16_t list;
	bool found;
	struct zone_history_key hit;
	unsigned long looked;
};

static int
seek_key(const struct zone_history_key *key, void *ctx)
{
	struct seeking *s = ctx;

	s->looked++;
	if (key->list == s->list && zone_key_compare(&key->key, s->key) == 0) {
		s->found = true;
		s->hit = *key;
		return 1;
	}
	return 0;
}

static void
past_row(struct www_turn *t, const struct zone_history_row *row,
    const struct seeking *s)
{
	HTML(&t->html, "<li>");
	www_html_time(t, row->time);
	HTML(&t->html,
	    " <b>%.*s</b> <span class=\"tag act\">%s</span> %s, change "
	    "<a href=\"/log?serial=%lu\">#%lu</a>",
	    (int)row->by.len, row->by.at, zone_action_name(row->action),
	    s->hit.before == 0      ? "listed it"
		: s->hit.after == 0 ? "took it out"
				    : "changed it",
	    (unsigned long)row->serial, (unsigned long)row->serial);
	if (row->reason.len > 0) {
		HTML(&t->html, " <q class=\"reason\">%.*s</q>",
		    (int)row->reason.len, row->reason.at);
	}
	HTML(&t->html, "</li>");
}

/* The log has no index by key: the newest part of it is read through, within
 * limits, and the page says when that was not all. */
static int
past(struct www_turn *t, struct zone_view *view, uint16_t list,
    const struct zone_key *key)
{
	struct seeking s = { .key = key, .list = list };
	struct zone_history_row row;
	unsigned rows = 0, shown = 0;
	uint64_t at = UINT64_MAX;
	int r;

	HTML(&t->html, "<h3>History</h3><ul class=\"evid\">");
	for (; (r = zone_history_before(view, at, &row)) == 1 &&
	     rows < ROWS_LOOKED && s.looked < KEYS_LOOKED && shown < ROWS_SHOWN;
	     rows++, at = row.serial - 1) {
		s.found = false;
		r = zone_history_keys(view, row.serial, seek_key, &s);
		if (r < 0) {
			return r;
		}
		if (s.found) {
			past_row(t, &row, &s);
			shown++;
		}
	}
	if (r < 0) {
		return r;
	}
	if (shown == 0) {
		HTML(&t->html, "<li class=\"mut\">Nothing%s.</li>",
		    r == 1 ? " in the newest part of the log"
			   : " was ever decided about this very key");
	} else if (r == 1) {
		HTML(&t->html,
		    "<li class=\"mut\">Older changes were not looked "
		    "through.</li>");
	}
	HTML(&t->html, "</ul>");
	return 0;
}

static int
entry_card(struct www_turn *t, struct zone_view *view,
    const struct zone_list_conf *list, const struct www_question *q)
{
	struct www_cover cover;
	uint16_t number;
	struct zone_sightings seen;
	char when[WHEN_TEXT];
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
		    "<p class=\"note\">%s: <a href=\"/queue/%lu\">item "
		    "%lu</a>, reported %lu times by %lu different submitters, "
		    "last on %s</p>",
		    seen.state == ZONE_WAITING ? "Waits in the queue"
					       : "Seen in the queue",
		    (unsigned long)seen.item, (unsigned long)seen.item,
		    (unsigned long)seen.count, (unsigned long)seen.submitters,
		    when_format(when, seen.last));
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

	www_page_begin(t, "Entries", WWW_ENTRIES);
	www_ask_box(t, "/entries", q.q);
	if (q.q[0] == '\0') {
		HTML(&t->html,
		    "<p class=\"mut\">One key in every list: what covers it, "
		    "why, since when, and what was decided about it "
		    "before.</p>\n");
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
