/* limit.h - how much one client may ask for.
 *
 * N things in a time, for each network and purpose: all N at once, then one
 * whenever its share of the time has passed. In memory of a fixed size; the
 * network that has least to wait for gives way. Safe from any thread.
 */
#pragma once

#include "base/net.h"

enum www_limit_of {
	WWW_LIMIT_LOOKUP = 1,
	WWW_LIMIT_DELIST,     /* requests of one address */
	WWW_LIMIT_DELIST_NET, /* and of its network */
	WWW_LIMIT_DELIST_ALL, /* removals without a person, of all */
};

struct www_limit;

MUST_CHECK int www_limit_new(struct www_limit **ret);
void www_limit_free(struct www_limit **limit);

/* Take one of N in SECONDS for OF and the first V4 or V6 bits of IP (NULL: all
 * together), at NOW, milliseconds of a clock that does not jump. 0: it was
 * taken; else the seconds until the next try, and nothing was counted. N 0:
 * none ever. */
unsigned www_limit_take(struct www_limit *limit, enum www_limit_of of,
    const struct net_ip *ip, unsigned v4, unsigned v6, unsigned n,
    unsigned seconds, int64_t now);

/* Such a clock. */
int64_t www_limit_now(void);
