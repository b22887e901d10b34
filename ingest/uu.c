/* uu.c - uuencode: files in text, from before MIME. */
#include "ingest/uu.h"

/* One line of uuencode. */
static void
decode_line(struct span line, struct buf *b)
{
	size_t n = (size_t)((line.at[0] - ' ') & 63), at = 1;

	while (n > 0 && at + 1 < line.len) {
		unsigned v[4] = { 0 };

		/* blanks at the end of a line, which are zeros, get lost */
		for (size_t i = 0; i < 4 && at < line.len; i++) {
			v[i] = (unsigned)(line.at[at++] - ' ') & 63;
		}
		buf_u8(b, (v[0] << 2 | v[1] >> 4) & 0xff);
		if (n > 1) {
			buf_u8(b, (v[1] << 4 | v[2] >> 2) & 0xff);
		}
		if (n > 2) {
			buf_u8(b, (v[2] << 6 | v[3]) & 0xff);
		}
		n -= n < 3 ? n : 3;
	}
}

bool
ingest_uu_find(struct span text, struct span *ret)
{
	for (const char *p = text.at; p != NULL;) {
		size_t left = text.len - (size_t)(p - text.at);
		const char *nl = memchr(p, '\n', left);

		if (nl == NULL) {
			return false;
		}
		if (left > 10 && memcmp(p, "begin ", 6) == 0 && p[6] >= '0' &&
		    p[6] <= '7' && p[7] >= '0' && p[7] <= '7' && p[8] >= '0' &&
		    p[8] <= '7') {
			nl++;
			*ret = span(nl, text.len - (size_t)(nl - text.at));
			return true;
		}
		p = nl + 1;
	}
	return false;
}

int
ingest_uu_decode(struct span in, size_t limit, struct buf *b)
{
	size_t start = b->len;
	struct span line;

	(void)ingest_uu_find(in, &in);
	while (in.len > 0) {
		const char *nl = memchr(in.at, '\n', in.len);
		size_t n = nl != NULL ? (size_t)(nl - in.at) : in.len;

		line = span(in.at, n);
		line.len -= n > 0 && in.at[n - 1] == '\r' ? 1 : 0;
		n += nl != NULL ? 1 : 0;
		in = span(in.at + n, in.len - n);
		if (line.len == 0) {
			continue;
		}
		if (line.at[0] == '`' || line.at[0] == ' ' ||
		    span_is(line, "end")) {
			break;
		}
		decode_line(line, b);
		if (b->len - start > limit) {
			b->len = start + limit;
			return ERR_FULL;
		}
	}
	return b->bad ? ERR_NOMEM : 0;
}
