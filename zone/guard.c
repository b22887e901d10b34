/* guard.c - what must never be listed. */
#include "zone/guard.h"

#include <string.h>

#include "zone/entry.h"
#include "zone/guard_priv.h"

/* The special-purpose registries of IANA, and multicast and the rest of what
 * is no unicast. Documentation and benchmarking space is here like all else:
 * no mail comes from it. Narrow blocks stand before the wide ones that hold
 * them, so that the words are the best that can be said. */
static const struct {
	struct net_prefix net;
	const char *words;
} special[] = {
#define V4(a, b, c, d, plen, words)                     \
	{                                               \
		{ { { a, b, c, d }, 32 }, plen }, words \
	}
#define V6(plen, words, ...)                              \
	{                                                 \
		{ { { __VA_ARGS__ }, 128 }, plen }, words \
	}
	V4(0, 0, 0, 0, 8, "\"this network\", RFC 791"),
	V4(10, 0, 0, 0, 8, "private use, RFC 1918"),
	V4(100, 64, 0, 0, 10, "shared address space, RFC 6598"),
	V4(127, 0, 0, 0, 8, "loopback, RFC 1122"),
	V4(169, 254, 0, 0, 16, "link local, RFC 3927"),
	V4(172, 16, 0, 0, 12, "private use, RFC 1918"),
	V4(192, 0, 0, 0, 24, "IETF protocol assignments, RFC 6890"),
	V4(192, 0, 2, 0, 24, "documentation, RFC 5737"),
	V4(192, 88, 99, 0, 24, "6to4 relay anycast, RFC 7526"),
	V4(192, 168, 0, 0, 16, "private use, RFC 1918"),
	V4(198, 18, 0, 0, 15, "benchmarking, RFC 2544"),
	V4(198, 51, 100, 0, 24, "documentation, RFC 5737"),
	V4(203, 0, 113, 0, 24, "documentation, RFC 5737"),
	V4(224, 0, 0, 0, 4, "multicast, RFC 5771"),
	V4(255, 255, 255, 255, 32, "limited broadcast, RFC 919"),
	V4(240, 0, 0, 0, 4, "reserved, RFC 1112"),
	V6(128, "unspecified address, RFC 4291", 0),
	V6(128, "loopback, RFC 4291", [15] = 1),
	V6(96, "IPv4-mapped, RFC 4291", [10] = 0xff, 0xff),
	V6(96, "IPv4-IPv6 translation, RFC 6052", 0, 0x64, 0xff, 0x9b),
	V6(48, "IPv4-IPv6 translation, RFC 8215", 0, 0x64, 0xff, 0x9b, 0, 1),
	V6(64, "discard only, RFC 6666", 1),
	V6(32, "Teredo, RFC 4380", 0x20, 1),
	V6(23, "IETF protocol assignments, RFC 2928", 0x20, 1),
	V6(32, "documentation, RFC 3849", 0x20, 1, 0x0d, 0xb8),
	V6(20, "documentation, RFC 9637", 0x3f, 0xff),
	V6(16, "6to4, RFC 3056", 0x20, 2),
	V6(16, "segment routing SIDs, RFC 9602", 0x5f),
	V6(7, "unique local, RFC 4193", 0xfc),
	V6(10, "link local, RFC 4291", 0xfe, 0x80),
	V6(10, "site local, RFC 3879", 0xfe, 0xc0),
	V6(8, "multicast, RFC 4291", 0xff),
#undef V4
#undef V6
};

#define SPECIALS (sizeof(special) / sizeof(special[0]))

static const struct net_prefix unicast6 = { { { 0x20 }, 128 }, 3 };
static const char not_unicast6[] =
    "outside 2000::/3, the global unicast space, RFC 4291";

/* The points of RFC 5782 section 5: one that is never listed, one that always
 * is. No configuration lifts them. */
static const struct net_prefix loopback4 = { { { 127 }, 32 }, 8 };
static const struct net_prefix points[] = {
	{ { { 127, 0, 0, 1 }, 32 }, 32 },
	{ { { 127, 0, 0, 2 }, 32 }, 32 },
};
static const char test_address[] = "test@example.com";

/* A is B or lies in it. */
static bool
within(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->plen >= b->plen && net_ip_within(&a->ip, &b->ip, b->plen);
}

/* false: A and B share no address. The first octet nearly always says so, and
 * says it at once. */
static inline bool
may_meet(const struct net_prefix *a, const struct net_prefix *b)
{
	unsigned bits = a->plen < b->plen ? a->plen : b->plen;
	unsigned differ = a->ip.bytes[0] ^ b->ip.bytes[0];

	return a->ip.bits == b->ip.bits &&
	    (bits >= 8 ? differ == 0 : differ >> (8 - bits) == 0);
}

static bool
allowed(const struct zone_config *config, const struct net_prefix *net)
{
	for (size_t i = 0; i < config->n_guard_allow; i++) {
		if (within(net, &config->guard_allow[i])) {
			return true;
		}
	}
	return false;
}

const char *
zone_guard_special(const struct net_ip *ip)
{
	const struct net_prefix whole = { *ip, ip->bits };
	struct net_ip inner = *ip;
	const char *words;

	net_ip_unmap(&inner);
	if (inner.bits != ip->bits) {
		words = zone_guard_special(&inner);
		if (words != NULL) {
			return words;
		}
	}
	for (size_t i = 0; i < SPECIALS; i++) {
		if (within(&whole, &special[i].net)) {
			return special[i].words;
		}
	}
	return ip->bits == 128 && !within(&whole, &unicast6) ? not_unicast6
							     : NULL;
}

int
zone_guard_allow(const struct net_prefix *allow, struct err_text *why)
{
	if (within(allow, &loopback4)) {
		return err_say(why, ERR_REFUSED,
		    "127.0.0.0/8 is never listed, expected another range");
	}
	for (size_t i = 0; i < SPECIALS; i++) {
		if (within(allow, &special[i].net)) {
			return 0;
		}
	}
	return err_say(
	    why, ERR_REFUSED, "is no special-use range, or wider than one");
}

static int
guard_ip(const struct zone_config *config, const struct zone_list_conf *list,
    const struct zone_key *key, const char *shown, struct err_text *why)
{
	const struct net_prefix *p = &key->ip;
	unsigned widest = p->ip.bits == 32 ? list->widest_v4 : list->widest_v6;
	char text[ZONE_KEY_TEXT];

	if (zone_guard_test_point(key)) {
		return err_say(why, ERR_REFUSED,
		    "%s is a test point, answered by the server itself, "
		    "RFC 5782",
		    shown);
	}
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		if (within(&points[i], p)) {
			return err_say(why, ERR_REFUSED,
			    "%s is or contains %s, which is never listed, "
			    "RFC 5782",
			    shown, net_ip_format(text, &points[i].ip));
		}
	}
	for (size_t i = 0; i < SPECIALS; i++) {
		const struct net_prefix *net = &special[i].net;

		if (!may_meet(p, net)) {
			continue;
		}
		if (within(p, net) && !allowed(config, p)) {
			return err_say(why, ERR_REFUSED,
			    "%s is special-use space: %s", shown,
			    special[i].words);
		}
		if (within(net, p) && !allowed(config, net)) {
			struct zone_key k = zone_key_of_ip(&net->ip);

			k.ip.plen = net->plen;
			return err_say(why, ERR_REFUSED,
			    "%s contains special-use space: %s (%s)", shown,
			    zone_key_format(text, &k), special[i].words);
		}
	}
	if (p->ip.bits == 128 && !within(p, &unicast6) && !allowed(config, p)) {
		return err_say(
		    why, ERR_REFUSED, "%s is %s", shown, not_unicast6);
	}
	if (p->plen < widest) {
		return err_say(why, ERR_REFUSED,
		    "%s is wider than list \"%s\" allows: /%u", shown,
		    list->name, widest);
	}
	return 0;
}

static int
guard_address(
    const struct zone_key *key, const char *shown, struct err_text *why)
{
	struct zone_forms forms;

	zone_key_forms(key, &forms);
	if (zone_guard_test_point(key) ||
	    strcmp(forms.canon, test_address) == 0) {
		return err_say(why, ERR_REFUSED,
		    "%s is a test point, answered by the server itself", shown);
	}
	return 0;
}

int
zone_guard_list(const struct zone_config *config,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct err_text *why)
{
	char shown[ZONE_KEY_TEXT];

	/* An import asks this for each line, and nearly all are allowed: words
	 * are made only for what is refused. */
	if (key->kind == ZONE_KIND_IP && list->kind == ZONE_KIND_IP &&
	    guard_ip(config, list, key, "", NULL) == 0) {
		return 0;
	}
	zone_key_format(shown, key);
	if (key->kind != list->kind) {
		return err_say(why, ERR_REFUSED,
		    "%s is a key of kind %s, list \"%s\" is of kind %s", shown,
		    zone_kind_name(key->kind), list->name,
		    zone_kind_name(list->kind));
	}
	switch (key->kind) {
	case ZONE_KIND_IP: return guard_ip(config, list, key, shown, why);
	case ZONE_KIND_ADDRESS: return guard_address(key, shown, why);
	case ZONE_KIND_DOMAIN:
		return zone_guard_domain(config, key, shown, why);
	}
	return err_say(why, ERR_REFUSED, "a key of no known kind");
}

int
zone_guard_code(uint32_t code, struct err_text *why)
{
	char text[16];

	if (code >> 24 == 127 && code > 0x7f000001 && code >> 8 != 0x7fffff) {
		return 0;
	}
	zone_code_format(text, code);
	if (code >> 24 != 127) {
		return err_say(why, ERR_REFUSED,
		    "code %s is outside 127.0.0.0/8, RFC 5782", text);
	}
	if (code == 0x7f000000 || code == 0x7f000001) {
		return err_say(why, ERR_REFUSED,
		    "code %s says nothing to any client, expected 127.0.0.2 "
		    "or another",
		    text);
	}
	return err_say(why, ERR_REFUSED,
	    "code %s: 127.255.255.0/24 tells of errors, RFC 5782 "
	    "clients do not take it for a listing",
	    text);
}

bool
zone_guard_wide(const struct zone_list_conf *list, const struct zone_key *key)
{
	return key->kind == ZONE_KIND_IP &&
	    key->ip.plen <
	    (key->ip.ip.bits == 32 ? list->wide_v4 : list->wide_v6);
}

bool
zone_guard_test_point(const struct zone_key *key)
{
	struct net_ip ip = key->ip.ip;

	switch (key->kind) {
	case ZONE_KIND_IP:
		if (key->ip.plen != ip.bits) {
			return false;
		}
		net_ip_unmap(&ip);
		return net_ip_equal(&ip, &points[1].ip);
	case ZONE_KIND_ADDRESS:
		for (unsigned k = 0; k < DIGEST_KINDS; k++) {
			struct digest d = digest_of((enum digest_kind)k,
			    test_address, sizeof(test_address) - 1);

			if (key->digest.len == d.len &&
			    memcmp(key->digest.bytes, d.bytes, d.len) == 0) {
				return true;
			}
		}
		return strcmp(key->text, test_address) == 0;
	case ZONE_KIND_DOMAIN: return strcmp(key->text, "test") == 0;
	}
	return false;
}
