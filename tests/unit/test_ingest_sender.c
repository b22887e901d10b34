/* test_ingest_sender.c - From: as spammers write it. */
#include <stdlib.h>
#include <string.h>

#include "ingest/domain.h"
#include "ingest/mail.h"
#include "ingest/sender.h"
#include "tests/unit/check.h"

static const struct {
	const char *name, *value, *want; /* want NULL: no address */
} rules[] = {
	{ "bare", " a@b.example", "a@b.example" },
	{ "angle", " A Name <a@b.example>", "a@b.example" },
	{ "domain folded", " <Joe@B.Example>", "Joe@b.example" },
	{ "quoted address first", " \"x@bank.example\" <a@b.example>",
	    "a@b.example" },
	{ "a comma between", " \"x@bank.example\", <a@b.example>",
	    "a@b.example" },
	{ "the last angle", " <x@bank.example> <a@b.example>", "a@b.example" },
	{ "bracket in the name", " Shop [Big Sale] <a@b.example>",
	    "a@b.example" },
	{ "blanks inside", " < a@ b.example >", "a@b.example" },
	{ "folded inside", " <a@\r\n\tb.example>", "a@b.example" },
	{ "final dot", " <a@b.example.>", "a@b.example" },
	{ "never closed", " Name <a@b.example", "a@b.example" },
	{ "comment before", " X (c@d.example) a@b.example", "a@b.example" },
	{ "comment behind", " a@b.example (Joe (the real) Doe)",
	    "a@b.example" },
	{ "quoted name, no angle", " \"x@bank.example\" a@b.example",
	    "a@b.example" },
	{ "encoded word, no angle", " =?utf-8?Q?x=40bank.example?= a@b.example",
	    "a@b.example" },
	{ "quoted local part", " <\"a b\"@b.example>", "\"ab\"@b.example" },
	{ "a route", " <@relay.example:a@b.example>", "a@b.example" },
	{ "mailto", " <mailto:a@b.example>", "a@b.example" },
	{ "group", " Name: <a@b.example>;", "a@b.example" },
	{ "two dots in the local part", " <a..b@b.example>", "a..b@b.example" },
	{ "no dot in the domain", " <a@pot>", "a@pot" },
	{ "UTF-8 address", " <\xce\xb1@b.example>", "\xce\xb1@b.example" },
	{ "at sign in the name", " Dance @ Night <a@b.example>",
	    "a@b.example" },
	{ "last of several", " x@c.example, a@b.example", "a@b.example" },
	/* none */
	{ "empty", "", NULL },
	{ "a name", " Somebody", NULL },
	{ "empty angle", " \"Mr. Nobody\" <>", NULL },
	{ "comma in the domain", " Parcel <a@b,example>", NULL },
	{ "at alone", " <@>", NULL },
	{ "no local part", " <@b.example>", NULL },
	{ "no domain", " <a@>", NULL },
	{ "empty label", " <a@b..example>", NULL },
	{ "dot first", " <a@.example>", NULL },
	{ "two at signs", " <a@b@c.example>", NULL },
	{ "8-bit, no UTF-8", " <\xa4\x4f\xb1@b.example>", NULL },
	{ "semicolon", " <a;b@b.example>", NULL },
	{ "control", " <a\x01@b.example>", NULL },
	{ "only quoted", " \"a@b.example\"", NULL },
	{ "only a comment", " (a@b.example)", NULL },
	{ "local part of 65",
	    " <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "a@b.example>",
	    NULL },
};

static void
check_rules(void)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		struct arena arena = { 0 };
		size_t len = strlen(rules[i].value);
		const char *got = "?";
		int r =
		    ingest_sender_rule(span(rules[i].value, len), &arena, &got);

		CHECK(r == 0, "%s: %d", rules[i].name, r);
		CHECK((got == NULL) == (rules[i].want == NULL) &&
			(got == NULL || strcmp(got, rules[i].want) == 0),
		    "%s: %s", rules[i].name, got != NULL ? got : "none");
		arena_free(&arena);
		for (size_t n = 0; n < len; n++) { /* and broken off */
			char *exact = malloc(n > 0 ? n : 1);

			if (exact == NULL) {
				exit(99);
			}
			memcpy(exact, rules[i].value, n);
			CHECK(ingest_sender_rule(
				  span(exact, n), &arena, &got) == 0,
			    "%s cut at %zu", rules[i].name, n);
			free(exact);
			arena_free(&arena);
		}
	}
}

static const struct {
	const char *name, *head;
	unsigned n_from;
	bool doubtful;
} heads[] = {
	{ "plain", "From: A <a@b.example>\n", 1, false },
	{ "space before the colon", "From : a@b.example\n", 1, false },
	{ "two fields", "From: x@bank.example\nFrom: a@b.example\n", 2, true },
	{ "two equal fields", "From: a@b.example\nFrom: <a@b.example>\n", 1,
	    true },
	{ "read in two ways", "From: x@bank.example, <a@b.example>\n", 1,
	    true },
	{ "GMime gives up", "From: B [Black] <a@b.example>\n", 1, true },
	{ "none", "To: a@b.example\n", 0, false },
	{ "no address", "From: nobody\n", 0, true },
};

static void
check_heads(void)
{
	for (size_t i = 0; i < COUNT(heads); i++) {
		struct ingest_message m = { .bytes = span_str(heads[i].head) };
		struct arena arena = { 0 };

		CHECK(ingest_head_read(m.bytes, &arena, &m.head) == 0 &&
			ingest_sender_read(&m, &arena) == 0,
		    "%s", heads[i].name);
		CHECK(m.n_from == heads[i].n_from, "%s: %u addresses",
		    heads[i].name, m.n_from);
		CHECK(m.from_doubtful == heads[i].doubtful, "%s: doubtful %d",
		    heads[i].name, m.from_doubtful);
		CHECK(!heads[i].doubtful || m.problems.n > 0,
		    "%s: nobody is told", heads[i].name);
		arena_free(&arena);
	}
}

static const struct {
	const char *a, *b;
	bool aligned;
} domains[] = {
	{ "example.com", "mail.example.com", true },
	{ "a.example.co.uk", "B.EXAMPLE.CO.UK.", true },
	{ "example.com", "example.org", false },
	{ "a.co.uk", "b.co.uk", false },
	{ "co.uk", "co.uk", false },
	{ "user1.github.io", "user2.github.io", false },
	{ "203.0.114.9", "203.0.114.9", false },
	{ "", "", false },
};

int
main(void)
{
	ingest_mail_init();
	check_rules();
	check_heads();
	for (size_t i = 0; i < COUNT(domains); i++) {
		CHECK(ingest_domain_aligned(span_str(domains[i].a),
			  span_str(domains[i].b)) == domains[i].aligned,
		    "%s %s", domains[i].a, domains[i].b);
	}
	CHECK(ingest_domain_under(span_str("a.b.example."), "b.example"),
	    "below");
	CHECK(!ingest_domain_under(span_str("ab.example"), "b.example"),
	    "no label border");
	ingest_domain_fini();
	return failures != 0;
}
