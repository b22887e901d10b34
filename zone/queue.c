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
zone_queue_limit(struct zone_queue *queue, uint64_t bytes)
{
	queue->limit = bytes;
}

void
zone_queue_tend(struct zone_queue *queue)
{
	zone_store_tend(queue->store);
}

/* ---- one mail ---------------------------------------------------------- */

struct add {
	const struct zone_submission *submission;
	const void *raw;
	size_t len;
	struct buf packed; /* empty: kept as it came */
	struct digest digest;
	uint64_t limit;
	const struct zone_report *reports;
	unsigned n_reports;
	uint64_t id; /* of the submission, in this run */
	struct zone_added result;
};

/* ERR_FULL when the mails take more room than LIMIT. */
static int
full(struct zone_txn *txn, uint64_t limit)
{
	uint64_t room;
	int rc = limit == 0 ? 0 : zone_txn_room(txn, ZONE_T_RAW, &room);

	return rc == 0 && limit != 0 && room > limit ? ERR_FULL : rc;
}

static int
put_submission(struct zone_txn *txn, const struct add *a)
{
	struct queue_submission s = { .said = *a->submission,
		.packed = a->packed.len };
	const char *analysis = s.said.analysis != NULL ? s.said.analysis : "";
	uint8_t key[QUEUE_ID_KEY];
	struct buf b = { 0 };
	int rc;

	s.said.id = a->id;
	s.said.size = a->len;
	s.analysis = (uint32_t)strlen(analysis);
	memcpy(s.digest, a->digest.bytes, sizeof(s.digest));
	queue_submission_encode(&s, &b);
	queue_id_key(a->id, key);
	rc = b.bad ? ERR_NOMEM
		   : zone_txn_put(txn, ZONE_T_SUBMISSIONS, key, sizeof(key),
			 b.data, b.len);
	buf_free(&b);
	if (rc == 0) {
		rc = s.packed != 0
		    ? queue_pieces_put(txn, a->id, QUEUE_PIECE_PACKED,
			  a->packed.data, a->packed.len)
		    : queue_pieces_put(txn, a->id, 0, a->raw, a->len);
	}
	if (rc == 0) {
		rc = queue_pieces_put(
		    txn, a->id, QUEUE_PIECE_ANALYSIS, analysis, s.analysis);
	}
	return rc;
}

/* Is the very same mail here? 1 and its id, 0, <0. A damaged row, and one
 * whose mail was removed since, is made anew. */
static int
known_already(struct zone_txn *txn, const struct add *a, uint64_t *ret_id)
{
	uint8_t key[QUEUE_ID_KEY];
	struct zone_bytes value;
	int rc = queue_ref_get(
	    txn, ZONE_T_DIGESTS, a->digest.bytes, a->digest.len, ret_id);

	if (rc == 1) {
		queue_id_key(*ret_id, key);
		rc = zone_txn_get(
		    txn, ZONE_T_SUBMISSIONS, key, sizeof(key), &value);
	}
	return rc == ERR_CORRUPT ? 0 : rc;
}

static int
add(struct zone_txn *txn, void *ctx)
{
	struct add *a = ctx;
	struct queue_meta meta;
	int rc;

	a->result = (struct zone_added){ .duplicate = false };
	rc = known_already(txn, a, &a->id);
	if (rc == 1) {
		a->result.duplicate = true;
		a->result.submission = a->id;
		return 0;
	}
	if (rc == 0) {
		rc = full(txn, a->limit);
	}
	if (rc < 0) {
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
		rc = queue_join(txn, &meta, a->submission, a->id,
		    &a->reports[i], &a->result);
	}
	if (rc == 0 && a->submission->receipt != NULL) {
		rc = queue_receipt_take(txn, a->submission->receipt,
		    a->submission->time, a->submission->receipts_day,
		    a->submission->receipts_hour);
		a->result.receipt = rc == 1;
		rc = rc > 0 ? 0 : rc;
	}
	return rc == 0 ? queue_meta_put(txn, &meta) : rc;
}

/* MAIL as ADD needs it. ERR_RANGE. */
static int
prepare(const struct zone_queue *queue, const struct zone_queue_mail *mail,
    struct add *ret)
{
	static const struct zone_report nothing = { .subject = "", .from = "" };
	const char *analysis = mail->submission->analysis;
	int rc;
	struct add a = {
		.submission = mail->submission,
		.raw = mail->len > 0 ? mail->raw : "",
		.len = mail->len,
		.limit = queue->limit,
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
	rc = queue_raw_pack(a.raw, a.len, &a.packed);
	if (rc < 0) {
		buf_free(&a.packed);
		return rc;
	}
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
	int rc = prepare(queue, &mail, &a);

	if (rc == 0) {
		rc = zone_store_write(queue->store, add, &a);
		buf_free(&a.packed);
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
		mails[i].err =
		    rc < 0 ? rc : prepare(queue, &mails[i], &adds[i]);
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
		mails[i].added = mails[i].err == 0 ? adds[i].result
						   : (struct zone_added){ 0 };
		if (adds != NULL) {
			buf_free(&adds[i].packed);
		}
	}
	free(m.adds);
	free(adds);
}
