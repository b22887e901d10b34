/* decision.c - the card where an item is decided, or was. */
#include "www/decision.h"

#include <stdio.h>

#include "www/show.h"

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
expiry(struct www_turn *t, const struct zone_item *item)
{
	int64_t days = usual_days(t, item);

	HTML(&t->html,
	    "<label for=\"until\">For how long</label>"
	    "<select id=\"until\" name=\"until\"><option value=\"\">");
	if (days > 0) {
		HTML(&t->html, "as usual: %u days", (unsigned)days);
	} else {
		HTML(&t->html, "%s",
		    days == 0 ? "as usual: no end" : "as usual for its list");
	}
	HTML(&t->html,
	    "</option><option value=\"7d\">7 days</option>"
	    "<option value=\"30d\">30 days</option>"
	    "<option value=\"90d\">90 days</option>");
	if (days != 0) { /* else it is what is usual */
		HTML(&t->html, "<option value=\"never\">no end</option>");
	}
	HTML(&t->html, "</select>");
}

static void
list_button(struct www_turn *t, const struct zone_candidate *c, uint32_t mask,
    bool advised)
{
	const struct zone_list_conf *list =
	    zone_config_list(t->config, span_str(c->list));

	HTML(&t->html,
	    "<button class=\"%s\" name=\"do\" value=\"list-%u\">List the %s "
	    "<span class=\"key\">%s</span></button>",
	    advised ? "list" : "other", mask,
	    list == NULL                     ? "key"
		: list->kind == ZONE_KIND_IP ? "IP"
					     : zone_kind_name(list->kind),
	    c->key);
}

/* One button for each thing that can be decided. Nothing is chosen before:
 * the fields are no text inputs, so that Enter sends nothing. */
static void
decide(struct www_turn *t, const struct zone_item *item)
{
	uint32_t all = 0, advised = www_item_advised(item);
	unsigned n = 0, never = 0;
	char path[64];

	snprintf(
	    path, sizeof(path), "/queue/%lu/decide", (unsigned long)item->id);
	www_form_begin(t, path, "decide");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
	    "<label for=\"reason\">Reason <span class=\"mut\">(kept in the "
	    "log)</span></label><textarea id=\"reason\" name=\"reason\" "
	    "rows=\"2\" maxlength=\"500\"></textarea>",
	    item->version);
	expiry(t, item);
	HTML(&t->html, "<div class=\"buttons\">");
	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		if (item->candidates[i].advice == ZONE_ADVICE_NEVER) {
			never++;
			continue;
		}
		list_button(
		    t, &item->candidates[i], 1u << i, (advised >> i & 1) != 0);
		all |= 1u << i;
		n++;
	}
	if (n > 1) {
		HTML(&t->html,
		    "<button class=\"other\" name=\"do\" value=\"list-%u\">"
		    "List %s</button>",
		    all, n == 2 ? "both" : "all of them");
	}
	HTML(&t->html,
	    "<button class=\"dismiss\" name=\"do\" value=\"dismiss\">Dismiss: "
	    "list nothing</button></div>");
	if (never > 0) {
		HTML(&t->html,
		    "<p class=\"hint\">%u candidate%s cannot be listed: the "
		    "reasons stand beside %s.</p>",
		    never, never == 1 ? "" : "s", never == 1 ? "it" : "them");
	}
	HTML(&t->html, "</form>");
}

static void
votes(struct www_turn *t, const struct zone_item *item)
{
	if (item->n_votes == 0 ||
	    (item->n_votes == 1 && item->state != ZONE_WAITING)) {
		return; /* the one who decided: said already */
	}
	HTML(&t->html, "<h3>Votes</h3><ul class=\"plain\">");
	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *v = &item->votes[i];
		const char *keys = www_item_keys(&t->arena, item, v->approve);

		HTML(&t->html, "<li><strong>%s</strong> (weight %u) ",
		    v->person, v->weight);
		HTML(&t->html, "%s%s",
		    v->approve == 0 ? "to dismiss" : "to list ",
		    keys != NULL ? keys : "");
		HTML(&t->html, " ");
		www_html_ago(t, v->time);
		if (v->reason[0] != '\0') {
			HTML(
			    &t->html, " <q class=\"reason\">%s</q>", v->reason);
		}
		HTML(&t->html, "</li>");
	}
	HTML(&t->html, "</ul>");
}

void
www_decision_card(struct www_turn *t, const struct zone_item *item)
{
	HTML(&t->html,
	    "<aside class=\"side\"><section class=\"card\" "
	    "aria-labelledby=\"h-decision\"><h2 id=\"h-decision\">Decision"
	    "</h2>");
	if (item->state != ZONE_WAITING) {
		HTML(&t->html, "<div class=\"note good\" role=\"status\">");
		www_show_outcome(t, item);
		www_show_take_back(t, item);
		HTML(&t->html,
		    "</div><p><a href=\"/queue\">Back to what waits</a></p>");
	} else if (www_may(t, ZONE_MODERATOR)) {
		decide(t, item);
	} else {
		HTML(&t->html,
		    "<p>Waits for a moderator. As a %s you may look.</p>",
		    zone_role_name(t->who.session.user.role));
	}
	votes(t, item);
	HTML(&t->html, "</section></aside>\n");
}
