/* ctl_request.c - rblctl request: requests for removal without a browser. */
#include <string.h>

#include "base/when.h"
#include "zone/ctl.h"
#include "zone/delist.h"

#define PAGE 200
#define ANSWER_MAX 900

static const char *
why_word(enum zone_delist_why why)
{
	static const char *const words[] = {
		[ZONE_DELIST_AUTO] = "auto",
		[ZONE_DELIST_OFF] = "off",
		[ZONE_DELIST_NETWORK] = "network",
		[ZONE_DELIST_PERMANENT] = "permanent",
		[ZONE_DELIST_AGAIN] = "again",
		[ZONE_DELIST_MANY] = "many",
		[ZONE_DELIST_CHANGED] = "changed",
	};

	return (unsigned)why <= ZONE_DELIST_CHANGED ? words[why] : "?";
}

static void
print_str(const char *s)
{
	ctl_print_span(span_str(s));
}

static json_t *
words_json(const struct zone_request *q)
{
	json_t *all = json_array();

	for (unsigned i = 0; all != NULL && i < q->n_words; i++) {
		const struct zone_request_word *w = &q->words[i];
		json_t *one = json_pack("{sb so so sI so}", "visitor",
		    (int)w->visitor, "time", ctl_json_time(w->time), "by",
		    ctl_json_str(w->by), "ready", (json_int_t)w->canned, "text",
		    ctl_json_str(w->text));

		if (one == NULL || json_array_append_new(all, one) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static json_t *
request_json(const struct zone_request *q)
{
	return json_pack("{sI ss ss so so so so so so sb so so sI so}", "id",
	    (json_int_t)q->id, "state", zone_request_state_name(q->state),
	    "why", why_word(q->why), "list", ctl_json_str(q->list), "key",
	    ctl_json_str(q->key), "asked", ctl_json_str(q->asked), "contact",
	    ctl_json_str(q->contact), "client", ctl_json_str(q->client),
	    "created", ctl_json_time(q->created), "automatic",
	    (int)q->automatic, "decided", ctl_json_time(q->decided), "by",
	    ctl_json_str(q->by), "serial", (json_int_t)q->serial, "words",
	    words_json(q));
}

static void
print_short(const struct zone_request *q)
{
	char when[WHEN_TEXT];

	printf("%llu  %s  %s  ", (unsigned long long)q->id,
	    when_format(when, q->created), zone_request_state_name(q->state));
	print_str(q->list);
	putchar(' ');
	print_str(q->key);
	printf("  (%s)", why_word(q->why));
	if (zone_request_open(q->state) &&
	    when_now() - q->created >= ZONE_REQUEST_BREACH) {
		printf("  overdue");
	}
	printf("  ");
	print_str(q->words[0].text);
	putchar('\n');
}

static int
run_list(struct ctl *ctl, const struct ctl_args *args)
{
	bool open = ctl_given(args, "closed") == NULL;
	bool json = ctl_given(args, "json") != NULL;
	size_t done = 0, n = 0;
	uint64_t total = 0;
	int r = ctl_open_queue(ctl, ZONE_READ);

	if (r != 0) {
		return r;
	}
	do {
		struct arena arena = { 0 };
		struct zone_request *rows;

		r = zone_request_list(
		    ctl->queue, open, done, PAGE, &arena, &rows, &n, &total);
		if (r < 0) {
			n = 0;
			r = ctl_failed(r, NULL, "the requests");
		}
		for (size_t i = 0; i < n && r == 0; i++) {
			if (json) {
				r = ctl_print_json(request_json(&rows[i]));
			} else {
				print_short(&rows[i]);
			}
		}
		done += n;
		arena_free(&arena);
	} while (r == 0 && n > 0 && done < total);
	return r;
}

static int
want_request(struct ctl *ctl, const char *text, enum zone_access access,
    struct arena *arena, struct zone_request *ret)
{
	uint64_t id;
	int r;

	if ((r = ctl_want_number("ID", text, INT64_MAX, &id)) != 0 ||
	    (r = ctl_open_queue(ctl, access)) != 0) {
		return r;
	}
	r = zone_request_get(ctl->queue, id, arena, ret);
	if (r < 0) {
		return ctl_failed(r, NULL, "the requests");
	}
	return r > 0
	    ? CTL_DONE
	    : ctl_fail("there is no request %llu", (unsigned long long)id);
}

static void
print_field(const char *name, const char *text)
{
	if (text[0] != '\0') {
		printf("%-10s", name);
		print_str(text);
		putchar('\n');
	}
}

static void
print_long(const struct zone_request *q)
{
	char when[WHEN_TEXT];

	print_field("list", q->list);
	print_field("key", q->key);
	print_field("asked", strcmp(q->asked, q->key) != 0 ? q->asked : "");
	print_field("state", zone_request_state_name(q->state));
	print_field("why", why_word(q->why));
	print_field("made", when_format(when, q->created));
	print_field("contact", q->contact);
	print_field("from", q->client);
	if (!zone_request_open(q->state)) {
		print_field("decided", when_format(when, q->decided));
		print_field("by", q->by);
	}
	if (q->serial != 0) {
		printf("%-10s%llu\n", "serial", (unsigned long long)q->serial);
	}
	for (unsigned i = 0; i < q->n_words; i++) {
		const struct zone_request_word *w = &q->words[i];

		printf("%s  ", when_format(when, w->time));
		print_str(w->visitor ? "visitor" : w->by);
		printf(": ");
		if (w->canned != 0) {
			printf("(ready answer %u) ", w->canned);
		}
		print_str(w->text);
		putchar('\n');
	}
}

static int
run_show(struct ctl *ctl, const struct ctl_args *args)
{
	struct arena arena = { 0 };
	struct zone_request q;
	int r = want_request(ctl, args->words[0], ZONE_READ, &arena, &q);

	if (r == CTL_DONE && ctl_given(args, "json") != NULL) {
		r = ctl_print_json(request_json(&q));
	} else if (r == CTL_DONE) {
		print_long(&q);
	}
	arena_free(&arena);
	return r;
}

static int
tell(const struct zone_request *q, enum zone_request_outcome outcome,
    uint64_t serial, const char *done)
{
	unsigned long long id = q->id;

	switch (outcome) {
	case ZONE_REQUEST_DONE:
		if (serial != 0) {
			printf("serial %llu\n", (unsigned long long)serial);
		} else {
			printf("request %llu %s\n", id, done);
		}
		return CTL_DONE;
	case ZONE_REQUEST_STALE:
		return ctl_fail("request %llu was decided already, or changed "
				"just now; \"rblctl request show %llu\" says "
				"by whom",
		    id, id);
	case ZONE_REQUEST_NONE: return ctl_fail("there is no request %llu", id);
	case ZONE_REQUEST_FULL:
		return ctl_fail("request %llu: too much was said already", id);
	default:
		return ctl_fail("request %llu: the entry was changed just now, "
				"or its list is not in the configuration; "
				"nothing was changed",
		    id);
	}
}

enum what { APPROVE, DENY, ASK, REOPEN };

static int
decide(struct ctl *ctl, const struct ctl_args *args, enum what what)
{
	static const char *const done[] = { "closed, it was not listed",
		"denied", "asked", "waits again" };
	struct zone_request_decision d = { .by = ctl->by,
		.answer = ctl_given(args, "answer") };
	enum zone_request_outcome outcome = ZONE_REQUEST_NONE;
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_request q;
	uint64_t serial = 0;
	int r;

	if ((r = ctl_want_text("--answer", d.answer, ANSWER_MAX)) != 0) {
		return r;
	}
	if (what == ASK && (d.answer == NULL || d.answer[0] == '\0')) {
		return ctl_wrong("request ask: --answer TEXT is the question");
	}
	r = want_request(ctl, args->words[0], ZONE_WRITE, &arena, &q);
	if (r == CTL_DONE && (what == APPROVE || what == REOPEN)) {
		r = ctl_open_store(ctl, ZONE_WRITE);
	}
	if (r != CTL_DONE) {
		goto out;
	}
	d.id = q.id;
	d.version = q.version;
	switch (what) {
	case APPROVE:
		r = zone_request_approve(
		    ctl->store, ctl->queue, ctl->config, &d, &outcome, &serial);
		break;
	case DENY: r = zone_request_deny(ctl->queue, &d, &outcome); break;
	case ASK: r = zone_request_ask(ctl->queue, &d, &outcome); break;
	case REOPEN:
		r = zone_request_reopen(
		    ctl->store, ctl->queue, ctl->config, &d, &outcome, &why);
		break;
	}
	r = r < 0 ? ctl_failed(r, &why, "nothing was changed")
		  : tell(&q, outcome, serial, done[what]);
out:
	arena_free(&arena);
	return r;
}

static int
run_approve(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, APPROVE);
}

static int
run_deny(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, DENY);
}

static int
run_ask(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, ASK);
}

static int
run_reopen(struct ctl *ctl, const struct ctl_args *args)
{
	return decide(ctl, args, REOPEN);
}

const struct ctl_command ctl_request_commands[] = {
	{ "request list", "", "requests for removal, oldest first", 0, 0,
	    run_list,
	    { { "closed", NULL, "decided ones, newest first", false },
		{ "json", NULL, "one JSON object a line", false } } },
	{ "request show", "ID", "one request and what was said", 1, 1, run_show,
	    { { "json", NULL, "one JSON object", false } } },
	{ "request approve", "ID", "remove the listing; prints the serial", 1,
	    1, run_approve,
	    { { "answer", "TEXT", "for the visitor", false } } },
	{ "request deny", "ID", "it stays listed", 1, 1, run_deny,
	    { { "answer", "TEXT", "for the visitor", false } } },
	{ "request ask", "ID", "ask the visitor", 1, 1, run_ask,
	    { { "answer", "TEXT", "the question", false } } },
	{ "request reopen", "ID", "take a decision back", 1, 1, run_reopen,
	    { { 0 } } },
	{ 0 },
};
