/* store.h - bytes on disk: environments, transactions, tables, cursors. The
 * only door to LMDB.
 *
 * There are three environments, one folder each under data-dir, apart by
 * right (doc/ARCHITECTURE): the lists, the queue, the accounts. Each is opened
 * once per process, before threads and never across a fork. Everything LMDB
 * asks of its users is done here and nowhere else: map size and its growth
 * (MAP_FULL, MAP_RESIZED), reader slots, stale readers, the file's length
 * against its last page, default (synced) commits, no DUPSORT, no WRITEMAP.
 *
 * Keys and values are bytes as doc/FORMATS says; nothing here knows them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum zone_store_kind {
	ZONE_STORE_LISTS,
	ZONE_STORE_QUEUE,
	ZONE_STORE_ACCOUNTS
};

enum zone_access {
	ZONE_READ,   /* must exist; the process never writes */
	ZONE_WRITE,  /* must exist */
	ZONE_CREATE, /* made when absent, with its folder (mode 2770) */
};

enum zone_table {
	ZONE_T_META, /* in every environment */
	/* lists */
	ZONE_T_LISTS,
	ZONE_T_BLOCKS,
	ZONE_T_NAMES,
	ZONE_T_DETAILS,
	ZONE_T_HISTORY,
	ZONE_T_CHANGES,
	ZONE_T_ACCESS, /* may be absent: then it has no rows */
	/* queue */
	ZONE_T_SUBMISSIONS,
	ZONE_T_RAW,
	ZONE_T_DIGESTS,
	ZONE_T_ITEMS,
	ZONE_T_STATES,
	ZONE_T_WAITING,
	ZONE_T_SERIALS,
	ZONE_T_EVENTS,
	/* accounts */
	ZONE_T_USERS,
	ZONE_T_SESSIONS,
	ZONE_T_ACCOUNT_LOG, /* may be absent */
	ZONE_T_SUBSCRIBERS, /* may be absent */
	ZONE_TABLES,
};

#define ZONE_STORE_KEY_MAX 511 /* bytes in a key; more is ERR_RANGE */

struct zone_store;
struct zone_txn;
struct zone_cursor;

struct zone_bytes { /* borrowed from the transaction, 2-byte aligned only */
	const uint8_t *at;
	size_t len;
};

/* Open DATA_DIR/{store,queue,accounts}. MAP_SIZE is address space, not disk;
 * it grows when a writer needs more. ERR_NONE: absent. ERR_FORMAT: written by
 * a newer version. WHY says it in a sentence. Takes umask 0007 while opening,
 * since readers must be able to write the lock file. */
MUST_CHECK int zone_store_open(const char *data_dir, enum zone_store_kind kind,
    enum zone_access access, uint64_t map_size, struct zone_store **ret_store,
    struct err_text *why);
void zone_store_close(struct zone_store **store); /* NULL-safe, sets NULL */

/* At start and once a minute: clear the slots of readers that died. */
void zone_store_tend(struct zone_store *store);

struct zone_store_info {
	uint64_t used;     /* bytes of the file in use */
	uint64_t map_size; /* bytes */
	unsigned readers, max_readers;
};
MUST_CHECK int zone_store_info(
    struct zone_store *store, struct zone_store_info *ret);
/* The newest commit, whole, without what is not used any more, to FD from where
 * it stands. Writers go on; pages that they free wait until it is done. */
MUST_CHECK int zone_store_copy(struct zone_store *store, int fd);
/* Is the file at the store's path another one now (rblctl restore)? Then what
 * is written to this one would be lost: writing is refused, and whoever has it
 * open opens it anew. Costs a stat. */
bool zone_store_replaced(const struct zone_store *store);
/* Was its whole folder replaced, the lock file as well? Only then may the other
 * one be opened before this one is closed: a process that closes a lock file
 * loses all locks that it has on it. */
bool zone_store_apart(const struct zone_store *store);

/* Run FN in one write transaction; commit and sync when it returns 0 or more,
 * which is passed on; abort when it returns less than 0. When the map is
 * full it is grown and FN runs again from the start, so FN must be able to.
 * ERR_FULL: disk full or the map cannot grow. ERR_STORE before FN: the store
 * was replaced. Writers wait for each other. */
typedef int zone_store_fn(struct zone_txn *txn, void *ctx);
MUST_CHECK int zone_store_write(
    struct zone_store *store, zone_store_fn *fn, void *ctx);
/* The same in a short read transaction. In neither may this thread hold
 * another transaction that is not rested: growing the map waits for all. */
MUST_CHECK int zone_store_read(
    struct zone_store *store, zone_store_fn *fn, void *ctx);

/* A reader that is kept and renewed. New ones are rested. One thread each. */
MUST_CHECK int zone_txn_open(
    struct zone_store *store, struct zone_txn **ret_txn);
/* ERR_CORRUPT: the file is shorter than its pages. ERR_FULL: no slot. On
 * failure it is rested. */
MUST_CHECK int zone_txn_renew(struct zone_txn *txn);
void zone_txn_rest(struct zone_txn *txn);
void zone_txn_close(struct zone_txn **txn);
/* Number of the commit it sees: equal numbers see equal bytes at equal
 * places. */
uint64_t zone_txn_id(const struct zone_txn *txn);
/* Changes when the file moves in memory: to make room, this process maps it
 * anew. Places of an earlier number are nowhere. */
uint64_t zone_txn_map(const struct zone_txn *txn);
/* Bytes of a page: rows of one page share all bits above. */
size_t zone_txn_page(const struct zone_txn *txn);

/* 1 and *ret, 0 absent, <0 failed. */
MUST_CHECK int zone_txn_get(struct zone_txn *txn, enum zone_table table,
    const void *key, size_t klen, struct zone_bytes *ret);
/* Replace or make. */
MUST_CHECK int zone_txn_put(struct zone_txn *txn, enum zone_table table,
    const void *key, size_t klen, const void *value, size_t vlen);
/* The same for rows that mostly come in order: a key behind all others fills
 * pages whole, where put leaves them half empty. */
MUST_CHECK int zone_txn_append(struct zone_txn *txn, enum zone_table table,
    const void *key, size_t klen, const void *value, size_t vlen);
/* 1 removed, 0 was absent, <0. */
MUST_CHECK int zone_txn_del(
    struct zone_txn *txn, enum zone_table table, const void *key, size_t klen);
/* Number of rows. */
MUST_CHECK int zone_txn_count(
    struct zone_txn *txn, enum zone_table table, uint64_t *ret_n);
/* Bytes of the file that TABLE takes, in whole pages. */
MUST_CHECK int zone_txn_room(
    struct zone_txn *txn, enum zone_table table, uint64_t *ret_bytes);

/* Cursors move in byte order of the keys. ERR_NONE: the table is absent. Each
 * move returns 1 and the row, 0 at the end, <0 failed. In a write transaction a
 * cursor does not survive a put or del: collect, then apply. Close before the
 * transaction ends. */
MUST_CHECK int zone_cursor_open(struct zone_txn *txn, enum zone_table table,
    struct zone_cursor **ret_cursor);
void zone_cursor_close(struct zone_cursor **cursor);
/* A reader's cursor outlives its transaction: use it in TXN, which was renewed
 * since. So a look-up by cursor allocates nothing. */
MUST_CHECK int zone_cursor_renew(
    struct zone_cursor *cursor, struct zone_txn *txn);
/* First row with key >= KEY. */
MUST_CHECK int zone_cursor_seek(struct zone_cursor *cursor, const void *key,
    size_t klen, struct zone_bytes *ret_key, struct zone_bytes *ret_value);
/* Last row with key <= KEY. */
MUST_CHECK int zone_cursor_back(struct zone_cursor *cursor, const void *key,
    size_t klen, struct zone_bytes *ret_key, struct zone_bytes *ret_value);
MUST_CHECK int zone_cursor_next(struct zone_cursor *cursor,
    struct zone_bytes *ret_key, struct zone_bytes *ret_value);
MUST_CHECK int zone_cursor_prev(struct zone_cursor *cursor,
    struct zone_bytes *ret_key, struct zone_bytes *ret_value);
