/* What was listed at a time: the store itself, asked at that time, is the
 * oracle. */
#include "tests/unit/store_world.h"
#include "zone/past.h"
#include "zone/purge.h"
#include "zone/sweep.h"

static struct zone_past_when when;

static int
past_by(const struct zone_key *key, const struct digest *digests, unsigned n,
    int64_t time, struct zone_past *ret)
{
	static struct zone_list_info info;
	struct zone_view *v = world_view();
	const char *name = n > 0 ? "address" : world_list_of(key)->name;
	int r = zone_list_get(zone_view_txn(v), name, &info);

	ret->list = &info;
	r = r == 1 ? zone_past_find(v, ret, 1, key, digests, n, time, &when)
		   : ERR_NONE;
	zone_view_close(&v);
	return r;
}

static enum zone_verdict
past(const char *text, int64_t time, char by[ZONE_KEY_TEXT])
{
	struct zone_key key = world_key(text);
	struct zone_past p;
	int r = past_by(&key, NULL, 0, time, &p);

	CHECK(r == 0, "%s at %lld: %s", text, (long long)time, err_str(r));
	if (by != NULL) {
		by[0] = '\0';
		if (p.hit.verdict != ZONE_CLEAR && p.by_known) {
			zone_key_format(by, &p.by);
		}
	}
	return p.hit.verdict;
}

/* ---- a story ------------------------------------------------------------- */

static void
story(void)
{
	struct zone_purge purge = {
		.source = "bad", .since = INT64_MIN, .by = "t"
	};
	static struct zone_swept swept;
	struct zone_purged purged;
	char by[ZONE_KEY_TEXT];
	struct zone_past p;
	struct zone_key none = { .kind = ZONE_KIND_ADDRESS };
	struct digest d;
	int64_t t0 = when_now() + 10000;
	uint64_t serial;

	world_open();
	CHECK(past("205.0.114.9", t0, NULL) == ZONE_CLEAR && when.serial == 0,
	    "an empty store");
	world_clock(t0 + 10);
	world_add("205.0.114.0/24", "bad", 0);
	world_clock(t0 + 20);
	serial = world_exempt("205.0.114.8/29", "s", t0 + 45);
	world_clock(t0 + 30);
	world_add("205.0.114.9", "s", t0 + 35);
	world_clock(t0 + 40);
	CHECK(zone_sweep(world, &world_config, "t", 0, NULL, &swept,
		  &world_why) == 0 &&
		swept.change.removed == 1,
	    "sweep");
	world_clock(t0 + 50);
	world_undo(serial);
	world_clock(t0 + 60);
	CHECK(zone_purge(world, NULL, &world_config, &purge, &purged,
		  &world_why) == 0 &&
		purged.removed == 1,
	    "purge");
	world_clock(t0 + 70);
	world_undo(purged.change.serial);

	static const struct {
		int at;
		enum zone_verdict verdict;
		const char *by;
		uint64_t serial;
	} told[] = {
		{ -100000, ZONE_CLEAR, "", 0 },
		{ 9, ZONE_CLEAR, "", 0 },
		{ 10, ZONE_LISTED, "205.0.114.0/24", 1 },
		{ 19, ZONE_LISTED, "205.0.114.0/24", 1 },
		{ 20, ZONE_EXEMPT, "205.0.114.8/29", 2 },
		{ 30, ZONE_LISTED, "205.0.114.9", 3 },
		{ 34, ZONE_LISTED, "205.0.114.9", 3 },
		{ 35, ZONE_EXEMPT, "205.0.114.8/29", 3 }, /* it has ended */
		{ 40, ZONE_EXEMPT, "205.0.114.8/29", 4 }, /* swept */
		{ 44, ZONE_EXEMPT, "205.0.114.8/29", 4 },
		{ 45, ZONE_LISTED, "205.0.114.0/24", 4 }, /* the hole ended */
		{ 50, ZONE_LISTED, "205.0.114.0/24", 5 }, /* undone */
		{ 60, ZONE_CLEAR, "", 6 },                /* purged */
		{ 69, ZONE_CLEAR, "", 6 },
		{ 70, ZONE_LISTED, "205.0.114.0/24", 7 }, /* undone again */
		{ 99999, ZONE_LISTED, "205.0.114.0/24", 7 },
	};

	for (size_t i = 0; i < COUNT(told); i++) {
		enum zone_verdict v = past("205.0.114.9", t0 + told[i].at, by);

		CHECK(v == told[i].verdict && strcmp(by, told[i].by) == 0 &&
			when.serial == told[i].serial && when.cut == 0,
		    "at %d: %d by %s, serial %llu", told[i].at, v, by,
		    (unsigned long long)when.serial);
	}
	CHECK(past("205.0.114.0/25", t0 + 25, by) == ZONE_LISTED,
	    "a prefix, holes and all");
	CHECK(past("205.0.114.8/30", t0 + 25, by) == ZONE_EXEMPT, "in a hole");
	CHECK(past("205.0.0.0/16", t0 + 25, by) == ZONE_CLEAR, "not all of it");

	/* addresses share spellings; some are known by digest only */
	world_clock(t0 + 100);
	world_add("ann+x@example.gr", "s", 0);
	world_clock(t0 + 110);
	world_exempt("ann@example.gr", "s", 0);
	world_clock(t0 + 120);
	world_remove("ann+x@example.gr");
	world_clock(t0 + 130);
	world_add("md5:00112233445566778899aabbccddeeff", "s", t0 + 140);
	CHECK(past("ann@example.gr", t0 + 100, by) == ZONE_LISTED &&
		strcmp(by, "ann+x@example.gr") == 0,
	    "listed by another spelling: %s", by);
	CHECK(past("ann@example.gr", t0 + 110, by) == ZONE_EXEMPT &&
		strcmp(by, "ann@example.gr") == 0,
	    "a hole before a listing: %s", by);
	CHECK(past("ann+x@example.gr", t0 + 115, by) == ZONE_LISTED,
	    "the hole has not this spelling: %s", by);
	CHECK(past("ann+x@example.gr", t0 + 120, by) == ZONE_CLEAR, "removed");
	CHECK(past("ann@example.gr", t0 + 99, by) == ZONE_CLEAR, "before");

	/* two of one change share a detail and a spelling; one of them goes
	 * and comes back */
	world_clock(t0 + 200);
	world_change(
	    (const char *const[]){ "bob+x@example.gr", "bob@example.gr" }, 2,
	    &(struct zone_terms){ .source = "s" },
	    &(struct zone_why){ .by = "t", .action = ZONE_ACTION_ADD });
	world_clock(t0 + 210);
	serial = world_remove("bob+x@example.gr");
	world_clock(t0 + 220);
	world_undo(serial);
	CHECK(past("bob@example.gr", t0 + 210, by) == ZONE_LISTED &&
		strcmp(by, "bob@example.gr") == 0,
	    "the other one listed it all the time: %s", by);
	CHECK(past("bob+x@example.gr", t0 + 210, by) == ZONE_CLEAR &&
		past("bob+x@example.gr", t0 + 200, by) == ZONE_LISTED,
	    "but not this spelling");

	d = digest_of(DIGEST_SHA1, "ann@example.gr", 14);
	CHECK(past_by(&none, &d, 1, t0 + 100, &p) == 0 &&
		p.hit.verdict == ZONE_LISTED && p.by_known,
	    "by digest");
	CHECK(past_by(&none, &d, 1, t0 + 110, &p) == 0 &&
		p.hit.verdict == ZONE_EXEMPT,
	    "by digest, exempt");
	CHECK(past("md5:00112233445566778899aabbccddeeff", t0 + 130, by) ==
		ZONE_LISTED,
	    "a bare digest");
	CHECK(past("md5:00112233445566778899aabbccddeeff", t0 + 140, by) ==
		ZONE_CLEAR,
	    "that has ended");
	world_close();
}

/* ---- anything at all ----------------------------------------------------- */

static uint32_t seed = 20261121;

static unsigned
dice(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static const char *const keys[] = { "205.0.114.1", "205.0.114.2",
	"205.0.114.0/30", "205.0.114.0/24", "205.0.0.0/16", "205.0.0.0/14",
	"42.0.0.0/8", "42.7.0.0/16", "42.7.1.0/24", "42.7.1.9",
	"2605:6001::/32", "2605:6001::/48", "2605:6001::1", "2605:6000::/20",
	"a@example.gr", "a+b@example.gr", "a+c@example.gr", "b@example.gr",
	"x.y@gmail.com", "xy@gmail.com", "x.y+1@googlemail.com",
	"md5:00112233445566778899aabbccddeeff",
	"sha1:00112233445566778899aabbccddeeff00112233" };

struct moment {
	int64_t time;
	enum zone_verdict verdicts[COUNT(keys)];
};

static void
anything(void)
{
	enum { MOMENTS = 250 };
	static struct moment moments[MOMENTS];
	static struct zone_swept swept;
	struct zone_purged purged;
	int64_t t = when_now() + 10000;
	unsigned wrong = 0, seen[3] = { 0 };
	uint64_t last = 0;

	world_open();
	for (unsigned m = 0; m < MOMENTS; m++) {
		const char *key = keys[dice(COUNT(keys))];
		int64_t until = dice(3) == 0 ? t + 1 + dice(60) : 0;
		const char *sources[] = { "a", "b", "c" };
		struct zone_purge purge = { .source = sources[dice(3)],
			.since = INT64_MIN,
			.by = "t" };

		t += dice(20);
		world_clock(t);
		switch (dice(20)) {
		case 0:
			CHECK(zone_sweep(world, &world_config, "t",
				  ZONE_SWEEP_FORCE, NULL, &swept,
				  &world_why) == 0,
			    "sweep: %s", world_why.text);
			break;
		case 1:
			CHECK(zone_purge(world, NULL, &world_config, &purge,
				  &purged, &world_why) == 0,
			    "purge: %s", world_why.text);
			break;
		case 2:
		case 3:
			if (last > 3) {
				(void)world_undo(last - dice(3));
			}
			break;
		case 4:
		case 5:
		case 6: (void)world_remove(key); break;
		case 7:
		case 8:
		case 9:
		case 10: last = world_exempt(key, purge.source, until); break;
		default: last = world_add(key, purge.source, until);
		}
		/* a change may have been nothing: then it is not yet T in
		 * the head, but the view's floor says so */
		world_clock(t);
		moments[m].time = t;
		for (size_t k = 0; k < COUNT(keys); k++) {
			moments[m].verdicts[k] = world_verdict(keys[k]);
			seen[moments[m].verdicts[k]]++;
		}
	}
	for (unsigned m = 0; m < MOMENTS; m++) {
		if (m + 1 < MOMENTS && moments[m + 1].time == moments[m].time) {
			continue; /* the second was not over */
		}
		for (size_t k = 0; k < COUNT(keys); k++) {
			enum zone_verdict v =
			    past(keys[k], moments[m].time, NULL);

			wrong += v != moments[m].verdicts[k];
			CHECK(wrong > 5 || v == moments[m].verdicts[k],
			    "%s at moment %u: %d, was %d", keys[k], m, v,
			    moments[m].verdicts[k]);
		}
	}
	CHECK(seen[0] > 100 && seen[1] > 100 && seen[2] > 100,
	    "%u %u %u: all that there is was seen", seen[0], seen[1], seen[2]);
	world_close();
}

/* ---- history that is not whole ------------------------------------------- */

static int
forget_row(struct zone_txn *txn, void *ctx)
{
	uint8_t key[8] = { 0 };

	key[7] = *(const uint8_t *)ctx;
	return zone_txn_del(txn, ZONE_T_HISTORY, key, sizeof(key));
}

static void
cut(void)
{
	int64_t t0 = when_now() + 10000;
	uint8_t serial = 3;

	world_open();
	for (int i = 0; i < 5; i++) {
		char key[32];

		world_clock(t0 + i * 10);
		snprintf(key, sizeof(key), "205.0.114.%d", i);
		world_add(key, "s", 0);
	}
	CHECK(zone_store_write(world, forget_row, &serial) == 1, "cut");
	CHECK(past("205.0.114.4", t0 + 15, NULL) == ZONE_CLEAR && when.cut == 4,
	    "said: %llu", (unsigned long long)when.cut);
	CHECK(past("205.0.114.4", t0 + 30, NULL) == ZONE_CLEAR && when.cut == 0,
	    "behind the cut all is known");
	CHECK(
	    past("205.0.114.4", t0 + 40, NULL) == ZONE_LISTED && when.cut == 0,
	    "today");
	serial = 5;
	CHECK(zone_store_write(world, forget_row, &serial) == 1, "cut");
	(void)past("205.0.114.4", t0 + 30, NULL);
	CHECK(when.cut == 5, "the newest row is missing: %llu",
	    (unsigned long long)when.cut);
	world_close();
}

int
main(void)
{
	story();
	anything();
	cut();
	return failures != 0;
}
