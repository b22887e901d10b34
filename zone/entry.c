/* entry.c - the stored detail of listed keys: bytes and codes. */
#include "zone/entry.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/crc.h"

/* doc/FORMATS, "details": version, three zero bytes, CRC-32C of all that
 * follows it, length of the whole, then numbers, then texts. */
#define VERSION 1
#define PERSON 1u
#define COVERED 8  /* first byte under the checksum */
#define NUMBERS 48 /* bytes before the texts */
#define TEXTS 5

void
zone_detail_encode(const struct zone_detail *d, struct buf *b)
{
	const struct span texts[TEXTS] = { d->by, d->source, d->criterion,
		d->reason, d->evidence };
	size_t start = b->len, size = NUMBERS;
	struct writer crc;

	for (unsigned i = 0; i < TEXTS; i++) {
		if (texts[i].len > UINT32_MAX - 4 - size) {
			b->bad = true;
			return;
		}
		size += 4 + texts[i].len;
	}
	buf_u8(b, VERSION);
	buf_u8(b, 0);
	buf_le16(b, 0);
	buf_le32(b, 0); /* the checksum, once it can be known */
	buf_le32(b, (uint32_t)size);
	buf_le32(b, d->person ? PERSON : 0);
	buf_le32(b, d->id);
	buf_le32(b, d->code);
	buf_le64(b, (uint64_t)d->created);
	buf_le64(b, (uint64_t)d->until);
	buf_le64(b, d->serial);
	for (unsigned i = 0; i < TEXTS; i++) {
		buf_text(b, texts[i].at, texts[i].len);
	}
	if (!b->bad) {
		crc = writer(b->data + start + 4, 4);
		write_le32(
		    &crc, crc32c(b->data + start + COVERED, size - COVERED));
	}
}

int
zone_detail_decode(const void *data, size_t len, struct zone_detail *ret)
{
	struct reader r = reader(data, len);
	struct zone_detail d;
	struct span *const texts[TEXTS] = { &d.by, &d.source, &d.criterion,
		&d.reason, &d.evidence };
	unsigned version, zero;
	uint32_t crc, size, flags;

	if (len < NUMBERS + TEXTS * 4) {
		return ERR_CORRUPT;
	}
	memset(&d, 0, sizeof(d));
	version = read_u8(&r);
	zero = read_u8(&r);
	zero |= read_le16(&r);
	crc = read_le32(&r);
	size = read_le32(&r);
	flags = read_le32(&r);
	if (version != VERSION || (flags & ~PERSON) != 0 || zero != 0 ||
	    size != len ||
	    crc != crc32c((const uint8_t *)data + COVERED, len - COVERED)) {
		return ERR_CORRUPT;
	}
	d.person = (flags & PERSON) != 0;
	d.id = read_le32(&r);
	d.code = read_le32(&r);
	d.created = (int64_t)read_le64(&r);
	d.until = (int64_t)read_le64(&r);
	d.serial = read_le64(&r);
	for (unsigned i = 0; i < TEXTS; i++) {
		texts[i]->at = read_text(&r, &texts[i]->len);
	}
	if (r.bad || r.at != r.end) {
		return ERR_CORRUPT;
	}
	*ret = d;
	return 0;
}

char *
zone_code_format(char *out, uint32_t code)
{
	snprintf(out, 16, "%u.%u.%u.%u", code >> 24, code >> 16 & 0xff,
	    code >> 8 & 0xff, code & 0xff);
	return out;
}

int
zone_code_parse(struct span s, uint32_t *ret_code)
{
	struct net_ip ip;

	if (net_ip_parse(s, &ip) < 0 || ip.bits != 32) {
		return ERR_FORMAT;
	}
	*ret_code = (uint32_t)ip.bytes[0] << 24 | (uint32_t)ip.bytes[1] << 16 |
	    (uint32_t)ip.bytes[2] << 8 | ip.bytes[3];
	return 0;
}
