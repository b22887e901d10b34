/* view_blocks.c - where the blocks are, remembered.
 *
 * A list has a table of 512 KiB for each family that was asked of it, of which
 * only what is used takes memory. After a commit all of it is forgotten, by
 * 8 KiB, each part when it is next used.
 */
#include <stdlib.h>
#include <string.h>

#include "zone/view_priv.h"

/* What a place holds instead of an address. */
enum { UNKNOWN, NO_BLOCK, BAD_BLOCK, FIRST_ADDRESS };

/* ---- places ------------------------------------------------------------ */

void
zone_view_forget(struct zone_view *view)
{
	if (++view->generation != 0) {
		return;
	}
	/* The generations are used up: old ones could look new again. */
	view->generation = 1;
	for (int i = 0; i < VIEW_LISTS; i++) {
		struct view_list *l = view->lists[i];

		if (l == NULL) {
			continue;
		}
		l->wide[0].generation = l->wide[1].generation = 0;
		if (l->four != NULL) {
			memset(l->four->generation, 0,
			    sizeof(l->four->generation));
		}
		if (l->digests != NULL) {
			memset(l->digests->generation, 0,
			    sizeof(l->digests->generation));
		}
		if (l->six != NULL) {
			memset(
			    l->six->generation, 0, sizeof(l->six->generation));
		}
	}
}

void
zone_view_blocks_free(struct zone_view *view)
{
	for (int i = 0; i < VIEW_LISTS; i++) {
		struct view_list *l = view->lists[i];

		if (l != NULL) {
			free(l->four);
			free(l->six);
			free(l->digests);
			free(l);
		}
	}
}

static inline uint32_t
stretch_of(const uint8_t addr[16], unsigned base)
{
	uint32_t high = (uint32_t)addr[0] << 8 | addr[1];

	return base == 16 ? high
			  : high << 16 | (uint32_t)addr[2] << 8 | addr[3];
}

/* The line of the table for IPv6 that STRETCH can be in. */
static inline struct view_line *
line_of(struct view_six *t, uint32_t stretch)
{
	return &t->lines[stretch * UINT32_C(2654435761) >>
	    (32 - VIEW_LINE_BITS)];
}

/* The place in LINE for STRETCH; NULL: there is none. */
static inline uintptr_t *
way_of(struct view_line *line, uint32_t stretch)
{
	for (unsigned i = 0; i < VIEW_WAYS; i++) {
		if (line->stretch[i] == stretch && line->place[i] != UNKNOWN) {
			return &line->place[i];
		}
	}
	return NULL;
}

/* A place in LINE for STRETCH, which has none yet. Of those that are taken one
 * without a block makes room first: anybody can ask for networks that have
 * none, and must not push out what others need. */
static uintptr_t *
way_new(struct zone_view *v, struct view_line *line, uint32_t stretch)
{
	unsigned i = 0, first = v->victim++ % VIEW_WAYS;

	while (i < VIEW_WAYS && line->place[i] != UNKNOWN) {
		i++;
	}
	for (unsigned k = 0; i == VIEW_WAYS && k < VIEW_WAYS; k++) {
		if (line->place[(first + k) % VIEW_WAYS] == NO_BLOCK) {
			i = (first + k) % VIEW_WAYS;
		}
	}
	if (i == VIEW_WAYS) {
		i = first;
	}
	line->stretch[i] = stretch;
	line->place[i] = UNKNOWN;
	return &line->place[i];
}

/* Forget PART (SIZE bytes) of a table, if it was written before the newest
 * commit. */
static inline void
refresh(
    const struct zone_view *v, uint32_t *generation, void *part, size_t size)
{
	if (*generation != v->generation) {
		memset(part, 0, size);
		*generation = v->generation;
	}
}

static uintptr_t *
place_six(struct zone_view *v, struct view_list *l, uint32_t stretch)
{
	struct view_line *line;
	uintptr_t *way;
	size_t part;

	if (l->six == NULL && (l->six = calloc(1, sizeof(*l->six))) == NULL) {
		return NULL;
	}
	line = line_of(l->six, stretch);
	part = (size_t)(line - l->six->lines) / VIEW_PART_LINES;
	refresh(v, &l->six->generation[part],
	    &l->six->lines[part * VIEW_PART_LINES], VIEW_PART);
	way = way_of(line, stretch);
	return way != NULL ? way : way_new(v, line, stretch);
}

static uintptr_t *
place_in(struct zone_view *v, struct view_table **table, uint32_t stretch)
{
	struct view_table *t = *table;
	size_t part = stretch / VIEW_PART_PLACES;

	if (t == NULL && (t = *table = calloc(1, sizeof(*t))) == NULL) {
		return NULL;
	}
	refresh(v, &t->generation[part], &t->places[part * VIEW_PART_PLACES],
	    VIEW_PART);
	return &t->places[stretch];
}

/* The place for a block; NULL: there is no memory for one. */
static uintptr_t *
place_of(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base)
{
	struct view_list *l = v->lists[list];

	if (l == NULL) {
		l = v->lists[list] = calloc(1, sizeof(*l));
		if (l == NULL) {
			return NULL;
		}
	}
	if (base == 0) {
		unsigned i = space == ZONE_SPACE_V6;

		refresh(v, &l->wide[i].generation, &l->wide[i].place,
		    sizeof(l->wide[i].place));
		return &l->wide[i].place;
	}
	switch (space) {
	case ZONE_SPACE_V4:
		return place_in(v, &l->four, stretch_of(addr, base));
	case ZONE_SPACE_V6: return place_six(v, l, stretch_of(addr, base));
	case ZONE_SPACE_DIGEST:
		return place_in(v, &l->digests, stretch_of(addr, base));
	}
	return NULL;
}

/* What is remembered of a block that is not wide; UNKNOWN: nothing. */
static inline uintptr_t
remembered(const struct zone_view *v, const struct view_list *l,
    enum zone_space space, uint32_t stretch)
{
	const struct view_table *t =
	    space == ZONE_SPACE_V4 ? l->four : l->digests;

	if (space == ZONE_SPACE_V6) {
		struct view_line *line;
		uintptr_t *way;

		if (l->six == NULL) {
			return UNKNOWN;
		}
		line = line_of(l->six, stretch);
		if (l->six->generation[(size_t)(line - l->six->lines) /
			VIEW_PART_LINES] != v->generation) {
			return UNKNOWN;
		}
		way = way_of(line, stretch);
		return way != NULL ? *way : UNKNOWN;
	}
	return t != NULL &&
		t->generation[stretch / VIEW_PART_PLACES] == v->generation
	    ? t->places[stretch]
	    : UNKNOWN;
}

/* ---- blocks ------------------------------------------------------------ */

void
zone_view_ahead(struct zone_view *view, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned step)
{
	const struct view_list *l = view->lists[list];
	unsigned base = zone_space_base(space);
	uint32_t stretch = stretch_of(addr, base);
	const uint8_t *block;
	uintptr_t place;

	if (l == NULL) {
		return;
	}
	if (step == 0) {
		if (space == ZONE_SPACE_V6 && l->six != NULL) {
			__builtin_prefetch(line_of(l->six, stretch));
		} else if (space == ZONE_SPACE_V4 && l->four != NULL) {
			__builtin_prefetch(&l->four->places[stretch]);
		} else if (space == ZONE_SPACE_DIGEST && l->digests != NULL) {
			__builtin_prefetch(&l->digests->places[stretch]);
		}
		return;
	}
	place = remembered(view, l, space, stretch);
	if (place < FIRST_ADDRESS) {
		return;
	}
	block = (const uint8_t *)place;
	if (step == 1) {
		__builtin_prefetch(block);
		__builtin_prefetch(block + 64);
	} else {
		zone_block_ahead(block, base, addr, step > 2);
	}
}

/* Look a block up in LMDB and check it whole. 0 and what is to be remembered
 * of it, or <0. */
static int
fetch(struct zone_view *v, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base, uintptr_t *ret_place)
{
	uint8_t key[7];
	struct zone_bytes b;
	size_t n = zone_block_key(key, list, space, addr, base);
	int r = zone_txn_get(v->txn, ZONE_T_BLOCKS, key, n, &b);

	if (r >= 0) {
		*ret_place = r == 0                 ? NO_BLOCK
		    : zone_block_check(b.at, b.len) ? (uintptr_t)b.at
						    : BAD_BLOCK;
	}
	return r < 0 ? r : 0;
}

int
zone_view_block(struct zone_view *view, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned base, const uint8_t **ret_block)
{
	uintptr_t *at = place_of(view, list, space, addr, base);
	uintptr_t place = at != NULL ? *at : UNKNOWN;
	int r;

	if (place == UNKNOWN) {
		r = fetch(view, list, space, addr, base, &place);
		if (r < 0) {
			return r;
		}
		if (at != NULL) {
			*at = place;
		}
	}
	if (place == NO_BLOCK) {
		return 0;
	}
	if (place == BAD_BLOCK) {
		return ERR_CORRUPT;
	}
	*ret_block = (const uint8_t *)place;
	return 1;
}

/* ---- over a commit ------------------------------------------------------ */

/* LMDB copies each page that it changes, and never writes over a page of the
 * commit before: that one is what a crash falls back to. So at the next commit
 * the old pages are still whole, a page that was written has a place of its
 * own, and what is remembered is wrong in two ways only: of blocks that were
 * written, which row "moved" tells; and of those that shared a page with them
 * and went along. A change of one key touches the leaf page it is on, halves
 * of it, and one beside it when they are joined. From a written block outwards
 * what is remembered is therefore set right, until a page is met that did not
 * move (a block on it is where it was: all of it is), or so many pages were
 * passed that none further away can have been touched. */

#define STEPS_MAX                                                  \
	4096 /* rows for one commit; beyond, forgetting is cheaper \
	      */

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
	}
	if (m.n == 0) {
		return true;
	}
	r = view->blocks == NULL
	    ? zone_cursor_open(view->txn, ZONE_T_BLOCKS, &view->blocks)
	    : zone_cursor_renew(view->blocks, view->txn);
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
