/* pages_lookup.c - is it listed? For everybody, as a page and as JSON. */
#include "www/pages.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/ask.h"
#include "zone/guard.h"

static int
answers(
    struct www_turn *t, struct zone_view *view, const struct www_question *q)
{
	struct www_cover cover;
	unsigned n = 0;
	int r;

	for (size_t i = 0; i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];

		if (list->kind != q->key.kind) {
			continue;
		}
		r = www_cover_find(view, list, &q->key, &cover);
		if (r < 0) {
			return r;
		}
		www_ask_verdict(t, list, q, &cover);
		n++;
	}
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card verdict good\" role=\"status\"><p "
		    "class=\"big\">Not listed</p><p>No list here is about "
		    "such things (%s).</p></div>\n",
		    zone_kind_name(q->key.kind));
	}
	return 0;
}

int
www_lookup(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	struct zone_view *view = NULL;
	int r = 0;

	www_page_begin(t, "Look up", WWW_LOOKUP);
	www_ask_box(t, "/lookup", q.q);
	if (q.q[0] == '\0') {
		HTML(&t->html,
		    "<p class=\"mut\">Type an IP address, a network such as "
		    "203.0.114.0/24, an e-mail address, its digest, a domain, "
		    "or the whole name that your mail server asked for.</p>\n");
	} else if (!q.understood) {
		www_ask_not_understood(t, &q);
	} else if (!www_ask_by_nature(t, &q)) {
		r = www_view_open(t, &view);
		if (r == 0) {
			r = answers(t, view, &q);
		}
		zone_view_close(&view);
	}
	if (r == 0) {
		www_page_end(t, q.q[0] != '\0' && !q.understood ? 400 : 200);
	}
	return r;
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *
time_json(int64_t when)
{
	char text[WHEN_TEXT];

	return when == 0 ? json_null() : json_string(when_format(text, when));
}

static json_t *
cover_json(const struct zone_list_conf *list, const struct www_cover *c)
{
	struct buf reason = { 0 };
	char code[16];
	json_t *j;

	if (c->verdict == ZONE_CLEAR) {
		return json_pack(
		    "{ss ss}", "list", list->name, "verdict", "not listed");
	}
	zone_detail_reason(&c->detail, c->text, &reason);
	j = json_pack("{ss ss ss sb ss? so so ss%}", "list", list->name,
	    "verdict", c->verdict == ZONE_LISTED ? "listed" : "exempt", "entry",
	    c->text, "exact", (int)c->exact, "code",
	    c->detail.code != 0 ? zone_code_format(code, c->detail.code) : NULL,
	    "since", time_json(c->detail.created), "until",
	    time_json(c->detail.until), "reason",
	    reason.len > 0 ? reason.data : "", reason.len);
	buf_free(&reason);
	return j;
}

static int
lists_json(struct www_turn *t, const struct www_question *q, json_t *root)
{
	struct zone_view *view = NULL;
	json_t *lists = json_array();
	bool listed = zone_guard_test_point(&q->key);
	struct www_cover cover;
	int r;

	r = www_view_open(t, &view);
	for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];

		if (list->kind != q->key.kind) {
			continue;
		}
		r = www_cover_find(view, list, &q->key, &cover);
		if (r == 0) {
			listed = listed || cover.verdict == ZONE_LISTED;
			r = json_array_append_new(
				lists, cover_json(list, &cover)) < 0
			    ? ERR_NOMEM
			    : 0;
		}
	}
	if (r == 0 &&
	    (json_object_set_new(root, "key", json_string(q->text)) < 0 ||
		json_object_set_new(root, "kind",
		    json_string(zone_kind_name(q->key.kind))) < 0 ||
		json_object_set_new(root, "listed", json_boolean(listed)) < 0 ||
		json_object_set_new(root, "test_point",
		    json_boolean(zone_guard_test_point(&q->key))) < 0 ||
		json_object_set(root, "lists", lists) < 0 ||
		json_object_set_new(root, "serial",
		    json_integer((json_int_t)zone_view_serial(view))) < 0)) {
		r = ERR_NOMEM;
	}
	json_decref(lists);
	zone_view_close(&view);
	return r;
}

int
www_lookup_json(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	json_t *root = json_pack("{ss}", "query", q.q);
	char *text;
	int r = 0;

	if (root == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = 200;
	if (!q.understood) {
		t->reply->status = 400;
		r = json_object_set_new(root, "error",
			json_string(q.q[0] == '\0' ? "say what: ?q=KEY"
						   : q.why.text)) < 0
		    ? ERR_NOMEM
		    : 0;
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
