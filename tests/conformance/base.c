/* base.c - what any server must do: RFC 1034, 1035, 2181, 3597, 4343. */
#include "tests/conformance/conform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static void
unknown_types(struct cf *t)
{
	static const unsigned types[] = { CF_CAA, CF_HTTPS, 65280, 43744, 256,
		0, 65535, 39, 46, 43 };

	for (size_t i = 0; i < CF_COUNT(types); i++) {
		cf_nodata(t, "7.2.0.192.bl.test", types[i]);
		cf_nodata(t, "2.0.0.127.bl.test", types[i]);
		cf_nodata(t, "bl.test", types[i]);
		cf_nodata(t, "0.192.bl.test", types[i]);
		cf_nxdomain(t, "7.3.0.192.bl.test", types[i]);
	}
}

/* A set of texts that is too long for a datagram. */
static void
sets_are_whole(struct cf *t)
{
	static const unsigned sizes[] = { 0, 512, 1232, 4096, 65535 };
	unsigned whole = 0;

	for (size_t i = 0; i < CF_COUNT(sizes); i++) {
		const struct cf_reply *r =
		    cf_ask_edns(t, "1.2.0.192.long.test", CF_TXT, sizes[i]);

		EXPECT(t, t->tcp || r->len <= 1232, "%zu octets", r->len);
		EXPECT(t,
		    r->rcode == 0 && r->authority == 0 &&
			(r->tc ? r->answers == 0 : r->answers == 8),
		    "payload %u: %u answers, TC %d", sizes[i], r->answers,
		    r->tc);
		EXPECT(
		    t, r->tc == !t->tcp, "payload %u: TC %d", sizes[i], r->tc);
		whole += r->answers == 8;
	}
	EXPECT(t, whole == (t->tcp ? CF_COUNT(sizes) : 0), "%u", whole);
	/* 127.0.1.0 to .7 in one set of one TTL */
	cf_listed(t, "1.2.0.192.long.test",
	    "900 A 127.0.1.0; 900 A 127.0.1.1; 900 A 127.0.1.2; "
	    "900 A 127.0.1.3; 900 A 127.0.1.4; 900 A 127.0.1.5; "
	    "900 A 127.0.1.6; 900 A 127.0.1.7");
}

static void
one_ttl(struct cf *t)
{
	static const char *const ips[] = { "198.51.100.221", "198.51.100.222" };
	const struct cf_reply *r;
	unsigned a = 0, b = 1;
	char name[512];

	sets_are_whole(t);
	/* one of three lists' entries ends soon: that is the set's TTL */
	cf_put(t, "ip", ips[t->tcp], false, 0);
	cf_put(t, "more", ips[t->tcp], false, 20);
	r = cf_ask(t, cf_name_of(name, ips[t->tcp], "multi.test"), CF_A);
	EXPECT(t,
	    sscanf(r->text, "%u A 127.0.0.2; %u A 127.0.0.3", &a, &b) == 2 &&
		a == b && a <= 20,
	    "%s", r->text);
	/* nothing is added that was not asked for */
	r = cf_ask(t, "bl.test", CF_NS);
	EXPECT(t, r->answers == 2 && r->authority == 0 && r->additional == 0,
	    "NS: %u, %u, %u", r->answers, r->authority, r->additional);
	r = cf_ask(t, "ns1.bl.test", CF_A);
	EXPECT(t, strcmp(r->text, "900 A 203.0.113.53") == 0, "%s", r->text);
}

static void
names_are_echoed(struct cf *t)
{
	static const char *const names[] = { "7.2.0.192.bl.test",
		"7.2.0.192.Bl.tEST", "7.3.0.192.BL.TEST", "bL.tEst",
		"\\000\\255\\046\\032.bl.test", "\\200\\201.example", "",
		"a\\000.2.0.0.127.bl.test", "NS1.Bl.Test" };

	for (size_t i = 0; i < CF_COUNT(names); i++) {
		const struct cf_reply *r;
		struct cf_query q;

		cf_query(&q, names[i], CF_A, 0);
		r = cf_send(t, &q);
		EXPECT(t,
		    r->len >= q.len &&
			memcmp(r->bytes + 12, q.bytes + 12, q.len - 12) == 0,
		    "%s is echoed", names[i]);
	}
	cf_listed(t, "7.2.0.192.bL.TesT", "900 A 127.0.0.2");
	/* only ASCII is folded: these are other names */
	cf_nxdomain(t, "\\212.bl.test", CF_A);
	cf_nxdomain(t, "\\060\\000.0.0.127.bl.test", CF_A);
	cf_rcode(t, "7.2.0.192.\\066L.test", CF_A, 0); /* "BL" by number */
}

static void
headers(struct cf *t)
{
	static const struct {
		const char *name;
		unsigned type;
		bool ours;
	} rows[] = {
		{ "7.2.0.192.bl.test", CF_A, true },
		{ "7.3.0.192.bl.test", CF_A, true },
		{ "192.bl.test", CF_TXT, true },
		{ "bl.test", CF_SOA, true },
		{ "example.com", CF_A, false },
		{ "test", CF_NS, false },
		{ "xbl.test", CF_A, false },
		{ "7.2.0.192.closed.test", CF_A, false },
	};
	static const uint8_t flags[][2] = { { 0, 0 }, { 1, 0 }, { 1, 0x20 },
		{ 0, 0x10 }, { 4, 0 }, { 2, 0 }, { 7, 0x7f }, { 6, 0x80 } };

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		for (size_t f = 0; f < CF_COUNT(flags); f++) {
			const struct cf_reply *r;
			struct cf_query q;

			cf_query(&q, rows[i].name, rows[i].type, 0);
			q.bytes[2] = flags[f][0];
			q.bytes[3] = flags[f][1];
			r = cf_send(t, &q);
			EXPECT(
			    t, r->len > 12 && (r->bytes[2] & 0x80) != 0, "QR");
			EXPECT(t, (r->bytes[2] & 0x78) == 0, "opcode");
			EXPECT(t, (r->bytes[2] & 1) == (flags[f][0] & 1), "RD");
			EXPECT(t, (r->bytes[3] & 0xf0) == 0,
			    "RA, Z, AD, CD are %x", r->bytes[3] & 0xf0u);
			EXPECT(t, r->aa == rows[i].ours, "%s: AA is %d",
			    rows[i].name, r->aa);
			EXPECT(t, r->bytes[5] == 1, "one question");
		}
	}
}

/* Octets that get no reply: the next question's is the first that comes. */
static void
silence(struct cf *t, const void *data, size_t len, const char *what)
{
	int fd = cf_dial(t, t->tcp ? SOCK_STREAM : SOCK_DGRAM, "127.0.0.1");
	uint8_t framed[CF_QUERY_MAX + 2], out[65535];
	struct cf_query q;
	size_t n;

	framed[0] = (uint8_t)(len >> 8);
	framed[1] = (uint8_t)len;
	memcpy(framed + 2, data, len);
	cf_query(&q, "7.2.0.192.bl.test", CF_A, 0);
	if (t->tcp) {
		EXPECT(t, cf_write(fd, framed, len + 2), "%s", what);
		n = cf_frame(framed, &q);
		EXPECT(t, cf_write(fd, framed, n), "%s", what);
		n = cf_read_message(fd, out);
	} else {
		(void)send(fd, data, len, 0);
		EXPECT(t, cf_write(fd, q.bytes, q.len), "%s", what);
		n = (size_t)recv(fd, out, sizeof(out), 0);
	}
	EXPECT(t, n > 12 && n < 65535 && memcmp(out, q.bytes, 2) == 0,
	    "%s: only the question behind it is answered", what);
	close(fd);
}

static void
send_wrong(struct cf *t, const char *what, const void *data, size_t len,
    unsigned rcode, unsigned opcode)
{
	struct cf_query q;
	const struct cf_reply *r;

	memcpy(q.bytes, data, len);
	q.len = len;
	q.opt = 0;
	r = cf_send(t, &q);
	EXPECT(t,
	    r->len >= 12 && (r->bytes[3] & 15u) == rcode &&
		(r->bytes[2] >> 3 & 15u) == opcode && !r->aa &&
		r->answers == 0 && r->authority == 0,
	    "%s: rcode %u, opcode %u", what, r->bytes[3] & 15u,
	    r->bytes[2] >> 3 & 15u);
	EXPECT(t, r->len <= q.len || q.len < 12, "%s: no longer than it", what);
}

#define B(s) (s), sizeof(s) - 1
#define HI "\2hi\0\0\1\0\1"
#define COUNTS(qd, an) "\0" qd "\0" an "\0\0\0\0"

static void
wrong_questions(struct cf *t)
{
	const struct cf_reply *r;
	struct cf_query q;

	cf_query(&q, "7.2.0.192.bl.test", CF_A, 0);
	q.bytes[2] |= 0x80;
	silence(t, q.bytes, q.len, "a response");
	silence(t, q.bytes, 11, "eleven octets");
	silence(t, q.bytes, 0, "nothing");

	send_wrong(t, "QDCOUNT 0", B("\1\1\1\0" COUNTS("\0", "\0")), 1, 0);
	send_wrong(
	    t, "QDCOUNT 2", B("\1\2\1\0" COUNTS("\2", "\0") HI HI), 1, 0);
	send_wrong(t, "a compressed name",
	    B("\1\3\1\0" COUNTS("\1", "\0") "\xc0\x0c\0\1\0\1"), 1, 0);
	send_wrong(t, "a label type that does not exist",
	    B("\1\4\1\0" COUNTS("\1", "\0") "\x42hi\0\0\1\0\1"), 1, 0);
	send_wrong(t, "half a question",
	    B("\1\5\1\0" COUNTS("\1", "\0") "\2hi\0\0\1\0"), 1, 0);
	send_wrong(t, "an answer",
	    B("\1\6\1\0" COUNTS("\1", "\1") HI "\xc0\x0c\0\1\0\1\0\0\0\0\0\4"
					       "abcd"),
	    1, 0);
	send_wrong(
	    t, "more octets", B("\1\7\1\0" COUNTS("\1", "\0") HI "x"), 1, 0);
	send_wrong(t, "IQUERY", B("\1\1\x09\0" COUNTS("\1", "\0") HI), 4, 1);
	send_wrong(t, "STATUS", B("\1\1\x11\0" COUNTS("\1", "\0") HI), 4, 2);
	send_wrong(t, "NOTIFY", B("\1\1\x21\0" COUNTS("\1", "\0") HI), 9, 4);
	send_wrong(t, "UPDATE", B("\1\1\x29\0" COUNTS("\1", "\0") HI), 4, 5);
	send_wrong(t, "DSO", B("\1\1\x31\0" COUNTS("\0", "\0")), 4, 6);
	send_wrong(
	    t, "opcode 15", B("\1\1\x79\0" COUNTS("\1", "\0") HI), 4, 15);

	cf_rcode(t, "example.com", CF_A, RBLD_REFUSED);
	cf_rcode(t, "", CF_NS, RBLD_REFUSED);
	cf_rcode(t, "test", CF_SOA, RBLD_REFUSED);
	cf_query(&q, "7.2.0.192.bl.test", CF_A, 0);
	q.bytes[q.len - 1] = 4; /* class HS */
	r = cf_send(t, &q);
	EXPECT(t, r->rcode == RBLD_REFUSED && !r->aa, "class HS: %u", r->rcode);
	q.bytes[q.len - 1] = 255;
	r = cf_send(t, &q);
	EXPECT(t, r->rcode == RBLD_REFUSED && !r->aa, "class ANY");

	cf_query(&q, "Version.BIND", CF_TXT, 0);
	q.bytes[q.len - 1] = 3;
	r = cf_send(t, &q);
	EXPECT(t, strcmp(r->text, "0 TXT \"rbld\"") == 0, "version.bind: %s",
	    r->text);
	cf_query(&q, "id.server", CF_TXT, 0);
	q.bytes[q.len - 1] = 3;
	r = cf_send(t, &q);
	EXPECT(
	    t, strcmp(r->text, "0 TXT \"ns1\"") == 0, "id.server: %s", r->text);
	cf_query(&q, "authors.bind", CF_TXT, 0);
	q.bytes[q.len - 1] = 3;
	r = cf_send(t, &q);
	EXPECT(t, r->rcode == RBLD_REFUSED, "other names of CH: %u", r->rcode);
}

/* A socket that is not connected sees who answers. */
static bool
from_where(struct cf *t, const char *address)
{
	bool v6 = strchr(address, ':') != NULL;
	struct sockaddr_in in = { .sin_family = AF_INET },
			   in_from = { .sin_family = 0 };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 },
			    in6_from = { .sin6_family = 0 };
	struct pollfd p = { .events = POLLIN };
	socklen_t len = v6 ? sizeof(in6_from) : sizeof(in_from);
	uint8_t out[512];
	struct cf_query q;
	bool ok;

	in.sin_port = htons((uint16_t)cf_port(false));
	in6.sin6_port = htons((uint16_t)cf_port(true));
	(void)inet_pton(v6 ? AF_INET6 : AF_INET, address,
	    v6 ? (void *)&in6.sin6_addr : (void *)&in.sin_addr);
	p.fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cf_query(&q, "7.2.0.192.bl.test", CF_A, 0);
	ok = sendto(p.fd, q.bytes, q.len, 0,
		 v6 ? (const void *)&in6 : (const void *)&in,
		 v6 ? sizeof(in6) : sizeof(in)) == (ssize_t)q.len &&
	    poll(&p, 1, 10000) == 1 &&
	    recvfrom(p.fd, out, sizeof(out), 0,
		v6 ? (void *)&in6_from : (void *)&in_from, &len) > 12;
	EXPECT(t, ok, "%s answers: %s", address, strerror(errno));
	ok = ok &&
	    (v6 ? in6_from.sin6_port == in6.sin6_port &&
			memcmp(&in6_from.sin6_addr, &in6.sin6_addr, 16) == 0
		: in_from.sin_port == in.sin_port &&
			in_from.sin_addr.s_addr == in.sin_addr.s_addr);
	close(p.fd);
	return EXPECT(t, ok, "%s answers from that address and port", address);
}

static void
source_addresses(struct cf *t)
{
	static const char *const v4[] = { "127.0.0.1", "127.0.0.2", "127.1.2.3",
		"127.255.255.254" };
	static const char *const v6[] = { "::1", "2001:db8::53",
		"2001:db8::54" };

	for (unsigned k = 0; k < 8; k++) { /* several workers */
		for (size_t i = 0; i < CF_COUNT(v4); i++) {
			from_where(t, v4[i]);
		}
		for (size_t i = 0; i < (cf_own_net() ? CF_COUNT(v6) : 1); i++) {
			from_where(t, v6[i]);
		}
	}
}

const struct cf_case cf_base[] = {
	{ "DNS-5", "unknown types are NODATA or NXDOMAIN, never NOTIMP",
	    CF_BOTH, unknown_types },
	{ "DNS-6", "one TTL a set; a set is whole, or TC and empty", CF_BOTH,
	    one_ttl },
	{ "DNS-7", "the name is echoed as it came, matched in ASCII case",
	    CF_BOTH, names_are_echoed },
	{ "DNS-8", "id, opcode, RD, question; RA, Z, AD clear; AA if ours",
	    CF_BOTH, headers },
	{ "DNS-9", "silence, FORMERR, NOTIMP, REFUSED where they belong",
	    CF_BOTH, wrong_questions },
	{ "DNS-10", "the reply leaves from the address that was asked", CF_UDP,
	    source_addresses },
	{ NULL, NULL, 0, NULL },
};
