/* queue_text.c - text of mail as it is compared and gathered. */
#include "www/queue_text.h"

#include <stdio.h>

#include "base/digest.h"

/* The small letter for C, without its accent where it is Greek: people type
 * what they read without looking for the accents. */
static unsigned
small(unsigned c)
{
	static const struct {
		unsigned accented, plain;
	} greek[] = { { 0x386, 0x3b1 }, { 0x388, 0x3b5 }, { 0x389, 0x3b7 },
		{ 0x38a, 0x3b9 }, { 0x38c, 0x3bf }, { 0x38e, 0x3c5 },
		{ 0x38f, 0x3c9 }, { 0x390, 0x3b9 }, { 0x3aa, 0x3b9 },
		{ 0x3ab, 0x3c5 }, { 0x3ac, 0x3b1 }, { 0x3ad, 0x3b5 },
		{ 0x3ae, 0x3b7 }, { 0x3af, 0x3b9 }, { 0x3b0, 0x3c5 },
		{ 0x3c2, 0x3c3 }, { 0x3ca, 0x3b9 }, { 0x3cb, 0x3c5 },
		{ 0x3cc, 0x3bf }, { 0x3cd, 0x3c5 }, { 0x3ce, 0x3c9 } };

	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) {
		return c + 0x20;
	}
	if (c >= 0x400 && c <= 0x40f) {
		return c + 0x50;
	}
	for (size_t i = 0; i < sizeof(greek) / sizeof(greek[0]); i++) {
		if (greek[i].accented == c) {
			return greek[i].plain;
		}
	}
	return c;
}

size_t
www_fold(const char *s, char *out, size_t cap)
{
	size_t n = 0;

	while (*s != '\0' && n + 4 < cap) {
		uint8_t a = (uint8_t)s[0], b = (uint8_t)s[1];

		if (a < 0x80) {
			out[n++] = text_lower(*s++);
		} else if (a >= 0xc3 && a <= 0xd1 && (b & 0xc0) == 0x80) {
			unsigned c = small((a & 0x1fu) << 6 | (b & 0x3fu));

			out[n++] = (char)(0xc0 | c >> 6);
			out[n++] = (char)(0x80 | (c & 0x3f));
			s += 2;
		} else {
			out[n++] = *s++;
		}
	}
	out[n] = '\0';
	return n;
}

/* ---- groups -------------------------------------------------------------- */

/* The text behind "Re:", "Fwd:" and their Greek fellows. */
static const char *
bare_subject(const char *s)
{
	static const char *const before[] = {
		"re:", "fw:", "fwd:", "aw:", "wg:", "σχετ:", "απ:", "πρθ:"
	};
	bool again = true;

	while (again) {
		again = false;
		s += strspn(s, " \t");
		for (size_t i = 0; i < sizeof(before) / sizeof(before[0]);
		     i++) {
			size_t n = strlen(before[i]);

			if (strncmp(s, before[i], n) == 0) {
				s += n;
				again = true;
			}
		}
	}
	return s;
}

static bool
in_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    ((uint8_t)c & 0x80) != 0;
}

/* What campaigns change from mail to mail: numbers, codes with numbers in
 * them, punctuation. */
static void
campaign(const char *subject, char out[WWW_LABEL])
{
	char folded[WWW_LABEL];
	const char *s;
	size_t n = 0;

	www_fold(subject, folded, sizeof(folded));
	s = bare_subject(folded);
	while (*s != '\0' && n + 2 < WWW_LABEL) {
		size_t len = 0;
		bool digits = false;

		while (in_word(s[len])) {
			digits = digits || (s[len] >= '0' && s[len] <= '9');
			len++;
		}
		if (len == 0) {
			s++;
			continue;
		}
		if (n > 0) {
			out[n++] = ' ';
		}
		if (digits) {
			out[n++] = '#';
		} else {
			size_t room = WWW_LABEL - 1 - n;

			memcpy(out + n, s, len < room ? len : room);
			n += len < room ? len : room;
		}
		s += len;
	}
	out[n] = '\0';
}

/* The address that ITEM came from; v6 as the /64 that is proposed. */
static bool
relay(const struct zone_item *item, struct net_prefix *ret)
{
	for (unsigned i = 0; i < item->n_candidates; i++) {
		if (net_prefix_parse(span_str(item->candidates[i].key), ret) ==
		    0) {
			return true;
		}
	}
	return item->origin.relay != NULL &&
	    net_prefix_parse(span_str(item->origin.relay), ret) == 0;
}

static void
network(struct net_prefix p, bool wide, char out[WWW_LABEL])
{
	unsigned most = p.ip.bits == 32 ? 24 : 48;
	char text[NET_IP_TEXT];

	if (wide && p.plen > most) {
		for (unsigned i = most / 8; i < 16; i++) {
			p.ip.bytes[i] = 0;
		}
		p.plen = (uint8_t)most;
	}
	net_ip_format(text, &p.ip);
	if (p.plen == p.ip.bits) {
		snprintf(out, WWW_LABEL, "%s", text);
	} else {
		snprintf(out, WWW_LABEL, "%s/%u", text, p.plen);
	}
}

void
www_group_label(
    enum www_group group, const struct zone_item *item, char out[WWW_LABEL])
{
	struct net_prefix p;

	out[0] = '\0';
	switch (group) {
	case WWW_GROUP_NONE: break;
	case WWW_GROUP_RELAY:
	case WWW_GROUP_NETWORK:
		if (relay(item, &p)) {
			network(p, group == WWW_GROUP_NETWORK, out);
		}
		break;
	case WWW_GROUP_SENDER:
		www_fold(
		    item->from[0] != '\0' || item->origin.envelope_from == NULL
			? item->from
			: item->origin.envelope_from,
		    out, WWW_LABEL);
		break;
	case WWW_GROUP_CAMPAIGN: campaign(item->subject, out); break;
	case WWW_GROUP_SUBMITTER:
		if (item->n_evidence > 0) {
			www_fold(item->evidence[item->n_evidence - 1].submitter,
			    out, WWW_LABEL);
		}
		break;
	}
}

void
www_group_mark(const char *label, char out[17])
{
	struct digest d = digest_of(DIGEST_SHA256, label, strlen(label));

	digest_hex(d.bytes, 8, out);
}
