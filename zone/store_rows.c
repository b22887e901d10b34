/* store_rows.c - rows and cursors within a transaction. */
#include "zone/store_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The one place where LMDB's codes become ours. */
int
zone_store_error(int rc)
{
	switch (rc) {
	case 0: return 0;
	case ENOMEM: return ERR_NOMEM;
	case MDB_MAP_FULL:
	case MDB_READERS_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EIO: return ERR_FULL; /* LMDB says EIO for a short write */
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_PANIC:
	case MDB_INVALID: return ERR_CORRUPT;
	case MDB_VERSION_MISMATCH: return ERR_FORMAT;
	case MDB_BAD_VALSIZE: return ERR_RANGE;
	case ENOENT: return ERR_NONE;
	default: return ERR_STORE;
	}
}

/* MAP_FULL poisons the transaction: zone_store_write has to know that it was
 * the map and not the disk. */
static int
note(struct zone_txn *txn, int rc)
{
	if (rc == MDB_MAP_FULL) {
		txn->checked = 1;
	}
	return zone_store_error(rc);
}

static MDB_val
value(const void *data, size_t len)
{
	return (MDB_val){ .mv_size = len, .mv_data = (void *)data };
}

int
zone_txn_get(struct zone_txn *txn, enum zone_table table, const void *key,
    size_t klen, struct zone_bytes *ret)
{
	MDB_val k = value(key, klen), v;
	int rc;

	if (klen == 0 || klen > ZONE_STORE_KEY_MAX ||
	    txn->store->dbi[table] == ZONE_NO_TABLE) {
		return 0; /* no such key can be stored */
	}
	rc = mdb_get(txn->txn, txn->store->dbi[table], &k, &v);
	if (rc == MDB_NOTFOUND) {
		return 0;
	}
	if (rc != 0) {
		return zone_store_error(rc);
	}
	*ret = (struct zone_bytes){ v.mv_data, v.mv_size };
	return 1;
}

int
zone_txn_put(struct zone_txn *txn, enum zone_table table, const void *key,
    size_t klen, const void *data, size_t vlen)
{
	MDB_val k = value(key, klen), v = value(data, vlen);

	return note(txn, mdb_put(txn->txn, txn->store->dbi[table], &k, &v, 0));
}

int
zone_txn_append(struct zone_txn *txn, enum zone_table table, const void *key,
    size_t klen, const void *data, size_t vlen)
{
	MDB_val k = value(key, klen), v = value(data, vlen);
	int rc = mdb_put(txn->txn, txn->store->dbi[table], &k, &v, MDB_APPEND);

	return rc == MDB_KEYEXIST
	    ? zone_txn_put(txn, table, key, klen, data, vlen)
	    : note(txn, rc);
}

int
zone_txn_del(
    struct zone_txn *txn, enum zone_table table, const void *key, size_t klen)
{
	MDB_val k = value(key, klen);
	int rc = mdb_del(txn->txn, txn->store->dbi[table], &k, NULL);

	return rc == 0 ? 1 : rc == MDB_NOTFOUND ? 0 : note(txn, rc);
}

int
zone_txn_count(struct zone_txn *txn, enum zone_table table, uint64_t *ret_n)
{
	MDB_stat st;
	int rc;

	if (txn->store->dbi[table] == ZONE_NO_TABLE) {
		*ret_n = 0;
		return 0;
	}
	rc = mdb_stat(txn->txn, txn->store->dbi[table], &st);
	if (rc == 0) {
		*ret_n = st.ms_entries;
	}
	return zone_store_error(rc);
}

int
zone_txn_room(
    struct zone_txn *txn, enum zone_table table, uint64_t *ret_bytes)
{
	MDB_stat st;
	int rc = mdb_stat(txn->txn, txn->store->dbi[table], &st);

	if (rc == 0) {
		*ret_bytes = st.ms_psize *
		    (uint64_t)(st.ms_branch_pages + st.ms_leaf_pages +
			st.ms_overflow_pages);
	}
	return zone_store_error(rc);
}

int
zone_cursor_open(struct zone_txn *txn, enum zone_table table,
    struct zone_cursor **ret_cursor)
{
	struct zone_cursor *c;
	int rc;

	if (txn->store->dbi[table] == ZONE_NO_TABLE) {
		return ERR_NONE;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		return ERR_NOMEM;
	}
	rc = mdb_cursor_open(txn->txn, txn->store->dbi[table], &c->cursor);
	if (rc != 0) {
		free(c);
		return zone_store_error(rc);
	}
	*ret_cursor = c;
	return 0;
}

void
zone_cursor_close(struct zone_cursor **cursor)
{
	if (*cursor != NULL) {
		mdb_cursor_close((*cursor)->cursor);
		free(*cursor);
		*cursor = NULL;
	}
}

int
zone_cursor_renew(struct zone_cursor *cursor, struct zone_txn *txn)
{
	return zone_store_error(mdb_cursor_renew(txn->txn, cursor->cursor));
}

static int
move(struct zone_cursor *c, MDB_val *k, MDB_cursor_op op,
    struct zone_bytes *ret_key, struct zone_bytes *ret_value)
{
	MDB_val v;
	int rc = mdb_cursor_get(c->cursor, k, &v, op);

	if (rc == MDB_NOTFOUND) {
		return 0;
	}
	if (rc != 0) {
		return zone_store_error(rc);
	}
	*ret_key = (struct zone_bytes){ k->mv_data, k->mv_size };
	*ret_value = (struct zone_bytes){ v.mv_data, v.mv_size };
	return 1;
}

int
zone_cursor_seek(struct zone_cursor *cursor, const void *key, size_t klen,
    struct zone_bytes *ret_key, struct zone_bytes *ret_value)
{
	MDB_val k = value(key, klen);

	return move(cursor, &k, klen == 0 ? MDB_FIRST : MDB_SET_RANGE, ret_key,
	    ret_value);
}

int
zone_cursor_back(struct zone_cursor *cursor, const void *key, size_t klen,
    struct zone_bytes *ret_key, struct zone_bytes *ret_value)
{
	MDB_val k = value(key, klen);
	int r = move(cursor, &k, MDB_SET_RANGE, ret_key, ret_value);

	if (r < 0) {
		return r;
	}
	if (r == 0) {
		return move(cursor, &k, MDB_LAST, ret_key, ret_value);
	}
	if (ret_key->len == klen && memcmp(ret_key->at, key, klen) == 0) {
		return 1;
	}
	return move(cursor, &k, MDB_PREV, ret_key, ret_value);
}

int
zone_cursor_next(struct zone_cursor *cursor, struct zone_bytes *ret_key,
    struct zone_bytes *ret_value)
{
	MDB_val k;

	return move(cursor, &k, MDB_NEXT, ret_key, ret_value);
}

int
zone_cursor_prev(struct zone_cursor *cursor, struct zone_bytes *ret_key,
    struct zone_bytes *ret_value)
{
	MDB_val k;

	return move(cursor, &k, MDB_PREV, ret_key, ret_value);
}
