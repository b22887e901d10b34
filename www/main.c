/* main.c - rbl-www: arguments, rights, signals; then the minute tick. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <jansson.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "www/accesslog.h"
#include "www/listen.h"
#include "www/pages.h"
#include "www/route.h"
#include "www/lang.h"
#include "www/script.h"
#include "www/style.h"
#include "www/tls.h"

#define TICK 60      /* seconds */
#define STOP_WAIT 10 /* seconds for answers in hand */

static const char usage[] =
    "usage: rbl-www [-c FILE] [--check]\n"
    "Serve the pages of the blocklist: look-up for everybody, the queue for\n"
    "moderators. Stays in the foreground.\n\n"
    "  -c, --config FILE  configuration (else $RBL_CONF, else " SYSCONFDIR
    "/rbl.conf)\n"
    "      --check        check the configuration and end\n"
    "      --help         this text\n"
    "      --version      the version\n";

/* Tell systemd. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(un.sun_path)) {
		return;
	}
	memcpy(un.sun_path, path, n);
	if (un.sun_path[0] == '@') {
		un.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		    (const struct sockaddr *)&un,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
		close(fd);
	}
}

/* The user that www.user names, when we are root. 1 with *RET, 0: stay. */
static int
look_up_user(const char *name, struct passwd *ret, struct err_text *why)
{
	struct passwd *pw;

	if (name == NULL || name[0] == '\0' || geteuid() != 0) {
		return 0;
	}
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL) {
		return err_say(why, ERR_NONE, "www.user: no user \"%s\"", name);
	}
	*ret = *pw;
	return 1;
}

static int
become(const char *name, const struct passwd *pw, struct err_text *why)
{
	if (initgroups(name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0) {
		return err_say(why, ERR_SYS, "cannot become user \"%s\": %s",
		    name, strerror(errno));
	}
	return 0;
}

/* Files beside the configuration, at start and when it is read again: what
 * cannot be used now leaves what was. */
static int
take_files(const struct zone_config *config, struct err_text *why)
{
	int r = 0;

	if (config->www.tls_cert != NULL) {
		r = www_tls_load(
		    config->www.tls_cert, config->www.tls_key, why);
	}
	return r < 0 ? r : www_accesslog_open(config->www.access_log, why);
}

static void
reload(struct www_site *site, const char *path)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	int r;

	notify("RELOADING=1");
	r = zone_config_load(path, &config, &why);
	if (r == 0) {
		r = take_files(config, &why);
		r = r == 0 ? www_site_configure(site, config) : r;
		if (r < 0) {
			zone_config_free(&config);
		}
	}
	if (r < 0) {
		log_event(LOG_FAIL,
		    "configuration not taken, the old one stays: %s",
		    why.text[0] != '\0' ? why.text : err_str(r));
	} else {
		log_event(LOG_TELL, "configuration read again");
	}
	notify("READY=1");
}

/* Until SIGTERM or SIGINT. */
static void
run(struct www_site *site, const char *path, const sigset_t *signals)
{
	struct timespec now, next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	next.tv_sec += TICK;
	www_site_ask_pulse(site);
	for (;;) {
		struct timespec wait = { 0 };
		int got;

		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= next.tv_sec) {
			www_site_tick(site);
			next.tv_sec = now.tv_sec + TICK;
		}
		wait.tv_sec = next.tv_sec - now.tv_sec;
		got = sigtimedwait(signals, NULL, &wait);
		if (got == SIGHUP) {
			reload(site, path);
		} else if (got == SIGTERM || got == SIGINT) {
			return;
		}
	}
}

static int
serve(const char *path, struct zone_config *config)
{
	struct www_http_place *places =
	    calloc(config->www.n_listen + 1, sizeof(*places));
	size_t n = config->www.n_listen;
	struct www_site *site = NULL;
	struct www_http *http = NULL;
	struct err_text why = { "" };
	struct passwd pw = { .pw_uid = (uid_t)-1, .pw_gid = (gid_t)-1 };
	char(*names)[128] = calloc(n + 1, sizeof(*names));
	bool bound = false;
	sigset_t signals;
	int r, user;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full disk is an error page */
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (places == NULL || names == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	r = user = look_up_user(config->www.user, &pw, &why);
	if (r < 0) {
		goto out;
	}
	r = www_listen(config, pw.pw_uid, pw.pw_gid, places, &why);
	if (r < 0) {
		goto out;
	}
	bound = true;
	for (size_t i = 0; i < n; i++) {
		www_listen_name(names[i], places[i].fd);
	}
	/* before that user is nobody who may read the key */
	r = take_files(config, &why);
	if (r < 0) {
		goto out;
	}
	if (user == 1) {
		r = become(config->www.user, &pw, &why);
		if (r < 0) {
			goto out;
		}
	}
	r = www_site_open(config, &site, &why);
	if (r < 0) {
		goto out;
	}
	config = NULL;
	bound = false; /* the sockets are taken over now */
	r = www_http_start(
	    places, n, www_answer, www_site_proxy, www_submit_limit, site,
	    &http, &why);
	if (r < 0) {
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		log_event(LOG_TELL, "listening on %s", names[i]);
	}
	log_event(LOG_TELL, "ready");
	notify("READY=1");
	run(site, path, &signals);
	notify("STOPPING=1");
	log_event(LOG_TELL, "stopping");
	r = 0;
out:
	if (r < 0) {
		log_event(LOG_FAIL, "%s",
		    why.text[0] != '\0' ? why.text : err_str(r));
	}
	www_http_stop(&http, STOP_WAIT);
	www_site_close(&site);
	www_tls_free();
	www_accesslog_close();
	for (size_t i = 0; bound && i < n; i++) {
		close(places[i].fd);
	}
	zone_config_free(&config);
	free(places);
	free(names);
	return r < 0 ? 1 : 0;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	const char *path = NULL;
	bool check = false;
	int c, r;

	log_open("rbl-www");
	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c': path = optarg; break;
		case 'k': check = true; break;
		case 'h': fputs(usage, stdout); return 0;
		case 'v': puts("rbl-www " PACKAGE_VERSION); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "rbl-www: unexpected argument: %s\n%s",
		    argv[optind], usage);
		return 2;
	}
	r = secret_init();
	if (r < 0) {
		log_event(LOG_FAIL, "no randomness: %s", err_str(r));
		return 1;
	}
	json_object_seed(0); /* before threads */
	www_style_init();
	www_script_init();
	r = www_lang_init();
	if (r < 0) {
		log_event(LOG_FAIL, "the catalogue of words is broken");
		return 1;
	}
	r = zone_config_load(path, &config, &why);
	if (r < 0) {
		log_event(LOG_FAIL, "%s",
		    why.text[0] != '\0' ? why.text : err_str(r));
		return 1;
	}
	if (check) {
		r = www_listen_check(config, &why);
		if (r == 0 && config->www.tls_cert != NULL) {
			r = www_tls_check(config->www.tls_cert,
			    config->www.tls_key, &why);
		}
		zone_config_free(&config);
		if (r < 0) {
			log_event(LOG_FAIL, "%s", why.text);
			return 1;
		}
		puts("ok");
		return 0;
	}
	return serve(path, config);
}
