/* watch.h - keeps a serving process alive.
 *
 * Damage in LMDB's own pages can kill whoever reads them. So the process that
 * holds the sockets never opens the store: it starts another that does, and
 * starts it again, at most once a second, when it dies. After a second crash
 * in a row the new one leaves the store alone for a while and says SERVFAIL,
 * rather than dying with each question.
 */
#pragma once

#include "rbld/listen.h"

/* Returns the program's exit status after SIGTERM or SIGINT. CONFIG is taken
 * over; PATH as given to the program. */
int rbld_watch(struct zone_config **config, const char *path,
    const struct rbld_listen *listen);
