/* That a mail's text stays text on every page, and what is refused with which
 * status. Who may ask for what is in test_www_matrix.c.
 */
#include "tests/unit/www_world.h"

static char vera[100], ada[100], bob[100];

<<<<<<< HEAD
=======
/* The route's path with a real number in it. */
static const char *
path_of(const struct www_route *route, char out[64])
{
	const char *hash = strchr(route->path, '#');

	if (hash == NULL) {
		return route->path;
	}
	snprintf(out, 64, "%.*s1%s", (int)(hash - route->path), route->path,
	    hash + 1);
	return out;
}

/* Every route, method and role. */
static void
matrix(struct world *w)
{
	static const struct {
		const char *name, *cookie;
		enum zone_role role;
	} people[] = {
		{ "nobody", NULL, 0 },
		{ "a made-up session",
		    "__Host-sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0 },
		{ "viewer", vera, ZONE_VIEWER },
		{ "moderator", ada, ZONE_MODERATOR },
		{ "admin", bob, ZONE_ADMIN },
	};
	struct digest before = world_bytes(w), after;
	const struct www_route *all;
	unsigned n, want;
	char path[64];

	all = www_route_all(&n);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < COUNT(people); k++) {
			bool is_get = all[i].method == WWW_GET;
			struct answer a = is_get
			    ? get(w, path_of(&all[i], path), "",
				  people[k].cookie)
			    : post(w, path_of(&all[i], path), "do=list-1",
				  people[k].cookie);
			unsigned status = a.reply.status;

			if (all[i].open != WWW_PUBLIC && people[k].role == 0) {
				want = 401;
			} else if (!is_get) {
				want = 403; /* no token */
			} else if (strcmp(all[i].path, "/login") == 0 &&
			    people[k].role != 0) {
				want = 303;
			} else if (strcmp(all[i].path, "/lookup.json") == 0) {
				want = 400; /* nothing asked */
			} else if (strcmp(all[i].path,
				       "/.well-known/security.txt") == 0) {
				want = 404; /* no contact is configured */
			} else if (strcmp(all[i].path, "/metrics") == 0 &&
			    people[k].role == 0) {
				want = 403; /* not from this machine */
			} else {
				want = 200;
			}
			CHECK(status == want, "%s %s as %s: %u",
			    is_get ? "GET" : "POST", all[i].path,
			    people[k].name, status);
			forget(&a);
		}
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

/* No GET writes, whatever it is asked. */
static void
reading(struct world *w)
{
	static const char *const queries[] = { "q=203.0.114.9",
		"q=spammer1%40example.gr", "state=listed", "page=2", "done=1",
		"do=list-1&version=1", "serial=1&event=1", "submission=1",
		"submission=99", "undo=1", "q=10.0.0.0%2F8",
		"q=2001%3Adb8%3A%3A%2F32", "q=9.114.0.203.bl.example.gr",
		"q=127.0.0.2", "q=%22%3E%3Cx-evil%3E", "state=%3Cx-evil%3E",
		"page=0", "page=-1", "page=99999999999", "token=x" };
	struct digest before, after;
	const struct www_route *all;
	char path[64];
	unsigned n;

	before = world_bytes(w);
	all = www_route_all(&n);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < COUNT(queries); k++) {
			struct answer a =
			    get(w, path_of(&all[i], path), queries[k], bob);

			CHECK(a.reply.status < 500, "%s?%s: %u", path,
			    queries[k], a.reply.status);
			CHECK(a.reply.type != WWW_HTML || !holds(&a, "<x-evil"),
			    "%s?%s", all[i].path, queries[k]);
			forget(&a);
		}
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "no GET wrote");
}

>>>>>>> 97bd8d3 (www: status - does DNS answer as it should, numbers for monitors)
/* Nothing of the mail is markup, nothing acts on the reader's screen. */
static void
hostile(struct world *w)
{
	static const struct {
		const char *path, *query;
		const char *must; /* the place where the text is shown */
	} pages[] = {
		{ "/queue", "", "&quot;&#39;&gt;&lt;x-evil on=1&gt;" },
		{ "/queue", "q=%22%3E%3Cx-evil%20on%3D1%3E",
		    "&lt;x-evil on=1" },
		{ "/queue", "q=%3Cx-evil%3E:y%22", "&lt;x-evil&gt;" },
		{ "/queue", "group=sender", "&lt;x-evil on=1&gt;" },
		{ "/queue", "group=submitter", "&lt;x-evil on=1&gt;" },
		{ "/queue/bulk", "", "&lt;x-evil on=1&gt;" },
		{ "/queue/1", "", "&quot;&#39;&gt;&lt;x-evil on=1&gt;" },
		{ "/queue/4", "", "&quot;&#39;&gt;&lt;x-evil on=1&gt;" },
		{ "/requests", "", "&lt;x-evil on=1&gt;" },
		{ "/requests/1", "", "&lt;x-evil on=1&gt;" },
		{ "/delist", "q=203.0.114.77", "<main" },
		{ "/log", "", "<main" },
		{ "/entries", "q=203.0.114.9", "<main" },
		{ "/lookup", "q=%3Cx-evil%20on%3D1%3E", "&lt;x-evil on=1&gt;" },
		{ "/lookup", "q=%E2%80%AE%01", "U+202E" },
	};

	for (unsigned i = 0; i < COUNT(pages); i++) {
		struct answer a = get(w, pages[i].path, pages[i].query, bob);

		CHECK(!holds(&a, "<x-evil"), "%s", pages[i].path);
		CHECK(!holds(&a, "\xe2\x80\xae"), "%s", pages[i].path);
		CHECK(holds(&a, pages[i].must), "%s shows %s", pages[i].path,
		    pages[i].must);
		for (size_t k = 0; k < a.reply.body.len; k++) {
			uint8_t c = (uint8_t)a.reply.body.data[k];

			CHECK(c >= 0x20 || c == '\n' || c == '\t',
			    "%s: byte %02x at %zu", pages[i].path, c, k);
		}
		forget(&a);
	}
	{
		struct answer a = get(w, "/queue/1/raw", "", vera);

		CHECK(a.reply.status == 200 && a.reply.type == WWW_RAW &&
			strcmp(a.reply.attachment, "submission-1.eml") == 0,
		    "the raw mail is a download: %u", a.reply.status);
		CHECK(holds(&a, "X-Number: 1\r\n"), "as it came in");
		forget(&a);
		a = get(w, "/queue/1/raw", "submission=2", vera);
		CHECK(a.reply.status == 404, "only of that item: %u",
		    a.reply.status);
		forget(&a);
	}
	{ /* JSON */
		struct answer a =
		    get(w, "/lookup.json", "q=%22%3E%3Cx-evil%3E", NULL);

		CHECK(a.reply.status == 400 && a.reply.type == WWW_JSON, "%u",
		    a.reply.status);
		forget(&a);
		a = get(w, "/lookup.json", "q=203.0.114.9", NULL);
		CHECK(a.reply.status == 200 && holds(&a, "\"listed\":false"),
		    "%s", a.reply.body.data);
		forget(&a);
	}
}

/* The public sees no submitter, no evidence and no moderator's link. */
static void
public_pages(struct world *w)
{
	static const char *const paths[] = { "/", "/lookup", "/login" };

	for (unsigned i = 0; i < COUNT(paths); i++) {
		struct answer a = get(w, paths[i], "q=203.0.114.9", NULL);

		CHECK(
		    a.reply.status == 200, "%s: %u", paths[i], a.reply.status);
		CHECK(
		    !holds(&a, "href=\"/queue") && !holds(&a, "href=\"/log\""),
		    "%s", paths[i]);
		CHECK(!holds(&a, "<script") && !holds(&a, " style=") &&
			!holds(&a, " onclick"),
		    "%s", paths[i]);
		forget(&a);
	}
}

static void
statuses(struct world *w)
{
	static const struct {
		enum www_method method;
		const char *path, *query;
		unsigned status;
	} cases[] = {
		{ WWW_GET, "/nothing", "", 404 },
		{ WWW_GET, "/queue/99", "", 404 },
		{ WWW_GET, "/queue/99/raw", "", 404 },
		{ WWW_GET, "/queue/1", "submission=99", 404 },
		{ WWW_GET, "/queue/1", "submission=x", 404 },
		{ WWW_GET, "/queue", "state=x", 400 },
		{ WWW_GET, "/queue", "page=0", 400 },
		{ WWW_GET, "/queue", "page=x", 400 },
		{ WWW_GET, "/queue", "page=1000000", 200 },
		{ WWW_GET, "/queue", "sort=x", 400 },
		{ WWW_GET, "/queue", "group=x", 400 },
		{ WWW_GET, "/queue", "q=nosuch:x", 400 },
		{ WWW_GET, "/queue", "q=from:example", 200 },
		{ WWW_GET, "/queue", "group=relay", 200 },
		{ WWW_GET, "/queue/bulk", "q=nosuch:x", 400 },
		{ WWW_GET, "/queue/bulk", "state=x", 400 },
		{ WWW_GET, "/queue/bulk", "q=nothing-has-it", 200 },
		{ WWW_GET, "/queue/next", "after=x", 400 },
		{ WWW_GET, "/queue/next", "after=99", 303 },
		{ WWW_GET, "/queue/done", "done=x", 200 },
		{ WWW_GET, "/queue/done", "done=99", 200 },
		{ WWW_GET, "/queue/1/claim", "", 405 },
		{ WWW_POST, "/queue/count", "", 405 },
		{ WWW_GET, "/log", "serial=x", 400 },
		{ WWW_GET, "/log", "serial=0&event=0", 200 },
		{ WWW_GET, "/lookup", "q=300.0.0.1", 400 },
		{ WWW_GET, "/lookup", "q=203.0.114.9%2F24", 400 },
		{ WWW_GET, "/entries", "q=..", 400 },
		{ WWW_HEAD, "/queue", "", 200 },
		{ WWW_OTHER, "/queue", "", 405 },
		{ WWW_GET, "/queue/1/decide", "", 405 },
		{ WWW_POST, "/queue", "", 405 },
	};

	for (unsigned i = 0; i < COUNT(cases); i++) {
		struct answer a = ask_full(w, cases[i].method, cases[i].path,
		    cases[i].query, "", bob, NULL);

		CHECK(a.reply.status == cases[i].status, "%s?%s: %u",
		    cases[i].path, cases[i].query, a.reply.status);
		forget(&a);
	}
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "%s", vera);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "%s", ada);
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "%s", bob);
	www_site_tick(w.site);
	hostile(&w);
	public_pages(&w);
	statuses(&w);
	world_close(&w);
	return failures != 0;
}
