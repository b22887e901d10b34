/* claims.h - who is looking at which item.
 *
 * A word among moderators, not a lock: it keeps two people from reading the
 * same mail, and stops nobody from deciding. It lives in memory and ends with
 * the decision, by giving it back, after a quarter of an hour, or with the
 * program. Safe to use from any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define WWW_CLAIMS 512
#define WWW_CLAIM_LIFE (15 * 60) /* seconds */
#define WWW_CLAIM_NAME 64        /* room for a name */

struct www_claims;

MUST_CHECK int www_claims_new(struct www_claims **ret_claims);
void www_claims_free(struct www_claims **claims); /* NULL-safe, sets NULL */

/* NAME looks at ITEM from NOW (boot-time clock) on. false, and who does in
 * RET_NAME: somebody else. When all are taken the oldest one gives way. */
bool www_claims_take(struct www_claims *claims, uint64_t item, const char *name,
    int64_t now, char ret_name[WWW_CLAIM_NAME]);
/* NAME does not any more; NULL: nobody does. */
void www_claims_drop(
    struct www_claims *claims, uint64_t item, const char *name);
/* Does somebody? His name and since when. */
bool www_claims_who(struct www_claims *claims, uint64_t item, int64_t now,
    char ret_name[WWW_CLAIM_NAME], int64_t *ret_since);
