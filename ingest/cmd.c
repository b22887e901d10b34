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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "ingest/submit.h"
#include "ingest/worker.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define SUBMITTER_MAX 320

struct cmd {
	const char *config_path; /* NULL: the usual places */
	const char *submitter;   /* NULL: as the mail says */
	bool raw, explain, check;
	char **files;
	int n_files;

	struct zone_config *config;
	struct ingest_worker *worker;
	struct zone_queue *queue;
	bool delivery; /* a mail server waits for our status */
};

static const char help[] =
    "usage: rbl-ingest [-c FILE] [--submitter ADDR] [--raw] [FILE...]\n"
    "       rbl-ingest --explain [-c FILE] [--raw] [FILE...]\n"
    "       rbl-ingest --check [-c FILE]\n"
    "\n"
    "Takes forwarded spam from standard input or FILE, finds the relay that\n"
    "handed it over and its sender, and queues both for a moderator.\n"
    "\n"
    "  -c FILE           configuration; else $RBL_CONF, else the system's\n"
    "  --submitter ADDR  who sent this in, as the mail server knows it\n"
    "  --raw             the input is the spam itself, from a trap\n"
    "  --explain         store nothing, print one JSON object a mail\n"
    "  --check           say whether the configuration is right\n"
    "  --help, --version\n"
    "\n"
    "Exit: 0 done, 64 usage, 66 no such file, 74 output failed, 75 try again\n"
    "later, 78 configuration. See rbl-ingest(1).\n";

enum {
	OPT_SUBMITTER = 256,
	OPT_RAW,
	OPT_EXPLAIN,
	OPT_CHECK,
	OPT_HELP,
	OPT_VERSION
};

/* >= 0: exit with that; -1: go on. */
static int
read_options(int argc, char **argv, struct cmd *cmd)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "submitter", required_argument, NULL, OPT_SUBMITTER },
		{ "raw", no_argument, NULL, OPT_RAW },
		{ "explain", no_argument, NULL, OPT_EXPLAIN },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "help", no_argument, NULL, OPT_HELP },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c': cmd->config_path = optarg; break;
		case OPT_SUBMITTER: cmd->submitter = optarg; break;
		case OPT_RAW: cmd->raw = true; break;
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
	if (cmd->check && (cmd->explain || cmd->n_files > 0)) {
		fputs("rbl-ingest: --check takes no mail\n", stderr);
		return EX_USAGE;
	}
	cmd->delivery = !cmd->check && !cmd->explain && cmd->n_files == 0;
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
		r = ingest_worker_new(cmd->config, &cmd->worker);
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
store(struct cmd *cmd, const struct ingest_result *result, const char *file,
    const char *road, const struct buf *mail, struct arena *arena)
{
	struct err_text why = { "" };
	struct zone_added added;
	char name[160];
	int r = 0;

	if (cmd->queue == NULL) {
		r = zone_queue_open(cmd->config->data_dir, ZONE_WRITE,
		    cmd->config->map_size, &cmd->queue, &why);
	}
	if (r == 0) {
		r = ingest_submit(cmd->queue, cmd->config, result,
		    cmd->submitter, road, mail->data != NULL ? mail->data : "",
		    mail->len, arena, &added);
	}
	text_printable_in(name, sizeof(name), file, strlen(file));
	if (r < 0) {
		log_event(LOG_FAIL, "not stored, try again: %s file=%s",
		    why.text[0] != '\0' ? why.text : err_str(r), name);
		return EX_TEMPFAIL;
	}
	log_event(LOG_TELL,
	    "%s submission=%llu kind=%s new=%u joined=%u road=%s file=%s",
	    added.duplicate ? "known already" : "queued",
	    (unsigned long long)added.submission, result->kind, added.new_items,
	    added.joined, road, name);
	return EX_OK;
}

static int
handle(struct cmd *cmd, const char *path)
{
	struct ingest_task task = { .config = cmd->config,
		.file = path,
		.submitter = cmd->submitter,
		.raw = cmd->raw };
	struct arena arena = { 0 };
	struct ingest_result result;
	struct buf mail = { 0 };
	int status, r;

	status = read_mail(cmd, path, &mail, &task.cut);
	if (status != EX_OK) {
		goto out;
	}
	if (!ingest_worker_alive(cmd->worker)) {
		zone_queue_close(&cmd->queue); /* never across a fork */
	}
	r = ingest_worker_read(cmd->worker, &task,
	    mail.data != NULL ? mail.data : "", mail.len, &arena, &result);
	if (r < 0) {
		log_event(LOG_FAIL, "cannot read mail now: %s",
		    r == ERR_SYS ? strerror(errno) : err_str(r));
		status = EX_TEMPFAIL;
		goto out;
	}
	if (!cmd->explain) {
		status = store(cmd, &result, path,
		    cmd->raw            ? "trap"
			: cmd->delivery ? "pipe"
					: "file",
		    &mail, &arena);
	} else if (puts(result.json) < 0) {
		status = EX_IOERR;
	}
out:
	arena_free(&arena);
	buf_free(&mail);
	return status;
}

/* The submitter as text that is fit to be stored, whatever a mail server
 * hands over; an empty one (a null sender) counts as none. */
static void
clean_submitter(struct cmd *cmd)
{
	static char text[SUBMITTER_MAX];

	if (cmd->submitter == NULL) {
		return;
	}
	text_printable_in(
	    text, sizeof(text), cmd->submitter, strlen(cmd->submitter));
	cmd->submitter = text[0] != '\0' ? text : NULL;
}

int
ingest_cmd(int argc, char **argv)
{
	static char stdin_name[] = "-", *stdin_only[] = { stdin_name };
	struct cmd cmd = { 0 };
	int status;

	log_open("rbl-ingest");
	status = read_options(argc, argv, &cmd);
	if (status >= 0) {
		return status;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a full quota is an error, not an end */
	clean_submitter(&cmd);
	status = configure(&cmd);
	if (status == EX_OK && cmd.check) {
		puts("ok");
	} else if (status == EX_OK) {
		if (cmd.n_files == 0) {
			cmd.files = stdin_only;
			cmd.n_files = 1;
		}
		for (int i = 0; i < cmd.n_files; i++) {
			int s = handle(&cmd, cmd.files[i]);

			status = status == EX_OK ? s : status;
			if (s == EX_TEMPFAIL || s == EX_IOERR) {
				status = s;
				break; /* the next would fare no better */
			}
		}
	}
	if (fflush(stdout) != 0 && status == EX_OK) {
		log_event(LOG_FAIL, "standard output: %s", strerror(errno));
		status = EX_IOERR;
	}
	zone_queue_close(&cmd.queue);
	ingest_worker_free(&cmd.worker);
	ingest_report_fini();
	zone_config_free(&cmd.config);
	return status;
}
