/* secret.c - randomness, tokens, MACs and password hashes. */
#include "base/secret.h"

#include <sodium.h>

_Static_assert(crypto_pwhash_STRBYTES == SECRET_HASH_TEXT, "argon2id text");

int
secret_init(void)
{
	return sodium_init() < 0 ? ERR_SYS : 0;
}

void
secret_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void
secret_token(char out[SECRET_TOKEN_TEXT])
{
	uint8_t raw[24];

	randombytes_buf(raw, sizeof(raw));
	sodium_bin2base64(out, SECRET_TOKEN_TEXT, raw, sizeof(raw),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof(raw));
}

void
secret_mac(const uint8_t key[32], const void *data, size_t len,
    uint8_t out[SECRET_MAC])
{
	crypto_generichash(out, SECRET_MAC, data, len, key, 32);
}

void
secret_hash(const void *data, size_t len, uint8_t out[32])
{
	crypto_generichash(out, 32, data, len, NULL, 0);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

int
secret_password_hash(const char *password, size_t len, unsigned cost_kib,
    char out[SECRET_HASH_TEXT])
{
	size_t memory = cost_kib == 0 ? crypto_pwhash_MEMLIMIT_INTERACTIVE
				      : (size_t)cost_kib * 1024;

	return crypto_pwhash_str(out, password, len,
		   crypto_pwhash_OPSLIMIT_INTERACTIVE, memory) == 0
	    ? 0
	    : ERR_NOMEM;
}

bool
secret_password_verify(
    const char hash[SECRET_HASH_TEXT], const char *password, size_t len)
{
	return crypto_pwhash_str_verify(hash, password, len) == 0;
}
