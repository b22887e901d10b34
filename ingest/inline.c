/* inline.c - what somebody pasted or forwarded into the text of a mail. */
#include <string.h>

#include "ingest/charset.h"
#include "ingest/html.h"
#include "ingest/paste.h"
#include "ingest/unwrap_priv.h"
#include "ingest/uu.h"

#define TEXT_LOOK (1u << 20) /* bytes of a text that are searched */

/* What is in B, which may never have had any memory. */
static struct span
content(const struct buf *b)
{
	return span(b->data != NULL ? b->data : "", b->len);
}

/* The text of PART as UTF-8. *RET_LITERAL: it is the part's bytes. */
static int
text_of(struct unwrap *u, const struct ingest_part *part, bool html,
    struct buf *b, bool *ret_literal)
{
	struct buf raw = { 0 };
	char charset[60];
	size_t most = TEXT_LOOK < u->texts ? TEXT_LOOK : u->texts;
	struct span s;
	int r = ingest_unwrap_decode(u, part->coding, part->bytes, most, &s);

	if (r == 0 && s.len > most) { /* not encoded: not cut yet */
		s.len = most;
		u->unsearched = true;
	}
	u->texts -= r == 0 ? s.len : 0;
	if (!ingest_mime_param(
		part->params, "charset", charset, sizeof(charset))) {
		charset[0] = '\0';
	}
	if (r == 0) {
		r = ingest_charset_utf8(s, charset, html ? &raw : b);
	}
	if (r == 0 && html) {
		ingest_html_text(content(&raw), b);
		r = b->bad ? ERR_NOMEM : 0;
	}
	*ret_literal = r == 0 && part->coding == INGEST_IDENTITY && s.len > 0 &&
	    b->len == s.len && memcmp(b->data, s.at, s.len) == 0;
	buf_free(&raw);
	return r;
}

static int
add_piece(
    struct unwrap *u, struct span message, const struct ingest_source *source)
{
	struct ingest_inner inner = { .bytes = message,
		.base = source->base,
		.between = span("", 0),
		.pasted = true };
	struct ingest_paste paste;
	int r;

	if (u->out->n == INGEST_MESSAGES_MAX) { /* nothing to read for */
		return ingest_unwrap_add(u, INGEST_MBOX, &inner);
	}
	r = ingest_paste_find(message, false, false, u->arena, &paste);
	if (r == 0 && paste.sort == INGEST_PASTE_TRACE && !paste.literal) {
		inner.bytes = paste.bytes;
		inner.base = -1;
	}
	return r < 0 ? r : ingest_unwrap_add(u, INGEST_MBOX, &inner);
}

static int
add_paste(struct unwrap *u, const struct ingest_part *part,
    const struct ingest_paste *paste, bool literal)
{
	struct ingest_source source = { .base = -1, .pasted = true };
	struct ingest_inner inner = { .bytes = paste->bytes,
		.base = -1,
		.between = span("", 0),
		.pasted = true,
		.bare = paste->sort == INGEST_PASTE_BARE };

	if (literal && paste->literal) {
		source.base = part->bytes.at - u->mail.at + (int64_t)paste->at;
	}
	if (paste->sort == INGEST_PASTE_MBOX) {
		return ingest_contents_split(
		    u, paste->bytes, &source, add_piece);
	}
	if (source.base >= 0) {
		inner.base = source.base;
		inner.bytes = span(
		    part->bytes.at + paste->at, part->bytes.len - paste->at);
	}
	if (inner.bare) {
		ingest_note(u->problems, u->arena,
		    "forwarded inline, without its header: ask for the "
		    "message as an attachment, with full headers");
	}
	return ingest_unwrap_add(u, INGEST_INLINE, &inner);
}

/* A file from before MIME. */
static int
look_uu(struct unwrap *u, struct span text)
{
	static const struct ingest_source source = { .kind = INGEST_EML,
		.base = -1 };
	struct span s;
	int r;

	if (text.len == 0 || !ingest_uu_find(text, &s)) {
		return 0;
	}
	r = ingest_unwrap_decode(u, INGEST_UUENCODE, s, INGEST_PIECE_MAX, &s);
	return r == 0 && ingest_contents_worth(s)
	    ? ingest_contents_look(u, s, &source)
	    : r;
}

/* What was pasted into the text of PART, or was uuencoded there: then it is
 * added already. */
static int
search_text(struct unwrap *u, const struct ingest_part *part, bool html,
    struct ingest_paste *ret, bool *ret_literal)
{
	char format[10] = "", delsp[6] = "";
	struct buf b = { 0 };
	int r;

	*ret = (struct ingest_paste){ .sort = INGEST_PASTE_NONE };
	*ret_literal = false;
	if (u->texts == 0) {
		u->unsearched = true;
		return 0;
	}
	if (!html) {
		(void)ingest_mime_param(
		    part->params, "format", format, sizeof(format));
		(void)ingest_mime_param(
		    part->params, "delsp", delsp, sizeof(delsp));
	}
	r = text_of(u, part, html, &b, ret_literal);
	if (r == 0 && !html) {
		r = look_uu(u, content(&b));
	}
	if (r == 0 && u->out->n == 0) {
		r = ingest_paste_find(content(&b),
		    strcasecmp(format, "flowed") == 0,
		    strcasecmp(delsp, "yes") == 0, u->arena, ret);
	}
	buf_free(&b);
	return r;
}

int
ingest_pasted_look(struct unwrap *u, bool *ret_trace)
{
	struct ingest_paste paste, bare = { .sort = INGEST_PASTE_NONE };
	const struct ingest_part *bare_part = NULL;
	bool literal;
	int r;

	*ret_trace = false;
	/* plain text first, attached text last */
	for (unsigned pass = 0; pass < 4; pass++) {
		bool html = pass % 2 == 1, attached = pass >= 2;

		for (unsigned i = 0; i < u->parts.n; i++) {
			const struct ingest_part *p = &u->parts.parts[i];

			if (p->sort != INGEST_PART_LEAF || p->within >= 0 ||
			    p->attached != attached ||
			    strcmp(p->type,
				html ? "text/html" : "text/plain") != 0) {
				continue;
			}
			r = search_text(u, p, html, &paste, &literal);
			if (r < 0 || u->out->n > 0) {
				return r;
			}
			if (paste.sort == INGEST_PASTE_BARE) {
				if (bare_part == NULL) {
					bare_part = p;
					bare = paste;
				}
			} else if (paste.sort != INGEST_PASTE_NONE) {
				*ret_trace = true;
				return add_paste(u, p, &paste, literal);
			}
		}
	}
	return bare_part != NULL ? add_paste(u, bare_part, &bare, false) : 0;
}
