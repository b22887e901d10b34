/* intake.h - one mail after the other, from whatever road, into the queue.
 *
 * What the command line, a maildir and an mbox share: who sent it, the parser
 * child, the queue, a line in the log. The server has a loop of its own, since
 * it does all of this for many at once (serve.h).
 */
#pragma once

#include "ingest/submit.h"
#include "ingest/worker.h"

struct ingest_intake {
	struct zone_config *config;
	const char *path; /* of the configuration; NULL: the usual place */
	struct ingest_worker *worker;
	struct zone_queue *queue;        /* opened when needed */
	struct ingest_envelope envelope; /* of every mail */
	bool explain;                    /* print, store nothing */
};

/* Take MAIL, of which CUT bytes beyond max-message are not here, by ROAD
 * ("pipe"); FILE is its name for people. 0, or a status of sysexits: EX_IOERR
 * (the explanation could not be printed), EX_TEMPFAIL (nothing was stored,
 * the reason is logged). */
MUST_CHECK int ingest_intake_take(struct ingest_intake *intake,
    const char *file, const char *road, const struct buf *mail, bool cut);

/* SIGHUP: the configuration again, or the old one if that cannot be. CONFIG
 * is freed and another then. */
void ingest_intake_reload(struct ingest_intake *intake);

void ingest_intake_close(struct ingest_intake *intake);
