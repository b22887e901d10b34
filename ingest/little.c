/* little.c - the few lines above what was forwarded inline. */
#include "ingest/little.h"

#include "ingest/flow.h"
#include "ingest/quote.h"

#define LINES_MAX 14         /* of such a header */
#define BODY_MAX (64u << 10) /* bytes of what follows it */

/* Past "----- Forwarded Message -----", with something behind it or not. */
static struct span
behind_mark(struct span line, bool *ret_mark)
{
	size_t n = 0, k;

	*ret_mark = false;
	while (n < line.len && (line.at[n] == '-' || line.at[n] == '_')) {
		n++;
	}
	if (n < 3) {
		return line;
	}
	*ret_mark = true;
	for (k = n; k + 3 < line.len; k++) {
		if (memcmp(line.at + k, "---", 3) == 0) {
			while (k < line.len && line.at[k] == '-') {
				k++;
			}
			return span_trim(span(line.at + k, line.len - k));
		}
	}
	return span(line.at + line.len, 0);
}

static bool
has_address(struct span s)
{
	const char *at = memchr(s.at, '@', s.len);

	return at != NULL && at > s.at && at + 1 < s.at + s.len &&
	    !ingest_quote_blank(at[-1]) && !ingest_quote_blank(at[1]);
}

/* A header on a single line, as Yahoo writes it: the sender up to the end of
 * his address. */
static bool
one_liner(struct span line, struct ingest_little *ret)
{
	struct span value;
	const char *end;

	if (ingest_label_of(line, &value) != INGEST_LABEL_FROM) {
		return false;
	}
	end = memchr(value.at, '>', value.len);
	if (end == NULL || !has_address(value)) {
		return false;
	}
	value.len = (size_t)(end + 1 - value.at);
	ret->values[INGEST_LABEL_FROM] = value;
	ret->kinds = 1;
	return true;
}

bool
ingest_little_at(struct span text, size_t at, struct ingest_little *ret)
{
	struct ingest_little l = { 0 };
	unsigned seen = 0, empty = 0, last = INGEST_LABEL_NONE;

	for (unsigned n = 0; n < LINES_MAX && at < text.len; n++) {
		struct span line = ingest_quote_line(text, at), rest, value;
		struct ingest_quote p = ingest_quote_of(line);
		enum ingest_label label;
		bool mark;

		rest = span(line.at + p.text.len, line.len - p.text.len);
		if (n == 0) {
			rest = behind_mark(rest, &mark);
			if (mark && one_liner(rest, &l)) {
				l.end = ingest_quote_next(text, at, line);
				*ret = l;
				return true;
			}
			if (mark) {
				return false;
			}
		}
		label = ingest_label_of(rest, &value);
		if (label == INGEST_LABEL_NONE) {
			/* the rest of a long one, or the end */
			if (span_trim(rest).len == 0) {
				if (n == 0 || ++empty > 1) {
					break;
				}
			} else if (n == 0 || empty > 0 || last == 0) {
				break;
			}
		} else {
			if ((seen & 1u << label) != 0) {
				break;
			}
			seen |= 1u << label;
			l.values[label] = value;
			l.kinds++;
			empty = 0;
			last = label;
		}
		at = ingest_quote_next(text, at, line);
	}
	l.end = at;
	if ((seen & 1u << INGEST_LABEL_FROM) == 0 || l.kinds < 2 ||
	    l.values[INGEST_LABEL_FROM].len == 0) {
		return false;
	}
	*ret = l;
	return true;
}

/* Of S, which has an address, the word that is it. */
static struct span
word_with_at(struct span s)
{
	const char *at = memchr(s.at, '@', s.len), *end = s.at + s.len;
	const char *from = at, *to = at;

	while (from > s.at && !ingest_quote_blank(from[-1])) {
		from--;
	}
	while (to < end && !ingest_quote_blank(*to)) {
		to++;
	}
	return span(from, (size_t)(to - from));
}

bool
ingest_little_said(struct span text, size_t at, struct ingest_little *ret)
{
	struct span line = ingest_quote_line(text, at), s;
	struct ingest_quote p = ingest_quote_of(line);
	const char *open, *close;
	size_t next = ingest_quote_next(text, at, line), i;
	bool digit = false;

	s = span_trim(span(line.at + p.text.len, line.len - p.text.len));
	if (s.len > 0 && s.at[s.len - 1] != ':' && next < text.len) {
		/* the last words may be on a line of their own */
		struct span below = ingest_quote_line(text, next);
		struct span more = span_trim(below);

		if (more.len < 100 && span_ends(more, ":") &&
		    has_address(s) != has_address(more)) {
			s.len = (size_t)(more.at + more.len - s.at);
			next = ingest_quote_next(text, next, below);
		}
	}
	if (s.len < 10 || s.len > 300 || s.at[s.len - 1] != ':') {
		return false;
	}
	for (i = 0; i < s.len && !digit; i++) {
		digit = s.at[i] >= '0' && s.at[i] <= '9';
	}
	open = memchr(s.at, '<', s.len);
	close = open != NULL ? memrchr(open, '>', s.len - (size_t)(open - s.at))
			     : NULL;
	if (close == NULL) {
		open = memchr(s.at, '(', s.len);
		close = open != NULL
		    ? memrchr(open, ')', s.len - (size_t)(open - s.at))
		    : NULL;
	}
	if (!digit || close == NULL ||
	    !has_address(span(open, (size_t)(close - open)))) {
		return false;
	}
	*ret = (struct ingest_little){ .kinds = 1, .end = next };
	ret->values[INGEST_LABEL_FROM] =
	    word_with_at(span(open + 1, (size_t)(close - open - 1)));
	return true;
}

void
ingest_little_put(
    struct span text, const struct ingest_little *l, struct buf *b)
{
	static const struct {
		enum ingest_label label;
		const char *name;
	} fields[] = { { INGEST_LABEL_FROM, "From: " },
		{ INGEST_LABEL_SUBJECT, "Subject: " },
		{ INGEST_LABEL_DATE, "Date: " }, { INGEST_LABEL_TO, "To: " } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct span v = l->values[fields[i].label];

		if (v.len > 0) {
			buf_str(b, fields[i].name);
			(void)ingest_flow_unlink(
			    span(v.at, v.len > 2000 ? 2000 : v.len), b);
			buf_u8(b, '\n');
		}
	}
	buf_u8(b, '\n');
	buf_add(b, text.at + l->end,
	    text.len - l->end > BODY_MAX ? BODY_MAX : text.len - l->end);
}
