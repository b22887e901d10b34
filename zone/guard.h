/* guard.h - what must never be listed; every writer asks.
 *
 * A listing that should not be loses people's mail, so this is asked twice:
 * by whoever proposes (ingest, a form, an import) to say it early, and by
 * moderate for every key of every change, whatever road it came.
 */
#pragma once

#include "zone/config.h"

/* May KEY be listed in LIST? 0, or ERR_REFUSED with the reason in WHY:
 * special-use space (IANA registries; unless the configuration allows that
 * range), anything outside 2000::/3, a prefix wider than the list allows, a
 * prefix that contains special-use space, a test point; of domains a top-level
 * domain, a public suffix with what lies below it, the names of RFC 6761, our
 * own zones and own-domains. Exemptions are always
 * allowed: a hole is safe. */
MUST_CHECK int zone_guard_list(const struct zone_config *config,
    const struct zone_list_conf *list, const struct zone_key *key,
    struct err_text *why);

/* Is CODE a value that may be served? 127.0.0.0/8 without 127.0.0.0,
 * 127.0.0.1 and 127.255.255.0/24. 0 or ERR_REFUSED. */
MUST_CHECK int zone_guard_code(uint32_t code, struct err_text *why);

/* What special-use block IP falls into, in words ("private use, RFC 1918");
 * NULL: none. Not lifted by any configuration. */
const char *zone_guard_special(const struct net_ip *ip);

/* Is KEY wide (decisions 10), so that it needs the list's wide_at? */
bool zone_guard_wide(
    const struct zone_list_conf *list, const struct zone_key *key);

/* The points that every zone of KIND answers by itself (decisions 12):
 * 127.0.0.2 and ::ffff:127.0.0.2; the digests of test@example.com; TEST. */
bool zone_guard_test_point(const struct zone_key *key);

/* May ALLOW stand in the configuration's guard.allow? It must lie within one
 * special-use block, and not in 127.0.0.0/8. 0 or ERR_REFUSED. */
MUST_CHECK int zone_guard_allow(
    const struct net_prefix *allow, struct err_text *why);
