/* pages_log.c - who did what: the store's history and the queue's own events,
 * newest first, each with its undo.
 */
#include "www/pages.h"

#include <stdio.h>

#include "base/when.h"
#include "www/chain.h"
#include "www/cover.h"
#include "www/lang.h"
#include "www/log.h"

#define ROWS 50
#define SCAN 20000 /* rows looked at for one page */
#define SCAN_KEYS 300000
#define KEYS_SHOWN 4

/* What a history row changed: its first keys, and how many of them are still
 * as it left them. */
struct keys {
	struct zone_view *view;
	struct zone_history_key key[KEYS_SHOWN];
	unsigned n;
};

static int
collect(const struct zone_history_key *key, void *ctx)
{
	struct keys *keys = ctx;

	keys->key[keys->n++] = *key;
	return keys->n == KEYS_SHOWN;
}

/* Is KEY still as the change left it? 1, 0, <0. */
static int
untouched(struct zone_view *view, const struct zone_history_key *k)
{
	struct zone_entry entry = { .detail = 0 };
	int r = zone_find_exact(view, k->list, &k->key, &entry);

	return r < 0 ? r : (r == 1 ? entry.detail : 0) == k->after;
}

static const char *
change_word(struct www_turn *t, struct zone_view *view,
    const struct zone_history_key *k)
{
	struct zone_detail detail;

	if (k->after == 0) {
		return T("took out");
	}
	if (zone_view_detail(view, k->after, &detail) == 1 &&
	    zone_detail_exempt(&detail)) {
		return T("exempted");
	}
	return k->before == 0 ? T("listed") : T("changed");
}

/* The item that a key was decided in: its entry says "item 17" as evidence.
 * 0: none. */
static unsigned long
item_of(struct zone_view *view, const struct zone_history_key *k)
{
	struct zone_detail detail;
	unsigned long item = 0;

	if (zone_view_detail(
		view, k->after != 0 ? k->after : k->before, &detail) == 1 &&
	    span_starts(detail.evidence, "item ") &&
	    !text_number(span(detail.evidence.at + 5, detail.evidence.len - 5),
		INT64_MAX, &item)) {
		item = 0;
	}
	return item;
}

static void
actor(struct www_turn *t, int64_t time, const char *by, size_t len)
{
	HTML(&t->html,
	    "<li class=\"card logrow\"><div class=\"who\"><b>%.*s"
	    "</b> <span class=\"mut\">",
	    (int)len, by);
	www_html_time(t, time);
	HTML(&t->html, "</span></div><div class=\"what\">");
}

static int
history_row(struct www_turn *t, struct zone_view *view,
    const struct www_log_lists *lists, const struct zone_history_row *row)
{
	struct keys keys = { .view = view };
	char text[ZONE_KEY_TEXT], path[64];
	bool live = row->keys > KEYS_SHOWN;
	unsigned long item;
	int r;

	r = zone_history_keys(view, row->serial, collect, &keys);
	if (r < 0) {
		return r;
	}
	actor(t, row->time, row->by.at, row->by.len);
	HTML(&t->html, "<span class=\"tag act\">%s</span> ",
	    www_words(t, zone_action_name(row->action)));
	if (row->undoes != 0) {
		HTML(&t->html, "<a href=\"/log/%lu\">",
		    (unsigned long)row->undoes);
		SAY(t, "of #%lu", (unsigned long)row->undoes);
		HTML(&t->html, "</a> ");
	}
	for (unsigned i = 0; i < keys.n; i++) {
		r = untouched(view, &keys.key[i]);
		if (r < 0) {
			return r;
		}
		live = live || r == 1;
		HTML(&t->html, "%s%s ", i > 0 ? ", " : "",
		    change_word(t, view, &keys.key[i]));
		www_html_key(t, zone_key_format(text, &keys.key[i].key));
		HTML(&t->html, " <span class=\"mut\">%s</span>",
		    www_log_list_name(lists, keys.key[i].list));
	}
	if (row->keys > keys.n) {
		SAY(t, " and %lu more", (unsigned long)(row->keys - keys.n));
	}
	if (row->reason.len > 0) {
		HTML(&t->html, " <q class=\"reason\">%.*s</q>",
		    (int)row->reason.len, row->reason.at);
	}
	item = keys.n > 0 ? item_of(view, &keys.key[0]) : 0;
	if (item > 0) {
		HTML(&t->html, " <a class=\"mut\" href=\"/queue/%lu\">", item);
		SAY(t, "item %lu", item);
		HTML(&t->html, "</a>");
	}
	HTML(&t->html,
	    "</div><div class=\"do\"><a class=\"mut\" href=\"/log/%lu\">#%lu"
	    "</a>",
	    (unsigned long)row->serial, (unsigned long)row->serial);
	if (row->action == ZONE_ACTION_SWEEP ||
	    row->action == ZONE_ACTION_CONFIG ||
	    row->action == ZONE_ACTION_RESTORE ||
	    row->action == ZONE_ACTION_ACCESS || row->keys == 0) {
		/* nothing that a person would take back */
	} else if (!live) {
		HTML(&t->html, "<span class=\"mut past\">%s</span>",
		    T("changed since"));
	} else if (www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/log/%lu/undo",
		    (unsigned long)row->serial);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<button class=\"undo\">%s<span class=\"unseen\"> "
		    "#%lu</span></button></form>",
		    T("Undo"), (unsigned long)row->serial);
	}
	HTML(&t->html, "</div></li>\n");
	return 0;
}

static int
event_row(struct www_turn *t, const struct zone_queue_event *e)
{
	struct zone_item item;
	char path[64];
	int r;

	actor(t, e->time, e->by, strlen(e->by));
	HTML(&t->html, "<span class=\"tag act\">%s</span> ",
	    www_words(t, e->action));
	if (e->item > 0) { /* else it is about a request, as it says */
		HTML(&t->html, "<a href=\"/queue/%lu\">",
		    (unsigned long)e->item);
		SAY(t, "item %lu", (unsigned long)e->item);
		HTML(&t->html, "</a>");
	}
	r = e->item == 0 ? 0
			 : zone_queue_get(www_site_queue(t->site), e->item,
			       &t->arena, &item);
	if (r < 0 && r != ERR_CORRUPT) {
		return r;
	}
	if (r == 1) {
		HTML(&t->html, " <span class=\"mut\">%s</span>", item.subject);
	}
	if (e->reason[0] != '\0') {
		HTML(&t->html, " <q class=\"reason\">%s</q>", e->reason);
	}
	HTML(&t->html, "</div><div class=\"do\">");
	/* only the newest word on an item can be taken back */
	if (r == 1 && item.state == ZONE_DISMISSED && item.settled == e->time &&
	    www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/queue/%lu/reopen",
		    (unsigned long)item.id);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
		    "<button class=\"undo\">%s<span class=\"unseen\"> %s %lu"
		    "</span></button></form>",
		    item.version, T("Undo"), T("the dismissal of item"),
		    (unsigned long)item.id);
	}
	HTML(&t->html, "</div></li>\n");
	return 0;
}

struct showing {
	struct www_turn *t;
	struct zone_view *view;
	struct www_log_lists lists;
};

static int
show_row(const struct www_log_row *row, void *ctx)
{
	struct showing *s = ctx;
	struct www_turn *t = s->t;

	if (row->damaged != 0) {
		HTML(&t->html,
		    "<li class=\"card logrow\"><div class=\"who\"><b>#%lu</b>"
		    "</div><div class=\"what\">%s</div></li>\n",
		    (unsigned long)row->damaged,
		    T("This record is damaged and cannot be shown."));
		return 0;
	}
	return row->change != NULL
	    ? history_row(t, s->view, &s->lists, row->change)
	    : event_row(t, row->event);
}

/* ---- around the rows ----------------------------------------------------- */

static void
verified(struct www_turn *t)
{
	struct www_chain_state s = www_chain_state(www_site_chain(t->site));

	if (s.word == WWW_CHAIN_BROKEN || s.word == WWW_CHAIN_FAILED) {
		HTML(&t->html, "<div class=\"note bad\" role=\"alert\"><p>");
	} else {
		HTML(&t->html, "<div class=\"note chain\"><p>");
	}
	switch (s.word) {
	case WWW_CHAIN_UNKNOWN:
		SAY(t,
		    "The log's chain of hashes is looked at every minute; "
		    "it was not yet since the program started.");
		break;
	case WWW_CHAIN_WHOLE:
		SAY(t,
		    "Verified: nothing was changed or removed up to change "
		    "#%lu and event %lu, as of ",
		    (unsigned long)s.serial, (unsigned long)s.event);
		www_html_time(t, s.time);
		HTML(&t->html, ".");
		break;
	case WWW_CHAIN_BROKEN:
		HTML(&t->html, "<strong>%s</strong> %s ",
		    T("The log was altered or is damaged."), s.why.text);
		www_html_time(t, s.time);
		break;
	case WWW_CHAIN_FAILED:
		SAY(t, "The log could not be verified: %s.", s.why.text);
		break;
	}
	HTML(&t->html, "</p>");
	if (s.running) {
		HTML(&t->html, "<span class=\"mut\">%s</span>",
		    T("All of it is being verified now."));
	} else if (www_may(t, ZONE_ADMIN)) {
		www_form_begin(t, "/log/verify", "inline");
		HTML(&t->html, "<button class=\"undo\">%s</button></form>",
		    T("Verify all of it now"));
	}
	HTML(&t->html, "</div>\n");
}

static void
choice(
    struct www_turn *t, const char *value, const char *text, const char *chosen)
{
	HTML(&t->html, "<option value=\"%s\"", value);
	if (strcmp(value, chosen) == 0) {
		HTML(&t->html, " selected");
	}
	HTML(&t->html, ">%s</option>", text);
}

static void
input(struct www_turn *t, const char *name, const char *label,
    const char *value, const char *type)
{
	HTML(&t->html,
	    "<div><label for=\"f-%s\">%s</label><input id=\"f-%s\" name=\"%s\" "
	    "type=\"%s\" value=\"%s\" maxlength=\"320\" "
	    "autocomplete=\"off\"></div>",
	    name, label, name, name, type, value);
}

/* Every action there is; those of the queue's events by their stored words. */
static void
actions(struct www_turn *t, const char *chosen)
{
	static const char *const events[] = { "dismiss", "vote", "reopen",
		"seen again", "keep", "note", "suspend", "resume", "register",
		"token", "unregister" };
	bool known = chosen[0] == '\0';

	HTML(&t->html,
	    "<div><label for=\"f-action\">%s</label><select id=\"f-action\" "
	    "name=\"action\">",
	    T("Action"));
	choice(t, "", T("any"), chosen);
	for (int i = ZONE_ACTION_ADD; i <= ZONE_ACTION_RESTORE; i++) {
		const char *name = zone_action_name((enum zone_action)i);

		known = known || strcmp(name, chosen) == 0;
		choice(t, name, www_words(t, name), chosen);
	}
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		known = known || strcmp(events[i], chosen) == 0;
		choice(t, events[i], www_words(t, events[i]), chosen);
	}
	if (!known) { /* the URL may name another */
		choice(t, chosen, chosen, chosen);
	}
	HTML(&t->html, "</select></div>");
}

static void
lists_choice(struct www_turn *t, const char *chosen)
{
	HTML(&t->html,
	    "<div><label for=\"f-list\">%s</label><select id=\"f-list\" "
	    "name=\"list\">",
	    T("List"));
	choice(t, "", T("any"), chosen);
	for (size_t i = 0; i < t->config->n_lists; i++) {
		choice(t, t->config->lists[i].name, t->config->lists[i].name,
		    chosen);
	}
	HTML(&t->html, "</select></div>");
}

static void
form(struct www_turn *t, const struct www_log_filter *f, const char *query)
{
	HTML(&t->html, "<details class=\"card filter\"");
	if (f->any) {
		HTML(&t->html, " open");
	}
	HTML(&t->html,
	    "><summary>%s</summary><form action=\"/log\" role=\"search\"><div "
	    "class=\"fields\">",
	    T("Search in the log"));
	input(t, "key", T("Address, network, mailbox or domain"), f->key_text,
	    "text");
	input(t, "q", T("Words"), f->word, "text");
	input(t, "by", T("Who"), f->by, "text");
	actions(t, f->action);
	lists_choice(t, f->list);
	input(t, "source", T("Source"), f->source, "text");
	input(t, "since", T("From the day"), f->since_text, "date");
	input(t, "before", T("Until the day"), f->before_text, "date");
	HTML(&t->html,
	    "</div><p class=\"row\"><button class=\"main\">%s</button>",
	    T("Search"));
	if (f->any) {
		HTML(&t->html, " <a href=\"/log\">%s</a>", T("Show all"));
	}
	HTML(&t->html,
	    " <span class=\"files\"><a href=\"/log.csv?%s\">CSV</a> <a "
	    "href=\"/log.jsonl?%s\">JSON</a> <span class=\"mut\">%s</span>"
	    "</span></p></form></details>\n",
	    query, query, T("of what is found, at most 10,000 rows"));
}

static void
older(struct www_turn *t, const char *query, const struct www_log_place *place,
    const struct www_log_reading *r)
{
	if (r->stopped) {
		HTML(&t->html, "<p class=\"note\">");
		SAY(t, "Looked through everything back to ");
		www_html_time(t, r->time);
		HTML(&t->html, ". %s</p>\n",
		    T("There may be more in what is older."));
	}
	if (r->more) {
		HTML(&t->html,
		    "<nav class=\"pages\" aria-label=\"%s\"><a rel=\"next\" "
		    "href=\"/log?%sserial=%lu&amp;event=%lu\">%s →</a></nav>\n",
		    T("Pages"), query, (unsigned long)place->serial,
		    (unsigned long)place->event,
		    r->stopped ? T("Look further back") : T("Older"));
	}
}

int
www_log(struct www_turn *t)
{
	struct www_log_reading reading = {
		.max = ROWS, .scan = SCAN, .scan_keys = SCAN_KEYS
	};
	struct showing *s = arena_alloc(&t->arena, sizeof(*s));
	struct www_log_filter filter;
	struct www_log_place place;
	const char *query;
	int r = s != NULL ? www_log_asked(t, &filter, &place) : ERR_NOMEM;

	if (r != 0) {
		return r < 0 ? r : 0;
	}
	query = www_log_query(t, &filter);
	r = query != NULL ? www_view_open(t, &s->view) : ERR_NOMEM;
	if (r == 0) {
		r = www_log_lists(s->view, &s->lists);
	}
	if (r < 0) {
		zone_view_close(&s->view);
		return r;
	}
	s->t = t;
	www_page_begin(t, T("Log"), WWW_LOG);
	HTML(&t->html, "<p class=\"mut\">%s</p>\n",
	    T("Everything that was decided, newest first. Nothing is ever "
	      "removed from it."));
	verified(t);
	form(t, &filter, query);
	HTML(&t->html, "<ol class=\"log\">\n");
	r = www_log_read(t, s->view, &filter, &place, &reading, show_row, s);
	zone_view_close(&s->view);
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "</ol>\n");
	if (reading.found == 0 && !reading.stopped) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("Nothing here"),
		    filter.any ? T("Nothing in the log fits this search.")
			       : T("No decision was made yet, or none is "
				   "older."));
	}
	older(t, query, &place, &reading);
	www_page_end(t, 200);
	return 0;
}

int
www_verify_post(struct www_turn *t)
{
	int r = 0;

	if (!www_may(t, ZONE_ADMIN)) {
		return www_page_say(t, 403, T("Not for your role"), "%s",
		    T("This is for administrators. Nothing was begun."));
	}
	r = www_chain_start(www_site_chain(t->site), www_site_store(t->site),
	    www_site_queue(t->site));
	return r < 0 ? r : www_page_go(t, "/log");
}
