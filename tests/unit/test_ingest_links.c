/* test_ingest_links.c - domains: of the sender and of links; what is shared by
 * everybody is spared. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/links.h"
#include "ingest/report.h"
#include "tests/unit/check.h"

static const struct {
	const char *text, *hosts; /* each with a blank behind it */
} scans[] = {
	{ "see http://a.example/x and https://B.Example:8080/",
	    "a.example b.example " },
	{ "http://a.example http://a.example/2", "a.example " },
	{ "<a href=\"https://a.example\">b.example</a>", "a.example " },
	{ "<a href=https://a.example>x</a>", "a.example " },
	{ "www.a.example, (www.b.example)", "www.a.example www.b.example " },
	{ "http://www.a.example/", "www.a.example " },
	{ "u@www.a.example xwww.b.example /www.c.example", "" },
	{ "https://user@evil.example/", "evil.example " },
	{ "https://www.bank.example:x@evil.example/", "evil.example " },
	{ "https://www.bank.example@evil.example", "evil.example " },
	{ "https://safe.example/?url=https%3A%2F%2Fevil.example%2Fx",
	    "safe.example evil.example " },
	{ "https://safe.example/?u=http%253A%252F%252Fevil.example",
	    "safe.example evil.example " },
	{ "https://a.example./", "a.example " },
	{ "https://\xcf\x80.example/", "\xcf\x80.example " },
	{ "http://localhost/ http:///x http:// https://", "" },
	{ "http://.a.example/", "" },
	{ "httpx://a.example http:a.example http:/a.example", "" },
	{ "mailto:a@b.example ftp://c.example", "" },
	{ "", "" },
	{ "h", "" },
	{ "http", "" },
	{ "https%3", "" },
	{ "www.", "" },
};

static void
check_scans(void)
{
	for (size_t i = 0; i < COUNT(scans); i++) {
		struct ingest_links links = { 0 };
		struct arena arena = { 0 };
		struct buf b = { 0 };
		size_t len = strlen(scans[i].text);
		char *exact = malloc(len > 0 ? len : 1);

		if (exact == NULL) {
			exit(99);
		}
		memcpy(exact, scans[i].text, len);
		CHECK(ingest_links_scan(span(exact, len), &arena, &links) == 0,
		    "%zu", i);
		for (unsigned k = 0; k < links.n; k++) {
			buf_fmt(&b, "%s ", links.hosts[k]);
		}
		CHECK(strcmp(b.data != NULL ? b.data : "", scans[i].hosts) == 0,
		    "%s: %s", scans[i].text, b.data);
		buf_free(&b);
		arena_free(&arena);
		free(exact);
	}
}

static void
check_many(void)
{
	struct ingest_links links = { 0 };
	struct arena arena = { 0 };
	struct buf b = { 0 };

	for (unsigned i = 0; i < 5000; i++) {
		buf_fmt(&b, "http://h%u.example/ ", i);
	}
	CHECK(ingest_links_scan(span(b.data, b.len), &arena, &links) == 0 &&
		links.n == INGEST_LINKS_MAX,
	    "%u", links.n);
	buf_free(&b);
	arena_free(&arena);
}

#define TOP                                                    \
	"Received: from a.example (a.example [203.0.114.9])\n" \
	"\tby mx.example.gr (Postfix) with ESMTP id 1; x\n"
#define TO "To: u@victim.org\n\n"
#define PASS "Authentication-Results: mx.example.gr; dmarc=pass\n"
#define FAIL "Authentication-Results: mx.example.gr; dmarc=fail\n"

static const struct {
	const char *name, *mail;
	const char *key; /* NULL: there is no candidate like it */
	enum zone_advice advice;
} cases[] = {
	{ "proven", PASS TOP "From: s@mail.spam-shop.com\n" TO "x",
	    ".spam-shop.com", ZONE_ADVICE_LIST },
	{ "unverified", TOP "From: s@mail.spam-shop.com\n" TO "x",
	    ".spam-shop.com", ZONE_ADVICE_UNSURE },
	{ "forged", FAIL TOP "From: s@spam-shop.com\n" TO "x", ".spam-shop.com",
	    ZONE_ADVICE_NEVER },
	{ "two From:", PASS TOP "From: s@spam-shop.com\nFrom: b@c.com\n" TO "x",
	    ".spam-shop.com", ZONE_ADVICE_UNSURE },
	{ "a public suffix below", PASS TOP "From: s@a.b.co.uk\n" TO "x",
	    ".b.co.uk", ZONE_ADVICE_LIST },
	{ "freemail", PASS TOP "From: s@gmail.com\n" TO "x", ".gmail.com",
	    ZONE_ADVICE_NEVER },
	{ "a brand", PASS TOP "From: s@x.paypal.com\n" TO "x", ".paypal.com",
	    ZONE_ADVICE_NEVER },
	{ "the recipient's", PASS TOP "From: s@news.victim.org\n" TO "x",
	    ".victim.org", ZONE_ADVICE_NEVER },
	{ "our own", PASS TOP "From: s@x.ours.org\n" TO "x", ".ours.org",
	    ZONE_ADVICE_NEVER },
	{ "a link", PASS TOP "From: s@gmail.com\n" TO "http://www.pills.biz/x",
	    ".pills.biz", ZONE_ADVICE_UNSURE },
	{ "a link to a shortener",
	    TOP "From: s@gmail.com\n" TO "https://bit.ly/x", ".bit.ly",
	    ZONE_ADVICE_NEVER },
	{ "a link to a brand",
	    TOP "From: s@gmail.com\n" TO "https://www.facebook.com/x",
	    ".facebook.com", ZONE_ADVICE_NEVER },
	{ "a link to everybody's pages",
	    TOP "From: s@gmail.com\n" TO "https://www.dropbox.com/x",
	    ".dropbox.com", ZONE_ADVICE_NEVER },
	{ "a link to the recipient",
	    TOP "From: s@gmail.com\n" TO "https://victim.org/x", ".victim.org",
	    ZONE_ADVICE_NEVER },
	{ "HTML in base64",
	    TOP "From: s@gmail.com\nContent-Type: text/html\n"
		"Content-Transfer-Encoding: base64\n" TO
		"PGEgaHJlZj0iaHR0cHM6Ly9hLnBpbGxzLmJpei94Ij54PC9hPg==\n",
	    ".pills.biz", ZONE_ADVICE_UNSURE },
	{ "an attached picture",
	    TOP "From: s@gmail.com\nContent-Type: image/png\n" TO
		"http://pills.biz/",
	    NULL, ZONE_ADVICE_NEVER },
	{ "an address as host",
	    TOP "From: s@gmail.com\n" TO "http://203.0.114.9/", NULL,
	    ZONE_ADVICE_NEVER },
	{ "no domain", TOP "From: s@localhost\n" TO "x", NULL,
	    ZONE_ADVICE_NEVER },
};

static void
check(const struct zone_config *config, size_t i)
{
	struct ingest_task task = {
		.config = config, .file = "-", .raw = true
	};
	const struct ingest_candidate *found = NULL;
	struct arena arena = { 0 };
	struct ingest_report rep;

	if (ingest_report_make(&task, cases[i].mail, strlen(cases[i].mail),
		&arena, &rep) < 0 ||
	    rep.n_messages != 1) {
		CHECK(false, "%s: no message", cases[i].name);
		arena_free(&arena);
		return;
	}
	for (unsigned k = 0; k < rep.messages[0].n_candidates; k++) {
		const struct ingest_candidate *c =
		    &rep.messages[0].candidates[k];

		if (c->list->kind != ZONE_KIND_DOMAIN) {
			continue;
		}
		CHECK(c->key[0] == '.' && c->why.n > 0, "%s: %s", cases[i].name,
		    c->key);
		if (cases[i].key != NULL && strcmp(c->key, cases[i].key) == 0) {
			CHECK(found == NULL, "%s: twice", cases[i].name);
			found = c;
		}
		CHECK(cases[i].key != NULL || c->advice == ZONE_ADVICE_NEVER,
		    "%s: %s is proposed", cases[i].name, c->key);
	}
	CHECK((found != NULL) == (cases[i].key != NULL), "%s: %s",
	    cases[i].name, cases[i].key);
	CHECK(found == NULL || found->advice == cases[i].advice, "%s: %s",
	    cases[i].name,
	    found != NULL ? zone_advice_name(found->advice) : "");
	arena_free(&arena);
}

int
main(void)
{
	char path[] = "/tmp/test_ingest_links.XXXXXX";
	static const char text[] = "data-dir = /tmp\n"
				   "list d { kind = domain }\n"
				   "list a { kind = address }\n"
				   "ingest { own-domains = {ours.org}"
				   " max-age = never }\n";
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	int fd = mkstemp(path), r;

	if (fd < 0 || file_write(path, text, strlen(text), 0600) < 0) {
		return 99;
	}
	close(fd);
	r = zone_config_load(path, &config, &why);
	unlink(path);
	if (r < 0 || ingest_report_init(config, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	check_scans();
	check_many();
	for (size_t i = 0; i < COUNT(cases); i++) {
		check(config, i);
	}
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
