/* sweep.h - take out what has expired, as a change like any other.
 *
 * An entry stops to answer at its second, whoever sweeps (doc/ARCHITECTURE,
 * "Why blocks"): the sweep only gives the room back and lets exports and
 * transfers say the same as the answers. So it can wait, and it does where
 * something is wrong: when more than a tenth of a list would go at once (and
 * more than ZONE_SWEEP_FLOOR), the clock may have jumped, and removing would
 * make it last. Such a list is held: nothing of it is taken out.
 */
#pragma once

#include "zone/moderate.h"

#define ZONE_SWEEP_FLOOR 100 /* entries that may go at once from any list */

enum zone_sweep_flags {
	ZONE_SWEEP_FORCE = 1, /* no list is held */
	ZONE_SWEEP_DRY = 2,   /* only count */
};

struct zone_swept_list {
	char name[64];
	uint64_t entries; /* before */
	uint64_t expired;
	bool held;
};

#define ZONE_SWEPT_LISTS 255

struct zone_swept {
	struct zone_change_result change; /* serial 0: nothing was removed */
	struct zone_swept_list lists[ZONE_SWEPT_LISTS];
	size_t n_lists;
	bool held; /* a list is */
};

/* What a process that sweeps every minute remembers, zeros at first: while
 * the serial stays and the next end is to come, nothing is looked at. */
struct zone_sweep_seen {
	bool known;
	uint64_t serial;
	int64_t next; /* when the next entry ends; INT64_MAX: none does */
};

/* Lists that the configuration does not name are swept as well. SEEN may be
 * NULL. Two at once do no harm: an entry goes only if it is still the one that
 * was seen. 0 with *ret also when lists are held. */
MUST_CHECK int zone_sweep(struct zone_store *store,
    const struct zone_config *config, const char *by, unsigned flags,
    struct zone_sweep_seen *seen, struct zone_swept *ret, struct err_text *why);

/* How many entries of LIST have expired by now? 0 or <0. */
MUST_CHECK int zone_sweep_count(
    struct zone_view *view, const struct zone_list_info *list, uint64_t *ret_n);
