/* mime.c - a mail as a list of its parts, by its bytes. */
#include "ingest/mime.h"

#include "ingest/head.h"
#include "ingest/param.h"

#define STACK 101 /* above any max-depth that rbl.conf accepts */
#define TYPE_MAX 100
#define DEFAULT_TYPE "text/plain"
#define DIGEST_TYPE "message/rfc822"

/* A multipart or a message whose end was not met yet. */
struct frame {
	unsigned part;
	struct span border; /* len 0: a message, or closed */
	unsigned depth;     /* of what is in it */
	int within;
	bool digest;
};

struct walk {
	struct span mail;
	struct arena *arena;
	struct ingest_parts *parts;
	unsigned cap, max_depth, max_parts;
	struct frame stack[STACK];
	unsigned n;
	unsigned borders; /* open borders on the stack */
	int leaf;         /* its end was not met yet; -1: none */
};

/* What a header block says of the content below it. */
struct about {
	struct span type, disposition, coding;
	size_t body; /* where the content begins */
};

static const char *
type_of(struct walk *w, struct span *value, bool digest)
{
	static const char *const known[] = { "text/plain", "text/html",
		"message/rfc822", "multipart/mixed", "multipart/alternative",
		"application/octet-stream", "image/png", "image/jpeg",
		"image/gif" };
	struct span s = *value, type;
	size_t at = ingest_param_skip(s, 0), end = ingest_param_token(s, at);
	char *copy;

	type = span(s.at + at, end - at);
	*value = span(s.at + end, s.len - end);
	if (type.len == 0) {
		return digest ? DIGEST_TYPE : DEFAULT_TYPE;
	}
	if (type.len > TYPE_MAX || memchr(type.at, '/', type.len) == NULL) {
		return DEFAULT_TYPE;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (span_is(type, known[i])) {
			return known[i];
		}
	}
	copy = arena_copy(w->arena, type.at, type.len);
	for (char *p = copy; p != NULL && *p != '\0'; p++) {
		*p = text_lower(*p);
	}
	return copy;
}

static enum ingest_coding
coding_of(struct span value)
{
	size_t at = ingest_param_skip(value, 0),
	       end = ingest_param_token(value, at);
	struct span word = span(value.at + at, end - at);

	if (word.len > 2 && word.at[0] == '"') {
		word = span(word.at + 1, word.len - 2);
	}
	return span_is(word, "base64")          ? INGEST_BASE64
	    : span_is(word, "quoted-printable") ? INGEST_QUOTED
	    : span_is(word, "x-uuencode") || span_is(word, "uuencode") ||
		span_is(word, "x-uue")
	    ? INGEST_UUENCODE
	    : INGEST_IDENTITY;
}

/* ---- borders ----------------------------------------------------------- */

static size_t
line_end(struct span mail, size_t at)
{
	const char *nl = memchr(mail.at + at, '\n', mail.len - at);

	return nl != NULL ? (size_t)(nl - mail.at) + 1 : mail.len;
}

/* Which open multipart does the line AT .. END separate? Its place in the
 * stack, -1: none. */
static int
border_at(const struct walk *w, size_t at, size_t end, bool *ret_last)
{
	struct span line;

	if (w->borders == 0 || end - at < 3 || w->mail.at[at] != '-' ||
	    w->mail.at[at + 1] != '-') {
		return -1;
	}
	while (end > at && ingest_param_blank(w->mail.at[end - 1])) {
		end--;
	}
	line = span(w->mail.at + at + 2, end - at < 2 ? 0 : end - at - 2);
	for (unsigned i = w->n; i-- > 0;) {
		const struct span *b = &w->stack[i].border;

		if (b->len == 0 || line.len < b->len || line.len > b->len + 2 ||
		    memcmp(line.at, b->at, b->len) != 0) {
			continue;
		}
		*ret_last = line.len == b->len + 2 && line.at[b->len] == '-' &&
		    line.at[b->len + 1] == '-';
		if (*ret_last || line.len == b->len) {
			return (int)i;
		}
	}
	return -1;
}

static void
read_head(struct walk *w, size_t at, struct about *ret)
{
	struct about about = {
		.type = { "", 0 }, .disposition = { "", 0 }, .coding = { "", 0 }
	};
	struct span *last = NULL;
	size_t end;
	bool bare;

	for (; at < w->mail.len; at = end) {
		const char *line = w->mail.at + at;
		struct span name;

		end = line_end(w->mail, at);
		if (line[0] == ' ' || line[0] == '\t') {
			if (span_trim(span(line, end - at)).len == 0) {
				at = end;
				break;
			}
			if (last != NULL) {
				last->len =
				    (size_t)(line - last->at) + (end - at);
			}
			continue;
		}
		last = NULL;
		if (line[0] == '\n' || (line[0] == '\r' && end - at == 2)) {
			at = end;
			break;
		}
		if (line[0] == '-' && border_at(w, at, end, &bare) >= 0) {
			break;
		}
		name = span(line, ingest_head_name(span(line, end - at)));
		if (name.len == 0) {
			break; /* no field: the content begins without notice */
		}
		if (text_lower(line[0]) != 'c') {
			continue;
		}
		last = span_is(name, "Content-Type")       ? &about.type
		    : span_is(name, "Content-Disposition") ? &about.disposition
		    : span_is(name, "Content-Transfer-Encoding") ? &about.coding
								 : NULL;
		if (last != NULL && last->len > 0) {
			last = NULL; /* the first counts */
		}
		if (last != NULL) {
			line = memchr(line, ':', end - at);
			line++;
			*last = span(line, (size_t)(w->mail.at + end - line));
		}
	}
	about.body = at;
	about.type.len = about.type.len > INGEST_FIELD_MAX ? INGEST_FIELD_MAX
							   : about.type.len;
	*ret = about;
}

/* ---- the walk ---------------------------------------------------------- */

static int
add(struct walk *w, const struct ingest_part *part)
{
	struct ingest_parts *parts = w->parts;

	if (parts->n == w->cap) {
		unsigned cap = w->cap == 0 ? 16 : w->cap * 2;
		struct ingest_part *p = arena_alloc(w->arena, cap * sizeof(*p));

		if (p == NULL) {
			return ERR_NOMEM;
		}
		if (parts->n > 0) {
			memcpy(p, parts->parts, parts->n * sizeof(*p));
		}
		parts->parts = p;
		w->cap = cap;
	}
	parts->parts[parts->n++] = *part;
	return 0;
}

static void
end_part(struct walk *w, unsigned number, size_t end)
{
	struct span *s = &w->parts->parts[number].bytes;
	size_t at = (size_t)(s->at - w->mail.at);

	s->len = end > at ? end - at : 0;
}

/* What was open above LEVEL of the stack ends at END. */
static void
close_above(struct walk *w, unsigned level, size_t end)
{
	if (w->leaf >= 0) {
		end_part(w, (unsigned)w->leaf, end);
		w->leaf = -1;
	}
	while (w->n > level) {
		struct frame *f = &w->stack[--w->n];

		w->borders -= f->border.len > 0 ? 1 : 0;
		end_part(w, f->part, end);
	}
}

static void
push(struct walk *w, const struct frame *f)
{
	w->stack[w->n++] = *f;
	w->borders += f->border.len > 0 ? 1 : 0;
}

bool
ingest_mime_message(const char *type)
{
	return strcmp(type, "message/rfc822") == 0 ||
	    strcmp(type, "message/global") == 0 ||
	    strcmp(type, "message/news") == 0;
}

static int
border_of(struct walk *w, struct span params, struct span *ret)
{
	char text[INGEST_BORDER_MAX + 2];
	char *copy;
	size_t len;

	*ret = span("", 0);
	if (!ingest_mime_param(params, "boundary", text, sizeof(text))) {
		return 0;
	}
	len = strlen(text);
	while (len > 0 && ingest_param_blank(text[len - 1])) {
		len--;
	}
	if (len == 0 || len > INGEST_BORDER_MAX) {
		return 0;
	}
	copy = arena_copy(w->arena, text, len);
	*ret = span(copy, len);
	return copy != NULL ? 0 : ERR_NOMEM;
}

/* What follows the first word of a field. */
static struct span
behind_word(struct span s)
{
	const char *semi = s.len > 0 ? memchr(s.at, ';', s.len) : NULL;

	return semi != NULL ? span(semi, s.len - (size_t)(semi - s.at))
			    : span("", 0);
}

/* Begin the part whose header block is at *AT, and what begins with it: the
 * part of an attached message. *AT moves to the content. 1: go on, 0: there
 * are too many parts. */
static int
begin(struct walk *w, size_t *at, unsigned depth, int within, bool digest)
{
	for (;;) {
		struct ingest_part p = {
			.within = within, .depth = depth, .digest = digest
		};
		struct frame f = { .within = within, .depth = depth + 1 };
		struct about about;
		char name[2];
		int r;

		if (w->parts->n >= w->max_parts) {
			w->parts->too_many = true;
			return 0;
		}
		read_head(w, *at, &about);
		*at = about.body;
		p.params = about.type;
		p.type = type_of(w, &p.params, digest);
		if (p.type == NULL) {
			return ERR_NOMEM;
		}
		p.coding = coding_of(about.coding);
		p.attached = about.disposition.len > 0 ||
		    ingest_mime_param(p.params, "name", name, sizeof(name));
		p.disposition = behind_word(about.disposition);
		p.bytes = span(w->mail.at + *at, w->mail.len - *at);
		f.part = w->parts->n;
		if (strncmp(p.type, "multipart/", 10) == 0) {
			r = border_of(w, p.params, &f.border);
			if (r < 0) {
				return r;
			}
			/* without a border it is text that nobody can divide */
			p.sort = f.border.len > 0 ? INGEST_PART_MULTI
						  : INGEST_PART_LEAF;
		} else if (ingest_mime_message(p.type) &&
		    p.coding == INGEST_IDENTITY) {
			p.sort = INGEST_PART_MESSAGE;
		}
		r = add(w, &p);
		if (r < 0) {
			return r;
		}
		if (p.sort == INGEST_PART_LEAF) {
			w->leaf = (int)f.part;
			return 1;
		}
		if (depth >= w->max_depth || w->n == STACK) {
			w->parts->too_deep = true;
			w->leaf = (int)f.part; /* its content is not read */
			return 1;
		}
		f.digest = strcmp(p.type, "multipart/digest") == 0;
		push(w, &f);
		if (p.sort == INGEST_PART_MULTI) {
			return 1; /* up to its first border */
		}
		/* a forwarder may have put blanks or "From " lines first */
		*at += ingest_head_begin(p.bytes);
		within = (int)f.part;
		depth++;
		digest = false;
	}
}

int
ingest_mime_read(struct span mail, unsigned max_depth, unsigned max_parts,
    struct arena *arena, struct ingest_parts *ret)
{
	struct ingest_parts parts = { 0 };
	struct walk w = { .mail = mail,
		.arena = arena,
		.parts = &parts,
		.max_depth = max_depth,
		.max_parts = max_parts,
		.leaf = -1 };
	size_t at = ingest_head_begin(mail), end;
	int r = begin(&w, &at, 0, -1, false);

	while (r > 0 && w.borders > 0 && at < mail.len) {
		const struct frame *f;
		bool last = false;
		int level;

		end = line_end(mail, at);
		level = border_at(&w, at, end, &last);
		if (level < 0) {
			at = end;
			continue;
		}
		/* the line end before the border belongs to it */
		if (at > 0 && mail.at[at - 1] == '\n') {
			at -= at > 1 && mail.at[at - 2] == '\r' ? 2 : 1;
		}
		close_above(&w, (unsigned)level + 1, at);
		at = end;
		f = &w.stack[level];
		if (last) {
			/* what follows, up to an outer border, is not read */
			w.stack[level].border.len = 0;
			w.borders--;
			continue;
		}
		r = begin(&w, &at, f->depth, f->within, f->digest);
	}
	if (r >= 0) {
		close_above(&w, 0, r == 0 ? at : mail.len);
		*ret = parts;
		r = 0;
	}
	return r;
}
