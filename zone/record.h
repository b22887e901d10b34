/* record.h - the first 12 bytes of every stored value (doc/FORMATS).
 *
 * Version, flags, CRC and length stand before the fields, so a flipped bit,
 * a short value and one from a newer program are told from a good one before
 * anything in it is believed.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/crc.h"

#define ZONE_RECORD_HEAD 12
#define ZONE_RECORD_VERSION 1

/* Append an unfinished head to B; returns its place for zone_record_end. */
static inline size_t
zone_record_begin(struct buf *b)
{
	size_t start = b->len;

	buf_u8(b, ZONE_RECORD_VERSION);
	buf_u8(b, 0);
	buf_le16(b, 0);
	buf_le32(b, 0);
	buf_le32(b, 0);
	return start;
}

/* Fill in length and CRC once all fields were appended. */
static inline void
zone_record_end(struct buf *b, size_t start)
{
	struct writer w;
	uint8_t *at;
	size_t len;

	if (b->bad) {
		return;
	}
	len = b->len - start;
	if (len > UINT32_MAX) {
		b->bad = true;
		return;
	}
	at = (uint8_t *)b->data + start;
	w = writer(at + 8, 4);
	write_le32(&w, (uint32_t)len);
	w = writer(at + 4, 4);
	write_le32(&w, crc32c(at + 8, len - 8));
}

/* Check the head; *ret reads the fields behind it. ERR_CORRUPT. */
MUST_CHECK static inline int
zone_record_open(const void *data, size_t len, struct reader *ret)
{
	struct reader r = reader(data, len);
	unsigned version = read_u8(&r), flags = read_u8(&r);
	unsigned zero = read_le16(&r);
	uint32_t crc = read_le32(&r);
	uint32_t total = read_le32(&r);

	if (r.bad || version != ZONE_RECORD_VERSION || flags != 0 ||
	    zero != 0 || total != len ||
	    crc32c((const uint8_t *)data + 8, len - 8) != crc) {
		return ERR_CORRUPT;
	}
	*ret = r;
	return 0;
}
