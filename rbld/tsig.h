/* tsig.h - messages signed with a shared key (RFC 8945).
 *
 * Keys come from the configuration and their secrets from files. A question
 * that is signed right gets a signed answer; one with a key that is not ours,
 * or a wrong signature, is answered NOTAUTH unsigned; one whose time is not
 * ours, NOTAUTH signed and with our time. A transfer is many messages, each
 * signed over the one before.
 *
 * Nothing is allocated for a message. MACs are compared in fixed time.
 */
#pragma once

#include "base/digest.h"
#include "rbld/query.h"
#include "zone/config.h"

#define RBLD_TSIG_NAME 100   /* octets of a key's name on the wire, at most */
#define RBLD_TSIG_SECRET 128 /* octets of a secret, at most */
#define RBLD_TSIG_ROOM 224   /* octets of our longest signature */
#define RBLD_TSIG_FUDGE 300  /* seconds, of what we sign */

struct rbld_key {
	const struct zone_tsig_conf *conf;
	enum digest_mac_kind kind;
	uint8_t name[RBLD_TSIG_NAME]; /* wire, lower case */
	uint8_t name_len;
	uint8_t secret[RBLD_TSIG_SECRET];
	size_t secret_len;
};

struct rbld_keys {
	size_t n;
	struct rbld_key at[];
};

/* ALSO is a user who may own the files. *ret_keys is never NULL. ERR_SYS,
 * ERR_FORMAT, ERR_RANGE with WHY, ERR_NOMEM. */
MUST_CHECK int rbld_keys_load(const struct zone_config *config, uid_t also,
    struct rbld_keys **ret_keys, struct err_text *why);
void rbld_keys_free(struct rbld_keys **keys); /* wipes them; NULL-safe */

enum rbld_tsig_error {
	RBLD_TSIG_GOOD = 0,
	RBLD_TSIG_BADSIG = 16,
	RBLD_TSIG_BADKEY = 17,
	RBLD_TSIG_BADTIME = 18,
	RBLD_TSIG_BADTRUNC = 22,
	RBLD_TSIG_FORMERR = -1, /* it cannot be read */
};

/* One signed question and the answers to it. */
struct rbld_tsig {
	enum rbld_tsig_error error;
	const struct rbld_key *key; /* NULL: not one of ours */
	uint16_t id;                /* that was signed */
	uint64_t time;              /* when, seconds since 1970 */
	uint16_t fudge;
	bool later;                  /* the first answer is signed already */
	uint8_t mac[DIGEST_MAC_MAX]; /* of the message before */
	uint8_t mac_len;
	/* as they came, for an answer that cannot be signed; in the packet */
	const uint8_t *name, *algorithm;
	uint8_t name_len, algorithm_len;
};

/* Of the LEN octets at PACKET, whose TSIG is at Q->tsig. NOW: the time. */
void rbld_tsig_check(const struct rbld_keys *keys, const uint8_t *packet,
    size_t len, const struct rbld_query *q, uint64_t now,
    struct rbld_tsig *ret_tsig);

/* Put a TSIG behind the LEN octets of a whole message at OUT, which has room
 * for CAP. Returns the new length; LEN when there is no room (then only of an
 * answer that cannot be signed in any case). */
size_t rbld_tsig_sign(struct rbld_tsig *tsig, uint8_t *out, size_t len,
    size_t cap, uint64_t now);

const char *rbld_tsig_name(enum rbld_tsig_error error); /* "BADKEY" */
