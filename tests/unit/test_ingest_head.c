/* test_ingest_head.c - header blocks, and which address fields GMime may
 * see. */
#include <stdlib.h>
#include <string.h>

#include "ingest/head.h"
#include "ingest/mail.h"
#include "tests/unit/check.h"

static const struct {
	const char *name, *text;
	unsigned n;
	const char *first; /* name of the first field */
	size_t end;
	bool broken;
} heads[] = {
	{ "two fields", "A: 1\nB: 2\n\nbody", 2, "A", 10, false },
	{ "CRLF", "A: 1\r\nB: 2\r\n\r\nbody", 2, "A", 12, false },
	{ "folded", "A: 1\n 2\n\t3\nB: 4\n\n", 2, "A", 16, false },
	{ "blanks first", " \n\nA: 1\n\n", 1, "A", 8, false },
	{ "indented", "  A: 1\nB: 2\n\n", 2, "A", 12, false },
	{ "byte order mark",
	    "\xef\xbb\xbf"
	    "A: 1\n\n",
	    1, "A", 8, false },
	{ "mbox", "From a@b Mon\nA: 1\n\n", 1, "A", 18, false },
	{ "mbox, quoted", ">From a@b Mon\nA: 1\n\n", 1, "A", 19, false },
	{ "a field called From", "From : a@b\n\n", 1, "From", 11, false },
	{ "no body", "A: 1\nB: 2", 2, "A", 9, false },
	{ "a line of blanks ends it", "A: 1\n \nB: 2\n", 1, "A", 5, true },
	{ "boundary ends it", "A: 1\n--b\n", 1, "A", 5, true },
	{ "text", "hello\n", 0, NULL, 0, true },
	{ "empty", "", 0, NULL, 0, false },
	{ "only blanks", "\n\n\n", 0, NULL, 3, false },
	{ "only an mbox line", "From a@b Mon\n", 0, NULL, 13, false },
	{ "blank in a name", "A B: 1\n", 0, NULL, 0, true },
	{ "no name", ": 1\n", 0, NULL, 0, true },
};

static void
check_heads(void)
{
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct arena arena = { 0 };
		struct ingest_head h;

		CHECK(
		    ingest_head_read(span_str(heads[i].text), &arena, &h) == 0,
		    "%s", heads[i].name);
		CHECK(h.n == heads[i].n, "%s: %u fields", heads[i].name, h.n);
		CHECK(
		    h.end == heads[i].end, "%s: end %zu", heads[i].name, h.end);
		CHECK(h.broken == heads[i].broken, "%s: broken %d",
		    heads[i].name, h.broken);
		CHECK(h.n == 0 || span_is(h.fields[0].name, heads[i].first),
		    "%s: name", heads[i].name);
		arena_free(&arena);
	}
}

/* So many Received: that From: would be lost, were they not counted apart. */
static void
check_many(void)
{
	struct arena arena = { 0 };
	struct buf b = { 0 };
	struct ingest_head h;

	for (unsigned i = 0; i < 5000; i++) {
		buf_fmt(&b, "Received: from a%u by b\n", i);
	}
	buf_str(&b, "From: a@b.example\n");
	for (unsigned i = 0; i < 5000; i++) {
		buf_fmt(&b, "X-%u: y\n", i);
	}
	CHECK(ingest_head_read(span(b.data, b.len), &arena, &h) == 0, "read");
	CHECK(h.cut && h.n == INGEST_RECEIVED_MAX + INGEST_FIELDS_MAX,
	    "%u fields", h.n);
	CHECK(ingest_head_find(&h, "From", 0) != NULL, "From: is lost");
	CHECK(ingest_head_find(&h, "received", 0)->at == 0, "topmost first");
	arena_free(&arena);
	buf_free(&b);
}

static const struct {
	const char *name, *text;
	bool is;
} sniffs[] = {
	{ "a message", "Received: from a\nSubject: x\n\nhi", true },
	{ "mbox", "From a@b\nFrom: a@b\nTo: c@d\n\n", true },
	{ "CRLF", "From: a\r\nDate: b\r\n\r\n", true },
	{ "one field", "Subject: x\n\nhi", false },
	{ "twice the same", "Subject: x\nSubject: y\n\nhi", false },
	{ "text", "Hello,\n\nReceived: x\nFrom: y\n", false },
	{ "text that goes on", "Hello\nReceived: x\nFrom: y\n", false },
	{ "after the empty line", "X: 1\n\nReceived: x\nFrom: y\n", false },
	{ "empty", "", false },
	{ "binary", "\x01\x02\xff\xfe", false },
};

static void
repeat(struct buf *b, const char *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		buf_str(b, s);
	}
}

static void
check_address(void)
{
	struct buf b = { 0 };

	CHECK(ingest_mail_safe(span_str("a: b@c.example;, d@e")), "two");
	repeat(&b, "g:", INGEST_NEST_MAX + 1);
	CHECK(!ingest_mail_safe(span(b.data, b.len)), "groups");
	buf_clear(&b);
	/* closed for one reader, open for another */
	repeat(&b, "g:\";\"", INGEST_NEST_MAX + 1);
	CHECK(!ingest_mail_safe(span(b.data, b.len)), "quoted ends");
	buf_clear(&b);
	repeat(&b, "(", INGEST_NEST_MAX + 1);
	CHECK(!ingest_mail_safe(span(b.data, b.len)), "comments");
	buf_clear(&b);
	repeat(&b, "(a) b@c.example, ", 500);
	CHECK(ingest_mail_safe(span(b.data, b.len)), "many, flat");
	buf_free(&b);
}

int
main(void)
{
	check_heads();
	check_many();
	for (size_t i = 0; i < COUNT(sniffs); i++) {
		CHECK(
		    ingest_head_sniff(span_str(sniffs[i].text)) == sniffs[i].is,
		    "%s", sniffs[i].name);
	}
	check_address();
	return failures != 0;
}
