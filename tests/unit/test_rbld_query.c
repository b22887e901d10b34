/* test_rbld_query.c - packets that are questions, and many that are not. */
#include <string.h>

#include "rbld/query.h"
#include "tests/unit/check.h"

#define B(s) (s), sizeof(s) - 1
/* id 1, RD, counts; a question "hi. A IN"; an OPT of 4096 octets */
#define H(flags, qd, an, ns, ar) "\0\1" flags "\0" qd "\0" an "\0" ns "\0" ar
#define HI "\2hi\0\0\1\0\1"
#define OPT "\0\0\x29\x10\0\0\0\0\0\0\0"
#define OPT_V1 "\0\0\x29\x10\0\0\1\0\0\0\0"
#define TSIG "\1k\0\0\xfa\0\xff\0\0\0\0\0\0"
#define RR "\xc0\x0c\0\1\0\1\0\0\0\0\0\4abcd"
#define L63    \
	"\x3f" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L61    \
	"\x3d" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L62    \
	"\x3e" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	enum rbld_parse want;
	int edns; /* 1: OPT seen, 0: not, -1: either */
} cases[] = {
	{ "one question", B(H("\1\0", "\1", "\0", "\0", "\0") HI),
	    RBLD_PARSE_OK, 0 },
	{ "the root", B(H("\1\0", "\1", "\0", "\0", "\0") "\0\0\2\0\1"),
	    RBLD_PARSE_OK, 0 },
	{ "6891-1 with an OPT", B(H("\1\0", "\1", "\0", "\0", "\1") HI OPT),
	    RBLD_PARSE_OK, 1 },
	{ "6891-5 unknown option",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI
		"\0\0\x29\x10\0\0\0\0\0\0\6\xfd\xe9\0\2xx"),
	    RBLD_PARSE_OK, 1 },
	{ "6891-5 Z bits",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI
		"\0\0\x29\x10\0\0\0\x7f\xff\0\0"),
	    RBLD_PARSE_OK, 1 },
	{ "6891-6 OPT behind another record",
	    B(H("\1\0", "\1", "\0", "\0", "\2") HI RR OPT), RBLD_PARSE_OK, 1 },
	{ "6891-6 OPT before another record",
	    B(H("\1\0", "\1", "\0", "\0", "\2") HI OPT RR), RBLD_PARSE_OK, 1 },
	{ "6891-6 TSIG last", B(H("\1\0", "\1", "\0", "\0", "\2") HI OPT TSIG),
	    RBLD_PARSE_OK, 1 },
	{ "1995 IXFR has an SOA in authority",
	    B(H("\1\0", "\1", "\0", "\1", "\0") "\2hi\0\0\xfb\0\1" RR),
	    RBLD_PARSE_OK, 0 },
	{ "AA, TC, RA, Z, AD, CD of a query mean nothing",
	    B(H("\7\xf0", "\1", "\0", "\0", "\0") HI), RBLD_PARSE_OK, 0 },
	{ "255 octets of name",
	    B(H("\1\0", "\1", "\0", "\0", "\0") L63 L63 L63 L61 "\0\0\1\0\1"),
	    RBLD_PARSE_OK, 0 },

	{ "DNS-9 a response", B(H("\x81\0", "\1", "\0", "\0", "\0") HI),
	    RBLD_PARSE_DROP, -1 },
	{ "DNS-9 a response of opcode 4",
	    B(H("\xa1\0", "\1", "\0", "\0", "\0") HI), RBLD_PARSE_DROP, -1 },
	{ "DNS-9 nothing", B(""), RBLD_PARSE_DROP, -1 },
	{ "DNS-9 eleven octets", B("\0\1\1\0\0\1\0\0\0\0\0"), RBLD_PARSE_DROP,
	    -1 },
	{ "DNS-9 a header alone", B(H("\1\0", "\1", "\0", "\0", "\0")),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 no question", B(H("\1\0", "\0", "\0", "\0", "\0")),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 no question but an OPT",
	    B(H("\1\0", "\0", "\0", "\0", "\1") OPT), RBLD_PARSE_FORMERR, 1 },
	{ "DNS-9 two questions", B(H("\1\0", "\2", "\0", "\0", "\0") HI HI),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 two questions and an OPT",
	    B(H("\1\0", "\2", "\0", "\0", "\1") HI HI OPT), RBLD_PARSE_FORMERR,
	    1 },
	{ "DNS-9 65535 questions promised",
	    B("\0\1\1\0\xff\xff\0\0\0\0\0\0" HI), RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 a pointer as name",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\xc0\x0c\0\1\0\1"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 a pointer behind a label",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\2hi\xc0\x0c\0\1\0\1"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 a label of 64",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\x40"
						"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
						"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
						"aaaa\0\0\1\0\1"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 256 octets of name",
	    B(H("\1\0", "\1", "\0", "\0", "\0") L63 L63 L63 L62 "\0\0\1\0\1"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 a name without end",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\2hi"), RBLD_PARSE_FORMERR,
	    0 },
	{ "DNS-9 a label longer than the packet",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\x0fhi\0\0\1\0\1"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 no type", B(H("\1\0", "\1", "\0", "\0", "\0") "\2hi\0"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 half a class",
	    B(H("\1\0", "\1", "\0", "\0", "\0") "\2hi\0\0\1\0"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 an answer in the question",
	    B(H("\1\0", "\1", "\1", "\0", "\0") HI RR), RBLD_PARSE_FORMERR, 0 },
	{ "DNS-9 an answer in the question, and an OPT",
	    B(H("\1\0", "\1", "\1", "\0", "\1") HI RR OPT), RBLD_PARSE_FORMERR,
	    1 },
	{ "octets behind the message",
	    B(H("\1\0", "\1", "\0", "\0", "\0") HI "x"), RBLD_PARSE_FORMERR,
	    0 },
	{ "an additional record that is not there",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI), RBLD_PARSE_FORMERR, 0 },
	{ "half an OPT",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI "\0\0\x29\x10\0\0\0"),
	    RBLD_PARSE_FORMERR, 0 },
	{ "6891-3 two OPT", B(H("\1\0", "\1", "\0", "\0", "\2") HI OPT OPT),
	    RBLD_PARSE_FORMERR, 1 },
	{ "6891-3 two OPT, one of version 1",
	    B(H("\1\0", "\1", "\0", "\0", "\2") HI OPT OPT_V1),
	    RBLD_PARSE_FORMERR, 1 },
	{ "6891-5 option longer than the OPT",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI
		"\0\0\x29\x10\0\0\0\0\0\0\6\0\xa\0\5xx"),
	    RBLD_PARSE_FORMERR, 1 },
	{ "6891-5 half an option",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI
		"\0\0\x29\x10\0\0\0\0\0\0\3\0\xa\0"),
	    RBLD_PARSE_FORMERR, 1 },
	{ "an OPT that is not the root's",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI "\1x" OPT),
	    RBLD_PARSE_FORMERR, 1 },
	{ "8945-1 TSIG is not last",
	    B(H("\1\0", "\1", "\0", "\0", "\2") HI TSIG OPT),
	    RBLD_PARSE_FORMERR, 1 },
	{ "8945-1 two TSIG", B(H("\1\0", "\1", "\0", "\0", "\2") HI TSIG TSIG),
	    RBLD_PARSE_FORMERR, 0 },
	{ "6891-2 version 1", B(H("\1\0", "\1", "\0", "\0", "\1") HI OPT_V1),
	    RBLD_PARSE_BADVERS, 1 },
	{ "6891-2 version 255",
	    B(H("\1\0", "\1", "\0", "\0", "\1") HI
		"\0\0\x29\x10\0\0\xff\0\0\0\0"),
	    RBLD_PARSE_BADVERS, 1 },
	{ "DNS-9 opcode 1", B(H("\x09\0", "\1", "\0", "\0", "\0") HI),
	    RBLD_PARSE_NOTIMP, 0 },
	{ "DNS-9 STATUS with an OPT",
	    B(H("\x11\0", "\1", "\0", "\0", "\1") HI OPT), RBLD_PARSE_NOTIMP,
	    1 },
	{ "DNS-9 UPDATE", B(H("\x29\0", "\1", "\1", "\1", "\0") HI RR RR),
	    RBLD_PARSE_NOTIMP, 0 },
	{ "DNS-9 opcode 15, a header alone",
	    B(H("\x79\0", "\0", "\0", "\0", "\0")), RBLD_PARSE_NOTIMP, 0 },
	{ "1996-2 NOTIFY", B(H("\x21\0", "\1", "\0", "\0", "\0") HI),
	    RBLD_PARSE_NOTAUTH, 0 },
	{ "1996 NOTIFY with its SOA",
	    B(H("\x25\0", "\1", "\1", "\0", "\0") HI RR), RBLD_PARSE_NOTAUTH,
	    0 },
};

static void
test_payload(void)
{
	static const struct {
		const char *name;
		uint8_t hi, lo;
		unsigned want;
	} sizes[] = {
		{ "6891-4 0 is 512", 0, 0, 512 },
		{ "6891-4 511 is 512", 1, 0xff, 512 },
		{ "6891-4 512", 2, 0, 512 },
		{ "6891-4 4096", 0x10, 0, 4096 },
		{ "6891-4 65535", 0xff, 0xff, 65535 },
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		char bytes[] = H("\1\0", "\1", "\0", "\0", "\1") HI OPT;
		struct rbld_query q;

		bytes[12 + 8 + 3] = (char)sizes[i].hi;
		bytes[12 + 8 + 4] = (char)sizes[i].lo;
		CHECK(rbld_query_parse(bytes, sizeof(bytes) - 1, &q) ==
			RBLD_PARSE_OK,
		    "%s", sizes[i].name);
		CHECK(q.payload == sizes[i].want, "%s: %u", sizes[i].name,
		    q.payload);
	}
}

/* An OPT with these options, behind one question or none. */
static enum rbld_parse
parse_options(
    const char *options, size_t len, bool question, struct rbld_query *q)
{
	static char bytes[600]; /* the query borrows it */
	size_t n = 12;

	memcpy(bytes, H("\1\0", "\1", "\0", "\0", "\1"), 12);
	bytes[5] = question;
	if (question) {
		memcpy(bytes + n, HI, sizeof(HI) - 1);
		n += sizeof(HI) - 1;
	}
	memcpy(bytes + n, OPT, sizeof(OPT) - 1);
	n += sizeof(OPT) - 1;
	bytes[n - 2] = (char)(len >> 8);
	bytes[n - 1] = (char)len;
	memcpy(bytes + n, options, len);
	return rbld_query_parse(bytes, n + len, q);
}

#define COOKIE8      \
	"\0\xa\0\x8" \
	"12345678"
#define NSID "\0\3\0\0"
#define KEEPALIVE "\0\xb\0\0"

static void
test_options(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len;
		unsigned asks;
		bool ok;
	} rows[] = {
		{ "no options", B(""), 0, true },
		{ "5001-1 NSID", B(NSID), RBLD_ASKS_NSID, true },
		{ "5001-1 its payload is ignored", B("\0\3\0\2xx"),
		    RBLD_ASKS_NSID, true },
		{ "7828 keepalive", B(KEEPALIVE), RBLD_ASKS_KEEPALIVE, true },
		{ "7828 with a time", B("\0\xb\0\2\0\1"), RBLD_ASKS_KEEPALIVE,
		    true },
		{ "7873-1 a cookie", B(COOKIE8), RBLD_ASKS_COOKIE, true },
		{ "all of them, and others",
		    B("\xfd\xe9\0\0" KEEPALIVE "\0\xc\0\3\0\0\0" COOKIE8 NSID
		      "\0\0\0\1x"),
		    RBLD_ASKS_NSID | RBLD_ASKS_COOKIE | RBLD_ASKS_KEEPALIVE,
		    true },
		{ "7873 the first of two cookies",
		    B(COOKIE8 "\0\xa\0\x8"
			      "abcdefgh"),
		    RBLD_ASKS_COOKIE, true },
		{ "7873 the second one is ignored, however it is",
		    B(COOKIE8 "\0\xa\0\0"), RBLD_ASKS_COOKIE, true },
		{ "7873-1 the first one is not", B("\0\xa\0\0" COOKIE8), 0,
		    false },
		{ "6891-5 an option cut short behind a good one",
		    B(COOKIE8 "\0\3\0\1"), 0, false },
		{ "6891-5 half a code", B(NSID "\0"), 0, false },
		{ "6891-5 no length", B(NSID "\0\3\0"), 0, false },
		{ "6891-5 65535 octets promised",
		    B("\0\3\xff\xff"
		      "x"),
		    0, false },
	};
	struct rbld_query q;
	char cookie[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum rbld_parse got =
		    parse_options(rows[i].bytes, rows[i].len, true, &q);

		CHECK(got == (rows[i].ok ? RBLD_PARSE_OK : RBLD_PARSE_FORMERR),
		    "%s: %d", rows[i].name, got);
		CHECK(q.asks == rows[i].asks && q.edns, "%s: asks %u",
		    rows[i].name, q.asks);
		CHECK((q.asks & RBLD_ASKS_COOKIE) == 0 ||
			(q.cookie_len == 8 &&
			    memcmp(q.cookie, "12345678", 8) == 0),
		    "%s: the cookie", rows[i].name);
	}
	for (size_t n = 0; n <= 50; n++) {
		bool ok = n == 8 || (n >= 16 && n <= 40);
		enum rbld_parse got;

		memset(cookie, 'c', sizeof(cookie));
		memcpy(cookie, "\0\xa\0", 3);
		cookie[3] = (char)n;
		got = parse_options(cookie, n + 4, true, &q);
		CHECK(got == (ok ? RBLD_PARSE_OK : RBLD_PARSE_FORMERR) &&
			(!ok || q.cookie_len == n),
		    "7873-1 %zu octets: %d", n, got);
		got = parse_options(cookie, n + 4, false, &q);
		CHECK(got == (ok ? RBLD_PARSE_COOKIE : RBLD_PARSE_FORMERR),
		    "7873 %zu octets and no question: %d", n, got);
	}
	CHECK(parse_options(B(NSID), false, &q) == RBLD_PARSE_FORMERR,
	    "no question and no cookie");
}

static void
test_fields(void)
{
	static const char bytes[] =
	    "\xab\xcd\1\0\0\1\0\0\0\0\0\1"
	    "\3aBc\1d\0\xff\x01\0\3\0\0\x29\4\0\0\0\x80\0\0\0";
	struct rbld_query q;

	CHECK(rbld_query_parse(B(bytes), &q) == RBLD_PARSE_OK, "fields");
	CHECK(q.id == 0xabcd, "id %x", q.id);
	CHECK(q.type == 0xff01 && q.class == 3, "%x %x", q.type, q.class);
	CHECK(q.name == (const uint8_t *)bytes + 12 && q.name_len == 7,
	    "name_len %u", q.name_len);
	CHECK(q.labels == 2 && q.label_at[0] == 0 && q.label_at[1] == 4,
	    "labels %u", q.labels);
	CHECK(q.dnssec_ok && q.edns, "DO");
}

int
main(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rbld_query q = { 0 };
		enum rbld_parse got =
		    rbld_query_parse(cases[i].bytes, cases[i].len, &q);

		CHECK(got == cases[i].want, "%s: got %d", cases[i].name, got);
		CHECK(cases[i].edns < 0 || q.edns == cases[i].edns,
		    "%s: edns %d", cases[i].name, q.edns);
	}
	test_payload();
	test_options();
	test_fields();
	return failures != 0;
}
