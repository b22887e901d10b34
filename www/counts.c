/* counts.c - what the pages answered so far. */
#include "www/counts.h"

#include <string.h>

#include "www/route.h"

static const struct {
	int64_t nanoseconds;
	const char *name;
} buckets[WWW_COUNTS_BUCKETS] = {
	{ 1000000, "0.001" },
	{ 5000000, "0.005" },
	{ 20000000, "0.02" },
	{ 50000000, "0.05" },
	{ 100000000, "0.1" },
	{ 500000000, "0.5" },
	{ 2000000000, "2" },
	{ 10000000000, "10" },
};

static const char *const classes[WWW_CLASSES] = { "2xx", "3xx", "4xx", "429",
	"5xx" };

void
www_counts_note(
    struct www_counts *c, unsigned route, unsigned status, int64_t nanoseconds)
{
	enum www_counts_class class = status < 300 ? WWW_2XX
	    : status < 400                         ? WWW_3XX
	    : status == 429                        ? WWW_429
	    : status < 500                         ? WWW_4XX
						   : WWW_5XX;
	unsigned i = 0;

	if (route >= WWW_COUNTS_ROUTES) {
		route = WWW_COUNTS_ROUTES - 1;
	}
	while (i < WWW_COUNTS_BUCKETS && nanoseconds > buckets[i].nanoseconds) {
		i++;
	}
	atomic_fetch_add_explicit(
	    &c->answers[route][class], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->within[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->nanoseconds,
	    nanoseconds > 0 ? (unsigned long)nanoseconds : 0,
	    memory_order_relaxed);
}

static unsigned long
get(const atomic_ulong *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void
one(struct buf *b, const char *method, const char *path,
    const atomic_ulong answers[WWW_CLASSES])
{
	for (unsigned k = 0; k < WWW_CLASSES; k++) {
		unsigned long n = get(&answers[k]);

		if (n > 0) {
			buf_fmt(b,
			    "rbl_www_requests_total{method=\"%s\","
			    "route=\"%s\",status=\"%s\"} %lu\n",
			    method, path, classes[k], n);
		}
	}
}

void
www_counts_text(const struct www_counts *c, struct buf *b)
{
	unsigned long failed = 0, limited = 0, sum = 0, ns;
	const struct www_route *all;
	unsigned n;

	all = www_route_all(&n);
	buf_str(b,
	    "# HELP rbl_www_requests_total Requests answered, by route.\n"
	    "# TYPE rbl_www_requests_total counter\n");
	for (unsigned i = 0; i < n && i < WWW_COUNTS_ROUTES - 1; i++) {
		bool post = all[i].method == WWW_POST;

		one(b, post ? "POST" : "GET", all[i].path, c->answers[i]);
		limited += get(&c->answers[i][WWW_429]);
		if (post && strcmp(all[i].path, "/login") == 0) {
			failed += get(&c->answers[i][WWW_4XX]) +
			    get(&c->answers[i][WWW_429]);
		}
	}
	one(b, "", "none", c->answers[WWW_COUNTS_ROUTES - 1]);
	buf_fmt(b,
	    "# HELP rbl_www_limited_total Requests refused since too many.\n"
	    "# TYPE rbl_www_limited_total counter\n"
	    "rbl_www_limited_total %lu\n"
	    "# HELP rbl_www_logins_failed_total Log-ins that did not work.\n"
	    "# TYPE rbl_www_logins_failed_total counter\n"
	    "rbl_www_logins_failed_total %lu\n"
	    "# HELP rbl_www_request_seconds Time to make an answer.\n"
	    "# TYPE rbl_www_request_seconds histogram\n",
	    limited, failed);
	for (unsigned i = 0; i < WWW_COUNTS_BUCKETS; i++) {
		sum += get(&c->within[i]);
		buf_fmt(b, "rbl_www_request_seconds_bucket{le=\"%s\"} %lu\n",
		    buckets[i].name, sum);
	}
	sum += get(&c->within[WWW_COUNTS_BUCKETS]);
	ns = get(&c->nanoseconds);
	buf_fmt(b,
	    "rbl_www_request_seconds_bucket{le=\"+Inf\"} %lu\n"
	    "rbl_www_request_seconds_sum %lu.%09lu\n"
	    "rbl_www_request_seconds_count %lu\n",
	    sum, ns / 1000000000, ns % 1000000000, sum);
}
