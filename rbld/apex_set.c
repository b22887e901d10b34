/* apex_set.c - all zones together: loaded, indexed by name, found. */
#include <stdlib.h>

#include "rbld/apex_priv.h"

/* Eight octets, letters folded; other octets that fall together by that only
 * share a hash. */
static inline uint64_t
folded(const uint8_t *name)
{
	uint64_t v;

	memcpy(&v, name, 8);
	return v | UINT64_C(0x2020202020202020);
}

static uint32_t
hash_name(const uint8_t *name, size_t len)
{
	uint64_t h = len;

	if (len >= 8) {
		for (size_t i = 0; i + 8 < len; i += 8) {
			h = (h ^ folded(name + i)) *
			    UINT64_C(0x9e3779b97f4a7c15);
			h ^= h >> 29;
		}
		h ^= folded(name + len - 8);
	} else {
		for (size_t i = 0; i < len; i++) {
			h = h << 8 | (name[i] | 0x20u);
		}
	}
	h *= UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

static bool
same_name(const uint8_t *lower, const uint8_t *name, size_t len)
{
	if (memcmp(lower, name, len) == 0) {
		return true;
	}
	for (size_t i = 0; i < len; i++) {
		if (lower[i] != (uint8_t)text_lower((char)name[i])) {
			return false;
		}
	}
	return true;
}

static void
note_depth(struct rbld_apex *apex, uint8_t labels)
{
	unsigned i = 0;

	while (i < apex->n_depths && apex->depths[i] > labels) {
		i++;
	}
	if (i < apex->n_depths && apex->depths[i] == labels) {
		return;
	}
	memmove(apex->depths + i + 1, apex->depths + i, apex->n_depths - i);
	apex->depths[i] = labels;
	apex->n_depths++;
}

static int
index_zone(const struct rbld_apex_load *l, struct rbld_apex *apex)
{
	struct rbld_zone *z = l->zone;
	uint32_t at = hash_name(z->name, z->name_len) & apex->mask;

	while (apex->table[at] != NULL) {
		if (apex->table[at]->name_len == z->name_len &&
		    same_name(apex->table[at]->name, z->name, z->name_len)) {
			return rbld_apex_say(
			    l, ERR_FORMAT, "the zone is given twice");
		}
		at = (at + 1) & apex->mask;
	}
	apex->table[at] = z;
	note_depth(apex, z->labels);
	return 0;
}

int
rbld_apex_load(const struct zone_config *config, struct rbld_apex **ret_apex,
    struct err_text *why)
{
	struct rbld_apex *apex = calloc(1, sizeof(*apex));
	struct rbld_apex_load l = { .config = config, .why = why };
	uint32_t size = 8;
	int r = ERR_NOMEM;

	if (apex == NULL) {
		goto out;
	}
	while (size < 2 * config->n_zones) {
		size *= 2;
	}
	apex->mask = size - 1;
	apex->table = arena_alloc(&apex->arena, size * sizeof(*apex->table));
	apex->depths = arena_alloc(&apex->arena, RBLD_LABELS_MAX + 1);
	apex->zones = arena_alloc(
	    &apex->arena, (config->n_zones + 1) * sizeof(*apex->zones));
	if (apex->table == NULL || apex->depths == NULL ||
	    apex->zones == NULL) {
		goto out;
	}
	l.arena = &apex->arena;
	for (size_t i = 0; i < config->n_zones; i++) {
		l.conf = &config->zones[i];
		l.zone = &apex->zones[i];
		l.zone->first = apex->n_lists;
		l.line = l.conf->line;
		r = rbld_apex_zone(&l);
		if (r < 0) {
			goto out;
		}
		apex->n_zones++;
		apex->n_lists += l.zone->n_lists;
		r = index_zone(&l, apex);
		if (r < 0) {
			goto out;
		}
	}
	r = 0;
	*ret_apex = apex;
	apex = NULL;
out:
	if (r == ERR_NOMEM) {
		(void)err_say(why, r, "%s", err_str(r));
	}
	rbld_apex_free(&apex);
	return r;
}

void
rbld_apex_free(struct rbld_apex **apex)
{
	if (*apex != NULL) {
		struct arena arena = (*apex)->arena;

		arena_free(&arena);
		free(*apex);
		*apex = NULL;
	}
}

const struct rbld_zone *
rbld_apex_find(const struct rbld_apex *apex, const struct rbld_query *q)
{
	for (unsigned i = 0; i < apex->n_depths; i++) {
		const uint8_t *tail;
		size_t from, len;
		uint32_t at;

		if (apex->depths[i] > q->labels) {
			continue;
		}
		from = apex->depths[i] == 0
		    ? (size_t)q->name_len - 1
		    : q->label_at[q->labels - apex->depths[i]];
		tail = q->name + from;
		len = q->name_len - from;
		at = hash_name(tail, len) & apex->mask;
		for (; apex->table[at] != NULL; at = (at + 1) & apex->mask) {
			const struct rbld_zone *z = apex->table[at];

			if (z->name_len == len &&
			    same_name(z->name, tail, len)) {
				return z;
			}
		}
	}
	return NULL;
}

bool
rbld_apex_allows(const struct rbld_zone *zone, const struct net_ip *ip)
{
	for (size_t i = 0; i < zone->n_clients; i++) {
		if (net_ip_within(
			ip, &zone->clients[i].ip, zone->clients[i].plen)) {
			return true;
		}
	}
	return zone->anybody;
}

bool
rbld_apex_transfers(const struct rbld_zone *zone, const struct net_ip *ip,
    const struct zone_tsig_conf *key)
{
	for (size_t i = 0; i < zone->conf->n_allow_transfer; i++) {
		const struct zone_transfer_conf *who =
		    &zone->conf->allow_transfer[i];

		if ((who->key == NULL || who->key == key) &&
		    (who->from.ip.bits == 0 ||
			net_ip_within(ip, &who->from.ip, who->from.plen))) {
			return true;
		}
	}
	return false;
}
