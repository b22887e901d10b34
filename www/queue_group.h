/* queue_group.h - items gathered by where they come from, so that one decision
 * can cover them.
 */
#pragma once

#include "www/queue_ask.h"

/* "Relay"; the words of a group's kind. */
const char *www_group_words(struct www_turn *turn, enum www_group group);
/* The list of groups in the place of the list of items. */
MUST_CHECK int www_queue_groups(
    struct www_turn *turn, const struct www_ask *ask, uint64_t *ret_total);
