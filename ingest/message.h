/* message.h - one reported message, read from its bytes to its candidates. */
#pragma once

#include "ingest/advice.h"

struct ingest_reading {
	const struct ingest_task *task;
	const struct zone_providers *providers;
	struct ingest_path path; /* of the submission */
	const char **spare;      /* addresses of the submitter's side */
	unsigned n_spare;
	const char *doubt; /* see ingest_advise */
	bool mute;         /* a bounce or the like: show, propose nothing */
	bool mixed;        /* the chain begins with the submitter's own hops */
	struct arena *arena;
};

/* Read BYTES, which stand at BASE of the submission (-1: decoded, or not
 * there literally), into *RET. ERR_NOMEM. */
MUST_CHECK int ingest_message_read(const struct ingest_reading *reading,
    struct span bytes, int64_t base, struct ingest_message *ret);

/* The value of a parameter of a field ("charset" of Content-Type), or "". */
const char *ingest_message_param(const struct ingest_head *head,
    const char *field, const char *name, struct arena *arena);
