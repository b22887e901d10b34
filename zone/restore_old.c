/* restore_old.c - the environments that a restore finds in its way. */
#include "zone/backup_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "zone/view_priv.h"

#define HOLD_WAIT 60 /* seconds for a writer, say an import, to end */

/* What the process that opens it says, once. */
struct said {
	int r;
	uint64_t serial;
	struct err_text why;
};

struct holding {
	struct said *said;
	int out, hold;
};

/* Under the writers' lock, until the parent lets go or ends. */
static int
hold(struct zone_txn *txn, void *ctx)
{
	struct holding *h = ctx;
	struct zone_head head;
	char octet;

	h->said->r = zone_head_get(txn, &head);
	h->said->serial = head.serial;
	if (h->said->r >= 0) {
		h->said->r = 0;
		if (write(h->out, h->said, sizeof(*h->said)) !=
		    sizeof(*h->said)) {
			_exit(1);
		}
		while (read(h->hold, &octet, 1) < 0 && errno == EINTR) {
		}
	}
	return ERR_NONE; /* nothing is written */
}

/* In the new process. */
static void
run(const char *data_dir, uint64_t map_size, int out, int in, pid_t parent)
{
	struct said s = { 0 };
	struct holding h = { &s, out, in };
	struct zone_store *store = NULL;
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(1);
	}
	s.r = zone_store_open(
	    data_dir, ZONE_STORE_LISTS, ZONE_WRITE, map_size, &store, &s.why);
	if (s.r == 0) {
		r = zone_store_write(store, hold, &h);
		s.r = r == ERR_NONE ? s.r : r;
		zone_store_close(&store);
		if (r == ERR_NONE && s.r == 0) {
			_exit(0);
		}
	}
	_exit(write(out, &s, sizeof(s)) == sizeof(s) ? 0 : 1);
}

/* What it says, or ERR_CONFLICT. */
static int
hear(int fd, struct said *s, struct err_text *why)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;
	int ready;

	do {
		ready = poll(&p, 1, HOLD_WAIT * 1000);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0) {
		return err_say(why, ERR_CONFLICT,
		    "the store is being written for more than %d s: try again "
		    "when that has ended",
		    HOLD_WAIT);
	}
	do {
		n = read(fd, s, sizeof(*s));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(*s)) {
		return err_say(why, ERR_CORRUPT,
		    "its pages are damaged: reading them kills");
	}
	return s->r < 0
	    ? err_say(why, s->r, "%s",
		  s->why.text[0] != '\0' ? s->why.text : err_str(s->r))
	    : 0;
}

int
zone_old_hold(const char *data_dir, uint64_t map_size, struct old_store *ret,
    struct err_text *why)
{
	pid_t parent = getpid();
	int out[2], in[2], r;
	struct said s;

	*ret = (struct old_store){ .hold = -1 };
	if (pipe2(out, O_CLOEXEC) < 0) {
		return err_say(why, ERR_SYS, "pipe: %s", strerror(errno));
	}
	if (pipe2(in, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return err_say(why, ERR_SYS, "pipe: %s", strerror(errno));
	}
	ret->pid = fork();
	if (ret->pid == 0) {
		close(out[0]);
		close(in[1]);
		run(data_dir, map_size, out[1], in[0], parent);
	}
	close(out[1]);
	close(in[0]);
	ret->hold = in[1];
	if (ret->pid < 0) {
		ret->pid = 0;
		close(out[0]);
		zone_old_release(ret);
		return err_say(why, ERR_CONFLICT, "fork: %s", strerror(errno));
	}
	r = hear(out[0], &s, why);
	close(out[0]);
	if (r < 0) {
		kill(ret->pid, SIGKILL); /* it may wait for a writer */
		zone_old_release(ret);
		return r;
	}
	ret->serial = s.serial;
	return 0;
}

void
zone_old_release(struct old_store *old)
{
	if (old->hold >= 0) {
		close(old->hold);
		old->hold = -1;
	}
	if (old->pid > 0) {
		while (waitpid(old->pid, NULL, 0) < 0 && errno == EINTR) {
		}
		old->pid = 0;
	}
}

int
zone_old_free(const char *data_dir, unsigned part, struct err_text *why)
{
	/* whoever has an environment open has a lock on the first octet of its
	 * lock file, which LMDB keeps to see who is the last */
	struct flock lock = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1
	};
	char path[BACKUP_PATH];
	int fd;
	int r = zone_backup_path(
	    path, data_dir, zone_backup_part(part), "lock.mdb", why);

	if (r < 0) {
		return r;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		return errno == ENOENT
		    ? 0
		    : err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	}
	if (fcntl(fd, F_GETLK, &lock) < 0) {
		r = err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	} else if (lock.l_type != F_UNLCK) {
		r = err_say(why, ERR_CONFLICT,
		    "%s is open in process %ld: end rbl-www, rbl-ingest and "
		    "other commands before \"restore --all\"",
		    zone_backup_part(part), (long)lock.l_pid);
	}
	close(fd);
	return r;
}
