/* queue_priv.h - the queue's records and indexes, for its own files only.
 *
 * doc/FORMATS has the bytes. Decoding copies into an arena, since a later
 * put in the same transaction moves what was borrowed.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "zone/queue.h"

#define QUEUE_TEXT 1000 /* subject, from, names, reasons: bytes kept */
#define QUEUE_WORD 64   /* road, kind, action */
#define QUEUE_WHY 300
#define QUEUE_WHYS 16
#define QUEUE_LIST 255
#define QUEUE_KEY 1000
#define QUEUE_IP 64
#define QUEUE_NAME 255
#define QUEUE_ENVELOPE 320
#define QUEUE_CANDIDATES 32 /* bits in "approve" */
#define QUEUE_CANDIDATES_MADE 16
#define QUEUE_EVIDENCE 50
#define QUEUE_REPORTERS 200
#define QUEUE_VOTES 100
#define QUEUE_ANALYSIS (1024 * 1024)

#define QUEUE_PIECE 65508
#define QUEUE_PIECE_PACKED 0x40000000u   /* first piece of a packed mail */
#define QUEUE_PIECE_ANALYSIS 0x80000000u /* first piece of an analysis */

struct zone_queue {
	struct zone_store *store;
	uint64_t limit; /* room that mails may take; 0: any */
};

/* META: the newest numbers and what is counted. */
struct queue_meta {
	uint64_t submissions, items, events;
	uint64_t counts[3];
	uint8_t head[32];
};

/* An item as stored: the tail is kept for a later version of the format. */
struct queue_stored {
	struct zone_item item;
	struct span tail;
};

/* A submission as stored; its analysis is apart, SAID has "". */
struct queue_submission {
	struct zone_submission said;
	uint32_t analysis; /* its length */
	uint64_t packed;   /* bytes of the packed mail; 0: it is as it came */
	uint8_t digest[32];
	bool has_digest; /* old records have none */
};

struct queue_event {
	uint8_t hash[32];
	struct zone_queue_event said;
	const uint8_t *body; /* what the hash covers, borrowed */
	size_t len;
};

/* ---- keys (queue_record.c) --------------------------------------------- */

#define QUEUE_ID_KEY 8
#define QUEUE_PIECE_KEY 12
#define QUEUE_STATE_KEY 17

void queue_id_key(uint64_t id, uint8_t ret[QUEUE_ID_KEY]);
uint64_t queue_id_of(const uint8_t key[QUEUE_ID_KEY]);
void queue_piece_key(uint64_t id, uint32_t piece, uint8_t ret[QUEUE_PIECE_KEY]);
void queue_state_key(
    const struct zone_item *item, uint8_t ret[QUEUE_STATE_KEY]);
/* Returns the length. */
size_t queue_waiting_key(
    const char *list, const char *key, uint8_t ret[ZONE_STORE_KEY_MAX]);

/* ---- text in records (queue_record.c) ---------------------------------- */

bool queue_text_valid(const char *s, size_t len);
/* As read_text expects it: valid UTF-8, cut to MAX bytes at the end of a
 * character. S may be NULL and may hold any bytes. */
void queue_put_text(struct buf *b, const char *s, size_t max);
/* A copy. The reader goes bad over more than MAX bytes, NUL and what is no
 * UTF-8. NULL with a good reader: out of memory. */
const char *queue_get_text(struct reader *r, size_t max, struct arena *arena);
int64_t queue_get_time(struct reader *r);

/* ---- records (queue_record.c, queue_item.c) ---------------------------- */

/* Encoders append to B: look at its "bad". */
void queue_meta_encode(const struct queue_meta *meta, struct buf *b);
MUST_CHECK int queue_meta_decode(
    struct zone_bytes value, struct queue_meta *ret);
void queue_ref_encode(uint64_t id, struct buf *b);
MUST_CHECK int queue_ref_decode(struct zone_bytes value, uint64_t *ret_id);

void queue_submission_encode(const struct queue_submission *q, struct buf *b);
MUST_CHECK int queue_submission_decode(struct zone_bytes value, uint64_t id,
    struct arena *arena, struct queue_submission *ret);

/* May C be kept: has it a list and a key of bearable length? */
bool queue_candidate_valid(const struct zone_candidate *c);
/* ERR_RANGE: more of something, or a longer key, than is kept. */
MUST_CHECK int queue_item_encode(
    const struct zone_item *item, struct span tail, struct buf *b);
MUST_CHECK int queue_item_decode(struct zone_bytes value, uint64_t id,
    struct arena *arena, struct queue_stored *ret);

void queue_event_encode(const struct zone_queue_event *event,
    const struct zone_item *item, const uint8_t before[32], struct buf *b,
    uint8_t ret_hash[32]);
/* Does not follow the chain: see queue_event_follows. */
MUST_CHECK int queue_event_decode(struct zone_bytes value, uint64_t number,
    struct arena *arena, struct queue_event *ret);
bool queue_event_follows(
    const struct queue_event *event, const uint8_t before[32]);

/* ---- where it came from (queue_origin.c) --------------------------------- */

void queue_origin_encode(const struct zone_origin *origin, struct buf *b);
/* At the end of a record nothing is known. false: no memory. */
bool queue_origin_decode(
    struct reader *r, struct arena *arena, struct zone_origin *ret);
/* REPORT of S belongs to the item of ORIGIN; text is borrowed. */
void queue_origin_note(struct zone_origin *origin,
    const struct zone_submission *s, const struct zone_report *report);
/* What is shown in the place of an item that cannot be read. */
struct zone_item queue_item_damaged(uint64_t id, enum zone_item_state state);

/* ---- mails in pieces (queue_raw.c) --------------------------------------- */

MUST_CHECK int queue_pieces_put(struct zone_txn *txn, uint64_t id,
    uint32_t piece, const void *data, size_t len);
/* Append SIZE bytes of the pieces of ID from PIECE on. ERR_CORRUPT: they are
 * not all there. */
MUST_CHECK int queue_pieces_get(struct zone_txn *txn, uint64_t id,
    uint32_t piece, uint64_t size, struct buf *b);
/* RAW packed, or nothing when that does not make it smaller. */
MUST_CHECK int queue_raw_pack(const void *raw, size_t len, struct buf *ret);
/* Append the mail of S to B; a failure may leave a part of it there. */
MUST_CHECK int queue_raw_get(struct zone_txn *txn, uint64_t id,
    const struct queue_submission *s, struct buf *b);
/* Remove all pieces of ID. */
MUST_CHECK int queue_raw_drop(struct zone_txn *txn, uint64_t id);

/* ---- joining (queue_join.c) --------------------------------------------- */

/* REPORT of submission ID, which is S, into the item it belongs to. */
MUST_CHECK int queue_join(struct zone_txn *txn, struct queue_meta *meta,
    const struct zone_submission *s, uint64_t id,
    const struct zone_report *report, struct zone_added *added);

/* ---- notes (note.c) ------------------------------------------------------ */

/* Is the note EVENT in the index? 1, 0, <0. */
MUST_CHECK int queue_note_indexed(
    struct zone_txn *txn, const struct zone_queue_event *event);
MUST_CHECK int queue_note_count(struct zone_txn *txn, uint64_t *ret_n);
/* Append EVENT to the log, of ITEM as it is; its number and time are given. */
MUST_CHECK int queue_event_add(struct zone_txn *txn, struct queue_meta *meta,
    struct zone_queue_event *event, const struct zone_item *item);

/* ---- receipts (queue_receipt.c) ------------------------------------------ */

/* May a receipt for ADDRESS go out at TIME, when each address gets PER_DAY and
 * all together PER_HOUR? 1 and it is counted, 0, <0. */
MUST_CHECK int queue_receipt_take(struct zone_txn *txn, const char *address,
    int64_t time, unsigned per_day, unsigned per_hour);

/* ---- sightings (queue_review.c) ----------------------------------------- */

/* Does somebody look at the marks, as of TIME? 1, 0, <0. */
MUST_CHECK int queue_watched(struct zone_txn *txn, int64_t time);
/* ITEM, a listed one, was seen again, by its candidates SEEN. */
MUST_CHECK int queue_mark(struct zone_txn *txn, uint64_t item, uint32_t seen);

/* ---- within a transaction (queue_change.c) ----------------------------- */

/* 0 and zeros in a new environment. */
MUST_CHECK int queue_meta_get(struct zone_txn *txn, struct queue_meta *ret);
MUST_CHECK int queue_meta_put(
    struct zone_txn *txn, const struct queue_meta *meta);
/* 1, 0 none, <0. */
MUST_CHECK int queue_ref_get(struct zone_txn *txn, enum zone_table table,
    const void *key, size_t klen, uint64_t *ret_id);
MUST_CHECK int queue_ref_put(struct zone_txn *txn, enum zone_table table,
    const void *key, size_t klen, uint64_t id);
/* 1, 0 none, <0. */
MUST_CHECK int queue_submission_get(struct zone_txn *txn, uint64_t id,
    struct arena *arena, struct queue_submission *ret);
MUST_CHECK int queue_item_get(struct zone_txn *txn, uint64_t id,
    struct arena *arena, struct queue_stored *ret);
/* The next version: what a person saw of ITEM is not what it is now. */
void queue_item_bump(struct zone_item *item);
/* Write ITEM and set every index and count (in META, which the caller puts)
 * from OLD, NULL when it is new, to it. */
MUST_CHECK int queue_item_put(struct zone_txn *txn, struct queue_meta *meta,
    const struct zone_item *old, struct zone_item *item, struct span tail);
