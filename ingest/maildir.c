/* maildir.c - mails that something else left in a folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ingest/roads.h"
#include "ingest/stay.h"

#define LOOK_AGAIN 60 /* seconds: for what inotify does not tell (NFS) */
#define MISSING 2     /* seconds, while the folder is away */
#define STOP_WAIT 6   /* seconds for the mail in hand */

struct maildir {
	struct ingest_intake *intake;
	const char *path;
	int new, cur; /* open while one looks: a removed folder must go */
	int signals, inotify;
	int watched[2]; /* new/, and the folder around it */
	struct log_gate gate;
	bool stay, away;
};

/* SIGTERM came. Without --watch it ends the program as anywhere: at no moment
 * a mail is neither in new/ nor in the queue. */
static volatile sig_atomic_t stop;

struct names {
	char **at;
	size_t n, cap;
};

static void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++) {
		free(names->at[i]);
	}
	free(names->at);
	*names = (struct names){ 0 };
}

static int
names_add(struct names *names, const char *name)
{
	if (names->n == names->cap) {
		size_t cap = names->cap * 2 + 64;
		char **at = realloc(names->at, cap * sizeof(*at));

		if (at == NULL) {
			return ERR_NOMEM;
		}
		names->at = at;
		names->cap = cap;
	}
	names->at[names->n] = strdup(name);
	return names->at[names->n++] != NULL ? 0 : ERR_NOMEM;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is in new/, by name, which begins with the time. */
static int
list_new(const struct maildir *m, struct names *ret)
{
	int fd = openat(m->new, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return ERR_SYS;
	}
	errno = 0;
	while (r == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.') {
			r = names_add(ret, e->d_name);
		}
		errno = 0;
	}
	if (r == 0 && errno != 0) {
		r = ERR_SYS;
	}
	closedir(d);
	if (r == 0 && ret->n > 0) {
		qsort(ret->at, ret->n, sizeof(*ret->at), compare);
	}
	return r;
}

/* NAME is in the queue: move it out of the way. */
static int
file_away(const struct maildir *m, const char *name)
{
	char to[300];
	const char *colon = strchr(name, ':');
	int n = colon != NULL ? (int)(colon - name) : (int)strlen(name);

	if ((size_t)snprintf(to, sizeof(to), "%.*s:2,S", n, name) >=
		sizeof(to) ||
	    renameat(m->new, name, m->cur, to) < 0) {
		return errno == ENOENT ? 0 : ERR_SYS;
	}
	/* not synced: a mail that comes back is known by its digest */
	return 0;
}

/* One file: EX_OK when it is done with or gone, EX_NOINPUT when it cannot be
 * read, EX_TEMPFAIL when it must wait. */
static int
take_file(struct maildir *m, const char *name)
{
	int fd = openat(
	    m->new, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buf mail = { 0 };
	char shown[160];
	struct stat st;
	int r = ERR_SYS, status;

	text_printable_in(shown, sizeof(shown), name, strlen(name));
	if (fd < 0 && errno == ENOENT) {
		return EX_OK; /* somebody else took it */
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		errno = EINVAL;
	} else if (fd >= 0) {
		r = file_read_fd(
		    fd, (size_t)m->intake->config->ingest.max_message, &mail);
	}
	if (r < 0 && r != ERR_FULL) {
		unsigned missed;

		if (log_pass(&m->gate, 10, &missed)) {
			log_event(LOG_FAIL, "%s/new/%s: cannot read: %s",
			    m->path, shown,
			    r == ERR_SYS ? strerror(errno) : err_str(r));
		}
		status = r == ERR_NOMEM ? EX_TEMPFAIL : EX_NOINPUT;
	} else {
		status = ingest_intake_take(
		    m->intake, shown, "maildir", &mail, r == ERR_FULL);
		if (status == EX_OK && !m->intake->explain &&
		    file_away(m, name) < 0) {
			log_event(LOG_FAIL, "%s/cur/%s: %s", m->path, shown,
			    strerror(errno));
			status = EX_TEMPFAIL;
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	buf_free(&mail);
	return status;
}

/* ---- a stop -------------------------------------------------------------- */

static void
on_late(int sig)
{
	(void)sig;
	_exit(EX_OK);
}

/* The mail in hand is finished, unless it waits for a lock or a disk. */
static void
on_stop(int sig)
{
	(void)sig;
	stop = 1;
	(void)alarm(STOP_WAIT);
}

/* While a mail is in hand, a stop may come at any time; between two it waits
 * until it is asked for. */
static void
hear_stop(const struct maildir *m, bool on)
{
	sigset_t set;

	if (m->stay) {
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigaddset(&set, SIGINT);
		(void)pthread_sigmask(on ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
	}
}

/* ---- once through new/ --------------------------------------------------- */

static void
close_folders(struct maildir *m)
{
	if (m->new >= 0) {
		close(m->new);
	}
	if (m->cur >= 0) {
		close(m->cur);
	}
	m->new = m->cur = -1;
}

/* By their names: they may be others than the last time. */
static int
open_folders(struct maildir *m)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int dir = open(m->path, flags), saved;

	m->new = dir >= 0 ? openat(dir, "new", flags) : -1;
	m->cur = m->new >= 0 ? openat(dir, "cur", flags) : -1;
	saved = errno;
	if (dir >= 0) {
		close(dir);
	}
	if (m->cur < 0) {
		close_folders(m);
		errno = saved;
		return ERR_SYS;
	}
	return 0;
}

/* EX_NOINPUT when it is no maildir, or a file in it cannot be read. */
static int
sweep(struct maildir *m)
{
	struct names names = { 0 };
	int status = EX_OK, r;

	if (open_folders(m) < 0) {
		char shown[160];

		text_printable_in(
		    shown, sizeof(shown), m->path, strlen(m->path));
		if (!m->away) { /* once */
			log_event(LOG_FAIL, "%s: not a maildir: %s", shown,
			    strerror(errno));
		}
		m->away = true;
		return EX_NOINPUT;
	}
	m->away = false;
	r = list_new(m, &names);
	if (r < 0) {
		log_event(LOG_FAIL, "%s/new: %s", m->path,
		    r == ERR_SYS ? strerror(errno) : err_str(r));
		status = EX_TEMPFAIL;
	}
	for (size_t i = 0; i < names.n && r == 0 && !stop; i++) {
		int s;

		hear_stop(m, true);
		s = take_file(m, names.at[i]);
		hear_stop(m, false);
		status = status == EX_OK ? s : status;
		if (s == EX_TEMPFAIL || s == EX_IOERR) {
			status = s;
			break; /* the next would fare no better */
		}
	}
	names_free(&names);
	close_folders(m);
	return status;
}

/* ---- again and again ----------------------------------------------------- */

/* Watch PATH, which may be another folder than before. */
static bool
watch_one(struct maildir *m, unsigned i, const char *path, uint32_t what)
{
	int wd = inotify_add_watch(m->inotify, path,
	    what | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);

	if (m->watched[i] >= 0 && m->watched[i] != wd) {
		(void)inotify_rm_watch(m->inotify, m->watched[i]);
	}
	m->watched[i] = wd;
	return wd >= 0;
}

/* false: something is missing. */
static bool
watch_folders(struct maildir *m)
{
	char path[4200];

	if ((size_t)snprintf(path, sizeof(path), "%s/new", m->path) >=
	    sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	return watch_one(m, 1, m->path, IN_CREATE) &&
	    watch_one(m, 0, path, IN_CLOSE_WRITE);
}

/* Wait for a change, a signal or the time to look again. After a failure new
 * mails are no reason to try at once. */
static void
wait_more(struct maildir *m, bool failed, bool missing)
{
	struct pollfd p[2] = { { .fd = m->signals, .events = POLLIN },
		{ .fd = failed ? -1 : m->inotify, .events = POLLIN } };
	struct signalfd_siginfo info;
	char events[4096];

	(void)poll(p, 2, (missing ? MISSING : LOOK_AGAIN) * 1000);
	while (read(m->inotify, events, sizeof(events)) > 0) {
		;
	}
	while (read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			ingest_intake_reload(m->intake);
		} else {
			stop = 1;
		}
	}
}

static int
prepare(struct maildir *m)
{
	struct sigaction act = { .sa_handler = on_stop,
		.sa_flags = SA_RESTART };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	m->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	m->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	(void)sigaction(SIGTERM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	act.sa_handler = on_late;
	(void)sigaction(SIGALRM, &act, NULL);
	return m->signals >= 0 && m->inotify >= 0 ? 0 : ERR_SYS;
}

static int
watch(struct maildir *m)
{
	bool missing;
	int status;

	if (prepare(m) < 0 || !watch_folders(m)) {
		log_event(
		    LOG_FAIL, "%s: cannot watch: %s", m->path, strerror(errno));
		return EX_OSERR;
	}
	log_event(LOG_TELL, "ready");
	ingest_stay_notify("READY=1");
	while (!stop) {
		/* the watch is older than the look: nothing falls between */
		missing = !watch_folders(m);
		status = sweep(m);
		/* nobody else's restore or removal of the queue meets ours */
		zone_queue_close(&m->intake->queue);
		if (!stop) {
			wait_more(m, status == EX_TEMPFAIL,
			    missing && status != EX_TEMPFAIL);
		}
	}
	ingest_stay_notify("STOPPING=1");
	return EX_OK;
}

int
ingest_maildir_run(struct ingest_intake *intake, const char *dir, bool stay)
{
	struct maildir m = { .intake = intake,
		.path = dir,
		.new = -1,
		.cur = -1,
		.signals = -1,
		.inotify = -1,
		.watched = { -1, -1 },
		.stay = stay };
	int status = EX_NOINPUT;

	if (!stay) {
		return sweep(&m);
	}
	if (open_folders(&m) == 0) {
		close_folders(&m);
		status = watch(&m);
	} else {
		status = sweep(&m); /* which says why */
	}
	if (m.inotify >= 0) {
		close(m.inotify);
	}
	if (m.signals >= 0) {
		close(m.signals);
	}
	return status;
}
