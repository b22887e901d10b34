/* answer.c - header, question, records and OPT, written in that order. */
#include "rbld/answer.h"

#define OPT_LEN 11       /* an OPT without options */
#define EDE_LEN 6        /* an EDE option without text */
#define CH_TTL 0         /* of what the server says of itself (RFC 4892) */
#define OUR_PAYLOAD 1232 /* what we take by UDP (DNS flag day 2020) */
#define TEXT_MAX 255

void
rbld_answer_begin(struct rbld_answer *a, const struct rbld_query *q,
    uint8_t *out, size_t limit)
{
	a->q = q;
	a->limit = limit;
	a->answers = 0;
	a->authority = 0;
	a->tc = false;
	a->options_len = 0;
	a->text = "";
	/* the OPT must always fit, so its place is kept from the start */
	a->w = writer(out, limit - (q->edns ? OPT_LEN : 0));
	(void)write_room(&a->w, RBLD_HEADER);
	if (q->name != NULL) {
		write_span(&a->w, q->name, q->name_len);
		write_u16(&a->w, q->type);
		write_u16(&a->w, q->class);
	}
	a->body = written(&a->w);
}

void
rbld_answer_options(struct rbld_answer *a, const uint8_t *options, size_t len)
{
	if (a->q->edns && len > 0) {
		a->options = options;
		a->options_len = len;
		a->w.end -= len;
	}
}

void
rbld_answer_cut(struct rbld_answer *a)
{
	a->w.bad = true;
}

/* Owner (the question's name), type, class, TTL, length of the data. */
static uint8_t *
put_head(struct rbld_answer *a, unsigned type, uint32_t ttl, size_t len)
{
	uint8_t *p = write_room(&a->w, 12 + len);

	if (p == NULL) {
		return NULL;
	}
	p[0] = 0xc0;
	p[1] = RBLD_HEADER;
	p[2] = (uint8_t)(type >> 8);
	p[3] = (uint8_t)type;
	p[4] = 0;
	p[5] = RBLD_CLASS_IN;
	p[6] = (uint8_t)(ttl >> 24);
	p[7] = (uint8_t)(ttl >> 16);
	p[8] = (uint8_t)(ttl >> 8);
	p[9] = (uint8_t)ttl;
	p[10] = (uint8_t)(len >> 8);
	p[11] = (uint8_t)len;
	a->answers++;
	return p + 12;
}

void
rbld_answer_a(struct rbld_answer *a, uint32_t ttl, uint32_t code)
{
	uint8_t *p = put_head(a, RBLD_T_A, ttl, 4);

	if (p != NULL) {
		p[0] = (uint8_t)(code >> 24);
		p[1] = (uint8_t)(code >> 16);
		p[2] = (uint8_t)(code >> 8);
		p[3] = (uint8_t)code;
	}
}

/* Is there a TXT of ours that says the same? All records so far are such. */
static bool
has_text(const struct rbld_answer *a, const char *text, size_t len)
{
	struct reader r =
	    reader(a->w.start + a->body, written(&a->w) - a->body);

	while (read_left(&r) > 0) {
		const uint8_t *data;
		uint16_t n;

		(void)read_span(&r, 10);
		n = read_u16(&r);
		data = read_span(&r, n);
		if (data != NULL && n == len + 1 &&
		    memcmp(data + 1, text, len) == 0) {
			return true;
		}
	}
	return false;
}

void
rbld_answer_txt(
    struct rbld_answer *a, uint32_t ttl, const char *text, size_t len)
{
	uint8_t *p;

	if (a->w.bad || has_text(a, text, len)) {
		return;
	}
	p = put_head(a, RBLD_T_TXT, ttl, len + 1);
	if (p != NULL) {
		p[0] = (uint8_t)len;
		memcpy(p + 1, text, len);
	}
}

/* Copy REC and fill its links in. */
static uint8_t *
put_record(struct rbld_answer *a, const struct rbld_zone *zone,
    const struct rbld_record *rec)
{
	unsigned base = RBLD_HEADER + (unsigned)a->q->name_len - zone->name_len;
	uint8_t *p = write_room(&a->w, rec->len);

	if (p == NULL) {
		return NULL;
	}
	memcpy(p, rec->bytes, rec->len);
	for (unsigned i = 0; i < rec->n_links; i++) {
		unsigned link = 0xc000 | (base + rec->links[i].to);

		p[rec->links[i].at] = (uint8_t)(link >> 8);
		p[rec->links[i].at + 1] = (uint8_t)link;
	}
	return p;
}

void
rbld_answer_record(struct rbld_answer *a, const struct rbld_zone *zone,
    const struct rbld_record *rec)
{
	uint8_t *p = put_record(a, zone, rec);

	if (p != NULL) {
		p[0] = 0xc0; /* a host's records are its own, not the apex's */
		p[1] = RBLD_HEADER;
		a->answers++;
	}
}

static void
put_serial(uint8_t *p, const struct rbld_record *rec, uint32_t serial)
{
	uint8_t *at = p + rec->len - 20;

	at[0] = (uint8_t)(serial >> 24);
	at[1] = (uint8_t)(serial >> 16);
	at[2] = (uint8_t)(serial >> 8);
	at[3] = (uint8_t)serial;
}

void
rbld_answer_soa(
    struct rbld_answer *a, const struct rbld_zone *zone, uint32_t serial)
{
	uint8_t *p = put_record(a, zone, &zone->soa);

	if (p != NULL) {
		put_serial(p, &zone->soa, serial);
		a->answers++;
	}
}

void
rbld_answer_negative(
    struct rbld_answer *a, const struct rbld_zone *zone, uint32_t serial)
{
	uint8_t *p = put_record(a, zone, &zone->negative);

	if (p != NULL) {
		put_serial(p, &zone->negative, serial);
		a->authority++;
	}
}

void
rbld_answer_chaos(struct rbld_answer *a, const char *text)
{
	size_t len = strlen(text) < TEXT_MAX ? strlen(text) : TEXT_MAX;
	uint8_t *p = put_head(a, RBLD_T_TXT, CH_TTL, len + 1);

	if (p != NULL) {
		p[-7] = RBLD_CLASS_CH;
		p[0] = (uint8_t)len;
		memcpy(p + 1, text, len);
	}
}

/* Octets of the extended error, 0: there is no room for it, or no error. The
 * text goes before the error does. */
static size_t
room_for_ede(const struct rbld_answer *a, size_t *ret_text)
{
	size_t left = a->limit - written(&a->w) - OPT_LEN - a->options_len;
	size_t text = strlen(a->text);

	*ret_text = left >= EDE_LEN + text ? text : 0;
	return left >= EDE_LEN ? EDE_LEN + *ret_text : 0;
}

static void
put_opt(struct rbld_answer *a, unsigned rcode, enum rbld_ede ede)
{
	size_t text = 0, told = 0, len;
	uint8_t *p;

	if (ede != RBLD_EDE_NONE && !a->tc) {
		told = room_for_ede(a, &text);
		a->tc = told == 0;
	}
	a->w.end = a->w.start + a->limit;
	len = a->options_len + told;
	p = write_room(&a->w, OPT_LEN);
	p[0] = 0;
	p[1] = 0;
	p[2] = RBLD_T_OPT;
	p[3] = OUR_PAYLOAD >> 8;
	p[4] = OUR_PAYLOAD & 0xff;
	p[5] = (uint8_t)(rcode >> 4);
	p[6] = 0;                             /* version */
	p[7] = a->q->dnssec_ok ? 0x80 : 0x00; /* RFC 3225 */
	p[8] = 0;
	p[9] = (uint8_t)(len >> 8);
	p[10] = (uint8_t)len;
	if (a->options_len > 0) {
		write_span(&a->w, a->options, a->options_len);
	}
	if (told > 0) {
		write_u16(&a->w, RBLD_O_EDE);
		write_u16(&a->w, (unsigned)(2 + text));
		write_u16(&a->w, (unsigned)ede);
		write_span(&a->w, a->text, text);
	}
}

size_t
rbld_answer_end(
    struct rbld_answer *a, enum rbld_rcode rcode, bool aa, enum rbld_ede ede)
{
	const struct rbld_query *q = a->q;
	uint8_t *h = a->w.start;
	unsigned flags;

	a->tc = a->w.bad;
	if (a->tc) {
		a->w.at = a->w.start + a->body;
		a->w.bad = false;
		a->answers = 0;
		a->authority = 0;
	}
	if (q->edns) {
		put_opt(a, rcode, ede);
	}
	flags = RBLD_QR | (q->flags & (RBLD_OPCODE | RBLD_RD)) |
	    (aa ? (unsigned)RBLD_AA : 0) | (a->tc ? (unsigned)RBLD_TC : 0) |
	    (rcode & 15);
	h[0] = (uint8_t)(q->id >> 8);
	h[1] = (uint8_t)q->id;
	h[2] = (uint8_t)(flags >> 8);
	h[3] = (uint8_t)flags;
	h[4] = 0;
	h[5] = q->name != NULL;
	h[6] = (uint8_t)(a->answers >> 8);
	h[7] = (uint8_t)a->answers;
	h[8] = 0;
	h[9] = (uint8_t)a->authority;
	h[10] = 0;
	h[11] = q->edns;
	return written(&a->w);
}
