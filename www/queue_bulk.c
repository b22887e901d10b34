/* queue_bulk.c - several items at once: one reason, one action, each item
 * decided by itself with the version that was looked at. What could not be
 * done is said for each, and stays chosen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "www/lang.h"
#include "www/pages.h"
#include "www/queue_row.h"
#include "www/show.h"
#include "zone/moderate.h"

#define BULK_MAX 200
#define BULK_SECONDS 6 /* then the rest is left for the next time */
#define REASON_MAX 500

enum fate {
	FATE_NONE, /* not tried yet */
	FATE_DONE,
	FATE_VOTED,
	FATE_STALE,
	FATE_SETTLED,
	FATE_MISSING,
	FATE_GUARDED,
	FATE_EMPTY, /* nothing to list by this action */
	FATE_MOVED,
	FATE_LATE, /* the time was over */
	FATE_FAILED,
};

enum action { ACT_LIST, ACT_ADDRESS, ACT_DISMISS, ACT_UNDO, ACT_NONE };

static const char *const action_names[] = { "list", "address", "dismiss",
	"undo" };

struct pick {
	uint64_t id;
	uint32_t version; /* as it was looked at */
	enum fate fate;
	const char *why; /* of the guard; NULL: not said */
	unsigned missing_weight;
};

struct bulk {
	struct pick picks[BULK_MAX];
	unsigned n;
	enum action action;
	const char *reason;
	const struct www_ask *ask; /* where they were chosen; NULL: not said */
};

/* ---- the list to choose from --------------------------------------------- */

static void
proposal(struct www_turn *t, const struct zone_item *item)
{
	const char *keys;

	if (item->state != ZONE_WAITING) {
		www_show_outcome(t, item);
		return;
	}
	keys = www_item_keys(t, item, www_row_proposal(item));
	if (keys == NULL) {
		t->html.buf.bad = true;
	} else if (keys[0] == '\0') {
		HTML(&t->html, "<span class=\"mut\">%s</span>",
		    T("nothing is proposed"));
	} else {
		HTML(&t->html, "<span class=\"key\">");
		www_html_cut(t, keys, 200);
		HTML(&t->html, "</span>");
	}
}

static void
choice(struct www_turn *t, const struct zone_item *item)
{
	unsigned long id = (unsigned long)item->id;

	HTML(&t->html,
	    "<li class=\"line\" data-item=\"%lu\"><label class=\"pick\"><input "
	    "type=\"checkbox\" name=\"i%lu\" value=\"%u\" checked><span "
	    "class=\"unseen\">%s %lu</span></label><a class=\"subject\" "
	    "href=\"/queue/%lu\">",
	    id, id, item->version, T("Choose item"), id, id);
	www_row_subject(t, item);
	HTML(&t->html, "</a><span class=\"from\">");
	www_html_cut(t, item->from, 80);
	HTML(&t->html, "</span><span class=\"res\">");
	proposal(t, item);
	HTML(&t->html, "</span></li>\n");
}

static void
buttons(struct www_turn *t, enum zone_item_state state, const char *reason)
{
	HTML(&t->html,
	    "<label for=\"reason\">%s <span class=\"mut\">%s</span></label>"
	    "<input id=\"reason\" name=\"reason\" maxlength=\"500\" "
	    "value=\"%s\" autocomplete=\"off\"><div class=\"what\">",
	    T("One reason for all"), T("kept in the log"), reason);
	if (state == ZONE_WAITING) {
		HTML(&t->html,
		    "<button name=\"do\" value=\"list\">%s</button>"
		    "<button name=\"do\" value=\"address\">%s</button>"
		    "<button name=\"do\" value=\"dismiss\">%s</button>",
		    T("List what is proposed"), T("List the address instead"),
		    T("Dismiss"));
	} else {
		HTML(&t->html, "<button name=\"do\" value=\"undo\">%s</button>",
		    T("Undo these"));
	}
	HTML(&t->html, "</div>");
}

/* The form with ITEMS, all chosen. */
static void
choices(struct www_turn *t, const struct zone_item *items, size_t n,
    const struct www_ask *ask, const char *reason)
{
	const char *at =
	    ask == NULL ? "" : www_ask_write(&t->arena, ask, ask->page);

	if (at == NULL) {
		t->html.buf.bad = true;
		return;
	}
	www_form_begin(t, "/queue/bulk", "card chosen");
	HTML(&t->html,
	    "<input type=\"hidden\" name=\"at\" value=\"%s\"><ol "
	    "class=\"lines\">\n",
	    at);
	for (size_t i = 0; i < n; i++) {
		choice(t, &items[i]);
	}
	HTML(&t->html, "</ol>");
	buttons(t, n > 0 ? items[0].state : ZONE_WAITING, reason);
	HTML(&t->html, "</form>\n");
}

static void
back_to(struct www_turn *t, const struct www_ask *ask)
{
	const char *at =
	    ask == NULL ? "" : www_ask_write(&t->arena, ask, ask->page);

	if (at == NULL) {
		t->html.buf.bad = true;
		return;
	}
	HTML(&t->html, "<p class=\"crumb\"><a href=\"/queue%s%s\">%s</a></p>\n",
	    at[0] != '\0' ? "?" : "", at, T("Back to the queue"));
}

int
www_queue_bulk(struct www_turn *t)
{
	const struct www_fields *q = &t->request->query;
	const char *only = www_fields_get(q, "only");
	bool page = only != NULL && strcmp(only, "page") == 0;
	size_t per = page ? WWW_PER_PAGE : BULK_MAX;
	struct www_found found = { .n = 0 };
	struct www_ask ask;
	const char *to;
	bool known;
	int r;

	r = www_ask_read(t, q, &ask, &known);
	if (r < 0) {
		return r;
	}
	if (!known || ask.fault != WWW_FILTER_GOOD) {
		return www_page_say(t, 400, T("No such list"), "%s",
		    T("The address names a state, an order, a search or a "
		      "page that is not there."));
	}
	r = www_ask_find(t, &ask, (ask.page - 1) * per, per, &found);
	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("Decide several"), WWW_QUEUE);
	back_to(t, page ? &ask : NULL);
	if (found.n == 0) {
		HTML(&t->html, "<div class=\"card empty\"><h2>%s</h2></div>\n",
		    T("Nothing fits"));
		www_page_end(t, 200);
		return 0;
	}
	HTML(&t->html, "<p>");
	www_say(t,
	    TN("%lu item is chosen below. Take out what does not belong.",
		"%lu items are chosen below. Take out what does not belong.",
		found.n),
	    (unsigned long)found.n);
	if (found.total > found.n) {
		HTML(&t->html, " ");
		SAY(t,
		    "At most %u are decided at once; %lu fit in all, the "
		    "others are on the next pages and come up when these are "
		    "decided.",
		    BULK_MAX, (unsigned long)found.total);
	}
	HTML(&t->html, "</p>\n");
	if (www_may(t, ZONE_MODERATOR)) {
		choices(t, found.items, found.n, &ask, "");
	} else {
		HTML(&t->html, "<p class=\"note warn\"><span>%s</span></p>\n",
		    T("Only moderators decide."));
	}
	if (!page) {
		to = www_ask_write(&t->arena, &ask, 1);
		to = to == NULL
		    ? NULL
		    : arena_fmt(&t->arena, "/queue/bulk?%s&page=", to);
		if (to == NULL) {
			return ERR_NOMEM;
		}
		www_html_pages(t, to, ask.page, found.total, BULK_MAX);
	}
	www_page_end(t, 200);
	return 0;
}

/* ---- the form ------------------------------------------------------------ */

/* "i12=3": item 12 as it was in version 3. */
static bool
read_pick(const struct www_field *f, struct pick *ret)
{
	unsigned long id, version;

	if (f->name[0] != 'i' ||
	    !text_number(span_str(f->name + 1), INT64_MAX, &id) || id == 0 ||
	    !text_number(span_str(f->value), UINT32_MAX, &version) ||
	    version == 0) {
		return false;
	}
	*ret = (struct pick){ .id = id, .version = (uint32_t)version };
	return true;
}

/* What is wrong with the form; NULL: nothing. */
static const char *
read_bulk(struct www_turn *t, struct bulk *b)
{
	const struct www_fields *f = &t->request->form;
	const char *what = www_fields_get(f, "do");
	const char *reason = www_fields_get(f, "reason");
	const char *tidy;

	reason = reason != NULL ? reason : "";
	tidy = www_text_tidy(&t->arena, reason, REASON_MAX);
	b->reason = tidy != NULL ? tidy : "";
	b->action = ACT_NONE;
	for (unsigned i = 0; what != NULL && i < ACT_NONE; i++) {
		if (strcmp(what, action_names[i]) == 0) {
			b->action = (enum action)i;
		}
	}
	for (unsigned i = 0; i < f->n; i++) {
		struct pick pick;

		if (!read_pick(&f->field[i], &pick)) {
			continue;
		}
		if (b->n == BULK_MAX) {
			return T("More than 200 were chosen. Nothing was "
				 "changed: take some out.");
		}
		b->picks[b->n++] = pick;
	}
	if (tidy == NULL) {
		return T("The reason is too long: 500 bytes at most. Nothing "
			 "was changed.");
	}
	return b->n == 0
	    ? T("Nothing was chosen. Choose items first; nothing was changed.")
	    : b->action == ACT_NONE
	    ? T("The form did not say what to do. Nothing was changed.")
	    : NULL;
}

/* The page that they were chosen on. */
static int
read_ask(struct www_turn *t, struct bulk *b)
{
	const char *at = www_fields_get(&t->request->form, "at");
	struct www_fields fields;
	struct www_ask *ask = arena_alloc(&t->arena, sizeof(*ask));
	bool known = false;
	int r;

	if (ask == NULL) {
		return ERR_NOMEM;
	}
	r = www_fields_parse(
	    span_str(at != NULL ? at : ""), &t->arena, &fields);
	if (r == 0) {
		r = www_ask_read(t, &fields, ask, &known);
	}
	if (r == ERR_NOMEM) {
		return r;
	}
	b->ask = r == 0 && known && ask->fault == WWW_FILTER_GOOD ? ask : NULL;
	return 0;
}

/* ---- deciding ------------------------------------------------------------ */

static enum fate
fate_of(enum zone_outcome outcome)
{
	static const enum fate fates[] = {
		[ZONE_DONE] = FATE_DONE,
		[ZONE_VOTED] = FATE_VOTED,
		[ZONE_STALE] = FATE_STALE,
		[ZONE_SETTLED] = FATE_SETTLED,
		[ZONE_MISSING] = FATE_MISSING,
		[ZONE_GUARDED] = FATE_GUARDED,
		[ZONE_MOVED] = FATE_MOVED,
	};

	return (size_t)outcome < sizeof(fates) / sizeof(fates[0]) &&
		fates[outcome] != FATE_NONE
	    ? fates[outcome]
	    : FATE_SETTLED;
}

static int
decide(struct www_turn *t, const struct bulk *b, const struct zone_item *item,
    struct pick *p, struct err_text *why)
{
	const struct zone_user *user = &t->who.session.user;
	struct zone_person person = { .name = user->name,
		.weight = user->weight };
	struct zone_decision d = {
		.item = p->id, .version = p->version, .reason = b->reason
	};
	struct zone_decided done;
	int r;

	if (b->action != ACT_DISMISS) {
		d.approve = b->action == ACT_LIST
		    ? www_row_proposal(item)
		    : www_row_address(t->config, item);
		if (d.approve == 0 && item->state == ZONE_WAITING) {
			p->fate = item->version == p->version ? FATE_EMPTY
							      : FATE_STALE;
			return 0;
		}
		if (d.approve == 0) {
			p->fate = FATE_SETTLED;
			return 0;
		}
	}
	r = zone_moderate_decide(www_site_store(t->site),
	    www_site_queue(t->site), t->config, &person, &d, &done, why);
	if (r == 0) {
		p->fate = fate_of(done.outcome);
		p->missing_weight =
		    done.outcome == ZONE_VOTED && done.needed > done.weight
		    ? done.needed - done.weight
		    : 0;
	}
	return r;
}

static int
take_back(struct www_turn *t, const struct bulk *b,
    const struct zone_item *item, struct pick *p, struct err_text *why)
{
	const char *name = t->who.session.user.name;
	struct zone_change_result change = { 0 };
	struct zone_decided done;
	int r;

	if (item->state == ZONE_WAITING || item->version != p->version) {
		p->fate = FATE_STALE;
		return 0;
	}
	r = item->serial > 0 ? zone_moderate_undo(www_site_store(t->site),
				   www_site_queue(t->site), t->config, name,
				   item->serial, b->reason, &done, &change, why)
			     : zone_moderate_reopen(www_site_queue(t->site),
				   name, p->id, p->version, &done);
	if (r == 0) {
		p->fate = fate_of(done.outcome);
	}
	return r;
}

static int
one(struct www_turn *t, const struct bulk *b, struct pick *p)
{
	struct err_text why = { "" };
	struct arena arena = { 0 };
	struct zone_item item;
	int r;

	r = zone_queue_get(www_site_queue(t->site), p->id, &arena, &item);
	if (r == 0) {
		p->fate = FATE_MISSING;
	} else if (r == 1) {
		r = b->action == ACT_UNDO ? take_back(t, b, &item, p, &why)
					  : decide(t, b, &item, p, &why);
	}
	if (r >= 0 && why.text[0] != '\0') {
		p->why = arena_str(&t->arena, www_words(t, why.text));
	}
	if (r >= 0 && p->fate == FATE_DONE) {
		www_claims_drop(www_site_claims(t->site), p->id, NULL);
	}
	arena_free(&arena);
	return r < 0 ? r : 0;
}

/* Each by itself. What fails for a reason of its own does not stop the
 * others; a store that cannot be written does. */
static int
all(struct www_turn *t, struct bulk *b)
{
	unsigned count[FATE_FAILED + 1] = { 0 };
	struct timespec begun, now;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (unsigned i = 0; i < b->n; i++) {
		struct pick *p = &b->picks[i];

		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec - begun.tv_sec >= BULK_SECONDS) {
			p->fate = FATE_LATE;
		} else if (r < 0) {
			p->fate = FATE_FAILED;
		} else {
			r = one(t, b, p);
			if (r < 0) {
				p->fate = FATE_FAILED;
				log_event(LOG_FAIL,
				    "bulk %s failed item=%lu by=%s: %s",
				    action_names[b->action],
				    (unsigned long)p->id,
				    t->who.session.user.name, err_str(r));
			}
		}
		count[p->fate]++;
	}
	log_event(LOG_TELL, "bulk %s items=%u done=%u voted=%u by=%s",
	    action_names[b->action], b->n, count[FATE_DONE], count[FATE_VOTED],
	    t->who.session.user.name);
	/* nothing at all: the page for that failure says more */
	return count[FATE_DONE] + count[FATE_VOTED] == 0 ? r : 0;
}

/* ---- what became of them ------------------------------------------------- */

static bool
good(enum fate fate)
{
	return fate == FATE_DONE || fate == FATE_VOTED;
}

static void
fate_words(struct www_turn *t, const struct pick *p,
    const struct zone_item *item, enum action action)
{
	switch (p->fate) {
	case FATE_DONE:
		if (action == ACT_UNDO) {
			HTML(&t->html, "%s", T("It waits again."));
		} else {
			www_show_outcome(t, item);
		}
		break;
	case FATE_VOTED:
		SAY(t,
		    "Your vote is kept; a weight of %u more is needed, from "
		    "somebody else.",
		    p->missing_weight);
		break;
	case FATE_STALE:
		HTML(&t->html, "%s",
		    T("It has changed since you looked. Look again."));
		break;
	case FATE_SETTLED:
		HTML(&t->html, "%s ", T("Decided already:"));
		www_show_outcome(t, item);
		break;
	case FATE_MISSING:
		HTML(&t->html, "%s", T("It is not there any more."));
		break;
	case FATE_GUARDED:
		HTML(&t->html, "%s ", T("It may not be listed."));
		www_html_cut(t, p->why != NULL ? p->why : "", 200);
		break;
	case FATE_EMPTY:
		HTML(&t->html, "%s",
		    action == ACT_ADDRESS
			? T("It has no address that may be listed.")
			: T("Nothing is proposed in it: open it and look."));
		break;
	case FATE_MOVED:
		HTML(&t->html, "%s",
		    T("What it listed was changed by somebody since."));
		break;
	case FATE_LATE:
		HTML(&t->html, "%s",
		    T("The time was over before its turn: send it again."));
		break;
	case FATE_NONE:
	case FATE_FAILED:
		HTML(&t->html, "%s",
		    T("The store could not be written: try it again."));
		break;
	}
}

static void
summary(struct www_turn *t, const struct bulk *b)
{
	unsigned done = 0, voted = 0, left = 0;

	for (unsigned i = 0; i < b->n; i++) {
		done += b->picks[i].fate == FATE_DONE;
		voted += b->picks[i].fate == FATE_VOTED;
		left += !good(b->picks[i].fate);
	}
	HTML(&t->html, "<div class=\"note %s\" role=\"status\"><span><strong>",
	    left == 0 ? "good" : "warn");
	switch (b->action) {
	case ACT_UNDO:
		www_say(t,
		    TN("%u item waits again.", "%u items wait again.", done),
		    done);
		break;
	case ACT_DISMISS:
		www_say(t,
		    TN("%u item was dismissed.", "%u items were dismissed.",
			done),
		    done);
		break;
	default:
		www_say(t,
		    TN("%u item was listed.", "%u items were listed.", done),
		    done);
	}
	HTML(&t->html, "</strong> ");
	if (voted > 0) {
		www_say(t,
		    TN("%u vote was kept; others have to agree.",
			"%u votes were kept; others have to agree.", voted),
		    voted);
		HTML(&t->html, " ");
	}
	if (left > 0) {
		www_say(t,
		    TN("%u was not done; it is below, with the reason.",
			"%u were not done; they are below, with the reasons.",
			left),
		    left);
	}
	HTML(&t->html, "</span>");
	if (done > 0 && b->action != ACT_UNDO) {
		www_form_begin(t, "/queue/bulk", "inline");
		for (unsigned i = 0; i < b->n; i++) {
			struct arena arena = { 0 };
			struct zone_item item;

			if (b->picks[i].fate == FATE_DONE &&
			    zone_queue_get(www_site_queue(t->site),
				b->picks[i].id, &arena, &item) == 1) {
				HTML(&t->html,
				    "<input type=\"hidden\" name=\"i%lu\" "
				    "value=\"%u\">",
				    (unsigned long)item.id, item.version);
			}
			arena_free(&arena);
		}
		HTML(&t->html,
		    "<button class=\"undo\" name=\"do\" value=\"undo\" "
		    "data-key=u>%s</button></form>",
		    T("Undo all of it"));
	}
	HTML(&t->html, "</div>\n");
}

static int
results(struct www_turn *t, const struct bulk *b)
{
	struct zone_item *left =
	    arena_alloc(&t->arena, (b->n + 1) * sizeof(*left));
	size_t n_left = 0;
	int r = left != NULL ? 0 : ERR_NOMEM;

	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("What became of them"), WWW_QUEUE);
	back_to(t, b->ask);
	summary(t, b);
	HTML(&t->html, "<ol class=\"card lines\">\n");
	for (unsigned i = 0; i < b->n && r >= 0; i++) {
		const struct pick *p = &b->picks[i];
		struct zone_item item = { .id = p->id,
			.subject = "",
			.from = "",
			.settled_by = "",
			.settled_reason = "" };

		r = zone_queue_get(
		    www_site_queue(t->site), p->id, &t->arena, &item);
		if (r < 0) {
			break;
		}
		HTML(&t->html,
		    "<li class=\"line %s\" data-item=\"%lu\"><a "
		    "class=\"subject\" href=\"/queue/%lu\">",
		    good(p->fate) ? "ok" : "not", (unsigned long)p->id,
		    (unsigned long)p->id);
		www_row_subject(t, &item);
		HTML(&t->html, "</a><span class=\"res\">");
		fate_words(t, p, &item, b->action);
		HTML(&t->html, "</span></li>\n");
		if (!good(p->fate) && r == 1 &&
		    (item.state == ZONE_WAITING) == (b->action != ACT_UNDO)) {
			left[n_left++] = item;
		}
	}
	if (r < 0) {
		return r;
	}
	HTML(&t->html, "</ol>\n");
	if (n_left > 0) {
		HTML(&t->html, "<h2>%s</h2>\n", T("Still to be decided"));
		choices(t, left, n_left, b->ask, b->reason);
	}
	www_page_end(t, 200);
	return 0;
}

/* What was chosen once more, with what was wrong. */
static int
again(struct www_turn *t, const struct bulk *b, const char *wrong)
{
	struct zone_item *items =
	    arena_alloc(&t->arena, (b->n + 1) * sizeof(*items));
	size_t n = 0;

	if (items == NULL) {
		return ERR_NOMEM;
	}
	for (unsigned i = 0; i < b->n; i++) {
		int r = zone_queue_get(www_site_queue(t->site), b->picks[i].id,
		    &t->arena, &items[n]);

		if (r < 0) {
			return r;
		}
		n += r == 1;
	}
	www_page_begin(t, T("Decide several"), WWW_QUEUE);
	back_to(t, b->ask);
	HTML(&t->html,
	    "<p class=\"note bad\" role=\"alert\"><span>%s</span></p>\n",
	    wrong);
	if (n > 0) {
		choices(t, items, n, b->ask, b->reason);
	}
	www_page_end(t, 400);
	return 0;
}

int
www_queue_bulk_post(struct www_turn *t)
{
	struct bulk *b = arena_alloc(&t->arena, sizeof(*b));
	const char *wrong;
	int r;

	if (b == NULL) {
		return ERR_NOMEM;
	}
	wrong = read_bulk(t, b);
	r = read_ask(t, b);
	if (r == 0 && wrong != NULL) {
		return again(t, b, wrong);
	}
	if (r == 0) {
		r = all(t, b);
	}
	return r == 0 ? results(t, b) : r;
}
