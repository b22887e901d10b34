/* excerpt.c - what a moderator reads of a mail. */
#include "ingest/excerpt.h"

#include "ingest/charset.h"
#include "ingest/html.h"
#include "ingest/mail.h"

#define PLAIN_READ (64u << 10) /* decoded bytes of a text */
#define HTML_READ (256u << 10)
#define NAME_MAX_LEN 120
#define TYPE_MAX_LEN 60

/* S without CR, with at most one empty line in a row and nothing blank at its
 * ends, cut to MAX bytes at a character. */
static void
tidy(struct span s, size_t max, struct buf *b, bool *ret_cut)
{
	unsigned ends = 2;
	size_t n;

	s = span_trim(s);
	for (size_t i = 0; i < s.len; i += n) {
		n = text_utf8(s.at + i, s.len - i);
		n = n > 0 ? n : 1;
		if (s.at[i] == '\r') {
			continue;
		}
		if (s.at[i] == '\n') {
			while (b->len > 0 && b->data[b->len - 1] == ' ') {
				b->data[--b->len] = '\0';
			}
			if (++ends > 2) {
				continue;
			}
		} else if (s.at[i] != ' ' && s.at[i] != '\t') {
			ends = 0;
		}
		if (b->len + n > max) {
			*ret_cut = true;
			return;
		}
		buf_add(b, s.at + i, n);
	}
}

static bool
says_something(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++) {
		if ((unsigned char)b->data[i] > ' ') {
			return true;
		}
	}
	return false;
}

/* The text of PART, tidied, appended to B. */
static int
read_text(
    const struct ingest_part *part, size_t max, struct buf *b, bool *ret_cut)
{
	bool html = strcmp(part->type, "text/html") == 0;
	struct buf raw = { 0 }, utf8 = { 0 }, text = { 0 };
	char charset[64] = "";
	int r;

	*ret_cut = false;
	r = ingest_mail_decode(
	    part->coding, part->bytes, html ? HTML_READ : PLAIN_READ, &raw);
	if (r == ERR_FULL) {
		*ret_cut = true;
		r = 0;
	}
	(void)ingest_mime_param(
	    part->params, "charset", charset, sizeof(charset));
	if (r == 0 && raw.len > 0) {
		r = ingest_charset_utf8(
		    span(raw.data, raw.len), charset, &utf8);
	}
	if (r == 0 && html && utf8.len > 0) {
		ingest_html_text(span(utf8.data, utf8.len), &text);
		r = text.bad ? ERR_NOMEM : 0;
	}
	if (r == 0) {
		const struct buf *from = html ? &text : &utf8;

		if (from->len > 0) {
			tidy(span(from->data, from->len), max, b, ret_cut);
		}
		r = b->bad ? ERR_NOMEM : 0;
	}
	buf_free(&raw);
	buf_free(&utf8);
	buf_free(&text);
	return r;
}

/* What base64 stands for, without decoding it. */
static size_t
size_of(const struct ingest_part *part)
{
	size_t n = 0;

	if (part->sort != INGEST_PART_LEAF || part->coding != INGEST_BASE64) {
		return part->bytes.len;
	}
	for (size_t i = 0; i < part->bytes.len; i++) {
		char c = part->bytes.at[i];

		n += (unsigned char)c > ' ' && c != '=';
	}
	return n / 4 * 3 + n % 4 * 3 / 4;
}

/* At most MAX bytes of S, cut at a character. */
static const char *
cut(struct arena *arena, const char *s, size_t max)
{
	size_t n = 0, step;

	for (; s[n] != '\0' && n < max; n += step) {
		step = text_utf8(s + n, strlen(s + n));
		step = step > 0 ? step : 1;
		if (n + step > max) {
			break;
		}
	}
	return arena_copy(arena, s, n);
}

static int
read_file(
    const struct ingest_part *part, struct arena *arena, struct ingest_file *f)
{
	char name[4 * NAME_MAX_LEN] = "";
	const char *text, *named;

	if (!ingest_mime_param(
		part->disposition, "filename", name, sizeof(name))) {
		(void)ingest_mime_param(
		    part->params, "name", name, sizeof(name));
	}
	text = ingest_mail_text(name, "", arena, &named);
	*f = (struct ingest_file){
		.name = text != NULL ? cut(arena, text, NAME_MAX_LEN) : NULL,
		.type = cut(arena, part->type, TYPE_MAX_LEN),
		.size = size_of(part),
	};
	return f->name != NULL && f->type != NULL ? 0 : ERR_NOMEM;
}

int
ingest_excerpt_read(const struct zone_config *config, struct span bytes,
    size_t words, unsigned files, struct arena *arena,
    struct ingest_excerpt *ret)
{
	static const char *const types[] = { "text/plain", "text/html" };
	struct ingest_excerpt e = { .words = NULL };
	struct ingest_parts parts = { 0 };
	struct buf b = { 0 };
	int r;

	files = files < INGEST_FILES_MAX ? files : INGEST_FILES_MAX;
	e.files = arena_alloc(arena, (files + 1) * sizeof(*e.files));
	if (e.files == NULL) {
		return ERR_NOMEM;
	}
	r = ingest_mime_read(bytes, config->ingest.max_depth,
	    config->ingest.max_parts, arena, &parts);
	for (unsigned k = 0; k < 2 && r == 0 && words > 0; k++) {
		for (unsigned i = 0; i < parts.n && r == 0; i++) {
			const struct ingest_part *part = &parts.parts[i];

			if (part->sort != INGEST_PART_LEAF ||
			    part->within >= 0 || part->attached ||
			    strcmp(part->type, types[k]) != 0 ||
			    says_something(&b)) {
				continue;
			}
			buf_clear(&b);
			r = read_text(part, words, &b, &e.cut);
			e.html = k == 1;
		}
	}
	for (unsigned i = 0; i < parts.n && r == 0 && e.n_files < files; i++) {
		const struct ingest_part *part = &parts.parts[i];

		if (part->sort == INGEST_PART_MULTI || part->within >= 0 ||
		    (!part->attached && strncmp(part->type, "text/", 5) == 0)) {
			continue;
		}
		r = read_file(part, arena, &e.files[e.n_files]);
		e.n_files += r == 0;
	}
	if (r == 0 && words > 0) {
		e.len = b.len;
		e.words = arena_copy(arena, b.len > 0 ? b.data : "", b.len);
		r = e.words == NULL ? ERR_NOMEM : 0;
	}
	buf_free(&b);
	if (r == 0) {
		*ret = e;
	}
	return r;
}
