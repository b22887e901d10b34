/* pages_entry.c - one entry of a list, by the number that TXT records give:
 * its terms, its past, its notes, and what a moderator may do about it.
 *
 * The number is a detail's, and entries made together share one. So the page
 * asks for the key as well when the change that made it had several.
 */
#include "www/pages.h"

#include <stdio.h>

#include "base/log.h"
#include "base/when.h"
#include "www/cover.h"
#include "www/decision.h"
#include "www/lang.h"
#include "www/notes.h"
#include "www/past.h"
#include "www/show.h"
#include "zone/amend.h"
#include "zone/history.h"

#define KEYS_SHOWN 100
#define KEYS_LOOKED 200000

/* What the number and the field "key" lead to. */
struct subject {
	struct zone_detail detail; /* borrowed from the view */
	const struct zone_list_conf *list;
	struct zone_key key;
	bool have_key;
	char text[ZONE_KEY_TEXT];
	uint32_t now; /* the key's detail at present; 0: no entry */
	/* else the keys to choose from */
	struct zone_history_key *keys;
	unsigned n_keys;
	bool more;
};

struct finding {
	uint32_t detail;
	struct zone_history_key *keys;
	unsigned n;
	unsigned long looked;
	bool more;
};

static int
find_key(const struct zone_history_key *key, void *ctx)
{
	struct finding *f = ctx;

	if (++f->looked > KEYS_LOOKED) {
		f->more = true;
		return 1;
	}
	if (key->after != f->detail) {
		return 0;
	}
	if (f->n == KEYS_SHOWN) {
		f->more = true;
		return 1;
	}
	f->keys[f->n++] = *key;
	return 0;
}

static const struct zone_list_conf *
list_numbered(
    const struct www_turn *t, struct zone_view *view, uint16_t number)
{
	for (size_t i = 0; i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];
		uint16_t n;

		if (zone_view_list(view, list->name, list->kind, &n) == 1 &&
		    n == number) {
			return list;
		}
	}
	return NULL;
}

/* The key that was asked for, among those of the change that made the detail;
 * the only one, when there is one. */
static void
choose_key(struct www_turn *t, struct zone_view *view, struct subject *s,
    const char *wanted)
{
	for (unsigned i = 0; i < s->n_keys && !s->have_key; i++) {
		const struct zone_history_key *k = &s->keys[i];

		zone_key_format(s->text, &k->key);
		if (wanted != NULL ? strcmp(wanted, s->text) != 0
				   : s->n_keys > 1 || s->more) {
			continue;
		}
		s->list = list_numbered(t, view, k->list);
		s->key = k->key;
		s->have_key = s->list != NULL;
	}
}

/* An entry of a large change: the key itself says where to look. */
static int
ask_key(struct www_turn *t, struct zone_view *view, struct subject *s,
    const char *wanted)
{
	for (size_t i = 0; i < t->config->n_lists && !s->have_key; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];
		struct zone_entry e;
		struct zone_key key;
		uint16_t number;
		int r;

		if (zone_key_parse(list->kind, span_str(wanted), &key, NULL) <
			0 ||
		    zone_view_list(view, list->name, list->kind, &number) !=
			1) {
			continue;
		}
		r = zone_find_exact(view, number, &key, &e);
		if (r < 0) {
			return r;
		}
		if (r == 1 && e.detail == t->id) {
			s->list = list;
			s->key = key;
			s->have_key = true;
			zone_key_format(s->text, &key);
		}
	}
	return 0;
}

/* 1, 0 there is no such entry, <0. */
static int
load(struct www_turn *t, struct zone_view *view, const char *wanted,
    struct subject *s)
{
	struct finding f = { .detail = (uint32_t)t->id };
	struct zone_entry e;
	uint16_t number;
	int r;

	*s = (struct subject){ .list = NULL };
	if (t->id > UINT32_MAX) {
		return 0;
	}
	r = zone_view_detail(view, (uint32_t)t->id, &s->detail);
	if (r != 1) {
		return r;
	}
	f.keys = arena_alloc(&t->arena, KEYS_SHOWN * sizeof(*f.keys));
	if (f.keys == NULL) {
		return ERR_NOMEM;
	}
	r = zone_history_keys(view, s->detail.serial, find_key, &f);
	if (r < 0) {
		return r;
	}
	s->keys = f.keys;
	s->n_keys = f.n;
	s->more = f.more;
	choose_key(t, view, s, wanted);
	if (!s->have_key && wanted != NULL) {
		r = ask_key(t, view, s, wanted);
		if (r < 0) {
			return r;
		}
		if (!s->have_key) {
			return 0;
		}
	}
	if (s->have_key) {
		r = zone_view_list(
		    view, s->list->name, s->list->kind, &number);
		if (r == 1) {
			r = zone_find_exact(view, number, &s->key, &e);
		}
		if (r < 0) {
			return r;
		}
		s->now = r == 1 ? e.detail : 0;
	}
	return 1;
}

static int
missing(struct www_turn *t)
{
	return www_page_say(t, 404, T("No such entry"), "%s",
	    T("There is no entry with this number, or it was not about that "
	      "key."));
}

/* ---- the page ----------------------------------------------------------- */

static void
pair(struct www_turn *t, const char *name, struct span value)
{
	if (value.len > 0) {
		HTML(&t->html, "<div><dt>%s</dt><dd>%.*s</dd></div>", name,
		    (int)value.len, value.at);
	}
}

/* Was it decided about in the queue? */
static bool
item_of(const struct zone_detail *d, unsigned long *ret)
{
	return span_starts(d->evidence, "item ") && d->evidence.len < 30 &&
	    text_number(span(d->evidence.at + 5, d->evidence.len - 5),
		INT64_MAX, ret);
}

static void
terms(struct www_turn *t, const struct subject *s)
{
	const struct zone_detail *d = &s->detail;
	char code[16];
	struct buf reason = { 0 };
	unsigned long n;

	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-terms\">"
	    "<h2 id=\"h-terms\">%s</h2><dl class=\"pairs\">",
	    T("What it says"));
	pair(t, T("List"), span_str(s->list->name));
	pair(t, T("Answer"),
	    span_str(d->code != 0 ? zone_code_format(code, d->code)
				  : T("an exemption")));
	HTML(&t->html, "<div><dt>%s</dt><dd>", T("Since"));
	www_html_time(t, d->created);
	HTML(&t->html, "</dd></div><div><dt>%s</dt><dd>", T("Until"));
	if (d->until == 0) {
		HTML(&t->html, "%s", T("no end"));
	} else {
		www_html_time(t, d->until);
	}
	HTML(&t->html, "</dd></div>");
	zone_detail_reason(d, s->text, &reason);
	pair(t, T("Reason"), span(reason.data, reason.len));
	buf_free(&reason);
	pair(t, T("Criterion"), d->criterion);
	pair(t, T("Made by"), d->by);
	pair(t, T("Source"), d->source);
	if (item_of(d, &n)) {
		HTML(&t->html,
		    "<div><dt>%s</dt><dd><a href=\"/queue/%lu\">",
		    T("Evidence"), n);
		SAY(t, "item %lu", n);
		HTML(&t->html, "</a></dd></div>");
	} else {
		pair(t, T("Evidence"), d->evidence);
	}
	HTML(&t->html,
	    "<div><dt>%s</dt><dd><a href=\"/log?serial=%lu\">#%lu</a></dd>"
	    "</div></dl></section>\n",
	    T("Change"), (unsigned long)d->serial, (unsigned long)d->serial);
}

static int
sightings(struct www_turn *t, const struct subject *s)
{
	struct zone_sightings seen;
	int r;

	r = zone_queue_sightings(
	    www_site_queue(t->site), s->list->name, s->text, &seen);
	if (r < 0) {
		return r;
	}
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-seen\">"
	    "<h2 id=\"h-seen\">%s</h2><p>",
	    T("Sightings"));
	if (r == 0) {
		HTML(&t->html, "%s",
		    T("The queue has no report of exactly this key."));
	} else {
		www_say(t,
		    TN("Reported %u time", "Reported %u times", seen.count),
		    seen.count);
		HTML(&t->html, " · ");
		www_say(t,
		    TN("%u submitter", "%u submitters", seen.submitters),
		    seen.submitters);
		HTML(&t->html, " · %s ", T("first"));
		www_html_ago(t, seen.first);
		HTML(&t->html, ", %s ", T("last"));
		www_html_ago(t, seen.last);
		HTML(&t->html, " · <a href=\"/queue/%lu\">",
		    (unsigned long)seen.item);
		SAY(t, "item %lu", (unsigned long)seen.item);
		HTML(&t->html, "</a>");
	}
	HTML(&t->html, "</p></section>\n");
	return 0;
}

static void
hidden_key(struct www_turn *t, const struct subject *s)
{
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"key\" value=\"%s\">", s->text);
}

/* What it is now, and the forms while it is what the number says. */
static void
actions(struct www_turn *t, const struct subject *s,
    const struct www_draft *draft, const char *said)
{
	uint64_t item;
	char path[64];

	HTML(&t->html,
	    "<aside class=\"side\"><section class=\"card\" "
	    "aria-labelledby=\"h-do\"><h2 id=\"h-do\">%s</h2>",
	    T("This entry"));
	if (said != NULL) {
		HTML(&t->html,
		    "<p class=\"note bad\" role=\"alert\">%s</p>", said);
	}
	if (s->now == 0) {
		HTML(&t->html, "<p class=\"note\">%s</p>",
		    T("It is not there any more: it was taken out, or it "
		      "ended."));
	} else if (s->now != t->id) {
		char *quoted = www_url_quote(&t->arena, s->text);

		HTML(&t->html, "<p class=\"note\">%s <a href=\"/entry/%lu?key=%s"
			       "\">%s</a></p>",
		    T("Another entry has taken its place."),
		    (unsigned long)s->now, quoted != NULL ? quoted : "",
		    T("Look at that one"));
	} else if (s->detail.until != 0 && s->detail.until <= t->now) {
		HTML(&t->html, "<p class=\"note\">%s</p>",
		    T("It has ended."));
	} else {
		HTML(&t->html, "<p class=\"note good\">%s</p>",
		    zone_detail_exempt(&s->detail)
			? T("It is in force: this key is never listed.")
			: T("It is in force: this key is listed."));
	}
	if (s->now == t->id && www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/entry/%lu/remove",
		    (unsigned long)t->id);
		www_form_begin(t, path, "decide");
		hidden_key(t, s);
		www_reason_fields(t, draft);
		HTML(&t->html,
		    "<div class=\"buttons\"><button class=\"list\">%s</button>"
		    "</div></form>",
		    T("Take it out"));
		snprintf(path, sizeof(path), "/entry/%lu/until",
		    (unsigned long)t->id);
		HTML(&t->html, "<hr>");
		www_form_begin(t, path, "decide");
		hidden_key(t, s);
		www_expiry_fields(t, draft, NULL, NULL);
		HTML(&t->html,
		    "<label for=\"why\">%s</label><textarea id=\"why\" "
		    "name=\"reason\" rows=\"2\" maxlength=\"500\">",
		    T("Reason"));
		www_html_lines(&t->html, span_str(draft->reason));
		HTML(&t->html,
		    "</textarea><div class=\"buttons\"><button class=\"other\">"
		    "%s</button></div></form>",
		    T("Give it this end"));
	}
	/* an end that was changed is another change, of no item */
	if (s->now == t->id && www_may(t, ZONE_MODERATOR) &&
	    zone_queue_by_serial(
		www_site_queue(t->site), s->detail.serial, &item) == 1) {
		snprintf(path, sizeof(path), "/log/%lu/undo",
		    (unsigned long)s->detail.serial);
		HTML(&t->html, "<hr>");
		www_form_begin(t, path, "decide");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"item\" value=\"%lu\">"
		    "<p class=\"hint\">%s</p><div class=\"buttons\">"
		    "<button class=\"other\">%s</button></div></form>",
		    (unsigned long)item,
		    T("Takes back all that was entered with this one; the "
		      "item that led to it waits again."),
		    T("Undo and open its item again"));
	}
	HTML(&t->html, "</section></aside>\n");
}

static int
notes(struct www_turn *t, const struct subject *s)
{
	char subject[ZONE_NOTE_SUBJECT], path[64];
	struct www_note_about about = { .words = s->text };
	struct zone_note *all;
	size_t n;
	int r;

	r = zone_note_list_key(www_site_queue(t->site), &s->key,
	    WWW_NOTES_SHOWN, &t->arena, &all, &n);
	if (r == 0) {
		/* the form says which key, as the others do */
		(void)zone_note_key(subject, &s->key);
		about.value = s->text;
		snprintf(path, sizeof(path), "/entry/%lu/note",
		    (unsigned long)t->id);
		www_notes_card(t, all, n, path, &about, 1);
	}
	return r;
}

/* Several keys share the number: which one? */
static void
which(struct www_turn *t, const struct subject *s)
{
	char text[ZONE_KEY_TEXT];

	HTML(&t->html, "<section class=\"card\"><p>%s</p><ul class=\"plain\">",
	    s->n_keys > 0
		? T("This number stands for several keys that were entered "
		    "together:")
		: T("This number stands for keys of a large change. Look one "
		    "of them up among the entries."));
	for (unsigned i = 0; i < s->n_keys; i++) {
		char *quoted = www_url_quote(
		    &t->arena, zone_key_format(text, &s->keys[i].key));

		HTML(&t->html,
		    "<li><a class=\"key\" href=\"/entry/%lu?key=%s\">%s</a>"
		    "</li>",
		    (unsigned long)t->id, quoted != NULL ? quoted : "", text);
	}
	HTML(&t->html, "</ul>");
	if (s->more) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("There are more; look one of them up among the "
		      "entries."));
	}
	HTML(&t->html, "</section>\n");
}

/* SAID: what was wrong with the form that was sent; NULL. */
static int
show(struct www_turn *t, unsigned status, const char *wanted,
    const struct www_draft *draft, const char *said)
{
	struct zone_view *view = NULL;
	struct www_past_key key;
	struct subject s;
	char title[ZONE_KEY_TEXT + 40];
	int r;

	r = www_view_open(t, &view);
	if (r == 0) {
		r = load(t, view, wanted, &s);
		r = r == 0 ? missing(t) : r;
	}
	if (r <= 0) {
		zone_view_close(&view);
		return r;
	}
	snprintf(title, sizeof(title), T("Entry %lu"), (unsigned long)t->id);
	www_page_begin_bare(t, title, WWW_ENTRIES);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/entries\">%s</a> › %s</p>",
	    T("Entries"), title);
	if (!s.have_key) {
		HTML(&t->html, "<h1>%s</h1>\n", title);
		which(t, &s);
		zone_view_close(&view);
		www_page_end(t, status);
		return 0;
	}
	HTML(&t->html,
	    "<h1 class=\"key pick\">%s</h1>\n<div class=\"two\">\n", s.text);
	actions(t, &s, draft, said);
	HTML(&t->html, "<div class=\"body\">\n");
	terms(t, &s);
	r = sightings(t, &s);
	if (r == 0) {
		key = (struct www_past_key){ s.list, s.key };
		r = www_past_card(t, view, &key, 1, NULL);
	}
	zone_view_close(&view);
	if (r == 0) {
		r = notes(t, &s);
	}
	if (r == 0) {
		HTML(&t->html, "</div></div>\n");
		www_page_end(t, status);
	}
	return r;
}

int
www_entry(struct www_turn *t)
{
	struct www_draft draft = www_draft_new();

	return show(t, 200, www_fields_get(&t->request->query, "key"), &draft,
	    NULL);
}

/* ---- what is done ------------------------------------------------------- */

/* The key of the form, as it is: 1 and *ret, 0 it has been answered, <0. */
static int
form_subject(struct www_turn *t, struct subject *ret)
{
	const char *wanted = www_fields_get(&t->request->form, "key");
	struct zone_view *view = NULL;
	int r;

	if (wanted == NULL) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = www_view_open(t, &view);
	if (r == 0) {
		r = load(t, view, wanted, ret);
		r = r == 0 ? missing(t) : r;
	}
	zone_view_close(&view); /* what is borrowed is not used from here on */
	return r;
}

static int
amend(struct www_turn *t, const struct subject *s,
    struct zone_amendment *amendment, const struct www_draft *draft)
{
	const struct zone_user *user = &t->who.session.user;
	struct zone_person person = {
		.name = user->name,
		.weight = user->weight,
	};
	char *quoted = www_url_quote(&t->arena, s->text);
	struct err_text why = { "" };
	struct zone_decided done;
	int r;

	if (quoted == NULL) {
		return ERR_NOMEM;
	}
	amendment->list = s->list;
	amendment->key = &s->key;
	amendment->detail = (uint32_t)t->id;
	r = zone_moderate_amend(www_site_store(t->site), t->config, &person,
	    amendment, &done, &why);
	if (r < 0) {
		log_event(LOG_FAIL, "amending failed entry=%lu by=%s: %s (%s)",
		    (unsigned long)t->id, user->name, err_str(r), why.text);
		return r;
	}
	if (done.outcome == ZONE_GUARDED) {
		return show(t, 422, s->text, draft, why.text);
	}
	if (done.outcome != ZONE_DONE) {
		return show(t, 409, s->text, draft,
		    T("Nothing was changed: somebody changed this entry since "
		      "your page was made. What was done, and by whom, stands "
		      "below."));
	}
	log_event(LOG_TELL, "%s entry=%lu by=%s serial=%lu",
	    amendment->remove ? "removed" : "amended", (unsigned long)t->id,
	    user->name, (unsigned long)done.serial);
	return www_page_go(t, "/entries?q=%s", quoted);
}

int
www_entry_remove_post(struct www_turn *t)
{
	struct zone_amendment a = { .remove = true };
	struct www_draft draft;
	struct err_text why = { "" };
	struct subject s;
	int r;

	if (!www_draft_read(t, &draft)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = form_subject(t, &s);
	if (r != 1) {
		return r;
	}
	a.reason = www_draft_reason(t, &draft, &why);
	if (a.reason != NULL && a.reason[0] == '\0') {
		a.reason = NULL;
		err_say(&why, ERR_RANGE, "%s",
		    T("Say why it is taken out. Nothing was changed."));
	}
	if (a.reason == NULL) {
		return show(t, 400, s.text, &draft, why.text);
	}
	return amend(t, &s, &a, &draft);
}

int
www_entry_until_post(struct www_turn *t)
{
	struct zone_amendment a = { .remove = false };
	struct www_draft draft;
	struct err_text why = { "" };
	struct subject s;
	int r;

	if (!www_draft_read(t, &draft)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = form_subject(t, &s);
	if (r != 1) {
		return r;
	}
	a.reason = www_draft_reason(t, &draft, &why);
	if (a.reason == NULL ||
	    !www_draft_end(t, &draft, &a.until, &a.forever, &why)) {
		return show(t, 400, s.text, &draft, why.text);
	}
	if (a.until == 0 && !a.forever) {
		return show(t, 400, s.text, &draft,
		    T("It is not clear for how long."));
	}
	return amend(t, &s, &a, &draft);
}

int
www_entry_note_post(struct www_turn *t)
{
	char subject[ZONE_NOTE_SUBJECT];
	struct subject s;
	char *quoted;
	char back[400];
	const char *about = www_fields_get(&t->request->form, "about");
	struct zone_view *view = NULL;
	int r;

	r = www_view_open(t, &view);
	if (r == 0) {
		r = load(t, view, about, &s);
		r = r == 0 || (r == 1 && !s.have_key) ? missing(t) : r;
	}
	zone_view_close(&view);
	if (r <= 0) {
		return r;
	}
	quoted = www_url_quote(&t->arena, s.text);
	if (quoted == NULL) {
		return ERR_NOMEM;
	}
	snprintf(back, sizeof(back), "/entry/%lu?key=%s", (unsigned long)t->id,
	    quoted);
	return www_note_write(t, zone_note_key(subject, &s.key), back);
}
