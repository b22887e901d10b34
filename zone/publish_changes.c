/* publish_changes.c - what changed since a serial, for those who keep up. */
#include "zone/publish.h"

#include <stdlib.h>

#include "base/when.h"
#include "zone/history.h"

struct changes {
	struct zone_view *view;
	const struct zone_list_conf *list;
	uint16_t number;
	uint64_t serial;
	int64_t time;
	struct buf *b;
};

/* Keys have no quotes but those of local parts, and no control characters. */
static void
put_key(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			buf_u8(b, '\\');
		}
		buf_u8(b, (unsigned char)*text);
	}
}

static int
one_key(const struct zone_history_key *key, void *ctx)
{
	struct changes *c = ctx;
	struct zone_detail d = { 0 };
	char text[ZONE_KEY_TEXT], code[16], when[WHEN_TEXT];
	int r;

	if (key->list != c->number) {
		return 0;
	}
	if (key->after != 0) {
		r = zone_view_detail(c->view, key->after, &d);
		if (r <= 0) {
			return r < 0 ? r : ERR_CORRUPT;
		}
	}
	buf_fmt(c->b, "{\"serial\":%llu,\"time\":\"%s\",\"list\":\"%s\",",
	    (unsigned long long)c->serial, when_format(when, c->time),
	    c->list->name);
	buf_str(c->b, "\"key\":\"");
	put_key(c->b, zone_key_format(text, &key->key));
	buf_fmt(c->b, "\",\"state\":\"%s\"",
	    key->after == 0 ? "absent" : d.code == 0 ? "exempt" : "listed");
	if (key->after != 0 && d.code != 0) {
		buf_fmt(c->b, ",\"code\":\"%s\"",
		    zone_code_format(code, d.code));
	}
	if (key->after != 0 && d.until != 0) {
		buf_fmt(c->b, ",\"until\":\"%s\"", when_format(when, d.until));
	}
	buf_str(c->b, "}\n");
	return c->b->bad ? ERR_NOMEM : 0;
}

/* The serial after which there are at most MAX keys, none older than AGE. */
static int
find_begin(struct zone_view *view, uint64_t since, uint64_t max, int64_t age,
    uint64_t *ret_since)
{
	uint64_t at = zone_view_serial(view), keys = 0;
	int64_t oldest = zone_view_now(view) - age;
	struct zone_history_row row;
	uint64_t restored = 0;
	int r = zone_history_cut(view, &restored);

	if (r < 0) {
		return r;
	}
	if (since < restored) { /* what a restore changed no row tells */
		since = restored;
	}
	if (since > at) { /* of another history */
		since = at;
	}
	while (at > since) {
		r = zone_history_get(view, at, &row);
		if (r < 0) {
			return r;
		}
		if (r == 0 || row.time < oldest || row.keys > max - keys) {
			break; /* gone, or too much */
		}
		keys += row.keys;
		at--;
	}
	*ret_since = at;
	return 0;
}

int
zone_changes_write(struct zone_view *view, const struct zone_list_conf *list,
    uint64_t since, uint64_t max, int64_t age, struct buf *b,
    uint64_t *ret_since)
{
	struct changes c = { .view = view, .list = list, .b = b };
	uint64_t last = zone_view_serial(view);
	struct zone_history_row row;
	int r = zone_view_list(view, list->name, list->kind, &c.number);

	if (r < 0) {
		return r;
	}
	if (r == 0) { /* nothing was ever listed */
		*ret_since = since < last ? since : last;
		return 0;
	}
	r = find_begin(view, since, max, age, ret_since);
	for (c.serial = *ret_since + 1; r >= 0 && c.serial <= last;
	     c.serial++) {
		r = zone_history_get(view, c.serial, &row);
		if (r == 1) {
			c.time = row.time;
			r = zone_history_keys(view, c.serial, one_key, &c);
		}
	}
	return r < 0 ? r : 0;
}

/* ---- removed ------------------------------------------------------------- */

struct event {
	struct span key, state;
	char day[9];
	size_t at;
};

static int
by_key(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
	int r = memcmp(x->key.at, y->key.at, n);

	if (r == 0 && x->key.len != y->key.len) {
		r = x->key.len < y->key.len ? -1 : 1;
	}
	return r != 0 ? r : x->at < y->at ? -1 : 1;
}

/* The text between NAME and the next quote that is not escaped. */
static struct span
between(struct span line, const char *name)
{
	const char *at = span_find(line, name), *end = line.at + line.len, *p;

	if (at == NULL) {
		return span("", 0);
	}
	at += strlen(name);
	for (p = at; p < end && *p != '"'; p++) {
		p += *p == '\\';
	}
	return span(at, p < end ? (size_t)(p - at) : 0);
}

int
zone_changes_removed(const struct buf *changes, struct buf *b)
{
	struct event *events;
	size_t n = 0, i = 0;
	const char *at = changes->data;

	for (size_t k = 0; k < changes->len; k++) {
		n += changes->data[k] == '\n';
	}
	events = calloc(n + 1, sizeof(*events));
	if (events == NULL) {
		return ERR_NOMEM;
	}
	for (; i < n; i++) {
		const char *end = memchr(
		    at, '\n', (size_t)(changes->data + changes->len - at));
		struct span line = span(at, (size_t)(end - at));
		struct span day = between(line, "\"time\":\"");

		events[i].at = i;
		events[i].key = between(line, "\"key\":\"");
		events[i].state = between(line, "\"state\":\"");
		if (day.len >= 10) { /* 2026-11-21T... */
			memcpy(events[i].day, day.at, 4);
			memcpy(events[i].day + 4, day.at + 5, 2);
			memcpy(events[i].day + 6, day.at + 8, 2);
		}
		at = end + 1;
	}
	qsort(events, n, sizeof(*events), by_key);
	for (i = 0; i < n; i++) {
		const struct event *e = &events[i];

		if (i + 1 < n && e->key.len == e[1].key.len &&
		    memcmp(e->key.at, e[1].key.at, e->key.len) == 0) {
			continue; /* something happened later */
		}
		if (e->key.len > 0 && span_is(e->state, "absent")) {
			for (size_t k = 0; k < e->key.len; k++) {
				k += e->key.at[k] == '\\';
				buf_u8(b, (unsigned char)e->key.at[k]);
			}
			buf_fmt(b, ",%s\n", e->day);
		}
	}
	free(events);
	return b->bad ? ERR_NOMEM : 0;
}
