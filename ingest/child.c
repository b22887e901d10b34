/* child.c - the child's end: one request, one answer, until the parent goes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "ingest/worker_priv.h"

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

static void
limit(int what, rlim_t soft)
{
	struct rlimit r = { .rlim_cur = soft, .rlim_max = soft };
	struct rlimit old;

	if (getrlimit((__rlimit_resource_t)what, &old) == 0 &&
	    old.rlim_max < soft) {
		r.rlim_cur = r.rlim_max = old.rlim_max;
	}
	(void)setrlimit((__rlimit_resource_t)what, &r);
}

/* Address space that the process has now, in bytes. */
static size_t
size_now(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL) {
		if (fscanf(f, "%lu", &pages) != 1) {
			pages = 0;
		}
		fclose(f);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void
lock_down(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
	}
	if (fd != 3) {
		(void)dup2(fd, 3);
	}
	(void)close_range(4, ~0u, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* the parent's decision */
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_STACK, 8u << 20);
#ifndef ADDRESS_SANITIZER /* which reserves terabytes */
	limit(RLIMIT_AS, size_now() + INGEST_WORKER_MEMORY);
#else
	(void)size_now;
#endif
}

/* Exactly N bytes; false: the parent is gone. */
static bool
read_all(int fd, void *data, size_t n)
{
	char *p = data;

	while (n > 0) {
		ssize_t k = read(fd, p, n);

		if (k <= 0) {
			if (k < 0 && errno == EINTR) {
				continue;
			}
			return false;
		}
		p += k;
		n -= (size_t)k;
	}
	return true;
}

/* The request's words come before the mail: flags, file, submitter. */
static int
answer(const struct zone_config *config, const char *data, size_t len,
    struct buf *out)
{
	struct arena arena = { .limit = INGEST_WORKER_MEMORY };
	struct reader r = reader(data, len);
	struct ingest_task task = { .config = config };
	struct ingest_report report;
	const char *file, *submitter;
	size_t n_file, n_submitter, left;
	uint8_t flags;
	int e;

	flags = read_u8(&r);
	task.raw = (flags & 1) != 0;
	task.cut = (flags & 2) != 0;
	file = read_text(&r, &n_file);
	submitter = read_text(&r, &n_submitter);
	if (r.bad) {
		return ERR_FORMAT;
	}
	task.file = arena_copy(&arena, file, n_file);
	task.submitter =
	    n_submitter > 0 ? arena_copy(&arena, submitter, n_submitter) : NULL;
	left = read_left(&r);
	e = task.file == NULL ? ERR_NOMEM
			      : ingest_report_make(&task, (const char *)r.at,
				    left, &arena, &report);
	if (e == 0) {
		e = ingest_result_encode(&report, out);
	}
	arena_free(&arena);
	return e;
}

void
ingest_child_run(int fd, const struct zone_config *config)
{
	struct buf out = { 0 };
	char *data = NULL;
	size_t cap = 0;

	lock_down(fd);
	fd = 3;
	for (;;) {
		uint8_t head[INGEST_FRAME_HEAD];
		struct reader r = reader(head, sizeof(head));
		struct writer w = writer(head, sizeof(head));
		uint64_t len;
		int status = 0;

		if (!read_all(fd, head, sizeof(head))) {
			_exit(0);
		}
		(void)read_le32(&r);
		len = read_le64(&r);
		if (len > cap) {
			free(data);
			data = malloc(len);
			cap = data != NULL ? len : 0;
			if (data == NULL) {
				_exit(9); /* the parent sees a death */
			}
		}
		if (!read_all(fd, data, len)) {
			_exit(0);
		}
		buf_clear(&out);
		status = answer(config, data, len, &out);
		if (status < 0) {
			buf_clear(&out);
		}
		write_le32(&w, (uint32_t)-status);
		write_le64(&w, out.len);
		if (file_write_fd(fd, head, sizeof(head)) < 0 ||
		    file_write_fd(fd, out.data, out.len) < 0) {
			_exit(0);
		}
		if (cap > (4u << 20)) {
			free(data);
			data = NULL;
			cap = 0;
			buf_free(&out);
		}
	}
}
