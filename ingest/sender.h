/* sender.h - who sent it, as far as a mail can say.
 *
 * A From: field is free text. It is read twice: by GMime, and by a rule that
 * was found to be right more often on real spam: the last "<...>" of the raw
 * field, white space inside removed; without any, the last bare address
 * outside of quotes, comments and encoded words. Where the two differ a person
 * is told.
 */
#pragma once

#include "ingest/report.h"

/* The address in one From-like VALUE by the raw rule, in ARENA, its domain in
 * lower case; *RET is NULL when there is none. It follows RFC 5322's addr-spec
 * with RFC 6532's UTF-8, but need not be fit to be listed. ERR_NOMEM. */
MUST_CHECK int ingest_sender_rule(
    struct span value, struct arena *arena, const char **ret);

/* Fill M's from, to, reply_to, envelope_from and from_doubtful out of its
 * header block. ERR_NOMEM. */
MUST_CHECK int ingest_sender_read(
    struct ingest_message *m, struct arena *arena);

/* Tell M's problems when the name in the From: field VALUE is meant to be taken
 * for somebody else's than ADDRESS: another address, letters in disguise. */
MUST_CHECK int ingest_sender_tricks(struct ingest_message *m, struct span value,
    const char *address, struct arena *arena);

/* All addresses of the fields called NAME in HEAD, read by GMime. */
MUST_CHECK int ingest_sender_list(const struct ingest_head *head,
    const char *name, struct arena *arena, const char ***ret, unsigned *ret_n);

/* The part behind the last "@", or "". */
const char *ingest_sender_domain(const char *address);

bool ingest_sender_among(
    const char *address, const char *const *list, unsigned n);
