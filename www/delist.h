/* delist.h - words that the pages about requests share. */
#pragma once

#include "www/page.h"
#include "zone/delist.h"

/* Why a moderator looks at a request, marked for translation; NULL: nobody
 * has to. */
const char *www_delist_why(enum zone_delist_why why);
