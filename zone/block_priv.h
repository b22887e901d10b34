/* block_priv.h - the parts of a block, for block.c, which packs and unpacks,
 * and block_find.c, which asks.
 */
#pragma once

#include <string.h>

#include "zone/block.h"

/* Header, dictionary, groups, keys, indexes: doc/FORMATS, "block". */
#define BLOCK_HEAD 16
#define BLOCK_DICT_ROW 16
#define BLOCK_GROUP_ROW 16

enum block_form {
	FORM_SORTED, /* keys of klen bytes, ascending */
	FORM_TABLE,  /* two-byte keys: 256 starts, then low octets */
	FORM_EVEN,   /* as sorted, and spread evenly: digests */
	FORM_FENCED, /* the first 4 bytes of each page of keys, then the keys */
};
#define BLOCK_TABLE 512 /* bytes of the starts */
#define BLOCK_FENCE 4   /* bytes of a fence */
#define BLOCK_PAGE 16   /* keys of a page */

struct group {
	uint8_t len, form, klen;
	uint32_t count, keys, first;
};

static inline uint16_t
le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

static inline uint64_t
le64(const uint8_t *p)
{
	return (uint64_t)le32(p + 4) << 32 | le32(p);
}

static inline uint32_t
block_fences(const struct group *g)
{
	return g->form == FORM_FENCED ? (g->count + BLOCK_PAGE - 1) / BLOCK_PAGE
				      : 0;
}

/* Bytes before the keys of a group that is no table. */
static inline size_t
block_lead(const struct group *g)
{
	return (size_t)block_fences(g) * BLOCK_FENCE;
}

static inline unsigned
block_groups(const uint8_t *block)
{
	return block[2];
}

static inline struct group
block_group(const uint8_t *block, unsigned i)
{
	const uint8_t *p = block + BLOCK_HEAD +
	    (size_t)le32(block + 12) * BLOCK_DICT_ROW +
	    (size_t)i * BLOCK_GROUP_ROW;

	return (struct group){ p[0], p[1], p[2], le32(p + 4), le32(p + 8),
		le32(p + 12) };
}

static inline size_t
block_index_bytes(const uint8_t *block)
{
	return block[3];
}

static inline size_t
block_total(const uint8_t *block)
{
	struct group g = block_group(block, block_groups(block) - 1u);

	return (size_t)g.first + g.count;
}

/* The dictionary row of entry ORDINAL; NULL: the index is out of range. */
static inline const uint8_t *
block_dict(const uint8_t *block, uint32_t ordinal)
{
	uint32_t n_dict = le32(block + 12), k = 0;
	size_t width = block_index_bytes(block);

	if (width > 0) {
		const uint8_t *p = block + le32(block + 8) -
		    (block_total(block) - ordinal) * width;

		k = width == 1 ? p[0] : width == 2 ? le16(p) : le32(p);
	}
	return k < n_dict ? block + BLOCK_HEAD + (size_t)k * BLOCK_DICT_ROW
			  : NULL;
}

/* What ROW of the dictionary says of an entry of LEN bits. */
static inline void
block_fill(struct zone_row *ret, const uint8_t *row, uint8_t len)
{
	ret->len = len;
	ret->detail = le32(row);
	ret->code = le32(row + 4);
	ret->until = (int64_t)le64(row + 8);
}
