/* Users and sessions: who may log in, and for how long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "scratch.h"
#include "zone/accounts_priv.h"

#define COST 8 /* KiB: the least, for the test's speed */
#define GOOD "correct horse"

static char folder[SCRATCH];
static struct zone_accounts *accounts;
static struct err_text why;

static void
open_accounts(void)
{
	scratch_make(folder);
	if (zone_accounts_open(folder, ZONE_CREATE, 1 << 20, &accounts, &why) <
	    0) {
		fprintf(stderr, "accounts: %s\n", why.text);
		exit(99);
	}
}

static void
close_accounts(void)
{
	zone_accounts_close(&accounts);
	scratch_remove(folder);
}

static int
add(const char *name, enum zone_role role)
{
	return zone_user_add(accounts, name, role, 1, GOOD, COST, &why);
}

/* ---- names and passwords ----------------------------------------------- */

#define LONG63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *name;
	int want;
} names[] = {
	{ "ada", 0 },
	{ "9lives", 0 },
	{ "a.b_c-d", 0 },
	{ "Bob", 0 },
	{ LONG63, 0 },
	{ LONG63 "4", ERR_FORMAT },
	{ "", ERR_FORMAT },
	{ ".ada", ERR_FORMAT },
	{ "-ada", ERR_FORMAT },
	{ "_ada", ERR_FORMAT },
	{ "ada lovelace", ERR_FORMAT },
	{ "ada\n", ERR_FORMAT },
	{ "ada/../x", ERR_FORMAT },
	{ "a@example.org", ERR_FORMAT },
	{ "<b>", ERR_FORMAT },
	{ "\xce\xb1", ERR_FORMAT },
	{ "ada", ERR_CONFLICT },
	{ "ADA", ERR_CONFLICT }, /* two that look the same to a person */
	{ "bob", ERR_CONFLICT },
};

static void
test_names(void)
{
	struct zone_user user, users[3];

	open_accounts();
	for (size_t i = 0; i < COUNT(names); i++) {
		int rc = add(names[i].name, ZONE_MODERATOR);

		CHECK(rc == names[i].want, "\"%s\": %s", names[i].name,
		    err_str(rc));
		CHECK((rc < 0) == (why.text[0] != '\0'), "\"%s\": \"%s\"",
		    names[i].name, why.text);
	}
	CHECK(zone_user_get(accounts, "BOB", &user) == 1 &&
		strcmp(user.name, "Bob") == 0 && user.role == ZONE_MODERATOR &&
		user.weight == 1 && user.created > 0 &&
		user.changed == user.created,
	    "found in any case, shown as given");
	CHECK(zone_user_get(accounts, "nobody", &user) == 0, "nobody");
	CHECK(zone_user_get(accounts, "no body", &user) == 0, "no name");
	CHECK(zone_user_list(accounts, users, 3) == 5, "five");
	CHECK(strcmp(users[0].name, "9lives") == 0 &&
		strcmp(users[1].name, "a.b_c-d") == 0 &&
		strcmp(users[2].name, LONG63) == 0,
	    "in name order");
	close_accounts();
}

static const struct {
	const char *name;
	size_t len;
	int want;
} passwords[] = {
	{ "empty", 0, ERR_RANGE },
	{ "nine bytes", 9, ERR_RANGE },
	{ "ten", 10, 0 },
	{ "256", 256, 0 },
	{ "257", 257, ERR_RANGE },
	{ "very long", 100000, ERR_RANGE },
};

static void
test_passwords(void)
{
	char *text = malloc(100001), name[16];
	struct zone_user user;

	if (text == NULL) {
		exit(99);
	}
	open_accounts();
	CHECK(add("root", ZONE_ADMIN) == 0, "%s", why.text);
	for (size_t i = 0; i < COUNT(passwords); i++) {
		size_t len = passwords[i].len;
		int rc;

		memset(text, 'p', len);
		text[len] = '\0';
		snprintf(name, sizeof(name), "u%zu", i);
		rc = zone_user_add(
		    accounts, name, ZONE_VIEWER, 1, text, COST, &why);
		CHECK(rc == passwords[i].want, "%s: %d", passwords[i].name, rc);
		CHECK(zone_user_passwd(accounts, "root", text, COST, &why) ==
			passwords[i].want,
		    "%s: passwd", passwords[i].name);
		rc = zone_user_verify(accounts, name, text, len, COST, &user);
		CHECK(rc == (passwords[i].want == 0), "%s: verify %d",
		    passwords[i].name, rc);
	}
	CHECK(
	    zone_user_passwd(accounts, "nobody", GOOD, COST, &why) == ERR_NONE,
	    "nobody");
	free(text);
	close_accounts();
}

static const struct {
	const char *name, *user, *password;
	size_t len;
	int want;
} verifies[] = {
	{ "right", "ada", GOOD, sizeof(GOOD) - 1, 1 },
	{ "name in capitals", "ADA", GOOD, sizeof(GOOD) - 1, 1 },
	{ "wrong", "ada", "correct hors!", 13, 0 },
	{ "shorter", "ada", GOOD, sizeof(GOOD) - 2, 0 },
	{ "longer", "ada", GOOD "\0", sizeof(GOOD), 0 },
	{ "empty", "ada", "", 0, 0 },
	{ "other case", "ada", "Correct horse", 13, 0 },
	{ "another's", "bob", GOOD, sizeof(GOOD) - 1, 0 },
	{ "unknown user", "eve", GOOD, sizeof(GOOD) - 1, 0 },
	{ "no name at all", "", GOOD, sizeof(GOOD) - 1, 0 },
	{ "hostile name", "a'; --\n", GOOD, sizeof(GOOD) - 1, 0 },
};

static void
test_verify(void)
{
	struct zone_user user;
	char flood[1000];

	open_accounts();
	CHECK(add("ada", ZONE_ADMIN) == 0, "%s", why.text);
	CHECK(zone_user_add(accounts, "bob", ZONE_MODERATOR, 3,
		  "bob's password", COST, &why) == 0,
	    "%s", why.text);
	for (size_t i = 0; i < COUNT(verifies); i++) {
		struct zone_user got = { .name = "unset" };
		int rc = zone_user_verify(accounts, verifies[i].user,
		    verifies[i].password, verifies[i].len, COST, &got);

		CHECK(rc == verifies[i].want, "%s: %d", verifies[i].name, rc);
		CHECK(strcmp(got.name, rc == 1 ? "ada" : "unset") == 0,
		    "%s: %s", verifies[i].name, got.name);
	}
	memset(flood, 'x', sizeof(flood));
	CHECK(zone_user_verify(
		  accounts, "ada", flood, sizeof(flood), COST, &user) == 0,
	    "longer than any");
	CHECK(zone_user_passwd(accounts, "bob", "another one", COST, &why) == 0,
	    "%s", why.text);
	CHECK(zone_user_verify(
		  accounts, "bob", "bob's password", 14, COST, &user) == 0,
	    "the old one");
	CHECK(zone_user_verify(
		  accounts, "bob", "another one", 11, COST, &user) == 1 &&
		user.weight == 3 && user.role == ZONE_MODERATOR,
	    "the new one");
	/* The hash of nobody is made again for another cost. */
	CHECK(zone_user_verify(accounts, "eve", "another one", 11, 16, &user) ==
		0,
	    "unknown, other cost");
	close_accounts();
}

/* ---- roles ------------------------------------------------------------- */

static void
test_roles(void)
{
	struct zone_user user;
	enum zone_role role;

	open_accounts();
	CHECK(zone_role_parse(span_str("Admin"), &role) && role == ZONE_ADMIN,
	    "admin");
	CHECK(!zone_role_parse(span_str("root"), &role), "no such role");
	CHECK(!zone_role_parse(span_str(""), &role), "no role");
	CHECK(strcmp(zone_role_name(ZONE_MODERATOR), "moderator") == 0 &&
		strcmp(zone_role_name((enum zone_role)0), "none") == 0,
	    "names");

	CHECK(add("ada", ZONE_ADMIN) == 0 && add("bob", ZONE_VIEWER) == 0, "%s",
	    why.text);
	CHECK(zone_user_add(accounts, "x", (enum zone_role)0, 1, GOOD, COST,
		  &why) == ERR_RANGE &&
		zone_user_add(accounts, "x", (enum zone_role)5, 1, GOOD, COST,
		    &why) == ERR_RANGE &&
		zone_user_add(accounts, "x", ZONE_VIEWER, 1001, GOOD, COST,
		    &why) == ERR_RANGE,
	    "no such role or weight");
	CHECK(zone_user_remove(accounts, "ada", &why) == ERR_REFUSED &&
		strstr(why.text, "last administrator") != NULL,
	    "last one: %s", why.text);
	CHECK(zone_user_role(accounts, "ada", ZONE_MODERATOR, 0, &why) ==
		ERR_REFUSED,
	    "last one");
	CHECK(zone_user_role(accounts, "ada", ZONE_ADMIN, 5, &why) == 0 &&
		zone_user_get(accounts, "ada", &user) == 1 && user.weight == 5,
	    "weight alone");
	CHECK(zone_user_role(accounts, "bob", (enum zone_role)9, 0, &why) ==
		    ERR_RANGE &&
		zone_user_role(accounts, "bob", ZONE_ADMIN, 9999, &why) ==
		    ERR_RANGE &&
		zone_user_role(accounts, "eve", ZONE_ADMIN, 0, &why) ==
		    ERR_NONE &&
		zone_user_remove(accounts, "eve", &why) == ERR_NONE,
	    "refusals");
	CHECK(zone_user_role(accounts, "bob", ZONE_ADMIN, 0, &why) == 0 &&
		zone_user_get(accounts, "bob", &user) == 1 &&
		user.role == ZONE_ADMIN && user.weight == 1,
	    "a second one");
	CHECK(zone_user_role(accounts, "ada", ZONE_VIEWER, 0, &why) == 0, "%s",
	    why.text);
	CHECK(zone_user_role(accounts, "bob", ZONE_VIEWER, 0, &why) ==
		ERR_REFUSED,
	    "now bob is the last");
	CHECK(zone_user_remove(accounts, "ADA", &why) == 0, "%s", why.text);
	CHECK(zone_user_get(accounts, "ada", &user) == 0, "gone");
	CHECK(zone_user_remove(accounts, "bob", &why) == ERR_REFUSED,
	    "still the last");
	close_accounts();
}

/* ---- sessions ---------------------------------------------------------- */

#define T 5000 /* boot-time clock when the session starts */

/* A session is started at T and touched at TOUCH (0: never); looked up at
 * NOW. */
static const struct {
	const char *name;
	int64_t touch, now;
	int want;
} ages[] = {
	{ "at once", 0, T, 1 },
	{ "half an hour", 0, T + ZONE_SESSION_IDLE, 1 },
	{ "idle too long", 0, T + ZONE_SESSION_IDLE + 1, 0 },
	{ "used meanwhile", T + 1000, T + ZONE_SESSION_IDLE + 1000, 1 },
	{ "used, then idle", T + 1000, T + ZONE_SESSION_IDLE + 1001, 0 },
	{ "clock before its start", 0, T - 1, 0 },
	{ "clock before its use", T + 1000, T + 999, 0 },
	{ "a week", 0, T + 604800, 0 },
	{ "never", 0, INT64_MAX, 0 },
	{ "before the boot", 0, INT64_MIN, 0 },
};

static void
test_ages(void)
{
	struct zone_session s;
	char token[33];
	int64_t now;
	int rc;

	open_accounts();
	CHECK(add("ada", ZONE_ADMIN) == 0, "%s", why.text);
	for (size_t i = 0; i < COUNT(ages); i++) {
		CHECK(account_session_start(accounts, "Ada", T, token) == 0 &&
			strlen(token) == 32,
		    "%s", ages[i].name);
		if (ages[i].touch != 0) {
			CHECK(account_session_touch(
				  accounts, token, 32, ages[i].touch) == 0,
			    "%s", ages[i].name);
		}
		rc = account_session_find(accounts, token, 32, ages[i].now, &s);
		CHECK(rc == ages[i].want, "%s: %d", ages[i].name, rc);
		if (rc == 1) {
			CHECK(strcmp(s.user.name, "ada") == 0 &&
				s.user.role == ZONE_ADMIN && s.started == T &&
				s.seen ==
				    (ages[i].touch != 0 ? ages[i].touch : T),
			    "%s", ages[i].name);
		} else {
			CHECK(account_session_touch(
				  accounts, token, 32, ages[i].now) == ERR_NONE,
			    "%s: is not woken up", ages[i].name);
		}
	}
	/* Used all day long, it ends all the same. */
	CHECK(account_session_start(accounts, "ada", T, token) == 0, "start");
	for (now = T; now <= T + ZONE_SESSION_LIFE; now += 900) {
		CHECK(account_session_touch(accounts, token, 32, now) == 0,
		    "at %lld", (long long)now);
	}
	CHECK(account_session_find(
		  accounts, token, 32, T + ZONE_SESSION_LIFE, &s) == 1 &&
		account_session_find(
		    accounts, token, 32, T + ZONE_SESSION_LIFE + 1, &s) == 0,
	    "twelve hours");
	close_accounts();
}

static int
count_fn(struct zone_txn *txn, void *ctx)
{
	return zone_txn_count(txn, ZONE_T_SESSIONS, ctx);
}

static uint64_t
sessions(void)
{
	uint64_t n = 99;

	CHECK(zone_store_read(accounts->store, count_fn, &n) == 0, "count");
	return n;
}

static void
test_sessions(void)
{
	struct zone_session a, b;
	char one[33], two[33], three[33] = "unset";

	open_accounts();
	CHECK(add("ada", ZONE_ADMIN) == 0 && add("bob", ZONE_VIEWER) == 0, "%s",
	    why.text);
	CHECK(zone_session_start(accounts, "eve", three) == ERR_NONE &&
		zone_session_start(accounts, "", three) == ERR_NONE &&
		strcmp(three, "unset") == 0,
	    "nobody");
	CHECK(zone_session_start(accounts, "ada", one) == 0 &&
		zone_session_start(accounts, "ada", two) == 0 &&
		zone_session_start(accounts, "bob", three) == 0,
	    "start");
	CHECK(strcmp(one, two) != 0, "tokens differ");
	CHECK(zone_session_find(accounts, one, 32, &a) == 1 &&
		zone_session_find(accounts, two, 32, &b) == 1 &&
		memcmp(a.secret, b.secret, 32) != 0,
	    "secrets differ");
	CHECK(zone_session_touch(accounts, one, 32) == 0, "touch");
	CHECK(zone_session_find(accounts, one, 31, &a) == 0 &&
		zone_session_find(accounts, one, 33, &a) == 0 &&
		zone_session_find(accounts, "", 0, &a) == 0 &&
		zone_session_find(
		    accounts, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 32, &a) == 0,
	    "no token");
	CHECK(zone_session_end(accounts, one, 32) == 0 &&
		zone_session_find(accounts, one, 32, &a) == 0 &&
		zone_session_end(accounts, one, 32) == 0 &&
		zone_session_end(accounts, "x", 1) == 0 &&
		zone_session_find(accounts, two, 32, &b) == 1,
	    "end");
	CHECK(zone_user_role(accounts, "bob", ZONE_MODERATOR, 2, &why) == 0 &&
		zone_session_find(accounts, three, 32, &a) == 1 &&
		a.user.role == ZONE_MODERATOR && a.user.weight == 2,
	    "a new role counts at once");
	CHECK(
	    zone_user_passwd(accounts, "ada", "another one", COST, &why) == 0 &&
		zone_session_find(accounts, two, 32, &b) == 0 &&
		zone_session_find(accounts, three, 32, &a) == 1,
	    "a new password ends them");
	CHECK(sessions() == 1, "one left");
	CHECK(zone_user_remove(accounts, "bob", &why) == 0 &&
		zone_session_find(accounts, three, 32, &a) == 0,
	    "so does removal");
	CHECK(add("bob", ZONE_ADMIN) == 0 &&
		zone_session_find(accounts, three, 32, &a) == 0,
	    "a namesake inherits none");
	CHECK(sessions() == 0, "none left");
	close_accounts();
}

static void
test_sweep_and_boot(void)
{
	struct zone_session s;
	char old[33], new[33];

	open_accounts();
	CHECK(add("ada", ZONE_ADMIN) == 0, "%s", why.text);
	for (int i = 0; i < 20; i++) {
		CHECK(account_session_start(accounts, "ada", T, old) == 0,
		    "start");
	}
	CHECK(account_session_start(
		  accounts, "ada", T + ZONE_SESSION_IDLE, new) == 0,
	    "start");
	CHECK(account_session_sweep(accounts, T + ZONE_SESSION_IDLE) == 0 &&
		sessions() == 21,
	    "none is over");
	CHECK(account_session_sweep(accounts, T + ZONE_SESSION_IDLE + 1) == 0 &&
		sessions() == 1,
	    "twenty are");
	CHECK(account_session_find(
		  accounts, new, 32, T + ZONE_SESSION_IDLE + 1, &s) == 1,
	    "the new one stays");
	zone_accounts_tend(accounts);
	zone_accounts_close(&accounts);
	CHECK(zone_accounts_open(
		  folder, ZONE_WRITE, 1 << 20, &accounts, &why) == 0,
	    "%s", why.text);
	CHECK(account_session_find(
		  accounts, new, 32, T + ZONE_SESSION_IDLE + 1, &s) == 1,
	    "outlives the process");
	accounts->boot[3] ^= 1;
	CHECK(account_session_find(
		  accounts, new, 32, T + ZONE_SESSION_IDLE + 1, &s) == 0,
	    "but no boot");
	CHECK(zone_session_sweep(accounts) == 0 && sessions() == 0, "swept");
	close_accounts();
}

/* ---- damage ------------------------------------------------------------ */

struct flip {
	enum zone_table table;
	const void *key;
	size_t klen, at;
};

/* Write the row back with a bit of byte AT flipped. */
static int
flip_fn(struct zone_txn *txn, void *ctx)
{
	const struct flip *f = ctx;
	struct zone_bytes v;
	struct buf b = { 0 };
	int rc = zone_txn_get(txn, f->table, f->key, f->klen, &v);

	if (rc == 1) {
		buf_add(&b, v.at, v.len);
		b.data[f->at % b.len] ^= 0x10;
		rc =
		    zone_txn_put(txn, f->table, f->key, f->klen, b.data, b.len);
	}
	buf_free(&b);
	return rc;
}

static void
test_damage(void)
{
	struct flip ada = { ZONE_T_USERS, "ada", 3, 0 };
	struct zone_user user, users[2];
	struct zone_session s;
	uint8_t key[32];
	char token[33];

	open_accounts();
	CHECK(add("ada", ZONE_ADMIN) == 0 && add("bob", ZONE_ADMIN) == 0, "%s",
	    why.text);
	for (ada.at = 0; ada.at < 150; ada.at++) {
		CHECK(zone_store_write(accounts->store, flip_fn, &ada) == 0,
		    "flip");
		CHECK(zone_user_get(accounts, "ada", &user) == ERR_CORRUPT,
		    "byte %zu", ada.at);
		CHECK(zone_user_verify(accounts, "ada", GOOD, sizeof(GOOD) - 1,
			  COST, &user) == ERR_CORRUPT,
		    "byte %zu: no login", ada.at);
		CHECK(zone_store_write(accounts->store, flip_fn, &ada) == 0,
		    "and back");
	}
	CHECK(zone_user_get(accounts, "ada", &user) == 1, "well again");
	CHECK(zone_store_write(accounts->store, flip_fn, &ada) == 0, "flip");
	CHECK(zone_user_list(accounts, users, 2) == 2 &&
		strcmp(users[0].name, "ada") == 0 && users[0].role == 0 &&
		users[1].role == ZONE_ADMIN,
	    "is seen in the list, without rights");
	CHECK(zone_user_remove(accounts, "bob", &why) == ERR_REFUSED,
	    "counts as no administrator");
	CHECK(zone_user_role(accounts, "ada", ZONE_VIEWER, 0, &why) ==
		    ERR_CORRUPT &&
		strstr(why.text, "ada") != NULL,
	    "%s", why.text);
	CHECK(add("ada", ZONE_ADMIN) == ERR_CONFLICT, "still there");
	CHECK(zone_user_remove(accounts, "ada", &why) == 0, "%s", why.text);
	CHECK(add("ada", ZONE_ADMIN) == 0, "%s", why.text);

	CHECK(zone_session_start(accounts, "ada", token) == 0, "start");
	secret_hash(token, 32, key);
	{
		struct flip f = { ZONE_T_SESSIONS, key, 32, 0 };

		for (f.at = 0; f.at < 111; f.at++) {
			CHECK(
			    zone_store_write(accounts->store, flip_fn, &f) == 0,
			    "flip");
			CHECK(zone_session_find(accounts, token, 32, &s) ==
				ERR_CORRUPT,
			    "byte %zu", f.at);
			CHECK(
			    zone_store_write(accounts->store, flip_fn, &f) == 0,
			    "and back");
		}
		CHECK(zone_session_find(accounts, token, 32, &s) == 1,
		    "well again");
		CHECK(zone_store_write(accounts->store, flip_fn, &f) == 0,
		    "flip");
		CHECK(zone_session_sweep(accounts) == 0 && sessions() == 0,
		    "damaged sessions are swept");
	}
	close_accounts();
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	test_names();
	test_passwords();
	test_verify();
	test_roles();
	test_ages();
	test_sessions();
	test_sweep_and_boot();
	test_damage();
	return failures != 0;
}
