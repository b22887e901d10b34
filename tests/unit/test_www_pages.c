/* That a mail's text stays text on every page, and what is refused with which
 * status. Who may ask for what is in test_www_matrix.c.
 */
#include "tests/unit/www_world.h"

static char vera[100], ada[100], bob[100];

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
