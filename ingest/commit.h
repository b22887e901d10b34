/* commit.h - the thread that writes: mails are answered only when they are on
 * the disk, and one sync serves all that wait for it.
 *
 * The loop hands over a batch and goes on; it never waits for the queue's
 * lock, a slow disk or a full one. There is one batch at a time. Between
 * batches the thread holds nothing, so that the loop may close the queue and
 * fork.
 */
#pragma once

#include "zone/queue.h"

#define INGEST_BATCH 64 /* mails in one sync */

struct ingest_commit;

/* ERR_SYS, ERR_NOMEM. */
MUST_CHECK int ingest_commit_start(struct ingest_commit **ret_commit);
/* Waits for the batch in hand, up to SECONDS; then it is left behind, for the
 * process is about to end. NULL-safe, sets NULL. */
void ingest_commit_stop(struct ingest_commit **commit, int seconds);

int ingest_commit_fd(const struct ingest_commit *commit); /* to poll for */
bool ingest_commit_busy(const struct ingest_commit *commit);

/* Store the N mails, at most INGEST_BATCH, in QUEUE. Both must stay as they
 * are until ingest_commit_done. Not while it is busy. */
void ingest_commit_begin(struct ingest_commit *commit, struct zone_queue *queue,
    struct zone_queue_mail *mails, size_t n);
/* Is the batch finished? Every mail has its result then. */
bool ingest_commit_done(struct ingest_commit *commit);
