/* pick.h - the few entries of a list that something is true of.
 *
 * What is said of entries (detail, code, until) stands in the dictionary of
 * their block. So a block none of whose words is wanted is passed over after a
 * look at its first bytes: sixty-five thousand blocks cost milliseconds. What
 * expired, and what a source produced, is found in this way.
 */
#pragma once

#include "zone/view.h"

struct zone_said {
	uint32_t detail;
	uint32_t code; /* 0: exemption */
	int64_t until; /* 0: never */
};

/* 1 wanted, 0 not, <0 failed, which ends it. Asked at least once for all
 * that is said in the list; borrows nothing. */
typedef int zone_pick_want(
    struct zone_view *view, const struct zone_said *said, void *ctx);

/* Call FN with each entry of LIST of whose words WANT says 1. The view is
 * renewed on the way, so it must not be relied on to stay the same, and what
 * others change meanwhile may be missed or told twice: whoever acts on an
 * entry does so only if its detail is still the same. Returns FN's or WANT's
 * result when it was not 0 (WANT: negative), else 0 or <0. */
MUST_CHECK int zone_pick(struct zone_view *view, uint16_t list,
    enum zone_kind kind, zone_pick_want *want, zone_entry_fn *fn, void *ctx);
