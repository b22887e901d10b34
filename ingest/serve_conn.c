/* serve_conn.c - the server's connections. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/serve_priv.h"

#define BUDGET_LEAST (256u << 20) /* bytes of mail in memory */
#define SMALL (1u << 20)          /* bytes that each may have besides */
#define ACCEPT_AGAIN 1000         /* ms, without descriptors */
#define CLOSE_WAIT 5000           /* ms for the last words to be read */

int64_t ingest_serve_crowd = INGEST_SERVE_CROWD * 1000;

void
ingest_serve_conn_free(struct serve *s, struct serve_conn *c)
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
new_job(struct serve *s, struct serve_conn *c)
{
	struct ingest_envelope e = { .sender = c->lmtp.sender,
		.recipients = c->lmtp.recipients,
		.n_recipients = c->lmtp.n_recipients };
	struct serve_job *job = calloc(1, sizeof(*job));
	int r;

	if (job == NULL) {
		ingest_lmtp_answer(&c->lmtp, 451, "4.3.0 no memory");
		return;
	}
	job->conn = c;
	c->job = job;
	job->mail = c->lmtp.mail;
	c->lmtp.mail = (struct buf){ 0 };
	s->held += job->mail.cap;
	job->deadline = ingest_serve_now() + INGEST_SERVE_WAIT * 1000;
	r = ingest_who_read(s->config, &e,
	    job->mail.data != NULL ? job->mail.data : "", job->mail.len,
	    &job->arena, &job->who);
	if (r == 0 && ingest_who_asks(&job->who)) {
		r = ingest_serve_open_queue(s);
		if (r == 0) {
			r = ingest_who_look(s->queue, &job->arena, &job->who);
		}
	}
	if (r < 0) {
		ingest_serve_fail(s, job, r);
	} else {
		ingest_serve_put(&s->waiting, job);
	}
}

/* Feed what is there, until a mail is in hand. */
static void
feed(struct serve *s, struct serve_conn *c, const char *data, size_t len)
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
		/* what is behind a gap would be read as something else */
		c->gone = c->gone || c->in.bad;
	} else if (data == c->in.data) {
		memmove(c->in.data, c->in.data + used, len - used);
		c->in.len = len - used;
	}
}

static size_t
memory_in_use(const struct serve *s)
{
	size_t n = s->held;

	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		const struct serve_conn *c = &s->conns[i];

		if (c->fd >= 0) {
			n += c->lmtp.mail.cap + c->in.cap;
		}
	}
	return n;
}

/* The one that has been longest without a whole mail, of those with more than
 * LEAST bytes of one, and long enough to be called slow; NULL: none. */
static struct serve_conn *
slowest(struct serve *s, size_t least)
{
	int64_t before = ingest_serve_now() - ingest_serve_crowd;
	struct serve_conn *found = NULL;

	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		struct serve_conn *c = &s->conns[i];

		if (c->fd >= 0 && c->job == NULL && !c->closing &&
		    c->since <= before && c->lmtp.mail.cap >= least &&
		    (found == NULL || c->since < found->since)) {
			found = c;
		}
	}
	return found;
}

/* There is little memory left: who is slow gives his back, or else C, which
 * asks for it. The small ones are never asked. */
static void
share_memory(struct serve *s, struct serve_conn *c)
{
	uint64_t budget = s->config->ingest.max_message * 4;

	budget = budget < BUDGET_LEAST ? BUDGET_LEAST : budget;
	while (c->lmtp.mail.cap > SMALL && memory_in_use(s) > budget) {
		struct serve_conn *slow = slowest(s, SMALL + 1);

		ingest_lmtp_starve(slow != NULL ? &slow->lmtp : &c->lmtp);
	}
}

static void
hang_up(struct serve_conn *c, const char *line)
{
	buf_str(&c->lmtp.out, line);
	c->closing = true;
}

void
ingest_serve_receive(struct serve *s, struct serve_conn *c)
{
	static char part[65536];
	ssize_t n = recv(c->fd, part, sizeof(part), 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		c->gone = true;
	} else if (n > 0) {
		c->deadline = ingest_serve_now() + INGEST_SERVE_IDLE * 1000;
		feed(s, c, part, (size_t)n);
		share_memory(s, c);
	}
}

static void
send_out(struct serve_conn *c)
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

/* A place for another; who is slow has to leave when there is none. */
static struct serve_conn *
find_place(struct serve *s)
{
	struct serve_conn *c;

	for (unsigned i = 0; i < INGEST_SERVE_CONNECTIONS; i++) {
		if (s->conns[i].fd < 0) {
			return &s->conns[i];
		}
	}
	c = slowest(s, 0);
	if (c != NULL) {
		hang_up(c, "421 4.3.2 too slow, others wait\r\n");
		send_out(c); /* what does not fit is lost */
		ingest_serve_conn_free(s, c);
	}
	return c;
}

void
ingest_serve_welcome(struct serve *s)
{
	static const char full[] = "421 4.3.2 too many connections\r\n";
	int fd = accept4(s->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct serve_conn *c = NULL;
	unsigned missed;
	int64_t now = ingest_serve_now();

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			s->accept_at = now + ACCEPT_AGAIN;
			if (log_pass(&s->full, 1, &missed)) {
				log_event(
				    LOG_WARN, "accept: %s", strerror(errno));
			}
		}
		return;
	}
	c = find_place(s);
	if (c == NULL) {
		(void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		close(fd);
		return;
	}
	*c = (struct serve_conn){ .fd = fd,
		.since = now,
		.deadline = now + INGEST_SERVE_IDLE * 1000 };
	ingest_lmtp_init(&c->lmtp, s->host, s->config->ingest.max_message);
	s->n_conns++;
}

/* What has to be done for C apart from its bytes. */
void
ingest_serve_tend(struct serve *s, struct serve_conn *c, int64_t now)
{
	if (c->job != NULL && now >= c->job->deadline) {
		ingest_serve_later(s, c->job, "the queue takes too long");
		ingest_serve_prune(s, &s->waiting);
		ingest_serve_prune(s, &s->ready);
	}
	if (c->job == NULL && !c->closing && c->in.len > 0) {
		feed(s, c, c->in.data, c->in.len);
	}
	if (c->job == NULL && !c->closing) {
		if (s->stopping) {
			hang_up(c, "421 4.3.2 going down\r\n");
		} else if (now >= c->deadline ||
		    now >= c->since + INGEST_SERVE_SLOW * 1000) {
			hang_up(c, "421 4.4.2 too slow\r\n");
		}
		c->deadline = c->closing && c->deadline > now + CLOSE_WAIT
		    ? now + CLOSE_WAIT
		    : c->deadline;
	}
	send_out(c);
	if (c->gone ||
	    (c->closing && c->job == NULL &&
		(c->lmtp.out.len == 0 || now >= c->deadline))) {
		ingest_serve_conn_free(s, c);
	}
}
