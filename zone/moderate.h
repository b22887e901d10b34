/* moderate.h - the only writer of the store.
 *
 * Two floors. Below: a change, which collects keys and commits them as one
 * transaction with one serial and one history row, or not at all. Above: what
 * a person decides about a queued item, and undo.
 *
 * Approving writes the store first and settles the item after it. A crash in
 * between shows the item once more, already listed; deciding again is
 * harmless.
 */
#pragma once

#include "zone/queue.h"
#include "zone/view.h"

/* ---- a change ---------------------------------------------------------- */

enum zone_action {
	ZONE_ACTION_ADD = 1,
	ZONE_ACTION_EXEMPT,
	ZONE_ACTION_REMOVE,
	ZONE_ACTION_IMPORT,
	ZONE_ACTION_APPROVE,
	ZONE_ACTION_UNDO,
	ZONE_ACTION_SWEEP,
	ZONE_ACTION_PURGE,
	ZONE_ACTION_CONFIG,
	ZONE_ACTION_ACCESS, /* a key made or removed (access.h) */
	ZONE_ACTION_RESTORE, /* a backup was put in place (restore.h) */
};
const char *zone_action_name(enum zone_action action);

/* What to say of a key. Text is copied. */
struct zone_terms {
	bool exempt;
	uint32_t code; /* 0: the list's */
	int64_t until; /* 0: the list's default life */
	bool forever;  /* never expires, whatever the list's default */
	bool person;   /* decided by a person; false: an import */
	bool template; /* the reason is one: see zone/entry.h */
	const char *reason, *criterion, *source, *evidence; /* NULL: "" */
};

/* Who changes the store and why; goes to history. Borrowed until commit. */
struct zone_why {
	const char *by;
	enum zone_action action;
	const char *source, *reason; /* NULL: "" */
};

enum zone_put_flags {
	ZONE_PUT_KEEP_PERSON = 1, /* leave an entry made by a person */
	ZONE_PUT_KEEP_SAME = 2,   /* leave an entry that says the same */
	ZONE_PUT_OWN_SOURCE = 4,  /* removal: only what this source listed */
	ZONE_PUT_FIRST = 8, /* of several words with this flag on one key the
	                     * first counts, not the last */
	ZONE_PUT_OVER = 16, /* counts only over a word that the same change has
	                     * on the very key */
};

#define ZONE_TWICE 4

struct zone_change;

struct zone_change_result {
	uint64_t serial; /* 0: nothing had to change */
	size_t added, changed, removed, kept;
	size_t missing; /* removals of keys that were not there */
	size_t moved;   /* undo: keys that somebody changed since */
	size_t twice;   /* further, other words with ZONE_PUT_FIRST on a key */
	struct {
		/* the first few: which word counted and which did not; words
		 * are numbered from 0 as they came */
		uint32_t counts, lost;
	} twice_at[ZONE_TWICE];
};

MUST_CHECK int zone_change_new(struct zone_store *store,
    const struct zone_config *config, struct zone_change **ret_change);
/* List or exempt KEY. Asks the guard. The last word on one key counts. */
MUST_CHECK int zone_change_put(struct zone_change *change,
    const struct zone_list_conf *list, const struct zone_key *key,
    const struct zone_terms *terms, unsigned flags, struct err_text *why);
MUST_CHECK int zone_change_remove(struct zone_change *change,
    const struct zone_list_conf *list, const struct zone_key *key,
    unsigned flags);
/* One transaction, synced when this returns 0. On failure nothing changed.
 * The change is freed either way. */
MUST_CHECK int zone_change_commit(struct zone_change **change,
    const struct zone_why *why, struct zone_change_result *ret,
    struct err_text *text);
/* The same, when VETO, asked within the transaction with what is about to be
 * done, does not say true: then nothing is changed, the answer is ERR_REFUSED
 * and *ret is what would have been, with serial 0. VETO may be asked twice. */
typedef bool zone_change_veto(
    const struct zone_change_result *result, void *ctx);
MUST_CHECK int zone_change_commit_unless(struct zone_change **change,
    const struct zone_why *why, zone_change_veto *veto, void *ctx,
    struct zone_change_result *ret, struct err_text *text);
void zone_change_free(struct zone_change **change);

/* Make what LISTs there are in CONFIG known to the store, so that rbld and
 * the pages find them empty rather than absent. In a store without a change
 * the zones are entered as they are (zone/applied.h). */
MUST_CHECK int zone_moderate_init(
    struct zone_store *store, const struct zone_config *config);

/* ---- people ------------------------------------------------------------ */

struct zone_person {
	const char *name;
	unsigned weight;
	bool full; /* counts as the whole threshold (CLI user, decisions 10) */
};

enum zone_outcome {
	ZONE_DONE,    /* listed (serial says where) or dismissed */
	ZONE_VOTED,   /* vote kept; more weight is needed */
	ZONE_AGAIN,   /* the person has said so already: others have to agree.
	               * Of a withdrawal: there is no vote of this person */
	ZONE_STALE,   /* the item changed since VERSION: look again */
	ZONE_SETTLED, /* somebody has decided it already */
	ZONE_MISSING, /* no such item, serial or candidate */
	ZONE_GUARDED, /* the guard refuses a candidate; text says why */
	ZONE_MOVED,   /* undo: every key was changed by somebody since */
};

/* A key that is none of the item's candidates, as a person chose it: a wider
 * network, another relay. It becomes a candidate of the item, so that others
 * can vote for it and the item says what was meant. */
struct zone_choice {
	const char *list, *key; /* any spelling of the key */
};

struct zone_decision {
	uint64_t item;
	uint32_t version; /* as shown to the person; 0: whatever it is */
	uint32_t approve; /* bit i: candidate i */
	const struct zone_choice *choices; /* further keys, also approved */
	unsigned n_choices;                /* with approve 0: dismiss */
	bool exempt; /* not listed, but never to be: needs wide-at */
	const char *reason, *criterion; /* NULL: "" */
	int64_t until;                  /* 0: the list's default */
	bool forever; /* never expires, whatever the list's default */
};

struct zone_decided {
	enum zone_outcome outcome;
	uint64_t serial;         /* of the listing; 0: none */
	unsigned weight, needed; /* with ZONE_VOTED and ZONE_AGAIN */
};

/* 0 with *ret, or <0 when the store or the queue failed. What is listed gets
 * the evidence "item N", by which the log finds the item.
 *
 * Votes count together when they are for the same keys and of the same sort
 * (list, never). What is written ends when the first of them wants it to: so
 * nothing is listed for longer than everybody said. */
MUST_CHECK int zone_moderate_decide(struct zone_store *store,
    struct zone_queue *queue, const struct zone_config *config,
    const struct zone_person *person, const struct zone_decision *decision,
    struct zone_decided *ret, struct err_text *text);

/* What listing (or exempting) KEY in LIST would take, before anybody votes: 0
 * and the weight, or ERR_REFUSED, ERR_RANGE with the reason in WHY. ITEM may
 * be NULL: then its candidates that must never be listed are not looked at.
 * FOREVER: without an end. */
MUST_CHECK int zone_moderate_weigh(const struct zone_config *config,
    const struct zone_item *item, const struct zone_list_conf *list,
    const struct zone_key *key, bool exempt, bool forever, unsigned *ret_needed,
    struct err_text *why);

/* Take BY's vote on a waiting item back. */
MUST_CHECK int zone_moderate_withdraw(struct zone_queue *queue, const char *by,
    uint64_t item, uint32_t version, struct zone_decided *ret);

/* The bit mask that "approve" without further words means for ITEM: its IP
 * candidates with advice "list", else its address candidates that are not
 * "never". 0: nothing may be proposed. */
uint32_t zone_moderate_proposal(const struct zone_item *item);

/* Take a whole serial back: keys whose present entry is still the one that
 * SERIAL left get the one before it. An item settled by SERIAL waits again. */
MUST_CHECK int zone_moderate_undo(struct zone_store *store,
    struct zone_queue *queue, const struct zone_config *config, const char *by,
    uint64_t serial, const char *reason, struct zone_decided *ret,
    struct zone_change_result *ret_change, struct err_text *text);

/* ITEM's listing was taken back as ACTION ("undo", "purge"): it waits again.
 * 1 it does, 0 it did already or is gone, <0. */
MUST_CHECK int zone_moderate_wait_again(struct zone_queue *queue,
    const char *by, uint64_t item, const char *action);

/* Take a dismissal back: the item waits again. One that came with an exemption
 * is ZONE_SETTLED: undo its serial. */
MUST_CHECK int zone_moderate_reopen(struct zone_queue *queue, const char *by,
    uint64_t item, uint32_t version, struct zone_decided *ret);
