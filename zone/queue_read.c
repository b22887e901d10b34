/* queue_read.c - questions to the queue: one item, a page of them, a mail,
 * the log. Each is one short read transaction.
 */
#include <string.h>

#include "zone/queue_priv.h"
#include "zone/record.h"

/* ---- one item, one submission ------------------------------------------ */

struct get {
	uint64_t id;
	struct arena *arena;
	struct zone_item *item;
	struct zone_submission *submission;
	struct buf *b;
};

static int
get_item(struct zone_txn *txn, void *ctx)
{
	struct get *g = ctx;
	struct queue_stored stored;
	int rc = queue_item_get(txn, g->id, g->arena, &stored);

	if (rc == 1) {
		*g->item = stored.item;
	}
	return rc;
}

int
zone_queue_get(struct zone_queue *queue, uint64_t id, struct arena *arena,
    struct zone_item *ret_item)
{
	struct get g = { .id = id, .arena = arena, .item = ret_item };

	return zone_store_read(queue->store, get_item, &g);
}

int
queue_submission_get(struct zone_txn *txn, uint64_t id, struct arena *arena,
    struct queue_submission *ret)
{
	uint8_t key[QUEUE_ID_KEY];
	struct zone_bytes value;
	int rc;

	queue_id_key(id, key);
	rc = zone_txn_get(txn, ZONE_T_SUBMISSIONS, key, sizeof(key), &value);
	if (rc == 1) {
		rc = queue_submission_decode(value, id, arena, ret);
		rc = rc == 0 ? 1 : rc;
	}
	return rc;
}

static int
get_submission(struct zone_txn *txn, void *ctx)
{
	struct get *g = ctx;
	struct queue_submission s;
	struct buf text = { 0 };
	int rc;

	rc = queue_submission_get(txn, g->id, g->arena, &s);
	if (rc != 1) {
		return rc;
	}
	rc = queue_pieces_get(
	    txn, g->id, QUEUE_PIECE_ANALYSIS, s.analysis, &text);
	if (rc == 0 &&
	    memchr(text.data != NULL ? text.data : "", '\0', text.len) !=
		NULL) {
		rc = ERR_CORRUPT;
	}
	if (rc == 0) {
		s.said.analysis = arena_copy(
		    g->arena, text.data != NULL ? text.data : "", text.len);
		rc = s.said.analysis != NULL ? 1 : ERR_NOMEM;
	}
	if (rc == 1) {
		*g->submission = s.said;
	}
	buf_free(&text);
	return rc;
}

int
zone_queue_submission(struct zone_queue *queue, uint64_t id,
    struct arena *arena, struct zone_submission *ret)
{
	struct get g = { .id = id, .arena = arena, .submission = ret };

	return zone_store_read(queue->store, get_submission, &g);
}

static int
get_raw(struct zone_txn *txn, void *ctx)
{
	struct get *g = ctx;
	struct arena arena = { 0 };
	struct queue_submission s;
	size_t before = g->b->len;
	int rc;

	rc = queue_submission_get(txn, g->id, &arena, &s);
	if (rc == 1) {
		rc = queue_raw_get(txn, g->id, &s, g->b);
		rc = rc == 0 ? 1 : rc;
	}
	if (rc < 0 && g->b->data != NULL) { /* nothing, rather than half */
		g->b->len = before;
		g->b->data[before] = '\0';
	}
	arena_free(&arena);
	return rc;
}

int
zone_queue_raw(struct zone_queue *queue, uint64_t id, struct buf *b)
{
	struct get g = { .id = id, .b = b };

	return zone_store_read(queue->store, get_raw, &g);
}

/* ---- pages of items ---------------------------------------------------- */

struct page {
	enum zone_item_state state;
	size_t skip, max;
	struct arena *arena;
	struct zone_item *items;
	size_t n;
	uint64_t total;
};

static int
page_row(struct zone_txn *txn, struct page *p, const struct zone_bytes *key)
{
	uint64_t id = queue_id_of(key->at + QUEUE_STATE_KEY - QUEUE_ID_KEY);
	struct queue_stored stored;
	int rc = queue_item_get(txn, id, p->arena, &stored);

	if (rc == 0 || rc == ERR_CORRUPT) {
		stored.item = queue_item_damaged(id, p->state);
		rc = 1;
	}
	if (rc == 1) {
		p->items[p->n++] = stored.item;
	}
	return rc;
}

static int
page(struct zone_txn *txn, void *ctx)
{
	struct page *p = ctx;
	bool forwards = p->state == ZONE_WAITING;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[QUEUE_STATE_KEY];
	struct queue_meta meta;
	size_t want, skip = p->skip;
	int rc;

	rc = queue_meta_get(txn, &meta);
	if (rc < 0) {
		return rc;
	}
	p->total = meta.counts[p->state];
	p->n = 0;
	want = p->skip >= p->total ? 0 : (size_t)(p->total - p->skip);
	want = want < p->max ? want : p->max;
	if (want == 0) {
		return 0;
	}
	if (want > SIZE_MAX / sizeof(*p->items)) {
		return ERR_NOMEM;
	}
	p->items = arena_alloc(p->arena, want * sizeof(*p->items));
	if (p->items == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_cursor_open(txn, ZONE_T_STATES, &cursor);
	if (rc < 0) {
		return rc;
	}
	memset(from, forwards ? 0 : 0xff, sizeof(from));
	from[0] = (uint8_t)p->state;
	rc = forwards
	    ? zone_cursor_seek(cursor, from, sizeof(from), &key, &value)
	    : zone_cursor_back(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && key.len == QUEUE_STATE_KEY && key.at[0] == p->state) {
		if (skip > 0) {
			skip--;
		} else if ((rc = page_row(txn, p, &key)) < 0) {
			break;
		} else if (p->n == want) {
			break;
		}
		rc = forwards ? zone_cursor_next(cursor, &key, &value)
			      : zone_cursor_prev(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

int
zone_queue_list(struct zone_queue *queue, enum zone_item_state state,
    size_t skip, size_t max, struct arena *arena, struct zone_item **ret_items,
    size_t *ret_n, uint64_t *ret_total)
{
	struct page p = { state, skip, max, arena, NULL, 0, 0 };
	int rc;

	if ((unsigned)state > ZONE_DISMISSED) {
		return ERR_RANGE;
	}
	rc = zone_store_read(queue->store, page, &p);
	if (rc < 0) {
		return rc;
	}
	*ret_items = p.items;
	*ret_n = p.n;
	*ret_total = p.total;
	return 0;
}

static int
get_meta(struct zone_txn *txn, void *ctx)
{
	return queue_meta_get(txn, ctx);
}

int
zone_queue_counts(struct zone_queue *queue, uint64_t ret_counts[3])
{
	struct queue_meta meta;
	int rc = zone_store_read(queue->store, get_meta, &meta);

	if (rc == 0) {
		memcpy(ret_counts, meta.counts, sizeof(meta.counts));
	}
	return rc;
}

/* ---- by key, by serial ------------------------------------------------- */

struct look {
	enum zone_table table;
	uint8_t key[ZONE_STORE_KEY_MAX];
	size_t len;
	uint64_t id;
};

static int
look(struct zone_txn *txn, void *ctx)
{
	struct look *l = ctx;

	return queue_ref_get(txn, l->table, l->key, l->len, &l->id);
}

struct by_key {
	uint8_t key[ZONE_STORE_KEY_MAX];
	size_t len;
	struct zone_sightings *ret;
};

static int
by_key(struct zone_txn *txn, void *ctx)
{
	const struct by_key *k = ctx;
	struct arena arena = { 0 };
	struct queue_stored stored;
	uint64_t id;
	int rc = queue_ref_get(txn, ZONE_T_WAITING, k->key, k->len, &id);

	if (rc == 1) {
		rc = queue_item_get(txn, id, &arena, &stored);
	}
	if (rc == 1) {
		*k->ret = (struct zone_sightings){ .item = id,
			.state = stored.item.state,
			.count = stored.item.count,
			.submitters = stored.item.submitters,
			.first = stored.item.first,
			.last = stored.item.last };
		rc = stored.item.state != ZONE_DISMISSED;
	}
	arena_free(&arena);
	return rc;
}

int
zone_queue_sightings(struct zone_queue *queue, const char *list,
    const char *key, struct zone_sightings *ret)
{
	struct by_key k = { .ret = ret };

	if (strnlen(list, QUEUE_LIST + 1) > QUEUE_LIST ||
	    strnlen(key, QUEUE_KEY + 1) > QUEUE_KEY) {
		return 0;
	}
	k.len = queue_waiting_key(list, key, k.key);
	return zone_store_read(queue->store, by_key, &k);
}

int
zone_queue_waiting(struct zone_queue *queue, const char *list, const char *key,
    uint64_t *ret_item)
{
	struct zone_sightings s;
	int rc = zone_queue_sightings(queue, list, key, &s);

	if (rc == 1 && s.state == ZONE_WAITING) {
		*ret_item = s.item;
		return 1;
	}
	return rc < 0 ? rc : 0;
}

int
zone_queue_by_serial(
    struct zone_queue *queue, uint64_t serial, uint64_t *ret_item)
{
	struct look l = { .table = ZONE_T_SERIALS, .len = QUEUE_ID_KEY };
	int rc;

	queue_id_key(serial, l.key);
	rc = zone_store_read(queue->store, look, &l);
	if (rc == 1) {
		*ret_item = l.id;
	}
	return rc;
}

/* ---- the log ----------------------------------------------------------- */

struct events {
	uint64_t before;
	size_t max;
	struct arena *arena;
	struct zone_queue_event *rows;
	size_t n;
};

static int
read_log(struct zone_txn *txn, void *ctx)
{
	struct events *l = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[QUEUE_ID_KEY];
	struct queue_event event;
	struct queue_meta meta;
	uint64_t most;
	int rc;

	rc = queue_meta_get(txn, &meta);
	if (rc < 0) {
		return rc;
	}
	l->n = 0;
	most = meta.events < l->before ? meta.events : l->before;
	most = most < l->max ? most : l->max;
	if (most == 0) {
		return 0;
	}
	l->rows = most > SIZE_MAX / sizeof(*l->rows)
	    ? NULL
	    : arena_alloc(l->arena, (size_t)most * sizeof(*l->rows));
	if (l->rows == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_cursor_open(txn, ZONE_T_EVENTS, &cursor);
	if (rc < 0) {
		return rc;
	}
	queue_id_key(l->before, from);
	rc = zone_cursor_back(cursor, from, sizeof(from), &key, &value);
	while (rc == 1) {
		if (key.len != QUEUE_ID_KEY) {
			rc = ERR_CORRUPT;
			break;
		}
		rc = queue_event_decode(
		    value, queue_id_of(key.at), l->arena, &event);
		if (rc == ERR_CORRUPT) { /* it shows; verify tells more */
			event.said = (struct zone_queue_event){
				.number = queue_id_of(key.at),
				.by = "",
				.action = "damaged",
				.reason = "(this record is damaged)",
				.subject = "",
			};
		} else if (rc < 0) {
			break;
		}
		l->rows[l->n++] = event.said;
		if (l->n == most) {
			break;
		}
		rc = zone_cursor_prev(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

struct about {
	uint64_t item;
	int64_t since;
	size_t look, max;
	struct arena *arena;
	struct zone_queue_event *rows;
	size_t n;
	bool all;
};

static int
read_about(struct zone_txn *txn, void *ctx)
{
	struct about *a = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[QUEUE_ID_KEY];
	int rc = zone_cursor_open(txn, ZONE_T_EVENTS, &cursor);

	if (rc < 0) {
		return rc;
	}
	a->n = 0;
	a->all = true;
	queue_id_key(UINT64_MAX, from);
	rc = zone_cursor_back(cursor, from, sizeof(from), &key, &value);
	for (size_t i = 0; rc == 1 && key.len == QUEUE_ID_KEY; i++) {
		struct arena scrap = { 0 };
		struct queue_event event;
		bool ours = false;

		if (i == a->look || a->n == a->max) {
			a->all = false;
			break;
		}
		rc = queue_event_decode(
		    value, queue_id_of(key.at), &scrap, &event);
		if (rc == 0 && event.said.time < a->since) {
			arena_free(&scrap);
			break;
		}
		ours = rc == 0 && event.said.item == a->item;
		arena_free(&scrap);
		if (ours) {
			rc = queue_event_decode(
			    value, queue_id_of(key.at), a->arena, &event);
			a->rows[a->n++] = event.said;
		}
		/* what is damaged is for the log and verify to show */
		if (rc == 0 || rc == ERR_CORRUPT) {
			rc = zone_cursor_prev(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

int
zone_queue_log_of(struct zone_queue *queue, const struct zone_item *item,
    size_t look, size_t max, struct arena *arena, struct zone_queue_event **ret,
    size_t *ret_n, bool *ret_all)
{
	/* a clock may have been set back: an hour of grace */
	struct about a = { .item = item->id,
		.since = item->first - 3600,
		.look = look,
		.max = max,
		.arena = arena };
	int rc;

	a.rows = arena_alloc(arena, (max + 1) * sizeof(*a.rows));
	if (a.rows == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_store_read(queue->store, read_about, &a);
	if (rc == 0) {
		*ret = a.rows;
		*ret_n = a.n;
		*ret_all = a.all;
	}
	return rc;
}

int
zone_queue_log(struct zone_queue *queue, uint64_t before, size_t max,
    struct arena *arena, struct zone_queue_event **ret, size_t *ret_n)
{
	struct events l = { before, max, arena, NULL, 0 };
	int rc = zone_store_read(queue->store, read_log, &l);

	if (rc < 0) {
		return rc;
	}
	*ret = l.rows;
	*ret_n = l.n;
	return 0;
}
