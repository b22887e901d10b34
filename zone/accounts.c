/* accounts.c - users: names, roles, weights, password hashes. */
#include "zone/accounts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/when.h"
#include "zone/accounts_priv.h"

/* ---- the environment --------------------------------------------------- */

/* Which boot this is. Where the kernel does not tell, every process is a boot
 * of its own: sessions then end with it, which is the safe side. */
static void
read_boot_id(uint8_t ret[ACCOUNT_BOOT])
{
	struct buf b = { 0 };
	char hex[ACCOUNT_BOOT * 2];
	size_t n = 0;

	if (file_read("/proc/sys/kernel/random/boot_id", 64, &b) == 0) {
		for (size_t i = 0; i < b.len && n < sizeof(hex); i++) {
			if (b.data[i] != '-' && b.data[i] != '\n') {
				hex[n++] = b.data[i];
			}
		}
	}
	if (!digest_unhex(hex, n, ret, ACCOUNT_BOOT)) {
		secret_random(ret, ACCOUNT_BOOT);
	}
	buf_free(&b);
}

int
zone_accounts_open(const char *data_dir, enum zone_access access,
    uint64_t map_size, struct zone_accounts **ret_accounts,
    struct err_text *why)
{
	struct zone_accounts *accounts = calloc(1, sizeof(*accounts));
	int rc;

	if (accounts == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	read_boot_id(accounts->boot);
	rc = zone_store_open(data_dir, ZONE_STORE_ACCOUNTS, access, map_size,
	    &accounts->store, why);
	if (rc < 0) {
		free(accounts);
		return rc;
	}
	*ret_accounts = accounts;
	return 0;
}

void
zone_accounts_close(struct zone_accounts **accounts)
{
	if (*accounts == NULL) {
		return;
	}
	zone_store_close(&(*accounts)->store);
	free(*accounts);
	*accounts = NULL;
}

void
zone_accounts_tend(struct zone_accounts *accounts)
{
	zone_store_tend(accounts->store);
}

/* ---- changes ----------------------------------------------------------- */

static int
other_admin(const struct zone_user *user, void *ctx)
{
	return user->role == ZONE_ADMIN &&
	    strcmp(user->name, (const char *)ctx) != 0;
}

/* Would nobody be administrator without U? 1, 0, <0. */
static int
last_admin(struct zone_txn *txn, const struct zone_user *u)
{
	int rc;

	if (u->role != ZONE_ADMIN) {
		return 0;
	}
	rc = account_user_each(txn, other_admin, (void *)u->name);
	return rc < 0 ? rc : rc == 0;
}

struct doing {
	const struct zone_user_deed *deed; /* NULL: only look */
	const char *name;
	struct account_user user; /* ADD, PASSWD: the new hash; or found */
	struct err_text *why;
};

static int
refuse_last(
    struct zone_txn *txn, const struct zone_user *u, struct err_text *why)
{
	int rc = last_admin(txn, u);

	if (rc == 1) {
		return err_say(why, ERR_REFUSED,
		    "%s is the last administrator: make another one first",
		    u->name);
	}
	return rc;
}

static void
codes_on(struct account_user *u, const struct zone_user_deed *deed)
{
	memcpy(u->secret, deed->secret, sizeof(u->secret));
	memcpy(u->recovery, deed->recovery, sizeof(u->recovery));
	u->step = deed->step;
	u->user.totp = true;
	u->user.recovery = ZONE_RECOVERY_CODES;
}

static int
codes_off(struct account_user *u, struct err_text *why)
{
	if (!u->user.totp) {
		return err_say(
		    why, ERR_NONE, "%s logs in without codes", u->user.name);
	}
	u->user.totp = false;
	u->user.recovery = 0;
	u->step = 0;
	memset(u->secret, 0, sizeof(u->secret));
	memset(u->recovery, 0, sizeof(u->recovery));
	return 0;
}

/* U is as it was read. */
static int
alter(struct zone_txn *txn, struct doing *d, struct account_user *u)
{
	const struct zone_user_deed *deed = d->deed;
	char key[ZONE_USER_NAME];
	int rc = 0;

	(void)account_user_key(u->user.name, key);
	switch (deed->what) {
	case ZONE_USER_PASSWD:
		memcpy(u->hash, d->user.hash, sizeof(u->hash));
		u->user.must_change = deed->one_time;
		rc = account_sessions_drop(txn, key, deed->keep);
		break;
	case ZONE_USER_ROLE:
		if (deed->role != ZONE_ADMIN) {
			rc = refuse_last(txn, &u->user, d->why);
		}
		u->user.role = deed->role;
		if (deed->weight != 0) {
			u->user.weight = deed->weight;
		}
		break;
	case ZONE_USER_TOTP_ON: codes_on(u, deed); break;
	case ZONE_USER_TOTP_OFF: rc = codes_off(u, d->why); break;
	case ZONE_USER_LOGOUT:
		return account_sessions_drop(txn, key, deed->keep);
	case ZONE_USER_ADD:
	case ZONE_USER_REMOVE: return 0; /* done elsewhere */
	}
	u->user.changed = when_now();
	return rc == 0 ? account_user_put(txn, u) : rc;
}

static int
remove_user(struct zone_txn *txn, struct doing *d, int found,
    const struct account_user *u)
{
	char key[ZONE_USER_NAME];
	size_t n = account_user_key(d->name, key);
	int rc = 0;

	if (found == 1) { /* a damaged record may go */
		rc = refuse_last(txn, &u->user, d->why);
	}
	if (rc == 0) {
		rc = account_sessions_drop(txn, key, NULL);
	}
	if (rc == 0) {
		rc = zone_txn_del(txn, ZONE_T_USERS, key, n);
	}
	return rc < 0 ? rc : 0;
}

static int
write_down(struct zone_txn *txn, const struct zone_user_deed *deed,
    const struct account_user *u)
{
	static const char *const words[] = {
		[ZONE_USER_ADD] = "added",
		[ZONE_USER_PASSWD] = "password",
		[ZONE_USER_ROLE] = "role",
		[ZONE_USER_REMOVE] = "removed",
		[ZONE_USER_TOTP_ON] = "totp-on",
		[ZONE_USER_TOTP_OFF] = "totp-off",
		[ZONE_USER_LOGOUT] = "logged-out",
	};
	const char *what = words[deed->what];
	char more[ZONE_SESSION_WORDS] = "";

	if (deed->what == ZONE_USER_PASSWD && deed->one_time) {
		what = "one-time-password";
	}
	if (deed->what == ZONE_USER_ADD || deed->what == ZONE_USER_ROLE) {
		snprintf(more, sizeof(more), "%s, weight %u",
		    zone_role_name(u->user.role), u->user.weight);
	}
	return account_log_add(txn, deed->by, what, deed->name, more);
}

static int
work(struct zone_txn *txn, void *ctx)
{
	struct doing *d = ctx;
	struct account_user u = { 0 };
	int found = account_user_get(txn, d->name, &u), rc;

	if (found < 0 && found != ERR_CORRUPT) {
		rc = found;
	} else if (d->deed != NULL && d->deed->what == ZONE_USER_ADD) {
		rc = found != 0 ? err_say(d->why, ERR_CONFLICT,
				      "user %s exists already", d->name)
				: account_user_put(txn, &d->user);
	} else if (found == 0) {
		rc = err_say(d->why, ERR_NONE, "no user of that name");
	} else if (d->deed != NULL && d->deed->what == ZONE_USER_REMOVE) {
		rc = remove_user(txn, d, found, &u);
	} else if (found < 0) {
		rc = err_say(d->why, found,
		    "the record of user %s is damaged: remove and add it",
		    d->name);
	} else if (d->deed == NULL) {
		d->user = u;
		d->user.tail = (struct buf){ 0 };
		rc = 0;
	} else {
		rc = alter(txn, d, &u);
	}
	if (rc == 0 && d->deed != NULL) {
		rc = write_down(txn, d->deed,
		    d->deed->what == ZONE_USER_ADD ? &d->user : &u);
	}
	buf_free(&u.tail);
	explicit_bzero(u.secret, sizeof(u.secret));
	return rc;
}

static int
run(struct zone_accounts *accounts, struct doing *d)
{
	int rc;

	if (d->why != NULL) {
		d->why->text[0] = '\0';
	}
	rc = d->deed == NULL ? zone_store_read(accounts->store, work, d)
			     : zone_store_write(accounts->store, work, d);
	if (rc < 0 && d->why != NULL && d->why->text[0] == '\0') {
		err_say(d->why, rc, "accounts: %s", err_str(rc));
	}
	return rc;
}

static int
check_name(const char *name, struct err_text *why)
{
	char key[ZONE_USER_NAME];

	return account_user_key(name, key) > 0
	    ? 0
	    : err_say(why, ERR_FORMAT,
		  "a user's name has 1 to %d letters, digits, \".\", \"_\" or "
		  "\"-\" and begins with a letter or digit",
		  ZONE_USER_NAME - 1);
}

static int
check_weight(unsigned weight, struct err_text *why)
{
	return weight <= ACCOUNT_WEIGHT_MAX
	    ? 0
	    : err_say(
		  why, ERR_RANGE, "a weight is 1 to %d", ACCOUNT_WEIGHT_MAX);
}

static int
check_role(enum zone_role role, struct err_text *why)
{
	return role >= ZONE_EXPORTER && role <= ZONE_ADMIN
	    ? 0
	    : err_say(why, ERR_RANGE, "no such role");
}

static int
hash_password(const char *password, unsigned cost, char ret[SECRET_HASH_TEXT],
    struct err_text *why)
{
	size_t len = strnlen(password, ZONE_PASSWORD_MAX + 1);
	int rc;

	if (len < ZONE_PASSWORD_MIN || len > ZONE_PASSWORD_MAX) {
		return err_say(why, ERR_RANGE, "a password has %d to %d bytes",
		    ZONE_PASSWORD_MIN, ZONE_PASSWORD_MAX);
	}
	rc = secret_password_hash(password, len, cost, ret);
	return rc == 0
	    ? 0
	    : err_say(why, rc, "the password's hash: %s", err_str(rc));
}

int
zone_user_do(struct zone_accounts *accounts, const struct zone_user_deed *deed,
    struct err_text *why)
{
	struct doing d = { .deed = deed, .name = deed->name, .why = why };
	bool add = deed->what == ZONE_USER_ADD;
	int rc = 0;

	if (add) {
		rc = check_name(deed->name, why);
	}
	if (rc == 0 && (add || deed->what == ZONE_USER_ROLE)) {
		rc = check_role(deed->role, why);
		rc = rc == 0 ? check_weight(deed->weight, why) : rc;
	}
	if (rc == 0 && (add || deed->what == ZONE_USER_PASSWD)) {
		rc = hash_password(
		    deed->password, deed->cost, d.user.hash, why);
	}
	if (rc < 0) {
		return rc;
	}
	if (add) {
		memcpy(d.user.user.name, deed->name, strlen(deed->name));
		d.user.user.role = deed->role;
		d.user.user.weight = deed->weight != 0 ? deed->weight : 1;
		d.user.user.must_change = deed->one_time;
		d.user.user.created = d.user.user.changed = when_now();
	}
	rc = run(accounts, &d);
	explicit_bzero(d.user.hash, sizeof(d.user.hash));
	return rc;
}

int
zone_user_add(struct zone_accounts *accounts, const char *name,
    enum zone_role role, unsigned weight, const char *password, unsigned cost,
    struct err_text *why)
{
	const struct zone_user_deed deed = { .what = ZONE_USER_ADD,
		.name = name,
		.role = role,
		.weight = weight,
		.password = password,
		.cost = cost };

	return zone_user_do(accounts, &deed, why);
}

int
zone_user_passwd(struct zone_accounts *accounts, const char *name,
    const char *password, unsigned cost, struct err_text *why)
{
	const struct zone_user_deed deed = { .what = ZONE_USER_PASSWD,
		.name = name,
		.password = password,
		.cost = cost };

	return zone_user_do(accounts, &deed, why);
}

int
zone_user_role(struct zone_accounts *accounts, const char *name,
    enum zone_role role, unsigned weight, struct err_text *why)
{
	const struct zone_user_deed deed = { .what = ZONE_USER_ROLE,
		.name = name,
		.role = role,
		.weight = weight };

	return zone_user_do(accounts, &deed, why);
}

int
zone_user_remove(
    struct zone_accounts *accounts, const char *name, struct err_text *why)
{
	const struct zone_user_deed deed = { .what = ZONE_USER_REMOVE,
		.name = name };

	return zone_user_do(accounts, &deed, why);
}

/* ---- questions --------------------------------------------------------- */

int
zone_user_get(struct zone_accounts *accounts, const char *name,
    struct zone_user *ret_user)
{
	struct doing d = { .name = name };
	int rc = run(accounts, &d);

	if (rc < 0) {
		return rc == ERR_NONE ? 0 : rc;
	}
	*ret_user = d.user.user;
	explicit_bzero(&d.user, sizeof(d.user));
	return 1;
}

struct listing {
	struct zone_user *users;
	size_t cap;
	int n;
};

static int
list_user(const struct zone_user *user, void *ctx)
{
	struct listing *l = ctx;

	if ((size_t)l->n < l->cap) {
		l->users[l->n] = *user;
	}
	l->n++;
	return 0;
}

static int
list_users(struct zone_txn *txn, void *ctx)
{
	struct listing *l = ctx;

	l->n = 0;
	return account_user_each(txn, list_user, l);
}

int
zone_user_list(
    struct zone_accounts *accounts, struct zone_user *ret, size_t cap)
{
	struct listing l = { ret, cap, 0 };
	int rc = zone_store_read(accounts->store, list_users, &l);

	return rc < 0 ? rc : l.n;
}

/* A hash that no password fits, made once with COST, for users who do not
 * exist: they must take as long as those who do. */
static int
hash_of_nobody(unsigned cost, char ret[SECRET_HASH_TEXT])
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char hash[SECRET_HASH_TEXT];
	static unsigned made_with;
	uint8_t noise[32];
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (hash[0] == '\0' || made_with != cost) {
		memset(hash, 0, sizeof(hash));
		secret_random(noise, sizeof(noise));
		rc = secret_password_hash(
		    (const char *)noise, sizeof(noise), cost, hash);
		if (rc < 0) {
			hash[0] = '\0';
		}
		made_with = cost;
	}
	memcpy(ret, hash, SECRET_HASH_TEXT);
	pthread_mutex_unlock(&lock);
	return rc;
}

int
zone_user_verify(struct zone_accounts *accounts, const char *name,
    const char *password, size_t len, unsigned cost, struct zone_user *ret_user)
{
	struct doing d = { .name = name };
	char hash[SECRET_HASH_TEXT];
	bool usable = len <= ZONE_PASSWORD_MAX, right;
	int rc, found;

	rc = hash_of_nobody(cost, hash);
	if (rc < 0) {
		return rc;
	}
	found = run(accounts, &d);
	if (found < 0 && found != ERR_NONE) {
		return found;
	}
	if (found == 0) {
		memcpy(hash, d.user.hash, sizeof(hash));
	}
	right = secret_password_verify(hash, password, usable ? len : 0);
	explicit_bzero(hash, sizeof(hash));
	if (found == 0 && right && usable) {
		*ret_user = d.user.user;
		rc = 1;
	}
	explicit_bzero(&d.user, sizeof(d.user));
	return rc;
}

int
zone_user_device(struct zone_accounts *accounts, const char *name,
    const void *id, size_t len, uint8_t ret_mac[32])
{
	struct doing d = { .name = name };
	uint8_t key[32];
	int rc = run(accounts, &d);

	if (rc < 0) {
		return rc == ERR_NONE ? 0 : rc;
	}
	secret_hash(d.user.hash, sizeof(d.user.hash), key);
	secret_mac(key, id, len, ret_mac);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&d.user, sizeof(d.user));
	return 1;
}

/* ---- codes --------------------------------------------------------------- */

struct coding {
	const char *name;
	struct span code;
	int64_t now;
};

static int
take_recovery(struct account_user *u, const uint8_t hash[ZONE_RECOVERY_HASH])
{
	for (unsigned i = 0; i < u->user.recovery; i++) {
		if (secret_equal(u->recovery[i], hash, ZONE_RECOVERY_HASH)) {
			u->user.recovery--;
			memmove(u->recovery[i], u->recovery[i + 1],
			    (u->user.recovery - i) * ZONE_RECOVERY_HASH);
			memset(u->recovery[u->user.recovery], 0,
			    ZONE_RECOVERY_HASH);
			return 1;
		}
	}
	return 0;
}

static int
try_code(struct zone_txn *txn, void *ctx)
{
	const struct coding *c = ctx;
	struct account_user u = { 0 };
	uint8_t hash[ZONE_RECOVERY_HASH];
	int rc = account_user_get(txn, c->name, &u);

	if (rc == 1 && !u.user.totp) {
		rc = 0;
	} else if (rc == 1 &&
	    !zone_totp_fits(u.secret, c->code, c->now, u.step, &u.step)) {
		rc = zone_recovery_hash(c->code, hash) ? take_recovery(&u, hash)
						       : 0;
		if (rc == 1) {
			int logged = account_log_add(txn, u.user.name,
			    "recovery-code", u.user.name, "");

			rc = logged < 0 ? logged : rc;
		}
	}
	if (rc == 1) {
		int put = account_user_put(txn, &u);

		rc = put < 0 ? put : rc;
	}
	buf_free(&u.tail);
	explicit_bzero(&u, sizeof(u));
	return rc;
}

int
zone_user_code(struct zone_accounts *accounts, const char *name,
    struct span code, int64_t now)
{
	struct coding c = { .name = name, .code = code, .now = now };

	return zone_store_write(accounts->store, try_code, &c);
}
