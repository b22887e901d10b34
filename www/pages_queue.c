/* pages_queue.c - the queue: each row has what is needed to decide. */
#include "www/pages.h"
#include "www/show.h"

#include <stdio.h>

#define PER_PAGE 25

static const struct {
	const char *word, *title;
} states[] = {
	[ZONE_WAITING] = { "waiting", "Waiting" },
	[ZONE_LISTED_ITEM] = { "listed", "Listed" },
	[ZONE_DISMISSED] = { "dismissed", "Dismissed" },
};

static int
candidates(
    struct www_turn *t, struct zone_view *view, const struct zone_item *item)
{
	int r = 0;

	HTML(&t->html, "<ul class=\"cands\">");
	for (unsigned i = 0; r == 0 && i < item->n_candidates; i++) {
		const struct zone_candidate *c = &item->candidates[i];

		HTML(&t->html, "<li>");
		www_html_key(t, c->key);
		HTML(&t->html, " ");
		www_show_advice(t, c);
		HTML(&t->html, "<span class=\"why\">");
		for (unsigned k = 0; k < c->n_why && k < 3; k++) {
			HTML(&t->html, "%s%s", k > 0 ? " · " : "", c->why[k]);
		}
		HTML(&t->html, "%s</span>", c->n_why > 3 ? " · …" : "");
		if (item->state == ZONE_WAITING) {
			r = www_show_cover(t, view, c);
		}
		HTML(&t->html, "</li>");
	}
	if (item->n_candidates == 0) {
		HTML(&t->html,
		    "<li class=\"mut\">Nothing is proposed: open it and "
		    "look.</li>");
	}
	HTML(&t->html, "</ul>");
	return r;
}

static void
message(struct www_turn *t, const struct zone_item *item)
{
	const struct zone_evidence *last =
	    item->n_evidence > 0 ? &item->evidence[item->n_evidence - 1] : NULL;

	HTML(&t->html,
	    "<div class=\"msg\"><a class=\"subject\" href=\"/queue/%lu\">%s"
	    "</a><span class=\"from\">%s</span>",
	    (unsigned long)item->id,
	    item->subject[0] != '\0' ? item->subject : "(no subject)",
	    item->from[0] != '\0' ? item->from : "(no sender)");
	HTML(&t->html, "<span class=\"seen\"><b>%u</b> %s", item->count,
	    item->count == 1 ? "report" : "reports");
	if (item->submitters > 1) {
		HTML(&t->html, " by <b>%u</b> people", item->submitters);
	} else if (last != NULL && last->submitter[0] != '\0') {
		HTML(&t->html, " by %s", last->submitter);
	}
	HTML(&t->html, " · ");
	if (item->count > 1) {
		HTML(&t->html, "first ");
		www_html_ago(t, item->first);
		HTML(&t->html, ", last ");
	}
	www_html_ago(t, item->last);
	HTML(&t->html, "</span></div>");
}

/* What the button of a row says: "List IP", "List address", "List 2". */
static void
list_words(struct www_turn *t, const struct zone_item *item, uint32_t mask)
{
	const struct zone_list_conf *list;
	unsigned n = 0, first = 0;

	for (unsigned i = item->n_candidates; i-- > 0;) {
		if (i < 32 && (mask >> i & 1) != 0) {
			first = i;
			n++;
		}
	}
	list =
	    zone_config_list(t->config, span_str(item->candidates[first].list));
	if (n > 1) {
		HTML(&t->html, "List these %u", n);
	} else {
		HTML(&t->html, "List %s",
		    list == NULL ? "it"
			: list->kind == ZONE_KIND_IP
			? "IP"
			: zone_kind_name(list->kind));
	}
}

/* One click from the row. Only what is advised stands out; where nothing is,
 * the item has to be opened first. */
static void
actions(struct www_turn *t, const struct zone_item *item)
{
	uint32_t mask = www_item_advised(item);
	const char *keys = www_item_keys(&t->arena, item, mask);
	char path[64];

	HTML(&t->html, "<div class=\"acts\">");
	if (item->state != ZONE_WAITING) {
		www_show_take_back(t, item);
	} else if (www_may(t, ZONE_MODERATOR) && keys != NULL) {
		snprintf(path, sizeof(path), "/queue/%lu/decide",
		    (unsigned long)item->id);
		www_form_begin(t, path, "row");
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
		    "<input type=\"hidden\" name=\"back\" value=\"queue\">",
		    item->version);
		if (mask != 0) {
			HTML(&t->html,
			    "<button class=\"list\" name=\"do\" "
			    "value=\"list-%u\">",
			    mask);
			list_words(t, item, mask);
			HTML(&t->html,
			    "<span class=\"unseen\"> %s</span></button>", keys);
		}
		HTML(&t->html,
		    "<button class=\"dismiss\" name=\"do\" "
		    "value=\"dismiss\">Dismiss<span class=\"unseen\"> item "
		    "%lu</span></button></form>",
		    (unsigned long)item->id);
	}
	HTML(&t->html,
	    "<a class=\"open\" href=\"/queue/%lu\">Open<span "
	    "class=\"unseen\"> item %lu</span></a></div>",
	    (unsigned long)item->id, (unsigned long)item->id);
}

static int
row(struct www_turn *t, struct zone_view *view, const struct zone_item *item)
{
	int r;

	HTML(&t->html, "<li class=\"card item\" id=\"item-%lu\">",
	    (unsigned long)item->id);
	message(t, item);
	HTML(&t->html, "<div class=\"prop\">");
	r = candidates(t, view, item);
	if (item->state != ZONE_WAITING) {
		HTML(&t->html, "<p class=\"outcome\">");
		www_show_outcome(t, item);
		HTML(&t->html, "</p>");
	}
	if (item->state == ZONE_WAITING && item->n_votes > 0) {
		HTML(&t->html,
		    "<p class=\"cover\"><span class=\"tag\">%u %s</span> more "
		    "weight is needed</p>",
		    item->n_votes, item->n_votes == 1 ? "vote" : "votes");
	}
	HTML(&t->html, "</div>");
	actions(t, item);
	HTML(&t->html, "</li>\n");
	return r;
}

/* What has just been decided from the queue, with its undo. Read from the
 * item, so that a link cannot claim anything. */
static int
just_done(struct www_turn *t)
{
	unsigned long id = 0;
	struct zone_item item;
	int r;

	if (!www_fields_number(&t->request->query, "done", INT64_MAX, &id) ||
	    id == 0) {
		return 0;
	}
	r = zone_queue_get(www_site_queue(t->site), id, &t->arena, &item);
	if (r != 1) {
		return r;
	}
	HTML(&t->html, "<div class=\"note good\" role=\"status\">");
	if (item.state == ZONE_WAITING) {
		HTML(&t->html,
		    "<span>Taken back: <a href=\"/queue/%lu\">item %lu</a> "
		    "waits again.</span>",
		    id, id);
	} else {
		www_show_outcome(t, &item);
		www_show_take_back(t, &item);
	}
	HTML(&t->html, "</div>\n");
	return 0;
}

static void
tabs(struct www_turn *t, enum zone_item_state here)
{
	uint64_t counts[3] = { 0 };

	if (zone_queue_counts(www_site_queue(t->site), counts) < 0) {
		memset(counts, 0, sizeof(counts));
	}
	HTML(&t->html, "<nav class=\"tabs\" aria-label=\"State\">");
	for (unsigned i = 0; i < 3; i++) {
		HTML(&t->html, "<a href=\"/queue?state=%s\"", states[i].word);
		if (i == (unsigned)here) {
			HTML(&t->html, " aria-current=\"true\"");
		}
		HTML(&t->html, ">%s <span class=\"n\">%lu</span></a>",
		    states[i].title, (unsigned long)counts[i]);
	}
	HTML(&t->html, "</nav>\n");
}

static void
nothing(struct www_turn *t, enum zone_item_state state, unsigned long page)
{
	HTML(&t->html, "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
	    page > 1                        ? "Nothing on this page"
		: state == ZONE_WAITING     ? "Nothing waits"
		: state == ZONE_LISTED_ITEM ? "Nothing was listed yet"
					    : "Nothing was dismissed yet",
	    page > 1                    ? "There are fewer items than that."
		: state == ZONE_WAITING ? "Every report has been decided. New "
					  "ones appear here by themselves as "
					  "they come in; reload the page."
					: "What you decide will be kept here.");
}

int
www_queue(struct www_turn *t)
{
	const struct www_fields *q = &t->request->query;
	const char *word = www_fields_get(q, "state");
	enum zone_item_state state = ZONE_WAITING;
	struct zone_item *items = NULL;
	struct zone_view *view = NULL;
	unsigned long page = 1;
	uint64_t total = 0;
	char query[64];
	size_t n = 0;
	bool known = word == NULL;
	int r;

	for (unsigned i = 0; i < 3 && !known; i++) {
		if (strcmp(word, states[i].word) == 0) {
			state = (enum zone_item_state)i;
			known = true;
		}
	}
	if (!known || !www_fields_number(q, "page", 1000000, &page) ||
	    page == 0) {
		return www_page_say(t, 400, "No such list",
		    "state is one of waiting, listed and dismissed, page a "
		    "number from 1.");
	}
	r = zone_queue_list(www_site_queue(t->site), state,
	    (page - 1) * PER_PAGE, PER_PAGE, &t->arena, &items, &n, &total);
	if (r < 0) {
		return r;
	}
	www_page_begin(t, "Queue", WWW_QUEUE);
	r = just_done(t);
	if (r < 0) {
		return r;
	}
	tabs(t, state);
	r = www_view_open(t, &view);
	if (r < 0) {
		return r;
	}
	if (n == 0) {
		nothing(t, state, page);
	} else {
		HTML(&t->html, "<ol class=\"items\">\n");
		for (size_t i = 0; i < n && r == 0; i++) {
			r = row(t, view, &items[i]);
		}
		HTML(&t->html, "</ol>\n");
	}
	zone_view_close(&view);
	if (r < 0) {
		return r;
	}
	snprintf(
	    query, sizeof(query), "/queue?state=%s&page=", states[state].word);
	www_html_pages(t, query, page, total, PER_PAGE);
	www_page_end(t, 200);
	return 0;
}
