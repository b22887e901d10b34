/* pages_account.c - one's own account: password, codes, sessions. */
#include "base/log.h"
#include "base/when.h"
#include "www/check.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/qr.h"

#include <stdio.h>

#define SESSIONS 50 /* shown */
#define DONE_PASSWORD "password"
#define DONE_CODES "codes-off"
#define DONE_SESSIONS "sessions"

/* ---- the page -------------------------------------------------------------- */

/* A field for a password. NAME is also its id. */
static void
password_field(struct www_turn *t, const char *name, const char *label,
    const char *autocomplete)
{
	HTML(&t->html,
	    "<label for=\"%s\">%s</label>"
	    "<input id=\"%s\" name=\"%s\" type=\"password\" required "
	    "maxlength=\"%d\" autocomplete=\"%s\">",
	    name, label, name, name, ZONE_PASSWORD_MAX, autocomplete);
}

static void
password_card(struct www_turn *t)
{
	HTML(&t->html,
	    "<section class=\"card\" id=\"password-card\"><h2>%s</h2>",
	    T("Password"));
	www_form_begin(t, "/account/password", "stack");
	password_field(t, "old", T("The present one"), "current-password");
	password_field(t, "new", T("The new one"), "new-password");
	HTML(&t->html, "<p class=\"hint\">");
	SAY(t, "At least %d characters; a sentence is easy to remember.",
	    ZONE_PASSWORD_MIN);
	HTML(&t->html, "</p>");
	password_field(t, "again", T("The new one again"), "new-password");
	HTML(&t->html,
	    "<p class=\"hint\">%s</p><button class=\"main\">%s</button></form>"
	    "</section>\n",
	    T("Your other sessions end."), T("Change the password"));
}

static void
codes_card(struct www_turn *t)
{
	const struct zone_user *u = &t->who.session.user;

	HTML(&t->html, "<section class=\"card\"><h2>%s</h2>",
	    T("Code at log-in"));
	if (!u->totp) {
		HTML(&t->html,
		    "<p>%s</p><p><a class=\"open boxed\" "
		    "href=\"/account/codes\">%s</a></p></section>\n",
		    T("A code from your telephone beside the password: who "
		      "learns your password cannot log in with it alone."),
		    T("Set it up"));
		return;
	}
	HTML(&t->html, "<p><span class=\"tag on\">%s</span> ", T("on"));
	SAY(t,
	    "A code is asked for beside the password. Recovery codes left: "
	    "%u.",
	    u->recovery);
	HTML(&t->html, "</p><details><summary>%s</summary>",
	    T("Turn it off, or begin anew"));
	www_form_begin(t, "/account/codes/off", "stack");
	password_field(
	    t, "password", T("Your password"), "current-password");
	HTML(&t->html,
	    "<button>%s</button></form></details></section>\n",
	    T("Log in without codes"));
}

static void
session_row(struct www_turn *t, const struct zone_session_info *s, bool mine)
{
	int64_t boot = when_boot();

	HTML(&t->html, "<li><div><b>%s</b>",
	    s->browser[0] != '\0' ? s->browser : T("A browser"));
	if (mine) {
		HTML(&t->html, " <span class=\"tag on\">%s</span>",
		    T("this one"));
	}
	HTML(&t->html, "<span class=\"sub\">");
	if (s->network[0] != '\0') {
		HTML(&t->html, "<span class=\"key\">%s</span> · ", s->network);
	}
	HTML(&t->html, "%s ", T("logged in"));
	www_html_ago(t, t->now - (boot - s->started));
	HTML(&t->html, " · %s ", T("last used"));
	www_html_ago(t, t->now - (boot - s->seen));
	HTML(&t->html, "</span></div>");
	www_form_begin(t, "/account/sessions/end", "inline");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"session\" value=\"%s\">"
	    "<button class=\"quiet\">%s</button></form></li>",
	    s->handle, mine ? T("Log out") : T("End"));
}

static int
sessions_card(struct www_turn *t)
{
	char mine[ZONE_SESSION_HANDLE];
	struct zone_session_info *list =
	    arena_alloc(&t->arena, SESSIONS * sizeof(*list));
	int n;

	if (list == NULL) {
		return ERR_NOMEM;
	}
	n = zone_session_list(www_site_accounts(t->site),
	    t->who.session.user.name, list, SESSIONS);
	if (n < 0) {
		return n;
	}
	zone_session_handle(t->who.token, strlen(t->who.token), mine);
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><ul class=\"rows\">",
	    T("Where you are logged in"));
	for (int i = 0; i < n && i < SESSIONS; i++) {
		session_row(t, &list[i], strcmp(list[i].handle, mine) == 0);
	}
	HTML(&t->html, "</ul>");
	if (n > SESSIONS) {
		HTML(&t->html, "<p class=\"mut\">");
		SAY(t, "and %d more", n - SESSIONS);
		HTML(&t->html, "</p>");
	}
	if (n > 1) {
		www_form_begin(t, "/account/sessions/end", "below");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"session\" value=\"others\">"
		    "<button>%s</button></form>",
		    T("End all but this one"));
	}
	HTML(&t->html, "</section>\n");
	return 0;
}

/* What was just done, as the redirection tells. */
static void
done_note(struct www_turn *t)
{
	const char *done = www_fields_get(&t->request->query, "done");
	const char *words = "";

	if (done == NULL) {
		return;
	}
	if (strcmp(done, DONE_PASSWORD) == 0) {
		words = T("The password was changed. Your other sessions have "
			  "ended.");
	} else if (strcmp(done, DONE_CODES) == 0) {
		words = T("No code is asked for any more.");
	} else if (strcmp(done, DONE_SESSIONS) == 0) {
		words = T("Ended.");
	}
	if (words[0] != '\0') {
		HTML(&t->html,
		    "<p class=\"note good\" role=\"status\">%s</p>\n", words);
	}
}

/* BAD: why something was refused, NULL for none. */
static int
page(struct www_turn *t, unsigned status, const char *bad)
{
	const struct zone_user *u = &t->who.session.user;
	int r;

	www_page_begin(t, T("Your account"), WWW_ACCOUNT);
	HTML(&t->html, "<p class=\"meta\"><b>%s</b> · %s</p>\n", u->name,
	    www_role_words(t, u->role));
	if (bad != NULL) {
		HTML(&t->html,
		    "<p class=\"note bad\" role=\"alert\">%s %s</p>\n", bad,
		    T("Nothing was changed."));
	} else if (u->must_change) {
		HTML(&t->html, "<p class=\"note warn\" role=\"status\">%s</p>\n",
		    T("Somebody else made your password. Choose one of your "
		      "own before you go on."));
	} else {
		done_note(t);
	}
	HTML(&t->html, "<div class=\"cards\">");
	password_card(t);
	HTML(&t->html, "<div class=\"cards-side\">");
	if (!u->must_change) {
		codes_card(t);
	}
	r = sessions_card(t);
	HTML(&t->html, "</div></div>\n");
	if (r == 0) {
		www_page_end(t, status);
	}
	return r;
}

int
www_account(struct www_turn *t)
{
	return page(t, 200, NULL);
}

/* ---- the password ---------------------------------------------------------- */

/* The password in field FIELD once more. 1: right; 0: the page that says why
 * not is written; <0. */
static int
once_more(struct www_turn *t, const char *field)
{
	const char *password = www_fields_get(&t->request->form, field);
	struct www_checked checked;
	char words[200];
	unsigned status;
	int r;

	if (password == NULL || strlen(password) > ZONE_PASSWORD_MAX) {
		password = "";
	}
	r = www_check_password(
	    t, t->who.session.user.name, password, &checked);
	if (r < 0 || checked.verdict == WWW_RIGHT) {
		return r < 0 ? r : 1;
	}
	status = www_check_answer(
	    t, &checked, T("That is not your present password."), words);
	r = page(t, status == 401 ? 403 : status, words);
	return r;
}

int
www_password_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *new = www_fields_get(f, "new");
	const char *again = www_fields_get(f, "again");
	const char *old = www_fields_get(f, "old");
	struct err_text why = { "" };
	struct zone_user_deed deed = { .what = ZONE_USER_PASSWD,
		.by = t->who.session.user.name,
		.name = t->who.session.user.name,
		.password = new,
		.cost = t->config->www.password_cost,
		.keep = t->who.token };
	int r;

	if (new == NULL || again == NULL || old == NULL ||
	    strlen(new) < ZONE_PASSWORD_MIN ||
	    strlen(new) > ZONE_PASSWORD_MAX) {
		return page(
		    t, 400, T("The new password is too short or too long."));
	}
	if (strcmp(new, again) != 0) {
		return page(t, 400, T("The two new passwords differ."));
	}
	if (strcmp(new, old) == 0) {
		return page(t, 400, T("The new password is the old one."));
	}
	r = once_more(t, "old");
	if (r != 1) {
		return r;
	}
	r = zone_user_do(www_site_accounts(t->site), &deed, &why);
	if (r == 0) { /* the browser's proof hangs on the password */
		r = www_device_keep(t, deed.name, "");
	}
	if (r < 0) {
		return r;
	}
	log_event(LOG_TELL, "password changed user=%s", deed.name);
	return www_page_go(t, "/account?done=" DONE_PASSWORD);
}

/* ---- codes ----------------------------------------------------------------- */

/* The secret, in groups of four for people who type it. */
static void
secret_words(struct www_turn *t, const char *key)
{
	HTML(&t->html, "<p class=\"secret\">");
	for (size_t i = 0; key[i] != '\0'; i += 4) {
		HTML(&t->html, "<span>%.*s</span> ", 4, key + i);
	}
	HTML(&t->html, "</p>");
}

/* The same for the telephone's camera. Names that are too long do without. */
static int
picture(struct www_turn *t, const char *site, const char *user, const char *key)
{
	struct www_qr *qr = arena_alloc(&t->arena, sizeof(*qr));
	char *uri = arena_fmt(&t->arena,
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s", site, user, key, site);

	if (qr == NULL || uri == NULL) {
		return ERR_NOMEM;
	}
	if (www_qr_make(uri, strlen(uri), qr) == 0) {
		www_qr_show(t, qr,
		    T("A QR code with the key that stands below it"));
	}
	secret_wipe(uri, strlen(uri));
	secret_wipe(qr, sizeof(*qr));
	return 0;
}

static int
codes_page(struct www_turn *t, unsigned status,
    const uint8_t secret[ZONE_TOTP_SECRET], const char *bad)
{
	const char *user = t->who.session.user.name;
	char *site = www_url_quote(&t->arena, www_site_name(t->config));
	char key[ZONE_TOTP_KEY];
	int r;

	if (site == NULL) {
		return ERR_NOMEM;
	}
	zone_totp_key(key, secret);
	www_page_begin_bare(t, T("Code at log-in"), WWW_ACCOUNT);
	HTML(&t->html, "<p class=\"crumb\"><a href=\"/account\">%s</a></p>"
		       "<h1>%s</h1>\n",
	    T("Your account"), T("Code at log-in"));
	if (bad != NULL) {
		HTML(&t->html,
		    "<p class=\"note bad\" role=\"alert\">%s %s</p>\n", bad,
		    T("Nothing was changed."));
	}
	HTML(&t->html, "<section class=\"card narrow\">");
	www_form_begin(t, "/account/codes/on", "stack");
	HTML(&t->html, "<ol class=\"steps\"><li><b>%s</b><p>%s</p>",
	    T("Give your authenticator this key."),
	    T("Any program for one-time codes will do: scan this, or on the "
	      "telephone itself open the link."));
	r = picture(t, site, user, key);
	if (r < 0) {
		return r;
	}
	HTML(&t->html,
	    "<p><a class=\"open boxed\" "
	    "href=\"otpauth://totp/%s:%s?secret=%s&amp;issuer=%s\">%s</a></p>"
	    "<p class=\"mut\">%s</p>",
	    site, user, key, site, T("Open it in the authenticator"),
	    T("Or type it:"));
	secret_words(t, key);
	HTML(&t->html,
	    "<p class=\"mut\">%s</p></li><li><b>%s</b>"
	    "<input type=\"hidden\" name=\"secret\" value=\"%s\">"
	    "<label for=\"code\">%s</label>"
	    "<input id=\"code\" name=\"code\" class=\"code\" required "
	    "inputmode=\"numeric\" maxlength=\"10\" "
	    "autocomplete=\"one-time-code\">",
	    T("By time, SHA-1, 6 digits, 30 seconds."),
	    T("Type the code that it shows."), key, T("Code"));
	password_field(
	    t, "password", T("Your password"), "current-password");
	HTML(&t->html,
	    "</li></ol><button class=\"main\">%s</button></form></section>\n",
	    T("Ask for codes from now on"));
	www_page_end(t, status);
	secret_wipe(key, sizeof(key));
	return 0;
}

int
www_codes(struct www_turn *t)
{
	uint8_t secret[ZONE_TOTP_SECRET];

	secret_random(secret, sizeof(secret));
	return codes_page(t, 200, secret, NULL);
}

/* They are shown this once. */
static void
recovery_page(
    struct www_turn *t, char codes[ZONE_RECOVERY_CODES][ZONE_RECOVERY_TEXT])
{
	www_page_begin(t, T("Recovery codes"), WWW_ACCOUNT);
	HTML(&t->html,
	    "<p class=\"note good\" role=\"status\">%s</p>\n"
	    "<section class=\"card narrow\"><p>%s</p><ol class=\"codes\">",
	    T("From now on a code is asked for beside the password."),
	    T("Should the telephone be lost, each of these lets you in once. "
	      "They are shown only now: print them, or keep them where you "
	      "keep keys."));
	for (unsigned i = 0; i < ZONE_RECOVERY_CODES; i++) {
		HTML(&t->html, "<li><code>%s</code></li>", codes[i]);
	}
	HTML(&t->html,
	    "</ol><p><a class=\"open boxed\" href=\"/account\">%s</a></p>"
	    "</section>\n",
	    T("I have them"));
	www_page_end(t, 200);
}

int
www_codes_on_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *key = www_fields_get(f, "secret");
	const char *code = www_fields_get(f, "code");
	char codes[ZONE_RECOVERY_CODES][ZONE_RECOVERY_TEXT];
	uint8_t hashes[ZONE_RECOVERY_CODES][ZONE_RECOVERY_HASH];
	uint8_t secret[ZONE_TOTP_SECRET];
	struct err_text why = { "" };
	struct zone_user_deed deed = { .what = ZONE_USER_TOTP_ON,
		.by = t->who.session.user.name,
		.name = t->who.session.user.name,
		.secret = secret,
		.recovery = (const uint8_t(*)[ZONE_RECOVERY_HASH])hashes };
	int r;

	if (key == NULL || !zone_totp_unkey(span_str(key), secret)) {
		return www_page_say(t, 400, T("This form is not complete"),
		    "%s", T("Nothing was changed. Go back and try again."));
	}
	if (!zone_totp_fits(secret, span_str(code != NULL ? code : ""), t->now,
		0, &deed.step)) {
		return codes_page(t, 400, secret,
		    T("This code does not fit this key. Is the clock of the "
		      "telephone right?"));
	}
	r = once_more(t, "password");
	if (r != 1) {
		return r;
	}
	for (unsigned i = 0; i < ZONE_RECOVERY_CODES; i++) {
		zone_recovery_make(codes[i], hashes[i]);
	}
	r = zone_user_do(www_site_accounts(t->site), &deed, &why);
	if (r == 0) {
		log_event(LOG_TELL, "codes on user=%s", deed.name);
		recovery_page(t, codes);
	}
	secret_wipe(codes, sizeof(codes));
	secret_wipe(secret, sizeof(secret));
	return r;
}

int
www_codes_off_post(struct www_turn *t)
{
	const struct zone_user_deed deed = { .what = ZONE_USER_TOTP_OFF,
		.by = t->who.session.user.name,
		.name = t->who.session.user.name };
	struct err_text why = { "" };
	int r = once_more(t, "password");

	if (r != 1) {
		return r;
	}
	r = zone_user_do(www_site_accounts(t->site), &deed, &why);
	if (r < 0 && r != ERR_NONE) { /* off already: as was asked */
		return r;
	}
	log_event(LOG_TELL, "codes off user=%s", deed.name);
	return www_page_go(t, "/account?done=" DONE_CODES);
}

/* ---- sessions -------------------------------------------------------------- */

int
www_session_end_post(struct www_turn *t)
{
	const char *which = www_fields_get(&t->request->form, "session");
	const char *name = t->who.session.user.name;
	const struct zone_user_deed deed = { .what = ZONE_USER_LOGOUT,
		.by = name,
		.name = name,
		.keep = t->who.token };
	struct err_text why = { "" };
	char mine[ZONE_SESSION_HANDLE];
	int r;

	zone_session_handle(t->who.token, strlen(t->who.token), mine);
	if (which == NULL) {
		return page(t, 400, T("No session was named."));
	}
	if (strcmp(which, "others") == 0) {
		r = zone_user_do(www_site_accounts(t->site), &deed, &why);
	} else if (strcmp(which, mine) == 0) {
		return www_logout_post(t);
	} else {
		r = zone_session_revoke(
		    www_site_accounts(t->site), name, name, which);
		if (r == 0) {
			return page(t, 409,
			    T("That session has ended already, or is not "
			      "yours."));
		}
	}
	return r < 0 ? r : www_page_go(t, "/account?done=" DONE_SESSIONS);
}
