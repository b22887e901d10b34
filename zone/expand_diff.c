/* expand_diff.c - which records of a zone changed between two serials.
 *
 * History has the keys that changed, with what was said of them before. The
 * names that these can have changed are made twice, as they are and as they
 * were, and compared: so whatever a wildcard or a hole does to its neighbours
 * is in the difference, without a rule of its own.
 */
#include "zone/expand_priv.h"

#include <stdlib.h>
#include <string.h>

#include "zone/history.h"

#define KEYS_MAX 200000     /* changed keys; more, and all is told */
#define STRETCHES_MAX 4096  /* of prefixes */
#define BYTES_MAX (64 << 20) /* of records, at most */

/* Records as bytes: length of owner, type, length of data, both. */
struct pile {
	struct buf bytes;
	size_t *at; /* of each record */
	size_t n, cap;
};

#define PILE_HEAD 4

struct diff {
	struct zone_view *view;
	const struct zone_zone_conf *zone;
	struct zone_expand *now, *then;
	struct expand_past past;
	uint64_t from;
	struct pile a, b; /* of one part: as it was, as it is */
	struct buf gone, come;
	uint64_t records;
};

/* ---- piles -------------------------------------------------------------- */

static int
collect(const struct zone_rr *rr, void *ctx)
{
	struct pile *p = ctx;

	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
		size_t *grown = reallocarray(p->at, cap, sizeof(*grown));

		if (grown == NULL) {
			return ERR_NOMEM;
		}
		p->at = grown;
		p->cap = cap;
	}
	p->at[p->n++] = p->bytes.len;
	buf_u8(&p->bytes, (unsigned)rr->owner_len);
	buf_u8(&p->bytes, rr->type);
	buf_le16(&p->bytes, (unsigned)rr->len);
	buf_add(&p->bytes, rr->owner, rr->owner_len);
	buf_add(&p->bytes, rr->data, rr->len);
	return p->bytes.bad ? ERR_NOMEM : 0;
}

static size_t
size_of(const uint8_t *at)
{
	return PILE_HEAD + at[0] + (size_t)(at[2] | at[3] << 8);
}

static int
compare_bytes(const uint8_t *a, const uint8_t *b)
{
	size_t n = size_of(a), m = size_of(b);
	int r = memcmp(a, b, n < m ? n : m);

	return r != 0 ? r : n < m ? -1 : n > m;
}

static int
compare_at(const void *a, const void *b, void *bytes)
{
	const uint8_t *base = bytes;

	return compare_bytes(
	    base + *(const size_t *)a, base + *(const size_t *)b);
}

/* Sort, and have each record once. */
static void
tidy(struct pile *p)
{
	const uint8_t *base = (const uint8_t *)p->bytes.data;
	size_t n = 0;

	if (p->n == 0) {
		return;
	}
	qsort_r(p->at, p->n, sizeof(*p->at), compare_at, p->bytes.data);
	for (size_t i = 0; i < p->n; i++) {
		if (n == 0 ||
		    compare_bytes(base + p->at[n - 1], base + p->at[i]) != 0) {
			p->at[n++] = p->at[i];
		}
	}
	p->n = n;
}

static void
empty(struct pile *p)
{
	buf_clear(&p->bytes);
	p->n = 0;
}

/* Put what is in one pile only where it belongs, and begin anew. */
static int
compare_piles(struct diff *d)
{
	const uint8_t *a = (const uint8_t *)d->a.bytes.data;
	const uint8_t *b = (const uint8_t *)d->b.bytes.data;
	size_t i = 0, k = 0;

	tidy(&d->a);
	tidy(&d->b);
	while (i < d->a.n || k < d->b.n) {
		const uint8_t *was = i < d->a.n ? a + d->a.at[i] : NULL;
		const uint8_t *is = k < d->b.n ? b + d->b.at[k] : NULL;
		int r = is == NULL ? -1
		    : was == NULL  ? 1
				   : compare_bytes(was, is);

		if (r < 0) {
			buf_add(&d->gone, was, size_of(was));
		} else if (r > 0) {
			buf_add(&d->come, is, size_of(is));
		}
		d->records += r != 0;
		i += r <= 0;
		k += r >= 0;
	}
	empty(&d->a);
	empty(&d->b);
	return d->gone.bad || d->come.bad                ? ERR_NOMEM
	    : d->gone.len + d->come.len > BYTES_MAX ? ERR_RANGE
						    : 0;
}

static int
tell_all(const struct buf *b, zone_rr_fn *fn, void *ctx)
{
	size_t at = 0;
	int r = 0;

	while (at < b->len && r == 0) {
		const uint8_t *p = (const uint8_t *)b->data + at;
		const struct zone_rr rr = { p + PILE_HEAD, p[0], p[1],
			p + PILE_HEAD + p[0], (size_t)(p[2] | p[3] << 8) };

		r = fn(&rr, ctx);
		at += size_of(p);
	}
	return r;
}

/* ---- what changed ------------------------------------------------------- */

static int
see_key(const struct zone_history_key *key, void *ctx)
{
	struct diff *d = ctx;
	struct expand_past *p = &d->past;
	struct expand_key *to;
	unsigned k = 0;

	while (k < d->now->n_lists &&
	    (d->now->lists[k].state != 1 ||
		d->now->lists[k].number != key->list)) {
		k++;
	}
	if (k == d->now->n_lists) {
		return 0;
	}
	if (p->n == KEYS_MAX) {
		return ERR_RANGE;
	}
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 64 : 2 * p->cap;

		to = reallocarray(p->keys, cap, sizeof(*to));
		if (to == NULL) {
			return ERR_NOMEM;
		}
		p->keys = to;
		p->cap = cap;
	}
	to = &p->keys[p->n];
	memset(to, 0, sizeof(*to));
	to->k = (uint8_t)k;
	to->order = p->n++;
	to->before = key->before;
	to->after = key->after;
	if (key->key.kind == ZONE_KIND_IP) {
		to->bits = key->key.ip.ip.bits;
		to->len = key->key.ip.plen;
		memcpy(to->addr, key->key.ip.ip.bytes, 16);
		return 0;
	}
	to->text = arena_str(&p->arena, key->key.text);
	if (key->key.kind == ZONE_KIND_DOMAIN) {
		to->form = zone_domain_of_key(&key->key, &to->domain);
	}
	return to->text == NULL ? ERR_NOMEM : 0;
}

static int
compare_where(const struct expand_key *a, const struct expand_key *b)
{
	size_t n;
	int r = (int)a->k - (int)b->k;

	r = r != 0 ? r : (int)a->bits - (int)b->bits;
	if (r != 0) {
		return r;
	}
	if (a->bits != 0) {
		r = memcmp(a->addr, b->addr, 16);
		return r != 0 ? r : (int)a->len - (int)b->len;
	}
	if (a->domain.len == 0) {
		return strcmp(a->text, b->text);
	}
	n = a->domain.len < b->domain.len ? a->domain.len : b->domain.len;
	r = memcmp(a->domain.path, b->domain.path, n);
	r = r != 0 ? r : (int)a->domain.len - (int)b->domain.len;
	return r != 0 ? r : (int)a->form - (int)b->form;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct expand_key *x = a, *y = b;
	int r = compare_where(x, y);

	return r != 0 ? r : x->order < y->order ? -1 : x->order > y->order;
}

/* Each key once: before its first change, after its last; those that are as
 * they were are left out. */
static void
settle(struct expand_past *p)
{
	size_t n = 0;

	if (p->n > 0) {
		qsort(p->keys, p->n, sizeof(*p->keys), compare_keys);
	}
	for (size_t i = 0, e; i < p->n; i = e) {
		for (e = i + 1; e < p->n &&
		     compare_where(&p->keys[i], &p->keys[e]) == 0;
		     e++) {
			p->keys[i].after = p->keys[e].after;
		}
		if (p->keys[i].before != p->keys[i].after) {
			p->keys[n++] = p->keys[i];
		}
	}
	p->n = n;
}

/* Is all that changed told by history? 1, 0 no, <0. */
static int
read_history(struct diff *d)
{
	uint64_t serial = zone_view_serial(d->view);
	struct zone_history_row row;
	uint64_t keys = 0, restored;
	int r = zone_history_cut(d->view, &restored);

	if (r < 0 || d->from < restored) {
		return r; /* a restore is told by no row */
	}
	for (uint64_t next = d->from + 1; next <= serial; next++) {
		r = zone_history_get(d->view, next, &row);
		if (r <= 0) {
			return r; /* cut */
		}
		keys += row.keys;
		if (row.action == ZONE_ACTION_CONFIG || keys > KEYS_MAX) {
			return 0;
		}
		if (row.keys > 0) {
			r = zone_history_keys(d->view, next, see_key, d);
		}
		if (r < 0) {
			return r == ERR_RANGE ? 0 : r;
		}
	}
	settle(&d->past);
	return 1;
}

/* ---- prefixes ----------------------------------------------------------- */

struct stretch {
	uint8_t bits;
	uint8_t addr[16];
};

static int
compare_stretches(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct stretch));
}

/* Those that KEY lies in, or covers. */
static int
add_stretches(const struct expand_key *key, struct stretch *all, size_t *n)
{
	unsigned base = key->bits == 32 ? 16 : 32;
	struct stretch s = { .bits = key->bits };
	uint64_t many = key->len < base ? UINT64_C(1) << (base - key->len) : 1;

	if (many > STRETCHES_MAX) {
		return ERR_RANGE;
	}
	memcpy(s.addr, key->addr, base / 8);
	for (uint64_t i = 0; i < many; i++) {
		if (*n == STRETCHES_MAX * 2) {
			return ERR_RANGE;
		}
		all[(*n)++] = s;
		for (unsigned b = base / 8; b-- > 0 && ++s.addr[b] == 0;) {
		}
	}
	return 0;
}

static int
diff_ip(struct diff *d)
{
	size_t room = 2 * STRETCHES_MAX, n = 0;
	struct stretch *all = calloc(room, sizeof(*all));
	unsigned begun = 0;
	int r = all == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < d->past.n && r == 0; i++) {
		if (n > 0 && n + 1 >= room) { /* many may be the same */
			size_t m = 0;

			qsort(all, n, sizeof(*all), compare_stretches);
			for (size_t k = 0; k < n; k++) {
				if (m == 0 ||
				    compare_stretches(&all[m - 1], &all[k]) !=
					0) {
					all[m++] = all[k];
				}
			}
			n = m;
		}
		r = add_stretches(&d->past.keys[i], all, &n);
	}
	if (r == 0 && n > 0) {
		qsort(all, n, sizeof(*all), compare_stretches);
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		enum zone_space space =
		    all[i].bits == 32 ? ZONE_SPACE_V4 : ZONE_SPACE_V6;

		if (i > 0 && compare_stretches(&all[i - 1], &all[i]) == 0) {
			continue;
		}
		if (begun != all[i].bits) {
			begun = all[i].bits;
			r = expand_ip_begin(d->now, space);
			r = r < 0 ? r : expand_ip_begin(d->then, space);
		}
		if (r == 0) {
			r = expand_ip_stretch(d->then, space, all[i].addr);
		}
		if (r == 0) {
			r = expand_ip_stretch(d->now, space, all[i].addr);
		}
		if (r == 0) {
			r = compare_piles(d);
		}
	}
	free(all);
	return r;
}

/* ---- domains ------------------------------------------------------------ */

/* Is any form of the domain PATH stored, now or before? 1, 0, <0. */
static int
is_stored(struct diff *d, const uint8_t *path, size_t len)
{
	int r = 0;

	for (size_t i = 0; i < d->past.n; i++) {
		const struct zone_domain *was = &d->past.keys[i].domain;

		if (was->len == len && memcmp(was->path, path, len) == 0) {
			return 1;
		}
	}
	for (unsigned k = 0; k < d->now->n_lists && r == 0; k++) {
		for (unsigned f = ZONE_DOMAIN_SELF;
		     f <= ZONE_DOMAIN_BELOW && r == 0; f++) {
			struct zone_domain domain = { .len = (uint8_t)len };
			uint8_t key[ZONE_DOMAIN_KEY];
			struct zone_bytes value;
			size_t n;

			memcpy(domain.path, path, len);
			n = zone_domain_key(key, d->now->lists[k].number,
			    &domain, (enum zone_domain_form)f);
			if (d->now->lists[k].state == 1) {
				r = zone_txn_get(zone_view_txn(d->view),
				    ZONE_T_NAMES, key, n, &value);
			}
		}
	}
	return r;
}

struct root {
	uint8_t path[ZONE_DOMAIN_PATH];
	size_t len;
};

static int
compare_roots(const void *a, const void *b)
{
	const struct root *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->path, y->path, n);

	return r != 0 ? r : x->len < y->len ? -1 : x->len > y->len;
}

#define ROOTS_MAX 4096

static int
diff_domain(struct diff *d)
{
	struct root *roots;
	const struct root *last = NULL;
	int r = 0;

	if (d->past.n > ROOTS_MAX) {
		return ERR_RANGE;
	}
	roots = calloc(d->past.n + 1, sizeof(*roots));
	if (roots == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < d->past.n && r >= 0; i++) {
		const struct zone_domain *domain = &d->past.keys[i].domain;
		size_t n = 0;

		do {
			while (domain->path[n++] != 0) {
			}
			r = n < domain->len ? is_stored(d, domain->path, n)
					    : 1;
		} while (r == 0);
		memcpy(roots[i].path, domain->path, n);
		roots[i].len = n;
	}
	if (r >= 0 && d->past.n > 0) {
		qsort(roots, d->past.n, sizeof(*roots), compare_roots);
		r = 0;
	}
	for (size_t i = 0; i < d->past.n && r == 0; i++) {
		const struct root *root = &roots[i];

		if (last != NULL && root->len >= last->len &&
		    memcmp(root->path, last->path, last->len) == 0) {
			continue; /* within the one before */
		}
		last = root;
		r = expand_domain_tree(d->then, root->path, root->len);
		if (r == 0) {
			r = expand_domain_tree(d->now, root->path, root->len);
		}
		if (r == 0) {
			r = compare_piles(d);
		}
	}
	free(roots);
	return r;
}

/* ---- addresses ---------------------------------------------------------- */

#define GROUPS_MAX 4096
#define BARE_MAX 64

struct canon {
	size_t key; /* its number */
	char text[ZONE_KEY_TEXT];
};

static int
compare_canons(const void *a, const void *b)
{
	const struct canon *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* N addresses that changed and share their canonical form, or, CANON NULL,
 * any. */
static int
diff_group(struct diff *d, const char *canon, const struct canon *all, size_t n)
{
	struct expand_past part = { .n = n };
	struct expand_group g = { .n = 0 };
	int r = 0;

	part.keys = calloc(n, sizeof(*part.keys));
	if (part.keys == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		part.keys[i] = d->past.keys[all[i].key];
		r = expand_group_add(&g, part.keys[i].text);
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		if (i > 0 && canon != NULL) {
			break;
		}
		g.len = strlen(all[i].text);
		memcpy(g.canon, all[i].text, g.len);
		for (unsigned k = 0; k < d->now->n_lists && r == 0; k++) {
			r = expand_group_load(d->now, k, &g);
		}
	}
	d->then->past = &part;
	if (r == 0) {
		r = expand_address_group(d->then, g.texts, g.n);
	}
	if (r == 0) {
		r = expand_address_group(d->now, g.texts, g.n);
	}
	if (r == 0) {
		r = compare_piles(d);
	}
	d->then->past = NULL;
	free(part.keys);
	free(g.texts);
	return r;
}

/* A bare digest may be a spelling of any address: then all are one group. */
static int
diff_address(struct diff *d)
{
	size_t n = d->past.n;
	struct canon *all;
	bool bare = false;
	int r = 0;

	if (n == 0 || n > GROUPS_MAX) {
		return n == 0 ? 0 : ERR_RANGE;
	}
	all = calloc(n, sizeof(*all));
	if (all == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		all[i].key = i;
		zone_key_canon(d->past.keys[i].text, all[i].text);
		bare = bare || strchr(all[i].text, '@') == NULL;
	}
	qsort(all, n, sizeof(*all), compare_canons);
	if (bare) {
		r = n > BARE_MAX ? ERR_RANGE : diff_group(d, NULL, all, n);
	}
	for (size_t i = 0, e; i < n && r == 0 && !bare; i = e) {
		for (e = i + 1;
		     e < n && strcmp(all[e].text, all[i].text) == 0; e++) {
		}
		r = diff_group(d, all[i].text, all + i, e - i);
	}
	free(all);
	return r;
}

/* ---- all of it ---------------------------------------------------------- */

/* Fewest records that the zone can have: two for each that is listed. */
static uint64_t
least_records(const struct diff *d)
{
	struct zone_list_info *all = calloc(VIEW_LISTS, sizeof(*all));
	uint64_t sum = 0;
	int n = all != NULL ? zone_view_lists(d->view, all, VIEW_LISTS) : 0;

	for (int i = 0; i < n && i < VIEW_LISTS; i++) {
		for (unsigned k = 0; k < d->now->n_lists; k++) {
			if (d->now->lists[k].state == 1 &&
			    d->now->lists[k].number == all[i].number) {
				sum += 2 * all[i].listed;
			}
		}
	}
	free(all);
	return sum;
}

static int
find_out(struct diff *d)
{
	int r = read_history(d);

	if (r != 1) {
		return r;
	}
	d->then->past = &d->past;
	d->then->then = true;
	switch (d->zone->kind) {
	case ZONE_KIND_IP: r = diff_ip(d); break;
	case ZONE_KIND_ADDRESS: r = diff_address(d); break;
	case ZONE_KIND_DOMAIN: r = diff_domain(d); break;
	}
	if (r == ERR_RANGE || (r == 0 && d->records > 1000 &&
				  d->records > least_records(d))) {
		return 0; /* the whole zone is less */
	}
	return r < 0 ? r : 1;
}

int
zone_expand_diff(struct zone_view *view, const struct zone_zone_conf *zone,
    uint64_t from, zone_rr_fn *gone, zone_rr_fn *come, void *ctx)
{
	struct diff d = { .view = view, .zone = zone, .from = from };
	int r = zone_expand_open(view, zone, collect, &d.b, &d.now);

	if (r == 0) {
		r = zone_expand_open(view, zone, collect, &d.a, &d.then);
	}
	if (r == 0) {
		r = find_out(&d);
	}
	if (r == 1) {
		r = tell_all(&d.gone, gone, ctx);
		r = r != 0 ? r : tell_all(&d.come, come, ctx);
		r = r != 0 ? r : 1;
	}
	zone_expand_close(&d.now);
	zone_expand_close(&d.then);
	free(d.past.keys);
	arena_free(&d.past.arena);
	free(d.a.at);
	free(d.b.at);
	buf_free(&d.a.bytes);
	buf_free(&d.b.bytes);
	buf_free(&d.gone);
	buf_free(&d.come);
	return r;
}
