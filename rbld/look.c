/* look.c - a place's question to every list of its zone. */
#include "rbld/look.h"

#include <stdlib.h>

int
rbld_look_open(struct rbld_look *look, const struct rbld_apex *apex,
    struct zone_store *store)
{
	int r = ERR_NOMEM;

	*look = (struct rbld_look){
		.apex = apex, .store = store, .err = ERR_NONE
	};
	look->numbers = calloc(apex->n_lists + 1, sizeof(*look->numbers));
	if (look->numbers == NULL) {
		goto out;
	}
	r = rbld_access_open(apex, &look->access);
	if (r == 0 && store != NULL) {
		r = zone_view_open(store, &look->view);
	}
out:
	if (r < 0) {
		rbld_look_close(look);
	}
	return r;
}

void
rbld_look_close(struct rbld_look *look)
{
	zone_view_close(&look->view);
	rbld_access_close(&look->access);
	free(look->numbers);
	look->numbers = NULL;
}

/* Ask for the numbers of lists that were not there before. */
static void
resolve(struct rbld_look *look)
{
	look->complete = true;
	for (unsigned i = 0; i < look->apex->n_zones; i++) {
		const struct rbld_zone *z = &look->apex->zones[i];

		for (unsigned k = 0; k < z->n_lists; k++) {
			struct rbld_number *n = &look->numbers[z->first + k];

			if (n->state <= 0) {
				n->state = zone_view_list(look->view,
				    z->lists[k]->name, z->kind, &n->list);
			}
			if (n->state <= 0) {
				look->complete = false;
			}
		}
	}
}

void
rbld_look_renew(struct rbld_look *look)
{
	uint64_t serial;

	if (look->view == NULL) {
		look->err = ERR_NONE;
		return;
	}
	look->err = zone_view_renew(look->view);
	if (look->err < 0) {
		return;
	}
	serial = zone_view_serial(look->view);
	look->now = zone_view_now(look->view);
	if (!look->complete && look->resolved != serial + 1) {
		resolve(look);
		look->resolved = serial + 1;
	}
	rbld_access_renew(look->access, look->view, serial);
	look->serial = (uint32_t)serial != 0 ? (uint32_t)serial : 1;
}

void
rbld_look_rest(struct rbld_look *look)
{
	if (look->view != NULL && look->err == 0) {
		zone_view_rest(look->view);
	}
}

static void
add_hit(struct rbld_found *f, const struct zone_list_conf *list,
    const struct zone_hit *hit)
{
	f->hits[f->n_hits++] = (struct rbld_hit){ .list = list,
		.code = hit->code,
		.detail = hit->detail,
		.until = hit->until,
		.labels = hit->labels,
		.plen = hit->plen };
	f->exists = true;
}

static int
find_key(struct rbld_look *look, uint16_t number,
    const struct zone_list_conf *list, const struct rbld_place *place,
    struct rbld_found *f)
{
	struct zone_hit hit;
	int r;

	if (place->kind == RBLD_PLACE_IP) {
		r = zone_find_ip(look->view, number, &place->ip, &hit);
		if (r == 0 && hit.verdict == ZONE_LISTED) {
			add_hit(f, list, &hit);
		}
		return r;
	}
	for (unsigned i = 0; i < place->n_digests; i++) {
		r = zone_find_digest(
		    look->view, number, &place->digests[i], &hit);
		if (r < 0) {
			return r;
		}
		if (hit.verdict == ZONE_LISTED) {
			add_hit(f, list, &hit);
			break;
		}
	}
	return 0;
}

/* Each list of the zone lists its test points, with its own code: 127.0.0.N is
 * that of the lists whose code is 127.0.0.N (RFC 5782, 5); where none has
 * 127.0.0.2, that is a point of them all. */
static void
find_test(
    const struct rbld_zone *z, const struct net_ip *ip, struct rbld_found *f)
{
	uint32_t code = rbld_name_test_code(ip);
	bool some = false;

	for (unsigned i = 0; i < z->n_lists; i++) {
		some = some || z->lists[i]->code == code;
	}
	for (unsigned i = 0; i < z->n_lists; i++) {
		if (!some || z->lists[i]->code == code) {
			f->hits[f->n_hits++] =
			    (struct rbld_hit){ .list = z->lists[i],
				    .code = z->lists[i]->code };
		}
	}
	f->exists = true;
}

static int
find_nodes(struct rbld_look *look, const struct rbld_place *place,
    struct rbld_found *f)
{
	const struct rbld_zone *z = place->zone;

	f->exists = place->node;
	for (unsigned k = 0; k < z->n_lists && !f->exists; k++) {
		const struct rbld_number *n = &look->numbers[z->first + k];

		for (unsigned i = 0; i < place->n_nodes && !f->exists; i++) {
			int r;

			if (n->state == 0) {
				continue;
			}
			r = n->state < 0 ? n->state
					 : zone_find_node(look->view, n->list,
					       &place->nodes[i], &f->exists);
			if (r < 0) {
				return r;
			}
		}
	}
	return 0;
}

/* Which lists have the domain; if none does, whether any list has a name
 * below it. */
static int
find_domain(struct rbld_look *look, const struct rbld_place *place,
    struct rbld_found *f)
{
	const struct rbld_zone *z = place->zone;

	for (unsigned k = 0; k < z->n_lists; k++) {
		const struct rbld_number *n = &look->numbers[z->first + k];
		struct zone_hit hit;
		bool exists = true;
		int r;

		if (n->state == 0) {
			continue; /* nothing was ever listed in it */
		}
		r = n->state < 0
		    ? n->state
		    : zone_find_domain(look->view, n->list, &place->domain,
			  &hit, f->exists ? NULL : &exists);
		if (r < 0) {
			return r;
		}
		f->exists = f->exists || exists;
		if (hit.verdict == ZONE_LISTED) {
			add_hit(f, z->lists[k], &hit);
		}
	}
	return 0;
}

int
rbld_look_find(struct rbld_look *look, const struct rbld_place *place,
    struct rbld_found *ret_found)
{
	const struct rbld_zone *z = place->zone;
	struct rbld_found *f = ret_found;
	int r;

	f->exists = false;
	f->n_hits = 0;
	if (place->kind == RBLD_PLACE_TEST) {
		find_test(z, &place->ip, f);
		return 0;
	}
	if (place->kind == RBLD_PLACE_DOMAIN) {
		return find_domain(look, place, f);
	}
	if (place->kind == RBLD_PLACE_IP || place->kind == RBLD_PLACE_DIGEST) {
		for (unsigned k = 0; k < z->n_lists; k++) {
			const struct rbld_number *n =
			    &look->numbers[z->first + k];

			if (n->state == 0) {
				continue; /* nothing was ever listed in it */
			}
			r = n->state < 0
			    ? n->state
			    : find_key(look, n->list, z->lists[k], place, f);
			if (r < 0) {
				return r;
			}
		}
	}
	return f->exists || place->n_nodes == 0 ? 0
						: find_nodes(look, place, f);
}

void
rbld_look_ahead(struct rbld_look *look, const struct rbld_place *place,
    unsigned step, struct rbld_ahead *ahead)
{
	const struct rbld_zone *z = place->zone;
	unsigned at = 0;

	if (look->err < 0 ||
	    (place->kind != RBLD_PLACE_IP &&
		place->kind != RBLD_PLACE_DIGEST)) {
		return;
	}
	for (unsigned k = 0; k < z->n_lists; k++) {
		const struct rbld_number *n = &look->numbers[z->first + k];

		if (n->state != 1) {
			continue;
		}
		if (place->kind == RBLD_PLACE_IP && at < RBLD_AHEAD) {
			zone_find_ip_ahead(look->view, n->list, &place->ip,
			    step, &ahead->of[at++]);
		}
		for (unsigned i = 0; i < place->n_digests && at < RBLD_AHEAD;
		     i++) {
			zone_find_digest_ahead(look->view, n->list,
			    &place->digests[i], step, &ahead->of[at++]);
		}
	}
}

int
rbld_look_reason(struct rbld_look *look, const struct rbld_hit *hit,
    struct zone_reason *ret_reason)
{
	struct zone_detail detail;
	int r;

	if (hit->detail == 0) {
		*ret_reason =
		    (struct zone_reason){ .text = span_str("test point") };
		return 0;
	}
	r = zone_view_detail(look->view, hit->detail, &detail);
	if (r <= 0) {
		return r < 0 ? r : ERR_CORRUPT; /* details are never deleted */
	}
	*ret_reason = (struct zone_reason){ .text = detail.reason,
		.template = detail.template };
	return 0;
}
