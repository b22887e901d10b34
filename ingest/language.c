/* language.c - in which language a mail says it is. */
#include "ingest/language.h"

static const struct {
	uint32_t first, last;
	const char *tag;
} scripts[] = {
	{ 0x370, 0x3ff, "el" },
	{ 0x400, 0x52f, "und-Cyrl" },
	{ 0x531, 0x58f, "hy" },
	{ 0x591, 0x5f4, "he" },
	{ 0x600, 0x6ff, "und-Arab" },
	{ 0x900, 0x97f, "und-Deva" },
	{ 0xe01, 0xe5b, "th" },
	{ 0x10a0, 0x10ff, "ka" },
	{ 0x1100, 0x11ff, "ko" },
	{ 0x1f00, 0x1fff, "el" },
	{ 0x3041, 0x30ff, "ja" },
	{ 0x4e00, 0x9fff, "und-Hani" },
	{ 0xac00, 0xd7a3, "ko" },
};
#define SCRIPTS (sizeof(scripts) / sizeof(scripts[0]))

static const struct {
	const char *charset, *tag;
} charsets[] = {
	{ "iso-8859-7", "el" },
	{ "windows-1253", "el" },
	{ "cp1253", "el" },
	{ "windows-1254", "tr" },
	{ "iso-8859-9", "tr" },
	{ "iso-2022-jp", "ja" },
	{ "shift_jis", "ja" },
	{ "euc-jp", "ja" },
	{ "euc-kr", "ko" },
	{ "ks_c_5601-1987", "ko" },
	{ "windows-874", "th" },
	{ "tis-620", "th" },
	{ "iso-8859-8", "he" },
	{ "windows-1255", "he" },
	{ "koi8-r", "und-Cyrl" },
	{ "windows-1251", "und-Cyrl" },
	{ "gb2312", "zh" },
	{ "gb18030", "zh" },
	{ "gbk", "zh" },
	{ "big5", "zh" },
};

/* The code point at S, which is a valid sequence of N bytes. */
static uint32_t
point(const unsigned char *s, size_t n)
{
	uint32_t c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++) {
		c = c << 6 | (s[i] & 0x3f);
	}
	return c;
}

/* The script that most letters beyond ASCII are of. */
static const char *
by_letters(const char *text)
{
	unsigned counts[SCRIPTS] = { 0 }, ascii = 0;
	size_t len = strlen(text), best = 0, total = 0;
	bool kana = false;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c;

		n = text_utf8(text + i, len - i);
		if (n == 0) {
			n = 1;
			continue;
		}
		c = point((const unsigned char *)text + i, n);
		ascii += (c | 32) >= 'a' && (c | 32) <= 'z' ? 1 : 0;
		for (size_t k = 0; c >= 0x370 && k < SCRIPTS; k++) {
			if (c >= scripts[k].first && c <= scripts[k].last) {
				counts[k]++;
				total++;
			}
		}
	}
	for (size_t k = 0; k < SCRIPTS; k++) {
		best = counts[k] > counts[best] ? k : best;
		kana = kana || (scripts[k].first == 0x3041 && counts[k] > 0);
	}
	/* one letter among Latin ones is decoration, or a trick */
	if (total == 0 || total * 3 < ascii) {
		return "";
	}
	return kana && strcmp(scripts[best].tag, "und-Hani") == 0
	    ? "ja"
	    : scripts[best].tag;
}

/* The first tag of a list: letters, digits, hyphens. */
static struct span
first_tag(struct span s)
{
	size_t n = 0;

	s = span_trim(s);
	while (n < s.len && n < 36 &&
	    ((text_lower(s.at[n]) >= 'a' && text_lower(s.at[n]) <= 'z') ||
		(s.at[n] >= '0' && s.at[n] <= '9') || s.at[n] == '-')) {
		n++;
	}
	return n >= 2 && (n == s.len || strchr(" ,;(\t\r\n", s.at[n]) != NULL)
	    ? span(s.at, n)
	    : span("", 0);
}

const char *
ingest_language(const struct ingest_head *head, const char *subject,
    const char *charset, struct arena *arena)
{
	const struct ingest_field *f =
	    ingest_head_find(head, "Content-Language", 0);
	struct span tag = first_tag(f != NULL ? f->value : span("", 0));
	const char *found;

	if (tag.len > 0) {
		found = arena_copy(arena, tag.at, tag.len);
		return found != NULL ? found : "";
	}
	found = by_letters(subject);
	for (size_t i = 0;
	     found[0] == '\0' && i < sizeof(charsets) / sizeof(charsets[0]);
	     i++) {
		if (span_is(span_str(charset), charsets[i].charset)) {
			found = charsets[i].tag;
		}
	}
	return found;
}
