/* access.h - the subscribers' keys, as one thread's look has them.
 *
 * All keys are in memory, by their digests, read again when the store's keys
 * have changed: so a key that was removed opens nothing from the next view
 * on. The label is hashed before anything is compared, and digests are
 * compared in fixed time: how long an answer takes tells nothing of how much
 * of a key was right.
 */
#pragma once

#include "rbld/name.h"
#include "zone/access.h"

struct rbld_access; /* NULL: no zone asks for keys */

/* What a key opens. */
struct rbld_subscriber {
	uint8_t digest[ZONE_ACCESS_DIGEST];
	uint32_t id;
	int64_t until;                /* 0: for good */
	bool all;                     /* every zone, or only ... */
	const struct rbld_zone *zone; /* NULL: none of those served */
	char name[ZONE_ACCESS_NAME];
};

/* *ret_access is NULL when APEX has no zone that asks for keys. ERR_NOMEM. */
MUST_CHECK int rbld_access_open(
    const struct rbld_apex *apex, struct rbld_access **ret_access);
void rbld_access_close(struct rbld_access **access); /* NULL-safe */

/* VIEW was renewed and sees SERIAL: read the keys when they changed. A
 * failure is kept, and tried again with the next serial. */
void rbld_access_renew(
    struct rbld_access *access, struct zone_view *view, uint64_t serial);

/* May PLACE, in a zone that asks for keys, be asked at NOW? 1 and *ret_id, 0
 * no, <0 it cannot be told. */
MUST_CHECK int rbld_access_ask(const struct rbld_access *access,
    const struct rbld_place *place, int64_t now, uint32_t *ret_id);

/* The keys, in the order of their names. */
const struct rbld_subscriber *rbld_access_all(
    const struct rbld_access *access, unsigned *ret_n);
