/* secret.h - randomness, tokens, MACs and password hashes. The only door to
 * libsodium.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define SECRET_TOKEN_TEXT 33 /* 24 random bytes in base64url, and a NUL */
#define SECRET_MAC 32
#define SECRET_HASH_TEXT 128 /* an argon2id hash as text */

/* Once, before threads. ERR_SYS: the system gives no randomness. */
MUST_CHECK int secret_init(void);

void secret_random(void *out, size_t len);
/* 192 random bits as text that fits a cookie, a URL and a header. */
void secret_token(char out[SECRET_TOKEN_TEXT]);
/* Keyed BLAKE2b. KEY is 32 bytes. */
void secret_mac(const uint8_t key[32], const void *data, size_t len,
    uint8_t out[SECRET_MAC]);
/* Unkeyed BLAKE2b: what is stored of a token. */
void secret_hash(const void *data, size_t len, uint8_t out[32]);
bool secret_equal(const void *a, const void *b, size_t len); /* fixed time */

#define SECRET_SHORT_KEY 16
/* SipHash-2-4: 64 bits under a key, as DNS cookies have them (RFC 9018). */
void secret_short_mac(const uint8_t key[SECRET_SHORT_KEY], const void *data,
    size_t len, uint8_t out[8]);
void secret_wipe(void *data, size_t len); /* is not optimised away */

/* Base64 (RFC 4648, padded or not, white space passed over) into OUT of CAP
 * bytes; how many, or ERR_FORMAT. */
MUST_CHECK int secret_unbase64(
    const char *text, size_t len, uint8_t *out, size_t cap);

/* Open the file of a secret for reading: an ordinary file, of this process's
 * user, of root or of ALSO, that nobody else may read or write. Who may read
 * it is said in WHY when that is wrong. ERR_SYS, ERR_FORMAT. */
MUST_CHECK int secret_file_open(
    const char *path, uid_t also, int *ret_fd, struct err_text *why);

/* argon2id. COST is the memory in KiB (at least 8); 0 takes the default of
 * 65536 (64 MiB, two passes). Text ends in NUL. ERR_NOMEM. */
MUST_CHECK int secret_password_hash(const char *password, size_t len,
    unsigned cost_kib, char out[SECRET_HASH_TEXT]);
/* HASH must be a zero-padded buffer of SECRET_HASH_TEXT bytes. */
bool secret_password_verify(
    const char hash[SECRET_HASH_TEXT], const char *password, size_t len);
