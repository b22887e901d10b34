/* Many at once: 250 that send a byte now and then while others are answered,
 * 2,000 that send what no browser would, and 100,000 requests in the same
 * memory. Real sockets, the real pages.
 */
#include "tests/unit/www_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define SLOW 250
#define HOSTILE 2000
#ifdef WITH_SANITIZER
#define REQUESTS 5000u
#else
#define REQUESTS 100000u
#endif
#define LEAK_KIB 4096 /* of growth that is no leak: caches of threads */

static uint16_t port;

/* From 127.0.FROM.1, so that there are many addresses. */
static int
dial(unsigned from)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in me = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(0x7f000001u + (from << 8)) };
	struct timeval patience = { .tv_sec = 60 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("connect");
		exit(99);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
tell(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0) {
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

/* One answer with its length, on a connection that stays. Its status; 0: the
 * connection ended. */
static unsigned
answer_of(int fd, char *buf, size_t room)
{
	size_t have = 0, want = 0;

	for (;;) {
		ssize_t n = read(fd, buf + have, room - 1 - have);
		char *end, *length;

		if (n <= 0) {
			return 0;
		}
		have += (size_t)n;
		buf[have] = '\0';
		end = strstr(buf, "\r\n\r\n");
		if (end == NULL) {
			continue;
		}
		length = strstr(buf, "Content-Length: ");
		want = (size_t)(end + 4 - buf) +
		    (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
		if (have >= want) {
			return (unsigned)strtoul(buf + 9, NULL, 10);
		}
	}
}

/* Is the look-up answered now, for somebody else? */
static unsigned
look_up(void)
{
	static const char request[] =
	    "GET /lookup?q=203.0.114.9 HTTP/1.1\r\nHost: h\r\n"
	    "Connection: close\r\n\r\n";
	static char buf[1 << 20];
	int fd = dial(250);
	unsigned status;

	tell(fd, request, sizeof(request) - 1);
	status = answer_of(fd, buf, sizeof(buf));
	close(fd);
	return status;
}

static void
slow(struct www_http *http)
{
	static int fds[SLOW];
	static const char head[] = "GET /lookup HTTP/1.1\r\nHost: h\r\nX-A: ";
	unsigned left = SLOW, answered = 0, rounds = 0;

	for (unsigned i = 0; i < SLOW; i++) {
		fds[i] = dial(1 + i / 10);
		tell(fds[i], head, sizeof(head) - 1);
	}
	CHECK(look_up() == 200, "with %u that are slow", SLOW);
	/* a byte each, until they are hung up on: only that ends it */
	while (left > 0 && rounds++ < 120) {
		struct pollfd nap = { .fd = -1 };

		(void)poll(&nap, 1, 1000);
		for (unsigned i = 0; i < SLOW; i++) {
			char c;

			if (fds[i] < 0) {
				continue;
			}
			tell(fds[i], "a", 1);
			if (recv(fds[i], &c, 1, MSG_DONTWAIT) == 0 ||
			    (errno != EAGAIN && errno != EWOULDBLOCK)) {
				close(fds[i]);
				fds[i] = -1;
				left--;
			}
		}
		answered += look_up() == 200;
	}
	CHECK(left == 0, "%u of %u are still there after %u s", left, SLOW,
	    rounds);
	CHECK(answered == rounds, "answered %u of %u times", answered, rounds);
	for (unsigned i = 0; i < 100 && www_http_connections(http) > 0; i++) {
		struct pollfd nap = { .fd = -1 };

		(void)poll(&nap, 1, 100);
	}
	CHECK(www_http_connections(http) == 0, "%u connections",
	    www_http_connections(http));
	fprintf(stderr, "%u slow connections were ended after %u s\n", SLOW,
	    rounds);
}

static void
hostile(void)
{
	static const char *const says[] = {
		"",
		"\r\n\r\n\r\n",
		"GET / HTTP/1.1\r\n",
		"GET / HTTP/9.9\r\nHost: h\r\n\r\n",
		"\x16\x03\x01\x02\x01\x01\x01\x01\xfc\x03\x03",
		"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: "
		"65536\r\nContent-Type: "
		"application/x-www-form-urlencoded\r\n\r\nuser=",
		"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET /%00%ff/../../etc/passwd?%%%%== HTTP/1.1\r\nHost: "
		"h\r\n\r\n",
		"GET /lookup?q=1&q=2 HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
		"GET /queue HTTP/1.1\r\nHost: h\r\nCookie: __Host-sid="
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\r\n",
		"BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	};
	static int fds[200];

	for (unsigned i = 0; i < HOSTILE; i++) {
		unsigned at = i % 200;
		const char *text = says[i % COUNT(says)];

		if (i >= 200) {
			close(fds[at]); /* without a word, as they do */
		}
		fds[at] = dial(1 + i % 100);
		tell(fds[at], text, strlen(text));
		if (i % 250 == 0) {
			CHECK(look_up() == 200, "among %u hostile", i);
		}
	}
	for (unsigned i = 0; i < 200; i++) {
		close(fds[i]);
	}
	CHECK(look_up() == 200, "after %u hostile", HOSTILE);
}

/* KiB that this process holds. */
static long
resident(void)
{
	struct buf b = { 0 };
	const char *at;
	long kib = -1;

	if (file_read("/proc/self/status", 65536, &b) == 0 &&
	    (at = strstr(b.data, "VmRSS:")) != NULL) {
		kib = strtol(at + 6, NULL, 10);
	}
	buf_free(&b);
	return kib;
}

static void
many(const char *cookie)
{
	static const char *const paths[] = { "/", "/lookup?q=203.0.114.9",
		"/lookup.json?q=203.0.114.10", "/login", "/queue?state=waiting",
		"/queue/1", "/entries?q=203.0.114.9", "/nothing", "/account",
		"/style.css" };
	static char buf[1 << 20];
	char request[400];
	unsigned wrong = 0;
	long before = 0, middle = 0, after;
	int fd = dial(200);

	for (unsigned i = 0; i < REQUESTS; i++) {
		/* a tenth to warm up: each thread fills its own caches */
		if (i == REQUESTS / 10) {
			before = resident();
		} else if (i == REQUESTS / 2) {
			middle = resident();
		}
		if (i % 500 == 499) {
			close(fd);
			fd = dial(200 + i % 8);
		}
		snprintf(request, sizeof(request),
		    "GET %s HTTP/1.1\r\nHost: h\r\nCookie: %s\r\n\r\n",
		    paths[i % COUNT(paths)], cookie);
		tell(fd, request, strlen(request));
		wrong += answer_of(fd, buf, sizeof(buf)) == 0;
	}
	close(fd);
	after = resident();
	CHECK(wrong == 0, "%u without an answer", wrong);
	fprintf(stderr, "%u requests: %ld KiB, %ld KiB, %ld KiB\n",
	    REQUESTS, before, middle, after);
	if (before < 0) {
		fprintf(stderr, "SKIP: /proc does not tell the memory\n");
		return;
	}
#ifndef WITH_SANITIZER /* whose allocator keeps what was freed */
	CHECK(after - before < LEAK_KIB, "grew by %ld KiB", after - before);
#endif
}

int
main(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	struct world w = { .site = NULL };
	struct www_http *http = NULL;
	struct err_text why = { "" };
	struct www_http_place place = { .fd = socket(
		    AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
	struct rlimit limit;
	char cookie[100];

	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	world_open(&w);
	CHECK(log_in(&w, "ada", PASSWORD, cookie) == 303, "%s", cookie);
	if (place.fd < 0 ||
	    bind(place.fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
	    listen(place.fd, 512) < 0 ||
	    getsockname(place.fd, (struct sockaddr *)&sin, &len) < 0) {
		return 99;
	}
	port = ntohs(sin.sin_port);
	CHECK(www_http_start(&place, 1, www_answer, www_site_proxy, NULL, w.site,
		  &http, &why) == 0,
	    "%s", why.text);
	if (failures == 0) {
		slow(http);
		hostile();
		many(cookie);
	}
	www_http_stop(&http, 10);
	world_close(&w);
	return failures != 0;
}
