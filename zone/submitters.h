/* submitters.h - people who send spam in, and how they are known.
 *
 * Anybody may send something in. Whoever is registered is known by a secret
 * address (report+TOKEN@...), or by the address that the mail server found
 * proven; then his mail counts as his, and his mail hosts - the servers that
 * take mail in for him - are stepped over in the chain and never proposed.
 *
 * They are in the queue's environment, since rbl-ingest can open no other.
 * Of a token only a digest is kept. Tokens have no capital letters: mail
 * servers fold them.
 */
#pragma once

#include "base/arena.h"
#include "zone/queue.h"

#define ZONE_SUBMITTER_NAME 64  /* room: letters, digits, ". _ -" */
#define ZONE_SUBMITTER_TOKEN 27 /* room: 26 of a-z 2-7, and a NUL */
#define ZONE_SUBMITTER_ADDRESSES 20
#define ZONE_SUBMITTER_RELAYS 100
#define ZONE_SUBMITTERS_MAX 10000

struct zone_submitter {
	const char *name;
	int64_t created, changed;
	bool token;             /* has he one? */
	const char **addresses; /* canonical */
	size_t n_addresses;
	struct net_prefix *relays; /* mail hosts */
	size_t n_relays;
};

/* How the one who sent a mail in is known; kept with the submission. */
enum zone_known {
	ZONE_KNOWN_NOT, /* his address is what the mail says */
	ZONE_KNOWN_TOKEN,
	ZONE_KNOWN_SENDER, /* registered, and our mail server proved it */
};
const char *zone_known_name(enum zone_known known); /* "no" "token" "sender" */

/* Make NAME, or change it: of ADDRESSES and RELAYS those that are not NULL
 * take the place of what was there. ERR_FORMAT, ERR_RANGE with WHY: not
 * acceptable (a network wider than /16, IPv6 /32, is not). ERR_CONFLICT: an
 * address is another's. ERR_FULL: too many. */
MUST_CHECK int zone_submitter_set(struct zone_queue *queue, const char *name,
    const char *const *addresses, size_t n_addresses,
    const struct net_prefix *relays, size_t n_relays, struct err_text *why);

/* A new token in the place of any before. secret_init has run. ERR_NONE. */
MUST_CHECK int zone_submitter_token(struct zone_queue *queue, const char *name,
    char ret_token[ZONE_SUBMITTER_TOKEN], struct err_text *why);

MUST_CHECK int zone_submitter_remove(
    struct zone_queue *queue, const char *name, struct err_text *why);

/* All, by name, in ARENA. */
MUST_CHECK int zone_submitter_list(struct zone_queue *queue,
    struct arena *arena, struct zone_submitter **ret, size_t *ret_n);

/* NAME in any case: 1, 0 none (also for what is no name), <0. */
MUST_CHECK int zone_submitter_get(struct zone_queue *queue, const char *name,
    struct arena *arena, struct zone_submitter *ret);

/* 1, 0 none, <0. Damage is ERR_CORRUPT, never somebody else. */
MUST_CHECK int zone_submitter_by_token(struct zone_queue *queue,
    struct span token, struct arena *arena, struct zone_submitter *ret);
MUST_CHECK int zone_submitter_by_address(struct zone_queue *queue,
    struct span address, struct arena *arena, struct zone_submitter *ret);
