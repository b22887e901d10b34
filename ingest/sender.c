/* sender.c - who sent it, as far as a mail can say. */
#include "ingest/sender.h"

#include <string.h>

#include "ingest/mail.h"

#define LIST_MAX 500

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 5322 atext, and RFC 6532's: what is not ASCII has been seen to be
 * UTF-8. */
static bool
atom(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* RFC 5321 4.1.2, with stray dots in the local part allowed: spammers write
 * them and some servers take them. */
static bool
local_ok(struct span s)
{
	if (s.len == 0 || s.len > 64) {
		return false;
	}
	if (s.len > 2 && s.at[0] == '"' && s.at[s.len - 1] == '"') {
		for (size_t i = 1; i + 1 < s.len; i++) {
			if ((unsigned char)s.at[i] < 32 || s.at[i] == '"' ||
			    s.at[i] == '\\' || (unsigned char)s.at[i] > 126) {
				return false;
			}
		}
		return true;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (!atom(s.at[i]) && s.at[i] != '.') {
			return false;
		}
	}
	return true;
}

/* RFC 5322 dot-atom. Whether it may be listed is zone/key's to say: what
 * cannot be is shown all the same. */
static bool
domain_ok(struct span s)
{
	size_t label = 0;

	if (s.len > 253) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '.') {
			if (label == 0) {
				return false;
			}
			label = 0;
		} else if (atom(s.at[i])) {
			label++;
		} else {
			return false;
		}
	}
	return label > 0;
}

/* S without white space and the dots at its end; NULL: no address we take. */
static int
take(struct span s, struct arena *arena, const char **ret)
{
	char *out = arena_alloc(arena, s.len + 1);
	const char *at;
	size_t n = 0;

	*ret = NULL;
	if (out == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (!blank(s.at[i])) {
			out[n++] = s.at[i];
		}
	}
	if (n > 7 && strncasecmp(out, "mailto:", 7) == 0) {
		memmove(out, out + 7, n -= 7);
	}
	/* a route, "<@relay:user@host>", RFC 5322 4.4 */
	if (n > 0 && out[0] == '@' && (at = memchr(out, ':', n)) != NULL) {
		size_t skip = (size_t)(at - out) + 1;

		memmove(out, out + skip, n -= skip);
	}
	while (n > 0 && out[n - 1] == '.') {
		n--;
	}
	out[n] = '\0';
	for (size_t i = 0, k; i < n; i += k) {
		k = text_utf8(out + i, n - i);
		if (k == 0) {
			return 0;
		}
	}
	at = n > 0 ? memrchr(out, '@', n) : NULL;
	if (at == NULL || !local_ok(span(out, (size_t)(at - out))) ||
	    !domain_ok(span(at + 1, n - (size_t)(at + 1 - out)))) {
		return 0;
	}
	for (char *p = out + (at - out); *p != '\0'; p++) {
		*p = text_lower(*p);
	}
	*ret = out;
	return 0;
}

/* The last "<...>" in S. */
static bool
last_angle(struct span s, struct span *ret)
{
	const char *open, *close;

	close = s.len > 0 ? memrchr(s.at, '>', s.len) : NULL;
	if (close != NULL) {
		open = memrchr(s.at, '<', (size_t)(close - s.at));
		if (open != NULL) {
			*ret = span(open + 1, (size_t)(close - open) - 1);
			return true;
		}
	}
	/* never closed: all that follows */
	open = s.len > 0 ? memrchr(s.at, '<', s.len) : NULL;
	if (open == NULL) {
		return false;
	}
	*ret = span(open + 1, s.len - (size_t)(open + 1 - s.at));
	return true;
}

/* Blank out quoted strings (unless an "@" follows: a quoted local part),
 * comments and encoded words. */
static char *
bare_text(struct span s, struct arena *arena)
{
	char *out = arena_copy(arena, s.at, s.len);
	bool words = true; /* encoded words may still be closed */
	unsigned depth = 0;
	size_t i = 0;

	while (out != NULL && i < s.len) {
		const char *end = NULL;

		if (out[i] == '(') {
			depth++;
		} else if (out[i] == ')' && depth > 0) {
			depth--;
			out[i] = ' ';
		} else if (depth == 0 && out[i] == '"' &&
		    (end = memchr(out + i + 1, '"', s.len - i - 1)) != NULL) {
			size_t n = (size_t)(end - out) + 1 - i;

			if (end[1] != '@') {
				memset(out + i, ' ', n);
			}
			i += n;
			continue;
		} else if (depth == 0 && words && out[i] == '=' &&
		    out[i + 1] == '?') {
			end = strstr(out + i + 2, "?=");
			words = end != NULL;
			if (words) {
				size_t n = (size_t)(end - out) + 2 - i;

				memset(out + i, ' ', n);
				i += n;
				continue;
			}
		}
		if (depth > 0 || out[i] == '\0') {
			out[i] = ' ';
		}
		i++;
	}
	return out;
}

int
ingest_sender_rule(struct span value, struct arena *arena, const char **ret)
{
	struct span s;
	char *text;
	size_t end;
	int r;

	*ret = NULL;
	if (last_angle(value, &s)) {
		return take(s, arena, ret);
	}
	text = bare_text(value, arena);
	if (text == NULL) {
		return ERR_NOMEM;
	}
	end = value.len;
	while (end > 0 && *ret == NULL) {
		size_t start;

		while (end > 0 &&
		    (blank(text[end - 1]) ||
			strchr(",;:[]<>\"", text[end - 1]) != NULL)) {
			end--;
		}
		start = end;
		while (start > 0 && !blank(text[start - 1]) &&
		    strchr(",;:[]<>", text[start - 1]) == NULL) {
			start--;
		}
		if (start < end && memchr(text + start, '@', end - start)) {
			r = take(span(text + start, end - start), arena, ret);
			if (r < 0) {
				return r;
			}
		}
		end = start;
	}
	return 0;
}

const char *
ingest_sender_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

bool
ingest_sender_among(const char *address, const char *const *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcasecmp(address, list[i]) == 0) {
			return true;
		}
	}
	return false;
}

int
ingest_sender_list(const struct ingest_head *head, const char *name,
    struct arena *arena, const char ***ret, unsigned *ret_n)
{
	const char **list = *ret;
	unsigned n = *ret_n;

	for (unsigned i = 0; i < head->n; i++) {
		const struct ingest_field *f = &head->fields[i];
		const char **more, **join, *text;
		unsigned n_more;
		int r;

		if (!span_is(f->name, name)) {
			continue;
		}
		text = ingest_head_unfold(f->value, arena);
		if (text == NULL) {
			return ERR_NOMEM;
		}
		r = ingest_mail_addresses(text, arena, &more, &n_more);
		if (r < 0) {
			return r;
		}
		if (n_more == 0) {
			continue;
		}
		if (n + n_more > LIST_MAX) {
			break;
		}
		join = arena_alloc(arena, (n + n_more) * sizeof(*join));
		if (join == NULL) {
			return ERR_NOMEM;
		}
		if (n > 0) {
			memcpy(join, list, n * sizeof(*join));
		}
		memcpy(join + n, more, n_more * sizeof(*join));
		list = join;
		n += n_more;
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/* The value of F, of a long one the end, where the address is. */
static struct span
tail_of(const struct ingest_message *m, const struct ingest_field *f)
{
	size_t from = (size_t)(f->value.at - m->bytes.at);
	size_t n = f->at + f->len - from;

	return n <= INGEST_FIELD_MAX
	    ? span(f->value.at, n)
	    : span(f->value.at + (n - INGEST_FIELD_MAX), INGEST_FIELD_MAX);
}

/* Every From: by both readings. */
static int
read_from(struct ingest_message *m, struct arena *arena)
{
	const char **by_gmime = NULL;
	unsigned n_gmime = 0, fields = 0, max = 0;
	int r;

	for (unsigned i = 0; i < m->head.n; i++) {
		max += span_is(m->head.fields[i].name, "From") ? 1 : 0;
	}
	m->from = arena_alloc(arena, (max + 1) * sizeof(*m->from));
	if (m->from == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < m->head.n; i++) {
		const struct ingest_field *f = &m->head.fields[i];
		const char *address;

		if (!span_is(f->name, "From")) {
			continue;
		}
		fields++;
		r = ingest_sender_rule(tail_of(m, f), arena, &address);
		if (r < 0) {
			return r;
		}
		r = ingest_sender_tricks(m, tail_of(m, f), address, arena);
		if (r < 0) {
			return r;
		}
		if (address != NULL &&
		    !ingest_sender_among(address, m->from, m->n_from)) {
			m->from[m->n_from++] = address;
		}
	}
	r = ingest_sender_list(&m->head, "From", arena, &by_gmime, &n_gmime);
	if (r < 0) {
		return r;
	}
	if (fields > 1) {
		m->from_doubtful = true;
		ingest_note(&m->problems, arena, "%u From: fields", fields);
	}
	for (unsigned i = 0; i < n_gmime; i++) {
		if (ingest_sender_among(by_gmime[i], m->from, m->n_from)) {
			continue;
		}
		m->from_doubtful = true;
		ingest_note(&m->problems, arena, "From: may also be read as %s",
		    ingest_text(arena, span_str(by_gmime[i]), 120));
		break;
	}
	if (n_gmime == 0 && m->n_from > 0) {
		m->from_doubtful = true;
		ingest_note(&m->problems, arena,
		    "From: does not follow RFC 5322: mail programs may read "
		    "it differently");
	}
	if (fields == 0) {
		ingest_note(&m->problems, arena, "no From: field");
	} else if (m->n_from == 0) {
		ingest_note(
		    &m->problems, arena, "From: holds no usable address");
	}
	return 0;
}

int
ingest_sender_read(struct ingest_message *m, struct arena *arena)
{
	static const char *const to[] = { "To", "Cc", "Delivered-To",
		"X-Original-To", "Envelope-To" };
	const struct ingest_field *f;
	int r;

	r = read_from(m, arena);
	for (size_t i = 0; r == 0 && i < sizeof(to) / sizeof(to[0]); i++) {
		r = ingest_sender_list(
		    &m->head, to[i], arena, &m->to, &m->n_to);
	}
	if (r == 0) {
		r = ingest_sender_list(
		    &m->head, "Reply-To", arena, &m->reply_to, &m->n_reply_to);
	}
	f = ingest_head_find(&m->head, "Return-Path", 0);
	m->envelope_from = "";
	if (r == 0 && f != NULL) {
		const char *address;

		r = ingest_sender_rule(f->value, arena, &address);
		if (address != NULL) {
			m->envelope_from = address;
		} else {
			m->envelope_from =
			    ingest_text(arena, span_trim(f->value), 200);
		}
	}
	return r;
}
