/* handle.h - the whole story of one packet: bytes in, bytes out.
 *
 * Knows no sockets, allocates nothing and keeps nothing of the packet. The
 * store is asked through the thread's look, which is renewed around a batch.
 */
#pragma once

#include <sys/socket.h>

#include "rbld/answer.h"
#include "rbld/look.h"
#include "rbld/stats.h"

#define RBLD_REPLY_MIN 512   /* octets that any client takes by UDP */
#define RBLD_REPLY_MAX 65535 /* octets of any DNS message */

struct rbld_from {
	const struct sockaddr *peer;
	bool tcp;
	size_t limit; /* octets of a reply by this road, 512 or more */
};

/* Answer LEN octets at IN that came FROM somebody. OUT has room for
 * from->limit octets and does not overlap IN. Returns the reply's length; 0:
 * say nothing. */
size_t rbld_handle(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const uint8_t *in, size_t len, uint8_t *out);
