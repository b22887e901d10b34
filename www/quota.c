/* quota.c - counters in sets of four, each for a window of time. */
#include "www/quota.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"

#define SETS 2048
#define WAYS 4

struct slot {
	uint8_t key[8]; /* all 0 with count 0: free */
	int64_t begun, last;
	unsigned count;
};

struct www_quota {
	pthread_mutex_t lock;
	uint8_t key[SECRET_SHORT_KEY];
	uint64_t refused;
	struct slot slots[SETS][WAYS];
};

int
www_quota_new(struct www_quota **ret)
{
	struct www_quota *q = calloc(1, sizeof(*q));

	if (q == NULL || pthread_mutex_init(&q->lock, NULL) != 0) {
		free(q);
		return ERR_NOMEM;
	}
	secret_random(q->key, sizeof(q->key));
	*ret = q;
	return 0;
}

void
www_quota_free(struct www_quota **quota)
{
	if (*quota != NULL) {
		pthread_mutex_destroy(&(*quota)->lock);
		free(*quota);
		*quota = NULL;
	}
}

/* The slot of KEY, or the one that gives way to it. */
static struct slot *
slot_of(struct www_quota *q, const uint8_t key[8])
{
	struct slot *set = q->slots[(key[0] | key[1] << 8) % SETS];
	struct slot *oldest = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].count > 0 && memcmp(set[i].key, key, 8) == 0) {
			return &set[i];
		}
		if (set[i].count == 0 ||
		    (oldest->count > 0 && set[i].last < oldest->last)) {
			oldest = oldest->count == 0 ? oldest : &set[i];
		}
	}
	memset(oldest, 0, sizeof(*oldest));
	memcpy(oldest->key, key, 8);
	return oldest;
}

unsigned
www_quota_take(struct www_quota *q, const char *kind, struct span name,
    unsigned max, unsigned window, int64_t now, bool only_look)
{
	uint8_t key[8] = { 0 };
	struct buf b = { 0 };
	unsigned wait = 0;
	struct slot *s;

	buf_str(&b, kind);
	buf_u8(&b, 0);
	buf_add(&b, name.at, name.len);
	if (b.bad) { /* no memory: others will say so */
		buf_free(&b);
		return 0;
	}
	secret_short_mac(q->key, b.data, b.len, key);
	buf_free(&b);
	pthread_mutex_lock(&q->lock);
	s = slot_of(q, key);
	if (s->count == 0 || now - s->begun >= (int64_t)window ||
	    now < s->begun) {
		s->begun = now;
		s->count = 0;
	}
	if (s->count >= max) {
		wait = (unsigned)(s->begun + (int64_t)window - now);
		q->refused++;
	} else if (!only_look) {
		s->count++;
		s->last = now;
	}
	pthread_mutex_unlock(&q->lock);
	return wait;
}

unsigned
www_quota_client(struct www_quota *q, const char *kind,
    const struct net_ip *client, unsigned max, unsigned window, int64_t now,
    bool only_look)
{
	size_t n = client->bits == 0 ? 0 : client->bits == 32 ? 4 : 7;

	return www_quota_take(q, kind, span((const char *)client->bytes, n),
	    max, window, now, only_look);
}

uint64_t
www_quota_refused(struct www_quota *q)
{
	uint64_t n;

	pthread_mutex_lock(&q->lock);
	n = q->refused;
	pthread_mutex_unlock(&q->lock);
	return n;
}
