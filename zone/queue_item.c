/* queue_item.c - an item's record: encode, decode; names of its states. */
#include <string.h>

#include "zone/queue_priv.h"
#include "zone/record.h"

#define VOTE_EXEMPT 1u
#define VOTE_FOREVER 2u

/* ---- encode ------------------------------------------------------------ */

static bool
named(const char *s, size_t max)
{
	size_t n = s != NULL ? strnlen(s, max + 1) : 0;

	return n > 0 && n <= max && queue_text_valid(s, n);
}

bool
queue_candidate_valid(const struct zone_candidate *c)
{
	return named(c->list, QUEUE_LIST) && named(c->key, QUEUE_KEY) &&
	    (unsigned)c->advice <= ZONE_ADVICE_NEVER &&
	    (unsigned)c->confidence <= ZONE_UNSURE;
}

static int
put_candidate(struct buf *b, const struct zone_candidate *c)
{
	unsigned n = c->n_why < QUEUE_WHYS ? c->n_why : QUEUE_WHYS;

	if (!queue_candidate_valid(c)) {
		return ERR_RANGE;
	}
	queue_put_text(b, c->list, QUEUE_LIST);
	queue_put_text(b, c->key, QUEUE_KEY);
	buf_u8(b, c->advice);
	buf_u8(b, c->confidence);
	buf_le16(b, n);
	for (unsigned i = 0; i < n; i++) {
		queue_put_text(b, c->why[i], QUEUE_WHY);
	}
	return 0;
}

int
queue_item_encode(const struct zone_item *item, struct span tail, struct buf *b)
{
	size_t start = zone_record_begin(b);

	if ((unsigned)item->state > ZONE_DISMISSED ||
	    item->n_candidates > QUEUE_CANDIDATES ||
	    item->n_evidence > QUEUE_EVIDENCE || item->n_votes > QUEUE_VOTES ||
	    item->n_reporters > QUEUE_REPORTERS) {
		return ERR_RANGE;
	}
	buf_le64(b, item->id);
	buf_le32(b, item->version);
	buf_u8(b, item->state);
	buf_add(b, "\0\0", 3);
	buf_le64(b, (uint64_t)item->first);
	buf_le64(b, (uint64_t)item->last);
	buf_le32(b, item->count);
	buf_le64(b, (uint64_t)item->settled);
	buf_le64(b, item->serial);
	buf_le32(b, item->approved);
	queue_put_text(b, item->subject, QUEUE_TEXT);
	queue_put_text(b, item->from, QUEUE_TEXT);
	queue_put_text(b, item->settled_by, QUEUE_TEXT);
	queue_put_text(b, item->settled_reason, QUEUE_TEXT);
	buf_le16(b, item->n_candidates);
	for (unsigned i = 0; i < item->n_candidates; i++) {
		if (put_candidate(b, &item->candidates[i]) < 0) {
			return ERR_RANGE;
		}
	}
	buf_le16(b, item->n_evidence);
	for (unsigned i = 0; i < item->n_evidence; i++) {
		const struct zone_evidence *e = &item->evidence[i];

		buf_le64(b, e->submission);
		buf_le32(b, e->message);
		buf_le64(b, (uint64_t)e->time);
		queue_put_text(b, e->submitter, QUEUE_TEXT);
	}
	buf_le16(b, item->n_votes);
	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];

		queue_put_text(b, v->person, QUEUE_TEXT);
		buf_le32(b, v->weight);
		buf_le32(b, v->approve);
		buf_le64(b, (uint64_t)v->time);
		queue_put_text(b, v->reason, QUEUE_TEXT);
	}
	buf_le16(b, item->n_reporters);
	for (unsigned i = 0; i < item->n_reporters; i++) {
		buf_le64(b, item->reporters[i]);
	}
	queue_origin_encode(&item->origin, b);
	buf_le16(b, item->n_votes);
	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];

		buf_le64(b, (uint64_t)v->time);
		buf_u8(b, (v->exempt ? VOTE_EXEMPT : 0u) |
			(v->forever ? VOTE_FOREVER : 0u));
		buf_le64(b, (uint64_t)v->until);
	}
	buf_add(b, tail.at, tail.len);
	zone_record_end(b, start);
	return b->bad ? ERR_NOMEM : 0;
}

/* ---- decode ------------------------------------------------------------ */

/* An array of N things of SIZE, at most MAX. NULL with a good reader: no
 * memory. The array is never NULL otherwise, also when N is 0. */
static void *
array(struct reader *r, struct arena *arena, unsigned n, unsigned max,
    size_t size)
{
	if (n > max) {
		r->bad = true;
	}
	return r->bad ? NULL : arena_alloc(arena, (n > 0 ? n : 1) * size);
}

static bool
get_candidates(struct reader *r, struct arena *arena, struct zone_item *item)
{
	item->n_candidates = read_le16(r);
	item->candidates = array(r, arena, item->n_candidates, QUEUE_CANDIDATES,
	    sizeof(*item->candidates));
	if (item->candidates == NULL) {
		return false;
	}
	for (unsigned i = 0; i < item->n_candidates && !r->bad; i++) {
		struct zone_candidate *c = &item->candidates[i];
		unsigned advice, confidence;

		c->list = queue_get_text(r, QUEUE_LIST, arena);
		c->key = queue_get_text(r, QUEUE_KEY, arena);
		advice = read_u8(r);
		confidence = read_u8(r);
		if (c->list == NULL || c->key == NULL) {
			return false;
		}
		if (c->list[0] == '\0' || c->key[0] == '\0' ||
		    advice > ZONE_ADVICE_NEVER || confidence > ZONE_UNSURE) {
			r->bad = true;
		}
		c->advice = (enum zone_advice)advice;
		c->confidence = (enum zone_confidence)confidence;
		c->n_why = read_le16(r);
		c->why = array(r, arena, c->n_why, QUEUE_WHYS, sizeof(*c->why));
		if (c->why == NULL) {
			return false;
		}
		for (unsigned k = 0; k < c->n_why; k++) {
			c->why[k] = queue_get_text(r, QUEUE_WHY, arena);
			if (c->why[k] == NULL) {
				return false;
			}
		}
	}
	return true;
}

static bool
get_evidence(struct reader *r, struct arena *arena, struct zone_item *item)
{
	item->n_evidence = read_le16(r);
	item->evidence = array(r, arena, item->n_evidence, QUEUE_EVIDENCE,
	    sizeof(*item->evidence));
	if (item->evidence == NULL) {
		return false;
	}
	for (unsigned i = 0; i < item->n_evidence && !r->bad; i++) {
		struct zone_evidence *e = &item->evidence[i];
		unsigned k = 0;

		e->submission = read_le64(r);
		e->message = read_le32(r);
		e->time = queue_get_time(r);
		e->submitter = queue_get_text(r, QUEUE_TEXT, arena);
		if (e->submitter == NULL) {
			return false;
		}
		while (k < i &&
		    strcmp(item->evidence[k].submitter, e->submitter) != 0) {
			k++;
		}
		if (k == i) {
			item->submitters++;
		}
	}
	return true;
}

static bool
get_votes(struct reader *r, struct arena *arena, struct zone_item *item)
{
	item->n_votes = read_le16(r);
	item->votes =
	    array(r, arena, item->n_votes, QUEUE_VOTES, sizeof(*item->votes));
	if (item->votes == NULL) {
		return false;
	}
	for (unsigned i = 0; i < item->n_votes && !r->bad; i++) {
		struct zone_vote *v = &item->votes[i];

		v->person = queue_get_text(r, QUEUE_TEXT, arena);
		v->weight = read_le32(r);
		v->approve = read_le32(r);
		v->time = queue_get_time(r);
		v->reason = queue_get_text(r, QUEUE_TEXT, arena);
		if (v->person == NULL || v->reason == NULL) {
			return false;
		}
	}
	return true;
}

/* Records written before these were kept end here. */
static bool
get_reporters(struct reader *r, struct arena *arena, struct zone_item *item)
{
	if (read_left(r) == 0) {
		return true;
	}
	item->n_reporters = read_le16(r);
	item->reporters = array(r, arena, item->n_reporters, QUEUE_REPORTERS,
	    sizeof(*item->reporters));
	if (item->reporters == NULL) {
		return false;
	}
	for (unsigned i = 0; i < item->n_reporters; i++) {
		item->reporters[i] = read_le64(r);
	}
	if (item->n_reporters > 0) {
		item->submitters = item->n_reporters;
	}
	return true;
}

/* What each vote wants beside its candidates. A program that does not know of
 * this leaves it as it was when it writes votes: those counted for something
 * else than is known, so they do not count. */
static bool
get_terms(struct reader *r, struct zone_item *item)
{
	unsigned n;

	if (read_left(r) == 0) {
		return true;
	}
	n = read_le16(r);
	if (n > QUEUE_VOTES) {
		r->bad = true;
	}
	for (unsigned i = 0; i < n && !r->bad; i++) {
		int64_t time = queue_get_time(r);
		unsigned flags = read_u8(r);
		int64_t until = queue_get_time(r);

		if (flags > (VOTE_EXEMPT | VOTE_FOREVER)) {
			r->bad = true;
		}
		if (i >= item->n_votes) {
			continue;
		}
		item->votes[i].exempt = (flags & VOTE_EXEMPT) != 0;
		item->votes[i].forever = (flags & VOTE_FOREVER) != 0;
		item->votes[i].until = until;
		if (item->votes[i].time != time) {
			item->votes[i].weight = 0;
		}
	}
	for (unsigned i = n; i < item->n_votes; i++) {
		item->votes[i].weight = 0;
	}
	return true;
}

int
queue_item_decode(struct zone_bytes value, uint64_t id, struct arena *arena,
    struct queue_stored *ret)
{
	struct zone_item item = { 0 };
	unsigned state;
	bool good;
	struct reader r;
	size_t left;
	char *tail;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	item.id = read_le64(&r);
	item.version = read_le32(&r);
	state = read_u8(&r);
	(void)read_span(&r, 3);
	item.first = queue_get_time(&r);
	item.last = queue_get_time(&r);
	item.count = read_le32(&r);
	item.settled = queue_get_time(&r);
	item.serial = read_le64(&r);
	item.approved = read_le32(&r);
	item.subject = queue_get_text(&r, QUEUE_TEXT, arena);
	item.from = queue_get_text(&r, QUEUE_TEXT, arena);
	item.settled_by = queue_get_text(&r, QUEUE_TEXT, arena);
	item.settled_reason = queue_get_text(&r, QUEUE_TEXT, arena);
	if (r.bad || item.id != id || state > ZONE_DISMISSED) {
		return ERR_CORRUPT;
	}
	item.state = (enum zone_item_state)state;
	good = item.subject != NULL && item.from != NULL &&
	    item.settled_by != NULL && item.settled_reason != NULL &&
	    get_candidates(&r, arena, &item) &&
	    get_evidence(&r, arena, &item) && get_votes(&r, arena, &item) &&
	    get_reporters(&r, arena, &item) &&
	    queue_origin_decode(&r, arena, &item.origin) &&
	    get_terms(&r, &item);
	left = read_left(&r);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	tail = good ? arena_copy(arena, r.at, left) : NULL;
	if (tail == NULL) {
		return ERR_NOMEM;
	}
	ret->item = item;
	ret->tail = span(tail, left);
	return 0;
}

/* ---- names ------------------------------------------------------------- */

const char *
zone_advice_name(enum zone_advice advice)
{
	switch (advice) {
	case ZONE_ADVICE_LIST: return "list";
	case ZONE_ADVICE_ADDRESS_INSTEAD: return "address-instead";
	case ZONE_ADVICE_UNSURE: return "unsure";
	case ZONE_ADVICE_NEVER: return "never";
	}
	return "unknown";
}

const char *
zone_confidence_name(enum zone_confidence confidence)
{
	switch (confidence) {
	case ZONE_CERTAIN: return "certain";
	case ZONE_PROBABLE: return "probable";
	case ZONE_UNSURE: return "unsure";
	}
	return "unknown";
}

const char *
zone_item_state_name(enum zone_item_state state)
{
	switch (state) {
	case ZONE_WAITING: return "waiting";
	case ZONE_LISTED_ITEM: return "listed";
	case ZONE_DISMISSED: return "dismissed";
	}
	return "unknown";
}
