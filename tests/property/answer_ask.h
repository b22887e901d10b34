/* answer_ask.h - random questions for prop_answers: names near what is listed,
 * above and below it, in each spelling, and names that mean nothing.
 */
#pragma once

#include "tests/property/answer_world.h"

enum { A = 1, NS = 2, SOA = 6, MX = 15, TXT = 16, AAAA = 28, ANY = 255 };

struct asking {
	const struct model_zone *zone;
	struct labels name;
	bool digest; /* the name is KIND of SPELLED, in an address zone */
	enum digest_kind kind;
	char spelled[96];
	unsigned type;
	unsigned payload; /* 0: no OPT */
	bool tcp, rd;
	unsigned id;
	uint8_t packet[4096];
	size_t len, question; /* octets of all, and of the question section */
};

static void
label_add(struct labels *name, const void *text, size_t len)
{
	if (name->n < LABELS && len < 64) {
		name->at[name->n].len = (unsigned)len;
		memcpy(name->at[name->n].at, text, len);
		name->at[name->n++].at[len] = '\0';
	}
}

static void
label_text(struct labels *name, const char *text)
{
	label_add(name, text, strlen(text));
}

static void
labels_of_addr(struct labels *name, unsigned bits, unsigned __int128 addr)
{
	unsigned each = bits == 32 ? 8 : 4;
	char text[8];

	name->n = 0;
	for (unsigned i = 0; i < bits; i += each) {
		snprintf(text, sizeof(text), bits == 32 ? "%u" : "%x",
		    (unsigned)(addr >> i) & ((1u << each) - 1));
		label_text(name, text);
	}
}

/* Labels K and on. */
static void
labels_drop(struct labels *name, unsigned k)
{
	memmove(name->at, name->at + k, (name->n - k) * sizeof(name->at[0]));
	name->n -= k;
}

static void
labels_before(struct labels *name, const void *text, size_t len)
{
	memmove(name->at + 1, name->at, name->n * sizeof(name->at[0]));
	name->at[0].len = (unsigned)len;
	memcpy(name->at[0].at, text, len);
	name->at[0].at[len] = '\0';
	name->n++;
}

/* An entry of a list of ZONE, rather a live one; NULL: none was found. */
static const struct fact *
zone_fact(const struct model_zone *zone)
{
	const struct fact *f = NULL;

	for (unsigned i = 0; zone != NULL && i < 60; i++) {
		f = any_fact();
		for (unsigned k = 0; f != NULL && k < zone->n_lists; k++) {
			if (zone->lists[k] == f->list &&
			    (live(f) || one_in(8))) {
				return f;
			}
		}
	}
	return f;
}

/* An address at, in or beside an entry; or any. Returns the number of labels
 * that the entry's own prefix has. */
static unsigned
pick_addr(const struct model_zone *zone, struct labels *name)
{
	const struct fact *f = one_in(6) ? NULL : zone_fact(zone);
	unsigned bits = one_in(2) ? 32 : 128;
	unsigned __int128 addr = random_addr(bits);

	if (f != NULL && f->bits != 0) {
		bits = f->bits;
		addr = random_addr(bits);
		switch (rnd(8)) {
		case 0:
		case 1: addr = f->addr; break;
		case 2:
		case 3: addr = last_of(f); break;
		case 4: addr = f->addr - 1; break;
		case 5: addr = last_of(f) + 1; break;
		default:
			addr = f->addr | (addr & (last_of(f) ^ f->addr));
			break;
		}
		if (bits == 32) {
			addr &= 0xffffffff;
		}
	}
	if (one_in(40)) { /* the points of RFC 5782, and beside them */
		addr = 0x7f000000 + rnd(4);
		addr |= bits == 128 ? (unsigned __int128)0xffff << 32 : 0;
	}
	labels_of_addr(name, bits, addr);
	return f != NULL && f->bits != 0 ? f->plen / (bits == 32 ? 8 : 4)
					 : name->n / 2;
}

/* One label becomes something that is no right octet or nibble, perhaps. */
static void
break_label(struct labels *name)
{
	static const char *const others[] = { "00", "01", "256", "1000", "g",
		"F", "-1", "+1", " 1", "1 ", "0x1", "a", "ff", "1.2", "*", "",
		"2\0", "127", "99999999999", "\xff", "test", "ns1" };
	struct label *l = &name->at[rnd(name->n)];
	const char *text = others[rnd(COUNT(others))];
	char longer[70];

	if (one_in(3)) { /* a leading zero before what was there */
		snprintf(longer, sizeof(longer), "0%.*s", (int)l->len, l->at);
		text = longer;
	}
	if (text[0] == '\0') {
		text = "x"; /* an empty label would end the name */
	}
	l->len = (unsigned)strlen(text);
	memcpy(l->at, text, l->len + 1);
	if (text[0] == '2' && text[1] == '\0' && l->len < 60 && one_in(2)) {
		l->at[l->len++] = '\0'; /* "2\000" */
	}
}

static void
pick_ip_name(const struct model_zone *zone, struct labels *name)
{
	static const char *const words[] = { "www", "test", "invalid", "ns1",
		"ns2", "er", "x", "_dmarc", "1.2.3.4", "2001:db8::1", "0" };
	char text[64];
	unsigned own;

	own = pick_addr(zone, name);
	switch (rnd(18)) {
	case 0:
	case 1:
	case 2: labels_drop(name, rnd(name->n)); break;
	case 3: /* near the apex, where both families meet */
		labels_drop(name, name->n - 1 - rnd(4));
		break;
	case 16:
	case 17: /* the node of an entry, or just above or below */
		own += rnd(3);
		if (own > 0 && own - 1 < name->n) {
			labels_drop(name, name->n - (own > 1 ? own - 1 : 1));
		}
		break;
	case 4:
		for (unsigned i = 1 + rnd(3); i > 0; i--) {
			snprintf(text, sizeof(text), "%x", rnd(40));
			labels_before(name, text, strlen(text));
		}
		break;
	case 5:
		labels_drop(name, rnd(name->n));
		break_label(name);
		break;
	case 6: break_label(name); break;
	case 7:
		if (one_in(3)) {
			name->n = 0;
			label_text(name, words[rnd(COUNT(words))]);
			if (one_in(3)) {
				labels_before(name, "www", 3);
			}
		} else if (one_in(4)) {
			name->n = 0; /* the apex */
		}
		break;
	default: break;
	}
}

static void
spell(struct asking *q, char out[80])
{
	struct digest d = digest_of(q->kind, q->spelled, strlen(q->spelled));

	if (q->kind != DIGEST_SHA256 && one_in(2)) {
		digest_hex(d.bytes, d.len, out);
	} else if (q->kind == DIGEST_SHA256 && one_in(2)) {
		digest_base32(d.bytes, d.len, out);
	} else {
		digest_rspamd32(d.bytes, d.len, out);
	}
}

static void
pick_address_name(struct asking *q)
{
	const struct fact *f = zone_fact(q->zone);
	char label[80];

	q->kind = (enum digest_kind)rnd(DIGEST_KINDS);
	random_spelling(q->spelled);
	if (f != NULL && f->bits == 0 && strchr(f->text, '@') != NULL &&
	    one_in(2)) {
		strcpy(q->spelled, f->text);
	}
	if (one_in(30)) {
		strcpy(q->spelled, "test@example.com");
	}
	spell(q, label);
	q->digest = true;
	switch (rnd(14)) {
	case 0: { /* another digest; only 96 bits of it are kept */
		char *c = &label[rnd(18)];

		*c = *c == 'd' ? 'e' : 'd';
		q->digest = false;
		break;
	}
	case 1:
		label[strlen(label) - 1 - rnd(3)] = '\0';
		q->digest = false;
		break;
	case 2: /* sha256 in hexadecimal does not fit into a label */
		strcpy(label, one_in(2) ? "test" : "invalid");
		q->digest = false;
		break;
	default: break;
	}
	q->name.n = 0;
	label_text(&q->name, label);
	if (one_in(14)) {
		labels_before(&q->name, "_email", 6);
		q->digest = false;
	} else if (one_in(30)) {
		q->name.n = 0;
		q->digest = false;
	}
}

static void
put_u16(struct asking *q, unsigned v)
{
	q->packet[q->len++] = (uint8_t)(v >> 8);
	q->packet[q->len++] = (uint8_t)v;
}

static void
put_label(struct asking *q, const void *at, size_t len)
{
	const uint8_t *c = at;

	q->packet[q->len++] = (uint8_t)len;
	for (size_t i = 0; i < len; i++) {
		bool letter = (c[i] | 32) >= 'a' && (c[i] | 32) <= 'z';

		q->packet[q->len++] = letter && one_in(4) ? c[i] ^ 32 : c[i];
	}
}

/* The packet of Q, in any case of letters. */
static void
make_packet(struct asking *q)
{
	static const unsigned payloads[] = { 0, 0, 1, 511, 512, 513, 700, 1231,
		1232, 1233, 4096, 65535 };
	const char *apex_name = q->zone != NULL ? q->zone->name
	    : one_in(2)                         ? "test"
						: "example.net";

	q->payload = payloads[rnd(COUNT(payloads))];
	q->tcp = one_in(3);
	q->rd = one_in(2);
	q->id = rnd(65536);
	q->len = 0;
	put_u16(q, q->id);
	put_u16(q, q->rd ? RBLD_RD : 0);
	put_u16(q, 1);
	put_u16(q, 0);
	put_u16(q, 0);
	put_u16(q, q->payload > 0);
	for (unsigned i = 0; i < q->name.n; i++) {
		put_label(q, q->name.at[i].at, q->name.at[i].len);
	}
	for (const char *p = apex_name; *p != '\0';
	     p += p[strcspn(p, ".")] == '.' ? strcspn(p, ".") + 1
					    : strcspn(p, ".")) {
		put_label(q, p, strcspn(p, "."));
	}
	put_label(q, "", 0);
	put_u16(q, q->type);
	put_u16(q, RBLD_CLASS_IN);
	q->question = q->len - RBLD_HEADER;
	if (q->payload > 0) {
		q->packet[q->len++] = 0;
		put_u16(q, RBLD_T_OPT);
		put_u16(q, q->payload);
		put_u16(q, 0);
		put_u16(q, one_in(2) ? 0x8000 : 0);
		put_u16(q, 0);
	}
}
