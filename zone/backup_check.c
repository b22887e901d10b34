/* backup_check.c - is a copy of the environments what it should be? */
#include "zone/backup_priv.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zone/accounts.h"
#include "zone/history.h"
#include "zone/queue.h"
#include "zone/verify.h"

/* What the process that reads them says. */
struct said {
	int r;
	unsigned part;
	uint64_t serial;
	struct err_text why;
};

static int
check_store(const char *root, uint64_t map_size, struct said *s)
{
	struct zone_verify_counts counts;
	struct zone_store *store = NULL;
	struct zone_view *view = NULL;
	uint64_t rows;
	int r = zone_store_open(
	    root, ZONE_STORE_LISTS, ZONE_READ, map_size, &store, &s->why);

	if (r == 0) {
		r = zone_view_open(store, &view);
	}
	if (r == 0) {
		r = zone_view_renew(view);
	}
	if (r == 0) {
		s->serial = zone_view_serial(view);
		r = zone_verify(view, &counts, &s->why);
	}
	if (r == 0) {
		r = zone_history_verify(view, &rows, &s->why);
	}
	if (r == 0) {
		r = zone_verify_past(view, &s->why);
	}
	zone_view_close(&view);
	zone_store_close(&store);
	return r;
}

static int
check_queue(const char *root, uint64_t map_size, struct said *s)
{
	struct zone_queue *queue = NULL;
	uint64_t rows;
	int r = zone_queue_open(root, ZONE_READ, map_size, &queue, &s->why);

	if (r == 0) {
		r = zone_queue_verify(queue, &rows, &s->why);
	}
	zone_queue_close(&queue);
	return r;
}

static int
check_accounts(const char *root, uint64_t map_size, struct said *s)
{
	struct zone_accounts *accounts = NULL;
	uint64_t rows;
	int r =
	    zone_accounts_open(root, ZONE_READ, map_size, &accounts, &s->why);

	if (r == 0) {
		r = zone_account_log_verify(accounts, &rows);
	}
	zone_accounts_close(&accounts);
	return r;
}

static void
check_all(const char *root, bool all, uint64_t map_size, struct said *s)
{
	s->part = ZONE_STORE_LISTS;
	s->r = check_store(root, map_size, s);
	if (s->r == 0 && all) {
		s->part = ZONE_STORE_QUEUE;
		s->r = check_queue(root, map_size, s);
	}
	if (s->r == 0 && all) {
		s->part = ZONE_STORE_ACCOUNTS;
		s->r = check_accounts(root, map_size, s);
	}
}

/* In the new process. */
static void
run(const char *root, bool all, uint64_t map_size, int out)
{
	struct said s = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	check_all(root, all, map_size, &s);
	_exit(write(out, &s, sizeof(s)) == sizeof(s) ? 0 : 1);
}

/* What was read is left as it came: LMDB made lock files. */
static void
remove_locks(const char *root)
{
	char path[BACKUP_PATH];

	for (unsigned p = 0; p < ZONE_BACKUP_PARTS; p++) {
		if (zone_backup_path(path, root, zone_backup_part(p),
			"lock.mdb", NULL) == 0) {
			unlink(path);
		}
	}
}

int
zone_backup_check(const char *root, bool all, uint64_t map_size,
    const char *label, uint64_t *ret_serial, struct err_text *why)
{
	struct said s = { 0 };
	int ends[2], how = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) < 0) {
		return err_say(why, ERR_SYS, "pipe: %s", strerror(errno));
	}
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return err_say(why, ERR_SYS, "fork: %s", strerror(errno));
	}
	if (pid == 0) {
		close(ends[0]);
		run(root, all, map_size, ends[1]);
	}
	close(ends[1]);
	do { /* less than a pipe holds: it comes in one piece */
		n = read(ends[0], &s, sizeof(s));
	} while (n < 0 && errno == EINTR);
	close(ends[0]);
	while (waitpid(pid, &how, 0) < 0 && errno == EINTR) {
	}
	remove_locks(root);
	if (n != sizeof(s)) {
		return err_say(why, ERR_CORRUPT,
		    "%s: its pages are damaged: reading them ends in signal %d",
		    label, WIFSIGNALED(how) ? WTERMSIG(how) : 0);
	}
	*ret_serial = s.serial;
	return s.r == 0
	    ? 0
	    : err_say(why, s.r, "%s: %s: %s", label, zone_backup_part(s.part),
		  s.why.text[0] != '\0' ? s.why.text : err_str(s.r));
}
