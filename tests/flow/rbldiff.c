/* rbldiff.c - the same questions to rbldnsd and to rbld, for
 * tests/flow/rbldnsd.sh.
 *
 *	rbldiff make TYPE SEED ENTRIES QUESTIONS FILE NAMES
 *		a data file of TYPE, and names to ask for, from the seed
 *	rbldiff port
 *		a free UDP port
 *	rbldiff wait PORT
 *		until something answers there
 *	rbldiff ask PORT-OF-RBLDNSD PORT-OF-RBLD ZONE NAMES SUBZONE
 *		each name below ZONE, of rbldnsd below SUBZONE.ZONE, for A and TXT, some for further types;
 *		answers (rcode and records) must be equal, but for what known()
 *		names: rblctl(8), "MOVING FROM RBLDNSD", has the same list
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/net.h"

static void
die(const char *what)
{
	fprintf(stderr, "rbldiff: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- chance ------------------------------------------------------------------ */

static uint64_t state;

static uint32_t
chance(uint32_t n) /* 0 to n - 1 */
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	uint64_t z = state;

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ z >> 31) >> 32) % n;
}

static bool
one_in(uint32_t n)
{
	return chance(n) == 0;
}

/* ---- data files ---------------------------------------------------------------- */

struct maker {
	FILE *file, *names;
	bool six, names_only; /* what keys are */
	uint32_t bases[4];
	unsigned left; /* questions */
};

static uint32_t
mask4(unsigned plen)
{
	return plen == 0 ? 0 : UINT32_MAX << (32 - plen);
}

/* Few networks, so that entries lie within each other. */
static uint32_t
some_ip4(const struct maker *m)
{
	uint32_t a = m->bases[chance(4)];

	switch (chance(4)) {
	case 0: return a | chance(1 << 16);
	case 1: return a | chance(4) << 8 | chance(256);
	case 2: return a | chance(2) << 8 | chance(8);
	default: return a | chance(1u << 24);
	}
}

static struct net_ip
some_ip6(const struct maker *m)
{
	struct net_ip ip = { .bits = 128,
		.bytes = { 0x2a, 0x00, (uint8_t)chance(2) } };

	(void)m;
	ip.bytes[5] = (uint8_t)chance(2);
	ip.bytes[7] = (uint8_t)chance(3);
	if (one_in(2)) {
		ip.bytes[8] = (uint8_t)chance(2);
		ip.bytes[15] = (uint8_t)chance(4);
	}
	if (one_in(8)) {
		ip.bytes[4 + chance(12)] = (uint8_t)chance(256);
	}
	return ip;
}

static void
text(struct maker *m)
{
	static const char *const texts[] = { "plain words", "see ?$",
		"$1 and $2", "costs $$5", "=as it is, $", "$", "$$$$", "a:b:c",
		"x # no comment", "$9 is not set", "\"quoted\" \\ text",
		"ends in $" };

	fputs(texts[chance(sizeof(texts) / sizeof(texts[0]))], m->file);
	if (one_in(12)) {
		for (int i = 0; i < 24; i++) {
			fputs(" ten octets", m->file);
		}
	}
}

static void
value(struct maker *m)
{
	switch (chance(8)) {
	case 0: fprintf(m->file, " :%u", 2 + chance(9)); break;
	case 1: fprintf(m->file, " :%u:", 2 + chance(9)); break;
	case 2:
		fprintf(m->file, " :127.0.%u.%u:", chance(3), 2 + chance(9));
		text(m);
		break;
	case 3:
		fprintf(m->file, "\t:127.%u : ", 2 + chance(9));
		text(m);
		break;
	case 4:
		putc(' ', m->file);
		text(m);
		break;
	case 5: fputs(one_in(2) ? " # why" : ";why", m->file); break;
	default: break;
	}
	putc('\n', m->file);
}

static void
ask4(struct maker *m, uint32_t a)
{
	if (m->left == 0) {
		return;
	}
	m->left--;
	switch (chance(64)) {
	case 0: /* deeper */
		fprintf(m->names, "x.%u.%u.%u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 1: /* shorter */
		fprintf(m->names, "%u.%u.%u\n", a >> 8 & 255, a >> 16 & 255,
		    a >> 24);
		break;
	case 2:
		fprintf(m->names, "%u.%u\n", a >> 16 & 255, a >> 24);
		break;
	case 3: fprintf(m->names, "%u\n", a >> 24); break;
	case 4: /* leading zeros */
		fprintf(m->names, "%03u.%u.%02u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 5: /* no octet */
		fprintf(m->names, "%u.%u.%u.%u\n", 256 + (a & 255),
		    a >> 8 & 255, a >> 16 & 255, a >> 24);
		break;
	case 6:
		fprintf(m->names, "%u.%u.%ux.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
		break;
	case 7: /* odd octets */
		fprintf(m->names, "\\%03u.%u.%u.%u\n", 1 + (a & 127),
		    a >> 8 & 255, a >> 16 & 255, a >> 24);
		break;
	case 8: /* IPv4-mapped */
	case 9: /* 6to4 */ {
		bool mapped = one_in(2);
		uint64_t low =
		    mapped ? UINT64_C(0xffff00000000) | a : chance(1000);
		uint64_t high = mapped
		    ? 0
		    : UINT64_C(0x2002) << 48 | (uint64_t)a << 16 | chance(3);

		for (int i = 0; i < 32; i++) {
			uint64_t v = i < 16 ? low : high;

			fprintf(m->names, "%x%s",
			    (unsigned)(v >> 4 * (i % 16) & 15),
			    i < 31 ? "." : "\n");
		}
		break;
	}
	default:
		fprintf(m->names, "%u.%u.%u.%u\n", a & 255, a >> 8 & 255,
		    a >> 16 & 255, a >> 24);
	}
}

static void
ask6(struct maker *m, const struct net_ip *ip)
{
	unsigned from = one_in(40) ? chance(32) : 0, kind = chance(60);

	if (m->left == 0) {
		return;
	}
	m->left--;
	if (kind == 0) {
		fputs("y.", m->names);
	}
	for (unsigned i = from; i < 32; i++) {
		unsigned n =
		    ip->bytes[15 - i / 2] >> (i % 2 != 0 ? 4 : 0) & 15;

		if (kind == 1 && i == 7) {
			fputs("g.", m->names);
		} else if (kind == 2 && i == 7) {
			fprintf(m->names, "0%x.", n);
		} else {
			fprintf(m->names, one_in(2) ? "%x%s" : "%X%s", n,
			    i < 31 ? "." : "\n");
			continue;
		}
		if (i == 31) {
			putc('\n', m->names);
		}
	}
}

/* The edges of A to B, their neighbours, and something within. */
static void
ask_around4(struct maker *m, uint32_t a, uint32_t b)
{
	ask4(m, a);
	ask4(m, a - 1);
	ask4(m, b);
	ask4(m, b + 1);
	ask4(m, a + (b - a == UINT32_MAX ? 7 : chance(b - a + 1)));
}

static void
entry4(struct maker *m, bool ranges, bool trivial)
{
	static const uint8_t lens[] = { 9, 12, 15, 16, 17, 20, 22, 23, 24, 24,
		25, 26, 28, 29, 30, 31, 32, 32, 32, 32 };
	unsigned plen = trivial ? 32 : lens[chance(sizeof(lens))];
	uint32_t a = some_ip4(m) & mask4(plen), b = a | ~mask4(plen);
	bool hole = !trivial && one_in(4);
	char space = one_in(6) ? ' ' : 0;

	if (hole) {
		fputs(space != 0 ? "! " : "!", m->file);
	}
	if (ranges && one_in(3)) {
		unsigned width = chance(17);

		b = a + chance(1u << width);
		if (b >> 24 != a >> 24) {
			b = a;
		}
		if (b >> 8 == a >> 8 && one_in(2)) {
			fprintf(m->file, "%u.%u.%u.%u-%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, a & 255, b & 255);
		} else if (one_in(4)) {
			a &= ~255u;
			b |= 255;
			fprintf(m->file, "%u.%u.%u-%u.%u.%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, b >> 24, b >> 16 & 255,
			    b >> 8 & 255);
		} else {
			fprintf(m->file, "%u.%u.%u.%u-%u.%u.%u.%u", a >> 24,
			    a >> 16 & 255, a >> 8 & 255, a & 255, b >> 24,
			    b >> 16 & 255, b >> 8 & 255, b & 255);
		}
	} else if (plen == 24 && one_in(2)) {
		fprintf(
		    m->file, "%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255);
	} else if (plen == 16 && one_in(2)) {
		fprintf(m->file, "%u.%u", a >> 24, a >> 16 & 255);
	} else if (plen <= 16 && one_in(2)) {
		fprintf(m->file, "%u.%u/%u", a >> 24, a >> 16 & 255, plen);
	} else if (plen == 32 && (trivial || one_in(2))) {
		fprintf(m->file, one_in(9) ? "%03u.%u.%02u.%u" : "%u.%u.%u.%u",
		    a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	} else {
		fprintf(m->file, "%u.%u.%u.%u/%u", a >> 24, a >> 16 & 255,
		    a >> 8 & 255, a & 255, plen);
	}
	value(m);
	ask_around4(m, a, b);
}

static void
entry6(struct maker *m, bool trivial)
{
	static const uint8_t lens[] = { 20, 24, 31, 32, 40, 47, 48, 56, 60, 63,
		64, 64, 64, 65, 96, 120, 127, 128, 128, 128 };
	bool hole = one_in(4);
	unsigned plen = trivial ? (hole ? 128 : 64)
				: lens[chance(sizeof(lens))];
	struct net_ip ip = some_ip6(m), last, other;
	char out[NET_IP_TEXT];

	for (unsigned bit = plen; bit < 128; bit++) {
		ip.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	}
	last = ip;
	for (unsigned bit = plen; bit < 128; bit++) {
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	fputs(hole ? "!" : "", m->file);
	if (plen % 16 == 0 && plen < 128 && (trivial || one_in(2))) {
		for (unsigned i = 0; i < plen / 16; i++) {
			fprintf(m->file, "%s%x", i > 0 ? ":" : "",
			    (unsigned)(ip.bytes[2 * i] << 8 |
				ip.bytes[2 * i + 1]));
		}
	} else {
		fputs(net_ip_format(out, &ip), m->file);
		if (plen < 128 || (!trivial && one_in(2))) {
			fprintf(m->file, "/%u", plen);
		}
	}
	value(m);
	ask6(m, &ip);
	ask6(m, &last);
	other = ip;
	other.bytes[plen / 8 < 16 ? plen / 8 : 15] ^= 1;
	ask6(m, &other);
	other = ip;
	other.bytes[(plen - 1) / 8] ^= (uint8_t)(0x80 >> (plen - 1) % 8);
	ask6(m, &other);
	last.bytes[15] ^= (uint8_t)chance(256);
	ask6(m, &last);
}

static void
some_name(FILE *f, unsigned labels)
{
	static const char *const words[] = { "a", "b", "mail", "WWW", "x-1",
		"example" };

	for (unsigned i = 0; i < labels; i++) {
		fprintf(f, "%s.", words[chance(6)]);
	}
	fputs(one_in(2) ? "example" : "test0", f);
}

static void
entry_name(struct maker *m)
{
	char name[300];
	FILE *f = fmemopen(name, sizeof(name), "w");

	if (f == NULL) {
		die("fmemopen");
	}
	some_name(f, 1 + chance(4));
	fclose(f);
	fprintf(m->file, "%s%s%s", one_in(4) ? "!" : "",
	    one_in(3)        ? "."
		: one_in(2)  ? "*."
			     : "",
	    name);
	value(m);
	for (int i = 0; i < 4 && m->left > 0; i++, m->left--) {
		if (i == 1) {
			fputs("below.", m->names);
		} else if (i == 2) {
			fputs("far.below.", m->names);
		} else if (i == 3) {
			some_name(m->names, 1 + chance(5));
			putc('\n', m->names);
			continue;
		}
		fprintf(m->names, "%s\n", name);
	}
}

/* What both programs pass over, one with a warning, the other when told to. */
static void
bad_line(struct maker *m)
{
	static const char *const four[] = { "10", "45.1.2.3/8", "45.1.2.3.4",
		"256.1.1.1", "nonsense", "45.1.2.3x", "!", "45.1.2.3/33",
		"45.1.2.9-8", "45.1-45.1.2.3", "45.1.2.3 :x:y", "45.1.2.3 :0:y",
		"45.1.2.3 :4 y", "$UNKNOWN x" };
	static const char *const six[] = { "2a00", "2a00::1/32",
		"12345::1", "nonsense", "2a00::1/129",
		"2a00::1 :x:y", "$UNKNOWN x" };

	if (m->names_only) {
		return;
	}
	fprintf(m->file, "%s\n",
	    m->six ? six[chance(sizeof(six) / sizeof(six[0]))]
		   : four[chance(sizeof(four) / sizeof(four[0]))]);
}

static void
lines(struct maker *m, const char *type, unsigned n)
{
	bool trivial = strstr(type, "tset") != NULL;
	bool ranges = strcmp(type, "ip4set") == 0;

	m->six = strncmp(type, "ip6", 3) == 0;
	m->names_only = strcmp(type, "dnset") == 0;
	if (!one_in(3)) {
		fprintf(m->file, ":127.0.0.%u:", 2 + chance(9));
		text(m);
		putc('\n', m->file);
	}
	for (unsigned i = 0; i < n; i++) {
		if (one_in(60)) {
			fputs("# comment\n\n;$comment\n", m->file);
		}
		if (one_in(40)) {
			bad_line(m);
		}
		if (one_in(50) && !trivial) {
			fprintf(m->file, ":%u:", 2 + chance(9));
			text(m);
			putc('\n', m->file);
		}
		if (m->names_only) {
			entry_name(m);
		} else if (m->six) {
			entry6(m, trivial);
		} else {
			entry4(m, ranges, trivial);
		}
	}
}

static void
variables(struct maker *m, bool base)
{
	fputs("$1 See http://list.example/$x\n", m->file);
	if (one_in(2)) {
		fputs("#$2 for details\n", m->file);
	}
	if (base && one_in(2)) {
		fputs("$= Base: $= ($), $1\n", m->file);
	}
}

static void
generic(struct maker *m, unsigned n)
{
	fputs("@ 1h MX 10 mx.example\nwww A 192.0.2.1\n", m->file);
	for (unsigned i = 0; i < n; i++) {
		uint32_t a = (some_ip4(m) & ~255u) | (i & 255);

		/* each owner once: of several records one counts here */
		a = (a & 0xff0000ff) | (i >> 8 & 255) << 8 |
		    (a & 0x00070000);
		fprintf(m->file, "%u.%u.%u.%u A 127.0.0.%u\n", a & 255,
		    a >> 8 & 255, a >> 16 & 255, a >> 24, 2 + chance(9));
		if (one_in(2)) {
			fprintf(m->file, "%u.%u.%u.%u TXT \"costs $%u $\"\n",
			    a & 255, a >> 8 & 255, a >> 16 & 255, a >> 24,
			    chance(9));
		}
		ask_around4(m, a, a);
	}
}

static int
make(char **argv)
{
	const char *type = argv[0];
	unsigned entries = (unsigned)strtoul(argv[2], NULL, 10);
	struct maker m = { .left = (unsigned)strtoul(argv[3], NULL, 10) };
	static const uint8_t eights[] = { 23, 45, 62, 80, 91, 109, 151, 212 };

	state = strtoull(argv[1], NULL, 10);
	for (const char *p = type; *p != '\0'; p++) {
		state = state * 31 + (unsigned char)*p;
	}
	m.file = fopen(argv[4], "w");
	m.names = fopen(argv[5], "w");
	if (m.file == NULL || m.names == NULL) {
		die(argv[4]);
	}
	for (int i = 0; i < 4; i++) {
		m.bases[i] = (uint32_t)eights[chance(8)] << 24 | chance(8)
			<< 16;
	}
	fputs("$SOA 0 ns.example. host.example. 0 2h 2h 1w 5m\n"
	      "$NS 1d ns.example.\n",
	    m.file);
	if (strcmp(type, "combined") == 0) {
		variables(&m, false);
		fputs("$DATASET ip4trie:one @ more\n", m.file);
		variables(&m, true);
		lines(&m, "ip4trie", entries / 2);
		fputs("$DATASET ip4set:other other\n", m.file);
		lines(&m, "ip4set", entries / 4);
		fputs("$DATASET ip6trie @ # and six\n", m.file);
		variables(&m, true);
		lines(&m, "ip6trie", entries / 2);
	} else if (strcmp(type, "generic") == 0) {
		generic(&m, entries);
	} else {
		variables(&m, true);
		lines(&m, type, entries);
	}
	while (m.left > 0 && m.names_only) {
		some_name(m.names, 1 + chance(6));
		putc('\n', m.names);
		m.left--;
	}
	while (m.left > 0) {
		struct net_ip ip = some_ip6(&m);

		if (m.six || (strcmp(type, "combined") == 0 && one_in(2))) {
			ask6(&m, &ip);
		} else {
			ask4(&m,
			    one_in(8) ? chance(UINT32_MAX) : some_ip4(&m));
		}
	}
	if (fclose(m.file) != 0 || fclose(m.names) != 0) {
		die(argv[4]);
	}
	return 0;
}

/* ---- asking --------------------------------------------------------------------- */

enum { T_A = 1, T_TXT = 16 };
enum { NOERROR = 0, NXDOMAIN = 3, NOTIMP = 4 };

#define WINDOW 64
#define RECORDS 32
#define PATIENCE 20 /* seconds */

struct record {
	uint16_t type, len;
	uint32_t ttl;
	const uint8_t *data;
};

struct reply {
	bool there;
	uint8_t bytes[4096];
	size_t len;
	unsigned rcode, n;
	bool aa;
	struct record records[RECORDS];
};

struct question {
	char name[600];
	uint16_t type;
	uint8_t packets[2][600]; /* to rbldnsd, to rbld */
	size_t lens[2];
	struct reply replies[2]; /* of rbldnsd, of rbld */
};

static int
udp_socket(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;

	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)) < 0) {
		die("socket");
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* NAME.ZONE in wire form. false: no name. */
static bool
encode(struct question *q, int server, const char *subzone, const char *zone)
{
	struct writer w =
	    writer(q->packets[server], sizeof(q->packets[server]));
	char full[900];
	const char *p = full;

	snprintf(full, sizeof(full), "%s%s%s.%s", q->name,
	    subzone[0] != '\0' ? "." : "", subzone, zone);
	write_u16(&w, 0);
	write_u16(&w, 0x0100);
	write_u16(&w, 1);
	write_u16(&w, 0);
	write_u16(&w, 0);
	write_u16(&w, 0);
	while (*p != '\0') {
		uint8_t label[64];
		unsigned n = 0;

		while (*p != '\0' && *p != '.' && n < 63) {
			if (*p == '\\') {
				label[n++] = (uint8_t)atoi(p + 1);
				p += 4;
			} else {
				label[n++] = (uint8_t)*p++;
			}
		}
		if (n == 0 || (*p != '\0' && *p++ != '.')) {
			return false;
		}
		write_u8(&w, n);
		write_span(&w, label, n);
	}
	write_u8(&w, 0);
	write_u16(&w, q->type);
	write_u16(&w, 1);
	q->lens[server] = written(&w);
	return !w.bad && q->lens[server] <= 12 + 255 + 4;
}

static void
decode(struct reply *reply, size_t question)
{
	struct reader r = reader(reply->bytes, reply->len);
	unsigned flags, n;

	(void)read_u16(&r);
	flags = read_u16(&r);
	(void)read_u16(&r);
	n = read_u16(&r);
	(void)read_span(&r, 4 + question - 12);
	reply->rcode = flags & 15;
	reply->aa = (flags & 0x0400) != 0;
	reply->n = n < RECORDS ? n : RECORDS;
	for (unsigned i = 0; i < reply->n; i++) {
		struct record *rec = &reply->records[i];

		(void)read_u16(&r); /* both point to the question's name */
		rec->type = (uint16_t)read_u16(&r);
		(void)read_u16(&r);
		rec->ttl = read_u32(&r);
		rec->len = (uint16_t)read_u16(&r);
		rec->data = read_span(&r, rec->len);
	}
	if (r.bad) {
		fprintf(stderr, "rbldiff: a reply that cannot be read\n");
		exit(1);
	}
}

/* All of Q[0..N) to both servers, again what was lost, until all came. */
static void
ask_window(struct question *q, unsigned n, const int fds[2])
{
	time_t started = time(NULL);
	unsigned missing = 2 * n;
	static uint8_t bytes[4096];

	for (unsigned i = 0; i < n; i++) {
		q[i].replies[0].there = q[i].replies[1].there = false;
	}
	while (missing > 0) {
		struct pollfd p[2] = { { fds[0], POLLIN, 0 },
			{ fds[1], POLLIN, 0 } };

		if (time(NULL) - started > PATIENCE) {
			fprintf(stderr, "rbldiff: %u answers never came\n",
			    missing);
			exit(1);
		}
		for (unsigned i = 0; i < n; i++) {
			for (int s = 0; s < 2; s++) {
				if (!q[i].replies[s].there) {
					(void)send(fds[s], q[i].packets[s],
					    q[i].lens[s], MSG_NOSIGNAL);
				}
			}
		}
		while (missing > 0 && poll(p, 2, 300) > 0) {
			for (int s = 0; s < 2; s++) {
				ssize_t len;

				if ((p[s].revents & POLLIN) == 0) {
					if (p[s].revents != 0) {
						char c;

						(void)recv(fds[s], &c, 1, 0);
					}
					continue;
				}
				len = recv(fds[s], bytes, sizeof(bytes), 0);
				if (len < 12) {
					continue;
				}
				unsigned id =
				    (unsigned)(bytes[0] << 8 | bytes[1]) %
				    WINDOW;
				struct reply *reply = &q[id].replies[s];

				if (id >= n || reply->there ||
				    memcmp(bytes, q[id].packets[s], 2) != 0) {
					continue;
				}
				memcpy(reply->bytes, bytes, (size_t)len);
				reply->len = (size_t)len;
				reply->there = true;
				decode(reply, q[id].lens[s]);
				missing--;
			}
		}
	}
}

/* ---- comparing -------------------------------------------------------------------- */

static bool
same_record(const struct record *a, const struct record *b)
{
	return a->type == b->type && a->ttl == b->ttl && a->len == b->len &&
	    memcmp(a->data, b->data, a->len) == 0;
}

/* The same but for one octet: rbldnsd cuts a text at 254 octets, not 255. */
static bool
nearly_record(const struct record *a, const struct record *b)
{
	return a->type == T_TXT && b->type == T_TXT && a->ttl == b->ttl &&
	    a->len + b->len == 255 + 256 &&
	    memcmp(a->data + 1, b->data + 1, 254) == 0;
}

/* Are all records of A among those of B? */
static bool
within(const struct reply *a, const struct reply *b, bool nearly)
{
	for (unsigned i = 0; i < a->n; i++) {
		const struct record *rec = &a->records[i];
		unsigned k = 0;

		while (k < b->n && !same_record(rec, &b->records[k]) &&
		    !(nearly && nearly_record(rec, &b->records[k]))) {
			k++;
		}
		if (k == b->n) {
			return false;
		}
	}
	return true;
}

static bool
equal(const struct reply *a, const struct reply *b)
{
	return a->rcode == b->rcode && a->n == b->n && a->aa == b->aa &&
	    within(a, b, false) &&
	    within(b, a, false);
}

static unsigned
labels(const char *name)
{
	unsigned n = 1;

	for (; *name != '\0'; name++) {
		n += *name == '.';
	}
	return n;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcasecmp(s + n - m, end) == 0;
}

static bool
zero_led(const char *name)
{
	for (const char *p = name; p != NULL; p = strchr(p, '.')) {
		p += *p == '.';
		if (p[0] == '0' && p[1] >= '0' && p[1] <= '9') {
			return true;
		}
	}
	return false;
}

#define MAPPED "f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"

/* The written list: why THEIRS and OURS may differ here; NULL: they may not.
 * rblctl(8), MOVING FROM RBLDNSD, says the same in words. */
static const char *
known(const struct question *q, const char *zone, const struct reply *theirs,
    const struct reply *ours)
{
	bool set = strncmp(zone, "ip4set", 6) == 0 ||
	    strncmp(zone, "guess", 5) == 0 || strncmp(zone, "sub", 3) == 0 ||
	    strncmp(zone, "dnset", 5) == 0;
	const char *name = q->name;
	unsigned n = labels(name);

	if (q->type >= 250 && theirs->rcode == NOTIMP) {
		return q->type == 255 ? NULL : "NOTIMP for types from 250 on";
	}
	if (n == 32 && (ends_in(name, "2.0.0.2") || ends_in(name, MAPPED)) &&
	    theirs->rcode == NOERROR && ours->rcode == NXDOMAIN) {
		return "IPv4-mapped and 6to4 names";
	}
	if (n == 4 && zero_led(name) && theirs->rcode == NOERROR &&
	    ours->rcode == NXDOMAIN) {
		return "leading zeros in a question";
	}
	if (theirs->rcode == NXDOMAIN && ours->rcode == NOERROR &&
	    ours->n == 0 &&
	    (n < 4 || (n > 4 && n < 32) || (n == 4 && strlen(name) == 7) || strncmp(zone, "dnset", 5) == 0)) {
		return "names between the zone and an entry exist";
	}
	if (strcmp(name, "2.0.0.127") == 0 || strcmp(name, "1.0.0.127") == 0) {
		return "test points";
	}
	if (theirs->rcode != ours->rcode) {
		return NULL;
	}
	if (theirs->n == ours->n && within(ours, theirs, true)) {
		return "text is cut at 254 octets";
	}
	if (set && theirs->n > 0 && !theirs->aa && ours->aa && ours->n <= 1) {
		return "what does not fit is left out";
	}
	/* One of theirs; or of these the one that has no text. */
	if (set && theirs->n > 0 && ours->n <= 1 &&
	    within(ours, theirs, true) && (ours->n == 1 || q->type == T_TXT)) {
		return "several values for one key";
	}
	return NULL;
}

static void
show(const char *who, const struct reply *r)
{
	printf("    %-8s rcode %u%s", who, r->rcode, r->aa ? " aa" : "");
	for (unsigned i = 0; i < r->n; i++) {
		const struct record *rec = &r->records[i];

		if (rec->type == T_A && rec->len == 4) {
			printf(", %u A %u.%u.%u.%u", rec->ttl, rec->data[0],
			    rec->data[1], rec->data[2], rec->data[3]);
		} else {
			printf(", %u TYPE%u \"%.*s\"", rec->ttl, rec->type,
			    rec->len > 0 ? rec->len - 1 : 0,
			    (const char *)rec->data + 1);
		}
	}
	putchar('\n');
}

static struct {
	const char *why;
	unsigned long n;
} counts[16];
static unsigned long asked, equals, positive, wrong;

static void
compare(const struct question *q, const char *zone)
{
	const struct reply *theirs = &q->replies[0], *ours = &q->replies[1];
	const char *why;

	asked++;
	if (equal(theirs, ours)) {
		equals++;
		positive += ours->n > 0;
		return;
	}
	why = known(q, zone, theirs, ours);
	for (unsigned i = 0; why != NULL && i < 16; i++) {
		if (counts[i].why == NULL || counts[i].why == why) {
			counts[i].why = why;
			counts[i].n++;
			return;
		}
	}
	if (wrong++ < 20) {
		printf("  different: %s type %u\n", q->name, q->type);
		show("rbldnsd", theirs);
		show("rbld", ours);
	}
}

static int
ask(char **argv)
{
	static const uint16_t more[] = { 2, 6, 15, 28, 48, 64, 257, 43744 };
	const int fds[2] = { udp_socket((unsigned)atoi(argv[0])),
		udp_socket((unsigned)atoi(argv[1])) };
	struct question *q = calloc(WINDOW, sizeof(*q));
	FILE *f = fopen(argv[3], "r");
	char line[600];
	unsigned n = 0;
	unsigned long lines = 0;

	if (f == NULL || q == NULL) {
		die(argv[3]);
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned types = ++lines % 16 == 0 ? 3 : 2;

		line[strcspn(line, "\n")] = '\0';
		for (unsigned t = 0; t < types; t++) {
			q[n].type = t == 0 ? T_A
			    : t == 1       ? T_TXT
					   : more[lines / 16 % 8];
			snprintf(q[n].name, sizeof(q[n].name), "%s", line);
			if (!encode(&q[n], 0, argv[4], argv[2]) ||
			    !encode(&q[n], 1, "", argv[2])) {
				continue;
			}
			for (int s = 0; s < 2; s++) { /* ids: round, place */
				q[n].packets[s][0] = (uint8_t)(asked >> 8);
				q[n].packets[s][1] = (uint8_t)n;
			}
			n++;
		}
		if (n + 3 > WINDOW) {
			ask_window(q, n, fds);
			for (unsigned i = 0; i < n; i++) {
				compare(&q[i], argv[2]);
			}
			n = 0;
		}
	}
	ask_window(q, n, fds);
	for (unsigned i = 0; i < n; i++) {
		compare(&q[i], argv[2]);
	}
	printf("  %lu questions for %lu names: %lu answers are equal (%lu with "
	       "records), %lu wrong\n",
	    asked, lines, equals, positive, wrong);
	for (unsigned i = 0; i < 16 && counts[i].why != NULL; i++) {
		printf("    %8lu %s\n", counts[i].n, counts[i].why);
	}
	free(q);
	fclose(f);
	if (positive == 0) {
		printf("  nothing was listed: the test says nothing\n");
		return 1;
	}
	return wrong > 0;
}

static int
find_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (void *)&at, sizeof(at)) < 0 ||
	    getsockname(fd, (void *)&at, &len) < 0) {
		die("port");
	}
	printf("%u\n", ntohs(at.sin_port));
	close(fd);
	return 0;
}

static int
wait_for(const char *port)
{
	struct question *q = calloc(1, sizeof(*q));
	int fd = udp_socket((unsigned)atoi(port));
	time_t started = time(NULL);

	if (q == NULL) {
		die("wait");
	}
	strcpy(q->name, "x");
	q->type = T_A;
	(void)encode(q, 0, "", "wait");
	while (time(NULL) - started < PATIENCE) {
		struct pollfd p = { fd, POLLIN, 0 };
		char c[512];

		(void)send(fd, q->packets[0], q->lens[0], MSG_NOSIGNAL);
		if (poll(&p, 1, 100) > 0 && recv(fd, c, sizeof(c), 0) > 0) {
			free(q);
			return 0;
		}
	}
	free(q);
	fprintf(stderr, "rbldiff: nothing answers on port %s\n", port);
	return 1;
}

int
main(int argc, char **argv)
{
	if (argc == 8 && strcmp(argv[1], "make") == 0) {
		return make(argv + 2);
	}
	if (argc == 2 && strcmp(argv[1], "port") == 0) {
		return find_port();
	}
	if (argc == 3 && strcmp(argv[1], "wait") == 0) {
		return wait_for(argv[2]);
	}
	if (argc == 7 && strcmp(argv[1], "ask") == 0) {
		return ask(argv + 2);
	}
	fprintf(stderr, "rbldiff: see its first lines\n");
	return 99;
}
