/* tnef.h - winmail.dat: what Outlook makes of attachments (MS-OXTNEF).
 *
 * A small reader of our own: the libraries for it write to standard output
 * and have a history of memory errors, and only two things are wanted: the
 * bytes of attached files, and the transport header of attached messages.
 * Every length is checked against what is there; checksums are not, since
 * programs get them wrong.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#define INGEST_TNEF_FILES 100

enum ingest_tnef_sort {
	INGEST_TNEF_FILE,   /* the bytes of an attached file */
	INGEST_TNEF_HEADER, /* an attached message: its header, UTF-8 */
};

bool ingest_tnef_is(struct span s);

/* Call EACH for what is attached, in order; spans borrow from S or ARENA.
 * *RET_BROKEN: the rest could not be read. ERR_NOMEM, what EACH returned. */
MUST_CHECK int ingest_tnef_read(struct span s, struct arena *arena,
    int (*each)(void *ctx, enum ingest_tnef_sort sort, struct span bytes),
    void *ctx, bool *ret_broken);
