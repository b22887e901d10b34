/* expand_ip.c - prefixes and holes as names, stretch by stretch.
 *
 * A stretch is what one block holds: a /16, or a /32 of IPv6. Names of one do
 * not depend on another's, since no wildcard stands above it.
 */
#include "zone/expand_ip.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static unsigned
step_of(enum zone_space space)
{
	return space == ZONE_SPACE_V4 ? 8 : 4;
}

/* Number of the child that ADDR is in, below a node of BITS bits. */
static unsigned
child_of(enum zone_space space, const uint8_t addr[16], unsigned bits)
{
	uint8_t b = addr[bits / 8];

	return space == ZONE_SPACE_V4 ? b : bits % 8 == 0 ? b >> 4 : b & 15;
}

static void
set_child(
    enum zone_space space, uint8_t addr[16], unsigned bits, unsigned child)
{
	uint8_t *b = &addr[bits / 8];

	if (space == ZONE_SPACE_V4) {
		*b = (uint8_t)child;
	} else if (bits % 8 == 0) {
		*b = (uint8_t)((*b & 15) | child << 4);
	} else {
		*b = (uint8_t)((*b & 0xf0) | child);
	}
}

/* ---- names -------------------------------------------------------------- */

/* The labels of the first BITS bits of ADDR, last first, behind a "*" for a
 * wildcard. Returns their length. */
static size_t
put_owner(enum zone_space space, const uint8_t addr[16], unsigned bits,
    bool wildcard, uint8_t out[80])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *at = out;

	if (wildcard) {
		*at++ = 1;
		*at++ = '*';
	}
	for (unsigned i = bits; i > 0;) {
		if (space == ZONE_SPACE_V4) {
			unsigned v = addr[(i -= 8) / 8];
			unsigned n = v > 99 ? 3 : v > 9 ? 2 : 1;

			*at++ = (uint8_t)n;
			if (n > 2) {
				*at++ = (uint8_t)('0' + v / 100);
			}
			if (n > 1) {
				*at++ = (uint8_t)('0' + v / 10 % 10);
			}
			*at++ = (uint8_t)('0' + v % 10);
		} else {
			i -= 4;
			*at++ = 1;
			*at++ = (uint8_t)
			    digits[i % 8 == 0 ? addr[i / 8] >> 4
					      : addr[i / 8] & 15];
		}
	}
	return (size_t)(at - out);
}

static int
say(struct zone_expand *x, enum zone_space space, const uint8_t addr[16],
    unsigned bits, const struct expand_hit *hits)
{
	struct net_ip ip = { .bits = (uint8_t)bits_of(space) };
	bool wildcard = bits < ip.bits;
	char key[NET_IP_TEXT];
	uint8_t owner[80];
	size_t len = put_owner(space, addr, bits, wildcard, owner);

	memcpy(ip.bytes, addr, 16);
	return expand_say(x, owner, len, hits, net_ip_format(key, &ip));
}

/* May a wildcard stand below the node of BITS bits? Not where its labels could
 * be nibbles. */
static bool
may_stand(enum zone_space space, const uint8_t addr[16], unsigned bits)
{
	if (space != ZONE_SPACE_V4) {
		return true;
	}
	for (unsigned i = 0; i < bits / 8; i++) {
		if (addr[i] > 9) {
			return true;
		}
	}
	return false;
}

/* Everything below the node of BITS bits is HITS. ADDR is zero behind them,
 * and so again at the end. */
static int
say_all(struct zone_expand *x, enum zone_space space, uint8_t addr[16],
    unsigned bits, const struct expand_hit *hits)
{
	unsigned step = step_of(space);
	int r = 0;

	if (bits == bits_of(space) || may_stand(space, addr, bits)) {
		return say(x, space, addr, bits, hits);
	}
	for (unsigned c = 0; c < 1u << step && r == 0; c++) {
		set_child(space, addr, bits, c);
		r = say_all(x, space, addr, bits + step, hits);
	}
	set_child(space, addr, bits, 0);
	return r;
}

/* ---- the tree ----------------------------------------------------------- */

struct node {
	enum zone_space space;
	unsigned bits, level;
	uint8_t addr[16];
	const struct expand_hit *base; /* of each list, around the node */
	uint32_t lo[EXPAND_LISTS], hi[EXPAND_LISTS]; /* rows within */
};

static int walk(struct zone_expand *x, const struct node *n);

static struct expand_hit
hit_of(const struct expand_row *row)
{
	return (struct expand_hit){ row->code, row->detail, row->len };
}

static bool
same_hits(const struct zone_expand *x, const struct expand_hit *a,
    const struct expand_hit *b)
{
	for (unsigned k = 0; k < x->n_lists; k++) {
		if (a[k].code != b[k].code ||
		    (a[k].code != 0 &&
			(a[k].detail != b[k].detail ||
			    a[k].depth != b[k].depth))) {
			return false;
		}
	}
	return true;
}

/* One child: all of it HITS, but for the rows from LO to HI of each list. */
static int
walk_child(struct zone_expand *x, const struct node *n, unsigned c,
    const struct expand_hit *hits, const uint32_t *lo, const uint32_t *hi)
{
	struct node child = { .space = n->space,
		.bits = n->bits + step_of(n->space),
		.level = n->level + 1,
		.base = hits };
	bool deeper = false;

	memcpy(child.addr, n->addr, 16);
	set_child(n->space, child.addr, n->bits, c);
	for (unsigned k = 0; k < x->n_lists; k++) {
		child.lo[k] = lo[k];
		child.hi[k] = hi[k];
		deeper = deeper || lo[k] < hi[k];
	}
	if (deeper) {
		return walk(x, &child);
	}
	return expand_any(x, hits)
	    ? say_all(x, n->space, child.addr, child.bits, hits)
	    : 0;
}

/* Nothing covers the node, and each row within is a child or lies in one: the
 * usual case, in which only what is there is looked at. */
static int
walk_sparse(struct zone_expand *x, const struct node *n)
{
	unsigned below = n->bits + step_of(n->space);
	uint32_t at[EXPAND_LISTS], lo[EXPAND_LISTS], hi[EXPAND_LISTS];
	struct expand_hit hits[EXPAND_LISTS];
	int r = 0;

	memcpy(at, n->lo, sizeof(at));
	while (r == 0) {
		unsigned c = UINT_MAX;

		for (unsigned k = 0; k < x->n_lists; k++) {
			if (at[k] < n->hi[k]) {
				unsigned own = child_of(n->space,
				    x->rows[k].at[at[k]].addr, n->bits);

				c = own < c ? own : c;
			}
		}
		if (c == UINT_MAX) {
			return 0;
		}
		for (unsigned k = 0; k < x->n_lists; k++) {
			const struct expand_row *rows = x->rows[k].at;

			hits[k] = (struct expand_hit){ 0 };
			if (at[k] < n->hi[k] && rows[at[k]].len == below &&
			    child_of(n->space, rows[at[k]].addr, n->bits) ==
				c) {
				hits[k] = hit_of(&rows[at[k]++]);
			}
			lo[k] = at[k];
			while (at[k] < n->hi[k] &&
			    child_of(n->space, rows[at[k]].addr, n->bits) ==
				c) {
				at[k]++;
			}
			hi[k] = at[k];
		}
		r = walk_child(x, n, c, hits, lo, hi);
	}
	return r;
}

/* Fill what each child has from its side: hits, and rows within. */
static void
spread(struct zone_expand *x, const struct node *n, struct expand_level *l)
{
	unsigned step = step_of(n->space), fan = 1u << step;
	unsigned below = n->bits + step, lists = x->n_lists;

	for (unsigned c = 0; c < fan; c++) {
		memcpy(l->hits + c * lists, n->base,
		    lists * sizeof(*l->hits));
	}
	memset(l->lo, 0, fan * lists * sizeof(*l->lo));
	memset(l->hi, 0, fan * lists * sizeof(*l->hi));
	for (unsigned k = 0; k < lists; k++) {
		for (uint32_t i = n->lo[k]; i < n->hi[k]; i++) {
			const struct expand_row *row = &x->rows[k].at[i];
			unsigned c = child_of(n->space, row->addr, n->bits);

			if (row->len > below) {
				if (l->hi[c * lists + k] == 0) {
					l->lo[c * lists + k] = i;
				}
				l->hi[c * lists + k] = i + 1;
				continue;
			}
			/* wider ones come before what lies within them */
			for (unsigned e = c + (1u << (below - row->len));
			     c < e; c++) {
				l->hits[c * lists + k] = hit_of(row);
			}
		}
	}
}

static int
walk_dense(struct zone_expand *x, const struct node *n)
{
	struct expand_level *l = &x->levels[n->level];
	unsigned step = step_of(n->space), fan = 1u << step;
	unsigned lists = x->n_lists;
	bool wild = expand_any(x, n->base) &&
	    may_stand(n->space, n->addr, n->bits);
	int r = 0;

	spread(x, n, l);
	/* first what has rows within: such a child exists when any of it is
	 * listed, and then no wildcard reaches into it */
	for (unsigned c = 0; c < fan && r == 0; c++) {
		const struct expand_hit *hits = l->hits + c * lists;
		uint64_t names = x->report.names;
		bool deeper = false;

		for (unsigned k = 0; k < lists; k++) {
			deeper = deeper || l->hi[c * lists + k] > 0;
		}
		if (deeper) {
			r = walk_child(x, n, c, hits, l->lo + c * lists,
			    l->hi + c * lists);
			wild = wild && x->report.names > names;
		} else {
			wild = wild && expand_any(x, hits);
		}
	}
	if (wild && r == 0) {
		r = say(x, n->space, n->addr, n->bits, n->base);
	}
	for (unsigned c = 0; c < fan && r == 0; c++) {
		const struct expand_hit *hits = l->hits + c * lists;
		bool deeper = false;

		for (unsigned k = 0; k < lists; k++) {
			deeper = deeper || l->hi[c * lists + k] > 0;
		}
		if (!deeper && !(wild && same_hits(x, hits, n->base))) {
			uint32_t none[EXPAND_LISTS] = { 0 };

			r = walk_child(x, n, c, hits, none, none);
		}
	}
	return r;
}

static int
walk(struct zone_expand *x, const struct node *n)
{
	unsigned below = n->bits + step_of(n->space);
	bool sparse = !expand_any(x, n->base);

	for (unsigned k = 0; k < x->n_lists && sparse; k++) {
		for (uint32_t i = n->lo[k]; i < n->hi[k] && sparse; i++) {
			sparse = x->rows[k].at[i].len >= below;
		}
	}
	return sparse ? walk_sparse(x, n) : walk_dense(x, n);
}

/* ---- stretches ---------------------------------------------------------- */

void
expand_ip_free(struct zone_expand *x)
{
	for (unsigned k = 0; k < EXPAND_LISTS; k++) {
		free_rows(&x->rows[k]);
		free_rows(&x->wide[k]);
	}
	for (unsigned i = 0; i < EXPAND_LEVELS; i++) {
		free(x->levels[i].hits);
		free(x->levels[i].lo);
		free(x->levels[i].hi);
	}
}

static int
make_levels(struct zone_expand *x)
{
	for (unsigned i = 0; i < EXPAND_LEVELS && x->levels[i].hi == NULL;
	     i++) {
		/* IPv4 has two levels, of 256; IPv6 16 a level */
		size_t n = (i < 2 ? 256u : 16u) * (size_t)x->n_lists;
		struct expand_level *l = &x->levels[i];

		l->hits = calloc(n, sizeof(*l->hits));
		l->lo = calloc(n, sizeof(*l->lo));
		l->hi = calloc(n, sizeof(*l->hi));
		if (l->hits == NULL || l->lo == NULL || l->hi == NULL) {
			return ERR_NOMEM;
		}
	}
	return 0;
}

int
expand_ip_begin(struct zone_expand *x, enum zone_space space)
{
	static const uint8_t zero[16];
	int r = make_levels(x);

	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		free_rows(&x->wide[k]);
		if (x->lists[k].state == 1) {
			r = expand_load_block(x, k, space, zero, 0, &x->wide[k]);
			r = r == 1 ? 0 : r;
		}
		if (r == 0 && x->then) {
			r = expand_turn_back(x, k, bits_of(space), zero, 0, 0,
			    base_of(space) - 1, &x->wide[k]);
		}
	}
	memset(x->next, 0, sizeof(x->next));
	x->next_over = false;
	return r;
}

int
expand_ip_stretch(
    struct zone_expand *x, enum zone_space space, const uint8_t addr[16])
{
	unsigned base = base_of(space);
	struct expand_hit hits[EXPAND_LISTS] = { { 0 } };
	struct node n = { .space = space, .bits = base, .base = hits };
	bool deeper = false;
	int r = 0;

	memcpy(n.addr, addr, base / 8);
	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		struct expand_rows *rows = &x->rows[k];
		uint32_t i = 0;

		for (size_t w = 0; w < x->wide[k].n; w++) {
			const struct expand_row *row = &x->wide[k].at[w];

			if (same_bits(row->addr, n.addr, row->len)) {
				hits[k] = hit_of(row); /* narrower ones later */
			}
		}
		free_rows(rows);
		if (x->lists[k].state == 1) {
			r = expand_load_block(x, k, space, n.addr, base, rows);
			r = r == 1 ? 0 : r;
		}
		if (r == 0 && x->then) {
			r = expand_turn_back(x, k, bits_of(space), n.addr, base, base,
			    128, rows);
		}
		if (r == 0 && same_bits(n.addr,
				  expand_test_in[space != ZONE_SPACE_V4], base)) {
			r = expand_add_tests(x, k, space);
		}
		if (r == 0 && rows->n > 0 && rows->at[0].len == base) {
			hits[k] = hit_of(&rows->at[i++]);
		}
		n.lo[k] = i;
		n.hi[k] = (uint32_t)rows->n;
		deeper = deeper || i < rows->n;
	}
	if (r != 0) {
		return r;
	}
	if (deeper) {
		return walk(x, &n);
	}
	return expand_any(x, hits) ? say_all(x, space, n.addr, base, hits) : 0;
}

/* A wide prefix of IPv6 is a wildcard for each /32 in it: is that too many,
 * before anything is made? Overlaps are few, and counted twice. */
int
expand_ip_fits(struct zone_expand *x)
{
	static const uint8_t zero[16];
	unsigned base = base_of(ZONE_SPACE_V6);
	uint64_t sum = 0;
	int r = 0;

	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		struct expand_rows rows = { 0 };

		if (x->lists[k].state == 1) {
			r = expand_load_block(x, k, ZONE_SPACE_V6, zero, 0, &rows);
			r = r == 1 ? 0 : r;
		}
		for (size_t i = 0; i < rows.n; i++) {
			if (rows.at[i].code != 0) {
				sum += UINT64_C(2) << (base - rows.at[i].len);
			}
		}
		free_rows(&rows);
	}
	x->report.ended = 0; /* they are counted on the way */
	return r < 0 ? r : sum > ZONE_EXPAND_MAX ? ERR_RANGE : 0;
}

/* ---- one after the other ------------------------------------------------ */

/* Lower BEST to ADDR when that is a stretch not before x->next. */
static void
offer(const struct zone_expand *x, unsigned base, const uint8_t addr[16],
    uint8_t best[16], bool *found)
{
	if (memcmp(addr, x->next, base / 8) >= 0 &&
	    (!*found || memcmp(addr, best, base / 8) < 0)) {
		memcpy(best, addr, base / 8);
		*found = true;
	}
}

/* The first stretch from x->next on that may hold names. */
static int
next_stretch(struct zone_expand *x, enum zone_space space, uint8_t best[16])
{
	unsigned base = base_of(space);
	bool found = false;
	int r = 0;

	memset(best, 0, 16);
	offer(x, base, expand_test_in[space != ZONE_SPACE_V4], best, &found);
	for (unsigned k = 0; k < x->n_lists; k++) {
		struct zone_cursor *c = NULL;
		struct zone_bytes key, value;
		uint8_t from[7];
		size_t n;

		for (size_t w = 0; w < x->wide[k].n; w++) {
			const struct expand_row *row = &x->wide[k].at[w];
			bool in = same_bits(row->addr, x->next, row->len);

			if (row->code != 0) {
				offer(x, base, in ? x->next : row->addr, best,
				    &found);
			}
		}
		if (x->lists[k].state != 1) {
			continue;
		}
		r = zone_cursor_open(
		    zone_view_txn(x->view), ZONE_T_BLOCKS, &c);
		if (r == ERR_NONE) {
			r = 0;
			continue;
		}
		if (r < 0) {
			return r;
		}
		n = zone_block_key(
		    from, x->lists[k].number, space, x->next, base);
		r = zone_cursor_seek(c, from, n, &key, &value);
		if (r == 1 && key.len == n && memcmp(key.at, from, 3) == 0) {
			uint8_t addr[16] = { 0 };

			memcpy(addr, key.at + 3, n - 3);
			offer(x, base, addr, best, &found);
		}
		zone_cursor_close(&c);
		if (r < 0) {
			return r;
		}
	}
	return found;
}

int
expand_ip_step(struct zone_expand *x)
{
	enum zone_space space = x->phase < 2 ? ZONE_SPACE_V4 : ZONE_SPACE_V6;
	uint8_t addr[16];
	int r;

	if (x->phase == 4) {
		return 0;
	}
	if (x->phase % 2 == 0) {
		r = expand_ip_begin(x, space);
		x->phase++;
		return r < 0 ? r : 1;
	}
	r = x->next_over ? 0 : next_stretch(x, space, addr);
	if (r <= 0) {
		x->phase++;
		return r < 0 ? r : 1;
	}
	memcpy(x->next, addr, 16);
	x->next_over = true;
	for (unsigned i = base_of(space) / 8; i-- > 0;) {
		if (++x->next[i] != 0) {
			x->next_over = false;
			break;
		}
	}
	r = expand_ip_stretch(x, space, addr);
	return r == 0 ? 1 : r;
}
