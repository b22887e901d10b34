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

/* One packet between its halves: what was asked, and where that stands. */
struct rbld_turn {
	enum rbld_parse parse;
	struct rbld_query q; /* borrows the packet */
	struct rbld_place place;
};

/* The first half: LEN octets at IN, understood. */
void rbld_handle_read(const struct rbld_look *look, const uint8_t *in,
    size_t len, struct rbld_turn *ret_turn);
/* The second half: the reply to TURN, which came FROM somebody, into OUT,
 * which has room for from->limit octets and does not overlap the packet.
 * Returns the reply's length; 0: say nothing. */
size_t rbld_handle_answer(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn, uint8_t *out);

/* Both. Answer LEN octets at IN that came FROM somebody. OUT has room for
 * from->limit octets and does not overlap IN. Returns the reply's length; 0:
 * say nothing. */
size_t rbld_handle(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const uint8_t *in, size_t len, uint8_t *out);
