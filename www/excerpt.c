/* excerpt.c - the words of a spam, as text. */
#include "www/excerpt.h"

#include "www/lang.h"

static bool
blank(char c)
{
	return (unsigned char)c <= ' ';
}

/* Where the host of a link in WORD begins; word.len: there is none. */
static size_t
host_at(struct span word)
{
	const char *sep = span_find(word, "://");
	const char *www = span_find(word, "www.");

	if (sep != NULL) {
		return (size_t)(sep - word.at) + 3;
	}
	if (www != NULL) {
		return (size_t)(www - word.at);
	}
	/* "mailto:" and "javascript:" lead somewhere as well */
	if (span_find(word, "mailto:") != NULL ||
	    span_find(word, "script:") != NULL) {
		return (size_t)((const char *)memchr(
				    word.at, ':', word.len) -
			   word.at) +
		    1;
	}
	return word.len;
}

static void
defang_word(struct buf *b, struct span word)
{
	size_t host = host_at(word), i = 0;

	for (; i < host && i < word.len; i++) {
		/* http, https: the letters stay in number */
		if (word.len - i >= 4 && span_starts(span(word.at + i,
			word.len - i), "http") && host < word.len) {
			buf_str(b, word.at[i] == 'H' ? "HXXP" : "hxxp");
			i += 3;
		} else {
			buf_add(b, word.at + i, 1);
		}
	}
	for (; i < word.len && strchr("/?#", word.at[i]) == NULL; i++) {
		if (word.at[i] == '.') {
			buf_str(b, "[.]");
		} else {
			buf_add(b, word.at + i, 1);
		}
	}
	/* a link within the rest of a link is one as well */
	if (i < word.len) {
		buf_add(b, word.at + i, 1);
		i++;
	}
	if (i < word.len) {
		struct span rest = span(word.at + i, word.len - i);

		if (span_find(rest, "://") != NULL) {
			size_t at = (size_t)(span_find(rest, "://") - rest.at);

			if (at > 0 || rest.len > 3) {
				defang_word(b, rest);
				return;
			}
		}
		buf_add(b, rest.at, rest.len);
	}
}

void
www_defang(struct buf *b, struct span text)
{
	size_t i = 0, n;

	while (i < text.len) {
		n = 0;
		while (i + n < text.len && blank(text.at[i + n])) {
			n++;
		}
		buf_add(b, text.at + i, n);
		i += n;
		n = 0;
		/* long words are cut, so that nested ones end */
		while (i + n < text.len && n < 4096 && !blank(text.at[i + n])) {
			n++;
		}
		defang_word(b, span(text.at + i, n));
		i += n;
	}
}

static void
attachments(struct www_turn *t, const struct www_analysis *a)
{
	if (a->n_files == 0) {
		return;
	}
	HTML(&t->html, "<h3>%s</h3><ul class=\"files\">", T("Attachments"));
	for (unsigned i = 0; i < a->n_files; i++) {
		const struct www_file *f = &a->files[i];

		HTML(&t->html, "<li><span class=\"key\">%s</span> ",
		    f->name[0] != '\0' ? f->name : T("(no name)"));
		HTML(&t->html, "<span class=\"mut\">%s, ", f->type);
		www_say(t, TN("%lu byte", "%lu bytes", f->size),
		    (unsigned long)f->size);
		HTML(&t->html, "</span></li>");
	}
	HTML(&t->html, "</ul>");
}

void
www_excerpt_show(struct www_turn *t, const struct www_analysis *a)
{
	struct buf b = { .limit = 1u << 20 };

	HTML(&t->html, "<h3>%s</h3>", T("Its words"));
	if (a->text == NULL) {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("The words of this mail were not kept when it came in. "
		      "The raw mail has them."));
	} else if (a->text[0] == '\0') {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("It has no text."));
	} else {
		www_defang(&b, span_str(a->text));
		if (b.bad) {
			t->html.buf.bad = true;
		} else {
			HTML(&t->html,
			    "<pre class=\"raw words\" tabindex=\"0\">");
			/* a line end behind the tag would be dropped */
			HTML(&t->html, "\n");
			www_html_lines(&t->html, span(b.data, b.len));
			HTML(&t->html, "</pre><p class=\"mut\">%s%s%s</p>",
			    a->text_html ? T("The text of its HTML; links are "
					     "made harmless.")
					 : T("Links are made harmless."),
			    a->text_cut ? " " : "",
			    a->text_cut
				? T("Only its beginning is kept here.")
				: "");
		}
	}
	buf_free(&b);
	attachments(t, a);
}
