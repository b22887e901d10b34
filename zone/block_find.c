/* block_find.c - asking a block.
 *
 * The hot path of every answer. What costs is not the counting of
 * instructions but waiting: for memory, so zone_block_ahead fetches what the
 * search will look at; and for a branch that was guessed wrong, so searching
 * among few keys halves without branches.
 */
#include "base/err.h"
#include "zone/block_priv.h"

#define AHEAD_GROUPS 4 /* of the longest prefixes; few blocks have more */
#define AHEAD_LINES 12 /* of fences; more are had by halves */
#define LINE 64        /* bytes that memory gives at once */

static inline unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline uint64_t
be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* ---- the first key not below the one that is asked ---------------------- */

static inline uint32_t
bound_1(const uint8_t *keys, uint32_t n, unsigned key)
{
	const uint8_t *at = keys;

	while (n > 1) {
		uint32_t half = n / 2;

		at += half & -(uint32_t)(at[half - 1] < key);
		n -= half;
	}
	return (uint32_t)(at - keys) + (n == 1 && *at < key);
}

static inline uint32_t
bound_2(const uint8_t *keys, uint32_t n, unsigned key)
{
	const uint8_t *at = keys;

	while (n > 1) {
		uint32_t half = n / 2;

		at += (2 * half) & -(uint32_t)(be16(at + 2 * half - 2) < key);
		n -= half;
	}
	return (uint32_t)(at - keys) / 2 + (n == 1 && be16(at) < key);
}

static inline bool
below(const uint8_t *a, const uint8_t *b, unsigned klen)
{
	if (klen >= 8) {
		uint64_t x = be64(a), y = be64(b);

		if (x != y) {
			return x < y;
		}
		a += 8;
		b += 8;
		klen -= 8;
	}
	if (klen >= 4) {
		uint32_t x = be32(a), y = be32(b);

		if (x != y) {
			return x < y;
		}
		a += 4;
		b += 4;
		klen -= 4;
	}
	return klen > 0 && memcmp(a, b, klen) < 0;
}

static inline bool
same(const uint8_t *a, const uint8_t *b, unsigned klen)
{
	if (klen >= 8) {
		if (be64(a) != be64(b)) {
			return false;
		}
		a += 8;
		b += 8;
		klen -= 8;
	}
	if (klen >= 4) {
		if (be32(a) != be32(b)) {
			return false;
		}
		a += 4;
		b += 4;
		klen -= 4;
	}
	return klen == 0 || memcmp(a, b, klen) == 0;
}

/* Where KEY would stand, were the keys spread evenly. */
static inline uint32_t
guess(const struct group *g, const uint8_t *key)
{
	return (uint32_t)((uint64_t)be16(key) * g->count >> 16);
}

/* Long keys: from the guess outwards in steps that double, then by halves. So
 * digests, which are spread evenly, cost one or two lines of memory, and what
 * is crowded somewhere costs no more than twice a binary search. */
static uint32_t
bound_long(const uint8_t *keys, const struct group *g, const uint8_t *key)
{
	const unsigned klen = g->klen;
	uint32_t lo = 0, hi = g->count, step = 1, m = guess(g, key);

	if (below(keys + (size_t)m * klen, key, klen)) {
		lo = m + 1;
		while (hi - lo > step) {
			m = lo + step;
			if (!below(keys + (size_t)m * klen, key, klen)) {
				hi = m;
				break;
			}
			lo = m + 1;
			step *= 2;
		}
	} else {
		hi = m;
		while (hi - lo > step) {
			m = hi - step;
			if (below(keys + (size_t)m * klen, key, klen)) {
				lo = m + 1;
				break;
			}
			hi = m;
			step *= 2;
		}
	}
	while (lo < hi) {
		m = lo + (hi - lo) / 2;
		if (below(keys + (size_t)m * klen, key, klen)) {
			lo = m + 1;
		} else {
			hi = m;
		}
	}
	return lo;
}

/* The first of N fences that is not below HEAD. */
static inline uint32_t
bound_fence(const uint8_t *fences, uint32_t n, uint32_t head)
{
	const uint8_t *at = fences;

	while (n > 1) {
		uint32_t half = n / 2;

		at += (BLOCK_FENCE * half) &
		    -(uint32_t)(be32(at + BLOCK_FENCE * (half - 1)) < head);
		n -= half;
	}
	return (uint32_t)(at - fences) / BLOCK_FENCE +
	    (n == 1 && be32(at) < head);
}

/* Long keys behind fences: the page before the first fence that is not below
 * the key, and those behind it whose fences are equal to it. */
static uint32_t
bound_fenced(const uint8_t *fences, const struct group *g, const uint8_t *key)
{
	const uint8_t *keys = fences + block_lead(g);
	uint32_t head = be32(key), n = block_fences(g);
	uint32_t page = bound_fence(fences, n, head), end = page;
	uint32_t lo = page > 0 ? (page - 1) * BLOCK_PAGE : 0, hi;

	if (end < n && be32(fences + BLOCK_FENCE * (size_t)end) == head) {
		end = head == UINT32_MAX ? n : bound_fence(fences, n, head + 1);
	}
	hi = end < n ? end * BLOCK_PAGE : g->count;
	while (lo < hi) {
		uint32_t m = lo + (hi - lo) / 2;

		if (below(keys + (size_t)m * g->klen, key, g->klen)) {
			lo = m + 1;
		} else {
			hi = m;
		}
	}
	return lo;
}

/* The part of a table that has the keys of one first octet; false: damaged. */
static inline bool
table_part(const uint8_t *keys, const struct group *g, unsigned octet,
    uint32_t *ret_lo, uint32_t *ret_hi)
{
	uint32_t lo = le16(keys + 2 * (size_t)octet);
	/* the end of a full block's last part does not fit 16 bits */
	uint32_t hi =
	    octet == 255 ? g->count : le16(keys + 2 * (size_t)octet + 2);

	*ret_lo = lo;
	*ret_hi = hi;
	return lo <= hi && hi <= g->count;
}

/* The first key of G that is not below KEY (its klen bytes, cut to the
 * group's length); false: damaged. */
static inline bool
bound(const uint8_t *keys, const struct group *g, const uint8_t *key,
    uint32_t *ret_at)
{
	uint32_t lo, hi;

	if (g->form == FORM_TABLE) {
		if (!table_part(keys, g, key[0], &lo, &hi)) {
			return false;
		}
		*ret_at =
		    lo + bound_1(keys + BLOCK_TABLE + lo, hi - lo, key[1]);
	} else if (g->form == FORM_FENCED) {
		*ret_at = bound_fenced(keys, g, key);
	} else if (g->klen == 1) {
		*ret_at = bound_1(keys, g->count, key[0]);
	} else if (g->klen == 2) {
		*ret_at = bound_2(keys, g->count, be16(key));
	} else {
		*ret_at = g->klen == 0 ? 0 : bound_long(keys, g, key);
	}
	return true;
}

/* Does the key at AT of G, which bound gave, equal KEY? */
static inline bool
key_is(
    const uint8_t *keys, const struct group *g, uint32_t at, const uint8_t *key)
{
	uint32_t lo, hi;

	if (at >= g->count) {
		return false;
	}
	if (g->form == FORM_TABLE) {
		return table_part(keys, g, key[0], &lo, &hi) && at < hi &&
		    keys[BLOCK_TABLE + at] == key[1];
	}
	if (g->klen == 1) {
		return keys[at] == key[0];
	}
	if (g->klen == 2) {
		return be16(keys + 2 * (size_t)at) == be16(key);
	}
	return same(keys + block_lead(g) + (size_t)at * g->klen, key, g->klen);
}

/* ---- questions --------------------------------------------------------- */

/* The first BITS bits of eight octets, 64 at most. */
static inline uint64_t
mask(unsigned bits)
{
	uint64_t m = bits == 0 ? 0 : ~UINT64_C(0) << (64 - bits);

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	m = __builtin_bswap64(m);
#endif
	return m;
}

/* ADDR without what stands behind its first LEN bits, 128 at most. */
static inline void
cut(uint8_t out[16], const uint8_t addr[16], unsigned len)
{
	uint64_t half[2];

	memcpy(half, addr, 16);
	half[0] &= mask(len < 64 ? len : 64);
	half[1] &= mask(len > 64 ? len - 64 : 0);
	memcpy(out, half, 16);
}

int
zone_block_find_within(const uint8_t *block, unsigned base,
    const uint8_t addr[16], unsigned maxlen, int64_t now, struct zone_row *ret)
{
	unsigned n_groups = block_groups(block);

	for (unsigned i = 0; i < n_groups; i++) {
		struct group g = block_group(block, i);
		const uint8_t *keys = block + g.keys;
		uint8_t whole[32] = { 0 }, *key = whole + base / 8;
		uint32_t at;

		if (g.len > maxlen) {
			continue;
		}
		cut(whole, addr, g.len);
		if (!bound(keys, &g, key, &at)) {
			return ERR_CORRUPT;
		}
		/* only digests can have several rows of one key */
		for (; key_is(keys, &g, at, key); at++) {
			const uint8_t *dict = block_dict(block, g.first + at);

			if (dict == NULL) {
				return ERR_CORRUPT;
			}
			block_fill(ret, dict, g.len);
			if (ret->until == 0 || ret->until > now) {
				memcpy(ret->addr, whole, 16);
				return 1;
			}
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

static void
ahead_fenced(
    const uint8_t *fences, const struct group *g, const uint8_t *key, bool deep)
{
	size_t lead = block_lead(g), page;
	const uint8_t *p;

	if (!deep) {
		for (size_t at = 0; at < lead && at < AHEAD_LINES * LINE;
		     at += LINE) {
			__builtin_prefetch(fences + at);
		}
		return;
	}
	page = bound_fence(fences, block_fences(g), be32(key));
	p = fences + lead +
	    (page > 0 ? page - 1 : 0) * BLOCK_PAGE * (size_t)g->klen;
	for (size_t at = 0; at <= BLOCK_PAGE * (size_t)g->klen; at += LINE) {
		__builtin_prefetch(p + at);
	}
}

void
zone_block_ahead(
    const uint8_t *block, unsigned base, const uint8_t addr[16], bool deep)
{
	unsigned n_groups = block_groups(block);
	const uint8_t *key = addr + base / 8;

	for (unsigned i = 0; i < n_groups && i < AHEAD_GROUPS; i++) {
		struct group g = block_group(block, i);
		const uint8_t *keys = block + g.keys;
		uint32_t lo, hi;

		if (g.form == FORM_TABLE) {
			if (!deep) {
				__builtin_prefetch(keys + 2 * (size_t)key[0]);
			} else if (table_part(keys, &g, key[0], &lo, &hi)) {
				__builtin_prefetch(keys + BLOCK_TABLE + lo);
			}
		} else if (g.form == FORM_FENCED) {
			ahead_fenced(keys, &g, key, deep);
		} else if (deep || g.klen == 0) {
			continue;
		} else if (g.klen == 1) {
			__builtin_prefetch(
			    keys + ((size_t)key[0] * g.count >> 8));
		} else {
			const uint8_t *p = keys + guess(&g, key) * g.klen;

			__builtin_prefetch(p);
			__builtin_prefetch(p + LINE);
		}
	}
}

int
zone_block_exact(const uint8_t *block, unsigned base, const uint8_t addr[16],
    unsigned len, struct zone_row *ret)
{
	for (unsigned i = 0; i < block_groups(block); i++) {
		struct group g = block_group(block, i);
		const uint8_t *keys = block + g.keys, *dict;
		uint8_t whole[32] = { 0 }, *key = whole + base / 8;
		uint32_t at;

		if (g.len != len) {
			continue;
		}
		memcpy(whole, addr, 16);
		if (!bound(keys, &g, key, &at)) {
			return ERR_CORRUPT;
		}
		if (!key_is(keys, &g, at, key)) {
			return 0;
		}
		dict = block_dict(block, g.first + at);
		if (dict == NULL) {
			return ERR_CORRUPT;
		}
		block_fill(ret, dict, g.len);
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
		memcpy(
		    out, keys + block_lead(g) + (size_t)at * g->klen, g->klen);
		return;
	}
	/* the last high octet whose start is not behind AT */
	for (unsigned step = 128; step > 0; step /= 2) {
		if (le16(keys + 2 * (size_t)(h + step)) <= at) {
			h += step;
		}
	}
	out[0] = (uint8_t)h;
	out[1] = keys[BLOCK_TABLE + at];
}

int
zone_block_next(const uint8_t *block, unsigned base, const uint8_t from[16],
    uint8_t ret[16])
{
	bool found = false;

	for (unsigned i = 0; i < block_groups(block); i++) {
		struct group g = block_group(block, i);
		const uint8_t *keys = block + g.keys;
		uint8_t whole[32] = { 0 }, start[32] = { 0 };
		uint32_t at;

		memcpy(start, from, base / 8);
		cut(whole, from, g.len);
		if (!bound(keys, &g, whole + base / 8, &at)) {
			return ERR_CORRUPT;
		}
		/* the first key's own start lies before FROM when FROM has
		 * bits behind the group's length */
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
