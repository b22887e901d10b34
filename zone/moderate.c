/* moderate.c - what is proposed, and taking back. */
#include "zone/moderate.h"

#include <string.h>

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

	/* what wrote to the store is taken back there, by undo */
	if (item->state != ZONE_DISMISSED || item->serial != 0) {
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
