/* queue.h - a queue in a temporary folder, filled from short texts. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"
#include "zone/queue_priv.h"

#define FIRST 1790000000 /* time of the first mail */

static char folder[SCRATCH];
static struct zone_queue *queue;
static struct arena arena; /* for what a test reads */

static inline void
open_queue(uint64_t map_size)
{
	struct err_text why = { "" };

	scratch_make(folder);
	if (zone_queue_open(folder, ZONE_CREATE, map_size, &queue, &why) < 0) {
		fprintf(stderr, "queue: %s\n", why.text);
		exit(99);
	}
}

static inline void
close_queue(void)
{
	zone_queue_close(&queue);
	arena_free(&arena);
	scratch_remove(folder);
}

/* "ip 203.0.114.9, -ip 203.0.114.1, address x@example.gr": candidates; '-'
 * means advice "never". Returns how many; uses ARENA. */
static inline unsigned
candidates_of(const char *text, struct zone_candidate *out)
{
	char *rest = arena_str(&arena, text), *one;
	unsigned n = 0;

	while ((one = strsep(&rest, ",")) != NULL) {
		char *space;

		one += strspn(one, " ");
		if (*one == '\0') {
			continue;
		}
		out[n] = (struct zone_candidate){ .confidence = ZONE_PROBABLE };
		if (*one == '-') {
			out[n].advice = ZONE_ADVICE_NEVER;
			one++;
		}
		space = strchr(one, ' ');
		*space = '\0';
		out[n].list = one;
		out[n].key = space + 1;
		n++;
	}
	return n;
}

/* Add a mail of its own with one report for each of TEXTS (NULL ends). */
static inline struct zone_added
add_mail(int64_t time, const char *submitter, const char *const *texts)
{
	static unsigned count;
	struct zone_candidate c[16][40];
	struct zone_report r[16];
	struct zone_submission s = { .time = time,
		.submitter = submitter,
		.road = "pipe",
		.kind = "attachment",
		.analysis = "{}" };
	struct zone_added added = { 0 };
	char raw[64];
	unsigned n = 0;
	int rc;

	for (; texts[n] != NULL; n++) {
		r[n] = (struct zone_report){ .message = n,
			.subject = "Buy",
			.from = "x@example.gr",
			.candidates = c[n] };
		r[n].n_candidates = candidates_of(texts[n], c[n]);
	}
	snprintf(raw, sizeof(raw), "mail %u\n", ++count);
	rc = zone_queue_add(queue, &s, raw, strlen(raw), r, n, &added);
	CHECK(rc == 0, "add: %s", err_str(rc));
	return added;
}

#define ADD(time, ...)                    \
	add_mail((time), "a@example.org", \
	    (const char *const[]){ __VA_ARGS__, NULL })

static inline struct zone_item
get_item(uint64_t id)
{
	struct zone_item item = { .subject = "", .from = "" };
	int rc = zone_queue_get(queue, id, &arena, &item);

	CHECK(rc == 1, "item %llu: %d", (unsigned long long)id, rc);
	return item;
}

/* 0: nobody waits for KEY. */
static inline uint64_t
waits(const char *list, const char *key)
{
	uint64_t id = 0;
	int rc = zone_queue_waiting(queue, list, key, &id);

	CHECK(rc >= 0 && (rc == 1) == (id != 0), "%s: %d", key, rc);
	return id;
}

/* What moderate does to an item, in short. */
struct settle {
	enum zone_item_state state;
	uint64_t serial;
	const char *reason;
	int64_t time;
	uint32_t version; /* 0: any */
	unsigned calls;
};

static inline int
settle_fn(struct zone_item *item, struct arena *a, void *ctx)
{
	struct settle *s = ctx;

	s->calls++;
	if (s->version != 0 && s->version != item->version) {
		return 7;
	}
	item->state = s->state;
	item->serial = s->serial;
	item->settled = s->time;
	item->settled_by = s->state == ZONE_WAITING ? "" : arena_str(a, "ada");
	item->settled_reason = arena_str(a, s->reason);
	return 0;
}

static inline int
settle(uint64_t id, enum zone_item_state state, uint64_t serial,
    const char *reason, int64_t time)
{
	struct settle s = { state, serial, reason, time, 0, 0 };

	return zone_queue_change(
	    queue, id, "ada", zone_item_state_name(state), settle_fn, &s);
}
