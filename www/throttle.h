/* throttle.h - who may try a password now.
 *
 * Guessing is slowed down for each pair of name and address, and for each
 * address: after three failures a pair waits 4 s, 8 s, ... up to 15 minutes;
 * that is 10 tries in 15 minutes. Nobody can lock out somebody else: a name
 * alone is never limited, and the right person comes from another address or
 * waits. A password costs much memory and time to check, so only two are
 * checked at once, and addresses wait in lanes: those that never failed, those
 * that failed a few times and those that failed more, each slower than the one
 * before, so that a crowd of guessers leaves room for everybody else.
 *
 * Everything is in memory and of fixed size. Safe to call from any thread.
 */
#pragma once

#include "base/net.h"

#define WWW_THROTTLE_AT_ONCE 2
#define WWW_THROTTLE_FREE 3 /* failures before a pair has to wait */

struct www_throttle;

MUST_CHECK int www_throttle_new(struct www_throttle **ret);
void www_throttle_free(struct www_throttle **throttle);

/* May NAME from IP try at NOW (milliseconds of a clock that does not jump)?
 * 0: yes, and it counts as a failure until www_throttle_passed. Otherwise
 * the seconds to wait; nothing is counted. */
unsigned www_throttle_try(struct www_throttle *throttle, const char *name,
    const struct net_ip *ip, int64_t now);
/* It was the right password: forget the failures of this pair. */
void www_throttle_passed(
    struct www_throttle *throttle, const char *name, const struct net_ip *ip);

/* The same for a browser that was let in as NAME before: DEVICE is what it
 * proved to be (www/device.h). It waits for its own failures alone, so nobody
 * behind the same address can be in its way. DEVICE "": any, for NAME as a
 * whole; only for what is asked after the right password. */
unsigned www_throttle_try_known(struct www_throttle *throttle, const char *name,
    const char *device, int64_t now);
void www_throttle_passed_known(
    struct www_throttle *throttle, const char *name, const char *device);
void www_throttle_refund_known(
    struct www_throttle *throttle, const char *name, const char *device);

/* Take one of the places for checking a password, waiting up to 2 s for it.
 * false: too many at once; the try should be given back with
 * www_throttle_refund and repeated later. */
bool www_throttle_enter(struct www_throttle *throttle);
void www_throttle_leave(struct www_throttle *throttle);
void www_throttle_refund(
    struct www_throttle *throttle, const char *name, const struct net_ip *ip);
