/* make_ip6.c - an IPv6 list: 60 % networks of /64, 40 % single addresses, in
 * 4,000 providers' /32, a few of which have most of them. All of it in space
 * that is given out; no entry within another. */
#include <stdlib.h>

#include "tests/bench/draw.h"

#define PROVIDERS 4000
#define SLOTS (1u << 18)

struct ip6 {
	uint32_t *nets;       /* PROVIDERS /32, by weight: SLOTS of them */
	uint64_t *l64;        /* listed /64 */
	uint64_t *high, *low; /* single addresses, highs ascending */
	size_t n64, n128;
};

static void
choose_nets(struct make *m, struct ip6 *ip)
{
	double weight[PROVIDERS], sum = 0, at = 0;
	uint32_t slot = 0;

	for (unsigned i = 0; i < PROVIDERS; i++) {
		weight[i] = 1 / (1 - draw_share(&m->draw));
		if (weight[i] > 100) {
			weight[i] = 100;
		}
		sum += weight[i];
	}
	for (unsigned i = 0; i < PROVIDERS; i++) {
		uint32_t net = draw_below(&m->draw, 5) == 0
		    ? 0x20011000 + draw_below(&m->draw, 0xe000)
		    : 0x24000000 + draw_below(&m->draw, 0x0a000000);

		at += weight[i];
		while (slot < SLOTS &&
		    (slot < at / sum * SLOTS || i == PROVIDERS - 1)) {
			ip->nets[slot++] = net;
		}
	}
}

/* A /64: customers by their /48, low numbers more often. */
static uint64_t
net64(struct make *m, const struct ip6 *ip, unsigned with_subnet)
{
	uint64_t net = ip->nets[draw_below(&m->draw, SLOTS)];
	double r = draw_share(&m->draw);
	uint32_t customer = (uint32_t)(65536 * r * r * r);
	uint32_t subnet = draw_below(&m->draw, 10) < with_subnet
	    ? draw_below(&m->draw, 65536)
	    : 0;

	return net << 32 | customer << 16 | subnet;
}

static void
choose(struct make *m, struct ip6 *ip)
{
	size_t n = 0;

	while (n < ip->n64) {
		for (; n < ip->n64; n++) {
			ip->l64[n] = net64(m, ip, 6);
		}
		n = draw_sort_once(ip->l64, n);
	}
	/* highs once each, so that the pairs are distinct */
	for (n = 0; n < ip->n128;) {
		while (n < ip->n128) {
			uint64_t high = net64(m, ip, 10);

			if (!draw_has(ip->l64, ip->n64, high)) {
				ip->high[n++] = high;
			}
		}
		n = draw_sort_once(ip->high, n);
	}
	for (n = 0; n < ip->n128; n++) {
		ip->low[n] = (draw_u64(&m->draw) >> 63) != 0
		    ? draw_u64(&m->draw)
		    : 1 + draw_below(&m->draw, 4095);
	}
}

static void
say_prefix(struct text *t, uint64_t high, uint64_t low, unsigned plen)
{
	for (int i = 48; i >= 0; i -= 16) {
		text_say(t, "%x:", (unsigned)(high >> i & 0xffff));
	}
	if (plen == 64) {
		text_say(t, ":/64\n");
		return;
	}
	for (int i = 48; i >= 0; i -= 16) {
		text_say(t, "%x%s", (unsigned)(low >> i & 0xffff),
		    i > 0 ? ":" : "\n");
	}
}

static void
write_list(struct make *m, const struct ip6 *ip, bool rbldnsd)
{
	struct text t = text_open(m->dir, rbldnsd ? "list.rbl" : "list.plain");

	if (rbldnsd) {
		text_rbldnsd_head(&t);
	}
	for (size_t i = 0; i < ip->n64; i++) {
		say_prefix(&t, ip->l64[i], 0, 64);
	}
	for (size_t i = 0; i < ip->n128; i++) {
		say_prefix(&t, ip->high[i], ip->low[i], 128);
	}
	text_close(&t);
}

static void
ask(struct make *m, bool hit, char *out, void *ctx)
{
	static const char hex[] = "0123456789abcdef";
	const struct ip6 *ip = ctx;
	uint64_t high, low = draw_u64(&m->draw);
	size_t i = draw_below(&m->draw, (uint32_t)m->n);

	if (hit && i < ip->n64) {
		high = ip->l64[i];
	} else if (hit) {
		high = ip->high[i - ip->n64];
		low = ip->low[i - ip->n64];
	} else {
		do {
			uint64_t at =
			    ip->l64[draw_below(&m->draw, (uint32_t)ip->n64)];
			uint64_t any =
			    0x24000000 + draw_below(&m->draw, 0x0a000000);

			high = (draw_u64(&m->draw) >> 63) != 0
			    ? (at & ~0xffffull) | draw_below(&m->draw, 65536)
			    : any << 32 | draw_u64(&m->draw) >> 32;
		} while (draw_has(ip->l64, ip->n64, high) ||
		    draw_has(ip->high, ip->n128, high));
	}
	for (unsigned k = 0; k < 32; k++) {
		*out++ =
		    hex[(k < 16 ? low >> 4 * k : high >> 4 * (k - 16)) & 15];
		*out++ = '.';
	}
	out[-1] = '\0';
}

void
make_ip6(struct make *m)
{
	struct ip6 ip = { .n64 = m->n / 10 * 6 };

	if (m->n < 1000 || m->n > 4000000) {
		make_die("ip6: between 1000 and 4000000 entries");
	}
	ip.n128 = m->n - ip.n64;
	ip.nets = make_room(SLOTS, sizeof(*ip.nets));
	ip.l64 = make_room(ip.n64, sizeof(*ip.l64));
	ip.high = make_room(ip.n128, sizeof(*ip.high));
	ip.low = make_room(ip.n128, sizeof(*ip.low));
	choose_nets(m, &ip);
	choose(m, &ip);
	write_list(m, &ip, true);
	write_list(m, &ip, false);
	make_questions(m, ask, &ip);
	free(ip.nets);
	free(ip.l64);
	free(ip.high);
	free(ip.low);
}
