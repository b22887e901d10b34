/* who.h - who sent a mail in, by what our mail server says of it.
 *
 * Three things count, none of them a header field that a stranger can write:
 * the recipient (a spam trap, or report+TOKEN@), the envelope sender, and the
 * Authentication-Results that our own server put on top (RFC 8601: with one
 * of "authserv-ids", which that server must remove from mail that comes in;
 * above the second Received:). A mail from anybody else is taken as well.
 *
 * This reads the topmost header block in the parent, so it is kept small: our
 * own scanners, 64 KiB at most.
 */
#pragma once

#include "ingest/report.h"
#include "zone/submitters.h"

struct ingest_envelope {
	const char *sender; /* NULL: not known; "": the null sender */
	const char *const *recipients;
	unsigned n_recipients;
	bool raw; /* it is said that the mail is the spam itself */
};

struct ingest_who {
	bool raw;            /* the mail is the spam itself, from a trap */
	bool echo;           /* its sender is one of its recipients */
	const char *address; /* the envelope's, NULL: none */
	struct span token;   /* of a secret address, len 0: none */
	const char *proven;  /* address that our server proved; NULL: none */

	/* filled by ingest_who_look */
	enum zone_known known;
	const char *name; /* to store; NULL: as the mail says */
	const struct net_prefix *relays;
	size_t n_relays;
};

/* What ENVELOPE and the head of RAW say. A mail is from a trap when all its
 * recipients are: somebody who forwards spam may have a trap among them.
 * Text is in ARENA. ERR_NOMEM. */
MUST_CHECK int ingest_who_read(const struct zone_config *config,
    const struct ingest_envelope *envelope, const char *raw, size_t len,
    struct arena *arena, struct ingest_who *ret);

/* Is there anything to look up? */
bool ingest_who_asks(const struct ingest_who *who);

/* Look the token or the address up. An unknown one is no failure. */
MUST_CHECK int ingest_who_look(
    struct zone_queue *queue, struct arena *arena, struct ingest_who *who);

/* The address that VALUE, an Authentication-Results of one of the N IDS,
 * proves of a mail whose From: is FROM and whose envelope sender is SENDER
 * (either may be NULL): one of the two, or NULL. *RET_OURS: it is of ours. */
MUST_CHECK int ingest_who_proven(struct span value, const char *const *ids,
    size_t n, const char *from, const char *sender, struct arena *arena,
    const char **ret, bool *ret_ours);
