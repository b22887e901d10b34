/* queue_group.c - items gathered by where they come from. */
#include "www/queue_group.h"

#include "www/lang.h"
#include "www/queue_row.h"

const char *
www_group_words(struct www_turn *t, enum www_group group)
{
	switch (group) {
	case WWW_GROUP_NONE: return T("Single items");
	case WWW_GROUP_RELAY: return T("Relay");
	case WWW_GROUP_NETWORK: return T("Network");
	case WWW_GROUP_SENDER: return T("Sender");
	case WWW_GROUP_CAMPAIGN: return T("Campaign");
	case WWW_GROUP_SUBMITTER: return T("Submitter");
	}
	return "";
}

/* The question for the items of ROW: what was asked and the group's mark. */
static const char *
within(struct www_turn *t, const struct www_ask *ask,
    const struct www_group_row *row)
{
	struct www_ask one = *ask;

	one.group = WWW_GROUP_NONE;
	one.q = arena_fmt(&t->arena, "%s%sgroup:%s-%s", ask->q,
	    ask->q[0] != '\0' ? " " : "", www_group_name(ask->group),
	    row->mark);
	return one.q == NULL ? NULL : www_ask_write(&t->arena, &one, 1);
}

static int
group(struct www_turn *t, const struct www_ask *ask,
    const struct www_group_row *row)
{
	const char *at = within(t, ask, row);

	if (at == NULL) {
		return ERR_NOMEM;
	}
	HTML(&t->html,
	    "<li class=\"grp\"><div class=\"msg\"><a class=\"subject\" "
	    "href=\"/queue?%s\">",
	    at);
	if (row->label[0] == '\0') {
		HTML(&t->html, "%s", T("(not known)"));
	} else { /* of a campaign, one of the subjects as it was written */
		www_html_cut(t,
		    ask->group == WWW_GROUP_CAMPAIGN ? row->subject
						     : row->label,
		    120);
	}
	HTML(&t->html, "</a>");
	if (ask->group != WWW_GROUP_CAMPAIGN && row->subject[0] != '\0') {
		HTML(&t->html, "<p class=\"from\">");
		www_html_cut(t, row->subject, 120);
		HTML(&t->html, "</p>");
	}
	HTML(&t->html, "</div><p class=\"seen\">");
	www_say(t, TN("%u item", "%u items", row->items), row->items);
	HTML(&t->html, ", ");
	www_say(t, TN("%lu report", "%lu reports", row->reports),
	    (unsigned long)row->reports);
	HTML(&t->html, "<br>%s ", T("first"));
	www_html_ago(t, row->first);
	HTML(&t->html, ", %s ", T("last"));
	www_html_ago(t, row->last);
	HTML(&t->html, "</p><div class=\"more\">");
	if (www_may(t, ZONE_MODERATOR) && row->label[0] != '\0') {
		HTML(&t->html,
		    "<a class=\"open\" href=\"/queue/bulk?%s\">%s</a>", at,
		    T("Choose all"));
	}
	HTML(&t->html,
	    "<a class=\"open\" href=\"/queue?%s\">%s</a></div></li>\n", at,
	    T("Show"));
	return 0;
}

int
www_queue_groups(
    struct www_turn *t, const struct www_ask *ask, uint64_t *ret_total)
{
	struct www_group_row *rows = NULL;
	size_t n = 0;
	int r;

	r = www_ask_groups(t, ask, (ask->page - 1) * WWW_PER_PAGE, WWW_PER_PAGE,
	    &rows, &n, ret_total);
	if (r < 0 || n == 0) {
		return r;
	}
	HTML(&t->html, "<ol class=\"items groups\">\n");
	for (size_t i = 0; i < n && r == 0; i++) {
		r = group(t, ask, &rows[i]);
	}
	HTML(&t->html, "</ol>\n");
	return r;
}
