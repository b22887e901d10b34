/* conf.c - a configuration file against tables of items. The door to
 * libconfuse; see conf_priv.h for why it does not stand alone.
 */
#include "base/conf_priv.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define FILE_MAX ((size_t)1 << 20)

static struct conf_walk *erring; /* libconfuse has no room for a context */

__attribute__((format(printf, 2, 0))) static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (erring != NULL && erring->why != NULL &&
	    erring->why->text[0] == '\0') {
		conf_refuse(erring, (unsigned)cfg->line, "%s", text);
	}
}

static void
free_options(cfg_opt_t *options)
{
	for (cfg_opt_t *o = options; o != NULL && o->name != NULL; o++) {
		free(o->subopts);
	}
	free(options);
}

static cfg_opt_t *
new_options(const struct conf_section *s, size_t more)
{
	cfg_opt_t *o = calloc(s->n_items + more + 1, sizeof(*o));

	for (size_t i = 0; o != NULL && i < s->n_items; i++) {
		const char *name = s->items[i].name;

		if (s->items[i].shape == CONF_ONE) {
			o[i] = (cfg_opt_t)CFG_STR(name, NULL, CFGF_NODEFAULT);
		} else {
			o[i] =
			    (cfg_opt_t)CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
		}
	}
	return o;
}

/* The schema in libconfuse's terms; NULL: no memory. */
static cfg_opt_t *
translate(const struct conf_walk *w)
{
	const struct conf_section *top = w->blocks[0].section;
	cfg_opt_t *options = new_options(top, w->n_sections), *o, *sub;

	o = options != NULL ? options + top->n_items : NULL;
	for (size_t i = 0; o != NULL && i < w->n_sections; i++) {
		const struct conf_section *s = &w->schema[i];
		cfg_flag_t title =
		    s->titled ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE;

		if (s->name == NULL) {
			continue;
		}
		sub = new_options(s, 0);
		if (sub == NULL) {
			free_options(options);
			return NULL;
		}
		*o++ = (cfg_opt_t)CFG_SEC(s->name, sub, CFGF_MULTI | title);
	}
	return options;
}

/* Put libconfuse's text of one block in the places that were noted. */
static int
fill(struct conf_walk *w, cfg_t *cfg, struct conf_block *b)
{
	const char *title = cfg_title(cfg);

	if (title != NULL) {
		b->title = arena_str(w->arena, title);
		if (b->title == NULL) {
			return ERR_NOMEM;
		}
	}
	for (size_t i = 0; i < b->section->n_items; i++) {
		struct conf_values *v = &b->items[i];
		struct conf_value *all = (struct conf_value *)v->values;
		cfg_opt_t *o = cfg_getopt(cfg, v->item->name);

		if (o == NULL || cfg_opt_size(o) != v->n) {
			return conf_refuse(w, b->line,
			    "%s: libconfuse reads it differently",
			    v->item->name);
		}
		for (unsigned k = 0; k < v->n; k++) {
			all[k].text =
			    arena_str(w->arena, cfg_opt_getnstr(o, k));
			if (all[k].text == NULL) {
				return ERR_NOMEM;
			}
		}
		if (!v->given && v->item->fallback != NULL) {
			all = arena_alloc(w->arena, sizeof(all[0]));
			if (all == NULL) {
				return ERR_NOMEM;
			}
			all[0].text = v->item->fallback;
			v->values = all;
			v->n = 1;
		}
	}
	return 0;
}

static int
values(struct conf_walk *w)
{
	cfg_opt_t *options = translate(w);
	cfg_t *cfg = NULL;
	FILE *file = NULL;
	int r = ERR_NOMEM;

	if (options == NULL) {
		return ERR_NOMEM;
	}
	cfg = cfg_init(options, CFGF_NONE);
	file = fmemopen(w->text, w->len, "r");
	if (cfg == NULL || file == NULL) {
		goto out;
	}
	erring = w;
	cfg_set_error_function(cfg, on_error);
	if (cfg_parse_fp(cfg, file) != CFG_SUCCESS) {
		r = ERR_FORMAT;
		if (w->why != NULL && w->why->text[0] == '\0') {
			r = conf_refuse(
			    w, (unsigned)cfg->line, "not understood");
		}
		goto out;
	}
	r = fill(w, cfg, &w->blocks[0]);
	for (size_t i = 1; r == 0 && i < w->n_blocks; i++) {
		const struct conf_section *s = w->blocks[i].section;
		unsigned nth = 0;
		cfg_t *sub;

		for (size_t k = 1; k < i; k++) {
			nth += w->blocks[k].section == s;
		}
		sub = cfg_getnsec(cfg, s->name, nth);
		r = sub != NULL ? fill(w, sub, &w->blocks[i])
				: conf_refuse(w, w->blocks[i].line,
				      "section %s: libconfuse reads it "
				      "differently",
				      s->name);
	}
out:
	erring = NULL;
	if (file != NULL) {
		fclose(file);
	}
	if (cfg != NULL) {
		cfg_free(cfg);
	}
	free_options(options);
	return r;
}

int
conf_load(const char *path, const struct conf_section *schema,
    size_t n_sections, struct arena *arena, struct conf_file *ret,
    struct err_text *why)
{
	struct err_text unheard;
	struct conf_walk w = { .path = path,
		.schema = schema,
		.n_sections = n_sections,
		.arena = arena };
	struct buf b = { 0 };
	const char *kept;
	int r;

	w.why = why != NULL ? why : &unheard;
	w.why->text[0] = '\0';
	r = file_read(path, FILE_MAX, &b);
	if (r == ERR_SYS) {
		int saved = errno;

		err_say(w.why, r, "%s: %s", path, strerror(saved));
		errno = saved;
		goto out;
	}
	if (r == ERR_FULL) {
		r = err_say(w.why, ERR_FORMAT,
		    "%s: larger than 1 MiB, which no configuration is", path);
	}
	if (r < 0) {
		goto out;
	}
	buf_str(&b, "\n"); /* fmemopen wants at least one byte */
	kept = arena_str(arena, path);
	if (b.bad || kept == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	w.text = b.data;
	w.len = b.len;
	r = conf_walk(&w);
	if (r == 0) {
		r = values(&w);
	}
	if (r == 0) {
		*ret = (struct conf_file){
			.path = kept, .blocks = w.blocks, .n_blocks = w.n_blocks
		};
	}
out:
	if (r == ERR_NOMEM) {
		err_say(w.why, r, "%s: %s", path, err_str(r));
	}
	buf_free(&b);
	return r;
}

const struct conf_values *
conf_get(const struct conf_block *block, const char *name)
{
	static const struct conf_values none = { .n = 0 };

	for (size_t i = 0; i < block->section->n_items; i++) {
		if (strcmp(block->section->items[i].name, name) == 0) {
			return &block->items[i];
		}
	}
	assert(block == NULL); /* a name that is no row of its section */
	return &none;
}

const char *
conf_text(const struct conf_block *block, const char *name)
{
	const struct conf_values *v = conf_get(block, name);

	return v->n > 0 ? v->values[0].text : NULL;
}
