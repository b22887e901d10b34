/* unapplied.h - say which zones are served as the store does not know them. */
#pragma once

#include "zone/config.h"
#include "zone/store.h"

/* Log one line for each zone of CONFIG that was changed and not entered with
 * "rblctl config apply": its secondaries do not hear of the change. Said, and
 * no more: what is asked is answered. */
void rbld_unapplied_tell(
    struct zone_store *store, const struct zone_config *config);
