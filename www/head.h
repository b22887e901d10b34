/* head.h - the head of a request: noted header by header, then doubted.
 *
 * A proxy before us and the library below us may read an odd request in two
 * ways; whatever can be read in two ways is refused (RFC 9112 sections 3.2,
 * 6.1, 6.3, 11.2). Nothing here knows the library.
 */
#pragma once

#include "base/net.h"
#include "www/fetch.h"

#define WWW_BODY_MAX 65536u /* bytes of a form */
#define WWW_URL_MAX 4096u

struct www_head {
	unsigned hosts, lengths, codings, cookies; /* how often given */
	unsigned bad; /* values or names that no header may have */
	unsigned all; /* headers */
	unsigned long length;
	const char *host, *cookie, *origin, *fetch_site, *type, *forwarded;
	const char *languages; /* Accept-Language */
	const char *agent;     /* User-Agent */
	const char *authorization;
	unsigned authorizations; /* how often given */
	struct www_fetch fetch;
	/* Set by the caller: the largest file that this path takes; 0: none,
	 * a body there is a form. */
	uint64_t upload;
};

#define WWW_HEADERS_MAX 100

/* METHOD as a literal, when it is one of RFC 9110 or PATCH; NULL: not. */
const char *www_head_method(const char *method);

/* One header as it was read; VALUE ends in NUL and lives with the request. */
void www_head_note(struct www_head *head, struct span name, struct span value);

/* What is wrong with a request as far as its head tells: the status to refuse
 * it with, and why; 0: nothing. URL as sent, NULL: unknown. */
unsigned www_head_doubtful(const struct www_head *head, const char *url,
    const char *method, const char *version, const char **ret_why);

/* Who asks, when PEER is a proxy: the last address in X-Forwarded-For that is
 * not itself a PROXY. What is left of it was written by anybody. */
struct net_ip www_head_client(const struct www_head *head,
    const struct net_ip *peer,
    bool (*proxy)(const struct net_ip *ip, void *ctx), void *ctx);
