/* ip.c - addresses as mail servers write them. */
#include "ingest/ip.h"

#include <string.h>

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* S without its first N bytes. */
static struct span
after(struct span s, size_t n)
{
	return span(s.at + n, s.len - n);
}

/* A dotted quad at the start of S; its length, 0: none. Strict, and not the
 * start of a longer number ("1.2.3.4.5" may still be an address and a port,
 * which the caller decides). */
static size_t
quad(struct span s)
{
	size_t i = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t start = i;
		unsigned n = 0;

		if (part > 0) {
			if (i >= s.len || s.at[i] != '.') {
				return 0;
			}
			start = ++i;
		}
		while (i < s.len && digit(s.at[i]) && i - start < 3) {
			n = n * 10 + (unsigned)(s.at[i++] - '0');
		}
		if (i == start || n > 255 ||
		    (s.at[start] == '0' && i - start > 1)) {
			return 0;
		}
	}
	return i < s.len && digit(s.at[i]) ? 0 : i;
}

bool
ingest_ip_read(struct span s, struct net_ip *ret_ip)
{
	const char *zone;
	struct net_ip ip;
	size_t n;

	s = span_trim(s);
	if (span_starts(s, "IPv6:")) {
		s = after(s, 5);
	}
	n = quad(s);
	if (n > 0) {
		struct span rest = after(s, n);

		/* ":port", or ".port" as Exim 3 wrote it */
		if (rest.len > 0) {
			if (rest.len > 6 || rest.len < 2 ||
			    (rest.at[0] != ':' && rest.at[0] != '.')) {
				return false;
			}
			for (size_t i = 1; i < rest.len; i++) {
				if (!digit(rest.at[i])) {
					return false;
				}
			}
			if (rest.at[0] == '.' && rest.len < 4) {
				return false; /* a fifth octet */
			}
		}
		s.len = n;
	} else {
		zone = s.len > 0 ? memchr(s.at, '%', s.len) : NULL;
		if (zone != NULL) {
			s.len = (size_t)(zone - s.at);
		}
	}
	if (net_ip_parse(s, &ip) < 0) {
		return false;
	}
	net_ip_unmap(&ip);
	*ret_ip = ip;
	return true;
}

bool
ingest_ip_private(const struct net_ip *ip)
{
	static const struct {
		uint8_t bytes[4];
		uint8_t plen;
	} v4[] = {
		{ { 0 }, 8 },
		{ { 10 }, 8 },
		{ { 100, 64 }, 10 },
		{ { 127 }, 8 },
		{ { 169, 254 }, 16 },
		{ { 172, 16 }, 12 },
		{ { 192, 168 }, 16 },
	};
	const uint8_t *b = ip->bytes;

	if (ip->bits == 32) {
		for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
			struct net_ip net = { .bits = 32 };

			memcpy(net.bytes, v4[i].bytes, 4);
			if (net_ip_within(ip, &net, v4[i].plen)) {
				return true;
			}
		}
		return false;
	}
	if ((b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0x80) != 0)) {
		return true; /* fc00::/7, fe80::/10, fec0::/10 */
	}
	for (size_t i = 0; i < 15; i++) {
		if (b[i] != 0) {
			return false;
		}
	}
	return b[15] <= 1; /* ::, ::1 */
}
