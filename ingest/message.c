/* message.c - one reported message, from its bytes to its candidates. */
#include "ingest/message.h"

#include <string.h>

#include "base/when.h"
#include "ingest/language.h"
#include "ingest/mail.h"
#include "ingest/sender.h"

#define SUBJECT_MAX 4096 /* raw bytes that are decoded */
#define DAY 86400

const char *
ingest_message_param(const struct ingest_head *head, const char *field,
    const char *name, struct arena *arena)
{
	const struct ingest_field *f = ingest_head_find(head, field, 0);
	size_t len = strlen(name);
	struct span s;

	if (f == NULL) {
		return "";
	}
	s = f->value;
	while (s.len > 0) {
		const char *semi = memchr(s.at, ';', s.len);
		struct span p;

		if (semi == NULL) {
			return "";
		}
		s = span(semi + 1, s.len - (size_t)(semi + 1 - s.at));
		p = span_trim(s);
		if (!span_starts(p, name)) {
			continue;
		}
		p = span_trim(span(p.at + len, p.len - len));
		if (p.len == 0 || p.at[0] != '=') {
			continue;
		}
		p = span_trim(span(p.at + 1, p.len - 1));
		len = 0;
		if (p.len > 0 && p.at[0] == '"') {
			p = span(p.at + 1, p.len - 1);
		}
		while (len < p.len && len < 200 &&
		    strchr("\";, \t\r\n", p.at[len]) == NULL) {
			len++;
		}
		char *v = arena_copy(arena, p.at, len);

		for (char *c = v; c != NULL && *c != '\0'; c++) {
			*c = text_lower(*c);
		}
		return v != NULL ? ingest_text(arena, span_str(v), 200) : "";
	}
	return "";
}

/* Subject, Message-ID, Date, charset: what a person knows a mail by. */
static int
read_words(struct ingest_message *m, struct arena *arena)
{
	const struct ingest_field *f;
	const char *named = "";
	char *text;

	m->subject = m->message_id = "";
	m->charset =
	    ingest_message_param(&m->head, "Content-Type", "charset", arena);
	f = ingest_head_find(&m->head, "Subject", 0);
	if (f != NULL) {
		struct span s = f->value;

		s.len = s.len > SUBJECT_MAX ? SUBJECT_MAX : s.len;
		text = ingest_head_unfold(s, arena);
		if (text == NULL) {
			return ERR_NOMEM;
		}
		m->subject = ingest_mail_text(text, m->charset, arena, &named);
	}
	if (m->charset[0] == '\0') {
		m->charset = named;
	}
	m->language = ingest_language(&m->head, m->subject, m->charset, arena);
	f = ingest_head_find(&m->head, "Message-ID", 0);
	if (f != NULL) {
		m->message_id = ingest_text(arena, span_trim(f->value), 400);
	}
	f = ingest_head_find(&m->head, "Date", 0);
	if (f != NULL) {
		text = ingest_head_unfold(
		    span(f->value.at, f->value.len > 200 ? 200 : f->value.len),
		    arena);
		if (text == NULL) {
			return ERR_NOMEM;
		}
		m->dated = ingest_mail_date(text, &m->date);
	}
	return 0;
}

/* What webmail front ends say of their user's place: shown, never proposed,
 * since anybody can write it. */
static void
read_originating(struct ingest_message *m, struct arena *arena)
{
	static const char *const names[] = { "X-Originating-IP", "X-Source-IP",
		"X-Client-IP", "X-Remote-IP", "X-Yahoo-Post-IP",
		"X-Get-Message-Sender-Via" };
	const unsigned max = sizeof(m->originating) / sizeof(m->originating[0]);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct ingest_field *f =
		    ingest_head_find(&m->head, names[i], 0);
		char text[NET_IP_TEXT];
		struct net_ip ip;
		struct span s;

		if (f == NULL || m->n_originating == max) {
			continue;
		}
		s = span_trim(f->value);
		if (s.len > 2 && s.at[0] == '[' && s.at[s.len - 1] == ']') {
			s = span(s.at + 1, s.len - 2);
		}
		if (ingest_ip_read(s, &ip)) {
			m->originating[m->n_originating++] =
			    arena_str(arena, net_ip_format(text, &ip));
		}
	}
	while (m->n_originating > 0 &&
	    m->originating[m->n_originating - 1] == NULL) {
		m->n_originating--; /* no memory for its text */
	}
}

static void
note_limits(struct ingest_message *m, bool mixed, struct arena *arena)
{
	if (m->head.cut) {
		ingest_note(&m->problems, arena,
		    "more than %u Received: or %u other fields: the rest was "
		    "not read",
		    INGEST_RECEIVED_MAX, INGEST_FIELDS_MAX);
	}
	if (m->head.long_field) {
		ingest_note(&m->problems, arena,
		    "a field of more than %u KiB was cut",
		    INGEST_FIELD_MAX >> 10);
	}
	if (m->head.broken) {
		ingest_note(&m->problems, arena,
		    "the header block ends in a line that is no field");
	}
	if (m->n_relays == 0) {
		ingest_note(
		    &m->problems, arena, "no Received: line names a relay");
	} else if (m->tor && m->boundary < 0) {
		ingest_note(&m->problems, arena,
		    "it came through Tor to a hidden service: no address can "
		    "be named");
	} else if (m->boundary < 0 && !mixed) {
		ingest_note(&m->problems, arena,
		    "every relay in the chain is inside: no stranger handed "
		    "it over");
	}
}

/* When the boundary took it, against now. An address that is old news may be
 * another's by now. */
static void
note_age(const struct ingest_task *task, struct ingest_message *m,
    struct arena *arena)
{
	int64_t max = task->config->ingest.max_age, t, age;

	if (m->boundary < 0 || max == 0) {
		return;
	}
	if (!ingest_walk_date(&m->relays[m->boundary].hop, &t)) {
		ingest_note(&m->problems, arena,
		    "when it was handed over cannot be read");
		return;
	}
	age = when_now() - t;
	if (age > max) {
		m->stale = arena_fmt(arena,
		    "handed over %lld days ago, max-age is %lld: the address "
		    "may have changed hands",
		    (long long)(age / DAY), (long long)(max / DAY));
	} else if (age < -DAY) {
		m->stale = "the handover is dated in the future";
	}
	if (m->stale != NULL) {
		ingest_note(&m->problems, arena, "%s", m->stale);
	}
}

int
ingest_message_read(const struct ingest_reading *reading, struct span bytes,
    int64_t base, struct ingest_message *ret)
{
	struct ingest_message m = { .bytes = bytes, .base = base };
	struct ingest_spare spare = { .addresses = reading->spare,
		.n = reading->n_spare,
		.path = &reading->path };
	struct arena *arena = reading->arena;
	int r;

	r = ingest_head_read(bytes, arena, &m.head);
	if (r == 0) {
		r = read_words(&m, arena);
	}
	if (r == 0) {
		r = ingest_sender_read(&m, arena);
	}
	if (r == 0) {
		r = ingest_walk(reading->task, reading->providers,
		    &reading->path, arena, &m);
	}
	if (r < 0) {
		return r;
	}
	if (reading->mixed && m.boundary >= 0) {
		for (unsigned i = 0; i < m.n_relays; i++) {
			m.relays[i].role = INGEST_ROLE_UNTRUSTED;
			m.relays[i].why = "perhaps the submitter's own relay";
		}
		m.boundary = -1;
		ingest_note(&m.problems, arena,
		    "resent without a trace above: which hops are the "
		    "submitter's cannot be told");
	}
	read_originating(&m, arena);
	note_limits(&m, reading->mixed, arena);
	note_age(reading->task, &m, arena);
	if (!reading->mute) {
		r = ingest_advise(reading->task, reading->providers, &spare,
		    reading->doubt, arena, &m);
	}
	if (r == 0) {
		*ret = m;
	}
	return r;
}
