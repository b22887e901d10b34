/* queue_act.c - small things that are done from the queue: the count, the
 * next item, claims, keys on and off.
 */
#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/queue_ask.h"
#include "www/queue_done.h"
#include "www/script.h"

int
www_scripts(struct www_turn *t)
{
	t->reply->status = 200;
	t->reply->type = WWW_JS;
	t->reply->may_cache = true;
	buf_str(&t->reply->body, www_script);
	return 0;
}

/* ---- what waits ---------------------------------------------------------- */

int
www_queue_count(struct www_turn *t)
{
	struct zone_item *oldest = NULL;
	uint64_t total = 0;
	size_t n = 0;
	int r;

	r = zone_queue_list(www_site_queue(t->site), ZONE_WAITING, 0, 1,
	    &t->arena, &oldest, &n, &total);
	if (r < 0) {
		return r;
	}
	t->reply->status = 200;
	t->reply->type = WWW_JSON;
	buf_fmt(&t->reply->body, "{\"waiting\":%llu,\"oldest\":%lld}\n",
	    (unsigned long long)total,
	    n > 0 ? (long long)oldest[0].first : 0LL);
	return 0;
}

struct seeking {
	struct www_turn *t;
	uint64_t after, first, found;
	bool passed;
};

/* The first that nobody else looks at, behind AFTER; FIRST of all when there
 * is none behind it. */
static int
seek(const struct zone_item *item, void *ctx)
{
	struct seeking *s = ctx;
	char name[WWW_CLAIM_NAME];
	int64_t since;

	if (item->id == s->after) {
		s->passed = true;
		return 0;
	}
	if (www_claims_who(www_site_claims(s->t->site), item->id, when_boot(),
		name, &since) &&
	    strcmp(name, s->t->who.session.user.name) != 0) {
		return 0;
	}
	s->first = s->first == 0 ? item->id : s->first;
	if (s->after == 0 || s->passed) {
		s->found = item->id;
		return 1;
	}
	return 0;
}

int
www_queue_next(struct www_turn *t)
{
	const struct www_fields *q = &t->request->query;
	struct seeking s = { .t = t };
	unsigned long after = 0, done = 0;
	int r;

	if (!www_fields_number(q, "after", INT64_MAX, &after) ||
	    !www_fields_number(q, "done", INT64_MAX, &done)) {
		return www_page_say(t, 400, T("No such item"), "%s",
		    T("Items have numbers from 1."));
	}
	s.after = after;
	r = zone_queue_scan(www_site_queue(t->site), ZONE_WAITING, seek, &s);
	if (r < 0) {
		return r;
	}
	s.found = s.found != 0 ? s.found : s.first;
	if (s.found != 0 && done != 0) {
		return www_page_go(t, "/queue/%lu?zen=1&done=%lu",
		    (unsigned long)s.found, done);
	}
	if (s.found != 0) {
		return www_page_go(
		    t, "/queue/%lu?zen=1", (unsigned long)s.found);
	}
	www_page_begin(t, T("Queue"), WWW_QUEUE);
	r = www_queue_flash(t, NULL);
	if (r < 0) {
		return r;
	}
	HTML(&t->html,
	    "<div class=\"card empty\"><h2>%s</h2><p>%s</p><p><a "
	    "href=\"/queue\">%s</a></p></div>\n",
	    T("Nothing is left"),
	    T("Every report has been decided, or somebody is looking at it."),
	    T("To the queue"));
	www_page_end(t, 200);
	return 0;
}

/* ---- claims -------------------------------------------------------------- */

int
www_claim_post(struct www_turn *t)
{
	const char *what = www_fields_get(&t->request->form, "do");
	const char *name = t->who.session.user.name;
	char other[WWW_CLAIM_NAME];
	struct zone_item item;
	int r;

	if (what == NULL ||
	    (strcmp(what, "take") != 0 && strcmp(what, "drop") != 0)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	if (strcmp(what, "drop") == 0) {
		www_claims_drop(www_site_claims(t->site), t->id, name);
		return www_queue_back(t, t->id, WWW_BACK_QUEUE);
	}
	r = zone_queue_get(www_site_queue(t->site), t->id, &t->arena, &item);
	if (r < 0) {
		return r;
	}
	if (r == 0) {
		return www_page_say(t, 404, T("No such item"),
		    T("There is no item %lu in the queue."),
		    (unsigned long)t->id);
	}
	if (item.state != ZONE_WAITING) {
		return www_page_say(t, 409, T("Decided already"),
		    T("Item %lu does not wait any more, so nobody has to look "
		      "at it."),
		    (unsigned long)t->id);
	}
	if (!www_claims_take(
		www_site_claims(t->site), t->id, name, when_boot(), other)) {
		return www_page_say(t, 409, T("Somebody was faster"),
		    T("%s is looking at item %lu. You may decide it all the "
		      "same."),
		    other, (unsigned long)t->id);
	}
	return www_queue_back(t, t->id, WWW_BACK_QUEUE);
}

/* ---- keys ---------------------------------------------------------------- */

/* Single keys get in the way of some who speak or dictate (WCAG 2.1.4). */
int
www_queue_keys_post(struct www_turn *t)
{
	const char *what = www_fields_get(&t->request->form, "do");
	bool off = what != NULL && strcmp(what, "off") == 0;

	if (what == NULL || (!off && strcmp(what, "on") != 0)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	snprintf(t->reply->set_cookie, sizeof(t->reply->set_cookie),
	    "keys=%s; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly",
	    off ? "off" : "on");
	return www_page_go(t, "/queue");
}
