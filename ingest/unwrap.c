/* unwrap.c - from the mail that came in to the messages reported in it. */
#include "ingest/unwrap.h"

#include <string.h>

#include "ingest/guess.h"
#include "ingest/limits.h"
#include "ingest/mail.h"
#include "ingest/sender.h"

#define PEEK (16u << 10)       /* bytes of a part that are looked at first */
#define TEXT_LOOK (256u << 10) /* bytes of a text that are searched */

struct unwrap {
	const struct ingest_task *task;
	struct span mail;
	const struct ingest_head *head;
	struct arena *arena;
	struct ingest_notes *problems;
	struct ingest_unwrapped *out;
	struct ingest_limited limited;
	struct ingest_parts parts;
	size_t budget; /* bytes that may still be decoded */
	unsigned dropped;
};

static int
add(struct unwrap *u, enum ingest_kind kind, struct span bytes, int64_t base)
{
	struct ingest_unwrapped *out = u->out;

	if (out->inner == NULL) {
		out->inner = arena_alloc(
		    u->arena, INGEST_MESSAGES_MAX * sizeof(*out->inner));
		if (out->inner == NULL) {
			return ERR_NOMEM;
		}
	}
	if (out->n == INGEST_MESSAGES_MAX) {
		u->dropped++;
		return 0;
	}
	if (out->n == 0) {
		out->kind = kind;
	}
	out->inner[out->n++] =
	    (struct ingest_inner){ .bytes = bytes, .base = base };
	return 0;
}

static struct span
value_of(const struct ingest_head *head, const char *name)
{
	const struct ingest_field *f = ingest_head_find(head, name, 0);

	return f != NULL ? span_trim(f->value) : span("", 0);
}

/* ---- parts that hold messages ------------------------------------------ */

/* Split an mbox at its "From " lines. */
static int
add_mbox(struct unwrap *u, struct span s)
{
	size_t start = 0, at = 0;
	bool empty = true, open = false;
	int r = 0;

	while (at < s.len && r == 0) {
		const char *nl = memchr(s.at + at, '\n', s.len - at);
		size_t end = nl != NULL ? (size_t)(nl - s.at) + 1 : s.len;
		struct span line = span(s.at + at, end - at);

		if (empty && span_starts(line, "From ")) {
			if (open) {
				r = add(u, INGEST_MBOX,
				    span(s.at + start, at - start), -1);
			}
			start = end;
			open = true;
		}
		empty = span_trim(line).len == 0;
		at = end;
	}
	if (r == 0 && open && start < s.len) {
		r = add(u, INGEST_MBOX, span(s.at + start, s.len - start), -1);
	}
	return r;
}

/* PART decoded, up to LIMIT and the budget, in the arena. */
static int
decode(struct unwrap *u, const struct ingest_part *part, size_t limit,
    struct span *ret)
{
	struct buf b = { 0 };
	char *copy;
	int r;

	if (limit > u->budget) {
		limit = u->budget;
		ingest_note(u->problems, u->arena,
		    "more content than may be decoded: the rest was not read");
	}
	r = ingest_mail_decode(part, limit, &b);
	if (r == ERR_FULL) {
		r = 0;
	}
	*ret = span("", 0);
	if (r == 0 && b.len > 0) {
		copy = arena_copy(u->arena, b.data, b.len);
		if (copy == NULL) {
			r = ERR_NOMEM;
		} else {
			*ret = span(copy, b.len);
			u->budget -= b.len;
		}
	}
	buf_free(&b);
	return r;
}

static bool
has_type(const struct ingest_part *part, const char *prefix)
{
	return strncmp(part->type, prefix, strlen(prefix)) == 0;
}

/* A leaf: does it hold a message, by its type or by its content? */
static int
look_leaf(struct unwrap *u, const struct ingest_part *part)
{
	bool message = strcmp(part->type, "message/rfc822") == 0 ||
	    strcmp(part->type, "message/global") == 0 ||
	    strcmp(part->type, "message/news") == 0;
	bool headers = strcmp(part->type, "text/rfc822-headers") == 0 ||
	    strcmp(part->type, "message/global-headers") == 0;
	struct span s;
	int r;

	if (!message && !headers &&
	    (strcmp(part->type, "text/html") == 0 ||
		(!has_type(part, "text/") &&
		    !has_type(part, "application/")))) {
		return 0;
	}
	r = decode(u, part, PEEK, &s);
	if (r < 0 || s.len == 0) {
		return r;
	}
	if (!message && !headers && !ingest_head_sniff(s)) {
		return 0;
	}
	if (s.len == PEEK) {
		r = decode(u, part, u->budget, &s);
		if (r < 0) {
			return r;
		}
	}
	if (!message && !headers && span_starts(span_trim(s), "From ")) {
		return add_mbox(u, s);
	}
	r = add(u,
	    message || headers   ? INGEST_ATTACHMENT
		: part->attached ? INGEST_EML
				 : INGEST_INLINE,
	    s, -1);
	if (r == 0 && u->out->n > 0) {
		u->out->inner[u->out->n - 1].pasted =
		    !message && !headers && !part->attached;
	}
	return r;
}

/* The bytes of a message part as they stand in the mail. */
static struct span
literal(const struct unwrap *u, const struct ingest_part *part, int64_t *base)
{
	size_t at = ingest_limits_origin(&u->limited, part->at);
	size_t end = ingest_limits_origin(&u->limited, part->end);

	*base = (int64_t)at;
	if (at > u->mail.len || end > u->mail.len || end < at) {
		*base = -1;
		return span("", 0);
	}
	/* its last field may have been cut for GMime: up to the line's end */
	while (end < u->mail.len && u->mail.at[end] != '\n') {
		end++;
	}
	return span(u->mail.at + at, end - at);
}

/* Is the message part number I only a forward, so that the one message within
 * it is the report? By its subject, or because it was sent to the same
 * address as the submission. */
static int
forward_of(const struct unwrap *u, unsigned i, int *ret_child)
{
	struct ingest_head head;
	const char **to = NULL, **outer = NULL;
	unsigned n_to = 0, n_outer = 0, children = 0;
	bool forward;
	int64_t base;
	int r;

	*ret_child = -1;
	for (unsigned k = i + 1; k < u->parts.n; k++) {
		if (u->parts.parts[k].sort == INGEST_PART_MESSAGE &&
		    u->parts.parts[k].within == (int)i) {
			*ret_child = (int)k;
			children++;
		}
	}
	if (children != 1) {
		*ret_child = -1;
		return 0;
	}
	r = ingest_head_read(
	    literal(u, &u->parts.parts[i], &base), u->arena, &head);
	if (r == 0) {
		r = ingest_sender_list(&head, "To", u->arena, &to, &n_to);
	}
	if (r == 0) {
		r = ingest_sender_list(
		    u->head, "To", u->arena, &outer, &n_outer);
	}
	if (r < 0) {
		return r;
	}
	forward = ingest_guess_forward(value_of(&head, "Subject"));
	for (unsigned k = 0; k < n_to && !forward; k++) {
		forward = ingest_sender_among(to[k], outer, n_outer);
	}
	if (!forward) {
		*ret_child = -1;
	}
	return 0;
}

static int
look_message(struct unwrap *u, unsigned i)
{
	const struct ingest_part *part = &u->parts.parts[i];
	struct span bytes, between = span("", 0);
	int64_t base;
	int child, r;

	if (part->within >= 0 || part->end == 0) {
		return 0;
	}
	r = forward_of(u, i, &child);
	if (r < 0) {
		return r;
	}
	if (child >= 0) {
		between = literal(u, part, &base);
		ingest_note(u->problems, u->arena,
		    "a forward of a forward: the innermost message was taken");
		part = &u->parts.parts[child];
	}
	bytes = literal(u, part, &base);
	if (bytes.len == 0) {
		return 0;
	}
	r = add(
	    u, part->digest ? INGEST_DIGEST : INGEST_ATTACHMENT, bytes, base);
	if (r == 0 && u->out->n > 0) {
		u->out->inner[u->out->n - 1].between = between;
	}
	return r;
}

/* ---- the whole --------------------------------------------------------- */

/* What stands below the lowest Resent- field, when the mail was redirected
 * with its trace below (RFC 5322 3.6.6). */
static int
look_resent(struct unwrap *u)
{
	unsigned last = 0;
	size_t at;
	int r;

	if (ingest_head_find(u->head, "Resent-From", 0) == NULL) {
		return 0;
	}
	for (unsigned i = 0; i < u->head->n; i++) {
		if (span_starts(u->head->fields[i].name, "Resent-")) {
			last = i;
		}
	}
	if (ingest_head_find(u->head, "Received", last + 1) == NULL) {
		return 0;
	}
	at = u->head->fields[last].at + u->head->fields[last].len;
	r = add(u, INGEST_RESENT, span(u->mail.at + at, u->mail.len - at),
	    (int64_t)at);
	/* it came to us by some way: if that stands not above, it is below */
	if (r == 0 && u->out->n > 0) {
		const struct ingest_field *trace =
		    ingest_head_find(u->head, "Received", 0);

		u->out->inner[u->out->n - 1].mixed =
		    trace > &u->head->fields[last];
	}
	return r;
}

static int
look_parts(struct unwrap *u)
{
	int r = 0;

	for (unsigned i = 0; i < u->parts.n && r == 0; i++) {
		const struct ingest_part *part = &u->parts.parts[i];

		if (part->sort == INGEST_PART_MESSAGE) {
			r = look_message(u, i);
		} else if (part->sort == INGEST_PART_LEAF && part->within < 0) {
			r = look_leaf(u, part);
		}
	}
	if (u->out->n > 0 &&
	    strcmp(u->parts.report_type, "feedback-report") == 0) {
		u->out->kind = INGEST_ARF;
	}
	return r;
}

/* Nothing inside: is the mail itself the report, without anybody saying so?
 * Only when nothing speaks for a person who forwards. */
static int
look_raw(struct unwrap *u)
{
	struct span text = span("", 0);
	bool forwarded;
	int r;

	r = ingest_guess_collector(u->task, u->head, u->arena, &forwarded);
	for (unsigned i = 0; i < u->parts.n && r == 0; i++) {
		if (u->parts.parts[i].sort == INGEST_PART_LEAF &&
		    strcmp(u->parts.parts[i].type, "text/plain") == 0) {
			r = decode(u, &u->parts.parts[i], TEXT_LOOK, &text);
			break;
		}
	}
	if (r < 0) {
		return r;
	}
	if (ingest_guess_pasted(text)) {
		ingest_note(u->problems, u->arena,
		    "forwarded inline: ask for the message as an attachment, "
		    "with full headers");
		return 0;
	}
	if (u->task->submitter != NULL || forwarded || u->limited.nesting ||
	    ingest_guess_forward(value_of(u->head, "Subject")) ||
	    ingest_head_find(u->head, "Received", 0) == NULL) {
		ingest_note(u->problems, u->arena,
		    "no message is attached: ask for it as an attachment, "
		    "with full headers");
		return 0;
	}
	u->out->guessed = true;
	return add(u, INGEST_RAW, u->mail, 0);
}

static void
note_limits(struct unwrap *u)
{
	const struct ingest_limited *l = &u->limited;

	if (l->block || l->fields) {
		ingest_note(u->problems, u->arena,
		    "a header block of more than %u KiB or %u fields was cut",
		    INGEST_BLOCK_MAX >> 10, INGEST_FIELDS_MAX);
	}
	if (l->field) {
		ingest_note(u->problems, u->arena,
		    "a field of more than %u KiB was cut",
		    INGEST_FIELD_MAX >> 10);
	}
	if (l->nesting) {
		ingest_note(u->problems, u->arena,
		    "an address field nests more than %u deep: it was cut",
		    INGEST_NEST_MAX);
	}
	if (l->borders) {
		ingest_note(u->problems, u->arena,
		    "more than %u part borders: the rest was not read",
		    INGEST_BORDERS_MAX);
	}
	if (u->parts.too_deep) {
		ingest_note(u->problems, u->arena,
		    "parts nest more than %u deep: what is below was not read",
		    u->task->config->ingest.max_depth);
	}
	if (u->parts.too_many) {
		ingest_note(u->problems, u->arena,
		    "more than %u parts: the rest was not read",
		    u->task->config->ingest.max_parts);
	}
	if (u->dropped > 0) {
		ingest_note(u->problems, u->arena,
		    "%u more messages than the %u that are read at once",
		    u->dropped, INGEST_MESSAGES_MAX);
	}
}

int
ingest_unwrap(const struct ingest_task *task, struct span mail,
    const struct ingest_head *head, struct arena *arena,
    struct ingest_notes *problems, struct ingest_unwrapped *ret)
{
	struct ingest_unwrapped out = { .kind = INGEST_UNKNOWN };
	struct unwrap u = { .task = task,
		.mail = mail,
		.head = head,
		.arena = arena,
		.problems = problems,
		.out = &out,
		.parts = { .report_type = "", .charset = "" },
		.budget = task->config->ingest.max_message };
	struct ingest_mail *parsed = NULL;
	struct span body = span(mail.at, mail.len);
	int r;

	/* blank lines at the start: GMime would find no message */
	while (body.len > 0 && strchr(" \t\r\n", body.at[0]) != NULL &&
	    body.at[0] != '\0') {
		body = span(body.at + 1, body.len - 1);
	}
	r = ingest_limits_apply(body, &u.limited);
	if (r < 0) {
		return r;
	}
	r = ingest_mail_open(u.limited.bytes, task->config->ingest.max_depth,
	    task->config->ingest.max_parts, arena, &parsed, &u.parts);
	if (r == ERR_FORMAT) {
		ingest_note(problems, arena, "MIME: no message found in it");
		r = 0;
	}
	u.mail = body;
	if (r < 0) {
		goto out;
	}
	if (ingest_guess_bounce(head, u.parts.report_type)) {
		out.kind = INGEST_BOUNCE;
	} else if (ingest_guess_autoreply(head)) {
		out.kind = INGEST_AUTOREPLY;
	}
	if (task->raw) {
		enum ingest_kind kind = out.kind;

		r = head->n > 0 ? add(&u, INGEST_RAW, body, 0) : 0;
		out.kind = kind == INGEST_UNKNOWN ? out.kind : kind;
	} else if (out.kind == INGEST_UNKNOWN) {
		r = look_resent(&u);
		if (r == 0 && out.n == 0) {
			r = look_parts(&u);
		}
		if (r == 0 && out.n == 0) {
			r = look_raw(&u);
		}
	}
	note_limits(&u);
	if (r == 0) {
		/* bases so far count from BODY */
		for (unsigned i = 0; i < out.n; i++) {
			if (out.inner[i].base >= 0) {
				out.inner[i].base += body.at - mail.at;
			}
		}
		*ret = out;
	}
out:
	ingest_mail_close(&parsed);
	ingest_limits_free(&u.limited);
	return r;
}
