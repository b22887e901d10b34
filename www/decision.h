/* decision.h - the card where an item is decided, or was. */
#pragma once

#include "www/draft.h"

#define WWW_DECIDE_FORM "decide" /* its id, for buttons elsewhere */

/* While the item waits and the person may: the form as DRAFT has it, with one
 * button for each thing that can be done and what it would do. Else what was
 * decided, with its undo. */
MUST_CHECK int www_decision_card(struct www_turn *turn,
    const struct www_story *story, const struct www_draft *draft);

/* Fields of that form for others: radio buttons "until" and a day; USUAL (NULL:
 * none) is the first with the value USUAL_VALUE. */
void www_expiry_fields(struct www_turn *turn, const struct www_draft *draft,
    const char *usual, const char *usual_value);
/* "canned" and "reason". */
void www_reason_fields(struct www_turn *turn, const struct www_draft *draft);
