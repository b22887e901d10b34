/* subscribers.h - programs that fetch what is published, by HTTP or rsync.
 *
 * A subscriber has a token of 192 random bits, shown once; only its digest is
 * kept. Since nobody can guess one, checking it needs no slow hash. rsync
 * needs a password as text on our side: it is made from the token's digest
 * under a key of the accounts environment (doc/FORMATS), so it is stored
 * nowhere but in the file that rsync reads.
 */
#pragma once

#include "base/secret.h"
#include "zone/accounts.h"

#define ZONE_SUBSCRIBER_LISTS 32

struct zone_subscriber {
	char name[ZONE_USER_NAME];
	char by[ZONE_USER_NAME];
	int64_t created, changed, until; /* until 0: for good */
	uint8_t digest[32];
	int64_t fetched; /* last; 0: never */
	uint64_t fetches, bytes;
	unsigned n_lists; /* 0: all */
	char lists[ZONE_SUBSCRIBER_LISTS][64];
};

/* May S have what is published of LIST? Not whether its time is over. */
bool zone_subscriber_may(const struct zone_subscriber *s, struct span list);
bool zone_subscriber_over(const struct zone_subscriber *s, int64_t now);

/* Make one, with its token. What is changed here stands in the log of the
 * accounts, with BY, who did it. ERR_FORMAT (name), ERR_CONFLICT, ERR_RANGE (too
 * many lists), with WHY. */
MUST_CHECK int zone_subscriber_add(struct zone_accounts *accounts,
    const struct zone_subscriber *wanted, char ret_token[SECRET_TOKEN_TEXT],
    struct err_text *why);
/* Another token; the one before opens nothing any more. ERR_NONE. */
MUST_CHECK int zone_subscriber_token(struct zone_accounts *accounts,
    const char *by, const char *name, char ret_token[SECRET_TOKEN_TEXT], struct err_text *why);
MUST_CHECK int zone_subscriber_remove(struct zone_accounts *accounts,
    const char *by, const char *name, struct err_text *why);
/* It fetched N times, BYTES in all, last at WHEN. One that is gone: 0. */
MUST_CHECK int zone_subscriber_count(struct zone_accounts *accounts,
    const char *name, int64_t when, uint64_t n, uint64_t bytes);

/* Each in the order of names, until FN returns other than 0, which is passed
 * on. SECRET is the password for rsync, NULL before there is a key for it. */
typedef int zone_subscriber_fn(
    const struct zone_subscriber *s, const char *secret, void *ctx);
MUST_CHECK int zone_subscriber_each(
    struct zone_accounts *accounts, zone_subscriber_fn *fn, void *ctx);

/* Whose TOKEN is it? NAME may be empty: any. 1, 0 nobody's or its time is over
 * at NOW, <0. Compares all of them in fixed time. */
MUST_CHECK int zone_subscriber_check(struct zone_accounts *accounts,
    struct span name, struct span token, int64_t now,
    struct zone_subscriber *ret);
