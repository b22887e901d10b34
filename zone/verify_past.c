/* verify_past.c - are the entries what history makes of them?
 *
 * Every change says of each key what was there before and after. So with a
 * number for each pair of key and detail, the sum over all changes of what
 * came less what went is the sum over today's entries. That takes one pass and
 * no memory. Only if the sums differ are keys looked at: those of one part in
 * 65,536, until the first that differs has a name.
 */
#include <stdlib.h>
#include <string.h>

#include "zone/history.h"
#include "zone/hold.h"
#include "zone/verify.h"
#include "zone/view_priv.h"

#define PARTS 65536

/* A key that may differ. */
struct suspect {
	uint16_t list;
	struct zone_key key;
	uint32_t told, found; /* details: by history, today */
};

struct replay {
	struct zone_view *v;
	struct err_text *why;
	uint64_t sums[PARTS];
	uint64_t keys; /* of the row in hand */
	uint32_t next_detail;
	uint16_t list; /* in hand */
	bool naming;
	unsigned part; /* to be named */
	struct suspect *suspects;
	size_t n, cap;
};

static uint64_t
mix(uint64_t h)
{
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static uint64_t
hash_key(unsigned list, const struct zone_key *key)
{
	uint64_t h = mix(list + UINT64_C(0x9e3779b97f4a7c15)), w;

	if (key->kind != ZONE_KIND_IP) {
		for (const char *s = key->text; *s != '\0'; s++) {
			h = (h ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
		}
		return mix(h);
	}
	h = mix(h ^ ((uint64_t)key->ip.ip.bits << 8 | key->ip.plen));
	for (unsigned i = 0; i < 16; i += 8) {
		memcpy(&w, key->ip.ip.bytes + i, 8);
		h = mix(h ^ w);
	}
	return h;
}

/* ---- naming -------------------------------------------------------------- */

static struct suspect *
suspect(struct replay *p, unsigned list, const struct zone_key *key)
{
	struct suspect *s;

	for (size_t i = 0; i < p->n; i++) {
		if (p->suspects[i].list == list &&
		    zone_key_compare(&p->suspects[i].key, key) == 0) {
			return &p->suspects[i];
		}
	}
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 256 : p->cap * 2;
		s = reallocarray(p->suspects, p->cap, sizeof(*s));
		if (s == NULL) {
			return NULL;
		}
		p->suspects = s;
	}
	s = &p->suspects[p->n++];
	memset(s, 0, sizeof(*s));
	s->list = (uint16_t)list;
	s->key = *key;
	return s;
}

/* ---- both passes --------------------------------------------------------- */

static int
see_change(const struct zone_history_key *key, void *ctx)
{
	struct replay *p = ctx;
	uint64_t h = hash_key(key->list, &key->key);
	unsigned part = (unsigned)(h >> 48);
	struct suspect *s;

	p->keys++;
	if (key->before >= p->next_detail || key->after >= p->next_detail ||
	    key->before == key->after) {
		return ERR_CORRUPT;
	}
	if (!p->naming) {
		p->sums[part] += (key->after != 0 ? mix(h + key->after) : 0) -
		    (key->before != 0 ? mix(h + key->before) : 0);
	} else if (part == p->part) {
		s = suspect(p, key->list, &key->key);
		if (s == NULL) {
			return ERR_NOMEM;
		}
		s->told = key->after;
	}
	return 0;
}

static int
see_entry(const struct zone_entry *e, void *ctx)
{
	struct replay *p = ctx;
	uint64_t h = hash_key(p->list, &e->key);
	unsigned part = (unsigned)(h >> 48);
	struct suspect *s;

	if (!p->naming) {
		p->sums[part] -= mix(h + e->detail);
	} else if (part == p->part) {
		s = suspect(p, p->list, &e->key);
		if (s == NULL) {
			return ERR_NOMEM;
		}
		s->found = e->detail;
	}
	return 0;
}

static int
see_changes(struct replay *p)
{
	struct zone_history_row row;
	struct zone_head head;
	uint64_t next = 1;
	int64_t since = zone_hold_clock();
	int r;

	while ((r = zone_history_after(p->v, next, &row)) == 1) {
		uint64_t keys = row.keys;

		next = row.serial + 1;
		p->keys = 0;
		r = zone_head_get(p->v->txn, &head);
		if (r >= 0) {
			p->next_detail = head.next_detail;
			r = zone_history_keys_long(
			    p->v, next - 1, see_change, p);
		}
		if (r == ERR_CORRUPT || (r == 0 && p->keys != keys)) {
			return err_say(p->why, ERR_CORRUPT,
			    "history: the keys of serial %llu are wrong",
			    (unsigned long long)next - 1);
		}
		if (r == 0 && zone_hold_over(&since)) {
			r = zone_view_renew(p->v);
		}
		if (r < 0) {
			return r;
		}
	}
	return r;
}

/* History first: its last view has seen the last change, so that today is the
 * day after it. */
static int
see_all(struct replay *p)
{
	struct zone_list_info lists[VIEW_LISTS];
	int n, r = see_changes(p);

	n = r == 0 ? zone_view_lists(p->v, lists, VIEW_LISTS) : r;
	for (int i = 0; i < n && r == 0; i++) {
		p->list = lists[i].number;
		r = zone_view_walk(
		    p->v, lists[i].number, lists[i].kind, see_entry, p);
	}
	return n < 0 ? n : r;
}

static int
name_it(struct replay *p)
{
	char key[ZONE_KEY_TEXT];
	int r;

	p->naming = true;
	r = see_all(p);
	for (size_t i = 0; i < p->n && r == 0; i++) {
		const struct suspect *s = &p->suspects[i];

		if (s->told != s->found) {
			return err_say(p->why, ERR_CORRUPT,
			    "list number %u: %s has detail %u, history says %u",
			    s->list, zone_key_format(key, &s->key), s->found,
			    s->told);
		}
	}
	return r < 0 ? r
		     : err_say(p->why, ERR_CORRUPT,
			   "an entry is not what history makes of it");
}

int
zone_verify_past(struct zone_view *view, struct err_text *why)
{
	struct replay *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL) {
		return ERR_NOMEM;
	}
	p->v = view;
	p->why = why;
	r = see_all(p);
	for (unsigned i = 0; i < PARTS && r == 0; i++) {
		if (p->sums[i] != 0) {
			p->part = i;
			r = name_it(p);
		}
	}
	free(p->suspects);
	free(p);
	return r;
}
