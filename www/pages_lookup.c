/* pages_lookup.c - is it listed? For everybody. */
#include "www/pages.h"

#include "www/lang.h"
#include "www/told.h"

/* "<div><dt>NAME</dt><dd>" ... "</dd></div>" */
static void
pair(struct www_turn *t, const char *name)
{
	HTML(&t->html, "<div><dt>%s</dt><dd>", name);
}

static void
end_pair(struct www_turn *t)
{
	HTML(&t->html, "</dd></div>");
}

/* What a mail server that asks gets to see. */
static void
in_dns(struct www_turn *t, const struct www_question *q,
    const struct www_told *told)
{
	char name[WWW_QNAME], code[16];
	bool any = false;

	zone_code_format(code, told->cover.detail.code);
	for (size_t i = 0; i < t->config->n_zones; i++) {
		const struct zone_zone_conf *zone = &t->config->zones[i];

		if (!www_told_in(zone, told->list)) {
			continue;
		}
		if (!any) {
			pair(t, T("In DNS"));
			any = true;
		} else {
			HTML(&t->html, "<br>");
		}
		www_told_name(zone, &q->key, name);
		if (name[0] != '\0') {
			HTML(&t->html,
			    "<span class=\"key\">%s</span> → <span "
			    "class=\"key\">%s</span>",
			    name, code);
		} else {
			SAY(t, "each address in it, in the zone %s → %s",
			    zone->name, code);
		}
	}
	if (any) {
		HTML(&t->html, "<br><span class=\"mut\">");
		SAY(t, "%s means: it is in the list “%s”.", code,
		    told->list->name);
		HTML(&t->html, "</span>");
		end_pair(t);
	}
}

static void
why(struct www_turn *t, const struct www_told *told)
{
	const struct zone_detail *d = &told->cover.detail;
	const char *criterion = www_told_criterion(t->config, d->criterion);
	struct buf reason = { 0 };

	zone_detail_reason(d, told->cover.text, &reason);
	if (criterion != NULL || d->criterion.len > 0 || reason.len > 0) {
		pair(t, T("Why"));
		if (criterion != NULL) {
			HTML(&t->html, "%s", criterion);
		} else if (d->criterion.len > 0) {
			HTML(&t->html, "%.*s", (int)d->criterion.len,
			    d->criterion.at);
		}
		if (reason.len > 0) {
			HTML(&t->html, "%s<q class=\"reason\">%s</q>",
			    d->criterion.len > 0 ? " " : "", reason.data);
		}
		end_pair(t);
	}
	buf_free(&reason);
	pair(t, T("Decision"));
	HTML(&t->html, "%s",
	    d->person ? T("by a moderator")
		      : T("by a program, from a source that the moderators "
			  "chose"));
	end_pair(t);
}

static void
times(struct www_turn *t, const struct www_told *told)
{
	const struct zone_detail *d = &told->cover.detail;

	pair(t, T("Since"));
	www_html_time(t, d->created);
	HTML(&t->html, " (");
	www_html_ago(t, d->created);
	HTML(&t->html, ")");
	end_pair(t);
	if (told->seen) {
		pair(t, T("Reported"));
		www_say(t,
		    TN("%lu time", "%lu times",
			(unsigned long)told->sightings.count),
		    (unsigned long)told->sightings.count);
		HTML(&t->html, " · %s ", T("first"));
		www_html_time(t, told->sightings.first);
		HTML(&t->html, " · %s ", T("last"));
		www_html_time(t, told->sightings.last);
		end_pair(t);
	}
	pair(t, T("Ends"));
	if (d->until == 0) {
		HTML(&t->html, "%s",
		    T("not by itself; it is looked at again from time to "
		      "time"));
	} else {
		HTML(&t->html, "%s ", T("by itself on"));
		www_html_time(t, d->until);
		HTML(&t->html, " (");
		www_html_ago(t, d->until);
		HTML(&t->html, ")");
	}
	end_pair(t);
}

static void
removal_link(struct www_turn *t, const struct www_question *q)
{
	char *quoted = www_url_quote(&t->arena, q->text);

	if (quoted == NULL) {
		t->html.buf.bad = true;
		return;
	}
	HTML(&t->html,
	    "<p class=\"acts-line\"><a class=\"button\" "
	    "href=\"/delist?q=%s\">%s</a> <span class=\"mut\">%s</span></p>",
	    quoted, T("Ask for removal"),
	    T("Free of charge, and open to everybody."));
}

static void
went(struct www_turn *t, const struct www_question *q,
    const struct www_told *told)
{
	if (!told->went || told->cover.verdict == ZONE_LISTED) {
		return;
	}
	HTML(&t->html, "<p class=\"note\">");
	if (strcmp(told->entry, q->text) == 0) {
		SAY(t, "It was taken off the list lately: %s",
		    www_tr(t, www_told_gone(told->row.how)));
	} else {
		SAY(t, "%s, which covers it, was taken off the list lately: "
		       "%s",
		    told->entry, www_tr(t, www_told_gone(told->row.how)));
	}
	HTML(&t->html, " (");
	www_html_time(t, told->row.time);
	HTML(&t->html, ").</p>");
}

static int
answer(struct www_turn *t, struct zone_view *view,
    const struct zone_list_conf *list, const struct www_question *q,
    bool *ret_listed)
{
	struct www_told told;
	int r = www_told_gather(t, view, list, &q->key, &told);

	if (r < 0) {
		return r;
	}
	www_ask_verdict_begin(t, list, q, &told.cover);
	went(t, q, &told);
	if (told.cover.verdict == ZONE_LISTED) {
		HTML(&t->html, "<dl class=\"pairs\">");
		why(t, &told);
		times(t, &told);
		in_dns(t, q, &told);
		HTML(&t->html, "</dl>");
		removal_link(t, q);
		*ret_listed = true;
	}
	HTML(&t->html, "</div>\n");
	return 0;
}

static int
answers(
    struct www_turn *t, struct zone_view *view, const struct www_question *q)
{
	bool listed = false;
	unsigned n = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
		if (t->config->lists[i].kind == q->key.kind) {
			r = answer(t, view, &t->config->lists[i], q, &listed);
			n++;
		}
	}
	if (r < 0) {
		return r;
	}
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card verdict good\" role=\"status\"><p "
		    "class=\"big\">%s</p><p>%s</p></div>\n",
		    T("Not listed"), T("No list here is about such things."));
	}
	if (!listed) {
		HTML(&t->html, "<p class=\"mut\">%s <a href=\"/use\">%s</a>"
			       "</p>\n",
		    T("If mail is refused all the same, the refusal names the "
		      "list that did it; it was not this one."),
		    T("How this list is asked and used"));
	}
	return 0;
}

/* What the box begins with: the visitor's own address. */
static void
own_address(struct www_turn *t)
{
	char ip[NET_IP_TEXT] = "";

	if (t->request->client.bits != 0) {
		net_ip_format(ip, &t->request->client);
	}
	www_ask_box(t, "/lookup", ip);
	if (ip[0] != '\0') {
		HTML(&t->html, "<p class=\"mut\">%s</p>\n",
		    T("The address that you come from is filled in."));
	}
	HTML(&t->html, "<p class=\"mut\">%s</p>\n",
	    T("Or type another IP address, a network such as 203.0.114.0/24, "
	      "an e-mail address, its digest, a domain, or the whole name "
	      "that a mail server asked for."));
}

int
www_lookup(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	struct zone_view *view = NULL;
	int r = 0;

	if (q.q[0] != '\0' && !www_told_admit(t, false)) {
		return 0;
	}
	www_page_begin(t, T("Look up"), WWW_LOOKUP);
	if (q.q[0] == '\0') {
		own_address(t);
	} else {
		www_ask_box(t, "/lookup", q.q);
	}
	if (q.q[0] == '\0') {
		/* nothing was asked */
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
