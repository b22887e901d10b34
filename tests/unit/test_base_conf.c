/* The traps of libconfuse, each with a real file: what is accepted must come
 * out exactly, what is refused must say its line. */
#include <string.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/file.h"
#include "check.h"
#include "scratch.h"

static const struct conf_item top[] = {
	{ "one", CONF_ONE, "fallback", "" },
	{ "none", CONF_ONE, NULL, "" },
	{ "many", CONF_MANY, NULL, "" },
};
static const struct conf_item box[] = {
	{ "size", CONF_ONE, "7", "" },
	{ "names", CONF_MANY, NULL, "" },
};
static const struct conf_section schema[] = {
	{ NULL, false, top, COUNT(top) },
	{ "box", true, box, COUNT(box) },
	{ "hall", false, box, COUNT(box) },
};

static char dir[SCRATCH], path[SCRATCH + 8];

static int
load(const char *text, size_t len, struct arena *a, struct conf_file *f,
    struct err_text *why)
{
	CHECK(file_write(path, text, len, 0600) == 0, "cannot write %s", path);
	return conf_load(path, schema, COUNT(schema), a, f, why);
}

/* Everything on one line: sections in file order, then keys in table order. */
static void
dump(const struct conf_file *f, struct buf *b)
{
	for (size_t i = 0; i < f->n_blocks; i++) {
		const struct conf_block *k = &f->blocks[i];

		if (k->section->name != NULL) {
			buf_fmt(b, "%s(%s)@%u ", k->section->name,
			    k->title != NULL ? k->title : "", k->line);
		}
		for (size_t n = 0; n < k->section->n_items; n++) {
			const struct conf_values *v = &k->items[n];

			for (size_t m = 0; v->given && m < v->n; m++) {
				buf_fmt(b, "%s=%s@%u ", v->item->name,
				    v->values[m].text, v->values[m].line);
			}
			if (v->given && v->n == 0) {
				buf_fmt(b, "%s={} ", v->item->name);
			}
		}
	}
}

#define T(s) (s), sizeof(s) - 1

static const struct {
	const char *name;
	const char *text;
	size_t len;
	const char *want;
} accepted[] = {
	{ "nothing", T(""), "" },
	{ "blank lines", T("\n \t\r\n"), "" },
	{ "unquoted words", T("one = 15m"), "one=15m@1 " },
	{ "a word with a path", T("one = /etc/x.y"), "one=/etc/x.y@1 " },
	{ "a URL is no comment", T("one = http://a.b/c//d"),
	    "one=http://a.b/c//d@1 " },
	{ "octal is text", T("one = 010"), "one=010@1 " },
	{ "quotes", T("one = \"a b\"\nnone='c d'"), "one=a b@1 none=c d@2 " },
	{ "escapes", T("one = \"a\\\\b\\\"c\\$d\"\nnone='e\\\\f\\'g'"),
	    "one=a\\b\"c$d@1 none=e\\f'g@2 " },
	{ "an empty value", T("one = \"\""), "one=@1 " },
	{ "a dollar", T("one = \"q=$&r=$r\""), "one=q=$&r=$r@1 " },
	{ "a lonely value for many", T("many = a"), "many=a@1 " },
	{ "a list", T("many = {a, \"b c\",\n d}"),
	    "many=a@1 many=b c@1 many=d@2 " },
	{ "a comma too many", T("many = {a,}"), "many=a@1 " },
	{ "an empty list", T("many = {}"), "many={} " },
	{ "comments and their lines",
	    T("# a {\n// b \"\n/* c\n * ${d}\n **/ one = x /* e */ # f\n"
	      "#\n\nnone = y // g"),
	    "one=x@5 none=y@8 " },
	{ "comment marks in strings", T("one = \"# // /* \"\nnone = z"),
	    "one=# // /* @1 none=z@2 " },
	{ "a hash ends a word", T("one = x#y"), "one=x@1 " },
	{ "sections in order",
	    T("hall { size = 1 }\nbox \"b\" { names = {x} } box a {\n}\n"
	      "one = 2"),
	    "one=2@4 hall()@1 size=1@1 box(b)@2 names=x@2 box(a)@2 " },
	{ "a title with bars", T("box \"one|two\" { size = 3 }"),
	    "box(one|two)@1 size=3@1 " },
	{ "byte order mark", T("\xef\xbb\xbfone = 1"), "one=1@1 " },
	{ "Greek", T("one = \"\xce\xb1\xce\xb2\"\nnone = \xce\xb3"),
	    "one=\xce\xb1\xce\xb2@1 none=\xce\xb3@2 " },
	{ "CR LF", T("one = 1\r\nnone = 2\r\n"), "one=1@1 none=2@2 " },
};

static const struct {
	const char *name;
	const char *text;
	size_t len;
	unsigned line;
	const char *says; /* part of the sentence */
} refused[] = {
	{ "unknown key", T("one = 1\n\ntwo = 2"), 3, "two: unknown" },
	{ "unknown key in a section", T("box a {\n size = 1\n sise = 2 }"), 3,
	    "sise: unknown key in section box" },
	{ "unknown section", T("bax a { }"), 1, "bax: unknown" },
	{ "capital letters", T("One = 1"), 1, "One: unknown" },
	{ "a path of keys", T("hall { }\nhall|size = 2"), 2, "unknown" },
	{ "a key twice", T("one = 1\none = 1"), 2, "one: given twice" },
	{ "a list twice", T("many = {a}\nmany = {b}"), 2, "given twice" },
	{ "an empty list twice", T("many = {}\nmany = {}"), 2, "given twice" },
	{ "a key twice in a section", T("box a { size = 1\nsize = 1 }"), 2,
	    "size: given twice" },
	{ "a section twice", T("hall { }\n\nhall { }"), 3, "given twice" },
	{ "a title twice", T("box a { }\nbox b { }\nbox \"a\" { }"), 3,
	    "title 'a'" },
	{ "no last brace", T("one = 1\nbox a {\n size = 1\n\n"), 2,
	    "not closed" },
	{ "no brace between", T("box a { size = 1\nbox b { }"), 2,
	    "since line 1" },
	{ "no brace of a list", T("many = {a, b\nnone = 1"), 2,
	    "expected \",\"" },
	{ "a list without end", T("many = {a,"), 1, "many: expected" },
	{ "a brace too many", T("box a { }\n}"), 2, "closes nothing" },
	{ "trailing word", T("one = 1\ngarbage"), 2, "garbage: unknown" },
	{ "trailing known word", T("one = 1\nnone"), 2, "expected \"=\"" },
	{ "trailing equal sign", T("one =\n"), 1, "value is missing" },
	{ "trailing star", T("one = 1 *"), 1, "stray '*'" },
	{ "trailing string", T("one = 1 \"x\""), 1, "expected the name" },
	{ "two values", T("one = 1 2"), 1, "2: unknown" },
	{ "a star address", T("one = *@53"), 1, "stray '*'" },
	{ "a plus", T("one = a+b@c"), 1, "stray '+'" },
	{ "appending", T("many += {a}"), 1, "+=" },
	{ "a call", T("one = f(x)"), 1, "stray '('" },
	{ "include", T("include(\"x\")"), 1, "include: unknown" },
	{ "environment", T("\none = \"${HOME}\""), 2, "${" },
	{ "environment unquoted", T("one = ${HOME}"), 1, "${" },
	{ "environment within", T("many = {a, b${HOME}}"), 1, "${" },
	{ "environment, single quotes", T("one = '${HOME}'"), 1, "${" },
	{ "environment for a key", T("${one} = 1"), 1, "${" },
	{ "environment without end", T("one = \"${HOME\""), 1, "${" },
	{ "string without end", T("one = \"a\nnone = \"b\"\n"), 1,
	    "not closed" },
	{ "single quote without end", T("one = 'a\n"), 1, "not closed" },
	{ "string to the end of file", T("one = \"a"), 1, "not closed" },
	{ "string ending in a backslash", T("one = \"a\\"), 1, "backslash" },
	{ "comment without end", T("one = 1\n/* x\n\n"), 2, "comment" },
	{ "comment of slash and star", T("/*/"), 1, "comment" },
	{ "an escape of NUL", T("one = \"a\\0b\""), 1, "backslash" },
	{ "a hexadecimal escape", T("one = \"\\x41\""), 1, "backslash" },
	{ "a folded line", T("one = \"a\\\nb\""), 1, "backslash" },
	{ "an escape of the other quote", T("one = 'a\\\"'"), 1, "backslash" },
	{ "NUL", T("one = a\0b"), 1, "0x00" },
	{ "NUL in a string", T("one = \"a\0b\""), 1, "0x00" },
	{ "NUL alone", T("\0"), 1, "0x00" },
	{ "a control character", T("one = \"a\x1b[2J\""), 1, "0x1b" },
	{ "a lonely CR", T("one = 1\rnone = 2"), 1, "" },
	{ "no UTF-8", T("one = \"\xe1\xe2\""), 1, "UTF-8" },
	{ "a list for one", T("one = {1}"), 1, "one value" },
	{ "a list in a list", T("many = {{a}}"), 1, "many: expected" },
	{ "a list of commas", T("many = {,}"), 1, "many: expected" },
	{ "no comma", T("many = {a b}"), 1, "expected \",\"" },
	{ "no title", T("box { }"), 1, "title is missing" },
	{ "two titles", T("box a b { }"), 1, "expected \"{\"" },
	{ "a title too many", T("hall a { }"), 1, "expected \"{\"" },
	{ "a section as key", T("hall = 1"), 1, "expected \"{\"" },
	{ "a key as section", T("one { }"), 1, "expected \"=\"" },
	{ "a quoted key", T("\"one\" = 1"), 1, "expected the name" },
	{ "a section in a section", T("box a { hall { } }"), 1, "within" },
};

static void
check_accepted(void)
{
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct err_text why = { "" };
		struct arena a = { 0 };
		struct conf_file f;
		struct buf b = { 0 };
		int r = load(accepted[i].text, accepted[i].len, &a, &f, &why);

		CHECK(r == 0, "%s: %s", accepted[i].name, why.text);
		if (r == 0) {
			buf_str(&b, "");
			dump(&f, &b);
			CHECK(strcmp(b.data, accepted[i].want) == 0,
			    "%s: got \"%s\"", accepted[i].name, b.data);
			CHECK(strcmp(f.path, path) == 0, "path %s", f.path);
		}
		buf_free(&b);
		arena_free(&a);
	}
}

static void
check_refused(void)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct err_text why = { "" };
		struct arena a = { 0 };
		struct conf_file f;
		char place[SCRATCH + 32];
		int r = load(refused[i].text, refused[i].len, &a, &f, &why);

		snprintf(
		    place, sizeof(place), "%s:%u: ", path, refused[i].line);
		CHECK(r == ERR_FORMAT, "%s: got %d", refused[i].name, r);
		CHECK(strncmp(why.text, place, strlen(place)) == 0,
		    "%s: wrong place: %s", refused[i].name, why.text);
		CHECK(strstr(why.text, refused[i].says) != NULL, "%s: %s",
		    refused[i].name, why.text);
		arena_free(&a);
	}
}

static void
check_fallbacks(void)
{
	struct arena a = { 0 };
	struct conf_file f;
	const struct conf_values *v;
	int r = load(T("box \"b\" { }"), &a, &f, NULL);

	CHECK(r == 0, "got %d", r);
	if (r == 0 && f.n_blocks == 2) {
		v = conf_get(&f.blocks[0], "one");
		CHECK(!v->given && v->n == 1 && v->values[0].line == 0 &&
			strcmp(v->values[0].text, "fallback") == 0,
		    "one");
		v = conf_get(&f.blocks[0], "many");
		CHECK(!v->given && v->n == 0, "many");
		CHECK(conf_text(&f.blocks[0], "none") == NULL, "none");
		CHECK(
		    strcmp(conf_text(&f.blocks[1], "size"), "7") == 0, "size");
	}
	CHECK(r != 0 || f.n_blocks == 2, "an absent section is a block");
	arena_free(&a);
}

static void
check_files(void)
{
	struct err_text why = { "" };
	struct arena a = { 0 }, small = { .limit = 600 };
	struct conf_file f;
	char *big = calloc(1, (1 << 20) + 1);
	int r;

	r = conf_load(
	    "/nonexistent/rbl.conf", schema, COUNT(schema), &a, &f, &why);
	CHECK(r == ERR_SYS && strstr(why.text, "No such file") != NULL,
	    "absent: %d %s", r, why.text);
	r = conf_load(dir, schema, COUNT(schema), &a, &f, &why);
	CHECK(r == ERR_SYS, "a folder: %d %s", r, why.text);
	if (big != NULL) {
		memset(big, '\n', (1 << 20) + 1);
		r = load(big, (1 << 20) + 1, &a, &f, &why);
		CHECK(r == ERR_FORMAT && strstr(why.text, "1 MiB") != NULL,
		    "large: %d %s", r, why.text);
		r = load(big, 1 << 20, &a, &f, &why);
		CHECK(r == 0, "as large as can be: %d %s", r, why.text);
	}
	r = load(T("many = {a,b,c,d,e,f,g,h,i,j}"), &small, &f, &why);
	CHECK(r == ERR_NOMEM && why.text[0] != '\0', "no memory: %d %s", r,
	    why.text);
	/* a failure leaves nothing behind that the next load trips over */
	r = load(T("one = \"x"), &a, &f, &why);
	r = load(T("one = 1"), &a, &f, &why);
	CHECK(r == 0, "after a failure: %s", why.text);
	free(big);
	arena_free(&a);
	arena_free(&small);
}

int
main(void)
{
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/c", dir);
	check_accepted();
	check_refused();
	check_fallbacks();
	check_files();
	scratch_remove(dir);
	return failures != 0;
}
