/* quote.c - lines of text, and the marks of a quote before them. */
#include "ingest/quote.h"

#define PREFIX_MAX 64

struct span
ingest_quote_line(struct span s, size_t at)
{
	const char *nl = memchr(s.at + at, '\n', s.len - at);

	return span(
	    s.at + at, nl != NULL ? (size_t)(nl - (s.at + at)) : s.len - at);
}

size_t
ingest_quote_next(struct span s, size_t at, struct span line)
{
	return at + line.len < s.len ? at + line.len + 1 : s.len;
}

bool
ingest_quote_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_mark(char c)
{
	return c == '>' || c == '|';
}

struct ingest_quote
ingest_quote_of(struct span line)
{
	struct ingest_quote p = { .text = { line.at, 0 } };
	size_t n = 0;

	while (n < line.len && n < PREFIX_MAX &&
	    (ingest_quote_blank(line.at[n]) || is_mark(line.at[n]))) {
		if (is_mark(line.at[n])) {
			p.marks++;
		}
		n++;
	}
	p.text.len = n;
	p.spaced = n > 0 && p.marks > 0 && ingest_quote_blank(line.at[n - 1]);
	p.indent = p.marks == 0 ? n : 0;
	return p;
}

struct span
ingest_quote_strip(
    struct span line, const struct ingest_quote *p, bool *ret_missing)
{
	unsigned marks = 0;
	size_t n = 0;

	*ret_missing = false;
	if (p->marks == 0) {
		while (n < p->indent && n < line.len &&
		    ingest_quote_blank(line.at[n])) {
			n++;
		}
		return span(line.at + n, line.len - n);
	}
	while (marks < p->marks && n < line.len &&
	    (is_mark(line.at[n]) ||
		(ingest_quote_blank(line.at[n]) && marks < p->marks))) {
		if (is_mark(line.at[n])) {
			marks++;
		} else if (marks == 0 && p->text.len > 0 &&
		    !ingest_quote_blank(p->text.at[0])) {
			break; /* an indent of its own, not of the quote */
		}
		n++;
	}
	if (marks < p->marks) {
		*ret_missing = true;
		return marks == 0 ? line : span(line.at + n, line.len - n);
	}
	if (p->spaced && n < line.len && ingest_quote_blank(line.at[n])) {
		n++;
	}
	return span(line.at + n, line.len - n);
}
