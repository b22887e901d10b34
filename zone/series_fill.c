/* series_fill.c - from the two logs into sums. */
#include "zone/series_fill.h"

#include <stdlib.h>
#include <string.h>

#include "zone/history.h"
#include "zone/queue_priv.h"
#include "zone/record.h"
#include "zone/series_priv.h"

#define ROWS_RUN 5000    /* of history in one run */
#define KEYS_RUN 300000  /* of it */
#define MINUTES_RUN 4000 /* different minutes in one run */

/* ---- where it stopped ---------------------------------------------------- */

static const char counted_key[] = "counted";
#define COUNTED_KEY counted_key, sizeof(counted_key) - 1

int
zone_counted_get(struct zone_txn *txn, struct zone_counted *ret)
{
	struct zone_counted c;
	struct zone_bytes value;
	struct reader r;
	int rc = zone_txn_get(txn, ZONE_T_META, COUNTED_KEY, &value);

	if (rc <= 0) {
		*ret = (struct zone_counted){ 0 };
		return rc;
	}
	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	c.serial = read_le64(&r);
	c.event = read_le64(&r);
	c.submission = read_le64(&r);
	c.standings = read_le64(&r);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	*ret = c;
	return 0;
}

int
zone_counted_put(struct zone_txn *txn, const struct zone_counted *c)
{
	struct buf b = { 0 };
	size_t start = zone_record_begin(&b);
	int rc;

	buf_le64(&b, c->serial);
	buf_le64(&b, c->event);
	buf_le64(&b, c->submission);
	buf_le64(&b, c->standings);
	zone_record_end(&b, start);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_META, COUNTED_KEY, b.data, b.len);
	buf_free(&b);
	return rc;
}

/* ---- minutes that are being summed up ------------------------------------ */

struct zone_series_row *
zone_minutes_at(struct zone_minutes *h, int64_t t)
{
	int64_t start = zone_series_start(ZONE_MINUTES, t);

	/* times of a log never fall, those of mails hardly do */
	for (size_t i = h->n; i > 0 && i + 8 > h->n; i--) {
		if (h->rows[i - 1].start == start) {
			return &h->rows[i - 1];
		}
	}
	if (h->n == h->cap) {
		size_t cap = h->cap == 0 ? 64 : h->cap * 2;
		struct zone_series_row *rows =
		    reallocarray(h->rows, cap, sizeof(*rows));

		if (rows == NULL) {
			return NULL;
		}
		h->rows = rows;
		h->cap = cap;
	}
	zone_series_blank(&h->rows[h->n], start);
	return &h->rows[h->n++];
}

int
zone_minutes_put(
    struct zone_txn *txn, const struct zone_minutes *h, int64_t now)
{
	int rc = 0;

	for (size_t i = 0; i < h->n && rc == 0; i++) {
		for (unsigned k = 0; k < ZONE_GRAINS && rc == 0; k++) {
			enum zone_grain grain = (enum zone_grain)k;

			if (zone_series_kept(grain, h->rows[i].start, now)) {
				rc = zone_series_put(txn, grain, &h->rows[i]);
			}
		}
	}
	return rc;
}

/* ---- the store's history ------------------------------------------------- */

struct counting {
	struct zone_view *view;
	struct zone_minutes minutes;
	struct zone_series_row *row;
	enum zone_action action;
	bool wrong, asked;
	uint32_t detail; /* looked at last */
	bool listing;    /* does it list? */
	uint64_t keys;
};

/* Does the entry DETAIL list? 1, 0 (also for none), <0. */
static int
lists(struct counting *c, uint32_t detail)
{
	struct zone_detail d;
	int rc;

	if (detail == 0) {
		return 0;
	}
	if (detail != c->detail) {
		rc = zone_view_detail(c->view, detail, &d);
		if (rc <= 0) {
			return rc < 0 ? rc : ERR_CORRUPT;
		}
		c->detail = detail;
		c->listing = !zone_detail_exempt(&d);
	}
	return c->listing;
}

static enum zone_series_field
taken_out(const struct counting *c)
{
	switch (c->action) {
	case ZONE_ACTION_SWEEP: return ZONE_N_EXPIRED;
	case ZONE_ACTION_UNDO: return ZONE_N_UNDONE;
	case ZONE_ACTION_PURGE:
	case ZONE_ACTION_IMPORT: return ZONE_N_PURGED;
	default: return c->asked ? ZONE_N_ASKED : ZONE_N_REMOVED;
	}
}

static int
count_key(const struct zone_history_key *key, void *ctx)
{
	struct counting *c = ctx;
	int was = lists(c, key->before), is;

	if (was < 0) {
		return was;
	}
	is = lists(c, key->after);
	if (is < 0) {
		return is;
	}
	c->keys++;
	if (was == 0 && is == 1) {
		zone_series_add(c->row, ZONE_N_ADDED, 1);
	} else if (was == 1 && is == 1) {
		zone_series_add(c->row, ZONE_N_CHANGED, 1);
	} else if (was == 1) {
		zone_series_add(c->row, taken_out(c), 1);
		if (c->wrong) {
			zone_series_add(c->row, ZONE_N_WRONG, 1);
		}
	}
	return 0;
}

/* Rows of history behind COUNTED: 1 there are more, 0, <0. */
static int
read_history(struct counting *c, struct zone_counted *counted)
{
	struct zone_history_row row;
	unsigned rows = 0;
	int rc;

	while ((rc = zone_history_after(c->view, counted->serial + 1, &row)) ==
	    1) {
		uint64_t serial = row.serial;

		if (rows++ == ROWS_RUN || c->keys > KEYS_RUN ||
		    c->minutes.n > MINUTES_RUN) {
			return 1;
		}
		c->row = zone_minutes_at(&c->minutes, row.time);
		if (c->row == NULL) {
			return ERR_NOMEM;
		}
		c->action = row.action;
		c->wrong = row.action == ZONE_ACTION_REMOVE &&
		    span_is(row.source, ZONE_SOURCE_WRONG);
		c->asked = row.action == ZONE_ACTION_REMOVE &&
		    span_is(row.source, ZONE_SOURCE_ASKED);
		rc = zone_history_keys_long(c->view, serial, count_key, c);
		if (rc < 0) {
			return rc;
		}
		counted->serial = serial;
	}
	return rc;
}

struct writing {
	const struct zone_minutes *minutes;
	struct zone_counted counted;
	uint64_t from; /* serial that the sums begin behind */
	int64_t now;
};

static int
write_history(struct zone_txn *txn, void *ctx)
{
	const struct writing *w = ctx;
	struct zone_counted c;
	int rc = zone_counted_get(txn, &c);

	if (rc < 0) {
		return rc;
	}
	if (c.serial != w->from) {
		return 0; /* somebody else has counted meanwhile */
	}
	c.serial = w->counted.serial;
	rc = zone_minutes_put(txn, w->minutes, w->now);
	return rc < 0 ? rc : zone_counted_put(txn, &c);
}

static int
read_counted(struct zone_txn *txn, void *ctx)
{
	return zone_counted_get(txn, ctx);
}

static int
count_history(struct zone_queue *queue, struct zone_store *store, int64_t now)
{
	struct counting *c = calloc(1, sizeof(*c));
	struct writing w = { .now = now };
	int rc = c != NULL ? 0 : ERR_NOMEM, more = 0;

	if (rc == 0) {
		rc = zone_store_read(queue->store, read_counted, &w.counted);
	}
	w.from = w.counted.serial;
	if (rc == 0) {
		rc = zone_view_open(store, &c->view);
	}
	if (rc == 0) {
		rc = zone_view_renew(c->view);
	}
	if (rc < 0) {
		goto out;
	}
	if (zone_view_serial(c->view) < w.counted.serial) {
		/* another store lies here now: go on from its end */
		w.counted.serial = zone_view_serial(c->view);
	} else {
		more = read_history(c, &w.counted);
	}
	zone_view_rest(c->view);
	rc = more < 0 ? more : 0;
	if (rc == 0 && w.counted.serial != w.from) {
		w.minutes = &c->minutes;
		rc = zone_store_write(queue->store, write_history, &w);
	}
out:
	if (c != NULL) {
		zone_view_close(&c->view);
		free(c->minutes.rows);
		free(c);
	}
	return rc < 0 ? rc : more;
}

int
zone_series_count(
    struct zone_queue *queue, struct zone_store *store, int64_t now)
{
	int a = count_history(queue, store, now), b;

	/* the one log is counted even where the other is damaged */
	b = zone_series_count_queue(queue, now);
	return a < 0 ? a : b < 0 ? b : a > 0 || b > 0;
}

/* ---- gauges -------------------------------------------------------------- */

#define LISTS 256

static int
store_gauges(struct zone_store *store, struct zone_series_row *row)
{
	struct zone_list_info *lists = calloc(LISTS, sizeof(*lists));
	struct zone_view *view = NULL;
	int rc = lists != NULL ? zone_view_open(store, &view) : ERR_NOMEM;

	if (rc == 0) {
		rc = zone_view_renew(view);
	}
	if (rc == 0) {
		rc = zone_view_lists(view, lists, LISTS);
	}
	if (rc >= 0) {
		row->field[ZONE_N_LISTED] = 0;
		row->field[ZONE_N_EXEMPT] = 0;
	}
	for (int i = 0; i < rc && i < LISTS; i++) {
		row->field[ZONE_N_LISTED] += lists[i].listed;
		row->field[ZONE_N_EXEMPT] += lists[i].exempt;
	}
	zone_view_close(&view);
	free(lists);
	return rc < 0 ? rc : 0;
}

static int
queue_gauges(struct zone_queue *queue, struct zone_series_row *row, int64_t now)
{
	struct zone_item *oldest = NULL;
	struct arena arena = { 0 };
	uint64_t total = 0;
	size_t n = 0;
	int rc = zone_queue_list(
	    queue, ZONE_WAITING, 0, 1, &arena, &oldest, &n, &total);

	if (rc == 0) {
		row->field[ZONE_N_WAITING] = total;
		row->field[ZONE_N_OLDEST] =
		    n == 1 && oldest->first < now && oldest->first > 0
		    ? (uint64_t)(now - oldest->first)
		    : 0;
	}
	arena_free(&arena);
	return rc;
}

static int
write_sample(struct zone_txn *txn, void *ctx)
{
	const struct zone_series_row *row = ctx;
	int rc = 0;

	for (unsigned i = 0; i < ZONE_GRAINS && rc == 0; i++) {
		rc = zone_series_put(txn, (enum zone_grain)i, row);
	}
	return rc < 0 ? rc : zone_series_prune(txn, row->start);
}

int
zone_series_sample(struct zone_queue *queue, struct zone_store *store,
    const struct zone_answers *before, const struct zone_answers *after,
    int64_t now)
{
	struct zone_series_row row;
	int rc;

	zone_series_blank(&row, now);
	rc = store_gauges(store, &row);
	if (rc == 0) {
		rc = queue_gauges(queue, &row, now);
	}
	if (rc < 0) {
		return rc;
	}
	if (before->known && after->known &&
	    before->started == after->started) {
		for (unsigned i = 0; i < sizeof(after->n) / sizeof(after->n[0]);
		     i++) {
			/* a zone that went takes its counts along */
			row.field[ZONE_N_NOERROR + i] =
			    after->n[i] >= before->n[i]
			    ? after->n[i] - before->n[i]
			    : 0;
		}
	}
	rc = zone_store_write(queue->store, write_sample, &row);
	return rc < 0 ? rc : 0;
}
