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

struct maildir {
	struct ingest_intake *intake;
	int dir, new, cur, signals;
	const char *path;
	bool stop;
};

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
		log_event(LOG_FAIL, "%s/new/%s: cannot read: %s", m->path,
		    shown, r == ERR_SYS ? strerror(errno) : err_str(r));
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

static void
look_for_signals(struct maildir *m)
{
	struct signalfd_siginfo info;

	while (m->signals >= 0 &&
	    read(m->signals, &info, sizeof(info)) == sizeof(info)) {
		m->stop = true;
	}
}

/* Once through new/. */
static int
sweep(struct maildir *m)
{
	struct names names = { 0 };
	int status = EX_OK, r = list_new(m, &names);

	if (r < 0) {
		log_event(LOG_FAIL, "%s/new: %s", m->path,
		    r == ERR_SYS ? strerror(errno) : err_str(r));
		status = EX_TEMPFAIL;
	}
	for (size_t i = 0; i < names.n && r == 0 && !m->stop; i++) {
		int s = take_file(m, names.at[i]);

		status = status == EX_OK ? s : status;
		if (s == EX_TEMPFAIL || s == EX_IOERR) {
			status = s;
			break; /* the next would fare no better */
		}
		look_for_signals(m);
	}
	names_free(&names);
	return status;
}

/* Wait for a change of new/, a signal or the time to look again. */
static void
wait_more(struct maildir *m, int inotify, bool failed)
{
	struct pollfd p[2] = { { .fd = m->signals, .events = POLLIN },
		{ .fd = failed ? -1 : inotify, .events = POLLIN } };
	char events[4096];

	(void)poll(p, 2, LOOK_AGAIN * 1000);
	while (read(inotify, events, sizeof(events)) > 0) {
		;
	}
	look_for_signals(m);
}

static int
watch(struct maildir *m)
{
	sigset_t signals;
	char path[4200];
	int inotify, status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	m->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "%s/new", m->path);
	if (m->signals < 0 || inotify < 0 ||
	    inotify_add_watch(
		inotify, path, IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR) < 0) {
		log_event(
		    LOG_FAIL, "%s: cannot watch: %s", path, strerror(errno));
		status = EX_OSERR;
		goto out;
	}
	log_event(LOG_TELL, "ready");
	ingest_stay_notify("READY=1");
	while (!m->stop) {
		/* the watch is older than the look: nothing falls between */
		status = sweep(m);
		if (!m->stop) {
			wait_more(m, inotify, status == EX_TEMPFAIL);
		}
	}
	ingest_stay_notify("STOPPING=1");
	status = EX_OK;
out:
	if (inotify >= 0) {
		close(inotify);
	}
	if (m->signals >= 0) {
		close(m->signals);
	}
	return status;
}

int
ingest_maildir_run(struct ingest_intake *intake, const char *dir, bool stay)
{
	struct maildir m = { .intake = intake, .path = dir, .signals = -1 };
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, status;

	m.dir = open(dir, flags);
	m.new = m.dir >= 0 ? openat(m.dir, "new", flags) : -1;
	m.cur = m.new >= 0 ? openat(m.dir, "cur", flags) : -1;
	if (m.cur < 0) {
		char shown[160];

		log_event(LOG_FAIL, "%s: not a maildir: %s",
		    text_printable_in(shown, sizeof(shown), dir, strlen(dir)),
		    strerror(errno));
		status = EX_NOINPUT;
	} else {
		status = stay ? watch(&m) : sweep(&m);
	}
	if (m.cur >= 0) {
		close(m.cur);
	}
	if (m.new >= 0) {
		close(m.new);
	}
	if (m.dir >= 0) {
		close(m.dir);
	}
	return status;
}
