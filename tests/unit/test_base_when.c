#include <string.h>

#include "base/when.h"
#include "check.h"

static const struct {
	const char *text;
	int r;
	int64_t t;
} times[] = {
	{ "1970-01-01T00:00:00Z", 0, 0 },
	{ "1970-01-01", 0, 0 },
	{ "2026-11-21T09:30:00Z", 0, 1795253400 },
	{ "2026-11-21t09:30:00z", 0, 1795253400 },
	{ "2000-02-29", 0, 951782400 },
	{ "2038-01-19T03:14:08Z", 0, 2147483648 },
	{ "9999-12-31T23:59:59Z", 0, 253402300799 },
	{ "1969-12-31T23:59:59Z", 0, -1 },
	{ "0001-01-01", 0, -62135596800 },
	{ "", ERR_FORMAT, 0 },
	{ "2026", ERR_FORMAT, 0 },
	{ "2026-11", ERR_FORMAT, 0 },
	{ "2026-11-2", ERR_FORMAT, 0 },
	{ "2026-1-21", ERR_FORMAT, 0 },
	{ "2026/11/21", ERR_FORMAT, 0 },
	{ "2026-13-01", ERR_FORMAT, 0 },
	{ "2026-00-01", ERR_FORMAT, 0 },
	{ "2026-11-00", ERR_FORMAT, 0 },
	{ "2026-11-31", ERR_FORMAT, 0 },
	{ "2026-02-29", ERR_FORMAT, 0 },
	{ "1900-02-29", ERR_FORMAT, 0 },
	{ "2026-11-21T09:30:00", ERR_FORMAT, 0 },
	{ "2026-11-21T09:30Z", ERR_FORMAT, 0 },
	{ "2026-11-21 09:30:00Z", ERR_FORMAT, 0 },
	{ "2026-11-21T24:00:00Z", ERR_FORMAT, 0 },
	{ "2026-11-21T09:60:00Z", ERR_FORMAT, 0 },
	{ "2026-11-21T09:30:60Z", ERR_FORMAT, 0 },
	{ "2026-11-21T09:30:00+02:00", ERR_FORMAT, 0 },
	{ "2026-11-21T09:30:00ZZ", ERR_FORMAT, 0 },
	{ "-026-11-21", ERR_FORMAT, 0 },
	{ "+026-11-21", ERR_FORMAT, 0 },
};

static const struct {
	const char *text;
	int r;
	int64_t n;
	const char *back; /* NULL: the text */
} durations[] = {
	{ "90s", 0, 90, NULL },
	{ "15m", 0, 900, NULL },
	{ "6h", 0, 21600, NULL },
	{ "7d", 0, 604800, "1w" },
	{ "4w", 0, 2419200, NULL },
	{ "0s", 0, 0, NULL },
	{ "60s", 0, 60, "1m" },
	{ "36600d", 0, 3162240000, NULL },
	{ "36601d", ERR_RANGE, 0, NULL },
	{ "99999999999999999999s", ERR_RANGE, 0, NULL },
	{ "", ERR_FORMAT, 0, NULL },
	{ "s", ERR_FORMAT, 0, NULL },
	{ "90", ERR_FORMAT, 0, NULL },
	{ "90 s", ERR_FORMAT, 0, NULL },
	{ "-1s", ERR_FORMAT, 0, NULL },
	{ "1.5h", ERR_FORMAT, 0, NULL },
	{ "1h30m", ERR_FORMAT, 0, NULL },
	{ "1y", ERR_FORMAT, 0, NULL },
	{ "1H", ERR_FORMAT, 0, NULL },
	{ "007s", ERR_FORMAT, 0, NULL },
};

static const struct {
	const char *text;
	int r;
	uint64_t n;
} sizes[] = {
	{ "0", 0, 0 },
	{ "17", 0, 17 },
	{ "64K", 0, 65536 },
	{ "32M", 0, 33554432 },
	{ "2G", 0, 2147483648 },
	{ "1T", 0, 1099511627776 },
	{ "1024T", 0, UINT64_C(1) << 50 },
	{ "1125899906842624", 0, UINT64_C(1) << 50 },
	{ "1025T", ERR_RANGE, 0 },
	{ "1125899906842625", ERR_RANGE, 0 },
	{ "99999999999999999999999G", ERR_RANGE, 0 },
	{ "", ERR_FORMAT, 0 },
	{ "K", ERR_FORMAT, 0 },
	{ "1k", ERR_FORMAT, 0 },
	{ "1KB", ERR_FORMAT, 0 },
	{ "1 K", ERR_FORMAT, 0 },
	{ "-1", ERR_FORMAT, 0 },
	{ "1.5G", ERR_FORMAT, 0 },
	{ "01", ERR_FORMAT, 0 },
	{ "0x10", ERR_FORMAT, 0 },
};

int
main(void)
{
	char out[WHEN_TEXT];

	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t t = 0;
		int r = when_parse(span_str(times[i].text), &t);

		CHECK(r == times[i].r && t == times[i].t, "%s: %d, %lld",
		    times[i].text, r, (long long)t);
		if (r == 0 && strlen(times[i].text) == 20 && t >= 0) {
			int64_t back = 1;

			when_format(out, t);
			r = when_parse(span_str(out), &back);
			CHECK(r == 0 && back == t, "%s: back as %s",
			    times[i].text, out);
		}
	}
	CHECK(when_format(out, INT64_MAX)[0] == '@', "beyond: %s", out);
	CHECK(when_format(out, INT64_MIN)[0] == '@', "beyond: %s", out);
	for (size_t i = 0; i < COUNT(durations); i++) {
		const char *want = durations[i].back != NULL
		    ? durations[i].back
		    : durations[i].text;
		int64_t n = 0;
		int r = when_parse_duration(span_str(durations[i].text), &n);

		CHECK(r == durations[i].r && n == durations[i].n,
		    "%s: %d, %lld", durations[i].text, r, (long long)n);
		if (r == 0) {
			when_format_duration(out, n);
			CHECK(strcmp(out, want) == 0, "%s: back as %s",
			    durations[i].text, out);
		}
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t n = 0;
		int r = when_parse_size(span_str(sizes[i].text), &n);

		CHECK(r == sizes[i].r && n == sizes[i].n, "%s: %d, %llu",
		    sizes[i].text, r, (unsigned long long)n);
	}
	CHECK(when_now() > 1700000000 && when_boot() > 0, "clocks");
	return failures != 0;
}
