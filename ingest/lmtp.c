/* lmtp.c - commands, parameters, data, answers. */
#include "ingest/lmtp.h"

#include <string.h>

enum state {
	COMMAND,
	DATA,   /* between 354 and the final dot */
	ANSWER, /* a mail is there and not answered yet */
	OVER,
};

/* Where we are in the data. */
enum data {
	TEXT,
	START,  /* of a line: CR LF came before */
	DOT,    /* "." at the start of a line */
	DOT_CR, /* "." CR at the start of a line */
	CR,     /* in a line */
};

void
ingest_lmtp_init(struct ingest_lmtp *l, const char *host, size_t message)
{
	*l = (struct ingest_lmtp){ .limit = message, .host = host };
	buf_fmt(&l->out, "220 %s LMTP rbl-ingest\r\n", host);
}

void
ingest_lmtp_fini(struct ingest_lmtp *l)
{
	buf_free(&l->out);
	buf_free(&l->mail);
	arena_free(&l->arena);
}

bool
ingest_lmtp_busy(const struct ingest_lmtp *l)
{
	return l->sender != NULL;
}

/* Ready for another MAIL. */
static void
reset(struct ingest_lmtp *l)
{
	arena_free(&l->arena);
	l->sender = NULL;
	l->recipients = NULL;
	l->n_recipients = 0;
	l->utf8 = l->too_big = l->starved = false;
	if (l->mail.cap > (1u << 20)) {
		buf_free(&l->mail);
	} else {
		buf_clear(&l->mail);
	}
}

static void
say(struct ingest_lmtp *l, const char *line)
{
	buf_str(&l->out, line);
	buf_str(&l->out, "\r\n");
}

/* A mistake of the other side. */
static void
wrong(struct ingest_lmtp *l, const char *line)
{
	if (++l->errors >= INGEST_LMTP_ERRORS) {
		say(l, "421 4.7.0 too many mistakes");
		l->state = OVER;
		return;
	}
	say(l, line);
}

static void
hang_up(struct ingest_lmtp *l, const char *line)
{
	say(l, line);
	l->state = OVER;
}

/* ---- paths and parameters ------------------------------------------------ */

/* Is S text as an address may hold it? Quoted strings may have blanks. */
static bool
clean(struct span s, bool utf8)
{
	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.at[i];
		size_t n = 1;

		if (c >= 0x80) {
			n = utf8 ? text_utf8(s.at + i, s.len - i) : 0;
		} else if (c < 0x20 || c == 0x7f) {
			n = 0;
		}
		if (n == 0) {
			return false;
		}
		i += n;
	}
	return true;
}

/* Take "<path>" off the front of REST; a source route (RFC 5321 appendix C)
 * is passed over. */
static bool
take_path(struct span *rest, struct span *ret)
{
	bool quoted = false;
	size_t i = 1, from = 1;

	if (rest->len < 2 || rest->at[0] != '<') {
		return false;
	}
	if (rest->at[1] == '@') {
		const char *colon = memchr(rest->at, ':', rest->len);

		if (colon == NULL) {
			return false;
		}
		from = i = (size_t)(colon - rest->at) + 1;
	}
	for (; i < rest->len && (quoted || rest->at[i] != '>'); i++) {
		if (quoted && rest->at[i] == '\\') {
			i++;
		} else if (rest->at[i] == '"') {
			quoted = !quoted;
		} else if (!quoted &&
		    (rest->at[i] == '<' || rest->at[i] == ' ')) {
			return false;
		}
	}
	if (i >= rest->len) {
		return false;
	}
	*ret = span(rest->at + from, i - from);
	*rest = span(rest->at + i + 1, rest->len - i - 1);
	return rest->len == 0 || rest->at[0] == ' ';
}

/* The next "KEY" or "KEY=VALUE" of REST. */
static bool
take_param(struct span *rest, struct span *ret_key, struct span *ret_value)
{
	const char *end, *eq;
	struct span s;

	while (rest->len > 0 && rest->at[0] == ' ') {
		*rest = span(rest->at + 1, rest->len - 1);
	}
	if (rest->len == 0) {
		return false;
	}
	end = memchr(rest->at, ' ', rest->len);
	s = span(rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len);
	*rest = span(s.at + s.len, rest->len - s.len);
	eq = memchr(s.at, '=', s.len);
	*ret_key = span(s.at, eq != NULL ? (size_t)(eq - s.at) : s.len);
	*ret_value = eq != NULL ? span(eq + 1, s.len - (size_t)(eq - s.at) - 1)
				: span(s.at + s.len, 0);
	return true;
}

/* Digits, as many as RFC 1870 allows; what does not fit is a large number. */
static bool
size_of(struct span s, uint64_t *ret)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > 20) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9') {
			return false;
		}
		n = n > UINT64_MAX / 10 - 10
		    ? UINT64_MAX / 10
		    : n * 10 + (uint64_t)(s.at[i] - '0');
	}
	*ret = n;
	return true;
}

/* The parameters of MAIL. NULL: they are right. */
static const char *
mail_params(struct ingest_lmtp *l, struct span rest)
{
	unsigned seen = 0, bit;
	struct span key, value;
	uint64_t size;

	while (take_param(&rest, &key, &value)) {
		if (span_is(key, "SIZE")) {
			bit = 1;
			if (!size_of(value, &size)) {
				return "501 5.5.4 SIZE: a number expected";
			}
			if (size > l->limit) {
				return "552 5.3.4 longer than is taken here";
			}
		} else if (span_is(key, "BODY")) {
			bit = 2;
			if (!span_is(value, "7BIT") &&
			    !span_is(value, "8BITMIME")) {
				return "501 5.5.4 BODY: 7BIT or 8BITMIME "
				       "expected";
			}
		} else if (span_is(key, "SMTPUTF8")) {
			bit = 4;
			if (value.len > 0) {
				return "501 5.5.4 SMTPUTF8 has no value";
			}
			l->utf8 = true;
		} else {
			return "555 5.5.4 a parameter that is not known here";
		}
		if ((seen & bit) != 0) {
			return "501 5.5.4 a parameter twice";
		}
		seen |= bit;
	}
	return NULL;
}

/* ---- commands ------------------------------------------------------------ */

static void
do_lhlo(struct ingest_lmtp *l, struct span rest)
{
	rest = span_trim(rest);
	if (rest.len == 0 || !clean(rest, true)) {
		wrong(l, "501 5.5.4 LHLO: a name expected");
		return;
	}
	reset(l);
	l->greeted = true;
	buf_fmt(&l->out,
	    "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250 SIZE %zu\r\n",
	    l->host, l->limit);
}

static void
do_mail(struct ingest_lmtp *l, struct span rest)
{
	const char *refused = NULL;
	struct span path;

	if (!l->greeted) {
		wrong(l, "503 5.5.1 LHLO first");
		return;
	}
	if (l->sender != NULL) {
		wrong(l, "503 5.5.1 a mail is begun already");
		return;
	}
	if (!span_starts(rest, "FROM:")) {
		wrong(l, "501 5.5.4 MAIL FROM:<address> expected");
		return;
	}
	rest = span(rest.at + 5, rest.len - 5);
	while (rest.len > 0 && rest.at[0] == ' ') { /* some put one there */
		rest = span(rest.at + 1, rest.len - 1);
	}
	if (!take_path(&rest, &path)) {
		wrong(l, "501 5.1.7 MAIL FROM:<address> expected");
		return;
	}
	refused = mail_params(l, rest);
	if (refused == NULL && !clean(path, l->utf8)) {
		refused = "553 5.6.7 the address needs SMTPUTF8, or is none";
	}
	if (refused != NULL) {
		reset(l);
		wrong(l, refused);
		return;
	}
	l->sender = arena_copy(&l->arena, path.at, path.len);
	say(l, l->sender != NULL ? "250 2.1.0 ok" : "451 4.3.0 no memory");
}

static void
do_rcpt(struct ingest_lmtp *l, struct span rest)
{
	struct span path;
	const char *text;

	if (l->sender == NULL) {
		wrong(l, "503 5.5.1 MAIL first");
		return;
	}
	if (!span_starts(rest, "TO:")) {
		wrong(l, "501 5.5.4 RCPT TO:<address> expected");
		return;
	}
	rest = span(rest.at + 3, rest.len - 3);
	while (rest.len > 0 && rest.at[0] == ' ') {
		rest = span(rest.at + 1, rest.len - 1);
	}
	if (!take_path(&rest, &path) || path.len == 0) {
		wrong(l, "501 5.1.3 RCPT TO:<address> expected");
		return;
	}
	if (span_trim(rest).len > 0) {
		wrong(l, "555 5.5.4 a parameter that is not known here");
		return;
	}
	if (!clean(path, l->utf8)) {
		wrong(l, "553 5.6.7 the address needs SMTPUTF8, or is none");
		return;
	}
	if (l->n_recipients == INGEST_LMTP_RECIPIENTS) {
		say(l, "452 4.5.3 too many recipients");
		return;
	}
	if (l->recipients == NULL) {
		l->recipients = arena_alloc(
		    &l->arena, INGEST_LMTP_RECIPIENTS * sizeof(*l->recipients));
	}
	text = arena_copy(&l->arena, path.at, path.len);
	if (l->recipients == NULL || text == NULL) {
		say(l, "451 4.3.0 no memory");
		return;
	}
	l->recipients[l->n_recipients++] = text;
	say(l, "250 2.1.5 ok");
}

static void
do_data(struct ingest_lmtp *l, struct span rest)
{
	if (span_trim(rest).len > 0) {
		wrong(l, "501 5.5.4 DATA takes nothing");
	} else if (l->n_recipients == 0) { /* RFC 2033 4.2 */
		wrong(l, "503 5.5.1 no recipient");
	} else {
		say(l, "354 go on");
		l->state = DATA;
		l->data = START;
	}
}

static void
do_rset(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	reset(l);
	say(l, "250 2.0.0 ok");
}

static void
do_noop(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	say(l, "250 2.0.0 ok");
}

static void
do_vrfy(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	say(l, "252 2.0.0 nobody is asked for here");
}

static void
do_help(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	say(l, "214 2.0.0 LMTP, RFC 2033; see rbl-ingest(1)");
}

static void
do_quit(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	hang_up(l, "221 2.0.0 bye");
}

static void
do_not_lmtp(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	wrong(l, "500 5.5.1 this is LMTP: LHLO expected");
}

/* A browser was made to talk to us: whatever it says next is not meant. */
static void
do_web(struct ingest_lmtp *l, struct span rest)
{
	(void)rest;
	hang_up(l, "521 5.7.0 this is LMTP");
}

static const struct {
	const char *verb;
	void (*run)(struct ingest_lmtp *l, struct span rest);
} commands[] = {
	{ "LHLO", do_lhlo },
	{ "MAIL", do_mail },
	{ "RCPT", do_rcpt },
	{ "DATA", do_data },
	{ "RSET", do_rset },
	{ "NOOP", do_noop },
	{ "VRFY", do_vrfy },
	{ "HELP", do_help },
	{ "QUIT", do_quit },
	{ "HELO", do_not_lmtp },
	{ "EHLO", do_not_lmtp },
	{ "GET", do_web },
	{ "POST", do_web },
	{ "PUT", do_web },
	{ "HEAD", do_web },
	{ "CONNECT", do_web },
	{ "OPTIONS", do_web },
};

static void
command(struct ingest_lmtp *l, struct span line)
{
	size_t n = 0;
	struct span verb, rest;

	while (n < line.len && line.at[n] != ' ') {
		n++;
	}
	verb = span(line.at, n);
	rest = n < line.len ? span(line.at + n + 1, line.len - n - 1)
			    : span(line.at + n, 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (span_is(verb, commands[i].verb)) {
			commands[i].run(l, rest);
			return;
		}
	}
	wrong(l, "500 5.5.2 a command that is not known here");
}

/* Take bytes up to the end of a command. */
static size_t
feed_command(struct ingest_lmtp *l, const char *data, size_t len)
{
	const char *lf = memchr(data, '\n', len);
	size_t n = lf != NULL ? (size_t)(lf - data) + 1 : len;
	size_t room = sizeof(l->line) - l->n_line;

	if (n > room) {
		l->long_line = true;
	}
	memcpy(l->line + l->n_line, data, n < room ? n : room);
	l->n_line += n < room ? n : room;
	if (lf == NULL) {
		return n;
	}
	if (l->long_line) {
		l->long_line = false;
		l->n_line = 0;
		wrong(l, "500 5.5.6 line too long");
		return n;
	}
	len = l->n_line;
	l->n_line = 0;
	if (len < 2 || l->line[len - 2] != '\r' ||
	    memchr(l->line, '\r', len - 2) != NULL ||
	    memchr(l->line, '\0', len) != NULL) {
		hang_up(l, "521 5.5.2 a line ends with CR LF and has no other");
		return n;
	}
	command(l, span(l->line, len - 2));
	return n;
}

/* ---- data ---------------------------------------------------------------- */

static void
keep(struct ingest_lmtp *l, const char *data, size_t len)
{
	if (l->too_big || l->starved) {
		return;
	}
	if (len > l->limit - l->mail.len) {
		l->too_big = true;
		buf_free(&l->mail);
		return;
	}
	buf_add(&l->mail, data, len);
	if (l->mail.bad) {
		ingest_lmtp_starve(l);
	}
}

void
ingest_lmtp_starve(struct ingest_lmtp *l)
{
	l->starved = true;
	buf_free(&l->mail);
}

/* The final dot is there. */
static void
end_of_data(struct ingest_lmtp *l)
{
	l->state = ANSWER;
	if (l->too_big) {
		ingest_lmtp_answer(l, 552, "5.3.4 longer than is taken here");
	} else if (l->starved) {
		ingest_lmtp_answer(l, 452, "4.3.1 no memory, try again later");
	}
}

void
ingest_lmtp_answer(struct ingest_lmtp *l, unsigned code, const char *text)
{
	for (unsigned i = 0; i < l->n_recipients; i++) {
		buf_fmt(&l->out, "%u %s\r\n", code, text);
	}
	reset(l);
	l->state = COMMAND;
}

/* Take bytes up to the end of the mail. */
static size_t
feed_data(struct ingest_lmtp *l, const char *data, size_t len)
{
	size_t i = 0;

	while (i < len) {
		const char *cr;
		size_t n;

		switch (l->data) {
		case START:
			if (data[i] == '.') {
				l->data = DOT;
				i++;
				continue;
			}
			break;
		case DOT: /* a dot in front of a line is not part of it */
			if (data[i] == '\r') {
				l->data = DOT_CR;
				i++;
				continue;
			}
			break;
		case DOT_CR:
			if (data[i] == '\n') {
				end_of_data(l);
				return i + 1;
			}
			keep(l, "\r", 1);
			break;
		case CR:
			if (data[i] == '\n') {
				keep(l, "\n", 1);
				l->data = START;
				i++;
				continue;
			}
			keep(l, "\r", 1);
			break;
		default: break;
		}
		cr = memchr(data + i, '\r', len - i);
		n = cr != NULL ? (size_t)(cr - data) - i : len - i;
		keep(l, data + i, n);
		i += n;
		l->data = TEXT;
		if (cr != NULL) {
			l->data = CR;
			i++;
		}
	}
	return i;
}

enum ingest_lmtp_event
ingest_lmtp_feed(
    struct ingest_lmtp *l, const char *data, size_t len, size_t *ret_used)
{
	size_t used = 0;

	while (used < len && (l->state == COMMAND || l->state == DATA)) {
		used += l->state == COMMAND
		    ? feed_command(l, data + used, len - used)
		    : feed_data(l, data + used, len - used);
		if (l->out.bad) {
			l->state = OVER;
		}
	}
	*ret_used = used;
	return l->state == ANSWER ? INGEST_LMTP_MAIL
	    : l->state == OVER    ? INGEST_LMTP_END
				  : INGEST_LMTP_MORE;
}
