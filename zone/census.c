/* census.c - one walk over all lists. */
#include "zone/census.h"

#include <stdlib.h>
#include <string.h>

#include "zone/pick.h"
#include "zone/reviewed.h"

const int64_t zone_age_bounds[ZONE_AGES] = { 86400, 7 * 86400, 30 * 86400,
	90 * 86400, 365 * INT64_C(86400), INT64_MAX };

struct taking {
	struct zone_view *view;
	struct zone_queue *queue;
	const struct zone_census_rules *rules;
	const struct zone_list_info *list;
	struct zone_census *c;
	size_t cap[ZONE_DUES];
	int64_t now;
	struct arena arena;
	/* of the detail that was looked at last */
	uint32_t detail;
	int64_t created;
	bool person;
	unsigned criterion; /* ZONE_CRITERIA: a further one */
};

void
zone_census_free(struct zone_census **census)
{
	struct zone_census *c = *census;

	for (unsigned i = 0; c != NULL && i < ZONE_DUES; i++) {
		free(c->due[i].rows);
	}
	free(c);
	*census = NULL;
}

static unsigned
criterion_of(struct zone_census *c, struct span text)
{
	size_t n = text.len < sizeof(c->criterion[0].text)
	    ? text.len
	    : sizeof(c->criterion[0].text) - 1;
	unsigned i = 0;

	while (n > 0 && n < text.len && ((uint8_t)text.at[n] & 0xc0) == 0x80) {
		n--; /* not within a character */
	}
	while (i < c->n_criteria &&
	    (strlen(c->criterion[i].text) != n ||
		memcmp(c->criterion[i].text, text.at, n) != 0)) {
		i++;
	}
	if (i == c->n_criteria && i < ZONE_CRITERIA) {
		if (n > 0) {
			memcpy(c->criterion[i].text, text.at, n);
		}
		c->n_criteria++;
	}
	return i;
}

static int
look_up(struct taking *t, uint32_t detail)
{
	struct zone_detail d;
	int rc;

	if (detail == t->detail) {
		return 0;
	}
	rc = zone_view_detail(t->view, detail, &d);
	if (rc <= 0) {
		return rc < 0 ? rc : ERR_CORRUPT;
	}
	t->detail = detail;
	t->created = d.created;
	t->person = d.person;
	t->criterion = zone_detail_exempt(&d) ? ZONE_CRITERIA
					      : criterion_of(t->c, d.criterion);
	return 0;
}

/* ---- what is due --------------------------------------------------------- */

static int
add_due(struct taking *t, enum zone_due kind, const char *key, int64_t time,
    int64_t noted)
{
	struct zone_due_row *row;
	size_t n = t->c->due[kind].n;

	t->c->due[kind].total++;
	if (n == ZONE_DUE_ROWS) {
		return 0;
	}
	if (n == t->cap[kind]) {
		size_t cap = n == 0 ? 64 : n * 2;

		row = reallocarray(t->c->due[kind].rows, cap, sizeof(*row));
		if (row == NULL) {
			return ERR_NOMEM;
		}
		t->c->due[kind].rows = row;
		t->cap[kind] = cap;
	}
	row = &t->c->due[kind].rows[t->c->due[kind].n++];
	memset(row, 0, sizeof(*row));
	memcpy(row->list, t->list->name, sizeof(row->list));
	memcpy(row->key, key, strlen(key) + 1);
	row->detail = t->detail;
	row->time = time;
	row->noted = noted;
	return 0;
}

static int
look_at_person(struct taking *t, const struct zone_entry *e)
{
	struct zone_reviewed_note note = { .time = 0 };
	struct zone_sightings seen = { .last = 0 };
	int64_t left = e->until == 0 ? INT64_MAX : e->until - t->now;
	int64_t since = t->created, heard;
	char key[ZONE_KEY_TEXT];
	int rc = 0;

	if (left > t->rules->ends && since > t->now - t->rules->review &&
	    since > t->now - t->rules->quiet) {
		return 0;
	}
	zone_key_format(key, &e->key);
	rc = zone_reviewed_get(
	    t->queue, t->list->name, key, t->detail, &t->arena, &note);
	arena_free(&t->arena);
	if (rc < 0) {
		return rc;
	}
	since = note.time > since ? note.time : since;
	if (left <= t->rules->ends) {
		/* kept already: it was seen that it ends */
		return note.time > t->now - t->rules->ends
		    ? 0
		    : add_due(t, ZONE_DUE_ENDS, key, e->until, note.time);
	}
	rc = 0;
	if (since <= t->now - t->rules->review && left > t->rules->review / 2) {
		rc = add_due(t, ZONE_DUE_REVIEW, key, since, note.time);
	}
	if (rc == 0 && since <= t->now - t->rules->quiet) {
		rc = zone_queue_sightings(t->queue, t->list->name, key, &seen);
		heard = seen.last > t->created ? seen.last : t->created;
		if (rc >= 0) {
			rc = heard <= t->now - t->rules->quiet
			    ? add_due(t, ZONE_DUE_QUIET, key, heard, note.time)
			    : 0;
		}
	}
	return rc;
}

static int
count(const struct zone_entry *e, void *ctx)
{
	struct taking *t = ctx;
	struct zone_census *c = t->c;
	unsigned i = 0;
	int rc;

	if (e->until != 0 && e->until <= t->now) {
		return 0;
	}
	if (e->code == 0) {
		c->exempt++;
		return 0;
	}
	rc = look_up(t, e->detail);
	if (rc < 0) {
		return rc;
	}
	c->listed++;
	c->forever += e->until == 0;
	c->person += t->person;
	while (t->now - t->created >= zone_age_bounds[i] && i < ZONE_AGES - 1) {
		i++;
	}
	c->age[i]++;
	if (t->criterion < ZONE_CRITERIA) {
		c->criterion[t->criterion].n++;
	} else {
		c->further++;
	}
	return t->person ? look_at_person(t, e) : 0;
}

static int
all_wanted(struct zone_view *view, const struct zone_said *said, void *ctx)
{
	(void)view;
	(void)said;
	(void)ctx;
	return 1;
}

/* ---- the whole ----------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct zone_due_row *x = a, *y = b;

	return x->time != y->time ? (x->time < y->time ? -1 : 1)
				  : strcmp(x->key, y->key);
}

static int
by_number(const void *a, const void *b)
{
	const struct zone_criterion_count *x = a, *y = b;

	return x->n != y->n ? (x->n > y->n ? -1 : 1) : strcmp(x->text, y->text);
}

#define LISTS 256

int
zone_census_take(struct zone_store *store, struct zone_queue *queue,
    const struct zone_census_rules *rules, struct zone_census **ret)
{
	struct taking t = { .queue = queue, .rules = rules };
	struct zone_list_info *lists = calloc(LISTS, sizeof(*lists));
	int rc = lists != NULL ? 0 : ERR_NOMEM, n = 0;

	t.c = calloc(1, sizeof(*t.c));
	if (t.c == NULL) {
		rc = ERR_NOMEM;
	}
	if (rc == 0) {
		rc = zone_view_open(store, &t.view);
	}
	if (rc == 0) {
		rc = zone_view_renew(t.view);
	}
	if (rc == 0) {
		n = zone_view_lists(t.view, lists, LISTS);
		rc = n < 0 ? n : 0;
	}
	if (rc == 0) {
		t.now = zone_view_now(t.view);
		t.c->time = t.now;
		t.c->serial = zone_view_serial(t.view);
	}
	for (int i = 0; i < n && i < LISTS && rc == 0; i++) {
		t.list = &lists[i];
		rc = zone_pick(t.view, lists[i].number, lists[i].kind,
		    all_wanted, count, &t);
	}
	zone_view_close(&t.view);
	arena_free(&t.arena);
	free(lists);
	if (rc < 0) {
		zone_census_free(&t.c);
		return rc;
	}
	qsort(t.c->criterion, t.c->n_criteria, sizeof(t.c->criterion[0]),
	    by_number);
	for (unsigned i = 0; i < ZONE_DUES; i++) {
		if (t.c->due[i].n > 0) {
			qsort(t.c->due[i].rows, t.c->due[i].n,
			    sizeof(t.c->due[i].rows[0]), by_time);
		}
	}
	*ret = t.c;
	return 0;
}
