/* qr.c - a short text as a QR code. */
#include "www/qr.h"

#include <stdlib.h>
#include <string.h>

#define VERSIONS 10
#define CODEWORDS 346 /* of the largest version */
#define MASKS 8
#define QUIET 4 /* modules around it, as the standard has it */

/* Level M: GROUPS of blocks with SHORT data codewords, then MORE blocks with
 * one more; CHECK codewords of correction each (ISO/IEC 18004 table 9). The
 * second and third centre of the alignment patterns stand beside. */
static const struct version {
	uint8_t groups, more, data, check;
	uint8_t middle, last; /* 0: none */
} versions[VERSIONS + 1] = {
	{ 0, 0, 0, 0, 0, 0 },
	{ 1, 0, 16, 10, 0, 0 },
	{ 1, 0, 28, 16, 0, 18 },
	{ 1, 0, 44, 26, 0, 22 },
	{ 2, 0, 32, 18, 0, 26 },
	{ 2, 0, 43, 24, 0, 30 },
	{ 4, 0, 27, 16, 0, 34 },
	{ 4, 0, 31, 18, 22, 38 },
	{ 2, 2, 38, 22, 24, 42 },
	{ 3, 2, 36, 22, 26, 46 },
	{ 4, 1, 43, 26, 28, 50 },
};

/* ---- codewords ------------------------------------------------------------- */

/* Product in GF(256) with the polynomial 0x11d. */
static uint8_t
times(unsigned a, unsigned b)
{
	unsigned r = 0;

	for (int i = 7; i >= 0; i--) {
		r = (r << 1) ^ ((r >> 7) * 0x11d);
		r ^= ((b >> i) & 1) * a;
	}
	return (uint8_t)r;
}

/* Reed-Solomon: the N check codewords of DATA. */
static void
check_words(const uint8_t *data, unsigned len, unsigned n, uint8_t *out)
{
	uint8_t divisor[32] = { 0 };
	unsigned root = 1;

	divisor[n - 1] = 1;
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < n; k++) {
			divisor[k] = times(divisor[k], root);
			if (k + 1 < n) {
				divisor[k] ^= divisor[k + 1];
			}
		}
		root = times(root, 2);
	}
	memset(out, 0, n);
	for (unsigned i = 0; i < len; i++) {
		uint8_t factor = data[i] ^ out[0];

		memmove(out, out + 1, n - 1);
		out[n - 1] = 0;
		for (unsigned k = 0; k < n; k++) {
			out[k] ^= times(divisor[k], factor);
		}
	}
}

static unsigned
data_words(const struct version *v)
{
	return (v->groups + v->more) * (unsigned)v->data + v->more;
}

/* Mode, length and DATA, padded. */
static void
pack(const uint8_t *data, size_t len, unsigned version, uint8_t *out)
{
	unsigned room = data_words(&versions[version]), at = 0;
	unsigned bits = version < 10 ? 8 : 16; /* of the length */
	uint32_t head = (uint32_t)(4u << bits | len);
	unsigned used = 4 + bits + 8 * (unsigned)len;

	memset(out, 0, room);
	for (unsigned i = 4 + bits; i-- > 0; at++) {
		out[at / 8] |=
		    (uint8_t)(((head >> i) & 1) << (7 - at % 8));
	}
	for (unsigned i = 0; i < 8 * len; i++, at++) {
		out[at / 8] |= (uint8_t)(((data[i / 8] >> (7 - i % 8)) & 1)
		    << (7 - at % 8));
	}
	/* four bits of nothing, or as many as there is room for, to a byte */
	for (unsigned i = (used + 4 + 7) / 8, k = 0; i < room; i++, k++) {
		out[i] = k % 2 == 0 ? 0xec : 0x11;
	}
}

/* All codewords in the order in which they are laid out. Returns how many. */
static unsigned
interleave(const uint8_t *data, unsigned version, uint8_t *out)
{
	const struct version *v = &versions[version];
	unsigned blocks = v->groups + v->more, n = 0, from = 0;
	uint8_t checks[8][32];
	unsigned start[8], len[8];

	for (unsigned b = 0; b < blocks; b++) {
		start[b] = from;
		len[b] = v->data + (b >= v->groups);
		check_words(data + from, len[b], v->check, checks[b]);
		from += len[b];
	}
	for (unsigned i = 0; i <= v->data; i++) {
		for (unsigned b = 0; b < blocks; b++) {
			if (i < len[b]) {
				out[n++] = data[start[b] + i];
			}
		}
	}
	for (unsigned i = 0; i < v->check; i++) {
		for (unsigned b = 0; b < blocks; b++) {
			out[n++] = checks[b][i];
		}
	}
	return n;
}

/* ---- the pattern ----------------------------------------------------------- */

static void
put(struct www_qr *q, int row, int column, bool dark)
{
	if (row >= 0 && column >= 0 && row < (int)q->size &&
	    column < (int)q->size) {
		q->dark[row][column] = dark;
		q->fixed[row][column] = 1;
	}
}

/* Rings around a centre: dark but for the rings LIGHT and LIGHT2. */
static void
rings(struct www_qr *q, int row, int column, int reach, int light, int light2)
{
	for (int y = -reach; y <= reach; y++) {
		for (int x = -reach; x <= reach; x++) {
			int ring = abs(y) > abs(x) ? abs(y) : abs(x);

			put(q, row + y, column + x,
			    ring != light && ring != light2);
		}
	}
}

static void
alignments(struct www_qr *q, const struct version *v)
{
	int at[3] = { 6, v->middle, v->last };

	for (unsigned a = 0; a < 3 && v->last != 0; a++) {
		for (unsigned b = 0; b < 3; b++) {
			bool corner = (a == 0 && b == 0) ||
			    (a == 0 && b == 2) || (a == 2 && b == 0);

			if (!corner && at[a] != 0 && at[b] != 0) {
				rings(q, at[a], at[b], 2, 1, -1);
			}
		}
	}
}

/* VALUE with its remainder by the polynomial GENERATOR of DEGREE behind it. */
static uint32_t
with_check(uint32_t value, uint32_t generator, unsigned degree)
{
	uint32_t rest = value;

	for (unsigned i = 0; i < degree; i++) {
		rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
	}
	return value << degree | rest;
}

/* Level and mask, twice. */
static void
format(struct www_qr *q, unsigned mask)
{
	uint32_t bits = with_check(mask, 0x537, 10) ^ 0x5412; /* M is 00 */
	int last = (int)q->size - 1;

	for (int i = 0; i < 15; i++) {
		bool dark = (bits >> i) & 1;

		/* around the corner at the top left */
		if (i < 8) {
			put(q, i < 6 ? i : i + 1, 8, dark);
			put(q, 8, last - i, dark);
		} else {
			put(q, 8, i == 8 ? 7 : 14 - i, dark);
			put(q, last - 14 + i, 8, dark);
		}
	}
	put(q, last - 7, 8, true);
}

static void
fixed_pattern(struct www_qr *q, unsigned version)
{
	int size = (int)q->size;

	for (int i = 0; i < size; i++) {
		put(q, 6, i, i % 2 == 0);
		put(q, i, 6, i % 2 == 0);
	}
	rings(q, 3, 3, 4, 2, 4);
	rings(q, 3, size - 4, 4, 2, 4);
	rings(q, size - 4, 3, 4, 2, 4);
	alignments(q, &versions[version]);
	format(q, 0);
	if (version >= 7) {
		uint32_t bits = with_check(version, 0x1f25, 12);

		for (int i = 0; i < 18; i++) {
			bool dark = (bits >> i) & 1;

			put(q, i / 3, size - 11 + i % 3, dark);
			put(q, size - 11 + i % 3, i / 3, dark);
		}
	}
}

/* In columns of two from the right, up and down in turns. */
static void
lay_out(struct www_qr *q, const uint8_t *words, unsigned n)
{
	int size = (int)q->size;
	unsigned at = 0;
	bool up = true;

	for (int right = size - 1; right > 0; right -= 2, up = !up) {
		if (right == 6) {
			right = 5;
		}
		for (int i = 0; i < 2 * size; i++) {
			int row = up ? size - 1 - i / 2 : i / 2;
			int column = right - i % 2;

			if (!q->fixed[row][column] && at < 8 * n) {
				q->dark[row][column] =
				    (words[at / 8] >> (7 - at % 8)) & 1;
				at++;
			}
		}
	}
}

static bool
masked(unsigned mask, unsigned row, unsigned column)
{
	unsigned product = row * column;

	switch (mask) {
	case 0: return (row + column) % 2 == 0;
	case 1: return row % 2 == 0;
	case 2: return column % 3 == 0;
	case 3: return (row + column) % 3 == 0;
	case 4: return (row / 2 + column / 3) % 2 == 0;
	case 5: return product % 2 + product % 3 == 0;
	case 6: return (product % 2 + product % 3) % 2 == 0;
	default: return ((row + column) % 2 + product % 3) % 2 == 0;
	}
}

/* Twice is not at all. */
static void
apply(struct www_qr *q, unsigned mask)
{
	for (unsigned row = 0; row < q->size; row++) {
		for (unsigned column = 0; column < q->size; column++) {
			q->dark[row][column] ^= !q->fixed[row][column] &&
			    masked(mask, row, column);
		}
	}
}

/* ---- how well it can be read (section 7.8.3) ------------------------------- */

/* Of one line: runs of five and more, and what looks like a finder. */
static unsigned
line_penalty(const struct www_qr *q, unsigned line, bool down)
{
	unsigned run = 0, sum = 0, window = 0;
	uint8_t before = 2;

	for (unsigned i = 0; i < q->size; i++) {
		uint8_t dark = down ? q->dark[i][line] : q->dark[line][i];

		run = dark == before ? run + 1 : 1;
		before = dark;
		sum += run == 5 ? 3 : run > 5;
		window = (window << 1 | dark) & 0x7ff;
		if (i >= 10 && (window == 0x05d || window == 0x5d0)) {
			sum += 40;
		}
	}
	return sum;
}

static unsigned
penalty(const struct www_qr *q)
{
	unsigned sum = 0, dark = 0, all = q->size * q->size, share;

	for (unsigned i = 0; i < q->size; i++) {
		sum += line_penalty(q, i, false) + line_penalty(q, i, true);
		for (unsigned k = 0; k < q->size; k++) {
			dark += q->dark[i][k];
			if (i > 0 && k > 0) {
				unsigned four = q->dark[i][k] +
				    q->dark[i - 1][k] + q->dark[i][k - 1] +
				    q->dark[i - 1][k - 1];

				sum += four % 4 == 0 ? 3 : 0;
			}
		}
	}
	share = dark * 100 / all;
	return sum + (share > 50 ? share - 50 : 50 - share) / 5 * 10;
}

int
www_qr_make(const void *data, size_t len, struct www_qr *ret)
{
	uint8_t words[CODEWORDS], laid[CODEWORDS];
	unsigned version = 1, n, best = 0, least = UINT32_MAX;

	while (version <= VERSIONS &&
	    4 + (version < 10 ? 8u : 16u) + 8 * len >
		8 * (size_t)data_words(&versions[version])) {
		version++;
	}
	if (version > VERSIONS) {
		return ERR_RANGE;
	}
	*ret = (struct www_qr){ .size = 17 + 4 * version };
	pack(data, len, version, words);
	n = interleave(words, version, laid);
	fixed_pattern(ret, version);
	lay_out(ret, laid, n);
	for (unsigned mask = 0; mask < MASKS; mask++) {
		unsigned p;

		apply(ret, mask);
		format(ret, mask);
		p = penalty(ret);
		if (p < least) {
			least = p;
			best = mask;
		}
		apply(ret, mask);
	}
	apply(ret, best);
	format(ret, best);
	return 0;
}

void
www_qr_show(
    struct www_turn *t, const struct www_qr *qr, const char *label)
{
	unsigned side = qr->size + 2 * QUIET;

	HTML(&t->html,
	    "<svg class=\"qr\" role=\"img\" aria-label=\"%s\" "
	    "viewBox=\"0 0 %u %u\" shape-rendering=\"crispEdges\">"
	    "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>"
	    "<path fill=\"#000\" d=\"",
	    label, side, side, side, side);
	for (unsigned row = 0; row < qr->size; row++) {
		for (unsigned from = 0; from < qr->size;) {
			unsigned to = from;

			while (to < qr->size && qr->dark[row][to]) {
				to++;
			}
			if (to > from) {
				HTML(&t->html, "M%u %uh%uv1H%uz", from + QUIET,
				    row + QUIET, to - from, from + QUIET);
			}
			from = to > from ? to : from + 1;
		}
	}
	HTML(&t->html, "\"/></svg>");
}
