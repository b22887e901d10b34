/* queue_expire.c - mails and items that have served their time. */
#include "zone/queue_expire.h"

#include <stdlib.h>
#include <string.h>

#include "zone/queue_priv.h"

#define ROUND 500 /* rows that one transaction removes */

struct ids {
	uint64_t *at;
	size_t n, cap;
};

static int
ids_add(struct ids *ids, uint64_t id)
{
	if (ids->n == ids->cap) {
		size_t cap = ids->cap == 0 ? 256 : ids->cap * 2;
		uint64_t *at = reallocarray(ids->at, cap, sizeof(*at));

		if (at == NULL) {
			return ERR_NOMEM;
		}
		ids->at = at;
		ids->cap = cap;
	}
	ids->at[ids->n++] = id;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool
ids_have(const struct ids *ids, uint64_t id)
{
	return ids->n > 0 &&
	    bsearch(&id, ids->at, ids->n, sizeof(id), by_number) != NULL;
}

/* One round: everything is found and removed in one transaction, so that no
 * item begins to wait in between. */
struct round {
	const struct zone_retention *policy;
	struct ids held;  /* mails of items that wait */
	struct ids due;   /* mails to remove */
	struct ids items; /* dismissed, to remove */
	struct ids idle;  /* waiting with nothing to list, too old */
	uint64_t after;   /* mails up to this one were looked at */
	struct zone_expired done;
	bool all; /* nothing was left for another round */
};

static bool
older(const struct zone_retention *policy, int64_t t)
{
	return policy->age > 0 && t < policy->now - policy->age;
}

static bool
proposes(const struct zone_item *item)
{
	for (unsigned i = 0; i < item->n_candidates; i++) {
		if (item->candidates[i].advice != ZONE_ADVICE_NEVER) {
			return true;
		}
	}
	return false;
}

/* ---- what waits ---------------------------------------------------------- */

static int
hold(struct round *r, const struct zone_item *item)
{
	int rc = 0;

	for (unsigned i = 0; i < item->n_evidence && rc == 0; i++) {
		rc = ids_add(&r->held, item->evidence[i].submission);
	}
	if (rc == 0 && !proposes(item) && older(r->policy, item->last)) {
		rc = ids_add(&r->idle, item->id);
	}
	return rc;
}

/* An item that cannot be read: what it speaks for is not known, so nothing
 * is removed before somebody has looked (ERR_CORRUPT). */
static int
find_held(struct zone_txn *txn, struct round *r)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[1] = { ZONE_WAITING };
	int rc = zone_cursor_open(txn, ZONE_T_STATES, &cursor);

	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && key.len == QUEUE_STATE_KEY &&
	    key.at[0] == ZONE_WAITING) {
		uint64_t id =
		    queue_id_of(key.at + QUEUE_STATE_KEY - QUEUE_ID_KEY);
		struct arena arena = { 0 };
		struct queue_stored stored;

		rc = queue_item_get(txn, id, &arena, &stored);
		if (rc == 1) {
			rc = hold(r, &stored.item);
		} else if (rc == 0) {
			rc = ERR_CORRUPT;
		}
		arena_free(&arena);
		if (rc == 0) {
			rc = zone_cursor_next(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	if (rc >= 0 && r->held.n > 0) {
		qsort(r->held.at, r->held.n, sizeof(*r->held.at), by_number);
	}
	return rc < 0 ? rc : 0;
}

/* ---- mails --------------------------------------------------------------- */

/* About what a mail of BYTES takes: whole pages of what is stored. */
static uint64_t
room_of(const struct queue_submission *s)
{
	uint64_t bytes =
	    (s->packed != 0 ? s->packed : s->said.size) + s->analysis;

	return (bytes / 4096 + 1) * 4096;
}

static int
look_at_mail(struct zone_txn *txn, struct round *r, uint64_t id, uint64_t *over,
    bool *ret_stop)
{
	struct arena arena = { 0 };
	struct queue_submission s;
	bool old;
	int rc = queue_submission_get(txn, id, &arena, &s);

	if (rc == ERR_CORRUPT) { /* its age is not known; it stays */
		arena_free(&arena);
		return 0;
	}
	if (rc == 1) {
		rc = 0;
		old = older(r->policy, s.said.time);
		if (!old && *over == 0) {
			*ret_stop = true;
		} else if (ids_have(&r->held, id)) {
			r->done.held++;
		} else {
			uint64_t room = room_of(&s);

			rc = ids_add(&r->due, id);
			r->done.submissions++;
			r->done.bytes += s.said.size;
			*over -= room < *over ? room : *over;
		}
	}
	arena_free(&arena);
	return rc;
}

static int
find_due(struct zone_txn *txn, struct round *r)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[QUEUE_ID_KEY];
	uint64_t room = 0, over = 0;
	bool stop = false;
	int rc = zone_txn_room(txn, ZONE_T_RAW, &room);

	if (rc == 0 && r->policy->size > 0 && room > r->policy->size) {
		over = room - r->policy->size;
	}
	if (rc == 0) {
		rc = zone_cursor_open(txn, ZONE_T_SUBMISSIONS, &cursor);
	}
	if (rc < 0) {
		return rc;
	}
	queue_id_key(r->after + 1, from);
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && !stop && key.len == QUEUE_ID_KEY) {
		uint64_t id = queue_id_of(key.at);

		if (r->due.n == ROUND && !r->policy->dry) {
			r->all = false;
			break;
		}
		rc = look_at_mail(txn, r, id, &over, &stop);
		if (!stop) {
			r->after = id;
		}
		if (rc == 0) {
			rc = zone_cursor_next(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

static int
remove_mail(struct zone_txn *txn, uint64_t id)
{
	struct arena arena = { 0 };
	struct queue_submission s;
	uint8_t key[QUEUE_ID_KEY];
	uint64_t holder;
	int rc = queue_submission_get(txn, id, &arena, &s);

	if (rc == 1 && s.has_digest) {
		rc = queue_ref_get(
		    txn, ZONE_T_DIGESTS, s.digest, sizeof(s.digest), &holder);
		if (rc == ERR_CORRUPT || (rc == 1 && holder == id)) {
			rc = zone_txn_del(
			    txn, ZONE_T_DIGESTS, s.digest, sizeof(s.digest));
		}
	}
	arena_free(&arena);
	if (rc >= 0) {
		rc = queue_raw_drop(txn, id);
	}
	if (rc >= 0) {
		queue_id_key(id, key);
		rc = zone_txn_del(txn, ZONE_T_SUBMISSIONS, key, sizeof(key));
	}
	return rc < 0 ? rc : 0;
}

/* ---- items --------------------------------------------------------------- */

/* Are all mails of ITEM gone? 1, 0, <0. */
static int
spoken(struct zone_txn *txn, const struct zone_item *item)
{
	uint8_t key[QUEUE_ID_KEY];
	struct zone_bytes value;
	int rc = 0;

	for (unsigned i = 0; i < item->n_evidence && rc == 0; i++) {
		queue_id_key(item->evidence[i].submission, key);
		rc = zone_txn_get(
		    txn, ZONE_T_SUBMISSIONS, key, sizeof(key), &value);
	}
	return rc < 0 ? rc : rc == 0;
}

static int
find_items(struct zone_txn *txn, struct round *r)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[1] = { ZONE_DISMISSED };
	bool stop = r->policy->age == 0;
	int rc = zone_cursor_open(txn, ZONE_T_STATES, &cursor);

	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && !stop && key.len == QUEUE_STATE_KEY &&
	    key.at[0] == ZONE_DISMISSED) {
		uint64_t id =
		    queue_id_of(key.at + QUEUE_STATE_KEY - QUEUE_ID_KEY);
		struct arena arena = { 0 };
		struct queue_stored stored;

		if (r->items.n == ROUND && !r->policy->dry) {
			r->all = false;
			break;
		}
		rc = queue_item_get(txn, id, &arena, &stored);
		if (rc == 1 && !older(r->policy, stored.item.settled)) {
			stop = true;
		} else if (rc == 1) {
			rc = spoken(txn, &stored.item);
			rc = rc == 1 ? ids_add(&r->items, id) : rc;
		}
		arena_free(&arena);
		if (rc >= 0 || rc == ERR_CORRUPT) { /* verify tells of it */
			rc = zone_cursor_next(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	r->done.items += r->items.n;
	return rc < 0 ? rc : 0;
}

static int
remove_item(struct zone_txn *txn, struct queue_meta *meta, uint64_t id)
{
	struct arena arena = { 0 };
	uint8_t key[QUEUE_ID_KEY], state[QUEUE_STATE_KEY];
	struct queue_stored stored;
	int rc = queue_item_get(txn, id, &arena, &stored);

	if (rc != 1) {
		goto out;
	}
	queue_id_key(id, key);
	queue_state_key(&stored.item, state);
	rc = zone_txn_del(txn, ZONE_T_STATES, state, sizeof(state));
	if (rc >= 0) {
		rc = zone_txn_del(txn, ZONE_T_ITEMS, key, sizeof(key));
	}
	if (rc >= 0 && stored.item.serial != 0) { /* of its exemption */
		queue_id_key(stored.item.serial, key);
		rc = zone_txn_del(txn, ZONE_T_SERIALS, key, sizeof(key));
	}
	if (rc >= 0 && meta->counts[ZONE_DISMISSED] == 0) {
		rc = ERR_CORRUPT;
	}
	if (rc >= 0) {
		meta->counts[ZONE_DISMISSED]--;
	}
out:
	arena_free(&arena);
	return rc < 0 ? rc : 0;
}

/* ---- a round ------------------------------------------------------------- */

static int
one_round(struct zone_txn *txn, void *ctx)
{
	struct round *r = ctx;
	struct queue_meta meta;
	uint64_t after = r->after;
	int rc;

	/* it may run twice, when the map grew */
	r->held.n = r->due.n = r->items.n = r->idle.n = 0;
	r->done = (struct zone_expired){ 0 };
	r->all = true;
	rc = find_held(txn, r);
	if (rc == 0) {
		rc = find_due(txn, r);
	}
	if (rc == 0) {
		rc = find_items(txn, r);
	}
	if (rc < 0 || r->policy->dry) {
		r->done.dismissed = r->idle.n;
		r->after = rc < 0 ? after : r->after;
		return rc;
	}
	rc = queue_meta_get(txn, &meta);
	for (size_t i = 0; i < r->due.n && rc == 0; i++) {
		rc = remove_mail(txn, r->due.at[i]);
	}
	for (size_t i = 0; i < r->items.n && rc == 0; i++) {
		rc = remove_item(txn, &meta, r->items.at[i]);
	}
	if (rc == 0 && r->items.n > 0) {
		rc = queue_meta_put(txn, &meta);
	}
	r->after = rc < 0 ? after : r->after;
	return rc;
}

struct idle {
	const struct zone_retention *policy;
	const char *by;
};

static int
let_go(struct zone_item *item, struct arena *arena, void *ctx)
{
	const struct idle *i = ctx;

	(void)arena;
	if (item->state != ZONE_WAITING || proposes(item) ||
	    !older(i->policy, item->last)) {
		return 1;
	}
	item->state = ZONE_DISMISSED;
	item->settled = i->policy->now;
	item->settled_by = i->by;
	item->settled_reason = "nothing in it may be listed, and it is old";
	return 0;
}

static int
dismiss_idle(struct zone_queue *queue, struct round *r, const char *by)
{
	struct idle i = { r->policy, by };
	size_t n = r->idle.n < ROUND ? r->idle.n : ROUND;
	int rc = 0;

	for (size_t k = 0; k < n && rc >= 0; k++) {
		rc = zone_queue_change(
		    queue, r->idle.at[k], by, "expire", let_go, &i);
		r->done.dismissed += rc == 0;
		rc = rc == ERR_NONE ? 0 : rc;
	}
	r->all = r->all && n == r->idle.n;
	return rc < 0 ? rc : 0;
}

int
zone_queue_expire(struct zone_queue *queue, const struct zone_retention *policy,
    const char *by, struct zone_expired *ret)
{
	struct zone_expired sum = { 0 };
	struct zone_retention look = *policy;
	struct round r = { .policy = &look };
	unsigned rounds = 0;
	int rc;

	/* Mostly nothing is due: then those who write are not held up. */
	look.dry = true;
	rc = zone_store_read(queue->store, one_round, &r);
	if (rc < 0 || policy->dry ||
	    r.done.submissions + r.done.items + r.done.dismissed == 0) {
		sum = r.done;
		goto out;
	}
	look.dry = false;
	r.after = 0;
	do {
		rc = zone_store_write(queue->store, one_round, &r);
		if (rc == 0) {
			rc = dismiss_idle(queue, &r, by);
		}
		if (rc < 0) {
			break;
		}
		sum.submissions += r.done.submissions;
		sum.bytes += r.done.bytes;
		sum.held += r.done.held;
		sum.items += r.done.items;
		sum.dismissed += r.done.dismissed;
		rounds++;
	} while (!r.all && (policy->rounds == 0 || rounds < policy->rounds));
	sum.more = !r.all;
out:
	free(r.held.at);
	free(r.due.at);
	free(r.items.at);
	free(r.idle.at);
	if (rc == 0) {
		*ret = sum;
	}
	return rc;
}
