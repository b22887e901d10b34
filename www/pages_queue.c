/* pages_queue.c - the queue: each row has what is needed to decide. */
#include "www/pages.h"

#include <stdio.h>

#include "www/lang.h"
#include "www/queue_done.h"
#include "www/queue_group.h"
#include "www/queue_row.h"

/* ---- the head ------------------------------------------------------------ */

static const char *const states[] = {
	[ZONE_WAITING] = N_("Waiting"),
	[ZONE_LISTED_ITEM] = N_("Listed"),
	[ZONE_DISMISSED] = N_("Dismissed"),
};

/* The same question in another state, order or grouping. */
static const char *
other(struct www_turn *t, const struct www_ask *ask, enum zone_item_state state,
    enum www_group group)
{
	struct www_ask o = *ask;
	const char *s;

	o.state = state;
	o.group = group;
	s = www_ask_write(&t->arena, &o, 1);
	if (s == NULL) {
		t->html.buf.bad = true;
		return "";
	}
	return s;
}

static void
tabs(struct www_turn *t, const struct www_ask *ask)
{
	uint64_t counts[3] = { 0 };

	if (zone_queue_counts(www_site_queue(t->site), counts) < 0) {
		memset(counts, 0, sizeof(counts));
	}
	HTML(&t->html, "<nav class=\"tabs\" aria-label=\"%s\">", T("State"));
	for (unsigned i = 0; i < 3; i++) {
		HTML(&t->html, "<a href=\"/queue?%s\"",
		    other(t, ask, (enum zone_item_state)i, ask->group));
		if (i == (unsigned)ask->state) {
			HTML(&t->html, " aria-current=\"true\"");
		}
		HTML(&t->html, ">%s <span class=\"n\"%s>%lu</span></a>",
		    www_tr(t, states[i]), i == 0 ? " data-count" : "",
		    (unsigned long)counts[i]);
	}
	HTML(&t->html, "</nav>\n");
}

static void
sorts(struct www_turn *t, const struct www_ask *ask)
{
	static const char *const words[WWW_SORTS] = {
		[WWW_SORT_USUAL] = N_("oldest first"),
		[WWW_SORT_NEWEST] = N_("newest first"),
		[WWW_SORT_REPORTS] = N_("most reports first"),
		[WWW_SORT_SEEN] = N_("last seen first"),
	};

	HTML(&t->html,
	    "<label class=\"unseen\" for=\"sort\">%s</label><select "
	    "id=\"sort\" name=\"sort\">",
	    T("Order"));
	for (unsigned i = 0; i < WWW_SORTS; i++) {
		HTML(&t->html, "<option value=\"%s\"%s>%s</option>",
		    www_sort_name((enum www_sort)i),
		    i == (unsigned)ask->sort ? " selected" : "",
		    i == WWW_SORT_USUAL && ask->state != ZONE_WAITING
			? T("last decided first")
			: www_tr(t, words[i]));
	}
	HTML(&t->html, "</select>");
}

/* What may be typed, in a table that opens below the box. */
static void
help(struct www_turn *t)
{
	static const struct {
		const char *write, *means;
	} rows[] = {
		{ "casino", N_("the word in any place") },
		{ "\"you have won\"", N_("these words together") },
		{ "203.0.114.0/24", N_("an address or network") },
		{ "from:shop", N_("From: or envelope sender") },
		{ "subject:invoice", N_("subject") },
		{ "submitter:maria", N_("who reported it") },
		{ "relay:dsl", N_("relay: address, HELO, reverse name") },
		{ "key:example.gr", N_("what may be listed") },
		{ "list:address", N_("a list it may go to") },
		{ "kind:arf",
		    N_("attachment, digest, inline, eml-attachment, arf, "
		       "resent, archive, mbox, tnef, raw, bounce, autoreply, "
		       "unknown") },
		{ "advice:instead", N_("list, instead, unsure, never, none") },
		{ "since:2d", N_("seen in the last two days; also a date") },
		{ "before:2026-11-20", N_("first seen before that day") },
		{ "-subject:invoice", N_("not so: before any of these") },
	};

	HTML(&t->html,
	    "<details class=\"how\"><summary>%s</summary><p>%s</p><dl>",
	    T("How to search"),
	    T("All that you write has to fit. Capitals and Greek accents "
	      "make no difference."));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		HTML(&t->html, "<div><dt><code>%s</code></dt><dd>%s</dd></div>",
		    rows[i].write, www_tr(t, rows[i].means));
	}
	HTML(&t->html, "</dl></details>\n");
}

static void
search(struct www_turn *t, const struct www_ask *ask)
{
	HTML(&t->html,
	    "<form class=\"find\" method=\"get\" action=\"/queue\" "
	    "role=\"search\"><input type=\"hidden\" name=\"state\" "
	    "value=\"%s\">",
	    zone_item_state_name(ask->state));
	if (ask->group != WWW_GROUP_NONE) {
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"group\" value=\"%s\">",
		    www_group_name(ask->group));
	}
	HTML(&t->html,
	    "<label class=\"unseen\" for=\"q\">%s</label><input id=\"q\" "
	    "name=\"q\" type=\"search\" value=\"%s\" maxlength=\"%u\" "
	    "placeholder=\"%s\" autocomplete=\"off\" spellcheck=\"false\"%s>",
	    T("Search in the queue"), ask->q, WWW_QUERY,
	    T("casino from:shop -kind:arf since:3d"),
	    ask->fault != WWW_FILTER_GOOD
		? " aria-invalid=true aria-describedby=fault"
		: "");
	sorts(t, ask);
	HTML(&t->html, "<button>%s</button></form>\n", T("Search"));
	if (ask->fault != WWW_FILTER_GOOD) {
		HTML(&t->html,
		    "<p class=\"note bad\" role=\"alert\" id=\"fault\"><span>");
		www_ask_fault(t, ask);
		HTML(&t->html, "</span></p>\n");
	}
}

static void
groups(struct www_turn *t, const struct www_ask *ask)
{
	HTML(&t->html, "<nav class=\"by\" aria-label=\"%s\"><span>%s</span>",
	    T("Groups"), T("Group by"));
	for (unsigned i = 0; i < WWW_GROUPS; i++) {
		HTML(&t->html, "<a href=\"/queue?%s\"%s>%s</a>",
		    other(t, ask, ask->state, (enum www_group)i),
		    i == (unsigned)ask->group ? " aria-current=true" : "",
		    www_group_words(t, (enum www_group)i));
	}
	HTML(&t->html, "</nav>\n");
}

/* How long the oldest one waits, and the way to look at one at a time. */
static int
age(struct www_turn *t)
{
	struct zone_item *oldest = NULL;
	uint64_t total = 0;
	size_t n = 0;
	int r;

	r = zone_queue_list(www_site_queue(t->site), ZONE_WAITING, 0, 1,
	    &t->arena, &oldest, &n, &total);
	if (r < 0 || n == 0) {
		return r;
	}
	HTML(&t->html, "<p class=\"sum\"><span>%s ",
	    T("The oldest was first seen"));
	www_html_ago(t, oldest[0].first);
	HTML(&t->html,
	    ".</span> <span><button type=\"button\" class=\"quiet keys\" "
	    "data-opens>%s <kbd>?</kbd></button> <a href=\"/queue/next\">%s"
	    "</a></span></p>\n",
	    T("Keys"), T("One at a time"));
	return 0;
}

/* ---- several at once ----------------------------------------------------- */

static void
bulk_bar(
    struct www_turn *t, const struct www_ask *ask, uint64_t total, size_t here)
{
	const char *at = www_ask_write(&t->arena, ask, ask->page);
	const char *all = www_ask_write(&t->arena, ask, 1);
	char token[WWW_TOKEN];

	if (at == NULL || all == NULL) {
		t->html.buf.bad = true;
		return;
	}
	/* the boxes of the rows name it by its id */
	HTML(&t->html,
	    "<form method=\"post\" action=\"/queue/bulk\" class=\"bulk\" "
	    "id=\"bulk\"><input type=\"hidden\" name=\"token\" "
	    "value=\"%s\">",
	    www_form_token(token, t->who.session.secret, "/queue/bulk"));
	HTML(&t->html, "<input type=\"hidden\" name=\"at\" value=\"%s\">", at);
	HTML(&t->html,
	    "<p class=\"which\"><label class=\"pick all\"><input "
	    "type=\"checkbox\" data-all> %s</label> <a class=\"nojs\" "
	    "href=\"/queue/bulk?%s&amp;page=%lu&amp;only=page\">",
	    T("All on this page"), all, ask->page);
	www_say(t, TN("Choose the %u here", "Choose the %u here", here),
	    (unsigned)here);
	HTML(&t->html, "</a>");
	if (total > here) {
		HTML(&t->html, " <a href=\"/queue/bulk?%s\">", all);
		www_say(t, TN("Choose all %lu", "Choose all %lu", total),
		    (unsigned long)total);
		HTML(&t->html, "</a>");
	}
	HTML(&t->html,
	    "</p><label class=\"unseen\" for=\"bulk-reason\">%s</label>"
	    "<input id=\"bulk-reason\" name=\"reason\" maxlength=\"500\" "
	    "placeholder=\"%s\" autocomplete=\"off\">",
	    T("One reason for all that are chosen"),
	    T("One reason for all that are chosen"));
	HTML(&t->html, "<div class=\"what\">");
	if (ask->state == ZONE_WAITING) {
		HTML(&t->html,
		    "<button name=\"do\" value=\"list\">%s</button>"
		    "<button name=\"do\" value=\"address\">%s</button>"
		    "<button name=\"do\" value=\"dismiss\">%s</button>",
		    T("List what is proposed"), T("List the address instead"),
		    T("Dismiss"));
	} else {
		HTML(&t->html, "<button name=\"do\" value=\"undo\">%s</button>",
		    T("Undo these"));
	}
	HTML(&t->html, "</div></form>\n");
}

/* ---- keys ---------------------------------------------------------------- */

bool
www_keys_on(const struct www_turn *t)
{
	struct span value;

	return t->request->cookie == NULL ||
	    !www_cookie_get(span_str(t->request->cookie), "keys", &value) ||
	    !span_is(value, "off");
}

static void
keys(struct www_turn *t)
{
	static const struct {
		const char *key, *means;
	} rows[] = {
		{ "j", N_("next item") },
		{ "k", N_("item before") },
		{ "x", N_("choose it") },
		{ "o", N_("open it") },
		{ "l", N_("list what is proposed") },
		{ "a", N_("list the address instead") },
		{ "d", N_("dismiss") },
		{ "u", N_("undo the last") },
		{ "n", N_("note, in an open item") },
		{ "/", N_("search") },
		{ "?", N_("these keys") },
	};
	bool on = www_keys_on(t);

	HTML(&t->html,
	    "<dialog id=\"keys\" aria-labelledby=\"h-keys\"><h2 "
	    "id=\"h-keys\">%s</h2><dl>",
	    T("Keys"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		HTML(&t->html, "<div><dt><kbd>%s</kbd></dt><dd>%s</dd></div>",
		    rows[i].key, www_tr(t, rows[i].means));
	}
	HTML(&t->html, "</dl><p>%s</p>",
	    on ? T("They work on the item that has the focus.")
	       : T("They are switched off."));
	www_form_begin(t, "/queue/keys", "inline");
	HTML(&t->html,
	    "<button name=\"do\" value=\"%s\">%s</button></form> <form "
	    "method=\"dialog\" class=\"inline\"><button>%s</button></form>"
	    "</dialog>\n",
	    on ? "off" : "on", on ? T("Switch them off") : T("Switch them on"),
	    T("Close"));
}

/* ---- the page ------------------------------------------------------------ */

static void
nothing(struct www_turn *t, const struct www_ask *ask)
{
	const char *title, *text;

	if (ask->page > 1) {
		title = T("Nothing on this page");
		text = T("There are fewer items than that.");
	} else if (ask->fault != WWW_FILTER_GOOD) {
		title = T("Not searched");
		text = T("Change what you typed, and search again.");
	} else if (ask->q[0] != '\0') {
		title = T("Nothing fits");
		text = T("No item here has all that you asked for.");
	} else if (ask->state == ZONE_WAITING) {
		title = T("Nothing waits");
		text = T("Every report has been decided. New ones appear here "
			 "as they come in.");
	} else if (ask->state == ZONE_LISTED_ITEM) {
		title = T("Nothing was listed yet");
		text = T("What you decide will be kept here.");
	} else {
		title = T("Nothing was dismissed yet");
		text = T("What you decide will be kept here.");
	}
	HTML(&t->html, "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
	    title, text);
}

static int
list(struct www_turn *t, const struct www_ask *ask, const char *at,
    uint64_t *ret_total)
{
	struct www_row_place place = { .at = at, .form = "bulk" };
	struct www_found found = { .n = 0 };
	struct zone_view *view = NULL;
	int r;

	r = www_ask_find(
	    t, ask, (ask->page - 1) * WWW_PER_PAGE, WWW_PER_PAGE, &found);
	if (r < 0 || found.n == 0) {
		return r;
	}
	*ret_total = found.total;
	if (www_may(t, ZONE_MODERATOR)) {
		bulk_bar(t, ask, found.total, found.n);
	}
	r = www_view_open(t, &view);
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<ol class=\"items\" data-keys=\"%s\">\n",
	    www_keys_on(t) ? "on" : "off");
	for (size_t i = 0; i < found.n && r == 0; i++) {
		place.next = i + 1 < found.n ? found.items[i + 1].id : 0;
		r = www_queue_row(t, view, &found.items[i], &place);
	}
	HTML(&t->html, "</ol>\n");
	zone_view_close(&view);
	return r;
}

int
www_queue(struct www_turn *t)
{
	struct www_ask ask;
	uint64_t total = 0;
	const char *at, *to;
	bool known;
	int r;

	r = www_ask_read(t, &t->request->query, &ask, &known);
	if (r < 0) {
		return r;
	}
	if (!known) {
		return www_page_say(t, 400, T("No such list"), "%s",
		    T("The address names a state, an order, a grouping or a "
		      "page that is not there."));
	}
	at = www_ask_write(&t->arena, &ask, ask.page);
	to = www_ask_write(&t->arena, &ask, 1);
	if (at == NULL || to == NULL) {
		return ERR_NOMEM;
	}
	www_page_begin(t, T("Queue"), WWW_QUEUE);
	r = www_queue_flash(t, at);
	if (r == 0) {
		r = age(t);
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html,
	    "<div class=\"flash\" id=\"said\" role=\"status\" "
	    "aria-live=\"polite\" hidden></div>\n");
	tabs(t, &ask);
	search(t, &ask);
	help(t);
	groups(t, &ask);
	if (ask.fault == WWW_FILTER_GOOD) {
		r = ask.group != WWW_GROUP_NONE
		    ? www_queue_groups(t, &ask, &total)
		    : list(t, &ask, at, &total);
	}
	if (r < 0) {
		return r;
	}
	if (total == 0 || (ask.page - 1) * WWW_PER_PAGE >= total) {
		nothing(t, &ask);
	}
	keys(t);
	to = arena_fmt(&t->arena, "/queue?%s&page=", to);
	if (to == NULL) {
		return ERR_NOMEM;
	}
	www_html_pages(t, to, ask.page, total, WWW_PER_PAGE);
	www_page_end(t, ask.fault == WWW_FILTER_GOOD ? 200 : 400);
	return 0;
}
