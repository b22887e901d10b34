/* net.h - IP addresses and places to listen on, as people write them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/text.h"

/* An address of either family. IPv4 stands in the first four bytes. */
struct net_ip {
	uint8_t bytes[16];
	uint8_t bits; /* 32 or 128; 0: none */
};

#define NET_IP_TEXT 46 /* room for one as text */

/* Strict: dotted quad without leading zeros, or RFC 4291 text without zone
 * id. IPv4-mapped IPv6 (::ffff:0:0/96) stays IPv6: net_ip_unmap folds it. */
MUST_CHECK int net_ip_parse(struct span s, struct net_ip *ret_ip);
char *net_ip_format(char *out, const struct net_ip *ip); /* NET_IP_TEXT */
void net_ip_unmap(struct net_ip *ip);
bool net_ip_equal(const struct net_ip *a, const struct net_ip *b);
/* The family is the prefix's; host bits of NET are ignored. */
bool net_ip_within(
    const struct net_ip *ip, const struct net_ip *net, unsigned plen);

struct net_prefix {
	struct net_ip ip;
	uint8_t plen;
};
/* "192.0.2.0/24", "::/0"; a bare address is a whole one. ERR_FORMAT,
 * ERR_RANGE for host bits set. */
MUST_CHECK int net_prefix_parse(struct span s, struct net_prefix *ret);

/* Of a peer or a socket; v4-mapped peers come out as IPv4. */
struct net_ip net_ip_of_sockaddr(const struct sockaddr *sa);

/* "127.0.0.1@5353", "::1@5353", "*@53" is refused: say 0.0.0.0@53. Or
 * "unix:/path". Port 0 asks the kernel for a free one. ERR_FORMAT. */
struct net_place {
	struct sockaddr_storage sa;
	socklen_t len;
};
MUST_CHECK int net_place_parse(struct span s, struct net_place *ret);
/* OUT: 128 bytes; "ADDRESS@PORT" or "unix:PATH". */
char *net_place_format(char *out, const struct sockaddr *sa);
