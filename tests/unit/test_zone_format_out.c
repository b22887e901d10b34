/* test_zone_format_out.c - the formats that other programs read: their lines,
 * what is left out, and that holes never come out as listed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "zone/format.h"

#define IP ZONE_KIND_IP
#define ADDRESS ZONE_KIND_ADDRESS
#define DOMAIN ZONE_KIND_DOMAIN

static struct zone_format_about
about(enum zone_kind kind)
{
	return (struct zone_format_about){
		.list = kind == IP ? "ip" : kind == ADDRESS ? "address" : "domain",
		.kind = kind,
		.code = 0x7f000002,
		.serial = 7,
		.time = 1795253400, /* 2026-11-21T09:30:00Z */
		.licence = "CC0",
		.see = kind == IP ? "https://bl.example.gr" : NULL,
	};
}

/* Keys of TEXT, one word each, "!" before an exemption, through FORMAT. */
static void
write_keys(const struct zone_format *format, enum zone_kind kind,
    const char *text, struct buf *b, struct zone_format_out *out)
{
	struct zone_format_about a = about(kind);
	struct err_text why = { "" };
	int r = zone_format_out_init(out, format, &a, &why);

	CHECK(r == 0, "%s: %s", format->name, why.text);
	for (int pass = 0; pass < 2 && r == 0; pass++) {
		const char *at = text;

		while (*at != '\0' && r == 0) {
			size_t n = strcspn(at, " ");
			bool hole = at[0] == '!';
			struct zone_entry e = { .detail = 1,
				.code = hole ? 0 : 0x7f000002 };
			struct zone_detail d = { .id = 1,
				.code = e.code,
				.created = 1795253400,
				.by = span_str("ada"),
				.source = span_str("trap"),
				.reason = span_str("=1+1, \"or\"") };

			r = zone_key_parse(
			    kind, span(at + hole, n - hole), &e.key, &why);
			CHECK(r == 0, "%.*s: %s", (int)n, at, why.text);
			if (pass == 1) {
				zone_format_out_entry(out, &e, &d);
			} else if (hole && format->flat) {
				zone_format_out_exempt(out, &e);
			}
			at += n + (at[n] == ' ');
		}
	}
	r = zone_format_out_end(out, b);
	CHECK(r == 0, "%s: end %d", format->name, r);
	zone_format_out_fini(out);
}

/* ---- lines --------------------------------------------------------------- */

#define HEAD(mark, list, entries, more)                                \
	mark " list: " list "\n" mark " serial: 7\n" mark              \
	     " time: 2026-11-21T09:30:00Z\n" mark " entries: " entries \
	     "\n" more mark " licence: CC0\n"

#define IPS "203.0.114.0/30 !203.0.114.1 203.0.115.1 2605:6001:42::/64"
#define CUT "# exemptions, cut out of what is listed: 1\n"
#define SEE "listed in ip, see https://bl.example.gr/lookup"
#define ADDRESSES                                                       \
	"/slash@example.gr #hash@example.gr a#b@example.gr ann@x.gr "   \
	"!ann+tag@x.gr a*b@x.gr "                                       \
	"sha1:00112233445566778899aabbccddeeff00112233 zoe@example.gr " \
	"bob@example.gr"
#define LEFT(n)                                               \
	"# left out, known by digest only: 1\n"               \
	"# left out, not expressible here: " n "\n"           \
	"# left out, exemptions: 1\n"                         \
	"# left out, exempted in another spelling: 1\n"

static const struct {
	const struct zone_format *format;
	enum zone_kind kind;
	const char *keys, *want;
} writes[] = {
	{ &zone_format_postfix, IP, IPS,
	    HEAD("#", "ip", "4", CUT) "203.0.114.0\tREJECT " SEE "\n"
				      "203.0.114.2/31\tREJECT " SEE "\n"
				      "203.0.115.1\tREJECT " SEE "\n"
				      "2605:6001:42::/64\tREJECT " SEE "\n" },
	{ &zone_format_postfix, ADDRESS, ADDRESSES,
	    HEAD("#", "address", "2", LEFT("4"))
		"zoe@example.gr\tREJECT listed in address\n"
		"bob@example.gr\tREJECT listed in address\n" },
	{ &zone_format_exim, IP, IPS,
	    HEAD("#", "ip", "4", CUT) "203.0.114.0: " SEE "\n"
				      "203.0.114.2/31: " SEE "\n"
				      "203.0.115.1: " SEE "\n"
				      "\"2605:6001:42::/64\": " SEE "\n" },
	{ &zone_format_exim, ADDRESS, ADDRESSES " \"q\\\"t\"@example.gr",
	    HEAD("#", "address", "6", LEFT("1"))
		"\"/slash@example.gr\": listed in address\n"
		"\"#hash@example.gr\": listed in address\n"
		"\"a#b@example.gr\": listed in address\n"
		"\"a*b@x.gr\": listed in address\n"
		"\"zoe@example.gr\": listed in address\n"
		"\"bob@example.gr\": listed in address\n" },
	{ &zone_format_sendmail, IP,
	    "45.0.0.0/8 45.1.2.0/24 203.0.0.0/15 203.2.114.0/31 "
	    "2605:6001:42::1 2605:6001:43::/48 2605:6002::/31",
	    HEAD("#", "ip", "9",
		"") "Connect:45\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:203.0\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:203.1\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:203.2.114.0\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:203.2.114.1\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:IPv6:2605:6001:42:0:0:0:0:1\t"
		    "ERROR:5.7.1:550 " SEE "\n"
		    "Connect:IPv6:2605:6001:43\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:IPv6:2605:6002\tERROR:5.7.1:550 " SEE "\n"
		    "Connect:IPv6:2605:6003\tERROR:5.7.1:550 " SEE "\n" },
	{ &zone_format_sendmail, IP, "2605:6000::/20",
	    HEAD("#", "ip", "0", "# left out, not expressible here: 1\n") },
	{ &zone_format_sendmail, ADDRESS, ADDRESSES,
	    HEAD("#", "address", "2", LEFT("4"))
		"From:zoe@example.gr\tERROR:5.7.1:550 listed in address\n"
		"From:bob@example.gr\tERROR:5.7.1:550 listed in address\n" },
	{ &zone_format_rspamd, IP, IPS,
	    HEAD("#", "ip", "4", CUT) "203.0.114.0\n203.0.114.2/31\n"
				      "203.0.115.1\n2605:6001:42::/64\n" },
	{ &zone_format_rspamd, ADDRESS, ADDRESSES,
	    HEAD("#", "address", "2",
		LEFT("4")) "zoe@example.gr\nbob@example.gr\n" },
	{ &zone_format_opensmtpd, IP, IPS,
	    "# @list\n" HEAD("#", "ip", "3",
		"# left out, not expressible here: 1\n"
		CUT) "203.0.114.0\n203.0.114.2/31\n203.0.115.1\n" },
	{ &zone_format_aper, ADDRESS, ADDRESSES,
	    HEAD("#", "address", "2",
		LEFT("4")) "# ADDRESS,TYPE,DATE; TYPE B: From: address\n"
			   "bob@example.gr,B,20261121\n"
			   "zoe@example.gr,B,20261121\n" },
	{ &zone_format_rpz, IP,
	    IPS " 2605:6001:43::1 2606:0:0:1:2:0:0:1 2606:1:0:2:3:4:5:6",
	    HEAD(";", "ip", "7",
		"") "$TTL 300\n"
		    "@ SOA localhost. root.localhost. 7 3600 600 604800 300\n"
		    "@ NS localhost.\n"
		    "30.0.114.0.203.rpz-ip CNAME .\n"
		    "32.1.114.0.203.rpz-ip CNAME rpz-passthru.\n"
		    "32.1.115.0.203.rpz-ip CNAME .\n"
		    "64.zz.42.6001.2605.rpz-ip CNAME .\n"
		    "128.1.zz.43.6001.2605.rpz-ip CNAME .\n"
		    "128.1.0.0.2.1.zz.2606.rpz-ip CNAME .\n"
		    "128.6.5.4.3.2.0.1.2606.rpz-ip CNAME .\n" },
	{ &zone_format_rpz, DOMAIN,
	    ".bad.gr !*.ok.so.bad.gr worse.bad.gr exact.gr *.below.gr",
	    HEAD(";", "domain", "5",
		"") "$TTL 300\n"
		    "@ SOA localhost. root.localhost. 7 3600 600 604800 300\n"
		    "@ NS localhost.\n"
		    "bad.gr CNAME .\n"
		    "*.bad.gr CNAME .\n"
		    "so.bad.gr CNAME .\n"
		    "*.so.bad.gr CNAME .\n"
		    "ok.so.bad.gr CNAME .\n"
		    "*.ok.so.bad.gr CNAME rpz-passthru.\n"
		    "worse.bad.gr CNAME .\n"
		    "*.worse.bad.gr CNAME .\n"
		    "exact.gr CNAME .\n"
		    "*.below.gr CNAME .\n" },
	{ &zone_format_ipset, IP, IPS,
	    HEAD("#", "ip", "4", CUT)
		"create rbl-ip-v4-new hash:net family inet maxelem 16777216 "
		"-exist\nflush rbl-ip-v4-new\n"
		"create rbl-ip-v4 hash:net family inet maxelem 16777216 "
		"-exist\n"
		"add rbl-ip-v4-new 203.0.114.0\n"
		"add rbl-ip-v4-new 203.0.114.2/31\n"
		"add rbl-ip-v4-new 203.0.115.1\n"
		"swap rbl-ip-v4-new rbl-ip-v4\ndestroy rbl-ip-v4-new\n"
		"create rbl-ip-v6-new hash:net family inet6 maxelem 16777216 "
		"-exist\nflush rbl-ip-v6-new\n"
		"create rbl-ip-v6 hash:net family inet6 maxelem 16777216 "
		"-exist\n"
		"add rbl-ip-v6-new 2605:6001:42::/64\n"
		"swap rbl-ip-v6-new rbl-ip-v6\ndestroy rbl-ip-v6-new\n" },
	{ &zone_format_nftables, IP, IPS,
	    HEAD("#", "ip", "4", CUT)
		"table inet rbl-ip\ndelete table inet rbl-ip\n"
		"table inet rbl-ip {\n"
		"\tset v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
		"\t\tauto-merge\n\t\telements = {\n\t\t\t203.0.114.0,\n"
		"\t\t\t203.0.114.2/31,\n\t\t\t203.0.115.1\n\t\t}\n\t}\n"
		"\tset v6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n"
		"\t\tauto-merge\n\t\telements = {\n"
		"\t\t\t2605:6001:42::/64\n\t\t}\n\t}\n}\n" },
	{ &zone_format_nftables, IP, "",
	    HEAD("#", "ip", "0", "")
		"table inet rbl-ip\ndelete table inet rbl-ip\n"
		"table inet rbl-ip {\n"
		"\tset v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
		"\t\tauto-merge\n\t}\n"
		"\tset v6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n"
		"\t\tauto-merge\n\t}\n}\n" },
	{ &zone_format_csv, ADDRESS, "-ann@x.gr !bob@x.gr",
	    "key,exempt,code,reason,criterion,source,created,until,by,"
	    "template\n"
	    "\"'-ann@x.gr\",no,127.0.0.2,\"'=1+1, \"\"or\"\"\",,trap,"
	    "2026-11-21T09:30:00Z,,ada,no\n"
	    "bob@x.gr,yes,,\"'=1+1, \"\"or\"\"\",,trap,"
	    "2026-11-21T09:30:00Z,,ada,no\n" },
};

static void
check_writes(void)
{
	for (size_t i = 0; i < COUNT(writes); i++) {
		struct buf b = { 0 };
		struct zone_format_out out;

		write_keys(
		    writes[i].format, writes[i].kind, writes[i].keys, &b, &out);
		CHECK(b.len > 0 && strcmp(b.data, writes[i].want) == 0,
		    "%s %zu:\n%s--- expected\n%s", writes[i].format->name, i,
		    b.data, writes[i].want);
		buf_free(&b);
	}
}

/* ---- holes --------------------------------------------------------------- */

/* The longest prefix of KEYS that covers ADDR: 1 listed, 0 not. */
static int
covered(const uint32_t *addr, const unsigned *plen, const bool *hole, size_t n,
    uint32_t a)
{
	unsigned best = 0;
	int is = 0;

	for (size_t i = 0; i < n; i++) {
		if (plen[i] >= best && (a ^ addr[i]) >> (32 - plen[i]) == 0) {
			best = plen[i];
			is = !hole[i];
		}
	}
	return is;
}

static int
by_text(const void *a, const void *b)
{
	return zone_key_compare(a, b);
}

/* Random prefixes within 203.0.112.0/24: each address is in what was written
 * exactly when it is listed, and once. */
static void
check_holes(unsigned seed)
{
	enum { N = 24 };
	struct zone_format_about a = about(IP);
	struct zone_format_out out;
	struct err_text why = { "" };
	struct zone_key keys[N];
	uint32_t addr[N];
	unsigned plen[N];
	bool hole[N];
	struct buf b = { 0 };
	unsigned seen[256] = { 0 };

	srand(seed);
	for (size_t i = 0; i < N; i++) {
		plen[i] = 24 + (unsigned)rand() % 9;
		addr[i] = 0xcb007000 +
		    ((uint32_t)rand() % 256 & ~((1u << (32 - plen[i])) - 1));
		keys[i] = (struct zone_key){ .kind = IP,
			.ip = { .ip = { .bits = 32,
				    .bytes = { 203, 0, 112,
					(uint8_t)addr[i] } },
			    .plen = (uint8_t)plen[i] } };
	}
	qsort(keys, N, sizeof(keys[0]), by_text);
	CHECK(zone_format_out_init(&out, &zone_format_rspamd, &a, &why) == 0,
	    "%s", why.text);
	a.licence = NULL;
	for (size_t i = 0; i < N; i++) {
		addr[i] = 0xcb007000 + keys[i].ip.ip.bytes[3];
		plen[i] = keys[i].ip.plen;
		hole[i] = rand() % 3 == 0;
		if (i > 0 && addr[i] == addr[i - 1] && plen[i] == plen[i - 1]) {
			hole[i] = hole[i - 1];
			continue;
		}
		zone_format_out_entry(&out,
		    &(struct zone_entry){ .key = keys[i],
			.code = hole[i] ? 0 : 0x7f000002 },
		    NULL);
	}
	CHECK(zone_format_out_end(&out, &b) == 0, "end");
	zone_format_out_fini(&out);
	for (const char *at = b.data; *at != '\0'; at = strchr(at, '\n') + 1) {
		struct net_prefix p;
		size_t len = strcspn(at, "\n");

		if (at[0] == '#') {
			continue;
		}
		CHECK(net_prefix_parse(span(at, len), &p) == 0, "%.*s",
		    (int)len, at);
		for (unsigned k = 0; k < 1u << (32 - p.plen); k++) {
			seen[p.ip.bytes[3] + k]++;
		}
	}
	for (uint32_t k = 0; k < 256; k++) {
		int want = covered(addr, plen, hole, N, 0xcb007000 + k);

		CHECK(seen[k] == (unsigned)want,
		    "seed %u: 203.0.112.%u: written %u times, listed %d", seed,
		    k, seen[k], want);
	}
	buf_free(&b);
}

/* The end of the address space, where counting wraps. */
static void
check_last(void)
{
	static const struct {
		const char *keys, *want;
	} cases[] = {
		{ "2605::/16 !2605:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
		    "2605::/17\n" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/126 "
		  "!ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffc/127\n"
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe\n" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127 "
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127\n" },
		{ "0.0.0.0/31 !0.0.0.0 255.255.255.254/31 !255.255.255.255",
		    "0.0.0.1\n255.255.255.254\n" },
		{ "0.0.0.0/0 !128.0.0.0/1", "0.0.0.0/1\n" },
		{ "::/0 !8000::/1", "::/1\n" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_format_out out;
		struct buf b = { 0 };
		const char *body;

		write_keys(&zone_format_rspamd, IP, cases[i].keys, &b, &out);
		body = strstr(b.data, "licence: CC0\n") + 13;
		CHECK(strncmp(body, cases[i].want, strlen(cases[i].want)) == 0,
		    "%s:\n%s", cases[i].keys, body);
		buf_free(&b);
	}
}

/* ---- csv ----------------------------------------------------------------- */

static int
collect(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	char when[WHEN_TEXT], code[16];

	(void)why;
	buf_fmt(ctx, "%s%.*s %s [%.*s] %s%s;", line->exempt ? "!" : "",
	    (int)line->key.len, line->key.at,
	    line->code != 0 ? zone_code_format(code, line->code) : "-",
	    (int)line->reason.len, line->reason.at,
	    line->until != 0      ? when_format(when, line->until)
		: line->said_until ? "never"
				   : "-",
	    line->template ? " template" : "");
	return 0;
}

static const struct {
	const char *text, *want, *why;
} csvs[] = {
	{ "key\nann@x.gr", "ann@x.gr - [] -;", NULL },
	{ "# a comment\nKEY , code\n ann@x.gr , 127.0.0.4",
	    "ann@x.gr 127.0.0.4 [] -;", NULL },
	{ "address,type,first_seen,last_seen,reason\n"
	  "ann@x.gr,B,2026-01-01,2026-02-01,\"a, \"\"b\"\"\"",
	    "ann@x.gr - [a, \"b\"] -;", NULL },
	{ "key,exempt,until,template\nann@x.gr,yes,2027-01-01T00:00:00Z,no\n"
	  "bob@x.gr,no,,yes",
	    "!ann@x.gr - [] 2027-01-01T00:00:00Z;"
	    "bob@x.gr - [] never template;",
	    NULL },
	{ "key,reason\n\"'-ann@x.gr\",''tis", "-ann@x.gr - ['tis] -;", NULL },
	{ "key,reason\nann@x.gr,'tis", "ann@x.gr - ['tis] -;", NULL },
	{ "key,reason\n\"a\",\"\"", "a - [] -;", NULL },
	{ "ann@x.gr", NULL, "not known here" },
	{ "reason\nx", NULL, "no column is named" },
	{ "key,address\na,b", NULL, "twice" },
	{ "key,key\na,b", NULL, "twice" },
	{ "key,weight\na,b", NULL, "not known here" },
	{ "key,reason\nann@x.gr", NULL, "1 values" },
	{ "key\nann@x.gr,", NULL, "2 values" },
	{ "key,reason\n,x", NULL, "the key is empty" },
	{ "key,reason\nann@x.gr,\"x", NULL, "does not end" },
	{ "key,reason\nann@x.gr,\"x\"y", NULL, "behind a closing quote" },
	{ "key,reason\nann@x.gr,x\"y", NULL, "within a value" },
	{ "key,code\nann@x.gr,2", NULL, "expected an address" },
	{ "key,until\nann@x.gr,soon", NULL, "expected nothing or a time" },
	{ "key,exempt\nann@x.gr,perhaps", NULL, "expected yes or no" },
	{ "key,list\nann@x.gr,ip", NULL, "another list" },
	{ ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", NULL, "more than 32" },
};

static int
read_csv(const char *text, size_t len, struct buf *found, struct err_text *why)
{
	struct zone_format_about a = about(ADDRESS);
	struct zone_format_in in;
	int r = zone_format_in_init(
	    &in, &zone_format_csv, &a, collect, found, why);

	for (size_t at = 0; at < len && r == 0;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;

		r = zone_format_in_line(&in, span(text + at, n), why);
		at += n + 1;
	}
	zone_format_in_fini(&in);
	return r;
}

static void
check_csv(void)
{
	struct err_text why = { "" };
	struct zone_format_out out;
	struct buf b = { 0 }, found = { 0 };

	for (size_t i = 0; i < COUNT(csvs); i++) {
		int r = read_csv(
		    csvs[i].text, strlen(csvs[i].text), &found, &why);
		const char *got = found.len > 0 ? found.data : "";

		if (csvs[i].want != NULL) {
			CHECK(r == 0 && strcmp(got, csvs[i].want) == 0,
			    "%s: %d %s (%s)", csvs[i].text, r, got, why.text);
		} else {
			CHECK(r < 0 && strstr(why.text, csvs[i].why) != NULL,
			    "%s: %d %s (%s)", csvs[i].text, r, got, why.text);
		}
		buf_clear(&found);
	}
	write_keys(&zone_format_csv, ADDRESS, "=a@x.gr !'b@x.gr c@x.gr", &b,
	    &out);
	CHECK(read_csv(b.data, b.len, &found, &why) == 0 &&
		strcmp(found.data,
		    "=a@x.gr 127.0.0.2 [=1+1, \"or\"] never;"
		    "!'b@x.gr - [=1+1, \"or\"] never;"
		    "c@x.gr 127.0.0.2 [=1+1, \"or\"] never;") == 0,
	    "there and back: %s\n%s", why.text, found.data);
	buf_free(&b);
	buf_free(&found);
}

int
main(void)
{
	check_writes();
	check_last();
	for (unsigned seed = 1; seed <= 500; seed++) {
		check_holes(seed);
	}
	check_csv();
	return failures != 0;
}
