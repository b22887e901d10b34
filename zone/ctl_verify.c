/* ctl_verify.c - rblctl verify: derive everything once more, and compare. */
#include "zone/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "zone/applied.h"
#include "zone/sweep.h"
#include "zone/verify.h"

#define LISTS_MAX 256

struct verifying {
	struct ctl *ctl;
	json_t *parts; /* NULL: for a person */
	bool good;
};

/* One part of it: R and WHY are what came out. OK is what to say when it is
 * right; takes COUNTS (may be NULL). */
static void PRINTF_LIKE(6, 7) part(struct verifying *v, const char *name, int r,
    const struct err_text *why, json_t *counts, const char *ok, ...)
{
	const char *text = why->text[0] != '\0' ? why->text : err_str(r);
	char said[256];
	va_list ap;

	v->good = v->good && r >= 0;
	va_start(ap, ok);
	vsnprintf(said, sizeof(said), ok, ap);
	va_end(ap);
	if (v->parts == NULL) {
		printf("%s: ", name);
		ctl_print_span(span_str(r < 0 ? text : said));
		printf("\n");
		fflush(stdout); /* the next part may take a while */
		json_decref(counts);
		return;
	}
	counts = counts != NULL ? counts : json_object();
	json_object_set_new(counts, "part", json_string(name));
	json_object_set_new(counts, "ok", json_boolean(r >= 0));
	json_object_set_new(
	    counts, "why", r < 0 ? ctl_json_str(text) : json_null());
	json_array_append_new(v->parts, counts);
}

/* What is wrong with one part must not hide the others. */
static int
look_again(struct verifying *v)
{
	return zone_view_renew(v->ctl->view);
}

static void
verify_lists(struct verifying *v)
{
	struct zone_verify_counts n = { 0 };
	struct err_text why = { "" };
	int r = look_again(v);

	if (r == 0) {
		r = zone_verify(v->ctl->view, &n, &why);
	}
	part(v, "lists", r, &why,
	    json_pack("{s:I, s:I, s:I, s:I, s:I}", "entries",
		(json_int_t)n.entries, "blocks", (json_int_t)n.blocks,
		"addresses", (json_int_t)n.names, "digests",
		(json_int_t)n.digests, "details", (json_int_t)n.details),
	    "ok, %llu entries in %llu blocks, %llu addresses, %llu digests, "
	    "%llu details",
	    (unsigned long long)n.entries, (unsigned long long)n.blocks,
	    (unsigned long long)n.names, (unsigned long long)n.digests,
	    (unsigned long long)n.details);
}

static void
verify_history(struct verifying *v)
{
	struct err_text why = { "" };
	uint64_t changes = 0;
	int r = look_again(v);

	if (r == 0) {
		r = zone_history_verify(v->ctl->view, &changes, &why);
	}
	part(v, "history", r, &why,
	    json_pack("{s:I}", "changes", (json_int_t)changes),
	    "ok, %llu changes", (unsigned long long)changes);
	if (r == 0) {
		r = look_again(v);
	}
	/* a broken chain says nothing of the entries */
	if (r == 0) {
		r = zone_verify_past(v->ctl->view, &why);
		part(v, "entries", r, &why, NULL,
		    "ok, they are what history makes of them");
	}
}

/* Not yet swept: no fault, but good to know. */
static void
count_expired(struct verifying *v)
{
	static struct zone_list_info lists[LISTS_MAX];
	struct err_text why = { "" };
	uint64_t all = 0, n;
	int n_lists, r = look_again(v);

	n_lists = r == 0 ? zone_view_lists(v->ctl->view, lists, LISTS_MAX) : r;
	for (int i = 0; i < n_lists && i < LISTS_MAX && r == 0; i++) {
		r = zone_sweep_count(v->ctl->view, &lists[i], &n);
		all += n;
	}
	r = n_lists < 0 ? n_lists : r;
	part(v, "expired", r, &why,
	    json_pack("{s:I}", "expired", (json_int_t)all),
	    "ok, %llu entries wait for the next sweep",
	    (unsigned long long)all);
}

struct differing {
	struct buf names;
	json_t *zones;
};

static int
differs(const struct zone_applied *z, void *ctx)
{
	struct differing *d = ctx;

	if (z->state != ZONE_APPLIED_SAME) {
		buf_fmt(
		    &d->names, "%s%s", d->names.len > 0 ? ", " : "", z->zone);
		json_array_append_new(d->zones, ctl_json_str(z->zone));
	}
	return 0;
}

static void
verify_config(struct verifying *v)
{
	struct differing d = { .zones = json_array() };
	struct err_text why = { "" };
	uint64_t zones = 0;
	int r = look_again(v);

	if (r == 0) {
		r = zone_applied_verify(v->ctl->view, &zones, &why);
	}
	if (r == 0) {
		r = zone_applied_walk(
		    v->ctl->view, v->ctl->config, differs, &d);
	}
	part(v, "configuration", r, &why,
	    json_pack("{s:I, s:O}", "zones", (json_int_t)zones, "not_applied",
		d.zones),
	    "ok, %llu zones entered", (unsigned long long)zones);
	if (r == 0 && d.names.len > 0) {
		fprintf(stderr,
		    "rblctl: not entered as it is configured: %s; see \"rblctl "
		    "config apply\"\n",
		    d.names.data);
	}
	json_decref(d.zones);
	buf_free(&d.names);
}

static void
verify_queue(struct verifying *v)
{
	struct err_text why = { "" };
	uint64_t events = 0;
	int r = zone_queue_verify(v->ctl->queue, &events, &why);

	part(v, "queue", r, &why,
	    json_pack("{s:I}", "events", (json_int_t)events), "ok, %llu events",
	    (unsigned long long)events);
}

/* The accounts are read by fewer people than the rest: who may not look is
 * told so, and that is no fault of theirs. */
static void
verify_accounts(struct verifying *v)
{
	struct err_text why = { "" };
	uint64_t rows = 0;
	char path[1100];
	int r;

	snprintf(path, sizeof(path), "%s/accounts/data.mdb",
	    v->ctl->config->data_dir);
	if (access(path, R_OK) != 0 && errno == EACCES) {
		part(v, "accounts", 0, &why, json_pack("{s:n}", "changes"),
		    "not looked at, you may not read them");
		return;
	}
	if (ctl_open_accounts(v->ctl, ZONE_READ) != CTL_DONE) {
		v->good = false; /* it said why */
		return;
	}
	r = zone_account_log_verify(v->ctl->accounts, &rows);
	if (r == ERR_CORRUPT) {
		err_say(&why, r, "change %llu does not fit the one before",
		    (unsigned long long)rows);
	}
	part(v, "accounts", r, &why,
	    json_pack("{s:I}", "changes", (json_int_t)rows),
	    "ok, %llu changes of people", (unsigned long long)rows);
}

static int
run_verify(struct ctl *ctl, const struct ctl_args *args)
{
	struct verifying v = { .ctl = ctl, .good = true };
	int r;

	if ((r = ctl_open_view(ctl)) != 0 ||
	    (r = ctl_open_queue(ctl, ZONE_READ)) != 0) {
		return r;
	}
	if (ctl_given(args, "json") != NULL) {
		v.parts = json_array();
	}
	verify_lists(&v);
	verify_history(&v);
	verify_config(&v);
	count_expired(&v);
	zone_view_rest(ctl->view);
	verify_queue(&v);
	verify_accounts(&v);
	r = v.good ? CTL_DONE : CTL_FAILED;
	if (v.parts != NULL &&
	    ctl_print_json(json_pack("{s:b, s:o}", "ok", (int)v.good, "parts",
		v.parts)) != CTL_DONE) {
		r = CTL_FAILED;
	}
	return r;
}

const struct ctl_command ctl_verify_commands[] = {
	{ "verify", "", "derive and compare; exit 1 on a difference", 0, 0,
	    run_verify, { { "json", NULL, "one JSON object", false } } },
	{ 0 },
};
