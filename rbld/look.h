/* look.h - one thread's look at the store.
 *
 * A view that is renewed for each batch of packets and rested after it, and
 * the store's numbers for the lists of our zones. A store that is absent or
 * cannot be read is a state like another: answers then are SERVFAIL, until a
 * later renewal succeeds.
 */
#pragma once

#include "rbld/access.h"
#include "rbld/counts.h"
#include "rbld/notes.h"
#include "rbld/tsig.h"
#include "zone/find.h"

struct rbld_look {
	const struct rbld_apex *apex;
	struct zone_view *view; /* NULL: there is no store */
	int err;                /* of the renewal; 0: the view can be asked */
	uint32_t serial;        /* for the SOA, never 0 */
	int64_t now;
	bool complete;     /* every list has its number */
	uint64_t resolved; /* else: 1 + the serial at which it was asked for
	                    * last, since only a change can bring it */
	struct rbld_number *numbers; /* of each list of each zone */
	struct rbld_access *access;  /* keys; NULL: no zone asks for them */
	/* Where to count (counts.h); NULL: nowhere. Borrowed. */
	const struct rbld_ledger *ledger;
	struct rbld_counts *const *counts; /* its row of this thread */
	/* For signed questions and transfers; each may be NULL. Borrowed. */
	struct zone_store *store;
	const struct rbld_keys *keys;
	struct rbld_notes *notes;
};

struct rbld_number {
	int state; /* 1 known, 0 not in the store yet: empty, <0 failed */
	uint16_t list;
};

/* STORE may be NULL. ERR_NOMEM, ERR_STORE, ERR_FULL. */
MUST_CHECK int rbld_look_open(struct rbld_look *look,
    const struct rbld_apex *apex, struct zone_store *store);
void rbld_look_close(struct rbld_look *look);

/* Around each batch. A failure to renew is kept in look->err. */
void rbld_look_renew(struct rbld_look *look);
void rbld_look_rest(struct rbld_look *look);

/* One list that lists the key. */
struct rbld_hit {
	const struct zone_list_conf *list;
	uint32_t code;
	uint32_t detail; /* 0: a test point */
	int64_t until;   /* 0: never expires */
	uint8_t labels;  /* of a domain's entry */
	uint8_t plen;    /* of the prefix that covers an address */
};

struct rbld_found {
	uint32_t key; /* number of the asker's key; 0: none is asked for */
	bool locked;  /* no key, or not the right one */
	bool exists;  /* the name does, even when nothing is listed there */
	unsigned n_hits;
	struct rbld_hit hits[RBLD_LISTS_MAX];
};

/* What the store says of PLACE, which is below an apex. 0, or <0: it cannot
 * be told (ERR_CORRUPT, ERR_STORE). */
MUST_CHECK int rbld_look_find(struct rbld_look *look,
    const struct rbld_place *place, struct rbld_found *ret_found);

/* Start fetching what rbld_look_find will need for PLACE; STEP as in
 * zone/find.h. */
#define RBLD_AHEAD 4 /* questions of one packet; further ones wait */
struct rbld_ahead {
	struct zone_ahead of[RBLD_AHEAD];
};
void rbld_look_ahead(struct rbld_look *look, const struct rbld_place *place,
    unsigned step, struct rbld_ahead *ahead);

/* The reason of a hit, borrowed from the view. */
MUST_CHECK int rbld_look_reason(struct rbld_look *look,
    const struct rbld_hit *hit, struct zone_reason *ret_reason);
