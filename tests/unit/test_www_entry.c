/* The page of one entry: found by the number of its terms, also when several
 * share it; taken out or given another end only while it is what was shown.
 */
#include "tests/unit/www_world.h"
#include "zone/find.h"

static char ada[100], bob[100], vera[100];

/* List KEYS together; the number of their terms. */
static unsigned
list(struct world *w, const char *const *keys, size_t n, const char *reason)
{
	const struct zone_config *config = www_site_config(w->site);
	const struct zone_list_conf *ip = zone_config_list(config, span_str("ip"));
	struct zone_terms t = { .person = true,
		.reason = reason,
		.source = "cli",
		.evidence = "item 1" };
	struct zone_why why = { .by = "root", .action = ZONE_ACTION_ADD,
		.reason = "made" };
	struct zone_change *c = NULL;
	struct zone_change_result result;
	struct zone_view *view = NULL;
	struct err_text text = { "" };
	struct zone_entry e = { .detail = 0 };
	struct zone_key key;
	uint16_t number;

	CHECK(zone_change_new(www_site_store(w->site), config, &c) == 0, "new");
	for (size_t i = 0; i < n; i++) {
		CHECK(zone_key_parse(ZONE_KIND_IP, span_str(keys[i]), &key,
			  &text) == 0 &&
			zone_change_put(c, ip, &key, &t, 0, &text) == 0,
		    "%s", text.text);
	}
	CHECK(zone_change_commit(&c, &why, &result, &text) == 0, "%s",
	    text.text);
	CHECK(zone_view_open(www_site_store(w->site), &view) == 0 &&
		zone_view_renew(view) == 0 &&
		zone_view_list(view, "ip", ZONE_KIND_IP, &number) == 1 &&
		zone_find_exact(view, number, &key, &e) == 1,
	    "find");
	zone_view_close(&view);
	www_site_release(w->site, config);
	return e.detail;
}

static bool
listed(struct world *w, const char *key)
{
	char query[64];
	struct answer a;
	bool yes;

	snprintf(query, sizeof(query), "q=%s", key);
	a = get(w, "/lookup.json", query, NULL);
	yes = holds(&a, "\"listed\":true");
	forget(&a);
	return yes;
}

static void
fill(struct world *w, const char *cookie, unsigned id, const char *what,
    const char *more, char path[64], char form[400])
{
	char page[32], token[100], key[100];
	struct answer a;

	snprintf(page, sizeof(page), "/entry/%u", id);
	snprintf(path, 64, "/entry/%u/%s", id, what);
	a = get(w, page, "", cookie);
	CHECK(hidden(&a, path, "token", token), "entry %u has %s: %u", id, what,
	    a.reply.status);
	if (!hidden(&a, path, "key", key)) {
		snprintf(key, sizeof(key), "none");
	}
	snprintf(form, 400, "token=%s&key=%s&%s", token, key, more);
	forget(&a);
}

static void
shown(struct world *w)
{
	static const char *const one[] = { "203.0.114.70" };
	static const char *const many[] = { "203.0.114.71", "203.0.114.72" };
	unsigned id = list(w, one, 1, EVIL), both = list(w, many, 2, "both");
	char page[32], query[64];
	struct answer a;

	snprintf(page, sizeof(page), "/entry/%u", id);
	a = get(w, page, "", vera);
	CHECK(a.reply.status == 200 && holds(&a, "203.0.114.70") &&
		holds(&a, "x-evil on=1") && !holds(&a, "<x-evil") &&
		holds(&a, "/queue/1\"") && holds(&a, "listed it") &&
		holds(&a, "It is in force"),
	    "its terms and its past: %u", a.reply.status);
	CHECK(!holds(&a, "/undo") && !holds(&a, "/remove") &&
		!holds(&a, "/until") &&
		!holds(&a, "name=\"note\""),
	    "a viewer has no buttons");
	forget(&a);
	a = get(w, page, "key=203.0.114.71", vera);
	CHECK(a.reply.status == 404, "not about that key: %u", a.reply.status);
	forget(&a);
	a = get(w, page, "key=%3Cx-evil%3E", vera);
	CHECK(a.reply.status == 404 && !holds(&a, "<x-evil"), "nor that: %u",
	    a.reply.status);
	forget(&a);
	snprintf(page, sizeof(page), "/entry/%u", both);
	a = get(w, page, "", ada);
	snprintf(query, sizeof(query), "/entry/%u?key=203.0.114.72", both);
	CHECK(a.reply.status == 200 && holds(&a, query) &&
		!holds(&a, "/remove"),
	    "which of both: %u", a.reply.status);
	forget(&a);
	a = get(w, page, "key=203.0.114.72", ada);
	CHECK(a.reply.status == 200 && holds(&a, "/remove"), "that one: %u",
	    a.reply.status);
	forget(&a);
	a = get(w, "/entry/999", "", ada);
	CHECK(a.reply.status == 404, "none: %u", a.reply.status);
	forget(&a);
	a = get(w, "/entry/4294967297", "", ada);
	CHECK(a.reply.status == 404, "no such number: %u", a.reply.status);
	forget(&a);
	a = get(w, page, "key=203.0.114.72", NULL);
	CHECK(a.reply.status == 401, "not for visitors: %u", a.reply.status);
	forget(&a);
}

static void
refused(struct world *w)
{
	static const char *const one[] = { "203.0.114.73" };
	static const struct {
		const char *what, *more;
		unsigned status;
	} cases[] = {
		{ "remove", "", 400 },
		{ "remove", "reason=+", 400 },
		{ "until", "reason=x", 400 },
		{ "until", "until=", 400 },
		{ "until", "until=x", 400 },
		{ "until", "until=0d", 400 },
		{ "until", "until=date", 400 },
		{ "until", "until=date&date=2001-01-01", 400 },
		{ "until", "until=600w", 400 },
		{ "until", "until=never", 422 },
		{ "note", "about=203.0.114.73", 400 },
		{ "note", "note=x&about=203.0.114.74", 404 },
		{ "note", "note=x&about=" , 404 },
	};
	unsigned id = list(w, one, 1, "because");
	struct digest before, after;
	char path[64], form[400];
	struct answer a;

	before = world_bytes(w);
	for (size_t i = 0; i < COUNT(cases); i++) {
		fill(w, ada, id, cases[i].what, cases[i].more, path, form);
		a = post(w, path, form, ada);
		CHECK(a.reply.status == cases[i].status, "%s %s: %u",
		    cases[i].what, cases[i].more, a.reply.status);
		forget(&a);
	}
	fill(w, ada, id, "remove", "reason=x", path, form);
	memcpy(strstr(form, "203.0.114.73"), "203.0.114.74", 12);
	a = post(w, path, form, ada);
	CHECK(a.reply.status == 404, "another key: %u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was changed");
	CHECK(listed(w, "203.0.114.73"), "still listed");
}

static void
done(struct world *w)
{
	static const char *const one[] = { "203.0.114.75" };
	unsigned id = list(w, one, 1, "because");
	char path[64], form[400], old[400], until[64], note[400];
	struct answer a;

	fill(w, bob, id, "remove", "reason=too+late", path, old);
	fill(w, ada, id, "note", "note=seen+by+me&about=203.0.114.75", path,
	    note);
	a = post(w, path, note, ada);
	CHECK(a.reply.status == 303 &&
		strstr(a.reply.location, "key=203.0.114.75#note-") != NULL,
	    "a note: %u %s", a.reply.status, a.reply.location);
	forget(&a);
	fill(w, ada, id, "until", "until=1d&reason=shorter", until, form);
	a = post(w, until, form, ada);
	CHECK(a.reply.status == 303, "another end: %u", a.reply.status);
	forget(&a);
	a = post(w, until, form, ada);
	CHECK(a.reply.status == 409, "twice: %u", a.reply.status);
	forget(&a);
	snprintf(path, sizeof(path), "/entry/%u/remove", id);
	a = post(w, path, old, bob);
	CHECK(a.reply.status == 409 && holds(&a, "<b>ada</b>") &&
		holds(&a, "Another entry has taken its place") &&
		holds(&a, "seen by me") && listed(w, "203.0.114.75"),
	    "a stale form says who did what: %u", a.reply.status);
	forget(&a);
	a = get(w, "/log", "", ada);
	CHECK(holds(&a, "shorter"), "the log has the reason");
	forget(&a);

	snprintf(path, sizeof(path), "/entry/%u", id + 1);
	a = get(w, path, "", ada);
	CHECK(a.reply.status == 200 &&
		!holds(&a, "Undo and open its item again"),
	    "an end that was changed is no item's doing");
	forget(&a);
	id++; /* the terms that were made last */
	fill(w, bob, id, "remove", "reason=a+mistake", path, form);
	a = post(w, path, form, bob);
	CHECK(a.reply.status == 303 && !listed(w, "203.0.114.75"),
	    "taken out: %u", a.reply.status);
	forget(&a);
	a = post(w, path, form, bob);
	CHECK(a.reply.status == 409 && holds(&a, "not there any more") &&
		holds(&a, "took it out") && holds(&a, "a mistake"),
	    "twice: %u", a.reply.status);
	forget(&a);
}

/* What the queue listed leads back there. */
static void
from_queue(struct world *w)
{
	static const char *const one[] = { "203.0.114.76" };
	unsigned id = list(w, one, 1, "x") + 1; /* the next terms */
	char token[100], version[100], form[400], path[64];
	struct answer a = get(w, "/queue/1", "", ada);
	const char *undo;

	CHECK(hidden(&a, "/queue/1/decide", "token", token) &&
		hidden(&a, "/queue/1/decide", "version", version),
	    "item 1 waits");
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&version=%s&do=list-1", token,
	    version);
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 303 && listed(w, "203.0.114.9"), "listed");
	forget(&a);
	snprintf(path, sizeof(path), "/entry/%u", id);
	a = get(w, path, "", ada);
	undo = a.reply.status == 200 ? strstr(a.reply.body.data, "/undo\"")
				     : NULL;
	CHECK(undo != NULL && holds(&a, "Undo and open its item again"),
	    "it can be undone here");
	if (undo != NULL) {
		while (*undo != '"') {
			undo--;
		}
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(undo + 1, "\""),
		    undo + 1);
		CHECK(hidden(&a, path, "token", token), "%s", path);
		snprintf(form, sizeof(form), "token=%s&item=1", token);
	}
	forget(&a);
	a = post(w, path, form, ada);
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/queue/1") == 0 &&
		!listed(w, "203.0.114.9"),
	    "undone: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue/1", "", ada);
	CHECK(hidden(&a, "/queue/1/decide", "token", token), "it waits again");
	forget(&a);
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "ada");
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "bob");
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "vera");
	shown(&w);
	refused(&w);
	done(&w);
	from_queue(&w);
	world_close(&w);
	return failures != 0;
}
