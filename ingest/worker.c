/* worker.c - the parent's end of the parser child. */
#include "ingest/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ingest/worker_priv.h"

#if defined(__SANITIZE_ADDRESS__)
#define SLOW 10 /* a sanitizer's build needs more of everything */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOW 10
#endif
#endif
#ifndef SLOW
#define SLOW 1
#endif

struct ingest_worker {
	const struct zone_config *config;
	pid_t pid; /* 0: none */
	int fd;
	unsigned mails;
};

int
ingest_worker_new(
    const struct zone_config *config, struct ingest_worker **ret_worker)
{
	struct ingest_worker *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		return ERR_NOMEM;
	}
	w->config = config;
	w->fd = -1;
	*ret_worker = w;
	return 0;
}

bool
ingest_worker_alive(const struct ingest_worker *w)
{
	return w->pid > 0 && w->mails < INGEST_WORKER_MAILS;
}

/* Kill the child, which changes nothing for one that is dying already, and
 * collect it. *RET_STATUS as of waitpid. */
static void
end_child(struct ingest_worker *w, int *ret_status)
{
	*ret_status = 0;
	if (w->fd >= 0) {
		close(w->fd);
		w->fd = -1;
	}
	if (w->pid > 0) {
		(void)kill(w->pid, SIGKILL);
		while (waitpid(w->pid, ret_status, 0) < 0 && errno == EINTR) {
			;
		}
		w->pid = 0;
	}
}

void
ingest_worker_free(struct ingest_worker **worker)
{
	int status;

	if (*worker != NULL) {
		end_child(*worker, &status);
		free(*worker);
		*worker = NULL;
	}
}

static int
start_child(struct ingest_worker *w)
{
	int fds[2], status;

	end_child(w, &status);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
		return ERR_SYS;
	}
	w->pid = fork();
	if (w->pid < 0) {
		w->pid = 0;
		close(fds[0]);
		close(fds[1]);
		return ERR_SYS;
	}
	if (w->pid == 0) {
		ingest_child_run(fds[1], w->config);
	}
	close(fds[1]);
	w->fd = fds[0];
	w->mails = 0;
	(void)fcntl(w->fd, F_SETFL, O_NONBLOCK);
	return 0;
}

/* The soft CPU limit: what the child has used, and its share for this mail
 * (whole seconds, so at least one more). */
static void
allow_cpu(const struct ingest_worker *w)
{
	struct timespec t = { 0 };
	struct rlimit r;
	clockid_t clock;

	if (clock_getcpuclockid(w->pid, &clock) == 0) {
		(void)clock_gettime(clock, &t);
	}
	if (prlimit(w->pid, RLIMIT_CPU, NULL, &r) == 0) {
		r.rlim_cur = (rlim_t)t.tv_sec + INGEST_WORKER_CPU * SLOW;
		(void)prlimit(w->pid, RLIMIT_CPU, &r, NULL);
	}
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum talk { TALK_DONE, TALK_DEATH, TALK_LATE };

static enum talk
ready(const struct ingest_worker *w, short events, int64_t deadline)
{
	struct pollfd p = { .fd = w->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline - now_ms();
		if (left <= 0) {
			return TALK_LATE;
		}
		n = poll(&p, 1, (int)left);
	} while (n < 0 && errno == EINTR);
	return n == 0 ? TALK_LATE : n < 0 ? TALK_DEATH : TALK_DONE;
}

static enum talk
send_all(
    const struct ingest_worker *w, const void *data, size_t n, int64_t deadline)
{
	const char *p = data;
	enum talk t;

	while (n > 0) {
		ssize_t k = send(w->fd, p, n, MSG_NOSIGNAL);

		if (k >= 0) {
			p += k;
			n -= (size_t)k;
		} else if (errno == EAGAIN) {
			t = ready(w, POLLOUT, deadline);
			if (t != TALK_DONE) {
				return t;
			}
		} else if (errno != EINTR) {
			return TALK_DEATH;
		}
	}
	return TALK_DONE;
}

static enum talk
receive(const struct ingest_worker *w, void *data, size_t n, int64_t deadline)
{
	char *p = data;
	enum talk t;

	while (n > 0) {
		ssize_t k = recv(w->fd, p, n, 0);

		if (k > 0) {
			p += k;
			n -= (size_t)k;
		} else if (k < 0 && errno == EAGAIN) {
			t = ready(w, POLLIN, deadline);
			if (t != TALK_DONE) {
				return t;
			}
		} else if (k == 0 || errno != EINTR) {
			return TALK_DEATH;
		}
	}
	return TALK_DONE;
}

/* One mail there and its answer back, into B. */
static enum talk
talk(const struct ingest_worker *w, const struct ingest_task *task,
    const char *raw, size_t len, int *ret_status, struct buf *b)
{
	int64_t deadline = now_ms() + INGEST_WORKER_WALL * 1000 * SLOW;
	uint8_t head[INGEST_FRAME_HEAD];
	struct writer wr = writer(head, sizeof(head));
	struct reader rd = reader(head, sizeof(head));
	struct buf words = { 0 };
	enum talk t;
	uint64_t n;

	buf_u8(&words, (task->raw ? 1u : 0u) | (task->cut ? 2u : 0u));
	buf_text(&words, task->file, strlen(task->file));
	buf_text(&words, task->submitter != NULL ? task->submitter : "",
	    task->submitter != NULL ? strlen(task->submitter) : 0);
	write_le32(&wr, 1);
	write_le64(&wr, words.len + len);
	t = words.bad ? TALK_DEATH : send_all(w, head, sizeof(head), deadline);
	if (t == TALK_DONE) {
		t = send_all(w, words.data, words.len, deadline);
	}
	buf_free(&words);
	if (t == TALK_DONE) {
		t = send_all(w, raw, len, deadline);
	}
	if (t == TALK_DONE) {
		t = receive(w, head, sizeof(head), deadline);
	}
	if (t != TALK_DONE) {
		return t;
	}
	*ret_status = -(int)read_le32(&rd);
	n = read_le64(&rd);
	if (n > INGEST_ANSWER_MAX) {
		return TALK_DEATH;
	}
	while (n > 0 && t == TALK_DONE) {
		char part[16384];
		size_t k = n < sizeof(part) ? (size_t)n : sizeof(part);

		t = receive(w, part, k, deadline);
		if (t == TALK_DONE) {
			buf_add(b, part, k);
			n -= k;
		}
	}
	return b->bad ? TALK_DEATH : t;
}

/* How the child ended, in words. */
static void
cause(enum talk t, int status, char *out, size_t cap)
{
	if (t == TALK_LATE) {
		snprintf(out, cap,
		    "the parser did not finish within %d seconds: read it by "
		    "hand",
		    INGEST_WORKER_WALL * SLOW);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
		snprintf(out, cap,
		    "the parser used up its processor time: read it by hand");
	} else if (WIFSIGNALED(status)) {
		snprintf(out, cap,
		    "the parser died of it (%s): read it by hand",
		    strsignal(WTERMSIG(status)));
	} else {
		snprintf(out, cap,
		    "the parser gave up on it (status %d): read it by hand",
		    WIFEXITED(status) ? WEXITSTATUS(status) : status);
	}
}

int
ingest_worker_read(struct ingest_worker *w, const struct ingest_task *task,
    const char *raw, size_t len, struct arena *arena, struct ingest_result *ret)
{
	struct buf b = { 0 };
	char why[200];
	int r = 0, status = 0;
	enum talk t;

	if (!ingest_worker_alive(w)) {
		r = start_child(w);
		if (r < 0) {
			return r;
		}
	}
	w->mails++;
	allow_cpu(w);
	t = talk(w, task, raw, len, &status, &b);
	if (t != TALK_DONE) {
		end_child(w, &status);
		cause(t, status, why, sizeof(why));
		r = ingest_result_failed(task->file, why, arena, ret);
	} else if (status < 0) {
		snprintf(
		    why, sizeof(why), "the parser failed: %s", err_str(status));
		r = ingest_result_failed(task->file, why, arena, ret);
	} else {
		r = ingest_result_decode(b.data, b.len, arena, ret);
		if (r == ERR_FORMAT) {
			end_child(w, &status);
			r = ingest_result_failed(task->file,
			    "the parser's answer makes no sense: read it by "
			    "hand",
			    arena, ret);
		}
	}
	buf_free(&b);
	return r;
}
