/* dynamic.c - names that access providers give to their customers' lines. */
#include <stdio.h>
#include <string.h>

#include "ingest/providers.h"

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* WORD at the start or behind one of ". -", and followed by no letter. */
static bool
has_word(const char *name, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = name; (p = strstr(p, word)) != NULL; p++) {
		if ((p == name || !letter(p[-1])) && !letter(p[n])) {
			return true;
		}
	}
	return false;
}

/* How many octets of IP stand in NAME as numbers, one behind the other,
 * forwards or backwards ("10-20-114-203", "203.114.020.010"). */
static unsigned
octets(const char *name, const struct net_ip *ip)
{
	unsigned best = 0, up = 0, down = 0;

	for (const char *p = name; *p != '\0';) {
		unsigned v = 0, n = 0;

		if (!digit(*p)) {
			p++;
			continue;
		}
		for (; digit(*p); p++) {
			v = v * 10 + (unsigned)(*p - '0');
			if (++n > 3) {
				v = 1000;
				n = 4;
			}
		}
		up = v == ip->bytes[up] ? up + 1 : v == ip->bytes[0] ? 1 : 0;
		down = v == ip->bytes[3 - down] ? down + 1
		    : v == ip->bytes[3]         ? 1
						: 0;
		best = up > best ? up : best;
		best = down > best ? down : best;
		if (best == 4) {
			break;
		}
	}
	return best;
}

/* "athedsl-4461234", "cpe1204": the number of a line behind a word for one,
 * wherever that word begins. */
static bool
numbered_line(const char *name)
{
	static const char *const words[] = { "dsl", "ppp", "dhcp", "cable",
		"catv", "cpe", "dialup", "docsis" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		for (const char *p = name; (p = strstr(p, words[i])) != NULL;
		     p++) {
			const char *n = p + len;

			n += *n == '-' || *n == '.' ? 1 : 0;
			if (digit(n[0]) && digit(n[1]) && digit(n[2])) {
				return true;
			}
		}
	}
	return false;
}

/* Last two octets somewhere, as numbers. */
static bool
tail_octets(const char *name, const struct net_ip *ip)
{
	char a[16], b[16];

	snprintf(a, sizeof(a), "%u-%u", ip->bytes[2], ip->bytes[3]);
	snprintf(b, sizeof(b), "%u.%u", ip->bytes[3], ip->bytes[2]);
	return ip->bytes[2] > 9 && ip->bytes[3] > 9 &&
	    (strstr(name, a) != NULL || strstr(name, b) != NULL);
}

/* The first half of an IPv6 address, in the forms that names have it. */
static bool
half_in(const char *name, const struct net_ip *ip)
{
	unsigned g[4];
	char text[24];

	for (unsigned i = 0; i < 4; i++) {
		g[i] = (unsigned)(ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1]);
	}
	snprintf(
	    text, sizeof(text), "%04x%04x%04x%04x", g[0], g[1], g[2], g[3]);
	if (strstr(name, text) != NULL) {
		return true;
	}
	snprintf(text, sizeof(text), "%x-%x-%x-%x", g[0], g[1], g[2], g[3]);
	if (strstr(name, text) != NULL) {
		return true;
	}
	snprintf(
	    text, sizeof(text), "%04x-%04x-%04x-%04x", g[0], g[1], g[2], g[3]);
	return strstr(name, text) != NULL;
}

const char *
ingest_name_dynamic(struct span span_name, const struct net_ip *ip)
{
	static const char *const fixed[] = { "static", "fix", "fixed", "fixip",
		"dedicated", "smtp", "mx", "mail", "relay", "mta", "outbound" };
	static const char *const access[] = { "dyn", "dynamic", "dhcp",
		"dialup", "dialin", "docsis", "catv", "resnet", "dynip", "dip",
		"dip0", "dyndsl", "pppoe", "ppp", "adsl", "vdsl", "dsl", "cpe",
		"broadband", "cable", "wimax", "fttx", "ftth", "pool", "pools",
		"client", "clients", "customer", "home", "cust" };
	/* words that need no number of the address beside them */
	const unsigned sure = 12;
	char name[256], hex[9], padded[13];
	bool word = false;

	if (span_name.len == 0 || span_name.len >= sizeof(name) ||
	    memchr(span_name.at, '\0', span_name.len) != NULL) {
		return NULL;
	}
	for (size_t i = 0; i < span_name.len; i++) {
		name[i] = text_lower(span_name.at[i]);
	}
	name[span_name.len] = '\0';
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (has_word(name, fixed[i])) {
			return NULL;
		}
	}
	for (unsigned i = 0; i < sizeof(access) / sizeof(access[0]); i++) {
		if (has_word(name, access[i])) {
			if (i < sure) {
				return "a word for dynamic lines";
			}
			word = true;
		}
	}
	if (numbered_line(name)) {
		return "a word for access lines and a number";
	}
	if (ip->bits != 32) {
		return ip->bits == 128 && half_in(name, ip)
		    ? "its own address as a number"
		    : NULL;
	}
	snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", ip->bytes[0],
	    ip->bytes[1], ip->bytes[2], ip->bytes[3]);
	snprintf(padded, sizeof(padded), "%03u%03u%03u%03u", ip->bytes[0],
	    ip->bytes[1], ip->bytes[2], ip->bytes[3]);
	if (strstr(name, hex) != NULL || strstr(name, padded) != NULL ||
	    octets(name, ip) >= 3) {
		return "its own address as a number";
	}
	if (word && (octets(name, ip) >= 2 || tail_octets(name, ip))) {
		return "a word for access lines and its own address";
	}
	return NULL;
}
