/* publish.h - all exports as one folder that changes at once.
 *
 *	DIR/current -> vSERIAL-N    what readers open
 *	DIR/vSERIAL-N/              LIST.FORMAT, LIST.FORMAT.gz, ....sha256,
 *	                            LIST.changes.jsonl, LIST.removed,
 *	                            ZONE.zonefile, manifest.json
 *
 * A version is built under another name, synced, renamed, and then "current"
 * is exchanged: whoever is interrupted, also by SIGKILL, leaves the version
 * before or the one behind, whole. What did not change is the same file as
 * before (a hard link: its time stays too). A few old versions stay for a
 * while, for transfers that began with them.
 */
#pragma once

#include "zone/config.h"
#include "zone/view.h"

struct zone_published {
	uint64_t serial;
	unsigned written, kept; /* list files */
	bool unchanged;         /* the version that is there has it all */
	unsigned left_out;      /* zones that cannot be written as a file */
	struct err_text why_left_out; /* of the last of them */
};

/* Write what CONFIG says of STORE below DIR (NULL: the configured one). The
 * sentence is in WHY. One at a time: others wait. */
MUST_CHECK int zone_publish(const struct zone_config *config,
    struct zone_view *view, const char *dir, struct zone_published *ret,
    struct err_text *why);

/* Append to B what changed in a list after SINCE, oldest first, one JSON
 * object a line:
 *	{"serial":9,"time":"...","list":"ip","key":"...","state":"listed",
 *	 "code":"127.0.0.2","until":null}
 * "state" is listed, exempt or absent; whoever applies all lines in their
 * order has the present state. At most MAX keys of the last AGE seconds are
 * told: *ret_since is the serial from which on it is all (SINCE or newer). The
 * view is one moment, and stays at work. <0: ERR_NOMEM, ERR_CORRUPT, ... */
MUST_CHECK int zone_changes_write(struct zone_view *view,
    const struct zone_list_conf *list, uint64_t since, uint64_t max,
    int64_t age, struct buf *b, uint64_t *ret_since);

/* The lines of KEY,YYYYMMDD for keys whose last state in CHANGES (as written
 * above) is absent. ERR_NOMEM. */
MUST_CHECK int zone_changes_removed(const struct buf *changes, struct buf *b);

#define ZONE_CHANGES_MAX 20000
#define ZONE_CHANGES_AGE (7 * 86400)
