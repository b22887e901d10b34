/* Asking for removal, from the form to the ticket: what goes by itself, what
 * waits, everything that is refused, and what moderators do with it.
 */
#include "tests/unit/www_world.h"
#include "www/stamp.h"
#include "zone/find.h"
#include "zone/history.h"

static char vera[100], ada[100], bob[100];

/* ---- help -------------------------------------------------------------------
 */

static uint64_t
put(struct world *w, const char *text, int64_t until)
{
	const struct zone_config *config = www_site_config(w->site);
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_terms terms = {
		.person = true, .until = until, .forever = until == 0
	};
	struct zone_change_result result = { .serial = 0 };
	struct zone_change *c = NULL;
	struct zone_key key;

	CHECK(zone_key_parse(zone_key_guess(span_str(text)), span_str(text),
		  &key, NULL) == 0 &&
		zone_change_new(www_site_store(w->site), config, &c) == 0 &&
		zone_change_put(c, zone_config_list_of(config, key.kind), &key,
		    &terms, 0, NULL) == 0 &&
		zone_change_commit(&c, &why, &result, NULL) == 0,
	    "%s", text);
	zone_change_free(&c);
	www_site_release(w->site, config);
	return result.serial;
}

static bool
listed(struct world *w, const char *text)
{
	char query[100];
	struct answer a;
	bool yes;

	snprintf(query, sizeof(query), "q=%s", text);
	a = get(w, "/lookup.json", query, bob);
	yes = holds(&a, "\"listed\":true");
	CHECK(a.reply.status == 200, "%s", text);
	forget(&a);
	return yes;
}

/* A form for KEY of LIST, AGE seconds old. */
static const char *
form(struct world *w, const char *list, const char *key, const char *asked,
    int64_t age, const char *more)
{
	static char out[4000];
	char about[400], stamp[WWW_STAMP];

	snprintf(about, sizeof(about), "delist %s %s", list, key);
	www_stamp_make(stamp, www_site_key(w->site), when_boot() - age, about);
	snprintf(out, sizeof(out), "q=%s&list=%s&stamp=%s&website=%s", asked,
	    list, stamp, more);
	return out;
}

/* Send it as a visitor from 198.18.N.1. */
static struct answer
send_form(struct world *w, const char *path, const char *body, unsigned n)
{
	struct answer a = { .reply = { .status = 500 } };
	struct www_request request = {
		.method = WWW_POST,
		.path = path,
		.host = "localhost:8053",
		.fetch_site = "same-origin",
		.client = { .bytes = { 198, 18, (uint8_t)n, 1 }, .bits = 32 },
	};

	CHECK(www_fields_parse(span_str(body), &a.arena, &request.form) == 0,
	    "%s", body);
	www_answer(&request, &a.reply, w->site);
	if (a.reply.body.data == NULL) {
		buf_str(&a.reply.body, "");
	}
	return a;
}

static unsigned next_net = 10;

/* Ask for KEY from a network of its own; the ticket's path goes to RET. */
static unsigned
ask(struct world *w, const char *list, const char *key, char ret[100])
{
	struct answer a = send_form(w, "/delist",
	    form(w, list, key, key, 10, "&reason=we+fixed+it"), next_net++);
	unsigned status = a.reply.status;

	snprintf(ret, 100, "%.99s", a.reply.location);
	forget(&a);
	return status;
}

/* ---- refusals ------------------------------------------------------------ */

static void
refusals(struct world *w)
{
	static char longer[2200];
	struct digest before, after;
	struct answer a;

	(void)put(w, "203.0.114.50", when_now() + 86400);
	memset(longer, 'x', sizeof(longer) - 1);
	memcpy(longer, "&reason=", 8);
	longer[1100] = '\0';
	before = world_bytes(w);
	{
		const char *ip = "203.0.114.50";
		const struct {
			const char *name;
			unsigned status;
			const char *body;
		} cases[] = {
			{ "nothing", 403, "" },
			{ "no stamp", 403,
			    "q=203.0.114.50&list=ip&website=&reason=x" },
			{ "an empty stamp", 403,
			    "q=203.0.114.50&list=ip&website=&stamp=" },
			{ "a made-up stamp", 403,
			    "q=203.0.114.50&list=ip&website=&stamp=1000-"
			    "00000000000000000000000000000000" },
		};

		for (unsigned i = 0; i < COUNT(cases); i++) {
			a = send_form(w, "/delist", cases[i].body, 1);
			CHECK(a.reply.status == cases[i].status, "%s: %u",
			    cases[i].name, a.reply.status);
			CHECK(holds(&a, "Nothing was changed"), "%s says so",
			    cases[i].name);
			forget(&a);
		}
#define REFUSED(name, want, ...)                                               \
	do {                                                                   \
		a = send_form(w, "/delist", form(w, __VA_ARGS__), 1);          \
		CHECK(                                                         \
		    a.reply.status == (want), "%s: %u", name, a.reply.status); \
		CHECK(a.reply.location[0] == '\0', "%s leads nowhere", name);  \
		forget(&a);                                                    \
	} while (0)
		REFUSED("at once", 403, "ip", ip, ip, 0, "");
		REFUSED("after a second", 403, "ip", ip, ip, 1, "");
		REFUSED("after a day", 403, "ip", ip, ip, 86400, "");
		REFUSED("made tomorrow", 403, "ip", ip, ip, -86400, "");
		REFUSED(
		    "for another key", 403, "ip", "203.0.114.51", ip, 10, "");
		REFUSED("the trap is filled", 403, "ip", ip, ip, 10,
		    "http://spam.example");
		REFUSED("a blank in the trap", 403, "ip", ip, ip, 10, "+");
		REFUSED("a reason too long", 400, "ip", ip, ip, 10, longer);
		REFUSED("no such list", 400, "nothing", ip, ip, 10, "");
		REFUSED(
		    "a list of another kind", 400, "address", ip, ip, 10, "");
		REFUSED("no key", 400, "ip", ip, "%3Cx%3E", 10, "");
		REFUSED("host bits", 400, "ip", ip, "203.0.114.9/24", 10, "");
		REFUSED("not listed", 409, "ip", "203.0.118.1", "203.0.118.1",
		    10, "");
		REFUSED("more than the entry", 409, "ip", ip,
		    "203.0.114.48%2F29", 10, "");
		REFUSED("a test point", 409, "ip", "127.0.0.2", "127.0.0.2", 10,
		    "");
		REFUSED("waits, is not listed", 409, "ip", "203.0.114.9",
		    "203.0.114.9", 10, "");
	}
	/* the trap has to be there */
	{
		char body[300], stamp[WWW_STAMP];

		www_stamp_make(stamp, www_site_key(w->site), when_boot() - 9,
		    "delist ip 203.0.114.50");
		snprintf(body, sizeof(body), "q=203.0.114.50&list=ip&stamp=%s",
		    stamp);
		a = send_form(w, "/delist", body, 1);
		CHECK(a.reply.status == 403, "no trap: %u", a.reply.status);
		forget(&a);
	}
	/* from another site's page */
	a = ask_full(w, WWW_POST, "/delist", "",
	    form(w, "ip", "203.0.114.50", "203.0.114.50", 10, ""), NULL,
	    "cross-site");
	CHECK(a.reply.status == 403, "from elsewhere: %u", a.reply.status);
	forget(&a);
	/* never by GET, whatever is asked */
	{
		char query[1000];

		snprintf(query, sizeof(query), "%s",
		    form(w, "ip", "203.0.114.50", "203.0.114.50", 10,
			"&reason=x&do=grant&yes=1"));
		a = get(w, "/delist", query, NULL);
		CHECK(a.reply.status == 200, "a look-up: %u", a.reply.status);
		CHECK(holds(&a, "name=\"stamp\" value=\"") &&
			holds(&a, "Remove it now"),
		    "and a form");
		forget(&a);
		a = get(w, "/delist", query, bob);
		forget(&a);
		a = ask_full(w, WWW_HEAD, "/delist", query, "", NULL, NULL);
		forget(&a);
		a = get(w, "/removed", query, NULL);
		CHECK(a.reply.status == 200, "%u", a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
	CHECK(listed(w, "203.0.114.50"), "it is listed still");
}

/* ---- what goes by itself ------------------------------------------------- */

static void
by_itself(struct world *w)
{
	char path[100], again[100];
	struct answer a = get(w, "/delist", "q=203.0.114.50", NULL);

	CHECK(holds(&a, "removed at once, no questions asked"), "says so");
	CHECK(holds(&a, "method=\"post\" action=\"/delist\"") &&
		holds(&a, "name=\"list\" value=\"ip\""),
	    "the form");
	forget(&a);
	CHECK(ask(w, "ip", "203.0.114.50", path) == 303 &&
		strncmp(path, "/delist/", 8) == 0 && strlen(path) == 40,
	    "%s", path);
	CHECK(!listed(w, "203.0.114.50"), "gone at once");
	a = get(w, path, "", NULL);
	CHECK(a.reply.status == 200 && holds(&a, "Removed") &&
		holds(&a, "203.0.114.50 was taken off") &&
		holds(&a, "we fixed it"),
	    "the ticket: %u", a.reply.status);
	CHECK(!holds(&a, "delist</b>") && !holds(&a, "198.18."), "no more");
	forget(&a);
	a = get(w, "/lookup", "q=203.0.114.50", NULL);
	CHECK(holds(&a, "its removal was asked for"), "and the look-up");
	forget(&a);
	a = get(w, "/log", "", bob);
	CHECK(holds(&a, "delist") && holds(&a, "request ") &&
		!holds(&a, path + 8),
	    "the log has it, without the ticket");
	forget(&a);
	a = get(w, "/delist/00000000000000000000000000000000", "", NULL);
	CHECK(a.reply.status == 404, "another ticket: %u", a.reply.status);
	forget(&a);
	CHECK(ask(w, "ip", "203.0.114.50", again) == 409, "not listed now");

	/* it comes back: too soon for anybody */
	(void)put(w, "203.0.114.50", when_now() + 86400);
	a = send_form(w, "/delist",
	    form(w, "ip", "203.0.114.50", "203.0.114.50", 10, ""), next_net++);
	CHECK(a.reply.status == 429 && a.reply.retry_after > 3000 &&
		a.reply.retry_after <= 3600,
	    "an hour: %u, %u", a.reply.status, a.reply.retry_after);
	forget(&a);
	CHECK(listed(w, "203.0.114.50"), "and stays");
	a = get(w, "/delist", "q=203.0.114.50", NULL);
	CHECK(holds(&a, "It was removed before"), "it will take a person");
	forget(&a);
}

/* ---- what waits ---------------------------------------------------------- */

static void
waiting(struct world *w)
{
	static const struct {
		const char *list, *key;
		int64_t until; /* from now, 0: for good */
		const char *words;
	} cases[] = {
		{ "ip", "203.0.119.0/24", 86400,
		    "covers more than what you asked for" },
		{ "ip", "203.0.114.61", 0, "gave it no end" },
		{ "ip", "2a02:8::/48", 86400,
		    "covers more than what you asked for" },
		{ "address", "spam@example.org", 0, "gave it no end" },
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		char path[100], other[100], query[100];
		struct answer a;

		(void)put(w, cases[i].key,
		    cases[i].until != 0 ? when_now() + cases[i].until : 0);
		snprintf(query, sizeof(query), "q=%s", cases[i].key);
		a = get(w, "/delist", query, NULL);
		CHECK(
		    holds(&a, cases[i].words) && holds(&a, "Send the request"),
		    "%s explains", cases[i].key);
		forget(&a);
		CHECK(ask(w, cases[i].list, cases[i].key, path) == 303,
		    "%s: %s", cases[i].key, path);
		CHECK(listed(w, cases[i].key), "%s waits", cases[i].key);
		a = get(w, path, "", NULL);
		CHECK(holds(&a, "Waits for a moderator") &&
			holds(&a, cases[i].words),
		    "%s: its ticket says why", cases[i].key);
		forget(&a);
		CHECK(ask(w, cases[i].list, cases[i].key, other) == 409,
		    "%s: one is open", cases[i].key);
		a = get(w, "/delist", query, NULL);
		CHECK(holds(&a, "A request about it is open already") &&
			!holds(&a, "<textarea"),
		    "%s: the page says so", cases[i].key);
		forget(&a);
	}
}

/* So many a day for an address, four times as many for its network. */
static void
limited(struct world *w)
{
	unsigned done = 0;

	for (unsigned i = 0; i < 7; i++) {
		char key[40];
		struct answer a;

		snprintf(key, sizeof(key), "203.0.120.%u", i + 1);
		(void)put(w, key, when_now() + 86400);
		a = send_form(
		    w, "/delist", form(w, "ip", key, key, 10, ""), 200);
		CHECK(a.reply.status == (i < 5 ? 303u : 429u), "%u: %u", i,
		    a.reply.status);
		CHECK(i < 5 || (a.reply.retry_after > 3600 && listed(w, key)),
		    "wait %u", a.reply.retry_after);
		done += a.reply.status == 303;
		forget(&a);
	}
	CHECK(done == 5, "%u", done);
}

/* Four times as many for its network, whoever in it asks. */
static void
crowded(struct world *w)
{
	unsigned done = 0, refused = 0;

	for (unsigned i = 0; i < 25; i++) {
		struct answer a = { .reply = { .status = 500 } };
		struct www_request request = {
			.method = WWW_POST,
			.path = "/delist",
			.fetch_site = "same-origin",
			.client = { .bytes = { 198, 19, 7, (uint8_t)i },
			    .bits = 32 },
		};
		char key[40];

		snprintf(key, sizeof(key), "203.0.123.%u", i + 1);
		(void)put(w, key, when_now() + 86400);
		CHECK(www_fields_parse(
			  span_str(form(w, "ip", key, key, 10,
			      "&reason=%22%3E%3Cx-evil+on%3D1%3E")),
			  &a.arena, &request.form) == 0,
		    "form");
		www_answer(&request, &a.reply, w->site);
		done += a.reply.status == 303;
		refused += a.reply.status == 429;
		if (i == 0) {
			struct answer page =
			    get(w, a.reply.location, "", NULL);

			CHECK(page.reply.status == 200 &&
				holds(&page, "&lt;x-evil on=1&gt;") &&
				!holds(&page, "<x-evil"),
			    "what a visitor says is text");
			forget(&page);
		}
		forget(&a);
	}
	CHECK(done == 20 && refused == 5, "%u and %u", done, refused);
}

/* ---- moderators ---------------------------------------------------------- */

/* Post DO on the request whose page is at PATH. */
static unsigned
decide(struct world *w, const char *request, const char *what,
    const char *cookie, char version[100])
{
	char path[200], body[400], token[100];
	struct answer a = get(w, request, "", cookie);
	unsigned status;

	snprintf(path, sizeof(path), "%s/%s", request,
	    strcmp(what, "reopen") == 0 ? "reopen" : "decide");
	CHECK(hidden(&a, path, "token", token), "%s: a form", path);
	if (version[0] == '\0') {
		CHECK(hidden(&a, path, "version", version), "version");
	}
	forget(&a);
	snprintf(body, sizeof(body), "token=%s&version=%s&do=%s", token,
	    version, what);
	a = post(w, path, body, cookie);
	status = a.reply.status;
	if (status == 409) {
		CHECK(holds(&a, "was not entered") || holds(&a, "changed"),
		    "says who was faster");
	}
	forget(&a);
	return status;
}

/* The number of the open request about KEY. */
static void
request_of(struct world *w, const char *list, const char *key, char ret[100])
{
	struct arena arena = { 0 };
	struct zone_request *rows;
	size_t n = 0;

	CHECK(zone_request_about(www_site_queue(w->site), list, key, 1, &arena,
		  &rows, &n) == 0 &&
		n == 1,
	    "%s", key);
	snprintf(
	    ret, 100, "/requests/%lu", n == 1 ? (unsigned long)rows[0].id : 0);
	arena_free(&arena);
}

static uint64_t
rows_of_history(struct world *w)
{
	struct zone_view *view = NULL;
	uint64_t serial;

	CHECK(zone_view_open(www_site_store(w->site), &view) == 0 &&
		zone_view_renew(view) == 0,
	    "view");
	serial = zone_view_serial(view);
	zone_view_close(&view);
	return serial;
}

static void
moderating(struct world *w)
{
	char at[100], path[100], v[200], token[100], body[400];
	uint64_t serial;
	struct answer a;

	(void)put(w, "203.0.121.0/24", when_now() + 86400);
	CHECK(ask(w, "ip", "203.0.121.0/24", path) == 303, "asked");
	request_of(w, "ip", "203.0.121.0/24", at);

	a = get(w, "/queue", "", vera);
	CHECK(holds(&a, "Requests <span class=\"count\">"),
	    "how many wait stands in the bar");
	forget(&a);
	/* a viewer sees, and may not */
	a = get(w, at, "", vera);
	CHECK(a.reply.status == 200 && holds(&a, "we fixed it") &&
		!holds(&a, "value=\"grant\""),
	    "viewer: %u", a.reply.status);
	forget(&a);
	snprintf(body, sizeof(body), "%s/decide", at);
	a = post(w, body, "do=grant&version=1", vera);
	CHECK(a.reply.status == 403, "viewer posts: %u", a.reply.status);
	forget(&a);
	a = post(w, body, "do=grant&version=1", ada);
	CHECK(a.reply.status == 403, "no token: %u", a.reply.status);
	forget(&a);

	/* what makes no sense */
	a = get(w, at, "", ada);
	CHECK(hidden(&a, body, "token", token), "token");
	CHECK(holds(&a, "covers more than was asked for") &&
		holds(&a, "listed now") && holds(&a, "put it on") &&
		holds(&a, "198.18."),
	    "the dossier");
	forget(&a);
	{
		static const char *const bad[] = { "", "do=grant",
			"do=grant&version=0", "do=grant&version=x",
			"do=nothing&version=1", "version=1", "do=ask&version=1",
			"do=ask&version=1&answer=+",
			"do=grant&version=1&canned=99",
			"do=grant&version=1&canned=-1",
			"do=grant&version=1&canned=4", /* it says no */
			"do=deny&version=1&canned=1",  /* it says yes */
			"do=ask&version=1&canned=1" };
		struct digest before = world_bytes(w), after;

		for (unsigned i = 0; i < COUNT(bad); i++) {
			char form_body[400];

			snprintf(form_body, sizeof(form_body), "token=%s&%s",
			    token, bad[i]);
			a = post(w, body, form_body, ada);
			CHECK(a.reply.status == 400, "%s: %u", bad[i],
			    a.reply.status);
			forget(&a);
		}
		a = post(w, "/requests/999/decide", "do=grant&version=1", ada);
		CHECK(a.reply.status == 403, "another's token: %u",
		    a.reply.status);
		forget(&a);
		after = world_bytes(w);
		CHECK(same(&before, &after), "nothing was written");
	}

	/* a question, and its answer through the ticket */
	snprintf(v, sizeof(v),
	    "token=%s&version=1&do=ask&canned=7&answer=Also"
	    "+this",
	    token);
	a = post(w, body, v, ada);
	CHECK(a.reply.status == 303, "asked: %u", a.reply.status);
	forget(&a);
	v[0] = '1';
	v[1] = '\0';
	CHECK(decide(w, at, "deny", bob, v) == 409, "bob saw it before that");
	a = get(w, path, "", NULL);
	CHECK(holds(&a, "A question to you") &&
		holds(&a, "What was the cause") && holds(&a, "Also this") &&
		!holds(&a, ">ada") && !holds(&a, " ada"),
	    "the visitor is asked, not told by whom");
	forget(&a);
	{
		char stamp[WWW_STAMP], about[200], reply[300];
		static const char *const wrong[] = { "text=x&website=",
			"stamp=1-00000000000000000000000000000000&text=x"
			"&website=" };

		for (unsigned i = 0; i < COUNT(wrong); i++) {
			a = send_form(w, path, wrong[i], 3);
			CHECK(a.reply.status == 403, "%s: %u", wrong[i],
			    a.reply.status);
			forget(&a);
		}
		snprintf(about, sizeof(about), "ticket %s", path + 8);
		www_stamp_make(
		    stamp, www_site_key(w->site), when_boot() - 10, about);
		snprintf(
		    reply, sizeof(reply), "stamp=%s&text=%%20&website=", stamp);
		a = send_form(w, path, reply, 3);
		CHECK(a.reply.status == 400, "no words: %u", a.reply.status);
		forget(&a);
		snprintf(reply, sizeof(reply), "stamp=%s&text=a+worm&website=x",
		    stamp);
		a = send_form(w, path, reply, 3);
		CHECK(a.reply.status == 403, "the trap: %u", a.reply.status);
		forget(&a);
		snprintf(reply, sizeof(reply),
		    "stamp=%s&text=a+worm&website=", stamp);
		a = send_form(w, path, reply, 3);
		CHECK(a.reply.status == 303, "answered: %u", a.reply.status);
		forget(&a);
		a = send_form(w, path, reply, 3);
		CHECK(a.reply.status == 409, "twice: %u", a.reply.status);
		forget(&a);
	}
	/* granted, taken back, denied: one row of history each */
	serial = rows_of_history(w);
	v[0] = '\0';
	CHECK(decide(w, at, "grant", ada, v) == 303, "granted");
	CHECK(!listed(w, "203.0.121.7") && rows_of_history(w) == serial + 1,
	    "gone");
	a = get(w, path, "", NULL);
	CHECK(holds(&a, "was taken off the list"), "the ticket says so");
	forget(&a);
	{
		char reopen[200];

		snprintf(reopen, sizeof(reopen), "%s/decide", at);
		a = post(w, reopen, "do=deny&version=1", bob);
		CHECK(a.reply.status == 403, "no token: %u", a.reply.status);
		forget(&a);
	}
	v[0] = '\0';
	CHECK(decide(w, at, "reopen", bob, v) == 303, "taken back");
	CHECK(listed(w, "203.0.121.7") && rows_of_history(w) == serial + 2,
	    "and listed");
	v[0] = '\0';
	CHECK(decide(w, at, "deny", bob, v) == 303, "denied");
	CHECK(listed(w, "203.0.121.7") && rows_of_history(w) == serial + 2,
	    "it stays; no row of the lists");
	a = get(w, path, "", NULL);
	CHECK(holds(&a, "Not removed") && !holds(&a, "bob"),
	    "the ticket says so");
	forget(&a);
	a = get(w, "/requests", "state=closed", vera);
	CHECK(a.reply.status == 200 && holds(&a, "203.0.121.0/24") &&
		holds(&a, "by bob"),
	    "decided: %u", a.reply.status);
	forget(&a);
	a = get(w, at, "", ada);
	CHECK(holds(&a, "took it off") && holds(&a, "undo"),
	    "the dossier has what was taken back");
	forget(&a);
	{
		uint64_t rows = 0;
		struct err_text why = { "" };

		CHECK(zone_queue_verify(www_site_queue(w->site), &rows, &why) ==
			    0 &&
			rows >= 4,
		    "the queue's log: %s", why.text);
	}
}

/* Two days, seven days. */
static void
clocks(struct world *w)
{
	static const struct {
		int64_t age;
		const char *must, *not ;
	} cases[] = {
		{ 3600, "in the list", "more than" },
		{ 2 * 86400 + 60, "more than 2 days", "overdue" },
		{ 7 * 86400 + 60, "overdue", "more than 2 days" },
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct zone_request_word word = { .visitor = true,
			.time = when_now() - cases[i].age,
			.by = "",
			.text = "" };
		char key[40], path[40];
		struct zone_request q = { .why = ZONE_DELIST_OFF,
			.list = "ip",
			.key = key,
			.asked = key,
			.contact = "",
			.client = "",
			.words = &word,
			.n_words = 1 };
		struct zone_request_limits limits = { .now = word.time,
			.again = 60 };
		struct zone_request_added added;
		struct answer a;

		snprintf(key, sizeof(key), "203.0.122.%u", i);
		CHECK(zone_request_add(
			  www_site_queue(w->site), &q, &limits, &added) == 0,
		    "%s", key);
		snprintf(path, sizeof(path), "/requests/%lu",
		    (unsigned long)added.id);
		a = get(w, path, "", vera);
		CHECK(holds(&a, cases[i].must) ||
			strcmp(cases[i].must, "in the list") == 0,
		    "%s: %s", path, cases[i].must);
		CHECK(!holds(&a, cases[i].not ), "%s: %s", path, cases[i].not );
		forget(&a);
	}
}

/* Numbers of what went, and nothing else. */
static void
removed(struct world *w)
{
	struct answer a = get(w, "/removed.csv", "", NULL);

	CHECK(a.reply.status == 200 && a.reply.type == WWW_CSV &&
		holds(&a, "day,how,removed\r\n") && holds(&a, ",requested,") &&
		holds(&a, ",undone,") == false,
	    "%s", a.reply.body.data);
	CHECK(!holds(&a, "203.0"), "no key");
	forget(&a);
	a = get(w, "/removed", "", NULL);
	CHECK(
	    a.reply.status == 200 && holds(&a, "<td>") && !holds(&a, "203.0.1"),
	    "%u", a.reply.status);
	forget(&a);
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open_with(&w, "lookup-limit = 0");
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "%s", vera);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "%s", ada);
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "%s", bob);
	refusals(&w);
	by_itself(&w);
	waiting(&w);
	limited(&w);
	crowded(&w);
	moderating(&w);
	clocks(&w);
	removed(&w);
	world_close(&w);
	return failures != 0;
}
