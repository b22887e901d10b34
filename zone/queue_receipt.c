/* queue_receipt.c - how many receipts went to whom.
 *
 * Counted in the transaction that stores the mail: whatever happens to the
 * receipt afterwards, no more are sent than were counted. Of an address only
 * a digest is kept, and only for its day.
 */
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "zone/queue_priv.h"

#define DAY 86400
#define HOUR 3600
#define FORGET 16 /* rows of other days that one receipt removes */

/* "receipt", a zero, u64 day, half a digest */
#define HEAD 8
#define DAY_KEY (HEAD + QUEUE_ID_KEY)
#define SENT_KEY (DAY_KEY + 16)

static const char head[HEAD] = "receipt";
static const char hour_key[] = "receipts";
#define HOUR_KEY hour_key, sizeof(hour_key) - 1

static uint64_t
number_of(int64_t time, int64_t unit)
{
	return time < 0 ? 0 : (uint64_t)(time / unit);
}

static void
sent_key(uint64_t day, const char *address, uint8_t ret[SENT_KEY])
{
	char low[QUEUE_TEXT];
	size_t n = strnlen(address, sizeof(low));
	struct digest d;

	for (size_t i = 0; i < n; i++) {
		low[i] = text_lower(address[i]);
	}
	d = digest_of(DIGEST_SHA256, low, n);
	memcpy(ret, head, HEAD);
	queue_id_key(day, ret + HEAD);
	memcpy(ret + DAY_KEY, d.bytes, SENT_KEY - DAY_KEY);
}

/* Remove some rows of days that are not TODAY: those before it stand first. */
static int
forget(struct zone_txn *txn, uint64_t today)
{
	uint8_t keys[FORGET][SENT_KEY];
	struct zone_cursor *cursor = NULL;
	struct zone_bytes key, value;
	unsigned n = 0;
	int rc = zone_cursor_open(txn, ZONE_T_META, &cursor);

	if (rc < 0) {
		return rc;
	}
	rc = zone_cursor_seek(cursor, head, HEAD, &key, &value);
	while (rc == 1 && n < FORGET && key.len == SENT_KEY &&
	    memcmp(key.at, head, HEAD) == 0) {
		if (queue_id_of(key.at + HEAD) == today) {
			break;
		}
		memcpy(keys[n++], key.at, SENT_KEY);
		rc = zone_cursor_next(cursor, &key, &value);
	}
	zone_cursor_close(&cursor);
	for (unsigned i = 0; i < n && rc >= 0; i++) {
		rc = zone_txn_del(txn, ZONE_T_META, keys[i], SENT_KEY);
	}
	return rc < 0 ? rc : 0;
}

/* A row that is damaged counts as used up: rather none than too many. */
static int
count_of(struct zone_txn *txn, const void *key, size_t len, uint64_t *ret)
{
	int rc = queue_ref_get(txn, ZONE_T_META, key, len, ret);

	if (rc == 0) {
		*ret = 0;
	} else if (rc == ERR_CORRUPT) {
		*ret = UINT32_MAX;
	}
	return rc < 0 && rc != ERR_CORRUPT ? rc : 0;
}

int
queue_receipt_take(struct zone_txn *txn, const char *address, int64_t time,
    unsigned per_day, unsigned per_hour)
{
	uint64_t day = number_of(time, DAY), hour = number_of(time, HOUR);
	uint64_t sent = 0, all = 0;
	uint8_t key[SENT_KEY];
	int rc;

	sent_key(day, address, key);
	rc = count_of(txn, key, sizeof(key), &sent);
	if (rc == 0) {
		rc = count_of(txn, HOUR_KEY, &all);
	}
	if (rc < 0) {
		return rc;
	}
	if (all != UINT32_MAX && all >> 32 != (uint32_t)hour) {
		all = (uint64_t)(uint32_t)hour << 32; /* another hour begins */
	}
	if (all == UINT32_MAX) { /* damaged: as if it were used up, once */
		all = (uint64_t)(uint32_t)hour << 32 | UINT32_MAX >> 1;
		rc = queue_ref_put(txn, ZONE_T_META, HOUR_KEY, all);
		return rc < 0 ? rc : 0;
	}
	if (sent >= per_day || (uint32_t)all >= per_hour) {
		return 0;
	}
	rc = queue_ref_put(txn, ZONE_T_META, key, sizeof(key), sent + 1);
	if (rc == 0) {
		rc = queue_ref_put(txn, ZONE_T_META, HOUR_KEY, all + 1);
	}
	if (rc == 0) {
		rc = forget(txn, day);
	}
	return rc < 0 ? rc : 1;
}
