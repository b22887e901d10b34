/* crew.h - the threads, and how they get something else to serve.
 *
 * Each worker answers UDP on sockets of its own; one more thread has all TCP
 * connections, and one tells the counters to who asks (control.h). What they
 * serve is a world: prepared by the main thread, never changed while it is
 * served, and replaced between two batches. The main thread frees a world only
 * when every thread has left it.
 */
#pragma once

#include <pthread.h>
#include <semaphore.h>

#include "rbld/handle.h"
#include "rbld/listen.h"
#include "rbld/tally.h"

struct rbld_world {
	const struct rbld_apex *apex;
	const struct rbld_ledger *ledger; /* NULL: zones are not counted */
	struct rbld_look *looks;          /* of each thread */
	unsigned n_looks;
	size_t udp_size;              /* octets of a reply by UDP */
	unsigned tcp_limit;           /* connections */
	unsigned tcp_timeout;         /* seconds */
	const struct rbld_self *self; /* NULL: as in struct rbld_from */
	struct rbld_rate rate;        /* no table: there is no limit */
};

struct rbld_crew;

/* What is to be told of the process itself. */
struct rbld_life {
	int64_t started;          /* seconds since 1970 */
	unsigned restarts;        /* of the serving process before this one */
	_Atomic uint64_t reloads; /* of the configuration, by SIGHUP */
	_Atomic uint64_t refused; /* those that were wrong */
	_Atomic uint64_t notify_sent, notify_answered, notify_given_up;
};

struct rbld_thread {
	struct rbld_crew *crew;
	unsigned number;
	int wake; /* an eventfd: look at the crew */
	pthread_t id;
	const struct rbld_world *world; /* the thread's own */
	struct rbld_stats *stats;
	bool failed; /* could not begin */
};

struct rbld_crew {
	const struct rbld_listen *listen;
	unsigned n_threads; /* workers, TCP, and what tells the counters */
	unsigned n_started;
	struct rbld_thread *threads;
	struct rbld_stats *stats; /* of each thread */
	struct rbld_life life;
	_Atomic(const struct rbld_world *) world;
	_Atomic bool stop;
	sem_t moved; /* posted by each thread when it has a new world */
};

/* Threads that a crew on LISTEN has: so many looks does a world need. */
unsigned rbld_crew_threads(const struct rbld_listen *listen);

/* Start to serve WORLD, after RESTARTS processes that did before: its counters
 * can be asked for at once. ERR_SYS, ERR_NOMEM. Signals are to be blocked. */
MUST_CHECK int rbld_crew_start(const struct rbld_listen *listen,
    const struct rbld_world *world, unsigned restarts,
    struct rbld_crew **ret_crew);
/* Have all serve WORLD; returns when none uses the one before. */
void rbld_crew_move(struct rbld_crew *crew, const struct rbld_world *world);
/* End after the batches in hand. NULL-safe. */
void rbld_crew_stop(struct rbld_crew **crew);

/* For the threads: false when it is time to end. Call when WAKE is readable
 * and before the first batch. */
bool rbld_crew_attend(struct rbld_thread *thread);
/* Instead of the first attend: the thread cannot begin and ends. */
void rbld_crew_fail(struct rbld_thread *thread);

/* What the threads run. */
void *rbld_worker_run(void *thread);
void *rbld_tcp_run(void *thread);
void *rbld_control_run(void *thread);

/* Seconds that only count up; for timeouts. */
int64_t rbld_crew_clock(void);
