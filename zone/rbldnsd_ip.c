/* rbldnsd_ip.c - addresses, prefixes and ranges as rbldnsd's files have them.
 *
 * Most lines of a large list are "a.b.c.d" or "a.b.c.d/n", so these are read
 * octet by octet in place. Numbers are decimal whatever they begin with, as
 * rbldnsd reads them.
 */
#include "zone/rbldnsd_priv.h"

static inline uint32_t
mask4(unsigned bits)
{
	return bits == 0 ? 0 : UINT32_MAX << (32 - bits);
}

/* The first word of S, for a message. */
static char *
shown(char out[ZONE_FORMAT_SHOWN], struct span s)
{
	size_t n = 0;

	while (n < s.len && s.at[n] != ' ' && s.at[n] != '\t') {
		n++;
	}
	return zone_format_shown(out, span(s.at, n));
}

static int
no_address(struct span s, const char *what, struct err_text *why)
{
	char out[ZONE_FORMAT_SHOWN];

	return err_say(why, ERR_FORMAT, "\"%s\" %s", shown(out, s), what);
}

/* One to four octets at P, the missing ones zero; NULL: none, or one above
 * 255. */
static const char *
octets(const char *p, const char *end, uint32_t *ret_a, unsigned *ret_n)
{
	uint32_t a = 0;
	unsigned n = 0;

	for (;;) {
		unsigned v, d;

		if (p == end || (v = (unsigned)(*p - '0')) > 9) {
			return NULL;
		}
		while (++p < end && (d = (unsigned)(*p - '0')) <= 9) {
			if ((v = v * 10 + d) > 255) {
				return NULL;
			}
		}
		a |= v << (24 - 8 * n);
		n++;
		if (n == 4 || p == end || *p != '.') {
			break;
		}
		p++;
	}
	*ret_a = a;
	*ret_n = n;
	return p;
}

/* The length behind a slash at P; NULL: none, or above MAX. */
static const char *
length(const char *p, const char *end, unsigned max, unsigned *ret_bits)
{
	unsigned v, d;

	if (p == end || (v = (unsigned)(*p - '0')) > 9) {
		return NULL;
	}
	while (++p < end && (d = (unsigned)(*p - '0')) <= 9) {
		if ((v = v * 10 + d) > max) {
			return NULL;
		}
	}
	*ret_bits = v;
	return v <= max ? p : NULL;
}

static bool
ends(const char *p, const char *end)
{
	return p == end || *p == ' ' || *p == '\t' || *p == '#' || *p == ';' ||
	    *p == ':';
}

int
zone_rbldnsd_ip4(struct span s, bool ranges, bool host_bits,
    struct rbldnsd_ip4 *ret, struct span *ret_rest, struct err_text *why)
{
	const char *end = s.at + s.len;
	unsigned n, m, bits;
	uint32_t a, b;
	const char *p = octets(s.at, end, &a, &n);
	bool range = false;

	if (p == NULL) {
		return no_address(s,
		    "is no address; expected one such as 203.0.114.9, or a "
		    "prefix such as 203.0.114.0/24",
		    why);
	}
	bits = 8 * n;
	b = a | ~mask4(bits);
	if (p < end && *p == '/') {
		p = length(p + 1, end, 32, &bits);
		b = a | ~mask4(bits);
	} else if (p < end && *p == '-') {
		if (!ranges) {
			return no_address(s,
			    "is a range, which only an ip4set may have", why);
		}
		range = true;
		p = octets(p + 1, end, &b, &m);
		if (p != NULL && m == 1) { /* 203.0.114.1-9 */
			b = (a & mask4(bits - 8)) | b >> (bits - 8);
		} else if (p != NULL && m != n) {
			return no_address(s,
			    "is no range: as many octets at either end, or "
			    "one at the second",
			    why);
		}
		b |= ~mask4(bits);
		if (p != NULL && a > b) {
			return no_address(s, "ends before it begins", why);
		}
		bits = 32;
	} else if (n == 1) {
		return no_address(s,
		    "alone is ambiguous; expected an address, or a prefix "
		    "such as 10/8",
		    why);
	}
	if (p == NULL || !ends(p, end)) {
		return no_address(s, "is no address, prefix or range", why);
	}
	if (!range && (a & ~mask4(bits)) != 0) {
		if (!host_bits) {
			char out[ZONE_FORMAT_SHOWN];

			return err_say(why, ERR_RANGE,
			    "\"%s\" has host bits; expected the first address "
			    "of the network (--host-bits takes it as it is)",
			    shown(out, s));
		}
		a &= mask4(bits);
	}
	*ret = (struct rbldnsd_ip4){
		.from = a, .to = b, .bits = (uint8_t)bits, .range = range
	};
	*ret_rest = span(p, (size_t)(end - p));
	return 0;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
	    : c >= 'A' && c <= 'F'  ? c - 'A' + 10
				    : -1;
}

/* Words of an IPv6 address at P, with "::" or without; *RET_BITS is 128, or
 * 16 for each word. NULL: none. */
static const char *
words(const char *p, const char *end, uint8_t out[16], unsigned *ret_bits)
{
	uint8_t bytes[16] = { 0 };
	unsigned n = 0;
	int gap = -1, h;
	bool open = false; /* just behind the "::" */

	if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
		gap = 0;
		open = true;
		p += 2;
	}
	for (;;) {
		const char *start = p;
		unsigned v = 0;

		while (p < end && (h = hex(*p)) >= 0 &&
		    (v = v << 4 | (unsigned)h) <= 0xffff) {
			p++;
		}
		if (v > 0xffff || (p == start && !open)) {
			return NULL;
		}
		if (p == start) {
			break; /* "2001:db8::" */
		}
		bytes[2 * n] = (uint8_t)(v >> 8);
		bytes[2 * n + 1] = (uint8_t)v;
		n++;
		open = false;
		if (n == 8 || p == end || *p != ':') {
			break;
		}
		p++;
		if (gap < 0 && p < end && *p == ':') {
			gap = (int)n;
			open = true;
			p++;
		}
	}
	memset(out, 0, 16);
	if (gap < 0) {
		memcpy(out, bytes, 16);
		*ret_bits = 16 * n;
		return p;
	}
	if (n == 8) {
		return NULL;
	}
	memcpy(out, bytes, 2 * (size_t)gap);
	memcpy(out + 16 - 2 * (n - (unsigned)gap), bytes + 2 * gap,
	    2 * (n - (unsigned)gap));
	*ret_bits = 128;
	return p;
}

int
zone_rbldnsd_ip6(struct span s, bool host_bits, struct net_prefix *ret,
    struct span *ret_rest, struct err_text *why)
{
	const char *end = s.at + s.len;
	struct net_prefix net = { .ip = { .bits = 128 } };
	unsigned bits;
	const char *p = words(s.at, end, net.ip.bytes, &bits);

	if (p == NULL) {
		return no_address(s,
		    "is no IPv6 address; expected one such as 2001:db8::1, or "
		    "a prefix such as 2001:db8::/32",
		    why);
	}
	if (p < end && *p == '/') {
		p = length(p + 1, end, 128, &bits);
	} else if (bits == 16 && ends(p, end)) {
		return no_address(s,
		    "alone is ambiguous; expected an address, or a prefix "
		    "such as 2001:db8/32",
		    why);
	}
	if (p == NULL || !ends(p, end)) {
		return no_address(s, "is no IPv6 address or prefix", why);
	}
	for (unsigned bit = bits; bit < 128; bit++) {
		uint8_t one = (uint8_t)(0x80 >> bit % 8);

		if ((net.ip.bytes[bit / 8] & one) != 0 && !host_bits) {
			char out[ZONE_FORMAT_SHOWN];

			return err_say(why, ERR_RANGE,
			    "\"%s\" has host bits; expected the first address "
			    "of the network (--host-bits takes it as it is)",
			    shown(out, s));
		}
		net.ip.bytes[bit / 8] &= (uint8_t)~one;
	}
	net.plen = (uint8_t)bits;
	*ret = net;
	*ret_rest = span(p, (size_t)(end - p));
	return 0;
}

bool
zone_rbldnsd_is_ip6(struct span s)
{
	size_t n = 0;
	bool letters = false;

	while (n < s.len && hex(s.at[n]) >= 0) {
		letters = letters || s.at[n] > '9';
		n++;
	}
	return letters || n > 3 || (n < s.len && s.at[n] == ':');
}

bool
zone_rbldnsd_ip4_next(struct rbldnsd_ip4 *range, struct net_prefix *ret)
{
	uint32_t a = range->from, size;
	unsigned bits = 32;

	if (!range->range) {
		bits = range->bits;
	} else {
		while (bits > 0 && (a & ~mask4(bits - 1)) == 0 &&
		    (a | ~mask4(bits - 1)) <= range->to) {
			bits--;
		}
	}
	size = ~mask4(bits);
	memset(ret, 0, sizeof(*ret));
	ret->ip.bytes[0] = (uint8_t)(a >> 24);
	ret->ip.bytes[1] = (uint8_t)(a >> 16);
	ret->ip.bytes[2] = (uint8_t)(a >> 8);
	ret->ip.bytes[3] = (uint8_t)a;
	ret->ip.bits = 32;
	ret->plen = (uint8_t)bits;
	if (a + size >= range->to) {
		return false;
	}
	range->from = a + size + 1;
	return true;
}
