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
#include "zone/totp.h"

struct zone_accounts;

/* Each may do what those before it may; an exporter has its own account and
 * the list files, and sees nothing else. The numbers are not stored. */
enum zone_role { ZONE_EXPORTER = 1, ZONE_VIEWER, ZONE_MODERATOR, ZONE_ADMIN };
const char *zone_role_name(enum zone_role role);
bool zone_role_parse(struct span s, enum zone_role *ret_role);

#define ZONE_USER_NAME 64 /* room for a name: letters, digits, ". _ -" */

struct zone_user {
	char name[ZONE_USER_NAME];
	enum zone_role role;
	unsigned weight;
	int64_t created, changed; /* wall clock */
	bool must_change;  /* the password is known to somebody else */
	bool totp;         /* a code is asked for beside the password */
	unsigned recovery; /* recovery codes that are left */
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

/* The same and more, with who does it, for the log (zone_account_log). */
enum zone_user_what {
	ZONE_USER_ADD,
	ZONE_USER_PASSWD, /* ends the sessions, but for KEEP */
	ZONE_USER_ROLE,
	ZONE_USER_REMOVE,
	ZONE_USER_TOTP_ON,  /* from now on with a code; RECOVERY codes anew */
	ZONE_USER_TOTP_OFF, /* ERR_NONE with WHY: there was none */
	ZONE_USER_LOGOUT,   /* ends the sessions, but for KEEP */
};
struct zone_user_deed {
	enum zone_user_what what;
	const char *by; /* NULL: a program */
	const char *name;
	enum zone_role role;  /* ADD, ROLE */
	unsigned weight;      /* ADD, ROLE; 0: as it is */
	const char *password; /* ADD, PASSWD */
	bool one_time;        /* ... that its owner has to change */
	unsigned cost;
	const char *keep;      /* a session's token; NULL: none */
	const uint8_t *secret; /* TOTP_ON: ZONE_TOTP_SECRET bytes */
	uint64_t step;         /* TOTP_ON: of the code that confirmed it */
	const uint8_t (*recovery)[ZONE_RECOVERY_HASH]; /* all of them */
};
MUST_CHECK int zone_user_do(struct zone_accounts *accounts,
    const struct zone_user_deed *deed, struct err_text *why);

/* Does CODE fit, of six digits or a recovery code? Whichever it was, it does
 * not a second time. 1, 0 (also without codes or user), <0. */
MUST_CHECK int zone_user_code(struct zone_accounts *accounts, const char *name,
    struct span code, int64_t now);

/* What proves that a browser was let in as NAME before: a MAC over ID that
 * nobody can make and that changes with the password. 1, 0 no user, <0. */
MUST_CHECK int zone_user_device(struct zone_accounts *accounts,
    const char *name, const void *id, size_t len, uint8_t ret_mac[32]);

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
/* The same, with where it began: both may be "", see doc/FORMATS. */
MUST_CHECK int zone_session_begin(struct zone_accounts *accounts,
    const char *user, const char *network, const char *browser,
    char ret_token[33]);
/* 1 with the session of TOKEN, 0 none (unknown, idle, too old, user gone or
 * of another boot), <0. Does not write. */
MUST_CHECK int zone_session_find(struct zone_accounts *accounts,
    const char *token, size_t len, struct zone_session *ret_session);
/* Remember that TOKEN was used now. */
MUST_CHECK int zone_session_touch(
    struct zone_accounts *accounts, const char *token, size_t len);
MUST_CHECK int zone_session_end(
    struct zone_accounts *accounts, const char *token, size_t len);
/* How many there are, those included that are over and not dropped yet. */
MUST_CHECK int zone_session_count(
    struct zone_accounts *accounts, unsigned *ret_n);
/* Drop what is over. */
MUST_CHECK int zone_session_sweep(struct zone_accounts *accounts);

/* ---- for lists of them --------------------------------------------------- */

#define ZONE_SESSION_WORDS 64
#define ZONE_SESSION_HANDLE 65

struct zone_session_info {
	char handle[ZONE_SESSION_HANDLE]; /* names it, and opens nothing */
	int64_t started, seen;            /* boot-time clock */
	char network[ZONE_SESSION_WORDS], browser[ZONE_SESSION_WORDS];
};
/* The handle of TOKEN. */
void zone_session_handle(
    const char *token, size_t len, char ret[ZONE_SESSION_HANDLE]);
/* Sessions of USER that are not over, up to CAP; returns how many there are,
 * or <0. */
MUST_CHECK int zone_session_list(struct zone_accounts *accounts,
    const char *user, struct zone_session_info *ret, size_t cap);
/* End the session HANDLE of USER, and of nobody else. 1, 0 none, <0. */
MUST_CHECK int zone_session_revoke(struct zone_accounts *accounts,
    const char *by, const char *user, const char *handle);

#define ZONE_ACCOUNT_WHAT 32
struct zone_account_event {
	uint64_t number;
	int64_t time;
	char by[ZONE_USER_NAME], what[ZONE_ACCOUNT_WHAT], whom[ZONE_USER_NAME];
	char more[ZONE_SESSION_WORDS];
};
/* What was changed about people, newest first, below number BEFORE (0: from
 * the end); up to CAP. Returns how many, or <0. */
MUST_CHECK int zone_account_log(struct zone_accounts *accounts, uint64_t before,
    struct zone_account_event *ret, size_t cap);
/* Is the log whole, each row bound to the one before? *RET_N rows. 0;
 * ERR_CORRUPT: *RET_N is the first that does not fit. */
MUST_CHECK int zone_account_log_verify(
    struct zone_accounts *accounts, uint64_t *ret_n);
