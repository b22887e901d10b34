/* test_ingest_paste.c - messages that were pasted into text. */
#include <stdlib.h>
#include <string.h>

#include "ingest/flow.h"
#include "ingest/html.h"
#include "ingest/labels.h"
#include "ingest/paste.h"
#include "tests/unit/check.h"

#define NONE INGEST_PASTE_NONE
#define BARE INGEST_PASTE_BARE
#define TRACE INGEST_PASTE_TRACE
#define MBOX INGEST_PASTE_MBOX

enum { FLOWED = 1, DELSP = 2, LITERAL = 4 };

static const struct {
	const char *name;
	unsigned flags;
	const char *text;
	enum ingest_paste_sort sort;
	const char *bytes; /* how the message begins */
} pastes[] = {
	{ "as it was", LITERAL,
	    "Look:\n\nReceived: from a (a [192.0.2.1])\n\tby b; Mon\n"
	    "From: x@y.example\n\nbody\n",
	    TRACE,
	    "Received: from a (a [192.0.2.1])\n by b; Mon\n"
	    "From: x@y.example\n\nbody\n" },
	{ "at once", LITERAL, "Received: from a by b\nFrom: c\n\n", TRACE,
	    "Received: from a by b\nFrom: c\n\n" },
	{ "without a body", LITERAL, "Received: from a by b\nFrom: c", TRACE,
	    "Received: from a by b\nFrom: c\n\n" },
	{ "quoted", 0, "> Received: from a\n>  by b\n> From: c\n>\n> body\nme",
	    TRACE, "Received: from a\n by b\nFrom: c\n\nbody\nme\n" },
	{ "quoted without blanks", 0,
	    ">Received: from a\n> by b\n>From: c\n>\n", TRACE,
	    "Received: from a\n by b\nFrom: c\n\n" },
	{ "quoted twice", 0, "> > Received: from a\n> >  by b\n> > From: c\n",
	    TRACE, "Received: from a\n by b\nFrom: c\n\n" },
	{ "quoted with bars", 0, "| Received: from a\n|  by b\n| From: c\n|\n",
	    TRACE, "Received: from a\n by b\nFrom: c\n\n" },
	{ "indented", 0, "    Received: from a\n      by b\n    From: c\n\n",
	    TRACE, "Received: from a\n by b\nFrom: c\n\n" },
	{ "indent lost", 0,
	    "Received: from a\nby b;\nMon, 1 Jan 2024\n16:23:48 +0000\n"
	    "DKIM-Signature: v=1;\nh=From:To:\nSubject:Date;\nb=x\nFrom: c\n",
	    TRACE,
	    "Received: from a\n by b;\n Mon, 1 Jan 2024\n 16:23:48 +0000\n"
	    "DKIM-Signature: v=1;\n h=From:To:\n Subject:Date;\n b=x\n"
	    "From: c\n\n" },
	{ "wrapped, the quote lost", 0,
	    "> Received: from a (long\nword) by b\n> From: c\n> \n", TRACE,
	    "Received: from a (long\n word) by b\nFrom: c\n\n" },
	{ "wrapped names of hosts", 0,
	    "Received: from a\nhttp://x.example by\nb\nid: no field\nX-Y: z\n",
	    TRACE,
	    "Received: from a\n http://x.example by\n b\n id: no field\n"
	    "X-Y: z\n\n" },
	{ "double lines", 0, "Received: from a\n\n by b\n\nFrom: c\n\n\n\nbody",
	    TRACE, "Received: from a\n by b\nFrom: c\n\n\n\nbody\n" },
	{ "flowed", FLOWED,
	    "Received: from a \n(a [192.0.2.1])\n  by b\nFrom: c\n\n", TRACE,
	    "Received: from a (a [192.0.2.1])\n by b\nFrom: c\n\n" },
	{ "flowed and quoted", FLOWED,
	    "> Received: from a \n> (a)\n>  by b\n> From: c\n>\n", TRACE,
	    "Received: from a (a)\n by b\nFrom: c\n\n" },
	{ "flowed, blanks deleted", FLOWED | DELSP,
	    "Received: from a-long-na \nme.example by b\nFrom: c\n\n", TRACE,
	    "Received: from a-long-name.example by b\nFrom: c\n\n" },
	{ "links", 0,
	    "Received: from a by b for x@y.example<mailto:x@y.example>\n"
	    "From: \xe2\x80\x9cX\xe2\x80\x9d <mailto:x@y.example>\n\n",
	    TRACE,
	    "Received: from a by b for <x@y.example>\n"
	    "From: \"X\" <x@y.example>\n\n" },
	{ "no-break blanks", 0,
	    "Received:\xc2\xa0"
	    "from a\n\xc2\xa0\xc2\xa0"
	    "by b\nFrom: c\n\n",
	    TRACE, "Received: from a\n by b\nFrom: c\n\n" },
	{ "the first of two", LITERAL,
	    "Received: from a by b\nFrom: c\n\nReceived: from d by e\n"
	    "From: f\n\n",
	    TRACE, "Received: from a by b\nFrom: c\n\nReceived: from d" },
	{ "a mark above it", LITERAL,
	    "-----Original Message-----\nReceived: from a by b\nFrom: c\n\n",
	    TRACE, "Received: from a by b\nFrom: c\n\n" },
	{ "mbox", LITERAL,
	    "mbox:\n\nFrom a@b  Mon Jan  5 10:00:00 2026\nReceived: from a\n"
	    "\n\nFrom c@d  Mon Jan  5 10:00:00 2026\nFrom: e\n\n",
	    MBOX, "From a@b  Mon Jan  5 10:00:00 2026\nReceived: from a" },
	/* what a program writes above a forward */
	{ "Gmail", 0,
	    "Hi\n\n---------- Forwarded message ---------\n"
	    "From: Ann <a@b.example>\nDate: Wed, Oct 27\nSubject: S\n"
	    "To: <x@y.example>\n\nbody\n",
	    BARE,
	    "From: Ann <a@b.example>\nSubject: S\nDate: Wed, Oct 27\n"
	    "To: <x@y.example>\n\nbody\n" },
	{ "Apple Mail, quoted, Danish", 0,
	    "> Start:\n>\n> Fra: Ann <a@b.example>\n> Emne: S\n"
	    "> Dato: 26. oktober\n>\n> body\n",
	    BARE, "From: Ann <a@b.example>\nSubject: S\nDate: 26. oktober\n" },
	{ "Outlook, Greek", 0,
	    "-----Αρχικό μήνυμα-----\nΑπό: Άννα [mailto:a@b.example]\n"
	    "Στάλθηκε: Δευτέρα\nΠρος: x\nΘέμα: Σ\n\n",
	    BARE,
	    "From: Άννα <a@b.example>\nSubject: Σ\nDate: Δευτέρα\nTo: x\n" },
	{ "Latvian", 0, "No: Ann <a@b.example>\nTēma: S\n\n", BARE,
	    "From: Ann <a@b.example>\nSubject: S\n" },
	{ "bold", 0, "*From:* Ann <a@b.example>\n*Sent:* Monday\n\n", BARE,
	    "From: Ann <a@b.example>\nDate: Monday\n" },
	{ "French, a blank before the colon", 0,
	    "De : Ann <a@b.example>\nObjet : S\n\n", BARE,
	    "From: Ann <a@b.example>\nSubject: S\n" },
	{ "Japanese, wide colons", 0, "送信元：Ann <a@b.example>\n件名：S\n\n",
	    BARE, "From: Ann <a@b.example>\nSubject: S\n" },
	{ "Yahoo, all on a line", 0,
	    "  ----- Weitergeleitete Nachricht ----- Von: Ann "
	    "<a@b.example>An: x <x@y.example>Gesendet: Montag\n",
	    BARE, "From: Ann <a@b.example>\n\n" },
	{ "Thunderbird, tabs", 0,
	    "-------- Fwd --------\nSubject: \tS\nFrom: \tAnn <a@b.example>\n",
	    BARE, "From: Ann <a@b.example>\nSubject: S\n" },
	{ "a wrapped list of recipients", 0,
	    "From: Ann <a@b.example>\nTo: x@y.example,\n z@y.example\n"
	    "Subject: S\n\n",
	    BARE, "From: Ann <a@b.example>\nSubject: S\n" },
	{ "an attribution", 0,
	    "On 28/10/2021 12:46, \"Ann\" <a@b.example> wrote:\n\n> hi\n", BARE,
	    "From: a@b.example\n" },
	{ "an attribution on two lines", 0,
	    "On Wed, Oct 27, Ann <a@b.example>\nwrote:\n> hi\n", BARE,
	    "From: a@b.example\n" },
	{ "an attribution, the address on the second line", 0,
	    "> On Wed, Oct 27, 2021, Ann <\n> a@b.example> wrote:\n> hi\n",
	    BARE, "From: a@b.example\n" },
	{ "an attribution with brackets", 0,
	    "On July 19, 2022, Ann B.\n(a@b.example) wrote:\n> hi\n", BARE,
	    "From: a@b.example\n" },
	{ "an address, and a colon below", 0, "Ask Ann <a@b.example>\nfirst:\n",
	    NONE, "" },
	{ "a sentence, then a list", 0, "It came twice, at 10 and 11\nfrom:\n",
	    NONE, "" },
	/* the forwarded mail may say what it likes: its trace is not read */
	{ "a trace below a forward", 0,
	    "From: Ann <a@b.example>\nSent: Monday\nSubject: S\n\n"
	    "Received: from evil by b\nFrom: d@e.example\n\n",
	    BARE, "From: Ann <a@b.example>\n" },
	{ "a quoted trace below a forward", 0,
	    "From: Ann <a@b.example>\nSent: Monday\n> Received: from a by b\n"
	    "> From: c\n",
	    BARE, "From: Ann <a@b.example>\n" },
	{ "text", 0, "Hello,\nplease block 192.0.2.1: it spams.\n", NONE, "" },
	{ "an address in text", 0, "From bob@b.example: nothing\n", NONE, "" },
	{ "one label", 0, "From: Ann <a@b.example>\n\nhi\n", NONE, "" },
	{ "labels far apart", 0, "From: Ann\n\n\nSubject: x\n", NONE, "" },
	{ "received, in words", 0,
	    "Received: yesterday, thanks\nSubject: x\n\n", NONE, "" },
	{ "a trace and nothing else", 0, "Received: from a by b\n\nhi", NONE,
	    "" },
	{ "times of day", 0, "10:00: tea\n11:00: more\n", NONE, "" },
	{ "an mbox line that divides nothing", 0,
	    "From a@b  Mon Jan  5 10:00:00 2026\nhello there\n", NONE, "" },
	{ "nothing", 0, "", NONE, "" },
	{ "blanks", 0, " \n\t\n>\n> > \n", NONE, "" },
};

static void
check_pastes(void)
{
	for (size_t i = 0; i < COUNT(pastes); i++) {
		struct span text = span_str(pastes[i].text);
		struct arena arena = { 0 };
		struct ingest_paste p;
		size_t n = strlen(pastes[i].bytes);

		CHECK(ingest_paste_find(text, (pastes[i].flags & FLOWED) != 0,
			  (pastes[i].flags & DELSP) != 0, &arena, &p) == 0,
		    "%s", pastes[i].name);
		CHECK(p.sort == pastes[i].sort, "%s: sort %d", pastes[i].name,
		    (int)p.sort);
		CHECK(p.sort == NONE ||
			(p.bytes.len >= n &&
			    memcmp(p.bytes.at, pastes[i].bytes, n) == 0),
		    "%s: %.*s", pastes[i].name, (int)p.bytes.len, p.bytes.at);
		CHECK(p.sort == NONE ||
			p.literal == ((pastes[i].flags & LITERAL) != 0),
		    "%s: literal %d", pastes[i].name, p.literal);
		if (p.sort == TRACE && p.literal) {
			CHECK(p.at < text.len &&
				(p.at == 0 || text.at[p.at - 1] == '\n') &&
				span_starts(
				    span(text.at + p.at, text.len - p.at),
				    "Received:"),
			    "%s: at %zu", pastes[i].name, p.at);
		}
		arena_free(&arena);
	}
}

/* What takes long when it is done wrong. That it ends is the test. */
static void
check_large(void)
{
	static const char *const lines[] = { "From: x\n", "Subject: x\n\n",
		"X: a\n>From: b\n", "> ", "\n", "-----\n", "Von: a\nAn: b\n",
		"Received: from\n", " ", "<mailto:", "a@b<mailto:a@b>",
		"From a 1:1\nX: y\n\n", "From: a\n\nTo: b\n\n" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct arena arena = { 0 };
		struct ingest_paste p;
		struct buf b = { 0 };

		while (b.len < 1u << 20) {
			buf_str(&b, lines[i]);
		}
		CHECK(ingest_paste_find(span(b.data, b.len), i % 2 == 1, false,
			  &arena, &p) == 0,
		    "\"%s\"", lines[i]);
		arena_free(&arena);
		buf_free(&b);
	}
}

static const struct {
	const char *html, *text;
} pages[] = {
	{ "a<br>b", "a\nb" },
	{ "<p>a</p>\n<p>b</p>", "a\nb\n" },
	{ "<div>a</div><div><br></div><div>b</div>", "a\n\nb\n" },
	{ "a\n  b\tc", "a b c" },
	{ "<pre>a\n  b</pre>", "a\n  b\n" },
	{ "<PRE>\na\r\nb</PRE>c  d", "a\nb\nc d" },
	{ "a&nbsp;&nbsp;b",
	    "a\xc2\xa0\xc2\xa0"
	    "b" },
	{ "&lt;a&gt; &amp;amp; &quot;", "<a> &amp; \"" },
	{ "&#65;&#x42;&#x3b1;", "AB\xce\xb1" },
	{ "&Alpha;&pi;&omega;&auml;", "\xce\x91\xcf\x80\xcf\x89\xc3\xa4" },
	{ "&#0;&#xd800;&#x110000;&unknown;&",
	    "&#0;&#xd800;&#x110000;&unknown;&" },
	{ "<style>p{}</style><script>x<y</script>a", "a" },
	{ "<head><title>t</title></head>a", "a" },
	{ "<style>never closed a", "" },
	{ "<!-- x --> a <!-- never", "a" },
	{ "a<b>c</b>d", "acd" },
	{ "From: X <a@b.example>", "From: X <a@b.example>" },
	{ "<td>a</td><td>b</td>", "a b" },
	{ "a<", "a<" },
	{ "", "" },
};

static void
check_html(void)
{
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct buf b = { 0 };

		buf_str(&b, "");
		ingest_html_text(span_str(pages[i].html), &b);
		CHECK(strcmp(b.data, pages[i].text) == 0, "%s: %s",
		    pages[i].html, b.data);
		buf_free(&b);
	}
}

static const struct {
	const char *value, *out;
} links[] = {
	{ "a@b<mailto:a@b>", "<a@b>" },
	{ "<a@b<mailto:a@b>>", "<a@b>" },
	{ "<mailto:a@b>", "<a@b>" },
	{ "[mailto:a@b]", "<a@b>" },
	{ "X <a@b> <MAILTO:a@b?subject=x>", "X <a@b> <a@b>" },
	{ "h.example<http://h.example/>", "h.example" },
	{ "h.example<https://h.example>", "h.example" },
	{ "<http://h.example/x>", "<http://h.example/x>" },
	{ "a@b<mailto:c@d>", "a@b<c@d>" },
	{ "<mailto:a@b", "<mailto:a@b" },
	{ "<mailto:>", "<>" },
	{ "[192.0.2.1]", "[192.0.2.1]" },
	{ "", "" },
};

static void
check_links(void)
{
	for (size_t i = 0; i < COUNT(links); i++) {
		struct buf b = { 0 };

		buf_str(&b, "");
		(void)ingest_flow_unlink(span_str(links[i].value), &b);
		CHECK(strcmp(b.data, links[i].out) == 0, "%s: %s",
		    links[i].value, b.data);
		buf_free(&b);
	}
}

static const struct {
	const char *line;
	enum ingest_label label;
	const char *value;
} labels[] = {
	{ "From: a", INGEST_LABEL_FROM, "a" },
	{ "FROM:a", INGEST_LABEL_FROM, "a" },
	{ "*From: *a", INGEST_LABEL_FROM, "a" },
	{ "De la: a", INGEST_LABEL_FROM, "a" },
	{ "De : a", INGEST_LABEL_FROM, "a" },
	{ "Kopie (CC): a", INGEST_LABEL_CC, "a" },
	{ "Od: a", INGEST_LABEL_FROM, "a" },
	{ "Від кого: a", INGEST_LABEL_FROM, "a" },
	{ "보낸 사람: a", INGEST_LABEL_FROM, "a" },
	{ "Gesendet: x", INGEST_LABEL_DATE, "x" },
	{ "Date:", INGEST_LABEL_DATE, "" },
	{ "Froma: a", INGEST_LABEL_NONE, NULL },
	{ "From a", INGEST_LABEL_NONE, NULL },
	{ "xFrom: a", INGEST_LABEL_NONE, NULL },
	{ ": a", INGEST_LABEL_NONE, NULL },
	{ "", INGEST_LABEL_NONE, NULL },
	{ "a very long line of text before the colon comes at last: a",
	    INGEST_LABEL_NONE, NULL },
};

static void
check_labels(void)
{
	for (size_t i = 0; i < COUNT(labels); i++) {
		struct span v = span("", 0);
		enum ingest_label l =
		    ingest_label_of(span_str(labels[i].line), &v);

		CHECK(l == labels[i].label, "%s: %d", labels[i].line, (int)l);
		CHECK(labels[i].value == NULL || span_is(v, labels[i].value),
		    "%s: %.*s", labels[i].line, (int)v.len, v.at);
	}
	CHECK(ingest_label_forward(span_str(" Fwd: x")), "Fwd");
	CHECK(ingest_label_forward(span_str("ΠΡΘ: x")), "Greek");
	CHECK(ingest_label_forward(span_str("WG: x")), "German");
	CHECK(!ingest_label_forward(span_str("Re: x")), "Re");
	CHECK(!ingest_label_forward(span_str("")), "nothing");
}

int
main(void)
{
	check_pastes();
	check_large();
	check_html();
	check_links();
	check_labels();
	return failures != 0;
}
