/* serve_priv.h - what programs that stay share. */
#pragma once

#include <stdbool.h>

/* Tell systemd, when it asked to be told: "READY=1". */
void ingest_serve_notify(const char *state);
