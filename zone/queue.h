/* queue.h - submissions, and the items that wait for a person.
 *
 * A submission is one mail as it came in: its raw bytes and what rbl-ingest
 * read in it. Each message that was reported in it becomes an item, with the
 * candidates that may be listed. A report whose first candidate already waits
 * joins that item as further evidence; one whose first candidate was listed
 * from here is a sighting, kept with the item that listed it. An item is
 * settled by listing (with the serial) or dismissal, and can be reopened.
 *
 * Everything is read into the caller's arena, so no view is held.
 */
#pragma once

#include "zone/store.h"
#include "zone/config.h"

struct zone_queue;

enum zone_advice {
	ZONE_ADVICE_LIST,
	ZONE_ADVICE_ADDRESS_INSTEAD,
	ZONE_ADVICE_UNSURE,
	ZONE_ADVICE_NEVER,
};
enum zone_confidence { ZONE_CERTAIN, ZONE_PROBABLE, ZONE_UNSURE };
const char *zone_advice_name(enum zone_advice advice); /* "list" ... */
const char *zone_confidence_name(enum zone_confidence confidence);

struct zone_candidate {
	const char *list; /* name in rbl.conf */
	const char *key;  /* canonical text */
	enum zone_advice advice;
	enum zone_confidence confidence;
	const char **why; /* reasons in words */
	unsigned n_why;
};

/* What rbl-ingest hands over: text is UTF-8, borrowed during the call. */
struct zone_report {
	unsigned message; /* place within the submission, from 0 */
	const char *subject, *from;
	const struct zone_candidate *candidates;
	unsigned n_candidates; /* 0: a person has to look all the same */
	/* of the relay that handed it over and of the mail; NULL: not known */
	const char *relay, *helo, *rdns, *envelope_from;
};

/* What a list of items shows of the mail, so that it need not be read. Text
 * is "" where nothing is known. */
struct zone_origin {
	const char *relay, *helo, *rdns, *envelope_from;
	const char *kind, *road; /* of the newest submission */
	uint8_t known;           /* enum zone_known of its submitter */
	uint8_t knowns;          /* bit k: one of them was known so */
};

struct zone_submission {
	uint64_t id;           /* given by zone_queue_add */
	int64_t time;          /* of arrival */
	const char *submitter; /* address or "" */
	const char *road;      /* "pipe", "trap", "file", ... */
	const char *kind;     /* interfaces.md: attachment, raw, unknown, ... */
	uint8_t known;        /* enum zone_known (submitters.h) */
	const char *analysis; /* the --explain object, JSON */
	uint64_t size;        /* of the raw mail */

	/* Not stored: the address that is to get a receipt, NULL: none, and
	 * how many each address gets a day, and all together an hour.
	 * zone_added says whether it is due. */
	const char *receipt;
	unsigned receipts_day, receipts_hour;
};

struct zone_added {
	bool duplicate; /* the very same mail was here: nothing was added */
	uint64_t submission;
	unsigned new_items, joined;
	unsigned sighted; /* reports of what is listed already */
	bool receipt;     /* one is due: see zone_submission */
};

enum zone_item_state { ZONE_WAITING, ZONE_LISTED_ITEM, ZONE_DISMISSED };
const char *zone_item_state_name(enum zone_item_state state);

struct zone_evidence {
	uint64_t submission;
	unsigned message;
	int64_t time;
	const char *submitter;
};

struct zone_vote {
	const char *person;
	unsigned weight;
	uint32_t approve; /* candidates, as in zone_decision; 0: dismiss */
	int64_t time;
	const char *reason;
	bool exempt, forever; /* as in zone_decision */
	int64_t until;
};

struct zone_item {
	uint64_t id;
	uint32_t version; /* changes with all that a person has to see */
	enum zone_item_state state;
	int64_t first, last; /* seen */
	unsigned count;      /* reports, more than n_evidence when many */
	unsigned submitters; /* different ones, at most 200 are told apart */
	const char *subject, *from;
	struct zone_candidate *candidates;
	unsigned n_candidates;
	struct zone_evidence *evidence; /* newest last; at most 50 are kept */
	unsigned n_evidence;
	struct zone_vote *votes;
	unsigned n_votes;
	/* settled: */
	const char *settled_by, *settled_reason; /* "" while waiting */
	int64_t settled;
	uint64_t serial;   /* 0: nothing was listed; of a dismissed item: of the
	                    * exemption that came with it */
	uint32_t approved; /* candidates that were listed, or exempted */
	/* who reported it, one number each: for the queue alone */
	uint64_t *reporters;
	unsigned n_reporters;
	struct zone_origin origin;
};

MUST_CHECK int zone_queue_open(const char *data_dir, enum zone_access access,
    uint64_t map_size, struct zone_queue **ret_queue, struct err_text *why);
void zone_queue_close(struct zone_queue **queue);
void zone_queue_tend(struct zone_queue *queue);
/* From now on no mail is taken (ERR_FULL) while the mails that are here take
 * more than BYTES of the disk; 0, as at first: no such bound. */
void zone_queue_limit(struct zone_queue *queue, uint64_t bytes);

/* Store the raw mail and its reports in one synced transaction. ERR_FULL
 * (disk or map), ERR_STORE, ERR_SYS: nothing was stored, try again later.
 * ERR_RANGE: it never will be: analysis above 1 MiB, a list or key empty or
 * too long, a value outside its enum. */
MUST_CHECK int zone_queue_add(struct zone_queue *queue,
    const struct zone_submission *submission, const void *raw, size_t len,
    const struct zone_report *reports, unsigned n_reports,
    struct zone_added *ret);

/* Several mails at once, with one sync: the work of zone_queue_add for each
 * of N, in one transaction. Each has its own ERR, 0 when it is stored; the
 * others are not held back by one that is refused or cannot be stored. */
struct zone_queue_mail {
	const struct zone_submission *submission;
	const void *raw;
	size_t len;
	const struct zone_report *reports;
	unsigned n_reports;
	int err;                 /* out */
	struct zone_added added; /* out, when ERR is 0 */
};
void zone_queue_add_many(
    struct zone_queue *queue, struct zone_queue_mail *mails, size_t n);

/* 1, 0 none, <0 failed. */
MUST_CHECK int zone_queue_get(struct zone_queue *queue, uint64_t id,
    struct arena *arena, struct zone_item *ret_item);
MUST_CHECK int zone_queue_submission(struct zone_queue *queue, uint64_t id,
    struct arena *arena, struct zone_submission *ret);
/* Append the raw mail to B. 1, 0 none (or removed, queue_expire.h), <0. */
MUST_CHECK int zone_queue_raw(
    struct zone_queue *queue, uint64_t id, struct buf *b);

/* Items in STATE: waiting ones oldest first (by first seen), settled ones
 * newest first. Skips SKIP, returns at most MAX of them in *ret_items (in
 * ARENA) and the total count of that state in *ret_total. */
MUST_CHECK int zone_queue_list(struct zone_queue *queue,
    enum zone_item_state state, size_t skip, size_t max, struct arena *arena,
    struct zone_item **ret_items, size_t *ret_n, uint64_t *ret_total);

/* Show every item in STATE to FN, in the order of zone_queue_list; the item
 * and its text are FN's until it returns. 0 from FN: go on; >0: enough, passed
 * on; <0 failed. FN must not ask the queue. Several short transactions: an
 * item that changes its place meanwhile may be missed or come twice. */
typedef int zone_queue_scan_fn(const struct zone_item *item, void *ctx);
MUST_CHECK int zone_queue_scan(struct zone_queue *queue,
    enum zone_item_state state, zone_queue_scan_fn *fn, void *ctx);

/* How many items are in each state. */
MUST_CHECK int zone_queue_counts(
    struct zone_queue *queue, uint64_t ret_counts[3]);

/* The waiting item that has KEY among its candidates: 1, 0, <0. */
MUST_CHECK int zone_queue_waiting(struct zone_queue *queue, const char *list,
    const char *key, uint64_t *ret_item);

/* How often exactly KEY, in canonical text, was reported, while it waits or
 * since it was approved in this queue (decisions 8): 1, 0 nothing is known,
 * <0. The numbers are those of the item that has it. */
struct zone_sightings {
	uint64_t item;
	enum zone_item_state state; /* waiting or listed */
	unsigned count;             /* reports */
	unsigned submitters;        /* different ones, 200 at most */
	int64_t first, last;
};
MUST_CHECK int zone_queue_sightings(struct zone_queue *queue, const char *list,
    const char *key, struct zone_sightings *ret);

/* ---- for zone/moderate only: change one item --------------------------- */

/* Read the item within a write transaction, let FN change it (its strings in
 * the arena it is given), write it back with the next version. FN returns 0
 * to write, >0 to leave it as it is (passed on), <0 failed. 0 also when
 * written; ERR_NONE: no such item. FN may run twice (the map grew). */
typedef int zone_item_fn(
    struct zone_item *item, struct arena *arena, void *ctx);
MUST_CHECK int zone_queue_change(struct zone_queue *queue, uint64_t id,
    const char *by, const char *action, zone_item_fn *fn, void *ctx);

/* The settled item that SERIAL listed: 1, 0, <0. */
MUST_CHECK int zone_queue_by_serial(
    struct zone_queue *queue, uint64_t serial, uint64_t *ret_item);

/* The queue's own log: decisions that list nothing, reopenings, votes; newest
 * first, hash-chained like history. */
struct zone_queue_event {
	uint64_t number;
	int64_t time;
	uint64_t item;
	const char *by, *action, *reason;
	const char *subject; /* of a note (note.h), else "" */
};
/* At most MAX events not after BEFORE (UINT64_MAX: the newest). */
MUST_CHECK int zone_queue_log(struct zone_queue *queue, uint64_t before,
    size_t max, struct arena *arena, struct zone_queue_event **ret,
    size_t *ret_n);
/* The same of those about ITEM, among the LOOK newest of all; *ret_all: none
 * of it can be further back. */
MUST_CHECK int zone_queue_log_of(struct zone_queue *queue,
    const struct zone_item *item, size_t look, size_t max, struct arena *arena,
    struct zone_queue_event **ret, size_t *ret_n, bool *ret_all);
MUST_CHECK int zone_queue_verify(
    struct zone_queue *queue, uint64_t *ret_rows, struct err_text *why);
/* How far the log was found right; zeros at first. */
struct zone_queue_chain {
	uint64_t rows;
	uint8_t hash[32];
};
/* Go on from where CHAIN is, some MAX rows: 1, they are right and there may be
 * more; 0, right to the end; <0 as zone_queue_verify. */
MUST_CHECK int zone_queue_verify_on(struct zone_queue *queue,
    struct zone_queue_chain *chain, uint64_t max, struct err_text *why);
