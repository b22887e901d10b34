/* route.c - which page answers, and who may ask. */
#include "www/route.h"

#include <stdio.h>
#include <time.h>

#include "base/when.h"
#include "www/counts.h"
#include "www/lang.h"
#include "www/pages.h"

static const struct www_route routes[] = {
	{ WWW_GET, "/", WWW_PUBLIC, false, www_home },
	{ WWW_GET, "/lookup", WWW_PUBLIC, false, www_lookup },
	{ WWW_GET, "/lookup.json", WWW_PUBLIC, false, www_lookup_json },
	{ WWW_GET, "/delist", WWW_PUBLIC, false, www_delist },
	{ WWW_POST, "/delist", WWW_PUBLIC, true, www_delist_post },
	{ WWW_GET, "/delist/*", WWW_PUBLIC, false, www_delist_ticket },
	{ WWW_POST, "/delist/*", WWW_PUBLIC, true, www_ticket_post },
	{ WWW_GET, "/removed", WWW_PUBLIC, false, www_removed },
	{ WWW_GET, "/removed.csv", WWW_PUBLIC, false, www_removed_csv },
	{ WWW_GET, "/healthz", WWW_PUBLIC, false, www_healthz },
	{ WWW_GET, "/robots.txt", WWW_PUBLIC, false, www_robots },
	{ WWW_GET, "/style.css", WWW_PUBLIC, false, www_stylesheet },
	{ WWW_GET, "/icon.svg", WWW_PUBLIC, false, www_favicon },
	{ WWW_GET, "/login", WWW_PUBLIC, false, www_login },
	{ WWW_POST, "/login", WWW_PUBLIC, true, www_login_post },
	{ WWW_POST, "/logout", WWW_OWN, false, www_logout_post },
	{ WWW_GET, "/queue", WWW_SEES, false, www_queue },
	{ WWW_GET, "/script.js", WWW_PUBLIC, false, www_scripts },
	{ WWW_GET, "/queue/bulk", WWW_SEES, false, www_queue_bulk },
	{ WWW_POST, "/queue/bulk", WWW_DECIDES, false, www_queue_bulk_post },
	{ WWW_GET, "/queue/count", WWW_SEES, false, www_queue_count },
	{ WWW_GET, "/queue/done", WWW_SEES, false, www_queue_done },
	{ WWW_POST, "/queue/keys", WWW_SEES, false, www_queue_keys_post },
	{ WWW_GET, "/queue/next", WWW_SEES, false, www_queue_next },
	{ WWW_POST, "/queue/#/claim", WWW_DECIDES, false, www_claim_post },
	{ WWW_GET, "/queue/#", WWW_SEES, false, www_item },
	{ WWW_GET, "/queue/#/raw", WWW_SEES, false, www_item_raw },
	{ WWW_POST, "/queue/#/decide", WWW_DECIDES, false, www_decide_post },
	{ WWW_POST, "/queue/#/reopen", WWW_DECIDES, false, www_reopen_post },
	{ WWW_POST, "/queue/#/withdraw", WWW_DECIDES, false,
	    www_withdraw_post },
	{ WWW_POST, "/queue/#/note", WWW_DECIDES, false, www_note_post },
	{ WWW_GET, "/entry/#", WWW_SEES, false, www_entry },
	{ WWW_POST, "/entry/#/remove", WWW_DECIDES, false,
	    www_entry_remove_post },
	{ WWW_POST, "/entry/#/until", WWW_DECIDES, false,
	    www_entry_until_post },
	{ WWW_POST, "/entry/#/note", WWW_DECIDES, false, www_entry_note_post },
	{ WWW_GET, "/review", WWW_SEES, false, www_review },
	{ WWW_POST, "/review", WWW_DECIDES, false, www_review_post },
	{ WWW_GET, "/submitters", WWW_SEES, false, www_submitters },
	{ WWW_GET, "/submitter", WWW_SEES, false, www_submitter },
	{ WWW_POST, "/submitter", WWW_DECIDES, false, www_submitter_post },
	{ WWW_GET, "/stats", WWW_PUBLIC, false, www_stats_page },
	{ WWW_GET, "/stats.json", WWW_PUBLIC, false, www_stats_json },
	{ WWW_GET, "/stats.csv", WWW_PUBLIC, false, www_stats_csv },
	{ WWW_GET, "/requests", WWW_SEES, false, www_requests },
	{ WWW_GET, "/requests/#", WWW_SEES, false, www_request },
	{ WWW_POST, "/requests/#/decide", WWW_DECIDES, false,
	    www_request_decide_post },
	{ WWW_POST, "/requests/#/reopen", WWW_DECIDES, false,
	    www_request_reopen_post },
	{ WWW_GET, "/entries", WWW_SEES, false, www_entries },
	{ WWW_GET, "/log", WWW_SEES, false, www_log },
	{ WWW_GET, "/log.csv", WWW_SEES, false, www_log_csv },
	{ WWW_GET, "/log.jsonl", WWW_SEES, false, www_log_jsonl },
	{ WWW_GET, "/log/#", WWW_SEES, false, www_change },
	{ WWW_POST, "/log/verify", WWW_DECIDES, false, www_verify_post },
	{ WWW_POST, "/log/#/undo", WWW_DECIDES, false, www_undo_post },

	{ WWW_GET, "/account", WWW_OWN, false, www_account },
	{ WWW_POST, "/account/password", WWW_OWN, false, www_password_post },
	{ WWW_GET, "/account/codes", WWW_OWN, false, www_codes },
	{ WWW_POST, "/account/codes/on", WWW_OWN, false, www_codes_on_post },
	{ WWW_POST, "/account/codes/off", WWW_OWN, false, www_codes_off_post },
	{ WWW_POST, "/account/sessions/end", WWW_OWN, false,
	    www_session_end_post },
	{ WWW_GET, "/users", WWW_RULES, false, www_users },
	{ WWW_POST, "/users/add", WWW_RULES, false, www_user_add_post },
	{ WWW_POST, "/users/role", WWW_RULES, false, www_user_role_post },
	{ WWW_POST, "/users/password", WWW_RULES, false,
	    www_user_password_post },
	{ WWW_POST, "/users/codes", WWW_RULES, false, www_user_codes_post },
	{ WWW_POST, "/users/logout", WWW_RULES, false, www_user_logout_post },
	{ WWW_POST, "/users/remove", WWW_RULES, false, www_user_remove_post },
	{ WWW_GET, "/policy", WWW_PUBLIC, false, www_policy },
	{ WWW_GET, "/criteria", WWW_PUBLIC, false, www_criteria },
	{ WWW_GET, "/contact", WWW_PUBLIC, false, www_contact },
	{ WWW_GET, "/api", WWW_PUBLIC, false, www_api },
	{ WWW_GET, "/.well-known/security.txt", WWW_PUBLIC, false,
	    www_security },
	{ WWW_GET, "/announcements", WWW_PUBLIC, false, www_announcements },
	{ WWW_GET, "/announcements.atom", WWW_PUBLIC, false,
	    www_announcements_feed },
	{ WWW_GET, "/status", WWW_PUBLIC, false, www_status },
	{ WWW_GET, "/status.json", WWW_PUBLIC, false, www_status_json },
	{ WWW_GET, "/metrics", WWW_PUBLIC, false, www_metrics },
	{ WWW_GET, "/submit", WWW_PUBLIC, false, www_submit },
	{ WWW_POST, "/submit", WWW_PUBLIC, true, www_submit_post },
	{ WWW_POST, "/submit/mine", WWW_PUBLIC, true, www_mine_post },
	{ WWW_GET, "/lists/", WWW_PUBLIC, false, www_lists },
	{ WWW_GET, "/lists/changes", WWW_PUBLIC, false, www_list_changes },
	{ WWW_GET, "/lists/@", WWW_PUBLIC, false, www_list_file },
	{ WWW_GET, "/subscribers", WWW_RULES, false, www_subscribers },
	{ WWW_GET, "/use", WWW_PUBLIC, false, www_use },
	{ WWW_GET, "/use/spamassassin", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/rspamd", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/postfix", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/exim", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/sendmail", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/opensmtpd", WWW_PUBLIC, false, www_use_program },
	{ WWW_GET, "/use/qmail", WWW_PUBLIC, false, www_use_program },
};

#define N_ROUTES (sizeof(routes) / sizeof(routes[0]))

const struct www_route *
www_route_all(unsigned *ret_n)
{
	*ret_n = N_ROUTES;
	return routes;
}

/* Exact but for "#": digits without a leading zero, not 0, up to 2^63; and
 * "*": the 32 hex digits of a ticket; "@": the name of a published file. */
static bool
matches(const char *pattern, const char *path, uint64_t *ret_id)
{
	unsigned long n = 0;
	size_t digits;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			if (strspn(path, "0123456789abcdef") != 32) {
				return false;
			}
			path += 32;
			continue;
		}
		if (*pattern == '@') {
			digits = strspn(path, "abcdefghijklmnopqrstuvwxyz"
					      "0123456789._-");
			if (digits == 0 || digits > 120 || path[0] == '.') {
				return false;
			}
			path += digits;
			continue;
		}
		if (*pattern != '#') {
			if (*path++ != *pattern) {
				return false;
			}
			continue;
		}
		digits = strspn(path, "0123456789");
		if (!text_number(span(path, digits), INT64_MAX, &n) || n == 0) {
			return false;
		}
		path += digits;
	}
	*ret_id = n;
	return *path == '\0';
}

const struct www_route *
www_route_find(enum www_method method, const char *path, uint64_t *ret_id,
    const char **ret_allow)
{
	bool get = false, post = false;
	uint64_t id;

	if (method == WWW_HEAD) {
		method = WWW_GET;
	}
	for (size_t i = 0; i < N_ROUTES; i++) {
		if (!matches(routes[i].path, path, &id)) {
			continue;
		}
		if (routes[i].method == method) {
			*ret_id = id;
			return &routes[i];
		}
		get = get || routes[i].method == WWW_GET;
		post = post || routes[i].method == WWW_POST;
	}
	*ret_allow = get && post ? "GET, HEAD, POST"
	    : get                ? "GET, HEAD"
	    : post               ? "POST"
				 : "";
	return NULL;
}

static int
no_route(struct www_turn *t, const char *allow)
{
	if (allow[0] == '\0') {
		return www_page_say(t, 404, T("No such page"), "%s",
		    T("There is nothing at this address. It may have been "
		      "mistyped, or the link is old."));
	}
	memcpy(t->reply->allow, allow, strlen(allow) + 1);
	return www_page_say(t, 405, T("Not this way"),
	    T("This address answers to %s only."), allow);
}

/* The least role that may. */
static enum zone_role
role_for(enum www_open open)
{
	switch (open) {
	case WWW_SEES: return ZONE_VIEWER;
	case WWW_DECIDES: return ZONE_MODERATOR;
	case WWW_RULES: return ZONE_ADMIN;
	case WWW_PUBLIC:
	case WWW_OWN: break;
	}
	return ZONE_EXPORTER;
}

static void
refuse_role(struct www_turn *t, enum www_open open)
{
	const char *role =
	    www_role_words(t, t->who.session.user.role);
	char why[400];

	/* one sentence for each: where "moderators" stands differs by tongue */
	snprintf(why, sizeof(why),
	    open == WWW_RULES
		? T("Your role is %s, and this is for administrators. Nothing "
		    "was changed.")
		: open == WWW_DECIDES
		? T("Your role is %s: you may look at everything here, but "
		    "decisions are for moderators. Nothing was changed.")
		: T("Your role is %s: you may fetch list files and change your "
		    "own account, and see nothing else."),
	    role);
	(void)www_page_say(t, 403, T("Not for your role"), "%s", why);
}

/* May this request go on to its page? 0: yes; 1: it has been answered. */
static int
admit(struct www_turn *t, const struct www_route *route)
{
	bool post = route->method == WWW_POST, own = route->open == WWW_OWN;
	int r = 1;

	if (post && www_request_foreign(t->request, t->config->www.url)) {
		(void)www_page_say(t, 403, T("Sent from another site"), "%s",
		    T("Your browser says that this form was sent by another "
		      "site's page. Nothing was changed. If you meant it, open "
		      "the page here and do it there."));
	} else if (route->open == WWW_PUBLIC && (!post || route->own_token)) {
		r = 0;
	} else if (route->open != WWW_PUBLIC && !t->who.known) {
		r = www_login_needed(t);
		r = r == 0 ? 1 : r;
	} else if (route->open != WWW_PUBLIC &&
	    !www_may(t, role_for(route->open))) {
		refuse_role(t, route->open);
	} else if (!own && route->open != WWW_PUBLIC &&
	    t->who.session.user.must_change) {
		if (post) {
			(void)www_page_say(t, 403,
			    T("First a password of your own"), "%s",
			    T("Somebody else made your password. Nothing was "
			      "changed: choose one of your own under your "
			      "account, then go on."));
		} else {
			(void)www_page_go(t, "/account");
		}
	} else if (post &&
	    !www_form_token_fits(www_fields_get(&t->request->form, "token"),
		t->who.session.secret, t->request->path)) {
		(void)www_page_say(t, 403, T("This form is not valid"), "%s",
		    T("The form did not come from a page of your present "
		      "session: it is older than your log-in, or was not made "
		      "here. Nothing was changed. Go back, reload the page and "
		      "try again."));
	} else {
		r = 0;
	}
	return r;
}

/* "?lang=el" keeps the page and its cookie remembers the choice, for people
 * with and without a session. */
static void
choose_language(struct www_turn *t)
{
	const char *wish = t->request->method == WWW_GET
	    ? www_fields_get(&t->request->query, "lang")
	    : NULL;

	for (enum www_lang lang = 0; wish != NULL && lang < WWW_LANGS; lang++) {
		if (strcmp(wish, www_lang_code(lang)) == 0) {
			t->lang = lang;
			snprintf(t->reply->lang_cookie,
			    sizeof(t->reply->lang_cookie),
			    "lang=%s; Path=/; Max-Age=31536000; Secure; "
			    "HttpOnly; SameSite=Lax",
			    www_lang_code(lang));
		}
	}
}

static int64_t
nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
www_answer(
    const struct www_request *request, struct www_reply *reply, void *ctx)
{
	struct www_turn turn = {
		.site = ctx,
		.config = www_site_config(ctx),
		.request = request,
		.reply = reply,
		.now = when_now(),
		.lang = www_lang_choose(request->cookie, request->languages),
		.arena = { .limit = 64u << 20 },
	};
	int64_t begun = nanoseconds();
	const struct www_route *route;
	const char *allow = "";
	int r;

	www_site_enter(turn.site);
	choose_language(&turn);
	route =
	    www_route_find(request->method, request->path, &turn.id, &allow);
	reply->route = route != NULL ? route->path : NULL;
	/* what anybody may fetch must work when the accounts do not */
	r = route != NULL && route->open == WWW_PUBLIC &&
		request->cookie == NULL
	    ? 0
	    : www_session_of(turn.site, request->cookie, &turn.who);
	if (r < 0 && route != NULL && route->open == WWW_PUBLIC) {
		r = 0;
	}
	/* a page that only asks for the count by itself is no use of it */
	if (r == 0 && turn.who.known &&
	    (route == NULL || route->page != www_queue_count)) {
		www_site_touch(turn.site, turn.who.token);
	}
	if (r == 0) {
		r = route == NULL ? no_route(&turn, allow)
				  : admit(&turn, route);
		if (r == 0 && route != NULL) {
			r = route->page(&turn);
		}
	}
	if (r < 0) {
		www_page_failed(&turn, r);
	}
	www_counts_note(www_site_counts(turn.site),
	    route != NULL ? (unsigned)(route - routes) : WWW_COUNTS_ROUTES,
	    reply->status, nanoseconds() - begun);
	www_html_free(&turn.html);
	arena_free(&turn.arena);
	www_site_leave(turn.site);
	www_site_release(turn.site, turn.config);
}
