/* test_www_fetch.c - conditions, ranges, encodings, credentials. */
#include <string.h>

#include "tests/unit/check.h"
#include "www/fetch.h"

#define ETAG "\"abc\""
#define TIME 1795253400 /* Sat, 21 Nov 2026 09:30:00 GMT */
#define DATE "Sat, 21 Nov 2026 09:30:00 GMT"
#define SIZE 1000

static const struct {
	struct www_fetch fetch;
	unsigned status;
	uint64_t from, len;
} decides[] = {
	{ { 0 }, 200, 0, SIZE },
	{ { .if_none_match = ETAG }, 304, 0, 0 },
	{ { .if_none_match = "W/\"abc\"" }, 304, 0, 0 },
	{ { .if_none_match = "\"x\" , " ETAG }, 304, 0, 0 },
	{ { .if_none_match = "*" }, 304, 0, 0 },
	{ { .if_none_match = "" }, 200, 0, SIZE },
	{ { .if_none_match = "\"ab\"" }, 200, 0, SIZE },
	{ { .if_none_match = "abc" }, 200, 0, SIZE },
	{ { .if_none_match = "\"x\"", .if_modified = DATE }, 200, 0, SIZE },
	{ { .if_modified = DATE }, 304, 0, 0 },
	{ { .if_modified = "Sat, 21 Nov 2026 09:30:01 GMT" }, 304, 0, 0 },
	{ { .if_modified = "Sat, 21 Nov 2026 09:29:59 GMT" }, 200, 0, SIZE },
	{ { .if_modified = DATE " x" }, 200, 0, SIZE },
	{ { .if_modified = "0" }, 200, 0, SIZE },
	{ { .if_modified = "" }, 200, 0, SIZE },
	{ { .range = "bytes=0-0", .ranges = 1 }, 206, 0, 1 },
	{ { .range = "bytes=999-", .ranges = 1 }, 206, 999, 1 },
	{ { .range = "bytes=-1", .ranges = 1 }, 206, 999, 1 },
	{ { .range = "bytes=-1000", .ranges = 1 }, 206, 0, SIZE },
	{ { .range = "bytes=-1001", .ranges = 1 }, 206, 0, SIZE },
	{ { .range = "bytes=5-1000", .ranges = 1 }, 206, 5, 995 },
	{ { .range = "bytes=5-999999999999999999", .ranges = 1 }, 206, 5,
	    995 },
	{ { .range = "bytes=1000-", .ranges = 1 }, 416, 0, 0 },
	{ { .range = "bytes=1000-2000", .ranges = 1 }, 416, 0, 0 },
	{ { .range = "bytes=-0", .ranges = 1 }, 416, 0, 0 },
	{ { .range = "bytes=5-4", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=-", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=5", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=+5-9", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=5-9-", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=0x5-9", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=1-2,4-5", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=9999999999999999999-", .ranges = 1 }, 200, 0,
	    SIZE },
	{ { .range = "bytes=-18446744073709551617", .ranges = 1 }, 200, 0,
	    SIZE },
	{ { .range = "lines=1-2", .ranges = 1 }, 200, 0, SIZE },
	{ { .range = "bytes=1-2", .ranges = 2 }, 200, 0, SIZE },
	{ { .range = "bytes=1-2", .ranges = 1, .if_range = ETAG }, 206, 1, 2 },
	{ { .range = "bytes=1-2", .ranges = 1, .if_range = DATE }, 206, 1, 2 },
	{ { .range = "bytes=1-2", .ranges = 1, .if_range = "W/\"abc\"" }, 200,
	    0, SIZE },
	{ { .range = "bytes=1-2", .ranges = 1, .if_range = "" }, 200, 0,
	    SIZE },
	{ { .range = "bytes=1-2", .ranges = 1, .if_none_match = ETAG }, 304, 0,
	    0 },
};

static const struct {
	const char *encoding;
	bool packed;
} encodings[] = {
	{ NULL, false },
	{ "", false },
	{ "gzip", true },
	{ "GZip", true },
	{ "br, x-gzip", true },
	{ "gzip;q=0", false },
	{ "gzip;q=0.000", false },
	{ "gzip; q=0.001", true },
	{ "gzip;q=x", false },
	{ "identity", false },
	{ "*", true },
	{ "*;q=0", false },
	{ "*, gzip;q=0", false },
	{ "gzipped", false },
	{ ",,;,", false },
};

static const struct {
	const char *value, *name, *token; /* NULL: none */
} credentials[] = {
	{ "Basic Ym9iOnNlY3JldA==", "bob", "secret" },
	{ "basic  Ym9iOnNlY3JldA", "bob", "secret" },
	{ "Basic Ym9iOg==", "bob", "" },
	{ "Basic Ym9iOmE6Yg==", "bob", "a:b" },
	{ "Bearer abc", "", "abc" },
	{ "bearer  abc ", "", "abc" },
	{ "Bearer ", NULL, NULL },
	{ "Bearer", NULL, NULL },
	{ "Basic", NULL, NULL },
	{ "Basic ", NULL, NULL },
	{ "Basic Ym9i", NULL, NULL },         /* no colon */
	{ "Basic OnNlY3JldA==", NULL, NULL }, /* no name */
	{ "Basic Ym9i*nNl", NULL, NULL },
	{ "Basic Ym=9iOnNl", NULL, NULL },
	{ "Digest username=bob", NULL, NULL },
	{ "", NULL, NULL },
	{ NULL, NULL, NULL },
	{ "Basic QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQTpBQUFBQUFBQUFB", NULL,
	    NULL }, /* longer than there is room */
};

int
main(void)
{
	char out[32], date[WWW_FETCH_DATE];

	CHECK(strcmp(www_fetch_date(date, TIME), DATE) == 0, "%s", date);
	CHECK(www_fetch_date(date, INT64_MAX)[0] == '\0', "%s", date);
	for (size_t i = 0; i < COUNT(decides); i++) {
		uint64_t from = 7, len = 7;
		unsigned status = www_fetch_decide(
		    &decides[i].fetch, ETAG, TIME, SIZE, &from, &len);

		CHECK(status == decides[i].status && from == decides[i].from &&
			len == decides[i].len,
		    "%zu: %u %llu %llu", i, status, (unsigned long long)from,
		    (unsigned long long)len);
	}
	for (size_t i = 0; i < COUNT(encodings); i++) {
		struct www_fetch f = { .encoding = encodings[i].encoding };

		CHECK(www_fetch_packed(&f) == encodings[i].packed, "\"%s\"",
		    f.encoding != NULL ? f.encoding : "none");
	}
	for (size_t i = 0; i < COUNT(credentials); i++) {
		struct span name = { 0 }, token = { 0 };
		bool is = www_fetch_credentials(credentials[i].value, out,
		    sizeof(out), &name, &token);

		CHECK(is == (credentials[i].name != NULL) &&
			(!is ||
			    (name.len == strlen(credentials[i].name) &&
				memcmp(name.at, credentials[i].name,
				    name.len) == 0 &&
				token.len == strlen(credentials[i].token) &&
				memcmp(token.at, credentials[i].token,
				    token.len) == 0)),
		    "%zu: %d \"%.*s\" \"%.*s\"", i, is, (int)name.len,
		    name.len > 0 ? name.at : "", (int)token.len,
		    token.len > 0 ? token.at : "");
	}
	return failures != 0;
}
