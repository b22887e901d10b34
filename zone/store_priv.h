/* store_priv.h - LMDB itself, for store.c and store_rows.c alone. */
#pragma once

#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <sys/stat.h>

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
	char *file;       /* path of data.mdb */
	struct stat lock; /* of the lock file when it was opened */
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

/* Of the lock file at the store's path; zeros: there is none. */
void zone_store_lock_file(const struct zone_store *store, struct stat *ret);

/* LMDB's and errno's codes become ours here and nowhere else. */
int zone_store_error(int rc);
