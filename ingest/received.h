/* received.h - one Received: line, read clause by clause.
 *
 * Every mail server words this line in its own way (RFC 5321 4.4 is more of a
 * wish). Instead of a pattern for each of them, one linear scanner cuts the
 * line into words and comments, sorts these into the clauses
 *
 *   from NAME (COMMENT) by NAME with PROTOCOL id ID for <R> ; DATE
 *
 * and looks for the sender's address where servers write what they saw
 * themselves: "[ip]" inside a comment of the from-clause before a bare address
 * in a comment, that before "[ip]" outside, that before a bare word. What the
 * client said of itself (HELO, ident, TLS, its login) is never an address.
 *
 * Nothing in a line is true by itself: whose word it is, walk.h decides.
 */
#pragma once

#include "base/arena.h"
#include "ingest/ip.h"

enum ingest_hop_sort {
	INGEST_HOP_NONE,  /* names no sender's address: local, unreadable */
	INGEST_HOP_RELAY, /* a server says who connected to it */
	INGEST_HOP_FETCH, /* a mailbox was emptied by POP3 or IMAP */
};

struct ingest_hop {
	enum ingest_hop_sort sort;
	struct net_ip ip; /* bits 0: none; v4-mapped comes out as IPv4 */
	/* Borrowed from the arena; len 0: not said. */
	struct span from; /* the word after "from" */
	struct span helo; /* what the client called itself */
	struct span rdns; /* the name that the server found for the address */
	bool forged;      /* ... which it doubts itself */
	struct span by, with, id, envelope_from;
	struct span auth; /* how the client logged in */
	struct span date; /* after the last ";" */
};

/* Read the unfolded or folded VALUE of a Received: field. Time is linear in
 * its length, whatever it holds. Spans are in ARENA. ERR_NOMEM. */
MUST_CHECK int ingest_received_parse(
    struct span value, struct arena *arena, struct ingest_hop *ret);
