/* form.c - what a browser sends in query strings, form bodies and cookies. */
#include "www/form.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undo the encoding of one name or value. */
static int
decode(struct span s, struct arena *arena, const char **ret)
{
	char *out = arena_alloc(arena, s.len + 1);
	size_t n = 0, step;

	if (out == NULL) {
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if (s.len - i < 3 || hex(s.at[i + 1]) < 0 ||
			    hex(s.at[i + 2]) < 0) {
				return ERR_FORMAT;
			}
			c = (char)(hex(s.at[i + 1]) << 4 | hex(s.at[i + 2]));
			i += 2;
		}
		if (c == '\0') {
			return ERR_FORMAT;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	for (size_t i = 0; i < n; i += step) {
		step = text_utf8(out + i, n - i);
		if (step == 0) {
			return ERR_FORMAT;
		}
	}
	*ret = out;
	return 0;
}

/* Cut S at the first C; the rest (without C) goes to *REST. */
static struct span
cut(struct span s, char c, struct span *rest)
{
	const char *p = s.len > 0 ? memchr(s.at, c, s.len) : NULL;
	size_t n = p != NULL ? (size_t)(p - s.at) : s.len;

	*rest = p != NULL ? span(p + 1, s.len - n - 1) : span(s.at + n, 0);
	return span(s.at, n);
}

int
www_fields_parse(struct span s, struct arena *arena, struct www_fields *ret)
{
	struct www_fields fields = { .n = 0 };
	struct span pair, name, value;
	struct www_field f;
	int r;

	while (s.len > 0) {
		pair = cut(s, '&', &s);
		if (pair.len == 0) {
			continue;
		}
		name = cut(pair, '=', &value);
		if (fields.n == WWW_FIELDS_MAX) {
			return ERR_RANGE;
		}
		r = decode(name, arena, &f.name);
		if (r == 0) {
			r = decode(value, arena, &f.value);
		}
		if (r < 0) {
			return r;
		}
		if (www_fields_get(&fields, f.name) != NULL) {
			return ERR_FORMAT;
		}
		fields.field[fields.n++] = f;
	}
	*ret = fields;
	return 0;
}

const char *
www_fields_get(const struct www_fields *fields, const char *name)
{
	for (unsigned i = 0; i < fields->n; i++) {
		if (strcmp(fields->field[i].name, name) == 0) {
			return fields->field[i].value;
		}
	}
	return NULL;
}

bool
www_fields_number(const struct www_fields *fields, const char *name,
    unsigned long max, unsigned long *ret)
{
	const char *value = www_fields_get(fields, name);

	return value == NULL || text_number(span_str(value), max, ret);
}

bool
www_cookie_get(struct span header, const char *name, struct span *ret)
{
	struct span found = { NULL, 0 };
	struct span pair, key, value;

	while (header.len > 0) {
		pair = cut(header, ';', &header);
		key = span_trim(cut(pair, '=', &value));
		if (key.len != strlen(name) ||
		    memcmp(key.at, name, key.len) != 0) {
			continue;
		}
		if (found.at != NULL) {
			return false;
		}
		found = span_trim(value);
	}
	if (found.at == NULL) {
		return false;
	}
	*ret = found;
	return true;
}

char *
www_url_quote(struct arena *arena, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t len = strlen(s), n = 0;
	char *out = arena_alloc(arena, len * 3 + 1);

	if (out == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s[i];
		char low = text_lower(s[i]);

		if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~') {
			out[n++] = s[i];
		} else {
			out[n++] = '%';
			out[n++] = digits[c >> 4];
			out[n++] = digits[c & 15];
		}
	}
	out[n] = '\0';
	return out;
}

char *
www_text_tidy(struct arena *arena, const char *s, size_t max)
{
	size_t len = strlen(s), n = 0;
	char *out = arena_alloc(arena, len + 1);

	if (out == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s[i];

		if (c <= 0x20 || c == 0x7f) {
			if (n > 0 && out[n - 1] != ' ') {
				out[n++] = ' ';
			}
		} else {
			out[n++] = s[i];
		}
	}
	if (n > 0 && out[n - 1] == ' ') {
		n--;
	}
	out[n] = '\0';
	return n <= max ? out : NULL;
}
