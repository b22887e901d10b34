/* block.h - many entries in one value: the shape that makes look-ups cheap.
 *
 * A block holds every entry of one list within one stretch of key space, in
 * groups by prefix length, longest first, each group's keys sorted. A look-up
 * asks each group once and stops at the first entry that has not expired. The
 * bytes are in doc/FORMATS, "block".
 *
 *   space     stretch of one block     key bits in all
 *   IPv4      a /16                     32
 *   IPv6      a /32                    128
 *   digests   the first 16 bits         96 (longer digests are cut)
 *   wide      the whole family, for prefixes shorter than a block's stretch
 *
 * An address is 16 bytes here, left-aligned, zero behind its last bit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum zone_space {
	ZONE_SPACE_V4 = 4,
	ZONE_SPACE_V6 = 6,
	ZONE_SPACE_DIGEST = 8,
};

#define ZONE_DIGEST_BITS 96

/* Bits that the LMDB key of a block of SPACE holds; a wide block's holds 0. */
static inline unsigned
zone_space_base(enum zone_space space)
{
	return space == ZONE_SPACE_V6 ? 32 : 16;
}

/* The key of a block in ZONE_T_BLOCKS: list, space, the address's first BASE
 * bits (0: the wide block). Writes at most 7 bytes, returns how many. */
size_t zone_block_key(uint8_t out[7], uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base);

/* One entry, unpacked. */
struct zone_row {
	uint8_t addr[16];
	uint8_t len; /* prefix length in bits */
	uint32_t detail;
	uint32_t code; /* 0: exemption */
	int64_t until; /* 0: never */
};

/* Longest first, then by address. Digest rows with equal addresses keep the
 * order they were given in: the first that has not expired decides. */
int zone_row_compare(const struct zone_row *a, const struct zone_row *b);

/* Pack N rows (in order; all within one stretch of BASE bits) behind what B
 * holds. */
void zone_block_encode(
    const struct zone_row *rows, size_t n, unsigned base, struct buf *b);

/* Is this a whole block as zone_block_encode wrote it? Version, length, CRC,
 * every offset. All functions below need it to have said yes. */
bool zone_block_check(const uint8_t *block, size_t len);

size_t zone_block_count(const uint8_t *block);

/* Row I of the dictionary of the LEN bytes at BLOCK, which may be unchecked:
 * detail, code and until of *ret. false: there is none. */
bool zone_block_said(
    const uint8_t *block, size_t len, uint32_t i, struct zone_row *ret);

/* Does any entry list, expired or not? false: nothing but holes. */
bool zone_block_lists(const uint8_t *block);

/* The narrowest entry covering ADDR that has not expired at NOW: 1 and *ret
 * (its addr and len included), 0 none, ERR_CORRUPT. */
int zone_block_find(const uint8_t *block, unsigned base, const uint8_t addr[16],
    int64_t now, struct zone_row *ret);
/* Start fetching what zone_block_find will look at: the keys, or (DEEP) what
 * they lead to, which wants the keys to have arrived. */
void zone_block_ahead(const uint8_t *block, unsigned base,
    const uint8_t addr[16], bool deep);
/* zone_block_find, of prefixes no longer than MAXLEN only. */
int zone_block_find_within(const uint8_t *block, unsigned base,
    const uint8_t addr[16], unsigned maxlen, int64_t now, struct zone_row *ret);
/* The stored entry of exactly ADDR/LEN, expired or not: 1, 0, ERR_CORRUPT. */
int zone_block_exact(const uint8_t *block, unsigned base,
    const uint8_t addr[16], unsigned len, struct zone_row *ret);

/* The smallest first address >= FROM of any entry: 1 and RET, 0 none. */
int zone_block_next(const uint8_t *block, unsigned base, const uint8_t from[16],
    uint8_t ret[16]);

/* Unpack everything in zone_row_compare's order; STRETCH gives the BASE bits.
 * ROWS has room for zone_block_count. 0 or ERR_CORRUPT. */
int zone_block_decode(const uint8_t *block, unsigned base,
    const uint8_t stretch[16], struct zone_row *rows);
