/* store_world.h - a store of one's own with two lists, and a clock that goes
 * on when told to: history's time is a floor, so a head that is ahead of the
 * wall clock decides what "now" is. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/change_priv.h"
#include "zone/find.h"
#include "zone/history.h"
#include "zone/verify.h"

static struct zone_list_conf world_lists[] = {
	{ .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .code = 0x7f000002,
	    .widest_v4 = 8,
	    .widest_v6 = 20 },
	{ .name = "address",
	    .kind = ZONE_KIND_ADDRESS,
	    .code = 0x7f000003,
	    .widest_v4 = 8 },
};
static struct zone_config world_config = { .lists = world_lists, .n_lists = 2 };
static struct zone_store *world;
static struct err_text world_why;
static char world_dir[SCRATCH];

static inline void
world_open(void)
{
	scratch_make(world_dir);
	CHECK(zone_store_open(world_dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 28,
		  &world, &world_why) == 0,
	    "%s", world_why.text);
	CHECK(zone_moderate_init(world, &world_config) == 0, "init");
}

static inline void
world_close(void)
{
	zone_store_close(&world);
	scratch_remove(world_dir);
}

static inline struct zone_key
world_key(const char *text)
{
	struct zone_key key;
	int r = zone_key_parse(
	    zone_key_guess(span_str(text)), span_str(text), &key, &world_why);

	CHECK(r == 0, "%s: %s", text, world_why.text);
	return key;
}

static inline const struct zone_list_conf *
world_list_of(const struct zone_key *key)
{
	return &world_lists[key->kind == ZONE_KIND_ADDRESS];
}

/* N keys with TERMS as one change by SOURCE; NULL terms: remove. The serial. */
static inline uint64_t
world_change(const char *const *keys, size_t n, const struct zone_terms *terms,
    const struct zone_why *why)
{
	struct zone_change *change = NULL;
	struct zone_change_result result = { 0 };
	int r = zone_change_new(world, &world_config, &change);

	world_why.text[0] = '\0';
	for (size_t i = 0; i < n && r == 0; i++) {
		struct zone_key key = world_key(keys[i]);

		r = terms != NULL
		    ? zone_change_put(change, world_list_of(&key), &key, terms,
			  0, &world_why)
		    : zone_change_remove(change, world_list_of(&key), &key, 0);
	}
	if (r == 0) {
		r = zone_change_commit(&change, why, &result, &world_why);
	}
	CHECK(
	    r == 0, "change of %s: %s %s", keys[0], err_str(r), world_why.text);
	zone_change_free(&change);
	return result.serial;
}

static inline uint64_t
world_add(const char *key, const char *source, int64_t until)
{
	struct zone_terms terms = { .until = until, .source = source };
	struct zone_why why = {
		.by = "test", .action = ZONE_ACTION_ADD, .source = source
	};

	return world_change(&key, 1, &terms, &why);
}

static inline uint64_t
world_exempt(const char *key, const char *source, int64_t until)
{
	struct zone_terms terms = {
		.exempt = true, .until = until, .source = source
	};
	struct zone_why why = {
		.by = "test", .action = ZONE_ACTION_EXEMPT, .source = source
	};

	return world_change(&key, 1, &terms, &why);
}

static inline uint64_t
world_remove(const char *key)
{
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_REMOVE };

	return world_change(&key, 1, NULL, &why);
}

static inline uint64_t
world_undo(uint64_t serial)
{
	struct zone_change_result result;
	struct zone_decided done = { .serial = 0 };

	world_why.text[0] = '\0';
	CHECK(zone_moderate_undo(world, NULL, &world_config, "test", serial,
		  NULL, &done, &result, &world_why) == 0,
	    "undo %llu: %s", (unsigned long long)serial, world_why.text);
	return done.serial;
}

static inline struct zone_view *
world_view(void)
{
	struct zone_view *v = NULL;

	CHECK(
	    zone_view_open(world, &v) == 0 && zone_view_renew(v) == 0, "view");
	return v;
}

static inline enum zone_verdict
world_verdict(const char *text)
{
	struct zone_key key = world_key(text);
	struct zone_view *v = world_view();
	struct zone_hit hit = { .verdict = ZONE_CLEAR };
	uint16_t number = 0;

	CHECK(zone_view_list(v, world_list_of(&key)->name, key.kind, &number) ==
		    1 &&
		zone_find_key(v, number, &key, &hit, NULL) == 0,
	    "find %s", text);
	zone_view_close(&v);
	return hit.verdict;
}

/* Entries of a list, expired ones included. */
static inline uint64_t
world_entries(const char *list)
{
	struct zone_view *v = world_view();
	struct zone_list_info info = { .listed = 0 };

	CHECK(zone_list_get(zone_view_txn(v), list, &info) >= 0, "%s", list);
	zone_view_close(&v);
	return info.listed + info.exempt;
}

static int
world_set_time(struct zone_txn *txn, void *ctx)
{
	const int64_t *time = ctx;
	struct zone_head head;
	int r = zone_head_get(txn, &head);

	head.time = *time;
	return r < 0 ? r : zone_head_put(txn, &head);
}

/* From now on it is TIME, which lies ahead of the wall clock. The head and the
 * newest row disagree until the next change. */
static inline void
world_clock(int64_t time)
{
	CHECK(zone_store_write(world, world_set_time, &time) == 0, "clock");
}

static inline int
world_sound(void)
{
	struct zone_view *v = world_view();
	struct zone_verify_counts n;
	struct err_text why = { "" };
	uint64_t rows;
	int r = zone_verify(v, &n, &why);

	r = r == 0 ? zone_history_verify(v, &rows, &why) : r;
	r = r == 0 ? zone_verify_past(v, &why) : r;
	CHECK(r == 0, "verify: %s", why.text);
	zone_view_close(&v);
	return r;
}
