/* test_rbld_rate.c - buckets: what fits, what is left over, who shares one. */
#include <arpa/inet.h>
#include <string.h>

#include "base/secret.h"
#include "rbld/rate.h"
#include "tests/unit/check.h"

static struct rbld_rate_table *table;

union peer {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union peer
peer_of(const char *text)
{
	union peer p;

	memset(&p, 0, sizeof(p));
	if (inet_pton(AF_INET, text, &p.in.sin_addr) == 1) {
		p.in.sin_family = AF_INET;
	} else {
		p.in6.sin6_family = AF_INET6;
		CHECK(inet_pton(AF_INET6, text, &p.in6.sin6_addr) == 1, "%s",
		    text);
	}
	return p;
}

static enum rbld_rate_says
take(const struct rbld_rate *r, const char *who, uint64_t now)
{
	union peer p = peer_of(who);
	struct rbld_rate_slot *slot;

	return rbld_rate_take(r, &p.sa, now, &slot);
}

static struct rbld_rate
rate_of(unsigned per_second, unsigned slip)
{
	struct rbld_rate r;

	rbld_rate_table_free(&table);
	if (rbld_rate_table_new(&table) < 0) {
		table = NULL;
	}
	rbld_rate_set(&r, table, per_second, slip, NULL, 0);
	return r;
}

/* So many of N at once. */
static unsigned
takes(const struct rbld_rate *r, const char *who, uint64_t now, unsigned n,
    unsigned *ret_slipped)
{
	unsigned go = 0;

	*ret_slipped = 0;
	for (unsigned i = 0; i < n; i++) {
		enum rbld_rate_says says = take(r, who, now);

		go += says == RBLD_RATE_GO;
		*ret_slipped += says == RBLD_RATE_SLIP;
	}
	return go;
}

#define SECOND RBLD_RATE_SECOND
#define LATE (UINT64_C(1) << 40) /* where times begin anew */

static void
test_rates(void)
{
	static const unsigned rates[] = { 1, 2, 7, 200, 1000, 1000000 };
	static const uint64_t times[] = { 0, 1, 12345 * SECOND, LATE - 1,
		LATE - SECOND / 2, 77 * LATE };

	for (size_t i = 0; i < COUNT(rates); i++) {
		for (size_t t = 0; t < COUNT(times); t++) {
			struct rbld_rate r = rate_of(rates[i], 2);
			unsigned n, slipped, n_max = rates[i] + rates[i] / 8;

			n = takes(&r, "192.0.2.1", times[t], 2 * rates[i] + 8,
			    &slipped);
			CHECK(n >= rates[i] && n <= n_max,
			    "%u at once: %u at %zu", rates[i], n, t);
			CHECK(slipped == (2 * rates[i] + 8 - n + 1) / 2,
			    "slip 2: %u of %u", slipped, rates[i]);
			n = takes(&r, "192.0.2.1", times[t] + SECOND / 2,
			    rates[i] + 1, &slipped);
			CHECK(n >= rates[i] / 2 && n <= n_max / 2 + 1,
			    "%u, half a second later: %u", rates[i], n);
			n = takes(&r, "192.0.2.1", times[t] + 100 * SECOND,
			    rates[i], &slipped);
			CHECK(n == rates[i], "%u, later: %u", rates[i], n);
			/* hours in which the word's time wraps around */
			n = takes(&r, "192.0.2.1", times[t] + LATE - LATE / 4,
			    rates[i], &slipped);
			CHECK(n == rates[i], "%u, much later: %u", rates[i], n);
		}
	}
}

static void
test_slip(void)
{
	static const unsigned slips[] = { 0, 1, 2, 3, 10, 100 };

	for (size_t i = 0; i < COUNT(slips); i++) {
		struct rbld_rate r = rate_of(10, slips[i]);
		unsigned slipped;

		CHECK(takes(&r, "::1", 5, 10, &slipped) == 10, "full");
		CHECK(slips[i] == 0 || take(&r, "::1", 5) == RBLD_RATE_SLIP,
		    "the first one slips");
		(void)takes(&r, "::1", 5, 300 - 1, &slipped);
		CHECK(slipped + (slips[i] > 0) ==
			(slips[i] > 0 ? 300 / slips[i] : 0),
		    "slip %u: %u", slips[i], slipped);
	}
}

static void
test_nets(void)
{
	static const struct {
		const char *name, *one, *other;
		bool same;
	} rows[] = {
		{ "a /24", "192.0.2.1", "192.0.2.254", true },
		{ "the next /24", "192.0.2.1", "192.0.3.1", false },
		{ "another /8", "192.0.2.1", "193.0.2.1", false },
		{ "a /56", "2001:db8:0:100::1", "2001:db8:0:1ff:1::", true },
		{ "the next /56", "2001:db8:0:100::1", "2001:db8:0:200::1",
		    false },
		{ "0.0.0.0/24 is not ::/56", "0.0.0.1", "::1", false },
		{ "a mapped address is IPv4", "::ffff:192.0.2.7", "192.0.2.1",
		    true },
	};
	unsigned slipped;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rbld_rate r = rate_of(50, 2);
		struct net_prefix last;

		CHECK(!rbld_rate_table_last(table, &last), "nobody yet");
		CHECK(takes(&r, rows[i].one, 9, 50, &slipped) == 50, "%s",
		    rows[i].name);
		CHECK((take(&r, rows[i].other, 9) == RBLD_RATE_GO) ==
			!rows[i].same,
		    "%s", rows[i].name);
		(void)take(&r, rows[i].one, 9);
		CHECK(rbld_rate_table_last(table, &last) &&
			last.plen == (last.ip.bits == 32 ? 24 : 56),
		    "%s: who was it", rows[i].name);
	}
}

/* 100,000 other nets: one that asks all the time is not forgotten. */
static void
test_crowd(void)
{
	struct rbld_rate r = rate_of(20, 2);
	unsigned slipped, fresh = 0;

	CHECK(takes(&r, "198.51.100.1", 7, 20, &slipped) == 20, "full");
	for (unsigned i = 0; i < 100000; i++) {
		union peer p = peer_of("10.0.0.1");
		struct rbld_rate_slot *slot;

		p.in.sin_addr.s_addr = htonl(0x0a000000u + i * 256);
		fresh += rbld_rate_take(&r, &p.sa, 7, &slot) == RBLD_RATE_GO;
	}
	CHECK(fresh > 99900, "others go: %u", fresh);
	CHECK(take(&r, "198.51.100.1", 7) != RBLD_RATE_GO, "and it does not");
}

static void
test_exempt(void)
{
	struct net_prefix ours[2];
	struct rbld_rate r = rate_of(3, 2);
	struct rbld_rate_slot *slot;
	union peer p = peer_of("192.0.2.1");
	unsigned slipped;

	if (net_prefix_parse(span_str("10.0.0.0/8"), &ours[0]) < 0 ||
	    net_prefix_parse(span_str("192.0.2.1"), &ours[1]) < 0) {
		CHECK(false, "prefixes");
	}
	rbld_rate_set(&r, table, 3, 2, ours, 2);
	CHECK(takes(&r, "192.0.2.1", 1, 1000, &slipped) == 1000, "ours");
	CHECK(takes(&r, "192.0.2.2", 1, 1000, &slipped) == 0, "a neighbour");
	CHECK(takes(&r, "10.9.8.7", 1, 1000, &slipped) == 1000, "ours");
	(void)rbld_rate_take(&r, &p.sa, 1, &slot);
	CHECK(rbld_rate_spend(&r, slot, &p.sa, 1, 1000000), "octets as well");
}

/* Octets beyond 1.5 times the question. */
static void
test_octets(void)
{
	static const unsigned rates[] = { 1, 10, 200, 5000, 1000000 };

	for (size_t i = 0; i < COUNT(rates); i++) {
		struct rbld_rate r = rate_of(rates[i], 2);
		union peer p = peer_of("203.0.113.9");
		struct rbld_rate_slot *slot;
		size_t at_once = 0, later = 0, per = 64 * (size_t)rates[i];
		size_t burst = per / 8 > 2048 ? per / 8 : 2048;

		(void)rbld_rate_take(&r, &p.sa, 1, &slot);
		while (at_once < 2 * burst &&
		    rbld_rate_spend(&r, slot, &p.sa, 1, 32)) {
			at_once += 32;
		}
		CHECK(at_once >= burst - burst / 8 &&
			at_once <= burst + burst / 16,
		    "%u: at once %zu, want %zu", rates[i], at_once, burst);
		for (uint64_t t = 1; t <= 1 + 100 * SECOND;
		     t += SECOND / 256 + 1) {
			for (unsigned k = 0; k < 2 * rates[i] / 256 + 2 &&
			     rbld_rate_spend(&r, slot, &p.sa, t, 64);
			     k++) {
				later += 64;
			}
		}
		CHECK(later >= 85 * per && later <= 101 * per + burst,
		    "%u: in 100 s %zu, want %zu", rates[i], later, 100 * per);
		CHECK(!rbld_rate_spend(&r, slot, &p.sa, 1 + 500 * SECOND,
			  burst + burst / 8 + 64),
		    "%u: never more than all", rates[i]);
	}
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	test_rates();
	test_slip();
	test_nets();
	test_crowd();
	test_exempt();
	test_octets();
	rbld_rate_table_free(&table);
	return failures != 0;
}
