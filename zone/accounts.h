/* accounts.h - people who may log in: names, roles, weights, sessions.
 *
 * An environment of its own: the program that parses hostile mail cannot see
 * a password, nor the one that faces the Internet. Sessions are known by the
 * hash of their token and measured on the boot-time clock (decisions 7), so a
 * clock that jumps neither ends nor revives one; a reboot ends them all.
 */
#pragma once

#include "zone/store.h"
#include "zone/config.h"

struct zone_accounts;

enum zone_role { ZONE_VIEWER = 1, ZONE_MODERATOR, ZONE_ADMIN };
const char *zone_role_name(enum zone_role role);
bool zone_role_parse(struct span s, enum zone_role *ret_role);

#define ZONE_USER_NAME 64 /* room for a name: letters, digits, ". _ -" */

struct zone_user {
	char name[ZONE_USER_NAME];
	enum zone_role role;
	unsigned weight;
	int64_t created, changed; /* wall clock */
};

#define ZONE_PASSWORD_MIN 10
#define ZONE_PASSWORD_MAX 256

MUST_CHECK int zone_accounts_open(const char *data_dir, enum zone_access access,
    uint64_t map_size, struct zone_accounts **ret_accounts,
    struct err_text *why);
void zone_accounts_close(struct zone_accounts **accounts);
void zone_accounts_tend(struct zone_accounts *accounts);

/* COST as secret_password_hash. ERR_CONFLICT: the name is taken. ERR_RANGE or
 * ERR_FORMAT: name or password not acceptable, with WHY. */
MUST_CHECK int zone_user_add(struct zone_accounts *accounts, const char *name,
    enum zone_role role, unsigned weight, const char *password, unsigned cost,
    struct err_text *why);
/* Also ends all sessions of that user. ERR_NONE: no such user. */
MUST_CHECK int zone_user_passwd(struct zone_accounts *accounts,
    const char *name, const char *password, unsigned cost,
    struct err_text *why);
/* WEIGHT 0: as it is. ERR_REFUSED: the last administrator. */
MUST_CHECK int zone_user_role(struct zone_accounts *accounts, const char *name,
    enum zone_role role, unsigned weight, struct err_text *why);
MUST_CHECK int zone_user_remove(
    struct zone_accounts *accounts, const char *name, struct err_text *why);
/* 1, 0 none, <0. */
MUST_CHECK int zone_user_get(struct zone_accounts *accounts, const char *name,
    struct zone_user *ret_user);
/* Up to CAP users in name order; returns how many there are, or <0. */
MUST_CHECK int zone_user_list(
    struct zone_accounts *accounts, struct zone_user *ret, size_t cap);

/* 1 right, 0 wrong or unknown (which take the same time), <0 failed. Costs
 * tens of milliseconds and the memory of COST: cap how many run at once. */
MUST_CHECK int zone_user_verify(struct zone_accounts *accounts,
    const char *name, const char *password, size_t len, unsigned cost,
    struct zone_user *ret_user);

#define ZONE_SESSION_IDLE 1800 /* seconds */
#define ZONE_SESSION_LIFE 43200

struct zone_session {
	struct zone_user user;
	uint8_t secret[32];    /* key of this session's form tokens */
	int64_t started, seen; /* boot-time clock */
};

/* A new session; TOKEN goes to the browser and is not stored. */
MUST_CHECK int zone_session_start(
    struct zone_accounts *accounts, const char *user, char ret_token[33]);
/* 1 with the session of TOKEN, 0 none (unknown, idle, too old, user gone or
 * of another boot), <0. Does not write. */
MUST_CHECK int zone_session_find(struct zone_accounts *accounts,
    const char *token, size_t len, struct zone_session *ret_session);
/* Remember that TOKEN was used now. */
MUST_CHECK int zone_session_touch(
    struct zone_accounts *accounts, const char *token, size_t len);
MUST_CHECK int zone_session_end(
    struct zone_accounts *accounts, const char *token, size_t len);
/* Drop what is over. */
MUST_CHECK int zone_session_sweep(struct zone_accounts *accounts);
