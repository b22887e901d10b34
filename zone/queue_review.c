/* queue_review.c - marks on listed items that were reported again. */
#include "zone/queue_review.h"

#include <string.h>

#include "zone/amend.h"
#include "zone/find.h"
#include "zone/queue_priv.h"
#include "zone/record.h"

#define REVIEW_RUN 1000
#define REVIEW_AGAIN 600 /* seconds after which the run is noted anew */

static const char watched_key[] = "watched";
#define WATCHED_KEY watched_key, sizeof(watched_key) - 1

#define MARK_KEY (5 + QUEUE_ID_KEY) /* "seen", a zero, the item */

static void
mark_key(uint64_t item, uint8_t ret[MARK_KEY])
{
	memcpy(ret, "seen", 5);
	queue_id_key(item, ret + 5);
}

/* ---- for those who write ------------------------------------------------- */

/* Some seconds more or less: clocks are set. */
static bool
within(int64_t a, int64_t b, int64_t seconds)
{
	uint64_t d =
	    a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;

	return d < (uint64_t)seconds;
}

int
queue_watched(struct zone_txn *txn, int64_t time)
{
	uint64_t when;
	int rc = queue_ref_get(txn, ZONE_T_META, WATCHED_KEY, &when);

	if (rc == ERR_CORRUPT) {
		return 0;
	}
	return rc == 1 ? within((int64_t)when, time, ZONE_REVIEW_FRESH) : rc;
}

int
queue_mark(struct zone_txn *txn, uint64_t item, uint32_t seen)
{
	uint8_t key[MARK_KEY];
	uint64_t before = 0;
	int rc;

	mark_key(item, key);
	rc = queue_ref_get(txn, ZONE_T_META, key, sizeof(key), &before);
	if (rc == 1 && (before | seen) == before) {
		return 0;
	}
	if (rc < 0 && rc != ERR_CORRUPT) {
		return rc;
	}
	return queue_ref_put(
	    txn, ZONE_T_META, key, sizeof(key), rc == 1 ? before | seen : seen);
}

/* ---- for the one who looks ----------------------------------------------- */

struct mark {
	uint64_t item;
	uint64_t seen;
};

struct marks {
	struct mark rows[REVIEW_RUN];
	size_t n;
	bool fresh; /* the run need not be noted anew */
	int64_t now;
};

static int
read_marks(struct zone_txn *txn, void *ctx)
{
	struct marks *m = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[MARK_KEY];
	uint64_t when;
	int rc;

	m->n = 0;
	rc = queue_ref_get(txn, ZONE_T_META, WATCHED_KEY, &when);
	m->fresh = rc == 1 && within((int64_t)when, m->now, REVIEW_AGAIN);
	rc = zone_cursor_open(txn, ZONE_T_META, &cursor);
	if (rc < 0) {
		return rc;
	}
	mark_key(0, from);
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && m->n < REVIEW_RUN && key.len == MARK_KEY &&
	    memcmp(key.at, from, 5) == 0) {
		struct mark *row = &m->rows[m->n++];

		row->item = queue_id_of(key.at + 5);
		if (queue_ref_decode(value, &row->seen) < 0) {
			row->seen = UINT32_MAX; /* any of them, then */
		}
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

struct reviewing {
	struct zone_view *view;
	const struct zone_config *config;
	uint64_t seen;
	int64_t now; /* never before the view's */
};

/* Does somebody have to look at candidate C again? 1, 0, <0. */
static int
needs_person(const struct reviewing *r, const struct zone_candidate *c)
{
	const struct zone_list_conf *list =
	    zone_config_list(r->config, span_str(c->list));
	int64_t ahead = ZONE_REVIEW_AHEAD;
	struct zone_detail detail;
	struct zone_hit hit;
	struct zone_key key;
	uint16_t number;
	int rc;

	if (list == NULL ||
	    zone_key_parse(list->kind, span_str(c->key), &key, NULL) < 0) {
		return 0; /* there is no such list any more */
	}
	rc = zone_view_list(r->view, list->name, list->kind, &number);
	if (rc <= 0) {
		return rc < 0 ? rc : 1;
	}
	rc = zone_find_key(r->view, number, &key, &hit, NULL);
	if (rc < 0 || hit.verdict != ZONE_LISTED) {
		return rc < 0 ? rc : 1;
	}
	if (hit.until == 0) {
		return 0;
	}
	rc = zone_view_detail(r->view, hit.detail, &detail);
	if (rc <= 0) {
		return rc < 0 ? rc : ERR_CORRUPT;
	}
	if (hit.until > detail.created &&
	    (hit.until - detail.created) / 4 < ahead) {
		ahead = (hit.until - detail.created) / 4;
	}
	return hit.until - r->now <= ahead;
}

/* 0: ITEM waits again. */
static int
look_again(struct zone_item *item, struct arena *arena, void *ctx)
{
	const struct reviewing *r = ctx;
	int rc = 0;

	(void)arena;
	if (item->state != ZONE_LISTED_ITEM) {
		return 1;
	}
	for (unsigned i = 0; i < item->n_candidates && rc == 0; i++) {
		if ((item->approved & r->seen) >> i & 1) {
			rc = needs_person(r, &item->candidates[i]);
		}
	}
	if (rc <= 0) {
		return rc < 0 ? rc : 1;
	}
	item->state = ZONE_WAITING;
	item->settled_by = "";
	item->settled_reason = "";
	item->settled = 0;
	item->serial = 0;
	item->approved = 0;
	item->n_votes = 0;
	return 0;
}

/* The entry of candidate C in LIST, if it may get a later end. 1 with *RET_KEY
 * and *RET_DETAIL, 0 not, <0. */
static int
may_extend(const struct reviewing *r, const struct zone_candidate *c,
    const struct zone_list_conf *list, struct zone_key *ret_key,
    uint32_t *ret_detail)
{
	struct zone_entry entry;
	uint16_t number;
	int rc;

	if (list == NULL || list->extend == 0 ||
	    zone_key_parse(list->kind, span_str(c->key), ret_key, NULL) < 0) {
		return 0;
	}
	rc = zone_view_list(r->view, list->name, list->kind, &number);
	if (rc == 1) {
		rc = zone_find_exact(r->view, number, ret_key, &entry);
	}
	if (rc != 1) {
		return rc;
	}
	*ret_detail = entry.detail;
	/* what has ended is a person's to list again */
	return entry.code != 0 && entry.until > r->now &&
	    entry.until - r->now < list->extend;
}

/* Give what ITEM listed and R->seen names its later end. */
static int
extend(struct zone_queue *queue, struct zone_store *store, struct reviewing *r,
    const char *by, uint64_t id, struct zone_reviewed *done)
{
	const struct zone_person person = { .name = by, .weight = 1 };
	struct arena arena = { 0 };
	struct zone_item item;
	int rc = zone_queue_get(queue, id, &arena, &item);

	for (unsigned i = 0;
	     rc == 1 && item.state == ZONE_LISTED_ITEM && i < item.n_candidates;
	     i++) {
		const struct zone_candidate *c = &item.candidates[i];
		struct zone_amendment change = {
			.list = zone_config_list(r->config, span_str(c->list)),
			.reason = "reported again",
		};
		struct zone_decided decided = { 0 };
		struct err_text why = { "" };
		struct zone_key key;

		if (!((item.approved & r->seen) >> i & 1)) {
			continue;
		}
		rc = may_extend(r, c, change.list, &key, &change.detail);
		if (rc == 1) {
			change.key = &key;
			change.until = r->now + change.list->extend;
			zone_view_rest(r->view);
			rc = zone_moderate_amend(
			    store, r->config, &person, &change, &decided, &why);
			done->extended +=
			    rc == 0 && decided.outcome == ZONE_DONE;
			rc = rc < 0 ? rc : zone_view_renew(r->view);
		}
		rc = rc < 0 ? rc : 1;
	}
	arena_free(&arena);
	return rc < 0 && rc != ERR_CORRUPT ? rc : 0;
}

struct unmarking {
	uint64_t item; /* 0: note the run */
	int64_t now;
	uint64_t seen;
};

/* A report that came in since has made the mark more: then it stays. */
static int
unmark(struct zone_txn *txn, void *ctx)
{
	const struct unmarking *u = ctx;
	uint8_t key[MARK_KEY];
	uint64_t seen;
	int rc;

	if (u->item == 0) {
		return queue_ref_put(
		    txn, ZONE_T_META, WATCHED_KEY, (uint64_t)u->now);
	}
	mark_key(u->item, key);
	rc = queue_ref_get(txn, ZONE_T_META, key, sizeof(key), &seen);
	if (rc == 1 && (seen | u->seen) != u->seen) {
		return 0;
	}
	rc = rc == 0 ? 0 : zone_txn_del(txn, ZONE_T_META, key, sizeof(key));
	return rc < 0 ? rc : 0;
}

int
zone_queue_review(struct zone_queue *queue, struct zone_store *store,
    const struct zone_config *config, const char *by, int64_t now,
    struct zone_reviewed *ret)
{
	struct zone_reviewed done = { 0 };
	struct reviewing r = { .config = config };
	struct marks *m = NULL;
	struct arena arena = { 0 };
	int rc = 0;

	m = arena_alloc(&arena, sizeof(*m));
	if (m == NULL) {
		return ERR_NOMEM;
	}
	m->now = now;
	rc = zone_store_read(queue->store, read_marks, m);
	if (rc == 0 && m->n > 0) {
		rc = zone_view_open(store, &r.view);
	}
	for (size_t i = 0; i < m->n && rc == 0; i++) {
		struct unmarking u = { m->rows[i].item, now, m->rows[i].seen };

		/* the store first: no view is kept across a queue's write
		 * for long, since this renews it for each */
		rc = zone_view_renew(r.view);
		if (rc < 0) {
			break;
		}
		r.seen = u.seen;
		r.now =
		    zone_view_now(r.view) > now ? zone_view_now(r.view) : now;
		rc = extend(queue, store, &r, by, u.item, &done);
		if (rc < 0) {
			break;
		}
		rc = zone_queue_change(
		    queue, u.item, by, "seen again", look_again, &r);
		zone_view_rest(r.view);
		done.looked++;
		done.reopened += rc == 0;
		if (rc >= 0 || rc == ERR_NONE || rc == ERR_CORRUPT) {
			rc = zone_store_write(queue->store, unmark, &u);
		}
	}
	zone_view_close(&r.view);
	if (rc == 0 && !m->fresh) {
		struct unmarking u = { .now = now };

		rc = zone_store_write(queue->store, unmark, &u);
	}
	arena_free(&arena);
	if (rc == 0) {
		*ret = done;
	}
	return rc;
}
