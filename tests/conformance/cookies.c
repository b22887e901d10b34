/* cookies.c - RFC 7873 and RFC 9018. */
#include "tests/conformance/conform.h"

#include <stdio.h>
#include <time.h>

#define LISTED "7.2.0.192.bl.test"

static const struct cf_reply *
ask_with(struct cf *t, const char *name, const void *cookie, size_t len)
{
	struct cf_query q;

	cf_query(&q, name, CF_A, 1232);
	cf_option(&q, RBLD_O_COOKIE, cookie, len);
	return cf_send(t, &q);
}

/* A cookie for 127.0.0.1 that was made AGE seconds ago with KEYS. */
static void
cookie_of(
    const struct rbld_cookie_keys *keys, int age, uint8_t out[RBLD_COOKIE_LEN])
{
	const struct rbld_query q = { .cookie = (const uint8_t *)"clientck",
		.cookie_len = 8 };
	const struct net_ip ip = { .bits = 32, .bytes = { 127, 0, 0, 1 } };

	(void)rbld_cookie_check(
	    keys, &q, &ip, (uint32_t)time(NULL) - (uint32_t)age, out);
}

static void
lengths(struct cf *t)
{
	char cookie[64];

	memset(cookie, 'c', sizeof(cookie));
	for (size_t n = 0; n <= 48; n++) {
		const struct cf_reply *r = ask_with(t, LISTED, cookie, n);
		bool ok = n == 8 || (n >= 16 && n <= 40);
		size_t len;

		EXPECT(t,
		    r->rcode == (ok ? 0 : RBLD_FORMERR) && r->additional == 1 &&
			r->answers == ok,
		    "%zu octets: rcode %u", n, r->rcode);
		EXPECT(t, (cf_option_of(r, RBLD_O_COOKIE, &len) != NULL) == ok,
		    "%zu octets: a cookie back", n);
	}
}

/* Use up what a net has for a second; 127.0.0.0/24 is the test's. */
static void
exhaust(struct cf *t)
{
	for (unsigned i = 0; i < 12; i++) {
		(void)cf_ask(t, LISTED, CF_A);
	}
}

static void
first_contact(struct cf *t)
{
	static const struct cf_manner slow = { .rate = 1, .slip = 1 };
	const struct cf_reply *r;
	const uint8_t *p;
	uint8_t full[RBLD_COOKIE_LEN];
	struct cf_query q;
	size_t len;

	r = ask_with(t, LISTED, "clientck", 8);
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	if (!EXPECT(t,
		r->rcode == 0 && r->answers == 1 && p != NULL && len == 24 &&
		    memcmp(p, "clientck", 8) == 0,
		"the answer and a whole cookie at once: rcode %u", r->rcode)) {
		return;
	}
	memcpy(full, p, sizeof(full));
	r = cf_ask_edns(t, LISTED, CF_A, 1232);
	EXPECT(t, cf_option_of(r, RBLD_O_COOKIE, &len) == NULL,
	    "none for who sent none");

	/* a question for nothing but a cookie (RFC 7873, 5.4) */
	cf_query(&q, "", 0, 1232);
	cf_option(&q, RBLD_O_COOKIE, "clientck", 8);
	memmove(q.bytes + 12, q.bytes + q.opt, q.len - q.opt);
	q.len -= q.opt - 12;
	q.bytes[5] = 0;
	r = cf_send(t, &q);
	EXPECT(t,
	    r->rcode == 0 && cf_option_of(r, RBLD_O_COOKIE, &len) != NULL &&
		len == 24,
	    "no question: rcode %u", r->rcode);

	cf_serve(&slow);
	exhaust(t);
	r = ask_with(t, LISTED, "clientck", 8);
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	if (t->tcp) {
		EXPECT(t, r->rcode == 0 && r->answers == 1,
		    "BADCOOKIE never by TCP: %u", r->rcode);
	} else {
		EXPECT(t,
		    r->rcode == RBLD_BADCOOKIE && r->answers == 0 && !r->tc &&
			p != NULL && len == 24,
		    "BADCOOKIE over the limit: rcode %u", r->rcode);
	}
	for (unsigned i = 0; i < 50; i++) { /* with it there is no limit */
		r = ask_with(t, LISTED, full, sizeof(full));
		EXPECT(t, r->rcode == 0 && r->answers == 1,
		    "with a whole cookie: %u", r->rcode);
	}
	cf_serve(NULL);
}

static void
wrong_cookies(struct cf *t)
{
	static const struct cf_manner slow = { .rate = 1, .slip = 1 };
	uint8_t full[RBLD_COOKIE_LEN], bad[RBLD_COOKIE_LEN];
	const struct cf_reply *r;
	const uint8_t *p;
	size_t len;

	cookie_of(&cf_keys, 0, full);
	for (unsigned at = 0; at < 24; at += 4) {
		memcpy(bad, full, sizeof(bad));
		bad[at] ^= 1;
		r = ask_with(t, LISTED, bad, sizeof(bad));
		p = cf_option_of(r, RBLD_O_COOKIE, &len);
		EXPECT(t,
		    r->rcode == 0 && r->answers == 1 && p != NULL &&
			len == 24 && memcmp(p, bad, 8) == 0 &&
			memcmp(p + 8, bad + 8, 16) != 0,
		    "octet %u: an answer and a new cookie", at);
	}
	cf_serve(&slow);
	exhaust(t);
	r = ask_with(t, LISTED, bad, sizeof(bad));
	EXPECT(t, t->tcp ? r->rcode == 0 : r->rcode == RBLD_BADCOOKIE,
	    "a wrong one lifts no limit: %u", r->rcode);
	cf_serve(NULL);
}

/* RFC 9018, A.1: by the function that the responder uses, then its form by
 * socket. */
static void
form(struct cf *t)
{
	static const struct rbld_cookie_keys keys = { .n = 1,
		.at = { { 0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f, 0x48,
		    0xe7, 0xdc, 0x84, 0x9e, 0x37, 0xbf, 0xcf } } };
	static const uint8_t client[] = { 0x24, 0x64, 0xc4, 0xab, 0xcf, 0x10,
		0xc9, 0x57 };
	static const uint8_t want[] = { 1, 0, 0, 0, 0x5c, 0xf7, 0x9f, 0x11,
		0x1f, 0x81, 0x30, 0xc3, 0xee, 0xe2, 0x94, 0x80 };
	const struct rbld_query q = { .cookie = client, .cookie_len = 8 };
	const struct net_ip ip = { .bits = 32, .bytes = { 198, 51, 100, 100 } };
	uint8_t got[RBLD_COOKIE_LEN];
	const struct cf_reply *r;
	const uint8_t *p;
	uint32_t then, now;
	size_t len;

	(void)rbld_cookie_check(&keys, &q, &ip, 1559731985, got);
	EXPECT(t, memcmp(got + 8, want, 16) == 0, "the vector of A.1");
	r = ask_with(t, LISTED, client, sizeof(client));
	now = (uint32_t)time(NULL);
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	if (EXPECT(t, p != NULL && len == 24, "24 octets")) {
		then = (uint32_t)p[12] << 24 | (uint32_t)p[13] << 16 |
		    (uint32_t)p[14] << 8 | p[15];
		EXPECT(t,
		    memcmp(p, client, 8) == 0 &&
			memcmp(p + 8, "\1\0\0\0", 4) == 0 && then <= now &&
			then + 60 > now,
		    "client, version 1, reserved 0, time");
	}
}

/* Is a cookie of AGE taken, and is another one given for it? */
static void
age(struct cf *t, int seconds, bool good, bool same)
{
	uint8_t cookie[RBLD_COOKIE_LEN];
	const struct cf_reply *r;
	const uint8_t *p;
	size_t len;

	cookie_of(&cf_keys, seconds, cookie);
	r = ask_with(t, LISTED, cookie, sizeof(cookie));
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	EXPECT(t, p != NULL && len == 24, "%d s: a cookie", seconds);
	EXPECT(t, p != NULL && (memcmp(p, cookie, sizeof(cookie)) == 0) == same,
	    "%d s: the same one is %d", seconds, same);
	EXPECT(t, r->rcode == (good || t->tcp ? 0u : (unsigned)RBLD_BADCOOKIE),
	    "%d s: rcode %u", seconds, r->rcode);
}

static void
ages(struct cf *t)
{
	static const struct cf_manner slow = { .rate = 1, .slip = 1 };

	cf_serve(&slow); /* so that a good one can be told from a bad one */
	exhaust(t);
	age(t, 0, true, true);
	age(t, 1700, true, true);
	age(t, 1900, true, false);
	age(t, 3500, true, false);
	exhaust(t);
	age(t, 3700, false, false);
	age(t, -200, true, true);
	exhaust(t);
	age(t, -400, false, false);
	exhaust(t);
	age(t, 100000000, false, false);
	cf_serve(NULL);
}

static void
secrets(struct cf *t)
{
	struct rbld_cookie_keys keys = { .n = 2,
		.at = { "the new secret.", "0123456789abcde" } };
	struct rbld_cookie_keys only = { .n = 1, .at = { "the new secret." } };
	const struct cf_manner rolled = { .rate = 1, .slip = 1, .keys = &keys },
			       over = { .rate = 1, .slip = 1, .keys = &only };
	uint8_t old[RBLD_COOKIE_LEN], new[RBLD_COOKIE_LEN];
	const struct cf_reply *r;
	const uint8_t *p;
	size_t len;

	cookie_of(&cf_keys, 5, old);
	cf_serve(&rolled);
	exhaust(t);
	r = ask_with(t, LISTED, old, sizeof(old));
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	if (!EXPECT(t, r->rcode == 0 && p != NULL && memcmp(p, old, 24) != 0,
		"the old secret is accepted, and replaced: %u", r->rcode)) {
		cf_serve(NULL);
		return;
	}
	memcpy(new, p, sizeof(new));
	r = ask_with(t, LISTED, new, sizeof(new));
	p = cf_option_of(r, RBLD_O_COOKIE, &len);
	EXPECT(t, r->rcode == 0 && p != NULL && memcmp(p, new, 24) == 0,
	    "the new one stays: %u", r->rcode);
	cf_serve(&over);
	exhaust(t);
	r = ask_with(t, LISTED, new, sizeof(new));
	EXPECT(t, r->rcode == 0, "the new one still: %u", r->rcode);
	r = ask_with(t, LISTED, old, sizeof(old));
	EXPECT(t, t->tcp ? r->rcode == 0 : r->rcode == RBLD_BADCOOKIE,
	    "the old one no more: %u", r->rcode);
	cf_serve(NULL);
}

const struct cf_case cf_cookies[] = {
	{ "7873-1", "8 or 16 to 40 octets, else FORMERR", CF_BOTH, lengths },
	{ "7873-2",
	    "a client's half: the answer and a whole cookie; BADCOOKIE "
	    "only over the limit and never by TCP",
	    CF_BOTH, first_contact },
	{ "7873-3", "a wrong cookie is as none", CF_BOTH, wrong_cookies },
	{ "9018-1", "24 octets: version 1, reserved 0, time, SipHash-2-4",
	    CF_BOTH, form },
	{ "9018-2", "good from an hour ago to 5 minutes ahead, new after 30",
	    CF_BOTH, ages },
	{ "9018-3", "the secret is configured, the old one accepted", CF_BOTH,
	    secrets },
	{ NULL, NULL, 0, NULL },
};
