/* ip.h - addresses as mail servers write them. */
#pragma once

#include "base/net.h"

/* An address as mail servers write it: dotted quad (strict: no octal, hex or
 * short forms), IPv6 with or without "IPv6:", v4-mapped, zone id or port
 * behind it. false: not an address. */
bool ingest_ip_read(struct span s, struct net_ip *ret_ip);

/* Loopback, private, link-local, shared (RFC 6598): a host that only its own
 * network can reach, so never a stranger's relay. */
bool ingest_ip_private(const struct net_ip *ip);
