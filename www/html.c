/* html.c - the one place that writes markup. */
#include "www/html.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

/* Something that is not shown as itself: spelled out, and set apart where
 * markup may stand. */
static void
spelled(struct www_html *h, const char *what, unsigned value, int width)
{
	if (h->in_tag) {
		buf_fmt(&h->buf, "%s%0*X", what, width, value);
	} else {
		buf_fmt(&h->buf, "<span class=\"ctl\">%s%0*X</span>", what,
		    width, value);
	}
}

/* One valid UTF-8 character of N bytes. What is hostile is text_printable's
 * decision; a backslash, which it doubles, is none here. */
static void
character(struct www_html *h, const char *s, size_t n)
{
	switch (s[0]) {
	case '&': buf_str(&h->buf, "&amp;"); return;
	case '<': buf_str(&h->buf, "&lt;"); return;
	case '>': buf_str(&h->buf, "&gt;"); return;
	case '"': buf_str(&h->buf, "&quot;"); return;
	case '\'': buf_str(&h->buf, "&#39;"); return;
	}
	if (s[0] >= 0x20 && s[0] < 0x7f) {
		buf_add(&h->buf, s, 1);
		return;
	}
	buf_clear(&h->scratch);
	text_printable(&h->scratch, s, n);
	if (h->scratch.bad) {
		h->buf.bad = true;
	} else if (h->scratch.len == n && memcmp(h->scratch.data, s, n) == 0) {
		buf_add(&h->buf, s, n);
	} else { /* \u{202E} */
		spelled(h, "U+",
		    (unsigned)strtoul(h->scratch.data + 3, NULL, 16), 4);
	}
}

static void
escape(struct www_html *h, struct span s, bool lines)
{
	size_t n;

	for (size_t i = 0; i < s.len; i += n) {
		n = text_utf8(s.at + i, s.len - i);
		if (n == 0) {
			spelled(h, "\\x", (uint8_t)s.at[i], 2);
			n = 1;
		} else if (lines && (s.at[i] == '\n' || s.at[i] == '\t')) {
			buf_add(&h->buf, s.at + i, 1);
		} else if (lines && s.at[i] == '\r' && i + 1 < s.len &&
		    s.at[i + 1] == '\n') {
			/* the line end of mail */
		} else {
			character(h, s.at + i, n);
		}
	}
}

void
www_html_text(struct www_html *h, struct span s)
{
	escape(h, s, false);
}

void
www_html_name(struct www_html *h, const char *name)
{
	size_t n;

	for (; *name != '\0'; name += n) {
		n = strcspn(name, ".@");
		n += name[n] != '\0';
		escape(h, span(name, n), false);
		if (name[n] != '\0' && !h->in_tag) {
			buf_str(&h->buf, "<wbr>");
		}
	}
}

void
www_html_lines(struct www_html *h, struct span s)
{
	escape(h, s, true);
}

/* Markup of ours. Attribute values of ours hold no '>', so brackets alone
 * tell whether we are inside a tag. */
static void
literal(struct www_html *h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '<') {
			h->in_tag = true;
		} else if (s[i] == '>') {
			h->in_tag = false;
		}
	}
	buf_add(&h->buf, s, n);
}

void
www_html_put(struct www_html *h, const char *fmt, ...)
{
	const char *p, *s;
	unsigned longs;
	bool size;
	va_list ap;
	int most;

	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt = p) {
		p = strchr(fmt, '%');
		if (p == NULL) {
			p = fmt + strlen(fmt);
		}
		literal(h, fmt, (size_t)(p - fmt));
		if (*p == '\0') {
			continue;
		}
		p++;
		longs = 0;
		size = false;
		most = -1;
		if (p[0] == '.' && p[1] == '*') {
			most = va_arg(ap, int);
			p += 2;
		}
		for (; *p == 'l' || *p == 'z'; p++) {
			longs += *p == 'l';
			size = size || *p == 'z';
		}
		switch (*p++) {
		case '%': buf_str(&h->buf, "%"); break;
		case 's':
			s = va_arg(ap, const char *);
			www_html_text(
			    h, most < 0 ? span_str(s) : span(s, (size_t)most));
			break;
		case 'u':
			if (size) {
				buf_fmt(&h->buf, "%zu", va_arg(ap, size_t));
			} else if (longs == 0) {
				buf_fmt(&h->buf, "%u", va_arg(ap, unsigned));
			} else if (longs == 1) {
				buf_fmt(
				    &h->buf, "%lu", va_arg(ap, unsigned long));
			} else {
				buf_fmt(&h->buf, "%llu",
				    va_arg(ap, unsigned long long));
			}
			break;
		case 'd':
			assert(longs == 0 && !size);
			buf_fmt(&h->buf, "%d", va_arg(ap, int));
			break;
		default: assert(false && "a conversion unknown here");
		}
	}
	va_end(ap);
}

void
www_html_free(struct www_html *h)
{
	buf_free(&h->buf);
	buf_free(&h->scratch);
}
