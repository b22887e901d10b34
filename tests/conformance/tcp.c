/* tcp.c - RFC 7766 and 9210. */
#include "tests/conformance/conform.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LISTED "7.2.0.192.bl.test"
#define UNLISTED "7.3.0.192.bl.test"

static int
ask_on(int fd, const char *name, unsigned type)
{
	uint8_t out[65535], framed[CF_QUERY_MAX + 2];
	struct cf_query q;
	size_t n;

	cf_query(&q, name, type, 0);
	n = cf_frame(framed, &q);
	if (!cf_write(fd, framed, n)) {
		return -1;
	}
	n = cf_read_message(fd, out);
	return n < 12 || memcmp(out, q.bytes, 2) != 0 ? -1 : out[3] & 15;
}

static bool
udp_answers(struct cf *t)
{
	struct cf udp = { .id = t->id };
	const struct cf_reply *r = cf_ask(&udp, LISTED, CF_A);

	return r->rcode == 0 && r->answers == 1 && udp.failed == 0;
}

/* The same questions by both roads, TCP first. */
static void
all_by_tcp(struct cf *t)
{
	static const struct {
		const char *name;
		unsigned type;
	} rows[] = { { LISTED, CF_A }, { LISTED, CF_TXT }, { LISTED, CF_ANY },
		{ UNLISTED, CF_A }, { "192.bl.test", CF_NS },
		{ "bl.test", CF_SOA }, { "bl.test", CF_NS },
		{ "bl.test", CF_MX }, { "2.0.0.127.bl.test", CF_A },
		{ "TEST.dbl.test", CF_A }, { "example.com", CF_A },
		{ "7.2.0.192.closed.test", CF_A }, { LISTED, CF_CAA } };
	struct cf udp = { .id = t->id };
	char text[8192];

	for (size_t i = 0; i < CF_COUNT(rows); i++) {
		const struct cf_reply *r =
		    cf_ask(t, rows[i].name, rows[i].type);
		unsigned rcode = r->rcode, authority = r->authority;

		snprintf(text, sizeof(text), "%s", r->text);
		r = cf_ask(&udp, rows[i].name, rows[i].type);
		EXPECT(t,
		    r->rcode == rcode && r->authority == authority &&
			strcmp(r->text, text) == 0,
		    "%s type %u: \"%s\" and \"%s\"", rows[i].name, rows[i].type,
		    text, r->text);
	}
	t->failed += udp.failed;
}

static void
pieces(struct cf *t)
{
	static uint8_t many[200000], out[65535];
	uint8_t framed[CF_QUERY_MAX + 2];
	struct cf_query q;
	unsigned want = 3000, i;
	size_t len = 0, n;
	int fd = cf_dial(t, SOCK_STREAM, "127.0.0.1");

	cf_query(&q, LISTED, CF_TXT, 1232);
	n = cf_frame(framed, &q);
	for (size_t at = 0; at < n; at++) {
		EXPECT(t, cf_write(fd, framed + at, 1), "octet %zu", at);
	}
	n = cf_read_message(fd, out);
	EXPECT(t, n > 12 && memcmp(out, q.bytes, 2) == 0, "octet by octet");

	for (i = 0; i < want; i++) { /* one write: many segments, many in one */
		cf_query(&q, i % 2 ? LISTED : UNLISTED, CF_A, 0);
		q.bytes[0] = (uint8_t)(i >> 8);
		q.bytes[1] = (uint8_t)i;
		len += cf_frame(many + len, &q);
	}
	EXPECT(t, cf_write(fd, many, len), "pipelined");
	shutdown(fd, SHUT_WR); /* half-closed: the replies still come */
	for (i = 0; i < want; i++) {
		n = cf_read_message(fd, out);
		if (!EXPECT(t,
			n > 12 && (unsigned)(out[0] << 8 | out[1]) == i &&
			    (out[3] & 15) ==
				(i % 2 ? RBLD_NOERROR : RBLD_NXDOMAIN),
			"reply %u: %zu octets", i, n)) {
			break;
		}
	}
	EXPECT(t, cf_read_message(fd, out) == 0, "then it is closed");
	close(fd);
}

/* What the first read gives is the length and all of the message. */
static void
one_write(struct cf *t)
{
	uint8_t framed[CF_QUERY_MAX + 2], out[65535 + 2];
	struct cf_query q;
	int fd = cf_dial(t, SOCK_STREAM, "127.0.0.1");

	for (unsigned i = 0; i < 300; i++) {
		size_t len;
		ssize_t n;

		cf_query(&q, i % 2 ? LISTED : "1.2.0.192.long.test", CF_TXT, 0);
		len = cf_frame(framed, &q);
		EXPECT(t, cf_write(fd, framed, len), "write");
		n = recv(fd, out, sizeof(out), 0);
		if (!EXPECT(t, n > 2 && n == 2 + (out[0] << 8 | out[1]),
			"%u: %zd octets at once", i, n)) {
			break;
		}
	}
	close(fd);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Octets that never become a message do not keep a connection: it ends long
 * before they do. */
static void
slow_loris(struct cf *t)
{
	static const struct cf_manner hasty = { .timeout = 1 };
	struct pollfd p = { .events = POLLIN };
	uint8_t framed[CF_QUERY_MAX + 2];
	char name[256] = "";
	struct cf_query q;
	int64_t start;
	size_t n, i;
	int busy;

	for (i = 0; i < 23; i++) {
		strcat(name, "aaaaaaaaa.");
	}
	strcat(name, "bl.test");
	cf_query(&q, name, CF_A, 0);
	n = cf_frame(framed, &q);
	cf_serve(&hasty);
	start = now_ms();
	busy = cf_dial(t, SOCK_STREAM, "127.0.0.1");
	p.fd = cf_dial(t, SOCK_STREAM, "127.0.0.1");
	for (i = 0; i < n - 1 && poll(&p, 1, 50) == 0; i++) {
		(void)send(p.fd, framed + i, 1, MSG_NOSIGNAL);
		EXPECT(
		    t, ask_on(busy, LISTED, CF_A) == 0, "one that asks stays");
	}
	EXPECT(t, i < n - 1 && cf_has_ended(p.fd),
	    "ended after %zu octets of %zu", i, n);
	EXPECT(t, now_ms() - start >= 1000, "not before its time");
	EXPECT(t, ask_on(busy, LISTED, CF_A) == 0, "the busy one is there");
	close(p.fd);
	close(busy);
	cf_serve(NULL);
}

static void
limits(struct cf *t)
{
	static const struct cf_manner few = { .limit = 16 };
	int mine[8], others[30];

	cf_serve(&few);
	others[0] = cf_dial(t, SOCK_STREAM, "127.0.0.1");
	EXPECT(t, ask_on(others[0], LISTED, CF_A) == 0, "before");
	close(others[0]);
	/* one client has a quarter of all: of eight, four stay */
	for (size_t i = 0; i < CF_COUNT(mine); i++) {
		mine[i] = cf_dial(t, SOCK_STREAM, "127.0.0.1");
		EXPECT(t, ask_on(mine[i], LISTED, CF_A) == 0, "mine %zu", i);
	}
	for (size_t i = 0; i < 4; i++) {
		EXPECT(t, cf_has_ended(mine[i]), "the %zu. gave way", i);
	}
	for (size_t i = 4; i < 8; i++) {
		EXPECT(t, ask_on(mine[i], UNLISTED, CF_A) == RBLD_NXDOMAIN,
		    "the %zu. is there", i);
	}
	/* many at once: the listening queue and the limit are full */
	for (size_t i = 0; i < CF_COUNT(others); i++) {
		others[i] = cf_dial(t, SOCK_STREAM, "127.0.0.1");
	}
	EXPECT(t, udp_answers(t), "UDP beside a full TCP");
	for (size_t i = 0; i < CF_COUNT(others); i++) {
		close(others[i]);
	}
	for (size_t i = 0; i < CF_COUNT(mine); i++) {
		close(mine[i]);
	}
	cf_serve(NULL);
}

/* A peer that asks and does not read holds up nobody. */
static void
deaf_peer(struct cf *t)
{
	int fd = cf_dial(t, SOCK_STREAM, "127.0.0.1"), other;
	uint8_t framed[CF_QUERY_MAX + 2], out[65535];
	unsigned long sent = 0, got = 0;
	struct cf_query q;
	size_t at = 0, len;

	cf_query(&q, "1.2.0.192.long.test", CF_TXT, 0);
	len = cf_frame(framed, &q);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = send(
		    fd, framed + at, len - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			at += (size_t)n;
			if (at == len) {
				at = 0;
				sent++;
			}
		} else if (errno != EAGAIN || poll(&p, 1, 300) == 0) {
			break;
		}
	}
	EXPECT(t, sent > 100, "some were taken: %lu", sent);
	other = cf_dial(t, SOCK_STREAM, "127.0.0.1");
	EXPECT(t, ask_on(other, LISTED, CF_A) == 0, "TCP beside it");
	close(other);
	EXPECT(t, udp_answers(t), "UDP beside it");
	while (got < sent && cf_read_message(fd, out) > 0) {
		got++;
	}
	EXPECT(t, got == sent, "all come when it reads: %lu of %lu", got, sent);
	close(fd);
}

/* In a process of its own, since each end of a connection is a file: tell
 * READY how many there are, and hold them until GO ends. */
static void
hold_crowd(struct cf *t, unsigned want, int ready, int go)
{
	char address[32], c;
	unsigned n = 0;

	for (; n < want && t->failed == 0; n++) {
		snprintf(address, sizeof(address), "127.0.0.%u", n % 200 + 1);
		(void)cf_dial(t, SOCK_STREAM, address);
	}
	if (write(ready, &n, sizeof(n)) == sizeof(n)) {
		(void)!read(go, &c, 1);
	}
	_exit(0);
}

/* Ten thousand connections that say nothing. */
static void
idle_crowd(struct cf *t)
{
	static const struct cf_manner many = { .limit = 12000 };
	unsigned want = 10000, n = 0;
	struct rlimit files, kept;
	int ready[2], go[2], busy;
	struct pollfd p = { .events = POLLIN };
	pid_t child;

	getrlimit(RLIMIT_NOFILE, &kept);
	files = kept;
	files.rlim_cur = want + 500;
	if (files.rlim_max < files.rlim_cur) {
		files.rlim_max = files.rlim_cur;
	}
	if (setrlimit(RLIMIT_NOFILE, &files) < 0) {
		want =
		    kept.rlim_max > 600 ? (unsigned)kept.rlim_max - 500 : 100;
		files.rlim_cur = files.rlim_max = kept.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
		printf("SKIP: %u idle connections in place of 10000: %s\n",
		    want, strerror(errno));
	}
	cf_serve(&many);
	busy = cf_dial(t, SOCK_STREAM, "127.9.9.9");
	EXPECT(t, ask_on(busy, LISTED, CF_A) == 0, "before");
	if (!EXPECT(t, pipe(ready) == 0 && pipe(go) == 0, "pipes")) {
		return;
	}
	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(go[1]);
		hold_crowd(t, want, ready[1], go[0]);
	}
	close(ready[1]);
	close(go[0]);
	p.fd = ready[0];
	while (poll(&p, 1, 50) == 0) { /* as they come */
		EXPECT(t, udp_answers(t), "UDP meanwhile");
		EXPECT(t, ask_on(busy, LISTED, CF_A) == 0, "TCP meanwhile");
	}
	EXPECT(t, read(ready[0], &n, sizeof(n)) == sizeof(n) && n == want,
	    "%u of %u", n, want);
	EXPECT(t, udp_answers(t), "UDP beside %u", n);
	EXPECT(t, ask_on(busy, LISTED, CF_A) == 0, "TCP beside %u", n);
	close(busy);
	busy = cf_dial(t, SOCK_STREAM, "127.9.9.9");
	EXPECT(t, ask_on(busy, LISTED, CF_A) == 0, "another one");
	close(busy);
	close(go[1]);
	close(ready[0]);
	waitpid(child, NULL, 0);
	cf_serve(NULL);
	EXPECT(t, udp_answers(t), "after them");
}

static void
bounds(struct cf *t)
{
	slow_loris(t);
	limits(t);
	deaf_peer(t);
	idle_crowd(t);
}

/* Away in the middle of a question, with unread replies, or by a reset. */
static void
early_ends(struct cf *t)
{
	uint8_t framed[CF_QUERY_MAX + 2];
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct cf_query q;
	size_t n;

	cf_query(&q, "1.2.0.192.long.test", CF_TXT, 0);
	n = cf_frame(framed, &q);
	for (unsigned i = 0; i < 200; i++) {
		int fd = cf_dial(t, SOCK_STREAM, "127.0.0.1");

		(void)cf_write(fd, framed, i % 2 ? n : i % n);
		if (i % 5 == 0) {
			setsockopt(
			    fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		}
		if (i % 3 == 0) {
			shutdown(fd, SHUT_RD);
			(void)cf_write(fd, framed, n);
		}
		close(fd);
	}
	EXPECT(t, cf_ask(t, LISTED, CF_A)->answers == 1, "TCP is there");
	EXPECT(t, udp_answers(t), "UDP is there");
}

const struct cf_case cf_tcp[] = {
	{ "7766-1", "whatever UDP answers, TCP answers, first or later", CF_TCP,
	    all_by_tcp },
	{ "7766-2", "pipelined and split octet by octet, ids matched", CF_TCP,
	    pieces },
	{ "7766-3", "length and message in one write", CF_TCP, one_write },
	{ "7766-4",
	    "idle time ends only with a message; limits; UDP is "
	    "undisturbed",
	    CF_TCP, bounds },
	{ "7766-5", "clients that leave early harm nobody", CF_TCP, early_ends },
	{ NULL, NULL, 0, NULL },
};
