/* test_rbld_flood.c - what strangers get by UDP: cookies, names of the server,
 * and how much is sent to somebody whose address was forged.
 *
 * Time is a number that the test counts up, so that floods of minutes take
 * none, and every run is the same.
 */
#include "tests/unit/test_rbld_world.h"

#include <arpa/inet.h>

#define BL ".bl.example.org"
#define MU ".multi.example.org"
#define RATE 200 /* the default of rate-limit */

static struct world world;
static struct rbld_rate_table *table;
static struct rbld_rate rate;
static struct rbld_self self = {
	.nsid = "gr-ath-1",
	.nsid_len = 8,
	.version = "rbld",
	.policy = "https://bl.example.org/",
	.cookies = { .n = 1, .at = { "0123456789abcde" } },
};
static uint64_t tick;
static uint32_t now = 1700000000;
static uint8_t out[RBLD_REPLY_MAX];

/* Append an option to A, whose OPT is last. */
static void
ask_option(struct asked *a, unsigned code, const void *data, size_t len)
{
	static const size_t opt = 11;
	uint8_t *p = a->bytes + a->len;
	size_t at, had;

	/* find the OPT: it begins behind the question */
	for (at = RBLD_HEADER; a->bytes[at] != 0; at += 1u + a->bytes[at]) {
	}
	at += 5;
	had = a->len - at - opt + 4 + len;
	a->bytes[at + 9] = (uint8_t)(had >> 8);
	a->bytes[at + 10] = (uint8_t)had;
	p[0] = (uint8_t)(code >> 8);
	p[1] = (uint8_t)code;
	p[2] = 0;
	p[3] = (uint8_t)len;
	memcpy(p + 4, data, len);
	a->len += 4 + len;
}

static size_t
give(const struct asked *a, const char *who, bool tcp)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };
	const struct rbld_from from = { .peer = (const void *)&peer,
		.tcp = tcp,
		.limit = tcp ? RBLD_REPLY_MAX : 1232,
		.self = &self,
		.rate = tcp || rate.table == NULL ? NULL : &rate,
		.now = now,
		.tick = tick,
		.idle = tcp ? 100 : 0 };
	size_t n;

	CHECK(inet_pton(AF_INET, who, &peer.sin_addr) == 1, "%s", who);
	rbld_look_renew(&world.look);
	n = rbld_handle(
	    &world.look, &world.stats, &from, a->bytes, a->len, out);
	rbld_look_rest(&world.look);
	return n;
}

/* The LEN octets of option CODE in a reply of N; NULL: it is not there. */
static const uint8_t *
option_of(size_t n, unsigned code, size_t *ret_len)
{
	const uint8_t *p, *end = out + n;
	ldns_pkt *pkt = NULL;
	size_t len, opt;

	if (n < 23 || ldns_wire2pkt(&pkt, out, n) != LDNS_STATUS_OK) {
		return NULL;
	}
	len = ldns_pkt_edns_data(pkt) != NULL
	    ? ldns_rdf_size(ldns_pkt_edns_data(pkt))
	    : 0;
	opt = ldns_pkt_edns(pkt) ? 1 : 0;
	ldns_pkt_free(pkt);
	if (opt == 0 || len == 0) {
		return NULL;
	}
	for (p = end - len; p + 4 <= end; p += 4 + (p[2] << 8 | p[3])) {
		if ((unsigned)(p[0] << 8 | p[1]) == code) {
			*ret_len = (size_t)(p[2] << 8 | p[3]);
			return p + 4;
		}
	}
	return NULL;
}

static unsigned
rcode_of(size_t n)
{
	return n < RBLD_HEADER ? 0xffff : out[3] & 15u;
}

/* The whole rcode, with the OPT's part of it. */
static unsigned
full_rcode(size_t n)
{
	ldns_pkt *pkt = NULL;
	unsigned rcode = 0xffff;

	if (ldns_wire2pkt(&pkt, out, n) == LDNS_STATUS_OK) {
		rcode = (unsigned)ldns_pkt_get_rcode(pkt) |
		    (unsigned)ldns_pkt_edns_extended_rcode(pkt) << 4;
		ldns_pkt_free(pkt);
	}
	return rcode;
}

static void
fresh_rate(unsigned slip)
{
	rbld_rate_table_free(&table);
	if (rbld_rate_table_new(&table) < 0) {
		world_fail("table", "no memory");
	}
	rbld_rate_set(&rate, table, RATE, slip, NULL, 0);
	tick += 1000 * RBLD_RATE_SECOND;
}

/* ---- what the options get ---------------------------------------------- */

static void
test_cookies(void)
{
	uint8_t full[24];
	const uint8_t *got;
	struct asked a;
	size_t n, len;

	rate.table = NULL;
	ask(&a, "7.2.0.192" BL, RBLD_T_A, 1232);
	ask_option(&a, RBLD_O_COOKIE, "clientck", 8);
	n = give(&a, "192.0.2.1", false);
	got = option_of(n, RBLD_O_COOKIE, &len);
	CHECK(rcode_of(n) == 0 && out[7] == 1 && got != NULL && len == 24 &&
		memcmp(got, "clientck\1\0\0\0", 12) == 0,
	    "7873-2 a first question: the answer and a whole cookie");
	if (got == NULL) {
		return;
	}
	memcpy(full, got, 24);
	ask(&a, "7.3.0.192" BL, RBLD_T_A, 1232);
	ask_option(&a, RBLD_O_COOKIE, full, 24);
	n = give(&a, "192.0.2.1", false);
	got = option_of(n, RBLD_O_COOKIE, &len);
	CHECK(rcode_of(n) == RBLD_NXDOMAIN && got != NULL && len == 24 &&
		memcmp(got, full, 24) == 0,
	    "7873-2 and back: the same");
	n = give(&a, "192.0.2.2", false);
	got = option_of(n, RBLD_O_COOKIE, &len);
	CHECK(rcode_of(n) == RBLD_NXDOMAIN && got != NULL &&
		memcmp(got, full, 16) == 0 && memcmp(got + 16, full + 16, 8),
	    "7873-3 from elsewhere: as if it had none");
	ask(&a, "7.2.0.192" BL, RBLD_T_A, 0);
	n = give(&a, "192.0.2.1", false);
	CHECK(n > 0 && out[11] == 0, "no OPT, no cookie");
	ask(&a, "7.2.0.192" BL, RBLD_T_A, 1232);
	n = give(&a, "192.0.2.1", false);
	CHECK(option_of(n, RBLD_O_COOKIE, &len) == NULL, "nor unasked");
	ask_option(&a, RBLD_O_COOKIE, "short", 5);
	n = give(&a, "192.0.2.1", false);
	CHECK(rcode_of(n) == RBLD_FORMERR && out[11] == 1 &&
		option_of(n, RBLD_O_COOKIE, &len) == NULL,
	    "7873-1 FORMERR with an OPT and without a cookie");
	/* no question at all (RFC 7873, 5.4) */
	memcpy(a.bytes,
	    "\x12\x34\1\0\0\0\0\0\0\0\0\1"
	    "\0\0\x29\4\xd0\0\0\0\0\0\xc\0\xa\0\x8"
	    "clientck",
	    35);
	a.len = 35;
	n = give(&a, "192.0.2.1", false);
	got = option_of(n, RBLD_O_COOKIE, &len);
	CHECK(n == 12 + 11 + 28 && rcode_of(n) == 0 && out[5] == 0 &&
		got != NULL && len == 24,
	    "7873 a cookie for no question: %zu", n);
}

static void
test_nsid(void)
{
	const uint8_t *got;
	struct asked a;
	size_t n, len;

	rate.table = NULL;
	ask(&a, "7.2.0.192" BL, RBLD_T_A, 1232);
	ask_option(&a, RBLD_O_NSID, "ignored", 7);
	n = give(&a, "192.0.2.1", false);
	got = option_of(n, RBLD_O_NSID, &len);
	CHECK(got != NULL && len == 8 && memcmp(got, "gr-ath-1", 8) == 0,
	    "5001-1 NSID");
	ask_option(&a, RBLD_O_COOKIE, "clientck", 8);
	ask_option(&a, RBLD_O_KEEPALIVE, "", 0);
	n = give(&a, "192.0.2.1", false);
	CHECK(option_of(n, RBLD_O_NSID, &len) != NULL &&
		option_of(n, RBLD_O_COOKIE, &len) != NULL &&
		option_of(n, RBLD_O_KEEPALIVE, &len) == NULL,
	    "7828 keepalive means nothing by UDP");
	n = give(&a, "192.0.2.1", true);
	got = option_of(n, RBLD_O_KEEPALIVE, &len);
	CHECK(got != NULL && len == 2 && got[1] == 100,
	    "7828 keepalive by TCP: ten seconds");
	ask(&a, "7.2.0.192" BL, RBLD_T_A, 1232);
	n = give(&a, "192.0.2.1", true);
	CHECK(option_of(n, RBLD_O_NSID, &len) == NULL &&
		option_of(n, RBLD_O_KEEPALIVE, &len) == NULL,
	    "5001-1 never unasked");
	self.nsid = NULL;
	ask_option(&a, RBLD_O_NSID, "", 0);
	n = give(&a, "192.0.2.1", false);
	CHECK(n > 0 && option_of(n, RBLD_O_NSID, &len) == NULL, "none to say");
	self.nsid = "gr-ath-1";
}

static void
test_chaos(void)
{
	static const struct {
		const char *name;
		unsigned type, class;
		const char *want; /* NULL: REFUSED */
	} rows[] = {
		{ "version.bind", RBLD_T_TXT, 3, "rbld" },
		{ "VERSION.Server", RBLD_T_TXT, 3, "rbld" },
		{ "version.bind", RBLD_T_ANY, 3, "rbld" },
		{ "version.bind", RBLD_T_A, 3, NULL },
		{ "version.bind", RBLD_T_TXT, 1, NULL },
		{ "version.bind", RBLD_T_TXT, 4, NULL },
		{ "id.server", RBLD_T_TXT, 3, NULL },
		{ "hostname.bind", RBLD_T_TXT, 3, NULL },
		{ "authors.bind", RBLD_T_TXT, 3, NULL },
		{ "x.version.bind", RBLD_T_TXT, 3, NULL },
		{ "bind", RBLD_T_TXT, 3, NULL },
		{ "", RBLD_T_TXT, 3, NULL },
		{ "7.2.0.192" BL, RBLD_T_TXT, 3, NULL },
	};
	struct asked a;
	size_t n;

	rate.table = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = rows[i].want != NULL ? strlen(rows[i].want) : 0;

		ask(&a, rows[i].name, rows[i].type, 0);
		a.bytes[a.len - 1] = (uint8_t)rows[i].class;
		n = give(&a, "192.0.2.1", false);
		if (rows[i].want == NULL) {
			CHECK(n == a.len && rcode_of(n) == RBLD_REFUSED,
			    "CH %s %u", rows[i].name, rows[i].type);
			continue;
		}
		CHECK(n == a.len + 13 + len && rcode_of(n) == 0 &&
			out[7] == 1 && (out[2] & 4) == 0 &&
			out[a.len + 5] == 3 &&
			memcmp(out + n - len, rows[i].want, len) == 0,
		    "CH %s %u: %zu", rows[i].name, rows[i].type, n);
	}
	self.version = NULL;
	self.identity = "one";
	ask(&a, "version.bind", RBLD_T_TXT, 0);
	a.bytes[a.len - 1] = 3;
	n = give(&a, "192.0.2.1", false);
	CHECK(rcode_of(n) == RBLD_REFUSED, "version = none");
	ask(&a, "id.SERVER", RBLD_T_TXT, 0);
	a.bytes[a.len - 1] = 3;
	n = give(&a, "192.0.2.1", false);
	CHECK(rcode_of(n) == 0 && memcmp(out + n - 3, "one", 3) == 0,
	    "identity = one");
	self.version = "rbld";
	self.identity = NULL;
}

static void
test_ede_text(void)
{
	const uint8_t *got;
	struct asked a;
	size_t n, len;

	rate.table = NULL;
	ask(&a, "7.2.0.192.closed.example.net", RBLD_T_A, 1232);
	n = give(&a, "198.51.100.9", false);
	got = option_of(n, RBLD_O_EDE, &len);
	CHECK(rcode_of(n) == RBLD_REFUSED && got != NULL && got[1] == 18 &&
		len == 2 + strlen(self.policy) &&
		memcmp(got + 2, self.policy, len - 2) == 0,
	    "8914-1 EDE 18 says where to read on");
	ask(&a, "example.com", RBLD_T_A, 1232);
	n = give(&a, "198.51.100.9", false);
	got = option_of(n, RBLD_O_EDE, &len);
	CHECK(got != NULL && got[1] == 20 && len == 2,
	    "8914-1 EDE 20 without a text");
}

/* ---- floods ------------------------------------------------------------- */

struct tally {
	unsigned long in, out, full, told, silent;
};

/* N questions from one address, PER_SECOND of them. */
static struct tally
flood(const struct asked *a, unsigned n, unsigned per_second)
{
	struct tally t = { 0 };
	uint64_t start = tick;

	for (unsigned i = 0; i < n; i++) {
		size_t len;

		tick = start + i * RBLD_RATE_SECOND / per_second;
		len = give(a, "203.0.113.66", false);
		t.in += a->len;
		t.out += len;
		if (len == 0) {
			t.silent++;
		} else if ((out[2] & 2) != 0 ||
		    full_rcode(len) == RBLD_BADCOOKIE) {
			CHECK(out[7] == 0 && out[9] == 0, "no records");
			t.told++;
		} else {
			t.full++;
		}
	}
	return t;
}

#define LONG_TEXT "1.2.0.192" MU /* two texts */

static const struct {
	const char *name, *qname;
	unsigned type, class;
	bool ordinary; /* what mail servers ask: always whole up to the rate */
} asked_for[] = {
	{ "listed A", "7.2.0.192" BL, RBLD_T_A, 1, true },
	{ "listed TXT", "7.2.0.192" BL, RBLD_T_TXT, 1, true },
	{ "listed ANY", "7.2.0.192" BL, RBLD_T_ANY, 1, true },
	{ "listed AAAA", "7.2.0.192" BL, 28, 1, true },
	{ "not listed A", "7.3.0.192" BL, RBLD_T_A, 1, true },
	{ "not listed TXT", "7.3.0.192" BL, RBLD_T_TXT, 1, true },
	{ "in between A", "0.192" BL, RBLD_T_A, 1, true },
	{ "not listed, IPv6",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.e.e."
	    "f" BL,
	    RBLD_T_A, 1, true },
	{ "three lists A", "1.2.0.192" MU, RBLD_T_A, 1, true },
	{ "three lists TXT", LONG_TEXT, RBLD_T_TXT, 1, false },
	{ "test point TXT", "3.0.0.127" MU, RBLD_T_TXT, 1, false },
	{ "apex NS", "bl.example.org", RBLD_T_NS, 1, false },
	{ "apex SOA", "bl.example.org", RBLD_T_SOA, 1, true },
	{ "apex ANY", "bl.example.org", RBLD_T_ANY, 1, true },
	{ "apex MX", "bl.example.org", 15, 1, true },
	{ "apex AXFR", "bl.example.org", RBLD_T_AXFR, 1, true },
	{ "digest A",
	    "567159d622ffbb50b11b0efd307be358624a26ee"
	    ".mail.example.net",
	    RBLD_T_A, 1, true },
	{ "outside A", "example.com", RBLD_T_A, 1, true },
	{ "refused", "7.2.0.192.closed.example.net", RBLD_T_A, 1, true },
	{ "version.bind", "version.bind", RBLD_T_TXT, 3, true },
	{ "the root", "", RBLD_T_NS, 1, true },
};

enum dress { PLAIN, EDNS, NSID, COOKIE, DRESSES };
static const char *const dresses[] = { "plain", "EDNS", "EDNS with NSID",
	"EDNS with half a cookie" };

static void
dress_up(struct asked *a, size_t i, enum dress d)
{
	ask(a, asked_for[i].qname, asked_for[i].type, d != PLAIN ? 1232 : 0);
	if (asked_for[i].class != 1) {
		a->bytes[a->len - (d != PLAIN ? 12 : 1)] =
		    (uint8_t)asked_for[i].class;
	}
	if (d == NSID) {
		ask_option(a, RBLD_O_NSID, "", 0);
	} else if (d == COOKIE) {
		ask_option(a, RBLD_O_COOKIE, "clientck", 8);
	}
}

/* A forged flood: what comes out is at most 1.5 times what went in. */
static void
test_floods(void)
{
	static const unsigned rates[] = { 3 * RATE, 1000, 10000, 100000 };
	double worst = 0;

	for (size_t i = 0; i < COUNT(asked_for); i++) {
		for (enum dress d = PLAIN; d < DRESSES; d++) {
			for (size_t k = 0; k < COUNT(rates); k++) {
				struct asked a;
				struct tally t;
				double factor;

				fresh_rate(2);
				dress_up(&a, i, d);
				t = flood(&a,
				    10 * rates[k] < 20000 ? 10 * rates[k]
							  : 20000,
				    rates[k]);
				factor = (double)t.out / (double)t.in;
				worst = factor > worst ? factor : worst;
				CHECK(factor <= 1.5,
				    "%s, %s, %u a second: %.2f times",
				    asked_for[i].name, dresses[d], rates[k],
				    factor);
				CHECK(t.silent > 0 && t.told > 0,
				    "%s: dropped %lu, told %lu",
				    asked_for[i].name, t.silent, t.told);
			}
		}
	}
	printf("floods of %u to 100000 a second from one /24, %zu kinds of "
	       "questions: at most %.2f times what came in\n",
	    3 * RATE, COUNT(asked_for) * DRESSES, worst);
}

/* What is asked within the rate is answered whole; what is not ordinary may
 * have to come by TCP, but is never dropped. */
static void
test_honest(void)
{
	for (size_t i = 0; i < COUNT(asked_for); i++) {
		for (enum dress d = PLAIN; d < DRESSES; d++) {
			struct asked a;
			struct tally t;

			fresh_rate(2);
			dress_up(&a, i, d);
			t = flood(&a, 20 * RATE, RATE);
			CHECK(t.silent == 0, "%s, %s: %lu dropped",
			    asked_for[i].name, dresses[d], t.silent);
			CHECK(!asked_for[i].ordinary || t.told == 0,
			    "%s, %s: %lu of %u by TCP", asked_for[i].name,
			    dresses[d], t.told, 20 * RATE);
			/* the bound at any rate: 20 seconds, and one burst */
			CHECK((double)t.out <= 1.5 * (double)t.in +
				    20 * RATE * RBLD_RATE_OCTETS +
				    RBLD_RATE_LEAST,
			    "%s, %s: %.2f times", asked_for[i].name, dresses[d],
			    (double)t.out / (double)t.in);
		}
	}
}

/* A single question of a client that was never seen is answered, whatever it
 * is, and so is a handful. */
static void
test_few(void)
{
	for (size_t i = 0; i < COUNT(asked_for); i++) {
		struct asked a;
		struct tally t;

		fresh_rate(2);
		dress_up(&a, i, PLAIN);
		t = flood(&a, 8, 1000);
		CHECK(t.full == 8, "%s: %lu of 8", asked_for[i].name, t.full);
	}
}

/* Over the limit: who has proved its address is served on. */
static void
test_proved(void)
{
	uint8_t full[24];
	const uint8_t *got;
	struct asked a, plain;
	struct tally t;
	size_t n, len;
	unsigned whole = 0;

	fresh_rate(2);
	ask(&plain, "7.2.0.192" BL, RBLD_T_A, 0);
	t = flood(&plain, 5000, 100000);
	CHECK(t.full <= RATE + 20 && t.told * 2 >= t.silent - 2,
	    "full %lu, told %lu, silent %lu", t.full, t.told, t.silent);

	n = give(&plain, "203.0.113.66", true);
	CHECK(n > 0 && out[7] == 1, "TCP is not limited");
	n = give(&plain, "203.0.114.66", false);
	CHECK(n > 0 && out[7] == 1, "nor is another net");

	/* 7873-2: BADCOOKIE, now that the net is over its limit */
	ask(&a, "7.2.0.192" BL, RBLD_T_TXT, 1232);
	ask_option(&a, RBLD_O_COOKIE, "clientck", 8);
	n = give(&a, "203.0.113.66", false);
	n = n > 0 ? n : give(&a, "203.0.113.66", false);
	got = option_of(n, RBLD_O_COOKIE, &len);
	CHECK(full_rcode(n) == RBLD_BADCOOKIE && got != NULL && len == 24 &&
		(out[2] & 2) == 0 && out[7] == 0 && 2 * n <= 3 * a.len,
	    "7873-2 BADCOOKIE over the limit: %u", full_rcode(n));
	if (got == NULL) {
		return;
	}
	memcpy(full, got, 24);
	n = give(&a, "203.0.113.66", true);
	CHECK(rcode_of(n) == 0 && out[7] == 1, "7873-2 never over TCP");
	ask(&a, "7.2.0.192" BL, RBLD_T_TXT, 1232);
	ask_option(&a, RBLD_O_COOKIE, full, 24);
	for (unsigned i = 0; i < 5000; i++) {
		n = give(&a, "203.0.113.66", false);
		whole += n > 0 && out[7] == 1 && (out[2] & 2) == 0;
	}
	CHECK(whole == 5000, "a cookie of ours lifts the limit: %u", whole);
	n = give(&plain, "203.0.113.66", false);
	n += give(&plain, "203.0.113.66", false);
	CHECK(n <= plain.len, "its neighbours are still over it: %zu", n);

	fresh_rate(0);
	t = flood(&plain, 1000, 100000);
	CHECK(t.told == 0 && t.silent >= 700, "slip 0: %lu told", t.told);
	fresh_rate(1);
	t = flood(&plain, 1000, 100000);
	CHECK(t.silent == 0 && t.told >= 700, "slip 1: %lu dropped", t.silent);
}

/* Errors are no larger than what caused them, at any rate. */
static void
test_errors(void)
{
	static const struct {
		const char *name;
		unsigned at;
		uint8_t to;
	} rows[] = {
		{ "UPDATE", 2, 5 << 3 },
		{ "NOTIFY", 2, 4 << 3 },
		{ "no question", 5, 0 },
		{ "an answer", 7, 1 },
		{ "more records", 11, 9 },
	};
	struct asked a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally t;

		fresh_rate(2);
		ask(&a, "7.2.0.192" BL, RBLD_T_A, 1232);
		a.bytes[rows[i].at] = rows[i].to;
		t = flood(&a, 1000, 10000);
		CHECK(t.out > 0 && 2 * t.out <= 3 * t.in,
		    "%s: %lu of %lu octets", rows[i].name, t.out, t.in);
	}
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	world_make(&world);
	test_cookies();
	test_nsid();
	test_chaos();
	test_ede_text();
	test_floods();
	test_honest();
	test_few();
	test_proved();
	test_errors();
	rbld_rate_table_free(&table);
	world_end(&world);
	return failures != 0;
}
