/* votes.c - who wants what of an item. */
#include "www/votes.h"

#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/show.h"
#include "zone/moderate.h"

/* The weight that V's wish takes. 0: it cannot be fulfilled now. */
static unsigned
needed_for(const struct www_turn *t, const struct zone_item *item,
    const struct zone_vote *v)
{
	unsigned needed = 0, one;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_candidate *c = &item->candidates[i];
		const struct zone_list_conf *list =
		    zone_config_list(t->config, span_str(c->list));
		struct zone_key key;

		if ((v->approve >> i & 1) == 0) {
			continue;
		}
		if (list == NULL ||
		    zone_key_parse(
			list->kind, span_str(c->key), &key, NULL) < 0 ||
		    zone_moderate_weigh(t->config, item, list, &key, v->exempt,
			v->forever, &one, NULL) < 0) {
			return 0;
		}
		needed = one > needed ? one : needed;
	}
	return needed;
}

/* What others say of the same. */
static unsigned
weight_for(
    const struct www_turn *t, const struct zone_item *item,
    const struct zone_vote *v)
{
	unsigned weight = 0;

	for (unsigned i = 0; i < item->n_votes; i++) {
		const struct zone_vote *o = &item->votes[i];

		if (o->exempt == v->exempt &&
		    (o->approve & v->approve) == v->approve &&
		    (o->until == 0 || o->until > t->now)) {
			weight += o->weight;
		}
	}
	return weight;
}

static void
one_vote(struct www_turn *t, const struct zone_item *item,
    const struct zone_vote *v)
{
	const char *keys = www_item_keys(t, item, v->approve);
	char when[WHEN_TEXT];
	unsigned needed, weight;

	if (keys == NULL) {
		t->html.buf.bad = true;
		return;
	}
	HTML(&t->html, "<li><strong>%s</strong> ", v->person);
	if (v->approve == 0) {
		SAY(t, "(weight %u): dismiss", v->weight);
	} else if (v->exempt) {
		SAY(t, "(weight %u): never list %s", v->weight, keys);
	} else {
		SAY(t, "(weight %u): list %s", v->weight, keys);
	}
	if (v->forever) {
		HTML(&t->html, ", %s", T("no end"));
	} else if (v->until != 0) {
		HTML(&t->html, ", ");
		SAY(t, "until %.10s", when_format(when, v->until));
	}
	HTML(&t->html, " ");
	www_html_ago(t, v->time);
	if (v->reason[0] != '\0') {
		HTML(&t->html, " <q class=\"reason\">%s</q>", v->reason);
	}
	if (item->state == ZONE_WAITING && v->approve != 0) {
		needed = needed_for(t, item, v);
		weight = weight_for(t, item, v);
		if (needed > weight) {
			HTML(&t->html, " <b class=\"needs\">");
			www_say(t,
			    TN("needs %u more", "needs %u more",
				needed - weight),
			    needed - weight);
			HTML(&t->html, "</b>");
		}
	}
	HTML(&t->html, "</li>");
}

void
www_votes(struct www_turn *t, const struct zone_item *item)
{
	bool mine = false;
	char path[64];

	if (item->n_votes == 0 ||
	    (item->n_votes == 1 && item->state != ZONE_WAITING)) {
		return; /* the one who decided: said already */
	}
	HTML(&t->html,
	    "<div class=\"votes\"><h3>%s</h3><ul class=\"plain\">", T("Votes"));
	for (unsigned i = 0; i < item->n_votes; i++) {
		one_vote(t, item, &item->votes[i]);
		mine = mine ||
		    strcmp(item->votes[i].person, t->who.session.user.name) ==
			0;
	}
	HTML(&t->html, "</ul>");
	if (mine && item->state == ZONE_WAITING && www_may(t, ZONE_MODERATOR)) {
		snprintf(path, sizeof(path), "/queue/%lu/withdraw",
		    (unsigned long)item->id);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
		    "<button class=\"undo\">%s</button></form>",
		    item->version, T("Withdraw my vote"));
	}
	HTML(&t->html, "</div>");
}
