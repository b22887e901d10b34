/* ctl.c - rblctl: from arguments to a command. */
#include "zone/ctl.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

static const struct ctl_command *const tables[] = {
	ctl_store_commands, /* the order of --help */
	ctl_verify_commands,
	ctl_backup_commands,
	ctl_entry_commands,
	ctl_test_commands,
	ctl_check_commands,
	ctl_past_commands,
	ctl_list_commands,
	ctl_zonefile_commands,
	ctl_import_commands,
	ctl_publish_commands,
	ctl_history_commands,
	ctl_upkeep_commands,
	ctl_queue_commands,
	ctl_request_commands,
	ctl_digest_commands,
	ctl_submitter_commands,
	ctl_user_commands,
	ctl_access_commands,
	ctl_subscriber_commands,
	ctl_rsync_commands,
	ctl_providers_commands,
	ctl_selftest_commands,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* ---- messages ------------------------------------------------------------ */

static int PRINTF_LIKE(2, 0) say(int status, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	log_event(LOG_FAIL, "%s", text);
	return status;
}

int
ctl_fail(const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = say(CTL_FAILED, fmt, ap);
	va_end(ap);
	return r;
}

int
ctl_wrong(const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = say(CTL_USAGE, fmt, ap);
	va_end(ap);
	return r;
}

int
ctl_failed(int err, const struct err_text *why, const char *what)
{
	if (why != NULL && why->text[0] != '\0') {
		return ctl_fail("%s: %s", what, why->text);
	}
	return err == ERR_SYS ? ctl_fail("%s: %m", what)
			      : ctl_fail("%s: %s", what, err_str(err));
}

/* ---- help ---------------------------------------------------------------- */

static bool
same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void
help_options(const struct ctl_command *c)
{
	for (const struct ctl_option *o = c->options; o->name != NULL; o++) {
		char left[80];

		snprintf(left, sizeof(left), "--%s%s%s", o->name,
		    o->value != NULL ? " " : "",
		    o->value != NULL ? o->value : "");
		printf("  %-26s %s\n", left, o->help);
	}
	printf("  %-26s %s\n", "-c FILE", "the configuration");
}

static void
help_command(const struct ctl_command *c)
{
	printf("usage: rblctl %s%s%s%s\n%s\n", c->name,
	    c->synopsis[0] != '\0' ? " " : "", c->synopsis,
	    c->options[0].name != NULL ? " [OPTION...]" : "", c->help);
	help_options(c);
}

static void
help_all(void)
{
	printf("usage: rblctl [-c FILE] COMMAND ...\n"
	       "       rblctl --check [-c FILE]   is the configuration right?\n"
	       "       rblctl COMMAND --help      what a command takes\n\n");
	for (size_t t = 0; t < TABLES; t++) {
		for (const struct ctl_command *c = tables[t]; c->name != NULL;
		     c++) {
			char left[80];

			snprintf(
			    left, sizeof(left), "%s %s", c->name, c->synopsis);
			printf("  %-34s %s\n", left, c->help);
		}
	}
	printf("\nexit status: 0 done, 1 failed, 2 wrong usage, 3 not listed\n"
	       "see rblctl(8)\n");
}

/* Rows of the group WORD ("queue"); NULL OUT: only whether there are any. */
static bool
group(const char *word, bool print)
{
	size_t len = strlen(word);
	bool any = false;

	for (size_t t = 0; t < TABLES; t++) {
		for (const struct ctl_command *c = tables[t]; c->name != NULL;
		     c++) {
			if (strncmp(c->name, word, len) != 0 ||
			    c->name[len] != ' ') {
				continue;
			}
			any = true;
			if (print) {
				help_command(c);
				printf("\n");
			}
		}
	}
	return any;
}

/* ---- arguments ----------------------------------------------------------- */

static const struct ctl_command *
find_command(const char *one, const char *two, int *ret_words)
{
	for (size_t t = 0; t < TABLES; t++) {
		for (const struct ctl_command *c = tables[t]; c->name != NULL;
		     c++) {
			const char *space = strchr(c->name, ' ');
			size_t len =
			    space != NULL ? (size_t)(space - c->name) : 0;

			if (space == NULL ? same(c->name, one)
					  : strlen(one) == len && two != NULL &&
				    strncmp(c->name, one, len) == 0 &&
				    same(space + 1, two)) {
				*ret_words = space == NULL ? 1 : 2;
				return c;
			}
		}
	}
	return NULL;
}

static const struct ctl_option *
find_option(const struct ctl_command *c, const char *name, size_t len)
{
	for (const struct ctl_option *o = c->options; o->name != NULL; o++) {
		if (strlen(o->name) == len &&
		    strncmp(o->name, name, len) == 0) {
			return o;
		}
	}
	return NULL;
}

const char *
ctl_given(const struct ctl_args *args, const char *name)
{
	for (unsigned i = 0; i < args->n_given; i++) {
		if (same(args->given[i].option->name, name)) {
			return args->given[i].value;
		}
	}
	return NULL;
}

/* "--name", "--name value" or "--name=value" at argv[*I]. */
static int
take_option(struct ctl_args *args, int argc, char **argv, int *i)
{
	const struct ctl_command *c = args->command;
	const char *name = argv[*i] + 2, *eq = strchr(name, '=');
	size_t len = eq != NULL ? (size_t)(eq - name) : strlen(name);
	const struct ctl_option *o = find_option(c, name, len);
	const char *value = "";

	if (o == NULL) {
		return ctl_wrong("%s: unknown option \"--%.*s\"; "
				 "\"rblctl %s --help\" names those there are",
		    c->name, (int)(len < 80 ? len : 80), name, c->name);
	}
	if (!o->repeat && ctl_given(args, o->name) != NULL) {
		return ctl_wrong("%s: --%s is given twice; expected it once",
		    c->name, o->name);
	}
	if (o->value == NULL && eq != NULL) {
		return ctl_wrong("%s: --%s takes no value", c->name, o->name);
	}
	if (o->value != NULL) {
		if (eq == NULL && *i + 1 >= argc) {
			return ctl_wrong("%s: --%s: expected %s behind it",
			    c->name, o->name, o->value);
		}
		value = eq != NULL ? eq + 1 : argv[++*i];
	}
	args->given[args->n_given].option = o;
	args->given[args->n_given++].value = value;
	return CTL_DONE;
}

/* "-c FILE" or "-cFILE" at argv[*I]. */
static int
take_config(struct ctl *ctl, int argc, char **argv, int *i)
{
	if (ctl->config_path != NULL) {
		return ctl_wrong("-c is given twice; expected one FILE");
	}
	if (argv[*i][2] != '\0') {
		ctl->config_path = argv[*i] + 2;
	} else if (*i + 1 < argc) {
		ctl->config_path = argv[++*i];
	} else {
		return ctl_wrong("-c: expected a FILE behind it");
	}
	return CTL_DONE;
}

static int
take_args(struct ctl *ctl, struct ctl_args *args, int argc, char **argv, int i,
    bool *ret_help)
{
	const struct ctl_command *c = args->command;
	bool words_only = false;
	int r;

	for (; i < argc; i++) {
		const char *a = argv[i];

		if (words_only || a[0] != '-' || a[1] == '\0') {
			args->words[args->n_words++] = a;
		} else if (same(a, "--")) {
			words_only = true;
		} else if (same(a, "--help") || same(a, "-h")) {
			*ret_help = true;
			return CTL_DONE;
		} else if (a[1] == 'c') {
			if ((r = take_config(ctl, argc, argv, &i)) != 0) {
				return r;
			}
		} else if (a[1] != '-') {
			return ctl_wrong("%s: unknown option \"%.80s\"; put "
					 "\"--\" before a KEY that begins "
					 "with \"-\"",
			    c->name, a);
		} else if ((r = take_option(args, argc, argv, &i)) != 0) {
			return r;
		}
	}
	if (args->n_words < c->min || args->n_words > c->max) {
		return ctl_wrong("%s: %s; expected: rblctl %s%s%s", c->name,
		    args->n_words < c->min ? "something is missing"
					   : "too many arguments",
		    c->name, c->synopsis[0] != '\0' ? " " : "", c->synopsis);
	}
	return CTL_DONE;
}

/* ---- a run --------------------------------------------------------------- */

/* Who is it? The environment's word is as good as the user's: whoever may
 * write the store may write any name into it. */
static void
who(char out[64])
{
	const char *names[3] = { getenv("USER"), getenv("LOGNAME"), NULL };
	struct passwd *pw = getpwuid(geteuid());

	names[2] = pw != NULL ? pw->pw_name : NULL;
	for (size_t i = 0; i < 3; i++) {
		if (names[i] != NULL && names[i][0] != '\0' &&
		    strlen(names[i]) < 32) {
			text_printable_in(out, 64, names[i], strlen(names[i]));
			return;
		}
	}
	snprintf(out, 64, "uid %u", (unsigned)geteuid());
}

static int
load_config(struct ctl *ctl)
{
	struct err_text why = { "" };
	int r = zone_config_load(ctl->config_path, &ctl->config, &why);

	if (r < 0) {
		return why.text[0] != '\0'
		    ? ctl_fail("%s", why.text)
		    : ctl_failed(r, NULL, "the configuration");
	}
	return CTL_DONE;
}

static int
run(struct ctl *ctl, const struct ctl_command *c, int argc, char **argv, int i)
{
	struct ctl_args args = { .command = c };
	bool help = false;
	int r;

	args.words = calloc((size_t)argc + 1, sizeof(*args.words));
	args.given = calloc((size_t)argc + 1, sizeof(*args.given));
	if (args.words == NULL || args.given == NULL) {
		r = ctl_fail("no memory");
		goto out;
	}
	r = take_args(ctl, &args, argc, argv, i, &help);
	if (r == CTL_DONE && help) {
		help_command(c);
	} else if (r == CTL_DONE && (r = load_config(ctl)) == CTL_DONE) {
		r = c->run(ctl, &args);
	}
out:
	ctl_close(ctl);
	free(args.words);
	free(args.given);
	return r;
}

/* What precedes the command. Returns the place of its first word; *ret_status
 * >= 0: it ends here. */
static int
leading(struct ctl *ctl, int argc, char **argv, int *ret_status)
{
	bool check = false;
	int i, r;

	*ret_status = -1;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (same(argv[i], "--help") || same(argv[i], "-h")) {
			help_all();
			*ret_status = CTL_DONE;
			return i;
		}
		if (same(argv[i], "--version")) {
			printf("rblctl %s\n", PACKAGE_VERSION);
			*ret_status = CTL_DONE;
			return i;
		}
		if (same(argv[i], "--check")) {
			check = true;
		} else if (argv[i][1] == 'c') {
			r = take_config(ctl, argc, argv, &i);
			if (r != CTL_DONE) {
				*ret_status = r;
				return i;
			}
		} else {
			*ret_status = ctl_wrong("unknown option \"%.80s\"; "
						"see \"rblctl --help\"",
			    argv[i]);
			return i;
		}
	}
	if (check) {
		if (i < argc) {
			*ret_status = ctl_wrong("--check takes no command; "
						"expected only -c FILE");
			return i;
		}
		*ret_status = load_config(ctl);
		if (*ret_status == CTL_DONE) {
			printf("ok\n");
		}
		ctl_close(ctl);
	}
	return i;
}

int
ctl_main(int argc, char **argv)
{
	const struct ctl_command *c;
	struct ctl ctl = { 0 };
	int i, words, status;

	log_open("rblctl");
	who(ctl.by);
	i = leading(&ctl, argc, argv, &status);
	if (status >= 0) {
		goto out;
	}
	if (i >= argc) {
		status = ctl_wrong("expected a command; see \"rblctl --help\"");
		goto out;
	}
	c = find_command(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &words);
	if (c != NULL) {
		status = run(&ctl, c, argc, argv, i + words);
	} else if (group(argv[i], false)) {
		if (i + 1 < argc &&
		    (same(argv[i + 1], "--help") || same(argv[i + 1], "-h"))) {
			group(argv[i], true);
			status = CTL_DONE;
		} else {
			status = ctl_wrong("%s: expected what to do; see "
					   "\"rblctl %s --help\"",
			    argv[i], argv[i]);
		}
	} else {
		status = ctl_wrong("unknown command \"%.80s\"; see "
				   "\"rblctl --help\"",
		    argv[i]);
	}
out:
	/* Output that did not arrive is a failure, whatever was done. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status != CTL_USAGE) {
		status = ctl_fail("standard output: %m");
	}
	return status;
}
