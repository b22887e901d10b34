/* The door to LMDB: growth, absence, damage, other processes. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/store.h"

static struct err_text why;

static int
open_lists(const char *dir, enum zone_access access, uint64_t map,
    struct zone_store **ret)
{
	why.text[0] = '\0';
	return zone_store_open(dir, ZONE_STORE_LISTS, access, map, ret, &why);
}

/* Write N rows of 1,000 bytes, numbered from FIRST. */
struct rows {
	unsigned first, n;
	int answer;
};

static int
put_rows(struct zone_txn *txn, void *ctx)
{
	const struct rows *rows = ctx;
	char value[1000];
	int r = 0;

	for (unsigned i = 0; i < rows->n && r == 0; i++) {
		unsigned k = rows->first + i;
		uint8_t key[4] = { (uint8_t)(k >> 24), (uint8_t)(k >> 16),
			(uint8_t)(k >> 8), (uint8_t)k };

		memset(value, (int)k, sizeof(value));
		r = zone_txn_put(
		    txn, ZONE_T_NAMES, key, 4, value, sizeof(value));
	}
	return r < 0 ? r : rows->answer;
}

static int
count_rows(struct zone_txn *txn, void *ctx)
{
	return zone_txn_count(txn, ZONE_T_NAMES, ctx);
}

static int
room_of_rows(struct zone_txn *txn, void *ctx)
{
	return zone_txn_room(txn, ZONE_T_NAMES, ctx);
}

static void
growth(void)
{
	struct zone_store *s = NULL, *other = NULL;
	struct rows rows = { 0, 3000, 0 };
	struct zone_txn *txn = NULL;
	struct zone_store_info info;
	char dir[SCRATCH];
	uint64_t n = 0, room = 1;

	scratch_make(dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 20, &s) == 0, "%s", why.text);
	CHECK(zone_store_read(s, room_of_rows, &room) == 0 && room == 0,
	    "an empty table takes no room");
	CHECK(zone_txn_open(s, &txn) == 0, "txn");
	CHECK(zone_txn_renew(txn) == 0, "a new reader");
	zone_txn_rest(txn);
	CHECK(zone_store_write(s, put_rows, &rows) == 0,
	    "3 MB into a map of 1 MiB");
	CHECK(zone_store_read(s, count_rows, &n) == 0 && n == 3000, "%llu rows",
	    (unsigned long long)n);
	CHECK(zone_store_read(s, room_of_rows, &room) == 0 &&
		room >= 3000 * 1000 && room < 3000 * 2000 && room % 4096 == 0,
	    "3 MB of rows in %llu bytes of pages", (unsigned long long)room);
	CHECK(zone_txn_renew(txn) == 0, "a reader from before it grew");
	zone_txn_close(&txn);
	CHECK(zone_store_info(s, &info) == 0 && info.map_size > 1 << 20,
	    "the map grew");

	rows = (struct rows){ 3000, 10, -1 };
	CHECK(zone_store_write(s, put_rows, &rows) == -1, "FN's own failure");
	CHECK(zone_store_read(s, count_rows, &n) == 0 && n == 3000,
	    "nothing of an aborted write stays");
	rows.answer = 7;
	CHECK(zone_store_write(s, put_rows, &rows) == 7, "FN's own answer");
	zone_store_close(&s);
	zone_store_close(&s); /* NULL-safe */

	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &other) == 0, "%s", why.text);
	CHECK(zone_store_read(other, count_rows, &n) == 0 && n == 3010,
	    "read through a smaller map than the file");
	CHECK(zone_store_write(other, put_rows, &rows) == ERR_REFUSED,
	    "a reader cannot write");
	zone_store_close(&other);
	scratch_remove(dir);
}

/* Another process grows the file under a reader that is open here. */
static void
grown_elsewhere(void)
{
	struct zone_store *s = NULL;
	struct rows rows = { 0, 4000, 0 };
	struct zone_txn *txn = NULL;
	char dir[SCRATCH];
	uint64_t n = 0;
	int status = -1;
	pid_t child;

	scratch_make(dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 20, &s) == 0, "%s", why.text);
	zone_store_close(&s);
	child = fork();
	if (child == 0) {
		_exit(open_lists(dir, ZONE_WRITE, 1 << 20, &s) != 0 ||
		    zone_store_write(s, put_rows, &rows) != 0);
	}
	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &s) == 0, "%s", why.text);
	CHECK(zone_txn_open(s, &txn) == 0, "txn");
	CHECK(zone_txn_renew(txn) == 0, "before");
	zone_txn_rest(txn);
	CHECK(waitpid(child, &status, 0) == child && status == 0, "child");
	CHECK(zone_txn_renew(txn) == 0, "after");
	zone_txn_close(&txn);
	CHECK(zone_store_read(s, count_rows, &n) == 0 && n == 4000, "%llu rows",
	    (unsigned long long)n);
	zone_store_close(&s);
	scratch_remove(dir);
}

static void
refusals(void)
{
	struct zone_store *s = NULL;
	struct rows rows = { 0, 2000, 0 };
	char dir[SCRATCH], file[SCRATCH + 32];
	uint8_t huge[600] = { 1 };
	struct zone_bytes b;
	struct zone_txn *txn = NULL;
	struct stat st;

	scratch_make(dir);
	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &s) == ERR_NONE && s == NULL,
	    "absent");
	CHECK(
	    strstr(why.text, "rblctl init") != NULL, "says how: %s", why.text);
	CHECK(open_lists(dir, ZONE_WRITE, 1 << 20, &s) == ERR_NONE, "absent");
	CHECK(open_lists("/proc/nowhere", ZONE_CREATE, 1 << 20, &s) == ERR_SYS,
	    "a folder that cannot be made: %s", why.text);

	CHECK(open_lists(dir, ZONE_CREATE, 1 << 20, &s) == 0, "%s", why.text);
	CHECK(zone_store_write(s, put_rows, &rows) == 0, "rows");
	CHECK(zone_txn_open(s, &txn) == 0 && zone_txn_renew(txn) == 0, "txn");
	CHECK(zone_txn_get(txn, ZONE_T_NAMES, huge, sizeof(huge), &b) == 0,
	    "a key too long to be there");
	CHECK(zone_txn_get(txn, ZONE_T_NAMES, huge, 0, &b) == 0, "no key");
	zone_txn_close(&txn);
	zone_store_close(&s);

	snprintf(file, sizeof(file), "%s/store/data.mdb", dir);
	CHECK(stat(file, &st) == 0 && (st.st_mode & 0777) == 0660,
	    "mode %o whatever the umask", st.st_mode & 0777);

	CHECK(truncate(file, 600000) == 0, "cut");
	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &s) == ERR_CORRUPT,
	    "a cut file: %s", why.text);
	CHECK(truncate(file, 100) == 0, "cut");
	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &s) < 0, "a stump: %s",
	    why.text);
	CHECK(truncate(file, 0) == 0, "emptied");
	CHECK(open_lists(dir, ZONE_READ, 1 << 20, &s) == ERR_CORRUPT &&
		strstr(why.text, "empty") != NULL,
	    "an empty file: %s", why.text);
	CHECK(s == NULL, "failure leaves the out parameter alone");
	scratch_remove(dir);
}

/* The file is cut while it is open: the next renewal says so. */
static void
cut_while_open(void)
{
	struct zone_store *s = NULL;
	struct rows rows = { 0, 2000, 0 }, more = { 2000, 1, 0 };
	struct zone_txn *txn = NULL;
	char dir[SCRATCH], file[SCRATCH + 32];

	scratch_make(dir);
	snprintf(file, sizeof(file), "%s/store/data.mdb", dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 20, &s) == 0, "%s", why.text);
	CHECK(zone_txn_open(s, &txn) == 0, "txn");
	CHECK(zone_store_write(s, put_rows, &rows) == 0, "rows");
	CHECK(truncate(file, 1 << 20) == 0, "cut");
	CHECK(zone_txn_renew(txn) == ERR_CORRUPT, "seen by the reader");
	CHECK(zone_store_write(s, put_rows, &more) == ERR_CORRUPT,
	    "and by the writer");
	zone_txn_close(&txn);
	zone_store_close(&s);
	scratch_remove(dir);
}

/* A write that the disk has no room for gives back what it took, so that
 * others can go on. */
static void
disk_full(void)
{
	struct rows rows = { 0, 8000, 0 }, few = { 0, 10, 0 };
	char dir[SCRATCH], file[SCRATCH + 32];
	struct zone_store *s = NULL;
	struct stat st;
	uint64_t n = 0;
	int status = -1;
	pid_t child;

	scratch_make(dir);
	snprintf(file, sizeof(file), "%s/store/data.mdb", dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 26, &s) == 0, "%s", why.text);
	zone_store_close(&s);
	child = fork();
	if (child == 0) {
		struct rlimit limit = { 4 << 20, 4 << 20 };
		int r;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		r = open_lists(dir, ZONE_WRITE, 1 << 26, &s);
		CHECK(r == 0, "%s", why.text);
		CHECK(
		    r != 0 || zone_store_write(s, put_rows, &rows) == ERR_FULL,
		    "8 MB into 4");
		CHECK(stat(file, &st) == 0 && st.st_size < 2 << 20,
		    "the file is small again: %lld", (long long)st.st_size);
		CHECK(r != 0 || zone_store_write(s, put_rows, &few) == 0,
		    "what fits is written");
		_exit(failures != 0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0, "child");
	CHECK(open_lists(dir, ZONE_READ, 1 << 26, &s) == 0, "%s", why.text);
	CHECK(zone_store_read(s, count_rows, &n) == 0 && n == 10, "%llu rows",
	    (unsigned long long)n);
	zone_store_close(&s);
	scratch_remove(dir);
}

static int
check_rows(struct zone_txn *txn, void *ctx)
{
	unsigned *wrong = ctx;
	struct zone_cursor *c = NULL;
	struct zone_bytes k, v;
	int r = zone_cursor_open(txn, ZONE_T_NAMES, &c);

	for (r = r == 0 ? zone_cursor_seek(c, NULL, 0, &k, &v) : r; r == 1;
	     r = zone_cursor_next(c, &k, &v)) {
		for (size_t i = 0; i < v.len; i++) {
			if (v.at[i] != k.at[3]) {
				++*wrong;
				break;
			}
		}
	}
	zone_cursor_close(&c);
	return r;
}

/* Several processes write, each in many transactions that make the file
 * longer: none may cut what another has written. */
static void
writers(void)
{
	enum { PROGRAMS = 3, TURNS = 25, ROWS = 150 };
	struct zone_store *s = NULL;
	pid_t child[PROGRAMS];
	char dir[SCRATCH];
	unsigned wrong = 0;
	uint64_t n = 0;

	scratch_make(dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 26, &s) == 0, "%s", why.text);
	zone_store_close(&s);
	for (unsigned i = 0; i < PROGRAMS; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			int r = 0;

			for (unsigned t = 0; t < TURNS && r == 0; t++) {
				struct rows rows = { (i * TURNS + t) * ROWS,
					ROWS, 0 };

				/* opening takes its part as well */
				r = open_lists(dir, ZONE_WRITE, 1 << 26, &s);
				r = r == 0
				    ? zone_store_write(s, put_rows, &rows)
				    : r;
				zone_store_close(&s);
			}
			if (r < 0) {
				fprintf(stderr, "%s\n", why.text);
			}
			_exit(r != 0);
		}
	}
	for (unsigned i = 0; i < PROGRAMS; i++) {
		int status = -1;

		CHECK(waitpid(child[i], &status, 0) == child[i] && status == 0,
		    "program %u: %d", i, status);
	}
	CHECK(open_lists(dir, ZONE_READ, 1 << 26, &s) == 0, "%s", why.text);
	CHECK(zone_store_read(s, count_rows, &n) == 0 &&
		n == PROGRAMS * TURNS * ROWS,
	    "%llu rows", (unsigned long long)n);
	CHECK(zone_store_read(s, check_rows, &wrong) == 0 && wrong == 0,
	    "%u rows are not what was written", wrong);
	zone_store_close(&s);
	scratch_remove(dir);
}

static void
copy_file(const char *from, const char *to)
{
	char command[3 * SCRATCH];

	snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
	CHECK(system(command) == 0, "%s", command);
}

/* An older data.mdb in place of one that another program has open: its lock
 * file counts commits that are not in it. */
static void
replaced(void)
{
	char dir[SCRATCH], file[SCRATCH + 32], old[SCRATCH + 32];
	struct zone_store *s = NULL;
	struct rows rows = { 0, 10, 0 };
	int hold[2], ready[2], status;
	uint64_t n = 0;
	char octet;
	pid_t child;

	scratch_make(dir);
	snprintf(file, sizeof(file), "%s/store/data.mdb", dir);
	snprintf(old, sizeof(old), "%s/old.mdb", dir);
	CHECK(open_lists(dir, ZONE_CREATE, 1 << 26, &s) == 0, "%s", why.text);
	CHECK(zone_store_write(s, put_rows, &rows) == 0, "rows");
	zone_store_close(&s);
	copy_file(file, old);
	CHECK(pipe(hold) == 0 && pipe(ready) == 0, "pipes");
	child = fork();
	if (child == 0) {
		int r = open_lists(dir, ZONE_WRITE, 1 << 26, &s);

		rows = (struct rows){ 10, 10, 0 };
		r = r == 0 ? zone_store_write(s, put_rows, &rows) : r;
		close(hold[1]);
		if (r < 0 || write(ready[1], "", 1) != 1) {
			_exit(1);
		}
		(void)!read(hold[0], &octet, 1); /* until the parent closes */
		_exit(0);
	}
	CHECK(read(ready[0], &octet, 1) == 1, "the other program");
	CHECK(open_lists(dir, ZONE_READ, 1 << 26, &s) == 0,
	    "while all is well: %s", why.text);
	zone_store_close(&s);
	CHECK(rename(old, file) == 0, "rename");
	for (int access = ZONE_READ; access <= ZONE_CREATE; access++) {
		CHECK(open_lists(dir, (enum zone_access)access, 1 << 26, &s) ==
			    ERR_STORE &&
			strstr(why.text, "replaced") != NULL,
		    "access %d: \"%s\"", access, why.text);
		zone_store_close(&s);
	}
	close(hold[0]);
	close(hold[1]);
	CHECK(waitpid(child, &status, 0) == child && status == 0, "%d", status);
	CHECK(open_lists(dir, ZONE_WRITE, 1 << 26, &s) == 0,
	    "nobody has the other open now: %s", why.text);
	CHECK(s != NULL && zone_store_read(s, count_rows, &n) == 0 && n == 10,
	    "%llu rows", (unsigned long long)n);
	zone_store_close(&s);
	scratch_remove(dir);
}

int
main(void)
{
	growth();
	grown_elsewhere();
	refusals();
	cut_while_open();
	disk_full();
	writers();
	replaced();
	return failures != 0;
}
