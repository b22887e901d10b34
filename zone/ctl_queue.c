/* ctl_queue.c - rblctl queue: the queue without a browser. */
#include "zone/ctl_queue.h"

#include "base/when.h"

#define PAGE 200

static void
print_str(const char *s)
{
	ctl_print_span(span_str(s != NULL ? s : ""));
}

int
ctl_queue_item(struct ctl *ctl, const char *text, enum zone_access access,
    struct arena *arena, struct zone_item *ret)
{
	uint64_t id;
	int r;

	if ((r = ctl_want_number("ID", text, INT64_MAX, &id)) != 0 ||
	    (r = ctl_open_queue(ctl, access)) != 0) {
		return r;
	}
	r = zone_queue_get(ctl->queue, id, arena, ret);
	if (r < 0) {
		return ctl_failed(r, NULL, "the queue");
	}
	return r > 0 ? CTL_DONE
		     : ctl_fail("there is no item %llu in the queue",
			   (unsigned long long)id);
}

/* ---- list ---------------------------------------------------------------- */

static void
print_short(const struct zone_item *item)
{
	uint32_t mask = zone_moderate_proposal(item);
	char when[WHEN_TEXT];

	printf("%llu  %s  %u report%s  ", (unsigned long long)item->id,
	    when_format(when, item->last), item->count,
	    item->count == 1 ? "" : "s");
	if (item->n_candidates == 0) {
		printf("nothing to list");
	}
	for (unsigned i = 0, n = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		if (mask == 0 ? i == 0 : (mask >> i & 1) != 0) {
			printf("%s", n++ > 0 ? ", " : "");
			print_str(c->key);
			printf(" (%s)", zone_advice_name(c->advice));
		}
	}
	printf("  ");
	print_str(item->subject);
	putchar('\n');
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	const char *text = ctl_given(args, "state");
	bool json = ctl_given(args, "json") != NULL;
	enum zone_item_state state = ZONE_WAITING;
	size_t done = 0, n = 0;
	uint64_t total = 0;
	bool known = text == NULL;
	int r;

	for (int i = 0; i < 3 && !known; i++) {
		state = (enum zone_item_state)i;
		known = span_is(span_str(text), zone_item_state_name(state));
	}
	if (!known) {
		return ctl_wrong("--state: expected %s, %s or %s",
		    zone_item_state_name(ZONE_WAITING),
		    zone_item_state_name(ZONE_LISTED_ITEM),
		    zone_item_state_name(ZONE_DISMISSED));
	}
	if ((r = ctl_open_queue(ctl, ZONE_READ)) != 0) {
		return r;
	}
	do {
		struct arena arena = { 0 };
		struct zone_item *items;

		r = zone_queue_list(
		    ctl->queue, state, done, PAGE, &arena, &items, &n, &total);
		if (r < 0) {
			r = ctl_failed(r, NULL, "the queue");
		}
		for (size_t i = 0; i < n && r == 0; i++) {
			if (json) {
				r = ctl_print_json(
				    ctl_queue_json(&items[i], NULL));
			} else {
				print_short(&items[i]);
			}
		}
		done += n;
		arena_free(&arena);
	} while (r == 0 && n > 0 && done < total);
	return r;
}

/* ---- decisions ----------------------------------------------------------- */

static uint32_t
addresses_of(const struct ctl *ctl, const struct zone_item *item)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];
		const struct zone_list_conf *list =
		    zone_config_list(ctl->config, span_str(c->list));

		if (list != NULL && list->kind == ZONE_KIND_ADDRESS &&
		    c->advice != ZONE_ADVICE_NEVER) {
			mask |= 1u << i;
		}
	}
	return mask;
}

/* Which candidates "approve" means. */
static int
want_mask(const struct ctl *ctl, const struct ctl_args *args,
    const struct zone_item *item, uint32_t *ret_mask)
{
	bool address = ctl_given(args, "address") != NULL;
	bool both = ctl_given(args, "both") != NULL;
	bool some = ctl_given(args, "candidate") != NULL;
	uint64_t n;
	int r;

	*ret_mask = 0;
	if (address + both + some > 1) {
		return ctl_wrong("queue approve: expected one of --address, "
				 "--both and --candidate");
	}
	for (unsigned i = 0; some && i < args->n_given; i++) {
		if (strcmp(args->given[i].option->name, "candidate") != 0) {
			continue;
		}
		if ((r = ctl_want_number(
			 "--candidate", args->given[i].value, 32, &n)) != 0) {
			return r;
		}
		if (n > item->n_candidates) {
			return ctl_wrong("--candidate %llu: item %llu has %u",
			    (unsigned long long)n, (unsigned long long)item->id,
			    item->n_candidates);
		}
		*ret_mask |= 1u << (n - 1);
	}
	if (address || both) {
		*ret_mask |= addresses_of(ctl, item);
	}
	if (!address && !some) {
		*ret_mask |= zone_moderate_proposal(item);
	}
	if (*ret_mask == 0) {
		return ctl_fail("item %llu has no candidate that may be listed "
				"so; \"rblctl queue show %llu\" shows all, "
				"--candidate N takes one",
		    (unsigned long long)item->id, (unsigned long long)item->id);
	}
	return CTL_DONE;
}

static int
tell(const struct zone_item *item, const struct zone_decided *d,
    const struct err_text *why, const char *done)
{
	unsigned long long id = item->id;

	switch (d->outcome) {
	case ZONE_DONE:
		if (d->serial != 0) {
			printf("serial %llu\n", (unsigned long long)d->serial);
		} else {
			printf("item %llu %s\n", id, done);
		}
		return CTL_DONE;
	case ZONE_VOTED:
		printf("vote kept, weight %u of %u\n", d->weight, d->needed);
		return CTL_DONE;
	case ZONE_AGAIN:
		printf("vote kept already, weight %u of %u\n", d->weight,
		    d->needed);
		return CTL_DONE;
	case ZONE_STALE:
		return ctl_fail("item %llu was changed by somebody just now; "
				"look again",
		    id);
	case ZONE_SETTLED:
		return ctl_fail("item %llu is settled already; \"rblctl queue "
				"show %llu\" says by whom",
		    id, id);
	case ZONE_MISSING:
		return ctl_fail("item %llu or that candidate is not there", id);
	case ZONE_GUARDED:
		return ctl_fail("item %llu: %s", id,
		    why->text[0] != '\0' ? why->text : "refused");
	case ZONE_MOVED: break;
	}
	return ctl_fail("item %llu: nothing was changed", id);
}

static int
decide(struct ctl *ctl, const struct ctl_args *args, bool approve)
{
	const char *until = ctl_given(args, "until");
	struct zone_decision d = { .reason = ctl_given(args, "reason"),
		.criterion = ctl_given(args, "criterion") };
	struct zone_person person = {
		.name = ctl->by, .weight = 1, .full = true
	};
	struct arena arena = { 0 };
	struct err_text why = { "" };
	struct zone_decided decided;
	struct zone_item item;
	int r;

	if ((r = ctl_want_text("--reason", d.reason, CTL_REASON_MAX)) != 0 ||
	    (r = ctl_want_text("--criterion", d.criterion, CTL_NAME_MAX)) !=
		0 ||
	    (until != NULL && (r = ctl_want_until(until, &d.until)) != 0)) {
		return r;
	}
	d.forever = until != NULL && d.until == 0;
	if ((r = ctl_queue_item(
		 ctl, args->words[0], ZONE_WRITE, &arena, &item)) != 0 ||
	    (approve && (r = want_mask(ctl, args, &item, &d.approve)) != 0) ||
	    (r = ctl_open_store(ctl, ZONE_WRITE)) != 0) {
		goto out;
	}
	d.item = item.id;
	d.version = item.version;
	r = zone_moderate_decide(
	    ctl->store, ctl->queue, ctl->config, &person, &d, &decided, &why);
	r = r < 0
	    ? ctl_failed(r, &why, "nothing was changed")
	    : tell(&item, &decided, &why, approve ? "approved" : "dismissed");
out:
	arena_free(&arena);
	return r;
}

static int
run_approve(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, true);
}

static int
run_dismiss(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, false);
}

static int
run_reopen(struct ctl *ctl, const struct ctl_args *args)
{
	struct arena arena = { 0 };
	struct err_text why = { "" };
	struct zone_decided decided;
	struct zone_item item;
	int r = ctl_queue_item(ctl, args->words[0], ZONE_WRITE, &arena, &item);

	if (r == CTL_DONE && item.state == ZONE_WAITING) {
		r = ctl_fail(
		    "item %llu waits already", (unsigned long long)item.id);
	} else if (r == CTL_DONE && item.serial != 0 &&
	    item.state == ZONE_LISTED_ITEM) {
		r = ctl_fail("item %llu was listed; take that back with "
			     "\"rblctl undo %llu\"",
		    (unsigned long long)item.id,
		    (unsigned long long)item.serial);
	} else if (r == CTL_DONE) {
		r = zone_moderate_reopen(
		    ctl->queue, ctl->by, item.id, item.version, &decided);
		r = r < 0 ? ctl_failed(r, NULL, "nothing was changed")
			  : tell(&item, &decided, &why, "waits again");
	}
	arena_free(&arena);
	return r;
}

const struct ctl_command ctl_queue_commands[] = {
	{ "queue list", "", "what waits for a person, oldest first", 0, 0,
	    run_list,
	    { { "state", "STATE", "waiting (default), listed or dismissed",
		  false },
		{ "json", NULL, "one JSON object a line", false } } },
	{ "queue show", "ID", "hops, candidates and reports of an item", 1, 1,
	    ctl_queue_show,
	    { { "json", NULL, "one JSON object", false },
		{ "raw", NULL, "the mail of the newest report", false } } },
	{ "queue approve", "ID", "list what is proposed; prints the serial", 1,
	    1, run_approve,
	    { { "address", NULL, "the e-mail address instead", false },
		{ "both", NULL, "what is proposed and the address", false },
		{ "candidate", "N", "this one; may be repeated", true },
		{ "reason", "TEXT", "why, shown to whoever asks", false },
		{ "criterion", "ID", "the published criterion that is met",
		    false },
		{ "until", "TIME|DURATION|never", "end", false } } },
	{ "queue dismiss", "ID", "list nothing of it", 1, 1, run_dismiss,
	    { { "reason", "TEXT", "why, for the log", false } } },
	{ "queue expire", "", "remove mail that is old enough", 0, 0,
	    ctl_queue_expire,
	    { { "dry-run", NULL, "only say what would go", false },
		{ "json", NULL, "one JSON object", false } } },
	{ "queue export", "", "items as JSON, with their mails", 0, 0,
	    ctl_queue_export,
	    { { "since", "TIME|DURATION", "seen or settled from then on",
		  false },
		{ "output", "DIR", "a new folder: items and mails", false },
		{ "mbox", NULL, "the mails as one mbox", false } } },
	{ "queue reopen", "ID", "take a dismissal back", 1, 1, run_reopen,
	    { { 0 } } },
	{ 0 },
};
