/* history.c - numbered changes: rows, keys, chain. doc/FORMATS, "history". */
#include "zone/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zone/change_priv.h"
#include "zone/hold.h"
#include "zone/record.h"

#define CHUNK 60000

enum { KEY_TEXT = 0, KEY_V4 = 4, KEY_V4_RUN = 5, KEY_V6 = 6 };

#define V4_BYTES 5  /* of a key: length, address */
#define RUN_COUNT 3 /* place of a run's count */

static void
serial_key(uint8_t out[12], uint64_t serial, uint32_t chunk)
{
	struct writer w = writer(out, 12);

	write_u32(&w, (uint32_t)(serial >> 32));
	write_u32(&w, (uint32_t)serial);
	write_u32(&w, chunk);
}

/* ---- writing ----------------------------------------------------------- */

static int
flush(struct history_writer *w)
{
	uint8_t key[12];
	int r;

	zone_record_end(&w->chunk, 0);
	if (w->chunk.bad) {
		return ERR_NOMEM;
	}
	serial_key(key, w->serial, w->chunks++);
	r = zone_txn_append(w->txn, ZONE_T_CHANGES, key, sizeof(key),
	    w->chunk.data, w->chunk.len);
	digest_sha256_2(w->digest, sizeof(w->digest), w->chunk.data,
	    w->chunk.len, w->digest);
	buf_clear(&w->chunk);
	w->run.count = 0;
	return r;
}

/* An IPv4 prefix. Those that follow each other with the same details become a
 * run, so that a large import takes five bytes for each. */
static void
add_v4(struct history_writer *w, uint16_t list, const struct op *op,
    uint32_t before, uint32_t after)
{
	struct history_run *run = &w->run;
	struct buf *b = &w->chunk;
	uint8_t key[V4_BYTES] = { op->len }, first[V4_BYTES], *count;

	memcpy(key + 1, op->addr, 4);
	if (run->count == 0 || run->count == UINT16_MAX || run->list != list ||
	    run->before != before || run->after != after) {
		*run = (struct history_run){ b->len, 1, list, before, after };
		buf_le16(b, list);
		buf_u8(b, KEY_V4);
		buf_add(b, key, V4_BYTES);
		buf_le32(b, before);
		buf_le32(b, after);
		return;
	}
	if (run->count == 1) {
		memcpy(first, b->data + run->at + 3, V4_BYTES);
		b->len = run->at;
		buf_le16(b, list);
		buf_u8(b, KEY_V4_RUN);
		buf_le16(b, 0);
		buf_le32(b, before);
		buf_le32(b, after);
		buf_add(b, first, V4_BYTES);
	}
	buf_add(b, key, V4_BYTES);
	run->count++;
	if (!b->bad) {
		count = (uint8_t *)b->data + run->at + RUN_COUNT;
		count[0] = (uint8_t)run->count;
		count[1] = (uint8_t)(run->count >> 8);
	}
}

int
zone_history_key_add(struct history_writer *w, uint16_t list,
    const struct op *op, uint32_t before, uint32_t after)
{
	struct buf *b = &w->chunk;

	if (b->len == 0) {
		(void)zone_record_begin(b);
	}
	if (b->bad) {
		return ERR_NOMEM;
	}
	w->keys++;
	if (op->bits == 32) {
		add_v4(w, list, op, before, after);
	} else {
		w->run.count = 0;
		buf_le16(b, list);
		if (op->bits == 0) {
			buf_u8(b, KEY_TEXT);
			buf_text(b, op->text, strlen(op->text));
		} else {
			buf_u8(b, KEY_V6);
			buf_u8(b, op->len);
			buf_add(b, op->addr, 16);
		}
		buf_le32(b, before);
		buf_le32(b, after);
	}
	if (b->bad) {
		return ERR_NOMEM;
	}
	return b->len >= CHUNK ? flush(w) : 0;
}

int
zone_history_finish(struct history_writer *w, const struct zone_why *why,
    uint64_t undoes, int64_t time, struct zone_head *head)
{
	const char *texts[] = { why->by, why->source, why->reason };
	struct buf b = { 0 };
	uint8_t key[12];
	int r = 0;

	if (w->chunk.len > 0) {
		r = flush(w);
	}
	(void)zone_record_begin(&b);
	buf_add(&b, head->hash, 32);
	buf_le64(&b, w->serial);
	buf_le64(&b, (uint64_t)time);
	buf_le16(&b, (unsigned)why->action);
	buf_le16(&b, 0);
	buf_le32(&b, w->chunks);
	buf_le64(&b, undoes);
	buf_le64(&b, w->keys);
	buf_add(&b, w->digest, 32);
	for (size_t i = 0; i < 3; i++) {
		const char *s = texts[i] != NULL ? texts[i] : "";

		buf_text(&b, s, strlen(s));
	}
	zone_record_end(&b, 0);
	if (r == 0 && b.bad) {
		r = ERR_NOMEM;
	}
	if (r == 0) {
		serial_key(key, w->serial, 0);
		r = zone_txn_append(
		    w->txn, ZONE_T_HISTORY, key, 8, b.data, b.len);
	}
	if (r == 0) {
		digest_sha256_2(b.data, b.len, NULL, 0, head->hash);
		head->serial = w->serial;
		head->time = time;
	}
	buf_free(&b);
	return r;
}

/* ---- reading ----------------------------------------------------------- */

struct row_links {
	uint8_t prev[32], changes[32];
	uint32_t chunks;
};

static int
decode(const struct zone_bytes *b, struct zone_history_row *row,
    struct row_links *links)
{
	struct reader rd;
	struct span *texts[] = { &row->by, &row->source, &row->reason };
	const uint8_t *prev, *changes;

	if (zone_record_open(b->at, b->len, &rd) < 0) {
		return ERR_CORRUPT;
	}
	prev = read_span(&rd, 32);
	row->serial = read_le64(&rd);
	row->time = (int64_t)read_le64(&rd);
	row->action = (enum zone_action)read_le16(&rd);
	read_le16(&rd);
	links->chunks = read_le32(&rd);
	row->undoes = read_le64(&rd);
	row->keys = read_le64(&rd);
	changes = read_span(&rd, 32);
	for (size_t i = 0; i < 3; i++) {
		size_t n;
		const char *s = read_text(&rd, &n);

		*texts[i] = span(s, n);
	}
	if (rd.bad || prev == NULL || changes == NULL) {
		return ERR_CORRUPT;
	}
	memcpy(links->prev, prev, 32);
	memcpy(links->changes, changes, 32);
	digest_sha256_2(b->at, b->len, NULL, 0, row->hash);
	return 1;
}

int
zone_history_get(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row)
{
	struct row_links links;
	struct zone_bytes b;
	uint8_t key[12];
	int r;

	serial_key(key, serial, 0);
	r = zone_txn_get(zone_view_txn(view), ZONE_T_HISTORY, key, 8, &b);
	return r <= 0 ? r : decode(&b, ret_row, &links);
}

static int
nearest(struct zone_view *view, uint64_t serial, bool before,
    struct zone_history_row *ret_row)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, b;
	struct row_links links;
	uint8_t key[12];
	int r = zone_cursor_open(zone_view_txn(view), ZONE_T_HISTORY, &c);

	if (r < 0) {
		return r;
	}
	serial_key(key, serial, 0);
	r = before ? zone_cursor_back(c, key, 8, &k, &b)
		   : zone_cursor_seek(c, key, 8, &k, &b);
	zone_cursor_close(&c);
	return r <= 0 ? r : decode(&b, ret_row, &links);
}

int
zone_history_before(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row)
{
	return nearest(view, serial, true, ret_row);
}

int
zone_history_after(
    struct zone_view *view, uint64_t serial, struct zone_history_row *ret_row)
{
	return nearest(view, serial, false, ret_row);
}

/* Addresses have an '@', digests of them a ':', domains neither. */
static enum zone_kind
kind_of(const char *text, size_t n)
{
	return memchr(text, '@', n) != NULL || memchr(text, ':', n) != NULL
	    ? ZONE_KIND_ADDRESS
	    : ZONE_KIND_DOMAIN;
}

/* A run of keys being read; the last one's list and details go for all. */
struct run {
	unsigned left;
	struct zone_history_key key;
};

static void
read_prefix(struct reader *rd, unsigned bits, struct zone_history_key *key)
{
	unsigned plen = read_u8(rd);
	const uint8_t *addr = read_span(rd, bits / 8);

	if (addr == NULL || plen > bits) {
		rd->bad = true;
		return;
	}
	key->key.kind = ZONE_KIND_IP;
	memcpy(key->key.ip.ip.bytes, addr, bits / 8);
	key->key.ip.ip.bits = (uint8_t)bits;
	key->key.ip.plen = (uint8_t)plen;
}

/* One key out of a chunk, into RUN->key. */
static int
decode_key(struct reader *rd, struct run *run)
{
	struct zone_history_key *key = &run->key;
	const char *text;
	size_t n;

	if (run->left > 0) {
		run->left--;
		read_prefix(rd, 32, key);
		return rd->bad ? ERR_CORRUPT : 0;
	}
	memset(key, 0, sizeof(*key));
	key->list = read_le16(rd);
	switch (read_u8(rd)) {
	case KEY_TEXT:
		text = read_text(rd, &n);
		if (rd->bad || n == 0 || n >= sizeof(key->key.text) ||
		    zone_key_parse(
			kind_of(text, n), span(text, n), &key->key, NULL) < 0) {
			return ERR_CORRUPT;
		}
		break;
	case KEY_V4: read_prefix(rd, 32, key); break;
	case KEY_V6: read_prefix(rd, 128, key); break;
	case KEY_V4_RUN:
		run->left = read_le16(rd);
		if (run->left-- == 0) {
			return ERR_CORRUPT;
		}
		key->before = read_le32(rd);
		key->after = read_le32(rd);
		read_prefix(rd, 32, key);
		return rd->bad ? ERR_CORRUPT : 0;
	default: return ERR_CORRUPT;
	}
	key->before = read_le32(rd);
	key->after = read_le32(rd);
	return rd->bad ? ERR_CORRUPT : 0;
}

/* One chunk's keys. 0 with *RET_THERE, FN's non-zero result, or <0. */
static int
read_chunk(struct zone_view *view, uint64_t serial, uint32_t chunk,
    zone_history_fn *fn, void *ctx, bool *ret_there)
{
	struct run run = { .left = 0 };
	struct zone_bytes b;
	struct reader rd;
	uint8_t key[12];
	int r;

	serial_key(key, serial, chunk);
	r = zone_txn_get(
	    zone_view_txn(view), ZONE_T_CHANGES, key, sizeof(key), &b);
	*ret_there = r == 1;
	if (r <= 0) {
		return r;
	}
	if (zone_record_open(b.at, b.len, &rd) < 0) {
		return ERR_CORRUPT;
	}
	r = 0;
	while (read_left(&rd) > 0 && r == 0) {
		r = decode_key(&rd, &run);
		if (r == 0) {
			r = fn(&run.key, ctx);
		}
	}
	return r == 0 && run.left > 0 ? ERR_CORRUPT : r;
}

int
zone_history_keys(
    struct zone_view *view, uint64_t serial, zone_history_fn *fn, void *ctx)
{
	bool there = true;
	int r = 0;

	for (uint32_t chunk = 0; there && r == 0; chunk++) {
		r = read_chunk(view, serial, chunk, fn, ctx, &there);
	}
	return r;
}

int
zone_history_keys_long(
    struct zone_view *view, uint64_t serial, zone_history_fn *fn, void *ctx)
{
	int64_t since = zone_hold_clock();
	bool there = true;
	int r = 0;

	for (uint32_t chunk = 0; there && r == 0; chunk++) {
		r = read_chunk(view, serial, chunk, fn, ctx, &there);
		if (r == 0 && zone_hold_over(&since)) {
			r = zone_view_renew(view);
		}
	}
	return r;
}

/* Do SERIAL's chunks give the hash that its row covers? */
static int
check_changes(struct zone_view *view, uint64_t serial,
    const struct row_links *links, int64_t *since)
{
	uint8_t digest[32] = { 0 }, key[12];
	struct zone_bytes b;
	int r;

	for (uint32_t i = 0; i < links->chunks; i++) {
		serial_key(key, serial, i);
		r = zone_txn_get(
		    zone_view_txn(view), ZONE_T_CHANGES, key, sizeof(key), &b);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
		digest_sha256_2(digest, sizeof(digest), b.at, b.len, digest);
		if (zone_hold_over(since) && (r = zone_view_renew(view)) < 0) {
			return r;
		}
	}
	return memcmp(digest, links->changes, 32) == 0 ? 0 : ERR_CORRUPT;
}

/* The number of rows in both tables is what the chain has led to. */
static int
check_orphans(struct zone_view *view, uint64_t rows, uint64_t chunks,
    struct err_text *why)
{
	uint64_t n = 0, c = 0;
	int r = zone_txn_count(zone_view_txn(view), ZONE_T_HISTORY, &n);

	if (r == 0) {
		r = zone_txn_count(zone_view_txn(view), ZONE_T_CHANGES, &c);
	}
	if (r == 0 && (n != rows || c != chunks)) {
		r = err_say(why, ERR_CORRUPT,
		    "history: %llu rows and %llu pieces of changes, the chain "
		    "has %llu and %llu",
		    (unsigned long long)n, (unsigned long long)c,
		    (unsigned long long)rows, (unsigned long long)chunks);
	}
	return r;
}

/* The row behind serial AT: the next one; or, where a restore left numbers
 * out, that. 1, 0 none, <0. */
static int
next_row(struct zone_view *view, uint64_t at, struct zone_history_row *row,
    struct row_links *links)
{
	struct zone_cursor *c = NULL;
	struct zone_bytes k, b;
	uint8_t key[12];
	int r;

	serial_key(key, at + 1, 0);
	r = zone_txn_get(zone_view_txn(view), ZONE_T_HISTORY, key, 8, &b);
	if (r == 0) {
		r = zone_cursor_open(zone_view_txn(view), ZONE_T_HISTORY, &c);
		if (r == 0) {
			r = zone_cursor_seek(c, key, 8, &k, &b);
			zone_cursor_close(&c);
		}
		if (r == 1 &&
		    (decode(&b, row, links) != 1 || row->serial <= at ||
			row->action != ZONE_ACTION_RESTORE)) {
			return 0; /* the chain ends here: see check_end */
		}
		if (r == 1) { /* it must stand under the number it names */
			serial_key(key, row->serial, 0);
			return k.len == 8 && memcmp(k.at, key, 8) == 0
			    ? 1
			    : ERR_CORRUPT;
		}
	}
	if (r != 1) {
		return r;
	}
	r = decode(&b, row, links);
	return r == 1 && row->serial != at + 1 ? ERR_CORRUPT : r;
}

/* Does the store say what the chain C has led to? */
static int
check_end(struct zone_view *view, const struct zone_history_chain *c,
    struct err_text *why)
{
	struct zone_head head;
	uint64_t cut;
	int r = zone_head_get(zone_view_txn(view), &head);

	if (r >= 0) {
		r = zone_history_cut(view, &cut);
	}
	if (r >= 0 &&
	    (head.serial != c->serial || memcmp(head.hash, c->hash, 32) != 0 ||
		(c->rows > 0 && head.time != c->time))) {
		r = err_say(why, ERR_CORRUPT,
		    "history: the newest row is %llu, the store says %llu",
		    (unsigned long long)c->serial,
		    (unsigned long long)head.serial);
	}
	if (r >= 0 && cut != c->cut) {
		r = err_say(why, ERR_CORRUPT,
		    "history: the newest restore is %llu, the store says %llu",
		    (unsigned long long)c->cut, (unsigned long long)cut);
	}
	return r < 0 ? r : check_orphans(view, c->rows, c->chunks, why);
}

int
zone_history_verify_on(struct zone_view *view, struct zone_history_chain *chain,
    uint64_t max, struct err_text *why)
{
	int64_t since = zone_hold_clock();
	struct zone_history_chain c = *chain;
	struct zone_history_row row;
	struct row_links links;
	int r;

	/* rows are only ever added: the view may be renewed on the way, and
	 * the last one has seen the last row */
	for (uint64_t n = 0;; n++) {
		r = next_row(view, c.serial, &row, &links);
		if (r == 0) {
			break;
		}
		if (r == 1 && n == max) {
			*chain = c;
			return 1;
		}
		if (r == 1 &&
		    ((c.rows > 0 && row.time < c.time) ||
			row.undoes > c.serial ||
			memcmp(links.prev, c.hash, 32) != 0)) {
			r = ERR_CORRUPT;
		}
		if (r == 1) {
			c.serial = row.serial;
			c.rows++;
			c.chunks += links.chunks;
			c.time = row.time;
			c.cut = row.action == ZONE_ACTION_RESTORE ? row.serial
								  : c.cut;
			memcpy(c.hash, row.hash, 32);
			r = check_changes(view, c.serial, &links, &since);
			if (r < 0) {
				c.serial--; /* it is that one */
			}
		}
		if (r < 0) {
			*chain = c;
			return err_say(why, r,
			    "history: the chain breaks at serial %llu",
			    (unsigned long long)c.serial + 1);
		}
	}
	*chain = c;
	return check_end(view, &c, why);
}

int
zone_history_verify(
    struct zone_view *view, uint64_t *ret_rows, struct err_text *why)
{
	struct zone_history_chain chain = { 0 };
	int r = zone_history_verify_on(view, &chain, UINT64_MAX, why);

	*ret_rows = chain.rows;
	return r;
}

/* ---- a restore ----------------------------------------------------------- */

static const char cut_key[] = "cut";

int
zone_history_cut(struct zone_view *view, uint64_t *ret_serial)
{
	struct zone_bytes b;
	struct reader rd;
	int r = zone_txn_get(zone_view_txn(view), ZONE_T_META, cut_key,
	    sizeof(cut_key) - 1, &b);

	*ret_serial = 0;
	if (r <= 0) {
		return r;
	}
	if (zone_record_open(b.at, b.len, &rd) < 0) {
		return ERR_CORRUPT;
	}
	*ret_serial = read_le64(&rd);
	return rd.bad || *ret_serial == 0 ? ERR_CORRUPT : 0;
}

int
zone_history_restore(struct zone_txn *txn, uint64_t serial,
    const struct zone_why *why, int64_t time)
{
	struct history_writer w = { .txn = txn, .serial = serial };
	struct zone_head head;
	struct buf b = { 0 };
	int r = zone_head_get(txn, &head);

	if (r >= 0 && serial <= head.serial) {
		r = ERR_RANGE;
	}
	if (r >= 0) {
		r = zone_history_finish(
		    &w, why, 0, time > head.time ? time : head.time, &head);
	}
	if (r == 0) {
		r = zone_head_put(txn, &head);
	}
	buf_free(&w.chunk);
	if (r < 0) {
		return r;
	}
	(void)zone_record_begin(&b);
	buf_le64(&b, serial);
	zone_record_end(&b, 0);
	r = b.bad ? ERR_NOMEM
		  : zone_txn_put(txn, ZONE_T_META, cut_key,
			sizeof(cut_key) - 1, b.data, b.len);
	buf_free(&b);
	return r;
}
