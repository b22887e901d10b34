/* A purge takes back what a source produced, and gives back what was before. */
#include "tests/unit/store_world.h"
#include "zone/purge.h"

static struct zone_purged purged;

static int
purge(const char *source, int64_t since, const char *list, bool dry)
{
	struct zone_purge p = { .source = source,
		.since = since,
		.list = list,
		.by = "purger",
		.reason = "it went bad",
		.dry = dry };

	world_why.text[0] = '\0';
	return zone_purge(world, NULL, &world_config, &p, &purged, &world_why);
}

/* The source of KEY's present entry: "-" none, "!" before it: an exemption. */
static const char *
source_of(const char *text)
{
	static char out[64];
	struct zone_key key = world_key(text);
	struct zone_view *v = world_view();
	struct zone_detail d;
	struct zone_entry e;
	uint16_t number;
	int r;

	CHECK(zone_view_list(v, world_list_of(&key)->name, key.kind, &number) ==
		1,
	    "list");
	r = zone_find_exact(v, number, &key, &e);
	if (r == 1 && zone_view_detail(v, e.detail, &d) == 1) {
		snprintf(out, sizeof(out), "%s%.*s", e.code == 0 ? "!" : "",
		    (int)d.source.len, d.source.at);
	} else {
		CHECK(r == 0, "%s: %d", text, r);
		snprintf(out, sizeof(out), "-");
	}
	zone_view_close(&v);
	return out;
}

/* What was done to a key, in order, and what a purge of "bad" leaves. A word
 * is a source that lists, "!" before it one that exempts, "-" a removal, "<"
 * the undo of the step before; "~" before a source: it has ended since. */
static const struct {
	const char *key, *steps[6], *left;
} fates[] = {
	{ "192.88.98.1", { "bad" }, "-" },
	{ "192.88.98.2", { "good" }, "good" },
	{ "192.88.98.3", { "good", "bad" }, "good" },
	{ "192.88.98.4", { "bad", "good" }, "good" },
	{ "192.88.98.5", { "good", "bad", "bad" }, "good" },
	{ "192.88.98.6", { "good", "bad", "other", "bad" }, "other" },
	{ "192.88.98.7", { "!good", "bad" }, "!good" },
	{ "192.88.98.8", { "good", "!bad" }, "good" },
	{ "192.88.98.9", { "!bad" }, "-" },
	{ "192.88.98.10", { "good", "-", "bad" }, "-" },
	{ "192.88.98.11", { "bad", "-" }, "-" },
	{ "192.88.98.12", { "~good", "bad" }, "-" },
	{ "192.88.98.13", { "bad", "good", "<" }, "-" },
	{ "192.88.98.14", { "good", "bad", "-", "<" }, "good" },
	{ "192.88.98.15", { "good", "bad", "<" }, "good" },
	{ "192.88.98.16", { "good", "bad", "<", "<" }, "good" },
	{ "192.88.98.17", { "BAD" }, "BAD" },
	{ "192.88.98.18", { "badly" }, "badly" },
	{ "192.88.98.19", { "" }, "" },
	{ "42.0.0.0/8", { "good", "bad" }, "good" },
	{ "2605:6001::/32", { "bad" }, "-" },
	{ "2605:6001::1", { "other", "bad" }, "other" },
	{ "a@example.gr", { "bad" }, "-" },
	{ "b@example.gr", { "good", "bad" }, "good" },
	{ "b+tag@example.gr", { "!good", "!bad" }, "!good" },
	{ "md5:00112233445566778899aabbccddeeff", { "other", "bad" }, "other" },
};

static void
play(void)
{
	uint64_t last = 0;

	for (size_t i = 0; i < COUNT(fates); i++) {
		for (size_t k = 0; k < 6 && fates[i].steps[k] != NULL; k++) {
			const char *step = fates[i].steps[k];

			if (strcmp(step, "-") == 0) {
				last = world_remove(fates[i].key);
			} else if (strcmp(step, "<") == 0) {
				last = world_undo(last);
			} else if (step[0] == '!') {
				last = world_exempt(fates[i].key, step + 1, 0);
			} else {
				last = world_add(fates[i].key,
				    step + (step[0] == '~'),
				    step[0] == '~' ? when_now() - 1 : 0);
			}
		}
	}
}

static void
whole_fates(void)
{
	struct zone_history_row row;
	struct zone_view *v;
	uint64_t serial;

	world_open();
	play();
	CHECK(purge("bad", INT64_MIN, NULL, true) == 0 &&
		purged.change.serial == 0 && purged.removed == 7 &&
		purged.restored == 12,
	    "dry: %llu removed, %llu restored, %s",
	    (unsigned long long)purged.removed,
	    (unsigned long long)purged.restored, world_why.text);
	CHECK(strcmp(source_of("192.88.98.1"), "bad") == 0, "dry");

	CHECK(purge("bad", INT64_MIN, NULL, false) == 0 &&
		purged.change.removed == purged.removed &&
		purged.change.changed == purged.restored &&
		purged.change.moved == 0 && purged.unknown == 0,
	    "%s: %zu %zu", world_why.text, purged.change.removed,
	    purged.change.changed);
	serial = purged.change.serial;
	for (size_t i = 0; i < COUNT(fates); i++) {
		const char *left = source_of(fates[i].key);

		CHECK(strcmp(left, fates[i].left) == 0, "%s: %s, not %s",
		    fates[i].key, left, fates[i].left);
	}
	v = world_view();
	CHECK(zone_history_get(v, serial, &row) == 1 &&
		row.action == ZONE_ACTION_PURGE && span_is(row.source, "bad") &&
		span_is(row.by, "purger") && span_is(row.reason, "it went bad"),
	    "history");
	zone_view_close(&v);
	world_sound();
	CHECK(purge("bad", INT64_MIN, NULL, false) == 0 &&
		purged.change.serial == 0 && purged.removed == 0,
	    "again: nothing is left");
	CHECK(world_undo(serial) == serial + 1 &&
		strcmp(source_of("192.88.98.1"), "bad") == 0 &&
		strcmp(source_of("192.88.98.6"), "bad") == 0,
	    "a purge is undone like any change");
	world_sound();
	world_close();
}

static void
bounds(void)
{
	int64_t t0 = when_now() + 1000;

	world_open();
	world_add("192.88.98.1", "bad", 0);
	world_add("192.88.98.2", "bad", 0);
	world_clock(t0);
	world_add("192.88.98.2", "bad", 0); /* said again */
	world_add("192.88.98.3", "bad", 0);
	world_add("a@example.gr", "bad", 0);
	CHECK(purge("bad", t0 + 1, NULL, false) == 0 && purged.removed == 0,
	    "since later");
	CHECK(purge("bad", t0, "address", true) == 0 && purged.removed == 1 &&
		purged.restored == 0,
	    "one list");
	CHECK(purge("bad", t0, "ip", false) == 0 && purged.removed == 1 &&
		purged.restored == 1,
	    "since: what it said before comes back: %llu %llu",
	    (unsigned long long)purged.removed,
	    (unsigned long long)purged.restored);
	CHECK(world_verdict("192.88.98.1") == ZONE_LISTED &&
		world_verdict("192.88.98.2") == ZONE_LISTED &&
		world_verdict("192.88.98.3") == ZONE_CLEAR &&
		world_verdict("a@example.gr") == ZONE_LISTED,
	    "what is left");
	CHECK(purge("nobody", INT64_MIN, NULL, false) == 0 &&
		purged.change.serial == 0,
	    "an unknown source");
	CHECK(purge("bad", INT64_MIN, "nolist", false) == 0 &&
		purged.removed == 0,
	    "an unknown list");
	world_sound();
	world_close();
}

/* What was listed before must not be listed any more. */
static void
guarded(void)
{
	world_open();
	world_add("42.0.0.0/8", "good", 0);
	world_exempt("43.0.0.0/8", "good", 0);
	world_add("42.0.0.0/8", "bad", 0);
	world_add("43.0.0.0/8", "bad", 0);
	world_lists[0].widest_v4 = 16;
	CHECK(purge("bad", INT64_MIN, NULL, false) == 0 &&
		purged.refused == 1 && purged.removed == 1 &&
		purged.restored == 1,
	    "%s: refused %llu", world_why.text,
	    (unsigned long long)purged.refused);
	world_lists[0].widest_v4 = 8;
	CHECK(world_verdict("42.0.0.1") == ZONE_CLEAR, "not listed again");
	CHECK(world_verdict("43.0.0.1") == ZONE_EXEMPT, "a hole is safe");
	world_close();
}

static int
forget_changes(struct zone_txn *txn, void *ctx)
{
	uint8_t key[12] = { 0 };

	key[7] = *(uint8_t *)ctx;
	return zone_txn_del(txn, ZONE_T_CHANGES, key, sizeof(key));
}

/* History that does not say what was before: nothing comes back. */
static void
cut(void)
{
	uint8_t serial = 2;

	world_open();
	world_add("192.88.98.1", "good", 0);
	world_add("192.88.98.1", "bad", 0);
	CHECK(zone_store_write(world, forget_changes, &serial) == 1, "cut");
	CHECK(purge("bad", INT64_MIN, NULL, false) == 0 &&
		purged.unknown == 1 && purged.removed == 1,
	    "%s: unknown %llu", world_why.text,
	    (unsigned long long)purged.unknown);
	CHECK(world_verdict("192.88.98.1") == ZONE_CLEAR, "it went");
	world_close();
}

/* More serials and more keys than fit any first guess. */
static void
long_chains(void)
{
	world_open();
	world_add("192.88.98.1", "good", 0);
	for (unsigned i = 0; i < 300; i++) {
		char key[32];

		snprintf(
		    key, sizeof(key), "192.88.%u.%u", 101 + i / 200, i % 200);
		world_add(key, "bad", 0);
		world_add("192.88.98.1", i % 3 == 0 ? "worse" : "bad", 0);
	}
	CHECK(purge("bad", INT64_MIN, NULL, false) == 0 &&
		purged.removed == 300 && purged.restored == 1,
	    "%s: %llu %llu", world_why.text, (unsigned long long)purged.removed,
	    (unsigned long long)purged.restored);
	CHECK(strcmp(source_of("192.88.98.1"), "worse") == 0, "the one before");
	CHECK(purge("worse", INT64_MIN, NULL, false) == 0 &&
		purged.restored == 1 &&
		strcmp(source_of("192.88.98.1"), "good") == 0,
	    "what another purge took out does not come back: %s",
	    source_of("192.88.98.1"));
	world_sound();
	world_close();
}

int
main(void)
{
	whole_fates();
	bounds();
	guarded();
	cut();
	long_chains();
	return failures != 0;
}
