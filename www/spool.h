/* spool.h - files that come in: each in a file without a name, so that none is
 * left behind, whatever happens; and the threads that answer them.
 */
#pragma once

#include <pthread.h>

#include "base/net.h"

#define WWW_SPOOLS 8        /* at once */
#define WWW_SPOOLS_CLIENT 2 /* of these from one client */
#define WWW_SPOOL_TIME 300  /* seconds for all of one */

struct www_spool {
	bool used;
	int fd;
	uint64_t size;
	int failed; /* errno of the first failure, 0 */
	struct net_ip client;
	int64_t begun; /* boot-time clock */
};

struct www_spools {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned threads;
	struct www_spool all[WWW_SPOOLS];
};

void www_spools_init(struct www_spools *spools);
void www_spools_fini(struct www_spools *spools);

/* A file for what CLIENT (bits 0: unknown) sends. 0, or the status to refuse
 * it with: 429 (one client's are all in use), 503 (all are), 507 (no file). */
MUST_CHECK unsigned www_spool_open(struct www_spools *spools,
    const struct net_ip *client, struct www_spool **ret);
/* More of it. false: it takes too long, give up. That the disk is full is
 * noted in "failed", and what comes then is thrown away. */
MUST_CHECK bool www_spool_write(
    struct www_spool *spool, const char *data, size_t len);
void www_spool_close(struct www_spools *spools, struct www_spool *spool);

/* A thread answers; wait until none does. */
void www_spool_thread_begins(struct www_spools *spools);
void www_spool_thread_ends(struct www_spools *spools);
void www_spools_wait(struct www_spools *spools);
