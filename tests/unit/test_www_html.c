/* Markup is ours, everything else is text. */
#include "tests/unit/check.h"
#include "www/html.h"

static const struct {
	const char *name;
	struct span in;
	const char *open, *tag; /* in the open, and within a tag */
} texts[] = {
#define T(name, in, open, tag)                          \
	{                                               \
		name, { in, sizeof(in) - 1 }, open, tag \
	}
	T("plain", "spam & <eggs>", "spam &amp; &lt;eggs&gt;",
	    "spam &amp; &lt;eggs&gt;"),
	T("quotes", "\"'", "&quot;&#39;", "&quot;&#39;"),
	T("Greek", "\xce\xb1\xce\xb2", "\xce\xb1\xce\xb2", "\xce\xb1\xce\xb2"),
	T("backslash", "a\\b", "a\\b", "a\\b"),
	T("NUL", "a\0b", "a<span class=\"ctl\">U+0000</span>b", "aU+0000b"),
	T("escape", "\x1b[2J", "<span class=\"ctl\">U+001B</span>[2J",
	    "U+001B[2J"),
	T("DEL", "\x7f", "<span class=\"ctl\">U+007F</span>", "U+007F"),
	T("C1", "\xc2\x9b", "<span class=\"ctl\">U+009B</span>", "U+009B"),
	T("line end", "a\nb", "a<span class=\"ctl\">U+000A</span>b",
	    "aU+000Ab"),
	T("turned around", "\xe2\x80\xaetxt",
	    "<span class=\"ctl\">U+202E</span>txt", "U+202Etxt"),
	T("isolate", "\xe2\x81\xa6x", "<span class=\"ctl\">U+2066</span>x",
	    "U+2066x"),
	T("zero width",
	    "a\xe2\x80\x8b"
	    "b",
	    "a<span class=\"ctl\">U+200B</span>b", "aU+200Bb"),
	T("tag character", "\xf3\xa0\x81\x81",
	    "<span class=\"ctl\">U+E0041</span>", "U+E0041"),
	T("no UTF-8",
	    "\xe9"
	    "a",
	    "<span class=\"ctl\">\\xE9</span>a", "\\xE9a"),
	T("overlong <", "\xc0\xbc",
	    "<span class=\"ctl\">\\xC0</span><span class=\"ctl\">\\xBC</span>",
	    "\\xC0\\xBC"),
	T("cut short", "\xe2\x80",
	    "<span class=\"ctl\">\\xE2</span><span class=\"ctl\">\\x80</span>",
	    "\\xE2\\x80"),
};

static bool
is(const struct www_html *h, const char *want)
{
	return h->buf.len == strlen(want) &&
	    (h->buf.len == 0 || memcmp(h->buf.data, want, h->buf.len) == 0);
}

int
main(void)
{
	struct www_html h = { .in_tag = false };
	char want[256];

	for (size_t i = 0; i < COUNT(texts); i++) {
		www_html_text(&h, texts[i].in);
		CHECK(
		    is(&h, texts[i].open), "%s: %s", texts[i].name, h.buf.data);
		buf_clear(&h.buf);

		HTML(&h, "<i title=\"");
		www_html_text(&h, texts[i].in);
		HTML(&h, "\">");
		snprintf(want, sizeof(want), "<i title=\"%s\">", texts[i].tag);
		CHECK(is(&h, want), "%s: %s", texts[i].name, h.buf.data);
		CHECK(!h.in_tag, "%s", texts[i].name);
		buf_clear(&h.buf);
	}

	HTML(&h, "<a href=\"/queue/%lu\">%s</a> 100%% %u %d %zu %llu", 7ul,
	    "<b>\x01", 3u, -4, (size_t)5, 6ull);
	CHECK(is(&h,
		  "<a href=\"/queue/7\">&lt;b&gt;<span "
		  "class=\"ctl\">U+0001</span></a> 100% 3 -4 5 6"),
	    "%s", h.buf.data);
	buf_clear(&h.buf);

	HTML(&h, "%.*s|%.*s", 2, "abc", 0, "abc");
	CHECK(is(&h, "ab|"), "%s", h.buf.data);
	buf_clear(&h.buf);

	HTML(&h, "<p title=\"%s\">%s", "a>b\x01", "\x01");
	CHECK(is(&h,
		  "<p title=\"a&gt;bU+0001\"><span "
		  "class=\"ctl\">U+0001</span>"),
	    "text does not end a tag: %s", h.buf.data);
	buf_clear(&h.buf);

	www_html_lines(&h, span_str("a\r\n\tb\rc\n<"));
	CHECK(is(&h, "a\n\tb<span class=\"ctl\">U+000D</span>c\n&lt;"), "%s",
	    h.buf.data);
	buf_clear(&h.buf);

	www_html_name(&h, "a.b<@c.");
	CHECK(is(&h, "a.<wbr>b&lt;@<wbr>c."), "%s", h.buf.data);
	buf_clear(&h.buf);

	h.buf.limit = 4;
	www_html_text(&h, span_str("&&"));
	CHECK(h.buf.bad, "the limit holds");
	www_html_free(&h);
	return failures != 0;
}
