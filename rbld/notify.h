/* notify.h - telling secondaries of a change (RFC 1996).
 *
 * Once a second the store's serial is looked at. When it has changed, and then
 * rested for a second, or changed for five, every place of "notify" gets a
 * message for its zone; again after 2, 4, 8, ... 60 seconds until something
 * answers it. Then the place is given up until the next change: its own timers
 * remain. What is told first is the start of this process, since changes may
 * have been missed.
 *
 * Used by the main thread alone. Messages are not signed: all that they do is
 * to have the secondary ask.
 */
#pragma once

#include "rbld/crew.h"

struct rbld_notify;

/* For the zones of APEX, which must live as long; LISTEN gives the address to
 * send from. *ret_notify is NULL when nobody is to be told. ERR_NOMEM. */
MUST_CHECK int rbld_notify_open(const struct rbld_apex *apex,
    const struct rbld_listen *listen, struct rbld_notify **ret_notify);
void rbld_notify_close(struct rbld_notify **notify); /* NULL-safe */

/* Once a second: SERIAL is the store's, 0: it cannot be read; NOW of
 * rbld_crew_clock. What was sent, answered and given up is added to LIFE (may
 * be NULL). Logs who is given up. */
void rbld_notify_tick(struct rbld_notify *notify, uint64_t serial, int64_t now,
    struct rbld_life *life);
