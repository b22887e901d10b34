/* queue_row.c - an item as one row: enough to decide without opening it. */
#include "www/queue_row.h"

#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/show.h"
#include "zone/guard.h"
#include "zone/moderate.h"
#include "zone/standing.h"
#include "zone/submitters.h"

#define SUBJECT 160 /* bytes shown in a row */
#define NAME 100
#define REASON 160
#define SHOWN 4 /* candidates */

void
www_html_cut(struct www_turn *t, const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1), step;

	if (n <= max) {
		HTML(&t->html, "%s", s);
		return;
	}
	n = 0;
	while ((step = text_utf8(s + n, max + 4 - n)) > 0 && n + step <= max) {
		n += step;
	}
	HTML(&t->html, "%.*s…", (int)(n > 0 ? n : max), s);
}

void
www_row_subject(struct www_turn *t, const struct zone_item *item)
{
	if (item->subject[0] == '\0') {
		HTML(&t->html, "%s", T("(no subject)"));
	} else {
		www_html_cut(t, item->subject, SUBJECT);
	}
}

uint32_t
www_row_proposal(const struct zone_item *item)
{
	uint32_t mask = www_item_advised(item);

	if (mask == 0 && item->n_candidates > 0 &&
	    item->candidates[0].advice == ZONE_ADVICE_ADDRESS_INSTEAD) {
		mask = zone_moderate_proposal(item);
	}
	return mask;
}

static const struct zone_list_conf *
list_of(const struct zone_config *config, const struct zone_candidate *c)
{
	return zone_config_list(config, span_str(c->list));
}

uint32_t
www_row_address(const struct zone_config *config, const struct zone_item *item)
{
	for (unsigned i = 0; i < item->n_candidates && i < 32; i++) {
		const struct zone_list_conf *list =
		    list_of(config, &item->candidates[i]);

		if (list != NULL && list->kind == ZONE_KIND_ADDRESS &&
		    item->candidates[i].advice != ZONE_ADVICE_NEVER) {
			return UINT32_C(1) << i;
		}
	}
	return 0;
}

void
www_show_claim(struct www_turn *t, uint64_t item)
{
	char name[WWW_CLAIM_NAME];
	int64_t since;

	if (!www_claims_who(
		www_site_claims(t->site), item, when_boot(), name, &since)) {
		return;
	}
	HTML(&t->html, "<p class=\"claim\">");
	if (strcmp(name, t->who.session.user.name) == 0) {
		HTML(&t->html, "%s", T("You are looking at it"));
	} else {
		SAY(t, "%s is looking at it", name);
	}
	HTML(&t->html, "</p>");
}

/* ---- the message --------------------------------------------------------- */

static const struct {
	const char *kind, *words;
} kinds[] = {
	{ "attachment", N_("forwarded as attachment") },
	{ "digest", N_("a digest") },
	{ "inline", N_("forwarded inline") },
	{ "eml-attachment", N_("an attached file") },
	{ "arf", N_("an abuse report") },
	{ "resent", N_("resent") },
	{ "archive", N_("in an archive") },
	{ "mbox", N_("a mailbox") },
	{ "tnef", N_("in a TNEF part") },
	{ "raw", N_("as it came in") },
	{ "bounce", N_("a bounce") },
	{ "autoreply", N_("an automatic reply") },
	{ "unknown", N_("of no known kind") },
};

static const char *
kind_words(struct www_turn *t, const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kind, kinds[i].kind) == 0) {
			return www_tr(t, kinds[i].words);
		}
	}
	return kind;
}

static const char *
known_words(struct www_turn *t, uint8_t known)
{
	return known == ZONE_KNOWN_TOKEN ? T("registered")
	    : known == ZONE_KNOWN_SENDER ? T("registered, proven")
					 : T("not registered");
}

/* Who wrote it and which host brought it. */
static void
sender(struct www_turn *t, const struct zone_item *item)
{
	const struct zone_origin *o = &item->origin;

	HTML(&t->html, "<p class=\"from\">");
	if (item->from[0] == '\0') {
		HTML(&t->html, "%s", T("(no sender)"));
	} else {
		www_html_cut(t, item->from, NAME);
	}
	if (o->envelope_from[0] != '\0' &&
	    strcmp(o->envelope_from, item->from) != 0) {
		HTML(
		    &t->html, " <span class=\"env\"><i>%s</i> ", T("envelope"));
		www_html_cut(t, o->envelope_from, NAME);
		HTML(&t->html, "</span>");
	}
	HTML(&t->html, "</p>");
	if (o->helo[0] == '\0' && o->rdns[0] == '\0') {
		return;
	}
	HTML(&t->html, "<p class=\"host\">");
	if (o->rdns[0] != '\0') {
		www_html_cut(t, o->rdns, NAME);
	} else {
		HTML(&t->html, "<span class=\"lack\">%s</span>",
		    T("no reverse name"));
	}
	if (o->helo[0] != '\0' && strcmp(o->helo, o->rdns) != 0) {
		HTML(&t->html, " <i>HELO</i> ");
		www_html_cut(t, o->helo, NAME);
	}
	HTML(&t->html, "</p>");
}

/* What became of what SUBMITTER sent in before. Advice: a record that cannot
 * be read keeps no row from being shown. */
static void
standing(struct www_turn *t, const char *submitter)
{
	static const struct {
		const char *words, *class;
	} records[] = {
		[ZONE_TRUST_NEW] = { N_("new"), "t-new" },
		[ZONE_TRUST_GOOD] = { N_("good"), "t-good" },
		[ZONE_TRUST_MIXED] = { N_("mixed"), "t-mixed" },
		[ZONE_TRUST_POOR] = { N_("poor"), "t-poor" },
	};
	struct zone_standing s;

	if (zone_submitter_standing(www_site_queue(t->site), submitter, &s) <
		0 ||
	    (unsigned)s.trust > ZONE_TRUST_POOR) {
		return;
	}
	HTML(&t->html,
	    ", <span class=\"trust %s\"><span class=\"unseen\">%s "
	    "</span>%s</span>",
	    records[s.trust].class, T("record:"),
	    www_tr(t, records[s.trust].words));
}

static void
reports(struct www_turn *t, const struct zone_item *item)
{
	const struct zone_origin *o = &item->origin;
	const char *by = item->n_evidence > 0
	    ? item->evidence[item->n_evidence - 1].submitter
	    : "";

	HTML(&t->html, "<p class=\"seen\">");
	if (item->count > 1) {
		HTML(&t->html, "<b class=\"times\">×%u</b> ", item->count);
		if (item->submitters > 1) {
			www_say(t,
			    TN("by %u person", "by %u people",
				item->submitters),
			    item->submitters);
			HTML(&t->html, " · ");
		}
	}
	if (item->submitters <= 1) {
		if (by[0] == '\0') {
			HTML(&t->html, "%s", T("from a trap"));
		} else {
			www_html_cut(t, by, NAME);
			HTML(&t->html, " <span class=\"trust k%u\">%s</span>",
			    o->known, known_words(t, o->known));
			standing(t, by);
		}
		HTML(&t->html, " · ");
	} else if (o->knowns > 1) { /* bit 0: by nobody known */
		HTML(&t->html, "<span class=\"trust k1\">%s</span> · ",
		    T("some registered"));
	}
	if (o->kind[0] != '\0') {
		HTML(&t->html, "%s · ", kind_words(t, o->kind));
	}
	if (item->count > 1) {
		HTML(&t->html, "%s ", T("first"));
		www_html_ago(t, item->first);
		HTML(&t->html, ", %s ", T("last"));
	}
	www_html_ago(t, item->last);
	HTML(&t->html, "</p>");
}

/* ---- what may be listed -------------------------------------------------- */

/* Why the button of a candidate is not there or does not stand out. */
struct judged {
	const struct zone_list_conf *list;
	struct zone_key key;
	bool refused; /* by the guard, as it is now */
	struct err_text why;
	struct www_cover cover;
	unsigned needed; /* weight */
};

static int
judge(struct www_turn *t, struct zone_view *view,
    const struct zone_candidate *c, struct judged *j)
{
	*j = (struct judged){ .list = list_of(t->config, c), .needed = 1 };
	if (j->list == NULL ||
	    zone_key_parse(j->list->kind, span_str(c->key), &j->key, &j->why) <
		0) {
		j->list = NULL;
		j->refused = true;
		return 0;
	}
	j->refused = c->advice == ZONE_ADVICE_NEVER ||
	    zone_guard_list(t->config, j->list, &j->key, &j->why) < 0;
	j->needed = zone_guard_wide(j->list, &j->key) ? j->list->wide_at
						      : j->list->approve_at;
	return www_cover_find(view, j->list, &j->key, &j->cover);
}

static const char *
button_words(struct www_turn *t, const struct judged *j)
{
	switch (j->list->kind) {
	case ZONE_KIND_ADDRESS: return T("List address");
	case ZONE_KIND_DOMAIN: return T("List domain");
	default: break;
	}
	return j->key.ip.plen < j->key.ip.ip.bits && j->key.ip.ip.bits == 32
	    ? T("List network")
	    : T("List IP");
}

/* What speaks beside the advice: shown as tags, each in words. */
static void
flags(
    struct www_turn *t, const struct zone_candidate *c, const struct judged *j)
{
	if (j->list == NULL) {
		HTML(&t->html, " <span class=\"tag stop\">%s</span>",
		    T("no such list"));
	} else if (j->refused && c->advice != ZONE_ADVICE_NEVER) {
		HTML(&t->html, " <span class=\"tag stop\">%s</span>",
		    T("refused now"));
	}
	if (j->cover.verdict == ZONE_LISTED) {
		HTML(&t->html, " <span class=\"tag is\">%s</span>",
		    j->cover.exact ? T("listed already")
				   : T("covered already"));
	} else if (j->cover.verdict == ZONE_EXEMPT) {
		HTML(&t->html, " <span class=\"tag stop\">%s</span>",
		    T("exempted"));
	}
	if (!j->refused && j->needed > t->who.session.user.weight) {
		HTML(&t->html, " <span class=\"tag\">");
		SAY(t, "needs a weight of %u", j->needed);
		HTML(&t->html, "</span>");
	}
}

/* One thing that may be listed, with its button when DECIDE. */
static int
candidate(struct www_turn *t, struct zone_view *view,
    const struct zone_item *item, unsigned i, bool decide)
{
	const struct zone_candidate *c = &item->candidates[i];
	uint32_t bit = UINT32_C(1) << i, proposal = www_row_proposal(item);
	struct judged j;
	int r = judge(t, view, c, &j);

	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<li><div class=\"what\">");
	www_html_key(t, c->key);
	HTML(&t->html, " ");
	www_show_advice(t, c);
	flags(t, c, &j);
	HTML(&t->html, "<span class=\"why\">");
	if (j.refused && c->advice != ZONE_ADVICE_NEVER &&
	    j.why.text[0] != '\0') {
		www_html_cut(t, www_words(t, j.why.text), REASON);
	} else if (j.cover.verdict != ZONE_CLEAR && !j.cover.exact) {
		SAY(t, "by %s", j.cover.text);
	} else {
		for (unsigned k = 0; k < c->n_why && k < 2; k++) {
			HTML(&t->html, "%s", k > 0 ? " · " : "");
			www_html_cut(t, www_words(t, c->why[k]), REASON);
		}
	}
	HTML(&t->html, "</span></div>");
	if (decide && !j.refused) {
		bool sure = (www_item_advised(item) & bit) != 0 &&
		    j.cover.verdict == ZONE_CLEAR;
		bool only = (proposal & bit) == proposal;

		HTML(&t->html,
		    "<button name=\"do\" value=\"list-%u\" class=\"%s\" "
		    "data-key=\"%s%s\">%s<span class=\"unseen\"> "
		    "%s</span></button>",
		    bit,
		    sure                        ? "list"
			: (proposal & bit) != 0 ? "hint"
						: "other",
		    only && (proposal & bit) != 0 ? "l " : "",
		    www_row_address(t->config, item) == bit ? "a" : "",
		    button_words(t, &j), c->key);
	}
	HTML(&t->html, "</li>");
	return 0;
}

static void
votes(struct www_turn *t, const struct zone_item *item)
{
	if (item->state != ZONE_WAITING || item->n_votes == 0) {
		return;
	}
	HTML(&t->html, "<p class=\"voted\"><span class=\"tag\">%u %s</span> ",
	    item->n_votes, TN("vote", "votes", item->n_votes));
	for (unsigned i = 0; i < item->n_votes && i < 3; i++) {
		const struct zone_vote *v = &item->votes[i];

		HTML(&t->html, "%s<b>%s</b> %s", i > 0 ? ", " : "", v->person,
		    v->approve != 0 ? T("to list") : T("to dismiss"));
	}
	HTML(&t->html, "</p>");
}

static int
candidates(struct www_turn *t, struct zone_view *view,
    const struct zone_item *item, bool decide)
{
	uint32_t proposal = www_row_proposal(item);
	int r = 0;

	HTML(&t->html, "<ul class=\"cands\">");
	for (unsigned i = 0; r == 0 && i < item->n_candidates && i < SHOWN;
	     i++) {
		r = candidate(t, view, item, i, decide);
	}
	if (item->n_candidates > SHOWN) {
		HTML(&t->html, "<li class=\"mut\">");
		SAY(t, "and %u more: open it", item->n_candidates - SHOWN);
		HTML(&t->html, "</li>");
	}
	if (item->n_candidates == 0) {
		HTML(&t->html, "<li class=\"mut\">%s</li>",
		    T("Nothing is proposed: open it and look."));
	}
	/* more than one is proposed: one button for all of them */
	if (decide && (proposal & (proposal - 1)) != 0) {
		HTML(&t->html,
		    "<li><div class=\"what mut\">%s</div><button name=\"do\" "
		    "value=\"list-%u\" class=\"list\" data-key=\"l\">%s"
		    "</button></li>",
		    T("All that is proposed"), proposal, T("List these"));
	}
	HTML(&t->html, "</ul>");
	return r;
}

/* ---- the row ------------------------------------------------------------- */

static void
hidden(struct www_turn *t, const struct zone_item *item,
    const struct www_row_place *place)
{
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
	    "<input type=\"hidden\" name=\"back\" value=\"queue\">"
	    "<input type=\"hidden\" name=\"at\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"next\" value=\"%lu\">",
	    item->version, place->at, (unsigned long)place->next);
}

static void
claim_form(struct www_turn *t, const struct zone_item *item,
    const struct www_row_place *place)
{
	char path[64], name[WWW_CLAIM_NAME];
	int64_t since;
	bool taken = www_claims_who(
	    www_site_claims(t->site), item->id, when_boot(), name, &since);
	bool mine = taken && strcmp(name, t->who.session.user.name) == 0;

	if (taken && !mine) {
		return;
	}
	snprintf(
	    path, sizeof(path), "/queue/%lu/claim", (unsigned long)item->id);
	www_form_begin(t, path, "inline");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"at\" value=\"%s\">"
	    "<button class=\"quiet\" name=\"do\" value=\"%s\">%s<span "
	    "class=\"unseen\"> %lu</span></button></form>",
	    place->at, mine ? "drop" : "take",
	    mine ? T("Give back") : T("Claim"), (unsigned long)item->id);
}

static void
settled(struct www_turn *t, const struct zone_item *item)
{
	HTML(&t->html, "<p class=\"outcome\">");
	www_show_outcome(t, item);
	HTML(&t->html, "</p>");
}

int
www_queue_row(struct www_turn *t, struct zone_view *view,
    const struct zone_item *item, const struct www_row_place *place)
{
	/* what cannot be read has no version: nothing to decide by */
	bool decide = item->state == ZONE_WAITING && item->version != 0 &&
	    www_may(t, ZONE_MODERATOR);
	unsigned long id = (unsigned long)item->id;
	char path[64];
	int r;

	HTML(&t->html,
	    "<li class=\"item\" id=\"item-%lu\" data-item=\"%lu\" "
	    "tabindex=\"-1\">",
	    id, id);
	if (place->form != NULL && www_may(t, ZONE_MODERATOR) &&
	    item->version != 0) {
		HTML(&t->html,
		    "<label class=\"pick\"><input type=\"checkbox\" "
		    "form=\"%s\" name=\"i%lu\" value=\"%u\"><span "
		    "class=\"unseen\">%s %lu</span></label>",
		    place->form, id, item->version, T("Choose item"), id);
	}
	HTML(&t->html,
	    "<div class=\"msg\"><a class=\"subject\" href=\"/queue/%lu\">", id);
	www_row_subject(t, item);
	HTML(&t->html, "</a>");
	sender(t, item);
	reports(t, item);
	www_show_claim(t, item->id);
	HTML(&t->html, "</div>");
	if (decide) {
		snprintf(path, sizeof(path), "/queue/%lu/decide", id);
		www_form_begin(t, path, "row");
		hidden(t, item, place);
	} else {
		HTML(&t->html, "<div class=\"row\">");
	}
	r = candidates(t, view, item, decide);
	if (item->state != ZONE_WAITING) {
		settled(t, item);
	}
	votes(t, item);
	if (decide) {
		HTML(&t->html,
		    "<button class=\"dismiss\" name=\"do\" value=\"dismiss\" "
		    "data-key=d>%s<span class=\"unseen\"> %lu</span></button>"
		    "</form>",
		    T("Dismiss"), id);
	} else {
		if (item->state == ZONE_WAITING && item->version != 0) {
			HTML(&t->html, "<p class=\"offs\">");
			www_show_off(t, T("List"));
			www_show_off(t, T("Dismiss"));
			HTML(&t->html, "</p>");
		}
		HTML(&t->html, "</div>");
	}
	HTML(&t->html, "<div class=\"more\">");
	if (item->state != ZONE_WAITING) {
		www_show_take_back(t, item);
	} else if (decide) {
		claim_form(t, item, place);
	}
	HTML(&t->html,
	    "<a class=\"open\" href=\"/queue/%lu\">%s<span class=\"unseen\"> "
	    "%lu</span></a></div></li>\n",
	    id, T("Open"), id);
	return r;
}
