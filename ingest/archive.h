/* archive.h - compressed files and archives that mail comes in. The only door
 * to libarchive.
 *
 * Everything stays in memory: no name from an archive is used for anything,
 * nothing is written, no program is called. What unpacks to more than
 * INGEST_RATIO_MAX times its size is a bomb and is left there.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"

#define INGEST_MEMBERS_MAX 100
#define INGEST_RATIO_MAX 200

enum ingest_archive_end {
	INGEST_ARCHIVE_WHOLE,
	INGEST_ARCHIVE_BROKEN,  /* damaged or encrypted: the rest is lost */
	INGEST_ARCHIVE_BOMB,    /* beyond the ratio */
	INGEST_ARCHIVE_MEMBERS, /* more of them */
	INGEST_ARCHIVE_BUDGET,  /* more bytes than may be inflated */
};

/* Does S start like gzip, bzip2, xz, zstd, zip, 7zip or tar? */
bool ingest_archive_is(struct span s);

/* Does S start like an archive of a kind that is not read? Its name, or NULL.
 */
const char *ingest_archive_other(struct span s);

/* Call EACH with every regular file in S, in the order of the archive; the
 * bytes are in ARENA. EACH returns 0 or an error, which ends it. *BUDGET is
 * what may be inflated, and goes down by what was. ERR_NOMEM, what EACH
 * returned. */
MUST_CHECK int ingest_archive_read(struct span s, struct arena *arena,
    size_t *budget, int (*each)(void *ctx, struct span member), void *ctx,
    enum ingest_archive_end *ret_end);
