/* unwrap_priv.h - what the files that unwrap a submission share. */
#pragma once

#include "ingest/mime.h"
#include "ingest/unwrap.h"

#define INGEST_OPEN_MAX (10u << 20) /* bytes decoded and inflated, in all */
#define INGEST_PIECE_MAX (4u << 20) /* bytes decoded of one part */
#define INGEST_TEXTS_MAX (4u << 20) /* bytes of text searched, in all */

struct unwrap {
	const struct ingest_task *task;
	struct span mail;
	const struct ingest_head *head;
	struct arena *arena;
	struct ingest_notes *problems;
	struct ingest_unwrapped *out;
	struct ingest_parts parts;
	struct buf scratch;
	size_t budget;   /* bytes that may still be decoded or inflated */
	size_t texts;    /* bytes of text that may still be searched */
	bool unsearched; /* there was more text */
	bool feedback; /* a multipart/report of RFC 5965 */
	unsigned dropped;
};

/* Where bytes that may hold messages come from. */
struct ingest_source {
	enum ingest_kind kind; /* of the messages in it */
	int64_t base;          /* within the submission; -1: decoded */
	bool declared;         /* said to be a message */
	bool opened;           /* out of an archive: no further one is opened */
	bool pasted;           /* text that a person put there */
	unsigned depth;        /* boxes around it */
};

/* One more message. ERR_NOMEM. */
MUST_CHECK int ingest_unwrap_add(
    struct unwrap *u, enum ingest_kind kind, const struct ingest_inner *inner);
/* Is there a mail program's mark of a forward in the subject of HEAD?
 * ERR_NOMEM. */
MUST_CHECK int ingest_unwrap_subject(
    struct unwrap *u, const struct ingest_head *head, bool *ret);
/* IN decoded in the arena, within LIMIT and the budget; identity: the bytes
 * themselves. ERR_NOMEM. */
MUST_CHECK int ingest_unwrap_decode(struct unwrap *u, enum ingest_coding coding,
    struct span in, size_t limit, struct span *ret);

/* Could BYTES, the start of a part, be what ingest_contents_look knows? */
bool ingest_contents_worth(struct span bytes);
/* Add the messages in BYTES, if it is a message, a box of messages (mbox,
 * winmail.dat, .msg) or an archive. ERR_NOMEM. */
MUST_CHECK int ingest_contents_look(
    struct unwrap *u, struct span bytes, const struct ingest_source *source);

/* Where an mbox begins in S; false: there is none. */
bool ingest_contents_mbox(struct span s, size_t *ret_at);
/* Call EACH for the messages of the mbox in S. ERR_NOMEM, what EACH
 * returned. */
MUST_CHECK int ingest_contents_split(struct unwrap *u, struct span s,
    const struct ingest_source *source,
    int (*each)(struct unwrap *u, struct span message,
	const struct ingest_source *source));

/* Add the message that somebody pasted or forwarded into the text of the
 * mail. *RET_TRACE: with its Received: fields. ERR_NOMEM. */
MUST_CHECK int ingest_pasted_look(struct unwrap *u, bool *ret_trace);
