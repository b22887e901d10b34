/* using.h - doc/USING with the zones of a configuration put in.
 *
 * The text is written once, as a template that is built into the program; the
 * pages show what comes out of it, and so does whoever wants it as text. Each
 * program's instructions are a page of it, by name. Nothing in it is markup.
 */
#pragma once

#include "base/arena.h"
#include "zone/config.h"

enum www_using_kind {
	WWW_USING_HEADING,
	WWW_USING_TEXT,
	WWW_USING_ITEM,
	WWW_USING_TRAP,
	WWW_USING_SNIPPET,
};

struct www_using_block {
	enum www_using_kind kind;
	const char *text; /* words of a program between `` ` ``, but not in
	                   * snippets, which are lines as they are */
	const char *file; /* of a snippet: where it goes, "" for none */
};

struct www_using {
	const char *title;
	struct www_using_block *blocks;
	size_t n;
};

/* The page NAME for CONFIG, in ARENA. ERR_NONE: no such page; ERR_FORMAT: the
 * template is wrong, which the tests would have seen. */
MUST_CHECK int www_using_make(const struct zone_config *config,
    const char *name, struct arena *arena, struct www_using *ret);

/* The same as plain text, snippets between lines of ``` FILE and ```. */
void www_using_plain(const struct www_using *using, struct buf *b);

/* Its lines, made from doc/USING by the build; NULL at the end. */
extern const char *const www_using_lines[];
