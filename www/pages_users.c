/* pages_users.c - people who may log in, for administrators. */
#include "base/log.h"
#include "www/lang.h"
#include "www/pages.h"

#include <stdio.h>

#define USERS 1000 /* shown */
#define EVENTS 40
#define WEIGHT_MAX 1000

static const struct {
	enum zone_role role;
	const char *name, *words;
} roles[] = {
	{ ZONE_EXPORTER, N_("exporter"), N_("fetches lists, sees nothing else") },
	{ ZONE_VIEWER, N_("viewer"), N_("sees everything, decides nothing") },
	{ ZONE_MODERATOR, N_("moderator"), N_("decides what is listed") },
	{ ZONE_ADMIN, N_("admin"), N_("decides, and looks after people") },
};
#define N_ROLES (sizeof(roles) / sizeof(roles[0]))

const char *
www_role_words(const struct www_turn *t, enum zone_role role)
{
	for (size_t i = 0; i < N_ROLES; i++) {
		if (roles[i].role == role) {
			return www_tr(t, roles[i].name);
		}
	}
	return T("no role: the record is damaged");
}

/* ---- the page -------------------------------------------------------------- */

/* UNIQUE makes the ids of one form differ from another's. */
static void
role_fields(struct www_turn *t, const char *unique, enum zone_role role,
    unsigned weight)
{
	HTML(&t->html,
	    "<div class=\"pair\"><div><label for=\"role-%s\">%s</label>"
	    "<select id=\"role-%s\" name=\"role\">",
	    unique, T("Role"), unique);
	for (size_t i = 0; i < N_ROLES; i++) {
		HTML(&t->html, "<option value=\"%s\"",
		    zone_role_name(roles[i].role));
		if (roles[i].role == role) {
			HTML(&t->html, " selected");
		}
		HTML(&t->html, ">%s - %s</option>", www_tr(t, roles[i].name),
		    www_tr(t, roles[i].words));
	}
	HTML(&t->html,
	    "</select></div><div class=\"few\">"
	    "<label for=\"weight-%s\">%s</label>"
	    "<input id=\"weight-%s\" name=\"weight\" type=\"number\" min=\"1\" "
	    "max=\"%d\" value=\"%u\"></div></div>",
	    unique, T("Weight of the vote"), unique, WEIGHT_MAX, weight);
}

static void
user_form(struct www_turn *t, const char *path, const char *user,
    const char *class)
{
	www_form_begin(t, path, class);
	HTML(&t->html, "<input type=\"hidden\" name=\"user\" value=\"%s\">",
	    user);
}

/* A button for USER that needs no more than a click. */
static void
user_button(struct www_turn *t, const char *path, const char *user,
    const char *label)
{
	user_form(t, path, user, "inline");
	HTML(&t->html,
	    "<button>%s<span class=\"unseen\"> %s</span></button></form>",
	    label, user);
}

static int
user_row(struct www_turn *t, const struct zone_user *u)
{
	struct zone_session_info one;
	int n = zone_session_list(
	    www_site_accounts(t->site), u->name, &one, 1);

	if (n < 0) {
		return n;
	}
	HTML(&t->html,
	    "<li class=\"card person\" id=\"user-%s\"><div class=\"head\">"
	    "<h2>%s</h2><span class=\"tag\">%s</span>",
	    u->name, u->name, www_role_words(t, u->role));
	if (u->totp) {
		HTML(&t->html, "<span class=\"tag on\">%s</span>",
		    T("with codes"));
	}
	if (u->must_change) {
		HTML(&t->html, "<span class=\"tag off\">%s</span>",
		    T("one-time password"));
	}
	HTML(&t->html, "</div><p class=\"meta\">");
	SAY(t, "weight %u", u->weight);
	HTML(&t->html, " · %s ", T("added"));
	www_html_ago(t, u->created);
	HTML(&t->html, " · ");
	HTML(&t->html, "%d %s", n,
	    TN("session", "sessions", (uint64_t)(unsigned)n));
	HTML(&t->html, "</p><details><summary>%s<span class=\"unseen\"> %s"
		       "</span></summary>",
	    T("Change"), u->name);
	user_form(t, "/users/role", u->name, "stack");
	role_fields(t, u->name, u->role, u->weight);
	HTML(&t->html, "<button class=\"main\">%s</button></form>"
		       "<div class=\"tools\">",
	    T("Save role and weight"));
	user_button(t, "/users/password", u->name, T("New one-time password"));
	if (u->totp) {
		user_button(t, "/users/codes", u->name, T("Ask for no code"));
	}
	if (n > 0) {
		user_button(t, "/users/logout", u->name, T("End all sessions"));
	}
	HTML(&t->html, "</div>");
	user_form(t, "/users/remove", u->name, "danger");
	HTML(&t->html,
	    "<label class=\"tick\"><input type=\"checkbox\" name=\"sure\" "
	    "value=\"yes\" required> ");
	SAY(t, "%s may not log in any more; votes and decisions stay.",
	    u->name);
	HTML(&t->html,
	    "</label><button class=\"list\">%s<span class=\"unseen\"> %s"
	    "</span></button></form></details></li>\n",
	    T("Remove"), u->name);
	return 0;
}

static void
add_card(struct www_turn *t)
{
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2>", T("Add somebody"));
	www_form_begin(t, "/users/add", "stack");
	HTML(&t->html,
	    "<label for=\"new-user\">%s</label>"
	    "<input id=\"new-user\" name=\"user\" required maxlength=\"%d\" "
	    "pattern=\"[A-Za-z0-9][A-Za-z0-9._\\-]*\" autocapitalize=\"none\" "
	    "spellcheck=\"false\" autocomplete=\"off\">",
	    T("Name"), ZONE_USER_NAME - 1);
	role_fields(t, "new", ZONE_MODERATOR, 1);
	HTML(&t->html,
	    "<p class=\"hint\">%s</p><button class=\"main\">%s</button>"
	    "</form></section>\n",
	    T("You get a password for the first log-in, shown once; its owner "
	      "has to choose another one there."),
	    T("Add"));
}

static const struct {
	const char *what, *words;
} deeds[] = {
	{ "added", N_("%s was added by %s") },
	{ "password", N_("%s: new password, by %s") },
	{ "one-time-password", N_("%s: one-time password, by %s") },
	{ "role", N_("%s: role or weight changed by %s") },
	{ "removed", N_("%s was removed by %s") },
	{ "totp-on", N_("%s: codes turned on by %s") },
	{ "totp-off", N_("%s: codes turned off by %s") },
	{ "recovery-code", N_("%s: a recovery code was used by %s") },
	{ "logged-out", N_("%s: sessions ended by %s") },
};

static void
event_row(struct www_turn *t, const struct zone_account_event *e)
{
	const char *by = strcmp(e->by, "-") == 0 ? T("a program") : e->by;

	HTML(&t->html, "<li><div><span class=\"no\">%lu</span>",
	    (unsigned long)e->number);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		const char *words = www_tr(t, deeds[i].words);
		const char *first = strstr(words, "%s");
		const char *second =
		    first != NULL ? strstr(first + 2, "%s") : NULL;

		if (strcmp(deeds[i].what, e->what) != 0 || second == NULL) {
			continue;
		}
		HTML(&t->html, "%.*s<b>%s</b>%.*s<b>%s</b>%s",
		    (int)(first - words), words, e->whom,
		    (int)(second - first - 2), first + 2, by, second + 2);
	}
	if (e->more[0] != '\0') {
		HTML(&t->html, " <span class=\"mut\">(%s)</span>", e->more);
	}
	HTML(&t->html, "</div>");
	www_html_time(t, e->time);
	HTML(&t->html, "</li>");
}

static int
log_card(struct www_turn *t)
{
	struct zone_accounts *accounts = www_site_accounts(t->site);
	struct zone_account_event *list =
	    arena_alloc(&t->arena, EVENTS * sizeof(*list));
	uint64_t rows = 0;
	int n, whole;

	if (list == NULL) {
		return ERR_NOMEM;
	}
	n = zone_account_log(accounts, 0, list, EVENTS);
	whole = zone_account_log_verify(accounts, &rows);
	if (n < 0 || (whole < 0 && whole != ERR_CORRUPT)) {
		return n < 0 ? n : whole;
	}
	HTML(&t->html, "<section class=\"card\"><h2>%s</h2>",
	    T("What was changed"));
	if (whole == ERR_CORRUPT) {
		HTML(&t->html, "<p class=\"note bad\" role=\"alert\">");
		SAY(t,
		    "This log was altered: row %lu does not fit the one before "
		    "it.",
		    (unsigned long)rows);
		HTML(&t->html, "</p>");
	} else {
		HTML(&t->html, "<p class=\"mut\">%s</p>",
		    T("Each row is bound to the one before; the chain is "
		      "whole."));
	}
	HTML(&t->html, "<ul class=\"rows\">");
	for (int i = 0; i < n; i++) {
		event_row(t, &list[i]);
	}
	HTML(&t->html, "</ul></section>\n");
	return 0;
}

/* BAD: why something was refused, NULL for none. */
static int
page(struct www_turn *t, unsigned status, const char *bad)
{
	struct zone_user *users = arena_alloc(&t->arena, USERS * sizeof(*users));
	const char *done = www_fields_get(&t->request->query, "done");
	int n, r = 0;

	if (users == NULL) {
		return ERR_NOMEM;
	}
	n = zone_user_list(www_site_accounts(t->site), users, USERS);
	if (n < 0) {
		return n;
	}
	www_page_begin(t, T("Users"), WWW_USERS);
	if (bad != NULL) {
		HTML(&t->html,
		    "<p class=\"note bad\" role=\"alert\">%s %s</p>\n", bad,
		    T("Nothing was changed."));
	} else if (done != NULL && strcmp(done, "1") == 0) {
		HTML(&t->html,
		    "<p class=\"note good\" role=\"status\">%s</p>\n",
		    T("Done."));
	}
	HTML(&t->html, "<div class=\"cards people\"><ul class=\"persons\">");
	for (int i = 0; i < n && i < USERS && r == 0; i++) {
		r = user_row(t, &users[i]);
	}
	HTML(&t->html, "</ul><div class=\"cards-side\">");
	add_card(t);
	if (r == 0) {
		r = log_card(t);
	}
	HTML(&t->html, "</div></div>\n");
	if (r == 0) {
		www_page_end(t, status);
	}
	return r;
}

int
www_users(struct www_turn *t)
{
	return page(t, 200, NULL);
}

/* ---- changes --------------------------------------------------------------- */

/* Do DEED, by whoever asks, to the user of the form. 0: done, nothing is
 * written yet; 1: refused, with the page that says why; <0. */
static int
act(struct www_turn *t, struct zone_user_deed *deed)
{
	const char *name = www_fields_get(&t->request->form, "user");
	struct err_text why = { "" };
	const char *bad = NULL;
	unsigned status = 409;
	char line[200];
	int r;

	deed->by = t->who.session.user.name;
	deed->name = name != NULL ? name : "";
	deed->cost = t->config->www.password_cost;
	r = zone_user_do(www_site_accounts(t->site), deed, &why);
	switch (r) {
	case 0:
		log_event(LOG_TELL, "user changed user=%s by=%s",
		    text_printable_in(line, sizeof(line), deed->name,
			strlen(deed->name)),
		    deed->by);
		return 0;
	case ERR_NONE:
		bad = deed->what == ZONE_USER_TOTP_OFF
		    ? T("There is nobody of that name who logs in with codes.")
		    : T("There is nobody of that name any more.");
		break;
	case ERR_CONFLICT: bad = T("That name is taken."); break;
	case ERR_REFUSED:
		bad = T("That is the last administrator: make another one "
			"first.");
		break;
	case ERR_FORMAT:
	case ERR_RANGE:
		status = 400;
		bad = T("A name has up to 63 letters, digits, dots, hyphens "
			"and underscores and begins with a letter or digit; a "
			"weight is 1 to 1000.");
		break;
	default: return r;
	}
	r = page(t, status, bad);
	return r < 0 ? r : 1;
}

static int
finish(struct www_turn *t, int r)
{
	return r == 0 ? www_page_go(t, "/users?done=1") : r < 0 ? r : 0;
}

/* Role and weight of the form; false: not there, or no such. */
static bool
take_role(const struct www_turn *t, struct zone_user_deed *deed)
{
	const char *role = www_fields_get(&t->request->form, "role");
	unsigned long weight = 0;

	if (role == NULL || !zone_role_parse(span_str(role), &deed->role) ||
	    !www_fields_number(
		&t->request->form, "weight", WEIGHT_MAX, &weight) ||
	    weight == 0) {
		return false;
	}
	deed->weight = (unsigned)weight;
	return true;
}

/* PASSWORD of NAME, this once. */
static int
password_page(struct www_turn *t, const char *name, const char *password)
{
	www_page_begin(t, T("A password for the first log-in"), WWW_USERS);
	HTML(&t->html, "<section class=\"card narrow\"><p>");
	SAY(t,
	    "Give this to %s by a way that nobody else reads. It is shown only "
	    "now, and has to be changed at the next log-in.",
	    name);
	HTML(&t->html,
	    "</p><p class=\"secret\"><code>%s</code></p>"
	    "<p><a class=\"open boxed\" href=\"/users\">%s</a></p>"
	    "</section>\n",
	    password, T("Back to the users"));
	www_page_end(t, 200);
	return 0;
}

static int
with_password(struct www_turn *t, struct zone_user_deed *deed)
{
	uint8_t hash[ZONE_RECOVERY_HASH];
	char password[ZONE_RECOVERY_TEXT];
	int r;

	zone_recovery_make(password, hash); /* 80 random bits to type */
	deed->password = password;
	deed->one_time = true;
	r = act(t, deed);
	if (r == 0) {
		r = password_page(t, deed->name, password);
	}
	secret_wipe(password, sizeof(password));
	return r < 0 ? r : 0;
}

int
www_user_add_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_ADD };

	if (!take_role(t, &deed)) {
		return page(t, 400, T("Choose a role, and a weight from 1 to "
				      "1000."));
	}
	return with_password(t, &deed);
}

int
www_user_password_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_PASSWD };

	return with_password(t, &deed);
}

int
www_user_role_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_ROLE };

	if (!take_role(t, &deed)) {
		return page(t, 400, T("Choose a role, and a weight from 1 to "
				      "1000."));
	}
	return finish(t, act(t, &deed));
}

int
www_user_codes_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_TOTP_OFF };

	return finish(t, act(t, &deed));
}

int
www_user_logout_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_LOGOUT };

	return finish(t, act(t, &deed));
}

int
www_user_remove_post(struct www_turn *t)
{
	struct zone_user_deed deed = { .what = ZONE_USER_REMOVE };
	const char *sure = www_fields_get(&t->request->form, "sure");

	if (sure == NULL || strcmp(sure, "yes") != 0) {
		return page(t, 400, T("Tick the box beside the button first."));
	}
	return finish(t, act(t, &deed));
}
