/* metrics.c - Prometheus' text format. */
#include "rbld/metrics.h"

#include <stdlib.h>

#define LISTS_MAX 256

static unsigned long long
ull(uint64_t n)
{
	return (unsigned long long)n;
}

/* Begin a family; its samples follow at once. */
static void
family(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_fmt(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
rbld_metrics_escape(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_str(b, "\\n");
			continue;
		}
		if (*text == '\\' || *text == '"') {
			buf_add(b, "\\", 1);
		}
		buf_add(b, text, 1);
	}
}

/* One sample with a label whose value is TEXT. */
static void
labelled(struct buf *b, const char *name, const char *label, const char *text,
    uint64_t n)
{
	buf_fmt(b, "%s{%s=\"", name, label);
	rbld_metrics_escape(b, text);
	buf_fmt(b, "\"} %llu\n", ull(n));
}

/* ---- the process -----------------------------------------------------------
 */

static void
put_life(struct buf *b, const struct rbld_crew *crew)
{
	const struct rbld_life *life = &crew->life;

	family(b, "rbld_build_info", "gauge", "The version, always 1.");
	labelled(b, "rbld_build_info", "version", PACKAGE_VERSION, 1);
	family(b, "process_start_time_seconds", "gauge",
	    "Start of the serving process; its counters began with it.");
	buf_fmt(
	    b, "process_start_time_seconds %lld\n", (long long)life->started);
	family(b, "rbld_restarts_total", "counter",
	    "Serving processes that died before this one.");
	buf_fmt(b, "rbld_restarts_total %u\n", life->restarts);
	family(b, "rbld_config_reloads_total", "counter",
	    "Configurations read on SIGHUP.");
	labelled(b, "rbld_config_reloads_total", "result", "done",
	    atomic_load(&life->reloads));
	labelled(b, "rbld_config_reloads_total", "result", "refused",
	    atomic_load(&life->refused));
	family(b, "rbld_notify_total", "counter",
	    "Words to secondaries that something changed (RFC 1996).");
	labelled(b, "rbld_notify_total", "what", "sent",
	    atomic_load(&life->notify_sent));
	labelled(b, "rbld_notify_total", "what", "answered",
	    atomic_load(&life->notify_answered));
	labelled(b, "rbld_notify_total", "what", "given_up",
	    atomic_load(&life->notify_given_up));
	family(b, "rbld_workers", "gauge", "Threads that answer UDP.");
	buf_fmt(b, "rbld_workers %u\n", crew->listen->workers);
}

/* How the counters of stats.h are called. What is not here is a family of its
 * own, rbld_NAME_total. */
static const struct {
	const char *family, *label, *help;
} totals[RBLD_COUNTS] = {
#define MESSAGES "rbld_messages_total", "transport", "Messages received."
#define RESULTS \
	"rbld_results_total", "result", "What came of the messages received."
	[RBLD_N_UDP] = { MESSAGES },
	[RBLD_N_TCP] = { MESSAGES },
	[RBLD_N_LISTED] = { RESULTS },
	[RBLD_N_TEST] = { RESULTS },
	[RBLD_N_APEX] = { RESULTS },
	[RBLD_N_NODATA] = { RESULTS },
	[RBLD_N_NXDOMAIN] = { RESULTS },
	[RBLD_N_REFUSED] = { RESULTS },
	[RBLD_N_SERVFAIL] = { RESULTS },
	[RBLD_N_FORMERR] = { RESULTS },
	[RBLD_N_NOTIMP] = { RESULTS },
	[RBLD_N_DROPPED] = { RESULTS },
	[RBLD_N_TRUNCATED] = { NULL, NULL, "Replies with TC." },
	[RBLD_N_UNSENT] = { NULL, NULL, "Replies that could not be sent." },
	[RBLD_N_CONNECTIONS] = { NULL, NULL, "TCP connections accepted." },
	[RBLD_N_EVICTED] = { NULL, NULL,
	    "TCP connections closed to make room for others." },
	[RBLD_N_AXFR] = { NULL, NULL, "Zones taken as a whole." },
	[RBLD_N_IXFR] = { NULL, NULL, "Differences of zones taken." },
	[RBLD_N_XFR_REFUSED] = { NULL, NULL, "Zone transfers refused." },
	[RBLD_N_XFR_BROKEN] = { NULL, NULL,
	    "Zone transfers begun and not ended." },
	[RBLD_N_XFR_OCTETS] = { NULL, NULL, "Octets of zone transfers." },
	[RBLD_N_TSIG] = { NULL, NULL, "Questions signed by a key." },
	[RBLD_N_TSIG_BAD] = { NULL, NULL,
	    "Questions with a wrong key, signature or time." },
#undef MESSAGES
#undef RESULTS
};

/* One counter that is a family of its own. */
static void
put_total(struct buf *b, const struct rbld_crew *crew, enum rbld_count which)
{
	const char *help = totals[which].help;
	char name[64] = "rbld_";
	size_t len = strlen(name);

	for (const char *s = rbld_stats_name(which);
	     *s != '\0' && len + 8 < sizeof(name); s++) {
		bool word =
		    (*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9');

		name[len++] = word ? *s : '_';
	}
	memcpy(name + len, "_total", 7);
	family(
	    b, name, "counter", help != NULL ? help : rbld_stats_name(which));
	buf_fmt(b, "%s %llu\n", name,
	    ull(rbld_stats_sum(crew->stats, crew->n_threads, which)));
}

static void
put_totals(struct buf *b, const struct rbld_crew *crew)
{
	const char *open = NULL;

	for (unsigned i = 0; i < RBLD_COUNTS; i++) {
		enum rbld_count which = (enum rbld_count)i;
		const char *name = totals[i].family;

		if (name == NULL) {
			continue;
		}
		if (open == NULL || strcmp(open, name) != 0) {
			family(b, name, "counter", totals[i].help);
			open = name;
		}
		labelled(b, name, totals[i].label, rbld_stats_name(which),
		    rbld_stats_sum(crew->stats, crew->n_threads, which));
	}
	for (unsigned i = 0; i < RBLD_COUNTS; i++) {
		if (totals[i].family == NULL) {
			put_total(b, crew, (enum rbld_count)i);
		}
	}
}

/* ---- the zones -------------------------------------------------------------
 */

struct zones {
	const struct rbld_world *world;
	struct rbld_counts *sums; /* n_zones + 1 */
};

static const char *
zone_name(const struct zones *z, unsigned i)
{
	const struct rbld_ledger *l = z->world->ledger;

	return rbld_book_zone(l->book, l->zone_numbers[i]);
}

/* NAME{zone="ZONE",LABEL="TEXT"} N */
static void
of_zone(struct buf *b, const struct zones *z, unsigned i, const char *name,
    const char *label, const char *text, uint64_t n)
{
	buf_fmt(b, "%s{zone=\"", name);
	rbld_metrics_escape(b, zone_name(z, i));
	buf_fmt(b, "\",%s=\"", label);
	rbld_metrics_escape(b, text);
	buf_fmt(b, "\"} %llu\n", ull(n));
}

/* Those that are zero are left out: there are 28 for each zone. */
static void
put_queries(struct buf *b, const struct zones *z)
{
	static const char *const roads[RBLD_ROADS] = {
		[RBLD_UDP4] = "transport=\"udp\",family=\"ipv4\"",
		[RBLD_UDP6] = "transport=\"udp\",family=\"ipv6\"",
		[RBLD_TCP4] = "transport=\"tcp\",family=\"ipv4\"",
		[RBLD_TCP6] = "transport=\"tcp\",family=\"ipv6\"",
	};
	const char *name = "rbld_queries_total";

	family(b, name, "counter",
	    "Questions by zone (- for none of ours), type and road.");
	for (unsigned i = 0; i <= z->world->ledger->n_zones; i++) {
		for (unsigned k = 0; k < RBLD_ASKEDS * RBLD_ROADS; k++) {
			unsigned type = k / RBLD_ROADS, road = k % RBLD_ROADS;
			uint64_t n = z->sums[i].queries[type][road];

			if (n == 0) {
				continue;
			}
			buf_fmt(b, "%s{zone=\"", name);
			rbld_metrics_escape(b, zone_name(z, i));
			buf_fmt(b, "\",qtype=\"%s\",%s} %llu\n",
			    rbld_asked_name((enum rbld_asked)type), roads[road],
			    ull(n));
		}
	}
}

static void
put_answers(struct buf *b, const struct zones *z)
{
	unsigned n = z->world->ledger->n_zones;

	family(
	    b, "rbld_answers_total", "counter", "Answers by zone and rcode.");
	for (unsigned i = 0; i <= n; i++) {
		for (unsigned k = 0; k < RBLD_TOLDS; k++) {
			of_zone(b, z, i, "rbld_answers_total", "rcode",
			    rbld_told_name((enum rbld_told)k),
			    z->sums[i].answers[k]);
		}
	}
	family(b, "rbld_client_signs_total", "counter",
	    "Questions that only a client makes which is not set up right.");
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < RBLD_SIGNS; k++) {
			of_zone(b, z, i, "rbld_client_signs_total", "sign",
			    rbld_sign_name((enum rbld_sign)k),
			    z->sums[i].signs[k]);
		}
	}
}

static void
put_hits(struct buf *b, const struct zones *z)
{
	const struct rbld_apex *apex = z->world->apex;
	const struct rbld_ledger *l = z->world->ledger;
	bool keys = false;

	family(b, "rbld_list_hits_total", "counter",
	    "Answers in which a list of the zone had a listing.");
	for (unsigned i = 0; i < apex->n_zones; i++) {
		const struct rbld_zone *zone = &apex->zones[i];

		keys |= zone->keys;
		for (unsigned k = 0; k < zone->n_lists; k++) {
			of_zone(b, z, i, "rbld_list_hits_total", "list",
			    zone->lists[k]->name,
			    z->sums[i].hits[l->slots[zone->first + k]]);
		}
	}
	if (!keys) {
		return;
	}
	family(b, "rbld_access_refused_total", "counter",
	    "Questions without a key, or not with a right one.");
	for (unsigned i = 0; i < apex->n_zones; i++) {
		if (apex->zones[i].keys) {
			labelled(b, "rbld_access_refused_total", "zone",
			    zone_name(z, i), z->sums[i].locked);
		}
	}
}

/* ---- the store -------------------------------------------------------------
 */

static void
put_entries(struct buf *b, const struct zone_list_info *lists, int n)
{
	family(b, "rbld_store_entries", "gauge",
	    "Entries that list, expired ones included.");
	for (int i = 0; i < n; i++) {
		labelled(b, "rbld_store_entries", "list", lists[i].name,
		    lists[i].listed);
	}
	family(b, "rbld_store_exemptions", "gauge",
	    "Entries that exempt, expired ones included.");
	for (int i = 0; i < n; i++) {
		labelled(b, "rbld_store_exemptions", "list", lists[i].name,
		    lists[i].exempt);
	}
}

static void
put_subscribers(
    struct buf *b, const struct rbld_crew *crew, const struct rbld_look *look)
{
	const struct rbld_subscriber *all;
	unsigned n;

	all = rbld_access_all(look->access, &n);
	if (n == 0) {
		return;
	}
	family(b, "rbld_subscriber_queries_total", "counter",
	    "Questions with a right key, by the name of its holder.");
	for (unsigned i = 0; i < n; i++) {
		labelled(b, "rbld_subscriber_queries_total", "subscriber",
		    all[i].name, rbld_metrics_key(crew, all[i].id));
	}
}

static void
put_store(
    struct buf *b, const struct rbld_crew *crew, const struct rbld_look *look)
{
	bool readable = look->view != NULL && look->err == 0;
	struct zone_list_info *lists;
	int n;

	family(b, "rbld_store_readable", "gauge",
	    "1, or 0: all is answered with SERVFAIL.");
	buf_fmt(b, "rbld_store_readable %d\n", readable);
	if (!readable) {
		return;
	}
	family(b, "rbld_store_serial", "gauge", "Number of the newest change.");
	buf_fmt(
	    b, "rbld_store_serial %llu\n", ull(zone_view_serial(look->view)));
	lists = calloc(LISTS_MAX, sizeof(*lists));
	n = lists != NULL ? zone_view_lists(look->view, lists, LISTS_MAX) : -1;
	if (n > 0) {
		put_entries(b, lists, n < LISTS_MAX ? n : LISTS_MAX);
	}
	free(lists);
	put_subscribers(b, crew, look);
}

void
rbld_metrics_text(const struct rbld_crew *crew, const struct rbld_world *world,
    const struct rbld_look *look, struct buf *b)
{
	const struct rbld_ledger *l = world->ledger;
	struct zones z = { .world = world };

	put_life(b, crew);
	put_totals(b, crew);
	if (l != NULL) {
		z.sums = aligned_alloc(_Alignof(struct rbld_counts),
		    (l->n_zones + 1u) * sizeof(*z.sums));
		if (z.sums == NULL) {
			b->bad = true;
			return;
		}
		for (unsigned i = 0; i <= l->n_zones; i++) {
			rbld_ledger_sum(l, i, &z.sums[i]);
		}
		put_queries(b, &z);
		put_answers(b, &z);
		put_hits(b, &z);
		free(z.sums);
	}
	if (look != NULL) {
		put_store(b, crew, look);
	}
}
