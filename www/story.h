/* story.h - an item with one of the mails that it was reported by. */
#pragma once

#include "www/analysis.h"
#include "www/page.h"
#include "zone/queue.h"

#define WWW_RAW_SHOWN (4u << 20) /* larger mails are only for download */

/* What a page shows, read before a byte of it is written. */
struct www_story {
	struct zone_item item;
	const struct zone_evidence *evidence; /* the one shown; NULL: none */
	struct zone_submission submission;
	bool have_submission;
	struct www_analysis analysis; /* when it is not there: no relays */
	bool have_analysis;
	struct buf raw; /* empty: not asked for, too large, or gone */
};

/* Item turn->id with the mail SUBMISSION, 0: the newest. WITH_RAW: its bytes as
 * well. 1, 0 there is no such item or it has no such mail, <0. Free it with
 * www_story_free in every case. */
MUST_CHECK int www_story_load(struct www_turn *turn, uint64_t submission,
    bool with_raw, struct www_story *ret);
void www_story_free(struct www_story *story);

/* The relay with the address IP that a person may choose to list: a trusted
 * one or the boundary. What lies below is only claimed. NULL: none. */
const struct www_relay *www_story_hop(
    const struct www_story *story, const char *ip);
/* Its key in LIST: the address, of IPv6 its /64 (decisions 19). false: none. */
bool www_hop_key(const char *ip, struct zone_key *ret);
