/* The log: both logs in one order, every filter, pages that stay what they are
 * while people work, files, one change, and a chain that was broken. */
#include "tests/unit/www_world.h"

#include <jansson.h>
#include <unistd.h>

#include "www/chain.h"
#include "zone/queue_priv.h"
#include "zone/queue_tell.h"
#include "zone/submitters.h"
#include "zone/view_priv.h"

static char vera[100], ada[100], bob[100];

static uint64_t
change(struct world *w, const char *by, const char *list,
    const char *const *keys, size_t n, const char *source, const char *reason,
    enum zone_action action)
{
	const struct zone_config *config = www_site_config(w->site);
	const struct zone_list_conf *conf =
	    zone_config_list(config, span_str(list));
	struct zone_terms terms = { .reason = reason, .person = true };
	struct zone_why why = { by, action, source, reason };
	struct zone_change_result result = { 0 };
	struct zone_change *c = NULL;
	struct err_text text = { "" };
	int r = zone_change_new(www_site_store(w->site), config, &c);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct zone_key key;

		r = zone_key_parse(conf->kind, span_str(keys[i]), &key, &text);
		if (r == 0) {
			r = action == ZONE_ACTION_REMOVE
			    ? zone_change_remove(c, conf, &key, 0)
			    : zone_change_put(c, conf, &key, &terms, 0, &text);
		}
	}
	if (r == 0) {
		r = zone_change_commit(&c, &why, &result, &text);
	}
	CHECK(r == 0, "change %s: %s", keys[0], text.text);
	zone_change_free(&c);
	www_site_release(w->site, config);
	return result.serial;
}

#define ONE(w, by, list, key, source, reason, action)                        \
	change(w, by, list, (const char *const[]){ key }, 1, source, reason, \
	    action)

static unsigned
times(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text++) {
		n++;
	}
	return n;
}

#define ROW "<li class=\"card logrow\">"

static void
filters(struct world *w)
{
	static const struct {
		const char *query;
		unsigned rows;
	} cases[] = {
		{ "", 6 },
		{ "by=ada", 3 },
		{ "by=ADA", 3 },
		{ "by=ad", 0 },
		{ "action=remove", 1 },
		{ "action=keep", 1 },
		{ "list=address", 1 },
		{ "list=nothing", 0 },
		{ "source=feed", 1 },
		{ "source=FEED", 1 },
		{ "key=203.0.115.1", 3 },
		{ "key=203.0.115.0%2F24", 5 },
		{ "key=203.0.115.128%2F25", 3 },
		{ "key=203.0.112.0%2F20", 5 },
		{ "key=2001%3Adb8%3A%3A1", 0 },
		{ "key=x%40example.gr", 1 },
		{ "q=hacked", 1 },
		{ "q=203.0.115.200", 2 },
		{ "by=ada&action=add", 3 },
		{ "by=ada&action=remove", 0 },
		{ "since=2020-01-01", 6 },
		{ "since=2100-01-01", 0 },
		{ "before=2020-01-01", 0 },
		{ "before=2100-01-01", 6 },
		{ "serial=1", 2 },
		{ "q=%3Cx-evil", 1 },
		{ "by=%3Cx-evil%3E", 0 },
		{ "action=%3Cx-evil%3E", 0 },
	};
	static const char *const refused[] = { "serial=x", "event=-1",
		"since=yesterday", "before=2026-13-01", "key=not%20a%20key%21",
		"serial=99999999999999999999" };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer a = get(w, "/log", cases[i].query, vera);
		unsigned n = times(a.reply.body.data, ROW);

		CHECK(a.reply.status == 200 && n == cases[i].rows,
		    "%s: %u, %u rows", cases[i].query, a.reply.status, n);
		CHECK(!holds(&a, "<x-evil"), "%s", cases[i].query);
		forget(&a);
	}
	for (size_t i = 0; i < COUNT(refused); i++) {
		static const char *const paths[] = { "/log", "/log.csv",
			"/log.jsonl" };

		for (size_t k = 0; k < COUNT(paths); k++) {
			struct answer a = get(w, paths[k], refused[i], vera);

			CHECK(a.reply.status == 400, "%s?%s: %u", paths[k],
			    refused[i], a.reply.status);
			forget(&a);
		}
	}
}

/* The address behind "Older"; false: there is none. */
static bool
older(const struct answer *a, char ret[200])
{
	const char *at =
	    strstr(a->reply.body.data, "rel=\"next\" href=\"/log?");
	size_t n = 0;

	if (at == NULL) {
		return false;
	}
	for (at = strstr(at, "/log?") + 5; *at != '"' && n < 199; at++) {
		if (strncmp(at, "&amp;", 5) == 0) {
			ret[n++] = '&';
			at += 4;
		} else {
			ret[n++] = *at;
		}
	}
	ret[n] = '\0';
	return true;
}

/* To the end, each row once, while others go on working. */
static void
pages(struct world *w)
{
	char query[200] = "key=203.0.116.0%2F24";
	unsigned rows = 0, pages = 0;
	bool seen[131] = { false };

	for (unsigned i = 1; i <= 130; i++) {
		char key[32];

		snprintf(key, sizeof(key), "203.0.116.%u", i);
		(void)ONE(w, "ada", "ip", key, "", "", ZONE_ACTION_ADD);
	}
	for (;;) {
		struct answer a = get(w, "/log", query, vera);
		const char *at = a.reply.body.data;

		rows += times(at, ROW);
		while ((at = strstr(at, ">203.0.116.")) != NULL) {
			unsigned n = (unsigned)atoi(at + 11);

			CHECK(n > 0 && n <= 130 && !seen[n], "%u twice", n);
			seen[n <= 130 ? n : 0] = true;
			at++;
		}
		(void)ONE(w, "bob", "ip", "203.0.116.200", "", "",
		    pages % 2 == 0 ? ZONE_ACTION_ADD : ZONE_ACTION_REMOVE);
		pages++;
		if (!older(&a, query) || pages > 10) {
			forget(&a);
			break;
		}
		CHECK(strstr(query, "key=203.0.116.0%2F24&") == query,
		    "the search goes along: %s", query);
		forget(&a);
	}
	CHECK(rows == 130 && pages == 3, "%u rows on %u pages", rows, pages);
}

static void
files(struct world *w)
{
	struct answer a = get(w, "/log.csv", "key=203.0.115.0%2F24", vera);
	json_t *j;
	char *line, *rest;

	CHECK(a.reply.status == 200 && a.reply.type == WWW_CSV &&
		strcmp(a.reply.attachment, "log.csv") == 0,
	    "%u", a.reply.status);
	CHECK(times(a.reply.body.data, "\r\n") == 1 + 6,
	    "a line for each key: %s", a.reply.body.data);
	CHECK(holds(&a, "\"'=HYPERLINK(1)\""), "no formula: %s",
	    a.reply.body.data);
	forget(&a);
	a = get(w, "/log.jsonl", "", bob);
	CHECK(a.reply.status == 200 && a.reply.type == WWW_JSONL, "%u",
	    a.reply.status);
	rest = a.reply.body.data;
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		j = json_loads(line, 0, NULL);
		CHECK(json_is_object(j) &&
			json_is_string(json_object_get(j, "kind")),
		    "%s", line);
		json_decref(j);
	}
	forget(&a);
	a = get(w, "/log.csv", "", NULL);
	CHECK(a.reply.status == 401, "not for everybody: %u", a.reply.status);
	forget(&a);
}

static void
one_change(struct world *w)
{
	const char *many[250];
	static char text[250][32];
	struct answer a;
	uint64_t serial;
	char path[40], token[100], form[200];

	for (unsigned i = 0; i < 250; i++) {
		snprintf(text[i], sizeof(text[i]), "203.0.117.%u", i);
		many[i] = text[i];
	}
	serial = change(w, "ada", "ip", many, 250, "feed", "many " EVIL,
	    ZONE_ACTION_IMPORT);
	snprintf(path, sizeof(path), "/log/%lu", (unsigned long)serial);
	a = get(w, path, "", vera);
	CHECK(a.reply.status == 200 &&
		times(a.reply.body.data, "<th scope=\"row\">") == 100 &&
		holds(&a, "page=2") && !holds(&a, "<x-evil"),
	    "%u", a.reply.status);
	CHECK(!holds(&a, "/undo"), "a viewer takes nothing back");
	forget(&a);
	a = get(w, path, "page=3", ada);
	CHECK(times(a.reply.body.data, "<th scope=\"row\">") == 50 &&
		holds(&a, ">203.0.117.249<"),
	    "the last page");
	snprintf(path, sizeof(path), "/log/%lu/undo", (unsigned long)serial);
	CHECK(hidden(&a, path, "token", token), "a form");
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&reason=oops", token);
	a = post(w, path, form, ada);
	CHECK(a.reply.status == 303, "undone: %u", a.reply.status);
	forget(&a);
	snprintf(path, sizeof(path), "/log/%lu", (unsigned long)serial);
	a = get(w, path, "", ada);
	CHECK(holds(&a, "Taken back by") && !holds(&a, "/undo\""),
	    "and it says so");
	forget(&a);
	a = get(w, "/log/99999", "", vera);
	CHECK(a.reply.status == 404, "none: %u", a.reply.status);
	forget(&a);
	a = get(w, path, "page=0", vera);
	CHECK(a.reply.status == 400, "page 0: %u", a.reply.status);
	forget(&a);
	a = get(w, path, "page=2147483647", vera);
	CHECK(a.reply.status == 200, "beyond the end: %u", a.reply.status);
	forget(&a);
}

static int
spoil(struct zone_txn *txn, void *ctx)
{
	uint8_t key[8] = { 0, 0, 0, 0, 0, 0, 0, 2 };
	enum zone_table table = *(enum zone_table *)ctx;
	struct zone_bytes value;
	struct buf b = { 0 };
	int r = zone_txn_get(txn, table, key, sizeof(key), &value);

	CHECK(r == 1, "there is a row: %d", r);
	buf_add(&b, value.at, value.len);
	b.data[b.len - 1] ^= 1;
	r = zone_txn_put(txn, table, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	return r;
}

static void
verify_now(struct world *w, const char *cookie, unsigned want)
{
	struct answer page = get(w, "/log", "", bob);
	char token[100] = "x", form[200];
	struct answer a;

	(void)hidden(&page, "/log/verify", "token", token);
	snprintf(form, sizeof(form), "token=%s", token);
	a = post(w, "/log/verify", form, cookie);
	CHECK(a.reply.status == want, "verify: %u", a.reply.status);
	forget(&a);
	forget(&page);
	while (www_chain_state(www_site_chain(w->site)).running) {
		usleep(1000);
	}
}

static void
chains(struct world *w)
{
	enum zone_table table = ZONE_T_HISTORY;
	struct www_chain_state s;
	struct answer a = get(w, "/log", "", vera);

	CHECK(holds(&a, "was not yet since the program started") &&
		!holds(&a, "/log/verify"),
	    "not looked at; a viewer cannot ask");
	forget(&a);
	www_site_tick(w->site);
	s = www_chain_state(www_site_chain(w->site));
	CHECK(s.word == WWW_CHAIN_WHOLE && s.complete && s.serial > 130 &&
		s.event == 1,
	    "%d %s", s.word, s.why.text);
	(void)ONE(w, "ada", "ip", "203.0.118.1", "", "", ZONE_ACTION_ADD);
	www_site_tick(w->site);
	CHECK(www_chain_state(www_site_chain(w->site)).serial == s.serial + 1,
	    "on from there");
	a = get(w, "/log", "", bob);
	CHECK(holds(&a, "Verified: nothing was changed"), "told");
	forget(&a);
	verify_now(w, vera, 403);
	verify_now(w, ada, 403);
	verify_now(w, NULL, 401);
	verify_now(w, bob, 303);
	CHECK(www_chain_state(www_site_chain(w->site)).word == WWW_CHAIN_WHOLE,
	    "still");

	/* an old row, which the tick has passed already */
	CHECK(zone_store_write(www_site_store(w->site), spoil, &table) == 0,
	    "spoil");
	verify_now(w, bob, 303);
	s = www_chain_state(www_site_chain(w->site));
	CHECK(s.word == WWW_CHAIN_BROKEN &&
		strstr(s.why.text, "serial 2") != NULL,
	    "%d %s", s.word, s.why.text);
	a = get(w, "/log", "", vera);
	CHECK(a.reply.status == 200 && holds(&a, "role=\"alert\"") &&
		holds(&a, "serial 2"),
	    "everybody is told: %u", a.reply.status);
	forget(&a);
	a = get(w, "/log", "serial=5", vera);
	CHECK(a.reply.status == 200 && holds(&a, "<b>#2</b>") &&
		holds(&a, "href=\"/log/1\""),
	    "the others stay in reach: %u", a.reply.status);
	forget(&a);
	a = get(w, "/log/2", "", vera);
	CHECK(a.reply.status == 503, "%u", a.reply.status);
	forget(&a);
	a = get(w, "/log.jsonl", "serial=5", vera);
	CHECK(a.reply.status == 200 && holds(&a, "\"damaged\""), "%u",
	    a.reply.status);
	forget(&a);
	/* repaired: a whole run takes the alarm back */
	CHECK(zone_store_write(www_site_store(w->site), spoil, &table) == 0,
	    "mend");
	verify_now(w, bob, 303);
	CHECK(www_chain_state(www_site_chain(w->site)).word == WWW_CHAIN_WHOLE,
	    "whole again");
	/* the other log */
	table = ZONE_T_EVENTS;
	CHECK(zone_queue_tell(www_site_queue(w->site), "ada", "note", "x") == 0,
	    "an event");
	CHECK(zone_store_write(
		  ((struct zone_queue *)(void *)www_site_queue(w->site))->store,
		  spoil, &table) == 0,
	    "spoil");
	www_site_tick(w->site);
	s = www_chain_state(www_site_chain(w->site));
	CHECK(
	    s.word == WWW_CHAIN_BROKEN && strstr(s.why.text, "event 2") != NULL,
	    "by the tick: %d %s", s.word, s.why.text);
}

static void
reading(struct world *w)
{
	static const char *const paths[] = { "/log", "/log.csv", "/log.jsonl",
		"/log/1" };
	struct digest before = world_bytes(w), after;

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct answer a =
		    get(w, paths[i], "key=203.0.115.1&q=x&by=ada", bob);

		CHECK(
		    a.reply.status == 200, "%s: %u", paths[i], a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

int
main(void)
{
	static const char *const two[] = { "203.0.115.1", "203.0.115.200" };
	struct world w;

	world_open(&w);
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303 &&
		log_in(&w, "ada", PASSWORD, ada) == 303 &&
		log_in(&w, "bob", PASSWORD, bob) == 303,
	    "log in");
	(void)ONE(&w, "ada", "ip", "203.0.115.1", "", "=HYPERLINK(1)",
	    ZONE_ACTION_ADD);
	(void)change(&w, "ada", "ip", two, 2, "", "hacked", ZONE_ACTION_ADD);
	(void)ONE(&w, "ada", "ip", "203.0.115.128/26", "", "", ZONE_ACTION_ADD);
	(void)ONE(&w, "bob", "address", "x@example.gr", "Feed", EVIL,
	    ZONE_ACTION_IMPORT);
	(void)ONE(&w, "bob", "ip", "203.0.115.200", "", "", ZONE_ACTION_REMOVE);
	CHECK(zone_queue_tell(www_site_queue(w.site), "bob", "keep",
		  "203.0.115.1 in ip: looked at") == 0,
	    "an event");
	filters(&w);
	files(&w);
	reading(&w);
	pages(&w);
	one_change(&w);
	chains(&w);
	world_close(&w);
	return failures > 0;
}
