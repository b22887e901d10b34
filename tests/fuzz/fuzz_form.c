/* fuzz_form.c - any bytes may come as a form, a cookie, a mail or its JSON.
 *
 * What must hold: fields that were read are UTF-8 without NUL, each once, and
 * survive being quoted and read again; markup made of any bytes has no bracket,
 * quote or control character but those that we write ourselves.
 */
#include <stdint.h>
#include <stdlib.h>

#include "www/raw.h"
#include "www/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(bool what)
{
	if (!what) {
		abort();
	}
}

static void
fields(struct span s)
{
	struct arena arena = { .limit = 1 << 20 };
	struct www_fields f, again;
	size_t n;

	if (www_fields_parse(s, &arena, &f) == 0) {
		for (unsigned i = 0; i < f.n; i++) {
			const char *v = f.field[i].value;
			char *pair;

			for (size_t k = 0; v[k] != '\0'; k += n) {
				n = text_utf8(v + k, strlen(v + k));
				demand(n > 0);
			}
			demand(www_fields_get(&f, f.field[i].name) == v);
			pair =
			    arena_fmt(&arena, "x=%s", www_url_quote(&arena, v));
			demand(pair != NULL &&
			    www_fields_parse(span_str(pair), &arena, &again) ==
				0 &&
			    strcmp(again.field[0].value, v) == 0);
			(void)www_text_tidy(&arena, v, 500);
		}
	}
	arena_free(&arena);
}

/* Text of any bytes, in the open and in an attribute. */
static void
markup(struct span s)
{
	struct www_html h = { .in_tag = false };
	size_t end;

	HTML(&h, "<i title=\"");
	www_html_text(&h, s);
	end = h.buf.len;
	for (size_t i = 10; i < end; i++) {
		char c = h.buf.data[i];

		demand(c != '<' && c != '>' && c != '"' && c != '\'' &&
		    (uint8_t)c >= 0x20 && c != 0x7f);
	}
	HTML(&h, "\">");
	end = h.buf.len;
	www_html_lines(&h, s);
	for (size_t i = end; i < h.buf.len; i++) {
		const char *p = h.buf.data + i;

		demand((uint8_t)*p >= 0x20 || *p == '\n' || *p == '\t');
		if (*p == '<') {
			static const char open[] = "<span class=\"ctl\">";
			size_t left = h.buf.len - i;

			if (left >= sizeof(open) - 1 &&
			    memcmp(p, open, sizeof(open) - 1) == 0) {
				i += sizeof(open) - 2;
			} else {
				demand(
				    left >= 7 && memcmp(p, "</span>", 7) == 0);
				i += 6;
			}
		} else {
			demand(*p != '>' && *p != '"' && *p != '\'');
		}
	}
	www_html_free(&h);
}

static void
mail(struct span s, const char *json)
{
	struct arena arena = { .limit = 1 << 20 };
	struct www_html h = { .buf = { .limit = 1 << 22 } };
	struct www_analysis a = { .relays = NULL };
	size_t at, len;

	if (www_analysis_read(json, 0, &arena, &a) < 0) {
		a = (struct www_analysis){ .relays = NULL };
	}
	www_raw_block(s.at, s.len, a.relays, a.n_relays, &at, &len);
	demand(at <= s.len && len <= s.len - at);
	www_raw_show(&h, s.at, s.len, a.relays, a.n_relays);
	www_html_free(&h);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct span s = span((const char *)data, len), value;
	char *text = malloc(len + 1);

	if (text == NULL) {
		return 0;
	}
	if (len > 0) {
		memcpy(text, data, len);
	}
	text[len] = '\0';
	fields(s);
	if (www_cookie_get(s, "__Host-sid", &value)) {
		demand(value.at >= s.at && value.at + value.len <= s.at + len);
	}
	markup(s);
	mail(s, text);
	free(text);
	return 0;
}
