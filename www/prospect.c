/* prospect.c - what a decision would do, before it is made. */
#include "www/prospect.h"

#include "www/lang.h"
#include "zone/guard.h"
#include "zone/moderate.h"
#include "zone/within.h"

/* How much a prefix is. */
static void
amount(struct www_turn *t, const struct zone_key *key, const char *text)
{
	unsigned bits = key->ip.ip.bits;

	if (key->kind != ZONE_KIND_IP) {
		SAY(t, "Would list %s.", text);
	} else if (bits == 32) {
		uint64_t n = UINT64_C(1) << (32 - key->ip.plen);

		www_say(t,
		    TN("Would list %s: %lu address.",
			"Would list %s: %lu addresses.", n),
		    text, (unsigned long)n);
	} else if (key->ip.plen <= 64) {
		uint64_t n = UINT64_C(1) << (64 - key->ip.plen);

		www_say(t,
		    TN("Would list %s: %lu network of a /64.",
			"Would list %s: %lu networks of a /64.", n),
		    text, (unsigned long)n);
	} else {
		SAY(t, "Would list %s: a part of one /64.", text);
	}
}

static int
covers(struct www_turn *t, struct zone_view *view,
    const struct zone_list_conf *list, const struct zone_key *key)
{
	struct zone_within within = { 0 };
	uint16_t number;
	int r = zone_view_list(view, list->name, list->kind, &number);

	if (r == 1) {
		r = zone_view_within(view, number, &key->ip, &within);
	}
	if (r == ERR_RANGE) {
		HTML(&t->html, " %s",
		    T("It is too wide to count what it covers."));
		return 0;
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html, " ");
	if (within.listed == 0 && within.exempt == 0) {
		HTML(&t->html, "%s", T("It covers no entry that is there."));
	} else {
		www_say(t,
		    TN("It covers %lu entry that is there.",
			"It covers %lu entries that are there.", within.listed),
		    (unsigned long)within.listed);
	}
	if (within.exempt > 0) {
		HTML(&t->html, " ");
		www_say(t,
		    TN("%lu exemption stays a hole in it.",
			"%lu exemptions stay holes in it.", within.exempt),
		    (unsigned long)within.exempt);
	}
	HTML(&t->html, " %s", T("Guarded ranges in it: none."));
	return 0;
}

int
www_prospect_show(struct www_turn *t, struct zone_view *view,
    const struct zone_item *item, const struct zone_list_conf *list,
    const struct zone_key *key, bool forever, bool *ret_may)
{
	unsigned needed = 1, weight = t->who.session.user.weight;
	struct err_text why = { "" };
	char text[ZONE_KEY_TEXT];
	int r;

	zone_key_format(text, key);
	r = zone_moderate_weigh(
	    t->config, item, list, key, false, forever, &needed, &why);
	*ret_may = r == 0;
	if (r == ERR_REFUSED || r == ERR_RANGE || r == ERR_FORMAT) {
		HTML(&t->html, "<p class=\"would no\">");
		SAY(t, "Cannot be listed: %s", why.text);
		HTML(&t->html, "</p>");
		return 0;
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<p class=\"would\">");
	amount(t, key, text);
	if (key->kind == ZONE_KIND_IP && key->ip.plen < key->ip.ip.bits) {
		r = covers(t, view, list, key);
	}
	if (r == 0 && needed > weight) {
		HTML(&t->html, " <b>");
		SAY(t,
		    "It takes a weight of %u and yours is %u: somebody else "
		    "has to agree.",
		    needed, weight);
		HTML(&t->html, "</b>");
	}
	HTML(&t->html, "</p>");
	return r;
}
