/* view_places.h - the tables of a view from inside, for view_blocks.c, which
 * fills and asks them, and view_keep.c, which sets them right after a commit.
 */
#pragma once

#include "zone/view_priv.h"

/* What a place holds instead of an address. */
enum { UNKNOWN, NO_BLOCK, BAD_BLOCK, FIRST_ADDRESS };

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

/* The block of STRETCH may be there. */
static inline void
mark_there(struct view_six *t, uint32_t stretch)
{
	uint32_t h = stretch * UINT32_C(2654435761) >> (32 - VIEW_THERE_BITS);

	t->there[h / 64] |= UINT64_C(1) << h % 64;
}

/* Have the view's cursor in its transaction. */
static inline int
open_blocks(struct zone_view *v)
{
	return v->blocks == NULL
	    ? zone_cursor_open(v->txn, ZONE_T_BLOCKS, &v->blocks)
	    : zone_cursor_renew(v->blocks, v->txn);
}
