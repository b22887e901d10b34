/* udp.h - a batch of packets: receive, answer, send. */
#pragma once

#include "rbld/crew.h"

#define RBLD_BATCH 32 /* packets with one system call and one view */

struct rbld_batch; /* one thread's buffers */

struct rbld_batch *rbld_batch_new(void); /* NULL: no memory */
void rbld_batch_free(struct rbld_batch **batch);

/* Answer what waits at FD, at most a batch of it. Returns how many packets
 * there were; does not wait for any. WILDCARD: of the socket's address. HOW
 * has what holds for all of them: limit, self, rate. */
unsigned rbld_batch_turn(struct rbld_batch *batch, int fd, bool wildcard,
    struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *how);
