/* cmd.c - the command line of rbl-ingest(1): mails in, queue items out.
 *
 * Exit statuses are those that mail servers know (sysexits.h). Whatever stops
 * a mail on standard input from being stored is EX_TEMPFAIL, a broken
 * configuration too: the mail server keeps the mail and tries again. No mail
 * is ever refused for what is in it.
 */
#include "ingest/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/secret.h"
#include "ingest/roads.h"
#include "ingest/serve.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define DELIVERY_WAIT 300 /* seconds for a mail on standard input */

#define RECIPIENTS_MAX 100

struct cmd {
	const char *config_path; /* NULL: the usual places */
	const char *recipients[RECIPIENTS_MAX];
	const char *maildir, *mbox; /* NULL: not this road */
	bool explain, check, lmtp, watch;
	char **files;
	int n_files;

	struct zone_config *config;
	struct ingest_intake intake;
	bool delivery; /* a mail server waits for our status */
};

static const char help[] =
    "usage: rbl-ingest [-c FILE] [OPTION...] [MAIL...]\n"
    "       rbl-ingest --maildir DIR [--watch] | --mbox FILE | --lmtp\n"
    "       rbl-ingest --explain [-c FILE] [--raw] [MAIL...]\n"
    "       rbl-ingest --check [-c FILE]\n"
    "\n"
    "Takes forwarded spam from standard input or MAIL, finds the relay that\n"
    "handed it over and its sender, and queues both for a moderator.\n"
    "\n"
    "  -c FILE           configuration; else $RBL_CONF, else the system's\n"
    "  --submitter ADDR  who sent this in, as the mail server knows it\n"
    "  --recipient ADDR  whom it was sent to: a trap, or report+SECRET@\n"
    "  --raw             the input is the spam itself, from a trap\n"
    "  --maildir DIR     what is in DIR/new, which then moves to DIR/cur\n"
    "  --watch           and what comes, until SIGTERM\n"
    "  --mbox FILE       all mails of FILE, which is not changed\n"
    "  --lmtp            serve on ingest.listen until SIGTERM\n"
    "  --explain         store nothing, print one JSON object a mail\n"
    "  --check           say whether the configuration is right\n"
    "  --help, --version\n"
    "\n"
    "Exit: 0 done, 64 usage, 66 no such file, 74 output failed, 75 try again\n"
    "later, 78 configuration. See rbl-ingest(1).\n";

enum {
	OPT_SUBMITTER = 256,
	OPT_RECIPIENT,
	OPT_RAW,
	OPT_MAILDIR,
	OPT_WATCH,
	OPT_MBOX,
	OPT_LMTP,
	OPT_EXPLAIN,
	OPT_CHECK,
	OPT_HELP,
	OPT_VERSION
};

/* What does not go together; NULL: all does. */
static const char *
contradiction(const struct cmd *cmd)
{
	int roads = (cmd->maildir != NULL) + (cmd->mbox != NULL) + cmd->lmtp +
	    (cmd->n_files > 0);
	const struct ingest_envelope *e = &cmd->intake.envelope;

	if (cmd->check && (cmd->explain || roads > 0)) {
		return "--check takes no mail";
	}
	if (roads > 1) {
		return "mail comes from one place only: files, --maildir, "
		       "--mbox or --lmtp";
	}
	if (cmd->watch && (cmd->maildir == NULL || cmd->explain)) {
		return "--watch is for --maildir";
	}
	if (cmd->lmtp &&
	    (cmd->explain || e->raw || e->sender != NULL ||
		e->n_recipients > 0)) {
		return "--lmtp is told all else by the mail server";
	}
	return NULL;
}

/* >= 0: exit with that; -1: go on. */
static int
read_options(int argc, char **argv, struct cmd *cmd)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "submitter", required_argument, NULL, OPT_SUBMITTER },
		{ "recipient", required_argument, NULL, OPT_RECIPIENT },
		{ "raw", no_argument, NULL, OPT_RAW },
		{ "maildir", required_argument, NULL, OPT_MAILDIR },
		{ "watch", no_argument, NULL, OPT_WATCH },
		{ "mbox", required_argument, NULL, OPT_MBOX },
		{ "lmtp", no_argument, NULL, OPT_LMTP },
		{ "explain", no_argument, NULL, OPT_EXPLAIN },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	struct ingest_envelope *e = &cmd->intake.envelope;
	const char *wrong;
	int c;

	e->recipients = cmd->recipients;
	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c': cmd->config_path = optarg; break;
		case OPT_SUBMITTER: e->sender = optarg; break;
		case OPT_RECIPIENT:
			if (e->n_recipients < RECIPIENTS_MAX) {
				cmd->recipients[e->n_recipients++] = optarg;
			}
			break;
		case OPT_RAW: e->raw = true; break;
		case OPT_MAILDIR: cmd->maildir = optarg; break;
		case OPT_WATCH: cmd->watch = true; break;
		case OPT_MBOX: cmd->mbox = optarg; break;
		case OPT_LMTP: cmd->lmtp = true; break;
		case OPT_EXPLAIN: cmd->explain = true; break;
		case OPT_CHECK: cmd->check = true; break;
		case OPT_HELP:
			fputs(help, stdout);
			return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
		case OPT_VERSION:
			printf("rbl-ingest %s\n", PACKAGE_VERSION);
			return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
		default:
			fputs("rbl-ingest: see --help\n", stderr);
			return EX_USAGE;
		}
	}
	cmd->files = argv + optind;
	cmd->n_files = argc - optind;
	wrong = contradiction(cmd);
	if (wrong != NULL) {
		fprintf(stderr, "rbl-ingest: %s\n", wrong);
		return EX_USAGE;
	}
	cmd->intake.explain = cmd->explain;
	cmd->delivery = !cmd->check && !cmd->explain && cmd->n_files == 0 &&
	    cmd->maildir == NULL && cmd->mbox == NULL && !cmd->lmtp;
	return -1;
}

/* For --explain: is there no configuration at all? */
static bool
unconfigured(const struct cmd *cmd)
{
	const char *env = getenv("RBL_CONF");

	return cmd->config_path == NULL && (env == NULL || env[0] == '\0') &&
	    access(SYSCONFDIR "/rbl.conf", F_OK) != 0 && errno == ENOENT;
}

static int
configure(struct cmd *cmd)
{
	struct err_text why = { "" };
	int r;

	if (cmd->explain && unconfigured(cmd)) {
		r = zone_config_default(&cmd->config);
	} else {
		r = zone_config_load(cmd->config_path, &cmd->config, &why);
	}
	if (r == 0) {
		r = ingest_report_init(cmd->config, &why);
	}
	if (r == 0) {
		cmd->intake.config = cmd->config;
		cmd->intake.path = cmd->config_path;
		r = ingest_worker_new(cmd->config, &cmd->intake.worker);
	}
	if (r == 0) {
		return EX_OK;
	}
	log_event(LOG_FAIL, "%s", why.text[0] != '\0' ? why.text : err_str(r));
	return cmd->delivery || r == ERR_NOMEM ? EX_TEMPFAIL : EX_CONFIG;
}

/* The rest of standard input, so that a mail server that is still writing
 * does not take our end for a failure. */
static void
drain(void)
{
	char part[65536];
	ssize_t n;

	do {
		n = read(STDIN_FILENO, part, sizeof(part));
	} while (n > 0 || (n < 0 && errno == EINTR));
}

/* One mail, whole or its first max-message bytes (*RET_CUT). */
static int
read_mail(const struct cmd *cmd, const char *path, struct buf *b, bool *ret_cut)
{
	int r = file_read(path, (size_t)cmd->config->ingest.max_message, b);

	*ret_cut = r == ERR_FULL;
	if (r == ERR_FULL) {
		if (strcmp(path, "-") == 0) {
			drain();
		}
		return EX_OK;
	}
	if (r == 0) {
		return EX_OK;
	}
	log_event(LOG_FAIL, "%s: cannot read: %s",
	    strcmp(path, "-") == 0 ? "standard input" : path,
	    r == ERR_SYS ? strerror(errno) : err_str(r));
	return strcmp(path, "-") == 0 || r == ERR_NOMEM ? EX_TEMPFAIL
							: EX_NOINPUT;
}

static int
handle(struct cmd *cmd, const char *path)
{
	struct buf mail = { 0 };
	bool cut;
	int status = read_mail(cmd, path, &mail, &cut);

	if (status == EX_OK) {
		status = ingest_intake_take(&cmd->intake, path,
		    cmd->delivery ? "pipe" : "file", &mail, cut);
	}
	buf_free(&mail);
	return status;
}

static int
handle_files(struct cmd *cmd)
{
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name };
	int status = EX_OK;

	if (cmd->n_files == 0) {
		cmd->files = stdin_only;
		cmd->n_files = 1;
	}
	for (int i = 0; i < cmd->n_files; i++) {
		int s = handle(cmd, cmd->files[i]);

		status = status == EX_OK ? s : status;
		if (s == EX_TEMPFAIL || s == EX_IOERR) {
			status = s;
			break; /* the next would fare no better */
		}
	}
	return status;
}

/* ---- the server ---------------------------------------------------------- */

static int
serve(struct cmd *cmd)
{
	const char *user = cmd->config->ingest.user;
	struct passwd *pw = NULL;
	struct err_text why = { "" };
	char name[128];
	int fd = -1, r = 0, status = EX_CONFIG;

	ingest_worker_free(&cmd->intake.worker); /* it has its own */
	if (cmd->config->ingest.listen.len == 0) {
		log_event(LOG_FAIL, "ingest.listen is not set");
		return EX_CONFIG;
	}
	if (user != NULL && geteuid() == 0) {
		pw = getpwnam(user);
		if (pw == NULL) {
			log_event(
			    LOG_FAIL, "ingest.user: no user \"%s\"", user);
			return EX_CONFIG;
		}
	}
	r = ingest_serve_listen(&cmd->config->ingest.listen,
	    pw != NULL ? (int)pw->pw_uid : -1,
	    pw != NULL ? (int)pw->pw_gid : -1, &fd, &why);
	if (r == 0 && pw != NULL &&
	    (initgroups(user, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
		setuid(pw->pw_uid) < 0 ||
		(pw->pw_uid != 0 && setuid(0) == 0))) {
		r = err_say(&why, ERR_SYS, "cannot become user \"%s\": %s",
		    user, strerror(errno));
	}
	if (r < 0) {
		log_event(LOG_FAIL, "%s", why.text);
	} else {
		log_event(LOG_TELL, "listening on %s",
		    net_place_format(
			name, (const void *)&cmd->config->ingest.listen.sa));
		status = ingest_serve(fd, cmd->config_path, &cmd->config);
	}
	if (fd >= 0) {
		close(fd);
	}
	return status;
}

static int
run(struct cmd *cmd)
{
	if (cmd->check) {
		puts("ok");
		return EX_OK;
	}
	if (cmd->lmtp) {
		return serve(cmd);
	}
	if (cmd->maildir != NULL) {
		int status = ingest_maildir_run(
		    &cmd->intake, cmd->maildir, cmd->watch);

		cmd->config = cmd->intake.config; /* read again, perhaps */
		return status;
	}
	if (cmd->mbox != NULL) {
		return ingest_mbox_run(&cmd->intake, cmd->mbox);
	}
	return handle_files(cmd);
}

/* A lock that somebody holds for long must not hold the mail server up, which
 * would take our silence for what it likes. Nothing that was not finished
 * counts, and what comes twice is stored once. */
static void
on_alarm(int sig)
{
	(void)sig;
	_exit(EX_TEMPFAIL);
}

int
ingest_cmd(int argc, char **argv)
{
	struct cmd cmd = { 0 };
	int status;

	log_open("rbl-ingest");
	status = read_options(argc, argv, &cmd);
	if (status >= 0) {
		return status;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full quota is an error, not an end */
	if (cmd.delivery) {
		signal(SIGALRM, on_alarm);
		alarm(DELIVERY_WAIT);
	}
	status = secret_init() < 0 ? EX_TEMPFAIL : configure(&cmd);
	if (status == EX_OK) {
		status = run(&cmd);
	}
	if (fflush(stdout) != 0 && status == EX_OK) {
		log_event(LOG_FAIL, "standard output: %s", strerror(errno));
		status = EX_IOERR;
	}
	ingest_intake_close(&cmd.intake);
	ingest_report_fini();
	zone_config_free(&cmd.config);
	return status;
}
