/* What moderators type: which items it finds, and that nothing of it is
 * ignored.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "www/queue_filter.h"
#include "www/queue_text.h"

#define NOW 1790000000

static struct arena arena;

/* Items that differ in one thing each. */
static struct zone_item
item_of(unsigned i)
{
	static struct zone_candidate c[][2] = {
		{ { .list = "ip",
		      .key = "203.0.114.9",
		      .advice = ZONE_ADVICE_LIST },
		    { .list = "address",
			.key = "Spam@shop.example",
			.advice = ZONE_ADVICE_UNSURE } },
		{ { .list = "ip",
		      .key = "2001:db8:1:2::/64",
		      .advice = ZONE_ADVICE_ADDRESS_INSTEAD },
		    { .list = "domain",
			.key = "bad.example",
			.advice = ZONE_ADVICE_LIST } },
		{ { .list = "ip",
		      .key = "203.0.0.0/16",
		      .advice = ZONE_ADVICE_NEVER },
		    { .list = "ip",
			.key = "198.51.100.1",
			.advice = ZONE_ADVICE_NEVER } },
	};
	static struct zone_evidence e[][1] = {
		{ { .submitter = "maria@example.gr" } },
		{ { .submitter = "" } },
		{ { .submitter = "Νίκος@example.gr" } },
	};
	static const char *const subjects[] = { "Your INVOICE: 12",
		"Κερδίσατε! ΤΡΆΠΕΖΑ", "" };
	static const struct zone_origin origins[] = {
		{ "203.0.114.9", "helo.one", "dsl-9.isp.example",
		    "bounce@vps.example", "attachment", "pipe", 1, 2 },
		{ "2001:db8:1:2::7", "", "", "", "arf", "pipe", 0, 1 },
		{ "", "", "", "", "raw", "pipe", 0, 1 },
	};

	return (struct zone_item){
		.id = i + 1,
		.subject = i < 3 ? subjects[i] : "(damaged)",
		.from = i == 0 ? "shop@Store.example" : "",
		.candidates = i < 3 ? c[i] : NULL,
		.n_candidates = i < 3 ? 2 : 0,
		.evidence = i < 3 ? e[i] : NULL,
		.n_evidence = i < 3 ? 1 : 0,
		.first = NOW - 86400 * (int64_t)(i + 1),
		.last = NOW - 3600 * (int64_t)(i + 1),
		.origin =
		    i < 3 ? origins[i] : (struct zone_origin){ .relay = NULL },
	};
}

#define ITEMS 4

static const struct {
	const char *q;
	const char *want; /* ids that fit */
} found[] = {
	{ "", "1234" },
	{ "   ", "1234" },
	{ "invoice", "1" },
	{ "INVOICE", "1" },
	{ "invoice shop", "1" },
	{ "invoice maria bounce", "1" },
	{ "invoice κερδίσατε", "" },
	{ "-invoice", "234" },
	{ "-invoice -raw", "234" }, /* a kind is no word of the mail */
	{ "\"your invoice\"", "1" },
	{ "\"invoice your\"", "" },
	{ "-\"your invoice\"", "234" },
	{ "κερδισατε", "2" },
	{ "ΚΕΡΔΊΣΑΤΕ", "2" },
	{ "τραπεζα", "2" },
	{ "νικοσ", "3" },
	{ "νίκος", "3" },
	{ "from:shop", "1" },
	{ "from:vps", "1" },
	{ "FROM:vps", "1" },
	{ "subject:shop", "" },
	{ "subject:\"invoice: 12\"", "1" },
	{ "\"invoice: 12\"", "1" },
	{ "submitter:maria", "1" },
	{ "-submitter:example.gr", "24" },
	{ "relay:dsl", "1" },
	{ "relay:helo", "1" },
	{ "relay:2001", "2" },
	{ "key:shop", "1" },
	{ "list:domain", "2" },
	{ "list:ip", "123" },
	{ "kind:arf", "2" },
	{ "-kind:arf", "134" },
	{ "advice:list", "1" },
	{ "advice:instead", "2" },
	{ "advice:address-instead", "2" },
	{ "advice:never", "3" },
	{ "advice:none", "4" },
	{ "advice:unsure", "" },
	{ "203.0.114.9", "13" }, /* 3 is wider than it */
	{ "ip:203.0.114.0/24", "13" },
	{ "203.0.115.1", "3" },
	{ "0.0.0.0/0", "13" },
	{ "198.51.100.0/24", "3" },
	{ "2001:db8::/32", "2" },
	{ "2001:db8:1:2::7", "2" },
	{ "-::/0", "134" },
	{ "since:2h", "12" },
	{ "since:90m", "1" },
	{ "-since:90m", "234" },
	{ "before:2d", "34" },
	{ "since:2026-01-01", "1234" },
	{ "since:2100-01-01", "" },
	{ "before:2026-01-01T00:00:00Z", "" },
	{ "invoice - shop", "1" }, /* a dash alone is a word */
	{ "\"\"", "1234" },
};

static const struct {
	const char *q;
	enum www_filter_fault want;
	const char *word;
} faults[] = {
	{ "form:shop", WWW_FILTER_NAME, "form:shop" },
	{ "a b http://x", WWW_FILTER_NAME, "http://x" },
	{ "-sender:x", WWW_FILTER_NAME, "sender:x" },
	{ ":x invoice re:", WWW_FILTER_NAME, "re:" },
	{ "from:", WWW_FILTER_EMPTY, "from:" },
	{ "from: shop", WWW_FILTER_EMPTY, "from:" },
	{ "ip:300.0.0.1", WWW_FILTER_IP, "ip:300.0.0.1" },
	{ "ip:203.0.114.9/24", WWW_FILTER_IP, "ip:203.0.114.9/24" },
	{ "ip:shop", WWW_FILTER_IP, "ip:shop" },
	{ "kind:spam", WWW_FILTER_KIND, "kind:spam" },
	{ "advice:yes", WWW_FILTER_ADVICE, "advice:yes" },
	{ "since:yesterday", WWW_FILTER_TIME, "since:yesterday" },
	{ "since:3", WWW_FILTER_TIME, "since:3" },
	{ "before:2026-13-01", WWW_FILTER_TIME, "before:2026-13-01" },
	{ "before:-3d", WWW_FILTER_TIME, "before:-3d" },
	{ "since:9999999w", WWW_FILTER_TIME, "since:9999999w" },
	{ "group:relay", WWW_FILTER_GROUP, "group:relay" },
	{ "group:x-0123456789abcdef", WWW_FILTER_GROUP,
	    "group:x-0123456789abcdef" },
	{ "group:-0123456789abcdef", WWW_FILTER_GROUP,
	    "group:-0123456789abcdef" },
	{ "group:relay-0123456789abcde", WWW_FILTER_GROUP,
	    "group:relay-0123456789abcde" },
	{ "\"open", WWW_FILTER_QUOTE, "open" },
	{ "a from:\"b c", WWW_FILTER_QUOTE, "from:b c" },
	{ "a b c d e f g h i j k l m n o p q", WWW_FILTER_MANY, "" },
};

static void
finding(void)
{
	for (size_t i = 0; i < COUNT(found); i++) {
		enum www_filter_fault fault = WWW_FILTER_GOOD;
		struct www_filter f;
		const char *word = "";
		char got[ITEMS + 1];
		size_t n = 0;
		int r = www_filter_parse(
		    found[i].q, NOW, &arena, &f, &fault, &word);

		CHECK(r == 0, "%s: %d %d %s", found[i].q, r, fault, word);
		if (r < 0) {
			continue;
		}
		for (unsigned k = 0; k < ITEMS; k++) {
			struct zone_item item = item_of(k);

			if (www_filter_fits(&f, &item)) {
				got[n++] = (char)('1' + k);
			}
		}
		got[n] = '\0';
		CHECK(strcmp(got, found[i].want) == 0, "%s: %s, not %s",
		    found[i].q, got, found[i].want);
	}
	arena_free(&arena);
}

static void
refusing(void)
{
	char longest[WWW_QUERY + 2];
	struct www_filter f;
	const char *word;

	for (size_t i = 0; i < COUNT(faults); i++) {
		enum www_filter_fault fault = WWW_FILTER_GOOD;
		int r = www_filter_parse(
		    faults[i].q, NOW, &arena, &f, &fault, &word);

		CHECK(r == ERR_FORMAT && fault == faults[i].want, "%s: %d %d",
		    faults[i].q, r, fault);
		CHECK(r < 0 && strcmp(word, faults[i].word) == 0, "%s: %s",
		    faults[i].q, word);
	}
	memset(longest, 'x', sizeof(longest));
	for (unsigned over = 0; over < 2; over++) {
		enum www_filter_fault fault = WWW_FILTER_GOOD;

		longest[WWW_QUERY + over] = '\0';
		CHECK(www_filter_parse(longest, NOW, &arena, &f, &fault,
			  &word) == (over ? ERR_FORMAT : 0) &&
			fault == (over ? WWW_FILTER_MANY : WWW_FILTER_GOOD),
		    "%u more", over);
		longest[WWW_QUERY + over] = 'x';
	}
	arena_free(&arena);
}

/* A group's mark finds its items and no others; hostile text does nothing. */
static void
grouping(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} campaigns[] = {
		{ "Invoice 12 for you", "RE: invoice 99 for YOU", true },
		{ "Fwd: Re: Invoice #7 for you!", "invoice 12 for you", true },
		{ "Σχετ: Κερδίσατε 5", "ΚΕΡΔΊΣΑΤΕ 7", true },
		{ "code a8f3 now", "code 77 now", true },
		{ "Invoice 12 for me", "Invoice 12 for you", false },
		{ "<x-evil>", "x evil", true },
		{ "re:", "", true },
		{ "\xe2\x80\xae", "", false },
	};
	struct zone_item a = item_of(0), b = item_of(0);
	char one[WWW_LABEL], two[WWW_LABEL], mark[17], q[80];
	static char big[3000];

	for (size_t i = 0; i < COUNT(campaigns); i++) {
		a.subject = campaigns[i].a;
		b.subject = campaigns[i].b;
		www_group_label(WWW_GROUP_CAMPAIGN, &a, one);
		www_group_label(WWW_GROUP_CAMPAIGN, &b, two);
		CHECK((strcmp(one, two) == 0) == campaigns[i].same,
		    "%s: '%s' '%s'", campaigns[i].a, one, two);
	}
	memset(big, 'y', sizeof(big) - 1);
	a.subject = a.from = big;
	for (unsigned g = 1; g < WWW_GROUPS; g++) {
		www_group_label((enum www_group)g, &a, one);
		CHECK(strlen(one) < WWW_LABEL, "%u", g);
	}
	for (unsigned i = 0; i < ITEMS; i++) {
		a = item_of(i);
		for (unsigned g = 1; g < WWW_GROUPS; g++) {
			enum www_filter_fault fault;
			struct www_filter f;
			const char *word;
			unsigned fits = 0;

			www_group_label((enum www_group)g, &a, one);
			www_group_mark(one, mark);
			snprintf(q, sizeof(q), "group:%s-%s",
			    www_group_name((enum www_group)g), mark);
			CHECK(www_filter_parse(
				  q, NOW, &arena, &f, &fault, &word) == 0,
			    "%s", q);
			for (unsigned k = 0; k < ITEMS; k++) {
				b = item_of(k);
				www_group_label((enum www_group)g, &b, two);
				fits += www_filter_fits(&f, &b) ==
				    (strcmp(one, two) == 0);
			}
			CHECK(fits == ITEMS, "%s: %u", q, fits);
		}
	}
	a = item_of(0);
	www_group_label(WWW_GROUP_NETWORK, &a, one);
	CHECK(strcmp(one, "203.0.114.0/24") == 0, "%s", one);
	a = item_of(1);
	www_group_label(WWW_GROUP_NETWORK, &a, one);
	CHECK(strcmp(one, "2001:db8:1::/48") == 0, "%s", one);
	www_group_label(WWW_GROUP_RELAY, &a, one);
	CHECK(strcmp(one, "2001:db8:1:2::/64") == 0, "%s", one);
	a = item_of(3);
	www_group_label(WWW_GROUP_RELAY, &a, one);
	CHECK(one[0] == '\0', "%s", one);
	arena_free(&arena);
}

static void
folding(void)
{
	static const char *const hostile[] = { "\xc3", "\xce", "a\xff\xfe",
		"\xe2\x80\xae", "\xf0\x9f\x98\x80", "\xc3\x28" };
	char out[8];

	for (size_t i = 0; i < COUNT(hostile); i++) {
		size_t n = www_fold(hostile[i], out, sizeof(out));

		CHECK(n < sizeof(out) && out[n] == '\0', "%zu: %zu", i, n);
	}
	CHECK(www_fold("ABCDEFGHIJ", out, sizeof(out)) == 4 &&
		strcmp(out, "abcd") == 0,
	    "cut: %s", out);
}

int
main(void)
{
	finding();
	refusing();
	grouping();
	folding();
	return failures != 0;
}
