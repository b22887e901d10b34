/* queue_done.c - what has just been done to an item, and where to go then. */
#include "www/queue_done.h"

#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/queue_row.h"
#include "www/show.h"

/* The page in the field "at" of the form, written anew; "" when it is none of
 * ours. NULL: no memory. */
static const char *
page_of(struct www_turn *t)
{
	const char *at = www_fields_get(&t->request->form, "at");
	struct www_fields fields;
	struct www_ask ask;
	bool known;
	int r;

	if (at == NULL || at[0] == '\0') {
		return "";
	}
	r = www_fields_parse(span_str(at), &t->arena, &fields);
	if (r == 0) {
		r = www_ask_read(t, &fields, &ask, &known);
	}
	if (r < 0 || !known || ask.fault != WWW_FILTER_GOOD) {
		return r == ERR_NOMEM ? NULL : "";
	}
	return www_ask_write(&t->arena, &ask, ask.page);
}

int
www_queue_back(struct www_turn *t, uint64_t item, enum www_back usual)
{
	const char *back = www_fields_get(&t->request->form, "back");
	unsigned long id = (unsigned long)item, next = 0;
	const char *at;

	back = back != NULL ? back : usual == WWW_BACK_QUEUE ? "queue" : "";
	if (strcmp(back, "line") == 0) {
		return www_page_go(t, "/queue/done?done=%lu", id);
	}
	if (strcmp(back, "next") == 0) {
		return www_page_go(t, "/queue/next?done=%lu", id);
	}
	if (strcmp(back, "zen") == 0) {
		return www_page_go(t, "/queue/%lu?zen=1", id);
	}
	if (strcmp(back, "queue") != 0) {
		return www_page_go(t, "/queue/%lu", id);
	}
	at = page_of(t);
	if (at == NULL) {
		return ERR_NOMEM;
	}
	if (!www_fields_number(&t->request->form, "next", INT64_MAX, &next)) {
		next = 0;
	}
	if (next > 0) {
		return www_page_go(t, "/queue?%s%sdone=%lu#item-%lu", at,
		    at[0] != '\0' ? "&" : "", id, next);
	}
	return www_page_go(
	    t, "/queue?%s%sdone=%lu", at, at[0] != '\0' ? "&" : "", id);
}

/* ---- the line ------------------------------------------------------------ */

static void
take_back(struct www_turn *t, const struct zone_item *item, const char *at)
{
	char path[64];

	if (!www_may(t, ZONE_MODERATOR)) {
		return;
	}
	if (item->serial > 0) {
		snprintf(path, sizeof(path), "/log/%lu/undo",
		    (unsigned long)item->serial);
	} else {
		snprintf(path, sizeof(path), "/queue/%lu/reopen",
		    (unsigned long)item->id);
	}
	www_form_begin(t, path, "inline undo");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"item\" value=\"%lu\">"
	    "<input type=\"hidden\" name=\"version\" value=\"%u\">"
	    "<input type=\"hidden\" name=\"back\" value=\"queue\">"
	    "<input type=\"hidden\" name=\"at\" value=\"%s\">"
	    "<button class=\"undo\" data-key=u>%s<span class=\"unseen\"> "
	    "%lu</span></button></form>",
	    (unsigned long)item->id, item->version, at != NULL ? at : "",
	    T("Undo"), (unsigned long)item->id);
}

/* Is one of the votes on ITEM the reader's? */
static bool
voted(const struct www_turn *t, const struct zone_item *item)
{
	for (unsigned i = 0; i < item->n_votes; i++) {
		if (strcmp(item->votes[i].person, t->who.session.user.name) ==
		    0) {
			return true;
		}
	}
	return false;
}

int
www_queue_flash(struct www_turn *t, const char *at)
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
	HTML(&t->html,
	    "<div class=\"note good flash\" role=\"status\" data-item=\"%lu\" "
	    "data-state=\"%s\" data-version=\"%u\">",
	    id, zone_item_state_name(item.state), item.version);
	if (item.state == ZONE_WAITING) {
		HTML(&t->html, "<span><a href=\"/queue/%lu\">", id);
		if (voted(t, &item)) {
			SAY(t,
			    "Your vote on item %lu is kept; somebody else has "
			    "to agree.",
			    id);
		} else {
			SAY(t, "Item %lu waits for a decision.", id);
		}
		HTML(&t->html, "</a></span>");
		www_show_claim(t, item.id);
	} else {
		www_show_outcome(t, &item);
		take_back(t, &item, at);
	}
	HTML(&t->html, "</div>\n");
	return 0;
}

/* The line alone: the script puts it into the page that is there. */
int
www_queue_done(struct www_turn *t)
{
	int r;

	www_page_begin(t, T("Done"), WWW_QUEUE);
	r = www_queue_flash(t, NULL);
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "<p><a href=\"/queue\">%s</a></p>\n", T("To the queue"));
	www_page_end(t, 200);
	return 0;
}

/* ---- on the page of one item --------------------------------------------- */

/* One at a time? Said by the address, and by the form whose page comes back
 * with something to say. */
static bool
zen(const struct www_turn *t)
{
	const char *said = www_fields_get(&t->request->query, "zen");
	const char *back = www_fields_get(&t->request->form, "back");

	return (said != NULL && strcmp(said, "1") == 0) ||
	    (back != NULL && strcmp(back, "next") == 0);
}

void
www_queue_onward(struct www_turn *t)
{
	if (zen(t)) {
		HTML(&t->html,
		    "<input type=\"hidden\" name=\"back\" value=\"next\">");
	}
}

static void
claim_form(struct www_turn *t, const struct zone_item *item)
{
	char path[64], name[WWW_CLAIM_NAME];
	int64_t since;
	bool taken = www_claims_who(
	    www_site_claims(t->site), item->id, when_boot(), name, &since);
	bool mine = taken && strcmp(name, t->who.session.user.name) == 0;

	if (item->state != ZONE_WAITING || !www_may(t, ZONE_MODERATOR) ||
	    (taken && !mine)) {
		return;
	}
	snprintf(
	    path, sizeof(path), "/queue/%lu/claim", (unsigned long)item->id);
	www_form_begin(t, path, "inline");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"back\" value=\"%s\">"
	    "<button class=\"quiet\" name=\"do\" value=\"%s\">%s</button>"
	    "</form>",
	    zen(t) ? "zen" : "item", mine ? "drop" : "take",
	    mine ? T("Give back") : T("Claim"));
}

int
www_queue_above(struct www_turn *t, const struct zone_item *item)
{
	bool one = zen(t);
	int r;

	HTML(&t->html,
	    "<div class=\"above\" data-item=\"%lu\" data-keys=\"%s\"%s>",
	    (unsigned long)item->id, www_keys_on(t) ? "on" : "off",
	    one ? " data-zen tabindex=-1" : "");
	if (one) {
		HTML(&t->html, "<strong>%s</strong>", T("One at a time"));
		HTML(&t->html, "<a href=\"/queue/next?after=%lu\">%s</a>",
		    (unsigned long)item->id, T("Skip this one"));
		HTML(&t->html, "<a href=\"/queue\">%s</a>", T("To the queue"));
	}
	www_show_claim(t, item->id);
	claim_form(t, item);
	HTML(&t->html, "</div>\n");
	r = one ? www_queue_flash(t, NULL) : 0;
	return r;
}
