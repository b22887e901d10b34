/* ctl_lines.c - rblctl: a file line by line, however large, and how far. */
#include "zone/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/when.h"

#define CHUNK 262144

int
ctl_lines_open(struct ctl_lines *lines, const char *path)
{
	struct stat st;

	*lines = (struct ctl_lines){ .fd = STDIN_FILENO,
		.name = path,
		.started = when_boot(),
		.terminal = isatty(STDERR_FILENO) == 1 };
	lines->shown = lines->started;
	if (strcmp(path, "-") == 0) {
		lines->name = "standard input";
	} else {
		lines->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (lines->fd < 0) {
			return ctl_fail("%s: %m", path);
		}
	}
	if (fstat(lines->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		lines->size = (uint64_t)st.st_size;
		posix_fadvise(lines->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return CTL_DONE;
}

/* More bytes behind those not yet given: 1, 0 none, <0. */
static int
fill(struct ctl_lines *lines)
{
	struct buf *b = &lines->buf;
	size_t keep = b->len - lines->at;
	ssize_t n;

	if (b->cap < CHUNK + ZONE_FORMAT_LINE + 2) {
		char *p = realloc(b->data, CHUNK + ZONE_FORMAT_LINE + 2);

		if (p == NULL) {
			return ERR_NOMEM;
		}
		b->data = p;
		b->cap = CHUNK + ZONE_FORMAT_LINE + 2;
	}
	if (keep > 0 && lines->at > 0) {
		memmove(b->data, b->data + lines->at, keep);
	}
	b->len = keep;
	lines->at = 0;
	do {
		n = read(lines->fd, b->data + keep, b->cap - keep);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return ERR_SYS;
	}
	b->len += (size_t)n;
	lines->taken += (uint64_t)n;
	lines->eof = n == 0;
	return n > 0;
}

/* Pass over the rest of a line that was too long. */
static int
skip(struct ctl_lines *lines)
{
	struct buf *b = &lines->buf;
	const char *end;
	int r;

	while ((end = memchr(b->data + lines->at, '\n', b->len - lines->at)) ==
	    NULL) {
		lines->at = b->len;
		if ((r = fill(lines)) <= 0) {
			return r;
		}
	}
	lines->at = (size_t)(end - b->data) + 1;
	return 0;
}

int
ctl_lines_next(struct ctl_lines *lines, struct span *ret_line)
{
	struct buf *b = &lines->buf;
	const char *end;
	size_t looked = 0, len;
	int r;

	for (;;) {
		len = b->len - lines->at;
		end = len > looked
		    ? memchr(b->data + lines->at + looked, '\n', len - looked)
		    : NULL;
		if (end != NULL || lines->eof || len > ZONE_FORMAT_LINE) {
			break;
		}
		looked = len;
		if ((r = fill(lines)) < 0) {
			return r;
		}
	}
	if (end == NULL && len == 0) {
		return 0;
	}
	*ret_line = span(b->data + lines->at,
	    end != NULL ? (size_t)(end - b->data) - lines->at : len);
	lines->at += ret_line->len + (end != NULL ? 1 : 0);
	if (ret_line->len > ZONE_FORMAT_LINE) {
		ret_line->len = ZONE_FORMAT_LINE + 1;
		if (end == NULL && !lines->eof) {
			/* Its bytes may move now; nobody looks at a line that
			 * is refused for its length. */
			r = skip(lines);
			*ret_line = span(b->data, ZONE_FORMAT_LINE + 1);
			return r < 0 ? r : 1;
		}
	}
	return 1;
}

void
ctl_lines_progress(struct ctl_lines *lines, uint64_t count)
{
	int64_t now, past;

	if (!lines->terminal || (count & 1023) != 0 ||
	    (now = when_boot()) == lines->shown) {
		return;
	}
	lines->shown = now;
	past = now - lines->started;
	fprintf(stderr, "\r%llu lines, %llu a second",
	    (unsigned long long)count,
	    (unsigned long long)count / (unsigned long long)past);
	if (lines->size > 0 && lines->taken > 0) {
		uint64_t left =
		    lines->size > lines->taken ? lines->size - lines->taken : 0;

		fprintf(stderr, ", %llu %%, %llu s to go ",
		    (unsigned long long)(lines->taken * 100 / lines->size),
		    (unsigned long long)(left * (uint64_t)past / lines->taken));
	}
	fprintf(stderr, "\033[K");
}

void
ctl_lines_close(struct ctl_lines *lines)
{
	if (lines->terminal && lines->shown != lines->started) {
		fprintf(stderr, "\r\033[K");
	}
	if (lines->fd > STDIN_FILENO) {
		close(lines->fd);
	}
	lines->fd = -1;
	buf_free(&lines->buf);
}
