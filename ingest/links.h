/* links.h - hosts that the text of a message links to.
 *
 * Where a link leads is what a spam wants, so its domain is worth a person's
 * look. But anybody may link to anybody: nothing follows from a link alone.
 */
#pragma once

#include "base/arena.h"
#include "base/text.h"
#include "zone/config.h"

#define INGEST_LINKS_MAX 32 /* different hosts of one message */

struct ingest_links {
	const char *hosts[INGEST_LINKS_MAX]; /* as written, lower case */
	unsigned counts[INGEST_LINKS_MAX];
	unsigned n;
};

/* The hosts in TEXT, added to RET: behind http:// and https://, also
 * percent-encoded as redirectors have them, and names that begin with "www.".
 * Linear. ERR_NOMEM. */
MUST_CHECK int ingest_links_scan(
    struct span text, struct arena *arena, struct ingest_links *ret);

/* Those of all text/plain and text/html parts of the message BYTES, but not of
 * messages within it; the first 256 KiB of each part are looked at. */
MUST_CHECK int ingest_links_read(const struct zone_config *config,
    struct span bytes, struct arena *arena, struct ingest_links *ret);
