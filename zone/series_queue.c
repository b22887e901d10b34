/* series_queue.c - decisions and mails, counted from the queue's own rows. */
#include "zone/series_fill.h"

#include <stdlib.h>
#include <string.h>

#include "zone/queue_priv.h"
#include "zone/series_priv.h"
#include "zone/standing.h"

#define EVENTS_RUN 1000 /* in one transaction */
#define MAILS_RUN 2000

struct counting {
	struct zone_txn *txn;
	struct zone_counted counted;
	struct zone_minutes minutes;
	struct arena arena; /* of one row */
	int64_t now;
	bool more;
};

/* ---- since when an item waits again -------------------------------------- */

#define WAITS_KEY (6 + QUEUE_ID_KEY)

static void
waits_key(uint64_t item, uint8_t ret[WAITS_KEY])
{
	memcpy(ret, "waits", 6);
	queue_id_key(item, ret + 6);
}

/* ---- events -------------------------------------------------------------- */

enum state_byte { AFTER_WAITING, AFTER_LISTED, AFTER_DISMISSED };

/* State and serial after an event: behind number, time, item and version. */
static enum state_byte
state_after(const struct queue_event *e)
{
	const size_t at = 8 + 8 + 8 + 4;

	return e->len > at && e->body[at] <= AFTER_DISMISSED
	    ? (enum state_byte)e->body[at]
	    : AFTER_WAITING;
}

/* Each submitter of ITEM once. */
static int
credit(struct counting *c, const struct zone_item *item,
    const struct zone_standing_more *more)
{
	int rc = 0;

	for (unsigned i = 0; i < item->n_evidence && rc == 0; i++) {
		const char *name = item->evidence[i].submitter;
		bool before = name[0] == '\0';

		for (unsigned k = 0; k < i && !before; k++) {
			before = span_is(
			    span_str(name), item->evidence[k].submitter);
		}
		if (!before) {
			rc = zone_standing_add(
			    c->txn, name, more, &c->counted.standings);
		}
	}
	return rc;
}

static int
decided(struct counting *c, const struct queue_event *e,
    const struct zone_item *item, struct zone_series_row *row)
{
	uint8_t key[WAITS_KEY];
	uint64_t since;
	int64_t from = item->first;
	int rc;

	waits_key(item->id, key);
	rc = queue_ref_get(c->txn, ZONE_T_META, key, sizeof(key), &since);
	if (rc == 1) {
		from = (int64_t)since;
	}
	if (rc != 0) {
		rc = zone_txn_del(c->txn, ZONE_T_META, key, sizeof(key));
	}
	if (rc < 0) {
		return rc;
	}
	if (from > 0 && e->said.time >= from &&
	    strcmp(e->said.by, "rbl-www") != 0) {
		row->latency[zone_latency_bucket(e->said.time - from)]++;
	}
	return 0;
}

static int
count_event(struct counting *c, const struct queue_event *e)
{
	struct zone_series_row *row =
	    zone_minutes_at(&c->minutes, e->said.time);
	struct zone_standing_more more = { 0 };
	enum state_byte after = state_after(e);
	const char *action = e->said.action;
	bool undo = strcmp(action, "undo") == 0 || strcmp(action, "purge") == 0;
	bool again = undo || strcmp(action, "reopen") == 0 ||
	    strcmp(action, "seen again") == 0;
	struct queue_stored stored;
	uint8_t key[WAITS_KEY];
	int rc;

	if (row == NULL) {
		return ERR_NOMEM;
	}
	if (after == AFTER_LISTED) {
		zone_series_add(row, ZONE_N_APPROVED, 1);
		more.confirmed = 1;
	} else if (after == AFTER_DISMISSED) {
		zone_series_add(row, ZONE_N_DISMISSED, 1);
		more.dismissed = 1;
	} else if (again) {
		zone_series_add(row, ZONE_N_REOPENED, 1);
		more.confirmed = undo ? -1 : 0;
		more.undone = undo ? 1 : 0;
		more.dismissed = strcmp(action, "reopen") == 0 ? -1 : 0;
		waits_key(e->said.item, key);
		rc = queue_ref_put(c->txn, ZONE_T_META, key, sizeof(key),
		    (uint64_t)e->said.time);
		if (rc < 0) {
			return rc;
		}
	} else {
		return 0; /* a vote */
	}
	rc = queue_item_get(c->txn, e->said.item, &c->arena, &stored);
	if (rc == 0 || rc == ERR_CORRUPT) {
		return 0; /* it is gone */
	}
	if (rc == 1 && after != AFTER_WAITING) {
		rc = decided(c, e, &stored.item, row);
	}
	if (rc >= 0) {
		rc = credit(c, &stored.item, &more);
	}
	return rc < 0 ? rc : 0;
}

static int
count_events(struct counting *c, const struct queue_meta *meta)
{
	int rc = 0;

	if (c->counted.event > meta->events) {
		c->counted.event = meta->events;
	}
	for (unsigned n = 0; c->counted.event < meta->events && rc == 0; n++) {
		struct queue_event e;
		uint8_t key[QUEUE_ID_KEY];
		struct zone_bytes value;
		struct buf copy = { 0 };

		if (n == EVENTS_RUN) {
			c->more = true;
			break;
		}
		c->counted.event++;
		queue_id_key(c->counted.event, key);
		rc = zone_txn_get(
		    c->txn, ZONE_T_EVENTS, key, sizeof(key), &value);
		if (rc == 1) {
			/* puts move what was borrowed */
			buf_add(&copy, value.at, value.len);
			value.at = (const uint8_t *)copy.data;
			rc = copy.bad ? ERR_NOMEM
				      : queue_event_decode(value,
					    c->counted.event, &c->arena, &e);
			if (rc == 0) {
				rc = count_event(c, &e);
			} else if (rc == ERR_CORRUPT) {
				rc = 0; /* the verification tells of it */
			}
		}
		buf_free(&copy);
		arena_free(&c->arena);
	}
	return rc;
}

/* ---- mails --------------------------------------------------------------- */

static int
count_mails(struct counting *c, const struct queue_meta *meta)
{
	int rc = 0;

	if (c->counted.submission > meta->submissions) {
		c->counted.submission = meta->submissions;
	}
	for (unsigned n = 0;
	     c->counted.submission < meta->submissions && rc == 0; n++) {
		struct zone_standing_more more = { .mails = 1 };
		struct queue_submission s;

		if (n == MAILS_RUN) {
			c->more = true;
			break;
		}
		c->counted.submission++;
		rc = queue_submission_get(
		    c->txn, c->counted.submission, &c->arena, &s);
		if (rc == 1) {
			struct zone_series_row *row =
			    zone_minutes_at(&c->minutes, s.said.time);

			if (row == NULL) {
				rc = ERR_NOMEM;
				break;
			}
			zone_series_add(row, ZONE_N_MAILS, 1);
			more.last = s.said.time;
			rc = s.said.submitter[0] == '\0'
			    ? 0
			    : zone_standing_add(c->txn, s.said.submitter, &more,
				  &c->counted.standings);
		} else if (rc == ERR_CORRUPT) {
			rc = 0;
		}
		arena_free(&c->arena);
	}
	return rc;
}

static int
count(struct zone_txn *txn, void *ctx)
{
	struct counting *c = ctx;
	struct zone_counted before;
	struct queue_meta meta;
	int rc = queue_meta_get(txn, &meta);

	c->txn = txn;
	c->more = false;
	c->minutes.n = 0;
	if (rc == 0) {
		rc = zone_counted_get(txn, &c->counted);
	}
	before = c->counted;
	if (rc == 0) {
		rc = count_mails(c, &meta);
	}
	if (rc == 0) {
		rc = count_events(c, &meta);
	}
	if (rc < 0 || memcmp(&before, &c->counted, sizeof(before)) == 0) {
		return rc < 0 ? rc : 0;
	}
	rc = zone_minutes_put(txn, &c->minutes, c->now);
	return rc < 0 ? rc : zone_counted_put(txn, &c->counted);
}

/* Is there anything to count? 1, 0, <0: a write of nothing would still cost a
 * sync. */
static int
behind(struct zone_txn *txn, void *ctx)
{
	struct zone_counted counted;
	struct queue_meta meta;
	int rc = queue_meta_get(txn, &meta);

	(void)ctx;
	if (rc == 0) {
		rc = zone_counted_get(txn, &counted);
	}
	return rc < 0 ? rc
		      : counted.event != meta.events ||
		counted.submission != meta.submissions;
}

int
zone_series_count_queue(struct zone_queue *queue, int64_t now)
{
	struct counting c = { .now = now };
	int rc = zone_store_read(queue->store, behind, NULL);

	if (rc == 1) {
		rc = zone_store_write(queue->store, count, &c);
	}
	arena_free(&c.arena);
	free(c.minutes.rows);
	return rc < 0 ? rc : rc >= 0 && c.more;
}
