/* lmtp.c - mails into rbl-ingest --lmtp, on many connections at once.
 *
 *   bench_lmtp SOCKET CONNECTIONS MAILS [BYTES [PID]]
 *
 * Each connection hands over one mail after the other, MAILS in all, each of
 * its own and BYTES long (1500), one recipient, and waits for each answer. Says
 * how many a second were taken, the slowest answer, how many were put off (4xx,
 * tried again) or refused; with PID, the server's, its peak of memory. For
 * instance, with a queue of its own on the disk in question:
 *
 *   rbl-ingest -c rbl.conf --lmtp & bench_lmtp lmtp.sock 20 20000
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/clock.h"

#define CONNECTIONS_MAX 200

static const char *path;
static atomic_long left, taken, put_off, refused, slowest;
static size_t bytes = 1500;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0) {
			die("send");
		}
		p += k;
		n -= (size_t)k;
	}
}

/* The code of the next N answers' last. */
static int
answers(FILE *f, int n)
{
	char line[512];
	int code = 0;

	while (n > 0) {
		if (fgets(line, sizeof(line), f) == NULL) {
			fprintf(stderr, "the server hung up\n");
			exit(1);
		}
		code = atoi(line);
		n -= line[3] != '-';
	}
	return code;
}

static int
dial(FILE **ret)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (void *)&un, sizeof(un)) < 0) {
		die(path);
	}
	*ret = fdopen(dup(fd), "r");
	if (*ret == NULL || answers(*ret, 1) != 220) {
		fprintf(stderr, "no greeting\n");
		exit(1);
	}
	send_all(fd, "LHLO bench\r\n", 12);
	(void)answers(*ret, 1);
	return fd;
}

/* A forwarded spam: what its relay, its sender and its text are differs. */
static size_t
write_mail(char *out, long n)
{
	size_t len;
	unsigned u = (unsigned)n;

	len = (size_t)snprintf(out, 1500,
	    "From: ann@example.gr\r\nTo: report@bl.example.gr\r\n"
	    "Subject: Fwd: %u\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\n"
	    "Received: from mail%u.example.net (mail%u.example.net "
	    "[51.%u.%u.%u])\r\n\tby mx.example.gr (Postfix) with ESMTP id x\r\n"
	    "\tfor <ann@example.gr>; Fri, 20 Nov 2026 10:00:01 +0200\r\n"
	    "From: Offers <spam%u@example.net>\r\nTo: ann@example.gr\r\n"
	    "Subject: offer %u\r\nMessage-ID: <%u@example.net>\r\n\r\n",
	    u, u, u, u >> 16 & 255, u >> 8 & 255, u & 255, u, u, u);
	while (len + 80 < bytes) {
		u = u * 1664525 + 1013904223;
		len += (size_t)snprintf(out + len, 80,
		    "%08x buy now %08x and here %08x, at once %08x\r\n", u,
		    u * 3, u * 5, u * 7);
	}
	return len + (size_t)snprintf(out + len, 20, "\r\n--b--\r\n.\r\n");
}

static void *
run(void *ctx)
{
	static const char begin[] =
	    "MAIL FROM:<ann@example.gr>\r\n"
	    "RCPT TO:<report@bl.example.gr>\r\nDATA\r\n";
	char *mail = malloc(bytes + 2000);
	FILE *in;
	int fd = dial(&in);
	long n;

	(void)ctx;
	if (mail == NULL) {
		die("malloc");
	}
	while ((n = atomic_fetch_sub(&left, 1)) > 0) {
		size_t len = write_mail(mail, n);
		int code;

		do {
			double began = (double)clock_ns() / 1e9;
			long ms;

			send_all(fd, begin, sizeof(begin) - 1);
			(void)answers(in, 3);
			send_all(fd, mail, len);
			code = answers(in, 1);
			ms = (long)(((double)clock_ns() / 1e9 - began) * 1000);
			if (ms > slowest) {
				slowest = ms;
			}
			put_off += code >= 400 && code < 500;
		} while (code >= 400 && code < 500);
		taken += code == 250;
		refused += code >= 500;
	}
	send_all(fd, "QUIT\r\n", 6);
	fclose(in);
	close(fd);
	free(mail);
	return NULL;
}

static void
show_memory(const char *pid)
{
	char name[64], line[256];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%s/status", pid);
	f = fopen(name, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "VmHWM", 5) == 0) {
			fputs(line, stdout);
		}
	}
	if (f != NULL) {
		fclose(f);
	}
}

int
main(int argc, char **argv)
{
	pthread_t threads[CONNECTIONS_MAX];
	int n = argc > 3 ? atoi(argv[2]) : 0;
	double began, took;

	if (n < 1 || n > CONNECTIONS_MAX) {
		fprintf(stderr,
		    "usage: bench_lmtp SOCKET CONNECTIONS MAILS "
		    "[BYTES [PID]]\n");
		return 2;
	}
	path = argv[1];
	left = atol(argv[3]);
	if (argc > 4 && strtoul(argv[4], NULL, 10) > 1500) {
		bytes = strtoul(argv[4], NULL, 10);
	}
	began = (double)clock_ns() / 1e9;
	for (int i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, run, NULL) != 0) {
			die("thread");
		}
	}
	for (int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
	}
	took = (double)clock_ns() / 1e9 - began;
	printf("%ld taken in %.2f s: %.0f a second, slowest %ld ms, "
	       "%ld put off, %ld refused\n",
	    (long)taken, took, (double)taken / took, (long)slowest,
	    (long)put_off, (long)refused);
	if (argc > 5) {
		show_memory(argv[5]);
	}
	return refused > 0;
}
