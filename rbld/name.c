/* name.c - labels to addresses, prefixes and digests; name_domain.c has the
 * domains. */
#include "rbld/name_priv.h"

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

/* -1: not an octet as RFC 5782 writes it. */
static int
octet(const uint8_t *label)
{
	unsigned n = label[0], v = 0;

	if (n < 1 || n > 3 || (n > 1 && label[1] == '0')) {
		return -1;
	}
	for (unsigned i = 1; i <= n; i++) {
		unsigned d = label[i] - (unsigned)'0';

		if (d > 9) {
			return -1;
		}
		v = v * 10 + d;
	}
	return v <= 255 ? (int)v : -1;
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

static struct span
text_of(const uint8_t *label)
{
	return span((const char *)label + 1, label[0]);
}

bool
rbld_name_means(enum zone_kind kind, const uint8_t *label)
{
	struct digest d[2];

	switch (kind) {
	case ZONE_KIND_IP: return octet(label) >= 0 || nibble(label) >= 0;
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

static void
place_ip(const struct rbld_query *q, unsigned below, struct rbld_place *p)
{
	struct net_ip v4 = { .bits = 32 }, v6 = { .bits = 128 };
	bool is4 = below <= OCTETS, is6 = below <= NIBBLES;

	/* From the apex outwards: the first octet or nibble comes first. */
	for (unsigned i = 0; i < below && (is4 || is6); i++) {
		const uint8_t *label = q->name + q->label_at[below - 1 - i];

		if (is4) {
			int v = octet(label);

			is4 = v >= 0;
			v4.bytes[i] = (uint8_t)v;
		}
		if (is6) {
			int v = nibble(label);

			is6 = v >= 0;
			v6.bytes[i / 2] |=
			    (uint8_t)((unsigned)v << ((i & 1) ? 0 : 4));
		}
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
		if (net_ip_equal(&p->ip, &test4) ||
		    net_ip_equal(&p->ip, &test6)) {
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
	p->host = NULL;
	p->ip.bits = 0;
	p->n_nodes = 0;
	p->node = false;
	p->n_digests = 0;
	if (p->zone == NULL) {
		p->kind = RBLD_PLACE_ELSEWHERE;
		return;
	}
	below = (unsigned)q->labels - p->zone->labels;
	if (below == 0) {
		p->kind = RBLD_PLACE_APEX;
		return;
	}
	if (below == 1 && place_host(q, p)) {
		return;
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
	unsigned below = (unsigned)q->labels - place->zone->labels;
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
