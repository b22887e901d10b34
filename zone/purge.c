/* purge.c - take back everything that a source produced.
 *
 * The entries of today are found by their details' source. What stood there
 * before is in history: the detail names the serial that made it, and that
 * row has the key with the entry before. If that one is the source's as well,
 * its own serial is asked next, and so on, newest serial first, so that each
 * row is read once.
 */
#include "zone/purge.h"

#include <stdlib.h>
#include <string.h>

#include "zone/change_priv.h"
#include "zone/guard.h"
#include "zone/history.h"
#include "zone/hold.h"
#include "zone/pick.h"

#define LISTS 256
#define MEMO 1024 /* details whose source was looked at */

struct purging {
	const struct zone_purge *p;
	const struct zone_config *config;
	struct zone_view *view;
	struct zone_change *change;
	struct zone_purged *ret;
	struct err_text *why;

	struct zone_list_info lists[LISTS];
	struct zone_list_conf conf[LISTS]; /* of unconfigured ones */
	int n_lists;
	const struct zone_list_conf *list; /* in hand */
	const struct zone_list_conf *by_number[LISTS];

	struct {
		uint32_t id;
		bool ours;
		uint64_t serial;
	} memo[MEMO];

	/* op I of the change: */
	uint64_t *serials; /* whose row says what was before; 0: settled */
	size_t cap;
	uint32_t *slots; /* hash of list and key to I + 1 */
	uint32_t mask;

	uint64_t *heap; /* serials to read, the newest on top */
	size_t n_heap, cap_heap;
	uint64_t row;   /* in hand */
	uint64_t *made; /* serials that made what is purged */
	size_t n_made, cap_made;

	struct arena arena;
	struct before_us { /* a purge of long ago */
		const char *source;
		uint64_t serial;
	} * purges;
	size_t n_purges;
};

/* ---- whose is it? -------------------------------------------------------- */

/* Is detail ID of the source and not too old? 1 and the serial that made it,
 * 0, <0. */
static int
ours(struct purging *g, uint32_t id, uint64_t *ret_serial)
{
	struct zone_detail d;
	size_t at = id % MEMO;
	int r;

	if (g->memo[at].id != id) {
		r = zone_view_detail(g->view, id, &d);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
		g->memo[at].id = id;
		g->memo[at].ours = d.created >= g->p->since &&
		    d.source.len == strlen(g->p->source) &&
		    memcmp(d.source.at, g->p->source, d.source.len) == 0;
		g->memo[at].serial = d.serial;
	}
	*ret_serial = g->memo[at].serial;
	return g->memo[at].ours;
}

/* Every purge that history has. The view is renewed on the way. */
static int
find_purges(struct purging *g)
{
	int64_t since = zone_hold_clock();
	struct zone_history_row row;
	uint64_t next = 1;
	int r;

	while ((r = zone_history_after(g->view, next, &row)) == 1) {
		next = row.serial + 1;
		if (row.action == ZONE_ACTION_PURGE) {
			struct before_us *p = reallocarray(
			    g->purges, g->n_purges + 1, sizeof(*p));

			if (p == NULL) {
				return ERR_NOMEM;
			}
			g->purges = p;
			p += g->n_purges++;
			p->serial = row.serial;
			p->source = arena_copy(
			    &g->arena, row.source.at, row.source.len);
			if (p->source == NULL) {
				return ERR_NOMEM;
			}
		}
		if (zone_hold_over(&since) &&
		    (r = zone_view_renew(g->view)) < 0) {
			return r;
		}
	}
	return r;
}

/* May detail ID not come back? 1 and the serial that made it: it is ours, or
 * its source was purged after it. */
static int
passed_over(struct purging *g, uint32_t id, uint64_t *ret_serial)
{
	struct zone_detail d;
	int r = ours(g, id, ret_serial);

	if (r != 0 || g->n_purges == 0) {
		return r;
	}
	r = zone_view_detail(g->view, id, &d);
	if (r <= 0) {
		return r < 0 ? r : ERR_CORRUPT;
	}
	for (size_t i = 0; i < g->n_purges; i++) {
		if (g->purges[i].serial > d.serial &&
		    strlen(g->purges[i].source) == d.source.len &&
		    memcmp(g->purges[i].source, d.source.at, d.source.len) ==
			0) {
			return 1;
		}
	}
	return 0;
}

static int
want(struct zone_view *view, const struct zone_said *said, void *ctx)
{
	uint64_t serial;

	(void)view;
	return ours(ctx, said->detail, &serial);
}

/* ---- serials to read ----------------------------------------------------- */

static int
push(uint64_t **array, size_t *n, size_t *cap, uint64_t value)
{
	uint64_t *p;

	if (*n == *cap) {
		size_t more = *cap == 0 ? 64 : *cap * 2;

		p = reallocarray(*array, more, sizeof(*p));
		if (p == NULL) {
			return ERR_NOMEM;
		}
		*array = p;
		*cap = more;
	}
	(*array)[(*n)++] = value;
	return 0;
}

static int
heap_push(struct purging *g, uint64_t serial)
{
	size_t i = g->n_heap;
	int r;

	if (i > 0 && g->heap[0] == serial) {
		return 0; /* bulk entries share their serial */
	}
	r = push(&g->heap, &g->n_heap, &g->cap_heap, serial);
	for (; r == 0 && i > 0 && g->heap[(i - 1) / 2] < serial;
	     i = (i - 1) / 2) {
		g->heap[i] = g->heap[(i - 1) / 2];
		g->heap[(i - 1) / 2] = serial;
	}
	return r;
}

static uint64_t
heap_pop(struct purging *g)
{
	uint64_t top = g->heap[0], last = g->heap[--g->n_heap];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < g->n_heap) {
		k += k + 1 < g->n_heap && g->heap[k + 1] > g->heap[k];
		if (g->heap[k] <= last) {
			break;
		}
		g->heap[i] = g->heap[k];
		i = k;
	}
	g->heap[i] = last;
	return top;
}

/* ---- what is to go ------------------------------------------------------- */

static int
take(const struct zone_entry *e, void *ctx)
{
	struct purging *g = ctx;
	size_t i = g->change->n_ops;
	uint64_t serial, *serials;
	int r = ours(g, e->detail, &serial);

	if (r != 1) {
		return r < 0 ? r : 0;
	}
	/* set is what stands there as far as is known: itself, at first */
	r = zone_change_set(g->change, g->list, &e->key, e->detail, e->detail);
	if (r == 0 && i >= g->cap) {
		size_t cap = g->cap == 0 ? 1024 : g->cap * 2;

		serials = reallocarray(g->serials, cap, sizeof(*serials));
		if (serials == NULL) {
			return ERR_NOMEM;
		}
		g->serials = serials;
		g->cap = cap;
	}
	if (r == 0) {
		g->serials[i] = serial;
		r = heap_push(g, serial);
	}
	return r;
}

static int
take_lists(struct purging *g)
{
	int r = 0;

	g->n_lists = zone_view_lists(g->view, g->lists, LISTS);
	if (g->n_lists < 0) {
		return g->n_lists;
	}
	for (int i = 0; i < g->n_lists && r == 0; i++) {
		const struct zone_list_info *info = &g->lists[i];

		g->list = zone_config_list(g->config, span_str(info->name));
		if (g->list == NULL || g->list->kind != info->kind) {
			g->conf[i] =
			    (struct zone_list_conf){ .name = info->name,
				    .kind = info->kind };
			g->list = &g->conf[i];
		}
		g->by_number[info->number] = g->list;
		if (g->p->list != NULL && strcmp(g->p->list, info->name) != 0) {
			continue;
		}
		r = zone_pick(g->view, info->number, info->kind, want, take, g);
		if (r < 0) {
			r = err_say(g->why, r, "list \"%s\": %s", info->name,
			    err_str(r));
		}
	}
	return r;
}

/* ---- which op is a key's? ------------------------------------------------ */

static uint32_t
hash_bytes(uint32_t h, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n-- > 0) {
		h = (h ^ *p++) * 16777619u;
	}
	return h;
}

static uint32_t
hash_op(const struct op *op)
{
	const uint8_t what[2] = { op->len, op->bits };
	uint32_t h = hash_bytes(2166136261u + op->list, what, sizeof(what));

	h = op->bits != 0 ? hash_bytes(h, op->addr, op->bits / 8u)
			  : hash_bytes(h, op->text, strlen(op->text));
	return h ^ h >> 15;
}

static bool
same_key(const struct op *a, const struct op *b)
{
	return a->list == b->list && a->bits == b->bits && a->len == b->len &&
	    (a->bits != 0 ? memcmp(a->addr, b->addr, sizeof(a->addr)) == 0
			  : strcmp(a->text, b->text) == 0);
}

/* The place of OP: its own, or the free one where it belongs. */
static uint32_t *
slot_of(const struct purging *g, const struct op *op)
{
	uint32_t h = hash_op(op) & g->mask;

	while (g->slots[h] != 0 &&
	    !same_key(&g->change->ops[g->slots[h] - 1], op)) {
		h = (h + 1) & g->mask;
	}
	return &g->slots[h];
}

static int
index_ops(struct purging *g)
{
	size_t n = 0;

	g->mask = 63;
	while (g->mask / 2 < g->change->n_ops) {
		g->mask = g->mask * 2 + 1;
	}
	g->slots = calloc((size_t)g->mask + 1, sizeof(*g->slots));
	if (g->slots == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < g->change->n_ops; i++) {
		uint32_t *slot = slot_of(g, &g->change->ops[i]);

		if (*slot == 0) { /* else told twice */
			g->change->ops[n] = g->change->ops[i];
			g->serials[n] = g->serials[i];
			*slot = (uint32_t)++n;
		}
	}
	g->change->n_ops = n;
	return 0;
}

/* ---- what was before ----------------------------------------------------- */

static int
see_key(const struct zone_history_key *key, void *ctx)
{
	struct purging *g = ctx;
	struct op like = { .bits = 0 };
	char name[ZONE_NAME_TEXT];
	struct op *op;
	uint32_t i;
	uint64_t serial;
	int r = 0;

	if (key->after == 0 || key->list >= LISTS ||
	    g->by_number[key->list] == NULL) {
		return 0;
	}
	for (i = 0; i < g->change->n_lists &&
	     g->change->lists[i].conf != g->by_number[key->list];
	     i++) {
	}
	if (i == g->change->n_lists) {
		return 0;
	}
	like.list = (uint16_t)i;
	if (key->key.kind == ZONE_KIND_IP) {
		memcpy(like.addr, key->key.ip.ip.bytes, sizeof(like.addr));
		like.len = key->key.ip.plen;
		like.bits = key->key.ip.ip.bits;
	} else if (key->key.kind == ZONE_KIND_DOMAIN) {
		like.text = key->key.text;
	} else {
		zone_key_name(key->key.text, name);
		like.text = name;
	}
	i = *slot_of(g, &like);
	if (i == 0 || g->serials[i - 1] != g->row) {
		return 0;
	}
	op = &g->change->ops[i - 1];
	if (op->set != key->after) {
		return 0; /* of another time */
	}
	g->serials[i - 1] = 0;
	op->set = key->before;
	if (key->before != 0) {
		r = passed_over(g, key->before, &serial);
		if (r == 1 && serial >= g->row) {
			return ERR_CORRUPT;
		}
		if (r == 1) {
			g->serials[i - 1] = serial;
			r = heap_push(g, serial);
		}
	}
	return r;
}

static int
look_back(struct purging *g)
{
	int r = index_ops(g);

	if (r == 0 && g->change->n_ops > 0) {
		r = find_purges(g);
	}
	while (r == 0 && g->n_heap > 0) {
		uint64_t serial = heap_pop(g);

		if (serial == g->row) {
			continue;
		}
		g->row = serial;
		if (!g->p->dry) {
			r = push(&g->made, &g->n_made, &g->cap_made, serial);
		}
		if (r == 0) {
			r = zone_history_keys_long(g->view, serial, see_key, g);
		}
	}
	return r;
}

/* The key of OP, which is no prefix. */
static int
key_of_text(const struct op *op, struct zone_key *ret_key)
{
	char text[ZONE_KEY_TEXT];

	if (op->domain) {
		return zone_key_parse(
		    ZONE_KIND_DOMAIN, span_str(op->text), ret_key, NULL);
	}
	if (zone_key_of_name(op->text, strlen(op->text), text) < 0) {
		return ERR_CORRUPT;
	}
	return zone_key_parse(
	    ZONE_KIND_ADDRESS, span_str(text), ret_key, NULL);
}

/* What was found before becomes the entry, if it may. */
static int
settle(struct purging *g)
{
	int64_t now = zone_view_now(g->view);
	uint64_t serial;

	for (size_t i = 0; i < g->change->n_ops; i++) {
		struct op *op = &g->change->ops[i];
		const struct zone_list_conf *list =
		    g->change->lists[op->list].conf;
		struct zone_key key = { .kind = list->kind };
		struct zone_detail d;
		int r = 0;

		if (g->serials[i] != 0) {
			/* no row says it: history was cut */
			op->set = 0;
			g->ret->unknown++;
		}
		if (op->set != 0 && (r = ours(g, op->set, &serial)) == 1) {
			return ERR_CORRUPT; /* nobody but we would stay */
		}
		if (r == 0 && op->set != 0) {
			r = zone_view_detail(g->view, op->set, &d);
			r = r == 1 ? 0 : r < 0 ? r : ERR_CORRUPT;
		}
		if (r < 0) {
			return r;
		}
		if (op->set != 0 && d.until != 0 && d.until <= now) {
			op->set = 0;
		}
		if (op->set != 0 && !zone_detail_exempt(&d)) {
			if (op->bits != 0) {
				key.ip.ip.bits = op->bits;
				key.ip.plen = op->len;
				memcpy(key.ip.ip.bytes, op->addr, 16);
				r = 0;
			} else {
				r = key_of_text(op, &key);
			}
			if (r < 0 || list->code == 0 ||
			    zone_guard_list(g->config, list, &key, NULL) < 0) {
				op->set = 0;
				g->ret->refused++;
			}
		}
		if (op->set != 0) {
			g->ret->restored++;
		} else {
			g->ret->removed++;
		}
	}
	return 0;
}

/* ---- the queue ----------------------------------------------------------- */

static int
reopen(struct purging *g, struct zone_queue *queue)
{
	uint64_t item;
	int r = 0;

	for (size_t i = 0; i < g->n_made && r >= 0; i++) {
		r = zone_queue_by_serial(queue, g->made[i], &item);
		if (r == 1) {
			r = zone_moderate_wait_again(
			    queue, g->p->by, item, "purge");
			g->ret->reopened += r == 1;
		}
	}
	return r < 0 ? r : 0;
}

int
zone_purge(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config, const struct zone_purge *purge,
    struct zone_purged *ret, struct err_text *why)
{
	struct zone_why because = { .by = purge->by,
		.action = ZONE_ACTION_PURGE,
		.source = purge->source,
		.reason = purge->reason };
	struct purging *g = calloc(1, sizeof(*g));
	struct err_text unheard = { "" };
	int r = g != NULL ? 0 : ERR_NOMEM;

	memset(ret, 0, sizeof(*ret));
	if (r < 0) {
		return r;
	}
	g->p = purge;
	g->config = config;
	g->ret = ret;
	g->why = why != NULL ? why : &unheard;
	r = zone_change_new(store, config, &g->change);
	if (r == 0) {
		g->change->unpacked = true;
		r = zone_view_open(store, &g->view);
	}
	if (r == 0) {
		r = zone_view_renew(g->view);
	}
	if (r == 0) {
		r = take_lists(g);
	}
	if (r == 0) {
		r = look_back(g);
	}
	if (r == 0) {
		r = settle(g);
	}
	zone_view_close(&g->view);
	if (r == 0 && !purge->dry && g->change->n_ops > 0) {
		r = zone_change_commit(
		    &g->change, &because, &ret->change, g->why);
	}
	if (r == 0 && queue != NULL && ret->change.serial != 0) {
		r = reopen(g, queue);
	}
	if (r < 0 && g->why->text[0] == '\0') {
		r = err_say(
		    g->why, r, "source \"%s\": %s", purge->source, err_str(r));
	}
	zone_change_free(&g->change);
	free(g->serials);
	free(g->slots);
	free(g->heap);
	free(g->made);
	free(g->purges);
	arena_free(&g->arena);
	free(g);
	return r;
}
