/* change_four.c - the IPv4 prefixes of a change, small and sorted by digits.
 *
 * An import of ten million lines holds ten million of these at once, so each
 * takes sixteen bytes, and they are sorted where they lie, digit by digit,
 * instead of by 24 comparisons each.
 */
#include "zone/change_priv.h"

#include <stdlib.h>
#include <string.h>

bool
zone_four_fits(const struct op *op)
{
	return op->bits == 32 && op->len >= zone_space_base(ZONE_SPACE_V4) &&
	    op->list <= UINT8_MAX;
}

int
zone_four_add(struct zone_change *c, const struct op *op)
{
	void *fours = c->fours, *sets = c->sets;
	struct op_four f = { .addr = (uint32_t)op->addr[0] << 24 |
		    (uint32_t)op->addr[1] << 16 | (uint32_t)op->addr[2] << 8 |
		    op->addr[3],
		.ref = op->terms,
		.order = op->order,
		.len = op->len,
		.list = (uint8_t)op->list,
		.verb = op->verb,
		.flags = op->flags };
	int r;

	if (op->verb == VERB_SET) {
		r = zone_change_grow(
		    &sets, &c->cap_sets, c->n_sets, sizeof(*c->sets));
		if (r < 0) {
			return r;
		}
		c->sets = sets;
		f.ref = (uint32_t)c->n_sets;
		c->sets[c->n_sets++] = (struct set){ op->set, op->expect };
	}
	r = zone_change_grow(&fours, &c->cap_fours, c->n_fours, sizeof(f));
	if (r < 0) {
		return r;
	}
	c->fours = fours;
	c->fours[c->n_fours++] = f;
	return 0;
}

/* ---- sorting ----------------------------------------------------------- */

#define DIGITS 6
#define FEW 32 /* from so many on, digits are quicker than comparisons */

/* The K-th digit of F: its list, its block, its length (the longest comes
 * first), the rest of its address. */
static inline uint8_t
digit(const struct op_four *f, int k)
{
	switch (k) {
	case 0: return f->list;
	case 1: return (uint8_t)(f->addr >> 24);
	case 2: return (uint8_t)(f->addr >> 16);
	case 3: return (uint8_t)(32 - f->len);
	case 4: return (uint8_t)(f->addr >> 8);
	default: return (uint8_t)f->addr;
	}
}

static int
compare(const void *x, const void *y)
{
	const struct op_four *a = x, *b = y;

	for (int k = 0; k < DIGITS; k++) {
		int r = digit(a, k) - digit(b, k);

		if (r != 0) {
			return r;
		}
	}
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Sort F[0..N), which are alike in the digits before K. */
static void
sort_from(struct op_four *f, size_t n, int k)
{
	size_t count[256], at[256], end[256], sum;

	for (;; k++) {
		if (n < FEW || k == DIGITS) {
			qsort(f, n, sizeof(*f), compare);
			return;
		}
		memset(count, 0, sizeof(count));
		for (size_t i = 0; i < n; i++) {
			count[digit(&f[i], k)]++;
		}
		if (count[digit(f, k)] != n) {
			break;
		}
	}
	sum = 0;
	for (int d = 0; d < 256; d++) {
		at[d] = sum;
		end[d] = sum += count[d];
	}
	/* each goes to where its digit has room, and the one that was there
	 * takes its turn */
	for (int d = 0; d < 256; d++) {
		while (at[d] < end[d]) {
			struct op_four hand = f[at[d]];
			uint8_t to;

			while ((to = digit(&hand, k)) != d) {
				struct op_four other = f[at[to]];

				f[at[to]++] = hand;
				hand = other;
			}
			f[at[d]++] = hand;
		}
	}
	sum = 0;
	for (int d = 0; d < 256; d++) {
		if (count[d] > 1) {
			sort_from(f + sum, count[d], k + 1);
		}
		sum += count[d];
	}
}

void
zone_four_sort(struct zone_change *c)
{
	if (c->n_fours > 1) {
		sort_from(c->fours, c->n_fours, 0);
	}
}

/* ---- writing ----------------------------------------------------------- */

static struct op
unpack(const struct zone_change *c, const struct op_four *f)
{
	struct op op = { .addr = { (uint8_t)(f->addr >> 24),
			     (uint8_t)(f->addr >> 16), (uint8_t)(f->addr >> 8),
			     (uint8_t)f->addr },
		.order = f->order,
		.list = f->list,
		.verb = f->verb,
		.flags = f->flags,
		.len = f->len,
		.bits = 32 };

	if (f->verb == VERB_SET) {
		op.set = c->sets[f->ref].set;
		op.expect = c->sets[f->ref].expect;
	} else {
		op.terms = f->ref;
	}
	return op;
}

int
zone_four_apply(struct apply *a)
{
	const struct zone_change *c = a->c;
	struct op *ops = NULL;
	size_t n, cap = 0;
	int r = 0;

	for (size_t i = 0; i < c->n_fours && r == 0; i += n) {
		const struct op_four *f = &c->fours[i];

		for (n = 0; i + n < c->n_fours && f[n].list == f->list &&
		     f[n].addr >> 16 == f->addr >> 16;
		     n++) {
			void *array = ops;

			r = zone_change_grow(&array, &cap, n, sizeof(*ops));
			if (r < 0) {
				goto out;
			}
			ops = array;
			ops[n] = unpack(c, &f[n]);
		}
		r = zone_apply_block(a, ops, n);
	}
out:
	free(ops);
	return r;
}
