/* transfer.h - a zone, or what changed of it, to a secondary over TCP.
 *
 * A transfer has a view of its own, so that all its messages are of one
 * moment whatever is written meanwhile, and makes them a few at a time, when
 * the connection can take more. Nobody may hold a view for more than a minute:
 * who is slower is cut off.
 *
 * AXFR as RFC 5936 has it, IXFR as RFC 1995: the difference as one step, the
 * whole zone when history does not tell or the difference is the larger one.
 * What a zone's records are: zone/expand.h.
 */
#pragma once

#include "rbld/handle.h"

#define RBLD_TRANSFER_TIME 60 /* seconds that one may take */
#define RBLD_TRANSFERS 10     /* at once */

struct rbld_transfer;

/* Is this a question that may begin a transfer? */
static inline bool
rbld_transfer_is(const struct rbld_turn *turn)
{
	return turn->parse == RBLD_PARSE_OK &&
	    (turn->q.type == RBLD_T_AXFR || turn->q.type == RBLD_T_IXFR) &&
	    turn->place.kind == RBLD_PLACE_APEX;
}

/* TURN came by TCP FROM somebody; N transfers are under way. True and
 * *ret_transfer, or false: answer it as any other question, which refuses it
 * or says what is wrong. */
bool rbld_transfer_begin(struct rbld_look *look, struct rbld_stats *stats,
    const struct rbld_from *from, const struct rbld_turn *turn, unsigned n,
    struct rbld_transfer **ret_transfer);

/* The next messages, each behind its length, borrowed until the next call: 1
 * and some octets, 0 that was all, <0 it cannot go on. */
MUST_CHECK int rbld_transfer_next(struct rbld_transfer *transfer,
    const uint8_t **ret_data, size_t *ret_len);

/* All of it was sent (DONE), or it is broken off. */
void rbld_transfer_end(struct rbld_transfer **transfer, bool done);
