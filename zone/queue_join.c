/* queue_join.c - the item that a report belongs to.
 *
 * A report is about its first candidate that may be listed at all. Where an
 * item waits with that candidate, it joins it. Where the candidate is listed
 * already, a person has nothing to decide: it is a sighting, kept with the
 * item that listed it. Everything else waits as an item of its own.
 *
 * What is listed is not known here (rbl-ingest cannot open the store), only
 * what was approved in this queue. So each item that gathers sightings is
 * marked, and whoever can see both looks at the marks (queue_review.c); when
 * nobody has done that lately, there are no sightings, and a report waits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "zone/queue_priv.h"

static bool
same_candidate(const struct zone_candidate *a, const struct zone_candidate *b)
{
	return strcmp(a->key, b->key) == 0 && strcmp(a->list, b->list) == 0;
}

/* Has ITEM C among its candidates? *RET_AT says where. */
static bool
has_candidate(const struct zone_item *item, const struct zone_candidate *c,
    unsigned *ret_at)
{
	for (unsigned k = 0; k < item->n_candidates; k++) {
		if (same_candidate(&item->candidates[k], c)) {
			*ret_at = k;
			return true;
		}
	}
	return false;
}

/* Append to ITEM, with room for QUEUE_CANDIDATES, what it lacks. */
static void
add_candidates(struct zone_item *item, const struct zone_report *report)
{
	unsigned k;

	for (unsigned i = 0; i < report->n_candidates; i++) {
		const struct zone_candidate *c = &report->candidates[i];

		if (!has_candidate(item, c, &k) &&
		    item->n_candidates < QUEUE_CANDIDATES_MADE) {
			item->candidates[item->n_candidates++] = *c;
		}
	}
}

/* ITEM has room for QUEUE_EVIDENCE and one more. What an item was decided by
 * is not pushed out by what is seen afterwards. */
static void
add_evidence(struct zone_item *item, const struct zone_submission *s,
    uint64_t id, unsigned message)
{
	unsigned out = item->state == ZONE_WAITING ? 0 : QUEUE_EVIDENCE / 2;

	for (unsigned i = 0; i < item->n_evidence; i++) {
		if (item->evidence[i].submission == id) {
			return;
		}
	}
	item->evidence[item->n_evidence++] = (struct zone_evidence){
		.submission = id,
		.message = message,
		.time = s->time,
		.submitter = s->submitter != NULL ? s->submitter : "",
	};
	if (item->n_evidence > QUEUE_EVIDENCE) {
		item->n_evidence--;
		memmove(item->evidence + out, item->evidence + out + 1,
		    (item->n_evidence - out) * sizeof(*item->evidence));
	}
}

/* Note who reported; ITEM has room for QUEUE_REPORTERS. */
static void
add_reporter(struct zone_item *item, const char *submitter)
{
	struct digest d;
	struct reader r;
	uint64_t mark;
	char low[QUEUE_TEXT];
	size_t n = submitter != NULL ? strnlen(submitter, sizeof(low)) : 0;

	for (size_t i = 0; i < n; i++) {
		low[i] = text_lower(submitter[i]);
	}
	d = digest_of(DIGEST_SHA256, n > 0 ? low : "", n);
	r = reader(d.bytes, 8);
	mark = read_le64(&r);
	for (unsigned i = 0; i < item->n_reporters; i++) {
		if (item->reporters[i] == mark) {
			return;
		}
	}
	if (item->n_reporters < QUEUE_REPORTERS) {
		item->reporters[item->n_reporters++] = mark;
	}
}

/* Give ITEM arrays of its own that have room for more. */
static int
make_room(struct zone_item *item, struct arena *arena)
{
	struct zone_candidate *c =
	    arena_alloc(arena, QUEUE_CANDIDATES * sizeof(*item->candidates));
	struct zone_evidence *e =
	    arena_alloc(arena, (QUEUE_EVIDENCE + 1) * sizeof(*item->evidence));
	uint64_t *m =
	    arena_alloc(arena, QUEUE_REPORTERS * sizeof(*item->reporters));

	if (c == NULL || e == NULL || m == NULL) {
		return ERR_NOMEM;
	}
	if (item->n_candidates > 0) {
		memcpy(c, item->candidates, item->n_candidates * sizeof(*c));
	}
	if (item->n_evidence > 0) {
		memcpy(e, item->evidence, item->n_evidence * sizeof(*e));
	}
	if (item->n_reporters > 0) {
		memcpy(m, item->reporters, item->n_reporters * sizeof(*m));
	}
	item->candidates = c;
	item->evidence = e;
	item->reporters = m;
	if (item->n_reporters == 0) { /* written before they were kept */
		for (unsigned i = 0; i < item->n_evidence; i++) {
			add_reporter(item, e[i].submitter);
		}
	}
	return 0;
}

/* ---- which item ---------------------------------------------------------- */

/* Is REPORT nothing but a sighting of what ITEM listed? It is not when it
 * proposes what nobody has decided about in that item. */
static bool
sighting(const struct zone_item *item, const struct zone_report *report,
    const struct zone_candidate *about, uint32_t *ret_seen)
{
	uint32_t seen = 0;
	bool listed;
	unsigned k;

	listed = has_candidate(item, about, &k) && (item->approved >> k & 1);
	for (unsigned i = 0; i < report->n_candidates && listed; i++) {
		const struct zone_candidate *c = &report->candidates[i];
		bool here = has_candidate(item, c, &k);

		if (!here && c->advice == ZONE_ADVICE_LIST) {
			return false;
		}
		if (here && (item->approved >> k & 1) != 0) {
			seen |= UINT32_C(1) << k;
		}
	}
	*ret_seen = seen;
	return listed;
}

enum place { ALONE, JOINS, SIGHTED };

/* Where REPORT belongs: *RET_PLACE, and *RET unless it is ALONE. A row that
 * leads to nothing of use is removed: damage must not keep mail out. */
static int
find_place(struct zone_txn *txn, const struct zone_report *report, int64_t time,
    struct arena *arena, struct queue_stored *ret, enum place *ret_place,
    uint32_t *ret_seen)
{
	const struct zone_candidate *about = NULL;
	uint8_t key[ZONE_STORE_KEY_MAX];
	uint64_t id;
	size_t n;
	int rc;

	*ret_place = ALONE;
	for (unsigned i = 0; i < report->n_candidates && about == NULL; i++) {
		if (report->candidates[i].advice != ZONE_ADVICE_NEVER) {
			about = &report->candidates[i];
		}
	}
	if (about == NULL) {
		return 0;
	}
	n = queue_waiting_key(about->list, about->key, key);
	rc = queue_ref_get(txn, ZONE_T_WAITING, key, n, &id);
	if (rc == 0) {
		return 0;
	}
	if (rc == 1) {
		rc = queue_item_get(txn, id, arena, ret);
	}
	if (rc == 1 && ret->item.state == ZONE_WAITING) {
		*ret_place = JOINS;
		return 0;
	}
	if (rc == 1 && ret->item.state == ZONE_LISTED_ITEM) {
		if (!sighting(&ret->item, report, about, ret_seen)) {
			return 0;
		}
		rc = queue_watched(txn, time);
		*ret_place = rc == 1 ? SIGHTED : ALONE;
		return rc < 0 ? rc : 0;
	}
	if (rc >= 0 || rc == ERR_CORRUPT) {
		rc = zone_txn_del(txn, ZONE_T_WAITING, key, n);
	}
	return rc < 0 ? rc : 0;
}

int
queue_join(struct zone_txn *txn, struct queue_meta *meta,
    const struct zone_submission *s, uint64_t id,
    const struct zone_report *report, struct zone_added *added)
{
	struct queue_stored old, new = { .tail = { "", 0 } };
	struct arena arena = { 0 };
	enum place place;
	uint32_t seen = 0;
	int rc;

	rc = find_place(txn, report, s->time, &arena, &old, &place, &seen);
	if (rc < 0) {
		goto out;
	}
	if (place != ALONE) {
		new = old;
	} else {
		new.item = (struct zone_item){
			.id = ++meta->items,
			.state = ZONE_WAITING,
			.first = s->time,
			.last = s->time,
			.subject = report->subject,
			.from = report->from,
		};
	}
	rc = make_room(&new.item, &arena);
	if (rc < 0) {
		goto out;
	}
	if (new.item.count < UINT32_MAX) {
		new.item.count++;
	}
	if (new.item.first > s->time) {
		new.item.first = s->time;
	}
	if (new.item.last < s->time) {
		new.item.last = s->time;
	}
	/* What was decided keeps its candidates: bits stand for them. */
	if (place != SIGHTED) {
		add_candidates(&new.item, report);
	}
	add_evidence(&new.item, s, id, report->message);
	add_reporter(&new.item, s->submitter);
	queue_origin_note(&new.item.origin, s, report);
	/* One more report of the same is no reason to look again: whoever has
	 * the page open can still decide, however often a trap reports. */
	if (place == ALONE || new.item.n_candidates != old.item.n_candidates) {
		queue_item_bump(&new.item);
	}
	rc = queue_item_put(
	    txn, meta, place != ALONE ? &old.item : NULL, &new.item, new.tail);
	if (rc == 0 && place == SIGHTED) {
		rc = queue_mark(txn, new.item.id, seen);
	}
	added->new_items += place == ALONE;
	added->joined += place == JOINS;
	added->sighted += place == SIGHTED;
out:
	arena_free(&arena);
	return rc;
}
