/* test_zone_rbldnsd.c - reading rbldnsd's files: every type of data set, every
 * spelling, and what is refused. That the answers are those of the program
 * itself is compared in tests/flow/rbldnsd.sh.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "zone/format.h"

#define IP ZONE_KIND_IP
#define ADDRESS ZONE_KIND_ADDRESS
#define DOMAIN ZONE_KIND_DOMAIN

/* "KEY A text" of every line found, joined by " | ". A template is in <>, a
 * line that counts only over another begins with '~', one that does not give
 * way to an earlier one with '='. */
static int
collect(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	struct buf *b = ctx;
	char code[16], text[ZONE_KEY_TEXT];
	struct zone_key key;
	int r = zone_format_key(ctx == NULL ? IP
		: line->is_ip               ? IP
					    : DOMAIN,
	    line, &key, why);

	buf_str(b, b->len > 0 ? " | " : "");
	buf_str(b, line->over ? "~" : line->first ? "" : "=");
	buf_str(b, line->exempt ? "!" : "");
	if (line->is_ip && r == 0) {
		buf_str(b, zone_key_format(text, &key));
	} else {
		buf_add(b, line->key.at, line->key.len);
	}
	if (line->code != 0) {
		zone_code_format(code, line->code);
		buf_fmt(b, " %s",
		    strncmp(code, "127.0.0.", 8) == 0 ? code + 8 : code);
	}
	if (line->reason.len > 0) {
		buf_fmt(b, line->template ? " <%.*s>" : " %.*s",
		    (int)line->reason.len, line->reason.at);
	}
	return 0;
}

struct run {
	int r;
	uint64_t at, ignored, not_taken;
	struct err_text why, whole;
	struct buf found;
};

static struct run
run_text(const struct zone_format_about *about, const char *text, size_t len)
{
	struct zone_format_in in;
	struct run run = { 0 };
	size_t at = 0;

	run.r = zone_format_in_init(
	    &in, &zone_format_rbldnsd, about, collect, &run.found, &run.why);
	while (run.r == 0 && at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;

		run.r = zone_format_in_line(&in, span(text + at, n), &run.why);
		at += n + 1;
	}
	if (run.r == 0) {
		run.r = zone_format_in_end(&in, &run.why);
	}
	run.at = in.at;
	run.ignored = in.ignored;
	run.not_taken = in.not_taken;
	run.whole = in.whole;
	zone_format_in_fini(&in);
	return run;
}

static const struct {
	enum zone_kind kind;
	const char *type; /* NULL: as it looks */
	const char *text;
	const char *want; /* what was found; NULL: refused */
	const char *why;  /* refused: "LINE: part of the sentence" */
} cases[] = {
	/* ---- spellings of IPv4 ---- */
	{ IP, NULL, "# x\n; y\n\n203.0.114.9\n", "203.0.114.9 2", NULL },
	{ IP, NULL, "203.0.114.9 # x", "203.0.114.9 2", NULL },
	{ IP, NULL, "203.0.114.9;x", "203.0.114.9 2", NULL },
	{ IP, NULL, "203.0.114.9\t; x\r", "203.0.114.9 2", NULL },
	{ IP, NULL, "203.000.0114.009", "203.0.114.9 2", NULL },
	{ IP, NULL, "203.0.114", "203.0.114.0/24 2", NULL },
	{ IP, NULL, "203.0", "203.0.0.0/16 2", NULL },
	{ IP, NULL, "203/8", "203.0.0.0/8 2", NULL },
	{ IP, NULL, "203.16/12", "203.16.0.0/12 2", NULL },
	{ IP, NULL, "203/24", "203.0.0.0/24 2", NULL },
	{ IP, "ip4trie", "0/0", "0.0.0.0/0 2", NULL },
	{ IP, "ip4set", "203.0.114.9-203.0.114.9", "203.0.114.9 2", NULL },
	{ IP, "ip4set", "203.0.114.1-6",
	    "203.0.114.1 2 | 203.0.114.2/31 2 | 203.0.114.4/31 2 | "
	    "203.0.114.6 2",
	    NULL },
	{ IP, "ip4set", "203.0.114.0-203.0.115.255", "203.0.114.0/23 2", NULL },
	{ IP, "ip4set", "203.0.114-203.0.115", "203.0.114.0/23 2", NULL },
	{ IP, "ip4set", "203.0.114-115", "203.0.114.0/23 2", NULL },
	{ IP, "ip4set", "203.16-31", "203.16.0.0/12 2", NULL },
	{ IP, "ip4set", "20-23", "20.0.0.0/6 2", NULL },
	{ IP, "ip4set", "0-255", "0.0.0.0/0 2", NULL },
	{ IP, "ip4set", "0.0.0.0-255.255.255.255", "0.0.0.0/0 2", NULL },
	{ IP, "ip4set", "255.255.255.254-255", "255.255.255.254/31 2", NULL },
	{ IP, NULL, "10", NULL, "1: ambiguous" },
	{ IP, NULL, "nonsense", NULL, "1: no address" },
	{ IP, NULL, "/24", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.", NULL, "1: no address" },
	{ IP, NULL, "203.0..114", NULL, "1: no address" },
	{ IP, NULL, "256.0.0.1", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9.1", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9x", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9/33", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9/", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.0/24/24", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9/24", NULL, "1: host bits" },
	{ IP, NULL, "203.0.114.9-", NULL, "1: no address" },
	{ IP, NULL, "203.0.114.9-8", NULL, "1: ends before" },
	{ IP, NULL, "203.0.114.9-203.0.114", NULL, "1: octets" },
	{ IP, NULL, "203.0.114-203.0.114.9", NULL, "1: octets" },
	{ IP, NULL, "203.0.114.0/24-203.0.115.0/24", NULL, "1: no address" },
	{ IP, NULL, "!", NULL, "1: expected a key" },
	{ IP, NULL, "! # nothing", NULL, "1: no address" },
	{ IP, "ip4trie", "203.0.114.1-9", NULL, "1: only an ip4set" },
	{ IP, "ip4tset", "203.0.114.1-9", NULL, "1: only an ip4set" },

	/* ---- spellings of IPv6 ---- */
	{ IP, NULL, "2001:21ab:c000/36", "2001:21ab:c000::/36 2", NULL },
	{ IP, NULL, "2001:21ab:def7:4242", "2001:21ab:def7:4242::/64 2", NULL },
	{ IP, NULL, "2001:21AB", "2001:21ab::/32 2", NULL },
	{ IP, NULL, "2605:6001:42::/52", "2605:6001:42::/52 2", NULL },
	{ IP, NULL, "::1 # localhost", "::1 2", NULL },
	{ IP, NULL, "2a00/16", "2a00::/16 2", NULL },
	{ IP, NULL, "2001/16", "2001::/16 2", NULL },
	{ IP, "ip6trie", "20/8", NULL, "1: host bits" },
	{ IP, NULL, "1:2:3:4:5:6:7:8:5:x", "1:2:3:4:5:6:7:8 5 x", NULL },
	{ IP, NULL, "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0 2", NULL },
	{ IP, NULL, "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8 2", NULL },
	{ IP, NULL, "!2605:6001:42::bead", "!2605:6001:42::bead", NULL },
	{ IP, "ip6trie", "::/0", "::/0 2", NULL },
	{ IP, NULL, "2001", NULL, "1: ambiguous" },
	{ IP, NULL, "2001:", NULL, "1: no IPv6" },
	{ IP, NULL, "2001:db8:", NULL, "1: no IPv6" },
	{ IP, NULL, "2001:db8::1:", NULL, "1: no IPv6" },
	{ IP, NULL, "2001::db8::1", NULL, "1: no IPv6" },
	{ IP, NULL, "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8 9", NULL },
	{ IP, NULL, "1:2:3:4:5:6:7:8::", NULL, "1: no A value" },
	{ IP, NULL, "12345::1", NULL, "1: no IPv6" },
	{ IP, NULL, "2001:db8::1/129", NULL, "1: no IPv6" },
	{ IP, NULL, "2001:db8::1/64", NULL, "1: host bits" },
	{ IP, NULL, "::ffff:203.0.114.9", NULL, "1: no IPv6" },
	{ IP, NULL, "::ffff:cb00:7209", NULL, "1: as IPv6" },
	{ IP, "ip6trie", "203.0.114.9", NULL, "1: no IPv6" },
	{ IP, "ip4trie", "2001:db8::1", NULL, "1: no address" },

	/* ---- values ---- */
	{ IP, NULL,
	    ":127.0.0.3:Default text\n"
	    "203.0.114.1\n"
	    "203.0.114.2 :5\n"
	    "203.0.114.3 :6:\n"
	    "203.0.114.4 own text\n"
	    "203.0.114.5 :127.0.0.8:costs $$5 for $\n"
	    "203.0.114.6:9:x\n"
	    "!203.0.114.7 :4:a hole says nothing",
	    "203.0.114.1 3 Default text | 203.0.114.2 5 Default text | "
	    "203.0.114.3 6 | 203.0.114.4 3 own text | "
	    "203.0.114.5 8 <costs $$5 for $> | 203.0.114.6 9 x | "
	    "=!203.0.114.7",
	    NULL },
	{ IP, NULL, ":4:a\n:5\n203.0.114.1", "203.0.114.1 5", NULL },
	{ IP, NULL, ":127.4:a\n203.0.114.1 :127.1.5\n203.0.114.2",
	    "203.0.114.1 127.1.0.5 a | 203.0.114.2 4 a", NULL },
	{ IP, NULL, ": 4 : a \n203.0.114.1", NULL, "1: no A value" },
	{ IP, NULL, ":4 : a \n203.0.114.1", "203.0.114.1 4 a", NULL },
	{ IP, NULL, "203.0.114.1 :x:text", NULL, "1: no A value" },
	{ IP, NULL, "203.0.114.1 :256:text", NULL, "1: no A value" },
	{ IP, NULL, "203.0.114.1 :0:text", NULL, "1: no A value" },
	{ IP, NULL, "203.0.114.1 ::text", NULL, "1: no A value" },
	{ IP, NULL, "203.0.114.1 :", NULL, "1: no A value" },
	{ IP, NULL, "203.0.114.1 :4 text", NULL, "1: behind an A value" },
	{ IP, NULL, ":127.0.0.2,127.0.0.4:text", NULL, "1: behind an A value" },
	{ IP, NULL, ":1:text", NULL, "1: says nothing" },
	{ IP, NULL, ":10.0.0.2:text", NULL, "1: outside 127" },
	{ IP, NULL, ":127.255.255.254:text", NULL, "1: errors" },
	{ IP, NULL, "203.0.114.1 \xe9t\xe9", "203.0.114.1 2 \xc3\xa9t\xc3\xa9",
	    NULL },

	/* ---- templates ---- */
	{ IP, NULL,
	    "$1 See http://x/bl\n$2 for details\n"
	    "203.0.114.1  $1/spammer/$ $2\n"
	    "203.0.114.2  This spammer wants some $$$$.  $1/$\n"
	    "203.0.114.3  no $$",
	    "203.0.114.1 2 <See http://x/bl/spammer/$ for details> | "
	    "203.0.114.2 2 <This spammer wants some $$$$.  See "
	    "http://x/bl/$> | 203.0.114.3 2 no $",
	    NULL },
	{ IP, NULL,
	    "$= See http://x?$= ($) for details\n"
	    "203.0.114.1    r123\n203.0.114.2\n"
	    "203.0.114.3    =See others for details about $\n"
	    "203.0.114.4    cost $5 $$\n",
	    "203.0.114.1 2 <See http://x?r123 ($) for details> | "
	    "203.0.114.2 2 <See http://x?$ ($) for details> | "
	    "203.0.114.3 2 <See others for details about $> | "
	    "203.0.114.4 2 <See http://x?cost $$5 $$$$ ($) for details>",
	    NULL },
	{ IP, NULL, "203.0.114.1 =as it is", "203.0.114.1 2 as it is", NULL },
	{ IP, NULL, "203.0.114.1 ==as it is", "203.0.114.1 2 =as it is", NULL },
	{ IP, NULL, "203.0.114.1 a $= b", "203.0.114.1 2 a a $= b b", NULL },
	{ IP, NULL, "$1 a$b\n203.0.114.1 $1", "203.0.114.1 2 a$b", NULL },
	{ IP, NULL, "$1 a\n$1 b\n203.0.114.1 $1", "203.0.114.1 2 a", NULL },
	{ IP, NULL, "203.0.114.1 $7 up", "203.0.114.1 2 $7 up", NULL },
	{ IP, NULL, ":2:x $1\n$1 late\n203.0.114.1", "203.0.114.1 2 x late",
	    NULL },
	{ IP, NULL, "203.0.114.1 $7 up\n$7 x", NULL, "2: must stand above" },
	{ IP, NULL, "203.0.114.1 up\n$= x", NULL, "2: must stand above" },
	{ IP, NULL, "$= x\n203.0.114.1\n$= y", "203.0.114.1 2 x", NULL },
	{ IP, NULL, "$0", NULL, "1: not understood" },
	{ IP, NULL, "$0 ", NULL, "1: not understood" },
	{ IP, NULL, "$10 x", NULL, "1: not understood" },

	/* ---- lines with "$" ---- */
	{ IP, NULL,
	    "$SOA 0 a. b. 0 2h 2h 1w 1h\n$ns 1d ns.\n#$TTL 35m\n;$TTL 1\n"
	    ":$NAMESERVER 1 x\n203.0.114.1",
	    "203.0.114.1 2", NULL },
	{ IP, NULL, "#$Id: 7 $\n;$x\n203.0.114.1", "203.0.114.1 2", NULL },
	{ IP, NULL, "#$1 x\n203.0.114.1 $1", "203.0.114.1 2 x", NULL },
	{ IP, NULL, "$", NULL, "1: not understood" },
	{ IP, NULL, "$SOAP 1", NULL, "1: not understood" },
	{ IP, NULL, ":$x 1", NULL, "1: not understood" },
	{ IP, NULL, "$MAXRANGE4 /24\n203.0.114.0/24\n203.0.112.0/23", NULL,
	    "3: more than $MAXRANGE4" },
	{ IP, NULL, "$MAXRANGE4 256\n203.0.114.1-203.0.115.1", NULL,
	    "2: more than $MAXRANGE4" },
	{ IP, NULL, "$MAXRANGE4 1\n203.0.114.1\n!203.0/16",
	    "203.0.114.1 2 | =!203.0.0.0/16", NULL },
	{ IP, NULL, "$MAXRANGE4 /32\n$MAXRANGE4 /8\n203.0/16", NULL,
	    "3: more than $MAXRANGE4" },
	{ IP, NULL, "$MAXRANGE4 /0\n0-255", "0.0.0.0/0 2", NULL },
	{ IP, NULL, "$MAXRANGE4 0", NULL, "1: expected a number" },
	{ IP, NULL, "$MAXRANGE4 /33", NULL, "1: expected a number" },
	{ IP, NULL, "$MAXRANGE4", NULL, "1: expected a number" },
	{ IP, NULL, "$TIMESTAMP", NULL, "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 2005", NULL, "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 2005:13:01", NULL, "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 2005:02:30", NULL, "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 2005:01:01x", NULL, "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 2005:01:01 0 0", NULL,
	    "1: expected $TIMESTAMP" },
	{ IP, NULL, "$TIMESTAMP 0 +1d", NULL, "1: expected $TIMESTAMP" },

	/* ---- holes of sets and of tries ---- */
	{ IP, "ip4trie", "!203.0.114.0/25\n203.0.114.1\n!203.0.114.1",
	    "!203.0.114.0/25 | 203.0.114.1 2 | !203.0.114.1", NULL },
	{ IP, "ip4set", "!203.0.114.0/31\n203.0.114.1\n203.0.114.7",
	    "203.0.114.1 2 | 203.0.114.7 2 | =!203.0.114.0/31 | "
	    "~!203.0.114.0 | ~!203.0.114.1",
	    NULL },
	{ IP, "ip4set", "!203.0.114.0/31\n203.0.115.1\n203.0.114.0/24",
	    "203.0.115.1 2 | 203.0.114.0/24 2 | =!203.0.114.0/31", NULL },
	{ IP, "ip4set", "203.0.114.0/24\n!203.0.114.0/23\n",
	    "203.0.114.0/24 2 | =!203.0.114.0/23 | ~!203.0.114.0/24 | "
	    "~!203.0.115.0/24",
	    NULL },
	{ IP, "ip4set", "203/8\n!202/7\n",
	    "203.0.0.0/8 2 | =!202.0.0.0/7 | ~!202.0.0.0/8 | ~!203.0.0.0/8",
	    NULL },
	{ IP, "ip4set", "203.0.114.9\n!203.0.114.9\n",
	    "203.0.114.9 2 | =!203.0.114.9", NULL },

	/* ---- trivial sets ---- */
	{ IP, "ip4tset", ":4:all\n203.0.114.1 :5:not this\n:6:nor this",
	    "203.0.114.1 4 all", NULL },
	{ IP, "ip4tset", "203.0.114.1\n:4:too late", NULL,
	    "2: must stand above" },
	{ IP, "ip4tset", "203.0.114.0/24", NULL, "1: single addresses" },
	{ IP, "ip4tset", "!203.0.114.1", NULL, "1: single addresses" },
	{ IP, "ip6tset",
	    ":4:all\n2001:21ab:def7:4242 :5:x\n!2001:21ab:def7:4242::1",
	    "2001:21ab:def7:4242::/64 4 all | !2001:21ab:def7:4242::1", NULL },
	{ IP, "ip6tset", "2001:21ab:def7", NULL, "1: four words" },
	{ IP, "ip6tset", "2001:21ab:def7:4242::", NULL, "1: four words" },
	{ IP, "ip6tset", "!2001:21ab:def7:4242", NULL, "1: one address" },
	{ IP, "ip6tset", "::1", NULL, "1: no A value" },

	/* ---- names ---- */
	{ DOMAIN, NULL, "*.a.example\n.b.example :2:x $\nC.example.",
	    "*.a.example 2 | .b.example 2 <x $> | C.example 2", NULL },
	{ DOMAIN, "dnset", "!.B.example\nb.example\n!*.c.example\n!d.example.",
	    "b.example 2 | =!.b.example | ~!b.example | ~!*.b.example | "
	    "=!*.c.example | =!d.example",
	    NULL },
	{ DOMAIN, NULL, "!.", NULL, "1: " },
	{ DOMAIN, NULL, "!a_b..example", NULL, "1: " },
	{ ADDRESS, NULL, "96f7cb77e218770935aaec330d77664c6412f402 :2:x",
	    "96f7cb77e218770935aaec330d77664c6412f402 2 x", NULL },
	{ DOMAIN, "ip4set", "", NULL, "0: not for lists" },
	{ IP, "dnset", "", NULL, "0: not for lists" },
	{ IP, "ip5set", "", NULL, "0: no rbldnsd data set" },

	/* ---- combined ---- */
	{ IP, NULL,
	    "$1 base\n$DATASET ip4trie @\n:4:x $1\n203.0.114.1\n"
	    "$DATASET ip6trie:name a @ # all\n2605:6001:42::1 $1",
	    "203.0.114.1 4 x base | 2605:6001:42::1 2 base", NULL },
	{ IP, "combined",
	    "$DATASET ip4set a\n203.0.114.1\n$DATASET dnset @\na.example\n"
	    "$DATASET ip4tset b. @\n203.0.114.2\n$1 x\n"
	    "$DATASET ip4set c @\n203.0.114.3 $1",
	    "203.0.114.2 2 | 203.0.114.3 2 $1", NULL },
	{ IP, "combined", "203.0.114.1", NULL, "1: $DATASET first" },
	{ IP, NULL, "203.0.114.1\n$DATASET ip4set @", NULL,
	    "2: began with entries" },
	{ IP, NULL, ":4:x\n$DATASET ip4set @", NULL, "2: not of type" },
	{ IP, "ip4set", "$DATASET ip4set @", NULL, "1: not of type" },
	{ IP, NULL, "$DATASET acl @", NULL, "1: not understood" },
	{ IP, NULL, "$DATASET combined @", NULL, "1: not understood" },
	{ IP, NULL, "$DATASET", NULL, "1: not understood" },
	{ IP, NULL, "$1 a\n$DATASET ip4set @\n$1 b\n203.0.114.1 $1",
	    "203.0.114.1 2 a", NULL },

	/* ---- generic ---- */
	{ IP, "generic",
	    "@ MX 10 mx.example\nwww 3000 A 192.0.2.1\nwww TXT x\n"
	    "9.114.0.203 TXT \"costs $5\"\n9.114.0.203 IN A 127.0.0.4\n"
	    "8.114.0.203 1d A 127.0.0.5\n7.114.0.203 TXT no A",
	    "203.0.114.8 5 | 203.0.114.9 4 costs $5", NULL },
	{ IP, "generic",
	    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.4.0.0.1.0.0.6.5.0.6.2 "
	    "A 127.0.0.2",
	    "2605:6001:42::1 2", NULL },
	{ IP, "generic",
	    "x.114.0.203 A 127.0.0.4\n114.0.203 A 127.0.0.4\n"
	    "09.114.0.203 A 127.0.0.4",
	    "", NULL },
	{ DOMAIN, "generic", "A.example A 127.0.0.4\n@ A 127.0.0.8",
	    "A.example 4", NULL },
	{ IP, "generic", "9.114.0.203 A 127.0.0.4\n9.114.0.203 A 127.0.0.5",
	    NULL, "2: second record" },
	{ IP, "generic", "9.114.0.203 AAAA ::1", NULL, "1: another type" },
	{ IP, "generic", "9.114.0.203", NULL, "1: expected a name" },
	{ IP, "generic", "9.114.0.203 A x", NULL, "1: IPv4" },
	{ IP, "generic", "9.114.0.203 A", NULL, "1: IPv4" },
	{ IP, "generic", ":2:x", NULL, "1: no defaults" },
};

static struct zone_format_about
about(enum zone_kind kind, const char *type)
{
	return (struct zone_format_about){
		.list = "list", .kind = kind, .code = 0x7f000002, .type = type
	};
}

static void
check_cases(void)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *text = cases[i].text;
		struct zone_format_about a =
		    about(cases[i].kind, cases[i].type);
		struct run run = run_text(&a, text, strlen(text));
		const char *got = run.found.len > 0 ? run.found.data : "";

		if (cases[i].want != NULL) {
			CHECK(run.r == 0 && strcmp(got, cases[i].want) == 0,
			    "\"%s\": %d \"%s\" (%s)", text, run.r, got,
			    run.why.text);
		} else {
			const char *part = strchr(cases[i].why, ' ') + 1;

			CHECK(run.r < 0 &&
				run.at == strtoul(cases[i].why, NULL, 10) &&
				run.why.text[0] != '\0' &&
				strstr(run.why.text, part) != NULL,
			    "\"%s\": %d \"%s\" (%llu: %s)", text, run.r, got,
			    (unsigned long long)run.at, run.why.text);
		}
		buf_free(&run.found);
	}
}

/* Parts and options that the table has no column for. */
static void
check_parts(void)
{
	static const char text[] =
	    "$DATASET ip4set:one proxies @\n203.0.114.1\n"
	    "$DATASET ip4set:two relays\n203.0.114.2\n"
	    "$DATASET dnset:names names\na.example\n";
	static const struct {
		enum zone_kind kind;
		const char *subzone, *dataset, *want, *whole;
	} parts[] = {
		{ IP, NULL, NULL, "203.0.114.1 2", "" },
		{ IP, "proxies", NULL, "203.0.114.1 2", "" },
		{ IP, "Relays.", NULL, "", "has: proxies, @, relays, names" },
		{ IP, "relays", NULL, "203.0.114.2 2", "" },
		{ IP, NULL, "two", "203.0.114.2 2", "" },
		{ IP, "proxies", "two", "", "and named two" },
		{ IP, "nowhere", NULL, "", "\"nowhere\"" },
		{ IP, "names", NULL, "", "" },
		{ DOMAIN, "names", NULL, "a.example 2", "" },
		{ DOMAIN, NULL, NULL, "", "" },
	};

	for (size_t i = 0; i < COUNT(parts); i++) {
		struct zone_format_about a = about(parts[i].kind, NULL);
		struct run run;

		a.subzone = parts[i].subzone;
		a.dataset = parts[i].dataset;
		run = run_text(&a, text, sizeof(text) - 1);
		CHECK(run.r == 0 &&
			strcmp(run.found.len > 0 ? run.found.data : "",
			    parts[i].want) == 0 &&
			(parts[i].whole[0] == '\0'
				? run.whole.text[0] == '\0'
				: strstr(run.whole.text, parts[i].whole) !=
				    NULL),
		    "part %zu: %d \"%s\" (%s)", i, run.r,
		    run.found.len > 0 ? run.found.data : "", run.whole.text);
		CHECK(run.not_taken == (parts[i].want[0] != '\0' ? 2 : 3),
		    "part %zu: %llu not taken", i,
		    (unsigned long long)run.not_taken);
		buf_free(&run.found);
	}
}

static void
check_host_bits(void)
{
	static const char text[] =
	    "203.0.114.9/24\n203.0.114.9/8\n2001:db8::1/32\n!203.0.114.7/31";
	struct zone_format_about a = about(IP, NULL);
	struct run run;

	a.host_bits = true;
	run = run_text(&a, text, sizeof(text) - 1);
	CHECK(run.r == 0 &&
		strcmp(run.found.data,
		    "203.0.114.0/24 2 | 203.0.0.0/8 2 | 2001:db8::/32 2 | "
		    "=!203.0.114.6/31") == 0,
	    "host bits: %d %s (%s)", run.r, run.found.data, run.why.text);
	buf_free(&run.found);
}

static void
check_age(void)
{
	static const struct {
		const char *text, *whole;
	} ages[] = {
		{ "$TIMESTAMP 2005:01:02", "" },
		{ "$TIMESTAMP 2005:01:02:03:04:05 0", "" },
		{ "$TIMESTAMP 20050102030405", "" },
		{ "$TIMESTAMP 2005-01-02 -", "" },
		{ "$TIMESTAMP 0 2006:01:01",
		    "expired at 2006-01-01T00:00:00Z" },
		{ "$TIMESTAMP 2005:01:02 +1w",
		    "expired at 2005-01-09T00:00:00Z" },
		{ "$TIMESTAMP 2005:01:02:12 +3600",
		    "expired at 2005-01-02T13:00:00Z" },
		{ "$TIMESTAMP 9999:01:01", "yet to come" },
		{ "$TIMESTAMP 2005:01:02 9999:01:01", "" },
	};
	struct zone_format_about a = about(IP, NULL);

	for (size_t i = 0; i < COUNT(ages); i++) {
		struct run run =
		    run_text(&a, ages[i].text, strlen(ages[i].text));

		CHECK(run.r == 0 &&
			(ages[i].whole[0] == '\0' ? run.whole.text[0] == '\0'
						  : strstr(run.whole.text,
							ages[i].whole) != NULL),
		    "%s: %d %s (%s)", ages[i].text, run.r, run.whole.text,
		    run.why.text);
		buf_free(&run.found);
	}
}

/* A refused default is not silently the one before it. */
static void
check_bad_default(void)
{
	static const char *const lines[] = { ":4:right", "203.0.114.1",
		":1:wrong", "203.0.114.2", "203.0.114.3 :5", "203.0.114.4 text",
		"203.0.114.5 :5:own", ":6:again", "203.0.114.6" };
	static const bool right[] = { true, true, false, false, false, false,
		true, true, true };
	struct zone_format_about a = about(IP, NULL);
	struct zone_format_in in;
	struct buf found = { 0 };
	struct err_text why = { "" };
	int r = zone_format_in_init(
	    &in, &zone_format_rbldnsd, &a, collect, &found, &why);

	CHECK(r == 0, "init: %d", r);
	for (size_t i = 0; i < COUNT(lines); i++) {
		r = zone_format_in_line(&in, span_str(lines[i]), &why);
		CHECK((r == 0) == right[i], "%s: %d", lines[i], r);
	}
	CHECK(strcmp(found.data,
		  "203.0.114.1 4 right | 203.0.114.5 5 own | "
		  "203.0.114.6 6 again") == 0,
	    "%s", found.data);
	in.cut = true;
	r = zone_format_in_line(&in, span_str("203.0.114.7"), &why);
	CHECK(r == ERR_FORMAT && strstr(why.text, "cut short") != NULL,
	    "a last line without its end: %d %s", r, why.text);
	r = zone_format_in_line(&in, span("", 0), &why);
	CHECK(r == 0, "the end behind the last line feed: %d", r);
	zone_format_in_fini(&in);
	buf_free(&found);
}

/* However long a text gets by its variables, it ends. */
static void
check_long(void)
{
	struct zone_format_about a = about(IP, NULL);
	struct buf b = { 0 };
	struct run run;

	buf_str(&b, "$1 ");
	for (int i = 0; i < 60000; i++) {
		buf_u8(&b, '$');
	}
	buf_str(&b, "\n203.0.114.1 ");
	for (int i = 0; i < 200; i++) {
		buf_str(&b, "$1");
	}
	buf_str(&b, "$\n203.0.114.2 ");
	for (int i = 0; i < 400; i++) {
		buf_str(&b, "$");
		buf_str(&b, i < 200 ? "x" : "$");
	}
	run = run_text(&a, b.data, b.len);
	CHECK(run.r == 0 && run.found.len < 1200, "%d, %zu bytes", run.r,
	    run.found.len);
	buf_free(&run.found);
	buf_free(&b);
}

int
main(void)
{
	check_cases();
	check_parts();
	check_host_bits();
	check_age();
	check_bad_default();
	check_long();
	return failures != 0;
}
