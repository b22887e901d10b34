/* submit.h - a result into the queue, with the raw mail as evidence. */
#pragma once

#include "ingest/result.h"

/* Store RAW and what RESULT says of it in one synced transaction. Every
 * candidate passes the guard again: one that it refuses is stored as "never"
 * with its reason. A result without messages becomes an item without
 * candidates, so that a person sees it. SUBMITTER NULL: as the mail says.
 * ERR_FULL, ERR_STORE, ERR_SYS,
 * ERR_NOMEM: nothing was stored, try again later. */
MUST_CHECK int ingest_submit(struct zone_queue *queue,
    const struct zone_config *config, const struct ingest_result *result,
    const char *submitter, const char *road, const char *raw, size_t len,
    struct arena *arena, struct zone_added *ret);
