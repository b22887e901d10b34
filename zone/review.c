/* review.c - one entry, changed only if it still is what was seen. */
#include "zone/review.h"

#include "base/arena.h"
#include "zone/change_priv.h"
#include "zone/find.h"
#include "zone/guard.h"
#include "zone/series_fill.h"

struct looking {
	struct zone_store *store;
	const struct zone_review *review;
	int err;
};

/* The present entry's detail, 0: none; <0. */
static int
present(const struct looking *l, struct zone_view *view, uint32_t *ret)
{
	struct zone_entry entry = { .detail = 0 };
	uint16_t number;
	int r = zone_view_list(
	    view, l->review->list->name, l->review->list->kind, &number);

	*ret = 0;
	if (r == 1) {
		r = zone_find_exact(view, number, &l->review->key, &entry);
	}
	if (r == 1) {
		*ret = entry.detail;
	}
	return r < 0 ? r : 0;
}

/* Asked within the transaction: what is committed cannot change any more. */
static bool
changed(const struct zone_change_result *result, void *ctx)
{
	struct looking *l = ctx;
	struct zone_view *view = NULL;
	uint32_t detail = 0;

	(void)result;
	l->err = zone_view_open(l->store, &view);
	if (l->err == 0) {
		l->err = zone_view_renew(view);
	}
	if (l->err == 0) {
		l->err = present(l, view, &detail);
	}
	zone_view_close(&view);
	return l->err < 0 || detail != l->review->detail;
}

/* What the entry says, in ARENA: 1, 0 it is another one (*RET), <0. */
static int
read_terms(const struct looking *l, struct arena *arena,
    struct zone_terms *terms, enum zone_outcome *ret)
{
	struct zone_view *view = NULL;
	uint32_t detail = 0;
	struct zone_detail d;
	int r = zone_view_open(l->store, &view);

	if (r == 0) {
		r = zone_view_renew(view);
	}
	if (r == 0) {
		r = present(l, view, &detail);
	}
	if (r == 0 && detail != l->review->detail) {
		*ret = detail == 0 ? ZONE_MISSING : ZONE_STALE;
		goto out;
	}
	if (r == 0) {
		r = zone_view_detail(view, detail, &d);
		r = r == 0 ? ERR_CORRUPT : r;
	}
	if (r == 1) {
		*terms = (struct zone_terms){
			.exempt = zone_detail_exempt(&d),
			.code = d.code,
			.person = true,
			/* a person's words are never a template: what it says
			 * of this key becomes the words */
			.reason = NULL,
			.criterion =
			    arena_copy(arena, d.criterion.at, d.criterion.len),
			.source = arena_copy(arena, d.source.at, d.source.len),
			.evidence =
			    arena_copy(arena, d.evidence.at, d.evidence.len),
		};
		if (terms->criterion == NULL || terms->source == NULL ||
		    terms->evidence == NULL) {
			r = ERR_NOMEM;
		}
	}
	if (r == 1) {
		char text[ZONE_KEY_TEXT];
		struct buf b = { 0 };

		zone_detail_reason(
		    &d, zone_key_format(text, &l->review->key), &b);
		terms->reason = b.bad
		    ? NULL
		    : arena_copy(arena, b.data != NULL ? b.data : "", b.len);
		buf_free(&b);
		r = terms->reason != NULL ? 1 : ERR_NOMEM;
	}
out:
	zone_view_close(&view);
	return r;
}

int
zone_review_extend(struct zone_store *store, const struct zone_config *config,
    const struct zone_review *review, int64_t until, enum zone_outcome *ret,
    uint64_t *ret_serial, struct err_text *why)
{
	const struct zone_why because = { .by = review->person->name,
		.action = ZONE_ACTION_ADD,
		.source = "review",
		.reason = review->reason };
	struct looking l = { store, review, 0 };
	struct zone_change_result result = { 0 };
	struct zone_change *change = NULL;
	struct zone_terms terms;
	struct arena arena = { 0 };
	int r;

	if (zone_guard_wide(review->list, &review->key) &&
	    !review->person->full &&
	    review->person->weight < review->list->wide_at) {
		(void)err_say(why, ERR_REFUSED,
		    "it is so wide that two people have to decide about it");
		*ret = ZONE_GUARDED;
		return 0;
	}
	r = read_terms(&l, &arena, &terms, ret);
	if (r != 1) {
		goto out;
	}
	terms.until = until;
	terms.forever = until == 0;
	r = zone_guard_list(config, review->list, &review->key, why);
	if (r < 0 && !terms.exempt) {
		*ret = ZONE_GUARDED;
		r = r == ERR_NOMEM ? r : 0;
		goto out;
	}
	r = zone_change_new(store, config, &change);
	if (r == 0) {
		r = zone_change_put(
		    change, review->list, &review->key, &terms, 0, why);
	}
	if (r == 0) {
		r = zone_change_commit_unless(
		    &change, &because, changed, &l, &result, why);
	}
	if (r == ERR_REFUSED) {
		*ret = ZONE_STALE;
		r = l.err;
	} else if (r == 0) {
		*ret = ZONE_DONE;
		*ret_serial = result.serial;
	}
out:
	zone_change_free(&change);
	arena_free(&arena);
	return r < 0 ? r : 0;
}

int
zone_review_remove(struct zone_store *store, const struct zone_config *config,
    const struct zone_review *review, bool wrong, enum zone_outcome *ret,
    uint64_t *ret_serial, struct err_text *why)
{
	const struct zone_why because = { .by = review->person->name,
		.action = ZONE_ACTION_REMOVE,
		.source = wrong ? ZONE_SOURCE_WRONG : "review",
		.reason = review->reason };
	struct zone_change_result result = { 0 };
	struct zone_change *change = NULL;
	int r = zone_change_new(store, config, &change);

	if (r == 0) {
		r = zone_change_set(
		    change, review->list, &review->key, 0, review->detail);
	}
	if (r == 0) {
		r = zone_change_commit(&change, &because, &result, why);
	}
	zone_change_free(&change);
	if (r < 0) {
		return r;
	}
	*ret = result.serial != 0 ? ZONE_DONE : ZONE_STALE;
	*ret_serial = result.serial;
	return 0;
}
