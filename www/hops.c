/* hops.c - the relays that a mail passed, as a table. */
#include "www/hops.h"

#include "www/decision.h"
#include "www/lang.h"
#include "www/raw.h"
#include "zone/moderate.h"

static void
host(struct www_turn *t, const char *name, const char *what)
{
	if (name[0] == '\0') {
		return;
	}
	HTML(&t->html, "<span class=\"nm\">");
	www_html_name(&t->html, name);
	if (what[0] != '\0') {
		HTML(&t->html, " <i>%s</i>", what);
	}
	HTML(&t->html, "</span>");
}

static const char *
verdict(const struct www_turn *t, const char *role)
{
	static const char *const words[][2] = {
		{ "trusted", N_("trusted") },
		{ "boundary", N_("boundary") },
		{ "untrusted", N_("below the boundary") },
		{ "private", N_("private") },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(role, words[i][0]) == 0) {
			return www_tr(t, words[i][1]);
		}
	}
	return role;
}

/* "after 30 seconds", in the largest unit that says it. */
static void
took(struct www_turn *t, uint64_t seconds)
{
	if (seconds < 120) {
		www_say(t, TN("after %u second", "after %u seconds", seconds),
		    (unsigned)seconds);
	} else if (seconds < 7200) {
		seconds /= 60;
		www_say(t, TN("after %u minute", "after %u minutes", seconds),
		    (unsigned)seconds);
	} else if (seconds < 172800) {
		seconds /= 3600;
		www_say(t, TN("after %u hour", "after %u hours", seconds),
		    (unsigned)seconds);
	} else {
		seconds /= 86400;
		www_say(t, TN("after %u day", "after %u days", seconds),
		    (unsigned)seconds);
	}
}

/* How long the mail was on its way to H from BELOW, the relay before it. */
static void
delay(struct www_turn *t, const struct www_relay *h,
    const struct www_relay *below)
{
	if (h->time == 0 || below == NULL || below->time == 0) {
		return;
	}
	HTML(&t->html, "<span class=\"when\">");
	if (h->time < below->time) {
		HTML(&t->html, "%s",
		    T("before it was sent: a clock is wrong, or a line is"));
	} else {
		took(t, (uint64_t)h->time - (uint64_t)below->time);
	}
	HTML(&t->html, "</span>");
}

static bool
is_candidate(const struct zone_item *item, const char *list, const char *key)
{
	for (unsigned i = 0; i < item->n_candidates; i++) {
		if (strcmp(item->candidates[i].key, key) == 0 &&
		    span_is(span_str(item->candidates[i].list), list)) {
			return true;
		}
	}
	return false;
}

/* The button that chooses H, or why there is none. */
static void
choice(struct www_turn *t, const struct www_story *s, const struct www_relay *h)
{
	const struct zone_list_conf *list =
	    zone_config_list_of(t->config, ZONE_KIND_IP);
	struct err_text why = { "" };
	char text[ZONE_KEY_TEXT];
	struct zone_key key;
	unsigned needed;

	if (strcmp(h->role, "untrusted") == 0) {
		HTML(&t->html, "<span class=\"why\">%s</span>",
		    T("Only claimed by strangers: it cannot be chosen."));
		return;
	}
	if (s->item.state != ZONE_WAITING || !www_may(t, ZONE_MODERATOR) ||
	    list == NULL || www_story_hop(s, h->ip) == NULL ||
	    !www_hop_key(h->ip, &key) ||
	    is_candidate(&s->item, list->name, zone_key_format(text, &key))) {
		return;
	}
	if (zone_moderate_weigh(t->config, &s->item, list, &key, false, false,
		&needed, &why) < 0) {
		HTML(&t->html, "<span class=\"why\">");
		SAY(t, "Cannot be chosen: %s", www_words(t, why.text));
		HTML(&t->html, "</span>");
		return;
	}
	HTML(&t->html,
	    "<button class=\"small\" form=\"" WWW_DECIDE_FORM "\" "
	    "formnovalidate name=\"do\" value=\"hop-%s\">%s<span "
	    "class=\"unseen\"> %s</span></button>",
	    h->ip, T("Choose this one"), h->ip);
}

static void
row(struct www_turn *t, const struct www_story *s, unsigned i)
{
	const struct www_analysis *a = &s->analysis;
	const struct www_relay *h = &a->relays[i];
	bool boundary = strcmp(h->role, "boundary") == 0;

	HTML(&t->html, "<tr class=\"%s\"><td data-label=\"%s\">",
	    www_role_class(h->role), T("From"));
	if (boundary) {
		HTML(&t->html, "<mark class=\"key\">%s</mark>", h->ip);
	} else {
		HTML(&t->html, "<span class=\"key\">%s</span>", h->ip);
	}
	if (h->rdns[0] != '\0' && strcmp(h->rdns, h->helo) == 0) {
		host(t, h->rdns, T("rDNS and HELO"));
	} else {
		host(t, h->rdns, T("rDNS"));
		host(t, h->helo, T("HELO"));
	}
	HTML(&t->html, "</td><td data-label=\"%s\">", T("Received by"));
	host(t, h->by, "");
	if (h->with[0] != '\0') {
		HTML(&t->html, "<span class=\"when\">");
		SAY(t, "with %s", h->with);
		HTML(&t->html, "</span>");
	}
	HTML(&t->html, "</td><td data-label=\"%s\">", T("When"));
	if (h->time != 0) {
		HTML(&t->html, "<span class=\"nm\">");
		www_html_time(t, h->time);
		HTML(&t->html, "</span>");
	} else if (h->date[0] != '\0') {
		HTML(&t->html, "<span class=\"nm\">%s</span>", h->date);
	}
	delay(t, h, i + 1 < a->n_relays ? &a->relays[i + 1] : NULL);
	HTML(&t->html,
	    "</td><td data-label=\"%s\"><span class=\"role\">%s</span>",
	    T("Verdict"), verdict(t, h->role));
	if (h->why[0] != '\0') {
		HTML(&t->html, " <span class=\"why\">%s</span>",
		    www_words(t, h->why));
	}
	choice(t, s, h);
	HTML(&t->html, "</td></tr>\n");
}

void
www_hops_card(struct www_turn *t, const struct www_story *s)
{
	HTML(&t->html,
	    "<section class=\"card\"><h2>%s</h2>",
	    T("The way it came"));
	if (s->analysis.n_relays == 0) {
		HTML(&t->html, "<p class=\"mut\">%s</p></section>\n",
		    T("No relay's address stands in its headers."));
		return;
	}
	HTML(&t->html,
	    "<p class=\"mut\">%s</p><table class=\"hops\"><thead><tr>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"
	    "<tbody>",
	    T("Newest first. The boundary is the first relay that a trusted "
	      "server met; what lies below is only claimed by strangers."),
	    T("From"), T("Received by"), T("When"), T("Verdict"));
	for (unsigned i = 0; i < s->analysis.n_relays; i++) {
		row(t, s, i);
	}
	HTML(&t->html, "</tbody></table></section>\n");
}
