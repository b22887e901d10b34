/* told.h - what anybody may be told of a key in a list.
 *
 * Gathered once, shown as a page and as JSON: whether it is listed and by
 * which entry, since when and until when, how often it was reported, and
 * whether it was taken off lately. Not who reported it or where to, no mail,
 * no trap, no moderator. It is gathered the same way whatever comes out, so
 * the time that an answer takes tells nothing more than the answer.
 */
#pragma once

#include "www/ask.h"
#include "zone/lately.h"

struct www_told {
	const struct zone_list_conf *list;
	struct www_cover cover;
	bool seen; /* reports of it are known: */
	struct zone_sightings sightings;
	bool went; /* it, or a network around it, was taken off lately: */
	struct zone_lately_row row;
	char entry[ZONE_KEY_TEXT]; /* and this is what was taken off */
};

/* ERR_CORRUPT, ERR_STORE. */
MUST_CHECK int www_told_gather(struct www_turn *turn, struct zone_view *view,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct www_told *ret);

/* How a listing went, as half a sentence: "its time was over". Marked for
 * translation. */
const char *www_told_gone(enum zone_gone how);
/* The same in one word, for programs: "expired". */
const char *www_told_gone_word(enum zone_gone how);

/* The text of criterion ID, NULL: it is not in the configuration. */
const char *www_told_criterion(
    const struct zone_config *config, struct span id);

/* KEY's name in ZONE, "9.114.0.203.bl.example.gr", in OUT; "" when KEY is no
 * single name. */
#define WWW_QNAME (ZONE_KEY_TEXT + 256)
void www_told_name(const struct zone_zone_conf *zone,
    const struct zone_key *key, char out[WWW_QNAME]);
/* Is LIST asked for in ZONE? */
bool www_told_in(
    const struct zone_zone_conf *zone, const struct zone_list_conf *list);

/* Minutes that who asked before may remember that LIST has something. */
unsigned long www_told_minutes(
    const struct zone_config *config, const char *list);

/* May this client look something up now? Else it has been answered. */
bool www_told_admit(struct www_turn *turn, bool json);
