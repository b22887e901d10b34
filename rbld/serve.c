/* serve.c - what the serving process does besides answering.
 *
 * The main thread prepares worlds and the crew moves into them. A store that
 * is absent or damaged is tried again every second. When the store's folder
 * was replaced (rblctl restore), the new one is opened beside the old one and
 * the crew moves, so no question meets no store. When only its file was, LMDB's
 * lock file is the same, and a process must not have that open twice: the crew
 * moves into a world without a store in between, which lasts less than a
 * millisecond.
 */
#include "rbld/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "rbld/crew.h"
#include "rbld/metrics.h"
#include "rbld/notify.h"
#include "rbld/unapplied.h"
#include "rbld/warm.h"

#define TEND_EVERY 60 /* seconds between looks for dead readers */
#define HELD_EVERY 60 /* seconds between words about the rate limit */
#define TELL_EVERY 60 /* seconds between messages of the same damage */
#define FILES_KEPT 64 /* descriptors that are not for connections */

/* One configuration and what is made of it. */
struct served {
	struct zone_config *config;
	struct rbld_apex *apex;
	struct rbld_self *self;
	struct rbld_keys *keys;
	struct rbld_ledger *ledger;
	struct rbld_notify *notify; /* NULL: nobody is to be told */
};

struct server {
	const struct rbld_serve *args;
	struct served served;
	struct rbld_book *book;   /* of the counters */
	struct rbld_notes *notes; /* what threads have to tell */
	struct zone_store *store; /* NULL: absent or unreadable */
	struct stat file;         /* of the store, when it was opened */
	struct rbld_world *world;
	struct rbld_crew *crew;
	struct rbld_rate_table *rates; /* stays from world to world */
	bool compared;        /* the configuration with the store */
	struct err_text told; /* why there is no store, as was logged */
	int64_t hold_until, tended;
	uint64_t failures; /* SERVFAIL answers at the last look */
	uint64_t held;     /* answers held back when that was told last */
	int64_t held_told;
	uint64_t untold; /* of a damaged store, that were not told of yet */
	int64_t tell_at; /* not before */
};

/* ---- worlds ------------------------------------------------------------ */

static void
world_free(struct rbld_world **world)
{
	struct rbld_world *w = *world;

	if (w == NULL) {
		return;
	}
	for (unsigned i = 0; i < w->n_looks; i++) {
		rbld_look_close(&w->looks[i]);
	}
	free(w->looks);
	free(w);
	*world = NULL;
}

/* Connections that the process may have. */
static unsigned
tcp_limit(const struct zone_config *config)
{
	struct rlimit files;
	unsigned limit = config->dns.tcp_limit > 0 ? config->dns.tcp_limit : 1;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < (rlim_t)limit + FILES_KEPT) {
		limit = files.rlim_cur > 2 * FILES_KEPT
		    ? (unsigned)files.rlim_cur - FILES_KEPT
		    : FILES_KEPT;
	}
	return limit;
}

static int
world_new(const struct server *s, const struct served *served,
    struct rbld_world **ret_world)
{
	unsigned n = rbld_crew_threads(s->args->listen);
	struct rbld_world *w = calloc(1, sizeof(*w));
	int r = ERR_NOMEM;

	if (w == NULL) {
		goto out;
	}
	w->apex = served->apex;
	w->ledger = served->ledger;
	w->udp_size = served->config->dns.udp_size < RBLD_REPLY_MIN
	    ? RBLD_REPLY_MIN
	    : served->config->dns.udp_size;
	w->tcp_limit = tcp_limit(served->config);
	w->tcp_timeout = served->config->dns.tcp_timeout;
	w->self = served->self;
	if (served->config->dns.rate_limit > 0) {
		rbld_rate_set(&w->rate, s->rates,
		    served->config->dns.rate_limit, served->config->dns.slip,
		    served->config->dns.rate_exempt,
		    served->config->dns.n_rate_exempt);
	}
	w->looks = calloc(n, sizeof(*w->looks));
	if (w->looks == NULL) {
		goto out;
	}
	for (; w->n_looks < n; w->n_looks++) {
		struct rbld_look *look = &w->looks[w->n_looks];

		r = rbld_look_open(look, served->apex, s->store);
		if (r < 0) {
			goto out;
		}
		look->ledger = served->ledger;
		look->keys = served->keys;
		look->notes = s->notes;
		look->counts = rbld_ledger_row(served->ledger, w->n_looks);
	}
	*ret_world = w;
	w = NULL;
	r = 0;
out:
	world_free(&w);
	return r;
}

/* Make a world of SERVED and the present store, and have it served. */
static int
move(struct server *s, const struct served *served)
{
	struct rbld_world *old = s->world, *new = NULL;
	int r = world_new(s, served, &new);

	if (r < 0) {
		return r;
	}
	if (s->crew == NULL) {
		r = rbld_crew_start(
		    s->args->listen, new, s->args->restarts, &s->crew);
		if (r < 0) {
			world_free(&new);
			return r;
		}
	} else {
		rbld_crew_move(s->crew, new);
	}
	s->world = new;
	world_free(&old);
	return 0;
}

/* ---- the store --------------------------------------------------------- */

#define PATH_ROOM 4160

static bool
path_of(const struct server *s, char path[PATH_ROOM])
{
	return (size_t)snprintf(path, PATH_ROOM, "%s/store/data.mdb",
		   s->served.config->data_dir) < PATH_ROOM;
}

static bool
file_of(const struct server *s, struct stat *ret)
{
	char path[PATH_ROOM];

	return path_of(s, path) && stat(path, ret) == 0;
}

/* After a boot, and after a restore, nothing of it is in memory. */
static void
warm_store(const struct server *s)
{
	char path[PATH_ROOM];

	if (s->store != NULL && path_of(s, path)) {
		rbld_warm(path);
	}
}

/* Say once why there is no store. */
static void
tell(struct server *s, const struct err_text *why)
{
	if (strcmp(s->told.text, why->text) != 0) {
		s->told = *why;
		log_event(LOG_FAIL, "store unreadable, answering SERVFAIL: %s",
		    why->text);
	}
}

static void
open_store(struct server *s)
{
	const struct zone_config *config = s->served.config;
	struct err_text why = { "" };
	struct stat before;
	int r;

	/* the file's identity is taken first: were it replaced in between, the
	 * next look would see that */
	if (!file_of(s, &before)) {
		memset(&before, 0, sizeof(before));
	}
	r = zone_store_open(config->data_dir, ZONE_STORE_LISTS, ZONE_READ,
	    config->map_size, &s->store, &why);
	if (r < 0) {
		s->store = NULL;
		if (why.text[0] == '\0') {
			(void)err_say(
			    &why, r, "%s: %s", config->data_dir, err_str(r));
		}
		tell(s, &why);
		return;
	}
	s->file = before;
	s->untold = 0;
	s->tell_at = 0; /* this one's damage is another */
	if (s->told.text[0] != '\0') {
		s->told.text[0] = '\0';
		log_event(LOG_NOTE, "store opened: %s", config->data_dir);
	}
}

/* Take the store away from the crew and close it. On failure it stays. */
static int
drop_store(struct server *s)
{
	struct zone_store *store = s->store;
	int r;

	s->store = NULL;
	r = move(s, &s->served);
	if (r < 0) {
		s->store = store;
		return r;
	}
	zone_store_close(&store);
	return 0;
}

/* Is the file at FILE's path another one than when FILE was taken? */
static bool
was_replaced(const struct server *s, const struct stat *file)
{
	struct stat now;

	return file_of(s, &now) &&
	    (now.st_ino != file->st_ino || now.st_dev != file->st_dev);
}

/* Another folder stands in its place: move into that, if it can be read. */
static int
change_store(struct server *s)
{
	struct zone_store *old = s->store;
	int r;

	open_store(s);
	if (s->store == NULL) { /* what was restored is what counts */
		s->store = old;
		return drop_store(s);
	}
	r = move(s, &s->served);
	if (r < 0) {
		zone_store_close(&s->store);
		s->store = old;
		/* so that it is tried again */
		memset(&s->file, 0, sizeof(s->file));
		return r;
	}
	zone_store_close(&old);
	s->compared = false;
	warm_store(s);
	return 0;
}

/* Every second. */
static void
look_after_store(struct server *s)
{
	int64_t now = rbld_crew_clock();
	int r = 0;

	if (s->store != NULL && was_replaced(s, &s->file)) {
		log_event(LOG_NOTE, "store was replaced: opening it anew");
		r = zone_store_apart(s->store) ? change_store(s)
					       : drop_store(s);
	}
	if (s->store == NULL && now < s->hold_until &&
	    was_replaced(s, &s->file)) {
		log_event(LOG_NOTE, "store was replaced: it is tried at once");
		s->hold_until = now; /* this one has killed nobody */
	}
	if (s->store == NULL && now >= s->hold_until) {
		open_store(s);
		if (s->store != NULL) {
			r = move(s, &s->served);
			if (r < 0) {
				zone_store_close(&s->store);
			}
			warm_store(s);
		}
	}
	if (r < 0) {
		log_event(LOG_FAIL, "store: %s", err_str(r));
	}
	if (s->store != NULL && now - s->tended >= TEND_EVERY) {
		s->tended = now;
		zone_store_tend(s->store);
	}
}

/* Once for each configuration, as soon as there is a store. */
static void
compare_config(struct server *s)
{
	if (!s->compared && s->store != NULL) {
		s->compared = true;
		rbld_unapplied_tell(s->store, s->served.config);
	}
}

/* The threads only count what they cannot read; this is where it is told: at
 * once, and then once a minute for as long as it is asked for. */
static void
look_after_failures(struct server *s)
{
	uint64_t n =
	    rbld_stats_sum(s->crew->stats, s->crew->n_threads, RBLD_N_SERVFAIL);

	if (s->store != NULL) {
		s->untold += n - s->failures;
	}
	s->failures = n;
	if (s->untold > 0 && rbld_crew_clock() >= s->tell_at) {
		log_event(LOG_FAIL,
		    "store damaged: SERVFAIL answers=%llu; see \"rblctl "
		    "verify\"",
		    (unsigned long long)s->untold);
		s->untold = 0;
		s->tell_at = rbld_crew_clock() + TELL_EVERY;
	}
}

/* Somebody asks too much, or is made to seem so: say who, once a minute. */
static void
look_after_rates(struct server *s)
{
	static const enum rbld_count counts[] = { RBLD_N_RATE_DROPPED,
		RBLD_N_RATE_SLIPPED, RBLD_N_RATE_LARGE };
	int64_t now = rbld_crew_clock();
	char text[NET_IP_TEXT];
	struct net_prefix net;
	uint64_t n = 0;

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		n += rbld_stats_sum(
		    s->crew->stats, s->crew->n_threads, counts[i]);
	}
	if (n == s->held || now < s->held_told + HELD_EVERY ||
	    !rbld_rate_table_last(s->rates, &net)) {
		return;
	}
	log_event(LOG_NOTE,
	    "rate limit: answers held back=%llu, last for %s/%u",
	    (unsigned long long)(n - s->held), net_ip_format(text, &net.ip),
	    net.plen);
	s->held = n;
	s->held_told = now;
}

/* Secondaries hear of a change. */
static void
look_after_secondaries(struct server *s)
{
	struct zone_view *view = NULL;
	uint64_t serial = 0;

	if (s->served.notify == NULL) {
		return;
	}
	if (s->store != NULL && zone_view_open(s->store, &view) == 0 &&
	    zone_view_renew(view) == 0) {
		serial = zone_view_serial(view);
	}
	zone_view_close(&view);
	rbld_notify_tick(
	    s->served.notify, serial, rbld_crew_clock(), &s->crew->life);
}

/* ---- signals ----------------------------------------------------------- */

static void
log_counters(const struct server *s)
{
	struct buf b = { 0 };

	rbld_stats_line(s->crew->stats, s->crew->n_threads, &b);
	if (!b.bad) {
		log_event(LOG_TELL, "counters %s", b.data);
	}
	buf_clear(&b);
	rbld_metrics_lines(s->crew, s->world, &b);
	for (char *at = b.data, *end; !b.bad && b.len > 0 && *at != '\0';
	     at = end + 1) {
		end = at + strcspn(at, "\n");
		log_event(LOG_TELL, "%.*s", (int)(end - at), at);
	}
	buf_free(&b);
}

static void
free_served(struct served *served)
{
	rbld_notify_close(&served->notify);
	rbld_ledger_free(&served->ledger);
	rbld_apex_free(&served->apex);
	rbld_self_free(&served->self);
	rbld_keys_free(&served->keys);
	zone_config_free(&served->config);
}

/* SIGHUP: all of the new configuration, or all of the old one. */
static void
reload(struct server *s)
{
	struct served new = { 0 }, old = s->served;
	struct err_text why = { "" };
	bool other_store;
	int r;

	r = zone_config_load(s->args->path, &new.config, &why);
	if (r == 0) {
		r = rbld_apex_load(new.config, &new.apex, &why);
	}
	if (r == 0) {
		r = rbld_self_load(
		    new.config, s->args->random, &new.self, &why);
	}
	if (r == 0) {
		r = rbld_keys_load(
		    new.config, rbld_self_user(new.config), &new.keys, &why);
	}
	if (r == 0) {
		r = rbld_ledger_open(s->book, new.apex, &new.ledger);
	}
	if (r == 0) {
		r = rbld_notify_open(
		    new.apex, s->args->listen, &new.notify);
	}
	if (r == 0) {
		r = move(s, &new);
	}
	if (r < 0) {
		atomic_fetch_add(&s->crew->life.refused, 1);
		log_event(LOG_FAIL, "configuration kept as it was: %s",
		    why.text[0] != '\0' ? why.text : err_str(r));
		free_served(&new);
		return;
	}
	atomic_fetch_add(&s->crew->life.reloads, 1);
	other_store = strcmp(old.config->data_dir, new.config->data_dir) != 0;
	s->served = new;
	free_served(&old);
	log_event(
	    LOG_NOTE, "configuration read: zones=%u", s->served.apex->n_zones);
	if (other_store && s->store != NULL && drop_store(s) < 0) {
		log_event(LOG_FAIL, "data-dir kept as it was: out of memory");
	}
	look_after_store(s);
	s->compared = false;
	compare_config(s);
}

/* Wait for a signal, but look after things every second. */
static int
next_signal(struct server *s)
{
	const struct timespec second = { .tv_sec = 1 };
	int64_t looked = rbld_crew_clock();
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	for (;;) {
		sig = sigtimedwait(&set, NULL, &second);
		if (rbld_crew_clock() != looked) {
			looked = rbld_crew_clock();
			rbld_notes_log(s->notes);
			look_after_failures(s); /* of the store before */
			look_after_rates(s);
			look_after_store(s);
			look_after_secondaries(s);
			compare_config(s);
		}
		if (sig > 0) {
			return sig;
		}
	}
}

int
rbld_serve(struct rbld_serve *serve)
{
	struct server s = { .args = serve };
	struct err_text why = { "" };
	int sig, status = 1, r;

	s.served.config = serve->config;
	s.hold_until = rbld_crew_clock() + serve->hold;
	s.tended = rbld_crew_clock();
	s.held_told = rbld_crew_clock() - HELD_EVERY;
	r = rbld_apex_load(s.served.config, &s.served.apex, &why);
	if (r == 0) {
		r = rbld_self_load(
		    s.served.config, serve->random, &s.served.self, &why);
	}
	if (r == 0) {
		r = rbld_keys_load(s.served.config,
		    rbld_self_user(s.served.config), &s.served.keys, &why);
	}
	if (r == 0) {
		r = rbld_notify_open(
		    s.served.apex, serve->listen, &s.served.notify);
	}
	if (r == 0) {
		r = rbld_rate_table_new(&s.rates);
	}
	if (r < 0) {
		log_event(LOG_FAIL, "%s",
		    why.text[0] != '\0' ? why.text : err_str(r));
		goto out;
	}
	r = secret_init();
	if (r == 0) {
		s.book = rbld_book_new(rbld_crew_threads(serve->listen));
		s.notes = rbld_notes_new();
		r = s.book == NULL || s.notes == NULL
		    ? ERR_NOMEM
		    : rbld_ledger_open(s.book, s.served.apex, &s.served.ledger);
	}
	if (r < 0) {
		log_event(LOG_FAIL, "cannot start: %s", err_str(r));
		goto out;
	}
	if (serve->hold == 0) {
		open_store(&s);
	} else if (!file_of(&s, &s.file)) {
		memset(&s.file, 0, sizeof(s.file));
	}
	r = move(&s, &s.served);
	if (r < 0) {
		log_event(LOG_FAIL, "cannot start: %s", err_str(r));
		goto out;
	}
	if (write(serve->ready, "", 1) != 1) {
		goto out; /* nobody is there to be told */
	}
	close(serve->ready);
	compare_config(&s);
	warm_store(&s);
	while ((sig = next_signal(&s)) != SIGTERM && sig != SIGINT) {
		if (sig == SIGHUP) {
			reload(&s);
		} else {
			log_counters(&s);
		}
	}
	status = 0;
out:
	rbld_crew_stop(&s.crew);
	world_free(&s.world);
	zone_store_close(&s.store);
	free_served(&s.served);
	rbld_rate_table_free(&s.rates);
	rbld_book_free(&s.book);
	rbld_notes_free(&s.notes);
	return status;
}
