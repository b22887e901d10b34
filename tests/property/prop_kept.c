/* prop_kept.c - what a view remembers over commits is where LMDB has it.
 *
 * Random changes go into a store of many small blocks and some long ones:
 * single keys, handfuls, whole blocks that come and go, addresses, changes
 * that are vetoed, rows that are no entries. Between them a view is renewed,
 * after one commit or several, and asked for random blocks. After each renewal
 * every place that it remembers is compared with a look-up in LMDB.
 *
 *   prop_kept [SEED [ROUNDS]]
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/moderate.h"
#include "zone/view_priv.h"

#define STRETCHES 1500 /* blocks of each family that may exist */

static struct zone_list_conf lists[] = {
	{ .name = "one", .kind = ZONE_KIND_IP, .code = 0x7f000002 },
	{ .name = "mail", .kind = ZONE_KIND_ADDRESS, .code = 0x7f000003 },
	{ .name = "two", .kind = ZONE_KIND_IP, .code = 0x7f000004 },
};
static struct zone_config config = { .lists = lists, .n_lists = COUNT(lists) };
static char dir[SCRATCH];
static struct zone_store *store;
static struct zone_view *view;
static struct err_text why;
static uint64_t state;
static unsigned kept, told; /* renewals after which something was left */

static uint32_t
rnd(uint32_t n)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 16) % n;
}

/* ---- changes ----------------------------------------------------------- */

static struct zone_key
random_key(enum zone_kind kind)
{
	struct zone_key key = { .kind = kind };
	uint32_t s = rnd(STRETCHES);

	if (kind == ZONE_KIND_ADDRESS) {
		snprintf(key.text, sizeof(key.text), "a%u%s@example.gr",
		    rnd(2000), rnd(3) == 0 ? "+x" : "");
		return key;
	}
	if (rnd(3) == 0) {
		memcpy(key.ip.ip.bytes,
		    (uint8_t[8]){ 0x2a, 0x00, (uint8_t)(s >> 8), (uint8_t)s, 0,
			0, 0, (uint8_t)rnd(30) },
		    8);
		key.ip.ip.bits = 128;
		key.ip.plen = 64;
	} else {
		memcpy(key.ip.ip.bytes,
		    (uint8_t[4]){ (uint8_t)(20 + (s >> 8)), (uint8_t)s,
			(uint8_t)rnd(3), (uint8_t)rnd(8) },
		    4);
		key.ip.ip.bits = 32;
		key.ip.plen = 32;
	}
	if (rnd(40) == 0) { /* a wide one */
		memset(key.ip.ip.bytes + 2, 0, 14);
		key.ip.ip.bytes[1] = 0;
		key.ip.plen = 12;
		key.ip.ip.bytes[0] &= 0xfe;
	}
	return key;
}

static bool
never(const struct zone_change_result *result, void *ctx)
{
	(void)result;
	return *(bool *)ctx;
}

/* N words on random keys, and PER further ones in the block of each. */
static void
change(unsigned n, unsigned per, bool remove, bool veto)
{
	struct zone_why by = { .by = "t", .action = ZONE_ACTION_ADD };
	struct zone_change *c = NULL;
	struct zone_change_result res;
	int r;

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (unsigned i = 0; i < n; i++) {
		const struct zone_list_conf *l = &lists[rnd(COUNT(lists))];
		struct zone_key key = random_key(l->kind);

		for (unsigned k = 0; k <= per; k++) {
			struct zone_terms t = { .exempt = true,
				.reason = k % 2 == 0 ? "r" : "s" };

			r = remove ? zone_change_remove(c, l, &key, 0)
				   : zone_change_put(c, l, &key, &t, 0, &why);
			CHECK(r == 0, "word: %s", why.text);
			if (l->kind == ZONE_KIND_ADDRESS || key.ip.plen < 32) {
				break;
			}
			if (key.ip.ip.bits == 32) {
				key.ip.ip.bytes[2] = (uint8_t)(k >> 6);
				key.ip.ip.bytes[3] = (uint8_t)(k << 2);
			} else {
				key.ip.ip.bytes[6] = (uint8_t)(k >> 8);
				key.ip.ip.bytes[7] = (uint8_t)k;
			}
		}
	}
	r = zone_change_commit_unless(&c, &by, never, &veto, &res, &why);
	CHECK(r == 0 || (veto && r == ERR_REFUSED), "commit: %s", why.text);
}

/* A commit that tells nothing of blocks, as another program might make it: it
 * writes one again as it is, and so its page and all on it move. */
static int
write_again(struct zone_txn *txn, void *ctx)
{
	struct zone_key at = random_key(ZONE_KIND_IP);
	uint8_t key[7], value[65536];
	struct zone_cursor *c = NULL;
	struct zone_bytes k, b;
	size_t klen, n = 0;
	int r = zone_cursor_open(txn, ZONE_T_BLOCKS, &c);

	(void)ctx;
	if (r < 0) {
		return r;
	}
	klen = zone_block_key(key, 1, ZONE_SPACE_V4, at.ip.ip.bytes, 16);
	r = zone_cursor_seek(c, key, klen, &k, &b);
	if (r == 1 && k.len <= sizeof(key) && b.len <= sizeof(value)) {
		memcpy(key, k.at, k.len);
		memcpy(value, b.at, b.len);
		klen = k.len;
		n = b.len;
	}
	zone_cursor_close(&c);
	return r <= 0 || n == 0
	    ? r
	    : zone_txn_put(txn, ZONE_T_BLOCKS, key, klen, value, n);
}

static void
other_commit(void)
{
	CHECK(zone_store_write(store, write_again, NULL) == 0, "other");
}

static void
random_change(void)
{
	switch (rnd(20)) {
	case 0: change(1, 1200, false, false); break; /* a long block */
	case 1: change(2, 1200, true, false); break;
	case 2: change(400, 0, rnd(2) == 0, false); break;
	case 3: change(3, 0, false, true); break;
	case 4: other_commit(); break;
	case 5:
	case 6: change(1 + rnd(20), rnd(40), false, false); break;
	case 7:
	case 8:
	case 9: change(1 + rnd(20), rnd(40), true, false); break;
	case 10:
	case 11:
	case 12: change(1, 0, true, false); break;
	default: change(1, 0, false, false); break;
	}
}

/* ---- asking ------------------------------------------------------------ */

static void
ask(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		static const enum zone_space spaces[] = { ZONE_SPACE_V4,
			ZONE_SPACE_V6, ZONE_SPACE_DIGEST };
		enum zone_space space = spaces[rnd(3)];
		struct zone_key key = random_key(ZONE_KIND_IP);
		uint8_t addr[16] = { (uint8_t)rnd(256), (uint8_t)rnd(256) };
		uint16_t list = rnd(2) == 0 ? 1 : 3;
		unsigned base;
		const uint8_t *block;
		struct zone_bytes b;
		uint8_t row[7];
		int r;

		if (space == ZONE_SPACE_DIGEST) {
			list = 2;
		} else {
			space = key.ip.ip.bits == 32 ? ZONE_SPACE_V4
						     : ZONE_SPACE_V6;
			memcpy(addr, key.ip.ip.bytes, 16);
		}
		base = list != 2 && rnd(50) == 0 ? 0 : zone_space_base(space);
		r = zone_view_block(view, list, space, addr, base, &block);
		CHECK(r ==
			    zone_txn_get(zone_view_txn(view), ZONE_T_BLOCKS,
				row,
				zone_block_key(row, list, space, addr, base),
				&b) &&
			(r != 1 || block == b.at),
		    "a block is told to be there or not: %d", r);
	}
}

static int
compare(uint16_t list, enum zone_space space, unsigned base,
    const uint8_t addr[16], const uint8_t *block, bool bad, void *ctx)
{
	uint8_t key[7];
	size_t n = zone_block_key(key, list, space, addr, base);
	struct zone_bytes b = { NULL, 0 };
	int r = zone_txn_get(zone_view_txn(view), ZONE_T_BLOCKS, key, n, &b);

	++*(unsigned *)ctx;
	if (r < 0 || bad || b.at != block ||
	    (r == 1 && !zone_block_check(b.at, b.len))) {
		CHECK(false,
		    "list %u space %d base %u %02x%02x%02x%02x: %p, LMDB has "
		    "%p",
		    list, (int)space, base, addr[0], addr[1], addr[2], addr[3],
		    (const void *)block, (const void *)b.at);
		return 1;
	}
	return 0;
}

static void
renew_and_compare(void)
{
	unsigned n = 0;

	CHECK(zone_view_renew(view) == 0, "renew");
	(void)zone_view_remembered(view, compare, &n);
	kept += n > 0;
	told++;
}

int
main(int argc, char **argv)
{
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 1500;
	uint64_t seed =
	    argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);

	state = seed;
	printf("seed %llu, %u rounds\n", (unsigned long long)seed, rounds);
	scratch_make(dir);
	if (zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 20, &store,
		&why) < 0 ||
	    zone_moderate_init(store, &config) < 0 ||
	    zone_view_open(store, &view) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	for (unsigned i = 0; i < 30; i++) {
		change(100, rnd(12), false, false);
	}
	renew_and_compare();
	for (unsigned i = 0; i < rounds && failures == 0; i++) {
		ask(rnd(i % 100 < 50 ? 3000 : 20));
		zone_view_rest(view); /* a change may have to grow the map */
		for (unsigned k = rnd(8) == 0 ? rnd(5) : 1; k > 0; k--) {
			random_change();
		}
		renew_and_compare();
	}
	printf("%u of %u renewals kept something\n", kept, told);
	CHECK(kept > told / 2, "nothing is kept");
	zone_view_close(&view);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
