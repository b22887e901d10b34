/* ctl_ask.h - one DNS question, asked by hand. */
#pragma once

#include "zone/ctl.h"

enum ctl_type { CTL_A = 1, CTL_NS = 2, CTL_SOA = 6, CTL_TXT = 16 };
const char *ctl_type_name(unsigned type);

struct ctl_reply {
	unsigned rcode;
	bool aa, tc;
	unsigned answers;  /* records in the answer section */
	unsigned of_type;  /* of these, of the type that was asked for */
	bool soa;          /* one in the authority section */
	bool all_loopback; /* every A is in 127.0.0.0/8 and not 127.0.0.1 */
	char text[512];    /* what came back, in words; printable it is not */
};

#define CTL_ASK_TRIES 3
#define CTL_ASK_SECONDS 2

/* Ask SERVER for NAME. 0 with *ret; ERR_NONE: no answer in all tries, or no
 * connection; ERR_FORMAT: what came is no answer to this; ERR_SYS. WHY says
 * it in a few words. */
MUST_CHECK int ctl_ask(const struct net_place *server, bool tcp,
    const char *name, unsigned type, struct ctl_reply *ret,
    struct err_text *why);

/* The packet alone, for tests: LEN bytes at DATA as the answer to QUERY. */
MUST_CHECK int ctl_reply_read(const void *data, size_t len, const void *query,
    size_t query_len, struct ctl_reply *ret, struct err_text *why);
