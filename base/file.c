/* file.c - whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
file_read_fd(int fd, size_t limit, struct buf *b)
{
	char chunk[65536];
	size_t got = 0;

	for (;;) {
		size_t want = limit - got + 1; /* one more tells "too long" */
		ssize_t n = read(
		    fd, chunk, want < sizeof(chunk) ? want : sizeof(chunk));

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return ERR_SYS;
		}
		if (n == 0) {
			return 0;
		}
		if ((size_t)n > limit - got) {
			buf_add(b, chunk, limit - got);
			return b->bad ? ERR_NOMEM : ERR_FULL;
		}
		buf_add(b, chunk, (size_t)n);
		if (b->bad) {
			return ERR_NOMEM;
		}
		got += (size_t)n;
	}
}

int
file_read(const char *path, size_t limit, struct buf *b)
{
	int fd, r, saved;

	if (strcmp(path, "-") == 0) {
		return file_read_fd(STDIN_FILENO, limit, b);
	}
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		return ERR_SYS;
	}
	r = file_read_fd(fd, limit, b);
	saved = errno;
	close(fd);
	errno = saved;
	return r;
}

int
file_write_fd(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return ERR_SYS;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".")
				  : strndup(path, (size_t)(slash - path) + 1);
	int fd =
	    dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

int
file_write(const char *path, const void *data, size_t len, unsigned mode)
{
	struct buf tmp = { 0 };
	int fd = -1, r = ERR_SYS, saved;

	buf_fmt(&tmp, "%s.XXXXXX", path);
	if (tmp.bad) {
		buf_free(&tmp);
		return ERR_NOMEM;
	}
	if ((fd = mkostemp(tmp.data, O_CLOEXEC)) < 0) {
		goto out;
	}
	if (file_write_fd(fd, data, len) < 0 || fchmod(fd, mode) != 0 ||
	    fsync(fd) != 0 || rename(tmp.data, path) != 0) {
		saved = errno;
		unlink(tmp.data);
		errno = saved;
		goto out;
	}
	sync_folder(path);
	r = 0;
out:
	saved = errno;
	if (fd >= 0) {
		close(fd);
	}
	buf_free(&tmp);
	errno = saved;
	return r;
}
