/* tree.c - which names exist: RFC 1034, 4592, 8020, and RFC 9156 that asks for
 * each of them.
 */
#include "tests/conformance/conform.h"

#include <stdio.h>

static const unsigned types[] = { CF_A, CF_NS, CF_TXT, CF_AAAA, CF_ANY, CF_SOA,
	CF_MX, CF_CAA };

static void
all_nodata(struct cf *t, const char *name)
{
	for (size_t i = 0; i < CF_COUNT(types); i++) {
		cf_nodata(t, name, types[i]);
	}
}

static void
all_nxdomain(struct cf *t, const char *name)
{
	for (size_t i = 0; i < CF_COUNT(types); i++) {
		cf_nxdomain(t, name, types[i]);
	}
}

static void
non_terminals(struct cf *t)
{
	static const char *const names[] = { "127.bl.test", "0.127.bl.test",
		"0.0.127.bl.test", "192.bl.test", "0.192.bl.test",
		"2.0.192.bl.test", "8.b.d.0.1.0.0.2.bl.test",
		"f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.bl.test" };

	for (size_t i = 0; i < CF_COUNT(names); i++) {
		all_nodata(t, names[i]);
	}
}

static void
nodes_follow_entries(struct cf *t)
{
	/* each road has an /8 of its own */
	const char *net = t->tcp ? "79" : "78";
	char ip[64], part[128], name[512];
	uint64_t serial;

	all_nxdomain(t, "100.bl.test");
	all_nxdomain(t, "1.0.127.bl.test");
	all_nxdomain(t, "3.0.192.bl.test");
	snprintf(ip, sizeof(ip), "%s.1.2.3", net);
	snprintf(part, sizeof(part), "%s.bl.test", net);
	cf_nxdomain(t, part, CF_A);
	cf_put(t, "ip", ip, false, 0);
	cf_nodata(t, part, CF_A);
	cf_remove(t, "ip", ip);
	cf_nxdomain(t, part, CF_A);
	/* a /24 that is wholly exempt again, by halves */
	snprintf(name, sizeof(name), "%s.1.2.0/24", net);
	cf_put(t, "ip", name, false, 0);
	snprintf(part, sizeof(part), "2.1.%s.bl.test", net);
	cf_nodata(t, part, CF_A);
	snprintf(ip, sizeof(ip), "%s.1.2.0/25", net);
	cf_put(t, "ip", ip, true, 0);
	cf_nodata(t, part, CF_A);
	snprintf(ip, sizeof(ip), "%s.1.2.128/25", net);
	serial = cf_put(t, "ip", ip, true, 0);
	cf_nxdomain(t, part, CF_A);
	cf_nxdomain(t, part + 2, CF_A);
	EXPECT(t, cf_serial(t, "bl.test") == (uint32_t)serial, "the serial");
	cf_remove(t, "ip", name);
	cf_remove(t, "ip", ip);
	snprintf(ip, sizeof(ip), "%s.1.2.0/25", net);
	cf_remove(t, "ip", ip);
}

/* bl.test has 2.0.0.1 and things in 2001:db8::/32. */
static void
shared_labels(struct cf *t)
{
	cf_nodata(t, "2.bl.test", CF_A);     /* 2/8 and 2000::/4 */
	cf_nodata(t, "0.2.bl.test", CF_A);   /* 2.0/16 and 2000::/8 */
	cf_nodata(t, "0.0.2.bl.test", CF_A); /* 2.0.0/24 and 2000::/12 */
	cf_listed(t, "1.0.0.2.bl.test", "900 A 127.0.0.2"); /* and 2001::/16 */
	cf_nxdomain(t, "2.0.0.2.bl.test", CF_A);
	cf_nodata(t, "0.1.0.0.2.bl.test", CF_A); /* only IPv6 is so long */
	cf_nxdomain(t, "1.2.bl.test", CF_A);
	cf_nxdomain(t, "20.bl.test", CF_A);
	cf_nxdomain(t, "a.bl.test", CF_A);
	cf_nodata(t, "2.wide.test", CF_A); /* only 2a00::/12 */
	cf_nodata(t, "a.2.wide.test", CF_A);
	cf_nodata(t, "32.wide.test", CF_A);  /* only IPv4 */
	cf_nxdomain(t, "3.wide.test", CF_A); /* neither 3/8 nor 3000::/4 */
}

/* Lists of domains: what is above a listed name exists. */
static void
wildcards(struct cf *t)
{
	static const char *const both[] = { ".one.example.org",
		".two.example.org" };
	static const char *const subs[] = { "*.one.example.net",
		"*.two.example.net" };
	static const char *const heads[] = { "one.example.", "two.example." };
	char name[128];

	cf_put(t, "names", both[t->tcp], false, 0);
	cf_put(t, "names", subs[t->tcp], false, 0);
	all_nodata(t, "org.dbl.test");
	all_nodata(t, "example.org.dbl.test");
	all_nodata(t, "net.dbl.test");
	all_nodata(t, "example.net.dbl.test");
	snprintf(name, sizeof(name), "%sorg.dbl.test", heads[t->tcp]);
	cf_listed(t, name, "900 A 127.0.0.2");
	snprintf(name, sizeof(name), "a.b.%sorg.dbl.test", heads[t->tcp]);
	cf_listed(t, name, "900 A 127.0.0.2");
	snprintf(name, sizeof(name), "%snet.dbl.test", heads[t->tcp]);
	all_nodata(t, name); /* only what is below it is listed */
	snprintf(name, sizeof(name), "a.%snet.dbl.test", heads[t->tcp]);
	cf_listed(t, name, "900 A 127.0.0.2");
	cf_nxdomain(t, "other.example.org.dbl.test", CF_A);
}

static void
commit_is_seen(struct cf *t)
{
	const char *net = t->tcp ? "89" : "88";
	char ip[64], name[128];

	snprintf(name, sizeof(name), "%s.bl.test", net);
	all_nxdomain(t, name);
	snprintf(ip, sizeof(ip), "%s.0.0.0", net);
	cf_put(t, "ip", ip, false, 0);
	all_nodata(t, name);
	snprintf(name, sizeof(name), "0.%s.bl.test", net);
	all_nodata(t, name);
	snprintf(name, sizeof(name), "0.0.%s.bl.test", net);
	all_nodata(t, name);
	snprintf(name, sizeof(name), "0.0.0.%s.bl.test", net);
	cf_listed(t, name, "900 A 127.0.0.2");
}

/* No NXDOMAIN at or above a listed name, and NXDOMAIN below NXDOMAIN. The
 * property test of the store asks this of a million random names. */
static void
nothing_below(struct cf *t)
{
	static const char *const listed[] = { "192.0.2.7", "198.51.100.127",
		"2.0.0.1", "2001:db8:7::1", "2001:db8:8::1", "127.0.0.2" };
	static const char *const unlisted[] = { "192.0.2.9", "100.1.2.3",
		"192.0.3.1", "2001:db9::1", "fd00::1", "2001:db8:8::2" };
	char name[512], below[520];

	for (size_t i = 0; i < CF_COUNT(listed); i++) {
		cf_name_of(name, listed[i], "bl.test");
		for (const char *p = name; strcmp(p, "bl.test") != 0;
		     p = strchr(p, '.') + 1) {
			cf_rcode(t, p, CF_A, RBLD_NOERROR);
		}
	}
	for (size_t i = 0; i < CF_COUNT(unlisted); i++) {
		cf_name_of(name, unlisted[i], "bl.test");
		cf_nxdomain(t, name, CF_A);
		snprintf(below, sizeof(below), "x.%s", name);
		cf_nxdomain(t, below, CF_A);
		snprintf(below, sizeof(below), "1.%s", name);
		cf_nxdomain(t, below, CF_TXT);
	}
}

static void
same_for_all_types(struct cf *t)
{
	static const unsigned asked[] = { CF_A, CF_NS, CF_AAAA };
	const struct cf_reply *r;
	uint32_t minimum;

	for (size_t i = 0; i < CF_COUNT(asked); i++) {
		cf_nodata(t, "0.192.bl.test", asked[i]);
		cf_nodata(t, "b.d.0.1.0.0.2.bl.test", asked[i]);
		cf_nxdomain(t, "0.100.bl.test", asked[i]);
	}
	r = cf_ask(t, "127.bl.test", CF_NS);
	EXPECT(t, r->authority == 1 && cf_soa_ttl(r, &minimum) == 300,
	    "NS in between has its SOA");
}

/* The questions of a resolver that minimises: from the zone on, one label
 * four times, then evenly to the end, ten at most (RFC 9156, 2.3). */
static unsigned
minimised(struct cf *t, const char *ip, unsigned *ret_rcode)
{
	const char *at[64];
	char name[512];
	unsigned labels = 0, done = 0, asked = 0;

	cf_name_of(name, ip, "bl.test");
	for (const char *p = name; strcmp(p, "bl.test") != 0;
	     p = strchr(p, '.') + 1) {
		at[labels++] = p;
	}
	*ret_rcode = RBLD_NOERROR;
	while (done < labels && *ret_rcode == RBLD_NOERROR) {
		unsigned left = labels - done, step = 1;

		if (asked >= 4) {
			step = (left + (10 - asked) - 1) / (10 - asked);
		}
		done += step;
		*ret_rcode = cf_ask(t, at[labels - done], CF_A)->rcode;
		asked++;
	}
	return asked;
}

static void
few_questions(struct cf *t)
{
	unsigned rcode, n;

	n = minimised(t, "2001:db8:8::1", &rcode);
	EXPECT(t, rcode == 0 && n <= 10, "listed IPv6: %u questions, rcode %u",
	    n, rcode);
	n = minimised(t, "192.0.2.7", &rcode);
	EXPECT(t, rcode == 0 && n == 4, "listed IPv4: %u, rcode %u", n, rcode);
	n = minimised(t, "100.1.2.3", &rcode);
	EXPECT(t, rcode == RBLD_NXDOMAIN && n == 1, "unlisted /8: %u", n);
	n = minimised(t, "192.1.2.3", &rcode);
	EXPECT(t, rcode == RBLD_NXDOMAIN && n == 2, "unlisted /16: %u", n);
	n = minimised(t, "fd00::1", &rcode);
	EXPECT(t, rcode == RBLD_NXDOMAIN && n == 1, "unlisted IPv6: %u", n);
}

const struct cf_case cf_tree[] = {
	{ "DNS-1", "what is above a listed name is NODATA for all types",
	    CF_BOTH, non_terminals },
	{ "DNS-2", "a name exists as long as something is listed below it",
	    CF_BOTH, nodes_follow_entries },
	{ "DNS-3", "IPv4 and IPv6 share the labels next to the apex", CF_BOTH,
	    shared_labels },
	{ "DNS-4", "wildcards of domains: names above them are NODATA", CF_BOTH,
	    wildcards },
	{ "8020-1", "ancestors exist at once when a commit lists an address",
	    CF_BOTH, commit_is_seen },
	{ "8020-2", "NXDOMAIN means that nothing is listed below", CF_BOTH,
	    nothing_below },
	{ "9156-1", "a name in between has the same rcode for every type",
	    CF_BOTH, same_for_all_types },
	{ "9156-2", "an IPv6 look-up takes ten questions, an unlisted one few",
	    CF_BOTH, few_questions },
	{ NULL, NULL, 0, NULL },
};
