/* format.c - the table of list formats, and what they have in common. */
#include "zone/format.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/history.h"

static const struct zone_format *const formats[] = {
	&zone_format_plain,
	&zone_format_rbldnsd,
	&zone_format_spamassassin,
	&zone_format_jsonl,
	&zone_format_csv,
	&zone_format_postfix,
	&zone_format_exim,
	&zone_format_sendmail,
	&zone_format_rspamd,
	&zone_format_opensmtpd,
	&zone_format_aper,
	&zone_format_rpz,
	&zone_format_ipset,
	&zone_format_nftables,
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct zone_format *
zone_format_at(size_t i)
{
	return i < FORMATS ? formats[i] : NULL;
}

const struct zone_format *
zone_format_find(struct span name)
{
	for (size_t i = 0; i < FORMATS; i++) {
		if (span_is(name, formats[i]->name)) {
			return formats[i];
		}
	}
	return NULL;
}

void
zone_format_names(struct buf *b, bool read, enum zone_kind kind)
{
	size_t before = b->len;

	for (size_t i = 0; i < FORMATS; i++) {
		const struct zone_format *f = formats[i];

		if (((read ? f->reads : f->writes) & ZONE_FORMAT_KIND(kind)) !=
		    0) {
			buf_str(b, b->len > before ? ", " : "");
			buf_str(b, f->name);
		}
	}
}

/* ---- reading ------------------------------------------------------------- */

static int
fits(const struct zone_format *format, bool read, enum zone_kind kind,
    struct err_text *why)
{
	unsigned kinds = read ? format->reads : format->writes;
	struct buf names = { 0 };

	if ((kinds & ZONE_FORMAT_KIND(kind)) != 0) {
		return 0;
	}
	zone_format_names(&names, read, kind);
	err_say(why, ERR_REFUSED,
	    "format \"%s\" cannot be %s%s%s; expected one of: %s", format->name,
	    read ? "imported" : "exported",
	    kinds == 0 ? "" : " for lists of kind ",
	    kinds == 0 ? "" : zone_kind_name(kind),
	    names.data != NULL ? names.data : "");
	buf_free(&names);
	return ERR_REFUSED;
}

int
zone_format_in_init(struct zone_format_in *in, const struct zone_format *format,
    const struct zone_format_about *about, zone_format_fn *fn, void *ctx,
    struct err_text *why)
{
	int r;

	*in = (struct zone_format_in){
		.format = format, .about = *about, .fn = fn, .ctx = ctx
	};
	r = fits(format, true, about->kind, why);

	if (r == 0 && !format->types &&
	    (about->type != NULL || about->subzone != NULL ||
		about->dataset != NULL || about->host_bits)) {
		r = err_say(why, ERR_REFUSED,
		    "format \"%s\" has neither types nor parts, and takes no "
		    "host bits",
		    format->name);
	}
	if (r == 0 && format->begin != NULL) {
		r = format->begin(in, why);
	}
	return r;
}

int
zone_format_in_line(
    struct zone_format_in *in, struct span line, struct err_text *why)
{
	in->at = ++in->lines;
	if (in->cut && in->format->whole_lines && line.len > 0) {
		return err_say(why, ERR_FORMAT,
		    "the last line has no end: the file was cut short");
	}
	if (line.len > ZONE_FORMAT_LINE) {
		return err_say(
		    why, ERR_FORMAT, "longer than %d bytes", ZONE_FORMAT_LINE);
	}
	if (in->lines == 1 && line.len >= 3 &&
	    memcmp(line.at, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
		line = span(line.at + 3, line.len - 3);
	}
	line = span_trim(line);
	if (line.len == 0) {
		return 0;
	}
	if (memchr(line.at, '\0', line.len) != NULL) {
		return err_say(why, ERR_FORMAT, "a NUL byte: not a text file");
	}
	return in->format->line(in, line, why);
}

int
zone_format_in_end(struct zone_format_in *in, struct err_text *why)
{
	return in->format->end != NULL ? in->format->end(in, why) : 0;
}

void
zone_format_in_fini(struct zone_format_in *in)
{
	if (in->format != NULL && in->format->fini != NULL) {
		in->format->fini(in);
	}
}

int
zone_format_key(enum zone_kind kind, const struct zone_format_line *line,
    struct zone_key *ret_key, struct err_text *why)
{
	if (!line->is_ip) {
		return zone_key_parse(kind, line->key, ret_key, why);
	}
	ret_key->kind = ZONE_KIND_IP;
	ret_key->ip = line->ip;
	ret_key->text[0] = '\0';
	ret_key->digest.len = 0;
	return 0;
}

/* ---- writing ------------------------------------------------------------- */

int
zone_format_out_init(struct zone_format_out *out,
    const struct zone_format *format, const struct zone_format_about *about,
    struct err_text *why)
{
	*out = (struct zone_format_out){ .format = format, .about = *about };
	return fits(format, false, about->kind, why);
}

void
zone_format_out_exempt(
    struct zone_format_out *out, const struct zone_entry *entry)
{
	zone_format_flat_exempt(out, entry);
}

void
zone_format_out_entry(struct zone_format_out *out,
    const struct zone_entry *entry, const struct zone_detail *detail)
{
	if (out->format->flat) {
		zone_format_flat_entry(out, entry, detail);
	} else {
		out->format->entry(out, entry, detail);
	}
}

int
zone_format_out_end(struct zone_format_out *out, struct buf *b)
{
	if (out->format->flat) {
		zone_format_flat_end(out);
	}
	if (out->format->head != NULL) {
		out->format->head(out, b);
	}
	if (out->body.len > 0) {
		buf_add(b, out->body.data, out->body.len);
	}
	return out->failed < 0        ? out->failed
	    : out->body.bad || b->bad ? ERR_NOMEM
				      : 0;
}

void
zone_format_out_fini(struct zone_format_out *out)
{
	buf_free(&out->body);
	free(out->labels);
	free(out->own);
	zone_format_flat_free(&out->flat);
	out->labels = NULL;
	out->own = NULL;
	out->n_labels = out->cap_labels = 0;
}

struct walk {
	struct zone_view *view;
	struct zone_format_out *out;
	struct err_text *why;
	int64_t now;
	struct zone_detail detail; /* of the entry before: often the same */
};

static int
walk_entry(const struct zone_entry *entry, void *ctx)
{
	struct walk *w = ctx;
	bool want = w->out->format->detail;
	char key[ZONE_KEY_TEXT];
	int r;

	if (entry->until != 0 && entry->until <= w->now) {
		return 0; /* as absent as in DNS (decisions 1) */
	}
	if (want && w->detail.id != entry->detail) {
		r = zone_view_detail(w->view, entry->detail, &w->detail);
		if (r <= 0) {
			w->detail.id = 0;
			return err_say(w->why, r < 0 ? r : ERR_CORRUPT,
			    "%s: what is said of it (detail %u) is missing",
			    zone_key_format(key, &entry->key), entry->detail);
		}
	}
	zone_format_out_entry(w->out, entry, want ? &w->detail : NULL);
	return w->out->failed < 0 ? w->out->failed
	    : w->out->body.bad    ? ERR_NOMEM
				  : 0;
}

static int
walk_exempt(const struct zone_entry *entry, void *ctx)
{
	struct walk *w = ctx;

	if (entry->code == 0 &&
	    (entry->until == 0 || entry->until > w->now)) {
		zone_format_out_exempt(w->out, entry);
	}
	return w->out->failed;
}

/* Exemptions of addresses that a flat format has to know before the rest. */
static int
see_exempt(struct walk *w, uint16_t list)
{
	struct zone_list_info info[16];
	int n = zone_view_lists(w->view, info, 16);

	if (n < 0 || !w->out->format->flat ||
	    w->out->about.kind != ZONE_KIND_ADDRESS) {
		return n < 0 ? n : 0;
	}
	for (int i = 0; i < n && i < 16; i++) {
		if (info[i].number == list && info[i].exempt == 0) {
			return 0;
		}
	}
	return zone_view_walk(
	    w->view, list, ZONE_KIND_ADDRESS, walk_exempt, w);
}

int
zone_format_write(struct zone_view *view, const struct zone_format *format,
    const struct zone_format_about *about, struct zone_format_out *out,
    struct buf *b, struct err_text *why)
{
	struct zone_format_about full = *about;
	struct zone_history_row row;
	struct walk w = { .view = view, .out = out, .why = why };
	uint16_t list;
	int r;

	full.serial = zone_view_serial(view);
	full.time = 0;
	r = zone_history_get(view, full.serial, &row);
	if (r > 0) {
		full.time = row.time;
	}
	if (r < 0 || (r = zone_format_out_init(out, format, &full, why)) < 0) {
		goto out;
	}
	w.now = zone_view_now(view);
	r = zone_view_list(view, about->list, about->kind, &list);
	if (r > 0 && (r = see_exempt(&w, list)) >= 0) {
		r = zone_view_walk(view, list, about->kind, walk_entry, &w);
	}
	if (r >= 0) {
		r = zone_format_out_end(out, b);
	}
out:
	if (r < 0 && why != NULL && why->text[0] == '\0') {
		err_say(why, r, "list \"%s\" cannot be written: %s",
		    about->list, err_str(r));
	}
	return r < 0 ? r : 0;
}

/* ---- for the formats ----------------------------------------------------- */

void
zone_format_heading(
    const struct zone_format_out *out, struct buf *b, const char *mark)
{
	char when[WHEN_TEXT];

	buf_fmt(b, "%s list: %s\n", mark, out->about.list);
	buf_fmt(b, "%s serial: %llu\n", mark,
	    (unsigned long long)out->about.serial);
	buf_fmt(b, "%s time: %s\n", mark,
	    out->about.time != 0 ? when_format(when, out->about.time) : "-");
	buf_fmt(
	    b, "%s entries: %llu\n", mark, (unsigned long long)out->entries);
	if (out->unknown > 0) {
		buf_fmt(b, "%s left out, known by digest only: %llu\n", mark,
		    (unsigned long long)out->unknown);
	}
	if (out->inexpressible > 0) {
		buf_fmt(b, "%s left out, not expressible here: %llu\n", mark,
		    (unsigned long long)out->inexpressible);
	}
	if (out->exempt > 0) {
		buf_fmt(b, "%s left out, exemptions: %llu\n", mark,
		    (unsigned long long)out->exempt);
	}
	if (out->cut > 0) {
		buf_fmt(b, "%s %s: %llu\n", mark,
		    out->about.kind == ZONE_KIND_ADDRESS
			? "left out, exempted in another spelling"
			: "exemptions, cut out of what is listed",
		    (unsigned long long)out->cut);
	}
	if (out->about.licence != NULL) {
		buf_fmt(b, "%s licence: %s\n", mark, out->about.licence);
	}
}

void
zone_format_refusal(const struct zone_format_out *out, struct buf *b)
{
	buf_fmt(b, "listed in %s", out->about.list);
	if (out->about.see != NULL) {
		buf_fmt(b, ", see %s/lookup", out->about.see);
	}
}

static int
by_bytes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int r = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return r != 0 ? r : x->len < y->len ? -1 : x->len > y->len;
}

int
zone_format_sort(struct buf *body)
{
	struct buf sorted = { 0 };
	struct span *lines;
	size_t n = 0, i = 0;

	for (size_t at = 0; at < body->len; at++) {
		n += body->data[at] == '\n';
	}
	if (n == 0) {
		return 0;
	}
	lines = calloc(n, sizeof(*lines));
	if (lines == NULL) {
		return ERR_NOMEM;
	}
	for (char *at = body->data; i < n; i++) {
		char *end =
		    memchr(at, '\n', (size_t)(body->data + body->len - at));

		lines[i] = span(at, (size_t)(end - at) + 1);
		at = end + 1;
	}
	qsort(lines, n, sizeof(*lines), by_bytes);
	for (i = 0; i < n; i++) {
		buf_add(&sorted, lines[i].at, lines[i].len);
	}
	free(lines);
	if (sorted.bad) {
		buf_free(&sorted);
		return ERR_NOMEM;
	}
	buf_free(body);
	*body = sorted;
	return 0;
}

bool
zone_format_tame(const char *text)
{
	if (text[0] == '\0' || strchr("/!;|", text[0]) != NULL) {
		return false;
	}
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f ||
		    strchr("\"#*?\\", *p) != NULL) {
			return false;
		}
	}
	return true;
}

char *
zone_format_shown(char out[ZONE_FORMAT_SHOWN], struct span s)
{
	return text_printable_in(out, ZONE_FORMAT_SHOWN, s.at, s.len);
}

void
zone_format_oneline(struct buf *b, struct span s, size_t max)
{
	size_t len = 0, n;

	while (len < s.len && (n = text_utf8(s.at + len, s.len - len)) > 0 &&
	    len + n <= max) {
		len += n;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		buf_u8(b, c < 0x20 || c == 0x7f ? ' ' : c);
	}
}
