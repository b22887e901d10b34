/* Every route, method and role in one table; what a POST must have; and that
 * no GET writes.
 *
 * A route without a row fails: whoever adds one says here who gets what. A row
 * says the status of a plain request without a form: a POST that a role may
 * make is 403 then, since it has no token (own_token: what the page itself
 * says). What else is asked of every POST follows from the row.
 */
#include "tests/unit/www_world.h"

#define ROLES 5
static const char *const role_names[ROLES] = { "nobody", "exporter", "viewer",
	"moderator", "admin" };
static char cookies[ROLES][100];
static struct zone_session sessions[ROLES];

/* clang-format off */
static const struct row {
	enum www_method method;
	const char *path;
	unsigned want[ROLES]; /* nobody, exporter, viewer, moderator, admin */
} rows[] = {
	{ WWW_GET, "/", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/lookup", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/lookup.json", { 400, 400, 400, 400, 400 } },
	{ WWW_GET, "/healthz", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/robots.txt", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/style.css", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/icon.svg", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/login", { 200, 303, 303, 303, 303 } },
	{ WWW_POST, "/login", { 403, 403, 403, 403, 403 } },
	{ WWW_POST, "/logout", { 401, 403, 403, 403, 403 } },

	{ WWW_GET, "/queue", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/queue/#", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/queue/#/raw", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/queue/#/decide", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/queue/#/reopen", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/queue/#/withdraw", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/queue/#/note", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/queue/#/claim", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/queue/bulk", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/queue/bulk", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/queue/count", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/queue/done", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/queue/keys", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/queue/next", { 401, 403, 303, 303, 303 } },
	{ WWW_GET, "/script.js", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/entry/#", { 401, 403, 404, 404, 404 } },
	{ WWW_POST, "/entry/#/remove", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/entry/#/until", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/entry/#/note", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/stats", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/stats.json", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/stats.csv", { 400, 400, 400, 400, 400 } },
	{ WWW_GET, "/policy", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/criteria", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/contact", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/api", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/.well-known/security.txt", { 404, 404, 404, 404, 404 } },
	{ WWW_GET, "/announcements", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/announcements.atom", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/spamassassin", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/rspamd", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/postfix", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/exim", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/sendmail", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/opensmtpd", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/use/qmail", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/delist", { 200, 200, 200, 200, 200 } },
	{ WWW_POST, "/delist", { 403, 403, 403, 403, 403 } },
	{ WWW_GET, "/delist/*", { 404, 404, 404, 404, 404 } },
	{ WWW_POST, "/delist/*", { 403, 403, 403, 403, 403 } },
	{ WWW_GET, "/removed", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/removed.csv", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/requests", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/requests/#", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/requests/#/decide", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/requests/#/reopen", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/submit", { 200, 200, 200, 200, 200 } },
	{ WWW_POST, "/submit", { 403, 403, 403, 403, 403 } },
	{ WWW_POST, "/submit/mine", { 403, 403, 403, 403, 403 } },
	{ WWW_GET, "/status", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/status.json", { 200, 200, 200, 200, 200 } },
	{ WWW_GET, "/metrics", { 403, 200, 200, 200, 200 } },
	{ WWW_GET, "/log.csv", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/log.jsonl", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/log/#", { 401, 403, 404, 404, 404 } },
	{ WWW_POST, "/log/verify", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/review", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/review", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/submitters", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/submitter", { 401, 403, 404, 404, 404 } },
	{ WWW_POST, "/submitter", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/lists/", { 401, 503, 503, 503, 503 } },
	{ WWW_GET, "/lists/changes", { 401, 400, 400, 400, 400 } },
	{ WWW_GET, "/lists/@", { 401, 503, 503, 503, 503 } },
	{ WWW_GET, "/subscribers", { 401, 403, 403, 403, 200 } },
	{ WWW_GET, "/entries", { 401, 403, 200, 200, 200 } },
	{ WWW_GET, "/log", { 401, 403, 200, 200, 200 } },
	{ WWW_POST, "/log/#/undo", { 401, 403, 403, 403, 403 } },

	{ WWW_GET, "/account", { 401, 200, 200, 200, 200 } },
	{ WWW_POST, "/account/password", { 401, 403, 403, 403, 403 } },
	{ WWW_GET, "/account/codes", { 401, 200, 200, 200, 200 } },
	{ WWW_POST, "/account/codes/on", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/account/codes/off", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/account/sessions/end", { 401, 403, 403, 403, 403 } },

	{ WWW_GET, "/users", { 401, 403, 403, 403, 200 } },
	{ WWW_POST, "/users/add", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/users/role", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/users/password", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/users/codes", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/users/logout", { 401, 403, 403, 403, 403 } },
	{ WWW_POST, "/users/remove", { 401, 403, 403, 403, 403 } },
};
/* clang-format on */

/* Names and values that any page looks at, and some that none does: a GET
 * with them writes nothing and fails nowhere. Add yours. */
static const char *const queries[] = { "", "q=203.0.114.9",
	"q=spammer1%40example.gr", "q=10.0.0.0%2F8", "q=2001%3Adb8%3A%3A%2F32",
	"q=9.114.0.203.bl.example.gr", "q=127.0.0.2", "q=%22%3E%3Cx-evil%3E",
	"state=listed", "state=dismissed", "state=%3Cx-evil%3E", "page=2",
	"page=0", "page=-1", "page=99999999999", "done=1", "done=password",
	"done=codes-off", "do=list-1&version=1", "do=dismiss&version=1",
	"serial=1&event=1", "submission=1", "submission=99", "undo=1", "token=x",
	"lang=el", "lang=en", "lang=%3Cx-evil%3E", "session=others",
	"user=vera&role=admin&weight=5", "user=ada&sure=yes",
	"ticket=1.2&user=ada&code=123456", "next=%2Fqueue",
	"old=x&new=y&again=y", "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
	"reason=x&criterion=x", "list=ip&key=203.0.114.9", "item=1", "id=1",
	"sort=oldest", "submitter=x", "road=pipe", "group=1", "text=x",
	"since=2026-01-01&until=2027-01-01", "format=plain" };

static const struct row *
row_of(const struct www_route *route)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].method == route->method &&
		    strcmp(rows[i].path, route->path) == 0) {
			return &rows[i];
		}
	}
	return NULL;
}

/* The route's path with a real number in it. */
static const char *
path_of(const char *path, char out[64])
{
	const char *hash = strchr(path, '#');
	const char *star = strchr(path, '*');
	const char *at = strchr(path, '@');

	if (at != NULL) { /* a file of what is published */
		snprintf(out, 64, "%.*sip.plain%s", (int)(at - path), path,
		    at + 1);
	} else if (star != NULL) {
		snprintf(out, 64, "%.*s%s", (int)(star - path), path,
		    "0123456789abcdef0123456789abcdef");
	} else if (hash == NULL) {
		snprintf(out, 64, "%s", path);
	} else {
		snprintf(out, 64, "%.*s1%s", (int)(hash - path), path,
		    hash + 1);
	}
	return out;
}

static const char *
cookie_of(unsigned role)
{
	return role > 0 ? cookies[role] : NULL;
}

/* Rows and routes are the same. */
static void
complete(void)
{
	const struct www_route *all;
	unsigned n, used = 0;

	all = www_route_all(&n);
	for (unsigned i = 0; i < n; i++) {
		CHECK(row_of(&all[i]) != NULL,
		    "%s %s has no row: add it to rows in test_www_matrix.c",
		    all[i].method == WWW_GET ? "GET" : "POST", all[i].path);
		used += row_of(&all[i]) != NULL;
	}
	CHECK(used == COUNT(rows), "%zu rows for %u routes", COUNT(rows), used);
}

/* Does a refusal say why nothing came of it? */
static bool
says_why(const struct answer *a)
{
	return holds(a, "Nothing was changed") ||
	    holds(a, "see nothing else") ||
	    holds(a, "This token is not known"); /* a submitter's */
}

/* Each method of each row as each role, and as somebody with a made-up
 * session. */
static void
matrix(struct world *w)
{
	static const char made_up[] =
	    "__Host-sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; "
	    "__Host-device=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."
	    "00000000000000000000000000000000";
	struct digest before = world_bytes(w), after;
	char path[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		enum www_method other =
		    row->method == WWW_GET ? WWW_HEAD : WWW_OTHER;
		struct answer a;

		path_of(row->path, path);
		for (unsigned k = 0; k < ROLES; k++) {
			a = ask_full(w, row->method, path, "", "",
			    cookie_of(k), NULL);
			CHECK(a.reply.status == row->want[k],
			    "%d %s as %s: %u", row->method, path,
			    role_names[k], a.reply.status);
			forget(&a);
			a = ask_full(w, other, path, "", "", cookie_of(k),
			    NULL);
			CHECK(a.reply.status ==
				(other == WWW_HEAD ? row->want[k] : 405),
			    "other %s as %s: %u", path, role_names[k],
			    a.reply.status);
			forget(&a);
			a = ask_full(w, WWW_OTHER, path, "", "", cookie_of(k),
			    NULL);
			CHECK(a.reply.status == 405 &&
				a.reply.allow[0] != '\0' &&
				strstr(a.reply.allow,
				    row->method == WWW_GET ? "GET, HEAD"
							   : "POST") != NULL,
			    "PUT %s as %s: %u %s", path, role_names[k],
			    a.reply.status, a.reply.allow);
			forget(&a);
		}
		a = ask_full(
		    w, row->method, path, "", "", made_up, "same-origin");
		CHECK(a.reply.status == row->want[0], "%s, made up: %u", path,
		    a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

/* A POST by everybody who might, with everything right but one thing. */
static void
posts(struct world *w)
{
	static const struct {
		const char *name, *fetch_site, *origin;
		enum { NONE, EMPTY, ANOTHERS, ELSEWHERE, CUT, RIGHT } token;
	} wrongs[] = {
		{ "no token", "same-origin", NULL, NONE },
		{ "an empty one", "same-origin", NULL, EMPTY },
		{ "another's", "same-origin", NULL, ANOTHERS },
		{ "another form's", "same-origin", NULL, ELSEWHERE },
		{ "half of it", "same-origin", NULL, CUT },
		{ "from another site", "cross-site", NULL, RIGHT },
		{ "from another subdomain", "same-site", NULL, RIGHT },
		{ "from another origin", NULL, "https://evil.example", RIGHT },
		{ "from another port", NULL, "http://localhost:9", RIGHT },
		{ "from another origin, and said", "same-origin",
		    "https://evil.example", RIGHT },
	};
	struct digest before = world_bytes(w), after;
	char path[64], token[WWW_TOKEN], form[400];

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].method != WWW_POST) {
			continue;
		}
		path_of(rows[i].path, path);
		for (unsigned role = 1; role < ROLES; role++) {
			for (size_t k = 0; k < COUNT(wrongs); k++) {
				unsigned whose = wrongs[k].token == ANOTHERS
				    ? role % (ROLES - 1) + 1
				    : role;
				struct answer a = {
					.reply = { .status = 500 }
				};
				struct www_request q = {
					.method = WWW_POST,
					.path = path,
					.host = "localhost:8053",
					.cookie = cookies[role],
					.fetch_site = wrongs[k].fetch_site,
					.origin = wrongs[k].origin,
					.client = { .bytes = { 198, 18, 0, 1 },
					    .bits = 32 },
				};

				www_form_token(token, sessions[whose].secret,
				    wrongs[k].token == ELSEWHERE ? "/elsewhere"
								 : path);
				token[wrongs[k].token == CUT        ? 16
					: wrongs[k].token == EMPTY ? 0
								   : 32] = '\0';
				snprintf(form, sizeof(form),
				    "do=list-1&version=1&user=vera&role=admin"
				    "&weight=5&sure=yes&session=others"
				    "&password=" PASSWORD "%s%s",
				    wrongs[k].token == NONE ? "" : "&token=",
				    wrongs[k].token == NONE ? "" : token);
				for (char *p = form; *p != '\0'; p++) {
					*p = *p == ' ' ? '+' : *p;
				}
				CHECK(www_fields_parse(span_str(form), &a.arena,
					  &q.form) == 0,
				    "%s", form);
				www_answer(&q, &a.reply, w->site);
				CHECK(a.reply.status == 403 &&
					a.reply.body.data != NULL &&
					a.reply.location[0] == '\0',
				    "%s as %s, %s: %u", path, role_names[role],
				    wrongs[k].name, a.reply.status);
				CHECK(strcmp(path, "/login") == 0 ||
					says_why(&a),
				    "%s as %s, %s: says why", path,
				    role_names[role], wrongs[k].name);
				forget(&a);
			}
		}
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "a refused POST wrote");
}

/* A form that was made before the log-out, and one of a session that was
 * followed by another. */
static void
stale(struct world *w)
{
	struct answer a = get(w, "/account", "", cookies[3]);
	struct digest before, after;
	char token[100], form[200], old[100], path[64];

	CHECK(hidden(&a, "/logout", "token", token), "a form");
	forget(&a);
	snprintf(form, sizeof(form), "token=%s", token);
	a = post(w, "/logout", form, cookies[3]);
	CHECK(a.reply.status == 303 &&
		strstr(a.reply.set_cookie, "Max-Age=0") != NULL,
	    "logged out: %u", a.reply.status);
	forget(&a);
	memcpy(old, cookies[3], sizeof(old));
	CHECK(log_in(w, "ada", PASSWORD, cookies[3]) == 303, "again");
	before = world_bytes(w);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].method != WWW_POST ||
		    strcmp(rows[i].path, "/login") == 0) {
			continue;
		}
		path_of(rows[i].path, path);
		www_form_token(token, sessions[3].secret, path);
		snprintf(form, sizeof(form), "token=%.40s&version=1&do=dismiss",
		    token);
		a = post(w, path, form, old);
		/* what is for visitors, too, checks its own form */
		CHECK(a.reply.status == rows[i].want[0] &&
			says_why(&a),
		    "%s, of an ended session: %u", path, a.reply.status);
		forget(&a);
		a = post(w, path, form, cookies[3]);
		CHECK(a.reply.status == 403 && says_why(&a),
		    "%s, form of an ended session: %u", path, a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "a stale POST wrote");
}

/* No GET writes, whatever it is asked, by whomever. */
static void
reading(struct world *w)
{
	struct digest before = world_bytes(w), after;
	char path[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(queries) * ROLES; k++) {
			const char *query = queries[k / ROLES];
			struct answer a = get(w, path_of(rows[i].path, path),
			    query, cookie_of((unsigned)(k % ROLES)));

			/* 503: nothing was published here */
			CHECK(a.reply.status < 500 ||
				a.reply.status == rows[i].want[k % ROLES],
			    "%s?%s as %s: %u", path, query,
			    role_names[k % ROLES], a.reply.status);
			CHECK(a.reply.type != WWW_HTML || !holds(&a, "<x-evil"),
			    "%s?%s", path, query);
			forget(&a);
		}
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "no GET wrote");
}

int
main(void)
{
	static const char *const names[ROLES] = { "", "xena", "vera", "ada",
		"bob" };
	struct world w = { .site = NULL };

	world_open(&w);
	for (unsigned i = 1; i < ROLES; i++) {
		const char *token;

		CHECK(log_in(&w, names[i], PASSWORD, cookies[i]) == 303, "%s",
		    names[i]);
		token = strchr(cookies[i], '=');
		CHECK(token != NULL &&
			zone_session_find(www_site_accounts(w.site), token + 1,
			    strlen(token + 1), &sessions[i]) == 1,
		    "%s", cookies[i]);
	}
	www_site_tick(w.site);
	complete();
	matrix(&w);
	posts(&w);
	reading(&w);
	stale(&w);
	world_close(&w);
	return failures != 0;
}
