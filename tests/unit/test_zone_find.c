/* What the property test cannot reach: many holes, and damage. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/block.h"
#include "zone/find.h"
#include "zone/moderate.h"
#include "zone/verify.h"

static struct zone_list_conf lists[] = {
	{ .name = "ip", .kind = ZONE_KIND_IP, .code = 0x7f000002 },
	{ .name = "address", .kind = ZONE_KIND_ADDRESS, .code = 0x7f000002 },
};
static struct zone_config config = { .lists = lists, .n_lists = 2 };
static struct zone_store *store;
static struct zone_view *view;
static struct err_text why;
static char dir[SCRATCH];

static struct net_prefix
prefix(const char *text)
{
	struct net_prefix p = { .plen = 0 };

	CHECK(net_prefix_parse(span_str(text), &p) == 0, "%s", text);
	return p;
}

static void
put(struct zone_change *c, const char *text, bool exempt)
{
	struct zone_terms t = { .exempt = exempt, .forever = true };
	enum zone_kind kind =
	    strchr(text, '@') != NULL ? ZONE_KIND_ADDRESS : ZONE_KIND_IP;
	struct zone_key key;

	CHECK(zone_key_parse(kind, span_str(text), &key, &why) == 0, "%s: %s",
	    text, why.text);
	CHECK(zone_change_put(c, &lists[kind == ZONE_KIND_IP ? 0 : 1], &key, &t,
		  0, &why) == 0,
	    "%s: %s", text, why.text);
}

static void
commit(struct zone_change *c)
{
	struct zone_why by = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result res;

	CHECK(zone_change_commit(&c, &by, &res, &why) == 0, "%s", why.text);
	CHECK(zone_view_renew(view) == 0, "renew");
}

static bool
node(const char *text)
{
	struct net_prefix p = prefix(text);
	bool exists = false;

	CHECK(zone_find_node(view, 1, &p, &exists) == 0, "node %s", text);
	return exists;
}

/* Far more holes than are stepped over one by one, and not one listing. */
static void
holes(void)
{
	struct zone_change *c = NULL;
	char text[32];

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "20.%u.%u.%u", i >> 13,
		    i >> 5 & 255, i & 31);
		put(c, text, true);
	}
	put(c, "20.64.0.0/12", true);
	commit(c);
	CHECK(!node("20.0.0.0/8") && !node("20.0.0.0/16") &&
		!node("20.0.3.0/24") && !node("20.0.3.1"),
	    "nothing is listed below");

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	put(c, "20.2.255.9", false);
	commit(c);
	CHECK(node("20.0.0.0/8") && node("20.2.0.0/16") &&
		node("20.2.255.0/24") && node("20.2.255.9"),
	    "one behind them all is found");
	CHECK(!node("20.0.0.0/16") && !node("20.2.0.0/24"), "not elsewhere");

	/* a wide listing with a hole around the first of it */
	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	put(c, "30.0.0.0/9", false);
	put(c, "30.0.0.0/10", true);
	put(c, "30.1.1.1", true);
	commit(c);
	CHECK(node("30.0.0.0/8"), "behind the hole, where no entry starts");
	CHECK(!node("30.0.0.0/16") && !node("30.1.0.0/16"), "in the hole");
	CHECK(node("30.64.0.0/16") && node("30.127.255.0/24"), "behind it");
	CHECK(!node("30.128.0.0/16"), "behind all");
}

struct flip {
	uint8_t key[7];
	size_t klen;
	size_t at;
};

static int
flip_byte(struct zone_txn *txn, void *ctx)
{
	const struct flip *f = ctx;
	struct zone_bytes b;
	uint8_t *copy;
	int r = zone_txn_get(txn, ZONE_T_BLOCKS, f->key, f->klen, &b);

	if (r != 1 || (copy = malloc(b.len)) == NULL) {
		return ERR_NONE;
	}
	memcpy(copy, b.at, b.len);
	copy[f->at % b.len] ^= 0x40;
	r = zone_txn_put(txn, ZONE_T_BLOCKS, f->key, f->klen, copy, b.len);
	free(copy);
	return r;
}

static int
find(const char *text, struct zone_hit *hit)
{
	struct net_prefix p = prefix(text);

	return zone_find_ip(view, 1, &p.ip, hit);
}

/* One flipped bit: that block is an error, never a listing, the rest of the
 * list goes on, and whoever writes or verifies is told. */
static void
damage(void)
{
	uint8_t addr[16] = { 40, 1 };
	struct zone_verify_counts counts;
	struct zone_change *c = NULL;
	struct zone_why by = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result res;
	struct zone_hit hit;
	struct flip f;
	bool exists;
	struct net_prefix p = prefix("40.0.0.0/8");

	CHECK(zone_change_new(store, &config, &c) == 0, "new");
	put(c, "40.1.2.3", false);
	put(c, "40.2.2.3", false);
	put(c, "ann@example.gr", false);
	commit(c);
	CHECK(zone_verify(view, &counts, &why) == 0, "%s", why.text);
	zone_view_rest(view);
	f.klen = zone_block_key(f.key, 1, ZONE_SPACE_V4, addr, 16);
	for (f.at = 0; f.at < 48; f.at += 5) {
		CHECK(zone_store_write(store, flip_byte, &f) == 0, "flip");
		CHECK(zone_view_renew(view) == 0, "renew");
		hit.verdict = ZONE_CLEAR;
		CHECK(find("40.1.2.3", &hit) == ERR_CORRUPT &&
			find("40.1.200.3", &hit) == ERR_CORRUPT &&
			hit.verdict == ZONE_CLEAR,
		    "byte %zu: told as damage", f.at);
		CHECK(find("40.2.2.3", &hit) == 0 && hit.verdict == ZONE_LISTED,
		    "byte %zu: the next block is sound", f.at);
		CHECK(zone_find_node(view, 1, &p, &exists) == ERR_CORRUPT,
		    "byte %zu: a node above it", f.at);
		CHECK(zone_verify(view, &counts, &why) == ERR_CORRUPT,
		    "byte %zu: verify", f.at);
		zone_view_rest(view);
		CHECK(zone_change_new(store, &config, &c) == 0, "new");
		put(c, "40.1.9.9", false);
		CHECK(zone_change_commit(&c, &by, &res, &why) == ERR_CORRUPT,
		    "byte %zu: nobody writes over it", f.at);
		CHECK(zone_store_write(store, flip_byte, &f) == 0, "back");
	}
	CHECK(zone_view_renew(view) == 0 && find("40.1.2.3", &hit) == 0 &&
		hit.verdict == ZONE_LISTED &&
		zone_verify(view, &counts, &why) == 0,
	    "sound again: %s", why.text);
}

int
main(void)
{
	scratch_make(dir);
	if (zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, 1 << 24, &store,
		&why) < 0 ||
	    zone_moderate_init(store, &config) < 0 ||
	    zone_view_open(store, &view) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	holes();
	damage();
	zone_view_close(&view);
	zone_store_close(&store);
	scratch_remove(dir);
	return failures != 0;
}
