/* conf.h - a configuration file against tables of items. The only door to
 * libconfuse.
 *
 * A schema is a table of sections, each a table of items: name, shape and
 * help. Whatever is wrong is said with FILE:LINE: an unknown key, a key or a
 * titled section given twice, trailing text, a missing brace, "${...}".
 * Values come out as text, in file order, with their line, and are read by
 * whoever knows what they mean. Not thread-safe (libconfuse is not): load at
 * start and on SIGHUP, in the main thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum conf_shape { CONF_ONE, CONF_MANY };

struct conf_item {
	const char *name;
	enum conf_shape shape;
	const char *fallback; /* text, or NULL: none; CONF_ONE only */
	const char *help;     /* one line, for rbl.conf(5) */
};

struct conf_section {
	const char *name; /* NULL: the top level */
	bool titled;      /* may be repeated, each with its own title */
	const struct conf_item *items;
	size_t n_items;
};

struct conf_value {
	const char *text;
	unsigned line; /* 0: the fallback */
};

struct conf_values {
	const struct conf_item *item;
	const struct conf_value *values;
	size_t n; /* CONF_ONE: 0 or 1 */
	bool given;
};

struct conf_block {
	const struct conf_section *section;
	const char *title; /* NULL: untitled */
	unsigned line;
	struct conf_values *items; /* one for each row of the section */
};

struct conf_file {
	const char *path;
	struct conf_block *blocks; /* top level first, then in file order */
	size_t n_blocks;
};

/* Load PATH against SCHEMA. All memory is in ARENA. An untitled section that
 * is absent is not among the blocks. ERR_FORMAT with WHY, ERR_SYS (file),
 * ERR_NOMEM. */
MUST_CHECK int conf_load(const char *path, const struct conf_section *schema,
    size_t n_sections, struct arena *arena, struct conf_file *ret,
    struct err_text *why);

/* The values of NAME in BLOCK; NAME must be a row of its section. */
const struct conf_values *conf_get(
    const struct conf_block *block, const char *name);
/* The single value, or the fallback, or NULL. */
const char *conf_text(const struct conf_block *block, const char *name);
