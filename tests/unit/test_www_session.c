/* Tokens of forms, where a request came from, where a log-in may lead. */
#include "tests/unit/check.h"
#include "www/session.h"

static void
tokens(void)
{
	uint8_t secret[32], other[32];
	char a[WWW_TOKEN], b[WWW_TOKEN];

	secret_random(secret, sizeof(secret));
	secret_random(other, sizeof(other));
	www_form_token(a, secret, "/queue/7/decide");
	CHECK(strlen(a) == 32, "%s", a);
	CHECK(www_form_token_fits(a, secret, "/queue/7/decide"), "its own");
	CHECK(!www_form_token_fits(a, secret, "/queue/8/decide"), "other item");
	CHECK(!www_form_token_fits(a, secret, "/logout"), "other form");
	CHECK(
	    !www_form_token_fits(a, other, "/queue/7/decide"), "other session");
	CHECK(!www_form_token_fits(NULL, secret, "/queue/7/decide"), "none");
	CHECK(!www_form_token_fits("", secret, "/queue/7/decide"), "empty");
	for (size_t i = 0; i < strlen(a); i++) {
		memcpy(b, a, sizeof(b));
		b[i] ^= 1;
		CHECK(!www_form_token_fits(b, secret, "/queue/7/decide"),
		    "changed at %zu", i);
		memcpy(b, a, sizeof(b));
		b[i] = '\0';
		CHECK(!www_form_token_fits(b, secret, "/queue/7/decide"),
		    "cut at %zu", i);
	}
}

static void
login_tokens(void)
{
	uint8_t key[32] = { 1 }, other[32] = { 2 };
	char a[WWW_TOKEN], b[WWW_TOKEN];

	www_login_token(a, key, 5000);
	CHECK(www_login_token_fits(a, key, 5000), "new: %s", a);
	CHECK(www_login_token_fits(a, key, 8600), "an hour old");
	CHECK(!www_login_token_fits(a, key, 8601), "older");
	CHECK(!www_login_token_fits(a, key, 4999), "from the future");
	CHECK(!www_login_token_fits(a, other, 5000), "another start");
	CHECK(!www_login_token_fits(NULL, key, 5000), "none");
	CHECK(!www_login_token_fits("", key, 5000), "empty");
	CHECK(!www_login_token_fits(".", key, 5000), "a dot");
	CHECK(!www_login_token_fits("5000", key, 5000), "a time alone");
	CHECK(!www_login_token_fits("5000.", key, 5000), "no MAC");
	snprintf(b, sizeof(b), "6000%s", strchr(a, '.'));
	CHECK(!www_login_token_fits(b, key, 6000), "another time");
	www_login_token(a, key, 999999999999);
	CHECK(www_login_token_fits(a, key, 999999999999), "%s", a);
}

static const struct {
	const char *name, *host, *origin, *site, *url;
	bool foreign;
} requests[] = {
	{ "a tool", "h:1", NULL, NULL, NULL, false },
	{ "a browser", "h:1", "http://h:1", "same-origin", NULL, false },
	{ "a browser, no-referrer", "h:1", "null", "same-origin", NULL, false },
	{ "typed by hand", "h:1", NULL, "none", NULL, false },
	{ "over TLS at a proxy", "h", "https://h", NULL, NULL, false },
	{ "a proxy that renames", "127.0.0.1:8053", "https://bl.example.gr",
	    NULL, "https://bl.example.gr", false },
	{ "a public URL with a path", "x", "https://bl.example.gr", NULL,
	    "https://bl.example.gr/list", false },
	{ "host in other case", "H:1", "http://h:1", NULL, NULL, false },
	{ "another site says the browser", "h:1", "http://h:1", "cross-site",
	    NULL, true },
	{ "a sister site", "h:1", NULL, "same-site", NULL, true },
	{ "an unknown word", "h:1", NULL, "xyz", NULL, true },
	{ "an empty word", "h:1", NULL, "", NULL, true },
	{ "another origin", "h:1", "http://evil.example", NULL, NULL, true },
	{ "another port", "h:1", "http://h:2", NULL, NULL, true },
	{ "no port", "h:1", "http://h", NULL, NULL, true },
	{ "another scheme", "h", "ftp://h", NULL, NULL, true },
	{ "our name as a prefix", "h", "https://bl.example.gr.evil.example",
	    NULL, "https://bl.example.gr", true },
	{ "our name cut", "x", "https://bl.example.g", NULL,
	    "https://bl.example.gr", true },
	{ "a scheme alone", "x", "https://", NULL, "https://bl.example.gr",
	    true },
	{ "an empty origin", "h:1", "", NULL, "https://bl.example.gr", true },
};

static const struct {
	const char *path;
	bool ours;
} paths[] = {
	{ "/queue", true },
	{ "/queue/7", true },
	{ "/queue?state=listed&page=2", true },
	{ "/", true },
	{ "", false },
	{ "queue", false },
	{ "//evil.example/", false },
	{ "/\\evil.example/", false },
	{ "https://evil.example/", false },
	{ "/a\r\nSet-Cookie: x", false },
	{ "/a b", false },
	{ "/%2e", false },
	{ "/\xce\xb1", false },
	{ "/:x", false },
	{ "/a#b", false },
};

int
main(void)
{
	char cookie[160];

	if (secret_init() < 0) {
		return 99;
	}
	tokens();
	login_tokens();
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct www_request r = {
			.host = requests[i].host,
			.origin = requests[i].origin,
			.fetch_site = requests[i].site,
		};

		CHECK(www_request_foreign(&r, requests[i].url) ==
			requests[i].foreign,
		    "%s", requests[i].name);
	}
	for (size_t i = 0; i < COUNT(paths); i++) {
		CHECK(www_path_ours(paths[i].path) == paths[i].ours, "%s",
		    paths[i].path);
	}
	www_session_cookie(cookie, "TOKEN");
	CHECK(strcmp(cookie,
		  "__Host-sid=TOKEN; Path=/; Secure; HttpOnly; "
		  "SameSite=Strict") == 0,
	    "%s", cookie);
	www_session_cookie(cookie, NULL);
	CHECK(strstr(cookie,
		  "__Host-sid=; Path=/; Secure; HttpOnly; "
		  "SameSite=Strict; Max-Age=0") != NULL,
	    "%s", cookie);
	return failures != 0;
}
