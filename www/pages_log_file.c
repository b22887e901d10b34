/* pages_log_file.c - what is found in the log, as CSV or a JSON object a line.
 *
 * A change is a line for each of its keys, a hundred at most; the number of
 * all of them stands in each line. What does not fit into one file is told in
 * its last line, with the place to go on from.
 */
#include "www/pages.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/when.h"
#include "www/cover.h"
#include "www/log.h"

#define ROWS 10000
#define SCAN 60000
#define SCAN_KEYS 300000
#define KEYS_EACH 100

struct writing {
	struct www_turn *t;
	struct zone_view *view;
	struct www_log_lists lists;
	bool json;
	const struct zone_history_row *row;
	unsigned keys; /* of it, written */
	char hash[65];
};

/* One line; what is not there is "" or 0. */
struct line {
	const char *kind;
	uint64_t number;
	int64_t time;
	struct span by, action, list, key, source, reason;
	uint64_t before, after, undoes, item, keys;
	const char *hash;
};

static void
csv(struct buf *b, struct span s)
{
	/* a spreadsheet must not take a stranger's text for a formula */
	buf_str(b,
	    s.len > 0 && memchr("=+-@\t\r", s.at[0], 6) != NULL ? ",\"'"
								: ",\"");
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] == '"') {
			buf_str(b, "\"");
		}
		buf_add(b, (uint8_t)s.at[i] < 0x20 ? " " : &s.at[i], 1);
	}
	buf_str(b, "\"");
}

static void
csv_line(struct buf *b, const struct line *l)
{
	char when[WHEN_TEXT];

	buf_fmt(b, "%s,%s,%llu", when_format(when, l->time), l->kind,
	    (unsigned long long)l->number);
	csv(b, l->by);
	csv(b, l->action);
	csv(b, l->list);
	csv(b, l->key);
	buf_fmt(b, ",%llu,%llu,%llu,%llu,%llu", (unsigned long long)l->before,
	    (unsigned long long)l->after, (unsigned long long)l->undoes,
	    (unsigned long long)l->item, (unsigned long long)l->keys);
	csv(b, l->source);
	csv(b, l->reason);
	buf_fmt(b, ",%s\r\n", l->hash);
}

static json_t *
text(struct span s)
{
	struct buf b = { 0 };
	json_t *j;

	text_to_utf8(&b, s.at, s.len);
	j = json_stringn(b.data != NULL ? b.data : "", b.len);
	buf_free(&b);
	return j;
}

static void
json_line(struct buf *b, const struct line *l)
{
	char when[WHEN_TEXT], *out;
	json_t *j = json_pack("{s:s, s:s, s:I, s:o, s:o, s:I}", "time",
	    when_format(when, l->time), "kind", l->kind, "number",
	    (json_int_t)l->number, "by", text(l->by), "action", text(l->action),
	    "keys", (json_int_t)l->keys);

	if (l->key.len > 0) {
		json_object_set_new(j, "list", text(l->list));
		json_object_set_new(j, "key", text(l->key));
		json_object_set_new(
		    j, "before", json_integer((json_int_t)l->before));
		json_object_set_new(
		    j, "after", json_integer((json_int_t)l->after));
	}
	if (l->undoes != 0) {
		json_object_set_new(
		    j, "undoes", json_integer((json_int_t)l->undoes));
	}
	if (l->item != 0) {
		json_object_set_new(
		    j, "item", json_integer((json_int_t)l->item));
	}
	json_object_set_new(j, "source", text(l->source));
	json_object_set_new(j, "reason", text(l->reason));
	if (l->hash[0] != '\0') {
		json_object_set_new(j, "hash", json_string(l->hash));
	}
	out = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (out == NULL) {
		b->bad = true;
	} else {
		buf_str(b, out);
		buf_str(b, "\n");
	}
	free(out);
	json_decref(j);
}

static void
put(struct writing *w, const struct line *l)
{
	(w->json ? json_line : csv_line)(&w->t->reply->body, l);
}

static const struct span none = { "", 0 };

static void
change_line(struct writing *w, struct span list, struct span key,
    uint32_t before, uint32_t after)
{
	const struct zone_history_row *row = w->row;

	put(w,
	    &(struct line){ "change", row->serial, row->time, row->by,
		span_str(zone_action_name(row->action)), list, key, row->source,
		row->reason, before, after, row->undoes, 0, row->keys,
		w->hash });
}

static int
key_line(const struct zone_history_key *key, void *ctx)
{
	struct writing *w = ctx;
	char name[ZONE_KEY_TEXT];

	if (w->keys++ == KEYS_EACH) {
		return 1;
	}
	zone_key_format(name, &key->key);
	change_line(w, span_str(www_log_list_name(&w->lists, key->list)),
	    span_str(name), key->before, key->after);
	return w->t->reply->body.bad ? ERR_NOMEM : 0;
}

static int
row_lines(const struct www_log_row *row, void *ctx)
{
	struct writing *w = ctx;
	int r = 0;

	if (row->change != NULL) {
		w->row = row->change;
		w->keys = 0;
		digest_hex(row->change->hash, 32, w->hash);
		r = zone_history_keys(
		    w->view, row->change->serial, key_line, w);
		if (r >= 0 && w->keys == 0) {
			change_line(w, none, none, 0, 0);
		}
	} else if (row->event != NULL) {
		const struct zone_queue_event *e = row->event;

		put(w,
		    &(struct line){ "event", e->number, e->time,
			span_str(e->by), span_str(e->action), none, none, none,
			span_str(e->reason), 0, 0, 0, e->item, 0, "" });
	} else {
		put(w,
		    &(struct line){ "damaged", row->damaged, 0, none, none,
			none, none, none, none, 0, 0, 0, 0, 0, "" });
	}
	return r < 0 && r != ERR_CORRUPT ? r : 0;
}

static int
file(struct www_turn *t, bool json)
{
	struct www_log_reading reading = {
		.max = ROWS, .scan = SCAN, .scan_keys = SCAN_KEYS, .all = true
	};
	struct writing *w = arena_alloc(&t->arena, sizeof(*w));
	struct buf *b = &t->reply->body;
	struct www_log_filter filter;
	struct www_log_place place;
	int r = w != NULL ? www_log_asked(t, &filter, &place) : ERR_NOMEM;

	if (r != 0) {
		return r < 0 ? r : 0;
	}
	r = www_view_open(t, &w->view);
	if (r == 0) {
		r = www_log_lists(w->view, &w->lists);
	}
	w->t = t;
	w->json = json;
	if (r == 0 && !json) {
		buf_str(b,
		    "time,kind,number,by,action,list,key,before,after,undoes,"
		    "item,keys,source,reason,hash\r\n");
	}
	if (r == 0) {
		r = www_log_read(
		    t, w->view, &filter, &place, &reading, row_lines, w);
	}
	zone_view_close(&w->view);
	if (r < 0) {
		buf_free(b);
		return r;
	}
	if (reading.more) {
		buf_fmt(b,
		    json ? "{\"kind\":\"more\",\"serial\":%llu,\"event\":%llu}"
			   "\n"
			 : ",more,,,,,,,,,,,,\"serial=%llu&event=%llu\",\r\n",
		    (unsigned long long)place.serial,
		    (unsigned long long)place.event);
	}
	t->reply->status = 200;
	t->reply->type = json ? WWW_JSONL : WWW_CSV;
	snprintf(t->reply->attachment, sizeof(t->reply->attachment),
	    json ? "log.jsonl" : "log.csv");
	return 0;
}

int
www_log_csv(struct www_turn *t)
{
	return file(t, false);
}

int
www_log_jsonl(struct www_turn *t)
{
	return file(t, true);
}
