/* access.h - keys that let subscribers ask a zone.
 *
 * A zone with "access-keys = yes" answers only who writes a subscriber's key
 * as the label next to the zone's name: 7.113.0.203.KEY.bl.example.gr. A key
 * is 130 random bits in base32 behind a "k": 27 letters and digits, a length
 * that no octet, nibble or digest has. Only its digest is stored, so the
 * store gives no key away; the key is shown once, when it is made, and
 * nowhere else, logs included.
 *
 * Making and removing a key is a change of the store with a serial and a row
 * in history, so that it is known who did it and when, and so that a
 * responder whose view is newer knows it.
 */
#pragma once

#include "zone/moderate.h"

#define ZONE_ACCESS_LABEL 27  /* characters of a key */
#define ZONE_ACCESS_MAX 4096  /* keys at one time; see "id" */
#define ZONE_ACCESS_NAME 64   /* bytes of a name with its NUL */
#define ZONE_ACCESS_ZONE 254  /* bytes of a zone's name with its NUL */
#define ZONE_ACCESS_DIGEST 32 /* BLAKE2b-256 of the key in lower case */

struct zone_access_key {
	char name[ZONE_ACCESS_NAME]; /* a-z 0-9 - _ */
	char zone[ZONE_ACCESS_ZONE]; /* "": every zone that asks for keys */
	char by[ZONE_ACCESS_NAME];   /* who made it, cut if need be */
	/* Never used again, and different from all others modulo
	 * ZONE_ACCESS_MAX as long as both are there. Never 0. */
	uint32_t id;
	int64_t created;
	int64_t until; /* 0: does not expire */
	uint8_t digest[ZONE_ACCESS_DIGEST];
};

/* May S (any case) be a key? */
bool zone_access_shaped(struct span s);
/* What is stored of the key S, which is shaped. */
void zone_access_digest(struct span s, uint8_t ret[ZONE_ACCESS_DIGEST]);

/* Make a key for NAME. ZONE may be NULL: all; UNTIL 0: for good. ERR_FORMAT:
 * no name; ERR_CONFLICT: there is such a name; ERR_FULL: too many. secret_init
 * was called. */
MUST_CHECK int zone_access_add(struct zone_store *store, const char *name,
    const char *zone, int64_t until, const char *by,
    char ret_label[ZONE_ACCESS_LABEL + 1], uint64_t *ret_serial,
    struct err_text *why);
/* ERR_NONE: there is no such name. */
MUST_CHECK int zone_access_remove(struct zone_store *store, const char *name,
    const char *by, uint64_t *ret_serial, struct err_text *why);

/* Number of changes to the keys so far; equal numbers, equal keys. */
MUST_CHECK int zone_access_changes(struct zone_view *view, uint64_t *ret_n);
/* Every key in the order of names. Returns FN's non-zero result, 0, or <0:
 * ERR_CORRUPT, ERR_STORE. */
typedef int zone_access_fn(const struct zone_access_key *key, void *ctx);
MUST_CHECK int zone_access_walk(
    struct zone_view *view, zone_access_fn *fn, void *ctx);
