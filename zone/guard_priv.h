/* guard_priv.h - the parts of the guard, for guard.c alone. */
#pragma once

#include "zone/guard.h"

/* zone_guard_list for KEY, a domain, SHOWN as text. */
MUST_CHECK int zone_guard_domain(const struct zone_config *config,
    const struct zone_key *key, const char *shown, struct err_text *why);
