/* stats.c - counters, summed and named. */
#include "rbld/stats.h"

static const char *const names[RBLD_COUNTS] = {
	[RBLD_N_UDP] = "udp",
	[RBLD_N_TCP] = "tcp",
	[RBLD_N_LISTED] = "listed",
	[RBLD_N_TEST] = "test",
	[RBLD_N_APEX] = "apex",
	[RBLD_N_NODATA] = "nodata",
	[RBLD_N_NXDOMAIN] = "nxdomain",
	[RBLD_N_REFUSED] = "refused",
	[RBLD_N_SERVFAIL] = "servfail",
	[RBLD_N_FORMERR] = "formerr",
	[RBLD_N_NOTIMP] = "notimp",
	[RBLD_N_DROPPED] = "dropped",
	[RBLD_N_TRUNCATED] = "truncated",
	[RBLD_N_UNSENT] = "unsent",
	[RBLD_N_CONNECTIONS] = "connections",
	[RBLD_N_EVICTED] = "evicted",
	[RBLD_N_CHAOS] = "chaos",
	[RBLD_N_COOKIES] = "cookies",
	[RBLD_N_COOKIE_ONLY] = "cookie_only",
	[RBLD_N_BADCOOKIE] = "badcookie",
	[RBLD_N_RATE_DROPPED] = "rate_dropped",
	[RBLD_N_RATE_SLIPPED] = "rate_slipped",
	[RBLD_N_RATE_LARGE] = "rate_large",
	[RBLD_N_AXFR] = "axfr",
	[RBLD_N_IXFR] = "ixfr",
	[RBLD_N_XFR_REFUSED] = "transfer_refused",
	[RBLD_N_XFR_BROKEN] = "transfer_broken",
	[RBLD_N_XFR_OCTETS] = "transfer_octets",
	[RBLD_N_TSIG] = "tsig",
	[RBLD_N_TSIG_BAD] = "tsig_bad",
};

const char *
rbld_stats_name(enum rbld_count which)
{
	return names[which];
}

uint64_t
rbld_stats_sum(const struct rbld_stats *s, unsigned n, enum rbld_count which)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++) {
		sum +=
		    atomic_load_explicit(&s[i].n[which], memory_order_relaxed);
	}
	return sum;
}

void
rbld_stats_line(const struct rbld_stats *s, unsigned n, struct buf *b)
{
	for (unsigned i = 0; i < RBLD_COUNTS; i++) {
		buf_fmt(b, "%s%s=%llu", i > 0 ? " " : "", names[i],
		    (unsigned long long)rbld_stats_sum(
			s, n, (enum rbld_count)i));
	}
}
