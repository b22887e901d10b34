/* text.c - spans of text that came from elsewhere. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>

bool
span_is(struct span s, const char *text)
{
	/* most words differ in their first letter: no need to measure */
	return s.len > 0 && text_lower(s.at[0]) != text_lower(text[0])
	    ? false
	    : s.len == strlen(text) && span_starts(s, text);
}

bool
span_starts(struct span s, const char *pre)
{
	for (size_t i = 0; pre[i] != '\0'; i++) {
		if (i == s.len || text_lower(s.at[i]) != text_lower(pre[i])) {
			return false;
		}
	}
	return true;
}

bool
span_ends(struct span s, const char *post)
{
	size_t n = strlen(post);

	return s.len >= n && span_starts(span(s.at + s.len - n, n), post);
}

const char *
span_find(struct span s, const char *needle)
{
	size_t n = strlen(needle);
	char first = text_lower(needle[0]);

	for (size_t i = 0; i + n <= s.len; i++) {
		if ((n == 0 || text_lower(s.at[i]) == first) &&
		    span_starts(span(s.at + i, s.len - i), needle)) {
			return s.at + i;
		}
	}
	return NULL;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.len > 0 && blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && blank(s.at[s.len - 1])) {
		s.len--;
	}
	return s;
}

bool
text_number(struct span s, unsigned long max, unsigned long *ret_n)
{
	unsigned long n = 0;

	if (s.len == 0 || (s.len > 1 && s.at[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned long d = (unsigned long)(s.at[i] - '0');

		if (s.at[i] < '0' || s.at[i] > '9' || n > (max - d) / 10 ||
		    d > max) {
			return false;
		}
		n = n * 10 + d;
	}
	*ret_n = n;
	return true;
}

size_t
text_utf8(const char *str, size_t len)
{
	const uint8_t *s = (const uint8_t *)str;
	uint32_t v;
	size_t n;

	if (len == 0) {
		return 0;
	}
	if (s[0] < 0x80) {
		return 1;
	}
	n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	if (n == 0 || s[0] > 0xf4 || len < n) {
		return 0;
	}
	v = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
		v = v << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && (v < 0x800 || (v >= 0xd800 && v <= 0xdfff))) ||
	    (n == 4 && (v < 0x10000 || v > 0x10ffff))) {
		return 0;
	}
	return n;
}

static uint32_t
decode(const char *str, size_t n)
{
	const uint8_t *s = (const uint8_t *)str;
	uint32_t v = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n; i++) {
		v = v << 6 | (s[i] & 0x3f);
	}
	return v;
}

/* Characters that act on the reader's screen instead of showing on it. */
static bool
acts(uint32_t v)
{
	return v < 0x20 || (v >= 0x7f && v <= 0x9f) || v == 0xad ||
	    v == 0x61c || v == 0x180e || (v >= 0x200b && v <= 0x200f) ||
	    (v >= 0x2028 && v <= 0x202e) || (v >= 0x2060 && v <= 0x206f) ||
	    v == 0xfeff || (v >= 0xfff9 && v <= 0xfffb) ||
	    (v >= 0xe0000 && v <= 0xe007f);
}

void
text_printable(struct buf *b, const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = text_utf8(s + i, len - i);
		if (n == 0) {
			buf_fmt(b, "\\x{%02X}", (unsigned)(uint8_t)s[i]);
			n = 1;
		} else if (s[i] == '\\') {
			buf_str(b, "\\\\");
		} else if (acts(decode(s + i, n))) {
			buf_fmt(b, "\\u{%X}", (unsigned)decode(s + i, n));
		} else {
			buf_add(b, s + i, n);
		}
	}
}

char *
text_printable_in(char *out, size_t cap, const char *s, size_t len)
{
	struct buf b = { 0 };
	size_t n;

	if (len > cap) {
		len = cap; /* no more can be shown; keeps a huge S cheap */
	}
	text_printable(&b, s, len);
	if (b.data == NULL || b.bad || cap < 4) {
		snprintf(out, cap, "%s", "");
	} else if (b.len < cap) {
		memcpy(out, b.data, b.len + 1);
	} else {
		n = cap - 4;
		while (n > 0 && ((uint8_t)b.data[n] & 0xc0) == 0x80) {
			n--;
		}
		memcpy(out, b.data, n);
		memcpy(out + n, "...", 4);
	}
	buf_free(&b);
	return out;
}

void
text_to_utf8(struct buf *b, const char *s, size_t len)
{
	size_t from = 0, i = 0; /* what needs no change is added in runs */

	while (i < len) {
		uint8_t c = (uint8_t)s[i];
		size_t n = c > 0 && c < 0x80 ? 1 : text_utf8(s + i, len - i);

		if (n > 0 && c != 0) {
			i += n;
			continue;
		}
		buf_add(b, s + from, i - from);
		if (c == 0) {
			buf_str(b, "\xef\xbf\xbd");
		} else {
			buf_u8(b, 0xc0u | c >> 6);
			buf_u8(b, 0x80u | (c & 0x3f));
		}
		from = ++i;
	}
	buf_add(b, s + from, len - from);
}
