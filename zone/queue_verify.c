/* queue_verify.c - is the queue's log whole, and does it end where it should?
 */
#include <string.h>

#include "zone/queue_priv.h"

#define VERIFY_BATCH 2000 /* rows in one read transaction */

struct verify {
	uint64_t rows; /* right so far */
	uint64_t notes;
	uint8_t hash[32];
	struct err_text *why;
};

static int
verify_end(struct zone_txn *txn, const struct verify *v)
{
	struct queue_meta meta;
	uint64_t notes;
	int rc = queue_meta_get(txn, &meta);

	if (rc < 0) {
		return err_say(
		    v->why, rc, "the queue's counters: %s", err_str(rc));
	}
	if (queue_note_count(txn, &notes) < 0 || notes != v->notes) {
		return err_say(v->why, ERR_CORRUPT,
		    "the queue's log has %llu notes, its index of them others",
		    (unsigned long long)v->notes);
	}
	/* Rows may have been added since: then there is another batch. */
	if (meta.events != v->rows ||
	    memcmp(meta.head, v->hash, sizeof(v->hash)) != 0) {
		return err_say(v->why, ERR_CORRUPT,
		    "the queue's log ends with event %llu, but its counters "
		    "say %llu",
		    (unsigned long long)v->rows,
		    (unsigned long long)meta.events);
	}
	return 0;
}

/* 1: there may be more. */
static int
verify_batch(struct zone_txn *txn, void *ctx)
{
	struct verify *v = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[QUEUE_ID_KEY];
	struct arena arena = { 0 };
	int rc;

	rc = zone_cursor_open(txn, ZONE_T_EVENTS, &cursor);
	if (rc < 0) {
		goto out;
	}
	queue_id_key(v->rows + 1, from);
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	for (unsigned n = 0; rc == 1; n++) {
		struct queue_event e;

		if (n == VERIFY_BATCH) {
			goto out;
		}
		if (key.len != QUEUE_ID_KEY ||
		    queue_id_of(key.at) != v->rows + 1) {
			rc = err_say(v->why, ERR_CORRUPT,
			    "event %llu of the queue's log is missing",
			    (unsigned long long)v->rows + 1);
			goto out;
		}
		rc = queue_event_decode(value, v->rows + 1, &arena, &e);
		if (rc == 0 && !queue_event_follows(&e, v->hash)) {
			rc = ERR_CORRUPT;
		}
		if (rc < 0) {
			rc = err_say(v->why, rc,
			    rc == ERR_CORRUPT
				? "event %llu of the queue's log was altered"
				: "event %llu of the queue's log: failed",
			    (unsigned long long)v->rows + 1);
			goto out;
		}
		if (e.said.subject[0] != '\0') {
			rc = queue_note_indexed(txn, &e.said);
			if (rc != 1) {
				rc = err_say(v->why, rc < 0 ? rc : ERR_CORRUPT,
				    "event %llu of the queue's log is a note "
				    "that its index does not have",
				    (unsigned long long)v->rows + 1);
				goto out;
			}
			v->notes++;
		}
		memcpy(v->hash, e.hash, sizeof(v->hash));
		v->rows++;
		arena_free(&arena);
		rc = zone_cursor_next(cursor, &key, &value);
	}
	if (rc == 0) {
		rc = verify_end(txn, v);
	}
out:
	arena_free(&arena);
	zone_cursor_close(&cursor);
	return rc;
}

int
zone_queue_verify_on(struct zone_queue *queue, struct zone_queue_chain *chain,
    uint64_t max, struct err_text *why)
{
	struct verify v = { .rows = chain->rows, .why = why };
	int rc;

	memcpy(v.hash, chain->hash, sizeof(v.hash));
	if (why != NULL) {
		why->text[0] = '\0';
	}
	do {
		rc = zone_store_read(queue->store, verify_batch, &v);
	} while (rc == 1 && v.rows - chain->rows < max);
	chain->rows = v.rows;
	memcpy(chain->hash, v.hash, sizeof(v.hash));
	if (rc < 0 && why != NULL && why->text[0] == '\0') {
		err_say(why, rc, "the queue's log: %s", err_str(rc));
	}
	return rc;
}

int
zone_queue_verify(
    struct zone_queue *queue, uint64_t *ret_rows, struct err_text *why)
{
	struct zone_queue_chain chain = { .rows = 0 };
	int rc = zone_queue_verify_on(queue, &chain, UINT64_MAX, why);

	if (rc == 0) {
		*ret_rows = chain.rows;
	}
	return rc;
}
