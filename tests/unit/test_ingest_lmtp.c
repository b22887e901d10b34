/* test_ingest_lmtp.c - conversations, byte by byte and all at once. */
#include <stdlib.h>
#include <string.h>

#include "ingest/lmtp.h"
#include "tests/unit/check.h"

#define LIMIT 65536

/* What was said, and the mails, each answered with "250 2.0.0 kept". */
struct heard {
	struct buf said, mails, who;
	unsigned n_mails;
	bool over;
};

static void
talk(const char *data, size_t len, size_t step, struct heard *h)
{
	struct ingest_lmtp l;

	*h = (struct heard){ 0 };
	ingest_lmtp_init(&l, "h", LIMIT);
	for (size_t at = 0; at < len && !h->over;) {
		size_t n = len - at < step ? len - at : step, used;
		enum ingest_lmtp_event e =
		    ingest_lmtp_feed(&l, data + at, n, &used);

		at += used;
		if (e == INGEST_LMTP_MAIL) {
			h->n_mails++;
			buf_add(&h->mails, l.mail.data, l.mail.len);
			buf_str(&h->mails, "|");
			buf_fmt(&h->who, "%s", l.sender);
			for (unsigned i = 0; i < l.n_recipients; i++) {
				buf_fmt(&h->who, ">%s", l.recipients[i]);
			}
			buf_str(&h->who, "|");
			ingest_lmtp_answer(&l, 250, "2.0.0 kept");
		} else if (e == INGEST_LMTP_END) {
			h->over = true;
		} else {
			CHECK(used == n, "bytes were left");
		}
	}
	buf_add(&h->said, l.out.data, l.out.len);
	ingest_lmtp_fini(&l);
}

/* The codes of all answers in a row, without the greeting. */
static void
codes(const struct heard *h, char *out, size_t cap)
{
	const char *p = h->said.data;
	size_t n = 0;

	out[0] = '\0';
	p = p != NULL ? strstr(p, "\r\n") : NULL;
	while (p != NULL && p[2] != '\0' && n + 5 < cap) {
		p += 2;
		if (p[3] == ' ') {
			n += (size_t)snprintf(
			    out + n, cap - n, "%s%.3s", n > 0 ? " " : "", p);
		}
		p = strstr(p, "\r\n");
	}
}

#define HI "LHLO c\r\n"
#define ENV HI "MAIL FROM:<a@b>\r\nRCPT TO:<r@x>\r\n"
#define GO ENV "DATA\r\n"

static const struct {
	const char *what, *in, *codes;
	const char *mails; /* NULL: none */
	bool over;
} cases[] = {
	{ "a mail", GO "S: x\r\n\r\ny\r\n.\r\n", "250 250 250 354 250",
	    "S: x\n\ny\n|", false },
	{ "two mails in one conversation",
	    GO "1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<q@x>\r\nDATA\r\n2\r\n.\r\n"
	       "QUIT\r\n",
	    "250 250 250 354 250 250 250 354 250 221", "1\n|2\n|", true },
	{ "one answer for each recipient",
	    HI "MAIL FROM:<a@b>\r\nRCPT TO:<r@x>\r\nRCPT TO:<s@x>\r\n"
	       "RCPT TO:<>\r\nRCPT TO:<t@x>\r\nDATA\r\n.\r\n",
	    "250 250 250 250 501 250 354 250 250 250", "|", false },
	{ "an empty mail", GO ".\r\n", "250 250 250 354 250", "|", false },
	{ "dots in front of lines", GO "..\r\n...\r\n.a\r\n.\r\n",
	    "250 250 250 354 250", ".\n..\na\n|", false },
	{ "parameters",
	    HI "mail from:<a@b> size=100 body=8bitmime SMTPUTF8\r\n"
	       "RSET\r\nMAIL FROM: <a@b>  BODY=7BIT\r\n",
	    "250 250 250 250", NULL, false },
	{ "a source route is passed over",
	    HI "MAIL FROM:<@a,@b:c@d>\r\nRCPT TO:<\"a b>\"@x>\r\nDATA\r\n.\r\n",
	    "250 250 250 354 250", "|", false },
	{ "UTF-8 with SMTPUTF8",
	    HI "MAIL FROM:<\xCE\xB1@b> SMTPUTF8\r\n"
	       "RCPT TO:<\xCE\xB2@x>\r\nDATA\r\n.\r\n",
	    "250 250 250 354 250", "|", false },
	{ "what is only said", HI "NOOP\r\nVRFY a\r\nHELP\r\nRSET\r\n",
	    "250 250 252 214 250", NULL, false },

	/* only CR LF . CR LF ends a mail */
	{ "LF . LF", GO "a\n.\nMAIL FROM:<e@v>\r\n.\r\n", "250 250 250 354 250",
	    "a\n.\nMAIL FROM:<e@v>\n|", false },
	{ "LF . CR LF", GO "a\n.\r\nb\r\n.\r\n", "250 250 250 354 250",
	    "a\n.\nb\n|", false },
	{ "CR LF . LF", GO "a\r\n.\nb\r\n.\r\n", "250 250 250 354 250",
	    "a\n\nb\n|", false },
	{ "CR . CR", GO "a\r.\rb\r\n.\r\n", "250 250 250 354 250", "a\r.\rb\n|",
	    false },
	{ "CR LF . CR CR LF", GO "a\r\n.\r\r\nb\r\n.\r\n",
	    "250 250 250 354 250", "a\n\r\nb\n|", false },
	{ "CR CR LF . CR LF", GO "a\r\r\n.\r\n", "250 250 250 354 250",
	    "a\r\n|", false },
	{ "LF CR . CR LF", GO "a\n\r.\r\nb\r\n.\r\n", "250 250 250 354 250",
	    "a\n\r.\nb\n|", false },
	{ "commands behind a mail", GO "a\r\n.\r\nRSET\r\n",
	    "250 250 250 354 250 250", "a\n|", false },

	/* refused */
	{ "no LHLO", "MAIL FROM:<a@b>\r\n", "503", NULL, false },
	{ "HELO", "HELO c\r\n", "500", NULL, false },
	{ "EHLO", "EHLO c\r\n", "500", NULL, false },
	{ "LHLO without a name", "LHLO\r\nLHLO  \r\n", "501 501", NULL, false },
	{ "RCPT before MAIL", HI "RCPT TO:<r@x>\r\n", "250 503", NULL, false },
	{ "DATA before RCPT", HI "MAIL FROM:<a@b>\r\nDATA\r\n", "250 250 503",
	    NULL, false },
	{ "DATA when all were refused",
	    HI "MAIL FROM:<a@b>\r\nRCPT TO:<>\r\nDATA\r\n", "250 250 501 503",
	    NULL, false },
	{ "DATA with something", ENV "DATA x\r\n", "250 250 250 501", NULL,
	    false },
	{ "MAIL twice", HI "MAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\n",
	    "250 250 503", NULL, false },
	{ "LHLO forgets", ENV HI "DATA\r\n", "250 250 250 250 503", NULL,
	    false },
	{ "RSET forgets", ENV "RSET\r\nDATA\r\n", "250 250 250 250 503", NULL,
	    false },
	{ "no brackets", HI "MAIL FROM:a@b\r\n", "250 501", NULL, false },
	{ "no end of brackets", HI "MAIL FROM:<a@b\r\n", "250 501", NULL,
	    false },
	{ "brackets within", HI "MAIL FROM:<a<b>\r\n", "250 501", NULL, false },
	{ "a blank within", HI "MAIL FROM:<a b@c>\r\n", "250 501", NULL,
	    false },
	{ "text behind", HI "MAIL FROM:<a@b>x\r\n", "250 501", NULL, false },
	{ "not FROM", HI "MAIL TO:<a@b>\r\n", "250 501", NULL, false },
	{ "an open quote", HI "MAIL FROM:<\"a@b>\r\n", "250 501", NULL, false },
	{ "an open route", HI "MAIL FROM:<@a>\r\n", "250 501", NULL, false },
	{ "UTF-8 without SMTPUTF8", HI "MAIL FROM:<\xCE\xB1@b>\r\n", "250 553",
	    NULL, false },
	{ "no UTF-8", HI "MAIL FROM:<\xCE@b> SMTPUTF8\r\n", "250 553", NULL,
	    false },
	{ "a control character", HI "MAIL FROM:<a\x01@b>\r\n", "250 553", NULL,
	    false },
	{ "too large", HI "MAIL FROM:<a@b> SIZE=65537\r\n", "250 552", NULL,
	    false },
	{ "far too large", HI "MAIL FROM:<a@b> SIZE=99999999999999999999\r\n",
	    "250 552", NULL, false },
	{ "no size", HI "MAIL FROM:<a@b> SIZE=\r\n", "250 501", NULL, false },
	{ "a size with a sign", HI "MAIL FROM:<a@b> SIZE=-1\r\n", "250 501",
	    NULL, false },
	{ "a size of many digits",
	    HI "MAIL FROM:<a@b> SIZE=000000000000000000001\r\n", "250 501",
	    NULL, false },
	{ "SIZE twice", HI "MAIL FROM:<a@b> SIZE=1 SIZE=2\r\n", "250 501", NULL,
	    false },
	{ "BINARYMIME", HI "MAIL FROM:<a@b> BODY=BINARYMIME\r\n", "250 501",
	    NULL, false },
	{ "AUTH", HI "MAIL FROM:<a@b> AUTH=<>\r\n", "250 555", NULL, false },
	{ "SMTPUTF8 with a value", HI "MAIL FROM:<a@b> SMTPUTF8=1\r\n",
	    "250 501", NULL, false },
	{ "a refused MAIL leaves nothing",
	    HI "MAIL FROM:<a@b> X=1\r\nRCPT TO:<r@x>\r\n", "250 555 503", NULL,
	    false },
	{ "RCPT with a parameter",
	    HI "MAIL FROM:<a@b>\r\nRCPT TO:<r@x> NOTIFY=NEVER\r\n",
	    "250 250 555", NULL, false },
	{ "BDAT", ENV "BDAT 1 LAST\r\n", "250 250 250 500", NULL, false },
	{ "STARTTLS", HI "STARTTLS\r\n", "250 500", NULL, false },
	{ "rubbish", "\x16\x03\x01\r\n", "500", NULL, false },
	{ "an empty line", "\r\n", "500", NULL, false },
	{ "LF ends no command", "LHLO c\nMAIL FROM:<a@b>\r\n", "521", NULL,
	    true },
	{ "CR within a command", "LHLO c\rNOOP\r\n", "521", NULL, true },
	{ "a browser", "POST / HTTP/1.1\r\nLHLO c\r\n", "521", NULL, true },
	{ "nothing is taken behind QUIT", HI "QUIT\r\nNOOP\r\n", "250 221",
	    NULL, true },
};

static void
check_case(size_t i, size_t step)
{
	char got[1024];
	struct heard h;

	talk(cases[i].in, strlen(cases[i].in), step, &h);
	codes(&h, got, sizeof(got));
	CHECK(strcmp(got, cases[i].codes) == 0, "%s (%zu): %s", cases[i].what,
	    step, got);
	CHECK(h.over == cases[i].over, "%s: over", cases[i].what);
	CHECK(strcmp(h.mails.data != NULL ? h.mails.data : "",
		  cases[i].mails != NULL ? cases[i].mails : "") == 0,
	    "%s (%zu): mails \"%s\"", cases[i].what, step,
	    h.mails.data != NULL ? h.mails.data : "");
	buf_free(&h.said);
	buf_free(&h.mails);
	buf_free(&h.who);
}

static void
free_heard(struct heard *h)
{
	buf_free(&h->said);
	buf_free(&h->mails);
	buf_free(&h->who);
}

/* Limits: of a line, a mail, recipients, mistakes. */
static void
check_limits(void)
{
	struct buf b = { 0 };
	struct heard h;
	char got[8192];

	buf_str(&b, "NOOP ");
	for (int i = 0; i < INGEST_LMTP_LINE; i++) {
		buf_str(&b, "x");
	}
	buf_str(&b, "\r\nNOOP\r\n");
	for (size_t step = 1; step < 5000; step += 999) {
		talk(b.data, b.len, step, &h);
		codes(&h, got, sizeof(got));
		CHECK(strcmp(got, "500 250") == 0, "a long line: %s", got);
		free_heard(&h);
	}
	buf_clear(&b);
	buf_str(&b, GO);
	for (int i = 0; i < LIMIT / 8 + 1; i++) {
		buf_str(&b, "1234567\r\n");
	}
	buf_str(&b, ".\r\nNOOP\r\n");
	talk(b.data, b.len, 4096, &h);
	codes(&h, got, sizeof(got));
	CHECK(strcmp(got, "250 250 250 354 552 250") == 0, "large: %s", got);
	CHECK(h.n_mails == 0, "it is not taken");
	free_heard(&h);

	buf_clear(&b);
	for (int i = 0; i < INGEST_LMTP_ERRORS + 5; i++) {
		buf_str(&b, "X\r\n");
	}
	talk(b.data, b.len, 4096, &h);
	codes(&h, got, sizeof(got));
	CHECK(h.over && strcmp(got + strlen(got) - 3, "421") == 0, "%s", got);
	free_heard(&h);

	buf_clear(&b);
	buf_str(&b, HI "MAIL FROM:<a@b>\r\n");
	for (int i = 0; i < INGEST_LMTP_RECIPIENTS + 1; i++) {
		buf_fmt(&b, "RCPT TO:<r%d@x>\r\n", i);
	}
	talk(b.data, b.len, 65536, &h);
	codes(&h, got, sizeof(got));
	CHECK(strcmp(got + strlen(got) - 3, "452") == 0, "recipients");
	free_heard(&h);
	buf_free(&b);
}

/* A server that lacks memory says so at the end, not before. */
static void
check_starving(void)
{
	static const char in[] = GO "a\r\n", rest[] = "b\r\n.\r\n";
	struct ingest_lmtp l;
	size_t used;

	ingest_lmtp_init(&l, "h", LIMIT);
	CHECK(
	    ingest_lmtp_feed(&l, in, sizeof(in) - 1, &used) == INGEST_LMTP_MORE,
	    "begun");
	CHECK(ingest_lmtp_busy(&l), "busy");
	ingest_lmtp_starve(&l);
	buf_clear(&l.out);
	CHECK(ingest_lmtp_feed(&l, rest, sizeof(rest) - 1, &used) ==
		INGEST_LMTP_MORE,
	    "no mail");
	CHECK(l.out.len > 3 && memcmp(l.out.data, "452", 3) == 0, "%s",
	    l.out.data != NULL ? l.out.data : "");
	CHECK(!ingest_lmtp_busy(&l), "idle");
	ingest_lmtp_fini(&l);
}

int
main(void)
{
	struct heard h;

	for (size_t i = 0; i < COUNT(cases); i++) {
		check_case(i, 1);
		check_case(i, 2);
		check_case(i, 7);
		check_case(i, 65536);
	}
	talk(GO ".\r\n", sizeof(GO ".\r\n") - 1, 3, &h);
	CHECK(strcmp(h.who.data, "a@b>r@x|") == 0, "%s", h.who.data);
	free_heard(&h);
	/* NUL in a command */
	talk("NOOP\0\r\n", 7, 7, &h);
	CHECK(h.over, "NUL");
	free_heard(&h);
	check_limits();
	check_starving();
	return failures != 0;
}
