/* buf.c - bytes that grow on the heap. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for N more bytes and a NUL, or "bad". */
static char *
room(struct buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->bad) {
		return NULL;
	}
	if (n > SIZE_MAX / 2 - b->len ||
	    (b->limit != 0 && b->len + n > b->limit)) {
		b->bad = true;
		return NULL;
	}
	need = b->len + n + 1;
	if (need > b->cap) {
		cap = b->cap < 128 ? 256 : b->cap * 2;
		if (cap < need) {
			cap = need;
		}
		data = realloc(b->data, cap);
		if (data == NULL) {
			b->bad = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	b->len += n;
	b->data[b->len] = '\0';
	return b->data + b->len - n;
}

void
buf_add(struct buf *b, const void *data, size_t len)
{
	char *p = room(b, len);

	if (p != NULL && len > 0) {
		memcpy(p, data, len);
	}
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->bad = true;
		return;
	}
	p = room(b, (size_t)n);
	if (p != NULL) {
		va_start(ap, fmt);
		vsnprintf(p, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
}

void
buf_u8(struct buf *b, unsigned v)
{
	uint8_t x = (uint8_t)v;

	buf_add(b, &x, 1);
}

void
buf_le16(struct buf *b, unsigned v)
{
	uint8_t x[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	buf_add(b, x, 2);
}

void
buf_le32(struct buf *b, uint32_t v)
{
	buf_le16(b, v & 0xffff);
	buf_le16(b, v >> 16);
}

void
buf_le64(struct buf *b, uint64_t v)
{
	buf_le32(b, (uint32_t)v);
	buf_le32(b, (uint32_t)(v >> 32));
}

void
buf_text(struct buf *b, const char *s, size_t len)
{
	if (len > UINT32_MAX) {
		b->bad = true;
		return;
	}
	buf_le32(b, (uint32_t)len);
	buf_add(b, s, len);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->bad = false;
	if (b->data != NULL) {
		b->data[0] = '\0';
	}
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}
