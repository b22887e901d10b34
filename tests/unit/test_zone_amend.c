/* One entry taken out or given another end: only as it was shown, only as far
 * as one person may; and what lies within a network.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/amend.h"
#include "zone/find.h"
#include "zone/history.h"
#include "zone/within.h"

static struct zone_list_conf lists[] = {
	{ .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .code = 0x7f000002,
	    .widest_v4 = 12,
	    .widest_v6 = 32,
	    .wide_v4 = 24,
	    .wide_v6 = 56,
	    .approve_at = 1,
	    .wide_at = 2,
	    .expiry = 30 * 86400 },
};
static struct zone_config config = { .lists = lists, .n_lists = 1 };
static const struct zone_person ann = { "ann", 1, false };
static const struct zone_person two = { "two", 2, false };
static char dir[SCRATCH];
static struct zone_store *store;
static struct err_text why;

static struct zone_key
key_of(const char *text)
{
	struct zone_key key;

	CHECK(zone_key_parse(ZONE_KIND_IP, span_str(text), &key, &why) == 0,
	    "%s", why.text);
	return key;
}

static void
put(const char *text, bool exempt, int64_t until)
{
	struct zone_terms t = { .exempt = exempt,
		.until = until,
		.forever = until == 0,
		.person = true,
		.reason = "spam",
		.criterion = "c1",
		.source = "queue",
		.evidence = "item 7" };
	struct zone_why by = { .by = "ann", .action = ZONE_ACTION_ADD };
	struct zone_change *c = NULL;
	struct zone_change_result result;
	struct zone_key key = key_of(text);

	CHECK(zone_change_new(store, &config, &c) == 0 &&
		zone_change_put(c, &lists[0], &key, &t, 0, &why) == 0 &&
		zone_change_commit(&c, &by, &result, &why) == 0,
	    "put %s: %s", text, why.text);
}

static struct zone_entry
entry(const char *text, struct zone_detail *ret_detail)
{
	struct zone_entry e = { .detail = 0 };
	struct zone_key key = key_of(text);
	static struct zone_view *v;
	uint16_t number;

	zone_view_close(&v);
	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0 &&
		zone_view_list(v, "ip", ZONE_KIND_IP, &number) == 1 &&
		zone_find_exact(v, number, &key, &e) >= 0,
	    "view");
	if (ret_detail != NULL && e.detail != 0) {
		CHECK(zone_view_detail(v, e.detail, ret_detail) == 1, "detail");
	} else {
		zone_view_close(&v);
	}
	return e;
}

static enum zone_outcome
amend(const char *text, const struct zone_person *who, struct zone_amendment a)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct zone_key key = key_of(text);
	int r;

	a.list = &lists[0];
	a.key = &key;
	a.reason = "a reason";
	why.text[0] = '\0';
	r = zone_moderate_amend(store, &config, who, &a, &done, &why);
	CHECK(r == 0, "%s: %s %s", text, err_str(r), why.text);
	CHECK((done.outcome == ZONE_DONE) == (done.serial != 0), "%s", text);
	return done.outcome;
}

static void
removed(void)
{
	uint32_t id;

	put("203.0.114.9", false, when_now() + 1000);
	id = entry("203.0.114.9", NULL).detail;
	CHECK(amend("203.0.114.9", &ann,
		  (struct zone_amendment){ .detail = id + 1, .remove = true }) ==
		ZONE_MOVED,
	    "another entry than was shown");
	CHECK(amend("203.0.114.10", &ann,
		  (struct zone_amendment){ .detail = id, .remove = true }) ==
		ZONE_MOVED,
	    "another key");
	CHECK(amend("203.0.114.9", &ann,
		  (struct zone_amendment){ .detail = 0, .remove = true }) ==
		ZONE_MOVED,
	    "no detail");
	CHECK(entry("203.0.114.9", NULL).detail == id, "still there");
	CHECK(amend("203.0.114.9", &ann,
		  (struct zone_amendment){ .detail = id, .remove = true }) ==
		ZONE_DONE,
	    "taken out: %s", why.text);
	CHECK(entry("203.0.114.9", NULL).detail == 0, "gone");
	CHECK(amend("203.0.114.9", &ann,
		  (struct zone_amendment){ .detail = id, .remove = true }) ==
		ZONE_MOVED,
	    "twice");
}

static void
another_end(void)
{
	static const struct {
		const char *what, *key;
		bool exempt;
		int64_t until; /* from now; 0: never */
		bool full;
		int64_t want; /* from now; 0: never */
		enum zone_outcome outcome;
	} cases[] = {
		{ "shorter", "203.0.114.20", false, 9000, false, 5000,
		    ZONE_DONE },
		{ "longer", "203.0.114.21", false, 5000, false, 9000,
		    ZONE_DONE },
		{ "over", "203.0.114.22", false, 5000, false, -1,
		    ZONE_GUARDED },
		{ "for good by one", "203.0.114.23", false, 5000, false, 0,
		    ZONE_GUARDED },
		{ "for good by two", "203.0.114.24", false, 5000, true, 0,
		    ZONE_DONE },
		{ "wide, longer, by one", "203.1.0.0/20", false, 5000, false,
		    9000, ZONE_GUARDED },
		{ "wide, shorter, by one", "203.1.16.0/20", false, 5000, false,
		    900, ZONE_DONE },
		{ "wide, longer, by two", "203.1.32.0/20", false, 5000, true,
		    9000, ZONE_DONE },
		{ "no end, given one", "203.0.114.25", false, 0, false, 9000,
		    ZONE_DONE },
		{ "an exemption, by one", "203.0.114.26", true, 0, false, 9000,
		    ZONE_GUARDED },
		{ "an exemption, by two", "203.0.114.27", true, 0, true, 9000,
		    ZONE_DONE },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now = when_now();
		struct zone_detail d = { .id = 0 };
		struct zone_entry before, after;
		enum zone_outcome o;

		put(cases[i].key, cases[i].exempt,
		    cases[i].until != 0 ? now + cases[i].until : 0);
		before = entry(cases[i].key, NULL);
		o = amend(cases[i].key, cases[i].full ? &two : &ann,
		    (struct zone_amendment){ .detail = before.detail,
			.until = now + cases[i].want,
			.forever = cases[i].want == 0 });
		CHECK(o == cases[i].outcome, "%s: %d %s", cases[i].what, (int)o,
		    why.text);
		after = entry(cases[i].key, &d);
		if (o != ZONE_DONE) {
			CHECK(after.detail == before.detail &&
				why.text[0] != '\0',
			    "%s: as it was", cases[i].what);
			continue;
		}
		CHECK(after.detail != before.detail &&
			after.code == before.code &&
			after.until ==
			    (cases[i].want == 0 ? 0 : now + cases[i].want),
		    "%s: until %lld", cases[i].what, (long long)after.until);
		CHECK(d.person && span_is(d.reason, "spam") &&
			span_is(d.criterion, "c1") &&
			span_is(d.evidence, "item 7") &&
			span_is(d.source, "queue"),
		    "%s: its words stay", cases[i].what);
	}
	(void)entry("203.0.114.1", NULL);
}

static void
exemption_removed(void)
{
	uint32_t id;

	put("203.0.114.40", true, 0);
	id = entry("203.0.114.40", NULL).detail;
	CHECK(amend("203.0.114.40", &ann,
		  (struct zone_amendment){ .detail = id, .remove = true }) ==
		ZONE_GUARDED,
	    "one is not enough to open what two made");
	CHECK(amend("203.0.114.40", &two,
		  (struct zone_amendment){ .detail = id, .remove = true }) ==
		ZONE_DONE,
	    "%s", why.text);
}

static void
within(void)
{
	static const struct {
		const char *net;
		int r;
		size_t listed, exempt;
	} cases[] = {
		{ "203.64.0.0/24", 0, 2, 1 },
		{ "203.64.0.0/16", 0, 3, 1 },
		{ "203.64.1.0/24", 0, 1, 0 },
		{ "203.64.2.0/24", 0, 0, 0 },
		{ "203.64.0.9/32", 0, 0, 0 },
		{ "203.64.0.0/12", 0, 5, 1 },
		{ "203.64.0.0/14", 0, 5, 1 },
		{ "2a00:1::/32", 0, 2, 0 },
		{ "2a00:1::/64", 0, 1, 0 },
		{ "2a00:2::/32", 0, 0, 0 },
	};
	struct zone_view *v = NULL;
	uint16_t number;

	put("203.64.0.9", false, 0);
	put("203.64.0.128/25", false, 0);
	put("203.64.0.7", true, 0);
	put("203.64.0.8", false, when_now() + 1);
	put("203.64.1.1", false, 0);
	put("203.64.0.0/15", false, 0);
	put("203.65.0.1", false, 0);
	put("2a00:1::/64", false, 0);
	put("2a00:1::1", false, 0);
	/* what has ended is not counted: the clock of the view decides */
	while (when_now() <= entry("203.64.0.8", NULL).until) {
		struct timespec t = { .tv_nsec = 100000000 };

		nanosleep(&t, NULL);
	}
	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0 &&
		zone_view_list(v, "ip", ZONE_KIND_IP, &number) == 1,
	    "view");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_key key = key_of(cases[i].net);
		struct zone_within w = { 99, 99 };
		int r = zone_view_within(v, number, &key.ip, &w);

		CHECK(r == cases[i].r && w.listed == cases[i].listed &&
			w.exempt == cases[i].exempt,
		    "%s: %d, %zu and %zu", cases[i].net, r, w.listed, w.exempt);
	}
	zone_view_close(&v);
}

int
main(void)
{
	scratch_make(dir);
	CHECK(zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 8 << 20,
		  &store, &why) == 0 &&
		zone_moderate_init(store, &config) == 0,
	    "%s", why.text);
	if (failures > 0) {
		return 1;
	}
	removed();
	another_end();
	exemption_removed();
	within();
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
