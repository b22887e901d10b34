/* param.c - "; name=value" behind the first word of a field. */
#include "ingest/param.h"

#include <string.h>

#include "ingest/mime.h"

bool
ingest_param_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t
ingest_param_skip(struct span s, size_t at)
{
	unsigned open = 0;

	for (; at < s.len; at++) {
		char c = s.at[at];

		if (c == '(') {
			open++;
		} else if (open > 0 && c == ')') {
			open--;
		} else if (open > 0 && c == '\\') {
			at++;
		} else if (open == 0 && !ingest_param_blank(c)) {
			break;
		}
	}
	return at < s.len ? at : s.len;
}

size_t
ingest_param_token(struct span s, size_t at)
{
	while (at < s.len && !ingest_param_blank(s.at[at]) && s.at[at] != ';' &&
	    s.at[at] != '=' && s.at[at] != '(') {
		at++;
	}
	return at;
}

/* Copy the value at AT of S, a word or a quoted string, behind what is in OUT;
 * where it ends. */
static size_t
value_at(struct span s, size_t at, char *out, size_t cap, size_t *len)
{
	bool quoted = at < s.len && s.at[at] == '"';

	for (at += quoted ? 1 : 0; at < s.len; at++) {
		char c = s.at[at];

		if (quoted && c == '\\' && at + 1 < s.len) {
			c = s.at[++at];
		} else if (quoted ? c == '"'
				  : c == ';' || ingest_param_blank(c)) {
			break;
		}
		if (c != '\r' && c != '\n' && *len + 1 < cap) {
			out[(*len)++] = c;
		}
	}
	return at;
}

static int
hex(char c)
{
	c = text_lower(c);
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
				    : -1;
}

/* RFC 2231: take the charset off and undo "%41". */
static size_t
unescape(char *s, size_t len)
{
	char *q = memchr(s, '\'', len), *end;
	size_t from = 0, n = 0;

	end = q != NULL ? memchr(q + 1, '\'', len - (size_t)(q + 1 - s)) : NULL;
	if (end != NULL) {
		from = (size_t)(end + 1 - s);
	}
	while (from < len) {
		if (s[from] == '%' && from + 2 < len && hex(s[from + 1]) >= 0 &&
		    hex(s[from + 2]) >= 0) {
			s[n++] =
			    (char)(hex(s[from + 1]) << 4 | hex(s[from + 2]));
			from += 3;
		} else {
			s[n++] = s[from++];
		}
	}
	return n;
}

bool
ingest_mime_param(struct span params, const char *name, char *out, size_t cap)
{
	size_t at = 0, len = 0, n = strlen(name);
	bool found = false, escaped = false, pieces = false;

	while (at < params.len) {
		struct span word;
		size_t end;
		bool mine;

		at = ingest_param_skip(params, at);
		while (at < params.len && params.at[at] == ';') {
			at = ingest_param_skip(params, at + 1);
		}
		end = ingest_param_token(params, at);
		word = span(params.at + at, end - at);
		at = ingest_param_skip(params, end);
		if (at >= params.len || params.at[at] != '=') {
			at +=
			    at < params.len && end == at && params.at[at] != ';'
			    ? 1
			    : 0; /* what nobody understands */
			continue;
		}
		at = ingest_param_skip(params, at + 1);
		mine = span_starts(word, name) &&
		    (word.len == n || word.at[n] == '*');
		if (mine && found && !pieces) {
			mine = false; /* the first counts */
		}
		if (mine) {
			/* "name*", "name*0", "name*0*" */
			pieces = word.len > n + 1;
			escaped = escaped ||
			    (word.len > n && word.at[word.len - 1] == '*');
			found = true;
			at = value_at(params, at, out, cap, &len);
		} else {
			size_t none = 0;

			at = value_at(params, at, out, 0, &none);
		}
		at += at < params.len && params.at[at] == '"' ? 1 : 0;
	}
	if (escaped) {
		len = unescape(out, len);
	}
	if (cap > 0) {
		out[len] = '\0';
	}
	return found;
}
