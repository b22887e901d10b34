/* store_priv.h - LMDB itself, for store.c and store_rows.c alone. */
#pragma once

#include <limits.h>
#include <lmdb.h>
#include <pthread.h>

#include "zone/store.h"

#define ZONE_NO_TABLE UINT_MAX

struct zone_store {
	MDB_env *env;
	enum zone_store_kind kind;
	bool writes;
	MDB_dbi dbi[ZONE_TABLES];
	pthread_rwlock_t resize;
	uint64_t map; /* times that it was mapped anew; under RESIZE */
	size_t page;
};

struct zone_txn {
	struct zone_store *store;
	MDB_txn *txn;
	bool live;      /* at work: holds store->resize shared */
	size_t checked; /* reader: last commit whose file length was looked
	                 * at; writer: 1 when the map was full */
};

struct zone_cursor {
	MDB_cursor *cursor;
};

/* LMDB's and errno's codes become ours here and nowhere else. */
int zone_store_error(int rc);
