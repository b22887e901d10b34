/* sketch.h - who or what is met most often, in memory that does not grow.
 *
 * The space-saving algorithm (Metwally, Agrawal, El Abbadi 2005), cut into
 * sets: a key belongs to one set of eight places. A key that is there counts
 * on; one that is not takes the place with the smallest count and counts on
 * from there, and that smallest count is remembered as its error. So what is
 * said of a key is never too little and too much by its error at most, and
 * what is met more often than an eighth of its set's total cannot be missing.
 *
 * One thread writes, without a locked instruction; any other may read
 * meanwhile. A place that is being given to another key is passed over by
 * readers; counts of one moment are not promised.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define RBLD_SKETCH_WAYS 8
#define RBLD_SKETCH_PAYLOAD 72 /* octets at most */

struct rbld_sketch; /* one thread's */

/* SETS is a power of two. PAYLOAD octets (a multiple of 8) are kept with each
 * key. NULL: no memory. */
struct rbld_sketch *rbld_sketch_new(unsigned sets, unsigned payload);
void rbld_sketch_free(struct rbld_sketch **sketch); /* NULL-safe */

/* The writer: count WEIGHT for the key that HASH stands for, all 64 bits of
 * it, from a hash whose secret no client knows. PAYLOAD is kept when the key
 * is new. */
void rbld_sketch_add(struct rbld_sketch *sketch, uint64_t hash, uint32_t weight,
    const void *payload);
/* The writer: forget everything. */
void rbld_sketch_clear(struct rbld_sketch *sketch);

/* ---- reading ------------------------------------------------------------- */

struct rbld_top {
	uint64_t hash;
	uint64_t count; /* at most this */
	uint64_t error; /* at least count - error */
	uint64_t payload[RBLD_SKETCH_PAYLOAD / 8];
};

/* Add what N sketches know, key by key, into RET, which has room for CAP; the
 * largest counts come first. Returns how many there are, ERR_NOMEM. */
MUST_CHECK int rbld_sketch_merge(struct rbld_sketch *const *sketches,
    unsigned n, struct rbld_top *ret, unsigned cap);

/* Two numbers to one that spreads, by one multiplication. */
static inline uint64_t
rbld_sketch_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}
