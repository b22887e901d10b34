/* query.c - header, question and OPT of RFC 1035 and RFC 6891. */
#include "rbld/query.h"

#include "base/bytes.h"

#define LABEL_MAX 63
#define OPCODE_QUERY 0
#define OPCODE_NOTIFY 4

/* Do the next eight octets hold four labels of one octet each? Then nobody
 * has to wait for one length to find the next: IPv6 has 32 of them. */
static inline bool
four_short(const uint8_t *name)
{
	static const uint8_t ones[8] = { 1, 0, 1, 0, 1, 0, 1, 0 };
	static const uint8_t lengths[8] = { 255, 0, 255, 0, 255, 0, 255, 0 };
	uint64_t v, want, mask;

	memcpy(&v, name, 8);
	memcpy(&want, ones, 8);
	memcpy(&mask, lengths, 8);
	return (v & mask) == want;
}

/* Step over the name of a question. It cannot be compressed: there is
 * nothing before it to point at. */
static bool
read_question_name(struct reader *r, struct rbld_query *q)
{
	const uint8_t *name = r->at;
	size_t left = read_left(r), len = 0;
	unsigned labels = 0;

	for (;;) {
		uint8_t n;

		while (len + 8 < left && len + 8 < RBLD_NAME_MAX &&
		    labels + 4 <= RBLD_LABELS_MAX && four_short(name + len)) {
			for (unsigned i = 0; i < 4; i++, len += 2) {
				q->label_at[labels++] = (uint8_t)len;
			}
		}
		if (len >= left) {
			r->bad = true;
			return false;
		}
		n = name[len];
		if (n == 0) {
			break;
		}
		if (n > LABEL_MAX || labels == RBLD_LABELS_MAX) {
			return false;
		}
		q->label_at[labels++] = (uint8_t)len;
		len += 1u + n;
		if (len >= RBLD_NAME_MAX) {
			return false;
		}
	}
	(void)read_span(r, len + 1);
	q->name = name;
	q->name_len = (uint8_t)(len + 1);
	q->labels = (uint8_t)labels;
	return true;
}

/* Step over the owner of a record; it may end in a pointer, which nobody
 * follows. *ret_root: it is the root. */
static bool
skip_owner(struct reader *r, bool *ret_root)
{
	size_t len = 0;
	uint8_t n;

	*ret_root = false;
	for (;;) {
		n = read_u8(r);
		if (r->bad) {
			return false;
		}
		if (n == 0) {
			*ret_root = len == 0;
			return true;
		}
		if ((n & 0xc0) == 0xc0) {
			(void)read_u8(r);
			return !r->bad;
		}
		len += 1u + n;
		if (n > LABEL_MAX || len >= RBLD_NAME_MAX) {
			return false;
		}
		(void)read_span(r, n);
	}
}

/* The first cookie counts, others are ignored (RFC 7873, 5.2). */
static bool
read_cookie(struct rbld_query *q, const uint8_t *data, size_t len)
{
	if ((q->asks & RBLD_ASKS_COOKIE) != 0) {
		return true;
	}
	if (len != RBLD_COOKIE_CLIENT && (len < 16 || len > 40)) {
		return false;
	}
	q->asks |= RBLD_ASKS_COOKIE;
	q->cookie = data;
	q->cookie_len = (uint8_t)len;
	return true;
}

/* The options of an OPT must fill it exactly (6891-5). Unknown ones are
 * stepped over, and so is the payload of those that only ask. */
static bool
read_options(struct rbld_query *q, const uint8_t *data, size_t len)
{
	struct reader r = reader(data, len);
	bool ok = true;

	q->asks = 0;
	while (ok && read_left(&r) > 0) {
		uint16_t code = read_u16(&r), n = read_u16(&r);
		const uint8_t *body = read_span(&r, n);

		if (body == NULL) {
			ok = false;
		} else if (code == RBLD_O_COOKIE) {
			ok = read_cookie(q, body, n);
		} else if (code == RBLD_O_NSID) {
			q->asks |= RBLD_ASKS_NSID;
		} else if (code == RBLD_O_KEEPALIVE) {
			q->asks |= RBLD_ASKS_KEEPALIVE;
		}
	}
	if (!ok) {
		q->asks = 0;
	}
	return ok;
}

struct additional {
	unsigned opts, tsigs;
	uint8_t version;
	bool bad; /* an OPT with a wrong owner or broken options */
};

/* Step over one record; note OPT and TSIG when it is an additional one. */
static bool
read_record(struct reader *r, struct rbld_query *q, struct additional *more)
{
	uint16_t type, class, len;
	const uint8_t *data, *start = r->at;
	uint32_t ttl;
	bool root;

	if (!skip_owner(r, &root)) {
		return false;
	}
	type = read_u16(r);
	class = read_u16(r);
	ttl = read_u32(r);
	len = read_u16(r);
	data = read_span(r, len);
	if (r->bad) {
		return false;
	}
	if (more == NULL) {
		return true;
	}
	if (more->tsigs > 0) {
		more->bad = true; /* TSIG is the last record (RFC 8945) */
	}
	if (type == RBLD_T_TSIG) {
		more->tsigs++;
		q->tsig = start;
	} else if (type == RBLD_T_OPT) {
		more->opts++;
		more->version = (uint8_t)(ttl >> 16);
		q->edns = true;
		q->dnssec_ok = (ttl & 0x8000) != 0;
		q->payload = class < 512 ? 512 : class; /* 6891-4 */
		/* a later version may have other rules for the rest */
		if (!root ||
		    (more->version == 0 && !read_options(q, data, len))) {
			more->bad = true;
		}
	}
	return true;
}

enum rbld_parse
rbld_query_parse(const void *packet, size_t len, struct rbld_query *ret_query)
{
	struct reader r = reader(packet, len);
	struct rbld_query *q = ret_query;
	struct additional more = { 0 };
	unsigned qdcount, ancount, nscount, arcount, opcode;
	bool ok = true;

	q->id = read_u16(&r);
	q->flags = read_u16(&r);
	qdcount = read_u16(&r);
	ancount = read_u16(&r);
	nscount = read_u16(&r);
	arcount = read_u16(&r);
	if (r.bad || (q->flags & RBLD_QR) != 0) {
		return RBLD_PARSE_DROP;
	}
	q->name = NULL;
	q->name_len = 0;
	q->labels = 0;
	q->type = 0;
	q->class = 0;
	q->edns = false;
	q->dnssec_ok = false;
	q->asks = 0;
	q->tsig = NULL;
	q->payload = 512;
	opcode = (q->flags & RBLD_OPCODE) >> 11;

	/* Read on to the OPT even when the reply can only be an error. */
	for (unsigned i = 0; ok && i < qdcount; i++) {
		ok = read_question_name(&r, q);
		q->type = read_u16(&r);
		q->class = read_u16(&r);
		ok = ok && !r.bad;
	}
	if (!ok || qdcount != 1) {
		q->name = NULL; /* nothing to be copied into the reply */
		q->name_len = 0;
		q->labels = 0;
	}
	for (unsigned i = 0; ok && i < ancount + nscount; i++) {
		ok = read_record(&r, q, NULL);
	}
	for (unsigned i = 0; ok && i < arcount; i++) {
		ok = read_record(&r, q, &more);
	}

	if (opcode == OPCODE_NOTIFY) {
		return RBLD_PARSE_NOTAUTH; /* may carry a record (RFC 1996) */
	}
	if (opcode != OPCODE_QUERY) {
		return RBLD_PARSE_NOTIMP;
	}
	if (more.version > 0 && more.opts == 1 && ok) {
		return RBLD_PARSE_BADVERS;
	}
	if (ok && qdcount + ancount + nscount == 0 && more.opts == 1 &&
	    !more.bad && (q->asks & RBLD_ASKS_COOKIE) != 0 &&
	    read_left(&r) == 0) {
		return RBLD_PARSE_COOKIE;
	}
	if (!ok || qdcount != 1 || ancount != 0 || more.opts > 1 || more.bad ||
	    read_left(&r) > 0) {
		return RBLD_PARSE_FORMERR;
	}
	return RBLD_PARSE_OK;
}
