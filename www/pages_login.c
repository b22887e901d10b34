/* pages_login.c - log-in and log-out. */
#include "base/log.h"
#include "base/secret.h"
#include "base/when.h"
#include "www/pages.h"

#include <stdio.h>
#include <time.h>

static int64_t
milliseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The form; MESSAGE "" for none: a refusal, but for the plain request of a page
 * that needs a log-in. NEXT is where to go then. */
static void
form(struct www_turn *t, unsigned status, const char *message, const char *name,
    const char *next)
{
	char token[WWW_TOKEN];

	www_page_begin_bare(t, "Log in", WWW_LOGIN);
	HTML(&t->html,
	    "<form method=\"post\" action=\"/login\" class=\"card login\">"
	    "<h1>Log in</h1><p class=\"mut\">For moderators of this list.</p>"
	    "<input type=\"hidden\" name=\"token\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"next\" value=\"%s\">",
	    www_login_token(token, www_site_key(t->site), when_boot()), next);
	if (message[0] != '\0' && t->request->method == WWW_POST) {
		HTML(&t->html, "<p class=\"note bad\" role=\"alert\">%s</p>",
		    message);
	} else if (message[0] != '\0') {
		HTML(&t->html, "<p class=\"note\">%s</p>", message);
	}
	HTML(&t->html,
	    "<label for=\"user\">Name</label>"
	    "<input id=\"user\" name=\"user\" value=\"%s\" required "
	    "maxlength=\"%d\" autocomplete=\"username\" "
	    "autocapitalize=\"none\" spellcheck=\"false\">"
	    "<label for=\"password\">Password</label>"
	    "<input id=\"password\" name=\"password\" type=\"password\" "
	    "required maxlength=\"%d\" autocomplete=\"current-password\">"
	    "<button class=\"main\">Log in</button></form>\n",
	    name, ZONE_USER_NAME - 1, ZONE_PASSWORD_MAX);
	www_page_end(t, status);
}

static const char *
next_of(const struct www_turn *t)
{
	const char *next = www_fields_get(&t->request->form, "next");

	return next != NULL && www_path_ours(next) ? next : "/queue";
}

int
www_login(struct www_turn *t)
{
	if (t->who.known) {
		return www_page_go(t, "/queue");
	}
	form(t, 200, "", "", "/queue");
	return 0;
}

int
www_login_needed(struct www_turn *t)
{
	bool post = t->request->method == WWW_POST;
	const char *path = t->request->path;

	if (t->request->cookie != NULL) {
		www_session_cookie(t->reply->set_cookie, NULL);
	}
	form(t, 401,
	    post ? "You are not logged in, or your session has ended. Nothing "
		   "was changed."
		 : "Log in to see this page.",
	    "", !post && www_path_ours(path) ? path : "/queue");
	return 0;
}

/* Text for a log line. */
static const char *
shown(char out[200], const char *s)
{
	return text_printable_in(out, 200, s, strlen(s));
}

static int
let_in(struct www_turn *t, const char *name)
{
	char token[SECRET_TOKEN_TEXT], line[200];
	int r;

	/* A new token at each log-in; whatever the browser held is ended. */
	if (t->who.known) {
		r = zone_session_end(www_site_accounts(t->site), t->who.token,
		    strlen(t->who.token));
		if (r < 0 && r != ERR_NONE) {
			return r;
		}
	}
	r = zone_session_start(www_site_accounts(t->site), name, token);
	if (r < 0) {
		return r;
	}
	log_event(LOG_TELL, "logged in user=%s", shown(line, name));
	www_session_cookie(t->reply->set_cookie, token);
	return www_page_go(t, "%s", next_of(t));
}

int
www_login_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *token = www_fields_get(f, "token");
	const char *name = www_fields_get(f, "user");
	const char *password = www_fields_get(f, "password");
	const struct net_ip *ip = &t->request->client;
	struct www_throttle *throttle = www_site_throttle(t->site);
	char ip_text[NET_IP_TEXT], line[200], wait_text[128];
	struct zone_user user;
	unsigned wait;
	int r;

	if (!www_login_token_fits(token, www_site_key(t->site), when_boot())) {
		form(t, 403,
		    "This form was too old, or was not made here. Please try "
		    "again.",
		    "", next_of(t));
		return 0;
	}
	if (name == NULL || password == NULL || name[0] == '\0' ||
	    strlen(name) >= ZONE_USER_NAME || password[0] == '\0' ||
	    strlen(password) > ZONE_PASSWORD_MAX) {
		form(t, 401, "Name and password do not fit.", "", next_of(t));
		return 0;
	}
	wait = www_throttle_try(throttle, name, ip, milliseconds());
	if (wait > 0) {
		snprintf(wait_text, sizeof(wait_text),
		    "Too many tries. The next one from your address is "
		    "possible in %u %s.",
		    wait < 120 ? wait : wait / 60,
		    wait < 120 ? "seconds" : "minutes");
		form(t, 429, wait_text, name, next_of(t));
		t->reply->retry_after = wait;
		return 0;
	}
	if (!www_throttle_enter(throttle)) {
		www_throttle_refund(throttle, name, ip);
		form(t, 503,
		    "Many people are logging in just now. Please try again in "
		    "a moment.",
		    name, next_of(t));
		t->reply->retry_after = 2;
		return 0;
	}
	r = zone_user_verify(www_site_accounts(t->site), name, password,
	    strlen(password), t->config->www.password_cost, &user);
	www_throttle_leave(throttle);
	if (r < 0) {
		www_throttle_refund(throttle, name, ip);
		return r;
	}
	if (r == 0) {
		log_event(LOG_NOTE, "log-in refused user=%s address=%s",
		    shown(line, name),
		    ip->bits > 0 ? net_ip_format(ip_text, ip) : "-");
		form(t, 401, "Name and password do not fit.", name, next_of(t));
		return 0;
	}
	www_throttle_passed(throttle, name, ip);
	return let_in(t, user.name);
}

int
www_logout_post(struct www_turn *t)
{
	int r = zone_session_end(
	    www_site_accounts(t->site), t->who.token, strlen(t->who.token));

	if (r < 0 && r != ERR_NONE) {
		return r;
	}
	www_session_cookie(t->reply->set_cookie, NULL);
	t->who.known = false;
	return www_page_go(t, "/login");
}
