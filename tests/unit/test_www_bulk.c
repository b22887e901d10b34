/* Several at once: each by itself, what could not be done is said and stays
 * chosen, and nothing happens by a form that is not ours.
 */
#include "tests/unit/www_world.h"

static char vera[100], ada[100], bob[100];

#define FORM 20000

/* N more items: 203.0.117.1 and so on, "bulk" in their subjects. */
static void
fill_queue(struct world *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const char *why[] = { "boundary" };
		char key[40], from[40], raw[40];
		struct zone_candidate c[] = {
			{ "ip", key, ZONE_ADVICE_LIST, ZONE_CERTAIN, why, 1 },
			{ "address", from, ZONE_ADVICE_UNSURE, ZONE_UNSURE, why,
			    1 },
		};
		struct zone_report r = { .subject = "bulk",
			.from = from,
			.candidates = c,
			.n_candidates = i % 50 == 49 ? 1 : 2 };
		struct zone_submission s = { .time = when_now() - 900,
			.submitter = "a@example.gr",
			.road = "pipe",
			.kind = "arf",
			.analysis = "{}" };
		struct zone_added added;

		snprintf(key, sizeof(key), "203.0.%u.%u", 117 + i / 200,
		    i % 200 + 1);
		snprintf(from, sizeof(from), "bulk%u@example.gr", i);
		snprintf(raw, sizeof(raw), "bulk %u", i);
		CHECK(zone_queue_add(www_site_queue(w->site), &s, raw,
			  strlen(raw), &r, 1, &added) == 0,
		    "%u", i);
	}
}

static uint64_t
count(struct world *w, enum zone_item_state state)
{
	uint64_t counts[3] = { 0 };

	CHECK(
	    zone_queue_counts(www_site_queue(w->site), counts) == 0, "counts");
	return counts[state];
}

/* The token of the form for several on COOKIE's page. */
static void
token_of(struct world *w, const char *cookie, char out[100])
{
	struct answer a = get(w, "/queue/bulk", "", cookie);

	if (!hidden(&a, "/queue/bulk", "token", out)) {
		snprintf(out, 100, "none");
	}
	forget(&a);
}

/* Its form with ITEMS, "i1=1&i2=1", and what is to be done. */
static struct answer
several(
    struct world *w, const char *cookie, const char *items, const char *what)
{
	static char form[FORM];
	char token[100];

	token_of(w, cookie, token);
	snprintf(form, sizeof(form), "token=%s&%s%s%s", token, items,
	    items[0] != '\0' && what[0] != '\0' ? "&" : "", what);
	return post(w, "/queue/bulk", form, cookie);
}

/* "i5=1&i6=1...": N items from FIRST on. */
static const char *
items_from(unsigned first, unsigned n, char out[FORM])
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		at += (size_t)snprintf(out + at, FORM - at, "%si%u=1",
		    i > 0 ? "&" : "", first + i);
	}
	return out;
}

static void
refused(struct world *w)
{
	static const struct {
		const char *items, *what, *must;
		unsigned status;
	} cases[] = {
		{ "", "do=dismiss", "Nothing was chosen", 400 },
		{ "i1=0", "do=dismiss", "Nothing was chosen", 400 },
		{ "i0=1", "do=dismiss", "Nothing was chosen", 400 },
		{ "i1=x&ix=1&i=1&1=1", "do=dismiss", "Nothing was chosen",
		    400 },
		{ "i1=1", "", "did not say what to do", 400 },
		{ "i1=1", "do=approve", "did not say what to do", 400 },
		{ "i1=1", "do=", "did not say what to do", 400 },
		{ "i99999=1", "do=dismiss", "It is not there any more", 200 },
		{ "i1=7", "do=dismiss", "It has changed since you looked",
		    200 },
		{ "i1=7", "do=list", "It has changed since you looked", 200 },
		{ "i4=1", "do=list", "Nothing is proposed in it", 200 },
		{ "i1=1", "do=undo", "It has changed since you looked", 200 },
	};
	struct digest before = world_bytes(w), after;
	static char items[FORM], form[FORM];
	char token[100];
	struct answer a;

	for (size_t i = 0; i < COUNT(cases); i++) {
		a = several(w, ada, cases[i].items, cases[i].what);
		CHECK(a.reply.status == cases[i].status, "%s %s: %u",
		    cases[i].items, cases[i].what, a.reply.status);
		CHECK(holds(&a, cases[i].must), "%s %s", cases[i].items,
		    cases[i].what);
		forget(&a);
	}
	a = several(w, ada, items_from(5, 201, items), "do=dismiss");
	CHECK(a.reply.status == 400 && holds(&a, "More than 200"),
	    "above the cap: %u", a.reply.status);
	CHECK(holds(&a, "name=\"i5\"") && holds(&a, "name=\"i204\""),
	    "they stay chosen");
	forget(&a);
	snprintf(form, sizeof(form), "do=dismiss&reason=%0600d", 7);
	a = several(w, ada, "i1=1&i2=1", form);
	CHECK(a.reply.status == 400 && holds(&a, "The reason is too long") &&
		holds(&a, "name=\"i1\" value=\"1\" checked") &&
		holds(&a, "name=\"i2\" value=\"1\" checked"),
	    "an error keeps what was chosen");
	forget(&a);

	token_of(w, bob, token);
	snprintf(form, sizeof(form), "token=%s&i1=1&do=dismiss", token);
	a = post(w, "/queue/bulk", form, ada);
	CHECK(a.reply.status == 403, "another's token: %u", a.reply.status);
	forget(&a);
	a = post(w, "/queue/bulk", "i1=1&do=dismiss", ada);
	CHECK(a.reply.status == 403, "no token: %u", a.reply.status);
	forget(&a);
	a = post(w, "/queue/bulk", form, vera);
	CHECK(a.reply.status == 403, "a viewer: %u", a.reply.status);
	forget(&a);
	a = ask_full(w, WWW_POST, "/queue/bulk", "", form, bob, "cross-site");
	CHECK(a.reply.status == 403, "from elsewhere: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue/bulk", form, ada);
	CHECK(a.reply.status == 200, "a GET only shows: %u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was changed by any of them");
}

static void
choosing(struct world *w)
{
	struct answer a = get(w, "/queue/bulk", "q=subject:bulk", ada);
	unsigned boxes = 0;

	for (const char *at = a.reply.body.data;
	     (at = strstr(at, " checked>")) != NULL; at++) {
		boxes++;
	}
	CHECK(boxes == 200 && holds(&a, "At most 200 are decided at once; 320"),
	    "%u boxes", boxes);
	CHECK(holds(&a, "page=2"), "the others are in reach");
	CHECK(a.reply.body.len < 100 * 1024, "%zu bytes", a.reply.body.len);
	forget(&a);
	a = get(w, "/queue/bulk", "q=subject:bulk&page=2", ada);
	CHECK(holds(&a, "120 items are chosen"), "the rest");
	forget(&a);
	a = get(w, "/queue/bulk", "q=subject:bulk&page=2&only=page", ada);
	CHECK(holds(&a, "25 items are chosen") &&
		holds(&a, "state=waiting&amp;q=subject%3Abulk&amp;page=2"),
	    "one page, and back to it");
	forget(&a);
	a = get(w, "/queue/bulk", "q=subject:bulk", vera);
	CHECK(a.reply.status == 200 && !holds(&a, "checkbox"), "a viewer");
	forget(&a);
}

/* Good ones among bad ones: each has its own end. */
static void
mixed(struct world *w)
{
	struct answer a = several(w, bob, "i6=1", "do=dismiss&reason=mine");
	char version[100];

	CHECK(a.reply.status == 200, "bob was faster: %u", a.reply.status);
	forget(&a);
	a = several(w, ada, "i5=1&i6=1&i7=9&i3=1&i4=1&i999=1",
	    "do=list&reason=one+%3Cx-evil%3E&at=q%3Dsubject%253Abulk");
	CHECK(a.reply.status == 200 && holds(&a, "1 item was listed.") &&
		holds(&a, "1 vote was kept") && holds(&a, "4 were not done"),
	    "%u", a.reply.status);
	CHECK(holds(&a, "Decided already:") &&
		holds(&a, "<strong>bob</strong>") && holds(&a, "mine"),
	    "bob's");
	CHECK(holds(&a, "It has changed since you looked"), "stale");
	CHECK(holds(&a, "a weight of 1 more is needed"), "a wide network");
	CHECK(holds(&a, "Nothing is proposed in it"), "private space");
	CHECK(holds(&a, "It is not there any more"), "none such");
	CHECK(holds(&a, "name=\"i7\"") && !holds(&a, "name=\"i6\""),
	    "what still waits stays chosen");
	CHECK(
	    holds(&a, "value=\"one &lt;x-evil&gt;\"") && !holds(&a, "<x-evil"),
	    "with its reason");
	CHECK(holds(&a, "/queue?state=waiting&amp;q=subject%3Abulk"),
	    "and the way back");
	CHECK(hidden(&a, "/queue/bulk", "i5", version), "undo of the one");
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.117.1", NULL);
	CHECK(holds(&a, "\"listed\":true"), "in the list");
	forget(&a);
	{
		char item[120];

		snprintf(item, sizeof(item), "i5=%s", version);
		a = several(w, vera, item, "do=undo");
		CHECK(a.reply.status == 403, "not by a viewer");
		forget(&a);
		a = several(w, ada, item, "do=undo");
		CHECK(holds(&a, "1 item waits again."), "undone");
		forget(&a);
		a = several(w, ada, item, "do=undo");
		CHECK(holds(&a, "1 was not done"), "once only");
		forget(&a);
	}
	a = get(w, "/lookup.json", "q=203.0.117.1", NULL);
	CHECK(holds(&a, "\"listed\":false"), "not any more");
	forget(&a);
}

/* As many as there may be. */
static void
many(struct world *w)
{
	static char items[FORM];
	uint64_t before = count(w, ZONE_DISMISSED);
	struct answer a = several(w, ada, items_from(100, 200, items),
	    "do=dismiss&reason=one+reason");

	/* a slow disk may leave some for the next time: they stay chosen */
	while (holds(&a, "The time was over before its turn")) {
		forget(&a);
		a = several(w, ada, items, "do=dismiss&reason=one+reason");
	}
	CHECK(a.reply.status == 200 && count(w, ZONE_DISMISSED) == before + 200,
	    "%u: %llu", a.reply.status,
	    (unsigned long long)count(w, ZONE_DISMISSED));
	forget(&a);
	a = several(w, ada, items, "do=dismiss");
	CHECK(holds(&a, "200 were not done"), "the same form again");
	CHECK(count(w, ZONE_DISMISSED) == before + 200, "changes nothing");
	forget(&a);
	a = several(w, ada, "i60=1&i54=1", "do=address");
	CHECK(holds(&a, "1 item was listed.") &&
		holds(&a, "It has no address that may be listed"),
	    "the address instead");
	forget(&a);
	a = get(w, "/lookup.json", "q=bulk55%40example.gr", NULL);
	CHECK(holds(&a, "\"listed\":true"), "that address");
	forget(&a);
	a = get(w, "/lookup.json", "q=203.0.117.56", NULL);
	CHECK(holds(&a, "\"listed\":false"), "and not the relay");
	forget(&a);
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
	fill_queue(&w, 320);
	refused(&w);
	choosing(&w);
	mixed(&w);
	many(&w);
	world_close(&w);
	return failures != 0;
}
