/* format_rbldnsd.c - the data files of rbldnsd(8).
 *
 *	KEY [:A:TEXT]   listed; A may be "127.0.0.4" or "4"
 *	!KEY            a hole
 *	:A:TEXT         what the following lines say when they say nothing
 *	$NAME ...       about the file: variables, parts, limits, age
 *
 * What each means is decided by the program itself: tests/flow/rbldnsd.sh
 * loads the same files into both and compares the answers. Where we differ on
 * purpose is listed in rblctl(8), "Moving from rbldnsd".
 */
#include <stdlib.h>
#include <time.h>

#include "base/when.h"
#include "zone/guard.h"
#include "zone/rbldnsd_priv.h"

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
#define TYPE_NAMES \
	"ip4set, ip4tset, ip4trie, ip6tset, ip6trie, dnset or generic"

/* ---- parts ------------------------------------------------------------------ */

static void
start_part(struct rbldnsd *r, enum rbldnsd_type type, bool taken)
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

static int
begin(struct zone_format_in *in, struct err_text *why)
{
	struct rbldnsd *r = calloc(1, sizeof(*r));
	enum rbldnsd_type type = in->about.kind == ZONE_KIND_IP
	    ? RBLDNSD_GUESS
	    : RBLDNSD_DNSET;
	const char *name = in->about.type;

	in->own = r;
	if (r == NULL) {
		return ERR_NOMEM;
	}
	r->seen = calloc(RBLDNSD_SEEN_WORDS, sizeof(*r->seen));
	if (r->seen == NULL) {
		return ERR_NOMEM;
	}
	r->may_start = name == NULL;
	for (size_t i = 0; name != NULL; i++) {
		if (i == TYPES) {
			return err_say(why, ERR_REFUSED,
			    "no rbldnsd data set is of type \"%s\"; expected "
			    "%s or combined",
			    name, TYPE_NAMES);
		}
		if (!span_is(span_str(name), types[i].name)) {
			continue;
		}
		if ((types[i].kinds & ZONE_FORMAT_KIND(in->about.kind)) == 0) {
			return err_say(why, ERR_REFUSED,
			    "type \"%s\" is not for lists of kind %s", name,
			    zone_kind_name(in->about.kind));
		}
		type = types[i].type;
		break;
	}
	r->file = type;
	if (type != RBLDNSD_COMBINED) {
		start_part(r, type, true);
	}
	if (type != RBLDNSD_COMBINED && name != NULL &&
	    (in->about.subzone != NULL || in->about.dataset != NULL)) {
		return err_say(why, ERR_REFUSED,
		    "only a file of type \"combined\" has subzones and named "
		    "data sets");
	}
	return 0;
}

static void
fini(struct zone_format_in *in)
{
	struct rbldnsd *r = in->own;

	if (r != NULL) {
		arena_free(&r->arena);
		buf_free(&r->raw);
		buf_free(&r->words.text);
		buf_free(&r->own.text);
		buf_free(&r->scratch);
		buf_free(&r->parts);
		free(r->seen);
		free(r->later);
		free(r->records);
		free(r);
		in->own = NULL;
	}
}

/* ---- lines with "$" ---------------------------------------------------------- */

static struct span
word(struct span *s)
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
	bool taken = false;
	size_t i = 0;

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
	type = word(&s);
	colon = type.len > 0 ? memchr(type.at, ':', type.len) : NULL;
	if (colon != NULL) {
		name = span(colon + 1, type.len - (size_t)(colon + 1 - type.at));
		type.len = (size_t)(colon - type.at);
	}
	while (i < TYPES &&
	    (types[i].type == RBLDNSD_COMBINED ||
		!span_is(type, types[i].name))) {
		i++;
	}
	/* What follows belongs to no part that could be understood. */
	start_part(r, RBLDNSD_GUESS, false);
	if (i == TYPES) {
		return err_say(why, ERR_FORMAT,
		    "$DATASET \"%s\" is not understood; expected %s",
		    zone_format_shown(shown, type), TYPE_NAMES);
	}
	while ((sub = word(&s)).len > 0) {
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
	start_part(r, types[i].type,
	    taken &&
		(types[i].kinds & ZONE_FORMAT_KIND(in->about.kind)) != 0);
	in->ignored++;
	return 0;
}

/* "$0 text" to "$9 text" and "$= text": the first one counts. */
static int
variable(struct zone_format_in *in, unsigned v, struct span s,
    struct err_text *why)
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
	struct span first = word(&s), second = word(&s);
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

static int
special(struct zone_format_in *in, struct span s, bool comment,
    struct err_text *why)
{
	static const char *const ignored[] = { "$SOA", "$NS", "$NAMESERVER",
		"$TTL" };
	char shown[ZONE_FORMAT_SHOWN];
	struct span first = word(&s);

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

/* ---- defaults ----------------------------------------------------------------- */

static int
defaults(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool once = r->type == RBLDNSD_IP4TSET || r->type == RBLDNSD_IP6TSET;
	struct rbldnsd_value value;
	int rc;

	if (r->type == RBLDNSD_GENERIC) {
		return err_say(why, ERR_FORMAT,
		    "a generic data set has no defaults; expected a name, a "
		    "type and its data");
	}
	r->may_start = false;
	if (once && r->said) {
		in->ignored++; /* the first one is for all */
		return 0;
	}
	if (once && r->begun) {
		return err_say(why, ERR_REFUSED,
		    "the value of all entries must stand above the first");
	}
	rc = zone_rbldnsd_value(s, &value, why);
	if (rc == 0) {
		rc = zone_guard_code(value.code, why);
	}
	if (rc < 0) {
		r->bad_line = in->at;
		return rc;
	}
	r->bad_line = 0;
	r->said = true;
	r->fresh = false;
	r->words.code = value.code;
	buf_clear(&r->raw);
	buf_add(&r->raw, value.text.at, value.text.len);
	return r->raw.bad ? ERR_NOMEM : 0;
}

/* What S, the rest of an entry's line, says. */
static int
words_of(struct zone_format_in *in, struct span s,
    struct zone_format_line *line, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool once = r->type == RBLDNSD_IP4TSET || r->type == RBLDNSD_IP6TSET;
	struct rbldnsd_words *w = &r->words;
	struct rbldnsd_value value = { 0 };
	struct span raw = span(r->raw.data, r->raw.len);
	int rc;

	r->begun = true;
	r->may_start = false;
	if (s.len > 0 && !once && s.at[0] != '#' && s.at[0] != ';') {
		if ((rc = zone_rbldnsd_value(s, &value, why)) < 0) {
			return rc;
		}
		w = &r->own;
		w->code = value.code != 0 ? value.code : r->words.code;
	}
	if (r->bad_line != 0 && (value.code == 0 || !value.said_text)) {
		return err_say(why, ERR_REFUSED,
		    "the default it needs, in line %llu, was refused",
		    (unsigned long long)r->bad_line);
	}
	if (w == &r->own) {
		rc = zone_rbldnsd_expand(value.said_text ? value.text : raw,
		    &r->vars, in->at, &r->scratch, w);
	} else if (!r->fresh) {
		rc = zone_rbldnsd_expand(
		    raw, &r->vars, in->at, &r->scratch, w);
		r->fresh = true;
		r->number++;
	} else {
		rc = 0;
	}
	line->code = w->code;
	line->template = w->template;
	line->reason = span(w->text.len > 0 ? w->text.data : "", w->text.len);
	line->words = w == &r->words ? r->number : 0;
	return rc;
}

/* ---- entries ------------------------------------------------------------------- */

static int
too_wide(const struct rbldnsd *r, const struct rbldnsd_ip4 *range,
    struct err_text *why)
{
	return err_say(why, ERR_REFUSED,
	    "%llu addresses, more than $MAXRANGE4 allows: %llu",
	    (unsigned long long)(range->to - range->from) + 1,
	    (unsigned long long)r->max_range4);
}

static int
entry4(struct zone_format_in *in, struct span s, bool hole,
    struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool set = r->type == RBLDNSD_IP4SET || r->type == RBLDNSD_GUESS;
	struct zone_format_line line = { .exempt = hole,
		.is_ip = true,
		.first = true };
	struct rbldnsd_ip4 range;
	bool more;
	int rc;

	rc = zone_rbldnsd_ip4(s, set, in->about.host_bits, &range, &s, why);
	if (rc < 0) {
		return rc;
	}
	if (r->type == RBLDNSD_IP4TSET &&
	    (hole || range.from != range.to)) {
		return err_say(why, ERR_FORMAT,
		    "an ip4tset has single addresses, without holes");
	}
	/* A hole lists nobody, however large it is. */
	if (r->max_range4 != 0 && !hole &&
	    (uint64_t)range.to - range.from >= r->max_range4) {
		return too_wide(r, &range, why);
	}
	if (!hole && (rc = words_of(in, span_trim(s), &line, why)) < 0) {
		return rc;
	}
	r->begun = true;
	r->may_start = false;
	do {
		more = zone_rbldnsd_ip4_next(&range, &line.ip);
		if (set && hole) {
			rc = zone_rbldnsd_hole(in, &line.ip, NULL);
			continue;
		}
		if (set) {
			zone_rbldnsd_seen(r, &line.ip);
		}
		rc = zone_format_found(in, &line, why);
	} while (more && rc == 0);
	return rc;
}

static int
entry6(struct zone_format_in *in, struct span s, bool hole,
    struct err_text *why)
{
	struct rbldnsd *r = in->own;
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct zone_format_line line = { .exempt = hole,
		.is_ip = true,
		.first = true };
	int rc;

	rc = zone_rbldnsd_ip6(s, in->about.host_bits, &line.ip, &s, why);
	if (rc < 0) {
		return rc;
	}
	if (r->type == RBLDNSD_IP6TSET &&
	    line.ip.plen != (hole ? 128 : 64)) {
		return err_say(why, ERR_FORMAT,
		    hole ? "a hole in an ip6tset is one address"
			 : "an ip6tset has /64s, written as four words");
	}
	if (line.ip.plen >= 96 && memcmp(line.ip.ip.bytes, mapped, 12) == 0) {
		return err_say(why, ERR_RANGE,
		    "an IPv4 address written as IPv6; list it as IPv4");
	}
	if (!hole && (rc = words_of(in, span_trim(s), &line, why)) < 0) {
		return rc;
	}
	r->begun = true;
	r->may_start = false;
	return zone_format_found(in, &line, why);
}

static int
entry_name(struct zone_format_in *in, struct span s, bool hole,
    struct err_text *why)
{
	struct zone_format_line line = { .exempt = hole, .first = true };
	struct rbldnsd *r = in->own;
	struct zone_key key;
	const char *text;
	int rc;

	line.key = word(&s);
	while (line.key.len > 1 && line.key.at[line.key.len - 1] == '.') {
		line.key.len--;
	}
	if (!hole) {
		rc = words_of(in, s, &line, why);
		return rc < 0 ? rc : zone_format_found(in, &line, why);
	}
	r->begun = true;
	r->may_start = false;
	rc = zone_key_parse(in->about.kind, line.key, &key, why);
	if (rc < 0) {
		return rc;
	}
	text = arena_str(&r->arena, key.text);
	return text == NULL ? ERR_NOMEM : zone_rbldnsd_hole(in, NULL, text);
}

static bool
is_default(const struct rbldnsd *r, struct span s)
{
	bool six = r->type == RBLDNSD_IP6TRIE || r->type == RBLDNSD_GUESS;

	return s.at[0] == ':' && !(six && s.len > 1 && s.at[1] == ':');
}

static int
rbldnsd_line(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool hole = false, six;

	if (s.at[0] == '$' ||
	    (s.len > 1 && s.at[1] == '$' && strchr("#;:", s.at[0]) != NULL)) {
		bool dollar = s.at[0] == '$';

		return special(in, dollar ? s : span(s.at + 1, s.len - 1),
		    !dollar && s.at[0] != ':', why);
	}
	if (s.at[0] == '#' || s.at[0] == ';') {
		return 0;
	}
	if (!r->started) {
		return err_say(why, ERR_FORMAT,
		    "expected $DATASET first: the file is of type "
		    "\"combined\"");
	}
	if (!r->taken) {
		in->not_taken++;
		return 0;
	}
	if (is_default(r, s)) {
		return defaults(in, s, why);
	}
	if (r->type == RBLDNSD_GENERIC) {
		r->begun = true;
		return zone_rbldnsd_record(in, s, why);
	}
	if (s.at[0] == '!') {
		hole = true;
		s = span_trim(span(s.at + 1, s.len - 1));
		if (s.len == 0) {
			return err_say(
			    why, ERR_FORMAT, "expected a key behind \"!\"");
		}
	}
	if (r->type == RBLDNSD_DNSET) {
		return entry_name(in, s, hole, why);
	}
	six = r->type == RBLDNSD_IP6TRIE || r->type == RBLDNSD_IP6TSET ||
	    (r->type == RBLDNSD_GUESS && zone_rbldnsd_is_ip6(s));
	return six ? entry6(in, s, hole, why) : entry4(in, s, hole, why);
}

static int
end(struct zone_format_in *in, struct err_text *why)
{
	struct rbldnsd *r = in->own;

	if (r->file == RBLDNSD_COMBINED && !r->found_part &&
	    in->whole.text[0] == '\0') {
		err_say(&in->whole, ERR_REFUSED,
		    "no $DATASET in it is for subzone \"%s\"%s%s; it has: %s",
		    in->about.subzone != NULL ? in->about.subzone : "@",
		    in->about.dataset != NULL ? " and named " : "",
		    in->about.dataset != NULL ? in->about.dataset : "",
		    r->parts.len > 0 ? r->parts.data : "none");
	}
	return zone_rbldnsd_end(in, why);
}

const struct zone_format zone_format_rbldnsd = {
	.name = "rbldnsd",
	.about = "rbldnsd data: prefixes with \"!\" holes, names, SHA-1 labels",
	.reads = IP | NAMES,
	.writes = IP | NAMES,
	.detail = true,
	.types = true,
	.whole_lines = true,
	.begin = begin,
	.line = rbldnsd_line,
	.end = end,
	.fini = fini,
	.entry = zone_rbldnsd_out_entry,
	.head = zone_rbldnsd_out_head,
};
