/* metrics_top.c - who and what is on top: for a person, for the log, and as
 * JSON.
 */
#include <jansson.h>
#include <stdlib.h>

#include "base/when.h"
#include "rbld/metrics.h"

#define TOP 20    /* of each */
#define TOP_LOG 5 /* in the log */
#define CLIENT (NET_IP_TEXT + 4)
#define LISTING 128

/* ---- gathering -------------------------------------------------------------
 */

static struct rbld_tally **
tallies_of(const struct rbld_crew *crew)
{
	struct rbld_tally **all = calloc(crew->n_threads, sizeof(*all));

	for (unsigned i = 0; all != NULL && i < crew->n_threads; i++) {
		all[i] = crew->stats[i].tally;
	}
	return all;
}

int
rbld_metrics_tops(const struct rbld_crew *crew, enum rbld_tops which,
    struct rbld_top *ret, unsigned cap, int64_t *ret_since)
{
	struct rbld_tally **all = tallies_of(crew);
	int r = ERR_NOMEM;

	if (all != NULL) {
		r = rbld_tally_top(all, crew->n_threads, which, when_now(), ret,
		    cap, ret_since);
		if (*ret_since < crew->life.started) {
			*ret_since = crew->life.started;
		}
	}
	free(all);
	return r;
}

uint64_t
rbld_metrics_key(const struct rbld_crew *crew, uint32_t id)
{
	struct rbld_tally **all = tallies_of(crew);
	uint64_t n = all != NULL ? rbld_tally_key(all, crew->n_threads, id) : 0;

	free(all);
	return n;
}

/* One line of a top in words; what stands behind its count. */
struct line {
	char client[CLIENT];
	char listing[LISTING];
	const char *zone, *list, *sign;
	uint32_t detail;
};

static void
read_line(const struct rbld_world *world, enum rbld_tops which,
    const struct rbld_top *top, struct line *l)
{
	const struct rbld_book *book = world->ledger->book;
	struct rbld_top_listing listing;
	struct rbld_top_sign sign;

	memset(l, 0, sizeof(*l));
	switch (which) {
	case RBLD_TOP_LISTINGS:
		memcpy(&listing, top->payload, sizeof(listing));
		(void)rbld_listing_format(l->listing, &listing);
		l->list = rbld_book_list(book, listing.list);
		l->detail = listing.detail;
		break;
	case RBLD_TOP_SIGNS:
		memcpy(&sign, top->payload, sizeof(sign));
		(void)rbld_client_format(l->client, sign.client);
		l->zone = rbld_book_zone(book, sign.zone);
		l->sign = rbld_sign_name((enum rbld_sign)sign.sign);
		break;
	default: (void)rbld_client_format(l->client, top->payload[0]); break;
	}
}

typedef void line_fn(const struct rbld_top *top, const struct line *line,
    enum rbld_tops which, void *ctx);

/* Call FN for the first CAP of WHICH; *ret_since: from when on. */
static int
each_line(const struct rbld_crew *crew, const struct rbld_world *world,
    enum rbld_tops which, unsigned cap, line_fn *fn, void *ctx,
    int64_t *ret_since)
{
	struct rbld_top tops[TOP];
	struct line line;
	int n;

	n = rbld_metrics_tops(
	    crew, which, tops, cap < TOP ? cap : TOP, ret_since);
	for (int i = 0; i < n; i++) {
		read_line(world, which, &tops[i], &line);
		fn(&tops[i], &line, which, ctx);
	}
	return n < 0 ? n : 0;
}

/* ---- for a person ----------------------------------------------------------
 */

static void
print_line(const struct rbld_top *top, const struct line *line,
    enum rbld_tops which, void *ctx)
{
	struct buf *b = ctx;

	buf_fmt(b, "%12llu ", (unsigned long long)top->count);
	if (top->error > 0) {
		buf_fmt(b, "(%llu at least) ",
		    (unsigned long long)(top->count - top->error));
	}
	switch (which) {
	case RBLD_TOP_LISTINGS:
		buf_fmt(b, "%s %s\n", line->list, line->listing);
		break;
	case RBLD_TOP_SIGNS:
		buf_fmt(b, "%s %s %s\n", line->client, line->sign, line->zone);
		break;
	default: buf_fmt(b, "%s\n", line->client); break;
	}
}

void
rbld_metrics_top(const struct rbld_crew *crew, const struct rbld_world *world,
    const struct rbld_look *look, struct buf *b)
{
	static const char *const titles[RBLD_TOPS] = {
		[RBLD_TOP_CLIENTS] = "clients, by questions",
		[RBLD_TOP_LISTINGS] = "listings, by hits",
		[RBLD_TOP_SIGNS] = "clients that are not set up right",
	};
	const struct rbld_subscriber *keys = NULL;
	char when[WHEN_TEXT];
	struct buf part = { 0 };
	unsigned n_keys = 0;
	int64_t since = 0;

	for (unsigned i = 0; i < RBLD_TOPS && world->ledger != NULL; i++) {
		buf_clear(&part);
		if (each_line(crew, world, (enum rbld_tops)i, TOP, print_line,
			&part, &since) < 0) {
			b->bad = true;
		}
		buf_fmt(b, "%s%s, since %s\n", i > 0 ? "\n" : "", titles[i],
		    when_format(when, since));
		buf_add(b, part.data, part.len);
	}
	buf_free(&part);
	if (look != NULL) {
		keys = rbld_access_all(look->access, &n_keys);
	}
	if (n_keys > 0) {
		buf_fmt(b, "\nholders of keys, since %s\n",
		    when_format(when, crew->life.started));
	}
	for (unsigned i = 0; i < n_keys; i++) {
		buf_fmt(b, "%12llu %s\n",
		    (unsigned long long)rbld_metrics_key(crew, keys[i].id),
		    keys[i].name);
	}
}

/* ---- for the log -----------------------------------------------------------
 */

static void
log_line(const struct rbld_top *top, const struct line *line,
    enum rbld_tops which, void *ctx)
{
	struct buf *b = ctx;

	if (which == RBLD_TOP_LISTINGS) {
		buf_fmt(b, "top listing=%s list=%s", line->listing, line->list);
	} else {
		buf_fmt(b, "top client=%s", line->client);
	}
	buf_fmt(b, " count=%llu error=%llu\n", (unsigned long long)top->count,
	    (unsigned long long)top->error);
}

void
rbld_metrics_lines(
    const struct rbld_crew *crew, const struct rbld_world *world, struct buf *b)
{
	const struct rbld_ledger *l = world->ledger;
	struct rbld_counts sum;
	int64_t since;

	for (unsigned i = 0; l != NULL && i < l->n_zones; i++) {
		uint64_t queries = 0, hits = 0, signs = 0;

		rbld_ledger_sum(l, i, &sum);
		for (unsigned k = 0; k < RBLD_ASKEDS * RBLD_ROADS; k++) {
			queries += sum.queries[k / RBLD_ROADS][k % RBLD_ROADS];
		}
		for (unsigned k = 0; k < RBLD_HITS; k++) {
			hits += sum.hits[k];
		}
		for (unsigned k = 0; k < RBLD_SIGNS; k++) {
			signs += sum.signs[k];
		}
		buf_fmt(b,
		    "zone=%s queries=%llu hits=%llu nxdomain=%llu "
		    "refused=%llu servfail=%llu signs=%llu\n",
		    rbld_book_zone(l->book, l->zone_numbers[i]),
		    (unsigned long long)queries, (unsigned long long)hits,
		    (unsigned long long)sum.answers[RBLD_TOLD_NXDOMAIN],
		    (unsigned long long)sum.answers[RBLD_TOLD_REFUSED],
		    (unsigned long long)sum.answers[RBLD_TOLD_SERVFAIL],
		    (unsigned long long)signs);
	}
	if (l != NULL &&
	    (each_line(crew, world, RBLD_TOP_CLIENTS, TOP_LOG, log_line, b,
		 &since) < 0 ||
		each_line(crew, world, RBLD_TOP_LISTINGS, TOP_LOG, log_line, b,
		    &since) < 0)) {
		b->bad = true;
	}
}

/* ---- JSON ------------------------------------------------------------------
 */

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
time_of(int64_t t)
{
	char when[WHEN_TEXT];

	return json_string(when_format(when, t));
}

static void
json_line(const struct rbld_top *top, const struct line *line,
    enum rbld_tops which, void *ctx)
{
	json_t *j = json_object();

	if (which == RBLD_TOP_LISTINGS) {
		json_object_set_new(j, "list", json_string(line->list));
		json_object_set_new(j, "key", json_string(line->listing));
		json_object_set_new(j, "detail", number(line->detail));
	} else {
		json_object_set_new(j, "client", json_string(line->client));
	}
	if (which == RBLD_TOP_SIGNS) {
		json_object_set_new(j, "sign", json_string(line->sign));
		json_object_set_new(j, "zone", json_string(line->zone));
	}
	json_object_set_new(j, "count", number(top->count));
	json_object_set_new(j, "error", number(top->error));
	json_array_append_new(ctx, j);
}

static json_t *
json_tops(const struct rbld_crew *crew, const struct rbld_world *world)
{
	static const char *const names[RBLD_TOPS] = {
		[RBLD_TOP_CLIENTS] = "clients",
		[RBLD_TOP_LISTINGS] = "listings",
		[RBLD_TOP_SIGNS] = "signs",
	};
	json_t *j = json_object();
	int64_t since = 0;

	for (unsigned i = 0; i < RBLD_TOPS; i++) {
		json_t *all = json_array();

		if (all == NULL ||
		    each_line(crew, world, (enum rbld_tops)i, TOP, json_line,
			all, &since) < 0) {
			json_decref(all);
			json_decref(j);
			return NULL;
		}
		json_object_set_new(j, names[i], all);
	}
	json_object_set_new(j, "since", time_of(since));
	return j;
}

/* {"A":n,...} of those that are not zero, over all roads. */
static json_t *
json_queries(const struct rbld_counts *sum)
{
	json_t *j = json_object();

	for (unsigned k = 0; k < RBLD_ASKEDS; k++) {
		uint64_t n = 0;

		for (unsigned road = 0; road < RBLD_ROADS; road++) {
			n += sum->queries[k][road];
		}
		if (n > 0) {
			json_object_set_new(
			    j, rbld_asked_name((enum rbld_asked)k), number(n));
		}
	}
	return j;
}

static json_t *
json_zone(const struct rbld_world *world, unsigned i)
{
	const struct rbld_ledger *l = world->ledger;
	json_t *answers = json_object(), *signs = json_object();
	json_t *hits = json_object(), *j = json_object();
	struct rbld_counts sum;

	rbld_ledger_sum(l, i, &sum);
	for (unsigned k = 0; k < RBLD_TOLDS; k++) {
		json_object_set_new(answers, rbld_told_name((enum rbld_told)k),
		    number(sum.answers[k]));
	}
	for (unsigned k = 0; k < RBLD_SIGNS; k++) {
		json_object_set_new(signs, rbld_sign_name((enum rbld_sign)k),
		    number(sum.signs[k]));
	}
	if (i < l->n_zones) {
		const struct rbld_zone *z = &world->apex->zones[i];

		for (unsigned k = 0; k < z->n_lists; k++) {
			json_object_set_new(hits, z->lists[k]->name,
			    number(sum.hits[l->slots[z->first + k]]));
		}
	}
	json_object_set_new(j, "zone",
	    json_string(rbld_book_zone(l->book, l->zone_numbers[i])));
	json_object_set_new(j, "queries", json_queries(&sum));
	json_object_set_new(j, "answers", answers);
	json_object_set_new(j, "hits", hits);
	json_object_set_new(j, "signs", signs);
	json_object_set_new(j, "locked", number(sum.locked));
	return j;
}

static json_t *
json_keys(const struct rbld_crew *crew, const struct rbld_look *look)
{
	json_t *all = json_array();
	const struct rbld_subscriber *keys;
	unsigned n;

	keys = rbld_access_all(look->access, &n);
	for (unsigned i = 0; i < n; i++) {
		json_array_append_new(all,
		    json_pack("{s:s, s:o}", "name", keys[i].name, "queries",
			number(rbld_metrics_key(crew, keys[i].id))));
	}
	return all;
}

void
rbld_metrics_json(const struct rbld_crew *crew, const struct rbld_world *world,
    const struct rbld_look *look, struct buf *b)
{
	json_t *j = json_object(), *totals = json_object();
	json_t *zones = json_array();
	char *text;

	for (unsigned i = 0; i < RBLD_COUNTS; i++) {
		enum rbld_count which = (enum rbld_count)i;

		json_object_set_new(totals, rbld_stats_name(which),
		    number(
			rbld_stats_sum(crew->stats, crew->n_threads, which)));
	}
	json_object_set_new(j, "started", time_of(crew->life.started));
	json_object_set_new(j, "restarts", number(crew->life.restarts));
	json_object_set_new(
	    j, "reloads", number(atomic_load(&crew->life.reloads)));
	if (look != NULL && look->view != NULL && look->err == 0) {
		json_object_set_new(
		    j, "serial", number(zone_view_serial(look->view)));
	}
	json_object_set_new(j, "totals", totals);
	for (unsigned i = 0;
	     world->ledger != NULL && i <= world->ledger->n_zones; i++) {
		json_array_append_new(zones, json_zone(world, i));
	}
	json_object_set_new(j, "zones", zones);
	if (world->ledger != NULL) {
		json_object_set_new(j, "top", json_tops(crew, world));
	}
	if (look != NULL) {
		json_object_set_new(j, "subscribers", json_keys(crew, look));
	}
	text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text == NULL) {
		b->bad = true;
	} else {
		buf_str(b, text);
		buf_str(b, "\n");
	}
	free(text);
	json_decref(j);
}
