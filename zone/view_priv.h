/* view_priv.h - what only find.c and its neighbours may see of a view.
 *
 * A view keeps a table of pointers to the blocks it has met. A pointer stays
 * right while the commit number does not change, because LMDB writes changed
 * pages elsewhere; so a look-up costs one load and one short search. After a
 * commit every pointer is forgotten at once: each carries the generation it
 * was taken in, in its upper 16 bits (user space uses 48).
 */
#pragma once

#include "zone/block.h"
#include "zone/find.h"
#include "zone/view.h"

#define VIEW_LISTS 256 /* list numbers are below this */
#define VIEW_SLOTS6 32768

struct view_slot6 {
	uintptr_t block;
	uint8_t stretch[4];
};

struct view_list {
	uintptr_t wide4, wide6;
	uintptr_t *table4;         /* 65,536: one for each /16 */
	uintptr_t *digests;        /* 65,536: one for each first two octets */
	struct view_slot6 *slots6; /* direct-mapped by a hash of the /32 */
};

struct zone_view {
	struct zone_store *store;
	struct zone_txn *txn;
	bool live;
	uint64_t id; /* commit seen last */
	uint16_t generation;
	uint64_t serial;
	int64_t newest; /* time of the newest change */
	int64_t now;
	struct view_list *lists[VIEW_LISTS];
	struct zone_cursor *names; /* kept, for domains; NULL: not yet */
	bool names_stale;          /* not renewed since the view was */
};

/* The block of LIST around ADDR (BASE 0: the wide one). 1 and *ret_block, 0
 * none, ERR_CORRUPT (not whole), <0. Never NULL with 1. */
MUST_CHECK int zone_view_block(struct zone_view *view, uint16_t list,
    enum zone_space space, const uint8_t addr[16], unsigned base,
    const uint8_t **ret_block);

/* Start fetching what zone_view_block will need: STEP 0 the place that
 * remembers the pointer, 1 the block, 2 its keys. Each step wants the one
 * before it to have arrived; none does anything but fetch. */
void zone_view_ahead(struct zone_view *view, uint16_t list,
    enum zone_space space, const uint8_t addr[16], unsigned step);

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

/* Key of ZONE_T_NAMES: list, then the canonical text. */
size_t zone_name_key(uint8_t out[2 + ZONE_KEY_TEXT], uint16_t list,
    const char *text, size_t len);
/* Value of ZONE_T_NAMES. 1 and the detail's number, 0, <0. */
MUST_CHECK int zone_name_get(struct zone_txn *txn, uint16_t list,
    const char *text, uint32_t *ret_detail);
MUST_CHECK int zone_name_put(
    struct zone_txn *txn, uint16_t list, const char *text, uint32_t detail);

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

/* Value of ZONE_T_NAMES and ZONE_T_GROUPS: CRC, detail. */
void zone_name_value(uint8_t out[8], uint32_t detail);
/* The detail in it; 0: damaged. */
uint32_t zone_name_detail(const struct zone_bytes *value);

/* First 18 bytes of a key in ZONE_T_GROUPS: list, hash of the canonical form.
 * The address follows. */
void zone_group_key(uint8_t out[18], uint16_t list, const char *canon);

/* Give list NAME its number and row. ERR_RANGE: there are too many. */
MUST_CHECK int zone_list_new(struct zone_txn *txn, struct zone_head *head,
    const char *name, enum zone_kind kind, struct zone_list_info *ret);
