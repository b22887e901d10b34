/* providers.c - the table of shared servers, held against hops. */
#include "ingest/providers.h"

#include <string.h>

const struct zone_provider_row *
ingest_providers_out(
    const struct zone_providers *p, const struct ingest_hop *hop)
{
	/* what was not stepped over is shared all the same */
	const unsigned kinds = ZONE_PROVIDER(ZONE_PROVIDER_OUT) |
	    ZONE_PROVIDER(ZONE_PROVIDER_ISP) |
	    ZONE_PROVIDER(ZONE_PROVIDER_FORWARD);
	const struct zone_provider_row *row = zone_providers_ip(
	    p, &hop->ip, kinds | ZONE_PROVIDER(ZONE_PROVIDER_IN));

	return row != NULL ? row : zone_providers_name(p, hop->rdns, kinds);
}

/* Is NAME one of the PROVIDER's, of this KIND? */
static bool
named(const struct zone_providers *p, struct span name,
    enum zone_provider_kind kind, const char *provider)
{
	const struct zone_provider_row *row =
	    zone_providers_name(p, name, ZONE_PROVIDER(kind));

	return row != NULL && strcmp(row->provider, provider) == 0;
}

const struct zone_provider_row *
ingest_providers_inside(
    const struct zone_providers *p, const struct ingest_hop *hop)
{
	const struct zone_provider_row *row =
	    zone_providers_ip(p, &hop->ip, ZONE_PROVIDER(ZONE_PROVIDER_IN));

	return row != NULL &&
		named(p, hop->by, ZONE_PROVIDER_IN, row->provider) &&
		named(p, hop->helo, ZONE_PROVIDER_IN, row->provider)
	    ? row
	    : NULL;
}

const struct zone_provider_row *
ingest_providers_forward(const struct zone_providers *p,
    const struct ingest_hop *hop, const struct ingest_hop *next)
{
	const unsigned kinds = ZONE_PROVIDER(ZONE_PROVIDER_FORWARD);
	const struct zone_provider_row *row =
	    zone_providers_ip(p, &hop->ip, kinds);

	if (row == NULL && !hop->forged) {
		row = zone_providers_name(p, hop->rdns, kinds);
	}
	return row != NULL &&
		named(p, next->by, ZONE_PROVIDER_FORWARD, row->provider)
	    ? row
	    : NULL;
}
