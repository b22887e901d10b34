/* claims.c - who is looking at which item. */
#include "www/claims.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct claim {
	uint64_t item; /* 0: free */
	int64_t since;
	char name[WWW_CLAIM_NAME];
};

struct www_claims {
	pthread_mutex_t lock;
	struct claim all[WWW_CLAIMS];
};

int
www_claims_new(struct www_claims **ret_claims)
{
	struct www_claims *c = calloc(1, sizeof(*c));

	if (c == NULL || pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return ERR_NOMEM;
	}
	*ret_claims = c;
	return 0;
}

void
www_claims_free(struct www_claims **claims)
{
	if (*claims != NULL) {
		pthread_mutex_destroy(&(*claims)->lock);
		free(*claims);
		*claims = NULL;
	}
}

/* The one on ITEM that has not ended, or NULL. */
static struct claim *
find(struct www_claims *c, uint64_t item, int64_t now)
{
	for (unsigned i = 0; i < WWW_CLAIMS; i++) {
		struct claim *one = &c->all[i];

		if (one->item == item && item != 0 &&
		    now - one->since < WWW_CLAIM_LIFE) {
			return one;
		}
	}
	return NULL;
}

bool
www_claims_take(struct www_claims *c, uint64_t item, const char *name,
    int64_t now, char ret_name[WWW_CLAIM_NAME])
{
	struct claim *one, *place = &c->all[0];
	bool mine;

	pthread_mutex_lock(&c->lock);
	one = find(c, item, now);
	mine = one == NULL || strcmp(one->name, name) == 0;
	if (!mine) {
		memcpy(ret_name, one->name, WWW_CLAIM_NAME);
	} else {
		for (unsigned i = 0; one == NULL && i < WWW_CLAIMS; i++) {
			struct claim *k = &c->all[i];

			if (k->item == item) { /* one that has ended */
				place = k;
				break;
			}
			if (place->item != 0 &&
			    (k->item == 0 || k->since < place->since)) {
				place = k;
			}
		}
		one = one != NULL ? one : place;
		one->item = item;
		one->since = now;
		snprintf(one->name, sizeof(one->name), "%s", name);
	}
	pthread_mutex_unlock(&c->lock);
	return mine;
}

void
www_claims_drop(struct www_claims *c, uint64_t item, const char *name)
{
	pthread_mutex_lock(&c->lock);
	for (unsigned i = 0; i < WWW_CLAIMS; i++) {
		struct claim *one = &c->all[i];

		if (one->item == item &&
		    (name == NULL || strcmp(one->name, name) == 0)) {
			one->item = 0;
		}
	}
	pthread_mutex_unlock(&c->lock);
}

bool
www_claims_who(struct www_claims *c, uint64_t item, int64_t now,
    char ret_name[WWW_CLAIM_NAME], int64_t *ret_since)
{
	const struct claim *one;

	pthread_mutex_lock(&c->lock);
	one = find(c, item, now);
	if (one != NULL) {
		memcpy(ret_name, one->name, WWW_CLAIM_NAME);
		*ret_since = one->since;
	}
	pthread_mutex_unlock(&c->lock);
	return one != NULL;
}
