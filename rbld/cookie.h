/* cookie.h - DNS cookies (RFC 7873) as all servers make them (RFC 9018).
 *
 * A client that shows a cookie of ours has read a reply that we sent to its
 * address, so that address is not forged. Nothing is kept for a client: the
 * cookie is a MAC over what the client sends anyway, its address and the
 * time. Two secrets may be in force, so that one can follow the other; who
 * shares them (other servers behind one address) takes each other's cookies.
 */
#pragma once

#include "base/net.h"
#include "base/secret.h"
#include "rbld/query.h"

#define RBLD_COOKIE_LEN 24    /* client's 8 octets, ours 16 */
#define RBLD_COOKIE_LATE 3600 /* seconds that ours is good for */
#define RBLD_COOKIE_EARLY 300 /* seconds that clocks may differ */
#define RBLD_COOKIE_RENEW 1800

struct rbld_cookie_keys {
	uint8_t at[2][SECRET_SHORT_KEY]; /* the first one makes cookies */
	unsigned n;
};

/* The secrets of a file: one or two lines of 32 hexadecimal digits, the
 * present one first, then one that is still accepted. Lines that are empty or
 * begin with '#' do not count. ALSO as in base/secret.h. ERR_SYS, ERR_NOMEM,
 * ERR_FORMAT with "PATH:LINE: ..." in WHY. */
MUST_CHECK int rbld_cookie_keys_load(const char *path, uid_t also,
    struct rbld_cookie_keys *ret_keys, struct err_text *why);

/* Is Q's cookie one of ours for a client at IP? NOW is wall-clock time, its
 * low 32 bits. A client's half alone, or a wrong one of ours, is "false" and
 * otherwise no matter (7873-3). RET gets what the reply is to carry: the same
 * cookie, or a new one when that is wrong or old (9018-2). */
bool rbld_cookie_check(const struct rbld_cookie_keys *keys,
    const struct rbld_query *q, const struct net_ip *ip, uint32_t now,
    uint8_t ret[RBLD_COOKIE_LEN]);
