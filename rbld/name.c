/* name.c - labels to addresses, prefixes and digests; name_domain.c has the
 * domains. */
#include "rbld/name_priv.h"

#include "zone/access.h"

#define OCTETS 4
#define NIBBLES 32

static const struct net_ip test4 = { .bits = 32, .bytes = { 127, 0, 0, 2 } };
static const struct net_ip test6 = { .bits = 128,
	.bytes = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 2 } };
static const struct net_ip never4 = { .bits = 32, .bytes = { 127, 0, 0, 1 } };
static const struct net_ip never6 = { .bits = 128,
	.bytes = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 } };

/* Digests of test@example.com, which is listed in every address zone. */
static const struct digest test_digests[DIGEST_KINDS] = {
	{ .len = 16,
	    .bytes = { 0x55, 0x50, 0x2f, 0x40, 0xdc, 0x8b, 0x7c, 0x76, 0x98,
		0x80, 0xb1, 0x08, 0x74, 0xab, 0xc9, 0xd0 } },
	{ .len = 20,
	    .bytes = { 0x56, 0x71, 0x59, 0xd6, 0x22, 0xff, 0xbb, 0x50, 0xb1,
		0x1b, 0x0e, 0xfd, 0x30, 0x7b, 0xe3, 0x58, 0x62, 0x4a, 0x26,
		0xee } },
	{ .len = 32,
	    .bytes = { 0x97, 0x3d, 0xfe, 0x46, 0x3e, 0xc8, 0x57, 0x85, 0xf5,
		0xf9, 0x5a, 0xf5, 0xba, 0x39, 0x06, 0xee, 0xdb, 0x2d, 0x93,
		0x1c, 0x24, 0xe6, 0x98, 0x24, 0xa8, 0x9e, 0xa6, 0x5d, 0xba,
		0x4e, 0x81, 0x3b } },
};

/* -1: not an octet as RFC 5782 writes it. Its one to three digits are read
 * together, since how many there are is nothing that could be guessed. Four
 * octets can be read at LABEL: behind a name stand type and class. */
static int
octet(const uint8_t *label)
{
	unsigned n = label[0], digits, v;

	if (n - 1 > 2) {
		return -1;
	}
	digits = label[1] | (unsigned)label[2] << 8 | (unsigned)label[3] << 16;
	digits = ((digits ^ 0x303030) << (24 - 8 * n)) & 0xffffff;
	v = (digits & 0xff) * 100 + (digits >> 8 & 0xff) * 10 + (digits >> 16);
	return (((digits + 0x767676) | digits) & 0x808080) != 0 || v > 255 ||
		(n > 1 && label[1] == '0')
	    ? -1
	    : (int)v;
}

static int
nibble(const uint8_t *label)
{
	unsigned c = label[1];

	if (label[0] != 1) {
		return -1;
	}
	if (c - '0' <= 9) {
		return (int)(c - '0');
	}
	c |= 0x20;
	return c - 'a' <= 5 ? (int)(c - 'a' + 10) : -1;
}

/* A nibble's value with 0x10 for each octet that spells one. */
static const uint8_t spelled[256] = { ['0'] = 0x10,
	0x11,
	0x12,
	0x13,
	0x14,
	0x15,
	0x16,
	0x17,
	0x18,
	0x19,
	['A'] = 0x1a,
	0x1b,
	0x1c,
	0x1d,
	0x1e,
	0x1f,
	['a'] = 0x1a,
	0x1b,
	0x1c,
	0x1d,
	0x1e,
	0x1f };

/* The first BELOW labels of Q, nibbles with the last one first. */
static bool
read_nibbles(const struct rbld_query *q, unsigned below, uint8_t out[16])
{
	unsigned end =
	    below < q->labels ? q->label_at[below] : (unsigned)q->name_len - 1;
	unsigned all = 0x10;

	if (below > NIBBLES || end != 2 * below) {
		return false; /* some label has more than one octet */
	}
	for (unsigned i = 0; i < below; i++) {
		unsigned v = spelled[q->name[end - 1 - 2 * i]];

		all &= v;
		out[i / 2] |= (uint8_t)((v & 15) << (i % 2 == 0 ? 4 : 0));
	}
	return all != 0;
}

static struct span
text_of(const uint8_t *label)
{
	return span((const char *)label + 1, label[0]);
}

bool
rbld_name_means(enum zone_kind kind, const uint8_t *label)
{
	struct digest d[2];
	uint8_t four[4] = { 0 };

	switch (kind) {
	case ZONE_KIND_IP:
		memcpy(four, label, label[0] < 4 ? label[0] + 1u : 1);
		return octet(four) >= 0 || nibble(label) >= 0;
	case ZONE_KIND_ADDRESS:
		return digest_of_label((const char *)label + 1, label[0], d) >
		    0;
	case ZONE_KIND_DOMAIN: break;
	}
	return rbld_name_reserved(label);
}

static void
add_node(struct rbld_place *p, const struct net_ip *ip, unsigned plen)
{
	struct net_prefix *node = &p->nodes[p->n_nodes++];

	node->ip = *ip;
	node->plen = (uint8_t)plen;
	p->node = p->node || net_ip_within(&test4, ip, plen) ||
	    net_ip_within(&test6, ip, plen);
}

/* 127.0.0.2, and any 127.0.0.N that a list of the zone answers with: that is
 * its test point (RFC 5782, 5). Written as IPv4, or mapped into IPv6. */
static bool
is_test(const struct rbld_zone *zone, const struct net_ip *ip)
{
	uint32_t code = rbld_name_test_code(ip);

	if (code == 0 || net_ip_equal(ip, &never4) ||
	    net_ip_equal(ip, &never6)) {
		return false;
	}
	if (net_ip_equal(ip, &test4) || net_ip_equal(ip, &test6)) {
		return true;
	}
	for (unsigned i = 0; i < zone->n_lists; i++) {
		if (zone->lists[i]->code == code) {
			return true;
		}
	}
	return false;
}

uint32_t
rbld_name_test_code(const struct net_ip *ip)
{
	unsigned at = ip->bits == 32 ? 0 : 12;

	if (ip->bits == 0 || memcmp(ip->bytes + at, test4.bytes, 3) != 0 ||
	    memcmp(ip->bytes, test6.bytes, at) != 0) {
		return 0;
	}
	return 0x7f000000u | ip->bytes[at + 3];
}

static void
place_ip(const struct rbld_query *q, unsigned below, struct rbld_place *p)
{
	struct net_ip v4 = { .bits = 32 }, v6 = { .bits = 128 };
	bool is4 = below <= OCTETS;
	bool is6 = read_nibbles(q, below, v6.bytes);

	/* From the apex outwards: the first octet comes first. */
	for (unsigned i = 0; i < below && is4; i++) {
		int v = octet(q->name + q->label_at[below - 1 - i]);

		is4 = v >= 0;
		v4.bytes[i] = (uint8_t)v;
	}
	if (is6 && below < NIBBLES) {
		add_node(p, &v6, below * 4);
	}
	if (is4 && below < OCTETS) {
		add_node(p, &v4, below * 8);
	}
	p->kind = p->n_nodes > 0 ? RBLD_PLACE_NODE : RBLD_PLACE_NOWHERE;
	if ((is4 && below == OCTETS) || (is6 && below == NIBBLES)) {
		p->ip = is4 ? v4 : v6;
		if (is_test(p->zone, &p->ip)) {
			p->kind = RBLD_PLACE_TEST;
		} else if (!net_ip_equal(&p->ip, &never4) &&
		    !net_ip_equal(&p->ip, &never6)) {
			p->kind = RBLD_PLACE_IP;
		}
	}
}

static void
place_digest(const struct rbld_query *q, unsigned below, struct rbld_place *p)
{
	p->kind = RBLD_PLACE_NOWHERE; /* a hashed zone is flat */
	if (below != 1) {
		return;
	}
	p->n_digests =
	    digest_of_label((const char *)q->name + 1, q->name[0], p->digests);
	if (p->n_digests > 0) {
		p->kind = RBLD_PLACE_DIGEST;
	}
	for (unsigned i = 0; i < p->n_digests; i++) {
		for (unsigned k = 0; k < DIGEST_KINDS; k++) {
			const struct digest *d = &test_digests[k];

			if (p->digests[i].len == d->len &&
			    memcmp(p->digests[i].bytes, d->bytes, d->len) ==
				0) {
				p->kind = RBLD_PLACE_TEST;
			}
		}
	}
}

static bool
place_host(const struct rbld_query *q, struct rbld_place *p)
{
	for (unsigned i = 0; i < p->zone->n_hosts; i++) {
		const struct rbld_host *h = &p->zone->hosts[i];
		struct span asked = text_of(q->name), ours = text_of(h->label);

		if (asked.len == ours.len &&
		    strncasecmp(asked.at, ours.at, ours.len) == 0) {
			p->kind = RBLD_PLACE_HOST;
			p->host = h;
			return true;
		}
	}
	return false;
}

void
rbld_name_place(const struct rbld_apex *apex, const struct rbld_query *q,
    struct rbld_place *ret_place)
{
	struct rbld_place *p = ret_place;
	unsigned below;

	p->zone = rbld_apex_find(apex, q);
	p->base = 0;
	p->key = NULL;
	p->host = NULL;
	p->ip.bits = 0;
	p->n_nodes = 0;
	p->node = false;
	p->n_digests = 0;
	if (p->zone == NULL) {
		p->kind = RBLD_PLACE_ELSEWHERE;
		return;
	}
	p->base = p->zone->labels;
	below = (unsigned)q->labels - p->base;
	if (below == 0) {
		p->kind = RBLD_PLACE_APEX;
		return;
	}
	if (below == 1 && place_host(q, p)) {
		return;
	}
	if (p->zone->keys) {
		p->key = q->name + q->label_at[--below];
		p->base++;
		if (!zone_access_shaped(text_of(p->key))) {
			p->kind = RBLD_PLACE_LOCKED;
			return;
		}
		if (below == 0) {
			p->kind = RBLD_PLACE_GATE;
			return;
		}
	}
	switch (p->zone->kind) {
	case ZONE_KIND_IP: place_ip(q, below, p); break;
	case ZONE_KIND_ADDRESS: place_digest(q, below, p); break;
	case ZONE_KIND_DOMAIN: rbld_name_place_domain(q, below, p); break;
	}
}

char *
rbld_name_key(
    char *out, const struct rbld_query *q, const struct rbld_place *place)
{
	unsigned below = (unsigned)q->labels - place->base;
	char *at = out;

	if (place->ip.bits != 0) {
		return net_ip_format(out, &place->ip);
	}
	for (unsigned i = 0; i < below; i++) {
		const uint8_t *label = q->name + q->label_at[i];

		if (i > 0) {
			*at++ = '.';
		}
		for (unsigned k = 1; k <= label[0]; k++) {
			char c = text_lower((char)label[k]);

			*at++ = c > ' ' && c < 0x7f ? c : '?';
		}
	}
	*at = '\0';
	return out;
}

const char *
rbld_name_listed(const char *key, const struct rbld_query *q,
    const struct rbld_place *place, unsigned labels)
{
	unsigned below = (unsigned)q->labels - place->base;

	for (unsigned i = 0; labels > 0 && i + labels < below; i++) {
		key += q->name[q->label_at[i]] + 1;
	}
	return key;
}
