/* handin.h - hand a mail to rbl-ingest: what an upload becomes.
 *
 * rbl-www does not read mail, and rbl-ingest is another program with other
 * rights; they meet at the LMTP socket (ingest.listen), which rbl-www may use
 * as a member of rbl-ingest's group. The submitter's token goes with it as
 * the secret address that he would have mailed to.
 */
#pragma once

#include "base/net.h"

#define ZONE_HANDIN_WAIT 60 /* seconds without a word from the other side */

struct zone_handed {
	uint64_t submission;
	bool known; /* the very same mail was there already */
};

/* Hand in the LEN bytes of MAIL, as rbl-ingest at PLACE takes them. TOKEN is a
 * submitter's (zone/submitters.h); len 0: he is not known. 0: it is in the
 * queue, on the disk, as *RET says. ERR_FORMAT: no token can be so.
 * ERR_RANGE: longer than is taken. ERR_SYS: nobody serves there, or not in
 * time; ERR_STORE: it cannot be stored now. With these two it may be tried
 * again: what comes twice is stored once. WHY says it. Blocks. */
MUST_CHECK int zone_handin(const struct net_place *place, struct span token,
    const char *mail, size_t len, struct zone_handed *ret,
    struct err_text *why);
