/* answer_want.h - what the model says to one question of prop_answers. */
#pragma once

#include "tests/property/answer_ask.h"

struct want {
	unsigned rcode;
	unsigned n, type; /* records of the answer, all of one type */
	uint32_t ttl;
	bool same; /* CODES or TEXTS are known (no apex record) */
	uint32_t codes[LISTS];
	char texts[LISTS][255];
	size_t text_len[LISTS];
};

static unsigned long seen[8];
enum { LISTED, TEXTS, POINT, EMPTY, NOTHING, CUT, APEX, OUTSIDE };
static const char *const seen_names[] = { "listed", "texts", "test point",
	"NODATA", "NXDOMAIN", "truncated", "apex or host", "outside" };

struct hit {
	uint32_t code;
	int64_t until;
	char reason[320];
};

struct model_hits {
	bool exists, point;
	unsigned n;
	struct hit at[LISTS];
	char key[256];
};

static void
hit_add(struct model_hits *h, const struct fact *f)
{
	struct hit *hit;

	if (f == NULL || f->exempt) {
		return;
	}
	hit = &h->at[h->n++];
	hit->code = f->code;
	hit->until = f->until;
	model_reason(f->uid, hit->reason);
}

/* 127.0.0.2 and the codes of the zone's lists, as addresses: are they test
 * points, and of which lists (RFC 5782, 5)? */
static bool
is_point(const struct model_zone *z, unsigned bits, unsigned __int128 addr)
{
	unsigned __int128 high =
	    bits == 128 ? (unsigned __int128)0xffff << 32 : 0;

	for (unsigned i = 0; i < z->n_lists; i++) {
		if (addr == (high | list_code[z->lists[i]])) {
			return true;
		}
	}
	return addr == (high | 0x7f000002);
}

/* CODE 0: of an address list, whose points are all the same. */
static void
hit_point(struct model_hits *h, const struct model_zone *z, uint32_t code)
{
	bool some = false;

	h->point = true;
	for (unsigned i = 0; i < z->n_lists; i++) {
		some = some || list_code[z->lists[i]] == code;
	}
	for (unsigned i = 0; i < z->n_lists; i++) {
		if (some && list_code[z->lists[i]] != code) {
			continue;
		}
		h->at[h->n].code = list_code[z->lists[i]];
		h->at[h->n].until = 0;
		strcpy(h->at[h->n++].reason, "test point");
	}
}

static void
model_ip(const struct asking *q, struct model_hits *h)
{
	for (unsigned bits = 32; bits <= 128; bits += 96) {
		unsigned __int128 never = 0x7f000001, high = 0, addr, last;
		unsigned plen;

		if (!labels_prefix(&q->name, bits, &addr, &plen)) {
			continue;
		}
		if (bits == 128) {
			high = (unsigned __int128)0xffff << 32;
			never |= high;
		}
		last = plen == bits
		    ? addr
		    : addr | (((unsigned __int128)1 << (bits - plen)) - 1);
		if (plen == bits) {
			address_text(bits, addr, h->key);
			if (is_point(q->zone, bits, addr)) {
				hit_point(h, q->zone, (uint32_t)addr);
				return;
			}
			if (addr == never) {
				return;
			}
		}
		for (uint32_t n = 0x7f000002; n < 0x7f000100; n++) {
			h->exists = h->exists ||
			    (addr <= (high | n) && (high | n) <= last &&
				is_point(q->zone, bits, high | n));
		}
		for (unsigned i = 0; i < q->zone->n_lists; i++) {
			unsigned list = q->zone->lists[i];

			if (plen == bits) {
				hit_add(h, model_cover(list, bits, addr));
			} else if (model_any(list, bits, addr, last)) {
				h->exists = true;
			}
		}
	}
}

static void
model_address(const struct asking *q, struct model_hits *h)
{
	if (!q->digest) {
		return;
	}
	snprintf(h->key, sizeof(h->key), "%.*s", (int)q->name.at[0].len,
	    (const char *)q->name.at[0].at);
	for (char *p = h->key; *p != '\0'; p++) {
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	}
	if (strcmp(q->spelled, "test@example.com") == 0) {
		hit_point(h, q->zone, 0);
		return;
	}
	for (unsigned i = 0; i < q->zone->n_lists; i++) {
		hit_add(
		    h, model_digest(q->zone->lists[i], q->kind, q->spelled));
	}
}

static void
want_hits(const struct asking *q, const struct model_hits *h, struct want *w)
{
	w->same = true;
	w->ttl = q->zone->ttl;
	for (unsigned i = 0; i < h->n; i++) {
		const struct hit *hit = &h->at[i];
		char text[255];
		size_t len;
		unsigned k = 0;

		if (hit->until != 0 && hit->until - model_now < w->ttl) {
			w->ttl = (uint32_t)(hit->until - model_now);
		}
		if (q->type != TXT) {
			while (k < w->n && w->codes[k] != hit->code) {
				k++;
			}
			w->codes[k] = hit->code;
		} else {
			len = model_text(
			    q->zone->text, h->key, hit->reason, text);
			while (k < w->n &&
			    (w->text_len[k] != len ||
				memcmp(w->texts[k], text, len) != 0)) {
				k++;
			}
			w->text_len[k] = len;
			memcpy(w->texts[k], text, len);
		}
		w->n = k == w->n ? w->n + 1 : w->n;
	}
	w->type = q->type == TXT ? TXT : A;
}

/* What is to be said to Q. */
static void
model_answer(const struct asking *q, struct want *w)
{
	const struct model_zone *z = q->zone;
	struct model_hits h;

	memset(w, 0, sizeof(*w));
	if (z == NULL) {
		w->rcode = 5;
		seen[OUTSIDE]++;
		return;
	}
	if (q->name.n == 0 ||
	    (z->host && q->name.n == 1 && label_is(&q->name.at[0], "ns1"))) {
		bool host = q->name.n == 1;

		w->ttl = z->ttl;
		/* ANY: the smallest set, which is NS in these zones */
		w->type = q->type != ANY ? q->type : host ? A : NS;
		w->n = host ? w->type == A
			    : w->type == SOA || w->type == NS ||
			(z->host && w->type == MX);
		seen[APEX]++;
		return;
	}
	memset(&h, 0, sizeof(h));
	if (z->ip) {
		model_ip(q, &h);
	} else {
		model_address(q, &h);
	}
	if (h.n > 0 && (q->type == A || q->type == TXT || q->type == ANY)) {
		want_hits(q, &h, w);
		seen[h.point ? POINT : q->type == TXT ? TEXTS : LISTED]++;
		return;
	}
	if (h.n == 0 && !h.exists) {
		w->rcode = 3;
	}
	seen[w->rcode == 0 ? EMPTY : NOTHING]++;
}
