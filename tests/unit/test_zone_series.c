/* Counting: rows that add up, the two logs counted once and only once, gaps
 * that stay gaps, and what a stranger's JSON may say. */
#include "tests/unit/store_world.h"

#include "tests/unit/queue.h"
#include "zone/series_fill.h"
#include "zone/series_priv.h"
#include "zone/standing.h"

#define NOW (FIRST + 30 * 86400)

static void
arithmetic(void)
{
	static const struct {
		enum zone_grain grain;
		int64_t t, start;
	} starts[] = {
		{ ZONE_MINUTES, 119, 60 },
		{ ZONE_HOURS, 3600, 3600 },
		{ ZONE_DAYS, 86399, 0 },
		{ ZONE_DAYS, -1, -86400 },
		{ ZONE_MINUTES, -60, -60 },
	};
	struct zone_series_row a, b;
	uint32_t latency[ZONE_LATENCIES] = { 0 };

	for (size_t i = 0; i < COUNT(starts); i++) {
		CHECK(zone_series_start(starts[i].grain, starts[i].t) ==
			starts[i].start,
		    "%zu", i);
	}
	zone_series_blank(&a, 0);
	zone_series_blank(&b, 60);
	zone_series_merge(&a, &b);
	CHECK(a.field[ZONE_N_ADDED] == ZONE_UNKNOWN, "nothing is not zero");
	b.field[ZONE_N_WAITING] = 7;
	b.field[ZONE_N_ADDED] = 0;
	zone_series_merge(&a, &b);
	CHECK(a.field[ZONE_N_WAITING] == 7 && a.field[ZONE_N_ADDED] == 0,
	    "known");
	b.field[ZONE_N_WAITING] = 3;
	b.field[ZONE_N_ADDED] = 5;
	zone_series_merge(&a, &b);
	zone_series_merge(&a, &b);
	CHECK(a.field[ZONE_N_WAITING] == 3 && a.field[ZONE_N_ADDED] == 10,
	    "a gauge is the last one, a counter the sum");
	zone_series_add(&a, ZONE_N_ADDED, UINT64_MAX - 2);
	zone_series_add(&a, ZONE_N_ADDED, 100);
	CHECK(a.field[ZONE_N_ADDED] == ZONE_UNKNOWN - 1, "it never wraps");

	CHECK(zone_latency_percentile(latency, 50) == -1, "none");
	for (unsigned i = 0; i + 1 < ZONE_LATENCIES; i++) {
		int64_t bound = zone_latency_bound(i);

		CHECK(zone_latency_bucket(bound - 1) == i &&
			zone_latency_bucket(bound) == i + 1,
		    "bucket %u", i);
	}
	CHECK(zone_latency_bucket(0) == 0 &&
		zone_latency_bucket(INT64_MAX) == ZONE_LATENCIES - 1,
	    "ends");
	for (unsigned i = 0; i < 100; i++) {
		latency[zone_latency_bucket(i < 90 ? 100 : 50000)]++;
	}
	CHECK(zone_latency_percentile(latency, 50) > 100 &&
		zone_latency_percentile(latency, 50) <= 125 &&
		zone_latency_percentile(latency, 90) <= 125 &&
		zone_latency_percentile(latency, 91) > 50000 &&
		zone_latency_percentile(latency, 91) <= 62500,
	    "percentiles are rounded up");
}

/* All of GRAIN added up. */
static struct zone_series_row
sum(enum zone_grain grain, size_t *ret_n)
{
	static struct zone_series_row rows[4000];
	struct zone_series_row all;

	zone_series_blank(&all, 0);
	CHECK(zone_series_read(queue, grain, INT64_MIN, INT64_MAX, rows,
		  COUNT(rows), ret_n) == 0,
	    "read");
	for (size_t i = 0; i < *ret_n; i++) {
		zone_series_merge(&all, &rows[i]);
	}
	return all;
}

static void
count_all(int64_t now)
{
	int rc;

	while ((rc = zone_series_count(queue, world, now)) == 1) {
	}
	CHECK(rc == 0, "count: %d", rc);
}

static void
history(void)
{
	struct zone_why wrong = { .by = "ann",
		.action = ZONE_ACTION_REMOVE,
		.source = ZONE_SOURCE_WRONG };
	struct zone_why asked = { .by = "delist",
		.action = ZONE_ACTION_REMOVE,
		.source = ZONE_SOURCE_ASKED };
	const char *two[] = { "203.0.114.3", "203.0.114.4" };
	struct zone_terms terms = { .until = 0, .source = "x" };
	struct zone_why add = { .by = "ann", .action = ZONE_ACTION_ADD };
	struct zone_series_row all;
	uint64_t serial;
	size_t n;

	count_all(when_now());
	(void)world_add("203.0.114.1", "x", 0);
	(void)world_add("203.0.114.1", "y", 0); /* changed */
	(void)world_exempt("203.0.114.2", "x", 0);
	(void)world_add("203.0.114.2", "x", 0); /* a hole that lists now */
	serial = world_change(two, 2, &terms, &add);
	(void)world_remove("203.0.114.1");
	(void)world_change(&two[0], 1, NULL, &wrong);
	(void)world_add("203.0.114.7", "x", 0);
	(void)world_change(
	    (const char *const[]){ "203.0.114.7" }, 1, NULL, &asked);
	(void)world_undo(serial); /* one of the two is gone already */
	count_all(when_now());
	count_all(when_now());
	for (unsigned grain = ZONE_MINUTES; grain <= ZONE_DAYS; grain++) {
		all = sum((enum zone_grain)grain, &n);
		CHECK(n >= 1 && all.field[ZONE_N_ADDED] == 5 &&
			all.field[ZONE_N_ASKED] == 1 &&
			all.field[ZONE_N_CHANGED] == 1 &&
			all.field[ZONE_N_REMOVED] == 2 &&
			all.field[ZONE_N_WRONG] == 1 &&
			all.field[ZONE_N_UNDONE] == 1,
		    "%u: %lld %lld %lld %lld %lld", grain,
		    (long long)all.field[ZONE_N_ADDED],
		    (long long)all.field[ZONE_N_CHANGED],
		    (long long)all.field[ZONE_N_REMOVED],
		    (long long)all.field[ZONE_N_WRONG],
		    (long long)all.field[ZONE_N_UNDONE]);
		CHECK(all.field[ZONE_N_EXPIRED] == ZONE_UNKNOWN,
		    "nothing expired: not known, and not zero");
	}
	/* hours that would be dropped at once are not made */
	(void)world_add("203.0.114.9", "x", 0);
	count_all(when_now() + 200 * INT64_C(86400));
	all = sum(ZONE_HOURS, &n);
	CHECK(all.field[ZONE_N_ADDED] == 5, "hours");
	all = sum(ZONE_DAYS, &n);
	CHECK(all.field[ZONE_N_ADDED] == 6, "days");
}

static void
decisions(void)
{
	struct zone_standing s;
	struct zone_series_row all;
	uint64_t serial = 1000, decided_before, id;
	int64_t now = when_now();
	size_t n;

	all = sum(ZONE_DAYS, &n);
	decided_before = all.field[ZONE_N_APPROVED];
	CHECK(decided_before == ZONE_UNKNOWN, "nothing yet");
	CHECK(zone_submitter_standing(queue, "a@example.org", &s) == 0 &&
		s.mails == 0 && s.trust == ZONE_TRUST_NEW,
	    "unknown");
	for (unsigned i = 0; i < 12; i++) {
		char text[40];

		snprintf(text, sizeof(text), "ip 203.0.115.%u", i + 1);
		(void)ADD(now - 100, text);
		id = waits("ip", text + 3);
		CHECK(settle(id, i < 10 ? ZONE_LISTED_ITEM : ZONE_DISMISSED,
			  i < 10 ? serial++ : 0, "r", when_now()) == 0,
		    "settle %u", i);
	}
	count_all(now);
	count_all(now);
	CHECK(zone_submitter_standing(queue, "A@Example.ORG", &s) == 1 &&
		s.mails == 12 && s.confirmed == 10 && s.dismissed == 2 &&
		s.undone == 0 && s.trust == ZONE_TRUST_MIXED &&
		s.last == now - 100,
	    "%u %u %u", s.mails, s.confirmed, s.dismissed);
	all = sum(ZONE_DAYS, &n);
	CHECK(all.field[ZONE_N_APPROVED] == 10 &&
		all.field[ZONE_N_DISMISSED] == 2 &&
		all.field[ZONE_N_MAILS] == 12,
	    "%lld", (long long)all.field[ZONE_N_APPROVED]);
	CHECK(zone_latency_percentile(all.latency, 50) > 100 &&
		zone_latency_percentile(all.latency, 50) < 130,
	    "half within %lld s",
	    (long long)zone_latency_percentile(all.latency, 50));

	/* an undo counts against him, and the next decision from there */
	CHECK(zone_moderate_wait_again(queue, "ann", 1, "undo") == 1, "undo");
	count_all(now);
	CHECK(zone_submitter_standing(queue, "a@example.org", &s) == 1 &&
		s.confirmed == 9 && s.undone == 1,
	    "%u %u", s.confirmed, s.undone);
	CHECK(settle(1, ZONE_DISMISSED, 0, "r", when_now()) == 0, "again");
	count_all(now);
	all = sum(ZONE_DAYS, &n);
	CHECK(
	    all.latency[0] == 1, "measured from the undo: %u", all.latency[0]);
	CHECK(all.field[ZONE_N_REOPENED] == 1, "reopened");
}

static void
words(void)
{
	static const struct {
		uint32_t confirmed, dismissed, undone;
		const char *word;
	} cases[] = {
		{ 0, 0, 0, "new" },
		{ 4, 0, 0, "new" },
		{ 0, 4, 0, "new" },
		{ 5, 0, 0, "good" },
		{ 9, 1, 0, "good" },
		{ 8, 1, 0, "mixed" },
		{ 3, 1, 1, "mixed" },
		{ 2, 3, 0, "poor" },
		{ 0, 0, 5, "poor" },
		{ 4000000000, 4000000000, 4000000000, "poor" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zone_standing s = { .confirmed = cases[i].confirmed,
			.dismissed = cases[i].dismissed,
			.undone = cases[i].undone };

		CHECK(strcmp(zone_trust_name(zone_trust_of(&s)),
			  cases[i].word) == 0,
		    "%zu: %s", i, zone_trust_name(zone_trust_of(&s)));
	}
}

static void
samples(void)
{
	struct zone_answers a = { .known = true, .started = 5 }, b,
			    none = { 0 };
	struct zone_series_row rows[8];
	int64_t t = zone_series_start(ZONE_HOURS, NOW);
	size_t n = 0;

	a.n[0] = 100;
	b = a;
	b.n[0] = 150;
	CHECK(zone_series_sample(queue, world, &none, &a, t) == 0, "first");
	CHECK(zone_series_sample(queue, world, &a, &b, t + 60) == 0, "second");
	CHECK(zone_series_sample(queue, world, &b, &none, t + 120) == 0,
	    "rbld does not answer");
	a.started = 6; /* another process */
	CHECK(zone_series_sample(queue, world, &b, &a, t + 180) == 0, "new");
	CHECK(zone_series_read(queue, ZONE_MINUTES, t, t + 240, rows,
		  COUNT(rows), &n) == 0 &&
		n == 4,
	    "%zu", n);
	CHECK(rows[0].field[ZONE_N_NOERROR] == ZONE_UNKNOWN &&
		rows[1].field[ZONE_N_NOERROR] == 50 &&
		rows[1].field[ZONE_N_NXDOMAIN] == 0 &&
		rows[2].field[ZONE_N_NOERROR] == ZONE_UNKNOWN &&
		rows[3].field[ZONE_N_NOERROR] == ZONE_UNKNOWN,
	    "gaps stay gaps");
	CHECK(rows[0].field[ZONE_N_LISTED] == 2 &&
		rows[0].field[ZONE_N_WAITING] == 0,
	    "gauges: %llu", (unsigned long long)rows[0].field[ZONE_N_LISTED]);

	/* minutes go after two days, a bounded number at once */
	for (unsigned i = 0; i < 5; i++) {
		CHECK(zone_series_sample(queue, world, &none, &none,
			  t + 3 * 86400 + 60 * (int64_t)i) == 0,
		    "later");
	}
	CHECK(zone_series_read(queue, ZONE_MINUTES, t, t + 4 * 86400, rows,
		  COUNT(rows), &n) == 0 &&
		n == 5,
	    "minutes left: %zu", n);
	CHECK(zone_series_read(queue, ZONE_HOURS, t - 3600, t + 3600, rows,
		  COUNT(rows), &n) == 0 &&
		n >= 1 && rows[0].field[ZONE_N_NOERROR] == 50,
	    "the hours have them");
}

static void
json(void)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "", false },
		{ "null", false },
		{ "[]", false },
		{ "{\"zones\":[]}", false },
		{ "{\"zones\":{},\"started\":\"2026-11-21T00:00:00Z\"}",
		    false },
		{ "{\"zones\":[],\"started\":\"yesterday\"}", false },
		{ "{\"zones\":[],\"started\":7}", false },
		{ "{\"zones\":[],\"started\":\"2026-11-21T00:00:00Z\"", false },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
		  "]",
		    false },
		{ "{\"zones\":[],\"started\":\"2026-11-21T00:00:00Z\"}", true },
		{ "{\"zones\":[1,null,{\"answers\":[]},{\"hits\":3}],"
		  "\"started\":\"2026-11-21T00:00:00Z\","
		  "\"top\":\"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}",
		    true },
	};
	static const char full[] =
	    "{\"started\":\"2026-11-21T00:00:00Z\",\"zones\":["
	    "{\"answers\":{\"NOERROR\":3,\"NXDOMAIN\":-4,\"other\":1.5},"
	    "\"hits\":{\"ip\":2,\"b\":1}},"
	    "{\"answers\":{\"NOERROR\":9223372036854775807,\"REFUSED\":4}}]}";
	struct zone_answers a = { .known = false };

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(zone_answers_parse(cases[i].text, strlen(cases[i].text),
			  &a) == cases[i].good,
		    "%s", cases[i].text);
	}
	CHECK(!zone_answers_parse(NULL, 0, &a), "nothing");
	CHECK(zone_answers_parse(full, strlen(full), &a) && a.known &&
		a.n[0] == INT64_MAX && a.n[1] == 0 && a.n[2] == 4 &&
		a.n[4] == 0 && a.n[5] == 3,
	    "sums");
}

static int
flip(struct zone_txn *txn, void *ctx)
{
	struct zone_bytes value;
	struct buf b = { 0 };
	uint8_t key[16] = "series";
	size_t at = *(size_t *)ctx;
	int rc;

	key[7] = ZONE_DAYS;
	queue_id_key(
	    (uint64_t)zone_series_start(ZONE_DAYS, NOW) ^ (uint64_t)1 << 63,
	    key + 8);
	rc = zone_txn_get(txn, ZONE_T_META, key, sizeof(key), &value);
	if (rc != 1) {
		return -1;
	}
	buf_add(&b, value.at, value.len);
	b.data[at % b.len] ^= 1;
	rc = zone_txn_put(txn, ZONE_T_META, key, sizeof(key), b.data, b.len);
	buf_free(&b);
	return rc;
}

/* Damage is a gap, and goes with the next number. */
static void
damage(void)
{
	struct zone_answers none = { 0 };
	struct zone_series_row row;
	int64_t day = zone_series_start(ZONE_DAYS, NOW);
	size_t n = 0;

	for (size_t at = 0; at < 400; at += 37) {
		CHECK(zone_store_write(queue->store, flip, &at) == 0, "flip");
		CHECK(zone_series_read(
			  queue, ZONE_DAYS, day, day + 1, &row, 1, &n) == 0 &&
			n == 0,
		    "byte %zu: not known", at);
		CHECK(zone_series_sample(queue, world, &none, &none, NOW) == 0,
		    "goes on");
		CHECK(zone_series_read(
			  queue, ZONE_DAYS, day, day + 1, &row, 1, &n) == 0 &&
			n == 1 && row.field[ZONE_N_LISTED] == 2,
		    "byte %zu: begun anew", at);
	}
}

int
main(void)
{
	world_open();
	open_queue(1 << 28);
	arithmetic();
	history();
	decisions();
	words();
	samples();
	json();
	damage();
	close_queue();
	world_close();
	return failures > 0;
}
