/* tally.h - what is counted of an answer.
 *
 * Each thread has one. The counters of the zones (counts.h) are exact. Who
 * asks most, what is hit most and who shows signs of a wrong setup is kept
 * in sketches, for this hour and the one before. Under load, when many
 * packets wait at once, one in eight of them goes into the sketches of
 * clients and listings and counts eight times, the distances at random; and
 * whether a client asks the same again is watched for one in eight clients,
 * others each minute. With less to do, nothing is left out.
 *
 * A client is an IPv4 address or an IPv6 /64.
 *
 * Nothing of this is stored: it ends with the process.
 */
#pragma once

#include "rbld/handle.h"
#include "rbld/signs.h"
#include "rbld/sketch.h"

#define RBLD_TALLY_KEYS 4096 /* places for holders of keys */

enum rbld_tops {
	RBLD_TOP_CLIENTS,
	RBLD_TOP_LISTINGS,
	RBLD_TOP_SIGNS,
	RBLD_TOPS,
};

struct rbld_tally;

/* SEED is the same for all threads of a process and secret. NULL: no
 * memory. */
struct rbld_tally *rbld_tally_new(const uint64_t seed[2]);
void rbld_tally_free(struct rbld_tally **tally); /* NULL-safe */

/* N packets were waiting. NULL-safe, as the next. */
void rbld_tally_pace(struct rbld_tally *tally, unsigned n);
/* TURN, which came FROM somebody, was answered with RCODE and what was FOUND
 * (n_hits 0: nothing). */
void rbld_tally_note(struct rbld_tally *tally, const struct rbld_look *look,
    const struct rbld_from *from, const struct rbld_turn *turn,
    const struct rbld_found *found, unsigned rcode);

/* ---- reading ------------------------------------------------------------ */

/* An IPv4 client is this and its address, where an IPv6 client is its first
 * 64 bits; nobody asks from that /64. */
#define RBLD_CLIENT_V4 UINT64_C(0xffff00000000)

/* What a struct rbld_top's payload holds. */
struct rbld_top_client {
	uint64_t client;
};
struct rbld_top_listing {
	uint16_t list; /* in the book */
	uint8_t form;  /* RBLD_TOP_... below */
	uint8_t len;   /* of the prefix, digest or text */
	uint32_t detail;
	uint8_t key[64];
};
enum { RBLD_TOP_V4, RBLD_TOP_V6, RBLD_TOP_DIGEST, RBLD_TOP_TEXT };
struct rbld_top_sign {
	uint64_t client;
	uint32_t zone; /* in the book */
	int32_t sign;
};

/* The most frequent of WHICH over N threads at time NOW, as
 * rbld_sketch_merge. *ret_since: from when on. Any thread may call it. */
MUST_CHECK int rbld_tally_top(struct rbld_tally *const *tallies, unsigned n,
    enum rbld_tops which, int64_t now, struct rbld_top *ret, unsigned cap,
    int64_t *ret_since);
/* Questions with the key number KEY. */
uint64_t rbld_tally_key(
    struct rbld_tally *const *tallies, unsigned n, uint32_t key);

/* A client as text: an address, or a /64. OUT has room for NET_IP_TEXT + 4. */
char *rbld_client_format(char *out, uint64_t client);
/* A listing's key as rblctl takes it. OUT has room for 128. */
char *rbld_listing_format(char *out, const struct rbld_top_listing *listing);
