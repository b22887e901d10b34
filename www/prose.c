/* prose.c - the operator's plain text. */
#include "www/prose.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

/* Controls but for line ends, and what turns text around. */
static bool
unfit(const char *s, size_t n)
{
	static const char *const turning[] = { "\xe2\x80\xaa", "\xe2\x80\xab",
		"\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa6",
		"\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\x8e", "\xe2\x80\x8f",
		"\xef\xbb\xbf" };
	unsigned char c = (unsigned char)s[0];

	if (n == 1) {
		return (c < 0x20 && c != '\n') || c == 0x7f;
	}
	if (n == 2) {
		return c == 0xc2 && (unsigned char)s[1] < 0xa0; /* C1 */
	}
	for (size_t i = 0; n == 3 && i < sizeof(turning) / sizeof(*turning);
	     i++) {
		if (memcmp(s, turning[i], 3) == 0) {
			return true;
		}
	}
	return false;
}

int
www_prose_read(const char *path, size_t limit, struct buf *b)
{
	struct buf raw = { 0 }, text = { 0 };
	struct stat st;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		return ERR_SYS;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		errno = errno != 0 ? errno : EINVAL;
		r = ERR_SYS;
	}
	r = r == 0 ? file_read_fd(fd, limit, &raw) : r;
	close(fd);
	if (r == 0 && raw.len > 0) {
		text_to_utf8(&text, raw.data, raw.len);
	}
	for (size_t i = 0, n; r == 0 && i < text.len; i += n) {
		n = text_utf8(text.data + i, text.len - i);
		n = n > 0 ? n : 1;
		if (text.data[i] == '\t') {
			buf_u8(b, ' ');
		} else if (!unfit(text.data + i, n)) {
			buf_add(b, text.data + i, n);
		}
	}
	if (r == 0 && (text.bad || b->bad)) {
		r = ERR_NOMEM;
	}
	buf_free(&raw);
	buf_free(&text);
	return r;
}

/* What is open in the page. */
enum open { NOTHING, PARAGRAPH, LIST };

static enum open
turn_to(struct www_turn *t, enum open is, enum open want)
{
	if (is == want) {
		return is;
	}
	if (is == PARAGRAPH) {
		HTML(&t->html, "</p>\n");
	} else if (is == LIST) {
		HTML(&t->html, "</li></ul>\n");
	}
	if (want == PARAGRAPH) {
		HTML(&t->html, "<p>");
	} else if (want == LIST) {
		HTML(&t->html, "<ul class=\"dots\"><li>");
	}
	return want;
}

static void
heading(struct www_turn *t, struct span line, bool small, bool lower)
{
	line = span_trim(
	    span(line.at + (small ? 3 : 2), line.len - (small ? 3 : 2)));
	if (small && lower) {
		HTML(&t->html, "<h4>%.*s</h4>\n", (int)line.len, line.at);
	} else if (small || lower) {
		HTML(&t->html, "<h3>%.*s</h3>\n", (int)line.len, line.at);
	} else {
		HTML(&t->html, "<h2>%.*s</h2>\n", (int)line.len, line.at);
	}
}

void
www_prose_put(struct www_turn *t, struct span text, bool lower)
{
	enum open is = NOTHING;

	while (text.len > 0) {
		const char *lf = memchr(text.at, '\n', text.len);
		size_t n = lf != NULL ? (size_t)(lf - text.at) : text.len;
		struct span line = span(text.at, n);
		bool small = span_starts(line, "## ");
		enum open before = is;

		n += lf != NULL;
		text = span(text.at + n, text.len - n);
		if (span_trim(line).len == 0) {
			is = turn_to(t, is, NOTHING);
		} else if (small || span_starts(line, "# ")) {
			is = turn_to(t, is, NOTHING);
			heading(t, line, small, lower);
		} else if (span_starts(line, "- ")) {
			is = turn_to(t, is, LIST);
			if (before == LIST) {
				HTML(&t->html, "</li><li>");
			}
			line = span_trim(span(line.at + 2, line.len - 2));
			HTML(&t->html, "%.*s", (int)line.len, line.at);
		} else {
			line = span_trim(line);
			if (is == NOTHING) {
				is = turn_to(t, is, PARAGRAPH);
				HTML(&t->html, "%.*s", (int)line.len, line.at);
			} else { /* goes on, in an item too */
				HTML(&t->html, " %.*s", (int)line.len, line.at);
			}
		}
	}
	(void)turn_to(t, is, NOTHING);
}
