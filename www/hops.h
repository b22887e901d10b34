/* hops.h - the relays that a mail passed, as a table, newest first. */
#pragma once

#include "www/analysis.h"
#include "www/page.h"

void www_hops_card(struct www_turn *turn, const struct www_analysis *analysis);
