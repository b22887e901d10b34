/* pages_decide.c - decisions and taking them back: one POST, one change. */
#include "www/pages.h"

#include "base/log.h"
#include "base/when.h"
#include "www/queue_done.h"
#include "www/show.h"
#include "zone/moderate.h"

#define REASON_MAX 500

struct wish {
	struct zone_decision decision;
};

/* Read a decision form. false: it is not one of ours. */
static bool
read_wish(struct www_turn *t, struct wish *ret)
{
	const struct www_fields *f = &t->request->form;
	const char *what = www_fields_get(f, "do");
	const char *until = www_fields_get(f, "until");
	const char *reason = www_fields_get(f, "reason");
	unsigned long version = 0, mask = 0;
	bool forever = until != NULL && strcmp(until, "never") == 0;
	int64_t life = 0;

	if (what == NULL ||
	    !www_fields_number(f, "version", UINT32_MAX, &version) ||
	    version == 0) {
		return false;
	}
	if (strcmp(what, "dismiss") != 0 &&
	    (strncmp(what, "list-", 5) != 0 ||
		!text_number(span_str(what + 5), UINT32_MAX, &mask) ||
		mask == 0)) {
		return false;
	}
	if (until != NULL && until[0] != '\0' && !forever &&
	    (when_parse_duration(span_str(until), &life) < 0 || life <= 0)) {
		return false;
	}
	reason =
	    www_text_tidy(&t->arena, reason != NULL ? reason : "", REASON_MAX);
	if (reason == NULL) {
		return false;
	}
	*ret = (struct wish){
		.decision = {
			.item = t->id,
			.version = (uint32_t)version,
			.approve = (uint32_t)mask,
			.reason = reason,
			.until = life > 0 ? t->now + life : 0,
			.forever = forever,
		},
	};
	return true;
}

/* Somebody else was faster: say who did what and when. */
static int
too_late(struct www_turn *t, enum zone_outcome outcome)
{
	struct zone_item item;
	int r;

	r = zone_queue_get(www_site_queue(t->site), t->id, &t->arena, &item);
	if (r < 0) {
		return r;
	}
	if (r == 0) {
		return www_page_say(t, 404, "No such item",
		    "There is no item %lu in the queue.", (unsigned long)t->id);
	}
	www_page_begin(t,
	    outcome == ZONE_SETTLED || item.state != ZONE_WAITING
		? "Decided already"
		: "It has changed",
	    WWW_QUEUE);
	HTML(&t->html,
	    "<div class=\"card say\"><p>Your decision was not entered: item "
	    "%lu has changed since your page was made.</p><p class=\"note "
	    "warn\">",
	    (unsigned long)item.id);
	if (item.state == ZONE_WAITING) {
		HTML(&t->html,
		    "<span>It still waits; it has <b>%u</b> %s and <b>%u</b> "
		    "%s now.</span>",
		    item.count, item.count == 1 ? "report" : "reports",
		    item.n_votes, item.n_votes == 1 ? "vote" : "votes");
	} else {
		www_show_outcome(t, &item);
	}
	HTML(&t->html,
	    "</p><p><a href=\"/queue/%lu\">Look at it again</a> · "
	    "<a href=\"/queue\">To the queue</a></p></div>\n",
	    (unsigned long)item.id);
	www_page_end(t, 409);
	return 0;
}

int
www_decide_post(struct www_turn *t)
{
	const struct zone_user *user = &t->who.session.user;
	struct zone_person person = {
		.name = user->name,
		.weight = user->weight,
	};
	struct zone_decided done;
	struct err_text why = { "" };
<<<<<<< HEAD
	struct wish wish;
	int r;
=======
	struct wish wish = { 0 };
	int r = ERR_FORMAT;
>>>>>>> 4100e93 (fixup! zone: decide, note, amend - other keys, never, for good, notes, another end)

	if (!read_wish(t, &wish)) {
		return www_page_say(t, 400, "Not understood",
		    "The form did not say what to do in a way that is known "
		    "here. Nothing was changed.");
	}
	r = zone_moderate_decide(www_site_store(t->site),
	    www_site_queue(t->site), t->config, &person, &wish.decision, &done,
	    &why);
	if (r < 0) {
		log_event(LOG_FAIL, "decision failed item=%lu by=%s: %s (%s)",
		    (unsigned long)t->id, user->name, err_str(r), why.text);
		return r;
	}
	switch (done.outcome) {
	case ZONE_DONE:
		log_event(LOG_TELL, "%s item=%lu by=%s serial=%lu",
		    wish.decision.approve != 0 ? "approved" : "dismissed",
		    (unsigned long)t->id, user->name,
		    (unsigned long)done.serial);
		break;
	case ZONE_VOTED:
		log_event(LOG_TELL, "voted item=%lu by=%s weight=%u needed=%u",
		    (unsigned long)t->id, user->name, done.weight, done.needed);
		return www_page_say(t, 200, "Your vote is kept",
		    "This needs a weight of %u; with your vote it has %u, so "
		    "%u more is needed. Nothing is listed yet: another "
		    "moderator has to agree.",
		    done.needed, done.weight,
		    done.needed > done.weight ? done.needed - done.weight : 0);
	case ZONE_AGAIN:
	case ZONE_STALE:
	case ZONE_SETTLED: return too_late(t, done.outcome);
	case ZONE_GUARDED:
		return www_page_say(t, 422, "This cannot be listed",
		    "%s Nothing was changed.", why.text);
	case ZONE_MISSING:
	case ZONE_MOVED:
		return www_page_say(t, 404, "No such item",
		    "There is no item %lu in the queue, or it has no such "
		    "candidate. Nothing was changed.",
		    (unsigned long)t->id);
	}
	www_claims_drop(www_site_claims(t->site), t->id, NULL);
	return www_queue_back(t, t->id, WWW_BACK_ITEM);
}

int
www_reopen_post(struct www_turn *t)
{
	const char *name = t->who.session.user.name;
	unsigned long version = 0;
	struct zone_decided done;
	int r;

	if (!www_fields_number(
		&t->request->form, "version", UINT32_MAX, &version) ||
	    version == 0) {
		return www_page_say(t, 400, "Not understood",
		    "The form is incomplete. Nothing was changed.");
	}
	r = zone_moderate_reopen(
	    www_site_queue(t->site), name, t->id, (uint32_t)version, &done);
	if (r < 0) {
		return r;
	}
	if (done.outcome == ZONE_MISSING) {
		return www_page_say(t, 404, "No such item",
		    "There is no item %lu in the queue.", (unsigned long)t->id);
	}
	if (done.outcome != ZONE_DONE) {
		return too_late(t, done.outcome);
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
		return www_page_say(t, 400, "Not understood",
		    "The form is not one of ours. Nothing was changed.");
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
		return www_page_say(t, 404, "No such change",
		    "There is no change #%lu in the log.",
		    (unsigned long)t->id);
	case ZONE_GUARDED:
		return www_page_say(t, 422, "This cannot be taken back",
		    "%s Nothing was changed.", why.text);
	default:
		return www_page_say(t, 409, "Changed since",
		    "What change #%lu did has been changed by somebody since "
		    "then, or was taken back already; the log says by whom. "
		    "Nothing was changed.",
		    (unsigned long)t->id);
	}
	log_event(LOG_TELL, "undone serial=%lu by=%s as=%lu moved=%zu",
	    (unsigned long)t->id, name, (unsigned long)change.serial,
	    change.moved);
	if (change.moved > 0) {
		return www_page_say(t, 200, "Taken back in part",
		    "%zu of its keys were changed by somebody since and were "
		    "left as they are; the others are as they were before "
		    "change #%lu.",
		    change.moved, (unsigned long)t->id);
	}
	return item > 0 ? www_queue_back(t, item, WWW_BACK_ITEM)
			: www_page_go(t, "/log");
}
