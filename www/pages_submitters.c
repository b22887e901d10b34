/* pages_submitters.c - who sends spam in, how he has done, what he may. */
#include "www/pages.h"

#include <stdio.h>

#include "base/log.h"
#include "base/when.h"
#include "www/lang.h"
#include "www/show.h"
#include "zone/queue_tell.h"
#include "zone/standing.h"
#include "zone/suspend.h"

#define ROWS 50
#define ITEMS_LOOKED 300 /* of each state */
#define ITEMS_SHOWN 50
#define RELAY_TEXT (NET_IP_TEXT + 8)

static const struct {
	const char *text, *class;
} trusts[] = {
	[ZONE_TRUST_NEW] = { N_("new"), "a-unsure" },
	[ZONE_TRUST_GOOD] = { N_("good"), "a-good" },
	[ZONE_TRUST_MIXED] = { N_("mixed"), "a-instead" },
	[ZONE_TRUST_POOR] = { N_("poor"), "a-list" },
};

static void
trust(struct www_turn *t, const struct zone_standing *s)
{
	HTML(&t->html, "<span class=\"advice %s\">%s</span>",
	    trusts[s->trust].class, www_tr(t, trusts[s->trust].text));
}

static void
record(struct www_turn *t, const struct zone_standing *s)
{
	SAY(t,
	    "%u mails, of the reports %u listed, %u dismissed, %u taken "
	    "back",
	    s->mails, s->confirmed, s->dismissed, s->undone);
}

static char *
relay_text(const struct net_prefix *p, char out[RELAY_TEXT])
{
	char ip[NET_IP_TEXT];

	snprintf(out, RELAY_TEXT, p->plen == p->ip.bits ? "%s" : "%s/%u",
	    net_ip_format(ip, &p->ip), p->plen);
	return out;
}

/* ---- all of them --------------------------------------------------------- */

static int
one_row(struct www_turn *t, const struct zone_submitter *s)
{
	struct zone_queue *queue = www_site_queue(t->site);
	struct zone_suspended since;
	struct zone_standing standing;
	const char *name = www_url_quote(&t->arena, s->name);
	int r = zone_submitter_standing(queue, s->name, &standing);

	if (r >= 0) {
		r = zone_submitter_suspended(queue, s->name, &t->arena, &since);
	}
	if (r < 0 || name == NULL) {
		return r < 0 ? r : ERR_NOMEM;
	}
	HTML(&t->html,
	    "<li class=\"card logrow\"><div class=\"who\"><b><a "
	    "href=\"/submitter?name=%s\">%s</a></b> ",
	    name, s->name);
	trust(t, &standing);
	HTML(&t->html, "</div><div class=\"what\">");
	if (r == 1) {
		HTML(
		    &t->html, "<span class=\"tag\">%s</span> ", T("suspended"));
	}
	record(t, &standing);
	HTML(&t->html, " <span class=\"mut\">");
	for (size_t i = 0; i < s->n_addresses; i++) {
		HTML(&t->html, " · %s", s->addresses[i]);
	}
	if (s->n_relays > 0) {
		HTML(&t->html, " · ");
		www_say(t, TN("%lu mail host", "%lu mail hosts", s->n_relays),
		    (unsigned long)s->n_relays);
	}
	HTML(&t->html, "</span></div><div class=\"do mut\">");
	www_html_ago(t, standing.last);
	HTML(&t->html, "</div></li>\n");
	return 0;
}

static void
register_form(struct www_turn *t)
{
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><p class=\"mut\">"
	    "%s</p>",
	    T("Register somebody"),
	    T("His mail then counts as his, and his mail hosts are never "
	      "proposed. Letters, digits, dots, hyphens."));
	www_form_begin(t, "/submitter", "formrow");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"do\" value=\"register\"><input "
	    "name=\"name\" required maxlength=\"63\" aria-label=\"%s\" "
	    "placeholder=\"%s\"><input name=\"value\" maxlength=\"320\" "
	    "aria-label=\"%s\" placeholder=\"%s\"><button class=\"main\">%s"
	    "</button></form></section>\n",
	    T("Name"), T("Name"), T("His address (not needed)"),
	    T("His address (not needed)"), T("Register"));
}

int
www_submitters(struct www_turn *t)
{
	struct zone_submitter *list = NULL;
	unsigned long page = 1;
	size_t n = 0;
	int r;

	if (!www_fields_number(&t->request->query, "page", 100000, &page) ||
	    page == 0) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("A page is given by its number, from 1."));
	}
	r = zone_submitter_list(www_site_queue(t->site), &t->arena, &list, &n);
	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("Submitters"), WWW_SUBMITTERS);
	HTML(&t->html, "<p class=\"mut\">%s</p>\n<ol class=\"log\">",
	    T("Who is registered to send spam in. Everybody else may as well, "
	      "and is shown by his address in the queue. The word says what "
	      "became of what he sent in; it is counted every minute, and "
	      "decides nothing by itself."));
	for (size_t i = (page - 1) * ROWS; i < n && i < page * ROWS && r == 0;
	     i++) {
		r = one_row(t, &list[i]);
	}
	HTML(&t->html, "</ol>\n");
	if (r < 0) {
		return r;
	}
	if (n == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("Nobody is registered"),
		    T("Reports are taken from everybody all the same."));
	} else if (n > ROWS) {
		www_html_pages(t, "/submitters?page=", page, n, ROWS);
	}
	if (www_may(t, ZONE_ADMIN)) {
		register_form(t);
	}
	www_page_end(t, 200);
	return 0;
}

/* ---- one of them --------------------------------------------------------- */

/* <form> with what says who is meant, and as he was shown. */
static void
act_begin(struct www_turn *t, const struct zone_submitter *s, const char *word,
    const char *class)
{
	char version[24];

	snprintf(version, sizeof(version), "%lld", (long long)s->changed);
	www_form_begin(t, "/submitter", class);
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"name\" value=\"%s\"><input "
	    "type=\"hidden\" name=\"version\" value=\"%s\"><input "
	    "type=\"hidden\" name=\"do\" value=\"%s\">",
	    s->name, version, word);
}

static void
value_row(struct www_turn *t, const struct zone_submitter *s, const char *value,
    const char *word)
{
	HTML(&t->html, "<li><span class=\"key\">%s</span>", value);
	if (www_may(t, ZONE_MODERATOR)) {
		act_begin(t, s, word, "inline");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"value\" "
		    "value=\"%s\"><button "
		    "class=\"quiet\">%s<span class=\"unseen\"> %s</span>"
		    "</button></form>",
		    value, T("Remove"), value);
	}
	HTML(&t->html, "</li>");
}

static void
value_add(struct www_turn *t, const struct zone_submitter *s, const char *word,
    const char *label, const char *button)
{
	if (!www_may(t, ZONE_MODERATOR)) {
		return;
	}
	act_begin(t, s, word, "formrow");
	HTML(&t->html,
	    "<input name=\"value\" required maxlength=\"320\" "
	    "aria-label=\"%s\" "
	    "placeholder=\"%s\"><button>%s</button></form>",
	    label, label, button);
}

static void
values(struct www_turn *t, const struct zone_submitter *s)
{
	char text[RELAY_TEXT];

	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><p class=\"mut\">%s</p><ul "
	    "class=\"plain\">",
	    T("Addresses"),
	    T("Mail from these is his when our mail server has proven it."));
	for (size_t i = 0; i < s->n_addresses; i++) {
		value_row(t, s, s->addresses[i], "address-remove");
	}
	HTML(&t->html, "</ul>");
	value_add(t, s, "address-add", T("A further address"), T("Add"));
	HTML(&t->html,
	    "</section>\n<section class=\"card\"><h2>%s</h2><p class=\"mut\">"
	    "%s</p><ul class=\"plain\">",
	    T("Mail hosts"),
	    T("Servers that take mail in for him: they are stepped over and "
	      "never proposed."));
	for (size_t i = 0; i < s->n_relays; i++) {
		value_row(
		    t, s, relay_text(&s->relays[i], text), "relay-remove");
	}
	HTML(&t->html, "</ul>");
	value_add(t, s, "relay-add", T("Address or network"), T("Add"));
	HTML(&t->html, "</section>\n");
}

static void
powers(struct www_turn *t, const struct zone_submitter *s, bool suspended)
{
	if (!www_may(t, ZONE_MODERATOR)) {
		return;
	}
	HTML(&t->html, "<section class=\"card\"><div class=\"formrow\">");
	act_begin(t, s, suspended ? "resume" : "suspend", "inline");
	HTML(&t->html, "<button>%s</button></form>",
	    suspended ? T("Resume") : T("Suspend"));
	if (www_may(t, ZONE_ADMIN)) {
		act_begin(t, s, "token", "inline");
		HTML(&t->html, "<button>%s</button></form>",
		    s->token ? T("New secret address (the old one ends)")
			     : T("Give a secret address"));
		HTML(&t->html,
		    "<details><summary>%s</summary><p class=\"hint\">%s</p>",
		    T("Remove him"),
		    T("His secret address ends, and what he sends in counts "
		      "as a stranger's."));
		act_begin(t, s, "remove", "inline");
		HTML(&t->html,
		    "<button class=\"list\">%s</button></form></details>",
		    T("Remove"));
	}
	HTML(&t->html, "</div><p class=\"hint\">%s</p></section>\n",
	    T("While he is suspended, what he sends in counts as a "
	      "stranger's; his mail hosts are still spared."));
}

/* Has he anything to do with ITEM? */
static bool
his(const struct zone_item *item, const struct zone_submitter *s)
{
	for (unsigned i = 0; i < item->n_evidence; i++) {
		struct span who = span_str(item->evidence[i].submitter);

		if (span_is(who, s->name)) {
			return true;
		}
		for (size_t k = 0; k < s->n_addresses; k++) {
			if (span_is(who, s->addresses[k])) {
				return true;
			}
		}
	}
	return false;
}

static int
items(struct www_turn *t, const struct zone_submitter *s)
{
	unsigned shown = 0;
	int r = 0;

	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2><p class=\"mut\">%s</p><ul "
	    "class=\"evid\">",
	    T("What he sent in"),
	    T("Within the newest items of each kind; also mail that only "
	      "says it is from one of his addresses."));
	for (unsigned state = 0; state <= ZONE_DISMISSED && r == 0; state++) {
		struct zone_item *list = NULL;
		uint64_t total = 0;
		size_t n = 0;

		r = zone_queue_list(www_site_queue(t->site),
		    (enum zone_item_state)state, 0, ITEMS_LOOKED, &t->arena,
		    &list, &n, &total);
		for (size_t i = 0; i < n && r == 0 && shown < ITEMS_SHOWN;
		     i++) {
			if (!his(&list[i], s)) {
				continue;
			}
			shown++;
			HTML(&t->html, "<li>");
			www_html_time(t, list[i].last);
			HTML(&t->html,
			    " <a class=\"subject\" href=\"/queue/%lu\">%s</a> ",
			    (unsigned long)list[i].id,
			    list[i].subject[0] != '\0' ? list[i].subject
						       : T("(no subject)"));
			www_show_outcome(t, &list[i]);
			HTML(&t->html, "</li>");
		}
	}
	if (r == 0 && shown == 0) {
		HTML(&t->html, "<li class=\"mut\">%s</li>", T("Nothing."));
	}
	HTML(&t->html, "</ul></section>\n");
	return r;
}

static int
nobody(struct www_turn *t)
{
	return www_page_say(t, 404, T("No such submitter"), "%s",
	    T("Nobody is registered by this name."));
}

/* The page; TOKEN not NULL: it was just made and is shown this once. */
static int
show(struct www_turn *t, const struct zone_submitter *s, const char *token)
{
	struct zone_queue *queue = www_site_queue(t->site);
	struct zone_standing standing, unproven;
	struct zone_suspended since = { .by = "" };
	int r = zone_submitter_standing(queue, s->name, &standing), off = 0;

	if (r >= 0) {
		off = r =
		    zone_submitter_suspended(queue, s->name, &t->arena, &since);
	}
	if (r < 0) {
		return r;
	}
	www_page_begin_bare(t, s->name, WWW_SUBMITTERS);
	HTML(&t->html,
	    "<p class=\"crumb\"><a href=\"/submitters\">%s</a></p><h1>%s</h1>"
	    "\n",
	    T("Submitters"), s->name);
	if (token != NULL) {
		HTML(&t->html,
		    "<div class=\"note warn\" role=\"status\"><span>%s</span> "
		    "<code>%s</code></div>\n",
		    T("His new secret. It is shown only now and kept nowhere: "
		      "he mails to report+SECRET@ the reporting address, or "
		      "uploads with it."),
		    token);
	}
	if (off == 1) {
		HTML(&t->html, "<p class=\"note warn\"><span>");
		SAY(t, "Suspended by %s ", since.by);
		www_html_ago(t, since.since);
		HTML(&t->html, "</span></p>\n");
	}
	HTML(&t->html, "<section class=\"card\"><p>");
	trust(t, &standing);
	HTML(&t->html, " ");
	record(t, &standing);
	HTML(&t->html, "</p><dl class=\"pairs\"><div><dt>%s</dt><dd>",
	    T("Last mail"));
	www_html_ago(t, standing.last);
	HTML(&t->html, "</dd></div><div><dt>%s</dt><dd>", T("Registered"));
	www_html_time(t, s->created);
	HTML(&t->html, "</dd></div><div><dt>%s</dt><dd>%s</dd></div>",
	    T("Secret address"), s->token ? T("yes") : T("none"));
	for (size_t i = 0; i < s->n_addresses && r >= 0; i++) {
		r = zone_submitter_standing(queue, s->addresses[i], &unproven);
		if (r == 1) {
			HTML(&t->html,
			    "<div><dt>%s</dt><dd>%s: ", T("Not proven"),
			    s->addresses[i]);
			record(t, &unproven);
			HTML(&t->html, "</dd></div>");
		}
	}
	HTML(&t->html, "</dl></section>\n");
	if (r < 0) {
		return r;
	}
	powers(t, s, off == 1);
	values(t, s);
	r = items(t, s);
	if (r == 0) {
		www_page_end(t, 200);
	}
	return r;
}

int
www_submitter(struct www_turn *t)
{
	const char *name = www_fields_get(&t->request->query, "name");
	struct zone_submitter s;
	int r = name == NULL
	    ? 0
	    : zone_submitter_get(www_site_queue(t->site), name, &t->arena, &s);

	if (r < 0) {
		return r;
	}
	return r == 1 ? show(t, &s, NULL) : nobody(t);
}

/* ---- doing it ------------------------------------------------------------ */

enum word {
	DO_REGISTER,
	DO_SUSPEND,
	DO_RESUME,
	DO_ADDRESS_ADD,
	DO_ADDRESS_REMOVE,
	DO_RELAY_ADD,
	DO_RELAY_REMOVE,
	DO_TOKEN,
	DO_REMOVE,
};

static const struct {
	const char *name, *told; /* in the queue's log */
	enum zone_role role;
} words[] = {
	[DO_REGISTER] = { "register", "register", ZONE_ADMIN },
	[DO_SUSPEND] = { "suspend", NULL, ZONE_MODERATOR },
	[DO_RESUME] = { "resume", NULL, ZONE_MODERATOR },
	[DO_ADDRESS_ADD] = { "address-add", "address added", ZONE_MODERATOR },
	[DO_ADDRESS_REMOVE] = { "address-remove", "address removed",
	    ZONE_MODERATOR },
	[DO_RELAY_ADD] = { "relay-add", "mail host added", ZONE_MODERATOR },
	[DO_RELAY_REMOVE] = { "relay-remove", "mail host removed",
	    ZONE_MODERATOR },
	[DO_TOKEN] = { "token", "token", ZONE_ADMIN },
	[DO_REMOVE] = { "remove", "unregister", ZONE_ADMIN },
};

#define N_WORDS (sizeof(words) / sizeof(words[0]))

struct wish {
	enum word word;
	const char *name, *value;
	struct zone_submitter now; /* but for DO_REGISTER */
};

/* All addresses of S but VALUE (of REMOVE), or with it. */
static int
set_addresses(struct www_turn *t, const struct wish *w, struct err_text *why)
{
	const char *all[ZONE_SUBMITTER_ADDRESSES + 1];
	size_t n = 0;

	for (size_t i = 0; i < w->now.n_addresses; i++) {
		if (w->word != DO_ADDRESS_REMOVE ||
		    strcmp(w->now.addresses[i], w->value) != 0) {
			all[n++] = w->now.addresses[i];
		}
	}
	if (w->word == DO_ADDRESS_ADD) {
		all[n++] = w->value;
	}
	return zone_submitter_set(
	    www_site_queue(t->site), w->now.name, all, n, NULL, 0, why);
}

static int
set_relays(struct www_turn *t, const struct wish *w, struct err_text *why)
{
	struct net_prefix all[ZONE_SUBMITTER_RELAYS + 1];
	char text[RELAY_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < w->now.n_relays; i++) {
		if (w->word != DO_RELAY_REMOVE ||
		    strcmp(relay_text(&w->now.relays[i], text), w->value) !=
			0) {
			all[n++] = w->now.relays[i];
		}
	}
	if (w->word == DO_RELAY_ADD &&
	    net_prefix_parse(span_str(w->value), &all[n++]) < 0) {
		return err_say(why, ERR_FORMAT,
		    "not an address or a network as 192.0.2.0/28");
	}
	return zone_submitter_set(
	    www_site_queue(t->site), w->now.name, NULL, 0, all, n, why);
}

/* <0 with WHY. TOKEN is filled for DO_TOKEN. */
static int
act(struct www_turn *t, const struct wish *w, char token[ZONE_SUBMITTER_TOKEN],
    struct err_text *why)
{
	struct zone_queue *queue = www_site_queue(t->site);
	const char *by = t->who.session.user.name;
	const char *about = w->name;
	int r = ERR_RANGE;

	switch (w->word) {
	case DO_REGISTER:
		r = zone_submitter_set(queue, w->name, &w->value,
		    w->value[0] != '\0' ? 1 : 0, NULL, 0, why);
		break;
	case DO_SUSPEND:
	case DO_RESUME:
		return zone_submitter_suspend(
		    queue, w->now.name, by, w->word == DO_SUSPEND);
	case DO_ADDRESS_ADD:
	case DO_ADDRESS_REMOVE: r = set_addresses(t, w, why); break;
	case DO_RELAY_ADD:
	case DO_RELAY_REMOVE: r = set_relays(t, w, why); break;
	case DO_TOKEN:
		r = zone_submitter_token(queue, w->now.name, token, why);
		break;
	case DO_REMOVE:
		r = zone_submitter_remove(queue, w->now.name, why);
		break;
	}
	if (r == 0) {
		about = w->value[0] != '\0'
		    ? arena_fmt(&t->arena, "%s: %s", w->name, w->value)
		    : w->name;
		r = about != NULL
		    ? zone_queue_tell(queue, by, words[w->word].told, about)
		    : ERR_NOMEM;
	}
	return r;
}

static int
not_done(struct www_turn *t, int err, const struct err_text *why)
{
	if (err == ERR_FORMAT || err == ERR_RANGE || err == ERR_CONFLICT ||
	    err == ERR_FULL) {
		return www_page_say(t, 422, T("This cannot be done"),
		    T("%s. Nothing was changed."),
		    why->text[0] != '\0' ? why->text : err_str(err));
	}
	return err == ERR_NONE ? nobody(t) : err;
}

static int
changed_since(struct www_turn *t)
{
	return www_page_say(t, 409, T("Changed since"), "%s",
	    T("Somebody has changed this submitter since the page was made. "
	      "Nothing was changed now."));
}

static int
incomplete(struct www_turn *t)
{
	return www_page_say(t, 400, T("Not understood"), "%s",
	    T("The form is incomplete. Nothing was changed."));
}

int
www_submitter_post(struct www_turn *t)
{
	const struct www_fields *f = &t->request->form;
	const char *word = www_fields_get(f, "do");
	const char *name = www_fields_get(f, "name");
	const char *value = www_fields_get(f, "value");
	char token[ZONE_SUBMITTER_TOKEN] = "";
	struct wish w = { .name = name, .value = value != NULL ? value : "" };
	struct err_text why = { "" };
	unsigned long version = 0;
	unsigned i = 0;
	int r;

	while (
	    word != NULL && i < N_WORDS && strcmp(words[i].name, word) != 0) {
		i++;
	}
	if (word == NULL || i == N_WORDS || name == NULL ||
	    !www_fields_number(f, "version", INT64_MAX, &version)) {
		return incomplete(t);
	}
	w.word = (enum word)i;
	if (!www_may(t, words[i].role)) {
		return www_page_say(t, 403, T("Not for your role"), "%s",
		    T("This is for administrators. Nothing was changed."));
	}
	r = zone_submitter_get(
	    www_site_queue(t->site), name, &t->arena, &w.now);
	if (r < 0) {
		return r;
	}
	if (w.word == DO_REGISTER) {
		if (r == 1) {
			return www_page_say(t, 409, T("The name is taken"),
			    "%s",
			    T("Somebody is registered by this name already. "
			      "Nothing was changed."));
		}
	} else if (r == 0) {
		return nobody(t);
	} else if ((int64_t)version != w.now.changed) {
		return changed_since(t);
	}
	r = act(t, &w, token, &why);
	if (r < 0) {
		return not_done(t, r, &why);
	}
	log_event(LOG_TELL, "submitter name=%s by=%s do=%s",
	    w.word == DO_REGISTER ? w.name : w.now.name,
	    t->who.session.user.name, words[i].name);
	if (w.word == DO_REMOVE) {
		return www_page_go(t, "/submitters");
	}
	if (w.word == DO_TOKEN) {
		r = zone_submitter_get(
		    www_site_queue(t->site), name, &t->arena, &w.now);
		r = r == 1 ? show(t, &w.now, token) : r;
		secret_wipe(token, sizeof(token));
		return r;
	}
	name = www_url_quote(&t->arena, w.name);
	return name == NULL ? ERR_NOMEM
			    : www_page_go(t, "/submitter?name=%s", name);
}
