/* load.c - questions by UDP at a steady rate, every answer awaited and judged.
 *
 *   load PORT RATE FILE    asks at 127.0.0.1@PORT until SIGTERM; FILE has lines
 *                          "NAME WANT", WANT as in peer.c, with '/' between
 *                          what is right as well
 *
 * "ready" is said once answers come. At the end: how many were sent, lost and
 * wrong, and the longest time without an answer. Exit 1: lost or wrong.
 */
#include <signal.h>
#include <sys/signalfd.h>

#include "tests/flow/peer.h"

#define NAMES 20000
#define IDS 65536
#define PATIENCE 5000 /* ms; what comes later is lost */
#define SAY 10        /* wrong answers that are shown */

struct name {
	char *text, *want;
	uint8_t packet[300];
	size_t len;
};

static struct name names[NAMES];
static size_t n_names;
static struct {
	uint32_t name;
	int64_t sent; /* 0: not waited for */
} waiting[IDS];
static unsigned long sent, answered, lost, wrong;
static int64_t last_answer, longest_gap;

static void
read_names(const char *path)
{
	char name[256], want[64];
	FILE *f = fopen(path, "r");

	if (f == NULL) {
		peer_die(path);
	}
	while (n_names < NAMES && fscanf(f, "%255s %63s", name, want) == 2) {
		struct name *n = &names[n_names++];

		n->text = strdup(name);
		n->want = strdup(want);
		n->len = peer_question(n->packet, 0, name, 1, 1232, false);
	}
	fclose(f);
	if (n_names == 0) {
		fprintf(stderr, "%s: no names\n", path);
		exit(99);
	}
}

/* Is GOT one of what WANT names? */
static bool
is_wanted(const char *want, const char *got)
{
	size_t n = strlen(got);

	for (const char *p = want; p != NULL; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, got, n) == 0 && (p[n] == '\0' || p[n] == '/')) {
			return true;
		}
	}
	return false;
}

static void
ask_next(int fd, int64_t now)
{
	unsigned id = (unsigned)(sent % IDS);
	struct name *n;

	if (waiting[id].sent != 0) {
		if (now - waiting[id].sent < PATIENCE) {
			return; /* all ids are in use: do not go on */
		}
		lost++;
	}
	waiting[id].name = peer_rnd((uint32_t)n_names);
	waiting[id].sent = now > 0 ? now : 1;
	n = &names[waiting[id].name];
	n->packet[0] = (uint8_t)(id >> 8);
	n->packet[1] = (uint8_t)id;
	(void)send(fd, n->packet, n->len, 0);
	sent++;
}

static void
judge(const uint8_t *in, size_t len, int64_t now)
{
	static struct reply r;
	unsigned id = len >= 2 ? (unsigned)in[0] << 8 | in[1] : 0;
	const struct name *n;
	char got[32];

	if (len < 12 || waiting[id].sent == 0) {
		return;
	}
	n = &names[waiting[id].name];
	waiting[id].sent = 0;
	answered++;
	if (last_answer != 0 && now - last_answer > longest_gap) {
		longest_gap = now - last_answer;
	}
	last_answer = now;
	if (!reply_read(in, len, &r)) {
		strcpy(got, "unreadable");
	} else {
		reply_words(&r, got);
	}
	if (!is_wanted(n->want, got)) {
		if (wrong++ < SAY) {
			printf("%s: %s, expected %s\n", n->text, got, n->want);
		}
	}
}

/* Everything that has come; false: nothing did. */
static bool
receive(int fd, int64_t now)
{
	uint8_t in[4096];
	bool any = false;
	ssize_t n;

	while ((n = recv(fd, in, sizeof(in), MSG_DONTWAIT)) > 0) {
		judge(in, (size_t)n, now);
		any = true;
	}
	return any;
}

static bool
all_came(void)
{
	for (unsigned i = 0; i < IDS; i++) {
		if (waiting[i].sent != 0) {
			return false;
		}
	}
	return true;
}

int
main(int argc, char **argv)
{
	unsigned long rate = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	int64_t began, now, until;
	struct pollfd p[2];
	bool ready = false;
	sigset_t set;

	if (rate == 0) {
		fprintf(stderr, "usage: load PORT RATE FILE\n");
		return 2;
	}
	read_names(argv[3]);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p[0].fd = peer_socket(SOCK_DGRAM, (unsigned)strtoul(argv[1], NULL, 10));
	p[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	p[0].events = p[1].events = POLLIN;
	peer_state = 1;
	began = peer_clock();
	for (;;) {
		now = peer_clock();
		/* what it is behind is caught up with in small steps: a burst
		 * would fill the buffers of sockets */
		for (int i = 0; i < 20 &&
		     sent < (unsigned long)(now - began) * rate / 1000;
		     i++) {
			ask_next(p[0].fd, now);
		}
		(void)poll(p, 2, 1);
		(void)receive(p[0].fd, peer_clock());
		if (p[1].revents != 0) {
			break;
		}
		if (!ready && answered > 0) {
			ready = true;
			puts("ready");
			fflush(stdout);
		}
	}
	until = peer_clock() + PATIENCE;
	while (!all_came() && peer_clock() < until) {
		(void)poll(p, 1, 100);
		(void)receive(p[0].fd, peer_clock());
	}
	for (unsigned i = 0; i < IDS; i++) {
		lost += waiting[i].sent != 0;
	}
	printf("%lu sent, %lu lost, %lu wrong; longest gap %lld ms\n", sent,
	    lost, wrong, (long long)longest_gap);
	return lost != 0 || wrong != 0;
}
