/* stay.h - what programs that stay share: the server and the maildir. */
#pragma once

#include "zone/config.h"

/* Tell systemd, when it asked to be told: "READY=1". */
void ingest_stay_notify(const char *state);

/* SIGHUP: read PATH (NULL: the usual place) and its table of providers again.
 * 0: *CONFIG is the new one, which is logged, and the old one is in *RET_OLD,
 * to be freed when nobody points to it any more. Else all stays as it was, and
 * the log says why. systemd is told. */
MUST_CHECK int ingest_stay_reload(const char *path, struct zone_config **config,
    struct zone_config **ret_old);
