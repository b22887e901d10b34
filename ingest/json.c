/* json.c - the --explain object (interfaces.md). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "ingest/result.h"

#define LIST_SHOWN 50 /* addresses of one list that are shown */

/* Text that is not known to be UTF-8. */
static json_t *
text(struct span s)
{
	struct buf b = { 0 };
	json_t *j;

	text_to_utf8(&b, s.at, s.len > 2000 ? 2000 : s.len);
	j = b.bad ? NULL : json_stringn(b.data != NULL ? b.data : "", b.len);
	buf_free(&b);
	return j;
}

static json_t *
str(const char *s)
{
	return text(span_str(s != NULL ? s : ""));
}

static json_t *
list(const char *const *items, unsigned n)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < n && i < LIST_SHOWN; i++) {
		json_array_append_new(a, str(items[i]));
	}
	return a;
}

static json_t *
notes(const struct ingest_notes *n)
{
	return list(n->text, n->n);
}

static json_t *
relay_json(const struct ingest_relay *relay)
{
	const struct ingest_hop *hop = &relay->hop;
	json_t *j = json_object();
	char ip[NET_IP_TEXT];

	json_object_set_new(j, "ip", str(net_ip_format(ip, &hop->ip)));
	json_object_set_new(j, "helo", text(hop->helo));
	json_object_set_new(j, "rdns", text(hop->rdns));
	json_object_set_new(j, "by", text(hop->by));
	json_object_set_new(j, "with", text(hop->with));
	json_object_set_new(j, "auth", text(hop->auth));
	json_object_set_new(j, "date", text(hop->date));
	json_object_set_new(j, "role", str(ingest_role_name(relay->role)));
	json_object_set_new(j, "why", str(relay->why));
	json_object_set_new(j, "offset", json_integer(relay->at));
	json_object_set_new(j, "length", json_integer(relay->len));
	return j;
}

static json_t *
candidate_json(const struct ingest_candidate *c)
{
	json_t *j = json_object();

	json_object_set_new(j, "list", str(c->list->name));
	json_object_set_new(j, "key", str(c->key));
	if (c->address != NULL) {
		json_object_set_new(j, "address", str(c->address));
	}
	json_object_set_new(j, "advice", str(zone_advice_name(c->advice)));
	json_object_set_new(
	    j, "confidence", str(zone_confidence_name(c->confidence)));
	json_object_set_new(j, "why", notes(&c->why));
	return j;
}

static json_t *
message_json(const struct ingest_message *m)
{
	json_t *j = json_object(), *relays = json_array();
	json_t *candidates = json_array();
	char when[WHEN_TEXT], ip[NET_IP_TEXT];

	json_object_set_new(j, "message_id", str(m->message_id));
	json_object_set_new(j, "subject", str(m->subject));
	json_object_set_new(j, "date",
	    m->dated ? str(when_format(when, m->date)) : json_null());
	json_object_set_new(j, "from", list(m->from, m->n_from));
	json_object_set_new(j, "reply_to", list(m->reply_to, m->n_reply_to));
	json_object_set_new(j, "to", list(m->to, m->n_to));
	json_object_set_new(j, "envelope_from", str(m->envelope_from));
	json_object_set_new(j, "charset", str(m->charset));
	json_object_set_new(j, "language", str(m->language));
	for (unsigned i = 0; i < m->n_relays; i++) {
		json_array_append_new(relays, relay_json(&m->relays[i]));
	}
	json_object_set_new(j, "relays", relays);
	for (unsigned i = 0; i < m->n_candidates; i++) {
		json_array_append_new(
		    candidates, candidate_json(&m->candidates[i]));
	}
	json_object_set_new(j, "candidates", candidates);
	if (m->evidence.stated.bits != 0) {
		json_object_set_new(
		    j, "stated", str(net_ip_format(ip, &m->evidence.stated)));
	}
	json_object_set_new(
	    j, "auth", list(m->evidence.texts, m->evidence.n_texts));
	json_object_set_new(
	    j, "originating_ips", list(m->originating, m->n_originating));
	json_object_set_new(j, "problems", notes(&m->problems));
	return j;
}

static int
dump(json_t *j, struct buf *b)
{
	/* ASCII: no C1 control or line separator reaches a terminal, and every
	 * reader agrees where the line ends */
	char *s =
	    j != NULL ? json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	json_decref(j);
	if (s == NULL) {
		return ERR_NOMEM;
	}
	buf_str(b, s);
	free(s);
	return b->bad ? ERR_NOMEM : 0;
}

int
ingest_json_report(const struct ingest_report *report, struct buf *b)
{
	json_t *j = json_object(), *messages = json_array();

	json_object_set_new(j, "file", str(report->file));
	json_object_set_new(j, "kind", str(ingest_kind_name(report->kind)));
	json_object_set_new(j, "problems", notes(&report->problems));
	for (unsigned i = 0; i < report->n_messages; i++) {
		json_array_append_new(
		    messages, message_json(&report->messages[i]));
	}
	json_object_set_new(j, "messages", messages);
	return dump(j, b);
}

int
ingest_json_failed(const char *file, const char *why, struct buf *b)
{
	json_t *j = json_object();

	json_object_set_new(j, "file", str(file));
	json_object_set_new(j, "kind", str(ingest_kind_name(INGEST_UNKNOWN)));
	json_object_set_new(j, "problems", list(&why, 1));
	json_object_set_new(j, "messages", json_array());
	return dump(j, b);
}
