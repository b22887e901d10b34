/* past.c - what was decided before. */
#include "www/past.h"

#include "www/lang.h"
#include "zone/history.h"

#define ROWS_LOOKED 2000 /* of the list's history */
#define KEYS_LOOKED 100000
#define ROWS_SHOWN 20
#define EVENTS_LOOKED 5000
#define EVENTS_SHOWN 50

/* One line of the card. */
struct event {
	int64_t time;
	uint64_t serial; /* 0: of the queue's log */
	uint64_t undoes;
	const char *by, *reason;
	const char *what; /* words, translated */
	const char *key;  /* "" for the item itself */
};

struct seeking {
	struct www_turn *t;
	const struct www_past_key *keys;
	uint16_t numbers[33];
	unsigned n;
	unsigned long looked;
	bool tired; /* there was more than is looked at */
	bool found;
	struct zone_history_key hit;
};

/* Is OTHER the key, or a network or domain around it? */
static bool
covers(const struct zone_key *other, const struct zone_key *key)
{
	if (key->kind == ZONE_KIND_IP) {
		return other->ip.ip.bits == key->ip.ip.bits &&
		    other->ip.plen <= key->ip.plen &&
		    net_ip_within(&key->ip.ip, &other->ip.ip, other->ip.plen);
	}
	return zone_key_compare(other, key) == 0;
}

static int
seek(const struct zone_history_key *hk, void *ctx)
{
	struct seeking *s = ctx;

	if (++s->looked > KEYS_LOOKED) {
		s->tired = true;
		return 1;
	}
	for (unsigned i = 0; i < s->n; i++) {
		if (hk->list == s->numbers[i] &&
		    hk->key.kind == s->keys[i].key.kind &&
		    covers(&hk->key, &s->keys[i].key)) {
			s->found = true;
			s->hit = *hk;
			return 1;
		}
	}
	return 0;
}

/* What HK, of a change for ACTION, did, in words. */
static const char *
words_of(struct www_turn *t, struct zone_view *view,
    const struct zone_history_row *row, const struct zone_history_key *hk)
{
	struct zone_detail d;
	bool exempt = hk->after != 0 &&
	    zone_view_detail(view, hk->after, &d) == 1 &&
	    zone_detail_exempt(&d);

	if (row->action == ZONE_ACTION_UNDO) {
		return hk->after == 0 ? T("took it out again (undo)")
		    : hk->before == 0 ? T("put it back (undo)")
				      : T("put it as it was (undo)");
	}
	if (row->action == ZONE_ACTION_SWEEP) {
		return T("it ended");
	}
	return hk->after == 0 ? T("took it out")
	    : exempt          ? T("exempted it")
	    : hk->before == 0 ? T("listed it")
			      : T("changed it");
}

static int
collect_store(struct www_turn *t, struct zone_view *view, struct seeking *s,
    struct event *rows, unsigned *n, bool *ret_all)
{
	char text[ZONE_KEY_TEXT];
	struct zone_history_row row;
	uint64_t at = UINT64_MAX;
	unsigned looked = 0, found = 0;
	int r;

	while ((r = zone_history_before(view, at, &row)) == 1 &&
	    looked++ < ROWS_LOOKED && !s->tired && found < ROWS_SHOWN) {
		struct event *e = &rows[*n];

		at = row.serial - 1;
		s->found = false;
		r = zone_history_keys(view, row.serial, seek, s);
		if (r < 0) {
			return r;
		}
		if (!s->found) {
			continue;
		}
		found++;
		*e = (struct event){
			.time = row.time,
			.serial = row.serial,
			.undoes = row.undoes,
			.by = arena_copy(&t->arena, row.by.at, row.by.len),
			.reason = arena_copy(
			    &t->arena, row.reason.at, row.reason.len),
			.what = words_of(t, view, &row, &s->hit),
			.key = arena_str(
			    &t->arena, zone_key_format(text, &s->hit.key)),
		};
		if (e->by == NULL || e->reason == NULL || e->key == NULL) {
			return ERR_NOMEM;
		}
		++*n;
	}
	*ret_all = r == 0 && !s->tired;
	return r < 0 ? r : 0;
}

static const char *
event_words(const struct www_turn *t, const char *action)
{
	static const char *const words[][2] = {
		{ "vote", N_("voted") },
		{ "approve", N_("settled it: listed") },
		{ "exempt", N_("settled it: never") },
		{ "dismiss", N_("dismissed it") },
		{ "reopen", N_("reopened it") },
		{ "withdraw", N_("withdrew the vote") },
		{ "undo", N_("took the decision back; it waits again") },
		{ "purge", N_("took the listing back; it waits again") },
		{ "seen again", N_("it was seen again and waits") },
		{ "note", N_("wrote a note") },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(action, words[i][0]) == 0) {
			return www_tr(t, words[i][1]);
		}
	}
	return action;
}

static int
collect_item(struct www_turn *t, const struct zone_item *item,
    struct event *rows, unsigned *n, bool *ret_all)
{
	struct zone_queue_event *events;
	size_t n_events;
	int r;

	r = zone_queue_log_of(www_site_queue(t->site), item, EVENTS_LOOKED,
	    EVENTS_SHOWN, &t->arena, &events, &n_events, ret_all);
	for (size_t i = 0; r == 0 && i < n_events; i++) {
		bool note = strcmp(events[i].action, "note") == 0;

		rows[(*n)++] = (struct event){
			.time = events[i].time,
			.by = events[i].by,
			.reason = note ? "" : events[i].reason,
			.what = event_words(t, events[i].action),
			.key = "",
		};
	}
	return r;
}

static void
sort(struct event *rows, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		struct event e = rows[i];
		unsigned k = i;

		for (; k > 0 && rows[k - 1].time < e.time; k--) {
			rows[k] = rows[k - 1];
		}
		rows[k] = e;
	}
}

static void
show(struct www_turn *t, const struct event *e)
{
	HTML(&t->html, "<li>");
	www_html_time(t, e->time);
	HTML(&t->html, " <span><b>%s</b> %s", e->by, e->what);
	if (e->key[0] != '\0') {
		HTML(&t->html, " <span class=\"key\">%s</span>", e->key);
	}
	if (e->serial != 0) {
		HTML(&t->html, " <a href=\"/log?serial=%lu\">#%lu</a>",
		    (unsigned long)e->serial, (unsigned long)e->serial);
	}
	if (e->undoes != 0) {
		HTML(&t->html, " <span class=\"tag\">↶ #%lu</span>",
		    (unsigned long)e->undoes);
	}
	if (e->reason[0] != '\0') {
		HTML(&t->html, " <q class=\"reason\">%s</q>", e->reason);
	}
	HTML(&t->html, "</span></li>");
}

int
www_past_card(struct www_turn *t, struct zone_view *view,
    const struct www_past_key *keys, unsigned n, const struct zone_item *item)
{
	struct seeking s = { .t = t, .keys = keys, .n = n < 33 ? n : 33 };
	struct event *rows =
	    arena_alloc(&t->arena, (ROWS_SHOWN + EVENTS_SHOWN + 1) * sizeof(*rows));
	bool all_keys = true, all_item = true;
	unsigned n_rows = 0;
	int r = 0;

	if (rows == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < s.n && r >= 0; i++) {
		r = zone_view_list(view, keys[i].list->name,
		    keys[i].list->kind, &s.numbers[i]);
		if (r == 0) {
			s.numbers[i] = UINT16_MAX; /* never used */
		}
	}
	if (r >= 0 && s.n > 0) {
		r = collect_store(t, view, &s, rows, &n_rows, &all_keys);
	}
	if (r >= 0 && item != NULL) {
		r = collect_item(t, item, rows, &n_rows, &all_item);
	}
	if (r < 0) {
		return r;
	}
	sort(rows, n_rows);
	HTML(&t->html,
	    "<section class=\"card\" aria-labelledby=\"h-past\">"
	    "<h2 id=\"h-past\">%s</h2>",
	    T("What was decided before"));
	if (n_rows > 0) {
		HTML(&t->html, "<ul class=\"evid\">");
		for (unsigned i = 0; i < n_rows; i++) {
			show(t, &rows[i]);
		}
		HTML(&t->html, "</ul>");
	} else {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    all_keys && all_item
			? T("Nothing yet.")
			: T("Nothing in the newest part of the log."));
	}
	if (n_rows > 0 && !(all_keys && all_item)) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("Older changes were not looked through; the log has "
		      "them."));
	}
	HTML(&t->html, "</section>\n");
	return 0;
}
