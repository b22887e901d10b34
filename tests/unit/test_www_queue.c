/* The queue's page: what stands in a row, where a decision leads back to, the
 * line that says what was done, claims, one at a time.
 */
#include "tests/unit/www_world.h"

static char vera[100], ada[100], bob[100];

/* A mail with every field of a row, and what a stranger may put there. */
static void
add(struct world *w, unsigned n, const char *key, const char *text,
    const char *submitter, uint8_t known)
{
	const char *why[] = { text };
	struct zone_candidate c[] = {
		{ "ip", key, ZONE_ADVICE_LIST, ZONE_CERTAIN, why, 1 },
		{ "address", "x@example.gr", ZONE_ADVICE_UNSURE, ZONE_UNSURE,
		    why, 1 },
	};
	struct zone_report r = { .subject = text,
		.from = text,
		.candidates = c,
		.n_candidates = 2,
		.relay = text,
		.helo = text,
		.rdns = n % 2 == 0 ? "" : text,
		.envelope_from = "bounce@example.gr" };
	struct zone_submission s = { .time = when_now() - 500 + n,
		.submitter = submitter,
		.road = "pipe",
		.kind = n % 2 == 0 ? "arf" : text,
		.known = known,
		.analysis = "{}" };
	struct zone_added added;
	char raw[40];

	snprintf(raw, sizeof(raw), "more %u", n);
	CHECK(zone_queue_add(www_site_queue(w->site), &s, raw, strlen(raw), &r,
		  1, &added) == 0,
	    "mail %u", n);
}

/* The part of PAGE that is the row of item ID; "" when it is not there. */
static char *
row_of(const struct answer *a, unsigned id)
{
	char what[40];
	const char *at, *end;
	char *row;

	snprintf(what, sizeof(what), "id=\"item-%u\"", id);
	at = strstr(a->reply.body.data, what);
	end = at != NULL ? strstr(at, "<li class=\"item\"") : NULL;
	if (at != NULL && end == NULL) {
		end = strstr(at, "</ol>");
	}
	row = strndup(at != NULL ? at : "",
	    at != NULL && end != NULL ? (size_t)(end - at) : 0);
	if (row == NULL) {
		exit(99);
	}
	return row;
}

static void
rows(struct world *w)
{
	static const struct {
		unsigned id;
		const char *must, *not ;
	} cases[] = {
		/* nothing chosen, one button for each thing, one stands out */
		{ 1, "value=\"list-1\" class=\"list\" data-key=\"l \"", NULL },
		{ 1, "value=\"list-2\" class=\"other\" data-key=\"a\"", NULL },
		{ 1, "value=\"dismiss\"", " checked" },
		{ 1, "/queue/1/claim", NULL },
		{ 1, "form=\"bulk\" name=\"i1\" value=\"1\"", NULL },
		{ 1, "list<span class=\"sure\"> · certain", NULL },
		/* address instead: that button is hinted at */
		{ 2, "value=\"list-1\" class=\"other\"", "class=\"list\"" },
		{ 2, "value=\"list-2\" class=\"hint\" data-key=\"l a\"", NULL },
		/* a wide network */
		{ 3, "List network", NULL },
		{ 3, "needs a weight of 2", NULL },
		/* never: no button, the reason */
		{ 4, "never list", "value=\"list-1\"" },
		{ 4, "value=\"list-2\"", "data-key=\"l" },
		/* what the mail says of itself */
		{ 5, "an abuse report", NULL },
		{ 5, "bounce@example.gr", NULL },
		{ 5, "no reverse name", NULL },
		{ 5, "registered", "not registered" },
		{ 5, "×2", NULL },
		{ 5, "by 2 people", NULL },
		{ 6, "not registered", NULL },
		{ 6, "trust t-new", NULL },
		{ 6, "<i>HELO</i> plain text", NULL },
	};
	struct answer a;

	add(w, 2, "203.0.114.50", "plain text", "one@example.gr", 1);
	add(w, 4, "203.0.114.50", "plain text", "two@example.gr", 0);
	add(w, 6, "203.0.114.51", "plain text", "one@example.gr", 0);
	a = get(w, "/queue", "", ada);
	CHECK(a.reply.status == 200, "%u", a.reply.status);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *row = row_of(&a, cases[i].id);

		CHECK(strstr(row, cases[i].must) != NULL, "%u: %s", cases[i].id,
		    cases[i].must);
		CHECK(
		    cases[i].not == NULL || strstr(row, cases[i].not ) == NULL,
		    "%u: no %s", cases[i].id, cases[i].not );
		free(row);
	}
	CHECK(holds(&a, "id=\"bulk\"") && holds(&a, "(6) Queue") &&
		holds(&a, "The oldest was first seen"),
	    "the form of several, the count, the age");
	forget(&a);
	a = get(w, "/queue", "", vera);
	CHECK(!holds(&a, "name=\"do\" value=\"list") &&
		!holds(&a, "value=\"dismiss\"") && !holds(&a, "id=\"bulk\"") &&
		!holds(&a, "/claim") && !holds(&a, "type=\"checkbox\""),
	    "a viewer has no buttons");
	forget(&a);
}

/* Each field of a row, one by one, with text that wants to be markup. */
static void
hostile(struct world *w)
{
	static const char *const evils[] = { EVIL, ("\xe2\x80\xae\x01" EVIL),
		"' onmouseover='x-evil", "--><x-evil>", "\xff\xfe<x-evil>",
		"javascript:x-evil//" };
	unsigned first = 100;

	for (size_t i = 0; i < COUNT(evils); i++) {
		char key[40];

		snprintf(key, sizeof(key), "203.0.115.%zu", i + 1);
		add(w, first + (unsigned)i, key, evils[i], evils[i], 1);
	}
	for (unsigned by = 0; by < 6; by++) {
		static const char *const queries[] = { "", "sort=newest",
			"group=relay", "group=sender", "group=campaign",
			"group=submitter" };
		struct answer a = get(w, "/queue", queries[by], ada);

		CHECK(a.reply.status == 200 && !holds(&a, "<x-evil") &&
			!holds(&a, "\xe2\x80\xae") && !holds(&a, "\x01") &&
			!holds(&a, "' onmouse") &&
			!holds(&a, "href=\"javascript"),
		    "%s", queries[by]);
		forget(&a);
	}
}

static void
searching(struct world *w)
{
	static const struct {
		const char *query, *must, *not ;
		unsigned status;
	} cases[] = {
		{ "q=203.0.114.9", "id=\"item-1\"", "id=\"item-2\"", 200 },
		{ "q=-203.0.114.9", "id=\"item-2\"", "id=\"item-1\"", 200 },
		{ "q=plain", "id=\"item-5\"", "id=\"item-1\"", 200 },
		{ "q=kind%3Aarf", "id=\"item-5\"", "id=\"item-1\"", 200 },
		{ "q=nothing-has-it", "Nothing fits", "id=\"item-", 200 },
		{ "q=form%3Ax", "role=\"alert\"", "id=\"item-", 400 },
		{ "q=form%3Ax", "value=\"form:x\"", NULL, 400 },
		{ "q=%22open", "A quotation mark is missing", "id=\"item-",
		    400 },
		{ "state=listed", "Nothing was listed yet", NULL, 200 },
		{ "q=plain&state=dismissed&sort=seen",
		    "/queue?state=waiting&amp;q=plain&amp;sort=seen", NULL,
		    200 },
		{ "group=sender&q=plain",
		    "state=waiting&amp;q=plain%20group%3Asender-", NULL, 200 },
		{ "group=submitter", "two@example.gr", NULL, 200 },
		{ "q=plain&page=2", "Nothing on this page", NULL, 200 },
	};
	char big[WWW_FIELDS_MAX * 8] = "q=";
	struct answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		a = get(w, "/queue", cases[i].query, vera);
		CHECK(a.reply.status == cases[i].status, "%s: %u",
		    cases[i].query, a.reply.status);
		CHECK(holds(&a, cases[i].must), "%s: %s", cases[i].query,
		    cases[i].must);
		CHECK(cases[i].not == NULL || !holds(&a, cases[i].not ),
		    "%s: no %s", cases[i].query, cases[i].not );
		forget(&a);
	}
	memset(big + 2, 'x', sizeof(big) - 3);
	a = get(w, "/queue", big, vera);
	CHECK(a.reply.status == 400 && holds(&a, "too long"), "long: %u",
	    a.reply.status);
	forget(&a);
}

/* Every item once, whatever the order, page by page. */
static void
paging(struct world *w)
{
	static const char *const sorts[] = { "", "newest", "reports", "seen" };

	for (unsigned n = 0; n < 60; n++) {
		char key[40];

		snprintf(key, sizeof(key), "203.0.116.%u", n + 1);
		add(w, 200 + n * 2, key, "paged", "pager@example.gr", 0);
	}
	for (size_t s = 0; s < COUNT(sorts); s++) {
		bool seen[400] = { false };
		unsigned total = 0;

		for (unsigned page = 1; page <= 3; page++) {
			char query[80];
			struct answer a;
			const char *at;

			snprintf(query, sizeof(query),
			    "q=submitter:pager&sort=%s&page=%u", sorts[s],
			    page);
			a = get(w, "/queue", query, ada);
			for (at = a.reply.body.data;
			     (at = strstr(at, "id=\"item-")) != NULL; at++) {
				unsigned long id = strtoul(at + 9, NULL, 10);

				CHECK(id < 400 && !seen[id], "%s: %lu twice",
				    sorts[s], id);
				if (id < 400) {
					seen[id] = true;
				}
				total++;
			}
			CHECK(a.reply.body.len < 100 * 1024, "%zu bytes",
			    a.reply.body.len);
			forget(&a);
		}
		CHECK(total == 60, "%s: %u", sorts[s], total);
	}
}

/* Take item ID's form on the page QUERY and send it with MORE. */
static struct answer
decide(struct world *w, const char *query, unsigned id, const char *more)
{
	char action[64], token[100], version[100], form[800];
	struct answer a = get(w, "/queue", query, ada);

	snprintf(action, sizeof(action), "/queue/%u/decide", id);
	CHECK(hidden(&a, action, "token", token) &&
		hidden(&a, action, "version", version),
	    "the form of %u", id);
	forget(&a);
	snprintf(
	    form, sizeof(form), "token=%s&version=%s&%s", token, version, more);
	return post(w, action, form, ada);
}

static void
undo(struct world *w, unsigned id, const char *more, const char *want)
{
	char query[40], action[64], token[100], version[100], form[400];
	struct answer a;

	snprintf(query, sizeof(query), "done=%u", id);
	a = get(w, "/queue", query, ada);
	snprintf(action, sizeof(action), "/queue/%u/reopen", id);
	CHECK(hidden(&a, action, "token", token) &&
		hidden(&a, action, "version", version),
	    "the undo of %u", id);
	forget(&a);
	snprintf(
	    form, sizeof(form), "token=%s&version=%s&%s", token, version, more);
	a = post(w, action, form, ada);
	CHECK(a.reply.status == 303 && strcmp(a.reply.location, want) == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
}

/* Where the form says it came from, and what is made of a forged word. */
static void
leading_back(struct world *w)
{
	static const struct {
		const char *more, *want;
	} cases[] = {
		{ "back=queue", "/queue?done=5" },
		{ "back=queue&at=state%3Dwaiting%26q%3Dplain%26page%3D2"
		  "&next=6",
		    "/queue?state=waiting&q=plain&page=2&done=5#item-6" },
		{ "back=queue&at=state%3Dx", "/queue?done=5" },
		{ "back=queue&at=q%3Dform%3Ax", "/queue?done=5" },
		{ "back=queue&at=%2F%2Fevil.example%2F&next=x",
		    "/queue?state=waiting&done=5" },
		{ "back=queue&at=q%3D%250d%250aSet-Cookie%253a%2520x",
		    "/queue?state=waiting&q=Set-Cookie%3A%20x&done=5" },
		{ "back=queue&at=q%3Da%2526b%253dc%23d",
		    "/queue?state=waiting&q=a%26b%3Dc%23d&done=5" },
		{ "back=line&at=q%3Dx", "/queue/done?done=5" },
		{ "back=next", "/queue/next?done=5" },
		{ "back=https%3A%2F%2Fevil.example", "/queue/5" },
		{ "", "/queue/5" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char more[300];
		struct answer a;

		snprintf(more, sizeof(more), "do=dismiss&%s", cases[i].more);
		a = decide(w, "q=plain", 5, more);
		CHECK(a.reply.status == 303 &&
			strcmp(a.reply.location, cases[i].want) == 0,
		    "%s: %u %s", cases[i].more, a.reply.status,
		    a.reply.location);
		forget(&a);
		undo(w, 5, "back=line", "/queue/done?done=5");
	}
}

/* The line tells what the item is, not what the address claims. */
static void
the_line(struct world *w)
{
	struct answer a = decide(w, "", 1, "do=list-1&back=line");
	char token[100];

	CHECK(a.reply.status == 303, "%u", a.reply.status);
	forget(&a);
	a = get(w, "/queue/done", "done=1", ada);
	CHECK(a.reply.status == 200 && holds(&a, "data-item=\"1\"") &&
		holds(&a, "data-state=\"listed\"") &&
		holds(&a, "role=\"status\"") && holds(&a, "203.0.114.9") &&
		hidden(&a, "/log/1/undo", "token", token),
	    "what was done, with its undo");
	forget(&a);
	a = get(w, "/queue/done", "done=1", vera);
	CHECK(holds(&a, "data-state=\"listed\"") && !holds(&a, "/log/1/undo"),
	    "a viewer is told, and cannot undo");
	forget(&a);
	a = get(w, "/queue", "done=2&q=plain", ada);
	CHECK(
	    !holds(&a, "<strong>Listed</strong>") && holds(&a, "Item 2 waits"),
	    "nothing was done to it");
	forget(&a);
	a = get(w, "/queue", "done=%3Cx-evil%3E", ada);
	CHECK(a.reply.status == 200 && !holds(&a, "class=\"note good flash"),
	    "no number");
	forget(&a);
	a = get(w, "/queue", "q=203.0.114.9&state=listed", ada);
	CHECK(holds(&a, "id=\"item-1\"") && holds(&a, "/log/1/undo"),
	    "undo in the row");
	forget(&a);
	a = get(w, "/queue/1", "", ada);
	CHECK(hidden(&a, "/log/1/undo", "token", token), "undo");
	forget(&a);
	{
		char form[200];

		snprintf(
		    form, sizeof(form), "token=%s&item=1&back=line", token);
		a = post(w, "/log/1/undo", form, ada);
		CHECK(a.reply.status == 303 &&
			strcmp(a.reply.location, "/queue/done?done=1") == 0,
		    "%u %s", a.reply.status, a.reply.location);
		forget(&a);
	}
}

static unsigned
claim(struct world *w, const char *cookie, const char *token_of, unsigned id,
    const char *what)
{
	char action[64], token[100], form[300];
	struct answer a = get(w, "/queue", "", token_of);
	unsigned status;

	snprintf(action, sizeof(action), "/queue/%u/claim", id);
	if (!hidden(&a, action, "token", token)) {
		snprintf(token, sizeof(token), "x");
	}
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&do=%s", token, what);
	a = post(w, action, form, cookie);
	status = a.reply.status;
	forget(&a);
	return status;
}

static void
claiming(struct world *w)
{
	struct digest before = world_bytes(w), after;
	struct answer a;
	char name[WWW_CLAIM_NAME] = "";
	int64_t since = 0;
	struct www_claims *claims = www_site_claims(w->site);

	CHECK(claim(w, ada, bob, 1, "take") == 403, "another's token");
	CHECK(claim(w, vera, ada, 1, "take") == 403, "a viewer");
	CHECK(claim(w, ada, ada, 1, "") == 400, "nothing to do");
	CHECK(claim(w, ada, ada, 1, "take") == 303, "claimed");
	a = get(w, "/queue", "", ada);
	CHECK(holds(&a, "You are looking at it"), "I am told");
	forget(&a);
	a = get(w, "/queue", "", bob);
	CHECK(holds(&a, "ada is looking at it") &&
		!holds(&a, "action=\"/queue/1/claim\""),
	    "bob is told");
	CHECK(holds(&a, "action=\"/queue/1/decide\""), "and may decide");
	forget(&a);
	a = get(w, "/queue/next", "", bob);
	CHECK(strcmp(a.reply.location, "/queue/2?zen=1") == 0,
	    "his next one is another: %s", a.reply.location);
	forget(&a);
	a = get(w, "/queue/next", "", ada);
	CHECK(strcmp(a.reply.location, "/queue/1?zen=1") == 0, "mine: %s",
	    a.reply.location);
	forget(&a);
	a = get(w, "/queue/next", "after=2", bob);
	CHECK(strcmp(a.reply.location, "/queue/3?zen=1") == 0, "after 2: %s",
	    a.reply.location);
	forget(&a);
	a = get(w, "/queue/next", "done=3", bob);
	CHECK(strcmp(a.reply.location, "/queue/2?zen=1&done=3") == 0,
	    "with its line: %s", a.reply.location);
	forget(&a);
	CHECK(claim(w, ada, ada, 1, "drop") == 303, "given back");
	a = get(w, "/queue", "", bob);
	CHECK(!holds(&a, "is looking at it"), "nobody");
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing of it was written");

	/* the decision ends it */
	CHECK(claim(w, ada, ada, 1, "take") == 303, "claimed");
	a = decide(w, "", 1, "do=dismiss&back=queue");
	forget(&a);
	CHECK(!www_claims_who(claims, 1, when_boot(), name, &since), "ended");
	undo(w, 1, "back=queue", "/queue?done=1");

	/* the table alone */
	CHECK(www_claims_take(claims, 7, "bob", 1000, name) &&
		!www_claims_take(
		    claims, 7, "ada", 1000 + WWW_CLAIM_LIFE - 1, name) &&
		strcmp(name, "bob") == 0,
	    "as long as it lasts");
	www_claims_drop(claims, 7, "ada");
	CHECK(www_claims_who(claims, 7, 1001, name, &since) && since == 1000,
	    "nobody gives back another's");
	CHECK(www_claims_take(claims, 7, "ada", 1000 + WWW_CLAIM_LIFE, name),
	    "it ends by itself");
	for (unsigned i = 0; i < 3 * WWW_CLAIMS; i++) {
		CHECK(www_claims_take(claims, 1000 + i, "bob", 5000 + i, name),
		    "%u", i);
	}
	CHECK(!www_claims_who(
		  claims, 1000, 5000 + 3 * WWW_CLAIMS, name, &since) &&
		www_claims_who(claims, 999 + 3 * WWW_CLAIMS,
		    5000 + 3 * WWW_CLAIMS, name, &since),
	    "the oldest give way");
}

/* The page of one item, one at a time: the form leads on, and says so. */
static void
one_at_a_time(struct world *w)
{
	char back[100], token[100], version[100], form[400];
	struct answer a = get(w, "/queue/1", "", ada);

	CHECK(!hidden(&a, "/queue/1/decide", "back", back) &&
		!holds(&a, "data-zen") && holds(&a, "/queue/1/claim"),
	    "not by itself");
	forget(&a);
	a = get(w, "/queue/1", "zen=1&done=2", ada);
	CHECK(holds(&a, " data-zen tabindex=-1>") &&
		holds(&a, "/queue/next?after=1") &&
		holds(&a, "Item 2 waits for a decision"),
	    "the way on, and what was done before");
	CHECK(hidden(&a, "/queue/1/decide", "back", back) &&
		strcmp(back, "next") == 0 &&
		hidden(&a, "/queue/1/decide", "token", token) &&
		hidden(&a, "/queue/1/decide", "version", version),
	    "the form: %s", back);
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&version=%s&back=next&do=x",
	    token, version);
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 400, "%u", a.reply.status);
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&version=99&back=next&do=dismiss",
	    token);
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 409 && holds(&a, "data-zen"),
	    "a page that comes back is still one of them: %u", a.reply.status);
	forget(&a);
	snprintf(form, sizeof(form),
	    "token=%s&version=%s&back=next&do=dismiss"
	    "&scope-0=&until=&date=&reason=", /* as browsers send it */
	    token, version);
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/queue/next?done=1") == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
	a = get(w, "/queue/next", "done=1", ada);
	CHECK(strcmp(a.reply.location, "/queue/2?zen=1&done=1") == 0, "%s",
	    a.reply.location);
	forget(&a);
	a = get(w, "/queue/2", "zen=1&done=1", ada);
	CHECK(hidden(&a, "/queue/1/reopen", "token", token), "with its undo");
	forget(&a);
	undo(w, 1, "back=queue", "/queue?done=1");
	/* a vote that is not enough */
	a = decide(w, "", 3, "do=list-1&back=queue");
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/queue?done=3") == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
	a = get(w, "/queue", "done=3", ada);
	CHECK(holds(&a, "Your vote on item 3 is kept"), "it is said");
	forget(&a);
	a = get(w, "/queue", "done=3", bob);
	CHECK(holds(&a, "Item 3 waits for a decision") && holds(&a, "1 vote"),
	    "to bob it is not his");
	forget(&a);
}

static void
small_things(struct world *w)
{
	char token[100], form[200];
	struct answer a = get(w, "/queue/count", "", vera);

	CHECK(a.reply.type == WWW_JSON && holds(&a, "{\"waiting\":72,"), "%s",
	    a.reply.body.data);
	forget(&a);
	a = get(w, "/script.js", "", NULL);
	CHECK(a.reply.status == 200 && a.reply.type == WWW_JS &&
		a.reply.may_cache && a.reply.body.len > 1000,
	    "the script");
	forget(&a);
	a = get(w, "/queue", "", vera);
	CHECK(holds(&a, "<script src=\"/script.js") &&
		holds(&a, "data-keys=\"on\"") && !holds(&a, " onclick") &&
		!holds(&a, "http://"),
	    "the only script, and nothing from elsewhere");
	CHECK(hidden(&a, "/queue/keys", "token", token), "a switch");
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&do=off", token);
	a = post(w, "/queue/keys", form, vera);
	CHECK(a.reply.status == 303 &&
		strncmp(a.reply.set_cookie, "keys=off;", 9) == 0,
	    "off: %u %s", a.reply.status, a.reply.set_cookie);
	forget(&a);
	snprintf(form, sizeof(form), "token=%s&do=maybe", token);
	a = post(w, "/queue/keys", form, vera);
	CHECK(a.reply.status == 400 && a.reply.set_cookie[0] == '\0', "%u",
	    a.reply.status);
	forget(&a);
	snprintf(form, sizeof(form), "%s; keys=off", vera);
	a = get(w, "/queue", "", form);
	CHECK(holds(&a, "data-keys=\"off\""), "and it stays so");
	forget(&a);
}

/* What is listed or exempted already, and what the guard says today. */
static void
conflicts(struct world *w)
{
	struct zone_change *change = NULL;
	const struct zone_config *config = www_site_config(w->site);
	const struct zone_list_conf *list =
	    zone_config_list(config, span_str("ip"));
	struct zone_terms yes = { .person = true };
	struct zone_terms hole = { .person = true, .exempt = true };
	struct zone_change_result done;
	struct zone_why by = { .by = "bob", .action = ZONE_ACTION_ADD };
	struct err_text why = { "" };
	struct zone_key a = { .kind = ZONE_KIND_IP }, b = a;
	struct answer page;
	char *row;

	CHECK(zone_key_parse(
		  ZONE_KIND_IP, span_str("203.0.114.0/28"), &a, &why) == 0 &&
		zone_key_parse(
		    ZONE_KIND_IP, span_str("203.0.114.50"), &b, &why) == 0,
	    "keys");
	CHECK(zone_change_new(www_site_store(w->site), config, &change) == 0 &&
		zone_change_put(change, list, &a, &yes, 0, &why) == 0 &&
		zone_change_put(change, list, &b, &hole, 0, &why) == 0 &&
		zone_change_commit(&change, &by, &done, &why) == 0,
	    "%s", why.text);
	www_site_release(w->site, config);
	page = get(w, "/queue", "", ada);
	row = row_of(&page, 1);
	CHECK(strstr(row, "covered already") != NULL &&
		strstr(row, "203.0.114.0/28") != NULL &&
		strstr(row, "class=\"list\"") == NULL,
	    "covered: no button stands out");
	free(row);
	row = row_of(&page, 5);
	CHECK(strstr(row, "exempted") != NULL &&
		strstr(row, "class=\"list\"") == NULL,
	    "exempted");
	free(row);
	forget(&page);
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "%s", vera);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "%s", ada);
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "%s", bob);
	www_site_tick(w.site);
	rows(&w);
	searching(&w);
	leading_back(&w);
	the_line(&w);
	claiming(&w);
	one_at_a_time(&w);
	conflicts(&w);
	hostile(&w);
	paging(&w);
	small_things(&w);
	world_close(&w);
	return failures != 0;
}
