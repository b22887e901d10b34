/* access.c - keys by digest, in a table that is read anew after a change. */
#include "rbld/access.h"

#include <stdlib.h>

#include "base/secret.h"

struct rbld_access {
	const struct rbld_apex *apex;
	int err;          /* of the last reading; ERR_NONE: none yet */
	uint64_t serial;  /* 1 + that of the view that was looked at last */
	uint64_t changes; /* number of the keys that are here */
	bool read;        /* they are */
	struct rbld_subscriber *all;
	unsigned n, cap;
	uint16_t *table; /* by digest: 1 + number; 0: free */
	uint32_t mask;
};

int
rbld_access_open(const struct rbld_apex *apex, struct rbld_access **ret_access)
{
	struct rbld_access *a;
	bool asked = false;

	*ret_access = NULL;
	for (unsigned i = 0; i < apex->n_zones; i++) {
		asked |= apex->zones[i].keys;
	}
	if (!asked) {
		return 0;
	}
	a = calloc(1, sizeof(*a));
	if (a == NULL) {
		return ERR_NOMEM;
	}
	a->apex = apex;
	a->err = ERR_NONE;
	*ret_access = a;
	return 0;
}

void
rbld_access_close(struct rbld_access **access)
{
	struct rbld_access *a = *access;

	if (a != NULL) {
		free(a->all);
		free(a->table);
		free(a);
		*access = NULL;
	}
}

/* ---- reading the keys ---------------------------------------------------- */

/* The served zone NAME, as the configuration writes it; NULL: none. */
static const struct rbld_zone *
zone_of_name(const struct rbld_apex *apex, const char *name)
{
	for (unsigned i = 0; i < apex->n_zones; i++) {
		const struct rbld_zone *z = &apex->zones[i];
		const uint8_t *label = z->name;
		const char *at = name;

		while (label[0] != 0 &&
		    strncmp(at, (const char *)label + 1, label[0]) == 0) {
			at += label[0];
			label += 1u + label[0];
			if (label[0] == 0 && *at == '\0') {
				return z;
			}
			if (*at++ != '.') {
				break;
			}
		}
	}
	return NULL;
}

static int
take_key(const struct zone_access_key *key, void *ctx)
{
	struct rbld_access *a = ctx;
	struct rbld_subscriber *s;

	if (a->n == ZONE_ACCESS_MAX) {
		return ERR_CORRUPT; /* there are never so many */
	}
	if (a->n == a->cap) {
		unsigned cap = a->cap > 0 ? 2 * a->cap : 16;

		s = realloc(a->all, cap * sizeof(*s));
		if (s == NULL) {
			return ERR_NOMEM;
		}
		a->all = s;
		a->cap = cap;
	}
	s = &a->all[a->n++];
	memset(s, 0, sizeof(*s));
	memcpy(s->digest, key->digest, sizeof(s->digest));
	memcpy(s->name, key->name, sizeof(s->name));
	s->id = key->id;
	s->until = key->until;
	s->all = key->zone[0] == '\0';
	s->zone = s->all ? NULL : zone_of_name(a->apex, key->zone);
	return 0;
}

/* A digest is as good a hash as any. */
static uint32_t
hash_of(const uint8_t digest[ZONE_ACCESS_DIGEST])
{
	uint32_t h;

	memcpy(&h, digest, sizeof(h));
	return h;
}

static int
make_table(struct rbld_access *a)
{
	uint32_t size = 16;

	while (size < 2 * a->n) {
		size *= 2;
	}
	free(a->table);
	a->table = calloc(size, sizeof(*a->table));
	if (a->table == NULL) {
		return ERR_NOMEM;
	}
	a->mask = size - 1;
	for (unsigned i = 0; i < a->n; i++) {
		uint32_t at = hash_of(a->all[i].digest) & a->mask;

		while (a->table[at] != 0) {
			at = (at + 1) & a->mask;
		}
		a->table[at] = (uint16_t)(i + 1);
	}
	return 0;
}

void
rbld_access_renew(
    struct rbld_access *access, struct zone_view *view, uint64_t serial)
{
	struct rbld_access *a = access;
	uint64_t changes;
	int r;

	if (a == NULL || a->serial == serial + 1) {
		return;
	}
	a->serial = serial + 1;
	r = zone_access_changes(view, &changes);
	if (r == 0 && (!a->read || changes != a->changes)) {
		a->read = false;
		a->n = 0;
		r = zone_access_walk(view, take_key, a);
		if (r == 0) {
			r = make_table(a);
		}
		a->read = r == 0;
		a->changes = changes;
	}
	a->err = r;
}

/* ---- asking -------------------------------------------------------------- */

int
rbld_access_ask(const struct rbld_access *access,
    const struct rbld_place *place, int64_t now, uint32_t *ret_id)
{
	const struct rbld_access *a = access;
	uint8_t digest[ZONE_ACCESS_DIGEST];
	const struct rbld_subscriber *hit = NULL;
	uint32_t at;

	if (a == NULL || place->key == NULL ||
	    place->kind == RBLD_PLACE_LOCKED) {
		return 0;
	}
	if (a->err < 0) {
		return a->err;
	}
	zone_access_digest(
	    span((const char *)place->key + 1, place->key[0]), digest);
	for (at = hash_of(digest) & a->mask; a->table[at] != 0;
	     at = (at + 1) & a->mask) {
		const struct rbld_subscriber *s = &a->all[a->table[at] - 1];

		if (secret_equal(s->digest, digest, sizeof(digest))) {
			hit = s;
		}
	}
	if (hit == NULL || (hit->until != 0 && hit->until <= now) ||
	    (!hit->all && hit->zone != place->zone)) {
		return 0;
	}
	*ret_id = hit->id;
	return 1;
}

const struct rbld_subscriber *
rbld_access_all(const struct rbld_access *access, unsigned *ret_n)
{
	*ret_n = access != NULL && access->err == 0 ? access->n : 0;
	return access != NULL ? access->all : NULL;
}
