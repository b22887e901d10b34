/* quote.h - lines of text, and the marks of a quote before them. */
#pragma once

#include "base/text.h"

struct ingest_quote {
	struct span text; /* the marks */
	unsigned marks;   /* ">" or "|" in it */
	bool spaced;      /* a blank behind the last one */
	size_t indent;    /* blanks, when there are no marks */
};

bool ingest_quote_blank(char c);
/* The line at AT of S, without its end. */
struct span ingest_quote_line(struct span s, size_t at);
/* Where the line behind LINE, which is at AT, begins. */
size_t ingest_quote_next(struct span s, size_t at, struct span line);

struct ingest_quote ingest_quote_of(struct span line);
/* LINE without the marks of Q; *RET_MISSING: it has fewer of them. */
struct span ingest_quote_strip(
    struct span line, const struct ingest_quote *q, bool *ret_missing);
