/* cookie.c - version 1 of server cookies: RFC 9018, section 4. */
#include "rbld/cookie.h"

#include <unistd.h>

#include "base/bytes.h"
#include "base/file.h"

#define VERSION 1
#define FILE_MAX 4096

/* The hash over client cookie, version, reserved, time and address. HEAD are
 * the sixteen octets before it. */
static void
put_hash(const uint8_t key[SECRET_SHORT_KEY], const uint8_t head[16],
    const struct net_ip *ip, uint8_t out[8])
{
	uint8_t in[32];

	memcpy(in, head, 16);
	memcpy(in + 16, ip->bytes, ip->bits / 8);
	secret_short_mac(key, in, 16u + ip->bits / 8, out);
}

static void
make(const uint8_t key[SECRET_SHORT_KEY], const uint8_t *client,
    const struct net_ip *ip, uint32_t now, uint8_t out[RBLD_COOKIE_LEN])
{
	memcpy(out, client, RBLD_COOKIE_CLIENT);
	memset(out + 8, 0, 4);
	out[8] = VERSION;
	out[12] = (uint8_t)(now >> 24);
	out[13] = (uint8_t)(now >> 16);
	out[14] = (uint8_t)(now >> 8);
	out[15] = (uint8_t)now;
	put_hash(key, out, ip, out + 16);
}

/* Which of the keys made it; KEYS->n: none. The reserved octets may be
 * anything, since they are under the hash (RFC 9018, A.3). */
static unsigned
maker(const struct rbld_cookie_keys *keys, const uint8_t *cookie,
    const struct net_ip *ip)
{
	uint8_t hash[8];
	unsigned i;

	for (i = 0; i < keys->n; i++) {
		put_hash(keys->at[i], cookie, ip, hash);
		if (secret_equal(hash, cookie + 16, sizeof(hash))) {
			break;
		}
	}
	return i;
}

bool
rbld_cookie_check(const struct rbld_cookie_keys *keys,
    const struct rbld_query *q, const struct net_ip *ip, uint32_t now,
    uint8_t ret[RBLD_COOKIE_LEN])
{
	struct reader r = reader(q->cookie, q->cookie_len);
	bool good = false, fresh = false;
	uint32_t head, then;
	int32_t age;
	unsigned by;

	(void)read_span(&r, RBLD_COOKIE_CLIENT);
	head = read_u32(&r);
	then = read_u32(&r);
	age = (int32_t)(now - then); /* serial arithmetic (RFC 1982) */
	if (q->cookie_len == RBLD_COOKIE_LEN && head >> 24 == VERSION &&
	    age <= RBLD_COOKIE_LATE && age >= -RBLD_COOKIE_EARLY) {
		by = maker(keys, q->cookie, ip);
		good = by < keys->n;
		fresh = good && by == 0 && age <= RBLD_COOKIE_RENEW;
	}
	if (fresh) {
		memcpy(ret, q->cookie, RBLD_COOKIE_LEN);
	} else {
		make(keys->at[0], q->cookie, ip, now, ret);
	}
	return good;
}

static int
hex(char c)
{
	c = text_lower(c);
	return c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'  ? c - 'a' + 10
				    : -1;
}

static bool
parse_key(struct span s, uint8_t out[SECRET_SHORT_KEY])
{
	if (s.len != 2 * (size_t)SECRET_SHORT_KEY) {
		return false;
	}
	for (size_t i = 0; i < SECRET_SHORT_KEY; i++) {
		int hi = hex(s.at[2 * i]), lo = hex(s.at[2 * i + 1]);

		if (hi < 0 || lo < 0) {
			return false;
		}
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

/* What is wrong is said without a word of the file: it is a secret. */
static int
parse_keys(const char *path, struct span all, struct rbld_cookie_keys *keys,
    struct err_text *why)
{
	unsigned line = 0;

	while (all.len > 0) {
		const char *end = memchr(all.at, '\n', all.len);
		size_t n = end != NULL ? (size_t)(end - all.at) : all.len;
		struct span s = span_trim(span(all.at, n));

		line++;
		n += end != NULL;
		all = span(all.at + n, all.len - n);
		if (s.len == 0 || s.at[0] == '#') {
			continue;
		}
		if (keys->n == 2) {
			return err_say(why, ERR_FORMAT,
			    "%s:%u: a third secret, expected one or two", path,
			    line);
		}
		if (!parse_key(s, keys->at[keys->n])) {
			return err_say(why, ERR_FORMAT,
			    "%s:%u: expected 32 hexadecimal digits", path,
			    line);
		}
		keys->n++;
	}
	if (keys->n == 2 &&
	    memcmp(keys->at[0], keys->at[1], SECRET_SHORT_KEY) == 0) {
		return err_say(
		    why, ERR_FORMAT, "%s: both secrets are the same", path);
	}
	return keys->n > 0
	    ? 0
	    : err_say(why, ERR_FORMAT, "%s: is empty, expected a secret", path);
}

int
rbld_cookie_keys_load(const char *path, uid_t also,
    struct rbld_cookie_keys *ret_keys, struct err_text *why)
{
	struct rbld_cookie_keys keys = { .n = 0 };
	struct buf b = { 0 };
	int fd, r;

	r = secret_file_open(path, also, &fd, why);
	if (r < 0) {
		return r;
	}
	r = file_read_fd(fd, FILE_MAX, &b);
	close(fd);
	if (r < 0) {
		r = err_say(why, r, "%s: %s", path,
		    r == ERR_FULL ? "is too long for two secrets" : err_str(r));
	} else {
		r = parse_keys(path, span(b.data, b.len), &keys, why);
	}
	if (r == 0) {
		*ret_keys = keys;
	}
	if (b.data != NULL) {
		secret_wipe(b.data, b.len);
	}
	secret_wipe(&keys, sizeof(keys));
	buf_free(&b);
	return r;
}
