/* ctl_test.c - rblctl test: is it listed, by what, why, since, until, and
 * what covers it besides. */
#include "zone/ctl_question.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/cover.h"

#define OTHERS 8 /* wider entries told one by one */

/* An entry that covers the key without deciding. */
struct other {
	struct zone_key key;
	uint32_t code;
	int64_t until;
	bool expired;
};

struct answer {
	struct zone_hit hit;
	struct zone_key by; /* the entry that decides */
	bool by_known;
	struct zone_detail detail; /* of a hit */
	struct other others[OTHERS];
	unsigned n_others, n_unsaid;
	bool node; /* a prefix that is not listed: something within is */
	struct zone_sightings seen; /* in the queue; count 0: none known */
};

/* ---- asking -------------------------------------------------------------- */

/* The other entries around the key: wider ones, and expired ones. */
static int
ask_others(struct ctl *ctl, uint16_t number, const struct ctl_question *q,
    struct answer *ret)
{
	struct zone_cover c;
	struct zone_entry e;
	int r;

	zone_cover_begin(&c, &q->key);
	while (zone_cover_next(&c)) {
		struct other *o = &ret->others[ret->n_others];

		r = zone_find_exact(ctl->view, number, &c.key, &e);
		if (r < 0) {
			return r;
		}
		if (r == 0 ||
		    (ret->hit.verdict != ZONE_CLEAR && ret->by_known &&
			zone_key_compare(&ret->by, &c.key) == 0)) {
			continue;
		}
		if (ret->n_others == OTHERS) {
			ret->n_unsaid++;
			continue;
		}
		*o = (struct other){ .key = c.key,
			.code = e.code,
			.until = e.until,
			.expired = e.until != 0 &&
			    e.until <= zone_view_now(ctl->view) };
		ret->n_others++;
	}
	return 0;
}

static int
ask(struct ctl *ctl, const struct zone_list_conf *list,
    const struct ctl_question *q, struct answer *ret)
{
	uint16_t number;
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->hit.verdict = ZONE_CLEAR;
	r = zone_view_list(ctl->view, list->name, list->kind, &number);
	if (r == 0) {
		return CTL_DONE; /* nothing was ever listed there */
	}
	if (r > 0 && q->n_digests == 0) {
		r = zone_find_key(
		    ctl->view, number, &q->key, &ret->hit, &ret->by);
		ret->by_known = true;
	}
	for (unsigned i = 0;
	     r >= 0 && i < q->n_digests && ret->hit.verdict == ZONE_CLEAR;
	     i++) {
		r = zone_find_digest(
		    ctl->view, number, &q->digests[i], &ret->hit);
	}
	if (r >= 0 && ret->hit.verdict != ZONE_CLEAR) {
		r = zone_view_detail(ctl->view, ret->hit.detail, &ret->detail);
		r = r == 0 ? ERR_CORRUPT : r;
	}
	if (r >= 0 && q->n_digests == 0) {
		r = ask_others(ctl, number, q, ret);
	}
	if (r >= 0 && ret->hit.verdict == ZONE_CLEAR &&
	    q->kind == ZONE_KIND_IP && q->key.ip.plen < q->key.ip.ip.bits) {
		r = zone_find_node(ctl->view, number, &q->key.ip, &ret->node);
	}
	return r < 0 ? ctl_failed(r, NULL, list->name) : CTL_DONE;
}

/* What the queue knows of the key. Who may not open it, or has none, is not
 * told: listed or not does not depend on it. */
static void
look_in_queue(struct ctl *ctl, const struct zone_list_conf *list,
    const struct ctl_question *q, struct answer *a)
{
	char text[ZONE_KEY_TEXT];
	bool entry = a->by_known && a->hit.verdict != ZONE_CLEAR;

	if (q->n_digests > 0 ||
	    (ctl->queue == NULL &&
		zone_queue_open(ctl->config->data_dir, ZONE_READ,
		    ctl->config->map_size, &ctl->queue, NULL) < 0)) {
		return;
	}
	zone_key_format(text, entry ? &a->by : &q->key);
	if (zone_queue_sightings(ctl->queue, list->name, text, &a->seen) != 1) {
		a->seen.count = 0;
	}
}

/* ---- telling ------------------------------------------------------------- */

static void
print_others(const struct answer *a)
{
	char key[ZONE_KEY_TEXT], when[WHEN_TEXT];

	for (unsigned i = 0; i < a->n_others; i++) {
		const struct other *o = &a->others[i];

		printf("  %-10s", o->expired ? "expired" : "also");
		ctl_print_span(span_str(zone_key_format(key, &o->key)));
		printf(" %s", o->code != 0 ? "listed" : "exempt");
		if (o->until != 0) {
			printf(" until %s", when_format(when, o->until));
		}
		putchar('\n');
	}
	if (a->n_unsaid > 0) {
		printf("  %-10s%u more\n", "also", a->n_unsaid);
	}
}

static void
print_seen(const struct zone_sightings *s)
{
	char first[WHEN_TEXT], last[WHEN_TEXT];

	if (s->count > 0) {
		printf("  %-10s%u report%s by %u submitter%s, %s to %s, item "
		       "%llu (%s)\n",
		    "seen", s->count, s->count == 1 ? "" : "s", s->submitters,
		    s->submitters == 1 ? "" : "s", when_format(first, s->first),
		    when_format(last, s->last), (unsigned long long)s->item,
		    zone_item_state_name(s->state));
	}
}

static void
print_answer(const struct zone_list_conf *list, const struct answer *a)
{
	bool hit = a->hit.verdict != ZONE_CLEAR;

	ctl_print_answer(list->name, &a->hit, a->by_known ? &a->by : NULL,
	    hit ? &a->detail : NULL);
	print_others(a);
	if (a->node) {
		printf("  %-10spart of it is listed\n", "within");
	}
	print_seen(&a->seen);
}

static json_t *
json_seen(const struct zone_sightings *s)
{
	return s->count == 0
	    ? json_null()
	    : json_pack("{s:I, s:s, s:I, s:I, s:o, s:o}", "item",
		  (json_int_t)s->item, "state", zone_item_state_name(s->state),
		  "count", (json_int_t)s->count, "submitters",
		  (json_int_t)s->submitters, "first", ctl_json_time(s->first),
		  "last", ctl_json_time(s->last));
}

static json_t *
json_others(const struct answer *a)
{
	json_t *all = json_array();
	char key[ZONE_KEY_TEXT];

	for (unsigned i = 0; i < a->n_others; i++) {
		const struct other *o = &a->others[i];

		json_array_append_new(all,
		    json_pack("{s:o, s:s, s:o, s:o, s:b}", "entry",
			ctl_json_str(zone_key_format(key, &o->key)), "verdict",
			o->code != 0 ? "listed" : "exempt", "code",
			ctl_json_code(o->code), "until",
			ctl_json_time(o->until), "expired", (int)o->expired));
	}
	return all;
}

static json_t *
json_answer(const struct zone_list_conf *list, const struct answer *a)
{
	json_t *j =
	    ctl_json_answer(list->name, &a->hit, a->by_known ? &a->by : NULL,
		a->hit.verdict != ZONE_CLEAR ? &a->detail : NULL);

	json_object_set_new(j, "also", json_others(a));
	json_object_set_new(j, "within", json_boolean(a->node));
	json_object_set_new(j, "seen", json_seen(&a->seen));
	return j;
}

static int
run_test(struct ctl *ctl, const struct ctl_args *args)
{
	const char *name = ctl_given(args, "list");
	const struct zone_list_conf *only = NULL;
	bool json = ctl_given(args, "json") != NULL, listed = false;
	json_t *answers = NULL;
	struct ctl_question q;
	static struct answer a;
	unsigned asked = 0;
	int r;

	if ((name != NULL && (r = ctl_want_list(ctl, name, &only)) != 0) ||
	    (r = ctl_want_question(ctl, args->words[0], only, &q)) != 0 ||
	    (r = ctl_open_view(ctl)) != 0) {
		return r;
	}
	answers = json_array();
	for (size_t i = 0; i < ctl->config->n_lists; i++) {
		const struct zone_list_conf *list = &ctl->config->lists[i];

		if (!ctl_question_concerns(&q, only, list)) {
			continue;
		}
		asked++;
		if ((r = ask(ctl, list, &q, &a)) != CTL_DONE) {
			goto out;
		}
		look_in_queue(ctl, list, &q, &a);
		listed = listed || a.hit.verdict == ZONE_LISTED;
		if (json) {
			json_array_append_new(answers, json_answer(list, &a));
		} else {
			print_answer(list, &a);
		}
	}
	if (asked == 0) {
		r = ctl_wrong("KEY: no list of kind %s is configured",
		    zone_kind_name(q.kind));
		goto out;
	}
	if (ctl_question_test_point(&q)) {
		fprintf(stderr,
		    "rblctl: this is a test point: every server answers "
		    "\"listed\" for it, without an entry\n");
	}
	r = listed ? CTL_DONE : CTL_NEGATIVE;
	if (json &&
	    ctl_print_json(json_pack("{s:o, s:b, s:o}", "key",
		ctl_json_str(args->words[0]), "listed", (int)listed, "lists",
		json_incref(answers))) != CTL_DONE) {
		r = CTL_FAILED;
	}
out:
	json_decref(answers);
	return r;
}

const struct ctl_command ctl_test_commands[] = {
	{ "test", "KEY", "listed? exit 0 listed, 3 not", 1, 1, run_test,
	    { { "list", "LIST", "ask this list only", false },
		{ "json", NULL, "one JSON object", false } } },
	{ 0 },
};
