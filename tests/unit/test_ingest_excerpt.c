/* test_ingest_excerpt.c - the words of a mail and its attachments, for a
 * person's eyes: the right part, decoded, bounded, whatever the mail says.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/charset.h"
#include "ingest/excerpt.h"
#include "ingest/mail.h"
#include "tests/unit/check.h"

#define MIX "Content-Type: multipart/mixed; boundary=b\n\n"
#define ALT "Content-Type: multipart/alternative; boundary=b\n\n"

/* WORDS, "" for none; then "name|type|size " for each attachment. */
static const struct {
	const char *name, *mail, *words, *files;
	bool html, cut;
} mails[] = {
	{ "plain", "Subject: x\n\nhello  you\n", "hello  you", "", false,
	    false },
	{ "empty", "Subject: x\n\n", "", "", false, false },
	{ "nothing", "", "", "", false, false },
	{ "blank", "Subject: x\n\n \n\t\n", "", "", false, false },
	{ "line ends", "X: y\r\n\r\na\r\n\r\n\r\n\r\nb  \r\nc\r\n",
	    "a\n\nb\nc", "", false, false },
	{ "html",
	    "Content-Type: text/html\n\n<p>Hi <b>you</b><script>x()</script>"
	    "<style>p{}</style><p>&lt;x&gt;",
	    "Hi you\n<x>", "", true, false },
	{ "plain goes before html",
	    ALT "--b\nContent-Type: text/html\n\nthe html\n--b\nContent-Type: "
		"text/plain\n\nthe text\n--b--\n",
	    "the text", "", false, false },
	{ "but not when it says nothing",
	    ALT "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: "
		"text/html\n\nthe html\n--b--\n",
	    "the html", "", true, false },
	{ "greek",
	    "Content-Type: text/plain; charset=iso-8859-7\n\n\xc4\xfe\xf1\xef",
	    "\xce\x94\xcf\x8e\xcf\x81\xce\xbf", "", false, false },
	{ "base64",
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n\naGVsbG8=\n",
	    "hello", "", false, false },
	{ "quoted",
	    "Content-Transfer-Encoding: quoted-printable\n\nhel=\nlo=3D",
	    "hello=", "", false, false },
	{ "an unknown charset",
	    "Content-Type: text/plain; charset=x-none\n\nhello", "hello", "",
	    false, false },
	{ "attachments",
	    MIX "--b\n\nthe text\n--b\nContent-Type: application/zip\n"
		"Content-Transfer-Encoding: base64\nContent-Disposition: "
		"attachment; filename=\"a b.zip\"\n\naGVsbG8=\n--b\n"
		"Content-Type: image/png; name=i.png\n\nabc\n--b--\n",
	    "the text", "a b.zip|application/zip|5 i.png|image/png|3 ", false,
	    false },
	{ "an attached text is no text",
	    MIX "--b\nContent-Type: text/plain\nContent-Disposition: "
		"attachment; filename=a.txt\n\nno\n--b--\n",
	    "", "a.txt|text/plain|2 ", false, false },
	{ "nor is an attached message's",
	    MIX "--b\nContent-Type: message/rfc822\n\nSubject: y\n\nno\n--b--\n",
	    "", "|message/rfc822|14 ", false, false },
	{ "an encoded name",
	    MIX "--b\nContent-Type: a/b; name=\"=?utf-8?q?=CE=B1?=\"\n\nx\n"
		"--b--\n",
	    "", "\xce\xb1|a/b|1 ", false, false },
	{ "a name that is a path and markup",
	    MIX "--b\nContent-Type: a/b\nContent-Disposition: attachment; "
		"filename=\"../<b>\"\n\nx\n--b--\n",
	    "", "../<b>|a/b|1 ", false, false },
};

static struct zone_config config = {
	.ingest = { .max_depth = 20, .max_parts = 100 },
};

static void
table(void)
{
	for (size_t i = 0; i < COUNT(mails); i++) {
		struct ingest_excerpt e = { .words = NULL };
		struct arena arena = { 0 };
		struct buf files = { 0 };
		size_t len = strlen(mails[i].mail);
		char *exact = malloc(len > 0 ? len : 1);

		if (exact == NULL) {
			exit(99);
		}
		memcpy(exact, mails[i].mail, len); /* no NUL behind it */
		CHECK(ingest_excerpt_read(&config, span(exact, len), 1000, 10,
			  &arena, &e) == 0,
		    "%s", mails[i].name);
		buf_str(&files, "");
		for (unsigned k = 0; k < e.n_files; k++) {
			buf_fmt(&files, "%s|%s|%zu ", e.files[k].name,
			    e.files[k].type, e.files[k].size);
		}
		CHECK(e.words != NULL &&
			strcmp(e.words, mails[i].words) == 0 &&
			e.len == strlen(mails[i].words),
		    "%s: \"%s\"", mails[i].name, e.words);
		CHECK(strcmp(files.data, mails[i].files) == 0, "%s: %s",
		    mails[i].name, files.data);
		CHECK(e.html == mails[i].html && e.cut == mails[i].cut, "%s",
		    mails[i].name);
		buf_free(&files);
		arena_free(&arena);
		free(exact);
	}
}

static void
bounds(void)
{
	struct ingest_excerpt e;
	struct arena arena = { 0 };
	struct buf mail = { 0 };

	buf_str(&mail, "Subject: x\n\n");
	for (unsigned i = 0; i < 50000; i++) {
		buf_str(&mail, "\xce\xb1");
	}
	CHECK(ingest_excerpt_read(&config, span(mail.data, mail.len), 101, 0,
		  &arena, &e) == 0 &&
		e.len == 100 && e.cut,
	    "cut at a character: %zu", e.len);
	CHECK(ingest_excerpt_read(&config, span(mail.data, mail.len), 0, 0,
		  &arena, &e) == 0 &&
		e.words == NULL && e.len == 0,
	    "no room, no words");
	buf_clear(&mail);
	buf_str(&mail, MIX);
	for (unsigned i = 0; i < 90; i++) {
		buf_str(&mail, "--b\nContent-Type: a/b; name=");
		for (unsigned k = 0; k < 30; k++) {
			buf_str(&mail, "\xce\xb1\xce\xb2\xce\xb3");
		}
		buf_str(&mail, "\n\nx\n");
	}
	CHECK(ingest_excerpt_read(&config, span(mail.data, mail.len), 10, 1000,
		  &arena, &e) == 0 &&
		e.n_files == INGEST_FILES_MAX &&
		strlen(e.files[0].name) <= 120,
	    "no more attachments than are named: %u", e.n_files);
	CHECK(ingest_excerpt_read(&config, span(mail.data, mail.len), 10, 3,
		  &arena, &e) == 0 &&
		e.n_files == 3,
	    "and no more than asked for: %u", e.n_files);
	buf_free(&mail);
	arena_free(&arena);
}

/* Every mail of the table, cut anywhere and with each byte changed. */
static void
damaged(void)
{
	for (size_t i = 0; i < COUNT(mails); i++) {
		size_t len = strlen(mails[i].mail);

		for (size_t at = 0; at < len; at++) {
			struct ingest_excerpt e;
			struct arena arena = { 0 };
			char *copy = malloc(len);

			if (copy == NULL) {
				exit(99);
			}
			memcpy(copy, mails[i].mail, len);
			copy[at] = (char)0xff;
			CHECK(ingest_excerpt_read(&config, span(copy, len), 500,
				  5, &arena, &e) == 0 &&
				ingest_excerpt_read(&config, span(copy, at),
				    500, 5, &arena, &e) == 0,
			    "%s, byte %zu", mails[i].name, at);
			arena_free(&arena);
			free(copy);
		}
	}
}

int
main(void)
{
	ingest_mail_init();
	ingest_charset_init();
	table();
	bounds();
	damaged();
	return failures != 0;
}
