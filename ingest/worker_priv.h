/* worker_priv.h - between the two ends of the parser child's socket. */
#pragma once

#include <sys/types.h>

#include "ingest/worker.h"

#define INGEST_FRAME_HEAD 12          /* u32 kind or status, u64 length */
#define INGEST_ANSWER_MAX (32u << 20) /* bytes of one answer */

#define INGEST_CHILD_READY 'R' /* first byte: it is confined */

/* Run in the child of PARENT: give up all rights, say so, then read requests
 * from FD until it is closed. Never returns. */
_Noreturn void ingest_child_run(
    int fd, pid_t parent, const struct zone_config *config);
