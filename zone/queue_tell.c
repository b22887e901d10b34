/* queue_tell.c - an event without an item. */
#include "zone/queue_tell.h"

#include <string.h>

#include "base/when.h"
#include "zone/queue_priv.h"

int
queue_tell(struct zone_txn *txn, const char *by, const char *action,
    const char *reason)
{
	const struct zone_item none = { .id = 0 };
	struct zone_queue_event event = {
		.time = when_now(), .by = by, .action = action, .reason = reason
	};
	uint8_t key[QUEUE_ID_KEY], hash[32];
	struct queue_meta meta;
	struct buf b = { 0 };
	int rc = queue_meta_get(txn, &meta);

	if (rc < 0) {
		return rc;
	}
	event.number = meta.events + 1;
	queue_event_encode(&event, &none, meta.head, &b, hash);
	queue_id_key(event.number, key);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_EVENTS, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	if (rc == 0) {
		meta.events = event.number;
		memcpy(meta.head, hash, sizeof(hash));
		rc = queue_meta_put(txn, &meta);
	}
	return rc;
}

struct told {
	const char *by, *action, *reason;
};

static int
tell(struct zone_txn *txn, void *ctx)
{
	const struct told *t = ctx;

	return queue_tell(txn, t->by, t->action, t->reason);
}

int
zone_queue_tell(struct zone_queue *queue, const char *by, const char *action,
    const char *reason)
{
	struct told t = { by, action, reason };
	int rc = zone_store_write(queue->store, tell, &t);

	return rc < 0 ? rc : 0;
}
