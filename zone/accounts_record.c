/* accounts_record.c - a user's name, role and record. */
#include <string.h>

#include "zone/accounts_priv.h"
#include "zone/record.h"

/* ---- names of things --------------------------------------------------- */

static const struct {
	enum zone_role role;
	unsigned stored;
	const char *name;
} roles[] = {
	{ ZONE_VIEWER, 1, "viewer" },
	{ ZONE_MODERATOR, 2, "moderator" },
	{ ZONE_ADMIN, 3, "admin" },
	{ ZONE_EXPORTER, 4, "exporter" },
};

const char *
zone_role_name(enum zone_role role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (roles[i].role == role) {
			return roles[i].name;
		}
	}
	return "none";
}

bool
zone_role_parse(struct span s, enum zone_role *ret_role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (span_is(s, roles[i].name)) {
			*ret_role = roles[i].role;
			return true;
		}
	}
	return false;
}

static bool
letter_or_digit(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

size_t
account_user_key(const char *name, char ret[ZONE_USER_NAME])
{
	size_t len = strnlen(name, ZONE_USER_NAME);

	if (len == 0 || len == ZONE_USER_NAME || !letter_or_digit(name[0])) {
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		if (!letter_or_digit(name[i]) &&
		    memchr("._-", name[i], 3) == NULL) {
			return 0;
		}
		ret[i] = text_lower(name[i]);
	}
	ret[len] = '\0';
	return len;
}

/* ---- the record -------------------------------------------------------- */

#define FLAG_TOTP 1u
#define FLAG_ONE_TIME 2u

static unsigned
stored_of_role(enum zone_role role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (roles[i].role == role) {
			return roles[i].stored;
		}
	}
	return 0;
}

static bool
role_of_stored(unsigned stored, enum zone_role *ret)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (roles[i].stored == stored) {
			*ret = roles[i].role;
			return true;
		}
	}
	return false;
}

/* What came later than the hash; an older record ends with it. */
static void
encode_codes(const struct account_user *u, struct buf *b)
{
	buf_u8(b,
	    (u->user.totp ? FLAG_TOTP : 0) |
		(u->user.must_change ? FLAG_ONE_TIME : 0));
	buf_u8(b, u->user.recovery);
	buf_le16(b, 0);
	buf_le64(b, u->step);
	buf_add(b, u->secret, sizeof(u->secret));
	buf_add(b, u->recovery, u->user.recovery * sizeof(u->recovery[0]));
}

static int
decode_codes(struct reader *r, struct account_user *u)
{
	unsigned flags, zero;
	const uint8_t *secret, *codes;

	if (read_left(r) == 0) {
		return 0;
	}
	flags = read_u8(r);
	u->user.recovery = read_u8(r);
	zero = read_le16(r);
	u->step = read_le64(r);
	secret = read_span(r, sizeof(u->secret));
	if (r->bad || zero != 0 || (flags & ~(FLAG_TOTP | FLAG_ONE_TIME)) ||
	    u->user.recovery > ZONE_RECOVERY_CODES) {
		return ERR_CORRUPT;
	}
	codes = read_span(r, u->user.recovery * sizeof(u->recovery[0]));
	if (r->bad) {
		return ERR_CORRUPT;
	}
	memcpy(u->secret, secret, sizeof(u->secret));
	memcpy(u->recovery, codes,
	    u->user.recovery * sizeof(u->recovery[0]));
	u->user.totp = (flags & FLAG_TOTP) != 0;
	u->user.must_change = (flags & FLAG_ONE_TIME) != 0;
	return 0;
}

static void
encode_user(const struct account_user *u, struct buf *b)
{
	size_t start = zone_record_begin(b);

	buf_text(b, u->user.name, strlen(u->user.name));
	buf_u8(b, stored_of_role(u->user.role));
	buf_add(b, "\0\0", 3);
	buf_le32(b, u->user.weight);
	buf_le64(b, (uint64_t)u->user.created);
	buf_le64(b, (uint64_t)u->user.changed);
	buf_text(b, u->hash, strlen(u->hash));
	encode_codes(u, b);
	buf_add(b, u->tail.data, u->tail.len);
	zone_record_end(b, start);
}

/* KEY as account_user_key made it. */
static int
decode_user(struct zone_bytes value, const char *key, struct account_user *ret)
{
	char folded[ZONE_USER_NAME];
	struct account_user u = { 0 };
	const char *name, *hash;
	size_t n_name, n_hash;
	struct reader r;
	unsigned role;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	name = read_text(&r, &n_name);
	role = read_u8(&r);
	(void)read_span(&r, 3);
	u.user.weight = read_le32(&r);
	u.user.created = (int64_t)read_le64(&r);
	u.user.changed = (int64_t)read_le64(&r);
	hash = read_text(&r, &n_hash);
	if (r.bad || n_name >= sizeof(u.user.name) ||
	    n_hash >= sizeof(u.hash) || !role_of_stored(role, &u.user.role) ||
	    u.user.weight > ACCOUNT_WEIGHT_MAX || decode_codes(&r, &u) < 0) {
		return ERR_CORRUPT;
	}
	memcpy(u.user.name, name, n_name);
	memcpy(u.hash, hash, n_hash);
	if (account_user_key(u.user.name, folded) != n_name ||
	    strcmp(folded, key) != 0) {
		return ERR_CORRUPT;
	}
	buf_add(&u.tail, r.at, read_left(&r));
	if (u.tail.bad) {
		buf_free(&u.tail);
		return ERR_NOMEM;
	}
	*ret = u;
	return 0;
}

int
account_user_get(
    struct zone_txn *txn, const char *name, struct account_user *ret)
{
	char key[ZONE_USER_NAME];
	struct zone_bytes value;
	size_t n = account_user_key(name, key);
	int rc;

	if (n == 0) {
		return 0;
	}
	rc = zone_txn_get(txn, ZONE_T_USERS, key, n, &value);
	if (rc == 1 && (rc = decode_user(value, key, ret)) == 0) {
		rc = 1;
	}
	return rc;
}

int
account_user_put(struct zone_txn *txn, const struct account_user *u)
{
	char key[ZONE_USER_NAME];
	size_t n = account_user_key(u->user.name, key);
	struct buf b = { 0 };
	int rc;

	encode_user(u, &b);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_USERS, key, n, b.data, b.len);
	buf_free(&b);
	return rc;
}

int
account_user_each(struct zone_txn *txn, account_user_fn *fn, void *ctx)
{
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	int more, rc;

	rc = zone_cursor_open(txn, ZONE_T_USERS, &cursor);
	if (rc < 0) {
		return rc;
	}
	more = zone_cursor_seek(cursor, "", 1, &key, &value);
	while (more == 1) {
		struct account_user u = { 0 };
		char name[ZONE_USER_NAME] = "";

		if (key.len < sizeof(name)) {
			memcpy(name, key.at, key.len);
		}
		rc = decode_user(value, name, &u);
		if (rc == ERR_CORRUPT) {
			memcpy(u.user.name, name, sizeof(name));
			rc = 0;
		}
		if (rc == 0) {
			rc = fn(&u.user, ctx);
		}
		buf_free(&u.tail);
		if (rc != 0) {
			break;
		}
		more = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	return more < 0 ? more : rc;
}
