/* stats.h - counters: each thread writes its own, anybody may sum them.
 *
 * A counter is written by one thread only, so no locked instruction is
 * needed; a reader sees each of them whole, though not all at one moment.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"

enum rbld_count {
	RBLD_N_UDP,    /* packets */
	RBLD_N_TCP,    /* messages */
	RBLD_N_LISTED, /* answered with records of a listing */
	RBLD_N_TEST,   /* the same for a test point */
	RBLD_N_APEX,   /* answered with records of an apex or host */
	RBLD_N_NODATA,
	RBLD_N_NXDOMAIN,
	RBLD_N_REFUSED,
	RBLD_N_SERVFAIL,
	RBLD_N_FORMERR,
	RBLD_N_NOTIMP,    /* and NOTAUTH, BADVERS */
	RBLD_N_DROPPED,   /* no reply */
	RBLD_N_TRUNCATED, /* replies with TC */
	RBLD_N_UNSENT,    /* replies that the system would not send */
	RBLD_N_CONNECTIONS,
	RBLD_N_EVICTED,      /* connections closed to make room */
	RBLD_N_CHAOS,        /* answered of class CH */
	RBLD_N_COOKIES,      /* queries with a cookie of ours */
	RBLD_N_COOKIE_ONLY,  /* queries for a cookie and nothing else */
	RBLD_N_BADCOOKIE,    /* replies that ask for one */
	RBLD_N_RATE_DROPPED, /* over the rate: no reply */
	RBLD_N_RATE_SLIPPED, /* over the rate: a reply without records */
	RBLD_N_RATE_LARGE,   /* the same for too large an answer */
	RBLD_N_AXFR,         /* whole zones that were taken */
	RBLD_N_IXFR,         /* differences that were taken */
	RBLD_N_XFR_REFUSED,  /* transfers that were not allowed */
	RBLD_N_XFR_BROKEN,   /* begun and not ended */
	RBLD_N_XFR_OCTETS,   /* of transfers, sent */
	RBLD_N_TSIG,         /* questions that were signed right */
	RBLD_N_TSIG_BAD,     /* and those that were not */
	RBLD_COUNTS,
};

struct rbld_tally;

struct rbld_stats {
	_Atomic uint64_t n[RBLD_COUNTS];
	struct rbld_tally *tally; /* tally.h; NULL: nothing but N is counted */
} __attribute__((aligned(64)));

static inline void
rbld_stats_add(struct rbld_stats *s, enum rbld_count which, uint64_t more)
{
	uint64_t n = atomic_load_explicit(&s->n[which], memory_order_relaxed);

	atomic_store_explicit(&s->n[which], n + more, memory_order_relaxed);
}

static inline void
rbld_stats_count(struct rbld_stats *s, enum rbld_count which)
{
	rbld_stats_add(s, which, 1);
}

const char *rbld_stats_name(enum rbld_count which);
/* The sum of one counter over N threads. */
uint64_t rbld_stats_sum(
    const struct rbld_stats *s, unsigned n, enum rbld_count which);
/* Append "name=value name=value ..." over N threads. */
void rbld_stats_line(const struct rbld_stats *s, unsigned n, struct buf *b);
