/* view_priv.h - what only find.c and its neighbours may see of a view.
 *
 * A view remembers where the blocks are that it has met. What it remembers
 * stays right while the commit number does not change, because LMDB writes
 * changed pages elsewhere; so a look-up costs one load and one short search.
 */
#pragma once

#include "zone/block.h"
#include "zone/find.h"
#include "zone/view.h"

#define VIEW_LISTS 256 /* list numbers are below this */

/* What is remembered of a block, its address first of all: view_blocks.c. A
 * part of a table counts when it was written in the view's generation. */
#define VIEW_PART 8192 /* bytes */
#define VIEW_PART_PLACES (VIEW_PART / sizeof(uintptr_t))
#define VIEW_PART_LINES (VIEW_PART / sizeof(struct view_line))

struct view_table { /* IPv4, digests: one place for each first 16 bits */
	uintptr_t places[65536];
	uint32_t generation[65536 / VIEW_PART_PLACES];
};

#define VIEW_LINE_BITS 13
#define VIEW_WAYS 5

struct view_line { /* what the processor fetches at once */
	uintptr_t place[VIEW_WAYS];
	uint32_t stretch[VIEW_WAYS]; /* the /32 that each is for */
	uint32_t unused;
};
_Static_assert(sizeof(struct view_line) == 64, "a line is a cache line");

#define VIEW_THERE_BITS 18

struct view_six { /* IPv6: a line for some of the many /32 */
	struct view_line lines[1 << VIEW_LINE_BITS];
	uint32_t generation[(1 << VIEW_LINE_BITS) / VIEW_PART_LINES];
	/* a bit for each hash that some /32 with a block has, once enough
	 * were asked for that have none */
	uint64_t there[(1 << VIEW_THERE_BITS) / 64];
	uint32_t there_generation; /* in which it was filled */
	uint32_t misses_generation, misses;
};

struct view_list {
	struct view_table *four, *digests; /* NULL: none asked yet */
	struct view_six *six;
	struct {
		uintptr_t place;
		uint32_t generation;
	} wide[2]; /* IPv4, IPv6 */
};

struct zone_view {
	struct zone_store *store;
	struct zone_txn *txn;
	bool live;
	uint64_t id;  /* commit seen last */
	uint64_t map; /* and where the file stood in memory */
	uint64_t serial;
	int64_t newest; /* time of the newest change */
	int64_t now;
	/* what is remembered: view_blocks.c */
	uint32_t generation;
	int64_t checked; /* when everything was forgotten for that reason */
	uint32_t victim;            /* counts what had to make room */
	struct zone_cursor *blocks; /* kept, to step through them; NULL */
	struct view_list *lists[VIEW_LISTS];
	struct zone_cursor *names; /* kept, for domains; NULL: not yet */
	bool names_stale;          /* not renewed since the view was */
};

/* Forget where all blocks are. */
void zone_view_forget(struct zone_view *view);
/* The view has been renewed to the commit that follows the one it saw before:
 * make what it remembers true again. false: it cannot be told what moved, and
 * all has to be forgotten. */
bool zone_view_keep(struct zone_view *view);

/* For tests: all that is remembered. BLOCK is NULL when there is none, or a
 * damaged one (BAD). Returns FN's non-zero result, or 0. */
typedef int zone_remembered_fn(uint16_t list, enum zone_space space,
    unsigned base, const uint8_t addr[16], const uint8_t *block, bool bad,
    void *ctx);
int zone_view_remembered(
    const struct zone_view *view, zone_remembered_fn *fn, void *ctx);

/* Row "moved" of the table meta: keys of the blocks that the newest commit
 * wrote. */
#define ZONE_MOVED_MAX 32
#define ZONE_MOVED_MANY UINT32_MAX

struct zone_moved {
	uint64_t commit;
	uint32_t n; /* or ZONE_MOVED_MANY: more than are told */
	struct {
		uint8_t len, at[7];
	} keys[ZONE_MOVED_MAX];
};

void zone_moved_add(struct zone_moved *m, const uint8_t *key, size_t klen);
/* 1, 0 absent, <0. */
MUST_CHECK int zone_moved_get(struct zone_txn *txn, struct zone_moved *ret);
/* In a write transaction; the commit's number is put in here. */
MUST_CHECK int zone_moved_put(
    struct zone_txn *txn, const struct zone_moved *moved);
void zone_view_blocks_free(struct zone_view *view);

/* The block of LIST around ADDR (BASE 0: the wide one). 1 and *ret_block, 0
 * none, ERR_CORRUPT (not whole), <0. Never NULL with 1. */
MUST_CHECK int zone_view_block(struct zone_view *view, uint16_t list,
    enum zone_space space, const uint8_t addr[16], unsigned base,
    const uint8_t **ret_block);

/* Start fetching what zone_view_block will need: STEP 0 the place that
 * remembers the block, 1 the block, which is *BLOCK from then on (NULL: not
 * remembered), 2 its keys, 3 what they lead to. Each step wants the one before
 * it to have arrived; none does anything but fetch. */
void zone_view_ahead(struct zone_view *view, uint16_t list,
    enum zone_space space, const uint8_t addr[16], unsigned step,
    const uint8_t **block);

/* The list's row "head" (doc/FORMATS). */
struct zone_head {
	uint64_t serial;
	int64_t time;
	uint32_t next_detail, next_list;
	uint8_t hash[32]; /* of the newest history row */
};
/* 1, 0 (a new store: zeros), <0. */
MUST_CHECK int zone_head_get(struct zone_txn *txn, struct zone_head *ret);
MUST_CHECK int zone_head_put(
    struct zone_txn *txn, const struct zone_head *head);

/* Row of ZONE_T_LISTS. 1, 0 none, <0. */
MUST_CHECK int zone_list_get(
    struct zone_txn *txn, const char *name, struct zone_list_info *ret);
MUST_CHECK int zone_list_put(
    struct zone_txn *txn, const struct zone_list_info *info);

MUST_CHECK int zone_detail_get(
    struct zone_txn *txn, uint32_t id, struct zone_detail *ret);

/* Key of ZONE_T_NAMES for an address: list, then zone_key_name. */
size_t zone_name_key(uint8_t out[2 + ZONE_NAME_TEXT], uint16_t list,
    const char *name, size_t len);
/* What the row of the address TEXT says: 1 and the detail's number, 0, <0. */
MUST_CHECK int zone_name_get(struct zone_txn *txn, uint16_t list,
    const char *text, uint32_t *ret_detail);

/* zone_find_key and zone_find_exact, for domains (find_domain.c). */
MUST_CHECK int zone_find_domain_key(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_hit *ret_hit,
    struct zone_key *ret_key);
MUST_CHECK int zone_find_domain_exact(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_entry *ret_entry);

/* The view's own transaction, for history. */
static inline struct zone_txn *
zone_view_txn(struct zone_view *view)
{
	return view->txn;
}

/* Value of an address in ZONE_T_NAMES: CRC, detail. */
void zone_name_value(uint8_t out[8], uint32_t detail);
/* The detail in it; 0: damaged. */
uint32_t zone_name_detail(const struct zone_bytes *value);

/* Give list NAME its number and row. ERR_RANGE: there are too many. */
MUST_CHECK int zone_list_new(struct zone_txn *txn, struct zone_head *head,
    const char *name, enum zone_kind kind, struct zone_list_info *ret);
