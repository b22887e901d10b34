/* test_rbld_access.c - zones that ask for a key: who gets an answer. */
#include "tests/unit/test_rbld_world.h"

#include <arpa/inet.h>

#include "base/secret.h"

static const char conf[] =
    "data-dir = \"%s/data\" map-size = 64M\n"
    "list \"ip\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"more\" { kind = \"ip\" code = \"127.0.0.3\" }\n"
    "list \"same\" { kind = \"ip\" code = \"127.0.0.2\" }\n"
    "list \"mail\" { kind = \"address\" code = \"127.0.0.4\" }\n"
    "list \"names\" { kind = \"domain\" code = \"127.0.0.5\" }\n"
    "zone \"open.example.org\" { lists = {\"ip\"} ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"h.example.org\" }\n"
    "zone \"bl.example.org\" { lists = {\"ip\"}\n"
    "  ns = {\"ns1.bl.example.org\"} hostmaster = \"h.example.org\"\n"
    "  apex = {\"ns1 A 203.0.113.53\", \"MX 10 mail.example.org\"}\n"
    "  text = \"$ $r\" access-keys = yes }\n"
    "zone \"em.example.org\" { lists = {\"mail\"} ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"h.example.org\" text = \"$\" access-keys = yes }\n"
    "zone \"dbl.example.org\" { lists = {\"names\"} ns = "
    "{\"ns1.example.org\"}\n"
    "  hostmaster = \"h.example.org\" access-keys = yes }\n"
    "zone \"both.example.org\" { lists = {\"ip\"} ns = {\"ns1.example.org\"}\n"
    "  hostmaster = \"h.example.org\" access-keys = yes\n"
    "  allow-query = {\"192.0.2.0/24\"} }\n"
    "guard { allow = {\"192.0.2.0/24\", \"198.51.100.0/24\", "
    "\"2001:db8::/32\"} }\n";

#define NAMES 4
static char keys[NAMES][ZONE_ACCESS_LABEL + 1]; /* all one over gone */
static uint8_t out[RBLD_REPLY_MAX];
static size_t out_len;

/* Open the store for a change of the keys; LMDB wants it open once. */
static struct zone_store *
begin_change(struct world *w)
{
	struct err_text why = { "" };
	struct zone_store *s = NULL;

	rbld_look_close(&w->look);
	zone_store_close(&w->store);
	if (zone_store_open(w->config->data_dir, ZONE_STORE_LISTS, ZONE_CREATE,
		w->config->map_size, &s, &why) < 0) {
		world_fail("store", why.text);
	}
	return s;
}

static void
end_change(struct world *w, struct zone_store *s)
{
	struct err_text why = { "" };

	zone_store_close(&s);
	if (zone_store_open(w->config->data_dir, ZONE_STORE_LISTS, ZONE_READ,
		w->config->map_size, &w->store, &why) < 0 ||
	    rbld_look_open(&w->look, w->apex, w->store) < 0) {
		world_fail("store", why.text);
	}
}

static void
add_keys(struct world *w)
{
	static const struct {
		const char *name, *zone;
		int64_t life;
	} rows[NAMES] = { { "all", NULL, 0 }, { "one", "em.example.org", 0 },
		{ "over", NULL, -5 }, { "gone", "no-more.example.org", 0 } };
	struct zone_store *s = begin_change(w);
	struct err_text why = { "" };
	uint64_t serial;

	for (int i = 0; i < NAMES; i++) {
		if (zone_access_add(s, rows[i].name, rows[i].zone,
			rows[i].life != 0 ? when_now() + rows[i].life : 0,
			"test", keys[i], &serial, &why) < 0) {
			world_fail(rows[i].name, why.text);
		}
	}
	end_change(w, s);
}

static void
make(struct world *w)
{
	struct err_text why = { "" };
	char text[sizeof(conf) + 64];

	world_begin(w);
	snprintf(text, sizeof(text), conf, w->dir);
	if (world_config(w, text, &why) < 0 ||
	    rbld_apex_load(w->config, &w->apex, &why) < 0) {
		world_fail("configuration", why.text);
	}
	end_change(w, begin_change(w));
	world_fill(w);
	add_keys(w);
}

/* Ask NAME, with KEY in the place of its '%'; the rcode. */
static int
ask_with(struct world *w, const char *name, const char *key, unsigned type,
    const char *peer)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct rbld_from from = { .peer = (void *)&sa, .limit = 1232 };
	size_t front = strcspn(name, "%");
	char whole[300];
	struct asked a;

	CHECK(inet_pton(AF_INET, peer, &sa.sin_addr) == 1, "%s", peer);
	snprintf(whole, sizeof(whole), "%.*s%s%s", (int)front, name,
	    name[front] == '%' ? key : "",
	    name[front] == '%' ? name + front + 1 : "");
	ask(&a, whole, type, 1232);
	rbld_look_renew(&w->look);
	out_len = rbld_handle(&w->look, &w->stats, &from, a.bytes, a.len, out);
	rbld_look_rest(&w->look);
	return out[3] & 15;
}

/* Code of the EDE, -1: none. */
static int
ede(void)
{
	return out_len > 6 && out[out_len - 6] == 0 && out[out_len - 5] == 15
	    ? out[out_len - 1]
	    : -1;
}

/* The first record's type, of which section; 0: there is none. */
static unsigned
records(unsigned *ret_answers)
{
	*ret_answers = out[7];
	return out[9];
}

#define OK RBLD_NOERROR
#define NX RBLD_NXDOMAIN
#define NO RBLD_REFUSED
#define SPAMMER "4b15dd36607cc5fc7bc5a902a4aa2b970012055b"
#define NONE "kaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name, *qname;
	int key; /* which; -1: one that nobody has */
	unsigned type;
	int rcode;
	unsigned answers;
} cases[] = {
	{ "listed", "7.2.0.192.%.bl.example.org", 0, 1, OK, 1 },
	{ "its TXT", "7.2.0.192.%.bl.example.org", 0, 16, OK, 1 },
	{ "not listed", "7.3.0.192.%.bl.example.org", 0, 1, NX, 0 },
	{ "a hole", "9.2.0.192.%.bl.example.org", 0, 1, NX, 0 },
	{ "above it", "2.0.192.%.bl.example.org", 0, 1, OK, 0 },
	{ "behind the key", "%.bl.example.org", 0, 1, OK, 0 },
	{ "behind the key, NS", "%.bl.example.org", 0, 2, OK, 0 },
	{ "a test point", "2.0.0.127.%.bl.example.org", 0, 1, OK, 1 },
	{ "127.0.0.1", "1.0.0.127.%.bl.example.org", 0, 1, NX, 0 },
	{ "a digest", SPAMMER ".%.em.example.org", 0, 1, OK, 1 },
	{ "with a key for this zone", SPAMMER ".%.em.example.org", 1, 1, OK,
	    1 },
	{ "domains' test point", "test.%.dbl.example.org", 0, 1, OK, 1 },
	/* without a key */
	{ "SOA", "bl.example.org", 0, 6, OK, 1 },
	{ "NS", "bl.example.org", 0, 2, OK, 1 },
	{ "MX", "bl.example.org", 0, 15, OK, 1 },
	{ "a name server", "ns1.bl.example.org", 0, 1, OK, 1 },
	{ "a zone that asks for none", "7.2.0.192.open.example.org", 0, 1, OK,
	    1 },
	{ "where it stands in no key's place", "7.2.0.192.%.open.example.org",
	    0, 1, NX, 0 },
	/* refused */
	{ "no key", "7.2.0.192.bl.example.org", 0, 1, NO, 0 },
	{ "no key, not listed", "7.3.0.192.bl.example.org", 0, 1, NO, 0 },
	{ "no key, a test point", "2.0.0.127.bl.example.org", 0, 1, NO, 0 },
	{ "no key, a digest", SPAMMER ".em.example.org", 0, 1, NO, 0 },
	{ "no key, a node", "192.bl.example.org", 0, 1, NO, 0 },
	{ "nobody's key", "7.2.0.192.%.bl.example.org", -1, 1, NO, 0 },
	{ "behind nobody's key", "%.bl.example.org", -1, 1, NO, 0 },
	{ "nobody's key, a test point", "2.0.0.127.%.bl.example.org", -1, 1, NO,
	    0 },
	{ "another zone's key", "7.2.0.192.%.bl.example.org", 1, 1, NO, 0 },
	{ "expired", "7.2.0.192.%.bl.example.org", 2, 1, NO, 0 },
	{ "of a zone that is gone", "7.2.0.192.%.bl.example.org", 3, 1, NO, 0 },
	{ "in the wrong place", "%.7.2.0.192.bl.example.org", 0, 1, NO, 0 },
	{ "twice", "7.2.0.192.%.x.bl.example.org", 0, 1, NO, 0 },
	{ "something else", "7.2.0.192.www.bl.example.org", 0, 1, NO, 0 },
	{ "below a name server", "x.ns1.bl.example.org", 0, 1, NO, 0 },
};

static void
test_cases(struct world *w)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *key = cases[i].key < 0 ? NONE : keys[cases[i].key];
		unsigned answers, authority;
		int rcode = ask_with(
		    w, cases[i].qname, key, cases[i].type, "127.0.0.1");

		authority = records(&answers);
		CHECK(rcode == cases[i].rcode, "%s: rcode %d", cases[i].name,
		    rcode);
		CHECK(answers == cases[i].answers, "%s: %u answers",
		    cases[i].name, answers);
		CHECK(authority == (rcode != NO && answers == 0), "%s: SOA",
		    cases[i].name);
		CHECK((ede() == 18) == (rcode == NO), "8914-1 %s: EDE %d",
		    cases[i].name, ede());
		CHECK(((out[2] & 4) != 0) == (rcode != NO), "%s: AA",
		    cases[i].name);
	}
}

/* Resolvers that mix the case of letters (0x20). */
static void
test_case_of_letters(struct world *w)
{
	char mixed[ZONE_ACCESS_LABEL + 1];

	for (int i = 0; i <= ZONE_ACCESS_LABEL; i++) {
		char c = keys[0][i];

		mixed[i] = (char)(i % 3 != 0 && c >= 'a' ? c - 32 : c);
	}
	CHECK(ask_with(
		  w, "7.2.0.192.%.bL.eXAMPLE.org", mixed, 1, "127.0.0.1") == OK,
	    "DNS-7 %s", mixed);
	mixed[5] = keys[0][5] == 'b' ? 'c' : 'b';
	CHECK(ask_with(
		  w, "7.2.0.192.%.bl.example.org", mixed, 1, "127.0.0.1") == NO,
	    "one character is wrong");
}

/* How often TEXT stands in the reply. */
static unsigned
times(const char *text)
{
	const uint8_t *at = out;
	size_t len = strlen(text);
	unsigned n = 0;

	while ((at = memmem(at, out_len - (size_t)(at - out), text, len)) !=
	    NULL) {
		n++;
		at++;
	}
	return n;
}

/* What we write ourselves does not repeat the key, and the SOA is the
 * zone's. */
static void
test_not_shown(struct world *w)
{
	ldns_pkt *p = NULL;

	CHECK(ask_with(w, "7.2.0.192.%.bl.example.org", keys[0], 16,
		  "127.0.0.1") == OK &&
		times("192.0.2.7 sends spam") == 1 && times(keys[0]) == 1,
	    "$ of an address");
	CHECK(ask_with(w, SPAMMER ".%.em.example.org", keys[0], 16,
		  "127.0.0.1") == OK &&
		times(SPAMMER) == 2 && times(keys[0]) == 1,
	    "$ of a digest: the key stands in the question alone");
	CHECK(ask_with(w, "1.%.bl.example.org", keys[0], 1, "127.0.0.1") == NX,
	    "negative");
	if (ldns_wire2pkt(&p, out, out_len) != LDNS_STATUS_OK) {
		CHECK(p != NULL, "ldns cannot read it");
		return;
	}
	char *owner = ldns_rdf2str(
	    ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_authority(p), 0)));

	CHECK(strcmp(owner, "bl.example.org.") == 0, "SOA of %s", owner);
	free(owner);
	ldns_pkt_free(p);
}

/* Both must pass. */
static void
test_both(struct world *w)
{
	static const char name[] = "7.2.0.192.%.both.example.org";

	CHECK(ask_with(w, name, keys[0], 1, "192.0.2.53") == OK, "both");
	CHECK(ask_with(w, name, keys[0], 1, "198.51.100.1") == NO, "key only");
	CHECK(ask_with(w, name, NONE, 1, "192.0.2.53") == NO, "client only");
	CHECK(ask_with(w, "both.example.org", "", 6, "198.51.100.1") == NO,
	    "the apex asks for the client");
}

static int
damage(struct zone_txn *txn, void *ctx)
{
	(void)ctx;
	return zone_txn_put(txn, ZONE_T_ACCESS, "zzz", 3, "rubbish", 7);
}

static int
heal(struct zone_txn *txn, void *ctx)
{
	(void)ctx;
	return zone_txn_del(txn, ZONE_T_ACCESS, "zzz", 3);
}

/* A change is known with the next view of the same look, here over a store
 * that this process may write. */
static void
test_at_once(struct world *w)
{
	static const char name[] = "7.2.0.192.%.bl.example.org";
	struct zone_store *s = begin_change(w);
	char label[ZONE_ACCESS_LABEL + 1];
	struct err_text why = { "" };
	uint64_t serial;

	if (rbld_look_open(&w->look, w->apex, s) < 0) {
		world_fail("look", "cannot be opened");
	}
	CHECK(ask_with(w, name, keys[0], 1, "127.0.0.1") == OK, "before");
	CHECK(zone_access_remove(s, "all", "test", &serial, &why) == 0, "%s",
	    why.text);
	CHECK(ask_with(w, name, keys[0], 1, "127.0.0.1") == NO,
	    "removed: the next view refuses");
	CHECK(zone_access_add(
		  s, "new", NULL, 0, "test", label, &serial, &why) == 0,
	    "%s", why.text);
	CHECK(ask_with(w, name, label, 1, "127.0.0.1") == OK,
	    "added: the next view answers");
	CHECK(ask_with(w, name, keys[0], 1, "127.0.0.1") == NO, "still gone");
	CHECK(ask_with(w, SPAMMER ".%.em.example.org", keys[1], 1,
		  "127.0.0.1") == OK,
	    "others are as they were");

	/* damaged keys are no reason to let anybody in, nor to say so */
	CHECK(zone_store_write(s, damage, NULL) == 0, "damage");
	CHECK(zone_access_add(
		  s, "newer", NULL, 0, "test", label, &serial, &why) < 0,
	    "a damaged table takes no key");
	CHECK(zone_store_write(s, heal, NULL) == 1 &&
		zone_access_add(
		    s, "newer", NULL, 0, "test", label, &serial, &why) == 0 &&
		zone_store_write(s, damage, NULL) == 0,
	    "a change, then damage");
	CHECK(ask_with(w, name, label, 1, "127.0.0.1") == RBLD_SERVFAIL &&
		ede() == 14,
	    "damage: SERVFAIL, EDE %d", ede());
	CHECK(ask_with(w, "bl.example.org", "", 6, "127.0.0.1") == OK,
	    "the apex needs no key");
	CHECK(
	    ask_with(w, "7.2.0.192.open.example.org", "", 1, "127.0.0.1") == OK,
	    "other zones answer");
	rbld_look_close(&w->look);
	zone_store_close(&s);
}

int
main(void)
{
	struct world w;

	if (secret_init() < 0) {
		return 99;
	}
	make(&w);
	test_cases(&w);
	test_case_of_letters(&w);
	test_not_shown(&w);
	test_both(&w);
	test_at_once(&w);
	world_end(&w);
	return failures != 0;
}
