/* stats.c - the tick's part of the statistics. */
#include "www/stats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/when.h"
#include "zone/control.h"
#include "zone/reviewed.h"
#include "zone/find.h"

#define CENSUS_AGE 3600      /* seconds after which one is taken anew */
#define CENSUS_CHANGED 300   /* the same, when something changed */
#define CONTROL_PATIENCE 500 /* milliseconds */
#define COUNT_RUNS 20        /* of zone_series_count in one tick */
#define ENDS_AHEAD (7 * 86400)
#define TIDY_MAX 1000

struct held {
	struct zone_census *census;
	unsigned users;
	struct held *next;
};

struct www_stats {
	struct zone_answers answers;      /* as of the last tick */
	bool count_failed, census_failed; /* and it was told */
	int64_t taken;                    /* boot clock of the newest census */
	uint64_t serial;                  /* of it */
	pthread_mutex_t lock;             /* of all below */
	struct held *held;                /* the newest first */
};

int
www_stats_new(struct www_stats **ret_stats)
{
	struct www_stats *s = calloc(1, sizeof(*s));

	if (s == NULL || pthread_mutex_init(&s->lock, NULL) != 0) {
		free(s);
		return ERR_NOMEM;
	}
	*ret_stats = s;
	return 0;
}

static void
drop(struct held **at)
{
	struct held *h = *at;

	*at = h->next;
	zone_census_free(&h->census);
	free(h);
}

void
www_stats_free(struct www_stats **stats)
{
	struct www_stats *s = *stats;

	if (s == NULL) {
		return;
	}
	while (s->held != NULL) {
		drop(&s->held);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
	*stats = NULL;
}

struct zone_census *
www_stats_census(struct www_stats *s)
{
	struct zone_census *census = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->held != NULL) {
		s->held->users++;
		census = s->held->census;
	}
	pthread_mutex_unlock(&s->lock);
	return census;
}

void
www_stats_release(struct www_stats *s, struct zone_census *census)
{
	struct held **at;

	if (census == NULL) {
		return;
	}
	pthread_mutex_lock(&s->lock);
	for (at = &s->held; (*at)->census != census; at = &(*at)->next) {
	}
	(*at)->users--;
	if ((*at)->users == 0 && at != &s->held) {
		drop(at);
	}
	pthread_mutex_unlock(&s->lock);
}

static int
publish(struct www_stats *s, struct zone_census *census)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		zone_census_free(&census);
		return ERR_NOMEM;
	}
	h->census = census;
	pthread_mutex_lock(&s->lock);
	h->next = s->held;
	s->held = h;
	if (h->next != NULL && h->next->users == 0) {
		drop(&h->next);
	}
	pthread_mutex_unlock(&s->lock);
	return 0;
}

/* ---- the tick ------------------------------------------------------------ */

static void
ask_rbld(const struct zone_config *config, struct zone_answers *ret)
{
	struct buf b = { 0 };

	*ret = (struct zone_answers){ .known = false };
	/* whoever does not answer makes a gap; its own alarms are others' */
	if (zone_control_ask(config, "json", CONTROL_PATIENCE, &b) < 0 ||
	    !zone_answers_parse(b.data, b.len, ret)) {
		ret->known = false;
	}
	buf_free(&b);
}

/* Is DETAIL still the entry of KEY? */
struct present {
	struct zone_view *view;
	const struct zone_config *config;
};

static bool
present(const char *name, const char *text, uint32_t detail, void *ctx)
{
	const struct present *p = ctx;
	const struct zone_list_conf *list =
	    zone_config_list(p->config, span_str(name));
	struct zone_entry entry = { .detail = 0 };
	struct zone_key key;
	uint16_t number;
	int r;

	if (list == NULL ||
	    zone_key_parse(list->kind, span_str(text), &key, NULL) < 0) {
		return false;
	}
	r = zone_view_list(p->view, name, list->kind, &number);
	if (r == 1) {
		r = zone_find_exact(p->view, number, &key, &entry);
	}
	return r < 0 || (r == 1 && entry.detail == detail);
}

static int
tidy(const struct zone_config *config, struct zone_store *store,
    struct zone_queue *queue)
{
	struct present p = { NULL, config };
	int r = zone_view_open(store, &p.view);

	if (r == 0) {
		r = zone_view_renew(p.view);
	}
	if (r == 0) {
		r = zone_reviewed_tidy(queue, TIDY_MAX, present, &p);
	}
	zone_view_close(&p.view);
	return r;
}

static uint64_t
serial_of(struct zone_store *store)
{
	struct zone_view *view = NULL;
	uint64_t serial = 0;

	if (zone_view_open(store, &view) == 0 && zone_view_renew(view) == 0) {
		serial = zone_view_serial(view);
	}
	zone_view_close(&view);
	return serial;
}

static void
census(struct www_stats *s, const struct zone_config *config,
    struct zone_store *store, struct zone_queue *queue)
{
	const struct zone_census_rules rules = {
		.review = config->www.review_after,
		.quiet = config->www.review_after,
		.ends = ENDS_AHEAD,
	};
	struct zone_census *c = NULL;
	int64_t now = when_boot();
	uint64_t serial = serial_of(store);
	int r;

	if (s->held != NULL && now - s->taken < CENSUS_AGE &&
	    (serial == s->serial || now - s->taken < CENSUS_CHANGED)) {
		return;
	}
	r = zone_census_take(store, queue, &rules, &c);
	if (r == 0) {
		s->serial = c->serial;
		s->taken = now;
		r = publish(s, c);
	}
	if (r == 0) {
		r = tidy(config, store, queue);
	}
	if (r < 0 && !s->census_failed) {
		log_event(
		    LOG_WARN, "cannot look at all entries: %s", err_str(r));
	}
	s->census_failed = r < 0;
}

void
www_stats_tick(struct www_stats *s, const struct zone_config *config,
    struct zone_store *store, struct zone_queue *queue, int64_t now)
{
	struct zone_answers answers;
	int r = 1;

	ask_rbld(config, &answers);
	for (unsigned i = 0; r == 1 && i < COUNT_RUNS; i++) {
		r = zone_series_count(queue, store, now);
	}
	if (r >= 0) {
		r = zone_series_sample(
		    queue, store, &s->answers, &answers, now);
	}
	s->answers = answers;
	if (r < 0 && !s->count_failed) {
		log_event(LOG_WARN, "cannot count: %s", err_str(r));
	}
	s->count_failed = r < 0;
	census(s, config, store, queue);
}
