/* queue_find.c - the items and groups that fit a question to the queue. All
 * items of the state are looked at one by one; of those that fit only what
 * sorts them is kept.
 */
#include <stdlib.h>

#include "www/queue_ask.h"
#include "www/queue_text.h"

/* ---- items --------------------------------------------------------------- */

struct hit {
	int64_t order;  /* higher comes first */
	uint64_t place; /* in the usual order */
	uint64_t id;
};

struct hits {
	const struct www_ask *ask;
	struct buf list; /* of struct hit */
	uint64_t n;
};

static int
keep(const struct zone_item *item, void *ctx)
{
	struct hits *h = ctx;
	struct hit hit = { .place = h->n, .id = item->id };

	if (!www_filter_fits(&h->ask->filter, item)) {
		return 0;
	}
	switch (h->ask->sort) {
	case WWW_SORT_USUAL: break;
	case WWW_SORT_NEWEST: hit.order = item->first; break;
	case WWW_SORT_REPORTS: hit.order = item->count; break;
	case WWW_SORT_SEEN: hit.order = item->last; break;
	}
	h->n++;
	buf_add(&h->list, &hit, sizeof(hit));
	return h->list.bad ? ERR_NOMEM : 0;
}

static int
compare(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->order != y->order) {
		return x->order > y->order ? -1 : 1;
	}
	return x->place < y->place ? -1 : x->place > y->place;
}

int
www_ask_find(struct www_turn *t, const struct www_ask *ask, size_t skip,
    size_t per, struct www_found *ret)
{
	struct zone_queue *queue = www_site_queue(t->site);
	struct hits h = { .ask = ask };
	struct www_found found = { .items = NULL };
	const struct hit *hits;
	int r;

	if (ask->filter.n == 0 && ask->sort == WWW_SORT_USUAL) {
		return zone_queue_list(queue, ask->state, skip, per, &t->arena,
		    &ret->items, &ret->n, &ret->total);
	}
	r = zone_queue_scan(queue, ask->state, keep, &h);
	if (r < 0) {
		goto out;
	}
	found.total = h.n;
	found.items = arena_alloc(&t->arena, (per + 1) * sizeof(*found.items));
	if (found.items == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	hits = (const void *)h.list.data;
	if (ask->sort != WWW_SORT_USUAL && h.n > 0) {
		qsort(h.list.data, h.n, sizeof(struct hit), compare);
	}
	for (uint64_t i = skip; r >= 0 && i < h.n && found.n < per; i++) {
		r = zone_queue_get(
		    queue, hits[i].id, &t->arena, &found.items[found.n]);
		/* one that left meanwhile, or is damaged, has its place */
		if (r == ERR_CORRUPT || r == 0) {
			found.items[found.n] = (struct zone_item){
				.id = hits[i].id,
				.state = ask->state,
				.subject = "(this record cannot be read)",
				.from = "",
				.settled_by = "",
				.settled_reason = "",
				.origin = { "", "", "", "", "", "", 0, 0 },
			};
			r = 1;
		}
		found.n += r == 1;
	}
	if (r >= 0) {
		*ret = found;
		r = 0;
	}
out:
	buf_free(&h.list);
	return r;
}

/* ---- groups -------------------------------------------------------------- */

#define SLOTS_FIRST 1024 /* a power of two */

struct groups {
	const struct www_ask *ask;
	struct arena *arena;
	struct www_group_row **slots; /* by their labels; NULL: free */
	size_t n_slots, n;
	uint64_t seed; /* strangers write labels: nobody knows their places */
};

static size_t
slot_of(const struct groups *g, const char *label)
{
	uint64_t h = g->seed;
	size_t i;

	for (const char *s = label; *s != '\0'; s++) {
		h = (h ^ (uint8_t)*s) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	i = (size_t)h & (g->n_slots - 1);

	while (g->slots[i] != NULL && strcmp(g->slots[i]->label, label) != 0) {
		i = (i + 1) & (g->n_slots - 1);
	}
	return i;
}

static int
grow(struct groups *g)
{
	struct www_group_row **old = g->slots;
	size_t n = g->n_slots;

	g->n_slots = n > 0 ? n * 2 : SLOTS_FIRST;
	g->slots = calloc(g->n_slots, sizeof(struct www_group_row *));
	if (g->slots == NULL) {
		g->slots = old;
		g->n_slots = n;
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		if (old[i] != NULL) {
			g->slots[slot_of(g, old[i]->label)] = old[i];
		}
	}
	free(old);
	return 0;
}

static int
gather(const struct zone_item *item, void *ctx)
{
	struct groups *g = ctx;
	struct www_group_row *row;
	char label[WWW_LABEL];
	size_t i;

	if (!www_filter_fits(&g->ask->filter, item)) {
		return 0;
	}
	if (g->n + 1 > g->n_slots / 2 && grow(g) < 0) {
		return ERR_NOMEM;
	}
	www_group_label(g->ask->group, item, label);
	i = slot_of(g, label);
	row = g->slots[i];
	if (row == NULL) {
		row = arena_alloc(g->arena, sizeof(*row));
		if (row == NULL) {
			return ERR_NOMEM;
		}
		*row = (struct www_group_row){ .first = item->first,
			.last = item->last,
			.label = arena_str(g->arena, label),
			.subject = arena_str(g->arena, item->subject) };
		if (row->label == NULL || row->subject == NULL) {
			return ERR_NOMEM;
		}
		g->slots[i] = row;
		g->n++;
	}
	row->items++;
	row->reports += item->count;
	row->first = item->first < row->first ? item->first : row->first;
	row->last = item->last > row->last ? item->last : row->last;
	return 0;
}

/* Those without a label are no group to act on: last. */
static int
larger(const void *a, const void *b)
{
	const struct www_group_row *x = *(struct www_group_row *const *)a;
	const struct www_group_row *y = *(struct www_group_row *const *)b;

	if ((x->label[0] == '\0') != (y->label[0] == '\0')) {
		return x->label[0] == '\0' ? 1 : -1;
	}
	if (x->items != y->items) {
		return x->items > y->items ? -1 : 1;
	}
	if (x->reports != y->reports) {
		return x->reports > y->reports ? -1 : 1;
	}
	return strcmp(x->label, y->label);
}

int
www_ask_groups(struct www_turn *t, const struct www_ask *ask, size_t skip,
    size_t max, struct www_group_row **ret, size_t *ret_n, uint64_t *ret_total)
{
	struct groups g = { .ask = ask, .arena = &t->arena };
	struct www_group_row *rows;
	size_t n = 0;
	int r;

	memcpy(&g.seed, www_site_key(t->site), sizeof(g.seed));
	r = zone_queue_scan(www_site_queue(t->site), ask->state, gather, &g);
	if (r < 0) {
		goto out;
	}
	rows = arena_alloc(&t->arena, (max + 1) * sizeof(*rows));
	if (rows == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	for (size_t i = 0; i < g.n_slots; i++) {
		if (g.slots[i] != NULL) {
			g.slots[n++] = g.slots[i];
		}
	}
	if (n > 0) {
		qsort(g.slots, n, sizeof(struct www_group_row *), larger);
	}
	*ret_n = 0;
	for (size_t i = skip; i < n && *ret_n < max; i++) {
		www_group_mark(g.slots[i]->label, g.slots[i]->mark);
		rows[(*ret_n)++] = *g.slots[i];
	}
	*ret = rows;
	*ret_total = n;
	r = 0;
out:
	free(g.slots);
	return r;
}
