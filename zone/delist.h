/* delist.h - requests to be taken off a list.
 *
 * A visitor asks for one listing; the request is kept in queue/ with what he
 * said, what was answered, and how it ended. He holds a ticket, 128 random
 * bits, of which only a digest is kept. What the rule allows is removed at
 * once; the rest waits for a person. A target has one open request at most,
 * and each further one within a while has to wait twice as long.
 *
 * The store is written first and the request settled after it, so that a crash
 * in between leaves a request that waits for a person.
 */
#pragma once

#include "zone/find.h"
#include "zone/moderate.h"

#define ZONE_TICKET_TEXT 33             /* 32 hex digits and a NUL */
#define ZONE_REQUEST_TEXT 1000          /* bytes of one word of a request */
#define ZONE_REQUEST_WORDS 20           /* of visitor and moderators together */
#define ZONE_REQUEST_OPEN 10000         /* open ones in all */
#define ZONE_REQUEST_WARN (2 * 86400)   /* RFC 6471 2.2.3: SHOULD */
#define ZONE_REQUEST_BREACH (7 * 86400) /* and MUST be answered */

enum zone_request_state {
	ZONE_REQUEST_WAITING, /* for a person here */
	ZONE_REQUEST_ASKED,   /* for the visitor's word */
	ZONE_REQUEST_REMOVED,
	ZONE_REQUEST_DENIED,
};
const char *zone_request_state_name(enum zone_request_state state);
static inline bool
zone_request_open(enum zone_request_state state)
{
	return state == ZONE_REQUEST_WAITING || state == ZONE_REQUEST_ASKED;
}

/* Why a person has to look; ZONE_DELIST_AUTO: nobody has to. */
enum zone_delist_why {
	ZONE_DELIST_AUTO,
	ZONE_DELIST_OFF,       /* nothing is removed by itself here */
	ZONE_DELIST_NETWORK,   /* more than one sender: a network */
	ZONE_DELIST_PERMANENT, /* a person listed it without an end */
	ZONE_DELIST_AGAIN,     /* it was removed lately and came back */
	ZONE_DELIST_MANY,      /* too many went by themselves today */
	ZONE_DELIST_CHANGED,   /* its entry changed while it was asked for */
};

struct zone_request_word {
	bool visitor; /* else a moderator, BY */
	int64_t time;
	unsigned canned; /* number of a ready answer, 0: none */
	const char *by, *text;
};

struct zone_request {
	uint64_t id;
	uint32_t version; /* changes with everything */
	enum zone_request_state state;
	enum zone_delist_why why;
	bool automatic; /* removed without a person */
	int64_t created, decided;
	uint64_t serial;        /* of the removal; 0: none */
	const char *list, *key; /* the entry that is asked for */
	const char *asked;      /* what the visitor typed, canonical */
	const char *contact;    /* "" when he gave none */
	const char *client;     /* the network he came from, "" unknown */
	const char *by;         /* who settled it */
	const struct zone_request_word *words; /* the first is his reason */
	unsigned n_words;
};

/* ---- the rule ------------------------------------------------------------ */

/* May ENTRY, which says DETAIL and covers ASKED, go without a person? Earlier
 * removals are looked at by zone_request_add. */
enum zone_delist_why zone_delist_judge(const struct zone_config *config,
    const struct zone_key *asked, const struct zone_key *entry,
    const struct zone_detail *detail);

/* ---- making one ---------------------------------------------------------- */

struct zone_request_limits {
	int64_t now;
	int64_t again; /* seconds that earlier requests count */
};

enum zone_request_refusal {
	ZONE_REQUEST_TAKEN,
	ZONE_REQUEST_IS_OPEN,  /* there is one, made at WHEN */
	ZONE_REQUEST_TOO_SOON, /* not before WHEN */
	ZONE_REQUEST_TOO_MANY, /* open ones in all */
};

struct zone_request_added {
	enum zone_request_refusal refused; /* TAKEN: it was not */
	int64_t when;
	uint64_t id;
	uint32_t version;
	char ticket[ZONE_TICKET_TEXT];
	enum zone_delist_why why; /* AUTO: zone_request_remove_now is next */
};

/* Keep a request about LIST and KEY that waits, with one word. Its WHY is what
 * the rule said; one that was removed within AGAIN needs a person. Nothing is
 * written when it is refused. ERR_RANGE: a list or key too long. */
MUST_CHECK int zone_request_add(struct zone_queue *queue,
    const struct zone_request *request,
    const struct zone_request_limits *limits, struct zone_request_added *ret);

/* ---- reading: all of it in the arena ------------------------------------- */

/* 1, 0 none, <0. */
MUST_CHECK int zone_request_get(struct zone_queue *queue, uint64_t id,
    struct arena *arena, struct zone_request *ret);
MUST_CHECK int zone_request_of_ticket(struct zone_queue *queue,
    const char *ticket, struct arena *arena, struct zone_request *ret);
/* Open ones oldest first, or closed ones newest first. */
MUST_CHECK int zone_request_list(struct zone_queue *queue, bool open,
    size_t skip, size_t max, struct arena *arena, struct zone_request **ret,
    size_t *ret_n, uint64_t *ret_total);
/* About one target, newest first. */
MUST_CHECK int zone_request_about(struct zone_queue *queue, const char *list,
    const char *key, size_t max, struct arena *arena, struct zone_request **ret,
    size_t *ret_n);

struct zone_request_counts {
	uint64_t open, closed;
	int64_t oldest; /* open one was made; 0: none */
};
MUST_CHECK int zone_request_counts(
    struct zone_queue *queue, struct zone_request_counts *ret);

/* ---- deciding ------------------------------------------------------------ */

enum zone_request_outcome {
	ZONE_REQUEST_DONE,
	ZONE_REQUEST_STALE, /* it changed since VERSION, or is closed */
	ZONE_REQUEST_NONE,  /* there is no such request */
	ZONE_REQUEST_STUCK, /* the entry changed, or its list is gone */
	ZONE_REQUEST_FULL,  /* as many words as are kept */
};

struct zone_request_decision {
	uint64_t id;
	uint32_t version;        /* as shown; 0: whatever it is */
	const char *by, *answer; /* NULL: "" */
	unsigned canned;
};

/* Remove the listing and close. *RET_SERIAL is 0 when it was not listed any
 * more, which closes the request too. */
MUST_CHECK int zone_request_approve(struct zone_store *store,
    struct zone_queue *queue, const struct zone_config *config,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret, uint64_t *ret_serial);
MUST_CHECK int zone_request_deny(struct zone_queue *queue,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret);
/* Ask the visitor; the request stays open. */
MUST_CHECK int zone_request_ask(struct zone_queue *queue,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret);
/* Take a decision back: what was removed is listed again, if nobody changed
 * it since, and the request waits. */
MUST_CHECK int zone_request_reopen(struct zone_store *store,
    struct zone_queue *queue, const struct zone_config *config,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret, struct err_text *why);
/* The visitor's word on what he was asked; STALE unless he was. */
MUST_CHECK int zone_request_reply(struct zone_queue *queue, const char *ticket,
    const char *text, int64_t now, enum zone_request_outcome *ret);

/* What was just added and may go by itself: remove ENTRY, if DETAIL is still
 * what it says, by "delist", and close the request. STUCK: it changed, and
 * the request waits for a person. */
MUST_CHECK int zone_request_remove_now(struct zone_store *store,
    struct zone_queue *queue, const struct zone_config *config,
    const struct zone_request_added *added, const struct zone_list_conf *list,
    const struct zone_key *entry, uint32_t detail,
    enum zone_request_outcome *ret, uint64_t *ret_serial);
/* Forget up to MAX closed requests that were decided before BEFORE. */
MUST_CHECK int zone_request_expire(
    struct zone_queue *queue, int64_t before, size_t max, size_t *ret_n);
