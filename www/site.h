/* site.h - what all pages share: environments, configuration, tick.
 *
 * One for the process. The environments and the throttle are safe to use from
 * any thread; the configuration may be exchanged at any time, so a request
 * holds the one that it began with.
 */
#pragma once

#include "www/claims.h"
#include "www/http.h"
#include "www/limit.h"
#include "www/counts.h"
#include "www/pulse.h"
#include "www/quota.h"
#include "www/throttle.h"
#include "zone/accounts.h"
#include "zone/config.h"
#include "zone/lately.h"
#include "zone/queue.h"

struct www_site;
struct www_stats; /* www/stats.h */
struct www_chain; /* www/chain.h */

MUST_CHECK int www_site_open(struct zone_config *config,
    struct www_site **ret_site, struct err_text *why); /* keeps CONFIG */
void www_site_close(struct www_site **site); /* flushes what is remembered */

/* Use CONFIG (taken over) from the next request on. */
MUST_CHECK int www_site_configure(
    struct www_site *site, struct zone_config *config);

/* Borrow the present configuration until it is released. */
const struct zone_config *www_site_config(struct www_site *site);
void www_site_release(struct www_site *site, const struct zone_config *config);

/* Around whatever uses the environments: a request, the tick. When another
 * store was put in the place of the open one (rblctl restore), it is opened
 * first. Not recursive. */
void www_site_enter(struct www_site *site);
void www_site_leave(struct www_site *site);

/* Borrowed until www_site_leave. */
struct zone_store *www_site_store(struct www_site *site);
struct zone_queue *www_site_queue(struct www_site *site);
struct zone_accounts *www_site_accounts(struct www_site *site);
struct www_throttle *www_site_throttle(struct www_site *site);
struct www_claims *www_site_claims(struct www_site *site);
struct www_stats *www_site_stats(struct www_site *site);
struct www_limit *www_site_limit(struct www_site *site);
struct zone_lately *www_site_lately(struct www_site *site);
struct www_quota *www_site_quota(struct www_site *site);
struct www_counts *www_site_counts(struct www_site *site);
/* What the responder answered when the tick asked it last. */
void www_site_pulse(struct www_site *site, struct www_pulse *ret);
/* Ask it now; the tick does it, and the program when it begins. */
void www_site_ask_pulse(struct www_site *site);
struct www_chain *www_site_chain(struct www_site *site);
const uint8_t *www_site_key(struct www_site *site); /* 32 bytes, one start */

/* A session was used: remembered here, written by the tick, since a GET must
 * change nothing on disk (decisions 21). */
void www_site_touch(struct www_site *site, const char token[33]);

/* Once a minute: write what is remembered, drop old sessions, remove entries
 * that have expired (zone/sweep.h), clear the slots of readers that died.
 * Failures are logged. No page waits for it, but one that changes the store. */
void www_site_tick(struct www_site *site);

/* For www_http_start; CTX is the site. */
www_http_proxy_fn www_site_proxy;
