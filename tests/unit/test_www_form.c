/* What a browser sends: fields, cookies, and what no browser sends. */
#include "tests/unit/check.h"
#include "www/form.h"

#define S(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct {
	const char *name;
	struct span in;
	int want;
	unsigned n;
	const char *field, *value;
} forms[] = {
	{ "nothing", S(""), 0, 0, NULL, NULL },
	{ "one", S("a=1"), 0, 1, "a", "1" },
	{ "two", S("a=1&b=2"), 0, 2, "b", "2" },
	{ "plus is a blank", S("q=a+b"), 0, 1, "q", "a b" },
	{ "percent", S("q=%2Fx%2f"), 0, 1, "q", "/x/" },
	{ "encoded name", S("%71=1"), 0, 1, "q", "1" },
	{ "no value", S("q"), 0, 1, "q", "" },
	{ "empty value", S("q="), 0, 1, "q", "" },
	{ "second = is text", S("q=a=b"), 0, 1, "q", "a=b" },
	{ "empty pairs", S("&&a=1&"), 0, 1, "a", "1" },
	{ "UTF-8", S("q=%CE%B1"), 0, 1, "q", "\xce\xb1" },
	{ "line ends stay", S("q=a%0D%0Ab"), 0, 1, "q", "a\r\nb" },
	{ "given twice", S("a=1&a=2"), ERR_FORMAT, 0, NULL, NULL },
	{ "given twice, encoded", S("a=1&%61=2"), ERR_FORMAT, 0, NULL, NULL },
	{ "cut escape", S("a=%"), ERR_FORMAT, 0, NULL, NULL },
	{ "cut escape 2", S("a=%4"), ERR_FORMAT, 0, NULL, NULL },
	{ "no hex", S("a=%4g"), ERR_FORMAT, 0, NULL, NULL },
	{ "signed hex", S("a=%+1"), ERR_FORMAT, 0, NULL, NULL },
	{ "escape over the end of a value", S("a=%4&b=1"), ERR_FORMAT, 0, NULL,
	    NULL },
	{ "NUL", S("a=%00"), ERR_FORMAT, 0, NULL, NULL },
	{ "raw NUL", S("a=\0b"), ERR_FORMAT, 0, NULL, NULL },
	{ "NUL in a name", S("a%00=1"), ERR_FORMAT, 0, NULL, NULL },
	{ "no UTF-8", S("a=%FF"), ERR_FORMAT, 0, NULL, NULL },
	{ "overlong", S("a=%C0%AF"), ERR_FORMAT, 0, NULL, NULL },
	{ "surrogate", S("a=%ED%A0%80"), ERR_FORMAT, 0, NULL, NULL },
};

static void
fields(void)
{
	struct www_fields f;
	char many[20 * (WWW_FIELDS_MAX + 2)] = "";

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct arena arena = { 0 };
		int r = www_fields_parse(forms[i].in, &arena, &f);

		CHECK(r == forms[i].want, "%s: %d", forms[i].name, r);
		if (r == 0) {
			CHECK(f.n == forms[i].n, "%s: %u", forms[i].name, f.n);
		}
		if (r == 0 && forms[i].field != NULL) {
			const char *v = www_fields_get(&f, forms[i].field);

			CHECK(v != NULL && strcmp(v, forms[i].value) == 0,
			    "%s: %s", forms[i].name, v != NULL ? v : "none");
		}
		arena_free(&arena);
	}
	for (unsigned i = 0; i <= WWW_FIELDS_MAX; i++) {
		struct arena arena = { 0 };
		int want = i < WWW_FIELDS_MAX ? 0 : ERR_RANGE;

		snprintf(many + strlen(many), 20, "&f%u=%u", i, i);
		CHECK(www_fields_parse(span_str(many), &arena, &f) == want,
		    "%u fields", i + 1);
		arena_free(&arena);
	}
	{
		struct arena tight = { .limit = 8 };

		CHECK(www_fields_parse(span_str("aaaaaaaaa=b"), &tight, &f) ==
			ERR_NOMEM,
		    "no more than the arena allows");
		arena_free(&tight);
	}
}

static void
numbers(void)
{
	static const struct {
		const char *in;
		bool right;
		unsigned long n;
	} cases[] = {
		{ "n=7", true, 7 },
		{ "m=7", true, 99 },
		{ "n=4294967295", true, 4294967295 },
		{ "n=4294967296", false, 0 },
		{ "n=", false, 0 },
		{ "n=-1", false, 0 },
		{ "n=%2B1", false, 0 },
		{ "n=+1", false, 0 },
		{ "n=1+", false, 0 },
		{ "n=0x1", false, 0 },
		{ "n=007", false, 0 },
		{ "n=99999999999999999999", false, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena = { 0 };
		unsigned long n = 99;
		struct www_fields f;
		bool right;

		CHECK(www_fields_parse(span_str(cases[i].in), &arena, &f) == 0,
		    "%s", cases[i].in);
		right = www_fields_number(&f, "n", UINT32_MAX, &n);
		CHECK(right == cases[i].right && (!right || n == cases[i].n),
		    "%s: %lu", cases[i].in, n);
		arena_free(&arena);
	}
}

static void
cookies(void)
{
	static const struct {
		const char *name, *header, *value; /* NULL: none */
	} cases[] = {
		{ "alone", "sid=abc", "abc" },
		{ "among others", "a=1; sid=abc; b=2", "abc" },
		{ "no blanks", "a=1;sid=abc;b=2", "abc" },
		{ "empty", "sid=", "" },
		{ "absent", "a=1", NULL },
		{ "nothing", "", NULL },
		{ "a longer name", "xsid=abc", NULL },
		{ "a longer name 2", "sidx=abc", NULL },
		{ "other case", "SID=abc", NULL },
		{ "twice", "sid=abc; sid=def", NULL },
		{ "in a value", "a=sid=abc", NULL },
		{ "separators only", ";;; ;", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span v = { "", 0 };
		bool found =
		    www_cookie_get(span_str(cases[i].header), "sid", &v);

		CHECK(found == (cases[i].value != NULL), "%s", cases[i].name);
		CHECK(!found ||
			(v.len == strlen(cases[i].value) &&
			    memcmp(v.at, cases[i].value, v.len) == 0),
		    "%s: %.*s", cases[i].name, (int)v.len, v.at);
	}
}

static void
text(void)
{
	static const struct {
		const char *in, *out;
		size_t max;
	} tidy[] = {
		{ "as it is", "as it is", 50 },
		{ "  ends \r\n", "ends", 50 },
		{ "two\r\n\r\nlines\tand\x01more", "two lines and more", 50 },
		{ "\x7f", "", 50 },
		{ "", "", 50 },
		{ "12345", "12345", 5 },
		{ "123456", NULL, 5 },
	};
	struct arena arena = { 0 };
	char *s;

	for (size_t i = 0; i < COUNT(tidy); i++) {
		s = www_text_tidy(&arena, tidy[i].in, tidy[i].max);
		CHECK((s == NULL) == (tidy[i].out == NULL), "%s", tidy[i].in);
		CHECK(s == NULL || strcmp(s, tidy[i].out) == 0, "%s", s);
	}
	s = www_url_quote(&arena, "a/b?c=d&e \"<\xce\xb1-._~Z9");
	CHECK(s != NULL &&
		strcmp(s, "a%2Fb%3Fc%3Dd%26e%20%22%3C%CE%B1-._~Z9") == 0,
	    "%s", s);
	arena_free(&arena);
}

int
main(void)
{
	fields();
	numbers();
	cookies();
	text();
	return failures != 0;
}
