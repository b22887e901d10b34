/* lookup_json.c - is it listed? For programs. rbl-www(8) has the fields; they
 * are a promise: more may come, none goes.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/pages.h"
#include "www/told.h"
#include "zone/guard.h"

static json_t *
time_json(int64_t when)
{
	char text[WHEN_TEXT];

	return when == 0 ? json_null() : json_string(when_format(text, when));
}

static json_t *
span_json(struct span s)
{
	return s.len > 0 ? json_stringn(s.at, s.len) : json_null();
}

/* Put V (taken over) into J; false without memory. */
static bool
put(json_t *j, const char *name, json_t *v)
{
	return v != NULL && json_object_set_new(j, name, v) == 0;
}

/* Where it is asked for, and what is answered. */
static json_t *
dns_json(const struct zone_config *config, const struct zone_list_conf *list,
    const struct zone_key *key)
{
	json_t *all = json_array();
	char name[WWW_QNAME];

	for (size_t i = 0; all != NULL && i < config->n_zones; i++) {
		const struct zone_zone_conf *zone = &config->zones[i];
		json_t *one;

		if (!www_told_in(zone, list)) {
			continue;
		}
		www_told_name(zone, key, name);
		one = json_pack("{ss so}", "zone", zone->name, "name",
		    name[0] != '\0' ? json_string(name) : json_null());
		if (one == NULL || json_array_append_new(all, one) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

static bool
entry_json(
    json_t *j, const struct zone_config *config, const struct www_told *told)
{
	const struct zone_detail *d = &told->cover.detail;
	const char *criterion = www_told_criterion(config, d->criterion);
	struct buf reason = { 0 };
	char code[16];
	bool ok;

	zone_detail_reason(d, told->cover.text, &reason);
	ok = put(j, "entry", json_string(told->cover.text)) &&
	    put(j, "exact", json_boolean(told->cover.exact)) &&
	    put(j, "code",
		d->code != 0 ? json_string(zone_code_format(code, d->code))
			     : json_null()) &&
	    put(j, "decided_by",
		json_string(d->person ? "moderator" : "import")) &&
	    put(j, "criterion", span_json(d->criterion)) &&
	    put(j, "criterion_text",
		criterion != NULL ? json_string(criterion) : json_null()) &&
	    put(j, "reason",
		json_stringn(reason.len > 0 ? reason.data : "", reason.len)) &&
	    put(j, "since", time_json(d->created)) &&
	    put(j, "until", time_json(d->until));
	buf_free(&reason);
	return ok;
}

static json_t *
told_json(
    struct www_turn *t, const struct zone_key *key, const struct www_told *told)
{
	static const char *const verdicts[] = {
		[ZONE_CLEAR] = "not listed",
		[ZONE_LISTED] = "listed",
		[ZONE_EXEMPT] = "exempt",
	};
	json_t *j = json_pack("{ss ss}", "list", told->list->name, "verdict",
	    verdicts[told->cover.verdict]);
	bool ok = j != NULL;

	if (ok && told->cover.verdict != ZONE_CLEAR) {
		ok = entry_json(j, t->config, told);
	}
	ok = ok && put(j, "dns", dns_json(t->config, told->list, key)) &&
	    put(j, "reports",
		json_integer(told->seen ? told->sightings.count : 0)) &&
	    put(j, "first_reported",
		time_json(told->seen ? told->sightings.first : 0)) &&
	    put(j, "last_reported",
		time_json(told->seen ? told->sightings.last : 0)) &&
	    put(j, "removed",
		told->went ? json_pack("{ss so ss}", "entry", told->entry,
				 "time", time_json(told->row.time), "how",
				 www_told_gone_word(told->row.how))
			   : json_null());
	if (!ok) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static int
lists_json(struct www_turn *t, const struct www_question *q, json_t *root)
{
	bool test = zone_guard_test_point(&q->key), listed = test;
	const char *special = q->key.kind == ZONE_KIND_IP
	    ? zone_guard_special(&q->key.ip.ip)
	    : NULL;
	struct zone_view *view = NULL;
	json_t *lists = json_array();
	struct www_told told;
	uint64_t serial = 0;
	int r = lists == NULL ? ERR_NOMEM : www_view_open(t, &view);

	for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];
		json_t *one;

		if (list->kind != q->key.kind) {
			continue;
		}
		r = www_told_gather(t, view, list, &q->key, &told);
		if (r < 0) {
			break;
		}
		listed = listed || told.cover.verdict == ZONE_LISTED;
		one = told_json(t, &q->key, &told);
		if (one == NULL || json_array_append_new(lists, one) < 0) {
			r = ERR_NOMEM;
		}
	}
	if (r == 0) {
		serial = zone_view_serial(view);
	}
	zone_view_close(&view);
	if (r == 0 &&
	    !(put(root, "key", json_string(q->text)) &&
		put(root, "kind", json_string(zone_kind_name(q->key.kind))) &&
		put(root, "listed", json_boolean(listed)) &&
		put(root, "test_point", json_boolean(test)) &&
		put(root, "special",
		    special != NULL ? json_string(special) : json_null()) &&
		put(root, "lists", json_incref(lists)) &&
		put(root, "serial", json_integer((json_int_t)serial)))) {
		r = ERR_NOMEM;
	}
	json_decref(lists);
	return r;
}

int
www_lookup_json(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	json_t *root;
	char *text;
	int r = 0;

	if (q.q[0] != '\0' && !www_told_admit(t, true)) {
		return 0;
	}
	root = json_pack("{ss}", "query", q.q);
	if (root == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = 200;
	if (!q.understood) {
		t->reply->status = 400;
		r = put(root, "error",
			json_string(
			    q.q[0] == '\0' ? "say what: ?q=KEY" : q.why.text))
		    ? 0
		    : ERR_NOMEM;
	} else {
		r = lists_json(t, &q, root);
	}
	text = r == 0 ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	if (text == NULL) {
		return r < 0 ? r : ERR_NOMEM;
	}
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, text);
	buf_str(&t->reply->body, "\n");
	free(text);
	return 0;
}
