/* test_rbld_tally.c - what is counted of answers, and what SIGHUP keeps. */
#include "tests/unit/test_rbld_world.h"

#include <arpa/inet.h>

#include "rbld/tally.h"

#define BL ".bl.example.org"
#define MU ".multi.example.org"
#define MA ".mail.example.net"
#define SPAMMER "4b15dd36607cc5fc7bc5a902a4aa2b970012055b"

enum { BL_ZONE, MULTI, MAIL, DBL, HOSTS, CLOSED, OUTSIDE }; /* in world_conf */

static const uint64_t seed[2] = { 11, 22 };
static struct rbld_book *book;
static struct rbld_ledger *ledger;
static uint8_t out[RBLD_REPLY_MAX];

/* One question of type TYPE from PEER. */
static void
question(struct world *w, const char *name, unsigned type, const char *peer,
    bool tcp)
{
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa = { .sin_family = AF_INET };
	struct rbld_from from = {
		.peer = (void *)&sa, .tcp = tcp, .limit = 1232
	};
	struct asked a;

	if (inet_pton(AF_INET, peer, &sa.sin_addr) != 1) {
		CHECK(inet_pton(AF_INET6, peer, &sa6.sin6_addr) == 1, "peer");
		from.peer = (void *)&sa6;
	}
	ask(&a, name, type, 0);
	(void)rbld_handle(&w->look, &w->stats, &from, a.bytes, a.len, out);
}

/* world_put opens the look anew. */
static void
attach(struct world *w)
{
	w->look.ledger = ledger;
	w->look.counts = rbld_ledger_row(ledger, 0);
	rbld_look_renew(&w->look);
}

static void
test_zones(struct world *w)
{
	struct rbld_counts c;

	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	question(w, "7.2.0.192" BL, RBLD_T_TXT, "2001:db8::1", false);
	question(w, "7.2.0.192" BL, 28, "198.51.100.1", true);
	question(w, "7.3.0.192" BL, RBLD_T_A, "2001:db8::1", true);
	question(w, "bl.example.org", RBLD_T_SOA, "198.51.100.1", false);
	question(w, "bl.example.org", RBLD_T_NS, "198.51.100.1", false);
	question(w, "bl.example.org", RBLD_T_ANY, "198.51.100.1", false);
	question(w, "bl.example.org", 15, "198.51.100.1", false);
	question(w, "bl.example.org", 65280, "198.51.100.1", false);
	question(w, "2.0.0.127" BL, RBLD_T_A, "198.51.100.1", false);
	rbld_ledger_sum(ledger, BL_ZONE, &c);
	CHECK(c.queries[RBLD_ASKED_A][RBLD_UDP4] == 2 &&
		c.queries[RBLD_ASKED_A][RBLD_TCP6] == 1 &&
		c.queries[RBLD_ASKED_TXT][RBLD_UDP6] == 1 &&
		c.queries[RBLD_ASKED_AAAA][RBLD_TCP4] == 1 &&
		c.queries[RBLD_ASKED_SOA][RBLD_UDP4] == 1 &&
		c.queries[RBLD_ASKED_NS][RBLD_UDP4] == 1 &&
		c.queries[RBLD_ASKED_ANY][RBLD_UDP4] == 1 &&
		c.queries[RBLD_ASKED_OTHER][RBLD_UDP4] == 2,
	    "types and roads");
	CHECK(c.answers[RBLD_TOLD_NOERROR] == 9 &&
		c.answers[RBLD_TOLD_NXDOMAIN] == 1,
	    "rcodes");
	CHECK(c.hits[ledger->slots[w->apex->zones[BL_ZONE].first]] == 3,
	    "hits, of which a test point is none");

	question(w, "1.2.0.192" MU, RBLD_T_A, "198.51.100.1", false);
	question(w, "3.2.0.192" MU, RBLD_T_A, "198.51.100.1", false);
	rbld_ledger_sum(ledger, MULTI, &c);
	const uint8_t *slots = ledger->slots + w->apex->zones[MULTI].first;

	CHECK(c.hits[slots[0]] == 2 && c.hits[slots[1]] == 1 &&
		c.hits[slots[2]] == 1 && c.hits[slots[3]] == 0,
	    "each list its own hits");

	question(w, "example.com", RBLD_T_A, "198.51.100.1", false);
	question(
	    w, "7.2.0.192.closed.example.net", RBLD_T_A, "198.51.100.1", false);
	rbld_ledger_sum(ledger, OUTSIDE, &c);
	CHECK(c.queries[RBLD_ASKED_A][RBLD_UDP4] == 1 &&
		c.answers[RBLD_TOLD_REFUSED] == 1,
	    "outside");
	rbld_ledger_sum(ledger, CLOSED, &c);
	CHECK(c.answers[RBLD_TOLD_REFUSED] == 1 && c.hits[0] == 0, "refused");
}

/* The first of WHICH as text, with its count. */
static const char *
first_of(struct world *w, enum rbld_tops which, unsigned place)
{
	static char text[300];
	char key[128];
	struct rbld_top top[8];
	struct rbld_top_listing listing;
	struct rbld_top_sign sign;
	int64_t since;
	int n = rbld_tally_top(
	    &w->stats.tally, 1, which, w->look.now, top, 8, &since);

	if (n <= (int)place) {
		return "-";
	}
	if (which == RBLD_TOP_LISTINGS) {
		memcpy(&listing, top[place].payload, sizeof(listing));
		snprintf(text, sizeof(text), "%s %s %llu",
		    rbld_book_list(book, listing.list),
		    rbld_listing_format(key, &listing),
		    (unsigned long long)top[place].count);
	} else if (which == RBLD_TOP_SIGNS) {
		memcpy(&sign, top[place].payload, sizeof(sign));
		snprintf(text, sizeof(text), "%s %s %s %llu",
		    rbld_client_format(key, sign.client),
		    rbld_sign_name((enum rbld_sign)sign.sign),
		    rbld_book_zone(book, sign.zone),
		    (unsigned long long)top[place].count);
	} else {
		snprintf(text, sizeof(text), "%s %llu",
		    rbld_client_format(key, top[place].payload[0]),
		    (unsigned long long)top[place].count);
	}
	return text;
}

static void
same(const char *want, const char *got)
{
	CHECK(strcmp(want, got) == 0, "\"%s\", expected \"%s\"", got, want);
}

static void
fresh(struct world *w)
{
	rbld_tally_free(&w->stats.tally);
	w->stats.tally = rbld_tally_new(seed);
	if (w->stats.tally == NULL) {
		world_fail("tally", "no memory");
	}
}

static void
test_tops(struct world *w)
{
	fresh(w);
	same("-", first_of(w, RBLD_TOP_CLIENTS, 0));
	for (int i = 0; i < 5; i++) {
		question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
		question(
		    w, "8.2.0.192" BL, RBLD_T_A, "2001:db8:1:2::9", i % 2 == 0);
		question(w, SPAMMER MA, RBLD_T_A, "2001:db8:1:2::7", false);
	}
	question(w,
	    "f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.7.0.0.0.8.b.d.0."
	    "1.0.0.2" BL,
	    RBLD_T_A, "198.51.100.2", false);
	same("2001:db8:1:2::/64 10", first_of(w, RBLD_TOP_CLIENTS, 0));
	same("198.51.100.1 5", first_of(w, RBLD_TOP_CLIENTS, 1));
	same("198.51.100.2 1", first_of(w, RBLD_TOP_CLIENTS, 2));
	same("-", first_of(w, RBLD_TOP_CLIENTS, 3));
	same("ip 192.0.2.0/24 10", first_of(w, RBLD_TOP_LISTINGS, 0));
	same("mail sha1:" SPAMMER " 5", first_of(w, RBLD_TOP_LISTINGS, 1));
	same("ip 2001:db8:7::/48 1", first_of(w, RBLD_TOP_LISTINGS, 2));
	same("-", first_of(w, RBLD_TOP_LISTINGS, 3));
	same("-", first_of(w, RBLD_TOP_SIGNS, 0));
}

/* The clock that the look has is the tally's. */
static void
test_repeats(struct world *w)
{
	struct rbld_counts before, after;
	int64_t now = w->look.now;

	fresh(w);
	rbld_ledger_sum(ledger, BL_ZONE, &before);
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	w->look.now = now + 1;
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	rbld_ledger_sum(ledger, BL_ZONE, &after);
	CHECK(after.signs[RBLD_SIGN_REPEAT] == before.signs[RBLD_SIGN_REPEAT],
	    "so soon it may be a lost answer");
	w->look.now = now + 60;
	question(
	    w, "7.2.0.192.BL.example.ORG", RBLD_T_A, "198.51.100.1", false);
	question(w, "7.2.0.192" BL, RBLD_T_TXT, "198.51.100.1", false);
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.2", false);
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	rbld_ledger_sum(ledger, BL_ZONE, &after);
	CHECK(
	    after.signs[RBLD_SIGN_REPEAT] == before.signs[RBLD_SIGN_REPEAT] + 1,
	    "the same within its TTL; another case, type, client, name");
	w->look.now = now + 899;
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	same("198.51.100.1 repeat bl.example.org 2",
	    first_of(w, RBLD_TOP_SIGNS, 0));
	w->look.now = now + 900;
	question(w, "7.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	same("198.51.100.1 repeat bl.example.org 2",
	    first_of(w, RBLD_TOP_SIGNS, 0));
	question(w, "7.3.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	w->look.now = now + 900 + 300; /* the negative TTL */
	question(w, "7.3.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	same("198.51.100.1 repeat bl.example.org 2",
	    first_of(w, RBLD_TOP_SIGNS, 0));
	w->look.now = now + 900 + 400;
	question(w, "7.3.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	same("198.51.100.1 repeat bl.example.org 3",
	    first_of(w, RBLD_TOP_SIGNS, 0));
	for (int i = 0; i < 10; i++) { /* monitors */
		w->look.now += 10;
		question(w, "2.0.0.127" BL, RBLD_T_A, "198.51.100.9", false);
		question(
		    w, "bl.example.org", RBLD_T_SOA, "198.51.100.9", false);
		question(w, "example.com", RBLD_T_A, "198.51.100.9", false);
	}
	same("-", first_of(w, RBLD_TOP_SIGNS, 1));
	w->look.now = now;
}

/* Under load one packet in eight counts eight times: sums stay right. */
static void
test_load(struct world *w)
{
	struct rbld_counts before, after;
	unsigned long count = 0;

	fresh(w);
	rbld_ledger_sum(ledger, BL_ZONE, &before);
	rbld_tally_pace(w->stats.tally, 32);
	for (int i = 0; i < 80000; i++) {
		question(w, i % 4 != 0 ? "8.2.0.192" BL : "192.168.1.5" BL,
		    RBLD_T_A, i % 4 != 0 ? "198.51.100.1" : "198.51.100.2",
		    false);
	}
	rbld_ledger_sum(ledger, BL_ZONE, &after);
	CHECK(after.queries[RBLD_ASKED_A][RBLD_UDP4] ==
		before.queries[RBLD_ASKED_A][RBLD_UDP4] + 80000,
	    "the counters are exact");
	CHECK(after.signs[RBLD_SIGN_UNREVERSED] ==
		before.signs[RBLD_SIGN_UNREVERSED] + 20000,
	    "signs as well");
	CHECK(sscanf(first_of(w, RBLD_TOP_CLIENTS, 0), "198.51.100.1 %lu",
		  &count) == 1 &&
		count > 54000 && count < 66000,
	    "about 60000: %lu", count);
	CHECK(sscanf(first_of(w, RBLD_TOP_LISTINGS, 0), "ip 192.0.2.0/24 %lu",
		  &count) == 1 &&
		count > 54000 && count < 66000,
	    "about 60000: %lu", count);
	CHECK(sscanf(first_of(w, RBLD_TOP_SIGNS, 0),
		  "198.51.100.2 unreversed bl.example.org %lu", &count) == 1 &&
		count > 17000 && count < 23000,
	    "about 20000: %lu", count);
	rbld_tally_pace(w->stats.tally, 1);
	rbld_tally_pace(NULL, 32);
}

/* This hour and the one before; then it is forgotten. */
static void
test_hours(struct world *w)
{
	int64_t now = w->look.now;

	fresh(w);
	w->look.now = now / 3600 * 3600;
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	w->look.now += 3600;
	same("198.51.100.1 1", first_of(w, RBLD_TOP_CLIENTS, 0));
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	same("198.51.100.1 2", first_of(w, RBLD_TOP_CLIENTS, 0));
	w->look.now += 3600;
	same("198.51.100.1 1", first_of(w, RBLD_TOP_CLIENTS, 0));
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.2", false);
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.2", false);
	same("198.51.100.2 2", first_of(w, RBLD_TOP_CLIENTS, 0));
	same("198.51.100.1 1", first_of(w, RBLD_TOP_CLIENTS, 1));
	w->look.now += 7200;
	same("-", first_of(w, RBLD_TOP_CLIENTS, 0));
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.3", false);
	same("198.51.100.3 1", first_of(w, RBLD_TOP_CLIENTS, 0));
	same("-", first_of(w, RBLD_TOP_CLIENTS, 1));
	w->look.now = now; /* a clock that was set back */
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.4", false);
	same("198.51.100.4 1", first_of(w, RBLD_TOP_CLIENTS, 0));
}

/* Another configuration: what stays by its name keeps its counts. */
static void
test_reload(struct world *w)
{
	static const char text[] =
	    "list \"more\" { kind = \"ip\" }\n"
	    "list \"fresh\" { kind = \"ip\" }\n"
	    "list \"ip\" { kind = \"ip\" }\n"
	    "zone \"new.example.org\" { lists = {\"ip\"}\n"
	    "  ns = {\"a.gr\"} hostmaster = \"h.gr\" }\n"
	    "zone \"multi.example.org\" { lists = {\"fresh\", \"more\", "
	    "\"ip\"}\n"
	    "  ns = {\"a.gr\"} hostmaster = \"h.gr\" }\n";
	struct world other = { .dir = "" };
	struct rbld_ledger *l = NULL;
	struct rbld_counts before, after;
	struct err_text why = { "" };
	uint8_t *slots;

	strcpy(other.dir, w->dir);
	rbld_ledger_sum(ledger, MULTI, &before);
	slots = ledger->slots + w->apex->zones[MULTI].first;
	if (world_config(&other, text, &why) < 0 ||
	    rbld_apex_load(other.config, &other.apex, &why) < 0 ||
	    rbld_ledger_open(book, other.apex, &l) < 0) {
		world_fail("reload", why.text);
	}
	rbld_ledger_sum(l, 1, &after);
	CHECK(
	    memcmp(before.queries, after.queries, sizeof(before.queries)) == 0,
	    "the zone's questions are kept");
	CHECK(l->counts[1] == ledger->counts[MULTI], "in the same place");
	CHECK(l->slots[2] == slots[1] && l->slots[3] == slots[0] &&
		l->slots[1] != slots[0] && l->slots[1] != slots[1],
	    "a list is known by its name");
	CHECK(after.hits[l->slots[3]] == before.hits[slots[0]] &&
		after.hits[l->slots[1]] == 0,
	    "its hits with it");
	rbld_ledger_sum(l, 0, &after);
	CHECK(after.queries[RBLD_ASKED_A][RBLD_UDP4] == 0, "a new zone");
	same("new.example.org", rbld_book_zone(book, l->zone_numbers[0]));
	rbld_ledger_free(&l);

	/* lists that come and go do not use the places up */
	for (int i = 0; i < 3 * RBLD_HITS; i++) {
		char many[512];

		rbld_apex_free(&other.apex);
		zone_config_free(&other.config);
		snprintf(many, sizeof(many),
		    "list \"l%d\" { kind = \"ip\" }\n"
		    "list \"ip\" { kind = \"ip\" }\n"
		    "zone \"multi.example.org\" { lists = {\"l%d\", \"ip\"}\n"
		    "  ns = {\"a.gr\"} hostmaster = \"h.gr\" }\n",
		    i, i);
		if (world_config(&other, many, &why) < 0 ||
		    rbld_apex_load(other.config, &other.apex, &why) < 0 ||
		    rbld_ledger_open(book, other.apex, &l) < 0) {
			world_fail("reload", why.text);
		}
		CHECK(l->slots[1] == slots[0] && l->slots[0] != slots[0],
		    "round %d", i);
		same("ip", rbld_book_list(book, l->list_numbers[1]));
		rbld_ledger_free(&l);
	}
	rbld_apex_free(&other.apex);
	zone_config_free(&other.config);
}

/* With nothing to count in, nothing is counted. */
static void
test_without(struct world *w)
{
	struct rbld_tally *t = w->stats.tally;

	w->stats.tally = NULL;
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	w->stats.tally = t;
	w->look.counts = NULL;
	question(w, "8.2.0.192" BL, RBLD_T_A, "198.51.100.1", false);
	attach(w);
	rbld_tally_free(&w->stats.tally);
	rbld_tally_free(&w->stats.tally);
}

int
main(void)
{
	struct world w;

	world_make(&w);
	book = rbld_book_new(1);
	if (book == NULL || rbld_ledger_open(book, w.apex, &ledger) < 0) {
		world_fail("book", "no memory");
	}
	fresh(&w);
	attach(&w);
	test_zones(&w);
	test_tops(&w);
	test_repeats(&w);
	test_load(&w);
	test_hours(&w);
	test_reload(&w);
	test_without(&w);
	rbld_ledger_free(&ledger);
	rbld_book_free(&book);
	world_end(&w);
	return failures != 0;
}
