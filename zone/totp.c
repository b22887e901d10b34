/* totp.c - one-time codes and recovery codes. */
#include "zone/totp.h"

#include <string.h>

#include "base/digest.h"
#include "base/secret.h"

#define DIGITS 6
#define WINDOW 1 /* steps that a clock may be early or late */
#define RECOVERY_BYTES 10
#define RECOVERY_LETTERS 16

uint32_t
zone_totp_number(const void *secret, size_t len, uint64_t step, unsigned digits)
{
	uint8_t counter[8], mac[DIGEST_SHA1_LEN];
	uint32_t n, modulus = 1;
	const uint8_t *p;

	for (unsigned i = 0; i < 8; i++) {
		counter[i] = (uint8_t)(step >> (56 - 8 * i));
	}
	digest_hmac_sha1(secret, len, counter, sizeof(counter), mac);
	p = mac + (mac[DIGEST_SHA1_LEN - 1] & 15);
	n = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | (uint32_t)p[3];
	while (digits-- > 0) {
		modulus *= 10;
	}
	return n % modulus;
}

uint64_t
zone_totp_step(int64_t now)
{
	return now > 0 ? (uint64_t)now / ZONE_TOTP_STEP : 0;
}

/* The characters of TEXT that count, in lower case; 0: other than CAP. */
static size_t
squeeze(struct span text, char *out, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == ' ' || c == '-' || c == '\t') {
			continue;
		}
		if (n == cap) {
			return 0;
		}
		out[n++] = text_lower(c);
	}
	return n == cap ? n : 0;
}

bool
zone_totp_fits(const uint8_t secret[ZONE_TOTP_SECRET], struct span text,
    int64_t now, uint64_t last, uint64_t *ret_step)
{
	uint64_t step = zone_totp_step(now), found = 0;
	uint32_t typed = 0;
	char digits[DIGITS];

	if (squeeze(text, digits, DIGITS) == 0) {
		return false;
	}
	for (unsigned i = 0; i < DIGITS; i++) {
		if (digits[i] < '0' || digits[i] > '9') {
			return false;
		}
		typed = typed * 10 + (uint32_t)(digits[i] - '0');
	}
	for (unsigned i = 0; i <= 2 * WINDOW; i++) {
		uint64_t s = step + i;
		uint32_t right;

		if (s < WINDOW) {
			continue;
		}
		s -= WINDOW;
		right =
		    zone_totp_number(secret, ZONE_TOTP_SECRET, s, DIGITS);
		if (secret_equal(&right, &typed, sizeof(right)) && s > last) {
			found = s;
		}
	}
	if (found == 0) {
		return false;
	}
	*ret_step = found;
	return true;
}

char *
zone_totp_key(
    char out[ZONE_TOTP_KEY], const uint8_t secret[ZONE_TOTP_SECRET])
{
	char text[66];

	digest_base32(secret, ZONE_TOTP_SECRET, text);
	for (unsigned i = 0; i < ZONE_TOTP_KEY; i++) {
		out[i] = text[i] >= 'a' && text[i] <= 'z'
		    ? (char)(text[i] - 'a' + 'A')
		    : text[i];
	}
	secret_wipe(text, sizeof(text));
	return out;
}

bool
zone_totp_unkey(struct span text, uint8_t ret_secret[ZONE_TOTP_SECRET])
{
	char key[ZONE_TOTP_KEY - 1];

	return squeeze(text, key, sizeof(key)) > 0 &&
	    digest_unbase32(key, sizeof(key), ret_secret, ZONE_TOTP_SECRET);
}

void
zone_recovery_make(
    char ret_code[ZONE_RECOVERY_TEXT], uint8_t ret_hash[ZONE_RECOVERY_HASH])
{
	uint8_t raw[RECOVERY_BYTES];
	char text[66];
	size_t n = 0;

	secret_random(raw, sizeof(raw));
	digest_base32(raw, sizeof(raw), text);
	for (unsigned i = 0; i < RECOVERY_LETTERS; i++) {
		if (i > 0 && i % 4 == 0) {
			ret_code[n++] = '-';
		}
		ret_code[n++] = text[i];
	}
	ret_code[n] = '\0';
	secret_hash(text, RECOVERY_LETTERS, ret_hash);
	secret_wipe(text, sizeof(text));
	secret_wipe(raw, sizeof(raw));
}

bool
zone_recovery_hash(struct span text, uint8_t ret_hash[ZONE_RECOVERY_HASH])
{
	char code[RECOVERY_LETTERS];

	if (squeeze(text, code, sizeof(code)) == 0) {
		return false;
	}
	secret_hash(code, sizeof(code), ret_hash);
	return true;
}
