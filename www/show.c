/* show.c - pieces that several pages show the same way. */
#include "www/show.h"

#include <stdio.h>

#include "www/lang.h"
#include "zone/moderate.h"

static const struct {
	const char *words, *class;
} advices[] = {
	[ZONE_ADVICE_LIST] = { N_("list"), "a-list" },
	[ZONE_ADVICE_ADDRESS_INSTEAD] = { N_("list the address instead"),
	    "a-instead" },
	[ZONE_ADVICE_UNSURE] = { N_("unsure"), "a-unsure" },
	[ZONE_ADVICE_NEVER] = { N_("never list"), "a-never" },
};

static const char *
sureness(const struct www_turn *t, enum zone_confidence confidence)
{
	switch (confidence) {
	case ZONE_CERTAIN: return T("certain");
	case ZONE_PROBABLE: return T("probable");
	case ZONE_UNSURE: return T("unsure");
	}
	return "";
}

void
www_show_advice(struct www_turn *t, const struct zone_candidate *c)
{
	unsigned i = (unsigned)c->advice <= ZONE_ADVICE_NEVER
	    ? (unsigned)c->advice
	    : ZONE_ADVICE_UNSURE;

	HTML(&t->html, "<span class=\"advice %s\">%s", advices[i].class,
	    www_tr(t, advices[i].words));
	if (i != ZONE_ADVICE_UNSURE || c->confidence != ZONE_UNSURE) {
		HTML(&t->html, "<span class=\"sure\"> · %s</span>",
		    sureness(t, c->confidence));
	}
	HTML(&t->html, "</span>");
}

uint32_t
www_item_advised(const struct zone_item *item)
{
	uint32_t mask = zone_moderate_proposal(item);

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		if (item->candidates[i].advice != ZONE_ADVICE_LIST) {
			mask &= ~(1u << i);
		}
	}
	return mask;
}

const char *
www_item_keys(
    struct www_turn *t, const struct zone_item *item, uint32_t mask)
{
	const char *keys = "";
	unsigned left = 0;

	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		left += mask >> i & 1;
	}
	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		if ((mask >> i & 1) == 0 || keys == NULL) {
			continue;
		}
		left--;
		keys = arena_fmt(&t->arena, "%s%s%s", keys, item->candidates[i].key,
		    left > 1        ? ", "
			: left == 1 ? T(" and ")
				    : "");
	}
	return keys;
}

void
www_show_outcome(struct www_turn *t, const struct zone_item *item)
{
	const char *keys = www_item_keys(t, item, item->approved);

	if (keys == NULL) {
		t->html.buf.bad = true;
		return;
	}
	if (item->state == ZONE_WAITING) {
		HTML(&t->html, "<span>%s</span>", T("Waits for a decision."));
		return;
	}
	if (item->state == ZONE_DISMISSED && item->serial > 0) {
		HTML(&t->html,
		    "<span><strong>%s</strong> <span class=\"key\">%s</span>",
		    T("Never to be listed:"), keys);
	} else if (item->state == ZONE_DISMISSED) {
		HTML(&t->html, "<span><strong>%s</strong>", T("Dismissed"));
	} else {
		HTML(&t->html,
		    "<span><strong>%s</strong> <span class=\"key\">%s</span>",
		    T("Listed"), keys);
	}
	HTML(&t->html, " %s <strong>%s</strong> ", T("by"), item->settled_by);
	www_html_ago(t, item->settled);
	if (item->serial > 0) {
		HTML(&t->html, ", <a href=\"/log?serial=%lu\">",
		    (unsigned long)item->serial);
		SAY(t, "change #%lu", (unsigned long)item->serial);
		HTML(&t->html, "</a>");
	}
	if (item->settled_reason[0] != '\0') {
		HTML(&t->html, " <q class=\"reason\">%s</q>",
		    item->settled_reason);
	}
	HTML(&t->html, "</span>");
}

/* No "disabled": such a button says its reason to nobody who has no mouse. It
 * belongs to no form and does nothing. */
void
www_show_off(struct www_turn *t, const char *label)
{
	const char *why = T("Only moderators decide.");

	HTML(&t->html,
	    "<button type=\"button\" class=\"off\" aria-disabled=\"true\" "
	    "title=\"%s\">%s<span class=\"unseen\">: %s</span></button>",
	    why, label, why);
}

void
www_show_take_back(struct www_turn *t, const struct zone_item *item)
{
	char path[64], label[120];

	if (item->state == ZONE_WAITING) {
		return;
	}
	if (!www_may(t, ZONE_MODERATOR)) {
		www_show_off(t, T("Undo"));
		return;
	}
	snprintf(label, sizeof(label), T("Undo the decision on item %lu"),
	    (unsigned long)item->id);
	if (item->serial > 0) {
		snprintf(path, sizeof(path), "/log/%lu/undo",
		    (unsigned long)item->serial);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"item\" value=\"%lu\">",
		    (unsigned long)item->id);
	} else {
		snprintf(path, sizeof(path), "/queue/%lu/reopen",
		    (unsigned long)item->id);
		www_form_begin(t, path, "inline");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">",
		    item->version);
	}
	HTML(&t->html,
	    "<button class=\"undo\" aria-label=\"%s\">%s</button></form>",
	    label, T("Undo"));
}

void
www_show_terms(
    struct www_turn *t, const struct zone_detail *d, const char *key)
{
	struct buf reason = { 0 };

	HTML(&t->html, "%s ", T("since"));
	www_html_time(t, d->created);
	HTML(&t->html, " · ");
	if (d->until == 0) {
		HTML(&t->html, "%s", T("no end"));
	} else {
		HTML(&t->html, "%s ", T("until"));
		www_html_time(t, d->until);
	}
	zone_detail_reason(d, key, &reason);
	if (reason.len > 0) {
		HTML(&t->html, " · <q class=\"reason\">%s</q>", reason.data);
	}
	buf_free(&reason);
}

int
www_show_cover(
    struct www_turn *t, struct zone_view *view, const struct zone_candidate *c)
{
	struct www_cover cover;
	int r;

	r = www_cover_find_text(view, t->config, c->list, c->key, &cover);
	if (r < 0 || cover.verdict == ZONE_CLEAR) {
		return r;
	}
	HTML(&t->html, "<p class=\"cover\"><span class=\"tag\">%s</span> ",
	    cover.verdict == ZONE_LISTED ? T("listed already")
					 : T("exempted"));
	if (!cover.exact) {
		HTML(&t->html, "%s ", T("by"));
		www_html_key(t, cover.text);
		HTML(&t->html, " ");
	}
	HTML(&t->html, "<span class=\"mut\">");
	www_show_terms(t, &cover.detail, cover.text);
	HTML(&t->html, "</span></p>");
	return 0;
}
