/* draw_keys.h - random keys that lie in and beside each other, and what a
 * client may ask about them.
 *
 * There are few of them, so that they meet: prefixes within prefixes, addresses
 * whose octets are nibbles of others, domains below domains, mail addresses
 * that share spellings.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone/key.h"

#define DRAW_COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t drawn = 1;

static inline unsigned
pick(unsigned n)
{
	drawn = drawn * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (unsigned)(drawn >> 33) % n;
}

static inline void
must_parse(struct span s, struct net_ip *ret)
{
	if (net_ip_parse(s, ret) < 0) {
		abort();
	}
}

static inline void
random_ip(char *out, size_t room)
{
	static const char *const nets4[] = { "1.2", "10.20", "127.0", "2.0",
		"200.1" };
	static const unsigned lens4[] = { 32, 32, 32, 31, 30, 28, 25, 24, 24,
		23, 20, 17, 16, 15, 12 };
	static const char *const nets6[] = { "2001:db8", "2102:304", "::ffff",
		"2400:1" };
	static const unsigned lens6[] = { 128, 128, 127, 126, 124, 64, 63, 48,
		33, 32, 31, 28 };
	struct net_prefix p;
	char text[64];

	if (pick(2) == 0) {
		snprintf(text, sizeof(text), "%s.%u.%u",
		    nets4[pick(DRAW_COUNT(nets4))], pick(3) * (pick(4) == 0 ? 5 : 1),
		    pick(4) == 0 ? pick(256) : pick(12));
		must_parse(span_str(text), &p.ip);
		p.plen = (uint8_t)lens4[pick(DRAW_COUNT(lens4))];
	} else {
		const char *net = nets6[pick(DRAW_COUNT(nets6))];

		snprintf(text, sizeof(text), "%s%s:%x:%x", net,
		    net[0] == ':' ? "" : ":0:0:0:0", 0x7f00 | pick(2),
		    pick(3) * (pick(3) == 0 ? 0x1000 : 1));
		if (pick(3) == 0 && net[0] != ':') {
			snprintf(text, sizeof(text), "%s:%x::%x", net,
			    pick(2) * 0x8000 + pick(2), pick(3));
		}
		must_parse(span_str(text), &p.ip);
		p.plen = (uint8_t)lens6[pick(DRAW_COUNT(lens6))];
	}
	for (unsigned i = p.plen; i < p.ip.bits; i++) {
		p.ip.bytes[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	}
	net_ip_format(text, &p.ip);
	snprintf(out, room, "%s/%u", text, p.plen);
}

static inline void
random_domain(char *out, size_t room, bool key)
{
	static const char *const forms[] = { "", "", ".", ".", "*." };
	char text[200] = "";

	/* few, so that one often lies below another */
	for (unsigned i = pick(key ? 3 : 4) + (key ? 1 : 0); i > 0; i--) {
		strcat(text, pick(8) == 0 ? "xn--hxajbheg2az3al."
			: pick(2) == 0	  ? "a."
					  : "b.");
	}
	strcat(text, pick(8) == 0 ? "x.com" : "gr");
	snprintf(out, room, "%s%s", key ? forms[pick(DRAW_COUNT(forms))] : "", text);
}

static inline void
random_mail(char *out, size_t room)
{
	static const char *const locals[] = { "ann", "a.nn", "ann+x", "ann+y",
		"bob", "b.o.b", "b.o.b+z" };
	static const char *const domains[] = { "gmail.com", "googlemail.com",
		"example.gr", "xn--hxajbheg2az3al.gr" };

	snprintf(out, room, "%s@%s", locals[pick(DRAW_COUNT(locals))],
	    domains[pick(DRAW_COUNT(domains))]);
}

static inline void
random_key(enum zone_kind kind, char *out, size_t room)
{
	switch (kind) {
	case ZONE_KIND_IP: random_ip(out, room); break;
	case ZONE_KIND_DOMAIN: random_domain(out, room, true); break;
	case ZONE_KIND_ADDRESS:
		random_mail(out, room);
		if (pick(8) == 0) { /* known by its digest alone */
			struct digest d = digest_of((enum digest_kind)pick(3),
			    out, strlen(out));
			char hex[65];

			digest_hex(d.bytes, d.len, hex);
			snprintf(out, room, "%s:%s",
			    d.len == 16       ? "md5"
				: d.len == 20 ? "sha1"
					      : "sha256",
			    hex);
		}
		break;
	}
}

static inline void
random_question(enum zone_kind kind, char *out, size_t room)
{
	char text[ZONE_KEY_TEXT], label[70] = "";
	struct zone_key key;

	switch (kind) {
	case ZONE_KIND_IP:
		random_ip(text, sizeof(text));
		if (zone_key_parse(kind, span_str(text), &key, NULL) < 0) {
			snprintf(text, sizeof(text), "::ffff:127.0.0.%u",
			    pick(4));
			must_parse(span_str(text), &key.ip.ip);
			key.kind = ZONE_KIND_IP;
		}
		/* an address within, or beside it */
		for (unsigned i = key.ip.plen; i < key.ip.ip.bits; i++) {
			if (pick(3) == 0 || i + 9 > key.ip.ip.bits) {
				key.ip.ip.bytes[i / 8] |=
				    (uint8_t)(pick(2) << (7 - i % 8));
			}
		}
		key.ip.plen = key.ip.ip.bits;
		zone_key_qname(text, &key);
		if (pick(4) == 0) { /* a name on the way to it */
			char *at = text;

			for (unsigned n = pick(4); n > 0; n--) {
				char *dot = strchr(at, '.');

				at = dot != NULL ? dot + 1 : at;
			}
			memmove(text, at, strlen(at) + 1);
		}
		break;
	case ZONE_KIND_DOMAIN: random_domain(text, sizeof(text), false); break;
	case ZONE_KIND_ADDRESS: {
		struct digest d;

		random_mail(text, sizeof(text));
		d = digest_of((enum digest_kind)pick(3), text, strlen(text));
		if (pick(2) == 0) {
			digest_rspamd32(d.bytes, d.len, label);
		} else if (d.len == 32) {
			digest_base32(d.bytes, d.len, label);
		} else {
			digest_hex(d.bytes, d.len, label);
		}
		snprintf(text, sizeof(text), "%s", label);
		break;
	}
	}
	snprintf(out, room, "%s", text);
}
