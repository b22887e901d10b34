/* signs.h - questions that only a client makes which is not set up right.
 *
 * RFC 6471 (3.4) asks a list's operator to be ready for such clients. What a
 * single question shows is told here; that a client does not cache needs a
 * memory, and is told in tally.c. Pure.
 *
 * An IPv4 address in the order of reading cannot be told in general: every
 * four octets are an address in both orders. Two kinds of names give it
 * away. Read as RFC 5782 has it, the name stands for an address that no
 * host can have (0.0.0.0/8 and all from 224.0.0.0 on, one in eight of those
 * asked in the wrong order), while the order of reading gives one that a host
 * can have. Or the order of reading gives 192.168.0.0/16, 172.16.0.0/12 or
 * 169.254.0.0/16, and the right one does not: 18 in 65,536 of all addresses
 * look like this by chance. 10.0.0.0/8 is left out: with one octet it would
 * be one in 256. So a client whose share is above a few in ten thousand asks
 * in the wrong order; one whose share is zero does not.
 */
#pragma once

#include "rbld/counts.h"
#include "rbld/name.h"

/* Octets that make an address worth a look: 1 as its first, 2 as its last. */
extern const uint8_t rbld_sign_octets[256];

enum rbld_sign rbld_sign_of_rest(
    const struct rbld_query *q, const struct rbld_place *place);

/* The sign that Q at PLACE, within one of our zones, shows. */
static inline enum rbld_sign
rbld_sign_of(const struct rbld_query *q, const struct rbld_place *place)
{
	if (place->kind == RBLD_PLACE_IP && place->ip.bits == 32 &&
	    (rbld_sign_octets[place->ip.bytes[0]] & 1) == 0 &&
	    (rbld_sign_octets[place->ip.bytes[3]] & 2) == 0) {
		return RBLD_SIGN_NONE; /* nearly all */
	}
	return rbld_sign_of_rest(q, place);
}
