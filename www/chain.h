/* chain.h - are the two logs whole? Looked at beside the pages.
 *
 * Each tick goes on along both chains with what is new, and once a day from
 * the start. What was found stands on /log for everybody who sees it; a break
 * is an alarm in the program's log.
 */
#pragma once

#include "zone/history.h"

struct www_chain;

enum www_chain_word {
	WWW_CHAIN_UNKNOWN, /* not looked at since the program started */
	WWW_CHAIN_WHOLE,
	WWW_CHAIN_BROKEN,
	WWW_CHAIN_FAILED, /* could not be read */
};

struct www_chain_state {
	enum www_chain_word word;
	bool running;           /* somebody asked, and it is being done */
	bool complete;          /* right to the end, not only on the way */
	uint64_t serial, event; /* right up to here */
	int64_t time;           /* as of */
	struct err_text why;    /* when it is broken or failed */
};

MUST_CHECK int www_chain_new(struct www_chain **ret_chain);
/* Waits for a run that was asked for. */
void www_chain_free(struct www_chain **chain);

/* One thread. */
void www_chain_tick(struct www_chain *chain, struct zone_store *store,
    struct zone_queue *queue, int64_t now);
/* Look at both from the start, in a thread of its own: 1 it was begun, 0 it
 * runs already, <0. */
MUST_CHECK int www_chain_start(struct www_chain *chain,
    struct zone_store *store, struct zone_queue *queue);
struct www_chain_state www_chain_state(struct www_chain *chain);
