/* uu.h - uuencode: files in text, from before MIME. */
#pragma once

#include "base/text.h"

/* What stands in TEXT below a line like "begin 644 name"; false: none. */
bool ingest_uu_find(struct span text, struct span *ret);

/* Append IN decoded, with or without its first line, at most LIMIT bytes.
 * ERR_FULL: there is more. ERR_NOMEM. */
MUST_CHECK int ingest_uu_decode(struct span in, size_t limit, struct buf *b);
