/* ctl_upkeep.c - rblctl sweep, purge, config apply: what keeps the lists in
 * order. */
#include "zone/ctl.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/applied.h"
#include "zone/purge.h"
#include "zone/sweep.h"

static void
print_serial(uint64_t serial, bool dry)
{
	if (serial != 0) {
		printf("serial %llu\n", (unsigned long long)serial);
	} else {
		printf(
		    "%s\n", dry ? "dry run, nothing was changed" : "unchanged");
	}
}

static json_t *
json_serial(uint64_t serial)
{
	return serial != 0 ? json_integer((json_int_t)serial) : json_null();
}

/* ---- sweep --------------------------------------------------------------- */

static int
sweep_json(const struct zone_swept *s, uint64_t removed, bool dry)
{
	json_t *lists = json_array();

	for (size_t i = 0; i < s->n_lists; i++) {
		const struct zone_swept_list *l = &s->lists[i];

		json_array_append_new(lists,
		    json_pack("{s:o, s:I, s:I, s:b}", "list",
			ctl_json_str(l->name), "entries",
			(json_int_t)l->entries, "expired",
			(json_int_t)l->expired, "held", (int)l->held));
	}
	return ctl_print_json(json_pack("{s:o, s:I, s:I, s:b, s:b, s:o}",
	    "serial", json_serial(s->change.serial), "removed",
	    (json_int_t)removed, "moved", (json_int_t)s->change.moved, "held",
	    (int)s->held, "dry_run", (int)dry, "lists", lists));
}

static void
sweep_alarm(const struct zone_swept *s)
{
	char when[WHEN_TEXT];

	for (size_t i = 0; i < s->n_lists; i++) {
		const struct zone_swept_list *l = &s->lists[i];

		if (l->held) {
			(void)ctl_fail("list \"%s\": %llu of %llu entries have "
				       "expired, more than a tenth at once; "
				       "none of them was removed. Is the clock "
				       "right? It says %s. \"rblctl sweep "
				       "--force\" removes them",
			    l->name, (unsigned long long)l->expired,
			    (unsigned long long)l->entries,
			    when_format(when, when_now()));
		}
	}
}

static int
run_sweep(struct ctl *ctl, const struct ctl_args *args)
{
	bool dry = ctl_given(args, "dry-run") != NULL;
	unsigned flags =
	    (ctl_given(args, "force") != NULL ? ZONE_SWEEP_FORCE : 0u) |
	    (dry ? ZONE_SWEEP_DRY : 0u);
	struct err_text why = { "" };
	static struct zone_swept swept;
	uint64_t removed = 0;
	int r;

	if ((r = ctl_open_store(ctl, dry ? ZONE_READ : ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_sweep(
	    ctl->store, ctl->config, ctl->by, flags, NULL, &swept, &why);
	if (r < 0) {
		return ctl_failed(r, &why, "nothing was changed");
	}
	removed = swept.change.removed;
	for (size_t i = 0; i < swept.n_lists && dry; i++) {
		removed += swept.lists[i].held ? 0 : swept.lists[i].expired;
	}
	if (ctl_given(args, "json") != NULL) {
		r = sweep_json(&swept, removed, dry);
	} else {
		print_serial(swept.change.serial, dry);
		printf("removed %llu\n", (unsigned long long)removed);
		r = CTL_DONE;
	}
	if (swept.held) {
		sweep_alarm(&swept);
		r = CTL_FAILED;
	}
	return r;
}

/* ---- purge --------------------------------------------------------------- */

static int
purge_json(const struct zone_purged *p, bool dry)
{
	return ctl_print_json(
	    json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "serial",
		json_serial(p->change.serial), "removed",
		(json_int_t)p->removed, "restored", (json_int_t)p->restored,
		"refused", (json_int_t)p->refused, "unknown",
		(json_int_t)p->unknown, "moved", (json_int_t)p->change.moved,
		"reopened", (json_int_t)p->reopened, "dry_run", (int)dry));
}

static void
purge_text(const struct zone_purged *p, bool dry)
{
	static const struct {
		size_t at;
		const char *what;
	} more[] = {
		{ offsetof(struct zone_purged, refused),
		    "the entry before must not be listed any more" },
		{ offsetof(struct zone_purged, unknown),
		    "history does not say what was before" },
		{ offsetof(struct zone_purged, reopened),
		    "items of the queue wait again" },
	};

	print_serial(p->change.serial, dry);
	printf("removed %llu\nrestored %llu\n", (unsigned long long)p->removed,
	    (unsigned long long)p->restored);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		uint64_t n;

		memcpy(&n, (const char *)p + more[i].at, sizeof(n));
		if (n > 0) {
			fprintf(stderr, "rblctl: %llu: %s\n",
			    (unsigned long long)n, more[i].what);
		}
	}
	if (p->change.moved > 0) {
		fprintf(stderr,
		    "rblctl: %zu keys were changed by somebody meanwhile and "
		    "stay as they are\n",
		    p->change.moved);
	}
}

static int
run_purge(struct ctl *ctl, const struct ctl_args *args)
{
	struct zone_purge purge = { .source = ctl_given(args, "source"),
		.since = INT64_MIN,
		.by = ctl->by,
		.reason = ctl_given(args, "reason"),
		.dry = ctl_given(args, "dry-run") != NULL };
	const char *since = ctl_given(args, "since");
	const char *name = ctl_given(args, "list");
	const struct zone_list_conf *list;
	struct zone_purged purged;
	struct err_text why = { "" };
	int r;

	if (purge.source == NULL || purge.source[0] == '\0') {
		return ctl_wrong("purge: expected --source NAME; \"rblctl "
				 "history --json\" shows the sources");
	}
	if ((r = ctl_want_text("--source", purge.source, CTL_NAME_MAX)) != 0 ||
	    (r = ctl_want_text("--reason", purge.reason, CTL_REASON_MAX)) !=
		0 ||
	    (since != NULL && (r = ctl_want_since(since, &purge.since)) != 0) ||
	    (name != NULL && (r = ctl_want_list(ctl, name, &list)) != 0)) {
		return r;
	}
	purge.list = name != NULL ? list->name : NULL;
	if ((r = ctl_open_store(ctl, purge.dry ? ZONE_READ : ZONE_WRITE)) !=
		0 ||
	    (!purge.dry && (r = ctl_open_queue(ctl, ZONE_WRITE)) != 0)) {
		return r;
	}
	r = zone_purge(
	    ctl->store, ctl->queue, ctl->config, &purge, &purged, &why);
	if (r < 0 && purged.change.serial != 0) {
		return ctl_fail("serial %llu is done, but the queue was not "
				"told: %s",
		    (unsigned long long)purged.change.serial, why.text);
	}
	if (r < 0) {
		return ctl_failed(r, &why, "nothing was changed");
	}
	if (ctl_given(args, "json") != NULL) {
		return purge_json(&purged, purge.dry);
	}
	purge_text(&purged, purge.dry);
	return CTL_DONE;
}

/* ---- config apply -------------------------------------------------------- */

struct applying {
	bool json;
	json_t *zones;
	unsigned differ;
};

static const char *const states[] = {
	[ZONE_APPLIED_SAME] = "same",
	[ZONE_APPLIED_NEW] = "new",
	[ZONE_APPLIED_CHANGED] = "changed",
	[ZONE_APPLIED_GONE] = "removed",
};

static int
see_zone(const struct zone_applied *z, void *ctx)
{
	struct applying *a = ctx;

	a->differ += z->state != ZONE_APPLIED_SAME;
	if (a->json) {
		json_array_append_new(a->zones,
		    json_pack("{s:o, s:s, s:I}", "zone", ctl_json_str(z->zone),
			"state", states[z->state], "entered",
			(json_int_t)z->serial));
	} else if (z->state != ZONE_APPLIED_SAME) {
		printf("zone ");
		ctl_print_span(span_str(z->zone));
		printf(": %s\n", states[z->state]);
	}
	return 0;
}

static int
run_apply(struct ctl *ctl, const struct ctl_args *args)
{
	const char *reason = ctl_given(args, "reason");
	bool dry = ctl_given(args, "dry-run") != NULL;
	struct applying a = { .json = ctl_given(args, "json") != NULL };
	struct err_text why = { "" };
	uint64_t serial = 0;
	int r;

	if ((r = ctl_want_text("--reason", reason, CTL_REASON_MAX)) != 0 ||
	    (r = ctl_open_store(ctl, dry ? ZONE_READ : ZONE_WRITE)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0) {
		return r;
	}
	a.zones = json_array();
	r = zone_applied_walk(ctl->view, ctl->config, see_zone, &a);
	zone_view_rest(ctl->view);
	if (r == 0 && !dry && a.differ > 0) {
		r = zone_applied_enter(
		    ctl->store, ctl->config, ctl->by, reason, &serial, &why);
	}
	if (r < 0) {
		r = ctl_failed(r, &why, "nothing was changed");
	} else if (a.json) {
		r = ctl_print_json(
		    json_pack("{s:o, s:b, s:O}", "serial", json_serial(serial),
			"dry_run", (int)dry, "zones", a.zones));
	} else {
		print_serial(serial, dry);
	}
	json_decref(a.zones);
	return r;
}

const struct ctl_command ctl_upkeep_commands[] = {
	{ "sweep", "", "remove what has expired", 0, 0, run_sweep,
	    { { "force", NULL, "also more than a tenth of a list at once",
		  false },
		{ "dry-run", NULL, "only count", false },
		{ "json", NULL, "one JSON object", false } } },
	{ "purge", "--source NAME", "take back everything a source produced", 0,
	    0, run_purge,
	    { { "source", "NAME", "whose entries go", false },
		{ "since", "TIME|DURATION", "only entries made from then on",
		    false },
		{ "list", "LIST", "only of this list", false },
		{ "reason", "TEXT", "why, for the history", false },
		{ "dry-run", NULL, "only count", false },
		{ "json", NULL, "one JSON object", false } } },
	{ "config apply", "", "enter a changed configuration of zones", 0, 0,
	    run_apply,
	    { { "reason", "TEXT", "why, for the history", false },
		{ "dry-run", NULL, "only show which zones differ", false },
		{ "json", NULL, "one JSON object", false } } },
	{ 0 },
};
