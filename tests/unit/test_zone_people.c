/* Changes of people with their log, codes, and sessions as lists: what is
 * refused, and that a refusal leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/when.h"
#include "check.h"
#include "scratch.h"
#include "zone/accounts_priv.h"
#include "zone/record.h"

#define COST 8
#define GOOD "correct horse"
#define NOW 1700000000

static char folder[SCRATCH];
static struct zone_accounts *accounts;
static struct err_text why;
static const uint8_t key[ZONE_TOTP_SECRET] = "12345678901234567890";

static int
deed(enum zone_user_what what, const char *name)
{
	const struct zone_user_deed d = { .what = what,
		.by = "bob",
		.name = name,
		.role = ZONE_VIEWER,
		.password = GOOD,
		.cost = COST };

	return zone_user_do(accounts, &d, &why);
}

static unsigned
log_rows(void)
{
	struct zone_account_event e[64];
	int n = zone_account_log(accounts, 0, e, 64);

	return n < 0 ? 9999 : (unsigned)n;
}

static struct zone_user
user(const char *name)
{
	struct zone_user u = { 0 };

	CHECK(zone_user_get(accounts, name, &u) == 1, "%s", name);
	return u;
}

static void
people(void)
{
	static const struct {
		const char *name;
		enum zone_user_what what;
		const char *whom;
		int want;
	} refused[] = {
		{ "twice", ZONE_USER_ADD, "ada", ERR_CONFLICT },
		{ "twice, in capitals", ZONE_USER_ADD, "ADA", ERR_CONFLICT },
		{ "no name", ZONE_USER_ADD, "", ERR_FORMAT },
		{ "the last administrator's role", ZONE_USER_ROLE, "bob",
		    ERR_REFUSED },
		{ "the last administrator", ZONE_USER_REMOVE, "bob",
		    ERR_REFUSED },
		{ "nobody's password", ZONE_USER_PASSWD, "eve", ERR_NONE },
		{ "nobody's role", ZONE_USER_ROLE, "eve", ERR_NONE },
		{ "nobody", ZONE_USER_REMOVE, "eve", ERR_NONE },
		{ "nobody's codes", ZONE_USER_TOTP_OFF, "eve", ERR_NONE },
		{ "nobody's sessions", ZONE_USER_LOGOUT, "eve", ERR_NONE },
		{ "codes that are not there", ZONE_USER_TOTP_OFF, "ada",
		    ERR_NONE },
	};
	const struct zone_user_deed once = { .what = ZONE_USER_PASSWD,
		.by = "bob",
		.name = "ada",
		.password = GOOD "!",
		.one_time = true,
		.cost = COST };
	struct zone_account_event e[3];
	struct zone_user u;
	uint64_t rows = 0;

	CHECK(zone_user_add(accounts, "bob", ZONE_ADMIN, 1, GOOD, COST, &why) ==
		0,
	    "%s", why.text);
	CHECK(deed(ZONE_USER_ADD, "ada") == 0, "%s", why.text);
	for (size_t i = 0; i < COUNT(refused); i++) {
		why.text[0] = '\0';
		CHECK(deed(refused[i].what, refused[i].whom) ==
			    refused[i].want &&
			why.text[0] != '\0',
		    "%s: %s", refused[i].name, why.text);
	}
	CHECK(log_rows() == 2, "refusals are no changes: %u", log_rows());
	CHECK(!user("ada").must_change, "her own password");
	CHECK(zone_user_do(accounts, &once, &why) == 0, "%s", why.text);
	u = user("ada");
	CHECK(u.must_change && u.role == ZONE_VIEWER, "one time");
	CHECK(deed(ZONE_USER_PASSWD, "ada") == 0 && !user("ada").must_change,
	    "changed");
	CHECK(zone_account_log(accounts, 0, e, COUNT(e)) == 3 &&
		e[0].number == 4 && strcmp(e[0].what, "password") == 0 &&
		strcmp(e[1].what, "one-time-password") == 0 &&
		strcmp(e[2].what, "added") == 0 &&
		strcmp(e[2].by, "bob") == 0 && strcmp(e[2].whom, "ada") == 0 &&
		strcmp(e[2].more, "viewer, weight 1") == 0,
	    "%s %s", e[0].what, e[2].more);
	CHECK(zone_account_log(accounts, 2, e, COUNT(e)) == 1 &&
		e[0].number == 1 && strcmp(e[0].by, "-") == 0 &&
		strcmp(e[0].whom, "bob") == 0,
	    "the first, by a program");
	CHECK(zone_account_log_verify(accounts, &rows) == 0 && rows == 4,
	    "whole: %llu", (unsigned long long)rows);
}

static void
roles(void)
{
	static const enum zone_role all[] = { ZONE_EXPORTER, ZONE_VIEWER,
		ZONE_MODERATOR, ZONE_ADMIN };

	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK(zone_user_role(accounts, "ada", all[i], 0, &why) == 0 &&
			user("ada").role == all[i],
		    "%s", zone_role_name(all[i]));
	}
	CHECK(ZONE_EXPORTER < ZONE_VIEWER && ZONE_VIEWER < ZONE_MODERATOR &&
		ZONE_MODERATOR < ZONE_ADMIN,
	    "each may do what those before it may");
}

static void
codes(void)
{
	uint8_t hashes[ZONE_RECOVERY_CODES][ZONE_RECOVERY_HASH];
	char texts[ZONE_RECOVERY_CODES][ZONE_RECOVERY_TEXT];
	struct zone_user_deed on = { .what = ZONE_USER_TOTP_ON,
		.by = "ada",
		.name = "ada",
		.secret = key,
		.step = zone_totp_step(NOW),
		.recovery = hashes };
	char now[8], next[8], late[8];
	uint64_t step = zone_totp_step(NOW);
	unsigned rows;

	for (unsigned i = 0; i < ZONE_RECOVERY_CODES; i++) {
		zone_recovery_make(texts[i], hashes[i]);
	}
	snprintf(now, sizeof(now), "%06u",
	    zone_totp_number(key, sizeof(key), step, 6));
	snprintf(next, sizeof(next), "%06u",
	    zone_totp_number(key, sizeof(key), step + 1, 6));
	snprintf(late, sizeof(late), "%06u",
	    zone_totp_number(key, sizeof(key), step + 9, 6));
	CHECK(zone_user_code(accounts, "ada", span_str(now), NOW) == 0,
	    "without codes none fits");
	CHECK(zone_user_do(accounts, &on, &why) == 0 && user("ada").totp &&
		user("ada").recovery == ZONE_RECOVERY_CODES,
	    "%s", why.text);
	CHECK(zone_user_code(accounts, "ada", span_str(now), NOW) == 0,
	    "the one that confirmed it is used up");
	CHECK(zone_user_code(accounts, "eve", span_str(next), NOW) == 0,
	    "nobody's");
	CHECK(zone_user_code(accounts, "bob", span_str(next), NOW) == 0,
	    "somebody else's");
	CHECK(zone_user_code(accounts, "ada", span_str(late), NOW) == 0,
	    "of another time");
	CHECK(zone_user_code(accounts, "ada", span_str(next), NOW + 30) == 1,
	    "the next");
	CHECK(zone_user_code(accounts, "ada", span_str(next), NOW + 30) == 0,
	    "the same again");
	rows = log_rows();
	CHECK(zone_user_code(accounts, "ada", span_str(texts[3]), NOW) == 1,
	    "a recovery code");
	CHECK(user("ada").recovery == ZONE_RECOVERY_CODES - 1 &&
		log_rows() == rows + 1,
	    "is used up, and logged");
	CHECK(zone_user_code(accounts, "ada", span_str(texts[3]), NOW) == 0,
	    "not twice");
	CHECK(zone_user_code(accounts, "ada", span_str("aaaa-aaaa-aaaa-aaaa"),
		  NOW) == 0,
	    "a made-up one");
	for (unsigned i = 0; i < ZONE_RECOVERY_CODES; i++) {
		CHECK(zone_user_code(
			  accounts, "ada", span_str(texts[i]), NOW) == (i != 3),
		    "recovery code %u", i);
	}
	CHECK(user("ada").recovery == 0, "none left");
	CHECK(deed(ZONE_USER_PASSWD, "ada") == 0 && user("ada").totp,
	    "a new password leaves the codes");
	CHECK(deed(ZONE_USER_TOTP_OFF, "ada") == 0 && !user("ada").totp,
	    "off");
	CHECK(zone_user_code(accounts, "ada", span_str(late), NOW + 270) == 0,
	    "none fits any more");
}

static void
devices(void)
{
	uint8_t a[32], b[32];

	CHECK(zone_user_device(accounts, "ada", "id", 2, a) == 1 &&
		zone_user_device(accounts, "ADA", "id", 2, b) == 1 &&
		memcmp(a, b, 32) == 0,
	    "the same again");
	CHECK(zone_user_device(accounts, "ada", "ie", 2, b) == 1 &&
		memcmp(a, b, 32) != 0,
	    "another browser");
	CHECK(zone_user_device(accounts, "bob", "id", 2, b) == 1 &&
		memcmp(a, b, 32) != 0,
	    "another person");
	CHECK(zone_user_device(accounts, "eve", "id", 2, b) == 0, "nobody");
	CHECK(deed(ZONE_USER_PASSWD, "ada") == 0 &&
		zone_user_device(accounts, "ada", "id", 2, b) == 1 &&
		memcmp(a, b, 32) != 0,
	    "another password");
}

static void
sessions(void)
{
	static const char *const wrong[] = { "", "x", "00", "zz",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"00000000000000000000000000000000000000000000000000000000000000000" };
	char one[33], two[33], bobs[33], handle[ZONE_SESSION_HANDLE];
	struct zone_session_info s[2];
	struct zone_session found;
	struct zone_user_deed out = { .what = ZONE_USER_LOGOUT,
		.by = "ada",
		.name = "Ada" };
	char words[200];

	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	CHECK(zone_session_begin(accounts, "ada", "192.0.2.0/24",
		  "Firefox on Linux", one) == 0 &&
		zone_session_begin(accounts, "ada", words, words, two) == 0 &&
		zone_session_start(accounts, "bob", bobs) == 0,
	    "begun");
	CHECK(zone_session_list(accounts, "ada", s, 2) == 2 &&
		zone_session_list(accounts, "ada", s, 1) == 2 &&
		zone_session_list(accounts, "bob", s, 2) == 1 &&
		s[0].network[0] == '\0' &&
		zone_session_list(accounts, "eve", s, 2) == 0 &&
		zone_session_list(accounts, "", s, 2) == 0,
	    "each sees their own");
	zone_session_handle(one, strlen(one), handle);
	CHECK(zone_session_list(accounts, "ADA", s, 2) == 2, "by any case");
	for (unsigned i = 0; i < 2; i++) {
		bool mine = strcmp(s[i].handle, handle) == 0;

		CHECK(strcmp(s[i].network, mine ? "192.0.2.0/24" : "www") ==
			    0 ||
			(!mine && strlen(s[i].network) == 63),
		    "%s", s[i].network);
		CHECK(s[i].started > 0 && s[i].seen >= s[i].started, "times");
	}
	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK(zone_session_revoke(accounts, "ada", "ada", wrong[i]) ==
			0,
		    "%s", wrong[i]);
	}
	CHECK(zone_session_revoke(accounts, "bob", "bob", handle) == 0,
	    "not another's");
	CHECK(zone_session_find(accounts, handle, strlen(handle), &found) == 0,
	    "a handle opens nothing");
	CHECK(zone_session_find(accounts, one, strlen(one), &found) == 1,
	    "still there");
	CHECK(zone_session_revoke(accounts, "ada", "ada", handle) == 1 &&
		zone_session_revoke(accounts, "ada", "ada", handle) == 0 &&
		zone_session_find(accounts, one, strlen(one), &found) == 0,
	    "ended, once");
	CHECK(zone_session_begin(accounts, "ada", "", "", one) == 0, "again");
	out.keep = one;
	CHECK(zone_user_do(accounts, &out, &why) == 0 &&
		zone_session_find(accounts, one, strlen(one), &found) == 1 &&
		zone_session_find(accounts, two, strlen(two), &found) == 0 &&
		zone_session_find(accounts, bobs, strlen(bobs), &found) == 1,
	    "all others of ada");
	out.what = ZONE_USER_PASSWD;
	out.password = GOOD "2";
	out.cost = COST;
	CHECK(zone_user_do(accounts, &out, &why) == 0 &&
		zone_session_find(accounts, one, strlen(one), &found) == 1,
	    "her own change of password keeps the session it came from");
	out.keep = NULL;
	CHECK(zone_user_do(accounts, &out, &why) == 0 &&
		zone_session_find(accounts, one, strlen(one), &found) == 0,
	    "any other ends it");
}

/* ---- damage and age ------------------------------------------------------ */

/* A record as it was written before there were codes. */
static int
put_old(struct zone_txn *txn, void *ctx)
{
	struct buf b = { 0 };
	size_t start = zone_record_begin(&b);
	int r;

	(void)ctx;
	buf_text(&b, "old", 3);
	buf_u8(&b, 2);
	buf_add(&b, "\0\0", 3);
	buf_le32(&b, 7);
	buf_le64(&b, 1);
	buf_le64(&b, 2);
	buf_text(&b, "$hash", 5);
	zone_record_end(&b, start);
	r = zone_txn_put(txn, ZONE_T_USERS, "old", 3, b.data, b.len);
	buf_free(&b);
	return r;
}

static int
cut_log(struct zone_txn *txn, void *ctx)
{
	uint8_t number[8] = { 0 };

	number[7] = *(const uint8_t *)ctx;
	return zone_txn_del(txn, ZONE_T_ACCOUNT_LOG, number, 8);
}

static int
flip_log(struct zone_txn *txn, void *ctx)
{
	uint8_t number[8] = { [7] = 2 }, copy[400];
	struct zone_bytes value;
	int r = zone_txn_get(txn, ZONE_T_ACCOUNT_LOG, number, 8, &value);
	struct buf b = { 0 };
	size_t start;

	(void)ctx;
	if (r != 1 || value.len > sizeof(copy)) {
		return ERR_CORRUPT;
	}
	/* with a right CRC: only the chain can tell */
	memcpy(copy, value.at, value.len);
	start = zone_record_begin(&b);
	copy[ZONE_RECORD_HEAD + 32] ^= 1;
	buf_add(&b, copy + ZONE_RECORD_HEAD, value.len - ZONE_RECORD_HEAD);
	zone_record_end(&b, start);
	r = zone_txn_put(txn, ZONE_T_ACCOUNT_LOG, number, 8, b.data, b.len);
	buf_free(&b);
	return r;
}

static void
age(void)
{
	uint64_t rows = 0;
	uint8_t last = (uint8_t)log_rows();
	struct zone_user u;

	CHECK(zone_store_write(accounts->store, put_old, NULL) == 0, "put");
	u = user("old");
	CHECK(u.role == ZONE_MODERATOR && u.weight == 7 && !u.totp &&
		!u.must_change && u.recovery == 0,
	    "an older record");
	CHECK(zone_account_log_verify(accounts, &rows) == 0, "whole");
	CHECK(zone_store_write(accounts->store, flip_log, NULL) == 0, "flip");
	CHECK(zone_account_log_verify(accounts, &rows) == ERR_CORRUPT &&
		rows == 3,
	    "a row was altered: %llu", (unsigned long long)rows);
	CHECK(zone_store_write(accounts->store, flip_log, NULL) == 0 &&
		zone_account_log_verify(accounts, &rows) == 0,
	    "altered back");
	CHECK(zone_store_write(accounts->store, cut_log, &last) == 1, "cut");
	CHECK(zone_account_log_verify(accounts, &rows) == ERR_CORRUPT &&
		rows == last,
	    "the last row is missed: %llu", (unsigned long long)rows);
}

int
main(void)
{
	scratch_make(folder);
	if (secret_init() < 0 ||
	    zone_accounts_open(
		folder, ZONE_CREATE, 1 << 20, &accounts, &why) < 0) {
		fprintf(stderr, "accounts: %s\n", why.text);
		return 99;
	}
	people();
	roles();
	codes();
	devices();
	sessions();
	age();
	zone_accounts_close(&accounts);
	scratch_remove(folder);
	return failures != 0;
}
