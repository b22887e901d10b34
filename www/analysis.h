/* analysis.h - what rbl-ingest read in a mail, as kept with its submission.
 *
 * The JSON of rbl-ingest --explain. It was written by our own program but out
 * of a stranger's mail, and maybe by another version of it: whatever is
 * absent or of another type is an empty text or is left out, and only text
 * that is not JSON at all is a failure.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

struct www_relay {
	const char *ip, *helo, *rdns, *by, *with, *date;
	int64_t time;          /* the date, understood; 0: it was not */
	const char *role;      /* trusted boundary untrusted private, or "" */
	const char *why;       /* a sentence, or "" */
	size_t offset, length; /* of its header in the raw mail; length 0:
	                        * it is not there in these bytes */
};

/* An attachment, by what the mail says of it. */
struct www_file {
	const char *name, *type;
	size_t size; /* decoded */
};

struct www_analysis {
	const char *kind;
	const char **problems; /* of the submission, then of the message */
	unsigned n_problems;
	unsigned n_messages; /* in the submission */

	/* the message that was asked for; all "" when it is not there */
	const char *subject, *date, *message_id, *charset, *envelope_from;
	/* several are joined by ", " */
	const char *from, *to, *reply_to, *originating;
	const char **auth; /* what the recipient's server wrote about it */
	unsigned n_auth;
	/* its words as text; NULL: they were not kept */
	const char *text;
	bool text_html, text_cut;
	struct www_file *files;
	unsigned n_files;
	struct www_relay *relays;
	unsigned n_relays;
};

/* Read JSON for message number MESSAGE (from 0); strings are in ARENA.
 * ERR_FORMAT, ERR_NOMEM. */
MUST_CHECK int www_analysis_read(const char *json, unsigned message,
    struct arena *arena, struct www_analysis *ret);
