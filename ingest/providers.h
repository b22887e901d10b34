/* providers.h - the table of shared servers (zone/providers.h), held against
 * hops and names.
 */
#pragma once

#include "ingest/received.h"
#include "zone/providers.h"

/* Whose server is the client of HOP: by its address, or the name that was
 * looked up for it; NULL: nobody's in the table. */
const struct zone_provider_row *ingest_providers_out(
    const struct zone_providers *p, const struct ingest_hop *hop);

/* Is HOP one between two machines of the same provider? Its row, or NULL.
 * Prefix and both names must fit: names alone are the client's word. */
const struct zone_provider_row *ingest_providers_inside(
    const struct zone_providers *p, const struct ingest_hop *hop);

/* Did an alias forwarder hand HOP over, and write the line NEXT below it? The
 * client's address or looked up name must be the forwarder's, and so must the
 * name of the server that wrote NEXT. Its row, or NULL. */
const struct zone_provider_row *ingest_providers_forward(
    const struct zone_providers *p, const struct ingest_hop *hop,
    const struct ingest_hop *next);

/* Does NAME look like one that an access provider gave to the line IP: a
 * customer's, not a mail server's? What in it says so, or NULL. */
const char *ingest_name_dynamic(struct span name, const struct net_ip *ip);
