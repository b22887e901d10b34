/* test_rbld_notify.c - who is told, how often, and what ends it. The clock is
 * the test's own; a socket of ours is the secondary. */
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

#include "base/secret.h"
#include "rbld/notify.h"
#include "tests/unit/reply.h"
#include "tests/unit/test_rbld_world.h"

static const char conf[] =
    "data-dir = \"/nonexistent\"\n"
    "list \"ip\" { kind = \"ip\" }\n"
    "zone \"bl.example.org\" { lists = {\"ip\"} ns = {\"ns.example.org\"}\n"
    "  hostmaster = \"h.example.org\" notify = {\"127.0.0.1@%u\"} }\n"
    "dns { listen = {\"127.0.0.1@0\"} }\n";

static int fd;
static struct rbld_notify *notify;
static struct rbld_life life;
static struct sockaddr_in from;

/* Messages that came, of which the last one is in RET. */
static unsigned
came(struct reply *ret)
{
	static uint8_t in[1024];
	unsigned n = 0;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(
		    fd, in, sizeof(in), MSG_DONTWAIT, (void *)&from, &len);

		if (got < 0) {
			return n;
		}
		n++;
		CHECK(reply_read(in, (size_t)got, ret), "it can be read");
	}
}

static void
tick(uint64_t serial, int64_t now)
{
	rbld_notify_tick(notify, serial, now, &life);
}

static void
answer(unsigned id, unsigned flags)
{
	uint8_t out[12] = { (uint8_t)(id >> 8), (uint8_t)id,
		(uint8_t)(flags >> 8), (uint8_t)flags };
	struct pollfd p = { .fd = fd };

	CHECK(sendto(fd, out, sizeof(out), 0, (void *)&from, sizeof(from)) ==
		sizeof(out),
	    "answer");
	(void)poll(&p, 0, 0);
}

static void
check_story(void)
{
	static const unsigned tries[] = { 0, 2, 6, 14, 30, 62 };
	struct reply r = { .id = 0 };
	unsigned id, n = 0;
	int64_t t = 1000;

	tick(7, t);
	CHECK(came(&r) == 0, "not while it may go on");
	tick(7, t + 1);
	CHECK(came(&r) == 1, "at the start");
	CHECK(r.flags == 0x2400 && r.questions == 1 && r.type == RBLD_T_SOA &&
		r.n[0] == 1 && r.rr[0][0].type == RBLD_T_SOA &&
		reply_u32(&r, r.rr[0][0].data + r.rr[0][0].len - 20) == 7,
	    "opcode 4, AA, the SOA with its serial: %x", r.flags);
	id = r.id;
	answer(id ^ 1, 0xa400);
	tick(7, t + 2);
	CHECK(came(&r) == 0, "not yet again");
	tick(7, t + 3);
	CHECK(came(&r) == 1 && r.id == id,
	    "again after two seconds: another id is no answer");
	answer(id, 0x2400);
	tick(7, t + 7);
	CHECK(came(&r) == 1, "a question is no answer");
	answer(id, 0xa404); /* NOTIMP */
	for (int64_t i = 8; i < 200; i++) {
		tick(7, t + i);
	}
	CHECK(came(&r) == 0, "any answer ends it");
	CHECK(life.notify_answered == 1 && life.notify_sent == 3,
	    "it is counted: %u", (unsigned)life.notify_sent);

	t = 2000; /* nobody answers */
	tick(8, t);
	for (int64_t i = 1; i < 500; i++) {
		tick(8, t + i);
		if (came(&r) > 0) {
			CHECK(n < COUNT(tries) &&
				i - 1 == (int64_t)tries[n],
			    "try %u after %lld", n, (long long)i - 1);
			n++;
		}
	}
	CHECK(n == COUNT(tries) && life.notify_given_up == 1,
	    "given up after %u", n);

	t = 3000; /* changes without rest */
	n = 0;
	for (int64_t i = 0; i < 60; i++) {
		tick((uint64_t)(9 + i), t + i);
		if (came(&r) > 0) {
			n++;
			answer(r.id, 0xa400);
		}
	}
	CHECK(n >= 8 && n <= 12, "one for five seconds of changes: %u", n);
	for (int64_t i = 0; i < 20; i++) {
		tick(0, t + 100 + i);
	}
	(void)came(&r);
	tick(0, t + 200);
	CHECK(came(&r) == 0, "nothing of a store that cannot be read");
}

int
main(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	struct rbld_listen listen = { .n = 0 };
	struct err_text why = { "" };
	struct world w;
	char text[1024];
	int r = 0;

	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || secret_init() < 0 ||
	    bind(fd, (void *)&sa, sizeof(sa)) < 0 ||
	    getsockname(fd, (void *)&sa, &len) < 0) {
		perror("socket");
		return 99;
	}
	world_begin(&w);
	snprintf(text, sizeof(text), conf, ntohs(sa.sin_port));
	r = world_config(&w, text, &why);
	if (r == 0) {
		r = rbld_apex_load(w.config, &w.apex, &why);
	}
	if (r == 0) {
		r = rbld_notify_open(w.apex, &listen, &notify);
	}
	CHECK(r == 0 && notify != NULL, "%s", why.text);
	if (notify != NULL) {
		check_story();
	}
	rbld_notify_close(&notify);
	world_end(&w);
	close(fd);
	return failures > 0;
}
