/* test_ingest_watch.c - rbl-ingest --maildir --watch as a whole: mails that
 * come while it runs, signals, kill -9, a queue that is away, locked or full,
 * a folder that is. What it says is waited for, never a time. */
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "ingest/cmd.h"
#include "tests/unit/check.h"
#include "tests/unit/scratch.h"
#include "zone/queue.h"
#include "zone/store.h"

static char dir[SCRATCH];

static char *
at(const char *name)
{
	static char path[8][SCRATCH + 128];
	static unsigned i;

	i = (i + 1) % 8;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static void
need(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(99);
	}
}

static void
write_conf(const char *more)
{
	char conf[1024];

	snprintf(conf, sizeof(conf),
	    "data-dir = \"%s\"\nmap-size = 64M\n"
	    "list \"ip\" { kind = \"ip\" }\n"
	    "list \"address\" { kind = \"address\" }\n"
	    "ingest { %s }\n",
	    at("data"), more);
	need(file_write(at("rbl.conf"), conf, strlen(conf), 0600) == 0, "conf");
}

static void
make_maildir(void)
{
	need(mkdir(at("m"), 0700) == 0 && mkdir(at("m/tmp"), 0700) == 0 &&
		mkdir(at("m/new"), 0700) == 0 && mkdir(at("m/cur"), 0700) == 0,
	    "maildir");
}

/* As a mail server delivers: written in tmp/, moved to new/. Mail N has PAD
 * bytes that do not pack. */
static void
deliver(unsigned n, size_t pad)
{
	char from[64], to[64];
	struct buf b = { 0 };
	uint32_t x = n + 1;

	buf_fmt(&b, "Subject: mail %u\n\n", n);
	for (size_t i = 0; i < pad; i++) {
		x = x * 1664525 + 1013904223;
		buf_u8(&b, i % 64 == 63 ? '\n' : (uint8_t)(33 + x / 47721859));
	}
	snprintf(from, sizeof(from), "m/tmp/%u.x", n);
	snprintf(to, sizeof(to), "m/new/%u.x", n);
	need(file_write(at(from), b.data, b.len, 0600) == 0 &&
		rename(at(from), at(to)) == 0,
	    to);
	buf_free(&b);
}

static unsigned
files_in(const char *folder)
{
	DIR *d = opendir(at(folder));
	struct dirent *e;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
	}
	if (d != NULL) {
		closedir(d);
	}
	return n;
}

/* Items that wait in the queue, one a mail here. */
static unsigned
queued(void)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };
	uint64_t counts[3] = { 0 };

	need(zone_queue_open(at("data"), ZONE_READ, 1 << 26, &queue, &why) == 0,
	    why.text);
	CHECK(zone_queue_counts(queue, counts) == 0, "counts");
	zone_queue_close(&queue);
	return (unsigned)counts[0];
}

/* ---- the program --------------------------------------------------------- */

static pid_t pid;
static int said = -1;

static void
start(void)
{
	int pipes[2];

	need(pipe(pipes) == 0, "pipe");
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		char *argv[] = { (char[]){ "rbl-ingest" }, (char[]){ "-c" },
			at("rbl.conf"), (char[]){ "--maildir" }, at("m"),
			(char[]){ "--watch" }, (char[]){ "--recipient" },
			(char[]){ "t@x.test" }, NULL };

		dup2(pipes[1], 2);
		close(pipes[0]);
		close(pipes[1]);
		optind = 0;
		exit(ingest_cmd(8, argv));
	}
	need(pid > 0, "fork");
	close(pipes[1]);
	if (said >= 0) {
		close(said);
	}
	said = pipes[0];
}

/* Read what it says until TEXT was there. */
static bool
hear(const char *text)
{
	char line[4096] = "";
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(said, line + n, 1) == 1) {
		line[++n] = '\0';
		if (line[n - 1] == '\n') {
			if (strstr(line, text) != NULL) {
				return true;
			}
			n = 0;
		}
	}
	return false;
}

static int
end(int sig)
{
	int status;

	kill(pid, sig);
	need(waitpid(pid, &status, 0) == pid, "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static unsigned total; /* mails so far */

static void
check_life(void)
{
	char file[32];

	deliver(total++, 0);
	deliver(total++, 0);
	start();
	CHECK(hear("ready"), "ready");
	CHECK(hear("file=0.x") && hear("file=1.x"), "what was there");
	deliver(total++, 0);
	CHECK(hear("road=maildir file=2.x"), "what comes");

	write_conf("colour = blue");
	kill(pid, SIGHUP);
	CHECK(hear("the old one stays"), "a bad configuration");
	deliver(total++, 0);
	CHECK(hear("road=maildir file=3.x"), "the old one");
	write_conf("traps = {t@x.test}");
	kill(pid, SIGHUP);
	CHECK(hear("read again"), "a good configuration");
	deliver(total++, 0);
	CHECK(hear("road=trap file=4.x"), "with it");
	write_conf("");
	kill(pid, SIGHUP);
	CHECK(hear("read again"), "as before");

	/* many at once: all of them, in any number of looks */
	for (unsigned i = 0; i < 300; i++) {
		deliver(total++, 0);
	}
	for (unsigned i = 0; i < 300; i++) {
		CHECK(hear("queued"), "%u of 300", i);
	}
	/* what it must not touch, and what is no mail */
	need(file_write(at("m/new/.hidden"), "x", 1, 0600) == 0 &&
		mkdir(at("m/new/folder"), 0700) == 0 &&
		symlink("/etc/passwd", at("m/new/link")) == 0,
	    "others");
	deliver(total++, 0);
	snprintf(file, sizeof(file), "file=%u.x", total - 1);
	CHECK(hear(file), "beside a folder and a link");
	CHECK(end(SIGTERM) == EX_OK, "SIGTERM");
	CHECK(files_in("m/new") == 2 && files_in("m/cur") == total, "moved");
	CHECK(queued() == total, "%u of %u", queued(), total);
	CHECK(rmdir(at("m/new/folder")) == 0 && unlink(at("m/new/link")) == 0,
	    "theirs");
}

/* kill -9 after each number of mails: none is lost, none is twice. */
static void
check_kill(void)
{
	unsigned left;

	for (unsigned round = 0; round < 12; round++) {
		for (unsigned i = 0; i < 12; i++) {
			deliver(total++, i * 997);
		}
		start();
		for (unsigned i = 0; i < round; i++) {
			CHECK(hear("queued"), "round %u, %u", round, i);
		}
		CHECK(end(SIGKILL) == -SIGKILL, "killed");
		/* first those: a mail goes from there to the queue */
		{
			unsigned there = files_in("m/new"), here = queued();

			CHECK(there + here >= total, "round %u: %u of %u lost",
			    round, total - there - here, total);
			CHECK(here >= total - 12 * (round + 1) + round,
			    "round %u: %u", round, here);
		}
	}
	deliver(total++, 0);
	left = files_in("m/new");
	start();
	for (unsigned i = 0; i < left; i++) { /* some are known already */
		CHECK(hear("submission="), "%u of %u", i, left);
	}
	CHECK(end(SIGTERM) == EX_OK, "SIGTERM");
	CHECK(files_in("m/new") == 0, "all are done");
	CHECK(files_in("m/cur") == total && queued() == total,
	    "%u mails, %u there, %u here", total, files_in("m/cur"), queued());
}

/* ---- what fails ---------------------------------------------------------- */

static int
wait_for_end(struct zone_txn *txn, void *ctx)
{
	char c;

	(void)txn;
	need(write(((int *)ctx)[1], "x", 1) == 1, "tell");
	while (read(((int *)ctx)[2], &c, 1) > 0) {
		;
	}
	return ERR_REFUSED; /* nothing to commit */
}

/* Hold the queue's lock in another process, until *RET_FD is closed. */
static pid_t
hold(int *ret_fd)
{
	int up[2], down[2];
	char c;
	pid_t holder;

	need(pipe(up) == 0 && pipe(down) == 0, "pipes");
	fflush(NULL);
	holder = fork();
	if (holder == 0) {
		struct zone_store *store = NULL;
		struct err_text why = { "" };
		int fds[3] = { 0, up[1], down[0] };

		close(down[1]);
		if (zone_store_open(at("data"), ZONE_STORE_QUEUE, ZONE_WRITE,
			1 << 26, &store, &why) < 0 ||
		    zone_store_write(store, wait_for_end, fds) != ERR_REFUSED) {
			_exit(99);
		}
		zone_store_close(&store);
		_exit(0);
	}
	close(up[1]);
	close(down[0]);
	need(holder > 0 && read(up[0], &c, 1) == 1, "hold");
	close(up[0]);
	*ret_fd = down[1];
	return holder;
}

/* No file of the program may become longer than that. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit r;

	need(prlimit(pid, RLIMIT_FSIZE, NULL, &r) == 0, "prlimit");
	r.rlim_cur = bytes;
	need(prlimit(pid, RLIMIT_FSIZE, &r, NULL) == 0, "prlimit");
}

/* Until it waits for a lock, as far as the kernel tells. */
static void
await_lock(void)
{
	char name[64], text[64] = "";

	snprintf(name, sizeof(name), "/proc/%d/syscall", (int)pid);
	for (int i = 0; i < 1000 && atol(text) != SYS_futex; i++) {
		int fd = open(name, O_RDONLY);
		ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

		if (fd >= 0) {
			close(fd);
		}
		if (n < 0) {
			return;
		}
		text[n] = '\0';
		(void)poll(NULL, 0, 10);
	}
}

static void
check_failures(void)
{
	unsigned before = queued();
	int lock, status;
	pid_t holder;

	/* no queue; SIGHUP looks again at once */
	start();
	CHECK(hear("ready"), "ready");
	need(rename(at("data"), at("gone")) == 0, "rename");
	deliver(total++, 0);
	CHECK(hear("not stored, try again"), "no queue");
	CHECK(files_in("m/new") == 1, "it stays");
	need(rename(at("gone"), at("data")) == 0, "rename");
	kill(pid, SIGHUP);
	CHECK(hear("queued"), "it is back");

	/* locked, then not */
	holder = hold(&lock);
	deliver(total++, 0);
	CHECK(files_in("m/new") == 1, "it waits");
	close(lock);
	CHECK(hear("queued"), "the lock is free");
	need(waitpid(holder, &status, 0) == holder && status == 0, "holder");

	/* locked, and told to stop: the mail stays */
	holder = hold(&lock);
	deliver(total++, 0);
	await_lock();
	CHECK(end(SIGTERM) == EX_OK, "SIGTERM at a lock");
	CHECK(files_in("m/new") == 1, "it stays");
	close(lock);
	need(waitpid(holder, &status, 0) == holder && status == 0, "holder");

	/* no room, as on a full disk; then there is */
	start();
	CHECK(hear("queued"), "the mail that stayed");
	limit_files(100000);
	deliver(total++, 6000000);
	CHECK(hear("not stored, try again"), "full");
	CHECK(files_in("m/new") == 1, "it stays");
	limit_files(RLIM_INFINITY);
	kill(pid, SIGHUP);
	CHECK(hear("queued"), "there is room");

	/* the folder is another one now */
	need(rename(at("m"), at("m.old")) == 0, "rename");
	make_maildir();
	deliver(total++, 0);
	CHECK(hear("queued"), "moved away and made again");
	need(rmdir(at("m/tmp")) == 0 && rmdir(at("m/new")) == 0, "rmdir");
	CHECK(hear("not a maildir"), "new/ is away");
	need(mkdir(at("m/tmp"), 0700) == 0 && mkdir(at("m/new"), 0700) == 0,
	    "mkdir");
	deliver(total++, 0);
	CHECK(hear("queued"), "it is back");
	CHECK(end(SIGINT) == EX_OK, "SIGINT");
	CHECK(queued() == before + 6, "%u more", queued() - before);
}

int
main(void)
{
	struct zone_queue *queue = NULL;
	struct err_text why = { "" };

	scratch_make(dir);
	write_conf("");
	need(secret_init() == 0 && mkdir(at("data"), 0700) == 0, "start");
	need(zone_queue_open(at("data"), ZONE_CREATE, 1 << 26, &queue, &why) ==
		0,
	    why.text);
	zone_queue_close(&queue);
	start();
	{
		int status;

		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			WEXITSTATUS(status) == EX_NOINPUT,
		    "no maildir");
	}
	make_maildir();
	check_life();
	check_kill();
	check_failures();
	close(said);
	scratch_remove(dir);
	return failures != 0;
}
