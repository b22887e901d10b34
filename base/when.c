/* when.c - times, durations and sizes as people write them. */
#include "base/when.h"

#include <stdio.h>
#include <time.h>

int64_t
when_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec;
}

int64_t
when_boot(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t
days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* WIDTH digits at S + AT. */
static bool
field(struct span s, size_t at, size_t width, int64_t *ret)
{
	int64_t n = 0;

	if (s.len < at + width) {
		return false;
	}
	for (size_t i = at; i < at + width; i++) {
		if (s.at[i] < '0' || s.at[i] > '9') {
			return false;
		}
		n = n * 10 + (s.at[i] - '0');
	}
	*ret = n;
	return true;
}

int
when_parse(struct span s, int64_t *ret_t)
{
	static const int month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int64_t y, m, d, hh = 0, mm = 0, ss = 0;
	bool leap;

	if (!field(s, 0, 4, &y) || !field(s, 5, 2, &m) || !field(s, 8, 2, &d) ||
	    s.at[4] != '-' || s.at[7] != '-' || m < 1 || m > 12 || d < 1) {
		return ERR_FORMAT;
	}
	leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d > month[m - 1] + (m == 2 && leap ? 1 : 0)) {
		return ERR_FORMAT;
	}
	if (s.len != 10 &&
	    (s.len != 20 || (s.at[10] != 'T' && s.at[10] != 't') ||
		!field(s, 11, 2, &hh) || s.at[13] != ':' ||
		!field(s, 14, 2, &mm) || s.at[16] != ':' ||
		!field(s, 17, 2, &ss) || (s.at[19] != 'Z' && s.at[19] != 'z') ||
		hh > 23 || mm > 59 || ss > 59)) {
		return ERR_FORMAT;
	}
	*ret_t = days(y, m, d) * 86400 + hh * 3600 + mm * 60 + ss;
	return 0;
}

char *
when_format(char *out, int64_t t)
{
	struct tm tm;
	time_t tt = (time_t)t;

	if (gmtime_r(&tt, &tm) == NULL || tm.tm_year < -1900 ||
	    tm.tm_year > 8099) {
		snprintf(out, WHEN_TEXT, "@%lld", (long long)t);
	} else {
		snprintf(out, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		    (tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100,
		    tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
		    tm.tm_sec % 100);
	}
	return out;
}

static const struct {
	char unit;
	int64_t seconds;
} units[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 },
	{ 's', 1 } };

#define CENTURY (100 * 366 * INT64_C(86400))

int
when_parse_duration(struct span s, int64_t *ret_seconds)
{
	unsigned long n;

	if (s.len < 2) {
		return ERR_FORMAT;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (s.at[s.len - 1] != units[i].unit) {
			continue;
		}
		for (size_t k = 0; k + 1 < s.len; k++) {
			if (s.at[k] < '0' || s.at[k] > '9') {
				return ERR_FORMAT;
			}
		}
		if (!text_number(span(s.at, s.len - 1),
			(unsigned long)(CENTURY / units[i].seconds), &n)) {
			return s.at[0] == '0' ? ERR_FORMAT : ERR_RANGE;
		}
		*ret_seconds = (int64_t)n * units[i].seconds;
		return 0;
	}
	return ERR_FORMAT;
}

char *
when_format_duration(char *out, int64_t seconds)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds != 0 && seconds % units[i].seconds == 0) {
			snprintf(out, WHEN_TEXT, "%lld%c",
			    (long long)(seconds / units[i].seconds),
			    units[i].unit);
			return out;
		}
	}
	snprintf(out, WHEN_TEXT, "%llds", (long long)seconds);
	return out;
}

int
when_parse_size(struct span s, uint64_t *ret_bytes)
{
	static const char units_[] = "KMGT";
	unsigned long n, max = 1ul << 50;
	const char *u;
	unsigned shift = 0;

	if (s.len > 0 && (u = strchr(units_, s.at[s.len - 1])) != NULL &&
	    *u != '\0') {
		shift = 10 * (unsigned)(u - units_ + 1);
		s.len--;
	}
	if (s.len == 0 || s.at[0] < '0' || s.at[0] > '9' ||
	    (s.len > 1 && s.at[0] == '0')) {
		return ERR_FORMAT;
	}
	for (size_t k = 0; k < s.len; k++) {
		if (s.at[k] < '0' || s.at[k] > '9') {
			return ERR_FORMAT;
		}
	}
	if (!text_number(s, max >> shift, &n)) {
		return ERR_RANGE;
	}
	*ret_bytes = (uint64_t)n << shift;
	return 0;
}
