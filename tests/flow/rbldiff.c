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
 *		each name below ZONE, of rbldnsd below SUBZONE.ZONE, for A and
 *TXT, some for further types; answers (rcode and records) must be equal, but
 *for what known() names: rblctl(8), "MOVING FROM RBLDNSD", has the same list
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/flow/rbldiff.h"

void
rbldiff_die(const char *what)
{
	fprintf(stderr, "rbldiff: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- asking
 * --------------------------------------------------------------------- */

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
		rbldiff_die("socket");
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

/* ---- comparing
 * -------------------------------------------------------------------- */

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
	    within(a, b, false) && within(b, a, false);
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
	    (n < 4 || (n > 4 && n < 32) || (n == 4 && strlen(name) == 7) ||
		strncmp(zone, "dnset", 5) == 0)) {
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
		rbldiff_die(argv[3]);
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
		rbldiff_die("port");
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
		rbldiff_die("wait");
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
		return rbldiff_make(argv + 2);
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
