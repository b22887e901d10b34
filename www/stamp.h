/* stamp.h - was a form of a visitor, who has no session, made by us just now?
 *
 * The form carries the time it was made and a MAC over that and what it is
 * about, under a key of this start of the program. A form that comes back
 * within two seconds was not read by a person; one older than two hours has to
 * be loaded again. Beside it the form has a field that people do not see and
 * programs fill in. Both take the place of a riddle.
 */
#pragma once

#include "base/secret.h"

#define WWW_STAMP 64
#define WWW_STAMP_FAST 2 /* seconds */
#define WWW_STAMP_OLD 7200
#define WWW_STAMP_TRAP "website" /* the field that stays empty */

enum www_stamp_is {
	WWW_STAMP_GOOD,
	WWW_STAMP_FORGED, /* or none, or of another start */
	WWW_STAMP_TOO_FAST,
	WWW_STAMP_TOO_OLD,
};

/* NOW is the boot-time clock, in seconds; ABOUT any text. Returns OUT. */
char *www_stamp_make(
    char out[WWW_STAMP], const uint8_t key[32], int64_t now, const char *about);
enum www_stamp_is www_stamp_check(
    const char *stamp, const uint8_t key[32], int64_t now, const char *about);
