/* serve_priv.h - what the files of the server share.
 *
 *	serve.c        the loop, signals, beginning and end
 *	serve_conn.c   connections: bytes in, bytes out, who has to leave
 *	serve_job.c    mails: a parser child, the thread that writes, the answer
 *
 * All of it runs in one thread but what commit.h says; nothing here waits.
 */
#pragma once

#include "base/log.h"
#include "ingest/commit.h"
#include "ingest/lmtp.h"
#include "ingest/serve.h"
#include "ingest/submit.h"
#include "ingest/worker.h"

#define SERVE_WORKERS_MAX 8

/* A mail between its final dot and its answer. It belongs to nobody else, so
 * the thread may still hold it when its sender was told to come again. */
struct serve_job {
	struct serve_job *next;
	struct serve_conn *conn; /* NULL: answered, or gone */
	struct buf mail;
	struct arena arena;
	struct ingest_who who;
	struct ingest_result result;
	struct zone_queue_mail ready;
	int64_t deadline;
};

struct serve_list {
	struct serve_job *first, **end;
};

struct serve_conn {
	int fd; /* -1: free */
	struct ingest_lmtp lmtp;
	struct buf in; /* read and not used yet, while a mail is in hand */
	size_t sent;   /* of lmtp.out */
	struct serve_job *job;
	int64_t deadline;
	int64_t since; /* the last whole mail, or the beginning */
	bool closing, gone;
};

struct serve {
	struct zone_config *config;
	const char *path;
	int listen, signals;
	struct serve_conn conns[INGEST_SERVE_CONNECTIONS];
	unsigned n_conns;
	size_t held;       /* bytes of mails that are jobs, answered or not */
	int64_t accept_at; /* not before: there were no descriptors */
	struct ingest_worker *workers[SERVE_WORKERS_MAX];
	struct serve_job *parsing[SERVE_WORKERS_MAX];
	unsigned n_workers;
	struct ingest_commit *commit;
	struct serve_job *batch[INGEST_BATCH];
	struct zone_queue_mail mails[INGEST_BATCH];
	size_t n_batch;
	struct serve_list waiting, ready;
	struct zone_queue *queue;
	bool reopen; /* close the queue when nobody uses it */
	bool stopping;
	int64_t stop_at;
	char host[256];
	struct log_gate gate, full;
};

/* Milliseconds of the monotonic clock. */
int64_t ingest_serve_now(void);

/* Jobs. JOB is a conn's until it is answered, and in one list at most. */
void ingest_serve_put(struct serve_list *list, struct serve_job *job);
/* "451, try again": the job lives on without its conn. WHY is for the log. */
void ingest_serve_later(
    struct serve *serve, struct serve_job *job, const char *why);
/* The same because of ERR, and the job is freed. */
void ingest_serve_fail(struct serve *serve, struct serve_job *job, int err);
/* Free what waits in LIST and was told to come again. */
void ingest_serve_prune(struct serve *serve, struct serve_list *list);
/* Open the queue if it is not. Errors as of zone_queue_open. */
MUST_CHECK int ingest_serve_open_queue(struct serve *serve);
/* Give the mails that wait to children that have none. */
void ingest_serve_dispatch(struct serve *serve);
/* Child I can be read, written, or is late. */
void ingest_serve_step(struct serve *serve, unsigned i);
/* Hand what is ready to the thread; take back what it has stored. */
void ingest_serve_begin_commit(struct serve *serve);
void ingest_serve_end_commit(struct serve *serve);

/* INGEST_SERVE_CROWD in ms; tests have less patience. */
extern int64_t ingest_serve_crowd;

/* Connections. The loop welcomes only when accept_at has come. */
void ingest_serve_welcome(struct serve *serve);
void ingest_serve_receive(struct serve *serve, struct serve_conn *conn);
/* What has to be done for CONN apart from its bytes; it may be freed. */
void ingest_serve_tend(
    struct serve *serve, struct serve_conn *conn, int64_t now);
void ingest_serve_conn_free(struct serve *serve, struct serve_conn *conn);
