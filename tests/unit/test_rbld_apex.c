/* test_rbld_apex.c - what may stand at the top of a zone, and what may not. */
#include "tests/unit/test_rbld_world.h"

#include "rbld/apex.h"

#define GOOD \
	"ns = {\"ns1.example.org\"} hostmaster = \"hostmaster.example.org\" "

struct good_or_not {
	const char *name;
	const char *zone; /* the section's contents, from line 3 on */
	const char *why;  /* part of the sentence; NULL: it is good */
};

static const struct good_or_not of_ip[] = {
	{ "nothing but what is needed", GOOD, NULL },
	{ "A, AAAA, MX, TXT, CAA",
	    GOOD "apex = {\"A 203.0.113.1\", \"A 203.0.113.2\", "
		 "\"AAAA 2001:db8::1\", \"MX 10 mx.example.org\", "
		 "\"TXT \\\"v=spf1 -all\\\"\", "
		 "\"CAA 0 issue \\\"example.net\\\"\"}",
	    NULL },
	{ "an unknown type as RFC 3597 writes it",
	    GOOD "apex = {\"TYPE65280 \\\\# 2 abcd\"}", NULL },
	{ "a name server within the zone",
	    "ns = {\"a1.bl.example.org\", \"a2.bl.example.org\"} "
	    "hostmaster = \"hostmaster.bl.example.org\" "
	    "apex = {\"a1 A 203.0.113.1\", \"A2 AAAA 2001:db8::1\"}",
	    NULL },
	{ "the apex as its own name server",
	    "ns = {\"bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"A 203.0.113.1\"}",
	    NULL },

	{ "5782-12 an apex that looks like a listing",
	    GOOD "apex = {\"A 127.0.0.2\"}", ":3: " },
	{ "not an address", GOOD "apex = {\"A 203.0.113\"}", ":3: " },
	{ "an address with more behind it",
	    GOOD "apex = {\"A 203.0.113.1 and more\"}", ":3: " },
	{ "no data", GOOD "apex = {\"A\"}", ":3: " },
	{ "no type", GOOD "apex = {\"203.0.113.1\"}", ":3: " },
	{ "a type that does not exist", GOOD "apex = {\"XYZZY 1\"}", ":3: " },
	{ "the line of the wrong one",
	    GOOD "apex = {\"A 203.0.113.1\",\n\n\"AAAA 203.0.113.1\"}",
	    ":5: " },
	{ "a second SOA", GOOD "apex = {\"SOA a.example b.example 1 2 3 4 5\"}",
	    ":3: " },
	{ "NS by another road", GOOD "apex = {\"IN NS ns9.example.org\"}",
	    "name servers belong to" },
	{ "CNAME by another road", GOOD "apex = {\"IN CNAME x.example\"}",
	    "alias" },
	{ "DNAME by another road", GOOD "apex = {\"IN DNAME x.example\"}",
	    "alias" },
	{ "DS",
	    GOOD "apex = {\"DS 1 8 2 "
		 "00000000000000000000000000000000000000000000000000000000"
		 "00000000\"}",
	    "not signed" },
	{ "a meta type", GOOD "apex = {\"TYPE255 \\\\# 0\"}", "never data" },
	{ "OPT", GOOD "apex = {\"TYPE41 \\\\# 0\"}", "never data" },
	{ "another class", GOOD "apex = {\"CH A 203.0.113.1\"}", ":3: " },
	{ "a TTL", GOOD "apex = {\"60 A 203.0.113.1\"}", "ttl" },
	{ "a comment", GOOD "apex = {\"A 203.0.113.1 ; mine\"}", ":3: " },
	{ "a record twice",
	    GOOD "apex = {\"A 203.0.113.1\", \"IN A 203.0.113.1\"}", "twice" },
	{ "a name server twice",
	    "ns = {\"ns1.example.org\", \"NS1.example.org\"} "
	    "hostmaster = \"h.example.org\"",
	    "twice" },
	{ "a name server within the zone without an address",
	    "ns = {\"a1.bl.example.org\"} hostmaster = \"h.example.org\"",
	    "give its address" },
	{ "a name server that is an octet",
	    "ns = {\"53.bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"53 A 203.0.113.1\"}",
	    "not a key" },
	{ "a name server that is a nibble",
	    "ns = {\"a.bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"a A 203.0.113.1\"}",
	    "not a key" },
	{ "a name server two labels down",
	    "ns = {\"a1.b1.bl.example.org\"} hostmaster = \"h.example.org\" ",
	    "one label" },
	{ "a host that is no name server",
	    GOOD "apex = {\"www1 A 203.0.113.1\"}", ":3: " },
};

static const struct good_or_not of_domains[] = {
	{ "domains: a name server within the zone",
	    "ns = {\"a.bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"a A 203.0.113.1\"}",
	    NULL },
	{ "domains: a name server that is a test point",
	    "ns = {\"Test.bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"test A 203.0.113.1\"}",
	    "not a key" },
	{ "domains: a name server that must never be listed",
	    "ns = {\"invalid.bl.example.org\"} hostmaster = \"h.example.org\" "
	    "apex = {\"invalid A 203.0.113.1\"}",
	    "not a key" },
	{ "domains: a name server two labels down",
	    "ns = {\"a1.b1.bl.example.org\"} hostmaster = \"h.example.org\" ",
	    "one label" },
};

static void
test_cases(const char *kind, const struct good_or_not *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err_text why = { "" };
		struct world w;
		char text[2048];
		int r;

		world_begin(&w);
		snprintf(text, sizeof(text),
		    "list \"ip\" { kind = \"%s\" }\n"
		    "zone \"bl.example.org\" { lists = {\"ip\"}\n%s}\n"
		    "guard {}\ndns {}\ningest {}\nwww {}\npublish {}\n",
		    kind, cases[i].zone);
		r = world_config(&w, text, &why);
		if (r == 0) {
			r = rbld_apex_load(w.config, &w.apex, &why);
		}
		CHECK((r == 0) == (cases[i].why == NULL), "%s: %d %s",
		    cases[i].name, r, why.text);
		CHECK(cases[i].why == NULL || r == 0 ||
			strstr(why.text, cases[i].why) != NULL,
		    "%s: \"%s\"", cases[i].name, why.text);
		CHECK(r == 0 || strstr(why.text, "rbl.conf:") != NULL,
		    "%s: no place in \"%s\"", cases[i].name, why.text);
		world_end(&w);
	}
}

/* Many zones, found by their names in any case and by nothing else. */
static void
test_find(void)
{
	struct buf b = { 0 };
	struct err_text why = { "" };
	struct world w;

	world_begin(&w);
	buf_str(&b, "list \"ip\" { kind = \"ip\" }\n");
	for (unsigned i = 0; i < 300; i++) {
		buf_fmt(&b,
		    "zone \"z%u.%s.org\" { lists = {\"ip\"} " GOOD "}\n", i,
		    i % 3 ? "example" : "a.b.c.example");
	}
	if (b.bad || world_config(&w, b.data, &why) < 0 ||
	    rbld_apex_load(w.config, &w.apex, &why) < 0) {
		world_fail("300 zones", why.text);
	}
	for (unsigned i = 0; i < 600; i++) {
		const struct rbld_zone *z;
		struct rbld_query q;
		struct asked a;
		char name[80];

		snprintf(name, sizeof(name), "2.0.Z%u.%s.ORG", i,
		    i % 3 ? "eXample" : "A.b.c.Example");
		ask(&a, name, RBLD_T_A, 0);
		CHECK(rbld_query_parse(a.bytes, a.len, &q) == RBLD_PARSE_OK,
		    "%s", name);
		z = rbld_apex_find(w.apex, &q);
		CHECK(i < 300 ? z == &w.apex->zones[i] : z == NULL, "%s", name);
	}
	buf_free(&b);
	world_end(&w);
}

int
main(void)
{
	test_cases("ip", of_ip, COUNT(of_ip));
	test_cases("domain", of_domains, COUNT(of_domains));
	test_find();
	return failures != 0;
}
