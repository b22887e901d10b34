/* advice_priv.h - what the files that give advice share. */
#pragma once

#include "ingest/advice.h"

struct ingest_advising {
	const struct ingest_task *task;
	const struct zone_providers *providers;
	const struct ingest_spare *spare;
	const char *doubt; /* NULL: none, see ingest_advise */
	struct arena *arena;
};

/* A new candidate without advice; NULL: there are as many as a person can
 * look at, or no memory. */
struct ingest_candidate *ingest_advice_add(struct ingest_message *m,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct arena *arena);
void ingest_advice_never(
    struct ingest_candidate *c, struct arena *arena, const char *why);
/* No better than unsure. */
void ingest_advice_doubt(
    struct ingest_candidate *c, struct arena *arena, const char *why);

/* Why ADDRESS must not be listed because of this mail, or NULL. */
const char *ingest_advice_spared(const struct ingest_advising *a,
    const struct ingest_message *m, const char *address);

/* Fill in candidates for the lists of addresses and of domains. ERR_NOMEM. */
MUST_CHECK int ingest_advise_senders(
    const struct ingest_advising *a, struct ingest_message *m);
MUST_CHECK int ingest_advise_domains(
    const struct ingest_advising *a, struct ingest_message *m);
