/* pages_mine.c - what became of a submitter's reports, for himself. His token
 * opens it, by POST, so that it stands in no address and no history.
 */
#include <stdlib.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/submitter.h"

#define WRONG 20
#define WRONG_TIME 600
#define LOOKED_AT 400u /* items of each state, the newest */
#define SHOWN 100

int
www_submitter_known(struct www_turn *t, struct span token,
    struct zone_submitter *ret, unsigned *ret_wait)
{
	struct www_quota *quota = www_site_quota(t->site);
	const struct net_ip *client = &t->request->client;
	int64_t now = when_boot();
	int r;

	*ret_wait = 0;
	if (token.len == 0) {
		return 0;
	}
	*ret_wait = www_quota_client(
	    quota, "token", client, WRONG, WRONG_TIME, now, true);
	if (*ret_wait > 0) {
		return 0;
	}
	/* a digest of it is looked up: how long that takes tells nothing */
	r = zone_submitter_by_token(
	    www_site_queue(t->site), token, &t->arena, ret);
	if (r == 0) {
		(void)www_quota_client(
		    quota, "token", client, WRONG, WRONG_TIME, now, false);
	}
	return r;
}

/* ---- his reports ------------------------------------------------------- */

struct mine {
	const struct zone_item *item;
	int64_t time;
};

struct record {
	unsigned waiting, listed, dismissed;
	struct mine *all;
	size_t n, cap;
};

static int
newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct mine *)a)->time;
	int64_t y = ((const struct mine *)b)->time;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* When NAME last spoke for ITEM; 0: never, as far as it is kept. */
static int64_t
spoke(const struct zone_item *item, const char *name)
{
	int64_t last = 0;

	for (unsigned i = 0; i < item->n_evidence; i++) {
		const struct zone_evidence *e = &item->evidence[i];

		if (strcmp(e->submitter, name) == 0 && e->time > last) {
			last = e->time;
		}
	}
	return last;
}

static int
gather(struct www_turn *t, const char *name, enum zone_item_state state,
    unsigned *count, struct record *rec)
{
	struct zone_queue *queue = www_site_queue(t->site);
	struct zone_item *items;
	uint64_t counts[3], total;
	size_t n, skip = 0;
	int r = zone_queue_counts(queue, counts);

	/* what waits comes oldest first */
	if (r == 0 && state == ZONE_WAITING && counts[state] > LOOKED_AT) {
		skip = (size_t)(counts[state] - LOOKED_AT);
	}
	if (r == 0) {
		r = zone_queue_list(queue, state, skip, LOOKED_AT, &t->arena,
		    &items, &n, &total);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		int64_t time = spoke(&items[i], name);

		if (time > 0) {
			(*count)++;
			if (rec->n < rec->cap) {
				rec->all[rec->n++] =
				    (struct mine){ .item = &items[i],
					    .time = time };
			}
		}
	}
	return r;
}

static const char *
outcome(const struct www_turn *t, const struct zone_item *item)
{
	return item->state == ZONE_WAITING    ? T("waits for a moderator")
	    : item->state == ZONE_LISTED_ITEM ? T("listed")
					      : T("looked at, not listed");
}

/* His record in a sentence. */
static const char *
words(const struct www_turn *t, const struct record *rec)
{
	unsigned settled = rec->listed + rec->dismissed;

	return settled < 3 ? T("You are new here: too few of your reports "
			       "are decided to say more.")
	    : rec->listed * 5 >= settled * 4
	    ? T("Good: nearly everything that you report is listed.")
	    : rec->listed * 5 >= settled * 2
	    ? T("Mixed: a good part of what you report is not listed. See "
		"below which.")
	    : T("Poor: most of what you report is not listed. Please look "
		"below, and ask us when it is not clear why.");
}

static void
about_him(struct www_turn *t, const struct zone_submitter *who,
    const struct record *rec)
{
	char ip[NET_IP_TEXT];

	HTML(&t->html,
	    "<section class=\"card\"><p class=\"big-words\">%s</p>"
	    "<p class=\"mut\">",
	    words(t, rec));
	SAY(t, "Of the newest: %u listed, %u not listed, %u waiting.",
	    rec->listed, rec->dismissed, rec->waiting);
	HTML(&t->html, "</p>\n<dl class=\"pairs\"><div><dt>%s</dt><dd>",
	    T("Addresses"));
	for (size_t i = 0; i < who->n_addresses; i++) {
		HTML(&t->html, "<code>%s</code> ", who->addresses[i]);
	}
	HTML(&t->html, "%s</dd></div><div><dt>%s</dt><dd>",
	    who->n_addresses == 0 ? T("none") : "", T("Mail hosts"));
	for (size_t i = 0; i < who->n_relays; i++) {
		HTML(&t->html, "<code>%s/%u</code> ",
		    net_ip_format(ip, &who->relays[i].ip),
		    (unsigned)who->relays[i].plen);
	}
	HTML(&t->html, "%s</dd></div></dl></section>\n",
	    who->n_relays == 0 ? T("none") : "");
}

static void
reports(struct www_turn *t, const struct record *rec)
{
	if (rec->n == 0) {
		HTML(&t->html,
		    "<div class=\"card empty\"><h2>%s</h2><p>%s</p></div>\n",
		    T("No report yet"),
		    T("What you send in stands here as soon as it was "
		      "read."));
		return;
	}
	HTML(&t->html,
	    "<section class=\"card\"><table class=\"grid\"><caption "
	    "class=\"unseen\">%s</caption><thead><tr><th scope=\"col\">%s</th>"
	    "<th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>"
	    "<tbody>\n",
	    T("My reports"), T("When"), T("Subject"), T("What came of it"));
	for (size_t i = 0; i < rec->n && i < SHOWN; i++) {
		const struct zone_item *item = rec->all[i].item;

		HTML(&t->html, "<tr><td data-label=\"%s\">", T("When"));
		www_html_time(t, rec->all[i].time);
		HTML(&t->html,
		    "</td><td data-label=\"%s\">%s</td>"
		    "<td data-label=\"%s\">%s</td></tr>\n",
		    T("Subject"),
		    item->subject[0] != '\0' ? item->subject
					     : T("(no subject)"),
		    T("What came of it"), outcome(t, item));
	}
	HTML(&t->html, "</tbody></table></section>\n");
}

int
www_mine_post(struct www_turn *t)
{
	const char *secret = www_fields_get(&t->request->form, "secret");
	struct record rec = { .cap = 3 * LOOKED_AT };
	struct zone_submitter who;
	unsigned wait;
	int r;

	r = www_submitter_known(
	    t, span_trim(span_str(secret != NULL ? secret : "")), &who, &wait);
	if (r < 0) {
		return r;
	} else if (wait > 0) {
		r = www_page_say(t, 429, T("Too often"), "%s",
		    T("Too many tokens were wrong. Please wait some minutes."));
		t->reply->retry_after = wait;
		return r;
	} else if (r == 0) {
		return www_page_say(t, 403, T("This token is not known"), "%s",
		    T("It may have been mistyped, or was replaced by a newer "
		      "one."));
	}
	rec.all = arena_alloc(&t->arena, rec.cap * sizeof(*rec.all));
	r = rec.all == NULL ? ERR_NOMEM : 0;
	if (r == 0) {
		r = gather(t, who.name, ZONE_WAITING, &rec.waiting, &rec);
	}
	if (r == 0) {
		r = gather(t, who.name, ZONE_LISTED_ITEM, &rec.listed, &rec);
	}
	if (r == 0) {
		r = gather(t, who.name, ZONE_DISMISSED, &rec.dismissed, &rec);
	}
	if (r < 0) {
		return r;
	}
	qsort(rec.all, rec.n, sizeof(*rec.all), newest_first);
	www_page_begin_bare(t, T("My reports"), WWW_SUBMIT);
	HTML(&t->html, "<h1>");
	SAY(t, "Reports of %s", who.name);
	HTML(&t->html, "</h1>\n");
	about_him(t, &who, &rec);
	reports(t, &rec);
	www_page_end(t, 200);
	return 0;
}
