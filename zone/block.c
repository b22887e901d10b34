/* block.c - many entries in one value. */
#include "zone/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/err.h"

/* Header, dictionary, groups, keys, indexes: doc/FORMATS, "block". */
#define VERSION 1
#define HEAD 16
#define DICT_ROW 16
#define GROUP_ROW 16

enum form {
	FORM_SORTED, /* keys of klen bytes, ascending */
	FORM_TABLE,  /* two-byte keys: 256 starts, then low octets */
	FORM_EVEN,   /* as sorted, and spread evenly: digests */
};
#define TABLE_BYTES 512
/* From how many two-byte keys on the table is used. Below, the keys are two
 * bytes each and a binary search stays within a few cache lines. */
#define TABLE_FROM 64

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

static inline struct group
group_at(const uint8_t *block, unsigned i)
{
	const uint8_t *p =
	    block + HEAD + (size_t)le32(block + 12) * DICT_ROW + i * GROUP_ROW;

	return (struct group){ p[0], p[1], p[2], le32(p + 4), le32(p + 8),
		le32(p + 12) };
}

static size_t
index_bytes(const uint8_t *block)
{
	return block[3];
}

static size_t
key_bytes(const struct group *g)
{
	return g->form == FORM_TABLE ? TABLE_BYTES + (size_t)g->count
				     : (size_t)g->count * g->klen;
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
	keys = HEAD + (size_t)d.n * DICT_ROW + (size_t)n_groups * GROUP_ROW;
	for (unsigned i = 0; i < n_groups; i++) {
		groups[i].form =
		    groups[i].klen == 2 && groups[i].count >= TABLE_FROM
		    ? FORM_TABLE
		    : groups[i].len == ZONE_DIGEST_BITS && base == 16
		    ? FORM_EVEN
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

/* ---- asking ------------------------------------------------------------ */

bool
zone_block_check(const uint8_t *block, size_t len)
{
	size_t at, total = 0;
	uint32_t n_dict;

	if (len < HEAD || block[0] != VERSION || block[1] != 0 ||
	    le32(block + 8) != len ||
	    (block[3] != 0 && block[3] != 1 && block[3] != 2 &&
		block[3] != 4) ||
	    le32(block + 4) != crc32c(block + 8, len - 8)) {
		return false;
	}
	n_dict = le32(block + 12);
	if (n_dict == 0 || n_dict > len / DICT_ROW || block[2] == 0) {
		return false;
	}
	at = HEAD + (size_t)n_dict * DICT_ROW + block[2] * (size_t)GROUP_ROW;
	if (at > len) {
		return false;
	}
	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = group_at(block, i);

		if (g.form > FORM_EVEN || g.len > 128 || g.klen > 16 ||
		    (g.form == FORM_TABLE && g.klen != 2) ||
		    (g.form == FORM_EVEN && g.klen < 2) || g.count == 0 ||
		    g.count > len || (g.klen == 0 && g.count != 1) ||
		    g.keys != at || g.first != total ||
		    (i > 0 && group_at(block, i - 1).len <= g.len)) {
			return false;
		}
		at += key_bytes(&g);
		total += g.count;
		if (at > len) {
			return false;
		}
	}
	return len - at == total * index_bytes(block);
}

size_t
zone_block_count(const uint8_t *block)
{
	struct group g = group_at(block, block[2] - 1u);

	return (size_t)g.first + g.count;
}

bool
zone_block_lists(const uint8_t *block)
{
	uint32_t n = le32(block + 12);

	for (uint32_t k = 0; k < n; k++) {
		if (le32(block + HEAD + (size_t)k * DICT_ROW + 4) != 0) {
			return true;
		}
	}
	return false;
}

/* Cut KEY (a group's klen bytes from ADDR) to the group's length. */
static inline void
mask_key(uint8_t key[16], const uint8_t *from, const struct group *g)
{
	memcpy(key, from, g->klen);
	if (g->len % 8 != 0) {
		key[g->klen - 1] &= (uint8_t)(0xff00 >> g->len % 8);
	}
}

/* Index of the first key >= KEY in a sorted group. */
static inline uint32_t
lower_bound(const uint8_t *keys, const struct group *g, const uint8_t *key)
{
	uint32_t lo = 0, n = g->count;

	if (g->klen == 1) { /* short ones without a call */
		while (n > 0) {
			uint32_t half = n / 2;

			if (keys[lo + half] < key[0]) {
				lo += half + 1;
				n -= half + 1;
			} else {
				n = half;
			}
		}
		return lo;
	}
	if (g->klen == 2) {
		unsigned want = (unsigned)key[0] << 8 | key[1];

		while (n > 0) {
			uint32_t half = n / 2;
			const uint8_t *p = keys + 2 * (size_t)(lo + half);

			if (((unsigned)p[0] << 8 | p[1]) < want) {
				lo += half + 1;
				n -= half + 1;
			} else {
				n = half;
			}
		}
		return lo;
	}
	while (n > 0) {
		uint32_t half = n / 2;

		if (memcmp(keys + (size_t)(lo + half) * g->klen, key, g->klen) <
		    0) {
			lo += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return lo;
}

/* Digests are spread evenly, so the place is near its share of the range:
 * one or two cache lines instead of a binary search's ten. */
static inline uint32_t
lower_bound_even(const uint8_t *keys, const struct group *g, const uint8_t *key)
{
	uint32_t n = g->count;
	uint32_t at =
	    (uint32_t)(((uint64_t)((unsigned)key[0] << 8 | key[1]) * n) >> 16);

	while (at > 0 &&
	    memcmp(keys + (size_t)(at - 1) * g->klen, key, g->klen) >= 0) {
		at--;
	}
	while (
	    at < n && memcmp(keys + (size_t)at * g->klen, key, g->klen) < 0) {
		at++;
	}
	return at;
}

/* Index of the first key >= KEY of a table group; ERR_CORRUPT as UINT32_MAX. */
static inline uint32_t
lower_bound_table(
    const uint8_t *keys, const struct group *g, const uint8_t *key)
{
	uint32_t lo = le16(keys + 2 * (size_t)key[0]);
	uint32_t hi =
	    key[0] == 255 ? g->count : le16(keys + 2 * (size_t)key[0] + 2);
	const uint8_t *low = keys + TABLE_BYTES;

	/* the last start of a full block does not fit 16 bits as an end */
	if (hi > g->count || lo > hi) {
		return UINT32_MAX;
	}
	while (lo < hi) {
		uint32_t m = (lo + hi) / 2;

		if (low[m] < key[1]) {
			lo = m + 1;
		} else {
			hi = m;
		}
	}
	return lo;
}

static inline uint32_t
search(const uint8_t *keys, const struct group *g, const uint8_t *key)
{
	return g->form == FORM_TABLE ? lower_bound_table(keys, g, key)
	    : g->form == FORM_EVEN   ? lower_bound_even(keys, g, key)
				     : lower_bound(keys, g, key);
}

/* Does the key at AT of G equal KEY? */
static inline bool
key_is(
    const uint8_t *keys, const struct group *g, uint32_t at, const uint8_t *key)
{
	if (at >= g->count) {
		return false;
	}
	if (g->form == FORM_TABLE) {
		uint32_t end =
		    key[0] == 255 ? g->count : le16(keys + 2 * key[0] + 2);

		return at < end && keys[TABLE_BYTES + at] == key[1];
	}
	if (g->klen == 1) {
		return keys[at] == key[0];
	}
	if (g->klen == 2) {
		return keys[2 * (size_t)at] == key[0] &&
		    keys[2 * (size_t)at + 1] == key[1];
	}
	return memcmp(keys + (size_t)at * g->klen, key, g->klen) == 0;
}

/* The dictionary row of entry ORDINAL; NULL: the index is out of range. */
static inline const uint8_t *
dict_row(const uint8_t *block, uint32_t ordinal)
{
	uint32_t n_dict = le32(block + 12), k = 0;
	size_t width = index_bytes(block);

	if (width > 0) {
		const uint8_t *p = block + le32(block + 8) -
		    (zone_block_count(block) - ordinal) * width;

		k = width == 1 ? p[0] : width == 2 ? le16(p) : le32(p);
	}
	return k < n_dict ? block + HEAD + (size_t)k * DICT_ROW : NULL;
}

static inline void
fill(struct zone_row *ret, const uint8_t *dict, const struct group *g)
{
	ret->len = g->len;
	ret->detail = le32(dict);
	ret->code = le32(dict + 4);
	ret->until = (int64_t)le64(dict + 8);
}

int
zone_block_find_within(const uint8_t *block, unsigned base,
    const uint8_t addr[16], unsigned maxlen, int64_t now, struct zone_row *ret)
{
	unsigned n_groups = block[2];

	for (unsigned i = 0; i < n_groups; i++) {
		struct group g = group_at(block, i);
		const uint8_t *keys = block + g.keys;
		uint8_t key[16];
		uint32_t at;

		if (g.len > maxlen) {
			continue;
		}
		mask_key(key, addr + base / 8, &g);
		at = search(keys, &g, key);
		/* only digests can have several rows of one key */
		for (; key_is(keys, &g, at, key); at++) {
			const uint8_t *dict = dict_row(block, g.first + at);

			if (dict == NULL) {
				return ERR_CORRUPT;
			}
			fill(ret, dict, &g);
			if (ret->until == 0 || ret->until > now) {
				memset(ret->addr, 0, 16);
				memcpy(ret->addr, addr, base / 8);
				memcpy(ret->addr + base / 8, key, g.klen);
				return 1;
			}
		}
		if (at == UINT32_MAX) {
			return ERR_CORRUPT;
		}
	}
	return 0;
}

int
zone_block_find(const uint8_t *block, unsigned base, const uint8_t addr[16],
    int64_t now, struct zone_row *ret)
{
	return zone_block_find_within(block, base, addr, 128, now, ret);
}

void
zone_block_ahead(const uint8_t *block, unsigned base, const uint8_t addr[16])
{
	struct group g = group_at(block, 0);
	const uint8_t *key = addr + base / 8;
	size_t at = 0;

	if (g.form == FORM_TABLE) {
		at = 2 * (size_t)key[0];
	} else if (g.form == FORM_EVEN) {
		at = ((uint64_t)((unsigned)key[0] << 8 | key[1]) * g.count >>
			 16) *
		    g.klen;
	} else {
		at = (size_t)g.count / 2 * g.klen;
	}
	__builtin_prefetch(block + g.keys + at);
}

int
zone_block_exact(const uint8_t *block, unsigned base, const uint8_t addr[16],
    unsigned len, struct zone_row *ret)
{
	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = group_at(block, i);
		const uint8_t *dict;
		uint32_t at;

		if (g.len != len) {
			continue;
		}
		at = search(block + g.keys, &g, addr + base / 8);
		if (!key_is(block + g.keys, &g, at, addr + base / 8)) {
			return at == UINT32_MAX ? ERR_CORRUPT : 0;
		}
		dict = dict_row(block, g.first + at);
		if (dict == NULL) {
			return ERR_CORRUPT;
		}
		fill(ret, dict, &g);
		memcpy(ret->addr, addr, 16);
		return 1;
	}
	return 0;
}

/* Key AT of G into OUT. */
static void
key_at(const uint8_t *keys, const struct group *g, uint32_t at, uint8_t *out)
{
	unsigned h = 0;

	if (g->form != FORM_TABLE) {
		memcpy(out, keys + (size_t)at * g->klen, g->klen);
		return;
	}
	/* the last high octet whose start is not behind AT */
	for (unsigned step = 128; step > 0; step /= 2) {
		if (le16(keys + 2 * (size_t)(h + step)) <= at) {
			h += step;
		}
	}
	out[0] = (uint8_t)h;
	out[1] = keys[TABLE_BYTES + at];
}

int
zone_block_next(const uint8_t *block, unsigned base, const uint8_t from[16],
    uint8_t ret[16])
{
	bool found = false;

	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = group_at(block, i);
		const uint8_t *keys = block + g.keys;
		uint8_t key[16], start[16] = { 0 };
		uint32_t at;

		memcpy(start, from, base / 8);
		mask_key(key, from + base / 8, &g);
		at = search(keys, &g, key);
		if (at == UINT32_MAX) {
			return ERR_CORRUPT;
		}
		/* KEY's own start lies before FROM when FROM has bits behind
		 * the group's length */
		for (; at < g.count; at++) {
			key_at(keys, &g, at, start + base / 8);
			if (memcmp(start, from, 16) >= 0) {
				break;
			}
		}
		if (at < g.count && (!found || memcmp(start, ret, 16) < 0)) {
			memcpy(ret, start, 16);
			found = true;
		}
	}
	return found;
}

int
zone_block_decode(const uint8_t *block, unsigned base,
    const uint8_t stretch[16], struct zone_row *rows)
{
	for (unsigned i = 0; i < block[2]; i++) {
		struct group g = group_at(block, i);
		const uint8_t *keys = block + g.keys;

		for (uint32_t at = 0, h = 0; at < g.count; at++) {
			struct zone_row *r = &rows[g.first + at];
			const uint8_t *dict = dict_row(block, g.first + at);

			if (dict == NULL) {
				return ERR_CORRUPT;
			}
			memset(r, 0, sizeof(*r));
			memcpy(r->addr, stretch, base / 8);
			if (g.form != FORM_TABLE) {
				memcpy(r->addr + base / 8,
				    keys + (size_t)at * g.klen, g.klen);
			} else {
				while (h < 255 &&
				    le16(keys + 2 * (size_t)(h + 1)) <= at) {
					h++;
				}
				r->addr[base / 8] = (uint8_t)h;
				r->addr[base / 8 + 1] = keys[TABLE_BYTES + at];
			}
			fill(r, dict, &g);
		}
	}
	return 0;
}
