/* submit.h - a result into the queue, with the raw mail as evidence. */
#pragma once

#include "ingest/result.h"
#include "ingest/who.h"

/* RAW and what RESULT says of it as the queue takes them, in ARENA; RAW, ROAD
 * and RESULT are borrowed. Every candidate passes the guard again: one that it
 * refuses is stored as "never" with its reason. A result without messages
 * becomes an item without candidates, so that a person sees it. ERR_NOMEM. */
MUST_CHECK int ingest_submit_prepare(const struct zone_config *config,
    const struct ingest_result *result, const struct ingest_who *who,
    const char *road, const char *raw, size_t len, struct arena *arena,
    struct zone_queue_mail *ret);

/* The same, and store it in one synced transaction; then a receipt goes out,
 * if one is due. ERR_FULL, ERR_STORE,
 * ERR_SYS, ERR_NOMEM: nothing was stored, try again later. */
MUST_CHECK int ingest_submit(struct zone_queue *queue,
    const struct zone_config *config, const struct ingest_result *result,
    const struct ingest_who *who, const char *road, const char *raw, size_t len,
    struct arena *arena, struct zone_added *ret);
