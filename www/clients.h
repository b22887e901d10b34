/* clients.h - connections that take too long.
 *
 * The HTTP library ends a connection that is silent. One that says a byte now
 * and then is not: a few hundred of them would keep everybody else out. So
 * each has a moment by which its present business has to be done, and one
 * thread hangs up on those that are late.
 */
#pragma once

#include "base/err.h"

struct www_clients;
struct www_client;

MUST_CHECK int www_clients_new(struct www_clients **ret);
/* When none is left. */
void www_clients_free(struct www_clients **clients);

/* A connection came, with SECONDS for its first business. NULL: no memory;
 * the others take NULL. */
struct www_client *www_client_came(
    struct www_clients *clients, int fd, unsigned seconds);
/* Its next business may take SECONDS from now. */
void www_client_due(
    struct www_clients *clients, struct www_client *client, unsigned seconds);
/* It is about to be closed: its descriptor means something else then. */
void www_client_went(struct www_clients *clients, struct www_client *client);
/* How many there are. */
unsigned www_clients_count(struct www_clients *clients);
