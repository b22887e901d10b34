/* rbldnsd_later.c - what can be said only when a whole file was read: holes of
 * sets, which beat listings that come behind them, and generic records, of
 * which A and TXT make one entry.
 */
#include "zone/rbldnsd_priv.h"

#include <stdlib.h>

/* Room for one more of SIZE bytes in an array. */
static void *
grow(void *array, size_t n, size_t *cap, size_t size)
{
	void *p;

	if (n < *cap) {
		return array;
	}
	p = reallocarray(array, *cap == 0 ? 64 : *cap * 2, size);
	if (p != NULL) {
		*cap = *cap == 0 ? 64 : *cap * 2;
	}
	return p;
}

/* ---- holes -----------------------------------------------------------------
 */

int
zone_rbldnsd_hole(
    struct zone_format_in *in, const struct net_prefix *ip, const char *text)
{
	struct rbldnsd *r = in->own;
	void *p = grow(r->later, r->n_later, &r->cap_later, sizeof(*r->later));

	if (p == NULL) {
		return ERR_NOMEM;
	}
	r->later = p;
	r->later[r->n_later] =
	    (struct rbldnsd_later){ .line = in->at, .text = text };
	if (ip != NULL) {
		r->later[r->n_later].ip = *ip;
	}
	r->n_later++;
	return 0;
}

static uint32_t
address4(const struct net_prefix *p)
{
	return (uint32_t)p->ip.bytes[0] << 24 | (uint32_t)p->ip.bytes[1] << 16 |
	    (uint32_t)p->ip.bytes[2] << 8 | p->ip.bytes[3];
}

/* The level of a prefix: 32 for /25 to /32, 24 for /17 to /24 and so on. */
static unsigned
level(unsigned plen)
{
	return plen == 0 ? 8 : (plen + 7) / 8 * 8;
}

/* The bit for P's place: the network one level up. */
static size_t
place(const struct net_prefix *p)
{
	static const size_t first[] = { 0, 1, 1 + 256, 1 + 256 + 65536 };
	unsigned up = level(p->plen) - 8;

	return first[up / 8] + (up == 0 ? 0 : address4(p) >> (32 - up));
}

int
zone_rbldnsd_seen(struct rbldnsd *r, const struct net_prefix *ip)
{
	size_t bit = place(ip);

	if (r->seen == NULL) {
		r->seen = calloc(RBLDNSD_SEEN_WORDS, sizeof(*r->seen));
	}
	if (r->seen == NULL) {
		return ERR_NOMEM;
	}
	r->seen[bit / 64] |= UINT64_C(1) << bit % 64;
	return 0;
}

static int
put_hole(struct zone_format_in *in, const struct net_prefix *ip,
    struct span key, bool over, struct err_text *why)
{
	struct zone_format_line line = {
		.exempt = true, .over = over, .key = key
	};

	if (ip != NULL) {
		line.is_ip = true;
		line.ip = *ip;
	}
	return zone_format_found(in, &line, why);
}

/* The hole itself, and over whatever the file lists within it and within its
 * level. */
static int
ip_hole(struct zone_format_in *in, const struct net_prefix *hole,
    struct err_text *why)
{
	struct rbldnsd *r = in->own;
	size_t bit = place(hole);
	uint32_t from = address4(hole);
	int rc = put_hole(in, hole, span("", 0), false, why);

	if (r->seen == NULL || (r->seen[bit / 64] >> bit % 64 & 1) == 0) {
		return rc; /* nothing there */
	}
	for (unsigned plen = hole->plen + 1u;
	     plen <= level(hole->plen) && rc == 0; plen++) {
		unsigned n = 1u << (plen - hole->plen);

		for (unsigned i = 0; i < n && rc == 0; i++) {
			uint32_t a = from + (i << (32 - plen));
			struct net_prefix p = { .ip = { .bits = 32 },
				.plen = (uint8_t)plen };

			p.ip.bytes[0] = (uint8_t)(a >> 24);
			p.ip.bytes[1] = (uint8_t)(a >> 16);
			p.ip.bytes[2] = (uint8_t)(a >> 8);
			p.ip.bytes[3] = (uint8_t)a;
			rc = put_hole(in, &p, span("", 0), true, why);
		}
	}
	return rc;
}

/* ".d" is a hole in "d" and in "*.d". */
static int
name_hole(struct zone_format_in *in, const char *text, struct err_text *why)
{
	char below[ZONE_KEY_TEXT + 2];
	int rc = put_hole(in, NULL, span_str(text), false, why);

	if (rc == 0 && text[0] == '.' && strlen(text) < ZONE_KEY_TEXT) {
		rc = put_hole(in, NULL, span_str(text + 1), true, why);
		if (rc == 0) {
			below[0] = '*';
			strcpy(below + 1, text);
			rc = put_hole(in, NULL, span_str(below), true, why);
		}
	}
	return rc;
}

/* ---- generic records -------------------------------------------------------
 */

/* OWNER, below a zone of KIND, as the key it stands for; an empty span when
 * it is none. */
static struct span
owner_key(enum zone_kind kind, struct span owner, char out[ZONE_KEY_TEXT])
{
	uint8_t v4[4] = { 0 }, v6[16] = { 0 };
	unsigned labels = 0;
	bool four = true, six = owner.len == 63;
	struct net_ip ip = { .bits = 0 };

	while (owner.len > 0 && owner.at[owner.len - 1] == '.') {
		owner.len--;
	}
	if (kind != ZONE_KIND_IP || owner.len == 0 || owner.len > 63) {
		return owner.len < ZONE_KEY_TEXT ? owner : span("", 0);
	}
	for (size_t i = 0; i <= owner.len; i++, labels++) {
		size_t n = i;
		unsigned long v;
		int nibble;

		while (n < owner.len && owner.at[n] != '.') {
			n++;
		}
		if (four && labels < 4 &&
		    text_number(span(owner.at + i, n - i), 255, &v)) {
			v4[3 - labels] = (uint8_t)v;
		} else {
			four = false;
		}
		nibble = n - i == 1 ? text_lower(owner.at[i]) : -1;
		nibble = nibble >= '0' && nibble <= '9' ? nibble - '0'
		    : nibble >= 'a' && nibble <= 'f'    ? nibble - 'a' + 10
							: -1;
		if (six && labels < 32 && nibble >= 0) {
			v6[15 - labels / 2] |=
			    (uint8_t)(nibble << (labels % 2 != 0 ? 4 : 0));
		} else {
			six = false;
		}
		i = n;
	}
	if (four && labels == 4) {
		memcpy(ip.bytes, v4, 4);
		ip.bits = 32;
	} else if (six && labels == 32) {
		memcpy(ip.bytes, v6, 16);
		ip.bits = 128;
	} else {
		return span("", 0);
	}
	return span_str(net_ip_format(out, &ip));
}

int
zone_rbldnsd_record(
    struct zone_format_in *in, struct span s, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	struct rbldnsd_record rec = { .line = in->at };
	struct rbldnsd_value value;
	struct span owner = zone_rbldnsd_word(&s), type = zone_rbldnsd_word(&s);
	char text[ZONE_KEY_TEXT], colon[20];
	void *p;

	if (type.len > 0 && type.at[0] >= '0' && type.at[0] <= '9') {
		type = zone_rbldnsd_word(&s); /* that was a TTL */
	}
	if (span_is(type, "in")) {
		type = zone_rbldnsd_word(&s);
	}
	if (type.len == 0) {
		return err_say(why, ERR_FORMAT,
		    "expected a name, a type (A, TXT or MX) and its data");
	}
	owner = owner_key(in->about.kind, owner, text);
	if (span_is(type, "a")) {
		if (s.len == 0 || s.len > 15) {
			return err_say(
			    why, ERR_FORMAT, "expected an IPv4 address");
		}
		colon[0] = ':';
		memcpy(colon + 1, s.at, s.len);
		if (zone_rbldnsd_value(span(colon, s.len + 1), &value, why) <
			0 ||
		    value.said_text) {
			return err_say(
			    why, ERR_FORMAT, "expected an IPv4 address");
		}
		rec.code = value.code;
	} else if (span_is(type, "txt")) {
		if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"') {
			s = span(s.at + 1, s.len - 2);
		}
		s.len = s.len > RBLDNSD_TEXT ? RBLDNSD_TEXT : s.len;
	} else if (!span_is(type, "mx")) {
		return err_say(why, ERR_FORMAT,
		    "a record of another type; expected A, TXT or MX");
	}
	if (owner.len == 0 || span_is(owner, "@") || span_is(type, "mx") ||
	    (rec.code != 0 && rec.code >> 24 != 127)) {
		in->ignored++; /* of the zone itself, or of a host in it */
		return 0;
	}
	p = grow(r->records, r->n_records, &r->cap_records, sizeof(rec));
	if (p == NULL) {
		return ERR_NOMEM;
	}
	r->records = p;
	rec.owner = arena_copy(&r->arena, owner.at, owner.len);
	rec.text = span(arena_copy(&r->arena, s.at, s.len), s.len);
	if (rec.owner == NULL || rec.text.at == NULL) {
		return ERR_NOMEM;
	}
	r->records[r->n_records++] = rec;
	return 0;
}

static int
record_order(const void *a, const void *b)
{
	const struct rbldnsd_record *x = a, *y = b;
	int r = strcasecmp(x->owner, y->owner);

	return r != 0 ? r : x->line < y->line ? -1 : x->line > y->line;
}

/* The records of one owner: its first A is the value, its first TXT the
 * reason. What has only TXT is no listing. */
static int
put_owner(struct zone_format_in *in, const struct rbldnsd_record *rec, size_t n,
    struct err_text *why)
{
	struct zone_format_line line = { .key = span_str(rec->owner),
		.first = true };
	struct rbldnsd *r = in->own;
	bool listed = false, said = false;

	for (size_t i = 0; i < n; i++) {
		if (rec[i].code != 0 && !listed) {
			line.code = rec[i].code;
			in->at = rec[i].line;
			listed = true;
		} else if (rec[i].code == 0 && !said) {
			buf_clear(&r->scratch);
			text_to_utf8(
			    &r->scratch, rec[i].text.at, rec[i].text.len);
			line.reason =
			    span(r->scratch.len > 0 ? r->scratch.data : "",
				r->scratch.len);
			said = true;
		} else if (rec[i].code != line.code || rec[i].code == 0) {
			in->at = rec[i].line;
			return err_say(why, ERR_REFUSED,
			    "a second record of a kind for \"%s\"; a key has "
			    "one value and one text",
			    rec->owner);
		}
	}
	if (!listed) {
		in->ignored += n;
		return 0;
	}
	return r->scratch.bad ? ERR_NOMEM : zone_format_found(in, &line, why);
}

/* ---- the end ----------------------------------------------------------------
 */

int
zone_rbldnsd_end(struct zone_format_in *in, struct err_text *why)
{
	struct rbldnsd *r = in->own;
	int rc = 0;

	if (!r->sorted && r->n_records > 0) {
		qsort(r->records, r->n_records, sizeof(*r->records),
		    record_order);
	}
	r->sorted = true;
	while (r->at_record < r->n_records && rc == 0) {
		const struct rbldnsd_record *rec = &r->records[r->at_record];
		size_t n = 1;

		while (r->at_record + n < r->n_records &&
		    strcasecmp(rec[n].owner, rec->owner) == 0) {
			n++;
		}
		r->at_record += n;
		in->at = rec->line;
		rc = put_owner(in, rec, n, why);
	}
	while (r->at_later < r->n_later && rc == 0) {
		const struct rbldnsd_later *l = &r->later[r->at_later++];

		in->at = l->line;
		rc = l->text != NULL ? name_hole(in, l->text, why)
				     : ip_hole(in, &l->ip, why);
	}
	return rc;
}
