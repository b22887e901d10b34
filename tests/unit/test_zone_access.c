/* Keys of subscribers: their shape, their rows, who may have them. */
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/access.h"
#include "zone/history.h"
#include "zone/record.h"

static struct err_text why;
static char dir[SCRATCH];

static const struct {
	const char *text;
	bool is;
} shapes[] = {
	{ "kabcdefghijklmnopqrstuvwxyz", true },
	{ "KABCDEFGHIJKLMNOPQRSTUVWXYZ", true },
	{ "k22222222222222222222222227", true },
	{ "", false },
	{ "k", false },
	{ "kabcdefghijklmnopqrstuvwxy", false },   /* 26, as rspamd's md5 */
	{ "kabcdefghijklmnopqrstuvwxyza", false }, /* 28 */
	{ "aabcdefghijklmnopqrstuvwxyz", false },
	{ "kabcdefghijklmnopqrstuvwxy1", false },
	{ "kabcdefghijklmnopqrstuvwxy8", false },
	{ "kabcdefghijklmnopqrstuvwxy-", false },
	{ "kabcdefghijklmnopqrstuvwx\xce\xb1", false },
	{ "7", false },
	{ "255", false },
	{ "f", false },
};

static void
test_shapes(void)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		CHECK(zone_access_shaped(span_str(shapes[i].text)) ==
			shapes[i].is,
		    "\"%s\"", shapes[i].text);
	}
	CHECK(!zone_access_shaped(span("kabcdefghijklmnopqrstuvwxy\0", 27)),
	    "a NUL");
}

static struct zone_store *
open_store(enum zone_access access)
{
	struct zone_store *s = NULL;

	why.text[0] = '\0';
	if (zone_store_open(
		dir, ZONE_STORE_LISTS, access, 64u << 20, &s, &why) < 0) {
		fprintf(stderr, "store: %s\n", why.text);
		exit(99);
	}
	return s;
}

struct seen {
	unsigned n;
	struct zone_access_key keys[8];
};

static int
see(const struct zone_access_key *key, void *ctx)
{
	struct seen *s = ctx;

	if (s->n < COUNT(s->keys)) {
		s->keys[s->n] = *key;
	}
	s->n++;
	return 0;
}

/* The keys that S has, and the number of their changes. */
static int
look(struct zone_store *s, struct seen *ret, uint64_t *ret_changes)
{
	struct zone_view *v = NULL;
	int r = zone_view_open(s, &v);

	*ret = (struct seen){ .n = 0 };
	if (r == 0) {
		r = zone_view_renew(v);
	}
	if (r == 0) {
		r = zone_access_changes(v, ret_changes);
	}
	if (r == 0) {
		r = zone_access_walk(v, see, ret);
	}
	zone_view_close(&v);
	return r;
}

static const struct {
	const char *name;
	int err;
} names[] = {
	{ "alice", 0 }, { "Bob_2-x", 0 }, { "0", 0 }, { "ALICE", ERR_CONFLICT },
	{ "", ERR_FORMAT }, { "-a", ERR_FORMAT }, { "_a", ERR_FORMAT },
	{ "a b", ERR_FORMAT }, { "a.b", ERR_FORMAT }, { "a/b", ERR_FORMAT },
	{ "a\n", ERR_FORMAT }, { "\xce\xb1", ERR_FORMAT },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    ERR_FORMAT }, /* 64 */
};

static void
test_names(struct zone_store *s)
{
	char label[ZONE_ACCESS_LABEL + 1], first[ZONE_ACCESS_LABEL + 1] = "";
	uint64_t serial = 0, last = 0;
	uint8_t digest[ZONE_ACCESS_DIGEST];

	for (size_t i = 0; i < COUNT(names); i++) {
		int r;

		strcpy(label, "untouched");
		r = zone_access_add(
		    s, names[i].name, NULL, 0, "tester", label, &serial, &why);
		CHECK(r == names[i].err, "\"%s\": %d %s", names[i].name, r,
		    why.text);
		CHECK((r == 0) == zone_access_shaped(span_str(label)),
		    "\"%s\": %s", names[i].name, label);
		CHECK(r < 0 || serial == last + 1, "a serial of its own");
		CHECK(r < 0 || strcmp(label, first) != 0, "never the same");
		last = serial;
		if (i == 0) {
			strcpy(first, label);
		}
	}
	zone_access_digest(span_str(first), digest);
	for (char *p = first; *p != '\0'; p++) {
		*p = *p >= 'a' ? (char)(*p - 32) : *p;
	}
	struct seen seen;
	uint64_t changes = 0;

	CHECK(look(s, &seen, &changes) == 0 && seen.n == 3 && changes == 3,
	    "%u keys, %llu changes", seen.n, (unsigned long long)changes);
	CHECK(strcmp(seen.keys[0].name, "0") == 0 &&
		strcmp(seen.keys[1].name, "alice") == 0 &&
		strcmp(seen.keys[2].name, "bob_2-x") == 0,
	    "in the order of names, in lower case");
	CHECK(memcmp(seen.keys[1].digest, digest, sizeof(digest)) == 0,
	    "the digest is stored");
	zone_access_digest(span_str(first), digest);
	CHECK(memcmp(seen.keys[1].digest, digest, sizeof(digest)) == 0,
	    "capital letters are the same key");
	CHECK(strcmp(seen.keys[1].by, "tester") == 0 &&
		seen.keys[1].zone[0] == '\0' && seen.keys[1].until == 0,
	    "what is said of it");
	CHECK(seen.keys[0].id != seen.keys[1].id && seen.keys[1].id == 1,
	    "numbers");
}

static void
test_remove(struct zone_store *s)
{
	char label[ZONE_ACCESS_LABEL + 1];
	uint64_t serial = 0, changes = 0;
	struct seen seen;

	CHECK(zone_access_remove(s, "nobody", "t", &serial, &why) == ERR_NONE,
	    "nobody");
	CHECK(zone_access_remove(s, "a b", "t", &serial, &why) == ERR_FORMAT,
	    "no name");
	CHECK(zone_access_remove(s, "Alice", "t", &serial, &why) == 0 &&
		serial == 4,
	    "alice: %s", why.text);
	CHECK(zone_access_remove(s, "alice", "t", &serial, &why) == ERR_NONE,
	    "only once");
	CHECK(zone_access_add(s, "alice", "bl.example.org", 4102444800, "t",
		  label, &serial, &why) == 0,
	    "again: %s", why.text);
	CHECK(look(s, &seen, &changes) == 0 && seen.n == 3 && changes == 5,
	    "%u keys", seen.n);
	CHECK(seen.keys[1].id == 4 &&
		strcmp(seen.keys[1].zone, "bl.example.org") == 0 &&
		seen.keys[1].until == 4102444800,
	    "another key of that name has another number: %u", seen.keys[1].id);
}

/* Who did it and when is in the chain. */
static void
test_history(struct zone_store *s)
{
	struct zone_history_row row;
	struct zone_view *v = NULL;
	uint64_t rows = 0;

	CHECK(zone_view_open(s, &v) == 0 && zone_view_renew(v) == 0, "view");
	CHECK(zone_history_verify(v, &rows, &why) == 0 && rows == 5,
	    "%llu rows: %s", (unsigned long long)rows, why.text);
	CHECK(zone_history_get(v, 4, &row) == 1 &&
		row.action == ZONE_ACTION_ACCESS && row.keys == 0 &&
		span_is(row.by, "t") &&
		span_is(row.reason, "key alice removed"),
	    "removal: %.*s", (int)row.reason.len, row.reason.at);
	CHECK(strcmp(zone_action_name(row.action), "access") == 0, "name");
	zone_view_close(&v);
}

static int
flip(struct zone_txn *txn, void *ctx)
{
	const size_t *at = ctx;
	struct zone_bytes b;
	uint8_t copy[1024];
	int r = zone_txn_get(txn, ZONE_T_ACCESS, "alice", 5, &b);

	if (r != 1 || b.len > sizeof(copy)) {
		return ERR_NONE;
	}
	memcpy(copy, b.at, b.len);
	copy[*at % b.len] ^= 0x10;
	return zone_txn_put(txn, ZONE_T_ACCESS, "alice", 5, copy, b.len);
}

/* Every flipped bit is damage, and nothing is said of any key. */
static void
test_damage(struct zone_store *s)
{
	struct seen seen;
	uint64_t changes;

	for (size_t at = 0; at < 90; at++) {
		CHECK(zone_store_write(s, flip, &at) == 0, "flip");
		CHECK(look(s, &seen, &changes) == ERR_CORRUPT, "byte %zu", at);
		CHECK(zone_store_write(s, flip, &at) == 0, "flip back");
	}
	CHECK(look(s, &seen, &changes) == 0 && seen.n == 3, "whole again");
}

/* A store from before there was such a table: read as having none; whoever
 * may write makes it. */
static void
test_older(void)
{
	struct zone_store *s = open_store(ZONE_CREATE);
	char path[SCRATCH + 16], label[ZONE_ACCESS_LABEL + 1];
	uint64_t serial = 0, changes = 7;
	struct seen seen;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	zone_store_close(&s);
	snprintf(path, sizeof(path), "%s/store", dir);
	CHECK(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 32) == 0 &&
		mdb_env_open(env, path, 0, 0660) == 0 &&
		mdb_txn_begin(env, NULL, 0, &txn) == 0 &&
		mdb_dbi_open(txn, "access", 0, &dbi) == 0 &&
		mdb_drop(txn, dbi, 1) == 0 && mdb_txn_commit(txn) == 0,
	    "drop the table");
	mdb_env_close(env);
	s = open_store(ZONE_READ);
	CHECK(look(s, &seen, &changes) == 0 && seen.n == 0 && changes == 0,
	    "no table, no keys");
	zone_store_close(&s);
	s = open_store(ZONE_WRITE);
	CHECK(zone_access_add(s, "alice", NULL, 0, "t", label, &serial, &why) ==
		0,
	    "made: %s", why.text);
	CHECK(look(s, &seen, &changes) == 0 && seen.n == 1, "there");
	zone_store_close(&s);
}

/* Rows for all numbers but one, as zone_access_add would leave them. */
static int
put_many(struct zone_txn *txn, void *ctx)
{
	struct buf b = { 0 };
	int r = 0;

	(void)ctx;
	for (uint32_t id = 2; id <= ZONE_ACCESS_MAX && r == 0; id++) {
		uint8_t digest[ZONE_ACCESS_DIGEST] = { (uint8_t)id };
		char name[16];

		snprintf(name, sizeof(name), "n%u", id);
		buf_clear(&b);
		(void)zone_record_begin(&b);
		buf_le32(&b, id);
		buf_add(&b, digest, sizeof(digest));
		buf_le64(&b, 1);
		buf_le64(&b, 0);
		buf_text(&b, "", 0);
		buf_text(&b, "test", 4);
		zone_record_end(&b, 0);
		r = b.bad ? ERR_NOMEM
			  : zone_txn_put(txn, ZONE_T_ACCESS, name, strlen(name),
				b.data, b.len);
	}
	buf_free(&b);
	return r;
}

/* All places taken: refused, and what is there stays. */
static void
test_full(void)
{
	struct zone_store *s = open_store(ZONE_CREATE);
	char label[ZONE_ACCESS_LABEL + 1];
	uint64_t serial = 0, changes = 0;
	struct seen seen;

	CHECK(zone_access_add(s, "first", NULL, 0, "t", label, &serial, &why) ==
		0,
	    "%s", why.text);
	CHECK(zone_store_write(s, put_many, NULL) == 0, "fill");
	CHECK(zone_access_add(s, "one-more", NULL, 0, "t", label, &serial,
		  &why) == ERR_FULL,
	    "one more: %s", why.text);
	CHECK(zone_access_remove(s, "n7", "t", &serial, &why) == 0, "n7");
	CHECK(zone_access_add(
		  s, "one-more", NULL, 0, "t", label, &serial, &why) == 0,
	    "one goes, one comes: %s", why.text);
	CHECK(look(s, &seen, &changes) == 0 && seen.n == ZONE_ACCESS_MAX,
	    "%u keys", seen.n);
	zone_store_close(&s);
}

int
main(void)
{
	struct zone_store *s;

	if (secret_init() < 0) {
		return 99;
	}
	test_shapes();
	scratch_make(dir);
	s = open_store(ZONE_CREATE);
	test_names(s);
	test_remove(s);
	test_history(s);
	test_damage(s);
	zone_store_close(&s);
	scratch_remove(dir);
	scratch_make(dir);
	test_older();
	scratch_remove(dir);
	scratch_make(dir);
	test_full();
	scratch_remove(dir);
	return failures != 0;
}
