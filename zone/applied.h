/* applied.h - which configuration of each zone was entered into the store.
 *
 * What rbl.conf says of a zone is data of that zone as much as its entries
 * are: whoever copies it must be told when it changed. So a changed section is
 * entered as a change with a serial (decisions 5): a row of history without
 * keys, that names the digest of every zone it enters. The store remembers for
 * each zone the digest entered last (doc/FORMATS, "meta").
 */
#pragma once

#include "base/buf.h"
#include "zone/moderate.h"

/* Everything in ZONE's section that alters its data - not who may ask - as
 * the canonical text of doc/FORMATS, behind what B holds; and its SHA-256. */
void zone_applied_text(const struct zone_zone_conf *zone, struct buf *b);
MUST_CHECK int zone_applied_digest(
    const struct zone_zone_conf *zone, uint8_t ret[32]);

enum zone_applied_state {
	ZONE_APPLIED_SAME,
	ZONE_APPLIED_NEW,     /* never entered */
	ZONE_APPLIED_CHANGED, /* since the serial it was entered with */
	ZONE_APPLIED_GONE,    /* entered, and no longer configured */
};

struct zone_applied {
	const char *zone;    /* borrowed during the call */
	uint64_t serial;     /* it was entered with; 0: by init, or never */
	uint8_t entered[32]; /* zeros when NEW */
	uint8_t digest[32];  /* of the configuration; zeros when GONE */
	enum zone_applied_state state;
};

/* Call FN with each zone of CONFIG in its order, then with each that only the
 * store knows. Returns FN's non-zero result, 0, or <0. ERR_CORRUPT: a row is
 * damaged. */
typedef int zone_applied_fn(const struct zone_applied *zone, void *ctx);
MUST_CHECK int zone_applied_walk(struct zone_view *view,
    const struct zone_config *config, zone_applied_fn *fn, void *ctx);

/* Enter what differs: one transaction, one serial, one row of history. *ret
 * is its serial, 0: nothing differed and nothing was written. */
MUST_CHECK int zone_applied_enter(struct zone_store *store,
    const struct zone_config *config, const char *by, const char *reason,
    uint64_t *ret_serial, struct err_text *why);

/* For init, within its transaction: in a store without any change and without
 * any such row the configuration is entered as it is, with serial 0. 1 done,
 * 0 not needed, <0. */
MUST_CHECK int zone_applied_begin(
    struct zone_txn *txn, const struct zone_config *config);

/* Is every row whole, and does its row of history say the same? 0 and
 * *ret_zones, or ERR_CORRUPT with a sentence in WHY. */
MUST_CHECK int zone_applied_verify(
    struct zone_view *view, uint64_t *ret_zones, struct err_text *why);
