/* gzip.c - gzip streams, packed and unpacked. */
#include "base/gzip.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#define WINDOW (16 + MAX_WBITS) /* gzip, with its own head and check */

/* deflate reaches 1030 to 1, lists 3 to 30 */
#define BOMB_RATIO 300
#define BOMB_FROM (64u << 20)

struct gzip {
	z_stream z;
	bool within; /* a stream has begun and not ended */
	bool any;    /* there was one */
	uint64_t in, out;
};

bool
gzip_starts(const void *data, size_t len)
{
	return len >= 2 && memcmp(data, "\x1f\x8b", 2) == 0;
}

int
gzip_new(struct gzip **ret)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		return ERR_NOMEM;
	}
	if (inflateInit2(&g->z, WINDOW) != Z_OK) {
		free(g);
		return ERR_NOMEM;
	}
	*ret = g;
	return 0;
}

void
gzip_free(struct gzip **gzip)
{
	if (*gzip != NULL) {
		inflateEnd(&(*gzip)->z);
		free(*gzip);
		*gzip = NULL;
	}
}

int
gzip_step(struct gzip *g, const uint8_t **in, size_t *in_len, bool last,
    void *out, size_t cap, size_t *ret_len)
{
	size_t given = *in_len < 1u << 30 ? *in_len : 1u << 30;
	int r = Z_OK;

	cap = cap < 1u << 30 ? cap : 1u << 30;
	g->z.next_in = *in;
	g->z.avail_in = (uInt)given;
	g->z.next_out = out;
	g->z.avail_out = (uInt)cap;
	/* also without input: there may be output that had no room before */
	while (g->z.avail_out > 0 && (g->z.avail_in > 0 || g->within) &&
	    r == Z_OK) {
		g->within = true;
		g->any = true;
		r = inflate(&g->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END) {
			g->within = false;
			r = inflateReset(&g->z);
		}
	}
	g->in += given - g->z.avail_in;
	g->out += cap - g->z.avail_out;
	*in += given - g->z.avail_in;
	*in_len -= given - g->z.avail_in;
	if (r != Z_OK && r != Z_BUF_ERROR) {
		return r == Z_MEM_ERROR ? ERR_NOMEM : ERR_FORMAT;
	}
	if (g->out > BOMB_FROM && g->out / BOMB_RATIO > g->in) {
		return ERR_RANGE;
	}
	*ret_len = cap - g->z.avail_out;
	if (last && *in_len == 0 && *ret_len == 0 && (g->within || !g->any)) {
		return ERR_FORMAT; /* cut short */
	}
	return 0;
}

int
gzip_pack(const void *data, size_t len, struct buf *b)
{
	const uint8_t *in = data;
	z_stream z = { 0 };
	char out[16384];
	int r;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		return ERR_NOMEM;
	}
	do {
		size_t n = len < 1u << 30 ? len : 1u << 30;

		z.next_in = in;
		z.avail_in = (uInt)n;
		z.next_out = (uint8_t *)out;
		z.avail_out = sizeof(out);
		r = deflate(&z, n == len ? Z_FINISH : Z_NO_FLUSH);
		in += n - z.avail_in;
		len -= n - z.avail_in;
		buf_add(b, out, sizeof(out) - z.avail_out);
	} while (r == Z_OK && !b->bad);
	deflateEnd(&z);
	return r == Z_STREAM_END && !b->bad ? 0 : ERR_NOMEM;
}

/* Length of the piece at DATA: to where the last 64 bytes, mixed, have their
 * 16 highest bits zero. */
static size_t
piece(const uint8_t *data, size_t len)
{
	uint64_t h = 0;

	for (size_t i = 0; i < len; i++) {
		h = (h << 1) + (data[i] + 1) * 0x9e3779b97f4a7c15u;
		if (h >> 48 == 0 && i >= 4096) {
			return i + 1;
		}
	}
	return len;
}

int
gzip_pack_apart(const void *data, size_t len, struct buf *b)
{
	const uint8_t *in = data;
	z_stream z = { 0 };
	char out[16384];
	int r = Z_OK;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		return ERR_NOMEM;
	}
	do {
		size_t n = piece(in, len < 1u << 20 ? len : 1u << 20);
		int flush = n == len ? Z_FINISH : Z_FULL_FLUSH;

		z.next_in = in;
		z.avail_in = (uInt)n;
		do {
			z.next_out = (uint8_t *)out;
			z.avail_out = sizeof(out);
			r = deflate(&z, flush);
			buf_add(b, out, sizeof(out) - z.avail_out);
		} while (z.avail_out == 0 && r == Z_OK && !b->bad);
		if (r == Z_BUF_ERROR) {
			r = Z_OK; /* there was nothing left to flush */
		}
		in += n;
		len -= n;
	} while (r == Z_OK && !b->bad);
	deflateEnd(&z);
	return r == Z_STREAM_END && !b->bad ? 0 : ERR_NOMEM;
}
