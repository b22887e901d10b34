/* restore.c - put a backup in the place of what is there. */
#include "zone/backup_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/when.h"
#include "zone/change_priv.h"

#define PART "restore.part" /* in data-dir: what is being made */
#define SESSIONS_AT_ONCE 1000

struct restoring {
	const struct zone_restore *of;
	struct zone_restored *ret;
	char root[BACKUP_PATH]; /* DATA_DIR/restore.part */
	int lock;               /* DATA_DIR, locked */
	struct err_text *why;
};

static int
said(struct restoring *k, const char *path)
{
	int e = errno;

	return err_say(k->why, e == ENOSPC || e == EDQUOT ? ERR_FULL : ERR_SYS,
	    "%s: %s", path, strerror(e));
}

static unsigned
n_parts(const struct restoring *k)
{
	return k->of->all ? ZONE_BACKUP_PARTS : 1; /* the store is the first */
}

static int
begin(struct restoring *k)
{
	const char *dir = k->of->data_dir;
	int r = zone_backup_path(k->root, dir, PART, NULL, k->why);

	if (r < 0) {
		return r;
	}
	k->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->lock < 0) {
		return said(k, dir);
	}
	if (flock(k->lock, LOCK_EX | LOCK_NB) < 0) {
		return err_say(k->why, ERR_CONFLICT,
		    "%s: another restore is at work", dir);
	}
	zone_backup_remove(k->root); /* of one that was killed */
	return zone_backup_mkdir(k->root, k->why);
}

/* ---- the new environments ------------------------------------------------ */

static int
copy_part(struct restoring *k, unsigned p)
{
	char from[BACKUP_PATH], to[BACKUP_PATH], dir[BACKUP_PATH];
	const char *name = zone_backup_part(p);
	uint8_t sha256[32];
	uint64_t bytes;
	int r = zone_backup_path(from, k->of->dir, name, "data.mdb", k->why);

	if (r == 0) {
		r = zone_backup_path(dir, k->root, name, NULL, k->why);
	}
	if (r == 0) {
		r = zone_backup_path(to, k->root, name, "data.mdb", k->why);
	}
	if (r == 0) {
		r = zone_backup_mkdir(dir, k->why);
	}
	if (r == 0) {
		r = zone_backup_copy(from, to, &bytes, sha256, k->why);
	}
	if (r == 0 &&
	    (bytes != k->ret->manifest.parts[p].bytes ||
		memcmp(sha256, k->ret->manifest.parts[p].sha256, 32) != 0)) {
		r = err_say(k->why, ERR_CORRUPT,
		    "%s: damaged: its length or SHA-256 is not the manifest's",
		    from);
	}
	return r;
}

static int
check(struct restoring *k)
{
	uint64_t serial = 0;
	int r = zone_backup_check(
	    k->root, k->of->all, k->of->map_size, k->of->dir, &serial, k->why);

	return r == 0 && serial != k->ret->manifest.serial
	    ? err_say(k->why, ERR_CORRUPT,
		  "%s: damaged: the manifest says serial %llu, the store %llu",
		  k->of->dir, (unsigned long long)k->ret->manifest.serial,
		  (unsigned long long)serial)
	    : r;
}

/* Some sessions: a token that was ended since the backup must stay so. */
static int
drop_sessions(struct zone_txn *txn, void *ctx)
{
	int *more = ctx, r = 1;
	struct zone_bytes key, value;

	*more = 0;
	while (r == 1 && *more < SESSIONS_AT_ONCE) {
		struct zone_cursor *c = NULL;
		uint8_t copy[ZONE_STORE_KEY_MAX];
		size_t len = 0;

		r = zone_cursor_open(txn, ZONE_T_SESSIONS, &c);
		if (r == 0) {
			r = zone_cursor_seek(c, "", 1, &key, &value);
		}
		if (r == 1) {
			len = key.len;
			memcpy(copy, key.at, len);
		}
		zone_cursor_close(&c);
		if (r == 1) {
			r = zone_txn_del(txn, ZONE_T_SESSIONS, copy, len);
			++*more;
		}
	}
	return r < 0 ? r : 0;
}

static int
forget_sessions(struct restoring *k)
{
	struct zone_store *store = NULL;
	int more = 1;
	int r = zone_store_open(k->root, ZONE_STORE_ACCOUNTS, ZONE_WRITE,
	    k->of->map_size, &store, k->why);

	while (r == 0 && more > 0) {
		r = zone_store_write(store, drop_sessions, &more);
	}
	zone_store_close(&store);
	return r;
}

struct row {
	uint64_t serial;
	struct zone_why why;
};

static int
put_row(struct zone_txn *txn, void *ctx)
{
	struct row *row = ctx;

	return zone_history_restore(txn, row->serial, &row->why, when_now());
}

/* The serial beyond all that were seen, with its row. */
static int
move_serial(struct restoring *k, const struct old_store *old)
{
	const struct zone_manifest *m = &k->ret->manifest;
	uint64_t newest = m->serial;
	struct zone_store *store = NULL;
	char reason[160], when[WHEN_TEXT];
	struct row row = { .why = { .by = k->of->by,
			       .action = ZONE_ACTION_RESTORE,
			       .reason = reason } };
	int r;

	if (k->ret->leapt) {
		newest += ZONE_RESTORE_LEAP;
	}
	if (old->serial > newest) {
		newest = old->serial;
	}
	if (k->of->beyond > newest) {
		newest = k->of->beyond;
	}
	row.serial = k->ret->serial = newest + 1;
	snprintf(reason, sizeof(reason), "backup of %s, serial %llu",
	    when_format(when, m->time), (unsigned long long)m->serial);
	r = zone_store_open(k->root, ZONE_STORE_LISTS, ZONE_WRITE,
	    k->of->map_size, &store, k->why);
	if (r == 0) {
		r = zone_store_write(store, put_row, &row);
		if (r < 0) {
			(void)err_say(k->why, r, "%s: %s", k->root, err_str(r));
		}
	}
	zone_store_close(&store);
	return r;
}

/* ---- into place ---------------------------------------------------------- */

/* PATH gets the owner and rights of LIKE; else of the folder DATA_DIR, with
 * MODE. */
static int
dress_one(struct restoring *k, const char *path, const char *like, mode_t mode)
{
	struct stat st, now;

	if (stat(like, &st) == 0) {
		mode = st.st_mode & 07777;
	} else if (fstat(k->lock, &st) < 0) {
		return said(k, k->of->data_dir);
	}
	if (stat(path, &now) < 0 ||
	    ((now.st_uid != st.st_uid || now.st_gid != st.st_gid) &&
		chown(path, st.st_uid, st.st_gid) < 0) ||
	    chmod(path, mode) < 0) {
		return said(k, path);
	}
	return 0;
}

static int
dress(struct restoring *k, unsigned p)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	const char *name = zone_backup_part(p);
	char path[BACKUP_PATH], like[BACKUP_PATH];
	int r = 0;

	for (unsigned i = 0; i < 2 && r == 0; i++) {
		struct stat st;

		r = zone_backup_path(path, k->root, name, files[i], k->why);
		if (r == 0) {
			r = zone_backup_path(
			    like, k->of->data_dir, name, files[i], k->why);
		}
		/* the lock file is made by whoever opens it first */
		if (r == 0 && (i == 0 || stat(path, &st) == 0)) {
			r = dress_one(k, path, like, 0660);
		}
		if (r == 0 && i == 0) {
			r = zone_backup_sync(path, k->why);
		}
	}
	if (r == 0) {
		r = zone_backup_path(path, k->root, name, NULL, k->why);
	}
	if (r == 0) {
		r = zone_backup_path(like, k->of->data_dir, name, NULL, k->why);
	}
	if (r == 0) {
		r = dress_one(k, path, like, 02770);
	}
	return r == 0 ? zone_backup_sync(path, k->why) : r;
}

/* The name that what was there gets: PART.old-TIME, and a number when there is
 * one of that name. The new one takes it first and gives it in exchange, so
 * that both have their names after one call. */
static int
take_name(struct restoring *k, unsigned p, const char *from, char *aside)
{
	char *kept = k->ret->kept[p];
	time_t now = (time_t)when_now();
	struct tm tm;

	gmtime_r(&now, &tm);
	for (unsigned i = 1; i < 1000; i++) {
		size_t n = (size_t)snprintf(kept, sizeof(k->ret->kept[p]),
		    "%s.old-%04d%02d%02dT%02d%02d%02dZ", zone_backup_part(p),
		    (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday,
		    tm.tm_hour, tm.tm_min, tm.tm_sec);
		int r;

		if (i > 1) {
			snprintf(
			    kept + n, sizeof(k->ret->kept[p]) - n, "-%u", i);
		}
		r = zone_backup_path(
		    aside, k->of->data_dir, kept, NULL, k->why);
		if (r < 0) {
			return r;
		}
		if (renameat2(AT_FDCWD, from, AT_FDCWD, aside,
			RENAME_NOREPLACE) == 0) {
			return 0;
		}
		if (errno != EEXIST && errno != ENOTEMPTY) {
			break;
		}
	}
	return said(k, aside);
}

static int
place(struct restoring *k, unsigned p)
{
	const char *name = zone_backup_part(p);
	char from[BACKUP_PATH], to[BACKUP_PATH], aside[BACKUP_PATH];
	int r = zone_backup_path(from, k->root, name, NULL, k->why);

	if (r == 0) {
		r = zone_backup_path(to, k->of->data_dir, name, NULL, k->why);
	}
	if (r < 0) {
		return r;
	}
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) {
		return zone_backup_sync(k->of->data_dir, k->why);
	}
	if (errno != EEXIST && errno != ENOTEMPTY) {
		return said(k, to);
	}
	r = take_name(k, p, from, aside);
	if (r < 0) {
		k->ret->kept[p][0] = '\0';
		return r;
	}
	if (renameat2(AT_FDCWD, aside, AT_FDCWD, to, RENAME_EXCHANGE) < 0) {
		r = said(k, to);
		/* so that it is not taken for what was there */
		(void)!rename(aside, from);
		k->ret->kept[p][0] = '\0';
		return r;
	}
	return zone_backup_sync(k->of->data_dir, k->why);
}

static int
exchange(struct restoring *k)
{
	int r = 0;

	for (unsigned p = 1; p < n_parts(k) && r == 0; p++) {
		r = zone_old_free(k->of->data_dir, p, k->why);
	}
	for (unsigned p = 0; p < n_parts(k) && r == 0; p++) {
		r = dress(k, p);
	}
	/* queue and accounts before the store, as they were copied */
	for (unsigned p = n_parts(k); p-- > 0 && r == 0;) {
		r = place(k, p);
		if (r < 0 && p + 1 < n_parts(k)) {
			struct err_text first = *k->why;

			return err_say(k->why, r,
			    "only part was exchanged (see *.old-* in %.100s): "
			    "%.200s",
			    k->of->data_dir, first.text);
		}
	}
	return r;
}

static int
bring(struct restoring *k)
{
	struct old_store old;
	int r = zone_old_hold(
	    k->of->data_dir, k->of->map_size, &old, &k->ret->unread);

	if (r == ERR_CONFLICT) {
		*k->why = k->ret->unread;
		return r;
	}
	k->ret->leapt = r < 0;
	r = move_serial(k, &old);
	if (r == 0) {
		r = exchange(k);
	}
	zone_old_release(&old);
	return r;
}

int
zone_restore(const struct zone_restore *restore, struct zone_restored *ret,
    struct err_text *why)
{
	struct restoring k = {
		.of = restore, .ret = ret, .lock = -1, .why = why
	};
	int r;

	*ret = (struct zone_restored){ 0 };
	r = zone_manifest_read(restore->dir, &ret->manifest, why);
	if (r < 0) {
		return r;
	}
	r = begin(&k);
	if (r < 0) {
		goto out;
	}
	for (unsigned p = 0; p < n_parts(&k) && r == 0; p++) {
		r = copy_part(&k, p);
	}
	if (r == 0) {
		r = check(&k);
	}
	if (r == 0 && restore->all) {
		r = forget_sessions(&k);
	}
	if (r == 0) {
		r = bring(&k);
	}
	zone_backup_remove(k.root);
out:
	if (k.lock >= 0) {
		close(k.lock);
	}
	return r;
}
