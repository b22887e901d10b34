/* test_zone_format.c - list files: what a line says, what is written, and that
 * the one reads back what the other wrote.
 */
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "tests/unit/check.h"
#include "zone/format.h"

static struct zone_format_about
about(enum zone_kind kind)
{
	return (struct zone_format_about){
		.list = kind == ZONE_KIND_IP    ? "ip"
		    : kind == ZONE_KIND_ADDRESS ? "address"
						: "domain",
		.kind = kind,
		.code = 0x7f000002,
		.serial = 7,
		.time = 1795253400, /* 2026-11-21T09:30:00Z */
	};
}

/* ---- reading ------------------------------------------------------------- */

/* "KEY code=... reason=..." of every line found, joined by " | ". */
static int
collect(const struct zone_format_line *line, void *ctx, struct err_text *why)
{
	struct buf *b = ctx;
	char code[16], when[WHEN_TEXT];

	(void)why;
	buf_str(b, b->len > 0 ? " | " : "");
	buf_str(b, line->exempt ? "!" : "");
	if (line->is_ip) {
		struct zone_key k = { .kind = ZONE_KIND_IP, .ip = line->ip };
		char text[ZONE_KEY_TEXT];

		buf_str(b, zone_key_format(text, &k));
	} else {
		buf_add(b, line->key.at, line->key.len);
	}
	if (line->code != 0) {
		buf_fmt(b, " code=%s", zone_code_format(code, line->code));
	}
	if (line->reason.len > 0) {
		buf_fmt(
		    b, " reason=%.*s", (int)line->reason.len, line->reason.at);
	}
	if (line->criterion.len > 0) {
		buf_fmt(b, " criterion=%.*s", (int)line->criterion.len,
		    line->criterion.at);
	}
	if (line->source.len > 0) {
		buf_fmt(
		    b, " source=%.*s", (int)line->source.len, line->source.at);
	}
	if (line->said_until) {
		buf_fmt(b, " until=%s",
		    line->until == 0 ? "never"
				     : when_format(when, line->until));
	}
	return 0;
}

#define IP ZONE_KIND_IP
#define ADDRESS ZONE_KIND_ADDRESS
#define DOMAIN ZONE_KIND_DOMAIN

static const struct {
	const struct zone_format *format;
	enum zone_kind kind;
	const char *text;
	const char *want; /* what was found; NULL: a line is refused */
	const char *why;  /* refused: part of the sentence */
} reads[] = {
	/* plain */
	{ &zone_format_plain, IP, "", "", NULL },
	{ &zone_format_plain, IP, "\n\r\n \t\n", "", NULL },
	{ &zone_format_plain, IP, "# all\n  # of it", "", NULL },
	{ &zone_format_plain, IP, "203.0.114.9", "203.0.114.9", NULL },
	{ &zone_format_plain, IP,
	    "\xef\xbb\xbf"
	    "203.0.114.9\r\n",
	    "203.0.114.9", NULL },
	{ &zone_format_plain, IP, "203.0.114.0/24 # a network\n!203.0.114.9",
	    "203.0.114.0/24 | !203.0.114.9", NULL },
	{ &zone_format_plain, IP, "! 203.0.114.9", "!203.0.114.9", NULL },
	{ &zone_format_plain, ADDRESS, "a#b@example.gr\t# no comment in it",
	    "a#b@example.gr", NULL },
	{ &zone_format_plain, ADDRESS, "\"a b\"@example.gr",
	    "\"a b\"@example.gr", NULL },
	{ &zone_format_plain, IP, "!", NULL, "expected a key" },
	{ &zone_format_plain, IP, "! # nothing", NULL, "expected a key" },
	{ &zone_format_plain, IP, "203.0.114.9 203.0.114.10", NULL,
	    "one key a line" },
	{ &zone_format_plain, IP, "203.0.114.9 and a comment", NULL,
	    "one key a line" },

	/* jsonl */
	{ &zone_format_jsonl, IP, "{\"key\":\"203.0.114.9\"}", "203.0.114.9",
	    NULL },
	{ &zone_format_jsonl, IP,
	    "{\"list\":\"ip\",\"key\":\"203.0.114.9\",\"exempt\":false,"
	    "\"code\":\"127.0.0.4\",\"reason\":\"r\",\"criterion\":\"c\","
	    "\"source\":\"s\",\"created\":\"2026-01-01T00:00:00Z\","
	    "\"until\":\"2027-01-01T00:00:00Z\",\"by\":\"ada\"}",
	    "203.0.114.9 code=127.0.0.4 reason=r criterion=c source=s "
	    "until=2027-01-01T00:00:00Z",
	    NULL },
	{ &zone_format_jsonl, IP,
	    "{\"key\":\"203.0.114.9\",\"exempt\":true,\"code\":null,"
	    "\"until\":null}",
	    "!203.0.114.9 until=never", NULL },
	{ &zone_format_jsonl, IP, "203.0.114.9", NULL, "one JSON object" },
	{ &zone_format_jsonl, IP, "[]", NULL, "one JSON object" },
	{ &zone_format_jsonl, IP, "{", NULL, "one JSON object" },
	{ &zone_format_jsonl, IP, "{}{}", NULL, "one JSON object" },
	{ &zone_format_jsonl, IP, "{}", NULL, "\"key\" is missing" },
	{ &zone_format_jsonl, IP, "{\"key\":null}", NULL, "expected a string" },
	{ &zone_format_jsonl, IP, "{\"key\":3}", NULL, "expected a string" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"key\":\"b\"}", NULL,
	    "one JSON object" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"kye\":\"b\"}", NULL,
	    "not known here" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"exempt\":1}", NULL,
	    "true or false" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"code\":\"2\"}", NULL,
	    "expected an address" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"until\":\"soon\"}", NULL,
	    "expected null or a time" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\",\"list\":\"address\"}", NULL,
	    "another list" },
	{ &zone_format_jsonl, IP, "{\"key\":\"a\\u0000b\"}", NULL,
	    "one JSON object" },
	{ &zone_format_jsonl, IP, "{\"key\":\"\xff\"}", NULL,
	    "one JSON object" },
};

/* All of TEXT; 0, or the first refusal with *why. */
static int
read_text(const struct zone_format *format, enum zone_kind kind,
    const char *text, size_t len, struct buf *found, struct err_text *why)
{
	struct zone_format_about a = about(kind);
	struct zone_format_in in;
	size_t at = 0;
	int r = zone_format_in_init(&in, format, &a, collect, found, why);

	while (r == 0 && at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end != NULL ? (size_t)(end - text) - at : len - at;

		r = zone_format_in_line(&in, span(text + at, n), why);
		at += n + 1;
	}
	if (r == 0) {
		r = zone_format_in_end(&in, why);
	}
	zone_format_in_fini(&in);
	return r;
}

static void
check_reads(void)
{
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct err_text why = { "" };
		struct buf found = { 0 };
		const char *text = reads[i].text;
		int r = read_text(reads[i].format, reads[i].kind, text,
		    strlen(text), &found, &why);
		const char *got = found.data != NULL ? found.data : "";

		if (reads[i].want != NULL) {
			CHECK(r == 0 && strcmp(got, reads[i].want) == 0,
			    "%s \"%s\": %d \"%s\" (%s)", reads[i].format->name,
			    text, r, got, why.text);
		} else {
			CHECK(r < 0 && strstr(why.text, reads[i].why) != NULL,
			    "%s \"%s\": %d \"%s\" (%s)", reads[i].format->name,
			    text, r, got, why.text);
		}
		buf_free(&found);
	}
}

static void
check_limits(void)
{
	struct err_text why = { "" };
	struct buf found = { 0 }, text = { 0 };
	int r;

	for (size_t i = 0; i <= ZONE_FORMAT_LINE; i++) {
		buf_u8(&text, '#');
	}
	r = read_text(
	    &zone_format_plain, IP, text.data, text.len, &found, &why);
	CHECK(r == ERR_FORMAT, "a line too long: %d", r);
	r = read_text(&zone_format_plain, IP, text.data, text.len - 1, &found,
	    &why);
	CHECK(r == 0, "the longest line: %d", r);
	r = read_text(
	    &zone_format_plain, IP, "203.0\0.114.9", 12, &found, &why);
	CHECK(r == ERR_FORMAT, "a NUL: %d", r);
	r = read_text(
	    &zone_format_spamassassin, ADDRESS, "", 0, &found, &why);
	CHECK(r == ERR_REFUSED, "spamassassin is read: %d", r);
	buf_free(&text);
	buf_free(&found);
}

/* ---- writing ------------------------------------------------------------- */

struct row {
	const char *key;
	uint32_t code;
	int64_t until;
	const char *reason;
};

static const struct row ips[] = {
	{ "203.0.114.0/24", 0x7f000002, 0, "" },
	{ "203.0.114.9", 0, 0, "" },
	{ "203.0.115.1", 0x7f000004, 0, "" },
	{ "203.0.115.2", 0x7f000002, 1795339800, "costs $5\nand more" },
	{ "203.0.115.3", 0x7f000002, 0, "=as it is" },
	{ "2605:6001:42::/64", 0x7f000002, 0, "" },
	{ "2605:6001:42::bead", 0, 0, "" },
};

static const struct row addresses[] = {
	{ "!bang@example.gr", 0x7f000002, 0, "" },
	{ "#hash@example.gr", 0x7f000002, 0, "" },
	{ "a*b@example.gr", 0x7f000002, 0, "" },
	{ "mid#dle@example.gr", 0x7f000002, 0, "" },
	{ "\"q t\"@example.gr", 0x7f000002, 0, "" },
	{ "sha1:00112233445566778899aabbccddeeff00112233", 0x7f000002, 0, "" },
	{ "spam@example.gr", 0x7f000002, 0, "offers" },
	{ "wronged@example.gr", 0, 0, "" },
	{ "what?@example.gr", 0x7f000002, 0, "" },
};

/* Rows through FORMAT into B. */
static void
write_rows(const struct zone_format *format, enum zone_kind kind,
    const struct row *rows, size_t n, struct buf *b,
    struct zone_format_out *out)
{
	struct zone_format_about a = about(kind);
	struct err_text why = { "" };
	int r = zone_format_out_init(out, format, &a, &why);

	CHECK(r == 0, "%s: %s", format->name, why.text);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct zone_entry e = { .detail = (uint32_t)i + 1,
			.code = rows[i].code,
			.until = rows[i].until };
		struct zone_detail d = { .id = e.detail,
			.code = e.code,
			.until = e.until,
			.created = 1795253400,
			.by = span_str("ada"),
			.source = span_str("trap"),
			.reason = span_str(rows[i].reason) };

		r = zone_key_parse(kind, span_str(rows[i].key), &e.key, &why);
		CHECK(r == 0, "%s: %s", rows[i].key, why.text);
		zone_format_out_entry(out, &e, &d);
	}
	r = zone_format_out_end(out, b);
	CHECK(r == 0, "%s: end %d", format->name, r);
	zone_format_out_fini(out);
}

#define HEAD(list, entries)                                             \
	"# list: " list "\n# serial: 7\n# time: 2026-11-21T09:30:00Z\n" \
	"# entries: " entries "\n"

static const struct {
	const char *name;
	const struct zone_format *format;
	enum zone_kind kind;
	const char *want;
} writes[] = {
	{ "plain prefixes", &zone_format_plain, IP,
	    HEAD("ip",
		"7") "203.0.114.0/24\n!203.0.114.9\n203.0.115.1\n203.0.115.2\n"
		     "203.0.115.3\n2605:6001:42::/64\n!2605:6001:42::bead\n" },
	{ "plain addresses", &zone_format_plain, ADDRESS,
	    HEAD("address",
		"3") "# left out, not expressible here: 6\n"
		     "sha1:00112233445566778899aabbccddeeff00112233\n"
		     "spam@example.gr\n!wronged@example.gr\n" },
	{ "rbldnsd prefixes", &zone_format_rbldnsd, IP,
	    HEAD("ip",
		"7") "# load as: rbldnsd ... ZONE:combined:FILE\n"
		     "$DATASET ip4trie @\n:127.0.0.2:\n"
		     "203.0.114.0/24\n!203.0.114.9\n203.0.115.1 :127.0.0.4:\n"
		     "203.0.115.2 :127.0.0.2:costs $$5 and more\n"
		     "203.0.115.3 :127.0.0.2:==as it is\n"
		     "$DATASET ip6trie @\n:127.0.0.2:\n"
		     "2605:6001:42::/64\n!2605:6001:42::bead\n" },
	{ "spamassassin", &zone_format_spamassassin, ADDRESS,
	    HEAD("address", "4") "# left out, known by digest only: 1\n"
				 "# left out, not expressible here: 3\n"
				 "# left out, exemptions: 1\n"
				 "blocklist_from !bang@example.gr\n"
				 "blocklist_from \\#hash@example.gr\n"
				 "blocklist_from mid\\#dle@example.gr\n"
				 "blocklist_from spam@example.gr\n" },
};

static void
check_writes(void)
{
	for (size_t i = 0; i < COUNT(writes); i++) {
		bool ip = writes[i].kind == IP;
		struct buf b = { 0 }, again = { 0 };
		struct zone_format_out out;

		write_rows(writes[i].format, writes[i].kind,
		    ip ? ips : addresses, ip ? COUNT(ips) : COUNT(addresses),
		    &b, &out);
		CHECK(b.len > 0 && strcmp(b.data, writes[i].want) == 0,
		    "%s:\n%s---\n%s", writes[i].name, b.data, writes[i].want);
		write_rows(writes[i].format, writes[i].kind,
		    ip ? ips : addresses, ip ? COUNT(ips) : COUNT(addresses),
		    &again, &out);
		CHECK(again.len == b.len &&
			memcmp(again.data, b.data, b.len) == 0,
		    "%s: twice the same is not the same", writes[i].name);
		buf_free(&b);
		buf_free(&again);
	}
}

/* Labels in order, each once; an exemption beats a listing of its spelling. */
static void
check_labels(void)
{
	static const struct row rows[] = {
		{ "a.b@gmail.com", 0x7f000002, 0, "r" },
		{ "ab@gmail.com", 0, 0, "" },
		{ "md5:00112233445566778899aabbccddeeff", 0x7f000002, 0, "" },
	};
	struct zone_format_out out;
	struct buf b = { 0 };
	char before[80] = "", hex[65];
	const char *line;
	unsigned listed = 0, exempt = 0;
	struct digest d;

	write_rows(&zone_format_rbldnsd, ADDRESS, rows, COUNT(rows), &b, &out);
	d = digest_of(DIGEST_SHA1, "a.b@gmail.com", 13);
	digest_hex(d.bytes, d.len, hex);
	line = strstr(b.data, hex);
	CHECK(line != NULL && line[-1] == '\n' &&
		strncmp(line + 40, " :127.0.0.2:r\n", 14) == 0,
	    "the address itself is not listed:\n%s", b.data);
	d = digest_of(DIGEST_SHA1, "ab@gmail.com", 12);
	digest_hex(d.bytes, d.len, hex);
	line = strstr(b.data, hex);
	CHECK(line != NULL && line[-1] == '!' && strstr(line + 1, hex) == NULL,
	    "the exempted spelling is listed:\n%s", b.data);
	CHECK(strstr(b.data, "\n00112233445566778899aabbccddeeff\n") != NULL,
	    "a bare md5 is missing:\n%s", b.data);
	line = strstr(b.data, ":127.0.0.2:\n");
	for (line = line != NULL ? line + 12 : ""; *line != '\0';
	     line = strchr(line, '\n') + 1) {
		bool hole = line[0] == '!';
		char label[80];

		snprintf(label, sizeof(label), "%.*s",
		    (int)strcspn(line + hole, " \n"), line + hole);
		CHECK(strcmp(before, label) < 0, "%s before %s", before, label);
		memcpy(before, label, sizeof(before));
		*(hole ? &exempt : &listed) += 1;
	}
	CHECK(listed + exempt == out.entries && exempt >= 1 && listed >= 2,
	    "%u listed, %u exempt, %llu entries", listed, exempt,
	    (unsigned long long)out.entries);
	buf_free(&b);
}

/* What is written in FORMAT reads back as the rows. */
static void
check_round(const struct zone_format *format, const char *want)
{
	struct buf b = { 0 }, found = { 0 };
	struct err_text why = { "" };
	struct zone_format_out out;
	int r;

	write_rows(format, IP, ips, COUNT(ips), &b, &out);
	r = read_text(format, IP, b.data, b.len, &found, &why);
	CHECK(r == 0 && strcmp(found.data, want) == 0, "%s: %d %s\n%s\n%s",
	    format->name, r, why.text, found.data, want);
	buf_free(&b);
	buf_free(&found);
}

static void
check_rounds(void)
{
	check_round(&zone_format_plain,
	    "203.0.114.0/24 | !203.0.114.9 | 203.0.115.1 | 203.0.115.2 | "
	    "203.0.115.3 | 2605:6001:42::/64 | !2605:6001:42::bead");
	check_round(&zone_format_rbldnsd,
	    "203.0.114.0/24 code=127.0.0.2 | !203.0.114.9 | "
	    "203.0.115.1 code=127.0.0.4 | "
	    "203.0.115.2 code=127.0.0.2 reason=costs $5 and more | "
	    "203.0.115.3 code=127.0.0.2 reason==as it is | "
	    "2605:6001:42::/64 code=127.0.0.2 | !2605:6001:42::bead");
	check_round(&zone_format_jsonl,
	    "203.0.114.0/24 code=127.0.0.2 source=trap until=never | "
	    "!203.0.114.9 source=trap until=never | "
	    "203.0.115.1 code=127.0.0.4 source=trap until=never | "
	    "203.0.115.2 code=127.0.0.2 reason=costs $5\nand more source=trap "
	    "until=2026-11-22T09:30:00Z | "
	    "203.0.115.3 code=127.0.0.2 reason==as it is source=trap "
	    "until=never | "
	    "2605:6001:42::/64 code=127.0.0.2 source=trap until=never | "
	    "!2605:6001:42::bead source=trap until=never");
}

static void
check_table(void)
{
	struct buf b = { 0 };
	size_t n = 0;

	for (; zone_format_at(n) != NULL; n++) {
		const struct zone_format *f = zone_format_at(n);

		CHECK(zone_format_find(span_str(f->name)) == f, "%s", f->name);
		CHECK((f->reads != 0) == (f->line != NULL) &&
			(f->writes != 0) == (f->entry != NULL),
		    "%s: kinds without a function", f->name);
	}
	CHECK(n == 14, "%zu formats", n);
	CHECK(zone_format_find(span_str("csw")) == NULL, "csw");
	zone_format_names(&b, true, ADDRESS);
	CHECK(strcmp(b.data, "plain, rbldnsd, jsonl, csv") == 0, "%s",
	    b.data);
	buf_clear(&b);
	zone_format_names(&b, false, ADDRESS);
	CHECK(strcmp(b.data, "plain, rbldnsd, spamassassin, jsonl, csv, "
			       "postfix, exim, sendmail, rspamd, opensmtpd, "
			       "aper") == 0,
	    "%s", b.data);
	buf_free(&b);
}

int
main(void)
{
	check_table();
	check_reads();
	check_limits();
	check_writes();
	check_labels();
	check_rounds();
	return failures != 0;
}
