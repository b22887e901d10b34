/* test_zone_submitters.c - who sends spam in, and several mails at once. */
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/submitters.h"

#define MAP (1u << 26)

static struct zone_queue *queue;
static char dir[SCRATCH];

static struct net_prefix
prefix(const char *text)
{
	struct net_prefix p;

	if (net_prefix_parse(span_str(text), &p) < 0) {
		fprintf(stderr, "%s: no prefix\n", text);
		exit(99);
	}
	return p;
}

static int
set(const char *name, const char *address, const char *relay)
{
	struct net_prefix p = { 0 };
	struct err_text why = { "" };
	int r;

	if (relay != NULL) {
		p = prefix(relay);
	}
	r = zone_submitter_set(queue, name, address != NULL ? &address : NULL,
	    address != NULL, relay != NULL ? &p : NULL, relay != NULL, &why);
	CHECK(r == 0 || why.text[0] != '\0', "%s: no reason", name);
	return r;
}

static const struct {
	const char *what, *name, *address, *relay;
	int r;
} sets[] = {
	{ "a name alone", "ann", NULL, NULL, 0 },
	{ "with an address", "bob", "Bob@Example.GR", NULL, 0 },
	{ "with a mail host", "carol.d-1_x", NULL, "192.0.2.25", 0 },
	{ "the widest", "dora", NULL, "2001:db8::/32", 0 },
	{ "no name", "", NULL, NULL, ERR_FORMAT },
	{ "a space", "a b", NULL, NULL, ERR_FORMAT },
	{ "a slash", "a/b", NULL, NULL, ERR_FORMAT },
	{ "a dot first", ".a", NULL, NULL, ERR_FORMAT },
	{ "an address as a name", "ann@example.gr", NULL, NULL, ERR_FORMAT },
	{ "Greek", "άννα", NULL, NULL, ERR_FORMAT },
	{ "64 letters",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    NULL, NULL, ERR_FORMAT },
	{ "no address", "eve", "eve", NULL, ERR_FORMAT },
	{ "a digest", "eve", "md5:00112233445566778899aabbccddeeff", NULL,
	    ERR_FORMAT },
	{ "another's address", "eve", "bob@example.gr", NULL, ERR_CONFLICT },
	{ "everybody's hosts", "eve", NULL, "0.0.0.0/0", ERR_RANGE },
	{ "too wide", "eve", NULL, "10.0.0.0/15", ERR_RANGE },
	{ "too wide, IPv6", "eve", NULL, "2001:da0::/31", ERR_RANGE },
};

static void
check_sets(void)
{
	struct arena arena = { 0 };
	struct zone_submitter *list;
	size_t n = 0;

	for (size_t i = 0; i < COUNT(sets); i++) {
		int r = set(sets[i].name, sets[i].address, sets[i].relay);

		CHECK(r == sets[i].r, "%s: %d", sets[i].what, r);
	}
	CHECK(zone_submitter_list(queue, &arena, &list, &n) == 0 && n == 4,
	    "%zu", n);
	CHECK(n == 4 && strcmp(list[1].name, "bob") == 0 &&
		list[1].n_addresses == 1 &&
		strcmp(list[1].addresses[0], "bob@example.gr") == 0 &&
		!list[1].token,
	    "bob");
	CHECK(n == 4 && list[3].n_relays == 1 && list[3].relays[0].plen == 32,
	    "dora's hosts");
	arena_free(&arena);
}

/* Which submitter TOKEN is of, "" none. */
static const char *
whose(const char *token)
{
	static char name[80];
	struct arena arena = { 0 };
	struct zone_submitter s;
	int r = zone_submitter_by_token(queue, span_str(token), &arena, &s);

	CHECK(r >= 0, "%s: %d", token, r);
	snprintf(name, sizeof(name), "%s", r == 1 ? s.name : "");
	arena_free(&arena);
	return name;
}

static const char *
by_address(const char *address)
{
	static char name[80];
	struct arena arena = { 0 };
	struct zone_submitter s;
	int r = zone_submitter_by_address(queue, span_str(address), &arena, &s);

	CHECK(r >= 0, "%s: %d", address, r);
	snprintf(name, sizeof(name), "%s", r == 1 ? s.name : "");
	arena_free(&arena);
	return name;
}

static void
check_tokens(void)
{
	char one[ZONE_SUBMITTER_TOKEN], two[ZONE_SUBMITTER_TOKEN];
	char other[ZONE_SUBMITTER_TOKEN];
	struct err_text why = { "" };

	CHECK(zone_submitter_token(queue, "nobody", one, &why) == ERR_NONE,
	    "nobody's token");
	CHECK(zone_submitter_token(queue, "Ann", one, &why) == 0, "a token");
	CHECK(zone_submitter_token(queue, "bob", other, &why) == 0, "bob's");
	CHECK(strlen(one) == ZONE_SUBMITTER_TOKEN - 1 &&
		strspn(one, "abcdefghijklmnopqrstuvwxyz234567") ==
		    strlen(one) &&
		strcmp(one, other) != 0,
	    "%s", one);
	CHECK(strcmp(whose(one), "ann") == 0, "ann's");
	CHECK(strcmp(whose(other), "bob") == 0, "bob's");
	for (size_t i = 0; one[i] != '\0'; i++) {
		one[i] = one[i] >= 'a' ? (char)(one[i] - 32) : one[i];
	}
	CHECK(strcmp(whose(one), "ann") == 0, "in capital letters");
	CHECK(whose("")[0] == '\0', "no token");
	CHECK(whose("abcdefghijklmnopqrstuvwxyz")[0] == '\0', "a wrong one");
	CHECK(whose("ann")[0] == '\0', "a name is no token");
	one[25] = one[25] == 'A' ? 'B' : 'A';
	CHECK(whose(one)[0] == '\0', "one letter off");
	one[25] = '\0';
	CHECK(whose(one)[0] == '\0', "one letter short");
	CHECK(zone_submitter_token(queue, "ann", two, &why) == 0, "anew");
	CHECK(strcmp(whose(two), "ann") == 0, "the new one");
	/* a change of something else keeps it */
	CHECK(set("ann", "ann@example.gr", "192.0.2.0/24") == 0, "changed");
	CHECK(strcmp(whose(two), "ann") == 0, "kept");
	CHECK(strcmp(by_address("ANN@example.gr"), "ann") == 0, "by address");
	CHECK(by_address("ann@example.com")[0] == '\0', "another domain");
	CHECK(by_address("ann")[0] == '\0', "no address");
	CHECK(set("ann", "ann@example.com", NULL) == 0, "moved");
	CHECK(by_address("ann@example.gr")[0] == '\0', "the old address");
	CHECK(strcmp(by_address("ann@example.com"), "ann") == 0, "the new");
	CHECK(zone_submitter_remove(queue, "ann", &why) == 0, "removed");
	CHECK(zone_submitter_remove(queue, "ann", &why) == ERR_NONE, "twice");
	CHECK(whose(two)[0] == '\0', "no token is left");
	CHECK(by_address("ann@example.com")[0] == '\0', "no address is left");
	CHECK(set("eve", "ann@example.com", NULL) == 0, "it is free");
}

/* ---- several mails ------------------------------------------------------- */

static void
check_many(void)
{
	const struct zone_submission s = { .time = 1,
		.submitter = "ann",
		.road = "lmtp",
		.kind = "unknown",
		.analysis = "{}",
		.known = ZONE_KNOWN_TOKEN };
	const struct zone_candidate bad = { .list = "", .key = "" };
	const struct zone_report refused = {
		.subject = "", .from = "", .candidates = &bad, .n_candidates = 1
	};
	struct zone_queue_mail mails[] = {
		{ .submission = &s, .raw = "one", .len = 3 },
		{ .submission = &s, .raw = "two", .len = 3 },
		{ .submission = &s,
		    .raw = "bad",
		    .len = 3,
		    .reports = &refused,
		    .n_reports = 1 },
		{ .submission = &s, .raw = "one", .len = 3 },
		{ .submission = &s, .raw = "three", .len = 5 },
	};
	struct arena arena = { 0 };
	struct zone_submission got;
	struct buf raw = { 0 };
	uint64_t counts[3];

	zone_queue_add_many(queue, mails, 0);
	zone_queue_add_many(queue, mails, COUNT(mails));
	CHECK(mails[0].err == 0 && mails[0].added.submission == 1 &&
		mails[0].added.new_items == 1,
	    "the first: %d", mails[0].err);
	CHECK(mails[1].err == 0 && mails[1].added.submission == 2, "second");
	CHECK(mails[2].err == ERR_RANGE, "refused: %d", mails[2].err);
	CHECK(mails[3].err == 0 && mails[3].added.duplicate &&
		mails[3].added.submission == 1,
	    "the same within the call");
	CHECK(mails[4].err == 0 && mails[4].added.submission == 3, "third");
	CHECK(zone_queue_counts(queue, counts) == 0 && counts[0] == 3,
	    "three wait");
	CHECK(zone_queue_submission(queue, 3, &arena, &got) == 1 &&
		got.known == ZONE_KNOWN_TOKEN &&
		strcmp(got.submitter, "ann") == 0,
	    "how the submitter is known");
	CHECK(zone_queue_raw(queue, 3, &raw) == 1 && raw.len == 5 &&
		memcmp(raw.data, "three", 5) == 0,
	    "its bytes");
	buf_free(&raw);
	arena_free(&arena);
}

int
main(void)
{
	struct err_text why = { "" };

	scratch_make(dir);
	if (secret_init() < 0 ||
	    zone_queue_open(dir, ZONE_CREATE, MAP, &queue, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	check_sets();
	check_tokens();
	check_many();
	zone_queue_close(&queue);
	scratch_remove(dir);
	return failures != 0;
}
