/* test_ingest_hostile.c - mails that are made to break a parser: megabytes of
 * one thing, lies, loops. Each is read to its end within little memory, what
 * was left out is said, and only the spam's own relay and sender come out. */
#include <stdlib.h>
#include <string.h>

#include "ingest/report.h"
#include "tests/unit/check.h"

#define MEMORY (32u << 20) /* bytes of the arena, beside the mail */

/* The forwarder's head, without its end; a part border; what is reported. */
#define OUTER                                                        \
	"Received: from out.member.example (out.member.example "     \
	"[198.52.102.7])\n\tby mx.bl.example (Postfix) with ESMTPS " \
	"id 1\n\tfor <report@bl.example>; Thu, 19 Nov 2026 "         \
	"10:00:00 +0200\nFrom: Member <member@member.example>\n"     \
	"To: report@bl.example\nSubject: Fwd: spam\nMIME-Version: 1.0\n"
#define MIXED OUTER "Content-Type: multipart/mixed; boundary=B\n\n"
#define RELAY                                                      \
	"Received: from x (x.bulk.example [203.0.114.61])\n\tby "  \
	"mx.member.example (Postfix) with ESMTP id 2;\n\tThu, 19 " \
	"Nov 2026 09:00:00 +0200\n"
#define SENDER "From: shop@fake.example\nSubject: buy\n"
#define SPAM RELAY SENDER "\nbuy\n"
#define AS_MESSAGE "--B\nContent-Type: message/rfc822\n\n"
#define TEXT OUTER "Content-Type: text/plain\n\n"
#define HTML OUTER "Content-Type: text/html\n\n"

enum { FOUND = 1 }; /* the spam's relay and sender come out */

static const struct {
	const char *name;
	const char *before, *again;
	unsigned times;
	const char *after;
	unsigned messages, flags;
	const char *note; /* among the problems; "": not asked for */
} cases[] = {
	{ "Received: lines", MIXED AS_MESSAGE RELAY,
	    "Received: from a (a [11.0.0.1]) by b with SMTP id 1; x\n", 50000,
	    SENDER "\nx\n--B--\n", 1, FOUND, "64 Received:" },
	{ "a field of megabytes", MIXED AS_MESSAGE RELAY "X-A: ", "0123456789",
	    400000, "\n" SENDER "\nx\n--B--\n", 1, FOUND, "64 KiB was cut" },
	{ "a field of a million lines", MIXED AS_MESSAGE RELAY "X-A: a\n",
	    " b\n", 1000000, SENDER "\nx\n--B--\n", 1, FOUND,
	    "64 KiB was cut" },
	{ "a hundred thousand fields", MIXED AS_MESSAGE RELAY SENDER, "A: b\n",
	    100000, "\nx\n--B--\n", 1, FOUND, "1000 other fields" },
	{ "messages in messages", OUTER "Content-Type: message/rfc822\n\n",
	    "Content-Type: message/rfc822\n\n", 100000, SPAM, 1, 0, "deep" },
	{ "parts", MIXED, "--B\n\nx\n", 100000, "--B--\n", 0, 0, "parts" },
	{ "borders that end nothing", MIXED, "--Bx\n", 1000000, AS_MESSAGE SPAM,
	    1, FOUND, "" },
	{ "attached messages", MIXED, AS_MESSAGE SPAM, 400, "--B--\n", 50,
	    FOUND, "350 more messages" },
	{ "an mbox", MIXED "--B\nContent-Type: application/mbox\n\n",
	    "From a@b  Mon Jan  5 10:00:00 2026\n" SPAM "\n", 50000, "--B--\n",
	    50, FOUND, "49950 more messages" },
	{ "a pasted mbox", TEXT,
	    "From a@b  Mon Jan  5 10:00:00 2026\n" SPAM "\n", 3000, "", 50,
	    FOUND, "2950 more messages" },
	{ "forwards of forwards", MIXED,
	    AS_MESSAGE
	    "Subject: Fwd: x\nFrom: shop@fake.example\nContent-Type: "
	    "multipart/mixed; boundary=C\n\n--C\n\n--C\n\n--C\n\n",
	    2000, "--B--\n", 50, 0, "parts" },
	{ "texts", MIXED,
	    "--B\nContent-Type: text/html\n\n<p>From: a<p>Sent: b<style>", 990,
	    "--B--\n", 1, 0, "" },
	{ "HTML that opens", HTML, "<div><!-- <style <a &lt;&#x;", 400000, "",
	    0, 0, "more text than is searched" },
	{ "styles that do not end", HTML, "<style></x>", 400000, "", 0, 0,
	    "more text than is searched" },
	{ "quotes", TEXT, ">", 8000000, "\n", 0, 0,
	    "more text than is searched" },
	{ "links", TEXT "Received: from a\n", "<http://", 500000, "\n", 0, 0,
	    "more text than is searched" },
	{ "labels", TEXT, "From: a\n\nFrom: b\n", 500000, "", 0, 0,
	    "more text than is searched" },
	{ "half a trace", TEXT, "Received: by\nX-A: b\n\n", 300000, "", 0, 0,
	    "more text than is searched" },
	{ "a pasted trace, far down", TEXT, "hello\n", 700000, SPAM, 0, 0,
	    "more text than is searched" },
	{ "parameters", OUTER "Content-Type: text/plain", "; charset*0*=a",
	    100000, "\n\nx\n", 0, 0, "" },
	{ "a border of 60 KB", OUTER "Content-Type: multipart/mixed; boundary=",
	    "b", 60000, "\n\n" AS_MESSAGE SPAM, 0, 0, "" },
	{ "comments in an address", MIXED AS_MESSAGE RELAY "From: ", "(", 60000,
	    " shop@fake.example\n\nx\n--B--\n", 1, 0, "" },
	{ "groups in an address", MIXED AS_MESSAGE RELAY "From: ", "a:", 30000,
	    " shop@fake.example\n\nx\n--B--\n", 1, 0, "" },
	{ "encoded words",
	    MIXED AS_MESSAGE RELAY "From: shop@fake.example\nSubject: ",
	    "=?utf-7?Q?", 100000, "\n\nx\n--B--\n", 1, FOUND, "" },
	{ "brackets in a trace", MIXED AS_MESSAGE RELAY "Received: from ", "([",
	    100000, "\n" SENDER "\nx\n--B--\n", 1, FOUND, "" },
	{ "control characters",
	    MIXED AS_MESSAGE RELAY "From: \"\x1b]0;x\x07\" <shop@fake.example>"
				   "\nSubject: \x1b[2J",
	    "\x01\x7f\x9b", 1000, "\n\nx\n--B--\n", 1, FOUND, "" },
	{ "CR alone", "From: a@b.example\r\rx\r", "y\r", 4000000, "", 0, 0,
	    "" },
	{ "zeros", "", "\001\002\003\004", 1000000, "", 0, 0, "no header" },
	{ "a damaged winmail.dat",
	    MIXED "--B\nContent-Type: application/ms-tnef\n\n"
		  "\x78\x9f\x3e\x22\x01\x01\x02\x0f\x80\x06\x01",
	    "\xff", 100000, "\n--B--\n", 0, 0, "winmail.dat is damaged" },
	{ "a damaged .msg",
	    MIXED "--B\nContent-Type: application/vnd.ms-outlook\n\n"
		  "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	    "\x09\x01", 100000, "\n--B--\n", 0, 0, "cannot be read" },
	{ "a damaged zip",
	    MIXED "--B\nContent-Type: application/zip\n\nPK\x03\x04",
	    "\xfe\x7f", 100000, "\n--B--\n", 0, 0, "damaged" },
	{ "a rar", MIXED "--B\nContent-Type: application/x-rar\n\nRar!\x1a\x07",
	    "x", 1000, "\n--B--\n", 0, 0, "rar is not opened" },
	{ "an empty text", TEXT, "", 0, "", 0, 0, "" },
	{ "empty texts", MIXED, "--B\nContent-Type: text/html\n\n", 3,
	    "--B\n\n--B--\n", 0, 0, "" },
	{ "an encoded nothing",
	    MIXED "--B\nContent-Type: text/plain; charset=koi8-r\n"
		  "Content-Transfer-Encoding: base64\n\n",
	    "=", 9, "\n--B--\n", 0, 0, "" },
	{ "a uuencoded file that does not end", TEXT "begin 644 x.eml\n",
	    "M86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C86)C"
	    "\n",
	    100000, "", 0, 0, "more text than is searched" },
};

static bool
noted(const struct ingest_notes *notes, const char *what)
{
	for (unsigned i = 0; i < notes->n; i++) {
		if (strstr(notes->text[i], what) != NULL) {
			return true;
		}
	}
	return false;
}

/* Only what the spam names: its sender is never proposed without doubt. */
static void
check_message(const char *name, const struct ingest_message *m, bool found)
{
	bool relay = false, sender = false;

	for (unsigned i = 0; i < m->n_candidates; i++) {
		const struct ingest_candidate *c = &m->candidates[i];
		bool ip = strcmp(c->key, "203.0.114.61") == 0;
		bool address = strcmp(c->key, "shop@fake.example") == 0;

		CHECK(ip || address, "%s: accused: %s", name, c->key);
		relay = relay || ip;
		sender = sender || address;
	}
	CHECK(!found || (relay && sender), "%s: relay %d, sender %d", name,
	    relay, sender);
}

static void
check_case(const struct zone_config *config, size_t i)
{
	struct ingest_task task = { .config = config, .file = cases[i].name };
	struct arena arena = { .limit = MEMORY };
	struct ingest_report rep;
	struct buf b = { 0 };
	bool said = cases[i].note[0] == '\0';
	int r;

	buf_str(&b, cases[i].before);
	for (unsigned k = 0; k < cases[i].times; k++) {
		buf_str(&b, cases[i].again);
	}
	buf_str(&b, cases[i].after);
	r = ingest_report_make(&task, b.data, b.len, &arena, &rep);
	CHECK(r == 0, "%s: %d", cases[i].name, r);
	if (r == 0) {
		said = said || noted(&rep.problems, cases[i].note);
		CHECK(rep.n_messages == cases[i].messages, "%s: %u messages",
		    cases[i].name, rep.n_messages);
		for (unsigned k = 0; k < rep.n_messages; k++) {
			said = said ||
			    noted(&rep.messages[k].problems, cases[i].note);
			check_message(cases[i].name, &rep.messages[k],
			    (cases[i].flags & FOUND) != 0);
		}
		CHECK(said, "%s: nothing is said of it", cases[i].name);
	}
	arena_free(&arena);
	buf_free(&b);
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
		check_case(config, i);
	}
	ingest_report_fini();
	zone_config_free(&config);
	return failures != 0;
}
