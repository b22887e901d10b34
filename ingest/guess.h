/* guess.h - what kind of mail is it? Signs by which a bounce, an automatic
 * reply and a person's forward are told from a spam that came by itself.
 */
#pragma once

#include "ingest/report.h"

/* RFC 3834: a machine's answer. */
bool ingest_guess_autoreply(const struct ingest_head *head);

/* A report that mail could not be delivered: by its REPORT_TYPE (RFC 3464), or
 * by a null sender and a mailer's name. */
bool ingest_guess_bounce(
    const struct ingest_head *head, const char *report_type);

/* Was the mail sent to an address that collects reports: in one of our own
 * domains, or with a name like submit@, report+TOKEN@? ERR_NOMEM. */
MUST_CHECK int ingest_guess_collector(const struct ingest_task *task,
    const struct ingest_head *head, struct arena *arena, bool *ret);

/* Does a mail program's mark of a forward start SUBJECT? */
bool ingest_guess_forward(struct span subject);

/* Does TEXT hold pasted header fields, or a mail program's line above a
 * message that it forwarded inline? */
bool ingest_guess_pasted(struct span text);
