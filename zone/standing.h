/* standing.h - what became of what somebody sent in: his record, in words.
 *
 * Counted by whoever ticks (zone/series_fill.h), from the queue's log: so it
 * is a minute late, and costs a page one look. It is advice for a person; no
 * program acts on it.
 */
#pragma once

#include "zone/queue.h"

#define ZONE_STANDINGS_MAX 50000 /* different submitters that are counted */

enum zone_trust {
	ZONE_TRUST_NEW,  /* too little was decided */
	ZONE_TRUST_GOOD, /* at most a tenth of it was not spam */
	ZONE_TRUST_MIXED,
	ZONE_TRUST_POOR, /* more than two fifths of it */
};
const char *zone_trust_name(enum zone_trust trust); /* "new", "good", ... */

struct zone_standing {
	uint32_t mails;     /* that came in */
	uint32_t confirmed; /* items of his that were listed, and still are */
	uint32_t dismissed;
	uint32_t undone; /* listings that were taken back */
	int64_t last;    /* mail; 0: none was counted */
	enum zone_trust trust;
};

/* SUBMITTER as submissions and evidence have it, case does not count: 1 and
 * *ret; 0 and zeros, nothing was counted of him; <0. */
MUST_CHECK int zone_submitter_standing(
    struct zone_queue *queue, const char *submitter, struct zone_standing *ret);

enum zone_trust zone_trust_of(const struct zone_standing *s);

/* ---- within a write transaction, for series_fill.c ----------------------- */

struct zone_standing_more {
	int mails, confirmed, dismissed, undone; /* more, or less */
	int64_t last;                            /* 0: as it is */
};
/* Change the counts of SUBMITTER, never below 0. Those of one too many are
 * not kept; *N_ROWS is how many there are, and is kept right. */
MUST_CHECK int zone_standing_add(struct zone_txn *txn, const char *submitter,
    const struct zone_standing_more *more, uint64_t *n_rows);
