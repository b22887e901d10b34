/* subscribers.c - the table of subscribers. */
#include "zone/subscribers.h"

#include <stdlib.h>

#include "base/crc.h"
#include "base/when.h"
#include "zone/accounts_priv.h"
#include "zone/record.h"

static const char key_name[] = "rsync";

bool
zone_subscriber_may(const struct zone_subscriber *s, struct span list)
{
	bool may = s->n_lists == 0;

	for (unsigned i = 0; i < s->n_lists; i++) {
		may = may || span_is(list, s->lists[i]);
	}
	return may;
}

bool
zone_subscriber_over(const struct zone_subscriber *s, int64_t now)
{
	return s->until != 0 && s->until <= now;
}

/* ---- records ------------------------------------------------------------- */

static void
encode(const struct zone_subscriber *s, struct buf *b)
{
	size_t start = zone_record_begin(b);

	buf_text(b, s->name, strlen(s->name));
	buf_text(b, s->by, strlen(s->by));
	buf_le64(b, (uint64_t)s->created);
	buf_le64(b, (uint64_t)s->changed);
	buf_le64(b, (uint64_t)s->until);
	buf_add(b, s->digest, sizeof(s->digest));
	buf_le64(b, (uint64_t)s->fetched);
	buf_le64(b, s->fetches);
	buf_le64(b, s->bytes);
	buf_le32(b, s->n_lists);
	for (unsigned i = 0; i < s->n_lists; i++) {
		buf_text(b, s->lists[i], strlen(s->lists[i]));
	}
	zone_record_end(b, start);
}

static bool
take_text(struct reader *r, char *out, size_t cap)
{
	size_t len;
	const char *s = read_text(r, &len);

	if (r->bad || len >= cap || memchr(s, '\0', len) != NULL) {
		return false;
	}
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static int
decode(
    struct zone_bytes key, struct zone_bytes value, struct zone_subscriber *ret)
{
	struct zone_subscriber s = { 0 };
	const uint8_t *digest;
	struct reader r;

	if (zone_record_open(value.at, value.len, &r) < 0 ||
	    !take_text(&r, s.name, sizeof(s.name)) ||
	    !take_text(&r, s.by, sizeof(s.by)) || strlen(s.name) != key.len ||
	    memcmp(s.name, key.at, key.len) != 0) {
		return ERR_CORRUPT;
	}
	s.created = (int64_t)read_le64(&r);
	s.changed = (int64_t)read_le64(&r);
	s.until = (int64_t)read_le64(&r);
	digest = read_span(&r, sizeof(s.digest));
	if (r.bad) {
		return ERR_CORRUPT;
	}
	memcpy(s.digest, digest, sizeof(s.digest));
	s.fetched = (int64_t)read_le64(&r);
	s.fetches = read_le64(&r);
	s.bytes = read_le64(&r);
	s.n_lists = read_le32(&r);
	if (r.bad || s.n_lists > ZONE_SUBSCRIBER_LISTS) {
		return ERR_CORRUPT;
	}
	for (unsigned i = 0; i < s.n_lists; i++) {
		if (!take_text(&r, s.lists[i], sizeof(s.lists[i]))) {
			return ERR_CORRUPT;
		}
	}
	*ret = s;
	return 0;
}

static int
get(struct zone_txn *txn, const char *name, struct zone_subscriber *ret)
{
	struct zone_bytes value, key = { (const uint8_t *)name, strlen(name) };
	int r =
	    zone_txn_get(txn, ZONE_T_SUBSCRIBERS, name, strlen(name), &value);

	if (r == 1) {
		r = decode(key, value, ret);
		r = r < 0 ? r : 1;
	}
	return r;
}

static int
put(struct zone_txn *txn, const struct zone_subscriber *s)
{
	struct buf b = { 0 };
	int r;

	encode(s, &b);
	r = b.bad ? ERR_NOMEM
		  : zone_txn_put(txn, ZONE_T_SUBSCRIBERS, s->name,
			strlen(s->name), b.data, b.len);
	buf_free(&b);
	return r;
}

/* ---- the key of rsync's passwords ---------------------------------------- */

/* 1 and the key, 0 none, <0. */
static int
get_key(struct zone_txn *txn, uint8_t ret[32])
{
	struct zone_bytes v;
	struct reader r;
	int rc =
	    zone_txn_get(txn, ZONE_T_META, key_name, sizeof(key_name) - 1, &v);

	if (rc != 1) {
		return rc;
	}
	if (v.len != 36) {
		return ERR_CORRUPT;
	}
	r = reader(v.at + 32, 4);
	if (read_le32(&r) != crc32c(v.at, 32)) {
		return ERR_CORRUPT;
	}
	memcpy(ret, v.at, 32);
	return 1;
}

static int
make_key(struct zone_txn *txn)
{
	uint8_t key[32];
	struct buf b = { 0 };
	int r = get_key(txn, key);

	if (r == 0) {
		secret_random(key, sizeof(key));
		buf_add(&b, key, sizeof(key));
		buf_le32(&b, crc32c(key, sizeof(key)));
		r = b.bad ? ERR_NOMEM
			  : zone_txn_put(txn, ZONE_T_META, key_name,
				sizeof(key_name) - 1, b.data, b.len);
		if (b.data != NULL) {
			secret_wipe(b.data, b.len);
		}
		buf_free(&b);
	}
	secret_wipe(key, sizeof(key));
	return r < 0 ? r : 0;
}

/* ---- changes ------------------------------------------------------------- */

enum deed { ADD, TOKEN, REMOVE, COUNT };

struct work {
	enum deed deed;
	const char *by;           /* for the log */
	struct zone_subscriber s; /* ADD: all of it; else its name */
	uint8_t digest[32];
	int64_t when;
	uint64_t n, bytes;
	struct err_text *why;
};

/* Goes on with R, the result of what was done. */
static int
noted(struct zone_txn *txn, const struct work *w, const char *what, int r)
{
	return r < 0 ? r : account_log_add(txn, w->by, what, w->s.name, "");
}

static int
work(struct zone_txn *txn, void *ctx)
{
	struct work *w = ctx;
	struct zone_subscriber s;
	int r = get(txn, w->s.name, &s);

	if (w->deed == ADD) {
		if (r != 0) {
			return r < 0 && r != ERR_CORRUPT
			    ? r
			    : err_say(w->why, ERR_CONFLICT,
				  "there is a subscriber of that name");
		}
		r = make_key(txn);
		r = r < 0 ? r : put(txn, &w->s);
		return noted(txn, w, "subscriber-added", r);
	}
	if (r == 0 || (r < 0 && (r != ERR_CORRUPT || w->deed != REMOVE))) {
		return r < 0 ? r
		    : w->deed == COUNT
		    ? 0
		    : err_say(w->why, ERR_NONE,
			  "there is no subscriber of that name");
	}
	if (w->deed == REMOVE) {
		r = zone_txn_del(
		    txn, ZONE_T_SUBSCRIBERS, w->s.name, strlen(w->s.name));
		return noted(txn, w, "subscriber-removed", r);
	}
	if (w->deed == TOKEN) {
		memcpy(s.digest, w->digest, sizeof(s.digest));
		s.changed = w->when;
		r = make_key(txn);
		r = r < 0 ? r : put(txn, &s);
		return noted(txn, w, "subscriber-token", r);
	}
	s.fetches += w->n;
	s.bytes += w->bytes;
	s.fetched = w->when > s.fetched ? w->when : s.fetched;
	return put(txn, &s);
}

static int
run(struct zone_accounts *accounts, struct work *w, const char *name)
{
	char key[ZONE_USER_NAME];
	int r;

	if (account_user_key(name, key) == 0) {
		return err_say(w->why, ERR_FORMAT,
		    "a subscriber's name has 1 to %d letters, digits, \".\", "
		    "\"_\" or \"-\" and begins with a letter or digit",
		    ZONE_USER_NAME - 1);
	}
	memcpy(w->s.name, key, sizeof(key));
	w->s.name[strlen(key)] = '\0';
	r = zone_store_write(accounts->store, work, w);
	if (r < 0 && w->why != NULL && w->why->text[0] == '\0') {
		err_say(w->why, r, "accounts: %s", err_str(r));
	}
	return r;
}

int
zone_subscriber_add(struct zone_accounts *accounts,
    const struct zone_subscriber *wanted, char ret_token[SECRET_TOKEN_TEXT],
    struct err_text *why)
{
	struct work w = {
		.deed = ADD, .by = wanted->by, .s = *wanted, .why = why
	};

	if (wanted->n_lists > ZONE_SUBSCRIBER_LISTS) {
		return err_say(
		    why, ERR_RANGE, "at most %d lists", ZONE_SUBSCRIBER_LISTS);
	}
	secret_token(ret_token);
	secret_hash(ret_token, strlen(ret_token), w.s.digest);
	w.s.created = w.s.changed = when_now();
	w.s.fetched = 0;
	w.s.fetches = w.s.bytes = 0;
	return run(accounts, &w, wanted->name);
}

int
zone_subscriber_token(struct zone_accounts *accounts, const char *by,
    const char *name, char ret_token[SECRET_TOKEN_TEXT], struct err_text *why)
{
	struct work w = {
		.deed = TOKEN, .by = by, .why = why, .when = when_now()
	};

	secret_token(ret_token);
	secret_hash(ret_token, strlen(ret_token), w.digest);
	return run(accounts, &w, name);
}

int
zone_subscriber_remove(struct zone_accounts *accounts, const char *by,
    const char *name, struct err_text *why)
{
	struct work w = { .deed = REMOVE, .by = by, .why = why };

	return run(accounts, &w, name);
}

int
zone_subscriber_count(struct zone_accounts *accounts, const char *name,
    int64_t when, uint64_t n, uint64_t bytes)
{
	struct work w = { .deed = COUNT, .when = when, .n = n, .bytes = bytes };

	return run(accounts, &w, name);
}

/* ---- reading ------------------------------------------------------------- */

struct each {
	zone_subscriber_fn *fn;
	void *ctx;
};

/* 24 bytes as 32 letters, like a token. */
static void
password_of(const uint8_t key[32], const uint8_t digest[32],
    char out[SECRET_TOKEN_TEXT])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	uint8_t text[5 + 32] = "rsync", mac[SECRET_MAC];

	memcpy(text + 5, digest, 32);
	secret_mac(key, text, sizeof(text), mac);
	for (unsigned i = 0; i < 8; i++) {
		unsigned v = (unsigned)mac[3 * i] << 16 |
		    (unsigned)mac[3 * i + 1] << 8 | mac[3 * i + 2];

		for (unsigned k = 0; k < 4; k++) {
			out[4 * i + k] = letters[v >> (18 - 6 * k) & 63];
		}
	}
	out[32] = '\0';
	secret_wipe(mac, sizeof(mac));
}

static int
each(struct zone_txn *txn, void *ctx)
{
	struct each *e = ctx;
	struct zone_cursor *c = NULL;
	struct zone_bytes key, value;
	char password[SECRET_TOKEN_TEXT];
	uint8_t secret[32];
	int has = get_key(txn, secret);
	int r = has < 0 ? has : zone_cursor_open(txn, ZONE_T_SUBSCRIBERS, &c);

	if (r == ERR_NONE) {
		return 0; /* from before there were any */
	}
	if (r < 0) {
		return r;
	}
	for (r = zone_cursor_seek(c, NULL, 0, &key, &value); r == 1;
	     r = zone_cursor_next(c, &key, &value)) {
		struct zone_subscriber s;

		r = decode(key, value, &s);
		if (r == 0) {
			if (has == 1) {
				password_of(secret, s.digest, password);
			}
			r = e->fn(&s, has == 1 ? password : NULL, e->ctx);
		}
		if (r != 0) {
			break;
		}
	}
	zone_cursor_close(&c);
	secret_wipe(secret, sizeof(secret));
	secret_wipe(password, sizeof(password));
	return r;
}

int
zone_subscriber_each(
    struct zone_accounts *accounts, zone_subscriber_fn *fn, void *ctx)
{
	struct each e = { fn, ctx };

	return zone_store_read(accounts->store, each, &e);
}

struct check {
	struct span name;
	uint8_t digest[32];
	int64_t now;
	struct zone_subscriber *ret;
	bool found;
};

static int
check_one(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	struct check *c = ctx;
	bool same = secret_equal(s->digest, c->digest, sizeof(c->digest));

	(void)secret;
	if (same && (c->name.len == 0 || span_is(c->name, s->name)) &&
	    !zone_subscriber_over(s, c->now)) {
		*c->ret = *s;
		c->found = true;
	}
	return 0;
}

int
zone_subscriber_check(struct zone_accounts *accounts, struct span name,
    struct span token, int64_t now, struct zone_subscriber *ret)
{
	struct check c = { .name = name, .now = now, .ret = ret };
	int r;

	if (token.len != SECRET_TOKEN_TEXT - 1) {
		return 0; /* none that we gave */
	}
	secret_hash(token.at, token.len, c.digest);
	r = zone_subscriber_each(accounts, check_one, &c);
	return r < 0 ? r : c.found;
}
