/* config_read.c - values of rbl.conf, by what they mean. */
#include "zone/config_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/when.h"

void
config_fail(struct config_reading *r, int err, unsigned line, const char *key,
    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (r->failed < 0) {
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->failed =
	    err_say(r->why, err, "%s:%u: %s: %s", r->path, line, key, text);
}

static void
no_memory(struct config_reading *r)
{
	if (r->failed == 0) {
		r->failed = err_say(
		    r->why, ERR_NOMEM, "%s: %s", r->path, err_str(ERR_NOMEM));
	}
}

void *
config_room(struct config_reading *r, size_t n, size_t size)
{
	void *p = r->failed < 0 ? NULL : arena_alloc(r->arena, n * size + 1);

	if (p == NULL) {
		no_memory(r);
	}
	return p;
}

const char *
config_copy(struct config_reading *r, const char *text, size_t len)
{
	char *out = r->failed < 0 ? NULL : arena_copy(r->arena, text, len);

	if (out == NULL) {
		no_memory(r);
	}
	return out;
}

const char *
config_shown(struct config_reading *r, const char *text)
{
	char *out = config_room(r, 72, 1);

	return out != NULL ? text_printable_in(out, 72, text, strlen(text))
			   : "";
}

/* ---- one value --------------------------------------------------------- */

static const struct conf_value *
one(struct config_reading *r, const char *key)
{
	const struct conf_values *v = conf_get(r->block, key);

	return r->failed == 0 && v->n > 0 ? v->values : NULL;
}

const char *
config_text(struct config_reading *r, const char *key)
{
	const struct conf_value *v = one(r, key);

	return v != NULL ? v->text : NULL;
}

const char *
config_need(struct config_reading *r, const char *key, const char *expected)
{
	const char *text = config_text(r, key);

	if (text == NULL) {
		config_fail(r, ERR_FORMAT, r->block->line, key,
		    "is missing in section %s \"%s\", expected %s",
		    r->block->section->name,
		    r->block->title != NULL ? config_shown(r, r->block->title)
					    : "",
		    expected);
	}
	return text;
}

/* People write 010 and mean ten. */
static struct span
no_zeros(const char *text)
{
	struct span s = span_str(text);

	while (
	    s.len > 1 && s.at[0] == '0' && s.at[1] >= '0' && s.at[1] <= '9') {
		s.at++;
		s.len--;
	}
	return s;
}

unsigned
config_number(struct config_reading *r, const char *key, unsigned long min,
    unsigned long max)
{
	const struct conf_value *v = one(r, key);
	unsigned long n;
	struct span s;

	if (v == NULL) {
		return 0;
	}
	s = no_zeros(v->text);
	if (text_number(s, max, &n) && n >= min) {
		return (unsigned)n;
	}
	config_fail(r,
	    s.len > 0 && strspn(s.at, "0123456789") == s.len ? ERR_RANGE
							     : ERR_FORMAT,
	    v->line, key, "\"%s\", expected a number from %lu to %lu",
	    config_shown(r, v->text), min, max);
	return 0;
}

bool
config_yes(struct config_reading *r, const char *key)
{
	const struct conf_value *v = one(r, key);
	bool yes = v != NULL && span_is(span_str(v->text), "yes");

	if (v != NULL && !yes && !span_is(span_str(v->text), "no")) {
		config_fail(r, ERR_FORMAT, v->line, key,
		    "\"%s\", expected yes or no", config_shown(r, v->text));
	}
	return yes;
}

int64_t
config_duration(
    struct config_reading *r, const char *key, int64_t min, int64_t max)
{
	const struct conf_value *v = one(r, key);
	char from[WHEN_TEXT], to[WHEN_TEXT];
	int64_t t = 0;
	int e;

	if (v == NULL || (min == 0 && span_is(span_str(v->text), "never"))) {
		return 0;
	}
	e = when_parse_duration(no_zeros(v->text), &t);
	if (e == 0 && (t < min || t > max)) {
		e = ERR_RANGE;
	}
	if (e < 0) {
		config_fail(r, e, v->line, key,
		    "\"%s\", expected a duration from %s to %s, as in 90s "
		    "15m 6h 7d 4w",
		    config_shown(r, v->text),
		    min == 0 ? "never" : when_format_duration(from, min),
		    when_format_duration(to, max));
	}
	return e < 0 ? 0 : t;
}

static void
format_size(char out[24], uint64_t n)
{
	unsigned k = 0;

	while (k < 4 && n != 0 && n % 1024 == 0) {
		n /= 1024;
		k++;
	}
	snprintf(out, 24, "%llu%.1s", (unsigned long long)n, &"\0KMGT"[k]);
}

uint64_t
config_size(
    struct config_reading *r, const char *key, uint64_t min, uint64_t max)
{
	const struct conf_value *v = one(r, key);
	char from[24], to[24];
	uint64_t n = 0;
	int e;

	if (v == NULL) {
		return 0;
	}
	e = when_parse_size(no_zeros(v->text), &n);
	if (e == 0 && (n < min || n > max)) {
		e = ERR_RANGE;
	}
	if (e < 0) {
		format_size(from, min);
		format_size(to, max);
		config_fail(r, e, v->line, key,
		    "\"%s\", expected a size from %s to %s, as in 64K 32M 2G",
		    config_shown(r, v->text), from, to);
	}
	return e < 0 ? 0 : n;
}

const char *
config_path(struct config_reading *r, const char *key)
{
	const struct conf_value *v = one(r, key);

	if (v == NULL) {
		return NULL;
	}
	if (v->text[0] != '/' || strlen(v->text) > 1024) {
		config_fail(r, ERR_FORMAT, v->line, key,
		    "\"%s\", expected an absolute path",
		    config_shown(r, v->text));
	}
	return v->text;
}

bool
config_name(const char *text, size_t max)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= max && text[n] == '\0' && text[0] != '-';
}

const char *
config_user(struct config_reading *r, const char *key)
{
	const struct conf_value *v = one(r, key);

	if (v == NULL) {
		return NULL;
	}
	if (!config_name(v->text, 32) ||
	    (v->text[0] >= '0' && v->text[0] <= '9')) {
		config_fail(r, ERR_FORMAT, v->line, key,
		    "\"%s\", expected the name of a user",
		    config_shown(r, v->text));
	}
	return v->text;
}

const char *
config_url(struct config_reading *r, const char *key)
{
	const struct conf_value *v = one(r, key);
	size_t skip, len;
	bool fit;

	if (v == NULL) {
		return NULL;
	}
	skip = strncmp(v->text, "https://", 8) == 0 ? 8
	    : strncmp(v->text, "http://", 7) == 0   ? 7
						    : 0;
	len = strlen(v->text);
	while (len > skip && v->text[len - 1] == '/') {
		len--;
	}
	fit = skip != 0 && len > skip && len <= 200;
	for (size_t i = skip; i < len; i++) {
		fit = fit && v->text[i] > 0x20 && v->text[i] < 0x7f &&
		    strchr("\"'<>\\^`{|}?#@", v->text[i]) == NULL;
	}
	if (!fit || v->text[skip] == '/' || v->text[skip] == ':') {
		config_fail(r, ERR_FORMAT, v->line, key,
		    "\"%s\", expected a URL as in https://bl.example.gr",
		    config_shown(r, v->text));
		return NULL;
	}
	return config_copy(r, v->text, len);
}

const char *
config_host(
    struct config_reading *r, const char *key, const char *text, unsigned line)
{
	struct err_text why = { "" };
	struct zone_key k;
	char *tail;
	int e;

	if (r->failed < 0) {
		return NULL;
	}
	if (text[0] == '.' || text[0] == '*') {
		e = err_say(&why, ERR_FORMAT, "%s: no name of one host",
		    config_shown(r, text));
	} else {
		e = zone_key_parse(ZONE_KIND_DOMAIN, span_str(text), &k, &why);
	}
	if (e < 0) {
		tail = strstr(why.text, ", expected");
		if (tail != NULL) {
			*tail = '\0';
		}
		config_fail(r, e, line, key,
		    "%s, expected a name as in ns1.example.gr", why.text);
		return NULL;
	}
	return config_copy(r, k.text, strlen(k.text));
}

void
config_ascii(struct config_reading *r, const char *key, const char *text,
    unsigned line, size_t max)
{
	size_t n = strlen(text);

	if (n > max) {
		config_fail(r, ERR_RANGE, line, key,
		    "%zu octets, expected %zu at most", n, max);
	}
	for (size_t i = 0; i < n; i++) {
		if (text[i] < 0x20 || text[i] > 0x7e) {
			config_fail(r, ERR_FORMAT, line, key,
			    "\"%s\", expected printable ASCII",
			    config_shown(r, text));
		}
	}
}

bool
config_place(struct config_reading *r, const char *key, const char *text,
    unsigned line, unsigned places, struct net_place *ret)
{
	static const char *const expected[] = { "", "ADDRESS@PORT", "unix:PATH",
		"ADDRESS@PORT or unix:PATH" };
	unsigned is;

	if (r->failed < 0) {
		return false;
	}
	memset(ret, 0, sizeof(*ret));
	if (net_place_parse(span_str(text), ret) == 0) {
		const struct sockaddr_un *un = (const void *)&ret->sa;

		is = un->sun_family == AF_UNIX ? PLACE_UNIX : PLACE_IP;
		if ((places & is) != 0 &&
		    (is == PLACE_IP || un->sun_path[0] == '/')) {
			return true;
		}
	}
	config_fail(r, ERR_FORMAT, line, key, "\"%s\", expected %s%s",
	    config_shown(r, text), expected[places & 3],
	    places & PLACE_UNIX ? ", the path absolute" : "");
	return false;
}

/* ---- many values ------------------------------------------------------- */

const struct conf_values *
config_many(struct config_reading *r, const char *key)
{
	static const struct conf_values none = { .n = 0 };
	const struct conf_values *v = conf_get(r->block, key);

	if (v->n > CONFIG_MANY) {
		config_fail(r, ERR_RANGE, v->values[0].line, key,
		    "%zu values, expected %u at most", v->n, CONFIG_MANY);
	}
	return r->failed < 0 ? &none : v;
}

static void
twice(struct config_reading *r, const char *key, const struct conf_value *v)
{
	config_fail(r, ERR_FORMAT, v->line, key, "\"%s\" stands there twice",
	    config_shown(r, v->text));
}

const char **
config_hosts(struct config_reading *r, const char *key, size_t *ret_n)
{
	const struct conf_values *v = config_many(r, key);
	const char **all = config_room(r, v->n, sizeof(all[0]));

	for (size_t i = 0; all != NULL && i < v->n; i++) {
		all[i] =
		    config_host(r, key, v->values[i].text, v->values[i].line);
		for (size_t k = 0; all[i] != NULL && k < i; k++) {
			if (strcmp(all[k], all[i]) == 0) {
				twice(r, key, &v->values[i]);
			}
		}
		if (r->failed < 0) {
			all = NULL;
		}
	}
	*ret_n = all != NULL ? v->n : 0;
	return all;
}

const char **
config_words(struct config_reading *r, const char *key, size_t max,
    size_t *ret_n)
{
	const struct conf_values *v = config_many(r, key);
	const char **all = config_room(r, v->n, sizeof(all[0]));

	for (size_t i = 0; all != NULL && i < v->n; i++) {
		const char *text = v->values[i].text;
		size_t len = strlen(text);

		if (len == 0 || len > max) {
			config_fail(r, ERR_RANGE, v->values[i].line, key,
			    "expected 1 to %zu bytes of text", max);
		}
		for (size_t k = 0; k < i && r->failed >= 0; k++) {
			if (strcmp(all[k], text) == 0) {
				twice(r, key, &v->values[i]);
			}
		}
		all[i] = config_copy(r, text, len);
		if (r->failed < 0) {
			all = NULL;
		}
	}
	*ret_n = all != NULL ? v->n : 0;
	return all;
}

struct net_prefix *
config_prefixes(struct config_reading *r, const char *key, size_t *ret_n)
{
	const struct conf_values *v = config_many(r, key);
	struct net_prefix *all = config_room(r, v->n, sizeof(all[0]));

	for (size_t i = 0; all != NULL && i < v->n; i++) {
		const char *text = v->values[i].text;
		int e = net_prefix_parse(span_str(text), &all[i]);

		if (e < 0) {
			config_fail(r, e, v->values[i].line, key,
			    "\"%s\" is no network%s, expected one as in "
			    "192.0.2.0/24 or 2001:db8::/32",
			    config_shown(r, text),
			    e == ERR_RANGE ? " (bits behind its length?)" : "");
		}
		for (size_t k = 0; r->failed == 0 && k < i; k++) {
			if (net_ip_equal(&all[k].ip, &all[i].ip) &&
			    all[k].plen == all[i].plen) {
				twice(r, key, &v->values[i]);
			}
		}
		if (r->failed < 0) {
			all = NULL;
		}
	}
	*ret_n = all != NULL ? v->n : 0;
	return all;
}

struct net_place *
config_places(struct config_reading *r, const char *key, unsigned places,
    const char *fallback, size_t *ret_n)
{
	const struct conf_value stand_in = { .text = fallback };
	const struct conf_values *v = config_many(r, key);
	const struct conf_value *from = v->values;
	size_t n = v->n;
	struct net_place *all;

	if (!v->given && fallback != NULL) {
		from = &stand_in;
		n = 1;
	}
	all = config_room(r, n, sizeof(all[0]));
	for (size_t i = 0; all != NULL && i < n; i++) {
		bool fixed = config_place(
		    r, key, from[i].text, from[i].line, places, &all[i]);

		/* port 0, "any free one", may be asked for many times */
		for (size_t k = 0; fixed && k < i; k++) {
			if (memcmp(&all[k].sa, &all[i].sa, sizeof(all[i].sa)) ==
				0 &&
			    strcmp(from[i].text, from[k].text) == 0 &&
			    !span_ends(span_str(from[i].text), "@0")) {
				twice(r, key, &from[i]);
			}
		}
		if (r->failed < 0) {
			all = NULL;
		}
	}
	*ret_n = all != NULL ? n : 0;
	return all;
}
