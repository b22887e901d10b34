/* main.c - rbld: arguments, configuration, sockets, rights, and off. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "rbld/apex.h"
#include "rbld/control.h"
#include "rbld/listen.h"
#include "rbld/self.h"
#include "rbld/tsig.h"
#include "rbld/watch.h"

static const char usage[] =
    "usage: rbld [-c FILE] [--check]\n"
    "       rbld --help | --version\n"
    "Answers DNS questions about the lists of FILE (rbl.conf). Stays in the\n"
    "foreground; see rbld(8).\n";

/* As many files as there may be connections. */
static void
raise_files(const struct zone_config *config)
{
	struct rlimit files;
	rlim_t want = config->dns.tcp_limit + 1024;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0) {
		return;
	}
	if (files.rlim_cur < want) {
		files.rlim_cur = want;
		if (files.rlim_max < want) {
			files.rlim_max = want;
		}
		if (setrlimit(RLIMIT_NOFILE, &files) < 0 &&
		    getrlimit(RLIMIT_NOFILE, &files) == 0) {
			files.rlim_cur = files.rlim_max;
			(void)setrlimit(RLIMIT_NOFILE, &files);
		}
	}
}

/* Become USER for good. */
static int
drop_rights(const char *user, struct err_text *why)
{
	struct passwd *pw;

	if (user == NULL || geteuid() != 0) {
		return 0;
	}
	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL) {
		return err_say(why, ERR_NONE, "dns.user \"%s\": %s", user,
		    errno != 0 ? strerror(errno) : "there is no such user");
	}
	if (initgroups(user, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0) {
		return err_say(
		    why, ERR_SYS, "dns.user \"%s\": %s", user, strerror(errno));
	}
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		return err_say(why, ERR_SYS,
		    "dns.user \"%s\": rights could not be dropped", user);
	}
	return 0;
}

static int
check(const struct zone_config *config, struct err_text *why)
{
	static const uint8_t random[SECRET_SHORT_KEY];
	struct rbld_apex *apex = NULL;
	struct rbld_self *self = NULL;
	struct rbld_keys *keys = NULL;
	int r = rbld_apex_load(config, &apex, why);

	if (r == 0) {
		r = rbld_self_load(config, random, &self, why);
	}
	if (r == 0) {
		r = rbld_keys_load(
		    config, rbld_self_user(config), &keys, why);
	}
	rbld_keys_free(&keys);
	rbld_apex_free(&apex);
	rbld_self_free(&self);
	return r;
}

static int
run(const char *path, bool only_check)
{
	struct zone_config *config = NULL;
	struct rbld_listen *listen = NULL;
	struct rbld_control control = { .fd = -1 };
	struct err_text why = { "" };
	int status = 1, r;

	r = secret_init();
	if (r == 0) {
		r = zone_config_load(path, &config, &why);
	}
	if (r == 0) {
		r = check(config, &why);
	}
	if (r < 0) {
		fprintf(stderr, "%s\n",
		    why.text[0] != '\0' ? why.text : err_str(r));
		goto out;
	}
	if (only_check) {
		puts("ok");
		status = fflush(stdout) == 0 ? 0 : 1;
		goto out;
	}
	raise_files(config);
	r = rbld_listen_open(config, &listen, &why);
	if (r == 0) {
		r = drop_rights(config->dns.user, &why);
	}
	if (r == 0) { /* as that user, who is to remove its file again */
		r = rbld_control_open(config, &control, &why);
	}
	if (r < 0) {
		log_event(LOG_FAIL, "%s", why.text);
		goto out;
	}
	listen->control = control.fd;
	status = rbld_watch(&config, path, listen);
out:
	rbld_control_close(&control);
	rbld_listen_close(&listen);
	zone_config_free(&config);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	bool only_check = false;
	int o;

	log_open("rbld");
	while ((o = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (o) {
		case 'c': path = optarg; break;
		case 'k': only_check = true; break;
		case 'h': fputs(usage, stdout); return 0;
		case 'v': puts(PACKAGE_STRING); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc) {
		fprintf(
		    stderr, "rbld: unexpected argument: %s\n", argv[optind]);
		fputs(usage, stderr);
		return 2;
	}
	return run(path, only_check);
}
