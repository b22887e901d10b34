/* who.c - traps, secret addresses, proven senders. */
#include "ingest/who.h"

#include <string.h>
#include <strings.h>

#include "ingest/sender.h"
#include "zone/suspend.h"

#define HEAD_MAX (64u << 10) /* bytes of a mail that are looked at */

/* ---- recipients ---------------------------------------------------------- */

static bool
is_trap(const struct zone_config *config, const char *recipient)
{
	struct err_text why;
	struct zone_key key;

	if (config->ingest.n_traps == 0 ||
	    zone_key_parse(ZONE_KIND_ADDRESS, span_str(recipient), &key, &why) <
		0) {
		return false;
	}
	for (size_t i = 0; i < config->ingest.n_traps; i++) {
		if (strcmp(config->ingest.traps[i], key.text) == 0) {
			return true;
		}
	}
	return false;
}

/* TOKEN of "report+TOKEN@domain". */
static struct span
token_of(const char *recipient)
{
	const char *at = strrchr(recipient, '@');
	size_t len = at != NULL ? (size_t)(at - recipient) : strlen(recipient);
	const char *plus = memrchr(recipient, '+', len);

	return plus == NULL
	    ? span(recipient, 0)
	    : span(plus + 1, len - (size_t)(plus - recipient) - 1);
}

/* ---- what our server proved ---------------------------------------------- */

static bool
plain(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    memchr("@._+-", c, 5) != NULL;
}

/* VALUE in lower case without comments, each kind of blank a space. What is
 * quoted may be a stranger's: of it only what cannot be taken for anything
 * else stays, and the rest becomes "?". */
static char *
flatten(struct span value, struct arena *arena)
{
	char *out = arena_alloc(arena, value.len + 1);
	bool quoted = false;
	unsigned depth = 0;
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < value.len; i++) {
		char c = value.at[i];

		if ((quoted || depth > 0) && c == '\\') {
			i++;
			c = '?';
		} else if (c == '"' && depth == 0) {
			quoted = !quoted;
			continue;
		} else if (!quoted && c == '(') {
			depth++;
		} else if (!quoted && c == ')' && depth > 0) {
			depth--;
			c = ' ';
		}
		if (depth > 0) {
			continue;
		}
		if (quoted) {
			c = plain(c) ? c : '?';
		} else if (c == '\t' || c == '\r' || c == '\n') {
			c = ' ';
		}
		out[n++] = text_lower(c);
	}
	return out;
}

/* Take the text before SEPARATOR off REST. */
static bool
take(struct span *rest, char separator, struct span *ret)
{
	const char *end;

	if (rest->len == 0) {
		return false;
	}
	end = memchr(rest->at, separator, rest->len);
	*ret =
	    span(rest->at, end != NULL ? (size_t)(end - rest->at) : rest->len);
	*rest = end != NULL ? span(end + 1, rest->len - ret->len - 1)
			    : span(rest->at + rest->len, 0);
	return true;
}

/* Is SAID the domain of ADDRESS? */
static bool
domain_is(const char *address, struct span said)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL && said.len > 0 && span_is(said, at + 1);
}

/* One method's result: "dmarc=pass header.from=example.gr". */
static const char *
judge(struct span one, const char *from, const char *sender)
{
	const char *proven = NULL;
	struct span word;
	bool first = true, dmarc = false, spf = false;

	while (take(&one, ' ', &word)) {
		if (word.len == 0) {
			continue;
		}
		if (first) {
			dmarc = span_is(word, "dmarc=pass");
			spf = span_is(word, "spf=pass");
			first = false;
		} else if (dmarc && span_starts(word, "header.from=")) {
			word = span(word.at + 12, word.len - 12);
			proven = domain_is(from, word) ? from : proven;
		} else if (spf && span_starts(word, "smtp.mailfrom=") &&
		    sender != NULL) {
			word = span(word.at + 14, word.len - 14);
			proven =
			    span_is(word, sender) || domain_is(sender, word)
			    ? sender
			    : proven;
		}
	}
	return proven;
}

int
ingest_who_proven(struct span value, const char *const *ids, size_t n,
    const char *from, const char *sender, struct arena *arena, const char **ret,
    bool *ret_ours)
{
	char *text = flatten(value, arena);
	struct span rest, one, id = { "", 0 };
	const char *proven = NULL;
	bool ours = false;

	if (text == NULL) {
		return ERR_NOMEM;
	}
	rest = span_str(text);
	if (take(&rest, ';', &one)) {
		one = span_trim(one);
		(void)take(&one, ' ', &id); /* a version may follow */
	}
	for (size_t i = 0; i < n; i++) {
		ours = ours || (id.len > 0 && span_is(id, ids[i]));
	}
	while (ours && take(&rest, ';', &one)) {
		const char *address = judge(span_trim(one), from, sender);

		/* DMARC speaks of From:, which is what people see */
		if (address != NULL && (proven == NULL || address == from)) {
			proven = address;
		}
	}
	*ret = proven;
	*ret_ours = ours;
	return 0;
}

/* The one address of the mail's own From:, or NULL. */
static int
from_of(const struct ingest_head *head, struct arena *arena, const char **ret)
{
	const struct ingest_field *f = ingest_head_find(head, "From", 0);

	*ret = NULL;
	if (f == NULL ||
	    ingest_head_find(head, "From", (unsigned)(f - head->fields) + 1) !=
		NULL) {
		return 0;
	}
	return ingest_sender_rule(f->value, arena, ret);
}

static int
find_proven(const struct zone_config *config, const char *raw, size_t len,
    struct arena *arena, struct ingest_who *who)
{
	struct ingest_head head;
	unsigned hops = 0;
	const char *from;
	bool ours = false;
	int r = ingest_head_read(
	    span(raw, len < HEAD_MAX ? len : HEAD_MAX), arena, &head);

	if (r == 0) {
		r = from_of(&head, arena, &from);
	}
	for (unsigned i = 0; r == 0 && i < head.n && hops < 2 && !ours; i++) {
		const struct ingest_field *f = &head.fields[i];

		if (span_is(f->name, "Received")) {
			hops++;
		} else if (span_is(f->name, "Authentication-Results")) {
			r = ingest_who_proven(f->value,
			    config->ingest.authserv_ids,
			    config->ingest.n_authserv_ids, from, who->address,
			    arena, &who->proven, &ours);
		}
	}
	return r;
}

/* ---- both ---------------------------------------------------------------- */

int
ingest_who_read(const struct zone_config *config,
    const struct ingest_envelope *e, const char *raw, size_t len,
    struct arena *arena, struct ingest_who *ret)
{
	struct ingest_who who = { .raw = e->raw };
	unsigned traps = 0;

	for (unsigned i = 0; i < e->n_recipients; i++) {
		struct span token = token_of(e->recipients[i]);

		traps += is_trap(config, e->recipients[i]);
		who.echo = who.echo ||
		    (e->sender != NULL &&
			strcasecmp(e->sender, e->recipients[i]) == 0);
		if (who.token.len == 0 && token.len > 0) {
			who.token.at = arena_copy(arena, token.at, token.len);
			who.token.len = token.len;
			if (who.token.at == NULL) {
				return ERR_NOMEM;
			}
		}
	}
	who.raw = who.raw || (traps > 0 && traps == e->n_recipients);
	if (who.raw) {
		*ret = (struct ingest_who){ .raw = true, .name = "" };
		return 0;
	}
	if (e->sender != NULL && e->sender[0] != '\0') {
		char shown[320];

		text_printable_in(
		    shown, sizeof(shown), e->sender, strlen(e->sender));
		who.address = arena_str(arena, shown);
		if (who.address == NULL) {
			return ERR_NOMEM;
		}
		who.name = who.address;
	}
	*ret = who;
	if (config->ingest.n_authserv_ids == 0) {
		return 0;
	}
	return find_proven(config, raw, len, arena, ret);
}

bool
ingest_who_asks(const struct ingest_who *who)
{
	return who->token.len > 0 || who->proven != NULL;
}

int
ingest_who_look(
    struct zone_queue *queue, struct arena *arena, struct ingest_who *who)
{
	struct zone_submitter s;
	int r = 0;

	if (who->token.len > 0) {
		r = zone_submitter_by_token(queue, who->token, arena, &s);
		who->known = r == 1 ? ZONE_KNOWN_TOKEN : ZONE_KNOWN_NOT;
	}
	if (r == 0 && who->proven != NULL) {
		r = zone_submitter_by_address(
		    queue, span_str(who->proven), arena, &s);
		who->known = r == 1 ? ZONE_KNOWN_SENDER : ZONE_KNOWN_NOT;
	}
	if (r == 1) {
		struct zone_suspended since;

		/* he is who he is, but his word counts for nothing */
		r = zone_submitter_suspended(queue, s.name, arena, &since);
		if (r == 1) {
			who->known = ZONE_KNOWN_NOT;
		}
		r = r < 0 ? r : 1;
	}
	if (r == 1) {
		who->name = s.name;
		who->relays = s.relays;
		who->n_relays = s.n_relays;
	}
	return r < 0 ? r : 0;
}
