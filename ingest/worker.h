/* worker.h - the parser, in a child that may die.
 *
 * Hostile mail is the normal case, and GMime has been killed by one. So a
 * mail is read in a forked child with limits on its CPU time, address space
 * and files, watched by the clock; what comes back is bytes (result.h). The
 * child reads many mails and is replaced after a death or INGEST_WORKER_MAILS.
 * A mail that kills it is an answer, not a failure: it is queued for a person.
 *
 * The child must not inherit an open store: look at ingest_worker_alive, and
 * close what is open before the next call when it says no.
 */
#pragma once

#include "ingest/result.h"

#define INGEST_WORKER_MAILS 1000
#define INGEST_WORKER_CPU 2               /* seconds a mail */
#define INGEST_WORKER_WALL 5              /* seconds a mail */
#define INGEST_WORKER_MEMORY (256u << 20) /* bytes above its start */

struct ingest_worker;

/* CONFIG must outlive it. ERR_NOMEM. */
MUST_CHECK int ingest_worker_new(
    const struct zone_config *config, struct ingest_worker **ret_worker);
/* Ends the child. NULL-safe, sets NULL. */
void ingest_worker_free(struct ingest_worker **worker);

/* Will the next mail be read by the child that is there? */
bool ingest_worker_alive(const struct ingest_worker *worker);

/* Read the LEN bytes of RAW into *RET (in ARENA). ERR_SYS: no child could be
 * made; ERR_NOMEM. A child that died gives a result that says so. */
MUST_CHECK int ingest_worker_read(struct ingest_worker *worker,
    const struct ingest_task *task, const char *raw, size_t len,
    struct arena *arena, struct ingest_result *ret);
