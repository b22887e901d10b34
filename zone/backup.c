/* backup.c - copy the environments while they are at work. */
#include "zone/backup_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/when.h"

#define LAST "last-backup" /* in data-dir: the path of the newest, a line */

/* Copies of these, in this order: see backup.h. */
static const enum zone_store_kind order[] = { ZONE_STORE_QUEUE,
	ZONE_STORE_ACCOUNTS, ZONE_STORE_LISTS };

struct making {
	const char *data_dir;
	uint64_t map_size;
	const char *dir;
	char part[BACKUP_PATH]; /* DIR.part */
	char parent[BACKUP_PATH];
	int lock; /* the folder DIR.part, locked */
	struct zone_manifest *m;
	struct err_text *why;
};

static int
said(struct making *k, const char *path)
{
	int e = errno;

	return err_say(k->why, e == ENOSPC || e == EDQUOT ? ERR_FULL : ERR_SYS,
	    "%s: %s", path, strerror(e));
}

/* DIR.part, empty and locked: nobody else makes a backup of that name, and what
 * one left that was killed is gone. */
static int
begin(struct making *k)
{
	int n = snprintf(k->part, sizeof(k->part), "%s.part", k->dir), r;
	struct stat st;

	if (n < 0 || (size_t)n >= sizeof(k->part) - 32) {
		return err_say(k->why, ERR_RANGE, "the path is too long");
	}
	if (lstat(k->dir, &st) == 0) {
		return err_say(k->why, ERR_CONFLICT,
		    "%s: is there already; expected a new name", k->dir);
	}
	for (int tries = 0; tries < 2; tries++) {
		r = mkdir(k->part, 0700);
		if (r < 0 && errno != EEXIST) {
			return said(k, k->part);
		}
		k->lock = open(
		    k->part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (k->lock < 0 || fchmod(k->lock, 0700) < 0) {
			return said(k, k->part);
		}
		if (flock(k->lock, LOCK_EX | LOCK_NB) < 0) {
			close(k->lock);
			k->lock = -1;
			return err_say(k->why, ERR_CONFLICT,
			    "%s: another backup is at work there", k->part);
		}
		if (r == 0) {
			return 0;
		}
		zone_backup_remove(k->part);
		close(k->lock);
		k->lock = -1;
	}
	return err_say(k->why, ERR_CONFLICT,
	    "%s: holds files that are not of a backup; remove it", k->part);
}

static int
copy_part(struct making *k, enum zone_store_kind kind)
{
	struct zone_store *store = NULL;
	char path[BACKUP_PATH], file[BACKUP_PATH];
	int fd = -1;
	int r = zone_backup_path(
	    path, k->part, zone_backup_part(kind), NULL, k->why);

	if (r == 0) {
		r = zone_backup_path(
		    file, k->part, zone_backup_part(kind), "data.mdb", k->why);
	}
	if (r == 0) {
		r = zone_backup_mkdir(path, k->why);
	}
	if (r == 0) {
		r = zone_store_open(
		    k->data_dir, kind, ZONE_READ, k->map_size, &store, k->why);
	}
	if (r == 0) {
		fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		r = fd < 0 ? said(k, file) : 0;
	}
	if (r == 0) {
		r = zone_store_copy(store, fd);
		if (r < 0) {
			(void)err_say(
			    k->why, r, "%s: cannot copy: %s", file, err_str(r));
		}
	}
	zone_store_close(&store);
	if (r == 0) {
		r = zone_backup_sync_fd(fd, file, k->why);
	}
	if (r == 0 &&
	    (lseek(fd, 0, SEEK_SET) < 0 ||
		digest_sha256_fd(fd, k->m->parts[kind].sha256,
		    &k->m->parts[kind].bytes) < 0)) {
		r = said(k, file);
	}
	if (fd >= 0) {
		close(fd);
	}
	return r == 0 ? zone_backup_sync(path, k->why) : r;
}

/* The folder in which DIR stands. */
static void
find_parent(struct making *k)
{
	const char *slash = strrchr(k->dir, '/');

	if (slash == NULL) {
		snprintf(k->parent, sizeof(k->parent), ".");
	} else {
		snprintf(k->parent, sizeof(k->parent), "%.*s",
		    (int)(slash == k->dir ? 1 : slash - k->dir), k->dir);
	}
}

static int
finish(struct making *k)
{
	uint64_t serial;
	int r = zone_backup_check(
	    k->part, true, k->map_size, "the copy", &serial, k->why);

	if (r == 0) {
		k->m->serial = serial;
		r = zone_manifest_write(k->m, k->part, k->why);
	}
	if (r == 0) {
		r = zone_backup_sync(k->part, k->why);
	}
	if (r == 0 &&
	    renameat2(AT_FDCWD, k->part, AT_FDCWD, k->dir, RENAME_NOREPLACE) <
		0) {
		r = said(k, k->dir);
	}
	return r == 0 ? zone_backup_sync(k->parent, k->why) : r;
}

/* Where the newest is, for "restore --last". A backup that is not found that
 * way is one all the same. */
static void
note_last(const struct making *k)
{
	char path[BACKUP_PATH], line[BACKUP_PATH + 1];
	char *real = realpath(k->dir, NULL);
	int n = real != NULL ? snprintf(line, sizeof(line), "%s\n", real) : -1;

	if (n > 0 && (size_t)n < sizeof(line) &&
	    zone_backup_path(path, k->data_dir, LAST, NULL, NULL) == 0) {
		(void)!file_write(path, line, (size_t)n, 0600);
	}
	free(real);
}

int
zone_backup_make(const char *data_dir, uint64_t map_size, const char *dir,
    struct zone_manifest *ret, struct err_text *why)
{
	struct making k = { .data_dir = data_dir,
		.map_size = map_size,
		.dir = dir,
		.lock = -1,
		.m = ret,
		.why = why };
	int r;

	*ret = (struct zone_manifest){ .time = when_now() };
	find_parent(&k);
	r = begin(&k);
	if (r < 0) {
		return r;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0;
	     i++) {
		r = copy_part(&k, order[i]);
	}
	if (r == 0) {
		r = finish(&k);
	}
	if (r == 0) {
		note_last(&k);
	} else {
		zone_backup_remove(k.part);
	}
	close(k.lock);
	return r;
}

int
zone_backup_last(
    const char *data_dir, char *ret, size_t size, struct err_text *why)
{
	char path[BACKUP_PATH];
	struct buf b = { 0 };
	int r = zone_backup_path(path, data_dir, LAST, NULL, why);

	if (r < 0) {
		return r;
	}
	r = file_read(path, BACKUP_PATH, &b);
	if (r == ERR_SYS && errno == ENOENT) {
		r = err_say(why, ERR_NONE,
		    "%s is not there: no backup was made yet", path);
	} else if (r < 0) {
		r = err_say(why, r, "%s: %s", path, err_str(r));
	} else if (b.len < 2 || b.data[0] != '/' || b.data[b.len - 1] != '\n' ||
	    b.len > size || strlen(b.data) != b.len) {
		r = err_say(
		    why, ERR_FORMAT, "%s: damaged; name the backup", path);
	} else {
		memcpy(ret, b.data, b.len - 1);
		ret[b.len - 1] = '\0';
	}
	buf_free(&b);
	return r;
}
