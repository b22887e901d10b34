/* serve_job.c - a mail of the server: parsed, stored, answered. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/receipt.h"
#include "ingest/serve_priv.h"

/* A batch is packed, and its pages written, in memory: not for much more. */
#define BATCH_BYTES (64u << 20)

int64_t
ingest_serve_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- jobs ---------------------------------------------------------------- */

void
ingest_serve_put(struct serve_list *l, struct serve_job *job)
{
	job->next = NULL;
	*l->end = job;
	l->end = &job->next;
}

static struct serve_job *
take(struct serve_list *l)
{
	struct serve_job *job = l->first;

	if (job != NULL) {
		l->first = job->next;
		if (l->first == NULL) {
			l->end = &l->first;
		}
	}
	return job;
}

static void
answer(struct serve_job *job, unsigned code, const char *text)
{
	struct serve_conn *c = job->conn;

	if (c != NULL) {
		ingest_lmtp_answer(&c->lmtp, code, text);
		c->job = NULL;
		c->since = ingest_serve_now();
		c->deadline = c->since + INGEST_SERVE_IDLE * 1000;
		job->conn = NULL;
	}
}

static void
job_free(struct serve *s, struct serve_job *job)
{
	s->held -= job->mail.cap;
	buf_free(&job->mail);
	arena_free(&job->arena);
	free(job);
}

/* Try again later; the reason is for the log. */
void
ingest_serve_later(struct serve *s, struct serve_job *job, const char *why)
{
	unsigned missed;

	if (log_pass(&s->gate, 5, &missed)) {
		log_event(LOG_FAIL, "not stored, try again: %s missed=%u", why,
		    missed);
	}
	answer(job, 451, "4.3.0 cannot be stored now, try again later");
}

void
ingest_serve_fail(struct serve *s, struct serve_job *job, int err)
{
	ingest_serve_later(
	    s, job, err == ERR_SYS ? strerror(errno) : err_str(err));
	job_free(s, job);
}

/* Those that were told to come again are not kept for ever. */
void
ingest_serve_prune(struct serve *s, struct serve_list *l)
{
	struct serve_list kept = { .end = &kept.first };

	for (struct serve_job *job; (job = take(l)) != NULL;) {
		if (job->conn != NULL) {
			ingest_serve_put(&kept, job);
		} else {
			job_free(s, job);
		}
	}
	l->first = kept.first;
	l->end = kept.first != NULL ? kept.end : &l->first;
}

/* ---- the queue ----------------------------------------------------------- */

int
ingest_serve_open_queue(struct serve *s)
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
finish_parsing(struct serve *s, struct serve_job *job)
{
	int r = ingest_submit_prepare(s->config, &job->result, &job->who,
	    job->who.raw ? "trap" : "lmtp",
	    job->mail.data != NULL ? job->mail.data : "", job->mail.len,
	    &job->arena, &job->ready);

	if (r < 0) {
		ingest_serve_fail(s, job, r);
	} else if (job->conn == NULL) {
		job_free(s, job); /* it was told to come again */
	} else {
		ingest_serve_put(&s->ready, job);
	}
}

void
ingest_serve_begin_commit(struct serve *s)
{
	size_t bytes = 0;
	int r;

	if (s->ready.first == NULL || ingest_commit_busy(s->commit)) {
		return;
	}
	r = ingest_serve_open_queue(s);
	if (r < 0) {
		for (struct serve_job *job; (job = take(&s->ready)) != NULL;) {
			ingest_serve_fail(s, job, r);
		}
		return;
	}
	s->n_batch = 0;
	while (s->n_batch < INGEST_BATCH && s->ready.first != NULL &&
	    bytes < BATCH_BYTES) {
		struct serve_job *job = take(&s->ready);

		bytes += job->mail.len;
		s->mails[s->n_batch] = job->ready;
		s->batch[s->n_batch++] = job;
	}
	ingest_commit_begin(s->commit, s->queue, s->mails, s->n_batch);
}

void
ingest_serve_end_commit(struct serve *s)
{
	if (!ingest_commit_done(s->commit)) {
		return;
	}
	for (size_t i = 0; i < s->n_batch; i++) {
		const struct zone_added *added = &s->mails[i].added;
		struct serve_job *job = s->batch[i];
		char text[64];

		if (s->mails[i].err < 0) {
			ingest_serve_fail(s, job, s->mails[i].err);
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
		snprintf(text, sizeof(text), "2.0.0 queued as %llu%s",
		    (unsigned long long)added->submission,
		    added->duplicate ? ", known already" : "");
		answer(job, 250, text);
		ingest_receipt_send(s->config, &s->mails[i]);
		job_free(s, job);
	}
	s->n_batch = 0;
}

/* ---- parsing ------------------------------------------------------------- */

/* Give the mails that wait to children that have none. A child is made only
 * while nobody uses the queue, which must not be open then. */
void
ingest_serve_dispatch(struct serve *s)
{
	for (unsigned i = 0; i < s->n_workers && s->waiting.first != NULL;
	     i++) {
		struct ingest_task task = { .config = s->config, .file = "-" };
		struct serve_job *job;
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
			ingest_serve_fail(s, job, r);
		} else {
			s->parsing[i] = job;
		}
	}
}

void
ingest_serve_step(struct serve *s, unsigned i)
{
	struct serve_job *job = s->parsing[i];
	int r = ingest_worker_step(s->workers[i], &job->arena, &job->result);

	if (r == 0) {
		return;
	}
	s->parsing[i] = NULL;
	if (r < 0) {
		ingest_serve_fail(s, job, r);
	} else {
		finish_parsing(s, job);
	}
}
