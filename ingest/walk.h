/* walk.h - down the Received chain, to the relay that handed the mail over.
 *
 * Each server puts its line on top, so the lines are read from the top: those
 * of the recipient's side first. Hops with private addresses, of our own or
 * the submitter's relays, within a hosted mailbox provider (prefix and both
 * names must fit) and of an alias forwarder are stepped over. The first other
 * one is the boundary: the last line that somebody trusted wrote, naming a
 * stranger. What stands below is the stranger's word and never leads to a
 * candidate. Where Tor hides the stranger behind a loopback address the walk
 * ends without a boundary.
 */
#pragma once

#include "ingest/providers.h"
#include "ingest/report.h"

/* What is known of the way that the submission itself took. */
struct ingest_path {
	const struct net_ip *ips; /* relays of the submitter */
	unsigned n;
};

/* Fill M's relays, boundary, first_hand and evidence from its header block.
 * RAW: the topmost line is our own server's. ERR_NOMEM. */
MUST_CHECK int ingest_walk(const struct ingest_task *task,
    const struct zone_providers *providers, const struct ingest_path *path,
    struct arena *arena, struct ingest_message *m);

/* When HOP's server says that it took the mail; false: no date that can be
 * read. */
bool ingest_walk_date(const struct ingest_hop *hop, int64_t *ret_time);

/* All addresses that HEAD's chain names, for struct ingest_path. */
MUST_CHECK int ingest_walk_path(const struct ingest_head *head,
    struct arena *arena, struct ingest_path *ret);

/* What the recipient's servers wrote above the Received: field that is number
 * BELOW of HEAD; FROM is the address that alignment is asked for, or NULL. */
MUST_CHECK int ingest_evidence_read(const struct ingest_head *head,
    unsigned below, const char *from, struct arena *arena,
    struct ingest_evidence *ret);
