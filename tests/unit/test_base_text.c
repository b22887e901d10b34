#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check.h"

#define S(s) (s), sizeof(s) - 1

static const struct {
	const char *in;
	size_t len;
	unsigned long max, want;
	bool ok;
} numbers[] = {
	{ S("0"), 9, 0, true },
	{ S("9"), 9, 9, true },
	{ S("10"), 10, 10, true },
	{ S("4294967295"), 4294967295ul, 4294967295ul, true },
	{ S("18446744073709551615"), -1ul, -1ul, true },
	{ S("18446744073709551616"), -1ul, 0, false },
	{ S("99999999999999999999"), -1ul, 0, false },
	{ S("10"), 9, 0, false },
	{ S("6"), 5, 0, false },
	{ S("16"), 15, 0, false },
	{ S(""), 9, 0, false },
	{ S("00"), 9, 0, false },
	{ S("01"), 9, 0, false },
	{ S("-1"), 9, 0, false },
	{ S("+1"), 9, 0, false },
	{ S(" 1"), 9, 0, false },
	{ S("1 "), 9, 0, false },
	{ S("1x"), 99, 0, false },
	{ S("0x1"), 99, 0, false },
	{ S("1\0"), 99, 0, false },
};

static const struct {
	const char *in;
	size_t len, want;
} utf8[] = {
	{ S("a"), 1 },
	{ S("\0"), 1 },
	{ S("\x7f"), 1 },
	{ S("\xce\xb1"), 2 },
	{ S("\xc2\x80"), 2 },
	{ S("\xe2\x82\xac"), 3 },
	{ S("\xe0\xa0\x80"), 3 },
	{ S("\xf0\x9f\x98\x80"), 4 },
	{ S("\xf4\x8f\xbf\xbf"), 4 },
	{ S(""), 0 },
	{ S("\x80"), 0 },
	{ S("\xbf\xbf"), 0 },
	{ S("\xc0\x80"), 0 }, /* overlong NUL */
	{ S("\xc1\xbf"), 0 },
	{ S("\xe0\x80\x80"), 0 }, /* overlong */
	{ S("\xe0\x9f\xbf"), 0 },
	{ S("\xed\xa0\x80"), 0 },     /* surrogate */
	{ S("\xf0\x80\x80\x80"), 0 }, /* overlong */
	{ S("\xf4\x90\x80\x80"), 0 }, /* above U+10FFFF */
	{ S("\xf5\x80\x80\x80"), 0 },
	{ S("\xff"), 0 },
	{ S("\xce"), 0 }, /* cut */
	{ S("\xe2\x82"), 0 },
	{ S("\xf0\x9f\x98"), 0 },
	{ S("\xce"
	    "a"),
	    0 },
};

static const struct {
	const char *in;
	size_t len;
	const char *shown, *stored;
} shown[] = {
	{ S("plain"), "plain", "plain" },
	{ S("\xce\xb1"), "\xce\xb1", "\xce\xb1" },
	{ S("a\nb\r\t"), "a\\u{A}b\\u{D}\\u{9}", "a\nb\r\t" },
	{ S("\x1b[2J"), "\\u{1B}[2J", "\x1b[2J" },
	{ S("\x7f"), "\\u{7F}", "\x7f" },
	{ S("\xc2\x85"), "\\u{85}", "\xc2\x85" },
	{ S("\\u{A}"), "\\\\u{A}", "\\u{A}" },
	{ S("\xe2\x80\xae"
	    "gpj"),
	    "\\u{202E}gpj",
	    "\xe2\x80\xae"
	    "gpj" },
	{ S("\xe2\x81\xa6"), "\\u{2066}", "\xe2\x81\xa6" },
	{ S("\xe2\x80\xa8"), "\\u{2028}", "\xe2\x80\xa8" },
	{ S("\xe2\x80\x8b"), "\\u{200B}", "\xe2\x80\x8b" },
	{ S("\xef\xbb\xbf"), "\\u{FEFF}", "\xef\xbb\xbf" },
	{ S("\xe1\xe2"), "\\x{E1}\\x{E2}", "\xc3\xa1\xc3\xa2" },
	{ S("\xc0\x80"), "\\x{C0}\\x{80}", "\xc3\x80\xc2\x80" },
	{ S("a\0b"), "a\\u{0}b",
	    "a\xef\xbf\xbd"
	    "b" },
	{ S(""), "", "" },
};

static const struct {
	const char *in;
	size_t cap;
	const char *want;
} cut[] = {
	{ "abcdef", 7, "abcdef" },
	{ "abcdefg", 7, "abc..." },
	{ "abcdefghijklmnop", 7, "abc..." },
	{ "\xce\xb1\xce\xb1\xce\xb1\xce\xb1", 8, "\xce\xb1\xce\xb1..." },
	{ "\n\n\n\n", 8, "\\u{A..." },
	{ "abc", 3, "" },
	{ "", 4, "" },
};

static void
check_spans(void)
{
	struct span s = span_str("Hello, World");

	CHECK(span_is(s, "hELLO, wORLD"), "is");
	CHECK(!span_is(s, "hello, worl"), "shorter");
	CHECK(!span_is(s, "hello, worlds"), "longer");
	CHECK(!span_is(span("a\0", 2), "a"), "a NUL more");
	CHECK(span_starts(s, "HELLO") && !span_starts(s, "ello"), "starts");
	CHECK(span_starts(s, "") && span_ends(s, ""), "nothing");
	CHECK(span_ends(s, "WORLD") && !span_ends(s, "worl"), "ends");
	CHECK(!span_starts(span("ab", 2), "abc"), "longer than all");
	CHECK(!span_ends(span("ab", 2), "xab"), "longer than all");
	CHECK(span_find(s, "WOR") == s.at + 7, "find");
	CHECK(span_find(s, "word") == NULL, "find");
	CHECK(span_find(span("", 0), "x") == NULL, "find in nothing");
	CHECK(!span_is(span("\xc3\x80", 2), "\xc3\xa0"), "ASCII only");
	CHECK(span_trim(span_str(" \t\r\nx y\n ")).len == 3, "trim");
	CHECK(span_trim(span_str(" \t ")).len == 0, "trim blanks");
	CHECK(span_trim(span("", 0)).len == 0, "trim nothing");
}

int
main(void)
{
	for (size_t i = 0; i < COUNT(numbers); i++) {
		unsigned long n = 77;
		bool ok = text_number(
		    span(numbers[i].in, numbers[i].len), numbers[i].max, &n);

		CHECK(ok == numbers[i].ok && n == (ok ? numbers[i].want : 77),
		    "number \"%s\": %d, %lu", numbers[i].in, ok, n);
	}
	for (size_t i = 0; i < COUNT(utf8); i++) {
		/* a copy of exactly that length, so that ASan sees the end */
		char *copy = malloc(utf8[i].len + (utf8[i].len == 0));
		size_t got;

		if (copy == NULL) {
			return 99;
		}
		memcpy(copy, utf8[i].in, utf8[i].len);
		got = text_utf8(copy, utf8[i].len);
		CHECK(got == utf8[i].want, "UTF-8 row %zu: got %zu", i, got);
		free(copy);
	}
	for (size_t i = 0; i < COUNT(shown); i++) {
		struct buf a = { 0 }, b = { 0 };

		buf_str(&a, "");
		buf_str(&b, "");
		text_printable(&a, shown[i].in, shown[i].len);
		text_to_utf8(&b, shown[i].in, shown[i].len);
		CHECK(strcmp(a.data, shown[i].shown) == 0, "row %zu: %s", i,
		    a.data);
		CHECK(b.len == strlen(shown[i].stored) &&
			memcmp(b.data, shown[i].stored, b.len) == 0,
		    "row %zu: %s", i, b.data);
		buf_free(&a);
		buf_free(&b);
	}
	for (size_t i = 0; i < COUNT(cut); i++) {
		char out[32];

		memset(out, '#', sizeof(out));
		text_printable_in(
		    out, cut[i].cap, cut[i].in, strlen(cut[i].in));
		CHECK(strcmp(out, cut[i].want) == 0, "row %zu: %s", i, out);
		CHECK(out[cut[i].cap] == '#', "row %zu: too far", i);
	}
	check_spans();
	return failures != 0;
}
