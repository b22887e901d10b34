/* draft.h - a decision as it was typed: what the form held, and what it means.
 *
 * A form that was refused is shown again as it was filled in. Nothing in it is
 * believed: the keys come from the item and from what was read in its mail.
 */
#pragma once

#include "www/story.h"
#include "zone/moderate.h"

#define WWW_REASON_MAX 500
#define WWW_SCOPE_HOP 32 /* the scope of the relay that was chosen */

struct www_draft {
	bool sent; /* it comes from a form: say what it would do */
	const char *reason, *canned, *criterion, *until, *date;
	const char *hop;            /* address of a chosen relay, or "" */
	uint64_t submission;        /* that it was read in; 0: the newest */
	unsigned scope[WWW_SCOPE_HOP + 1]; /* prefix lengths; 0: as it is */
};

/* An empty one. */
struct www_draft www_draft_new(void);
/* Of the request's form. false: it is not one of ours. */
bool www_draft_read(const struct www_turn *turn, struct www_draft *ret);

/* How it ends: *RET_UNTIL, 0: as is usual. false with WHY. */
bool www_draft_end(struct www_turn *turn, const struct www_draft *draft,
    int64_t *ret_until, bool *ret_forever, struct err_text *why);

/* The canned reason and the person's own words together, "" for neither. NULL
 * with WHY. */
const char *www_draft_reason(struct www_turn *turn,
    const struct www_draft *draft, struct err_text *why);

/* What the button DO ("dismiss", "list-3", "never-1", "list-hop") of the DRAFT
 * means for S, in turn's arena. 0; ERR_FORMAT: no button of ours; ERR_RANGE
 * with WHY: something was typed that cannot be. ERR_NOMEM. */
MUST_CHECK int www_draft_decision(struct www_turn *turn,
    const struct www_draft *draft, const struct www_story *s, const char *what,
    struct zone_decision *ret, struct err_text *why);

/* The scopes of DRAFT as one text, for the form's field "shown": it tells for
 * which of them the page has worked out what they would do. NULL: no memory. */
const char *www_draft_scopes(
    struct www_turn *turn, const struct www_draft *draft);

/* KEY with the prefix length LEN; LEN 0, or not shorter: as it is. */
struct zone_key www_widened(const struct zone_key *key, unsigned len);
