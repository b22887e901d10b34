/* stream.h - one connection of DNS over TCP (RFC 7766), without its socket.
 *
 * Octets come in as the network cuts them and leave as whole messages, each
 * behind its length. One message of a peer may be longer than any question
 * that makes sense: it is stepped over and answered FORMERR.
 */
#pragma once

#include "rbld/handle.h"

#define RBLD_TCP_IN 2048 /* octets kept of one message and its length */

struct rbld_stream {
	uint8_t in[RBLD_TCP_IN];
	size_t have; /* octets in it */
	size_t skip; /* octets to come of a message that is too long */
};

/* Where to put the next octets: *ret_room of them at most, never 0 as long as
 * rbld_stream_answer was called until it gave 0. */
uint8_t *rbld_stream_room(struct rbld_stream *s, size_t *ret_room);
/* N octets were put there. */
void rbld_stream_fill(struct rbld_stream *s, size_t n);

enum rbld_stream_step {
	RBLD_STREAM_MORE,   /* there is no whole message: more octets, please */
	RBLD_STREAM_SILENT, /* a whole message that gets no reply */
	RBLD_STREAM_REPLY,  /* *ret_len octets are in OUT, length and reply */
};

/* Answer the next whole message into OUT, which has room for
 * 2 + from->limit octets. */
enum rbld_stream_step rbld_stream_answer(struct rbld_stream *s,
    struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, uint8_t *out, size_t *ret_len);

/* The next whole message, without its length; NULL: there is none. */
const uint8_t *rbld_stream_whole(const struct rbld_stream *s, size_t *ret_len);
/* It was answered by somebody else. */
void rbld_stream_drop(struct rbld_stream *s);
