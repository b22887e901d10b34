/* series_dns.c - what rbld says of its answers, from its JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "zone/series_fill.h"

#define DEEP 16 /* nesting that is read: two are used */

/* jansson recurses as deep as its text says, so this looks before it. */
static bool
flat(const char *json, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && json[i] == '\\') {
			i++;
		} else if (json[i] == '"') {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if (json[i] == '{' || json[i] == '[') {
			if (++depth > DEEP) {
				return false;
			}
		} else if ((json[i] == '}' || json[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

static uint64_t
number(const json_t *object, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(object, name));

	return n > 0 ? (uint64_t)n : 0;
}

static void
add(uint64_t *sum, uint64_t n)
{
	*sum = n < (uint64_t)INT64_MAX - *sum ? *sum + n : INT64_MAX;
}

bool
zone_answers_parse(const char *json, size_t len, struct zone_answers *ret)
{
	static const char *const names[] = { "NOERROR", "NXDOMAIN", "REFUSED",
		"SERVFAIL", "other" };
	struct zone_answers a = { .known = true };
	const char *started, *name;
	json_t *j, *zones, *zone, *hits, *n;
	bool good = false;
	size_t i;

	if (json == NULL || !flat(json, len)) {
		return false;
	}
	j = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	zones = json_object_get(j, "zones");
	started = json_string_value(json_object_get(j, "started"));
	if (json_is_array(zones) && started != NULL) {
		good = when_parse(span_str(started), &a.started) == 0;
	}
	json_array_foreach(zones, i, zone)
	{
		const json_t *answers = json_object_get(zone, "answers");

		for (unsigned k = 0; k < 5; k++) {
			add(&a.n[k], number(answers, names[k]));
		}
		hits = json_object_get(zone, "hits");
		json_object_foreach(hits, name, n)
		{
			json_int_t v = json_integer_value(n);

			add(&a.n[5], v > 0 ? (uint64_t)v : 0);
		}
	}
	json_decref(j);
	if (good) {
		*ret = a;
	}
	return good;
}
