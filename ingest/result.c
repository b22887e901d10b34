/* result.c - a report as bytes: what the parser child hands to its parent. */
#include "ingest/result.h"

#include <string.h>

#include "base/bytes.h"

#define VERSION 2

static void
put(struct buf *b, const char *s)
{
	buf_text(b, s != NULL ? s : "", s != NULL ? strlen(s) : 0);
}

/* The relay that handed it over, and the envelope: what a list shows. */
static void
put_origin(struct buf *b, const struct ingest_message *m)
{
	const struct ingest_hop *hop =
	    m->boundary >= 0 ? &m->relays[m->boundary].hop : NULL;
	char text[NET_IP_TEXT];

	put(b, hop != NULL ? net_ip_format(text, &hop->ip) : "");
	buf_text(b, hop != NULL ? hop->helo.at : "",
	    hop != NULL ? hop->helo.len : 0);
	buf_text(b, hop != NULL ? hop->rdns.at : "",
	    hop != NULL ? hop->rdns.len : 0);
	put(b, m->envelope_from);
}

int
ingest_result_encode(const struct ingest_report *report, struct buf *b)
{
	struct buf json = { 0 };
	int r = ingest_json_report(report, &json);

	if (r < 0) {
		goto out;
	}
	buf_u8(b, VERSION);
	put(b, ingest_kind_name(report->kind));
	put(b, report->subject);
	put(b, report->from);
	put(b, report->submitter);
	buf_text(b, json.data, json.len);
	buf_le32(b, report->n_messages);
	for (unsigned i = 0; i < report->n_messages; i++) {
		const struct ingest_message *m = &report->messages[i];

		put(b, m->subject);
		put(b, m->n_from > 0 ? m->from[0] : "");
		put_origin(b, m);
		buf_le32(b, m->n_candidates);
		for (unsigned k = 0; k < m->n_candidates; k++) {
			const struct ingest_candidate *c = &m->candidates[k];

			put(b, c->list->name);
			put(b, c->key);
			buf_u8(b, c->advice);
			buf_u8(b, c->confidence);
			buf_le32(b, c->why.n);
			for (unsigned w = 0; w < c->why.n; w++) {
				put(b, c->why.text[w]);
			}
		}
	}
	r = b->bad ? ERR_NOMEM : 0;
out:
	buf_free(&json);
	return r;
}

/* The next text, made UTF-8 and free of NUL; NULL: no memory, or not there. */
static const char *
take(struct reader *r, struct arena *arena)
{
	struct buf b = { 0 };
	const char *copy;
	size_t len;
	const char *s = read_text(r, &len);

	if (r->bad) {
		return NULL;
	}
	text_to_utf8(&b, s, len);
	copy = b.bad ? NULL
		     : arena_copy(arena, b.data != NULL ? b.data : "", b.len);
	buf_free(&b);
	return copy;
}

static int
take_candidate(
    struct reader *r, struct arena *arena, struct zone_candidate *ret)
{
	struct zone_candidate c;
	uint8_t advice, confidence;

	c.list = take(r, arena);
	c.key = take(r, arena);
	advice = read_u8(r);
	confidence = read_u8(r);
	c.n_why = read_le32(r);
	if (r->bad || c.list == NULL || c.key == NULL ||
	    advice > ZONE_ADVICE_NEVER || confidence > ZONE_UNSURE ||
	    c.n_why > INGEST_NOTES_MAX) {
		return ERR_FORMAT;
	}
	c.advice = (enum zone_advice)advice;
	c.confidence = (enum zone_confidence)confidence;
	c.why = arena_alloc(arena, (c.n_why + 1) * sizeof(*c.why));
	for (unsigned i = 0; c.why != NULL && i < c.n_why; i++) {
		c.why[i] = take(r, arena);
		if (c.why[i] == NULL) {
			return ERR_FORMAT;
		}
	}
	*ret = c;
	return c.why != NULL ? 0 : ERR_NOMEM;
}

static int
take_report(struct reader *r, struct arena *arena, unsigned number,
    struct zone_report *ret)
{
	const unsigned max = sizeof(((struct ingest_message *)0)->candidates) /
	    sizeof(struct ingest_candidate);
	struct zone_report rep = { .message = number };
	struct zone_candidate *list;
	int e = 0;

	rep.subject = take(r, arena);
	rep.from = take(r, arena);
	rep.relay = take(r, arena);
	rep.helo = take(r, arena);
	rep.rdns = take(r, arena);
	rep.envelope_from = take(r, arena);
	rep.n_candidates = read_le32(r);
	if (r->bad || rep.subject == NULL || rep.from == NULL ||
	    rep.relay == NULL || rep.helo == NULL || rep.rdns == NULL ||
	    rep.envelope_from == NULL || rep.n_candidates > max) {
		return ERR_FORMAT;
	}
	list = arena_alloc(arena, (rep.n_candidates + 1) * sizeof(*list));
	if (list == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < rep.n_candidates && e == 0; i++) {
		e = take_candidate(r, arena, &list[i]);
	}
	rep.candidates = list;
	*ret = rep;
	return e;
}

/* One line of JSON text: no control characters, braces at both ends. */
static bool
one_line(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20) {
			return false;
		}
	}
	return len >= 2 && s[0] == '{' && s[len - 1] == '}';
}

int
ingest_result_decode(const void *data, size_t len, struct arena *arena,
    struct ingest_result *ret)
{
	struct reader r = reader(data, len);
	struct ingest_result res;
	int e = 0;

	if (read_u8(&r) != VERSION) {
		return ERR_FORMAT;
	}
	res.kind = take(&r, arena);
	res.subject = take(&r, arena);
	res.from = take(&r, arena);
	res.submitter = take(&r, arena);
	res.json = take(&r, arena);
	res.n_reports = read_le32(&r);
	if (r.bad || res.kind == NULL || res.subject == NULL ||
	    res.from == NULL || res.submitter == NULL || res.json == NULL ||
	    !one_line(res.json) || res.n_reports > INGEST_MESSAGES_MAX) {
		return ERR_FORMAT;
	}
	res.reports =
	    arena_alloc(arena, (res.n_reports + 1) * sizeof(*res.reports));
	if (res.reports == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < res.n_reports && e == 0; i++) {
		e = take_report(&r, arena, i, &res.reports[i]);
	}
	if (e < 0 || r.bad || read_left(&r) != 0) {
		return e < 0 ? e : ERR_FORMAT;
	}
	*ret = res;
	return 0;
}

int
ingest_result_failed(const char *file, const char *why, struct arena *arena,
    struct ingest_result *ret)
{
	struct ingest_result res = {
		.kind = ingest_kind_name(INGEST_UNKNOWN),
		.subject = "",
		.from = "",
		.submitter = "",
	};
	struct buf b = { 0 };
	int r = ingest_json_failed(file, why, &b);

	if (r == 0) {
		res.json = arena_copy(arena, b.data, b.len);
		r = res.json != NULL ? 0 : ERR_NOMEM;
	}
	buf_free(&b);
	if (r == 0) {
		*ret = res;
	}
	return r;
}
