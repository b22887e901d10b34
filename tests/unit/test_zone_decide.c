/* Decisions with more to them: other keys than what was proposed, never, for
 * good, and votes that have to agree.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/find.h"
#include "zone/moderate.h"

static struct zone_list_conf lists[] = {
	{ .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .code = 0x7f000002,
	    .widest_v4 = 16,
	    .widest_v6 = 32,
	    .wide_v4 = 24,
	    .wide_v6 = 56,
	    .approve_at = 1,
	    .wide_at = 2,
	    .expiry = 30 * 86400 },
	{ .name = "address",
	    .kind = ZONE_KIND_ADDRESS,
	    .code = 0x7f000002,
	    .approve_at = 1,
	    .wide_at = 2 },
};
static struct net_prefix own[] = {
	{ .ip = { .bytes = { 203, 0, 115, 0 }, .bits = 32 }, .plen = 28 },
};
static struct zone_config config = {
	.lists = lists,
	.n_lists = 2,
	.ingest = { .own_relays = own, .n_own_relays = 1 },
};

static char dir[SCRATCH];
static struct zone_store *store;
static struct zone_queue *queue;
static struct err_text why;

static const struct zone_person ann = { "ann", 1, false };
static const struct zone_person bob = { "bob", 1, false };
static const struct zone_person eve = { "eve", 1, false };
static const struct zone_person two = { "two", 2, false };

/* A waiting item with KEY, and a server that must never be listed. */
static uint64_t
item(const char *key, const char *never)
{
	static unsigned n;
	const char *reasons[] = { "it is the submitter's" };
	struct zone_candidate c[] = {
		{ "ip", key, ZONE_ADVICE_LIST, ZONE_CERTAIN, NULL, 0 },
		{ "ip", never, ZONE_ADVICE_NEVER, ZONE_CERTAIN, reasons, 1 },
	};
	struct zone_submission sub = { .time = when_now(),
		.submitter = "ann@example.gr",
		.road = "pipe",
		.kind = "raw",
		.analysis = "{}" };
	struct zone_report report = { .subject = "s",
		.from = "f",
		.candidates = c,
		.n_candidates = never != NULL ? 2 : 1 };
	struct zone_added added;
	char mail[32];
	uint64_t id = 0;

	snprintf(mail, sizeof(mail), "mail %u", n++);
	CHECK(zone_queue_add(queue, &sub, mail, strlen(mail), &report, 1,
		  &added) == 0 &&
		zone_queue_waiting(queue, "ip", key, &id) == 1,
	    "%s waits", key);
	return id;
}

static struct zone_decided
decide(const struct zone_person *who, struct zone_decision d)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	int r;

	why.text[0] = '\0';
	r = zone_moderate_decide(store, queue, &config, who, &d, &done, &why);
	CHECK(r == 0, "decide: %s %s", err_str(r), why.text);
	return done;
}

static struct zone_hit
hit(const char *text)
{
	struct zone_hit found = { .verdict = ZONE_CLEAR };
	struct zone_view *v = NULL;
	struct zone_key key;
	uint16_t number;

	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0 &&
		zone_view_list(v, "ip", ZONE_KIND_IP, &number) == 1 &&
		zone_key_parse(ZONE_KIND_IP, span_str(text), &key, &why) == 0 &&
		zone_find_key(v, number, &key, &found, NULL) == 0,
	    "find %s: %s", text, why.text);
	zone_view_close(&v);
	return found;
}

static struct arena arena;

static struct zone_item
get(uint64_t id)
{
	struct zone_item it = { .version = 0 };

	CHECK(zone_queue_get(queue, id, &arena, &it) == 1, "item");
	return it;
}

/* ---- a wider network ---------------------------------------------------- */

static void
choices(void)
{
	struct zone_choice net = { "ip", "203.0.112.0/24" };
	uint64_t id = item("203.0.112.9", NULL), other;
	struct zone_decided done;
	struct zone_item it;

	done = decide(&ann,
	    (struct zone_decision){
		.item = id, .version = 1, .choices = &net, .n_choices = 1 });
	CHECK(done.outcome == ZONE_DONE, "a /24 takes one: %d %s",
	    (int)done.outcome, why.text);
	it = get(id);
	CHECK(it.n_candidates == 2 && it.approved == 3 &&
		strcmp(it.candidates[1].key, "203.0.112.0/24") == 0,
	    "it is a candidate, and covers the first: %u %x", it.n_candidates,
	    it.approved);
	CHECK(hit("203.0.112.200").verdict == ZONE_LISTED, "listed");
	CHECK(zone_queue_waiting(queue, "ip", "203.0.112.9", &other) == 0,
	    "what is covered asks nobody");

	/* taken back, and again narrower: the same item, no new candidate */
	{
		struct zone_change_result change;
		struct zone_decided undone;

		CHECK(zone_moderate_undo(store, queue, &config, "ann",
			  done.serial, "", &undone, &change, &why) == 0 &&
			undone.outcome == ZONE_DONE,
		    "undo: %s", why.text);
	}
	CHECK(get(id).state == ZONE_WAITING, "waits again");
	done = decide(&ann,
	    (struct zone_decision){
		.item = id, .choices = &net, .n_choices = 1 });
	CHECK(done.outcome == ZONE_DONE && get(id).n_candidates == 2,
	    "chosen again it is the same candidate");
}

static void
refused_choices(void)
{
	static const struct {
		const char *what;
		struct zone_choice choice;
		enum zone_outcome outcome;
	} cases[] = {
		{ "wider than the list allows", { "ip", "203.0.0.0/15" },
		    ZONE_GUARDED },
		{ "host bits", { "ip", "203.0.113.9/24" }, ZONE_GUARDED },
		{ "no key", { "ip", "example" }, ZONE_GUARDED },
		{ "of another kind", { "ip", "a@example.gr" }, ZONE_GUARDED },
		{ "no such list", { "no", "203.0.116.9" }, ZONE_GUARDED },
		{ "private", { "ip", "10.0.0.1" }, ZONE_GUARDED },
		{ "loopback", { "ip", "127.0.0.2" }, ZONE_GUARDED },
		{ "special use", { "ip", "192.0.2.1" }, ZONE_GUARDED },
		{ "never", { "ip", "203.0.116.77" }, ZONE_GUARDED },
		{ "around never", { "ip", "203.0.116.0/24" }, ZONE_GUARDED },
		{ "our relay", { "ip", "203.0.115.3" }, ZONE_GUARDED },
		{ "around our relays", { "ip", "203.0.115.0/24" },
		    ZONE_GUARDED },
		{ "mapped", { "ip", "::ffff:203.0.116.9" }, ZONE_GUARDED },
		{ "empty", { "ip", "" }, ZONE_GUARDED },
	};
	uint64_t id = item("203.0.116.9", "203.0.116.77");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_decided done = decide(&two,
		    (struct zone_decision){ .item = id,
			.choices = &cases[i].choice,
			.n_choices = 1 });
		struct zone_item it = get(id);

		CHECK(done.outcome == cases[i].outcome && why.text[0] != '\0',
		    "%s: %d %s", cases[i].what, (int)done.outcome, why.text);
		CHECK(it.version == 1 && it.n_candidates == 2 &&
			it.n_votes == 0,
		    "%s: nothing changed", cases[i].what);
	}
	CHECK(decide(&two, (struct zone_decision){ .item = id, .approve = 2 })
			.outcome == ZONE_GUARDED,
	    "never, as a candidate");
	CHECK(decide(&two, (struct zone_decision){ .item = id, .approve = 4 })
			.outcome == ZONE_MISSING,
	    "no such candidate");
	CHECK(hit("203.0.116.9").verdict == ZONE_CLEAR &&
		hit("203.0.115.3").verdict == ZONE_CLEAR,
	    "nothing listed");
}

/* ---- never -------------------------------------------------------------- */

static void
never(void)
{
	uint64_t id = item("203.0.117.9", NULL);
	struct zone_change_result change;
	struct zone_decided done, undone;
	struct zone_decision d = { .item = id,
		.approve = 1,
		.exempt = true,
		.reason = "a school" };
	struct zone_item it;

	done = decide(&ann, d);
	CHECK(done.outcome == ZONE_VOTED && done.needed == 2, "takes two: %d",
	    (int)done.outcome);
	CHECK(decide(&ann, d).outcome == ZONE_AGAIN, "not the same twice");
	CHECK(get(id).version == 2, "which changes nothing");
	/* a vote to list is none for that */
	CHECK(decide(&bob,
		  (struct zone_decision){ .item = id,
		      .approve = 1,
		      .forever = true }).outcome == ZONE_VOTED,
	    "the other sort of vote does not count with it");
	CHECK(decide(&eve, d).outcome == ZONE_DONE, "the second does");
	it = get(id);
	CHECK(it.state == ZONE_DISMISSED && it.serial != 0 && it.approved == 1,
	    "settled: %d %llu", (int)it.state, (unsigned long long)it.serial);
	CHECK(hit("203.0.117.9").verdict == ZONE_EXEMPT &&
		hit("203.0.117.9").until == 0,
	    "exempt, without an end");
	CHECK(zone_moderate_reopen(queue, "ann", id, 0, &done) == 0 &&
		done.outcome == ZONE_SETTLED,
	    "not reopened while the exemption stands");
	CHECK(zone_moderate_undo(store, queue, &config, "ann", it.serial, "",
		  &undone, &change, &why) == 0 &&
		undone.outcome == ZONE_DONE && get(id).state == ZONE_WAITING &&
		hit("203.0.117.9").verdict == ZONE_CLEAR,
	    "undo takes both back");
	CHECK(get(id).n_votes == 0, "and the votes");
	/* what must never be listed may be exempted */
	id = item("203.0.118.9", "203.0.118.77");
	CHECK(decide(&two,
		  (struct zone_decision){
		      .item = id, .approve = 2, .exempt = true })
			.outcome == ZONE_DONE,
	    "%s", why.text);
}

/* ---- how long, and who agrees ------------------------------------------- */

static void
ends(void)
{
	int64_t now = when_now(), day = 86400;
	static char keys[][16] = { "203.0.119.1", "203.0.119.2", "203.0.119.3",
		"203.0.119.4" };
	struct zone_decided done;
	struct zone_hit h;
	uint64_t id;

	id = item(keys[0], NULL);
	done = decide(&ann,
	    (struct zone_decision){ .item = id, .approve = 1, .forever = true });
	CHECK(done.outcome == ZONE_VOTED && done.needed == 2,
	    "for good takes two");
	done = decide(&bob,
	    (struct zone_decision){
		.item = id, .approve = 1, .until = now + 7 * day });
	h = hit(keys[0]);
	CHECK(done.outcome == ZONE_DONE && h.until == now + 7 * day,
	    "the shorter wish counts: %lld", (long long)(h.until - now));

	id = item(keys[1], NULL);
	(void)decide(&ann,
	    (struct zone_decision){ .item = id, .approve = 1, .forever = true });
	done = decide(&bob,
	    (struct zone_decision){ .item = id, .approve = 1, .forever = true });
	CHECK(done.outcome == ZONE_DONE && hit(keys[1]).until == 0,
	    "both say for good");

	id = item(keys[2], NULL);
	(void)decide(&ann,
	    (struct zone_decision){ .item = id, .approve = 1, .forever = true });
	done = decide(&bob, (struct zone_decision){ .item = id, .approve = 1 });
	h = hit(keys[2]);
	CHECK(done.outcome == ZONE_DONE && h.until >= now + 30 * day &&
		h.until <= now + 30 * day + 60,
	    "the usual is shorter than for good: %lld",
	    (long long)(h.until - now));

	lists[0].wide_at = 1;
	id = item(keys[3], NULL);
	done = decide(&ann,
	    (struct zone_decision){ .item = id, .approve = 1, .forever = true });
	CHECK(done.outcome == ZONE_DONE, "a site of one person: %d",
	    (int)done.outcome);
	lists[0].wide_at = 2;
}

static void
withdrawn(void)
{
	struct zone_choice net = { "ip", "203.0.120.0/22" };
	uint64_t id = item("203.0.120.9", NULL);
	struct zone_decision d = {
		.item = id, .choices = &net, .n_choices = 1
	};
	struct zone_decided done;

	CHECK(decide(&ann, d).outcome == ZONE_VOTED, "one of two");
	CHECK(zone_moderate_withdraw(queue, "bob", id, 2, &done) == 0 &&
		done.outcome == ZONE_AGAIN,
	    "bob has none to withdraw");
	CHECK(zone_moderate_withdraw(queue, "ann", id, 1, &done) == 0 &&
		done.outcome == ZONE_STALE,
	    "of an old page");
	CHECK(zone_moderate_withdraw(queue, "ann", 999, 1, &done) == 0 &&
		done.outcome == ZONE_MISSING,
	    "of no item");
	CHECK(get(id).n_votes == 1, "still there");
	CHECK(zone_moderate_withdraw(queue, "ann", id, 2, &done) == 0 &&
		done.outcome == ZONE_DONE && get(id).n_votes == 0,
	    "gone");
	CHECK(decide(&bob, d).outcome == ZONE_VOTED, "it does not count");
	CHECK(hit("203.0.121.1").verdict == ZONE_CLEAR, "not listed");
	CHECK(decide(&ann, d).outcome == ZONE_DONE, "said again it does");
	CHECK(hit("203.0.121.1").verdict == ZONE_LISTED, "listed");
	CHECK(zone_moderate_withdraw(queue, "bob", id, 0, &done) == 0 &&
		done.outcome == ZONE_SETTLED,
	    "too late for that");
}

/* Different keys do not add up. */
static void
apart(void)
{
	struct zone_choice a = { "ip", "203.0.124.0/23" };
	struct zone_choice b = { "ip", "203.0.124.0/22" };
	uint64_t id = item("203.0.124.9", NULL), rows;

	CHECK(decide(&ann,
		  (struct zone_decision){
		      .item = id, .choices = &a, .n_choices = 1 })
			.outcome == ZONE_VOTED,
	    "a /23");
	CHECK(decide(&bob,
		  (struct zone_decision){
		      .item = id, .choices = &b, .n_choices = 1 })
			.outcome == ZONE_VOTED,
	    "a /22 is another thing");
	CHECK(hit("203.0.124.9").verdict == ZONE_CLEAR, "not listed");
	CHECK(decide(&bob,
		  (struct zone_decision){
		      .item = id, .choices = &a, .n_choices = 1 })
			.outcome == ZONE_DONE,
	    "agreed");
	CHECK(hit("203.0.126.1").verdict == ZONE_CLEAR &&
		hit("203.0.125.1").verdict == ZONE_LISTED,
	    "the /23 it is");
	CHECK(zone_queue_verify(queue, &rows, &why) == 0, "%s", why.text);
}

int
main(void)
{
	scratch_make(dir);
	CHECK(zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 8 << 20,
		  &store, &why) == 0 &&
		zone_queue_open(dir, ZONE_CREATE, 8 << 20, &queue, &why) == 0 &&
		zone_moderate_init(store, &config) == 0,
	    "%s", why.text);
	if (failures > 0) {
		return 1;
	}
	choices();
	refused_choices();
	never();
	ends();
	withdrawn();
	apart();
	arena_free(&arena);
	zone_queue_close(&queue);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
