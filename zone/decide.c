/* decide.c - what a person decides about a queued item.
 *
 * Three steps: the vote (in the queue), the listing (in the store), settling
 * the item (in the queue). The first and the last are transactions that look
 * at the item anew, so of two people who decide at once one is told.
 */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "zone/guard.h"
#include "zone/moderate.h"

#define NO_END INT64_MAX

struct deciding {
	const struct zone_config *config;
	const struct zone_person *person;
	const struct zone_decision *d;
	struct zone_decided *ret;
	struct err_text *text;
	uint32_t approve; /* candidates, those that were chosen included */
	uint64_t serial;  /* once the store has it */
	int64_t now;
};

/* ---- what it takes ----------------------------------------------------- */

static bool
prefixes_meet(const struct net_prefix *a, const struct net_prefix *b)
{
	return a->ip.bits == b->ip.bits &&
	    net_ip_within(
		&a->ip, &b->ip, a->plen < b->plen ? a->plen : b->plen);
}

/* Does KEY cover OTHER, or the other way round? */
static bool
meets(const struct zone_key *key, const struct zone_key *other)
{
	return key->kind == ZONE_KIND_IP
	    ? prefixes_meet(&key->ip, &other->ip)
	    : zone_key_compare(key, other) == 0;
}

/* What the item, or the configuration, says must never be listed. */
static int
protected(const struct zone_config *config, const struct zone_item *item,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct err_text *why)
{
	char shown[ZONE_KEY_TEXT], own[ZONE_KEY_TEXT];
	struct zone_key other;

	zone_key_format(shown, key);
	for (unsigned i = 0; item != NULL && i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		if (c->advice != ZONE_ADVICE_NEVER ||
		    !span_is(span_str(c->list), list->name) ||
		    zone_key_parse(list->kind, span_str(c->key), &other, NULL) <
			0 ||
		    !meets(key, &other)) {
			continue;
		}
		return strcmp(shown, c->key) == 0
		    ? err_say(why, ERR_REFUSED, "%s must never be listed: %s",
			  shown,
			  c->n_why > 0 ? c->why[0] : "advice is \"never\"")
		    : err_say(why, ERR_REFUSED,
			  "%s meets %s, which must never be listed: %s", shown,
			  c->key,
			  c->n_why > 0 ? c->why[0] : "advice is \"never\"");
	}
	for (size_t i = 0;
	     key->kind == ZONE_KIND_IP && i < config->ingest.n_own_relays;
	     i++) {
		other = (struct zone_key){ .kind = ZONE_KIND_IP,
			.ip = config->ingest.own_relays[i] };
		if (meets(key, &other)) {
			return err_say(why, ERR_REFUSED,
			    "%s meets %s, a relay of our own", shown,
			    zone_key_format(own, &other));
		}
	}
	return 0;
}

int
zone_moderate_weigh(const struct zone_config *config,
    const struct zone_item *item, const struct zone_list_conf *list,
    const struct zone_key *key, bool exempt, bool forever, unsigned *ret_needed,
    struct err_text *why)
{
	bool wide = exempt || zone_guard_wide(list, key) ||
	    (forever && list->expiry > 0);
	int r = 0;

	if (!exempt) {
		r = protected(config, item, list, key, why);
		if (r == 0) {
			r = zone_guard_list(config, list, key, why);
		}
	}
	*ret_needed = wide && list->wide_at > list->approve_at
	    ? list->wide_at
	    : list->approve_at;
	return r;
}

/* The list and key of candidate C, if it may be listed (or exempted) at all,
 * and the weight that takes. */
static int
candidate_key(const struct deciding *g, const struct zone_item *item,
    const struct zone_candidate *c, bool forever,
    const struct zone_list_conf **ret_list, struct zone_key *ret_key,
    unsigned *ret_needed)
{
	const struct zone_list_conf *list =
	    zone_config_list(g->config, span_str(c->list));
	int r;

	if (list == NULL) {
		return err_say(g->text, ERR_REFUSED,
		    "list \"%s\" is not in the configuration", c->list);
	}
	r = zone_key_parse(list->kind, span_str(c->key), ret_key, g->text);
	if (r == 0) {
		r = zone_moderate_weigh(g->config, item, list, ret_key,
		    g->d->exempt, forever, ret_needed, g->text);
	}
	*ret_list = list;
	return r;
}

/* ---- choices ----------------------------------------------------------- */

/* The bit of CHOICE among ITEM's candidates; it is put there when it is none.
 * ERR_REFUSED and the like with the reason in g->text. */
static int
adopt_one(struct deciding *g, struct zone_item *item, struct arena *arena,
    const struct zone_choice *choice)
{
	const struct zone_list_conf *list =
	    zone_config_list(g->config, span_str(choice->list));
	unsigned n = item->n_candidates;
	struct zone_candidate *more;
	char text[ZONE_KEY_TEXT];
	struct zone_key key;
	const char **why;
	int r;

	if (list == NULL) {
		return err_say(g->text, ERR_REFUSED,
		    "list \"%s\" is not in the configuration", choice->list);
	}
	r = zone_key_parse(list->kind, span_str(choice->key), &key, g->text);
	if (r < 0) {
		return r;
	}
	zone_key_format(text, &key);
	for (unsigned i = 0; i < n && i < 32; i++) {
		if (strcmp(item->candidates[i].key, text) == 0 &&
		    span_is(span_str(item->candidates[i].list), list->name)) {
			g->approve |= UINT32_C(1) << i;
			return 0;
		}
	}
	if (n >= 32) {
		return err_say(g->text, ERR_RANGE,
		    "the item has 32 candidates, and no room for %s", text);
	}
	more = arena_alloc(arena, (n + 1) * sizeof(*more));
	why = arena_alloc(arena, sizeof(*why));
	if (more == NULL || why == NULL) {
		return ERR_NOMEM;
	}
	if (n > 0) {
		memcpy(more, item->candidates, n * sizeof(*more));
	}
	why[0] = arena_fmt(arena, "chosen by %s", g->person->name);
	more[n] = (struct zone_candidate){
		.list = arena_str(arena, list->name),
		.key = arena_str(arena, text),
		.advice = ZONE_ADVICE_UNSURE,
		.confidence = ZONE_UNSURE,
		.why = why,
		.n_why = 1,
	};
	if (why[0] == NULL || more[n].list == NULL || more[n].key == NULL) {
		return ERR_NOMEM;
	}
	item->candidates = more;
	item->n_candidates = n + 1;
	g->approve |= UINT32_C(1) << n;
	return 0;
}

static int
adopt(struct deciding *g, struct zone_item *item, struct arena *arena)
{
	int r = 0;

	if (item->n_candidates < 32 && g->d->approve >> item->n_candidates) {
		return ERR_NONE;
	}
	g->approve = g->d->approve;
	for (unsigned i = 0; i < g->d->n_choices && r == 0; i++) {
		r = adopt_one(g, item, arena, &g->d->choices[i]);
	}
	return r;
}

/* ---- votes ------------------------------------------------------------- */

/* May the item still be decided as the person saw it? */
static enum zone_outcome
fresh(const struct zone_item *item, uint32_t version)
{
	return item->state != ZONE_WAITING             ? ZONE_SETTLED
	    : version != 0 && version != item->version ? ZONE_STALE
						       : ZONE_DONE;
}

/* Is V for what is decided here? One whose time is over is for nothing. */
static bool
supports(const struct deciding *g, const struct zone_vote *v)
{
	return v->approve != 0 && (v->approve & g->approve) == g->approve &&
	    v->exempt == g->d->exempt && v->weight > 0 &&
	    (v->forever || v->until == 0 || v->until > g->now);
}

/* When the votes for it want a listing in LIST to end: the first counts. */
static int64_t
agreed_end(const struct deciding *g, const struct zone_item *item,
    const struct zone_list_conf *list)
{
	int64_t usual = list->expiry > 0 && !g->d->exempt
	    ? g->now + list->expiry
	    : NO_END;
	int64_t end = NO_END;

	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];
		int64_t wants = v->forever ? NO_END
		    : v->until != 0        ? v->until
					   : usual;

		if (supports(g, v) && wants < end) {
			end = wants;
		}
	}
	return end;
}

/* Weight that approving takes, as the votes are; the guard is asked. */
static int
weigh(struct deciding *g, const struct zone_item *item, unsigned *ret_needed)
{
	unsigned needed = 1;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];
		const struct zone_list_conf *list =
		    zone_config_list(g->config, span_str(c->list));
		struct zone_key key;
		unsigned at = 0;
		int r;

		if ((g->approve >> i & 1) == 0) {
			continue;
		}
		r = candidate_key(g, item, c,
		    list != NULL && agreed_end(g, item, list) == NO_END, &list,
		    &key, &at);
		if (r < 0) {
			return r;
		}
		needed = at > needed ? at : needed;
	}
	*ret_needed = needed;
	return 0;
}

/* One vote a person and item: a new one takes the old one's place. *RET_SAME:
 * the old one wanted the same. */
static int
put_vote(struct zone_item *item, struct arena *arena, const struct deciding *g,
    bool *ret_same)
{
	struct zone_vote *votes =
	    arena_alloc(arena, (item->n_votes + 1) * sizeof(*votes));
	unsigned n = 0;

	if (votes == NULL) {
		return ERR_NOMEM;
	}
	*ret_same = false;
	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];

		if (strcmp(v->person, g->person->name) != 0) {
			votes[n++] = *v;
		} else {
			*ret_same = supports(g, v) && v->approve == g->approve;
		}
	}
	votes[n++] = (struct zone_vote){ .person = g->person->name,
		.weight = g->person->full ? 1 : g->person->weight,
		.approve = g->approve,
		.time = g->now,
		.reason = g->d->reason != NULL ? g->d->reason : "",
		.exempt = g->d->exempt,
		.forever = g->d->forever,
		.until = g->d->forever ? 0 : g->d->until };
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
	bool same = false;
	int r;

	g->text->text[0] = '\0';
	g->ret->outcome = fresh(item, g->d->version);
	if (g->ret->outcome != ZONE_DONE) {
		return 1;
	}
	r = adopt(g, item, arena);
	if (r == ERR_NONE) {
		g->ret->outcome = ZONE_MISSING;
		return 1;
	}
	if (r == 0) {
		r = put_vote(item, arena, g, &same);
	}
	if (r == 0) {
		r = weigh(g, item, &g->ret->needed);
	}
	if (r == ERR_REFUSED || r == ERR_RANGE || r == ERR_FORMAT) {
		g->ret->outcome = ZONE_GUARDED;
		return 1;
	}
	if (r < 0) {
		return r;
	}
	if (g->person->full) {
		item->votes[item->n_votes - 1].weight = g->ret->needed;
	}
	g->ret->weight = 0;
	for (unsigned i = 0; i < item->n_votes; i++) {
		if (supports(g, &item->votes[i])) {
			g->ret->weight += item->votes[i].weight;
		}
	}
	if (same && g->ret->weight < g->ret->needed) {
		g->ret->outcome = ZONE_AGAIN;
		return 1;
	}
	return 0;
}

/* ---- settling ---------------------------------------------------------- */

/* BITS, and what is listed with them: candidates that one of BITS covers. */
static uint32_t
covered(const struct deciding *g, const struct zone_item *item, uint32_t bits)
{
	uint32_t all = bits;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *wide = &item->candidates[i];
		const struct zone_list_conf *list =
		    zone_config_list(g->config, span_str(wide->list));
		struct zone_key a, b;

		if ((bits >> i & 1) == 0 || list == NULL ||
		    list->kind != ZONE_KIND_IP ||
		    zone_key_parse(
			list->kind, span_str(wide->key), &a, NULL) < 0) {
			continue;
		}
		for (unsigned k = 0; k < item->n_candidates && k < 32; k++) {
			const struct zone_candidate *c = &item->candidates[k];

			if (strcmp(c->list, wide->list) == 0 &&
			    zone_key_parse(
				list->kind, span_str(c->key), &b, NULL) == 0 &&
			    a.ip.plen < b.ip.plen && meets(&a, &b)) {
				all |= UINT32_C(1) << k;
			}
		}
	}
	return all;
}

/* Last step: the store has it. */
static int
settle(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct deciding *g = ctx;
	bool lists = g->approve != 0 && !g->d->exempt;

	(void)arena;
	if (item->state != ZONE_WAITING) {
		g->ret->outcome = ZONE_SETTLED;
		return 1;
	}
	item->state = lists ? ZONE_LISTED_ITEM : ZONE_DISMISSED;
	item->settled_by = g->person->name;
	item->settled_reason = g->d->reason != NULL ? g->d->reason : "";
	item->settled = g->now;
	item->serial = g->serial;
	item->approved = lists ? covered(g, item, g->approve) : g->approve;
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
		.exempt = g->d->exempt,
		.person = true,
		.reason = g->d->reason,
		.criterion = g->d->criterion,
		.source = "queue",
		.evidence = evidence,
	};
	struct zone_why why = { .by = g->person->name,
		.action =
		    g->d->exempt ? ZONE_ACTION_EXEMPT : ZONE_ACTION_APPROVE,
		.source = "queue",
		.reason = g->d->reason };
	int r = zone_change_new(store, g->config, &change);

	snprintf(evidence, sizeof(evidence), "item %llu",
	    (unsigned long long)item->id);
	for (unsigned i = 0; i < item->n_candidates && i < 32 && r == 0; i++) {
		const struct zone_list_conf *list;
		struct zone_key key;
		unsigned needed;
		int64_t end;

		if ((g->approve >> i & 1) == 0) {
			continue;
		}
		r = candidate_key(g, item, &item->candidates[i], false, &list,
		    &key, &needed);
		if (r < 0) {
			break;
		}
		end = agreed_end(g, item, list);
		terms.forever = end == NO_END;
		terms.until = terms.forever ||
			(!g->d->exempt && end == g->now + list->expiry)
		    ? 0
		    : end;
		r = zone_change_put(change, list, &key, &terms, 0, g->text);
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
	bool nothing = decision->approve == 0 && decision->n_choices == 0;
	struct arena arena = { 0 };
	struct zone_item item;
	int r;

	r = zone_queue_change(queue, decision->item, person->name,
	    nothing ? "dismiss" : "vote", nothing ? dismiss : vote, &g);
	if (r == ERR_NONE) {
		r = 0;
		done.outcome = ZONE_MISSING;
		goto out;
	}
	if (r != 0 || nothing) {
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
		r = zone_queue_change(queue, decision->item, person->name,
		    decision->exempt ? "exempt" : "approve", settle, &g);
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

/* ---- withdrawing ------------------------------------------------------- */

struct withdrawing {
	const char *by;
	uint32_t version;
	struct zone_decided *ret;
};

static int
withdraw(struct zone_item *item, struct arena *arena, void *ctx)
{
	struct withdrawing *w = ctx;
	unsigned n = 0;

	(void)arena;
	w->ret->outcome = fresh(item, w->version);
	if (w->ret->outcome != ZONE_DONE) {
		return 1;
	}
	for (unsigned i = 0; i < item->n_votes; i++) {
		if (strcmp(item->votes[i].person, w->by) != 0) {
			item->votes[n++] = item->votes[i];
		}
	}
	if (n == item->n_votes) {
		w->ret->outcome = ZONE_AGAIN;
		return 1;
	}
	item->n_votes = n;
	return 0;
}

int
zone_moderate_withdraw(struct zone_queue *queue, const char *by, uint64_t item,
    uint32_t version, struct zone_decided *ret)
{
	struct zone_decided done = { .outcome = ZONE_MISSING };
	struct withdrawing w = { by, version, &done };
	int r = zone_queue_change(queue, item, by, "withdraw", withdraw, &w);

	r = r > 0 || r == ERR_NONE ? 0 : r;
	if (r == 0) {
		*ret = done;
	}
	return r;
}
