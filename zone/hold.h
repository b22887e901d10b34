/* hold.h - how long a view has been kept busy.
 *
 * A view at work keeps LMDB from using freed pages again, so whoever reads a
 * whole table comes up for air: when zone_hold_over says so, it closes its
 * cursors, renews the view, and goes on behind the last key.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define ZONE_HOLD_MS 250

static inline int64_t
zone_hold_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Is it time? Then *SINCE (of zone_hold_clock) begins anew. */
static inline bool
zone_hold_over(int64_t *since)
{
	int64_t now = zone_hold_clock();

	if (now - *since < ZONE_HOLD_MS) {
		return false;
	}
	*since = now;
	return true;
}
