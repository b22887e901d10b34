/* delist_priv.h - records and keys of requests, for delist*.c alone. */
#pragma once

#include "zone/delist.h"
#include "zone/queue_priv.h"

struct request_meta {
	uint64_t newest, open, closed;
};

struct request_stored {
	struct zone_request said;
	uint8_t ticket[32];
	struct span tail; /* of a later format, kept */
};

#define REQUEST_KEY (8 + QUEUE_ID_KEY)
#define TICKET_KEY (7 + 32)
#define TARGET_KEY (7 + 16 + QUEUE_ID_KEY)
#define TARGET_HEAD (7 + 16)
#define CLOSED_KEY (7 + 1 + 8 + QUEUE_ID_KEY)
#define CLOSED_HEAD (7 + 1)

void request_key(uint64_t id, uint8_t ret[REQUEST_KEY]);
void request_ticket_key(const uint8_t digest[32], uint8_t ret[TICKET_KEY]);
void request_target_key(
    const char *list, const char *key, uint64_t id, uint8_t ret[TARGET_KEY]);
void request_closed_key(
    const struct zone_request *request, uint8_t ret[CLOSED_KEY]);
/* false: TEXT is no ticket. */
bool request_ticket_digest(const char *text, uint8_t ret[32]);

/* 0 and zeros when there was none yet. */
MUST_CHECK int request_meta_get(struct zone_txn *txn, struct request_meta *ret);
MUST_CHECK int request_meta_put(
    struct zone_txn *txn, const struct request_meta *meta);

/* 1, 0 none, <0. */
MUST_CHECK int request_read(struct zone_txn *txn, uint64_t id,
    struct arena *arena, struct request_stored *ret);
/* Write S and its place among open and closed; OLD NULL: it is new, and has
 * its rows for ticket and target as well. */
MUST_CHECK int request_write(struct zone_txn *txn, struct request_meta *meta,
    const struct zone_request *old, const struct request_stored *s);
/* Remove all rows of S. */
MUST_CHECK int request_drop(struct zone_txn *txn, struct request_meta *meta,
    const struct request_stored *s);

/* A row in the queue's log. */
MUST_CHECK int request_event_add(struct zone_txn *txn, const char *by,
    const char *action, const char *reason, uint32_t version, uint64_t serial);
