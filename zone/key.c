/* key.c - a thing that can be listed: parse, format, order. */
#include "zone/key.h"

#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone/domain.h"

#define INPUT_MAX 1024 /* octets; no key of ours is longer, in any script */
#define LOCAL_MAX 64   /* octets, RFC 5321 section 4.5.3.1.1 */
#define DOMAIN_MAX 253 /* octets as text, RFC 1035 section 2.3.4 */
#define LABEL_MAX 63

static const struct {
	const char *name;
	uint8_t len;
} digests[] = { { "md5:", 16 }, { "sha1:", 20 }, { "sha256:", 32 } };

static const char *const kinds[] = { "ip", "address", "domain" };

const char *
zone_kind_name(enum zone_kind kind)
{
	return (unsigned)kind < 3 ? kinds[kind] : "?";
}

bool
zone_kind_parse(struct span s, enum zone_kind *ret_kind)
{
	for (unsigned i = 0; i < 3; i++) {
		if (span_is(s, kinds[i])) {
			*ret_kind = (enum zone_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- prefixes ---------------------------------------------------------- */

static const struct net_ip mapped = {
	.bytes = { [10] = 0xff, [11] = 0xff },
	.bits = 128,
};

static int
parse_ip(struct span s, struct zone_key *key, struct err_text *why)
{
	const char *slash = memchr(s.at, '/', s.len);
	struct net_prefix p;
	struct net_ip ip;
	char shown[64];
	int r;

	text_printable_in(shown, sizeof(shown), s.at, s.len);
	r = net_prefix_parse(s, &p);
	if (r == ERR_RANGE) {
		/* two causes: told apart so that the sentence helps */
		unsigned long plen = 0;

		(void)text_number(
		    span(slash + 1, s.len - (size_t)(slash + 1 - s.at)), 999,
		    &plen);
		if (net_ip_parse(span(s.at, (size_t)(slash - s.at)), &ip) ==
			0 &&
		    plen > ip.bits) {
			return err_say(why, r,
			    "%s: prefix length is at most %u", shown,
			    (unsigned)ip.bits);
		}
		return err_say(why, r,
		    "%s: bits behind the prefix length are not zero", shown);
	}
	if (r < 0) {
		return err_say(why, r,
		    "%s: not an address or prefix, expected 203.0.113.7, "
		    "203.0.113.0/24 or 2001:db8::/32",
		    shown);
	}
	if (net_ip_within(&p.ip, &mapped, 96) && p.plen >= 96) {
		return err_say(why, ERR_RANGE,
		    "%s: IPv4-mapped, name the IPv4 address itself", shown);
	}
	key->ip = p;
	return 0;
}

struct zone_key
zone_key_of_ip(const struct net_ip *ip)
{
	struct zone_key key;

	memset(&key, 0, sizeof(key));
	key.kind = ZONE_KIND_IP;
	key.ip.ip = *ip;
	key.ip.plen = ip->bits;
	return key;
}

/* ---- domains ----------------------------------------------------------- */

/* Letters, digits, hyphens (RFC 952, RFC 1123 section 2.1), lower case; no
 * final dot. The last label is not all digits: that would be an address. */
static int
check_ldh(
    const char *name, size_t len, unsigned *ret_labels, const char **ret_fault)
{
	size_t start = 0;
	unsigned labels = 0;
	bool digits = true;

	if (len == 0 || len > DOMAIN_MAX) {
		*ret_fault =
		    len == 0 ? "no domain" : "domain is longer than 253 octets";
		return len == 0 ? ERR_FORMAT : ERR_RANGE;
	}
	for (size_t i = 0; i <= len; i++) {
		char c = i < len ? name[i] : '.';

		if (c == '.') {
			if (i == start) {
				*ret_fault = "an empty label";
				return ERR_FORMAT;
			}
			if (i - start > LABEL_MAX) {
				*ret_fault = "a label is longer than "
					     "63 octets";
				return ERR_RANGE;
			}
			if (name[start] == '-' || name[i - 1] == '-') {
				*ret_fault = "a label begins or ends with "
					     "a hyphen";
				return ERR_FORMAT;
			}
			labels++;
			start = i + 1;
			digits = i == len ? digits : true;
		} else if ((c >= 'a' && c <= 'z') || c == '-') {
			digits = false;
		} else if (c < '0' || c > '9') {
			*ret_fault = "a domain has letters, digits and "
				     "hyphens only";
			return ERR_FORMAT;
		}
	}
	if (digits) {
		*ret_fault = "the last label is all digits";
		return ERR_FORMAT;
	}
	*ret_labels = labels;
	return 0;
}

/* NAME to lower case A-labels, without its final dot. OUT: DOMAIN_MAX + 1. */
static int
fold_domain(
    struct span name, char *out, unsigned *ret_labels, const char **ret_fault)
{
	char utf8[INPUT_MAX + 1];
	char *ascii = NULL;
	bool plain = true;
	size_t n;
	int r;

	if (name.len > INPUT_MAX) {
		*ret_fault = "too long";
		return ERR_RANGE;
	}
	for (size_t i = 0; i < name.len; i += n) {
		n = text_utf8(name.at + i, name.len - i);
		if (n == 0 || name.at[i] == '\0') {
			*ret_fault = "not UTF-8 text";
			return ERR_FORMAT;
		}
		plain = plain && n == 1;
		utf8[i] = text_lower(name.at[i]);
		memcpy(utf8 + i + 1, name.at + i + 1, n - 1);
	}
	utf8[name.len] = '\0';
	if (!plain) {
		/* IDNA 2008 by way of UTS 46, as browsers and mailers do */
		r = idn2_to_ascii_8z(
		    utf8, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
		if (r != IDN2_OK) {
			*ret_fault = idn2_strerror(r);
			return r == IDN2_MALLOC ? ERR_NOMEM : ERR_FORMAT;
		}
		/* The library lets '_' and more through, with or without
		 * STD3 rules: what it gives is checked like anything else. */
		n = strlen(ascii);
		if (n > INPUT_MAX) {
			idn2_free(ascii);
			*ret_fault = "too long";
			return ERR_RANGE;
		}
		for (size_t i = 0; i <= n; i++) {
			utf8[i] = text_lower(ascii[i]);
		}
		idn2_free(ascii);
	}
	n = strlen(utf8);
	if (n > 1 && utf8[n - 1] == '.') {
		utf8[--n] = '\0';
	}
	r = check_ldh(utf8, n, ret_labels, ret_fault);
	if (r == 0) {
		memcpy(out, utf8, n + 1);
	}
	return r;
}

static int
parse_domain(struct span s, struct zone_key *key, struct err_text *why)
{
	const char *mark = span_starts(s, "*.") ? "*."
	    : span_starts(s, ".")               ? "."
						: "";
	size_t n = strlen(mark);
	const char *fault = "";
	char shown[80];
	unsigned labels;
	int r;

	r = fold_domain(
	    span(s.at + n, s.len - n), key->text + n, &labels, &fault);
	if (r < 0) {
		text_printable_in(shown, sizeof(shown), s.at, s.len);
		return err_say(why, r,
		    "%s: %s, expected a domain: d.example, .d.example or "
		    "*.d.example",
		    shown, fault);
	}
	memcpy(key->text, mark, n);
	return 0;
}

/* ---- e-mail addresses -------------------------------------------------- */

/* RFC 5322 section 3.2.3 */
static bool
atext(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
dot_atom(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i + 1 == len || s[i - 1] == '.';

		if (s[i] == '.' ? edge : !atext(s[i])) {
			return false;
		}
	}
	return len > 0;
}

/* Where the quoted string at S ends (behind its quote), 0: nowhere. What it
 * says goes to OUT (LOCAL_MAX bytes), in *ret_len. RFC 5321 section 4.1.2. */
static size_t
unquote(struct span s, char *out, size_t *ret_len)
{
	size_t k = 0;

	for (size_t i = 1; i < s.len; i++) {
		char c = s.at[i];

		if (c == '"') {
			*ret_len = k;
			return i + 1;
		}
		if (c == '\\' && i + 1 < s.len) {
			c = s.at[++i];
		}
		if (c < 0x20 || c > 0x7e || k == LOCAL_MAX) {
			return 0;
		}
		out[k++] = c;
	}
	return 0;
}

/* One spelling for every local part that means the same: quotes only where
 * they must be, lower case. Returns how much of S it took, or <0. */
static int
fold_local(struct span s, char *out, size_t *ret_len, const char **ret_fault)
{
	char plain[LOCAL_MAX];
	size_t took, len = 0, k = 0;
	bool quoted = s.len > 0 && s.at[0] == '"';

	if (quoted) {
		took = unquote(s, plain, &len);
		if (took == 0 || len == 0) {
			*ret_fault = "the quoted part before '@' is not right";
			return ERR_FORMAT;
		}
	} else {
		const char *at = memrchr(s.at, '@', s.len);

		took = at != NULL ? (size_t)(at - s.at) : 0;
		if (took == 0) {
			*ret_fault = "nothing before '@'";
			return ERR_FORMAT;
		}
	}
	if (took > LOCAL_MAX) {
		*ret_fault = "more than 64 octets before '@'";
		return ERR_RANGE;
	}
	if (!quoted) {
		memcpy(plain, s.at, took);
		len = took;
	}
	quoted = !dot_atom(plain, len);
	if (quoted && s.at[0] != '"') {
		*ret_fault = "the part before '@' is no dot-atom, and not "
			     "quoted";
		return ERR_FORMAT;
	}
	if (quoted) {
		out[k++] = '"';
	}
	for (size_t i = 0; i < len; i++) {
		if (plain[i] == '"' || plain[i] == '\\') {
			out[k++] = '\\';
		}
		out[k++] = text_lower(plain[i]);
	}
	if (quoted) {
		out[k++] = '"';
	}
	*ret_len = k;
	return (int)took;
}

static void
set_digest(struct zone_key *key, const struct digest *d)
{
	size_t i = 0;
	char hex[65];

	while (digests[i].len != d->len) {
		i++;
	}
	key->digest.len = d->len;
	memcpy(key->digest.bytes, d->bytes, d->len);
	digest_hex(d->bytes, d->len, hex);
	snprintf(key->text, sizeof(key->text), "%s%s", digests[i].name, hex);
}

/* S is a bare digest, in some spelling. */
static bool
parse_digest(struct span s, struct zone_key *key)
{
	struct digest found[3], zeroed = { .len = 0 };
	uint8_t want = 0;
	unsigned n;

	for (size_t i = 0; i < 3; i++) {
		if (span_starts(s, digests[i].name)) {
			size_t skip = strlen(digests[i].name);

			want = digests[i].len;
			s = span(s.at + skip, s.len - skip);
			break;
		}
	}
	found[0] = found[1] = found[2] = zeroed;
	n = digest_of_label(s.at, s.len, found);
	if (digest_unhex(s.at, s.len, found[n].bytes, 32)) {
		found[n++].len = 32; /* no label can hold it, people can */
	}
	for (unsigned i = 0; i < n; i++) {
		if (want == 0 || found[i].len == want) {
			set_digest(key, &found[i]);
			return true;
		}
	}
	return false;
}

static int
parse_address(struct span s, struct zone_key *key, struct err_text *why)
{
	/* A quote or backslash takes two octets of text: 64 of them fit. */
	char local[2 * LOCAL_MAX + 2], domain[DOMAIN_MAX + 1], shown[80];
	const char *fault = "";
	unsigned labels;
	size_t len;
	int r;

	text_printable_in(shown, sizeof(shown), s.at, s.len);
	if (memchr(s.at, '@', s.len) == NULL) {
		if (parse_digest(s, key)) {
			return 0;
		}
		return err_say(why, ERR_FORMAT,
		    "%s: not an e-mail address or digest, expected "
		    "local@domain, md5:HEX, sha1:HEX or sha256:HEX",
		    shown);
	}
	r = fold_local(s, local, &len, &fault);
	if (r >= 0) {
		size_t at = (size_t)r;

		if (at >= s.len || s.at[at] != '@') {
			fault = "no '@' behind the quoted part";
			r = ERR_FORMAT;
		} else {
			r = fold_domain(span(s.at + at + 1, s.len - at - 1),
			    domain, &labels, &fault);
		}
	}
	if (r == 0 && labels < 2) {
		fault = "the domain needs two labels at least";
		r = ERR_RANGE;
	}
	if (r == 0 && len + 1 + strlen(domain) >= sizeof(key->text)) {
		fault = "too long";
		r = ERR_RANGE;
	}
	if (r < 0) {
		return err_say(
		    why, r, "%s: %s, expected local@domain", shown, fault);
	}
	memcpy(key->text, local, len);
	key->text[len] = '@';
	memcpy(key->text + len + 1, domain, strlen(domain) + 1);
	return 0;
}

/* ---- any kind ---------------------------------------------------------- */

int
zone_key_parse(enum zone_kind kind, struct span s, struct zone_key *ret_key,
    struct err_text *why)
{
	struct zone_key key;
	int r = ERR_FORMAT;

	/* Padding too: keys are copied, hashed and compared as bytes. */
	memset(&key, 0, sizeof(key));
	key.kind = kind;
	if (s.len == 0) {
		return err_say(why, r, "an empty %s key", zone_kind_name(kind));
	}
	if (s.len > INPUT_MAX) {
		return err_say(why, ERR_RANGE,
		    "a key of %zu octets: longer "
		    "than any can be",
		    s.len);
	}
	switch (kind) {
	case ZONE_KIND_IP: r = parse_ip(s, &key, why); break;
	case ZONE_KIND_ADDRESS: r = parse_address(s, &key, why); break;
	case ZONE_KIND_DOMAIN: r = parse_domain(s, &key, why); break;
	}
	if (r == 0) {
		memcpy(ret_key, &key, sizeof(key));
	}
	return r;
}

enum zone_kind
zone_key_guess(struct span s)
{
	struct zone_key unused;
	bool digits = s.len > 0;

	if (s.len == 0) {
		return ZONE_KIND_DOMAIN;
	}
	memset(&unused, 0, sizeof(unused));
	if (memchr(s.at, '@', s.len) != NULL || parse_digest(s, &unused)) {
		return ZONE_KIND_ADDRESS;
	}
	for (size_t i = 0; i < 3; i++) {
		if (span_starts(s, digests[i].name)) {
			return ZONE_KIND_ADDRESS; /* meant as one */
		}
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == ':' || c == '/') {
			return ZONE_KIND_IP;
		}
		digits = digits && (c == '.' || (c >= '0' && c <= '9'));
	}
	return digits ? ZONE_KIND_IP : ZONE_KIND_DOMAIN;
}

char *
zone_key_format(char *out, const struct zone_key *key)
{
	char ip[NET_IP_TEXT];

	if (key->kind != ZONE_KIND_IP) {
		snprintf(out, ZONE_KEY_TEXT, "%s", key->text);
	} else if (key->ip.plen == key->ip.ip.bits) {
		snprintf(
		    out, ZONE_KEY_TEXT, "%s", net_ip_format(ip, &key->ip.ip));
	} else {
		snprintf(out, ZONE_KEY_TEXT, "%s/%u",
		    net_ip_format(ip, &key->ip.ip), (unsigned)key->ip.plen);
	}
	return out;
}

static void
reverse(char *out, const struct net_ip *ip)
{
	const uint8_t *b = ip->bytes;
	char *p = out;

	if (ip->bits == 32) {
		snprintf(
		    out, ZONE_KEY_TEXT, "%u.%u.%u.%u", b[3], b[2], b[1], b[0]);
		return;
	}
	for (unsigned i = 32; i-- > 0;) {
		unsigned v = i % 2 == 0 ? b[i / 2] >> 4 : b[i / 2] & 15u;

		*p++ = "0123456789abcdef"[v];
		*p++ = '.';
	}
	p[-1] = '\0';
}

char *
zone_key_qname(char *out, const struct zone_key *key)
{
	struct digest d = key->digest;

	out[0] = '\0';
	switch (key->kind) {
	case ZONE_KIND_IP:
		if (key->ip.plen == key->ip.ip.bits) {
			reverse(out, &key->ip.ip);
		}
		break;
	case ZONE_KIND_ADDRESS:
		if (d.len == 0) {
			d = digest_of(
			    DIGEST_SHA1, key->text, strlen(key->text));
		}
		if (d.len == 32) {
			digest_base32(d.bytes, d.len, out);
		} else {
			digest_hex(d.bytes, d.len, out);
		}
		break;
	case ZONE_KIND_DOMAIN:
		if (key->text[0] != '*') {
			snprintf(out, ZONE_KEY_TEXT, "%s",
			    key->text + (key->text[0] == '.' ? 1 : 0));
		}
		break;
	}
	return out;
}

int
zone_key_compare(const struct zone_key *a, const struct zone_key *b)
{
	int r;

	if (a->kind != b->kind) {
		return a->kind < b->kind ? -1 : 1;
	}
	if (a->kind == ZONE_KIND_DOMAIN) {
		return zone_domain_compare(a->text, b->text);
	}
	if (a->kind != ZONE_KIND_IP) {
		char x[ZONE_NAME_TEXT], y[ZONE_NAME_TEXT];

		zone_key_name(a->text, x);
		zone_key_name(b->text, y);
		return strcmp(x, y);
	}
	if (a->ip.ip.bits != b->ip.ip.bits) {
		return a->ip.ip.bits < b->ip.ip.bits ? -1 : 1;
	}
	r = memcmp(a->ip.ip.bytes, b->ip.ip.bytes, 16);
	return r != 0 ? r : (int)a->ip.plen - (int)b->ip.plen;
}
