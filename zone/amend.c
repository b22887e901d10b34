/* amend.c - one entry of the list, taken out or given another end. */
#include "zone/amend.h"

#include "base/when.h"
#include "zone/change_priv.h"
#include "zone/find.h"

/* The words of the entry's detail with another end, into ARENA. */
static int
new_terms(const struct zone_detail *d, const struct zone_amendment *a,
    struct arena *arena, struct zone_terms *ret)
{
	struct zone_terms t = {
		.exempt = zone_detail_exempt(d),
		.code = d->code,
		.until = a->forever ? 0 : a->until,
		.forever = a->forever,
		.person = true,
		.template = d->template,
		.reason = arena_copy(arena, d->reason.at, d->reason.len),
		.criterion =
		    arena_copy(arena, d->criterion.at, d->criterion.len),
		.source = arena_copy(arena, d->source.at, d->source.len),
		.evidence = arena_copy(arena, d->evidence.at, d->evidence.len),
	};

	if (t.reason == NULL || t.criterion == NULL || t.source == NULL ||
	    t.evidence == NULL) {
		return ERR_NOMEM;
	}
	*ret = t;
	return 0;
}

/* May PERSON do that alone? */
static int
allowed(const struct zone_config *config, const struct zone_person *person,
    const struct zone_amendment *a, const struct zone_detail *d,
    struct err_text *text)
{
	bool exempt = zone_detail_exempt(d);
	bool longer = a->forever ? d->until != 0
				 : d->until != 0 && a->until > d->until;
	unsigned needed = 1;
	int r;

	if (!exempt && (a->remove || !longer)) {
		return 0;
	}
	r = zone_moderate_weigh(config, NULL, a->list, a->key, exempt,
	    a->forever && !exempt, &needed, text);
	if (r == 0 && !person->full && person->weight < needed) {
		r = err_say(text, ERR_REFUSED,
		    "this takes a weight of %u, and yours is %u; undo the "
		    "change that made the entry, or have an administrator do "
		    "it with rblctl",
		    needed, person->weight);
	}
	return r;
}

/* Collect it: 1, 0 the entry is not there any more, <0. */
static int
collect(struct zone_view *view, const struct zone_config *config,
    const struct zone_person *person, const struct zone_amendment *a,
    struct arena *arena, struct zone_change *change, struct err_text *text)
{
	struct zone_terms terms;
	struct zone_detail d;
	struct zone_entry e;
	uint16_t number;
	int r = zone_view_renew(view);

	if (r == 0) {
		r = zone_view_list(
		    view, a->list->name, a->list->kind, &number);
	}
	if (r == 1) {
		r = zone_find_exact(view, number, a->key, &e);
	}
	if (r != 1 || e.detail != a->detail) {
		return r < 0 ? r : 0;
	}
	r = zone_view_detail(view, e.detail, &d);
	if (r != 1) {
		return r < 0 ? r : ERR_CORRUPT;
	}
	r = allowed(config, person, a, &d, text);
	if (r < 0) {
		return r;
	}
	if (a->remove) {
		r = zone_change_set(change, a->list, a->key, 0, a->detail);
	} else {
		r = new_terms(&d, a, arena, &terms);
		if (r == 0) {
			r = zone_change_replace(
			    change, a->list, a->key, &terms, a->detail);
		}
	}
	return r < 0 ? r : 1;
}

int
zone_moderate_amend(struct zone_store *store, const struct zone_config *config,
    const struct zone_person *person, const struct zone_amendment *a,
    struct zone_decided *ret, struct err_text *text)
{
	struct zone_why why = { .by = person->name,
		.action = a->remove ? ZONE_ACTION_REMOVE : ZONE_ACTION_ADD,
		.reason = a->reason };
	struct zone_decided done = { .outcome = ZONE_MOVED };
	struct zone_change *change = NULL;
	struct zone_change_result result;
	struct zone_view *view = NULL;
	struct arena arena = { 0 };
	int r;

	if (!a->remove && !a->forever && a->until <= when_now()) {
		done.outcome = ZONE_GUARDED;
		r = err_say(text, ERR_REFUSED, "its end would be over already");
		goto out;
	}
	r = zone_change_new(store, config, &change);
	if (r == 0) {
		r = zone_view_open(store, &view);
	}
	if (r == 0) {
		r = collect(view, config, person, a, &arena, change, text);
	}
	zone_view_close(&view); /* before the change is written */
	if (r == 1) {
		r = zone_change_commit(&change, &why, &result, text);
		done.serial = r == 0 ? result.serial : 0;
		done.outcome = done.serial != 0 ? ZONE_DONE : ZONE_MOVED;
	}
	if (r == ERR_REFUSED || r == ERR_RANGE || r == ERR_FORMAT) {
		done.outcome = ZONE_GUARDED;
	}
out:
	zone_change_free(&change);
	arena_free(&arena);
	if (done.outcome == ZONE_GUARDED) {
		r = 0;
	}
	if (r == 0) {
		*ret = done;
	}
	return r;
}
