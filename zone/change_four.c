/* change_four.c - the IPv4 prefixes of a change, small and sorted by digits.
 *
 * An import of ten million lines holds ten million of these at once, so each
 * takes twelve bytes, and they are sorted in a few passes over them instead of
 * 24 comparisons each.
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

/* The K-th digit of F, the last one first: the address within its block, its
 * length (the longest comes first), its block, its list. */
static inline uint8_t
digit(const struct op_four *f, int k)
{
	switch (k) {
	case 0: return (uint8_t)f->addr;
	case 1: return (uint8_t)(f->addr >> 8);
	case 2: return (uint8_t)(32 - f->len);
	case 3: return (uint8_t)(f->addr >> 16);
	case 4: return (uint8_t)(f->addr >> 24);
	default: return f->list;
	}
}

int
zone_four_sort(struct zone_change *c)
{
	size_t n = c->n_fours, counts[DIGITS][256] = { { 0 } };
	struct op_four *from = c->fours, *to;

	if (n < 2) {
		return 0;
	}
	to = malloc(n * sizeof(*to));
	if (to == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < DIGITS; k++) {
			counts[k][digit(&from[i], k)]++;
		}
	}
	for (int k = 0; k < DIGITS; k++) {
		size_t *at = counts[k], sum = 0;
		struct op_four *swap = from;

		if (at[digit(from, k)] == n) {
			continue; /* all have the same digit */
		}
		for (int d = 0; d < 256; d++) {
			size_t here = at[d];

			at[d] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++) {
			to[at[digit(&from[i], k)]++] = from[i];
		}
		from = to;
		to = swap;
	}
	free(to);
	c->fours = from;
	c->cap_fours = n;
	return 0;
}

/* ---- writing ----------------------------------------------------------- */

static struct op
unpack(const struct zone_change *c, const struct op_four *f)
{
	struct op op = { .addr = { (uint8_t)(f->addr >> 24),
			     (uint8_t)(f->addr >> 16), (uint8_t)(f->addr >> 8),
			     (uint8_t)f->addr },
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
