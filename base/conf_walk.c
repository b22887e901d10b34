/* conf_walk.c - the strict walk over a configuration file. */
#include "base/conf_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SAY(w, ...) conf_refuse((w), (w)->token_line, __VA_ARGS__)

int
conf_refuse(struct conf_walk *w, unsigned line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_say(w->why, ERR_FORMAT, "%s:%u: %s", w->path, line, text);
}

static char
peek(const struct conf_walk *w, size_t ahead)
{
	return w->at + ahead < w->len ? w->text[w->at + ahead] : '\0';
}

/* Blank N bytes, but for line ends. */
static void
blank(struct conf_walk *w, size_t n)
{
	for (; n > 0 && w->at < w->len; n--, w->at++) {
		if (w->text[w->at] == '\n') {
			w->line++;
		} else {
			w->text[w->at] = ' ';
		}
	}
}

/* Space and comments. */
static int
skip(struct conf_walk *w)
{
	unsigned line;

	for (;;) {
		char c = peek(w, 0), d = peek(w, 1);

		if (w->at == w->len) {
			return 0;
		}
		if (c == ' ' || c == '\t' || c == '\n' ||
		    (c == '\r' && d == '\n')) {
			blank(w, 1);
		} else if (c == '#' || (c == '/' && d == '/')) {
			while (w->at < w->len && peek(w, 0) != '\n') {
				blank(w, 1);
			}
		} else if (c == '/' && d == '*') {
			line = w->line;
			blank(w, 2);
			while (peek(w, 0) != '*' || peek(w, 1) != '/') {
				if (w->at == w->len) {
					return conf_refuse(w, line,
					    "comment is not closed, "
					    "expected \"*/\"");
				}
				blank(w, 1);
			}
			blank(w, 2);
		} else {
			return 0;
		}
	}
}

/* One character of a word or string, UTF-8 or printable. */
static int
letter(struct conf_walk *w)
{
	unsigned char c = (unsigned char)peek(w, 0);
	size_t n = text_utf8(w->text + w->at, w->len - w->at);

	if (n == 0) {
		return SAY(w, "byte 0x%02x is not UTF-8", c);
	}
	if (c < 0x20 || c == 0x7f) {
		return SAY(w, "control character 0x%02x", c);
	}
	if (c == '$' && peek(w, 1) == '{') {
		return SAY(w,
		    "\"${\" is refused: the environment is not "
		    "part of the configuration");
	}
	w->at += n;
	return 0;
}

static int
string(struct conf_walk *w, char quote)
{
	int r;

	w->token = CONF_STRING;
	w->at++;
	for (;;) {
		char c = peek(w, 0), d = peek(w, 1);

		if (w->at == w->len || c == '\n') {
			return SAY(w, "string is not closed on its line");
		}
		if (c == quote) {
			w->at++;
			return 0;
		}
		if (c == '\\') {
			if (d == '\\' || d == quote ||
			    (d == '$' && quote == '"')) {
				w->at += 2;
				continue;
			}
			return SAY(w,
			    "backslash: write \\\\ for one; it "
			    "stands before \\, $ and quotes only");
		}
		r = letter(w);
		if (r < 0) {
			return r;
		}
	}
}

static bool
ends_word(char c)
{
	return c == '\0' || strchr(" \t\r\n#\"'={}()+,*", c) != NULL;
}

static int
next(struct conf_walk *w)
{
	static const char marks[] = "{}=,";
	static const enum conf_token of_mark[] = { CONF_OPEN, CONF_CLOSE,
		CONF_EQUAL, CONF_COMMA };
	const char *mark;
	size_t start;
	char c;
	int r;

	r = skip(w);
	if (r < 0) {
		return r;
	}
	w->token = CONF_END;
	if (w->at == w->len) {
		return 0; /* said of the line where something still stood */
	}
	w->token_line = w->line;
	c = peek(w, 0);
	mark = c != '\0' ? strchr(marks, c) : NULL;
	if (mark != NULL) {
		w->token = of_mark[mark - marks];
		w->at++;
		return 0;
	}
	if (c == '"' || c == '\'') {
		return string(w, c);
	}
	if (c == '+' && peek(w, 1) == '=') {
		return SAY(w, "\"+=\" is refused: a list is given once");
	}
	if (c != '\0' && ends_word(c) && c != '\r') {
		return SAY(w, "stray '%c'; a value with it needs quotes", c);
	}
	w->token = CONF_WORD;
	start = w->at;
	do {
		r = letter(w);
		if (r < 0) {
			return r;
		}
	} while (w->at < w->len && !ends_word(w->text[w->at]));
	w->word = span(w->text + start, w->at - start);
	return 0;
}

/* Keys are compared exactly, unlike values. */
static bool
is(struct span s, const char *name)
{
	return s.len == strlen(name) && memcmp(s.at, name, s.len) == 0;
}

static int
new_block(struct conf_walk *w, const struct conf_section *section)
{
	struct conf_block *b;

	if (w->n_blocks == w->cap_blocks) {
		size_t cap = w->cap_blocks == 0 ? 16 : w->cap_blocks * 2;

		b = arena_alloc(w->arena, cap * sizeof(*b));
		if (b == NULL) {
			return ERR_NOMEM;
		}
		if (w->n_blocks > 0) {
			memcpy(b, w->blocks, w->n_blocks * sizeof(*b));
		}
		w->blocks = b;
		w->cap_blocks = cap;
	}
	b = &w->blocks[w->n_blocks];
	*b = (struct conf_block){ .section = section, .line = w->token_line };
	b->items =
	    arena_alloc(w->arena, (section->n_items + 1) * sizeof(b->items[0]));
	if (b->items == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < section->n_items; i++) {
		b->items[i].item = &section->items[i];
	}
	w->n_blocks++;
	return 0;
}

/* Note the value in hand. Its text comes later. */
static int
note(struct conf_walk *w, struct conf_values *v)
{
	struct conf_value *all = (struct conf_value *)v->values;

	if ((v->n & (v->n - 1)) == 0) { /* 0 or a power of two: full */
		all = arena_alloc(
		    w->arena, (v->n == 0 ? 1 : v->n * 2) * sizeof(all[0]));
		if (all == NULL) {
			return ERR_NOMEM;
		}
		if (v->n > 0) {
			memcpy(all, v->values, v->n * sizeof(all[0]));
		}
		v->values = all;
	}
	all[v->n++].line = w->token_line;
	return 0;
}

/* Behind a known key: "= value" or "= { value, ... }". */
static int
assignment(struct conf_walk *w, struct conf_values *v)
{
	const char *name = v->item->name;
	int r;

	if (v->given) {
		return SAY(w, "%s: given twice", name);
	}
	v->given = true;
	r = next(w);
	if (r == 0 && w->token != CONF_EQUAL) {
		return SAY(w, "%s: expected \"=\" behind the key", name);
	}
	if (r == 0) {
		r = next(w);
	}
	if (r == 0 && (w->token == CONF_WORD || w->token == CONF_STRING)) {
		return note(w, v);
	}
	if (r == 0 && w->token != CONF_OPEN) {
		return SAY(w, "%s: a value is missing behind \"=\"", name);
	}
	if (r == 0 && v->item->shape == CONF_ONE) {
		return SAY(w, "%s: takes one value, not a list", name);
	}
	while (r == 0) {
		r = next(w);
		if (r < 0 || w->token == CONF_CLOSE) {
			break;
		}
		if (w->token != CONF_WORD && w->token != CONF_STRING) {
			return SAY(w, "%s: expected a value or \"}\"", name);
		}
		r = note(w, v);
		if (r == 0) {
			r = next(w);
		}
		if (r < 0 || w->token == CONF_CLOSE) {
			break;
		}
		if (w->token != CONF_COMMA) {
			return SAY(w, "%s: expected \",\" or \"}\"", name);
		}
	}
	return r;
}

/* Behind the name of a section: a title, if it has one, and "{". */
static int
opening(struct conf_walk *w, const struct conf_section *section)
{
	int r;

	for (size_t i = 0; i < w->n_blocks && !section->titled; i++) {
		if (w->blocks[i].section == section) {
			return SAY(w, "section %s: given twice (line %u)",
			    section->name, w->blocks[i].line);
		}
	}
	r = new_block(w, section);
	if (r == 0) {
		r = next(w);
	}
	if (r == 0 && section->titled) {
		if (w->token != CONF_WORD && w->token != CONF_STRING) {
			return SAY(w,
			    "section %s: its title is missing, "
			    "expected %s \"...\" {",
			    section->name, section->name);
		}
		r = next(w);
	}
	if (r == 0 && w->token != CONF_OPEN) {
		return SAY(w, "section %s: expected \"{\"", section->name);
	}
	return r;
}

static int
unknown(struct conf_walk *w, const struct conf_block *in)
{
	char text[64];

	text_printable_in(text, sizeof(text), w->word.at, w->word.len);
	if (in->section->name == NULL) {
		return SAY(w, "%s: unknown key or section", text);
	}
	for (size_t i = 0; i < w->n_sections; i++) {
		if (w->schema[i].name != NULL &&
		    is(w->word, w->schema[i].name)) {
			return SAY(w,
			    "section %s within section %s: is a "
			    "\"}\" missing since line %u?",
			    text, in->section->name, in->line);
		}
	}
	return SAY(w, "%s: unknown key in section %s", text, in->section->name);
}

/* Find out what the word in hand names, and read it to its end. */
static int
statement(struct conf_walk *w, size_t *inside)
{
	struct conf_block *in = &w->blocks[*inside];
	int r;

	for (size_t i = 0; i < in->section->n_items; i++) {
		if (is(w->word, in->section->items[i].name)) {
			return assignment(w, &in->items[i]);
		}
	}
	for (size_t i = 0; i < w->n_sections && *inside == 0; i++) {
		if (w->schema[i].name != NULL &&
		    is(w->word, w->schema[i].name)) {
			r = opening(w, &w->schema[i]);
			*inside = r == 0 ? w->n_blocks - 1 : 0;
			return r;
		}
	}
	return unknown(w, in);
}

int
conf_walk(struct conf_walk *w)
{
	static const struct conf_section nothing = { .name = NULL };
	const struct conf_section *top = &nothing;
	size_t inside = 0;
	int r;

	w->line = w->token_line = 1;
	if (w->len >= 3 && memcmp(w->text, "\xef\xbb\xbf", 3) == 0) {
		blank(w, 3); /* a byte order mark, of some editors */
	}
	for (size_t i = 0; i < w->n_sections; i++) {
		if (w->schema[i].name == NULL) {
			top = &w->schema[i];
		}
	}
	r = new_block(w, top);
	while (r == 0) {
		r = next(w);
		if (r < 0) {
			break;
		}
		if (w->token == CONF_WORD) {
			r = statement(w, &inside);
		} else if (w->token == CONF_CLOSE && inside != 0) {
			inside = 0;
		} else if (w->token == CONF_CLOSE) {
			r = SAY(w, "\"}\" closes nothing");
		} else if (w->token == CONF_END && inside != 0) {
			r = conf_refuse(w, w->blocks[inside].line,
			    "section %s is not closed, expected \"}\"",
			    w->blocks[inside].section->name);
		} else if (w->token == CONF_END) {
			break;
		} else {
			r = SAY(w, "expected the name of a key or section");
		}
	}
	return r;
}
