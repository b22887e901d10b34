/* name.h - where a question's name stands: elsewhere, an apex, or below one.
 *
 * Below the apex of an address list, labels are the octets of an IPv4 address
 * or the nibbles of an IPv6 address, last one first (RFC 5782); both share
 * one tree, so a short name can stand for a prefix of either. Reading is
 * strict: 4 or 32 labels, no leading zeros, no octet above 255. Below a list
 * of mail addresses there is one label, a digest in any of the spellings that
 * clients send. Below a list of domains the labels are the domain asked for,
 * any octets at all: what cannot be a domain can still lie below one that is
 * listed. Pure: nothing is looked up here.
 *
 * A zone may ask for an access key, the label next to its apex. Then what is
 * in front of the key is read as if the key were a part of the zone's name;
 * whether the key is right is another matter (access.h). The apex itself and
 * name servers' names need none.
 */
#pragma once

#include "rbld/apex.h"
#include "zone/domain.h"

enum rbld_place_kind {
	RBLD_PLACE_ELSEWHERE, /* in none of our zones */
	RBLD_PLACE_APEX,
	RBLD_PLACE_HOST,    /* a name server's own name */
	RBLD_PLACE_TEST,    /* a point that is always listed */
	RBLD_PLACE_IP,      /* a whole address; maybe also a node */
	RBLD_PLACE_NODE,    /* only on the way to addresses */
	RBLD_PLACE_DIGEST,  /* of a mail address */
	RBLD_PLACE_DOMAIN,  /* a domain; maybe only on the way to others */
	RBLD_PLACE_NOWHERE, /* can stand for nothing, or is never listed */
	RBLD_PLACE_GATE,    /* the zone's name behind an access key */
	RBLD_PLACE_LOCKED,  /* what should be a key cannot be one */
};

struct rbld_place {
	enum rbld_place_kind kind;
	const struct rbld_zone *zone; /* NULL: elsewhere */
	unsigned base; /* labels of the zone's name, and of its key's */
	const uint8_t *key; /* the key's label in the question; NULL: none */
	const struct rbld_host *host; /* with HOST */
	struct net_ip ip;             /* with IP, and TEST in an ip zone */
	struct net_prefix nodes[2];   /* with IP and NODE */
	unsigned n_nodes;
	bool node; /* one of NODES is above a test point: the name exists */
	struct digest digests[2]; /* with DIGEST */
	unsigned n_digests;
	struct zone_domain domain; /* with DOMAIN; large, so it is the last */
};

/* Q has a name. */
void rbld_name_place(const struct rbld_apex *apex, const struct rbld_query *q,
    struct rbld_place *ret_place);

/* Has LABEL (wire), next to the apex of a zone of KIND, a meaning that a name
 * server there would take away? Of domains only the test points: a top-level
 * domain by itself is never listed, and what lies below it is not hidden. */
bool rbld_name_means(enum zone_kind kind, const uint8_t *label);

/* 127.0.0.N and ::ffff:127.0.0.N as the code 127.0.0.N; others are 0. */
uint32_t rbld_name_test_code(const struct net_ip *ip);

/* Where in KEY, which rbld_name_key wrote, the last LABELS labels begin: the
 * listed domain above the one asked for. 0: all of it. */
const char *rbld_name_listed(const char *key, const struct rbld_query *q,
    const struct rbld_place *place, unsigned labels);

/* What was asked for, without an access key: an address as text, else labels
 * below the apex, folded to lower case, with '?' for what is not printable. OUT
 * has room for RBLD_NAME_MAX + 1; returns OUT. */
char *rbld_name_key(
    char *out, const struct rbld_query *q, const struct rbld_place *place);
