/* first.c - bench_first: starts a server and measures how long it takes until
 * the first right answer; then ends it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/clock.h"
#include "tests/bench/packet.h"

#define EVERY_MS 1 /* a question, when no answer came */
#define LONGEST (300 * 1000000000ull)
#define PATIENCE (10 * 1000000000ull) /* for its end */

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static pid_t
start(char **argv, int core)
{
	pid_t pid = fork();
	cpu_set_t set;
	int null;

	if (pid != 0) {
		return pid;
	}
	setpgid(0, 0); /* it and its children are ended together */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	if (core >= 0) {
		CPU_SET(core, &set);
		(void)sched_setaffinity(0, sizeof(set), &set);
	}
	null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	execvp(argv[0], argv);
	_exit(127);
}

static void
end(pid_t pid)
{
	uint64_t began = clock_ns();

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_ns() - began > PATIENCE) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
		}
		(void)poll(NULL, 0, 1);
	}
	(void)kill(-pid, SIGKILL);
}

/* Nanoseconds, 0: it never answered. */
static uint64_t
ask(pid_t pid, int fd, uint8_t *question, size_t len, uint64_t began,
    unsigned *ret_wrong)
{
	uint8_t answer[2048];
	uint64_t now = began;

	*ret_wrong = 0;
	for (uint16_t id = 0; now - began < LONGEST; id++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		question[0] = (uint8_t)(id >> 8);
		question[1] = (uint8_t)id;
		if (send(fd, question, len, 0) < 0 && errno != ECONNREFUSED) {
			fail("bench_first: send");
		}
		(void)poll(&p, 1, EVERY_MS);
		n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		now = clock_ns();
		if (n >= 12 &&
		    packet_judge(answer, (size_t)n, question, len) ==
			PACKET_HIT) {
			return now - began;
		}
		*ret_wrong += n > 0;
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			fputs("bench_first: it ended by itself\n", stderr);
			exit(1);
		}
		if (n < 0 && errno == ECONNREFUSED) {
			struct timespec t = { 0, 200000 };

			nanosleep(&t, NULL);
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *name = NULL;
	uint8_t question[PACKET_MAX];
	int o, fd, core = -1;
	unsigned wrong;
	uint64_t began, took;
	size_t len;
	pid_t pid;

	while ((o = getopt(argc, argv, "+p:q:c:")) != -1) {
		switch (o) {
		case 'p': to.sin_port = htons((uint16_t)atoi(optarg)); break;
		case 'q': name = optarg; break;
		case 'c': core = atoi(optarg); break;
		default: optind = argc; break;
		}
	}
	len = name != NULL ? packet_ask(name, strlen(name), question) : 0;
	if (optind >= argc || len == 0 || to.sin_port == 0) {
		fputs("usage: bench_first -p PORT -q NAME [-c CORE] "
		      "COMMAND [ARGUMENT ...]\n"
		      "NAME must be listed.\n",
		    stderr);
		return 2;
	}
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)) < 0) {
		fail("bench_first: socket");
	}
	began = clock_ns();
	pid = start(argv + optind, core);
	if (pid < 0) {
		fail("bench_first: fork");
	}
	took = ask(pid, fd, question, len, began, &wrong);
	end(pid);
	if (took == 0) {
		fputs("bench_first: no right answer\n", stderr);
		return 1;
	}
	printf("{\"ms\":%.3f,\"wrong\":%u}\n", (double)took * 1e-6, wrong);
	return 0;
}
