/* Many keys in one change: the last word on a key counts whatever the order,
 * every key stands once in history, and undo takes all of it back. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/history.h"
#include "zone/moderate.h"
#include "zone/verify.h"

#define LISTS 2
#define WORDS 60000 /* puts and removals in one change: several chunks */
#define KEYS 30000  /* keys in all at most */

static struct zone_list_conf lists[LISTS] = {
	{ .name = "one", .kind = ZONE_KIND_IP, .code = 0x7f000002 },
	{ .name = "two", .kind = ZONE_KIND_IP, .code = 0x7f000003 },
};
static struct zone_config config = { .lists = lists, .n_lists = LISTS };

static char dir[SCRATCH];
static struct zone_store *store;
static struct err_text why;

static uint32_t
rnd(uint32_t n)
{
	static uint64_t state = 20261121;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* ---- the model: what each key says, 0 nothing, else 1 + its code's end --- */

struct state {
	unsigned list;
	struct net_prefix net;
	unsigned now, before;
	bool seen;
};

static struct state keys[KEYS];
static size_t n_keys;

static int
compare(const void *x, const void *y)
{
	const struct state *a = x, *b = y;
	int r;

	if (a->list != b->list) {
		return a->list < b->list ? -1 : 1;
	}
	if (a->net.ip.bits != b->net.ip.bits) {
		return a->net.ip.bits < b->net.ip.bits ? -1 : 1;
	}
	r = memcmp(a->net.ip.bytes, b->net.ip.bytes, 16);
	return r != 0 ? r : (int)a->net.plen - (int)b->net.plen;
}

/* Keys crowd in few blocks, some are wide, some are IPv6. */
static void
make_keys(void)
{
	size_t n = 0;

	for (size_t i = 0; i < KEYS; i++) {
		struct state *s = &keys[i];
		struct net_prefix *p = &s->net;

		s->list = rnd(LISTS);
		p->ip.bits = rnd(20) == 0 ? 128 : 32;
		if (p->ip.bits == 128) {
			p->ip.bytes[0] = 0x2a;
			p->ip.bytes[3] = (uint8_t)rnd(3);
			p->ip.bytes[6] = (uint8_t)rnd(256);
			p->plen = (uint8_t)(rnd(4) == 0 ? 28 : 64);
		} else {
			p->ip.bytes[0] = 45;
			p->ip.bytes[1] = (uint8_t)rnd(5);
			p->ip.bytes[2] = (uint8_t)rnd(256);
			p->ip.bytes[3] = (uint8_t)rnd(256);
			p->plen = (uint8_t)(rnd(3) == 0 ? 12 + rnd(21) : 32);
		}
		for (unsigned b = p->plen; b < p->ip.bits; b++) {
			p->ip.bytes[b / 8] &= (uint8_t) ~(0x80 >> b % 8);
		}
	}
	qsort(keys, KEYS, sizeof(keys[0]), compare);
	for (size_t i = 0; i < KEYS; i++) {
		if (n == 0 || compare(&keys[n - 1], &keys[i]) != 0) {
			keys[n++] = keys[i];
		}
	}
	n_keys = n;
}

static struct state *
find(unsigned list, const struct zone_key *key)
{
	struct state s = { .list = list, .net = key->ip };

	return bsearch(&s, keys, n_keys, sizeof(s), compare);
}

/* ---- a change ---------------------------------------------------------- */

static uint64_t
change(void)
{
	struct zone_why by = { .by = "t", .action = ZONE_ACTION_IMPORT };
	struct zone_change *c = NULL;
	struct zone_change_result res = { .serial = 0 };

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (size_t i = 0; i < n_keys; i++) {
		keys[i].before = keys[i].now;
		keys[i].seen = false;
	}
	for (unsigned i = 0; i < WORDS; i++) {
		struct state *s = &keys[rnd((uint32_t)n_keys)];
		unsigned what = rnd(6) == 0 ? rnd(9) : 4;
		struct zone_key key = zone_key_of_ip(&s->net.ip);
		struct zone_terms t = { .code = 0x7f000000 + what,
			.reason = what == 4 ? "usual" : "other" };
		int r;

		key.ip.plen = s->net.plen;
		if (what < 2) {
			r = zone_change_remove(c, &lists[s->list], &key, 0);
			s->now = 0;
		} else {
			r = zone_change_put(c, &lists[s->list], &key, &t,
			    ZONE_PUT_KEEP_SAME, &why);
			s->now = what;
		}
		if (r < 0) {
			CHECK(false, "word %u: %s", i, why.text);
			exit(99);
		}
	}
	CHECK(zone_change_commit(&c, &by, &res, &why) == 0 && res.serial != 0,
	    "commit: %s", why.text);
	return res.serial;
}

/* ---- what came of it --------------------------------------------------- */

static unsigned walked;

static int
see_entry(const struct zone_entry *e, void *ctx)
{
	struct state *s = find(*(unsigned *)ctx, &e->key);

	walked++;
	if (s == NULL || s->now != (e->code & 0xff)) {
		char text[ZONE_KEY_TEXT];

		CHECK(false, "%s says %u, expected %u",
		    zone_key_format(text, &e->key), e->code & 0xff,
		    s != NULL ? s->now : 0);
		return 1;
	}
	return 0;
}

static int
see_key(const struct zone_history_key *k, void *ctx)
{
	struct state *s = find(k->list - 1u, &k->key);

	++*(size_t *)ctx;
	CHECK(s != NULL && !s->seen && s->now != s->before &&
		(k->before == 0) == (s->before == 0) &&
		(k->after == 0) == (s->now == 0),
	    "a key of history");
	if (s == NULL) {
		return 1;
	}
	s->seen = true;
	return 0;
}

static void
compare_all(uint64_t serial)
{
	struct zone_verify_counts counts;
	struct zone_history_row row;
	struct zone_view *v = NULL;
	size_t changed = 0, present = 0, keys_seen = 0;
	uint64_t rows;

	CHECK(zone_view_open(store, &v) == 0 && zone_view_renew(v) == 0, "v");
	walked = 0;
	for (unsigned l = 0; l < LISTS; l++) {
		uint16_t number;

		CHECK(zone_view_list(v, lists[l].name, ZONE_KIND_IP, &number) ==
			    1 &&
			number == l + 1 &&
			zone_view_walk(
			    v, number, ZONE_KIND_IP, see_entry, &l) == 0,
		    "walk");
	}
	for (size_t i = 0; i < n_keys; i++) {
		changed += keys[i].now != keys[i].before;
		present += keys[i].now != 0;
	}
	CHECK(walked == present, "%u entries of %zu", walked, present);
	CHECK(zone_history_keys(v, serial, see_key, &keys_seen) == 0 &&
		keys_seen == changed &&
		zone_history_get(v, serial, &row) == 1 && row.keys == changed,
	    "history has %zu keys of %zu", keys_seen, changed);
	CHECK(zone_verify(v, &counts, &why) == 0, "verify: %s", why.text);
	CHECK(zone_history_verify(v, &rows, &why) == 0 && rows == serial,
	    "history: %s", why.text);
	zone_view_close(&v);
}

static void
undo(uint64_t serial)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct zone_change_result res;

	CHECK(zone_moderate_undo(store, NULL, &config, "t", serial, "", &done,
		  &res, &why) == 0 &&
		done.outcome == ZONE_DONE && res.moved == 0,
	    "undo: %s", why.text);
	for (size_t i = 0; i < n_keys; i++) {
		unsigned was = keys[i].before;

		keys[i].before = keys[i].now;
		keys[i].now = was;
		keys[i].seen = false;
	}
}

int
main(void)
{
	uint64_t serial;

	scratch_make(dir);
	if (zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 20, &store,
		&why) < 0 ||
	    zone_moderate_init(store, &config) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	make_keys();
	for (unsigned i = 0; i < 3 && failures == 0; i++) {
		serial = change();
		compare_all(serial);
		if (i > 0) {
			undo(serial);
			compare_all(serial + 1);
		}
	}
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
