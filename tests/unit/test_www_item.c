/* The item's page: how wide, another relay, never, an end, votes, and every
 * form that must change nothing, byte for byte.
 */
#include <pthread.h>

#include "tests/unit/www_world.h"
#include "www/excerpt.h"

static char ada[100], bob[100], vera[100];

#define ITEM "/queue/5"
#define DECIDE ITEM "/decide"

/* Item 5: two relays of our side, the boundary, and one below it. */
static void
report(struct world *w)
{
	static const char raw[] =
	    "Received: from a [203.0.96.1] by us\r\n"
	    "Received: from b [203.0.97.7] by a\r\n"
	    "Received: from c [203.0.98.7] by b\r\n"
	    "Subject: x\r\n\r\nbody\r\n";
	static const char analysis[] =
	    "{\"kind\":\"raw\",\"problems\":[],\"messages\":[{\"subject\":"
	    "\"x\",\"text\":{\"body\":\"Buy at https://Bad.example/a?b=1\\n"
	    "" EVIL_JSON "\\u202e\\u0007 www.bad.example\",\"html\":true,"
	    "\"cut\":true},\"attachments\":[{\"name\":\"" EVIL_JSON
	    "\",\"type\":\"" EVIL_JSON "\",\"size\":12},{\"name\":3}],"
	    "\"relays\":["
	    "{\"ip\":\"10.0.0.1\",\"role\":\"private\",\"why\":\"inside\"},"
	    "{\"ip\":\"203.0.96.1\",\"role\":\"trusted\",\"why\":\"ours\","
	    "\"with\":\"ESMTPS\",\"time\":\"2026-11-20T10:00:30Z\","
	    "\"offset\":0,\"length\":37},"
	    "{\"ip\":\"203.0.97.7\",\"role\":\"boundary\",\"why\":\"first\","
	    "\"time\":\"2026-11-20T10:00:00Z\",\"offset\":37,\"length\":36},"
	    "{\"ip\":\"203.0.98.7\",\"role\":\"untrusted\",\"time\":"
	    "\"2026-11-20T09:00:00Z\",\"why\":\"claimed\"},"
	    "{\"ip\":\"192.0.2.77\",\"role\":\"trusted\"},"
	    "{\"ip\":\"x\",\"role\":\"trusted\"}]}]}";
	const char *why[] = { "boundary" }, *no[] = { "the submitter's" };
	struct zone_candidate c[] = {
		{ "ip", "203.0.97.7", ZONE_ADVICE_LIST, ZONE_CERTAIN, why, 1 },
		{ "address", "five@example.gr", ZONE_ADVICE_UNSURE, ZONE_UNSURE,
		    why, 1 },
		{ "ip", "203.0.99.9", ZONE_ADVICE_NEVER, ZONE_CERTAIN, no, 1 },
	};
	struct zone_submission s = { .time = when_now(),
		.submitter = "sub@example.gr",
		.road = "pipe",
		.kind = "raw",
		.analysis = analysis };
	struct zone_report r = {
		.subject = "x", .from = "f", .candidates = c, .n_candidates = 3
	};
	struct zone_added added;

	CHECK(zone_queue_add(www_site_queue(w->site), &s, raw, sizeof(raw) - 1,
		  &r, 1, &added) == 0 &&
		added.new_items == 1,
	    "item 5");
}

/* The form of PAGE that posts to ACTION as COOKIE sees it, WHAT added. */
static void
fill(struct world *w, const char *cookie, const char *page, const char *action,
    const char *what, char form[800])
{
	char token[100], version[100];
	struct answer a = get(w, page, "", cookie);

	CHECK(hidden(&a, action, "token", token), "%s has %s: %u", page, action,
	    a.reply.status);
	if (!hidden(&a, action, "version", version)) {
		snprintf(version, sizeof(version), "1");
	}
	snprintf(form, 800, "token=%s&version=%s&%s", token, version, what);
	forget(&a);
}

static struct answer
decide(struct world *w, const char *cookie, const char *what)
{
	char form[800];

	fill(w, cookie, ITEM, DECIDE, what, form);
	return post(w, DECIDE, form, cookie);
}

static struct zone_item
item(struct world *w, struct arena *arena)
{
	struct zone_item it = { .version = 0 };

	CHECK(zone_queue_get(www_site_queue(w->site), 5, arena, &it) == 1,
	    "item 5");
	return it;
}

/* ---- what is shown ------------------------------------------------------ */

static void
shown(struct world *w)
{
	static const char *const must[] = {
		"<mark class=\"key\">203.0.97.7</mark>",
		"<mark class=\"r-boundary\">Received: from b [203.0.97.7]",
		"value=\"hop-203.0.96.1\"", "after 30 seconds", "with ESMTPS",
		"Only claimed by strangers", "value=\"list-1\"",
		"value=\"list-2\"", "value=\"never-4\"", "value=\"dismiss\"",
		"name=\"scope-0\"", "203.0.97.0/24</option>",
		"203.0.0.0/16 · two people</option>",
		"Would list 203.0.97.7: 1 address.",
		"hxxps://Bad[.]example/a?b=1", "www[.]bad[.]example",
		"U+202E", "U+0007", "12 bytes", "Only its beginning",
		"1 candidate cannot be listed",
	};
	static const char *const never[] = {
		"value=\"list-4\"", "hop-203.0.98.7", "hop-10.0.0.1",
		"hop-203.0.97.7", "hop-192.0.2.77", "hop-x", "https://Bad",
		"<x-evil", "<option value=\"24\" selected", "\xe2\x80\xae",
		"203.0.0.0/15",
	};
	struct answer a = get(w, ITEM, "", ada);

	CHECK(a.reply.status == 200, "%u", a.reply.status);
	for (size_t i = 0; i < COUNT(must); i++) {
		CHECK(holds(&a, must[i]), "shows %s", must[i]);
	}
	for (size_t i = 0; i < COUNT(never); i++) {
		CHECK(!holds(&a, never[i]), "does not show %s", never[i]);
	}
	CHECK(strstr(strstr(a.reply.body.data, "class=\"decide\""),
		  "value=\"preview\"") <
		strstr(strstr(a.reply.body.data, "class=\"decide\""),
		    "value=\"list-1\""),
	    "Enter presses what changes nothing");
	forget(&a);
	a = get(w, ITEM, "", vera);
	CHECK(a.reply.status == 200 && !holds(&a, "name=\"do\"") &&
		!holds(&a, "name=\"note\"") && holds(&a, "203.0.97.7"),
	    "a viewer sees it without its buttons");
	forget(&a);
}

static void
defanged(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "plain words, 3.5 of them.", "plain words, 3.5 of them." },
		{ "http://a.b/c.d", "hxxp://a[.]b/c.d" },
		{ "HTTPS://A.B", "HXXPS://A[.]B" },
		{ "(http://a.b)", "(hxxp://a[.]b)" },
		{ "www.a.b/x.y", "www[.]a[.]b/x.y" },
		{ "ftp://a.b", "ftp://a[.]b" },
		{ "http://a.b/?u=http://c.d/",
		    "hxxp://a[.]b/?u=hxxp://c[.]d/" },
		{ "://", "://" },
		{ "http://", "http://" },
		{ "mailto:x@a.b", "mailto:x@a[.]b" },
		{ "javascript:a.b()", "javascript:a[.]b()" },
		{ "a\nhttp://a.b\tc", "a\nhxxp://a[.]b\tc" },
	};
	char *big = malloc(100001);
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		buf_clear(&b);
		buf_str(&b, "");
		www_defang(&b, span_str(cases[i].in));
		CHECK(strcmp(b.data, cases[i].out) == 0, "%s: %s", cases[i].in,
		    b.data);
	}
	for (size_t i = 0; i < 100000; i++) {
		big[i] = "a://"[i % 4];
	}
	big[100000] = '\0';
	buf_clear(&b);
	www_defang(&b, span_str(big));
	CHECK(!b.bad && b.len >= 100000, "a hundred thousand bytes of links");
	buf_free(&b);
	free(big);
}

/* ---- what changes nothing ----------------------------------------------- */

static void
nothing_changes(struct world *w)
{
	static const struct {
		const char *what;
		unsigned status;
		const char *says;
	} cases[] = {
		{ "do=preview&scope-0=24&reason=kept+words&until=7d", 200,
		    "Would list 203.0.97.0/24: 256 addresses." },
		{ "do=preview&scope-0=24&reason=kept+words", 200,
		    "kept words</textarea>" },
		{ "do=preview&scope-0=23", 200,
		    "It takes a weight of 2 and yours is 1" },
		{ "do=preview&until=never", 200, "It takes a weight of 2" },
		{ "do=preview&scope-0=15", 200, "Cannot be listed" },
		{ "do=preview&until=x", 400, "not clear for how long" },
		{ "do=hop-203.0.96.1&reason=kept", 200, "kept</textarea>" },
		{ "do=hop-203.0.96.1", 200, "value=\"list-hop\"" },
		{ "do=list-hop&hop=203.0.98.7", 400, "That relay is not one" },
		{ "do=list-hop&hop=198.18.7.7", 400, "That relay is not one" },
		{ "do=list-hop&hop=10.0.0.1", 400, "That relay is not one" },
		{ "do=list-hop&hop=" EVIL, 400, "That relay is not one" },
		{ "do=list-hop", 400, "That relay is not one" },
		{ "do=list-hop&hop=192.0.2.77", 422, "special-use" },
		{ "do=list-hop&hop=203.0.96.1&scope-hop=15", 422, "wider" },
		{ "do=list-1&scope-0=15", 422, "must never be listed" },
		{ "do=list-4", 422, "must never be listed" },
		{ "do=list-1&scope-0=22", 422, "must never be listed" },
		{ "do=list-1&scope-0=26&shown=", 200, "Please look again" },
		{ "do=list-1&scope-0=26&shown=0:27+", 200,
		    "Would list 203.0.97.0/26: 64 addresses." },
		{ "do=never-1&scope-0=26&shown=", 200, "name=\"shown\" value=\"0:26 \"" },
		{ "do=list-1&scope-0=129", 400, "" },
		{ "do=list-1&scope-0=-1", 400, "" },
		{ "do=list-1&scope-0=x", 400, "" },
		{ "do=list-1&until=date", 400, "The day" },
		{ "do=list-1&until=date&date=2001-01-01&reason=kept", 400,
		    "over already" },
		{ "do=list-1&until=date&date=2001-01-01&reason=kept", 400,
		    "kept</textarea>" },
		{ "do=list-1&until=date&date=2099-01-01", 400, "five years" },
		{ "do=list-1&until=date&date=tomorrow", 400, "The day" },
		{ "do=list-1&until=520w", 400, "five years" },
		{ "do=list-1&criterion=none", 400, "criterion" },
		{ "do=list-1&canned=none", 400, "reason" },
		{ "do=list-1&submission=999", 404, "" },
		{ "do=list-1&submission=x", 400, "" },
		{ "do=list-8", 404, "" },
		{ "do=never-", 400, "" },
		{ "do=never-0", 400, "" },
		{ "do=never-x", 400, "" },
		{ "do=never-8", 404, "" },
		{ "do=hop-", 400, "" },
		{ "do=%0A", 400, "" },
		{ "do=" EVIL "&reason=" EVIL "&hop=" EVIL "&date=" EVIL, 400,
		    "" },
		{ "do=preview&reason=" EVIL "&hop=" EVIL "&until=" EVIL
		  "&date=" EVIL "&criterion=" EVIL "&canned=" EVIL,
		    400, "x-evil" },
	};
	struct digest before = world_bytes(w), after;

	for (size_t i = 0; i < COUNT(cases); i++) {
		char quoted[800], *to = quoted;
		struct answer a;

		/* what a browser would encode */
		for (const char *p = cases[i].what; *p != '\0'; p++) {
			to += sprintf(to,
			    strchr("<>\"';/ ", *p) != NULL ? "%%%02X" : "%c",
			    (unsigned char)*p);
		}
		*to = '\0';
		to = strstr(quoted, "&lt%3B");
		while (to != NULL) { /* the end of EVIL */
			memcpy(to, "xxxx", 4);
			to = strstr(quoted, "&lt%3B");
		}
		a = decide(w, ada, quoted);
		CHECK(a.reply.status == cases[i].status, "%s: %u",
		    cases[i].what, a.reply.status);
		CHECK(holds(&a, cases[i].says), "%s says %s", cases[i].what,
		    cases[i].says);
		CHECK(!holds(&a, "<x-evil"), "%s is text", cases[i].what);
		forget(&a);
		after = world_bytes(w);
		CHECK(same(&before, &after), "%s changed nothing",
		    cases[i].what);
		before = after;
	}
}

/* Forms that are not the person's own. */
static void
forged(struct world *w)
{
	static const struct {
		const char *path, *what;
	} posts[] = {
		{ DECIDE, "do=list-1" },
		{ ITEM "/withdraw", "version=1" },
		{ ITEM "/note", "note=x" },
		{ "/entry/1/remove", "key=203.0.97.7&reason=x" },
		{ "/entry/1/until", "key=203.0.97.7&until=7d" },
		{ "/entry/1/note", "about=203.0.97.7&note=x" },
	};
	struct digest before = world_bytes(w), after;
	char other[800], form[900];
	struct answer a;

	fill(w, bob, ITEM, DECIDE, "", other);
	for (size_t i = 0; i < COUNT(posts); i++) {
		const char *path = posts[i].path;

		a = post(w, path, posts[i].what, ada);
		CHECK(a.reply.status == 403, "%s without token: %u", path,
		    a.reply.status);
		forget(&a);
		snprintf(form, sizeof(form), "%.*s&%s",
		    (int)strcspn(other, "&"), other, posts[i].what);
		a = post(w, path, form, ada);
		CHECK(a.reply.status == 403, "%s with another's: %u", path,
		    a.reply.status);
		forget(&a);
		if (i > 0) {
			a = post(w, path, form, bob);
			CHECK(a.reply.status == 403, "%s with another form's: %u",
			    path, a.reply.status);
			forget(&a);
		}
		a = post(w, path, form, vera);
		CHECK(a.reply.status == 403, "%s by a viewer: %u", path,
		    a.reply.status);
		forget(&a);
		a = post(w, path, form, NULL);
		CHECK(a.reply.status == 401, "%s by nobody: %u", path,
		    a.reply.status);
		forget(&a);
		a = ask_full(w, WWW_POST, path, "", form, bob, "cross-site");
		CHECK(a.reply.status == 403, "%s from another site: %u", path,
		    a.reply.status);
		forget(&a);
		a = ask_full(w, WWW_GET, path, form, "", bob, NULL);
		CHECK(a.reply.status == 405, "%s as a GET: %u", path,
		    a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was changed");
}

/* ---- votes -------------------------------------------------------------- */

static void
two_people(struct world *w)
{
	struct arena arena = { 0 };
	char stale[800], form[800];
	struct zone_item it;
	struct digest before, after;
	struct answer a;

	fill(w, bob, ITEM, DECIDE, "do=dismiss&reason=typed+already", stale);
	a = decide(w, ada, "do=list-1&scope-0=25&until=never&reason=a+nest");
	CHECK(a.reply.status == 200 && holds(&a, "Your vote is kept") &&
		holds(&a, "so 1 more is needed") && holds(&a, "needs 1 more") &&
		hidden(&a, ITEM "/withdraw", "token", form),
	    "for good takes two: %u", a.reply.status);
	forget(&a);
	it = item(w, &arena);
	CHECK(it.state == ZONE_WAITING && it.n_candidates == 4 &&
		strcmp(it.candidates[3].key, "203.0.97.0/25") == 0 &&
		it.n_votes == 1,
	    "pending");

	before = world_bytes(w);
	a = decide(w, ada, "do=list-1&scope-0=25&until=never&reason=again");
	CHECK(a.reply.status == 409 && holds(&a, "said so already") &&
		holds(&a, "again</textarea>"),
	    "not twice by one: %u", a.reply.status);
	forget(&a);
	a = post(w, DECIDE, stale, bob);
	CHECK(a.reply.status == 409 && holds(&a, "It has changed") &&
		holds(&a, "typed already</textarea>") &&
		holds(&a, "<strong>ada</strong>") && holds(&a, "a nest"),
	    "a stale form says who did what, and keeps the words: %u",
	    a.reply.status);
	forget(&a);
	fill(w, ada, ITEM, ITEM "/withdraw", "", form);
	CHECK(strstr(form, "version=2") != NULL, "%s", form);
	a = get(w, ITEM, "", bob);
	CHECK(!holds(&a, ITEM "/withdraw"), "only one's own is withdrawn");
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "all of which changed nothing");

	a = post(w, ITEM "/withdraw", form, ada);
	CHECK(a.reply.status == 303, "withdrawn: %u", a.reply.status);
	forget(&a);
	a = post(w, ITEM "/withdraw", form, ada);
	CHECK(a.reply.status == 409, "twice: %u", a.reply.status);
	forget(&a);
	CHECK(item(w, &arena).n_votes == 0, "no vote is left");

	a = decide(w, ada, "do=list-1&scope-0=25&until=never");
	forget(&a);
	a = decide(w, bob, "do=list-8&until=never&reason=agreed");
	CHECK(a.reply.status == 303, "the second: %u", a.reply.status);
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.97.100", NULL);
	CHECK(holds(&a, "\"listed\":true"), "listed");
	forget(&a);
	a = get(w, ITEM, "", ada);
	CHECK(holds(&a, "Listed") && holds(&a, "agreed") &&
		holds(&a, "/log/1/undo") && holds(&a, "withdrew the vote") &&
		holds(&a, "listed it"),
	    "the page has its past and the undo");
	fill(w, ada, ITEM, "/log/1/undo", "item=5", form);
	forget(&a);
	a = post(w, DECIDE, stale, bob);
	CHECK(a.reply.status == 409 && holds(&a, "Decided already") &&
		holds(&a, "<strong>bob</strong>"),
	    "decided already: %u", a.reply.status);
	forget(&a);
	a = post(w, "/log/1/undo", form, ada);
	CHECK(a.reply.status == 303, "undone: %u", a.reply.status);
	forget(&a);
	a = get(w, ITEM, "", ada);
	CHECK(holds(&a, "took it out again (undo)") &&
		holds(&a, "took the decision back"),
	    "reversals are told");
	forget(&a);
	arena_free(&arena);
}

static void
never_and_hop(struct world *w)
{
	struct arena arena = { 0 };
	char form[800], path[64];
	struct answer a;

	a = decide(w, ada, "do=never-1&reason=a+school");
	CHECK(a.reply.status == 200, "one: %u", a.reply.status);
	forget(&a);
	a = decide(w, bob, "do=never-1");
	CHECK(a.reply.status == 303, "two: %u", a.reply.status);
	forget(&a);
	a = get(w, ITEM, "", ada);
	CHECK(holds(&a, "Never to be listed") && holds(&a, "exempted it"),
	    "said so");
	snprintf(path, sizeof(path), "/log/%lu/undo",
	    (unsigned long)item(w, &arena).serial);
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.97.7", NULL);
	CHECK(holds(&a, "\"listed\":false"), "not listed");
	forget(&a);
	fill(w, ada, ITEM, path, "item=5", form);
	a = post(w, path, form, ada);
	CHECK(a.reply.status == 303, "undone: %u", a.reply.status);
	forget(&a);
	CHECK(item(w, &arena).state == ZONE_WAITING, "waits");

	/* with all the fields that a browser sends */
	a = decide(w, ada,
	    "submission=5&shown=&reason=&until=1d&date=&scope-0=&scope-1="
	    "&hop=203.0.96.1&scope-hop=&criterion=&canned=&do=list-hop"
	    "&back=queue");
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/queue?done=5") == 0,
	    "another relay: %u %s", a.reply.status, a.reply.location);
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.96.1", NULL);
	CHECK(holds(&a, "\"listed\":true"), "the relay is");
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.97.7", NULL);
	CHECK(holds(&a, "\"listed\":false"), "the boundary is not");
	forget(&a);
	arena_free(&arena);
}

/* ---- notes -------------------------------------------------------------- */

static void
noted(struct world *w)
{
	static const struct {
		const char *what;
		unsigned status;
	} cases[] = {
		{ "note=", 400 },
		{ "note=+%0A", 400 },
		{ "", 400 },
		{ "note=x&about=ip+198.18.0.1", 400 },
		{ "note=x&about=item+4", 400 },
		{ "note=x&about=%3Cx-evil%3E", 400 },
		{ "note=first+%3Cx-evil+on%3D1%3E%0Aline", 303 },
		{ "note=about+the+ip&about=ip+203.0.97.7", 303 },
		{ "note=about+him&about=submitter", 303 },
	};
	struct digest before, after;
	char form[800], big[2400];
	struct answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		fill(w, ada, ITEM, ITEM "/note", cases[i].what, form);
		before = world_bytes(w);
		a = post(w, ITEM "/note", form, ada);
		CHECK(a.reply.status == cases[i].status, "%s: %u",
		    cases[i].what, a.reply.status);
		forget(&a);
		after = world_bytes(w);
		CHECK(same(&before, &after) == (cases[i].status != 303),
		    "%s", cases[i].what);
	}
	fill(w, ada, ITEM, ITEM "/note", "", form);
	snprintf(big, sizeof(big), "%snote=%01001d", form, 7);
	a = post(w, ITEM "/note", big, ada);
	CHECK(a.reply.status == 400 && holds(&a, "at most 1,000") &&
		holds(&a, "0007</textarea>") &&
		hidden(&a, ITEM "/note", "token", form),
	    "too long: %u", a.reply.status);
	forget(&a);
	fill(w, ada, ITEM, ITEM "/note", "note=x", form);
	a = post(w, "/queue/4/note", form, ada);
	CHECK(a.reply.status == 403, "another item's form: %u", a.reply.status);
	forget(&a);
	a = get(w, ITEM, "", vera);
	CHECK(holds(&a, "first &lt;x-evil on=1&gt; line") &&
		holds(&a, "about the ip") && holds(&a, "about him") &&
		!holds(&a, "<x-evil"),
	    "all who see the item see its notes, as text");
	forget(&a);
	a = get(w, "/queue/4", "", vera);
	CHECK(!holds(&a, "about the ip"), "another item has none");
	forget(&a);
}

/* ---- two at once -------------------------------------------------------- */

struct rival {
	struct world *w;
	const char *cookie;
	char form[800];
	unsigned status;
};

static void *
rush(void *ctx)
{
	struct rival *r = ctx;
	struct answer a = post(r->w, "/queue/1/decide", r->form, r->cookie);

	r->status = a.reply.status;
	forget(&a);
	return NULL;
}

/* Both list it, each another width: one wins, the other is told. */
static void
race(struct world *w)
{
	for (unsigned round = 0; round < 10; round++) {
		struct rival rivals[2] = { { .w = w, .cookie = ada },
			{ .w = w, .cookie = bob } };
		char undo[64], form[800];
		struct arena arena = { 0 };
		struct zone_item it;
		pthread_t threads[2];
		struct answer a;
		unsigned won;

		fill(w, ada, "/queue/1", "/queue/1/decide",
		    "do=list-1&scope-0=26", rivals[0].form);
		fill(w, bob, "/queue/1", "/queue/1/decide",
		    "do=list-1&scope-0=27", rivals[1].form);
		for (unsigned i = 0; i < 2; i++) {
			CHECK(pthread_create(&threads[i], NULL, rush,
				  &rivals[i]) == 0,
			    "thread");
		}
		for (unsigned i = 0; i < 2; i++) {
			pthread_join(threads[i], NULL);
		}
		won = rivals[0].status == 303 ? 0 : 1;
		CHECK(rivals[won].status == 303 &&
			rivals[1 - won].status == 409,
		    "round %u: %u %u", round, rivals[0].status,
		    rivals[1].status);
		CHECK(zone_queue_get(www_site_queue(w->site), 1, &arena, &it) ==
			1,
		    "item 1");
		CHECK(it.state == ZONE_LISTED_ITEM &&
			strcmp(it.settled_by, won == 0 ? "ada" : "bob") == 0,
		    "round %u: the winner's", round);
		a = get(w, "/lookup.json", "q=203.0.114.50", NULL);
		CHECK(holds(&a, "\"listed\":true") == (won == 0),
		    "round %u: only the winner's width", round);
		forget(&a);
		snprintf(undo, sizeof(undo), "/log/%lu/undo",
		    (unsigned long)it.serial);
		fill(w, ada, "/queue/1", undo, "item=1", form);
		a = post(w, undo, form, ada);
		CHECK(a.reply.status == 303, "undo: %u", a.reply.status);
		forget(&a);
		arena_free(&arena);
	}
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	report(&w);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "ada");
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "bob");
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "vera");
	shown(&w);
	defanged();
	nothing_changes(&w);
	forged(&w);
	two_people(&w);
	never_and_hop(&w);
	noted(&w);
	race(&w);
	world_close(&w);
	return failures != 0;
}
