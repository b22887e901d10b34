/* ctl_history.c - rblctl history, undo: the change log. */
#include "zone/ctl.h"

#include <stdlib.h>

#include "base/when.h"

#define KEYS_SHOWN 1000 /* of one serial, for a person who named no key */

struct log {
	struct zone_view *view;
	const struct zone_list_info *lists;
	size_t n_lists;
	const struct zone_key *only; /* NULL: every key */
	struct zone_history_row row;
	bool json;
	struct buf out; /* shown when the view rests */
};

static const char *
list_name(const struct log *l, uint16_t number)
{
	for (size_t i = 0; i < l->n_lists; i++) {
		if (l->lists[i].number == number) {
			return l->lists[i].name;
		}
	}
	return "?";
}

/* Detail ID, 0 being none: 1, 0, <0. */
static int
detail(const struct log *l, uint32_t id, struct zone_detail *ret)
{
	int r;

	if (id == 0) {
		return 0;
	}
	r = zone_view_detail(l->view, id, ret);
	return r == 0 ? ERR_CORRUPT : r;
}

static int
append(const char *data, size_t len, void *ctx)
{
	buf_add(ctx, data, len);
	return ((struct buf *)ctx)->bad ? -1 : 0;
}

static int
json_line(struct log *l, const char *list, const char *key,
    const struct zone_detail *before, const struct zone_detail *after)
{
	const struct zone_history_row *row = &l->row;
	json_t *j = json_pack(
	    "{s:I, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "serial",
	    (json_int_t)row->serial, "time", ctl_json_time(row->time), "by",
	    ctl_json_text(row->by), "action", zone_action_name(row->action),
	    "list", list != NULL ? ctl_json_str(list) : json_null(), "key",
	    key != NULL ? ctl_json_str(key) : json_null(), "before",
	    ctl_json_detail(before), "after", ctl_json_detail(after), "reason",
	    ctl_json_text(row->reason), "undoes",
	    row->undoes != 0 ? json_integer((json_int_t)row->undoes)
			     : json_null());
	int r = j != NULL &&
		json_dump_callback(j, append, &l->out, JSON_COMPACT) == 0
	    ? 0
	    : ERR_NOMEM;

	buf_u8(&l->out, '\n');
	json_decref(j);
	return r;
}

static void
say_detail(struct buf *b, const struct zone_detail *d)
{
	char code[16], when[WHEN_TEXT];

	if (d == NULL) {
		buf_str(b, "-");
		return;
	}
	buf_str(b, d->code != 0 ? zone_code_format(code, d->code) : "exempt");
	if (d->until != 0) {
		buf_fmt(b, " until %s", when_format(when, d->until));
	}
}

static void
say_row(struct log *l)
{
	const struct zone_history_row *row = &l->row;
	char when[WHEN_TEXT];

	buf_fmt(&l->out, "%llu %s ", (unsigned long long)row->serial,
	    when_format(when, row->time));
	text_printable(&l->out, row->by.at, row->by.len);
	buf_fmt(&l->out, " %s", zone_action_name(row->action));
	if (row->undoes != 0) {
		buf_fmt(&l->out, " of %llu", (unsigned long long)row->undoes);
	}
}

static void
say_reason(struct log *l, const struct zone_detail *after, const char *key)
{
	struct buf b = { 0 };

	if (l->row.reason.len > 0 || after == NULL) {
		buf_add(&b, l->row.reason.at, l->row.reason.len);
	} else {
		zone_detail_reason(after, key, &b);
	}
	if (b.len > 0) {
		buf_str(&l->out, "  ");
		text_printable(&l->out, b.data, b.len);
	}
	buf_u8(&l->out, '\n');
	buf_free(&b);
}

static int
log_key(const struct zone_history_key *k, void *ctx)
{
	struct log *l = ctx;
	struct zone_detail before, after;
	char key[ZONE_KEY_TEXT];
	int b, a;

	if (l->only != NULL && zone_key_compare(l->only, &k->key) != 0) {
		return 0;
	}
	b = detail(l, k->before, &before);
	a = detail(l, k->after, &after);
	if (b < 0 || a < 0) {
		return b < 0 ? b : a;
	}
	zone_key_format(key, &k->key);
	if (l->json) {
		return json_line(l, list_name(l, k->list), key,
		    b > 0 ? &before : NULL, a > 0 ? &after : NULL);
	}
	say_row(l);
	buf_fmt(&l->out, " %s ", list_name(l, k->list));
	text_printable(&l->out, key, strlen(key));
	buf_str(&l->out, "  ");
	say_detail(&l->out, b > 0 ? &before : NULL);
	buf_str(&l->out, " -> ");
	say_detail(&l->out, a > 0 ? &after : NULL);
	say_reason(l, a > 0 ? &after : NULL, key);
	return l->out.bad ? ERR_NOMEM : 0;
}

static int
log_row(struct log *l)
{
	if (l->row.keys == 0 && l->only == NULL) { /* of the configuration */
		if (l->json) {
			return json_line(l, NULL, NULL, NULL, NULL);
		}
		say_row(l);
		say_reason(l, NULL, NULL);
		return 0;
	}
	if (!l->json && l->only == NULL && l->row.keys > KEYS_SHOWN) {
		say_row(l);
		buf_fmt(&l->out, " %llu keys (--json shows each)",
		    (unsigned long long)l->row.keys);
		say_reason(l, NULL, NULL);
		return 0;
	}
	return zone_history_keys(l->view, l->row.serial, log_key, l);
}

/* What was collected goes out while the view rests. */
static int
flush(struct ctl *ctl, struct log *l)
{
	int r = CTL_DONE;

	zone_view_rest(ctl->view);
	if (l->json) {
		r = ctl_print_jsonl(&l->out);
	} else if (l->out.len > 0) {
		fwrite(l->out.data, 1, l->out.len, stdout);
	}
	buf_clear(&l->out);
	return r;
}

static int
run_history(struct ctl *ctl, const struct ctl_args *args)
{
	const char *since_text = ctl_given(args, "since");
	struct zone_list_info lists[64];
	struct log l = { .json = ctl_given(args, "json") != NULL };
	struct err_text why = { "" };
	uint64_t next = 0;
	int64_t since = 0;
	struct zone_key key;
	int n, r;

	if (since_text != NULL &&
	    (r = ctl_want_since(since_text, &since)) != 0) {
		return r;
	}
	if (args->n_words > 0) {
		struct span s = span_str(args->words[0]);

		if (zone_key_parse(zone_key_guess(s), s, &key, &why) < 0) {
			return ctl_wrong("KEY: %s", why.text);
		}
		l.only = &key;
	}
	if ((r = ctl_open_view(ctl)) != 0) {
		return r;
	}
	l.view = ctl->view;
	n = zone_view_lists(l.view, lists, sizeof(lists) / sizeof(lists[0]));
	if (n < 0) {
		return ctl_failed(n, NULL, "the store");
	}
	l.lists = lists;
	l.n_lists = (size_t)n < sizeof(lists) / sizeof(lists[0])
	    ? (size_t)n
	    : sizeof(lists) / sizeof(lists[0]);
	/* One row at a time, so that the view never waits for a reader of our
	 * output: rows are only ever added behind the last. */
	while ((r = zone_history_after(l.view, next, &l.row)) > 0) {
		next = l.row.serial + 1;
		if (l.row.time < since) {
			continue;
		}
		if ((r = log_row(&l)) < 0) {
			break;
		}
		if (l.out.len < 65536) {
			continue;
		}
		if ((r = flush(ctl, &l)) != 0 ||
		    (r = ctl_open_view(ctl)) != 0) {
			buf_free(&l.out);
			return r;
		}
	}
	if (r < 0) {
		r = ctl_failed(r, NULL, "history");
	} else {
		r = flush(ctl, &l);
	}
	buf_free(&l.out);
	return r;
}

/* ---- undo ---------------------------------------------------------------- */

static int
run_undo(struct ctl *ctl, const struct ctl_args *args)
{
	const char *reason = ctl_given(args, "reason");
	struct zone_change_result result = { 0 };
	struct err_text why = { "" };
	struct zone_decided decided;
	uint64_t serial;
	int r;

	if ((r = ctl_want_number(
		 "SERIAL", args->words[0], INT64_MAX, &serial)) != 0 ||
	    (r = ctl_want_text("--reason", reason, CTL_REASON_MAX)) != 0 ||
	    (r = ctl_open_store(ctl, ZONE_WRITE)) != 0 ||
	    (r = ctl_open_queue(ctl, ZONE_WRITE)) != 0) {
		return r;
	}
	r = zone_moderate_undo(ctl->store, ctl->queue, ctl->config, ctl->by,
	    serial, reason, &decided, &result, &why);
	if (r < 0) {
		return ctl_failed(r, &why, "nothing was changed");
	}
	switch (decided.outcome) {
	case ZONE_DONE:
		printf("serial %llu\n", (unsigned long long)decided.serial);
		if (result.moved > 0) {
			fprintf(stderr,
			    "rblctl: %zu keys were changed by somebody since "
			    "and stay as they are\n",
			    result.moved);
		}
		return CTL_DONE;
	case ZONE_MISSING:
		return ctl_fail("there is no serial %llu; nothing was changed",
		    (unsigned long long)serial);
	case ZONE_MOVED:
		return ctl_fail("every key of serial %llu was changed by "
				"somebody since; nothing was changed",
		    (unsigned long long)serial);
	case ZONE_GUARDED: return ctl_fail("nothing was changed: %s", why.text);
	case ZONE_VOTED:
	case ZONE_AGAIN:
	case ZONE_STALE:
	case ZONE_SETTLED: break;
	}
	return ctl_fail("serial %llu cannot be taken back%s%s",
	    (unsigned long long)serial, why.text[0] != '\0' ? ": " : "",
	    why.text);
}

const struct ctl_command ctl_history_commands[] = {
	{ "history", "[KEY]", "the change log, oldest first", 0, 1, run_history,
	    { { "since", "TIME|DURATION", "from then on", false },
		{ "json", NULL, "one JSON object a line", false } } },
	{ "undo", "SERIAL", "take a change back; prints the new serial", 1, 1,
	    run_undo, { { "reason", "TEXT", "why, for the history", false } } },
	{ 0 },
};
