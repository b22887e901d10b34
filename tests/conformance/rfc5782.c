/* rfc5782.c - how a list is laid out in DNS. */
#include "tests/conformance/conform.h"

#include <stdio.h>
#include <stdlib.h>

#define BL ".bl.test"
#define MAPPED "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

static void
v4_test_point(struct cf *t)
{
	const struct cf_reply *r;

	cf_listed(t, "2.0.0.127" BL, "900 A 127.0.0.2");
	cf_listed(t, "2.0.0.127.empty.test", "900 A 127.0.0.9");
	r = cf_ask(t, "2.0.0.127" BL, CF_TXT);
	EXPECT(t,
	    strcmp(r->text, "900 TXT \"127.0.0.2 is listed: test point\"") == 0,
	    "TXT is %s", r->text);
}

/* Whoever asks, and however the responder fares: blocked clients are refused
 * before any look, a store that is away says SERVFAIL, the rest NXDOMAIN. */
static void
never_listed(struct cf *t)
{
	static const unsigned types[] = { CF_A, CF_TXT, CF_ANY, CF_AAAA, CF_NS,
		CF_CNAME, CF_SOA, CF_CAA };
	static const char *const zones[] = { "bl.test", "multi.test",
		"wide.test", "empty.test" };
	static const struct cf_manner slow = { .rate = 5, .slip = 1 },
				      away = { .no_store = true };
	const struct cf_reply *r;
	struct err_text why;
	char name[512];

	for (size_t z = 0; z < CF_COUNT(zones); z++) {
		for (size_t i = 0; i < CF_COUNT(types); i++) {
			cf_nxdomain(t, cf_name_of(name, "127.0.0.1", zones[z]),
			    types[i]);
		}
	}
	r = cf_ask(t, "1.0.0.127.closed.test", CF_A);
	EXPECT(t, r->rcode == RBLD_REFUSED && r->answers == 0, "blocked: %u",
	    r->rcode);
	EXPECT(t,
	    cf_try_put("wide", "127.0.0.0/8", false, 0, &why) == 0 &&
		cf_try_put("ip", "127.0.0.1", false, 0, &why) == 0,
	    "not even an operator lists it");
	cf_nxdomain(t, "1.0.0.127.wide.test", CF_A);
	cf_serve(&slow);
	for (unsigned i = 0; i < 30; i++) {
		r = cf_ask(t, "1.0.0.127" BL, CF_A);
		EXPECT(t,
		    r->answers == 0 && (r->rcode == RBLD_NXDOMAIN || r->tc),
		    "over the limit: %u", r->rcode);
	}
	cf_serve(&away);
	r = cf_ask(t, "1.0.0.127" BL, CF_A);
	EXPECT(t, r->rcode == RBLD_SERVFAIL && r->answers == 0,
	    "without a store: %u", r->rcode);
	cf_serve(NULL);
}

static void
v6_test_point(struct cf *t)
{
	const struct cf_reply *r;

	cf_listed(t, "2.0.0.0.0.0.f.7." MAPPED BL, "900 A 127.0.0.2");
	cf_listed(t, "2.0.0.0.0.0.F.7." MAPPED BL, "900 A 127.0.0.2");
	r = cf_ask(t, "2.0.0.0.0.0.f.7." MAPPED BL, CF_TXT);
	EXPECT(t, r->answers == 1, "TXT: %s", r->text);
	cf_nxdomain(t, "1.0.0.0.0.0.f.7." MAPPED BL, CF_A);
	cf_nxdomain(t, "1.0.0.0.0.0.f.7." MAPPED BL, CF_TXT);
	cf_nxdomain(t, "1.0.0.0.0.0.f.7." MAPPED ".wide.test", CF_ANY);
}

static void
name_test_point(struct cf *t)
{
	static const char *const names[] = { "TEST.dbl.test", "test.dbl.test",
		"tEsT.DBL.test" };
	static const char *const never[] = { "INVALID.dbl.test",
		"invalid.dbl.test", "Invalid.dbl.test", "INVALID.mail.test" };
	const struct cf_reply *r;

	for (size_t i = 0; i < CF_COUNT(names); i++) {
		cf_listed(t, names[i], "900 A 127.0.0.2");
		r = cf_ask(t, names[i], CF_TXT);
		EXPECT(t, r->answers == 1 && r->rcode == 0, "%s", names[i]);
	}
	for (size_t i = 0; i < CF_COUNT(never); i++) {
		cf_nxdomain(t, never[i], CF_A);
		cf_nxdomain(t, never[i], CF_TXT);
	}
}

static void
codes_have_points(struct cf *t)
{
	const struct cf_reply *r;

	cf_listed(t, "2.0.0.127.multi.test", "60 A 127.0.0.2");
	cf_listed(t, "3.0.0.127.multi.test", "60 A 127.0.0.3");
	cf_listed(t, "9.0.0.127.multi.test", "60 A 127.0.0.9");
	cf_listed(t, "3.0.0.0.0.0.f.7." MAPPED ".multi.test", "60 A 127.0.0.3");
	r = cf_ask(t, "3.0.0.127.multi.test", CF_TXT);
	EXPECT(t, strcmp(r->text, "60 TXT \"127.0.0.3 test point\"") == 0,
	    "TXT: %s", r->text);
	cf_nxdomain(t, "4.0.0.127.multi.test", CF_A);
	cf_nxdomain(t, "3.0.0.127.bl.test", CF_A);
}

static bool
refused_config(struct cf *t, const char *text, const char *word)
{
	struct err_text why;
	int r = cf_check_config(text, &why);

	return EXPECT(t, r < 0 && strstr(why.text, word) != NULL, "%s: %d %s",
	    text, r, why.text);
}

static void
every_listed_has_a(struct cf *t)
{
	static const char *const listed[] = { "192.0.2.7", "192.0.2.0",
		"198.51.100.1", "2001:db8:7:2::9", "2001:db8:8::1", "2.0.0.1" };
	const struct cf_reply *r;
	char name[512];

	for (size_t i = 0; i < CF_COUNT(listed); i++) {
		cf_name_of(name, listed[i], "bl.test");
		cf_listed(t, name, "900 A 127.0.0.2");
		r = cf_ask(t, name, CF_TXT);
		EXPECT(t,
		    r->answers == 1 &&
			strstr(r->text, "is listed: sends spam") != NULL,
		    "%s TXT: %s", name, r->text);
	}
	refused_config(t, "list a { kind = ip code = 10.0.0.2 }", "code");
	refused_config(t, "list a { kind = ip code = 128.0.0.2 }", "code");
	refused_config(t, "list a { kind = ip code = 127.0.0.1 }", "code");
}

static void
unlisted_has_nothing(struct cf *t)
{
	static const unsigned types[] = { CF_A, CF_TXT, CF_CNAME, CF_AAAA,
		CF_ANY, CF_MX, CF_NS, CF_SOA, 39, CF_CAA, CF_HTTPS };
	static const char *const not_listed[] = { "192.0.2.9", "192.0.3.1",
		"198.51.100.128", "2001:db8:7:1::5", "2001:db8:8::2" };
	char name[512];

	for (size_t i = 0; i < CF_COUNT(not_listed); i++) {
		for (size_t k = 0; k < CF_COUNT(types); k++) {
			cf_nxdomain(t,
			    cf_name_of(name, not_listed[i], "bl.test"),
			    types[k]);
		}
	}
}

static void
whole_range_answers(struct cf *t)
{
	static const struct {
		const char *ip, *zone;
		bool listed;
	} rows[] = {
		{ "192.0.1.255", "bl.test", false },
		{ "192.0.2.0", "bl.test", true },
		{ "192.0.2.8", "bl.test", true },
		{ "192.0.2.9", "bl.test", false },
		{ "192.0.2.10", "bl.test", true },
		{ "192.0.2.255", "bl.test", true },
		{ "192.0.3.0", "bl.test", false },
		{ "198.51.100.0", "bl.test", true },
		{ "198.51.100.127", "bl.test", true },
		{ "198.51.100.128", "bl.test", false },
		{ "31.255.255.255", "wide.test", false },
		{ "32.0.0.0", "wide.test", true },
		{ "32.76.255.255", "wide.test", true },
		{ "32.77.0.0", "wide.test", false },
		{ "32.77.255.255", "wide.test", false },
		{ "32.78.0.0", "wide.test", true },
		{ "32.127.255.255", "wide.test", true },
		{ "32.128.0.0", "wide.test", false },
		{ "2001:db8:7::", "bl.test", true },
		{ "2001:db8:7:0:ffff:ffff:ffff:ffff", "bl.test", true },
		{ "2001:db8:7:1::", "bl.test", false },
		{ "2001:db8:7:1:ffff:ffff:ffff:ffff", "bl.test", false },
		{ "2001:db8:7:2::", "bl.test", true },
		{ "2001:db8:7:ffff:ffff:ffff:ffff:ffff", "bl.test", true },
		{ "2001:db8:8::", "bl.test", false },
		{ "2a00::", "wide.test", true },
		{ "2a0f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "wide.test",
		    true },
		{ "2a10::", "wide.test", false },
		{ "29ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "wide.test",
		    false },
	};
	char name[512], ip[64];
	unsigned seed = 1;

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		cf_name_of(name, rows[i].ip, rows[i].zone);
		if (rows[i].listed) {
			cf_listed(t, name,
			    rows[i].zone[0] == 'w' ? "900 A 127.0.0.4"
						   : "900 A 127.0.0.2");
		} else {
			cf_nxdomain(t, name, CF_A);
		}
	}
	for (unsigned i = 0; i < 200; i++) { /* anywhere within the /9 */
		seed = seed * 1103515245 + 12345;
		snprintf(ip, sizeof(ip), "32.%u.%u.%u", seed >> 24 & 127,
		    seed >> 16 & 255, seed >> 8 & 255);
		cf_name_of(name, ip, "wide.test");
		if ((seed >> 24 & 127) == 77) {
			cf_nxdomain(t, name, CF_A);
		} else {
			cf_listed(t, name, "900 A 127.0.0.4");
		}
	}
}

#define ZONE(name) \
	"zone " name " { lists = a ns = n.test hostmaster = h.test }\n"
#define LIST "list a { kind = ip }\n"

static void
sub_lists_are_no_keys(struct cf *t)
{
	struct err_text why;

	refused_config(t, LIST ZONE("bl.test") ZONE("1.bl.test"), "lies in");
	refused_config(t, LIST ZONE("a.bl.test") ZONE("bl.test"), "lies in");
	refused_config(t, LIST ZONE("bl.test") ZONE("255.bl.test"), "lies in");
	refused_config(t, LIST ZONE("bl.test") ZONE("x.2.bl.test"), "lies in");
	refused_config(
	    t, LIST ZONE("bl.test") ZONE("ab.cd.bl.test"), "lies in");
	EXPECT(t,
	    cf_check_config(LIST ZONE("bl.test") ZONE("zz.bl.test")
				ZONE("x1.bl.test"),
		&why) == 0,
	    "%s", why.text);
	cf_listed(t, "7.2.0.192.ip.multi.test", "900 A 127.0.0.2");
}

static void
label_counts(struct cf *t)
{
	static const char *const never[] = { "x.2.0.0.127", "02.0.0.127",
		"002.000.000.127", "256.0.0.127", "2.0.0.127.0", "1.2.0.0.127",
		"+2.0.0.127", "2.0.0.0x7f", "-1.0.0.127",
		"g.0.0.0.0.0.f.7." MAPPED, "0.2.0.0.0.0.0.f.7." MAPPED,
		"02.0.0.0.0.0.f.7." MAPPED, "7.2.0.192.7.2.0.192",
		"2\\0460.0.127", "2.0.0.127\\000", "2130706434" };
	char name[520], v6[512];

	for (size_t i = 0; i < CF_COUNT(never); i++) {
		snprintf(name, sizeof(name), "%s" BL, never[i]);
		cf_nxdomain(t, name, CF_A);
	}
	cf_nodata(t, "2.0.192" BL, CF_A);           /* three */
	cf_nxdomain(t, "1.7.2.0.192" BL, CF_A);     /* five */
	cf_name_of(v6, "2001:db8:8::1", "bl.test"); /* 31 and 33 */
	cf_nodata(t, v6 + 2, CF_A);
	snprintf(name, sizeof(name), "0.%s", v6);
	cf_nxdomain(t, name, CF_A);
}

static void
sub_lists_and_codes(struct cf *t)
{
	const struct cf_reply *r = cf_ask(t, "1.2.0.192.multi.test", CF_A);

	EXPECT(t, strcmp(r->text, "60 A 127.0.0.2; 60 A 127.0.0.3") == 0,
	    "one set, one TTL, equal codes once: %s", r->text);
	cf_listed(t, "1.2.0.192.ip.multi.test", "900 A 127.0.0.2");
	cf_listed(t, "1.2.0.192.more.multi.test", "900 A 127.0.0.3");
	cf_nxdomain(t, "2.2.0.192.more.multi.test", CF_A);
	r = cf_ask(t, "1.2.0.192.multi.test", CF_TXT);
	EXPECT(t, strcmp(r->text, "60 TXT \"192.0.2.1 sends spam\"") == 0,
	    "one TXT for each list, equal ones once: %s", r->text);
}

static void
apex_is_a_site(struct cf *t)
{
	const struct cf_reply *r;

	cf_listed(t, "bl.test", "900 A 203.0.113.80");
	r = cf_ask(t, "bl.test", CF_AAAA);
	EXPECT(t, strcmp(r->text, "900 AAAA 2001:db8::80") == 0, "%s", r->text);
	cf_nodata(t, "multi.test", CF_A);
	refused_config(t,
	    LIST "zone bl.test { lists = a ns = n.test "
		 "hostmaster = h.test apex = {\"A 127.0.0.2\"} }",
	    "A");
}

static void
ttls_follow(struct cf *t)
{
	static const char *const ips[] = { "198.51.100.201", "198.51.100.202" };
	const struct cf_reply *r;
	char name[512];
	unsigned ttl;

	cf_listed(t, "7.2.0.192.bl.test", "900 A 127.0.0.2");
	cf_listed(t, "7.2.0.192.multi.test", "60 A 127.0.0.2");
	cf_put(t, "ip", ips[t->tcp], false, 30);
	r = cf_ask(t, cf_name_of(name, ips[t->tcp], "bl.test"), CF_A);
	EXPECT(t, sscanf(r->text, "%u A", &ttl) == 1 && ttl > 0 && ttl <= 30,
	    "no longer than the entry lives: %s", r->text);
}

const struct cf_case cf_rfc5782[] = {
	{ "5782-1", "127.0.0.2 is listed, with A and TXT", CF_BOTH,
	    v4_test_point },
	{ "5782-2", "127.0.0.1 has no records, whatever is listed", CF_BOTH,
	    never_listed },
	{ "5782-3", "::ffff:7f00:2 is listed, ::ffff:7f00:1 is not", CF_BOTH,
	    v6_test_point },
	{ "5782-4", "TEST is listed, INVALID is not", CF_BOTH, name_test_point },
	{ "5782-5", "127.0.0.N tests the value 127.0.0.N", CF_BOTH,
	    codes_have_points },
	{ "5782-6", "every listed name has A within 127/8, and TXT", CF_BOTH,
	    every_listed_has_a },
	{ "5782-7", "an unlisted address has no records of any type", CF_BOTH,
	    unlisted_has_nothing },
	{ "5782-8", "every address of a listed range answers", CF_BOTH,
	    whole_range_answers },
	{ "5782-9", "names of sub-lists can be no keys", CF_BOTH,
	    sub_lists_are_no_keys },
	{ "5782-10", "exactly 4 or 32 labels match", CF_BOTH, label_counts },
	{ "5782-11", "sub-lists as names and as values, one TTL", CF_BOTH,
	    sub_lists_and_codes },
	{ "5782-12", "the apex has addresses that are no listing", CF_BOTH,
	    apex_is_a_site },
	{ "5782-13", "TTLs follow the rate of change", CF_BOTH, ttls_follow },
	{ NULL, NULL, 0, NULL },
};
