/* excerpt.h - what a moderator reads of a mail: its words, and what is
 * attached to it. For eyes only: nothing is proposed because of it.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "zone/config.h"

#define INGEST_WORDS_MAX (16u << 10)     /* bytes of one message */
#define INGEST_WORDS_ALL_MAX (32u << 10) /* of all in one submission */
#define INGEST_FILES_MAX 30              /* attachments that are named */
#define INGEST_FILES_ALL_MAX 60

struct ingest_file {
	const char *name, *type; /* "" for no name; as the mail says, cut */
	size_t size;             /* about, decoded */
};

struct ingest_excerpt {
	const char *words; /* UTF-8; NULL: there was no room left for any */
	size_t len;        /* of it */
	bool html;         /* it is the text of its HTML */
	bool cut;          /* there is more */
	struct ingest_file *files;
	unsigned n_files;
};

/* Of the message BYTES (from its header block on), not of messages attached
 * to it: its first text/plain that says something, else its first text/html,
 * at most WORDS bytes of it; and at most FILES attachments. In ARENA.
 * ERR_NOMEM. */
MUST_CHECK int ingest_excerpt_read(const struct zone_config *config,
    struct span bytes, size_t words, unsigned files, struct arena *arena,
    struct ingest_excerpt *ret);
