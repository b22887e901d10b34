/* zonefile.h - a zone as a master file (RFC 1035, 5): what a transfer has. */
#pragma once

#include "zone/expand.h"

/* All of ZONE that VIEW, renewed, sees, into B; the bytes depend on the serial
 * alone. *ret_report counts. ERR_RANGE: it would be longer than a transfer may
 * be, ERR_REFUSED: it asks for keys; with a sentence in WHY. */
MUST_CHECK int zone_zonefile_write(struct zone_view *view,
    const struct zone_zone_conf *zone, struct buf *b,
    struct zone_expand_report *ret_report, struct err_text *why);
/* What a secondary will answer otherwise than rbld does, in words. */
void zone_zonefile_report(const struct zone_zone_conf *zone,
    const struct zone_expand_report *report, struct buf *b);
/* Why ZONE cannot be expanded, which failed with ERR; returns ERR. */
int zone_expand_why(
    const struct zone_zone_conf *zone, int err, struct err_text *why);
