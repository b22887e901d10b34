/* chain.c - verification, a piece a minute. */
#include "www/chain.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/when.h"

#define TICK_ROWS 20000
#define ANEW 86400 /* seconds after which it begins at the start again */
#define TELL 3600  /* a break is told again after as many seconds */

struct chains {
	struct zone_history_chain history;
	struct zone_queue_chain queue;
};

struct www_chain {
	struct chains at; /* of the tick */
	int64_t begun;    /* boot clock: at the start last */
	int64_t told;     /* boot clock: a break; 0: none */

	pthread_mutex_t lock; /* of all below */
	struct www_chain_state state;
	pthread_t thread;
	bool threaded; /* to be joined */
	struct zone_store *store;
	struct zone_queue *queue;
	atomic_bool stop;
};

int
www_chain_new(struct www_chain **ret_chain)
{
	struct www_chain *c = calloc(1, sizeof(*c));

	if (c == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return ERR_NOMEM;
	}
	*ret_chain = c;
	return 0;
}

void
www_chain_free(struct www_chain **chain)
{
	struct www_chain *c = *chain;

	if (c == NULL) {
		return;
	}
	atomic_store(&c->stop, true);
	if (c->threaded) {
		pthread_join(c->thread, NULL);
	}
	pthread_mutex_destroy(&c->lock);
	free(c);
	*chain = NULL;
}

struct www_chain_state
www_chain_state(struct www_chain *c)
{
	struct www_chain_state state;

	pthread_mutex_lock(&c->lock);
	state = c->state;
	pthread_mutex_unlock(&c->lock);
	return state;
}

/* Go on by one piece: 1 there is more, 0 to the end of both, <0. */
static int
step(struct chains *at, struct zone_store *store, struct zone_queue *queue,
    struct err_text *why)
{
	struct zone_view *view = NULL;
	int a = zone_view_open(store, &view), b;

	if (a == 0) {
		a = zone_view_renew(view);
	}
	if (a == 0) {
		a = zone_history_verify_on(view, &at->history, TICK_ROWS, why);
	}
	zone_view_close(&view);
	if (a < 0) {
		return a;
	}
	b = zone_queue_verify_on(queue, &at->queue, TICK_ROWS, why);
	return b < 0 ? b : a == 1 || b == 1;
}

/* What was found; true when a break was not told yet. */
static void
note(struct www_chain *c, const struct chains *at, int r,
    const struct err_text *why, int64_t now)
{
	struct www_chain_state s = {
		.word = r >= 0         ? WWW_CHAIN_WHOLE
		    : r == ERR_CORRUPT ? WWW_CHAIN_BROKEN
				       : WWW_CHAIN_FAILED,
		.complete = r == 0,
		.serial = at->history.serial,
		.event = at->queue.rows,
		.time = now,
	};
	bool tell;

	if (r < 0) {
		s.why = *why;
		if (s.why.text[0] == '\0') {
			(void)err_say(&s.why, r, "%s", err_str(r));
		}
	}
	pthread_mutex_lock(&c->lock);
	s.running = c->state.running;
	/* a piece that is right does not take back that another was not */
	if (c->state.word == WWW_CHAIN_BROKEN && r > 0) {
		s = c->state;
	}
	c->state = s;
	tell = s.word == WWW_CHAIN_BROKEN &&
	    (c->told == 0 || when_boot() - c->told >= TELL);
	if (tell) {
		c->told = when_boot();
	} else if (s.word == WWW_CHAIN_WHOLE && s.complete) {
		c->told = 0;
	}
	pthread_mutex_unlock(&c->lock);
	if (tell) {
		log_event(LOG_FAIL,
		    "the log was changed behind our back, or is damaged: %s; "
		    "see \"rblctl verify\"",
		    s.why.text);
	}
}

void
www_chain_tick(struct www_chain *c, struct zone_store *store,
    struct zone_queue *queue, int64_t now)
{
	struct err_text why = { "" };
	int64_t boot = when_boot();
	int r;

	if (c->begun == 0 || boot - c->begun >= ANEW) {
		c->at = (struct chains){ 0 };
		c->begun = boot;
	}
	r = step(&c->at, store, queue, &why);
	note(c, &c->at, r, &why, now);
	if (r < 0) { /* it may be repaired: look at all of it again */
		c->begun = 0;
	}
}

static void *
run(void *ctx)
{
	struct www_chain *c = ctx;
	struct chains at = { 0 };
	struct err_text why = { "" };
	int r = 1;

	while (r == 1 && !atomic_load(&c->stop)) {
		r = step(&at, c->store, c->queue, &why);
	}
	pthread_mutex_lock(&c->lock);
	c->state.running = false;
	pthread_mutex_unlock(&c->lock);
	note(c, &at, r, &why, when_now());
	return NULL;
}

int
www_chain_start(
    struct www_chain *c, struct zone_store *store, struct zone_queue *queue)
{
	sigset_t all, before;
	pthread_t done;
	bool join = false;
	int r = 0;

	pthread_mutex_lock(&c->lock);
	if (!c->state.running) {
		join = c->threaded;
		done = c->thread;
		c->threaded = false;
		c->state.running = true;
		r = 1;
	}
	pthread_mutex_unlock(&c->lock);
	if (r == 0) {
		return 0;
	}
	if (join) {
		pthread_join(done, NULL);
	}
	c->store = store;
	c->queue = queue;
	/* signals are for the main thread */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&c->lock);
	if (pthread_create(&c->thread, NULL, run, c) == 0) {
		c->threaded = true;
	} else {
		c->state.running = false;
		r = ERR_NOMEM;
	}
	pthread_mutex_unlock(&c->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}
