/* paste.c - a message that somebody put into the text of a mail. */
#include "ingest/paste.h"

#include "ingest/flow.h"
#include "ingest/head.h"
#include "ingest/little.h"
#include "ingest/quote.h"

#define BLOCK_MAX (256u << 10) /* bytes of a header block */
#define BODY_MAX (64u << 10)   /* bytes of what follows it */
#define LINES_MAX 20000        /* lines that are searched */

struct finder {
	struct span text; /* plain */
	struct arena *arena;
};

/* ---- header fields ----------------------------------------------------- */

static bool
known(struct span name)
{
	static const char *const names[] = { "Received", "Return-Path",
		"Delivered-To", "X-Original-To", "Envelope-To", "From", "To",
		"Cc", "Bcc", "Subject", "Date", "Message-ID", "Reply-To",
		"Sender", "In-Reply-To", "References", "MIME-Version",
		"Content-Type", "Content-Transfer-Encoding",
		"Content-Disposition", "Content-Language", "Content-Length",
		"Content-Class", "DKIM-Signature", "DomainKey-Signature",
		"Authentication-Results", "Received-SPF", "ARC-Seal",
		"ARC-Message-Signature", "ARC-Authentication-Results",
		"List-Unsubscribe", "List-Unsubscribe-Post", "List-ID",
		"List-Help", "List-Post", "List-Subscribe", "List-Archive",
		"Precedence", "Priority", "Importance", "User-Agent",
		"Organization", "Status", "Lines", "Errors-To", "Thread-Index",
		"Thread-Topic", "Accept-Language", "Auto-Submitted",
		"Feedback-ID", "Old-Return-Path", "Disposition-Notification-To",
		"Comments", "Keywords", "Resent-From", "Resent-To",
		"Resent-Date", "Resent-Sender", "Resent-Message-ID",
		"Sensitivity", "Mailing-List" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_is(name, names[i])) {
			return true;
		}
	}
	return span_starts(name, "X-") && name.len > 2;
}

/* Letters, digits, "-", "_", "." and a letter first: of what the standard
 * allows in a name that which is used. */
static struct span
plain_name(struct span line)
{
	size_t n = ingest_head_name(line);

	for (size_t i = 0; i < n; i++) {
		char c = text_lower(line.at[i]);

		if (!(c >= 'a' && c <= 'z') &&
		    (i == 0 ||
			(!(c >= '0' && c <= '9') && c != '-' && c != '_' &&
			    c != '.'))) {
			return span(line.at, 0);
		}
	}
	return span(line.at, n);
}

static bool
colon_then_blank(struct span line, size_t name)
{
	return line.at[name] == ':' &&
	    (name + 1 >= line.len || ingest_quote_blank(line.at[name + 1]));
}

/* The name of the field that LINE starts, len 0: it goes on with the one
 * before, called LAST, though it may not look so any more. */
static struct span
field_start(struct span line, struct span last)
{
	struct span name = plain_name(line);
	bool spaced, list;

	if (name.len == 0) {
		return name;
	}
	spaced = colon_then_blank(line, name.len);
	/* "h=From:To:Subject" may have been divided anywhere */
	list = span_ends(last, "-Signature");
	if (known(name) ? spaced || !list
			: spaced && name.len > 1 &&
		    ((name.at[0] >= 'A' && name.at[0] <= 'Z') ||
			memchr(name.at, '-', name.len) != NULL)) {
		return name;
	}
	return span(line.at, 0);
}

/* A header block as it is put together. */
struct block {
	struct buf out;
	struct span last; /* name of the field that is open */
	size_t value;     /* of it, within OUT */
	unsigned fields, traces;
	bool linked;  /* something was made into a link */
	bool twofold; /* an empty line behind each line */
	size_t end;   /* in the text: behind the empty line */
};

static void
settle(struct block *b)
{
	struct span v;

	if (b->last.len == 0 || b->out.bad || !span_is(b->last, "Received")) {
		return;
	}
	v = span(b->out.data + b->value, b->out.len - b->value);
	if (span_find(v, "from ") != NULL || span_find(v, "by ") != NULL) {
		b->traces++;
	}
}

static void
put_field(struct block *b, struct span name, struct span line)
{
	const char *colon = memchr(line.at, ':', line.len);
	size_t n = (size_t)(colon - line.at) + 1;
	struct span value = span(line.at + n, line.len - n);

	settle(b);
	buf_add(&b->out, name.at, name.len);
	buf_str(&b->out, ": ");
	b->last = name;
	b->value = b->out.len;
	b->fields++;
	value = span_trim(value);
	b->linked = ingest_flow_unlink(value, &b->out) || b->linked;
	buf_u8(&b->out, '\n');
}

static void
put_more(struct block *b, struct span line)
{
	line = span_trim(line);
	if (line.len == 0) {
		return;
	}
	buf_u8(&b->out, ' ');
	b->linked = ingest_flow_unlink(line, &b->out) || b->linked;
	buf_u8(&b->out, '\n');
}

/* Does the block at AT with prefix P read as it should: each line a field or
 * indented, up to an empty one? */
static bool
undamaged(const struct finder *f, size_t at, const struct ingest_quote *p)
{
	bool first = true;

	while (at < f->text.len) {
		struct span line = ingest_quote_line(f->text, at), rest;
		bool missing;

		at = ingest_quote_next(f->text, at, line);
		rest = ingest_quote_strip(line, p, &missing);
		if (span_trim(rest).len == 0) {
			return true;
		}
		if (missing ||
		    (plain_name(rest).len == 0 &&
			(first || !ingest_quote_blank(rest.at[0])))) {
			return false;
		}
		first = false;
	}
	return true;
}

/* The block that begins at AT, with a field. B is filled. */
static void
read_block(const struct finder *f, size_t at, const struct ingest_quote *p,
    struct block *b)
{
	bool sound = undamaged(f, at, p);
	size_t start = at, lines = 0;
	bool gap = true; /* an empty line before this one */

	while (at < f->text.len && at - start < BLOCK_MAX && !b->out.bad) {
		struct span line = ingest_quote_line(f->text, at), rest, name;
		size_t next = ingest_quote_next(f->text, at, line);
		bool missing;

		rest = ingest_quote_strip(line, p, &missing);
		if (span_trim(rest).len == 0) {
			struct span below, more;
			bool lost;

			if (next >= f->text.len) {
				at = next;
				break;
			}
			below = ingest_quote_line(f->text, next);
			more = ingest_quote_strip(below, p, &lost);
			/* an empty line behind the first line: there is one
			 * behind each */
			b->twofold = b->twofold || lines == 1;
			if (!b->twofold || span_trim(more).len == 0) {
				at = next;
				break;
			}
			at = next;
			gap = true;
			continue;
		}
		if (b->twofold && !gap) {
			break; /* it was a block of one line */
		}
		gap = false;
		lines++;
		name = ingest_quote_blank(rest.at[0]) ? span(rest.at, 0)
		    : sound && !b->twofold            ? plain_name(rest)
					   : field_start(rest, b->last);
		if (name.len > 0) {
			put_field(b, name, rest);
		} else if (b->fields == 0) {
			break;
		} else {
			struct ingest_quote other = ingest_quote_of(rest);
			struct span inner = span(rest.at + other.text.len,
			    rest.len - other.text.len);

			if (other.marks > 0 && known(plain_name(inner))) {
				break; /* a quote begins: another block */
			}
			put_more(b, rest);
		}
		at = next;
	}
	settle(b);
	b->end = at;
}

/* What follows the block, without its quote marks. */
static void
read_body(const struct finder *f, const struct ingest_quote *p, struct block *b)
{
	size_t at = b->end, start = b->out.len;

	buf_u8(&b->out, '\n');
	while (at < f->text.len && b->out.len - start < BODY_MAX) {
		struct span line = ingest_quote_line(f->text, at);
		bool missing;

		at = ingest_quote_next(f->text, at, line);
		line = ingest_quote_strip(line, p, &missing);
		buf_add(&b->out, line.at, line.len);
		buf_u8(&b->out, '\n');
	}
}

/* ---- the search -------------------------------------------------------- */

/* Could a pasted mbox begin with LINE? */
static bool
mbox_line(struct span line, struct span below)
{
	const char *colon = memchr(line.at, ':', line.len);

	return line.len > 10 && memcmp(line.at, "From ", 5) == 0 &&
	    colon != NULL && colon > line.at && colon[-1] >= '0' &&
	    colon[-1] <= '9' && plain_name(below).len > 0;
}

static int
take(struct arena *arena, struct buf *b, struct ingest_paste *ret)
{
	char *copy = b->bad ? NULL : arena_copy(arena, b->data, b->len);

	if (copy == NULL) {
		return ERR_NOMEM;
	}
	ret->bytes = span(copy, b->len);
	return 0;
}

static int
search(const struct finder *f, struct ingest_paste *ret)
{
	struct ingest_paste out = { .sort = INGEST_PASTE_NONE };
	struct ingest_little little = { 0 }, said = { 0 };
	struct block b = { 0 };
	bool empty = true, any = false;
	size_t at = 0, read = 0; /* up to here there is no trace */
	unsigned lines = 0;
	int r = 0;

	while (at < f->text.len && lines++ < LINES_MAX) {
		struct span line = ingest_quote_line(f->text, at), rest;
		size_t next = ingest_quote_next(f->text, at, line);
		struct ingest_quote p = ingest_quote_of(line);

		rest = span(line.at + p.text.len, line.len - p.text.len);
		if (rest.len == 0) {
			empty = true;
			at = next;
			continue;
		}
		if (empty && next < f->text.len &&
		    mbox_line(line, ingest_quote_line(f->text, next))) {
			out.sort = INGEST_PASTE_MBOX;
			out.at = at;
			out.bytes = span(f->text.at + at, f->text.len - at);
			break;
		}
		empty = false;
		if (at >= read && known(plain_name(rest))) {
			buf_clear(&b.out);
			b = (struct block){ .out = b.out };
			read_block(f, at, &p, &b);
			if (b.traces > 0 && b.fields > 1) {
				out.sort = INGEST_PASTE_TRACE;
				out.at = at;
				out.literal = p.text.len == 0 && !b.twofold &&
				    !b.linked && undamaged(f, at, &p);
				read_body(f, &p, &b);
				r = take(f->arena, &b.out, &out);
				break;
			}
			read = b.end;
		}
		if (ingest_little_at(f->text, at, &little)) {
			out.sort = INGEST_PASTE_BARE;
			break;
		}
		if (!any) {
			any = ingest_little_said(f->text, at, &said);
		}
		at = next;
	}
	if (out.sort == INGEST_PASTE_BARE ||
	    (out.sort == INGEST_PASTE_NONE && any)) {
		buf_clear(&b.out);
		ingest_little_put(f->text,
		    out.sort == INGEST_PASTE_BARE ? &little : &said, &b.out);
		out.sort = INGEST_PASTE_BARE;
		r = take(f->arena, &b.out, &out);
	}
	buf_free(&b.out);
	if (r == 0) {
		*ret = out;
	}
	return r;
}

int
ingest_paste_find(struct span text, bool flowed, bool delsp,
    struct arena *arena, struct ingest_paste *ret)
{
	struct finder f = { .arena = arena };
	struct buf plain = { 0 }, joined = { 0 };
	char *copy;
	bool same;
	int r;

	buf_str(&plain, ""); /* no text is text as well */
	buf_str(&joined, "");
	if (flowed) {
		ingest_flow_join(text, delsp, &joined);
		ingest_flow_plain(span(joined.data, joined.len), &plain);
	} else {
		ingest_flow_plain(text, &plain);
	}
	if (plain.bad || joined.bad) {
		r = ERR_NOMEM;
		goto out;
	}
	f.text = span(plain.data, plain.len);
	same = text.len == plain.len &&
	    (text.len == 0 || memcmp(text.at, plain.data, plain.len) == 0);
	r = search(&f, ret);
	if (r == 0 && ret->sort == INGEST_PASTE_MBOX) {
		copy = arena_copy(arena, ret->bytes.at, ret->bytes.len);
		ret->bytes = span(copy, ret->bytes.len);
		ret->literal = true;
		r = copy != NULL ? 0 : ERR_NOMEM;
	}
	if (r == 0 && !same) {
		ret->literal = false;
	}
out:
	buf_free(&joined);
	buf_free(&plain);
	return r;
}
