/* pulse.h - does the responder answer as it should? Asked once a minute by the
 * tick, over UDP at the address that it listens on; pages only read what came.
 */
#pragma once

#include "zone/config.h"

#define WWW_PULSE_ZONES 32 /* the first of the configuration */

enum www_pulse_state {
	WWW_PULSE_UNKNOWN, /* not asked: the zone wants a key */
	WWW_PULSE_SILENT,  /* no answer */
	WWW_PULSE_REFUSED, /* it does not answer us */
	WWW_PULSE_WRONG,   /* an answer that it should not give */
	WWW_PULSE_RIGHT,
};

struct www_pulse_zone {
	char zone[254];
	/* the name that is always listed, and the one that never is */
	enum www_pulse_state listed, clear;
	bool has_serial;
	uint32_t serial; /* of its SOA, as it was answered */
};

struct www_pulse {
	int64_t time; /* when it was asked, wall clock; 0: never */
	struct www_pulse_zone zones[WWW_PULSE_ZONES];
	unsigned n;
};

/* Ask; takes PATIENCE milliseconds at most. */
void www_pulse_take(const struct zone_config *config, int patience, int64_t now,
    struct www_pulse *ret);

/* Is everything that could be asked as it should be? */
bool www_pulse_right(const struct www_pulse *pulse);
