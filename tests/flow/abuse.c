/* abuse.c - what strangers may send, by UDP and TCP: see abuse.sh.
 *
 *   abuse PORT SEED CONNECTIONS NAME
 *
 * NAME is listed as 127.0.0.2 at 127.0.0.1@PORT. Whatever comes back must be
 * a reply that can be read and is not larger than it may be; whoever asks
 * properly must be answered. One line a chapter; exit 1 if any was wrong.
 */
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/resource.h>

#include "tests/flow/peer.h"

#define REPLY_MAX 1232 /* by UDP */
#define PATIENCE 10000 /* ms */

static unsigned port;
static const char *listed;
static unsigned long failures;

static void say(const char *chapter, bool ok, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(const char *chapter, bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("  %s: %s: ", ok ? "ok" : "WRONG", chapter);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
	failures += !ok;
}

static bool
readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

/* ---- UDP --------------------------------------------------------------- */

static unsigned long replies, bad_replies;

static void
judge_udp(int fd)
{
	static struct reply r;
	uint8_t in[65536];
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in), MSG_DONTWAIT)) >= 0) {
		replies++;
		if (n > REPLY_MAX || !reply_read(in, (size_t)n, &r) ||
		    (r.flags & 0x8000) == 0) {
			bad_replies++;
		}
	}
}

/* Does UDP work as ever? */
static bool
udp_well(void)
{
	int fd = peer_socket(SOCK_DGRAM, port);
	static struct reply r;
	uint8_t q[300], in[4096];
	char got[32] = "";
	size_t len = peer_question(q, 4711, listed, 1, 1232, false);
	ssize_t n;

	for (int i = 0; i < 3 && got[0] == '\0'; i++) {
		(void)send(fd, q, len, 0);
		if (readable(fd, PATIENCE / 3)) {
			n = recv(fd, in, sizeof(in), 0);
			if (n > 0 && reply_read(in, (size_t)n, &r)) {
				reply_words(&r, got);
			}
		}
	}
	close(fd);
	return strcmp(got, "127.0.0.2") == 0;
}

/* Send, and rest now and then, so that those who ask properly at the same
 * time do not lose their place in the socket's queue. */
static void
throw_udp(int fd, const void *data, size_t len, unsigned i)
{
	(void)send(fd, data, len, 0);
	if (i % 8 == 7) {
		(void)readable(fd, 1);
		judge_udp(fd);
	}
}

static size_t
mutated(uint8_t *out, size_t room)
{
	size_t len = peer_question(out, peer_rnd(65536), listed,
	    peer_rnd(4) ? 1 : peer_rnd(65536), peer_rnd(2) ? 1232 : 0, false);

	for (unsigned i = 1 + peer_rnd(6); i > 0; i--) {
		size_t at = peer_rnd((uint32_t)len);

		switch (peer_rnd(5)) {
		case 0: out[at] = (uint8_t)peer_rnd(256); break;
		case 1: out[at] ^= (uint8_t)(1u << peer_rnd(8)); break;
		case 2: out[at] = peer_rnd(2) ? 0 : 255; break;
		case 3: len = at > 0 ? at : len; break;
		default:
			if (len + 40 < room) {
				memmove(out + at + 20, out + at, len - at);
				len += 20;
			}
			break;
		}
	}
	return len;
}

/* Packets that have brought servers down, each with the reply that it may
 * have: an rcode, or -1 for none. */
static void
classics(int fd)
{
#define Q "\x01\x78\x00\x00\x01\x00\x01" /* x. A IN */
#define HEAD(flags, qd, an, ns, ar) "\x12\x34" flags qd an ns ar
#define N0 "\x00\x00"
#define N1 "\x00\x01"
#define N2 "\x00\x02"
#define NM "\xff\xff"
#define ROW(rcode, text)                      \
	{                                     \
		rcode, sizeof(text) - 1, text \
	}
	static const struct {
		int rcode;
		size_t len;
		const char *at;
	} rows[] = {
		ROW(-1, ""),
		ROW(-1, "\x12"),
		ROW(-1, "\x12\x34\x01\x00"),
		ROW(-1, HEAD("\x01\x00", N1, N0, N0, "\x00")),
		ROW(1, HEAD("\x01\x00", N0, N0, N0, N0)),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0)),
		ROW(1, HEAD("\x01\x00", NM, NM, NM, NM)),
		ROW(1, HEAD("\x01\x00", N2, N0, N0, N0) Q Q),
		ROW(1, HEAD("\x01\x00", NM, N0, N0, N0) Q),
		ROW(5, HEAD("\x01\x00", N1, N0, N0, N0) Q),
		ROW(-1, HEAD("\x81\x00", N1, N0, N0, N0) Q), /* a response */
		ROW(-1, HEAD("\xff\xff", N1, N0, N0, N0) Q),
		ROW(4, HEAD("\x79\x00", N1, N0, N0, N0) Q), /* opcode 15 */
		ROW(4, HEAD("\x29\x00", N1, N0, N0, N0) Q), /* UPDATE */
		ROW(9, HEAD("\x21\x00", N1, N0, N0, N0) Q), /* NOTIFY */
		ROW(1, HEAD("\x01\x00", N1, NM, N0, N0) Q),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, NM) Q),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) Q "behind"),
		/* names: to itself, forwards, to the header, in a chain */
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\xc0\x0c" N1 N1),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\xc0\xff" N1 N1),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\xff\xff" N1 N1),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x01x\xc0\x0c" N1 N1),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x01x\xc0"),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x40x\x00" N1 N1),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N0) "\x41\x08\xff\x00" N1 N1),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x80x\x00" N1 N1),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N0) "\x3f"
						     "abc"),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x01x\x00\x00"),
		ROW(1, HEAD("\x01\x00", N1, N0, N0, N0) "\x01x\x00" N1 "\x00"),
		/* OPT: twice, not at the root, cut, options beyond its end,
		 * a cookie of every wrong length, in the answer section */
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N2) Q
		    "\0\0\x29\x10\0\0\0\0\0\0\0"
		    "\0\0\x29\x10\0\0\0\0\0\0\0"),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N1) Q
		    "\x01y\0\0\x29\x10\0\0\0\0\0\0\0"),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N1) Q
		    "\0\0\x29\x10\0\0\0\0\0\xff\xff"),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N1) Q
		    "\0\0\x29\x10\0\0\0\0\0\0\x04\0\x0f\xff\xff"),
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N1) Q
		    "\0\0\x29\x10\0\0\0\0\0\0\x03\0\x0f\0"),
		ROW(1,
		    HEAD("\x01\x00", N1, N1, N0, N0) Q
		    "\0\0\x29\x10\0\0\0\0\0\0\0"),
		/* a TSIG before another record */
		ROW(1,
		    HEAD("\x01\x00", N1, N0, N0, N2) Q
		    "\0\0\xfa\0\xff\0\0\0\0\0\0"
		    "\0\0\x29\x10\0\0\0\0\0\0\0"),
	};
	unsigned long wrong = 0;

	while (readable(fd, 300)) {
		judge_udp(fd); /* of the chapter before */
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct reply r;
		uint8_t in[2048];
		ssize_t n = -1;
		int got = -1;

		(void)send(fd, rows[i].at, rows[i].len, 0);
		if (readable(fd, rows[i].rcode < 0 ? 100 : PATIENCE)) {
			n = recv(fd, in, sizeof(in), 0);
		}
		if (n >= 0) {
			got =
			    reply_read(in, (size_t)n, &r) ? (int)r.rcode : 999;
		}
		if (got != rows[i].rcode) {
			printf("    packet %zu: %d, expected %d\n", i, got,
			    rows[i].rcode);
			wrong++;
		}
	}
	say("classic packets", wrong == 0, "%lu of %zu wrong", wrong,
	    sizeof(rows) / sizeof(rows[0]));
}

static void
udp(void)
{
	int fd = peer_socket(SOCK_DGRAM, port);
	static uint8_t b[65536];
	unsigned i;

	for (i = 0; i < 8000; i++) {
		size_t len = peer_rnd(100) ? peer_rnd(600) : peer_rnd(60000);

		for (size_t k = 0; k < len; k++) {
			b[k] = (uint8_t)peer_rnd(256);
		}
		if (len > 2) {
			b[2] &= peer_rnd(4) ? 0x7f : 0xff;
		}
		throw_udp(fd, b, len, i);
	}
	for (; i < 16000; i++) {
		throw_udp(fd, b, mutated(b, 512), i);
	}
	say("16,000 packets of rubbish", bad_replies == 0 && udp_well(),
	    "%lu replies, %lu bad", replies, bad_replies);
	classics(fd);
	close(fd);
}

/* ---- TCP --------------------------------------------------------------- */

static size_t
frame(uint8_t out[302], unsigned id)
{
	size_t n = peer_question(out + 2, id, listed, 1, 0, false);

	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	return n + 2;
}

/* LEN octets within PATIENCE, or false. */
static bool
recv_all(int fd, uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (!readable(fd, PATIENCE)) {
			return false;
		}
		n = recv(fd, out, len, 0);
		if (n <= 0) {
			return false;
		}
		out += n;
		len -= (size_t)n;
	}
	return true;
}

/* The next reply is the right one to question ID. */
static bool
recv_right(int fd, unsigned id)
{
	static uint8_t in[65536];
	static struct reply r;
	uint8_t head[2];
	char got[32];
	size_t n;

	if (!recv_all(fd, head, 2)) {
		return false;
	}
	n = (size_t)head[0] << 8 | head[1];
	if (!recv_all(fd, in, n) || !reply_read(in, n, &r) || r.id != id) {
		return false;
	}
	reply_words(&r, got);
	return strcmp(got, "127.0.0.2") == 0;
}

static bool
ended(int fd)
{
	uint8_t octet;

	return readable(fd, PATIENCE) && recv(fd, &octet, 1, 0) <= 0;
}

static bool
tcp_well(void)
{
	int fd = peer_socket(SOCK_STREAM, port);
	uint8_t q[302];
	bool ok =
	    send(fd, q, frame(q, 77), MSG_NOSIGNAL) > 0 && recv_right(fd, 77);

	close(fd);
	return ok;
}

static void
pipelined(bool half_closed)
{
	int fd = peer_socket(SOCK_STREAM, port);
	static uint8_t all[1000 * 302];
	size_t len = 0, at = 0;
	unsigned right = 0;

	for (unsigned i = 0; i < 1000; i++) {
		len += frame(all + len, i);
	}
	while (at < len) { /* one write, if the system takes it */
		ssize_t n = send(fd, all + at, len - at, MSG_NOSIGNAL);

		if (n <= 0) {
			break;
		}
		at += (size_t)n;
	}
	if (half_closed) {
		shutdown(fd, SHUT_WR);
	}
	while (right < 1000 && recv_right(fd, right)) {
		right++;
	}
	say(half_closed ? "1,000 in one write, half-closed"
			: "1,000 in one write",
	    right == 1000 && (!half_closed || ended(fd)), "%u right", right);
	close(fd);
}

static void
by_octets(void)
{
	int fd = peer_socket(SOCK_STREAM, port), on = 1;
	uint8_t q[302];
	size_t len = frame(q, 5);
	bool ok = true;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (unsigned k = 0; k < 3 && ok; k++) {
		for (size_t i = 0; i < len; i++) {
			(void)send(fd, q + i, 1, MSG_NOSIGNAL);
		}
		ok = recv_right(fd, 5);
	}
	say("one octet at a time", ok, "three questions");
	close(fd);
}

/* End so that the other side gets a reset. */
static void
reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void
streams(void)
{
	for (unsigned i = 0; i < 400; i++) {
		int fd = peer_socket(SOCK_STREAM, port);
		uint8_t b[4096];
		size_t len = peer_rnd(sizeof(b));

		for (size_t k = 0; k < len; k++) {
			b[k] = (uint8_t)peer_rnd(256);
		}
		if (i % 4 == 0) {
			len = frame(b, i);
			len = 1 + peer_rnd((uint32_t)len); /* cut */
		} else if (i % 4 == 1) { /* lengths that lie */
			static const uint16_t lies[] = { 0, 1, 11, 12, 2046,
				2047, 2048, 65535 };

			b[0] = (uint8_t)(lies[i / 4 % 8] >> 8);
			b[1] = (uint8_t)lies[i / 4 % 8];
		} else if (i % 4 == 2) { /* mutated, one after the other */
			len = 0;
			while (len + 512 < sizeof(b)) {
				size_t n = mutated(b + len + 2, 400);

				b[len] = (uint8_t)(n >> 8);
				b[len + 1] = (uint8_t)n;
				len += 2 + n;
			}
		}
		(void)send(fd, b, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (i % 3 == 0) {
			reset(fd);
		} else {
			if (i % 3 == 1) {
				shutdown(fd, SHUT_WR);
				while (readable(fd, PATIENCE) &&
				    recv(fd, b, sizeof(b), 0) > 0) {
				}
			}
			close(fd);
		}
	}
	say("400 streams of rubbish", tcp_well() && udp_well(),
	    "a third reset, a third half-closed");
}

/* A peer that asks and does not read, for as long as this takes. */
static int
deaf(void)
{
	int fd = peer_socket(SOCK_STREAM, port), small = 4096;
	unsigned long taken = 0;
	uint8_t q[302];
	size_t len = frame(q, 9);

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (send(fd, q, len, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
			taken++;
		} else if (errno != EAGAIN || poll(&p, 1, 300) <= 0) {
			break;
		}
	}
	say("a peer that never reads", tcp_well() && udp_well(),
	    "%lu questions taken", taken);
	return fd;
}

/* So many connections from many addresses, silent or in the middle of a
 * question. The rest of us notices nothing. */
static void
idle(unsigned want)
{
	int *fds = malloc(want * sizeof(*fds));
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned n = 0, open = 0;
	uint8_t q[302];
	size_t len = frame(q, 3);
	bool well;

	for (; fds != NULL && n < want; n++) {
		struct sockaddr_in from = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(0x7f010001 + (n / 500 << 8)) };

		fds[n] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fds[n] < 0 ||
		    bind(fds[n], (void *)&from, sizeof(from)) < 0 ||
		    connect(fds[n], (void *)&to, sizeof(to)) < 0) {
			perror("    a connection");
			break;
		}
		if (n % 2 == 1) {
			(void)send(fds[n], q, 1 + n % (len - 1), MSG_NOSIGNAL);
		}
		if (n % 1000 == 0 && !tcp_well()) {
			break;
		}
	}
	well = tcp_well() && udp_well();
	for (unsigned i = 0; i < n; i++) {
		open += !readable(fds[i], 0);
	}
	say("idle connections", n == want && well && open * 10 >= n * 9,
	    "%u made, %u still open", n, open);
	for (unsigned i = 0; i < n; i++) {
		close(fds[i]);
	}
	free(fds);
	say("after them", tcp_well() && udp_well(), "answers as ever");
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	unsigned want;
	int fd;

	if (argc != 5) {
		fprintf(stderr, "usage: abuse PORT SEED CONNECTIONS NAME\n");
		return 2;
	}
	port = (unsigned)strtoul(argv[1], NULL, 10);
	peer_state = strtoull(argv[2], NULL, 10);
	want = (unsigned)strtoul(argv[3], NULL, 10);
	listed = argv[4];
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
		if (files.rlim_max < want + 100u) {
			want = (unsigned)files.rlim_max - 100;
			printf("  only %u connections: RLIMIT_NOFILE\n", want);
		}
	}
	udp();
	pipelined(false);
	pipelined(true);
	by_octets();
	streams();
	fd = deaf();
	idle(want);
	reset(fd);
	return failures != 0;
}
