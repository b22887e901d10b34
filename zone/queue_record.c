/* queue_record.c - the queue's keys and records: encode, decode. */
#include "zone/queue_priv.h"

#include <string.h>

#include "base/digest.h"
#include "zone/record.h"

/* ---- keys -------------------------------------------------------------- */

static void
put_be64(struct writer *w, uint64_t v)
{
	write_u32(w, (uint32_t)(v >> 32));
	write_u32(w, (uint32_t)v);
}

void
queue_id_key(uint64_t id, uint8_t ret[QUEUE_ID_KEY])
{
	struct writer w = writer(ret, QUEUE_ID_KEY);

	put_be64(&w, id);
}

uint64_t
queue_id_of(const uint8_t key[QUEUE_ID_KEY])
{
	struct reader r = reader(key, QUEUE_ID_KEY);
	uint64_t hi = read_u32(&r);

	return hi << 32 | read_u32(&r);
}

void
queue_piece_key(uint64_t id, uint32_t piece, uint8_t ret[QUEUE_PIECE_KEY])
{
	struct writer w = writer(ret, QUEUE_PIECE_KEY);

	put_be64(&w, id);
	write_u32(&w, piece);
}

void
queue_state_key(const struct zone_item *item, uint8_t ret[QUEUE_STATE_KEY])
{
	struct writer w = writer(ret, QUEUE_STATE_KEY);
	int64_t t = item->state == ZONE_WAITING ? item->first : item->settled;

	write_u8(&w, item->state);
	put_be64(&w, (uint64_t)t ^ (uint64_t)1 << 63);
	put_be64(&w, item->id);
}

size_t
queue_waiting_key(
    const char *list, const char *key, uint8_t ret[ZONE_STORE_KEY_MAX])
{
	uint8_t whole[QUEUE_LIST + 1 + QUEUE_KEY];
	struct writer w = writer(whole, sizeof(whole));
	const size_t head = ZONE_STORE_KEY_MAX - 32;
	size_t n;

	/* What does not fit was refused when it came in: no such row. */
	write_span(&w, list, strnlen(list, QUEUE_LIST));
	write_u8(&w, 0);
	write_span(&w, key, strnlen(key, QUEUE_KEY));
	n = written(&w);
	if (n <= head) {
		memcpy(ret, whole, n);
		return n;
	}
	memcpy(ret, whole, head);
	digest_sha256_2(whole, n, NULL, 0, ret + head);
	return ZONE_STORE_KEY_MAX;
}

/* ---- text -------------------------------------------------------------- */

bool
queue_text_valid(const char *s, size_t len)
{
	size_t n;
	uint64_t eight;

	for (size_t i = 0; i < len; i += n) {
		if (len - i >= sizeof(eight)) { /* ASCII, mostly */
			memcpy(&eight, s + i, sizeof(eight));
			n = sizeof(eight);
			if ((eight & 0x8080808080808080u) == 0) {
				continue;
			}
		}
		if (((uint8_t)s[i] & 0x80) == 0) {
			n = 1;
			continue;
		}
		n = text_utf8(s + i, len - i);
		if (n == 0) {
			return false;
		}
	}
	return true;
}

/* Length of S cut to MAX bytes at the end of a character. */
static size_t
cut(const char *s, size_t len, size_t max)
{
	size_t n = max;

	if (len <= max) {
		return len;
	}
	while (n > 0 && max - n < 3 && ((uint8_t)s[n] & 0xc0) == 0x80) {
		n--;
	}
	return n;
}

void
queue_put_text(struct buf *b, const char *s, size_t max)
{
	struct buf fixed = { 0 };
	size_t len;

	if (s == NULL) {
		s = "";
	}
	/* A few bytes more, so that no character is halved before MAX. */
	len = strnlen(s, max + 4);
	if (queue_text_valid(s, cut(s, len, max))) {
		buf_text(b, s, cut(s, len, max));
		return;
	}
	text_to_utf8(&fixed, s, len);
	if (fixed.bad) {
		b->bad = true;
	} else {
		buf_text(b, fixed.data, cut(fixed.data, fixed.len, max));
	}
	buf_free(&fixed);
}

const char *
queue_get_text(struct reader *r, size_t max, struct arena *arena)
{
	size_t len;
	const char *s = read_text(r, &len);

	if (len > max || (len > 0 && memchr(s, '\0', len) != NULL) ||
	    !queue_text_valid(s, len)) {
		r->bad = true;
		return "";
	}
	return len > 0 ? arena_copy(arena, s, len) : "";
}

int64_t
queue_get_time(struct reader *r)
{
	return (int64_t)read_le64(r);
}

/* ---- small records ----------------------------------------------------- */

void
queue_meta_encode(const struct queue_meta *meta, struct buf *b)
{
	size_t start = zone_record_begin(b);

	buf_le64(b, meta->submissions);
	buf_le64(b, meta->items);
	buf_le64(b, meta->events);
	for (int i = 0; i < 3; i++) {
		buf_le64(b, meta->counts[i]);
	}
	buf_add(b, meta->head, sizeof(meta->head));
	zone_record_end(b, start);
}

int
queue_meta_decode(struct zone_bytes value, struct queue_meta *ret)
{
	struct queue_meta meta;
	const uint8_t *head;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	meta.submissions = read_le64(&r);
	meta.items = read_le64(&r);
	meta.events = read_le64(&r);
	for (int i = 0; i < 3; i++) {
		meta.counts[i] = read_le64(&r);
	}
	head = read_span(&r, sizeof(meta.head));
	if (head == NULL) {
		return ERR_CORRUPT;
	}
	memcpy(meta.head, head, sizeof(meta.head));
	*ret = meta;
	return 0;
}

void
queue_ref_encode(uint64_t id, struct buf *b)
{
	size_t start = zone_record_begin(b);

	buf_le64(b, id);
	zone_record_end(b, start);
}

int
queue_ref_decode(struct zone_bytes value, uint64_t *ret_id)
{
	struct reader r;
	uint64_t id;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	id = read_le64(&r);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	*ret_id = id;
	return 0;
}

void
queue_submission_encode(const struct queue_submission *q, struct buf *b)
{
	const struct zone_submission *s = &q->said;
	size_t start = zone_record_begin(b);

	buf_le64(b, s->id);
	buf_le64(b, (uint64_t)s->time);
	buf_le64(b, s->size);
	buf_le32(b, q->analysis);
	queue_put_text(b, s->submitter, QUEUE_TEXT);
	queue_put_text(b, s->road, QUEUE_WORD);
	queue_put_text(b, s->kind, QUEUE_WORD);
	buf_u8(b, s->known);
	buf_le64(b, q->packed);
	buf_add(b, q->digest, sizeof(q->digest));
	zone_record_end(b, start);
}

int
queue_submission_decode(struct zone_bytes value, uint64_t id,
    struct arena *arena, struct queue_submission *ret)
{
	struct queue_submission q = { .said.analysis = "" };
	struct zone_submission *s = &q.said;
	const uint8_t *digest = NULL;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	s->id = read_le64(&r);
	s->time = queue_get_time(&r);
	s->size = read_le64(&r);
	q.analysis = read_le32(&r);
	s->submitter = queue_get_text(&r, QUEUE_TEXT, arena);
	s->road = queue_get_text(&r, QUEUE_WORD, arena);
	s->kind = queue_get_text(&r, QUEUE_WORD, arena);
	if (read_left(&r) > 0) { /* older records end here, or behind it */
		s->known = read_u8(&r);
	}
	if (read_left(&r) > 0) {
		q.packed = read_le64(&r);
		digest = read_span(&r, sizeof(q.digest));
	}
	if (r.bad || s->id != id || q.analysis > QUEUE_ANALYSIS) {
		return ERR_CORRUPT;
	}
	if (s->submitter == NULL || s->road == NULL || s->kind == NULL) {
		return ERR_NOMEM;
	}
	if (digest != NULL) {
		q.has_digest = true;
		memcpy(q.digest, digest, sizeof(q.digest));
	}
	*ret = q;
	return 0;
}

/* ---- events ------------------------------------------------------------ */

void
queue_event_encode(const struct zone_queue_event *event,
    const struct zone_item *item, const uint8_t before[32], struct buf *b,
    uint8_t ret_hash[32])
{
	size_t start = zone_record_begin(b), body;

	buf_add(b, before, 32); /* its place; the hash is known below */
	body = b->len;
	buf_le64(b, event->number);
	buf_le64(b, (uint64_t)event->time);
	buf_le64(b, event->item);
	buf_le32(b, item->version);
	buf_u8(b, item->state);
	buf_le64(b, item->serial);
	queue_put_text(b, event->by, QUEUE_TEXT);
	queue_put_text(b, event->action, QUEUE_WORD);
	queue_put_text(b, event->reason, QUEUE_TEXT);
	if (event->subject != NULL && event->subject[0] != '\0') {
		queue_put_text(b, event->subject, QUEUE_TEXT);
	}
	if (b->bad) {
		return;
	}
	digest_sha256_2(before, 32, b->data + body, b->len - body, ret_hash);
	memcpy(b->data + body - 32, ret_hash, 32);
	zone_record_end(b, start);
}

int
queue_event_decode(struct zone_bytes value, uint64_t number,
    struct arena *arena, struct queue_event *ret)
{
	struct queue_event e;
	const uint8_t *hash;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	hash = read_span(&r, sizeof(e.hash));
	e.body = r.at;
	e.len = read_left(&r);
	e.said.number = read_le64(&r);
	e.said.time = queue_get_time(&r);
	e.said.item = read_le64(&r);
	(void)read_span(&r, 4 + 1 + 8);
	e.said.by = queue_get_text(&r, QUEUE_TEXT, arena);
	e.said.action = queue_get_text(&r, QUEUE_WORD, arena);
	e.said.reason = queue_get_text(&r, QUEUE_TEXT, arena);
	e.said.subject =
	    read_left(&r) > 0 ? queue_get_text(&r, QUEUE_TEXT, arena) : "";
	if (r.bad || hash == NULL || e.said.number != number) {
		return ERR_CORRUPT;
	}
	if (e.said.by == NULL || e.said.action == NULL ||
	    e.said.reason == NULL || e.said.subject == NULL) {
		return ERR_NOMEM;
	}
	memcpy(e.hash, hash, sizeof(e.hash));
	*ret = e;
	return 0;
}

bool
queue_event_follows(const struct queue_event *event, const uint8_t before[32])
{
	uint8_t hash[32];

	digest_sha256_2(before, 32, event->body, event->len, hash);
	return memcmp(hash, event->hash, sizeof(hash)) == 0;
}
