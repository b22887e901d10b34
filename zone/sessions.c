/* sessions.c - who is logged in, measured on the boot-time clock. */
#include <string.h>

#include "base/digest.h"
#include "base/when.h"
#include "zone/accounts_priv.h"
#include "zone/record.h"

#define KEY_LEN 32

struct session {
	uint8_t boot[ACCOUNT_BOOT];
	int64_t started, seen;
	uint8_t secret[32];
	char user[ZONE_USER_NAME]; /* key of the user */
	char network[ZONE_SESSION_WORDS], browser[ZONE_SESSION_WORDS];
};

/* ---- the record -------------------------------------------------------- */

static int
put_session(
    struct zone_txn *txn, const uint8_t key[KEY_LEN], const struct session *s)
{
	struct buf b = { 0 };
	size_t start = zone_record_begin(&b);
	int rc;

	buf_add(&b, s->boot, sizeof(s->boot));
	buf_le64(&b, (uint64_t)s->started);
	buf_le64(&b, (uint64_t)s->seen);
	buf_add(&b, s->secret, sizeof(s->secret));
	buf_text(&b, s->user, strlen(s->user));
	buf_text(&b, s->network, strlen(s->network));
	buf_text(&b, s->browser, strlen(s->browser));
	zone_record_end(&b, start);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_SESSIONS, key, KEY_LEN, b.data, b.len);
	buf_free(&b);
	return rc;
}

static int
decode_session(struct zone_bytes value, struct session *ret)
{
	struct session s = { 0 };
	const uint8_t *boot, *secret;
	const char *user, *network = "", *browser = "";
	size_t n, n_network = 0, n_browser = 0;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	boot = read_span(&r, sizeof(s.boot));
	s.started = (int64_t)read_le64(&r);
	s.seen = (int64_t)read_le64(&r);
	secret = read_span(&r, sizeof(s.secret));
	user = read_text(&r, &n);
	if (!r.bad && read_left(&r) > 0) {
		network = read_text(&r, &n_network);
		browser = read_text(&r, &n_browser);
	}
	if (r.bad || n >= sizeof(s.user) || n_network >= sizeof(s.network) ||
	    n_browser >= sizeof(s.browser)) {
		return ERR_CORRUPT;
	}
	memcpy(s.network, network, n_network);
	memcpy(s.browser, browser, n_browser);
	memcpy(s.boot, boot, sizeof(s.boot));
	memcpy(s.secret, secret, sizeof(s.secret));
	memcpy(s.user, user, n);
	*ret = s;
	return 0;
}

static bool
is_over(
    const struct zone_accounts *accounts, const struct session *s, int64_t now)
{
	return memcmp(s->boot, accounts->boot, sizeof(s->boot)) != 0 ||
	    s->started > now || s->seen > now || s->seen < s->started ||
	    now - s->seen > ZONE_SESSION_IDLE ||
	    now - s->started > ZONE_SESSION_LIFE;
}

/* ---- one session ------------------------------------------------------- */

struct one {
	struct zone_accounts *accounts;
	const char *name; /* start: of the user */
	uint8_t key[KEY_LEN];
	int64_t now;
	struct session session;
	struct zone_user user;
};

/* What a token is stored as; false: no token of ours. */
static bool
key_of(const char *token, size_t len, uint8_t ret[KEY_LEN])
{
	if (len != SECRET_TOKEN_TEXT - 1) {
		return false;
	}
	secret_hash(token, len, ret);
	return true;
}

/* 1 and a session that is not over, with its user; 0, <0. */
static int
load(struct zone_txn *txn, struct one *o)
{
	struct account_user u = { 0 };
	struct zone_bytes value;
	int rc;

	rc = zone_txn_get(txn, ZONE_T_SESSIONS, o->key, sizeof(o->key), &value);
	if (rc != 1) {
		return rc;
	}
	rc = decode_session(value, &o->session);
	if (rc < 0) {
		return rc;
	}
	if (is_over(o->accounts, &o->session, o->now)) {
		return 0;
	}
	rc = account_user_get(txn, o->session.user, &u);
	if (rc == 1) {
		o->user = u.user;
	}
	buf_free(&u.tail);
	return rc;
}

static int
start(struct zone_txn *txn, void *ctx)
{
	struct one *o = ctx;
	struct account_user u = { 0 };
	int rc = account_user_get(txn, o->name, &u);

	buf_free(&u.tail);
	if (rc != 1) {
		return rc == 0 ? ERR_NONE : rc;
	}
	(void)account_user_key(u.user.name, o->session.user);
	return put_session(txn, o->key, &o->session);
}

/* Words that do not fit are cut at a character. */
static void
take_words(char out[ZONE_SESSION_WORDS], const char *words)
{
	size_t n = strlen(words);

	if (n >= ZONE_SESSION_WORDS) {
		n = ZONE_SESSION_WORDS - 1;
		while (n > 0 && ((uint8_t)words[n] & 0xc0) == 0x80) {
			n--;
		}
	}
	memcpy(out, words, n);
	out[n] = '\0';
}

static int
begin(struct zone_accounts *accounts, const char *user, const char *network,
    const char *browser, int64_t now, char ret_token[33])
{
	struct one o = { .accounts = accounts, .name = user, .now = now };
	char token[SECRET_TOKEN_TEXT];
	int rc;

	secret_token(token);
	if (!key_of(token, strlen(token), o.key)) {
		return ERR_RANGE;
	}
	memcpy(o.session.boot, accounts->boot, sizeof(o.session.boot));
	o.session.started = o.session.seen = now;
	secret_random(o.session.secret, sizeof(o.session.secret));
	take_words(o.session.network, network);
	take_words(o.session.browser, browser);
	rc = zone_store_write(accounts->store, start, &o);
	if (rc == 0) {
		memcpy(ret_token, token, sizeof(token));
	}
	explicit_bzero(token, sizeof(token));
	explicit_bzero(&o, sizeof(o));
	return rc;
}

int
account_session_start(struct zone_accounts *accounts, const char *user,
    int64_t now, char ret_token[33])
{
	return begin(accounts, user, "", "", now, ret_token);
}

static int
find(struct zone_txn *txn, void *ctx)
{
	return load(txn, ctx);
}

int
account_session_find(struct zone_accounts *accounts, const char *token,
    size_t len, int64_t now, struct zone_session *ret_session)
{
	struct one o = { .accounts = accounts, .now = now };
	int rc;

	if (!key_of(token, len, o.key)) {
		return 0;
	}
	rc = zone_store_read(accounts->store, find, &o);
	if (rc == 1) {
		ret_session->user = o.user;
		memcpy(ret_session->secret, o.session.secret,
		    sizeof(o.session.secret));
		ret_session->started = o.session.started;
		ret_session->seen = o.session.seen;
	}
	explicit_bzero(&o, sizeof(o));
	return rc;
}

static int
touch(struct zone_txn *txn, void *ctx)
{
	struct one *o = ctx;
	int rc = load(txn, o);

	if (rc != 1) { /* what is over is not woken up */
		return rc == 0 ? ERR_NONE : rc;
	}
	if (o->session.seen == o->now) {
		return 0;
	}
	o->session.seen = o->now;
	return put_session(txn, o->key, &o->session);
}

int
account_session_touch(
    struct zone_accounts *accounts, const char *token, size_t len, int64_t now)
{
	struct one o = { .accounts = accounts, .now = now };
	int rc;

	if (!key_of(token, len, o.key)) {
		return ERR_NONE;
	}
	rc = zone_store_write(accounts->store, touch, &o);
	explicit_bzero(&o, sizeof(o));
	return rc;
}

static int
end(struct zone_txn *txn, void *ctx)
{
	const struct one *o = ctx;
	int rc = zone_txn_del(txn, ZONE_T_SESSIONS, o->key, sizeof(o->key));

	return rc < 0 ? rc : 0;
}

int
zone_session_end(struct zone_accounts *accounts, const char *token, size_t len)
{
	struct one o = { .accounts = accounts };

	if (!key_of(token, len, o.key)) {
		return 0;
	}
	return zone_store_write(accounts->store, end, &o);
}

/* ---- many sessions ----------------------------------------------------- */

struct sweep {
	const struct zone_accounts *accounts;
	int64_t now;
	const char *user; /* those of this user only; NULL: what is over */
	bool spare;       /* but for KEEP */
	uint8_t keep[KEY_LEN];
};

/* 1: S goes, 0: it stays, <0. */
static int
goes(struct zone_txn *txn, const struct sweep *w, const struct session *s)
{
	struct account_user u = { 0 };
	int rc;

	if (w->user != NULL) {
		return strcmp(s->user, w->user) == 0;
	}
	if (is_over(w->accounts, s, w->now)) {
		return 1;
	}
	rc = account_user_get(txn, s->user, &u);
	buf_free(&u.tail);
	return rc < 0 && rc != ERR_CORRUPT ? rc : rc == 0;
}

/* Collect, then remove. Damaged rows go too: nobody can use them. */
static int
sweep(struct zone_txn *txn, void *ctx)
{
	const struct sweep *w = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	struct buf keys = { 0 };
	struct session s;
	int rc;

	rc = zone_cursor_open(txn, ZONE_T_SESSIONS, &cursor);
	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, "", 1, &key, &value);
	while (rc == 1) {
		rc = decode_session(value, &s) < 0 ? 1 : goes(txn, w, &s);
		if (rc == 1 && key.len == KEY_LEN &&
		    !(w->spare && memcmp(key.at, w->keep, KEY_LEN) == 0)) {
			buf_add(&keys, key.at, key.len);
		}
		if (rc >= 0) {
			rc = zone_cursor_next(cursor, &key, &value);
		}
	}
	zone_cursor_close(&cursor);
	if (rc == 0 && keys.bad) {
		rc = ERR_NOMEM;
	}
	for (size_t at = 0; rc == 0 && at < keys.len; at += KEY_LEN) {
		rc =
		    zone_txn_del(txn, ZONE_T_SESSIONS, keys.data + at, KEY_LEN);
		rc = rc < 0 ? rc : 0;
	}
	buf_free(&keys);
	explicit_bzero(&s, sizeof(s));
	return rc;
}

int
account_sessions_drop(
    struct zone_txn *txn, const char *key, const char *keep)
{
	struct sweep w = { .user = key };

	w.spare = keep != NULL && key_of(keep, strlen(keep), w.keep);

	return sweep(txn, &w);
}

int
account_session_sweep(struct zone_accounts *accounts, int64_t now)
{
	struct sweep w = { .accounts = accounts, .now = now };

	return zone_store_write(accounts->store, sweep, &w);
}

/* ---- a person's sessions ----------------------------------------------- */

struct listing {
	const struct zone_accounts *accounts;
	char user[ZONE_USER_NAME];
	int64_t now;
	struct zone_session_info *ret;
	size_t cap;
	int n;
};

static void
describe(struct zone_session_info *info, struct zone_bytes key,
    const struct session *s)
{
	digest_hex(key.at, key.len, info->handle);
	info->started = s->started;
	info->seen = s->seen;
	memcpy(info->network, s->network, sizeof(info->network));
	memcpy(info->browser, s->browser, sizeof(info->browser));
}

static int
list(struct zone_txn *txn, void *ctx)
{
	struct listing *l = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	struct session s;
	int rc;

	l->n = 0;
	rc = zone_cursor_open(txn, ZONE_T_SESSIONS, &cursor);
	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, "", 1, &key, &value);
	while (rc == 1) {
		if (key.len == KEY_LEN && decode_session(value, &s) == 0 &&
		    strcmp(s.user, l->user) == 0 &&
		    !is_over(l->accounts, &s, l->now)) {
			if ((size_t)l->n < l->cap) {
				describe(&l->ret[l->n], key, &s);
			}
			l->n++;
		}
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	explicit_bzero(&s, sizeof(s));
	return rc;
}

void
zone_session_handle(
    const char *token, size_t len, char ret[ZONE_SESSION_HANDLE])
{
	uint8_t key[KEY_LEN];

	ret[0] = '\0';
	if (key_of(token, len, key)) {
		digest_hex(key, KEY_LEN, ret);
	}
}

int
zone_session_list(struct zone_accounts *accounts, const char *user,
    struct zone_session_info *ret, size_t cap)
{
	struct listing l = { .accounts = accounts,
		.now = when_boot(),
		.ret = ret,
		.cap = cap };
	int rc;

	if (account_user_key(user, l.user) == 0) {
		return 0;
	}
	rc = zone_store_read(accounts->store, list, &l);
	return rc < 0 ? rc : l.n;
}

struct revoking {
	const char *by, *user;
	char key[ZONE_USER_NAME]; /* of the user */
	uint8_t id[KEY_LEN];
};

static int
revoke(struct zone_txn *txn, void *ctx)
{
	const struct revoking *v = ctx;
	struct zone_bytes value;
	struct session s;
	int logged, rc;

	rc = zone_txn_get(txn, ZONE_T_SESSIONS, v->id, KEY_LEN, &value);
	if (rc != 1) {
		return rc;
	}
	rc = decode_session(value, &s);
	if (rc < 0 || strcmp(s.user, v->key) != 0) {
		return rc;
	}
	explicit_bzero(&s, sizeof(s));
	rc = zone_txn_del(txn, ZONE_T_SESSIONS, v->id, KEY_LEN);
	if (rc != 1) {
		return rc;
	}
	logged = account_log_add(txn, v->by, "logged-out", v->user, "");
	return logged < 0 ? logged : 1;
}

int
zone_session_revoke(struct zone_accounts *accounts, const char *by,
    const char *user, const char *handle)
{
	struct revoking v = { .by = by, .user = user };

	if (account_user_key(user, v.key) == 0 ||
	    !digest_unhex(handle, strlen(handle), v.id, sizeof(v.id))) {
		return 0;
	}
	return zone_store_write(accounts->store, revoke, &v);
}

static int
count(struct zone_txn *txn, void *ctx)
{
	unsigned *n = ctx;
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	int rc;

	*n = 0;
	rc = zone_cursor_open(txn, ZONE_T_SESSIONS, &cursor);
	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, "", 1, &key, &value);
	while (rc == 1) {
		*n += key.len == KEY_LEN;
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return rc;
}

int
zone_session_count(struct zone_accounts *accounts, unsigned *ret_n)
{
	return zone_store_read(accounts->store, count, ret_n);
}

/* ---- by the clock ------------------------------------------------------ */

int
zone_session_start(
    struct zone_accounts *accounts, const char *user, char ret_token[33])
{
	return account_session_start(accounts, user, when_boot(), ret_token);
}

int
zone_session_begin(struct zone_accounts *accounts, const char *user,
    const char *network, const char *browser, char ret_token[33])
{
	return begin(accounts, user, network, browser, when_boot(), ret_token);
}

int
zone_session_find(struct zone_accounts *accounts, const char *token, size_t len,
    struct zone_session *ret_session)
{
	return account_session_find(
	    accounts, token, len, when_boot(), ret_session);
}

int
zone_session_touch(
    struct zone_accounts *accounts, const char *token, size_t len)
{
	return account_session_touch(accounts, token, len, when_boot());
}

int
zone_session_sweep(struct zone_accounts *accounts)
{
	return account_session_sweep(accounts, when_boot());
}
