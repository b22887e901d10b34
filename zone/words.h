/* words.h - the text of a TXT record, for answers and for whole zones.
 *
 * Pure. The words of a listing come from people; what leaves here is ASCII
 * that any reader can show.
 */
#pragma once

#include "zone/entry.h"

#define ZONE_WORDS_MAX 255 /* one string of a TXT record */

/* From TEMPLATE: $ the key, $r the reason, $i the entry's id, $$ a dollar.
 * Printable ASCII; a character that is not becomes one '?'. A reason that is a
 * template has its own key put in for its $. Cut at 255 octets; returns the
 * length. */
size_t zone_words(char ret[ZONE_WORDS_MAX], const char *template,
    const char *key, const struct zone_reason *reason, uint32_t id);

/* Does what TEMPLATE and REASON give depend on the key asked for? */
bool zone_words_vary(const char *template, const struct zone_reason *reason);
