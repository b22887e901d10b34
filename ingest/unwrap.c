/* unwrap.c - from the mail that came in to the messages reported in it. */
#include "ingest/unwrap.h"

#include <string.h>

#include "ingest/guess.h"
#include "ingest/labels.h"
#include "ingest/mail.h"
#include "ingest/unwrap_priv.h"

#define PEEK (16u << 10) /* bytes of a part that are looked at first */

int
ingest_unwrap_add(
    struct unwrap *u, enum ingest_kind kind, const struct ingest_inner *inner)
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
	out->inner[out->n++] = *inner;
	return 0;
}

int
ingest_unwrap_decode(struct unwrap *u, enum ingest_coding coding,
    struct span in, size_t limit, struct span *ret)
{
	char *copy;
	int r;

	if (coding == INGEST_IDENTITY) {
		*ret = in;
		return 0;
	}
	if (limit > u->budget) {
		limit = u->budget;
	}
	buf_clear(&u->scratch);
	r = ingest_mail_decode(coding, in, limit, &u->scratch);
	if (r == ERR_FULL) {
		ingest_note(u->problems, u->arena,
		    "more content than may be decoded: the rest was not read");
		r = 0;
	}
	*ret = span("", 0);
	if (r == 0 && u->scratch.len > 0) {
		copy = arena_copy(u->arena, u->scratch.data, u->scratch.len);
		if (copy == NULL) {
			return ERR_NOMEM;
		}
		*ret = span(copy, u->scratch.len);
		u->budget -= u->scratch.len;
	}
	return r;
}

int
ingest_unwrap_subject(
    struct unwrap *u, const struct ingest_head *head, bool *ret)
{
	const struct ingest_field *f = ingest_head_find(head, "Subject", 0);
	const char *charset;
	struct span s;
	char *text;

	*ret = false;
	if (f == NULL) {
		return 0;
	}
	s = span_trim(f->value);
	s.len = s.len > 1000 ? 1000 : s.len;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '=' || s.at[i] < 0) { /* encoded, or 8-bit */
			text = ingest_head_unfold(s, u->arena);
			if (text == NULL) {
				return ERR_NOMEM;
			}
			s = span_str(
			    ingest_mail_text(text, "", u->arena, &charset));
			break;
		}
	}
	*ret = ingest_label_forward(s);
	return 0;
}

/* ---- parts ------------------------------------------------------------- */

static bool
has_type(const struct ingest_part *part, const char *prefix)
{
	return strncmp(part->type, prefix, strlen(prefix)) == 0;
}

/* A leaf: does it hold messages, by its type or by its content? */
static int
look_leaf(struct unwrap *u, const struct ingest_part *part)
{
	struct ingest_source source = { .base = -1 };
	bool text = has_type(part, "text/");
	struct span s;
	int r;

	source.declared = ingest_mime_message(part->type) ||
	    strcmp(part->type, "text/rfc822-headers") == 0 ||
	    strcmp(part->type, "message/rfc822-headers") == 0 ||
	    strcmp(part->type, "message/global-headers") == 0;
	source.kind = source.declared ? INGEST_ATTACHMENT : INGEST_EML;
	if (!source.declared && !text && !has_type(part, "application/")) {
		return 0;
	}
	/* text that is no attachment: what was pasted comes later */
	if (!source.declared && text && !part->attached &&
	    (strcmp(part->type, "text/plain") == 0 ||
		strcmp(part->type, "text/html") == 0)) {
		return 0;
	}
	s = part->bytes;
	if (part->coding != INGEST_IDENTITY && !source.declared) {
		buf_clear(&u->scratch);
		r = ingest_mail_decode(part->coding, s, PEEK, &u->scratch);
		if (r < 0 && r != ERR_FULL) {
			return r;
		}
		s = span(u->scratch.data != NULL ? u->scratch.data : "",
		    u->scratch.len);
	}
	if (!source.declared && !ingest_contents_worth(s)) {
		return 0;
	}
	r = ingest_unwrap_decode(
	    u, part->coding, part->bytes, INGEST_PIECE_MAX, &s);
	if (r < 0) {
		return r;
	}
	if (part->coding == INGEST_IDENTITY) {
		source.base = s.at - u->mail.at;
	}
	return ingest_contents_look(u, s, &source);
}

static int
look_parts(struct unwrap *u)
{
	int r = 0;

	for (unsigned i = 0; i < u->parts.n && r == 0; i++) {
		const struct ingest_part *part = &u->parts.parts[i];
		struct ingest_source source = { .declared = true };

		if (part->within >= 0) {
			continue;
		}
		if (part->sort == INGEST_PART_LEAF) {
			r = look_leaf(u, part);
		} else if (part->sort == INGEST_PART_MESSAGE) {
			source.kind =
			    part->digest ? INGEST_DIGEST : INGEST_ATTACHMENT;
			source.base = part->bytes.at - u->mail.at;
			r = ingest_contents_look(u, part->bytes, &source);
		}
	}
	if (u->out->n > 0 && u->feedback) {
		u->out->kind = INGEST_ARF;
	}
	return r;
}

/* ---- the whole --------------------------------------------------------- */

/* What stands below the lowest Resent- field, when the mail was redirected
 * with its trace below (RFC 5322 3.6.6). */
static int
look_resent(struct unwrap *u)
{
	struct ingest_inner inner = { .between = span("", 0) };
	unsigned last = 0;
	size_t at;

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
	inner.bytes = span(u->mail.at + at, u->mail.len - at);
	inner.base = (int64_t)at;
	/* it came to us by some way: if that stands not above, it is below */
	inner.mixed =
	    ingest_head_find(u->head, "Received", 0) > &u->head->fields[last];
	return ingest_unwrap_add(u, INGEST_RESENT, &inner);
}

static int
add_whole(struct unwrap *u)
{
	return ingest_unwrap_add(u, INGEST_RAW,
	    &(struct ingest_inner){ .bytes = u->mail, .base = 0 });
}

/* Does anything say that a person sends this to us? */
static int
for_us(struct unwrap *u, bool *ret)
{
	int r;

	*ret = u->task->submitter != NULL;
	if (*ret) {
		return 0;
	}
	r = ingest_unwrap_subject(u, u->head, ret);
	if (r < 0 || *ret) {
		return r;
	}
	return ingest_guess_collector(u->task, u->head, u->arena, ret);
}

/* Nothing is attached. Was it pasted? Or is the mail itself the report,
 * without anybody saying so? That only when nothing speaks for a person who
 * forwards. */
static int
look_text(struct unwrap *u)
{
	bool person, trace;
	int r = for_us(u, &person);

	if (r == 0) {
		r = ingest_pasted_look(u, &trace);
	}
	if (r < 0) {
		return r;
	}
	if (!person && u->out->n > 0) {
		/* a stranger's text may quote whatever it likes */
		u->out->n = 0;
		u->out->kind = INGEST_UNKNOWN;
		if (trace) {
			ingest_note(u->problems, u->arena,
			    "header fields are pasted into it, but it was not "
			    "sent to an address for reports");
			return 0;
		}
	}
	if (u->out->n > 0) {
		return 0;
	}
	if (person || ingest_head_find(u->head, "Received", 0) == NULL) {
		ingest_note(u->problems, u->arena,
		    "no message is attached: ask for it as an attachment, "
		    "with full headers");
		return 0;
	}
	u->out->guessed = true;
	return add_whole(u);
}

static void
note_limits(struct unwrap *u)
{
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
	if (u->unsearched) {
		ingest_note(u->problems, u->arena,
		    "more text than is searched for a pasted message");
	}
	if (u->dropped > 0) {
		ingest_note(u->problems, u->arena,
		    "%u more messages than the %u that are read at once",
		    u->dropped, INGEST_MESSAGES_MAX);
	}
}

/* A machine's report or answer, by its header and its parts. */
static enum ingest_kind
kind_of(struct unwrap *u)
{
	const struct ingest_part *top = u->parts.parts;
	char report[40] = "";

	if (u->parts.n > 0 && strcmp(top->type, "multipart/report") == 0) {
		(void)ingest_mime_param(
		    top->params, "report-type", report, sizeof(report));
	}
	u->feedback = strcasecmp(report, "feedback-report") == 0;
	for (unsigned i = 0; i < u->parts.n; i++) {
		const struct ingest_part *p = &u->parts.parts[i];

		if (p->within >= 0) {
			continue;
		}
		if (strcmp(p->type, "message/feedback-report") == 0) {
			u->feedback = true;
		} else if (strcmp(p->type, "message/delivery-status") == 0 ||
		    strcmp(p->type, "message/global-delivery-status") == 0) {
			memcpy(report, "delivery-status", 16);
		}
	}
	return u->feedback && !u->task->raw ? INGEST_UNKNOWN
	    : ingest_guess_bounce(u->head, report, u->task->raw) ? INGEST_BOUNCE
	    : ingest_guess_autoreply(u->head) ? INGEST_AUTOREPLY
					      : INGEST_UNKNOWN;
}

static int
look(struct unwrap *u)
{
	static const struct ingest_source file = { .kind = INGEST_EML };
	enum ingest_kind kind = u->out->kind;
	bool person = true;
	int r;

	if (kind != INGEST_BOUNCE) {
		/* what stands below Resent- fields, an automatic reply as
		 * well, is what somebody reports */
		r = look_resent(u);
		if (r < 0 || u->out->n > 0) {
			return r;
		}
	}
	if (kind == INGEST_AUTOREPLY) {
		/* to us, or one that came to a trap: shown, muted */
		r = for_us(u, &person);
		if (r == 0 && !person &&
		    ingest_head_find(u->head, "Received", 0) != NULL) {
			r = add_whole(u);
			u->out->kind = kind;
		}
		return r;
	}
	if (kind != INGEST_UNKNOWN) {
		return 0;
	}
	r = u->head->n > 0 ? look_parts(u)
			   : ingest_contents_look(u, u->mail, &file);
	return r < 0 || u->out->n > 0 ? r : look_text(u);
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
		.budget = INGEST_OPEN_MAX,
		.texts = INGEST_TEXTS_MAX };
	int r;

	r = ingest_mime_read(mail, task->config->ingest.max_depth,
	    task->config->ingest.max_parts, arena, &u.parts);
	if (r < 0) {
		return r;
	}
	out.kind = kind_of(&u);
	if (task->raw) {
		enum ingest_kind kind = out.kind;

		r = head->n > 0 ? add_whole(&u) : 0;
		out.kind = kind == INGEST_UNKNOWN ? out.kind : kind;
	} else {
		r = look(&u);
	}
	note_limits(&u);
	if (r == 0) {
		*ret = out;
	}
	buf_free(&u.scratch);
	return r;
}
