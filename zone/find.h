/* find.h - the questions of the responder: what covers a key, what exists.
 *
 * The hot path. Nothing here allocates, and nothing is copied but the hit.
 * The narrowest entry that has not expired decides (decisions 1). Times are
 * zone_view_now's.
 */
#pragma once

#include "zone/domain.h"
#include "zone/view.h"

enum zone_verdict {
	ZONE_CLEAR,  /* nothing covers the key */
	ZONE_LISTED, /* an entry does */
	ZONE_EXEMPT, /* the narrowest entry is a hole */
};

struct zone_hit {
	enum zone_verdict verdict;
	uint8_t plen;    /* IP: length of the prefix that matched */
	uint8_t labels;  /* DOMAIN: that the entry's name has */
	uint32_t code;   /* A value as a number; 0 when exempt */
	uint32_t detail; /* for zone_view_detail */
	int64_t until;   /* 0: never expires */
};

/* Each returns 0 with *ret_hit, or <0: ERR_CORRUPT (a block is damaged: the
 * answer is SERVFAIL with EDE 14, never "listed") or ERR_STORE. */
MUST_CHECK int zone_find_ip(struct zone_view *view, uint16_t list,
    const struct net_ip *ip, struct zone_hit *ret_hit);
MUST_CHECK int zone_find_digest(struct zone_view *view, uint16_t list,
    const struct digest *digest, struct zone_hit *ret_hit);
/* What covers DOMAIN (or what it ends with, when it has "more" labels), and,
 * with ret_exists not NULL, does the name exist: is it listed, or any name
 * below it (RFC 8020), holes and expiry counted? Asked for names that are not
 * listed; a listed one exists. */
MUST_CHECK int zone_find_domain(struct zone_view *view, uint16_t list,
    const struct zone_domain *domain, struct zone_hit *ret_hit,
    bool *ret_exists);
/* Whoever has several questions at hand calls these for all of them, with
 * STEP 0, then 1 and so on, before the first is asked: so the waiting for
 * memory is done once and not for each. They fetch and do nothing else. */
#define ZONE_FIND_STEPS 4
struct zone_ahead { /* what the steps of one question hand on */
	const uint8_t *block;
};
void zone_find_ip_ahead(struct zone_view *view, uint16_t list,
    const struct net_ip *ip, unsigned step, struct zone_ahead *ahead);
void zone_find_digest_ahead(struct zone_view *view, uint16_t list,
    const struct digest *digest, unsigned step, struct zone_ahead *ahead);
/* An address is asked for by its digests in this order; the first that is not
 * clear decides. Only a bare digest makes them differ. */
extern const enum digest_kind zone_find_order[DIGEST_KINDS];

/* KEY as a person asks: a prefix is found when one entry covers all of it, and
 * so are ".d" and "*.d"; an address by its own text. *ret_key (may be NULL) is
 * the entry's key. */
MUST_CHECK int zone_find_key(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_hit *ret_hit,
    struct zone_key *ret_key);
/* Which stored address answers for ADDRESS, asked by DIGEST, with DETAIL? 1 and
 * *ret_key, 0 it is not known, <0. */
MUST_CHECK int zone_find_name(struct zone_view *view, uint16_t list,
    const struct zone_key *address, const struct digest *digest,
    uint32_t detail, struct zone_key *ret_key);
/* The stored entry of exactly KEY, expired or not: 1, 0 none, <0 failed. */
MUST_CHECK int zone_find_exact(struct zone_view *view, uint16_t list,
    const struct zone_key *key, struct zone_entry *ret_entry);

/* Is any address within PREFIX listed (holes counted)? So: does the name that
 * stands for PREFIX exist (RFC 8020)? 0 and *ret_exists, or <0. */
MUST_CHECK int zone_find_node(struct zone_view *view, uint16_t list,
    const struct net_prefix *prefix, bool *ret_exists);
