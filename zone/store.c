/* store.c - environments, transactions, tables, cursors over LMDB.
 *
 * A lock of ours stands around every transaction of this process: shared
 * while one is at work, exclusive while the map is resized, because LMDB
 * forbids that with transactions open.
 */
#include "zone/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"

#define FORMAT_VERSION 1
#define MAX_READERS 512
#define MAP_LIMIT (UINT64_C(1) << 42)
#define SLACK (UINT64_C(1) << 20)
#define RESIZE_WAIT 5 /* seconds */

static const struct {
	const char *name;
	enum zone_store_kind kind;
} tables[ZONE_TABLES] = {
	[ZONE_T_META] = { "meta", 0 },
	[ZONE_T_LISTS] = { "lists", ZONE_STORE_LISTS },
	[ZONE_T_BLOCKS] = { "blocks", ZONE_STORE_LISTS },
	[ZONE_T_NAMES] = { "names", ZONE_STORE_LISTS },
	[ZONE_T_DETAILS] = { "details", ZONE_STORE_LISTS },
	[ZONE_T_HISTORY] = { "history", ZONE_STORE_LISTS },
	[ZONE_T_CHANGES] = { "changes", ZONE_STORE_LISTS },
	[ZONE_T_ACCESS] = { "access", ZONE_STORE_LISTS },
	[ZONE_T_SUBMISSIONS] = { "submissions", ZONE_STORE_QUEUE },
	[ZONE_T_RAW] = { "raw", ZONE_STORE_QUEUE },
	[ZONE_T_DIGESTS] = { "digests", ZONE_STORE_QUEUE },
	[ZONE_T_ITEMS] = { "items", ZONE_STORE_QUEUE },
	[ZONE_T_STATES] = { "states", ZONE_STORE_QUEUE },
	[ZONE_T_WAITING] = { "waiting", ZONE_STORE_QUEUE },
	[ZONE_T_SERIALS] = { "serials", ZONE_STORE_QUEUE },
	[ZONE_T_EVENTS] = { "events", ZONE_STORE_QUEUE },
	[ZONE_T_USERS] = { "users", ZONE_STORE_ACCOUNTS },
	[ZONE_T_SESSIONS] = { "sessions", ZONE_STORE_ACCOUNTS },
	[ZONE_T_ACCOUNT_LOG] = { "log", ZONE_STORE_ACCOUNTS },
	[ZONE_T_SUBSCRIBERS] = { "subscribers", ZONE_STORE_ACCOUNTS },
};

static const char *const folders[] = { "store", "queue", "accounts" };
static const char format_key[] = "format";

/* Tables that stores of this version have not had from the beginning: who may
 * write makes them, and who only reads does without. */
static bool
came_later(enum zone_table t)
{
	return t == ZONE_T_ACCESS || t == ZONE_T_ACCOUNT_LOG ||
	    t == ZONE_T_SUBSCRIBERS;
}

static bool
belongs(enum zone_table t, enum zone_store_kind kind)
{
	return t == ZONE_T_META || tables[t].kind == kind;
}

/* ---- the map ----------------------------------------------------------- */

/* Take the map's size from the file (SIZE 0) or set it. Whoever holds a
 * transaction longer than this breaks the rule of one second: better to fail
 * than to wait for ever, perhaps for oneself. */
static int
resize_map(struct zone_store *s, size_t size)
{
	struct timespec until;
	int rc;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RESIZE_WAIT;
	if (pthread_rwlock_clockwrlock(&s->resize, CLOCK_MONOTONIC, &until) !=
	    0) {
		return ERR_FULL;
	}
	rc = mdb_env_set_mapsize(s->env, size);
	s->map++;
	pthread_rwlock_unlock(&s->resize);
	return zone_store_error(rc);
}

static int
grow_map(struct zone_store *s)
{
	MDB_envinfo info;

	mdb_env_info(s->env, &info);
	if (info.me_mapsize >= MAP_LIMIT) {
		return ERR_FULL;
	}
	return resize_map(s, info.me_mapsize * 2);
}

/* mdb_txn_begin or _renew (when *TXN is there), with the shared lock held on
 * success, through growth by other processes and slots of dead readers. */
static int
begin(struct zone_store *s, unsigned flags, MDB_txn **txn)
{
	bool cleared = false;
	int rc, dead;

	for (int tries = 0; tries < 16; tries++) {
		pthread_rwlock_rdlock(&s->resize);
		rc = *txn == NULL ? mdb_txn_begin(s->env, NULL, flags, txn)
				  : mdb_txn_renew(*txn);
		if (rc == 0) {
			return 0;
		}
		pthread_rwlock_unlock(&s->resize);
		if (rc == MDB_MAP_RESIZED) {
			int r = resize_map(s, 0);

			if (r < 0) {
				return r;
			}
		} else if (rc == MDB_READERS_FULL && !cleared) {
			cleared = true;
			mdb_reader_check(s->env, &dead);
		} else {
			break;
		}
	}
	return zone_store_error(rc);
}

static void
end(struct zone_store *s)
{
	pthread_rwlock_unlock(&s->resize);
}

/* Bytes that the newest commit needs and the file has. */
static int
lengths(struct zone_store *s, uint64_t *ret_need, uint64_t *ret_have)
{
	MDB_envinfo info;
	struct stat st;
	int fd;

	if (mdb_env_info(s->env, &info) != 0 ||
	    mdb_env_get_fd(s->env, &fd) != 0 || fstat(fd, &st) != 0) {
		return ERR_SYS;
	}
	*ret_need = (info.me_last_pgno + 1) * (uint64_t)s->page;
	*ret_have = (uint64_t)st.st_size;
	return 0;
}

/* A file that was cut would kill whoever touches the missing page (SIGBUS),
 * so its length is looked at once for each new commit. Pages that LMDB
 * allocated and dropped in one transaction are never written; writers keep
 * slack behind the last page (fit_file) so that the file is not shorter
 * for that reason. A writer in between is given a moment. */
static int
check_length(struct zone_store *s)
{
	uint64_t need, have;
	int r = 0;

	for (int tries = 0; tries < 50; tries++) {
		r = lengths(s, &need, &have);
		if (r < 0) {
			return r;
		}
		if (have >= need) {
			return 0;
		}
		sched_yield();
	}
	return ERR_CORRUPT;
}

enum fit {
	FIT_SOUND, /* a file shorter than its pages is damaged */
	FIT_AFTER, /* just committed: it may be shorter, and is made longer */
	FIT_TRIM,  /* just failed: give back what the failed pages took */
};

/* Keep the file a piece longer than its last page; sparse, so it costs no
 * disk. Only under the writers' lock: elsewhere another process may have
 * written behind the last page already, and what was meant to make the file
 * longer would cut it. */
static int
fit_file(struct zone_store *s, enum fit fit)
{
	uint64_t need, have, want;
	int fd, r = lengths(s, &need, &have);

	if (r < 0 || mdb_env_get_fd(s->env, &fd) != 0) {
		return r < 0 ? r : ERR_SYS;
	}
	if (have < need && fit == FIT_SOUND) {
		return ERR_CORRUPT;
	}
	want = need + need / 8 + SLACK;
	if ((have < need + SLACK / 2 || (fit == FIT_TRIM && have > want)) &&
	    ftruncate(fd, (off_t)want) != 0 && have < need) {
		return ERR_FULL;
	}
	return 0;
}

/* The same, taking the writers' lock for it. */
static int
fit_alone(struct zone_store *s, enum fit fit)
{
	MDB_txn *txn = NULL;
	int r = begin(s, 0, &txn);

	if (r == 0) {
		r = fit_file(s, fit);
		mdb_txn_abort(txn);
		end(s);
	}
	return r;
}

/* After a commit. Nearly always the piece that was there before is enough. */
static int
fit_after(struct zone_store *s)
{
	uint64_t need, have;
	int r = lengths(s, &need, &have);

	return r == 0 && have < need ? fit_alone(s, FIT_AFTER) : r;
}

/* ---- environments ------------------------------------------------------ */

/* Does the lock file count the commits of this very file? It belongs to
 * whichever data.mdb was there when the first of those who hold it now opened
 * it. A file that was put in that one's place has other commits, and LMDB
 * would take the older of its two newest for the newest: readers would be a
 * change behind, and a writer would lose that change for good. A commit stands
 * in the file a moment before it is counted. TXN is at work; a read
 * transaction is renewed. */
static bool
lock_fits(struct zone_store *s, MDB_txn *txn, bool writes)
{
	MDB_envinfo before, after;
	size_t counted;

	mdb_env_info(s->env, &before);
	if (!writes) {
		mdb_txn_reset(txn);
		if (mdb_txn_renew(txn) != 0) {
			return true; /* another fault, to be told as that */
		}
	}
	counted = mdb_txn_id(txn) - (writes ? 1 : 0);
	mdb_env_info(s->env, &after);
	return counted + 1 >= before.me_last_txnid &&
	    counted <= after.me_last_txnid;
}

static int
open_tables(struct zone_store *s, enum zone_access access, const char *path,
    struct err_text *why)
{
	bool create = access == ZONE_CREATE;
	MDB_txn *txn = NULL;
	MDB_val key = { sizeof(format_key) - 1, (void *)format_key }, val;
	uint8_t row[8];
	struct writer w = writer(row, sizeof(row));
	struct reader rd;
	uint32_t kind, version;
	int rc, r;

	r = begin(s, create ? 0 : MDB_RDONLY, &txn);
	if (r < 0) {
		return err_say(why, r, "%s: %s", path, err_str(r));
	}
	if (!lock_fits(s, txn, create)) {
		r = err_say(why, ERR_STORE,
		    "%s: data.mdb was replaced while programs have the one "
		    "before open: end them, or replace the whole folder",
		    path);
	}
	for (int t = 0; t < ZONE_TABLES && r == 0; t++) {
		bool later = came_later((enum zone_table)t);

		s->dbi[t] = ZONE_NO_TABLE;
		if (belongs((enum zone_table)t, s->kind)) {
			rc = mdb_dbi_open(txn, tables[t].name,
			    create ? MDB_CREATE : 0, &s->dbi[t]);
			if (rc == MDB_NOTFOUND && later) {
				s->dbi[t] = ZONE_NO_TABLE;
				continue;
			}
			r = rc == MDB_NOTFOUND
			    ? err_say(why, ERR_FORMAT,
				  "%s: table \"%s\" is missing: not made by "
				  "this program or a newer version",
				  path, tables[t].name)
			    : rc != 0 ? err_say(why, zone_store_error(rc),
					    "%s: %s", path, mdb_strerror(rc))
				      : 0;
		}
	}
	if (r == 0) {
		rc = mdb_get(txn, s->dbi[ZONE_T_META], &key, &val);
		if (rc == MDB_NOTFOUND && create) {
			write_le32(&w, (uint32_t)s->kind);
			write_le32(&w, FORMAT_VERSION);
			val = (MDB_val){ sizeof(row), row };
			rc = mdb_put(txn, s->dbi[ZONE_T_META], &key, &val, 0);
		}
		rd = reader(val.mv_data, rc == 0 ? val.mv_size : 0);
		kind = read_le32(&rd);
		version = read_le32(&rd);
		if (rc != 0 || rd.bad || kind != (uint32_t)s->kind) {
			r = err_say(why, ERR_FORMAT,
			    "%s: not a %s environment of rbld", path,
			    folders[s->kind]);
		} else if (version != FORMAT_VERSION) {
			r = err_say(why, ERR_FORMAT,
			    "%s: format %u, this program knows format %u", path,
			    version, FORMAT_VERSION);
		}
	}
	if (r < 0) {
		mdb_txn_abort(txn);
	} else {
		rc = mdb_txn_commit(txn);
		if (rc != 0) {
			r = err_say(why, zone_store_error(rc), "%s: %s", path,
			    mdb_strerror(rc));
		}
	}
	end(s);
	return r;
}

/* Make the tables that came later, where they are missing. */
static int
make_later(struct zone_store *s, const char *path, struct err_text *why)
{
	MDB_txn *txn = NULL;
	int rc = 0, r = 0;

	for (int t = 0; t < ZONE_TABLES && r == 0; t++) {
		if (!belongs((enum zone_table)t, s->kind) ||
		    s->dbi[t] != ZONE_NO_TABLE) {
			continue;
		}
		r = begin(s, 0, &txn);
		if (r < 0) {
			break;
		}
		r = fit_file(s, FIT_SOUND);
		if (r == 0) {
			rc = mdb_dbi_open(
			    txn, tables[t].name, MDB_CREATE, &s->dbi[t]);
			r = zone_store_error(rc);
		}
		if (r == 0) {
			r = zone_store_error(mdb_txn_commit(txn));
		} else {
			mdb_txn_abort(txn);
		}
		txn = NULL;
		end(s);
		if (r == 0) {
			(void)fit_after(s);
		}
	}
	return r < 0 ? err_say(why, r, "%s: a new table: %s", path, err_str(r))
		     : 0;
}

static int
make_folder(const char *path, struct err_text *why)
{
	if (mkdir(path, 02770) != 0 && errno != EEXIST) {
		return err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	}
	return 0;
}

int
zone_store_open(const char *data_dir, enum zone_store_kind kind,
    enum zone_access access, uint64_t map_size, struct zone_store **ret_store,
    struct err_text *why)
{
	struct zone_store *s = calloc(1, sizeof(*s));
	mode_t mask = umask(0007);
	char path[4096], file[4160];
	struct stat fst;
	MDB_stat st;
	int rc, r;

	if (s == NULL) {
		umask(mask);
		return ERR_NOMEM;
	}
	s->kind = kind;
	s->writes = access != ZONE_READ;
	pthread_rwlock_init(&s->resize, NULL);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", data_dir,
		folders[kind]) >= sizeof(path)) {
		r = err_say(why, ERR_RANGE, "data-dir: path is too long");
		goto out;
	}
	if (access == ZONE_CREATE) {
		if ((r = make_folder(data_dir, why)) < 0 ||
		    (r = make_folder(path, why)) < 0) {
			goto out;
		}
	}
	/* LMDB would make a missing file even for a reader that may write
	 * the folder; absence has to be told. */
	snprintf(file, sizeof(file), "%s/data.mdb", path);
	if (access != ZONE_CREATE && euidaccess(file, R_OK) != 0) {
		r = err_say(why, errno == ENOENT ? ERR_NONE : ERR_SYS,
		    "%s: %s%s", file, strerror(errno),
		    errno == ENOENT ? " (make it with \"rblctl init\")" : "");
		goto out;
	}
	if (access != ZONE_CREATE && stat(file, &fst) == 0 &&
	    fst.st_size == 0) { /* LMDB would say "bad file descriptor" */
		r = err_say(why, ERR_CORRUPT, "%s: the file is empty", file);
		goto out;
	}
	s->file = realpath(path, NULL);
	if (s->file != NULL) { /* whoever changes folder finds it still */
		snprintf(file, sizeof(file), "%s/data.mdb", s->file);
		free(s->file);
	}
	s->file = strdup(file);
	if (s->file == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	rc = mdb_env_create(&s->env);
	if (rc == 0) {
		rc = mdb_env_set_maxdbs(s->env, ZONE_TABLES);
	}
	if (rc == 0) {
		rc = mdb_env_set_maxreaders(s->env, MAX_READERS);
	}
	if (rc == 0) {
		rc = mdb_env_set_mapsize(s->env, map_size);
	}
	if (rc == 0) {
		rc = mdb_env_open(s->env, path,
		    MDB_NOTLS | (access == ZONE_READ ? MDB_RDONLY : 0), 0660);
	}
	if (rc != 0) {
		r = err_say(why, zone_store_error(rc), "%s: %s", path,
		    mdb_strerror(rc));
		goto out;
	}
	zone_store_lock_file(s, &s->lock);
	mdb_env_stat(s->env, &st);
	s->page = st.ms_psize;
	zone_store_tend(s);
	if (check_length(s) < 0) {
		r = err_say(why, ERR_CORRUPT,
		    "%s: shorter than its pages: the file was cut", file);
		goto out;
	}
	r = open_tables(s, access, path, why);
	if (r == 0 && s->writes) {
		r = make_later(s, path, why);
	}
	if (r == 0 && access == ZONE_CREATE) {
		r = fit_alone(s, FIT_AFTER);
	}
out:
	umask(mask);
	if (r < 0) {
		zone_store_close(&s);
	} else {
		*ret_store = s;
	}
	return r;
}

void
zone_store_close(struct zone_store **store)
{
	struct zone_store *s = *store;

	if (s != NULL) {
		if (s->env != NULL) {
			mdb_env_close(s->env);
		}
		pthread_rwlock_destroy(&s->resize);
		free(s->file);
		free(s);
		*store = NULL;
	}
}

void
zone_store_tend(struct zone_store *store)
{
	int dead;

	mdb_reader_check(store->env, &dead);
}

/* ---- transactions ------------------------------------------------------ */

int
zone_store_write(struct zone_store *store, zone_store_fn *fn, void *ctx)
{
	struct zone_txn t = { .store = store };
	int r, rc;

	if (!store->writes) {
		return ERR_REFUSED;
	}
	for (;;) {
		t.txn = NULL;
		r = begin(store, 0, &t.txn);
		if (r < 0) {
			return r;
		}
		t.live = true;
		/* looked at under the writers' lock, which a restore holds
		 * while it exchanges the folders */
		r = zone_store_replaced(store) ? ERR_STORE
					       : fit_file(store, FIT_SOUND);
		if (r == 0) {
			r = fn(&t, ctx);
		}
		if (r >= 0) {
			rc = mdb_txn_commit(t.txn);
			if (rc == 0) {
				end(store);
				/* A full disk here is told by the next
				 * writer; this commit is safe. */
				(void)fit_after(store);
				return r;
			}
			t.checked = rc == MDB_MAP_FULL;
			r = zone_store_error(rc);
		} else {
			mdb_txn_abort(t.txn);
		}
		end(store);
		if (r != ERR_FULL || t.checked == 0) {
			if (r == ERR_FULL) { /* others need the room */
				(void)fit_alone(store, FIT_TRIM);
			}
			return r;
		}
		t.checked = 0;
		r = grow_map(store);
		if (r < 0) {
			return r;
		}
	}
}

int
zone_store_read(struct zone_store *store, zone_store_fn *fn, void *ctx)
{
	struct zone_txn t = { .store = store };
	int r = begin(store, MDB_RDONLY, &t.txn);

	if (r < 0) {
		return r;
	}
	t.live = true;
	r = check_length(store);
	if (r == 0) {
		r = fn(&t, ctx);
	}
	mdb_txn_abort(t.txn);
	end(store);
	return r;
}

int
zone_txn_open(struct zone_store *store, struct zone_txn **ret_txn)
{
	struct zone_txn *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		return ERR_NOMEM;
	}
	t->store = store;
	*ret_txn = t;
	return 0;
}

int
zone_txn_renew(struct zone_txn *txn)
{
	size_t id;
	int r;

	if (txn->live) {
		zone_txn_rest(txn);
	}
	r = begin(txn->store, MDB_RDONLY, &txn->txn);
	if (r < 0) {
		return r;
	}
	txn->live = true;
	id = mdb_txn_id(txn->txn) + 1; /* 0 means: none looked at */
	if (id != txn->checked) {
		r = check_length(txn->store);
		if (r < 0) {
			zone_txn_rest(txn);
			return r;
		}
		txn->checked = id;
	}
	return 0;
}

void
zone_txn_rest(struct zone_txn *txn)
{
	if (txn->live) {
		mdb_txn_reset(txn->txn);
		txn->live = false;
		end(txn->store);
	}
}

void
zone_txn_close(struct zone_txn **txn)
{
	struct zone_txn *t = *txn;

	if (t != NULL) {
		zone_txn_rest(t);
		if (t->txn != NULL) {
			mdb_txn_abort(t->txn);
		}
		free(t);
		*txn = NULL;
	}
}

uint64_t
zone_txn_id(const struct zone_txn *txn)
{
	return mdb_txn_id(txn->txn);
}

uint64_t
zone_txn_map(const struct zone_txn *txn)
{
	return txn->store->map;
}

size_t
zone_txn_page(const struct zone_txn *txn)
{
	return txn->store->page;
}
