/* ctl_user.c - rblctl user: people who may log in. */
#include "zone/ctl.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/when.h"

#define USERS_MAX 4096
#define WEIGHT_MAX 1000

/* ---- a password ---------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* One line of standard input into OUT, byte by byte: nothing behind it is
 * taken from whoever reads next. */
static int
read_line(char out[ZONE_PASSWORD_MAX + 2])
{
	size_t n = 0;
	char c;

	for (;;) {
		ssize_t k = read(STDIN_FILENO, &c, 1);

		if (k < 0 && errno == EINTR && interrupted == 0) {
			continue;
		}
		if (k < 0) {
			return ctl_fail("no password: %s",
			    interrupted != 0 ? "interrupted" : strerror(errno));
		}
		if (k == 0 && n == 0) {
			return ctl_wrong("no password: expected one line on "
					 "standard input");
		}
		if (k == 0 || c == '\n') {
			break;
		}
		if (n > ZONE_PASSWORD_MAX || c == '\0') {
			return ctl_wrong("password: expected %d to %d bytes "
					 "of text",
			    ZONE_PASSWORD_MIN, ZONE_PASSWORD_MAX);
		}
		out[n++] = c;
	}
	if (n > 0 && out[n - 1] == '\r') {
		n--;
	}
	out[n] = '\0';
	return CTL_DONE;
}

/* PROMPT on the terminal, its echo off while a line is read. */
static int
ask(const char *prompt, char out[ZONE_PASSWORD_MAX + 2])
{
	struct sigaction act = { .sa_handler = on_signal }, old_int, old_term;
	struct termios was, quiet;
	int r;

	if (tcgetattr(STDIN_FILENO, &was) != 0) {
		return ctl_fail("the terminal: %m");
	}
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	sigaction(SIGINT, &act, &old_int); /* so that the echo comes back */
	sigaction(SIGTERM, &act, &old_term);
	fprintf(stderr, "%s: ", prompt);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) != 0) {
		r = ctl_fail("the terminal: %m");
	} else {
		r = read_line(out);
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	}
	fprintf(stderr, "\n");
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	return r;
}

static int
want_password(char out[ZONE_PASSWORD_MAX + 2])
{
	char again[ZONE_PASSWORD_MAX + 2];
	int r;

	if (isatty(STDIN_FILENO) != 1) {
		return read_line(out);
	}
	if ((r = ask("password", out)) == CTL_DONE &&
	    (r = ask("the same again", again)) == CTL_DONE &&
	    strcmp(out, again) != 0) {
		r = ctl_wrong("the two differ; nothing was changed");
	}
	explicit_bzero(again, sizeof(again));
	return r;
}

/* ---- the commands -------------------------------------------------------- */

static int
want_role(const char *text, enum zone_role *ret_role)
{
	if (!zone_role_parse(span_str(text), ret_role)) {
		return ctl_wrong("role: expected viewer, "
				 "moderator, admin or exporter");
	}
	return CTL_DONE;
}

static int
want_weight(
    const struct ctl_args *args, unsigned fallback, unsigned *ret_weight)
{
	const char *text = ctl_given(args, "weight");
	uint64_t n = fallback;
	int r = CTL_DONE;

	if (text != NULL) {
		r = ctl_want_number("--weight", text, WEIGHT_MAX, &n);
	}
	*ret_weight = (unsigned)n;
	return r;
}

/* What became of a change to NAME. A name or password that is not acceptable
 * is wrong usage. */
static int
finish(int err, const struct err_text *why, const char *name, const char *done)
{
	char shown[80];

	text_printable_in(shown, sizeof(shown), name, strlen(name));
	if (err == ERR_FORMAT || err == ERR_RANGE) {
		return ctl_wrong("user %s: %s", shown,
		    why->text[0] != '\0' ? why->text : err_str(err));
	}
	if (err == ERR_NONE && why->text[0] == '\0') {
		return ctl_fail("there is no user %s", shown);
	}
	if (err < 0) {
		return ctl_fail("user %s: %s", shown,
		    why->text[0] != '\0' ? why->text : err_str(err));
	}
	printf("user %s %s\n", shown, done);
	return CTL_DONE;
}

static int
run_add(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = args->words[0], *text = ctl_given(args, "role");
	char password[ZONE_PASSWORD_MAX + 2];
	enum zone_role role = ZONE_MODERATOR;
	struct err_text why = { "" };
	unsigned weight;
	int r;

	if ((text != NULL && (r = want_role(text, &role)) != 0) ||
	    (r = want_weight(args, 1, &weight)) != 0 ||
	    (r = ctl_open_accounts(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = want_password(password);
	if (r == CTL_DONE) {
		const struct zone_user_deed deed = { .what = ZONE_USER_ADD,
			.by = ctl->by,
			.name = name,
			.role = role,
			.weight = weight,
			.password = password,
			.one_time = ctl_given(args, "one-time") != NULL,
			.cost = ctl->config->www.password_cost };

		r = zone_user_do(ctl->accounts, &deed, &why);
		r = finish(r, &why, name, "added");
	}
	explicit_bzero(password, sizeof(password));
	return r;
}

static int
run_passwd(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = args->words[0];
	char password[ZONE_PASSWORD_MAX + 2];
	struct err_text why = { "" };
	struct zone_user user;
	int r;

	if ((r = ctl_open_accounts(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_user_get(ctl->accounts, name, &user);
	if (r <= 0) { /* before a person types it twice */
		return finish(r < 0 ? r : ERR_NONE, &why, name, "");
	}
	r = want_password(password);
	if (r == CTL_DONE) {
		const struct zone_user_deed deed = { .what = ZONE_USER_PASSWD,
			.by = ctl->by,
			.name = name,
			.password = password,
			.one_time = ctl_given(args, "one-time") != NULL,
			.cost = ctl->config->www.password_cost };

		r = zone_user_do(ctl->accounts, &deed, &why);
		r = finish(r, &why, name,
		    "has a new password, and no session any more");
	}
	explicit_bzero(password, sizeof(password));
	return r;
}

/* What needs no more than a name. */
static int
simply(struct ctl *ctl, const char *name, enum zone_user_what what,
    const char *done)
{
	const struct zone_user_deed deed = {
		.what = what, .by = ctl->by, .name = name
	};
	struct err_text why = { "" };
	int r = ctl_open_accounts(ctl, ZONE_WRITE);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_user_do(ctl->accounts, &deed, &why);
	return finish(r, &why, name, done);
}

static int
run_totp_reset(struct ctl *ctl, const struct ctl_args *args)
{
	return simply(ctl, args->words[0], ZONE_USER_TOTP_OFF,
	    "logs in without codes now");
}

static int
run_logout(struct ctl *ctl, const struct ctl_args *args)
{
	return simply(
	    ctl, args->words[0], ZONE_USER_LOGOUT, "has no session any more");
}

static int
run_role(struct ctl *ctl, const struct ctl_args *args)
{
	struct zone_user_deed deed = { .what = ZONE_USER_ROLE,
		.by = ctl->by,
		.name = args->words[0] };
	struct err_text why = { "" };
	int r;

	if ((r = want_role(args->words[1], &deed.role)) != 0 ||
	    (r = want_weight(args, 0, &deed.weight)) != 0 ||
	    (r = ctl_open_accounts(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_user_do(ctl->accounts, &deed, &why);
	return finish(r, &why, args->words[0], "changed");
}

static int
run_remove(struct ctl *ctl, const struct ctl_args *args)
{
	return simply(ctl, args->words[0], ZONE_USER_REMOVE, "removed");
}

#define LOG_PIECE 64u

/* Newest first, in pieces; then whether the chain holds. */
static int
run_log(struct ctl *ctl, const struct ctl_args *args)
{
	struct zone_account_event events[LOG_PIECE];
	uint64_t before = 0, rows = 0;
	char when[WHEN_TEXT];
	int n, r = ctl_open_accounts(ctl, ZONE_READ);

	(void)args;
	if (r != CTL_DONE) {
		return r;
	}
	do {
		n = zone_account_log(ctl->accounts, before, events, LOG_PIECE);
		if (n < 0) {
			return ctl_failed(n, NULL, "the log of accounts");
		}
		for (int i = 0; i < n; i++) {
			const struct zone_account_event *e = &events[i];

			printf("%llu  %s  by %s  %s  %s%s%s\n",
			    (unsigned long long)e->number,
			    when_format(when, e->time), e->by, e->what, e->whom,
			    e->more[0] != '\0' ? "  " : "", e->more);
			before = e->number;
		}
	} while (n == (int)LOG_PIECE);
	r = zone_account_log_verify(ctl->accounts, &rows);
	if (r == ERR_CORRUPT) {
		return ctl_fail("the log was altered: row %llu does not fit "
				"the one before",
		    (unsigned long long)rows);
	}
	return r < 0 ? ctl_failed(r, NULL, "the log of accounts") : CTL_DONE;
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	bool json = ctl_given(args, "json") != NULL;
	struct zone_user *users = NULL;
	char when[WHEN_TEXT];
	int n, r = ctl_open_accounts(ctl, ZONE_READ);

	if (r != CTL_DONE) {
		return r;
	}
	users = calloc(USERS_MAX, sizeof(*users));
	if (users == NULL) {
		return ctl_fail("no memory");
	}
	n = zone_user_list(ctl->accounts, users, USERS_MAX);
	if (n < 0) {
		r = ctl_failed(n, NULL, "accounts");
	}
	for (int i = 0; i < n && i < USERS_MAX && r == CTL_DONE; i++) {
		const struct zone_user *u = &users[i];

		if (json) {
			r = ctl_print_json(json_pack(
			    "{s:o, s:s, s:i, s:b, s:o, s:o}", "name",
			    ctl_json_str(u->name), "role",
			    zone_role_name(u->role), "weight", (int)u->weight,
			    "codes", u->totp,
			    "created", ctl_json_time(u->created), "changed",
			    ctl_json_time(u->changed)));
		} else {
			ctl_print_span(span_str(u->name));
			printf("  %s  weight %u  since %s%s%s\n",
			    zone_role_name(u->role), u->weight,
			    when_format(when, u->created),
			    u->totp ? "  with codes" : "",
			    u->must_change ? "  must change the password" : "");
		}
	}
	if (r == CTL_DONE && n > USERS_MAX) {
		r = ctl_fail("%d users, of which %d are shown", n, USERS_MAX);
	}
	free(users);
	return r;
}

const struct ctl_command ctl_user_commands[] = {
	{ "user add", "NAME",
	    "the password comes from the terminal or standard input", 1, 1,
	    run_add,
	    { { "role", "ROLE", "viewer, moderator, admin or exporter", false },
		{ "weight", "N", "of a vote, 1 unless said", false },
		{ "one-time", NULL, "has to be changed at log-in", false } } },
	{ "user passwd", "NAME", "a new password; ends all sessions", 1, 1,
	    run_passwd,
	    { { "one-time", NULL, "has to be changed at log-in", false } } },
	{ "user totp-reset", "NAME", "no code at log-in any more", 1, 1,
	    run_totp_reset, { { 0 } } },
	{ "user logout", "NAME", "ends all sessions", 1, 1, run_logout,
	    { { 0 } } },
	{ "user log", "", "who changed what about people", 0, 0, run_log,
	    { { 0 } } },
	{ "user role", "NAME ROLE", "viewer, moderator, admin, exporter", 2, 2,
	    run_role, { { "weight", "N", "of a vote; as it is", false } } },
	{ "user remove", "NAME", "take out", 1, 1, run_remove, { { 0 } } },
	{ "user list", "", "who there is", 0, 0, run_list,
	    { { "json", NULL, "one JSON object a line", false } } },
	{ 0 },
};
