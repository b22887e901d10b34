/* multipart.c - a form with a file in it. */
#include "www/multipart.h"

#include <string.h>

#define BOUNDARY_MAX 70
#define HEAD_MAX 4096 /* bytes of a part's head */

/* A parameter "; NAME=value" or "; NAME="value"" of a header's VALUE behind
 * its first word. 1, 0 none, ERR_FORMAT: it cannot be read, or stands twice. */
static int
parameter(struct span value, const char *name, struct span *ret)
{
	size_t i = 0, from, n;
	int found = 0;

	while (i < value.len && value.at[i] != ';') {
		i++;
	}
	while (i < value.len) {
		struct span key, text;

		i++; /* the semicolon */
		while (i < value.len && strchr(" \t", value.at[i]) != NULL) {
			i++;
		}
		if (i == value.len) {
			break; /* "; " at the end */
		}
		from = i;
		while (
		    i < value.len && value.at[i] != '=' && value.at[i] != ';') {
			i++;
		}
		if (i == value.len || value.at[i] != '=') {
			return ERR_FORMAT;
		}
		key = span_trim(span(value.at + from, i - from));
		i++;
		if (i < value.len && value.at[i] == '"') {
			from = ++i;
			while (i < value.len && value.at[i] != '"') {
				/* browsers write %22; a backslash is read in
				 * two ways by others */
				if (value.at[i] == '\\') {
					return ERR_FORMAT;
				}
				i++;
			}
			if (i == value.len) {
				return ERR_FORMAT;
			}
			text = span(value.at + from, i - from);
			i++;
			while (i < value.len && value.at[i] == ' ') {
				i++;
			}
			if (i < value.len && value.at[i] != ';') {
				return ERR_FORMAT;
			}
		} else {
			from = i;
			while (i < value.len && value.at[i] != ';') {
				i++;
			}
			n = i - from;
			text = span_trim(span(value.at + from, n));
		}
		if (span_is(key, name)) {
			if (found++ > 0) {
				return ERR_FORMAT;
			}
			*ret = text;
		}
	}
	return found;
}

bool
www_multipart_boundary(const char *type, struct span *ret)
{
	static const char want[] = "multipart/form-data";
	struct span value = span_str(type);

	if (!span_starts(value, want) ||
	    strchr("; \t", type[sizeof(want) - 1]) == NULL ||
	    parameter(value, "boundary", ret) != 1 || ret->len == 0 ||
	    ret->len > BOUNDARY_MAX) {
		return false;
	}
	for (size_t i = 0; i < ret->len; i++) {
		char c = text_lower(ret->at[i]);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(c != '\0' && strchr("'()+_,-./:=?", c) != NULL))) {
			return false;
		}
	}
	return true;
}

/* One line of a part's head. */
static int
head_line(struct span line, struct www_part *part, bool *named)
{
	static const char disposition[] = "content-disposition:";
	struct span value, file;
	int r;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return ERR_FORMAT;
		}
	}
	if (memchr(line.at, ':', line.len) == NULL || line.at[0] == ' ' ||
	    line.at[0] == '\t' ||
	    span_starts(line, "content-transfer-encoding")) {
		return ERR_FORMAT;
	}
	if (!span_starts(line, disposition)) {
		return 0;
	}
	value = span_trim(span(line.at + sizeof(disposition) - 1,
	    line.len - (sizeof(disposition) - 1)));
	if (*named || !span_starts(value, "form-data") ||
	    parameter(value, "name", &part->name) != 1 || part->name.len == 0) {
		return ERR_FORMAT;
	}
	r = parameter(value, "filename", &file);
	if (r < 0) {
		return r;
	}
	part->is_file = r == 1;
	r = parameter(value, "filename*", &file);
	*named = true;
	return r != 0 ? ERR_FORMAT : 0;
}

/* The head of a part, REST from its first byte on; moves REST behind it. */
static int
read_head(struct span *rest, struct www_part *part)
{
	size_t used = 0;
	bool named = false;

	for (;;) {
		size_t left =
		    rest->len < HEAD_MAX - used ? rest->len : HEAD_MAX - used;
		const char *end =
		    left > 1 ? memmem(rest->at, left, "\r\n", 2) : NULL;
		struct span line;
		int r;

		if (end == NULL) {
			return ERR_FORMAT;
		}
		line = span(rest->at, (size_t)(end - rest->at));
		used += line.len + 2;
		*rest = span(end + 2, rest->len - line.len - 2);
		if (line.len == 0) {
			return named ? 0 : ERR_FORMAT;
		}
		r = head_line(line, part, &named);
		if (r < 0) {
			return r;
		}
	}
}

int
www_multipart_parse(
    struct span body, struct span boundary, struct www_parts *ret)
{
	char mark[BOUNDARY_MAX + 4];
	size_t n = boundary.len + 4;
	int r;

	memcpy(mark, "\r\n--", 4);
	memcpy(mark + 4, boundary.at, boundary.len);
	ret->n = 0;
	/* the first has no line end before it */
	if (body.len < n || memcmp(body.at, mark + 2, n - 2) != 0) {
		return ERR_FORMAT;
	}
	body = span(body.at + n - 2, body.len - (n - 2));
	while (body.len >= 2 && memcmp(body.at, "\r\n", 2) == 0) {
		struct www_part part = { .is_file = false };
		const char *end;

		body = span(body.at + 2, body.len - 2);
		r = read_head(&body, &part);
		end = r == 0 && body.len > 0
		    ? memmem(body.at, body.len, mark, n)
		    : NULL;
		if (end == NULL) {
			return ERR_FORMAT;
		}
		part.body = span(body.at, (size_t)(end - body.at));
		for (unsigned i = 0; i < ret->n; i++) {
			if (ret->part[i].name.len == part.name.len &&
			    memcmp(ret->part[i].name.at, part.name.at,
				part.name.len) == 0) {
				return ERR_RANGE;
			}
		}
		if (ret->n == WWW_PARTS_MAX) {
			return ERR_RANGE;
		}
		ret->part[ret->n++] = part;
		body = span(end + n, body.len - part.body.len - n);
	}
	if (body.len < 2 || memcmp(body.at, "--", 2) != 0 ||
	    !(body.len == 2 ||
		(body.len == 4 && memcmp(body.at + 2, "\r\n", 2) == 0))) {
		return ERR_FORMAT;
	}
	return ret->n > 0 ? 0 : ERR_FORMAT;
}

const struct www_part *
www_multipart_get(const struct www_parts *parts, const char *name)
{
	for (unsigned i = 0; i < parts->n; i++) {
		const struct www_part *p = &parts->part[i];

		if (p->name.len == strlen(name) &&
		    memcmp(p->name.at, name, p->name.len) == 0) {
			return p;
		}
	}
	return NULL;
}
