/* lmtp.h - one LMTP conversation, as a machine that is fed bytes.
 *
 * RFC 2033 with RFC 5321: LHLO, one answer for each recipient behind the end
 * of the data, PIPELINING, 8BITMIME, SMTPUTF8, SIZE, ENHANCEDSTATUSCODES.
 * There is no socket in here: bytes in, bytes out, and a mail now and then.
 *
 * Where a line ends (RFC 5321 2.3.8): at CR LF and nowhere else. Only CR LF "."
 * CR LF ends a mail, so no mail can say the end of itself in a way that its
 * sender did not mean, and what follows is never taken for commands. A CR or
 * LF alone is data in a mail, where spam has many (it is evidence), and ends
 * the conversation in a command, where nobody sane sends one. A mail is kept
 * with LF for CR LF, as the pipe has it.
 *
 * The other end is our own mail server or the page, so there is no AUTH and
 * no STARTTLS; who may connect is for the socket's rights to say.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#define INGEST_LMTP_LINE 2048       /* bytes of a command, with its end */
#define INGEST_LMTP_RECIPIENTS 1000 /* RFC 5321 4.5.3.1.8 asks for 100 */
#define INGEST_LMTP_ERRORS 20       /* in one conversation */

enum ingest_lmtp_event {
	INGEST_LMTP_MORE, /* all bytes are used up */
	INGEST_LMTP_MAIL, /* one is here: answer it, then feed on */
	INGEST_LMTP_END,  /* send what is in OUT, then hang up */
};

struct ingest_lmtp {
	struct buf out; /* to be sent; whoever sends it takes it off */

	/* The mail, when there is one. */
	const char *sender; /* "": the null sender */
	const char **recipients;
	unsigned n_recipients;
	struct buf mail;

	/* The rest is for lmtp.c. */
	size_t limit;
	const char *host;
	struct arena arena; /* of one transaction */
	char line[INGEST_LMTP_LINE];
	size_t n_line;
	unsigned errors;
	uint8_t state, data;
	bool greeted, utf8, long_line, too_big, starved;
};

/* HOST is borrowed; MESSAGE is the largest mail in bytes. The greeting is in
 * OUT then. */
void ingest_lmtp_init(
    struct ingest_lmtp *lmtp, const char *host, size_t message);
void ingest_lmtp_fini(struct ingest_lmtp *lmtp);

/* Take what can be taken of the LEN bytes of DATA; *RET_USED of them were. */
MUST_CHECK enum ingest_lmtp_event ingest_lmtp_feed(
    struct ingest_lmtp *lmtp, const char *data, size_t len, size_t *ret_used);

/* What became of the mail, the same for every recipient: CODE (250, 451, ...)
 * and TEXT, which begins with an enhanced status code (RFC 3463). */
void ingest_lmtp_answer(
    struct ingest_lmtp *lmtp, unsigned code, const char *text);

/* There is no memory for the mail that is being taken: drop it, and answer
 * 452 at its end. */
void ingest_lmtp_starve(struct ingest_lmtp *lmtp);

/* Is a transaction open, so that hanging up would hurt? */
bool ingest_lmtp_busy(const struct ingest_lmtp *lmtp);
