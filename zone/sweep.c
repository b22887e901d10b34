/* sweep.c - take out what has expired. */
#include "zone/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "zone/change_priv.h"
#include "zone/pick.h"

struct sweeping {
	struct zone_change *change; /* NULL: only count */
	const struct zone_list_conf *list;
	int64_t now, next;
	uint64_t expired, most;
};

static int
has_expired(struct zone_view *view, const struct zone_said *said, void *ctx)
{
	struct sweeping *s = ctx;

	(void)view;
	if (said->until > s->now && said->until < s->next) {
		s->next = said->until;
	}
	return said->until != 0 && said->until <= s->now;
}

static int
take_out(const struct zone_entry *entry, void *ctx)
{
	struct sweeping *s = ctx;

	if (++s->expired > s->most || s->change == NULL) {
		return 0; /* only counted from here on */
	}
	return zone_change_set(
	    s->change, s->list, &entry->key, 0, entry->detail);
}

int
zone_sweep_count(
    struct zone_view *view, const struct zone_list_info *list, uint64_t *ret_n)
{
	struct sweeping s = { .now = zone_view_now(view) };
	int r = zone_pick(
	    view, list->number, list->kind, has_expired, take_out, &s);

	*ret_n = s.expired;
	return r;
}

struct all {
	struct zone_view *view;
	struct zone_change *change;
	const struct zone_config *config;
	unsigned flags;
	struct zone_list_info lists[ZONE_SWEPT_LISTS];
	struct zone_list_conf conf[ZONE_SWEPT_LISTS]; /* of unconfigured ones */
	int n_lists;
	int64_t next;
};

static int
sweep_list(struct all *a, int i, struct zone_swept *ret)
{
	const struct zone_list_info *info = &a->lists[i];
	struct zone_swept_list *swept = &ret->lists[ret->n_lists++];
	struct sweeping s = { .change = a->change,
		.now = zone_view_now(a->view),
		.next = a->next };
	size_t before = a->change->n_ops;
	int r;

	memcpy(swept->name, info->name, sizeof(swept->name));
	swept->entries = info->listed + info->exempt;
	s.list = zone_config_list(a->config, span_str(info->name));
	if (s.list == NULL || s.list->kind != info->kind) {
		a->conf[i] = (struct zone_list_conf){ .name = info->name,
			.kind = info->kind };
		s.list = &a->conf[i];
	}
	s.most = a->flags & ZONE_SWEEP_FORCE         ? UINT64_MAX
	    : swept->entries / 10 > ZONE_SWEEP_FLOOR ? swept->entries / 10
						     : ZONE_SWEEP_FLOOR;
	r = zone_pick(
	    a->view, info->number, info->kind, has_expired, take_out, &s);
	a->next = s.next;
	swept->expired = s.expired;
	if (s.expired > s.most) {
		swept->held = ret->held = true;
		a->change->n_ops = before;
	}
	return r;
}

int
zone_sweep(struct zone_store *store, const struct zone_config *config,
    const char *by, unsigned flags, struct zone_sweep_seen *seen,
    struct zone_swept *ret, struct err_text *why)
{
	const struct zone_why because = { .by = by,
		.action = ZONE_ACTION_SWEEP };
	struct all *a = calloc(1, sizeof(*a));
	uint64_t serial = 0;
	int r = a != NULL ? zone_view_open(store, &a->view) : ERR_NOMEM;

	memset(ret, 0, sizeof(*ret));
	if (r < 0 || (r = zone_view_renew(a->view)) < 0) {
		goto out;
	}
	serial = zone_view_serial(a->view);
	if (seen != NULL && seen->known && seen->serial == serial &&
	    zone_view_now(a->view) < seen->next) {
		goto out;
	}
	a->config = config;
	a->flags = flags;
	a->next = INT64_MAX;
	r = zone_change_new(store, config, &a->change);
	if (r == 0) {
		a->change->unpacked = true;
		a->n_lists =
		    zone_view_lists(a->view, a->lists, ZONE_SWEPT_LISTS);
		r = a->n_lists < 0 ? a->n_lists : 0;
	}
	for (int i = 0; i < a->n_lists && r == 0; i++) {
		r = sweep_list(a, i, ret);
		if (r < 0) {
			r = err_say(why, r, "list \"%s\": %s", a->lists[i].name,
			    err_str(r));
		}
	}
	/* a view may not be at work while the map may have to grow */
	zone_view_rest(a->view);
	if (r == 0 && a->change->n_ops > 0 && (flags & ZONE_SWEEP_DRY) == 0) {
		r = zone_change_commit(&a->change, &because, &ret->change, why);
	}
	if (r == 0 && seen != NULL) {
		*seen = (struct zone_sweep_seen){ !ret->held, serial, a->next };
	}
out:
	if (a != NULL) {
		zone_view_close(&a->view);
		zone_change_free(&a->change);
		free(a);
	}
	return r;
}
