/* log.c - reading both logs backwards at once. */
#include "www/log.h"

#include "base/when.h"
#include "www/cover.h"
#include "www/lang.h"

#define EVENTS 200 /* read at once */
#define KEYS_FOR_WORDS 100
#define DAY 86400

/* ---- what is asked for --------------------------------------------------- */

static const char *
field(const struct www_turn *t, const char *name)
{
	const char *s = www_fields_get(&t->request->query, name);

	return s != NULL ? s : "";
}

static int
wrong(struct www_turn *t, const char *what)
{
	(void)www_page_say(t, 400, T("Not understood"), "%s", what);
	return 1;
}

int
www_log_asked(struct www_turn *t, struct www_log_filter *ret_filter,
    struct www_log_place *ret_place)
{
	const struct www_fields *q = &t->request->query;
	unsigned long serial = INT64_MAX, event = INT64_MAX;
	struct www_log_filter f = {
		.by = field(t, "by"),
		.action = field(t, "action"),
		.list = field(t, "list"),
		.source = field(t, "source"),
		.word = field(t, "q"),
		.key_text = field(t, "key"),
		.since_text = field(t, "since"),
		.before_text = field(t, "before"),
		.before = INT64_MAX,
	};
	struct err_text why = { "" };
	int64_t until;

	if (!www_fields_number(q, "serial", INT64_MAX, &serial) ||
	    !www_fields_number(q, "event", INT64_MAX, &event)) {
		return wrong(t, T("A place in the log is given by numbers."));
	}
	if (f.key_text[0] != '\0' &&
	    www_key_typed(t->config, f.key_text, &f.key, &why) < 0) {
		return wrong(t,
		    T("The address, network, mailbox or domain to look for is "
		      "none."));
	}
	if (f.since_text[0] != '\0' &&
	    when_parse(span_str(f.since_text), &f.since) < 0) {
		return wrong(t, T("A day is written as 2026-11-21."));
	}
	if (f.before_text[0] != '\0') {
		if (when_parse(span_str(f.before_text), &until) < 0) {
			return wrong(t, T("A day is written as 2026-11-21."));
		}
		/* "until that day" has the day in it */
		f.before = strlen(f.before_text) == 10 ? until + DAY : until;
	}
	f.any = f.by[0] != '\0' || f.action[0] != '\0' || f.list[0] != '\0' ||
	    f.source[0] != '\0' || f.word[0] != '\0' || f.key_text[0] != '\0' ||
	    f.since_text[0] != '\0' || f.before_text[0] != '\0';
	*ret_filter = f;
	*ret_place = (struct www_log_place){ serial, event };
	return 0;
}

const char *
www_log_query(struct www_turn *t, const struct www_log_filter *f)
{
	const struct {
		const char *name, *value;
	} fields[] = { { "by", f->by }, { "action", f->action },
		{ "list", f->list }, { "key", f->key_text },
		{ "source", f->source }, { "since", f->since_text },
		{ "before", f->before_text }, { "q", f->word } };
	const char *query = "";

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *value;

		if (fields[i].value[0] == '\0') {
			continue;
		}
		value = www_url_quote(&t->arena, fields[i].value);
		query = value == NULL || query == NULL
		    ? NULL
		    : arena_fmt(
			  &t->arena, "%s%s=%s&", query, fields[i].name, value);
	}
	return query;
}

/* ---- lists --------------------------------------------------------------- */

int
www_log_lists(struct zone_view *view, struct www_log_lists *ret)
{
	int cap = (int)(sizeof(ret->info) / sizeof(ret->info[0]));

	ret->n = zone_view_lists(view, ret->info, (size_t)cap);
	if (ret->n < 0) {
		return ret->n;
	}
	ret->n = ret->n < cap ? ret->n : cap;
	return 0;
}

const char *
www_log_list_name(const struct www_log_lists *lists, uint16_t number)
{
	for (int i = 0; i < lists->n; i++) {
		if (lists->info[i].number == number) {
			return lists->info[i].name;
		}
	}
	return "?";
}

/* ---- does a row fit ------------------------------------------------------ */

struct reader_state {
	struct www_turn *t;
	struct zone_view *view;
	const struct www_log_filter *f;
	struct www_log_reading *r;
	struct www_log_lists lists;
	uint64_t keys; /* looked at */
	unsigned rows; /* the same */
	bool hit;      /* of the row in hand */
	bool words;    /* its keys are looked through for the word, too */
	bool word_hit;
};

/* The part of a domain's key that is a name. */
static const char *
bare(const char *text)
{
	text += text[0] == '*';
	return text + (text[0] == '.');
}

/* Has KEY to do with what is looked for: is it the same, within it, or around
 * it? */
static bool
key_fits(const struct zone_key *want, const struct zone_key *key)
{
	const char *w, *k;

	if (key->kind != want->kind) {
		return false;
	}
	if (key->kind == ZONE_KIND_IP) {
		return key->ip.ip.bits == want->ip.ip.bits &&
		    (net_ip_within(&key->ip.ip, &want->ip.ip, want->ip.plen)
			    ? key->ip.plen >= want->ip.plen
			    : key->ip.plen < want->ip.plen &&
				net_ip_within(
				    &want->ip.ip, &key->ip.ip, key->ip.plen));
	}
	if (key->kind == ZONE_KIND_ADDRESS) {
		return strcmp(key->text, want->text) == 0;
	}
	w = bare(want->text);
	k = bare(key->text);
	return strcmp(w, k) == 0 ||
	    (span_ends(span_str(k), w) && strlen(k) > strlen(w) &&
		k[strlen(k) - strlen(w) - 1] == '.');
}

static int
look_at_key(const struct zone_history_key *key, void *ctx)
{
	struct reader_state *s = ctx;
	const struct www_log_filter *f = s->f;
	char text[ZONE_KEY_TEXT];

	s->keys++;
	s->hit = s->hit ||
	    ((f->key_text[0] == '\0' || key_fits(&f->key, &key->key)) &&
		(f->list[0] == '\0' ||
		    span_is(span_str(f->list),
			www_log_list_name(&s->lists, key->list))));
	if (s->words && !s->word_hit) {
		zone_key_format(text, &key->key);
		s->word_hit = span_find(span_str(text), f->word) != NULL;
	}
	return (s->hit && (!s->words || s->word_hit)) ||
	    s->keys > s->r->scan_keys;
}

static bool
same_words(const struct www_log_filter *f, struct span by, const char *action)
{
	return (f->by[0] == '\0' || span_is(by, f->by)) &&
	    (f->action[0] == '\0' || strcmp(f->action, action) == 0);
}

/* 1, 0, <0. */
static int
change_fits(struct reader_state *s, const struct zone_history_row *row)
{
	const struct www_log_filter *f = s->f;
	bool word = f->word[0] == '\0' || span_find(row->by, f->word) != NULL ||
	    span_find(row->source, f->word) != NULL ||
	    span_find(row->reason, f->word) != NULL;
	int r;

	if (row->time < f->since || row->time >= f->before ||
	    !same_words(f, row->by, zone_action_name(row->action)) ||
	    (f->source[0] != '\0' &&
		span_find(row->source, f->source) == NULL)) {
		return 0;
	}
	s->words = !word && row->keys <= KEYS_FOR_WORDS;
	if (!word && !s->words) {
		return 0;
	}
	s->word_hit = word;
	s->hit = f->key_text[0] == '\0' && f->list[0] == '\0';
	if (!s->hit || s->words) {
		r = zone_history_keys(s->view, row->serial, look_at_key, s);
		if (r < 0) {
			return r;
		}
	}
	return s->hit && s->word_hit;
}

/* An event without an item says what it is about: "KEY in LIST: why". */
static bool
told_about(const struct www_log_filter *f, const struct zone_queue_event *e)
{
	const char *in = strstr(e->reason, " in ");
	struct zone_key key;
	struct span list;

	if (in == NULL) {
		return false;
	}
	list = span(in + 4, strcspn(in + 4, ":"));
	if (f->list[0] != '\0' && !span_is(list, f->list)) {
		return false;
	}
	return f->key_text[0] == '\0' ||
	    (zone_key_parse(f->key.kind,
		 span(e->reason, (size_t)(in - e->reason)), &key, NULL) == 0 &&
		key_fits(&f->key, &key));
}

static int
event_fits(struct reader_state *s, const struct zone_queue_event *e)
{
	const struct www_log_filter *f = s->f;
	bool word = f->word[0] == '\0' ||
	    span_find(span_str(e->by), f->word) != NULL ||
	    span_find(span_str(e->reason), f->word) != NULL;
	bool about = f->key_text[0] == '\0' && f->list[0] == '\0';
	struct arena arena = { 0 };
	struct zone_item item;
	int r = 0;

	if (e->time < f->since || e->time >= f->before ||
	    f->source[0] != '\0' ||
	    !same_words(f, span_str(e->by), e->action)) {
		return 0;
	}
	if (e->item == 0) {
		return word && (about || told_about(f, e));
	}
	if (word && about) {
		return 1;
	}
	r = zone_queue_get(www_site_queue(s->t->site), e->item, &arena, &item);
	if (r == 1) {
		word = word || span_find(span_str(item.subject), f->word);
		for (unsigned i = 0; i < item.n_candidates; i++) {
			const struct zone_candidate *c = &item.candidates[i];
			struct zone_key key;

			word = word ||
			    span_find(span_str(c->key), f->word) != NULL;
			about = about ||
			    ((f->list[0] == '\0' ||
				 span_is(span_str(f->list), c->list)) &&
				(f->key_text[0] == '\0' ||
				    (zone_key_parse(f->key.kind,
					 span_str(c->key), &key, NULL) == 0 &&
					key_fits(&f->key, &key))));
		}
		r = word && about;
	}
	arena_free(&arena);
	return r == ERR_CORRUPT ? 0 : r;
}

/* ---- where to begin ------------------------------------------------------ */

/* Numbers have no gaps and times never fall: the newest of PLACE that is
 * before the filter's end is found by halving. */
static int
skip_to(struct reader_state *s, struct www_log_place *place)
{
	struct zone_history_row row;
	uint64_t low = 0, high;
	int r;

	if (s->f->before == INT64_MAX) {
		return 0;
	}
	for (high = place->serial; low < high;) {
		uint64_t middle = low + (high - low + 1) / 2;

		/* a restore leaves numbers out */
		r = zone_history_after(s->view, middle, &row);
		if (r == ERR_CORRUPT) {
			return 0; /* then all are looked at, one by one */
		}
		if (r < 0) {
			return r;
		}
		if (r == 1 && row.time < s->f->before) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	place->serial = low;
	return 0;
}

/* What the history tells too: the listing and its undo, and the vote that
 * was enough for it. */
static bool
told_already(
    const struct zone_queue_event *e, const struct zone_queue_event *newer)
{
	if (strcmp(e->action, "approve") == 0 ||
	    strcmp(e->action, "undo") == 0) {
		return true;
	}
	return strcmp(e->action, "vote") == 0 && newer != NULL &&
	    strcmp(newer->action, "approve") == 0 && newer->item == e->item &&
	    strcmp(newer->by, e->by) == 0;
}

/* The events in hand, and those behind them. */
struct batch {
	struct zone_queue_event *rows;
	size_t n, at;
	struct zone_queue_event last; /* of the batch before */
	bool before;                  /* there was one */
	bool end;                     /* no more behind it */
};

static int
fill_batch(struct www_turn *t, struct batch *b, uint64_t event)
{
	int r;

	if (b->end || b->at < b->n) {
		return 0;
	}
	if (b->n > 0) {
		b->last = b->rows[b->n - 1];
		b->before = true;
	}
	r = zone_queue_log(
	    www_site_queue(t->site), event, EVENTS, &t->arena, &b->rows, &b->n);
	b->at = 0;
	b->end = r < 0 || b->n < EVENTS;
	return r;
}

int
www_log_read(struct www_turn *t, struct zone_view *view,
    const struct www_log_filter *filter, struct www_log_place *place,
    struct www_log_reading *reading, www_log_fn *fn, void *ctx)
{
	struct reader_state *s = arena_alloc(&t->arena, sizeof(*s));
	struct zone_history_row row;
	struct batch b = { 0 };
	int more, r;

	if (s == NULL) {
		return ERR_NOMEM;
	}
	*s = (struct reader_state){
		.t = t, .view = view, .f = filter, .r = reading
	};
	r = www_log_lists(view, &s->lists);
	if (r == 0 && place->serial > zone_view_serial(view)) {
		place->serial = zone_view_serial(view);
	}
	if (r == 0) {
		r = skip_to(s, place);
	}
	if (r == 0) {
		r = fill_batch(t, &b, place->event);
	}
	more = r < 0 ? r : zone_history_before(view, place->serial, &row);
	while (r >= 0 && (more == 1 || more == ERR_CORRUPT || b.at < b.n)) {
		struct www_log_row found = { NULL, NULL, 0 };
		const struct zone_queue_event *e = NULL;

		if (reading->found == reading->max ||
		    s->rows == reading->scan || s->keys > reading->scan_keys) {
			reading->more = true;
			reading->stopped = reading->found < reading->max;
			break;
		}
		s->rows++;
		if (more == ERR_CORRUPT) {
			/* it is shown that something is there; all that is
			 * not damaged must stay in reach */
			found.damaged = place->serial--;
			r = 1;
		} else if (more == 1 &&
		    (b.at == b.n || row.time >= b.rows[b.at].time)) {
			reading->time = row.time;
			r = change_fits(s, &row);
			found.change = &row;
			place->serial = row.serial - 1;
		} else {
			e = &b.rows[b.at];
			reading->time = e->time;
			r = reading->all ||
				!told_already(e,
				    b.at > 0       ? e - 1
					: b.before ? &b.last
						   : NULL)
			    ? event_fits(s, e)
			    : 0;
			found.event = e;
			place->event = e->number - 1;
			b.at++;
		}
		if (found.damaged == 0 && reading->time < filter->since) {
			reading->more = false; /* all others are older yet */
			break;
		}
		if (r == 1) {
			reading->found++;
			r = fn(&found, ctx);
		}
		if (r >= 0 && found.event == NULL) {
			more = zone_history_before(view, place->serial, &row);
		}
		if (r >= 0) {
			r = fill_batch(t, &b, place->event);
		}
	}
	return r < 0 ? r : more < 0 && more != ERR_CORRUPT ? more : 0;
}
