/* ctl_past.c - rblctl at TIME test KEY: was it listed, and why? */
#include "zone/ctl_question.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/past.h"

#define LISTS_MAX 256

/* The lists of the store that the question is put to. */
static int
choose(struct ctl *ctl, const struct ctl_question *q,
    const struct zone_list_conf *only, struct zone_list_info *lists,
    struct zone_past *past, size_t *ret_n)
{
	int n = zone_view_lists(ctl->view, lists, LISTS_MAX);

	if (n < 0) {
		return ctl_failed(n, NULL, "the store");
	}
	*ret_n = 0;
	for (size_t i = 0; i < ctl->config->n_lists; i++) {
		const struct zone_list_conf *conf = &ctl->config->lists[i];

		if (!ctl_question_concerns(q, only, conf)) {
			continue;
		}
		for (int k = 0; k < n && k < LISTS_MAX; k++) {
			if (strcmp(lists[k].name, conf->name) == 0 &&
			    lists[k].kind == q->kind) {
				past[(*ret_n)++].list = &lists[k];
			}
		}
	}
	if (*ret_n == 0) {
		return ctl_wrong("KEY: no list of kind %s is there",
		    zone_kind_name(q->kind));
	}
	return CTL_DONE;
}

static int
tell(struct ctl *ctl, const struct ctl_args *args, const struct zone_past *past,
    size_t n, const struct zone_past_when *when)
{
	bool json = ctl_given(args, "json") != NULL, listed = false;
	json_t *answers = json_array();
	char text[WHEN_TEXT];
	int r = 0;

	if (!json) {
		printf("at %s", when_format(text, when->time));
		if (when->serial != 0) {
			printf(
			    ", serial %llu", (unsigned long long)when->serial);
		} else {
			printf(", before the first change");
		}
		printf("\n");
	}
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct zone_key *by;
		struct zone_detail d;
		bool hit = past[i].hit.verdict != ZONE_CLEAR;

		if (hit) {
			r = zone_view_detail(ctl->view, past[i].hit.detail, &d);
			r = r == 0 ? ERR_CORRUPT : r;
		}
		if (r < 0) {
			break;
		}
		listed = listed || past[i].hit.verdict == ZONE_LISTED;
		by = past[i].by_known ? &past[i].by : NULL;
		if (json) {
			json_array_append_new(answers,
			    ctl_json_answer(past[i].list->name, &past[i].hit,
				by, hit ? &d : NULL));
		} else {
			ctl_print_answer(past[i].list->name, &past[i].hit, by,
			    hit ? &d : NULL);
		}
	}
	if (when->cut != 0) {
		fprintf(stderr,
		    "rblctl: history begins anew with serial %llu, after a "
		    "restore: what is said here of the time before may be "
		    "wrong\n",
		    (unsigned long long)when->cut);
	}
	if (r < 0) {
		r = ctl_failed(r, NULL, "the store");
	} else {
		r = listed ? CTL_DONE : CTL_NEGATIVE;
	}
	if (json && r != CTL_FAILED &&
	    ctl_print_json(json_pack("{s:o, s:o, s:I, s:o, s:b, s:O}", "key",
		ctl_json_str(args->words[2]), "time", ctl_json_time(when->time),
		"serial", (json_int_t)when->serial, "cut",
		when->cut != 0 ? json_integer((json_int_t)when->cut)
			       : json_null(),
		"listed", (int)listed, "lists", answers)) != CTL_DONE) {
		r = CTL_FAILED;
	}
	json_decref(answers);
	return r;
}

static int
run_at(struct ctl *ctl, const struct ctl_args *args)
{
	static struct zone_list_info lists[LISTS_MAX];
	static struct zone_past past[LISTS_MAX];
	const char *name = ctl_given(args, "list");
	const struct zone_list_conf *only = NULL;
	struct zone_past_when when;
	struct ctl_question q;
	char shown[120];
	int64_t time;
	size_t n;
	int r;

	if (strcmp(args->words[1], "test") != 0) {
		return ctl_wrong("at: \"%s\": expected \"test\"",
		    text_printable_in(shown, sizeof(shown), args->words[1],
			strlen(args->words[1])));
	}
	if ((r = ctl_want_past("TIME", args->words[0], &time)) != 0 ||
	    (name != NULL && (r = ctl_want_list(ctl, name, &only)) != 0) ||
	    (r = ctl_want_question(ctl, args->words[2], only, &q)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0 ||
	    (r = choose(ctl, &q, only, lists, past, &n)) != 0) {
		return r;
	}
	r = zone_past_find(
	    ctl->view, past, n, &q.key, q.digests, q.n_digests, time, &when);
	if (r < 0) {
		return r == ERR_RANGE
		    ? ctl_fail("too many addresses share this spelling")
		    : ctl_failed(r, NULL, "history");
	}
	return tell(ctl, args, past, n, &when);
}

const struct ctl_command ctl_past_commands[] = {
	{ "at", "TIME test KEY", "was it listed then? exit 0 yes, 3 no", 3, 3,
	    run_at,
	    { { "list", "LIST", "ask this list only", false },
		{ "json", NULL, "one JSON object", false } } },
	{ 0 },
};
