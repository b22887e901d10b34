/* Decisions: one winner, the guard's last word, everything undone. */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/find.h"
#include "zone/history.h"
#include "zone/moderate.h"
#include "zone/verify.h"

static struct zone_list_conf lists[] = {
	{ .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .code = 0x7f000002,
	    .widest_v4 = 16,
	    .widest_v6 = 32,
	    .wide_v4 = 24,
	    .wide_v6 = 56,
	    .approve_at = 1,
	    .wide_at = 2 },
	{ .name = "address",
	    .kind = ZONE_KIND_ADDRESS,
	    .code = 0x7f000002,
	    .approve_at = 1,
	    .wide_at = 2 },
};
static struct zone_config config = { .lists = lists, .n_lists = 2 };

static char dir[SCRATCH];
static struct zone_store *store;
static struct zone_queue *queue;
static struct err_text why;

static const struct zone_person ann = { "ann", 1, false };
static const struct zone_person bob = { "bob", 1, false };
static const struct zone_person root = { "root", 0, true };

/* A new item with one mail as evidence; KEYS: list, key, advice. */
static uint64_t
item(const char *mail, struct zone_candidate *c, unsigned n)
{
	struct zone_submission sub = { .time = when_now(),
		.submitter = "ann@example.gr",
		.road = "pipe",
		.kind = "raw",
		.analysis = "{}" };
	struct zone_report report = {
		.subject = "s", .from = "f", .candidates = c, .n_candidates = n
	};
	struct zone_added added;
	uint64_t id = 0;

	CHECK(zone_queue_add(
		  queue, &sub, mail, strlen(mail), &report, 1, &added) == 0,
	    "add");
	CHECK(n == 0 || c[0].advice == ZONE_ADVICE_NEVER ||
		zone_queue_waiting(queue, c[0].list, c[0].key, &id) == 1,
	    "%s waits", c[0].key);
	return id;
}

static enum zone_verdict
verdict(const char *list, enum zone_kind kind, const char *text)
{
	struct zone_view *v = NULL;
	struct zone_hit hit = { .verdict = ZONE_CLEAR };
	struct zone_key key;
	uint16_t number;

	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0 &&
		zone_view_list(v, list, kind, &number) == 1 &&
		zone_key_parse(kind, span_str(text), &key, &why) == 0 &&
		zone_find_key(v, number, &key, &hit, NULL) == 0,
	    "find %s: %s", text, why.text);
	zone_view_close(&v);
	return hit.verdict;
}

static enum zone_verdict
ip(const char *text)
{
	return verdict("ip", ZONE_KIND_IP, text);
}

static struct zone_decided
decide(const struct zone_person *who, uint64_t id, uint32_t version,
    uint32_t approve)
{
	struct zone_decision d = { .item = id,
		.version = version,
		.approve = approve,
		.reason = "because" };
	struct zone_decided done = { .outcome = ZONE_MISSING };
	int r;

	why.text[0] = '\0';
	r = zone_moderate_decide(store, queue, &config, who, &d, &done, &why);
	CHECK(r == 0, "decide: %s %s", err_str(r), why.text);
	return done;
}

static uint32_t
version_of(uint64_t id)
{
	struct arena arena = { 0 };
	struct zone_item it = { .version = 0 };
	uint32_t v;

	CHECK(zone_queue_get(queue, id, &arena, &it) == 1, "item");
	v = it.version;
	arena_free(&arena);
	return v;
}

static enum zone_item_state
state_of(uint64_t id)
{
	struct arena arena = { 0 };
	struct zone_item it = { .version = 0 };

	CHECK(zone_queue_get(queue, id, &arena, &it) == 1, "item");
	arena_free(&arena);
	return it.state;
}

static void
approve_and_undo(void)
{
	struct zone_candidate c[] = {
		{ "ip", "203.0.114.9", ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL,
		    0 },
		{ "address", "spammer@example.gr", ZONE_ADVICE_UNSURE,
		    ZONE_UNSURE, NULL, 0 },
	};
	struct zone_change_result res;
	struct zone_decided done, back;
	uint64_t id = item("mail one", c, 2);
	uint32_t version = version_of(id);

	CHECK(ip("203.0.114.9") == ZONE_CLEAR, "before");
	done = decide(&ann, id, version, 1);
	CHECK(done.outcome == ZONE_DONE && done.serial == 1, "approved: %d",
	    (int)done.outcome);
	CHECK(ip("203.0.114.9") == ZONE_LISTED, "listed");
	CHECK(verdict("address", ZONE_KIND_ADDRESS, "spammer@example.gr") ==
		ZONE_CLEAR,
	    "the address is not");
	CHECK(state_of(id) == ZONE_LISTED_ITEM, "settled");
	CHECK(decide(&bob, id, version, 0).outcome == ZONE_SETTLED,
	    "the second is told");

	CHECK(zone_moderate_undo(store, queue, &config, "ann", done.serial,
		  "mistake", &back, &res, &why) == 0,
	    "undo: %s", why.text);
	CHECK(back.outcome == ZONE_DONE && back.serial == 2, "undone");
	CHECK(ip("203.0.114.9") == ZONE_CLEAR, "not listed any more");
	CHECK(state_of(id) == ZONE_WAITING, "waits again");
	CHECK(zone_moderate_undo(store, queue, &config, "ann", done.serial,
		  "again", &back, &res, &why) == 0 &&
		back.outcome == ZONE_MOVED,
	    "twice: nothing left to take back");
	CHECK(zone_moderate_undo(store, queue, &config, "ann", 99, "", &back,
		  &res, &why) == 0 &&
		back.outcome == ZONE_MISSING,
	    "no such serial");

	done = decide(&ann, id, version, 1);
	CHECK(done.outcome == ZONE_STALE, "an old version: %d",
	    (int)done.outcome);
	done = decide(&ann, id, version_of(id), 2);
	CHECK(done.outcome == ZONE_DONE, "the address instead");
	CHECK(ip("203.0.114.9") == ZONE_CLEAR, "the IP is not listed");
	CHECK(verdict("address", ZONE_KIND_ADDRESS, "spammer@example.gr") ==
		ZONE_LISTED,
	    "the address is");
}

static void
votes(void)
{
	struct zone_candidate wide[] = {
		{ "ip", "203.0.120.0/22", ZONE_ADVICE_LIST, ZONE_PROBABLE, NULL,
		    0 },
	};
	uint64_t id = item("mail two", wide, 1);
	struct zone_decided done = decide(&ann, id, 0, 1);

	CHECK(
	    done.outcome == ZONE_VOTED && done.weight == 1 && done.needed == 2,
	    "one is not enough for a /22: %d %u/%u %s", (int)done.outcome,
	    done.weight, done.needed, why.text);
	done = decide(&ann, id, 0, 1);
	CHECK(done.outcome == ZONE_AGAIN && done.weight == 1,
	    "nobody votes twice");
	CHECK(ip("203.0.120.1") == ZONE_CLEAR, "not listed yet");
	done = decide(&bob, id, 0, 1);
	CHECK(done.outcome == ZONE_DONE, "two are: %d", (int)done.outcome);
	CHECK(ip("203.0.120.1") == ZONE_LISTED, "listed");

	wide[0].key = "203.0.124.0/22";
	id = item("mail three", wide, 1);
	CHECK(decide(&root, id, 0, 1).outcome == ZONE_DONE,
	    "the administrator counts in full");
}

static void
refusals(void)
{
	struct zone_candidate c[] = {
		{ "ip", "10.1.2.3", ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL, 0 },
		{ "ip", "203.0.114.77", ZONE_ADVICE_NEVER, ZONE_CERTAIN, NULL,
		    0 },
		{ "ip", "127.0.0.1", ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL, 0 },
		{ "ip", "203.0.0.0/15", ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL,
		    0 },
		{ "nolist", "203.0.114.78", ZONE_ADVICE_LIST, ZONE_CERTAIN,
		    NULL, 0 },
	};
	uint64_t id = item("mail four", c, COUNT(c)), serial, after;
	struct zone_decided done;
	struct zone_view *v = NULL;

	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0, "v");
	serial = zone_view_serial(v);
	for (unsigned i = 0; i < COUNT(c); i++) {
		done = decide(&root, id, 0, UINT32_C(1) << i);
		CHECK(done.outcome == ZONE_GUARDED && why.text[0] != '\0',
		    "%s: outcome %d", c[i].key, (int)done.outcome);
	}
	done = decide(&root, id, 0, UINT32_C(1) << COUNT(c));
	CHECK(done.outcome == ZONE_MISSING, "no such candidate");
	CHECK(decide(&root, 9999, 0, 1).outcome == ZONE_MISSING, "no item");
	CHECK(zone_view_renew(v) == 0, "renew");
	after = zone_view_serial(v);
	CHECK(after == serial, "nothing was written");
	zone_view_close(&v);

	done = decide(&ann, id, 0, 0);
	CHECK(done.outcome == ZONE_DONE && done.serial == 0, "dismissed");
	CHECK(state_of(id) == ZONE_DISMISSED, "dismissed");
	CHECK(zone_moderate_reopen(queue, "bob", id, 0, &done) == 0 &&
		done.outcome == ZONE_DONE && state_of(id) == ZONE_WAITING,
	    "reopened");
	CHECK(zone_moderate_reopen(queue, "bob", id, 0, &done) == 0 &&
		done.outcome == ZONE_SETTLED,
	    "it waits already");
}

/* When the entry of an IP ends; -1: there is none. */
static int64_t
until_of(const char *text)
{
	struct zone_view *v = NULL;
	struct zone_entry e = { .until = -1 };
	struct zone_key key;
	uint16_t number;

	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0 &&
		zone_view_list(v, "ip", ZONE_KIND_IP, &number) == 1 &&
		zone_key_parse(ZONE_KIND_IP, span_str(text), &key, &why) == 0 &&
		zone_find_exact(v, number, &key, &e) >= 0,
	    "exact %s: %s", text, why.text);
	zone_view_close(&v);
	return e.until;
}

/* The list's own life, a time of one's own, none at all. */
static void
lives(void)
{
	static const struct {
		const char *mail, *key;
		int64_t until;
		bool forever;
	} cases[] = {
		{ "mail usual", "203.0.114.90", 0, false },
		{ "mail own", "203.0.114.91", INT64_C(5000000000), false },
		{ "mail ever", "203.0.114.92", 0, true },
	};
	int64_t now = when_now(), until;

	lists[0].expiry = 86400;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_candidate c = { "ip", cases[i].key,
			ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL, 0 };
		struct zone_decision d = {
			.item = item(cases[i].mail, &c, 1),
			.approve = 1,
			.until = cases[i].until,
			.forever = cases[i].forever,
		};
		struct zone_decided done = { .outcome = ZONE_MISSING };

		CHECK(zone_moderate_decide(
			  store, queue, &config,
			  cases[i].forever ? &root : &ann, &d, &done, &why) ==
				0 &&
			done.outcome == ZONE_DONE,
		    "%s: %s", cases[i].mail, why.text);
		until = until_of(cases[i].key);
		CHECK(cases[i].forever ? until == 0
			: cases[i].until != 0
			? until == cases[i].until
			: until >= now + 86400 && until <= now + 86400 + 60,
		    "%s: until %lld", cases[i].mail, (long long)until);
	}
	lists[0].expiry = 0;
}

static int
put(struct zone_change *c, const char *text, bool exempt, const char *source,
    bool person, unsigned flags)
{
	struct zone_terms t = {
		.exempt = exempt, .source = source, .person = person
	};
	struct zone_key key;
	int r = zone_key_parse(ZONE_KIND_IP, span_str(text), &key, &why);

	return r < 0 ? r : zone_change_put(c, &lists[0], &key, &t, flags, &why);
}

/* Imports leave alone what a person made and what says the same. */
static void
imports(void)
{
	struct zone_why import = {
		.by = "cli", .action = ZONE_ACTION_IMPORT, .source = "feed"
	};
	struct zone_change_result res;
	struct zone_change *c = NULL;
	struct zone_key key;
	unsigned keep = ZONE_PUT_KEEP_PERSON | ZONE_PUT_KEEP_SAME;

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	CHECK(put(c, "203.0.114.50", false, "", true, 0) == 0, "put");
	CHECK(put(c, "10.0.0.1", false, "", true, 0) == ERR_REFUSED, "guard");
	CHECK(put(c, "10.0.0.1", true, "", true, 0) == 0, "a hole is safe");
	CHECK(zone_change_commit(&c, &import, &res, &why) == 0 &&
		res.added == 2 && c == NULL,
	    "added %zu", res.added);

	for (int twice = 0; twice < 2; twice++) {
		CHECK(zone_change_new(store, &config, &c) == 0, "new");
		CHECK(put(c, "203.0.114.50", true, "feed", false, keep) == 0 &&
			put(c, "203.0.114.51", false, "feed", false, keep) ==
			    0 &&
			put(c, "203.0.114.52", false, "feed", false, keep) == 0,
		    "put");
		CHECK(zone_change_commit(&c, &import, &res, &why) == 0, "%s",
		    why.text);
		CHECK(res.added == (twice ? 0 : 2) &&
			res.kept == (twice ? 3 : 1) &&
			(res.serial == 0) == twice,
		    "run %d: added %zu kept %zu serial %llu", twice, res.added,
		    res.kept, (unsigned long long)res.serial);
	}
	CHECK(ip("203.0.114.50") == ZONE_LISTED, "the person's word stands");

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (int i = 50; i < 54; i++) {
		char text[32];

		snprintf(text, sizeof(text), "203.0.114.%d", i);
		CHECK(zone_key_parse(
			  ZONE_KIND_IP, span_str(text), &key, &why) == 0 &&
			zone_change_remove(
			    c, &lists[0], &key, ZONE_PUT_OWN_SOURCE) == 0,
		    "remove");
	}
	CHECK(zone_change_commit(&c, &import, &res, &why) == 0 &&
		res.removed == 2 && res.kept == 1 && res.missing == 1,
	    "removed %zu kept %zu missing %zu", res.removed, res.kept,
	    res.missing);
}

static bool
no_more_than(const struct zone_change_result *result, void *ctx)
{
	return result->added > *(const size_t *)ctx;
}

/* What the veto stops leaves nothing behind. */
static void
vetoed(void)
{
	struct zone_why by = { .by = "cli", .action = ZONE_ACTION_IMPORT };
	struct zone_change_result res = { .serial = 9 };
	struct zone_change *c = NULL;
	size_t most = 1;

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	CHECK(put(c, "203.0.114.60", false, "", false, 0) == 0 &&
		put(c, "203.0.114.61", false, "", false, 0) == 0,
	    "put");
	CHECK(zone_change_commit_unless(
		  &c, &by, no_more_than, &most, &res, &why) == ERR_REFUSED &&
		c == NULL && res.added == 2 && res.serial == 0,
	    "refused, and it says what it would have been");
	CHECK(ip("203.0.114.60") == ZONE_CLEAR, "nothing of it is listed");

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	CHECK(put(c, "203.0.114.60", false, "", false, 0) == 0, "put");
	CHECK(zone_change_commit_unless(
		  &c, &by, no_more_than, &most, &res, &why) == 0 &&
		res.serial != 0 && ip("203.0.114.60") == ZONE_LISTED,
	    "one is let through");
}

/* Several words on one key in one change. */
static void
words_on_a_key(void)
{
	enum { F = ZONE_PUT_FIRST, O = ZONE_PUT_OVER };
	static const struct {
		const char *name;
		struct {
			bool hole;
			const char *source;
			unsigned flags;
		} said[4];
		unsigned n;
		enum zone_verdict want;
		size_t twice;
		uint32_t counts, lost; /* of those */
	} cases[] = {
		{ "the last counts", { { true, "", 0 }, { false, "", 0 } }, 2,
		    ZONE_LISTED, 0, 0, 0 },
		{ "the first", { { true, "", F }, { false, "", F } }, 2,
		    ZONE_EXEMPT, 1, 0, 1 },
		{ "the first, said again",
		    { { false, "a", F }, { false, "a", F } }, 2, ZONE_LISTED, 0,
		    0, 0 },
		{ "the first, with another source",
		    { { false, "a", F }, { false, "b", F },
			{ false, "a", F } },
		    3, ZONE_LISTED, 1, 0, 1 },
		{ "a later one without the flag",
		    { { false, "", F }, { true, "", 0 } }, 2, ZONE_EXEMPT, 0, 0,
		    0 },
		{ "behind one without the flag",
		    { { false, "", 0 }, { true, "", F } }, 2, ZONE_EXEMPT, 0, 0,
		    0 },
		{ "over nothing", { { true, "", O } }, 1, ZONE_CLEAR, 0, 0, 0 },
		{ "over a listing", { { false, "", F }, { true, "", O } }, 2,
		    ZONE_EXEMPT, 0, 0, 0 },
		{ "over, too early", { { true, "", O }, { false, "", F } }, 2,
		    ZONE_LISTED, 0, 0, 0 },
		{ "over, twice",
		    { { false, "", F }, { true, "", O }, { true, "", O } }, 3,
		    ZONE_EXEMPT, 0, 0, 0 },
	};
	struct zone_why by = { .by = "cli", .action = ZONE_ACTION_IMPORT };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_change_result res = { .serial = 0 };
		struct zone_change *c = NULL;
		char key[32];
		int r;

		snprintf(key, sizeof(key), "203.0.115.%zu", i);
		CHECK(zone_change_new(store, &config, &c) == 0, "new");
		for (unsigned k = 0; k < cases[i].n; k++) {
			CHECK(put(c, key, cases[i].said[k].hole,
				  cases[i].said[k].source, false,
				  cases[i].said[k].flags) == 0,
			    "put");
		}
		/* other keys, before and behind, are not touched by it */
		CHECK(put(c, "203.0.115.100", false, "", false, 0) == 0 &&
			put(c, "2605:6001:42::1", false, "", false, 0) == 0,
		    "put");
		r = zone_change_commit(&c, &by, &res, &why);
		CHECK(r == 0 && ip(key) == cases[i].want &&
			ip("203.0.115.100") == ZONE_LISTED,
		    "%s: %d, %d", cases[i].name, r, ip(key));
		CHECK(res.twice == cases[i].twice &&
			(res.twice == 0 ||
			    (res.twice_at[0].counts == cases[i].counts &&
				res.twice_at[0].lost == cases[i].lost)),
		    "%s: twice %zu", cases[i].name, res.twice);
	}
}

int
main(void)
{
	struct zone_verify_counts counts;
	struct zone_view *v = NULL;
	uint64_t rows = 0;

	scratch_make(dir);
	if (zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 20, &store,
		&why) < 0 ||
	    zone_moderate_init(store, &config) < 0 ||
	    zone_queue_open(dir, ZONE_CREATE, 1 << 20, &queue, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	approve_and_undo();
	votes();
	refusals();
	lives();
	imports();
	vetoed();
	words_on_a_key();
	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0, "v");
	CHECK(zone_verify(v, &counts, &why) == 0, "verify: %s", why.text);
	CHECK(zone_history_verify(v, &rows, &why) == 0 && rows > 0,
	    "history: %s", why.text);
	zone_view_close(&v);
	CHECK(zone_queue_verify(queue, &rows, &why) == 0, "%s", why.text);
	zone_queue_close(&queue);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
