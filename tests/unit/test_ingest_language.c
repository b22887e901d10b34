/* test_ingest_language.c - languages, and names that pretend: what is told of
 * a mail that a person reads. */
#include <string.h>

#include "ingest/report.h"
#include "tests/unit/check.h"

#define GREEK "\xce\x9a\xce\xb5\xcf\x81\xce\xb4\xce\xaf\xcf\x83\xcf\x84\xce\xb5"

/* Subject and language that come out. */
static const struct {
	const char *head, *subject, *language;
} cases[] = {
	{ "Subject: Win now\n", "Win now", "" },
	{ "Subject: " GREEK "\n", GREEK, "el" },
	{ "Subject: =?utf-8?B?zprOtc+BzrTOr8+Dz4TOtQ==?=\n", GREEK, "el" },
	{ "Subject: =?iso-8859-7?B?yuXx5N/z9OU=?=\n", GREEK, "el" },
	{ "Subject: =?windows-1253?Q?=CA=E5=F1=E4=DF=F3=F4=E5?=\n", GREEK,
	    "el" },
	/* bare bytes, as the Content-Type says */
	{ "Content-Type: text/plain; charset=windows-1253\n"
	  "Subject: \xca\xe5\xf1\xe4\xdf\xf3\xf4\xe5\n",
	    GREEK, "el" },
	{ "Content-Type: text/plain; charset=\"iso-8859-7\"\n"
	  "Subject: \xca\xe5\xf1\xe4\xdf\xf3\xf4\xe5\n",
	    GREEK, "el" },
	{ "Content-Type: text/plain; charset=iso-8859-7\nSubject: Hi\n", "Hi",
	    "el" },
	{ "Content-Language: de-AT, en\nSubject: " GREEK "\n", GREEK, "de-AT" },
	{ "Content-Language: \x1b[1m\nSubject: Hi\n", "Hi", "" },
	{ "Content-Language:\nSubject: Hi\n", "Hi", "" },
	{ "Subject: =?koi8-r?B?8NLJ18XU?=\n",
	    "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "und-Cyrl" },
	{ "Subject: \xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae\n",
	    "\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\xae", "ja" },
	{ "Subject: \xe6\x97\xa5\xe6\x9c\xac\n", "\xe6\x97\xa5\xe6\x9c\xac",
	    "und-Hani" },
	/* one Greek letter does not make it Greek */
	{ "Subject: alpha particles \xce\xb1\n", "alpha particles \xce\xb1",
	    "" },
	{ "", "", "" },
};

/* From: fields, and what is said of them. */
static const struct {
	const char *from, *says; /* NULL: nothing */
} names[] = {
	{ "Ann <ann@a.example>", NULL },
	{ "ann@a.example", NULL },
	{ "\"ann@a.example\" <ann@a.example>", NULL },
	{ "\"Ann @ Home\" <ann@a.example>", NULL },
	{ "\"service@bank.com\" <x@evil.org>", "another domain" },
	{ "service@bank.com <x@evil.org>", "another domain" },
	{ "=?utf-8?Q?service=40bank.com?= <x@evil.org>", "another domain" },
	{ "\"sales@mail.evil.org\" <x@evil.org>", "the same domain" },
	{ "\xf0\x9d\x97\xb2\xf0\x9d\x97\xaf\xf0\x9d\x97\xae\xf0\x9d\x98\x86 "
	  "<x@evil.org>",
	    "only look like" },
	{ "P\xd0\xb0yPal <x@evil.org>", "only look like" },
	{ "=?utf-8?B?UNCweVBhbA==?= <x@evil.org>", "only look like" },
	{ GREEK " <x@evil.org>", NULL },
	{ "Bank " GREEK " <x@evil.org>", NULL },
	{ "M\xc3\xbcller <x@evil.org>", NULL },
};

static bool
make(const struct zone_config *config, const char *text, struct arena *arena,
    struct ingest_report *ret)
{
	struct ingest_task task = {
		.config = config, .file = "-", .raw = true
	};

	return ingest_report_make(&task, text, strlen(text), arena, ret) == 0 &&
	    ret->n_messages == 1;
}

int
main(void)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };

	if (zone_config_default(&config) < 0 ||
	    ingest_report_init(config, &why) < 0) {
		fprintf(stderr, "cannot start: %s\n", why.text);
		return 99;
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena arena = { 0 };
		struct ingest_report rep;
		char text[1024];

		snprintf(text, sizeof(text), "%sFrom: a@b.example\n\nx\n",
		    cases[i].head);
		if (!make(config, text, &arena, &rep)) {
			CHECK(false, "%zu", i);
		} else {
			const struct ingest_message *m = &rep.messages[0];

			CHECK(strcmp(m->subject, cases[i].subject) == 0,
			    "%zu: %s", i, m->subject);
			CHECK(strcmp(m->language, cases[i].language) == 0,
			    "%zu: \"%s\"", i, m->language);
		}
		arena_free(&arena);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *said = NULL;
		struct arena arena = { 0 };
		struct ingest_report rep;
		char text[1024];

		snprintf(text, sizeof(text), "From: %s\n\nx\n", names[i].from);
		if (!make(config, text, &arena, &rep)) {
			CHECK(false, "%s", names[i].from);
			arena_free(&arena);
			continue;
		}
		for (unsigned k = 0; k < rep.messages[0].problems.n; k++) {
			const char *p = rep.messages[0].problems.text[k];

			if (strstr(p, "From: shows") != NULL) {
				said = p;
			}
		}
		CHECK((said != NULL) == (names[i].says != NULL) &&
			(said == NULL || strstr(said, names[i].says) != NULL),
		    "%s: %s", names[i].from, said);
		arena_free(&arena);
	}
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
