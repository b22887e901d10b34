/* view.h - what is listed, at one moment.
 *
 * A view is a moment of the list store. What is found through a view is
 * borrowed until the view is renewed, rested or closed. A view that is not at
 * work is rested, so that LMDB can reuse pages: never keep one busy for a
 * second. Views are not shared between threads.
 */
#pragma once

#include "zone/entry.h"
#include "zone/store.h"

struct zone_view;

/* A new view is rested. */
MUST_CHECK int zone_view_open(
    struct zone_store *store, struct zone_view **ret_view);
/* See the newest commit. ERR_CORRUPT (the file is shorter than its pages),
 * ERR_STORE, ERR_FULL (no reader slot). A failed renewal leaves it rested. */
MUST_CHECK int zone_view_renew(struct zone_view *view);
void zone_view_rest(struct zone_view *view);
void zone_view_close(struct zone_view **view);

/* Of a renewed view. */
uint64_t zone_view_serial(const struct zone_view *view); /* decisions 5 */
/* Wall clock at renewal, never before the newest change (decisions 7). */
int64_t zone_view_now(const struct zone_view *view);

/* The list's number in the store. 1: found, 0: nothing was ever listed in it,
 * <0: failed. ERR_CORRUPT also when the stored kind differs. */
MUST_CHECK int zone_view_list(struct zone_view *view, const char *name,
    enum zone_kind kind, uint16_t *ret_list);

struct zone_list_info {
	char name[64];
	uint16_t number;
	enum zone_kind kind;
	uint64_t listed, exempt; /* entries, expired ones included */
};
/* All lists, into an array of CAP; returns how many there are, or <0. */
MUST_CHECK int zone_view_lists(
    struct zone_view *view, struct zone_list_info *ret, size_t cap);

/* 1 and the detail (spans borrowed from the view), 0 none, <0 failed. */
MUST_CHECK int zone_view_detail(
    struct zone_view *view, uint32_t id, struct zone_detail *ret);

/* One stored entry. */
struct zone_entry {
	struct zone_key key;
	uint32_t detail;
	uint32_t code; /* 0: exemption */
	int64_t until;
};

/* Every entry of LIST in key order, expired ones included. Returns what FN
 * returned when that was not 0 (it stops there), else 0 or <0. */
typedef int zone_entry_fn(const struct zone_entry *entry, void *ctx);
MUST_CHECK int zone_view_walk(struct zone_view *view, uint16_t list,
    enum zone_kind kind, zone_entry_fn *fn, void *ctx);
