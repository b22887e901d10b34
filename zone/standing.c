/* standing.c - rows of the queue's table "meta" (doc/FORMATS 2). */
#include "zone/standing.h"

#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "zone/queue_priv.h"
#include "zone/record.h"

#define STANDING_KEY 25 /* "standing", a zero, half a SHA-256 */
#define ENOUGH 5        /* decisions that a word needs */

const char *
zone_trust_name(enum zone_trust trust)
{
	static const char *const names[] = { "new", "good", "mixed", "poor" };

	return names[trust];
}

enum zone_trust
zone_trust_of(const struct zone_standing *s)
{
	uint64_t bad = (uint64_t)s->dismissed + s->undone;
	uint64_t all = bad + s->confirmed;

	return all < ENOUGH      ? ZONE_TRUST_NEW
	    : bad * 10 <= all    ? ZONE_TRUST_GOOD
	    : bad * 5 <= all * 2 ? ZONE_TRUST_MIXED
				 : ZONE_TRUST_POOR;
}

static void
standing_key(const char *submitter, uint8_t ret[STANDING_KEY])
{
	char low[QUEUE_TEXT];
	size_t n = strnlen(submitter, sizeof(low));
	struct digest d;

	for (size_t i = 0; i < n; i++) {
		low[i] = text_lower(submitter[i]);
	}
	d = digest_of(DIGEST_SHA256, low, n);
	memcpy(ret, "standing", 9);
	memcpy(ret + 9, d.bytes, 16);
}

static int
decode(struct zone_bytes value, struct zone_standing *ret)
{
	struct zone_standing s = { 0 };
	struct reader r;
	size_t n;

	if (zone_record_open(value.at, value.len, &r) < 0) {
		return ERR_CORRUPT;
	}
	(void)read_text(&r, &n);
	s.mails = read_le32(&r);
	s.confirmed = read_le32(&r);
	s.dismissed = read_le32(&r);
	s.undone = read_le32(&r);
	s.last = queue_get_time(&r);
	if (r.bad) {
		return ERR_CORRUPT;
	}
	s.trust = zone_trust_of(&s);
	*ret = s;
	return 0;
}

/* 1, 0, <0. */
static int
get(struct zone_txn *txn, const char *submitter, struct zone_standing *ret)
{
	uint8_t key[STANDING_KEY];
	struct zone_bytes value;
	int rc;

	standing_key(submitter, key);
	rc = zone_txn_get(txn, ZONE_T_META, key, sizeof(key), &value);
	if (rc == 1) {
		rc = decode(value, ret);
		rc = rc == 0 ? 1 : rc;
	}
	return rc;
}

static void
step(uint32_t *n, int by)
{
	if (by < 0) {
		*n -= *n < (uint32_t)-by ? *n : (uint32_t)-by;
	} else {
		*n = *n < UINT32_MAX - (uint32_t)by ? *n + (uint32_t)by
						    : UINT32_MAX;
	}
}

int
zone_standing_add(struct zone_txn *txn, const char *submitter,
    const struct zone_standing_more *more, uint64_t *n_rows)
{
	struct zone_standing s = { 0 };
	uint8_t key[STANDING_KEY];
	struct buf b = { 0 };
	size_t start;
	int rc = get(txn, submitter, &s);

	if (rc < 0 && rc != ERR_CORRUPT) {
		return rc;
	}
	if (rc == 0) {
		if (*n_rows >= ZONE_STANDINGS_MAX) {
			return 0;
		}
		(*n_rows)++;
	}
	if (rc != 1) { /* damaged: begun anew, he is new then */
		memset(&s, 0, sizeof(s));
	}
	step(&s.mails, more->mails);
	step(&s.confirmed, more->confirmed);
	step(&s.dismissed, more->dismissed);
	step(&s.undone, more->undone);
	s.last = more->last > s.last ? more->last : s.last;
	standing_key(submitter, key);
	start = zone_record_begin(&b);
	queue_put_text(&b, submitter, QUEUE_TEXT);
	buf_le32(&b, s.mails);
	buf_le32(&b, s.confirmed);
	buf_le32(&b, s.dismissed);
	buf_le32(&b, s.undone);
	buf_le64(&b, (uint64_t)s.last);
	zone_record_end(&b, start);
	rc = b.bad
	    ? ERR_NOMEM
	    : zone_txn_put(txn, ZONE_T_META, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	return rc;
}

struct asked {
	const char *submitter;
	struct zone_standing *ret;
};

static int
ask(struct zone_txn *txn, void *ctx)
{
	const struct asked *a = ctx;

	return get(txn, a->submitter, a->ret);
}

int
zone_submitter_standing(
    struct zone_queue *queue, const char *submitter, struct zone_standing *ret)
{
	struct zone_standing s = { 0 };
	struct asked a = { submitter, &s };
	int rc = zone_store_read(queue->store, ask, &a);

	/* what cannot be read is a record of nothing: advice, not a fact */
	if (rc == ERR_CORRUPT) {
		s = (struct zone_standing){ 0 };
		rc = 0;
	}
	if (rc >= 0) {
		*ret = s;
	}
	return rc;
}
