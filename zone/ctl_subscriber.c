/* ctl_subscriber.c - rblctl subscriber: who fetches what is published. */
#include "base/when.h"
#include "zone/ctl.h"
#include "zone/subscribers.h"

static int
finish(int err, const struct err_text *why, const char *name)
{
	char shown[80];

	if (err >= 0) {
		return CTL_DONE;
	}
	text_printable_in(shown, sizeof(shown), name, strlen(name));
	if (err == ERR_FORMAT || err == ERR_RANGE) {
		return ctl_wrong("subscriber \"%s\": %s", shown, why->text);
	}
	return ctl_fail("subscriber \"%s\": %s", shown,
	    why->text[0] != '\0' ? why->text : err_str(err));
}

struct looking {
	const char *name;
	char secret[SECRET_TOKEN_TEXT];
};

static int
look(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	struct looking *l = ctx;

	if (secret != NULL && span_is(span_str(l->name), s->name)) {
		memcpy(l->secret, secret, sizeof(l->secret));
		return 1;
	}
	return 0;
}

/* The one time that both are shown. */
static int
show_token(struct ctl *ctl, const char *name, const char *token)
{
	struct looking l = { .name = name };
	int r = zone_subscriber_each(ctl->accounts, look, &l);

	if (r < 0) {
		return ctl_failed(r, NULL, "accounts");
	}
	printf("token %s\nrsync-password %s\n", token, l.secret);
	secret_wipe(l.secret, sizeof(l.secret));
	return CTL_DONE;
}

static int
run_add(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = args->words[0], *until = ctl_given(args, "until");
	struct zone_subscriber s = { 0 };
	char token[SECRET_TOKEN_TEXT] = "";
	struct err_text why = { "" };
	int r;

	if (strlen(name) >= sizeof(s.name)) {
		return ctl_wrong("subscriber add: the name is too long");
	}
	memcpy(s.name, name, strlen(name) + 1);
	snprintf(s.by, sizeof(s.by), "%.63s", ctl->by);
	for (unsigned i = 0; i < args->n_given; i++) {
		const struct zone_list_conf *list;

		if (strcmp(args->given[i].option->name, "list") != 0) {
			continue;
		}
		if (s.n_lists == ZONE_SUBSCRIBER_LISTS) {
			return ctl_wrong("--list: at most %d; without it: all",
			    ZONE_SUBSCRIBER_LISTS);
		}
		if ((r = ctl_want_list(ctl, args->given[i].value, &list)) !=
		    0) {
			return r;
		}
		snprintf(
		    s.lists[s.n_lists++], sizeof(s.lists[0]), "%s", list->name);
	}
	if ((until != NULL && (r = ctl_want_until(until, &s.until)) != 0) ||
	    (r = ctl_open_accounts(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_subscriber_add(ctl->accounts, &s, token, &why);
	r = finish(r, &why, name);
	if (r == CTL_DONE) {
		r = show_token(ctl, name, token);
	}
	secret_wipe(token, sizeof(token));
	return r;
}

static int
run_token(struct ctl *ctl, const struct ctl_args *args)
{
	char token[SECRET_TOKEN_TEXT] = "";
	struct err_text why = { "" };
	int r = ctl_open_accounts(ctl, ZONE_WRITE);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_subscriber_token(
	    ctl->accounts, ctl->by, args->words[0], token, &why);
	r = finish(r, &why, args->words[0]);
	if (r == CTL_DONE) {
		r = show_token(ctl, args->words[0], token);
	}
	secret_wipe(token, sizeof(token));
	return r;
}

static int
run_remove(struct ctl *ctl, const struct ctl_args *args)
{
	struct err_text why = { "" };
	int r = ctl_open_accounts(ctl, ZONE_WRITE);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_subscriber_remove(
	    ctl->accounts, ctl->by, args->words[0], &why);
	r = finish(r, &why, args->words[0]);
	if (r == CTL_DONE) {
		printf("removed\n");
	}
	return r;
}

struct listing {
	bool json;
	int64_t now;
	int status;
};

static json_t *
lists_of(const struct zone_subscriber *s)
{
	json_t *lists = s->n_lists > 0 ? json_array() : json_null();

	for (unsigned i = 0; i < s->n_lists; i++) {
		json_array_append_new(lists, ctl_json_str(s->lists[i]));
	}
	return lists;
}

static int
show(const struct zone_subscriber *s, const char *secret, void *ctx)
{
	struct listing *l = ctx;
	bool over = zone_subscriber_over(s, l->now);
	char when[WHEN_TEXT];

	(void)secret;
	if (l->json) {
		l->status = ctl_print_json(json_pack(
		    "{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:I, s:I}", "name",
		    ctl_json_str(s->name), "lists", lists_of(s), "created",
		    ctl_json_time(s->created), "until", ctl_json_time(s->until),
		    "by", ctl_json_str(s->by), "expired", (int)over,
		    "last_fetch", ctl_json_time(s->fetched), "fetches",
		    (json_int_t)s->fetches, "bytes", (json_int_t)s->bytes));
		return l->status != CTL_DONE;
	}
	ctl_print_span(span_str(s->name));
	printf("  ");
	for (unsigned i = 0; i < s->n_lists; i++) {
		printf("%s%s", i > 0 ? "," : "", s->lists[i]);
	}
	printf("%s  since %s by ", s->n_lists == 0 ? "all lists" : "",
	    when_format(when, s->created));
	ctl_print_span(span_str(s->by));
	if (s->until != 0) {
		printf("  %s %s", over ? "expired" : "until",
		    when_format(when, s->until));
	}
	if (s->fetched != 0) {
		printf("  fetched %llu times, last %s",
		    (unsigned long long)s->fetches,
		    when_format(when, s->fetched));
	}
	printf("\n");
	return 0;
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	struct listing l = { .json = ctl_given(args, "json") != NULL,
		.now = when_now() };
	int r = ctl_open_accounts(ctl, ZONE_READ);

	if (r != CTL_DONE) {
		return r;
	}
	r = zone_subscriber_each(ctl->accounts, show, &l);
	return r < 0 ? ctl_failed(r, NULL, "accounts") : l.status;
}

const struct ctl_command ctl_subscriber_commands[] = {
	{ "subscriber add", "NAME",
	    "make a subscriber and print token and password, this once", 1, 1,
	    run_add,
	    { { "list", "LIST", "this list only; may be repeated", true },
		{ "until", "TIME|DURATION", "when it ends; never", false } } },
	{ "subscriber token", "NAME",
	    "another token; the one before opens nothing", 1, 1, run_token,
	    { { 0 } } },
	{ "subscriber remove", "NAME", "fetches nothing from now on", 1, 1,
	    run_remove, { { 0 } } },
	{ "subscriber list", "", "who may fetch what, and who did", 0, 0,
	    run_list, { { "json", NULL, "one JSON object a line", false } } },
	{ 0 },
};
