/* lang.c - look words up in catalogues of GNU gettext's binary form. */
#include "www/lang.h"

#include <stdarg.h>
#include <stdio.h>

#include "www/lang_mo.h"

#define MAGIC 0x950412deu
#define SAY_MAX 2000
#define ACCEPT_MAX 32 /* languages of one request that are looked at */

/* A table of N pairs of u32: length and offset of a text, which ends in NUL;
 * the originals are sorted. Numbers are in the byte order of msgfmt's
 * --endianness=little. */
struct catalogue {
	const uint8_t *bytes;
	size_t len;
	uint32_t n, originals, translations;
};

static struct catalogue catalogues[WWW_LANGS];

static uint32_t
number(const struct catalogue *c, size_t at)
{
	const uint8_t *p = c->bytes + at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Text I of the table at TABLE. */
static const char *
text_of(const struct catalogue *c, uint32_t table, uint32_t i, uint32_t *len)
{
	*len = number(c, table + 8 * (size_t)i);
	return (const char *)c->bytes + number(c, table + 8 * (size_t)i + 4);
}

static bool
sound(const struct catalogue *c)
{
	uint32_t tables[2] = { c->originals, c->translations };

	for (unsigned k = 0; k < 2; k++) {
		if (tables[k] > c->len ||
		    c->n > (c->len - tables[k]) / 8) {
			return false;
		}
		for (uint32_t i = 0; i < c->n; i++) {
			uint32_t len = number(c, tables[k] + 8 * (size_t)i);
			uint32_t at = number(c, tables[k] + 8 * (size_t)i + 4);

			if (at >= c->len || len >= c->len - at ||
			    c->bytes[at + len] != 0) {
				return false;
			}
		}
	}
	return true;
}

int
www_lang_init(void)
{
	struct catalogue *c = &catalogues[WWW_GREEK];

	c->bytes = www_lang_el;
	c->len = www_lang_el_len;
	if (c->len < 28 || number(c, 0) != MAGIC) {
		return ERR_FORMAT;
	}
	c->n = number(c, 8);
	c->originals = number(c, 12);
	c->translations = number(c, 16);
	if (!sound(c)) {
		c->n = 0;
		return ERR_FORMAT;
	}
	return 0;
}

/* The translation of TEXT, NULL: none. A text with a plural is stored with
 * it, "one\0many"; strcmp sees the first, which is what is looked for. */
static const char *
find(enum www_lang lang, const char *text, uint32_t *len)
{
	const struct catalogue *c = &catalogues[lang];
	uint32_t low = 0, high = c->n, unused;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order =
		    strcmp(text, text_of(c, c->originals, mid, &unused));

		if (order == 0) {
			const char *found =
			    text_of(c, c->translations, mid, len);
			return *len > 0 ? found : NULL;
		}
		if (order < 0) {
			high = mid;
		} else {
			low = mid + 1;
		}
	}
	return NULL;
}

const char *
www_tr(const struct www_turn *turn, const char *text)
{
	uint32_t len;
	/* "" is the catalogue's own head */
	const char *found =
	    text[0] != '\0' ? find((enum www_lang)turn->lang, text, &len) : NULL;

	return found != NULL ? found : text;
}

const char *
www_trn(const struct www_turn *turn, const char *one, const char *many,
    uint64_t n)
{
	uint32_t len;
	const char *found = find((enum www_lang)turn->lang, one, &len);
	size_t first;

	if (found == NULL) {
		return n == 1 ? one : many;
	}
	first = strlen(found);
	return n == 1 || first >= len ? found : found + first + 1;
}

void
www_say(struct www_turn *turn, const char *fmt, ...)
{
	char text[SAY_MAX + 1];
	size_t n, last;
	va_list ap;
	int made;

	va_start(ap, fmt);
	made = vsnprintf(text, sizeof(text), www_tr(turn, fmt), ap);
	va_end(ap);
	n = last = made < 0 ? 0 : strlen(text);
	while (made > SAY_MAX && last > 0 &&
	    ((uint8_t)text[last - 1] & 0xc0) == 0x80) {
		last--;
	}
	if (last > 0 && (uint8_t)text[last - 1] >= 0xc0 &&
	    text_utf8(text + last - 1, n - last + 1) == 0) {
		n = last - 1; /* the character that was cut */
	}
	www_html_text(&turn->html, span(text, n));
}

const char *
www_lang_code(enum www_lang lang)
{
	return lang == WWW_GREEK ? "el" : "en";
}

const char *
www_lang_name(enum www_lang lang)
{
	return lang == WWW_GREEK ? "Ελληνικά" : "English";
}

/* "el", "el-GR": Greek. */
static bool
named(struct span tag, enum www_lang *ret)
{
	for (enum www_lang lang = 0; lang < WWW_LANGS; lang++) {
		const char *code = www_lang_code(lang);
		size_t n = strlen(code);

		if (span_starts(tag, code) &&
		    (tag.len == n || tag.at[n] == '-')) {
			*ret = lang;
			return true;
		}
	}
	return false;
}

/* "q=0.8" in thousandths behind the semicolon; 1000 where there is none. */
static unsigned
weight(const char *s, size_t n)
{
	unsigned value = 0, unit = 1000;
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == ';')) {
		i++;
	}
	if (n - i < 3 || text_lower(s[i]) != 'q' || s[i + 1] != '=') {
		return 1000;
	}
	for (i += 2; i < n && unit > 0; i++) {
		if (s[i] == '.') {
			continue;
		}
		if (s[i] < '0' || s[i] > '9') {
			break;
		}
		value += (unsigned)(s[i] - '0') * unit;
		unit /= 10;
	}
	return value > 1000 ? 1000 : value;
}

enum www_lang
www_lang_choose(const char *cookie, const char *accept)
{
	enum www_lang best = WWW_ENGLISH, lang;
	unsigned top = 0;
	struct span value;

	if (cookie != NULL &&
	    www_cookie_get(span_str(cookie), "lang", &value)) {
		for (lang = 0; lang < WWW_LANGS; lang++) {
			if (span_is(value, www_lang_code(lang))) {
				return lang;
			}
		}
	}
	for (unsigned i = 0; accept != NULL && i < ACCEPT_MAX; i++) {
		size_t n, name;
		unsigned q;

		accept += strspn(accept, " \t,");
		n = strcspn(accept, ",");
		if (n == 0) {
			break;
		}
		name = strcspn(accept, ",; \t");
		q = weight(accept + name, n - name);
		if (q > top && named(span(accept, name), &lang)) {
			top = q;
			best = lang;
		}
		accept += n;
	}
	return best;
}
