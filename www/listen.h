/* listen.h - sockets to listen on, made while there are rights to make them. */
#pragma once

#include <sys/types.h>

#include "www/http.h"
#include "zone/config.h"

/* May this program listen there? ERR_REFUSED for a place that others can
 * reach when no proxy stands before us, and it has no certificate; ERR_RANGE for
 * no place at all. */
MUST_CHECK int www_listen_check(
    const struct zone_config *config, struct err_text *why);

/* Bind every place of CONFIG's www section into RET (room for all of them).
 * OWNER and GROUP get the unix sockets, -1: leave them. Checks first. On
 * failure nothing stays open. */
MUST_CHECK int www_listen(const struct zone_config *config, uid_t owner,
    gid_t group, struct www_http_place *ret, struct err_text *why);

/* "127.0.0.1@8053" as bound, with the port that the kernel chose. OUT: 128
 * bytes. */
char *www_listen_name(char *out, int fd);
