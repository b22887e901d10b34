/* listen.h - the sockets: opened once, before rights are dropped.
 *
 * Each place has one listening TCP socket and, so that the kernel spreads the
 * load and no two threads share a queue, one UDP socket for each worker
 * (SO_REUSEPORT). They outlive the serving process: while it is replaced,
 * packets wait in them.
 */
#pragma once

#include "zone/config.h"

struct rbld_listener {
	struct net_place place; /* with the port that the system gave */
	bool wildcard;          /* replies must name their own address */
	int tcp;
	int *udp; /* of each worker */
};

struct rbld_listen {
	struct rbld_listener *at;
	unsigned n;
	unsigned workers;
	int control; /* rbld_control_open's; -1: none. Not closed here */
};

/* All places of dns.listen. ERR_SYS, ERR_RANGE, ERR_NOMEM with WHY. */
MUST_CHECK int rbld_listen_open(const struct zone_config *config,
    struct rbld_listen **ret_listen, struct err_text *why);
void rbld_listen_close(struct rbld_listen **listen); /* NULL-safe */
