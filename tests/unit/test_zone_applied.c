/* Which configuration of each zone was entered. */
#include "tests/unit/store_world.h"
#include "zone/applied.h"

static const struct zone_list_conf *both[] = { &world_lists[0],
	&world_lists[1] };
static const char *ns[] = { "ns1.example.gr", "ns2.example.gr" };
static const char *apex[] = { "A 192.0.2.80", "MX 10 mail.example.gr" };
static struct zone_zone_conf zones[] = {
	{ .name = "bl.example.gr",
	    .lists = both,
	    .n_lists = 1,
	    .ns = ns,
	    .n_ns = 2,
	    .mname = "ns1.example.gr",
	    .hostmaster = "hostmaster.example.gr",
	    .ttl = 900,
	    .negative_ttl = 300,
	    .refresh = 3600,
	    .retry = 600,
	    .expire = 86400,
	    .text = "Listed: $",
	    .apex = apex,
	    .n_apex = 1 },
	{ .name = "em.example.gr",
	    .kind = ZONE_KIND_ADDRESS,
	    .lists = both + 1,
	    .n_lists = 1,
	    .ns = ns,
	    .n_ns = 1,
	    .mname = "ns1.example.gr",
	    .hostmaster = "hostmaster.example.gr",
	    .ttl = 900,
	    .negative_ttl = 300,
	    .text = "" },
};

/* ---- what counts --------------------------------------------------------- */

static struct zone_list_conf other_list;
static const struct zone_list_conf *others[] = { &other_list };
static const char *ns_other[] = { "ns1.example.gr", "ns3.example.gr" };
static const char *apex_other[] = { "A 192.0.2.81" };

#define CHANGE(name) static void name(struct zone_zone_conf *z)

CHANGE(c_name)
{
	z->name = "bl2.example.gr";
}
CHANGE(c_ttl)
{
	z->ttl = 901;
}
CHANGE(c_negative)
{
	z->negative_ttl = 301;
}
CHANGE(c_refresh)
{
	z->refresh++;
}
CHANGE(c_retry)
{
	z->retry++;
}
CHANGE(c_expire)
{
	z->expire++;
}
CHANGE(c_text)
{
	z->text = "Listed: $ ";
}
CHANGE(c_no_text)
{
	z->text = "";
}
CHANGE(c_mname)
{
	z->mname = "ns2.example.gr";
}
CHANGE(c_hostmaster)
{
	z->hostmaster = "h.example.gr";
}
CHANGE(c_ns)
{
	z->ns = ns_other;
}
CHANGE(c_less_ns)
{
	z->n_ns = 1;
}
CHANGE(c_apex)
{
	z->apex = apex_other;
}
CHANGE(c_no_apex)
{
	z->n_apex = 0;
}
CHANGE(c_more_apex)
{
	z->n_apex = 2;
}
CHANGE(c_lists)
{
	z->n_lists = 2;
}
CHANGE(c_code)
{
	other_list = world_lists[0];
	other_list.code = 0x7f000004;
	z->lists = others;
}
CHANGE(c_list_name)
{
	other_list = world_lists[0];
	other_list.name = "ip2";
	z->lists = others;
}
CHANGE(c_list_kind)
{
	other_list = world_lists[0];
	other_list.kind = ZONE_KIND_DOMAIN;
	z->lists = others;
}
/* and what does not */
CHANGE(s_query)
{
	z->n_allow_query = 1;
}
CHANGE(s_transfer)
{
	z->n_allow_transfer = 1;
}
CHANGE(s_notify)
{
	z->n_notify = 1;
}
CHANGE(s_line)
{
	z->line = 99;
}
CHANGE(s_width)
{
	other_list = world_lists[0];
	other_list.widest_v4 = 20;
	other_list.expiry = 60;
	z->lists = others;
}

static const struct {
	const char *what;
	void (*change)(struct zone_zone_conf *zone);
	bool counts;
} changes[] = {
	{ "name", c_name, true },
	{ "ttl", c_ttl, true },
	{ "negative-ttl", c_negative, true },
	{ "refresh", c_refresh, true },
	{ "retry", c_retry, true },
	{ "expire", c_expire, true },
	{ "text", c_text, true },
	{ "no text", c_no_text, true },
	{ "mname", c_mname, true },
	{ "hostmaster", c_hostmaster, true },
	{ "ns", c_ns, true },
	{ "fewer ns", c_less_ns, true },
	{ "apex", c_apex, true },
	{ "no apex", c_no_apex, true },
	{ "more apex", c_more_apex, true },
	{ "another list", c_lists, true },
	{ "a list's code", c_code, true },
	{ "a list's name", c_list_name, true },
	{ "a list's kind", c_list_kind, true },
	{ "allow-query", s_query, false },
	{ "allow-transfer", s_transfer, false },
	{ "notify", s_notify, false },
	{ "another line", s_line, false },
	{ "what a list accepts", s_width, false },
};

static void
digests(void)
{
	uint8_t before[32], after[32];

	CHECK(zone_applied_digest(&zones[0], before) == 0, "digest");
	for (size_t i = 0; i < COUNT(changes); i++) {
		struct zone_zone_conf z = zones[0];

		changes[i].change(&z);
		CHECK(zone_applied_digest(&z, after) == 0 &&
			(memcmp(before, after, 32) != 0) == changes[i].counts,
		    "%s", changes[i].what);
	}
}

/* The text that the digest is of stands in doc/FORMATS. */
static void
canonical(void)
{
	static const char want[] = "zone 1\n"
				   "name 13 bl.example.gr\n"
				   "list 2 ip\n"
				   "kind 2 ip\n"
				   "code 9 127.0.0.2\n"
				   "ns 14 ns1.example.gr\n"
				   "ns 14 ns2.example.gr\n"
				   "mname 14 ns1.example.gr\n"
				   "hostmaster 21 hostmaster.example.gr\n"
				   "ttl 900\n"
				   "negative-ttl 300\n"
				   "refresh 3600\n"
				   "retry 600\n"
				   "expire 86400\n"
				   "text 9 Listed: $\n"
				   "apex 12 A 192.0.2.80\n";
	struct buf b = { 0 };

	zone_applied_text(&zones[0], &b);
	CHECK(!b.bad && b.len == sizeof(want) - 1 &&
		memcmp(b.data, want, b.len) == 0,
	    "%s", b.data);
	buf_free(&b);
}

/* ---- entering ------------------------------------------------------------ */

static char states[8];

static int
see(const struct zone_applied *z, void *ctx)
{
	size_t n = strlen(states);

	(void)ctx;
	states[n] = "=+~-"[z->state];
	states[n + 1] = '\0';
	return 0;
}

/* Each zone's state: = same, + new, ~ changed, - gone. */
static const char *
compare(void)
{
	struct zone_view *v = world_view();

	states[0] = '\0';
	CHECK(zone_applied_walk(v, &world_config, see, NULL) == 0, "walk");
	zone_view_close(&v);
	return states;
}

static uint64_t
enter(const char *reason)
{
	uint64_t serial = 99;

	world_why.text[0] = '\0';
	CHECK(zone_applied_enter(world, &world_config, "ann", reason, &serial,
		  &world_why) == 0,
	    "%s", world_why.text);
	return serial;
}

static int
sound(void)
{
	struct zone_view *v = world_view();
	struct err_text why = { "" };
	uint64_t n;
	int r = zone_applied_verify(v, &n, &why);

	zone_view_close(&v);
	return r;
}

static void
entering(void)
{
	struct zone_history_row row;
	struct zone_view *v;
	char hex[65];
	uint8_t digest[32];

	world_config.zones = zones;
	world_config.n_zones = 2;
	world_open(); /* init enters the first */
	CHECK(strcmp(compare(), "==") == 0, "as init left it: %s", states);
	CHECK(enter(NULL) == 0, "nothing to enter");
	zones[0].ttl = 60;
	CHECK(strcmp(compare(), "~=") == 0, "changed: %s", states);
	CHECK(zone_moderate_init(world, &world_config) == 0 &&
		strcmp(compare(), "~=") == 0,
	    "init again enters nothing: %s", states);
	CHECK(enter("shorter") == 1, "its serial");
	CHECK(strcmp(compare(), "==") == 0, "entered: %s", states);
	CHECK(enter(NULL) == 0, "once");
	v = world_view();
	CHECK(zone_applied_digest(&zones[0], digest) == 0, "digest");
	digest_hex(digest, 32, hex);
	CHECK(zone_history_get(v, 1, &row) == 1 && row.keys == 0 &&
		row.action == ZONE_ACTION_CONFIG && span_is(row.by, "ann") &&
		span_find(row.reason, hex) != NULL &&
		span_find(row.reason, "bl.example.gr") != NULL &&
		span_find(row.reason, "em.example.gr") == NULL &&
		span_find(row.reason, "shorter") != NULL,
	    "history has the digest: %.*s", (int)row.reason.len, row.reason.at);
	CHECK(zone_view_serial(v) == 1, "a serial of the store");
	zone_view_close(&v);
	world_sound();
	CHECK(sound() == 0, "sound");

	world_config.n_zones = 1;
	CHECK(strcmp(compare(), "=-") == 0, "one is gone: %s", states);
	CHECK(enter(NULL) == 2 && strcmp(compare(), "=") == 0, "entered: %s",
	    states);
	world_config.n_zones = 2;
	CHECK(strcmp(compare(), "=+") == 0, "it is back: %s", states);
	zones[0].ttl = 900;
	CHECK(enter(NULL) == 3 && strcmp(compare(), "==") == 0,
	    "both at once: %s", states);
	CHECK(sound() == 0, "sound");
	world_sound();

	CHECK(world_undo(3) == 0 && world_why.text[0] != '\0',
	    "a configuration is not undone: %s", world_why.text);
	CHECK(strcmp(compare(), "==") == 0, "it stays");
	world_close();

	/* a store that has a history was not made by this program's init */
	world_config.n_zones = 0;
	world_open();
	world_add("203.0.114.9", "s", 0);
	world_config.n_zones = 2;
	CHECK(zone_moderate_init(world, &world_config) == 0 &&
		strcmp(compare(), "++") == 0,
	    "nothing is entered in silence: %s", states);
	CHECK(enter(NULL) == 2 && strcmp(compare(), "==") == 0, "%s", states);
	world_close();
}

/* ---- damage -------------------------------------------------------------- */

static const char row_key[] = "zone bl.example.gr";

struct wound {
	size_t at;
	size_t len; /* of the row afterwards; 0: it goes */
};

static int
wound(struct zone_txn *txn, void *ctx)
{
	const struct wound *w = ctx;
	struct zone_bytes b;
	uint8_t copy[64] = { 0 };
	int r =
	    zone_txn_get(txn, ZONE_T_META, row_key, sizeof(row_key) - 1, &b);

	CHECK(r == 1 && b.len == 44, "row");
	memcpy(copy, b.at, b.len);
	copy[w->at] ^= 0x10;
	return w->len == 0
	    ? zone_txn_del(txn, ZONE_T_META, row_key, sizeof(row_key) - 1)
	    : zone_txn_put(
		  txn, ZONE_T_META, row_key, sizeof(row_key) - 1, copy, w->len);
}

static void
damage(void)
{
	struct zone_view *v;

	for (size_t at = 0; at < 46; at++) {
		struct wound w = { at < 44 ? at : 0, at < 44 ? 44 : at - 1 };

		world_open();
		zones[0].ttl++;
		CHECK(enter(NULL) == 1 && sound() == 0, "before");
		CHECK(zone_store_write(world, wound, &w) >= 0, "wound");
		CHECK(sound() == ERR_CORRUPT, "byte %zu", at);
		v = world_view();
		states[0] = '\0';
		CHECK(zone_applied_walk(v, &world_config, see, NULL) ==
			ERR_CORRUPT,
		    "byte %zu is no digest", at);
		zone_view_close(&v);
		world_close();
	}
}

int
main(void)
{
	digests();
	canonical();
	entering();
	damage();
	return failures != 0;
}
