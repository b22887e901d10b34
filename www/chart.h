/* chart.h - numbers as a picture, a table and a file.
 *
 * Pictures are SVG within the page, drawn here: no script, no style of its
 * own, colours from style.css, so that they follow light and dark. The plot
 * is stretched to the width that there is while lines and letters keep their
 * size. A number that is not known (NAN) is a gap, never zero. Whoever does
 * not see reads the description and the table.
 */
#pragma once

#include "www/page.h"

#define WWW_CHART_LINES 6 /* series in one chart */
#define WWW_CHART_POINTS 120

enum www_chart_kind {
	WWW_CHART_LINE,
	WWW_CHART_STACK, /* bars upon each other, "down" ones below zero */
};

enum www_chart_unit {
	WWW_UNIT_COUNT,
	WWW_UNIT_SECONDS,
	WWW_UNIT_PERCENT,
};

struct www_chart_series {
	const char *name;               /* translated */
	const char *field;              /* of CSV and JSON: "listed" */
	bool down;                      /* WWW_CHART_STACK: below zero */
	unsigned colour;                /* 1 to 6, classes of style.css */
	double value[WWW_CHART_POINTS]; /* not negative; NAN: not known */
};

struct www_chart {
	const char *id;           /* for links and labels: "queries" */
	const char *title, *desc; /* translated */
	const char *csv;          /* address of the numbers; NULL: no link */
	enum www_chart_kind kind;
	enum www_chart_unit unit;
	/* what stands below: times, or words */
	int64_t from, step; /* of the first point, and to the next: seconds */
	const char **label; /* not NULL: a word for each point */
	unsigned n;         /* points, 0: nothing to show */
	struct www_chart_series *series;
	unsigned n_series;
};

/* <figure> with heading, picture, legend, table and link. */
void www_chart(struct www_turn *turn, const struct www_chart *chart);
/* Bars that lie, one below the other, of the first series and LABEL. */
void www_chart_rows(struct www_turn *turn, const struct www_chart *chart);

/* The same numbers as CSV, the first line has the names of the fields; an
 * unknown number is empty. */
void www_chart_csv(const struct www_chart *chart, struct buf *b);

/* The step of the axis for values up to MOST: 1, 2 or 5 times a power of ten,
 * or a usual length of time; at most 5 of them reach MOST. Never below 1 for
 * what is counted. */
double www_chart_step(enum www_chart_unit unit, double most);
/* "1,234", "12.3 k", "2 h", "40 %"; NAN: "-". OUT has 32 bytes. */
char *www_chart_number(char out[32], enum www_chart_unit unit, double value);
