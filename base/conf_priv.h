/* conf_priv.h - the strict walk over a configuration file, for conf.c.
 *
 * libconfuse alone takes too much: a missing last brace, an unclosed comment,
 * characters it has no use for, a key given twice, "${...}" from the
 * environment, "section|key"; and it counts lines wrongly behind a comment of
 * several. So a file is walked twice. The first walk is strict: it refuses
 * all that with its line, notes where every value stands and blanks the
 * comments. What is left goes to libconfuse, whose text is then put in the
 * noted places; both must have seen the same values.
 */
#pragma once

#include "base/conf.h"
#include "base/text.h"

enum conf_token {
	CONF_END,
	CONF_WORD,
	CONF_STRING,
	CONF_OPEN,
	CONF_CLOSE,
	CONF_EQUAL,
	CONF_COMMA,
};

struct conf_walk {
	/* given: */
	const char *path;
	const struct conf_section *schema;
	size_t n_sections;
	struct arena *arena;
	struct err_text *why;
	char *text; /* comments become blanks */
	size_t len;
	/* found: the top level first; values have lines, no text yet */
	struct conf_block *blocks;
	size_t n_blocks, cap_blocks;
	/* the walk itself, and the token in hand: */
	size_t at;
	unsigned line;
	enum conf_token token;
	unsigned token_line;
	struct span word; /* CONF_WORD only: as it stands */
};

/* ERR_FORMAT and a sentence in w->why; ERR_NOMEM. */
MUST_CHECK int conf_walk(struct conf_walk *w);

/* "FILE:LINE: ..." into w->why; returns ERR_FORMAT. */
int conf_refuse(struct conf_walk *w, unsigned line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
