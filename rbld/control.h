/* control.h - the socket that tells the counters.
 *
 * A stream socket in the file system (dns.control). Who connects may send one
 * line, "metrics", "top" or "json"; gets text; and is hung up on. Who sends
 * nothing gets the metrics after a second. A line that is an HTTP request is
 * answered as one (HTTP/1.0; /metrics, /top, /json), so that curl and what
 * collects for Prometheus can read here without a bridge. Nothing can be
 * changed through this socket.
 *
 * One thread of the serving process does this alone, with a look of its own;
 * who asks slowly, or does not take what was asked for, costs one of a few
 * places for some seconds and no worker's time.
 */
#pragma once

#include <sys/stat.h>
#include <sys/un.h>

#include "base/buf.h"
#include "zone/config.h"

struct rbld_control {
	int fd; /* -1: none */
	struct sockaddr_un at;
	struct stat file; /* as it was made: by this it is known again */
};

/* Listen at dns.control, mode 0660; where there is none, fd is -1. A socket
 * that nobody listens at is replaced; one where somebody does, and what is no
 * socket, is an error. ERR_SYS with WHY. */
MUST_CHECK int rbld_control_open(const struct zone_config *config,
    struct rbld_control *ret_control, struct err_text *why);
/* Close it, and remove the file if it is still ours. */
void rbld_control_close(struct rbld_control *control);

/* ---- what was asked, apart from the socket ---------------------------------
 */

enum rbld_wish {
	RBLD_WISH_MORE, /* not all of it is there */
	RBLD_WISH_METRICS,
	RBLD_WISH_TOP,
	RBLD_WISH_JSON,
	RBLD_WISH_UNKNOWN, /* a line that means nothing, a path that is not */
	RBLD_WISH_METHOD,  /* HTTP, but neither GET nor HEAD */
	RBLD_WISH_BAD,     /* HTTP, but not to be understood */
};

struct rbld_request {
	enum rbld_wish wish;
	bool http;
	bool head; /* no body */
};

#define RBLD_REQUEST_MAX 8192

/* LEN octets came so far; ENDED: no more will. */
struct rbld_request rbld_control_read(const char *at, size_t len, bool ended);
/* What goes before BODY, which is LEN octets, in HTTP. */
void rbld_control_head(
    struct buf *b, const struct rbld_request *request, size_t len);
