/* make_ip4.c - an IPv4 list as lists are: 90 % single addresses, 9.9 % /24,
 * some /16; crowded in some networks, in these crowded in some /24; no entry
 * within another. No special-use space, since nobody may list it. */
#include <stdlib.h>
#include <string.h>

#include "tests/bench/draw.h"

#define HOT_SLOTS (1u << 18)

struct ip4 {
	uint32_t *open; /* /16 that may be listed */
	size_t n_open;
	uint16_t *hot; /* /16 by weight: HOT_SLOTS of them */
	uint64_t *l16, *l24, *l32;
	size_t n16, n24, n32;
	uint8_t *in16, *in24, *in32; /* one bit each */
	uint64_t *spare;
	size_t n_spare;
};

static bool
bit(const uint8_t *bits, uint64_t i)
{
	return (bits[i / 8] >> i % 8 & 1) != 0;
}

/* Was it new? */
static bool
bit_set(uint8_t *bits, uint64_t i)
{
	bool was = bit(bits, i);

	bits[i / 8] |= (uint8_t)(1u << i % 8);
	return !was;
}

/* The numbers of the bits that are set, ascending; how many. N bits, a
 * multiple of 64. */
static size_t
bits_read(const uint8_t *bits, uint64_t n, uint64_t *out)
{
	size_t found = 0;

	for (uint64_t at = 0; at < n; at += 64) {
		uint64_t some;

		memcpy(&some, bits + at / 8, sizeof(some));
		for (unsigned i = 0; some != 0 && i < 64; i++) {
			if (bit(bits, at + i)) {
				out[found++] = at + i;
			}
		}
	}
	return found;
}

/* The /16 without special-use space; see zone/guard.c. A /16 with a special
 * /24 in it is left out as a whole. */
static bool
open16(unsigned n)
{
	unsigned a = n >> 8, b = n & 255;

	switch (a) {
	case 0:
	case 10:
	case 127: return false;
	case 100: return b < 64 || b >= 128;
	case 169: return b != 254;
	case 172: return b < 16 || b >= 32;
	case 192: return b != 0 && b != 88 && b != 168;
	case 198: return b != 18 && b != 19 && b != 51;
	case 203: return b != 0;
	default: return a < 224;
	}
}

/* Choose the crowded networks and their weights: few have much (Pareto, at
 * most 50 times the least). */
static void
choose_hot(struct make *m, struct ip4 *ip)
{
	size_t n = m->n <= 100000 ? 6000 : m->n <= 1000000 ? 12000 : 30000;
	double *weight = make_room(n, sizeof(*weight)), sum = 0, at = 0;
	uint32_t slot = 0;

	for (unsigned i = 0; i < 65536; i++) {
		if (open16(i)) {
			ip->open[ip->n_open++] = i;
		}
	}
	/* in any order: the first n are crowded, /16 entries are behind */
	for (size_t i = 0; i < ip->n_open; i++) {
		size_t j = i + draw_below(&m->draw, (uint32_t)(ip->n_open - i));
		uint32_t swap = ip->open[i];

		ip->open[i] = ip->open[j];
		ip->open[j] = swap;
	}
	for (size_t i = 0; i < n; i++) {
		weight[i] = 1 / (1 - draw_share(&m->draw));
		if (weight[i] > 50) {
			weight[i] = 50;
		}
		sum += weight[i];
	}
	for (size_t i = 0; i < n; i++) {
		at += weight[i];
		while (slot < HOT_SLOTS &&
		    (slot < at / sum * HOT_SLOTS || i == n - 1)) {
			ip->hot[slot++] = (uint16_t)ip->open[i];
		}
	}
	free(weight);
	for (size_t i = 0; i < ip->n16; i++) {
		ip->l16[i] = ip->open[n + i];
		bit_set(ip->in16, ip->l16[i]);
	}
	draw_sort(ip->l16, ip->n16);
}

/* A /24 in a crowded network, the crowded ones among its 256 more often. */
static uint32_t
hot24(struct make *m, const struct ip4 *ip)
{
	uint32_t net = ip->hot[draw_below(&m->draw, HOT_SLOTS)];
	double r = draw_share(&m->draw);

	return net << 8 | (((uint32_t)(256 * r * r) * 167 + net) & 255);
}

static void
choose(struct make *m, struct ip4 *ip)
{
	for (size_t n = 0; n < ip->n24;) {
		n += bit_set(ip->in24, hot24(m, ip));
	}
	bits_read(ip->in24, 1u << 24, ip->l24);
	for (size_t n = 0; n < ip->n32;) {
		uint64_t net = hot24(m, ip);

		if (!bit(ip->in24, net)) {
			n += bit_set(
			    ip->in32, net << 8 | draw_below(&m->draw, 256));
		}
	}
	bits_read(ip->in32, 1ull << 32, ip->l32);
}

static bool
listed(const struct ip4 *ip, uint64_t a)
{
	return bit(ip->in16, a >> 16) || bit(ip->in24, a >> 8) ||
	    bit(ip->in32, a);
}

/* An address beside a listed one. */
static uint64_t
near(struct make *m, const struct ip4 *ip)
{
	uint64_t a = ip->l32[draw_below(&m->draw, (uint32_t)ip->n32)];

	return (a & ~255ull) | draw_below(&m->draw, 256);
}

/* ---- files -------------------------------------------------------------- */

static char *
show(char *out, uint64_t a)
{
	sprintf(out, "%u.%u.%u.%u", (unsigned)(a >> 24 & 255),
	    (unsigned)(a >> 16 & 255), (unsigned)(a >> 8 & 255),
	    (unsigned)(a & 255));
	return out;
}

static char *
show_reversed(char *out, uint64_t a)
{
	return show(out, __builtin_bswap32((uint32_t)a));
}

/* Entry I of all, as prefix. */
static unsigned
entry(const struct ip4 *ip, size_t i, uint64_t *ret_a)
{
	if (i < ip->n16) {
		*ret_a = ip->l16[i] << 16;
		return 16;
	}
	i -= ip->n16;
	if (i < ip->n24) {
		*ret_a = ip->l24[i] << 8;
		return 24;
	}
	*ret_a = ip->l32[i - ip->n24];
	return 32;
}

static void
say_entry(struct text *t, const struct ip4 *ip, size_t i)
{
	char shown[16];
	uint64_t a;
	unsigned plen = entry(ip, i, &a);

	show(shown, a);
	if (plen == 32) {
		text_say(t, "%s\n", shown);
	} else {
		text_say(t, "%s/%u\n", shown, plen);
	}
}

static void
write_lists(struct make *m, struct ip4 *ip)
{
	struct text rbl = text_open(m->dir, "list.rbl");
	struct text plain = text_open(m->dir, "list.plain");
	uint32_t *order;

	text_rbldnsd_head(&rbl);
	for (size_t i = 0; i < m->n; i++) {
		say_entry(&rbl, ip, i);
		say_entry(&plain, ip, i);
	}
	text_close(&rbl);
	text_close(&plain);
	if (!m->shuffled) {
		return;
	}
	order = make_room(m->n, sizeof(*order));
	for (size_t i = 0; i < m->n; i++) {
		order[i] = (uint32_t)i;
	}
	rbl = text_open(m->dir, "list.shuffled");
	text_rbldnsd_head(&rbl);
	for (size_t n = m->n; n > 0; n--) {
		size_t i = draw_below(&m->draw, (uint32_t)n);

		say_entry(&rbl, ip, order[i]);
		order[i] = order[n - 1];
	}
	text_close(&rbl);
	free(order);
}

/* Names for servers that know no prefixes: an octet or two as wildcard. */
static void
write_zone(struct make *m, const struct ip4 *ip)
{
	struct text t = text_open(m->dir, "list.zone");
	char name[32], shown[16], *at;

	text_say(&t,
	    "$ORIGIN " MAKE_ZONE ".\n$TTL 2100\n"
	    "@ 3600 IN SOA ns hostmaster 1 3600 600 86400 300\n"
	    "@ 3600 IN NS ns\nns 3600 IN A 127.0.0.1\n");
	for (size_t i = 0; i < m->n; i++) {
		uint64_t a;
		unsigned plen = entry(ip, i, &a);

		show_reversed(name, a);
		at = name;
		for (unsigned drop = (32 - plen) / 8; drop > 0; drop--) {
			at = strchr(at, '.') + 1;
		}
		text_say(&t, "%s%s A 127.0.0.2\n", plen < 32 ? "*." : "", at);
		text_say(&t,
		    "%s%s TXT \"Listed, see https://" MAKE_ZONE "/?%s\"\n",
		    plen < 32 ? "*." : "", at, show(shown, a));
	}
	text_close(&t);
}

static void
write_spare(struct make *m, struct ip4 *ip)
{
	struct text t = text_open(m->dir, "spare");
	uint64_t *once = make_room(MAKE_SPARE, sizeof(*once));
	char shown[16];

	while (ip->n_spare < MAKE_SPARE) {
		uint64_t a = near(m, ip);

		if (!listed(ip, a)) {
			ip->spare[ip->n_spare++] = a;
		}
	}
	memcpy(once, ip->spare, MAKE_SPARE * sizeof(*once));
	ip->n_spare = draw_sort_once(once, MAKE_SPARE);
	/* in the order they were drawn, so that neighbours are far apart */
	for (size_t i = 0; i < MAKE_SPARE; i++) {
		text_say(&t, "%s\n", show(shown, ip->spare[i]));
	}
	text_close(&t);
	free(ip->spare);
	ip->spare = once;
}

/* Listed: every entry as often as any other, the worst case for caches. Not
 * listed: half beside a listed address, half anywhere. */
static void
ask(struct make *m, bool hit, char *out, void *ctx)
{
	const struct ip4 *ip = ctx;
	uint64_t a;
	unsigned plen;

	if (hit) {
		plen = entry(ip, draw_below(&m->draw, (uint32_t)m->n), &a);
		a |= draw_u64(&m->draw) & ((1ull << (32 - plen)) - 1);
	} else {
		do {
			uint64_t net = ip->open[draw_below(
			    &m->draw, (uint32_t)ip->n_open)];

			a = (draw_u64(&m->draw) >> 63) != 0
			    ? near(m, ip)
			    : net << 16 | draw_below(&m->draw, 65536);
		} while (listed(ip, a) || draw_has(ip->spare, ip->n_spare, a));
	}
	show_reversed(out, a);
}

void
make_ip4(struct make *m)
{
	struct ip4 ip = { 0 };

	if (m->n < 1000 || m->n > 10000000) {
		make_die("ip4: between 1000 and 10000000 entries");
	}
	ip.n16 = m->n < 100000 ? 10 : m->n / 10000 < 500 ? m->n / 10000 : 500;
	ip.n24 = m->n / 1000 * 99;
	ip.n32 = m->n - ip.n16 - ip.n24;
	ip.open = make_room(65536, sizeof(*ip.open));
	ip.hot = make_room(HOT_SLOTS, sizeof(*ip.hot));
	ip.l16 = make_room(ip.n16, sizeof(*ip.l16));
	ip.l24 = make_room(ip.n24, sizeof(*ip.l24));
	ip.l32 = make_room(ip.n32, sizeof(*ip.l32));
	ip.in16 = make_room(1u << 13, 1);
	ip.in24 = make_room(1u << 21, 1);
	ip.in32 = make_room(1u << 29, 1);
	ip.spare = make_room(MAKE_SPARE, sizeof(*ip.spare));
	choose_hot(m, &ip);
	choose(m, &ip);
	write_lists(m, &ip);
	if (m->zone) {
		write_zone(m, &ip);
	}
	write_spare(m, &ip);
	make_questions(m, ask, &ip);
	free(ip.open);
	free(ip.hot);
	free(ip.l16);
	free(ip.l24);
	free(ip.l32);
	free(ip.in16);
	free(ip.in24);
	free(ip.in32);
	free(ip.spare);
}
