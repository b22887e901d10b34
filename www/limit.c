/* limit.c - how much one client may ask for. */
#include "www/limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/secret.h"

#define SETS 2048
#define WAYS 8

struct row {
	uint64_t key; /* 0: free */
	int64_t free; /* ms: when all that was taken has been waited for */
};

struct www_limit {
	pthread_mutex_t lock;
	uint8_t mac[SECRET_SHORT_KEY];
	struct row rows[SETS][WAYS];
};

int
www_limit_new(struct www_limit **ret)
{
	struct www_limit *l = calloc(1, sizeof(*l));

	if (l == NULL || pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return ERR_NOMEM;
	}
	secret_random(l->mac, sizeof(l->mac));
	*ret = l;
	return 0;
}

void
www_limit_free(struct www_limit **limit)
{
	if (*limit != NULL) {
		pthread_mutex_destroy(&(*limit)->lock);
		free(*limit);
		*limit = NULL;
	}
}

int64_t
www_limit_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A MAC, so that nobody can aim at another's row. */
static uint64_t
key_of(const struct www_limit *l, enum www_limit_of of, const struct net_ip *ip,
    unsigned plen)
{
	uint8_t data[18] = { (uint8_t)of }, mac[8];
	uint64_t key;

	if (ip != NULL) {
		data[1] = ip->bits;
		for (unsigned i = 0; i < plen / 8 && i < 16; i++) {
			data[2 + i] = ip->bytes[i];
		}
	}
	secret_short_mac(l->mac, data, sizeof(data), mac);
	memcpy(&key, mac, sizeof(key));
	return key != 0 ? key : 1;
}

static struct row *
row_of(struct www_limit *l, uint64_t key)
{
	struct row *set = l->rows[key % SETS], *least = &set[0];

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key) {
			return &set[i];
		}
		if (set[i].free < least->free) {
			least = &set[i];
		}
	}
	*least = (struct row){ .key = key };
	return least;
}

unsigned
www_limit_take(struct www_limit *l, enum www_limit_of of,
    const struct net_ip *ip, unsigned v4, unsigned v6, unsigned n,
    unsigned seconds, int64_t now)
{
	int64_t all = (int64_t)seconds * 1000, each, wait;
	struct row *row;

	if (n == 0) {
		return seconds;
	}
	each = all / n > 0 ? all / n : 1;
	pthread_mutex_lock(&l->lock);
	row = row_of(l,
	    key_of(l, of, ip,
		ip == NULL            ? 0
		    : ip->bits == 128 ? v6
				      : v4));
	if (row->free < now) {
		row->free = now;
	}
	wait = row->free + each - now - each * n;
	if (wait <= 0) {
		row->free += each;
	}
	pthread_mutex_unlock(&l->lock);
	return wait <= 0 ? 0 : (unsigned)((wait + 999) / 1000);
}
