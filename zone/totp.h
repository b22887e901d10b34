/* totp.h - one-time codes of six digits, a new one each 30 seconds (RFC 6238,
 * with HMAC-SHA-1 as every program for it has), and recovery codes for who
 * lost the telephone. Nothing here is stored; see zone/accounts.h.
 */
#pragma once

#include "base/text.h"

#define ZONE_TOTP_SECRET 20 /* bytes, as RFC 4226 section 4 recommends */
#define ZONE_TOTP_STEP 30   /* seconds */
#define ZONE_TOTP_KEY 33    /* room for the secret in base32 */

#define ZONE_RECOVERY_CODES 10
#define ZONE_RECOVERY_TEXT 20 /* "abcd-efgh-ijkl-mnop", 80 random bits */
#define ZONE_RECOVERY_HASH 32

/* The number for STEP, DIGITS (1 to 9) long (RFC 4226 section 5.3). */
uint32_t zone_totp_number(
    const void *secret, size_t len, uint64_t step, unsigned digits);
uint64_t zone_totp_step(int64_t now); /* wall clock; before 1970: 0 */

/* Is TEXT the code of this step, or of the one before or after it, for clocks
 * that differ, and later than LAST? Blanks in it do not count. All three are
 * always computed. True: *RET_STEP is what must become LAST, so that no code
 * fits twice. */
bool zone_totp_fits(const uint8_t secret[ZONE_TOTP_SECRET], struct span text,
    int64_t now, uint64_t last, uint64_t *ret_step);

/* The secret as people type it into a telephone: upper-case base32. */
char *zone_totp_key(
    char out[ZONE_TOTP_KEY], const uint8_t secret[ZONE_TOTP_SECRET]);
bool zone_totp_unkey(struct span text, uint8_t ret_secret[ZONE_TOTP_SECRET]);

/* A new recovery code, and what is stored of it. */
void zone_recovery_make(
    char ret_code[ZONE_RECOVERY_TEXT], uint8_t ret_hash[ZONE_RECOVERY_HASH]);
/* The hash of a code that a person typed: blanks, hyphens and case do not
 * count. false: it cannot be one. */
bool zone_recovery_hash(struct span text, uint8_t ret_hash[ZONE_RECOVERY_HASH]);
