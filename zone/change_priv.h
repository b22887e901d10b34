/* change_priv.h - a change being collected, for change.c, which collects, and
 * apply.c, which writes.
 */
#pragma once

#include "base/arena.h"
#include "zone/moderate.h"
#include "zone/view_priv.h"

enum verb {
	VERB_PUT,    /* terms become the entry */
	VERB_REMOVE, /* no entry */
	VERB_SET,    /* a stored detail becomes the entry again (undo) */
};

#define OP_EXPECT 128 /* beside zone_put_flags, not in a struct op_four */

struct op {
	union {
		uint8_t addr[16]; /* IP */
		const char *text; /* a domain, or zone_key_name of an address;
		                   * in the change's arena */
	};
	uint32_t order;  /* the last word on a key counts */
	uint32_t terms;  /* VERB_PUT: which */
	uint32_t set;    /* VERB_SET: the detail, 0 none */
	uint32_t expect; /* VERB_SET, or flag OP_EXPECT: only if this is the
	                  * present detail */
	uint16_t list;   /* which of the change's lists */
	uint8_t verb, flags;
	uint8_t len, bits; /* IP: prefix, 32 or 128; else 0 */
	bool domain;
};

/* The same for an IPv4 prefix that is not wide, in a third of the room: large
 * lists are made of these. */
struct op_four {
	uint32_t addr;
	uint32_t ref; /* VERB_PUT: which terms; VERB_SET: which of the sets */
	uint32_t order;
	uint8_t len, list, verb, flags;
};

struct set {
	uint32_t set, expect; /* as in struct op */
};

struct terms {
	struct zone_terms t; /* text in the change's arena */
	uint32_t detail;     /* number given in this transaction; 0: not yet */
	int64_t until;       /* of that detail */
};

struct change_list {
	const struct zone_list_conf *conf;
	struct zone_list_info info; /* in this transaction */
};

struct zone_change {
	struct zone_store *store;
	const struct zone_config *config;
	struct arena arena;
	struct op *ops;
	size_t n_ops, cap_ops;
	bool unpacked; /* keep IPv4 prefixes in OPS as well: whoever set this
	                * looks at what was collected */
	struct op_four *fours;
	size_t n_fours, cap_fours;
	struct set *sets;
	size_t n_sets, cap_sets;
	struct terms *terms;
	size_t n_terms, cap_terms;
	struct change_list *lists;
	size_t n_lists;
	uint64_t undoes; /* serial that this change takes back */
	const struct zone_why *why;
	zone_change_veto *veto; /* NULL: none */
	void *veto_ctx;
	bool vetoed;
	struct zone_change_result result;
};

/* Number of LIST within the change; ERR_NOMEM. */
MUST_CHECK int zone_change_list_index(
    struct zone_change *c, const struct zone_list_conf *list);
/* Make SET (a detail, 0: none) the entry of KEY if EXPECT still is. */
MUST_CHECK int zone_change_set(struct zone_change *c,
    const struct zone_list_conf *list, const struct zone_key *key, uint32_t set,
    uint32_t expect);

/* The same with TERMS, for which the guard is not asked: whoever says more of
 * an entry that is there has asked it. */
MUST_CHECK int zone_change_replace(struct zone_change *c,
    const struct zone_list_conf *list, const struct zone_key *key,
    const struct zone_terms *terms, uint32_t expect);

/* Room for one more in an array of SIZE-byte things. ERR_NOMEM. */
MUST_CHECK int zone_change_grow(
    void **array, size_t *cap, size_t n, size_t size);

/* ---- IPv4, as it is kept (change_four.c) -------------------------------- */

/* Can OP be kept as a struct op_four? */
bool zone_four_fits(const struct op *op);
MUST_CHECK int zone_four_add(struct zone_change *c, const struct op *op);
/* In the order of blocks: list, block, longest first, address; equal keys in
 * the order they were added. */
void zone_four_sort(struct zone_change *c);
/* Write them all, block by block. */
struct apply;
MUST_CHECK int zone_four_apply(struct apply *a);

/* Write everything within TXN. ERR_NONE: nothing had to change. */
int zone_change_apply(struct zone_txn *txn, void *change);

/* ---- history, as apply.c writes it (history.c) ------------------------- */

struct history_run {    /* the IPv4 keys written last, while they are alike */
	size_t at;      /* place in the chunk */
	unsigned count; /* 0: none */
	uint16_t list;
	uint32_t before, after;
};

struct history_writer {
	struct zone_txn *txn;
	uint64_t serial;
	uint32_t chunks;
	uint64_t keys;
	uint8_t digest[32]; /* over all chunks */
	struct buf chunk;
	struct history_run run;
};
MUST_CHECK int zone_history_key_add(struct history_writer *w, uint16_t list,
    const struct op *op, uint32_t before, uint32_t after);
/* Flush, write the row, and put its hash, serial and time into HEAD. */
MUST_CHECK int zone_history_finish(struct history_writer *w,
    const struct zone_why *why, uint64_t undoes, int64_t time,
    struct zone_head *head);

/* The row of a restore, under SERIAL, which is beyond the newest (else
 * ERR_RANGE), and the mark that history is cut there. No entry changes. */
MUST_CHECK int zone_history_restore(struct zone_txn *txn, uint64_t serial,
    const struct zone_why *why, int64_t time);

/* ---- applying: apply.c, apply_address.c, apply_domain.c ----------------- */

struct digest_op {
	uint8_t addr[16];
	uint16_t list;    /* number in the store */
	uint32_t out, in; /* details to take out and to put in; 0: none */
	uint32_t code;
	int64_t until;
};

struct apply {
	struct zone_change *c;
	struct zone_txn *txn;
	struct zone_head head;
	struct history_writer history;
	int64_t time;
	struct zone_detail cached; /* spans borrowed from the copy */
	struct buf copy;           /* puts may move what the transaction lent */
	struct digest_op *digests;
	size_t n_digests, cap_digests;
	struct zone_moved moved; /* blocks that were written */
};

/* Make ID the cached detail. */
MUST_CHECK int zone_apply_detail(struct apply *a, uint32_t id);
/* What becomes of a key that has BEFORE (detail 0: nothing): 1 and AFTER
 * (detail 0: nothing), 0 it stays, <0. */
MUST_CHECK int zone_apply_decide(struct apply *a, const struct op *op,
    const struct zone_row *before, struct zone_row *after);
/* Count the difference and write it into history. */
MUST_CHECK int zone_apply_record(struct apply *a, const struct op *op,
    const struct zone_row *before, const struct zone_row *after);
/* Merge OPS[0..N), which are sorted and fall into one block, into it. */
MUST_CHECK int zone_apply_block(
    struct apply *a, const struct op *ops, size_t n);
/* Unpack the block at KEY, with room for MORE rows; ROWS is the caller's to
 * free. */
MUST_CHECK int zone_apply_load(struct apply *a, const uint8_t *key, size_t klen,
    unsigned base, const uint8_t stretch[16], size_t more,
    struct zone_row **ret_rows, size_t *ret_n);
/* Pack ROWS into the block at KEY; none: the block goes. */
MUST_CHECK int zone_apply_store(struct apply *a, const uint8_t *key,
    size_t klen, unsigned base, const struct zone_row *rows, size_t n);
/* One key of an address list; its digests wait for zone_apply_digests. */
MUST_CHECK int zone_apply_address(struct apply *a, const struct op *op);
MUST_CHECK int zone_apply_digests(struct apply *a);
/* One key of a domain list. */
MUST_CHECK int zone_apply_domain(struct apply *a, const struct op *op);
