/* analyse.c - one submission, from its bytes to a report. */
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/domain.h"
#include "ingest/mail.h"
#include "ingest/message.h"
#include "ingest/sender.h"
#include "ingest/unwrap.h"

#define LONE_CR_MAX (4u << 20) /* bytes of a mail without a line feed */

/* The table is read by the parent, before the parser child is made, which
 * lives for many mails and has no right to open files. */
static struct arena table_arena;
static struct zone_providers table;
static struct stat table_stat; /* of the file that was read last */

static void
look(const struct zone_config *config, struct stat *ret)
{
	*ret = (struct stat){ 0 };
	if (config->ingest.providers != NULL) {
		(void)stat(config->ingest.providers, ret);
	}
}

bool
ingest_report_stale(const struct zone_config *config)
{
	struct stat now;

	look(config, &now);
	return now.st_ino != table_stat.st_ino ||
	    now.st_dev != table_stat.st_dev ||
	    now.st_size != table_stat.st_size ||
	    now.st_mtim.tv_sec != table_stat.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != table_stat.st_mtim.tv_nsec;
}

int
ingest_report_refresh(const struct zone_config *config, struct err_text *why)
{
	struct zone_providers fresh;
	struct arena arena = { 0 };
	int r;

	/* first: what changes while it is read is read again */
	look(config, &table_stat);
	r = zone_providers_load(config->ingest.providers, &arena, &fresh, why);
	if (r < 0) {
		arena_free(&arena);
		return r;
	}
	arena_free(&table_arena);
	table_arena = arena;
	table = fresh;
	return 0;
}

int
ingest_report_init(const struct zone_config *config, struct err_text *why)
{
	ingest_mail_init();
	/* what one mail needed the next will need: not back to the system */
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
	ingest_domain_init();
	return ingest_report_refresh(config, why);
}

void
ingest_report_fini(void)
{
	arena_free(&table_arena);
	table = (struct zone_providers){ 0 };
	ingest_domain_fini();
}

/* Addresses of the submitter's side: those of HEAD, added to READING. */
static int
spare(struct ingest_reading *reading, const struct ingest_head *head)
{
	static const char *const names[] = { "From", "Sender", "Return-Path",
		"Reply-To", "Delivered-To", "X-Original-To", "To", "Cc",
		"Resent-From", "Resent-Sender", "Resent-To" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]);
	     i++) {
		r = ingest_sender_list(head, names[i], reading->arena,
		    &reading->spare, &reading->n_spare);
	}
	return r;
}

/* What of HEAD the submitter's side wrote: all of it, or down to the lowest
 * Resent- field, below which the report begins. */
static struct ingest_head
outer_part(const struct ingest_head *head, enum ingest_kind kind)
{
	struct ingest_head top = *head;

	while (kind == INGEST_RESENT && top.n > 0 &&
	    !span_starts(top.fields[top.n - 1].name, "Resent-")) {
		top.n--;
	}
	return top;
}

/* One inner message with what is spared on its account. */
static int
read_inner(const struct ingest_reading *reading,
    const struct ingest_inner *inner, struct ingest_message *ret)
{
	struct ingest_reading own = *reading;
	struct ingest_head head;
	struct ingest_path more;
	int r;

	own.mixed = inner->mixed;
	if (inner->pasted) {
		own.doubt = "pasted text, which loses and changes lines";
	}
	own.mute = own.mute || inner->bare;
	if (inner->between.len > 0) {
		struct net_ip *ips;

		own.doubt = "it was inside another message, whose sender may "
			    "have made it up";

		r = ingest_head_read(inner->between, own.arena, &head);
		if (r == 0) {
			r = spare(&own, &head);
		}
		if (r == 0) {
			r = ingest_walk_path(&head, own.arena, &more);
		}
		if (r < 0) {
			return r;
		}
		ips = arena_alloc(
		    own.arena, (own.path.n + more.n + 1) * sizeof(*ips));
		if (ips == NULL) {
			return ERR_NOMEM;
		}
		if (own.path.n > 0) {
			memcpy(ips, own.path.ips, own.path.n * sizeof(*ips));
		}
		if (more.n > 0) {
			memcpy(
			    ips + own.path.n, more.ips, more.n * sizeof(*ips));
		}
		own.path.ips = ips;
		own.path.n += more.n;
	}
	r = ingest_message_read(&own, inner->bytes, inner->base, ret);
	if (r == 0 && inner->between.len > 0) {
		ingest_note(&ret->problems, own.arena,
		    "ambiguous: it was inside another forward");
	}
	return r;
}

/* What a person knows the outer mail by, for the queue. */
static int
outer_words(const struct ingest_head *head, struct arena *arena,
    struct ingest_report *report)
{
	const struct ingest_field *f;
	const char *charset, *address = NULL;
	int r = 0;

	report->subject = report->from = report->submitter = "";
	f = ingest_head_find(head, "Subject", 0);
	if (f != NULL) {
		struct span s = f->value;
		char *text;

		s.len = s.len > 4096 ? 4096 : s.len;
		text = ingest_head_unfold(s, arena);
		if (text == NULL) {
			return ERR_NOMEM;
		}
		report->subject = ingest_mail_text(text,
		    ingest_message_param(
			head, "Content-Type", "charset", arena),
		    arena, &charset);
	}
	f = ingest_head_find(head, "From", 0);
	if (f != NULL) {
		r = ingest_sender_rule(f->value, arena, &address);
	}
	if (address != NULL) {
		report->from = report->submitter = address;
	}
	f = ingest_head_find(head, "Return-Path", 0);
	if (r == 0 && f != NULL) {
		r = ingest_sender_rule(f->value, arena, &address);
		report->submitter = address != NULL ? address : "";
	}
	return r;
}

/* A mail whose lines end in CR alone, as old Macs wrote them: the same with
 * LF. What stands behind the first megabytes of such a mail is not read. */
static int
line_ends(struct arena *arena, const char **raw, size_t *len)
{
	size_t n = *len < LONE_CR_MAX ? *len : LONE_CR_MAX;
	char *copy;

	if (n == 0 || memchr(*raw, '\n', n) != NULL ||
	    memchr(*raw, '\r', n) == NULL) {
		return 0;
	}
	copy = arena_copy(arena, *raw, n);
	if (copy == NULL) {
		return ERR_NOMEM;
	}
	for (char *p = copy;
	     (p = memchr(p, '\r', n - (size_t)(p - copy))) != NULL; p++) {
		*p = '\n';
	}
	*raw = copy;
	*len = n;
	return 0;
}

/* What a person reads of the messages, as long as there is room. */
static int
read_excerpts(const struct zone_config *config, struct arena *arena,
    struct ingest_report *report)
{
	size_t words = INGEST_WORDS_ALL_MAX;
	unsigned files = INGEST_FILES_ALL_MAX;
	int r = 0;

	for (unsigned i = 0; i < report->n_messages && r == 0; i++) {
		struct ingest_message *m = &report->messages[i];

		if (words == 0 && files == 0) {
			break;
		}
		r = ingest_excerpt_read(config, m->bytes,
		    words < INGEST_WORDS_MAX ? words : INGEST_WORDS_MAX, files,
		    arena, &m->excerpt);
		if (r == 0) {
			words -= m->excerpt.len;
			files -= m->excerpt.n_files;
		}
	}
	return r;
}

int
ingest_report_make(const struct ingest_task *task, const char *raw, size_t len,
    struct arena *arena, struct ingest_report *ret)
{
	struct ingest_report report = { .file = task->file };
	struct ingest_reading reading = {
		.task = task, .providers = &table, .arena = arena
	};
	struct ingest_unwrapped unwrapped;
	struct ingest_head head;
	int r;

	r = line_ends(arena, &raw, &len);
	if (r == 0) {
		r = ingest_head_read(span(raw, len), arena, &head);
	}
	if (r == 0) {
		r = outer_words(&head, arena, &report);
	}
	if (r == 0) {
		r = ingest_unwrap(task, span(raw, len), &head, arena,
		    &report.problems, &unwrapped);
	}
	if (r < 0) {
		return r;
	}
	report.kind = unwrapped.kind;
	if (task->raw || report.kind == INGEST_RAW) {
		report.submitter = ""; /* the spammer's own address */
	}
	reading.mute =
	    report.kind == INGEST_BOUNCE || report.kind == INGEST_AUTOREPLY;
	if (unwrapped.guessed) {
		reading.doubt = "nobody forwarded it and it did not come "
				"marked as trap mail (--raw)";
	} else if (report.kind != INGEST_RAW && !task->raw) {
		struct ingest_head top = outer_part(&head, report.kind);

		r = spare(&reading, &top);
		if (r == 0) {
			r = ingest_walk_path(&top, arena, &reading.path);
		}
		if (r < 0) {
			return r;
		}
	}
	if (unwrapped.n > 0) {
		report.messages =
		    arena_alloc(arena, unwrapped.n * sizeof(*report.messages));
		if (report.messages == NULL) {
			return ERR_NOMEM;
		}
	}
	for (unsigned i = 0; i < unwrapped.n; i++) {
		r = read_inner(
		    &reading, &unwrapped.inner[i], &report.messages[i]);
		if (r < 0) {
			return r;
		}
		report.n_messages++;
	}
	r = read_excerpts(task->config, arena, &report);
	if (r < 0) {
		return r;
	}
	if (task->cut) {
		ingest_note(&report.problems, arena,
		    "longer than max-message: only its first %zu bytes were "
		    "kept",
		    len);
	}
	if (head.n == 0) {
		ingest_note(&report.problems, arena,
		    len == 0 ? "the mail is empty"
			     : "the mail has no header fields");
	}
	*ret = report;
	return 0;
}
