/* result.h - a report as bytes: what the parser child hands to its parent.
 *
 * The child read hostile mail, so its parent takes nothing on trust: lengths
 * are checked, enumerations bounded, text made sure to be UTF-8, and every
 * proposal goes through the guard again before it is stored.
 */
#pragma once

#include "ingest/report.h"

struct ingest_result {
	const char *kind;
	const char *subject, *from, *submitter; /* of the outer mail */
	const char *json; /* the --explain object, one line */
	struct zone_report *reports;
	unsigned n_reports;
};

/* The --explain object of REPORT, appended to B. ERR_NOMEM. */
MUST_CHECK int ingest_json_report(
    const struct ingest_report *report, struct buf *b);
/* The one for a mail that could not be read, because of WHY. */
MUST_CHECK int ingest_json_failed(
    const char *file, const char *why, struct buf *b);

/* REPORT with its JSON, appended to B. ERR_NOMEM. */
MUST_CHECK int ingest_result_encode(
    const struct ingest_report *report, struct buf *b);
/* All memory is in ARENA. ERR_FORMAT: not what a sane child writes. */
MUST_CHECK int ingest_result_decode(const void *data, size_t len,
    struct arena *arena, struct ingest_result *ret);
/* A result that only asks a person to look, because of WHY. ERR_NOMEM. */
MUST_CHECK int ingest_result_failed(const char *file, const char *why,
    struct arena *arena, struct ingest_result *ret);
