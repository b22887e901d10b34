/* charset.h - text in the charsets of the world, as UTF-8. */
#pragma once

#include "base/text.h"

/* Once per process: open the converters, which needs files. */
void ingest_charset_init(void);

/* Append S, which is in CHARSET, as UTF-8. What it cannot mean becomes "?";
 * of a charset that nobody knows, ASCII and UTF-8 are understood.
 * ERR_NOMEM. */
MUST_CHECK int ingest_charset_utf8(
    struct span s, const char *charset, struct buf *b);
