/* quota.h - so many of something in so much time, for each of many.
 *
 * Counted in memory of fixed size; when it is full the one that was silent
 * longest is forgotten, which lets too much pass rather than too little. What
 * is counted is known by a keyed hash, so that nobody can choose to collide
 * with somebody else. Safe to call from any thread.
 */
#pragma once

#include "base/net.h"

struct www_quota;

MUST_CHECK int www_quota_new(struct www_quota **ret);
void www_quota_free(struct www_quota **quota);

/* May one more of KIND happen for NAME at NOW (boot-time seconds), when MAX do
 * within WINDOW seconds? 0: yes, and it is counted. Else the seconds to wait.
 * ONLY_LOOK: it is not counted. */
unsigned www_quota_take(struct www_quota *quota, const char *kind,
    struct span name, unsigned max, unsigned window, int64_t now,
    bool only_look);

/* The same for a client: an IPv4 address, an IPv6 /56. Unknown ones (bits 0)
 * count as one. */
unsigned www_quota_client(struct www_quota *quota, const char *kind,
    const struct net_ip *client, unsigned max, unsigned window, int64_t now,
    bool only_look);
/* How often something had to wait so far. */
uint64_t www_quota_refused(struct www_quota *quota);
