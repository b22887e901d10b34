/* test_zone_subscribers.c - who may fetch: tokens, lists, time, counts. */
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/subscribers.h"

static struct zone_accounts *accounts;

static int
check(const char *name, const char *token, int64_t now)
{
	struct zone_subscriber s;

	return zone_subscriber_check(
	    accounts, span_str(name), span_str(token), now, &s);
}

struct seen {
	unsigned n;
	char secret[SECRET_TOKEN_TEXT];
	struct zone_subscriber last;
};

static int
see(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	struct seen *seen = ctx;

	seen->n++;
	seen->last = *s;
	CHECK(
	    secret != NULL && strlen(secret) == 32, "%s: a password", s->name);
	if (secret != NULL) {
		memcpy(seen->secret, secret, sizeof(seen->secret));
	}
	return 0;
}

static void
check_names(void)
{
	static const char *const wrong[] = { "", "-x", ".x", "a b", "a/b",
		"a\nb", "a:b", "a,b", "#x", "\xce\xb1" };
	char token[SECRET_TOKEN_TEXT];

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct zone_subscriber s = { 0 };
		struct err_text why = { "" };

		memcpy(s.name, wrong[i], strlen(wrong[i]) + 1);
		CHECK(zone_subscriber_add(accounts, &s, token, &why) ==
			    ERR_FORMAT &&
			why.text[0] != '\0',
		    "name \"%s\" is taken", wrong[i]);
	}
}

static void
check_tokens(void)
{
	struct zone_subscriber bob = { .name = "Bob",
		.by = "ada",
		.until = 1000,
		.n_lists = 1,
		.lists = { "ip" } };
	struct zone_subscriber eve = { .name = "eve" }, got;
	char token[SECRET_TOKEN_TEXT], other[SECRET_TOKEN_TEXT],
	    fresh[SECRET_TOKEN_TEXT], cut[SECRET_TOKEN_TEXT];
	struct err_text why = { "" };
	struct seen before = { 0 }, after = { 0 };

	CHECK(check("", "x", 1) == 0, "no table yet");
	CHECK(zone_subscriber_add(accounts, &bob, token, &why) == 0, "%s",
	    why.text);
	CHECK(zone_subscriber_add(accounts, &bob, other, &why) == ERR_CONFLICT,
	    "twice");
	CHECK(zone_subscriber_add(accounts, &eve, other, &why) == 0, "%s",
	    why.text);
	CHECK(zone_subscriber_check(
		  accounts, span_str("BOB"), span_str(token), 999, &got) == 1 &&
		strcmp(got.name, "bob") == 0 && strcmp(got.by, "ada") == 0 &&
		zone_subscriber_may(&got, span_str("ip")) &&
		!zone_subscriber_may(&got, span_str("address")),
	    "by name and token");
	CHECK(check("", token, 999) == 1, "by token alone");
	CHECK(check("bob", token, 1000) == 0, "its time is over");
	CHECK(check("eve", token, 999) == 0, "another's token");
	CHECK(check("bob", other, 999) == 0, "the other way round");
	CHECK(check("eve", other, INT64_MAX) == 1, "for good");
	memcpy(cut, token, sizeof(cut));
	cut[31] = cut[31] == 'A' ? 'B' : 'A';
	CHECK(check("bob", cut, 999) == 0, "its last letter");
	cut[31] = '\0';
	CHECK(check("bob", cut, 999) == 0, "cut short");
	CHECK(check("bob", "", 999) == 0, "nothing");
	CHECK(zone_subscriber_check(
		  accounts, span_str("eve"), span_str(other), 1, &got) == 1 &&
		zone_subscriber_may(&got, span_str("anything")),
	    "all lists");

	CHECK(
	    zone_subscriber_each(accounts, see, &before) == 0 && before.n == 2,
	    "each");
	CHECK(strcmp(before.secret, other) != 0, "the token is the password");
	CHECK(zone_subscriber_token(accounts, "root", "EVE", fresh, &why) == 0,
	    "%s", why.text);
	CHECK(check("eve", other, 1) == 0 && check("eve", fresh, 1) == 1,
	    "another token");
	CHECK(zone_subscriber_each(accounts, see, &after) == 0 &&
		strcmp(after.secret, before.secret) != 0,
	    "another token, another password");
	CHECK(zone_subscriber_count(accounts, "eve", 77, 3, 500) == 0 &&
		zone_subscriber_count(accounts, "eve", 70, 1, 5) == 0 &&
		zone_subscriber_count(accounts, "gone", 70, 1, 5) == 0,
	    "count");
	CHECK(zone_subscriber_each(accounts, see, &after) == 0 &&
		after.last.fetched == 77 && after.last.fetches == 4 &&
		after.last.bytes == 505 && check("eve", fresh, 1) == 1,
	    "what was counted");
	CHECK(zone_subscriber_remove(accounts, "root", "bob", &why) == 0 &&
		check("bob", token, 1) == 0,
	    "removed");
	CHECK(
	    zone_subscriber_remove(accounts, "root", "bob", &why) == ERR_NONE &&
		zone_subscriber_token(accounts, "root", "bob", fresh, &why) ==
		    ERR_NONE,
	    "there is none");
}

/* What was done stands in the log, what was refused or fetched does not. */
static void
check_log(void)
{
	static const char *const newest_first[][2] = {
		{ "subscriber-removed", "bob" },
		{ "subscriber-token", "eve" },
		{ "subscriber-added", "eve" },
		{ "subscriber-added", "bob" },
	};
	struct zone_account_event log[20];
	int n = zone_account_log(accounts, 0, log, 20);
	uint64_t rows;

	CHECK(n >= 4, "%d rows", n);
	for (int i = 0; i < 4 && i < n; i++) {
		CHECK(strcmp(log[i].what, newest_first[i][0]) == 0 &&
			strcmp(log[i].whom, newest_first[i][1]) == 0,
		    "%d: %s %s", i, log[i].what, log[i].whom);
	}
	CHECK(n >= 1 && strcmp(log[0].by, "root") == 0, "by %s", log[0].by);
	CHECK(zone_account_log_verify(accounts, &rows) == 0, "whole");
}

int
main(void)
{
	struct err_text why = { "" };
	char dir[SCRATCH];

	scratch_make(dir);
	if (secret_init() < 0 ||
	    zone_accounts_open(dir, ZONE_CREATE, 1u << 26, &accounts, &why) <
		0) {
		fprintf(stderr, "%s\n", why.text);
		return 99;
	}
	check_names();
	check_tokens();
	check_log();
	zone_accounts_close(&accounts);
	scratch_remove(dir);
	return failures != 0;
}
