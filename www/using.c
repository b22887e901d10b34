/* using.c - a template of lines: first its loops, then its blocks. */
#include "www/using.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/crc.h"
#include "base/text.h"
#include "zone/entry.h"

#define CODES 64 /* different codes of one zone */
#define BLOCKS 400
#define RULE 60
#define SITE_MAX (1u << 20)

/* What a line may speak of. */
struct scope {
	const struct zone_config *config;
	const struct zone_zone_conf *zone; /* NULL: outside "@for" of zones */
	bool last;                         /* of those zones */
	uint32_t code;                     /* 0: outside "@for code" */
};

/* ---- words ------------------------------------------------------------- */

/* The different codes of ZONE, in the order of its lists. */
static size_t
codes_of(const struct zone_zone_conf *zone, uint32_t ret[CODES])
{
	size_t n = 0;

	for (size_t i = 0; i < zone->n_lists && n < CODES; i++) {
		size_t k = 0;

		while (k < n && ret[k] != zone->lists[i]->code) {
			k++;
		}
		if (k == n) {
			ret[n++] = zone->lists[i]->code;
		}
	}
	return n;
}

/* "bl.ex-ample.gr" as BL_EX__AMPLE_GR: no two zones have the same one, since
 * a hyphen never stands next to a dot; and none is another with a code behind
 * it, since no name ends in a number. */
static void
rule_of(const struct scope *s, char out[RULE])
{
	const char *name = s->zone->name;
	size_t n = 0;

	if (name[0] >= '0' && name[0] <= '9') { /* a rule begins otherwise */
		out[n++] = 'Z';
		out[n++] = '_';
	}
	for (; *name != '\0' && n < RULE - 12; name++) {
		char c = *name;

		out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 32)
		    : c >= '0' && c <= '9'      ? c
						: '_';
		if (c == '-') {
			out[n++] = '_';
		}
	}
	out[n] = '\0';
	if (*name != '\0') {
		snprintf(out + n, RULE - n, "_Z%08x",
		    (unsigned)crc32c(s->zone->name, strlen(s->zone->name)));
	}
}

/* The codes of the zone, each between BEFORE and AFTER and with DOT for its
 * dots. */
static void
put_codes(const struct scope *s, const char *before, const char *after,
    const char *between, const char *dot, struct buf *b)
{
	uint32_t codes[CODES];
	size_t n = s->code != 0 ? 1 : codes_of(s->zone, codes);
	char text[16];

	codes[0] = s->code != 0 ? s->code : codes[0];
	for (size_t i = 0; i < n; i++) {
		buf_str(b, i > 0 ? between : "");
		buf_str(b, before);
		zone_code_format(text, codes[i]);
		for (const char *p = text; *p != '\0'; p++) {
			if (*p == '.') {
				buf_str(b, dot);
			} else {
				buf_u8(b, (unsigned char)*p);
			}
		}
		buf_str(b, after);
	}
}

static void
put_symbol(const struct scope *s, struct buf *b)
{
	uint32_t codes[CODES];
	char rule[RULE], code[16];
	const char *tail = code;

	rule_of(s, rule);
	buf_str(b, rule);
	if (codes_of(s->zone, codes) > 1) {
		zone_code_format(code, s->code);
		tail += strncmp(code, "127.0.0.", 8) == 0 ? 8 : 4;
		buf_u8(b, '_');
		for (; *tail != '\0'; tail++) {
			buf_u8(b, *tail == '.' ? '_' : (unsigned char)*tail);
		}
	}
}

/* WORD as the template has it, without its "@"; false: there is no such word
 * here, it is text. */
static bool
put_word(const struct scope *s, struct span word, struct buf *b)
{
	char rule[RULE];

	if (span_is(word, "URL")) {
		buf_str(b, s->config->www.url);
		return true;
	}
	if (s->zone == NULL) {
		return false;
	}
	if (span_is(word, "ZONE")) {
		buf_str(b, s->zone->access_keys ? "YOURKEY." : "");
		buf_str(b, s->zone->name);
	} else if (span_is(word, "RULE")) {
		rule_of(s, rule);
		buf_str(b, rule);
	} else if (span_is(word, "COMMA")) {
		buf_str(b, s->last ? "" : ",");
	} else if (span_is(word, "CODES") ||
	    (span_is(word, "CODE") && s->code != 0)) {
		put_codes(s, "", "", ",", ".", b);
	} else if (span_is(word, "REGEXP")) {
		put_codes(s, "", "", "|", "\\.", b);
	} else if (span_is(word, "MAKEMAP")) {
		put_codes(s, "`", ".'", ", ", ".", b);
	} else if (span_is(word, "LUA") && s->code != 0) {
		put_codes(s, "", "", "", "%.", b);
	} else if (span_is(word, "SYMBOL") && s->code != 0) {
		put_symbol(s, b);
	} else {
		return false;
	}
	return true;
}

static void
put_line(const struct scope *s, const char *line, struct buf *b)
{
	for (;;) {
		const char *at = strchr(line, '@');
		size_t n;

		if (at == NULL) {
			break;
		}
		buf_add(b, line, (size_t)(at - line));
		n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (n > 0 && at[1 + n] == '@' &&
		    put_word(s, span(at + 1, n), b)) {
			line = at + n + 2;
		} else {
			buf_u8(b, '@');
			line = at + 1;
		}
	}
	buf_str(b, line);
	buf_u8(b, '\n');
}

/* ---- loops ------------------------------------------------------------- */

/* The word behind DIRECTIVE when LINE is one; NULL: it is not. */
static const char *
directive(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0 ||
	    (line[n] != ' ' && line[n] != '\0')) {
		return NULL;
	}
	return line + n + strspn(line + n, " ");
}

static bool
opens(const char *line)
{
	return directive(line, "@for") != NULL ||
	    directive(line, "@if") != NULL;
}

/* Where the block that begins at FIRST ends; *RET_ELSE is its "@else", or the
 * same. END: it does not. */
static size_t
block_end(const char *const *lines, size_t first, size_t end, size_t *ret_else)
{
	unsigned depth = 0;
	size_t i = first;

	*ret_else = end;
	for (; i < end; i++) {
		if (opens(lines[i])) {
			depth++;
		} else if (depth == 0 && directive(lines[i], "@else")) {
			*ret_else = i;
		} else if (directive(lines[i], "@end") != NULL) {
			if (depth-- == 0) {
				break;
			}
		}
	}
	*ret_else = *ret_else < i ? *ret_else : i;
	return i;
}

static bool
is_true(const struct scope *s, const char *words)
{
	struct span w = span_str(words);

	for (size_t i = 0; i < s->config->n_zones; i++) {
		const struct zone_zone_conf *z = &s->config->zones[i];

		if (span_find(w, zone_kind_name(z->kind)) != NULL ||
		    (span_is(w, "keys") && z->access_keys)) {
			return true;
		}
	}
	return false;
}

static int expand(const char *const *lines, size_t first, size_t end,
    const struct scope *scope, struct buf *b);

/* "@for WHAT" over the lines from FIRST to END. */
static int
loop(const char *what, const char *const *lines, size_t first, size_t end,
    const struct scope *scope, struct buf *b)
{
	struct scope inner = *scope;
	const struct zone_zone_conf *last = NULL;
	uint32_t codes[CODES];
	size_t n;
	int r = 0;

	if (strcmp(what, "code") == 0) {
		if (scope->zone == NULL) {
			return ERR_FORMAT;
		}
		n = codes_of(scope->zone, codes);
		for (size_t i = 0; r == 0 && i < n; i++) {
			inner.code = codes[i];
			r = expand(lines, first, end, &inner, b);
		}
		return r;
	}
	for (size_t i = 0; i < scope->config->n_zones; i++) {
		const struct zone_zone_conf *z = &scope->config->zones[i];

		if (strcmp(what, zone_kind_name(z->kind)) == 0) {
			last = z;
		}
	}
	for (size_t i = 0; r == 0 && i < scope->config->n_zones; i++) {
		inner.zone = &scope->config->zones[i];
		inner.last = inner.zone == last;
		if (strcmp(what, zone_kind_name(inner.zone->kind)) == 0) {
			r = expand(lines, first, end, &inner, b);
		}
	}
	return r;
}

static int
expand(const char *const *lines, size_t first, size_t end,
    const struct scope *scope, struct buf *b)
{
	int r = 0;

	for (size_t i = first; r == 0 && i < end; i++) {
		const char *words;
		size_t stop, other;

		if (!opens(lines[i])) {
			if (directive(lines[i], "@end") != NULL ||
			    directive(lines[i], "@else") != NULL) {
				return ERR_FORMAT;
			}
			put_line(scope, lines[i], b);
			continue;
		}
		stop = block_end(lines, i + 1, end, &other);
		if (stop == end) {
			return ERR_FORMAT;
		}
		words = directive(lines[i], "@for");
		if (words != NULL) {
			r = loop(words, lines, i + 1, stop, scope, b);
		} else if (is_true(scope, directive(lines[i], "@if"))) {
			r = expand(lines, i + 1, other, scope, b);
		} else if (other < stop) {
			r = expand(lines, other + 1, stop, scope, b);
		}
		i = stop;
	}
	return r;
}

/* ---- blocks ------------------------------------------------------------ */

struct blocks {
	struct arena *arena;
	struct www_using *using;
	struct buf text; /* of the block in hand */
	enum www_using_kind kind;
	const char *file;
	bool open, bad;
};

static void
finish(struct blocks *k)
{
	struct www_using_block *block = &k->using->blocks[k->using->n];

	if (k->open && k->using->n < BLOCKS) {
		block->kind = k->kind;
		block->text = arena_copy(
		    k->arena, k->text.len > 0 ? k->text.data : "", k->text.len);
		block->file = k->file;
		k->bad = k->bad || block->text == NULL;
		k->using->n++;
	} else if (k->open) {
		k->bad = true;
	}
	buf_clear(&k->text);
	k->open = false;
}

static void
begin(struct blocks *k, enum www_using_kind kind, const char *file)
{
	finish(k);
	k->kind = kind;
	k->file = file;
	k->open = true;
}

/* One line of what came out of the loops. */
static void
take_line(struct blocks *k, struct span line)
{
	static const struct {
		const char *mark;
		enum www_using_kind kind;
	} marks[] = {
		{ "== ", WWW_USING_HEADING },
		{ "- ", WWW_USING_ITEM },
		{ "! ", WWW_USING_TRAP },
	};
	bool snippet = k->open && k->kind == WWW_USING_SNIPPET;

	if (span_starts(line, "```")) {
		if (snippet) {
			finish(k);
			return;
		}
		line = span_trim(span(line.at + 3, line.len - 3));
		begin(k, WWW_USING_SNIPPET,
		    arena_copy(k->arena, line.at, line.len));
		k->bad = k->bad || k->file == NULL;
		return;
	}
	if (snippet) {
		buf_add(&k->text, line.at, line.len);
		buf_u8(&k->text, '\n');
		return;
	}
	if (span_trim(line).len == 0) {
		finish(k);
		return;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = strlen(marks[i].mark);

		if (span_starts(line, marks[i].mark)) {
			begin(k, marks[i].kind, "");
			buf_add(&k->text, line.at + n, line.len - n);
			return;
		}
	}
	if (!k->open) {
		begin(k, WWW_USING_TEXT, "");
	}
	if (k->text.len > 0) {
		buf_u8(&k->text, ' ');
	}
	buf_add(&k->text, line.at, line.len);
}

/* The lines of page NAME, without its "@page". */
static bool
page_lines(const char *name, const char **ret_title, size_t *ret_first,
    size_t *ret_end)
{
	size_t n = strlen(name), i = 0;

	*ret_title = NULL;
	for (; www_using_lines[i] != NULL; i++) {
		const char *page = directive(www_using_lines[i], "@page");

		if (page != NULL && *ret_title != NULL) {
			break;
		}
		if (page != NULL && strncmp(page, name, n) == 0 &&
		    page[n] == ' ') {
			*ret_title = page + n + 1;
			*ret_first = i + 1;
		}
	}
	*ret_end = i;
	return *ret_title != NULL;
}

int
www_using_make(const struct zone_config *config, const char *name,
    struct arena *arena, struct www_using *ret)
{
	struct scope scope = { .config = config };
	struct blocks k = { .arena = arena, .using = ret };
	struct buf lines = { .limit = SITE_MAX };
	struct span rest;
	size_t first = 0, end;
	int r;

	if (!page_lines(name, &ret->title, &first, &end)) {
		return ERR_NONE;
	}
	ret->n = 0;
	ret->blocks = arena_alloc(arena, (BLOCKS + 1) * sizeof(*ret->blocks));
	r = ret->blocks == NULL
	    ? ERR_NOMEM
	    : expand(www_using_lines, first, end, &scope, &lines);
	if (r == 0 && lines.bad) {
		r = ERR_NOMEM;
	}
	rest = span(lines.data, r == 0 ? lines.len : 0);
	while (rest.len > 0) {
		const char *lf = memchr(rest.at, '\n', rest.len);
		size_t n = lf != NULL ? (size_t)(lf - rest.at) : rest.len;

		take_line(&k, span(rest.at, n));
		n += lf != NULL;
		rest = span(rest.at + n, rest.len - n);
	}
	if (k.open && k.kind == WWW_USING_SNIPPET) {
		r = ERR_FORMAT;
	}
	finish(&k);
	if (r == 0 && (k.bad || k.text.bad)) {
		r = ERR_NOMEM;
	}
	buf_free(&k.text);
	buf_free(&lines);
	return r;
}

void
www_using_plain(const struct www_using *using, struct buf *b)
{
	static const char *const before[] = { "== ", "", "- ", "! ", "" };

	buf_fmt(b, "%s\n", using->title);
	for (size_t i = 0; i < using->n; i++) {
		const struct www_using_block *k = &using->blocks[i];

		if (k->kind == WWW_USING_SNIPPET) {
			buf_fmt(b, "\n``` %s\n", k->file);
			buf_str(b, k->text);
			buf_str(b, "```\n");
		} else {
			buf_str(b, "\n");
			buf_str(b, before[k->kind]);
			buf_str(b, k->text);
			buf_str(b, "\n");
		}
	}
}
