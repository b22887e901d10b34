/* advice.h - from what was read to what a person is asked.
 *
 * Advice never acts. "list": the boundary relay, or a sender with evidence;
 * "address-instead": an address that many share; "unsure": a person must look
 * closely; "never": the guard, a recipient, the submitter, a role account.
 */
#pragma once

#include "ingest/walk.h"

/* Who may not be accused by this submission. */
struct ingest_spare {
	const char *const *addresses; /* the submitter's and the wrapper's */
	unsigned n;
	const struct ingest_path *path; /* the submitter's relays */
};

/* Fill M's candidates. DOUBT, when not NULL, is a reason why nothing of M is
 * better than unsure. ERR_NOMEM. */
MUST_CHECK int ingest_advise(const struct ingest_task *task,
    const struct zone_providers *providers, const struct ingest_spare *spare,
    const char *doubt, struct arena *arena, struct ingest_message *m);
