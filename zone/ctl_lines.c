/* ctl_lines.c - rblctl: a file line by line, however large, and how far. */
#include "zone/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gzip.h"
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

static ssize_t
read_some(struct ctl_lines *lines, void *to, size_t cap)
{
	ssize_t n;

	do {
		n = read(lines->fd, to, cap);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return ERR_SYS;
	}
	lines->taken += (uint64_t)n;
	return n;
}

/* What stands at TO, N bytes, is packed: keep it to be unpacked. */
static int
begin_unpacking(struct ctl_lines *lines, const void *to, size_t n)
{
	lines->packed = malloc(CHUNK);
	if (lines->packed == NULL) {
		return ERR_NOMEM;
	}
	memcpy(lines->packed, to, n);
	lines->packed_len = n;
	return gzip_new(&lines->gzip);
}

/* As read_some, of what is packed. */
static ssize_t
unpack_some(struct ctl_lines *lines, void *to, size_t cap)
{
	size_t done = 0;

	while (done == 0) {
		const uint8_t *in = lines->packed + lines->packed_at;
		bool last = false;
		int r;

		if (lines->packed_len == 0) {
			ssize_t n = read_some(lines, lines->packed, CHUNK);

			if (n < 0) {
				return n;
			}
			in = lines->packed;
			lines->packed_len = (size_t)n;
			last = n == 0;
		}
		r = gzip_step(
		    lines->gzip, &in, &lines->packed_len, last, to, cap, &done);
		lines->packed_at = (size_t)(in - lines->packed);
		if (r < 0) {
			return r;
		}
		if (last && done == 0) {
			break;
		}
	}
	return (ssize_t)done;
}

/* The first N bytes of a file are at TO: are they packed? As read_some. */
static ssize_t
look(struct ctl_lines *lines, char *to, size_t n)
{
	int r;

	if (n == 1) { /* a pipe may give one byte and then another */
		ssize_t more = read_some(lines, to + 1, CHUNK - 1);

		if (more < 0) {
			return more;
		}
		n += (size_t)more;
	}
	if (!gzip_starts(to, n)) {
		return (ssize_t)n;
	}
	r = begin_unpacking(lines, to, n);
	return r < 0 ? r : unpack_some(lines, to, CHUNK);
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
	if (lines->gzip == NULL) {
		n = read_some(lines, b->data + keep, CHUNK);
		if (n > 0 && !lines->looked) {
			lines->looked = true;
			n = look(lines, b->data + keep, (size_t)n);
		}
	} else {
		n = unpack_some(lines, b->data + keep, CHUNK);
	}
	if (n < 0) {
		return (int)n;
	}
	b->len += (size_t)n;
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
	lines->cut = end == NULL;
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

int
ctl_lines_failed(const struct ctl_lines *lines, int err)
{
	if (err == ERR_FORMAT) {
		return ctl_fail("%s: a gzip file that is damaged or cut short",
		    lines->name);
	}
	if (err == ERR_RANGE) {
		return ctl_fail("%s: a gzip file that unpacks to far more than "
				"any list",
		    lines->name);
	}
	return ctl_failed(err, NULL, lines->name);
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
	gzip_free(&lines->gzip);
	free(lines->packed);
	lines->packed = NULL;
	buf_free(&lines->buf);
}
