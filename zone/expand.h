/* expand.h - a zone as plain records, for servers that know only names.
 *
 * rbld computes its answers from prefixes, holes and patterns; a secondary
 * (RFC 5936) has names and wildcards (RFC 4592). A wildcard ends at every name
 * that exists, so what lies within what gets names of its own, level by level;
 * a hole gets none, and its neighbours are then named one by one. What a
 * wildcard would cover by mistake decides where none may stand:
 *
 *   IPv4   *.C.B.A and *.B.A, never *.A; and none whose labels are all of one
 *          digit, since those are nibbles of IPv6 addresses as well
 *   IPv6   from the 8th nibble (a /32) on
 *   domain below each listed one, and below each name between two of them
 *
 * So one changed entry changes names in one /16, one /32 of IPv6, one domain
 * that is listed above it, or the spellings of one address: that is what a
 * difference (RFC 1995) is computed from.
 *
 * What is in a zone depends on the serial alone: an entry that has ended is in
 * it until the sweep, a minute at most, takes it out with a serial of its own.
 * Records of the apex are not made here.
 */
#pragma once

#include "zone/config.h"
#include "zone/view.h"

/* One record. Labels of OWNER are as on the wire, below the zone's name; LEN
 * octets of DATA. Borrowed during the call. */
struct zone_rr {
	const uint8_t *owner;
	size_t owner_len;
	unsigned type;
	const uint8_t *data;
	size_t len;
};
#define ZONE_RR_A 1
#define ZONE_RR_HINFO 13 /* a name that exists and lists nothing */
#define ZONE_RR_TXT 16

/* Not 0: end with this. */
typedef int zone_rr_fn(const struct zone_rr *record, void *ctx);

struct zone_expand_report {
	uint64_t names;     /* that list, with wildcards */
	uint64_t records;   /* of these */
	uint64_t wildcards; /* names among them */
	uint64_t generic;   /* wildcards whose text names the entry instead of
	                     * what was asked for */
	uint64_t nodata; /* names that answer NODATA instead of NXDOMAIN */
	uint64_t long_names; /* left out: with the zone's name they are too
	                      * long for DNS */
	uint64_t ended; /* entries that have ended, until the sweep */
};

/* So many records are too many for one zone: ERR_RANGE. */
#define ZONE_EXPAND_MAX (UINT64_C(1) << 25)

struct zone_expand;

/* VIEW is renewed and stays so. ERR_REFUSED: the zone asks for keys, which no
 * copy could. ERR_RANGE: its wide prefixes alone are too many records.
 * ERR_NOMEM, ERR_CORRUPT, ERR_STORE. */
MUST_CHECK int zone_expand_open(struct zone_view *view,
    const struct zone_zone_conf *zone, zone_rr_fn *fn, void *ctx,
    struct zone_expand **ret_expand);
/* The records of the next stretch: 1 there may be more, 0 that was all, FN's
 * result, or <0: ERR_RANGE, too many. */
MUST_CHECK int zone_expand_step(struct zone_expand *expand);
const struct zone_expand_report *zone_expand_told(
    const struct zone_expand *expand);
void zone_expand_close(struct zone_expand **expand); /* NULL-safe */

/* What changed in ZONE from serial FROM to the view's own: FN for each record
 * that is GONE, COME for each that is new. 1: told. 0: not to be told in this
 * way, the whole zone is needed: history does not reach back so far, the zone
 * itself was changed, or too much was. Then FN and COME were not called. */
MUST_CHECK int zone_expand_diff(struct zone_view *view,
    const struct zone_zone_conf *zone, uint64_t from, zone_rr_fn *gone,
    zone_rr_fn *come, void *ctx);
