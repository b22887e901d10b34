/* bytes.h - reading and writing untrusted bytes without arithmetic at the
 * call site.
 *
 * A cursor remembers its first failure. After it, reads give zeros and writes
 * do nothing, so a parser reads a whole structure and looks at "bad" once.
 * Reader and writer are separate types: a const buffer cannot be written.
 * Wire numbers (DNS) are big-endian: read_u16, write_u16, ... Stored numbers
 * (doc/FORMATS) are little-endian: read_le32, write_le32, ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool bad; /* something did not fit */
};

static inline struct reader
reader(const void *data, size_t len)
{
	const uint8_t *p = data;

	return (struct reader){ .at = p, .end = p + len };
}

static inline size_t
read_left(const struct reader *r)
{
	return r->bad ? 0 : (size_t)(r->end - r->at);
}

/* N bytes in place, borrowed from the buffer; NULL once the cursor is bad. */
static inline const uint8_t *
read_span(struct reader *r, size_t n)
{
	const uint8_t *p = r->at;

	if (r->bad || (size_t)(r->end - p) < n) {
		r->bad = true;
		return NULL;
	}
	r->at = p + n;
	return p;
}

static inline uint8_t
read_u8(struct reader *r)
{
	const uint8_t *p = read_span(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t
read_u16(struct reader *r)
{
	const uint8_t *p = read_span(r, 2);

	return (uint16_t)(p != NULL ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t
read_u32(struct reader *r)
{
	uint32_t hi = read_u16(r);

	return hi << 16 | read_u16(r);
}

static inline uint16_t
read_le16(struct reader *r)
{
	const uint8_t *p = read_span(r, 2);

	return (uint16_t)(p != NULL ? p[1] << 8 | p[0] : 0);
}

static inline uint32_t
read_le32(struct reader *r)
{
	uint32_t lo = read_le16(r);

	return (uint32_t)read_le16(r) << 16 | lo;
}

static inline uint64_t
read_le64(struct reader *r)
{
	uint64_t lo = read_le32(r);

	return (uint64_t)read_le32(r) << 32 | lo;
}

/* A string as write_text left it: u32 length, bytes. Borrowed. */
static inline const char *
read_text(struct reader *r, size_t *ret_len)
{
	uint32_t n = read_le32(r);
	const uint8_t *p = read_span(r, n);

	*ret_len = p != NULL ? n : 0;
	return p != NULL ? (const char *)p : "";
}

static inline struct writer
writer(void *data, size_t cap)
{
	uint8_t *p = data;

	return (struct writer){ .start = p, .at = p, .end = p + cap };
}

static inline size_t
written(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

/* Room for N bytes, to be filled by the caller; NULL when it does not fit. */
static inline uint8_t *
write_room(struct writer *w, size_t n)
{
	uint8_t *p = w->at;

	if (w->bad || (size_t)(w->end - p) < n) {
		w->bad = true;
		return NULL;
	}
	w->at = p + n;
	return p;
}

static inline void
write_span(struct writer *w, const void *data, size_t n)
{
	uint8_t *p = write_room(w, n);

	if (p != NULL && n > 0) {
		memcpy(p, data, n);
	}
}

static inline void
write_u8(struct writer *w, unsigned v)
{
	uint8_t *p = write_room(w, 1);

	if (p != NULL) {
		p[0] = (uint8_t)v;
	}
}

static inline void
write_u16(struct writer *w, unsigned v)
{
	uint8_t *p = write_room(w, 2);

	if (p != NULL) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void
write_u32(struct writer *w, uint32_t v)
{
	write_u16(w, v >> 16);
	write_u16(w, v & 0xffff);
}

static inline void
write_le16(struct writer *w, unsigned v)
{
	uint8_t *p = write_room(w, 2);

	if (p != NULL) {
		p[0] = (uint8_t)v;
		p[1] = (uint8_t)(v >> 8);
	}
}

static inline void
write_le32(struct writer *w, uint32_t v)
{
	write_le16(w, v & 0xffff);
	write_le16(w, v >> 16);
}

static inline void
write_le64(struct writer *w, uint64_t v)
{
	write_le32(w, (uint32_t)v);
	write_le32(w, (uint32_t)(v >> 32));
}

static inline void
write_text(struct writer *w, const char *s, size_t n)
{
	if (n > UINT32_MAX) {
		w->bad = true;
		return;
	}
	write_le32(w, (uint32_t)n);
	write_span(w, s, n);
}
