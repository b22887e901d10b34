/* pages_log.c - who did what: the store's history and the queue's own events,
 * newest first, each with its undo.
 */
#include "www/pages.h"

#include <stdio.h>

#include "www/cover.h"
#include "zone/history.h"

#define ROWS 50
#define EVENTS 150 /* read for one page: not all of them become rows */
#define KEYS_SHOWN 4
#define LISTS 64

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
change_word(struct zone_view *view, const struct zone_history_key *k)
{
	struct zone_detail detail;

	if (k->after == 0) {
		return "took out";
	}
	if (zone_view_detail(view, k->after, &detail) == 1 &&
	    zone_detail_exempt(&detail)) {
		return "exempted";
	}
	return k->before == 0 ? "listed" : "changed";
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
    const struct zone_list_info *lists, int n_lists,
    const struct zone_history_row *row)
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
	    zone_action_name(row->action));
	if (row->undoes != 0) {
		HTML(&t->html, "of <a href=\"/log?serial=%lu\">#%lu</a>: ",
		    (unsigned long)row->undoes, (unsigned long)row->undoes);
	}
	for (unsigned i = 0; i < keys.n; i++) {
		const char *list = "?";

		for (int k = 0; k < n_lists; k++) {
			if (lists[k].number == keys.key[i].list) {
				list = lists[k].name;
			}
		}
		r = untouched(view, &keys.key[i]);
		if (r < 0) {
			return r;
		}
		live = live || r == 1;
		HTML(&t->html, "%s%s ", i > 0 ? ", " : "",
		    change_word(view, &keys.key[i]));
		www_html_key(t, zone_key_format(text, &keys.key[i].key));
		HTML(&t->html, " <span class=\"mut\">in %s</span>", list);
	}
	if (row->keys > keys.n) {
		HTML(&t->html, " and %lu more",
		    (unsigned long)(row->keys - keys.n));
	}
	if (row->reason.len > 0) {
		HTML(&t->html, " <q class=\"reason\">%.*s</q>",
		    (int)row->reason.len, row->reason.at);
	}
	item = keys.n > 0 ? item_of(view, &keys.key[0]) : 0;
	if (item > 0) {
		HTML(&t->html,
		    " <a class=\"mut\" href=\"/queue/%lu\">item %lu</a>", item,
		    item);
	}
	HTML(&t->html,
	    "</div><div class=\"do\"><span class=\"mut\">#%lu"
	    "</span>",
	    (unsigned long)row->serial);
	if (row->action == ZONE_ACTION_SWEEP ||
	    row->action == ZONE_ACTION_CONFIG ||
	    row->action == ZONE_ACTION_ACCESS || row->keys == 0) {
		/* nothing that a person would take back */
	} else if (!live) {
		HTML(&t->html,
		    "<span class=\"mut past\">changed "
		    "since</span>");
	} else if (www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/log/%lu/undo",
		    (unsigned long)row->serial);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<button class=\"undo\">Undo<span class=\"unseen\"> "
		    "change %lu</span></button></form>",
		    (unsigned long)row->serial);
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
	HTML(&t->html, "<span class=\"tag act\">%s</span> ", e->action);
	if (e->item != 0) { /* else it is about a request, as it says */
		HTML(&t->html, "<a href=\"/queue/%lu\">item %lu</a>",
		    (unsigned long)e->item, (unsigned long)e->item);
	}
	r = e->item == 0 ? 0
			 : zone_queue_get(www_site_queue(t->site), e->item,
			       &t->arena, &item);
	if (r < 0) {
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
		    "<button class=\"undo\">Undo<span class=\"unseen\"> the "
		    "dismissal of item %lu</span></button></form>",
		    item.version, (unsigned long)item.id);
	}
	HTML(&t->html, "</div></li>\n");
	return 0;
}

/* What the history tells too: the listing and its undo, and the vote that
 * was enough for it. */
static bool
told_already(
    const struct zone_queue_event *e, const struct zone_queue_event *newer)
{
	if (strcmp(e->action, "approve") == 0 ||
	    strcmp(e->action, "undo") == 0) {
		return true;
	}
	return strcmp(e->action, "vote") == 0 && newer != NULL &&
	    strcmp(newer->action, "approve") == 0 && newer->item == e->item &&
	    strcmp(newer->by, e->by) == 0;
}

int
www_log(struct www_turn *t)
{
	unsigned long serial = INT64_MAX, event = INT64_MAX;
	struct zone_list_info lists[LISTS];
	struct zone_queue_event *events = NULL;
	struct zone_history_row row;
	struct zone_view *view = NULL;
	size_t n_events = 0, at = 0, shown = 0;
	int n_lists, more, r;

	if (!www_fields_number(
		&t->request->query, "serial", INT64_MAX, &serial) ||
	    !www_fields_number(
		&t->request->query, "event", INT64_MAX, &event)) {
		return www_page_say(t, 400, "No such page of the log",
		    "serial and event are numbers.");
	}
	r = zone_queue_log(www_site_queue(t->site), event, EVENTS, &t->arena,
	    &events, &n_events);
	if (r == 0) {
		r = www_view_open(t, &view);
	}
	if (r < 0) {
		return r;
	}
	www_page_begin(t, "Log", WWW_LOG);
	HTML(&t->html,
	    "<p class=\"mut\">Everything that was decided, newest first. "
	    "Nothing is ever removed from it.</p>\n<ol class=\"log\">\n");
	n_lists = zone_view_lists(view, lists, LISTS);
	r = n_lists < 0 ? n_lists : 0;
	n_lists = n_lists < LISTS ? n_lists : LISTS;
	more = r < 0 ? r : zone_history_before(view, serial, &row);
	while (r == 0 && more >= 0 && shown < ROWS) {
		if (at == n_events && (more == 0 || n_events == EVENTS)) {
			break; /* all, or what was read of the events */
		}
		if (more == 1 &&
		    (at == n_events || row.time >= events[at].time)) {
			r = history_row(t, view, lists, n_lists, &row);
			serial = row.serial - 1;
			more = zone_history_before(view, serial, &row);
			shown++;
		} else {
			event = events[at].number - 1;
			if (!told_already(
				&events[at], at > 0 ? &events[at - 1] : NULL)) {
				r = event_row(t, &events[at]);
				shown++;
			}
			at++;
		}
	}
	zone_view_close(&view);
	r = more < 0 ? more : r;
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "</ol>\n");
	if (shown == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>Nothing here</h2><p>No "
		    "decision was made yet, or none is older.</p></div>\n");
	}
	if (more == 1 || at < n_events || n_events == EVENTS) {
		HTML(&t->html,
		    "<nav class=\"pages\" aria-label=\"Pages\"><a "
		    "rel=\"next\" href=\"/log?serial=%lu&amp;event=%lu\">Older "
		    "→</a></nav>\n",
		    serial, event);
	}
	www_page_end(t, 200);
	return 0;
}
