/* The sweep: what expired goes, nothing else, and never too much at once. */
#include "tests/unit/store_world.h"
#include "zone/pick.h"
#include "zone/sweep.h"

static struct zone_swept swept;

static int
sweep(unsigned flags, struct zone_sweep_seen *seen)
{
	world_why.text[0] = '\0';
	return zone_sweep(
	    world, &world_config, "sweeper", flags, seen, &swept, &world_why);
}

static const struct zone_swept_list *
of_list(const char *name)
{
	for (size_t i = 0; i < swept.n_lists; i++) {
		if (strcmp(swept.lists[i].name, name) == 0) {
			return &swept.lists[i];
		}
	}
	CHECK(0, "list %s was not looked at", name);
	return &swept.lists[0];
}

/* What is there and how long; ends are seconds from now, 0: for good. */
static const struct {
	const char *key;
	int end;
	bool exempt, goes;
} entries[] = {
	{ "192.88.98.1", -1, false, true },
	{ "192.88.98.2", 0, false, false },
	{ "192.88.98.3", 1000, false, false },
	{ "192.88.98.4", -100000, true, true },
	{ "192.88.98.5", 100, true, false },
	{ "198.17.0.0/16", -1, false, true }, /* a block of its own */
	{ "42.0.0.0/8", -1, false, true },    /* a wide one */
	{ "43.0.0.0/8", 500, false, false },
	{ "2605:6001::/32", -5, false, true },
	{ "2605:6001::1", 5000, false, false },
	{ "2605:7000::/20", -5, true, true },
	{ "a@example.gr", -1, false, true },
	{ "b+c@example.gr", -1, true, true },
	{ "b@example.gr", 0, false, false },
	{ "md5:00112233445566778899aabbccddeeff", -1, false, true },
	{ "sha1:00112233445566778899aabbccddeeff00112233", 99, false, false },
};

static void
fill(void)
{
	int64_t now = when_now();

	for (size_t i = 0; i < COUNT(entries); i++) {
		int64_t until = entries[i].end == 0 ? 0 : now + entries[i].end;

		if (entries[i].exempt) {
			world_exempt(entries[i].key, "s", until);
		} else {
			world_add(entries[i].key, "s", until);
		}
	}
}

static bool
present(const char *text)
{
	struct zone_key key = world_key(text);
	struct zone_view *v = world_view();
	struct zone_entry e;
	uint16_t number;
	int r;

	CHECK(zone_view_list(v, world_list_of(&key)->name, key.kind, &number) ==
		1,
	    "list");
	r = zone_find_exact(v, number, &key, &e);
	CHECK(r >= 0, "%s", text);
	zone_view_close(&v);
	return r == 1;
}

static void
what_goes(void)
{
	struct zone_history_row row;
	struct zone_view *v;
	size_t goes = 0;
	uint64_t serial;

	for (size_t i = 0; i < COUNT(entries); i++) {
		goes += entries[i].goes;
	}
	world_open();
	CHECK(sweep(0, NULL) == 0 && swept.change.serial == 0,
	    "an empty store: %s", world_why.text);
	fill();

	CHECK(sweep(ZONE_SWEEP_DRY, NULL) == 0 && swept.change.serial == 0 &&
		!swept.held,
	    "dry");
	CHECK(of_list("ip")->expired == 6 && of_list("address")->expired == 3,
	    "dry counts: %llu %llu", (unsigned long long)of_list("ip")->expired,
	    (unsigned long long)of_list("address")->expired);
	CHECK(present("192.88.98.1"), "dry removes nothing");

	CHECK(sweep(0, NULL) == 0 && swept.change.removed == goes,
	    "%zu of %zu: %s", swept.change.removed, goes, world_why.text);
	serial = swept.change.serial;
	for (size_t i = 0; i < COUNT(entries); i++) {
		CHECK(present(entries[i].key) == !entries[i].goes, "%s",
		    entries[i].key);
	}
	v = world_view();
	CHECK(serial == zone_view_serial(v) &&
		zone_history_get(v, serial, &row) == 1 &&
		row.action == ZONE_ACTION_SWEEP && row.keys == goes &&
		span_is(row.by, "sweeper"),
	    "one row of history");
	zone_view_close(&v);
	world_sound();

	CHECK(sweep(0, NULL) == 0 && swept.change.serial == 0,
	    "again: nothing is left to do");
	v = world_view();
	CHECK(zone_view_serial(v) == serial, "and no serial for it");
	zone_view_close(&v);

	/* as when the clock had jumped: it can be taken back */
	CHECK(world_undo(serial) == serial + 1, "undo: %s", world_why.text);
	CHECK(
	    present("192.88.98.1") && present("a@example.gr"), "they are back");
	CHECK(world_verdict("192.88.98.1") == ZONE_CLEAR,
	    "and do not answer: they are over");
	CHECK(sweep(0, NULL) == 0 && swept.change.removed == goes,
	    "and go again");
	world_sound();
	world_close();
}

/* N entries of 192.88.x.y, from FIRST on, that end at UNTIL. */
static void
many(unsigned first, unsigned n, int64_t until)
{
	struct zone_terms terms = { .until = until, .source = "m" };
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_IMPORT };
	char(*text)[32] = calloc(n, sizeof(*text));
	const char **keys = calloc(n, sizeof(*keys));

	for (unsigned i = 0; i < n; i++) {
		unsigned k = first + i;

		snprintf(text[i], sizeof(text[i]), "14.%u.%u.%u", k >> 16,
		    k >> 8 & 255, k & 255);
		keys[i] = text[i];
	}
	world_change(keys, n, &terms, &why);
	free(text);
	free(keys);
}

/* LIVE entries and EXPIRED ones: is the list held? */
static const struct {
	unsigned live, expired;
	bool held;
} shares[] = {
	{ 0, 1, false },
	{ 0, 100, false }, /* the floor: all of a small list */
	{ 0, 101, true },
	{ 20, 100, false },
	{ 800, 101, true },
	{ 899, 101, true },
	{ 909, 101, false }, /* exactly a tenth */
	{ 1800, 199, false },
	{ 1800, 201, true },
};

static void
too_much(void)
{
	for (size_t i = 0; i < COUNT(shares); i++) {
		unsigned live = shares[i].live, expired = shares[i].expired;

		world_open();
		if (live > 0) {
			many(0, live, 0);
		}
		many(100000, expired, when_now() - 1);
		world_add("z@example.gr", "s", when_now() - 1);
		CHECK(sweep(0, NULL) == 0 && swept.held == shares[i].held &&
			of_list("ip")->held == shares[i].held &&
			of_list("ip")->expired == expired,
		    "%u of %u: held %d", expired, live + expired, swept.held);
		CHECK(world_entries("ip") ==
			(shares[i].held ? live + expired : live),
		    "%u of %u: a held list is left as it is", expired,
		    live + expired);
		CHECK(world_entries("address") == 0,
		    "another list is swept all the same");
		CHECK(sweep(ZONE_SWEEP_FORCE | ZONE_SWEEP_DRY, NULL) == 0 &&
			!swept.held,
		    "dry, forced");
		CHECK(sweep(ZONE_SWEEP_FORCE, NULL) == 0 && !swept.held &&
			world_entries("ip") == live,
		    "forced");
		world_sound();
		world_close();
	}
}

/* A process that sweeps every minute does not look without need. */
static void
remembered(void)
{
	struct zone_sweep_seen seen = { .known = false };
	int64_t now = when_now(), next;

	world_open();
	CHECK(sweep(0, &seen) == 0 && seen.known && seen.next == INT64_MAX,
	    "nothing ends");
	world_add("192.88.98.1", "s", now + 1000);
	world_add("a@example.gr", "s", now + 500);
	world_add("192.88.98.2", "s", 0);
	CHECK(sweep(0, &seen) == 0 && seen.known && seen.next == now + 500,
	    "the next end");
	CHECK(swept.n_lists == 2, "it was looked at: the serial had moved");
	CHECK(sweep(0, &seen) == 0 && swept.n_lists == 0, "nothing to look at");
	next = now + 500;
	world_clock(next);
	CHECK(sweep(0, &seen) == 0 && swept.change.removed == 1,
	    "its second has come");
	CHECK(world_entries("address") == 0 && world_entries("ip") == 2,
	    "one went");
	CHECK(sweep(0, &seen) == 0 && seen.next == now + 1000, "the next one");
	many(0, 150, next - 1);
	CHECK(sweep(0, &seen) == 0 && swept.held && !seen.known,
	    "a held list is looked at every time");
	CHECK(sweep(0, &seen) == 0 && swept.held, "again");
	world_close();
}

/* A list that the configuration no longer has. */
static void
forgotten(void)
{
	struct zone_config less = world_config;

	world_open();
	world_add("a@example.gr", "s", when_now() - 1);
	less.n_lists = 1;
	CHECK(zone_sweep(world, &less, "s", 0, NULL, &swept, &world_why) == 0 &&
		swept.change.removed == 1,
	    "%s", world_why.text);
	CHECK(world_entries("address") == 0, "swept all the same");
	world_sound();
	world_close();
}

/* Flip one bit of the block of 192.88/16. */
static int
damage(struct zone_txn *txn, void *ctx)
{
	const size_t *at = ctx;
	uint8_t key[7] = { 0, 1, ZONE_SPACE_V4, 192, 88 }, copy[512];
	struct zone_bytes b;
	int r = zone_txn_get(txn, ZONE_T_BLOCKS, key, 5, &b);

	CHECK(r == 1 && b.len < sizeof(copy) && *at < b.len, "block");
	memcpy(copy, b.at, b.len);
	copy[*at] ^= 1;
	return zone_txn_put(txn, ZONE_T_BLOCKS, key, 5, copy, b.len);
}

static void
damaged(void)
{
	size_t at = 4;

	world_open();
	world_add("192.88.98.1", "s", when_now() - 1);
	world_add("192.88.98.2", "s", when_now() + 1000);
	CHECK(zone_store_write(world, damage, &at) == 0, "damage");
	CHECK(sweep(0, NULL) == ERR_CORRUPT &&
		strstr(world_why.text, "\"ip\"") != NULL,
	    "said, with the list: %s", world_why.text);
	CHECK(world_entries("ip") == 2, "nothing went");
	world_close();
}

int
main(void)
{
	what_goes();
	too_much();
	remembered();
	forgotten();
	damaged();
	return failures != 0;
}
