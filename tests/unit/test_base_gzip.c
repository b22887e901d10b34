/* Unpacking: in pieces of any size, several streams, whatever is wrong. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/gzip.h"
#include "tests/unit/check.h"

/* LEN bytes at DATA, packed and appended to B. */
static void
pack(struct buf *b, const void *data, size_t len)
{
	z_stream z = { 0 };
	uint8_t out[4096];
	int r;

	if (deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		exit(99);
	}
	z.next_in = (void *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	do {
		z.next_out = out;
		z.avail_out = sizeof(out);
		r = deflate(&z, Z_FINISH);
		buf_add(b, out, sizeof(out) - z.avail_out);
	} while (r == Z_OK);
	deflateEnd(&z);
}

/* All of it in pieces of IN bytes, into room for OUT; LIMIT bytes are kept. */
static int
unpack(const char *data, size_t len, size_t in, size_t out, struct buf *ret)
{
	struct gzip *g = NULL;
	size_t at = 0, n = 1;
	uint8_t room[5000];
	int r = gzip_new(&g);

	while (r == 0 && (at < len || n > 0)) {
		/* exactly what there is, so that ASan sees its end */
		size_t piece = len - at < in ? len - at : in, left = piece;
		uint8_t *copy = malloc(piece + (piece == 0));
		const uint8_t *p = copy;

		if (copy == NULL) {
			exit(99);
		}
		memcpy(copy, data + at, piece);
		r = gzip_step(g, &p, &left, at + piece == len, room, out, &n);
		if (r == 0) {
			if (ret->len < 1 << 20) {
				buf_add(ret, room, n);
			}
			at += piece - left;
		}
		free(copy);
	}
	gzip_free(&g);
	gzip_free(&g); /* NULL-safe */
	return r;
}

static void
check_pieces(const struct buf *packed, const struct buf *plain)
{
	static const size_t sizes[] = { 1, 2, 7, 100, 4096, 1 << 20 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		for (size_t o = 0; o < 5; o++) {
			struct buf got = { 0 };
			int r = unpack(packed->data, packed->len, sizes[i],
			    sizes[o], &got);

			CHECK(r == 0 && got.len == plain->len &&
				memcmp(got.data, plain->data, got.len) == 0,
			    "pieces of %zu into %zu: %d, %zu bytes", sizes[i],
			    sizes[o], r, got.len);
			buf_free(&got);
		}
	}
}

static void
check_wrong(const struct buf *packed, const struct buf *plain)
{
	struct buf got = { 0 };
	int r;

	for (size_t len = 0; len < packed->len; len++) {
		buf_clear(&got);
		r = unpack(packed->data, len, 50, 4096, &got);
		CHECK(r == ERR_FORMAT, "cut at %zu: %d", len, r);
	}
	for (size_t bit = 0; bit < 8 * packed->len; bit++) {
		char *copy = malloc(packed->len);

		if (copy == NULL) {
			exit(99);
		}
		memcpy(copy, packed->data, packed->len);
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		buf_clear(&got);
		r = unpack(copy, packed->len, 50, 4096, &got);
		/* some bits mean nothing, as the time in the head */
		CHECK(r == ERR_FORMAT ||
			(r == 0 && got.len == plain->len &&
			    memcmp(got.data, plain->data, got.len) == 0),
		    "bit %zu: %d", bit, r);
		free(copy);
	}
	buf_free(&got);
}

static void
check_bomb(void)
{
	struct buf packed = { 0 }, got = { 0 };
	void *zeros = calloc(1, 100 << 20);
	int r;

	if (zeros == NULL) {
		exit(99);
	}
	pack(&packed, zeros, 100 << 20);
	r = unpack(packed.data, packed.len, 65536, 4096, &got);
	CHECK(r == ERR_RANGE, "a bomb: %d", r);
	free(zeros);
	buf_free(&packed);
	buf_free(&got);
}

/* Packed apart: it unpacks to the same, and a line put in at the beginning
 * leaves what is packed of the rest as it was. */
static void
check_apart(void)
{
	struct buf plain = { 0 }, packed = { 0 }, other = { 0 }, got = { 0 };
	size_t same = 0;

	for (unsigned i = 0; i < 60000; i++) {
		buf_fmt(&plain, "%u.%u.%u.%u\n", i >> 12, i * 7u % 251,
		    i * 13u % 241, i * i % 239);
	}
	CHECK(gzip_pack_apart(plain.data, plain.len, &packed) == 0, "pack");
	CHECK(packed.len < plain.len / 2, "%zu of %zu", packed.len, plain.len);
	CHECK(unpack(packed.data, packed.len, packed.len, 4096, &got) == 0 &&
		got.len == plain.len &&
		memcmp(got.data, plain.data, got.len) == 0,
	    "unpacks to what it was");
	memcpy(plain.data, "9", 1);
	buf_clear(&got);
	buf_str(&got, "one more line\n");
	buf_add(&got, plain.data, plain.len);
	CHECK(gzip_pack_apart(got.data, got.len, &other) == 0, "pack");
	/* but for the check sum at the end */
	while (same + 8 < packed.len && same + 8 < other.len &&
	    packed.data[packed.len - 9 - same] ==
		other.data[other.len - 9 - same]) {
		same++;
	}
	CHECK(same > packed.len / 2, "the same are %zu of %zu", same,
	    packed.len);
	buf_clear(&packed);
	buf_clear(&got);
	CHECK(gzip_pack_apart("", 0, &packed) == 0 &&
		unpack(packed.data, packed.len, 50, 4096, &got) == 0 &&
		got.len == 0,
	    "nothing at all");
	buf_free(&plain);
	buf_free(&packed);
	buf_free(&other);
	buf_free(&got);
}

int
main(void)
{
	struct buf plain = { 0 }, packed = { 0 }, more = { 0 };
	struct buf got = { 0 };

	for (int i = 0; i < 700; i++) {
		buf_fmt(&plain, "45.%d.%d.%d :2:text\n", i % 7, i * i % 251, i);
	}
	pack(&packed, plain.data, plain.len);
	CHECK(gzip_starts(packed.data, packed.len) &&
		!gzip_starts(packed.data, 1) &&
		!gzip_starts(plain.data, plain.len) && !gzip_starts("", 0),
	    "the first two bytes");
	check_pieces(&packed, &plain);
	check_wrong(&packed, &plain);
	buf_add(&more, packed.data, packed.len);
	pack(&more, "tail\n", 5);
	buf_str(&plain, "tail\n");
	check_pieces(&more, &plain);
	pack(&more, "", 0);
	check_pieces(&more, &plain);
	buf_str(&more, "x");
	CHECK(unpack(more.data, more.len, 50, 4096, &got) == ERR_FORMAT,
	    "something behind it");
	check_bomb();
	check_apart();
	buf_free(&plain);
	buf_free(&packed);
	buf_free(&more);
	buf_free(&got);
	return failures != 0;
}
