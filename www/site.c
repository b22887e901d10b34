/* site.c - what all pages share: environments, configuration, tick. */
#include "www/site.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/when.h"
#include "www/chain.h"
#include "www/stats.h"
#include "zone/delist.h"
#include "zone/queue_expire.h"
#include "zone/queue_review.h"
#include "zone/sweep.h"

#define TOUCHED 1024 /* sessions used within one minute */

/* A configuration and how many use it: the site itself is one. */
struct held {
	struct zone_config *config;
	unsigned users;
	struct held *next;
};

struct www_site {
	struct zone_store *store;
	struct zone_queue *queue;
	struct zone_accounts *accounts;
	struct www_throttle *throttle;
	struct www_claims *claims;
	struct www_stats *stats;
	struct www_limit *limit;
	struct zone_lately *lately;
	struct www_quota *quota;
	struct www_counts counts;
	struct www_chain *chain;
	uint8_t key[32];
	struct zone_sweep_seen swept; /* of the tick alone */
	unsigned ticks;               /* the same */
	bool held;                    /* a list is, and it was told */

	pthread_rwlock_t stores; /* shared: they are used; exclusive: STORE,
	                          * CHAIN and LATELY are exchanged */
	bool stuck;              /* a new store could not be opened: told */

	pthread_mutex_t lock; /* of all below */
	struct held *configs; /* the present one first */
	char touched[TOUCHED][33];
	unsigned n_touched;
	struct www_pulse pulse;
};

/* What was changed lately. What cannot be read is missing in answers that say
 * "removed lately", and nowhere else. */
static void
follow(struct www_site *site)
{
	struct zone_view *view = NULL;
	int r = zone_view_open(site->store, &view);

	if (r == 0) {
		r = zone_view_renew(view);
	}
	if (r == 0) {
		r = zone_lately_follow(site->lately, view, 0);
	}
	zone_view_close(&view);
	if (r < 0) {
		log_event(LOG_WARN, "cannot read what was changed lately: %s",
		    err_str(r));
	}
}

/* Whoever wants to exchange the store must not wait for ever behind visitors
 * who take turns. */
static int
lock_new(pthread_rwlock_t *lock)
{
	pthread_rwlockattr_t attr;
	int r = pthread_rwlockattr_init(&attr);

	if (r == 0) {
		r = pthread_rwlockattr_setkind_np(
		    &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
		if (r == 0) {
			r = pthread_rwlock_init(lock, &attr);
		}
		pthread_rwlockattr_destroy(&attr);
	}
	return r == 0 ? 0 : ERR_NOMEM;
}

int
www_site_open(struct zone_config *config, struct www_site **ret_site,
    struct err_text *why)
{
	struct www_site *site = calloc(1, sizeof(*site));
	int r;

	if (site == NULL || pthread_mutex_init(&site->lock, NULL) != 0) {
		free(site);
		return err_say(why, ERR_NOMEM, "out of memory");
	}
	if (lock_new(&site->stores) < 0) {
		pthread_mutex_destroy(&site->lock);
		free(site);
		return err_say(why, ERR_NOMEM, "out of memory");
	}
	secret_random(site->key, sizeof(site->key));
	r = zone_store_open(config->data_dir, ZONE_STORE_LISTS, ZONE_WRITE,
	    config->map_size, &site->store, why);
	if (r == 0) {
		r = zone_queue_open(config->data_dir, ZONE_WRITE,
		    config->map_size, &site->queue, why);
	}
	if (r == 0) {
		r = zone_accounts_open(config->data_dir, ZONE_WRITE,
		    config->map_size, &site->accounts, why);
	}
	if (r == 0) {
		r = www_throttle_new(&site->throttle);
	}
	if (r == 0) {
		r = www_claims_new(&site->claims);
	}
	if (r == 0) {
		r = www_stats_new(&site->stats);
	}
	if (r == 0) {
		r = www_limit_new(&site->limit);
	}
	if (r == 0) {
		r = zone_lately_new(&site->lately);
	}
	if (r == 0) {
		r = www_quota_new(&site->quota);
	}
	if (r == 0) {
		r = www_chain_new(&site->chain);
	}
	if (r == 0) {
		r = www_site_configure(site, config);
	}
	if (r == 0) {
		follow(site);
	}
	if (r < 0) {
		www_site_close(&site);
		return r;
	}
	*ret_site = site;
	return 0;
}

static void
flush(struct www_site *site)
{
	static char tokens[TOUCHED][33]; /* the tick is one thread */
	unsigned n, failed = 0;

	pthread_mutex_lock(&site->lock);
	n = site->n_touched;
	memcpy(tokens, site->touched, n * sizeof(tokens[0]));
	site->n_touched = 0;
	pthread_mutex_unlock(&site->lock);
	for (unsigned i = 0; i < n; i++) {
		int r = zone_session_touch(
		    site->accounts, tokens[i], strlen(tokens[i]));

		failed += r < 0 && r != ERR_NONE;
	}
	if (failed > 0) {
		log_event(LOG_WARN, "cannot write the last use of %u sessions",
		    failed);
	}
}

void
www_site_close(struct www_site **site)
{
	struct www_site *s = *site;

	if (s == NULL) {
		return;
	}
	if (s->accounts != NULL) {
		flush(s);
		(void)!www_fetches_flush(s->accounts);
	}
	while (s->configs != NULL) {
		struct held *h = s->configs;

		s->configs = h->next;
		zone_config_free(&h->config);
		free(h);
	}
	www_chain_free(&s->chain); /* waits for who reads the stores */
	www_stats_free(&s->stats);
	www_throttle_free(&s->throttle);
	www_claims_free(&s->claims);
	www_limit_free(&s->limit);
	zone_lately_free(&s->lately);
	www_quota_free(&s->quota);
	zone_accounts_close(&s->accounts);
	zone_queue_close(&s->queue);
	zone_store_close(&s->store);
	pthread_rwlock_destroy(&s->stores);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*site = NULL;
}

/* ---- another store in the place of ours ---------------------------------- */

#define EXCHANGE_PATIENCE 1 /* seconds for pages in hand */

/* Open the one that is there, and forget what was read of the one before. Until
 * that succeeds the old one is read, and written by nobody. */
static void
exchange(struct www_site *site)
{
	const struct zone_config *config = www_site_config(site);
	struct zone_store *store = NULL;
	struct zone_lately *lately = NULL;
	struct www_chain *chain = NULL;
	struct err_text why = { "" };
	int r = zone_store_apart(site->store)
	    ? zone_store_open(config->data_dir, ZONE_STORE_LISTS, ZONE_WRITE,
		  config->map_size, &store, &why)
	    : err_say(&why, ERR_STORE,
		  "only data.mdb was replaced, not its folder: restart "
		  "rbl-www");

	www_site_release(site, config);
	if (r == 0) {
		r = zone_lately_new(&lately);
	}
	if (r == 0) {
		r = www_chain_new(&chain);
	}
	if (r < 0) {
		if (!site->stuck) {
			log_event(LOG_FAIL,
			    "store was replaced and cannot be opened: %s",
			    why.text[0] != '\0' ? why.text : err_str(r));
		}
		site->stuck = true;
		zone_lately_free(&lately);
		zone_store_close(&store);
		return;
	}
	www_chain_free(&site->chain); /* waits for who reads the old one */
	zone_lately_free(&site->lately);
	zone_store_close(&site->store);
	site->chain = chain;
	site->lately = lately;
	site->store = store;
	memset(&site->swept, 0, sizeof(site->swept));
	site->stuck = false;
	log_event(LOG_NOTE, "store was replaced: opened anew");
	follow(site);
}

void
www_site_enter(struct www_site *site)
{
	struct timespec until;

	pthread_rwlock_rdlock(&site->stores);
	if (!zone_store_replaced(site->store)) {
		return;
	}
	pthread_rwlock_unlock(&site->stores);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += EXCHANGE_PATIENCE;
	if (pthread_rwlock_clockwrlock(
		&site->stores, CLOCK_MONOTONIC, &until) == 0) {
		if (zone_store_replaced(site->store)) {
			exchange(site);
		}
		pthread_rwlock_unlock(&site->stores);
	}
	pthread_rwlock_rdlock(&site->stores);
}

void
www_site_leave(struct www_site *site)
{
	pthread_rwlock_unlock(&site->stores);
}

static void
let_go(struct www_site *site, struct held *h)
{
	struct held **at;

	if (--h->users > 0) {
		return;
	}
	for (at = &site->configs; *at != h; at = &(*at)->next) {
	}
	*at = h->next;
	zone_config_free(&h->config);
	free(h);
}

int
www_site_configure(struct www_site *site, struct zone_config *config)
{
	struct held *h = calloc(1, sizeof(*h)), *old;

	if (h == NULL) {
		return ERR_NOMEM;
	}
	h->config = config;
	h->users = 1;
	pthread_mutex_lock(&site->lock);
	old = site->configs;
	h->next = old;
	site->configs = h;
	if (old != NULL) {
		let_go(site, old);
	}
	pthread_mutex_unlock(&site->lock);
	return 0;
}

const struct zone_config *
www_site_config(struct www_site *site)
{
	const struct zone_config *config;

	pthread_mutex_lock(&site->lock);
	site->configs->users++;
	config = site->configs->config;
	pthread_mutex_unlock(&site->lock);
	return config;
}

void
www_site_release(struct www_site *site, const struct zone_config *config)
{
	struct held *h;

	pthread_mutex_lock(&site->lock);
	for (h = site->configs; h->config != config; h = h->next) {
	}
	let_go(site, h);
	pthread_mutex_unlock(&site->lock);
}

struct zone_store *
www_site_store(struct www_site *site)
{
	return site->store;
}

struct zone_queue *
www_site_queue(struct www_site *site)
{
	return site->queue;
}

struct zone_accounts *
www_site_accounts(struct www_site *site)
{
	return site->accounts;
}

struct www_throttle *
www_site_throttle(struct www_site *site)
{
	return site->throttle;
}

struct www_claims *
www_site_claims(struct www_site *site)
{
	return site->claims;
}

struct www_stats *
www_site_stats(struct www_site *site)
{
	return site->stats;
}

struct www_limit *
www_site_limit(struct www_site *site)
{
	return site->limit;
}

struct zone_lately *
www_site_lately(struct www_site *site)
{
	return site->lately;
}

struct www_counts *
www_site_counts(struct www_site *site)
{
	return &site->counts;
}

void
www_site_pulse(struct www_site *site, struct www_pulse *ret)
{
	pthread_mutex_lock(&site->lock);
	*ret = site->pulse;
	pthread_mutex_unlock(&site->lock);
}

#define PULSE_PATIENCE 1000 /* milliseconds */

void
www_site_ask_pulse(struct www_site *site)
{
	const struct zone_config *config = www_site_config(site);
	static struct www_pulse pulse; /* the tick is one thread */

	www_pulse_take(config, PULSE_PATIENCE, when_now(), &pulse);
	www_site_release(site, config);
	pthread_mutex_lock(&site->lock);
	site->pulse = pulse;
	pthread_mutex_unlock(&site->lock);
}

struct www_quota *
www_site_quota(struct www_site *site)
{
	return site->quota;
}

struct www_chain *
www_site_chain(struct www_site *site)
{
	return site->chain;
}

const uint8_t *
www_site_key(struct www_site *site)
{
	return site->key;
}

void
www_site_touch(struct www_site *site, const char token[33])
{
	unsigned i = 0;

	pthread_mutex_lock(&site->lock);
	while (i < site->n_touched &&
	    memcmp(site->touched[i], token, sizeof(site->touched[i])) != 0) {
		i++;
	}
	if (i == site->n_touched && i < TOUCHED) {
		memcpy(site->touched[i], token, sizeof(site->touched[i]));
		site->n_touched++;
	}
	pthread_mutex_unlock(&site->lock);
}

/* What has expired goes; a list of which too much has is only told of, when
 * that begins. */
static void
sweep(struct www_site *site)
{
	static struct zone_swept swept; /* the tick is one thread */
	const struct zone_config *config = www_site_config(site);
	struct err_text why = { "" };
	int r = zone_sweep(
	    site->store, config, "rbl-www", 0, &site->swept, &swept, &why);

	www_site_release(site, config);
	if (r < 0) {
		log_event(LOG_WARN, "cannot remove what has expired: %s",
		    why.text[0] != '\0' ? why.text : err_str(r));
		return;
	}
	if (swept.change.serial != 0) {
		log_event(LOG_TELL, "swept serial=%llu removed=%zu",
		    (unsigned long long)swept.change.serial,
		    swept.change.removed);
	}
	for (size_t i = 0; i < swept.n_lists && swept.held && !site->held;
	     i++) {
		const struct zone_swept_list *l = &swept.lists[i];

		if (l->held) {
			log_event(LOG_FAIL,
			    "more than a tenth expired at once, none was "
			    "removed; is the clock right? list=%s expired=%llu "
			    "entries=%llu; see \"rblctl sweep\"",
			    l->name, (unsigned long long)l->expired,
			    (unsigned long long)l->entries);
		}
	}
	site->held = swept.held;
}

#define EXPIRE_EVERY 10 /* ticks */
#define EXPIRE_ROUNDS 20

/* What was reported although it is listed, and mails that are old enough. */
static void
tend_queue(struct www_site *site)
{
	const struct zone_config *config = www_site_config(site);
	const struct zone_retention policy = {
		.age = config->ingest.retention,
		.size = config->ingest.retention_size,
		.now = when_now(),
		.rounds = EXPIRE_ROUNDS,
	};
	struct zone_reviewed seen = { 0 };
	struct zone_expired gone = { 0 };
	int r = zone_queue_review(
	    site->queue, site->store, config, "rbl-www", policy.now, &seen);

	if (r < 0) {
		log_event(LOG_WARN, "cannot look at what was seen again: %s",
		    err_str(r));
	} else if (seen.reopened + seen.extended > 0) {
		log_event(LOG_TELL,
		    "seen again: items that wait again=%u extended=%u",
		    seen.reopened, seen.extended);
	}
	if (site->ticks++ % EXPIRE_EVERY == 0) {
		r = zone_queue_expire(site->queue, &policy, "rbl-www", &gone);
		if (r < 0) {
			log_event(
			    LOG_WARN, "cannot remove old mail: %s", err_str(r));
		}
	}
	if (gone.submissions + gone.items + gone.dismissed > 0) {
		log_event(LOG_TELL,
		    "expired mails=%llu bytes=%llu items=%llu dismissed=%llu",
		    (unsigned long long)gone.submissions,
		    (unsigned long long)gone.bytes,
		    (unsigned long long)gone.items,
		    (unsigned long long)gone.dismissed);
	}
	www_site_release(site, config);
}

static void
count(struct www_site *site)
{
	const struct zone_config *config = www_site_config(site);

	www_stats_tick(
	    site->stats, config, site->store, site->queue, when_now());
	www_chain_tick(site->chain, site->store, site->queue, when_now());
	www_site_release(site, config);
}

#define REQUESTS_KEPT (180 * INT64_C(86400)) /* decided ones, seconds */
#define REQUESTS_A_TICK 100

static void
tend_requests(struct www_site *site)
{
	size_t n = 0;
	int r = zone_request_expire(
	    site->queue, when_now() - REQUESTS_KEPT, REQUESTS_A_TICK, &n);

	if (r < 0) {
		log_event(
		    LOG_WARN, "cannot forget old requests: %s", err_str(r));
	} else if (n > 0) {
		log_event(LOG_TELL, "forgotten requests=%zu", n);
	}
}

void
www_site_tick(struct www_site *site)
{
	int r;

	www_site_ask_pulse(site);
	www_site_enter(site);
	flush(site);
	r = www_fetches_flush(site->accounts);
	if (r < 0) {
		log_event(LOG_WARN, "cannot count what was fetched: %s",
		    err_str(r));
	}
	sweep(site);
	tend_queue(site);
	count(site);
	tend_requests(site);
	follow(site);
	r = zone_session_sweep(site->accounts);
	if (r < 0) {
		log_event(LOG_WARN, "cannot drop old sessions: %s", err_str(r));
	}
	zone_store_tend(site->store);
	zone_queue_tend(site->queue);
	zone_accounts_tend(site->accounts);
	www_site_leave(site);
}

bool
www_site_proxy(const struct net_ip *peer, void *ctx)
{
	struct www_site *site = ctx;
	const struct zone_config *config = www_site_config(site);
	bool yes = false;

	for (size_t i = 0; i < config->www.n_behind_proxy && !yes; i++) {
		const struct net_prefix *p = &config->www.behind_proxy[i];

		yes = net_ip_within(peer, &p->ip, p->plen);
	}
	www_site_release(site, config);
	return yes;
}
