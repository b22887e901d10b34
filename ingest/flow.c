/* flow.c - text as it was before a mail program laid it out. */
#include "ingest/flow.h"

#define LINK_MAX 2000

static struct span
line_of(struct span *text)
{
	const char *nl = memchr(text->at, '\n', text->len);
	size_t n = nl != NULL ? (size_t)(nl - text->at) : text->len;
	struct span line = span(text->at, n);

	n += nl != NULL ? 1 : 0;
	*text = span(text->at + n, text->len - n);
	if (line.len > 0 && line.at[line.len - 1] == '\r') {
		line.len--;
	}
	return line;
}

void
ingest_flow_join(struct span text, bool delsp, struct buf *b)
{
	size_t open = 0; /* depth of the paragraph that goes on, plus 1 */

	while (text.len > 0) {
		struct span line = line_of(&text);
		size_t depth = 0;
		bool flows;

		while (line.len > 0 && line.at[0] == '>') {
			line = span(line.at + 1, line.len - 1);
			depth++;
		}
		if (line.len > 0 && line.at[0] == ' ') { /* stuffed */
			line = span(line.at + 1, line.len - 1);
		}
		if (open != depth + 1) {
			if (open > 0) {
				buf_u8(b, '\n');
			}
			for (size_t i = 0; i < depth && i < 20; i++) {
				buf_str(b, "> ");
			}
		}
		/* a line of blanks goes on with a paragraph, but begins none;
		 * "-- " is no flowed line but the sign of a signature */
		flows = line.len > 0 && line.at[line.len - 1] == ' ' &&
		    (span_trim(line).len > 0 || open == depth + 1) &&
		    !(line.len == 3 && memcmp(line.at, "-- ", 3) == 0);
		if (flows && delsp) {
			line.len--;
		}
		buf_add(b, line.at, line.len);
		if (!flows) {
			buf_u8(b, '\n');
		}
		open = flows ? depth + 1 : 0;
	}
	if (open > 0) {
		buf_u8(b, '\n');
	}
}

void
ingest_flow_plain(struct span text, struct buf *b)
{
	static const struct {
		const char *from, *to;
	} table[] = { { "\xc2\xa0", " " }, { "\xe2\x80\xaf", " " },
		{ "\xe2\x80\x87", " " }, { "\xe3\x80\x80", " " },
		{ "\xef\xbb\xbf", "" }, { "\xe2\x80\x8b", "" },
		{ "\xe2\x80\x8e", "" }, { "\xe2\x80\x8f", "" },
		{ "\xe2\x81\xa0", "" }, { "\xc2\xad", "" },
		{ "\xe2\x80\x9c", "\"" }, { "\xe2\x80\x9d", "\"" },
		{ "\xe2\x80\x9e", "\"" }, { "\xc2\xab", "\"" },
		{ "\xc2\xbb", "\"" }, { "\xe2\x80\x98", "'" },
		{ "\xe2\x80\x99", "'" } };
	size_t from = 0;

	for (size_t at = 0; at < text.len;) {
		unsigned char c = (unsigned char)text.at[at];
		const char *to = NULL;
		size_t len = 1;

		if (c == '\r' || c == '\0') {
			to = c == '\r' ? "" : " ";
		} else if (c == 0xc2 || c == 0xe2 || c == 0xe3 || c == 0xef) {
			for (size_t i = 0; i < sizeof(table) / sizeof(table[0]);
			     i++) {
				size_t n = strlen(table[i].from);

				if (text.len - at >= n &&
				    memcmp(text.at + at, table[i].from, n) ==
					0) {
					to = table[i].to;
					len = n;
					break;
				}
			}
		}
		if (to != NULL) {
			buf_add(b, text.at + from, at - from);
			buf_str(b, to);
			from = at + len;
		}
		at += len;
	}
	buf_add(b, text.at + from, text.len - from);
}

/* ---- links ------------------------------------------------------------- */

/* Length of the "<scheme:...>" or "[scheme:...]" that starts S, with what is
 * in it; 0: none. */
static size_t
link_of(struct span s, struct span *ret_target, bool *ret_mail)
{
	static const char *const schemes[] = { "mailto:", "http://",
		"https://" };
	const char *end;

	if (s.len < 9 || (s.at[0] != '<' && s.at[0] != '[')) {
		return 0;
	}
	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(schemes[i]);
		struct span t = span(s.at + 1, s.len - 1);

		if (!span_starts(t, schemes[i])) {
			continue;
		}
		end = memchr(s.at, s.at[0] == '<' ? '>' : ']',
		    s.len < LINK_MAX ? s.len : LINK_MAX);
		if (end == NULL) {
			return 0;
		}
		t = span(t.at + n, (size_t)(end - t.at) - n);
		if (i == 0 && memchr(t.at, '?', t.len) != NULL) {
			t.len =
			    (size_t)((const char *)memchr(t.at, '?', t.len) -
				t.at);
		}
		while (i > 0 && t.len > 0 && t.at[t.len - 1] == '/') {
			t.len--;
		}
		*ret_target = t;
		*ret_mail = i == 0;
		return (size_t)(end - s.at) + 1;
	}
	return 0;
}

/* Does B end in TARGET? */
static bool
just_said(const struct buf *b, size_t start, struct span target)
{
	return target.len > 0 && b->len - start >= target.len &&
	    strncasecmp(b->data + b->len - target.len, target.at, target.len) ==
	    0;
}

bool
ingest_flow_unlink(struct span value, struct buf *b)
{
	size_t start = b->len, from = 0; /* added up to FROM */

	for (size_t at = 0; at < value.len && !b->bad;) {
		struct span rest = span(value.at + at, value.len - at), target;
		bool mail;
		size_t len = value.at[at] == '<' || value.at[at] == '['
		    ? link_of(rest, &target, &mail)
		    : 0;

		if (len == 0) {
			at++;
			continue;
		}
		buf_add(b, value.at + from, at - from);
		at += len;
		from = at;
		if (!just_said(b, start, target)) {
			if (mail) {
				buf_u8(b, '<');
				buf_add(b, target.at, target.len);
				buf_u8(b, '>');
			} else {
				buf_add(b, rest.at, len);
			}
			continue;
		}
		/* said twice: once is enough, in brackets if it was without */
		if (mail &&
		    (b->len - start == target.len ||
			b->data[b->len - target.len - 1] != '<')) {
			b->len -= target.len;
			buf_u8(b, '<');
			buf_add(b, target.at, target.len);
			buf_u8(b, '>');
		}
	}
	buf_add(b, value.at + from, value.len - from);
	return from > 0;
}
