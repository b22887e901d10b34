/* rbldnsd_out.c - writing the data files of rbldnsd(8).
 *
 * Written as a "combined" data set, so that the file keeps its type when the
 * first IPv6 entry comes: an ip4trie and an ip6trie part, where the longest
 * match wins as it does here; a dnset of names; or, for addresses, a dnset of
 * SHA-1 labels, one for each spelling that clients ask for.
 */
#include "zone/rbldnsd_priv.h"

#include <stdlib.h>

/* One label of a dnset of digests. Text is in the body buffer. */
struct zone_format_label {
	char label[64];
	bool exempt;
	size_t at, len; /* its value in out->body */
};

enum { PART_NONE, PART_IP4, PART_IP6, PART_NAMES };

#define TXT_MAX 255 /* rbldnsd cuts a TXT there */

/* A template is written as one. "$" for the key is taken for something else
 * before a digit, '=' and '$': a blank keeps them apart. */
static void
put_text(struct buf *b, const struct zone_detail *detail)
{
	struct buf one = { 0 };

	zone_format_oneline(&one, detail->reason, TXT_MAX);
	if (one.len > 0 && one.data[0] == '=') {
		buf_u8(b, '='); /* a first one is eaten */
	}
	for (size_t i = 0; i < one.len; i++) {
		unsigned char c = (unsigned char)one.data[i];
		unsigned char next =
		    i + 1 < one.len ? (unsigned char)one.data[i + 1] : 'x';

		buf_u8(b, c);
		if (c == '$' && !detail->template) {
			buf_u8(b, '$');
		} else if (c == '$' && next == '$') {
			buf_u8(b, '$');
			i++;
		} else if (c == '$' &&
		    ((next >= '0' && next <= '9') || next == '=')) {
			buf_u8(b, ' ');
		}
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
	put_text(&out->body, detail);
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

/* rbldnsd has no dots in IPv6: "::1.2.3.4" is "::102:304". */
static void
put_key(struct buf *b, const struct zone_key *key)
{
	char text[ZONE_KEY_TEXT];
	const uint8_t *bytes = key->ip.ip.bytes;

	zone_key_format(text, key);
	if (key->kind != ZONE_KIND_IP || key->ip.ip.bits == 32 ||
	    strchr(text, '.') == NULL) {
		buf_str(b, text);
		return;
	}
	for (unsigned i = 0; i < 16; i += 2) {
		buf_fmt(b, "%s%x", i > 0 ? ":" : "",
		    (unsigned)(bytes[i] << 8 | bytes[i + 1]));
	}
	if (key->ip.plen < 128) {
		buf_fmt(b, "/%u", key->ip.plen);
	}
}

void
zone_rbldnsd_out_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail)
{
	if (entry->key.kind == ZONE_KIND_ADDRESS) {
		address_entry(out, entry, detail);
		return;
	}
	begin_part(out,
	    entry->key.kind != ZONE_KIND_IP   ? PART_NAMES
		: entry->key.ip.ip.bits == 32 ? PART_IP4
					      : PART_IP6);
	buf_str(&out->body, entry->code == 0 ? "!" : "");
	put_key(&out->body, &entry->key);
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

void
zone_rbldnsd_out_head(struct zone_format_out *out, struct buf *b)
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
