/* accounts_priv.h - what accounts.c and sessions.c share, and sessions at a
 * given moment for the tests. Not for other rooms.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "zone/accounts.h"

#define ACCOUNT_BOOT 16
#define ACCOUNT_WEIGHT_MAX 1000

struct zone_accounts {
	struct zone_store *store;
	uint8_t boot[ACCOUNT_BOOT];
};

struct account_user {
	struct zone_user user;
	char hash[SECRET_HASH_TEXT]; /* zero-padded */
	uint64_t step;               /* last one whose code was taken */
	uint8_t secret[ZONE_TOTP_SECRET];
	uint8_t recovery[ZONE_RECOVERY_CODES][ZONE_RECOVERY_HASH];
	struct buf tail;             /* for a later version of the format */
};

/* The key of NAME: itself in lower case. Returns its length, 0: no name that
 * a user could have. */
size_t account_user_key(const char *name, char ret[ZONE_USER_NAME]);
/* 1, 0 none, <0. RET must be zeroed; free its tail. */
MUST_CHECK int account_user_get(
    struct zone_txn *txn, const char *name, struct account_user *ret);

MUST_CHECK int account_user_put(
    struct zone_txn *txn, const struct account_user *user);
/* FN for each user in name order, until it returns other than 0. A damaged
 * record comes as a user without role, so that it can be seen and removed. */
typedef int account_user_fn(const struct zone_user *user, void *ctx);
MUST_CHECK int account_user_each(
    struct zone_txn *txn, account_user_fn *fn, void *ctx);

/* End the sessions of the user with KEY, in the caller's transaction, but for
 * that of the token KEEP (NULL: none). */
MUST_CHECK int account_sessions_drop(
    struct zone_txn *txn, const char *key, const char *keep);

/* One line more in the log, in the caller's transaction. BY NULL: a program;
 * names that no user could have are logged as "?". */
MUST_CHECK int account_log_add(struct zone_txn *txn, const char *by,
    const char *what, const char *whom, const char *more);

/* Sessions with the boot-time clock at NOW. */
MUST_CHECK int account_session_start(struct zone_accounts *accounts,
    const char *user, int64_t now, char ret_token[33]);
MUST_CHECK int account_session_find(struct zone_accounts *accounts,
    const char *token, size_t len, int64_t now,
    struct zone_session *ret_session);
MUST_CHECK int account_session_touch(
    struct zone_accounts *accounts, const char *token, size_t len, int64_t now);
MUST_CHECK int account_session_sweep(
    struct zone_accounts *accounts, int64_t now);
