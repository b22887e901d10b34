/* digest.c - message digests and the ways DNS clients spell them. */
#include "base/digest.h"

#include <errno.h>
#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define PIECE 65536

static const char rfc_alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char rspamd_alphabet[] = "ybndrfg8ejkmcpqxot1uwisza345h769";

struct digest
digest_of(enum digest_kind kind, const void *data, size_t len)
{
	struct digest d = { .len = 0 };

	switch (kind) {
	case DIGEST_MD5: {
		struct md5_ctx c;

		md5_init(&c);
		md5_update(&c, len, data);
		md5_digest(&c, 16, d.bytes);
		d.len = 16;
		break;
	}
	case DIGEST_SHA1: {
		struct sha1_ctx c;

		sha1_init(&c);
		sha1_update(&c, len, data);
		sha1_digest(&c, 20, d.bytes);
		d.len = 20;
		break;
	}
	case DIGEST_SHA256:
		digest_sha256_2(data, len, NULL, 0, d.bytes);
		d.len = 32;
		break;
	}
	return d;
}

void
digest_sha256_2(
    const void *a, size_t alen, const void *b, size_t blen, uint8_t ret[32])
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, alen, a);
	if (blen > 0) {
		sha256_update(&c, blen, b);
	}
	sha256_digest(&c, 32, ret);
}

int
digest_sha256_fd(int fd, uint8_t ret[32], uint64_t *ret_bytes)
{
	struct sha256_ctx c;
	uint8_t data[PIECE];
	ssize_t n;

	sha256_init(&c);
	*ret_bytes = 0;
	while ((n = read(fd, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return ERR_SYS;
		}
		sha256_update(&c, (size_t)n, data);
		*ret_bytes += (uint64_t)n;
	}
	sha256_digest(&c, 32, ret);
	return 0;
}

void
digest_hmac_sha1(const void *key, size_t klen, const void *data, size_t len,
    uint8_t ret[DIGEST_SHA1_LEN])
{
	struct hmac_sha1_ctx c;

	hmac_sha1_set_key(&c, klen, key);
	hmac_sha1_update(&c, len, data);
	hmac_sha1_digest(&c, DIGEST_SHA1_LEN, ret);
	explicit_bzero(&c, sizeof(c));
}

void
digest_hex(const uint8_t *data, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = hex[data[i] >> 4];
		*out++ = hex[data[i] & 15];
	}
	*out = '\0';
}

void
digest_base32(const uint8_t *data, size_t len, char *out)
{
	uint32_t acc = 0;
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		acc = acc << 8 | data[i];
		for (n += 8; n >= 5; n -= 5) {
			*out++ = rfc_alphabet[acc >> (n - 5) & 31];
		}
	}
	if (n > 0) {
		*out++ = rfc_alphabet[acc << (5 - n) & 31];
	}
	*out = '\0';
}

void
digest_rspamd32(const uint8_t *data, size_t len, char *out)
{
	uint32_t acc = 0;
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		acc |= (uint32_t)data[i] << n;
		for (n += 8; n >= 5; n -= 5) {
			*out++ = rspamd_alphabet[acc & 31];
			acc >>= 5;
		}
	}
	if (n > 0) {
		*out++ = rspamd_alphabet[acc & 31];
	}
	*out = '\0';
}

enum alphabet { HEX, RFC_32, RSPAMD_32, ALPHABETS };

/* 1 + the value of each octet; 0: it is not in the alphabet. */
static uint8_t values[ALPHABETS][256];

__attribute__((constructor)) static void
prepare(void)
{
	const char *const alphabets[ALPHABETS] = { "0123456789abcdef",
		rfc_alphabet, rspamd_alphabet };

	for (int k = 0; k < ALPHABETS; k++) {
		for (unsigned i = 0; alphabets[k][i] != '\0'; i++) {
			uint8_t c = (uint8_t)alphabets[k][i];

			values[k][c] = (uint8_t)(i + 1);
			if (c >= 'a' && c <= 'z') {
				values[k][c - 'a' + 'A'] = (uint8_t)(i + 1);
			}
		}
	}
}

/* -1: C is not in the alphabet. */
static inline int
value_of(enum alphabet alphabet, char c)
{
	return (int)values[alphabet][(uint8_t)c] - 1;
}

bool
digest_unhex(const char *s, size_t len, uint8_t *out, size_t want)
{
	if (len != want * 2) {
		return false;
	}
	for (size_t i = 0; i < want; i++) {
		int hi = value_of(HEX, s[2 * i]);
		int lo = value_of(HEX, s[2 * i + 1]);

		if ((hi | lo) < 0) {
			return false;
		}
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

bool
digest_unbase32(const char *s, size_t len, uint8_t *out, size_t want)
{
	uint32_t acc = 0;
	unsigned n = 0;
	size_t k = 0;

	if (len != (want * 8 + 4) / 5) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		int v = value_of(RFC_32, s[i]);

		if (v < 0) {
			return false;
		}
		acc = acc << 5 | (uint32_t)v;
		n += 5;
		if (n >= 8) {
			n -= 8;
			out[k++] = (uint8_t)(acc >> n);
		}
	}
	return k == want && (acc & ((1u << n) - 1)) == 0;
}

bool
digest_unrspamd32(const char *s, size_t len, uint8_t *out, size_t want)
{
	uint32_t acc = 0;
	unsigned n = 0;
	size_t k = 0;

	if (len != (want * 8 + 4) / 5) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		int v = value_of(RSPAMD_32, s[i]);

		if (v < 0) {
			return false;
		}
		acc |= (uint32_t)v << n;
		n += 5;
		if (n >= 8 && k < want) {
			out[k++] = (uint8_t)acc;
			acc >>= 8;
			n -= 8;
		}
	}
	return k == want && acc == 0;
}

unsigned
digest_of_label(const char *s, size_t len, struct digest ret[2])
{
	static const struct {
		uint8_t chars, bytes;
		bool (*decode)(const char *, size_t, uint8_t *, size_t);
	} spellings[] = {
		{ 26, 16, digest_unrspamd32 },
		{ 32, 16, digest_unhex },
		{ 32, 20, digest_unrspamd32 },
		{ 40, 20, digest_unhex },
		{ 52, 32, digest_unbase32 },
		{ 52, 32, digest_unrspamd32 },
	};
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (spellings[i].chars == len && n < 2 &&
		    spellings[i].decode(
			s, len, ret[n].bytes, spellings[i].bytes)) {
			ret[n++].len = spellings[i].bytes;
		}
	}
	return n;
}

/* ---- HMAC ----------------------------------------------------------------- */

_Static_assert(sizeof(struct hmac_sha512_ctx) <=
	sizeof(((struct digest_mac *)0)->state),
    "the largest state fits");

size_t
digest_mac_len(enum digest_mac_kind kind)
{
	switch (kind) {
	case DIGEST_HMAC_SHA1: return 20;
	case DIGEST_HMAC_SHA256: return 32;
	case DIGEST_HMAC_SHA512: break;
	}
	return 64;
}

void
digest_mac_begin(struct digest_mac *m, enum digest_mac_kind kind,
    const void *key, size_t len)
{
	m->kind = kind;
	switch (kind) {
	case DIGEST_HMAC_SHA1:
		hmac_sha1_set_key((void *)m->state, len, key);
		break;
	case DIGEST_HMAC_SHA256:
		hmac_sha256_set_key((void *)m->state, len, key);
		break;
	case DIGEST_HMAC_SHA512:
		hmac_sha512_set_key((void *)m->state, len, key);
		break;
	}
}

void
digest_mac_add(struct digest_mac *m, const void *data, size_t len)
{
	switch (m->kind) {
	case DIGEST_HMAC_SHA1:
		hmac_sha1_update((void *)m->state, len, data);
		break;
	case DIGEST_HMAC_SHA256:
		hmac_sha256_update((void *)m->state, len, data);
		break;
	case DIGEST_HMAC_SHA512:
		hmac_sha512_update((void *)m->state, len, data);
		break;
	}
}

void
digest_mac_end(struct digest_mac *m, uint8_t out[DIGEST_MAC_MAX])
{
	switch (m->kind) {
	case DIGEST_HMAC_SHA1:
		hmac_sha1_digest((void *)m->state, 20, out);
		break;
	case DIGEST_HMAC_SHA256:
		hmac_sha256_digest((void *)m->state, 32, out);
		break;
	case DIGEST_HMAC_SHA512:
		hmac_sha512_digest((void *)m->state, 64, out);
		break;
	}
}
