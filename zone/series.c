/* series.c - rows of counts in the queue's table "meta" (doc/FORMATS 2). */
#include "zone/series.h"

#include <string.h>

#include "zone/queue_priv.h"
#include "zone/record.h"

#define SERIES_KEY 16 /* "series", a zero, grain, start */
#define FIELDS_MAX 64
#define PRUNE_MAX 500 /* rows in one run */

static const struct {
	int64_t length, keep; /* seconds; keep 0: for ever */
} grains[ZONE_GRAINS] = {
	[ZONE_MINUTES] = { 60, 2 * 86400 },
	[ZONE_HOURS] = { 3600, 90 * 86400 },
	[ZONE_DAYS] = { 86400, 0 },
};

int64_t
zone_series_length(enum zone_grain grain)
{
	return grains[grain].length;
}

int64_t
zone_series_start(enum zone_grain grain, int64_t t)
{
	int64_t n = grains[grain].length, rest = t % n;

	return t - rest - (rest < 0 ? n : 0);
}

bool
zone_series_kept(enum zone_grain grain, int64_t t, int64_t now)
{
	return grains[grain].keep == 0 || t > now - grains[grain].keep;
}

/* ---- rows in memory ------------------------------------------------------ */

void
zone_series_blank(struct zone_series_row *row, int64_t start)
{
	memset(row, 0, sizeof(*row));
	row->start = start;
	for (unsigned i = 0; i < ZONE_SERIES_FIELDS; i++) {
		row->field[i] = ZONE_UNKNOWN;
	}
}

void
zone_series_add(
    struct zone_series_row *row, enum zone_series_field field, uint64_t n)
{
	uint64_t *f = &row->field[field];

	*f = *f == ZONE_UNKNOWN         ? n
	    : n < ZONE_UNKNOWN - 1 - *f ? *f + n
					: ZONE_UNKNOWN - 1;
}

void
zone_series_merge(
    struct zone_series_row *row, const struct zone_series_row *other)
{
	for (unsigned i = 0; i < ZONE_SERIES_FIELDS; i++) {
		if (other->field[i] == ZONE_UNKNOWN) {
			continue;
		}
		if (i <= ZONE_N_OLDEST) {
			row->field[i] = other->field[i];
		} else {
			zone_series_add(
			    row, (enum zone_series_field)i, other->field[i]);
		}
	}
	for (unsigned i = 0; i < ZONE_LATENCIES; i++) {
		uint32_t n = other->latency[i];

		row->latency[i] = n < UINT32_MAX - row->latency[i]
		    ? row->latency[i] + n
		    : UINT32_MAX;
	}
}

int64_t
zone_latency_bound(unsigned bucket)
{
	double bound = 60;

	if (bucket >= ZONE_LATENCIES - 1) {
		return INT64_MAX;
	}
	for (unsigned i = 0; i < bucket; i++) {
		bound *= 1.25;
	}
	return (int64_t)bound;
}

unsigned
zone_latency_bucket(int64_t seconds)
{
	unsigned i = 0;

	while (i < ZONE_LATENCIES - 1 && seconds >= zone_latency_bound(i)) {
		i++;
	}
	return i;
}

int64_t
zone_latency_percentile(
    const uint32_t latency[ZONE_LATENCIES], unsigned percent)
{
	uint64_t all = 0, so_far = 0;

	for (unsigned i = 0; i < ZONE_LATENCIES; i++) {
		all += latency[i];
	}
	for (unsigned i = 0; i < ZONE_LATENCIES && all > 0; i++) {
		so_far += latency[i];
		if (so_far * 100 >= all * percent) {
			return zone_latency_bound(i);
		}
	}
	return -1;
}

/* ---- rows on disk -------------------------------------------------------- */

static void
series_key(enum zone_grain grain, int64_t start, uint8_t ret[SERIES_KEY])
{
	memcpy(ret, "series", 7);
	ret[7] = (uint8_t)grain;
	queue_id_key((uint64_t)start ^ (uint64_t)1 << 63, ret + 8);
}

static int64_t
start_of(const struct zone_bytes *key)
{
	return (int64_t)(queue_id_of(key->at + 8) ^ (uint64_t)1 << 63);
}

static void
encode(const struct zone_series_row *row, struct buf *b)
{
	size_t start = zone_record_begin(b);

	buf_le64(b, (uint64_t)row->start);
	buf_le16(b, ZONE_SERIES_FIELDS);
	for (unsigned i = 0; i < ZONE_SERIES_FIELDS; i++) {
		buf_le64(b, row->field[i]);
	}
	buf_le16(b, ZONE_LATENCIES);
	for (unsigned i = 0; i < ZONE_LATENCIES; i++) {
		buf_le32(b, row->latency[i]);
	}
	zone_record_end(b, start);
}

static int
decode(struct zone_bytes value, int64_t start, struct zone_series_row *ret)
{
	struct zone_series_row row;
	struct reader r;
	unsigned n;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	zone_series_blank(&row, (int64_t)read_le64(&r));
	n = read_le16(&r);
	if (r.bad || n > FIELDS_MAX || row.start != start) {
		return ERR_CORRUPT;
	}
	for (unsigned i = 0; i < n; i++) {
		uint64_t v = read_le64(&r);

		if (i < ZONE_SERIES_FIELDS) {
			row.field[i] = v;
		}
	}
	n = read_le16(&r);
	if (r.bad || n > ZONE_LATENCIES) {
		return ERR_CORRUPT;
	}
	for (unsigned i = 0; i < n; i++) {
		row.latency[i] = read_le32(&r);
	}
	if (r.bad) {
		return ERR_CORRUPT;
	}
	*ret = row;
	return 0;
}

int
zone_series_put(struct zone_txn *txn, enum zone_grain grain,
    const struct zone_series_row *row)
{
	struct zone_series_row sum;
	uint8_t key[SERIES_KEY];
	struct zone_bytes value;
	struct buf b = { 0 };
	int64_t start = zone_series_start(grain, row->start);
	int rc;

	series_key(grain, start, key);
	rc = zone_txn_get(txn, ZONE_T_META, key, sizeof(key), &value);
	if (rc < 0) {
		return rc;
	}
	/* a damaged row is begun anew: a chart is worth no alarm */
	if (rc == 0 || decode(value, start, &sum) < 0) {
		zone_series_blank(&sum, start);
	}
	zone_series_merge(&sum, row);
	encode(&sum, &b);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	return rc;
}

static int
prune_grain(struct zone_txn *txn, enum zone_grain grain, int64_t before)
{
	uint8_t keys[PRUNE_MAX][SERIES_KEY], from[SERIES_KEY];
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	size_t n = 0;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	if (rc < 0) {
		return rc;
	}
	series_key(grain, INT64_MIN, from);
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && n < PRUNE_MAX && key.len == SERIES_KEY &&
	    memcmp(key.at, from, 8) == 0 && start_of(&key) < before) {
		memcpy(keys[n++], key.at, SERIES_KEY);
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = zone_txn_del(txn, ZONE_T_META, keys[i], SERIES_KEY);
	}
	return rc < 0 ? rc : 0;
}

int
zone_series_prune(struct zone_txn *txn, int64_t now)
{
	int rc = 0;

	for (unsigned i = 0; i < ZONE_GRAINS && rc == 0; i++) {
		if (grains[i].keep > 0) {
			rc = prune_grain(
			    txn, (enum zone_grain)i, now - grains[i].keep);
		}
	}
	return rc;
}

/* ---- reading ------------------------------------------------------------- */

struct reading {
	enum zone_grain grain;
	int64_t from, to;
	struct zone_series_row *rows;
	size_t cap, n;
};

static int
read_rows(struct zone_txn *txn, void *ctx)
{
	struct reading *r = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	uint8_t from[SERIES_KEY];
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	r->n = 0;
	if (rc < 0) {
		return rc;
	}
	series_key(r->grain, r->from, from);
	rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
	while (rc == 1 && r->n < r->cap && key.len == SERIES_KEY &&
	    memcmp(key.at, from, 8) == 0 && start_of(&key) < r->to) {
		if (decode(value, start_of(&key), &r->rows[r->n]) == 0) {
			r->n++;
		}
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc < 0 ? rc : 0;
}

int
zone_series_read(struct zone_queue *queue, enum zone_grain grain, int64_t from,
    int64_t to, struct zone_series_row *ret, size_t cap, size_t *ret_n)
{
	struct reading r = { grain, from, to, ret, cap, 0 };
	int rc = zone_store_read(queue->store, read_rows, &r);

	if (rc == 0) {
		*ret_n = r.n;
	}
	return rc;
}

int
zone_series_oldest(
    struct zone_queue *queue, enum zone_grain grain, int64_t *ret)
{
	struct zone_series_row row;
	size_t n = 0;
	int rc =
	    zone_series_read(queue, grain, INT64_MIN, INT64_MAX, &row, 1, &n);

	if (rc == 0 && n == 1) {
		*ret = row.start;
		rc = 1;
	}
	return rc;
}
