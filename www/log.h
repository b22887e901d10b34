/* log.h - the store's history and the queue's events in one order, filtered.
 *
 * A place in it is a pair of numbers, the newest change and the newest event
 * that were not read yet: rows are only ever added at the other end, so pages
 * stay what they are while people work, and none is missed or shown twice.
 * Whoever looks for something rare reads a bounded stretch, is told so, and
 * goes on from there.
 */
#pragma once

#include "www/page.h"
#include "zone/history.h"

struct www_log_filter {
	const char *by, *action, *list, *source, *word; /* "": any */
	const char *key_text;                           /* as typed */
	const char *since_text, *before_text;
	struct zone_key key;   /* when KEY_TEXT is not "" */
	int64_t since, before; /* of time; 0 and INT64_MAX: any */
	bool any;              /* something is asked for */
};

struct www_log_place {
	uint64_t serial, event;
};

/* One of the three. */
struct www_log_row {
	const struct zone_history_row *change; /* borrowed from the view */
	const struct zone_queue_event *event;
	uint64_t damaged; /* the change of this number cannot be read */
};

/* The filter and the place (at first: the newest) that the query asks for; 0,
 * or 1 when the request has been answered, with what was wrong. */
MUST_CHECK int www_log_asked(struct www_turn *turn,
    struct www_log_filter *ret_filter, struct www_log_place *ret_place);
/* The filter as a query string, "" or with "&" at its end; NULL: no memory. */
const char *www_log_query(
    struct www_turn *turn, const struct www_log_filter *filter);

struct www_log_reading {
	unsigned max;       /* rows to find */
	unsigned scan;      /* rows to look at */
	uint64_t scan_keys; /* keys of changes to look at */
	bool all;           /* also events that a change tells too */

	/* afterwards */
	unsigned found;
	bool more;    /* there are older rows */
	bool stopped; /* by SCAN: there may be more to find in them */
	int64_t time; /* of the last row that was looked at; 0: none */
};

/* Call FN with each row that FILTER wants from PLACE on, the newest first;
 * PLACE goes along. FN returns 0 or <0, which ends it. */
typedef int www_log_fn(const struct www_log_row *row, void *ctx);
MUST_CHECK int www_log_read(struct www_turn *turn, struct zone_view *view,
    const struct www_log_filter *filter, struct www_log_place *place,
    struct www_log_reading *reading, www_log_fn *fn, void *ctx);

/* The name of list NUMBER, "?" when it is not known. */
struct www_log_lists {
	struct zone_list_info info[64];
	int n;
};
MUST_CHECK int www_log_lists(struct zone_view *view, struct www_log_lists *ret);
const char *www_log_list_name(
    const struct www_log_lists *lists, uint16_t number);
