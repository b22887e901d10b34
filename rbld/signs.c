/* signs.c - what a question tells of its client. */
#include "rbld/signs.h"

const uint8_t rbld_sign_octets[256] = {
	[0] = 1,
	[10] = 1,
	[100] = 1,
	[127] = 1,
	[169] = 3,
	[172] = 3,
	[192] = 3,
	[224 ... 255] = 1,
};

/* First octets of addresses that hosts on the Internet have. */
static bool
ordinary(unsigned first)
{
	return first > 0 && first < 224 && first != 10 && first != 127;
}

/* Addresses of one site, of no use to anybody who lists. */
static bool
local(unsigned a, unsigned b)
{
	return (a == 192 && b == 168) || (a == 172 && (b & 0xf0) == 16) ||
	    (a == 169 && b == 254);
}

static enum rbld_sign
sign_of_v4(const uint8_t ip[4])
{
	if (ip[0] == 0 || ip[0] >= 224) {
		return ordinary(ip[3]) ? RBLD_SIGN_UNREVERSED
				       : RBLD_SIGN_PRIVATE;
	}
	if (local(ip[0], ip[1]) || ip[0] == 10 || ip[0] == 127 ||
	    (ip[0] == 100 && (ip[1] & 0xc0) == 64)) {
		return RBLD_SIGN_PRIVATE;
	}
	return local(ip[3], ip[2]) ? RBLD_SIGN_UNREVERSED : RBLD_SIGN_NONE;
}

/* fc00::/7, fe80::/10, ff00::/8 and ::/96. */
static enum rbld_sign
sign_of_v6(const uint8_t ip[16])
{
	static const uint8_t zero[12];

	return (ip[0] & 0xfe) == 0xfc || ip[0] == 0xff ||
		(ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) ||
		memcmp(ip, zero, sizeof(zero)) == 0
	    ? RBLD_SIGN_PRIVATE
	    : RBLD_SIGN_NONE;
}

/* Can LABEL be a domain's last one? No octet, no nibble, nothing that people
 * and programs put beside a zone for other ends. */
static bool
is_top_level(const uint8_t *label)
{
	bool letter = false;

	for (unsigned i = 1; i <= label[0]; i++) {
		unsigned char c = (unsigned char)text_lower((char)label[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '-') {
			return false;
		}
		letter |= c >= 'a' && c <= 'z';
	}
	return letter && label[0] >= 2;
}

static bool
is_test(const uint8_t *label)
{
	struct span s = span((const char *)label + 1, label[0]);

	return span_is(s, "test") || span_is(s, "invalid");
}

/* What is no address, below a list of addresses. */
static enum rbld_sign
sign_of_words(const struct rbld_query *q, unsigned below)
{
	const uint8_t *last = q->name + q->label_at[below - 1];

	if (memchr(q->name + 1, ':', q->name[0]) != NULL) {
		return RBLD_SIGN_TEXT;
	}
	return is_top_level(last) && !(below == 1 && is_test(last))
	    ? RBLD_SIGN_DOMAIN
	    : RBLD_SIGN_NONE;
}

/* Four octets or 32 nibbles below a list of names. */
static enum rbld_sign
sign_of_labels(const struct rbld_query *q, unsigned below)
{
	if (below != 4 && below != 32) {
		return RBLD_SIGN_NONE;
	}
	for (unsigned i = 0; i < below; i++) {
		const uint8_t *label = q->name + q->label_at[i];

		if (label[0] > 3 || (below == 32 && label[0] != 1) ||
		    !rbld_name_means(ZONE_KIND_IP, label)) {
			return RBLD_SIGN_NONE;
		}
	}
	return RBLD_SIGN_ADDRESS;
}

enum rbld_sign
rbld_sign_of_rest(const struct rbld_query *q, const struct rbld_place *place)
{
	unsigned below = (unsigned)q->labels - place->base;

	switch (place->kind) {
	case RBLD_PLACE_IP:
		return place->ip.bits == 32 ? sign_of_v4(place->ip.bytes)
					    : sign_of_v6(place->ip.bytes);
	case RBLD_PLACE_ELSEWHERE:
	case RBLD_PLACE_APEX:
	case RBLD_PLACE_HOST:
	case RBLD_PLACE_TEST:
	case RBLD_PLACE_LOCKED:
	case RBLD_PLACE_GATE:
	case RBLD_PLACE_NODE: return RBLD_SIGN_NONE;
	default: break;
	}
	if (place->ip.bits != 0) { /* 127.0.0.1 and its like: test points */
		return RBLD_SIGN_NONE;
	}
	return place->zone->kind == ZONE_KIND_IP ? sign_of_words(q, below)
						 : sign_of_labels(q, below);
}
