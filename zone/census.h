/* census.h - look at every entry once: how old, why listed, due for a look.
 *
 * It reads whole lists, a second for a million entries, so only whoever ticks
 * takes one, and pages show the last.
 */
#pragma once

#include "zone/queue.h"
#include "zone/view.h"

#define ZONE_AGES 6
extern const int64_t zone_age_bounds[ZONE_AGES]; /* seconds; less than it */

#define ZONE_CRITERIA 64 /* different ones that are told apart */

enum zone_due {
	ZONE_DUE_REVIEW, /* made by a person, to stay long, not looked at */
	ZONE_DUE_ENDS,   /* made by a person, and soon to end */
	ZONE_DUE_QUIET,  /* made by a person, and not reported for long */
	ZONE_DUES,
};
#define ZONE_DUE_ROWS 5000 /* kept of each kind */

struct zone_due_row {
	char list[64];
	char key[ZONE_KEY_TEXT];
	uint32_t detail;
	int64_t time;  /* REVIEW: made, or looked at last; ENDS: the end; QUIET:
	                * reported last, or made */
	int64_t noted; /* when somebody had looked at it; 0: never */
};

struct zone_criterion_count {
	char text[101]; /* "": none was given */
	uint64_t n;
};

struct zone_census {
	int64_t time;            /* taken at */
	uint64_t serial;         /* of the newest change then */
	uint64_t listed, exempt; /* entries that have not expired */
	uint64_t forever;        /* of LISTED: without an end */
	uint64_t person;         /* of LISTED: made by a person */
	uint64_t age[ZONE_AGES]; /* of LISTED */
	struct zone_criterion_count
	    criterion[ZONE_CRITERIA]; /* most frequent first */
	unsigned n_criteria;
	uint64_t further; /* of LISTED: by none of these */
	struct {
		struct zone_due_row *rows; /* most urgent first */
		size_t n;
		uint64_t total; /* more than N when there are many */
	} due[ZONE_DUES];
};

struct zone_census_rules {
	int64_t review; /* seconds after which an entry is due for a look */
	int64_t quiet;  /* seconds without a report */
	int64_t ends;   /* seconds before its end */
};

/* Take one. Reads the notes and the sightings of QUEUE. */
MUST_CHECK int zone_census_take(struct zone_store *store,
    struct zone_queue *queue, const struct zone_census_rules *rules,
    struct zone_census **ret);
void zone_census_free(struct zone_census **census);
