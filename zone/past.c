/* past.c - what was listed at a time that is over. */
#include "zone/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "zone/cover.h"
#include "zone/hold.h"
#include "zone/history.h"
#include "zone/view_priv.h"

#define SHARED_MAX 16384 /* addresses of one spelling */
#define NUMBERS 256

/* A key that could answer, and its entry then. */
struct candidate {
	uint32_t next;    /* 1 +, in the chain of its hash */
	bool touched;     /* by a change behind the time */
	uint32_t then;    /* detail; 0: none */
	uint32_t last;    /* what the newest change left there */
	const char *text; /* of an address */
	uint8_t applies;  /* its digests: bit I for the question's I-th */
	uint8_t used;     /* accounted for under digest I: I + 1 */
};

/* One list. Prefixes and domains: candidate I is the I-th of zone_cover.
 * Addresses: those that changes touched; what the others say is found under
 * the digest today. */
struct past_list {
	struct zone_past *past;
	struct candidate *c;
	size_t n, cap;
	uint32_t *heads; /* of chains; addresses only */
};

#define HEADS 4096

struct looking {
	struct zone_view *view;
	const struct zone_key *key;
	struct digest digests[DIGEST_KINDS];
	unsigned n_digests;
	enum zone_kind kind;
	struct zone_key *covers; /* prefixes and domains */
	size_t n_covers;
	struct past_list *lists;
	size_t n;
	struct past_list *by_number[NUMBERS];
	struct arena arena;
	struct zone_past_when when;
	const char *domain; /* KEY's, behind its '@' */
};

/* ---- which keys ---------------------------------------------------------- */

static int
list_covers(struct looking *l)
{
	struct zone_cover c;
	size_t cap = 0;

	zone_cover_begin(&c, l->key);
	while (zone_cover_next(&c)) {
		if (l->n_covers == cap) {
			struct zone_key *p;

			cap = cap == 0 ? 64 : cap * 2;
			p = reallocarray(l->covers, cap, sizeof(*p));
			if (p == NULL) {
				return ERR_NOMEM;
			}
			l->covers = p;
		}
		l->covers[l->n_covers++] = c.key;
	}
	for (size_t i = 0; i < l->n; i++) {
		struct past_list *p = &l->lists[i];

		p->c = calloc(l->n_covers, sizeof(*p->c));
		if (p->c == NULL) {
			return ERR_NOMEM;
		}
		p->n = l->n_covers;
	}
	return 0;
}

/* The place of KEY among the covers; n_covers: it is none. */
static size_t
cover_index(const struct looking *l, const struct zone_key *key)
{
	const struct zone_key *k = l->key;
	const char *text;
	size_t i = 0;

	if (key->kind != l->kind) {
		return l->n_covers;
	}
	if (key->kind == ZONE_KIND_IP) {
		return key->ip.plen <= k->ip.plen &&
			net_ip_within(&k->ip.ip, &key->ip.ip, key->ip.plen)
		    ? (size_t)(k->ip.plen - key->ip.plen)
		    : l->n_covers;
	}
	text = key->text + (key->text[0] == '*');
	if (!span_ends(span_str(k->text), text + (text[0] == '.'))) {
		return l->n_covers;
	}
	while (i < l->n_covers && strcmp(l->covers[i].text, key->text) != 0) {
		i++;
	}
	return i;
}

static bool
at_google(const char *domain)
{
	return strcmp(domain, "gmail.com") == 0 ||
	    strcmp(domain, "googlemail.com") == 0;
}

static bool
same_digest(const struct digest *a, const struct digest *b)
{
	/* what the store keeps of it, whatever its kind */
	return memcmp(a->bytes, b->bytes, ZONE_DIGEST_BITS / 8) == 0;
}

/* Which of the question's digests does FORM have? */
static unsigned
digests_of_form(const struct looking *l, const char *form)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < l->n_digests; i++) {
		enum digest_kind kind = l->digests[i].len == 16 ? DIGEST_MD5
		    : l->digests[i].len == 20                   ? DIGEST_SHA1
								: DIGEST_SHA256;
		struct digest d = digest_of(kind, form, strlen(form));

		mask |= same_digest(&d, &l->digests[i]) ? 1u << i : 0;
	}
	return mask;
}

/* For which of the question's digests does the entry of ADDRESS answer? */
static unsigned
answers(const struct looking *l, const struct zone_key *address)
{
	const char *at = strrchr(address->text, '@');
	struct zone_forms forms;
	unsigned mask = 0;

	if (address->kind != ZONE_KIND_ADDRESS) {
		return 0;
	}
	if (address->digest.len > 0) {
		for (unsigned i = 0; i < l->n_digests; i++) {
			mask |= same_digest(&l->digests[i], &address->digest)
			    ? 1u << i
			    : 0;
		}
		return mask;
	}
	if (at == NULL ||
	    (l->domain != NULL && strcmp(at + 1, l->domain) != 0 &&
		!(at_google(at + 1) && at_google(l->domain)))) {
		return 0; /* most end here: spelling out takes longer */
	}
	zone_key_forms(address, &forms);
	for (unsigned f = 0; f < forms.n; f++) {
		if (l->domain == NULL) {
			mask |= digests_of_form(l, forms.text[f]);
		} else if (strcmp(forms.text[f], l->key->text) == 0) {
			return (1u << l->n_digests) - 1;
		}
	}
	return mask;
}

static uint32_t
hash(const char *s)
{
	uint32_t h = 2166136261u;

	while (*s != '\0') {
		h = (h ^ (uint8_t)*s++) * 16777619u;
	}
	return (h ^ h >> 16) % HEADS;
}

/* The candidate of an address, new if it was not there. */
static int
candidate_of(struct looking *l, struct past_list *p, const char *text,
    struct candidate **ret)
{
	uint32_t h = hash(text);
	struct candidate *c;

	if (p->heads == NULL &&
	    (p->heads = calloc(HEADS, sizeof(*p->heads))) == NULL) {
		return ERR_NOMEM;
	}
	for (uint32_t i = p->heads[h]; i != 0; i = c->next) {
		c = &p->c[i - 1];
		if (strcmp(c->text, text) == 0) {
			*ret = c;
			return 0;
		}
	}
	if (p->n == SHARED_MAX) {
		return ERR_RANGE;
	}
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 16 : p->cap * 2;
		c = reallocarray(p->c, p->cap, sizeof(*c));
		if (c == NULL) {
			return ERR_NOMEM;
		}
		p->c = c;
	}
	c = &p->c[p->n];
	*c = (struct candidate){ .next = p->heads[h] };
	c->text = arena_str(&l->arena, text);
	if (c->text == NULL) {
		return ERR_NOMEM;
	}
	p->heads[h] = (uint32_t)++p->n;
	*ret = c;
	return 0;
}

/* ---- the changes behind the time ----------------------------------------- */

static int
see_key(const struct zone_history_key *key, void *ctx)
{
	struct looking *l = ctx;
	struct past_list *p =
	    key->list < NUMBERS ? l->by_number[key->list] : NULL;
	struct candidate *c;
	unsigned mask;
	size_t i;
	int r;

	if (p == NULL) {
		return 0;
	}
	if (l->kind == ZONE_KIND_ADDRESS) {
		mask = answers(l, &key->key);
		if (mask == 0) {
			return 0;
		}
		r = candidate_of(l, p, key->key.text, &c);
		if (r < 0) {
			return r;
		}
		c->applies = (uint8_t)mask;
	} else {
		i = cover_index(l, &key->key);
		if (i >= p->n) {
			return 0;
		}
		c = &p->c[i];
	}
	if (!c->touched) {
		c->touched = true;
		c->then = key->before;
	}
	c->last = key->after;
	return 0;
}

/* The newest row not behind TIME, by halves: times never fall. */
static int
find_serial(struct zone_view *view, int64_t time, uint64_t *ret_serial)
{
	uint64_t lo = 0, hi = zone_view_serial(view), found = 0;
	struct zone_history_row row;

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo + 1) / 2;
		int r = zone_history_before(view, mid, &row);

		if (r < 0) {
			return r;
		}
		if (r == 0 || row.time <= time) {
			found = r == 0 ? found : row.serial;
			lo = mid; /* what lacks between the two, walk tells */
		} else {
			hi = row.serial - 1;
		}
	}
	*ret_serial = found;
	return 0;
}

static int
walk(struct looking *l)
{
	uint64_t next = l->when.serial + 1;
	struct zone_history_row row;
	int64_t since = zone_hold_clock();
	int r;

	/* rows are only ever added: the last view has seen the last of them */
	while ((r = zone_history_after(l->view, next, &row)) == 1) {
		uint64_t serial = row.serial;

		if (serial != next) {
			l->when.cut = serial;
		}
		next = serial + 1;
		r = row.keys == 0
		    ? 0
		    : zone_history_keys_long(l->view, serial, see_key, l);
		if (r == 0 && zone_hold_over(&since)) {
			r = zone_view_renew(l->view);
		}
		if (r < 0) {
			return r;
		}
	}
	if (r == 0 && next <= zone_view_serial(l->view)) {
		l->when.cut = zone_view_serial(l->view);
	}
	return r;
}

/* ---- who decided --------------------------------------------------------- */

/* Is DETAIL an entry that counts at the time? 1 and *HIT, 0, <0. */
static int
counts(struct looking *l, uint32_t detail, struct zone_hit *hit)
{
	struct zone_detail d;
	int r;

	if (detail == 0) {
		return 0;
	}
	r = zone_view_detail(l->view, detail, &d);
	if (r <= 0) {
		return r < 0 ? r : ERR_CORRUPT;
	}
	if (d.until != 0 && d.until <= l->when.time) {
		return 0;
	}
	*hit = (struct zone_hit){
		.verdict = d.code != 0 ? ZONE_LISTED : ZONE_EXEMPT,
		.code = d.code,
		.detail = detail,
		.until = d.until,
	};
	return 1;
}

static int
decide_cover(struct looking *l, struct past_list *p)
{
	uint16_t number = p->past->list->number;

	for (size_t i = 0; i < l->n_covers; i++) {
		struct candidate *c = &p->c[i];
		struct zone_entry e;
		int r = 0;

		if (!c->touched) {
			r = zone_find_exact(l->view, number, &l->covers[i], &e);
			c->then = r == 1 ? e.detail : 0;
		}
		if (r >= 0) {
			r = counts(l, c->then, &p->past->hit);
		}
		if (r < 0) {
			return r;
		}
		if (r == 1) {
			p->past->by = l->covers[i];
			p->past->by_known = true;
			p->past->hit.plen = l->covers[i].ip.plen;
			return 0;
		}
	}
	return 0;
}

/* Holes before listings, then the newest, as in a block of digests. */
static bool
stronger(const struct zone_hit *a, const struct zone_hit *b)
{
	if (b->verdict == ZONE_CLEAR || a->verdict != b->verdict) {
		return b->verdict == ZONE_CLEAR || a->verdict == ZONE_EXEMPT;
	}
	return a->detail > b->detail;
}

/* Is a row of today, under digest I with DETAIL, one that a change has left
 * there? Each such change accounts for one row. */
static bool
left_later(struct past_list *p, unsigned i, uint32_t detail)
{
	for (size_t k = 0; k < p->n; k++) {
		struct candidate *c = &p->c[k];

		if (c->last == detail && (c->applies >> i & 1) != 0 &&
		    c->used != i + 1) {
			c->used = (uint8_t)(i + 1);
			return true;
		}
	}
	return false;
}

/* What is found today under digest I, less what changes have left there: that
 * stood there at the time as well. */
static int
decide_today(struct looking *l, struct past_list *p, unsigned i)
{
	uint8_t addr[16] = { 0 };
	const uint8_t *block;
	struct zone_row *rows;
	struct zone_hit hit;
	size_t n;
	int r;

	memcpy(addr, l->digests[i].bytes, ZONE_DIGEST_BITS / 8);
	r = zone_view_block(l->view, p->past->list->number, ZONE_SPACE_DIGEST,
	    addr, 16, &block);
	if (r <= 0) {
		return r;
	}
	n = zone_block_count(block);
	rows = malloc(n * sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	r = zone_block_decode(block, 16, addr, rows);
	for (size_t k = 0; k < n && r >= 0; k++) {
		if (memcmp(rows[k].addr, addr, 16) != 0 ||
		    left_later(p, i, rows[k].detail)) {
			continue;
		}
		r = counts(l, rows[k].detail, &hit);
		if (r == 1 && stronger(&hit, &p->past->hit)) {
			p->past->hit = hit;
			p->past->by_known = false;
		}
	}
	free(rows);
	if (r >= 0 && !p->past->by_known &&
	    p->past->hit.verdict != ZONE_CLEAR && l->key != NULL &&
	    l->key->text[0] != '\0') {
		p->past->by = *l->key;
		r = zone_find_name(l->view, p->past->list->number, l->key,
		    &l->digests[i], p->past->hit.detail, &p->past->by);
		p->past->by_known = r == 1;
	}
	return r < 0 ? r : 0;
}

/* The digests in turn, as zone_find_key asks them: the first that is not clear
 * decides. */
static int
decide_address(struct looking *l, struct past_list *p)
{
	struct zone_hit hit;
	int r = 0;

	for (unsigned i = 0; i < l->n_digests; i++) {
		for (size_t k = 0; k < p->n; k++) {
			if ((p->c[k].applies >> i & 1) == 0) {
				continue;
			}
			r = counts(l, p->c[k].then, &hit);
			if (r == 1 && stronger(&hit, &p->past->hit)) {
				p->past->hit = hit;
				r = zone_key_parse(ZONE_KIND_ADDRESS,
				    span_str(p->c[k].text), &p->past->by, NULL);
				p->past->by_known = r == 0;
			}
			if (r < 0) {
				return r;
			}
		}
		r = decide_today(l, p, i);
		if (r < 0 || p->past->hit.verdict != ZONE_CLEAR) {
			return r;
		}
	}
	return 0;
}

static int
look(struct looking *l)
{
	int r = zone_view_renew(l->view);

	if (r == 0) {
		r = find_serial(l->view, l->when.time, &l->when.serial);
	}
	if (r == 0 && l->kind != ZONE_KIND_ADDRESS) {
		r = list_covers(l);
	}
	if (r == 0) {
		r = walk(l);
	}
	for (size_t i = 0; i < l->n && r == 0; i++) {
		r = l->kind == ZONE_KIND_ADDRESS
		    ? decide_address(l, &l->lists[i])
		    : decide_cover(l, &l->lists[i]);
	}
	return r;
}

int
zone_past_find(struct zone_view *view, struct zone_past *lists, size_t n,
    const struct zone_key *key, const struct digest *digests,
    unsigned n_digests, int64_t time, struct zone_past_when *ret_when)
{
	struct looking *l = calloc(1, sizeof(*l));
	const char *at;
	int r = ERR_NOMEM;

	if (l == NULL) {
		return r;
	}
	l->view = view;
	l->key = key;
	l->kind = n_digests > 0 ? ZONE_KIND_ADDRESS : key->kind;
	l->n = n;
	l->when.time = time;
	for (unsigned i = 0; i < n_digests && i < DIGEST_KINDS; i++) {
		l->digests[l->n_digests++] = digests[i];
	}
	if (n_digests == 0 && l->kind == ZONE_KIND_ADDRESS) {
		if (key->digest.len > 0) {
			l->digests[l->n_digests++] = key->digest;
		} else if ((at = strrchr(key->text, '@')) != NULL) {
			l->domain = at + 1;
			for (int k = 0; k < DIGEST_KINDS; k++) {
				l->digests[l->n_digests++] =
				    digest_of(zone_find_order[k], key->text,
					strlen(key->text));
			}
		}
	}
	l->lists = calloc(n + 1, sizeof(*l->lists));
	if (l->lists != NULL) {
		for (size_t i = 0; i < n; i++) {
			lists[i].hit =
			    (struct zone_hit){ .verdict = ZONE_CLEAR };
			lists[i].by_known = false;
			l->lists[i].past = &lists[i];
			if (lists[i].list->number < NUMBERS) {
				l->by_number[lists[i].list->number] =
				    &l->lists[i];
			}
		}
		r = look(l);
		*ret_when = l->when;
	}
	for (size_t i = 0; i < n && l->lists != NULL; i++) {
		free(l->lists[i].c);
		free(l->lists[i].heads);
	}
	free(l->lists);
	free(l->covers);
	arena_free(&l->arena);
	free(l);
	return r;
}
