/* ask.c - "is it listed?": the box, the question, the verdict. */
#include "www/ask.h"

#include "zone/guard.h"

#define QUERY_MAX 400

struct www_question
www_question_of(const struct www_turn *t)
{
	struct www_question q = { .q = "" };
	const char *typed = www_fields_get(&t->request->query, "q");

	if (typed == NULL || typed[0] == '\0') {
		return q;
	}
	q.q = typed;
	if (strlen(typed) > QUERY_MAX) {
		(void)err_say(&q.why, ERR_RANGE, "that is too long to be one");
	} else if (www_key_typed(t->config, typed, &q.key, &q.why) == 0) {
		q.understood = true;
		zone_key_format(q.text, &q.key);
	}
	return q;
}

void
www_ask_box(struct www_turn *t, const char *path, const char *q)
{
	HTML(&t->html,
	    "<form action=\"%s\" class=\"ask\" role=\"search\"><label "
	    "for=\"q\" class=\"unseen\">IP address, network, e-mail address "
	    "or domain</label><input id=\"q\" name=\"q\" value=\"%s\" required "
	    "maxlength=\"320\" autocomplete=\"off\" autocapitalize=\"none\" "
	    "spellcheck=\"false\" placeholder=\"IP address, network, "
	    "e-mail address or domain\"><button class=\"main\">Look "
	    "up</button></form>\n",
	    path, q);
}

void
www_ask_not_understood(struct www_turn *t, const struct www_question *q)
{
	HTML(&t->html,
	    "<div class=\"card verdict\" role=\"status\"><p class=\"big\">Not "
	    "understood</p><p>“%s” is no IP address, network, e-mail address, "
	    "digest or domain: %s.</p></div>\n",
	    q->q, q->why.text);
}

void
www_ask_verdict(struct www_turn *t, const struct zone_list_conf *list,
    const struct www_question *q, const struct www_cover *c)
{
	const char *class = c->verdict == ZONE_LISTED ? "bad" : "good";

	HTML(&t->html,
	    "<div class=\"card verdict %s\" role=\"status\"><p class=\"big\">"
	    "%s</p><p><span class=\"key\">%s</span> ",
	    class,
	    c->verdict == ZONE_LISTED       ? "Listed"
		: c->verdict == ZONE_EXEMPT ? "Not listed: exempted"
					    : "Not listed",
	    q->text);
	if (c->verdict == ZONE_CLEAR) {
		HTML(&t->html, "is not in the list <b>%s</b>.</p>", list->name);
	} else if (c->exact) {
		HTML(&t->html, "%s in the list <b>%s</b>.</p>",
		    c->verdict == ZONE_LISTED ? "has an entry" : "is exempted",
		    list->name);
	} else {
		HTML(&t->html,
		    "is covered by the entry <span class=\"key\">%s</span> in "
		    "the list <b>%s</b>.</p>",
		    c->text, list->name);
	}
	if (c->verdict != ZONE_CLEAR) {
		HTML(&t->html, "<p class=\"mut\">");
		www_show_terms(t, &c->detail, c->text);
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</div>\n");
}

bool
www_ask_by_nature(struct www_turn *t, const struct www_question *q)
{
	const char *special = q->key.kind == ZONE_KIND_IP
	    ? zone_guard_special(&q->key.ip.ip)
	    : NULL;

	if (zone_guard_test_point(&q->key)) {
		HTML(&t->html,
		    "<div class=\"card verdict\" role=\"status\"><p "
		    "class=\"big\">A test point</p><p><span class=\"key\">%s"
		    "</span> is always answered as listed, so that clients "
		    "can be tested (RFC 5782).</p></div>\n",
		    q->text);
		return true;
	}
	if (special != NULL) {
		HTML(&t->html,
		    "<p class=\"note\">This is special-use space (%s): it "
		    "belongs to nobody on the Internet.</p>\n",
		    special);
	}
	return false;
}
