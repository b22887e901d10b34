/* Guessing is slow, being right is not, and nobody locks out another. */
#include <pthread.h>

#include "base/secret.h"
#include "tests/unit/check.h"
#include "www/throttle.h"

static struct net_ip
ip(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return (struct net_ip){
		.bytes = { (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d },
		.bits = 32,
	};
}

/* How many tries get through in MS milliseconds, asking every second. */
static unsigned
tries(struct www_throttle *t, const char *name, const struct net_ip *from,
    int64_t start, int64_t ms)
{
	unsigned n = 0;

	for (int64_t now = start; now < start + ms; now += 1000) {
		n += www_throttle_try(t, name, from, now) == 0;
	}
	return n;
}

static void
guessing(void)
{
	struct www_throttle *t = NULL;
	struct net_ip a = ip(203, 0, 114, 1), b = ip(203, 0, 114, 2);
	int64_t now = 1000000;
	unsigned n, wait;

	CHECK(www_throttle_new(&t) == 0, "new");
	for (unsigned i = 0; i < WWW_THROTTLE_FREE; i++) {
		CHECK(www_throttle_try(t, "ada", &a, now) == 0, "try %u", i);
	}
	wait = www_throttle_try(t, "ada", &a, now);
	CHECK(wait == 4, "then 4 s: %u", wait);
	CHECK(www_throttle_try(t, "ada", &a, now + 3999) == 1, "1 s left");
	CHECK(www_throttle_try(t, "ada", &b, now) == 0, "another address");
	CHECK(www_throttle_try(t, "bob", &a, now + 1000) == 0, "another name");
	CHECK(www_throttle_try(t, "ada", &a, now + 4000) == 0, "after 4 s");
	CHECK(www_throttle_try(t, "ada", &a, now + 8000) == 4, "then 8 s");

	now += 1800000;
	CHECK(www_throttle_try(t, "ada", &a, now) == 0, "half an hour later");
	now += 1800000;
	n = tries(t, "ada", &a, now, 900000);
	CHECK(n == 10, "%u tries of one name and address in 15 minutes", n);
	www_throttle_free(&t);
}

static void
being_right(void)
{
	struct www_throttle *t = NULL;
	struct net_ip a = ip(203, 0, 114, 1);
	int64_t now = 1000000;

	CHECK(www_throttle_new(&t) == 0, "new");
	for (unsigned i = 0; i < 100; i++, now += 1000) {
		CHECK(www_throttle_try(t, "ada", &a, now) == 0, "log-in %u", i);
		www_throttle_passed(t, "ada", &a);
	}
	for (unsigned i = 0; i < 100; i++, now += 1000) {
		CHECK(www_throttle_try(t, "ada", &a, now) == 0, "refund %u", i);
		www_throttle_refund(t, "ada", &a);
	}
	www_throttle_free(&t);
}

static void
many_names(void)
{
	struct www_throttle *t = NULL;
	struct net_ip a = ip(203, 0, 114, 1), b = ip(198, 18, 0, 9);
	int64_t now = 1000000;
	unsigned n = 0;
	char name[32];

	CHECK(www_throttle_new(&t) == 0, "new");
	for (unsigned i = 0; i < 1000; i++, now += 900) {
		snprintf(name, sizeof(name), "user%u", i);
		n += www_throttle_try(t, name, &a, now) == 0;
	}
	CHECK(n < 80, "%u names from one address in 15 minutes", n);
	CHECK(www_throttle_try(t, "user1", &b, now) == 0,
	    "the right one comes from elsewhere");
	www_throttle_free(&t);
}

/* A crowd of guessers may not use up what a first try needs. */
static void
many_addresses(void)
{
	struct www_throttle *t = NULL;
	int64_t now = 1000000;
	unsigned got = 0, asked = 0, checked = 0;

	CHECK(www_throttle_new(&t) == 0, "new");
	for (unsigned round = 0; round < 60; round++) {
		for (unsigned i = 0; i < 100; i++, now += 10) {
			struct net_ip from = ip(203, 0, 114, i);

			checked += www_throttle_try(t, "ada", &from, now) == 0;
		}
		if (round >= 10) {
			struct net_ip home = ip(198, 18, 1, round);

			asked++;
			got += www_throttle_try(t, "ada", &home, now) == 0;
		}
	}
	CHECK(got == asked, "%u of %u first tries", got, asked);
	CHECK(checked < 300, "%u passwords checked in a minute", checked);
	www_throttle_free(&t);
}

static void
networks(void)
{
	struct www_throttle *t = NULL;
	struct net_ip a = { .bytes = { 0x20, 1, 0xd, 0xb8, 1, 2, 3 },
		.bits = 128 };
	struct net_ip b = a;
	int64_t now = 1000000;

	CHECK(www_throttle_new(&t) == 0, "new");
	for (unsigned i = 0; i < WWW_THROTTLE_FREE; i++) {
		b.bytes[15] = (uint8_t)i;
		CHECK(www_throttle_try(t, "ada", &b, now) == 0, "try %u", i);
	}
	b.bytes[12] = 77;
	CHECK(www_throttle_try(t, "ada", &b, now) > 0, "one IPv6 customer");
	b.bytes[6] = 77;
	CHECK(www_throttle_try(t, "ada", &b, now) == 0, "the next one");
	www_throttle_free(&t);
}

static void *
enter(void *ctx)
{
	return www_throttle_enter(ctx) ? ctx : NULL;
}

static void
at_once(void)
{
	struct www_throttle *t = NULL;
	pthread_t waiter;
	void *in = NULL;

	CHECK(www_throttle_new(&t) == 0, "new");
	CHECK(www_throttle_enter(t) && www_throttle_enter(t), "two at once");
	CHECK(pthread_create(&waiter, NULL, enter, t) == 0, "a third waits");
	www_throttle_leave(t);
	pthread_join(waiter, &in);
	CHECK(in == t, "and enters when one leaves");
	CHECK(!www_throttle_enter(t), "nobody left: given up");
	www_throttle_leave(t);
	www_throttle_leave(t);
	CHECK(www_throttle_enter(t), "room again");
	www_throttle_leave(t);
	www_throttle_free(&t);
}

int
main(void)
{
	if (secret_init() < 0) {
		return 99;
	}
	guessing();
	being_right();
	many_names();
	many_addresses();
	networks();
	at_once();
	return failures != 0;
}
