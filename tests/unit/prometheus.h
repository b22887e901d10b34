/* prometheus.h - a strict reader of Prometheus' text format 0.0.4, for tests.
 *
 * Stricter than the format where its makers' linter is: each family has HELP
 * and TYPE once, in this order, its samples follow at once and nowhere else,
 * counters end in _total and are whole, names are in lower case, no series
 * stands there twice.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

#define PROM_FAMILIES 256
#define PROM_SERIES 65536

struct prom {
	const char *name; /* of the family in hand */
	size_t len;
	bool helped, typed, counter;
	struct {
		const char *name;
		size_t len;
	} families[PROM_FAMILIES];
	size_t n_families;
	const char **series; /* each up to its value */
	size_t n_series;
	unsigned wrong;
};

static inline void
prom_wrong(struct prom *p, const char *line, const char *what)
{
	CHECK(false, "%s: \"%.*s\"", what, (int)strcspn(line, "\n"), line);
	p->wrong++;
}

/* Length of the name at S; 0: it is none. */
static inline size_t
prom_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return s[0] >= '0' && s[0] <= '9' ? 0 : n;
}

static inline bool
prom_is_family(const struct prom *p, const char *s, size_t n)
{
	return p->name != NULL && p->len == n && memcmp(p->name, s, n) == 0;
}

static inline void
prom_help(struct prom *p, const char *line)
{
	const char *name = line + 7;
	size_t n = prom_name(name);

	if (n == 0 || name[n] != ' ' || name[n + 1] == '\n') {
		prom_wrong(p, line, "HELP: no name, or no text");
		return;
	}
	for (const char *s = name + n; *s != '\n'; s++) {
		if (*s == '\\' && s[1] != '\\' && s[1] != 'n') {
			prom_wrong(p, line, "HELP: escape");
		}
	}
	for (size_t i = 0; i < p->n_families; i++) {
		if (p->families[i].len == n &&
		    memcmp(p->families[i].name, name, n) == 0) {
			prom_wrong(p, line, "family in two places");
		}
	}
	if (p->n_families == PROM_FAMILIES) {
		prom_wrong(p, line, "too many families");
		return;
	}
	p->families[p->n_families].name = name;
	p->families[p->n_families++].len = n;
	p->name = name;
	p->len = n;
	p->helped = true;
	p->typed = false;
}

static inline void
prom_type(struct prom *p, const char *line)
{
	const char *name = line + 7;
	size_t n = prom_name(name);

	if (!prom_is_family(p, name, n) || !p->helped || p->typed) {
		prom_wrong(p, line, "TYPE without its HELP before it");
		return;
	}
	p->typed = true;
	p->counter = strncmp(name + n, " counter\n", 9) == 0;
	if (!p->counter && strncmp(name + n, " gauge\n", 7) != 0) {
		prom_wrong(p, line, "TYPE is neither counter nor gauge");
	}
	if (p->counter != (n > 6 && memcmp(name + n - 6, "_total", 6) == 0)) {
		prom_wrong(p, line, "_total is for counters");
	}
}

/* Step over {name="value",...}; NULL: it is wrong. */
static inline const char *
prom_labels(const char *s)
{
	for (s++; *s != '}';) {
		size_t n = prom_name(s);

		if (n == 0 || s[n] != '=' || s[n + 1] != '"') {
			return NULL;
		}
		for (s += n + 2; *s != '"'; s++) {
			if ((unsigned char)*s < ' ') {
				return NULL;
			}
			if (*s == '\\' && strchr("\\\"n", *++s) == NULL) {
				return NULL;
			}
		}
		s++;
		if (*s == ',' && s[1] != '}') {
			s++;
		} else if (*s != '}') {
			return NULL;
		}
	}
	return s + 1;
}

static inline void
prom_sample(struct prom *p, const char *line)
{
	size_t n = prom_name(line);
	const char *s = line + n, *value;
	char *end = NULL;

	if (n == 0 || !prom_is_family(p, line, n) || !p->typed) {
		prom_wrong(p, line, "sample outside its family");
		return;
	}
	if (*s == '{' && (s = prom_labels(s)) == NULL) {
		prom_wrong(p, line, "labels");
		return;
	}
	value = s + 1;
	if (*s != ' ' || strspn(value, "-.0123456789e+") == 0 ||
	    (strtod(value, &end), *end != '\n')) {
		prom_wrong(p, line, "value");
		return;
	}
	if (p->counter && strspn(value, "0123456789") != strcspn(value, "\n")) {
		prom_wrong(p, line, "a counter that is not whole");
	}
	if (p->n_series == PROM_SERIES) {
		prom_wrong(p, line, "too many series");
		return;
	}
	p->series[p->n_series++] = line;
}

static inline int
prom_by_text(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t i = strcspn(x, "\n"), k = strcspn(y, "\n");
	int c = memcmp(x, y, i < k ? i : k);

	return c != 0 ? c : i < k ? -1 : i > k;
}

/* Of equal series at least two neighbours share all but the value. */
static inline void
prom_twice(struct prom *p)
{
	qsort(p->series, p->n_series, sizeof(*p->series), prom_by_text);
	for (size_t i = 1; i < p->n_series; i++) {
		const char *a = p->series[i - 1], *b = p->series[i];
		size_t n = strcspn(a, "\n");

		while (n > 0 && a[n - 1] != ' ') {
			n--;
		}
		if (strncmp(a, b, n) == 0) {
			prom_wrong(p, b, "series in two places");
		}
	}
}

/* Number of families in TEXT; whatever is wrong with it is a failed check. */
static inline size_t
prom_check(const char *text)
{
	struct prom p = { .name = NULL };
	const char *line = text;

	p.series = calloc(PROM_SERIES, sizeof(*p.series));
	if (p.series == NULL) {
		abort();
	}
	while (*line != '\0') {
		const char *end = strchr(line, '\n');

		if (end == NULL) {
			prom_wrong(&p, line, "no newline at the end");
			break;
		}
		if (strncmp(line, "# HELP ", 7) == 0) {
			prom_help(&p, line);
		} else if (strncmp(line, "# TYPE ", 7) == 0) {
			prom_type(&p, line);
		} else {
			prom_sample(&p, line);
		}
		line = end + 1;
	}
	prom_twice(&p);
	free(p.series);
	return p.n_families;
}

/* Value of the series that begins its line, up to the value, as SERIES does;
 * -1: there is none. */
static inline double
prom_value(const char *text, const char *series)
{
	size_t n = strlen(series);

	for (const char *line = text; line != NULL && *line != '\0';) {
		if (strncmp(line, series, n) == 0 && line[n] == ' ') {
			return strtod(line + n, NULL);
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return -1;
}
