/* Submitters: what is shown of each, what each role may do to them, and what
 * is refused. */
#include "tests/unit/www_world.h"

#include "ingest/who.h"
#include "zone/standing.h"
#include "zone/suspend.h"

static char vera[100], ada[100], bob[100];

static struct zone_submitter
submitter(struct world *w, const char *name, struct arena *arena)
{
	struct zone_submitter s = { .name = NULL };

	CHECK(zone_submitter_get(www_site_queue(w->site), name, arena, &s) == 1,
	    "%s is there", name);
	return s;
}

/* Press a button of NAME's page as COOKIE's person; MORE: further fields.
 * The version is the present one unless STALE. */
static unsigned
press(struct world *w, const char *cookie, const char *name, const char *what,
    const char *more, bool stale, struct answer *ret)
{
	struct arena arena = { 0 };
	struct zone_submitter s = { .changed = 1 };
	struct answer page, a;
	char token[100] = "none", form[900];
	unsigned status;

	CHECK(
	    zone_submitter_get(www_site_queue(w->site), name, &arena, &s) >= 0,
	    "%s", name);
	page = get(w, "/submitters", "", cookie);
	if (!hidden(&page, "/submitter", "token", token)) {
		struct answer other;

		other = get(w, "/submitter", "name=maria",
		    cookie != NULL ? cookie : ada);
		if (!hidden(&other, "/submitter", "token", token)) {
			snprintf(token, sizeof(token), "none");
		}
		forget(&other);
	}
	snprintf(form, sizeof(form), "token=%s&name=%s&version=%lld&do=%s%s",
	    token, name, (long long)s.changed - stale, what, more);
	a = post(w, "/submitter", form, cookie);
	status = a.reply.status;
	if (ret != NULL) {
		*ret = a;
	} else {
		forget(&a);
	}
	forget(&page);
	arena_free(&arena);
	return status;
}

static void
managed(struct world *w)
{
	struct arena arena = { 0 };
	struct zone_submitter s;
	struct answer a;

	a = get(w, "/submitters", "", vera);
	CHECK(a.reply.status == 200 && holds(&a, "Nobody is registered") &&
		!holds(&a, "value=\"register\""),
	    "empty: %u", a.reply.status);
	forget(&a);
	CHECK(press(w, bob, "maria", "register", "&value=Maria%40example.gr",
		  false, NULL) == 303,
	    "register");
	s = submitter(w, "maria", &arena);
	CHECK(s.n_addresses == 1 &&
		strcmp(s.addresses[0], "maria@example.gr") == 0 && !s.token,
	    "as said");
	CHECK(press(w, ada, "maria", "relay-add", "&value=198.51.100.0%2F28",
		  false, NULL) == 303,
	    "a mail host");
	CHECK(press(w, ada, "maria", "relay-add", "&value=2001%3Adb8%3A%3A1",
		  false, NULL) == 303,
	    "another");
	CHECK(press(w, ada, "MARIA", "address-add",
		  "&value=m.doe%40example.org", false, NULL) == 303,
	    "an address, whatever the case of the name");
	s = submitter(w, "maria", &arena);
	CHECK(s.n_relays == 2 && s.n_addresses == 2, "%zu %zu", s.n_relays,
	    s.n_addresses);
	CHECK(press(w, ada, "maria", "relay-remove", "&value=198.51.100.0%2F28",
		  false, NULL) == 303 &&
		press(w, ada, "maria", "address-remove",
		    "&value=maria%40example.gr", false, NULL) == 303,
	    "removed");
	s = submitter(w, "maria", &arena);
	CHECK(
	    s.n_relays == 1 && s.relays[0].ip.bits == 128 && s.n_addresses == 1,
	    "the others stay");
	/* the secret is shown once */
	CHECK(press(w, bob, "maria", "token", "", false, &a) == 200 &&
		holds(&a, "<code>"),
	    "a token: %u", a.reply.status);
	{
		const char *at = strstr(a.reply.body.data, "<code>");
		struct span token = span(at != NULL ? at + 6 : "", 26);

		CHECK(zone_submitter_by_token(
			  www_site_queue(w->site), token, &arena, &s) == 1 &&
			strcmp(s.name, "maria") == 0,
		    "which is hers");
	}
	forget(&a);
	a = get(w, "/submitter", "name=maria", bob);
	CHECK(a.reply.status == 200 && !holds(&a, "<code>") &&
		holds(&a, "the old one ends"),
	    "and not again");
	forget(&a);
	arena_free(&arena);
}

static void
suspended(struct world *w)
{
	struct zone_queue *queue = www_site_queue(w->site);
	struct arena arena = { 0 };
	struct zone_suspended since = { .by = "" };
	struct ingest_who who = { .proven = "m.doe@example.org" };
	struct answer a;

	CHECK(ingest_who_look(queue, &arena, &who) == 0 &&
		who.known == ZONE_KNOWN_SENDER && who.n_relays == 1,
	    "before");
	CHECK(press(w, ada, "maria", "suspend", "", false, NULL) == 303,
	    "suspend");
	CHECK(zone_submitter_suspended(queue, "Maria", &arena, &since) == 1 &&
		strcmp(since.by, "ada") == 0,
	    "by %s", since.by);
	who = (struct ingest_who){ .proven = "m.doe@example.org" };
	CHECK(ingest_who_look(queue, &arena, &who) == 0 &&
		who.known == ZONE_KNOWN_NOT && who.n_relays == 1 &&
		who.name != NULL && strcmp(who.name, "maria") == 0,
	    "a stranger whose mail hosts are spared");
	CHECK(press(w, ada, "maria", "suspend", "", false, NULL) == 303,
	    "twice is harmless");
	a = get(w, "/submitters", "", vera);
	CHECK(holds(&a, "suspended"), "shown");
	forget(&a);
	a = get(w, "/submitter", "name=maria", vera);
	CHECK(holds(&a, "Suspended by ada") && !holds(&a, "value=\"resume\""),
	    "a viewer sees it");
	forget(&a);
	a = get(w, "/log", "action=suspend", vera);
	CHECK(holds(&a, "maria"), "in the log");
	forget(&a);
	CHECK(press(w, ada, "maria", "resume", "", false, NULL) == 303 &&
		zone_submitter_suspended(queue, "maria", &arena, &since) == 0,
	    "resume");
	CHECK(zone_submitter_suspend(queue, "nobody", "ada", true) == ERR_NONE,
	    "nobody");
	/* whoever gets the name afterwards begins anew */
	CHECK(press(w, bob, "petra", "register", "", false, NULL) == 303 &&
		press(w, ada, "petra", "suspend", "", false, NULL) == 303 &&
		press(w, bob, "petra", "remove", "", false, NULL) == 303 &&
		press(w, bob, "petra", "register", "", false, NULL) == 303 &&
		zone_submitter_suspended(queue, "petra", &arena, &since) == 0,
	    "removed, and registered again");
	arena_free(&arena);
}

static void
refused(struct world *w)
{
	static const struct {
		const char *name, *what, *more;
		unsigned status;
	} cases[] = {
		{ "maria", "", "", 400 },
		{ "maria", "burn", "", 400 },
		{ "nobody", "suspend", "", 404 },
		{ "%3Cx-evil%3E", "suspend", "", 404 },
		{ "maria", "register", "", 409 },
		{ "%3Cx-evil%3E", "register", "", 422 },
		{ "", "register", "", 422 },
		{ "otto", "register", "&value=none", 422 },
		{ "otto", "register", "&value=m.doe%40example.org", 422 },
		{ "maria", "address-add", "&value=", 422 },
		{ "maria", "address-add", "&value=%3Cx-evil%3E", 422 },
		{ "maria", "relay-add", "&value=", 422 },
		{ "maria", "relay-add", "&value=0.0.0.0%2F0", 422 },
		{ "maria", "relay-add", "&value=198.51.100.1%2F24", 422 },
		{ "maria", "relay-add", "&value=example.gr", 422 },
	};
	static const char *const acts[] = { "suspend", "resume", "token",
		"remove", "relay-add", "address-remove" };
	struct digest before = world_bytes(w), after;
	struct answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned status = press(w, bob, cases[i].name, cases[i].what,
		    cases[i].more, false, &a);

		CHECK(status == cases[i].status && !holds(&a, "<x-evil"),
		    "%s %s%s: %u", cases[i].name, cases[i].what, cases[i].more,
		    status);
		forget(&a);
	}
	for (size_t i = 0; i < COUNT(acts); i++) {
		unsigned status = press(w, bob, "maria", acts[i],
		    "&value=198.51.100.1", true, NULL);

		CHECK(status == 409, "%s, stale: %u", acts[i], status);
		status = press(w, vera, "maria", acts[i], "", false, NULL);
		CHECK(status == 403, "%s by a viewer: %u", acts[i], status);
		status = press(w, NULL, "maria", acts[i], "", false, NULL);
		CHECK(status == 401, "%s by nobody: %u", acts[i], status);
	}
	CHECK(press(w, ada, "maria", "token", "", false, NULL) == 403 &&
		press(w, ada, "maria", "remove", "", false, NULL) == 403 &&
		press(w, ada, "otto", "register", "", false, NULL) == 403,
	    "for administrators");
	a = post(w, "/submitter", "name=maria&do=suspend&version=1", bob);
	CHECK(a.reply.status == 403, "no token: %u", a.reply.status);
	forget(&a);
	a = get(w, "/submitter", "name=%3Cx-evil%3E", bob);
	CHECK(a.reply.status == 404 && !holds(&a, "<x-evil"), "%u",
	    a.reply.status);
	forget(&a);
	a = get(w, "/submitters", "page=0", bob);
	CHECK(a.reply.status == 400, "%u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

/* What somebody sent in, with the word that his record earns. */
static void
records(struct world *w)
{
	struct zone_queue *queue = www_site_queue(w->site);
	const struct zone_config *config = www_site_config(w->site);
	struct zone_person full = { .name = "ann", .full = true };
	struct digest before, after;
	struct answer a;

	for (unsigned i = 0; i < 6; i++) {
		char raw[40], key[40];
		struct zone_candidate c = { .list = "ip", .key = key };
		struct zone_submission s = { .time = when_now() - 50,
			.submitter = "maria",
			.road = "lmtp",
			.kind = "raw",
			.analysis = "{}",
			.known = ZONE_KNOWN_TOKEN };
		struct zone_report report = { .subject = "his " EVIL,
			.from = "",
			.candidates = &c,
			.n_candidates = 1 };
		struct zone_added added;
		struct zone_decided decided;
		struct err_text why = { "" };
		struct zone_decision d = { .approve = 1 };

		snprintf(raw, sizeof(raw), "mail of maria %u", i);
		snprintf(key, sizeof(key), "203.0.119.%u", i + 1);
		CHECK(zone_queue_add(queue, &s, raw, strlen(raw), &report, 1,
			  &added) == 0 &&
			zone_queue_waiting(queue, "ip", key, &d.item) == 1 &&
			zone_moderate_decide(www_site_store(w->site), queue,
			    config, &full, &d, &decided, &why) == 0 &&
			decided.outcome == ZONE_DONE,
		    "%u: %s", i, why.text);
	}
	www_site_release(w->site, config);
	www_site_tick(w->site);
	before = world_bytes(w);
	a = get(w, "/submitters", "", vera);
	CHECK(holds(&a, ">good</span>") &&
		holds(&a,
		    "6 mails, of the reports 6 listed, 0 dismissed, 0 "
		    "taken back"),
	    "in words and numbers");
	forget(&a);
	a = get(w, "/submitter", "name=maria", vera);
	CHECK(holds(&a, "his &quot;&#39;&gt;&lt;x-evil on=1&gt;") &&
		!holds(&a, "<x-evil") && holds(&a, "203.0.119.6"),
	    "what she sent in");
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "no GET wrote");
}

int
main(void)
{
	struct world w;

	world_open(&w);
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303 &&
		log_in(&w, "ada", PASSWORD, ada) == 303 &&
		log_in(&w, "bob", PASSWORD, bob) == 303,
	    "log in");
	managed(&w);
	suspended(&w);
	refused(&w);
	records(&w);
	world_close(&w);
	return failures > 0;
}
