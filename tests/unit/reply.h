/* reply.h - a DNS reply, read by somebody who trusts nobody.
 *
 * For tests that ask too often for ldns, and for small clients. Written
 * apart from the responder and apart from ldns: what is wrong with a packet
 * must not be overlooked because the same hand wrote and read it. Every octet
 * has to belong to something; names may only point backwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REPLY_RECORDS 64
#define REPLY_ANSWER 0
#define REPLY_AUTHORITY 1
#define REPLY_ADDITIONAL 2

struct reply_name { /* on the wire, not compressed, as it was spelled */
	uint8_t at[255];
	size_t len;
};

struct reply_record {
	struct reply_name owner;
	unsigned type, class;
	uint32_t ttl;
	size_t data, len; /* where its data is in the packet */
};

struct reply {
	const uint8_t *packet;
	size_t len;
	unsigned id, flags;
	unsigned questions; /* 0 or 1 */
	struct reply_name name;
	unsigned type, class;
	unsigned n[3]; /* records by section, the OPT not counted */
	struct reply_record rr[3][REPLY_RECORDS];
	bool edns, dnssec_ok;
	unsigned rcode; /* with the OPT's upper bits */
	unsigned payload, version;
	size_t options, options_len;
};

static inline unsigned
reply_u16(const struct reply *r, size_t at)
{
	return (unsigned)r->packet[at] << 8 | r->packet[at + 1];
}

static inline uint32_t
reply_u32(const struct reply *r, size_t at)
{
	return (uint32_t)reply_u16(r, at) << 16 | reply_u16(r, at + 2);
}

/* The name at *AT; *AT moves behind it. */
static inline bool
reply_read_name(const struct reply *r, size_t *at, struct reply_name *ret)
{
	size_t here = *at, limit = *at;
	bool jumped = false;

	ret->len = 0;
	for (;;) {
		unsigned n;

		if (here >= r->len) {
			return false;
		}
		n = r->packet[here];
		if (n >= 0xc0) {
			size_t to;

			if (here + 1 >= r->len) {
				return false;
			}
			to = (n & 0x3fu) << 8 | r->packet[here + 1];
			if (!jumped) {
				*at = here + 2;
			}
			jumped = true;
			if (to >= limit) {
				return false; /* not backwards */
			}
			here = limit = to;
			continue;
		}
		if (n > 63 || here + 1 + n > r->len ||
		    ret->len + 1 + n > sizeof(ret->at)) {
			return false;
		}
		memcpy(ret->at + ret->len, r->packet + here, 1 + n);
		ret->len += 1 + n;
		here += 1 + n;
		if (n == 0) {
			if (!jumped) {
				*at = here;
			}
			return true;
		}
	}
}

/* Equal names, ASCII case folded. */
static inline bool
reply_same_name(const struct reply_name *a, const struct reply_name *b)
{
	if (a->len != b->len) {
		return false;
	}
	for (size_t i = 0; i < a->len; i++) {
		unsigned x = a->at[i], y = b->at[i];

		x += x >= 'A' && x <= 'Z' ? 32 : 0;
		y += y >= 'A' && y <= 'Z' ? 32 : 0;
		if (x != y) {
			return false;
		}
	}
	return true;
}

static inline bool
reply_read_opt(struct reply *r, const struct reply_record *rr)
{
	size_t at = rr->data, end = rr->data + rr->len;

	if (r->edns || rr->owner.len != 1) {
		return false;
	}
	r->edns = true;
	r->payload = rr->class;
	r->rcode |= rr->ttl >> 24 << 4;
	r->version = rr->ttl >> 16 & 255;
	r->dnssec_ok = (rr->ttl & 0x8000) != 0;
	r->options = at;
	r->options_len = rr->len;
	while (at < end) {
		if (at + 4 > end || at + 4 + reply_u16(r, at + 2) > end) {
			return false;
		}
		at += 4 + reply_u16(r, at + 2);
	}
	return true;
}

static inline bool
reply_read_record(struct reply *r, size_t *at, unsigned section)
{
	struct reply_record *rr = &r->rr[section][r->n[section]];

	if (r->n[section] == REPLY_RECORDS ||
	    !reply_read_name(r, at, &rr->owner) || *at + 10 > r->len) {
		return false;
	}
	rr->type = reply_u16(r, *at);
	rr->class = reply_u16(r, *at + 2);
	rr->ttl = reply_u32(r, *at + 4);
	rr->len = reply_u16(r, *at + 8);
	rr->data = *at + 10;
	*at = rr->data + rr->len;
	if (*at > r->len) {
		return false;
	}
	if (rr->type == 41) {
		return section == REPLY_ADDITIONAL && reply_read_opt(r, rr);
	}
	r->n[section]++;
	return true;
}

/* All of the packet, or false. RET borrows it. */
static inline bool
reply_read(const uint8_t *packet, size_t len, struct reply *ret)
{
	struct reply *r = ret;
	size_t at = 12;

	r->packet = packet;
	r->len = len;
	r->n[0] = r->n[1] = r->n[2] = 0;
	r->edns = false;
	r->dnssec_ok = false;
	r->type = r->class = 0;
	if (len < 12) {
		return false;
	}
	r->id = reply_u16(r, 0);
	r->flags = reply_u16(r, 2);
	r->rcode = r->flags & 15;
	r->questions = reply_u16(r, 4);
	if (r->questions > 1) {
		return false;
	}
	if (r->questions == 1) {
		if (!reply_read_name(r, &at, &r->name) || at + 4 > len) {
			return false;
		}
		r->type = reply_u16(r, at);
		r->class = reply_u16(r, at + 2);
		at += 4;
	}
	for (unsigned s = 0; s < 3; s++) {
		for (unsigned i = reply_u16(r, 6 + 2 * s); i > 0; i--) {
			if (!reply_read_record(r, &at, s)) {
				return false;
			}
		}
	}
	return at == len;
}

/* The info code of the reply's extended error (RFC 8914); -1: none. */
static inline int
reply_ede(const struct reply *r)
{
	size_t at = r->options, end = r->options + r->options_len;

	while (r->edns && at < end) {
		if (reply_u16(r, at) == 15 && reply_u16(r, at + 2) >= 2) {
			return (int)reply_u16(r, at + 4);
		}
		at += 4 + reply_u16(r, at + 2);
	}
	return -1;
}
