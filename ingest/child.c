/* child.c - the child's end: one request, one answer, until the parent goes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"
#include "ingest/sandbox.h"
#include "ingest/worker_priv.h"

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

/* Nothing but the socket, as descriptor 3, and ends that lead nowhere. What
 * a library has to say of a mail is a stranger's text: it is not logged. */
static bool
lock_down(int fd, pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0) {
		return false;
	}
#ifndef ADDRESS_SANITIZER /* whose reports are wanted */
	if (dup2(null, STDERR_FILENO) < 0) {
		return false;
	}
#endif
	if ((fd != 3 && dup2(fd, 3) < 0) || close_range(4, ~0u, 0) < 0) {
		return false;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* the parent's decision */
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) {
		return false;
	}
	return ingest_sandbox_enter(INGEST_WORKER_MEMORY) == 0;
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

/* The relays that the submitter has registered. */
static int
read_relays(struct reader *r, struct arena *arena, struct ingest_task *task)
{
	uint32_t n = read_le32(r);
	struct net_prefix *list;
	const uint8_t *bytes;

	if (r->bad || n > INGEST_RELAYS_MAX) {
		return ERR_FORMAT;
	}
	list = arena_alloc(arena, (n + 1) * sizeof(*list));
	for (uint32_t i = 0; list != NULL && i < n; i++) {
		list[i].ip.bits = read_u8(r);
		list[i].plen = read_u8(r);
		bytes = read_span(r, 16);
		if (bytes == NULL ||
		    (list[i].ip.bits != 32 && list[i].ip.bits != 128) ||
		    list[i].plen > list[i].ip.bits) {
			return ERR_FORMAT;
		}
		memcpy(list[i].ip.bytes, bytes, 16);
	}
	task->relays = list;
	task->n_relays = n;
	return list != NULL ? 0 : ERR_NOMEM;
}

/* The request's words come before the mail: flags, file, submitter, relays. */
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
	e = read_relays(&r, &arena, &task);
	if (e < 0) {
		arena_free(&arena);
		return e;
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
ingest_child_run(int fd, pid_t parent, const struct zone_config *config)
{
	struct buf out = { 0 };
	char *data = NULL;
	size_t cap = 0;

	static const char ready = INGEST_CHILD_READY;

	if (!lock_down(fd, parent)) {
		_exit(71); /* no word: the parent tries later */
	}
	fd = 3;
	if (file_write_fd(fd, &ready, 1) < 0) {
		_exit(0);
	}
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
