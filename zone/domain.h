/* domain.h - a domain as the store keeps it: a path from the root side down.
 *
 * Labels in this order make a subtree one contiguous range of keys
 * (doc/FORMATS, "names"), so that what covers a name is found by looking
 * backwards from the place where the name would stand.
 *
 * A stored path has letters, digits and hyphens only. A question may have any
 * octet at all: a path ends before the first label that no entry can have, and
 * says so by "more". Such a name can still lie below an entry.
 */
#pragma once

#include "base/bytes.h"
#include "zone/key.h"
#include "zone/store.h"

#define ZONE_DOMAIN_PATH 254 /* 253 octets as text, and a final zero */
#define ZONE_DOMAIN_KEY (2 + ZONE_DOMAIN_PATH + 1)
#define ZONE_DOMAIN_VALUE 20

enum zone_domain_form {
	ZONE_DOMAIN_SELF = 1, /* "d" */
	ZONE_DOMAIN_ALL,      /* ".d": d and everything below it */
	ZONE_DOMAIN_BELOW,    /* "*.d": everything below d */
};

struct zone_domain {
	uint8_t len; /* of the path */
	bool more;   /* behind it are labels that no entry can have */
	uint8_t path[ZONE_DOMAIN_PATH];
};

static inline void
zone_domain_begin(struct zone_domain *d)
{
	d->len = 0;
	d->more = false;
}

/* One label down, any octets. Folded to lower case; a label of UTF-8 is read
 * as a U-label and becomes its A-label (RFC 3492): a client that sends it has
 * already put it into lower case and NFC, or it is another name. Nothing is
 * allocated. */
void zone_domain_add(struct zone_domain *d, const uint8_t *label, size_t len);

/* KEY is of kind DOMAIN and as zone_key_parse left it. */
enum zone_domain_form zone_domain_of_key(
    const struct zone_key *key, struct zone_domain *ret);

/* Order of two domain keys as text: as their rows stand in the store. */
int zone_domain_compare(const char *a, const char *b);

/* ---- rows -------------------------------------------------------------- */

struct zone_domain_row {
	uint32_t detail;
	uint32_t code; /* 0: an exemption */
	int64_t until; /* 0: never expires */
};

/* Key of ZONE_T_NAMES; returns its length. */
size_t zone_domain_key(uint8_t out[ZONE_DOMAIN_KEY], uint16_t list,
    const struct zone_domain *d, enum zone_domain_form form);
/* The listed key that a stored KEY stands for. ERR_CORRUPT. */
MUST_CHECK int zone_domain_key_decode(
    const struct zone_bytes *key, struct zone_key *ret);

void zone_domain_value(uint8_t out[ZONE_DOMAIN_VALUE],
    const struct zone_bytes *key, const struct zone_domain_row *row);
/* ERR_CORRUPT: not what was written for this KEY. */
MUST_CHECK int zone_domain_value_decode(const struct zone_bytes *key,
    const struct zone_bytes *value, struct zone_domain_row *ret);
