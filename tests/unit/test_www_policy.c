/* What the operator promises: the pages that RFC 6471 asks for, from the
 * configuration and from files, and files that are none. */
#include <unistd.h>

#include "www/news.h"
#include "www/prose.h"
#include "www_world.h"

/* The world's configuration, with MORE in its section of pages. */
static void
configure(struct world *w, const char *lists, const char *more)
{
	char path[SCRATCH + 20];
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	struct buf b = { 0 };

	snprintf(path, sizeof(path), "%s/more.conf", w->dir);
	buf_fmt(&b,
	    "data-dir = \"%s\"\n"
	    "list \"ip\" { kind = \"ip\" expiry = 30d widest-v4 = 20 }\n%s"
	    "zone \"bl.example.gr\" { lists = {\"ip\"} ns = {\"ns.example.gr\"}"
	    " hostmaster = \"h.example.gr\" }\n"
	    "www { listen = {\"127.0.0.1@0\"} url = \"https://bl.example.gr\"\n"
	    "policy = \"%s/policy\" announcements = \"%s/news\"\n%s }\n",
	    w->dir, lists, w->dir, w->dir, more);
	CHECK(file_write(path, b.data, b.len, 0600) == 0, "%s", path);
	CHECK(zone_config_load(path, &config, &why) == 0, "%s", why.text);
	CHECK(config != NULL && www_site_configure(w->site, config) == 0,
	    "configured");
	buf_free(&b);
}

static void
write_file(struct world *w, const char *name, const char *data, size_t len)
{
	char path[SCRATCH + 100];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	CHECK(file_write(path, data, len, 0600) == 0, "%s", path);
}

static const struct {
	const char *path, *query;
	unsigned status;
	const char *holds; /* NULL: nothing is looked for */
} bare[] = {
	/* RFC 6471: the MUSTs, and what is recommended */
	{ "/policy", "", 200, "meant for scoring" },               /* 2.1.3 */
	{ "/policy", "", 200, "Servers that handed spam" },        /* 2.1.3 */
	{ "/policy", "", 200, "<td data-label=\"Widest\">/20, " }, /* 2.1.3 */
	{ "/policy", "", 200, "href=\"/criteria\"" },              /* 2.1.1 */
	{ "/policy", "", 200, "kept in a log" },                   /* 2.1.2 */
	{ "/policy", "", 200, ">30 days</td>" },                   /* 2.2.1 */
	{ "/policy", "", 200, "looked at again from time" },       /* 2.2.1 */
	{ "/policy", "", 200, "who is listed reaches us" },        /* 2.2.2 */
	{ "/policy", "", 200, "href=\"/delist\"" },                /* 2.2.2 */
	{ "/policy", "", 200, "within two days" },                 /* 2.2.3 */
	{ "/policy", "", 200, "within seven at the latest" },      /* 2.2.3 */
	{ "/policy", "", 200, "without an account" },              /* 2.2.4 */
	{ "/policy", "", 200, "It costs nothing" },                /* 2.2.5 */
	{ "/policy", "", 200, "never mixed in one zone" },         /* 3.3 */
	{ "/policy", "", 200, "at least a month before" },         /* 3.4 */
	{ "/policy", "", 200, "never list everything" },           /* 3.4 */
	{ "/policy", "", 200, "special-use ranges" },              /* 3.5 */
	{ "/policy", "", 200, "127.0.0.1. The" },                  /* 3.5 */
	{ "/policy", "", 200, "no probes and run no scans" },      /* 3.6 */
	{ "/policy", "", 200, "name servers: 1" },                 /* 3.2 */
	{ "/policy", "", 200, "href=\"/contact#privacy\"" },
	{ "/", "", 200, "action=\"/lookup\"" },
	{ "/", "", 200, "<strong>0</strong> <span>changes so far</span>" },
	{ "/", "", 200, "<dt class=\"key\">bl.example.gr</dt>" },
	{ "/", "", 200, "Free for filtering your own mail." },
	{ "/", "q=%3Cx-evil%3E", 200, "href=\"/delist\"" },
	{ "/criteria", "", 200, "unsolicited bulk mail" },
	{ "/contact", "", 200, "has not said how to reach him" },
	{ "/contact", "", 200, "as long as there is room" },
	{ "/api", "", 200, "curl &#39;https://bl.example.gr/lookup.json?" },
	{ "/announcements", "", 200, "Nothing was announced yet" },
	{ "/announcements.atom", "", 200, "<feed xmlns=" },
	{ "/.well-known/security.txt", "", 404, "No such page" },
	{ "/.well-known/", "", 404, NULL },
	{ "/.well-known/security.txt/", "", 404, NULL },
	{ "/security.txt", "", 404, NULL },
	{ "/robots.txt", "", 200, "Disallow: /lookup\n" },
	{ "/policy/", "", 404, NULL },
	{ "/policy", "file=/etc/passwd", 200, "meant for scoring" },
	{ "/announcements", "name=../policy", 200, "Nothing was announced" },
	{ "/announcements/2026-11-21", "", 404, NULL },
	{ "/criteria", "id=%3Cx-evil%3E", 200, NULL },
};

static void
pages(struct world *w, const char *name)
{
	for (size_t i = 0; i < COUNT(bare); i++) {
		struct answer a = get(w, bare[i].path, bare[i].query, NULL);

		CHECK(a.reply.status == bare[i].status, "%s: %s: %u", name,
		    bare[i].path, a.reply.status);
		CHECK(bare[i].holds == NULL || holds(&a, bare[i].holds),
		    "%s: %s: no %s in\n%s", name, bare[i].path, bare[i].holds,
		    a.reply.body.data);
		CHECK(!holds(&a, "x-evil>") && !holds(&a, "root:"), "%s",
		    bare[i].path);
		forget(&a);
		a = post(w, bare[i].path, "a=b", NULL);
		CHECK(a.reply.status == 405 || a.reply.status == 404, "%s: %u",
		    bare[i].path, a.reply.status);
		forget(&a);
	}
}

/* What the operator says stands there as he wrote it, and as nothing else. */
static void
said(struct world *w)
{
	static const struct {
		const char *path, *holds;
	} cases[] = {
		{ "/policy", "<p>The scope &lt;x-evil&gt;</p>" },
		{ "/policy", "meant for refusing mail" },
		{ "/policy", "<p>Appeal &amp; more</p>" },
		{ "/policy", "<p>It ends &quot;so&quot;</p>" },
		{ "/policy", "<p>Licence</p>" },
		{ "/policy", "in operation since 2026-11-01." },
		{ "/policy", "<code>192.0.2.0/24</code>" },
		{ "/policy", "until it is taken off" },
		{ "/policy", "one entry each" },
		{ "/", "<p class=\"mut after\">Licence</p>" },
		{ "/criteria",
		    "<dt class=\"key\">c1</dt><dd>why &lt;x-evil&gt;"
		    "</dd>" },
		{ "/contact", "<p>\xce\xb1 &lt;x-evil&gt;</p>" },
		{ "/contact", "<a href=\"mailto:a@example.gr\">" },
		{ "/contact", "<a href=\"https://example.gr/?a=1&amp;b=2\">" },
		{ "/contact", "removed after 90 days" },
		{ "/.well-known/security.txt",
		    "Contact: mailto:a@example.gr\n"
		    "Contact: https://example.gr/?a=1&b=2\nExpires: 20" },
		{ "/.well-known/security.txt",
		    "Canonical: https://bl.example.gr/.well-known/security.txt"
		    "\n" },
		{ "/.well-known/security.txt",
		    "Policy: https://bl.example.gr/policy\n" },
		{ "/announcements.atom",
		    "<author><name>\xce\xb1 &lt;x-evil&gt;"
		    "</name>" },
	};
	struct answer a;
	const char *at;
	int64_t end;

	configure(w,
	    "list \"a\" { kind = \"address\" }\n"
	    "criterion \"c1\" { text = \"why <x-evil>\" }\n"
	    "guard { allow = {\"192.0.2.0/24\"} }\n"
	    "ingest { retention = 90d }\n",
	    "operator = \"\xce\xb1 <x-evil>\" since = 2026-11-01\n"
	    "contact = {\"a@example.gr\", \"https://example.gr/?a=1&b=2\"}\n"
	    "meant-for = refusing scope = \"The scope <x-evil>\"\n"
	    "appeal = \"Appeal & more\" shutdown = \"It ends \\\"so\\\"\"\n"
	    "licence = \"Licence\"\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		a = get(w, cases[i].path, "", NULL);
		CHECK(a.reply.status == 200 && holds(&a, cases[i].holds),
		    "%s: no %s in\n%s", cases[i].path, cases[i].holds,
		    a.reply.body.data);
		CHECK(!holds(&a, "<x-evil"), "%s", cases[i].path);
		forget(&a);
	}
	a = get(w, "/.well-known/security.txt", "", NULL);
	at = strstr(a.reply.body.data, "Expires: ");
	CHECK(at != NULL && when_parse(span(at + 9, 20), &end) == 0 &&
		end > when_now() + 30 * 86400 &&
		end < when_now() + 365 * 86400 && end % 86400 == 0,
	    "%s", a.reply.body.data);
	forget(&a);
}

/* ---- files -------------------------------------------------------------- */

static const struct {
	const char *what, *text;
	size_t len;                /* 0: of the text */
	const char *holds, *lacks; /* NULL: not looked for */
} policies[] = {
	{ "a heading", "# Us\n", 0, "<h2>Us</h2>", NULL },
	{ "a smaller one", "## Us\n", 0, "<h3>Us</h3>", NULL },
	{ "paragraphs", "one\ntwo\n\nthree", 0, "<p>one two</p>\n<p>three</p>",
	    NULL },
	{ "items", "- one\n  more\n- two\n\nend\n", 0,
	    "<ul class=\"dots\"><li>one more</li><li>two</li></ul>\n<p>end",
	    NULL },
	{ "lines of DOS", "# Us\r\n\r\nwe\r\n", 0, "<h2>Us</h2>\n<p>we</p>",
	    NULL },
	{ "markup", "<x-evil>\n# <x-evil>\n- <x-evil>\n", 0,
	    "<h2>&lt;x-evil&gt;</h2>", "<x-evil" },
	{ "control characters",
	    "a\x01"
	    "b\x1b[31m\x7f\xc2\x9b",
	    0,
	    "<p>ab[31m"
	    "</p>",
	    "class=\"ctl\"" },
	{ "text turned around", "x\xe2\x80\xaey\xe2\x81\xa6z\xef\xbb\xbf", 0,
	    "<p>xyz</p>", NULL },
	{ "no UTF-8", "\xff\xe9", 0, "<p>\xc3\xbf\xc3\xa9</p>", NULL },
	{ "NUL", "a\0b", 3,
	    "<p>a\xef\xbf\xbd"
	    "b</p>",
	    NULL },
	{ "empty", "", 0, "</html>", "id=\"more\"" },
	{ "marks alone", "#\n-\n##\n", 0, "<p># - ##</p>", NULL },
	{ "blanks", " \n\t\n", 0, "</html>", "<p></p>" },
};

static void
policy_files(struct world *w)
{
	char path[SCRATCH + 20];
	struct buf big = { 0 };
	struct answer a;

	configure(w, "", "");
	for (size_t i = 0; i < COUNT(policies); i++) {
		write_file(w, "policy", policies[i].text,
		    policies[i].len > 0 ? policies[i].len
					: strlen(policies[i].text));
		a = get(w, "/policy", "", NULL);
		CHECK(a.reply.status == 200 && holds(&a, policies[i].holds),
		    "%s: no %s in\n%s", policies[i].what, policies[i].holds,
		    a.reply.body.data);
		CHECK(
		    policies[i].lacks == NULL || !holds(&a, policies[i].lacks),
		    "%s: %s", policies[i].what, policies[i].lacks);
		forget(&a);
	}
	/* what is none hides nothing else */
	for (unsigned i = 0; i < (256u << 10) + 1; i++) {
		buf_u8(&big, 'x');
	}
	write_file(w, "policy", big.data, big.len);
	a = get(w, "/policy", "", NULL);
	CHECK(a.reply.status == 200 && !holds(&a, "xxxx") &&
		holds(&a, "It costs nothing"),
	    "too long");
	forget(&a);
	buf_free(&big);
	snprintf(path, sizeof(path), "%s/policy", w->dir);
	for (unsigned i = 0; i < 3; i++) {
		(void)unlink(path);
		CHECK(i == 0 ||
			(i == 1 ? mkfifo(path, 0600) : mkdir(path, 0700)) == 0,
		    "%s", path);
		a = get(w, "/policy", "", NULL);
		CHECK(a.reply.status == 200 && holds(&a, "It costs nothing") &&
			!holds(&a, "id=\"more\""),
		    "%s",
		    i == 0       ? "absent"
			: i == 1 ? "a pipe"
				 : "a folder");
		forget(&a);
	}
	CHECK(rmdir(path) == 0, "%s", path);
}

static const struct {
	const char *name, *text;
	const char *holds; /* "": it is none */
} news[] = {
	{ "2026-11-03-a.txt", "First\n\nbody <x-evil> & more\n",
	    "<h2>First</h2>" },
	{ "2026-11-03.txt", "Same day\n", "<h2>Same day</h2>" },
	{ "2026-11-04-b2.txt", "# Second\n- x\n", "<h2>Second</h2>" },
	{ "2026-11-05-x.txt", "T\x01\xe2\x80\xae<x-evil>\n",
	    "<h2>T&lt;x-evil&gt;</h2>" },
	{ "2999-01-01-later.txt", "Later\n", "" },
	{ "2026-11-31-none.txt", "Noday\n", "" },
	{ "2026-11-06-Big.txt", "Capital\n", "" },
	{ "2026-11-06_x.txt", "Underline\n", "" },
	{ "2026-11-06x.txt", "Nohyphen\n", "" },
	{ "2026-11-06-a.b.txt", "Twodots\n", "" },
	{ "2026-11-06-a.txt~", "Backup\n", "" },
	{ "2026-11-06-a.html", "Markup\n", "" },
	{ "2026-11-06-\"><x-evil>.txt", "Evilname\n", "" },
	{ ".2026-11-06-a.txt", "Hidden\n", "" },
	{ "a.txt", "Short\n", "" },
	{ "2026-11-07-empty.txt", "", "" },
	{ "2026-11-07-blank.txt", " \n\n", "" },
	{ "2026-11-07-mark.txt", "# \n", "" },
};

static void
announcements(struct world *w)
{
	char name[200], folder[SCRATCH + 100];
	struct answer page, feed;
	const char *first, *second;
	unsigned shown = 0;

	snprintf(folder, sizeof(folder), "%s/news", w->dir);
	CHECK(mkdir(folder, 0700) == 0, "%s", folder);
	for (size_t i = 0; i < COUNT(news); i++) {
		snprintf(name, sizeof(name), "news/%s", news[i].name);
		write_file(w, name, news[i].text, strlen(news[i].text));
	}
	snprintf(folder, sizeof(folder), "%s/news/2026-11-08-pipe.txt", w->dir);
	CHECK(mkfifo(folder, 0600) == 0, "%s", folder);
	snprintf(folder, sizeof(folder), "%s/news/2026-11-08-dir.txt", w->dir);
	CHECK(mkdir(folder, 0700) == 0, "%s", folder);
	snprintf(folder, sizeof(folder), "%s/news/2026-11-08-gone.txt", w->dir);
	CHECK(symlink("/nonexistent", folder) == 0, "%s", folder);
	page = get(w, "/announcements", "", NULL);
	feed = get(w, "/announcements.atom", "", NULL);
	CHECK(page.reply.status == 200 && feed.reply.status == 200 &&
		feed.reply.type == WWW_ATOM,
	    "%u %u", page.reply.status, feed.reply.status);
	for (size_t i = 0; i < COUNT(news); i++) {
		char title[100];

		snprintf(title, sizeof(title), "<h2>%.*s</h2>",
		    (int)strcspn(news[i].text, "\n"), news[i].text);
		CHECK(news[i].holds[0] != '\0'
			? holds(&page, news[i].holds)
			: !holds(&page, title) || strlen(title) < 14,
		    "%s", news[i].name);
	}
	{
		struct answer home = get(w, "/", "", NULL);

		CHECK(holds(&home,
			  "<a href=\"/announcements#2026-11-05-x\">"
			  "T&lt;x-evil&gt;</a>") &&
			!holds(&home, "Same day"),
		    "the three newest: %s", home.reply.body.data);
		forget(&home);
	}
	CHECK(!holds(&page, "<x-evil") && !holds(&feed, "<x-evil"), "escaped");
	CHECK(!holds(&feed, "<span") && !holds(&feed, "\x01"),
	    "nothing of HTML in the feed: %s", feed.reply.body.data);
	CHECK(holds(&feed, "<updated>2026-11-05T00:00:00Z</updated>\n<author>"),
	    "the newest");
	CHECK(
	    holds(&feed, "<id>tag:bl.example.gr,2026-11-03:2026-11-03-a</id>"),
	    "%s", feed.reply.body.data);
	CHECK(holds(&feed, "body &lt;x-evil&gt; &amp; more</content>"), "%s",
	    feed.reply.body.data);
	first = strstr(page.reply.body.data, "<h2>Second</h2>");
	second = strstr(page.reply.body.data, "<h2>First</h2>");
	CHECK(
	    first != NULL && second != NULL && first < second, "newest first");
	forget(&page);
	forget(&feed);
	/* at most so many */
	for (unsigned i = 0; i < WWW_NEWS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "news/2026-10-01-n%u.txt", i);
		write_file(w, name, "Old\n", 4);
	}
	page = get(w, "/announcements", "", NULL);
	for (second = page.reply.body.data;
	     (second = strstr(second, "<article")) != NULL; second++) {
		shown++;
	}
	CHECK(shown > 4 && shown <= WWW_NEWS_MAX, "%u", shown);
	CHECK(holds(&page, "<h2>Second</h2>"), "the newest are kept");
	forget(&page);
}

int
main(void)
{
	struct world w;
	struct digest before, after;

	world_open(&w);
	before = world_bytes(&w);
	configure(&w, "", "");
	pages(&w, "bare");
	said(&w);
	policy_files(&w);
	announcements(&w);
	after = world_bytes(&w);
	CHECK(same(&before, &after), "nothing was written");
	world_close(&w);
	return failures != 0;
}
