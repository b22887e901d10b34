/* received.c - one Received: line, read clause by clause. */
#include "ingest/received.h"

#include <string.h>

#define ITEMS_MAX 128 /* words and comments looked at in one line */

enum clause {
	C_HEAD,
	C_FROM,
	C_BY,
	C_WITH,
	C_VIA,
	C_ID,
	C_FOR,
	C_OTHER,
	C_DATE,
};

struct item {
	enum clause clause;
	bool comment;
	struct span text; /* a comment without its outer parentheses */
};

struct line {
	struct item items[ITEMS_MAX];
	unsigned n;
};

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* S without its first N bytes. */
static struct span
after(struct span s, size_t n)
{
	return n < s.len ? span(s.at + n, s.len - n) : span(s.at, 0);
}

/* The first "[ip]" in S, with the place of its bracket. */
static bool
bracketed(struct span s, struct net_ip *ret_ip, size_t *ret_at)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *end;

		if (s.at[i] != '[') {
			continue;
		}
		end = memchr(s.at + i, ']', s.len - i < 64 ? s.len - i : 64);
		if (end != NULL &&
		    ingest_ip_read(
			span(s.at + i + 1, (size_t)(end - s.at) - i - 1),
			ret_ip)) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

/* ---- words and comments ------------------------------------------------ */

/* One unfolded copy: folding and control characters become single spaces. */
static int
unfold(struct span value, struct arena *arena, struct span *ret)
{
	char *out = arena_alloc(arena, value.len + 1);
	size_t n = 0;

	if (out == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (blank(c) || (unsigned char)c < 0x20 || c == 0x7f) {
			c = ' ';
		}
		if (c != ' ' || (n > 0 && out[n - 1] != ' ')) {
			out[n++] = c;
		}
	}
	*ret = span_trim(span(out, n));
	return 0;
}

static enum clause
keyword(struct span word, enum clause now)
{
	static const struct {
		const char *word;
		enum clause clause;
	} words[] = {
		{ "from", C_FROM },
		{ "by", C_BY },
		{ "with", C_WITH },
		{ "via", C_VIA },
		{ "id", C_ID },
		{ "for", C_FOR },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_is(word, words[i].word)) {
			continue;
		}
		if (words[i].clause == C_FROM && now != C_HEAD) {
			return C_OTHER; /* XMail's "from <sender>" at the end */
		}
		return words[i].clause;
	}
	return C_HEAD; /* none */
}

/* Length of the comment that opens at S; an unclosed one goes to the end. */
static size_t
comment(struct span s)
{
	unsigned depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '(') {
			depth++;
		} else if (s.at[i] == ')' && --depth == 0) {
			return i + 1;
		}
	}
	return s.len;
}

/* Length of the word that starts S. Brackets keep what is inside together:
 * "[XMail 1.20 ESMTP Server]". */
static size_t
word(struct span s)
{
	size_t i = 0;

	if (s.at[0] == '[') {
		const char *end = memchr(s.at, ']', s.len < 256 ? s.len : 256);

		if (end != NULL) {
			i = (size_t)(end - s.at) + 1;
		}
	}
	while (
	    i < s.len && !blank(s.at[i]) && s.at[i] != '(' && s.at[i] != ';') {
		i++;
	}
	return i;
}

static void
cut(struct span s, struct line *line)
{
	enum clause now = C_HEAD;

	line->n = 0;
	while (s.len > 0 && line->n < ITEMS_MAX) {
		struct item *item = &line->items[line->n];
		enum clause next;
		size_t n;

		if (blank(s.at[0]) || s.at[0] == ',') {
			s = after(s, 1);
			continue;
		}
		if (s.at[0] == ';') {
			/* a ";" before the "by" clause is no date:
			 * SquirrelMail writes one after its own comment */
			if (now == C_FROM || now == C_HEAD) {
				s = after(s, 1);
				continue;
			}
			now = C_DATE;
			s = span_trim(after(s, 1));
			line->items[line->n++] =
			    (struct item){ .clause = now, .text = s };
			return;
		}
		if (s.at[0] == '(') {
			n = comment(s);
			item->comment = true;
			item->text = span_trim(span(s.at + 1,
			    n - (s.at[n - 1] == ')' && n > 1 ? 2 : 1)));
			item->clause = now;
			line->n++;
			s = after(s, n);
			continue;
		}
		n = word(s);
		next = keyword(span(s.at, n), now);
		if (next != C_HEAD) {
			now = next;
		} else {
			item->comment = false;
			item->text = span(s.at, n);
			item->clause = now;
			line->n++;
		}
		s = after(s, n);
	}
}

/* First word of CLAUSE. */
static struct span
first(const struct line *line, enum clause clause)
{
	for (unsigned i = 0; i < line->n; i++) {
		if (line->items[i].clause == clause &&
		    !line->items[i].comment) {
			return line->items[i].text;
		}
	}
	return span("", 0);
}

static struct span
undecorated(struct span s)
{
	while (s.len > 0 && strchr("<>[]\"'", s.at[0]) != NULL) {
		s = after(s, 1);
	}
	while (s.len > 0 && strchr("<>[]\"',;", s.at[s.len - 1]) != NULL) {
		s.len--;
	}
	return s;
}

/* Up to the next blank or the end. */
static struct span
one_word(struct span s)
{
	size_t n = 0;

	s = span_trim(s);
	while (
	    n < s.len && !blank(s.at[n]) && s.at[n] != ',' && s.at[n] != ')') {
		n++;
	}
	return span(s.at, n);
}

/* The value behind NAME in S, as one word; len 0: none. NAME must stand at
 * the start of a word. */
static struct span
behind(struct span s, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i + n <= s.len; i++) {
		if ((i == 0 || blank(s.at[i - 1]) || s.at[i - 1] == '(') &&
		    span_starts(after(s, i), name)) {
			return one_word(after(s, i + n));
		}
	}
	return span("", 0);
}

/* ---- the from-clause --------------------------------------------------- */

/* Comments that hold what the client said, not what the server saw. */
static bool
claimed(struct span c)
{
	static const char *const starts[] = { "HELO", "EHLO", "LHLO",
		"helo=", "using ", "authenticated ", "AUTH:", "envelope-",
		"No client certificate", "Client did not", "Client CN", "TLS",
		"version=", "misconfigured sender", "verified OK",
		"not verified", "SquirrelMail", "account ", "smtp-auth",
		"sender:", "ident=" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (span_starts(c, starts[i])) {
			return true;
		}
	}
	return false;
}

/* C up to where a client's own words begin. */
static struct span
seen(struct span c)
{
	static const char *const marks[] = { " helo=", " HELO", " EHLO",
		" ident=", " claiming to be" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *p = span_find(c, marks[i]);

		if (p != NULL) {
			c.len = (size_t)(p - c.at);
		}
	}
	return c;
}

/* An address without brackets in a comment: alone, after "user@", or as its
 * first word. */
static bool
bare(struct span c, struct net_ip *ret_ip)
{
	const char *at;
	struct span w = one_word(c);

	if (ingest_ip_read(w, ret_ip)) {
		return true;
	}
	at = w.len > 0 ? memrchr(w.at, '@', w.len) : NULL;
	return at != NULL &&
	    ingest_ip_read(
		span(at + 1, w.len - (size_t)(at + 1 - w.at)), ret_ip);
}

/* The name in front of "[ip]" in a comment: "IDENT:u@mail.example [1.2.3.4]".
 */
static struct span
name_before(struct span c, size_t bracket)
{
	struct span s = span_trim(span(c.at, bracket));
	const char *at;
	size_t n = s.len;

	while (n > 0 && !blank(s.at[n - 1])) {
		n--;
	}
	s = after(s, n);
	at = s.len > 0 ? memrchr(s.at, '@', s.len) : NULL;
	if (at != NULL) {
		s = after(s, (size_t)(at + 1 - s.at));
	}
	if (span_is(s, "unknown") || span_is(s, "softdnserr") ||
	    span_is(s, "unverified") ||
	    (s.len > 0 && memchr(s.at, '.', s.len) == NULL &&
		!span_is(s, "localhost"))) {
		return span("", 0);
	}
	while (s.len > 0 && s.at[s.len - 1] == '.') {
		s.len--;
	}
	return s;
}

/* The word behind "HELO " or the like in C; false: C does not speak of it. */
static bool
helo_in(struct span c, struct span *ret)
{
	static const char *const names[] = { "helo=", "HELO ", "EHLO ",
		"LHLO " };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*ret = undecorated(behind(c, names[i]));
		if (ret->len > 0) {
			return true;
		}
	}
	return span_starts(c, "HELO") || span_starts(c, "EHLO") ||
	    span_starts(c, "LHLO");
}

/* Does the server look names up and put the result in front? Exim does, and
 * says the HELO only when it differs; CommuniGate says "verified". */
static bool
name_first(const struct line *line)
{
	for (unsigned i = 0; i < line->n; i++) {
		struct span c = line->items[i].text;

		if (line->items[i].comment &&
		    (span_starts(c, "Exim ") || span_ends(c, "] verified"))) {
			return true;
		}
	}
	return false;
}

/* A name that a server can have looked up. */
static bool
looked_up(struct span s)
{
	struct net_ip ip;

	return s.len > 0 && memchr(s.at, '.', s.len) != NULL &&
	    !ingest_ip_read(undecorated(s), &ip);
}

/* Which style named the client, so which word is the name that the server
 * looked up and which the one the client gave. BRACKET: the address stood in
 * brackets inside a comment, as Postfix and Sendmail write it, where a name
 * that was looked up stands before it. */
static void
names(const struct line *line, struct ingest_hop *hop, bool bracket)
{
	bool helo_said = false;

	for (unsigned i = 0; i < line->n; i++) {
		struct span c = line->items[i].text, h;

		if (line->items[i].clause != C_FROM) {
			continue;
		}
		if (!line->items[i].comment) {
			if (span_is(c, "be") && i > 0 && i + 1 < line->n &&
			    span_is(line->items[i - 1].text, "to")) {
				hop->helo = line->items[i + 1].text;
				helo_said = true;
			}
		} else if (helo_in(c, &h)) {
			hop->helo = h;
			helo_said = true;
		}
	}
	if (!helo_said) {
		hop->helo = hop->from;
	}
	/* qmail leaves HELO out when it equals the name; a Microsoft server
	 * never looks a name up */
	if (helo_said || (bracket && name_first(line)) ||
	    (!bracket && hop->with.len > 0 && span_starts(hop->with, "SMTP"))) {
		hop->rdns = hop->from;
	}
	if (!looked_up(hop->rdns) && !span_is(hop->rdns, "localhost")) {
		hop->rdns.len = 0;
	}
}

/* "from 203.0.114.9 (unverified) by": that is what the client said of itself,
 * and nothing tells where it was. */
static bool
unverified(const struct line *line)
{
	for (unsigned i = 0; i < line->n; i++) {
		if (line->items[i].clause == C_FROM && line->items[i].comment &&
		    span_is(line->items[i].text, "unverified")) {
			return true;
		}
	}
	return false;
}

static bool
find_ip(const struct line *line, struct ingest_hop *hop)
{
	bool found = false, bracket = false, unknown = false;
	struct net_ip ip;
	size_t at;

	for (unsigned i = 0; i < line->n && !found; i++) {
		const struct item *item = &line->items[i];

		if (item->clause == C_FROM && item->comment &&
		    !claimed(item->text) &&
		    bracketed(seen(item->text), &ip, &at)) {
			hop->rdns = name_before(item->text, at);
			hop->forged =
			    span_find(item->text, "may be forged") != NULL ||
			    span_find(item->text, "unverified") != NULL;
			found = bracket = true;
			unknown = at > 0 && hop->rdns.len == 0;
		}
	}
	for (unsigned i = 0; i < line->n && !found; i++) {
		const struct item *item = &line->items[i];

		found = item->clause == C_FROM && item->comment &&
		    !claimed(item->text) && bare(seen(item->text), &ip);
	}
	for (unsigned i = 0; i < line->n && !found; i++) {
		const struct item *item = &line->items[i];

		found = item->clause == C_FROM && !item->comment &&
		    bracketed(item->text, &ip, &at);
	}
	if (!found && !unverified(line)) {
		found = ingest_ip_read(hop->from, &ip);
	}
	if (found) {
		hop->ip = ip;
	}
	if (hop->rdns.len == 0 && !unknown) {
		names(line, hop, bracket);
	} else {
		hop->helo = hop->from;
	}
	return found;
}

/* ---- the rest ---------------------------------------------------------- */

static void
read_auth(const struct line *line, struct ingest_hop *hop)
{
	static const char *const words[] = { "ESMTPA", "ESMTPSA", "UTF8SMTPSA",
		"UTF8SMTPA", "ASMTP", "SMTPA", "SMTPSA", "HTTP", "HTTPS",
		"HTTPU", "LMTPA", "LMTPSA" };
	struct span with = one_word(hop->with);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is(with, words[i])) {
			hop->auth = with;
		}
	}
	if (hop->auth.len == 0 && span_is(first(line, C_VIA), "HTTP")) {
		hop->auth = first(line, C_VIA);
	}
	for (unsigned i = 0; i < line->n; i++) {
		struct span c = line->items[i].text;

		if (!line->items[i].comment) {
			continue;
		}
		if (span_starts(c, "Authenticated sender") ||
		    span_starts(c, "authenticated") ||
		    span_starts(c, "AUTH:") || span_starts(c, "smtp-auth") ||
		    span_starts(c, "account ") ||
		    span_find(c, "authenticated user") != NULL) {
			hop->auth = c;
		} else if (span_starts(c, "via HTTP")) {
			hop->auth = after(c, 4);
		}
		if (hop->envelope_from.len == 0 &&
		    span_starts(c, "envelope-")) {
			struct span e = behind(c, "envelope-from");

			if (e.len == 0) {
				e = behind(c, "envelope-sender");
			}
			hop->envelope_from = undecorated(e);
		}
	}
	if (hop->envelope_from.len == 0) {
		hop->envelope_from = undecorated(first(line, C_OTHER));
	}
}

/* Lines that servers write about themselves: no client was there. */
static bool
not_a_hop(const struct line *line, const struct ingest_hop *hop)
{
	static const char *const starts[] = { "qmail-scanner", "BSMTP",
		"SpamAssassin", "Internet Mail Service" };
	bool bare_only = true;
	struct net_ip ip;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (span_starts(hop->with, starts[i])) {
			return true;
		}
	}
	for (unsigned i = 0; i < line->n; i++) {
		const struct item *item = &line->items[i];

		if (item->clause == C_BY && span_is(item->text, "pod-id")) {
			return true; /* Yahoo, from one of its rooms to another
			              */
		}
		if (item->clause == C_WITH && item->comment &&
		    span_is(hop->with, "local") &&
		    span_starts(item->text, "Exim ")) {
			return true; /* sent by a program on that host */
		}
		if (item->comment || item->clause > C_BY) {
			bare_only = bare_only && item->clause == C_DATE;
		}
	}
	/* "from 203.0.114.9 by mx;": no server is so short */
	return bare_only && ingest_ip_read(hop->from, &ip);
}

int
ingest_received_parse(
    struct span value, struct arena *arena, struct ingest_hop *ret)
{
	struct ingest_hop hop = { .sort = INGEST_HOP_NONE };
	struct span text, inner;
	struct line line;
	int r;

	r = unfold(value, arena, &text);
	if (r < 0) {
		return r;
	}
	if (span_starts(text, "(from ")) {
		/* NAVGW puts its whole from-clause into a comment */
		size_t n = comment(text);

		inner = span(text.at + 1, n - 1 - (text.at[n - 1] == ')'));
		cut(inner, &line);
		struct span from = first(&line, C_FROM);
		struct line rest;

		cut(after(text, n), &rest);
		if (from.len > 0 && rest.n > 0) {
			for (unsigned i = 0; i < rest.n && line.n < ITEMS_MAX;
			     i++) {
				line.items[line.n++] = rest.items[i];
			}
		}
	} else {
		cut(text, &line);
	}
	hop.from = first(&line, C_FROM);
	hop.by = undecorated(first(&line, C_BY));
	hop.with = first(&line, C_WITH);
	hop.id = undecorated(first(&line, C_ID));
	hop.date = first(&line, C_DATE);
	for (unsigned i = 1; i < line.n; i++) {
		/* "Microsoft SMTP Server" is several words */
		if (line.items[i].clause == C_WITH && !line.items[i].comment &&
		    line.items[i - 1].clause == C_WITH &&
		    !line.items[i - 1].comment) {
			hop.with.len = (size_t)(line.items[i].text.at +
			    line.items[i].text.len - hop.with.at);
		}
	}
	if (hop.by.len > 0 &&
	    (span_starts(hop.with, "POP3") || span_starts(hop.with, "IMAP"))) {
		hop.sort = INGEST_HOP_FETCH;
	} else if (find_ip(&line, &hop) && !not_a_hop(&line, &hop)) {
		hop.sort = INGEST_HOP_RELAY;
	}
	hop.from = undecorated(hop.from);
	hop.helo = undecorated(hop.helo);
	hop.rdns = undecorated(hop.rdns);
	read_auth(&line, &hop);
	*ret = hop;
	return 0;
}
