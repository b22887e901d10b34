/* handle.h - the whole story of one packet: bytes in, bytes out.
 *
 * Knows no sockets, allocates nothing and keeps nothing of the packet. The
 * store is asked through the thread's look, which is renewed around a batch.
 *
 * What a stranger by UDP gets is bounded (rate.h): over the rate it is a reply
 * without records, no longer than the question, or nothing; and a reply longer
 * than one and a half times its question costs octets, without which it
 * becomes such a one.
 */
#pragma once

#include <sys/socket.h>

#include "rbld/answer.h"
#include "rbld/look.h"
#include "rbld/rate.h"
#include "rbld/self.h"
#include "rbld/stats.h"

#define RBLD_REPLY_MIN 512   /* octets that any client takes by UDP */
#define RBLD_REPLY_MAX 65535 /* octets of any DNS message */

struct rbld_from {
	const struct sockaddr *peer;
	bool tcp;
	size_t limit;                 /* octets of a reply, 512 or more */
	const struct rbld_self *self; /* NULL: no cookies, nothing of CH */
	const struct rbld_rate *rate; /* NULL: as much as is asked for */
	uint32_t now;                 /* wall-clock time, for cookies */
	uint64_t tick;                /* rbld_rate_clock */
	unsigned idle; /* by TCP: tenths of a second that it may be silent */
};

/* One packet between its halves: what was asked, and where that stands. */
struct rbld_turn {
	enum rbld_parse parse;
	const uint8_t *packet;
	size_t len; /* octets of it */
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
