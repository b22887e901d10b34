/* Charts: axes that a person reads, gaps that are not zero, text that stays
 * text, and the numbers once more as table and CSV. */
#include <math.h>

#include "tests/unit/www_world.h"
#include "www/chart.h"

static void
steps(void)
{
	static const struct {
		enum www_chart_unit unit;
		double most, step;
	} cases[] = {
		{ WWW_UNIT_COUNT, 0, 1 },
		{ WWW_UNIT_COUNT, NAN, 1 },
		{ WWW_UNIT_COUNT, 1, 1 },
		{ WWW_UNIT_COUNT, 4, 1 },
		{ WWW_UNIT_COUNT, 5, 2 },
		{ WWW_UNIT_COUNT, 17, 5 },
		{ WWW_UNIT_COUNT, 21, 10 },
		{ WWW_UNIT_COUNT, 1e6, 5e5 },
		{ WWW_UNIT_PERCENT, 1, 0.5 },
		{ WWW_UNIT_PERCENT, 100, 50 },
		{ WWW_UNIT_SECONDS, 0, 3600 },
		{ WWW_UNIT_SECONDS, 30, 10 },
		{ WWW_UNIT_SECONDS, 3000, 900 },
		{ WWW_UNIT_SECONDS, 86400, 6 * 3600 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		double step = www_chart_step(cases[i].unit, cases[i].most);

		CHECK(fabs(step - cases[i].step) < 1e-9, "%zu: %g", i, step);
	}
	/* never more than four of them, whatever the number, and never so
	 * long that nothing is to be seen */
	for (double v = 1; v < 1e18; v *= 1.37) {
		for (unsigned unit = 0; unit <= WWW_UNIT_PERCENT; unit++) {
			double step =
			    www_chart_step((enum www_chart_unit)unit, v);

			CHECK(step > 0 && step * 5 >= v &&
				(step <= v * 3 || v < 4),
			    "%u %g: %g", unit, v, step);
		}
	}
}

static void
words(void)
{
	static const struct {
		enum www_chart_unit unit;
		double v;
		const char *text;
	} cases[] = {
		{ WWW_UNIT_COUNT, 0, "0" },
		{ WWW_UNIT_COUNT, NAN, "–" },
		{ WWW_UNIT_COUNT, 999, "999" },
		{ WWW_UNIT_COUNT, 1234567,
		    "1\xe2\x80\xaf"
		    "234\xe2\x80\xaf"
		    "567" },
		{ WWW_UNIT_COUNT, 1e300, "1e+300" },
		{ WWW_UNIT_SECONDS, 59, "59 s" },
		{ WWW_UNIT_SECONDS, 90, "1.5 min" },
		{ WWW_UNIT_SECONDS, 7200, "2 h" },
		{ WWW_UNIT_SECONDS, 86400 * 12.4, "12 d" },
		{ WWW_UNIT_PERCENT, 40, "40 %" },
		{ WWW_UNIT_PERCENT, 1.25, "1.2 %" },
	};
	char text[32];

	for (size_t i = 0; i < COUNT(cases); i++) {
		CHECK(strcmp(www_chart_number(text, cases[i].unit, cases[i].v),
			  cases[i].text) == 0,
		    "%zu: %s", i, text);
	}
}

static unsigned
times(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text++) {
		n++;
	}
	return n;
}

static struct www_chart_series series[2];
static struct www_chart chart = {
	.id = "x",
	.title = "title " EVIL,
	.desc = "desc " EVIL,
	.from = 1800000000,
	.step = 3600,
	.n = 5,
	.series = series,
	.n_series = 1,
};

static void
pictures(void)
{
	static const char *const labels[] = { EVIL, "=1+1", "c", "d", "e" };
	struct zone_config config = { .n_zones = 0 };
	struct www_request request = { .path = "/" };
	struct www_reply reply = { .status = 0 };
	struct www_turn t = {
		.config = &config, .request = &request, .reply = &reply
	};
	struct buf csv = { 0 };

	series[0] = (struct www_chart_series){ "name " EVIL, "f", false, 1,
		{ 1, NAN, 3, 4, NAN } };
	series[1] = (struct www_chart_series){ "other", "g", true, 2,
		{ 0, NAN, 0, 5, NAN } };
	www_chart(&t, &chart);
	CHECK(!t.html.buf.bad && strstr(t.html.buf.data, "<x-evil") == NULL,
	    "text stays text");
	CHECK(strstr(t.html.buf.data, "nan") == NULL &&
		strstr(t.html.buf.data, "inf") == NULL,
	    "no number that is none");
	CHECK(times(t.html.buf.data, "class=\"gap\"") == 2, "two gaps");
	CHECK(times(t.html.buf.data, "<td>–</td>") == 2, "in the table too");
	CHECK(strstr(t.html.buf.data, "<title id=\"x-t\">title ") != NULL &&
		strstr(t.html.buf.data, "<desc id=\"x-d\">desc ") != NULL &&
		strstr(t.html.buf.data, "aria-labelledby=\"x-t x-d\"") != NULL,
	    "for readers");
	CHECK(strstr(t.html.buf.data, " style=") == NULL &&
		strstr(t.html.buf.data, "<script") == NULL,
	    "within the policy of the site");
	/* a point between two gaps is a dot */
	CHECK(strstr(t.html.buf.data, "h0.1") != NULL, "a dot");
	CHECK(
	    times(t.html.buf.data, "<svg") == times(t.html.buf.data, "</svg>"),
	    "tags are closed");

	buf_clear(&t.html.buf);
	chart.n_series = 2;
	chart.kind = WWW_CHART_STACK;
	www_chart(&t, &chart);
	CHECK(times(t.html.buf.data, "class=\"gap\"") == 2 &&
		times(t.html.buf.data, "<li>") == 3,
	    "a legend of two, and of what is not known");
	buf_clear(&t.html.buf);
	for (unsigned i = 0; i < 5; i++) {
		series[0].value[i] = series[1].value[i] = 0;
	}
	www_chart(&t, &chart);
	CHECK(strstr(t.html.buf.data, "class=\"gap\"") == NULL &&
		strstr(t.html.buf.data, "<td>0</td>") != NULL,
	    "zero is drawn as zero");
	buf_clear(&t.html.buf);
	for (unsigned i = 0; i < 5; i++) {
		series[0].value[i] = series[1].value[i] = NAN;
	}
	www_chart(&t, &chart);
	CHECK(strstr(t.html.buf.data, "class=\"nodata\"") != NULL &&
		strstr(t.html.buf.data, "<table") == NULL,
	    "nothing is told to be nothing");

	/* as a file */
	series[0].value[0] = 2;
	series[0].value[1] = 2.5;
	www_chart_csv(&chart, &csv);
	CHECK(strcmp(csv.data,
		  "from,f,g\r\n2027-01-15T08:00:00Z,2,\r\n"
		  "2027-01-15T09:00:00Z,2.50,\r\n2027-01-15T10:00:00Z,,\r\n"
		  "2027-01-15T11:00:00Z,,\r\n2027-01-15T12:00:00Z,,\r\n") == 0,
	    "%s", csv.data);
	buf_clear(&csv);
	chart.label = (const char **)labels;
	chart.n = 2;
	www_chart_csv(&chart, &csv);
	CHECK(strcmp(csv.data,
		  "name,f,g\r\n\"\"\"'><x-evil on=1></title></textarea></pre>"
		  "&lt;\",2,\r\n\"'=1+1\",2.50,\r\n") == 0,
	    "%s", csv.data);
	buf_clear(&t.html.buf);
	www_chart_rows(&t, &chart);
	CHECK(strstr(t.html.buf.data, "<x-evil") == NULL &&
		strstr(t.html.buf.data, "44.4 %") != NULL,
	    "rows");
	buf_clear(&t.html.buf);
	chart.n = 0;
	www_chart_rows(&t, &chart);
	CHECK(strstr(t.html.buf.data, "class=\"nodata\"") != NULL, "none");
	buf_free(&csv);
	www_html_free(&t.html);
	arena_free(&t.arena);
}

int
main(void)
{
	steps();
	words();
	pictures();
	return failures > 0;
}
