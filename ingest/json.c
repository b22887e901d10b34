/* json.c - what "rbl-ingest --explain" prints of a mail. */
#include <string.h>

#include "base/when.h"
#include "ingest/result.h"
#include "ingest/walk.h"

#define LIST_SHOWN 50   /* addresses of one list that are shown */
#define TEXT_SHOWN 2000 /* bytes of one text */
#define JSON_ROOM (1u << 20) /* the queue keeps no more of it (queue.h) */

/* Every mail comes by here: the text is written as the report is walked, and
 * no tree is built of it first. */

static void
escape(struct buf *b, unsigned unit)
{
	static const char digits[] = "0123456789ABCDEF";
	char s[6] = { '\\', 'u', digits[unit >> 12 & 15],
		digits[unit >> 8 & 15], digits[unit >> 4 & 15],
		digits[unit & 15] };

	buf_add(b, s, sizeof(s));
}

/* The character at S, which has N bytes of UTF-8. */
static uint32_t
character(const char *s, size_t n)
{
	uint32_t v = (uint8_t)s[0];

	v = n == 1 ? v : n == 2 ? v & 0x1f : n == 3 ? v & 0xf : v & 7;
	for (size_t i = 1; i < n; i++) {
		v = v << 6 | ((uint8_t)s[i] & 0x3f);
	}
	return v;
}

/* S as a string. In ASCII: no C1 control or line separator reaches a terminal,
 * and every reader agrees where the line ends. What is not UTF-8 is read as
 * Latin-1, as text_to_utf8 does. */
static void
text_up_to(struct buf *b, struct span s, size_t max)
{
	size_t from = 0, n;

	if (s.len == 0) { /* what was not there has no address */
		buf_str(b, "\"\"");
		return;
	}
	s.len = s.len > max ? max : s.len;
	buf_u8(b, '"');
	for (size_t i = 0; i < s.len; i += n) {
		uint8_t c = (uint8_t)s.at[i];
		uint32_t v;

		n = 1;
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			continue;
		}
		buf_add(b, s.at + from, i - from);
		if (c >= 0x80) {
			n = text_utf8(s.at + i, s.len - i);
			v = n > 0 ? character(s.at + i, n) : c;
			n = n > 0 ? n : 1;
		} else {
			v = c == 0 ? 0xfffd : c;
		}
		if (c == '"' || c == '\\') {
			buf_u8(b, '\\');
			buf_u8(b, c);
		} else if (v >= 0x10000) {
			escape(b, 0xd800 | (v - 0x10000) >> 10);
			escape(b, 0xdc00 | ((v - 0x10000) & 0x3ff));
		} else {
			escape(b, v);
		}
		from = i + n;
	}
	buf_add(b, s.at + from, s.len - from);
	buf_u8(b, '"');
}

static void
text(struct buf *b, struct span s)
{
	text_up_to(b, s, TEXT_SHOWN);
}

/* A comma, unless this is the first of its object or list. */
static void
next(struct buf *b)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[') {
		buf_u8(b, ',');
	}
}

static void
key(struct buf *b, const char *name)
{
	next(b);
	buf_u8(b, '"');
	buf_str(b, name);
	buf_str(b, "\":");
}

static void
put_span(struct buf *b, const char *name, struct span s)
{
	key(b, name);
	text(b, s);
}

static void
put(struct buf *b, const char *name, const char *s)
{
	put_span(b, name, span_str(s != NULL ? s : ""));
}

static void
put_number(struct buf *b, const char *name, int64_t n)
{
	key(b, name);
	buf_fmt(b, "%lld", (long long)n);
}

static void
put_list(struct buf *b, const char *name, const char *const *items, unsigned n)
{
	key(b, name);
	buf_u8(b, '[');
	for (unsigned i = 0; i < n && i < LIST_SHOWN; i++) {
		next(b);
		text(b, span_str(items[i] != NULL ? items[i] : ""));
	}
	buf_u8(b, ']');
}

static void
put_notes(struct buf *b, const char *name, const struct ingest_notes *n)
{
	put_list(b, name, n->text, n->n);
}

static void
put_true(struct buf *b, const char *name, bool is)
{
	if (is) {
		key(b, name);
		buf_str(b, "true");
	}
}

/* The words, and what is attached: for a person to read. */
static void
put_excerpt(struct buf *b, const struct ingest_excerpt *e)
{
	if (e->words != NULL) {
		key(b, "text");
		buf_u8(b, '{');
		key(b, "body");
		text_up_to(b, span(e->words, e->len), INGEST_WORDS_MAX);
		put_true(b, "html", e->html);
		put_true(b, "cut", e->cut);
		buf_u8(b, '}');
	}
	key(b, "attachments");
	buf_u8(b, '[');
	for (unsigned i = 0; i < e->n_files; i++) {
		next(b);
		buf_u8(b, '{');
		put(b, "name", e->files[i].name);
		put(b, "type", e->files[i].type);
		put_number(b, "size", (int64_t)e->files[i].size);
		buf_u8(b, '}');
	}
	buf_u8(b, ']');
}

static void
put_relay(struct buf *b, const struct ingest_relay *relay)
{
	const struct ingest_hop *hop = &relay->hop;
	char ip[NET_IP_TEXT], when[WHEN_TEXT];
	int64_t time;

	next(b);
	buf_u8(b, '{');
	put(b, "ip", net_ip_format(ip, &hop->ip));
	put_span(b, "helo", hop->helo);
	put_span(b, "rdns", hop->rdns);
	put_span(b, "by", hop->by);
	put_span(b, "with", hop->with);
	put_span(b, "auth", hop->auth);
	put_span(b, "date", hop->date);
	if (ingest_walk_date(hop, &time)) {
		put(b, "time", when_format(when, time));
	}
	put(b, "role", ingest_role_name(relay->role));
	put(b, "why", relay->why);
	put_number(b, "offset", relay->at);
	put_number(b, "length", (int64_t)relay->len);
	buf_u8(b, '}');
}

static void
put_candidate(struct buf *b, const struct ingest_candidate *c)
{
	next(b);
	buf_u8(b, '{');
	put(b, "list", c->list->name);
	put(b, "key", c->key);
	if (c->address != NULL) {
		put(b, "address", c->address);
	}
	put(b, "advice", zone_advice_name(c->advice));
	put(b, "confidence", zone_confidence_name(c->confidence));
	put_notes(b, "why", &c->why);
	buf_u8(b, '}');
}

static void
put_message(struct buf *b, const struct ingest_message *m, bool words)
{
	char when[WHEN_TEXT], ip[NET_IP_TEXT];

	next(b);
	buf_u8(b, '{');
	put(b, "message_id", m->message_id);
	put(b, "subject", m->subject);
	if (m->dated) {
		put(b, "date", when_format(when, m->date));
	} else {
		key(b, "date");
		buf_str(b, "null");
	}
	put_list(b, "from", m->from, m->n_from);
	put_list(b, "reply_to", m->reply_to, m->n_reply_to);
	put_list(b, "to", m->to, m->n_to);
	put(b, "envelope_from", m->envelope_from);
	put(b, "charset", m->charset);
	put(b, "language", m->language);
	key(b, "relays");
	buf_u8(b, '[');
	for (unsigned i = 0; i < m->n_relays; i++) {
		put_relay(b, &m->relays[i]);
	}
	buf_u8(b, ']');
	key(b, "candidates");
	buf_u8(b, '[');
	for (unsigned i = 0; i < m->n_candidates; i++) {
		put_candidate(b, &m->candidates[i]);
	}
	buf_u8(b, ']');
	if (m->evidence.stated.bits != 0) {
		put(b, "stated", net_ip_format(ip, &m->evidence.stated));
	}
	put_list(b, "auth", m->evidence.texts, m->evidence.n_texts);
	put_list(b, "originating_ips", m->originating, m->n_originating);
	put_notes(b, "problems", &m->problems);
	if (words) {
		put_excerpt(b, &m->excerpt);
	}
	buf_u8(b, '}');
}

static void
put_report(struct buf *b, const struct ingest_report *report, bool words)
{
	buf_u8(b, '{');
	put(b, "file", report->file);
	put(b, "kind", ingest_kind_name(report->kind));
	put_notes(b, "problems", &report->problems);
	key(b, "messages");
	buf_u8(b, '[');
	for (unsigned i = 0; i < report->n_messages; i++) {
		put_message(b, &report->messages[i], words);
	}
	buf_str(b, "]}");
}

int
ingest_json_report(const struct ingest_report *report, struct buf *b)
{
	size_t start = b->len;

	put_report(b, report, true);
	if (!b->bad && b->len - start > JSON_ROOM) {
		/* words are the last thing that a mail should be lost for */
		b->len = start;
		put_report(b, report, false);
	}
	return b->bad ? ERR_NOMEM : 0;
}

int
ingest_json_failed(const char *file, const char *why, struct buf *b)
{
	buf_u8(b, '{');
	put(b, "file", file);
	put(b, "kind", ingest_kind_name(INGEST_UNKNOWN));
	put_list(b, "problems", &why, 1);
	key(b, "messages");
	buf_str(b, "[]}");
	return b->bad ? ERR_NOMEM : 0;
}
