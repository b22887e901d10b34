/* serve.h - the serving process: store, configuration, threads, signals. */
#pragma once

#include "base/secret.h"
#include "rbld/listen.h"

struct rbld_serve {
	struct zone_config *config; /* taken over */
	const char *path;           /* of the configuration, for SIGHUP */
	const struct rbld_listen *listen;
	int ready; /* descriptor: one octet is written to it, then closed */
	unsigned restarts; /* serving processes before this one */
	unsigned hold;     /* seconds to leave the store alone at first */
	uint8_t random[SECRET_SHORT_KEY]; /* secret of cookies: a process that
	                                   * takes over knows them still */
};

/* Serve until SIGTERM or SIGINT; SIGHUP reads the configuration again and
 * SIGUSR1 logs the counters. All four must be blocked. Returns the exit
 * status. */
int rbld_serve(struct rbld_serve *serve);
