#include <string.h>

#include "check.h"
#include "zone/entry.h"
#include "zone/guard.h"

static const struct zone_list_conf lists[] = {
	[ZONE_KIND_IP] = { .name = "ip",
	    .kind = ZONE_KIND_IP,
	    .widest_v4 = 16,
	    .widest_v6 = 32,
	    .wide_v4 = 24,
	    .wide_v6 = 56 },
	[ZONE_KIND_ADDRESS] = { .name = "address", .kind = ZONE_KIND_ADDRESS },
	[ZONE_KIND_DOMAIN] = { .name = "domain", .kind = ZONE_KIND_DOMAIN },
};
/* No list is so generous; to see what else refuses. */
static const struct zone_list_conf any = { .name = "any" };

static struct net_prefix lifted[] = {
	{ { { 192, 0, 2 }, 32 }, 24 },
	{ { { 203, 0, 113, 128 }, 32 }, 25 },
	{ { { 0x20, 1, 0x0d, 0xb8 }, 128 }, 32 },
	{ { { 0x20, 1 }, 128 }, 23 },
	/* a configuration cannot say these three, and they must not help */
	{ { { 127 }, 32 }, 8 },
	{ { { 0 }, 32 }, 0 },
	{ { { 0 }, 128 }, 0 },
};
static struct zone_zone_conf zones[] = { { .name = "dbl.rbl.gr" } };
static const char *own_domains[] = { "ours.gr" };
static const struct zone_config plain = { .zones = zones,
	.n_zones = COUNT(zones),
	.ingest = {
	    .own_domains = own_domains, .n_own_domains = COUNT(own_domains) } };
static const struct zone_config lifting = { .guard_allow = lifted,
	.n_guard_allow = 4 };
static const struct zone_config reckless = { .guard_allow = lifted,
	.n_guard_allow = COUNT(lifted) };

#define OK NULL

static const struct {
	const char *key;
	const char *says;   /* part of the refusal; OK: may be listed */
	const char *lifted; /* the same where ranges are lifted */
} ips[] = {
	{ "203.0.114.7", OK, OK },
	{ "8.8.8.8", OK, OK },
	{ "1.0.0.0/16", OK, OK },
	{ "223.255.255.255", OK, OK },
	{ "2a00:1450::/32", OK, OK },
	{ "2001:200::1", OK, OK },
	{ "2001:db9::/32", OK, OK },
	{ "2003::1", OK, OK },
	{ "3fff:1000::1", OK, OK },
	{ "11.0.0.0/16", OK, OK },
	{ "100.63.0.0/16", OK, OK },
	{ "100.128.0.0/16", OK, OK },
	{ "172.15.0.0/16", OK, OK },
	{ "172.32.0.0/16", OK, OK },
	{ "192.0.1.0/24", OK, OK },
	{ "192.0.3.0/24", OK, OK },
	{ "198.17.0.0/16", OK, OK },
	{ "198.20.0.0/16", OK, OK },
	/* wider than the list allows */
	{ "1.0.0.0/15", "wider than list \"ip\" allows: /16",
	    "wider than list" },
	{ "2a00:1450::/31", "wider than list \"ip\" allows: /32",
	    "wider than list" },
	/* in special-use space */
	{ "0.0.0.0", "RFC 791", "RFC 791" },
	{ "0.1.2.3", "RFC 791", "RFC 791" },
	{ "10.0.0.1", "RFC 1918", "RFC 1918" },
	{ "10.0.0.0/8", "RFC 1918", "RFC 1918" },
	{ "100.64.0.1", "RFC 6598", "RFC 6598" },
	{ "100.127.255.255", "RFC 6598", "RFC 6598" },
	{ "127.0.0.3", "loopback", "loopback" },
	{ "127.255.255.255", "loopback", "loopback" },
	{ "169.254.1.1", "link local", "link local" },
	{ "172.16.0.0/16", "RFC 1918", "RFC 1918" },
	{ "172.31.255.255", "RFC 1918", "RFC 1918" },
	{ "192.0.0.9", "RFC 6890", "RFC 6890" },
	{ "192.0.2.1", "documentation", OK },
	{ "192.0.2.0/24", "documentation", OK },
	{ "192.88.99.1", "6to4", "6to4" },
	{ "192.168.7.0/24", "RFC 1918", "RFC 1918" },
	{ "198.18.0.1", "RFC 2544", "RFC 2544" },
	{ "198.19.255.255", "RFC 2544", "RFC 2544" },
	{ "198.51.100.1", "documentation", "documentation" },
	{ "203.0.113.1", "documentation", "documentation" },
	{ "203.0.113.129", "documentation", OK },
	{ "203.0.113.0/24", "documentation", "documentation" },
	{ "224.0.0.1", "multicast", "multicast" },
	{ "239.255.255.255", "multicast", "multicast" },
	{ "240.0.0.1", "reserved", "reserved" },
	{ "255.255.255.255", "broadcast", "broadcast" },
	{ "::", "unspecified", "unspecified" },
	{ "::1", "loopback", "loopback" },
	{ "64:ff9b::cb00:7207", "RFC 6052", "RFC 6052" },
	{ "64:ff9b:1::1", "RFC 8215", "RFC 8215" },
	{ "100::1", "discard", "discard" },
	{ "2001::1", "Teredo", OK },
	{ "2001:1::1", "RFC 2928", OK },
	{ "2001:1ff::1", "RFC 2928", OK },
	{ "2001:db8::7", "documentation", OK },
	{ "3fff:fff::1", "RFC 9637", "RFC 9637" },
	{ "2002:cb00:7207::1", "6to4", "6to4" },
	{ "5f00::1", "RFC 9602", "RFC 9602" },
	{ "fc00::1", "unique local", "unique local" },
	{ "fdff::1", "unique local", "unique local" },
	{ "fe80::1", "link local", "link local" },
	{ "fec0::1", "site local", "site local" },
	{ "ff02::1", "multicast", "multicast" },
	/* nobody's yet */
	{ "4000::1", "outside 2000::/3", "outside 2000::/3" },
	{ "1fff::1", "outside 2000::/3", "outside 2000::/3" },
	{ "::7", "outside 2000::/3", "outside 2000::/3" },
	/* holding special-use space */
	{ "192.0.0.0/16", "contains special-use space: 192.0.0.0/24",
	    "contains special-use space: 192.0.0.0/24" },
	{ "203.0.112.0/23", "contains special-use space: 203.0.113.0/24",
	    "contains special-use space: 203.0.113.0/24" },
	{ "192.0.2.0/23", "contains special-use space: 192.0.2.0/24", OK },
	{ "2001::/22", "contains special-use space", "wider than" },
	{ "2000::/3", "contains special-use space", "contains special" },
	{ "0.0.0.0/0", "127.0.0.1, which is never listed",
	    "127.0.0.1, which is never listed" },
	{ "::/0", "contains special-use space", "contains special" },
	/* test points */
	{ "127.0.0.1", "127.0.0.1, which is never listed", "never listed" },
	{ "127.0.0.2", "test point", "test point" },
	{ "127.0.0.0/30", "never listed", "never listed" },
	{ "127.0.0.2/31", "127.0.0.2, which is never listed", "never listed" },
};

static const struct {
	enum zone_kind kind;
	const char *key, *says;
} others[] = {
	{ ZONE_KIND_ADDRESS, "spammer@example.gr", OK },
	{ ZONE_KIND_ADDRESS, "test@example.gr", OK },
	{ ZONE_KIND_ADDRESS, "tester@example.com", OK },
	{ ZONE_KIND_ADDRESS, "sha1:4b15dd36607cc5fc7bc5a902a4aa2b970012055b",
	    OK },
	{ ZONE_KIND_ADDRESS, "Test@Example.com", "test point" },
	/* its tag cut, it is what the test point is asked for */
	{ ZONE_KIND_ADDRESS, "test+x@example.com", "test point" },
	{ ZONE_KIND_ADDRESS, "567159d622ffbb50b11b0efd307be358624a26ee",
	    "test point" },
	{ ZONE_KIND_ADDRESS, "md5:55502f40dc8b7c769880b10874abc9d0",
	    "test point" },
	{ ZONE_KIND_ADDRESS,
	    "s4674rr6zblyl5pzll23uoig53ns3ey4ettjqjfit2tf3osoqe5q",
	    "test point" },
	{ ZONE_KIND_DOMAIN, "example.gr", OK },
	{ ZONE_KIND_DOMAIN, ".spam.example.gr", OK },
	{ ZONE_KIND_DOMAIN, "test.gr", OK },
	{ ZONE_KIND_DOMAIN, "TEST", "test point" },
	{ ZONE_KIND_DOMAIN, ".test", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "*.test", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "a.test", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "invalid", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "*.invalid", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "localhost", "RFC 6761" },
	{ ZONE_KIND_DOMAIN, "gr", "top-level" },
	{ ZONE_KIND_DOMAIN, ".com", "top-level" },
	{ ZONE_KIND_DOMAIN, "*.com", "top-level" },
	{ ZONE_KIND_DOMAIN, ".never-delegated", "top-level" },
	{ ZONE_KIND_DOMAIN, ".co.uk", "public suffix" },
	{ ZONE_KIND_DOMAIN, "*.co.uk", "public suffix" },
	{ ZONE_KIND_DOMAIN, ".com.gr", "public suffix" },
	{ ZONE_KIND_DOMAIN, ".blogspot.com", "public suffix" },
	{ ZONE_KIND_DOMAIN, "*.github.io", "public suffix" },
	/* a rule with a wildcard: all of *.ck but www.ck */
	{ ZONE_KIND_DOMAIN, ".any.ck", "public suffix" },
	{ ZONE_KIND_DOMAIN, ".www.ck", OK },
	/* IDN suffixes are known by their A-labels */
	{ ZONE_KIND_DOMAIN, ".xn--55qx5d.cn", "public suffix" },
	{ ZONE_KIND_DOMAIN, "github.io", OK }, /* itself and nobody else */
	{ ZONE_KIND_DOMAIN, ".spam.github.io", OK },
	{ ZONE_KIND_DOMAIN, ".spam.co.uk", OK },
	{ ZONE_KIND_DOMAIN, "*.spam.com.gr", OK },
	{ ZONE_KIND_DOMAIN, ".rbl.gr", "our own zone dbl.rbl.gr" },
	{ ZONE_KIND_DOMAIN, "*.rbl.gr", "our own zone" },
	{ ZONE_KIND_DOMAIN, "dbl.rbl.gr", "our own zone" },
	{ ZONE_KIND_DOMAIN, "a.dbl.rbl.gr", "our own zone" },
	{ ZONE_KIND_DOMAIN, "rbl.gr", OK },
	{ ZONE_KIND_DOMAIN, ".mdbl.rbl.gr", OK },
	{ ZONE_KIND_DOMAIN, "ours.gr", "own domain ours.gr" },
	{ ZONE_KIND_DOMAIN, ".ours.gr", "own domain" },
	{ ZONE_KIND_DOMAIN, "mail.ours.gr", "own domain" },
	{ ZONE_KIND_DOMAIN, ".yours.gr", OK },
};

static const struct {
	const char *code, *says;
} codes[] = {
	{ "127.0.0.2", OK },
	{ "127.0.0.255", OK },
	{ "127.0.1.1", OK },
	{ "127.255.254.255", OK },
	{ "127.0.0.0", "says nothing" },
	{ "127.0.0.1", "says nothing" },
	{ "127.255.255.0", "errors" },
	{ "127.255.255.254", "errors" },
	{ "0.0.0.0", "outside" },
	{ "126.255.255.255", "outside" },
	{ "128.0.0.0", "outside" },
	{ "10.0.0.2", "outside" },
	{ "255.255.255.255", "outside" },
};

static const struct {
	const char *range;
	bool ok;
} allows[] = {
	{ "192.0.2.0/24", true },
	{ "192.0.2.7", true },
	{ "10.0.0.0/8", true },
	{ "2001:db8::/32", true },
	{ "fd00::/8", true },
	{ "127.0.0.0/8", false },
	{ "127.0.0.3", false },
	{ "192.0.2.0/23", false },
	{ "0.0.0.0/0", false },
	{ "::/0", false },
	{ "203.0.114.0/24", false },
	{ "2a00::/16", false },
};

static const struct {
	const char *ip, *words; /* part; NULL: none */
} specials[] = {
	{ "203.0.114.7", NULL },
	{ "2a00:1450::1", NULL },
	{ "10.1.2.3", "private use, RFC 1918" },
	{ "192.0.2.1", "documentation" },
	{ "::ffff:10.1.2.3", "private use, RFC 1918" },
	{ "::ffff:203.0.114.7", "IPv4-mapped" },
	{ "8000::", "outside 2000::/3" },
};

static const struct {
	const char *key;
	bool wide;
} wides[] = {
	{ "203.0.114.7", false },
	{ "203.0.114.0/24", false },
	{ "203.0.114.0/23", true },
	{ "2a00::/56", false },
	{ "2a00::/55", true },
	{ "2a00::1", false },
};

static void
said(const char *what, int r, const char *got, const char *want)
{
	if (want == NULL) {
		CHECK(r == 0, "%s: %s", what, got);
	} else {
		CHECK(r == ERR_REFUSED && strstr(got, want) != NULL,
		    "%s: %d, %s", what, r, got);
	}
}

static bool
key_of(enum zone_kind kind, const char *text, struct zone_key *ret)
{
	int r = zone_key_parse(kind, span_str(text), ret, NULL);

	CHECK(r == 0, "%s: %d", text, r);
	return r == 0;
}

static void
check_lists(void)
{
	const struct zone_list_conf *ip = &lists[ZONE_KIND_IP];
	struct err_text why = { "" };
	struct zone_key key;

	for (size_t i = 0; i < COUNT(ips); i++) {
		if (!key_of(ZONE_KIND_IP, ips[i].key, &key)) {
			continue;
		}
		said(ips[i].key, zone_guard_list(&plain, ip, &key, &why),
		    why.text, ips[i].says);
		said(ips[i].key, zone_guard_list(&lifting, ip, &key, &why),
		    why.text, ips[i].lifted);
		CHECK((zone_guard_list(&plain, ip, &key, NULL) == 0) ==
			(ips[i].says == NULL),
		    "%s: without a sentence", ips[i].key);
		/* nothing lifts the points, and no width hides them */
		if (strncmp(ips[i].key, "127.0.0.", 8) == 0 &&
		    strcmp(ips[i].key, "127.0.0.3") != 0) {
			CHECK(zone_guard_list(&reckless, &any, &key, &why) ==
				ERR_REFUSED,
			    "%s", ips[i].key);
		}
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		enum zone_kind kind = others[i].kind;

		if (!key_of(kind, others[i].key, &key)) {
			continue;
		}
		said(others[i].key,
		    zone_guard_list(&plain, &lists[kind], &key, &why), why.text,
		    others[i].says);
		said(others[i].key, zone_guard_list(&plain, ip, &key, &why),
		    why.text, "list \"ip\" is of kind ip");
	}
}

static void
check_points(void)
{
	struct net_ip ip;
	struct zone_key key;

	if (net_ip_parse(span_str("::ffff:127.0.0.2"), &ip) == 0) {
		key = zone_key_of_ip(&ip);
		CHECK(zone_guard_test_point(&key), "mapped point");
		CHECK(
		    zone_guard_list(&reckless, &any, &key, NULL) == ERR_REFUSED,
		    "mapped point listed");
	}
	if (net_ip_parse(span_str("::ffff:127.0.0.1"), &ip) == 0) {
		key = zone_key_of_ip(&ip);
		CHECK(!zone_guard_test_point(&key), "mapped 127.0.0.1");
		CHECK(zone_guard_list(&plain, &any, &key, NULL) == ERR_REFUSED,
		    "mapped 127.0.0.1 listed");
	}
	CHECK(key_of(ZONE_KIND_IP, "127.0.0.2", &key) &&
		zone_guard_test_point(&key),
	    "127.0.0.2");
	CHECK(key_of(ZONE_KIND_IP, "127.0.0.2/31", &key) &&
		!zone_guard_test_point(&key),
	    "a prefix is no point");
	CHECK(key_of(ZONE_KIND_IP, "127.0.0.1", &key) &&
		!zone_guard_test_point(&key),
	    "127.0.0.1");
	CHECK(key_of(ZONE_KIND_DOMAIN, "invalid", &key) &&
		!zone_guard_test_point(&key),
	    "invalid");
}

int
main(void)
{
	struct err_text why = { "" };
	struct net_prefix p;
	struct zone_key key;
	uint32_t code;

	check_lists();
	check_points();
	for (size_t i = 0; i < COUNT(codes); i++) {
		if (zone_code_parse(span_str(codes[i].code), &code) < 0) {
			CHECK(false, "%s", codes[i].code);
			continue;
		}
		said(codes[i].code, zone_guard_code(code, &why), why.text,
		    codes[i].says);
	}
	for (size_t i = 0; i < COUNT(allows); i++) {
		int r = net_prefix_parse(span_str(allows[i].range), &p);

		if (r == 0) {
			r = zone_guard_allow(&p, &why);
		}
		CHECK(r == (allows[i].ok ? 0 : ERR_REFUSED), "%s: %d",
		    allows[i].range, r);
	}
	for (size_t i = 0; i < COUNT(specials); i++) {
		struct net_ip ip;
		const char *got = NULL, *want = specials[i].words;

		if (net_ip_parse(span_str(specials[i].ip), &ip) == 0) {
			got = zone_guard_special(&ip);
		}
		CHECK((got == NULL) == (want == NULL) &&
			(got == NULL || strstr(got, want) != NULL),
		    "%s: %s", specials[i].ip, got != NULL ? got : "none");
	}
	for (size_t i = 0; i < COUNT(wides); i++) {
		CHECK(key_of(ZONE_KIND_IP, wides[i].key, &key) &&
			zone_guard_wide(&lists[ZONE_KIND_IP], &key) ==
			    wides[i].wide,
		    "%s", wides[i].key);
	}
	CHECK(key_of(ZONE_KIND_DOMAIN, ".example.gr", &key) &&
		!zone_guard_wide(&lists[ZONE_KIND_DOMAIN], &key),
	    "a domain is not wide");
	return failures != 0;
}
