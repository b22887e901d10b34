/* name_domain.c - labels below the apex of a domain list: a domain's own. */
#include "rbld/name_priv.h"

static bool
label_is(const uint8_t *label, const char *text)
{
	return span_is(span((const char *)label + 1, label[0]), text);
}

bool
rbld_name_reserved(const uint8_t *label)
{
	return label_is(label, "test") || label_is(label, "invalid");
}

void
rbld_name_place_domain(
    const struct rbld_query *q, unsigned below, struct rbld_place *p)
{
	const uint8_t *first = q->name + q->label_at[below - 1];

	if (rbld_name_reserved(first)) { /* RFC 5782 section 5 */
		p->kind = below == 1 && label_is(first, "test")
		    ? RBLD_PLACE_TEST
		    : RBLD_PLACE_NOWHERE;
		return;
	}
	zone_domain_begin(&p->domain);
	for (unsigned i = below; i-- > 0 && !p->domain.more;) {
		const uint8_t *label = q->name + q->label_at[i];

		zone_domain_add(&p->domain, label + 1, label[0]);
	}
	p->kind = p->domain.len > 0 ? RBLD_PLACE_DOMAIN : RBLD_PLACE_NOWHERE;
}
