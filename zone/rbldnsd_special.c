/* rbldnsd_special.c - the lines with "$" of rbldnsd's files: parts, variables,
 * limits and age. */
#include <time.h>

#include "base/when.h"
#include "zone/rbldnsd_priv.h"

struct span
zone_rbldnsd_word(struct span *s)
{
	struct span w = *s;
	size_t n = 0;

	while (n < s->len && s->at[n] != ' ' && s->at[n] != '\t') {
		n++;
	}
	w.len = n;
	*s = span_trim(span(s->at + n, s->len - n));
	return w;
}

#define DEFAULT_CODE 0x7f000002

static const struct {
	const char *name;
	enum rbldnsd_type type;
	unsigned kinds; /* of lists that take it */
} types[] = {
#define IP ZONE_FORMAT_KIND(ZONE_KIND_IP)
#define NAMES                                 \
	(ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN) | \
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS))
	{ "ip4set", RBLDNSD_IP4SET, IP },
	{ "ip4tset", RBLDNSD_IP4TSET, IP },
	{ "ip4trie", RBLDNSD_IP4TRIE, IP },
	{ "ip6tset", RBLDNSD_IP6TSET, IP },
	{ "ip6trie", RBLDNSD_IP6TRIE, IP },
	{ "dnset", RBLDNSD_DNSET, NAMES },
	{ "generic", RBLDNSD_GENERIC, IP | NAMES },
	{ "combined", RBLDNSD_COMBINED, IP | NAMES },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* ---- parts ------------------------------------------------------------------
 */

void
zone_rbldnsd_start(struct rbldnsd *r, enum rbldnsd_type type, bool taken)
{
	r->type = type;
	r->taken = taken;
	r->started = true;
	r->begun = r->said = r->fresh = false;
	r->bad_line = 0;
	buf_clear(&r->raw);
	r->words.code = DEFAULT_CODE;
	r->vars = r->global;
}

bool
zone_rbldnsd_type(
    struct span name, enum rbldnsd_type *ret_type, unsigned *ret_kinds)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (span_is(name, types[i].name)) {
			*ret_type = types[i].type;
			*ret_kinds = types[i].kinds;
			return true;
		}
	}
	return false;
}

/* ---- lines with "$"
 * ---------------------------------------------------------- */

static bool
same_name(struct span s, const char *name)
{
	while (s.len > 1 && s.at[s.len - 1] == '.') {
		s.len--;
	}
	return span_is(s, name);
}

/* "$DATASET type[:name] subzone..." */
static int
dataset(struct zone_format_in *in, struct span s, struct err_text *why)
{
	const char *want = in->about.subzone != NULL ? in->about.subzone : "@";
	struct rbldnsd *r = in->own;
	struct span type, name = span("", 0), sub;
	char shown[ZONE_FORMAT_SHOWN];
	const char *colon;
	enum rbldnsd_type found;
	bool taken = false, known;
	unsigned kinds = 0;

	for (size_t k = 0; k < s.len; k++) { /* a comment behind a blank */
		if ((s.at[k] == '#' || s.at[k] == ';') &&
		    (k == 0 || s.at[k - 1] == ' ' || s.at[k - 1] == '\t')) {
			s = span_trim(span(s.at, k));
		}
	}
	if (r->may_start) {
		r->file = RBLDNSD_COMBINED;
		r->may_start = false;
		r->global = r->vars;
	}
	if (r->file != RBLDNSD_COMBINED) {
		return err_say(why, ERR_FORMAT,
		    "$DATASET, but the file is not of type \"combined\"%s",
		    r->begun ? ", since it began with entries" : "");
	}
	type = zone_rbldnsd_word(&s);
	colon = type.len > 0 ? memchr(type.at, ':', type.len) : NULL;
	if (colon != NULL) {
		name =
		    span(colon + 1, type.len - (size_t)(colon + 1 - type.at));
		type.len = (size_t)(colon - type.at);
	}
	known = zone_rbldnsd_type(type, &found, &kinds) &&
	    found != RBLDNSD_COMBINED;
	/* What follows belongs to no part that could be understood. */
	zone_rbldnsd_start(r, RBLDNSD_GUESS, false);
	if (!known) {
		return err_say(why, ERR_FORMAT,
		    "$DATASET \"%s\" is not understood; expected %s",
		    zone_format_shown(shown, type), RBLDNSD_TYPES);
	}
	while ((sub = zone_rbldnsd_word(&s)).len > 0) {
		taken = taken || same_name(sub, want);
		if (r->parts.len < 200) {
			buf_str(&r->parts, r->parts.len > 0 ? ", " : "");
			text_printable(&r->parts, sub.at, sub.len);
		}
	}
	if (in->about.dataset != NULL) {
		taken = span_is(name, in->about.dataset) &&
		    (in->about.subzone == NULL || taken);
	}
	r->found_part = r->found_part || taken;
	zone_rbldnsd_start(
	    r, found, taken && (kinds & ZONE_FORMAT_KIND(in->about.kind)) != 0);
	in->ignored++;
	return 0;
}

/* "$0 text" to "$9 text" and "$= text": the first one counts. */
static int
variable(
    struct zone_format_in *in, unsigned v, struct span s, struct err_text *why)
{
	struct rbldnsd *r = in->own;

	if (s.len == 0) {
		return err_say(why, ERR_FORMAT, "expected a text");
	}
	if (r->vars.text[v] != NULL || (r->started && !r->taken)) {
		in->ignored++;
		return 0;
	}
	if (r->vars.missed[v] != 0) {
		return err_say(why, ERR_REFUSED,
		    "\"$%c\" is set here, but line %llu has read it already; "
		    "it must stand above",
		    v == RBLDNSD_BASE ? '=' : (char)('0' + v),
		    (unsigned long long)r->vars.missed[v]);
	}
	r->vars.text[v] = arena_copy(&r->arena, s.at, s.len);
	if (r->vars.text[v] == NULL) {
		return ERR_NOMEM;
	}
	if (!r->started) {
		r->global = r->vars;
	}
	r->fresh = false;
	return 0;
}

static int
max_range(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool slash = s.len > 0 && s.at[0] == '/';
	unsigned long n;

	if (slash) {
		s = span(s.at + 1, s.len - 1);
	}
	if (!text_number(s, slash ? 32 : UINT32_MAX, &n) ||
	    (n == 0 && !slash)) {
		return err_say(why, ERR_FORMAT,
		    "expected a number of addresses, or a prefix length such "
		    "as /24");
	}
	n = slash ? 1ul << (32 - n) : n;
	if (r->max_range4 == 0 || n < r->max_range4) {
		r->max_range4 = n;
	} else {
		in->ignored++; /* it can only shrink */
	}
	return 0;
}

/* yyyy:mm:dd[:hh[:mi[:ss]]], the delimiters ':' or '-' or nothing; "0" or "-":
 * not said. false: no time. */
static bool
stamp(struct span s, int64_t *ret)
{
	static const struct {
		unsigned width;
		int min, max;
	} parts[6] = { { 4, 1970, 9999 }, { 2, 1, 12 }, { 2, 1, 31 },
		{ 2, 0, 23 }, { 2, 0, 59 }, { 2, 0, 59 } };
	int v[6] = { 0 }, day;
	struct tm tm;
	size_t at = 0;

	if (s.len == 1 && strchr("0-:", s.at[0]) != NULL) {
		*ret = 0;
		return true;
	}
	for (unsigned i = 0; i < 6 && (i < 3 || at < s.len); i++) {
		unsigned n = 0;

		while (n < parts[i].width && at < s.len && s.at[at] >= '0' &&
		    s.at[at] <= '9') {
			v[i] = v[i] * 10 + (s.at[at++] - '0');
			n++;
		}
		if (n == 0 || v[i] < parts[i].min || v[i] > parts[i].max) {
			return false;
		}
		if (at < s.len && (s.at[at] == ':' || s.at[at] == '-')) {
			at++;
		}
	}
	tm = (struct tm){ .tm_year = v[0] - 1900,
		.tm_mon = v[1] - 1,
		.tm_mday = v[2],
		.tm_hour = v[3],
		.tm_min = v[4],
		.tm_sec = v[5] };
	day = tm.tm_mday;
	*ret = timegm(&tm);
	return at == s.len && tm.tm_mday == day; /* no 31 February */
}

static int
timestamp(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct span first = zone_rbldnsd_word(&s),
		    second = zone_rbldnsd_word(&s);
	int64_t made, ends = 0, now = when_now(), length;
	char text[WHEN_TEXT];
	unsigned long n;

	if (!stamp(first, &made) || s.len > 0) {
		goto wrong;
	}
	if (second.len > 0 && second.at[0] == '+') {
		second = span(second.at + 1, second.len - 1);
		if (text_number(second, INT32_MAX, &n)) {
			length = (int64_t)n;
		} else if (when_parse_duration(second, &length) < 0) {
			goto wrong;
		}
		if (made == 0 || length == 0) {
			goto wrong;
		}
		ends = made + length;
	} else if (second.len > 0 && !stamp(second, &ends)) {
		goto wrong;
	}
	if (in->whole.text[0] != '\0') {
		return 0;
	}
	if (made > now) {
		err_say(&in->whole, ERR_REFUSED,
		    "line %llu: $TIMESTAMP says that it was made at %s, which "
		    "is yet to come",
		    (unsigned long long)in->at, when_format(text, made));
	} else if (ends != 0 && ends < now) {
		err_say(&in->whole, ERR_REFUSED,
		    "line %llu: $TIMESTAMP says that it expired at %s",
		    (unsigned long long)in->at, when_format(text, ends));
	}
	return 0;
wrong:
	return err_say(why, ERR_FORMAT,
	    "expected $TIMESTAMP yyyy:mm:dd[:hh[:mi[:ss]]], and perhaps the "
	    "same or +TIME for its end");
}

int
zone_rbldnsd_special(struct zone_format_in *in, struct span s, bool comment,
    struct err_text *why)
{
	static const char *const ignored[] = { "$SOA", "$NS", "$NAMESERVER",
		"$TTL" };
	char shown[ZONE_FORMAT_SHOWN];
	struct span first = zone_rbldnsd_word(&s);

	if (first.len == 2 && s.len > 0 &&
	    ((first.at[1] >= '0' && first.at[1] <= '9') ||
		first.at[1] == '=')) {
		return variable(in,
		    first.at[1] == '=' ? RBLDNSD_BASE
				       : (unsigned)(first.at[1] - '0'),
		    s, why);
	}
	if (span_is(first, "$DATASET")) {
		return dataset(in, s, why);
	}
	if (span_is(first, "$MAXRANGE4")) {
		return max_range(in, s, why);
	}
	if (span_is(first, "$TIMESTAMP")) {
		return timestamp(in, s, why);
	}
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (span_is(first, ignored[i])) {
			in->ignored++;
			return 0;
		}
	}
	if (comment) { /* "#$Id$": no word of rbldnsd's */
		return 0;
	}
	return err_say(why, ERR_FORMAT,
	    "\"%s\" is not understood; of the lines with \"$\", $0 to $9, $=, "
	    "$DATASET, $MAXRANGE4, $TIMESTAMP, $SOA, $NS and $TTL are",
	    zone_format_shown(shown, first));
}
