/* entry.c - the stored detail of listed keys: bytes and codes. */
#include "zone/entry.h"

#include <stdio.h>

#include "zone/record.h"

/* doc/FORMATS, "details": the head of every record, numbers, texts. */
#define PERSON 1u
#define TEMPLATE 2u
#define NUMBERS 48 /* bytes before the texts */
#define TEXTS 5

void
zone_detail_encode(const struct zone_detail *d, struct buf *b)
{
	const struct span texts[TEXTS] = { d->by, d->source, d->criterion,
		d->reason, d->evidence };
	size_t start, size = NUMBERS;

	for (unsigned i = 0; i < TEXTS; i++) {
		if (texts[i].len > UINT32_MAX - 4 - size) {
			b->bad = true;
			return;
		}
		size += 4 + texts[i].len;
	}
	start = zone_record_begin(b);
	buf_le32(b, (d->person ? PERSON : 0) | (d->template ? TEMPLATE : 0));
	buf_le32(b, d->id);
	buf_le32(b, d->code);
	buf_le64(b, (uint64_t)d->created);
	buf_le64(b, (uint64_t)d->until);
	buf_le64(b, d->serial);
	for (unsigned i = 0; i < TEXTS; i++) {
		buf_text(b, texts[i].at, texts[i].len);
	}
	zone_record_end(b, start);
}

int
zone_detail_decode(const void *data, size_t len, struct zone_detail *ret)
{
	struct reader r;
	struct zone_detail d;
	struct span *const texts[TEXTS] = { &d.by, &d.source, &d.criterion,
		&d.reason, &d.evidence };
	uint32_t flags;

	memset(&d, 0, sizeof(d));
	if (zone_record_open(data, len, &r) < 0) {
		return ERR_CORRUPT;
	}
	flags = read_le32(&r);
	if ((flags & ~(PERSON | TEMPLATE)) != 0) {
		return ERR_CORRUPT;
	}
	d.person = (flags & PERSON) != 0;
	d.template = (flags & TEMPLATE) != 0;
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

void
zone_detail_reason(const struct zone_detail *d, const char *key, struct buf *b)
{
	struct span s = d->reason;

	while (s.len > 0) {
		const char *p =
		    d->template ? memchr(s.at, '$', s.len) : NULL;
		size_t n = p != NULL ? (size_t)(p - s.at) : s.len;

		buf_add(b, s.at, n);
		s = span(s.at + n, s.len - n);
		if (s.len > 1 && s.at[1] == '$') {
			buf_u8(b, '$');
			s = span(s.at + 2, s.len - 2);
		} else if (s.len > 0) {
			buf_str(b, key);
			s = span(s.at + 1, s.len - 1);
		}
	}
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
