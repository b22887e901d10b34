/* pages_login.c - log-in with password and code, and log-out. */
#include "base/log.h"
#include "base/secret.h"
#include "base/when.h"
#include "www/check.h"
#include "www/lang.h"
#include "www/pages.h"

/* Where to go without a wish: an exporter has only the own account. */
static const char *
first_page(enum zone_role role)
{
	return role >= ZONE_VIEWER ? "/queue" : "/account";
}

static const char *
next_of(const struct www_turn *t)
{
	const char *next = www_fields_get(&t->request->form, "next");

	return next != NULL && www_path_ours(next) ? next : "";
}

static void
begin(struct www_turn *t, const char *next)
{
	char token[WWW_TOKEN];

	www_page_begin_bare(t, T("Log in"), WWW_LOGIN);
	HTML(&t->html,
	    "<form method=\"post\" action=\"/login\" class=\"card login\">"
	    "<h1>%s</h1>"
	    "<input type=\"hidden\" name=\"token\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"next\" value=\"%s\">",
	    T("Log in"),
	    www_login_token(token, www_site_key(t->site), when_boot()), next);
}

static void
say(struct www_turn *t, const char *message)
{
	if (message[0] != '\0' && t->request->method == WWW_POST) {
		HTML(&t->html, "<p class=\"note bad\" role=\"alert\">%s</p>",
		    message);
	} else if (message[0] != '\0') {
		HTML(&t->html, "<p class=\"note\">%s</p>", message);
	}
}

/* The form; MESSAGE "" for none: a refusal, but for the plain request of a page
 * that needs a log-in. NEXT is where to go then. */
static void
form(struct www_turn *t, unsigned status, const char *message, const char *name,
    const char *next)
{
	begin(t, next);
	HTML(&t->html, "<p class=\"mut\">%s</p>",
	    T("For moderators of this list."));
	say(t, message);
	HTML(&t->html,
	    "<label for=\"user\">%s</label>"
	    "<input id=\"user\" name=\"user\" value=\"%s\" required "
	    "maxlength=\"%d\" autocomplete=\"username\" "
	    "autocapitalize=\"none\" spellcheck=\"false\">"
	    "<label for=\"password\">%s</label>"
	    "<input id=\"password\" name=\"password\" type=\"password\" "
	    "required maxlength=\"%d\" autocomplete=\"current-password\">"
	    "<button class=\"main\">%s</button></form>\n",
	    T("Name"), name, ZONE_USER_NAME - 1, T("Password"),
	    ZONE_PASSWORD_MAX, T("Log in"));
	www_page_end(t, status);
}

/* The password of NAME was right: the code. */
static void
code_form(struct www_turn *t, unsigned status, const char *message,
    const char *name, const char *ticket)
{
	begin(t, next_of(t));
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"user\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"ticket\" value=\"%s\">"
	    "<p class=\"mut\">%s</p>",
	    name, ticket,
	    T("The password was right. Now the code that your authenticator "
	      "shows, or one of your recovery codes."));
	if (status != 200) {
		say(t, message);
	}
	HTML(&t->html,
	    "<label for=\"code\">%s</label>"
	    "<input id=\"code\" name=\"code\" class=\"code\" required "
	    "maxlength=\"40\" autocomplete=\"one-time-code\" "
	    "autocapitalize=\"none\" spellcheck=\"false\" autofocus>"
	    "<button class=\"main\">%s</button>"
	    "<p class=\"hint\"><a href=\"/login\">%s</a></p></form>\n",
	    T("Code"), T("Log in"), T("Begin again"));
	www_page_end(t, status);
}

int
www_login(struct www_turn *t)
{
	if (t->who.known) {
		return www_page_go(
		    t, "%s", first_page(t->who.session.user.role));
	}
	form(t, 200, "", "", "");
	return 0;
}

int
www_login_needed(struct www_turn *t)
{
	bool post = t->request->method == WWW_POST;
	const char *path = t->request->path;
	struct span old;

	if (t->request->cookie != NULL &&
	    www_cookie_get(span_str(t->request->cookie), WWW_COOKIE, &old)) {
		www_session_cookie(t->reply->set_cookie, NULL);
	}
	form(t, 401,
	    post ? T("You are not logged in, or your session has ended. "
		     "Nothing was changed.")
		 : T("Log in to see this page."),
	    "", !post && www_path_ours(path) ? path : "");
	return 0;
}

static int
let_in(struct www_turn *t, const struct zone_user *user, const char *device)
{
	char token[SECRET_TOKEN_TEXT], line[200];
	char browser[WWW_BROWSER_TEXT], network[WWW_NETWORK_TEXT];
	struct zone_accounts *accounts = www_site_accounts(t->site);
	const char *next = next_of(t);
	int r;

	/* A new token at each log-in; whatever the browser held is ended. */
	if (t->who.known) {
		r = zone_session_end(
		    accounts, t->who.token, strlen(t->who.token));
		if (r < 0 && r != ERR_NONE) {
			return r;
		}
	}
	r = zone_session_begin(accounts, user->name,
	    www_network_words(network, &t->request->client),
	    www_browser_words(browser, t->request->agent), token);
	if (r < 0 || (r = www_device_keep(t, user->name, device)) < 0) {
		return r;
	}
	log_event(LOG_TELL, "logged in user=%s",
	    text_printable_in(
		line, sizeof(line), user->name, strlen(user->name)));
	www_session_cookie(t->reply->set_cookie, token);
	if (user->must_change) {
		return www_page_go(t, "/account");
	}
	return www_page_go(
	    t, "%s", next[0] != '\0' ? next : first_page(user->role));
}

static int
code_post(struct www_turn *t, const char *name, const char *ticket)
{
	const char *code = www_fields_get(&t->request->form, "code");
	struct www_checked checked;
	struct zone_user user;
	char words[200];
	unsigned status;
	int r;

	if (name == NULL || strlen(name) >= ZONE_USER_NAME ||
	    !www_ticket_fits(
		ticket, www_site_key(t->site), when_boot(), name)) {
		form(t, 403,
		    T("That took longer than five minutes. Please log in "
		      "again."),
		    "", next_of(t));
		return 0;
	}
	r = www_check_code(t, name, code != NULL ? code : "", &checked);
	if (r < 0) {
		return r;
	}
	if (checked.verdict != WWW_RIGHT) {
		status = www_check_answer(t, &checked,
		    T("This code does not fit. Each one fits once: wait for "
		      "the next."),
		    words);
		code_form(t, status, words, name, ticket);
		return 0;
	}
	r = zone_user_get(www_site_accounts(t->site), name, &user);
	if (r != 1) {
		return r < 0 ? r : ERR_NONE;
	}
	return let_in(t, &user, checked.device);
}

int
www_login_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *token = www_fields_get(f, "token");
	const char *name = www_fields_get(f, "user");
	const char *password = www_fields_get(f, "password");
	const char *given = www_fields_get(f, "ticket");
	char words[200], ticket[WWW_TOKEN];
	struct www_checked checked;
	int r;

	if (!www_login_token_fits(token, www_site_key(t->site), when_boot())) {
		form(t, 403,
		    T("This form was too old, or was not made here. Please try "
		      "again."),
		    "", next_of(t));
		return 0;
	}
	if (given != NULL) {
		return code_post(t, name, given);
	}
	if (name == NULL || password == NULL || name[0] == '\0' ||
	    strlen(name) >= ZONE_USER_NAME || password[0] == '\0' ||
	    strlen(password) > ZONE_PASSWORD_MAX) {
		form(t, 401, T("Name and password do not fit."), "",
		    next_of(t));
		return 0;
	}
	r = www_check_password(t, name, password, &checked);
	if (r < 0) {
		return r;
	}
	if (checked.verdict != WWW_RIGHT) {
		unsigned status = www_check_answer(
		    t, &checked, T("Name and password do not fit."), words);

		form(t, status, words, name, next_of(t));
		return 0;
	}
	if (checked.user.totp) {
		code_form(t, 200, "", checked.user.name,
		    www_ticket(ticket, www_site_key(t->site), when_boot(),
			checked.user.name));
		return 0;
	}
	return let_in(t, &checked.user, checked.device);
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
