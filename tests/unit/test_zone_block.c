/* Packing and asking; every damaged byte is refused. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "zone/block.h"

#define NOW 1000

static struct zone_row
row4(uint8_t c, uint8_t d, uint8_t len, uint32_t detail, uint32_t code,
    int64_t until)
{
	return (struct zone_row){ .addr = { 203, 0, c, d },
		.len = len,
		.detail = detail,
		.code = code,
		.until = until };
}

static void
nested(void)
{
	const struct zone_row rows[] = {
		row4(113, 7, 32, 1, 0x7f000002, 0),
		row4(113, 9, 32, 2, 0x7f000003, NOW),      /* just over */
		row4(113, 10, 32, 3, 0x7f000003, NOW + 1), /* not yet */
		row4(113, 0, 28, 4, 0, 0),
		row4(113, 0, 24, 1, 0x7f000002, 0),
		row4(0, 0, 16, 5, 0x7f000004, 0),
	};
	static const struct {
		const char *name;
		uint8_t c, d, len;
		uint32_t code;
	} asks[] = {
		{ "the narrowest", 113, 7, 32, 0x7f000002 },
		{ "expired: the hole around it counts", 113, 9, 28, 0 },
		{ "not expired yet", 113, 10, 32, 0x7f000003 },
		{ "in the hole", 113, 1, 28, 0 },
		{ "behind the hole", 113, 16, 24, 0x7f000002 },
		{ "last of the /24", 113, 255, 24, 0x7f000002 },
		{ "before the /24", 112, 255, 16, 0x7f000004 },
		{ "first of all", 0, 0, 16, 0x7f000004 },
		{ "last of all", 255, 255, 16, 0x7f000004 },
	};
	struct zone_row got, back[6];
	struct buf b = { 0 };
	const uint8_t *block;
	uint8_t next[16];

	zone_block_encode(rows, 6, 16, &b);
	block = (const uint8_t *)b.data;
	CHECK(!b.bad && zone_block_check(block, b.len), "check");
	CHECK(zone_block_count(block) == 6, "count");
	for (size_t i = 0; i < COUNT(asks); i++) {
		uint8_t addr[16] = { 203, 0, asks[i].c, asks[i].d };
		int r = zone_block_find(block, 16, addr, NOW, &got);

		CHECK(r == 1 && got.len == asks[i].len &&
			got.code == asks[i].code,
		    "%s: %d /%u %x", asks[i].name, r, got.len, got.code);
	}
	CHECK(zone_block_decode(block, 16, rows[0].addr, back) == 0 &&
		memcmp(back, rows, sizeof(rows)) == 0,
	    "decode gives the rows back");
	CHECK(zone_block_exact(block, 16, rows[3].addr, 28, &got) == 1 &&
		got.detail == 4,
	    "exact");
	CHECK(
	    zone_block_exact(block, 16, rows[3].addr, 27, &got) == 0, "no /27");
	CHECK(zone_block_next(
		  block, 16, (uint8_t[16]){ 203, 0, 113, 8 }, next) == 1 &&
		memcmp(next, rows[1].addr, 16) == 0,
	    "next start");
	CHECK(zone_block_next(
		  block, 16, (uint8_t[16]){ 203, 0, 113, 11 }, next) == 0,
	    "no further start");
	buf_free(&b);
}

/* Every address of a /16 on its own, as the table form has to hold them. */
static void
full(void)
{
	struct zone_row *rows = calloc(65536, sizeof(*rows)), got;
	struct buf b = { 0 };
	const uint8_t *block;
	unsigned wrong = 0;

	if (rows == NULL) {
		exit(99);
	}
	for (unsigned i = 0; i < 65536; i++) {
		rows[i] = row4((uint8_t)(i >> 8), (uint8_t)i, 32, i % 300 + 1,
		    0x7f000002, 0);
	}
	zone_block_encode(rows, 65536, 16, &b);
	block = (const uint8_t *)b.data;
	CHECK(zone_block_check(block, b.len), "check");
	CHECK(zone_block_count(block) == 65536, "count");
	for (unsigned i = 0; i < 65536; i++) {
		wrong +=
		    zone_block_find(block, 16, rows[i].addr, NOW, &got) != 1 ||
		    got.detail != rows[i].detail;
	}
	CHECK(wrong == 0, "%u of 65536 wrong", wrong);
	CHECK(zone_block_decode(block, 16, rows[0].addr, rows) == 0 &&
		rows[65535].addr[2] == 255 && rows[65535].addr[3] == 255,
	    "decode");
	buf_free(&b);

	/* every second one: what is not there is not found */
	for (unsigned i = 0; i < 32768; i++) {
		rows[i] = row4(
		    (uint8_t)(i >> 7), (uint8_t)(i * 2), 32, 1, 0x7f000002, 0);
	}
	zone_block_encode(rows, 32768, 16, &b);
	block = (const uint8_t *)b.data;
	wrong = 0;
	for (unsigned i = 0; i < 65536; i++) {
		uint8_t addr[16] = { 203, 0, (uint8_t)(i >> 8), (uint8_t)i };

		wrong +=
		    zone_block_find(block, 16, addr, NOW, &got) != (i % 2 == 0);
	}
	CHECK(wrong == 0, "%u of 65536 wrong", wrong);
	CHECK(b.len < 32768 + 700, "one byte a key: %zu", b.len);
	buf_free(&b);
	free(rows);
}

static void
digests(void)
{
	struct zone_row rows[200], got;
	struct buf b = { 0 };
	const uint8_t *block;

	memset(rows, 0, sizeof(rows));
	for (unsigned i = 0; i < 200; i++) {
		rows[i] = (struct zone_row){ .addr = { 7, 7, (uint8_t)i, 1 },
			.len = ZONE_DIGEST_BITS,
			.detail = i + 1,
			.code = 0x7f000002 };
	}
	/* three rows of one digest: expired, a hole, a listing */
	memcpy(rows[101].addr, rows[100].addr, 16);
	memcpy(rows[102].addr, rows[100].addr, 16);
	rows[100].until = NOW;
	rows[101].code = 0;
	zone_block_encode(rows, 200, 16, &b);
	block = (const uint8_t *)b.data;
	CHECK(zone_block_check(block, b.len), "check");
	CHECK(zone_block_find(block, 16, rows[100].addr, NOW, &got) == 1 &&
		got.detail == 102 && got.code == 0,
	    "the first row that lives");
	CHECK(zone_block_find(block, 16, rows[100].addr, NOW - 1, &got) == 1 &&
		got.detail == 101,
	    "before it expired");
	rows[0].addr[4] = 1;
	CHECK(zone_block_find(block, 16, rows[0].addr, NOW, &got) == 0,
	    "96 bits have to agree");
	buf_free(&b);
}

static void
damaged(void)
{
	const struct zone_row rows[] = {
		row4(1, 1, 32, 1, 0x7f000002, 0),
		row4(1, 2, 32, 2, 0x7f000002, 0),
		row4(1, 0, 24, 3, 0, 0),
	};
	struct buf b = { 0 };
	unsigned accepted = 0;

	zone_block_encode(rows, 3, 16, &b);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
		accepted += zone_block_check((uint8_t *)b.data, b.len);
		b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
	}
	CHECK(accepted == 0, "%u flipped bits were accepted", accepted);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n > 0 ? n : 1);

		if (cut == NULL) {
			exit(99);
		}
		memcpy(cut, b.data, n);
		accepted += zone_block_check(cut, n);
		free(cut);
	}
	CHECK(accepted == 0, "%u cut blocks were accepted", accepted);
	buf_free(&b);
}

/* Long keys behind fences: crowded, spread, and many with the same first four
 * bytes, so that equal fences follow each other. */
static void
fenced(void)
{
	enum { MOST = 700 };
	static struct zone_row rows[MOST], back[MOST];
	struct buf b = { 0 };
	unsigned wrong = 0, present = 0;

	for (unsigned n = 30; n <= MOST; n += 67) {
		const uint8_t *block;
		struct zone_row got;

		for (unsigned i = 0; i < n; i++) {
			unsigned k = i * 3 + 1;
			uint8_t *a = rows[i].addr;

			memset(&rows[i], 0, sizeof(rows[i]));
			memcpy(a, (uint8_t[4]){ 0x2a, 0, 0, 7 }, 4);
			if (n % 2 == 0 && i >= n / 3) {
				/* one /64 for the rest */
				a[4] = a[5] = a[6] = 0xff;
				a[7] = n % 4 == 0 ? 0xff : 0xfe;
				a[14] = (uint8_t)(k >> 8);
				a[15] = (uint8_t)k;
			} else {
				a[4] = (uint8_t)(k >> 8);
				a[5] = (uint8_t)k;
			}
			rows[i].len = 128;
			rows[i].detail = i + 1;
			rows[i].code = 0x7f000002;
		}
		buf_clear(&b);
		zone_block_encode(rows, n, 32, &b);
		block = (const uint8_t *)b.data;
		CHECK(zone_block_check(block, b.len), "%u keys: check", n);
		CHECK(zone_block_decode(block, 32, rows[0].addr, back) == 0 &&
			memcmp(back, rows, n * sizeof(rows[0])) == 0,
		    "%u keys: decode", n);
		for (unsigned i = 0; i < n; i++) {
			uint8_t a[16], next[16];

			present += zone_block_find(block, 32, rows[i].addr, NOW,
				       &got) == 1 &&
			    got.detail == i + 1;
			memcpy(a, rows[i].addr, 16);
			a[15] ^= 2; /* no key: theirs are three apart */
			wrong += zone_block_find(block, 32, a, NOW, &got) != 0;
			for (unsigned k = 15; k > 0 && a[k]++ == 0xff; k--) {
			}
			if (memcmp(a, rows[i].addr, 16) > 0 &&
			    (zone_block_next(block, 32, a, next) == 1) !=
				(i + 1 < n)) {
				wrong++;
			}
		}
		present -= n;
	}
	CHECK(present == 0 && wrong == 0, "%u wrong, %d missing", wrong,
	    -(int)present);
	buf_free(&b);
}

int
main(void)
{
	nested();
	fenced();
	full();
	digests();
	damaged();
	return failures != 0;
}
