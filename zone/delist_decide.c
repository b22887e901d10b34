/* delist_decide.c - how requests end: by the rule, or by a person. */
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "zone/change_priv.h"
#include "zone/delist_priv.h"

/* ---- the rule ------------------------------------------------------------ */

/* One sender: an IPv4 address, an IPv6 /64 or less, a name, an address. */
static bool
single(const struct zone_key *asked, const struct zone_key *entry)
{
	if (entry->kind == ZONE_KIND_IP) {
		return entry->ip.plen >= (entry->ip.ip.bits == 128 ? 64 : 32);
	}
	if (entry->kind == ZONE_KIND_DOMAIN) {
		const char *name = entry->text;

		/* what is asked for below it is not all that it covers */
		name += strspn(name, "*.");
		return strcmp(asked->text + strspn(asked->text, "*."), name) ==
		    0;
	}
	return true;
}

enum zone_delist_why
zone_delist_judge(const struct zone_config *config,
    const struct zone_key *asked, const struct zone_key *entry,
    const struct zone_detail *detail)
{
	if (!single(asked, entry)) {
		return ZONE_DELIST_NETWORK;
	}
	if (detail->person && detail->until == 0) {
		return ZONE_DELIST_PERMANENT;
	}
	return config->www.delist_auto ? ZONE_DELIST_AUTO : ZONE_DELIST_OFF;
}

/* ---- one request, one transaction ---------------------------------------- */

struct settling {
	struct zone_request_decision d;
	enum zone_request_state state; /* it gets */
	const char *action;            /* for the log; NULL: none */
	bool closed;                   /* it must be closed, else open */
	bool asked;                    /* the visitor must have been asked */
	bool visitor;                  /* the word is his */
	bool word;                     /* one is added */
	bool automatic;
	enum zone_delist_why why; /* with AUTO it stays as it is */
	uint64_t serial;
	int64_t now;
	enum zone_request_outcome outcome;
};

static int
add_word(struct zone_request *q, const struct settling *g, struct arena *arena)
{
	struct zone_request_word *words =
	    arena_alloc(arena, (q->n_words + 1) * sizeof(*words));

	if (words == NULL) {
		return ERR_NOMEM;
	}
	memcpy(words, q->words, q->n_words * sizeof(*words));
	words[q->n_words] = (struct zone_request_word){
		.visitor = g->visitor,
		.time = g->now,
		.canned = g->visitor ? 0 : g->d.canned,
		.by = g->visitor ? "" : g->d.by,
		.text = g->d.answer != NULL ? g->d.answer : "",
	};
	q->words = words;
	q->n_words++;
	return 0;
}

static int
log_it(struct zone_txn *txn, const struct zone_request *q,
    const struct settling *g)
{
	char reason[QUEUE_TEXT + 1];

	snprintf(reason, sizeof(reason), "request %llu: %s%s%s",
	    (unsigned long long)q->id, q->key,
	    g->d.answer != NULL && g->d.answer[0] != '\0' ? ": " : "",
	    g->d.answer != NULL ? g->d.answer : "");
	return request_event_add(
	    txn, g->d.by, g->action, reason, q->version, g->serial);
}

static int
settle(struct zone_txn *txn, void *ctx)
{
	struct settling *g = ctx;
	struct arena arena = { 0 };
	struct request_stored s;
	struct request_meta meta;
	struct zone_request old;
	bool open;
	int rc = request_read(txn, g->d.id, &arena, &s);

	if (rc <= 0) {
		g->outcome = ZONE_REQUEST_NONE;
		goto out; /* 0, or damage */
	}
	rc = 0;
	old = s.said;
	open = zone_request_open(old.state);
	if (open == g->closed ||
	    (g->asked && old.state != ZONE_REQUEST_ASKED) ||
	    (g->d.version != 0 && g->d.version != old.version)) {
		g->outcome = ZONE_REQUEST_STALE;
		goto out;
	}
	/* what settles it always has room: the last place is kept for it */
	if (g->word &&
	    old.n_words >=
		ZONE_REQUEST_WORDS - (zone_request_open(g->state) ? 1 : 0)) {
		g->outcome = ZONE_REQUEST_FULL;
		goto out;
	}
	s.said.version = old.version == UINT32_MAX ? 1 : old.version + 1;
	s.said.state = g->state;
	s.said.automatic = g->automatic;
	s.said.decided = zone_request_open(g->state) ? 0 : g->now;
	s.said.by = zone_request_open(g->state) ? "" : g->d.by;
	s.said.serial = g->serial;
	if (g->why != ZONE_DELIST_AUTO) {
		s.said.why = g->why;
	}
	rc = g->word ? add_word(&s.said, g, &arena) : 0;
	if (rc == 0) {
		rc = request_meta_get(txn, &meta);
	}
	if (rc == 0) {
		rc = request_write(txn, &meta, &old, &s);
	}
	if (rc == 0 && g->action != NULL) {
		rc = log_it(txn, &s.said, g);
	}
	g->outcome = ZONE_REQUEST_DONE;
out:
	arena_free(&arena);
	return rc;
}

static int
run(struct zone_queue *queue, struct settling *g,
    enum zone_request_outcome *ret)
{
	int rc;

	g->now = g->now != 0 ? g->now : when_now();
	rc = zone_store_write(queue->store, settle, g);
	if (rc == 0) {
		*ret = g->outcome;
	}
	return rc;
}

/* ---- people -------------------------------------------------------------- */

int
zone_request_deny(struct zone_queue *queue,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret)
{
	struct settling g = { .d = *decision,
		.state = ZONE_REQUEST_DENIED,
		.action = "request denied",
		.word = true };

	return run(queue, &g, ret);
}

int
zone_request_ask(struct zone_queue *queue,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret)
{
	struct settling g = { .d = *decision,
		.state = ZONE_REQUEST_ASKED,
		.action = "request asked",
		.word = true };

	return run(queue, &g, ret);
}

int
zone_request_reply(struct zone_queue *queue, const char *ticket,
    const char *text, int64_t now, enum zone_request_outcome *ret)
{
	struct settling g = { .d = { .by = "", .answer = text },
		.state = ZONE_REQUEST_WAITING,
		.asked = true,
		.visitor = true,
		.word = true,
		.now = now };
	struct zone_request q;
	struct arena arena = { 0 };
	int rc = zone_request_of_ticket(queue, ticket, &arena, &q);

	if (rc == 1) {
		g.d.id = q.id;
		rc = run(queue, &g, ret);
	} else if (rc == 0) {
		*ret = ZONE_REQUEST_NONE;
	}
	arena_free(&arena);
	return rc;
}

/* Take ENTRY out of LIST, if DETAIL is what it says. *RET_SERIAL 0: it is not.
 */
static int
take_out(struct zone_store *store, const struct zone_config *config,
    const struct zone_list_conf *list, const struct zone_key *entry,
    uint32_t detail, const struct zone_why *why, uint64_t *ret_serial)
{
	struct zone_change_result result = { .serial = 0 };
	struct zone_change *change = NULL;
	int rc = zone_change_new(store, config, &change);

	if (rc == 0) {
		rc = zone_change_set(change, list, entry, 0, detail);
	}
	if (rc == 0) {
		rc = zone_change_commit(&change, why, &result, NULL);
	}
	zone_change_free(&change);
	if (rc == 0) {
		*ret_serial = result.serial;
	}
	return rc;
}

/* What does exactly KEY say in LIST now? 1 with its detail, when it lists; 0
 * nothing that could be taken out; <0. */
static int
listed_now(struct zone_store *store, const struct zone_list_conf *list,
    const struct zone_key *key, uint32_t *ret_detail)
{
	struct zone_view *view = NULL;
	struct zone_entry entry;
	uint16_t number;
	int rc = zone_view_open(store, &view);

	if (rc == 0) {
		rc = zone_view_renew(view);
	}
	if (rc == 0) {
		rc = zone_view_list(view, list->name, list->kind, &number);
	}
	if (rc == 1) {
		rc = zone_find_exact(view, number, key, &entry);
	}
	if (rc == 1 &&
	    (entry.code == 0 ||
		(entry.until != 0 && entry.until <= zone_view_now(view)))) {
		rc = 0;
	}
	if (rc == 1) {
		*ret_detail = entry.detail;
	}
	zone_view_close(&view);
	return rc;
}

int
zone_request_approve(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret, uint64_t *ret_serial)
{
	struct settling g = { .d = *decision,
		.state = ZONE_REQUEST_REMOVED,
		.action = "request granted",
		.word = true };
	const struct zone_list_conf *list;
	struct arena arena = { 0 };
	struct zone_request q;
	struct zone_key key;
	char reason[QUEUE_TEXT + 1];
	struct zone_why why = { .by = decision->by,
		.action = ZONE_ACTION_REMOVE,
		.source = "delist",
		.reason = reason };
	uint32_t detail = 0;
	int rc;

	*ret_serial = 0;
	rc = zone_request_get(queue, decision->id, &arena, &q);
	if (rc <= 0) {
		*ret = ZONE_REQUEST_NONE;
		goto out;
	}
	rc = 0;
	if (!zone_request_open(q.state) ||
	    (decision->version != 0 && decision->version != q.version)) {
		*ret = ZONE_REQUEST_STALE;
		goto out;
	}
	list = zone_config_list(config, span_str(q.list));
	if (list == NULL ||
	    zone_key_parse(list->kind, span_str(q.key), &key, NULL) < 0) {
		*ret = ZONE_REQUEST_STUCK;
		goto out;
	}
	g.d.version = q.version;
	snprintf(reason, sizeof(reason), "request %llu%s%s",
	    (unsigned long long)q.id,
	    decision->answer != NULL && decision->answer[0] != '\0' ? ": " : "",
	    decision->answer != NULL ? decision->answer : "");
	rc = listed_now(store, list, &key, &detail);
	if (rc == 1) {
		rc = take_out(
		    store, config, list, &key, detail, &why, &g.serial);
		if (rc == 0 && g.serial == 0) {
			*ret = ZONE_REQUEST_STUCK;
			goto out;
		}
	}
	if (rc == 0) {
		rc = run(queue, &g, ret);
	}
	if (rc == 0 && *ret != ZONE_REQUEST_DONE && g.serial != 0) {
		/* Somebody settled it between the two steps and won. */
		struct zone_change_result back;
		struct zone_decided undone;

		rc = zone_moderate_undo(store, NULL, config, decision->by,
		    g.serial, "the request was settled by somebody else",
		    &undone, &back, NULL);
		g.serial = 0;
	}
	*ret_serial = g.serial;
out:
	arena_free(&arena);
	return rc;
}

int
zone_request_reopen(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config,
    const struct zone_request_decision *decision,
    enum zone_request_outcome *ret, struct err_text *why)
{
	struct settling g = { .d = *decision,
		.state = ZONE_REQUEST_WAITING,
		.action = "request reopened",
		.closed = true };
	struct zone_change_result change;
	struct zone_decided undone;
	struct arena arena = { 0 };
	struct zone_request q;
	char reason[64];
	int rc = zone_request_get(queue, decision->id, &arena, &q);

	if (rc <= 0) {
		*ret = ZONE_REQUEST_NONE;
		goto out;
	}
	rc = 0;
	if (zone_request_open(q.state) ||
	    (decision->version != 0 && decision->version != q.version)) {
		*ret = ZONE_REQUEST_STALE;
		goto out;
	}
	g.d.version = q.version;
	if (q.serial != 0) {
		snprintf(reason, sizeof(reason), "request %llu reopened",
		    (unsigned long long)q.id);
		rc = zone_moderate_undo(store, queue, config, decision->by,
		    q.serial, reason, &undone, &change, why);
		if (rc == 0 && undone.outcome != ZONE_DONE &&
		    undone.outcome != ZONE_MOVED) {
			*ret = ZONE_REQUEST_STUCK; /* the guard says why */
			goto out;
		}
	}
	if (rc == 0) {
		rc = run(queue, &g, ret);
	}
out:
	arena_free(&arena);
	return rc;
}

/* ---- by itself ----------------------------------------------------------- */

int
zone_request_remove_now(struct zone_store *store, struct zone_queue *queue,
    const struct zone_config *config, const struct zone_request_added *added,
    const struct zone_list_conf *list, const struct zone_key *entry,
    uint32_t detail, enum zone_request_outcome *ret, uint64_t *ret_serial)
{
	struct settling g = {
		.d = { .id = added->id,
		    .version = added->version,
		    .by = "delist" },
		.state = ZONE_REQUEST_REMOVED,
		.automatic = true,
	};
	char reason[64];
	struct zone_why why = { .by = "delist",
		.action = ZONE_ACTION_REMOVE,
		.source = "delist",
		.reason = reason };
	int rc;

	snprintf(reason, sizeof(reason), "request %llu",
	    (unsigned long long)added->id);
	*ret_serial = 0;
	rc = take_out(store, config, list, entry, detail, &why, &g.serial);
	if (rc < 0) {
		return rc;
	}
	*ret_serial = g.serial;
	if (g.serial == 0) {
		g.state = ZONE_REQUEST_WAITING;
		g.automatic = false;
		g.why = ZONE_DELIST_CHANGED;
	}
	rc = run(queue, &g, ret);
	if (rc == 0 && *ret == ZONE_REQUEST_DONE && g.serial == 0) {
		*ret = ZONE_REQUEST_STUCK;
	}
	return rc;
}
