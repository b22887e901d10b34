/* delist_record.c - requests as bytes: doc/FORMATS, 2. */
#include <string.h>

#include "base/digest.h"
#include "base/secret.h"
#include "zone/delist_priv.h"
#include "zone/record.h"

#define CONTACT 320
#define CLIENT 64

static const char meta_key[] = "requests";
#define META_KEY meta_key, sizeof(meta_key) - 1

/* ---- keys ---------------------------------------------------------------- */

void
request_key(uint64_t id, uint8_t ret[REQUEST_KEY])
{
	memcpy(ret, "request", 8);
	queue_id_key(id, ret + 8);
}

void
request_ticket_key(const uint8_t digest[32], uint8_t ret[TICKET_KEY])
{
	memcpy(ret, "ticket", 7);
	memcpy(ret + 7, digest, 32);
}

void
request_target_key(
    const char *list, const char *key, uint64_t id, uint8_t ret[TARGET_KEY])
{
	uint8_t hash[32];

	digest_sha256_2(list, strlen(list) + 1, key, strlen(key), hash);
	memcpy(ret, "target", 7);
	memcpy(ret + 7, hash, 16);
	queue_id_key(id, ret + TARGET_HEAD);
}

void
request_closed_key(const struct zone_request *q, uint8_t ret[CLOSED_KEY])
{
	bool open = zone_request_open(q->state);

	memcpy(ret, "closed", 7);
	ret[7] = !open;
	queue_id_key(
	    (uint64_t)(open ? q->created : q->decided) ^ (UINT64_C(1) << 63),
	    ret + CLOSED_HEAD);
	queue_id_key(q->id, ret + CLOSED_HEAD + 8);
}

bool
request_ticket_digest(const char *text, uint8_t ret[32])
{
	if (strlen(text) != ZONE_TICKET_TEXT - 1 ||
	    strspn(text, "0123456789abcdef") != ZONE_TICKET_TEXT - 1) {
		return false;
	}
	secret_hash(text, ZONE_TICKET_TEXT - 1, ret);
	return true;
}

/* ---- records ------------------------------------------------------------- */

static void
encode(const struct request_stored *s, struct buf *b)
{
	const struct zone_request *q = &s->said;
	size_t start = zone_record_begin(b);

	buf_le64(b, q->id);
	buf_le32(b, q->version);
	buf_u8(b, q->state);
	buf_u8(b, q->why);
	buf_u8(b, q->automatic);
	buf_u8(b, 0);
	buf_le64(b, (uint64_t)q->created);
	buf_le64(b, (uint64_t)q->decided);
	buf_le64(b, q->serial);
	buf_add(b, s->ticket, sizeof(s->ticket));
	queue_put_text(b, q->list, QUEUE_LIST);
	queue_put_text(b, q->key, QUEUE_KEY);
	queue_put_text(b, q->asked, QUEUE_KEY);
	queue_put_text(b, q->contact, CONTACT);
	queue_put_text(b, q->client, CLIENT);
	queue_put_text(b, q->by, QUEUE_TEXT);
	buf_le16(b, q->n_words);
	for (unsigned i = 0; i < q->n_words; i++) {
		const struct zone_request_word *w = &q->words[i];

		buf_u8(b, !w->visitor);
		buf_u8(b, w->canned);
		buf_le64(b, (uint64_t)w->time);
		queue_put_text(b, w->by, QUEUE_TEXT);
		queue_put_text(b, w->text, ZONE_REQUEST_TEXT);
	}
	if (s->tail.len > 0) {
		buf_add(b, s->tail.at, s->tail.len);
	}
	zone_record_end(b, start);
}

static int
decode_words(struct reader *r, struct arena *arena, struct zone_request *q)
{
	struct zone_request_word *words;

	q->n_words = read_le16(r);
	if (r->bad || q->n_words < 1 || q->n_words > ZONE_REQUEST_WORDS) {
		return ERR_CORRUPT;
	}
	words = arena_alloc(arena, q->n_words * sizeof(*words));
	if (words == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < q->n_words; i++) {
		struct zone_request_word *w = &words[i];
		unsigned who = read_u8(r);

		w->visitor = who == 0;
		w->canned = read_u8(r);
		w->time = queue_get_time(r);
		w->by = queue_get_text(r, QUEUE_TEXT, arena);
		w->text = queue_get_text(r, ZONE_REQUEST_TEXT, arena);
		if (r->bad || who > 1) {
			return ERR_CORRUPT;
		}
		if (w->by == NULL || w->text == NULL) {
			return ERR_NOMEM;
		}
	}
	q->words = words;
	return 0;
}

static int
decode(struct zone_bytes value, uint64_t id, struct arena *arena,
    struct request_stored *ret)
{
	struct zone_request *q = &ret->said;
	const uint8_t *ticket;
	unsigned state, why, automatic, zero;
	struct reader r;
	char *tail;
	int rc;

	*ret = (struct request_stored){ 0 };
	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	q->id = read_le64(&r);
	q->version = read_le32(&r);
	state = read_u8(&r);
	why = read_u8(&r);
	automatic = read_u8(&r);
	zero = read_u8(&r);
	q->created = queue_get_time(&r);
	q->decided = queue_get_time(&r);
	q->serial = read_le64(&r);
	ticket = read_span(&r, sizeof(ret->ticket));
	q->list = queue_get_text(&r, QUEUE_LIST, arena);
	q->key = queue_get_text(&r, QUEUE_KEY, arena);
	q->asked = queue_get_text(&r, QUEUE_KEY, arena);
	q->contact = queue_get_text(&r, CONTACT, arena);
	q->client = queue_get_text(&r, CLIENT, arena);
	q->by = queue_get_text(&r, QUEUE_TEXT, arena);
	if (r.bad || ticket == NULL || q->id != id || q->version == 0 ||
	    state > ZONE_REQUEST_DENIED || why > ZONE_DELIST_CHANGED ||
	    automatic > 1 || zero != 0) {
		return ERR_CORRUPT;
	}
	if (q->list == NULL || q->key == NULL || q->asked == NULL ||
	    q->contact == NULL || q->client == NULL || q->by == NULL) {
		return ERR_NOMEM;
	}
	q->state = (enum zone_request_state)state;
	q->why = (enum zone_delist_why)why;
	q->automatic = automatic != 0;
	memcpy(ret->ticket, ticket, sizeof(ret->ticket));
	rc = decode_words(&r, arena, q);
	if (rc == 0 && q->list[0] == '\0') {
		rc = ERR_CORRUPT;
	}
	if (rc == 0 && read_left(&r) > 0) {
		tail = arena_copy(arena, r.at, read_left(&r));
		if (tail == NULL) {
			return ERR_NOMEM;
		}
		ret->tail = span(tail, read_left(&r));
	}
	return rc;
}

int
request_meta_get(struct zone_txn *txn, struct request_meta *ret)
{
	struct zone_bytes value;
	struct reader r;
	int rc = zone_txn_get(txn, ZONE_T_META, META_KEY, &value);

	*ret = (struct request_meta){ 0 };
	if (rc <= 0) {
		return rc;
	}
	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	ret->newest = read_le64(&r);
	ret->open = read_le64(&r);
	ret->closed = read_le64(&r);
	return r.bad ? ERR_CORRUPT : 0;
}

int
request_meta_put(struct zone_txn *txn, const struct request_meta *meta)
{
	struct buf b = { 0 };
	size_t start = zone_record_begin(&b);
	int rc;

	buf_le64(&b, meta->newest);
	buf_le64(&b, meta->open);
	buf_le64(&b, meta->closed);
	zone_record_end(&b, start);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_META, META_KEY, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
request_read(struct zone_txn *txn, uint64_t id, struct arena *arena,
    struct request_stored *ret)
{
	uint8_t key[REQUEST_KEY];
	struct zone_bytes value;
	int rc;

	request_key(id, key);
	rc = zone_txn_get(txn, ZONE_T_META, key, sizeof(key), &value);
	if (rc == 1 && (rc = decode(value, id, arena, ret)) == 0) {
		rc = 1;
	}
	return rc;
}

/* ---- rows ---------------------------------------------------------------- */

static int
count(struct request_meta *meta, const struct zone_request *q, int by)
{
	uint64_t *n = zone_request_open(q->state) ? &meta->open : &meta->closed;

	if (by < 0 && *n == 0) {
		return ERR_CORRUPT;
	}
	*n = by < 0 ? *n - 1 : *n + 1;
	return 0;
}

static int
put_references(struct zone_txn *txn, const struct request_stored *s)
{
	uint8_t ticket[TICKET_KEY], target[TARGET_KEY];
	int rc;

	request_ticket_key(s->ticket, ticket);
	request_target_key(s->said.list, s->said.key, s->said.id, target);
	rc =
	    queue_ref_put(txn, ZONE_T_META, ticket, sizeof(ticket), s->said.id);
	if (rc == 0) {
		rc = queue_ref_put(
		    txn, ZONE_T_META, target, sizeof(target), s->said.id);
	}
	return rc;
}

int
request_write(struct zone_txn *txn, struct request_meta *meta,
    const struct zone_request *old, const struct request_stored *s)
{
	uint8_t key[REQUEST_KEY], was[CLOSED_KEY], is[CLOSED_KEY];
	struct buf b = { 0 };
	int rc;

	request_key(s->said.id, key);
	encode(s, &b);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	if (rc == 0 && old == NULL) {
		rc = put_references(txn, s);
	}
	if (rc == 0 && old != NULL) {
		request_closed_key(old, was);
		rc = zone_txn_del(txn, ZONE_T_META, was, sizeof(was));
		rc = rc < 0 ? rc : count(meta, old, -1);
	}
	if (rc == 0) {
		request_closed_key(&s->said, is);
		rc = zone_txn_put(txn, ZONE_T_META, is, sizeof(is), "", 0);
	}
	if (rc == 0) {
		rc = count(meta, &s->said, 1);
	}
	return rc == 0 ? request_meta_put(txn, meta) : rc;
}

int
request_drop(struct zone_txn *txn, struct request_meta *meta,
    const struct request_stored *s)
{
	uint8_t key[REQUEST_KEY], ticket[TICKET_KEY], target[TARGET_KEY];
	uint8_t closed[CLOSED_KEY];
	int rc;

	request_key(s->said.id, key);
	request_ticket_key(s->ticket, ticket);
	request_target_key(s->said.list, s->said.key, s->said.id, target);
	request_closed_key(&s->said, closed);
	if ((rc = zone_txn_del(txn, ZONE_T_META, key, sizeof(key))) < 0 ||
	    (rc = zone_txn_del(txn, ZONE_T_META, ticket, sizeof(ticket))) < 0 ||
	    (rc = zone_txn_del(txn, ZONE_T_META, target, sizeof(target))) < 0 ||
	    (rc = zone_txn_del(txn, ZONE_T_META, closed, sizeof(closed))) < 0) {
		return rc;
	}
	rc = count(meta, &s->said, -1);
	return rc == 0 ? request_meta_put(txn, meta) : rc;
}

/* ---- the log ---------------------------------------------------------------
 */

int
request_event_add(struct zone_txn *txn, const char *by, const char *action,
    const char *reason, uint32_t version, uint64_t serial)
{
	const struct zone_item none = { .version = version, .serial = serial };
	struct zone_queue_event event = {
		.by = by, .action = action, .reason = reason
	};
	struct queue_meta meta;
	int rc = queue_meta_get(txn, &meta);

	if (rc < 0) {
		return rc;
	}
	rc = queue_event_add(txn, &meta, &event, &none);
	return rc == 0 ? queue_meta_put(txn, &meta) : rc;
}
