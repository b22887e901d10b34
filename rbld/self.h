/* self.h - what the server says of itself, and of what clients need to prove.
 *
 * One configuration's NSID (RFC 5001), names of class CH (RFC 4892), secrets
 * of cookies, and the address that a refused client is sent to.
 */
#pragma once

#include <sys/types.h>

#include "rbld/cookie.h"
#include "zone/config.h"

#define RBLD_NSID_MAX 64
#define RBLD_POLICY_MAX 64 /* octets of text beside an extended error */

struct rbld_self {
	const char *nsid; /* NULL: none */
	size_t nsid_len;
	const char *version, *identity; /* NULL: REFUSED */
	const char *policy; /* "" none: for whom allow-query does not name */
	struct rbld_cookie_keys cookies;
};

/* Who runs the server, once it has started: may own the files of secrets. */
uid_t rbld_self_user(const struct zone_config *config);

/* CONFIG must live as long as the result. RANDOM is the secret of cookies
 * where the configuration names no file of secrets. Fails as that file does,
 * or with ERR_NOMEM. */
MUST_CHECK int rbld_self_load(const struct zone_config *config,
    const uint8_t random[SECRET_SHORT_KEY], struct rbld_self **ret_self,
    struct err_text *why);
void rbld_self_free(struct rbld_self **self); /* NULL-safe, sets NULL */

/* The text at Q's name in class CH, NULL: there is none that is told. */
const char *rbld_self_chaos(
    const struct rbld_self *self, const struct rbld_query *q);

/* Options of a reply's OPT, as on the wire: the cookie first. */
struct rbld_options {
	uint8_t at[4 + RBLD_COOKIE_LEN + 4 + RBLD_NSID_MAX + 4 + 2];
	size_t len;
	size_t cookie; /* octets of the cookie alone; 0: none */
	bool known;    /* the client showed a cookie of ours */
};

/* What Q asks for by its options. PEER is the client, NOW wall-clock time;
 * IDLE the tenths of a second that its TCP connection may be silent, 0 by
 * UDP. */
void rbld_self_options(const struct rbld_self *self, const struct rbld_query *q,
    const struct sockaddr *peer, uint32_t now, unsigned idle,
    struct rbld_options *ret_options);
