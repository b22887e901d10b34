/* Decisions through the pages: one POST, one change; never by a stranger's
 * form, never twice, never half.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/www_world.h"

static char ada[100], bob[100], vera[100];

static uint64_t
serial(struct world *w)
{
	struct zone_view *view = NULL;
	uint64_t n = 0;

	CHECK(zone_view_open(www_site_store(w->site), &view) == 0 &&
		zone_view_renew(view) == 0,
	    "view");
	if (view != NULL) {
		n = zone_view_serial(view);
	}
	zone_view_close(&view);
	return n;
}

/* The form of item ID as COOKIE's page has it, with WHAT added. */
static void
fill(struct world *w, const char *cookie, unsigned id, const char *what,
    char form[400])
{
	char page[32], action[64], token[100], version[100];
	struct answer a;

	snprintf(page, sizeof(page), "/queue/%u", id);
	snprintf(action, sizeof(action), "/queue/%u/decide", id);
	a = get(w, page, "", cookie);
	CHECK(hidden(&a, action, "token", token) &&
		hidden(&a, action, "version", version),
	    "item %u has its form", id);
	snprintf(form, 400, "token=%s&version=%s&%s", token, version, what);
	forget(&a);
}

static unsigned
send_form(
    struct world *w, const char *path, const char *form, const char *cookie)
{
	struct answer a = post(w, path, form, cookie);
	unsigned status = a.reply.status;

	forget(&a);
	return status;
}

static bool
listed(struct world *w, const char *key)
{
	char query[64];
	struct answer a;
	bool yes;

	snprintf(query, sizeof(query), "q=%s", key);
	a = get(w, "/lookup.json", query, NULL);
	CHECK(a.reply.status == 200, "look up %s: %u", key, a.reply.status);
	yes = holds(&a, "\"listed\":true");
	forget(&a);
	return yes;
}

/* Everything that must not be enough. */
static void
forgeries(struct world *w)
{
	char right[400], form[400], other[100], token[100];
	const char *path = "/queue/1/decide";
	struct answer a;

	fill(w, ada, 1, "do=list-1", right);
	a = get(w, "/queue/1", "", bob);
	CHECK(hidden(&a, path, "token", other), "bob's token");
	forget(&a);
	a = get(w, "/queue/2", "", ada);
	CHECK(hidden(&a, "/queue/2/decide", "token", token), "of item 2");
	forget(&a);

	CHECK(
	    send_form(w, path, "version=1&do=list-1", ada) == 403, "no token");
	CHECK(send_form(w, path, "token=&version=1&do=list-1", ada) == 403,
	    "an empty token");
	snprintf(form, sizeof(form), "token=%s&version=1&do=list-1", other);
	CHECK(send_form(w, path, form, ada) == 403, "another's token");
	snprintf(form, sizeof(form), "token=%s&version=1&do=list-1", token);
	CHECK(send_form(w, path, form, ada) == 403, "another item's token");
	CHECK(send_form(w, path, right, NULL) == 401, "no session");
	CHECK(send_form(w, path, right, vera) == 403, "a viewer");
	CHECK(send_form(w, path, right, bob) == 403, "another session");
	a = ask_full(w, WWW_POST, path, "", right, ada, "cross-site");
	CHECK(a.reply.status == 403, "from another site: %u", a.reply.status);
	CHECK(holds(&a, "Nothing was changed"), "and says so");
	forget(&a);
	a = ask_full(w, WWW_GET, path, right, "", ada, NULL);
	CHECK(a.reply.status == 405, "as a GET: %u", a.reply.status);
	forget(&a);
	CHECK(serial(w) == 0 && !listed(w, "203.0.114.9"), "nothing listed");
}

/* Forms that are ours but say something odd. */
static void
odd_forms(struct world *w)
{
	static const struct {
		const char *what;
		unsigned status;
	} cases[] = {
		{ "", 400 },
		{ "do=", 400 },
		{ "do=list", 400 },
		{ "do=list-", 400 },
		{ "do=list-0", 400 },
		{ "do=list-x", 400 },
		{ "do=list-4294967296", 400 },
		{ "do=list-4", 404 },
		{ "do=list-3221225472", 404 },
		{ "do=dismiss&until=1", 400 },
		{ "do=list-1&until=0d", 400 },
		{ "do=list-1&until=-7d", 400 },
		{ "do=list-1&until=7", 400 },
		{ "do=list-1&until=9999999w", 400 },
		{ "do=list-1&until=Never", 400 },
	};
	char form[400], big[1200];

	for (unsigned i = 0; i < COUNT(cases); i++) {
		unsigned status;

		fill(w, ada, 1, cases[i].what, form);
		status = send_form(w, "/queue/1/decide", form, ada);
		CHECK(
		    status == cases[i].status, "%s: %u", cases[i].what, status);
	}
	fill(w, ada, 1, "do=list-1", form);
	snprintf(big, sizeof(big), "%s&reason=%0600d", form, 7);
	CHECK(send_form(w, "/queue/1/decide", big, ada) == 400,
	    "a reason that is too long");
	CHECK(serial(w) == 0, "nothing listed");
}

static void
approve_and_undo(struct world *w)
{
	char form[400], token[100], undo[200];
	struct answer a;

	fill(w, ada, 1,
	    "do=list-1&until=7d&reason=seen%0D%0A%3Cx-evil+on%3D1%3E", form);
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(
	    a.reply.status == 303 && strcmp(a.reply.location, "/queue/1") == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
	CHECK(serial(w) == 1 && listed(w, "203.0.114.9"), "listed");

	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 409 && holds(&a, "<strong>ada</strong>"),
	    "sent twice: %u", a.reply.status);
	forget(&a);
	fill(w, ada, 2, "do=list-1", form); /* any page of bob's will do */
	a = get(w, "/queue/1", "", bob);
	CHECK(holds(&a, "seen &lt;x-evil on=1&gt;") && !holds(&a, "<x-evil"),
	    "the reason is text, on one line");
	CHECK(hidden(&a, "/log/1/undo", "token", token), "undo in place");
	forget(&a);
	a = get(w, "/log", "", vera);
	CHECK(holds(&a, "203.0.114.9") && !holds(&a, "/log/1/undo"),
	    "a viewer sees the log without its buttons");
	forget(&a);
	a = get(w, "/log", "", bob);
	CHECK(holds(&a, "/log/1/undo") && !holds(&a, "<x-evil"),
	    "undo from the log");
	forget(&a);

	snprintf(undo, sizeof(undo), "token=%s&item=1", token);
	CHECK(send_form(w, "/log/1/undo", undo, ada) == 403,
	    "bob's form in ada's session");
	a = post(w, "/log/1/undo", undo, bob);
	CHECK(
	    a.reply.status == 303 && strcmp(a.reply.location, "/queue/1") == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
	CHECK(!listed(w, "203.0.114.9"), "taken back");
	CHECK(send_form(w, "/log/1/undo", undo, bob) == 409, "twice");
	fill(w, ada, 1, "do=list-1", form); /* it waits again: has a form */
}

static void
dismiss_and_reopen(struct world *w)
{
	char form[400], token[100], version[100], reopen[300];
	struct answer a;

	fill(w, ada, 2, "do=dismiss&back=queue", form);
	a = post(w, "/queue/2/decide", form, ada);
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/queue?done=2") == 0,
	    "%u %s", a.reply.status, a.reply.location);
	forget(&a);
	a = get(w, "/queue", "done=2", ada);
	CHECK(holds(&a, "Dismissed</strong>") &&
		hidden(&a, "/queue/2/reopen", "token", token) &&
		hidden(&a, "/queue/2/reopen", "version", version),
	    "undo in the queue");
	forget(&a);
	a = get(w, "/log", "", ada);
	CHECK(holds(&a, "/queue/2/reopen"), "undo in the log");
	forget(&a);
	snprintf(reopen, sizeof(reopen), "token=%s&version=%s", token, version);
	CHECK(send_form(w, "/queue/2/reopen", reopen, ada) == 303, "reopened");
	CHECK(send_form(w, "/queue/2/reopen", reopen, ada) == 409, "twice");
	CHECK(send_form(w, "/queue/2/decide", form, ada) == 409,
	    "the form from before");
	fill(w, ada, 2, "do=list-2", form);
	CHECK(send_form(w, "/queue/2/decide", form, ada) == 303,
	    "the address instead");
	CHECK(!listed(w, "203.0.114.10") && listed(w, "spammer2@example.gr"),
	    "only the address");
}

static void
two_people(struct world *w)
{
	char form[400];
	struct answer a;

	fill(w, ada, 3, "do=list-1", form);
	a = post(w, "/queue/3/decide", form, ada);
	CHECK(a.reply.status == 200 && holds(&a, "so 1 more is needed"),
	    "a wide network needs two: %u", a.reply.status);
	forget(&a);
	CHECK(!listed(w, "203.0.100.1"), "not yet");
	fill(w, bob, 3, "do=list-1", form);
	CHECK(send_form(w, "/queue/3/decide", form, bob) == 303, "the second");
	CHECK(listed(w, "203.0.100.1"), "now");
}

static void
guarded(struct world *w)
{
	char form[400];
	uint64_t before = serial(w);
	struct answer a;

	fill(w, ada, 4, "do=list-1", form);
	a = post(w, "/queue/4/decide", form, ada);
	CHECK(a.reply.status == 422 && holds(&a, "10.0.0.1"),
	    "private space by a made-up form: %u", a.reply.status);
	forget(&a);
	CHECK(serial(w) == before, "nothing listed");
}

/* ---- two at the same moment -------------------------------------------- */

struct rival {
	struct world *w;
	const char *cookie, *form;
	unsigned status;
};

static void *
rush(void *ctx)
{
	struct rival *r = ctx;
	struct answer a = post(r->w, "/queue/1/decide", r->form, r->cookie);

	r->status = a.reply.status;
	forget(&a);
	return NULL;
}

static void
race(struct world *w)
{
	char a[400], b[400], token[100], version[100], back[300], path[64];
	struct answer page;

	for (unsigned round = 0; round < 20; round++) {
		struct rival rivals[2] = { { w, ada, a, 0 }, { w, bob, b, 0 } };
		pthread_t threads[2];

		fill(w, ada, 1, "do=list-1", a);
		fill(w, bob, 1, "do=dismiss", b);
		for (unsigned i = 0; i < 2; i++) {
			CHECK(pthread_create(
				  &threads[i], NULL, rush, &rivals[i]) == 0,
			    "thread");
		}
		for (unsigned i = 0; i < 2; i++) {
			pthread_join(threads[i], NULL);
		}
		CHECK((rivals[0].status == 303) + (rivals[1].status == 303) ==
			    1 &&
			(rivals[0].status == 409) + (rivals[1].status == 409) ==
			    1,
		    "round %u: %u %u", round, rivals[0].status,
		    rivals[1].status);
		CHECK(listed(w, "203.0.114.9") == (rivals[0].status == 303),
		    "round %u: the winner's word holds", round);

		/* back to waiting */
		if (rivals[0].status == 303) {
			snprintf(path, sizeof(path), "/log/%llu/undo",
			    (unsigned long long)serial(w));
		} else {
			snprintf(path, sizeof(path), "/queue/1/reopen");
		}
		page = get(w, "/queue/1", "", ada);
		CHECK(hidden(&page, path, "token", token), "%s", path);
		if (!hidden(&page, path, "version", version)) {
			snprintf(version, sizeof(version), "0");
		}
		forget(&page);
		snprintf(
		    back, sizeof(back), "token=%s&version=%s", token, version);
		CHECK(send_form(w, path, back, ada) == 303, "back again");
	}
}

/* ---- log-in ------------------------------------------------------------ */

static void
logging_in(struct world *w)
{
	char cookie[100], second[100], form[300], token[100];
	struct answer a;

	CHECK(log_in(w, "eve", PASSWORD, cookie) == 401 && cookie[0] == '\0',
	    "nobody: %s", cookie);
	CHECK(log_in(w, "ada", "wrong password", cookie) == 401 &&
		cookie[0] == '\0',
	    "wrong: %s", cookie);
	CHECK(log_in(w, "ada", "", cookie) == 401, "none");
	a = post(w, "/login", "user=ada&password=correct+horse+battery", NULL);
	CHECK(a.reply.status == 403 && a.reply.set_cookie[0] == '\0',
	    "without its token: %u", a.reply.status);
	forget(&a);
	a = get(w, "/login", "", NULL);
	CHECK(hidden(&a, "/login", "token", token), "token");
	forget(&a);
	snprintf(form, sizeof(form),
	    "token=%s&user=ada&password=correct+horse+battery"
	    "&next=%%2F%%2Fevil.example%%2F",
	    token);
	a = ask_full(w, WWW_POST, "/login", "", form, NULL, "cross-site");
	CHECK(a.reply.status == 403, "from elsewhere: %u", a.reply.status);
	forget(&a);
	a = post(w, "/login", form, NULL);
	CHECK(a.reply.status == 303 && strcmp(a.reply.location, "/queue") == 0,
	    "leads nowhere else: %s", a.reply.location);
	snprintf(cookie, sizeof(cookie), "%.*s",
	    (int)strcspn(a.reply.set_cookie, ";"), a.reply.set_cookie);
	forget(&a);

	a = post(w, "/login", form, cookie);
	CHECK(a.reply.status == 303, "again: %u", a.reply.status);
	snprintf(second, sizeof(second), "%.*s",
	    (int)strcspn(a.reply.set_cookie, ";"), a.reply.set_cookie);
	forget(&a);
	CHECK(strcmp(cookie, second) != 0, "a new token each time");
	a = get(w, "/queue", "", cookie);
	CHECK(a.reply.status == 401, "the old one is over: %u", a.reply.status);
	forget(&a);

	a = get(w, "/queue", "", second);
	CHECK(hidden(&a, "/logout", "token", token), "a log-out form");
	forget(&a);
	snprintf(form, sizeof(form), "token=%s", token);
	CHECK(send_form(w, "/logout", "", second) == 403, "not by itself");
	a = post(w, "/logout", form, second);
	CHECK(a.reply.status == 303 &&
		strstr(a.reply.set_cookie, "Max-Age=0") != NULL,
	    "logged out: %s", a.reply.set_cookie);
	forget(&a);
	a = get(w, "/queue", "", second);
	CHECK(a.reply.status == 401, "and it stays so: %u", a.reply.status);
	forget(&a);

	for (unsigned i = 0; i < 4; i++) {
		(void)log_in(w, "vera", "wrong password", cookie);
	}
	CHECK(log_in(w, "vera", PASSWORD, cookie) == 429,
	    "too many tries, even with the right one");
}

/* ---- when the disk says no --------------------------------------------- */

static void
no_room(struct world *w)
{
	struct rlimit old, tight;
	char form[400];
	struct answer a;
	uint64_t before = serial(w);

	fill(w, ada, 1, "do=list-1", form);
	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &old) < 0) {
		exit(99);
	}
	tight = (struct rlimit){ .rlim_cur = 4096, .rlim_max = old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &tight);
	a = post(w, "/queue/1/decide", form, ada);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK(a.reply.status == 507 && holds(&a, "Nothing was changed"),
	    "a full disk: %u", a.reply.status);
	forget(&a);
	CHECK(serial(w) == before && !listed(w, "203.0.114.9"),
	    "nothing half done");
	a = post(w, "/queue/1/decide", form, ada);
	CHECK(a.reply.status == 303 || a.reply.status == 409,
	    "with room it works: %u", a.reply.status);
	forget(&a);
}

static void
unreadable(struct world *w)
{
	static const char *const paths[] = { "/", "/queue", "/queue/1", "/log",
		"/healthz" };
	char path[SCRATCH + 40];
	struct answer a;

	snprintf(path, sizeof(path), "%s/store/data.mdb", w->dir);
	if (truncate(path, 8192) < 0) {
		exit(99);
	}
	for (unsigned i = 0; i < COUNT(paths); i++) {
		a = get(w, paths[i], "", ada);
		CHECK(a.reply.status == 503, "%s of a cut store: %u", paths[i],
		    a.reply.status);
		forget(&a);
	}
	a = get(w, "/lookup.json", "q=203.0.114.9", NULL);
	CHECK(a.reply.status == 503 && !holds(&a, "\"listed\":true"),
	    "never in the direction of listed: %u", a.reply.status);
	forget(&a);
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "ada");
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "bob");
	CHECK(log_in(&w, "vera", PASSWORD, vera) == 303, "vera");
	forgeries(&w);
	odd_forms(&w);
	approve_and_undo(&w);
	dismiss_and_reopen(&w);
	two_people(&w);
	guarded(&w);
	race(&w);
	logging_in(&w);
	no_room(&w);
	unreadable(&w);
	world_close(&w);
	return failures != 0;
}
