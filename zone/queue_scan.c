/* queue_scan.c - one look at all items in a state, for filters and groups. */
#include <string.h>

#include "zone/queue_priv.h"

#define SCAN_BATCH 20000 /* items in one read transaction */

struct scan {
	enum zone_item_state state;
	zone_queue_scan_fn *fn;
	void *ctx;
	uint8_t at[QUEUE_STATE_KEY]; /* shown last, or where it begins */
	bool begun, more;
	struct arena arena; /* of one item */
};

static int
show(struct zone_txn *txn, struct scan *s, const uint8_t *key)
{
	uint64_t id = queue_id_of(key + QUEUE_STATE_KEY - QUEUE_ID_KEY);
	struct queue_stored stored;
	int rc = queue_item_get(txn, id, &s->arena, &stored);

	if (rc == 0 || rc == ERR_CORRUPT) {
		stored.item = queue_item_damaged(id, s->state);
		rc = 1;
	}
	if (rc == 1) {
		rc = s->fn(&stored.item, s->ctx);
	}
	arena_reset(&s->arena);
	return rc;
}

static int
batch(struct zone_txn *txn, void *ctx)
{
	struct scan *s = ctx;
	bool forwards = s->state == ZONE_WAITING;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	unsigned n = 0;
	int rc, enough = 0;

	s->more = false;
	rc = zone_cursor_open(txn, ZONE_T_STATES, &cursor);
	if (rc < 0) {
		return rc;
	}
	rc = forwards
	    ? zone_cursor_seek(cursor, s->at, sizeof(s->at), &key, &value)
	    : zone_cursor_back(cursor, s->at, sizeof(s->at), &key, &value);
	while (rc == 1 && key.len == QUEUE_STATE_KEY && key.at[0] == s->state) {
		if (s->begun && memcmp(key.at, s->at, sizeof(s->at)) == 0) {
			/* shown by the batch before */
		} else if (n++ == SCAN_BATCH) {
			s->more = true;
			break;
		} else {
			memcpy(s->at, key.at, sizeof(s->at));
			s->begun = true;
			enough = show(txn, s, key.at);
			if (enough != 0) {
				break;
			}
		}
		rc = forwards ? zone_cursor_next(cursor, &key, &value)
			      : zone_cursor_prev(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return enough != 0 ? enough : rc < 0 ? rc : 0;
}

int
zone_queue_scan(struct zone_queue *queue, enum zone_item_state state,
    zone_queue_scan_fn *fn, void *ctx)
{
	struct scan s = { .state = state, .fn = fn, .ctx = ctx };
	int rc;

	if ((unsigned)state > ZONE_DISMISSED) {
		return ERR_RANGE;
	}
	memset(s.at, state == ZONE_WAITING ? 0 : 0xff, sizeof(s.at));
	s.at[0] = (uint8_t)state;
	do {
		rc = zone_store_read(queue->store, batch, &s);
	} while (rc == 0 && s.more);
	arena_free(&s.arena);
	return rc;
}
