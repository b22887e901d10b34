/* digest.h - message digests and the ways DNS clients spell them.
 *
 * The only door to nettle. The spellings are those that real clients send
 * (shared by every hashed-address list): hexadecimal, RFC 4648 base32, and
 * rspamd's base32, which takes the bits least significant first and uses the
 * z-base-32 alphabet, so it is neither RFC 4648 nor z-base-32.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DIGEST_MAX 32

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };
#define DIGEST_KINDS 3

struct digest {
	uint8_t bytes[DIGEST_MAX];
	uint8_t len; /* 16, 20 or 32; says the kind */
};

struct digest digest_of(enum digest_kind kind, const void *data, size_t len);

/* SHA-256 over several pieces, for the history's chain. */
void digest_sha256_2(
    const void *a, size_t alen, const void *b, size_t blen, uint8_t ret[32]);

/* SHA-256 of what FD has from where it stands to its end, and how much that
 * is. ERR_SYS. */
MUST_CHECK int digest_sha256_fd(
    int fd, uint8_t ret[32], uint64_t *ret_bytes);

/* HMAC-SHA-1 (RFC 2104), for one-time codes (RFC 4226, 6238). */
#define DIGEST_SHA1_LEN 20
void digest_hmac_sha1(const void *key, size_t klen, const void *data,
    size_t len, uint8_t ret[DIGEST_SHA1_LEN]);

/* Formatting: OUT needs room for 65 bytes; ends in NUL; lower case. */
void digest_hex(const uint8_t *data, size_t len, char *out);
void digest_base32(const uint8_t *data, size_t len, char *out);
void digest_rspamd32(const uint8_t *data, size_t len, char *out);

/* Exact decoding, case folded, no padding: LEN characters must stand for
 * exactly WANT bytes with unused bits zero; false otherwise. */
bool digest_unhex(const char *s, size_t len, uint8_t *out, size_t want);
bool digest_unbase32(const char *s, size_t len, uint8_t *out, size_t want);
bool digest_unrspamd32(const char *s, size_t len, uint8_t *out, size_t want);

/* Every digest that the label S may stand for, by length and alphabet:
 * 26 characters rspamd md5 · 32 md5 hex or rspamd sha1 · 40 sha1 hex ·
 * 52 sha256 in either base32. Returns how many (0, 1 or 2) were put to RET.
 * Case folded. */
unsigned digest_of_label(const char *s, size_t len, struct digest ret[2]);

/* ---- HMAC (RFC 2104), in pieces ------------------------------------------- */

enum digest_mac_kind {
	DIGEST_HMAC_SHA1,
	DIGEST_HMAC_SHA256,
	DIGEST_HMAC_SHA512,
};
#define DIGEST_MAC_MAX 64

struct digest_mac {
	enum digest_mac_kind kind;
	_Alignas(16) uint8_t state[768]; /* holds the key: to be wiped */
};

size_t digest_mac_len(enum digest_mac_kind kind); /* 20, 32 or 64 */
void digest_mac_begin(struct digest_mac *m, enum digest_mac_kind kind,
    const void *key, size_t len);
void digest_mac_add(struct digest_mac *m, const void *data, size_t len);
/* Writes digest_mac_len octets; M is as after its beginning then. */
void digest_mac_end(struct digest_mac *m, uint8_t out[DIGEST_MAC_MAX]);
