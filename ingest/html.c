/* html.c - the text of HTML. */
#include "ingest/html.h"

#include <stdint.h>

#define NAME_MAX_LEN 10

struct page {
	struct buf *b;
	unsigned pre;     /* depth of <pre> */
	bool line, blank; /* something stands on this line; a blank is due */
};

static void
put_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_u8(b, c);
	} else if (c < 0x800) {
		buf_u8(b, 0xc0 | c >> 6);
		buf_u8(b, 0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		buf_u8(b, 0xe0 | c >> 12);
		buf_u8(b, 0x80 | (c >> 6 & 0x3f));
		buf_u8(b, 0x80 | (c & 0x3f));
	} else {
		buf_u8(b, 0xf0 | c >> 18);
		buf_u8(b, 0x80 | (c >> 12 & 0x3f));
		buf_u8(b, 0x80 | (c >> 6 & 0x3f));
		buf_u8(b, 0x80 | (c & 0x3f));
	}
}

/* The Latin letters by their names, from U+00C0 on. */
static const char *const latin[64] = { "Agrave", "Aacute", "Acirc", "Atilde",
	"Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml",
	"Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
	"Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave",
	"Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave",
	"aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil",
	"egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
	"iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
	"divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute",
	"thorn", "yuml" };

/* The Greek letters, from U+0391 and U+03B1 on; "" is the gap. */
static const char *const greek[25] = { "lpha", "eta", "amma", "elta", "psilon",
	"eta", "ta", "heta", "ota", "appa", "ambda", "u", "u", "i", "micron",
	"i", "ho", "igmaf", "igma", "au", "psilon", "hi", "hi", "si", "mega" };
static const char greek_first[26] = "abgdezetiklmnxoprsstupcpo";

static uint32_t
named(const char *name, size_t len)
{
	static const struct {
		const char *name;
		uint32_t c;
	} table[] = { { "amp", '&' }, { "lt", '<' }, { "gt", '>' },
		{ "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xa0 },
		{ "laquo", 0xab }, { "raquo", 0xbb }, { "shy", 0xad },
		{ "ldquo", 0x201c }, { "rdquo", 0x201d }, { "lsquo", 0x2018 },
		{ "rsquo", 0x2019 }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
		{ "colon", ':' }, { "commat", '@' }, { "period", '.' },
		{ "lpar", '(' }, { "rpar", ')' }, { "lsqb", '[' },
		{ "rsqb", ']' }, { "Tab", '\t' }, { "NewLine", '\n' },
		{ "semi", ';' }, { "sol", '/' }, { "equals", '=' },
		{ "lowbar", '_' }, { "num", '#' } };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strlen(table[i].name) == len &&
		    memcmp(table[i].name, name, len) == 0) {
			return table[i].c;
		}
	}
	for (size_t i = 0; i < 64; i++) {
		if (strlen(latin[i]) == len &&
		    memcmp(latin[i], name, len) == 0) {
			return (uint32_t)(0xc0 + i);
		}
	}
	for (size_t i = 0; i < 25; i++) {
		if (strlen(greek[i]) == len - 1 &&
		    text_lower(name[0]) == greek_first[i] &&
		    memcmp(greek[i], name + 1, len - 1) == 0) {
			return (uint32_t)((name[0] < 'a' ? 0x391 : 0x3b1) + i);
		}
	}
	return 0;
}

/* The character that the "&" at AT of S begins, and how long it is; 0: it is
 * an "&". */
static uint32_t
entity(struct span s, size_t at, size_t *ret_len)
{
	const char *p = s.at + at + 1;
	size_t left = s.len - at - 1, n = 0;
	uint32_t c = 0;

	if (left > 1 && p[0] == '#') {
		bool hex = left > 2 && text_lower(p[1]) == 'x';

		for (n = hex ? 2 : 1; n < left && n < NAME_MAX_LEN; n++) {
			char d = text_lower(p[n]);
			uint32_t v;

			if (d >= '0' && d <= '9') {
				v = (uint32_t)(d - '0');
			} else if (hex && d >= 'a' && d <= 'f') {
				v = (uint32_t)(d - 'a' + 10);
			} else {
				break;
			}
			c = c * (hex ? 16 : 10) + v;
			if (c > 0x10ffff) {
				return 0;
			}
		}
		if (c >= 0x80 && c < 0xa0) {
			c = 0xfffd;
		}
		if (c == 0 || (c >= 0xd800 && c < 0xe000)) {
			return 0;
		}
	} else {
		while (n < left && n < NAME_MAX_LEN &&
		    ((p[n] >= 'a' && p[n] <= 'z') ||
			(p[n] >= 'A' && p[n] <= 'Z'))) {
			n++;
		}
		c = n > 0 ? named(p, n) : 0;
	}
	*ret_len = 1 + n + (n < left && p[n] == ';' ? 1 : 0);
	return c;
}

static void
new_line(struct page *p)
{
	buf_u8(p->b, '\n');
	p->line = p->blank = false;
}

static bool
one_of(struct span name, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (span_is(name, *list)) {
			return true;
		}
	}
	return false;
}

/* Offset in S behind "</NAME>", from AT on. */
static size_t
behind(struct span s, size_t at, struct span name)
{
	while (at + name.len + 2 < s.len) {
		const char *lt = memchr(s.at + at, '<', s.len - at);

		if (lt == NULL) {
			break;
		}
		at = (size_t)(lt - s.at) + 1;
		if (at + name.len < s.len && s.at[at] == '/' &&
		    strncasecmp(s.at + at + 1, name.at, name.len) == 0) {
			lt = memchr(s.at + at, '>', s.len - at);
			return lt != NULL ? (size_t)(lt - s.at) + 1 : s.len;
		}
	}
	return s.len;
}

/* The tag at AT of S, which is a "<": what it does; where it ends. */
static size_t
tag(struct page *p, struct span s, size_t at)
{
	static const char *const silent[] = { "style", "script", "head",
		"title", NULL };
	static const char *const blocks[] = { "p", "div", "tr", "li", "ul",
		"ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table",
		"pre", "hr", "body", "html", "dt", "dd", "dl", "address",
		"section", "article", "header", "footer", "center", "form",
		"fieldset", NULL };
	size_t i = at + 1, start;
	bool closing;
	struct span name;
	const char *end;

	if (s.len - at >= 4 && memcmp(s.at + at, "<!--", 4) == 0) {
		for (i = at + 4; i + 2 < s.len; i++) {
			if (memcmp(s.at + i, "-->", 3) == 0) {
				return i + 3;
			}
		}
		return s.len;
	}
	closing = i < s.len && s.at[i] == '/';
	start = i + (closing ? 1 : 0);
	for (i = start; i < s.len &&
	     ((text_lower(s.at[i]) >= 'a' && text_lower(s.at[i]) <= 'z') ||
		 (s.at[i] >= '0' && s.at[i] <= '9'));
	     i++) {
		;
	}
	name = span(s.at + start, i - start);
	/* "<a@b.example>" is what a careless program leaves, not a tag */
	if (i >= s.len ||
	    (name.len == 0 && s.at[start] != '!' && s.at[start] != '?') ||
	    s.at[i] == '@' || s.at[i] == '.' || s.at[i] == '-' ||
	    s.at[i] == '_' || s.at[i] == '+') {
		buf_str(p->b, p->blank ? " <" : "<");
		p->blank = false;
		p->line = true;
		return at + 1;
	}
	/* up to its ">", which may stand in a quoted value: seldom, and then
	 * a piece of the value is read as text */
	end = memchr(s.at + i, '>', s.len - i);
	i = end != NULL ? (size_t)(end - s.at) + 1 : s.len;
	if (!closing && one_of(name, silent)) {
		return behind(s, i, name);
	}
	if (span_is(name, "br")) {
		new_line(p);
	} else if (span_is(name, "td") || span_is(name, "th")) {
		p->blank = p->line;
	} else if (one_of(name, blocks)) {
		if (p->line) {
			new_line(p);
		}
		if (span_is(name, "pre")) {
			p->pre = closing ? (p->pre > 0 ? p->pre - 1 : 0)
					 : p->pre + 1;
			/* the line end right behind <pre> is none */
			if (!closing && i < s.len && s.at[i] == '\n') {
				i++;
			}
		}
	}
	return i;
}

/* Does C end a run of plain text? */
static bool
ends(char c)
{
	return c == '<' || c == '&' || c == ' ' || c == '\t' || c == '\r' ||
	    c == '\n';
}

void
ingest_html_text(struct span html, struct buf *b)
{
	struct page p = { .b = b };
	size_t at = 0;

	while (at < html.len && !b->bad) {
		char c = html.at[at];
		size_t len = 1;
		uint32_t code;

		if (c == '<') {
			at = tag(&p, html, at);
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			if (p.pre == 0) {
				p.blank = p.line;
			} else if (c == '\n') {
				new_line(&p);
			} else if (c != '\r') {
				buf_u8(b, (unsigned char)c);
				p.line = true;
			}
			at++;
			continue;
		}
		if (p.blank) {
			buf_u8(b, ' ');
			p.blank = false;
		}
		p.line = true;
		code = c == '&' ? entity(html, at, &len) : 0;
		if (code == '\n') {
			new_line(&p);
		} else if (code != 0) {
			put_utf8(b, code);
		} else {
			len = 1;
			while (
			    at + len < html.len && !ends(html.at[at + len])) {
				len++;
			}
			buf_add(b, html.at + at, len);
		}
		at += len;
	}
}
