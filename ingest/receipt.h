/* receipt.h - telling a submitter that his mail arrived (RFC 3834).
 *
 * Off unless the configuration asks for it. A receipt goes to the envelope
 * sender and nobody else, from the null sender, and has a number and counts in
 * it: not one byte of what was sent in, so that it cannot carry anybody's
 * advertising. Whatever might be a machine, a list, a forged sender or a
 * receipt gets none. How many go out is counted by the queue, in the
 * transaction that stores the mail (zone/queue_receipt.c); what happens to a
 * receipt afterwards changes nothing for the mail.
 */
#pragma once

#include "ingest/result.h"
#include "ingest/who.h"

/* The address that is to get a receipt for the mail RAW of KIND, in ARENA, or
 * NULL: none, and *RET_WHY says why ("" when receipts are off). */
const char *ingest_receipt_to(const struct zone_config *config,
    const char *kind, const struct ingest_who *who, const char *raw, size_t len,
    struct arena *arena, const char **ret_why);

/* The receipt for submission ADDED, in which there were FOUND messages, BARE
 * of them without anything that could be listed, appended to B. ID is of this
 * receipt and no other. ERR_NOMEM. */
MUST_CHECK int ingest_receipt_write(const struct zone_config *config,
    const char *to, const struct zone_added *added, unsigned found,
    unsigned bare, int64_t now, const char *id, struct buf *b);

/* Write one for MAIL, which was stored, if it is due, and hand it to the
 * command. Returns when the command has begun; nobody waits for its end, which
 * comes after a minute at the latest. Failures are logged and that is all. */
void ingest_receipt_send(
    const struct zone_config *config, const struct zone_queue_mail *mail);

/* Start ARGV, an absolute path first, with LEN bytes of TEXT as its standard
 * input and nothing else of ours, as no child of ours. ERR_SYS with errno: it
 * did not begin. No thread may wait for any child meanwhile. */
MUST_CHECK int ingest_receipt_run(
    const char *const *argv, size_t n, const void *text, size_t len);
