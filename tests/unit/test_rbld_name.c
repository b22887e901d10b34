/* test_rbld_name.c - names to places. */
#include "tests/unit/test_rbld_world.h"

#include "rbld/name.h"

enum { NODE4 = 1, NODE6 = 2, ABOVE_TEST = 4 };

static const struct {
	const char *name;
	const char *qname;
	enum rbld_place_kind want;
	const char *key;   /* with IP and TEST */
	const char *node4; /* prefix, NULL: none */
	const char *node6;
	bool above; /* a test point */
} cases[] = {
	{ "apex", "bl.example.org", RBLD_PLACE_APEX, NULL, NULL, NULL, false },
	{ "DNS-7 apex in other case", "BL.eXample.ORG", RBLD_PLACE_APEX, NULL,
	    NULL, NULL, false },
	{ "the root", "", RBLD_PLACE_ELSEWHERE, NULL, NULL, NULL, false },
	{ "a parent", "example.org", RBLD_PLACE_ELSEWHERE, NULL, NULL, NULL,
	    false },
	{ "a sibling", "xl.example.org", RBLD_PLACE_ELSEWHERE, NULL, NULL, NULL,
	    false },
	{ "ends alike, not at a label", "xbl.example.org", RBLD_PLACE_ELSEWHERE,
	    NULL, NULL, NULL, false },
	{ "a dot within a label", "bl\\046example.org", RBLD_PLACE_ELSEWHERE,
	    NULL, NULL, NULL, false },
	{ "zone in the middle", "bl.example.org.net", RBLD_PLACE_ELSEWHERE,
	    NULL, NULL, NULL, false },

	{ "5782-10 four octets", "7.2.0.192.bl.example.org", RBLD_PLACE_IP,
	    "192.0.2.7", NULL, NULL, false },
	{ "255.255.255.255", "255.255.255.255.bl.example.org", RBLD_PLACE_IP,
	    "255.255.255.255", NULL, NULL, false },
	{ "an IPv4 address whose labels are nibbles too",
	    "4.3.2.1.bl.example.org", RBLD_PLACE_IP, "1.2.3.4", NULL,
	    "1234::/16", false },
	{ "0.0.0.0 is above ::ffff:7f00:2", "0.0.0.0.bl.example.org",
	    RBLD_PLACE_IP, "0.0.0.0", NULL, "::/16", true },
	{ "5782-10 256", "256.0.0.127.bl.example.org", RBLD_PLACE_NOWHERE, NULL,
	    NULL, NULL, false },
	{ "5782-10 leading zero", "02.0.0.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "5782-10 002.000.000.127", "002.000.000.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "5782-10 00", "2.00.0.127.bl.example.org", RBLD_PLACE_NOWHERE, NULL,
	    NULL, NULL, false },
	{ "5782-10 a label before four octets", "x.2.0.0.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "5782-10 five octets", "10.2.0.0.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "a digit with more behind it", "2x.0.0.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "a sign", "+2.0.0.127.bl.example.org", RBLD_PLACE_NOWHERE, NULL, NULL,
	    NULL, false },
	{ "1000", "1000.0.0.127.bl.example.org", RBLD_PLACE_NOWHERE, NULL, NULL,
	    NULL, false },
	{ "NUL in a label", "2\\000.0.0.127.bl.example.org", RBLD_PLACE_NOWHERE,
	    NULL, NULL, NULL, false },
	{ "an address as one label", "2\\0460\\0460\\046127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "forward order is just another address", "127.0.0.2.bl.example.org",
	    RBLD_PLACE_IP, "2.0.0.127", NULL, NULL, false },

	{ "DNS-3 2 is an octet and a nibble", "2.bl.example.org",
	    RBLD_PLACE_NODE, NULL, "2.0.0.0/8", "2000::/4", false },
	{ "DNS-3 20 is an octet", "20.bl.example.org", RBLD_PLACE_NODE, NULL,
	    "20.0.0.0/8", NULL, false },
	{ "DNS-3 a is a nibble", "a.bl.example.org", RBLD_PLACE_NODE, NULL,
	    NULL, "a000::/4", false },
	{ "DNS-3 A is a nibble", "A.bl.example.org", RBLD_PLACE_NODE, NULL,
	    NULL, "a000::/4", false },
	{ "DNS-3 1.2", "1.2.bl.example.org", RBLD_PLACE_NODE, NULL,
	    "2.1.0.0/16", "2100::/8", false },
	{ "g is nothing", "g.bl.example.org", RBLD_PLACE_NOWHERE, NULL, NULL,
	    NULL, false },
	{ "@ is nothing", "@.bl.example.org", RBLD_PLACE_NOWHERE, NULL, NULL,
	    NULL, false },
	{ "an empty-looking label", "-.bl.example.org", RBLD_PLACE_NOWHERE,
	    NULL, NULL, NULL, false },
	{ "octet 0xff", "\\255.bl.example.org", RBLD_PLACE_NOWHERE, NULL, NULL,
	    NULL, false },
	{ "DNS-1 127", "127.bl.example.org", RBLD_PLACE_NODE, NULL,
	    "127.0.0.0/8", NULL, true },
	{ "DNS-1 0.127", "0.127.bl.example.org", RBLD_PLACE_NODE, NULL,
	    "127.0.0.0/16", NULL, true },
	{ "DNS-1 0.0.127", "0.0.127.bl.example.org", RBLD_PLACE_NODE, NULL,
	    "127.0.0.0/24", NULL, true },
	{ "1.0.127 is above no test point", "1.0.127.bl.example.org",
	    RBLD_PLACE_NODE, NULL, "127.0.1.0/24", NULL, false },
	{ "three octets, then a word", "x.0.0.127.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },

	{ "5782-1 127.0.0.2", "2.0.0.127.bl.example.org", RBLD_PLACE_TEST,
	    "127.0.0.2", NULL, NULL, false },
	{ "5782-2 127.0.0.1", "1.0.0.127.bl.example.org", RBLD_PLACE_NOWHERE,
	    NULL, NULL, NULL, false },
	{ "5782-3 ::ffff:7f00:2",
	    "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "bl.example.org",
	    RBLD_PLACE_TEST, "::ffff:127.0.0.2", NULL, NULL, false },
	{ "5782-3 ::FFFF:7F00:2 in capitals",
	    "2.0.0.0.0.0.F.7.F.F.F.F.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "bl.example.org",
	    RBLD_PLACE_TEST, "::ffff:127.0.0.2", NULL, NULL, false },
	{ "5782-3 ::ffff:7f00:1",
	    "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
	    "bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "5782-10 32 nibbles",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0.2."
	    "bl.example.org",
	    RBLD_PLACE_IP, "2001:db8:8::1", NULL, NULL, false },
	{ "5782-10 31 nibbles",
	    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0.2."
	    "bl.example.org",
	    RBLD_PLACE_NODE, NULL, NULL, "2001:db8:8::/124", false },
	{ "5782-10 33 nibbles",
	    "1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0."
	    "2.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "a nibble of two digits",
	    "10.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1.0.0.2."
	    "bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "five nibbles", "b.d.0.1.2.bl.example.org", RBLD_PLACE_NODE, NULL,
	    NULL, "210d:b000::/20", false },
	{ "nibbles above ::ffff:7f00:2",
	    "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.example.org",
	    RBLD_PLACE_NODE, NULL, NULL, "::ffff:0.0.0.0/96", true },

	{ "a name server within its zone", "Ns1.multi.example.org",
	    RBLD_PLACE_HOST, NULL, NULL, NULL, false },
	{ "below a name server", "x.ns1.multi.example.org", RBLD_PLACE_NOWHERE,
	    NULL, NULL, NULL, false },
	{ "a name server of another zone", "ns1.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },

	{ "digest: sha1",
	    "4b15dd36607cc5fc7bc5a902a4aa2b970012055b.mail.example.net",
	    RBLD_PLACE_DIGEST, NULL, NULL, NULL, false },
	{ "digest: SHA1 in capitals",
	    "4B15DD36607CC5FC7BC5A902A4AA2B970012055B.mail.example.net",
	    RBLD_PLACE_DIGEST, NULL, NULL, NULL, false },
	{ "digest: 39 digits",
	    "b15dd36607cc5fc7bc5a902a4aa2b970012055b.mail.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "digest: a zone of digests is flat",
	    "x.4b15dd36607cc5fc7bc5a902a4aa2b970012055b.mail.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "digest: a context label", "_email.mail.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "digest: an address in clear", "a@example\\046org.mail.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "digest: an IPv4 address", "2.0.0.127.mail.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "test@example.com by sha1",
	    "567159d622ffbb50b11b0efd307be358624a26ee.mail.example.net",
	    RBLD_PLACE_TEST, NULL, NULL, NULL, false },
	{ "test@example.com by md5",
	    "55502f40dc8b7c769880b10874abc9d0.mail.example.net",
	    RBLD_PLACE_TEST, NULL, NULL, NULL, false },
	{ "test@example.com by sha256 in RFC 4648 base32",
	    "S4674RR6ZBLYL5PZLL23UOIG53NS3EY4ETTJQJFIT2TF3OSOQE5Q."
	    "mail.example.net",
	    RBLD_PLACE_TEST, NULL, NULL, NULL, false },

	{ "5782-4 TEST", "TEST.dbl.example.net", RBLD_PLACE_TEST, NULL, NULL,
	    NULL, false },
	{ "5782-4 test", "test.dbl.example.net", RBLD_PLACE_TEST, NULL, NULL,
	    NULL, false },
	{ "5782-4 INVALID", "INVALID.dbl.example.net", RBLD_PLACE_NOWHERE, NULL,
	    NULL, NULL, false },
	{ "5782-4 x.TEST", "x.test.dbl.example.net", RBLD_PLACE_NOWHERE, NULL,
	    NULL, NULL, false },
	{ "5782-4 x.INVALID", "a.Invalid.dbl.example.net", RBLD_PLACE_NOWHERE,
	    NULL, NULL, NULL, false },
	{ "a domain", "Spam.GR.dbl.example.net", RBLD_PLACE_DOMAIN, NULL, NULL,
	    NULL, false },
	{ "a domain that ends in no test point", "test.gr.dbl.example.net",
	    RBLD_PLACE_DOMAIN, NULL, NULL, NULL, false },
	{ "no host name, below a domain", "_dmarc.spam.gr.dbl.example.net",
	    RBLD_PLACE_DOMAIN, NULL, NULL, NULL, false },
	{ "no host name next to the apex", "spam._gr.dbl.example.net",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
	{ "a domain zone's name server", "nS1.hosts.example.net",
	    RBLD_PLACE_HOST, NULL, NULL, NULL, false },
	{ "below it", "a.ns1.hosts.example.net", RBLD_PLACE_DOMAIN, NULL, NULL,
	    NULL, false },
	{ "TEST is nothing in a zone of addresses", "TEST.bl.example.org",
	    RBLD_PLACE_NOWHERE, NULL, NULL, NULL, false },
};

static void
check_nodes(size_t i, const struct rbld_place *p)
{
	unsigned want = (cases[i].node4 != NULL) + (cases[i].node6 != NULL);

	CHECK(p->n_nodes == want, "%s: %u nodes", cases[i].name, p->n_nodes);
	for (unsigned k = 0; k < p->n_nodes; k++) {
		const char *node =
		    p->nodes[k].ip.bits == 32 ? cases[i].node4 : cases[i].node6;
		char text[NET_IP_TEXT + 8];

		net_ip_format(text, &p->nodes[k].ip);
		snprintf(text + strlen(text), 8, "/%u", p->nodes[k].plen);
		CHECK(node != NULL && strcmp(text, node) == 0, "%s: node %s",
		    cases[i].name, text);
	}
	CHECK(want == 0 || p->node == cases[i].above, "%s: above a test point",
	    cases[i].name);
}

/* rspamd's own base32 of the test address, in its three lengths. */
static void
test_rspamd(struct world *w)
{
	for (unsigned k = 0; k < DIGEST_KINDS; k++) {
		struct digest d =
		    digest_of((enum digest_kind)k, "test@example.com", 16);
		char label[80], name[128];
		struct rbld_place p;
		struct rbld_query q;
		struct asked a;

		digest_rspamd32(d.bytes, d.len, label);
		snprintf(name, sizeof(name), "%s.mail.example.net", label);
		ask(&a, name, RBLD_T_A, 0);
		CHECK(rbld_query_parse(a.bytes, a.len, &q) == RBLD_PARSE_OK,
		    "%s", name);
		rbld_name_place(w->apex, &q, &p);
		CHECK(p.kind == RBLD_PLACE_TEST, "%s: %d", name, p.kind);
	}
}

static void
test_key(struct world *w)
{
	static const struct {
		const char *qname, *want;
		const char *two; /* its last two labels */
	} keys[] = {
		{ "7.2.0.192.bl.example.org", "192.0.2.7", NULL },
		{ "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.0.0.0.8.b.d.0.1."
		  "0.0.2.bl.example.org",
		    "2001:db8:8::1", NULL },
		{ "4B15DD36607CC5FC7BC5A902A4AA2B970012055B.mail.example.net",
		    "4b15dd36607cc5fc7bc5a902a4aa2b970012055b", NULL },
		{ "TeSt.dbl.example.net", "test", "test" },
		{ "a\\000b.c d\\255.dbl.example.net", "a?b.c?d?", "a?b.c?d?" },
		{ "WWW.a\\046b.Example.GR.dbl.example.net",
		    "www.a.b.example.gr", "example.gr" },
	};

	for (size_t i = 0; i < COUNT(keys); i++) {
		char key[RBLD_NAME_MAX + 1];
		struct rbld_place p;
		struct rbld_query q;
		struct asked a;

		ask(&a, keys[i].qname, RBLD_T_A, 0);
		CHECK(rbld_query_parse(a.bytes, a.len, &q) == RBLD_PARSE_OK,
		    "%s", keys[i].qname);
		rbld_name_place(w->apex, &q, &p);
		rbld_name_key(key, &q, &p);
		CHECK(strcmp(key, keys[i].want) == 0, "%s: %s", keys[i].qname,
		    key);
		CHECK(rbld_name_listed(key, &q, &p, 0) == key, "%s: all of it",
		    keys[i].qname);
		if (keys[i].two != NULL) {
			const char *two = rbld_name_listed(key, &q, &p, 2);

			CHECK(strcmp(two, keys[i].two) == 0, "%s: %s",
			    keys[i].qname, two);
		}
	}
}

int
main(void)
{
	struct err_text why = { "" };
	struct world w;

	world_begin(&w);
	if (world_config(&w, NULL, &why) < 0 ||
	    rbld_apex_load(w.config, &w.apex, &why) < 0) {
		world_fail("configuration", why.text);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[NET_IP_TEXT] = "";
		struct rbld_place p;
		struct rbld_query q;
		struct asked a;

		ask(&a, cases[i].qname, RBLD_T_A, 0);
		CHECK(rbld_query_parse(a.bytes, a.len, &q) == RBLD_PARSE_OK,
		    "%s: parse", cases[i].name);
		rbld_name_place(w.apex, &q, &p);
		CHECK(p.kind == cases[i].want, "%s: got %d", cases[i].name,
		    p.kind);
		if (cases[i].key != NULL) {
			net_ip_format(text, &p.ip);
			CHECK(strcmp(text, cases[i].key) == 0, "%s: %s",
			    cases[i].name, text);
		}
		if (p.kind == RBLD_PLACE_IP || p.kind == RBLD_PLACE_NODE) {
			check_nodes(i, &p);
		}
	}
	test_rspamd(&w);
	test_key(&w);
	world_end(&w);
	return failures != 0;
}
