/* typed.c - what a visitor typed, read with good will. */
#include <stdio.h>

#include "www/cover.h"

#define TYPED_MAX 512

/* ---- names that are asked for in DNS --------------------------------------
 */

#define LABELS 33

/* Labels of S, first one first; 0: not so many, or an empty one. */
static unsigned
labels_of(struct span s, struct span label[LABELS])
{
	unsigned n = 0;

	while (s.len > 0) {
		const char *dot = memchr(s.at, '.', s.len);
		size_t len = dot != NULL ? (size_t)(dot - s.at) : s.len;

		if (n == LABELS || len == 0) {
			return 0;
		}
		label[n++] = span(s.at, len);
		len += dot != NULL;
		s = span(s.at + len, s.len - len);
	}
	return n;
}

/* Octets in reverse, all four or the first ones of a network. OUT has room
 * for 64 bytes. */
static bool
octets(const struct span *label, unsigned n, char out[64])
{
	unsigned long value;
	size_t used = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i < n && !text_number(label[n - 1 - i], 255, &value)) {
			return false;
		}
		used += (size_t)snprintf(out + used, 64 - used, "%lu%s",
		    i < n ? value : 0, i < 3 ? "." : "");
	}
	if (n < 4) {
		snprintf(out + used, 64 - used, "/%u", n * 8);
	}
	return true;
}

static bool
nibbles(const struct span *label, char out[64])
{
	size_t used = 0;

	for (unsigned i = 32; i-- > 0;) {
		char c = text_lower(label[i].at[0]);

		if (label[i].len != 1 ||
		    strchr("0123456789abcdef", c) == NULL) {
			return false;
		}
		out[used++] = c;
		if (i > 0 && i % 4 == 0) {
			out[used++] = ':';
		}
	}
	out[used] = '\0';
	return true;
}

/* What stands before a zone's name, back into a key as people write it. */
static bool
turn_around(struct span s, enum zone_kind kind, char out[64])
{
	struct span label[LABELS];
	unsigned n = labels_of(s, label);

	if (kind == ZONE_KIND_IP) {
		return n == 32 ? nibbles(label, out)
			       : n >= 1 && n <= 4 && octets(label, n, out);
	}
	if (n == 1 && label[0].len < 64) {
		snprintf(out, 64, "%.*s", (int)label[0].len, label[0].at);
		return true;
	}
	return false;
}

/* Is S a name below ZONE? *REST is what stands before it. */
static bool
below(struct span s, const char *zone, struct span *rest)
{
	size_t n = strlen(zone);

	if (s.len < n + 2 || !span_ends(s, zone) ||
	    s.at[s.len - n - 1] != '.') {
		return false;
	}
	*rest = span(s.at, s.len - n - 1);
	return true;
}

/* ---- what people paste ------------------------------------------------------
 */

static bool
all_of(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++) {
		if (strchr(set, s.at[i]) == NULL) {
			return false;
		}
	}
	return s.len > 0;
}

static struct span
cut_at(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++) {
		if (strchr(set, s.at[i]) != NULL) {
			return span(s.at, i);
		}
	}
	return s;
}

/* Quotes, brackets and points of a sentence, off both ends. */
static struct span
undress(struct span s)
{
	bool more = true;

	while (more) {
		more = false;
		s = span_trim(s);
		if (s.len > 1 && strchr("<(\"'`", s.at[0]) != NULL) {
			s = span(s.at + 1, s.len - 1);
			more = true;
		}
		if (s.len > 1 &&
		    strchr(">)\"'`,;!?", s.at[s.len - 1]) != NULL) {
			s.len--;
			more = true;
		}
	}
	return s;
}

/* The host of "scheme://user@host:port/path". */
static struct span
host_of(struct span s)
{
	struct span host = cut_at(s, "/?#\\");

	for (size_t i = host.len; i-- > 0;) {
		if (host.at[i] == '@') {
			return span(host.at + i + 1, host.len - i - 1);
		}
	}
	return host;
}

/* "[2001:db8::1]:25", "203.0.114.9:25", "example.org:443" without the rest. */
static struct span
no_port(struct span s)
{
	const char *colon = memchr(s.at, ':', s.len);
	const char *end;

	if (s.len > 2 && s.at[0] == '[' &&
	    (end = memchr(s.at, ']', s.len)) != NULL) {
		return span(s.at + 1, (size_t)(end - s.at) - 1);
	}
	if (colon != NULL && memchr(s.at, '.', (size_t)(colon - s.at)) &&
	    all_of(span(colon + 1, s.len - (size_t)(colon + 1 - s.at)),
		"0123456789")) {
		return span(s.at, (size_t)(colon - s.at));
	}
	return s;
}

static struct span
unwrap(struct span s)
{
	const char *scheme = span_find(s, "://");
	const char *slash;

	if (span_starts(s, "mailto:")) {
		return cut_at(span(s.at + 7, s.len - 7), "?&");
	}
	if (scheme != NULL && scheme > s.at &&
	    all_of(span(s.at, (size_t)(scheme - s.at)),
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789+.-")) {
		scheme += 3;
		return no_port(
		    host_of(span(scheme, s.len - (size_t)(scheme - s.at))));
	}
	slash = memchr(s.at, '/', s.len);
	if (slash != NULL && slash > s.at && s.at[0] != '[' &&
	    !all_of(span(s.at, (size_t)(slash - s.at)),
		"0123456789abcdefABCDEF:.") &&
	    memchr(s.at, '@', s.len) == NULL) {
		return no_port(host_of(s));
	}
	if (memchr(s.at, '@', s.len) == NULL) {
		return no_port(s);
	}
	return s;
}

/* "example[.]org" as "example.org", into OUT; too long is left as it is. */
static struct span
refang(struct span s, char out[TYPED_MAX])
{
	size_t n = 0;

	if (s.len >= TYPED_MAX) {
		return s;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.len - i >= 3 && memcmp(s.at + i, "[.]", 3) == 0) {
			i += 2;
			out[n++] = '.';
		} else {
			out[n++] = s.at[i];
		}
	}
	out[n] = '\0';
	return span(out, n);
}

int
www_key_typed(const struct zone_config *config, const char *q,
    struct zone_key *ret_key, struct err_text *why)
{
	static const char *const reverse[] = { "in-addr.arpa", "ip6.arpa" };
	char turned[64], plain[TYPED_MAX];
	struct span label[LABELS];
	struct span s = unwrap(undress(refang(span_str(q), plain)));
	struct span rest;

	if (s.len > 1 && s.at[s.len - 1] == '.') {
		s.len--; /* a name with its final dot */
	}
	for (size_t i = 0; i < config->n_zones; i++) {
		const struct zone_zone_conf *zone = &config->zones[i];

		if (!below(s, zone->name, &rest)) {
			continue;
		}
		if (zone->kind == ZONE_KIND_DOMAIN) {
			return zone_key_parse(zone->kind, rest, ret_key, why);
		}
		if (turn_around(rest, zone->kind, turned)) {
			return zone_key_parse(
			    zone->kind, span_str(turned), ret_key, why);
		}
	}
	for (unsigned i = 0; i < 2; i++) {
		if (below(s, reverse[i], &rest) &&
		    turn_around(rest, ZONE_KIND_IP, turned)) {
			return zone_key_parse(
			    ZONE_KIND_IP, span_str(turned), ret_key, why);
		}
	}
	if (labels_of(s, label) == 32 && nibbles(label, turned)) {
		s = span_str(turned);
	}
	return zone_key_parse(zone_key_guess(s), s, ret_key, why);
}
