/* ask.c - "is it listed?": the box, the question, the verdict. */
#include "www/ask.h"

#include "www/lang.h"
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
	    "for=\"q\" class=\"unseen\">%s</label><input id=\"q\" "
	    "name=\"q\" value=\"%s\" required maxlength=\"400\" "
	    "autocomplete=\"off\" autocapitalize=\"none\" "
	    "spellcheck=\"false\" placeholder=\"%s\"><button class=\"main\">"
	    "%s</button></form>\n",
	    path, T("IP address, network, e-mail address or domain"), q,
	    T("IP address, network, e-mail address or domain"), T("Look up"));
}

void
www_ask_not_understood(struct www_turn *t, const struct www_question *q)
{
	HTML(&t->html,
	    "<div class=\"card verdict\" role=\"status\"><p class=\"big\">%s"
	    "</p><p>",
	    T("Not understood"));
	SAY(t,
	    "“%s” is no IP address, network, e-mail address, digest or "
	    "domain: %s.",
	    q->q, www_words(t, q->why.text));
	HTML(&t->html, "</p></div>\n");
}

/* The answer as one sentence. */
static void
sentence(struct www_turn *t, const struct zone_list_conf *list,
    const struct www_question *q, const struct www_cover *c)
{
	if (c->verdict == ZONE_CLEAR) {
		SAY(t, "%s is not in the list “%s”.", q->text, list->name);
	} else if (c->verdict == ZONE_LISTED && c->exact) {
		SAY(t, "%s is in the list “%s”.", q->text, list->name);
	} else if (c->verdict == ZONE_LISTED) {
		SAY(t, "%s is covered by the entry %s in the list “%s”.",
		    q->text, c->text, list->name);
	} else if (c->exact) {
		SAY(t,
		    "%s is exempted in the list “%s”: it is not listed, "
		    "whatever is listed around it.",
		    q->text, list->name);
	} else {
		SAY(t, "%s is exempted by the entry %s in the list “%s”.",
		    q->text, c->text, list->name);
	}
}

void
www_ask_verdict_begin(struct www_turn *t, const struct zone_list_conf *list,
    const struct www_question *q, const struct www_cover *c)
{
	HTML(&t->html,
	    "<div class=\"card verdict %s\" role=\"status\"><p class=\"big\">"
	    "%s</p><p>",
	    c->verdict == ZONE_LISTED ? "bad" : "good",
	    c->verdict == ZONE_LISTED       ? T("Listed")
		: c->verdict == ZONE_EXEMPT ? T("Not listed: exempted")
					    : T("Not listed"));
	sentence(t, list, q, c);
	HTML(&t->html, "</p>");
}

void
www_ask_verdict(struct www_turn *t, const struct zone_list_conf *list,
    const struct www_question *q, const struct www_cover *c)
{
	www_ask_verdict_begin(t, list, q, c);
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
		    "class=\"big\">%s</p><p>",
		    T("A test point"));
		SAY(t,
		    "%s is always answered as listed, so that clients can be "
		    "tested (RFC 5782).",
		    q->text);
		HTML(&t->html, "</p></div>\n");
		return true;
	}
	if (special != NULL) {
		HTML(&t->html, "<p class=\"note\">");
		SAY(t,
		    "This is special-use space (%s): it belongs to nobody on "
		    "the Internet.",
		    www_words(t, special));
		HTML(&t->html, "</p>\n");
	}
	return false;
}
