/* pages_stats.c - what the list is like, in numbers: for everybody, so only
 * sums are shown.
 */
#include "www/pages.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/chart.h"
#include "www/lang.h"
#include "www/stats.h"

#define ROWS_MAX 3000 /* read for one page: two days of minutes */
#define CRITERIA_SHOWN 12

/* ---- the time that is shown ---------------------------------------------- */

struct range {
	const char *name, *text;
	enum zone_grain grain;
	int64_t step;
	unsigned n; /* 0: from the first day on */
};

static const struct range ranges[] = {
	{ "day", N_("24 hours"), ZONE_MINUTES, 1800, 48 },
	{ "week", N_("7 days"), ZONE_HOURS, 3 * 3600, 56 },
	{ "month", N_("30 days"), ZONE_DAYS, 86400, 30 },
	{ "year", N_("a year"), ZONE_DAYS, 7 * 86400, 53 },
	{ "all", N_("all"), ZONE_DAYS, 0, 0 },
};

#define N_RANGES (sizeof(ranges) / sizeof(ranges[0]))
#define RANGE_DEFAULT 2

/* The fields of one range, added up to points. */
struct points {
	const struct range *range;
	int64_t from, step;
	unsigned n;
	struct zone_series_row row[WWW_CHART_POINTS];
	struct zone_series_row all; /* of the whole range */
};

/* NULL: no such one. */
static const struct range *
range_of(const struct www_turn *t)
{
	const char *name = www_fields_get(&t->request->query, "range");

	if (name == NULL) {
		return &ranges[RANGE_DEFAULT];
	}
	for (size_t i = 0; i < N_RANGES; i++) {
		if (strcmp(ranges[i].name, name) == 0) {
			return &ranges[i];
		}
	}
	return NULL;
}

/* FROM, STEP and N, so that the last point has NOW in it. */
static int
choose_points(struct www_turn *t, struct points *p)
{
	int64_t oldest = t->now, unit = zone_series_length(p->range->grain);
	int r;

	p->step = p->range->step;
	p->n = p->range->n;
	if (p->n == 0) {
		r = zone_series_oldest(
		    www_site_queue(t->site), ZONE_DAYS, &oldest);
		if (r < 0) {
			return r;
		}
		if (oldest > t->now || oldest < t->now - 100 * 366 * unit) {
			oldest = t->now - 100 * 366 * unit;
		}
		p->step = unit;
		while ((t->now - oldest) / p->step >= 60) {
			p->step += p->step < 7 * unit ? 6 * unit : 7 * unit;
		}
		p->n = (unsigned)((t->now - oldest) / p->step) + 1;
		p->n = p->n < 7 ? 7 : p->n;
	}
	/* steps longer than a day end today; others stand on the clock */
	p->from = p->step > unit && unit == 86400
	    ? zone_series_start(ZONE_DAYS, t->now) + unit
	    : t->now - t->now % p->step + p->step;
	p->from -= (int64_t)p->n * p->step;
	return 0;
}

static int
read_points(struct www_turn *t, struct points *p)
{
	struct zone_series_row *rows;
	size_t n = 0, cap = ROWS_MAX;
	int64_t from;
	int r = choose_points(t, p);

	if (r < 0) {
		return r;
	}
	zone_series_blank(&p->all, p->from);
	for (unsigned i = 0; i < p->n; i++) {
		zone_series_blank(&p->row[i], p->from + i * p->step);
	}
	rows = calloc(cap, sizeof(*rows));
	if (rows == NULL) {
		return ERR_NOMEM;
	}
	from = p->from;
	do {
		r = zone_series_read(www_site_queue(t->site), p->range->grain,
		    from, p->from + (int64_t)p->n * p->step, rows, cap, &n);
		for (size_t i = 0; i < n && r == 0; i++) {
			zone_series_merge(
			    &p->row[(rows[i].start - p->from) / p->step],
			    &rows[i]);
			zone_series_merge(&p->all, &rows[i]);
			from = rows[i].start + 1;
		}
	} while (r == 0 && n == cap);
	free(rows);
	return r;
}

/* ---- which charts there are ---------------------------------------------- */

struct line {
	const char *name, *field;
	enum zone_series_field of;
	bool down;
	unsigned colour;
};

static double
known(uint64_t n)
{
	return n == ZONE_UNKNOWN ? NAN : (double)n;
}

/* Something was counted in a point where it was looked at all: there, what
 * did not happen is zero. */
static void
fill(struct www_chart *c, const struct points *p, const struct line *lines,
    unsigned n)
{
	c->n_series = n;
	for (unsigned k = 0; k < n; k++) {
		struct www_chart_series *s = &c->series[k];

		s->name = lines[k].name;
		s->field = lines[k].field;
		s->down = lines[k].down;
		s->colour = lines[k].colour;
		for (unsigned i = 0; i < p->n; i++) {
			const uint64_t *f = p->row[i].field;
			bool looked = f[ZONE_N_LISTED] != ZONE_UNKNOWN;
			bool event = lines[k].of >= ZONE_N_ADDED;

			s->value[i] =
			    event && looked && f[lines[k].of] == ZONE_UNKNOWN
			    ? 0
			    : known(f[lines[k].of]);
		}
	}
}

typedef void chart_fn(
    struct www_turn *t, const struct points *p, struct www_chart *c);

static void
listed_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	const struct line lines[] = {
		{ T("Entries"), "listed", ZONE_N_LISTED, false, 1 },
	};

	c->title = T("Entries in the lists");
	c->desc = T("How many addresses, networks, domains and mailboxes are "
		    "listed. What has expired is taken out within a minute.");
	fill(c, p, lines, 1);
}

static void
changes_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	const struct line lines[] = {
		{ T("Added"), "added", ZONE_N_ADDED, false, 1 },
		{ T("Expired"), "expired", ZONE_N_EXPIRED, true, 2 },
		{ T("Taken out by a person"), "removed", ZONE_N_REMOVED, true,
		    3 },
		{ T("Taken back"), "undone", ZONE_N_UNDONE, true, 4 },
		{ T("Taken out on request"), "asked", ZONE_N_ASKED, true, 6 },
		{ T("Taken out by an import"), "purged", ZONE_N_PURGED, true,
		    5 },
	};

	c->title = T("Added and taken out");
	c->desc = T("Bars above the line are new entries, those below it are "
		    "entries that went.");
	c->kind = WWW_CHART_STACK;
	fill(c, p, lines, 6);
}

static void
queries_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	const struct line lines[] = {
		{ "NOERROR", "noerror", ZONE_N_NOERROR, false, 1 },
		{ "NXDOMAIN", "nxdomain", ZONE_N_NXDOMAIN, false, 2 },
		{ "REFUSED", "refused", ZONE_N_REFUSED, false, 3 },
		{ "SERVFAIL", "servfail", ZONE_N_SERVFAIL, false, 4 },
		{ T("Others"), "other", ZONE_N_ANSWER, false, 5 },
	};

	c->title = T("Queries by answer");
	c->desc = T("What this server answered: NXDOMAIN is “not listed”, "
		    "NOERROR is “listed” or a record of the zone itself.");
	c->kind = WWW_CHART_STACK;
	fill(c, p, lines, 5);
}

static void
waiting_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	const struct line lines[] = {
		{ T("Waiting"), "waiting", ZONE_N_WAITING, false, 1 },
	};

	c->title = T("Reports that wait for a person");
	c->desc = T("How many different reports nobody has decided about yet.");
	fill(c, p, lines, 1);
}

static void
decisions_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	const struct line lines[] = {
		{ T("Listed"), "approved", ZONE_N_APPROVED, false, 1 },
		{ T("Dismissed"), "dismissed", ZONE_N_DISMISSED, false, 2 },
	};

	c->title = T("Decisions");
	c->desc = T("Reports that a person looked at, by what came of it.");
	c->kind = WWW_CHART_STACK;
	fill(c, p, lines, 2);
}

static void
latency_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	static const unsigned percents[] = { 50, 90 };
	const char *const names[] = { T("Half of them within"),
		T("Nine of ten within") };
	static const char *const fields[] = { "p50_seconds", "p90_seconds" };

	c->title = T("How long a decision takes");
	c->desc = T("From the first report to the decision of a person, "
		    "rounded up.");
	c->unit = WWW_UNIT_SECONDS;
	c->n_series = 2;
	for (unsigned k = 0; k < 2; k++) {
		struct www_chart_series *s = &c->series[k];

		s->name = names[k];
		s->field = fields[k];
		s->colour = k == 0 ? 1 : 3;
		for (unsigned i = 0; i < p->n; i++) {
			int64_t v = zone_latency_percentile(
			    p->row[i].latency, percents[k]);

			/* the last bucket has no bound: a year is said */
			s->value[i] = v < 0  ? NAN
			    : v == INT64_MAX ? 366.0 * 86400
					     : (double)v;
		}
	}
}

/* Of 100 entries that were added as many were taken back as mistakes. */
static double
mistakes(const struct zone_series_row *row)
{
	const uint64_t *f = row->field;
	double undone =
	    f[ZONE_N_UNDONE] != ZONE_UNKNOWN ? (double)f[ZONE_N_UNDONE] : 0;
	double wrong =
	    f[ZONE_N_WRONG] != ZONE_UNKNOWN ? (double)f[ZONE_N_WRONG] : 0;

	if (f[ZONE_N_ADDED] == ZONE_UNKNOWN || f[ZONE_N_ADDED] == 0) {
		return NAN;
	}
	return fmin(100, (undone + wrong) * 100 / (double)f[ZONE_N_ADDED]);
}

static void
mistakes_chart(struct www_turn *t, const struct points *p, struct www_chart *c)
{
	struct www_chart_series *s = &c->series[0];

	c->title = T("Mistakes");
	c->desc = T("Entries that were taken back, or taken out because they "
		    "were listed wrongly, for each hundred that were added in "
		    "the same time.");
	c->unit = WWW_UNIT_PERCENT;
	c->n_series = 1;
	s->name = T("Share");
	s->field = "percent";
	s->colour = 3;
	for (unsigned i = 0; i < p->n; i++) {
		s->value[i] = mistakes(&p->row[i]);
	}
}

static const struct {
	const char *id;
	chart_fn *fn;
} charts[] = {
	{ "listed", listed_chart },
	{ "changes", changes_chart },
	{ "queries", queries_chart },
	{ "decisions", decisions_chart },
	{ "latency", latency_chart },
	{ "mistakes", mistakes_chart },
	{ "waiting", waiting_chart },
};

#define N_CHARTS (sizeof(charts) / sizeof(charts[0]))

/* A chart of the range, all in the page's arena; NULL without memory. */
static struct www_chart *
chart_of(struct www_turn *t, const struct points *p, size_t i)
{
	struct www_chart *c = arena_alloc(&t->arena, sizeof(*c));

	if (c == NULL) {
		return NULL;
	}
	c->series =
	    arena_alloc(&t->arena, WWW_CHART_LINES * sizeof(*c->series));
	c->csv = arena_fmt(&t->arena, "/stats.csv?chart=%s&range=%s",
	    charts[i].id, p->range->name);
	if (c->series == NULL || c->csv == NULL) {
		return NULL;
	}
	c->id = charts[i].id;
	c->from = p->from;
	c->step = p->step;
	c->n = p->n;
	charts[i].fn(t, p, c);
	return c;
}

/* ---- those of the census ------------------------------------------------- */

static const char *const ages[ZONE_AGES] = { N_("less than a day"),
	N_("1 to 7 days"), N_("7 to 30 days"), N_("30 to 90 days"),
	N_("90 days to a year"), N_("more than a year") };

static struct www_chart *
rows_of(struct www_turn *t, const struct zone_census *census, const char *id)
{
	struct www_chart *c = arena_alloc(&t->arena, sizeof(*c));
	bool age = strcmp(id, "age") == 0;
	struct www_chart_series *s;

	if (c == NULL) {
		return NULL;
	}
	c->label =
	    arena_alloc(&t->arena, (ZONE_CRITERIA + 1) * sizeof(*c->label));
	c->series = s = arena_alloc(&t->arena, sizeof(*s));
	c->csv = arena_fmt(&t->arena, "/stats.csv?chart=%s", id);
	if (c->label == NULL || s == NULL || c->csv == NULL) {
		return NULL;
	}
	c->id = age ? "age" : "criteria";
	c->title = age ? T("Age of the entries") : T("Why they are listed");
	c->desc = age ? T("How long ago what is listed now was entered.")
		      : T("What is listed now, by the criterion that whoever "
			  "entered it gave.");
	c->n_series = 1;
	s->name = T("Entries");
	s->field = "entries";
	s->colour = 1;
	for (unsigned i = 0; census != NULL && age && i < ZONE_AGES; i++) {
		c->label[c->n] = www_tr(t, ages[i]);
		s->value[c->n++] = (double)census->age[i];
	}
	if (census != NULL && !age) {
		double others = (double)census->further;

		for (unsigned i = 0; i < census->n_criteria; i++) {
			const struct zone_criterion_count *k =
			    &census->criterion[i];

			if (c->n == CRITERIA_SHOWN) {
				others += (double)k->n;
				continue;
			}
			c->label[c->n] = k->text[0] == '\0'
			    ? T("none given")
			    : arena_str(&t->arena, k->text);
			if (c->label[c->n] == NULL) {
				return NULL;
			}
			s->value[c->n++] = (double)k->n;
		}
		if (others > 0) {
			c->label[c->n] = T("others");
			s->value[c->n++] = others;
		}
	}
	return c;
}

/* ---- the page ------------------------------------------------------------ */

static void
fact(struct www_turn *t, enum www_chart_unit unit, double n, const char *what)
{
	char text[32];

	HTML(&t->html,
	    "<div class=\"card fact\"><strong>%s</strong> <span>%s</span>"
	    "</div>",
	    www_chart_number(text, unit, n), what);
}

/* NAN where nothing is known. */
static double
percentile(const struct points *p, unsigned percent)
{
	int64_t v = zone_latency_percentile(p->all.latency, percent);

	return v < 0 ? NAN : v == INT64_MAX ? 366.0 * 86400 : (double)v;
}

static void
facts(struct www_turn *t, const struct points *p)
{
	const uint64_t *f = p->all.field;

	HTML(&t->html, "<section class=\"facts four\" aria-label=\"%s\">",
	    T("In short"));
	fact(t, WWW_UNIT_COUNT, known(f[ZONE_N_LISTED]),
	    T("entries are listed"));
	fact(t, WWW_UNIT_COUNT, known(f[ZONE_N_ADDED]),
	    T("were added in this time"));
	fact(t, WWW_UNIT_SECONDS, percentile(p, 50),
	    T("within which half of the decisions were made"));
	fact(t, WWW_UNIT_PERCENT, mistakes(&p->all),
	    T("of what was added was taken back as a mistake"));
	HTML(&t->html, "</section>\n");
}

static void
tabs(struct www_turn *t, const struct range *here)
{
	HTML(&t->html, "<nav class=\"tabs\" aria-label=\"%s\">", T("Time"));
	for (size_t i = 0; i < N_RANGES; i++) {
		HTML(&t->html, "<a href=\"/stats?range=%s\"", ranges[i].name);
		if (&ranges[i] == here) {
			HTML(&t->html, " aria-current=\"page\"");
		}
		HTML(&t->html, ">%s</a>", www_tr(t, ranges[i].text));
	}
	HTML(&t->html, "</nav>\n");
}

static int
no_such(struct www_turn *t)
{
	return www_page_say(t, 400, T("No such statistics"), "%s",
	    T("There is no chart or no time of that name."));
}

static int
census_charts(struct www_turn *t)
{
	struct www_stats *stats = www_site_stats(t->site);
	struct zone_census *census = www_stats_census(stats);
	struct www_chart *why = rows_of(t, census, "criteria");
	struct www_chart *age = rows_of(t, census, "age");

	if (why != NULL && age != NULL) {
		www_chart_rows(t, why);
		www_chart_rows(t, age);
	}
	www_stats_release(stats, census);
	return why != NULL && age != NULL ? 0 : ERR_NOMEM;
}

int
www_stats_page(struct www_turn *t)
{
	struct points *p = arena_alloc(&t->arena, sizeof(*p));
	struct www_chart *c;
	int r;

	if (p == NULL) {
		return ERR_NOMEM;
	}
	p->range = range_of(t);
	if (p->range == NULL) {
		return no_such(t);
	}
	r = read_points(t, p);
	if (r < 0) {
		return r;
	}
	www_page_begin(t, T("Statistics"), WWW_STATS);
	HTML(&t->html, "<p class=\"mut\">%s</p>\n",
	    T("Counted every minute. Times are UTC."));
	tabs(t, p->range);
	facts(t, p);
	HTML(&t->html, "<div class=\"figures\">\n");
	for (size_t i = 0; i < N_CHARTS && r == 0; i++) {
		c = chart_of(t, p, i);
		if (c == NULL) {
			return ERR_NOMEM;
		}
		www_chart(t, c);
		if (i == 3) {
			r = census_charts(t);
		}
	}
	HTML(&t->html,
	    "</div>\n<p><a href=\"/stats.json?range=%s\">%s</a></p>\n",
	    p->range->name, T("All of these numbers as JSON"));
	www_page_end(t, 200);
	return r;
}

int
www_stats_csv(struct www_turn *t)
{
	const char *id = www_fields_get(&t->request->query, "chart");
	struct points *p = arena_alloc(&t->arena, sizeof(*p));
	struct www_chart *c = NULL;
	struct zone_census *census;
	size_t i = 0;
	int r;

	if (p == NULL) {
		return ERR_NOMEM;
	}
	p->range = range_of(t);
	while (id != NULL && i < N_CHARTS && strcmp(charts[i].id, id) != 0) {
		i++;
	}
	if (id == NULL || p->range == NULL ||
	    (i == N_CHARTS && strcmp(id, "age") != 0 &&
		strcmp(id, "criteria") != 0)) {
		return no_such(t);
	}
	if (i < N_CHARTS) {
		r = read_points(t, p);
		if (r < 0) {
			return r;
		}
		c = chart_of(t, p, i);
	} else {
		census = www_stats_census(www_site_stats(t->site));
		c = rows_of(t, census, id);
		www_stats_release(www_site_stats(t->site), census);
	}
	if (c == NULL) {
		return ERR_NOMEM;
	}
	www_chart_csv(c, &t->reply->body);
	t->reply->status = 200;
	t->reply->type = WWW_CSV;
	snprintf(t->reply->attachment, sizeof(t->reply->attachment),
	    i < N_CHARTS ? "%s-%s.csv" : "%s.csv", c->id, p->range->name);
	return 0;
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *
number(double v)
{
	return isnan(v)     ? json_null()
	    : v == floor(v) ? json_integer((json_int_t)v)
			    : json_real(v);
}

static json_t *
chart_json(const struct www_chart *c)
{
	json_t *j = json_object();

	for (unsigned k = 0; k < c->n_series; k++) {
		json_t *values = json_array();

		for (unsigned i = 0; i < c->n; i++) {
			json_array_append_new(
			    values, number(c->series[k].value[i]));
		}
		json_object_set_new(j, c->series[k].field, values);
	}
	return j;
}

static json_t *
rows_json(const struct www_chart *c)
{
	json_t *j = json_array();

	for (unsigned i = 0; i < c->n; i++) {
		json_array_append_new(j,
		    json_pack("{s:s, s:o}", "name", c->label[i], "entries",
			number(c->series[0].value[i])));
	}
	return j;
}

int
www_stats_json(struct www_turn *t)
{
	struct www_stats *stats = www_site_stats(t->site);
	struct points *p = arena_alloc(&t->arena, sizeof(*p));
	struct www_chart *why, *age, *c;
	struct zone_census *census;
	char when[WHEN_TEXT], *text;
	json_t *j;
	int r;

	if (p == NULL) {
		return ERR_NOMEM;
	}
	p->range = range_of(t);
	if (p->range == NULL) {
		t->reply->status = 400;
		t->reply->type = WWW_JSON;
		buf_str(&t->reply->body, "{\"error\":\"no such range\"}\n");
		return 0;
	}
	r = read_points(t, p);
	if (r < 0) {
		return r;
	}
	t->lang = WWW_ENGLISH; /* names in it are for programs */
	census = www_stats_census(stats);
	why = rows_of(t, census, "criteria");
	age = rows_of(t, census, "age");
	www_stats_release(stats, census);
	if (why == NULL || age == NULL) {
		return ERR_NOMEM;
	}
	j = json_pack("{s:s, s:s, s:I, s:i, s:o, s:o}", "range", p->range->name,
	    "from", when_format(when, p->from), "step", (json_int_t)p->step,
	    "points", (int)p->n, "criteria", rows_json(why), "age",
	    rows_json(age));
	for (size_t i = 0; i < N_CHARTS; i++) {
		c = chart_of(t, p, i);
		if (c == NULL) {
			json_decref(j);
			return ERR_NOMEM;
		}
		json_object_set_new(j, c->id, chart_json(c));
	}
	text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(j);
	if (text == NULL) {
		return ERR_NOMEM;
	}
	t->reply->status = 200;
	t->reply->type = WWW_JSON;
	buf_str(&t->reply->body, text);
	buf_str(&t->reply->body, "\n");
	free(text);
	return 0;
}
