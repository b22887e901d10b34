/* serve.c - the server's loop, its signals, its beginning and end. */
#include "ingest/serve.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "ingest/serve_priv.h"
#include "ingest/stay.h"

#define STOP_WAIT 40 /* seconds for mails in hand */

/* ---- signals ------------------------------------------------------------- */

static void
reload(struct serve *s)
{
	struct zone_config *old = NULL;

	if (ingest_stay_reload(s->path, &s->config, &old) == 0) {
		for (unsigned i = 0; i < s->n_workers; i++) {
			ingest_worker_retire(s->workers[i], s->config);
		}
		zone_config_free(&old);
		s->reopen = true;
	}
}

static void
on_signal(struct serve *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			reload(s);
		} else if (!s->stopping) {
			s->stopping = true;
			s->stop_at = ingest_serve_now() + STOP_WAIT * 1000;
			ingest_stay_notify("STOPPING=1");
		}
	}
}

/* ---- the loop ------------------------------------------------------------ */

struct polled {
	struct pollfd at[3 + SERVE_WORKERS_MAX + INGEST_SERVE_CONNECTIONS];
	nfds_t n;
	int64_t wait; /* ms */
};

static void
want(struct polled *p, int fd, short events, int64_t wait)
{
	p->at[p->n++] = (struct pollfd){ .fd = fd, .events = events };
	p->wait = wait < p->wait ? wait : p->wait;
}

/* The order of what is polled: listen, signals, commit, children, conns. */
static void
gather(struct serve *s, struct polled *p, int64_t now)
{
	*p = (struct polled){ .wait = 60000 };
	want(p, s->stopping || now < s->accept_at ? -1 : s->listen, POLLIN,
	    now < s->accept_at ? s->accept_at - now : 60000);
	want(p, s->signals, POLLIN, s->stopping ? 100 : 60000);
	want(p, ingest_commit_fd(s->commit), POLLIN, 60000);
	for (unsigned i = 0; i < s->n_workers; i++) {
		short events = 0;
		int fd = ingest_worker_fd(s->workers[i], &events);

		want(p, s->parsing[i] != NULL ? fd : -1, events,
		    s->parsing[i] != NULL ? ingest_worker_wait(s->workers[i])
					  : 60000);
	}
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		const struct serve_conn *c = &s->conns[i];
		int64_t slow = c->since + INGEST_SERVE_SLOW * 1000;
		int64_t until = c->job != NULL         ? c->job->deadline
		    : c->closing || c->deadline < slow ? c->deadline
						       : slow;
		short events = 0;

		if (c->fd >= 0) {
			events = c->lmtp.out.len > c->sent  ? POLLOUT
			    : c->job == NULL && !c->closing ? POLLIN
							    : 0;
		}
		/* with a mail in hand nothing is asked of it, or its end
		 * would wake us for nothing */
		want(p, c->fd >= 0 && events != 0 ? c->fd : -1, events,
		    c->fd >= 0 ? (until > now ? until - now : 0) : 60000);
	}
}

static void
turn(struct serve *s)
{
	struct polled p;
	int64_t now = ingest_serve_now();
	unsigned conns = 3 + s->n_workers;

	gather(s, &p, now);
	if (poll(p.at, p.n, (int)p.wait) < 0 && errno != EINTR) {
		return;
	}
	if (p.at[1].revents != 0) {
		on_signal(s);
	}
	if (p.at[2].revents != 0) {
		ingest_serve_end_commit(s);
	}
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (s->parsing[i] != NULL &&
		    (p.at[3 + i].revents != 0 ||
			ingest_worker_wait(s->workers[i]) == 0)) {
			ingest_serve_step(s, i);
		}
	}
	now = ingest_serve_now();
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		struct serve_conn *c = &s->conns[i];

		if (c->fd < 0) {
			continue;
		}
		if ((p.at[conns + i].revents & POLLOUT) == 0 &&
		    p.at[conns + i].revents != 0) {
			ingest_serve_receive(s, c);
		}
		ingest_serve_tend(s, c, now);
	}
	if (p.at[0].revents != 0) {
		ingest_serve_welcome(s);
	}
	if (s->reopen && !ingest_commit_busy(s->commit)) {
		zone_queue_close(&s->queue);
		s->reopen = false;
	}
	ingest_serve_dispatch(s);
	ingest_serve_begin_commit(s);
}

static bool
idle(const struct serve *s)
{
	bool parsing = false;

	for (unsigned i = 0; i < s->n_workers; i++) {
		parsing = parsing || s->parsing[i] != NULL;
	}
	return s->n_conns == 0 && !parsing && s->waiting.first == NULL &&
	    s->ready.first == NULL && !ingest_commit_busy(s->commit);
}

static int
begin(struct serve *s)
{
	cpu_set_t cpus;
	sigset_t signals;
	int r = 0;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	s->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0) {
		return ERR_SYS;
	}
	s->n_workers = sched_getaffinity(0, sizeof(cpus), &cpus) == 0
	    ? (unsigned)CPU_COUNT(&cpus)
	    : 1;
	s->n_workers =
	    s->n_workers > SERVE_WORKERS_MAX ? SERVE_WORKERS_MAX : s->n_workers;
	for (unsigned i = 0; i < s->n_workers && r == 0; i++) {
		r = ingest_worker_new(s->config, &s->workers[i]);
	}
	return r < 0 ? r : ingest_commit_start(&s->commit);
}

int
ingest_serve(int fd, const char *path, struct zone_config **config)
{
	struct serve *s = calloc(1, sizeof(*s));
	int r = ERR_NOMEM, status = EX_TEMPFAIL;
	bool left;

	if (s == NULL) {
		goto out;
	}
	s->config = *config;
	s->path = path;
	s->listen = fd;
	s->signals = -1;
	s->waiting.end = &s->waiting.first;
	s->ready.end = &s->ready.first;
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		s->conns[i].fd = -1;
	}
	if (gethostname(s->host, sizeof(s->host) - 1) < 0 ||
	    s->host[0] == '\0') {
		snprintf(s->host, sizeof(s->host), "localhost");
	}
	r = begin(s);
	if (r < 0) {
		goto out;
	}
	log_event(LOG_TELL, "ready");
	ingest_stay_notify("READY=1");
	while (!s->stopping || (!idle(s) && ingest_serve_now() < s->stop_at)) {
		turn(s);
	}
	status = EX_OK;
out:
	if (r < 0) {
		log_event(LOG_FAIL, "cannot serve: %s",
		    r == ERR_SYS ? strerror(errno) : err_str(r));
	}
	if (s == NULL) {
		return status;
	}
	left = s->commit != NULL && ingest_commit_busy(s->commit);
	ingest_commit_stop(&s->commit, 1);
	for (unsigned i = 0; i < s->n_workers; i++) {
		ingest_worker_free(&s->workers[i]);
	}
	*config = s->config;
	if (left) { /* the thread may still write: the end frees it all */
		return status;
	}
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		if (s->conns[i].fd >= 0) {
			ingest_serve_conn_free(s, &s->conns[i]);
		}
	}
	zone_queue_close(&s->queue);
	if (s->signals >= 0) {
		close(s->signals);
	}
	free(s);
	return status;
}
