/* delist.c - requests: making them and reading them. */
#include "zone/delist.h"

#include <string.h>

#include "base/secret.h"
#include "zone/delist_priv.h"

#define WAIT_FIRST 3600 /* after one request; doubles with each */
#define WAIT_MOST (7 * 86400)
#define ABOUT_LOOKED 64 /* requests about one target, newest */

const char *
zone_request_state_name(enum zone_request_state state)
{
	static const char *const names[] = { "waiting", "asked", "removed",
		"denied" };

	return (unsigned)state <= ZONE_REQUEST_DENIED ? names[state] : "?";
}

/* ---- reading ---------------------------------------------------------------
 */

/* Numbers of requests in an arena. */
struct numbers {
	uint64_t *id;
	size_t n;
};

/* Those about one target, newest first. */
static int
about(struct zone_txn *txn, const char *list, const char *key, size_t max,
    struct arena *arena, struct numbers *ret)
{
	uint8_t at[TARGET_KEY];
	struct zone_cursor *cursor = NULL;
	struct zone_bytes k, v;
	int rc;

	ret->n = 0;
	ret->id = arena_alloc(arena, max * sizeof(*ret->id));
	if (ret->id == NULL) {
		return ERR_NOMEM;
	}
	rc = zone_cursor_open(txn, ZONE_T_META, &cursor);
	if (rc < 0) {
		return rc;
	}
	request_target_key(list, key, UINT64_MAX, at);
	rc = zone_cursor_back(cursor, at, sizeof(at), &k, &v);
	while (rc == 1 && ret->n < max && k.len == TARGET_KEY &&
	    memcmp(k.at, at, TARGET_HEAD) == 0) {
		ret->id[ret->n++] = queue_id_of(k.at + TARGET_HEAD);
		rc = zone_cursor_prev(cursor, &k, &v);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

/* All of NUMBERS as records, but for those that are damaged: one of them must
 * not hide the others. */
static int
read_all(struct zone_txn *txn, const struct numbers *numbers,
    struct arena *arena, struct zone_request **ret, size_t *ret_n)
{
	struct zone_request *rows =
	    arena_alloc(arena, (numbers->n + 1) * sizeof(*rows));
	struct request_stored s;
	int rc;

	if (rows == NULL) {
		return ERR_NOMEM;
	}
	*ret_n = 0;
	for (size_t i = 0; i < numbers->n; i++) {
		rc = request_read(txn, numbers->id[i], arena, &s);
		if (rc < 0 && rc != ERR_CORRUPT) {
			return rc;
		}
		if (rc == 1) {
			rows[(*ret_n)++] = s.said;
		}
	}
	*ret = rows;
	return 0;
}

struct reading {
	uint64_t id;
	const char *ticket, *list, *key;
	bool open;
	size_t skip, max;
	struct arena *arena;
	struct zone_request one, *rows;
	size_t n;
	struct request_meta meta;
	int64_t oldest;
};

static int
read_one(struct zone_txn *txn, void *ctx)
{
	struct reading *q = ctx;
	uint8_t digest[32], key[TICKET_KEY];
	struct request_stored s;
	int rc = 1;

	if (q->ticket != NULL) {
		if (!request_ticket_digest(q->ticket, digest)) {
			return 0;
		}
		request_ticket_key(digest, key);
		rc = queue_ref_get(txn, ZONE_T_META, key, sizeof(key), &q->id);
	}
	if (rc == 1) {
		rc = request_read(txn, q->id, q->arena, &s);
	}
	if (rc == 1) {
		q->one = s.said;
	}
	return rc;
}

int
zone_request_get(struct zone_queue *queue, uint64_t id, struct arena *arena,
    struct zone_request *ret)
{
	struct reading q = { .id = id, .arena = arena };
	int rc = zone_store_read(queue->store, read_one, &q);

	if (rc == 1) {
		*ret = q.one;
	}
	return rc;
}

int
zone_request_of_ticket(struct zone_queue *queue, const char *ticket,
    struct arena *arena, struct zone_request *ret)
{
	struct reading q = { .ticket = ticket, .arena = arena };
	int rc = zone_store_read(queue->store, read_one, &q);

	if (rc == 1) {
		*ret = q.one;
	}
	return rc;
}

/* Open ones lie forwards, closed ones backwards. */
static int
walk(struct zone_txn *txn, struct reading *q, struct numbers *ret)
{
	uint8_t from[CLOSED_KEY];
	struct zone_cursor *cursor = NULL;
	struct zone_bytes k, v;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	if (rc < 0) {
		return rc;
	}
	memset(from, q->open ? 0 : 0xff, sizeof(from));
	memcpy(from, "closed", 7);
	from[7] = !q->open;
	rc = q->open ? zone_cursor_seek(cursor, from, sizeof(from), &k, &v)
		     : zone_cursor_back(cursor, from, sizeof(from), &k, &v);
	while (rc == 1 && ret->n < q->max && k.len == CLOSED_KEY &&
	    memcmp(k.at, from, CLOSED_HEAD) == 0) {
		if (q->skip > 0) {
			q->skip--;
		} else {
			ret->id[ret->n++] = queue_id_of(k.at + CLOSED_HEAD + 8);
		}
		rc = q->open ? zone_cursor_next(cursor, &k, &v)
			     : zone_cursor_prev(cursor, &k, &v);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

static int
read_list(struct zone_txn *txn, void *ctx)
{
	struct reading q = *(struct reading *)ctx;
	struct numbers numbers = { .n = 0 };
	int rc = request_meta_get(txn, &q.meta);

	numbers.id = arena_alloc(q.arena, (q.max + 1) * sizeof(*numbers.id));
	if (numbers.id == NULL) {
		return ERR_NOMEM;
	}
	if (rc == 0) {
		rc = walk(txn, &q, &numbers);
	}
	if (rc == 0) {
		rc = read_all(txn, &numbers, q.arena, &q.rows, &q.n);
	}
	*(struct reading *)ctx = q;
	return rc;
}

int
zone_request_list(struct zone_queue *queue, bool open, size_t skip, size_t max,
    struct arena *arena, struct zone_request **ret, size_t *ret_n,
    uint64_t *ret_total)
{
	struct reading q = {
		.open = open, .skip = skip, .max = max, .arena = arena
	};
	int rc = zone_store_read(queue->store, read_list, &q);

	if (rc == 0) {
		*ret = q.rows;
		*ret_n = q.n;
		*ret_total = open ? q.meta.open : q.meta.closed;
	}
	return rc;
}

static int
read_about(struct zone_txn *txn, void *ctx)
{
	struct reading *q = ctx;
	struct numbers numbers;
	int rc = about(txn, q->list, q->key, q->max, q->arena, &numbers);

	return rc == 0 ? read_all(txn, &numbers, q->arena, &q->rows, &q->n)
		       : rc;
}

int
zone_request_about(struct zone_queue *queue, const char *list, const char *key,
    size_t max, struct arena *arena, struct zone_request **ret, size_t *ret_n)
{
	struct reading q = {
		.list = list, .key = key, .max = max, .arena = arena
	};
	int rc = zone_store_read(queue->store, read_about, &q);

	if (rc == 0) {
		*ret = q.rows;
		*ret_n = q.n;
	}
	return rc;
}

static int
read_counts(struct zone_txn *txn, void *ctx)
{
	struct reading *q = ctx;
	struct numbers numbers = { .id = &q->id };
	struct request_stored s;
	struct arena arena = { 0 };
	int rc = request_meta_get(txn, &q->meta);

	q->oldest = 0;
	if (rc == 0 && q->meta.open > 0) {
		rc = walk(txn, q, &numbers);
	}
	if (rc == 0 && numbers.n == 1) {
		rc = request_read(txn, q->id, &arena, &s);
		if (rc == 1) {
			q->oldest = s.said.created;
		}
	}
	arena_free(&arena);
	return rc < 0 ? rc : 0;
}

int
zone_request_counts(struct zone_queue *queue, struct zone_request_counts *ret)
{
	struct reading q = { .open = true, .max = 1 };
	int rc = zone_store_read(queue->store, read_counts, &q);

	if (rc == 0) {
		*ret = (struct zone_request_counts){ .open = q.meta.open,
			.closed = q.meta.closed,
			.oldest = q.oldest };
	}
	return rc;
}

/* ---- making one ---------------------------------------------------------- */

struct adding {
	struct request_stored new;
	const struct zone_request_limits *limits;
	struct zone_request_added *ret;
};

/* What earlier requests about the same target say of this one. */
static int
earlier(struct zone_txn *txn, struct adding *a, unsigned *ret_removed)
{
	const struct zone_request *q = &a->new.said;
	struct arena arena = { 0 };
	struct zone_request *rows;
	struct numbers numbers;
	unsigned removed = 0, within = 0;
	int64_t last = 0, wait;
	size_t n = 0;
	int rc = about(txn, q->list, q->key, ABOUT_LOOKED, &arena, &numbers);

	if (rc == 0) {
		rc = read_all(txn, &numbers, &arena, &rows, &n);
	}
	if (rc == 0 && n < numbers.n) {
		removed = 1; /* what cannot be read: a person looks */
	}
	for (size_t i = 0; i < n; i++) {
		if (zone_request_open(rows[i].state)) {
			a->ret->refused = ZONE_REQUEST_IS_OPEN;
			a->ret->when = rows[i].created;
			break;
		}
		if (rows[i].created < a->limits->now - a->limits->again) {
			break; /* they are in order: the others are older */
		}
		removed += rows[i].state == ZONE_REQUEST_REMOVED;
		last = rows[i].created > last ? rows[i].created : last;
		within++;
	}
	if (within > 0 && a->ret->refused == ZONE_REQUEST_TAKEN) {
		wait = within > 8 ? WAIT_MOST
				  : (int64_t)WAIT_FIRST << (within - 1);
		wait = wait > WAIT_MOST ? WAIT_MOST : wait;
		if (last + wait > a->limits->now) {
			a->ret->refused = ZONE_REQUEST_TOO_SOON;
			a->ret->when = last + wait;
		}
	}
	arena_free(&arena);
	*ret_removed = removed;
	return rc;
}

static int
add(struct zone_txn *txn, void *ctx)
{
	struct adding *a = ctx;
	struct zone_request *q = &a->new.said;
	struct request_meta meta;
	unsigned removed = 0;
	int rc = request_meta_get(txn, &meta);

	a->ret->refused = ZONE_REQUEST_TAKEN; /* this may run twice */
	if (rc == 0) {
		rc = earlier(txn, a, &removed);
	}
	if (rc == 0 && a->ret->refused == ZONE_REQUEST_TAKEN &&
	    meta.open >= ZONE_REQUEST_OPEN) {
		a->ret->refused = ZONE_REQUEST_TOO_MANY;
	}
	if (rc < 0 || a->ret->refused != ZONE_REQUEST_TAKEN) {
		return rc < 0 ? rc : 0;
	}
	if (a->ret->why == ZONE_DELIST_AUTO && removed > 0) {
		a->ret->why = ZONE_DELIST_AGAIN;
	}
	q->why = a->ret->why;
	q->id = ++meta.newest;
	a->ret->id = q->id;
	a->ret->version = q->version;
	return request_write(txn, &meta, NULL, &a->new);
}

int
zone_request_add(struct zone_queue *queue, const struct zone_request *request,
    const struct zone_request_limits *limits, struct zone_request_added *ret)
{
	struct zone_request_added added = { .why = request->why };
	struct adding a = {
		.new.said = *request, .limits = limits, .ret = &added
	};
	struct zone_request *q = &a.new.said;
	uint8_t random[16];
	int rc;

	if (q->list[0] == '\0' || strlen(q->list) > QUEUE_LIST ||
	    q->key[0] == '\0' || strlen(q->key) > QUEUE_KEY ||
	    q->n_words != 1) {
		return ERR_RANGE;
	}
	secret_random(random, sizeof(random));
	digest_hex(random, sizeof(random), added.ticket);
	if (!request_ticket_digest(added.ticket, a.new.ticket)) {
		return ERR_SYS;
	}
	q->version = 1;
	q->state = ZONE_REQUEST_WAITING;
	q->automatic = false;
	q->created = limits->now;
	q->decided = 0;
	q->serial = 0;
	q->by = "";
	rc = zone_store_write(queue->store, add, &a);
	if (rc == 0) {
		*ret = added;
	}
	return rc;
}

/* ---- forgetting ---------------------------------------------------------- */

#define DROP_MOST 200

struct forgetting {
	int64_t before;
	size_t max, n;
};

static int
expire(struct zone_txn *txn, void *ctx)
{
	struct forgetting *f = ctx;
	uint8_t from[CLOSED_KEY] = "closed";
	uint64_t ids[DROP_MOST];
	int64_t times[DROP_MOST];
	struct zone_cursor *cursor = NULL;
	struct zone_bytes k, v;
	struct request_meta meta;
	size_t n = 0;
	int rc;

	f->n = 0;
	rc = zone_cursor_open(txn, ZONE_T_META, &cursor);
	if (rc < 0) {
		return rc;
	}
	from[7] = 1;
	rc = zone_cursor_seek(cursor, from, sizeof(from), &k, &v);
	while (rc == 1 && n < f->max && n < DROP_MOST && k.len == CLOSED_KEY &&
	    memcmp(k.at, from, CLOSED_HEAD) == 0 &&
	    (int64_t)(queue_id_of(k.at + CLOSED_HEAD) ^ (UINT64_C(1) << 63)) <
		f->before) {
		times[n] = (int64_t)(queue_id_of(k.at + CLOSED_HEAD) ^
		    (UINT64_C(1) << 63));
		ids[n++] = queue_id_of(k.at + CLOSED_HEAD + 8);
		rc = zone_cursor_next(cursor, &k, &v);
	}
	zone_cursor_close(&cursor);
	rc = rc < 0 ? rc : request_meta_get(txn, &meta);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct arena arena = { 0 };
		struct request_stored s;

		rc = request_read(txn, ids[i], &arena, &s);
		if (rc == 0 || rc == ERR_CORRUPT) {
			/* its place is what is left of it */
			s = (struct request_stored){
				.said = { .id = ids[i],
				    .state = ZONE_REQUEST_DENIED,
				    .decided = times[i],
				    .list = "",
				    .key = "" }
			};
			rc = 1;
		}
		rc = rc == 1 ? request_drop(txn, &meta, &s) : rc;
		arena_free(&arena);
		f->n += rc == 0;
	}
	return rc;
}

int
zone_request_expire(
    struct zone_queue *queue, int64_t before, size_t max, size_t *ret_n)
{
	struct forgetting f = { .before = before, .max = max };
	struct zone_request *rows;
	struct arena arena = { 0 };
	uint64_t total = 0;
	size_t n;
	int rc;

	/* Most often there is nothing: no need to wait for other writers. */
	rc = zone_request_list(queue, false, 0, 1, &arena, &rows, &n, &total);
	arena_free(&arena);
	if (rc == 0 && total > 0) {
		rc = zone_store_write(queue->store, expire, &f);
	}
	if (rc == 0) {
		*ret_n = f.n;
	}
	return rc;
}
