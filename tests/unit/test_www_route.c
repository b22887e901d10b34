/* Which page answers, by method and path. */
#include "tests/unit/check.h"
#include "www/route.h"

static const struct {
	enum www_method method;
	const char *path;
	const char *pattern; /* NULL: none */
	uint64_t id;
	const char *allow;
} cases[] = {
	{ WWW_GET, "/", "/", 0, "" },
	{ WWW_HEAD, "/", "/", 0, "" },
	{ WWW_GET, "/queue", "/queue", 0, "" },
	{ WWW_GET, "/queue/7", "/queue/#", 7, "" },
	{ WWW_GET, "/queue/9223372036854775807", "/queue/#",
	    9223372036854775807u, "" },
	{ WWW_GET, "/queue/7/raw", "/queue/#/raw", 7, "" },
	{ WWW_POST, "/queue/7/decide", "/queue/#/decide", 7, "" },
	{ WWW_POST, "/log/12/undo", "/log/#/undo", 12, "" },
	{ WWW_GET, "/lookup.json", "/lookup.json", 0, "" },
	{ WWW_POST, "/delist", "/delist", 0, "" },
	{ WWW_GET, "/delist/0123456789abcdef0123456789abcdef", "/delist/*", 0,
	    "" },
	{ WWW_POST, "/delist/0123456789abcdef0123456789abcdef", "/delist/*",
	    0, "" },
	{ WWW_GET, "/delist/", NULL, 0, "" },
	{ WWW_GET, "/delist/*", NULL, 0, "" },
	{ WWW_GET, "/delist/0123456789abcdef0123456789abcde", NULL, 0, "" },
	{ WWW_GET, "/delist/0123456789abcdef0123456789abcdef0", NULL, 0, "" },
	{ WWW_GET, "/delist/0123456789ABCDEF0123456789ABCDEF", NULL, 0, "" },
	{ WWW_GET, "/delist/0123456789abcdef0123456789abcdef/", NULL, 0, "" },
	{ WWW_GET, "/delist/../../../../../../../../../etc/passw", NULL, 0,
	    "" },
	{ WWW_GET, "/requests/7", "/requests/#", 7, "" },
	{ WWW_POST, "/requests/7/decide", "/requests/#/decide", 7, "" },
	{ WWW_GET, "/requests/7/decide", NULL, 0, "POST" },
	{ WWW_GET, "/queue/7/decide", NULL, 0, "POST" },
	{ WWW_POST, "/queue/7", NULL, 0, "GET, HEAD" },
	{ WWW_POST, "/", NULL, 0, "GET, HEAD" },
	{ WWW_OTHER, "/", NULL, 0, "GET, HEAD" },
	{ WWW_OTHER, "/login", NULL, 0, "GET, HEAD, POST" },
	{ WWW_GET, "", NULL, 0, "" },
	{ WWW_GET, "//", NULL, 0, "" },
	{ WWW_GET, "/Queue", NULL, 0, "" },
	{ WWW_GET, "/queue/", NULL, 0, "" },
	{ WWW_GET, "/queue//7", NULL, 0, "" },
	{ WWW_GET, "/queue/0", NULL, 0, "" },
	{ WWW_GET, "/queue/07", NULL, 0, "" },
	{ WWW_GET, "/queue/-7", NULL, 0, "" },
	{ WWW_GET, "/queue/7x", NULL, 0, "" },
	{ WWW_GET, "/queue/7/", NULL, 0, "" },
	{ WWW_GET, "/queue/7/raw/", NULL, 0, "" },
	{ WWW_GET, "/queue/9223372036854775808", NULL, 0, "" },
	{ WWW_GET, "/queue/99999999999999999999999", NULL, 0, "" },
	{ WWW_GET, "/queue/%37", NULL, 0, "" },
	{ WWW_GET, "/queue%2f7", NULL, 0, "" },
	{ WWW_GET, "/queue/7%00", NULL, 0, "" },
	{ WWW_GET, "/../etc/passwd", NULL, 0, "" },
	{ WWW_GET, "/queue/../queue", NULL, 0, "" },
	{ WWW_GET, "/queue/7/../8", NULL, 0, "" },
	{ WWW_GET, "/..%2f..%2fetc/passwd", NULL, 0, "" },
	{ WWW_GET, "/lookupXjson", NULL, 0, "" },
	{ WWW_GET, "/queue/#", NULL, 0, "" },
	{ WWW_GET, "http://h/queue", NULL, 0, "" },
};

int
main(void)
{
	const struct www_route *all, *route;
	unsigned n;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *allow = "";
		uint64_t id = 0;

		route =
		    www_route_find(cases[i].method, cases[i].path, &id, &allow);
		CHECK((route == NULL) == (cases[i].pattern == NULL), "%s",
		    cases[i].path);
		if (route != NULL && cases[i].pattern != NULL) {
			CHECK(strcmp(route->path, cases[i].pattern) == 0,
			    "%s: %s", cases[i].path, route->path);
			CHECK(id == cases[i].id, "%s", cases[i].path);
		} else {
			CHECK(strcmp(allow, cases[i].allow) == 0, "%s: %s",
			    cases[i].path, allow);
		}
	}
	all = www_route_all(&n);
	for (unsigned i = 0; i < n; i++) {
		CHECK(all[i].method == WWW_GET || all[i].method == WWW_POST,
		    "%s", all[i].path);
		CHECK(all[i].method == WWW_POST || all[i].open != WWW_DECIDES,
		    "%s: what decides is a POST", all[i].path);
		CHECK(!all[i].own_token || all[i].open == WWW_PUBLIC,
		    "%s: only visitors' forms have a token of their own",
		    all[i].path);
	}
	return failures != 0;
}
