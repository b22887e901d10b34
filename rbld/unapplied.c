/* unapplied.c - say which zones are served as the store does not know them. */
#include "rbld/unapplied.h"

#include "base/log.h"
#include "zone/applied.h"

static int
tell(const struct zone_applied *zone, void *ctx)
{
	(void)ctx;
	if (zone->state == ZONE_APPLIED_NEW ||
	    zone->state == ZONE_APPLIED_CHANGED) {
		log_event(LOG_WARN,
		    "zone %s: its configuration was not entered (%s): "
		    "secondaries do not hear of it; see \"rblctl config "
		    "apply\"",
		    zone->zone,
		    zone->state == ZONE_APPLIED_NEW ? "a new zone"
						    : "it was changed");
	}
	return 0;
}

void
rbld_unapplied_tell(struct zone_store *store, const struct zone_config *config)
{
	struct zone_view *view = NULL;
	int r = zone_view_open(store, &view);

	if (r == 0) {
		r = zone_view_renew(view);
	}
	if (r == 0) {
		r = zone_applied_walk(view, config, tell, NULL);
	}
	if (r < 0) {
		log_event(LOG_WARN,
		    "cannot compare the configuration with the store: %s",
		    err_str(r));
	}
	zone_view_close(&view);
}
