/* fetch.c - conditions, ranges, credentials, counts. */
#include "www/fetch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "zone/subscribers.h"

void
www_fetch_note(struct www_fetch *f, struct span name, struct span value)
{
	static const struct {
		const char *name;
		size_t at;
	} all[] = {
		{ "accept-encoding", offsetof(struct www_fetch, encoding) },
		{ "if-none-match", offsetof(struct www_fetch, if_none_match) },
		{ "if-modified-since", offsetof(struct www_fetch, if_modified) },
		{ "if-range", offsetof(struct www_fetch, if_range) },
		{ "range", offsetof(struct www_fetch, range) },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (span_is(name, all[i].name)) {
			memcpy((char *)f + all[i].at, &value.at,
			    sizeof(value.at));
			f->ranges += all[i].name[0] == 'r';
		}
	}
}

/* The next word of a list between commas, trimmed. false: no more. */
static bool
next_word(struct span *rest, struct span *ret)
{
	size_t n = 0;

	while (rest->len > 0 && (rest->at[0] == ',' || rest->at[0] == ' ' ||
				    rest->at[0] == '\t')) {
		*rest = span(rest->at + 1, rest->len - 1);
	}
	while (n < rest->len && rest->at[n] != ',') {
		n++;
	}
	*ret = span_trim(span(rest->at, n));
	*rest = span(rest->at + n, rest->len - n);
	return n > 0;
}

bool
www_fetch_packed(const struct www_fetch *f)
{
	struct span rest = span_str(f->encoding != NULL ? f->encoding : "");
	struct span word;
	bool welcome = false;

	while (next_word(&rest, &word)) {
		const char *semi = memchr(word.at, ';', word.len);
		struct span name = span_trim(span(word.at,
		    semi != NULL ? (size_t)(semi - word.at) : word.len));
		const char *q = span_find(word, "q=");
		bool zero = q != NULL &&
		    strtod(q + 2, NULL) <= 0.0; /* its NUL is the header's */

		if (span_is(name, "gzip") || span_is(name, "x-gzip")) {
			return !zero;
		}
		welcome = welcome || (span_is(name, "*") && !zero);
	}
	return welcome;
}

char *
www_fetch_date(char out[WWW_FETCH_DATE], int64_t t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t at = (time_t)t;
	struct tm tm;

	if (gmtime_r(&at, &tm) == NULL || tm.tm_year > 8099) {
		out[0] = '\0';
		return out;
	}
	snprintf(out, WWW_FETCH_DATE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return out;
}

/* Of what we wrote; other forms are dates that we do not know. */
static bool
parse_date(const char *text, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

	if (end == NULL || *end != '\0') {
		return false;
	}
	*ret = timegm(&tm);
	return true;
}

static bool
has_etag(const char *list, const char *etag)
{
	struct span rest = span_str(list), word;

	while (next_word(&rest, &word)) {
		if (word.len > 2 && word.at[0] == 'W' && word.at[1] == '/') {
			word = span(word.at + 2, word.len - 2);
		}
		if ((word.len == 1 && word.at[0] == '*') ||
		    (word.len == strlen(etag) &&
			memcmp(word.at, etag, word.len) == 0)) {
			return true;
		}
	}
	return false;
}

/* May the range be taken, or did the file change? */
static bool
range_holds(const struct www_fetch *f, const char *etag, int64_t time)
{
	char date[WWW_FETCH_DATE];

	return f->if_range == NULL || strcmp(f->if_range, etag) == 0 ||
	    strcmp(f->if_range, www_fetch_date(date, time)) == 0;
}

static bool
number(struct span s, uint64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9' || i > 17) {
			return false;
		}
		*ret = *ret * 10 + (uint64_t)(s.at[i] - '0');
	}
	return s.len > 0;
}

/* 200, 206 or 416 */
static unsigned
take_range(
    const char *text, uint64_t size, uint64_t *ret_from, uint64_t *ret_len)
{
	struct span s = span_str(text);
	const char *dash;
	uint64_t from = 0, to = 0;
	struct span a, b;

	if (!span_starts(s, "bytes=") || memchr(s.at, ',', s.len) != NULL) {
		return 200;
	}
	s = span_trim(span(s.at + 6, s.len - 6));
	dash = memchr(s.at, '-', s.len);
	if (dash == NULL) {
		return 200;
	}
	a = span(s.at, (size_t)(dash - s.at));
	b = span(dash + 1, s.len - a.len - 1);
	if ((a.len > 0 && !number(a, &from)) ||
	    (b.len > 0 && !number(b, &to)) || a.len + b.len == 0 ||
	    (a.len > 0 && b.len > 0 && to < from)) {
		return 200;
	}
	if (a.len == 0) { /* the last TO bytes */
		if (to == 0) {
			return 416;
		}
		from = to < size ? size - to : 0;
		to = size;
	} else {
		to = b.len > 0 && to < size ? to + 1 : size;
	}
	if (from >= size) {
		return 416;
	}
	*ret_from = from;
	*ret_len = to - from;
	return 206;
}

unsigned
www_fetch_decide(const struct www_fetch *f, const char *etag, int64_t time,
    uint64_t size, uint64_t *ret_from, uint64_t *ret_len)
{
	int64_t since;
	unsigned status = 200;

	*ret_from = *ret_len = 0;
	if (f->if_none_match != NULL
		? has_etag(f->if_none_match, etag)
		: f->if_modified != NULL &&
		    parse_date(f->if_modified, &since) && time <= since) {
		return 304;
	}
	if (f->ranges == 1 && range_holds(f, etag, time)) {
		status = take_range(f->range, size, ret_from, ret_len);
	}
	if (status == 200) {
		*ret_len = size;
	}
	return status;
}

/* ---- credentials --------------------------------------------------------- */

static int
sextet(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A'
	    : c >= 'a' && c <= 'z'  ? c - 'a' + 26
	    : c >= '0' && c <= '9'  ? c - '0' + 52
	    : c == '+'		    ? 62
	    : c == '/'		    ? 63
				    : -1;
}

static bool
unbase64(struct span s, char *out, size_t cap, size_t *ret_len)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	while (s.len > 0 && s.at[s.len - 1] == '=') {
		s.len--;
	}
	for (size_t i = 0; i < s.len; i++) {
		int v = sextet(s.at[i]);

		if (v < 0) {
			return false;
		}
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n + 1 >= cap) {
				return false;
			}
			out[n++] = (char)(bits >> have);
			bits &= (1u << have) - 1;
		}
	}
	out[n] = '\0';
	*ret_len = n;
	return true;
}

bool
www_fetch_credentials(const char *value, char *out, size_t cap,
    struct span *ret_name, struct span *ret_token)
{
	struct span s = span_str(value != NULL ? value : "");
	const char *colon;
	size_t len;

	if (span_starts(s, "bearer ")) {
		*ret_name = span("", 0);
		*ret_token = span_trim(span(s.at + 7, s.len - 7));
		return ret_token->len > 0;
	}
	if (!span_starts(s, "basic ") ||
	    !unbase64(span_trim(span(s.at + 6, s.len - 6)), out, cap, &len)) {
		return false;
	}
	colon = memchr(out, ':', len);
	if (colon == NULL || colon == out) {
		return false;
	}
	*ret_name = span(out, (size_t)(colon - out));
	*ret_token = span(colon + 1, len - ret_name->len - 1);
	return true;
}

/* ---- counts -------------------------------------------------------------- */

#define REMEMBERED 1024 /* subscribers in a minute; what is beyond is lost */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct noted {
	char name[ZONE_USER_NAME];
	int64_t when;
	uint64_t n, bytes;
} noted[REMEMBERED];
static size_t n_noted;

void
www_fetches_note(const char *name, int64_t now, uint64_t bytes)
{
	size_t i = 0;

	pthread_mutex_lock(&lock);
	while (i < n_noted && strcmp(noted[i].name, name) != 0) {
		i++;
	}
	if (i == n_noted && n_noted < REMEMBERED) {
		noted[n_noted++] = (struct noted){ 0 };
		snprintf(noted[i].name, sizeof(noted[i].name), "%s", name);
	}
	if (i < n_noted) {
		noted[i].when = now;
		noted[i].n++;
		noted[i].bytes += bytes;
	}
	pthread_mutex_unlock(&lock);
}

int
www_fetches_flush(struct zone_accounts *accounts)
{
	int r = 0;

	for (;;) {
		struct noted one;
		bool any;

		pthread_mutex_lock(&lock);
		any = n_noted > 0;
		if (any) {
			one = noted[--n_noted];
		}
		pthread_mutex_unlock(&lock);
		if (!any) {
			return 0;
		}
		r = zone_subscriber_count(
		    accounts, one.name, one.when, one.n, one.bytes);
		if (r < 0) { /* it waits for the next minute */
			pthread_mutex_lock(&lock);
			if (n_noted < REMEMBERED) {
				noted[n_noted++] = one;
			}
			pthread_mutex_unlock(&lock);
			return r;
		}
	}
}
