/* One's own account, the users, codes at log-in, known browsers, languages:
 * what is refused, what is shown once, and who cannot lock out whom. */
#include "tests/unit/www_world.h"

#include "www/device.h"
#include "www/check.h"
#include "zone/totp.h"

static char ada[100], bob[100];

/* Fill in the form of the page in hand: its token, and FIELDS. */
static struct answer
send_form(struct world *w, const char *page, const char *action,
    const char *fields, const char *cookie)
{
	struct answer a = get(w, page, "", cookie);
	char token[100] = "", form[800];
	struct answer b;

	CHECK(hidden(&a, action, "token", token), "%s has %s", page, action);
	snprintf(form, sizeof(form), "token=%s&%s", token, fields);
	for (char *p = form; *p != '\0'; p++) {
		*p = *p == ' ' ? '+' : *p;
	}
	b = post(w, action, form, cookie);
	forget(&a);
	return b;
}

static void
sid_of(const struct answer *a, char ret[100])
{
	snprintf(ret, 100, "%.*s", (int)strcspn(a->reply.set_cookie, ";"),
	    a->reply.set_cookie);
}

/* A restart: forgets who tried how often, as time would. Tickets and log-in
 * forms end with it, sessions do not. */
static void
restart(struct world *w)
{
	struct zone_config *config = NULL;
	struct err_text why = { "" };
	char path[SCRATCH + 20];

	www_site_close(&w->site);
	snprintf(path, sizeof(path), "%s/rbl.conf", w->dir);
	if (zone_config_load(path, &config, &why) < 0 ||
	    www_site_open(config, &w->site, &why) < 0) {
		fprintf(stderr, "restart: %s\n", why.text);
		exit(99);
	}
}

/* ---- the password -------------------------------------------------------- */

static void
password(struct world *w)
{
	static const struct {
		const char *name, *fields;
		unsigned status;
	} refused[] = {
		{ "nothing", "", 400 },
		{ "too short", "old=" PASSWORD "&new=short&again=short", 400 },
		{ "no old one", "new=a new password&again=a new password", 400 },
		{ "the two differ",
		    "old=" PASSWORD "&new=a new password&again=a new passwort",
		    400 },
		{ "the same", "old=" PASSWORD "&new=" PASSWORD
			      "&again=" PASSWORD,
		    400 },
		{ "a wrong old one",
		    "old=wrong&new=a new password&again=a new password", 403 },
		{ "an empty old one",
		    "old=&new=a new password&again=a new password", 403 },
	};
	struct digest before = world_bytes(w), after;
	char other[100];
	struct answer a;

	for (size_t i = 0; i < COUNT(refused); i++) {
		a = send_form(w, "/account", "/account/password",
		    refused[i].fields, ada);
		CHECK(a.reply.status == refused[i].status &&
			holds(&a, "Nothing was changed"),
		    "%s: %u", refused[i].name, a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "refusals write nothing");
	CHECK(log_in(w, "ada", PASSWORD, other) == 303, "a second session");
	a = send_form(w, "/account", "/account/password",
	    "old=" PASSWORD "&new=a new password&again=a new password", ada);
	CHECK(a.reply.status == 303 &&
		strcmp(a.reply.location, "/account?done=password") == 0,
	    "%u", a.reply.status);
	forget(&a);
	a = get(w, "/account", "done=password", ada);
	CHECK(a.reply.status == 200 && holds(&a, "The password was changed"),
	    "this session stays: %u", a.reply.status);
	forget(&a);
	a = get(w, "/account", "", other);
	CHECK(a.reply.status == 401, "the other ends: %u", a.reply.status);
	forget(&a);
	CHECK(log_in(w, "ada", PASSWORD, other) == 401, "the old one");
	CHECK(log_in(w, "ada", "a new password", ada) == 303, "the new one");
}

/* ---- sessions ------------------------------------------------------------ */

static void
sessions(struct world *w)
{
	char second[100], third[100], fields[200];
	struct zone_session_info list[8];
	char mine[ZONE_SESSION_HANDLE];
	struct answer a;
	int n;

	CHECK(log_in(w, "ada", "a new password", second) == 303, "second");
	CHECK(log_in(w, "ada", "a new password", third) == 303, "third");
	a = get(w, "/account", "", ada);
	CHECK(holds(&a, "198.18.0.0/24") && !holds(&a, "198.18.0.1"),
	    "the network, not the address");
	CHECK(strstr(a.reply.body.data, strchr(second, '=') + 1) == NULL,
	    "no token is shown");
	forget(&a);
	n = zone_session_list(www_site_accounts(w->site), "ada", list, 8);
	CHECK(n == 4, "the one that was kept, and three: %d", n);
	zone_session_handle(strchr(second, '=') + 1, 32, mine);
	snprintf(fields, sizeof(fields), "session=%s", mine);
	a = send_form(w, "/account", "/account/sessions/end", fields, bob);
	CHECK(a.reply.status == 409, "not another's: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/account", "/account/sessions/end", "session=x", ada);
	CHECK(a.reply.status == 409, "none such: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/account", "/account/sessions/end", "", ada);
	CHECK(a.reply.status == 400, "none named: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", second);
	CHECK(a.reply.status == 200, "still there: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/account", "/account/sessions/end", fields, ada);
	CHECK(a.reply.status == 303, "ended: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/account", "/account/sessions/end", fields, ada);
	CHECK(a.reply.status == 409, "twice: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", second);
	CHECK(a.reply.status == 401, "gone: %u", a.reply.status);
	forget(&a);
	a = send_form(
	    w, "/account", "/account/sessions/end", "session=others", ada);
	CHECK(a.reply.status == 303, "all others: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", third);
	CHECK(a.reply.status == 401, "the third too: %u", a.reply.status);
	forget(&a);
	n = zone_session_list(www_site_accounts(w->site), "ada", list, 8);
	CHECK(n == 1, "one is left: %d", n);
}

/* ---- codes --------------------------------------------------------------- */

/* The code of SECRET for a step that was not taken yet. */
static const char *
code_of(const uint8_t secret[ZONE_TOTP_SECRET], int ahead, char ret[8])
{
	snprintf(ret, 8, "%06u",
	    zone_totp_number(secret, ZONE_TOTP_SECRET,
		zone_totp_step(when_now()) + (uint64_t)(int64_t)ahead, 6));
	return ret;
}

/* The first step: password of ada. The second form's ticket to RET. */
static void
first_step(struct world *w, char ticket[100])
{
	struct answer form = get(w, "/login", "", NULL), a;
	char token[100], body[400];

	CHECK(hidden(&form, "/login", "token", token), "a form");
	snprintf(body, sizeof(body),
	    "token=%s&user=ada&password=a+new+password", token);
	a = post(w, "/login", body, NULL);
	CHECK(a.reply.status == 200 && a.reply.set_cookie[0] == '\0' &&
		a.reply.device_cookie[0] == '\0' && holds(&a, "name=\"code\""),
	    "the code is asked for, no session yet: %u", a.reply.status);
	CHECK(hidden(&a, "/login", "ticket", ticket), "a ticket");
	forget(&a);
	forget(&form);
}

static struct answer
second_step(struct world *w, const char *user, const char *ticket,
    const char *code)
{
	struct answer form = get(w, "/login", "", NULL), a;
	char token[100], body[400];

	CHECK(hidden(&form, "/login", "token", token), "a form");
	snprintf(body, sizeof(body), "token=%s&user=%s&ticket=%s&code=%s",
	    token, user, ticket, code);
	a = post(w, "/login", body, NULL);
	forget(&form);
	return a;
}

static void
codes(struct world *w)
{
	uint8_t secret[ZONE_TOTP_SECRET];
	char key[100], fields[400], code[8], ticket[100], recovery[40];
	struct answer a = get(w, "/account/codes", "", ada);
	struct digest before, after;
	const char *at;

	CHECK(hidden(&a, "/account/codes/on", "secret", key) &&
		zone_totp_unkey(span_str(key), secret),
	    "a key");
	CHECK(holds(&a, "otpauth://totp/") && holds(&a, "issuer="), "a link");
	forget(&a);
	before = world_bytes(w);
	snprintf(fields, sizeof(fields),
	    "secret=%s&code=%s&password=a new password", key,
	    code_of(secret, 50, code));
	a = send_form(
	    w, "/account/codes", "/account/codes/on", fields, ada);
	CHECK(a.reply.status == 400 && holds(&a, key),
	    "a wrong code, the key stays: %u", a.reply.status);
	forget(&a);
	snprintf(fields, sizeof(fields), "secret=%s&code=%s&password=wrong",
	    key, code_of(secret, -1, code));
	a = send_form(
	    w, "/account/codes", "/account/codes/on", fields, ada);
	CHECK(a.reply.status == 403, "a wrong password: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/account/codes", "/account/codes/on",
	    "secret=x&code=1&password=x", ada);
	CHECK(a.reply.status == 400, "no key: %u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was turned on");
	snprintf(fields, sizeof(fields),
	    "secret=%s&code=%s&password=a new password", key,
	    code_of(secret, -1, code));
	a = send_form(
	    w, "/account/codes", "/account/codes/on", fields, ada);
	CHECK(a.reply.status == 200 && holds(&a, "class=\"codes\""), "on: %u",
	    a.reply.status);
	at = strstr(a.reply.body.data, "<code>");
	snprintf(recovery, sizeof(recovery), "%.19s",
	    at != NULL ? at + strlen("<code>") : "");
	forget(&a);

	restart(w);
	first_step(w, ticket);
	before = world_bytes(w);
	a = second_step(w, "ada", ticket, code);
	CHECK(a.reply.status == 401 && a.reply.set_cookie[0] == '\0',
	    "the code that confirmed it: %u", a.reply.status);
	forget(&a);
	a = second_step(w, "bob", ticket, code_of(secret, 0, code));
	CHECK(a.reply.status == 403, "another's ticket: %u", a.reply.status);
	forget(&a);
	a = second_step(w, "ada", "000000000001.00", code);
	CHECK(a.reply.status == 403, "a made-up ticket: %u", a.reply.status);
	forget(&a);
	a = second_step(w, "ada", ticket, "");
	CHECK(a.reply.status == 401, "no code: %u", a.reply.status);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "none of it wrote");
	/* ahead: the clock may pass into the next step while this runs */
	a = second_step(w, "ada", ticket, code_of(secret, 1, code));
	CHECK(a.reply.status == 303 && a.reply.set_cookie[0] != '\0',
	    "in: %u", a.reply.status);
	sid_of(&a, ada);
	forget(&a);
	a = second_step(w, "ada", ticket, code);
	CHECK(a.reply.status == 401, "the same code again: %u",
	    a.reply.status);
	forget(&a);
	first_step(w, ticket);
	a = second_step(w, "ada", ticket, recovery);
	CHECK(a.reply.status == 303, "a recovery code: %u", a.reply.status);
	forget(&a);
	first_step(w, ticket);
	a = second_step(w, "ada", ticket, recovery);
	CHECK(a.reply.status == 401, "not twice: %u", a.reply.status);
	forget(&a);
	for (unsigned i = 0; i < 2; i++) {
		a = second_step(w, "ada", ticket, "000000");
		CHECK(a.reply.status == 401, "guess %u: %u", i, a.reply.status);
		forget(&a);
	}
	a = second_step(w, "ada", ticket, "000000");
	CHECK(a.reply.status == 429 && a.reply.retry_after > 0,
	    "guessing waits: %u", a.reply.status);
	forget(&a);
	restart(w);
	a = send_form(w, "/account", "/account/codes/off", "password=wrong",
	    ada);
	CHECK(a.reply.status == 403, "off needs the password: %u",
	    a.reply.status);
	forget(&a);
	a = send_form(w, "/account", "/account/codes/off",
	    "password=a new password", ada);
	CHECK(a.reply.status == 303, "off: %u", a.reply.status);
	forget(&a);
	CHECK(log_in(w, "ada", "a new password", ada) == 303, "without again");
}

static void
tickets(void)
{
	const uint8_t key[32] = { 1 }, other[32] = { 2 };
	char ticket[WWW_TOKEN];

	www_ticket(ticket, key, 1000, "ada");
	CHECK(www_ticket_fits(ticket, key, 1000, "ada") &&
		www_ticket_fits(ticket, key, 1300, "ada"),
	    "%s", ticket);
	CHECK(!www_ticket_fits(ticket, key, 1301, "ada"), "too old");
	CHECK(!www_ticket_fits(ticket, key, 999, "ada"), "to come");
	CHECK(!www_ticket_fits(ticket, key, 1000, "bob"), "another's");
	CHECK(!www_ticket_fits(ticket, other, 1000, "ada"), "another start");
	CHECK(!www_ticket_fits(NULL, key, 1000, "ada") &&
		!www_ticket_fits("", key, 1000, "ada") &&
		!www_ticket_fits("000000001000", key, 1000, "ada") &&
		!www_ticket_fits("000000001000.", key, 1000, "ada"),
	    "none");
}

/* ---- users --------------------------------------------------------------- */

/* The password that the page shows. */
static void
shown_password(const struct answer *a, char ret[40])
{
	const char *at = strstr(a->reply.body.data, "<code>");

	snprintf(ret, 40, "%.*s", at != NULL ? (int)strcspn(at + 6, "<") : 0,
	    at != NULL ? at + 6 : "");
}

static void
users(struct world *w)
{
	static const struct {
		const char *name, *action, *fields;
		unsigned status;
	} refused[] = {
		{ "no name", "/users/add", "role=viewer&weight=1", 400 },
		{ "a bad name", "/users/add", "user=a b&role=viewer&weight=1",
		    400 },
		{ "markup", "/users/add", "user=<x-evil>&role=viewer&weight=1",
		    400 },
		{ "no role", "/users/add", "user=new&weight=1", 400 },
		{ "a made-up role", "/users/add", "user=new&role=root&weight=1",
		    400 },
		{ "no weight", "/users/add", "user=new&role=viewer", 400 },
		{ "weight 0", "/users/add", "user=new&role=viewer&weight=0",
		    400 },
		{ "weight 1001", "/users/add",
		    "user=new&role=viewer&weight=1001", 400 },
		{ "taken", "/users/add", "user=ADA&role=viewer&weight=1", 409 },
		{ "the last admin down", "/users/role",
		    "user=bob&role=moderator&weight=1", 409 },
		{ "nobody's role", "/users/role",
		    "user=nobody&role=viewer&weight=1", 409 },
		{ "the last admin out", "/users/remove", "user=bob&sure=yes",
		    409 },
		{ "not sure", "/users/remove", "user=vera", 400 },
		{ "nobody", "/users/remove", "user=nobody&sure=yes", 409 },
		{ "nobody's password", "/users/password", "user=nobody", 409 },
		{ "nobody's codes", "/users/codes", "user=nobody", 409 },
		{ "nobody's sessions", "/users/logout", "user=nobody", 409 },
	};
	struct digest before = world_bytes(w), after;
	char password[40], cookie[100], path[160], token[WWW_TOKEN], form[400];
	const char *sid = strchr(bob, '=') + 1;
	struct zone_session session;
	struct answer a;

	CHECK(zone_session_find(www_site_accounts(w->site), sid, strlen(sid),
		  &session) == 1,
	    "bob");
	for (size_t i = 0; i < COUNT(refused); i++) {
		snprintf(form, sizeof(form), "token=%.40s&%s",
		    www_form_token(token, session.secret, refused[i].action),
		    refused[i].fields);
		for (char *p = form; *p != '\0'; p++) {
			*p = *p == ' ' ? '+' : *p;
		}
		a = post(w, refused[i].action, form, bob);
		CHECK(a.reply.status == refused[i].status &&
			holds(&a, "Nothing was changed") &&
			!holds(&a, "<x-evil"),
		    "%s: %u", refused[i].name, a.reply.status);
		forget(&a);
	}
	after = world_bytes(w);
	CHECK(same(&before, &after), "refusals write nothing");

	a = send_form(
	    w, "/users", "/users/add", "user=nick&role=moderator&weight=2", bob);
	shown_password(&a, password);
	CHECK(a.reply.status == 200 && strlen(password) == 19, "%u %s",
	    a.reply.status, password);
	forget(&a);
	CHECK(log_in(w, "nick", password, cookie) == 303, "the first log-in");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const paths[] = { "/queue", "/log",
			"/entries" };

		snprintf(path, sizeof(path), "%s", paths[i]);
		a = get(w, path, "", cookie);
		CHECK(a.reply.status == 303 &&
			strcmp(a.reply.location, "/account") == 0,
		    "%s: %u", path, a.reply.status);
		forget(&a);
	}
	snprintf(path, sizeof(path),
	    "old=%s&new=nick's own one&again=nick's own one", password);
	a = send_form(w, "/account", "/account/password", path, cookie);
	CHECK(a.reply.status == 303, "his own: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", cookie);
	CHECK(a.reply.status == 200, "then on: %u", a.reply.status);
	forget(&a);
	a = send_form(
	    w, "/users", "/users/role", "user=nick&role=exporter&weight=1", bob);
	CHECK(a.reply.status == 303, "another role: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", cookie);
	CHECK(a.reply.status == 403, "at once: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/users", "/users/logout", "user=nick", bob);
	CHECK(a.reply.status == 303, "out: %u", a.reply.status);
	forget(&a);
	a = get(w, "/account", "", cookie);
	CHECK(a.reply.status == 401, "is out: %u", a.reply.status);
	forget(&a);
	a = send_form(w, "/users", "/users/remove", "user=nick&sure=yes", bob);
	CHECK(a.reply.status == 303, "removed: %u", a.reply.status);
	forget(&a);
	CHECK(log_in(w, "nick", "nick's own one", cookie) == 401, "is gone");
	a = get(w, "/users", "", bob);
	CHECK(holds(&a, "the chain is whole") && holds(&a, "was removed by"),
	    "and it is in the log");
	forget(&a);
}

/* ---- known browsers ------------------------------------------------------ */

static unsigned
try_password(
    struct world *w, const char *password, const char *cookie, char ret[160])
{
	struct answer form = get(w, "/login", "", NULL), a;
	char token[100], body[400];
	unsigned status;

	CHECK(hidden(&form, "/login", "token", token), "a form");
	snprintf(body, sizeof(body), "token=%s&user=vera&password=%s", token,
	    password);
	for (char *p = body; *p != '\0'; p++) {
		*p = *p == ' ' ? '+' : *p;
	}
	a = post(w, "/login", body, cookie);
	status = a.reply.status;
	if (ret != NULL) {
		snprintf(ret, 160, "%.*s",
		    (int)strcspn(a.reply.device_cookie, ";"),
		    a.reply.device_cookie);
	}
	forget(&form);
	forget(&a);
	return status;
}

static void
known(struct world *w)
{
	char device[160], forged[160], again[160];
	unsigned status = 0;

	CHECK(try_password(w, PASSWORD, NULL, device) == 303 &&
		strncmp(device, "__Host-device=", 14) == 0,
	    "%s", device);
	memcpy(forged, device, sizeof(forged));
	forged[strlen(forged) - 1] ^= 1;
	for (unsigned i = 0; i < 5 && status != 429; i++) {
		status = try_password(w, "a guess", NULL, NULL);
	}
	CHECK(status == 429, "guesses wait: %u", status);
	CHECK(try_password(w, PASSWORD, NULL, NULL) == 429,
	    "whoever comes from there");
	CHECK(try_password(w, PASSWORD, forged, NULL) == 429,
	    "a forged proof is none");
	CHECK(try_password(w, PASSWORD, device, again) == 303,
	    "but not a browser that was let in before");
	CHECK(strcmp(device, again) == 0, "it keeps its number");
	status = 0;
	for (unsigned i = 0; i < 5 && status != 429; i++) {
		status = try_password(w, "a guess", device, NULL);
	}
	CHECK(status == 429, "its own guesses wait as well: %u", status);
}

static void
words(void)
{
	static const struct {
		const char *agent, *want;
	} cases[] = {
		{ NULL, "" },
		{ "", "" },
		{ "<script>", "" },
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 "
		  "Firefox/115.0",
		    "Firefox · Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
		  "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 "
		  "Edg/120.0",
		    "Edge · Windows" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) "
		  "AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 "
		  "Safari/604.1",
		    "Safari · iPhone" },
		{ "Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile "
		  "Safari/537.36",
		    "Chrome · Android" },
		{ "curl/7.88.1", "curl" },
	};
	char out[WWW_BROWSER_TEXT], net[WWW_NETWORK_TEXT];
	struct net_ip ip;

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(strcmp(www_browser_words(out, cases[i].agent),
			  cases[i].want) == 0,
		    "%s", out);
	}
	CHECK(net_ip_parse(span_str("2001:db8:1:2ff::9"), &ip) == 0 &&
		strcmp(www_network_words(net, &ip), "2001:db8:1:200::/56") == 0,
	    "%s", net);
	ip.bits = 0;
	CHECK(strcmp(www_network_words(net, &ip), "") == 0, "%s", net);
}

/* Who may only look sees what others can do, and why not himself. */
static void
onlooker(struct world *w)
{
	char vera[100];
	struct answer a;

	CHECK(log_in(w, "vera", PASSWORD, vera) == 303, "%s", vera);
	a = get(w, "/queue", "", vera);
	CHECK(holds(&a, "aria-disabled=\"true\"") &&
		holds(&a, "Only moderators decide.") &&
		!holds(&a, "/decide\""),
	    "buttons that say why: %u", a.reply.status);
	forget(&a);
	a = get(w, "/queue", "", bob);
	CHECK(!holds(&a, "aria-disabled") && holds(&a, "/decide\""),
	    "others have real ones: %u", a.reply.status);
	forget(&a);
}

static void
language(struct world *w)
{
	struct answer a = get(w, "/lookup", "q=203.0.114.9&lang=el", NULL);

	CHECK(strncmp(a.reply.lang_cookie, "lang=el;", 8) == 0 &&
		holds(&a, "<html lang=\"el\">") &&
		holds(&a, "href=\"/lookup?q=203.0.114.9&amp;lang=en\""),
	    "Greek for a visitor: %s", a.reply.lang_cookie);
	forget(&a);
	a = get(w, "/lookup", "", "lang=el");
	CHECK(a.reply.lang_cookie[0] == '\0' && holds(&a, "<html lang=\"el\">"),
	    "stays Greek");
	forget(&a);
	a = get(w, "/queue", "lang=en", ada);
	CHECK(strncmp(a.reply.lang_cookie, "lang=en;", 8) == 0 &&
		a.reply.set_cookie[0] == '\0' && a.reply.status == 200,
	    "the session is left alone");
	forget(&a);
	a = get(w, "/lookup", "lang=xx", NULL);
	CHECK(a.reply.lang_cookie[0] == '\0', "none such");
	forget(&a);
	a = get(w, "//evil.example/x", "", NULL);
	CHECK(a.reply.status == 404 && !holds(&a, "href=\"//evil"),
	    "no way out: %u", a.reply.status);
	forget(&a);
}

int
main(void)
{
	struct world w = { .site = NULL };

	world_open(&w);
	CHECK(log_in(&w, "ada", PASSWORD, ada) == 303, "%s", ada);
	CHECK(log_in(&w, "bob", PASSWORD, bob) == 303, "%s", bob);
	password(&w);
	restart(&w);
	sessions(&w);
	tickets();
	restart(&w);
	codes(&w);
	restart(&w);
	users(&w);
	restart(&w);
	known(&w);
	words();
	restart(&w);
	onlooker(&w);
	language(&w);
	world_close(&w);
	return failures != 0;
}
