/* expand_domain.c - domains and patterns as names and wildcards, tree by tree.
 *
 * A tree is what lies at and below a listed domain above which nothing is
 * stored. Within it each name that exists cuts the wildcard above it, and so
 * does each name between two that exist: all of them say what they inherit.
 */
#include "zone/expand_priv.h"

#include <stdlib.h>
#include <string.h>

#define TREES 64 /* in one step */

struct node {
	const uint8_t *path;
	size_t len;
	bool told; /* it, or something below it, has records */
	bool hidden; /* above it names are listed: it may need a block */
	struct expand_hit below[EXPAND_LISTS]; /* what names below it inherit */
};

struct row {
	uint8_t k, form;
	uint8_t len;
	uint8_t path[ZONE_DOMAIN_PATH];
	uint32_t code, detail;
};

struct tree {
	struct zone_expand *x;
	struct row *rows;
	size_t n, cap;
	struct node stack[ZONE_DOMAIN_PATH / 2 + 1];
	unsigned depth;
	struct arena arena;
};

static int
compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->path, y->path, n);

	if (r == 0) {
		r = (int)x->len - (int)y->len;
	}
	if (r == 0) {
		r = (int)x->k - (int)y->k;
	}
	return r != 0 ? r : (int)x->form - (int)y->form;
}

static struct row *
add_row(struct tree *t)
{
	if (t->n == t->cap) {
		size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
		struct row *grown = reallocarray(t->rows, cap, sizeof(*grown));

		if (grown == NULL) {
			return NULL;
		}
		t->rows = grown;
		t->cap = cap;
	}
	return &t->rows[t->n++];
}

static bool
below_or_at(const uint8_t *path, size_t len, const uint8_t *root, size_t n)
{
	return len >= n && memcmp(path, root, n) == 0;
}

/* ---- rows of a moment --------------------------------------------------- */

/* Was the row of list K at PATH with FORM changed by the past? */
static bool
changed(const struct zone_expand *x, unsigned k, const uint8_t *path,
    size_t len, unsigned form)
{
	size_t lo = 0, hi = x->past->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct expand_key *key = &x->past->keys[mid];
		size_t n = key->domain.len < len ? key->domain.len : len;
		int r = (int)key->k - (int)k;

		if (r == 0) {
			r = memcmp(key->domain.path, path, n);
		}
		if (r == 0) {
			r = (int)key->domain.len - (int)len;
		}
		if (r == 0) {
			r = (int)key->form - (int)form;
		}
		if (r == 0) {
			return true;
		}
		if (r < 0) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return false;
}

static int
load_list(struct tree *t, unsigned k, const uint8_t *root, size_t n)
{
	struct zone_expand *x = t->x;
	struct zone_cursor *c = NULL;
	struct zone_bytes key, value;
	uint8_t from[2 + ZONE_DOMAIN_PATH];
	int r;

	from[0] = (uint8_t)(x->lists[k].number >> 8);
	from[1] = (uint8_t)x->lists[k].number;
	memcpy(from + 2, root, n);
	r = zone_cursor_open(zone_view_txn(x->view), ZONE_T_NAMES, &c);
	if (r < 0) {
		return r == ERR_NONE ? 0 : r;
	}
	for (r = zone_cursor_seek(c, from, n + 2, &key, &value); r == 1;
	     r = zone_cursor_next(c, &key, &value)) {
		struct zone_domain_row said;
		struct row *row;

		if (key.len < n + 3 || memcmp(key.at, from, n + 2) != 0) {
			r = 0;
			break;
		}
		if (key.len > sizeof(row->path) + 3) {
			r = ERR_CORRUPT;
			break;
		}
		r = zone_domain_value_decode(&key, &value, &said);
		if (r < 0) {
			break;
		}
		if (x->then && changed(x, k, key.at + 2, key.len - 3,
				   key.at[key.len - 1])) {
			continue;
		}
		row = add_row(t);
		if (row == NULL) {
			r = ERR_NOMEM;
			break;
		}
		row->k = (uint8_t)k;
		row->len = (uint8_t)(key.len - 3);
		row->form = key.at[key.len - 1];
		memcpy(row->path, key.at + 2, row->len);
		row->code = said.code;
		row->detail = said.detail;
		x->report.ended += said.until != 0 &&
		    said.until <= zone_view_now(x->view);
	}
	zone_cursor_close(&c);
	return r;
}

/* What the past had below ROOT and is another thing today. */
static int
load_past(struct tree *t, const uint8_t *root, size_t n)
{
	const struct expand_past *p = t->x->past;
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		const struct expand_key *key = &p->keys[i];
		struct row *row;

		if (key->before == 0 ||
		    !below_or_at(key->domain.path, key->domain.len, root, n)) {
			continue;
		}
		row = add_row(t);
		if (row == NULL) {
			return ERR_NOMEM;
		}
		row->k = key->k;
		row->form = (uint8_t)key->form;
		row->len = key->domain.len;
		memcpy(row->path, key->domain.path, row->len);
		row->detail = key->before;
		r = expand_code(t->x, key->before, &row->code);
	}
	return r;
}

/* ---- names -------------------------------------------------------------- */

/* PATH, from the root side, as labels on the wire and as text. */
static size_t
turn(const uint8_t *path, size_t len, uint8_t *wire, char *text)
{
	size_t at = 0, end = len;

	while (end > 0) {
		size_t start = end - 1;

		while (start > 0 && path[start - 1] != 0) {
			start--;
		}
		wire[at] = (uint8_t)(end - 1 - start);
		memcpy(wire + at + 1, path + start, end - 1 - start);
		memcpy(text + at, path + start, end - 1 - start);
		at += end - start;
		text[at - 1] = start > 0 ? '.' : '\0';
		end = start;
	}
	return at;
}

static unsigned
labels_of(const uint8_t *path, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		n += path[i] == 0;
	}
	return n;
}

/* Is this the name of a name server of the zone? Its records are the apex's. */
static bool
is_host(const struct zone_expand *x, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < x->zone->n_ns; i++) {
		const char *ns = x->zone->ns[i];

		if (strncmp(ns, text, n) == 0 && ns[n] == '.' &&
		    strcmp(ns + n + 1, x->zone->name) == 0) {
			return true;
		}
	}
	return false;
}

static int
say(struct tree *t, struct node *node, bool wildcard,
    const struct expand_hit *hits)
{
	uint8_t wire[2 + ZONE_DOMAIN_PATH] = { 1, '*' };
	char text[ZONE_DOMAIN_PATH + 1];
	size_t len = turn(node->path, node->len, wire + 2, text);
	uint64_t before = t->x->report.records;
	int r;

	if (hits == NULL) {
		r = expand_block(t->x, wire + 2, len);
	} else if (wildcard) {
		r = expand_say(t->x, wire, len + 2, hits, text);
	} else if (is_host(t->x, text)) {
		return 0;
	} else {
		r = expand_say(t->x, wire + 2, len, hits, text);
	}
	node->told = node->told || t->x->report.records > before;
	return r;
}

/* ---- the tree ----------------------------------------------------------- */

static int
pop(struct tree *t)
{
	struct node *node = &t->stack[--t->depth];
	int r = 0;

	if (!node->told && node->hidden) {
		r = say(t, node, false, NULL);
	}
	if (node->told && t->depth > 0) {
		t->stack[t->depth - 1].told = true;
	}
	return r;
}

/* One name: N rows at ROWS, all of its lists; 0: none but inherited ones. */
static int
push(struct tree *t, const uint8_t *path, size_t len, const struct row *rows,
    size_t n)
{
	struct zone_expand *x = t->x;
	const struct node *above =
	    t->depth > 0 ? &t->stack[t->depth - 1] : NULL;
	struct node *node = &t->stack[t->depth++];
	struct expand_hit self[EXPAND_LISTS] = { { 0 } };
	int r = 0;

	*node = (struct node){ .path = path, .len = len };
	if (above != NULL) {
		memcpy(self, above->below, sizeof(self));
		memcpy(node->below, above->below, sizeof(self));
		node->hidden = expand_any(x, above->below);
	}
	/* ".d" first, so that what speaks of one half counts before it */
	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			const struct expand_hit hit = { rows[i].code,
				rows[i].detail, labels_of(path, len) };
			bool all = rows[i].form == ZONE_DOMAIN_ALL;

			if (all != (pass == 0)) {
				continue;
			}
			if (rows[i].form != ZONE_DOMAIN_BELOW) {
				self[rows[i].k] = hit;
			}
			if (rows[i].form != ZONE_DOMAIN_SELF) {
				node->below[rows[i].k] = hit;
			}
		}
	}
	if (expand_any(x, self)) {
		r = say(t, node, false, self);
	}
	if (r == 0 && expand_any(x, node->below)) {
		r = say(t, node, true, node->below);
	}
	return r;
}

/* Make way for PATH: leave what it is not below, and name what lies between
 * it and the name above it when that would else be cut off. */
static int
approach(struct tree *t, const uint8_t *path, size_t len)
{
	int r = 0;

	while (t->depth > 0 && r == 0 &&
	    !below_or_at(path, len, t->stack[t->depth - 1].path,
		t->stack[t->depth - 1].len)) {
		r = pop(t);
	}
	while (t->depth > 0 && r == 0) {
		const struct node *above = &t->stack[t->depth - 1];
		size_t n = above->len;

		while (path[n++] != 0) {
		}
		if (n == len || !expand_any(t->x, above->below)) {
			break;
		}
		r = push(t, path, n, NULL, 0);
	}
	return r;
}

/* Below "test" and "invalid" nothing is ever listed (RFC 5782, 5). */
static bool
is_reserved(const uint8_t *path, size_t len)
{
	struct span top = span_str((const char *)path);

	return len > 0 && (span_is(top, "test") || span_is(top, "invalid"));
}

int
expand_domain_tree(struct zone_expand *x, const uint8_t *root, size_t len)
{
	struct tree t = { .x = x };
	int r = 0;

	if (is_reserved(root, len)) {
		return 0;
	}
	for (unsigned k = 0; k < x->n_lists && r == 0; k++) {
		if (x->lists[k].state == 1) {
			r = load_list(&t, k, root, len);
		}
	}
	if (r == 0 && x->then) {
		r = load_past(&t, root, len);
	}
	if (t.n > 0) {
		qsort(t.rows, t.n, sizeof(*t.rows), compare);
	}
	for (size_t i = 0, e; i < t.n && r == 0; i = e) {
		const struct row *row = &t.rows[i];

		for (e = i + 1; e < t.n && t.rows[e].len == row->len &&
		     memcmp(t.rows[e].path, row->path, row->len) == 0;
		     e++) {
		}
		r = approach(&t, row->path, row->len);
		if (r == 0) {
			r = push(&t, row->path, row->len, row, e - i);
		}
	}
	while (t.depth > 0 && r == 0) {
		r = pop(&t);
	}
	free(t.rows);
	return r;
}

/* ---- one after the other ------------------------------------------------ */

/* The first row from x->from on of any list: its path. 1, 0, <0. */
static int
next_root(struct zone_expand *x, uint8_t path[ZONE_DOMAIN_PATH], size_t *ret_n)
{
	bool found = false;

	for (unsigned k = 0; k < x->n_lists; k++) {
		struct zone_cursor *c = NULL;
		struct zone_bytes key, value;
		uint8_t from[2 + sizeof(x->from)];
		int r;

		if (x->lists[k].state != 1) {
			continue;
		}
		from[0] = (uint8_t)(x->lists[k].number >> 8);
		from[1] = (uint8_t)x->lists[k].number;
		memcpy(from + 2, x->from, x->from_len);
		r = zone_cursor_open(zone_view_txn(x->view), ZONE_T_NAMES, &c);
		if (r < 0) {
			if (r == ERR_NONE) {
				continue;
			}
			return r;
		}
		r = zone_cursor_seek(c, from, 2 + x->from_len, &key, &value);
		if (r == 1 && key.len > 3 && memcmp(key.at, from, 2) == 0 &&
		    key.len <= ZONE_DOMAIN_PATH + 3) {
			size_t n = key.len - 3, m = n;
			int d = -1;

			if (found) {
				m = n < *ret_n ? n : *ret_n;
				d = memcmp(key.at + 2, path, m);
			}
			if (d < 0 || (d == 0 && n < *ret_n)) {
				memcpy(path, key.at + 2, n);
				*ret_n = n;
				found = true;
			}
		}
		zone_cursor_close(&c);
		if (r < 0) {
			return r;
		}
	}
	return found;
}

static int
say_test(struct zone_expand *x)
{
	static const uint8_t owner[] = { 4, 't', 'e', 's', 't' };
	struct expand_hit hits[EXPAND_LISTS] = { { 0 } };

	for (unsigned k = 0; k < x->n_lists; k++) {
		hits[k].code = x->zone->lists[k]->code;
	}
	return expand_say(x, owner, sizeof(owner), hits, "test");
}

int
expand_domain_step(struct zone_expand *x)
{
	uint8_t root[ZONE_DOMAIN_PATH];
	size_t n = 0;
	int r = 1;

	if (x->phase == 0) {
		x->phase = 1;
		r = say_test(x);
		return r == 0 ? 1 : r;
	}
	for (unsigned i = 0; i < TREES && r == 1; i++) {
		r = next_root(x, root, &n);
		if (r != 1) {
			break;
		}
		r = expand_domain_tree(x, root, n);
		/* behind the whole tree: no label has an octet of 255 */
		memcpy(x->from, root, n);
		x->from[n] = 0xff;
		x->from_len = n + 1;
		r = r == 0 ? 1 : r;
	}
	return r;
}
