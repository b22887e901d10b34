/* queue_change.c - the only place that writes an item: its record, the
 * indexes that must agree with it, and the log.
 */
#include <string.h>

#include "base/when.h"
#include "zone/queue_priv.h"

static const char meta_key[] = "queue";
#define META_KEY meta_key, sizeof(meta_key) - 1

/* ---- small rows -------------------------------------------------------- */

int
queue_meta_get(struct zone_txn *txn, struct queue_meta *ret)
{
	struct zone_bytes value;
	uint64_t items, submissions;
	int rc;

	rc = zone_txn_get(txn, ZONE_T_META, META_KEY, &value);
	if (rc < 0) {
		return rc;
	}
	if (rc == 1) {
		return queue_meta_decode(value, ret);
	}
	/* Numbers given out again would mix up old rows with new ones. */
	if ((rc = zone_txn_count(txn, ZONE_T_ITEMS, &items)) < 0 ||
	    (rc = zone_txn_count(txn, ZONE_T_SUBMISSIONS, &submissions)) < 0) {
		return rc;
	}
	if (items != 0 || submissions != 0) {
		return ERR_CORRUPT;
	}
	memset(ret, 0, sizeof(*ret));
	return 0;
}

int
queue_meta_put(struct zone_txn *txn, const struct queue_meta *meta)
{
	struct buf b = { 0 };
	int rc;

	queue_meta_encode(meta, &b);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_META, META_KEY, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
queue_ref_get(struct zone_txn *txn, enum zone_table table, const void *key,
    size_t klen, uint64_t *ret_id)
{
	struct zone_bytes value;
	int rc = zone_txn_get(txn, table, key, klen, &value);

	if (rc == 1 && (rc = queue_ref_decode(value, ret_id)) == 0) {
		rc = 1;
	}
	return rc;
}

int
queue_ref_put(struct zone_txn *txn, enum zone_table table, const void *key,
    size_t klen, uint64_t id)
{
	struct buf b = { 0 };
	int rc;

	queue_ref_encode(id, &b);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, table, key, klen, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
queue_item_get(struct zone_txn *txn, uint64_t id, struct arena *arena,
    struct queue_stored *ret)
{
	uint8_t key[QUEUE_ID_KEY];
	struct zone_bytes value;
	int rc;

	queue_id_key(id, key);
	rc = zone_txn_get(txn, ZONE_T_ITEMS, key, sizeof(key), &value);
	if (rc == 1 && (rc = queue_item_decode(value, id, arena, ret)) == 0) {
		rc = 1;
	}
	return rc;
}

/* ---- indexes ----------------------------------------------------------- */

/* Do reports of candidate C belong to ITEM (NULL: none)? */
static bool
holds(const struct zone_item *item, const struct zone_candidate *c)
{
	if (item == NULL || item->state == ZONE_DISMISSED) {
		return false;
	}
	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_candidate *d = &item->candidates[i];
		bool mine = item->state == ZONE_WAITING
		    ? d->advice != ZONE_ADVICE_NEVER
		    : (item->approved >> i & 1) != 0;

		if (mine && strcmp(d->key, c->key) == 0 &&
		    strcmp(d->list, c->list) == 0) {
			return true;
		}
	}
	return false;
}

/* May ITEM take the row of another, HOLDER? One that waits goes before one
 * that is listed, and what is there before what is not. */
static int
gives_way(struct zone_txn *txn, uint64_t holder, const struct zone_item *item)
{
	struct arena arena = { 0 };
	struct queue_stored other;
	int rc;

	if (holder == item->id || item->state != ZONE_WAITING) {
		return 0;
	}
	rc = queue_item_get(txn, holder, &arena, &other);
	if (rc == 1) {
		rc = other.item.state != ZONE_WAITING;
	} else if (rc == 0 || rc == ERR_CORRUPT) {
		rc = 1;
	}
	arena_free(&arena);
	return rc;
}

static int
index_waiting(struct zone_txn *txn, const struct zone_item *old,
    const struct zone_item *item)
{
	uint8_t key[ZONE_STORE_KEY_MAX];
	uint64_t holder;
	size_t n;
	int rc;

	for (unsigned i = 0; old != NULL && i < old->n_candidates; i++) {
		const struct zone_candidate *c = &old->candidates[i];

		if (!holds(old, c) || holds(item, c)) {
			continue;
		}
		n = queue_waiting_key(c->list, c->key, key);
		rc = queue_ref_get(txn, ZONE_T_WAITING, key, n, &holder);
		if (rc == ERR_CORRUPT || (rc == 1 && holder == old->id)) {
			rc = zone_txn_del(txn, ZONE_T_WAITING, key, n);
		}
		if (rc < 0) {
			return rc;
		}
	}
	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		if (!holds(item, c)) {
			continue;
		}
		n = queue_waiting_key(c->list, c->key, key);
		rc = queue_ref_get(txn, ZONE_T_WAITING, key, n, &holder);
		if (rc == 1) {
			rc = gives_way(txn, holder, item) == 1 ? 0 : 1;
		}
		if (rc == 0 || rc == ERR_CORRUPT) {
			rc = queue_ref_put(
			    txn, ZONE_T_WAITING, key, n, item->id);
		}
		if (rc < 0) {
			return rc;
		}
	}
	return 0;
}

static int
index_state(struct zone_txn *txn, struct queue_meta *meta,
    const struct zone_item *old, const struct zone_item *item)
{
	uint8_t was[QUEUE_STATE_KEY], is[QUEUE_STATE_KEY];
	int rc;

	queue_state_key(item, is);
	if (old != NULL) {
		queue_state_key(old, was);
		if (memcmp(was, is, sizeof(is)) == 0) {
			return 0;
		}
		rc = zone_txn_del(txn, ZONE_T_STATES, was, sizeof(was));
		if (rc < 0) {
			return rc;
		}
		if (meta->counts[old->state] == 0) {
			return ERR_CORRUPT;
		}
		meta->counts[old->state]--;
	}
	meta->counts[item->state]++;
	return zone_txn_put(txn, ZONE_T_STATES, is, sizeof(is), "", 0);
}

static int
index_serial(struct zone_txn *txn, const struct zone_item *old,
    const struct zone_item *item)
{
	uint64_t was = old != NULL ? old->serial : 0, holder;
	uint8_t key[QUEUE_ID_KEY];
	int rc;

	if (was == item->serial) {
		return 0;
	}
	if (was != 0) {
		queue_id_key(was, key);
		rc = queue_ref_get(
		    txn, ZONE_T_SERIALS, key, sizeof(key), &holder);
		if (rc == ERR_CORRUPT || (rc == 1 && holder == item->id)) {
			rc =
			    zone_txn_del(txn, ZONE_T_SERIALS, key, sizeof(key));
		}
		if (rc < 0) {
			return rc;
		}
	}
	if (item->serial == 0) {
		return 0;
	}
	queue_id_key(item->serial, key);
	return queue_ref_put(txn, ZONE_T_SERIALS, key, sizeof(key), item->id);
}

void
queue_item_bump(struct zone_item *item)
{
	item->version++;
	if (item->version == 0) { /* in a decision it means "any" */
		item->version = 1;
	}
}

int
queue_item_put(struct zone_txn *txn, struct queue_meta *meta,
    const struct zone_item *old, struct zone_item *item, struct span tail)
{
	uint8_t key[QUEUE_ID_KEY];
	struct buf b = { 0 };
	int rc;

	queue_id_key(item->id, key);
	rc = queue_item_encode(item, tail, &b);
	if (rc == 0) {
		rc = zone_txn_put(
		    txn, ZONE_T_ITEMS, key, sizeof(key), b.data, b.len);
	}
	buf_free(&b);
	if (rc == 0) {
		rc = index_state(txn, meta, old, item);
	}
	if (rc == 0) {
		rc = index_waiting(txn, old, item);
	}
	if (rc == 0) {
		rc = index_serial(txn, old, item);
	}
	return rc;
}

/* ---- the change and its event ------------------------------------------ */

struct change {
	uint64_t id;
	const char *by, *action;
	zone_item_fn *fn;
	void *ctx;
};

static bool
same_vote(const struct zone_vote *a, const struct zone_vote *b)
{
	return a->time == b->time && a->approve == b->approve &&
	    a->weight == b->weight && a->exempt == b->exempt && strcmp(a->person, b->person) == 0 &&
	    strcmp(a->reason, b->reason) == 0;
}

/* Why ITEM was changed: what settled it, or the vote that OLD has not. */
static const char *
reason_of(const struct zone_item *old, const struct zone_item *item)
{
	if (item->state != ZONE_WAITING && item->settled_reason != NULL) {
		return item->settled_reason;
	}
	for (unsigned i = item->n_votes; i-- > 0;) {
		const struct zone_vote *v = &item->votes[i];
		unsigned k = 0;

		while (k < old->n_votes && !same_vote(v, &old->votes[k])) {
			k++;
		}
		if (k == old->n_votes) {
			return v->reason;
		}
	}
	return "";
}

int
queue_event_add(struct zone_txn *txn, struct queue_meta *meta,
    struct zone_queue_event *event, const struct zone_item *item)
{
	uint8_t key[QUEUE_ID_KEY], hash[32];
	struct buf b = { 0 };
	int rc;

	event->number = meta->events + 1;
	event->time = when_now();
	queue_event_encode(event, item, meta->head, &b, hash);
	queue_id_key(event->number, key);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_EVENTS, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	if (rc == 0) {
		meta->events = event->number;
		memcpy(meta->head, hash, sizeof(hash));
	}
	return rc;
}

static int
add_event(struct zone_txn *txn, struct queue_meta *meta, const struct change *c,
    const struct zone_item *old, const struct zone_item *item)
{
	struct zone_queue_event event = {
		.item = item->id,
		.by = c->by,
		.action = c->action,
		.reason = reason_of(old, item),
	};

	return queue_event_add(txn, meta, &event, item);
}

/* FN may leave out what an item need not have. */
static void
complete(struct zone_item *item)
{
	for (unsigned i = 0; i < item->n_votes; i++) {
		struct zone_vote *v = &item->votes[i];

		v->person = v->person != NULL ? v->person : "";
		v->reason = v->reason != NULL ? v->reason : "";
	}
}

static int
change(struct zone_txn *txn, void *ctx)
{
	const struct change *c = ctx;
	struct arena arena = { 0 };
	struct queue_stored old, new;
	struct queue_meta meta;
	int rc;

	/* Twice, since FN may write into what the first one points to. */
	rc = queue_item_get(txn, c->id, &arena, &old);
	if (rc == 1) {
		rc = queue_item_get(txn, c->id, &arena, &new);
	}
	if (rc <= 0) {
		rc = rc == 0 ? ERR_NONE : rc;
		goto out;
	}
	rc = queue_meta_get(txn, &meta);
	if (rc == 0) {
		rc = c->fn(&new.item, &arena, c->ctx);
	}
	if (rc != 0) {
		goto out;
	}
	complete(&new.item);
	new.item.id = old.item.id;
	new.item.version = old.item.version;
	queue_item_bump(&new.item);
	rc = queue_item_put(txn, &meta, &old.item, &new.item, new.tail);
	if (rc == 0) {
		rc = add_event(txn, &meta, c, &old.item, &new.item);
	}
	if (rc == 0) {
		rc = queue_meta_put(txn, &meta);
	}
out:
	arena_free(&arena);
	return rc;
}

int
zone_queue_change(struct zone_queue *queue, uint64_t id, const char *by,
    const char *action, zone_item_fn *fn, void *ctx)
{
	struct change c = { id, by, action, fn, ctx };

	return zone_store_write(queue->store, change, &c);
}
