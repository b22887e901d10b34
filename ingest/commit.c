/* commit.c - the thread that writes. */
#include "ingest/commit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct ingest_commit {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd;     /* readable: done */
	bool given; /* a batch is the thread's */
	bool done;  /* and it is finished */
	bool stop;
	bool begun; /* for the loop: between begin and done */
	struct zone_queue *queue;
	struct zone_queue_mail *mails;
	size_t n;
};

static void *
run(void *ctx)
{
	struct ingest_commit *c = ctx;
	static const uint64_t one = 1;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (!c->stop && (!c->given || c->done)) {
			pthread_cond_wait(&c->changed, &c->lock);
		}
		if (!c->given || c->done) {
			break;
		}
		pthread_mutex_unlock(&c->lock);
		zone_queue_add_many(c->queue, c->mails, c->n);
		pthread_mutex_lock(&c->lock);
		c->done = true;
		pthread_cond_broadcast(&c->changed);
		(void)!write(c->fd, &one, sizeof(one));
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int
ingest_commit_start(struct ingest_commit **ret)
{
	struct ingest_commit *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL) {
		return ERR_NOMEM;
	}
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd < 0) {
		free(c);
		return ERR_SYS;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	r = pthread_create(&c->thread, NULL, run, c);
	if (r != 0) {
		close(c->fd);
		free(c);
		errno = r;
		return ERR_SYS;
	}
	*ret = c;
	return 0;
}

void
ingest_commit_stop(struct ingest_commit **commit, int seconds)
{
	struct ingest_commit *c = *commit;
	struct timespec until;
	bool stuck = false;

	if (c == NULL) {
		return;
	}
	*commit = NULL;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_broadcast(&c->changed);
	while (c->given && !c->done && !stuck) {
		stuck = pthread_cond_timedwait(&c->changed, &c->lock, &until) ==
		    ETIMEDOUT;
	}
	pthread_mutex_unlock(&c->lock);
	if (stuck) { /* it may still write to what is there */
		pthread_detach(c->thread);
		return;
	}
	pthread_join(c->thread, NULL);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	close(c->fd);
	free(c);
}

int
ingest_commit_fd(const struct ingest_commit *c)
{
	return c->fd;
}

bool
ingest_commit_busy(const struct ingest_commit *c)
{
	return c->begun;
}

void
ingest_commit_begin(struct ingest_commit *c, struct zone_queue *queue,
    struct zone_queue_mail *mails, size_t n)
{
	pthread_mutex_lock(&c->lock);
	c->queue = queue;
	c->mails = mails;
	c->n = n;
	c->given = true;
	c->done = false;
	c->begun = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

bool
ingest_commit_done(struct ingest_commit *c)
{
	uint64_t n;
	bool done;

	(void)!read(c->fd, &n, sizeof(n));
	pthread_mutex_lock(&c->lock);
	done = c->given && c->done;
	if (done) {
		c->given = false;
		c->begun = false;
	}
	pthread_mutex_unlock(&c->lock);
	return done;
}
