/* ctl.h - rblctl: the command line on store, queue and accounts.
 *
 * A command is a row: words, synopsis, options, function. Arguments are taken
 * apart and counted before the function runs; a wrong one gets one message
 * with what was expected and exit 2. Functions open what they need, say what
 * they did on standard output and what went wrong on standard error, and
 * return the exit status. Everything else of a process ends with it.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "zone/accounts.h"
#include "zone/find.h"
#include "zone/format.h"
#include "zone/history.h"

enum ctl_exit {
	CTL_DONE = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
	CTL_NEGATIVE = 3, /* a finding: "not listed" */
};

/* ---- the table ----------------------------------------------------------- */

#define CTL_MANY UINT32_MAX
#define CTL_OPTIONS 12

struct ctl_option {
	const char *name;  /* without "--" */
	const char *value; /* what is expected, "TIME|DURATION"; NULL: a flag */
	const char *help;
	bool repeat; /* may be given more than once */
};

struct ctl_args {
	const struct ctl_command *command;
	const char **words; /* what is no option, behind the command's name */
	unsigned n_words;
	struct {
		const struct ctl_option *option;
		const char *value; /* "" for a flag */
	} * given;
	unsigned n_given;
};

struct ctl;

struct ctl_command {
	const char *name;     /* "add", "queue list" */
	const char *synopsis; /* "LIST KEY..." */
	const char *help;     /* one line */
	uint32_t min, max;    /* words */
	int (*run)(struct ctl *ctl, const struct ctl_args *args);
	struct ctl_option options[CTL_OPTIONS];
};

/* Each file's rows; the last has no name. */
extern const struct ctl_command ctl_entry_commands[], ctl_test_commands[],
    ctl_list_commands[], ctl_import_commands[], ctl_history_commands[],
    ctl_queue_commands[], ctl_submitter_commands[], ctl_user_commands[],
    ctl_access_commands[], ctl_providers_commands[], ctl_store_commands[],
    ctl_selftest_commands[], ctl_upkeep_commands[], ctl_past_commands[],
    ctl_verify_commands[], ctl_request_commands[], ctl_digest_commands[];
extern const struct ctl_command ctl_publish_commands[],
    ctl_subscriber_commands[], ctl_zonefile_commands[], ctl_rsync_commands[],
    ctl_check_commands[], ctl_backup_commands[];

/* The whole program: arguments to exit status. */
int ctl_main(int argc, char **argv);

/* The value of the first NAME given, "" for a flag; NULL: not given. */
const char *ctl_given(const struct ctl_args *args, const char *name);

/* One message; returns CTL_FAILED or CTL_USAGE. */
int ctl_fail(const char *fmt, ...) PRINTF_LIKE(1, 2);
int ctl_wrong(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The same for a function that left a sentence in WHY, or none. */
int ctl_failed(int err, const struct err_text *why, const char *what);

/* ---- what commands work on ----------------------------------------------- */

struct ctl {
	const char *config_path; /* NULL: the default */
	struct zone_config *config;
	struct zone_store *store;
	struct zone_view *view; /* renewed */
	struct zone_queue *queue;
	struct zone_accounts *accounts;
	char by[64]; /* who runs this */
};

/* CTL_DONE, or another status after a message. Opening twice is harmless; a
 * store is opened for writing by whoever asks first. */
MUST_CHECK int ctl_open_store(struct ctl *ctl, enum zone_access access);
MUST_CHECK int ctl_open_view(struct ctl *ctl); /* renewed when it returns */
MUST_CHECK int ctl_open_queue(struct ctl *ctl, enum zone_access access);
MUST_CHECK int ctl_open_accounts(struct ctl *ctl, enum zone_access access);
void ctl_close(struct ctl *ctl);

/* ---- arguments ----------------------------------------------------------- */

/* Each is CTL_DONE, or CTL_USAGE after a message. */
MUST_CHECK int ctl_want_list(const struct ctl *ctl, const char *name,
    const struct zone_list_conf **ret_list);
MUST_CHECK int ctl_want_key(const struct zone_list_conf *list, const char *text,
    struct zone_key *ret_key);
/* Decimal, at least 1. WHAT names it: "serial". */
MUST_CHECK int ctl_want_number(
    const char *what, const char *text, uint64_t max, uint64_t *ret_n);
/* "never": 0. A duration counts from now; a time must be to come. */
MUST_CHECK int ctl_want_until(const char *text, int64_t *ret_t);
/* A time, or a duration before now. */
MUST_CHECK int ctl_want_since(const char *text, int64_t *ret_t);
/* The same, and not to come; WHAT names it. */
MUST_CHECK int ctl_want_past(
    const char *what, const char *text, int64_t *ret_t);
MUST_CHECK int ctl_want_format(
    const char *name, const struct zone_format **ret_format);
/* TEXT is stored and shown: valid UTF-8 without control characters, at most
 * MAX bytes. NULL passes. */
MUST_CHECK int ctl_want_text(const char *what, const char *text, size_t max);

#define CTL_REASON_MAX 1000
#define CTL_NAME_MAX 100 /* source, criterion */

/* The options --code --reason --criterion --until --source into TERMS. */
MUST_CHECK int ctl_want_terms(
    const struct ctl_args *args, struct zone_terms *ret_terms);

/* ---- output -------------------------------------------------------------- */

/* Is standard output a terminal? */
bool ctl_on_terminal(void);

/* S to standard output, printable. */
void ctl_print(const char *s, size_t len);
void ctl_print_span(struct span s);
/* One object a line; takes J, also when it is NULL (no memory). Only ASCII
 * when a person looks on. */
MUST_CHECK int ctl_print_json(json_t *j);
/* Lines of JSON made before, in the same manner. */
MUST_CHECK int ctl_print_jsonl(const struct buf *b);
/* As valid UTF-8, whatever S holds. */
json_t *ctl_json_text(struct span s);
json_t *ctl_json_str(const char *s);
json_t *ctl_json_time(int64_t t);     /* 0: null */
json_t *ctl_json_code(uint32_t code); /* 0: null */

/* What is said of a key, as one object; NULL detail: null. */
json_t *ctl_json_detail(const struct zone_detail *detail);

/* ---- files read line by line --------------------------------------------- */

struct ctl_lines {
	int fd;
	const char *name;
	struct buf buf;
	size_t at;
	bool eof;
	bool cut;             /* the line that was given last has no line feed */
	struct gzip *gzip;    /* NULL: it is not packed */
	uint8_t *packed;      /* bytes read and not yet unpacked */
	size_t packed_at, packed_len;
	bool looked;          /* whether it is packed */
	uint64_t size, taken; /* bytes of the file; size 0: not known */
	int64_t started, shown;
	bool terminal;
};

/* "-": standard input. What begins like gzip is unpacked. CTL_DONE, or
 * CTL_FAILED after a message. */
MUST_CHECK int ctl_lines_open(struct ctl_lines *lines, const char *path);
/* 1 a line without its end, borrowed until the next; 0 no more; <0 ERR_SYS,
 * ERR_NOMEM, ERR_FORMAT or ERR_RANGE from gzip. What is longer than ZONE_FORMAT_LINE comes cut to one byte
 * more, and the rest of it is passed over. */
MUST_CHECK int ctl_lines_next(struct ctl_lines *lines, struct span *ret_line);
/* Tell of such a failure; CTL_FAILED. */
int ctl_lines_failed(const struct ctl_lines *lines, int err);
/* On a terminal, once a second: rate, share done, time left. */
void ctl_lines_progress(struct ctl_lines *lines, uint64_t count);
void ctl_lines_close(struct ctl_lines *lines);
