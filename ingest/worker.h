/* worker.h - the parser, in a child that may die.
 *
 * Hostile mail is the normal case, and GMime has been killed by one. So a
 * mail is read in a forked child that may compute and nothing else (sandbox.h),
 * with limits on its CPU time and memory, watched by the clock; what comes
 * back is bytes (result.h). The
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

/* Let the next mail be read by a new child, with CONFIG from then on. */
void ingest_worker_retire(
    struct ingest_worker *worker, const struct zone_config *config);

/* Read the LEN bytes of RAW into *RET (in ARENA). ERR_SYS: no child could be
 * made or confined (errno EPERM); ERR_NOMEM. A child that died gives a result
 * that says so. */
MUST_CHECK int ingest_worker_read(struct ingest_worker *worker,
    const struct ingest_task *task, const char *raw, size_t len,
    struct arena *arena, struct ingest_result *ret);

/* The same in steps, for a program with several: begin, then step whenever
 * the descriptor is ready for EVENTS of poll(2) or the wait is over. One mail
 * at a time; RAW and the task's file must stay until its end. */
MUST_CHECK int ingest_worker_begin(struct ingest_worker *worker,
    const struct ingest_task *task, const char *raw, size_t len);
int ingest_worker_fd(const struct ingest_worker *worker, short *ret_events);
int64_t ingest_worker_wait(const struct ingest_worker *worker); /* ms */
/* 1: *RET is there; 0: not yet; ERR_NOMEM. */
MUST_CHECK int ingest_worker_step(struct ingest_worker *worker,
    struct arena *arena, struct ingest_result *ret);
