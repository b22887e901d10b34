/* pages_delist.c - asking for removal: the page, and the request itself.
 *
 * A GET looks up and explains; only the POST asks. What the rule allows is
 * gone when the answer comes (RFC 6471 2.2.3, "no questions asked"); the rest
 * waits for a moderator. Nobody is kept from asking because he is listed
 * (2.2.2), nobody has to say who he is (2.2.4), and nothing is to be paid
 * (2.2.5). What is limited is how often.
 */
#include <stdio.h>

#include "base/log.h"
#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/stamp.h"
#include "www/told.h"
#include "www/delist.h"

#define TEXT_MAX 1000
#define CONTACT_MAX 320
#define A_DAY 86400

/* Why a person has to look, as the visitor is told. */
static const char *const whys[] = {
	[ZONE_DELIST_AUTO] = NULL,
	[ZONE_DELIST_OFF] = N_("Here a moderator looks at every request."),
	[ZONE_DELIST_NETWORK] = N_(
	    "The listing covers more than what you asked for, so a moderator "
	    "looks at the request."),
	[ZONE_DELIST_PERMANENT] =
	    N_("A moderator decided this listing and gave it no end, so a "
	       "moderator looks at the request."),
	[ZONE_DELIST_AGAIN] = N_(
	    "It was removed before and was listed again since, so a moderator "
	    "looks at the request."),
	[ZONE_DELIST_MANY] = N_(
	    "Many requests came in today, so a moderator looks at this one."),
	[ZONE_DELIST_CHANGED] = N_(
	    "The listing changed while you asked, so a moderator looks at the "
	    "request."),
};

const char *
www_delist_why(enum zone_delist_why why)
{
	return (unsigned)why <= ZONE_DELIST_CHANGED ? whys[why] : NULL;
}

/* What a stamp is about: the very form. */
static const char *
subject(struct www_turn *t, const char *list, const char *key)
{
	const char *s = arena_fmt(&t->arena, "delist %s %s", list, key);

	return s != NULL ? s : "";
}

static void
form(struct www_turn *t, const struct www_question *q,
    const struct www_told *told, enum zone_delist_why why)
{
	char stamp[WWW_STAMP];

	www_stamp_make(stamp, www_site_key(t->site), when_boot(),
	    subject(t, told->list->name, told->cover.text));
	HTML(&t->html,
	    "<form method=\"post\" action=\"/delist\" class=\"request\">"
	    "<input type=\"hidden\" name=\"q\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"list\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"stamp\" value=\"%s\">",
	    q->text, told->list->name, stamp);
	HTML(&t->html,
	    "<label for=\"reason-%s\">%s <span class=\"mut\">%s</span>"
	    "</label><textarea id=\"reason-%s\" name=\"reason\" rows=\"4\" "
	    "maxlength=\"1000\"></textarea>",
	    told->list->name,
	    T("What was the cause, and what was done about it?"),
	    why == ZONE_DELIST_AUTO ? T("(you may leave it out)")
				    : T("(it helps the moderator)"),
	    told->list->name);
	HTML(&t->html,
	    "<label for=\"contact-%s\">%s <span class=\"mut\">%s</span>"
	    "</label><input id=\"contact-%s\" name=\"contact\" "
	    "maxlength=\"320\" autocomplete=\"email\">",
	    told->list->name, T("How you can be reached"),
	    T("(you may leave it out; only moderators see it)"),
	    told->list->name);
	HTML(&t->html,
	    "<div class=\"trap\" aria-hidden=\"true\"><label "
	    "for=\"website-%s\">%s</label><input id=\"website-%s\" "
	    "name=\"" WWW_STAMP_TRAP
	    "\" tabindex=\"-1\" autocomplete=\"off\"></div>",
	    told->list->name, T("Leave this empty"), told->list->name);
	HTML(&t->html,
	    "<p class=\"acts-line\"><button class=\"main\">%s</button></p>"
	    "</form>",
	    why == ZONE_DELIST_AUTO ? T("Remove it now")
				    : T("Send the request"));
}

/* How many removals of it lie within the time that counts, and an open
 * request: *RET_OPEN is when it was made, 0: none. */
static int
before(struct www_turn *t, const struct www_told *told, unsigned *ret_removed,
    int64_t *ret_open)
{
	struct zone_request *rows;
	size_t n;
	int r = zone_request_about(www_site_queue(t->site), told->list->name,
	    told->cover.text, 64, &t->arena, &rows, &n);

	*ret_removed = 0;
	*ret_open = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (zone_request_open(rows[i].state)) {
			*ret_open = rows[i].created;
		} else if (rows[i].state == ZONE_REQUEST_REMOVED &&
		    rows[i].created >= t->now - t->config->www.delist_again) {
			++*ret_removed;
		}
	}
	return r;
}

static int
listed(struct www_turn *t, const struct www_question *q,
    const struct www_told *told)
{
	enum zone_delist_why why = zone_delist_judge(
	    t->config, &q->key, &told->cover.entry, &told->cover.detail);
	unsigned removed;
	int64_t open;
	int r = before(t, told, &removed, &open);

	if (r < 0) {
		return r;
	}
	why = why == ZONE_DELIST_AUTO && removed > 0 ? ZONE_DELIST_AGAIN : why;
	www_ask_verdict_begin(t, told->list, q, &told->cover);
	HTML(&t->html, "<p class=\"mut\">");
	www_show_terms(t, &told->cover.detail, told->cover.text);
	HTML(&t->html, "</p></div>\n<section class=\"card\"><h2>%s</h2>",
	    T("What happens when you ask"));
	if (open != 0) {
		HTML(&t->html, "<p>%s ",
		    T("A request about it is open already and waits for a "
		      "moderator; another one would not make it faster. It "
		      "was made on"));
		www_html_time(t, open);
		HTML(&t->html, ".</p></section>\n");
		return 0;
	}
	HTML(&t->html, "<p>");
	if (why == ZONE_DELIST_AUTO) {
		unsigned long minutes =
		    www_told_minutes(t->config, told->list->name);

		SAY(t, "%s is removed at once, no questions asked.",
		    told->cover.text);
		HTML(&t->html, " ");
		www_say(t,
		    TN("The next question in DNS no longer finds it; who "
		       "asked before may remember the old answer for another "
		       "%lu minute.",
			"The next question in DNS no longer finds it; who "
			"asked before may remember the old answer for another "
			"%lu minutes.",
			minutes),
		    minutes);
		HTML(&t->html, "</p><p>%s</p>",
		    T("If spam comes from there again it will be listed "
		      "again, and a moderator looks at the next request. So "
		      "please find the cause first."));
	} else {
		HTML(&t->html, "%s</p><p>%s</p>", www_tr(t, whys[why]),
		    T("You get a link under which you find the answer. It "
		      "usually takes less than two days, and never more than "
		      "seven."));
	}
	form(t, q, told, why);
	HTML(&t->html, "</section>\n");
	return 0;
}

static int
each_list(struct www_turn *t, const struct www_question *q)
{
	struct zone_view *view = NULL;
	struct www_told told;
	unsigned n = 0;
	int r = www_view_open(t, &view);

	for (size_t i = 0; r == 0 && i < t->config->n_lists; i++) {
		const struct zone_list_conf *list = &t->config->lists[i];

		if (list->kind != q->key.kind) {
			continue;
		}
		r = www_told_gather(t, view, list, &q->key, &told);
		if (r == 0 && told.cover.verdict == ZONE_LISTED) {
			r = listed(t, q, &told);
			n++;
		}
	}
	zone_view_close(&view);
	if (r == 0 && n == 0) {
		HTML(&t->html,
		    "<div class=\"card verdict good\" role=\"status\"><p "
		    "class=\"big\">%s</p><p>",
		    T("Not listed"));
		SAY(t, "%s is not listed here, so there is nothing to remove.",
		    q->text);
		HTML(&t->html, "</p></div>\n");
	}
	return r;
}

static void
explain(struct www_turn *t)
{
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><ul "
	    "class=\"reasons\">",
	    T("How removal works"));
	HTML(&t->html, "<li>%s</li>",
	    T("Everybody may ask, also from an address that is listed, and "
	      "it costs nothing."));
	if (t->config->www.delist_auto) {
		HTML(&t->html, "<li>%s</li>",
		    T("A single address or domain is removed at once the "
		      "first time, no questions asked."));
	}
	HTML(&t->html, "<li>%s</li>",
	    T("Networks, repeated requests and listings that a moderator "
	      "made without an end are looked at by a person, usually "
	      "within two days and within seven at most."));
	HTML(&t->html, "<li>%s</li>",
	    T("Most listings end by themselves when no more spam is seen."));
	HTML(&t->html,
	    "</ul><p class=\"acts-line\"><a href=\"/removed\">%s</a> · <a "
	    "href=\"/policy\">%s</a>"
	    "</p></section>\n",
	    T("What was removed lately"), T("Policy"));
}

int
www_delist(struct www_turn *t)
{
	struct www_question q = www_question_of(t);
	char ip[NET_IP_TEXT] = "";
	int r = 0;

	if (q.q[0] != '\0' && !www_told_admit(t, false)) {
		return 0;
	}
	if (q.q[0] == '\0' && t->request->client.bits != 0) {
		net_ip_format(ip, &t->request->client);
	}
	www_page_begin(t, T("Removal"), WWW_REMOVAL);
	www_ask_box(t, "/delist", q.q[0] != '\0' ? q.q : ip);
	if (q.q[0] == '\0') {
		explain(t);
	} else if (!q.understood) {
		www_ask_not_understood(t, &q);
	} else if (!www_ask_by_nature(t, &q)) {
		r = each_list(t, &q);
	}
	if (r == 0) {
		www_page_end(t, q.q[0] != '\0' && !q.understood ? 400 : 200);
	}
	return r;
}

/* ---- asking -------------------------------------------------------------- */

struct asking {
	struct zone_key key;
	char text[ZONE_KEY_TEXT]; /* of it */
	const struct zone_list_conf *list;
	const char *reason, *contact;
	struct www_cover cover;
};

/* 1: it has been answered. */
static int
refuse(struct www_turn *t, unsigned status, unsigned after, const char *title,
    const char *text)
{
	(void)www_page_say(
	    t, status, title, "%s %s", text, T("Nothing was changed."));
	t->reply->retry_after = after;
	return 1;
}

/* Before anything is looked at: is it a form of ours, filled in by a person?
 * 0, or 1: it has been answered. */
static int
check_stamp(struct www_turn *t, const char *about)
{
	const char *trap = www_fields_get(&t->request->form, WWW_STAMP_TRAP);

	switch (www_stamp_check(www_fields_get(&t->request->form, "stamp"),
	    www_site_key(t->site), when_boot(), about)) {
	case WWW_STAMP_GOOD: break;
	case WWW_STAMP_TOO_FAST:
		return refuse(t, 403, WWW_STAMP_FAST, T("That was too quick"),
		    T("The form came back at once, as programs send it. Go "
		      "back, wait a moment and send it again."));
	case WWW_STAMP_TOO_OLD:
		return refuse(t, 403, 0, T("This form is too old"),
		    T("The form was loaded more than two hours ago. Go back, "
		      "reload the page and send it again."));
	default:
		return refuse(t, 403, 0, T("This form is not valid"),
		    T("The form did not come from a page of ours, or the "
		      "program was started anew since. Go back, reload the "
		      "page and send it again."));
	}
	if (trap == NULL || trap[0] != '\0') {
		return refuse(t, 403, 0, T("This form is not valid"),
		    T("A field that has to stay empty was filled in, as "
		      "programs do. If your browser did it, empty the field "
		      "and send it again."));
	}
	return 0;
}

/* Read the form: 0, or 1: it has been answered. */
static int
read_form(struct www_turn *t, struct asking *a)
{
	const struct www_fields *f = &t->request->form;
	const char *q = www_fields_get(f, "q");
	const char *list = www_fields_get(f, "list");
	const char *reason = www_fields_get(f, "reason");
	const char *contact = www_fields_get(f, "contact");

	a->list =
	    list != NULL ? zone_config_list(t->config, span_str(list)) : NULL;
	a->reason =
	    www_text_tidy(&t->arena, reason != NULL ? reason : "", TEXT_MAX);
	a->contact = www_text_tidy(
	    &t->arena, contact != NULL ? contact : "", CONTACT_MAX);
	if (q == NULL || a->list == NULL || a->reason == NULL ||
	    a->contact == NULL ||
	    zone_key_parse(a->list->kind, span_str(q), &a->key, NULL) < 0) {
		return refuse(t, 400, 0, T("Not understood"),
		    T("The form is incomplete, or one of its fields is too "
		      "long."));
	}
	zone_key_format(a->text, &a->key);
	return 0;
}

/* Is it listed now? 0 it is, 1: it has been answered, <0. */
static int
find(struct www_turn *t, struct asking *a)
{
	struct zone_view *view = NULL;
	int r = www_view_open(t, &view);

	if (r == 0) {
		r = www_cover_find(view, a->list, &a->key, &a->cover);
	}
	/* what the detail borrows is not used behind this */
	zone_view_close(&view);
	if (r == 0 && a->cover.verdict != ZONE_LISTED) {
		r = refuse(t, 409, 0, T("Not listed"),
		    T("It is not listed here any more, so there is nothing "
		      "to remove."));
	}
	return r;
}

/* Has this client asked too often? */
static int
check_limits(struct www_turn *t)
{
	unsigned n = t->config->www.delist_limit, wait;
	const struct net_ip *ip = &t->request->client;
	struct www_limit *limit = www_site_limit(t->site);
	int64_t now = www_limit_now();

	wait =
	    www_limit_take(limit, WWW_LIMIT_DELIST, ip, 32, 64, n, A_DAY, now);
	if (wait == 0) {
		wait = www_limit_take(
		    limit, WWW_LIMIT_DELIST_NET, ip, 24, 56, 4 * n, A_DAY, now);
	}
	return wait == 0
	    ? 0
	    : refuse(t, 429, wait, T("Too many requests"),
		  T("Your address or network has asked for as many removals "
		    "as one may in a day. Please try again later, or let "
		    "whoever runs the network ask for all of it."));
}

/* Whom it came from, as the moderators see it: the network. */
static const char *
network_of(struct www_turn *t)
{
	struct net_ip ip = t->request->client;
	char text[NET_IP_TEXT];
	unsigned keep = ip.bits == 128 ? 7 : 3;

	if (ip.bits == 0) {
		return "";
	}
	for (unsigned i = keep; i < ip.bits / 8u; i++) {
		ip.bytes[i] = 0;
	}
	return arena_fmt(
	    &t->arena, "%s/%u", net_ip_format(text, &ip), keep * 8);
}

static int
refused(struct www_turn *t, const struct zone_request_added *added)
{
	char when[WHEN_TEXT];
	int64_t wait = added->when - t->now;

	when_format(when, added->when);
	switch (added->refused) {
	case ZONE_REQUEST_IS_OPEN:
		return www_page_say(t, 409, T("Asked already"),
		    T("A request about it was made on %s and waits for a "
		      "moderator. Another one would not make it faster. "
		      "Nothing was changed."),
		    when);
	case ZONE_REQUEST_TOO_SOON:
		(void)www_page_say(t, 429, T("Too soon"),
		    T("It was asked for a short time ago. The next request "
		      "about it can be made from %s on. Nothing was "
		      "changed."),
		    when);
		t->reply->retry_after = wait > 0 ? (unsigned)wait : 1;
		return 0;
	default:
		return www_page_say(t, 503, T("Too much is waiting"),
		    T("More requests wait than can be looked at. Please try "
		      "again tomorrow. Nothing was changed."));
	}
}

static int
ask(struct www_turn *t, struct asking *a)
{
	struct zone_request_word word = {
		.visitor = true, .time = t->now, .by = "", .text = a->reason
	};
	struct zone_request request = { .list = a->list->name,
		.key = a->cover.text,
		.asked = a->text,
		.contact = a->contact,
		.client = network_of(t),
		.words = &word,
		.n_words = 1 };
	struct zone_request_limits limits = { .now = t->now,
		.again = t->config->www.delist_again };
	struct zone_request_added added;
	enum zone_request_outcome outcome = ZONE_REQUEST_DONE;
	uint64_t serial = 0;
	int r;

	if (request.client == NULL) {
		return ERR_NOMEM;
	}
	request.why = zone_delist_judge(
	    t->config, &a->key, &a->cover.entry, &a->cover.detail);
	if (request.why == ZONE_DELIST_AUTO &&
	    www_limit_take(www_site_limit(t->site), WWW_LIMIT_DELIST_ALL, NULL,
		0, 0, t->config->www.delist_a_day, A_DAY,
		www_limit_now()) > 0) {
		request.why = ZONE_DELIST_MANY;
	}
	r = zone_request_add(
	    www_site_queue(t->site), &request, &limits, &added);
	if (r < 0) {
		return r;
	}
	if (added.refused != ZONE_REQUEST_TAKEN) {
		return refused(t, &added);
	}
	if (added.why == ZONE_DELIST_AUTO) {
		r = zone_request_remove_now(www_site_store(t->site),
		    www_site_queue(t->site), t->config, &added, a->list,
		    &a->cover.entry, a->cover.detail.id, &outcome, &serial);
		if (r < 0) {
			/* the request is kept: a person will do it */
			log_event(LOG_FAIL, "removal failed request=%lu: %s",
			    (unsigned long)added.id, err_str(r));
		}
	}
	log_event(LOG_TELL, "removal asked request=%lu key=%s serial=%lu",
	    (unsigned long)added.id, a->cover.text, (unsigned long)serial);
	return www_page_go(t, "/delist/%s", added.ticket);
}

int
www_delist_post(struct www_turn *t)
{
	struct asking a = { .list = NULL };
	int r;

	/* without a stamp nothing is read at all */
	if (www_fields_get(&t->request->form, "stamp") == NULL) {
		(void)check_stamp(t, "");
		return 0;
	}
	if (!www_told_admit(t, false)) {
		return 0;
	}
	r = read_form(t, &a);
	if (r == 0) {
		r = find(t, &a);
	}
	if (r == 0) {
		r = check_stamp(t, subject(t, a.list->name, a.cover.text));
	}
	if (r == 0) {
		r = check_limits(t);
	}
	if (r == 0) {
		r = ask(t, &a);
	}
	return r > 0 ? 0 : r;
}
