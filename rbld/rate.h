/* rate.h - how much the same part of the Internet is told by UDP.
 *
 * Whoever forges the sender of a question has us write to somebody else. So
 * each IPv4 /24 and IPv6 /56 has two buckets: one of answers (rate-limit of
 * them a second), one of octets by which answers were longer than one and a
 * half times their questions (RBLD_RATE_OCTETS for each answer of the first).
 * Clients that have proved their address, by TCP or a cookie, need neither.
 *
 * A bucket is one point in time: when it will be full again. All buckets are
 * in one table of fixed size that the workers share, since one client's
 * packets reach all of them. They read and write it without locks: each word
 * is whole, and should two workers write at once, an answer goes uncounted.
 * The net that was silent longest gives way to a new one.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/net.h"

#define RBLD_RATE_OCTETS 64  /* beyond 1.5 times the question, an answer */
#define RBLD_RATE_AT_ONCE 8  /* the octets of 1/8 second at once, */
#define RBLD_RATE_LEAST 2048 /* or these */

/* Time as buckets have it: 2^-24 seconds of a clock that only counts up. */
#define RBLD_RATE_SECOND (UINT64_C(1) << 24)
uint64_t rbld_rate_clock(void);

struct rbld_rate_table;
struct rbld_rate_slot; /* of one net */

MUST_CHECK int rbld_rate_table_new(struct rbld_rate_table **ret_table);
void rbld_rate_table_free(struct rbld_rate_table **table); /* NULL-safe */
/* The net that was held back last; false: none so far. */
bool rbld_rate_table_last(
    const struct rbld_rate_table *table, struct net_prefix *ret_net);

/* What a configuration says. */
struct rbld_rate {
	struct rbld_rate_table *table;
	unsigned slip;               /* 0: never */
	uint64_t answer;             /* time that one answer takes to refill */
	uint64_t octet, octet_burst; /* the same in 2^-20; time of a full one */
	const struct net_prefix *exempt;
	size_t n_exempt;
};

/* PER_SECOND is at least 1. */
void rbld_rate_set(struct rbld_rate *rate, struct rbld_rate_table *table,
    unsigned per_second, unsigned slip, const struct net_prefix *exempt,
    size_t n_exempt);

enum rbld_rate_says {
	RBLD_RATE_GO,
	RBLD_RATE_SLIP, /* over the limit: say so in a few octets */
	RBLD_RATE_DROP, /* over the limit: say nothing */
};

/* One answer for PEER. *ret_slot serves for rbld_rate_spend at once. */
enum rbld_rate_says rbld_rate_take(const struct rbld_rate *rate,
    const struct sockaddr *peer, uint64_t now,
    struct rbld_rate_slot **ret_slot);
/* OCTETS more than 1.5 times the question: may they go? */
bool rbld_rate_spend(const struct rbld_rate *rate, struct rbld_rate_slot *slot,
    const struct sockaddr *peer, uint64_t now, size_t octets);
/* Start fetching what rbld_rate_take will need. */
void rbld_rate_ahead(const struct rbld_rate *rate, const struct sockaddr *peer);
