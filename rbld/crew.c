/* crew.c - start, move and stop the threads. */
#include "rbld/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/when.h"

unsigned
rbld_crew_threads(const struct rbld_listen *listen)
{
	return listen->workers + 1 + (listen->control >= 0);
}

static void *
run_thread(void *thread)
{
	const struct rbld_thread *t = thread;
	unsigned workers = t->crew->listen->workers;

	return t->number < workers ? rbld_worker_run(thread)
	    : t->number == workers ? rbld_tcp_run(thread)
				   : rbld_control_run(thread);
}

/* All threads' tallies have one seed, since they are read as one. */
static int
make_tallies(struct rbld_crew *crew)
{
	uint64_t seed[2];

	secret_random(seed, sizeof(seed));
	for (unsigned i = 0; i < crew->n_threads; i++) {
		crew->stats[i].tally = rbld_tally_new(seed);
		if (crew->stats[i].tally == NULL) {
			return ERR_NOMEM;
		}
	}
	return 0;
}

static void
wake_all(struct rbld_crew *crew)
{
	for (unsigned i = 0; i < crew->n_started; i++) {
		eventfd_write(crew->threads[i].wake, 1);
	}
}

int
rbld_crew_start(const struct rbld_listen *listen,
    const struct rbld_world *world, unsigned restarts,
    struct rbld_crew **ret_crew)
{
	unsigned n = rbld_crew_threads(listen);
	struct rbld_crew *crew = calloc(1, sizeof(*crew));
	int r = ERR_NOMEM;

	if (crew == NULL) {
		goto out;
	}
	crew->listen = listen;
	crew->world = world;
	crew->n_threads = n;
	sem_init(&crew->moved, 0, 0);
	crew->threads = calloc(n, sizeof(*crew->threads));
	crew->stats = aligned_alloc(
	    _Alignof(struct rbld_stats), n * sizeof(*crew->stats));
	if (crew->threads == NULL || crew->stats == NULL) {
		goto out;
	}
	memset(crew->stats, 0, n * sizeof(*crew->stats));
	crew->life.started = when_now();
	crew->life.restarts = restarts;
	if (make_tallies(crew) < 0) {
		goto out;
	}
	for (unsigned i = 0; i < n; i++) {
		struct rbld_thread *t = &crew->threads[i];

		*t = (struct rbld_thread){
			.crew = crew, .number = i, .stats = &crew->stats[i]
		};
		t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (t->wake < 0) {
			r = ERR_SYS;
			goto out;
		}
		errno = pthread_create(&t->id, NULL, run_thread, t);
		if (errno != 0) {
			close(t->wake);
			r = ERR_SYS;
			goto out;
		}
		crew->n_started++;
	}
	for (unsigned i = 0; i < n; i++) {
		while (sem_wait(&crew->moved) != 0) {
		}
	}
	r = 0;
	for (unsigned i = 0; i < n; i++) {
		if (crew->threads[i].failed) {
			r = ERR_SYS;
		}
	}
	if (r == 0) {
		*ret_crew = crew;
		return 0;
	}
out:
	rbld_crew_stop(&crew);
	return r;
}

void
rbld_crew_move(struct rbld_crew *crew, const struct rbld_world *world)
{
	atomic_store_explicit(&crew->world, world, memory_order_release);
	wake_all(crew);
	for (unsigned i = 0; i < crew->n_started; i++) {
		while (sem_wait(&crew->moved) != 0) {
		}
	}
}

bool
rbld_crew_attend(struct rbld_thread *thread)
{
	struct rbld_crew *crew = thread->crew;
	const struct rbld_world *world;
	eventfd_t n;

	(void)eventfd_read(thread->wake, &n);
	if (atomic_load_explicit(&crew->stop, memory_order_acquire)) {
		return false;
	}
	world = atomic_load_explicit(&crew->world, memory_order_acquire);
	if (world != thread->world) {
		thread->world = world;
		sem_post(&crew->moved);
	}
	return true;
}

void
rbld_crew_fail(struct rbld_thread *thread)
{
	thread->failed = true;
	sem_post(&thread->crew->moved);
}

void
rbld_crew_stop(struct rbld_crew **crew)
{
	struct rbld_crew *c = *crew;

	if (c == NULL) {
		return;
	}
	atomic_store_explicit(&c->stop, true, memory_order_release);
	wake_all(c);
	for (unsigned i = 0; i < c->n_started; i++) {
		pthread_join(c->threads[i].id, NULL);
		close(c->threads[i].wake);
	}
	for (unsigned i = 0; c->stats != NULL && i < c->n_threads; i++) {
		rbld_tally_free(&c->stats[i].tally);
	}
	sem_destroy(&c->moved);
	free(c->threads);
	free(c->stats);
	free(c);
	*crew = NULL;
}

int64_t
rbld_crew_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}
