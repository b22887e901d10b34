/* decision.c - the card where an item is decided, or was. */
#include "www/decision.h"

#include <stdio.h>

#include "www/cover.h"
#include "www/lang.h"
#include "www/prospect.h"
#include "www/queue_done.h"
#include "www/show.h"
#include "www/votes.h"

/* The usual life in days of what may be listed here; 0: no end, -1: it
 * differs from list to list. */
static int64_t
usual_days(const struct www_turn *t, const struct zone_item *item)
{
	int64_t days = -2;

	for (unsigned i = 0; i < item->n_candidates; i++) {
		const struct zone_list_conf *list = zone_config_list(
		    t->config, span_str(item->candidates[i].list));
		int64_t of = list != NULL ? list->expiry / 86400 : days;

		days = days == -2 || days == of ? of : -1;
	}
	return days;
}

static void
chip(struct www_turn *t, const char *value, const char *chosen,
    const char *words)
{
	HTML(&t->html,
	    "<label><input type=\"radio\" name=\"until\" value=\"%s\"", value);
	if (strcmp(value, chosen) == 0) {
		HTML(&t->html, " checked");
	}
	HTML(&t->html, "><span>%s</span></label>", words);
}

void
www_expiry_fields(struct www_turn *t, const struct www_draft *d,
    const char *usual, const char *usual_value)
{
	static const struct {
		const char *value;
		unsigned days;
	} lives[] = { { "1d", 1 }, { "7d", 7 }, { "30d", 30 }, { "90d", 90 } };
	bool known = d->until[0] == '\0' || strcmp(d->until, "never") == 0 ||
	    strcmp(d->until, "date") == 0;

	HTML(&t->html, "<fieldset class=\"chips\"><legend>%s</legend>",
	    T("For how long"));
	if (usual != NULL) {
		chip(t, usual_value, d->until, usual);
	}
	for (unsigned i = 0; i < 4; i++) {
		char words[64];

		snprintf(words, sizeof(words),
		    TN("%u day", "%u days", lives[i].days), lives[i].days);
		known = known || strcmp(d->until, lives[i].value) == 0;
		chip(t, lives[i].value, d->until, words);
	}
	if (!known) { /* what another form said */
		chip(t, d->until, d->until, d->until);
	}
	chip(t, "never", d->until, T("no end"));
	chip(t, "date", d->until, T("until a day"));
	HTML(&t->html,
	    "<input type=\"date\" name=\"date\" value=\"%s\" aria-label=\"%s\">"
	    "</fieldset>",
	    d->date, T("The day, with \"until a day\""));
}

static void
expiry(struct www_turn *t, const struct zone_item *item,
    const struct www_draft *d)
{
	int64_t days = usual_days(t, item);
	char usual[96];

	if (days > 0) {
		snprintf(usual, sizeof(usual),
		    TN("as usual: %u day", "as usual: %u days",
			(uint64_t)days),
		    (unsigned)days);
	} else {
		snprintf(usual, sizeof(usual), "%s",
		    days == 0 ? T("as usual: no end")
			      : T("as usual for its list"));
	}
	www_expiry_fields(t, d, usual, "");
}

static void
option(struct www_turn *t, const char *value, const char *chosen,
    const char *words)
{
	HTML(&t->html, "<option value=\"%s\"", value);
	if (strcmp(value, chosen) == 0) {
		HTML(&t->html, " selected");
	}
	HTML(&t->html, ">%s</option>", words);
}

void
www_reason_fields(struct www_turn *t, const struct www_draft *d)
{
	const struct zone_config *c = t->config;

	HTML(&t->html,
	    "<label for=\"reason\">%s <span class=\"mut\">%s</span></label>",
	    T("Reason"), T("(kept in the log)"));
	if (c->www.n_reasons > 0) {
		HTML(&t->html, "<select name=\"canned\" aria-label=\"%s\">",
		    T("A reason that is used often"));
		option(t, "", d->canned, T("in your own words"));
		for (size_t i = 0; i < c->www.n_reasons; i++) {
			option(t, c->www.reasons[i], d->canned,
			    c->www.reasons[i]);
		}
		HTML(&t->html, "</select>");
	}
	HTML(&t->html,
	    "<textarea id=\"reason\" name=\"reason\" rows=\"2\" "
	    "maxlength=\"500\">");
	/* a line end behind the tag would be dropped */
	www_html_lines(&t->html, span_str(d->reason));
	HTML(&t->html, "</textarea>");
}

static void
criterion(struct www_turn *t, const struct www_draft *d)
{
	const struct zone_config *c = t->config;

	if (c->n_criteria == 0) {
		return;
	}
	HTML(&t->html,
	    "<label for=\"criterion\">%s</label>"
	    "<select id=\"criterion\" name=\"criterion\">",
	    T("Criterion"));
	option(t, "", d->criterion, T("none named"));
	for (size_t i = 0; i < c->n_criteria; i++) {
		option(t, c->criteria[i].id, d->criterion,
		    c->criteria[i].text);
	}
	HTML(&t->html, "</select>");
}

/* ---- what can be done --------------------------------------------------- */

/* How wide: the key itself, then what the list bears. */
static void
scopes(struct www_turn *t, const char *name, const struct zone_list_conf *list,
    const struct zone_key *key, unsigned chosen)
{
	static const unsigned steps6[] = { 64, 56, 48, 40, 32 };
	unsigned plen = key->ip.plen;
	bool four = key->ip.ip.bits == 32;
	unsigned widest = four ? list->widest_v4 : list->widest_v6;
	unsigned wide = four ? list->wide_v4 : list->wide_v6;
	char text[ZONE_KEY_TEXT], value[16], words[ZONE_KEY_TEXT + 80];
	char now[16] = "";

	if (plen <= widest) {
		return;
	}
	if (chosen != 0) {
		snprintf(now, sizeof(now), "%u", chosen);
	}
	HTML(&t->html, "<select name=\"%s\" aria-label=\"%s\">", name,
	    T("How wide"));
	snprintf(words, sizeof(words), "/%u · %s", plen,
	    plen == key->ip.ip.bits ? T("this address only")
				    : T("this network"));
	option(t, "", now, words);
	for (unsigned i = 0; i < 128; i++) {
		unsigned len = four ? plen - 1 - i
		    : i < 5         ? steps6[i]
				    : 0;
		struct zone_key net;

		if (len < widest || len == 0 || len > plen) {
			break;
		}
		if (len == plen ||
		    (four && len != 30 && len != 29 && len != 28 && len != 27 &&
			len > 26 && len != widest)) {
			continue;
		}
		net = www_widened(key, len);
		snprintf(value, sizeof(value), "%u", len);
		snprintf(words, sizeof(words), "%s%s",
		    zone_key_format(text, &net),
		    len < wide ? T(" · two people") : "");
		option(t, value, now, words);
	}
	HTML(&t->html, "</select>");
}

static const char *
verb(const struct www_turn *t, const struct zone_list_conf *list)
{
	if (list == NULL) {
		return T("List the key");
	}
	switch (list->kind) {
	case ZONE_KIND_IP: return T("List the IP");
	case ZONE_KIND_ADDRESS: return T("List the address");
	case ZONE_KIND_DOMAIN: return T("List the domain");
	}
	return T("List the key");
}

static int
act(struct www_turn *t, struct zone_view *view, const struct www_story *s,
    const struct www_draft *d, unsigned i, bool advised)
{
	const struct zone_candidate *c = &s->item.candidates[i];
	const struct zone_list_conf *list =
	    zone_config_list(t->config, span_str(c->list));
	char name[16], text[ZONE_KEY_TEXT];
	struct zone_key key;
	bool may = true;
	int r = 0;

	HTML(&t->html, "<div class=\"act\"><p class=\"head\">");
	www_show_advice(t, c);
	HTML(&t->html, "</p>");
	snprintf(text, sizeof(text), "%s", c->key);
	if (list != NULL &&
	    zone_key_parse(list->kind, span_str(c->key), &key, NULL) == 0) {
		if (list->kind == ZONE_KIND_IP) {
			snprintf(name, sizeof(name), "scope-%u", i);
			scopes(t, name, list, &key, d->scope[i]);
		}
		key = www_widened(&key, d->scope[i]);
		zone_key_format(text, &key);
		r = www_prospect_show(t, view, &s->item, list, &key,
		    strcmp(d->until, "never") == 0, &may);
	}
	HTML(&t->html,
	    "<button data-key=\"%s\" class=\"%s\" name=\"do\" "
	    "value=\"list-%u\">%s <span class=\"key\">%s</span></button></div>",
	    list != NULL && list->kind == ZONE_KIND_ADDRESS ? "a" : "",
	    advised && may ? "list" : "other", 1u << i, verb(t, list), text);
	return r;
}

/* A relay that was chosen in the table. */
static int
act_hop(struct www_turn *t, struct zone_view *view, const struct www_story *s,
    const struct www_draft *d)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(t->config, ZONE_KIND_IP);
	char text[ZONE_KEY_TEXT];
	struct zone_key key;
	bool may;
	int r;

	if (d->hop[0] == '\0' || list == NULL ||
	    www_story_hop(s, d->hop) == NULL || !www_hop_key(d->hop, &key)) {
		return 0;
	}
	HTML(&t->html,
	    "<div class=\"act hop\" id=\"hop\"><p class=\"head\">"
	    "<span class=\"advice a-unsure\">%s</span></p>"
	    "<input type=\"hidden\" name=\"hop\" value=\"%s\">",
	    T("the relay you chose"), d->hop);
	scopes(t, "scope-hop", list, &key, d->scope[WWW_SCOPE_HOP]);
	key = www_widened(&key, d->scope[WWW_SCOPE_HOP]);
	r = www_prospect_show(t, view, &s->item, list, &key,
	    strcmp(d->until, "never") == 0, &may);
	if (r < 0) {
		return r;
	}
	if (may) {
		HTML(&t->html,
		    "<button class=\"other\" name=\"do\" value=\"list-hop\">"
		    "%s <span class=\"key\">%s</span></button>",
		    verb(t, list), zone_key_format(text, &key));
	}
	HTML(&t->html, "</div>");
	return 0;
}

/* What must not be listed at all, now or ever. */
static void
never_buttons(struct www_turn *t, const struct www_story *s,
    const struct www_draft *d)
{
	const struct zone_item *item = &s->item;

	if (item->n_candidates == 0) {
		return;
	}
	HTML(&t->html,
	    "<details class=\"never\"><summary>%s</summary><p class=\"hint\">%s"
	    "</p><div class=\"buttons\">",
	    T("Never list this"),
	    T("Writes an exemption, so that no wider listing covers it, and "
	      "settles the item. The reason and the time above count for it; "
	      "as usual means without an end. It takes as much weight as a "
	      "wide network."));
	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];
		const struct zone_list_conf *list =
		    zone_config_list(t->config, span_str(c->list));
		char text[ZONE_KEY_TEXT];
		struct zone_key key;

		if (list == NULL ||
		    zone_key_parse(
			list->kind, span_str(c->key), &key, NULL) < 0) {
			continue;
		}
		key = www_widened(&key, d->scope[i]);
		HTML(&t->html,
		    "<button class=\"other\" name=\"do\" value=\"never-%u\">%s "
		    "<span class=\"key\">%s</span></button>",
		    1u << i, T("Never list"), zone_key_format(text, &key));
	}
	HTML(&t->html, "</div></details>");
}

static void
begin(struct www_turn *t, const struct www_story *s, const struct www_draft *d)
{
	const char *scopes = www_draft_scopes(t, d);
	char path[64], token[WWW_TOKEN];

	if (scopes == NULL) {
		t->html.buf.bad = true;
		return;
	}
	snprintf(path, sizeof(path), "/queue/%lu/decide",
	    (unsigned long)s->item.id);
	/* the first button is what Enter presses: it changes nothing */
	HTML(&t->html,
	    "<form method=\"post\" action=\"%s\" class=\"decide\" "
	    "id=\"" WWW_DECIDE_FORM "\">"
	    "<input type=\"hidden\" name=\"token\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
	    "<input type=\"hidden\" name=\"submission\" value=\"%lu\">"
	    "<input type=\"hidden\" name=\"shown\" value=\"%s\">"
	    "<button class=\"unseen\" tabindex=\"-1\" aria-hidden=\"true\" "
	    "name=\"do\" value=\"preview\">%s</button>",
	    path, www_form_token(token, t->who.session.secret, path),
	    s->item.version,
	    (unsigned long)(s->evidence != NULL ? s->evidence->submission : 0),
	    scopes, T("Work it out"));
	www_queue_onward(t);
}

static int
decide(struct www_turn *t, struct zone_view *view, const struct www_story *s,
    const struct www_draft *d)
{
	const struct zone_item *item = &s->item;
	uint32_t all = 0, advised = www_item_advised(item);
	unsigned n = 0, never = 0;
	int r = 0;

	begin(t, s, d);
	www_reason_fields(t, d);
	criterion(t, d);
	expiry(t, item, d);
	HTML(&t->html, "<div class=\"acts-list\">");
	for (unsigned i = 0; i < item->n_candidates && i < 32 && r == 0; i++) {
		if (item->candidates[i].advice == ZONE_ADVICE_NEVER) {
			never++;
			continue;
		}
		r = act(t, view, s, d, i, (advised >> i & 1) != 0);
		all |= 1u << i;
		n++;
	}
	if (r == 0) {
		r = act_hop(t, view, s, d);
	}
	HTML(&t->html, "</div><div class=\"buttons\">");
	if (n > 1 && n <= 3) {
		HTML(&t->html,
		    "<button class=\"other\" name=\"do\" value=\"list-%u\">%s"
		    "</button>",
		    all, n == 2 ? T("List both") : T("List all of them"));
	}
	if (n > 0) {
		HTML(&t->html,
		    "<button class=\"quiet\" name=\"do\" value=\"preview\">%s"
		    "</button>",
		    T("Work out what it would do"));
	}
	HTML(&t->html,
	    "<button class=\"dismiss\" name=\"do\" value=\"dismiss\">%s"
	    "</button></div>",
	    T("Dismiss: list nothing"));
	if (never > 0) {
		HTML(&t->html, "<p class=\"hint\">");
		www_say(t,
		    TN("%u candidate cannot be listed: the reasons stand "
		       "beside it.",
			"%u candidates cannot be listed: the reasons stand "
			"beside them.",
			never),
		    never);
		HTML(&t->html, "</p>");
	}
	never_buttons(t, s, d);
	HTML(&t->html, "</form>");
	return r;
}

int
www_decision_card(struct www_turn *t, const struct www_story *s,
    const struct www_draft *d)
{
	const struct zone_item *item = &s->item;
	struct zone_view *view = NULL;
	int r = 0;

	HTML(&t->html,
	    "<aside class=\"side\"><section class=\"card\" "
	    "aria-labelledby=\"h-decision\"><h2 id=\"h-decision\">%s</h2>",
	    T("Decision"));
	if (item->state != ZONE_WAITING) {
		HTML(&t->html, "<div class=\"note good\" role=\"status\">");
		www_show_outcome(t, item);
		www_show_take_back(t, item);
		HTML(&t->html,
		    "</div><p><a href=\"/queue\">%s</a></p>",
		    T("Back to what waits"));
		www_votes(t, item);
	} else if (www_may(t, ZONE_MODERATOR)) {
		www_votes(t, item);
		r = www_view_open(t, &view);
		if (r == 0) {
			r = decide(t, view, s, d);
		}
		zone_view_close(&view);
	} else {
		www_votes(t, item);
		HTML(&t->html, "<p>");
		SAY(t, "Waits for a moderator. As a %s you may look.",
		    zone_role_name(t->who.session.user.role));
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</section></aside>\n");
	return r;
}
