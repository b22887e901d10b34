/* suspend.c - rows of the queue's table "meta" (doc/FORMATS 2). */
#include "zone/suspend.h"

#include <string.h>

#include "base/when.h"
#include "zone/queue_priv.h"
#include "zone/queue_tell.h"
#include "zone/record.h"

#define KEY_MAX (sizeof("suspended") + ZONE_SUBMITTER_NAME)

/* NAME is one that zone_submitter_get found, or none has such a row. */
static size_t
suspended_key(const char *name, uint8_t ret[KEY_MAX])
{
	size_t n = strnlen(name, ZONE_SUBMITTER_NAME - 1);

	memcpy(ret, "suspended", sizeof("suspended"));
	for (size_t i = 0; i < n; i++) {
		ret[sizeof("suspended") + i] = (uint8_t)text_lower(name[i]);
	}
	return sizeof("suspended") + n;
}

struct suspending {
	const char *name, *by;
	bool on;
};

static int
suspend(struct zone_txn *txn, void *ctx)
{
	const struct suspending *s = ctx;
	struct zone_bytes value;
	struct buf b = { 0 };
	uint8_t key[KEY_MAX];
	size_t n = suspended_key(s->name, key), start;
	int rc = zone_txn_get(txn, ZONE_T_META, key, n, &value);

	if (rc < 0 || (rc == 1) == s->on) {
		return rc < 0 ? rc : 0;
	}
	if (s->on) {
		start = zone_record_begin(&b);
		buf_le64(&b, (uint64_t)when_now());
		queue_put_text(&b, s->by, QUEUE_TEXT);
		zone_record_end(&b, start);
		rc = b.bad
		    ? ERR_NOMEM
		    : zone_txn_put(txn, ZONE_T_META, key, n, b.data, b.len);
		buf_free(&b);
	} else {
		rc = zone_txn_del(txn, ZONE_T_META, key, n);
	}
	if (rc >= 0) {
		rc = queue_tell(
		    txn, s->by, s->on ? "suspend" : "resume", s->name);
	}
	return rc < 0 ? rc : 1;
}

int
zone_submitter_suspend(
    struct zone_queue *queue, const char *name, const char *by, bool on)
{
	struct suspending s = { name, by, on };
	struct zone_submitter submitter;
	struct arena arena = { 0 };
	int rc = zone_submitter_get(queue, name, &arena, &submitter);

	arena_free(&arena);
	if (rc <= 0) {
		return rc < 0 ? rc : ERR_NONE;
	}
	return zone_store_write(queue->store, suspend, &s);
}

struct question {
	const char *name;
	struct arena *arena;
	struct zone_suspended *ret;
};

static int
ask(struct zone_txn *txn, void *ctx)
{
	const struct question *q = ctx;
	struct zone_suspended s = { .by = "" };
	struct zone_bytes value;
	struct reader r;
	uint8_t key[KEY_MAX];
	size_t n = suspended_key(q->name, key);
	int rc = zone_txn_get(txn, ZONE_T_META, key, n, &value);

	if (rc != 1) {
		return rc;
	}
	if (zone_record_open(value.at, value.len, &r) == 0) {
		s.since = queue_get_time(&r);
		s.by = queue_get_text(&r, QUEUE_TEXT, q->arena);
		if (s.by == NULL) {
			return ERR_NOMEM;
		}
	}
	*q->ret = s;
	return 1;
}

int
zone_submitter_suspended(struct zone_queue *queue, const char *name,
    struct arena *arena, struct zone_suspended *ret)
{
	struct question q = { name, arena, ret };

	return zone_store_read(queue->store, ask, &q);
}
