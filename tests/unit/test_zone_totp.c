/* One-time codes against the vectors of RFC 6238 appendix B and RFC 4226
 * appendix D, and what must not fit. */
#include <string.h>

#include "base/digest.h"
#include "base/secret.h"
#include "check.h"
#include "zone/totp.h"

static const uint8_t key[ZONE_TOTP_SECRET] = "12345678901234567890";

/* RFC 2202 section 3. */
static void
hmac(void)
{
	static const struct {
		const char *key, *data, *want;
		size_t klen;
	} cases[] = {
		{ "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
		  "\x0b\x0b\x0b\x0b\x0b",
		    "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
		    20 },
		{ "Jefe", "what do ya want for nothing?",
		    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", 4 },
	};
	uint8_t mac[DIGEST_SHA1_LEN];
	char text[66];

	for (size_t i = 0; i < COUNT(cases); i++) {
		digest_hmac_sha1(cases[i].key, cases[i].klen, cases[i].data,
		    strlen(cases[i].data), mac);
		digest_hex(mac, sizeof(mac), text);
		CHECK(strcmp(text, cases[i].want) == 0, "%s", text);
	}
}

static void
vectors(void)
{
	static const struct {
		int64_t time;
		uint32_t want;
	} cases[] = {
		{ 59, 94287082 },
		{ 1111111109, 7081804 },
		{ 1111111111, 14050471 },
		{ 1234567890, 89005924 },
		{ 2000000000, 69279037 },
		{ 20000000000, 65353130 },
	};
	static const uint32_t hotp[] = { 755224, 287082, 359152, 969429, 338314,
		254676, 287922, 162583, 399871, 520489 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t got = zone_totp_number(
		    key, sizeof(key), zone_totp_step(cases[i].time), 8);

		CHECK(got == cases[i].want, "%lld: %u",
		    (long long)cases[i].time, got);
	}
	for (unsigned i = 0; i < COUNT(hotp); i++) {
		CHECK(zone_totp_number(key, sizeof(key), i, 6) == hotp[i],
		    "%u", i);
	}
	CHECK(zone_totp_step(-5) == 0 && zone_totp_step(59) == 1, "steps");
}

static void
fits(void)
{
	static const struct {
		const char *name, *code;
		int64_t now;
		uint64_t last;
		uint64_t want; /* step, 0: refused */
	} cases[] = {
		{ "its step", "287082", 59, 0, 1 },
		{ "with a blank", "287 082", 59, 0, 1 },
		{ "typed late", "287082", 89, 0, 1 },
		{ "a clock that is late", "359152", 59, 0, 2 },
		{ "two steps late", "287082", 91, 0, 0 },
		{ "two steps early", "969429", 59, 0, 0 },
		{ "a second time", "287082", 59, 1, 0 },
		{ "after a later one", "287082", 59, 2, 0 },
		{ "the next after it", "359152", 61, 1, 2 },
		{ "wrong", "287083", 59, 0, 0 },
		{ "five digits", "28708", 59, 0, 0 },
		{ "seven digits", "2870820", 59, 0, 0 },
		{ "nothing", "", 59, 0, 0 },
		{ "blanks", "      ", 59, 0, 0 },
		{ "letters", "28708a", 59, 0, 0 },
		{ "a sign", "+28708", 59, 0, 0 },
		{ "a minus is a blank", "-28708", 59, 0, 0 },
		{ "hexadecimal", "0x1234", 59, 0, 0 },
		{ "other digits", "\xd9\xa2\xd9\xa8\xd9\xa7", 59, 0, 0 },
		{ "at the beginning of time", "755224", 0, 0, 0 },
		{ "before it", "755224", -100, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t step = 0;
		bool fits = zone_totp_fits(key, span_str(cases[i].code),
		    cases[i].now, cases[i].last, &step);

		CHECK(fits == (cases[i].want != 0) && step == cases[i].want,
		    "%s: %d %llu", cases[i].name, fits,
		    (unsigned long long)step);
	}
}

static void
texts(void)
{
	static const char *const wrong[] = { "", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ=" };
	static const char *const not_codes[] = { "", "abcd", "123456",
		"abcd-efgh-ijkl-mnopq", "abcd-efgh-ijkl-mno" };
	char text[ZONE_TOTP_KEY], code[ZONE_RECOVERY_TEXT], upper[40];
	uint8_t back[ZONE_TOTP_SECRET], a[ZONE_RECOVERY_HASH],
	    b[ZONE_RECOVERY_HASH];

	CHECK(strcmp(zone_totp_key(text, key),
		  "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == 0,
	    "%s", text);
	CHECK(zone_totp_unkey(span_str("gezd gnbv GY3TQOJQGEZDGNBVGY3TQOJQ"),
		  back) &&
		memcmp(back, key, sizeof(key)) == 0,
	    "back again");
	for (size_t i = 0; i < COUNT(wrong); i++) {
		CHECK(!zone_totp_unkey(span_str(wrong[i]), back), "%s",
		    wrong[i]);
	}
	zone_recovery_make(code, a);
	CHECK(strlen(code) == 19 && zone_recovery_hash(span_str(code), b) &&
		memcmp(a, b, sizeof(a)) == 0,
	    "%s", code);
	for (unsigned i = 0; i < sizeof(code); i++) {
		upper[i] = code[i] >= 'a' && code[i] <= 'z'
		    ? (char)(code[i] - 32)
		    : code[i] == '-' ? ' '
				     : code[i];
	}
	CHECK(zone_recovery_hash(span_str(upper), b) &&
		memcmp(a, b, sizeof(a)) == 0,
	    "%s", upper);
	zone_recovery_make(upper, b);
	CHECK(strcmp(code, upper) != 0 && memcmp(a, b, sizeof(a)) != 0,
	    "another each time");
	for (size_t i = 0; i < COUNT(not_codes); i++) {
		CHECK(!zone_recovery_hash(span_str(not_codes[i]), b), "%s",
		    not_codes[i]);
	}
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	hmac();
	vectors();
	fits();
	texts();
	return failures != 0;
}
