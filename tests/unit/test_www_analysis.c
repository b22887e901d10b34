/* The JSON beside a submission: ours, but made of a stranger's mail. */
#include "tests/unit/check.h"
#include "www/analysis.h"

static const char whole[] =
    "{\"file\":\"-\",\"kind\":\"attachment\",\"problems\":[\"odd\",7,\"two\"],"
    "\"messages\":[{\"subject\":\"first\"},{\"message_id\":\"<a@b>\","
    "\"subject\":\"second\",\"date\":\"2026-11-20T10:00:00Z\","
    "\"from\":[\"a@example.gr\",\"b@example.gr\"],\"reply_to\":[],"
    "\"envelope_from\":\"e@example.gr\",\"charset\":\"utf-8\",\"relays\":["
    "{\"ip\":\"203.0.114.9\",\"helo\":\"h\",\"rdns\":\"r\",\"by\":\"mx\","
    "\"role\":\"boundary\",\"why\":[\"one\",\"two\"],\"offset\":10,"
    "\"length\":20},"
    "{\"ip\":\"10.0.0.1\",\"role\":\"private\",\"offset\":-1,"
    "\"length\":-1}]}]}";

static void
reading(void)
{
	struct arena arena = { 0 };
	struct www_analysis a;

	CHECK(www_analysis_read(whole, 1, &arena, &a) == 0, "read");
	CHECK(strcmp(a.kind, "attachment") == 0, "%s", a.kind);
	CHECK(a.n_problems == 2 && strcmp(a.problems[1], "two") == 0,
	    "what is no text is left out: %u", a.n_problems);
	CHECK(a.n_messages == 2, "%u", a.n_messages);
	CHECK(strcmp(a.subject, "second") == 0, "%s", a.subject);
	CHECK(strcmp(a.from, "a@example.gr, b@example.gr") == 0, "%s", a.from);
	CHECK(a.reply_to[0] == '\0', "%s", a.reply_to);
	CHECK(a.n_relays == 2, "%u", a.n_relays);
	CHECK(strcmp(a.relays[0].why, "one, two") == 0, "%s", a.relays[0].why);
	CHECK(a.relays[0].offset == 10 && a.relays[0].length == 20, "place");
	CHECK(a.relays[1].offset == 0 && a.relays[1].length == 0, "no place");
	CHECK(a.relays[1].helo[0] == '\0', "absent is empty");

	CHECK(www_analysis_read(whole, 0, &arena, &a) == 0, "the first");
	CHECK(strcmp(a.subject, "first") == 0 && a.n_relays == 0, "%s",
	    a.subject);
	CHECK(www_analysis_read(whole, 7, &arena, &a) == 0, "not there");
	CHECK(a.subject[0] == '\0' && a.n_relays == 0, "empty");
	arena_free(&arena);
}

static const struct {
	const char *name, *json;
	int want;
} odd[] = {
	{ "nothing", "", ERR_FORMAT },
	{ "no JSON", "<html>", ERR_FORMAT },
	{ "an array", "[]", ERR_FORMAT },
	{ "a text", "\"x\"", ERR_FORMAT },
	{ "cut", "{\"kind\":\"raw\"", ERR_FORMAT },
	{ "no UTF-8", "{\"kind\":\"\xff\"}", ERR_FORMAT },
	{ "trailing", "{} {}", ERR_FORMAT },
	{ "empty", "{}", 0 },
	{ "null everywhere",
	    "{\"kind\":null,\"problems\":null,\"messages\":[null]}", 0 },
	{ "wrong types",
	    "{\"kind\":[1,{}],\"problems\":{},\"messages\":[{\"from\":7,"
	    "\"relays\":[null,7,\"x\",[],{\"ip\":{},\"offset\":\"1\","
	    "\"length\":1e9}]}]}",
	    0 },
	{ "messages is no list", "{\"messages\":{\"0\":{}}}", 0 },
	{ "NUL in a text", "{\"kind\":\"a\\u0000b\"}", 0 },
	{ "huge numbers",
	    "{\"messages\":[{\"relays\":[{\"offset\":9223372036854775807,"
	    "\"length\":9223372036854775807}]}]}",
	    0 },
};

int
main(void)
{
	struct buf b = { 0 };

	reading();
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct arena arena = { 0 };
		struct www_analysis a;
		int r = www_analysis_read(odd[i].json, 0, &arena, &a);

		CHECK(r == odd[i].want, "%s: %d", odd[i].name, r);
		for (unsigned k = 0; r == 0 && k < a.n_relays; k++) {
			CHECK(a.relays[k].ip != NULL && a.relays[k].why != NULL,
			    "%s: never NULL", odd[i].name);
		}
		arena_free(&arena);
	}
	{ /* every cut of a right one is refused or read, never a crash */
		for (size_t n = 0; n < sizeof(whole) - 1; n++) {
			struct arena arena = { 0 };
			struct www_analysis a;

			buf_clear(&b);
			buf_add(&b, whole, n);
			CHECK(www_analysis_read(n > 0 ? b.data : "", 1, &arena,
				  &a) == ERR_FORMAT,
			    "cut at %zu", n);
			arena_free(&arena);
		}
	}
	{ /* more relays than anybody reads */
		struct arena arena = { 0 };
		struct www_analysis a;

		buf_clear(&b);
		buf_str(&b, "{\"messages\":[{\"relays\":[{}");
		for (unsigned i = 0; i < 5000; i++) {
			buf_str(&b, ",{\"ip\":\"203.0.114.9\"}");
		}
		buf_str(&b, "]}]}");
		CHECK(www_analysis_read(b.data, 0, &arena, &a) == 0 &&
			a.n_relays == 200,
		    "%u relays", a.n_relays);
		arena_free(&arena);
	}
	{
		struct arena tight = { .limit = 300 };
		struct www_analysis a;

		CHECK(www_analysis_read(whole, 1, &tight, &a) == ERR_NOMEM,
		    "no more than the arena allows");
		arena_free(&tight);
	}
	buf_free(&b);
	return failures != 0;
}
