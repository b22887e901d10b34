/* serve.c - the loop: connections, children, the thread that writes. */
#include "ingest/serve.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "ingest/commit.h"
#include "ingest/lmtp.h"
#include "ingest/receipt.h"
#include "ingest/serve_priv.h"
#include "ingest/submit.h"
#include "ingest/worker.h"

#define WORKERS_MAX 8
#define BUDGET_LEAST (256u << 20) /* bytes of mail in memory */
#define STOP_WAIT 40              /* seconds for mails in hand */

/* A mail between its final dot and its answer. It belongs to nobody else, so
 * the thread may still hold it when its sender was told to come again. */
struct job {
	struct job *next;
	struct conn *conn; /* NULL: answered, or gone */
	struct buf mail;
	struct arena arena;
	struct ingest_who who;
	struct ingest_result result;
	struct zone_queue_mail ready;
	int64_t deadline;
};

struct list {
	struct job *first, **end;
};

struct conn {
	int fd; /* -1: free */
	struct ingest_lmtp lmtp;
	struct buf in; /* read and not used yet, while a mail is in hand */
	size_t sent;   /* of lmtp.out */
	struct job *job;
	int64_t deadline;
	bool closing, gone;
};

struct serve {
	struct zone_config *config;
	const char *path;
	int listen, signals;
	struct conn conns[INGEST_SERVE_CONNECTIONS];
	unsigned n_conns;
	struct ingest_worker *workers[WORKERS_MAX];
	struct job *parsing[WORKERS_MAX];
	unsigned n_workers;
	struct ingest_commit *commit;
	struct job *batch[INGEST_BATCH];
	struct zone_queue_mail mails[INGEST_BATCH];
	size_t n_batch;
	struct list waiting, ready;
	struct zone_queue *queue;
	bool reopen; /* close the queue when nobody uses it */
	bool stopping;
	int64_t stop_at;
	char host[256];
	struct log_gate gate, full;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- jobs ---------------------------------------------------------------- */

static void
put(struct list *l, struct job *job)
{
	job->next = NULL;
	*l->end = job;
	l->end = &job->next;
}

static struct job *
take(struct list *l)
{
	struct job *job = l->first;

	if (job != NULL) {
		l->first = job->next;
		if (l->first == NULL) {
			l->end = &l->first;
		}
	}
	return job;
}

static void
answer(struct job *job, unsigned code, const char *text)
{
	struct conn *c = job->conn;

	if (c != NULL) {
		ingest_lmtp_answer(&c->lmtp, code, text);
		c->job = NULL;
		c->deadline = now_ms() + INGEST_SERVE_IDLE * 1000;
		job->conn = NULL;
	}
}

static void
job_free(struct job *job)
{
	buf_free(&job->mail);
	arena_free(&job->arena);
	free(job);
}

/* Try again later; the reason is for the log. */
static void
later(struct serve *s, struct job *job, const char *why)
{
	unsigned missed;

	if (log_pass(&s->gate, 5, &missed)) {
		log_event(LOG_FAIL, "not stored, try again: %s missed=%u", why,
		    missed);
	}
	answer(job, 451, "4.3.0 cannot be stored now, try again later");
}

static void
fail(struct serve *s, struct job *job, int err)
{
	later(s, job, err == ERR_SYS ? strerror(errno) : err_str(err));
	job_free(job);
}

/* Those that were told to come again are not kept for ever. */
static void
prune(struct list *l)
{
	struct list kept = { .end = &kept.first };

	for (struct job *job; (job = take(l)) != NULL;) {
		if (job->conn != NULL) {
			put(&kept, job);
		} else {
			job_free(job);
		}
	}
	l->first = kept.first;
	l->end = kept.first != NULL ? kept.end : &l->first;
}

/* ---- the queue ----------------------------------------------------------- */

static int
open_queue(struct serve *s)
{
	struct err_text why = { "" };
	unsigned missed;
	int r = 0;

	if (s->queue == NULL) {
		r = zone_queue_open(s->config->data_dir, ZONE_WRITE,
		    s->config->map_size, &s->queue, &why);
		if (r < 0 && log_pass(&s->full, 1, &missed)) {
			log_event(LOG_FAIL, "%s", why.text);
		}
		if (r == 0) { /* twice: what waits is never removed */
			zone_queue_limit(
			    s->queue, s->config->ingest.retention_size * 2);
		}
	}
	return r;
}

/* Ready to be stored. */
static void
finish_parsing(struct serve *s, struct job *job)
{
	int r = ingest_submit_prepare(s->config, &job->result, &job->who,
	    job->who.raw ? "trap" : "lmtp",
	    job->mail.data != NULL ? job->mail.data : "", job->mail.len,
	    &job->arena, &job->ready);

	if (r < 0) {
		fail(s, job, r);
	} else if (job->conn == NULL) {
		job_free(job); /* it was told to come again */
	} else {
		put(&s->ready, job);
	}
}

static void
begin_commit(struct serve *s)
{
	int r;

	if (s->ready.first == NULL || ingest_commit_busy(s->commit)) {
		return;
	}
	r = open_queue(s);
	if (r < 0) {
		for (struct job *job; (job = take(&s->ready)) != NULL;) {
			fail(s, job, r);
		}
		return;
	}
	s->n_batch = 0;
	while (s->n_batch < INGEST_BATCH && s->ready.first != NULL) {
		struct job *job = take(&s->ready);

		s->mails[s->n_batch] = job->ready;
		s->batch[s->n_batch++] = job;
	}
	ingest_commit_begin(s->commit, s->queue, s->mails, s->n_batch);
}

static void
end_commit(struct serve *s)
{
	if (!ingest_commit_done(s->commit)) {
		return;
	}
	for (size_t i = 0; i < s->n_batch; i++) {
		const struct zone_added *added = &s->mails[i].added;
		struct job *job = s->batch[i];
		char text[64];

		if (s->mails[i].err < 0) {
			fail(s, job, s->mails[i].err);
			continue;
		}
		log_event(LOG_TELL,
		    "%s submission=%llu kind=%s new=%u joined=%u known=%s "
		    "road=%s%s",
		    added->duplicate ? "known already" : "queued",
		    (unsigned long long)added->submission, job->result.kind,
		    added->new_items, added->joined,
		    zone_known_name(job->who.known),
		    job->who.raw ? "trap" : "lmtp",
		    job->conn == NULL ? " late=yes" : "");
		snprintf(text, sizeof(text), "2.0.0 queued as %llu",
		    (unsigned long long)added->submission);
		answer(job, 250, text);
		ingest_receipt_send(s->config, &s->mails[i]);
		job_free(job);
	}
	s->n_batch = 0;
}

/* ---- parsing ------------------------------------------------------------- */

/* Give the mails that wait to children that have none. A child is made only
 * while nobody uses the queue, which must not be open then. */
static void
dispatch(struct serve *s)
{
	for (unsigned i = 0; i < s->n_workers && s->waiting.first != NULL;
	     i++) {
		struct ingest_task task = { .config = s->config, .file = "-" };
		struct job *job;
		int r;

		if (s->parsing[i] != NULL) {
			continue;
		}
		if (!ingest_worker_alive(s->workers[i])) {
			if (ingest_commit_busy(s->commit)) {
				continue;
			}
			zone_queue_close(&s->queue);
		}
		job = take(&s->waiting);
		task.raw = job->who.raw;
		task.submitter = job->who.address;
		task.relays = job->who.relays;
		task.n_relays = job->who.n_relays;
		r = ingest_worker_begin(s->workers[i], &task,
		    job->mail.data != NULL ? job->mail.data : "",
		    job->mail.len);
		if (r < 0) {
			fail(s, job, r);
		} else {
			s->parsing[i] = job;
		}
	}
}

static void
step(struct serve *s, unsigned i)
{
	struct job *job = s->parsing[i];
	int r = ingest_worker_step(s->workers[i], &job->arena, &job->result);

	if (r == 0) {
		return;
	}
	s->parsing[i] = NULL;
	if (r < 0) {
		fail(s, job, r);
	} else {
		finish_parsing(s, job);
	}
}

/* ---- connections --------------------------------------------------------- */

static void
conn_free(struct serve *s, struct conn *c)
{
	if (c->job != NULL) {
		c->job->conn = NULL; /* whoever has it frees it */
		c->job = NULL;
	}
	close(c->fd);
	c->fd = -1;
	ingest_lmtp_fini(&c->lmtp);
	buf_free(&c->in);
	s->n_conns--;
}

/* A whole mail is here. */
static void
new_job(struct serve *s, struct conn *c)
{
	struct ingest_envelope e = { .sender = c->lmtp.sender,
		.recipients = c->lmtp.recipients,
		.n_recipients = c->lmtp.n_recipients };
	struct job *job = calloc(1, sizeof(*job));
	int r;

	if (job == NULL) {
		ingest_lmtp_answer(&c->lmtp, 451, "4.3.0 no memory");
		return;
	}
	job->conn = c;
	c->job = job;
	job->mail = c->lmtp.mail;
	c->lmtp.mail = (struct buf){ 0 };
	job->deadline = now_ms() + INGEST_SERVE_WAIT * 1000;
	r = ingest_who_read(s->config, &e,
	    job->mail.data != NULL ? job->mail.data : "", job->mail.len,
	    &job->arena, &job->who);
	if (r == 0 && ingest_who_asks(&job->who)) {
		r = open_queue(s);
		if (r == 0) {
			r = ingest_who_look(s->queue, &job->arena, &job->who);
		}
	}
	if (r < 0) {
		fail(s, job, r);
	} else {
		put(&s->waiting, job);
	}
}

/* Feed what is there, until a mail is in hand. */
static void
feed(struct serve *s, struct conn *c, const char *data, size_t len)
{
	size_t used = 0, n;

	while (used < len && c->job == NULL && !c->closing) {
		enum ingest_lmtp_event e =
		    ingest_lmtp_feed(&c->lmtp, data + used, len - used, &n);

		used += n;
		if (e == INGEST_LMTP_END) {
			c->closing = true;
		} else if (e == INGEST_LMTP_MAIL) {
			new_job(s, c);
		}
	}
	if (c->job != NULL && data != c->in.data) {
		buf_add(&c->in, data + used, len - used);
	} else if (data == c->in.data) {
		memmove(c->in.data, c->in.data + used, len - used);
		c->in.len = len - used;
	}
}

static size_t
memory_in_use(const struct serve *s)
{
	size_t n = 0;

	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		const struct conn *c = &s->conns[i];

		if (c->fd >= 0) {
			n += c->lmtp.mail.cap + c->in.cap +
			    (c->job != NULL ? c->job->mail.cap : 0);
		}
	}
	return n;
}

static void
receive(struct serve *s, struct conn *c)
{
	static char part[65536];
	uint64_t budget = s->config->ingest.max_message * 4;
	ssize_t n = recv(c->fd, part, sizeof(part), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		c->gone = true;
	} else if (n > 0) {
		c->deadline = now_ms() + INGEST_SERVE_IDLE * 1000;
		feed(s, c, part, (size_t)n);
		budget = budget < BUDGET_LEAST ? BUDGET_LEAST : budget;
		if (c->lmtp.mail.cap > (1u << 20) &&
		    memory_in_use(s) > budget) {
			ingest_lmtp_starve(&c->lmtp);
		}
	}
}

static void
send_out(struct conn *c)
{
	struct buf *out = &c->lmtp.out;

	while (c->sent < out->len) {
		ssize_t n = send(c->fd, out->data + c->sent, out->len - c->sent,
		    MSG_NOSIGNAL);

		if (n >= 0) {
			c->sent += (size_t)n;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			c->gone = true;
			return;
		}
	}
	buf_clear(out);
	c->sent = 0;
}

static void
welcome(struct serve *s)
{
	static const char full[] = "421 4.3.2 too many connections\r\n";
	int fd = accept4(s->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct conn *c = NULL;
	unsigned missed;

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED && log_pass(&s->full, 1, &missed)) {
			log_event(LOG_WARN, "accept: %s", strerror(errno));
		}
		return;
	}
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS && c == NULL; i++) {
		c = s->conns[i].fd < 0 ? &s->conns[i] : NULL;
	}
	if (c == NULL) {
		(void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		close(fd);
		return;
	}
	*c = (struct conn){ .fd = fd,
		.deadline = now_ms() + INGEST_SERVE_IDLE * 1000 };
	ingest_lmtp_init(&c->lmtp, s->host, s->config->ingest.max_message);
	s->n_conns++;
}

/* What has to be done for C apart from its bytes. */
static void
tend(struct serve *s, struct conn *c, int64_t now)
{
	if (c->job != NULL && now >= c->job->deadline) {
		later(s, c->job, "the queue takes too long");
		prune(&s->waiting);
		prune(&s->ready);
	}
	if (c->job == NULL && !c->closing && c->in.len > 0) {
		feed(s, c, c->in.data, c->in.len);
	}
	if (c->job == NULL && !c->closing &&
	    (s->stopping || now >= c->deadline)) {
		buf_str(&c->lmtp.out,
		    s->stopping ? "421 4.3.2 going down\r\n"
				: "421 4.4.2 too slow\r\n");
		c->closing = true;
	}
	send_out(c);
	if (c->gone ||
	    (c->closing && c->job == NULL &&
		(c->lmtp.out.len == 0 || now >= c->deadline))) {
		conn_free(s, c);
	}
}

/* ---- signals ------------------------------------------------------------- */

static void
reload(struct serve *s)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	int r;

	ingest_serve_notify("RELOADING=1");
	r = zone_config_load(s->path, &config, &why);
	if (r == 0) {
		r = ingest_report_init(config, &why);
		if (r < 0) { /* the table of providers is gone */
			zone_config_free(&config);
			(void)!ingest_report_init(s->config, NULL);
		}
	}
	if (r < 0) {
		log_event(LOG_FAIL,
		    "configuration not taken, the old one stays: %s",
		    why.text[0] != '\0' ? why.text : err_str(r));
	} else {
		for (unsigned i = 0; i < s->n_workers; i++) {
			ingest_worker_retire(s->workers[i], config);
		}
		zone_config_free(&s->config);
		s->config = config;
		s->reopen = true;
		log_event(LOG_TELL, "configuration read again");
	}
	ingest_serve_notify("READY=1");
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
			s->stop_at = now_ms() + STOP_WAIT * 1000;
			ingest_serve_notify("STOPPING=1");
		}
	}
}

/* ---- the loop ------------------------------------------------------------ */

struct polled {
	struct pollfd at[3 + WORKERS_MAX + INGEST_SERVE_CONNECTIONS];
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
	want(p, s->stopping ? -1 : s->listen, POLLIN, 60000);
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
		const struct conn *c = &s->conns[i];
		int64_t until = c->job != NULL ? c->job->deadline : c->deadline;
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
	int64_t now = now_ms();
	unsigned conns = 3 + s->n_workers;

	gather(s, &p, now);
	if (poll(p.at, p.n, (int)p.wait) < 0 && errno != EINTR) {
		return;
	}
	if (p.at[1].revents != 0) {
		on_signal(s);
	}
	if (p.at[2].revents != 0) {
		end_commit(s);
	}
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (s->parsing[i] != NULL &&
		    (p.at[3 + i].revents != 0 ||
			ingest_worker_wait(s->workers[i]) == 0)) {
			step(s, i);
		}
	}
	now = now_ms();
	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		struct conn *c = &s->conns[i];

		if (c->fd < 0) {
			continue;
		}
		if ((p.at[conns + i].revents & POLLOUT) == 0 &&
		    p.at[conns + i].revents != 0) {
			receive(s, c);
		}
		tend(s, c, now);
	}
	if (p.at[0].revents != 0) {
		welcome(s);
	}
	if (s->reopen && !ingest_commit_busy(s->commit)) {
		zone_queue_close(&s->queue);
		s->reopen = false;
	}
	dispatch(s);
	begin_commit(s);
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
	s->n_workers = s->n_workers > WORKERS_MAX ? WORKERS_MAX : s->n_workers;
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
	ingest_serve_notify("READY=1");
	while (!s->stopping || (!idle(s) && now_ms() < s->stop_at)) {
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
			conn_free(s, &s->conns[i]);
		}
	}
	zone_queue_close(&s->queue);
	if (s->signals >= 0) {
		close(s->signals);
	}
	free(s);
	return status;
}
