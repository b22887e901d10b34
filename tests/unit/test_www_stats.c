/* The statistics: what the tick counted is what the page shows, by range;
 * nothing of a single person or key; what was asked wrongly is refused. */
#include "tests/unit/www_world.h"

#include <jansson.h>

#include "www/stats.h"

static json_t *
numbers(struct world *w, const char *query)
{
	struct answer a = get(w, "/stats.json", query, NULL);
	json_t *j = json_loads(a.reply.body.data, 0, NULL);

	CHECK(a.reply.status == 200 && a.reply.type == WWW_JSON && j != NULL,
	    "%s: %u", query, a.reply.status);
	forget(&a);
	return j;
}

static double
last(const json_t *j, const char *chart, const char *field)
{
	const json_t *v = json_object_get(json_object_get(j, chart), field);
	const json_t *n = json_array_get(v, json_array_size(v) - 1);

	return json_is_null(n) ? -1 : json_number_value(n);
}

static void
decide(struct world *w, uint64_t item, uint32_t approve, const char *criterion)
{
	const struct zone_config *config = www_site_config(w->site);
	struct zone_person ada = { .name = "ada", .full = true };
	struct zone_decision d = { .item = item,
		.approve = approve,
		.reason = EVIL,
		.criterion = criterion };
	struct err_text why = { "" };
	struct zone_decided done;

	CHECK(
	    zone_moderate_decide(www_site_store(w->site),
		www_site_queue(w->site), config, &ada, &d, &done, &why) == 0 &&
		done.outcome == ZONE_DONE,
	    "decide: %s", why.text);
	www_site_release(w->site, config);
}

static void
counted(struct world *w)
{
	static const char *const ranges[] = { "", "range=day", "range=week",
		"range=month", "range=year", "range=all" };
	struct answer a = get(w, "/stats", "", NULL);
	json_t *j;

	CHECK(a.reply.status == 200 && holds(&a, "class=\"nodata\""),
	    "before anything was counted");
	CHECK(!holds(&a, "<td>0</td>"), "no data is not zero");
	forget(&a);
	decide(w, 1, 1, "crit " EVIL);
	decide(w, 2, 0, "");
	www_site_tick(w->site);
	for (size_t i = 0; i < COUNT(ranges); i++) {
		j = numbers(w, ranges[i]);
		CHECK(last(j, "listed", "listed") == 1 &&
			last(j, "changes", "added") == 1 &&
			last(j, "changes", "expired") == 0 &&
			last(j, "decisions", "approved") == 1 &&
			last(j, "decisions", "dismissed") == 1 &&
			last(j, "waiting", "waiting") == 2 &&
			last(j, "mistakes", "percent") == 0 &&
			last(j, "latency", "p50_seconds") > 990 &&
			last(j, "latency", "p50_seconds") < 1300,
		    "%s", ranges[i]);
		CHECK(last(j, "queries", "noerror") == -1,
		    "nobody answered: not known");
		json_decref(j);
		a = get(w, "/stats", ranges[i], NULL);
		CHECK(a.reply.status == 200 && a.reply.body.len < 120000,
		    "%s: %zu bytes", ranges[i], a.reply.body.len);
		CHECK(!holds(&a, "<x-evil") && !holds(&a, "nan"), "text");
		CHECK(holds(&a, "crit &quot;&#39;&gt;&lt;x-evil on=1&gt;"),
		    "the criterion");
		CHECK(!holds(&a, "203.0.114") && !holds(&a, "spammer") &&
			!holds(&a, ">ada<"),
		    "only sums");
		forget(&a);
	}
	j = numbers(w, "");
	CHECK(json_array_size(json_object_get(j, "criteria")) == 1 &&
		json_array_size(json_object_get(j, "age")) == ZONE_AGES,
	    "the census");
	json_decref(j);
}

static void
files(struct world *w)
{
	static const char *const charts[] = { "listed", "changes", "queries",
		"decisions", "latency", "mistakes", "waiting", "age",
		"criteria" };
	char query[64];
	struct answer a;

	for (size_t i = 0; i < COUNT(charts); i++) {
		snprintf(
		    query, sizeof(query), "chart=%s&range=week", charts[i]);
		a = get(w, "/stats.csv", query, NULL);
		CHECK(a.reply.status == 200 && a.reply.type == WWW_CSV &&
			strncmp(a.reply.attachment, charts[i],
			    strlen(charts[i])) == 0 &&
			holds(&a, "\r\n"),
		    "%s: %u", charts[i], a.reply.status);
		forget(&a);
	}
}

static void
refused(struct world *w)
{
	static const struct {
		const char *path, *query;
	} cases[] = {
		{ "/stats", "range=" },
		{ "/stats", "range=%3Cx-evil%3E" },
		{ "/stats", "range=DAY" },
		{ "/stats.json", "range=century" },
		{ "/stats.csv", "" },
		{ "/stats.csv", "chart=x" },
		{ "/stats.csv", "chart=listed&range=x" },
		{ "/stats.csv", "chart=..%2F..%2Fetc" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct answer a = get(w, cases[i].path, cases[i].query, NULL);

		CHECK(a.reply.status == 400 && a.reply.attachment[0] == '\0' &&
			!holds(&a, "<x-evil"),
		    "%s?%s: %u", cases[i].path, cases[i].query, a.reply.status);
		forget(&a);
	}
}

/* A GET writes nothing, also where there is much to count. */
static void
reading(struct world *w)
{
	struct digest before, after;
	struct answer a;

	decide(w, 3, 0, "");
	before = world_bytes(w);
	a = get(w, "/stats", "range=all", NULL);
	forget(&a);
	after = world_bytes(w);
	CHECK(same(&before, &after), "nothing was written");
}

/* A census in use stays while another is taken. */
static void
borrowed(struct world *w)
{
	struct www_stats *stats = www_site_stats(w->site);
	struct zone_census *one = www_stats_census(stats), *two;

	CHECK(one != NULL && one->listed == 1, "one");
	two = www_stats_census(stats);
	CHECK(two == one, "the same");
	www_stats_release(stats, two);
	CHECK(one->listed == 1, "still there");
	www_stats_release(stats, one);
	www_stats_release(stats, NULL);
}

int
main(void)
{
	struct world w;

	world_open(&w);
	counted(&w);
	files(&w);
	refused(&w);
	reading(&w);
	borrowed(&w);
	world_close(&w);
	return failures > 0;
}
