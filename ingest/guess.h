/* guess.h - what kind of mail is it? Signs by which a bounce, an automatic
 * reply and a person's forward are told from a spam that came by itself.
 */
#pragma once

#include "ingest/report.h"

/* RFC 3834: a machine's answer. */
bool ingest_guess_autoreply(const struct ingest_head *head);

/* A report that mail could not be delivered: by its REPORT_TYPE (RFC 3464), or
 * by a null sender and a mailer's name. The name alone is enough where a
 * person would be expected; of what came to a trap (RAW) any spammer could
 * choose it. */
bool ingest_guess_bounce(
    const struct ingest_head *head, const char *report_type, bool raw);

/* Was the mail sent to an address that collects reports: in one of our own
 * domains, or with a name like submit@, report+TOKEN@? ERR_NOMEM. */
MUST_CHECK int ingest_guess_collector(const struct ingest_task *task,
    const struct ingest_head *head, struct arena *arena, bool *ret);
