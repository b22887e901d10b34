/* format_rbldnsd.c - the data files of rbldnsd(8), its simple lines.
 *
 * Written as a "combined" data set, so that the file keeps its type when the
 * first IPv6 entry comes: an ip4trie and an ip6trie part, where the longest
 * match wins as it does here; a dnset of names; or, for addresses, a dnset of
 * SHA-1 labels, one for each spelling that clients ask for.
 *
 *	KEY [:A:TEXT]   listed; A may be "127.0.0.4" or "4"
 *	!KEY            a hole
 *	:A:TEXT         what the following lines say when they say nothing
 *
 * Read: also 192.0.2 and 127/8 (octets left out), 2001:db8:1 (words left out).
 * Not yet: ranges, $0..$9 and $= templates, $TIMESTAMP, $MAXRANGE4.
 */
#include "zone/format.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- reading ------------------------------------------------------------- */

/* A value begins with "A" or "N" up to a colon; then the text. */
struct value {
	uint32_t code; /* 0: not said */
	bool said_text;
	struct span text;
};

static int
value_code(struct span s, uint32_t *ret_code, struct err_text *why)
{
	char full[32], shown[ZONE_FORMAT_SHOWN];
	unsigned long n;

	if (s.len == 0) {
		*ret_code = 0;
		return 0;
	}
	if (text_number(s, 255, &n)) {
		snprintf(full, sizeof(full), "127.0.0.%lu", n);
		s = span_str(full);
	}
	if (zone_code_parse(s, ret_code) < 0) {
		return err_say(why, ERR_FORMAT,
		    "\"%s\" is no A value; expected 127.x.y.z or one number",
		    zone_format_shown(shown, s));
	}
	return 0;
}

/* ":A:TEXT", ":A" or "TEXT". */
static int
value_parse(struct span s, struct value *ret, struct err_text *why)
{
	const char *colon;
	int r;

	*ret = (struct value){ 0 };
	if (s.len > 0 && s.at[0] == ':') {
		s = span(s.at + 1, s.len - 1);
		colon = memchr(s.at, ':', s.len);
		r = value_code(
		    span_trim(span(
			s.at, colon != NULL ? (size_t)(colon - s.at) : s.len)),
		    &ret->code, why);
		if (r < 0 || colon == NULL) {
			return r;
		}
		s = span(colon + 1, s.len - (size_t)(colon - s.at) - 1);
	}
	ret->said_text = true;
	ret->text = span_trim(s);
	if (ret->text.len > 0 && ret->text.at[0] == '=') {
		ret->text = span(ret->text.at + 1, ret->text.len - 1);
	}
	return 0;
}

/* Text as it is meant: "$$" is one dollar sign; made valid UTF-8. */
static struct span
plain_text(struct buf *scratch, struct span s)
{
	struct buf one = { 0 };

	buf_clear(scratch);
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '$' && i + 1 < s.len && s.at[i + 1] == '$') {
			i++;
		}
		buf_u8(&one, (unsigned char)s.at[i]);
	}
	if (one.len > 0) {
		text_to_utf8(scratch, one.data, one.len);
	}
	buf_free(&one);
	return span(scratch->len > 0 ? scratch->data : "", scratch->len);
}

static int
directive(struct zone_format_in *in, struct span s, struct err_text *why)
{
	static const char *const ignored[] = { "$SOA", "$NS", "$TTL" };
	static const struct {
		const char *type;
		enum zone_kind kind;
	} types[] = {
		{ "ip4set", ZONE_KIND_IP },
		{ "ip4tset", ZONE_KIND_IP },
		{ "ip4trie", ZONE_KIND_IP },
		{ "ip6tset", ZONE_KIND_IP },
		{ "ip6trie", ZONE_KIND_IP },
		{ "dnset", ZONE_KIND_DOMAIN },
	};
	char shown[ZONE_FORMAT_SHOWN];
	struct span word = s, type;
	size_t n = 0;

	while (n < s.len && s.at[n] != ' ' && s.at[n] != '\t') {
		n++;
	}
	word.len = n;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		if (span_is(word, ignored[i])) {
			in->ignored++;
			return 0;
		}
	}
	if (!span_is(word, "$DATASET")) {
		return err_say(why, ERR_FORMAT,
		    "\"%s\" is not understood; of the lines with \"$\", only "
		    "$SOA, $NS, $TTL and $DATASET are",
		    zone_format_shown(shown, word));
	}
	type = span_trim(span(s.at + n, s.len - n));
	for (n = 0; n < type.len && strchr(": \t", type.at[n]) == NULL;) {
		n++;
	}
	type.len = n;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		enum zone_kind kind = in->about.kind;

		if (!span_is(type, types[i].type)) {
			continue;
		}
		in->ignored++;
		in->code = 0; /* defaults end with their part */
		buf_clear(&in->text);
		in->wrong_part = kind == ZONE_KIND_IP
		    ? types[i].kind != ZONE_KIND_IP
		    : types[i].kind == ZONE_KIND_IP;
		return 0;
	}
	return err_say(why, ERR_FORMAT,
	    "$DATASET \"%s\" is not understood; expected ip4set, ip4tset, "
	    "ip4trie, ip6tset, ip6trie or dnset",
	    zone_format_shown(shown, type));
}

static unsigned
count(struct span s, char c)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.len; i++) {
		n += s.at[i] == c ? 1 : 0;
	}
	return n;
}

/* 192.0.2 -> 192.0.2.0/24, 127/8 -> 127.0.0.0/8, 2001:db8 -> 2001:db8::/32:
 * octets and words that were left out, into OUT. What needs nothing is passed
 * on as it is. */
static int
complete(struct span s, char out[ZONE_FORMAT_SHOWN], struct span *ret,
    struct err_text *why)
{
	const char *slash = memchr(s.at, '/', s.len);
	struct span addr =
	    span(s.at, slash != NULL ? (size_t)(slash - s.at) : s.len);
	struct span plen =
	    slash != NULL ? span(slash, s.len - addr.len) : span("", 0);
	bool six = count(addr, ':') > 0;
	unsigned have = count(addr, six ? ':' : '.') + 1, width = six ? 8 : 4;
	size_t n;

	*ret = s;
	if (count(s, '-') > 0) {
		return err_say(why, ERR_FORMAT,
		    "ranges (a-b) come later; expected an address or a prefix "
		    "such as 192.0.2.0/24");
	}
	if (have >= width || s.len > 45 || span_find(addr, "::") != NULL ||
	    (!six && (addr.len == 0 || addr.at[0] < '0' || addr.at[0] > '9'))) {
		return 0; /* whole, or nothing that could be completed */
	}
	if (have == 1 && plen.len == 0 && !six) {
		return err_say(why, ERR_FORMAT,
		    "\"%s\" alone is ambiguous; expected an address, or a "
		    "prefix such as 10/8",
		    zone_format_shown(out, addr));
	}
	n = (size_t)snprintf(out, 64, "%.*s", (int)addr.len, addr.at);
	if (six) {
		n += (size_t)snprintf(out + n, 64 - n, "::");
	} else {
		for (unsigned i = have; i < width; i++) {
			n += (size_t)snprintf(out + n, 64 - n, ".0");
		}
	}
	if (plen.len > 0) {
		n += (size_t)snprintf(
		    out + n, 64 - n, "%.*s", (int)plen.len, plen.at);
	} else {
		n += (size_t)snprintf(
		    out + n, 64 - n, "/%u", have * (six ? 16 : 8));
	}
	*ret = span(out, n);
	return 0;
}

static int
rbldnsd_line(struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct zone_format_line line = { 0 };
	struct value value = { 0 };
	struct net_prefix prefix;
	char completed[ZONE_FORMAT_SHOWN];
	struct span rest;
	size_t n = 0;
	int r;

	if (s.at[0] == '$' ||
	    (s.len > 1 && s.at[1] == '$' && strchr("#;:", s.at[0]) != NULL)) {
		return directive(
		    in, s.at[0] == '$' ? s : span(s.at + 1, s.len - 1), why);
	}
	if (s.at[0] == '#' || s.at[0] == ';') {
		return 0;
	}
	if (in->wrong_part) {
		return err_say(why, ERR_FORMAT,
		    "an entry of a part ($DATASET) for another kind of key");
	}
	while (n < s.len && s.at[n] != ' ' && s.at[n] != '\t') {
		n++;
	}
	/* ":2:text" is a value, but "::1" an address. */
	if (s.at[0] == ':' &&
	    (in->about.kind != ZONE_KIND_IP ||
		net_prefix_parse(span(s.at, n), &prefix) == ERR_FORMAT)) {
		if ((r = value_parse(s, &value, why)) < 0) {
			return r;
		}
		in->code = value.code;
		plain_text(&in->text, value.text);
		return in->text.bad ? ERR_NOMEM : 0;
	}
	if (s.at[0] == '!') {
		line.exempt = true;
		s = span_trim(span(s.at + 1, s.len - 1));
	}
	for (n = 0; n < s.len && strchr(" \t#;", s.at[n]) == NULL;) {
		n++;
	}
	line.key = span(s.at, n);
	rest = span_trim(span(s.at + n, s.len - n));
	if (n == 0) {
		return err_say(why, ERR_FORMAT, "expected a key");
	}
	if (in->about.kind == ZONE_KIND_IP &&
	    (r = complete(line.key, completed, &line.key, why)) < 0) {
		return r;
	}
	if (rest.len == 0 || rest.at[0] == '#' || rest.at[0] == ';') {
		/* the defaults */
	} else if ((r = value_parse(rest, &value, why)) < 0) {
		return r;
	}
	if (!line.exempt) {
		line.code = value.code != 0 ? value.code : in->code;
		line.reason = value.said_text
		    ? plain_text(&in->scratch, value.text)
		    : span(in->text.len > 0 ? in->text.data : "", in->text.len);
	}
	return in->scratch.bad ? ERR_NOMEM : zone_format_found(in, &line, why);
}

/* ---- writing ------------------------------------------------------------- */

/* One label of a dnset of digests. Text is in the body buffer. */
struct zone_format_label {
	char label[64];
	bool exempt;
	size_t at, len; /* its value in out->body */
};

enum { PART_NONE, PART_IP4, PART_IP6, PART_NAMES };

#define TXT_MAX 255 /* rbldnsd cuts a TXT there */

static void
put_text(struct buf *b, struct span reason)
{
	struct buf one = { 0 };

	zone_format_oneline(&one, reason, TXT_MAX);
	if (one.len > 0 && one.data[0] == '=') {
		buf_u8(b, '='); /* a first one is eaten */
	}
	for (size_t i = 0; i < one.len; i++) {
		if (one.data[i] == '$') {
			buf_u8(b, '$');
		}
		buf_u8(b, (unsigned char)one.data[i]);
	}
	b->bad = b->bad || one.bad;
	buf_free(&one);
}

/* " :A:TEXT" unless it is the list's own code without a text. */
static void
put_value(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char code[16];

	if (entry->code == 0 ||
	    (entry->code == out->about.code && detail->reason.len == 0)) {
		return;
	}
	buf_fmt(&out->body, " :%s:", zone_code_format(code, entry->code));
	put_text(&out->body, detail->reason);
}

static void
begin_part(struct zone_format_out *out, unsigned part)
{
	static const char *const types[] = { "", "ip4trie", "ip6trie",
		"dnset" };
	char code[16];

	if (out->part != part) {
		out->part = part;
		buf_fmt(&out->body, "$DATASET %s @\n:%s:\n", types[part],
		    zone_code_format(code, out->about.code));
	}
}

static void
add_label(struct zone_format_out *out, const struct digest *digest,
    const struct zone_entry *entry, size_t at, size_t len)
{
	struct zone_format_label *l;

	if (out->n_labels == out->cap_labels) {
		size_t cap = out->cap_labels == 0 ? 64 : out->cap_labels * 2;

		l = reallocarray(out->labels, cap, sizeof(*l));
		if (l == NULL) {
			out->failed = ERR_NOMEM;
			return;
		}
		out->labels = l;
		out->cap_labels = cap;
	}
	l = &out->labels[out->n_labels++];
	*l = (struct zone_format_label){
		.exempt = entry->code == 0, .at = at, .len = len
	};
	if (digest->len == 32) { /* 64 hex digits are no label */
		digest_base32(digest->bytes, digest->len, l->label);
	} else {
		digest_hex(digest->bytes, digest->len, l->label);
	}
}

/* Addresses are put in order only at the end: here their values go to the
 * body and their labels to an array. */
static void
address_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	struct zone_forms forms;
	size_t at = out->body.len, len;

	put_value(out, entry, detail);
	len = out->body.len - at;
	if (entry->key.digest.len > 0) {
		add_label(out, &entry->key.digest, entry, at, len);
		return;
	}
	zone_key_forms(&entry->key, &forms);
	for (unsigned i = 0; i < forms.n; i++) {
		struct digest digest = digest_of(
		    DIGEST_SHA1, forms.text[i], strlen(forms.text[i]));

		add_label(out, &digest, entry, at, len);
	}
}

static void
rbldnsd_entry(struct zone_format_out *out, const struct zone_entry *entry,
    const struct zone_detail *detail)
{
	char key[ZONE_KEY_TEXT];

	if (entry->key.kind == ZONE_KIND_ADDRESS) {
		address_entry(out, entry, detail);
		return;
	}
	begin_part(out,
	    entry->key.kind != ZONE_KIND_IP   ? PART_NAMES
		: entry->key.ip.ip.bits == 32 ? PART_IP4
					      : PART_IP6);
	buf_str(&out->body, entry->code == 0 ? "!" : "");
	buf_str(&out->body, zone_key_format(key, &entry->key));
	put_value(out, entry, detail);
	buf_u8(&out->body, '\n');
	out->entries++;
}

static int
label_order(const void *a, const void *b)
{
	const struct zone_format_label *x = a, *y = b;
	int r = strcmp(x->label, y->label);

	/* An exemption first: of two words on one label it is the safe one. */
	return r != 0                ? r
	    : x->exempt != y->exempt ? (x->exempt ? -1 : 1)
	    : x->at < y->at          ? -1
				     : x->at > y->at;
}

static void
rbldnsd_head(struct zone_format_out *out, struct buf *b)
{
	struct buf body = { 0 };

	if (out->n_labels > 0) {
		struct buf values = out->body;

		qsort(out->labels, out->n_labels, sizeof(out->labels[0]),
		    label_order);
		out->body = body;
		begin_part(out, PART_NAMES);
		for (size_t i = 0; i < out->n_labels; i++) {
			const struct zone_format_label *l = &out->labels[i];

			if (i > 0 && strcmp(l->label, l[-1].label) == 0) {
				continue;
			}
			buf_str(&out->body, l->exempt ? "!" : "");
			buf_str(&out->body, l->label);
			if (l->len > 0 && !values.bad) {
				buf_add(
				    &out->body, values.data + l->at, l->len);
			}
			buf_u8(&out->body, '\n');
			out->entries++;
		}
		out->body.bad = out->body.bad || values.bad;
		buf_free(&values);
	}
	zone_format_heading(out, b, "#");
	buf_str(b, "# load as: rbldnsd ... ZONE:combined:FILE\n");
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
	.line = rbldnsd_line,
	.entry = rbldnsd_entry,
	.head = rbldnsd_head,
};
