/* flow.h - text as it was before a mail program laid it out. */
#pragma once

#include "base/text.h"

/* Append TEXT with its flowed lines joined (RFC 3676), quotes as "> ". */
void ingest_flow_join(struct span text, bool delsp, struct buf *b);

/* Append TEXT, which is UTF-8, with only plain blanks and quotation marks:
 * no-break spaces, "clever" quotes, marks of width nothing, carriage returns
 * and NULs are what comes between a person and a header field. */
void ingest_flow_plain(struct span text, struct buf *b);

/* Append VALUE with links undone that a program made of addresses and names:
 * "a@b<mailto:a@b>", "<mailto:a@b>", "[mailto:a@b]", "host<http://host/>".
 * Were there any? */
bool ingest_flow_unlink(struct span value, struct buf *b);
