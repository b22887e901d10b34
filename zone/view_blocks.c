/* view_blocks.c - where the blocks are, remembered.
 *
 * A list has a table of 512 KiB for each family that was asked of it, of which
 * only what is used takes memory. After a commit all of it is forgotten, by
 * 8 KiB, each part when it is next used.
 */
#include <stdlib.h>
#include <string.h>

#include "zone/view_places.h"

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

/* ---- blocks ------------------------------------------------------------ */

void
zone_view_ahead(struct zone_view *view, uint16_t list, enum zone_space space,
    const uint8_t addr[16], unsigned step, const uint8_t **block)
{
	const struct view_list *l = view->lists[list];
	unsigned base = zone_space_base(space);
	uint32_t stretch = stretch_of(addr, base);
	uintptr_t place;

	if (step == 0) {
		*block = NULL;
		if (l == NULL) {
			return;
		}
		if (space == ZONE_SPACE_V6 && l->six != NULL) {
			__builtin_prefetch(line_of(l->six, stretch));
		} else if (space == ZONE_SPACE_V4 && l->four != NULL) {
			__builtin_prefetch(&l->four->places[stretch]);
		} else if (space == ZONE_SPACE_DIGEST && l->digests != NULL) {
			__builtin_prefetch(&l->digests->places[stretch]);
		}
	} else if (step == 1) {
		place =
		    l != NULL ? remembered(view, l, space, stretch) : UNKNOWN;
		if (place >= FIRST_ADDRESS) {
			*block = (const uint8_t *)place;
			__builtin_prefetch(*block);
			__builtin_prefetch(*block + 64);
		}
	} else if (*block != NULL) {
		zone_block_ahead(*block, base, addr, step > 2);
	}
}

/* ---- networks without a block ------------------------------------------- */

#define MISSES 512     /* look-ups for nothing before the bits are filled */
#define ROWS_MAX 32768 /* blocks at most; with more the bits tell little */

/* Is it sure that LIST has no block for STRETCH? */
static inline bool
surely_none(
    const struct zone_view *v, const struct view_six *t, uint32_t stretch)
{
	uint32_t h = stretch * UINT32_C(2654435761) >> (32 - VIEW_THERE_BITS);

	return t->there_generation == v->generation &&
	    (t->there[h / 64] >> h % 64 & 1) == 0;
}

/* Note all blocks of LIST, if they are not too many. Whoever asks for many
 * networks at random finds nothing, and finds it in the tree each time. */
static void
fill_there(struct zone_view *v, struct view_six *t, uint16_t list)
{
	static const uint8_t start[16] = { 0 };
	struct zone_bytes k, b;
	uint8_t key[7];
	size_t n = zone_block_key(key, list, ZONE_SPACE_V6, start, 32);
	unsigned rows = 0;
	int r;

	memset(t->there, 0, sizeof(t->there));
	r = open_blocks(v);
	if (r == 0) {
		r = zone_cursor_seek(v->blocks, key, n, &k, &b);
	}
	for (; r == 1 && k.len == n && memcmp(k.at, key, 3) == 0;
	     r = zone_cursor_next(v->blocks, &k, &b)) {
		if (++rows > ROWS_MAX) {
			return;
		}
		mark_there(t, stretch_of(k.at + 3, 32));
	}
	if (r >= 0) {
		t->there_generation = v->generation;
	}
}

static void
count_miss(struct zone_view *v, uint16_t list)
{
	struct view_six *t =
	    v->lists[list] != NULL ? v->lists[list]->six : NULL;

	if (t == NULL) {
		return;
	}
	if (t->misses_generation != v->generation) {
		t->misses_generation = v->generation;
		t->misses = 0;
	}
	if (++t->misses == MISSES) {
		fill_there(v, t, list);
	}
}

/* ---- blocks, found ------------------------------------------------------ */

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
	bool six = base == 32 && space == ZONE_SPACE_V6;
	const struct view_list *l = view->lists[list];
	uintptr_t *at, place;
	int r;

	if (six && l != NULL && l->six != NULL &&
	    surely_none(view, l->six, stretch_of(addr, 32))) {
		return 0;
	}
	at = place_of(view, list, space, addr, base);
	place = at != NULL ? *at : UNKNOWN;
	if (place == UNKNOWN) {
		r = fetch(view, list, space, addr, base, &place);
		if (r < 0) {
			return r;
		}
		if (at != NULL) {
			*at = place;
		}
		if (six && place == NO_BLOCK) {
			count_miss(view, list);
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
