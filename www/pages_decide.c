/* pages_decide.c - decisions and taking them back: one POST, one change. */
#include "www/pages.h"

#include <stdio.h>

#include "base/log.h"
#include "www/item.h"
#include "www/lang.h"
#include "www/queue_done.h"
#include "www/show.h"
#include "zone/moderate.h"

#define REASON_MAX WWW_REASON_MAX

struct wish {
	struct zone_decision decision;
	struct www_draft draft;
};

/* The item's page again, with the form as it was filled in. */
static int
again(struct www_turn *t, unsigned status, const struct wish *wish,
    const char *title, const char *text)
{
	struct www_banner banner = { "bad", title, text, false };

	return www_item_show(t, status, &wish->draft, &banner);
}

/* Another width was chosen than the buttons said: they say the new one now. 0
 * it has been answered, 1 they said it, <0. */
static int
other_width(struct www_turn *t, const struct wish *wish, const char *what)
{
	struct www_banner banner = { .class = "warn" };
	const char *shown = www_fields_get(&t->request->form, "shown");
	const char *scopes = www_draft_scopes(t, &wish->draft);

	if (scopes == NULL) {
		return ERR_NOMEM;
	}
	if (shown == NULL || strcmp(shown, scopes) == 0 ||
	    strcmp(what, "dismiss") == 0) {
		return 1;
	}
	banner.title = T("Please look again.");
	banner.text = T("You chose another width. What it would do stands "
			"beside the button now; nothing was changed yet.");
	return www_item_show(t, 200, &wish->draft, &banner);
}

/* A button of the form that decides nothing: 0 and it has been answered, 1 it
 * is another one, <0. */
static int
only_look(struct www_turn *t, struct wish *wish, const char *what)
{
	struct err_text why = { "" };
	int64_t until;
	bool forever;

	if (strncmp(what, "hop-", 4) == 0 && what[4] != '\0') {
		wish->draft.hop = what + 4;
		wish->draft.scope[WWW_SCOPE_HOP] = 0;
	} else if (strcmp(what, "preview") != 0) {
		return 1;
	}
	if (!www_draft_end(t, &wish->draft, &until, &forever, &why)) {
		return again(t, 400, wish, T("Nothing was changed."),
		    www_words(t, why.text));
	}
	return www_item_show(t, 200, &wish->draft, NULL);
}

/* Read a decision form. 0, ERR_FORMAT it is not one of ours, ERR_RANGE with
 * WHY; ERR_NONE: no such item; other failures. */
static int
read_wish(struct www_turn *t, struct wish *ret, const char *what,
    struct err_text *why)
{
	const struct www_fields *f = &t->request->form;
	unsigned long version = 0;
	struct www_story s;
	int r;

	if (!www_fields_number(f, "version", UINT32_MAX, &version) ||
	    version == 0) {
		return ERR_FORMAT;
	}
	r = www_story_load(t, ret->draft.submission, false, &s);
	if (r == 1) {
		r = www_draft_decision(
		    t, &ret->draft, &s, what, &ret->decision, why);
	} else if (r == 0) {
		r = ERR_NONE;
	}
	www_story_free(&s);
	ret->decision.version = (uint32_t)version;
	return r;
}

/* Somebody else was faster: say who did what and when. */
static int
too_late(struct www_turn *t, enum zone_outcome outcome,
    const struct www_draft *draft)
{
	struct www_banner banner = { .class = "warn" };
	struct zone_item item;
	char text[400];
	int r;

	r = zone_queue_get(www_site_queue(t->site), t->id, &t->arena, &item);
	if (r < 0) {
		return r;
	}
	if (r == 0) {
		return www_item_missing(t);
	}
	banner.text = text;
	if (outcome == ZONE_SETTLED || item.state != ZONE_WAITING) {
		banner.title = T("Decided already.");
		banner.outcome = item.state != ZONE_WAITING;
		snprintf(text, sizeof(text), "%s",
		    T("Your decision was not entered: somebody decided about "
		      "this item since your page was made."));
	} else {
		banner.title = T("It has changed.");
		snprintf(text, sizeof(text),
		    TN("Your decision was not entered: the item has changed "
		       "since your page was made. It still waits, with %u "
		       "vote now. What you wrote is still here.",
			"Your decision was not entered: the item has changed "
			"since your page was made. It still waits, with %u "
			"votes now. What you wrote is still here.",
			item.n_votes),
		    item.n_votes);
	}
	return www_item_show(t, 409, draft, &banner);
}

static int
voted(struct www_turn *t, const struct wish *wish,
    const struct zone_decided *done)
{
	struct www_draft empty = www_draft_new();
	struct www_banner banner = { .class = "good",
		.title = T("Your vote is kept.") };
	char text[400];

	empty.submission = wish->draft.submission;
	snprintf(text, sizeof(text),
	    T("This needs a weight of %u; with your vote it has %u, so %u "
	      "more is needed. Nothing is listed yet: another moderator has "
	      "to agree."),
	    done->needed, done->weight,
	    done->needed > done->weight ? done->needed - done->weight : 0);
	banner.text = text;
	return www_item_show(t, 200, &empty, &banner);
}

int
www_decide_post(struct www_turn *t)
{
	const struct zone_user *user = &t->who.session.user;
	const char *what = www_fields_get(&t->request->form, "do");
	struct zone_person person = {
		.name = user->name,
		.weight = user->weight,
	};
	struct zone_decided done;
	struct err_text why = { "" };
	struct wish wish = { 0 };
	int r = ERR_FORMAT;

	if (what != NULL && www_draft_read(t, &wish.draft)) {
		r = only_look(t, &wish, what);
		if (r == 1) {
			r = other_width(t, &wish, what);
		}
		if (r <= 0) {
			return r;
		}
		r = read_wish(t, &wish, what, &why);
	}
	if (r == ERR_NONE) {
		return www_item_missing(t);
	}
	if (r == ERR_RANGE) {
		return again(
		    t, 400, &wish, T("Nothing was changed."),
		    www_words(t, why.text));
	}
	if (r == ERR_FORMAT) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form did not say what to do in a way that is known "
		      "here. Nothing was changed."));
	}
	if (r == 0) {
		r = zone_moderate_decide(www_site_store(t->site),
		    www_site_queue(t->site), t->config, &person,
		    &wish.decision, &done, &why);
	}
	if (r < 0) {
		log_event(LOG_FAIL, "decision failed item=%lu by=%s: %s (%s)",
		    (unsigned long)t->id, user->name, err_str(r), why.text);
		return r;
	}
	switch (done.outcome) {
	case ZONE_DONE:
		log_event(LOG_TELL, "%s item=%lu by=%s serial=%lu",
		    wish.decision.exempt   ? "exempted"
			: done.serial != 0 ? "approved"
					   : "dismissed",
		    (unsigned long)t->id, user->name,
		    (unsigned long)done.serial);
		break;
	case ZONE_VOTED:
		log_event(LOG_TELL, "voted item=%lu by=%s weight=%u needed=%u",
		    (unsigned long)t->id, user->name, done.weight, done.needed);
		if (www_fields_get(&t->request->form, "back") != NULL) {
			return www_queue_back(t, t->id, WWW_BACK_ITEM);
		}
		return voted(t, &wish, &done);
	case ZONE_AGAIN:
		return again(t, 409, &wish, T("You have said so already."),
		    T("Your vote for this is kept and counts once: somebody "
		      "else has to agree. Nothing was changed."));
	case ZONE_STALE:
	case ZONE_SETTLED: return too_late(t, done.outcome, &wish.draft);
	case ZONE_GUARDED:
		return again(t, 422, &wish,
		    T("This cannot be listed. Nothing was changed."),
		    www_words(t, why.text));
	case ZONE_MISSING:
	case ZONE_MOVED: return www_item_missing(t);
	}
	www_claims_drop(www_site_claims(t->site), t->id, NULL);
	return www_queue_back(t, t->id, WWW_BACK_ITEM);
}

int
www_withdraw_post(struct www_turn *t)
{
	struct www_draft draft = www_draft_new();
	const char *name = t->who.session.user.name;
	unsigned long version = 0;
	struct zone_decided done;
	struct www_banner banner = { .class = "warn" };
	int r;

	if (!www_fields_number(
		&t->request->form, "version", UINT32_MAX, &version) ||
	    version == 0) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = zone_moderate_withdraw(
	    www_site_queue(t->site), name, t->id, (uint32_t)version, &done);
	if (r < 0) {
		return r;
	}
	switch (done.outcome) {
	case ZONE_DONE: break;
	case ZONE_MISSING: return www_item_missing(t);
	case ZONE_AGAIN:
		banner.title = T("You have no vote here.");
		banner.text = T("There was nothing to withdraw, so nothing was "
				"changed.");
		return www_item_show(t, 409, &draft, &banner);
	default: return too_late(t, done.outcome, &draft);
	}
	log_event(
	    LOG_TELL, "withdrawn item=%lu by=%s", (unsigned long)t->id, name);
	return www_page_go(t, "/queue/%lu", (unsigned long)t->id);
}

int
www_reopen_post(struct www_turn *t)
{
	struct www_draft draft = www_draft_new();
	const char *name = t->who.session.user.name;
	unsigned long version = 0;
	struct zone_decided done;
	int r;

	if (!www_fields_number(
		&t->request->form, "version", UINT32_MAX, &version) ||
	    version == 0) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is incomplete. Nothing was changed."));
	}
	r = zone_moderate_reopen(
	    www_site_queue(t->site), name, t->id, (uint32_t)version, &done);
	if (r < 0) {
		return r;
	}
	if (done.outcome == ZONE_MISSING) {
		return www_item_missing(t);
	}
	if (done.outcome != ZONE_DONE) {
		return too_late(t, done.outcome, &draft);
	}
	log_event(
	    LOG_TELL, "reopened item=%lu by=%s", (unsigned long)t->id, name);
	return www_queue_back(t, t->id, WWW_BACK_QUEUE);
}

int
www_undo_post(struct www_turn *t)
{
	const char *name = t->who.session.user.name;
	const struct www_fields *f = &t->request->form;
	const char *reason = www_fields_get(f, "reason");
	struct zone_change_result change = { 0 };
	struct err_text why = { "" };
	struct zone_decided done;
	unsigned long item = 0;
	int r;

	reason =
	    www_text_tidy(&t->arena, reason != NULL ? reason : "", REASON_MAX);
	if (reason == NULL || !www_fields_number(f, "item", INT64_MAX, &item)) {
		return www_page_say(t, 400, T("Not understood"), "%s",
		    T("The form is not one of ours. Nothing was changed."));
	}
	r = zone_moderate_undo(www_site_store(t->site), www_site_queue(t->site),
	    t->config, name, t->id, reason, &done, &change, &why);
	if (r < 0) {
		log_event(LOG_FAIL, "undo failed serial=%lu by=%s: %s (%s)",
		    (unsigned long)t->id, name, err_str(r), why.text);
		return r;
	}
	switch (done.outcome) {
	case ZONE_DONE: break;
	case ZONE_MISSING:
		return www_page_say(t, 404, T("No such change"),
		    T("There is no change #%lu in the log."),
		    (unsigned long)t->id);
	case ZONE_GUARDED:
		return www_page_say(t, 422, T("This cannot be taken back"),
		    T("%s Nothing was changed."),
		    www_words(t, why.text));
	default:
		return www_page_say(t, 409, T("Changed since"),
		    T("What change #%lu did has been changed by somebody since "
		      "then, or was taken back already; the log says by whom. "
		      "Nothing was changed."),
		    (unsigned long)t->id);
	}
	log_event(LOG_TELL, "undone serial=%lu by=%s as=%lu moved=%zu",
	    (unsigned long)t->id, name, (unsigned long)change.serial,
	    change.moved);
	if (change.moved > 0) {
		return www_page_say(t, 200, T("Taken back in part"),
		    T("%zu of its keys were changed by somebody since and were "
		      "left as they are; the others are as they were before "
		      "change #%lu."),
		    change.moved, (unsigned long)t->id);
	}
	return item > 0 ? www_queue_back(t, item, WWW_BACK_ITEM)
			: www_page_go(t, "/log");
}
