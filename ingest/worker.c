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
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log.h"
#include "ingest/sandbox.h"
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

#define START_WALL 10   /* seconds for a child to begin */
#define KEEP (4u << 20) /* bytes of buffers kept between mails */

enum talk { TALK_MORE, TALK_DONE, TALK_DEATH, TALK_LATE };

struct ingest_worker {
	const struct zone_config *config;
	pid_t pid; /* 0: none */
	int fd;
	unsigned mails;

	/* the mail in hand */
	bool busy;
	int64_t deadline; /* now_ms() */
	const char *file, *raw;
	size_t raw_len;
	struct buf request; /* what goes before RAW */
	size_t sent;        /* of both */
	struct buf answer;  /* its head, then the rest */
	size_t expect;      /* bytes of it in all; a head until that is read */
};

int
ingest_worker_new(
    const struct zone_config *config, struct ingest_worker **ret_worker)
{
	struct ingest_worker *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		return ERR_NOMEM;
	}
	ingest_sandbox_prepare();
	w->config = config;
	w->fd = -1;
	*ret_worker = w;
	return 0;
}

bool
ingest_worker_alive(const struct ingest_worker *w)
{
	return w->pid > 0 && w->mails < INGEST_WORKER_MAILS &&
	    !ingest_report_stale(w->config);
}

void
ingest_worker_retire(struct ingest_worker *w, const struct zone_config *config)
{
	w->config = config;
	w->mails = INGEST_WORKER_MAILS;
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
		buf_free(&(*worker)->request);
		buf_free(&(*worker)->answer);
		free(*worker);
		*worker = NULL;
	}
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* TALK_DONE: something of EVENTS is so. */
static enum talk
wait_for(const struct ingest_worker *w, short events, int64_t deadline)
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

/* The child says that it is confined before it is given anything. */
static int
await_child(struct ingest_worker *w)
{
	int64_t deadline = now_ms() + START_WALL * 1000 * SLOW;
	char ready = 0;
	int status;

	if (wait_for(w, POLLIN, deadline) == TALK_DONE &&
	    recv(w->fd, &ready, 1, 0) == 1 && ready == INGEST_CHILD_READY) {
		return 0;
	}
	end_child(w, &status);
	errno = EPERM;
	return ERR_SYS;
}

static int
start_child(struct ingest_worker *w)
{
	pid_t self = getpid();
	int fds[2], status;

	end_child(w, &status);
	if (ingest_report_stale(w->config)) {
		struct err_text why = { "" };

		if (ingest_report_refresh(w->config, &why) < 0) {
			log_event(LOG_WARN,
			    "%s; the providers stay as they were", why.text);
		}
	}
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
		ingest_child_run(fds[1], self, w->config);
	}
	close(fds[1]);
	w->fd = fds[0];
	w->mails = 0;
	(void)fcntl(w->fd, F_SETFL, O_NONBLOCK);
	return await_child(w);
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

int
ingest_worker_begin(struct ingest_worker *w, const struct ingest_task *task,
    const char *raw, size_t len)
{
	uint8_t head[INGEST_FRAME_HEAD];
	struct writer wr = writer(head, sizeof(head));
	size_t at, n_relays;
	int r = 0;

	if (!ingest_worker_alive(w)) {
		r = start_child(w);
		if (r < 0) {
			return r;
		}
	}
	buf_clear(&w->request);
	buf_add(&w->request, head, sizeof(head)); /* its place */
	at = w->request.len;
	buf_u8(&w->request, (task->raw ? 1u : 0u) | (task->cut ? 2u : 0u));
	buf_text(&w->request, task->file, strlen(task->file));
	buf_text(&w->request, task->submitter != NULL ? task->submitter : "",
	    task->submitter != NULL ? strlen(task->submitter) : 0);
	n_relays = task->n_relays < INGEST_RELAYS_MAX ? task->n_relays
						      : INGEST_RELAYS_MAX;
	buf_le32(&w->request, (uint32_t)n_relays);
	for (size_t i = 0; i < n_relays; i++) {
		const struct net_prefix *p = &task->relays[i];

		buf_u8(&w->request, p->ip.bits);
		buf_u8(&w->request, p->plen);
		buf_add(&w->request, p->ip.bytes, sizeof(p->ip.bytes));
	}
	if (w->request.bad) {
		return ERR_NOMEM;
	}
	write_le32(&wr, 1);
	write_le64(&wr, w->request.len - at + len);
	memcpy(w->request.data, head, sizeof(head));
	w->sent = 0;
	w->file = task->file;
	w->raw = raw;
	w->raw_len = len;
	buf_clear(&w->answer);
	w->expect = INGEST_FRAME_HEAD;
	w->deadline = now_ms() + INGEST_WORKER_WALL * 1000 * SLOW;
	w->mails++;
	w->busy = true;
	allow_cpu(w);
	return 0;
}

static enum talk
send_more(struct ingest_worker *w)
{
	size_t all = w->request.len + w->raw_len;

	while (w->sent < all) {
		bool words = w->sent < w->request.len;
		struct iovec part[2] = {
			{ w->request.data + (words ? w->sent : 0),
			    words ? w->request.len - w->sent : 0 },
			{ (void *)(w->raw +
			      (words ? 0 : w->sent - w->request.len)),
			    words ? w->raw_len : all - w->sent },
		};
		struct msghdr m = { .msg_iov = part, .msg_iovlen = 2 };
		ssize_t k = sendmsg(w->fd, &m, MSG_NOSIGNAL);

		if (k >= 0) {
			w->sent += (size_t)k;
		} else if (errno == EAGAIN) {
			return TALK_MORE;
		} else if (errno != EINTR) {
			return TALK_DEATH;
		}
	}
	return TALK_DONE;
}

static enum talk
receive_more(struct ingest_worker *w)
{
	char part[65536];

	while (w->answer.len < w->expect) {
		size_t want = w->expect - w->answer.len;
		ssize_t k = recv(
		    w->fd, part, want < sizeof(part) ? want : sizeof(part), 0);

		if (k > 0) {
			buf_add(&w->answer, part, (size_t)k);
		} else if (k < 0 && errno == EAGAIN) {
			return TALK_MORE;
		} else if (k == 0 || errno != EINTR) {
			return TALK_DEATH;
		}
		if (w->answer.bad) {
			return TALK_DEATH;
		}
		if (w->answer.len == INGEST_FRAME_HEAD &&
		    w->expect == INGEST_FRAME_HEAD) {
			struct reader r =
			    reader(w->answer.data, INGEST_FRAME_HEAD);
			uint64_t n;

			(void)read_le32(&r);
			n = read_le64(&r);
			if (n > INGEST_ANSWER_MAX) {
				return TALK_DEATH;
			}
			w->expect += (size_t)n;
		}
	}
	return TALK_DONE;
}

int
ingest_worker_fd(const struct ingest_worker *w, short *ret_events)
{
	*ret_events =
	    w->sent < w->request.len + w->raw_len ? POLLOUT | POLLIN : POLLIN;
	return w->busy ? w->fd : -1;
}

int64_t
ingest_worker_wait(const struct ingest_worker *w)
{
	int64_t left = w->deadline - now_ms();

	return !w->busy ? INT64_MAX : left > 0 ? left : 0;
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
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
		snprintf(out, cap,
		    "the parser tried what it must not: read it by hand");
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

/* What the child answered. */
static int
understand(
    struct ingest_worker *w, struct arena *arena, struct ingest_result *ret)
{
	struct reader r = reader(w->answer.data, INGEST_FRAME_HEAD);
	int status = -(int)read_le32(&r), end;
	char why[200];

	if (status < 0) {
		snprintf(
		    why, sizeof(why), "the parser failed: %s", err_str(status));
		return ingest_result_failed(w->file, why, arena, ret);
	}
	status = ingest_result_decode(w->answer.data + INGEST_FRAME_HEAD,
	    w->answer.len - INGEST_FRAME_HEAD, arena, ret);
	if (status == ERR_FORMAT) {
		end_child(w, &end);
		return ingest_result_failed(w->file,
		    "the parser's answer makes no sense: read it by hand",
		    arena, ret);
	}
	return status;
}

int
ingest_worker_step(
    struct ingest_worker *w, struct arena *arena, struct ingest_result *ret)
{
	enum talk t = send_more(w);
	char why[200];
	int status, r;

	if (t == TALK_DONE) {
		t = receive_more(w);
	}
	if (t == TALK_MORE) {
		if (ingest_worker_wait(w) > 0) {
			return 0;
		}
		t = TALK_LATE;
	}
	w->busy = false;
	if (t == TALK_DONE) {
		r = understand(w, arena, ret);
	} else {
		end_child(w, &status);
		cause(t, status, why, sizeof(why));
		r = ingest_result_failed(w->file, why, arena, ret);
	}
	if (w->answer.cap > KEEP) {
		buf_free(&w->answer);
	}
	return r < 0 ? r : 1;
}

int
ingest_worker_read(struct ingest_worker *w, const struct ingest_task *task,
    const char *raw, size_t len, struct arena *arena, struct ingest_result *ret)
{
	int r = ingest_worker_begin(w, task, raw, len);
	short events;

	while (r == 0 && (r = ingest_worker_step(w, arena, ret)) == 0) {
		(void)ingest_worker_fd(w, &events);
		(void)wait_for(w, events, w->deadline);
	}
	return r < 0 ? r : 0;
}
