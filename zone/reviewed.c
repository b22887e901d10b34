/* reviewed.c - rows of the queue's table "meta" (doc/FORMATS 2). */
#include "zone/reviewed.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "zone/queue_priv.h"
#include "zone/queue_tell.h"
#include "zone/record.h"

#define REVIEWED_KEY 41 /* "reviewed", a zero, SHA-256 */

static void
reviewed_key(const char *list, const char *key, uint8_t ret[REVIEWED_KEY])
{
	memcpy(ret, "reviewed", 9);
	/* with the zero between them */
	digest_sha256_2(list, strlen(list) + 1, key, strlen(key), ret + 9);
}

struct row {
	struct zone_reviewed_note note;
	const char *list, *key;
};

static int
decode(struct zone_bytes value, struct arena *arena, struct row *ret)
{
	struct row row;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	row.note.detail = read_le32(&r);
	row.note.time = queue_get_time(&r);
	row.list = queue_get_text(&r, QUEUE_LIST, arena);
	row.key = queue_get_text(&r, QUEUE_KEY, arena);
	row.note.by = queue_get_text(&r, QUEUE_TEXT, arena);
	row.note.note = queue_get_text(&r, QUEUE_TEXT, arena);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	if (row.list == NULL || row.key == NULL || row.note.by == NULL ||
	    row.note.note == NULL) {
		return ERR_NOMEM;
	}
	*ret = row;
	return 0;
}

static int
keep(struct zone_txn *txn, void *ctx)
{
	const struct row *row = ctx;
	uint8_t key[REVIEWED_KEY];
	struct buf b = { 0 }, said = { 0 };
	size_t start = zone_record_begin(&b);
	int rc;

	buf_le32(&b, row->note.detail);
	buf_le64(&b, (uint64_t)row->note.time);
	queue_put_text(&b, row->list, QUEUE_LIST);
	queue_put_text(&b, row->key, QUEUE_KEY);
	queue_put_text(&b, row->note.by, QUEUE_TEXT);
	queue_put_text(&b, row->note.note, QUEUE_TEXT);
	zone_record_end(&b, start);
	buf_fmt(&said, "%s in %s%s%s", row->key, row->list,
	    row->note.note[0] != '\0' ? ": " : "", row->note.note);
	reviewed_key(row->list, row->key, key);
	rc = b.bad || said.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key, sizeof(key), b.data, b.len);
	if (rc == 0) {
		rc = queue_tell(txn, row->note.by, "keep", said.data);
	}
	buf_free(&b);
	buf_free(&said);
	return rc;
}

int
zone_reviewed_keep(struct zone_queue *queue, const char *list, const char *key,
    uint32_t detail, const char *by, const char *note, int64_t now)
{
	struct row row = { { detail, now, by, note != NULL ? note : "" }, list,
		key };
	int rc = zone_store_write(queue->store, keep, &row);

	return rc < 0 ? rc : 0;
}

struct question {
	struct row want;
	struct arena *arena;
	struct zone_reviewed_note *ret;
};

static int
ask(struct zone_txn *txn, void *ctx)
{
	const struct question *q = ctx;
	uint8_t key[REVIEWED_KEY];
	struct zone_bytes value;
	struct row row;
	int rc;

	reviewed_key(q->want.list, q->want.key, key);
	rc = zone_txn_get(txn, ZONE_T_META, key, sizeof(key), &value);
	if (rc != 1) {
		return rc;
	}
	rc = decode(value, q->arena, &row);
	if (rc < 0) {
		return rc;
	}
	*q->ret = row.note;
	return row.note.detail == q->want.note.detail &&
	    strcmp(row.list, q->want.list) == 0 &&
	    strcmp(row.key, q->want.key) == 0;
}

int
zone_reviewed_get(struct zone_queue *queue, const char *list, const char *key,
    uint32_t detail, struct arena *arena, struct zone_reviewed_note *ret)
{
	struct zone_reviewed_note note;
	struct question q = { { { .detail = detail }, list, key }, arena,
		&note };
	int rc = zone_store_read(queue->store, ask, &q);

	/* a note that cannot be read was not made: then it is looked at */
	if (rc == ERR_CORRUPT) {
		return 0;
	}
	if (rc == 1) {
		*ret = note;
	}
	return rc;
}

/* ---- tidying up ---------------------------------------------------------- */

struct tidying {
	size_t max, n;
	zone_reviewed_fn *used;
	void *ctx;
	struct {
		uint8_t key[REVIEWED_KEY];
		uint32_t detail;
	} * gone;
	struct arena arena;
};

static int
look(struct zone_txn *txn, void *ctx)
{
	struct tidying *t = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	t->n = 0;
	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, "reviewed", 9, &key, &value);
	while (rc == 1 && t->n < t->max && key.len == REVIEWED_KEY &&
	    memcmp(key.at, "reviewed", 9) == 0) {
		struct row row;

		rc = decode(value, &t->arena, &row);
		if (rc == ERR_CORRUPT ||
		    (rc == 0 &&
			!t->used(row.list, row.key, row.note.detail, t->ctx))) {
			memcpy(t->gone[t->n].key, key.at, REVIEWED_KEY);
			t->gone[t->n++].detail = rc == 0 ? row.note.detail : 0;
			rc = 0;
		}
		arena_free(&t->arena);
		rc = rc < 0 ? rc : zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

static int
drop(struct zone_txn *txn, void *ctx)
{
	struct tidying *t = ctx;
	int rc = 0;

	for (size_t i = 0; i < t->n && rc >= 0; i++) {
		struct zone_bytes value;
		struct row row;

		rc = zone_txn_get(
		    txn, ZONE_T_META, t->gone[i].key, REVIEWED_KEY, &value);
		/* somebody may have noted it anew meanwhile */
		if (rc == 1 &&
		    (decode(value, &t->arena, &row) < 0 ||
			row.note.detail == t->gone[i].detail)) {
			rc = zone_txn_del(
			    txn, ZONE_T_META, t->gone[i].key, REVIEWED_KEY);
		}
		arena_free(&t->arena);
	}
	return rc < 0 ? rc : 0;
}

int
zone_reviewed_tidy(
    struct zone_queue *queue, size_t max, zone_reviewed_fn *used, void *ctx)
{
	struct tidying t = { .max = max, .used = used, .ctx = ctx };
	int rc;

	t.gone = calloc(max, sizeof(*t.gone));
	if (t.gone == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_store_read(queue->store, look, &t);
	if (rc == 0 && t.n > 0) {
		rc = zone_store_write(queue->store, drop, &t);
	}
	arena_free(&t.arena);
	free(t.gone);
	return rc < 0 ? rc : 0;
}
