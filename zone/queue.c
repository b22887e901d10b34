/* queue.c - take a mail in: its bytes, its reports, the items they join. */
#include "zone/queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "zone/queue_priv.h"
#include "zone/record.h"

int
zone_queue_open(const char *data_dir, enum zone_access access,
    uint64_t map_size, struct zone_queue **ret_queue, struct err_text *why)
{
	struct zone_queue *queue = calloc(1, sizeof(*queue));
	int rc;

	if (queue == NULL) {
		return err_say(why, ERR_NOMEM, "%s", err_str(ERR_NOMEM));
	}
	rc = zone_store_open(
	    data_dir, ZONE_STORE_QUEUE, access, map_size, &queue->store, why);
	if (rc < 0) {
		free(queue);
		return rc;
	}
	*ret_queue = queue;
	return 0;
}

void
zone_queue_close(struct zone_queue **queue)
{
	if (*queue == NULL) {
		return;
	}
	zone_store_close(&(*queue)->store);
	free(*queue);
	*queue = NULL;
}

void
zone_queue_tend(struct zone_queue *queue)
{
	zone_store_tend(queue->store);
}

/* ---- one report -------------------------------------------------------- */

struct add {
	const struct zone_submission *submission;
	const void *raw;
	size_t len;
	struct digest digest;
	const struct zone_report *reports;
	unsigned n_reports;
	uint64_t id; /* of the submission, in this run */
	struct zone_added result;
};

static bool
same_candidate(const struct zone_candidate *a, const struct zone_candidate *b)
{
	return strcmp(a->key, b->key) == 0 && strcmp(a->list, b->list) == 0;
}

/* Append to ITEM, with room for QUEUE_CANDIDATES, what it lacks. */
static void
add_candidates(struct zone_item *item, const struct zone_report *report)
{
	for (unsigned i = 0; i < report->n_candidates; i++) {
		const struct zone_candidate *c = &report->candidates[i];
		unsigned k = 0;

		while (k < item->n_candidates &&
		    !same_candidate(&item->candidates[k], c)) {
			k++;
		}
		if (k == item->n_candidates && k < QUEUE_CANDIDATES_MADE) {
			item->candidates[item->n_candidates++] = *c;
		}
	}
}

/* ITEM has room for QUEUE_EVIDENCE and one more. */
static void
add_evidence(struct zone_item *item, const struct add *a, unsigned message)
{
	for (unsigned i = 0; i < item->n_evidence; i++) {
		if (item->evidence[i].submission == a->id) {
			return;
		}
	}
	item->evidence[item->n_evidence++] = (struct zone_evidence){
		.submission = a->id,
		.message = message,
		.time = a->submission->time,
		.submitter = a->submission->submitter,
	};
	if (item->n_evidence > QUEUE_EVIDENCE) {
		item->n_evidence--;
		memmove(item->evidence, item->evidence + 1,
		    item->n_evidence * sizeof(*item->evidence));
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

	if (c == NULL || e == NULL) {
		return ERR_NOMEM;
	}
	if (item->n_candidates > 0) {
		memcpy(c, item->candidates, item->n_candidates * sizeof(*c));
	}
	if (item->n_evidence > 0) {
		memcpy(e, item->evidence, item->n_evidence * sizeof(*e));
	}
	item->candidates = c;
	item->evidence = e;
	return 0;
}

/* The waiting item that REPORT joins: 1, 0 none, <0. A row that leads to
 * nothing of use is removed: damage must not keep mail out. */
static int
find_waiting(struct zone_txn *txn, const struct zone_report *report,
    struct arena *arena, struct queue_stored *ret)
{
	uint8_t key[ZONE_STORE_KEY_MAX];
	unsigned i = 0;
	uint64_t id;
	size_t n;
	int rc;

	while (i < report->n_candidates &&
	    report->candidates[i].advice == ZONE_ADVICE_NEVER) {
		i++;
	}
	if (i == report->n_candidates) {
		return 0;
	}
	n = queue_waiting_key(
	    report->candidates[i].list, report->candidates[i].key, key);
	rc = queue_ref_get(txn, ZONE_T_WAITING, key, n, &id);
	if (rc == 0) {
		return 0;
	}
	if (rc == 1) {
		rc = queue_item_get(txn, id, arena, ret);
	}
	if (rc == 1 && ret->item.state == ZONE_WAITING) {
		return 1;
	}
	if (rc >= 0 || rc == ERR_CORRUPT) {
		rc = zone_txn_del(txn, ZONE_T_WAITING, key, n);
	}
	return rc < 0 ? rc : 0;
}

static int
add_report(struct zone_txn *txn, struct queue_meta *meta, struct add *a,
    const struct zone_report *report)
{
	int64_t time = a->submission->time;
	struct queue_stored old, new = { .tail = { "", 0 } };
	struct arena arena = { 0 };
	bool joins;
	int rc;

	rc = find_waiting(txn, report, &arena, &old);
	if (rc < 0) {
		goto out;
	}
	joins = rc == 1;
	if (joins) {
		new = old;
	} else {
		new.item = (struct zone_item){
			.id = ++meta->items,
			.state = ZONE_WAITING,
			.first = time,
			.last = time,
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
	if (new.item.first > time) {
		new.item.first = time;
	}
	if (new.item.last < time) {
		new.item.last = time;
	}
	add_candidates(&new.item, report);
	add_evidence(&new.item, a, report->message);
	/* One more report of the same is no reason to look again: whoever has
	 * the page open can still decide, however often a trap reports. */
	if (!joins || new.item.n_candidates != old.item.n_candidates) {
		queue_item_bump(&new.item);
	}
	rc = queue_item_put(
	    txn, meta, joins ? &old.item : NULL, &new.item, new.tail);
	if (joins) {
		a->result.joined++;
	} else {
		a->result.new_items++;
	}
out:
	arena_free(&arena);
	return rc;
}

/* ---- one mail ---------------------------------------------------------- */

static int
put_pieces(struct zone_txn *txn, uint64_t id, uint32_t piece, const void *data,
    size_t len)
{
	const uint8_t *at = data;
	uint8_t key[QUEUE_PIECE_KEY];
	struct buf b = { 0 };
	int rc = 0;

	while (len > 0 && rc == 0) {
		size_t n = len < QUEUE_PIECE ? len : QUEUE_PIECE, start;

		buf_clear(&b);
		start = zone_record_begin(&b);
		buf_add(&b, at, n);
		zone_record_end(&b, start);
		queue_piece_key(id, piece++, key);
		rc = b.bad ? ERR_NOMEM
			   : zone_txn_put(txn, ZONE_T_RAW, key, sizeof(key),
				 b.data, b.len);
		at += n;
		len -= n;
	}
	buf_free(&b);
	return rc;
}

static int
put_submission(struct zone_txn *txn, const struct add *a)
{
	struct zone_submission s = *a->submission;
	size_t analysis = s.analysis != NULL ? strlen(s.analysis) : 0;
	uint8_t key[QUEUE_ID_KEY];
	struct buf b = { 0 };
	int rc;

	s.id = a->id;
	s.size = a->len;
	queue_submission_encode(&s, (uint32_t)analysis, &b);
	queue_id_key(a->id, key);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_SUBMISSIONS, key, sizeof(key),
			 b.data, b.len);
	buf_free(&b);
	if (rc == 0) {
		rc = put_pieces(txn, a->id, 0, a->raw, a->len);
	}
	if (rc == 0) {
		rc = put_pieces(
		    txn, a->id, QUEUE_PIECE_ANALYSIS, s.analysis, analysis);
	}
	return rc;
}

static int
add(struct zone_txn *txn, void *ctx)
{
	struct add *a = ctx;
	struct queue_meta meta;
	int rc;

	a->result = (struct zone_added){ .duplicate = false };
	rc = queue_ref_get(
	    txn, ZONE_T_DIGESTS, a->digest.bytes, a->digest.len, &a->id);
	if (rc == 1) {
		a->result.duplicate = true;
		a->result.submission = a->id;
		return 0;
	}
	if (rc < 0 && rc != ERR_CORRUPT) { /* a damaged row is made anew */
		return rc;
	}
	rc = queue_meta_get(txn, &meta);
	if (rc < 0) {
		return rc;
	}
	a->id = ++meta.submissions;
	a->result.submission = a->id;
	rc = put_submission(txn, a);
	if (rc == 0) {
		rc = queue_ref_put(
		    txn, ZONE_T_DIGESTS, a->digest.bytes, a->digest.len, a->id);
	}
	for (unsigned i = 0; i < a->n_reports && rc == 0; i++) {
		rc = add_report(txn, &meta, a, &a->reports[i]);
	}
	return rc == 0 ? queue_meta_put(txn, &meta) : rc;
}

/* MAIL as ADD needs it. ERR_RANGE. */
static int
prepare(const struct zone_queue_mail *mail, struct add *ret)
{
	static const struct zone_report nothing = { .subject = "", .from = "" };
	const char *analysis = mail->submission->analysis;
	struct add a = {
		.submission = mail->submission,
		.raw = mail->len > 0 ? mail->raw : "",
		.len = mail->len,
		.reports = mail->n_reports > 0 ? mail->reports : &nothing,
		.n_reports = mail->n_reports > 0 ? mail->n_reports : 1,
	};

	if (mail->len / QUEUE_PIECE >= QUEUE_PIECE_ANALYSIS ||
	    (analysis != NULL && strlen(analysis) > QUEUE_ANALYSIS)) {
		return ERR_RANGE;
	}
	for (unsigned i = 0; i < a.n_reports; i++) {
		const struct zone_report *r = &a.reports[i];

		for (unsigned k = 0; k < r->n_candidates; k++) {
			if (!queue_candidate_valid(&r->candidates[k])) {
				return ERR_RANGE;
			}
		}
	}
	a.digest = digest_of(DIGEST_SHA256, a.raw, a.len);
	*ret = a;
	return 0;
}

int
zone_queue_add(struct zone_queue *queue,
    const struct zone_submission *submission, const void *raw, size_t len,
    const struct zone_report *reports, unsigned n_reports,
    struct zone_added *ret)
{
	struct zone_queue_mail mail = {
		.submission = submission,
		.raw = raw,
		.len = len,
		.reports = reports,
		.n_reports = n_reports,
	};
	struct add a;
	int rc = prepare(&mail, &a);

	if (rc == 0) {
		rc = zone_store_write(queue->store, add, &a);
	}
	if (rc < 0) {
		return rc;
	}
	*ret = a.result;
	return 0;
}

/* ---- several mails ------------------------------------------------------- */

struct many {
	struct add **adds;
	size_t n;
};

static int
add_many(struct zone_txn *txn, void *ctx)
{
	const struct many *m = ctx;
	int rc = 0;

	for (size_t i = 0; i < m->n && rc >= 0; i++) {
		rc = add(txn, m->adds[i]);
	}
	return rc;
}

void
zone_queue_add_many(
    struct zone_queue *queue, struct zone_queue_mail *mails, size_t n)
{
	struct add *adds = calloc(n + 1, sizeof(*adds));
	struct many m = { .adds = calloc(n + 1, sizeof(*m.adds)) };
	int rc = adds != NULL && m.adds != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0; i < n; i++) {
		mails[i].err = rc < 0 ? rc : prepare(&mails[i], &adds[i]);
		if (mails[i].err == 0) {
			m.adds[m.n++] = &adds[i];
		}
	}
	if (rc == 0 && m.n > 0) {
		rc = zone_store_write(queue->store, add_many, &m);
	}
	for (size_t i = 0; i < n; i++) {
		if (mails[i].err == 0 && rc < 0 && m.n > 1) {
			/* one of them is the reason: each for itself */
			int one = zone_store_write(queue->store, add, &adds[i]);

			mails[i].err = one < 0 ? one : 0;
		} else if (mails[i].err == 0 && rc < 0) {
			mails[i].err = rc;
		}
		mails[i].added = mails[i].err == 0
		    ? adds[i].result
		    : (struct zone_added){ 0 };
	}
	free(m.adds);
	free(adds);
}
