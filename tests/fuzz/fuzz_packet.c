/* fuzz_packet.c - any packet at all may arrive, by UDP or TCP.
 *
 * The whole life of a packet over a small real store. What must hold of every
 * reply: it is never longer than allowed; id, opcode, RD and question are the
 * packet's own; a response gets none; it is readable to its last octet, the
 * counts are true and no name in it points forward; a listing's values are in
 * 127.0.0.0/8 and never 127.0.0.1; and a stranger by UDP who has had his share
 * gets at most one and a half times what he sent.
 */
#include "tests/unit/test_rbld_world.h"

#include <netinet/in.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct world world;
static struct rbld_rate_table *table;
static struct rbld_rate rate; /* used up: nobody may have anything */
static const struct rbld_self self = { .nsid = "one",
	.nsid_len = 3,
	.version = "rbld",
	.policy = "https://bl.example.org/",
	.cookies = { .n = 1, .at = { "0123456789abcde" } } };

static void
clean(void)
{
	rbld_rate_table_free(&table);
	world_end(&world);
}

/* A table in which PEER has nothing left. */
static void
use_up(const struct sockaddr *peer)
{
	struct rbld_rate_slot *slot;

	if (rbld_rate_table_new(&table) < 0) {
		abort();
	}
	rbld_rate_set(&rate, table, 1, 1, NULL, 0);
	while (rbld_rate_take(&rate, peer, 1, &slot) == RBLD_RATE_GO) {
	}
	while (rbld_rate_spend(&rate, slot, peer, 1, 1)) {
	}
}

static void
demand(bool what)
{
	if (!what) {
		abort();
	}
}

/* Step over a name that may point back. */
static void
skip_name(struct reader *r, const uint8_t *start)
{
	for (;;) {
		size_t at = (size_t)(r->at - start);
		uint8_t n = read_u8(r);

		demand(!r->bad);
		if (n == 0) {
			return;
		}
		if (n >= 0xc0) {
			size_t to = (size_t)(n & 0x3f) << 8 | read_u8(r);

			demand(to >= RBLD_HEADER && to < at);
			return;
		}
		demand(n < 64);
		(void)read_span(r, n);
	}
}

static void
check_records(const uint8_t *out, size_t n, struct reader *r, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *data;
		uint16_t type, len;

		skip_name(r, out);
		type = read_u16(r);
		(void)read_u16(r);
		(void)read_u32(r);
		len = read_u16(r);
		data = read_span(r, len);
		demand(!r->bad && data + len <= out + n);
		if (type == RBLD_T_A) {
			demand(len == 4);
			demand(data[0] != 127 ||
			    memcmp(data, "\x7f\0\0\1", 4) != 0);
		}
	}
}

static void
check_reply(const uint8_t *in, size_t len, const uint8_t *out, size_t n)
{
	struct reader r = reader(out, n);
	unsigned qd, an, ns, ar, rcode;
	bool tc;

	demand(len >= RBLD_HEADER && (in[2] & 0x80) == 0);
	demand(n >= RBLD_HEADER && out[0] == in[0] && out[1] == in[1]);
	demand((out[2] & 0x80) != 0 && (out[2] & 0x79) == (in[2] & 0x79));
	demand((out[3] & 0xf0) == 0); /* RA, Z, AD, CD */
	tc = (out[2] & 2) != 0;
	rcode = out[3] & 15;
	(void)read_span(&r, 4);
	qd = read_u16(&r);
	an = read_u16(&r);
	ns = read_u16(&r);
	ar = read_u16(&r);
	demand(qd <= 1 && ns <= 1 && ar <= 1);
	if (qd == 1) {
		const uint8_t *q = r.at;

		skip_name(&r, out);
		(void)read_u32(&r);
		demand(!r.bad);
		demand(memcmp(in + RBLD_HEADER, q, (size_t)(r.at - q)) == 0);
	}
	demand(!tc || an + ns == 0);
	demand(an == 0 || rcode == RBLD_NOERROR);
	demand(ns == 0 || an == 0);
	check_records(out, n, &r, an + ns);
	check_records(out, n, &r, ar);
	demand(read_left(&r) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[RBLD_REPLY_MAX + 1];
	static const size_t limits[] = { 512, 1232, 4096, RBLD_REPLY_MAX };
	struct sockaddr_in peer = { .sin_family = AF_INET };

	if (world.apex == NULL) {
		world_make(&world);
		use_up((const void *)&peer);
		atexit(clean);
	}
	demand(failures == 0);
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct rbld_from from = { .peer = (const void *)&peer,
			.tcp = limits[i] == RBLD_REPLY_MAX,
			.limit = limits[i],
			.self = i > 0 ? &self : NULL,
			.now = 1700000000,
			.tick = 1,
			.idle = limits[i] == RBLD_REPLY_MAX ? 100 : 0 };
		size_t n;

		out[limits[i]] = 0x5a;
		rbld_look_renew(&world.look);
		n = rbld_handle(
		    &world.look, &world.stats, &from, data, len, out);
		rbld_look_rest(&world.look);
		demand(n <= limits[i] && out[limits[i]] == 0x5a);
		if (n > 0) {
			check_reply(data, len, out, n);
		}
		/* the same by a stranger who has had his share */
		if (from.tcp) {
			continue;
		}
		from.rate = &rate;
		rbld_look_renew(&world.look);
		n = rbld_handle(
		    &world.look, &world.stats, &from, data, len, out);
		rbld_look_rest(&world.look);
		demand(2 * n <= 3 * len);
		if (n > 0) {
			check_reply(data, len, out, n);
		}
	}
	return 0;
}
