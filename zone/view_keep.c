/* view_keep.c - what is remembered of blocks, over a commit.
 *
 * LMDB copies each page that it changes, and never writes over a page of the
 * commit before: that one is what a crash falls back to. So at the next commit
 * the old pages are still whole, a page that was written has a place of its
 * own, and what is remembered is wrong in two ways only: of blocks that were
 * written, which row "moved" tells; and of those that shared a page with them
 * and went along. A change of one key touches the leaf page it is on, halves
 * of it, and one beside it when they are joined. From a written block outwards
 * what is remembered is therefore set right, until a page is met that did not
 * move (a block on it is where it was: all of it is), or so many pages were
 * passed that none further away can have been touched.
 */
#include <string.h>

#include "zone/view_places.h"

/* Rows for one commit; beyond, forgetting is cheaper. */
#define STEPS_MAX 4096

/* A block's key taken to pieces; false: it is none of ours. */
static bool
parse_key(const uint8_t *key, size_t len, uint16_t *ret_list,
    enum zone_space *ret_space, unsigned *ret_base, uint8_t addr[16])
{
	if (len < 3 || len > 7) {
		return false;
	}
	*ret_list = (uint16_t)(key[0] << 8 | key[1]);
	*ret_space = (enum zone_space)key[2];
	*ret_base = (unsigned)(len - 3) * 8;
	memset(addr, 0, 16);
	memcpy(addr, key + 3, len - 3);
	return *ret_list < VIEW_LISTS &&
	    (*ret_space == ZONE_SPACE_V4 || *ret_space == ZONE_SPACE_V6 ||
		*ret_space == ZONE_SPACE_DIGEST) &&
	    (*ret_base == 0 || *ret_base == zone_space_base(*ret_space));
}

/* The place that remembers the block at KEY, NULL when none does. */
static int
place_at(
    struct zone_view *v, const uint8_t *key, size_t len, uintptr_t **ret_place)
{
	struct view_list *l;
	struct view_table *t;
	enum zone_space space;
	uint8_t addr[16];
	uintptr_t *at = NULL;
	uint16_t list;
	uint32_t stretch;
	unsigned base;

	if (!parse_key(key, len, &list, &space, &base, addr)) {
		return ERR_CORRUPT;
	}
	l = v->lists[list];
	stretch = stretch_of(addr, base);
	if (l == NULL) {
		at = NULL;
	} else if (base == 0) {
		unsigned i = space == ZONE_SPACE_V6;

		at = l->wide[i].generation == v->generation ? &l->wide[i].place
							    : NULL;
	} else if (remembered(v, l, space, stretch) != UNKNOWN) {
		t = space == ZONE_SPACE_V4 ? l->four : l->digests;
		at = space == ZONE_SPACE_V6
		    ? way_of(line_of(l->six, stretch), stretch)
		    : &t->places[stretch];
	}
	*ret_place = at != NULL && *at != UNKNOWN ? at : NULL;
	return 0;
}

struct walk {
	struct zone_view *view;
	size_t page;    /* bytes */
	unsigned pages; /* to pass in each direction */
	unsigned steps; /* left */
};

/* Set right what is remembered from KEY on, in one direction. 0, or <0: give
 * up. */
static int
set_right(struct walk *w, const uint8_t *key, size_t len, bool backwards)
{
	struct zone_cursor *c = w->view->blocks;
	struct zone_bytes k, b;
	uintptr_t leaf = 0, at, *place;
	unsigned passed = 0;
	int r = backwards ? zone_cursor_back(c, key, len, &k, &b)
			  : zone_cursor_seek(c, key, len, &k, &b);

	for (; r == 1; r = backwards ? zone_cursor_prev(c, &k, &b)
				     : zone_cursor_next(c, &k, &b)) {
		if (w->steps-- == 0) {
			return ERR_RANGE;
		}
		at = (uintptr_t)k.at & ~(uintptr_t)(w->page - 1);
		if (at != leaf && leaf != 0 && ++passed > w->pages) {
			return 0;
		}
		leaf = at;
		r = place_at(w->view, k.at, k.len, &place);
		if (r < 0 || (place != NULL && *place == NO_BLOCK)) {
			return ERR_CORRUPT; /* not what "moved" says */
		}
		if (place == NULL || *place == BAD_BLOCK) {
			continue;
		}
		at = (uintptr_t)b.at & ~(uintptr_t)(w->page - 1);
		if (*place == (uintptr_t)b.at && at == leaf) {
			return 0; /* this page did not move */
		}
		*place = (uintptr_t)b.at; /* long values have their own pages */
	}
	return r;
}

/* The block at KEY may be a new one. */
static void
mark_moved(struct zone_view *v, const uint8_t *key, size_t len)
{
	enum zone_space space;
	uint8_t addr[16];
	uint16_t list;
	unsigned base;

	if (parse_key(key, len, &list, &space, &base, addr) &&
	    space == ZONE_SPACE_V6 && base == 32 && v->lists[list] != NULL &&
	    v->lists[list]->six != NULL) {
		mark_there(v->lists[list]->six, stretch_of(addr, base));
	}
}

bool
zone_view_keep(struct zone_view *view)
{
	struct walk w = { .view = view,
		.page = zone_txn_page(view->txn),
		.steps = STEPS_MAX };
	struct zone_moved m;
	uintptr_t *place;
	int r = zone_moved_get(view->txn, &m);

	if (r != 1 || m.commit != zone_txn_id(view->txn) ||
	    m.n == ZONE_MOVED_MANY) {
		return false;
	}
	w.pages = 2 * m.n + 2;
	for (uint32_t i = 0; i < m.n; i++) {
		if (place_at(view, m.keys[i].at, m.keys[i].len, &place) < 0) {
			return false;
		}
		if (place != NULL) {
			*place = UNKNOWN;
		}
		mark_moved(view, m.keys[i].at, m.keys[i].len);
	}
	if (m.n == 0) {
		return true;
	}
	r = open_blocks(view);
	for (uint32_t i = 0; i < m.n && r >= 0; i++) {
		r = set_right(&w, m.keys[i].at, m.keys[i].len, false);
		if (r >= 0) {
			r = set_right(&w, m.keys[i].at, m.keys[i].len, true);
		}
	}
	return r >= 0;
}

/* ---- for tests ---------------------------------------------------------- */

static int
tell(zone_remembered_fn *fn, void *ctx, uint16_t list, enum zone_space space,
    unsigned base, uint32_t stretch, uintptr_t place)
{
	uint8_t addr[16] = { (uint8_t)(stretch >> 24), (uint8_t)(stretch >> 16),
		(uint8_t)(stretch >> 8), (uint8_t)stretch };

	if (base == 16) {
		memmove(addr, addr + 2, 2);
		addr[2] = addr[3] = 0;
	}
	return place == UNKNOWN
	    ? 0
	    : fn(list, space, base, addr,
		  place < FIRST_ADDRESS ? NULL : (const uint8_t *)place,
		  place == BAD_BLOCK, ctx);
}

static int
tell_list(
    const struct zone_view *v, uint16_t list, zone_remembered_fn *fn, void *ctx)
{
	const struct view_list *l = v->lists[list];
	int r = 0;

	for (unsigned i = 0; i < 2 && r == 0; i++) {
		if (l->wide[i].generation == v->generation) {
			r = tell(fn, ctx, list,
			    i == 0 ? ZONE_SPACE_V4 : ZONE_SPACE_V6, 0, 0,
			    l->wide[i].place);
		}
	}
	for (uint32_t s = 0; s < 65536 && r == 0; s++) {
		r = tell(fn, ctx, list, ZONE_SPACE_V4, 16, s,
		    remembered(v, l, ZONE_SPACE_V4, s));
		if (r == 0) {
			r = tell(fn, ctx, list, ZONE_SPACE_DIGEST, 16, s,
			    remembered(v, l, ZONE_SPACE_DIGEST, s));
		}
	}
	for (size_t i = 0; l->six != NULL && i < 1u << VIEW_LINE_BITS; i++) {
		const struct view_line *line = &l->six->lines[i];

		if (l->six->generation[i / VIEW_PART_LINES] != v->generation) {
			continue;
		}
		for (unsigned k = 0; k < VIEW_WAYS && r == 0; k++) {
			r = tell(fn, ctx, list, ZONE_SPACE_V6, 32,
			    line->stretch[k], line->place[k]);
		}
	}
	return r;
}

int
zone_view_remembered(
    const struct zone_view *view, zone_remembered_fn *fn, void *ctx)
{
	int r = 0;

	for (unsigned i = 0; i < VIEW_LISTS && r == 0; i++) {
		if (view->lists[i] != NULL) {
			r = tell_list(view, (uint16_t)i, fn, ctx);
		}
	}
	return r;
}
