/* unwrap.h - from the mail that came in to the messages reported in it.
 *
 * The spam is the inner message, never the forwarder's: message/rfc822 in any
 * transfer encoding, the children of a digest, text/rfc822-headers, an
 * attachment that reads like a message, archives, winmail.dat and .msg files
 * with such in them, the parts of an mbox, what stands below a Resent- block;
 * and only if nothing is attached, what was pasted or forwarded inline. A mail
 * in which nothing of the kind is found is no report unless it is known to be
 * raw; guessing here would accuse whoever forwarded it.
 */
#pragma once

#include "ingest/report.h"

struct ingest_inner {
	struct span bytes;
	int64_t base;        /* within the submission, -1: decoded */
	struct span between; /* a forward that lay around it; len 0: none */
	bool pasted;         /* text, not an attachment */
	bool bare;  /* no trace came with it: to be shown, nothing proposed */
	bool mixed; /* its topmost hops are the submitter's: nobody can tell */
};

struct ingest_unwrapped {
	enum ingest_kind kind;
	struct ingest_inner *inner;
	unsigned n;
	bool guessed; /* RAW, but nobody said so */
};

/* MAIL is the submission, HEAD its header block. Notes what was strange in
 * PROBLEMS. ERR_NOMEM. */
MUST_CHECK int ingest_unwrap(const struct ingest_task *task, struct span mail,
    const struct ingest_head *head, struct arena *arena,
    struct ingest_notes *problems, struct ingest_unwrapped *ret);
