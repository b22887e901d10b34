/* chart.c - lines and bars as SVG, the table beside them, CSV. */
#include "www/chart.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/when.h"
#include "www/lang.h"

#define HIGH 200  /* of the plot, in pixels */
#define TOP 8     /* room above it */
#define LEFT 52   /* room beside it, for the numbers */
#define WIDE 1000 /* of the plot, in its own units: it is stretched */
#define BELOW 24  /* room for what stands below */
#define TICKS 4
#define LABELS 6

/* ---- numbers ------------------------------------------------------------- */

double
www_chart_step(enum www_chart_unit unit, double most)
{
	static const double times[] = { 1, 10, 60, 300, 900, 1800, 3600, 7200,
		3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 5 * 86400,
		10 * 86400, 30 * 86400, 90 * 86400 };
	double step = 1;

	if (!(most > 0)) {
		return unit == WWW_UNIT_SECONDS ? 3600 : 1;
	}
	if (unit == WWW_UNIT_SECONDS) {
		for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			if (most <= times[i] * TICKS) {
				return times[i];
			}
		}
		return ceil(most / TICKS / 86400 / 100) * 100 * 86400;
	}
	step = pow(10, floor(log10(most / TICKS)));
	if (unit == WWW_UNIT_COUNT && step < 1) {
		step = 1;
	}
	for (unsigned i = 0; step * TICKS < most && i < 4; i++) {
		step *= i % 3 == 1 ? 2.5 : 2; /* 1 2 5 10 20 */
	}
	return step;
}

/* With a thin space between thousands: the same in both languages. */
static char *
grouped(char out[32], unsigned long long n)
{
	char plain[24], *at = out;
	int len = snprintf(plain, sizeof(plain), "%llu", n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0) {
			memcpy(at, "\xe2\x80\xaf", 3);
			at += 3;
		}
		*at++ = plain[i];
	}
	*at = '\0';
	return out;
}

char *
www_chart_number(char out[32], enum www_chart_unit unit, double v)
{
	static const struct {
		double size;
		const char *name;
	} lengths[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" } };

	if (isnan(v)) {
		memcpy(out, "–", sizeof("–"));
	} else if (unit == WWW_UNIT_PERCENT) {
		snprintf(out, 32, v == floor(v) ? "%.0f %%" : "%.1f %%", v);
	} else if (unit == WWW_UNIT_SECONDS) {
		for (unsigned i = 0; i < 3; i++) {
			if (v >= lengths[i].size) {
				double n = v / lengths[i].size;

				snprintf(out, 32,
				    n < 10 && n != floor(n) ? "%.1f %s"
							    : "%.0f %s",
				    n, lengths[i].name);
				return out;
			}
		}
		snprintf(out, 32, "%.0f s", v);
	} else if (v < 1e15) {
		grouped(out, (unsigned long long)v);
	} else {
		snprintf(out, 32, "%.3g", v);
	}
	return out;
}

/* Short, for an axis. */
static char *
short_number(char out[32], enum www_chart_unit unit, double v)
{
	static const struct {
		double size;
		const char *name;
	} sizes[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e4, "k" } };

	for (unsigned i = 0; unit == WWW_UNIT_COUNT && i < 3; i++) {
		if (v >= sizes[i].size) {
			double n = v / (i == 2 ? 1e3 : sizes[i].size);

			snprintf(out, 32, n != floor(n) ? "%.1f %s" : "%.0f %s",
			    n, sizes[i].name);
			return out;
		}
	}
	return www_chart_number(out, unit, v);
}

/* "14:30" or "21 Nov" or "2026-11": as short as the step allows. */
static char *
short_time(char out[WHEN_TEXT], int64_t t, int64_t step)
{
	char text[WHEN_TEXT];

	when_format(text, t);
	if (strlen(text) < 16) {
		out[0] = '\0';
	} else if (step < 3600) {
		snprintf(out, WHEN_TEXT, "%.5s", text + 11);
	} else if (step >= 14 * 86400) {
		snprintf(out, WHEN_TEXT, "%.7s", text);
	} else { /* no month's name has to be translated */
		snprintf(out, WHEN_TEXT, "%.2s.%.2s.", text + 8, text + 5);
	}
	return out;
}

static char *
long_time(char out[WHEN_TEXT], int64_t t, int64_t step)
{
	char text[WHEN_TEXT];

	when_format(text, t);
	if (step >= 86400) {
		snprintf(out, WHEN_TEXT, "%.10s", text);
	} else {
		snprintf(out, WHEN_TEXT, "%.10s %.5s", text,
		    strlen(text) > 16 ? text + 11 : "");
	}
	return out;
}

/* ---- the picture --------------------------------------------------------- */

struct scale {
	double step, above, below; /* value at the top, and at the bottom */
	double pixel;              /* of one unit */
};

static void
sums(const struct www_chart *c, unsigned i, double *up, double *down)
{
	*up = *down = 0;
	for (unsigned s = 0; s < c->n_series; s++) {
		double v = c->series[s].value[i];

		if (isnan(v)) {
			continue;
		}
		if (c->kind == WWW_CHART_LINE) {
			*up = fmax(*up, v);
		} else if (c->series[s].down) {
			*down += v;
		} else {
			*up += v;
		}
	}
}

static struct scale
scale_of(const struct www_chart *c)
{
	double most = 0, least = 0, up, down;
	struct scale s;

	for (unsigned i = 0; i < c->n; i++) {
		sums(c, i, &up, &down);
		most = fmax(most, up);
		least = fmax(least, down);
	}
	s.step = www_chart_step(c->unit, fmax(most, least));
	s.above = fmax(ceil(most / s.step), 1) * s.step;
	s.below = ceil(least / s.step) * s.step;
	s.pixel = HIGH / (s.above + s.below);
	return s;
}

static double
y_of(const struct scale *s, double v)
{
	return (s->above - v) * s->pixel;
}

/* A number of ours into an attribute: letters and digits, no text. */
static void put(struct www_turn *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void
put(struct www_turn *t, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	HTML(&t->html, "%s", text);
}

/* Calls for each value that has a line; a rounding away from zero is zero. */
#define EACH_TICK(s, v)                             \
	for (double tick_ = -(s)->below, v = tick_; \
	     tick_ <= (s)->above + (s)->step / 2;   \
	     tick_ += (s)->step, v = fabs(tick_) < (s)->step / 2 ? 0 : tick_)

static void
grid(struct www_turn *t, const struct scale *s)
{
	EACH_TICK(s, v)
	{
		double y = y_of(s, v) + TOP;

		HTML(&t->html, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"",
		    v == 0 ? "zero" : "grid");
		put(t, "%.1f", y);
		HTML(&t->html, "\" y2=\"");
		put(t, "%.1f", y);
		HTML(&t->html, "\"/>");
	}
}

static void
beside(struct www_turn *t, const struct www_chart *c, const struct scale *s)
{
	char text[32];

	HTML(&t->html, "<g class=\"axis\" text-anchor=\"end\">");
	EACH_TICK(s, v)
	{
		HTML(&t->html, "<text x=\"%u\" y=\"", LEFT - 8);
		put(t, "%.1f", y_of(s, v) + TOP + 4);
		HTML(&t->html, "\">%s</text>",
		    v == 0 ? "0" : short_number(text, c->unit, fabs(v)));
	}
	HTML(&t->html, "</g>");
}

static void
below(struct www_turn *t, const struct www_chart *c)
{
	unsigned every = c->label != NULL ? 1 : (c->n + LABELS - 1) / LABELS;
	unsigned count = 0;
	char text[WHEN_TEXT];

	every = every == 0 ? 1 : every;
	HTML(&t->html, "<g class=\"axis\">");
	for (unsigned i = 0; i < c->n; i += every, count++) {
		/* each bar has its middle, a line begins at the edge */
		double at = c->kind == WWW_CHART_LINE
		    ? 100.0 * i / (c->n > 1 ? c->n - 1 : 1)
		    : 100.0 * (i + 0.5) / c->n;
		const char *anchor = at < 4 ? "start"
		    : at > 96               ? "end"
					    : "middle";

		HTML(&t->html, "<text class=\"%s\" text-anchor=\"%s\" x=\"",
		    count % 2 == 1 && c->label == NULL ? "second" : "first",
		    anchor);
		put(t, "%.2f%%", at);
		HTML(&t->html, "\" y=\"%u\">%s</text>", TOP + HIGH + 17,
		    c->label != NULL
			? c->label[i]
			: short_time(
			      text, c->from + (int64_t)i * c->step, c->step));
	}
	HTML(&t->html, "</g>");
}

static double
x_of(const struct www_chart *c, unsigned i)
{
	return c->n > 1 ? (double)WIDE * i / (c->n - 1) : WIDE / 2.0;
}

/* The line of one series, in as many pieces as there are gaps. */
static void
line(struct www_turn *t, const struct www_chart *c, const struct scale *s,
    const struct www_chart_series *series, bool area)
{
	bool open = false;
	unsigned from = 0;

	HTML(&t->html, "<path class=\"%s k%u\" d=\"", area ? "area" : "line",
	    series->colour);
	for (unsigned i = 0; i <= c->n; i++) {
		bool known = i < c->n && !isnan(series->value[i]);

		if (known) {
			put(t, "%s%.1f,%.1f", open ? " " : " M", x_of(c, i),
			    y_of(s, series->value[i]));
			from = open ? from : i;
			open = true;
			if (!area &&
			    (i + 1 == c->n || isnan(series->value[i + 1])) &&
			    from == i) {
				put(t, " h0.1"); /* a dot */
			}
		} else if (open) {
			if (area) {
				put(t, " V%.1f H%.1f Z", y_of(s, 0),
				    x_of(c, from));
			}
			open = false;
		}
	}
	HTML(&t->html, "\"/>");
}

/* One path for all bars of a series. */
static void
bars(struct www_turn *t, const struct www_chart *c, const struct scale *s)
{
	static const double gap = 0.22;
	double up[WWW_CHART_POINTS] = { 0 }, down[WWW_CHART_POINTS] = { 0 };
	double width = (double)WIDE / c->n;

	for (unsigned k = 0; k < c->n_series; k++) {
		const struct www_chart_series *series = &c->series[k];

		HTML(&t->html, "<path class=\"bar k%u\" d=\"", series->colour);
		for (unsigned i = 0; i < c->n; i++) {
			double v = series->value[i], *sum, a, b;

			if (isnan(v) || v <= 0) {
				continue;
			}
			sum = series->down ? &down[i] : &up[i];
			a = series->down ? -*sum : *sum;
			*sum += v;
			b = series->down ? -*sum : *sum;
			put(t, "M%.1f,%.1fH%.1fV%.1fH%.1fZ",
			    width * (i + gap / 2), y_of(s, a),
			    width * (i + 1 - gap / 2), y_of(s, b),
			    width * (i + gap / 2));
		}
		HTML(&t->html, "\"/>");
	}
}

/* Where nothing is known of any series. */
static void
gaps(struct www_turn *t, const struct www_chart *c)
{
	double width = (double)WIDE / (c->n > 0 ? c->n : 1);
	unsigned from = 0;
	bool open = false;

	for (unsigned i = 0; i <= c->n; i++) {
		bool known = i == c->n;

		for (unsigned k = 0; k < c->n_series && i < c->n; k++) {
			known = known || !isnan(c->series[k].value[i]);
		}
		if (!known && !open) {
			from = i;
			open = true;
		} else if (known && open) {
			HTML(&t->html, "<rect class=\"gap\" x=\"");
			put(t, "%.1f", width * from);
			HTML(&t->html, "\" y=\"0\" width=\"");
			put(t, "%.1f", width * (i - from));
			HTML(&t->html, "\" height=\"%u\"/>", HIGH);
			open = false;
		}
	}
}

static void
picture(struct www_turn *t, const struct www_chart *c)
{
	struct scale s = scale_of(c);

	HTML(&t->html,
	    "<div class=\"chart\"><svg class=\"beside\" width=\"%u\" "
	    "height=\"%u\" aria-hidden=\"true\">",
	    LEFT, TOP + HIGH + BELOW);
	beside(t, c, &s);
	HTML(&t->html,
	    "</svg><svg class=\"field\" role=\"img\" width=\"100%%\" "
	    "height=\"%u\" aria-labelledby=\"%s-t %s-d\"><title "
	    "id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>",
	    TOP + HIGH + BELOW, c->id, c->id, c->id, c->title, c->id, c->desc);
	HTML(&t->html,
	    "<svg x=\"0\" y=\"%u\" width=\"100%%\" "
	    "height=\"%u\" viewBox=\"0 0 %u %u\" "
	    "preserveAspectRatio=\"none\">",
	    TOP, HIGH, WIDE, HIGH);
	gaps(t, c);
	HTML(&t->html, "</svg>");
	grid(t, &s);
	HTML(&t->html,
	    "<svg class=\"plot\" x=\"0\" y=\"%u\" width=\"100%%\" "
	    "height=\"%u\" viewBox=\"0 0 %u %u\" "
	    "preserveAspectRatio=\"none\">",
	    TOP, HIGH, WIDE, HIGH);
	if (c->kind == WWW_CHART_STACK) {
		bars(t, c, &s);
	} else {
		for (unsigned k = 0; k < c->n_series; k++) {
			if (c->n_series == 1) {
				line(t, c, &s, &c->series[k], true);
			}
			line(t, c, &s, &c->series[k], false);
		}
	}
	HTML(&t->html, "</svg>");
	below(t, c);
	HTML(&t->html, "</svg></div>\n");
}

/* ---- words beside it ----------------------------------------------------- */

static void
legend(struct www_turn *t, const struct www_chart *c)
{
	bool gap = false;

	for (unsigned i = 0; i < c->n; i++) {
		for (unsigned k = 0; k < c->n_series; k++) {
			gap = gap || isnan(c->series[k].value[i]);
		}
	}
	if (c->n_series < 2 && !gap) {
		return;
	}
	HTML(&t->html, "<ul class=\"legend\">");
	for (unsigned k = 0; k < c->n_series && c->n_series > 1; k++) {
		HTML(&t->html,
		    "<li><svg width=\"14\" height=\"14\" aria-hidden=\"true\">"
		    "<rect class=\"bar k%u\" x=\"1\" y=\"2\" width=\"12\" "
		    "height=\"10\"/></svg>%s</li>",
		    c->series[k].colour, c->series[k].name);
	}
	if (gap) {
		HTML(&t->html,
		    "<li><svg width=\"14\" height=\"14\" aria-hidden=\"true\">"
		    "<rect class=\"gap edge\" x=\"1\" y=\"2\" width=\"12\" "
		    "height=\"10\"/></svg>%s</li>",
		    T("not known"));
	}
	HTML(&t->html, "</ul>\n");
}

static void
table(struct www_turn *t, const struct www_chart *c)
{
	char text[32], when[WHEN_TEXT];

	HTML(&t->html,
	    "<details><summary>%s</summary><div class=\"scroll\"><table "
	    "class=\"numbers\"><thead><tr><th scope=\"col\">%s</th>",
	    T("The numbers"), c->label != NULL ? T("Which") : T("From (UTC)"));
	for (unsigned k = 0; k < c->n_series; k++) {
		HTML(&t->html, "<th scope=\"col\">%s</th>", c->series[k].name);
	}
	HTML(&t->html, "</tr></thead><tbody>\n");
	for (unsigned i = 0; i < c->n; i++) {
		HTML(&t->html, "<tr><th scope=\"row\">%s</th>",
		    c->label != NULL
			? c->label[i]
			: long_time(
			      when, c->from + (int64_t)i * c->step, c->step));
		for (unsigned k = 0; k < c->n_series; k++) {
			HTML(&t->html, "<td>%s</td>",
			    www_chart_number(
				text, c->unit, c->series[k].value[i]));
		}
		HTML(&t->html, "</tr>\n");
	}
	HTML(&t->html, "</tbody></table></div></details>\n");
	if (c->csv != NULL) {
		HTML(&t->html,
		    "<a class=\"csv\" href=\"%s\">CSV<span class=\"unseen\">: "
		    "%s</span></a>",
		    c->csv, c->title);
	}
}

static void
begin(struct www_turn *t, const struct www_chart *c)
{
	HTML(&t->html,
	    "<figure class=\"card figure\" id=\"%s\"><figcaption><h2>%s</h2>"
	    "<p class=\"mut\">%s</p></figcaption>\n",
	    c->id, c->title, c->desc);
}

static void
nothing(struct www_turn *t)
{
	HTML(&t->html, "<p class=\"nodata\">%s</p></figure>\n",
	    T("No numbers yet."));
}

void
www_chart(struct www_turn *t, const struct www_chart *c)
{
	bool known = false;

	begin(t, c);
	for (unsigned i = 0; i < c->n; i++) {
		for (unsigned k = 0; k < c->n_series; k++) {
			known = known || !isnan(c->series[k].value[i]);
		}
	}
	if (!known) {
		nothing(t);
		return;
	}
	legend(t, c);
	picture(t, c);
	HTML(&t->html, "<div class=\"more\">");
	table(t, c);
	HTML(&t->html, "</div></figure>\n");
}

void
www_chart_rows(struct www_turn *t, const struct www_chart *c)
{
	double most = 0, all = 0;
	char text[32];

	begin(t, c);
	for (unsigned i = 0; i < c->n; i++) {
		most = fmax(most, c->series[0].value[i]);
		all += c->series[0].value[i];
	}
	if (c->n == 0) {
		nothing(t);
		return;
	}
	HTML(&t->html,
	    "<table class=\"rows\"><thead class=\"unseen\"><tr><th "
	    "scope=\"col\">%s</th><th scope=\"col\">%s</th><th "
	    "scope=\"col\">%s</th></tr></thead><tbody>\n",
	    T("Which"), c->series[0].name, T("Share"));
	for (unsigned i = 0; i < c->n; i++) {
		double v = c->series[0].value[i];

		HTML(&t->html,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td><td "
		    "class=\"b\"><svg width=\"100%%\" height=\"16\" "
		    "aria-hidden=\"true\"><rect class=\"track\" "
		    "width=\"100%%\" "
		    "height=\"16\" rx=\"3\"/><rect class=\"bar k1\" width=\"",
		    c->label[i], www_chart_number(text, c->unit, v));
		put(t, "%.2f%%", most > 0 ? v / most * 100 : 0);
		HTML(&t->html, "\" height=\"16\" rx=\"3\"/></svg></td>");
		HTML(&t->html, "<td class=\"n mut\">");
		put(t, "%.1f %%", all > 0 ? v / all * 100 : 0);
		HTML(&t->html, "</td></tr>\n");
	}
	HTML(&t->html, "</tbody></table>\n");
	if (c->csv != NULL) {
		HTML(&t->html,
		    "<div class=\"more\"><a class=\"csv\" href=\"%s\">CSV<span "
		    "class=\"unseen\">: %s</span></a></div>",
		    c->csv, c->title);
	}
	HTML(&t->html, "</figure>\n");
}

/* ---- CSV ----------------------------------------------------------------- */

static void
csv_text(struct buf *b, const char *s)
{
	/* what a spreadsheet would take for a formula is told to be text */
	buf_str(
	    b, strchr("=+-@\t\r", s[0]) != NULL && s[0] != '\0' ? "\"'" : "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"') {
			buf_str(b, "\"");
		}
		buf_add(b, (uint8_t)*s < 0x20 ? " " : s, 1);
	}
	buf_str(b, "\"");
}

void
www_chart_csv(const struct www_chart *c, struct buf *b)
{
	char when[WHEN_TEXT];

	buf_str(b, c->label != NULL ? "name" : "from");
	for (unsigned k = 0; k < c->n_series; k++) {
		buf_fmt(b, ",%s", c->series[k].field);
	}
	buf_str(b, "\r\n");
	for (unsigned i = 0; i < c->n; i++) {
		if (c->label != NULL) {
			csv_text(b, c->label[i]);
		} else {
			buf_str(b,
			    when_format(when, c->from + (int64_t)i * c->step));
		}
		for (unsigned k = 0; k < c->n_series; k++) {
			double v = c->series[k].value[i];

			buf_str(b, ",");
			if (!isnan(v)) {
				buf_fmt(b, v == floor(v) ? "%.0f" : "%.2f", v);
			}
		}
		buf_str(b, "\r\n");
	}
}
