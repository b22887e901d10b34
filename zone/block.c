/* block.c - many entries in one value. */
#include "zone/block_priv.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/err.h"

#define VERSION 1
/* From how many two-byte keys on the table is used. Below, the keys are two
 * bytes each and a binary search stays within a few cache lines. */
#define TABLE_FROM 64
/* From how many long keys on fences are used: those of fewer are in lines that
 * are fetched together anyway. */
#define FENCES_FROM 48

static size_t
key_bytes(const struct group *g)
{
	return g->form == FORM_TABLE
	    ? BLOCK_TABLE + (size_t)g->count
	    : block_lead(g) + (size_t)g->count * g->klen;
}

size_t
zone_block_key(uint8_t out[7], uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base)
{
	out[0] = (uint8_t)(list >> 8);
	out[1] = (uint8_t)list;
	out[2] = (uint8_t)space;
	memcpy(out + 3, addr, base / 8);
	return 3 + base / 8;
}

int
zone_row_compare(const struct zone_row *a, const struct zone_row *b)
{
	if (a->len != b->len) {
		return a->len > b->len ? -1 : 1;
	}
	return memcmp(a->addr, b->addr, 16);
}

/* ---- packing ----------------------------------------------------------- */

struct dict {
	uint32_t *slots; /* index + 1 into rows; open addressing */
	uint32_t mask;
	uint32_t *row_of; /* first row that showed this detail */
	uint32_t n;
};

/* Number of ROWS[I]'s detail in the dictionary, new if it was not there. */
static uint32_t
dict_add(struct dict *d, const struct zone_row *rows, uint32_t i)
{
	uint32_t h = rows[i].detail * 2654435761u & d->mask;

	for (; d->slots[h] != 0; h = (h + 1) & d->mask) {
		uint32_t k = d->slots[h] - 1;

		if (rows[d->row_of[k]].detail == rows[i].detail) {
			return k;
		}
	}
	d->row_of[d->n] = i;
	d->slots[h] = ++d->n;
	return d->n - 1;
}

static void
encode_keys(const struct zone_row *rows, size_t n, unsigned base,
    const struct group *g, struct buf *b)
{
	if (g->form != FORM_TABLE) {
		for (size_t i = 0; i < n && g->form == FORM_FENCED;
		     i += BLOCK_PAGE) {
			buf_add(b, rows[i].addr + base / 8, BLOCK_FENCE);
		}
		for (size_t i = 0; i < n; i++) {
			buf_add(b, rows[i].addr + base / 8, g->klen);
		}
		return;
	}
	for (size_t h = 0, i = 0; h < 256; h++) {
		while (i < n && rows[i].addr[base / 8] < h) {
			i++;
		}
		buf_le16(b, (unsigned)i);
	}
	for (size_t i = 0; i < n; i++) {
		buf_u8(b, rows[i].addr[base / 8 + 1]);
	}
}

void
zone_block_encode(
    const struct zone_row *rows, size_t n, unsigned base, struct buf *b)
{
	struct dict d = { .mask = 15 };
	struct group groups[129];
	unsigned n_groups = 0, width;
	size_t start = b->len, keys;
	uint32_t *idx;

	while (d.mask + 1 < n * 2) {
		d.mask = d.mask * 2 + 1;
	}
	d.slots = calloc((size_t)d.mask + 1, sizeof(*d.slots));
	d.row_of = malloc((n + 1) * sizeof(*d.row_of));
	idx = malloc((n + 1) * sizeof(*idx));
	if (d.slots == NULL || d.row_of == NULL || idx == NULL) {
		b->bad = true;
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		struct group *g = &groups[n_groups];

		idx[i] = dict_add(&d, rows, (uint32_t)i);
		if (i > 0 && rows[i].len == rows[i - 1].len) {
			g[-1].count++;
			continue;
		}
		*g = (struct group){ .len = rows[i].len,
			.klen = (uint8_t)((rows[i].len - base + 7) / 8),
			.count = 1,
			.first = (uint32_t)i };
		n_groups++;
	}
	width = d.n <= 1 ? 0 : d.n <= 256 ? 1 : d.n <= 65536 ? 2 : 4;
	keys = BLOCK_HEAD + (size_t)d.n * BLOCK_DICT_ROW +
	    (size_t)n_groups * BLOCK_GROUP_ROW;
	for (unsigned i = 0; i < n_groups; i++) {
		groups[i].form =
		    groups[i].klen == 2 && groups[i].count >= TABLE_FROM
		    ? FORM_TABLE
		    : groups[i].len == ZONE_DIGEST_BITS && base == 16
		    ? FORM_EVEN
		    : groups[i].klen >= BLOCK_FENCE &&
			groups[i].count >= FENCES_FROM
		    ? FORM_FENCED
		    : FORM_SORTED;
		groups[i].keys = (uint32_t)keys;
		keys += key_bytes(&groups[i]);
	}
	buf_u8(b, VERSION);
	buf_u8(b, 0);
	buf_u8(b, n_groups);
	buf_u8(b, width);
	buf_le32(b, 0); /* CRC, below */
	buf_le32(b, (uint32_t)(keys + width * n));
	buf_le32(b, d.n);
	for (uint32_t k = 0; k < d.n; k++) {
		const struct zone_row *r = &rows[d.row_of[k]];

		buf_le32(b, r->detail);
		buf_le32(b, r->code);
		buf_le64(b, (uint64_t)r->until);
	}
	for (unsigned i = 0; i < n_groups; i++) {
		const struct group *g = &groups[i];

		buf_u8(b, g->len);
		buf_u8(b, g->form);
		buf_u8(b, g->klen);
		buf_u8(b, 0);
		buf_le32(b, g->count);
		buf_le32(b, g->keys);
		buf_le32(b, g->first);
	}
	for (unsigned i = 0; i < n_groups; i++) {
		encode_keys(rows + groups[i].first, groups[i].count, base,
		    &groups[i], b);
	}
	for (size_t i = 0; i < n && width > 0; i++) {
		uint32_t v = idx[i];
		uint8_t x[4] = { (uint8_t)v, (uint8_t)(v >> 8),
			(uint8_t)(v >> 16), (uint8_t)(v >> 24) };

		buf_add(b, x, width);
	}
	if (!b->bad) {
		uint8_t *p = (uint8_t *)b->data + start;
		struct writer w = writer(p + 4, 4);

		write_le32(&w, crc32c(p + 8, b->len - start - 8));
	}
out:
	free(d.slots);
	free(d.row_of);
	free(idx);
}

/* ---- unpacking --------------------------------------------------------- */

bool
zone_block_check(const uint8_t *block, size_t len)
{
	size_t at, total = 0;
	uint32_t n_dict;

	if (len < BLOCK_HEAD || block[0] != VERSION || block[1] != 0 ||
	    le32(block + 8) != len ||
	    (block[3] != 0 && block[3] != 1 && block[3] != 2 &&
		block[3] != 4) ||
	    le32(block + 4) != crc32c(block + 8, len - 8)) {
		return false;
	}
	n_dict = le32(block + 12);
	if (n_dict == 0 || n_dict > len / BLOCK_DICT_ROW || block[2] == 0) {
		return false;
	}
	at = BLOCK_HEAD + (size_t)n_dict * BLOCK_DICT_ROW +
	    block[2] * (size_t)BLOCK_GROUP_ROW;
	if (at > len) {
		return false;
	}
	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = block_group(block, i);

		if (g.form > FORM_FENCED || g.len > 128 || g.klen > 16 ||
		    (g.form == FORM_TABLE && g.klen != 2) ||
		    (g.form == FORM_EVEN && g.klen < 2) ||
		    (g.form == FORM_FENCED && g.klen < BLOCK_FENCE) ||
		    g.count == 0 || g.count > len ||
		    (g.klen == 0 && g.count != 1) || g.keys != at ||
		    g.first != total ||
		    (i > 0 && block_group(block, i - 1).len <= g.len)) {
			return false;
		}
		at += key_bytes(&g);
		total += g.count;
		if (at > len) {
			return false;
		}
	}
	return len - at == total * block_index_bytes(block);
}

size_t
zone_block_count(const uint8_t *block)
{
	return block_total(block);
}

bool
zone_block_said(
    const uint8_t *block, size_t len, uint32_t i, struct zone_row *ret)
{
	const uint8_t *p;

	if (len < BLOCK_HEAD || i >= le32(block + 12) ||
	    i >= (len - BLOCK_HEAD) / BLOCK_DICT_ROW) {
		return false;
	}
	p = block + BLOCK_HEAD + (size_t)i * BLOCK_DICT_ROW;
	ret->detail = le32(p);
	ret->code = le32(p + 4);
	ret->until = (int64_t)le64(p + 8);
	return true;
}

bool
zone_block_lists(const uint8_t *block)
{
	uint32_t n = le32(block + 12);

	for (uint32_t k = 0; k < n; k++) {
		if (le32(block + BLOCK_HEAD + (size_t)k * BLOCK_DICT_ROW + 4) !=
		    0) {
			return true;
		}
	}
	return false;
}

int
zone_block_decode(const uint8_t *block, unsigned base,
    const uint8_t stretch[16], struct zone_row *rows)
{
	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = block_group(block, i);
		const uint8_t *keys = block + g.keys;

		for (uint32_t at = 0, h = 0; at < g.count; at++) {
			struct zone_row *r = &rows[g.first + at];
			const uint8_t *dict = block_dict(block, g.first + at);

			if (dict == NULL) {
				return ERR_CORRUPT;
			}
			memset(r, 0, sizeof(*r));
			memcpy(r->addr, stretch, base / 8);
			if (g.form != FORM_TABLE) {
				memcpy(r->addr + base / 8,
				    keys + block_lead(&g) + (size_t)at * g.klen,
				    g.klen);
			} else {
				while (h < 255 &&
				    le16(keys + 2 * (size_t)(h + 1)) <= at) {
					h++;
				}
				r->addr[base / 8] = (uint8_t)h;
				r->addr[base / 8 + 1] = keys[BLOCK_TABLE + at];
			}
			block_fill(r, dict, g.len);
		}
	}
	return 0;
}
