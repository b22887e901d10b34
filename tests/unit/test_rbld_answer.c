/* test_rbld_answer.c - packets as they are built, and texts from templates. */
#include "tests/unit/test_rbld_world.h"

static const struct {
	const char *name, *template, *reason, *want;
	uint32_t id;
} texts[] = {
	{ "plain", "Listed", "r", "Listed", 1 },
	{ "$ is the key", "see $", "r", "see KEY", 1 },
	{ "$r is the reason", "$: $r.", "sends spam", "KEY: sends spam.", 1 },
	{ "$i is the id", "#$i#", "", "#4294967295#", 4294967295u },
	{ "$$ is a dollar", "$$5 $$$", "", "$5 $KEY", 1 },
	{ "$ at the end", "q=$", "", "q=KEY", 1 },
	{ "a word behind $r", "$reason", "why", "whyeason", 1 },
	{ "$x is the key and an x", "$x", "", "KEYx", 1 },
	{ "reason without a place", "no", "secret", "no", 1 },
	{ "no reason", "[$r]", "", "[]", 1 },
	{ "template in the reason stays as it is", "$r", "$ $i $$", "$ $i $$",
	    1 },
	{ "a control character", "$r",
	    "a\x01\nb\x7f"
	    "c",
	    "a??b?c", 1 },
	{ "one ? for one character", "$r", "\xce\xb1\xce\xb2.", "??.", 1 },
	{ "three octets, one ?", "$r", "\xe2\x82\xac", "?", 1 },
	{ "lone continuation octets", "$r", "\x80\x80z", "?z", 1 },
	{ "a quote and a backslash are printable", "$r", "\"\\", "\"\\", 1 },
};

/* Reasons that are templates themselves. */
static const struct {
	const char *template, *reason, *want;
} templates[] = {
	{ "$r", "see http://example/?$", "see http://example/?LISTED" },
	{ "$r", "$ $$ $r $i $$$", "LISTED $ LISTEDr LISTEDi $LISTED" },
	{ "$r", "no dollar", "no dollar" },
	{ "$r", "", "" },
	{ "<$$r $r $>", "$$$", "<$r $LISTED KEY>" },
};

static void
test_texts(void)
{
	static const char ten[] = "0123456789";
	char long_reason[601] = "", out[255];
	size_t n;

	struct zone_reason reason = { .template = false, .key = "LISTED" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		reason.text = span_str(texts[i].reason);
		n = zone_words(
		    out, texts[i].template, "KEY", &reason, texts[i].id);
		CHECK(n == strlen(texts[i].want) &&
			memcmp(out, texts[i].want, n) == 0,
		    "%s: \"%.*s\"", texts[i].name, (int)n, out);
	}
	reason.template = true;
	for (size_t i = 0; i < COUNT(templates); i++) {
		reason.text = span_str(templates[i].reason);
		n = zone_words(
		    out, templates[i].template, "KEY", &reason, 1);
		CHECK(n == strlen(templates[i].want) &&
			memcmp(out, templates[i].want, n) == 0,
		    "template %s: \"%.*s\"", templates[i].reason, (int)n, out);
	}
	reason.template = false;
	for (int i = 0; i < 60; i++) {
		strcat(long_reason, ten);
	}
	reason.text = span_str(long_reason);
	n = zone_words(out, "$r$", "KEY", &reason, 1);
	CHECK(n == 255 && memcmp(out, long_reason, 255) == 0, "cut at 255: %zu",
	    n);
}

/* Begin a reply to NAME with a limit and an OPT or not. */
static void
begin(struct rbld_answer *a, struct rbld_query *q, struct asked *asked,
    const char *name, unsigned payload, uint8_t *out, size_t limit)
{
	ask(asked, name, RBLD_T_TXT, payload);
	CHECK(rbld_query_parse(asked->bytes, asked->len, q) == RBLD_PARSE_OK,
	    "%s", name);
	rbld_answer_begin(a, q, out, limit);
}

/* DNS-6: what does not fit is told by TC, and nothing of it is there. */
static void
test_fit(void)
{
	char text[255];
	uint8_t out[2048];
	struct rbld_answer a;
	struct rbld_query q;
	struct asked asked;
	size_t head = 12 + 6 + 4, rr = 12 + 1 + 255, n;

	memset(text, 'x', sizeof(text));
	for (size_t limit = 512; limit <= 1300; limit++) {
		for (unsigned opt = 0; opt <= 1; opt++) {
			size_t need = head + 3 * rr + (opt ? 11 : 0);

			memset(out, 0xaa, sizeof(out));
			begin(
			    &a, &q, &asked, "a.bc", opt ? 4096 : 0, out, limit);
			for (unsigned i = 0; i < 3; i++) {
				text[0] = (char)('a' + i);
				rbld_answer_txt(&a, 60, text, sizeof(text));
			}
			n = rbld_answer_end(
			    &a, RBLD_NOERROR, true, RBLD_EDE_NONE);
			CHECK(n <= limit && out[limit] == 0xaa,
			    "limit %zu: %zu", limit, n);
			CHECK(a.tc == (need > limit) &&
				((out[2] & 2) != 0) == a.tc,
			    "limit %zu: tc %d", limit, a.tc);
			CHECK(out[7] == (a.tc ? 0 : 3) && out[11] == opt,
			    "DNS-6 limit %zu: %u answers", limit, out[7]);
			CHECK(n == (a.tc ? head + (opt ? 11 : 0) : need),
			    "limit %zu: length %zu", limit, n);
		}
	}
}

static void
test_ede(void)
{
	uint8_t out[600];
	struct rbld_answer a;
	struct rbld_query q;
	struct asked asked;
	char text[255];
	size_t n, full;

	begin(&a, &q, &asked, "a.bc", 1232, out, 512);
	n = rbld_answer_end(
	    &a, RBLD_REFUSED, false, RBLD_EDE_NOT_AUTHORITATIVE);
	CHECK(n == 22 + 11 + 6 && out[n - 1] == 20 && out[n - 5] == 15,
	    "8914-1 EDE 20 is there: %zu", n);
	begin(&a, &q, &asked, "a.bc", 0, out, 512);
	n = rbld_answer_end(
	    &a, RBLD_REFUSED, false, RBLD_EDE_NOT_AUTHORITATIVE);
	CHECK(n == 22, "8914-2 no EDE without an OPT: %zu", n);

	/* 22 + 2 * 13 + octets + 11 = 507 to 512: EDE needs 6 more */
	for (full = 500; full <= 512; full++) {
		size_t octets = full - 22 - 26 - 11;

		memset(text, 'y', sizeof(text));
		begin(&a, &q, &asked, "a.bc", 1232, out, 512);
		rbld_answer_txt(&a, 1, text, 250);
		rbld_answer_txt(&a, 1, text, octets - 250);
		n = rbld_answer_end(&a, RBLD_NOERROR, true, RBLD_EDE_NOT_READY);
		CHECK(n == full + (full + 6 <= 512 ? 6 : 0) && out[7] == 2,
		    "8914-2 EDE is dropped first: %zu of %zu", n, full);
		CHECK(a.tc == (full + 6 > 512) && ((out[2] & 2) != 0) == a.tc,
		    "8914-2 and TC tells it: %zu of %zu", n, full);
	}
	begin(&a, &q, &asked, "a.bc", 1232, out, 512);
	n = rbld_answer_end(&a, RBLD_BADVERS, false, RBLD_EDE_NONE);
	CHECK((out[3] & 15) == 0 && out[22 + 5] == 1 && out[22 + 6] == 0,
	    "6891-2 BADVERS is 1 in the OPT and 0 in the header");
}

static void
test_equal_texts(void)
{
	uint8_t out[600];
	struct rbld_answer a;
	struct rbld_query q;
	struct asked asked;

	begin(&a, &q, &asked, "a.bc", 0, out, 512);
	rbld_answer_txt(&a, 1, "one", 3);
	rbld_answer_txt(&a, 1, "two", 3);
	rbld_answer_txt(&a, 1, "one", 3);
	rbld_answer_txt(&a, 1, "on", 2);
	rbld_answer_txt(&a, 1, "", 0);
	rbld_answer_txt(&a, 1, "", 0);
	(void)rbld_answer_end(&a, RBLD_NOERROR, true, RBLD_EDE_NONE);
	CHECK(out[7] == 4, "no equal records in a set: %u", out[7]);
}

int
main(void)
{
	test_texts();
	test_fit();
	test_ede();
	test_equal_texts();
	return failures != 0;
}
