/* expand_ip.h - between expand_ip.c, which makes names of prefixes, and
 * expand_rows.c, which brings the prefixes. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "zone/expand_priv.h"

static inline unsigned
base_of(enum zone_space space)
{
	return zone_space_base(space);
}

static inline unsigned
bits_of(enum zone_space space)
{
	return space == ZONE_SPACE_V4 ? 32 : 128;
}

static inline bool
same_bits(const uint8_t a[16], const uint8_t b[16], unsigned n)
{
	unsigned whole = n / 8, rest = n % 8;

	return memcmp(a, b, whole) == 0 &&
	    (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

static inline int
compare_rows(const void *a, const void *b)
{
	const struct expand_row *x = a, *y = b;
	int r = memcmp(x->addr, y->addr, 16);

	return r != 0 ? r : (int)x->len - (int)y->len;
}

static inline void
free_rows(struct expand_rows *rows)
{
	free(rows->at);
	*rows = (struct expand_rows){ 0 };
}

/* The rows of list K in the block of BASE bits around ADDR, sorted: 1, 0 none,
 * <0. RET is the caller's to free, also after a failure. */
MUST_CHECK int expand_load_block(struct zone_expand *x, unsigned k,
    enum zone_space space, const uint8_t addr[16], unsigned base,
    struct expand_rows *ret);
/* Turn ROWS of list K back to what they were. Of the past's keys those count
 * that share BASE bits with STRETCH and have MIN to MAX bits. */
MUST_CHECK int expand_turn_back(struct zone_expand *x, unsigned k,
    unsigned bits, const uint8_t stretch[16], unsigned base, unsigned min,
    unsigned max, struct expand_rows *rows);

/* Where test points are, of each family: an address with N as its last octet.
 */
extern const uint8_t expand_test_in[2][16];
/* Put them among the rows of list K, which are of that stretch. */
MUST_CHECK int expand_add_tests(
    struct zone_expand *x, unsigned k, enum zone_space space);
