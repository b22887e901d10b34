/* secret.c - randomness, tokens, MACs and password hashes. */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(crypto_pwhash_STRBYTES == SECRET_HASH_TEXT, "argon2id text");
_Static_assert(crypto_shorthash_BYTES == 8, "SipHash-2-4");
_Static_assert(crypto_shorthash_KEYBYTES == SECRET_SHORT_KEY, "SipHash-2-4");

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

void
secret_short_mac(const uint8_t key[SECRET_SHORT_KEY], const void *data,
    size_t len, uint8_t out[8])
{
	crypto_shorthash(out, data, len, key);
}

void
secret_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

int
secret_unbase64(const char *text, size_t len, uint8_t *out, size_t cap)
{
	static const int variants[] = { sodium_base64_VARIANT_ORIGINAL,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING };

	for (size_t i = 0; i < 2; i++) {
		size_t n = 0;

		if (sodium_base642bin(out, cap, text, len, " \t\r\n", &n, NULL,
			variants[i]) == 0 &&
		    n <= INT_MAX) {
			return (int)n;
		}
	}
	return ERR_FORMAT;
}

int
secret_file_open(
    const char *path, uid_t also, int *ret_fd, struct err_text *why)
{
	struct stat st;
	int fd, r = 0;

	/* a FIFO must not hold us up, nor a link lead elsewhere unseen: what
	 * is looked at is what was opened */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	}
	if (fstat(fd, &st) < 0) {
		r = err_say(why, ERR_SYS, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		r = err_say(why, ERR_FORMAT, "%s: is no ordinary file", path);
	} else if ((st.st_mode & 077) != 0) {
		r = err_say(why, ERR_FORMAT,
		    "%s: others may use it (mode %04o), expected mode 0600",
		    path, (unsigned)(st.st_mode & 07777));
	} else if (st.st_uid != geteuid() && st.st_uid != 0 &&
	    st.st_uid != also) {
		r = err_say(why, ERR_FORMAT,
		    "%s: belongs to user %u, expected this program's user",
		    path, (unsigned)st.st_uid);
	}
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
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
