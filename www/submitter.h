/* submitter.h - a submitter by his token, on pages that need no account. */
#pragma once

#include "www/page.h"
#include "zone/submitters.h"

/* Whose TOKEN is it? 1 and *RET in the turn's arena, 0 nobody's, <0. Who was
 * wrong too often (20 times in 10 minutes) has to wait *RET_WAIT seconds, and
 * his token is not looked at; else that is 0. */
MUST_CHECK int www_submitter_known(struct www_turn *turn, struct span token,
    struct zone_submitter *ret, unsigned *ret_wait);
