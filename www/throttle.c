/* throttle.c - who may try a password now. */
#include "www/throttle.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"

#define SETS 512
#define WAYS 8
#define FORGET 900000   /* ms after which failures are forgotten */
#define ADDRESS_FREE 30 /* failures of one address before it has to wait */
#define ADDRESS_WAIT 20000
#define WAITERS 2

struct row {
	uint64_t key; /* 0: free */
	int64_t last; /* ms */
	unsigned failures;
};

/* A lane lets one pass every STEP ms, and BURST at once. */
struct lane {
	int64_t full_at;
	int64_t step, burst;
};

struct www_throttle {
	pthread_mutex_t lock;
	pthread_cond_t room;
	unsigned inside, waiting;
	uint8_t key[32];
	struct lane lanes[3]; /* no failures, some, many */
	struct lane known;    /* browsers that were let in before */
	struct row rows[SETS][WAYS];
};

int
www_throttle_new(struct www_throttle **ret)
{
	struct www_throttle *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	if (t == NULL) {
		return ERR_NOMEM;
	}
	secret_random(t->key, sizeof(t->key));
	t->lanes[0] = (struct lane){ .step = 250, .burst = 10 };
	t->lanes[1] = (struct lane){ .step = 500, .burst = 6 };
	t->lanes[2] = (struct lane){ .step = 1000, .burst = 3 };
	t->known = (struct lane){ .step = 250, .burst = 10 };
	if (pthread_mutex_init(&t->lock, NULL) != 0 ||
	    pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&t->room, &attr) != 0) {
		free(t);
		return ERR_NOMEM;
	}
	pthread_condattr_destroy(&attr);
	*ret = t;
	return 0;
}

void
www_throttle_free(struct www_throttle **throttle)
{
	if (*throttle != NULL) {
		pthread_cond_destroy(&(*throttle)->room);
		pthread_mutex_destroy(&(*throttle)->lock);
		free(*throttle);
		*throttle = NULL;
	}
}

/* A row's key: a MAC, so that nobody can aim at another's row. An IPv6
 * customer has at least a /56. NAME NULL: the address as a whole. */
static uint64_t
key_of(const struct www_throttle *t, const char *name, const struct net_ip *ip)
{
	uint8_t data[1 + 16 + 256], mac[SECRET_MAC];
	size_t n = ip->bits == 128 ? 7 : 4, len = 0;
	size_t name_len = name != NULL ? strnlen(name, 256) : 0;
	uint64_t key;

	data[len++] = (uint8_t)(ip->bits | (name != NULL));
	memcpy(data + len, ip->bytes, n);
	len += n;
	if (name_len > 0) {
		memcpy(data + len, name, name_len);
		len += name_len;
	}
	secret_mac(t->key, data, len, mac);
	memcpy(&key, mac, sizeof(key));
	return key != 0 ? key : 1;
}

/* The row of KEY, or the one that may be given to it: the oldest. */
static struct row *
row_of(struct www_throttle *t, uint64_t key, int64_t now)
{
	struct row *set = t->rows[key % SETS], *oldest = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key) {
			if (now - set[i].last > FORGET) {
				set[i].failures = 0;
			}
			return &set[i];
		}
		if (set[i].key == 0 || set[i].last < oldest->last) {
			oldest = &set[i];
		}
		if (oldest->key == 0) {
			break;
		}
	}
	return oldest;
}

static unsigned
failures(const struct row *row, uint64_t key)
{
	return row->key == key ? row->failures : 0;
}

static void
count(struct row *row, uint64_t key, int64_t now)
{
	row->failures = failures(row, key) + 1;
	row->key = key;
	row->last = now;
}

static int64_t
pair_wait(unsigned n)
{
	if (n < WWW_THROTTLE_FREE) {
		return 0;
	}
	n -= WWW_THROTTLE_FREE;
	return n >= 8 ? FORGET : 4000L << n;
}

static struct lane *
lane_of(struct www_throttle *t, unsigned n)
{
	return &t->lanes[n == 0 ? 0 : n <= WWW_THROTTLE_FREE ? 1 : 2];
}

static unsigned
seconds(int64_t ms)
{
	return ms <= 0 ? 0 : (unsigned)((ms + 999) / 1000);
}

/* May one more pass in LANE at NOW? Otherwise the milliseconds to wait. */
static int64_t
lane_wait(struct lane *lane, int64_t now)
{
	int64_t wait;

	if (lane->full_at < now) {
		lane->full_at = now;
	}
	wait = lane->full_at - now - lane->step * (lane->burst - 1);
	if (wait <= 0) {
		lane->full_at += lane->step;
	}
	return wait;
}

unsigned
www_throttle_try(struct www_throttle *t, const char *name,
    const struct net_ip *ip, int64_t now)
{
	uint64_t pair_key = key_of(t, name, ip), key = key_of(t, NULL, ip);
	struct row *pair, *address;
	int64_t wait;

	pthread_mutex_lock(&t->lock);
	address = row_of(t, key, now);
	pair = row_of(t, pair_key, now);
	wait = pair->last + pair_wait(failures(pair, pair_key)) - now;
	if (failures(pair, pair_key) < WWW_THROTTLE_FREE) {
		wait = 0;
	}
	if (wait <= 0 && failures(address, key) >= ADDRESS_FREE) {
		wait = address->last + ADDRESS_WAIT - now;
	}
	if (wait <= 0) {
		wait = lane_wait(lane_of(t, failures(address, key)), now);
		if (wait <= 0) {
			/* the pair's row may be the one that the address
			 * takes: look again after it has taken it */
			count(address, key, now);
			count(row_of(t, pair_key, now), pair_key, now);
		}
	}
	pthread_mutex_unlock(&t->lock);
	return seconds(wait);
}

/* A row's key for a known browser; no address gives the same bytes. */
static uint64_t
known_key(const struct www_throttle *t, const char *name, const char *device)
{
	uint8_t data[1 + 64 + 256], mac[SECRET_MAC];
	size_t n_device = strnlen(device, 64), n = strnlen(name, 256);
	uint64_t key;

	memset(data, 0, sizeof(data));
	data[0] = 0xff;
	memcpy(data + 1, device, n_device);
	memcpy(data + 65, name, n);
	secret_mac(t->key, data, 65 + n, mac);
	memcpy(&key, mac, sizeof(key));
	return key != 0 ? key : 1;
}

unsigned
www_throttle_try_known(struct www_throttle *t, const char *name,
    const char *device, int64_t now)
{
	uint64_t key = known_key(t, name, device);
	struct row *row;
	int64_t wait = 0;

	pthread_mutex_lock(&t->lock);
	row = row_of(t, key, now);
	if (failures(row, key) >= WWW_THROTTLE_FREE) {
		wait = row->last + pair_wait(failures(row, key)) - now;
	}
	if (wait <= 0) {
		wait = lane_wait(&t->known, now);
		if (wait <= 0) {
			count(row, key, now);
		}
	}
	pthread_mutex_unlock(&t->lock);
	return seconds(wait);
}

/* One failure less for KEY, or none any more. */
static void
give_back(struct www_throttle *t, uint64_t key, bool all)
{
	struct row *set = t->rows[key % SETS];

	pthread_mutex_lock(&t->lock);
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key && set[i].failures > 0) {
			set[i].failures = all ? 0 : set[i].failures - 1;
		}
	}
	pthread_mutex_unlock(&t->lock);
}

void
www_throttle_passed_known(
    struct www_throttle *t, const char *name, const char *device)
{
	give_back(t, known_key(t, name, device), true);
}

void
www_throttle_refund_known(
    struct www_throttle *t, const char *name, const char *device)
{
	give_back(t, known_key(t, name, device), false);
}

void
www_throttle_passed(
    struct www_throttle *t, const char *name, const struct net_ip *ip)
{
	give_back(t, key_of(t, name, ip), true);
	give_back(t, key_of(t, NULL, ip), false);
}

void
www_throttle_refund(
    struct www_throttle *t, const char *name, const struct net_ip *ip)
{
	give_back(t, key_of(t, name, ip), false);
	give_back(t, key_of(t, NULL, ip), false);
}

bool
www_throttle_enter(struct www_throttle *t)
{
	struct timespec until;
	bool in = false;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&t->lock);
	if (t->inside < WWW_THROTTLE_AT_ONCE || t->waiting < WAITERS) {
		t->waiting++;
		while (t->inside >= WWW_THROTTLE_AT_ONCE && r != ETIMEDOUT) {
			r = pthread_cond_timedwait(&t->room, &t->lock, &until);
		}
		t->waiting--;
		if (t->inside < WWW_THROTTLE_AT_ONCE) {
			t->inside++;
			in = true;
		}
	}
	pthread_mutex_unlock(&t->lock);
	return in;
}

void
www_throttle_leave(struct www_throttle *t)
{
	pthread_mutex_lock(&t->lock);
	t->inside--;
	pthread_cond_signal(&t->room);
	pthread_mutex_unlock(&t->lock);
}
