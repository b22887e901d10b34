/* ctl_ask.h - one DNS question, asked by hand. */
#pragma once

#include "zone/ctl.h"

enum ctl_type {
	CTL_A = 1,
	CTL_NS = 2,
	CTL_SOA = 6,
	CTL_TXT = 16,
	CTL_OPT = 41,
	CTL_UNKNOWN = 65280, /* of private use: no server knows it */
};
enum ctl_class { CTL_IN = 1, CTL_CH = 3 };
/* Of one of these; "TYPE65280" for others. */
const char *ctl_type_name(unsigned type);

struct ctl_query {
	const char *name;
	unsigned type, class;
	bool tcp;
	bool edns;
	unsigned version; /* of EDNS; 0 is what there is */
};

struct ctl_reply {
	unsigned rcode; /* the upper bits of EDNS included */
	bool aa, tc;
	unsigned answers; /* records in the answer section */
	unsigned of_type; /* of these, of the type that was asked for */
	bool soa;         /* one in the authority section ... */
	uint32_t soa_ttl, soa_minimum; /* ... and how long it holds */
	bool opt;                      /* EDNS was answered */
	bool retried;      /* it was cut over UDP, this came over TCP */
	bool all_loopback; /* every A is in 127.0.0.0/8 and not 127.0.0.1 */
	bool any_loopback; /* some A is in 127.0.0.0/8 */
	char text[512];    /* its answers, in words; printable it is not */
};

/* All of it in words, cut to SIZE; printable it is not. */
void ctl_reply_text(const struct ctl_reply *reply, char *out, size_t size);

#define CTL_BADVERS 16

#define CTL_ASK_TRIES 3
#define CTL_ASK_SECONDS 2

/* Ask SERVER; what is cut over UDP is asked again over TCP. 0 with *ret;
 * ERR_NONE: no answer in all tries, or no connection; ERR_FORMAT: what came is
 * no answer to this; ERR_SYS. WHY says it in a few words. */
MUST_CHECK int ctl_ask(const struct net_place *server,
    const struct ctl_query *query, struct ctl_reply *ret, struct err_text *why);

/* The packet alone, for tests: LEN bytes at DATA as the answer to QUERY. */
MUST_CHECK int ctl_reply_read(const void *data, size_t len, const void *query,
    size_t query_len, struct ctl_reply *ret, struct err_text *why);
