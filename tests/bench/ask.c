/* ask.c - bench_ask: asks a DNS server by UDP as fast as it answers, or at a
 * rate, checks each answer, and says what an answer cost the server.
 *
 * Fast: a number of questions is always on its way; this program never sleeps,
 * so it wants a core of its own. At a rate it sleeps in between, and takes the
 * kernel's word for when an answer was sent, so that its own pauses are not
 * taken for the server's. Results are one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/clock.h"
#include "tests/bench/packet.h"
#include "tests/bench/spent.h"

#define BATCH 32
#define ROOM 2048
#define IDS 65536
#define LOST (1000 * 1000000ull) /* ns: no answer comes any more */
#define PROBES 5                 /* each so many questions, one is the probe */
#define TURNS_MAX 10000

struct ask { /* one question of the file */
	uint32_t at;
	uint16_t len;
	bool hit;
};

struct flight {
	uint64_t sent; /* ns */
	uint32_t ask;
	bool out;
};

static struct {
	uint8_t *packets;
	struct ask *asks;
	uint32_t n_asks;
	uint32_t probe; /* the last of asks; 0: none */
} list;

static struct {
	const char *file, *probe;
	int port;
	unsigned window;
	double seconds, warm, rate;
	pid_t server;
	bool any; /* a hit may be a miss: the floor knows no list */
} want = { .window = 128, .seconds = 1.5, .warm = 0.4 };

static struct {
	uint64_t sent, answered, hits, bad, lost, unknown;
	uint64_t hit_octets, miss_octets; /* behind the question */
	uint64_t gap, wait;               /* ns, the longest */
} count;

static struct flight flights[IDS];
static uint16_t next_id, oldest_id;
static unsigned in_flight;
static uint64_t last_answer;

static struct {
	uint64_t when;
	bool hit;
} turns[TURNS_MAX]; /* of what the probe says */
static unsigned n_turns;

static void
fail(const char *what)
{
	fprintf(stderr, "bench_ask: %s%s%s\n", what, errno != 0 ? ": " : "",
	    errno != 0 ? strerror(errno) : "");
	exit(1);
}

/* ---- the questions ------------------------------------------------------ */

static void
put(const char *name, size_t len, bool hit, size_t *at)
{
	struct ask *a = &list.asks[list.n_asks++];

	*a = (struct ask){ .at = (uint32_t)*at, .hit = hit };
	a->len = (uint16_t)packet_ask(name, len, list.packets + *at);
	if (a->len == 0) {
		errno = 0;
		fail("a line that is no name in the questions");
	}
	*at += a->len;
}

/* The packets lie one after the other in the order in which they are sent. */
static void
load(void)
{
	int fd = open(want.file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text, *line, *end;
	size_t lines = 1, at = 0;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fail(want.file);
	}
	text = calloc(1, (size_t)st.st_size + 1);
	if (text == NULL || read(fd, text, (size_t)st.st_size) != st.st_size) {
		fail(want.file);
	}
	close(fd);
	for (char *p = text; (p = strchr(p, '\n')) != NULL; p++) {
		lines++;
	}
	/* a name takes two octets more than its line without the sign */
	list.packets = malloc((size_t)st.st_size + lines * 18 + PACKET_MAX);
	list.asks = calloc(lines + 1, sizeof(*list.asks));
	if (list.packets == NULL || list.asks == NULL) {
		fail("memory");
	}
	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		put(line + 1, (size_t)(end - line) - 1, *line == '+', &at);
	}
	if (list.n_asks == 0) {
		errno = 0;
		fail("no questions");
	}
	if (want.probe != NULL) {
		list.probe = list.n_asks;
		put(want.probe, strlen(want.probe), false, &at);
		list.n_asks--;
	}
	free(text);
}

/* ---- there and back ----------------------------------------------------- */

/* Send N; what did not fit is asked next time. */
static void
send_some(int fd, unsigned n, uint64_t now)
{
	static uint8_t room[BATCH][PACKET_MAX];
	static struct iovec vec[BATCH];
	static struct mmsghdr out[BATCH];
	static uint32_t next, probing;
	uint32_t asked[BATCH];
	int r;

	for (unsigned i = 0; i < n; i++) {
		const struct ask *a;
		uint16_t id = (uint16_t)(next_id + i);

		if (list.probe != 0 && ++probing % PROBES == 0) {
			asked[i] = list.probe;
		} else {
			asked[i] = next;
			next = next + 1 < list.n_asks ? next + 1 : 0;
		}
		a = &list.asks[asked[i]];
		memcpy(room[i], list.packets + a->at, a->len);
		room[i][0] = (uint8_t)(id >> 8);
		room[i][1] = (uint8_t)id;
		vec[i] = (struct iovec){ room[i], a->len };
		out[i].msg_hdr.msg_iov = &vec[i];
		out[i].msg_hdr.msg_iovlen = 1;
	}
	r = sendmmsg(fd, out, n, 0);
	for (int i = 0; i < r; i++) {
		struct flight *f = &flights[next_id++];

		if (f->out) {
			count.lost++;
			in_flight--;
		}
		*f = (struct flight){ now, asked[i], true };
		in_flight++;
		count.sent++;
	}
}

static void
take_probe(uint64_t when, bool hit)
{
	if (n_turns == 0 || turns[n_turns - 1].hit != hit) {
		if (n_turns < TURNS_MAX) {
			turns[n_turns].when = when;
			turns[n_turns++].hit = hit;
		}
	}
}

static void
take(const uint8_t *answer, size_t len, uint64_t now)
{
	struct flight *f;
	const struct ask *a;
	enum packet_said said;
	uint64_t from;

	if (len < 12) {
		count.bad++;
		return;
	}
	f = &flights[(uint16_t)(answer[0] << 8 | answer[1])];
	if (!f->out) {
		count.unknown++; /* late, or not asked */
		return;
	}
	f->out = false;
	in_flight--;
	a = &list.asks[f->ask];
	said = packet_judge(answer, len, list.packets + a->at, a->len);
	count.answered++;
	if (said == PACKET_HIT) {
		count.hits++;
		count.hit_octets += len - a->len;
	} else if (said == PACKET_MISS) {
		count.miss_octets += len - a->len;
	}
	if (list.probe != 0 && f->ask == list.probe && said != PACKET_BAD) {
		take_probe(now, said == PACKET_HIT);
	} else if (said == PACKET_BAD ||
	    (!want.any && (said == PACKET_HIT) != a->hit)) {
		count.bad++;
	}
	/* how long this one was waited for while nothing came */
	from = f->sent > last_answer ? f->sent : last_answer;
	if (now > from && now - from > count.gap) {
		count.gap = now - from;
	}
	if (now > f->sent && now - f->sent > count.wait) {
		count.wait = now - f->sent;
	}
	last_answer = now;
}

/* When the kernel got it, if it says so. */
static uint64_t
stamp(struct msghdr *m, uint64_t now)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SO_TIMESTAMPNS) {
			struct timespec t;

			memcpy(&t, CMSG_DATA(c), sizeof(t));
			return clock_ns_of(&t);
		}
	}
	return now;
}

static void
receive_some(int fd)
{
	static uint8_t room[BATCH][ROOM];
	static struct iovec vec[BATCH];
	static struct mmsghdr in[BATCH];
	static _Alignas(struct cmsghdr) char control[BATCH][64];
	bool stamps = want.rate > 0;
	uint64_t now;
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		vec[i] = (struct iovec){ room[i], ROOM };
		in[i].msg_hdr.msg_iov = &vec[i];
		in[i].msg_hdr.msg_iovlen = 1;
		in[i].msg_hdr.msg_control = stamps ? control[i] : NULL;
		in[i].msg_hdr.msg_controllen = stamps ? 64 : 0;
	}
	n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL);
	now = n > 0 ? clock_ns() : 0;
	for (int i = 0; i < n; i++) {
		take(room[i], in[i].msg_len,
		    stamps ? stamp(&in[i].msg_hdr, now) : now);
	}
}

static void
give_up_old(uint64_t now)
{
	while (oldest_id != next_id) {
		struct flight *f = &flights[oldest_id];

		if (f->out) {
			if (now < f->sent + LOST) {
				return;
			}
			f->out = false;
			in_flight--;
			count.lost++;
		}
		oldest_id++;
	}
}

/* ---- a run -------------------------------------------------------------- */

/* How many to send now. */
static unsigned
due(uint64_t began, uint64_t now, uint64_t sent)
{
	uint64_t n;

	if (want.rate > 0) {
		n = (uint64_t)((double)(now - began) * 1e-9 * want.rate);
		n = n > sent ? n - sent : 0;
	} else {
		n = in_flight < want.window ? want.window - in_flight : 0;
		if (n < BATCH && in_flight > want.window / 2) {
			return 0; /* whole batches are cheaper */
		}
	}
	return n > BATCH ? BATCH : (unsigned)n;
}

static void
rest(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec t = { 0, 100000 };

	(void)ppoll(&p, 1, &t, NULL);
}

static int
connected(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)want.port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int room = 4 << 20, on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) < 0 ||
	    (want.rate > 0 &&
		setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) <
		    0) ||
	    connect(fd, (void *)&to, sizeof(to)) < 0) {
		fail("socket");
	}
	return fd;
}

static void
tell(double took, const struct spent *spent)
{
	double n = count.answered > 0 ? (double)count.answered : 1;
	double hits = count.hits > 0 ? (double)count.hits : 1;
	double misses = count.answered > count.hits
	    ? (double)(count.answered - count.hits)
	    : 1;

	printf("{\"answers\":%llu,\"qps\":%.0f,\"lost\":%llu,\"bad\":%llu,"
	       "\"late\":%llu,\"hits\":%llu,\"hit_octets\":%.1f,"
	       "\"miss_octets\":%.1f,\"cpu_us\":%.4f,\"user_us\":%.4f,"
	       "\"sys_us\":%.4f,\"busy\":%.3f,\"gap_ms\":%.3f,"
	       "\"wait_ms\":%.3f,\"turns\":[",
	    (unsigned long long)count.answered, n / took,
	    (unsigned long long)count.lost, (unsigned long long)count.bad,
	    (unsigned long long)count.unknown, (unsigned long long)count.hits,
	    (double)count.hit_octets / hits, (double)count.miss_octets / misses,
	    spent->all * 1e6 / n, spent->user * 1e6 / n,
	    spent->system * 1e6 / n, spent->all / took,
	    (double)count.gap * 1e-6, (double)count.wait * 1e-6);
	for (unsigned i = 0; i < n_turns; i++) {
		printf("%s[%llu,%d]", i > 0 ? "," : "",
		    (unsigned long long)turns[i].when, turns[i].hit);
	}
	printf("]}\n");
}

static void
run(int fd)
{
	uint64_t began = clock_ns(), now = began, sent = 0;
	uint64_t start = began + (uint64_t)(want.warm * 1e9);
	uint64_t stop = start + (uint64_t)(want.seconds * 1e9);
	struct spent before = { 0 }, after = { 0 };
	bool measuring = false;

	for (unsigned turn = 0; now < stop; turn++) {
		unsigned n;

		now = clock_ns();
		if (!measuring && now >= start) {
			measuring = true;
			sent += count.sent;
			memset(&count, 0, sizeof(count));
			spent_read(want.server, &before);
			start = clock_ns();
		}
		n = due(began, now, sent + count.sent);
		if (n > 0) {
			send_some(fd, n, now);
		}
		receive_some(fd);
		if (turn % 1024 == 0) {
			give_up_old(now);
		}
		if (want.rate > 0 && n == 0) {
			rest(fd);
		}
	}
	spent_read(want.server, &after);
	after.all -= before.all;
	after.user -= before.user;
	after.system -= before.system;
	now = clock_ns();
	/* those on their way get their second, too; nobody is charged */
	stop = now + LOST;
	while (want.rate > 0 && in_flight > 0 && clock_ns() < stop) {
		receive_some(fd);
		rest(fd);
	}
	give_up_old(clock_ns());
	tell((double)(now - start) * 1e-9, &after);
}

static const char usage[] =
    "usage: bench_ask -p PORT -f QUESTIONS [-P PID] [-w WINDOW | -r RATE]\n"
    "       [-t SECONDS] [-W SECONDS] [-b NAME] [-a]\n"
    "Asks 127.0.0.1@PORT. A line of QUESTIONS is '+' (listed) or '-' and a\n"
    "name.\n"
    "  -P PID      the server: it and its children are charged\n"
    "  -w WINDOW   so many questions on their way (128)\n"
    "  -r RATE     so many a second instead\n"
    "  -t SECONDS  how long (1.5), -W before measuring (0.4)\n"
    "  -b NAME     each fifth question is this one: when what it says changed\n"
    "  -a          whether listed or not is not compared\n";

int
main(int argc, char **argv)
{
	struct sched_param first = { .sched_priority = 1 };
	int o;

	while ((o = getopt(argc, argv, "p:f:P:w:r:t:W:b:ah")) != -1) {
		switch (o) {
		case 'p': want.port = atoi(optarg); break;
		case 'f': want.file = optarg; break;
		case 'P': want.server = atoi(optarg); break;
		case 'w': want.window = (unsigned)atoi(optarg); break;
		case 'r': want.rate = atof(optarg); break;
		case 't': want.seconds = atof(optarg); break;
		case 'W': want.warm = atof(optarg); break;
		case 'b': want.probe = optarg; break;
		case 'a': want.any = true; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind < argc || want.file == NULL || want.port <= 0 ||
	    want.window == 0 || want.window > 1024) {
		fputs(usage, stderr);
		return 2;
	}
	load();
	if (want.rate > 0) {
		/* it sleeps mostly, and must wake when it is time */
		(void)sched_setscheduler(0, SCHED_FIFO, &first);
	}
	run(connected());
	return 0;
}
