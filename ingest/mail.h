/* mail.h - what is encoded in a mail, read. The only door to GMime.
 *
 * Where the parts of a mail are, mime.h tells. Here is what needs tables:
 * transfer encodings, charsets, encoded words, addresses, dates. Every call
 * runs in the parser child (worker.h): GMime has been seen to crash and to
 * loop on hostile mail. Nothing here makes GMime write a header again, which
 * is where 3.2.13 can loop for ever.
 */
#pragma once

#include "ingest/mime.h"

#define INGEST_NEST_MAX 50 /* ":" or "(" in one address field */

/* Once per process. Opens whatever needs files: charsets, the time zone. */
void ingest_mail_init(void);

/* Append IN decoded, at most LIMIT bytes. ERR_FULL: there is more.
 * ERR_NOMEM. */
MUST_CHECK int ingest_mail_decode(
    enum ingest_coding coding, struct span in, size_t limit, struct buf *b);

/* May the value of an address field be given to GMime's address parser? One
 * of 100 KB with nested groups kills Debian's 3.2.13. */
bool ingest_mail_safe(struct span value);

/* The addresses of an address field's unfolded value, groups opened up. */
MUST_CHECK int ingest_mail_addresses(
    const char *value, struct arena *arena, const char ***ret, unsigned *ret_n);
/* RFC 2047 undone, as UTF-8 in ARENA; bare 8-bit bytes are read as UTF-8, as
 * HINT (a charset, or ""), or as windows-1252. *RET_CHARSET: the one that the
 * text names, or "". */
const char *ingest_mail_text(const char *value, const char *hint,
    struct arena *arena, const char **ret_charset);
/* RFC 5322 date and time. false: none. */
bool ingest_mail_date(const char *value, int64_t *ret_time);
