/* suffix.h - where a registered domain begins: the public suffix list. The
 * only door to libpsl.
 *
 * Names are lower case, A-labels, without a final dot. The newest list on the
 * machine is read at first use, or the one that the library was built with.
 */
#pragma once

#include "base/text.h"

/* Does NAME belong to many: a suffix below which the public registers names
 * ("com", "co.uk"), or a host gives them out ("blogspot.com")? */
bool zone_suffix_public(const char *name);

/* The registrable domain of NAME ("mail.example.co.uk" -> "example.co.uk"),
 * within NAME; NULL: NAME is a public suffix. */
const char *zone_suffix_org(const char *name);

/* Load the list ahead of need: before the process gives up its files. */
void zone_suffix_init(void);
/* Frees the list; for tests that look for leaks. No other thread uses it. */
void zone_suffix_fini(void);
