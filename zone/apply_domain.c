/* apply_domain.c - write a change's domains: one row each. */
#include "zone/change_priv.h"
#include "zone/domain.h"

/* The row at K as it is before the change; detail 0: there is none. */
static int
read_row(struct apply *a, const struct zone_bytes *k, struct zone_row *ret)
{
	struct zone_domain_row row;
	struct zone_bytes value;
	int r = zone_txn_get(a->txn, ZONE_T_NAMES, k->at, k->len, &value);

	if (r == 1) {
		r = zone_domain_value_decode(k, &value, &row);
		if (r == 0) {
			ret->detail = row.detail;
			ret->code = row.code;
			ret->until = row.until;
		}
	}
	return r;
}

int
zone_apply_domain(struct apply *a, const struct op *op)
{
	uint16_t list = a->c->lists[op->list].info.number;
	struct zone_row before = { .detail = 0 }, after = { .detail = 0 };
	uint8_t bytes[ZONE_DOMAIN_KEY], value[ZONE_DOMAIN_VALUE];
	struct zone_bytes k = { bytes, 0 };
	enum zone_domain_form form;
	struct zone_domain d;
	struct zone_key key;
	int r;

	r = zone_key_parse(ZONE_KIND_DOMAIN, span_str(op->text), &key, NULL);
	if (r < 0) {
		return r;
	}
	form = zone_domain_of_key(&key, &d);
	k.len = zone_domain_key(bytes, list, &d, form);
	r = read_row(a, &k, &before);
	if (r < 0) {
		return r;
	}
	r = zone_apply_decide(a, op, &before, &after);
	if (r != 1) {
		return r;
	}
	r = zone_apply_record(a, op, &before, &after);
	if (r < 0) {
		return r;
	}
	if (after.detail == 0) {
		r = zone_txn_del(a->txn, ZONE_T_NAMES, k.at, k.len);
		return r < 0 ? r : 0;
	}
	zone_domain_value(value, &k,
	    &(struct zone_domain_row){ after.detail, after.code, after.until });
	return zone_txn_put(
	    a->txn, ZONE_T_NAMES, k.at, k.len, value, sizeof(value));
}
