/* analysis.c - what rbl-ingest read in a mail. */
#include "www/analysis.h"

#include <jansson.h>

#include "base/when.h"

#define RELAYS 200 /* shown at most; a longer chain is a joke */
#define TEXTS 100  /* of one kind */

/* The text of member NAME: a string, or an array of strings joined. NULL
 * only without memory. */
static const char *
text_of(const json_t *object, const char *name, struct arena *arena)
{
	const json_t *value = json_object_get(object, name);
	const char *joined = "";

	if (json_is_string(value)) {
		return arena_str(arena, json_string_value(value));
	}
	for (size_t i = 0; i < json_array_size(value) && i < 50; i++) {
		const char *s = json_string_value(json_array_get(value, i));

		if (s != NULL && joined != NULL) {
			joined = arena_fmt(arena, "%s%s%s", joined,
			    joined[0] != '\0' ? ", " : "", s);
		}
	}
	return joined;
}

static size_t
size_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;

	return n >= 0 ? (size_t)n : SIZE_MAX;
}

static const char *
time_of(const json_t *object)
{
	const char *s = json_string_value(json_object_get(object, "time"));

	return s != NULL ? s : "";
}

/* The body's words and the attachments; where there is none of it, it was
 * written by a program that kept none. */
static int
read_body(const json_t *m, struct arena *arena, struct www_analysis *a)
{
	const json_t *text = json_object_get(m, "text");
	const json_t *list = json_object_get(m, "attachments");
	const char *words = json_string_value(json_object_get(text, "body"));
	size_t n = json_array_size(list);

	n = n < TEXTS ? n : TEXTS;
	a->files = arena_alloc(arena, (n + 1) * sizeof(a->files[0]));
	if (a->files == NULL) {
		return ERR_NOMEM;
	}
	if (words != NULL) {
		a->text = arena_str(arena, words);
		a->text_html = json_is_true(json_object_get(text, "html"));
		a->text_cut = json_is_true(json_object_get(text, "cut"));
		if (a->text == NULL) {
			return ERR_NOMEM;
		}
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		struct www_file f = {
			.name = text_of(o, "name", arena),
			.type = text_of(o, "type", arena),
			.size = size_of(o, "size"),
		};

		if (f.name == NULL || f.type == NULL) {
			return ERR_NOMEM;
		}
		f.size = f.size != SIZE_MAX ? f.size : 0;
		a->files[a->n_files++] = f;
	}
	return 0;
}

static int
read_relays(const json_t *list, struct arena *arena, struct www_analysis *a)
{
	size_t n = json_array_size(list);

	n = n < RELAYS ? n : RELAYS;
	a->relays = arena_alloc(arena, (n + 1) * sizeof(a->relays[0]));
	if (a->relays == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		struct www_relay r = {
			.ip = text_of(o, "ip", arena),
			.helo = text_of(o, "helo", arena),
			.rdns = text_of(o, "rdns", arena),
			.by = text_of(o, "by", arena),
			.with = text_of(o, "with", arena),
			.date = text_of(o, "date", arena),
			.role = text_of(o, "role", arena),
			.why = text_of(o, "why", arena),
			.offset = size_of(o, "offset"),
			.length = size_of(o, "length"),
		};

		if (when_parse(span_str(time_of(o)), &r.time) < 0) {
			r.time = 0;
		}
		if (r.ip == NULL || r.with == NULL || r.helo == NULL || r.rdns == NULL ||
		    r.by == NULL || r.date == NULL || r.role == NULL ||
		    r.why == NULL) {
			return ERR_NOMEM;
		}
		if (r.offset == SIZE_MAX || r.length == SIZE_MAX) {
			r.offset = r.length = 0;
		}
		a->relays[a->n_relays++] = r;
	}
	return 0;
}

/* The texts of the lists FIRST and SECOND, each of which may be absent. */
static int
read_texts(const json_t *first, const json_t *second, struct arena *arena,
    const char ***ret, unsigned *ret_n)
{
	const json_t *lists[] = { first, second };
	const char **texts = arena_alloc(arena, TEXTS * sizeof(*texts));
	unsigned n = 0;

	if (texts == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned k = 0; k < 2; k++) {
		for (size_t i = 0; i < json_array_size(lists[k]) && n < TEXTS;
		     i++) {
			const char *s =
			    json_string_value(json_array_get(lists[k], i));

			if (s == NULL) {
				continue;
			}
			texts[n] = arena_str(arena, s);
			if (texts[n++] == NULL) {
				return ERR_NOMEM;
			}
		}
	}
	*ret = texts;
	*ret_n = n;
	return 0;
}

int
www_analysis_read(const char *json, unsigned message, struct arena *arena,
    struct www_analysis *ret)
{
	struct www_analysis a = { .n_messages = 0 };
	const json_t *messages, *m;
	json_t *root;
	int r;

	/* jansson refuses nesting deeper than 2048 by itself */
	root = json_loads(json, JSON_ALLOW_NUL, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		return ERR_FORMAT;
	}
	messages = json_object_get(root, "messages");
	a.n_messages = (unsigned)json_array_size(messages);
	m = json_array_get(messages, message);
	a.kind = text_of(root, "kind", arena);
	a.subject = text_of(m, "subject", arena);
	a.date = text_of(m, "date", arena);
	a.message_id = text_of(m, "message_id", arena);
	a.charset = text_of(m, "charset", arena);
	a.envelope_from = text_of(m, "envelope_from", arena);
	a.from = text_of(m, "from", arena);
	a.to = text_of(m, "to", arena);
	a.reply_to = text_of(m, "reply_to", arena);
	a.originating = text_of(m, "originating_ips", arena);
	r = a.kind == NULL || a.subject == NULL || a.date == NULL ||
		a.message_id == NULL || a.charset == NULL ||
		a.envelope_from == NULL || a.from == NULL || a.to == NULL ||
		a.reply_to == NULL || a.originating == NULL
	    ? ERR_NOMEM
	    : 0;
	if (r == 0) {
		r = read_relays(json_object_get(m, "relays"), arena, &a);
	}
	if (r == 0) {
		r = read_body(m, arena, &a);
	}
	if (r == 0) {
		r = read_texts(json_object_get(root, "problems"),
		    json_object_get(m, "problems"), arena, &a.problems,
		    &a.n_problems);
	}
	if (r == 0) {
		r = read_texts(json_object_get(m, "auth"), NULL, arena, &a.auth,
		    &a.n_auth);
	}
	json_decref(root);
	if (r == 0) {
		*ret = a;
	}
	return r;
}
