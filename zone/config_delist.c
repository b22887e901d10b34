/* config_delist.c - the keys of www { } about look-ups and removals. */
#include "zone/config_priv.h"

#define DAY 86400

void
config_delist(struct config_reading *r, struct zone_config *c)
{
	c->www.lookup_limit = config_number(r, "lookup-limit", 0, 1000000);
	c->www.delist_auto = config_yes(r, "delist-auto");
	c->www.delist_again =
	    config_duration(r, "delist-again", 3600, 3650 * (int64_t)DAY);
	c->www.delist_limit = config_number(r, "delist-limit", 1, 1000);
	c->www.delist_a_day = config_number(r, "delist-a-day", 0, 1000000);
}
