/* counts.h - the counters of each zone, kept as long as the process lives.
 *
 * Every thread has counters of its own for each zone, so that it counts
 * without a locked instruction; readers sum. A zone is known by its name and
 * a list within it by its own: both outlive the configuration they came
 * from, so SIGHUP loses no count of what stays. The book is the main
 * thread's; a ledger is one configuration's view of it, made beside a world
 * and never changed while that is served.
 */
#pragma once

#include <stdatomic.h>

#include "rbld/apex.h"

enum rbld_asked { /* types that are told apart */
	RBLD_ASKED_OTHER,
	RBLD_ASKED_A,
	RBLD_ASKED_AAAA,
	RBLD_ASKED_TXT,
	RBLD_ASKED_NS,
	RBLD_ASKED_SOA,
	RBLD_ASKED_ANY,
	RBLD_ASKEDS,
};

enum rbld_road { RBLD_UDP4, RBLD_UDP6, RBLD_TCP4, RBLD_TCP6, RBLD_ROADS };

enum rbld_told { /* rcodes that are told apart */
	RBLD_TOLD_OTHER,
	RBLD_TOLD_NOERROR,
	RBLD_TOLD_NXDOMAIN,
	RBLD_TOLD_SERVFAIL,
	RBLD_TOLD_REFUSED,
	RBLD_TOLDS,
};

/* Signs that a client is not set up as it should be (RFC 6471, 3.4). */
enum rbld_sign {
	RBLD_SIGN_NONE = -1,
	RBLD_SIGN_DOMAIN,     /* a domain, asked of a list of addresses */
	RBLD_SIGN_ADDRESS,    /* an address, asked of a list of names */
	RBLD_SIGN_UNREVERSED, /* octets in the order of reading */
	RBLD_SIGN_PRIVATE,    /* an address that nobody outside has */
	RBLD_SIGN_TEXT,       /* an IPv6 address as text: 2001:db8::7 */
	RBLD_SIGN_REPEAT,     /* the same again within the answer's TTL */
	RBLD_SIGNS,
};

#define RBLD_HITS 64 /* lists that a zone ever had and are remembered */

/* One thread's, of one zone. */
struct rbld_counts {
	uint64_t queries[RBLD_ASKEDS][RBLD_ROADS];
	uint64_t answers[RBLD_TOLDS];
	uint64_t signs[RBLD_SIGNS];
	uint64_t locked; /* refused for want of a key */
	uint64_t hits[RBLD_HITS];
} __attribute__((aligned(64)));

/* Written by its one thread alone, and whole. */
static inline void
rbld_count_add(uint64_t *at, uint64_t more)
{
	__atomic_store_n(at, *at + more, __ATOMIC_RELAXED);
}

static inline uint64_t
rbld_count_get(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

const char *rbld_asked_name(enum rbld_asked asked); /* "A", "other" */
const char *rbld_told_name(enum rbld_told told);    /* "NXDOMAIN", "other" */
const char *rbld_sign_name(enum rbld_sign sign);    /* "unreversed" */

/* ---- the book ------------------------------------------------------------ */

struct rbld_book; /* every zone and list since the process began */

struct rbld_book *rbld_book_new(unsigned threads); /* NULL: no memory */
void rbld_book_free(struct rbld_book **book);      /* NULL-safe */

/* Names by the numbers that ledgers give, "-" for 0 and what is not known. */
const char *rbld_book_zone(const struct rbld_book *book, uint32_t zone);
const char *rbld_book_list(const struct rbld_book *book, uint32_t list);

/* ---- a ledger ------------------------------------------------------------ */

struct rbld_ledger {
	const struct rbld_book *book;
	unsigned n_threads, n_zones;
	struct rbld_counts **counts; /* rows of n_zones + 1, see below */
	uint32_t *zone_numbers;      /* in the book */
	uint8_t *slots;              /* of each list of each zone: its hits */
	uint16_t *list_numbers; /* of each list of each zone, in the book */
};

/* Find or make what APEX needs. ERR_NOMEM. */
MUST_CHECK int rbld_ledger_open(struct rbld_book *book,
    const struct rbld_apex *apex, struct rbld_ledger **ret_ledger);
void rbld_ledger_free(struct rbld_ledger **ledger); /* NULL-safe */

/* Of THREAD: one for each zone in the apex's order, and behind them one for
 * what is asked outside of all zones. */
static inline struct rbld_counts *const *
rbld_ledger_row(const struct rbld_ledger *ledger, unsigned thread)
{
	return ledger->counts + (size_t)thread * (ledger->n_zones + 1);
}

/* Sum over all threads; ZONE is n_zones for "outside". */
void rbld_ledger_sum(const struct rbld_ledger *ledger, unsigned zone,
    struct rbld_counts *ret_counts);
