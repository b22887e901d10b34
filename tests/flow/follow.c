/* follow.c - for tests/flow/secondaries.sh: changes, and servers that follow.
 *
 *   follow change SEED COUNT    words for rblctl, a change a line
 *   follow serial SECONDS SERIAL ZONE PORT...
 *                               wait until each server has that serial
 *   follow compare SEED COUNT PORT,PORT... KIND=ZONE...
 *                               ask the same names of all servers: all must
 *                               answer as the first; what may differ (see
 *                               rbld(8), Secondaries) is counted
 *   follow late PORT ZONE KEY SECRET SECONDS
 *                               a signed question from so long ago: what came
 *                               back
 *
 * KIND is ip, address or domain.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ldns/ldns.h>
#include <poll.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/draw_keys.h"
#include "tests/unit/reply.h"

#define SERVERS 8
#define T_A 1
#define T_SOA 6
#define T_TXT 16

static int64_t now_shift;

/* ldns asks this one. */
int
gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	ret->tv_sec = t.tv_sec - now_shift;
	ret->tv_usec = t.tv_nsec / 1000;
	return 0;
}

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int
change(uint64_t seed, unsigned count)
{
	static const char *const reasons[] = { "spam", "phish", "again" };

	drawn = seed;
	for (unsigned i = 0; i < count; i++) {
		unsigned list = pick(4), what = pick(10);
		enum zone_kind kind = list == 2 ? ZONE_KIND_ADDRESS
		    : list == 3                 ? ZONE_KIND_DOMAIN
						: ZONE_KIND_IP;
		const char *name = list == 0 || list == 1
		    ? "ip"
		    : zone_kind_name(kind);
		char key[ZONE_KEY_TEXT];
		struct zone_key parsed;

		do {
			random_key(kind, key, sizeof(key));
		} while (zone_key_parse(
			     kind, span_str(key), &parsed, NULL) < 0);
		if (what < 4) {
			printf("add %s %s --reason %s\n", name, key,
			    reasons[pick(3)]);
		} else if (what < 5) {
			printf("add %s %s --until 1s\n", name, key);
		} else if (what < 7) {
			printf("exempt %s %s\n", name, key);
		} else {
			printf("remove %s %s\n", name, key);
		}
	}
	return 0;
}

/* ---- questions ---------------------------------------------------------- */

static int
socket_to(unsigned port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || connect(fd, (void *)&sa, sizeof(sa)) < 0) {
		perror("socket");
		exit(99);
	}
	return fd;
}

static size_t
question(uint8_t *out, const char *name, unsigned type, unsigned id)
{
	uint8_t *at = out;

	memset(out, 0, 12);
	out[0] = (uint8_t)(id >> 8);
	out[1] = (uint8_t)id;
	out[5] = 1;
	out[11] = 1;
	at += 12;
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		*at++ = (uint8_t)n;
		memcpy(at, name, n);
		at += n;
		name += n + (name[n] == '.');
	}
	*at++ = 0;
	*at++ = 0;
	*at++ = (uint8_t)type;
	*at++ = 0;
	*at++ = 1;
	/* an OPT, so that nothing is cut */
	memcpy(at, "\0\0\x29\x0f\xa0\0\0\0\0\0\0", 11);
	return (size_t)(at + 11 - out);
}

/* What NAME TYPE is at FD; asked up to five times. */
static bool
ask_at(int fd, const char *name, unsigned type, uint8_t in[4096],
    struct reply *ret)
{
	static unsigned id;
	uint8_t out[600];
	size_t len = question(out, name, type, ++id & 0xffff);

	for (unsigned tries = 0; tries < 5; tries++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t until = clock_ms() + 1000;

		(void)!send(fd, out, len, 0);
		while (poll(&p, 1, (int)(until - clock_ms())) > 0 &&
		    clock_ms() < until) {
			ssize_t n = recv(fd, in, 4096, MSG_DONTWAIT);

			if (n < 0 && errno == ECONNREFUSED) {
				return false;
			}
			if (n > 2 && in[0] == out[0] && in[1] == out[1] &&
			    reply_read(in, (size_t)n, ret)) {
				return true;
			}
		}
	}
	return false;
}

static int
wait_serial(int seconds, uint32_t serial, const char *zone, char **ports)
{
	int64_t until = clock_ms() + seconds * 1000;

	for (; *ports != NULL; ports++) {
		int fd = socket_to((unsigned)atoi(*ports));
		uint32_t has = 0;

		for (;;) {
			struct timespec pause = { .tv_nsec = 20000000 };
			uint8_t in[4096];
			struct reply r;

			if (ask_at(fd, zone, T_SOA, in, &r) && r.n[0] == 1 &&
			    r.rr[0][0].type == T_SOA) {
				has = reply_u32(&r, r.rr[0][0].data +
					r.rr[0][0].len - 20);
			}
			if (has == serial) {
				break;
			}
			if (clock_ms() > until) {
				printf("port %s: %s has serial %u, not %u\n",
				    *ports, zone, has, serial);
				return 1;
			}
			nanosleep(&pause, NULL); /* there is nothing to wait
						  * for but its answer */
		}
		close(fd);
	}
	return 0;
}

/* ---- comparing ---------------------------------------------------------- */

static bool
same_answers(const struct reply *a, const struct reply *b)
{
	if (a->n[0] != b->n[0]) {
		return false;
	}
	for (unsigned i = 0; i < a->n[0]; i++) {
		const struct reply_record *x = &a->rr[0][i];
		unsigned k = 0;

		while (k < b->n[0] &&
		    (b->rr[0][k].type != x->type ||
			b->rr[0][k].len != x->len ||
			memcmp(b->packet + b->rr[0][k].data,
			    a->packet + x->data, x->len) != 0)) {
			k++;
		}
		if (k == b->n[0]) {
			return false;
		}
	}
	return true;
}

/* May B differ from A in this way? An exempt domain says NODATA there; on the
 * way to an address a wildcard answers. */
static bool
may_differ(enum zone_kind kind, const char *below, const struct reply *a,
    const struct reply *b)
{
	unsigned dots = 0;

	for (const char *p = below; *p != '\0'; p++) {
		dots += *p == '.';
	}
	if (kind == ZONE_KIND_DOMAIN) {
		return a->rcode == 3 && b->rcode == 0 && b->n[0] == 0;
	}
	return kind == ZONE_KIND_IP && dots != 3 && dots != 31 &&
	    a->n[0] == 0 && a->rcode == 0 && b->rcode == 0;
}

static int
compare(uint64_t seed, unsigned count, char *ports, char **zones)
{
	unsigned n = 0, asked = 0, listed = 0, differ = 0, wrong = 0;
	unsigned known[SERVERS];
	int fds[SERVERS];

	for (char *p = strtok(ports, ","); p != NULL && n < SERVERS;
	     p = strtok(NULL, ",")) {
		known[n] = (unsigned)atoi(p);
		fds[n] = socket_to(known[n]);
		n++;
	}
	drawn = seed;
	for (unsigned i = 0; i < count; i++) {
		static const unsigned types[] = { T_A, T_TXT };
		char below[400], name[600];
		enum zone_kind kind;
		const char *zone;
		unsigned z = 0;

		while (zones[z] != NULL) {
			z++;
		}
		zone = zones[pick(z)];
		z = (unsigned)strcspn(zone, "=");
		if (!zone_kind_parse(span(zone, z), &kind)) {
			return 2;
		}
		random_question(kind, below, sizeof(below));
		snprintf(name, sizeof(name), "%s.%s", below, zone + z + 1);
		for (unsigned t = 0; t < 2; t++) {
			uint8_t first[4096], in[4096];
			struct reply a, b;

			if (!ask_at(fds[0], name, types[t], first, &a)) {
				printf("%s: no answer of the first\n", name);
				return 1;
			}
			asked++;
			listed += a.n[0] > 0;
			for (unsigned s = 1; s < n; s++) {
				bool ok = ask_at(
				    fds[s], name, types[t], in, &b);

				if (ok && a.rcode == b.rcode &&
				    same_answers(&a, &b)) {
					continue;
				}
				if (ok && may_differ(kind, below, &a, &b)) {
					differ++;
					continue;
				}
				wrong++;
				if (wrong < 10) {
					printf("%s type %u: %u with %u "
					       "records, port %u says %d with "
					       "%d\n",
					    name, types[t], a.rcode, a.n[0],
					    known[s], ok ? (int)b.rcode : -1,
					    ok ? (int)b.n[0] : -1);
				}
			}
		}
	}
	printf("%u questions, %u listed, %u differ as they may, %u wrong\n",
	    asked, listed, differ, wrong);
	return wrong > 0;
}

/* ---- a clock that is wrong ---------------------------------------------- */

static int
late(unsigned port, const char *zone, const char *key, const char *secret,
    long seconds)
{
	ldns_rdf *name = ldns_dname_new_frm_str(zone);
	ldns_pkt *q = ldns_pkt_query_new(
	    name, LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, LDNS_RD);
	ldns_pkt *a = NULL;
	uint8_t *wire = NULL, in[4096];
	size_t len = 0;
	ssize_t n = -1;
	int fd = socket_to(port);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	now_shift = seconds;
	if (q == NULL ||
	    ldns_pkt_tsig_sign(q, key, secret, 300, "hmac-sha256.", NULL) !=
		LDNS_STATUS_OK ||
	    ldns_pkt2wire(&wire, q, &len) != LDNS_STATUS_OK) {
		return 99;
	}
	(void)!send(fd, wire, len, 0);
	if (poll(&p, 1, 5000) == 1) {
		n = recv(fd, in, sizeof(in), 0);
	}
	if (n > 0 &&
	    ldns_wire2pkt(&a, in, (size_t)n) == LDNS_STATUS_OK &&
	    ldns_pkt_tsig(a) != NULL) {
		printf("rcode %d error %d signed %d\n",
		    (int)ldns_pkt_get_rcode(a),
		    (int)ldns_rdf2native_int16(
			ldns_rr_rdf(ldns_pkt_tsig(a), 5)),
		    ldns_pkt_tsig_verify(a, in, (size_t)n, key, secret,
			ldns_rr_rdf(ldns_pkt_tsig(q), 3)));
	} else {
		printf("no signed answer\n");
	}
	ldns_pkt_free(a);
	ldns_pkt_free(q);
	free(wire);
	close(fd);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "change") == 0 && argc == 4) {
		return change(
		    strtoull(argv[2], NULL, 10), (unsigned)atoi(argv[3]));
	}
	if (strcmp(verb, "serial") == 0 && argc > 5) {
		return wait_serial(atoi(argv[2]),
		    (uint32_t)strtoul(argv[3], NULL, 10), argv[4], argv + 5);
	}
	if (strcmp(verb, "compare") == 0 && argc > 5) {
		return compare(strtoull(argv[2], NULL, 10),
		    (unsigned)atoi(argv[3]), argv[4], argv + 5);
	}
	if (strcmp(verb, "late") == 0 && argc == 7) {
		return late((unsigned)atoi(argv[2]), argv[3], argv[4], argv[5],
		    atol(argv[6]));
	}
	fprintf(stderr, "usage: see the beginning of follow.c\n");
	return 2;
}
