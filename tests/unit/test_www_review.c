/* Entries that are due for a look: who is shown, what can be done, and what is
 * refused. Time goes on by the store's own clock, which never goes back. */
#include "tests/unit/www_world.h"

#include "www/stats.h"
#include "zone/reviewed.h"
#include "zone/series_fill.h"
#include "zone/view_priv.h"

#define DAY INT64_C(86400)

static char vera[100], ada[100], bob[100];

static int
set_time(struct zone_txn *txn, void *ctx)
{
	struct zone_head head;
	int r = zone_head_get(txn, &head);

	head.time = *(const int64_t *)ctx;
	return r < 0 ? r : zone_head_put(txn, &head);
}

static void
clock_to(struct world *w, int64_t t)
{
	CHECK(zone_store_write(www_site_store(w->site), set_time, &t) == 0,
	    "clock");
}

static uint64_t
add(struct world *w, const char *list, const char *text, int64_t until,
    bool person, const char *reason)
{
	const struct zone_config *config = www_site_config(w->site);
	const struct zone_list_conf *conf =
	    zone_config_list(config, span_str(list));
	struct zone_terms terms = { .reason = reason,
		.criterion = "crit " EVIL,
		.evidence = "evid " EVIL,
		.person = person,
		.until = until,
		.forever = until == 0 };
	struct zone_why why = { "ann " EVIL, ZONE_ACTION_ADD, "", "" };
	struct zone_change_result result = { 0 };
	struct zone_change *c = NULL;
	struct err_text err = { "" };
	struct zone_key key;
	int r = zone_change_new(www_site_store(w->site), config, &c);

	if (r == 0) {
		r = zone_key_parse(conf->kind, span_str(text), &key, &err);
	}
	if (r == 0) {
		r = zone_change_put(c, conf, &key, &terms, 0, &err);
	}
	if (r == 0) {
		r = zone_change_commit(&c, &why, &result, &err);
	}
	CHECK(r == 0, "add %s: %s", text, err.text);
	zone_change_free(&c);
	www_site_release(w->site, config);
	return result.serial;
}

/* The present entry of KEY in "ip": its detail, 0 none. */
static uint32_t
entry(struct world *w, const char *text, struct zone_detail *ret)
{
	struct zone_view *view = NULL;
	struct zone_entry e = { .detail = 0 };
	struct zone_key key;
	uint16_t number = 0;

	CHECK(zone_key_parse(ZONE_KIND_IP, span_str(text), &key, NULL) == 0 &&
		zone_view_open(www_site_store(w->site), &view) == 0 &&
		zone_view_renew(view) == 0 &&
		zone_view_list(view, "ip", ZONE_KIND_IP, &number) == 1,
	    "view");
	if (zone_find_exact(view, number, &key, &e) == 1 && ret != NULL) {
		CHECK(zone_view_detail(view, e.detail, ret) == 1, "detail");
	}
	zone_view_close(&view);
	return e.detail;
}

/* Press DO on KEY as seen: 0 DETAIL means the present one. */
static unsigned
press(struct world *w, const char *cookie, const char *key, uint32_t detail,
    const char *what, const char *more)
{
	struct answer page = get(w, "/review", "kind=due", ada), a;
	char token[100] = "none", form[600];
	unsigned status;

	(void)hidden(&page, "/review", "token", token);
	if (token[0] == '\0') {
		struct answer other = get(w, "/review", "kind=quiet", ada);

		(void)hidden(&other, "/review", "token", token);
		forget(&other);
	}
	snprintf(form, sizeof(form),
	    "token=%s&list=ip&key=%s&detail=%u&do=%s%s", token, key,
	    detail == 0 ? entry(w, key, NULL) : detail, what, more);
	a = post(w, "/review", form, cookie);
	status = a.reply.status;
	forget(&a);
	forget(&page);
	return status;
}

static void
shown(struct world *w, int64_t start)
{
	static const struct {
		const char *kind, *key;
		bool there;
	} cases[] = {
		{ "due", "203.0.114.1", true },  /* for good, by a person */
		{ "due", "203.0.114.2", false }, /* by an import */
		{ "due", "203.0.114.3", false }, /* it ends */
		{ "due", "203.0.114.4", true },  /* it ends in a year */
		{ "due", "203.0.114.5", false }, /* new */
		{ "ends", "203.0.114.3", true },
		{ "ends", "203.0.114.1", false },
		{ "quiet", "203.0.114.1", true },
		{ "quiet", "203.0.114.5", false },
		{ "quiet", "203.0.114.2", false },
	};
	struct answer a = get(w, "/review", "", vera);

	CHECK(a.reply.status == 200 && holds(&a, "ready in a minute"),
	    "before the first look: %u", a.reply.status);
	forget(&a);
	(void)add(w, "ip", "203.0.114.1", 0, true, "reason " EVIL);
	(void)add(w, "ip", "203.0.114.2", 0, false, "import");
	(void)add(w, "ip", "203.0.114.3", start + 203 * DAY, true, "ends");
	(void)add(w, "ip", "203.0.114.4", start + 600 * DAY, true, "long");
	(void)add(w, "ip", "203.0.114.6", 0, true, "six");
	(void)add(w, "ip", "203.0.114.7", 0, true, "seven");
	(void)add(w, "ip", "203.0.114.8", 0, true, "eight");
	(void)add(w, "ip", "203.0.96.0/20", 0, true, "wide");
	clock_to(w, start + 200 * DAY);
	(void)add(w, "ip", "203.0.114.5", 0, true, "new");
	www_site_tick(w->site);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char query[40], what[80];

		snprintf(query, sizeof(query), "kind=%s", cases[i].kind);
		snprintf(what, sizeof(what), ">%s<", cases[i].key);
		a = get(w, "/review", query, vera);
		CHECK(
		    a.reply.status == 200 && holds(&a, what) == cases[i].there,
		    "%s %s", cases[i].kind, cases[i].key);
		CHECK(!holds(&a, "<x-evil") && !holds(&a, "name=\"do\""),
		    "a viewer only looks");
		forget(&a);
	}
	a = get(w, "/review", "kind=due", ada);
	CHECK(holds(&a, "value=\"keep\"") && holds(&a, "&lt;x-evil on=1&gt;") &&
		!holds(&a, "<x-evil"),
	    "a moderator acts");
	forget(&a);
}

static void
done(struct world *w, int64_t start)
{
	struct zone_reviewed_note note;
	struct zone_detail d = { .id = 0 };
	struct arena arena = { 0 };
	uint32_t detail = entry(w, "203.0.114.1", NULL);
	struct answer a;

	/* keep */
	CHECK(press(w, ada, "203.0.114.1", 0, "keep",
		  "&reason=still+spams+%3Cx-evil%3E") == 303,
	    "keep");
	CHECK(zone_reviewed_get(www_site_queue(w->site), "ip", "203.0.114.1",
		  detail, &arena, &note) == 1 &&
		strcmp(note.by, "ada") == 0 && note.time >= start + 200 * DAY,
	    "noted");
	CHECK(entry(w, "203.0.114.1", NULL) == detail, "nothing changed");
	a = get(w, "/review", "kind=due", vera);
	CHECK(holds(&a, "Kept by ada") && !holds(&a, "<x-evil"),
	    "it stays on the page and says so");
	forget(&a);
	a = get(w, "/log", "key=203.0.114.1&action=keep", vera);
	CHECK(holds(&a, "203.0.114.1 in ip: still spams"), "and in the log");
	forget(&a);
	/* extend */
	CHECK(press(w, ada, "203.0.114.6", 0, "extend",
		  "&until=30d&reason=r") == 303,
	    "extend");
	CHECK(entry(w, "203.0.114.6", &d) != 0 &&
		d.until == start + 230 * DAY && d.person,
	    "until %lld", (long long)(d.until - start) / DAY);
	CHECK(press(w, ada, "203.0.114.3", 0, "extend", "&until=never") == 303,
	    "for good");
	CHECK(entry(w, "203.0.114.3", &d) != 0 && d.until == 0, "never");
	/* take out */
	CHECK(press(w, ada, "203.0.114.7", 0, "remove", "") == 303, "remove");
	CHECK(press(w, ada, "203.0.114.8", 0, "wrong", "") == 303, "wrong");
	CHECK(entry(w, "203.0.114.7", NULL) == 0 &&
		entry(w, "203.0.114.8", NULL) == 0,
	    "gone");
	a = get(w, "/log", "source=" ZONE_SOURCE_WRONG, vera);
	CHECK(holds(&a, ">203.0.114.8<") && !holds(&a, ">203.0.114.7<"),
	    "a mistake is told apart");
	forget(&a);
	a = get(w, "/review", "kind=due", vera);
	CHECK(holds(&a, "Taken out since.") && holds(&a, "Changed since."),
	    "nothing vanishes");
	forget(&a);
	arena_free(&arena);
}

static void
refused(struct world *w)
{
	static const struct {
		const char *key, *what, *more;
		unsigned status;
	} cases[] = {
		{ "203.0.114.4", "", "", 400 },
		{ "203.0.114.4", "burn", "", 400 },
		{ "203.0.114.4", "extend", "", 400 },
		{ "203.0.114.4", "extend", "&until=", 400 },
		{ "203.0.114.4", "extend", "&until=0d", 400 },
		{ "203.0.114.4", "extend", "&until=-5d", 400 },
		{ "203.0.114.4", "extend", "&until=999999d", 400 },
		{ "203.0.114.4", "keep", "&kind=x", 400 },
		{ "203.0.114.999", "keep", "", 400 },
		{ "203.0.114.77", "keep", "", 400 }, /* detail 0 */
		{ "203.0.96.0/20", "extend", "&until=30d", 422 },
	};
	struct digest before = world_bytes(w), after;
	uint32_t detail = entry(w, "203.0.114.4", NULL);
	char form[200];
	struct answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned status;

		status = strcmp(cases[i].key, "203.0.114.999") == 0
		    ? press(
			  w, ada, cases[i].key, 1, cases[i].what, cases[i].more)
		    : press(w, ada, cases[i].key, 0, cases[i].what,
			  cases[i].more);
		CHECK(status == cases[i].status, "%s %s%s: %u", cases[i].key,
		    cases[i].what, cases[i].more, status);
	}
	/* stale, for each of them */
	CHECK(press(w, ada, "203.0.114.4", detail + 1000, "keep", "") == 409 &&
		press(w, ada, "203.0.114.4", detail - 1, "remove", "") == 409 &&
		press(w, ada, "203.0.114.4", detail - 1, "extend",
		    "&until=30d") == 409 &&
		press(w, ada, "203.0.114.200", 7, "remove", "") == 409,
	    "stale");
	/* roles and tokens */
	CHECK(press(w, vera, "203.0.114.4", 0, "keep", "") == 403, "viewer");
	CHECK(press(w, NULL, "203.0.114.4", 0, "keep", "") == 401, "nobody");
	CHECK(press(w, bob, "203.0.114.4", 0, "keep", "") == 403,
	    "another's token");
	snprintf(form, sizeof(form),
	    "list=ip&key=203.0.114.4&detail=%u&do=keep", detail);
	a = post(w, "/review", form, ada);
	CHECK(a.reply.status == 403, "no token: %u", a.reply.status);
	forget(&a);
	a = get(w, "/review", "kind=x", ada);
	CHECK(a.reply.status == 400, "%u", a.reply.status);
	forget(&a);
	a = get(w, "/review", "page=0", ada);
	CHECK(a.reply.status == 400, "%u", a.reply.status);
	forget(&a);
	a = get(w, "/review", "page=100000", ada);
	CHECK(a.reply.status == 200, "%u", a.reply.status);
	forget(&a);
	a = get(w, "/review", "kind=again", ada);
	CHECK(a.reply.status == 200, "%u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

static bool
none(const char *list, const char *key, uint32_t detail, void *ctx)
{
	(void)list;
	(void)key;
	(void)detail;
	return *(bool *)ctx;
}

static void
tidy(struct world *w)
{
	struct zone_queue *queue = www_site_queue(w->site);
	uint32_t detail = entry(w, "203.0.114.1", NULL);
	struct zone_reviewed_note note;
	struct arena arena = { 0 };
	bool used = true;

	CHECK(zone_reviewed_tidy(queue, 100, none, &used) == 0 &&
		zone_reviewed_get(
		    queue, "ip", "203.0.114.1", detail, &arena, &note) == 1,
	    "what is used stays");
	CHECK(zone_reviewed_get(
		  queue, "ip", "203.0.114.1", detail + 1, &arena, &note) == 0 &&
		zone_reviewed_get(
		    queue, "i", "p203.0.114.1", detail, &arena, &note) == 0,
	    "of that entry alone");
	used = false;
	CHECK(zone_reviewed_tidy(queue, 100, none, &used) == 0 &&
		zone_reviewed_get(
		    queue, "ip", "203.0.114.1", detail, &arena, &note) == 0,
	    "what is not goes");
	arena_free(&arena);
}

int
main(void)
{
	int64_t start = when_now();
	struct world w;

	world_open(&w);
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303 &&
		log_in(&w, "ada", PASSWORD, ada) == 303 &&
		log_in(&w, "bob", PASSWORD, bob) == 303,
	    "log in");
	shown(&w, start);
	refused(&w);
	done(&w, start);
	tidy(&w);
	world_close(&w);
	return failures > 0;
}
