/* name_priv.h - the parts of rbld_name_place, for name.c alone. */
#pragma once

#include "rbld/name.h"

/* BELOW labels of Q, at least one, stand below the apex of a domain list. */
void rbld_name_place_domain(
    const struct rbld_query *q, unsigned below, struct rbld_place *p);
/* Is LABEL (wire), next to the apex of a domain list, a test point or the
 * name that is never listed? */
bool rbld_name_reserved(const uint8_t *label);
