/* request.h - pieces that the pages about requests share. */
#pragma once

#include "www/show.h"
#include "zone/delist.h"

/* Tags: overdue, the visitor was asked. */
void www_request_clock(
    struct www_turn *turn, const struct zone_request *request);
/* One sentence about a closed one, and the button that takes it back. */
void www_request_outcome(
    struct www_turn *turn, const struct zone_request *request);
void www_request_take_back(
    struct www_turn *turn, const struct zone_request *request);
/* Why it waits, for moderators; marked for translation. */
const char *www_request_why_short(enum zone_delist_why why);
