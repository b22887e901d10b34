/* control.h - ask a running rbld for its counters.
 *
 * The other end of dns.control, for whoever shows them: rblctl and rbl-www.
 * What comes is text of another process; whoever reads it looks at it as at
 * any other input.
 */
#pragma once

#include "base/buf.h"
#include "zone/config.h"

#define ZONE_CONTROL_MAX (16u << 20) /* octets of a reply */

/* Send WHAT ("metrics", "top", "json") and append what comes to B, within
 * PATIENCE milliseconds in all. ERR_NONE: CONFIG has no dns.control, or
 * nobody listens there. ERR_SYS, ERR_FULL (too much), ERR_NOMEM. */
MUST_CHECK int zone_control_ask(const struct zone_config *config,
    const char *what, int patience, struct buf *b);
