/* History that a restore has cut: what is whole, and what is not. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/when.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/backup_priv.h"
#include "zone/change_priv.h"
#include "zone/history.h"

#define MAP (UINT64_C(1) << 26)

static struct err_text why;

struct step {
	uint64_t serial;
	enum zone_action action;
};

/* A row of history without keys, as restore and others write it. */
static int
put_row(struct zone_txn *txn, void *ctx)
{
	const struct step *s = ctx;
	struct zone_why w = { .by = "ann", .action = s->action };
	struct history_writer h = { .txn = txn, .serial = s->serial };
	struct zone_head head;
	int r = zone_head_get(txn, &head);

	if (s->action == ZONE_ACTION_RESTORE) {
		return zone_history_restore(txn, s->serial, &w, 1000);
	}
	r = r >= 0 ? zone_history_finish(&h, &w, 0, 1000, &head) : r;
	buf_free(&h.chunk);
	return r < 0 ? r : zone_head_put(txn, &head);
}

static int
drop_cut(struct zone_txn *txn, void *ctx)
{
	(void)ctx;
	return zone_txn_del(txn, ZONE_T_META, "cut", 3) == 1 ? 0 : ERR_NONE;
}

static int
bad_cut(struct zone_txn *txn, void *ctx)
{
	(void)ctx;
	return zone_txn_put(txn, ZONE_T_META, "cut", 3, "x", 1);
}

static int
verify(struct zone_store *s, uint64_t *ret_rows, uint64_t *ret_cut)
{
	struct zone_view *v = NULL;
	int r = zone_view_open(s, &v);

	why.text[0] = '\0';
	*ret_rows = *ret_cut = 0;
	r = r == 0 ? zone_view_renew(v) : r;
	r = r == 0 ? zone_history_verify(v, ret_rows, &why) : r;
	r = r == 0 ? zone_history_cut(v, ret_cut) : r;
	zone_view_close(&v);
	return r;
}

static const struct test {
	const char *name;
	struct step steps[6];
	int want;
	uint64_t rows, cut;
	zone_store_fn *after;
} tests[] = {
	{ "none", { { 1, 1 }, { 2, 3 } }, 0, 2, 0, NULL },
	{ "one, beyond", { { 1, 1 }, { 9, 11 }, { 10, 1 } }, 0, 3, 9, NULL },
	{ "the next number", { { 1, 1 }, { 2, 11 } }, 0, 2, 2, NULL },
	{ "of an empty store", { { 7, 11 }, { 8, 1 } }, 0, 2, 7, NULL },
	{ "two", { { 1, 1 }, { 5, 11 }, { 900, 11 }, { 901, 2 } }, 0, 4, 900,
	    NULL },
	{ "64 bits", { { 1, 1 }, { UINT64_C(1) << 40, 11 } }, 0, 2,
	    UINT64_C(1) << 40, NULL },
	{ "left out before another", { { 1, 1 }, { 3, 1 } }, ERR_CORRUPT, 0, 0,
	    NULL },
	{ "left out after one", { { 1, 1 }, { 5, 11 }, { 7, 1 } }, ERR_CORRUPT,
	    0, 0, NULL },
	{ "the first is missing", { { 2, 1 } }, ERR_CORRUPT, 0, 0, NULL },
	{ "the mark is gone", { { 1, 1 }, { 5, 11 } }, ERR_CORRUPT, 0, 0,
	    drop_cut },
	{ "the mark is damaged", { { 1, 1 }, { 5, 11 } }, ERR_CORRUPT, 0, 0,
	    bad_cut },
	{ "a mark without one", { { 1, 1 } }, ERR_CORRUPT, 0, 0, bad_cut },
};

static void
cut_history(void)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct test *t = &tests[i];
		struct zone_store *s = NULL;
		uint64_t rows, cut;
		char dir[SCRATCH];
		int r;

		scratch_make(dir);
		CHECK(zone_store_open(dir, ZONE_STORE_LISTS, ZONE_CREATE, MAP,
			  &s, &why) == 0,
		    "%s", why.text);
		for (const struct step *p = t->steps; p->serial != 0; p++) {
			struct step step = *p;

			CHECK(zone_store_write(s, put_row, &step) == 0,
			    "%s: row %llu", t->name,
			    (unsigned long long)p->serial);
		}
		if (t->after != NULL) {
			CHECK(zone_store_write(s, t->after, NULL) == 0, "%s",
			    t->name);
		}
		r = verify(s, &rows, &cut);
		CHECK(r == t->want, "%s: %d, %s", t->name, r, why.text);
		CHECK(r < 0 || (rows == t->rows && cut == t->cut),
		    "%s: %llu rows, cut at %llu", t->name,
		    (unsigned long long)rows, (unsigned long long)cut);
		zone_store_close(&s);
		scratch_remove(dir);
	}
}

/* Never back, never the same. */
static void
never_back(void)
{
	static const uint64_t refused[] = { 1, 2, 3 };
	struct step first[] = { { 1, 1 }, { 2, 1 }, { 3, 1 } };
	struct zone_store *s = NULL;
	uint64_t rows, cut;
	char dir[SCRATCH];

	scratch_make(dir);
	CHECK(zone_store_open(
		  dir, ZONE_STORE_LISTS, ZONE_CREATE, MAP, &s, &why) == 0,
	    "%s", why.text);
	for (size_t i = 0; i < 3; i++) {
		CHECK(zone_store_write(s, put_row, &first[i]) == 0, "row");
	}
	for (size_t i = 0; i < 3; i++) {
		struct step step = { refused[i], ZONE_ACTION_RESTORE };

		CHECK(zone_store_write(s, put_row, &step) == ERR_RANGE,
		    "serial %llu is taken", (unsigned long long)refused[i]);
	}
	CHECK(verify(s, &rows, &cut) == 0 && rows == 3 && cut == 0, "%s",
	    why.text);
	zone_store_close(&s);
	scratch_remove(dir);
}

/* Whoever has the old store open cannot write what nobody would see. */
static void
replaced_while_open(void)
{
	struct step one = { 1, 1 }, two = { 2, 1 };
	struct zone_store *s = NULL, *other = NULL;
	char dir[SCRATCH], at[SCRATCH + 16], aside[SCRATCH + 16];

	scratch_make(dir);
	snprintf(at, sizeof(at), "%s/store", dir);
	snprintf(aside, sizeof(aside), "%s/aside", dir);
	CHECK(zone_store_open(
		  dir, ZONE_STORE_LISTS, ZONE_CREATE, MAP, &s, &why) == 0 &&
		zone_store_write(s, put_row, &one) == 0,
	    "%s", why.text);
	CHECK(!zone_store_replaced(s) && !zone_store_apart(s), "it is it");
	CHECK(rename(at, aside) == 0, "aside");
	CHECK(!zone_store_replaced(s), "away is not replaced");
	CHECK(zone_store_open(
		  dir, ZONE_STORE_LISTS, ZONE_CREATE, MAP, &other, &why) == 0,
	    "%s", why.text);
	CHECK(zone_store_replaced(s) && zone_store_apart(s), "another folder");
	CHECK(zone_store_write(s, put_row, &two) == ERR_STORE,
	    "the old one cannot be written");
	CHECK(zone_store_write(other, put_row, &one) == 0, "the new one can");
	CHECK(!zone_store_replaced(other), "it is the one");
	zone_store_close(&other);
	zone_store_close(&s);
	scratch_remove(dir);
}

/* A process has the queue open, then none. */
static void
held(void)
{
	struct zone_store *s = NULL;
	char dir[SCRATCH];
	int ends[2], ready[2], r;
	char octet;
	pid_t pid;

	scratch_make(dir);
	CHECK(zone_old_free(dir, ZONE_STORE_QUEUE, &why) == 0, "there is none");
	CHECK(pipe(ends) == 0 && pipe(ready) == 0, "pipes");
	pid = fork();
	if (pid == 0) {
		r = zone_store_open(
		    dir, ZONE_STORE_QUEUE, ZONE_CREATE, MAP, &s, &why);
		close(ends[1]);
		(void)!write(ready[1], "", 1);
		(void)!read(ends[0], &octet, 1);
		_exit(r < 0);
	}
	CHECK(read(ready[0], &octet, 1) == 1, "the other");
	CHECK(zone_old_free(dir, ZONE_STORE_QUEUE, &why) == ERR_CONFLICT &&
		strstr(why.text, "open in process") != NULL,
	    "%s", why.text);
	close(ends[1]);
	close(ends[0]);
	CHECK(waitpid(pid, &r, 0) == pid && r == 0, "%d", r);
	CHECK(zone_old_free(dir, ZONE_STORE_QUEUE, &why) == 0, "it is gone");
	scratch_remove(dir);
}

struct shared {
	_Atomic uint64_t acked; /* serial of the last commit that was one */
	_Atomic int ended;      /* with this */
};

/* In a process of its own: one commit after the other until one fails. */
static void
write_on(const char *dir, struct shared *sh)
{
	struct step step = { 1, ZONE_ACTION_ADD };
	struct zone_store *s = NULL;
	int r =
	    zone_store_open(dir, ZONE_STORE_LISTS, ZONE_WRITE, MAP, &s, &why);

	while (r == 0 && step.serial < 200000) {
		r = zone_store_write(s, put_row, &step);
		if (r == 0) {
			sh->acked = step.serial++;
		}
	}
	sh->ended = r;
	_exit(0);
}

static uint64_t
serial_at(const char *dir)
{
	struct zone_store *s = NULL;
	struct zone_view *v = NULL;
	uint64_t serial = 0, rows, cut;

	CHECK(zone_store_open(
		  dir, ZONE_STORE_LISTS, ZONE_READ, MAP, &s, &why) == 0 &&
		verify(s, &rows, &cut) == 0 && zone_view_open(s, &v) == 0 &&
		zone_view_renew(v) == 0,
	    "%s: %s", dir, why.text);
	serial = v != NULL ? zone_view_serial(v) : 0;
	zone_view_close(&v);
	zone_store_close(&s);
	return serial;
}

/* Backups while one commit follows the other, then a restore: what was said to
 * be committed before a backup is in it; what was said to be committed at all
 * is in the store that is put aside; and the writer is told. */
static void
under_writers(void)
{
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char dir[SCRATCH], name[SCRATCH + 32], aside[2 * SCRATCH + 64];
	struct zone_restored done;
	struct zone_manifest m;
	uint64_t before, serial;
	int status;
	pid_t pid;

	CHECK(sh != MAP_FAILED, "memory");
	scratch_make(dir);
	for (int kind = 0; kind < ZONE_BACKUP_PARTS; kind++) {
		struct zone_store *s = NULL;

		CHECK(zone_store_open(dir, (enum zone_store_kind)kind,
			  ZONE_CREATE, MAP, &s, &why) == 0,
		    "%s", why.text);
		zone_store_close(&s);
	}
	pid = fork();
	if (pid == 0) {
		write_on(dir, sh);
	}
	for (int i = 0; i < 5; i++) {
		before = sh->acked;
		snprintf(name, sizeof(name), "%s/b%d", dir, i);
		CHECK(zone_backup_make(dir, MAP, name, &m, &why) == 0, "%s",
		    why.text);
		CHECK(m.serial >= before && m.serial <= sh->acked + 1,
		    "backup of %llu, %llu was committed before",
		    (unsigned long long)m.serial, (unsigned long long)before);
	}
	printf("%llu commits in five backups\n", (unsigned long long)sh->acked);
	CHECK(zone_restore(&(struct zone_restore){ .data_dir = dir,
			       .map_size = MAP,
			       .dir = name,
			       .by = "ann" },
		  &done, &why) == 0 &&
		!done.leapt,
	    "%s %s", why.text, done.unread.text);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0 &&
		sh->ended == ERR_STORE,
	    "the writer ended with %d", sh->ended);
	CHECK(done.serial == sh->acked + 1,
	    "serial %llu behind %llu, the last that was acknowledged",
	    (unsigned long long)done.serial, (unsigned long long)sh->acked);
	serial = serial_at(dir);
	CHECK(serial == done.serial, "%llu", (unsigned long long)serial);
	snprintf(aside, sizeof(aside), "%s/%s", dir, done.kept[0]);
	snprintf(name, sizeof(name), "%s/kept", dir);
	CHECK(mkdir(name, 0700) == 0, "kept");
	snprintf(name, sizeof(name), "%s/kept/store", dir);
	CHECK(rename(aside, name) == 0, "%s", aside);
	snprintf(name, sizeof(name), "%s/kept", dir);
	serial = serial_at(name);
	CHECK(serial == sh->acked, "%llu of %llu are in the one put aside",
	    (unsigned long long)serial, (unsigned long long)sh->acked);
	munmap(sh, sizeof(*sh));
	scratch_remove(dir);
}

int
main(void)
{
	CHECK(secret_init() == 0, "randomness");
	cut_history();
	never_back();
	replaced_while_open();
	held();
	under_writers();
	return failures != 0;
}
