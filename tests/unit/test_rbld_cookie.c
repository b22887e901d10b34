/* test_rbld_cookie.c - RFC 9018 with its own examples, and files of secrets. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rbld/cookie.h"
#include "tests/unit/check.h"

static void
unhex(const char *text, uint8_t *out)
{
	for (size_t i = 0; text[2 * i] != '\0'; i++) {
		unsigned v;

		if (sscanf(text + 2 * i, "%2x", &v) != 1) {
			exit(99);
		}
		out[i] = (uint8_t)v;
	}
}

static struct net_ip
ip_of(const char *text)
{
	struct net_ip ip;

	if (net_ip_parse(span_str(text), &ip) < 0) {
		exit(99);
	}
	return ip;
}

#define ONE "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define OLD "dd3bdf9344b678b185a6f5cb60fca715"
#define NEW "445536bcd2513298075a5d379663c962"

/* RFC 9018, appendix A. */
static const struct {
	const char *name, *keys[2], *ip;
	uint32_t now;
	const char *shown; /* what the client sends */
	bool good;
	const char *want;
} vectors[] = {
	{ "9018-1 A.1 learning a new server cookie", { ONE, NULL },
	    "198.51.100.100", 1559731985, "2464c4abcf10c957", false,
	    "2464c4abcf10c957010000005cf79f111f8130c3eee29480" },
	{ "9018-1 A.2 the same client learning a renewed one", { ONE, NULL },
	    "198.51.100.100", 1559734385,
	    "2464c4abcf10c957010000005cf79f111f8130c3eee29480", true,
	    "2464c4abcf10c957010000005cf7a871d4a564a1442aca77" },
	{ "9018-1 A.3 another client learning a renewed one", { ONE, NULL },
	    "203.0.113.203", 1559734700,
	    "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", false,
	    "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e" },
	{ "9018-1 A.4 IPv6 and a secret rolled over", { NEW, OLD },
	    "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961,
	    "22681ab97d52c298010000005cf7c57926556bd0934c72f8", true,
	    "22681ab97d52c298010000005cf7c609a6bb79d16625507a" },
};

static struct rbld_cookie_keys
keys_of(const char *first, const char *second)
{
	struct rbld_cookie_keys keys = { .n = second != NULL ? 2 : 1 };

	unhex(first, keys.at[0]);
	if (second != NULL) {
		unhex(second, keys.at[1]);
	}
	return keys;
}

static bool
check(const struct rbld_cookie_keys *keys, const uint8_t *shown, size_t len,
    const char *ip, uint32_t now, uint8_t ret[RBLD_COOKIE_LEN])
{
	struct rbld_query q = { .asks = RBLD_ASKS_COOKIE,
		.cookie = shown,
		.cookie_len = (uint8_t)len };
	struct net_ip from = ip_of(ip);

	return rbld_cookie_check(keys, &q, &from, now, ret);
}

static void
test_vectors(void)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct rbld_cookie_keys keys =
		    keys_of(vectors[i].keys[0], vectors[i].keys[1]);
		uint8_t shown[40], want[RBLD_COOKIE_LEN], got[RBLD_COOKIE_LEN];
		bool good;

		unhex(vectors[i].shown, shown);
		unhex(vectors[i].want, want);
		good = check(&keys, shown, strlen(vectors[i].shown) / 2,
		    vectors[i].ip, vectors[i].now, got);
		CHECK(good == vectors[i].good, "%s: good %d", vectors[i].name,
		    good);
		CHECK(
		    memcmp(got, want, sizeof(got)) == 0, "%s", vectors[i].name);
	}
}

/* A.3 again, when that cookie was young: reserved octets are hashed as they
 * came, and nothing else is asked of them. */
static void
test_reserved(void)
{
	struct rbld_cookie_keys keys = keys_of(ONE, NULL);
	uint8_t shown[40], got[RBLD_COOKIE_LEN];

	unhex(vectors[2].shown, shown);
	CHECK(check(&keys, shown, 24, vectors[2].ip, 1559727985 + 60, got),
	    "9018-1 reserved octets that are not zero");
}

/* A cookie made at time T and shown AGE seconds later. */
static void
test_ages(void)
{
	static const struct {
		const char *name;
		int age;
		bool good, same;
	} rows[] = {
		{ "9018-2 at once", 0, true, true },
		{ "9018-2 30 minutes", 1800, true, true },
		{ "9018-2 more than that: a new one", 1801, true, false },
		{ "9018-2 an hour", 3600, true, false },
		{ "9018-2 more than an hour", 3601, false, false },
		{ "9018-2 a month", 30 * 86400, false, false },
		{ "9018-2 five minutes from now", -300, true, true },
		{ "9018-2 later than that", -301, false, false },
		{ "9018-2 half the time away", INT32_MIN, false, false },
	};
	static const uint32_t times[] = { 1559731985, 0, 100, UINT32_MAX,
		INT32_MAX };
	struct rbld_cookie_keys keys = keys_of(ONE, NULL);
	uint8_t shown[RBLD_COOKIE_LEN], got[RBLD_COOKIE_LEN];

	for (size_t t = 0; t < COUNT(times); t++) {
		CHECK(!check(&keys, (const uint8_t *)"12345678", 8, "::1",
			  times[t], shown),
		    "a client's half is no proof");
		for (size_t i = 0; i < COUNT(rows); i++) {
			bool good = check(&keys, shown, sizeof(shown), "::1",
			    times[t] + (uint32_t)rows[i].age, got);

			CHECK(good == rows[i].good, "%s at %u", rows[i].name,
			    times[t]);
			CHECK((memcmp(got, shown, sizeof(got)) == 0) ==
				rows[i].same,
			    "%s at %u: renewed", rows[i].name, times[t]);
		}
	}
}

static void
test_forgeries(void)
{
	struct rbld_cookie_keys keys = keys_of(ONE, NULL),
				other = keys_of(NEW, NULL),
				both = keys_of(NEW, ONE);
	uint8_t shown[40] = { 0 }, bad[40], got[RBLD_COOKIE_LEN];
	uint32_t now = 1559731985;

	(void)check(
	    &keys, (const uint8_t *)"12345678", 8, "192.0.2.1", now, shown);
	CHECK(check(&keys, shown, 24, "192.0.2.1", now, got), "good");
	for (unsigned bit = 0; bit < 24 * 8; bit++) {
		memcpy(bad, shown, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(!check(&keys, bad, 24, "192.0.2.1", now, got),
		    "7873-3 bit %u", bit);
		CHECK(memcmp(got, bad, 8) == 0 && got[8] == 1 &&
			check(&keys, got, 24, "192.0.2.1", now, bad),
		    "7873-3 a new one for bit %u", bit);
	}
	CHECK(!check(&keys, shown, 24, "192.0.2.2", now, got), "its neighbour");
	CHECK(!check(&keys, shown, 24, "c000:201::", now, got),
	    "an IPv6 address that begins so");
	CHECK(
	    !check(&other, shown, 24, "192.0.2.1", now, got), "another secret");
	CHECK(check(&both, shown, 24, "192.0.2.1", now, got) &&
		memcmp(got, shown, 24) != 0 &&
		check(&other, got, 24, "192.0.2.1", now, bad),
	    "9018-3 the old secret is accepted, the new one answers");
	for (size_t len = 16; len <= 40; len++) {
		CHECK(check(&keys, shown, len, "192.0.2.1", now, got) ==
			(len == 24),
		    "%zu octets", len);
	}
}

static void
test_files(void)
{
	static const struct {
		const char *name, *text;
		int want;
		unsigned n;
		const char *why;
	} rows[] = {
		{ "one", ONE "\n", 0, 1, "" },
		{ "no final newline", ONE, 0, 1, "" },
		{ "two, with words", "# new\n" NEW "\n\n  " OLD "\r\n", 0, 2,
		    "" },
		{ "upper case", "E5E973E5A6B2A43F48E7DC849E37BFCF", 0, 1, "" },
		{ "nothing", "", ERR_FORMAT, 0, "is empty" },
		{ "a comment alone", "# " ONE "\n", ERR_FORMAT, 0, "empty" },
		{ "31 digits", "\n5e973e5a6b2a43f48e7dc849e37bfcf", ERR_FORMAT,
		    0, ":2: expected 32" },
		{ "33 digits", ONE "0", ERR_FORMAT, 0, ":1: expected 32" },
		{ "no digit", "g5e973e5a6b2a43f48e7dc849e37bfcf", ERR_FORMAT, 0,
		    ":1: expected 32" },
		{ "two in a line", ONE " " OLD, ERR_FORMAT, 0, ":1:" },
		{ "three", ONE "\n" OLD "\n" NEW, ERR_FORMAT, 0,
		    ":3: a third" },
		{ "twice the same", ONE "\n" ONE "\n", ERR_FORMAT, 0, "same" },
	};
	char dir[] = "/tmp/test_cookie.XXXXXX", path[64];
	struct rbld_cookie_keys keys;
	struct err_text why;
	uint8_t one[16];
	FILE *f;
	int r;

	if (mkdtemp(dir) == NULL) {
		exit(99);
	}
	unhex(ONE, one);
	snprintf(path, sizeof(path), "%s/key", dir);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unlink(path);
		f = fopen(path, "w");
		if (f == NULL) {
			exit(99);
		}
		fputs(rows[i].text, f);
		fclose(f);
		CHECK(chmod(path, 0600) == 0, "chmod");
		why.text[0] = '\0';
		keys.n = 0;
		r = rbld_cookie_keys_load(path, geteuid(), &keys, &why);
		CHECK(r == rows[i].want && keys.n == rows[i].n &&
			strstr(why.text, rows[i].why) != NULL,
		    "9018-3 %s: %d %u %s", rows[i].name, r, keys.n, why.text);
		CHECK(strstr(why.text, "e973") == NULL, "no secret is told");
		CHECK(keys.n != 1 || memcmp(keys.at[0], one, 16) == 0, "%s",
		    rows[i].name);
	}
	CHECK(chmod(path, 0644) == 0 &&
		rbld_cookie_keys_load(path, geteuid(), &keys, &why) ==
		    ERR_FORMAT &&
		strstr(why.text, "mode 0600") != NULL,
	    "readable for all: %s", why.text);
	unlink(path);
	rmdir(dir);
}

int
main(void)
{
	test_vectors();
	test_reserved();
	test_ages();
	test_forgeries();
	test_files();
	return failures != 0;
}
