/* Reports of what is listed: when they are sightings, when they wait, and when
 * an item waits again because of them. */
#include <stdlib.h>

#include "base/when.h"
#include "queue.h"
#include "zone/find.h"
#include "zone/moderate.h"
#include "zone/queue_review.h"

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
static struct zone_store *store;
static const struct zone_person ada = { "ada", 1, true };

static void
begin(void)
{
	struct err_text why = { "" };

	open_queue(1 << 20);
	CHECK(zone_store_open(folder, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 20,
		  &store, &why) == 0 &&
		zone_moderate_init(store, &config) == 0,
	    "store: %s", why.text);
}

static void
end(void)
{
	zone_store_close(&store);
	close_queue();
}

static uint64_t
approve(uint64_t id, uint32_t mask, int64_t until)
{
	struct zone_decision d = {
		.item = id, .approve = mask, .until = until
	};
	struct zone_decided done;
	struct err_text why = { "" };

	CHECK(zone_moderate_decide(
		  store, queue, &config, &ada, &d, &done, &why) == 0 &&
		done.outcome == ZONE_DONE,
	    "approve %llu: %s", (unsigned long long)id, why.text);
	return done.serial;
}

static void
remove_key(const char *text)
{
	struct zone_why why = { .by = "ada", .action = ZONE_ACTION_REMOVE };
	struct zone_change *change = NULL;
	struct zone_change_result result;
	struct zone_key key;

	CHECK(zone_key_parse(ZONE_KIND_IP, span_str(text), &key, NULL) == 0 &&
		zone_change_new(store, &config, &change) == 0 &&
		zone_change_remove(change, &lists[0], &key, 0) == 0 &&
		zone_change_commit(&change, &why, &result, NULL) == 0 &&
		result.removed == 1,
	    "remove %s", text);
}

static struct zone_reviewed
review(int64_t now)
{
	struct zone_reviewed seen = { 0 };

	CHECK(zone_queue_review(queue, store, &config, "tick", now, &seen) == 0,
	    "review");
	return seen;
}

static enum zone_item_state
state_of(uint64_t id)
{
	return get_item(id).state;
}

#define HEAVY "ip 203.0.114.9"

/* ---- who is told apart --------------------------------------------------- */

static void
test_submitters(void)
{
	struct zone_sightings s = { 0 };
	char who[40];

	begin();
	for (int i = 0; i < 120; i++) {
		snprintf(who, sizeof(who), "%s%d@example.org",
		    i % 2 != 0 ? "U" : "u", i / 2 % 55);
		add_mail(FIRST + i, who, (const char *const[]){ HEAVY, NULL });
	}
	CHECK(zone_queue_sightings(queue, "ip", "203.0.114.9", &s) == 1 &&
		s.item == 1 && s.state == ZONE_WAITING && s.count == 120 &&
		s.submitters == 55 && s.first == FIRST && s.last == FIRST + 119,
	    "%u reports, %u submitters", s.count, s.submitters);
	CHECK(get_item(1).n_evidence == QUEUE_EVIDENCE, "evidence is bounded");
	for (int i = 0; i < 300; i++) {
		snprintf(who, sizeof(who), "v%d@example.org", i);
		add_mail(FIRST + i, who, (const char *const[]){ HEAVY, NULL });
	}
	CHECK(get_item(1).submitters == QUEUE_REPORTERS, "at most: %u",
	    get_item(1).submitters);
	CHECK(zone_queue_sightings(queue, "ip", "203.0.114.8", &s) == 0 &&
		zone_queue_sightings(queue, "IP", "203.0.114.9", &s) == 0,
	    "others are not known");
	end();
}

/* ---- joins or waits ------------------------------------------------------ */

/* An item with "ip 203.0.114.9, address x@example.gr" has its first candidate
 * listed. What becomes of a second report? */
static const struct {
	const char *name;
	const char *report;
	unsigned sighted, joined, new_items;
} seconds[] = {
	{ "the same", HEAVY ", address x@example.gr", 1, 0, 0 },
	{ "the relay alone", HEAVY, 1, 0, 0 },
	{ "the relay behind one that is never listed",
	    "-ip 203.0.114.1, " HEAVY, 1, 0, 0 },
	{ "with what may not be listed", HEAVY ", -address y@example.gr", 1, 0,
	    0 },
	{ "another sender", HEAVY ", address y@example.gr", 0, 0, 1 },
	{ "another relay", "ip 203.0.114.10", 0, 0, 1 },
	{ "another relay first", "ip 203.0.114.10, " HEAVY, 0, 0, 1 },
	{ "the sender alone, who was not listed", "address x@example.gr", 0, 0,
	    1 },
	{ "in another list", "address 203.0.114.9", 0, 0, 1 },
	{ "only \"never\"", "-" HEAVY, 0, 0, 1 },
	{ "nothing", "", 0, 0, 1 },
};

static void
test_second(void)
{
	for (size_t i = 0; i < COUNT(seconds); i++) {
		struct zone_added a;
		struct zone_item item;

		begin();
		ADD(FIRST, HEAVY ", address x@example.gr");
		(void)approve(1, 1, 0);
		(void)review(FIRST + 5);
		a = add_mail(FIRST + 10, "b@example.org",
		    (const char *const[]){ seconds[i].report, NULL });
		CHECK(a.sighted == seconds[i].sighted &&
			a.joined == seconds[i].joined &&
			a.new_items == seconds[i].new_items,
		    "%s: %u %u %u", seconds[i].name, a.sighted, a.joined,
		    a.new_items);
		item = get_item(1);
		CHECK(item.state == ZONE_LISTED_ITEM &&
			item.n_candidates == 2 && item.approved == 1,
		    "%s: what was decided stays", seconds[i].name);
		CHECK(item.count == 1 + seconds[i].sighted &&
			item.submitters == 1 + seconds[i].sighted &&
			item.last == FIRST + (seconds[i].sighted ? 10 : 0),
		    "%s: counted", seconds[i].name);
		CHECK(review(FIRST + 20).looked == seconds[i].sighted &&
			review(FIRST + 21).looked == 0,
		    "%s: looked at once", seconds[i].name);
		CHECK(state_of(1) == ZONE_LISTED_ITEM, "%s: still listed",
		    seconds[i].name);
		end();
	}
}

/* Nobody looks, an old mark of the one who looked, a clock that jumped. */
static void
test_unwatched(void)
{
	static const struct {
		const char *name;
		int64_t looked, reported; /* 0: nobody has looked */
		bool sighted;
	} rows[] = {
		{ "nobody", 0, FIRST, false },
		{ "just now", FIRST, FIRST, true },
		{ "59 minutes ago", FIRST, FIRST + 3599, true },
		{ "an hour ago", FIRST, FIRST + 3600, false },
		{ "a year ago", FIRST, FIRST + 31536000, false },
		{ "to come, by a clock that was set", FIRST + 600, FIRST,
		    true },
		{ "a year to come", FIRST + 31536000, FIRST, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone_added a;

		begin();
		ADD(FIRST, HEAVY);
		(void)approve(1, 1, 0);
		if (rows[i].looked != 0) {
			(void)review(rows[i].looked);
		}
		a = ADD(rows[i].reported, HEAVY);
		CHECK((a.sighted == 1) == rows[i].sighted &&
			(a.new_items == 1) == !rows[i].sighted,
		    "%s: %u %u", rows[i].name, a.sighted, a.new_items);
		if (!rows[i].sighted) {
			CHECK(waits("ip", "203.0.114.9") == 2,
			    "%s: the one "
			    "that waits goes first",
			    rows[i].name);
			a = ADD(rows[i].reported, HEAVY);
			CHECK(a.joined == 1, "%s: joins it", rows[i].name);
		}
		end();
	}
}

/* Decided-upon evidence stays, however often it is seen afterwards. */
static void
test_evidence(void)
{
	struct zone_item item;

	begin();
	for (int i = 0; i < 10; i++) {
		ADD(FIRST + i, HEAVY);
	}
	(void)approve(1, 1, 0);
	(void)review(FIRST);
	for (int i = 0; i < 100; i++) {
		ADD(FIRST + 100 + i, HEAVY);
	}
	item = get_item(1);
	CHECK(item.count == 110 && item.n_evidence == QUEUE_EVIDENCE &&
		item.evidence[0].submission == 1 &&
		item.evidence[9].submission == 10 &&
		item.evidence[QUEUE_EVIDENCE - 1].submission == 110,
	    "first and last are kept");
	end();
}

/* ---- waits again --------------------------------------------------------- */

static void
test_removed(void)
{
	struct zone_item item;

	begin();
	ADD(FIRST, HEAVY);
	(void)approve(1, 1, 0);
	(void)review(FIRST);
	remove_key("203.0.114.9");
	CHECK(
	    review(FIRST + 1).reopened == 0 && state_of(1) == ZONE_LISTED_ITEM,
	    "nobody has seen it since");
	CHECK(ADD(FIRST + 10, HEAVY).sighted == 1, "sighted");
	CHECK(review(FIRST + 20).reopened == 1, "waits again");
	item = get_item(1);
	CHECK(item.state == ZONE_WAITING && item.count == 2 &&
		item.serial == 0 && item.approved == 0 && item.n_votes == 0 &&
		waits("ip", "203.0.114.9") == 1,
	    "as a waiting item");
	CHECK(ADD(FIRST + 30, HEAVY).joined == 1, "and gathers reports");
	CHECK(review(FIRST + 40).looked == 0, "without a mark");
	end();
}

static void
test_ends(void)
{
	static const struct {
		const char *name;
		int64_t life, left; /* days, 0: never ends */
		bool again;
	} rows[] = {
		{ "never", 0, 0, false },
		{ "half of 60 days", 60, 30, false },
		{ "8 of 60 days", 60, 8, false },
		{ "6 of 60 days", 60, 6, true },
		{ "6 of 12 days", 12, 6, false },
		{ "2 of 12 days", 12, 2, true },
		{ "the last quarter of a day", 1, 0, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t now = when_now();

		begin();
		ADD(now, HEAVY);
		(void)approve(
		    1, 1, rows[i].life == 0 ? 0 : now + rows[i].life * 86400);
		(void)review(now);
		CHECK(ADD(now, HEAVY).sighted == 1, "%s", rows[i].name);
		now += (rows[i].life - rows[i].left) * 86400;
		CHECK((review(now).reopened == 1) == rows[i].again, "%s",
		    rows[i].name);
		end();
	}
}

/* The end of HEAVY's entry; -1: there is none. */
static int64_t
end_of(void)
{
	struct zone_view *view = NULL;
	struct zone_entry entry = { .until = -1 };
	struct zone_key key;
	uint16_t number = 0;

	CHECK(zone_view_open(store, &view) == 0 && zone_view_renew(view) == 0 &&
		zone_view_list(view, "ip", ZONE_KIND_IP, &number) == 1 &&
		zone_key_parse(
		    ZONE_KIND_IP, span_str("203.0.114.9"), &key, NULL) == 0,
	    "view");
	if (zone_find_exact(view, number, &key, &entry) != 1) {
		entry.until = -1;
	}
	zone_view_close(&view);
	return entry.until;
}

/* With "extend", a report gives a later end instead of waiting for one. */
static void
test_extended(void)
{
	static const struct {
		const char *name;
		int64_t life, left, extend; /* days, 0: none */
		bool gone, later, again;
	} rows[] = {
		{ "not asked for", 60, 8, 0, false, false, false },
		{ "not asked for, and ends soon", 60, 6, 0, false, false,
		    true },
		{ "never ends", 0, 0, 30, false, false, false },
		{ "ends later than that anyway", 60, 40, 30, false, false,
		    false },
		{ "in the middle of its life", 60, 20, 30, false, true, false },
		{ "would wait without it", 60, 6, 30, false, true, false },
		{ "shorter than what would wait", 60, 6, 3, false, false,
		    true },
		{ "ended meanwhile", 60, -1, 30, false, false, true },
		{ "taken out meanwhile", 60, 20, 30, true, false, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t now = when_now(), before;
		struct zone_reviewed did;

		begin();
		lists[0].extend = rows[i].extend * 86400;
		ADD(now, HEAVY);
		(void)approve(
		    1, 1, rows[i].life == 0 ? 0 : now + rows[i].life * 86400);
		(void)review(now);
		CHECK(ADD(now, HEAVY).sighted == 1, "%s", rows[i].name);
		if (rows[i].gone) {
			remove_key("203.0.114.9");
		}
		now += (rows[i].life - rows[i].left) * 86400;
		before = end_of();
		did = review(now);
		CHECK((did.extended == 1) == rows[i].later &&
			(did.reopened == 1) == rows[i].again,
		    "%s: extended %u, waits %u", rows[i].name, did.extended,
		    did.reopened);
		CHECK(end_of() ==
			(rows[i].later ? now + lists[0].extend : before),
		    "%s: ends at %lld", rows[i].name, (long long)end_of());
		CHECK(review(now + 1).extended == 0, "%s: once", rows[i].name);
		end();
	}
	lists[0].extend = 0;
}

static void
test_undone(void)
{
	struct zone_decided done;
	struct zone_change_result result;
	uint64_t serial;

	begin();
	ADD(FIRST, HEAVY);
	serial = approve(1, 1, 0);
	(void)review(FIRST);
	ADD(FIRST + 1, HEAVY);
	CHECK(zone_moderate_undo(store, queue, &config, "ada", serial, "",
		  &done, &result, NULL) == 0 &&
		done.outcome == ZONE_DONE,
	    "undo");
	CHECK(state_of(1) == ZONE_WAITING && get_item(1).count == 2,
	    "waits with its sightings");
	CHECK(review(FIRST + 2).reopened == 0 && state_of(1) == ZONE_WAITING,
	    "it was no work of ours");
	CHECK(ADD(FIRST + 3, HEAVY).joined == 1, "joins");
	end();
}

/* Of two that wait with the same key the one that is dismissed leaves the
 * other alone. */
static void
test_dismissed(void)
{
	struct zone_decision d = { .item = 1 };
	struct zone_decided done;

	begin();
	ADD(FIRST, HEAVY);
	CHECK(zone_moderate_decide(
		  store, queue, &config, &ada, &d, &done, NULL) == 0,
	    "dismiss");
	(void)review(FIRST);
	CHECK(ADD(FIRST + 1, HEAVY).new_items == 1, "a dismissal is no list");
	end();
}

static void
test_many_marks(void)
{
	char text[60];

	begin();
	for (unsigned i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "ip 203.0.114.%u", i + 1);
		ADD(FIRST, text);
		(void)approve(i + 1, 1, 0);
	}
	(void)review(FIRST);
	for (unsigned i = 0; i < 30; i++) {
		snprintf(text, sizeof(text), "ip 203.0.114.%u", i + 1);
		CHECK(ADD(FIRST + 1, text).sighted == 1, "%s", text);
		if (i % 3 == 0) {
			remove_key(text + 3);
		}
	}
	CHECK(review(FIRST + 2).reopened == 10, "a third of them");
	CHECK(review(FIRST + 3).looked == 0, "all were looked at");
	end();
}

static int
put_watched(struct zone_txn *txn, void *ctx)
{
	(void)ctx;
	return zone_txn_put(txn, ZONE_T_META, "watched", 7, "rubbish", 7);
}

static int
put_mark(struct zone_txn *txn, void *ctx)
{
	static const char key[] = "seen\0\0\0\0\0\0\0\0\1";

	(void)ctx;
	return zone_txn_put(txn, ZONE_T_META, key, 13, "rubbish", 7);
}

static void
test_damage(void)
{
	begin();
	ADD(FIRST, HEAVY);
	(void)approve(1, 1, 0);
	(void)review(FIRST);
	CHECK(zone_store_write(queue->store, put_watched, NULL) == 0, "put");
	CHECK(ADD(FIRST + 1, HEAVY).new_items == 1,
	    "a damaged note: nobody looks");
	(void)review(FIRST);
	remove_key("203.0.114.9");
	CHECK(zone_store_write(queue->store, put_mark, NULL) == 0, "put");
	CHECK(review(FIRST).reopened == 1, "a damaged mark is any candidate");
	CHECK(review(FIRST).looked == 0, "and goes");
	end();
}

int
main(void)
{
	test_submitters();
	test_second();
	test_unwatched();
	test_evidence();
	test_removed();
	test_ends();
	test_extended();
	test_undone();
	test_dismissed();
	test_many_marks();
	test_damage();
	return failures != 0;
}
