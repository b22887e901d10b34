/* queue_raw.c - mails and analyses in pieces: put, get, remove.
 *
 * A mail is kept packed where that makes it smaller: text shrinks to a third,
 * and what is not written need not be synced.
 */
#include <string.h>

#include "base/gzip.h"
#include "zone/queue_priv.h"
#include "zone/record.h"

#define PACK_FROM 1024 /* bytes; less is one page either way */
#define PACK_RATIO 200 /* more is for the disk alone, and refused by gzip.h */

int
queue_pieces_put(struct zone_txn *txn, uint64_t id, uint32_t piece,
    const void *data, size_t len)
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

int
queue_pieces_get(struct zone_txn *txn, uint64_t id, uint32_t piece,
    uint64_t size, struct buf *b)
{
	uint8_t key[QUEUE_PIECE_KEY];
	struct zone_bytes value;
	struct reader r;
	size_t n;
	int rc;

	while (size > 0) {
		queue_piece_key(id, piece++, key);
		rc = zone_txn_get(txn, ZONE_T_RAW, key, sizeof(key), &value);
		if (rc < 0) {
			return rc;
		}
		if (rc == 0 || zone_record_open(value.at, value.len, &r) < 0) {
			return ERR_CORRUPT;
		}
		n = read_left(&r);
		if (n == 0 || n > size) {
			return ERR_CORRUPT;
		}
		buf_add(b, r.at, n);
		if (b->bad) {
			return ERR_NOMEM;
		}
		size -= n;
	}
	return 0;
}

int
queue_raw_pack(const void *raw, size_t len, struct buf *ret)
{
	int rc = 0;

	buf_clear(ret);
	if (len >= PACK_FROM) {
		rc = gzip_pack(raw, len, ret);
		if (rc == 0 &&
		    (ret->len >= len || ret->len < len / PACK_RATIO)) {
			buf_clear(ret);
		}
	}
	return rc;
}

/* Unpack PACKED to exactly SIZE bytes behind B. */
static int
unpack(const struct buf *packed, uint64_t size, struct buf *b)
{
	const uint8_t *in = (const uint8_t *)packed->data;
	size_t left = packed->len, n;
	struct gzip *gzip = NULL;
	char out[16384];
	int rc = gzip_new(&gzip);

	while (rc == 0) {
		rc = gzip_step(gzip, &in, &left, true, out, sizeof(out), &n);
		if (rc == 0 && n == 0) {
			break;
		}
		if (rc == 0 && n > size) {
			rc = ERR_CORRUPT;
		}
		if (rc == 0) {
			buf_add(b, out, n);
			size -= n;
			rc = b->bad ? ERR_NOMEM : 0;
		}
	}
	gzip_free(&gzip);
	if (rc == 0) {
		return size == 0 ? 0 : ERR_CORRUPT;
	}
	return rc == ERR_NOMEM ? rc : ERR_CORRUPT;
}

int
queue_raw_get(struct zone_txn *txn, uint64_t id,
    const struct queue_submission *s, struct buf *b)
{
	struct buf packed = { 0 };
	int rc;

	if (s->packed == 0) {
		return queue_pieces_get(txn, id, 0, s->said.size, b);
	}
	rc = queue_pieces_get(txn, id, QUEUE_PIECE_PACKED, s->packed, &packed);
	if (rc == 0) {
		rc = unpack(&packed, s->said.size, b);
	}
	buf_free(&packed);
	return rc;
}

int
queue_raw_drop(struct zone_txn *txn, uint64_t id)
{
	uint8_t from[QUEUE_PIECE_KEY], found[QUEUE_PIECE_KEY];
	struct zone_bytes key, value;
	int rc;

	queue_piece_key(id, 0, from);
	do { /* a cursor does not survive a del */
		struct zone_cursor *cursor = NULL;

		rc = zone_cursor_open(txn, ZONE_T_RAW, &cursor);
		if (rc < 0) {
			return rc;
		}
		rc = zone_cursor_seek(cursor, from, sizeof(from), &key, &value);
		if (rc == 1 &&
		    (key.len != sizeof(found) ||
			memcmp(key.at, from, QUEUE_ID_KEY) != 0)) {
			rc = 0;
		}
		if (rc == 1) {
			memcpy(found, key.at, sizeof(found));
		}
		zone_cursor_close(&cursor);
		if (rc == 1) {
			rc =
			    zone_txn_del(txn, ZONE_T_RAW, found, sizeof(found));
		}
	} while (rc == 1);
	return rc;
}
