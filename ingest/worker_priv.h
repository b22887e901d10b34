/* worker_priv.h - between the two ends of the parser child's socket. */
#pragma once

#include "ingest/worker.h"

#define INGEST_FRAME_HEAD 12          /* u32 kind or status, u64 length */
#define INGEST_ANSWER_MAX (32u << 20) /* bytes of one answer */

/* Run in the child: read requests from FD until it is closed. Never returns. */
_Noreturn void ingest_child_run(int fd, const struct zone_config *config);
