/* roads.h - roads that mails come by, besides the pipe and the server.
 *
 * Each returns an exit status (sysexits.h). EX_TEMPFAIL ends a run: what has
 * been stored is marked so, the rest is taken the next time.
 */
#pragma once

#include "ingest/intake.h"

/* All of DIR/new (a maildir), oldest first; a mail that is in the queue, on
 * the disk, moves to DIR/cur as one that was read (":2,S"). WATCH: then wait
 * for more, until SIGTERM or SIGINT; a mail that cannot be stored stays and
 * is tried again; SIGHUP reads the configuration again, and looks; DIR may go
 * and come back. A stop between the two steps means that a mail is seen twice;
 * it is known by its digest then and stored once. */
MUST_CHECK int ingest_maildir_run(
    struct ingest_intake *intake, const char *dir, bool watch);

/* All mails of the mbox PATH, which is locked meanwhile and not changed. */
MUST_CHECK int ingest_mbox_run(struct ingest_intake *intake, const char *path);

/* Split an mbox. A mail begins with "From " at the start of the file or behind
 * an empty line; ">From " within is undone. Feed line by line. */
struct ingest_mbox {
	struct buf mail; /* without its "From " line */
	size_t limit;
	bool began, empty, cut; /* CUT: longer than LIMIT */
};
/* LINE with its end. true: MAIL is whole, and LINE begins the next: take it,
 * then ingest_mbox_next. */
bool ingest_mbox_line(struct ingest_mbox *mbox, const char *line, size_t len);
void ingest_mbox_next(struct ingest_mbox *mbox);
