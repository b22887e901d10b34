/* contents.c - bytes that are a message, or a box with messages in it. */
#include <string.h>

#include "ingest/archive.h"
#include "ingest/msg.h"
#include "ingest/sender.h"
#include "ingest/tnef.h"
#include "ingest/unwrap_priv.h"

#define BOXES_MAX 4 /* boxes in boxes */

/* ---- a message --------------------------------------------------------- */

/* Is the message with HEAD only a forward, by its subject or because it was
 * sent to the same address as the submission? */
static int
is_forward(struct unwrap *u, const struct ingest_head *head, bool *ret)
{
	const char **to = NULL, **outer = NULL;
	unsigned n_to = 0, n_outer = 0;
	int r = 0;

	r = ingest_unwrap_subject(u, head, ret);
	if (r < 0 || *ret) {
		return r;
	}
	r = ingest_sender_list(head, "To", u->arena, &to, &n_to);
	if (r == 0 && n_to > 0) {
		r = ingest_sender_list(
		    u->head, "To", u->arena, &outer, &n_outer);
	}
	for (unsigned i = 0; r == 0 && i < n_to && !*ret; i++) {
		*ret = ingest_sender_among(to[i], outer, n_outer);
	}
	return r;
}

/* The one message that is attached to MESSAGE; len 0: none, or several. */
static int
only_child(struct unwrap *u, struct span message, struct span *ret)
{
	struct ingest_parts parts;
	const struct ingest_part *child = NULL;
	int r = ingest_mime_read(message, u->task->config->ingest.max_depth,
	    u->task->config->ingest.max_parts, u->arena, &parts);

	*ret = span("", 0);
	if (r < 0) {
		return r;
	}
	for (unsigned i = 0; i < parts.n; i++) {
		const struct ingest_part *p = &parts.parts[i];

		if (p->within >= 0 || !ingest_mime_message(p->type)) {
			continue;
		}
		if (child != NULL) {
			return 0;
		}
		child = p;
	}
	return child == NULL ? 0
			     : ingest_unwrap_decode(u, child->coding,
				   child->bytes, INGEST_PIECE_MAX, ret);
}

/* A message, or the one within it when it is only a forward. */
static int
add_message(
    struct unwrap *u, struct span bytes, const struct ingest_source *source)
{
	struct ingest_inner inner = { .bytes = bytes,
		.base = source->base,
		.between = span("", 0),
		.pasted = source->pasted };
	struct ingest_head head;
	struct span child = span("", 0);
	bool forward = false;
	int r;

	if (u->out->n == INGEST_MESSAGES_MAX) { /* nothing to read for */
		return ingest_unwrap_add(u, source->kind, &inner);
	}
	r = ingest_head_read(bytes, u->arena, &head);
	if (r == 0) {
		r = is_forward(u, &head, &forward);
	}
	if (r == 0 && forward) {
		r = only_child(u, bytes, &child);
	}
	if (r < 0) {
		return r;
	}
	if (child.len > 0) {
		ingest_note(u->problems, u->arena,
		    "a forward of a forward: the innermost message was taken");
		inner.between = bytes;
		inner.bytes = child;
		inner.base = source->base >= 0 && child.at >= bytes.at &&
			child.at < bytes.at + bytes.len
		    ? source->base + (child.at - bytes.at)
		    : -1;
	}
	return ingest_unwrap_add(u, source->kind, &inner);
}

/* ---- boxes ------------------------------------------------------------- */

static struct span
line_at(struct span s, size_t at)
{
	const char *nl = memchr(s.at + at, '\n', s.len - at);

	return span(s.at + at,
	    nl != NULL ? (size_t)(nl + 1 - (s.at + at)) : s.len - at);
}

/* Does LINE divide an mbox, with a field in the line BELOW it? "From ", an
 * address, a time of day. */
static bool
divides(struct span line, struct span below)
{
	if (!span_starts(line, "From ") || line.at[0] != 'F' ||
	    ingest_head_name(below) == 0) {
		return false;
	}
	for (size_t i = 5; i + 2 < line.len; i++) {
		if (line.at[i] == ':' && line.at[i - 1] >= '0' &&
		    line.at[i - 1] <= '9' && line.at[i + 1] >= '0' &&
		    line.at[i + 1] <= '9') {
			return true;
		}
	}
	return false;
}

bool
ingest_contents_mbox(struct span s, size_t *ret_at)
{
	bool empty = true;

	for (size_t at = 0; at < s.len;) {
		struct span line = line_at(s, at), below;
		size_t next = at + line.len;

		below = next < s.len ? line_at(s, next) : span("", 0);
		if (empty && divides(line, below)) {
			*ret_at = at;
			return true;
		}
		empty = span_trim(line).len == 0;
		at = next;
	}
	return false;
}

int
ingest_contents_split(struct unwrap *u, struct span s,
    const struct ingest_source *source,
    int (*each)(struct unwrap *u, struct span message,
	const struct ingest_source *source))
{
	struct ingest_source own = *source;
	size_t from = 0, at;
	int r = 0;

	if (!ingest_contents_mbox(s, &from)) {
		return 0;
	}
	while (r == 0 && from < s.len) {
		size_t start = from + line_at(s, from).len;
		struct span rest = span(s.at + start, s.len - start);
		bool more = ingest_contents_mbox(rest, &at);

		/* the first line of REST is a field: no divider */
		own.base =
		    source->base >= 0 ? source->base + (int64_t)start : -1;
		if (rest.len > 0) {
			r = each(u, span(rest.at, more ? at : rest.len), &own);
		}
		from = more ? start + at : s.len;
	}
	return r;
}

struct opening {
	struct unwrap *u;
	struct ingest_source source;
};

static int
archived(void *ctx, struct span member)
{
	struct opening *o = ctx;

	return ingest_contents_look(o->u, member, &o->source);
}

static int
look_archive(
    struct unwrap *u, struct span bytes, const struct ingest_source *source)
{
	static const char *const ends[] = {
		[INGEST_ARCHIVE_BROKEN] = "an archive is damaged or encrypted",
		[INGEST_ARCHIVE_BOMB] =
		    "an archive grows beyond all measure when it is unpacked",
		[INGEST_ARCHIVE_MEMBERS] = "an archive with too many files",
		[INGEST_ARCHIVE_BUDGET] =
		    "an archive with more than may be unpacked",
	};
	struct opening o = { .u = u, .source = *source };
	enum ingest_archive_end end;
	int r;

	if (source->opened) {
		ingest_note(u->problems, u->arena,
		    "an archive in an archive was not opened");
		return 0;
	}
	o.source.kind = INGEST_ARCHIVE;
	o.source.base = -1;
	o.source.opened = true;
	o.source.declared = false;
	o.source.depth++;
	r = ingest_archive_read(
	    bytes, u->arena, &u->budget, archived, &o, &end);
	if (r == 0 && end != INGEST_ARCHIVE_WHOLE) {
		ingest_note(u->problems, u->arena, "%s: the rest was not read",
		    ends[end]);
	}
	return r;
}

static int
attached_by_outlook(void *ctx, enum ingest_tnef_sort sort, struct span bytes)
{
	struct opening *o = ctx;
	struct ingest_source source = o->source;

	source.declared = sort == INGEST_TNEF_HEADER;
	return ingest_contents_look(o->u, bytes, &source);
}

static int
look_tnef(
    struct unwrap *u, struct span bytes, const struct ingest_source *source)
{
	struct opening o = { .u = u, .source = *source };
	bool broken = false;
	int r;

	o.source.kind = INGEST_TNEF;
	o.source.base = -1;
	o.source.depth++;
	r = ingest_tnef_read(bytes, u->arena, attached_by_outlook, &o, &broken);
	if (r == 0 && broken) {
		ingest_note(u->problems, u->arena,
		    "winmail.dat is damaged: the rest of it was not read");
	}
	return r;
}

static int
look_msg(
    struct unwrap *u, struct span bytes, const struct ingest_source *source)
{
	struct ingest_inner inner = { .base = -1, .between = span("", 0) };
	struct ingest_msg m;
	char *text;
	int r = ingest_msg_read(bytes, u->arena, &m);

	if (r == ERR_FORMAT) {
		ingest_note(u->problems, u->arena,
		    "an Outlook file that cannot be read");
		return 0;
	}
	if (r < 0) {
		return r;
	}
	inner.bytes = m.header;
	if (m.header.len == 0) {
		if (m.from.len == 0) {
			return 0; /* a document, not a message */
		}
		ingest_note(u->problems, u->arena,
		    "an Outlook file without the transport header: ask for "
		    "the message as it came");
		m.subject.len = m.subject.len > 500 ? 500 : m.subject.len;
		text = arena_fmt(u->arena, "From: %.*s\nSubject: %.*s\n",
		    (int)m.from.len, m.from.at, (int)m.subject.len,
		    m.subject.at);
		if (text == NULL) {
			return ERR_NOMEM;
		}
		inner.bytes = span_str(text);
		inner.bare = true;
	}
	return ingest_unwrap_add(u, source->kind, &inner);
}

bool
ingest_contents_worth(struct span bytes)
{
	return ingest_tnef_is(bytes) || ingest_msg_is(bytes) ||
	    ingest_archive_is(bytes) || ingest_archive_other(bytes) != NULL ||
	    ingest_head_sniff(bytes);
}

int
ingest_contents_look(
    struct unwrap *u, struct span bytes, const struct ingest_source *source)
{
	if (bytes.len == 0) {
		return 0;
	}
	if (ingest_archive_other(bytes) != NULL) {
		ingest_note(u->problems, u->arena,
		    "an archive of the kind %s is not opened: ask for a zip "
		    "file",
		    ingest_archive_other(bytes));
		return 0;
	}
	if (source->depth < BOXES_MAX) {
		if (ingest_tnef_is(bytes)) {
			return look_tnef(u, bytes, source);
		}
		if (ingest_msg_is(bytes)) {
			return look_msg(u, bytes, source);
		}
		if (ingest_archive_is(bytes)) {
			return look_archive(u, bytes, source);
		}
	}
	if (source->declared) {
		return add_message(u, bytes, source);
	}
	if (!ingest_head_sniff(bytes)) {
		return 0;
	}
	if (span_starts(span_trim(bytes), "From ")) {
		struct ingest_source box = *source;
		size_t at;

		box.kind = source->depth > 0 ? source->kind : INGEST_MBOX;
		if (ingest_contents_mbox(bytes, &at)) {
			return ingest_contents_split(
			    u, bytes, &box, add_message);
		}
	}
	return add_message(u, bytes, source);
}
