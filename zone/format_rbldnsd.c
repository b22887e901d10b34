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

#include "zone/guard.h"
#include "zone/rbldnsd_priv.h"

/* ---- a file ----------------------------------------------------------------
 */

static int
begin(struct zone_format_in *in, struct err_text *why)
{
	struct rbldnsd *r = calloc(1, sizeof(*r));
	enum rbldnsd_type type =
	    in->about.kind == ZONE_KIND_IP ? RBLDNSD_GUESS : RBLDNSD_DNSET;
	const char *name = in->about.type;
	unsigned kinds = ZONE_FORMAT_KIND(in->about.kind);

	in->own = r;
	if (r == NULL) {
		return ERR_NOMEM;
	}
	r->may_start = name == NULL;
	if (name != NULL && !zone_rbldnsd_type(span_str(name), &type, &kinds)) {
		return err_say(why, ERR_REFUSED,
		    "no rbldnsd data set is of type \"%s\"; expected %s or "
		    "combined",
		    name, RBLDNSD_TYPES);
	}
	if ((kinds & ZONE_FORMAT_KIND(in->about.kind)) == 0) {
		return err_say(why, ERR_REFUSED,
		    "type \"%s\" is not for lists of kind %s", name,
		    zone_kind_name(in->about.kind));
	}
	r->file = type;
	if (type != RBLDNSD_COMBINED) {
		zone_rbldnsd_start(r, type, true);
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

/* ---- defaults
 * ----------------------------------------------------------------- */

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
		rc = zone_rbldnsd_expand(raw, &r->vars, in->at, &r->scratch, w);
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

/* ---- entries
 * ------------------------------------------------------------------- */

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
entry4(
    struct zone_format_in *in, struct span s, bool hole, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	bool set = r->type == RBLDNSD_IP4SET || r->type == RBLDNSD_GUESS;
	struct zone_format_line line = {
		.exempt = hole, .is_ip = true, .first = true
	};
	struct rbldnsd_ip4 range;
	bool more;
	int rc;

	rc = zone_rbldnsd_ip4(s, set, in->about.host_bits, &range, &s, why);
	if (rc < 0) {
		return rc;
	}
	if (r->type == RBLDNSD_IP4TSET && (hole || range.from != range.to)) {
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
		rc = set ? zone_rbldnsd_seen(r, &line.ip) : 0;
		if (rc == 0) {
			rc = zone_format_found(in, &line, why);
		}
	} while (more && rc == 0);
	return rc;
}

static int
entry6(
    struct zone_format_in *in, struct span s, bool hole, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct zone_format_line line = {
		.exempt = hole, .is_ip = true, .first = true
	};
	int rc;

	rc = zone_rbldnsd_ip6(s, in->about.host_bits, &line.ip, &s, why);
	if (rc < 0) {
		return rc;
	}
	if (r->type == RBLDNSD_IP6TSET && line.ip.plen != (hole ? 128 : 64)) {
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
entry_name(
    struct zone_format_in *in, struct span s, bool hole, struct err_text *why)
{
	struct zone_format_line line = { .exempt = hole, .first = true };
	struct rbldnsd *r = in->own;
	struct zone_key key;
	const char *text;
	int rc;

	line.key = zone_rbldnsd_word(&s);
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

		return zone_rbldnsd_special(in,
		    dollar ? s : span(s.at + 1, s.len - 1),
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

#define ALL                                       \
	(ZONE_FORMAT_KIND(ZONE_KIND_IP) |         \
	    ZONE_FORMAT_KIND(ZONE_KIND_ADDRESS) | \
	    ZONE_FORMAT_KIND(ZONE_KIND_DOMAIN))

const struct zone_format zone_format_rbldnsd = {
	.name = "rbldnsd",
	.about = "rbldnsd data: prefixes with \"!\" holes, names, SHA-1 labels",
	.reads = ALL,
	.writes = ALL,
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
