/* clients.c - connections that take too long. */
#include "www/clients.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct www_client {
	int fd;
	struct timespec due; /* CLOCK_MONOTONIC */
	bool hung_up;
	struct www_client *next, *prev;
};

struct www_clients {
	pthread_t reaper;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t stop_now;
	bool stop;
	unsigned n;
	struct www_client *first;
};

static struct timespec
in_seconds(unsigned seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += seconds;
	return t;
}

static bool
later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec > b->tv_nsec;
}

/* Once a second. The descriptor is ours while it is in the list, since who
 * closes it takes it out first. */
static void *
reap(void *ctx)
{
	struct www_clients *s = ctx;

	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		struct timespec now = in_seconds(0), next = in_seconds(1);

		for (struct www_client *c = s->first; c != NULL; c = c->next) {
			if (!c->hung_up && later(&now, &c->due)) {
				(void)shutdown(c->fd, SHUT_RDWR);
				c->hung_up = true;
			}
		}
		while (!s->stop &&
		    pthread_cond_timedwait(&s->stop_now, &s->lock, &next) !=
			ETIMEDOUT) {
		}
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int
www_clients_new(struct www_clients **ret)
{
	struct www_clients *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (s == NULL) {
		return ERR_NOMEM;
	}
	if (pthread_mutex_init(&s->lock, NULL) != 0 ||
	    pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&s->stop_now, &attr) != 0) {
		free(s);
		return ERR_NOMEM;
	}
	pthread_condattr_destroy(&attr);
	if (pthread_create(&s->reaper, NULL, reap, s) != 0) {
		pthread_cond_destroy(&s->stop_now);
		pthread_mutex_destroy(&s->lock);
		free(s);
		return ERR_SYS;
	}
	*ret = s;
	return 0;
}

void
www_clients_free(struct www_clients **clients)
{
	struct www_clients *s = *clients;

	if (s == NULL) {
		return;
	}
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->stop_now);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->reaper, NULL);
	while (s->first != NULL) {
		struct www_client *c = s->first;

		s->first = c->next;
		free(c);
	}
	pthread_cond_destroy(&s->stop_now);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*clients = NULL;
}

struct www_client *
www_client_came(struct www_clients *s, int fd, unsigned seconds)
{
	struct www_client *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return NULL;
	}
	c->fd = fd;
	c->due = in_seconds(seconds);
	pthread_mutex_lock(&s->lock);
	c->next = s->first;
	if (c->next != NULL) {
		c->next->prev = c;
	}
	s->first = c;
	s->n++;
	pthread_mutex_unlock(&s->lock);
	return c;
}

void
www_client_due(
    struct www_clients *s, struct www_client *c, unsigned seconds)
{
	if (c != NULL) {
		pthread_mutex_lock(&s->lock);
		c->due = in_seconds(seconds);
		pthread_mutex_unlock(&s->lock);
	}
}

void
www_client_went(struct www_clients *s, struct www_client *c)
{
	if (c == NULL) {
		return;
	}
	pthread_mutex_lock(&s->lock);
	if (c->prev != NULL) {
		c->prev->next = c->next;
	} else {
		s->first = c->next;
	}
	if (c->next != NULL) {
		c->next->prev = c->prev;
	}
	s->n--;
	pthread_mutex_unlock(&s->lock);
	free(c);
}

unsigned
www_clients_count(struct www_clients *s)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}
