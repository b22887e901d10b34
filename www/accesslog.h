/* accesslog.h - one line for each request, when the operator wants that.
 *
 *   time=2026-11-21T15:00:00Z client=203.0.114.9 method=GET route=/queue/#
 *   status=200 bytes=5120 ms=3 tls=no
 *
 * on one line. Of a person it has the address and nothing else: no name, no
 * browser, and of the URL only which page it was, never the numbers, the query
 * or a ticket in it; no cookie and no header is near it.
 */
#pragma once

#include "base/net.h"

struct www_access {
	struct net_ip client; /* bits 0: "-" */
	const char *method;   /* as we know it; NULL: "-" */
	const char *route;    /* a literal of the table of routes; NULL: "-" */
	unsigned status;      /* 0: hung up before there was an answer */
	uint64_t bytes;       /* of the body */
	uint64_t ms;
	bool tls;
};

/* Write to PATH (made with mode 0640, appended to) from now on; NULL: nowhere.
 * Called again it opens the file anew, for who moves it away. On failure what
 * was open stays. */
MUST_CHECK int www_accesslog_open(const char *path, struct err_text *why);
void www_accesslog_close(void);

/* From any thread; whole lines. A disk that is full loses lines, no request. */
void www_accesslog(const struct www_access *access);
/* The line itself. Returns its length. */
size_t www_accesslog_line(
    char out[512], const struct www_access *access, int64_t now);
