/* change.c - collect keys for one serial. */
#include "zone/applied.h"
#include "zone/change_priv.h"

#include <stdlib.h>
#include <string.h>

#include "zone/guard.h"

static const char *const actions[] = {
	[ZONE_ACTION_ADD] = "add",
	[ZONE_ACTION_EXEMPT] = "exempt",
	[ZONE_ACTION_REMOVE] = "remove",
	[ZONE_ACTION_IMPORT] = "import",
	[ZONE_ACTION_APPROVE] = "approve",
	[ZONE_ACTION_UNDO] = "undo",
	[ZONE_ACTION_SWEEP] = "sweep",
	[ZONE_ACTION_PURGE] = "purge",
	[ZONE_ACTION_CONFIG] = "config",
	[ZONE_ACTION_ACCESS] = "access",
	[ZONE_ACTION_RESTORE] = "restore",
};

const char *
zone_action_name(enum zone_action action)
{
	size_t n = sizeof(actions) / sizeof(actions[0]);

	return (size_t)action < n && actions[action] != NULL ? actions[action]
							     : "unknown";
}

int
zone_change_new(struct zone_store *store, const struct zone_config *config,
    struct zone_change **ret_change)
{
	struct zone_change *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return ERR_NOMEM;
	}
	c->store = store;
	c->config = config;
	*ret_change = c;
	return 0;
}

void
zone_change_free(struct zone_change **change)
{
	struct zone_change *c = *change;

	if (c != NULL) {
		free(c->ops);
		free(c->fours);
		free(c->sets);
		free(c->terms);
		free(c->lists);
		arena_free(&c->arena);
		free(c);
		*change = NULL;
	}
}

int
zone_change_grow(void **array, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap == 0 ? 64 : *cap * 2;
	void *p;

	if (n < *cap) {
		return 0;
	}
	p = reallocarray(*array, want, size);
	if (p == NULL) {
		return ERR_NOMEM;
	}
	*array = p;
	*cap = want;
	return 0;
}

int
zone_change_list_index(struct zone_change *c, const struct zone_list_conf *list)
{
	struct change_list *p;

	for (size_t i = 0; i < c->n_lists; i++) {
		if (c->lists[i].conf == list) {
			return (int)i;
		}
	}
	p = reallocarray(c->lists, c->n_lists + 1, sizeof(*p));
	if (p == NULL) {
		return ERR_NOMEM;
	}
	c->lists = p;
	p[c->n_lists] = (struct change_list){ .conf = list };
	return (int)c->n_lists++;
}

static int
add_op(struct zone_change *c, const struct zone_list_conf *list,
    const struct zone_key *key, const struct op *model)
{
	struct op op = *model;
	char name[ZONE_NAME_TEXT];
	void *ops = c->ops;
	int r = zone_change_list_index(c, list);

	if (r < 0) {
		return r;
	}
	op.list = (uint16_t)r;
	op.order = (uint32_t)(c->n_ops + c->n_fours);
	if (key->kind == ZONE_KIND_IP) {
		memcpy(op.addr, key->ip.ip.bytes, 16);
		op.len = key->ip.plen;
		op.bits = key->ip.ip.bits;
		if (!c->unpacked && zone_four_fits(&op)) {
			return zone_four_add(c, &op);
		}
	} else {
		op.domain = key->kind == ZONE_KIND_DOMAIN;
		if (!op.domain) {
			zone_key_name(key->text, name);
		}
		op.text = arena_str(&c->arena, op.domain ? key->text : name);
		if (op.text == NULL) {
			return ERR_NOMEM;
		}
	}
	r = zone_change_grow(&ops, &c->cap_ops, c->n_ops, sizeof(op));
	if (r < 0) {
		return r;
	}
	c->ops = ops;
	c->ops[c->n_ops++] = op;
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool
same_terms(const struct zone_terms *a, const struct zone_terms *b)
{
	return a->exempt == b->exempt && a->code == b->code &&
	    a->until == b->until && a->forever == b->forever &&
	    a->person == b->person && a->template == b->template &&
	    same_text(a->reason, b->reason) &&
	    same_text(a->criterion, b->criterion) &&
	    same_text(a->source, b->source) &&
	    same_text(a->evidence, b->evidence);
}

/* Number of T among the change's terms. A file's lines share few, and mostly
 * the last ones, so no more than those are compared. */
static int
intern(struct zone_change *c, const struct zone_terms *t, uint32_t *ret)
{
	struct zone_terms copy = *t;
	const char **texts[] = { &copy.reason, &copy.criterion, &copy.source,
		&copy.evidence };
	void *terms = c->terms;
	int r;

	for (size_t i = c->n_terms; i > 0 && c->n_terms - i < 8; i--) {
		if (same_terms(&c->terms[i - 1].t, t)) {
			*ret = (uint32_t)(i - 1);
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i] =
		    arena_str(&c->arena, *texts[i] != NULL ? *texts[i] : "");
		if (*texts[i] == NULL) {
			return ERR_NOMEM;
		}
	}
	r = zone_change_grow(
	    &terms, &c->cap_terms, c->n_terms, sizeof(*c->terms));
	if (r < 0) {
		return r;
	}
	c->terms = terms;
	c->terms[c->n_terms] = (struct terms){ .t = copy };
	*ret = (uint32_t)c->n_terms++;
	return 0;
}

int
zone_change_put(struct zone_change *change, const struct zone_list_conf *list,
    const struct zone_key *key, const struct zone_terms *terms, unsigned flags,
    struct err_text *why)
{
	struct op op = { .verb = VERB_PUT, .flags = (uint8_t)flags };
	struct zone_terms t = *terms;
	int r;

	if (key->kind != list->kind) {
		return err_say(why, ERR_REFUSED,
		    "list \"%s\" holds keys of kind %s, this is one of kind "
		    "%s",
		    list->name, zone_kind_name(list->kind),
		    zone_kind_name(key->kind));
	}
	if (t.exempt) {
		t.code = 0;
	} else {
		t.code = t.code != 0 ? t.code : list->code;
		r = zone_guard_code(t.code, why);
		if (r == 0) {
			r = zone_guard_list(change->config, list, key, why);
		}
		if (r < 0) {
			return r;
		}
	}
	r = intern(change, &t, &op.terms);
	return r < 0 ? r : add_op(change, list, key, &op);
}

int
zone_change_remove(struct zone_change *change,
    const struct zone_list_conf *list, const struct zone_key *key,
    unsigned flags)
{
	struct op op = { .verb = VERB_REMOVE, .flags = (uint8_t)flags };

	return add_op(change, list, key, &op);
}

int
zone_change_set(struct zone_change *c, const struct zone_list_conf *list,
    const struct zone_key *key, uint32_t set, uint32_t expect)
{
	struct op op = { .verb = VERB_SET, .set = set, .expect = expect };

	return add_op(c, list, key, &op);
}

int
zone_change_replace(struct zone_change *c, const struct zone_list_conf *list,
    const struct zone_key *key, const struct zone_terms *terms, uint32_t expect)
{
	struct op op = {
		.verb = VERB_PUT, .flags = OP_EXPECT, .expect = expect
	};
	int r = intern(c, terms, &op.terms);

	c->unpacked = true;
	return r < 0 ? r : add_op(c, list, key, &op);
}

static int
apply_unless(struct zone_txn *txn, void *ctx)
{
	struct zone_change *c = ctx;
	int r = zone_change_apply(txn, c);

	c->vetoed =
	    r == 0 && c->veto != NULL && c->veto(&c->result, c->veto_ctx);
	return c->vetoed ? ERR_REFUSED : r;
}

int
zone_change_commit_unless(struct zone_change **change,
    const struct zone_why *why, zone_change_veto *veto, void *ctx,
    struct zone_change_result *ret, struct err_text *text)
{
	struct zone_change *c = *change;
	int r;

	c->why = why;
	c->veto = veto;
	c->veto_ctx = ctx;
	r = zone_store_write(c->store, apply_unless, c);
	if (r == ERR_NONE) { /* not a failure: nothing had to be written */
		r = 0;
		c->result.serial = 0;
	}
	if (r >= 0) {
		*ret = c->result;
		r = 0;
	} else if (c->vetoed) {
		c->result.serial = 0;
		*ret = c->result;
	} else if (text != NULL && text->text[0] == '\0') {
		r = err_say(
		    text, r, "the store could not be written: %s", err_str(r));
	}
	zone_change_free(change);
	return r;
}

int
zone_change_commit(struct zone_change **change, const struct zone_why *why,
    struct zone_change_result *ret, struct err_text *text)
{
	return zone_change_commit_unless(change, why, NULL, NULL, ret, text);
}

struct init {
	const struct zone_config *config;
};

/* Lists that the store does not know yet get their row. */
static int
init_lists(struct zone_txn *txn, void *ctx)
{
	const struct init *init = ctx;
	struct zone_head head;
	bool changed = false;
	int r = zone_head_get(txn, &head);

	for (size_t i = 0; i < init->config->n_lists && r >= 0; i++) {
		const struct zone_list_conf *l = &init->config->lists[i];
		struct zone_list_info info;

		r = zone_list_get(txn, l->name, &info);
		if (r == 1 && info.kind != l->kind) {
			return ERR_CONFLICT;
		}
		if (r == 0) {
			r = zone_list_new(txn, &head, l->name, l->kind, &info);
			changed = true;
		}
	}
	if (r >= 0 && changed) {
		r = zone_head_put(txn, &head);
	}
	if (r >= 0) {
		r = zone_applied_begin(txn, init->config);
		changed = changed || r == 1;
	}
	return r < 0 ? r : changed ? 0 : ERR_NONE;
}

int
zone_moderate_init(struct zone_store *store, const struct zone_config *config)
{
	struct init init = { config };
	int r = zone_store_write(store, init_lists, &init);

	return r == ERR_NONE ? 0 : r;
}
