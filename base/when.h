/* when.h - times, durations and sizes as people write them.
 *
 * Times are whole seconds since 1970 UTC in int64_t. Text is RFC 3339 UTC:
 * 2026-11-21T09:30:00Z. Durations are 90s 15m 6h 7d 4w, sizes 64K 32M 2G.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

#define WHEN_TEXT 32 /* room for a formatted time */

int64_t when_now(void);  /* wall clock */
int64_t when_boot(void); /* seconds since boot, suspended time included */

/* "2026-11-21T09:30:00Z"; also a date alone (midnight). ERR_FORMAT. */
MUST_CHECK int when_parse(struct span s, int64_t *ret_t);
/* Writes WHEN_TEXT bytes at most; returns OUT. */
char *when_format(char *out, int64_t t);

/* ERR_FORMAT: no number or no unit. ERR_RANGE: more than 100 years. */
MUST_CHECK int when_parse_duration(struct span s, int64_t *ret_seconds);
/* The largest unit that divides it: 900 -> "15m". Returns OUT. */
char *when_format_duration(char *out, int64_t seconds);

/* A plain number is bytes. ERR_FORMAT, ERR_RANGE above 2^50. */
MUST_CHECK int when_parse_size(struct span s, uint64_t *ret_bytes);
