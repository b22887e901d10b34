/* store_copy.c - an environment as a whole: how large it is, a copy of it, and
 * whether another one stands in its place.
 */
#include "zone/store_priv.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
count_reader(const char *line, void *ctx)
{
	unsigned *n = ctx;

	*n += strstr(line, "pid") == NULL && line[0] != '(';
	return 0;
}

int
zone_store_info(struct zone_store *store, struct zone_store_info *ret)
{
	MDB_envinfo info;

	if (mdb_env_info(store->env, &info) != 0) {
		return ERR_STORE;
	}
	*ret = (struct zone_store_info){
		.used = (info.me_last_pgno + 1) * (uint64_t)store->page,
		.map_size = info.me_mapsize,
		.max_readers = info.me_maxreaders,
	};
	mdb_reader_list(store->env, count_reader, &ret->readers);
	return 0;
}

int
zone_store_copy(struct zone_store *store, int fd)
{
	int r;

	pthread_rwlock_rdlock(&store->resize);
	r = zone_store_error(mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT));
	pthread_rwlock_unlock(&store->resize);
	return r;
}

bool
zone_store_replaced(const struct zone_store *store)
{
	struct stat now, ours;
	int fd;

	/* one that is away for a moment is no other one */
	return stat(store->file, &now) == 0 &&
	    mdb_env_get_fd(store->env, &fd) == 0 && fstat(fd, &ours) == 0 &&
	    (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev);
}

void
zone_store_lock_file(const struct zone_store *store, struct stat *ret)
{
	size_t folder = (size_t)(strrchr(store->file, '/') - store->file);
	char path[4200];

	snprintf(path, sizeof(path), "%.*s/lock.mdb", (int)folder, store->file);
	if (stat(path, ret) != 0) {
		memset(ret, 0, sizeof(*ret));
	}
}

bool
zone_store_apart(const struct zone_store *store)
{
	struct stat now;

	zone_store_lock_file(store, &now);
	return zone_store_replaced(store) && store->lock.st_ino != 0 &&
	    (now.st_ino != store->lock.st_ino ||
		now.st_dev != store->lock.st_dev);
}
