/* test_rbld_transfer.c - messages of a transfer, read back by ldns.
 *
 * A zone of thousands of names is taken as a whole and in differences: every
 * message can be read, none is too long, each is signed over the one before;
 * the records are those of the expansion, the SOA stands first and last. Who
 * may not, gets nothing. The ids are those of the standards.
 */
#include <arpa/inet.h>

#include "base/secret.h"
#include "rbld/transfer.h"
#include "tests/unit/test_rbld_world.h"
#include "zone/change_priv.h"
#include "zone/expand.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

static const char conf[] =
    "data-dir = \"%s/data\"\n"
    "list \"ip\" { kind = \"ip\" widest-v6 = 12 }\n"
    "list \"names\" { kind = \"domain\" }\n"
    "zone \"bl.example.org\" { lists = {\"ip\"}\n"
    "  ns = {\"ns1.bl.example.org\", \"ns2.example.net\"}\n"
    "  hostmaster = \"h.example.org\" text = \"$ $r\"\n"
    "  apex = {\"ns1 A 203.0.113.53\", \"MX 10 mail.example.org\"}\n"
    "  allow-transfer = {\"key:one@127.0.0.1\", \"198.51.100.0/24\"} }\n"
    "zone \"dbl.example.org\" { lists = {\"names\"} ns = {\"ns.example.net\"}\n"
    "  hostmaster = \"h.example.org\"\n"
    "  allow-transfer = {\"key:one\"} }\n"
    "zone \"locked.example.org\" { lists = {\"ip\"} ns = {\"ns.example.net\"}\n"
    "  hostmaster = \"h.example.org\" access-keys = yes\n"
    "  allow-transfer = {\"127.0.0.1\"} }\n"
    "key \"one\" { secret-file = \"%s/key\" }\n"
    "key \"two\" { secret-file = \"%s/key\" }\n"
    "guard { allow = {\"192.0.2.0/24\", \"198.51.100.0/24\", "
    "\"10.0.0.0/8\"} }\n"
    "dns { listen = {\"127.0.0.1@0\"} }\n";

static struct world w;
static struct zone_store *store;
static struct rbld_keys *keys;
static uint64_t serial;

/* ---- changes ------------------------------------------------------------ */

static void
change(const char *list, const char *const *texts, bool exempt, bool gone)
{
	const struct zone_list_conf *l =
	    zone_config_list(w.config, span_str(list));
	struct zone_terms terms = { .exempt = exempt,
		.forever = true,
		.person = true,
		.reason = "r" };
	struct zone_why why = { .by = "test", .action = ZONE_ACTION_ADD };
	struct zone_change_result result = { 0 };
	struct zone_change *c = NULL;
	struct err_text said = { "" };
	struct zone_key key;
	int r;

	rbld_look_rest(&w.look);
	r = zone_change_new(store, w.config, &c);
	for (; *texts != NULL && r == 0; texts++) {
		r = zone_key_parse(l->kind, span_str(*texts), &key, &said);
		if (r == 0) {
			r = gone ? zone_change_remove(c, l, &key, 0)
				 : zone_change_put(
				       c, l, &key, &terms, 0, &said);
		}
	}
	if (r == 0) {
		r = zone_change_commit(&c, &why, &result, &said);
	}
	zone_change_free(&c);
	CHECK(r == 0, "%s: %s %s", list, err_str(r), said.text);
	serial = result.serial != 0 ? result.serial : serial;
	rbld_look_renew(&w.look);
}

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- taking a zone ------------------------------------------------------ */

#define RECORDS 40000

struct taken {
	bool begun;
	unsigned messages;
	size_t octets;
	unsigned n;
	char *at[RECORDS]; /* as text */
};

static void
forget(struct taken *t)
{
	for (unsigned i = 0; i < t->n; i++) {
		free(t->at[i]);
	}
	*t = (struct taken){ .n = 0 };
}

/* One message, LEN octets at DATA. */
static void
take_message(struct taken *t, const char *name, const uint8_t *data, size_t len,
    const char *key, ldns_rdf **mac)
{
	ldns_pkt *pkt = NULL;
	ldns_status s = ldns_wire2pkt(&pkt, data, len);
	ldns_rr_list *rrs;

	if (s != LDNS_STATUS_OK) {
		CHECK(false, "%s: message %u: %s", name, t->messages,
		    ldns_get_errorstr_by_id(s));
		return;
	}
	rrs = ldns_pkt_answer(pkt);
	CHECK(ldns_pkt_id(pkt) == 0x1234 && ldns_pkt_aa(pkt) &&
		!ldns_pkt_tc(pkt) && ldns_pkt_qdcount(pkt) == 1 &&
		ldns_pkt_nscount(pkt) == 0 && ldns_pkt_get_rcode(pkt) == 0,
	    "5936-2 %s: header of message %u", name, t->messages);
	if (key != NULL) {
		CHECK(ldns_pkt_tsig(pkt) != NULL &&
			(t->messages == 0
				? ldns_pkt_tsig_verify(
				      pkt, data, len, key, SECRET, *mac)
				: ldns_pkt_tsig_verify_next(pkt, data, len,
				      key, SECRET, *mac, 1)),
		    "8945-3 %s: message %u is not signed right", name,
		    t->messages);
		ldns_rdf_deep_free(*mac);
		*mac = ldns_pkt_tsig(pkt) != NULL
		    ? ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(pkt), 3))
		    : NULL;
	} else {
		CHECK(ldns_pkt_tsig(pkt) == NULL,
		    "8945-4 %s: signed, nobody asked for it", name);
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(rrs); i++) {
		if (t->n < RECORDS) {
			t->at[t->n++] =
			    ldns_rr2str(ldns_rr_list_rr(rrs, i));
		}
	}
	t->messages++;
	t->octets += len;
	ldns_pkt_free(pkt);
}

/* Ask for ZONE from FROM, by KEY (NULL: unsigned); HAS is the serial that a
 * question for a difference tells, 0: ask for all of it. */
static void
take(struct taken *t, const char *zone, const char *from, const char *key,
    uint64_t has)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	const struct rbld_from who = { .peer = (struct sockaddr *)&sa,
		.tcp = true,
		.limit = RBLD_REPLY_MAX };
	ldns_rdf *name = ldns_dname_new_frm_str(zone), *mac = NULL;
	ldns_pkt *q = ldns_pkt_query_new(name,
	    has != 0 ? LDNS_RR_TYPE_IXFR : LDNS_RR_TYPE_AXFR, LDNS_RR_CLASS_IN,
	    0);
	struct rbld_transfer *transfer = NULL;
	struct rbld_turn turn;
	const uint8_t *data;
	uint8_t *wire = NULL;
	size_t len = 0, at;
	int r = 1;

	*t = (struct taken){ .n = 0 };
	inet_pton(AF_INET, from, &sa.sin_addr);
	ldns_pkt_set_id(q, 0x1234);
	if (has != 0) {
		char text[200];
		ldns_rr *soa = NULL;

		snprintf(text, sizeof(text), "%s. 1 IN SOA . . %llu 1 1 1 1",
		    zone, (unsigned long long)has);
		(void)ldns_rr_new_frm_str(&soa, text, 0, NULL, NULL);
		ldns_pkt_push_rr(q, LDNS_SECTION_AUTHORITY, soa);
	}
	if (key != NULL) {
		(void)ldns_pkt_tsig_sign(
		    q, key, SECRET, 300, "hmac-sha256.", NULL);
		mac = ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(q), 3));
	}
	(void)ldns_pkt2wire(&wire, q, &len);
	rbld_handle_read(&w.look, wire, len, &turn);
	CHECK(rbld_transfer_is(&turn), "%s: is no such question", zone);
	t->begun = rbld_transfer_begin(
	    &w.look, &w.stats, &who, &turn, 0, &transfer);
	while (t->begun && r == 1) {
		r = rbld_transfer_next(transfer, &data, &len);
		for (at = 0; r == 1 && at + 2 <= len;) {
			size_t n = (size_t)data[at] << 8 | data[at + 1];

			CHECK(n <= 16384 + RBLD_TSIG_ROOM && at + 2 + n <= len,
			    "%s: a message of %zu", zone, n);
			take_message(t, zone, data + at + 2, n, key, &mac);
			at += 2 + n;
		}
	}
	CHECK(r >= 0, "%s: %d", zone, r);
	rbld_transfer_end(&transfer, true);
	ldns_rdf_deep_free(mac);
	ldns_pkt_free(q);
	free(wire);
}

/* How many of the records have TEXT in them. */
static unsigned
count(const struct taken *t, const char *text)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++) {
		n += strstr(t->at[i], text) != NULL;
	}
	return n;
}

/* How many are of NAME. */
static unsigned
owned(const struct taken *t, const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->n; i++) {
		n += strncmp(t->at[i], name, strlen(name)) == 0 &&
		    t->at[i][strlen(name)] == '\t';
	}
	return n;
}

static bool
is_soa(const struct taken *t, unsigned i, uint64_t number)
{
	char text[64];

	snprintf(text, sizeof(text), " %llu ", (unsigned long long)number);
	return i < t->n && strstr(t->at[i], "\tSOA\t") != NULL &&
	    strstr(t->at[i], text) != NULL;
}

/* ---- the cases ---------------------------------------------------------- */

static int
count_rr(const struct zone_rr *rr, void *ctx)
{
	unsigned *n = ctx;

	(void)rr;
	++*n;
	return 0;
}

static void
check_whole(void)
{
	struct zone_expand *x = NULL;
	struct taken t;
	unsigned n = 0;

	CHECK(zone_expand_open(w.look.view, &w.config->zones[0], count_rr, &n,
		  &x) == 0,
	    "expand");
	while (x != NULL && zone_expand_step(x) == 1) {
	}
	zone_expand_close(&x);
	take(&t, "bl.example.org", "127.0.0.1", "one.", 0);
	CHECK(t.begun && t.messages > 3, "several messages: %u", t.messages);
	CHECK(is_soa(&t, 0, serial) && is_soa(&t, t.n - 1, serial) &&
		count(&t, "\tSOA\t") == 2,
	    "5936-2 the SOA is first and last");
	/* SOA twice, two NS, MX, a host */
	CHECK(t.n == n + 6, "%u records instead of %u", t.n, n + 6);
	CHECK(count(&t, "ns1.bl.example.org.\t900\tIN\tA\t203.0.113.53") == 1 &&
		count(&t, "\tMX\t10 mail.example.org.") == 1 &&
		count(&t, "\tNS\t") == 2,
	    "what the configuration says of the apex");
	CHECK(owned(&t, "7.2.0.192.bl.example.org.") == 2 &&
		owned(&t, "9.2.0.192.bl.example.org.") == 0 &&
		owned(&t, "2.0.0.127.bl.example.org.") == 2,
	    "names");
	forget(&t);
	take(&t, "bl.example.org", "198.51.100.7", NULL, 0);
	CHECK(t.begun && t.n == n + 6, "by address alone");
	forget(&t);
}

static const struct {
	const char *name, *zone, *from, *key;
	bool ok;
} who[] = {
	{ "the key from its address", "bl.example.org", "127.0.0.1", "one.",
	    true },
	{ "5936-4 the key from elsewhere", "bl.example.org", "127.0.0.2",
	    "one.", false },
	{ "5936-4 the address without its key", "bl.example.org", "127.0.0.1",
	    NULL, false },
	{ "5936-4 another key", "bl.example.org", "127.0.0.1", "two.", false },
	{ "8945-2 no such key", "bl.example.org", "127.0.0.1", "three.",
	    false },
	{ "a network", "bl.example.org", "198.51.100.255", NULL, true },
	{ "5936-4 beside the network", "bl.example.org", "198.51.101.0", NULL,
	    false },
	{ "a network and a key that is not asked for", "bl.example.org",
	    "198.51.100.255", "two.", true },
	{ "a key from anywhere", "dbl.example.org", "192.0.2.1", "one.", true },
	{ "5936-4 nobody without a key", "dbl.example.org", "192.0.2.1", NULL,
	    false },
	{ "a zone that asks for access keys", "locked.example.org",
	    "127.0.0.1", NULL, false },
};

static void
check_who(void)
{
	for (size_t i = 0; i < COUNT(who); i++) {
		struct taken t;

		take(&t, who[i].zone, who[i].from, who[i].key, 0);
		CHECK(t.begun == who[i].ok, "%s", who[i].name);
		forget(&t);
	}
}

static void
check_differences(void)
{
	uint64_t before = serial;
	struct taken t;

	take(&t, "bl.example.org", "127.0.0.1", "one.", serial);
	CHECK(t.n == 1 && is_soa(&t, 0, serial), "1995-1 the same serial");
	forget(&t);
	take(&t, "bl.example.org", "127.0.0.1", "one.", serial + 5);
	CHECK(t.n == 1 && is_soa(&t, 0, serial), "1995-1 a newer serial");
	forget(&t);

	change("ip", KEYS("203.0.114.7"), false, false);
	take(&t, "bl.example.org", "127.0.0.1", "one.", before);
	CHECK(t.n == 6 && is_soa(&t, 0, serial) && is_soa(&t, 1, before) &&
		is_soa(&t, 2, serial) && is_soa(&t, 5, serial) &&
		count(&t, "7.114.0.203.bl") == 2,
	    "1995-2 one that came: %u", t.n);
	CHECK(t.octets <= 1024, "one change in %zu octets", t.octets);
	forget(&t);

	change("ip", KEYS("203.0.114.7"), false, true);
	take(&t, "bl.example.org", "127.0.0.1", "one.", serial - 1);
	CHECK(t.n == 6 && is_soa(&t, 0, serial) && is_soa(&t, 1, serial - 1) &&
		is_soa(&t, 4, serial) && is_soa(&t, 5, serial),
	    "1995-2 one that went: %u", t.n);
	forget(&t);
	take(&t, "bl.example.org", "127.0.0.1", "one.", before);
	CHECK(t.n == 4, "1995-2 came and went: %u", t.n);
	forget(&t);

	before = serial;
	change("ip", KEYS("192.0.2.10"), true, false); /* a second hole */
	take(&t, "bl.example.org", "127.0.0.1", "one.", before);
	CHECK(t.n == 6 && count(&t, "10.2.0.192.bl") == 2,
	    "1995-2 a hole: %u", t.n);
	forget(&t);
	change("ip", KEYS("192.0.2.9", "192.0.2.10"), true, true);
	take(&t, "bl.example.org", "127.0.0.1", "one.", before);
	CHECK(owned(&t, "*.2.0.192.bl.example.org.") == 2 &&
		owned(&t, "7.2.0.192.bl.example.org.") == 2,
	    "1995-2 no hole any more: a wildcard comes, its names go");
	forget(&t);

	take(&t, "bl.example.org", "127.0.0.1", "one.", 1);
	CHECK(t.n > 1000 || is_soa(&t, 1, 1), "1995-3 from the beginning");
	forget(&t);
	/* half the numbers away: RFC 1982 cannot tell, or ahead of us */
	take(&t, "bl.example.org", "127.0.0.1", "one.",
	    (serial - 1000) & 0xffffffff);
	CHECK(t.n > 1000 && !is_soa(&t, 1, serial - 1000),
	    "1995-3 a serial that never was: all of it");
	forget(&t);
}

/* By UDP, and what a refused client is told. */
static void
check_datagrams(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct rbld_from from = { .peer = (struct sockaddr *)&sa,
		.limit = 1232 };
	uint8_t out[RBLD_REPLY_MAX];
	struct asked q;
	ldns_pkt *pkt = NULL;
	size_t n;

	inet_pton(AF_INET, "198.51.100.7", &sa.sin_addr);
	ask(&q, "bl.example.org", RBLD_T_IXFR, 1232);
	n = rbld_handle(&w.look, &w.stats, &from, q.bytes, q.len, out);
	CHECK(ldns_wire2pkt(&pkt, out, n) == LDNS_STATUS_OK &&
		ldns_pkt_ancount(pkt) == 1 && ldns_pkt_get_rcode(pkt) == 0,
	    "1995-4 by UDP: the SOA alone");
	ldns_pkt_free(pkt);
	ask(&q, "bl.example.org", RBLD_T_AXFR, 1232);
	n = rbld_handle(&w.look, &w.stats, &from, q.bytes, q.len, out);
	CHECK(n > 12 && (out[3] & 15) == RBLD_REFUSED && out[7] == 0,
	    "5936-1 no part of a zone by UDP");
	inet_pton(AF_INET, "203.0.113.7", &sa.sin_addr);
	ask(&q, "bl.example.org", RBLD_T_IXFR, 1232);
	n = rbld_handle(&w.look, &w.stats, &from, q.bytes, q.len, out);
	CHECK(n > 12 && (out[3] & 15) == RBLD_REFUSED && out[7] == 0 &&
		out[n - 1] == RBLD_EDE_PROHIBITED,
	    "5936-4 nothing for others, with EDE 18");
}

/* What would be millions of records is refused before it is begun. */
static void
check_size(void)
{
	static char wide[17][16];
	const char *keys_of[18] = { NULL };
	struct taken t;

	for (unsigned i = 0; i < 17; i++) {
		snprintf(wide[i], sizeof(wide[i]), "%x::/12", 0x2400 + i * 16);
		keys_of[i] = wide[i];
	}
	change("ip", keys_of, false, false);
	take(&t, "bl.example.org", "127.0.0.1", "one.", 0);
	CHECK(!t.begun, "a million /32 for each of these are not written out");
	forget(&t);
	change("ip", keys_of, false, true);
	take(&t, "bl.example.org", "127.0.0.1", "one.", 0);
	CHECK(t.begun, "and without them all is as before");
	forget(&t);
}

int
main(void)
{
	struct err_text why = { "" };
	char text[4096], path[128];
	FILE *f;
	int r;

	world_begin(&w);
	snprintf(path, sizeof(path), "%s/key", w.dir);
	f = fopen(path, "w");
	if (f == NULL || fchmod(fileno(f), 0600) != 0 ||
	    fputs(SECRET "\n", f) < 0 || fclose(f) != 0) {
		world_fail(path, "cannot be written");
	}
	snprintf(text, sizeof(text), conf, w.dir, w.dir, w.dir);
	r = secret_init();
	r = r < 0 ? r : world_config(&w, text, &why);
	r = r < 0 ? r : rbld_apex_load(w.config, &w.apex, &why);
	r = r < 0 ? r : rbld_keys_load(w.config, geteuid(), &keys, &why);
	r = r < 0 ? r
		  : zone_store_open(w.config->data_dir, ZONE_STORE_LISTS,
			ZONE_CREATE, w.config->map_size, &store, &why);
	r = r < 0 ? r : zone_moderate_init(store, w.config);
	r = r < 0 ? r : rbld_look_open(&w.look, w.apex, store);
	if (r < 0) {
		world_fail("world", why.text);
	}
	w.look.keys = keys;
	rbld_look_renew(&w.look);
	change("ip", KEYS("192.0.2.0/24", "2.0.8.0/24", "31.1.0.0/18"), false,
	    false);
	change("ip", KEYS("192.0.2.9", "31.1.7.1"), true, false);
	for (unsigned i = 0; i < 8; i++) { /* many names: holes make them */
		char hole[32];

		snprintf(hole, sizeof(hole), "31.1.%u.9", i);
		change("ip", KEYS(hole), true, false);
	}
	change("names", KEYS(".spam.gr", "a.b.example.com"), false, false);
	check_whole();
	check_who();
	check_differences();
	check_datagrams();
	check_size();
	rbld_look_rest(&w.look);
	rbld_look_close(&w.look);
	rbld_keys_free(&keys);
	zone_store_close(&store);
	unlink(path);
	world_end(&w);
	return failures > 0;
}
