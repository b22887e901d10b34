/* pages_review.c - entries that a person should look at again.
 *
 * What is due was noted by the last census (www/stats.h), so a page costs no
 * walk over the lists; each row that is shown is looked up as it is now, and
 * one that was dealt with meanwhile says so instead of vanishing.
 */
#include "www/pages.h"

#include <stdio.h>

#include "base/log.h"
#include "base/when.h"
#include "www/cover.h"
#include "www/lang.h"
#include "www/show.h"
#include "www/stats.h"
#include "zone/review.h"
#include "zone/reviewed.h"

#define ROWS 25
#define EVENTS_LOOKED 2000
#define REASON_MAX 1000
#define AGAIN ZONE_DUES /* the tab behind those of the census */

static const struct {
	const char *name, *text, *what, *none;
} tabs[] = {
	[ZONE_DUE_REVIEW] = { "due", N_("Due for a look"),
	    N_("Made by a person, to stay for long, and not looked at since."),
	    N_("No entry is due for a look.") },
	[ZONE_DUE_ENDS] = { "ends", N_("Soon to end"),
	    N_("Made by a person; these end within a week."),
	    N_("No entry made by a person ends within a week.") },
	[ZONE_DUE_QUIET] = { "quiet", N_("Quiet"),
	    N_("Made by a person, and not reported for long."),
	    N_("No entry has been quiet for so long.") },
	[AGAIN] = { "again", N_("Seen again"),
	    N_("Reported again after the listing had ended or was about to; "
	       "they wait in the queue."),
	    N_("Nothing that had ended was reported again.") },
};

#define N_TABS (sizeof(tabs) / sizeof(tabs[0]))

/* ---- rows ---------------------------------------------------------------- */

struct row {
	const struct zone_due_row *due;
	const struct zone_list_conf *list; /* NULL: it is not configured now */
	struct zone_key key;
	uint32_t now; /* detail of the present entry, 0: none */
	struct zone_detail detail;
	struct zone_sightings seen;
	bool reported, kept;
	struct zone_reviewed_note note;
};

static int
look_up(struct www_turn *t, struct zone_view *view,
    const struct zone_due_row *due, struct row *ret)
{
	struct row row = { .due = due };
	struct zone_entry entry = { .detail = 0 };
	uint16_t number;
	int r;

	row.list = zone_config_list(t->config, span_str(due->list));
	if (row.list == NULL ||
	    zone_key_parse(row.list->kind, span_str(due->key), &row.key, NULL) <
		0) {
		*ret = row;
		return 0;
	}
	r = zone_view_list(view, row.list->name, row.list->kind, &number);
	if (r == 1) {
		r = zone_find_exact(view, number, &row.key, &entry);
	}
	if (r == 1) {
		row.now = entry.detail;
		r = zone_view_detail(view, entry.detail, &row.detail);
		r = r == 0 ? ERR_CORRUPT : r;
	}
	if (r >= 0 && row.now == due->detail) {
		r = zone_reviewed_get(www_site_queue(t->site), due->list,
		    due->key, due->detail, &t->arena, &row.note);
		/* one that the census knew of is no news: it is due again */
		row.kept = r == 1 && row.note.time > due->noted;
	}
	if (r >= 0) {
		r = zone_queue_sightings(
		    www_site_queue(t->site), due->list, due->key, &row.seen);
		row.reported = r == 1;
	}
	*ret = row;
	return r < 0 ? r : 0;
}

static void
actions(struct www_turn *t, const struct row *row)
{
	static const struct {
		const char *value, *text;
	} spans[] = { { "30d", N_("30 days") }, { "90d", N_("90 days") },
		{ "365d", N_("a year") }, { "never", N_("no end") } };

	www_form_begin(t, "/review", "review");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"list\" value=\"%s\"><input "
	    "type=\"hidden\" name=\"key\" value=\"%s\"><input type=\"hidden\" "
	    "name=\"detail\" value=\"%u\"><input type=\"hidden\" "
	    "name=\"kind\" value=\"%s\">",
	    row->due->list, row->due->key, (unsigned)row->due->detail,
	    tabs[row->detail.until != 0 ? ZONE_DUE_ENDS : ZONE_DUE_REVIEW]
		.name);
	HTML(&t->html,
	    "<input name=\"reason\" maxlength=\"1000\" aria-label=\"%s\" "
	    "placeholder=\"%s\"><div class=\"formrow\"><button name=\"do\" "
	    "value=\"keep\">%s<span class=\"unseen\"> %s</span></button><span "
	    "class=\"pairform\"><select name=\"until\" aria-label=\"%s\">",
	    T("Reason or note"), T("Reason or note"), T("Keep as it is"),
	    row->due->key, T("How long from now"));
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		HTML(&t->html, "<option value=\"%s\">%s</option>",
		    spans[i].value, www_tr(t, spans[i].text));
	}
	HTML(&t->html,
	    "</select><button name=\"do\" value=\"extend\">%s<span "
	    "class=\"unseen\"> %s</span></button></span><button name=\"do\" "
	    "value=\"remove\">%s<span class=\"unseen\"> %s</span></button>"
	    "<button class=\"quiet\" name=\"do\" value=\"wrong\">%s<span "
	    "class=\"unseen\"> %s</span></button></div></form>",
	    T("New end"), row->due->key, T("Take out"), row->due->key,
	    T("Take out: it was a mistake"), row->due->key);
}

static void
show_row(struct www_turn *t, const struct row *row)
{
	bool same = row->now == row->due->detail && row->list != NULL;
	bool open = same && !row->kept;

	HTML(&t->html, "<li class=\"card due%s\"><div class=\"msg\"><p>",
	    open ? "" : " done");
	www_html_key(t, row->due->key);
	HTML(&t->html, " <span class=\"tag\">%s</span> <span class=\"mut\">",
	    row->due->list);
	if (row->now != 0) {
		www_show_terms(t, &row->detail, row->due->key);
		HTML(&t->html, " · <b>%.*s</b>", (int)row->detail.by.len,
		    row->detail.by.at);
		if (row->detail.criterion.len > 0) {
			HTML(&t->html, " · %.*s",
			    (int)row->detail.criterion.len,
			    row->detail.criterion.at);
		}
	}
	HTML(&t->html, "</span></p><p class=\"seen\">");
	if (row->reported) {
		SAY(t, "Reported %u times, last ", row->seen.count);
		www_html_ago(t, row->seen.last);
		HTML(&t->html, " · <a href=\"/queue/%lu\">",
		    (unsigned long)row->seen.item);
		SAY(t, "item %lu", (unsigned long)row->seen.item);
		HTML(&t->html, "</a>");
	} else {
		HTML(&t->html, "%s", T("No report of it is known here."));
	}
	HTML(&t->html, "</p>");
	if (row->now == 0) {
		HTML(&t->html, "<p class=\"outcome\"><b>%s</b></p>",
		    T("Taken out since."));
	} else if (!same) {
		HTML(&t->html, "<p class=\"outcome\"><b>%s</b></p>",
		    T("Changed since."));
	} else if (row->kept) {
		HTML(&t->html, "<p class=\"outcome\"><b>");
		SAY(t, "Kept by %s", row->note.by);
		HTML(&t->html, "</b> ");
		www_html_ago(t, row->note.time);
		if (row->note.note[0] != '\0') {
			HTML(&t->html, " <q class=\"reason\">%s</q>",
			    row->note.note);
		}
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</div>");
	if (open && www_may(t, ZONE_MODERATOR)) {
		actions(t, row);
	}
	HTML(&t->html, "</li>\n");
}

/* ---- seen again ---------------------------------------------------------- */

static int
seen_again(struct www_turn *t, unsigned *ret_n)
{
	struct zone_queue_event *events = NULL;
	struct zone_item item;
	uint64_t shown[200];
	unsigned n_shown = 0;
	size_t n = 0;
	int r = zone_queue_log(www_site_queue(t->site), INT64_MAX,
	    EVENTS_LOOKED, &t->arena, &events, &n);

	for (size_t i = 0; i < n && r >= 0 && n_shown < 200; i++) {
		bool before = false;

		if (strcmp(events[i].action, "seen again") != 0) {
			continue;
		}
		for (unsigned k = 0; k < n_shown; k++) {
			before = before || shown[k] == events[i].item;
		}
		if (before) {
			continue;
		}
		r = zone_queue_get(
		    www_site_queue(t->site), events[i].item, &t->arena, &item);
		if (r != 1 || item.state != ZONE_WAITING) {
			r = r == ERR_CORRUPT ? 0 : r;
			continue;
		}
		shown[n_shown++] = item.id;
		HTML(&t->html,
		    "<li class=\"card due\"><div class=\"msg\"><p><a "
		    "href=\"/queue/%lu\">",
		    (unsigned long)item.id);
		SAY(t, "item %lu", (unsigned long)item.id);
		HTML(&t->html, "</a> ");
		for (unsigned k = 0; k < item.n_candidates && k < 4; k++) {
			www_html_key(t, item.candidates[k].key);
			HTML(&t->html, " ");
		}
		HTML(&t->html, "</p><p class=\"seen\">%s · ", item.subject);
		SAY(t, "Reported %u times, last ", item.count);
		www_html_ago(t, item.last);
		HTML(&t->html, "</p></div></li>\n");
	}
	*ret_n = n_shown;
	return r < 0 ? r : 0;
}

/* ---- the page ------------------------------------------------------------ */

static void
tab_links(struct www_turn *t, const struct zone_census *census, unsigned here)
{
	HTML(&t->html, "<nav class=\"tabs\" aria-label=\"%s\">",
	    T("What is shown"));
	for (unsigned i = 0; i < N_TABS; i++) {
		HTML(&t->html, "<a href=\"/review?kind=%s\"", tabs[i].name);
		if (i == here) {
			HTML(&t->html, " aria-current=\"page\"");
		}
		HTML(&t->html, ">%s", www_tr(t, tabs[i].text));
		if (i < ZONE_DUES && census != NULL) {
			HTML(&t->html, " <span class=\"n\">%lu</span>",
			    (unsigned long)census->due[i].total);
		}
		HTML(&t->html, "</a>");
	}
	HTML(&t->html, "</nav>\n");
}

static int
rows(struct www_turn *t, const struct zone_census *census, unsigned kind,
    unsigned long page, unsigned *ret_n)
{
	const struct zone_due_row *due =
	    census != NULL ? census->due[kind].rows : NULL;
	size_t n = census != NULL ? census->due[kind].n : 0;
	struct row *row = arena_alloc(&t->arena, sizeof(*row));
	struct zone_view *view = NULL;
	char query[64];
	int r = row != NULL ? www_view_open(t, &view) : ERR_NOMEM;

	*ret_n = 0;
	for (size_t i = (page - 1) * ROWS; i < n && *ret_n < ROWS && r == 0;
	     i++) {
		r = look_up(t, view, &due[i], row);
		if (r == 0) {
			show_row(t, row);
			(*ret_n)++;
		}
	}
	zone_view_close(&view);
	if (r == 0 && n > ROWS) {
		HTML(&t->html, "</ol>");
		snprintf(query, sizeof(query),
		    "/review?kind=%s&page=", tabs[kind].name);
		www_html_pages(t, query, page, n, ROWS);
		HTML(&t->html, "<ol>");
	}
	return r;
}

static bool
tab_of(const char *name, unsigned *ret)
{
	for (unsigned i = 0; i < N_TABS; i++) {
		if (strcmp(tabs[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static void
done_note(struct www_turn *t)
{
	unsigned long serial = 0;

	if (www_fields_number(
		&t->request->query, "change", INT64_MAX, &serial) &&
	    serial > 0) {
		HTML(&t->html,
		    "<p class=\"note good\" role=\"status\"><span>%s</span><a "
		    "href=\"/log/%lu\">#%lu</a></p>\n",
		    T("Done; it can be undone in the log."), serial, serial);
	}
}

int
www_review(struct www_turn *t)
{
	const char *name = www_fields_get(&t->request->query, "kind");
	struct www_stats *stats = www_site_stats(t->site);
	struct zone_census *census;
	unsigned long page = 1;
	unsigned kind = 0, n = 0;
	char span[WHEN_TEXT];
	int r;

	if ((name != NULL && !tab_of(name, &kind)) ||
	    !www_fields_number(&t->request->query, "page", 100000, &page) ||
	    page == 0) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("There is no such part of this page."));
	}
	census = www_stats_census(stats);
	www_page_begin(t, T("Review"), WWW_REVIEW);
	HTML(&t->html, "<p class=\"mut\">");
	SAY(t, "What people listed is looked at again after %s. ",
	    when_format_duration(span, t->config->www.review_after));
	if (census != NULL) {
		SAY(t, "As of ");
		www_html_time(t, census->time);
		HTML(&t->html, ".");
	}
	HTML(&t->html, "</p>\n");
	done_note(t);
	tab_links(t, census, kind);
	HTML(&t->html, "<p class=\"mut\">%s</p><ol class=\"items\">\n",
	    www_tr(t, tabs[kind].what));
	r = kind == AGAIN ? seen_again(t, &n) : rows(t, census, kind, page, &n);
	HTML(&t->html, "</ol>\n");
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("Nothing here"),
		    census == NULL && kind != AGAIN
			? T("The entries are being looked through; this is "
			    "ready in a minute.")
			: www_tr(t, tabs[kind].none));
	}
	www_stats_release(stats, census);
	if (r < 0) {
		return r;
	}
	www_page_end(t, 200);
	return 0;
}

/* ---- doing it ------------------------------------------------------------ */

struct wish {
	struct zone_review review;
	struct zone_person person;
	const char *word; /* what is to be done */
	char key[ZONE_KEY_TEXT];
	unsigned tab;
	int64_t lasts; /* seconds; 0: for good */
	int64_t now;   /* as the store has it: it never goes back */
};

static bool
read_wish(struct www_turn *t, struct wish *w)
{
	const struct www_fields *f = &t->request->form;
	const char *list = www_fields_get(f, "list");
	const char *key = www_fields_get(f, "key");
	const char *tab = www_fields_get(f, "kind");
	const char *until = www_fields_get(f, "until");
	const char *reason = www_fields_get(f, "reason");
	unsigned long detail = 0;
	int64_t seconds = 0;

	w->word = www_fields_get(f, "do");
	w->review.list =
	    list != NULL ? zone_config_list(t->config, span_str(list)) : NULL;
	w->review.reason =
	    www_text_tidy(&t->arena, reason != NULL ? reason : "", REASON_MAX);
	if (w->word == NULL || w->review.list == NULL || key == NULL ||
	    w->review.reason == NULL ||
	    zone_key_parse(w->review.list->kind, span_str(key), &w->review.key,
		NULL) < 0 ||
	    !www_fields_number(f, "detail", UINT32_MAX, &detail) ||
	    detail == 0 || (tab != NULL && !tab_of(tab, &w->tab))) {
		return false;
	}
	if (strcmp(w->word, "extend") == 0) {
		if (until == NULL ||
		    (strcmp(until, "never") != 0 &&
			(when_parse_duration(span_str(until), &seconds) < 0 ||
			    seconds <= 0))) {
			return false;
		}
		w->lasts = seconds;
	}
	w->review.detail = (uint32_t)detail;
	zone_key_format(w->key, &w->review.key);
	w->person = (struct zone_person){ .name = t->who.session.user.name,
		.weight = t->who.session.user.weight };
	w->review.person = &w->person;
	return true;
}

/* Is the entry still the one that was seen? */
static int
check(struct www_turn *t, struct wish *w, enum zone_outcome *ret)
{
	struct zone_entry entry = { .detail = 0 };
	struct zone_view *view = NULL;
	uint16_t number;
	int r = www_view_open(t, &view);

	if (r == 0) {
		r = zone_view_list(
		    view, w->review.list->name, w->review.list->kind, &number);
	}
	if (r == 1) {
		r = zone_find_exact(view, number, &w->review.key, &entry);
	}
	if (r >= 0) {
		w->now = zone_view_now(view);
	}
	zone_view_close(&view);
	*ret = entry.detail == w->review.detail ? ZONE_DONE
	    : entry.detail == 0                 ? ZONE_MISSING
						: ZONE_STALE;
	return r < 0 ? r : 0;
}

int
www_review_post(struct www_turn *t)
{
	struct wish *w = arena_alloc(&t->arena, sizeof(*w));
	enum zone_outcome outcome = ZONE_DONE;
	struct err_text why = { "" };
	uint64_t serial = 0;
	int r = 0;

	if (w == NULL) {
		return ERR_NOMEM;
	}
	if (!read_wish(t, w)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = check(t, w, &outcome);
	if (r < 0 || outcome != ZONE_DONE) {
		/* nothing is done */
	} else if (strcmp(w->word, "keep") == 0) {
		r = zone_reviewed_keep(www_site_queue(t->site),
		    w->review.list->name, w->key, w->review.detail,
		    w->person.name, w->review.reason, w->now);
	} else if (strcmp(w->word, "extend") == 0) {
		r = zone_review_extend(www_site_store(t->site), t->config,
		    &w->review, w->lasts > 0 ? w->now + w->lasts : 0, &outcome,
		    &serial, &why);
	} else if (strcmp(w->word, "remove") == 0 ||
	    strcmp(w->word, "wrong") == 0) {
		r = zone_review_remove(www_site_store(t->site), t->config,
		    &w->review, strcmp(w->word, "wrong") == 0, &outcome,
		    &serial, &why);
	} else {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	if (r < 0) {
		return r;
	}
	if (outcome == ZONE_GUARDED) {
		return www_page_say(t, 422, T("This cannot be listed"),
		    T("%s: nothing was changed."), why.text);
	}
	if (outcome != ZONE_DONE) {
		return www_page_say(t, 409, T("Changed since"), "%s",
		    T("Somebody has changed this entry since the page was "
		      "made, or it has ended; the log says who. Nothing was "
		      "changed."));
	}
	log_event(LOG_TELL, "reviewed key=%s list=%s by=%s do=%s serial=%llu",
	    w->key, w->review.list->name, w->person.name, w->word,
	    (unsigned long long)serial);
	return serial > 0
	    ? www_page_go(t, "/review?kind=%s&change=%llu", tabs[w->tab].name,
		  (unsigned long long)serial)
	    : www_page_go(t, "/review?kind=%s", tabs[w->tab].name);
}
