/* language.h - in which language a mail says it is, or in which script its
 * subject is written.
 */
#pragma once

#include "ingest/head.h"

/* A tag of RFC 5646, or "": not said. By Content-Language; else by the letters
 * of SUBJECT (UTF-8); else by CHARSET where that serves one language. Greek
 * letters mean Greek. Scripts of several languages give "und-Cyrl" and the
 * like: more cannot be told from a line. */
const char *ingest_language(const struct ingest_head *head, const char *subject,
    const char *charset, struct arena *arena);
