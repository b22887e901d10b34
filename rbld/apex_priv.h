/* apex_priv.h - between the two halves of apex: one zone, and all of them. */
#pragma once

#include "rbld/apex.h"

/* What is at hand while one zone is loaded. */
struct rbld_apex_load {
	const struct zone_config *config;
	const struct zone_zone_conf *conf;
	struct rbld_zone *zone;
	struct arena *arena;
	struct err_text *why;
	unsigned line; /* of what is being read */
};

/* One sentence with FILE:LINE and the zone into l->why; returns ERR. */
int rbld_apex_say(const struct rbld_apex_load *l, int err, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Fill l->zone from l->conf. */
MUST_CHECK int rbld_apex_zone(struct rbld_apex_load *l);
