/* expand_rows.c - the prefixes of a stretch, at one moment.
 *
 * As they are, or turned back to what they were before the changes that
 * history tells; and with the test points, which no list holds.
 */
#include "zone/expand_ip.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows of a moment --------------------------------------------------- */

/* Of the past's keys of list K and a family the first that is not before
 * ADDR/LEN. */
static size_t
past_from(const struct expand_past *p, unsigned k, unsigned bits,
    const uint8_t addr[16])
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct expand_key *key = &p->keys[mid];
		int r = key->k != k ? (int)key->k - (int)k
		    : key->bits != bits
		    ? (int)key->bits - (int)bits
		    : memcmp(key->addr, addr, 16);

		if (r < 0) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return lo;
}

/* Turn ROWS (sorted) of list K back to what they were. Of the past's keys
 * those count that share BASE bits with STRETCH and have MIN to MAX bits. */
int
expand_turn_back(struct zone_expand *x, unsigned k, unsigned bits,
    const uint8_t stretch[16], unsigned base, unsigned min, unsigned max,
    struct expand_rows *rows)
{
	const struct expand_past *p = x->past;
	size_t first = past_from(p, k, bits, stretch), end = first, i = 0,
	       n = 0;
	struct expand_row *old = rows->at;
	int r = 0;

	while (end < p->n && p->keys[end].k == k && p->keys[end].bits == bits &&
	    same_bits(p->keys[end].addr, stretch, base)) {
		end++;
	}
	if (first == end) {
		return 0;
	}
	rows->at = calloc(rows->n + (end - first) + 1, sizeof(*rows->at));
	if (rows->at == NULL) {
		rows->at = old;
		return ERR_NOMEM;
	}
	while (r == 0 && (i < rows->n || first < end)) {
		const struct expand_key *key = &p->keys[first];
		struct expand_row was;
		int c;

		if (first < end && (key->len < min || key->len > max)) {
			first++;
			continue;
		}
		if (first < end) {
			memcpy(was.addr, key->addr, 16);
			was.len = key->len;
			was.detail = key->before;
		}
		c = first == end ? -1
		    : i == rows->n ? 1
				   : compare_rows(&old[i], &was);
		if (c < 0) {
			rows->at[n++] = old[i++];
			continue;
		}
		i += c == 0;
		first++;
		if (was.detail != 0) {
			r = expand_code(x, was.detail, &was.code);
			rows->at[n++] = was;
		}
	}
	rows->n = n;
	free(old);
	return r;
}

/* The rows of list K in the block of BASE bits around ADDR. */
int
expand_load_block(struct zone_expand *x, unsigned k, enum zone_space space,
    const uint8_t addr[16], unsigned base, struct expand_rows *ret)
{
	uint8_t key[7];
	struct zone_bytes b;
	struct zone_row *rows;
	size_t n;
	int r;

	n = zone_block_key(key, x->lists[k].number, space, addr, base);
	r = zone_txn_get(zone_view_txn(x->view), ZONE_T_BLOCKS, key, n, &b);
	if (r <= 0) {
		return r;
	}
	if (!zone_block_check(b.at, b.len)) {
		return ERR_CORRUPT;
	}
	n = zone_block_count(b.at);
	rows = calloc(n + 1, sizeof(*rows));
	ret->at = calloc(n + 1, sizeof(*ret->at));
	if (rows == NULL || ret->at == NULL) {
		free(rows);
		return ERR_NOMEM;
	}
	r = zone_block_decode(b.at, base, addr, rows);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct expand_row *to = &ret->at[ret->n++];

		memcpy(to->addr, rows[i].addr, 16);
		to->len = rows[i].len;
		to->code = rows[i].code;
		to->detail = rows[i].detail;
		x->report.ended += rows[i].until != 0 &&
		    rows[i].until <= zone_view_now(x->view);
	}
	free(rows);
	qsort(ret->at, ret->n, sizeof(*ret->at), compare_rows);
	return r;
}

/* ---- test points -------------------------------------------------------- */

#define TEST_NET 0x7f000000u

const uint8_t expand_test_in[2][16] = { { 127 },
	{ [10] = 0xff, [11] = 0xff, 127 } };

/* What list K says at test point 127.0.0.N; 0: nothing. */
static uint32_t
test_code(const struct zone_expand *x, unsigned k, unsigned n)
{
	const struct zone_zone_conf *z = x->zone;
	bool some = false;

	for (unsigned i = 0; i < x->n_lists; i++) {
		some = some || z->lists[i]->code == (TEST_NET | n);
	}
	if (n == 1 || (!some && n != 2)) {
		return 0;
	}
	return !some || z->lists[k]->code == (TEST_NET | n)
	    ? z->lists[k]->code
	    : 0;
}

static bool
is_test(const struct zone_expand *x, unsigned n)
{
	for (unsigned i = 0; i < x->n_lists; i++) {
		if (x->zone->lists[i]->code == (TEST_NET | n)) {
			return true;
		}
	}
	return n == 1 || n == 2;
}

/* Test points count before every entry, and 127.0.0.1 is never listed. */
int
expand_add_tests(struct zone_expand *x, unsigned k, enum zone_space space)
{
	unsigned at = space == ZONE_SPACE_V4 ? 3 : 15;
	struct expand_rows *rows = &x->rows[k];
	struct expand_row *grown =
	    reallocarray(rows->at, rows->n + 256, sizeof(*grown));

	if (grown == NULL) {
		return ERR_NOMEM;
	}
	rows->at = grown;
	for (unsigned n = 0; n < 256; n++) {
		struct expand_row row = { .len = (uint8_t)bits_of(space),
			.code = test_code(x, k, n) };
		size_t i;

		if (!is_test(x, n)) {
			continue;
		}
		memcpy(row.addr, expand_test_in[space != ZONE_SPACE_V4], 16);
		row.addr[at] = (uint8_t)n;
		for (i = 0; i < rows->n && compare_rows(&grown[i], &row) != 0;
		     i++) {
		}
		grown[i] = row;
		rows->n += i == rows->n;
	}
	qsort(rows->at, rows->n, sizeof(*rows->at), compare_rows);
	return 0;
}
