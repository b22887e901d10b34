/* How often one may ask, and forms that were made by us just now. */
#include "tests/unit/check.h"
#include "www/limit.h"
#include "www/stamp.h"

static struct net_ip
ip(const char *text)
{
	struct net_ip a = { .bits = 0 };

	CHECK(net_ip_parse(span_str(text), &a) == 0, "%s", text);
	return a;
}

static void
limits(void)
{
	static const struct {
		const char *name, *ip;
		bool same; /* as 203.0.114.9 or 2a02:1:2:300::1 */
	} others[] = {
		{ "its /24", "203.0.114.200", true },
		{ "another /24", "203.0.115.9", false },
		{ "its /56", "2a02:1:2:3ff::9", true },
		{ "another /56", "2a02:1:2:400::1", false },
	};
	struct www_limit *l = NULL;
	struct net_ip four = ip("203.0.114.9"), six = ip("2a02:1:2:300::1");
	int64_t now = 1000000;

	CHECK(www_limit_new(&l) == 0, "new");
	for (unsigned i = 0; i < 6; i++) {
		CHECK(www_limit_take(l, WWW_LIMIT_LOOKUP, &four, 24, 56, 6, 60,
			  now) == 0 &&
			www_limit_take(
			    l, WWW_LIMIT_LOOKUP, &six, 24, 56, 6, 60, now) == 0,
		    "%u at once", i);
	}
	for (unsigned i = 0; i < COUNT(others); i++) {
		struct net_ip a = ip(others[i].ip);

		CHECK((www_limit_take(l, WWW_LIMIT_LOOKUP, &a, 24, 56, 6, 60,
			   now) > 0) == others[i].same,
		    "%s", others[i].name);
	}
	CHECK(
	    www_limit_take(l, WWW_LIMIT_DELIST, &four, 24, 56, 6, 60, now) == 0,
	    "another purpose");
	CHECK(www_limit_take(l, WWW_LIMIT_LOOKUP, &four, 24, 56, 6, 60, now) ==
		10,
	    "a sixth of the time for the next");
	CHECK(www_limit_take(
		  l, WWW_LIMIT_LOOKUP, &four, 24, 56, 6, 60, now + 9999) == 1,
	    "not yet");
	CHECK(www_limit_take(
		  l, WWW_LIMIT_LOOKUP, &four, 24, 56, 6, 60, now + 10000) == 0,
	    "now");
	CHECK(www_limit_take(
		  l, WWW_LIMIT_LOOKUP, &four, 24, 56, 6, 60, now + 10000) > 0,
	    "and no more");
	CHECK(www_limit_take(l, WWW_LIMIT_DELIST_ALL, NULL, 0, 0, 0, 60, now) ==
		60,
	    "none ever");
	CHECK(www_limit_take(l, WWW_LIMIT_DELIST_ALL, NULL, 0, 0, 1, 60, now) ==
		    0 &&
		www_limit_take(
		    l, WWW_LIMIT_DELIST_ALL, NULL, 0, 0, 1, 60, now) > 0,
	    "one for all together");
	/* a crowd of others leaves memory as it is and all are admitted */
	for (unsigned i = 0; i < 100000; i++) {
		struct net_ip a = { .bytes = { (uint8_t)(i >> 16),
					(uint8_t)(i >> 8), (uint8_t)i, 1 },
			.bits = 32 };

		if (www_limit_take(l, WWW_LIMIT_LOOKUP, &a, 24, 56, 6, 60,
			now + 20000) > 0) {
			CHECK(false, "network %u", i);
			break;
		}
	}
	www_limit_free(&l);
	CHECK(l == NULL, "freed");
}

static void
stamps(void)
{
	static const uint8_t key[32] = { 1 }, other[32] = { 2 };
	char good[WWW_STAMP], bad[WWW_STAMP];
	const struct {
		const char *name;
		const char *stamp;
		const uint8_t *key;
		int64_t now;
		const char *about;
		enum www_stamp_is is;
	} cases[] = {
		{ "two seconds old", good, key, 1002, "a", WWW_STAMP_GOOD },
		{ "two hours old", good, key, 8200, "a", WWW_STAMP_GOOD },
		{ "at once", good, key, 1000, "a", WWW_STAMP_TOO_FAST },
		{ "from times to come", good, key, 999, "a",
		    WWW_STAMP_TOO_FAST },
		{ "too old", good, key, 8201, "a", WWW_STAMP_TOO_OLD },
		{ "about another thing", good, key, 1010, "b",
		    WWW_STAMP_FORGED },
		{ "about nothing", good, key, 1010, "", WWW_STAMP_FORGED },
		{ "of another start", good, other, 1010, "a",
		    WWW_STAMP_FORGED },
		{ "made later by hand", bad, key, 1010, "a", WWW_STAMP_FORGED },
		{ "none", NULL, key, 1010, "a", WWW_STAMP_FORGED },
		{ "empty", "", key, 1010, "a", WWW_STAMP_FORGED },
		{ "a dash", "-", key, 1010, "a", WWW_STAMP_FORGED },
		{ "no time", good + 4, key, 1010, "a", WWW_STAMP_FORGED },
		{ "no MAC", "1000-", key, 1010, "a", WWW_STAMP_FORGED },
		{ "a short MAC", "1000-0123456789abcdef", key, 1010, "a",
		    WWW_STAMP_FORGED },
		{ "zeros", "1000-00000000000000000000000000000000", key, 1010,
		    "a", WWW_STAMP_FORGED },
		{ "a time beyond numbers",
		    "99999999999999999999-00000000000000000000000000000000",
		    key, 1010, "a", WWW_STAMP_FORGED },
		{ "words", "x-00000000000000000000000000000000", key, 1010, "a",
		    WWW_STAMP_FORGED },
	};

	www_stamp_make(good, key, 1000, "a");
	memcpy(bad, good, sizeof(bad));
	bad[0] = '2';
	for (unsigned i = 0; i < COUNT(cases); i++) {
		enum www_stamp_is is = www_stamp_check(
		    cases[i].stamp, cases[i].key, cases[i].now, cases[i].about);

		CHECK(is == cases[i].is, "%s: %d", cases[i].name, (int)is);
	}
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	limits();
	stamps();
	return failures != 0;
}
