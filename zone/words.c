/* words.c - the text of a TXT record. */
#include "zone/words.h"

#include <stdio.h>

struct text {
	char *out;
	size_t len;
};

static void
add_text(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len && t->len < ZONE_WORDS_MAX; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c < 0x7f) {
			t->out[t->len++] = (char)c;
		} else if ((c & 0xc0) != 0x80 || i == 0 ||
		    (unsigned char)s[i - 1] < 0x80) {
			t->out[t->len++] = '?'; /* once for a character */
		}
	}
}

/* A template's "$" is the key, its "$$" a dollar sign. */
static void
add_reason(struct text *t, const struct zone_reason *reason)
{
	struct span s = reason->text;
	const char *p;

	while (reason->template && s.len > 0 &&
	    (p = memchr(s.at, '$', s.len)) != NULL) {
		size_t n = (size_t)(p - s.at);

		add_text(t, s.at, n);
		s = span(p + 1, s.len - n - 1);
		if (s.len > 0 && s.at[0] == '$') {
			add_text(t, "$", 1);
			s = span(s.at + 1, s.len - 1);
		} else {
			add_text(t, reason->key, strlen(reason->key));
		}
	}
	add_text(t, s.at, s.len);
}

size_t
zone_words(char ret[ZONE_WORDS_MAX], const char *template, const char *key,
    const struct zone_reason *reason, uint32_t id)
{
	struct text t = { .out = ret };
	char number[16];

	for (const char *p = template; *p != '\0'; p++) {
		if (*p != '$') {
			const char *end = strchr(p, '$');
			size_t n = end != NULL ? (size_t)(end - p) : strlen(p);

			add_text(&t, p, n);
			p += n - 1;
		} else if (p[1] == '$') {
			add_text(&t, "$", 1);
			p++;
		} else if (p[1] == 'r') {
			add_reason(&t, reason);
			p++;
		} else if (p[1] == 'i') {
			snprintf(number, sizeof(number), "%u", (unsigned)id);
			add_text(&t, number, strlen(number));
			p++;
		} else {
			add_text(&t, key, strlen(key));
		}
	}
	return t.len;
}

/* Does S hold a "$" that stands for the key? REASON: is "$r" one that does? */
static bool
has_key(const char *s, size_t len, bool template, bool reason)
{
	for (size_t i = 0; i < len; i++) {
		char next = i + 1 < len ? s[i + 1] : '\0';

		if (s[i] != '$') {
			continue;
		}
		if (next == '$' || (template && next == 'i')) {
			i++;
		} else if (template && next == 'r') {
			if (reason) {
				return true;
			}
			i++;
		} else {
			return true;
		}
	}
	return false;
}

bool
zone_words_vary(const char *template, const struct zone_reason *reason)
{
	bool varies = reason->template &&
	    has_key(reason->text.at, reason->text.len, false, false);

	return has_key(template, strlen(template), true, varies);
}
