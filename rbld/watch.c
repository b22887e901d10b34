/* watch.c - start, hear and restart the serving process. */
#include "rbld/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "rbld/crew.h"
#include "rbld/serve.h"

#define QUICK 60     /* seconds: a death before that is one in a row */
#define HOLD_MAX 300 /* seconds that the store is left alone at most */

struct watch {
	struct zone_config *config;
	const char *path;
	const struct rbld_listen *listen;
	int signals; /* a signalfd */
	sigset_t set;
	pid_t child;
	int ready;       /* the child's message that it answers; -1: came */
	bool told;       /* READY was said once */
	int64_t started; /* of the child */
	unsigned deaths; /* in a row */
	uint8_t random[SECRET_SHORT_KEY];
	dev_t dev;       /* the store's file when the child was started */
	ino_t ino;
	unsigned starts; /* of a child, in all */
};

/* sd_notify(3) without its library: one datagram. */
static void
notify(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof(un.sun_path) ||
	    (path[0] != '/' && path[0] != '@')) {
		return;
	}
	memcpy(un.sun_path, path, len);
	if (path[0] == '@') {
		un.sun_path[0] = '\0'; /* of the abstract kind */
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)sendto(fd, message, strlen(message), MSG_NOSIGNAL,
		    (const void *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
		close(fd);
	}
}

static void
tell_ready(struct watch *w)
{
	char text[128];

	if (w->told) {
		return;
	}
	w->told = true;
	for (unsigned i = 0; i < w->listen->n; i++) {
		log_event(LOG_TELL, "listening on %s",
		    net_place_format(
			text, (const void *)&w->listen->at[i].place.sa));
	}
	log_event(LOG_NOTE, "ready");
	notify("READY=1");
}

/* In the new process. The configuration may have changed since the program's
 * start; a bad one does no harm. */
static void
run_child(struct watch *w, int ready, unsigned hold, pid_t parent)
{
	struct rbld_serve serve = { .config = w->config,
		.path = w->path,
		.listen = w->listen,
		.ready = ready,
		.restarts = w->starts - 1,
		.hold = hold };
	struct zone_config *fresh = NULL;
	struct err_text why = { "" };

	memcpy(serve.random, w->random, sizeof(serve.random));
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) {
		_exit(1);
	}
	prctl(PR_SET_NAME, "rbld-serve");
	close(w->signals);
	if (w->told) {
		if (zone_config_load(w->path, &fresh, &why) == 0) {
			zone_config_free(&serve.config);
			serve.config = fresh;
		} else {
			log_event(LOG_FAIL,
			    "configuration of the start is used: %s", why.text);
		}
	}
	exit(rbld_serve(&serve));
}

/* Deaths are counted against a store's file; another one, put in its place by
 * a rename, has killed nobody yet. */
static void
look_at_store(struct watch *w)
{
	struct stat st = { 0 };
	char path[4160];

	if ((size_t)snprintf(path, sizeof(path), "%s/store/data.mdb",
		w->config->data_dir) < sizeof(path) &&
	    stat(path, &st) == 0 &&
	    (st.st_dev != w->dev || st.st_ino != w->ino)) {
		w->deaths = 0;
	}
	w->dev = st.st_dev;
	w->ino = st.st_ino;
}

static int
start_child(struct watch *w)
{
	pid_t parent = getpid();
	unsigned hold = 0;
	int ends[2];

	look_at_store(w);
	if (w->deaths > 1) {
		hold = 5u << (w->deaths < 8 ? w->deaths - 2 : 6);
		hold = hold < HOLD_MAX ? hold : HOLD_MAX;
		log_event(LOG_WARN, "store is left alone for %u s", hold);
	}
	if (pipe(ends) < 0) {
		return ERR_SYS;
	}
	w->started = rbld_crew_clock();
	w->starts++;
	w->child = fork();
	if (w->child == 0) {
		close(ends[0]);
		run_child(w, ends[1], hold, parent);
	}
	close(ends[1]);
	if (w->child < 0) {
		close(ends[0]);
		return ERR_SYS;
	}
	w->ready = ends[0];
	return 0;
}

/* The child's one octet, or its end before that. */
static void
hear_ready(struct watch *w)
{
	char octet;

	if (read(w->ready, &octet, 1) == 1) {
		tell_ready(w);
	}
	close(w->ready);
	w->ready = -1;
}

/* A child is gone. True: start another; false: the program's end, with
 * *ret_status. */
static bool
bury_child(struct watch *w, bool ending, int *ret_status)
{
	int64_t lived = rbld_crew_clock() - w->started;
	int how;

	if (w->child <= 0 || waitpid(w->child, &how, WNOHANG) != w->child) {
		return true; /* not ours, or not yet */
	}
	w->child = 0;
	if (ending || WIFEXITED(how)) {
		*ret_status = WIFEXITED(how) ? WEXITSTATUS(how) : 1;
		return false;
	}
	if (lived >= QUICK) {
		w->deaths = 0;
	}
	w->deaths += WTERMSIG(how) != SIGKILL; /* that one came from outside */
	log_event(LOG_FAIL, "serving process died of signal %d after %lld s",
	    WTERMSIG(how), (long long)lived);
	return true;
}

static void
read_signals(struct watch *w, bool *ending)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		int sig = (int)info.ssi_signo;

		if (sig == SIGTERM || sig == SIGINT) {
			*ending = true;
			notify("STOPPING=1");
		}
		if (sig != SIGCHLD && w->child > 0) {
			kill(w->child, sig);
		}
	}
}

static int
watch(struct watch *w)
{
	bool ending = false;
	int status = 1;

	for (;;) {
		struct pollfd at[2] = {
			{ .fd = w->signals, .events = POLLIN },
			{ .fd = w->ready, .events = POLLIN },
		};
		int wait = -1;

		if (w->child == 0) {
			if (ending) {
				return 0;
			}
			/* at most once a second */
			if (rbld_crew_clock() > w->started) {
				if (start_child(w) < 0) {
					log_event(LOG_FAIL, "cannot start: %s",
					    strerror(errno));
					w->child = 0;
					w->started = rbld_crew_clock();
				}
				continue;
			}
			wait = 200;
		}
		if (poll(at, 2, wait) < 0 && errno != EINTR) {
			return 1;
		}
		if (w->ready >= 0 && at[1].revents != 0) {
			hear_ready(w);
		}
		read_signals(w, &ending);
		if (!bury_child(w, ending, &status)) {
			return status;
		}
	}
}

int
rbld_watch(struct zone_config **config, const char *path,
    const struct rbld_listen *listen)
{
	struct watch w = { .config = *config,
		.path = path,
		.listen = listen,
		.ready = -1,
		.started = rbld_crew_clock() - 1 };
	int status = 1;

	*config = NULL;
	secret_random(w.random, sizeof(w.random));
	sigemptyset(&w.set);
	sigaddset(&w.set, SIGTERM);
	sigaddset(&w.set, SIGINT);
	sigaddset(&w.set, SIGHUP);
	sigaddset(&w.set, SIGUSR1);
	sigaddset(&w.set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &w.set, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.signals = signalfd(-1, &w.set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w.signals < 0) {
		log_event(LOG_FAIL, "signalfd: %s", strerror(errno));
		goto out;
	}
	status = watch(&w);
	close(w.signals);
out:
	zone_config_free(&w.config);
	return status;
}
