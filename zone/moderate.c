/* moderate.c - what a person decides about a queued item, and undo. */
#include "zone/moderate.h"

#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "zone/change_priv.h"
#include "zone/guard.h"
#include "zone/history.h"

/* ---- proposals --------------------------------------------------------- */

static bool
is_address(const struct zone_candidate *c)
{
	return zone_key_guess(span_str(c->key)) == ZONE_KIND_ADDRESS;
}

uint32_t
zone_moderate_proposal(const struct zone_item *item)
{
	uint32_t ips = 0, addresses = 0;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		if (is_address(c)) {
			if (c->advice == ZONE_ADVICE_LIST ||
			    c->advice == ZONE_ADVICE_UNSURE) {
				addresses |= UINT32_C(1) << i;
			}
		} else if (c->advice == ZONE_ADVICE_LIST) {
			ips |= UINT32_C(1) << i;
		}
	}
	return ips != 0 ? ips : addresses;
}

/* ---- deciding ---------------------------------------------------------- */

struct deciding {
	const struct zone_config *config;
	const struct zone_person *person;
	const struct zone_decision *d;
	struct zone_decided *ret;
	struct err_text *text;
	uint64_t serial; /* once the store has it */
	int64_t now;
};

/* May the item still be decided as the person saw it? */
static enum zone_outcome
fresh(const struct zone_item *item, uint32_t version)
{
	return item->state != ZONE_WAITING             ? ZONE_SETTLED
	    : version != 0 && version != item->version ? ZONE_STALE
						       : ZONE_DONE;
}

/* The list and key of a candidate, if it may be listed at all. */
static int
candidate_key(const struct deciding *g, const struct zone_candidate *c,
    const struct zone_list_conf **ret_list, struct zone_key *ret_key)
{
	const struct zone_list_conf *list =
	    zone_config_list(g->config, span_str(c->list));
	int r;

	if (list == NULL) {
		return err_say(g->text, ERR_REFUSED,
		    "list \"%s\" is not in the configuration", c->list);
	}
	if (c->advice == ZONE_ADVICE_NEVER) {
		return err_say(g->text, ERR_REFUSED,
		    "%s must never be listed: %s", c->key,
		    c->n_why > 0 ? c->why[0] : "advice is \"never\"");
	}
	r = zone_key_parse(list->kind, span_str(c->key), ret_key, g->text);
	if (r == 0) {
		r = zone_guard_list(g->config, list, ret_key, g->text);
	}
	*ret_list = list;
	return r;
}

/* Weight that listing the approved candidates takes; the guard is asked. */
static int
weigh(struct deciding *g, const struct zone_item *item, unsigned *ret_needed)
{
	unsigned needed = 1;

	if (item->n_candidates < 32 && g->d->approve >> item->n_candidates) {
		return ERR_NONE;
	}
	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_list_conf *list;
		struct zone_key key;
		unsigned at;
		int r;

		if ((g->d->approve >> i & 1) == 0) {
			continue;
		}
		r = candidate_key(g, &item->candidates[i], &list, &key);
		if (r < 0) {
			return r;
		}
		at = zone_guard_wide(list, &key) ? list->wide_at
						 : list->approve_at;
		needed = at > needed ? at : needed;
	}
	*ret_needed = needed;
	return 0;
}

/* One vote a person and item: a new one takes the old one's place. */
static int
put_vote(struct zone_item *item, struct arena *arena, const struct deciding *g,
    unsigned weight)
{
	struct zone_vote *votes =
	    arena_alloc(arena, (item->n_votes + 1) * sizeof(*votes));
	unsigned n = 0;

	if (votes == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < item->n_votes; i++) {
		if (strcmp(item->votes[i].person, g->person->name) != 0) {
			votes[n++] = item->votes[i];
		}
	}
	votes[n++] = (struct zone_vote){ .person = g->person->name,
		.weight = weight,
		.approve = g->d->approve,
		.time = g->now,
		.reason = g->d->reason != NULL ? g->d->reason : "" };
	item->votes = votes;
	item->n_votes = n;
	return 0;
}

/* First step of an approval: keep the vote. It changes the item's version,
 * so whoever looked before is told to look again. */
static int
vote(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct deciding *g = ctx;
	unsigned weight;
	int r;

	g->ret->outcome = fresh(item, g->d->version);
	if (g->ret->outcome != ZONE_DONE) {
		return 1;
	}
	r = weigh(g, item, &g->ret->needed);
	if (r == ERR_NONE) {
		g->ret->outcome = ZONE_MISSING;
		return 1;
	}
	if (r == ERR_REFUSED || r == ERR_RANGE || r == ERR_FORMAT) {
		g->ret->outcome = ZONE_GUARDED;
		return 1;
	}
	weight = g->person->full ? g->ret->needed : g->person->weight;
	if (r == 0) {
		r = put_vote(item, arena, g, weight);
	}
	g->ret->weight = 0;
	for (unsigned i = 0; i < item->n_votes; i++) {
		if ((item->votes[i].approve & g->d->approve) == g->d->approve) {
			g->ret->weight += item->votes[i].weight;
		}
	}
	return r;
}

/* Last step: the store has it. */
static int
settle(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct deciding *g = ctx;

	(void)arena;
	if (item->state != ZONE_WAITING) {
		g->ret->outcome = ZONE_SETTLED;
		return 1;
	}
	item->state = g->d->approve != 0 ? ZONE_LISTED_ITEM : ZONE_DISMISSED;
	item->settled_by = g->person->name;
	item->settled_reason = g->d->reason != NULL ? g->d->reason : "";
	item->settled = g->now;
	item->serial = g->serial;
	item->approved = g->d->approve;
	return 0;
}

static int
dismiss(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct deciding *g = ctx;

	g->ret->outcome = fresh(item, g->d->version);
	return g->ret->outcome != ZONE_DONE ? 1 : settle(item, arena, ctx);
}

/* Middle step: write the listing. */
static int
write_store(
    struct deciding *g, struct zone_store *store, const struct zone_item *item)
{
	struct zone_change *change = NULL;
	struct zone_change_result result;
	char evidence[48];
	struct zone_terms terms = {
		.until = g->d->until,
		.forever = g->d->forever,
		.person = true,
		.reason = g->d->reason,
		.criterion = g->d->criterion,
		.source = "queue",
		.evidence = evidence,
	};
	struct zone_why why = { .by = g->person->name,
		.action = ZONE_ACTION_APPROVE,
		.source = "queue",
		.reason = g->d->reason };
	int r = zone_change_new(store, g->config, &change);

	snprintf(evidence, sizeof(evidence), "item %llu",
	    (unsigned long long)item->id);
	for (unsigned i = 0; i < item->n_candidates && i < 32 && r == 0; i++) {
		const struct zone_list_conf *list;
		struct zone_key key;

		if ((g->d->approve >> i & 1) == 0) {
			continue;
		}
		r = candidate_key(g, &item->candidates[i], &list, &key);
		if (r == 0) {
			r = zone_change_put(
			    change, list, &key, &terms, 0, g->text);
		}
	}
	if (r == 0) {
		r = zone_change_commit(&change, &why, &result, g->text);
		g->serial = r == 0 ? result.serial : 0;
	}
	zone_change_free(&change);
	return r;
}

int
zone_moderate_decide(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config, const struct zone_person *person,
    const struct zone_decision *decision, struct zone_decided *ret,
    struct err_text *text)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct err_text unheard = { "" };
	struct deciding g = { .config = config,
		.person = person,
		.d = decision,
		.ret = &done,
		.text = text != NULL ? text : &unheard,
		.now = when_now() };
	struct arena arena = { 0 };
	struct zone_item item;
	int r;

	r = zone_queue_change(queue, decision->item, person->name,
	    decision->approve == 0 ? "dismiss" : "vote",
	    decision->approve == 0 ? dismiss : vote, &g);
	if (r == ERR_NONE) {
		r = 0;
		done.outcome = ZONE_MISSING;
		goto out;
	}
	if (r != 0 || decision->approve == 0) {
		r = r > 0 ? 0 : r;
		goto out;
	}
	if (done.weight < done.needed) {
		done.outcome = ZONE_VOTED;
		goto out;
	}
	r = zone_queue_get(queue, decision->item, &arena, &item);
	if (r == 1) {
		r = write_store(&g, store, &item);
	}
	if (r == 0) {
		r = zone_queue_change(
		    queue, decision->item, person->name, "approve", settle, &g);
	}
	done.serial = g.serial;
	if (r > 0 && g.serial != 0) {
		/* Somebody settled it between the two steps and won: what
		 * was listed here is taken back. */
		struct zone_change_result back;
		struct zone_decided undone;

		r = zone_moderate_undo(store, NULL, config, person->name,
		    g.serial, "the item was settled by somebody else", &undone,
		    &back, text);
		done.serial = 0;
	}
	r = r > 0 ? 0 : r;
out:
	arena_free(&arena);
	if (r == 0) {
		*ret = done;
	}
	return r;
}

/* ---- taking back ------------------------------------------------------- */

struct undoing {
	struct zone_change *change;
	const struct zone_config *config;
	struct zone_view *view;
	struct zone_list_info *lists;
	int n_lists;
	struct err_text *text;
	uint32_t detail; /* looked at last */
	bool listing;    /* does it list? */
};

static int
undo_key(const struct zone_history_key *key, void *ctx)
{
	struct undoing *u = ctx;
	const struct zone_list_conf *list = NULL;
	struct zone_detail d;
	int r;

	for (int i = 0; i < u->n_lists; i++) {
		if (u->lists[i].number == key->list) {
			list = zone_config_list(
			    u->config, span_str(u->lists[i].name));
		}
	}
	if (list == NULL) {
		return err_say(u->text, ERR_REFUSED,
		    "a list that this change touched is not in the "
		    "configuration");
	}
	if (key->before != 0 && key->before != u->detail) {
		r = zone_view_detail(u->view, key->before, &d);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
		u->detail = key->before;
		u->listing = !zone_detail_exempt(&d);
	}
	if (key->before != 0 && u->listing) {
		r = zone_guard_list(u->config, list, &key->key, u->text);
		if (r < 0) {
			return r;
		}
	}
	return zone_change_set(
	    u->change, list, &key->key, key->before, key->after);
}

#define LISTS 256

/* Collect what takes SERIAL back: 1, 0 no such serial, <0. */
static int
collect_undo(struct zone_store *store, const struct zone_config *config,
    uint64_t serial, struct zone_change *change, struct err_text *text)
{
	struct zone_list_info lists[LISTS];
	struct undoing u = {
		.change = change, .config = config, .lists = lists, .text = text
	};
	struct zone_history_row row;
	int r = zone_view_open(store, &u.view);

	if (r == 0) {
		r = zone_view_renew(u.view);
	}
	if (r == 0) {
		r = zone_history_get(u.view, serial, &row);
	}
	if (r == 1 && row.action == ZONE_ACTION_CONFIG) {
		r = err_say(text, ERR_REFUSED,
		    "serial %llu entered a configuration; change rbl.conf back "
		    "and enter it with \"rblctl config apply\"",
		    (unsigned long long)serial);
	}
	if (r == 1) {
		u.n_lists = zone_view_lists(u.view, lists, LISTS);
		r = u.n_lists < 0
		    ? u.n_lists
		    : zone_history_keys_long(u.view, serial, undo_key, &u);
		r = r == 0 ? 1 : r;
	}
	zone_view_close(&u.view);
	return r;
}

static int
wait_again(struct zone_item *item, struct arena *arena, void *ctx)
{
	(void)arena;
	(void)ctx;
	if (item->state == ZONE_WAITING) {
		return 1;
	}
	item->state = ZONE_WAITING;
	item->settled_by = "";
	item->settled_reason = "";
	item->settled = 0;
	item->serial = 0;
	item->approved = 0;
	item->n_votes = 0; /* who wants it listed again has to say so again */
	return 0;
}

int
zone_moderate_wait_again(
    struct zone_queue *queue, const char *by, uint64_t item, const char *action)
{
	int r = zone_queue_change(queue, item, by, action, wait_again, NULL);

	return r == 0 ? 1 : r > 0 || r == ERR_NONE ? 0 : r;
}

int
zone_moderate_undo(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config, const char *by, uint64_t serial,
    const char *reason, struct zone_decided *ret,
    struct zone_change_result *ret_change, struct err_text *text)
{
	struct zone_why why = {
		.by = by, .action = ZONE_ACTION_UNDO, .reason = reason
	};
	struct zone_change *change = NULL;
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct err_text unheard = { "" };
	uint64_t item;
	int r;

	*ret_change = (struct zone_change_result){ .serial = 0 };
	text = text != NULL ? text : &unheard;
	r = zone_change_new(store, config, &change);
	if (r == 0) {
		r = collect_undo(store, config, serial, change, text);
	}
	if (r == ERR_REFUSED) {
		done.outcome = ZONE_GUARDED;
		r = 0;
		goto out;
	}
	if (r <= 0) {
		goto out;
	}
	change->undoes = serial;
	r = zone_change_commit(&change, &why, ret_change, text);
	if (r < 0) {
		goto out;
	}
	done.serial = ret_change->serial;
	done.outcome = done.serial == 0 ? ZONE_MOVED : ZONE_DONE;
	if (queue != NULL && done.outcome == ZONE_DONE) {
		r = zone_queue_by_serial(queue, serial, &item);
		if (r == 1) {
			r = zone_moderate_wait_again(queue, by, item, "undo");
		}
	}
out:
	zone_change_free(&change);
	if (r >= 0) {
		*ret = done;
		r = 0;
	}
	return r;
}

struct reopening {
	uint32_t version;
	struct zone_decided *ret;
};

static int
reopen(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct reopening *o = ctx;

	if (item->state != ZONE_DISMISSED) {
		o->ret->outcome = ZONE_SETTLED;
		return 1;
	}
	if (o->version != 0 && o->version != item->version) {
		o->ret->outcome = ZONE_STALE;
		return 1;
	}
	o->ret->outcome = ZONE_DONE;
	return wait_again(item, arena, NULL);
}

int
zone_moderate_reopen(struct zone_queue *queue, const char *by, uint64_t item,
    uint32_t version, struct zone_decided *ret)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct reopening o = { version, &done };
	int r = zone_queue_change(queue, item, by, "reopen", reopen, &o);

	r = r > 0 || r == ERR_NONE ? 0 : r;
	if (r == 0) {
		*ret = done;
	}
	return r;
}
